"""The words by which sentences open, point back and speak of their authors: patterns, no behaviour."""

from __future__ import annotations

import re

__all__ = [
    "BARE_VERB",
    "BASE_VERBS",
    "CONNECTIVE",
    "COORDINATED",
    "FINDING",
    "FIRST_SINGULAR",
    "HEAD",
    "HEDGE",
    "INTRODUCED",
    "IRREGULAR_THIRD",
    "MODALS",
    "NOT_I",
    "NOUN_END",
    "ORDINARY",
    "ORDINARY_ENDING",
    "PAST",
    "PLURAL_PERSON",
    "POINTING",
    "REPORTED",
    "SECOND_OWN_VERB",
    "THIS_PAPER",
    "UPPER",
]

CONNECTIVE = re.compile(
    r"(?:However|Moreover|Furthermore|Additionally|In addition|Also|Finally|Lastly|Last but not least|Specifically|"
    r"More specifically|In particular|More importantly|Most importantly|Interestingly|Surprisingly|Notably|"
    r"Importantly|Thus|Therefore|Hence|Consequently|As a result|As a consequence|Overall|Nevertheless|Nonetheless|"
    r"Here|First|Firstly|Second|Secondly|Third|Thirdly|Empirically|Remarkably|Indeed|For example|For instance|"
    r"Meanwhile|On the other hand|In contrast|By contrast|Unfortunately|Again|Further|Crucially|Besides|In summary|"
    r"To summarize|In sum|In short|In conclusion|To conclude|Then|Next|Similarly|Instead|Conversely|Accordingly|Herein|"
    r"Unsurprisingly|As expected|In general|Generally|To this end|To that end|In this manner|In this way|"
    r"By doing so|As such|This way|With this|In doing so|Along the way|In fact|"
    r"That is|In other words|At the same time|Still|Yet|Rather|Even so|Encouragingly|Perhaps surprisingly|"
    r"Concretely|Experimentally|In the process|To our knowledge|To the best of our knowledge),\s+(?=\S)"
    r"|(?:But|And|Yet|So)\s+(?=\S)|(?:Then|Thus|Hence|Also|Therefore|Furthermore|Moreover|Finally)\s+(?=(?:we|our|"
    r"the|it)\b)"
    r"|(?:In|With|Through|Throughout) (?:this|the present) (?:paper|work|article|study|report|research|thesis|"
    r"survey|demo|demonstration|contribution|submission|position paper|system paper|tutorial|letter)\s?,?\s+(?=\S)|"
    r"Here\s+(?=we\b)"
)

HEDGE = (
    r"(?:also |further |furthermore |then |empirically |consistently |clearly |additionally |thus |experimentally |"
    r"finally )*"
)

FINDING = re.compile(
    rf"We {HEDGE}(?:find|found|show|showed|demonstrate|demonstrated|observe|observed|report|note|discover|"
    rf"discovered|reveal|"
    r"conclude|establish|confirm|see|saw|prove|verify|have shown|have found),? "
    rf"{HEDGE}(?:, \w+, )?that,?\s+"
    r"|(?:Our|The|These|Extensive|Experimental|Empirical)?\s?(?:(?:extensive|experimental|empirical|main|"
    r"preliminary|detailed|evaluation|quantitative|comprehensive|initial|further|key|overall|in-depth|human|"
    r"automatic|manual|thorough|experiment|research|analysis) )*(?:and (?:\w+ ){1,2})?(?:[Rr]esults?|"
    r"[Ee]xperiments?|[Ff]indings?|[Aa]nalys[ei]s|[Ee]valuations?|"
    rf"[Ss]tudy|[Oo]bservations?|[Ee]xperimentation) {HEDGE}(?:show|demonstrate|reveal|confirm|prove|verify|showed|"
    r"demonstrated|revealed|confirmed|find|found)s? that,?\s+"
)

UPPER = "[A-ZÀ-ÖØ-ÞĀČĎĐĘĚĞĢĪĶĹĽĻŁŃŇŅŌŐŒŔŘŚŞŠŢŤŪŮŰŹŻŽ]"  # capitals with which Latin names begin

_TELLERS = (
    r"authors?|researchers|scientists|scholars|investigators|(?:paper|study|article|work|publication|preprint|abstract|"
    r"report|team|group|results?|findings?|experiments?|analys[ei]s|evaluations?|observations?|simulations?|data)"
)
_NAMED = (
    rf"{UPPER}[\w'’-]+(?:,? (?:et al\.|(?:and|&) {UPPER}[\w'’-]+)(?:,? \(?\d{{4}}[a-z]?\)?)?| \(\d{{4}}[a-z]?\))"
)
_TELLING = (
    r"(?:show|find|demonstrate|observe|report|conclude|establish|confirm|note|reveal|state|write|discover|indicate|"
    r"describe|mention|document)(?:s|ed)?|found|wrote|shown|(?:have|has) (?:shown|found|demonstrated|observed|reported|"
    r"established|confirmed|noted|revealed|stated)"
)

# Who says so, and no more: "The authors report that", "According to the paper,", "It is shown that". None that denies
# or doubts it ("do not find that", "suggest that", "hypothesise that").
REPORTED = re.compile(
    rf"(?:As (?:{_NAMED}|the (?:{_TELLERS})) (?:{_TELLING}), )"
    rf"|According to (?:(?:the|their|this|these|its) (?:[\w-]+ )??(?:{_TELLERS})(?: of (?:the )?[\w ]{{3,30}})?"
    rf"|{_NAMED}),\s+"
    r"|In (?:the|their) (?:paper|work|study|article|report|abstract),\s+"
    r"|It (?:is|was|has been) (?:also |further |then |clearly )?(?:shown|found|reported|demonstrated|observed|noted|"
    r"stated|established|confirmed|concluded) (?:by the authors |in the (?:paper|study) )?that,?\s+"
    rf"|(?:(?:The|This|These|Their|Its|His|Her|Extensive|Experimental|Empirical|Comprehensive)\s(?:[\w'’-]+ ){{0,3}}?|)"
    rf"(?:{_TELLERS}|[Rr]esults|[Ee]xperiments|[Aa]uthors|[Rr]esearchers)"
    rf"(?:,? (?:of|by|in|from) (?:the (?:authors?|paper|study)|{_NAMED}))? {HEDGE}(?:{_TELLING}) {HEDGE}that,?\s+"
    rf"|{_NAMED} {HEDGE}(?:{_TELLING}) {HEDGE}that,?\s+"
)

# "We show that X is better and further present Y": the second verb belongs to "we", so the opening must stay.
SECOND_OWN_VERB = re.compile(
    r"(?:,|\band) (?:further |also |then |finally |additionally |we )*(?:present|propose|introduce|provide|show|"
    r"demonstrate|analy[sz]e|release|discuss|offer|conduct|perform|explore|find|evaluate|investigate|describe|"
    r"report|identify|compare|study|examine|suggest|observe|conclude|argue|develop|establish|highlight|publish|"
    r"give|make|use|apply|test|extend|outline)\b|\b(?:and|but) that\b"
)

FIRST_SINGULAR = re.compile(r"(?<![\w-])(?:I(?![\w.)/-])|my|My|me|mine|myself)\b")

PLURAL_PERSON = re.compile(r"\b(?:[Ww]e|WE|[Oo]ur|OUR|[Oo]urs|[Oo]urselves|us|Us)\b")

NOT_I = re.compile(
    r"\b(?:Type|Part|Phase|Stage|Model|Class|World War|Level|Task|Track|Table|Section) I\b|\(I\)|\bI(?=[-/&)])"
)

POINTING = re.compile(
    r"(?:Tables?|Figures?|Fig\.|It|They|This|These|Those|Such|Their|Its|Both|He|She|That|The (?:former|latter)|"
    r"One|Another|Others?|All of "
    r"(?:these|them)|Doing so|Each|Either|Neither|The (?:proposed|resulting|latter|former|same|above|two|three|"
    r"four|five|six|seven|results?|findings?|experiments?|models?|methods?|systems?|approach(?:es)?|datasets?|data "
    r"?set|corpus|framework|analysis|evaluation|paper|study|work|task|algorithm|experimental|final|best|new|"
    r"improvements?|gains?|architecture|tool|resource|technique|strategy|authors?|baseline|submission|submitted|"
    r"system's|other|first|second|third|latest|performance|code))\b"
    r"|(?:Experiments?|Results?|Experimental|Empirical|Extensive|Evaluations?|Evaluating|Compared|Analys[ei]s|"
    r"Finally|Using|There|Automatic|Human|When|As|By|On|For|With|Across|After|Among|Further|Additional|Ablation|"
    r"Preliminary|Through|Without|While|Although|Despite|If|Unlike|From|Under|Based|Given|Due|Because|Since|Here|"
    r"Quantitative|Qualitative)\b"
)

THIS_PAPER = re.compile(r"\b([Tt])his (paper|work|study|article|thesis|report|survey|demo|research)\b")

INTRODUCED = re.compile(
    r"\b(?:propos|present|introduc|releas|develop|creat|describ|build)\w*\s(?:(?:an?|the|"
    r"our)\s)?(?:[a-z-]+\s){0,4}?"
    r"(?P<name>(?:[A-Z][a-z]*)?[A-Z][\w-]*[A-Z\d-][\w-]*)(?=\s\(|,|:|\s-|\s–|\s—|\.)"
    r"|\b(?:called|named|dubbed|termed)\s(?P<called>[A-Z][\w+-]*)"
)

# Nouns that papers own; only a phrase that ends in one of them takes "of NAME" after it.
HEAD = re.compile(
    r"\b(?:models?|methods?|approach(?:es)?|systems?|experiments?|results?|findings?|analys[ei]s|frameworks?|"
    r"stud(?:y|ies)|work|paper|"
    r"data\s?sets?|corpus|corpora|evaluations?|algorithms?|architectures?|techniques?|strateg(?:y|ies)|"
    r"submissions?|pipelines?|parsers?|"
    r"classifiers?|taggers?|networks?|metrics?|measures?|benchmarks?|baselines?|ensembles?|runs?|"
    r"investigations?|observations?|tools?|"
    r"resources?|lexicons?|treebanks?|procedures?|formulations?|models?|representations?|embeddings?|solutions?|"
    r"decoders?|encoders?|"
    r"agents?|annotations?|contributions?|survey|comparisons?|implementations?|variants?|extensions?|"
    r"objectives?|loss|losses|"
    r"performance|scores?|outputs?|weights|tests?|ablations?|human evaluations?|simulations?|schemes?|"
    r"protocols?|platforms?|chatbots?|"
    r"predictions?|detectors?|generators?|retrievers?|summari[sz]ers?|translations?|pretraining|training|data|"
    r"package|library|team|"
    r"modules?|components?|mechanisms?|estimators?|features?|policy|policies|prompts?|collection|entries|entry|"
    r"test\s?(?:set|suite)|"
    r"evidence|theory|hypothesis|theorems?|proofs?|bounds?|website|interface|demo|code|design|task|tasks|research)$"
)
NOUN_END = re.compile(
    r"\b(?:of|in|on|for|to|from|with|by|and|or|than|as|at|that|which|who|can|could|may|might|will|would|should|"
    r"must|is|are|was|were|has|have|had|does|do|did|also|not|when|while|where|using|via|over|under|between|across|"
    r"against|into|after|before|both|then|further|consistently|significantly|surprisingly|clearly|empirically|"
    r"strongly|additionally|often|even|still|only|achiev\w*|show\w*|outperform\w*|improv\w*|demonstrat\w*|"
    r"reveal\w*|indicat\w*|suggest\w*|yield\w*|obtain\w*|provid\w*|allow\w*|enabl\w*|perform(?:s|ed)?|reach\w*|"
    r"gain(?:s|ed)|reduc\w*|increas\w*|us(?:es|ed)|find\w*|found|surpass\w*|exceed\w*|beat\w*|consists?|includ\w*|"
    r"cover\w*|contain\w*|rank\w*|confirm\w*|generat\w*|produc\w*|learns?|captur\w*|mak(?:es|e)|outputs?|leads?|"
    r"results?\sin|help\w*|relies|rely|runs?|takes?|gives?|offers?|support\w*|compris\w*|scor(?:es|ed)|"
    r"establish\w*|requires?|focus\w*|combin\w*|integrat\w*|extend\w*|serv\w*|compar\w*|works?\s(?:well|on|with|"
    r"better|best)|based|trained|called|named|proposed\sin|applied|built|designed|delivers?|attains?|highlights?|"
    r"underscores?|sheds?|points?|lets?|substantially|successfully|currently|already|effectively)\b|[,;:.()\"“”—–]|"
    r"$"
)

# Verbs of method and finding in their base form; all others are left as they stand.
_BASE_VERBS_TEXT = """
    use train find show report evaluate test propose present introduce apply compare analyse analyze observe
    achieve obtain improve combine extract predict generate annotate collect create construct build release
    provide demonstrate discuss describe explore examine investigate study develop design adapt adopt employ
    leverage extend fine-tune pretrain pre-train select choose compute measure learn exploit consider identify
    define recommend suggest conclude argue address tackle run perform conduct give make take set add replace
    encode decode augment sample translate rank score classify detect reach outperform see note hope plan want
    need feed align map integrate incorporate enhance reduce increase remove keep treat formulate formalise
    formalize model view publish share submit participate focus rely assess validate verify confirm discover
    reveal establish benchmark filter transform convert project initialise initialize optimise optimize
    minimise minimize maximise maximize estimate
"""
BASE_VERBS = frozenset(_BASE_VERBS_TEXT.split())
COORDINATED = re.compile(
    r"(?:,|\band|\bor|\bbut|\bthen)\s(?:\w+ly\s|also\s|then\s|further\s|instead\s|not\s)*([a-z-]+)\b"
)
_PAST_TEXT = """
    found built ran saw made took used chose got gave began kept led left did had wrote drew fed won held came
    went knew thought taught sought brought
"""
PAST = frozenset(_PAST_TEXT.split())

BARE_VERB = re.compile(
    r"(?:also |further |then |first |thus |therefore |only |still |instead |both |often |always |never |simply |"
    r"(?!(?:apply|rely|supply|imply|multiply|comply)\b)\w+ly )*([a-z-]+)\b"
)

MODALS = frozenset(["can", "could", "may", "might", "will", "would", "should", "must", "did", "had"])

IRREGULAR_THIRD = {"are": "is", "were": "was", "have": "has", "do": "does", "go": "goes"}

ORDINARY_ENDING = re.compile(r"(?:ing|ed|ly|ary|ual|ical|ive|ful|ments?|tions?|ous)$")

ORDINARY = frozenset(
    [
        "Contrary",
        "Consistent",
        "Instead",
        "Though",
        "Within",
        "Upon",
        "Before",
        "During",
        "Rather",
        "Depending",
        "Like",
        "Once",
        "Until",
        "Whereas",
        "Whether",
        "Regardless",
        "Each",
        "Every",
        "Any",
        "All",
        "Such",
        "Even",
        "Over",
        "Via",
        "Besides",
        "No",
        "Not",
        "Different",
        "Large",
        "Small",
        "State",
        "Deep",
        "Neural",
        "Language",
        "Models",
        "Pre",
        "A",
        "An",
        "The",
        "In",
        "At",
        "To",
        "Of",
        "Most",
        "Many",
        "Some",
        "Several",
        "Multi",
        "Training",
        "Our",
        "We",
    ]
)
