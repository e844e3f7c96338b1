"""How fast the packaged model and the lexical index are: one JSON line per measurement.

    python benchmarks/embedding_speed.py [--corpus ../shared/data/corpus/acl_anthology/abstracts.jsonl.gz]

Texts are made up (sentences of 20 words, abstracts of 180 words) unless a corpus of JSONL lines with
`title` and `abstract` is given, which is then also indexed and searched. Every line says how busy the
machine was: a load above zero before the start makes a figure slower than the machine is.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
import statistics
import sys
import time
from importlib import metadata
from pathlib import Path

from synth.models.embedding import Embedder, load
from synth.records import Ids, Paper
from synth.search import LexicalIndex, rank

WORDS = ("model", "language", "data", "transfer", "task", "results", "show", "method", "training", "improves")
QUESTIONS = (
    "Does chain-of-thought prompting help small language models?",
    "PAWS-X non-English fine-tuning",
    "intermediate-task training and cross-lingual transfer",
    "Do multilingual models share representations across scripts?",
    "data augmentation for low-resource machine translation",
)


def made_up(n: int, words: int, rng: random.Random) -> list[str]:
    """`n` texts of `words` words."""
    return [" ".join(rng.choices(WORDS, k=words)) for _ in range(n)]


def emit(**figures: object) -> None:
    """One line with its signature."""
    signature = {
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "cores": len(os.sched_getaffinity(0)),
        "load_before": LOAD,
        "version": metadata.version("synth-replicate"),
        "command": " ".join(["python benchmarks/embedding_speed.py", *sys.argv[1:]]),
    }
    print(json.dumps(figures | signature), flush=True)


def measure_model(embedder: Embedder, texts: list[str], what: str) -> None:
    """Texts per second, best of three."""
    best = min(timed(lambda: embedder.encode(texts)) for _ in range(3))
    emit(what=what, n=len(texts), per_second=round(len(texts) / best), model=embedder.id)


def timed(call: object) -> float:
    """Seconds that the call takes."""
    start = time.perf_counter()
    call()  # type: ignore[operator]
    return time.perf_counter() - start


def measure_corpus(path: Path, embedder: Embedder) -> None:
    """Seconds to index, milliseconds of a lexical query, seconds of a question ranked with embeddings."""
    papers = []
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            papers.append(
                Paper(id=str(record["id"]), title=record["title"], authors=(), year=None, ids=Ids(),
                      abstract=record.get("abstract"), source="local")
            )  # fmt: skip
    start, busy = time.perf_counter(), time.process_time()
    index = LexicalIndex.build((paper.title, paper.abstract or "") for paper in papers)
    emit(what="index", n=len(papers), seconds=round(time.perf_counter() - start, 2),
         cpu_seconds=round(time.process_time() - busy, 2))  # fmt: skip
    times = [timed(lambda q=question: index.query(q, 300)) for question in QUESTIONS for _ in range(20)]
    emit(what="lexical query, 300 best", n=len(times), median_ms=round(1000 * statistics.median(times), 2))
    for question in QUESTIONS:
        start, busy = time.perf_counter(), time.process_time()
        rank(question, papers, embedder, lexical=index, limit=50)
        emit(what="question, 300 candidates embedded", question=question, seconds=round(time.perf_counter() - start, 2),
             cpu_seconds=round(time.process_time() - busy, 2))  # fmt: skip


def main() -> None:
    """Print all measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    given = parser.parse_args()
    rng = random.Random(0)
    start = time.perf_counter()
    embedder = load()
    embedder.encode(["warm"])
    emit(what="load and first embedding", seconds=round(time.perf_counter() - start, 3), model=embedder.id)
    measure_model(embedder, made_up(500, 20, rng), "sentences of 20 words")
    measure_model(embedder, made_up(100, 180, rng), "abstracts of 180 words")
    if given.corpus:
        measure_corpus(given.corpus, embedder)


LOAD = round(os.getloadavg()[0], 1)

if __name__ == "__main__":
    main()
