"""Which records are one work: ids, then title, first author and year; one pair a line."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.records import Ids, Paper
from synth.works import grouped, id_keys, published, same_work, title_key, version_names, version_number

TITLE = "Ripening plums in the dark of a box"
WORDS = (
    "Plums ripen slowly where no light falls. We lay ninety crates of three kinds into cellars, weigh every fruit each "
    "morning, measure sugar with a prism and firmness with a spring, and compare dark boxes against open shelves "
    "throughout one autumn. Covered fruit keeps longer, loses less water, and tastes sweeter to all twelve judges."
)

OTHER = (
    "Pears bruise when conveyor belts stop without warning. Six factories logged vibration, speed and breakage during "
    "winter shifts; engineers then softened rollers, retrained operators and counted damaged pieces again, reporting "
    "fewer returns, lower insurance costs and quieter halls across every site that adopted modified brakes."
)


def paper(key: str = "p", title: str = TITLE, **fields: Any) -> Paper:
    ids = {name: fields.pop(name) for name in tuple(fields) if name in Ids.model_fields}
    made: dict[str, Any] = {"authors": ("Ada Writer", "Bo Reader"), "year": 2020, "abstract": None, "source": "t"}
    return Paper(id=key, title=title, ids=Ids(**ids), **(made | fields))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Ripening Plums: in the Dark", "ripening plums in the dark."),
        ("Zero-shot plums", "Zeroshot Plums"),
        ("Plums & pears", "Plums and Pears"),
        (r"{BERT} for \emph{plums}", "BERT for plums"),
        (r"Learning $\alpha$-plums", "Learning α-plums"),
        (r"Na\"ive plums of Universit\'e", "Naïve plums of Université"),
        ("Plums at 10$^2$ degrees", "Plums at 10² degrees"),  # a power written in two ways
        ("“Plums” – a box’s dark", '"Plums" - a box\'s dark'),
        ("Ripening plums (extended version)", "Ripening plums"),
        ("Ripening plums [Extended Abstract]", "Ripening plums"),
        ("RETRACTED: Ripening plums", "Ripening plums"),
        ("Ripening\u00ad plums\u200b in boxes", "Ripening plums in boxes"),
    ],
)
def test_titles_that_are_the_same_in_their_bare_form(one: str, two: str) -> None:
    assert title_key(one.replace("^", "")) == title_key(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Plums, part 1", "Plums, part 2"),
        ("Erratum: Ripening plums", "Ripening plums"),
        ("Ripening plums in boxes", "Ripening plums in bags"),
    ],
)
def test_titles_that_differ_stay_apart(one: str, two: str) -> None:
    assert title_key(one) != title_key(two)


@pytest.mark.parametrize(
    ("ids", "keys"),
    [
        ({"arxiv": "2005.13013v2"}, ("arxiv:2005.13013",)),
        ({"doi": "10.48550/arXiv.2005.13013"}, ("arxiv:2005.13013",)),
        ({"doi": "https://doi.org/10.1162/TACL_a_1"}, ("doi:10.1162/tacl_a_1",)),
        ({"doi": "10.18653/v1/P19-1001"}, ("acl:p19-1001", "doi:10.18653/v1/p19-1001")),
        ({"acl": "P19-1001"}, ("acl:p19-1001",)),
        ({"doi": "10.18653/v1/2020.acl-main.1"}, ("acl:2020.acl-main.1", "doi:10.18653/v1/2020.acl-main.1")),
        ({"openalex": "W1", "s2": "ABC"}, ("openalex:w1", "s2:abc")),
        ({}, ()),
    ],
)
def test_ids_are_one_key_however_they_are_written(ids: dict[str, str], keys: tuple[str, ...]) -> None:
    assert id_keys(Ids(**ids)) == keys


SAME: list[tuple[str, Paper, Paper, bool]] = [
    ("arXiv id", paper(arxiv="2001.00001"), paper(title="Other words", arxiv="2001.00001"), True),
    ("arXiv's own DOI", paper(arxiv="2001.00001"), paper(doi="10.48550/arxiv.2001.00001", title="Other"), True),
    ("Anthology id in a DOI", paper(acl="P19-1001"), paper(doi="10.18653/v1/p19-1001", title="Other"), True),
    ("title, author, year", paper(arxiv="2001.00001"), paper(acl="2021.acl-long.1", year=2021), True),
    ("two years apart", paper(), paper(year=2022), False),
    ("another first author", paper(), paper(authors=("Cy Other", "Di Else")), False),
    ("the title alone", paper(authors=()), paper(authors=()), False),
    ("a title alone and one with authors", paper(), paper(authors=()), False),
    ("two arXiv papers of one title", paper(arxiv="2001.00001"), paper(arxiv="2002.00002"), False),
    ("name turned round", paper(authors=("Writer, Ada", "Bo Reader")), paper(), True),
    ("initials", paper(authors=("A. Writer", "B. Reader")), paper(), True),
    ("accents", paper(authors=("Ada Wríter",)), paper(authors=("Ada Writer",)), True),
    ("family name first", paper(authors=("Li Wei",)), paper(authors=("Wei Li",)), True),
    ("junior", paper(authors=("Ada Writer Jr.",)), paper(authors=("Ada Writer",)), True),
    ("first two authors swapped", paper(authors=("Bo Reader", "Ada Writer")), paper(), True),
    ("subtitle dropped", paper(title=f"{TITLE}: A tale of fruit"), paper(), True),
    ("name put before", paper(title=f"PlumBox: {TITLE}"), paper(), True),
    ("subtitle dropped, an author more", paper(title=f"{TITLE}: A tale", authors=("Ada Writer",)), paper(), False),
    ("two subtitles of one title", paper(title=f"{TITLE}: A tale"), paper(title=f"{TITLE}: Another end"), False),
    ("a second part", paper(title=f"{TITLE}: Part II"), paper(), False),
    ("a demonstration of it", paper(title=f"{TITLE}: A demonstration"), paper(), False),
    ("a reply to it", paper(title=f"{TITLE}: Reply to Else"), paper(), False),
    ("its erratum", paper(title=f"Erratum: {TITLE}"), paper(), False),
    ("retracted copy of it", paper(title=f"RETRACTED: {TITLE}"), paper(), True),
    (
        "title reworded, same abstract",
        paper(abstract=WORDS),
        paper(title="How plums ripen in a box", abstract=WORDS),
        True,
    ),
    ("title reworded, no abstract", paper(), paper(title="How plums ripen in a box"), False),
    (
        "title reworded, few words",
        paper(abstract="Plums."),
        paper(title="Plums in a dark box", abstract="Plums."),
        False,
    ),
    ("same abstract, other title", paper(abstract=WORDS), paper(title="Notes on cellars", abstract=WORDS), False),
    (
        "same abstract, other people",
        paper(abstract=WORDS),
        paper(title="How plums ripen in a box", abstract=WORDS, authors=("Cy Other", "Di Else")),
        False,
    ),
    ("three years to the journal", paper(abstract=WORDS), paper(abstract=WORDS, year=2023), True),
    ("four years", paper(abstract=WORDS), paper(abstract=WORDS, year=2024), False),
    ("a yearly report in other words", paper(abstract=WORDS), paper(abstract=WORDS[::-1], year=2022), False),
    (
        "two Anthology papers with one abstract",
        paper(acl="W18-6481", abstract=WORDS),
        paper(acl="W18-6482", abstract=WORDS, title="How plums ripen in a box"),
        False,
    ),
    (
        "one paper posted twice",
        paper(arxiv="2001.00001", abstract=WORDS),
        paper(arxiv="2002.00002", abstract=WORDS),
        True,
    ),
    (
        "first author took another name",
        paper(authors=("Ada Writer-Elm", "Bo Reader", "Di Else", "Ed Last")),
        paper(authors=("Ada Oak", "Bo Reader", "Di Else", "Ed Last")),
        True,
    ),
    (
        "half of the authors are others",
        paper(authors=("Ada Writer", "Bo Reader", "Di Else", "Ed Last")),
        paper(authors=("Cy Other", "Bo Reader", "Di Else", "Fay New")),
        False,
    ),
    (
        "the same task in the next year",
        paper(acl="2022.x-1.1", abstract=WORDS),
        paper(acl="2023.x-1.1", abstract=OTHER, year=2021),
        False,
    ),
    (
        "workshop and conference copy",
        paper(acl="2020.x-1.1", abstract=WORDS),
        paper(acl="2020.y-1.1", abstract=WORDS),
        True,
    ),
    ("short title", paper(title="Introduction"), paper(title="Introduction"), False),
    ("year unknown, all authors", paper(year=None), paper(), True),
    ("year unknown, other authors", paper(year=None, authors=("Ada Writer", "Cy Other")), paper(), False),
    ("year unknown, one author", paper(year=None, authors=("Ada Writer",)), paper(authors=("Ada Writer",)), False),
    (
        "a DOI typed for another's",
        paper(doi="10.1/x", title="Moons of Mars and how they set"),
        paper(doi="10.1/x", authors=("Cy Other",)),
        False,
    ),
    (
        "a DOI typed for the next paper in the volume",
        paper(doi="10.1/x", acl="W18-6481", title="Filtering corpora with a metric"),
        paper(doi="10.1/x", acl="W18-6482", title="Another filter of corpora", authors=("Cy Other", "Bo Reader")),
        False,
    ),
    (
        "posted twice on arXiv, one DOI",
        paper(doi="10.1/x", arxiv="1011.0404"),
        paper(doi="10.1/x", arxiv="1011.0502"),
        True,
    ),
]


@pytest.mark.parametrize(("one", "two", "same"), [case[1:] for case in SAME], ids=[case[0] for case in SAME])
def test_same_work(one: Paper, two: Paper, same: bool) -> None:
    assert same_work(one, two) is same
    assert same_work(two, one) is same
    apart = [one.model_copy(update={"id": "a"}), two.model_copy(update={"id": "b"})]
    assert grouped(apart) == ([[0, 1]] if same else [[0], [1]])


def test_a_record_with_both_ids_joins_what_came_before_it() -> None:
    preprint = paper("a", "First words of it", arxiv="2001.00001")
    journal = paper("b", "Last words of it", doi="10.1162/x", year=2023)
    both = paper("c", "Words", arxiv="2001.00001", doi="10.1162/x")
    assert grouped([preprint, journal]) == [[0], [1]]
    assert grouped([preprint, journal, both]) == [[0, 1, 2]]


def test_a_record_without_ids_and_authors_is_its_own_id() -> None:
    assert grouped([paper("a", authors=()), paper("a", authors=()), paper("b", authors=())]) == [[0, 1], [2]]


@settings(deadline=None, max_examples=20)
@given(st.permutations(range(len(SAME) * 2)))
def test_the_order_of_the_records_does_not_matter(order: list[int]) -> None:
    papers = [p.model_copy(update={"id": f"{n}{side}"}) for n, c in enumerate(SAME) for side, p in enumerate(c[1:3])]
    whole = {frozenset(papers[i].id for i in group) for group in grouped(papers)}
    mixed = [papers[i] for i in order]
    assert {frozenset(mixed[i].id for i in group) for group in grouped(mixed)} == whole


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_title_has_a_bare_form_of_letters_and_digits(title: str) -> None:
    assert all(c.isalnum() or not c.isascii() for c in title_key(title))


def test_versions_are_numbered_ones_in_order_and_then_published_copies() -> None:
    preprint = paper(arxiv="1", version="v10", versions=("v2", "v10", "v1"))
    meeting = paper(acl="2020.acl-main.1", doi="10.18653/v1/2020.acl-main.1")
    journal = paper(doi="10.1162/x")
    assert version_names([journal, preprint, meeting]) == (
        "v1", "v2", "v10", "acl:2020.acl-main.1", "doi:10.1162/x",
    )  # fmt: skip
    assert version_names([meeting]) == ()
    assert version_names([paper(arxiv="1")]) == ()
    assert version_names([paper(arxiv="1", version="v1")]) == ("v1",)


@pytest.mark.parametrize(("version", "number"), [("v3", 3), ("v10", 10), (None, 0), ("draft", 0)])
def test_version_numbers(version: str | None, number: int) -> None:
    assert version_number(version) == number


def test_what_is_published() -> None:
    assert published(paper(acl="P19-1001"))
    assert published(paper(doi="10.1162/x"))
    assert not published(paper(doi="10.48550/arxiv.2001.00001"))
    assert not published(paper(arxiv="2001.00001", version="v2", doi="10.1162/x"))
    assert not published(paper(arxiv="2001.00001"))
