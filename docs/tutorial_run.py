"""The tutorial as it is printed: its commands are run in one folder, in order, and what they print is put beside them.

    python docs/tutorial_run.py        write docs/tutorial.md with what the commands print now

A block after `<!-- run -->` shows what its commands print, progress left out; one after `<!-- run quietly -->` is run
and shows the commands alone. Every command must end well.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["TUTORIAL", "printed"]

TUTORIAL = Path(__file__).resolve().parent / "tutorial.md"
_BLOCK = re.compile(r"(<!-- run( quietly)? -->\n+```console\n)(.*?)(```)", re.S)
_PROGRESS = re.compile(r"^synth: .* (?:done in|after) [\d.]+ s\n", re.M)
_NO_WAY_OUT = "http://127.0.0.1:9"


def printed(page: str, folder: Path) -> str:
    """The page with what its commands print, run in `folder`, with a library of its own and no network."""
    return _BLOCK.sub(lambda block: block[1] + _ran(block[3], folder, shown=not block[2]) + block[4], page)


def _ran(block: str, folder: Path, *, shown: bool) -> str:
    commands = [line for line in block.split("\n") if line.startswith("$ ")]
    return "".join(f"{line}\n{_output(line[2:], folder) if shown else _silent(line[2:], folder)}" for line in commands)


def _silent(command: str, folder: Path) -> str:
    _output(command, folder)
    return ""


def _output(command: str, folder: Path) -> str:
    """Both streams of a command, 80 columns wide. SystemExit where it does not end well."""
    environment = {
        **{k: v for k, v in os.environ.items() if k in ("HOME", "LANG", "SYSTEMROOT", "TMPDIR")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "SYNTH_HOME": str(folder / ".library"), "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1",
        "http_proxy": _NO_WAY_OUT, "https_proxy": _NO_WAY_OUT,
    }  # fmt: skip
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, text=True, encoding="utf-8", check=False, timeout=1200,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(f"docs/tutorial_run.py: {command} ended with {done.returncode}\n{done.stdout}")
    return _PROGRESS.sub("", done.stdout)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        TUTORIAL.write_text(printed(TUTORIAL.read_text(encoding="utf-8"), Path(name)), encoding="utf-8")
