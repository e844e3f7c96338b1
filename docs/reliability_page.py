"""The page on faults and attacks: what was tried, what survived, what was lost, counted by the tests themselves.

`benchmarks/reliability.toml` says what is tried and by which tests, `benchmarks/reliability.json` holds what came out:
`python tests/counting.py` runs the tests and counts, `python tests/fuzzing.py` fuzzes. `page()` gives
docs/reliability.md; docs/generate.py writes it.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["ASKED", "COUNTED", "Count", "Trial", "groups", "page", "store", "stored", "trials"]

ROOT = Path(__file__).resolve().parents[1]
ASKED = ROOT / "benchmarks" / "reliability.toml"
COUNTED = ROOT / "benchmarks" / "reliability.json"

_HEAD = """# Under fire

<!-- Built by docs/generate.py from benchmarks/reliability.json; count again, then run `make docs`. -->

What this program was given that it should not be given, counted by the tests that give it. **Tried** is one case: a
file, an answer of a service, a kill at one place, an example that a property drew. It has **survived** where what is
promised on the right held, and was **lost** where it did not. What a row cannot show stands under
[what is not guarded](security.md#what-is-not-guarded).
"""


class Trial(NamedTuple):
    """One row: what is done to the program, what must hold, and the tests (`file.py::function`) that look."""

    group: str
    what: str
    holds: str
    tests: tuple[str, ...]


class Count(NamedTuple):
    """Cases of one test function; `skipped` are its parameters that could not be tried on that machine."""

    tried: int = 0
    lost: int = 0
    skipped: int = 0


def trials(file: Path = ASKED) -> list[Trial]:
    """The rows in their order."""
    return [Trial(**{**one, "tests": tuple(one["tests"])}) for one in tomllib.loads(file.read_text("utf-8"))["trial"]]


def stored(file: Path = COUNTED) -> dict[str, Any]:
    """What was counted; nothing where no file lies."""
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return found


def store(found: Mapping[str, Any], file: Path = COUNTED) -> None:
    """Lay down the counts; the same counts are the same bytes."""
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def groups(rows: Iterable[Trial]) -> list[str]:
    """The names of the groups, in their order."""
    return list(dict.fromkeys(row.group for row in rows))


# --- the page -------------------------------------------------------------------------------------------


def page(asked: Path = ASKED, counted: Path = COUNTED) -> str:
    """The Markdown of the page. A row whose tests were not all counted says so in place of figures."""
    rows, found = trials(asked), stored(counted)
    counts = {name: Count(**one) for name, one in found.get("counts", {}).items()}
    whole = [_sum(row, counts) for row in rows]
    parts = [_HEAD, _glance(rows, whole)]
    for group in groups(rows):
        parts.append(f"## {group}\n")
        parts.append(_table(
            ("what was done", "tried", "survived", "lost", "what holds", "shown by"),
            (_row(row, one) for row, one in zip(rows, whole, strict=True) if row.group == group),
        ))  # fmt: skip
    parts += _fuzzed(found.get("fuzzed", []))
    signature = found.get("signature")
    if signature:
        parts.append("## Signature\n")
        parts.append("```text\n" + " | ".join(f"{name} {value}" for name, value in signature.items()) + "\n```\n")
    return "\n".join(parts)


def _sum(row: Trial, counts: Mapping[str, Count]) -> Count | None:
    """The counts of a row; None where one of its tests was never counted, or tried nothing at all."""
    if any(name not in counts for name in row.tests):
        return None
    tried, lost, skipped = (sum(column) for column in zip(*(counts[name] for name in row.tests), strict=True))
    return Count(tried, lost, skipped) if tried else None


def _glance(rows: Sequence[Trial], whole: Sequence[Count | None]) -> str:
    made = []
    for group in groups(rows):
        of = [one for row, one in zip(rows, whole, strict=True) if row.group == group]
        made.append((f"[{group}](#{_anchor(group)})", len(of), *_figures(_total(of))))
    made.append(("all", len(rows), *_figures(_total(whole))))
    missing = sum(one is None for one in whole)
    note = f"\n{missing} of {len(rows)} rows were not counted and stand in no sum.\n" if missing else ""
    return _table(("", "rows", "tried", "survived", "lost"), made) + note


def _total(of: Iterable[Count | None]) -> Count | None:
    there = [one for one in of if one is not None]
    return Count(*(sum(column) for column in zip(*there, strict=True))) if there else None


def _figures(one: Count | None) -> tuple[str, str, str]:
    return ("not counted", "", "") if one is None else (f"{one.tried:,}", f"{one.tried - one.lost:,}", f"{one.lost:,}")


def _row(row: Trial, one: Count | None) -> tuple[str, ...]:
    skipped = f" ({one.skipped} could not be tried here)" if one is not None and one.skipped else ""
    files = ", ".join(f"`{name}`" for name in dict.fromkeys(test.partition("::")[0] for test in row.tests))
    return (row.what + skipped, *_figures(one), row.holds, files)


def _fuzzed(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not found:
        return
    yield "## Readers under fuzzing\n"
    yield (
        "Bytes changed by a fuzzer that watches which lines of this project they reach (`python tests/fuzzing.py`). A "
        "fault is an\nexception other than the reader's own refusal, a result that breaks its promise, or a case of "
        "over ten seconds.\n"
    )
    rows = ((one["target"], one["engine"], f"{one['cases']:,}", f"{one['seconds']:,}", f"{one['faults']:,}",
             one.get("found", "")) for one in found)  # fmt: skip
    yield _table(("reader", "engine", "cases", "seconds", "faults", "what was found"), rows)


def _anchor(head: str) -> str:
    return head.lower().replace(",", "").replace(" ", "-")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
