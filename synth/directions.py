"""Which way a sentence says something went: up, down, or expressly nowhere.

A direction is that of the thing named ("reduces the error by 5%" is down, of the error); whether down is good
is not decided here. Negation turns a change into "none": "does not improve" states a lack of change.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

__all__ = ["Direction", "Signal", "clause", "direction", "direction_at", "signal_at", "signals"]

Direction = Literal["up", "down", "none"]


class Signal(NamedTuple):
    """A word of change at [start, end) of the sentence. `aside`: said by the way ("without loss")."""

    start: int
    end: int
    direction: Direction
    aside: bool


_UP = (
    r"improv(?:e[sd]?|ing|ements?)|gain(?:s|ed|ing)?|increas(?:e[sd]?|ing)|boost(?:s|ed|ing)?|out-?perform(?:s|ed|"
    r"ing|ance)?|surpass(?:es|ed|ing)?|exceed(?:s|ed|ing)?|ris(?:es?|ing)|rose|rais(?:e[sd]?|ing)|enhanc(?:e[sd]?|"
    r"ing|ements?)|beat(?:s|ing|en)?|better|higher|greater|superior(?:ity)?|benefit(?:s|t?ed|t?ing)?|grows?|grew|"
    r"grown|speed-?ups?|help(?:s|ed)?|strengthen(?:s|ed)?|more\s(?:accurate|robust|effective|efficient|reliable|"
    r"faithful)|(?:perform(?:s|ed)?|works?)\s(?:the\s)?best|faster|stronger|beneficial|strong\sgains"
)
_DOWN = (
    r"drop(?:s|ped|ping)?|decreas(?:e[sd]?|ing)|degrad(?:e[sd]?|ing|ations?)|declin(?:e[sd]?|ing)|reduc(?:e[sd]?|"
    r"ing|tions?)|lower(?:s|ed|ing)?|worse(?:n|ns|ned|ning)?|hurt(?:s|ing)?|harm(?:s|ed|ful|ing)?|"
    r"deteriorat(?:e[sd]?|ing|ion)|fall(?:s|ing)?|fell|los(?:es?|t|ing|s|ses)|under-?perform(?:s|ed|ing)?|lag(?:s|"
    r"ged|ging)?|inferior|suffers?|shr[iau]nks?|weaken(?:s|ed)?|fewer|less|slower|smaller|cut(?:s|ting)?|"
    r"impair(?:s|ed)?|diminish(?:es|ed)?|plummet(?:s|ed)?|perform(?:s|ed)?\s(?:poorly|badly|the\sworst)"
)
_NONE = (
    r"no\s(?:statistically\s)?(?:significant\s|measurable\s|clear\s|consistent\s|real\s|noticeable\s|"
    r"substantial\s)?"
    r"(?:differences?|changes?|effects?|impact|influence|correlation|advantage|evidence|benefits?)"
    r"|(?:not|n't)\s(?:\w+ly\s)?(?:differ(?:ent)?|change[ds]?|affect(?:ed)?|matter|influence[ds]?)|unchanged|"
    r"unaffected|on[\s-]par\swith|comparable\s(?:to|with)|(?:similar|comparable|equal)\s(?:performance|results)|"
    r"the\ssame\s(?:performance|accuracy|results?|quality)|as\s(?:well|good|accurate)\sas|"
    r"statistically\sindistinguishable|insensitive\sto"
)
_SIGNAL = re.compile(rf"\b(?:(?P<none>{_NONE})|(?P<up>{_UP})|(?P<down>{_DOWN}))(?!\w)", re.I)
# Words of change that name something else: kinds of layers and languages, the loss function, dropout.
_NOT_A_CHANGE = re.compile(
    r"(?:higher|lower|greater)(?:-|\s)(?:order|level(?!s\sof\b)|layers?|bound|case|cased|dimension\w*|resource\w*|education|"
    r"rank|triangular)|lower(?:case|ed\s+text)|(?:loss|losses)\s?(?:-|function|term|objective|landscape|curve|"
    r"weight)|gain"
    r"(?:s|ed|ing)?\s(?:\w+\s)?(?:insights?|popularity|attention|traction|interest|understanding|knowledge|access)|"
    r"better\s(?:understand\w*|insight|suited)|increasing(?:ly)?\s(?:interest|attention|number|amount|popular\w*|"
    r"need|demand|importance|availability|use|research|concern|popularity)|drop-?out|fall(?:s|ing)?\s(?:into|in|"
    r"under|back)|help(?:s|ed)?\s(?:us|to\s(?:understand|explain)|understand|explain|researchers|users|people|"
    r"identify)|less\sthan|fewer\sthan\s\d|better\sknown|rais(?:e[sd]?|ing)\s(?:the\s)?(?:questions?|concerns?|"
    r"awareness)|lost\sin|benefit\sof\s(?:the\s)?(?:society|users)|reduced\s(?:set|version|form)|cut(?:s|"
    r"ting)?[\s-](?:edge|across|off)|harm(?:ful)?\s(?:content|speech|language|output|text|behavio\w+)|"
    r"better\s(?:than|-)\s?human\b(?!\s)",
    re.I,
)
_LOSS_NOUN = re.compile(
    r"\b(?:training|entropy|contrastive|hinge|ranking|triplet|auxiliary|objective|our|new|novel|focal|margin|mlm|"
    r"distillation|information|cross-entropy|reconstruction|kl|data)\s$",
    re.I,
)
_NEGATION = re.compile(
    r"(?:\b(?:not|never|cannot|hardly|barely|scarcely|neither|nor|rarely|no|little|without|lacks?(?:\sof)?|"
    r"unable\sto|fail(?:s|ed|ing|ure)?\sto|none\sof|nothing)\b|n['’]t\b|\bwithout\b)"
    r"(?!\s(?:only|just|merely|solely)\b)(?:\s[\w'’-]+){0,4}?\s*$",
    re.I,
)
_ASIDE = re.compile(r"\b(?:without|with\s(?:little|no|minimal|negligible))\b[^,;]{0,40}$", re.I)
_CLAUSE_END = re.compile(
    r";|:\s|,\s(?:and|or)\s(?=(?:it|they|we|the|this|that|can|is|are|does|do|also|even|further|show|improv\w+|"
    r"reduc\w+|outperform\w+|achiev\w+|yield\w+)\s)|,\s(?:but|while|whereas|although|though|yet|which|with|so|"
    r"outperform\w+|improv\w+|surpass\w+|reduc\w+|gain\w+|increas\w+|exceed\w+|achiev\w+)\b|\s(?:but|while|whereas|"
    r"although|though|yet)\s|\s\(|\)"
)


@lru_cache(maxsize=8192)
def signals(sentence: str) -> tuple[Signal, ...]:
    """Every word of `sentence` that states a change or its lack, in order."""
    found = []
    for match in _SIGNAL.finditer(sentence):
        if _NOT_A_CHANGE.match(sentence, match.start()):
            continue
        before = sentence[max(0, match.start() - 60) : match.start()]
        word = match.group().lower()
        if word.startswith("loss") and (_LOSS_NOUN.search(before) or before.rstrip().endswith("-")):
            continue
        before = before[max((m.end() for m in _CLAUSE_END.finditer(before)), default=0) :]
        way: Direction = "none" if match.group("none") else "up" if match.group("up") else "down"
        if way != "none" and _NEGATION.search(before):
            way = "none"
        found.append(Signal(match.start(), match.end(), way, bool(_ASIDE.search(before))))
    return tuple(found)


def direction(sentence: str) -> Direction | None:
    """The one direction `sentence` states.

    None where it states none of them, or several that differ ("improves XNLI but hurts PAWS-X"). Asides
    ("without loss of accuracy") count only when nothing else does.
    """
    found = signals(sentence)
    main = [s.direction for s in found if not s.aside] or [s.direction for s in found]
    return main[0] if main and all(way == main[0] for way in main) else None


def clause(sentence: str, start: int, end: int) -> tuple[int, int]:
    """The stretch of `sentence` around [start, end) that no semicolon, "but" or bracket interrupts."""
    left, right = 0, len(sentence)
    for match in _CLAUSE_END.finditer(sentence):
        if match.end() <= start:
            left = match.start() if match.group()[0] == "," and match.group()[-1].isalpha() else match.end()
        elif match.start() >= end:
            right = match.start()
            break
    return left, right


# Between a number and the noun of change after it: "an 8.2-point absolute improvement", "5% higher".
_BETWEEN = re.compile(
    r"(?:[\s-]*(?:absolute|relative|average|overall|points?|percent|%|BLEU|F1|EM|ROUGE(?:-\w)?|WER|accuracy|score|"
    r"large|performance|error|rate|word|mean|better|in|of|on average|statistically|significant|macro|micro|the|x|"
    r"times|fold|an?|further|additional|consistent))*[\s-]*",
    re.I,
)


def direction_at(sentence: str, start: int, end: int) -> Direction | None:
    """The direction of the number at [start, end): its clause's nearest word of change, or the noun right after.

    A change word after the number counts only when nothing but units stands between ("5% higher").
    """
    signal = signal_at(sentence, start, end)
    return signal.direction if signal else None


def signal_at(sentence: str, start: int, end: int) -> Signal | None:
    """The word of change that `direction_at` goes by; None where the clause states no change."""
    left, right = clause(sentence, start, end)
    inside = [s for s in signals(sentence) if left <= s.start < right]
    for signal in inside:
        if signal.start >= end and _BETWEEN.fullmatch(sentence, end, signal.start):
            return signal
    before = [s for s in inside if s.end <= start]
    main = [s for s in before if not s.aside]
    return (main or before)[-1] if before else None
