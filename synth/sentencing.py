"""Judging a sentence: whether it states something that can be checked, how plainly, and of which kind."""

from __future__ import annotations

import re

from synth.directions import direction
from synth.quantities import mentions
from synth.records import ClaimKind
from synth.scopes import datasets, metrics
from synth.text import normalise

__all__ = ["kind_of", "reports_result", "worth"]

_ENDED = re.compile(r"[.!。！।۔][\"'”’)\]]*(?:\[\d+(?:[,–-]\s?\d+)*\])?$")
_BROKEN = re.compile(
    r"\(cid:\d+\)|[\ufffd□■◦]|\b(?:\w ){5,}\w\b|\S{45,}|\.{4,}|(?:\d+(?:\.\d+)?%?\s+){4,}|[|&]{2,}|\\\w+\{"
)
_BOILERPLATE = re.compile(
    r"https?://|www\.|github|@\w+\.\w|©|copyright|all rights reserved|licen[sc]ed? under|creative commons|"
    r"proceedings of the|arxiv preprint|association for computational|isbn|issn|keywords?:|index terms|anonymous "
    r"reviewers|"
    r"(?:funded|supported) by "
    r"(?:the|a|an|grant)|acknowledg|corresponding author|equal contribution|e-?mail|work (?:was )?done while|"
    r"source code|\b(?:our|the|all|its) (?:code|data|models?|resources?|datasets?|corpus|scripts?)\b[^.]*\b(?:is|"
    r"are|will be|can be)\b[^.]*\b(?:available|released|public|found (?:at|on)|downloaded|open[- ]sourced?)|(?:we|"
    r"will) (?:also )?(?:(?:publicly|openly|freely) )?(?:release|share|open-source|make)\b[^.]*\b(?:code|available|"
    r"public)|made (?:freely |publicly |openly )?available|(?:freely|publicly|openly) available|first name:|"
    r"\b(?:is|are) organi[sz]ed as follows|the (?:rest|remainder) of (?:the|this) paper|see (?:section|appendix|"
    r"table|figure)\b[^.]{0,30}\.$",
    re.I,
)
_AIM = re.compile(
    r"^(?:(?:however|moreover|furthermore|additionally|in addition|also|finally|lastly|specifically|in particular|"
    r"thus|therefore|hence|first|firstly|second|secondly|third|here|then|next|to (?:this|that) end|instead|further|"
    r"consequently|accordingly|in (?:this|the present) [\w ]{3,25}|with this [\w ]{3,20}|(?:to|in order to|by|"
    r"based on|motivated by|inspired by|given|building on|for|on|following|towards?|as|because of|due to|"
    r"since)\b[^,]{3,140}),?\s)*"
    r"(?:(?:we|i|the authors?)\s(?:\w+ly\s|also\s|first\s|then\s|further\s|therefore\s|thus\s|next\s|hence\s|"
    r"will\s|here\s)*"
    r"(?:propos|present|introduc|describ|stud(?:y|ied)|investigat|explor|examin|aim|discuss|address|tackl|consider|"
    r"seek|ask|hope|plan|want|provide\s(?:an?\s)?(?:\w+\s)?(?:overview|analysis|insights?|discussion|survey|"
    r"review)|review|survey|formulat|formali[sz]|revisit|focus|argue|believe|hypothesi[sz]e|advocate|suggest|"
    r"envision|intend|attempt|try|report\s(?:on|our|the\sperformance|the\sresults|experiments|performance)|"
    r"outline|call\sfor|look|take|turn|offer|contribut|highlight|"
    r"motivat|conduct|perform|carry|carried|analy[sz]e|evaluate|compare|develop|design|devise|extend|adopt|adapt|"
    r"build|create|construct|collect|release|perform|experiment|test|assess|make|give|define|set\sout|start|begin|"
    r"participat|leverage|employ|apply|utili[sz]e|exploit|do\sthis)\w*"
    r"|(?:this|the|our)\s(?:present\s)?(?:paper|work|study|article|research|thesis|report|survey|demo|tutorial|"
    r"contribution|workshop|chapter|shared\stask)\s(?:\w+ly\s|also\s|first\s|thus\s|then\s)*(?:propos|present|"
    r"introduc|describ|stud|investigat|explor|examin|aim|discuss|address|tackl|consider|seek|attempt|provid|review|"
    r"survey|focus|is\s(?:an?\s|the\sfirst|about|devoted|concerned|part|to\b)|report|outline|deal|looks?|analy[sz]|"
    r"evaluat|compar|develop|contribut|concern|takes?|offer|details?|summari[sz]|gives?|has\sthe|tries|advocat|"
    r"argu|suggests?\sa|covers?|will)\w*"
    r"|(?:our|the|one|a|its|their)\s(?:\w+\s){0,3}(?:goals?|aims?|objectives?|purpose|motivation|hope|focus|"
    r"intuition|idea|key\sidea|contributions?|research\squestions?|hypothesis)\b)",
    re.I,
)
_NOT_SAID_TO_HOLD = re.compile(
    r"\bhope (?:that|to)\b|\bis intended to\b|following (?:\w+ )?(?:characteristics|contributions|properties|"
    r"steps)\b|"
    r"\b(?:provided|shown|presented|given|reported|listed|found|summari[sz]ed|illustrated|"
    r"depicted) in (?:the )?(?:table|figure|"
    r"fig|section|appendix)|\b(?:we|our) (?:hope|plan|assume|believe|hypothesi[sz]e|argue|envision|intend)\b|"
    r"\bwe (?:currently |still |often )?"
    r"(?:lack|know|live|need)\b|\b(?:needs?|have|has) to be\b|\bremains? (?:essential|crucial|important|limited)\b",
    re.I,
)
_FUTURE = re.compile(
    r"\b(?:in (?:the )?future\b|future (?:work|research|directions?|stud(?:y|ies))|remains? (?:to be|an open|"
    r"unclear|unknown|challenging|a challenge)|we (?:hope|plan|believe|hypothesi[sz]e|argue|expect|envision|"
    r"intend)|open (?:question|problem|challenge)s?|is (?:still )?an? (?:\w+ )?(?:challeng\w+|fundamental|"
    r"important|crucial|key|essential|long-?standing|difficult|active|central|core|vital|critical|hard)\b|"
    r"(?:should|must|need(?:s|ed)? to) be\b|it is (?:important|necessary|crucial|essential|desirable|unclear|"
    r"challenging|difficult))",
    re.I,
)
_OTHERS = re.compile(
    r"^(?:(?:however|moreover|furthermore|in particular|recently|currently|traditionally|typically|yet),?\s)?(?:"
    r"(?:[A-Z][\w'’-]+(?:\s(?:and|&)\s[A-Z][\w'’-]+|\set\sal\.?)?,?\s\(?(?:19|20)\d\d[a-z]?\)?)"
    r"|(?:(?:many|most|several|some|the|all|other|existing|previous|prior|recent|earlier|past|current|"
    r"state-of-the-art|related|various|traditional|conventional|modern|a few|few|much|a (?:lot|number|growing body|"
    r"large body|plethora|variety) of)\s){1,3}(?:\w+[\s-]){0,3}?"
    r"(?:works?|stud(?:y|ies)|research(?:ers)?|approach(?:es)?|methods?|papers?|literature|efforts?|attempts?|"
    r"advances?|models?|systems?|techniques?|solutions?|years|progress|successes?|breakthroughs?|developments?|"
    r"benchmarks?|datasets?)\b"
    r"|(?:recent(?:ly)?|in recent|over the (?:last|past)|in the (?:last|past)|nowadays|with the (?:rise|advent|"
    r"development|growth|increas)|despite (?:the |their |its |this |these |recent |great |significant |remarkable |"
    r"impressive )+(?:success|progress|advance|popular|importance|perform|effective))|to date|historically|there "
    r"(?:is|are|has been|have been) (?:a |an )?(?:increasing|growing|many|several|lack|need|little|few|no "
    r"(?:existing|prior|previous|standard))\b)",
    re.I,
)
# Praise and outlook: nothing that a later paper could show to be false.
_VAGUE = re.compile(
    r"\b(?:(?:highlight|underscor|emphasi[sz]|stress|illustrat|demonstrat|show|underlin|point)\w*(?: (?:to|out))? "
    r"the (?:\w+ )?(?:importance|need|necessity|value|potential|promise|usefulness|feasibility|challenges?|"
    r"complexity|significance|benefits? of|difficulty)|valuable (?:insights?|resources?)|sheds?(?: new| some)? "
    r"light|pav(?:e|es|ing) the way|(?:can|could|may|will|would) (?:be used|serve|help|benefit|facilitate|inspire|"
    r"provide|also be|be (?:useful|helpful|beneficial))[^.]*\b(?:future|research|researchers|community|baseline|"
    r"applications)|promising "
    r"(?:paths?|directions?|avenues?)|opens? (?:up )?(?:new|the|avenues|doors?)|lessons? learned|call for|we "
    r"(?:also )?(?:discuss|thank|encourage|invite|recommend|outline|conclude with|conclude by|provide (?:an? "
    r")?(?:\w+ )?(?:analysis|discussion|overview|insights?))\b|useful for)",
    re.I,
)
_PASSIVE_FIELD = re.compile(
    r"\b(?:has|have) (?:recently |been |also |become |long |widely |gained |attracted |received |achieved |shown |"
    r"emerged |demonstrated |proven |drawn |made |seen |led |witnessed )+|\b(?:plays?|playing) an? (?:\w+ )?role|"
    r"widely used|is the task of|is (?:crucial|essential|vital|important|challenging|non-?trivial)|(?:are|is) "
    r"(?:often|usually|typically|commonly|generally)\b",
    re.I,
)
_OWN = re.compile(
    r"\b(?:[Ww]e(?! (?:may|might|can|could|need|often|usually|typically|should|must)\b)|[Oo]ur|[Tt]his (?:paper|work|"
    r"study)|[Tt]he proposed|(?:[Tt]he|[Tt]hese|[Ee]xperimental|[Ee]mpirical) results|[Ee]xperiments|[Ff]indings)\b"
    r"|^Results\b"
)
_RESULT = re.compile(
    r"\b(?:find|found|finds|shows?|showed|shown|demonstrat\w+|observ\w+|reveals?|revealed|indicat\w+|confirm\w*|"
    r"results?|outperform\w*|improv\w+|achiev\w+|surpass\w*|obtain\w*|reach\w*|yields?|yielded|gains?|leads? to|"
    r"conclude\w*|exceed\w*|ranked?|scor(?:es|ed|ing)|correlat\w+|significant(?:ly)?|state-of-the-art|"
    r"effective(?:ly|ness)?|superior\w*|beats?|drops?|degrad\w+|fails?|struggles?|generali[sz]es?|transfers?|"
    r"benefits?|helps?|hurts?|reduc\w+|increas\w+|attain\w*|discover\w*|better|worse|competitive|comparable)\b",
    re.I,
)
_METHOD = re.compile(
    r"\b(?:(?:is|are|was|were) (?:pre-?|fine-?|jointly |first |then |further )*(?:trained|tuned|based|built|"
    r"evaluated|initiali[sz]ed|optimi[sz]ed|annotated|collected|applied|used|computed|generated|constructed|"
    r"extracted|combined|encoded|learned|derived|crawled|labell?ed|selected|sampled|translated)|we (?:also |first |"
    r"then |further )?(?:use|train|fine-?tune|pre-?train|apply|combine|employ|adopt|evaluate|compare|test|add|"
    r"replace|encode|initiali[sz]e|sample|translate|annotate|collect|extract|experiment|leverage|optimi[sz]e|"
    r"compute|select|augment)|consists? of|composed of|architecture|relies on|uses?|combines?|learns?|takes|"
    r"employs|integrates?|leverages?|incorporates?|contains?|comprises?|covers?|includes?|supports?)\b",
    re.I,
)
_DATA_NOUN = (
    r"(?:data\s?sets?|corpus|corpora|treebanks?|benchmarks?|lexicons?|test suite|collection|test sets?|resource|"
    r"wordnet)"
)
_DATA = re.compile(
    rf"\b{_DATA_NOUN}(?:\s\([^)]*\))?,?\s(?:(?:that|which|now|currently|also|thus)\s)?(?:contain|consist|compris|"
    rf"cover|includ|of over|"
    r"of more|with over\b|with more|with \d|of \d|annotated|collected|spanning|made up|totall?ing|has|have|is (?:the|"
    r"composed|made|built|based))\w*"
    r"|\b(?:annotat|collect|construct|creat|build|built|compil|releas|introduc|present|crawl|"
    r"curat)\w*(?:\s[^\s.;,]+){0,7}?"
    rf"\s{_DATA_NOUN}\b|\b{_DATA_NOUN}\b[^.;]{{0,60}}\b(?:contain|compris|consist)(?:s|ing|es)\b",
    re.I,
)
_COMPARES = re.compile(
    r"\b(?:than|outperform\w*|surpass\w*|compared (?:to|with)|exceed\w*|better|worse|superior|inferior|comparable|"
    r"on par|as well as or|relative to|(?:more|less) \w+ than|beats?|best|over (?:the )?(?:strong |previous |all "
    r")?(?:baselines?|state))\b",
    re.I,
)
_VERB = re.compile(
    r"\bwe\s[a-z]|\b(?:is|are|was|were|be|been|has|have|had|do|does|did|can|could|may|might|will|would|should|"
    r"must|cannot)\b|"
    r"n['’]t\b|\b(?:show|find|found|demonstrate|achieve|improve|outperform|yield|reach|use|contain|provide|perform|"
    r"train|reveal|indicate|suggest|obtain|consist|compris|cover|include|lead|led|give|gave|make|made|help|hurt|"
    r"drop|gain|increase|decrease|reduce|exceed|surpass|beat|rank|transfer|depend|correlate|benefit|require|need|"
    r"fail|work|learn|capture|encode|generali[sz]e|differ|vary|remain|become|became|allow|enable|confirm|observe|"
    r"conclude|report|evaluate|apply|combine|rely|relies|produce|generate|predict|encounter|struggle|tend|exhibit|"
    r"hold|outweigh|match|account|support|attain|deliver|establish|score|won|win|come|came|take|took|rise|rose|"
    r"fall|fell|lag|suffer|see|saw|introduce|release|collect|annotate|construct|propose|present|describe|develop|"
    r"extend|offer|represent|shed|play|set|boost|narrow|bring|put|run|ran|grow|grew|alleviate|mitigate|enhance|"
    r"leverage|employ|facilitate|highlight|emerge|underscore|affect|influence|translate|identify|select|adapt|"
    r"detect|explain|bridge|close|keep|kept|lose|lost|preserve|retain|degrade|align|cluster|serve|aid)"
    r"(?:e?s|e?d)?\b",
    re.I,
)
_SECTION_GOOD = re.compile(
    r"abstract|result|conclusion|finding|experiment|analys|discussion|evaluation|summary|ablation", re.I
)
_SECTION_WEAK = re.compile(
    r"related|background|introduction|motivation|previous|preliminar|limitation|ethic|future|appendi", re.I
)
_SUPPOSED = re.compile(r"\b(?:could|might|must|should)\b", re.I)
_CITED = re.compile(r"\([^()]*(?:(?:19|20)\d\d[a-z]?|[A-Z]\w+ (?:and|&) [A-Z]\w+|et al\.?)[^()]*\)|\[\d+(?:,\s?\d+)*\]")
_ENUMERATED = re.compile(r"\(?(?:[a-z]|\d{1,2}|[ivx]{2,4})[.)]\s|[A-Z]\.\d")
_ANAPHORA = re.compile(r"^(?:It|They|This|These|Those|He|She|Their|Its|Both|Such|That|The (?:former|latter))\b")
_LISTING = re.compile(r"\b(?:as follows|the following|are|is|include)\s?:\s*$")
_MATHS = re.compile(r"[=∑∏∈≤≥∀∃∂√⊂→←↔λθαβγδσφψωµ]")

_AIM_MEASURED = 0.9  # what a sentence that begins as an aim must hold besides: a result of its own


def worth(sentence: str, section: str, *, opening: bool) -> float | None:
    """How plainly `sentence` states something checkable (about 0 to 5), or None where it is no claim.

    `opening` says that nothing before it in its section spoke of the paper itself: there, sentences without a
    result of their own are background.
    """
    text = normalise(sentence)
    if not _whole(text) or _BOILERPLATE.search(text):
        return None
    if _NOT_SAID_TO_HOLD.search(text):
        return None
    found = mentions(text)
    measured = [m for m in found if m.unit in ("%", "points", "x") or (m.unit and metrics(m.unit)) or m.precision < 1]
    way = direction(text)
    own = bool(_OWN.search(text))
    result = bool(_RESULT.search(text))
    aim = bool(_AIM.match(text))
    data = bool(_DATA.search(text))
    score = 0.0
    score += 1.5 if measured else 0.6 if found else 0.0
    score += 0.8 if way else 0.0
    score += 0.8 if result else 0.0
    score += 0.6 if _COMPARES.search(text) else 0.0
    score += 0.7 if data and found else 0.2 if data else 0.0
    score += 0.4 if _METHOD.search(text) else 0.0
    score += 0.4 if own else 0.0
    score += 0.2 if datasets(text) else 0.0
    if aim and not measured and not (data and found) and not re.search(_AIM_RESULT, text):
        return None
    if _VAGUE.search(text) and not measured:
        return None
    if _OTHERS.match(text) and not measured:
        return None
    if (_FUTURE.search(text) or _PASSIVE_FIELD.search(text)) and not (measured or own):
        return None
    if _SUPPOSED.search(text) and not own and not measured:
        return None
    if _SECTION_WEAK.search(section) and _CITED.search(text) and not own:
        return None
    if opening and not own and not aim and not (measured and way):
        return None
    score += 0.5 if _SECTION_GOOD.search(section) else -0.5 if _SECTION_WEAK.search(section) else 0.0
    score -= 0.6 if aim else 0.0
    score -= 1.0 if _ANAPHORA.match(text) else 0.0
    score -= 0.5 if len(text.split()) > 45 else 0.0
    return score if score >= _AIM_MEASURED else None


_AIM_RESULT = re.compile(
    r"\b(?:and|that|which|,) (?:we |it |also |can |significantly |consistently |then |further )*(?:find|show|"
    r"demonstrate|observe|outperforms?|improves?|achieves?|surpass(?:es)?|yields?|reaches?|obtains?|reveal|gains?|"
    r"exceeds?|reduces?|conclude|beats?)\b|\bfind(?:ing)? that\b|\bshow(?:ing)? that\b|\boutperform|\bachiev(?:es|"
    r"ing)\b"
)


def _whole(text: str) -> bool:
    """Whether `text` is one undamaged sentence of 5 to 60 words that is no question."""
    tokens = text.split()
    if not 5 <= len(tokens) <= 60 or not _ENDED.search(text) or "?" in text[-3:]:
        return False
    if not (text[0].isupper() or text[0].isdigit() or text[0] in "\"“'‘(" or re.match(r"[a-z]{1,4}[A-Z\d]", text)):
        return False
    if _ENUMERATED.match(text) or _BROKEN.search(text) or _LISTING.search(text) or not _VERB.search(text):
        return False
    letters = sum(c.isalpha() for c in text)
    if letters < 0.6 * len(text.replace(" ", "")) + 1 or not any(c.islower() for c in text):
        return False
    single = sum(len(t.strip(".,;:()")) == 1 and t not in ("a", "A", "I") for t in tokens)
    if single > max(2, 0.15 * len(tokens)) or len(_MATHS.findall(text)) > 2:
        return False
    return (
        all(text.count(a) == text.count(b) for a, b in (("(", ")"), ("[", "]"), ("“", "”")))
        and text.count('"') % 2 == 0
    )


_EARLY = 90  # characters: a data set spoken of later is where something was tried, not what is described


def kind_of(text: str, measured: bool) -> ClaimKind:
    """The kind of a statement: numbers first, then data sets, comparisons, methods; else descriptive."""
    about = _DATA.search(text)
    if (
        about
        and about.start() < _EARLY
        and not _RESULT.search(text, 0, about.start())
        and not _COMPARES.search(text)
        and direction(text) is None
    ):
        return "dataset"
    if measured:
        return "numeric"
    if _COMPARES.search(text) or direction(text) is not None:
        return "comparative"
    return "method" if _METHOD.search(text) else "descriptive"


# What authors do, as a statement in the third person tells it: no finding, unless the sentence goes on to tell one.
_DOING = re.compile(
    r"(?:\bauthors?|et al\.(?: \((?:[\w-]+\s){0,2}\d{4}\w?\))?|\b[A-Z][\w'’-]+ \(\d{4}\w?\)|\bwork of [^,]{3,60}?)\s"
    r"(?:\w+ly\s|also\s|further\s|"
    r"then\s|first\s|instead\s|ha(?:s|ve|d)\s)*(?:propos|present|introduc|investigat|examin|explor|evaluat|stud|aim|"
    r"describ|uses?\b|using|"
    r"employ|adopt|appl|develop|design|build|train|fine-?tun|enhanc|conduct|perform|compar|follow|leverag|"
    r"experiment|provid|releas|collect|creat|analy|address|focus|inspect|frame|extend|formulat|build|built|participat)"
)
_TELLING = re.compile(
    r"\b(?:shows?|finds?|found|demonstrat\w+|observ\w+|reveal\w*|outperform\w*|neither|nor|significant\w*|better|worse|"
    r"best|higher|lower|drops?|improves|fails?|points?|surpass\w*|exceed\w*)\b|\d%"
)
_RESULTING = re.compile(
    r"\b(?:can|benefits?|remains?|depends?|matters?|suffers?|struggles?|generali[sz]es?|correlat\w+|leads?|"
    r"effective\w*|inherits?|exhibits?|tends?|transfers?\s(?:to|from|across|between|well|poorly|badly|better|worse))\b"
)


def reports_result(statement: str) -> bool:
    """Whether a statement in the third person tells what came out, not only what somebody did."""
    doing = _DOING.search(statement)
    if doing is not None:
        return bool(_TELLING.search(statement, doing.end()))
    return direction(statement) is not None or bool(_TELLING.search(statement) or _RESULTING.search(statement))
