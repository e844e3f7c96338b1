"""What `synth.results.tuples` finds in the running text of full papers, without their tables.

    python benchmarks/result_sentences.py ../shared/data/extraction/scirex [--portion dev] [--papers 100] [--seed 1]

SciREX (Jain et al., 2020) gives papers as words, with the data sets, metrics and tasks of their main results and all
their mentions; the tables were dropped when it was made. A prediction is right where its data set and its metric (and
its task, and its score) are of one gold relation: a name is an entity's where it is one of its mentions or its name, in
words without case. As in the published script, relations with an entity that is mentioned nowhere are left out. The
methods are not compared: the extractor names none. `--portion dev` takes the first papers of the drawn order, `test`
those after the first sixty. Nothing is fitted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from synth import __version__
from synth.library import file_hash
from synth.records import Ids, Paper, ReadPaper, Section
from synth.results.tuples import ResultTuple, tuples

DEV = 60
LEVELS = ("dataset, metric", "task, dataset, metric", "dataset, metric, score")


def main() -> None:
    """Print the figures with their signature."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--portion", choices=("dev", "test"), default="test")
    parser.add_argument("--papers", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="print the predictions of N papers beside the gold ones")
    given = parser.parse_args()
    began = time.perf_counter()
    file = given.folder / "train_docs.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        held = [json.loads(line) for line in lines]
    random.Random(given.seed).shuffle(held)
    drawn = (held[:DEV] if given.portion == "dev" else held[DEV:])[: given.papers]
    tallies = {level: Counter[str]() for level in LEVELS}
    for number, one in enumerate(drawn):
        said = tuples(read(one))
        for level in LEVELS:
            tallies[level] += judged(one, said, level)
        if number < given.show:
            print(json.dumps({"said": [[r.task, r.dataset, r.metric, r.written] for r in said],
                              "gold": [list(r.values()) for r in relations(one)]}))  # fmt: skip
    told = {level: shares(tally) for level, tally in tallies.items()}
    signature = {
        "papers": len(drawn), "portion": given.portion, "seed": given.seed, "data_sha256": file_hash(file),
        "version": __version__, "seconds": round(time.perf_counter() - began),
        "command": " ".join(["python benchmarks/result_sentences.py", *sys.argv[1:]]),
    }  # fmt: skip
    print(json.dumps(told | signature, indent=1))


def read(one: dict[str, Any]) -> ReadPaper:
    """The document as a reader would hand it on: the first section is the title, the second the abstract."""
    pieces, sections, at = [], [], 0
    for start, end in one["sections"]:
        text = _spaced(one["words"][start:end])
        heading = "Abstract" if len(sections) == 1 else " ".join(text.split()[:6])
        sections.append(Section(heading=heading, page=None, start=at, end=at + len(text)))
        pieces.append(text)
        at += len(text) + 1
    abstract = pieces[1] if len(pieces) > 1 else ""
    paper = Paper(
        id=one["doc_id"], title=pieces[0], authors=(), year=None, ids=Ids(), abstract=abstract, source="scirex"
    )
    return ReadPaper(paper=paper, tier="latex", text="\n".join(pieces), sections=tuple(sections))


def _spaced(words: list[str]) -> str:
    """Words as running text: no space before a mark, none inside a bracket or around a hyphen or a percent sign."""
    text = " ".join(words)
    text = re.sub(r"\s+([,.;:!?%)\]])", r"\1", text)
    text = re.sub(r"([(\[])\s+", r"\1", text)
    return re.sub(r"(?<=\w)\s-\s(?=\w)", "-", text).removeprefix("section: ")


def relations(one: dict[str, Any]) -> list[dict[str, str]]:
    """The gold relations all of whose entities are mentioned somewhere."""
    kinds = ("Task", "Material", "Metric", "Method")
    return [r for r in one["n_ary_relations"] if all(one["coref"].get(r[k]) for k in kinds)]


def _forms(one: dict[str, Any], entity: str) -> frozenset[str]:
    mentioned = {_plain(" ".join(one["words"][start:end])) for start, end in one["coref"][entity]}
    return frozenset(mentioned | {_plain(entity)})


def _plain(name: str) -> str:
    return " ".join(re.findall(r"[a-z]+|\d+", name.lower()))


def judged(one: dict[str, Any], said: tuple[ResultTuple, ...], level: str) -> Counter[str]:
    """How many different gold combinations there are, how many were found, and how many were said wrongly."""
    gold: dict[tuple[Any, ...], tuple[frozenset[str] | str, ...]] = {}
    for r in relations(one):
        parts: list[frozenset[str] | str] = [_forms(one, r["Material"]), _forms(one, r["Metric"])]
        if level.startswith("task"):
            parts.append(_forms(one, r["Task"]))
        if level.endswith("score"):
            parts.append(str(r["score"]).strip("% "))
        gold[tuple(parts)] = tuple(parts)
    found: set[tuple[Any, ...]] = set()
    wrong = 0
    for key in sorted({_key(r, level) for r in said}):
        hits = [g for g, parts in gold.items() if all(_fits(x, part) for x, part in zip(key, parts, strict=True))]
        found.update(hits)
        wrong += not hits
    return Counter({"gold": len(gold), "found": len(found), "wrong": wrong})


def _key(result: ResultTuple, level: str) -> tuple[str, ...]:
    key = [_plain(result.dataset), _plain(result.metric)]
    key += [_plain(result.task or "")] if level.startswith("task") else []
    return (*key, result.written.strip("% ")) if level.endswith("score") else tuple(key)


def _fits(said: str, gold: frozenset[str] | str) -> bool:
    return said == gold if isinstance(gold, str) else said in gold


def shares(tally: Counter[str]) -> dict[str, Any]:
    """Precision, recall and F1 in per cent, micro over all papers."""
    said = tally["found"] + tally["wrong"]
    precision, recall = tally["found"] / max(1, said), tally["found"] / max(1, tally["gold"])
    f1 = 2 * precision * recall / (precision + recall) if tally["found"] else 0.0
    shown = [round(100 * x, 1) for x in (precision, recall, f1)]
    return {"precision_recall_f1": shown, "gold": tally["gold"], "said": said}


if __name__ == "__main__":
    main()
