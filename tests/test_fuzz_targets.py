"""The targets of the fuzzer, each with a few hundred changed seeds; and the harness finds what was planted for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fuzzing import LONGEST, TARGETS, Tally, Target, by_mutation, mutated

CASES = {"pdf": 40, "pdf text": 40, "html": 80, "latex": 60, "latex tables": 60, "quantities": 60}


@pytest.mark.parametrize("name", TARGETS)
def test_changed_seeds_bring_no_reader_down(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    tally = by_mutation(TARGETS[name], tmp_path, cases=CASES.get(name, 150))
    record_property("tried", tally.cases)
    record_property("lost", len(tally.faults))
    assert tally.faults == {}


def test_a_planted_fault_and_a_slow_case_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def work(data: bytes, place: Path) -> None:
        if b"!" in data:
            raise ValueError("planted")

    tally = by_mutation(Target((b"a",), work, (b"!",)), tmp_path, cases=200)
    assert list(tally.faults) == ["ValueError at the harness"]
    monkeypatch.setattr(time, "process_time", iter((0.0, LONGEST + 1)).__next__)
    slow = Tally(Target((b"a",), lambda *_: None), tmp_path, tmp_path / "tally.json")
    slow(b"a")
    assert list(slow.faults) == ["over 10 s"]
    assert (tmp_path / "tally.json").exists()


def test_the_same_seed_draws_the_same_cases() -> None:
    import random

    target = TARGETS["bibtex"]
    first, again = ([mutated(target, random.Random(3)) for _ in range(5)] for _ in range(2))
    assert first == again
    assert len({mutated(target, random.Random(n)) for n in range(50)}) > 40
