"""Which papers are kept, and that the sums close."""

from __future__ import annotations

from synth.formulate import question
from synth.records import Ids, Notice, Paper, ReadPaper
from synth.screen import Candidate, by_text, flow, listed, merge, noticed, screen, unreadable, whole

ASKED = question("Does intermediate training help PAWS-X?")


def paper(
    key: str,
    title: str,
    *,
    text: str = "A text.",
    authors: tuple[str, ...] = ("Ada Writer",),
    year: int | None = 2020,
    version: str | None = None,
    similarity: float = 0.3,
    **ids: str,
) -> Candidate:
    made = Paper(
        id=key, title=title, authors=authors, year=year, ids=Ids(**ids), abstract=text, version=version, source="t"
    )
    return Candidate(made, text, similarity, "t")


def test_copies_are_merged_by_id_and_by_title_with_author_and_year() -> None:
    first = paper("a", "A study of something long", arxiv="2001.00001")
    same_id = paper("b", "Another title altogether", arxiv="2001.00001")
    same_title = paper("c", "A Study of Something: Long", authors=("Writer, Ada",), year=2021, acl="2021.acl-long.1")
    other_author = paper("d", "A study of something long", authors=("Bob Other",))
    far_year = paper("e", "A study of something long", year=2010)
    groups = merge([first, same_id, same_title, other_author, far_year])
    assert [sorted([best.paper.id, *(o.paper.id for o in others)]) for best, others in groups] == [
        ["a", "b", "c"],
        ["d"],
        ["e"],
    ]


def test_the_latest_version_stands_for_the_work() -> None:
    groups = merge([paper("x", "T", version="v2", arxiv="1"), paper("x", "T", version="v10", arxiv="1")])
    assert groups[0][0].paper.version == "v10"


def test_on_topic_is_kept_and_off_topic_is_not() -> None:
    works = screen(
        ASKED,
        [
            paper("both", "Intermediate-task training for PAWS-X", similarity=0.6),
            paper("part", "PAWS-X in other words", similarity=0.2),
            paper("hint", "Parsing the sun", text="We also ran PAWS-X once.", similarity=0.1),
            paper("none", "Parsing the moon", similarity=0.1),
            paper("untold", "Intermediate-task training for PAWS-X, again", text="", similarity=0.6),
        ],
        most=10,
    )
    assert {w.candidate.paper.id: w.included for w in works} == {
        "both": True,
        "part": True,
        "hint": False,
        "none": False,
        "untold": False,
    }
    reasons = {w.candidate.paper.id: w.reason for w in works}
    assert "speaks of intermediate-task training, PAWS-X" in reasons["both"]
    assert "not of intermediate-task training" in reasons["hint"]
    assert "speaks of none" in reasons["none"]
    assert "only the title" in reasons["untold"]


# --- papers of which only the title is known -------------------------------------------------------------------------


UNTOLD = (
    paper("both", "Intermediate-task training for PAWS-X", text="", similarity=0.6, arxiv="2001.00001"),
    paper("part", "PAWS-X in other words", text="", similarity=0.2, doi="10.1/part"),
    paper("none", "Parsing the moon", text="", similarity=0.1, doi="10.1/none"),
    paper("unnamed", "Intermediate-task training for PAWS-X once more", text="", similarity=0.6),
)


def test_a_title_has_to_do_where_the_full_text_can_be_asked_for() -> None:
    works = screen(ASKED, [*UNTOLD, paper("told", "PAWS-X in yet other words", similarity=0.2)], most=10, by_title=True)
    assert [(w.candidate.paper.id, w.included) for w in works if w.included] == [
        ("told", True), ("both", True), ("part", True)
    ]  # fmt: skip
    reasons = {w.candidate.paper.id: w.reason for w in works}
    assert reasons["both"] == "by its title alone: speaks of intermediate-task training, PAWS-X; similarity 0.60"
    assert reasons["none"].startswith("by its title alone: speaks of none")
    assert reasons["unnamed"] == "no text to read: only the title is known"  # no id: nobody can be asked
    assert not any(w.included for w in screen(ASKED, UNTOLD, most=10))


def test_titles_take_no_place_of_a_paper_with_a_text() -> None:
    told = [paper(f"p{n}", f"PAWS-X in other words {n}", similarity=0.2) for n in range(3)]
    works = screen(ASKED, [*UNTOLD, *told], most=3, by_title=True)
    assert [w.candidate.paper.id for w in works if w.included] == ["p0", "p1", "p2"]


def read(candidate: Candidate, text: str, abstract: str | None = None) -> ReadPaper:
    known = candidate.paper.model_copy(update={"abstract": abstract, "tier": "pdf"})
    return ReadPaper(paper=known, tier="pdf", text=text, sections=())


def test_what_was_read_decides_about_a_paper_that_was_taken_by_its_title() -> None:
    told = paper("told", "PAWS-X and intermediate training", text="Both.", similarity=0.3)
    works = screen(ASKED, [*UNTOLD[:2], told], most=10, by_title=True)
    texts = {
        "both": read(UNTOLD[0], "Intermediate-task training helps PAWS-X."),
        "part": read(UNTOLD[1], "On PAWS-X. " + "Words. " * 900 + "Intermediate-task training.", "The moon is far."),
        "told": read(told, "The moon."),
    }
    before = [w.candidate.paper.id for w in works]
    judged, kept = by_text(ASKED, works, texts)
    assert [w.candidate.paper.id for w in judged] == before
    assert {w.candidate.paper.id: w.included for w in judged} == {"told": True, "both": True, "part": True}
    assert [w.reason for w in judged if w.candidate.paper.id == "both"] == [
        "by its title at first, then by its text: speaks of intermediate-task training, PAWS-X; similarity 0.60"
    ]
    assert set(kept) == {"told", "both", "part"}  # a paper that had a text is not judged again


def test_a_title_that_promised_too_much_is_excluded_when_its_text_is_read() -> None:
    vague = paper("vague", "Words", text="", similarity=0.55, doi="10.1/vague")
    asked = question("Does intermediate training help?")
    named = vague._replace(paper=vague.paper.model_copy(update={"title": "Intermediate training"}))
    works = screen(asked, [named], most=10, by_title=True)
    assert works[0].included
    off = works[0]._replace(candidate=named._replace(paper=vague.paper, similarity=0.1))
    judged, kept = by_text(asked, [off], {"vague": read(vague, "The moon is far.")})
    assert (judged[0].included, kept) == (False, {})
    assert judged[0].reason.startswith("by its title at first, then by its text: speaks of none")
    assert flow(judged).excluded == 1


def test_a_title_whose_text_could_not_be_had_is_excluded_with_the_reason() -> None:
    works = screen(ASKED, UNTOLD[:1], most=10, by_title=True)
    judged, kept = by_text(ASKED, works, {})
    assert (judged, kept) == (works, {})
    assert unreadable(judged[0], {"both": "no full text (arXiv PDF: not there)"}).reason == (
        "not read: no full text (arXiv PDF: not there)"
    )


# --- the bounds ------------------------------------------------------------------------------------------------------


def test_the_most_relevant_are_kept_when_there_are_too_many() -> None:
    many = [paper(f"p{n}", f"Intermediate training on PAWS-X {n}", similarity=n / 10) for n in range(9)]
    works = screen(ASKED, many, most=3)
    assert [w.candidate.paper.id for w in works if w.included] == ["p8", "p7", "p6"]
    assert all("beyond the 3" in w.reason for w in works if not w.included)


def test_older_papers_are_left_out_when_asked() -> None:
    works = screen(ASKED, [paper("old", "Intermediate training on PAWS-X", year=2001)], most=5, since=2015)
    assert not works[0].included
    assert works[0].reason == "published in 2001, before 2015"


def test_the_sums_close_and_an_unreadable_paper_is_excluded_with_its_reason() -> None:
    found = [
        paper("a", "Intermediate training on PAWS-X", arxiv="1"),
        paper("a2", "Intermediate training on PAWS-X", arxiv="1"),
        paper("b", "Moon"),
    ]
    works = screen(ASKED, found, most=5)
    assert flow(works).model_dump() == {"identified": 3, "duplicates": 1, "screened": 2, "excluded": 1, "included": 1}
    works = [unreadable(w, {"a": "the file is gone"}) for w in works]
    assert flow(works).included == 0
    assert listed(works[0], None).reason == "not read: the file is gone"


# --- one work, many copies -------------------------------------------------------------------------------------


def copy(candidate: Candidate, holder: str = "t", **fields: object) -> Candidate:
    return candidate._replace(paper=candidate.paper.model_copy(update=fields), holder=holder)


def test_the_published_copy_stands_for_the_work_and_full_text_before_it() -> None:
    title = "Intermediate training on PAWS-X and on"
    preprint = paper("arxiv:2001.00001", title, version="v3", arxiv="2001.00001")
    meeting = paper("acl:2020.x-1.1", title, acl="2020.x-1.1")
    journal = paper("doi:10.1162/y", title, year=2021, doi="10.1162/y")
    read = copy(paper("file:1", title), tier="pdf")
    untold = paper("acl:2021.x-1.1", title, text="", acl="2021.x-1.1", year=2021)
    assert [merge(group)[0][0].paper.id for group in (
        [preprint, meeting], [meeting, journal], [meeting, read], [preprint, untold],
    )] == ["acl:2020.x-1.1", "doi:10.1162/y", "file:1", "arxiv:2001.00001"]  # fmt: skip


def test_the_version_before_the_withdrawal_is_what_there_is_to_read() -> None:
    gone = Notice(kind="withdrawal", date="2021-02-03", source="arxiv")
    last = copy(paper("a", "T", text="This paper has been withdrawn.", version="v3", arxiv="1"), notices=(gone,))
    before = paper("a", "T", text="We find much.", version="v2", arxiv="1")
    ((best, others),) = merge([last, before])
    assert (best.paper.version, [o.paper.version for o in others]) == ("v2", ["v3"])
    assert best.paper.notices == (gone,)


def test_a_work_is_listed_with_the_ids_versions_and_notices_of_all_its_copies() -> None:
    title = "Intermediate training on PAWS-X and on"
    erratum = Notice(kind="erratum", date=None, source="acl_anthology")
    meeting = copy(paper("acl:2020.x-1.1", title, acl="2020.x-1.1"), notices=(erratum,))
    preprint = copy(paper("arxiv:2001.00001", title, version="v10", arxiv="2001.00001"), versions=("v1", "v2", "v10"))
    index = paper("openalex:W1", title, openalex="W1", doi="10.18653/v1/2020.x-1.1")
    (work,) = screen(ASKED, [preprint, index, meeting], most=5)
    shown = listed(work, None)
    assert shown.id == work.candidate.paper.id
    assert shown.ids == Ids(arxiv="2001.00001", acl="2020.x-1.1", openalex="W1", doi="10.18653/v1/2020.x-1.1")
    assert shown.versions == ("v1", "v2", "v10", "acl:2020.x-1.1")
    assert shown.notices == (erratum,)
    assert work.candidate.paper.ids != shown.ids  # what is read is one copy, not the work


def test_notices_that_were_looked_up_are_laid_beside_those_at_hand() -> None:
    old = Notice(kind="erratum", date=None, source="acl_anthology")
    new = Notice(kind="retraction", date="2021-01-01", source="crossref (publisher)")
    first = copy(paper("a", "Intermediate training on PAWS-X", arxiv="1"), notices=(old,))
    works = screen(ASKED, [first, paper("b", "Intermediate training on PAWS-X, again", arxiv="2")], most=5)
    checked = [whole(w).model_copy(update={"notices": (new,)}) for w in works if w.candidate.paper.id == "a"]
    found = {w.candidate.paper.id: listed(w, None).notices for w in noticed(works, checked)}
    assert found == {"a": (new, old), "b": ()}
