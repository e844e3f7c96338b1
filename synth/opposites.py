"""Opposites of the genre: words whose exchange turns a statement round. Data, no behaviour."""

from __future__ import annotations

__all__ = ["ADJECTIVES", "COMPARATIVES", "FIXED", "NOUNS", "SUPERLATIVES", "VERBS"]

# base -> base of the opposite; both take the same objects
VERBS: tuple[tuple[str, str], ...] = (
    ("improve", "degrade"), ("degrade", "improve"), ("worsen", "improve"), ("deteriorate", "improve"),
    ("increase", "decrease"), ("decrease", "increase"), ("reduce", "increase"), ("raise", "lower"),
    ("lower", "raise"),
    ("boost", "hurt"), ("hurt", "help"), ("harm", "help"), ("enhance", "impair"), ("impair", "enhance"),
    ("outperform", "underperform"), ("underperform", "outperform"), ("surpass", "fall short of"),
    ("exceed", "fall below"), ("rise", "fall"), ("fall", "rise"), ("grow", "shrink"), ("shrink", "grow"),
    ("drop", "rise"), ("decline", "rise"), ("accelerate", "slow down"), ("strengthen", "weaken"),
    ("weaken", "strengthen"), ("promote", "inhibit"), ("inhibit", "promote"), ("suppress", "stimulate"),
    ("stimulate", "suppress"), ("activate", "inhibit"), ("facilitate", "hinder"), ("hinder", "facilitate"),
    ("prevent", "cause"), ("maximize", "minimize"), ("minimize", "maximize"), ("maximise", "minimise"),
    ("minimise", "maximise"), ("upregulate", "downregulate"), ("downregulate", "upregulate"),
    ("attenuate", "amplify"), ("alleviate", "aggravate"), ("mitigate", "aggravate"), ("simplify", "complicate"),
    ("beat", "lose to"), ("underestimate", "overestimate"), ("overestimate", "underestimate"), ("succeed", "fail"),
    ("halve", "double"), ("double", "halve"), ("benefit from", "suffer from"), ("suffer from", "benefit from"),
    ("speed up", "slow down"), ("slow down", "speed up"), ("diminish", "increase"), ("elevate", "lower"),
    ("shorten", "lengthen"), ("lengthen", "shorten"), ("widen", "narrow"), ("stabilize", "destabilize"),
)  # fmt: skip

COMPARATIVES: tuple[tuple[str, str], ...] = (
    ("better", "worse"), ("worse", "better"), ("higher", "lower"), ("lower", "higher"), ("larger", "smaller"),
    ("smaller", "larger"), ("greater", "smaller"), ("bigger", "smaller"), ("faster", "slower"), ("slower", "faster"),
    ("stronger", "weaker"), ("weaker", "stronger"), ("longer", "shorter"), ("shorter", "longer"),
    ("easier", "harder"),
    ("harder", "easier"), ("cheaper", "more expensive"), ("earlier", "later"), ("later", "earlier"),
    ("older", "younger"), ("younger", "older"), ("richer", "poorer"), ("poorer", "richer"), ("superior", "inferior"),
    ("inferior", "superior"), ("simpler", "more complicated"), ("quicker", "slower"), ("closer", "less close"),
    ("tighter", "looser"), ("quieter", "louder"), ("lighter", "heavier"), ("fewer", "more"),
)  # fmt: skip

SUPERLATIVES: tuple[tuple[str, str], ...] = (
    ("best", "worst"), ("worst", "best"), ("highest", "lowest"), ("lowest", "highest"), ("largest", "smallest"),
    ("smallest", "largest"), ("fastest", "slowest"), ("slowest", "fastest"), ("strongest", "weakest"),
    ("weakest", "strongest"), ("longest", "shortest"), ("shortest", "longest"), ("greatest", "smallest"),
    ("biggest", "smallest"), ("easiest", "hardest"), ("hardest", "easiest"),
)  # fmt: skip

NOUNS: tuple[tuple[str, str], ...] = (
    *(
        (f"{a} {p}", f"{b} {p}")
        for p in ("of", "in")
        for a, b in (
            ("increase", "decrease"), ("decrease", "increase"), ("reduction", "increase"), ("decline", "rise"),
            ("increases", "decreases"), ("decreases", "increases"), ("reductions", "increases"),
            ("gain", "drop"), ("gains", "drops"), ("drop", "gain"), ("drops", "gains"), ("rise", "fall"),
            ("improvement", "decline"), ("improvements", "declines"), ("degradation", "improvement"),
        )
    ),
    ("improvement over", "drop relative to"), ("improvements over", "drops relative to"),
    ("gain over", "drop relative to"), ("gains over", "drops relative to"),
    ("speedup over", "slowdown relative to"), ("speed-up over", "slowdown relative to"),
    ("speedup of", "slowdown of"),
    ("advantage over", "disadvantage against"), ("advantages over", "disadvantages against"),
    ("superiority of", "inferiority of"), ("performance gain", "performance loss"),
    ("performance gains", "performance losses"),
    ("performance improvement", "performance loss"), ("performance improvements", "performance losses"),
    ("performance drop", "performance gain"), ("performance degradation", "performance gain"),
    ("positive correlation", "negative correlation"), ("negative correlation", "positive correlation"),
    ("positive effect", "negative effect"), ("negative effect", "positive effect"),
    ("positive impact", "negative impact"),
    ("negative impact", "positive impact"), ("negative influence", "positive influence"),
    ("positive influence", "negative influence"), ("strong correlation", "weak correlation"),
    ("weak correlation", "strong correlation"), ("high accuracy", "low accuracy"),
    ("high precision", "low precision"),
    ("high recall", "low recall"), ("low cost", "high cost"), ("low latency", "high latency"),
    ("low complexity", "high complexity"), ("good performance", "poor performance"), ("good results", "poor results"),
    ("poor performance", "good performance"), ("high quality", "low quality"), ("low error", "high error"),
    ("high performance", "low performance"), ("strong performance", "weak performance"),
    ("significant improvement", "significant deterioration"), ("significant improvements", "significant losses"),
    ("substantial improvement", "substantial deterioration"), ("substantial improvements", "substantial losses"),
)  # fmt: skip

FIXED: tuple[tuple[str, str], ...] = (
    ("positively correlated", "negatively correlated"), ("negatively correlated", "positively correlated"),
    ("positively associated", "negatively associated"), ("negatively associated", "positively associated"),
    ("positively related", "negatively related"), ("negatively related", "positively related"),
    ("positively affect", "negatively affect"), ("negatively affect", "positively affect"),
    ("positively affects", "negatively affects"), ("negatively affects", "positively affects"),
    ("negatively impacts", "positively impacts"), ("positively impacts", "negatively impacts"),
    ("positively influence", "negatively influence"), ("positively influences", "negatively influences"),
    ("inversely proportional", "directly proportional"), ("inversely related", "directly related"),
    ("performs well", "performs poorly"), ("perform well", "perform poorly"), ("works well", "works poorly"),
    ("work well", "work poorly"), ("performed well", "performed poorly"), ("performs poorly", "performs well"),
    ("perform poorly", "perform well"), ("generalizes well", "generalizes poorly"),
    ("generalize well", "generalize poorly"),
    ("scales well", "scales poorly"), ("scale well", "scale poorly"), ("increases with", "decreases with"),
    ("increase with", "decrease with"), ("decreases with", "increases with"), ("decrease with", "increase with"),
    ("agrees with", "disagrees with"), ("agree with", "disagree with"), ("succeeds in", "fails in"),
    ("consistent with", "inconsistent with"), ("inconsistent with", "consistent with"),
    ("in contrast to", "in line with"), ("resistant to", "susceptible to"), ("susceptible to", "resistant to"),
    ("robust to", "sensitive to"), ("robust against", "vulnerable to"), ("sensitive to", "insensitive to"),
    ("vulnerable to", "robust against"), ("independent of", "dependent on"), ("dependent on", "independent of"),
    ("outperforms", "underperforms"),
)  # fmt: skip

# predicates after a copula
ADJECTIVES: tuple[tuple[str, str], ...] = (
    ("effective", "ineffective"), ("ineffective", "effective"), ("efficient", "inefficient"),
    ("inefficient", "efficient"), ("available", "unavailable"), ("unavailable", "available"),
    ("accurate", "inaccurate"),
    ("inaccurate", "accurate"), ("reliable", "unreliable"), ("unreliable", "reliable"), ("robust", "fragile"),
    ("feasible", "infeasible"), ("infeasible", "feasible"), ("possible", "impossible"), ("impossible", "possible"),
    ("sufficient", "insufficient"), ("insufficient", "sufficient"), ("necessary", "unnecessary"),
    ("unnecessary", "necessary"), ("essential", "unnecessary"), ("crucial", "irrelevant"),
    ("important", "unimportant"),
    ("critical", "irrelevant"), ("stable", "unstable"), ("unstable", "stable"), ("suitable", "unsuitable"),
    ("useful", "useless"), ("helpful", "unhelpful"), ("beneficial", "harmful"), ("harmful", "beneficial"),
    ("competitive", "uncompetitive"), ("similar", "very different"), ("identical", "very different"),
    ("correlated", "uncorrelated"), ("uncorrelated", "correlated"),
    ("complex", "simple"), ("simple", "complicated"), ("easy", "difficult"),
    ("difficult", "easy"), ("hard", "easy"), ("fast", "slow"), ("slow", "fast"), ("high", "low"), ("low", "high"),
    ("large", "small"), ("small", "large"), ("strong", "weak"), ("weak", "strong"), ("common", "rare"),
    ("rare", "common"), ("superior", "inferior"), ("positive", "negative"), ("negative", "positive"),
    ("safe", "unsafe"), ("convex", "non-convex"), ("decidable", "undecidable"), ("undecidable", "decidable"),
    ("valid", "invalid"), ("invalid", "valid"), ("successful", "unsuccessful"), ("expensive", "cheap"),
    ("cheap", "expensive"), ("costly", "cheap"), ("good", "poor"), ("poor", "good"), ("promising", "disappointing"),
    ("optimal", "suboptimal"), ("suboptimal", "optimal"), ("consistent", "inconsistent"),
    ("inconsistent", "consistent"),
    ("significant", "negligible"), ("negligible", "substantial"), ("acceptable", "unacceptable"),
    ("encouraging", "discouraging"), ("satisfactory", "unsatisfactory"), ("flexible", "inflexible"),
    ("scalable", "unscalable"), ("practical", "impractical"), ("complete", "incomplete"), ("limited", "unlimited"),
    ("popular", "unpopular"), ("sparse", "dense"), ("dense", "sparse"), ("challenging", "easy"),
    ("compatible", "incompatible"), ("equivalent", "not equivalent"), ("vulnerable", "immune"),
    ("time-consuming", "quick"), ("widespread", "rare"), ("prone", "immune"),
)  # fmt: skip
