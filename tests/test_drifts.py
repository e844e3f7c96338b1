"""Numbers that versions of one work state differently, and sentences that only look like it."""

from __future__ import annotations

import pytest
from made import reading

from synth.drifts import drifts, told
from synth.records import Ids, ReadPaper
from synth.starter import papers


def version(text: str, number: str | None, **ids: str) -> ReadPaper:
    made = reading("arxiv:2001.00001", text, "On plums", version=number)
    return made.model_copy(update={"paper": made.paper.model_copy(update={"ids": Ids(**ids)})})


def pairs(first: str, second: str) -> list[tuple[str, str]]:
    return [(d.was, d.now) for d in drifts([version(first, "v1"), version(second, "v2")])]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (
            "Our best plum model improves the garden score by 6.1 points over the baseline.",
            "Our best plum model improves the garden score by 5.4 points over the baseline.",
            [("6.1 points", "5.4 points")],
        ),
        (  # the words in another order, one number each
            "Choosing the best plum for each garden improves the score by 6.1 points over the baseline.",
            "Choosing the best plum for each garden improves the baseline score by 5.4 points.",
            [("6.1 points", "5.4 points")],
        ),
        (
            "Plums reach 71.2 F1 on the red garden and 64.0 F1 on the blue garden.",
            "Plums reach 71.2 F1 on the red garden and 66.5 F1 on the blue garden.",
            [("64.0 F1", "66.5 F1")],
        ),
        (
            "We collect 9,500 ripe plums from old gardens with annotators.",
            "We collect 12,247 ripe plums from old gardens with trained annotators.",
            [("9,500", "12,247")],
        ),
        ("Plums improve by 6.1 points over pears here.", "Plums improve by 6.12 points over pears here.", []),
        ("Plums improve by 6.1 points over pears here.", "Pears lose 3.0 points when winter storms come.", []),
        ("We use 7 plums, 9 pears in every test garden.", "We use 9 pears, 7 plums in every test garden.", []),
        ("It gains 5--9x speed over dry plums in tests.", "It gains 5–9x speed over dry plums in tests.", []),
        ("At a size of $10$k it is the largest plum set.", "At a size of 10k it is the largest plum set.", []),
        ("The model wins -- 95.7% on red plums in tests.", "The model wins — 95.7% on red plums in tests.", []),
        ("A set consisting of 15; 160 plums was made here.", "A set consisting of 15,160 plums was made here.", []),
        ("Seeds matter for plums in tests (p < 10^-4).", "Seeds matter for plums in tests (p < 10^{-4}).", []),
        ("A real size -- 600 red, 310 blue plums in a test.", "A real size – 600 red, 310 blue plums in a test.", []),
        ("Tests on a set of 233 rare plum kinds are told.", "Tests on a set of over 200 rare plum kinds are told.", []),
        ("Plums were grown in 2019 in old gardens outside.", "Plums were grown in 2020 in old gardens outside.", []),
        ("Plums improve by 5% over pears in this test.", "Plums improve by 5 points over pears in this test.", []),
        ("", "Plums improve by 5 points over pears in this test.", []),
    ],
)
def test_what_differs(first: str, second: str, found: list[tuple[str, str]]) -> None:
    assert pairs(first, second) == found


def test_quotes_are_verbatim_and_versions_named() -> None:
    first, second = (f"Some words. Our plum model improves every garden by {n} points over it." for n in ("6.1", "5.4"))
    later = version(second, None, acl="2020.x-1.1")
    (drift,) = drifts([later, version(first, "v1", arxiv="2001.00001")])
    assert (drift.earlier.version, drift.later.version) == ("v1", None)
    assert drift.earlier.text == first[drift.earlier.start : drift.earlier.end]
    assert told(drift) == (
        "Versions of “On plums” state different numbers: arxiv:2001.00001 v1 has 6.1 points, arxiv:2001.00001 has "
        "5.4 points (“Our plum model improves every garden by 5.4 points over it.”)."
    )


def test_each_version_is_held_against_the_next_and_a_drift_is_told_once() -> None:
    def text(n: str) -> str:
        return f"Plums improve the score by {n} points over pears."

    three = [version(f"{text(n)} Later on: {text(n)}", v) for n, v in (("1.5", "v2"), ("1.0", "v1"), ("1.5", "v10"))]
    assert [(d.earlier.version, d.was, d.later.version, d.now) for d in drifts(three)] == [
        ("v1", "1.0 points", "v2", "1.5 points")
    ]
    assert drifts(three[:1]) == ()
    assert drifts([]) == ()


def test_the_packaged_versions_differ_where_they_are_known_to() -> None:
    work = [r for r in papers() if r.paper.ids.arxiv == "2005.13013"]
    assert ("6.1 points", "5.4 points") in [(d.was, d.now) for d in drifts(work)]
