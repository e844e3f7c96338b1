"""One question in, one checked report out: the invariants of the interface, on papers a person can read here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from made import BagOfWords, Plain, claim, reading

from synth import holdings, pipeline, verifying
from synth.collect import Corpus
from synth.errors import InputError, NothingAskedError
from synth.fetched import Attempt, Fetched
from synth.library import Library
from synth.models import embedding, verifier
from synth.models.stance import Asked, Reading
from synth.passages import passages
from synth.progress import Silent
from synth.records import Coverage, Ids, Paper, Query, ReadPaper, Report, Scores
from synth.text import contains_quote, normalise

LINES = [
    {
        "id": "gain",
        "title": "Intermediate training for PAWS-X",
        "abstract": "We study intermediate training. Intermediate training improves PAWS-X accuracy by 1.4 points. "
        "It costs little.",
        "authors": ["Ada Writer"],
        "year": 2021,
    },
    {
        "id": "same",
        "title": "Intermediate training on PAWS-X, repeated",
        "abstract": "We find that intermediate training improves PAWS-X accuracy by 1.4 points.",
        "authors": ["Bob Repeater"],
        "year": 2022,
    },
    {"id": "moon", "title": "The moon", "abstract": "The moon is far away from the sea.", "year": 2020},
]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    file = tmp_path / "papers.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return holdings.local([file], Library(None))


def run(question: str, corpora: Sequence[Corpus], sources: Sequence[object] = (), **more: object) -> Report:
    options = {"progress": Silent(), **more}
    return pipeline.report(question, corpora, sources, BagOfWords(), verifier.load(), **options).report  # type: ignore[arg-type]


def test_an_answer_rests_on_an_independent_paper(corpus: Corpus) -> None:
    report = run("Does intermediate training help PAWS-X?", [corpus])
    assert report.answer.status == "answered"
    assert [p.id for p in report.papers if p.included] == ["gain", "same"]
    supported = [c for c in report.claims if c.verdict.label == "supported"]
    assert {s.paper_id for c in supported for s in (c.source, *c.also)} == {"gain", "same"}  # one claim of both
    assert all(any(e.independent and e.stance == "supports" for e in c.evidence) for c in supported)


def check_invariants(report: Report, texts: Callable[[str, str | None], str]) -> None:
    ids = {c.id for c in report.claims}
    assert set(report.answer.claim_ids) <= ids
    for one in report.claims:
        assert one.verdict.confidence is None or 0 <= one.verdict.confidence <= 1
        assert (
            not re.search(r"\b(?:we|our|us)\b", re.sub(r"“.*?”", "", one.statement), re.IGNORECASE)
            or "[the" in one.statement
        )
        for item in one.evidence:
            assert contains_quote(texts(item.paper_id, item.version), item.quote)
            assert item.independent == (item.paper_id != one.source.paper_id)
    flow = report.screening
    assert flow.included == sum(p.included for p in report.papers)
    assert flow.screened == len(report.papers)


def test_the_invariants_hold_on_the_starter_library() -> None:
    from synth.starter import papers

    stored = {(r.paper.id, r.paper.version): r.text for r in papers()}
    embedder = embedding.load()
    for question in ("PAWS-X non-English fine-tuning", "Does model size matter for XNLI?"):
        outcome = pipeline.report(question, [holdings.starter()], [], embedder, verifier.load(), progress=Silent())
        assert outcome.report.claims
        check_invariants(outcome.report, lambda key, version: stored[key, version])


def test_the_same_input_gives_the_same_bytes(corpus: Corpus) -> None:
    question = "Does intermediate training help PAWS-X?"
    assert run(question, [corpus]).model_dump_json() == run(question, [corpus]).model_dump_json()


def test_nonsense_finds_no_evidence_and_an_unstudied_question_says_so(corpus: Corpus) -> None:
    assert run("Do purple bananas improve telepathy?", [corpus]).answer.status == "no_evidence"
    unstudied = run("Does intermediate training help PAWS-X in Klingon parsing?", [corpus])
    assert unstudied.answer.status == "not_studied"
    assert "Klingon" in unstudied.answer.text


class Failing:
    name = "arxiv"

    def search(self, query: Query, limit: int) -> tuple[tuple[Paper, ...], Coverage]:
        covered = Coverage(source=self.name, query=query.text, outcome="failed", count=None, reason="no network")
        return (), covered


def test_a_failed_source_makes_the_report_partial_and_is_no_empty_answer(corpus: Corpus) -> None:
    report = run("Does intermediate training help PAWS-X?", [corpus], [Failing()])
    assert report.partial
    assert [(c.source, c.outcome) for c in report.coverage] == [
        ("local", "found"),
        ("arxiv", "failed"),
        ("notices", "skipped"),
    ]
    assert report.answer.status == "answered"
    assert any("arxiv" in line for line in report.limitations)


def test_when_nothing_could_be_asked_there_is_no_report() -> None:
    with pytest.raises(NothingAskedError, match="no network"):
        run("Does intermediate training help PAWS-X?", [], [Failing()])


def test_a_budget_that_ran_out_is_said(corpus: Corpus) -> None:
    report = run("Does intermediate training help PAWS-X?", [corpus], out_of_time=lambda: True)
    assert report.partial
    assert report.screening.included == 0
    assert report.answer.status == "not_checked"
    assert {s.reason for s in report.skipped} == {"the time budget ran out before it was read"}
    assert any("budget" in line for line in report.limitations)


def test_a_paper_that_cannot_be_read_is_skipped_with_its_reason(corpus: Corpus) -> None:
    def read(paper: Paper) -> ReadPaper:
        if paper.id == "gain":
            raise InputError("papers.jsonl: the file is gone")
        return corpus.read(paper)

    report = run("Does intermediate training help PAWS-X?", [corpus._replace(read=read)])
    assert [(s.name, s.reason) for s in report.skipped] == [("gain", "papers.jsonl: the file is gone")]
    assert [p.id for p in report.papers if p.included] == ["same"]


def test_two_versions_of_a_paper_are_one_work_and_their_drift_is_told() -> None:
    question = "How much does intermediate-task training improve XLM-R Large on XTREME?"
    models = embedding.load(), verifier.load()
    report = pipeline.report(question, [holdings.starter()], [], *models, progress=Silent()).report
    phang = [p for p in report.papers if p.ids.arxiv == "2005.13013"]
    assert [(p.version, p.versions) for p in phang] == [("v2", ("v1", "v2"))]
    assert not any(e.independent for c in report.claims for e in c.evidence if e.paper_id == c.source.paper_id)


# --- papers that were taken back ----------------------------------------------------------------------------------

RETRACTED = {**LINES[0], "id": "gain", "doi": "10.1000/gain"}


def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *lines: dict[str, object]) -> Corpus:
    """The papers in `lines`, the one with the DOI on a person's own list of retractions."""
    notices = tmp_path / "notices.jsonl"
    notices.write_text('{"doi": "10.1000/gain", "kind": "retraction", "date": "2023-05-06"}\n')
    monkeypatch.setenv("SYNTH_NOTICES", str(notices))
    file = tmp_path / "papers.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return holdings.local([file], Library(None))


def test_a_retracted_paper_is_evidence_for_nothing_and_the_answer_says_whether_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = run("Does intermediate training help PAWS-X?", [listed(tmp_path, monkeypatch, RETRACTED, LINES[1])])
    (gone,) = [p for p in report.papers if p.notices]
    assert (gone.id, gone.included) == ("gain", True)
    asked = [(c.source, c.outcome) for c in report.coverage if c.source != "local"]
    assert asked == [("notices: notices.jsonl", "found"), ("notices", "skipped")]
    assert {c.source.paper_id for c in report.claims} == {"gain", "same"}
    assert report.claims[-1].source.paper_id == "gain"
    (other,) = [c for c in report.claims if c.source.paper_id == "same"]
    assert other.verdict.label == "not_enough_evidence"  # the paper that supported it was taken back
    assert {e.paper_id for e in other.evidence} == {"same"}
    assert report.answer.claim_ids == (other.id,)
    assert gone.title in report.answer.text
    assert any("retracted on 2023-05-06" in line for line in report.limitations)
    assert not report.agreements


def test_where_the_only_paper_was_taken_back_there_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = run("Does intermediate training help PAWS-X?", [listed(tmp_path, monkeypatch, RETRACTED)])
    assert report.answer.status == "no_evidence"
    assert report.answer.claim_ids == ()
    assert RETRACTED["title"] in report.answer.text  # type: ignore[operator]
    assert {c.verdict.label for c in report.claims} == {"not_checked"}


def test_a_list_of_notices_that_cannot_be_read_is_an_error_of_input(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_NOTICES", "nowhere.csv")
    with pytest.raises(InputError, match=r"SYNTH_NOTICES: nowhere\.csv"):
        run("Does intermediate training help PAWS-X?", [corpus])


# --- what is seen on the way ----------------------------------------------------------------------------------------


class Slow:
    """A stance model that reads one window after another and leaves every claim open."""

    id = "slow"

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    def read(self, asked: Sequence[Asked], progress: Callable[[int, int], None] | None = None) -> list[Reading]:
        for n in range(len(asked)):
            self.seen.append("reading")
            if progress is not None:
                progress(n + 1, len(asked))
        return [Reading(Scores(supports=0.0, refutes=0.0), (None,) * len(one.sentences)) for one in asked]


@pytest.mark.parametrize(("papers", "readings"), [(4, 8), (1, 2), (0, 0)])
def test_people_see_the_verification_move(papers: int, readings: int) -> None:
    texts = [reading(f"p{n}", f"Plums number {n} improve the score.") for n in range(papers)]
    claims = [claim("Plums improve the score.", "x"), claim("Pears lower the score.", "y")]
    seen: list[str] = []
    model = verifier.Verifier(Slow(seen), Plain())  # type: ignore[arg-type]
    among = [passage for text in texts for passage in passages(text)]
    made = verifying.verified(claims, texts, among, BagOfWords(), model, step=lambda: seen.append("step"))
    assert len(made) == 2
    assert (seen.count("reading"), seen.count("step")) == (readings, 2)
    if papers == 4:
        assert seen.index("step") == readings // 2  # half of the claims when half of the windows are read


@pytest.mark.shared_data
@pytest.mark.slow
def test_the_page_named_shows_the_quote(shared_data: Path, tmp_path: Path) -> None:
    import pymupdf

    corpus = holdings.local([shared_data / "papers" / "pdf_jose", shared_data / "papers" / "pdf_acl"], Library(None))
    question = "Does citation-informed training improve document representations?"
    report = pipeline.report(question, [corpus], [], embedding.load(), verifier.load(), progress=Silent()).report
    assert report.screening.included > 0
    files = {p.id: p.location for p in corpus.papers}
    texts = {p.id: corpus.read(p).text for p in corpus.papers if p.id in {q.id for q in report.papers if q.included}}
    check_invariants(report, lambda key, _: texts[key])

    def letters(text: str) -> str:
        return re.sub(r"[\W_]", "", normalise(text).casefold())

    seen = 0
    for item in (e for c in report.claims for e in c.evidence if e.tier == "pdf"):
        assert item.page is not None
        with pymupdf.open(files[item.paper_id]) as document:
            shown = [letters(page.get_text()) for page in document][item.page - 1 : item.page + 1]
        quote = letters(item.quote)
        # A sentence may run on to the next page, with footnotes and running heads in between.
        assert quote in shown[0] or (quote[:20] in shown[0] and quote[-20:] in shown[-1]), item
        seen += 1
    assert seen > 3


@pytest.mark.shared_data
@pytest.mark.slow
def test_questions_on_48_274_abstracts(shared_data: Path) -> None:
    corpus = holdings.local([shared_data / "corpus" / "acl_anthology" / "abstracts.jsonl.gz"], Library(None))
    embedder = embedding.load()
    abstracts = {p.id: p.abstract or "" for p in corpus.papers}
    cases = [
        ("Does chain-of-thought prompting help small language models?", {"answered"}, "2023.acl-long.150"),
        (
            "Does intermediate-task training improve zero-shot cross-lingual transfer?",
            {"answered"},
            "2020.aacl-main.56",
        ),
        ("What is the effect of prompt tuning on Basque dependency parsing?", {"not_studied"}, None),
        ("How do purple bananas improve the telepathy of submarines?", {"no_evidence"}, None),
    ]
    for question, statuses, wanted in cases:
        report = pipeline.report(question, [corpus], [], embedder, verifier.load(), progress=Silent()).report
        assert report.answer.status in statuses, question
        assert wanted is None or wanted in {p.id for p in report.papers if p.included}
        check_invariants(report, lambda key, _: abstracts[key])


# --- papers of which only the title is known -----------------------------------------------------------------------

TITLES = {
    "doi:10.1/said": "Intermediate training and PAWS-X once more",
    "doi:10.1/none": "Intermediate training and PAWS-X, a third time",
    "doi:10.1/moon": "The moon and the sea",
}


class Untold:
    """A source that knows titles and ids and has no abstract of any."""

    name = "openalex"

    def search(self, query: Query, limit: int) -> tuple[tuple[Paper, ...], Coverage]:
        found = tuple(
            Paper(
                id=key,
                title=title,
                authors=(f"Author {key[-4:]}",),
                year=2020,
                ids=Ids(doi=key[4:]),
                abstract=None,
                source="t",
            )
            for key, title in TITLES.items()
        )
        return found, Coverage(source=self.name, query=query.text, outcome="found", count=len(found), reason=None)


def test_a_full_text_is_looked_for_before_a_paper_without_an_abstract_is_given_up(corpus: Corpus) -> None:
    asked: list[str] = []

    def fetch(paper: Paper) -> Fetched:
        asked.append(paper.id)
        tried = Attempt(place="a place", url="", outcome="absent", reason="not there")
        if paper.id != "doi:10.1/said":
            return Fetched(read=None, attempts=(tried,))
        text = "Intermediate training improves PAWS-X accuracy by 1.4 points. " * 9
        full = reading(paper.id, text).model_copy(update={"paper": paper.model_copy(update={"tier": "html"})})
        return Fetched(read=full.model_copy(update={"tier": "html"}), attempts=())

    report = run("Does intermediate training help PAWS-X?", [corpus], [Untold()], fetch=fetch)
    works = {p.id: p for p in report.papers}
    assert works["doi:10.1/said"].included
    assert works["doi:10.1/said"].reason.startswith("by its title at first, then by its text: speaks of")
    assert any(s.paper_id == "doi:10.1/said" for c in report.claims for s in (c.source, *c.also))
    assert not works["doi:10.1/none"].included
    assert works["doi:10.1/none"].reason.startswith("not read: ")
    assert "not there" in works["doi:10.1/none"].reason
    assert not works["doi:10.1/moon"].included
    assert "doi:10.1/moon" not in asked
    assert report.screening.included == sum(p.included for p in report.papers)
    offline = run("Does intermediate training help PAWS-X?", [corpus], [Untold()])
    assert not any(p.included for p in offline.papers if p.id in TITLES)
