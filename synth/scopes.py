"""What a number in a sentence is about: metric, data set, split, language, model, baseline, sample size.

Each finder looks at the number's own clause first, then takes what the whole sentence names exactly once.
What is not named so is None: a guessed scope would make true claims look false.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from synth.directions import clause

__all__ = ["Named", "Scope", "averaged", "datasets", "languages", "metrics", "models", "scope"]


class Named(NamedTuple):
    """A name at [start, end) of a sentence, in its canonical spelling."""

    start: int
    end: int
    name: str


class Scope(NamedTuple):
    """What a number is about; a field is None where the sentence does not say it plainly."""

    metric: str | None
    baseline: str | None
    dataset: str | None
    split: str | None
    language: str | None
    model: str | None
    n: int | None


# Canonical name -> pattern. Longer names first: the first that matches at a place wins.
_METRICS = {
    "exact match": r"[Ee]xact[\s-]match|\bEM\b",
    "LAS": r"\bLAS\b|labell?ed attachment scores?",
    "UAS": r"\bUAS\b|unlabell?ed attachment scores?",
    "BERTScore": r"BERT-?Score",
    "sacreBLEU": r"[Ss]acre-?BLEU",
    "BLEU": r"\bBLEU(?:-?[1-4])?\b",
    "chrF": r"\bchrF\d?(?:\+\+)?",
    "METEOR": r"\bMETEOR\b",
    "COMET": r"\bCOMET(?:-\d+)?\b",
    "TER": r"\bH?TER\b",
    "ROUGE-1": r"ROUGE-?1\b",
    "ROUGE-2": r"ROUGE-?2\b",
    "ROUGE-L": r"ROUGE-?L\b",
    "ROUGE": r"\bROUGE\b",
    "WER": r"\bWERs?\b|[Ww]ord error rates?",
    "CER": r"\bCERs?\b|[Cc]haracter error rates?",
    "EER": r"\bEER\b|equal error rates?",
    "error rate": r"[Ee]rror rates?",
    "macro-F1": r"[Mm]acro[\s-](?:averaged?[\s-])?F-?(?:1|score|measure)(?:[\s-]scores?)?",
    "micro-F1": r"[Mm]icro[\s-](?:averaged?[\s-])?F-?(?:1|score|measure)(?:[\s-]scores?)?",
    "F0.5": r"\bF_?\{?0\.5\}?",
    "F1": r"\bF_?\{?1\}?(?:[\s-](?:scores?|measures?))?(?![\w.])"
    r"|\bF-(?:scores?|measures?|1)\b|\bF1-?scores?\b|\bF(?:-|\s)?scores?\b",
    "MRR": r"\bMRR(?:@\d+)?\b|mean reciprocal rank",
    "nDCG": r"\bn?DCG(?:@\d+)?\b",
    "MAP": r"\bMAP\b|mean average precision",
    "hits": r"\b[Hh]its?@\d+",
    "recall at k": r"\b(?:[Rr]ecall|R)@\d+",
    "precision at k": r"\b(?:[Pp]recision|P)@\d+",
    "pass@k": r"\bpass@\d+",
    "accuracy": r"\b[Aa]ccurac(?:y|ies)\b|\b[Aa]cc\b\.?",
    "precision": r"\b[Pp]recision\b",
    "recall": r"\b[Rr]ecall\b",
    "perplexity": r"\b[Pp]erplexit(?:y|ies)\b|\bPPL\b",
    "bits per character": r"bits[\s-]per[\s-](?:character|byte)|\bbpc\b",
    "AUC": r"\b(?:ROC-?)?AUC(?:-?ROC)?\b|\bAUROC\b",
    "MCC": r"\bMCC\b|Matthews correlation",
    "Spearman correlation": r"Spearman(?:['’]s)?(?:\s(?:rank|rho|ρ|correlation|coefficient))*",
    "Pearson correlation": r"Pearson(?:['’]s)?(?:\s(?:r|correlation|coefficient))*",
    "Kendall's tau": r"Kendall(?:['’]s)?(?:\s(?:tau|τ|rank|correlation))*",
    "kappa": r"(?:Cohen|Fleiss)?(?:['’]s?)?\s?(?:\b[Kk]appa\b|\bκ\b)",
    "Krippendorff's alpha": r"Krippendorff(?:['’]s)?(?:\s(?:alpha|α))?",
    "correlation": r"\b[Cc]orrelations?\b",
    "p-value": r"\bp(?:-values?|\s?[<≤=>])",
    "GLUE score": r"GLUE scores?",
    "SARI": r"\bSARI\b",
    "CIDEr": r"\bCIDEr\b",
    "SPICE": r"\bSPICE\b",
    "latency": r"\b[Ll]atency\b",
    "agreement": r"\b(?:[Ii]nter-?annotator|annotator)\sagreement\b",
    "score": r"\b[Ss]cores?\b",
}
# Only where a word begins: the names are many, and most places of a sentence need not be tried.
_METRIC = re.compile(r"(?<![^\W_])(?:" + "|".join(f"(?P<m{i}>{p})" for i, p in enumerate(_METRICS.values())) + ")")
_METRIC_NAMES = tuple(_METRICS)

_DATASET = re.compile(
    r"\b(?:XTREME(?:-R|-UP)?|XGLUE|SuperGLUE|GLUE|PAWS-X|PAWS|XNLI|(?:Multi|M|S|A|Q|W|R)NLI|SciTail|XQuAD(?:-R)?|"
    r"MLQA|SQuAD(?:\s?v?[12](?:\.[01])?)?|TyDi\s?QA(?:-GoldP)?|WikiAnn|PAN-X|UD-POS|CoNLL(?:[-\s]?(?:20)?\d\d)?|"
    r"OntoNotes"
    r"(?:\s[45]\.0)?|Tatoeba|BUCC(?:\s?20\d\d)?|HellaSwag|Cosmos\s?QA|CommonsenseQA|Common-?sense\s?QA|SocialIQA|"
    r"WinoGrande|PIQA|BoolQ|MultiRC|ReCoRD|COPA|XCOPA|X?WiC|WSC|QQP|MRPC|SST-?[25]|STS-?B|CoLA|RTE|CCG(?:bank)?|"
    r"ANLI(?:-?R?\d)?|HotpotQA|TriviaQA|Natural\sQuestions|MS\sMARCO|FEVER|SciFact|CNN/?\s?Daily\s?Mail|CNN/DM|"
    r"XSum|Gigaword|SAMSum|WikiText-?(?:2|103)|Penn\s(?:Discourse\s)?Treebank|PTB|PDTB|LibriSpeech|Common\s?Voice|"
    r"FLORES(?:-\d+)?|IWSLT"
    r"(?:[-\s’']?\d{2,4})?|WMT(?:[-\s’']?\d{2,4})?|MultiWOZ(?:\s?2\.\d)?|BIG-?[Bb]ench(?:\sHard)?|MMLU|GSM8[Kk]|"
    r"MATH|HumanEval|MBPP|BEIR|MTEB|ACE\s?(?:20)?05|DocRED|TACRED|FewRel|ATIS|SNIPS|AMR\s?\d\.0|WebNLG|E2E\sNLG|"
    r"DROP|QuAC|CoQA|NarrativeQA|RACE(?:-[HM])?|Spider|WikiSQL|MuST-C|Europarl|IMDB|Yelp|AG\s?News|TREC(?:-\w+)?|"
    r"MasakhaNER|AmericasNLI|LAMBADA|StoryCloze|XStoryCloze|SemEval(?:[-\s]?20\d\d)?(?:\sTask\s\d+\w?)?)\b(?![-/]?[a-z])"
)
_ON_DATASET = re.compile(
    r"\b(?:on|of|for|in|the|and)\s(?:the\s)?((?:[A-Z][\w./+-]*\s){0,3}[A-Z][\w./+-]*|\w*[A-Z]\w*)\s(?:data\s?sets?|"
    r"benchmarks?|corpus|corpora|treebank|test\ssets?|dev(?:elopment)?\ssets?|leaderboard|challenge)\b"
)
_SPLIT = re.compile(
    r"\b(?:(?P<test>test(?:[\s-]?(?:sets?|data|splits?))|blind\stest)|(?P<dev>dev(?:elopment)?[\s-](?:sets?|data|"
    r"splits?)|validation[\s-](?:sets?|data|splits?))|(?P<train>train(?:ing)?[\s-](?:sets?|splits?)))\b"
)
_LANGUAGE = (
    "Afrikaans Albanian Amharic Arabic Armenian Assamese Azerbaijani Basque Belarusian Bengali Bosnian Breton "
    "Bulgarian Burmese Cantonese Catalan Cebuano Chinese Croatian Czech Danish Dutch English Esperanto Estonian "
    "Faroese Finnish French Galician Georgian German Greek Guarani Gujarati Hausa Hebrew Hindi Hungarian Icelandic "
    "Igbo Indonesian Inuktitut Irish Italian Japanese Javanese Kannada Kazakh Khmer Kinyarwanda Korean Kurdish "
    "Kyrgyz Lao Latin Latvian Lithuanian Luxembourgish Macedonian Malagasy Malay Malayalam Maltese Mandarin Maori "
    "Marathi Mongolian Nepali Norwegian Odia Oriya Oromo Pashto Persian Farsi Polish Portuguese Punjabi Quechua "
    "Romanian Russian Sanskrit Scots Serbian Shona Sindhi Sinhala Slovak Slovene Slovenian Somali Sorbian Spanish "
    "Sundanese Swahili Swedish Tagalog Tajik Tamil Tatar Telugu Thai Tibetan Tigrinya Turkish Turkmen Ukrainian "
    "Urdu Uyghur Uzbek Vietnamese Welsh Wolof Xhosa Yiddish Yoruba Zulu"
).replace(" ", "|")
_LANGUAGE_NAME = re.compile(
    rf"\b[Nn]on-(?:{_LANGUAGE})\b|"
    rf"\b(?:(?:{_LANGUAGE})(?:\s?(?:-to-|->|→|↔|–|-|\sto\s|\sinto\s|\s?/\s?)\s?(?:{_LANGUAGE})))\b|"
    rf"\b(?:{_LANGUAGE})\b"
    r"|\b(?:En|De|Fr|Zh|Ro|Ru|Cs|Fi|Tr|Es|Ja|Ko|EN|DE|FR|ZH|RO|RU|CS|FI|TR|ES|JA|KO)(?:-|–|→|->|⇒)"
    r"(?:En|De|Fr|Zh|Ro|Ru|Cs|Fi|Tr|Es|Ja|Ko|EN|DE|FR|ZH|RO|RU|CS|FI|TR|ES|JA|KO)\b"
)
_MODEL = re.compile(
    r"\b(?:m-?BERT|(?:Sci|Bio|Clinical|Distil|Tiny|Camem|Span|Sentence-?|S|Ara|Fin|Al|A|Mobile|De|Ro)?BERT(?:a|je|"
    r"ino|weet)?|"
    r"(?:Distil|Camem|Phobert|De)?(?:RoBERTa|BERTa)|XLM(?:-R(?:oBERTa)?)?|m?BART|m?T5|By?T5|Flan-T5|FLAN-T5|"
    r"ELECTRA|ELMo|GPT|ChatGPT|InstructGPT|LLaMA|Llama|PaLM|OPT|BLOOMZ?|Falcon|Mistral|Mixtral|Gemini|Claude|"
    r"Vicuna|Alpaca|DeBERTa|ALBERT|XLNet|ERNIE|MiniLM|InfoXLM|VECO|Unicoder|RemBERT|LaBSE|LASER|fastText|GloVe|"
    r"word2vec|PEGASUS|Transformer-?XL|Longformer|BigBird|mDeBERTa|NLLB|M2M|Whisper|wav2vec)"
    r"(?:[-\s]?(?:[Bb]ase|BASE|[Ll]arge|LARGE|[Ss]mall|[Tt]iny|XX?L|[Mm]edium|v\d|[Tt]urbo|"
    r"\d{1,3}(?:\.\d)?[MBmb]\b|\d(?:\.\d)?o?(?![\d.%])(?=\W|$)))*(?![A-Za-z])"
)
_BASELINE = re.compile(
    r"\b(?P<how>over|(?<!more\s)(?<!less\s)(?<!fewer\s)(?<!rather\s)(?<!other\s)than|compared\s(?:to|with)|"
    r"relative\sto|against|(?:out-?perform|surpass|exceed|beat)\w*|"
    r"w\.r\.t\.?)\s"
    r"(?:all\s(?:of\s)?|both\s|even\s)?(?:the\s|an?\s|our\s|its\s|their\s|this\s|that\sof\s(?:the\s)?)?"
    r"(?P<what>(?:[\w-]+\s)?state(?:\s|-)of(?:\s|-)the(?:\s|-)art(?:\s(?:models?|methods?|systems?|"
    r"approach(?:es)?|results?|baselines?))?|"
    r"(?!by\b|\d|(?:hundred|thousand|million|billion|dozen)s?\b|(?:the\s)?(?:results?|performance|scores?)\b|"
    r"all\b|one\b|two\b|half\b|those\b|them\b|it\b|"
    r"us\b|ours\b|time\b)[\w@/.’'()+-]+"
    r"(?:\s(?!by\b|on\b|in\b|for\b|with\b|and\b|or\b|at\b|while\b|when\b|which\b|that\b|across\b|from\b|to\b|"
    r"using\b|is\b|are\b|was\b|were\b|has\b|have\b|of\b|where\b|as\b|under\b|over\b|after\b|trained\b|"
    r"without\b)[\w@/’'()+-]+){0,6})"
)
_N = re.compile(r"\b[nN]\s?=\s?(\d{1,3}(?:,\d{3})+|\d+)\b")

_SCORE_OF = re.compile(
    r"\b(?!(?:It|We|They|He|She|The|This|That|These|Those|Our|Its|Their|An?|Mean|Average|Overall|Final|Best|Higher|Lower|Such|Both|Each)\b)"
    r"([A-Z][\w+.-]*)[\s-]$"
)

_SCORES_SO = re.compile(r"\s(?:(?:about\s|over\s|only\s)?\d|(?:higher|lower|better|worse|best|well|above|below)\b)")


@lru_cache(maxsize=8192)
def metrics(sentence: str) -> tuple[Named, ...]:
    """The metrics named in `sentence`, in order."""
    found: list[Named] = []
    for match in _METRIC.finditer(sentence):
        group = match.lastgroup or "m0"
        name = _METRIC_NAMES[int(group[1:])]
        if name == "score":
            if found and match.start() - found[-1].end <= 1:
                continue  # "BLEU score" is BLEU
            owner = _SCORE_OF.search(sentence, 0, match.start())
            if not owner or _SCORES_SO.match(sentence, match.end()):
                continue  # a score of nothing names no metric; "A scores 81" is what A does
            name = owner.group(1)
        found.append(Named(match.start(), match.end(), name))
    return tuple(found)


def datasets(sentence: str) -> tuple[Named, ...]:
    """The data sets named in `sentence`: known names, and capitalised names called a data set or benchmark."""
    found = [Named(*m.span(), m.group()) for m in _DATASET.finditer(sentence)]
    for match in _ON_DATASET.finditer(sentence):
        start, end = match.span(1)
        if not any(f.start < end and start < f.end for f in found) and not _MODEL.fullmatch(match.group(1)):
            found.append(Named(start, end, match.group(1)))
    return tuple(sorted(found))


def languages(sentence: str) -> tuple[Named, ...]:
    """The languages and language pairs named in `sentence`, in order; a pair reads "English-German"."""
    found = []
    for match in _LANGUAGE_NAME.finditer(sentence):
        name = re.sub(r"\s?(?:-to-|->|→|↔|–|⇒|\sto\s|\sinto\s|\s?/\s?)\s?", "-", match.group())
        found.append(Named(match.start(), match.end(), name))
    return tuple(found)


def models(sentence: str) -> tuple[Named, ...]:
    """The pretrained models named in `sentence`, in order, with their size where it follows the name."""
    return tuple(Named(*m.span(), m.group()) for m in _MODEL.finditer(sentence))


_AVERAGED = re.compile(
    r"\b(?:averaged?|mean|on\saverage|macro-averaged?)"
    r"(?:(?:\s(?!over\b|across\b)[\w.%-]+){0,5}\s(?:over|across)|\s(?:[\w-]+\s){0,2}(?:of|on|for))\s"
    r"(?:all\s)?(?:of\s)?(?:the\s)?"
    r"(?P<what>(?!\d+\.\d|\d+\s?%)(?:[\w-]+\s){0,2}?(?:tasks?|languages?|data\s?sets?|benchmarks?|seeds?|runs?|domains?|"
    r"pairs|directions|splits|folds|settings|models|categories|classes|subsets?))\b",
    re.I,
)


def averaged(sentence: str) -> str | None:
    """What the numbers of `sentence` are an average over ("nine tasks"); None where it does not say, or says two."""
    found = {" ".join(m.group("what").lower().split()) for m in _AVERAGED.finditer(sentence)}
    return found.pop() if len(found) == 1 else None


def scope(sentence: str, start: int, end: int) -> Scope:
    """What the number at [start, end) of `sentence` is about."""
    left, right = clause(sentence, start, end)
    baseline = _baseline(sentence, start, left, right)
    used = baseline.start if baseline else -1
    sizes = list(_N.finditer(sentence))
    own_models = [m for m in models(sentence) if not (baseline and baseline.start <= m.start < baseline.end)]
    return Scope(
        metric=_metric(sentence, start, end, left, right),
        baseline=baseline.name if baseline else None,
        dataset=_nearest(datasets(sentence), start, end, left, right, forward=True),
        split=_split(sentence),
        language=_nearest(languages(sentence), start, end, left, right, forward=True),
        model=_nearest([m for m in own_models if m.start != used], start, end, left, right, forward=False),
        n=int(sizes[0].group(1).replace(",", "")) if len(sizes) == 1 else None,
    )


_RIGHT_AFTER = re.compile(
    r"(?:[\s-]*(?:absolute|relative|average|points?|percent|%|percentage|in|of|on|the|overall|higher|lower|better|"
    r"gain|improvement|increase|drop|decrease|reduction|its?|mean|an?|on average|terms|top-1|classification|"
    r",))*[\s(-]*"
)


def _metric(sentence: str, start: int, end: int, left: int, right: int) -> str | None:
    named = metrics(sentence)
    for m in named:
        if end <= m.start < end + 45 and _RIGHT_AFTER.fullmatch(sentence, end, m.start):
            return m.name
    before = [m for m in named if left <= m.start and m.end <= start]
    if before:
        return before[-1].name
    inside = [m for m in named if left <= m.start < right]
    kinds = {m.name for m in inside or named}
    return kinds.pop() if len(kinds) == 1 else None


def _nearest(
    named: tuple[Named, ...] | list[Named], start: int, end: int, left: int, right: int, *, forward: bool
) -> str | None:
    """The one name that goes with the number: of its clause, else of the sentence; several leave it open."""
    after = [n for n in named if end <= n.start < right]
    before = [n for n in named if left <= n.start and n.end <= start]
    for group in (after, before) if forward else (before, after):
        kinds = {n.name for n in group}
        if len(kinds) == 1:
            return kinds.pop()
        if len(kinds) > 1:
            return None
    kinds = {n.name for n in named}
    return kinds.pop() if len(kinds) == 1 else None


def _split(sentence: str) -> str | None:
    kinds = {m.lastgroup for m in _SPLIT.finditer(sentence)}
    return kinds.pop() if len(kinds) == 1 else None


def _baseline(sentence: str, start: int, left: int, right: int) -> Named | None:
    found = []
    for match in _BASELINE.finditer(sentence, left, right):
        what = match.group("what").rstrip(".'’(")
        if what.count("(") != what.count(")"):
            what = what.split("(")[0].rstrip()
        if match.group("how") == "against" and what in ("attacks", "adversarial attacks"):
            continue
        if match.group("how") == "over" and re.search(
            r"\b(?:averaged?|mean|summed|taken)\s*$", sentence[: match.start()]
        ):
            continue  # "averaged over all languages" names what was averaged, not a baseline
        if what:
            found.append(Named(match.start("what"), match.start("what") + len(what), what))
    return min(found, key=lambda n: abs(n.start - start)) if found else None
