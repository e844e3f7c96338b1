"""The step of the continuous integration that looks up known holes: what it says where nothing could be looked up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

STEP = Path(__file__).resolve().parents[1] / ".ci" / "audit"
HOLE = {"id": "GHSA-1", "fix_versions": ["2.0"]}


def step(*words: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, str(STEP), *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    return done.returncode, done.stdout.strip()


def saying(*dependencies: dict[str, object]) -> tuple[str, ...]:
    return sys.executable, "-c", f"print({json.dumps(json.dumps({'dependencies': dependencies}))})"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (saying({"name": "a", "version": "1", "vulns": [HOLE]}), 1, "audit: a 1: GHSA-1, closed in 2.0"),
        (saying({"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "not found"}), 0,
         "audit: no known hole in 1 libraries; 1 could not be looked up"),
        # What could not be looked up is not clean.
        (saying({"name": "b", "skip_reason": "not found"}, {"name": "c", "skip_reason": "not found"}), 0,
         "audit: skipped: none of 2 libraries could be looked up (is the database within reach?)"),
        ((sys.executable, "-c", "import sys; sys.exit('no route')"), 0,
         "audit: skipped: nothing was looked up (no route)"),
        ((sys.executable, "-c", "print('[]')"), 0, "audit: skipped: nothing was looked up (it ended with 0)"),
        (("no-such-program",), 0, "audit: skipped: nothing was looked up (FileNotFoundError)"),
    ],
)  # fmt: skip
def test_what_the_step_says(words: tuple[str, ...], code: int, told: str) -> None:
    assert step(*words) == (code, told)
