"""How many records of two corpora are found to be one work, and which numbers their versions state differently.

    python benchmarks/merging.py --anthology abstracts.jsonl.gz --preprints cs.CL.jsonl.gz ... [--sample 60 --seed 1]

Prints counts by the rule that joined each pair, how many pairs known from a DOI are found without it, and, with
--sample, pairs drawn at random to be judged by a person: joined ones, and ones of one title that were kept apart.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

from synth.drifts import drifts
from synth.formats import jsonl
from synth.records import Ids, Paper, ReadPaper
from synth.works import grouped, id_keys, same_work, title_key

Pair = tuple[Paper, Paper]


def main() -> None:
    """Read, group, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--anthology", type=Path, required=True)
    parser.add_argument("--preprints", type=Path, nargs="+", required=True)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    first: dict[str, Paper] = {}
    for place in (given.anthology, *given.preprints):
        for paper in jsonl.papers(place):
            if isinstance(paper, Paper):
                first.setdefault(paper.id, paper)
    papers = list(first.values())
    started = time.process_time()
    groups = grouped(papers)
    spent = time.process_time() - started
    works = [[papers[i] for i in group] for group in groups if len(group) > 1]
    joined = [pair for work in works for pair in combinations(work, 2)]
    print(f"{len(papers)} records, {len(works)} works with copies, {len(joined)} pairs, {spent:.1f} s of CPU")
    print(f"joined by: {dict(Counter(map(_how, joined)).most_common())}")
    print(f"known from a DOI: {_known(papers)}")
    found = [drifts([_abstract(p) for p in work if p.abstract]) for work in works]
    print(f"numbers stated differently: {sum(map(len, found))} in {sum(map(bool, found))} works (abstracts only)")
    if given.sample:
        _show("joined", joined, given.sample, given.seed)
        _show("kept apart", _apart(papers, groups), given.sample, given.seed)


def _how(pair: Pair) -> str:
    one, two = pair
    if set(id_keys(one.ids)) & set(id_keys(two.ids)):
        return "id"
    if title_key(one.title) == title_key(two.title):
        return "title"
    return "changed title" if same_work(one, two) else "a third copy"


def _known(papers: list[Paper]) -> str:
    """Preprints that name an Anthology copy by DOI: how many are found once that DOI is hidden."""
    anthology = {p.ids.acl.lower(): p for p in papers if p.ids.acl}
    known = found = 0
    for paper in papers:
        other = anthology.get((paper.ids.doi or "").removeprefix("10.18653/v1/"))
        if other is not None and not paper.ids.acl:
            known += 1
            found += same_work(paper.model_copy(update={"ids": Ids(arxiv=paper.ids.arxiv)}), other)
    return f"{found} of {known} found without it"


def _abstract(paper: Paper) -> ReadPaper:
    return ReadPaper(paper=paper, tier="abstract", text=paper.abstract or "", sections=())


def _apart(papers: list[Paper], groups: list[list[int]]) -> list[Pair]:
    home = {i: n for n, group in enumerate(groups) for i in group}
    alike: dict[str, list[int]] = defaultdict(list)
    for i, paper in enumerate(papers):
        alike[title_key(paper.title)].append(i)
    pairs = (pair for same in alike.values() for pair in combinations(same, 2))
    return [(papers[a], papers[b]) for a, b in pairs if home[a] != home[b]]


def _show(name: str, pairs: list[Pair], count: int, seed: int) -> None:
    print(f"\n{name}: {len(pairs)} pairs")
    for pair in random.Random(seed).sample(pairs, min(count, len(pairs))):
        for paper in pair:
            print(
                f"  {paper.id} | {paper.year} | {paper.title} | {', '.join(paper.authors[:3])} ({len(paper.authors)})"
            )
        print()


if __name__ == "__main__":
    main()
