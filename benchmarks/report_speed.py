"""How long a whole `synth report` takes, as a person waits for it: process start, search, PDF and all.

    python benchmarks/report_speed.py                          the starter library, cold and warm
    python benchmarks/report_speed.py --papers abstracts.jsonl.gz   first and second question over a corpus

"Cold" is a new, empty library folder; the operating system's file cache is what it is. Each row is the median of the
runs with minimum and maximum, and the largest memory of the process; the last line is the signature.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from synth import __version__

STARTER = "PAWS-X non-English fine-tuning"
QUESTIONS = (
    "Does chain-of-thought prompting help small language models?",
    "Does back-translation improve low-resource machine translation?",
)


def timed(question: str, home: Path, more: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory in MB of one report."""
    before = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-m",
            "synth",
            "report",
            "--question",
            question,
            "--offline",
            "--quiet",
            "--out",
            out,
        ]
        child = subprocess.Popen(
            command + more,
            env={**os.environ, "SYNTH_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        _, status, usage = os.wait4(child.pid, 0)
        if status != 0:
            raise SystemExit((child.stderr.read() if child.stderr else b"").decode())
    return time.perf_counter() - before, usage.ru_maxrss / 1024


def row(name: str, runs: list[tuple[float, float]]) -> str:
    """One line: median (minimum to maximum) seconds, peak memory, number of runs."""
    seconds = [s for s, _ in runs]
    spread = f"{min(seconds):.2f}-{max(seconds):.2f}"
    return (
        f"{name:<28} {statistics.median(seconds):7.2f} s ({spread})  {max(m for _, m in runs):6.0f} MB  n={len(runs)}"
    )


def main() -> None:
    """Time the reports and print the rows."""
    parser = argparse.ArgumentParser(description="Time whole reports.")
    parser.add_argument("--papers", type=Path, help="a corpus instead of the starter library")
    parser.add_argument("-n", type=int, default=3, help="runs of each row")
    options = parser.parse_args()
    more = ["--papers", str(options.papers)] if options.papers else []
    first, second = QUESTIONS if options.papers else (STARTER, STARTER)
    cold, warm = [], []
    for _ in range(options.n):
        with tempfile.TemporaryDirectory() as folder:
            cold.append(timed(first, Path(folder), more))
            warm.append(timed(second, Path(folder), more))
    print(row("first question" if more else "starter report, cold", cold))
    print(row("second question" if more else "starter report, warm", warm))
    data = options.papers.name if options.papers else "starter library"
    load = os.getloadavg()[0]
    print(f"synth {__version__}, {data}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}")


if __name__ == "__main__":
    main()
