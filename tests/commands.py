"""What the tests of the command line share: small papers written here, and ways to run `synth` on them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from synth.cli import main

QUESTION = "Does intermediate training help PAWS-X?"
LINES: tuple[dict[str, Any], ...] = (
    {
        "id": "gain",
        "title": "Intermediate training for PAWS-X",
        "abstract": "We study intermediate training. Intermediate training improves PAWS-X accuracy by 1.4 points.",
        "authors": ["Ada Writer"],
        "year": 2021,
    },
    {
        "id": "same",
        "title": "Intermediate training on PAWS-X, repeated",
        "abstract": "We find that intermediate training improves PAWS-X accuracy by 1.4 points.",
        "authors": ["Bob Repeater"],
        "year": 2022,
    },
)


class Done(NamedTuple):
    code: int
    out: str
    err: str


def papers(folder: Path, lines: Sequence[object] = LINES) -> Path:
    """A JSONL file of papers."""
    file = folder / "papers.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def runner(capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Run a command line in this process."""

    def run(*words: object) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, out, err)

    return run


def start(*words: object, home: Path, **more: object) -> subprocess.Popen[str]:
    """Start a command line as a process of its own, with its library in `home`."""
    environment = {**os.environ, "SYNTH_HOME": str(home), "TERM": "xterm"}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment, **more}
    command = [sys.executable, "-m", "synth", *map(str, words)]
    return subprocess.Popen(command, **options)  # type: ignore[call-overload, no-any-return]
