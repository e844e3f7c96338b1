"""What a record says of itself: stamps on titles, words of authors, flags, dates; one case a line."""

from __future__ import annotations

from typing import Any

import pytest

from synth.announcements import bare_title, flagged, is_notice, iso_date, kind_of, ordered, said, withdrawn
from synth.records import Notice


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Retraction", "retraction"),
        ("expression_of_concern", "concern"),
        ("Expression of concern", "concern"),
        ("partial_retraction", "concern"),
        ("corrigendum", "erratum"),
        ("Correction", "erratum"),
        ("removal", "withdrawal"),
        ("new_version", None),
        ("addendum", None),
        ("Reinstatement", None),
        (None, None),
    ],
)
def test_words_of_services_mean_a_kind_or_nothing(word: Any, kind: str | None) -> None:
    assert kind_of(word) == kind


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2021-08-09", "2021-08-09"),
        ("2021-08-09T00:00:00Z", "2021-08-09"),
        ("8/9/2021 0:00", "2021-08-09"),
        ("12/31/1999", "1999-12-31"),
        ("2021", "2021"),
        ("2021-08", "2021-08"),
        ("31/12/1999", None),
        ("2021-13-40", None),
        ("", None),
        (None, None),
        ("in August", None),
    ],
)
def test_dates_are_iso_or_none(text: Any, date: str | None) -> None:
    assert iso_date(text) == date


@pytest.mark.parametrize(
    ("title", "kind", "bare"),
    [
        ("RETRACTED: Plums in boxes", "retraction", "Plums in boxes"),
        ("Retracted Article: Plums in boxes", "retraction", "Plums in boxes"),
        ("[RETRACTED] Plums in boxes", "retraction", "Plums in boxes"),
        ("WITHDRAWN: Plums in boxes", "withdrawal", "Plums in boxes"),
        ("Plums in boxes (Retracted)", "retraction", "Plums in boxes"),
        ("REMOVED: Plums in boxes", "withdrawal", "Plums in boxes"),
        ("Retracted papers and who cites them", None, "Retracted papers and who cites them"),
        ("Withdrawn users in forums: a study", None, "Withdrawn users in forums: a study"),
        ("Removed words: what is lost", None, "Removed words: what is lost"),
        ("RETRACTED", None, "RETRACTED"),
    ],
)
def test_a_stamp_on_a_title_is_a_notice_and_no_part_of_it(title: str, kind: str | None, bare: str) -> None:
    assert [n.kind for n in said(title, None, None, source="s")] == ([kind] if kind else [])
    assert bare_title(title) == bare


@pytest.mark.parametrize(
    ("title", "notice"),
    [
        ("Erratum: Plums in boxes", True),
        ("Errata: Plums in boxes", True),
        ('Corrigendum to "Plums in boxes"', True),
        ("Retraction Note: Plums in boxes", True),
        ("Retraction note to: Plums in boxes", True),
        ("Publisher Correction: Plums in boxes", True),
        ("Expression of Concern: Plums in boxes", True),
        ("Notice of Retraction: Plums in boxes", True),
        ("Correction of spelling in search logs", False),
        ("Correction with transformers", False),
        ("Retraction and the citing of plums", False),
        ("Withdrawal symptoms told by patients", False),
        ("Plums in boxes", False),
    ],
)
def test_a_notice_about_another_paper_is_no_notice_on_itself(title: str, notice: bool) -> None:
    assert is_notice(title) is notice
    if notice:
        assert said(title, "This paper has been withdrawn", None, source="s") == ()


def test_the_words_of_a_comment_are_dated_by_it() -> None:
    comment = "Withdrawn by the authors; errata on page 3"
    made = said("Plums", comment, "Text.", source="arxiv", updated="2023-07-08T10:00")
    assert made == (
        Notice(kind="withdrawal", date="2023-07-08", source="arxiv"),
        Notice(kind="erratum", date="2023-07-08", source="arxiv"),
    )


@pytest.mark.parametrize(
    ("comment", "kinds"),
    [
        ("NAACL (contains corrigendum)", ["erratum"]),
        ("Table 2 erratum, code and data", ["erratum"]),
        ("An expression of concern was issued in May", ["concern"]),
        ("Withdrawn from the workshop", []),
        ("we withdraw the results on one data set", []),
        ("7 pages", []),
        (None, []),
    ],
)
def test_comments_in_other_words(comment: str | None, kinds: list[str]) -> None:
    assert [n.kind for n in said("Plums", comment, "Text.", source="arxiv")] == kinds


def test_flags_of_the_anthology() -> None:
    record = {
        "retracted": {"date": "2021-08-09", "reason": "x"},
        "removed": None,
        "errata": [{"id": "1", "date": None, "text": "P18-1188e1"}],
        "revisions": [
            {"id": "2", "date": "2020-02-24", "text": "Corrected the scores in Table 2."},
            {"id": "3", "date": "2020-03-01", "text": "Added acknowledgments."},
        ],
    }
    assert flagged(record, "s") == (
        Notice(kind="retraction", date="2021-08-09", source="s"),
        Notice(kind="erratum", date="2020-02-24", source="s"),
        Notice(kind="erratum", date=None, source="s"),
    )
    assert flagged({"retracted": True}, "s") == (Notice(kind="retraction", date=None, source="s"),)
    assert flagged({"removed": "2021-10-05"}, "s") == (Notice(kind="withdrawal", date="2021-10-05", source="s"),)
    assert flagged({"retracted": False, "removed": None, "errata": []}, "s") == ()
    assert flagged({"retracted": "false"}, "s") == ()


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("Equation 4 was wrong and has been replaced.", True),
        ("This revision corrects the statistics of the data set in Table 1.", True),
        ("Fixed an error in the evaluation script; all results in Section 5 were updated.", True),
        ("Corrected author affiliations.", False),
        ("Fixed broken citations.", False),
        ("Minor updates.", False),
        ("Added acknowledgments.", False),
        ("Corrected a typo in the caption of Table 3.", False),
        ("No description of the changes were recorded.", False),
    ],
)
def test_a_revision_is_an_erratum_only_where_a_result_was_wrong(note: str, told: bool) -> None:
    assert bool(flagged({"revisions": [{"id": "2", "date": "2020-01-01", "text": note}]}, "s")) is told


def test_the_gravest_notice_comes_first_and_each_once() -> None:
    erratum = Notice(kind="erratum", date="2019-01-01", source="a")
    late, early = (Notice(kind="retraction", date=d, source="a") for d in ("2021-01-01", "2020-01-01"))
    undated = Notice(kind="retraction", date=None, source="a")
    assert ordered([erratum, undated, late, early, late]) == (early, late, undated, erratum)


def test_withdrawn_from_a_conference_is_not_withdrawn() -> None:
    assert withdrawn("This paper has been withdrawn", None)
    assert not withdrawn("withdrawn from the conference", None)
