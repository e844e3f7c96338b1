"""Build the published reports, or check that those that lie here are what this version builds.

    python reports/build.py            write reports/<slug>/ and the index
    python reports/build.py --check    build in a temporary folder, compare JSON and Markdown, exit 1 on a difference

Scores come from an int8 model whose last digits may differ between processors, so numbers are compared to 0.005 and
everything else exactly.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from synth.library import Library
from synth.progress import Silent
from synth.render import load
from synth.run import Request, produce

HERE = Path(__file__).resolve().parent
LEFT_OUT = "manifest.json"  # it tells of one run: times and a machine
TOLERANCE = 0.005
_NUMBER = re.compile(r"-?\d+\.\d+")


def questions() -> dict[str, str]:
    """Question by slug, in the order of the file."""
    with (HERE / "questions.toml").open("rb") as handle:
        return {entry["slug"]: entry["question"] for entry in tomllib.load(handle)["report"]}


def build(out: Path) -> None:
    """Write the reports of all questions and the index into `out`."""
    library = Library(None)
    for slug, question in questions().items():
        request = Request(question, sources=("starter",), offline=True, out=out / slug)
        for file in produce(request, library, Silent()).files:
            if file.name == LEFT_OUT:
                file.unlink()
    (out / "README.md").write_text(index(out), encoding="utf-8")


def index(folder: Path) -> str:
    """The index page: question, status of the answer, files."""
    lines = [
        "# Published reports",
        "",
        "Built from the starter library alone by `python reports/build.py`; the tests build them again and compare.",
        "Questions are those of five machine-written report cards; see `questions.toml`.",
        "",
        "| question | answer | claims | report |",
        "|---|---|---|---|",
    ]
    for slug, question in questions().items():
        report = load(folder / slug)
        links = ", ".join(
            f"[{name}]({slug}/report.{end})"
            for name, end in zip(("HTML", "PDF", "Markdown", "JSON"), ("html", "pdf", "md", "json"), strict=True)
        )
        status = report.answer.status.replace("_", " ")
        lines.append(f"| {question} | {status} | {len(report.claims)} | {links} |")
    return "\n".join([*lines, ""])


def differences(old: Path, new: Path) -> list[str]:
    """What differs between two folders of reports, one line each; empty when nothing does."""
    found = []
    for slug in questions():
        for name in ("report.json", "report.md"):
            before, after = old / slug / name, new / slug / name
            if not before.is_file():
                found.append(f"{slug}/{name}: is missing")
            elif name.endswith(".json"):
                found += _values(json.loads(before.read_text()), json.loads(after.read_text()), f"{slug}/{name}")
            else:
                found += _lines(before.read_text(), after.read_text(), f"{slug}/{name}")
    return found


def _values(old: Any, new: Any, where: str) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict) and list(old) == list(new):
        return [d for key in old for d in _values(old[key], new[key], f"{where} {key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [d for n, (a, b) in enumerate(zip(old, new, strict=True)) for d in _values(a, b, f"{where}[{n}]")]
    if isinstance(old, float) and isinstance(new, float | int) and abs(old - new) <= TOLERANCE:
        return []
    if isinstance(old, str) and isinstance(new, str):
        return _lines(old, new, where)
    return [] if old == new and type(old) is type(new) else [f"{where}: {old!r} is now {new!r}"]


def _lines(old: str, new: str, where: str) -> list[str]:
    """Differing lines; numbers in a line may differ by the tolerance (at the two decimals that are shown: 0.01)."""
    if old == new:
        return []
    differ = difflib.ndiff(_NUMBER.sub("#", old).splitlines(), _NUMBER.sub("#", new).splitlines())
    told = [f"{where}: {line}" for line in differ if line[:2] in ("- ", "+ ")]
    pairs = zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=False)
    far = [f"{where}: {a} is now {b}" for a, b in pairs if abs(float(a) - float(b)) > 2 * TOLERANCE + 1e-9]
    return told or far


def main() -> int:
    """Build, or check; the exit code is 1 when something differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args().check:
        build(HERE)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        found = differences(HERE, Path(folder))
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
