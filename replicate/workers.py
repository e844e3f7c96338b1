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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["main", "workers"]

_LOOK = 1.0  # seconds between two looks at whether the starting process is still there


@contextmanager
def workers(
    folder: Path, devices: Sequence[str], attempt: str, problems: dict[str, str], options: dict[str, Any]
) -> Iterator[None]:
    """A further process for each of `devices` that walks the plan in `folder` while the block runs.

    `options` are those of `Engine`, the rest as in `execute.walk`.
    """
    quiet = subprocess.DEVNULL
    started = []
    for device in devices:
        told = [str(folder), device, attempt, json.dumps(problems), json.dumps(options), str(os.getpid())]
        words = [sys.executable, "-m", "replicate.workers", *told]
        started.append(subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet))
    try:
        yield
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait()


def main(words: list[str]) -> None:
    """Walk the plan of a run: folder, device, attempt, problems, the engine's options, and the process to end with."""
    from replicate.engine import Engine
    from replicate.execute import walk
    from replicate.runs import Run
    from replicate.watch import Quiet

    folder, device, attempt, problems, options, parent = words
    threading.Thread(target=_end_with, args=(int(parent),), daemon=True).start()
    run = Run(Path(folder))
    engine = Engine(device=device, **json.loads(options))
    walk(run, run.plan(), engine, Quiet(), json.loads(problems), attempt)


def _end_with(parent: int) -> None:
    """Leave when the starting process is gone: this one has then been given to another."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
