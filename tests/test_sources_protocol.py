"""What all sources share: queries in a service's syntax, ids, plain text, and the four outcomes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from synth.errors import InputError
from synth.records import Ids, Paper
from synth.sources import KNOWN, open_source
from synth.sources.protocol import (
    AnswerError,
    Page,
    acl_id,
    arxiv_id,
    boolean,
    collect,
    content_words,
    convert,
    doi,
    paper_id,
    plain,
)
from synth.web import Web, WebFailure


def paper(number: int, year: int | None = 2020) -> Paper:
    return Paper(
        id=f"s2:{number}", title=f"T{number}", authors=(), year=year, ids=Ids(s2=str(number)), abstract=None, source="x"
    )


@pytest.mark.parametrize(
    ("groups", "line"),
    [
        ([], ""),
        ([[], ["", "?!"]], ""),
        ([["pear"]], "f:pear"),
        ([["pear", "plum"], ["XTREME"]], "(f:pear OR f:plum) AND f:XTREME"),
        ([["zero-shot", "zero shot"]], '(f:"zero-shot" OR f:"zero shot")'),
        ([["pear", "pear"], ["  PAWS-X "]], 'f:pear AND f:"PAWS-X"'),
        ([["AND"], ["or"], ['say "no" (now) *']], 'f:"AND" AND f:or AND f:"say no now"'),
        ([["naïve Bayes"], ["F1.5"]], 'f:"naïve Bayes" AND f:"F1.5"'),
    ],
)
def test_groups_become_an_and_of_ors(groups: list[list[str]], line: str) -> None:
    assert boolean(groups, field="f:") == line


def test_a_long_line_loses_last_forms_then_last_groups() -> None:
    groups = [["aaa", "bbb", "ccc"], ["ddd"], ["eee"]]
    assert boolean(groups, longest=34) == "(aaa OR bbb) AND ddd AND eee"
    assert boolean(groups, longest=26) == "aaa AND ddd AND eee"
    assert boolean(groups, longest=12) == "aaa AND ddd"
    assert boolean(groups, longest=1) == "aaa"


def test_a_question_is_reduced_to_its_content() -> None:
    question = "Does chain-of-thought prompting help small models, and why?"
    assert content_words(question) == ["chain-of-thought", "prompting", "help", "small", "models"]
    assert content_words("To be or not to be") == ["To", "be", "or", "not", "to"]
    assert content_words("?") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2005.13013", "2005.13013"),
        ("arXiv:2005.13013v2", "2005.13013"),
        ("http://arxiv.org/abs/2005.13013v12", "2005.13013"),
        ("https://export.arxiv.org/pdf/2005.13013.pdf", "2005.13013"),
        ("https://arxiv.org/abs/cmp-lg/9901001", "cmp-lg/9901001"),
        ("math.GT/0309136v1", "math.GT/0309136"),
        ("https://doi.org/10.48550/arXiv.2005.13013", "2005.13013"),
        ("10.1000/2005.13013", None),
        ("https://example.org/abs/2005.13013", None),
        ("", None),
        (None, None),
    ],
)
def test_arxiv_ids(text: str | None, found: str | None) -> None:
    assert arxiv_id(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://aclanthology.org/2020.acl-main.69/", "2020.acl-main.69"),
        ("https://www.aclweb.org/anthology/P19-1001.pdf", "P19-1001"),
        ("https://aclanthology.org/P19-1001v2.pdf", "P19-1001"),
        ("https://doi.org/10.18653/v1/p19-1001", "P19-1001"),
        ("10.18653/v1/2020.acl-main.69", "2020.acl-main.69"),
        ("10.3115/v1/P14-1001", "P14-1001"),
        ("10.1162/tacl_a_00001", None),
        (None, None),
    ],
)
def test_acl_ids(text: str | None, found: str | None) -> None:
    assert acl_id(text) == found


def test_dois_and_paper_ids() -> None:
    assert doi("https://doi.org/10.18653/V1/X") == "10.18653/v1/x"
    assert doi("none") is doi(None) is None
    assert paper_id(Ids(arxiv="1", acl="2", doi="3")) == "arxiv:1"
    assert paper_id(Ids(acl="2", doi="3")) == "acl:2"
    assert paper_id(Ids(doi="3", openalex="4", s2="5")) == "doi:3"
    assert paper_id(Ids(s2="5")) == "s2:5"
    with pytest.raises(ValueError, match="without any id"):
        paper_id(Ids())


def test_marks_go_and_signs_stay() -> None:
    assert (
        plain("  A <i>b</i>\n x<sub>2</sub> &amp; p < 0.05, n > 3 <jats:p>end</jats:p>")
        == "A b x2 & p < 0.05, n > 3 end"
    )


# --- the outcomes -------------------------------------------------------------------------------------


def pages(*steps: Page | Exception) -> Iterator[Page]:
    for step in steps:
        if isinstance(step, Exception):
            raise step
        yield step


FAILURE = WebFailure("timeout", "a.org was silent")


@pytest.mark.parametrize(
    ("steps", "ids", "outcome", "count", "reason"),
    [
        ([], [], "empty", 0, None),
        ([Page(())], [], "empty", 0, None),
        ([Page((paper(1), paper(2)))], [1, 2], "found", 2, None),
        ([Page((paper(1), paper(1))), Page((paper(1),))], [1], "found", 1, None),
        ([Page((paper(1), paper(2), paper(3), paper(4)))], [1, 2, 3], "found", 3, None),
        ([Page(tuple(map(paper, (1, 2, 3)))), FAILURE], [1, 2, 3], "found", 3, None),  # never asked for the second
        ([FAILURE], [], "failed", None, "a.org was silent"),
        ([AnswerError("no list")], [], "failed", None, "no list"),
        ([Page((paper(1),)), FAILURE], [1], "found", 1, "stopped early: a.org was silent"),
        ([Page((paper(1),), 1)], [1], "found", 1, "1 unreadable entry was left out"),
        ([Page((), 4)], [], "failed", None, "none of the 4 entries could be read"),
        ([Page((paper(1, 2018), paper(2, 2019), paper(3, None)))], [2, 3], "found", 2, None),
        ([Page((paper(1, 2018),))], [], "empty", 0, None),
    ],
)
def test_four_outcomes(
    steps: list[Page | Exception], ids: list[int], outcome: str, count: int | None, reason: str | None
) -> None:
    papers, coverage = collect("x", "asked", pages(*steps), 2019, 3)
    assert [p.id for p in papers] == [f"s2:{n}" for n in ids]
    assert (coverage.outcome, coverage.count, coverage.reason) == (outcome, count, reason)
    assert (coverage.source, coverage.query) == ("x", "asked")


@pytest.mark.parametrize("entry", [None, 7, "x", [], {}, {"n": "a"}, {"n": None}])
def test_odd_entries_are_counted(entry: object) -> None:
    page = convert([{"n": 1}, entry], lambda e: paper(int(e["n"])))
    assert (len(page.papers), page.unreadable) == (1, 1)


# --- names --------------------------------------------------------------------------------------------


def test_every_known_source_opens_under_its_name() -> None:
    for name in KNOWN:
        assert open_source(name, Web(None), lexical=lambda papers, text, limit: (), environ={}).name == name


@pytest.mark.parametrize(
    ("name", "hint"), [("arxvi", "arxiv"), ("OpenAlex", "openalex"), ("semantic-scholar", "semantic_scholar")]
)
def test_an_unknown_source_answers_with_did_you_mean(name: str, hint: str) -> None:
    with pytest.raises(InputError, match=f'unknown source "{name}": did you mean "{hint}"'):
        open_source(name, Web(None), environ={})


def test_opening_sources_loads_no_heavy_library() -> None:
    code = (
        "import sys; from synth.sources import KNOWN, open_source; from synth.web import Web;"
        "[open_source(n, Web(None), lexical=lambda p, t, k: (), environ={}) for n in KNOWN];"
        "print([m for m in ('requests', 'arxiv', 'lxml', 'tantivy', 'numpy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
