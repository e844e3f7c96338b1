"""Papers at hand: what is kept between runs, that a broken keep stops no question, and papers named one by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import papers
from made import reading

from synth import holdings
from synth.errors import InputError
from synth.library import Library
from synth.records import Ids, Paper, ReadPaper, SkippedPaper
from synth.search import LexicalIndex

WORDS = [f"word{one}{two}" for one in "abc" for two in "abcdefghij"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    papers = [{"id": f"p{n}", "title": f"Paper {n}", "abstract": f"It speaks of {WORDS[n]}."} for n in range(30)]
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    return path


def best(index: LexicalIndex) -> list[int]:
    return [n for n, _ in index.query(WORDS[7], 3)]


def test_the_index_of_the_same_papers_is_built_once(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(tmp_path / "home")
    first = holdings.local([file], library)
    assert first.lexical is not None
    assert best(first.lexical()) == [7]
    monkeypatch.setattr(LexicalIndex, "build", lambda *_: pytest.fail("built again"))
    again = holdings.local([file], library)
    assert again.lexical is not None
    assert best(again.lexical()) == [7]


def test_changed_papers_get_an_index_of_their_own(file: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    before = holdings.local([file], library)
    assert before.lexical is not None
    before.lexical()
    file.write_text(file.read_text().replace(WORDS[7], "other"))
    after = holdings.local([file], library)
    assert after.lexical is not None
    assert best(after.lexical()) == []


def test_a_torn_index_is_not_trusted(file: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "home")
    corpus = holdings.local([file], library)
    assert corpus.lexical is not None
    corpus.lexical()
    (place,) = (tmp_path / "home" / "lexical").iterdir()
    (place / "complete.json").unlink()
    assert best(corpus.lexical()) == [7]


def test_a_library_in_memory_builds_in_memory(file: Path) -> None:
    corpus = holdings.local([file], Library(None))
    assert corpus.lexical is not None
    assert best(corpus.lexical()) == [7]


def test_the_starter_library_holds_versions_apart() -> None:
    corpus = holdings.starter()
    phang = [p for p in corpus.papers if p.ids.arxiv == "2005.13013"]
    texts = [corpus.read(p).text for p in phang]
    assert [p.version for p in phang] == ["v1", "v2"]
    assert "6.1" in texts[0]
    assert "5.4" in texts[1]
    assert texts[0] != texts[1]


# --- papers named one by one --------------------------------------------------------------------------------------


def named(*words: str, library: Library | None = None) -> tuple[list[ReadPaper], list[SkippedPaper]]:
    skipped: list[SkippedPaper] = []
    return list(holdings.named(words, library or Library(None), skipped.append)), skipped


@pytest.mark.parametrize(
    ("word", "paper", "version"),
    [
        ("2005.13013", "arxiv:2005.13013", "v2"),
        ("2005.13013v1", "arxiv:2005.13013", "v1"),
        ("arxiv:2005.13013v1", "arxiv:2005.13013", "v1"),
        ("arXiv:2005.13013V2", "arxiv:2005.13013", "v2"),
        ("https://arxiv.org/abs/2005.13013v1", "arxiv:2005.13013", "v1"),
        ("https://arxiv.org/pdf/2005.13013v2.pdf", "arxiv:2005.13013", "v2"),
        ("2020.aacl-main.56", "arxiv:2005.13013", "v2"),
        ("https://aclanthology.org/2020.aacl-main.56/", "arxiv:2005.13013", "v2"),
    ],
)
def test_a_paper_at_hand_is_known_by_its_ids(word: str, paper: str, version: str) -> None:
    ((found,), skipped) = named(word)
    assert (found.paper.id, found.paper.version, skipped) == (paper, version, [])


def test_a_paper_of_ones_own_comes_before_the_packaged_digest() -> None:
    library = Library(None)
    own = reading("arxiv:2005.13013", "My own copy.")
    paper = own.paper.model_copy(update={"ids": Ids(arxiv="2005.13013")})
    library.add([own.model_copy(update={"paper": paper})], "x")
    ((found,), _) = named("2005.13013", library=library)
    assert found.text == "My own copy."
    ((first,), _) = named("2005.13013v1", library=library)
    assert (first.tier, first.paper.version) == ("digest", "v1")


def test_a_file_called_like_an_id_is_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2005.13013").mkdir()
    papers(tmp_path / "2005.13013")
    found, _ = named("2005.13013")
    assert [r.paper.id for r in found] == ["gain", "same"]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("2005.13014", 'did you mean "2005.13013"'),
        ("wholly-else", "`synth search` and `synth library list` show ids"),
        ("x" * 400, "no file and no paper at hand"),
        ("missing.pdf", "no such file or folder"),
        ("./2005.13013", "no such file or folder"),
        ("folder/", "no such file or folder"),
    ],
)
def test_an_unknown_name_is_told_with_what_to_do(word: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        named(word)


def test_a_file_that_cannot_be_read_is_skipped_where_another_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from synth import read

    file = papers(tmp_path)
    whole = read.paper

    def partly(paper: Paper) -> ReadPaper:
        if paper.id == "gain":
            raise InputError("gain: gone")
        return whole(paper)

    monkeypatch.setattr(read, "paper", partly)
    found, skipped = named(str(file))
    assert [r.paper.id for r in found] == ["same"]
    assert [item.reason for item in skipped] == ["gone"]

    def never(paper: object) -> ReadPaper:
        raise InputError("gone")

    monkeypatch.setattr(read, "paper", never)
    with pytest.raises(InputError, match=r"^gain: gone$"):
        named(str(file))
    assert len(named(str(file), "2005.13013")[1]) == 2
