"""Papers at hand as corpora: what is kept between runs, and that a broken keep never stops a question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synth import holdings
from synth.library import Library
from synth.search import LexicalIndex


@pytest.fixture
def file(tmp_path: Path) -> Path:
    papers = [{"id": f"p{n}", "title": f"Paper {n}", "abstract": f"It speaks of word{n}."} for n in range(30)]
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(paper) + "\n" for paper in papers))
    return path


def best(index: LexicalIndex) -> list[int]:
    return [n for n, _ in index.query("word7", 3)]


def test_the_index_of_the_same_papers_is_built_once(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    file.write_text(file.read_text().replace("word7", "other"))
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
