"""The tutorial is what a newcomer meets: every command ends well and prints what the page shows."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOLERANCE = 0.02  # scores may differ in their last digits between processors
_NUMBER = re.compile(r"\d+\.\d+")


@pytest.fixture(scope="module")
def tutorial() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tutorial_run", ROOT / "docs" / "tutorial_run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_block_shows_what_its_command_prints_and_a_quiet_one_does_not(tutorial: ModuleType, tmp_path: Path) -> None:
    page = "<!-- run -->\n```console\n$ echo pears\nold\n```\n<!-- run quietly -->\n```console\n$ echo no\n```\n"
    assert tutorial.printed(page, tmp_path) == page.replace("old", "pears")


def test_a_command_that_fails_stops_the_tutorial(tutorial: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="ended with 3"):
        tutorial.printed("<!-- run quietly -->\n```console\n$ exit 3\n```\n", tmp_path)


@pytest.mark.slow
def test_the_tutorial_prints_what_it_shows(tutorial: ModuleType, tmp_path: Path) -> None:
    shown = tutorial.TUTORIAL.read_text(encoding="utf-8")
    printed = tutorial.printed(shown, tmp_path)
    assert _NUMBER.sub("#", printed) == _NUMBER.sub("#", shown), "run `python docs/tutorial_run.py`"
    pairs = zip(_NUMBER.findall(shown), _NUMBER.findall(printed), strict=True)
    assert all(abs(float(a) - float(b)) <= TOLERANCE for a, b in pairs)
    for name in ("first/report.html", "first/report.pdf", "tea/report.json", "audit/audit.html"):
        assert (tmp_path / name).is_file()
