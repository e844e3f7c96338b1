"""How the cost of a corpus grows with its papers: the first index, the question after it, memory. Words only.

    python benchmarks/index_growth.py --papers ../shared/data/corpus/acl_anthology/abstracts.jsonl.gz
    python benchmarks/index_growth.py --sizes 10000 50000 200000 1000000

For each size a file of so many abstracts is made: those of `--papers` (without it, words drawn from a made-up
vocabulary by Zipf's law), again and again, in every further round with one word in six exchanged for another that no
other round has. Each round has 40,000 such words, drawn by Zipf's law, so that the vocabulary grows nearly as fast as
the corpus; that of real ones grows more slowly (Heaps' law: 23,379 terms in 10,000 abstracts of the Anthology, 57,305
in 48,274, which is an exponent of 0.57). Then, each in a process of its own: the file is read and indexed into an
empty library; it is opened again and asked twenty questions, each of six words of one of its abstracts (which need
not come first: its repetitions hold most of these words too). Without any model; with `--meaning` three of the
questions are asked again by words and meaning with the packaged one, which embeds at most 300 papers for each,
whatever the size.

Prints a line of JSON for each size: seconds to index, seconds from opening the library to the first ranked list,
seconds of a further question (median and longest), peak memory of both, bytes on disk. The last line has the growth
between the sizes: the exponent b of seconds = a * papers ** b for indexing (1 is linear), and the same for questions,
both of processor time, which other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

SEED = 20
WORDS = 120  # of a made-up abstract
QUESTIONS = 20
_NEW = 40_000  # words that a round has and no other
_ZIPF = list(itertools.accumulate(1 / (rank + 3) for rank in range(_NEW)))
_LETTERS = str.maketrans("0123456789", "ghijklmnop")  # a number in a word would count as two words


def abstracts(path: Path | None, rng: random.Random) -> list[tuple[str, list[str]]]:
    """(title, words) of the abstracts that are repeated."""
    if path is not None:
        from synth import read

        found, _ = read.files([path])
        return [(paper.title, (paper.abstract or "").split()) for paper in found]
    vocabulary = ["".join(rng.choices("aeioubdfgklmnprst", k=rng.randint(3, 9))) for _ in range(30_000)]
    weights = [1 / (rank + 3) for rank in range(len(vocabulary))]
    drawn = [rng.choices(vocabulary, weights, k=WORDS) for _ in range(5000)]
    return [(" ".join(words[:8]), words) for words in drawn]


def records(base: list[tuple[str, list[str]]], size: int, rng: random.Random) -> Iterator[dict[str, str]]:
    """`size` records: the abstracts in turn, changed anew in every round after the first."""
    for number in range(size):
        title, words = base[number % len(base)]
        changed = list(words)
        turn = number // len(base)
        if turn:
            places = range(rng.randrange(6), len(changed), 6)
            ranks = rng.choices(range(_NEW), cum_weights=_ZIPF, k=len(places))
            for place, rank in zip(places, ranks, strict=True):
                changed[place] = f"w{rank:x}r{turn:x}".translate(_LETTERS)
        yield {"id": f"p{number}", "title": title, "abstract": " ".join(changed)}


def measure_index(file: Path, home: Path) -> dict[str, float]:
    """Read and index the file into an empty library."""
    from synth import holdings
    from synth.library import Library

    start = time.perf_counter()
    library = Library(home)
    corpus = holdings.local([file], library)
    assert corpus.lexical is not None
    corpus.lexical()
    library.close()
    return {"seconds": time.perf_counter() - start, "cpu": time.process_time(), "mb": peak()}


def measure_questions(file: Path, home: Path, asked: list[tuple[str, str]], meaning: bool) -> dict[str, float]:
    """Open the library again and rank by words; the papers that were asked for and came first are counted."""
    from synth import holdings
    from synth.library import Library
    from synth.models.embedding import load
    from synth.search import rank

    start = time.perf_counter()
    library = Library(home)
    corpus = holdings.local([file], library)
    assert corpus.lexical is not None
    index = corpus.lexical()
    took, first = [], 0
    worked = []
    for paper, words in asked:
        before = time.process_time()
        found = rank(words, corpus.papers, None, lexical=index, limit=100)
        worked.append(time.process_time() - before)
        first += bool(found) and corpus.papers[found[0].index].id == paper
        took.append(time.perf_counter() - start)
        start = time.perf_counter()
    embedded = []
    if meaning:
        embedder = load()
        for _, words in asked[:3]:
            start = time.perf_counter()
            rank(words, corpus.papers, embedder, lexical=index, limit=100, vectors=library.vectors(embedder.id))
            embedded.append(time.perf_counter() - start)
    return {
        "by_meaning": statistics.median(embedded) if embedded else math.nan,
        "first_seconds": took[0],
        "seconds": statistics.median(took[1:]),
        "cpu": statistics.median(worked[1:]),
        "longest": max(took[1:]),
        "found": first,
        "mb": peak(),
    }


def peak() -> int:
    """The most memory this process had, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says on Linux counts the process that started this one
        line = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def child(step: str, *words: str) -> dict[str, float]:
    """One step in a process of its own, so that memory and caches are its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--step", step, *words], stdout=subprocess.PIPE, text=True, check=True
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def measure(size: int, base: list[tuple[str, list[str]]], folder: Path, meaning: bool) -> dict[str, float]:
    """The line of one size."""
    rng = random.Random(SEED)
    file, home, asked = folder / f"{size}.jsonl", folder / f"{size}", []
    wanted = {rng.randrange(size) for _ in range(QUESTIONS)}
    with file.open("w", encoding="utf-8") as out:
        for number, record in enumerate(records(base, size, rng)):
            out.write(json.dumps(record) + "\n")
            if number in wanted:
                asked.append((record["id"], " ".join(rng.sample(record["abstract"].split() or ["none"] * 6, 6))))
    (folder / "asked.json").write_text(json.dumps(asked), "utf-8")
    indexed = child("index", str(file), str(home))
    step = "meaning" if meaning else "questions"
    questions = child(step, str(file), str(home), str(folder / "asked.json"))
    disk = sum(one.stat().st_size for one in home.rglob("*") if one.is_file())
    file.unlink()
    return {
        "papers": size,
        "index_seconds": round(indexed["seconds"], 1),
        "index_cpu_seconds": round(indexed["cpu"], 1),
        "index_mb": indexed["mb"],
        "first_question_seconds": round(questions["first_seconds"], 3),
        "question_seconds": round(questions["seconds"], 4),
        "question_cpu_seconds": round(questions["cpu"], 5),
        "longest_question_seconds": round(questions["longest"], 4),
        **({"question_by_meaning_seconds": round(questions["by_meaning"], 2)} if meaning else {}),
        "questions_mb": questions["mb"],
        "found_first": questions["found"],
        "questions": len(asked),
        "disk_mb": disk // 1_000_000,
        "load": round(os.getloadavg()[0], 1),
    }


def exponent(lines: list[dict[str, float]], what: str) -> float:
    """The exponent b of `what` = a * papers ** b: the slope of least squares through the logarithms."""
    points = [(math.log(line["papers"]), math.log(line[what])) for line in lines]
    x, y = (statistics.mean(values) for values in zip(*points, strict=True))
    return float(sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points))


def main() -> None:
    """Measure the sizes and print their lines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=Path, help="JSONL of abstracts to repeat; default: made-up words")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 50_000, 200_000], help="numbers of papers")
    parser.add_argument("--meaning", action="store_true", help="also rank by meaning, with the packaged model")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        step, file, home, *asked = given.step
        files = Path(file), Path(home)
        questions = [(paper, words) for path in asked for paper, words in json.loads(Path(path).read_text("utf-8"))]
        meaning = step == "meaning"
        print(json.dumps(measure_index(*files) if step == "index" else measure_questions(*files, questions, meaning)))
        return
    base = abstracts(given.papers, random.Random(SEED))
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for size in given.sizes:
            lines.append(measure(size, base, Path(folder), given.meaning))
            print(json.dumps(lines[-1]), flush=True)
    both = ("index_cpu_seconds", "question_cpu_seconds") if len(lines) > 1 else ()
    grown = {what: round(exponent(lines, what), 2) for what in both}
    print(
        json.dumps(
            {
                "exponent": grown,
                "base": "made-up words" if given.papers is None else f"{given.papers.name}, {len(base)} abstracts",
                "seed": SEED,
                "version": metadata.version("synth-replicate"),
                "command": " ".join(["python benchmarks/index_growth.py", *sys.argv[1:]]),
            }
        )
    )


if __name__ == "__main__":
    main()
