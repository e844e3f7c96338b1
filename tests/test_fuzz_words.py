"""Any answer of a service and any sentence: an outcome or a value of the form promised, in bounded time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth import (
    announcements,
    formulate,
    lists,
    numerals,
    quantities,
    scopes,
    sentencing,
    statements,
    table_claims,
    text,
    tongue,
)  # fmt: skip
from synth.errors import InputError
from synth.formats import references, tex
from synth.progress import Silent
from synth.records import Query, Table
from synth.render import display, markdown
from synth.replies import Reply
from synth.sources import open_source
from synth.tables import verdict

FEW = settings(
    max_examples=60, deadline=5000, derandomize=True, database=None, print_blob=False,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def outcome(work: Callable[[], Any]) -> Any:
    """What came of it: its value, or the line of its InputError. Anything else fails the test."""
    try:
        return work()
    except InputError as problem:
        return str(problem)


PEARS = Query(text="How do pears transfer?", groups=(("pear",),))


# --- answers of services --------------------------------------------------------------------------------------


class Saying:
    """A web that gives one body to whatever is asked, as often as it is asked."""

    def __init__(self, body: bytes, kind: str) -> None:
        self.body, self.kind, self.times = body, kind, 0

    def get(self, url: str, *_: object, **__: object) -> Reply:
        self.times += 1
        assert self.times < 50, "asked again and again"
        return Reply(200, self.kind, self.body, url, from_cache=False)

    def forget(self, reply: Reply) -> None:
        """Nothing is kept."""


def answered(name: str, body: bytes, kind: str) -> None:
    web = Saying(body, kind)
    found, coverage = open_source(name, web, environ={}).search(PEARS, 5)  # type: ignore[arg-type]
    assert coverage.outcome in ("found", "empty", "failed")
    assert (coverage.count is None) == (coverage.outcome == "failed")
    assert len(found) <= 5
    for paper in found:
        paper.model_dump_json()


ENTRY = st.lists(st.sampled_from([
    "<id>http://arxiv.org/abs/2101.00001v1</id>", "<id>x</id>", "<id/>", "<title>A title</title>", "<title/>",
    "<summary>S</summary>",
    "<published>2020-01-01T00:00:00Z</published>", "<published>2020-13-99</published>",
    "<updated>2020-01-01T00:00:00Z</updated>",
    "<updated>never</updated>", "<published>99999-01-01T00:00:00Z</published>", "<author><name>A</name></author>",
    "<author/>",
    "<link href='http://x' rel='alternate'/>", "<link/>", "<arxiv:comment>withdrawn</arxiv:comment>",
    "<arxiv:doi>10.1/x</arxiv:doi>",
    "<arxiv:primary_category term='cs.CL'/>", "<category term='²'/>",
    "<summary type='xhtml'><div><script>x</script></div></summary>",
    "<title>Error</title>", "text", "<id>http://arxiv.org/api/errors#x</id>",
    "<arxiv:journal_ref>J</arxiv:journal_ref>",
]), max_size=12).map(lambda parts: f"<entry>{''.join(parts)}</entry>")  # fmt: skip
FEED = st.builds(
    lambda total, entries, tail: (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom" '
        'xmlns:o="http://a9.com/-/spec/opensearch/1.1/">'
        f"<o:totalResults>{total}</o:totalResults>{''.join(entries)}</feed>{tail}"
    ).encode(),
    st.sampled_from(["0", "3", "²", "-1", "", "99999999999999999999", "NaN"]), st.lists(ENTRY, max_size=4),
    st.sampled_from(["", "", "", "<", "junk", "<!--"]),
)  # fmt: skip


@FEW
@given(st.one_of(FEED, FEED, st.binary(max_size=60)))
def test_an_atom_feed(body: bytes) -> None:
    answered("arxiv", body, "application/atom+xml")


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats() | st.text(max_size=6)
    | st.sampled_from(["2020", "²020", "10.1/x", "https://doi.org/10.1/x", "https://openalex.org/W1", "\ud800",
    "2101.00001"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["ArXiv", "DOI", "ACL", "name", "display_name", "author", "source", "value", "is_retracted",
        "a"]), inner, max_size=3
    ),
    max_leaves=6,
)  # fmt: skip
WORK = st.dictionaries(
    st.sampled_from([
        "id", "display_name", "title", "publication_year", "year", "authorships", "authors", "doi", "ids",
        "externalIds", "abstract",
        "abstract_inverted_index", "primary_location", "locations", "venue", "is_retracted", "paperId",
        "publicationDate", "type",
        "publicationTypes", "language", "best_oa_location", "openAccessPdf", "journal",
    ]), VALUE, max_size=9,
)  # fmt: skip
ANSWER = st.fixed_dictionaries(
    {}, optional={
        "results": st.lists(WORK, max_size=3) | VALUE, "data": st.lists(WORK, max_size=3) | VALUE, "total": VALUE,
        "meta": VALUE,
        "token": VALUE, "next": VALUE, "offset": VALUE, "error": VALUE, "message": VALUE,
    },
)  # fmt: skip


@pytest.mark.parametrize("name", ["openalex", "semantic_scholar"])
def test_json_of_a_service(name: str) -> None:
    @settings(FEW, max_examples=100)
    @given(ANSWER | VALUE)
    def check(answer: Any) -> None:
        answered(name, json.dumps(answer).encode(), "application/json")

    check()


# --- files of claims with tables ------------------------------------------------------------------------------

CELL = st.sampled_from(["", "1", "-1.5", "99.9%", "²", "1e999", "NaN", "∞", "1,2,3", "a", "Model A", "1 ± 2", "12/0",
"–", "$", "\u202e1", "9" * 400]) | st.text(max_size=5)
TABLE = st.integers(0, 4).flatmap(
    lambda width: st.builds(
        lambda columns, rows: Table(label=None, caption="Points of pots", page=None, columns=tuple(columns),
        rows=tuple(map(tuple, rows))),
        st.lists(CELL, min_size=width, max_size=width), st.lists(st.lists(CELL, min_size=width, max_size=width),
        max_size=4),
    )
)  # fmt: skip
SPOKEN = st.lists(st.sampled_from([
    "Model A", "has", "more", "than", "the", "highest", "99.9%", "²", "sum of", "average", "all", "two",
    "points", "a", "is", "not",
    "least", "by", "1,000,000,000,000", "0", "-", "difference", "between", "and", "column", "1/0", "∞", "of 0",
    "percent", "times",
]), max_size=12).map(" ".join)  # fmt: skip


@FEW
@given(SPOKEN, TABLE)
def test_a_claim_over_a_table(claim: str, table: Table) -> None:
    made = verdict.judge(claim, table)
    assert made.label in ("supported", "refuted", "not_enough_evidence")
    assert all(0 <= row < len(table.rows) and 0 <= column < len(table.columns) for row, column in made.cells)


@pytest.mark.parametrize("written", ["1e999", "9" * 400])
def test_a_number_beyond_all_numbers(written: str) -> None:
    table = Table(label=None, caption="Points of pots", page=None, columns=("Pot", "Points"), rows=(("A", written),))
    made = verdict.judge(f"Pot A has {written} points.", table)
    assert made.label in ("supported", "refuted", "not_enough_evidence")


@FEW
@given(st.lists(st.fixed_dictionaries({}, optional={"id": VALUE, "claim": VALUE, "table": st.fixed_dictionaries(
    {}, optional={"caption": VALUE, "columns": st.lists(VALUE, max_size=3), "rows": st.lists(st.lists(VALUE,
    max_size=3), max_size=3)}) | VALUE}), max_size=3))  # fmt: skip
def test_a_file_of_claims_over_tables(tmp_path: Path, given_lines: list[dict[str, Any]]) -> None:
    file = tmp_path / "claims.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in given_lines))
    told = outcome(lambda: table_claims.predict(file, tmp_path / "out.jsonl", Silent()))
    assert isinstance(told, int) or "\n" not in told


# --- sentences ------------------------------------------------------------------------------------------------

PIECES = st.lists(st.sampled_from([
    "We", "improve", "by", "8.2", "points", "%", "from", "to", "between", "and", "1,000", "1.000.000", "10^99", "×",
    "±", "(", ")", ",", ".",
    ";", "i.e.", "et al.", "Table 3", "XLM-R", "PAWS-X", "e.g.", "p < 0.05", "½", "²", "١٢", "一百", "1e400", "–", "-",
    "+", "not", "no", "F1",
    "respectively", "vs.", "twice", "half", "three-fold", "2020", "e-", "0.0", "%%", "[1, 2]", "{", "}", "\u202e",
    "\u200b", "\x00", "ﬁ",
]), max_size=30).map(" ".join)  # fmt: skip
READERS: dict[str, Callable[[str], object]] = {
    "sentences": text.sentences, "words": text.words, "normalise": text.normalise, "numerals": numerals.numerals,
    "quantities": lambda s: [quantities.quantity(s, m) for m in quantities.mentions(s)], "metrics": scopes.metrics,
    "datasets": scopes.datasets, "languages": scopes.languages, "models": scopes.models, "averaged": scopes.averaged,
    "lists": lists.parts, "unattributed": statements.unattributed, "results": sentencing.reports_result,
    "worth": lambda s: sentencing.worth(s, "Results", opening=False), "clean": display.clean, "escape": markdown.escape,
    "shorten": lambda s: display.shorten(s, 40), "safe_url": display.safe_url, "names": display.family_given,
    "direction": display.direction, "identifiers": references.identifiers, "reference": references.reference,
    "notices": lambda s: announcements.said(s, s, s, source="x", updated=None), "dates": announcements.iso_date,
    "latex": tex.plain, "table rows": lambda s: tex.table_rows(s, lambda cell: cell),
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
def test_a_sentence(name: str) -> None:
    reader = READERS[name]

    @settings(FEW, max_examples=40)
    @given(st.one_of(PIECES, st.text(max_size=80)))
    def check(sentence: str) -> None:
        reader(sentence)

    check()


@FEW
@given(st.one_of(PIECES, st.text(max_size=80)))
def test_a_question(asked: str) -> None:
    told = outcome(lambda: [query.model_dump_json() for query in formulate.queries(formulate.question(asked))])
    assert isinstance(told, list) or "\n" not in told


SIGNS = ("a", " ", ".", "1", "1,", "-", "(", "[", "{", "\\", "$", "%", "&", "<", "`", "*", "_", "|", "\n", "A.",
"a b ", "1.1 ", "1 to ", "10.1/", "\\a{",
         "http://", "and ", "A, ", "e-", "“", "é", "@", "x=", "#", "²", "\u0301", "\u200b", "–1", "XLM-R ", "not ",
         "i.e. ")  # fmt: skip


READERS_OF_PAGES = [name for name in READERS if name not in ("numerals", "quantities", "lists")]


@pytest.mark.parametrize(
    ("name", "size"),
    [*((name, 10_000) for name in (*READERS_OF_PAGES, "language")),
     *((name, 2_000) for name in ("numerals", "lists", "quantities"))],
)  # fmt: skip
def test_a_sign_said_very_often_takes_no_long_time(name: str, size: int) -> None:
    """A rule that goes back over what it read would take hours of these: a page of one sign, and half of one."""
    reader = READERS.get(name, tongue.foreign)
    for sign in ("@", *SIGNS):
        start = time.process_time()
        reader(sign * (size // len(sign)))
        took = time.process_time() - start
        assert took < 4, f"{took:.1f} s for {sign!r}"
