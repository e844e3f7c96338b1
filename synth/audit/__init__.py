"""The audit of anybody's report: what it states is read, held against papers, and what is wrong with it is named.

    documents.read(path)        -> Card           what the report states, nothing invented
    judged.judged(card, ...)    -> Judged         its claims against the papers it names and those at hand
    findings.findings(...)      -> Finding ...    what is wrong, where, how badly
    answered.answered(...)      -> AuditAnswer    does it answer its question, by the rule of `synth.answer`
    audit.audits(paths, ...)    -> Audit ...      all of it, several reports held against each other
    pages                                         Markdown, HTML and the summary for a terminal
"""
