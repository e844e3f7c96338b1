"""The web application under load: readers at once while jobs run, on this machine alone.

python benchmarks/serve_load.py [--readers 50] [--jobs 5] [--seconds 20]

A server of its own, on a data folder that is thrown away, gets one real report from the starter library. Then so many
jobs are asked for (claims held against the starter library) while so many readers ask for pages in turn, each as fast
as it is answered: the list, the report, a claim's evidence, the report as JSON, the health. Printed are answers a
second, median and 99th percentile of their times, and what went wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx

from synth import __version__
from synth.serve.places import Places

QUESTION = "Does intermediate-task training help zero-shot cross-lingual transfer?"
CLAIM = "HellaSwag lifts XTREME by 7.0 points over XLM-R Large."


def main() -> None:
    """Measure, and print one JSON object."""
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--readers", type=int, default=50)
    words.add_argument("--jobs", type=int, default=5)
    words.add_argument("--seconds", type=float, default=20.0)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = {**os.environ, "SYNTH_HOME": folder}
        places = Places(home)
        places.make()
        report = "report-0000000000"
        subprocess.run(
            [sys.executable, "-m", "synth", "report", "-q", QUESTION, "--offline", "--quiet", "--out",
             str(places.of(report))],
            check=True, env=environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        server = subprocess.Popen(
            [sys.executable, "-c", "from synth.cli import main; main(['serve', '--port', '0'])"],
            stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        try:
            assert server.stdout is not None
            measured = measure(server.stdout.readline().strip().rstrip("/"), report, given)
        finally:
            server.terminate()
            server.wait(20)
    print(json.dumps(measured, indent=1))


def measure(address: str, report: str, given: argparse.Namespace) -> dict[str, object]:
    """Readers and jobs at once, until the time is over and the jobs have ended."""
    paths = ("/reports", f"/reports/{report}", f"/reports/{report}/claims/1", f"/api/reports/{report}", "/api/health")
    took: dict[str, list[float]] = {path: [] for path in paths}
    wrong: list[str] = []
    until = time.monotonic() + given.seconds

    def read(number: int) -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            turn = number
            while time.monotonic() < until:
                path = paths[turn % len(paths)]
                turn += 1
                start = time.perf_counter()
                try:
                    answer = client.get(path)
                except httpx.HTTPError as problem:
                    wrong.append(f"{path}: {type(problem).__name__}")
                    continue
                took[path].append(time.perf_counter() - start)
                if answer.status_code != 200:
                    wrong.append(f"{path}: {answer.status_code}")

    with httpx.Client(base_url=address, timeout=60) as client:
        jobs = [client.post("/api/verify", json={"claims": [CLAIM]}).json()["id"] for _ in range(given.jobs)]
        readers = [threading.Thread(target=read, args=(n,)) for n in range(given.readers)]
        begun = time.perf_counter()
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        seconds = time.perf_counter() - begun
        states = [_ended(client, job) for job in jobs]
    times = sorted(value for values in took.values() for value in values)
    return {
        "readers": given.readers,
        "jobs": states,
        "seconds": round(seconds, 1),
        "answers": len(times),
        "answers_per_second": round(len(times) / seconds, 1),
        "median_ms": _part(times, 0.5),
        "p99_ms": _part(times, 0.99),
        "median_ms_by_path": {path.replace(report, "ID"): _part(sorted(values), 0.5) for path, values in took.items()},
        "wrong": sorted(set(wrong)),
        "signature": f"synth {__version__}, Python {platform.python_version()}, {os.cpu_count()} cores, one process",
    }


def _ended(client: httpx.Client, job: str) -> str:
    while not (found := client.get(f"/api/jobs/{job}").json())["ended"]:
        time.sleep(0.5)
    return str(found["state"])


def _part(times: list[float], part: float) -> float | None:
    return round(1000 * times[min(len(times) - 1, int(part * len(times)))], 1) if times else None


if __name__ == "__main__":
    main()
