"""Many questions in one batch: how long they take, how much memory, and what going on costs.

python benchmarks/batch_load.py --papers FILE [--take 2000] [--questions 1000] [--jobs 2] [--budget SECONDS]

The questions are made here: each of 25 methods asked of each of 40 tasks, in a fixed shuffled order. The library is
every so many-th line of FILE (a JSONL of papers, packed or not), so that `--take` of them are spread over it.
`synth batch` runs offline with a library of its own that is thrown away, then once more on what it left. Printed are
the seconds, the questions that were done and partial, the largest memory of all its processes together, and what the
second run cost.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synth import __version__

METHODS = (
    "intermediate training", "back-translation", "multilingual pretraining", "data augmentation", "adapters",
    "prompt tuning", "knowledge distillation", "curriculum learning", "contrastive learning", "self-training",
    "active learning", "multi-task learning", "domain adaptation", "subword regularization", "transliteration",
    "in-context learning", "retrieval augmentation", "chain-of-thought prompting", "instruction tuning",
    "parameter sharing", "label smoothing", "adversarial training", "layer freezing", "vocabulary extension",
    "reinforcement learning",
)  # fmt: skip
TASKS = (
    "machine translation", "named entity recognition", "part-of-speech tagging", "dependency parsing",
    "question answering", "natural language inference", "paraphrase identification", "sentiment analysis",
    "summarization", "coreference resolution", "relation extraction", "semantic role labeling", "text classification",
    "dialogue generation", "speech translation", "grammatical error correction", "word sense disambiguation",
    "cross-lingual transfer", "low-resource languages", "information retrieval", "fact checking",
    "hate speech detection",
    "code-switching", "morphological inflection", "language modeling", "entity linking", "event extraction",
    "reading comprehension", "text simplification", "style transfer", "keyphrase extraction", "argument mining",
    "machine translation evaluation", "quality estimation", "bilingual lexicon induction", "sentence embeddings",
    "constituency parsing", "slot filling", "stance detection", "scientific documents",
)  # fmt: skip


def questions(count: int) -> list[str]:
    """The first `count` of the thousand, in their fixed order."""
    made = [f"Does {method} help {task}?" for method in METHODS for task in TASKS]
    random.Random(0).shuffle(made)
    return made[:count]


def part(source: Path, take: int, target: Path) -> int:
    """Every so many-th line of a JSONL into `target`; how many they are."""
    opened = gzip.open if source.suffix == ".gz" else open
    with opened(source, "rt", encoding="utf-8") as lines:
        all_ = [line for line in lines if line.strip()]
    step = max(1, len(all_) // take)
    kept = all_[::step][:take]
    target.write_text("".join(kept), "utf-8")
    return len(kept)


def family(root: int) -> Iterator[int]:
    """The process and all that it started, as Linux tells them."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(rest[1]), []).append(int(stat.parent.name))
    waiting = [root]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += parents.get(one, [])


def memory(root: int) -> tuple[float, float]:
    """MB that all processes hold together (proportional shares), and the largest single one."""
    held = []
    for process in family(root):
        try:
            rows = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        held += [int(row.split()[1]) / 1024 for row in rows if row.startswith("Pss:")]
    return (sum(held), max(held)) if held else (0.0, 0.0)


def run(words: list[str], home: Path) -> dict[str, Any]:
    """One `synth batch`: its code, seconds, memory."""
    began, most, single = time.monotonic(), 0.0, 0.0
    environment = {**os.environ, "SYNTH_HOME": str(home), "OMP_NUM_THREADS": "1"}
    started = subprocess.Popen([sys.executable, "-m", "synth", *words], env=environment, stdout=subprocess.DEVNULL)
    while started.poll() is None:
        together, one = memory(started.pid)
        most, single = max(most, together), max(single, one)
        time.sleep(2)
    seconds = time.monotonic() - began
    return {"code": started.returncode, "seconds": round(seconds, 1), "mb_together": round(most),
            "mb_of_one": round(single)}  # fmt: skip


def main() -> None:
    """Measure, and print one JSON object."""
    line = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    line.add_argument("--papers", type=Path, required=True)
    line.add_argument("--take", type=int, default=2000)
    line.add_argument("--questions", type=int, default=1000)
    line.add_argument("--jobs", type=int, default=2)
    line.add_argument("--budget", type=float)
    given = line.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = part(given.papers, given.take, folder / "papers.jsonl")
        (folder / "questions.txt").write_text("\n".join(questions(given.questions)) + "\n", "utf-8")
        words = ["batch", str(folder / "questions.txt"), "--out", str(folder / "out"), "--offline", "--papers",
                 str(folder / "papers.jsonl"), "--jobs", str(given.jobs), "--format", "html,json"]  # fmt: skip
        limit = [] if given.budget is None else ["--budget", str(given.budget)]
        load = os.getloadavg()
        first = run([*words, *limit], folder / "home")
        rows = [json.loads(row) for row in (folder / "out" / "batch.jsonl").read_text().splitlines()]
        states = Counter(row["state"] for row in rows)
        answers = Counter(row["answer"] for row in rows if row["answer"])
        asked = states["done"] + states["partial"]
        # Going on costs a look at what is finished; the time that is given is too short to begin another.
        again = run([*words, "--budget", "0.001"], folder / "home")
        size = sum(file.stat().st_size for file in (folder / "out").rglob("*") if file.is_file())
    print(json.dumps({
        "questions": len(rows), "papers": count, "jobs": given.jobs, "states": states, "answers": answers,
        "seconds_a_question": round(first["seconds"] / asked, 2) if asked else None, "first": first, "again": again,
        "mb_of_reports": round(size / 2**20, 1), "load": [round(x, 1) for x in load], "cores": os.cpu_count(),
        "synth": __version__, "python": platform.python_version(),
        "command": "python " + " ".join([Path(sys.argv[0]).as_posix(), *map(_shown, sys.argv[1:])]),
    }, indent=1))  # fmt: skip


def _shown(word: str) -> str:
    return word if "/" not in word else f".../{Path(word).name}"


if __name__ == "__main__":
    main()
