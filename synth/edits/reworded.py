"""The same in other words: equal expressions, voice, order and abbreviations."""

from __future__ import annotations

import re
from functools import lru_cache

from synth.edits.edit import Edit, lowered, made, opens_lowered, ordered, raised
from synth.edits.equals import EQUAL, LONG_FORMS
from synth.edits.inflect import BASES, is_plural
from synth.facets import lexicon

__all__ = ["abbreviations", "paraphrases", "reordered", "voices"]

# --- equal expressions -------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _equal() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """(words that must be there, pattern, replacement): the words are looked for first, which is much faster."""
    made_up = []
    for pattern, new in EQUAL:
        bare = re.sub(
            r"\(\?[=!<](?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\(\?:[^()]*\)\??|\[[^\]]*\]|[a-z]\?|\\\w\+?", "|", pattern
        )
        made_up.append((max(bare.split("|"), key=len), re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"), new))
    return tuple(made_up)


def paraphrases(sentence: str, seed: int) -> list[Edit]:
    """One, then several expressions replaced by their equals in this genre: "in order to" by "to"."""
    places: list[tuple[int, int, str]] = []
    for hint, pattern, new in _equal():
        match = pattern.search(sentence) if hint in sentence else None
        if match and not any(a < match.end() and match.start() < b for a, b, _ in places):
            places.append((match.start(), match.end(), raised(new) if match.group()[0].isupper() else new))
    if not places:
        return []
    single = ordered(places, sentence, "paraphrase", seed)[0]
    edits = [made(sentence, "paraphrase", "supports", [single])]
    if len(places) > 1:
        edits.insert(0, made(sentence, "paraphrase", "supports", sorted(places)[:4], shown=False))
    return [e for e in edits if e is not None]


# --- voice -------------------------------------------------------------------------------------------

_ACTIVE = re.compile(
    r"^(?P<lead>(?:(?:In this (?:paper|work|article|study)|Finally|Moreover|Furthermore|First|Second|Then|Next|"
    r"Additionally|In addition|"
    r"To this end),\s)?)[Ww]e\s(?P<adv>(?:also|then|further|first|finally)\s)?(?P<verb>propose|present|"
    r"introduce|describe|use|evaluate|develop|"
    r"study|investigate|examine|analyze|analyse|compare|collect|consider|discuss|design|apply|release|provide|"
    r"employ|explore|"
    r"construct|build|conduct|test|train|perform|proposed|presented|introduced|described|used|evaluated|"
    r"developed|studied|"
    r"investigated|examined|analyzed|analysed|compared|collected|designed|applied|conducted|tested|trained|"
    r"performed|constructed)\s"
    r"(?P<object>(?:an?|the|two|three|four|several|new|"
    r"novel)\s(?:[\w'’/-]+\s){0,5}?[\w'’/-]+(?:\s\([\w+/-]{2,12}\))?)"
    r"(?P<rest>\.|(?:\s(?:for|to|of|that|which|in|on|with|using|based|called|between|from|by|over|across|under|"
    r"as|whose|where|against|through|without)\b|,\s)[^;]*\.)$"
)
_PAST_BASE = re.compile(r"(?:ed)$")
_OWN = frozenset(
    """find propose present introduce describe evaluate develop study examine analyze analyse compare discuss design
    release construct conduct test train suggest derive prove argue apply then extend explore discover""".split()  # noqa: SIM905
)
_PARTICIPLE = {"build": "built", "study": "studied", "apply": "applied"}


def voices(sentence: str, seed: int) -> list[Edit]:
    """ "We propose a new parser for X." to "A new parser for X is proposed." """
    match = _ACTIVE.match(sentence)
    if match is None or re.search(r"\b(?:we|our|us)\b", sentence[match.end("verb") :]):
        return []
    word, rest, object_ = match["verb"], match["rest"], match["object"]
    if re.search(
        r"\b(?:and|or|is|are|to|that|which|can|we|of|for|in|on|with)$|\b(?:and|is|are|that|which|can|has)\b", object_
    ):
        return []
    if any(
        m[1] in BASES or m[1] in _OWN
        for m in re.finditer(
            r"\band\s(?:then\s|also\s|further\s|"
            r"\w+ly\s)?([a-z]+)",
            rest,
        )
    ):
        return []  # a second verb of the authors
    if re.match(r",\s(?!which|where|whose|using|called|based|an?\s|\w+ing\s)|\sbased\s(?!on\b)", rest):
        return []  # a list, or an adjective of the object
    purpose = re.match(r"\sto\s([a-z]+)", rest)
    if purpose and purpose[1] not in BASES | _OWN and not re.search(r"(?:ize|ise|ate|ify|act|ine)$", purpose[1]):
        return []  # "sequence to sequence", "approach to parsing": not a purpose
    past = bool(_PAST_BASE.search(word))
    participle = word if past else _PARTICIPLE.get(word, word + ("d" if word.endswith("e") else "ed"))
    plural = is_plural(object_)
    be = ("were" if plural else "was") if past else ("are" if plural else "is")
    adverb = match["adv"] or ""
    tail = rest[:-1]
    whole = (
        f"{object_}{tail}"
        if re.match(r"\s(?:for|of|between|called|whose)\b", tail)
        and len(tail.split()) <= 9
        and not re.search(r"\b(?:that|which|and|by|is|are|to|can|has|in which|using)\b|,", tail)
        else object_
    )
    if re.match(r"\s(?:of|between|called|whose)\b", tail) and whole == object_:
        return []  # belongs to the object and cannot stand away from it
    after = tail[len(whole) - len(object_) :]
    passive = f"{whole} {be} {adverb}{participle}{after}."
    text = match["lead"] + (passive if match["lead"] else raised(passive))
    passive_ = made(sentence, "voice", "supports", [(0, len(sentence), text)], shown=False)
    return ordered([passive_] if passive_ else [], sentence, "voice", seed)


# --- order -------------------------------------------------------------------------------------------

_FRONTED = re.compile(
    r"^(?P<front>(?:On|In|For|With|At|Across|Under|Using|By|During|When|After|Before|Within|From|"
    r"Without|Given|Despite|"
    r"While|Although|Because|Since|If|Through|Compared (?:to|with))\s[^,;:()]{3,70}),\s(?P<main>[^;:]+)\.$"
)
_CLAUSE = re.compile(
    r"^(?:we|the|our|this|these|it|they|a|an|both|all|there|most|many|such|each|"
    r"[A-Z][\w-]*)\s",
    re.I,
)
_BACKED = re.compile(
    r"^(?P<main>(?:We|The|Our|This|These|It|A|An|Both|All)\s[^,;:()]{10,110}?)\s(?P<back>(?:on|"
    r"in)\s(?:the\s)?(?:[\w/-]+\s){0,4}"
    r"(?:data\s?sets?|benchmarks?|tasks?|settings?|experiments?|corpus|corpora|domains?|languages?|cases))\.$"
)


# Before these a closing phrase belongs to the whole clause and not to the word before it.
_DETACHED = re.compile(r"(?:\b(?:performance|results?|accurac(?:y|ies)|scores?|well|better|worse|best|"
                       r"baselines?|methods|approaches|effective|"
                       r"improvements?|gains|robust|superior|competitive|faster|points|art|state-of-the-art)|"
                       r"\d%?)$")  # fmt: skip


def reordered(sentence: str, seed: int) -> list[Edit]:
    """An adverbial moved: "On XNLI, our model reaches 80." and "Our model reaches 80 on XNLI." """
    edits = []
    front = _FRONTED.match(sentence)
    if front and _moves_back(front["front"], front["main"]):
        text = f"{raised(front['main'])} {_low(front['front'])}."
        edits.append(made(sentence, "reordering", "supports", [(0, len(sentence), text)], shown=False))
    back = _BACKED.match(sentence)
    if (
        back
        and opens_lowered(back["main"])
        and _DETACHED.search(back["main"])
        and not re.search(
            r"\b(?:and|or|that|which|to|based|depends?|rely|relies|focus\w*|than|results?|used|found|work|"
            r"research|applied)\s*$|\b(?:that|which|whether|and)\b",
            back["main"],
        )
    ):
        text = f"{raised(back['back'])}, {lowered(back['main'])}."
        edits.append(made(sentence, "reordering", "supports", [(0, len(sentence), text)], shown=False))
    return ordered([e for e in edits if e is not None], sentence, "reordering", seed)


def _low(front: str) -> str:
    return front[0].lower() + front[1:]


_VERB_IN_FRONT = re.compile(r"\b(?:is|are|was|were|has|have|can|we|it)\b")


def _moves_back(front: str, main: str) -> bool:
    """Whether the fronted phrase may stand at the end without attaching to another word."""
    phrase = re.match(r"(?:On|In|For|At|By|With|Across|Under|During|From|Within|Without|Using)\s", front)
    if phrase and _VERB_IN_FRONT.search(front):
        return False
    if (
        not _CLAUSE.match(main)
        or main.lower().startswith("then ")
        or "," in main
        or len(main) > 140
        or re.search(r"\b(?:which|who|whose|where|while|but|that)\b", main)
    ):
        return False
    if re.match(r"(?:In (?:this|general|particular|addition|contrast|fact|order|other|summary|short|conclusion|"
                r"recent|the (?:last|past|recent))|"
                r"For (?:example|instance|this|these)|On the (?:other|one)|At the same|By (?:contrast|doing)|"
                r"In (?:our|such)|For each|"
                r"Given|With (?:the|this|these)\s(?:advent|rise|growth|increas|rapid)|From (?:this|these)|"
                r"In which)", front):  # fmt: skip
        return False
    loose = re.search(r"\b(?:for|of|in|by|using|with|to)\b", main)
    if re.match(r"(?:Using|By|With|Given|Through)\s", front) and loose:
        return False
    return not re.search(r"\b(?:it|they|its|their|this|these|respectively)\b", main, re.I) and not re.search(
        r"\b(?:its|their)\b", front
    )


# --- abbreviations -----------------------------------------------------------------------------------

_INTRODUCED = re.compile(
    r"(?P<long>(?:[A-Za-z][\w-]*\s){1,6}[A-Za-z][\w-]*)\s\((?P<short>[A-Z][A-Za-z]{0,2}[A-Z]{1,5}s?)\)"
)


def abbreviations(sentence: str, seed: int) -> list[Edit]:
    """An abbreviation for its long form, or the other way round; another listed spelling of a data set or model."""
    edits = []
    for match in _INTRODUCED.finditer(sentence):
        short = match["short"]
        initials = short.rstrip("s").upper()
        ws = match["long"].split()
        wanted = _spelling(ws, initials)
        if wanted is None or sentence[match.end() : match.end() + 1] == "-":
            continue
        start = match.end("long") - len(" ".join(ws[wanted:]))
        again = sentence.find(short, match.end())
        edits.append(made(sentence, "abbreviation", "supports", [(start, match.end(), short)]))
        if again < 0:
            edits.append(
                made(sentence, "abbreviation", "supports", [(match.end("long"), match.end(), "")], shown=False)
            )
    for pattern, long, short in _known():
        for match in pattern.finditer(sentence):
            if match.group() == short and re.search(r"\b[A-Z][\w-]*\s$", sentence[: match.start()]):
                continue  # part of a longer name
            if sentence[match.end() : match.end() + 2] == " (" or sentence[match.start() - 1 : match.start()] == "(":
                continue
            if short in sentence and long in sentence.lower():
                continue
            new = short if match.group().lower() == long else long
            edits.append(made(sentence, "abbreviation", "supports", [(match.start(), match.end(), new)]))
    edits += _aliases(sentence)
    return ordered([e for e in edits if e is not None], sentence, "abbreviation", seed)


def _spelling(ws: list[str], initials: str) -> int | None:
    """Index in `ws` of the first word of the long form whose initials spell the abbreviation; None where none does."""
    parts = [
        (i, p)
        for i, w in enumerate(ws)
        for p in w.split("-")
        if p and p.lower() not in ("of", "the", "and", "for", "in")
    ]
    letters = "".join(p[0].upper() for _, p in parts)
    if not letters.endswith(initials):
        return None
    first = parts[len(parts) - len(initials)]
    return first[0] if ws[first[0]].split("-")[0] == first[1] else None


@lru_cache(maxsize=1)
def _known() -> tuple[tuple[re.Pattern[str], str, str], ...]:
    return tuple(
        (re.compile(rf"(?<![\w-])(?:{re.escape(short)}|(?i:{re.escape(long)}))(?![\w-]|s\b)"), long, short)
        for long, short in LONG_FORMS
    )


@lru_cache(maxsize=1)
def _alias_pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    pairs = {"MNLI": "MultiNLI", "MultiNLI": "MNLI", "XLM-R": "XLM-RoBERTa", "XLM-RoBERTa": "XLM-R",
     "mBERT": "multilingual BERT",
             "MS MARCO": "MSMARCO", "CNN/DailyMail": "CNN/DM", "CNN/DM": "CNN/DailyMail", "WikiANN": "PAN-X",
              "ANLI": "Adversarial NLI",
             "QQP": "Quora Question Pairs", "PAWS-X": "PAWSX", "SBERT": "Sentence-BERT",
              "Sentence-BERT": "SBERT", "GPT-2": "GPT2",
             "GPT-3": "GPT3", "GPT-4": "GPT4", "BIG-bench": "BIG-Bench", "TyDiQA": "TyDi QA",
              "CosmosQA": "Cosmos QA"}  # fmt: skip
    known = {form for entity in lexicon() for form in (entity.name, *entity.forms)}
    pairs = {a: b for a, b in pairs.items() if a in known}
    return re.compile(
        rf"(?<![\w/-])(?:{'|'.join(map(re.escape, sorted(pairs, key=len, reverse=True)))})(?![\w/-])"
    ), pairs


def _aliases(sentence: str) -> list[Edit | None]:
    pattern, pairs = _alias_pattern()
    return [
        made(sentence, "abbreviation", "supports", [(m.start(), m.end(), pairs[m.group()])])
        for m in pattern.finditer(sentence)
        if pairs[m.group()] not in sentence.replace(m.group(), "")
    ]
