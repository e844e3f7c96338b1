"""Reports to render: a rich one, an empty one, a hostile one, a long one. All papers in them are made up."""

from __future__ import annotations

from typing import Any

from synth.records import (
    Agreement,
    Answer,
    Check,
    Claim,
    Conflict,
    Coverage,
    Dimension,
    Evidence,
    Ids,
    Notice,
    Quantity,
    Replication,
    Report,
    ReportPaper,
    Review,
    Reviewer,
    Screening,
    SkippedPaper,
    SourceSpan,
    Verdict,
)

_LABELS = ("supported", "refuted", "conflicting", "not_enough_evidence", "not_checked")
HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\u202egnp.exe\u202c",
    "#let x = 1; #panic()",
    "$x^2$ `code` *bold* _under_ ~tilde~",
    "[click](javascript:alert(3)) ![i](http://evil.example/p.png)",
    "http://evil.example/auto www.evil.example",
    "{{ 7*7 }} {% raw %}",
    "\\input{/etc/passwd} } { % comment & # _",
    "\x1b[31mred\x1b[0m \x07",
    "[bold red]markup[/bold red]",
    "a|b||c",
    "</style></details><h1>out</h1>",
    "&lt;b&gt; &amp; &#x3C;",
    "-->",
    "\u2028line\u2029separator",
    "@entry{evil, title={x}}",
    "\U000e0041\U000e0042tag",
)


def paper(identity: str, title: str = "A made-up paper", **changes: Any) -> ReportPaper:
    values: dict[str, Any] = {
        "id": identity,
        "title": title,
        "authors": ("Ada Example", "Ben Sample", "Cleo Specimen"),
        "year": 2021,
        "venue": None,
        "url": None,
        "ids": Ids(),
        "version": None,
        "versions": (),
        "tier": "abstract",
        "included": True,
        "relevance": 0.81234567,
        "reason": "names the data set and the setting of the question",
        "notices": (),
    }
    return ReportPaper(**(values | changes))


def quote(paper_id: str, text: str, stance: Any = "supports", **changes: Any) -> Evidence:
    values: dict[str, Any] = {
        "paper_id": paper_id,
        "version": None,
        "tier": "abstract",
        "section": "Abstract",
        "page": None,
        "table": None,
        "cell": None,
        "quote": text,
        "stance": stance,
        "independent": True,
        "score": 0.7123456 if stance == "supports" else -0.64,
    }
    return Evidence(**(values | changes))


def claim(identity: str, statement: str, paper_id: str, label: Any = "supported", **changes: Any) -> Claim:
    score = {"supported": 0.71, "refuted": -0.66, "conflicting": 0.02, "not_enough_evidence": 0.11}.get(label)
    verdict: dict[str, Any] = {
        "label": label,
        "score": score,
        "confidence": None,
        "reason": {
            "supported": "two quotes say the same, and the numbers agree",
            "refuted": "another paper measured the opposite direction",
            "conflicting": "one paper supports it and one refutes it under the same protocol",
            "not_enough_evidence": "no other sentence speaks of it",
            "not_checked": "the paper behind it could not be read",
        }[label],
        "checks": (),
    } | changes.pop("verdict", {})
    values: dict[str, Any] = {
        "id": identity,
        "statement": statement,
        "quote": statement,
        "source": SourceSpan(paper_id=paper_id, version=None, section="4 Results", page=7, start=0, end=len(statement)),
        "kind": "descriptive",
        "quantity": None,
        "parent_id": None,
        "verdict": Verdict(**verdict),
        "evidence": (),
        "replication": Replication(status="not_run", reason="no experiment was asked for", command=None),
    }
    return Claim(**(values | changes))


def _papers() -> tuple[ReportPaper, ...]:
    return (
        paper(
            "arxiv:2101.00001",
            "Fine-Tuning on Non-English Sources for Paraphrase Identification with XLM-R",
            ids=Ids(arxiv="2101.00001"),
            version="v2",
            versions=("v1", "v2"),
            tier="html",
            venue="Workshop on Made-Up Results",
        ),
        paper(
            "acl:2022.madeup-long.7",
            "When Does the Source Language Matter?",
            authors=("Rob van der Voorbeeld", "Zoë Ñandú"),
            year=2022,
            ids=Ids(acl="2022.madeup-long.7", doi="10.18653/v1/2022.madeup-long.7"),
            venue="Proceedings of the Made-Up Meeting (Long Papers)",
            tier="pdf",
        ),
        paper(
            "doi:10.1234/zh",
            "跨语言迁移对低资源语言有帮助吗？",
            authors=("王小明",),
            year=2023,
            ids=Ids(doi="10.1234/zh"),
        ),
        paper(
            "arxiv:2101.00002",
            "Fine-Tuning Considered Again",
            authors=("Ada Example",),
            ids=Ids(arxiv="2101.00002"),
            version="v1",
            notices=(Notice(kind="retraction", date="2024-02-01", source="publisher"),),
        ),
        paper("digest-9", "A Digest of Something", authors=(), year=None, tier="digest", relevance=0.41),
        paper("out-1", "Protein Folding at Low Temperature", included=False, relevance=0.02, reason="off topic"),
    )


def _claims() -> tuple[Claim, ...]:
    first, second, third, fourth = "arxiv:2101.00001", "acl:2022.madeup-long.7", "doi:10.1234/zh", "arxiv:2101.00002"
    sentence = "Fine-tuning on Korean instead of English raises PAWS-X accuracy on Japanese by 8.2 points."
    return (
        claim(
            "c-1",
            sentence,
            first,
            kind="numeric",
            quantity=Quantity(
                metric="accuracy", value=8.2, unit="points", direction="up", dataset="PAWS-X", split="test",
                language="ja", model="XLM-R Large", baseline="English fine-tuning", n=2000,
            ),
            verdict={
                "checks": (
                    Check(kind="number", claimed="8.2", found="8.2 points", outcome="match"),
                    Check(kind="direction", claimed="up", found="gains", outcome="match"),
                    Check(kind="version", claimed="v2", found="v1 says 8.4", outcome="mismatch"),
                    Check(kind="scope", claimed="test", found=None, outcome="missing"),
                )
            },
            evidence=(
                quote(second, "For Japanese the gains reach 8.2 points when Korean is the source.", tier="pdf",
                      section="5 Analysis", page=6, table="Table 2", cell=(3, 4),
                      before="We vary the source alone.", after="For German they vanish."),
                quote(first, sentence, independent=False),
                quote(third, "我们的实验表明，韩语微调使日语准确率提高了 8.2 个百分点。", stance="neutral"),
            ),
        ),
        claim(
            "c-2",
            "Non-English source languages never help on PAWS-X.",
            fourth,
            "refuted",
            kind="comparative",
            evidence=(
                quote(second, "Three of five non-English sources beat English on average.", "refutes"),
                quote(fourth, "Non-English source languages never help on PAWS-X.", independent=False),
            ),
        ),
        claim(
            "c-3",
            "Script overlap between source and target explains the differences in transfer.",
            second,
            "conflicting",
            evidence=(
                quote(third, "يفسر تداخل الخط بين اللغتين معظم الفروق في النقل.", "supports"),
                quote(first, "लिपि की समानता से अंतर की व्याख्या नहीं होती है।", "refutes", section="6 Discussion"),
                quote(fourth, "ความคล้ายคลึงของอักษรไม่ได้อธิบายความแตกต่างนี้", "refutes"),
            ),
        ),
        claim("c-4", "The effect grows with the size of the model.", first, "not_enough_evidence"),
        claim("c-5", "Annotation took 1,200 hours.", "digest-9", "not_checked", kind="dataset"),
        claim(
            "c-6",
            "The training set of the paraphrase task has 49,401 pairs.",
            first,
            kind="dataset",
            parent_id="c-1",
            verdict={"confidence": 0.86},
            evidence=(
                quote(first, "The training set of the paraphrase task has 49,401 pairs.", independent=False),
            ),
            replication=Replication(
                status="replicated", reason="counted: 49,401", command="replicate run --claim c-6",
                measurement_ids=("m-1",),
            ),
        ),
    )  # fmt: skip


def rich() -> Report:
    """All verdicts, all coverage outcomes, four scripts, a retraction, a conflict and an agreement."""
    return Report(
        question="Does fine-tuning on a language other than English improve zero-shot transfer on PAWS-X?",
        partial=True,
        answer=Answer(
            status="partly_answered",
            text="Fine-tuning on Korean raised accuracy on Japanese by 8.2 points in two papers. Whether the effect "
            "holds for other pairs is contested. No paper measured more than one model size.",
            claim_ids=("c-1", "c-3"),
            next_experiment="Fine-tune XLM-R on the five translated training sets and score all seven test sets with "
            "three seeds.",
        ),
        coverage=(
            Coverage(source="arxiv", query="PAWS-X transfer", outcome="found", count=12, reason=None),
            Coverage(source="arxiv", query="paraphrase source language", outcome="empty", count=0, reason=None),
            Coverage(source="openalex", query="PAWS-X transfer", outcome="failed", count=None,
                     reason="HTTP 429 after 4 tries"),
            Coverage(source="local", query="PAWS-X transfer", outcome="skipped", count=None, reason="no folder given"),
            Coverage(source="starter", query="PAWS-X transfer", outcome="found", count=3, reason=None),
        ),
        screening=Screening(identified=15, duplicates=2, screened=13, excluded=8, included=5),
        papers=_papers(),
        skipped=(SkippedPaper(name="broken.pdf", reason="not a PDF file"),),
        claims=_claims(),
        agreements=(Agreement(claim_ids=("c-1", "c-6"), about="size of the training set", reason="same number"),),
        conflicts=(
            Conflict(claim_ids=("c-1", "c-2"), about="PAWS-X, non-English sources", kind="true_conflict",
                     reason="a gain of 8.2 points and no gain at all, both on the test set"),
            Conflict(claim_ids=("c-3", "c-4"), about="what explains transfer", kind="scope_mismatch",
                     reason="the models differ"),
        ),
        review=Review(
            score=6.4333333,
            dimensions=(
                Dimension(name="evidence strength", score=7.125, rule="share of claims with evidence from another "
                          "paper, times ten", inputs={"claims": 6, "with_other_paper": 3, "share": 0.5}),
                Dimension(name="numerical consistency", score=5.0, rule="numbers that agree, of those compared",
                          inputs={"compared": 2, "agree": 1}),
                Dimension(name="replication", score=None, rule="replicated claims, of those run",
                          inputs={"run": 0, "note": None}),
            ),
            reviewers=(
                Reviewer(name="challenger", mandate="looks for what is wrong", score=5.5,
                         notes=("claim 3 rests on abstracts", "one source is retracted")),
                Reviewer(name="confirmer", mandate="looks at the evidence base", score=7.4, notes=()),
            ),
            agreement=1.9,
        ),
        limitations=(
            "Four of five included papers were read as abstracts or digests.",
            "OpenAlex did not answer, so papers outside arXiv may be missing.",
        ),
    )  # fmt: skip


def empty() -> Report:
    """Nothing found: no papers, no claims, no scores."""
    return Report(
        question="Do purple widgets dream?",
        partial=False,
        answer=Answer(status="no_evidence", text="", claim_ids=(), next_experiment=None),
        coverage=(),
        screening=Screening(identified=0, duplicates=0, screened=0, excluded=0, included=0),
        papers=(),
        skipped=(),
        claims=(),
        agreements=(),
        conflicts=(),
        review=Review(score=None, dimensions=(), reviewers=(), agreement=None),
        limitations=(),
    )


def hostile() -> Report:
    """Hostile text in every field that a paper, a source or a person can fill."""
    everything = " ".join(HOSTILE)
    bad = {"javascript": "javascript:alert(1)", "data": "data:text/html,x", "odd": 'http://e.example/"><script>'}
    papers = tuple(
        paper(f"p<{name}>", everything, authors=(everything, "A and B", "x" * 300), venue=everything, url=url,
              ids=Ids(arxiv="../../x<y>", doi="10.1/\"><script>", acl="a/b?c"), version="v1<b>",
              versions=("v1<b>", "<i>"), reason=everything,
              notices=(Notice(kind="concern", date="<u>", source=everything),))
        for name, url in bad.items()
    )  # fmt: skip
    claims = tuple(
        claim(
            f"c-{i}", text, papers[0].id, label, quote=everything,
            source=SourceSpan(paper_id=papers[0].id, version="<b>", section=text, page=1, start=0, end=1),
            verdict={"reason": text, "checks": (
                Check(kind="entity", claimed=text, found="alert", outcome="mismatch"),)},
            evidence=(quote(papers[0].id, everything, section=text, table=text),
                      quote("missing:<b>", text, "refutes")),
            replication=Replication(status="not_run", reason=text, command=text),
        )
        for i, (text, label) in enumerate(
            zip(HOSTILE, [*_LABELS * 4], strict=False)
        )
    )  # fmt: skip
    return Report(
        question=everything,
        partial=True,
        answer=Answer(status="contested", text=everything, claim_ids=("c-0", "no-such"), next_experiment=everything),
        coverage=(Coverage(source="<b>", query=everything, outcome="failed", count=None, reason=everything),),
        screening=Screening(identified=3, duplicates=0, screened=3, excluded=0, included=3),
        papers=papers,
        skipped=(SkippedPaper(name=everything, reason=everything),),
        claims=claims,
        agreements=(Agreement(claim_ids=("c-0", "c-1"), about=everything, reason=everything),),
        conflicts=(Conflict(claim_ids=("c-0", "c-1"), about=everything, kind="true_conflict", reason=everything),),
        review=Review(
            score=0.0,
            dimensions=(Dimension(name=everything, score=12.0, rule=everything, inputs={everything: everything}),),
            reviewers=(Reviewer(name=everything, mandate=everything, score=None, notes=(everything,)),),
            agreement=None,
        ),
        limitations=(everything,),
    )


def long(claims: int = 120, papers: int = 60) -> Report:
    """Many claims over many papers, to hold layouts to their limits."""
    base = rich()
    listed = tuple(
        paper(f"arxiv:2102.{i:05}", f"Made-Up Result Number {i} on the Transfer of Paraphrase Models",
              ids=Ids(arxiv=f"2102.{i:05}"), version="v1", year=2018 + i % 7)
        for i in range(papers)
    )  # fmt: skip
    text = "Model {} gains {}.{} points on task {} over the English baseline when the source language changes."
    made = tuple(
        claim(
            f"k-{i}", text.format(i, i % 9, i % 7, i % 4), listed[i % papers].id,
            _LABELS[i % 5],
            evidence=(
                quote(listed[(i + 1) % papers].id, text.format(i, i % 9, i % 7, i % 4) + " This is stated twice."),
            ),
        )
        for i in range(claims)
    )  # fmt: skip
    return base.model_copy(
        update={
            "papers": listed,
            "claims": made,
            "agreements": (),
            "conflicts": (),
            "screening": Screening(identified=papers, duplicates=0, screened=papers, excluded=0, included=papers),
            "answer": base.answer.model_copy(update={"claim_ids": ("k-0", "k-5")}),
        }
    )
