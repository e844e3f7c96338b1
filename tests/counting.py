"""Counts what the tests of faults and attacks try: `python tests/counting.py [GROUP|TEST]...` for docs/reliability.md.

A test that tries many cases in one body tells how many with pytest's `record_property("tried", n)` and, where some may
be lost without the test failing, `record_property("lost", n)`; of a property every example counts; any other test is
one case for each of its parameters. A test that fails has lost its case, or all it had told of; one that was skipped
has tried nothing. A group is a heading of the page, a test `file.py::function` of one of its rows; whatever is not
named keeps the counts it has.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Generator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


def builder() -> ModuleType:
    """docs/reliability_page.py, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("reliability_page", ROOT / "docs" / "reliability_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Counter:
    """A plugin of pytest that counts the cases of every test function it sees run."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self._drawn: dict[str, tuple[int, int]] = {}  # of a property: examples, and whether one failed

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: Any) -> Generator[None]:
        """Around the test itself: what its properties draw is heard."""
        from hypothesis.statistics import collector

        def heard(statistics: Mapping[str, Any]) -> None:
            phases = [phase for name, phase in statistics.items() if name.endswith("-phase")]
            drawn = [case["status"] for phase in phases for case in phase["test-cases"]]
            tried, failed = self._drawn.get(item.nodeid, (0, 0))
            valid = sum(status in ("valid", "interesting") for status in drawn)
            self._drawn[item.nodeid] = (tried + valid, failed + ("interesting" in drawn))

        with collector.with_value(heard):
            yield

    def pytest_runtest_logreport(self, report: Any) -> None:
        """After each phase of a test: a case is counted once, with its call, or where it could not be set up."""
        if report.when == "teardown" or (report.when == "setup" and report.outcome == "passed"):
            return
        name = report.nodeid.partition("[")[0].rpartition("/")[2]
        count = self.counts.setdefault(name, {"tried": 0, "lost": 0, "skipped": 0})
        if report.outcome == "skipped" and not hasattr(report, "wasxfail"):
            count["skipped"] += 1
            return
        told = dict(report.user_properties)
        drawn, failed = self._drawn.get(report.nodeid, (0, 0))
        tried, lost = int(told.get("tried", drawn or 1)), int(told.get("lost", 0))
        if report.outcome != "passed":
            lost = max(lost, failed, 1) if drawn or lost else tried
        count["tried"] += tried
        count["lost"] += lost


def count(wanted: Sequence[str]) -> int:
    """Run the tests of the groups and tests `wanted` (all where none is named), store their counts; exit code."""
    page = builder()
    rows = page.trials()
    every = {name for row in rows for name in row.tests}
    if unknown := set(wanted) - set(page.groups(rows)) - every:
        told = f"{', '.join(sorted(unknown))}; there are: {', '.join(page.groups(rows))}"
        raise SystemExit(f"no such group, nor a test of one: {told}")
    asked = dict.fromkeys(
        name for row in rows for name in row.tests if not wanted or row.group in wanted or name in wanted
    )
    counter = Counter()
    words = ["-q", "-p", "no:cacheprovider", "--rootdir", str(ROOT)]
    code = pytest.main([*words, *(str(ROOT / "tests" / name) for name in asked)], plugins=[counter])
    before = page.stored()
    counts = {name: one for name, one in before.get("counts", {}).items() if name in every and name not in asked}
    counts |= {name: one for name, one in counter.counts.items() if name in every}
    signature = {
        "synth": version("synth-replicate"), "python": platform.python_version(), "system": platform.system(),
        "hypothesis": version("hypothesis"), "command": "python tests/counting.py",
    }  # fmt: skip
    page.store({**before, "signature": signature, "counts": dict(sorted(counts.items()))})
    (ROOT / "docs" / "reliability.md").write_text(page.page(), "utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(count(sys.argv[1:]))
