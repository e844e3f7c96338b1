"""References matched to the works of a corpus: how many are found, how many invented ones are not.

python benchmarks/reading_references.py CORPUS.jsonl [--n 300] [--seed 1]

Drawn works are written as references in three styles, with the year off by one in every third and a word of the title
misspelt in every fourth, and read back as from a page. Invented references join the first half of one title with the
second half of another, with authors and year of a third work. Works of the very same title count as one.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

from synth import __version__
from synth.formats import jsonl
from synth.formats.references import reference
from synth.lexical import LexicalIndex
from synth.records import Paper
from synth.references import Shelf, matched


def main() -> None:
    """Print shares found and the time a reference takes."""
    parser = argparse.ArgumentParser(description="Match references to a corpus.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    papers = [p for p in jsonl.papers(asked.corpus) if isinstance(p, Paper)]
    before = time.perf_counter()
    shelf = Shelf(papers, LexicalIndex.build([(p.title, "") for p in papers]))
    print(f"{len(papers):,} titles indexed in {time.perf_counter() - before:.1f} s")
    draw = random.Random(asked.seed)
    whole = [p for p in papers if p.authors and p.year and len(p.title.split()) > 2]
    chosen = draw.sample(whole, asked.n)
    before = time.perf_counter()
    told = [matched(reference(_written(p, i)), [shelf]) for i, p in enumerate(chosen)]
    spent = (time.perf_counter() - before) / asked.n
    right = sum(m.paper is not None and _same(m.paper, p) for m, p in zip(told, chosen, strict=True))
    wrong = sum(m.paper is not None and not _same(m.paper, p) for m, p in zip(told, chosen, strict=True))
    unread = sum(m.outcome == "not_checked" for m in told)
    print(f"real: {right / asked.n:.3f} found, {wrong} as another work, {unread} not checked, of {asked.n}; "
          f"{1000 * spent:.1f} ms each")  # fmt: skip
    invented = [_invented(draw.sample(whole, 3), i) for i in range(asked.n)]
    found = sum(matched(reference(raw), [shelf]).outcome == "found" for raw in invented)
    print(f"invented: {found / asked.n:.3f} found, of {asked.n}")
    print(f"synth {__version__}, {asked.corpus.name}, seed {asked.seed}")


def _same(a: Paper, b: Paper) -> bool:
    return a.id == b.id or a.title.lower() == b.title.lower()


def _written(paper: Paper, i: int) -> str:
    title = paper.title.split()
    if i % 4 == 3:
        longest = max(range(len(title)), key=lambda k: (len(title[k]), -k))
        title[longest] = title[longest][:2] + title[longest][3:]
    year = (paper.year or 0) - (1 if i % 3 == 2 else 0)
    return _styled(" ".join(title), paper.authors, year, i)


def _styled(title: str, authors: Sequence[str], year: int, i: int) -> str:
    names = ", ".join(authors[:3])
    return (
        f"{names}. {year}. {title}. In Proceedings of the Meeting, pages 1–9.",
        f"{names} ({year}). {title}. Journal of Things, 3(2), 1–9.",
        f"{names}. “{title}.” In: Proceedings of the Meeting. {year}.",
    )[i % 3]


def _invented(three: Sequence[Paper], i: int) -> str:
    first, second = three[0].title.split(), three[1].title.split()
    title = " ".join(first[: len(first) // 2 + 1] + second[len(second) // 2 :])
    return _styled(title, three[2].authors, three[2].year or 2020, i)


if __name__ == "__main__":
    main()
