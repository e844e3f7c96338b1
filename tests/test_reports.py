"""The published reports are what this version builds, and they answer their questions as their sources allow."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT

from synth.render import load


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reports_build", ROOT / "reports" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_published_reports_are_what_is_built(build: ModuleType, tmp_path: Path) -> None:
    build.build(tmp_path)
    assert build.differences(ROOT / "reports", tmp_path) == []
    assert (tmp_path / "README.md").read_text() == (ROOT / "reports" / "README.md").read_text()


def test_a_changed_report_is_noticed(build: ModuleType, tmp_path: Path) -> None:
    for slug in build.questions():
        (tmp_path / slug).mkdir()
        for name in ("report.json", "report.md"):
            text = (ROOT / "reports" / slug / name).read_text()
            (tmp_path / slug / name).write_text(text.replace('"identified": ', '"identified": 1', 1))
    found = build.differences(ROOT / "reports", tmp_path)
    assert len(found) == len(build.questions())
    assert all("identified" in line for line in found)


def test_the_questions_were_not_studied_as_asked(build: ModuleType) -> None:
    statuses = {slug: load(ROOT / "reports" / slug).answer.status for slug in build.questions()}
    assert statuses == {
        "paws-x-non-english-sources": "not_studied",
        "task-similarity-xtreme-r": "not_studied",
        "english-and-non-english-intermediates": "partly_answered",
        "model-size-xlmr-mt5": "not_studied",
        "order-of-intermediate-tasks": "not_studied",
    }


def test_every_published_report_says_that_digests_were_read(build: ModuleType) -> None:
    for slug in build.questions():
        report = load(ROOT / "reports" / slug)
        assert {p.tier for p in report.papers if p.included} == {"digest"}
        assert any("digest" in line for line in report.limitations)
