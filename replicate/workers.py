"""More processes for one run: each walks the same plan, and locks on the stages keep them apart.

A worker says nothing and ends with the process that started it, however that one ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["main", "workers"]

_LOOK = 1.0  # seconds between two looks at whether the starting process is still there


@contextmanager
def workers(folder: Path, count: int, device: str, attempt: str, problems: dict[str, str]) -> Iterator[None]:
    """`count` further processes that walk the plan in `folder` while the block runs. The rest as in `execute.walk`."""
    told = [str(folder), device, attempt, json.dumps(problems), str(os.getpid())]
    words = [sys.executable, "-m", "replicate.workers", *told]
    quiet = subprocess.DEVNULL
    started = [subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet) for _ in range(count)]
    try:
        yield
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait()


def main(words: list[str]) -> None:
    """Walk the plan of a run: folder, device, attempt, problems, and the process to end with."""
    from replicate.engine import Engine
    from replicate.execute import walk
    from replicate.runs import Run
    from replicate.watch import Quiet

    folder, device, attempt, problems, parent = words
    threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    run = Run(Path(folder))
    engine = Engine(device=device, threads=1)
    walk(run, run.plan(), engine, Quiet(), json.loads(problems), attempt)


def _end_with(parent: int) -> None:
    """Leave when the starting process is gone: this one has then been given to another."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
