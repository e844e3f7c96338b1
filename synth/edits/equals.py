"""Expressions that say the same in papers, and abbreviations everybody uses. Data, no behaviour."""

from __future__ import annotations

__all__ = ["EQUAL", "LONG_FORMS"]

_BETTER = r"(?= (?:an?|the|better|higher|lower|good|state|competitive|comparable|superior)\b)"
_SYSTEMS = (
    r"(?= (?:methods?|approach(?:es)?|models?|algorithms?|techniques?|systems?|solutions?|baselines?|work|studies)\b)"
)

# pattern -> what may stand in its place, in the same form and with the same objects
EQUAL: tuple[tuple[str, str], ...] = (
    # verbs
    (r"utili[sz]es", "uses"), (r"utili[sz]ed", "used"), (r"utili[sz]ing", "using"), (r"utili[sz]e", "use"),
    (r"demonstrates that", "shows that"), (r"demonstrate that", "show that"), (r"demonstrated that", "showed that"),
    (r"shows that", "demonstrates that"), (r"show that", "demonstrate that"), (r"showed that", "demonstrated that"),
    (r"outperforms(?! (?:both|by)\b)(?=[^,;]+\.?)", "performs better than"),
    (r"outperform(?= (?:the|all|existing|previous|other|state|traditional|several|strong)\b)", "perform better than"),
    (r"requires(?= (?:an?|the|no|only|less|more|fewer)\b)(?![^.,;]* (?:to|that)\b)", "needs"),
    (r"require(?= (?:an?|the|no|only|less|more|large|many)\b)(?![^.,;]* (?:to|that)\b)", "need"),
    (rf"obtains{_BETTER}", "achieves"), (rf"obtained{_BETTER}", "achieved"), (rf"achieves{_BETTER}", "obtains"),
    (rf"achieved{_BETTER}", "obtained"), (rf"achieve{_BETTER}", "obtain"), (r"is based on", "builds on"),
    (r"are based on", "build on"), (r"allows us to", "enables us to"), (r"enables us to", "allows us to"),
    (r"investigates", "examines"), (r"investigated", "examined"), (r"investigate", "examine"),
    (r"examines", "investigates"), (r"enhances", "improves"),
    (r"boosts(?= (?:the|our|its|performance|accuracy)\b)", "improves"),
    (r"decreases(?= the\b)", "reduces"), (r"reduces(?= the\b)", "lowers"), (r"increases(?= the\b)", "raises"),
    (r"attains", "reaches"), (r"attained", "reached"), (r"(?<=can )be employed", "be used"),
    (r"(?<=is )employed", "used"),
    (r"(?<=are )employed", "used"), (r"[Ww]e found that", "we observed that"),
    (r"[Ww]e find that", "we observe that"),
    (r"[Ww]e observe that", "we find that"), (r"[Ww]e observed that", "we found that"), (r"leads to", "results in"),
    (r"lead to", "result in"), (r"led to(?= (?!believe))", "resulted in"), (r"resulted in", "led to"),
    (r"results in(?= (?:an?|the|better|higher|lower|more|less|significant)\b)", "leads to"),
    (r"comprises(?= \d)", "contains"), (r"consists of(?= (?:\d|two|three|four|five|several)\b)", "comprises"),
    (r"consist of(?= (?:\d|two|three|four|five|several)\b)", "comprise"),
    (r"have been proposed", "have been put forward"),
    (r"has been proposed", "has been put forward"), (r"performs comparably to", "performs on par with"),
    (r"deteriorates", "worsens"), (r"aims to", "is intended to"), (r"is capable of handling", "can handle"),
    (r"has the ability to", "can"), (r"(?<=s )have the ability to", "can"), (r"is able to", "can"),
    (r"are able to", "can"),
    (r"plays an? (?:crucial|vital|key|important|central) role in", "is important for"),
    (r"(?<=s )play an? (?:crucial|vital|key|important|central) role in", "are important for"),
    # connectives
    (r"[Ii]n order to", "to"), (r"[Dd]ue to the fact that", "because"),
    (r"[Ii]n comparison (?:to|with)", "compared with"),
    (r"[Cc]ompared to", "compared with"), (r"[Cc]ompared with", "compared to"), (r"[Nn]evertheless", "nonetheless"),
    (r"[Mm]oreover", "furthermore"), (r"[Ff]urthermore", "moreover"), (r"[Ii]n addition(?=,)", "moreover"),
    (r"[Aa]dditionally", "in addition"), (r"[Tt]herefore(?=,)", "for this reason"),
    (r"[Cc]onsequently", "as a result"),
    (r"[Aa]s a result(?=,)", "consequently"), (r"whilst", "while"), (r"[Ff]or instance", "for example"),
    (r"[Ff]or example", "for instance"), (r"[Ww]ith respect to", "with regard to"),
    (r"[Ww]ith regard to", "with respect to"),
    (r"(?<=, )whereas", "while"), (r"(?<=, )while(?= the\b)", "whereas"), (r"[Ii]n this paper,", "in this work,"),
    (r"[Ii]n this work,", "in this paper,"), (r"[Uu]ntil now", "so far"), (r"[Tt]o date", "so far"),
    (r"in terms of(?= (?:accuracy|performance|precision|speed|quality|efficiency|F1|BLEU)\b)", "with respect to"),
    (r"[Tt]his paper(?= (?:presents|proposes|describes|introduces|investigates|addresses|studies|shows|examines)\b)",
     "this work"),
    # how many, how much
    (r"[Aa] number of", "several"), (r"a variety of(?= \w+s\b)", "various"),
    (r"(?<!the )various(?= [a-z]+s\b)", "a variety of"),
    (r"[Aa] large number of", "many"), (r"(?<=of )the majority of", "most of"), (r"numerous", "many"),
    (r"a wide variety of", "many different"), (r"a wide range of", "a broad range of"), (r"more than(?= \d)", "over"),
    (r"approximately(?= \d)", "about"), (r"about(?= \d)", "approximately"), (r"roughly(?= \d)", "about"),
    (r"frequently", "often"), (r"often(?= (?:used|require|suffer|occur|fail))", "frequently"),
    (r"significantly(?= (?:better|worse|higher|lower|faster|slower)\b)", "considerably"),
    (r"much better", "far better"), (r"far better", "much better"), (r"much faster", "far faster"),
    (r"per cent", "percent"),
    (r"twice as(?= (?:fast|large|many|long)\b)", "two times as"),
    # adjectives
    (rf"state-of-the-art{_SYSTEMS}", "leading"), (rf"[Pp]revious{_SYSTEMS}", "earlier"),
    (rf"[Pp]rior{_SYSTEMS}", "earlier"),
    (rf"[Ee]xisting{_SYSTEMS}", "available"), (r"(?<=\b[Aa] )novel(?= [a-z])", "new"),
    (r"(?<=\b[Aa] )new(?= (?:method|approach|algorithm|model|framework|technique|architecture|dataset|"
     r"system)\b)", "novel"),
    (r"commonly used", "frequently used"), (r"extensively studied", "studied extensively"),
    (r"is difficult to", "is hard to"),
    (r"is hard to", "is difficult to"), (r"is challenging", "is difficult"), (r"are challenging", "are difficult"),
    (r"is essential for", "is indispensable for"), (r"(?<=is )insufficient", "not sufficient"),
    (r"comparable to", "on par with"), (r"on par with", "comparable to"),
    (r"[Ee]xtensive experiments", "comprehensive experiments"),
    (r"beneficial", "helpful"), (r"(?<=is )superior to", "better than"), (r"(?<=are )superior to", "better than"),
    (r"(?<=is )inferior to", "worse than"),
    (r"the proposed(?= (?:method|approach|model|algorithm|system|framework)\b)", "the suggested"),
    (r"rapidly", "quickly"),
    (r"typically", "usually"), (r"primarily", "mainly"), (r"mainly", "primarily"),
    (r"simultaneously", "at the same time"),
)  # fmt: skip

# long form -> abbreviation; both are understood without the other
LONG_FORMS: tuple[tuple[str, str], ...] = (
    ("natural language processing", "NLP"), ("neural machine translation", "NMT"),
    ("statistical machine translation", "SMT"), ("question answering", "QA"), ("natural language inference", "NLI"),
    ("named entity recognition", "NER"), ("part-of-speech", "POS"), ("support vector machine", "SVM"),
    ("convolutional neural network", "CNN"), ("recurrent neural network", "RNN"), ("long short-term memory", "LSTM"),
    ("hidden Markov model", "HMM"), ("generative adversarial network", "GAN"), ("reinforcement learning", "RL"),
    ("principal component analysis", "PCA"), ("automatic speech recognition", "ASR"),
    ("word sense disambiguation", "WSD"),
    ("graph neural network", "GNN"), ("latent Dirichlet allocation", "LDA"), ("wireless sensor network", "WSN"),
    ("large language model", "LLM"), ("conditional random field", "CRF"), ("deep neural network", "DNN"),
    ("abstract meaning representation", "AMR"), ("semantic role labeling", "SRL"),
)  # fmt: skip
