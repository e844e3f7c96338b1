"""The bench: made-up examples are what their profile says, sums of work by hand, and both ways really train."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from replicate import bench, cli, profiles, rival
from replicate.encode import IGNORED
from synth.errors import InputError

HEADS = [one for one in profiles.PROFILES.values() if one.head != "retrieval"]


@pytest.mark.parametrize("profile", profiles.PROFILES.values(), ids=lambda one: one.id)
def test_examples_have_the_lengths_of_their_profile(profile: profiles.Profile) -> None:
    made = profiles.features(profile, 400, 3000)
    lengths = np.array([len(row) for one in made for row in one.rows])
    assert len(made) == 400
    assert {len(one.rows) for one in made} == {profile.rows}
    assert lengths.mean() == pytest.approx(profile.length, rel=0.12)
    assert lengths.max() <= profile.longest
    assert (lengths.std() == 0) == (profile.spread == 0)
    ids = np.concatenate([row for one in made for row in one.rows])
    assert 5 <= ids.min() < ids.max() < 3000 * 0.15
    again = profiles.features(profile, 400, 3000)
    assert [row.tolist() for one in again for row in one.rows] == [row.tolist() for one in made for row in one.rows]


def test_the_work_of_one_row_by_hand() -> None:
    """One layer of width 4 and 8 between, 3 pieces: 2 x 3 x (4 x 16 + 2 x 32) for weights, 4 x 9 x 4 for attention."""
    from transformers import XLMRobertaConfig

    given = XLMRobertaConfig(hidden_size=4, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
    assert bench.work(given, [3], training=False) == 768 + 144
    assert bench.work(given, [3, 3], training=True) == 2 * 3 * (768 + 144)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("NVIDIA H200", 989e12), ("NVIDIA H100 80GB HBM3", 989e12), ("NVIDIA H100 PCIe", 756e12),
     ("NVIDIA A100-SXM4-80GB", 312e12), ("NVIDIA L40S", 362e12), ("NVIDIA L4", 121e12), ("Voodoo 3", None)],
)  # fmt: skip
def test_the_peak_of_a_card(name: str, expected: float | None) -> None:
    assert bench.peak(name) == expected


@pytest.mark.parametrize("profile", HEADS, ids=lambda one: one.id)
def test_a_batch_for_the_trainer_has_all_pieces_and_labels(profile: profiles.Profile) -> None:
    rows = profiles.features(profile, 3, 3000)
    made = rival.collate(rows, profile)
    pieces = np.concatenate([row for one in rows for row in one.rows])
    assert made["input_ids"][made["attention_mask"] == 1].tolist() == pieces.tolist()
    if profile.head == "span":
        assert made["end_positions"].tolist() == [len(one.rows[0]) - 1 for one in rows]
    elif profile.head == "tagging":
        borne = [int(tag) for one in rows if one.label is not None for tag in one.label if tag != IGNORED]
        assert made["labels"][made["labels"] != IGNORED].tolist() == borne
    else:
        assert made["labels"].tolist() == [0, 1, 2]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(profiles.SIZES, "tiny", (16, 1, 2, 32, 200))
    for name, one in profiles.PROFILES.items():
        monkeypatch.setitem(profiles.PROFILES, name, one.model_copy(update={"batch": 2, "length": 9, "longest": 30}))


@pytest.mark.filterwarnings("ignore")  # transformers' own
@pytest.mark.parametrize("name", ["mnli", "squad", "hellaswag", "udpos"])
def test_both_ways_are_measured(name: str, small: None) -> None:
    made = bench.bench("cpu", "tiny", [name], 2)
    (row,) = made.rows
    assert made.device == "cpu"
    assert row.trainer is not None
    assert row.ours.examples > 0 < row.trainer.examples
    assert row.times == pytest.approx(row.ours.examples / row.trainer.examples, rel=0.02)
    assert row.ours.tokens / row.ours.examples == pytest.approx(row.mean_length * row.profile.rows, rel=0.01)
    assert (row.ours.share, row.ours.memory) == (None, None)  # of a CPU neither is known: never 0
    assert row.optimizer is not None
    assert row.moved is not None
    assert row.moved % 28 == 0


@pytest.mark.parametrize(
    ("device", "threads", "expected"), [("cpu", 1, "processor"), ("cpu", 2, "wall"), ("cuda", 1, "wall")]
)
def test_only_one_thread_of_a_cpu_is_measured_by_the_processors_time(
    device: str, threads: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    name, tick = bench.clock(device)
    assert name == expected
    begun = tick()
    time.sleep(0.2)
    assert (tick() - begun < 0.1) == (expected == "processor")  # waiting takes none of the processor's time


def test_embedding_is_measured_alone_and_printed(small: None, capsys: pytest.CaptureFixture[str]) -> None:
    words: Sequence[str] = ("bench", "--device", "cpu", "--profile", "tatoeba", "--steps", "2", "--json", "--quiet")
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    printed = json.loads(shown.out)
    assert printed["schema"] == "replicate/bench/1"
    assert printed["rows"][0]["trainer"] is None
    assert "torch" in printed["signature"]
    assert printed["clock"] in ("processor", "wall")
    lines = bench.table(bench.Bench.model_validate(printed)).splitlines()
    assert lines[2].split() == ["tatoeba", *lines[2].split()[1:3], "-", "-", "-", "-"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"size": "larg"}, 'did you mean "large"'), ({"profiles": ["mnl"]}, 'did you mean "mnli"'),
        ({"steps": 1}, "give 2 or more"), ({"device": "tpu"}, "is unknown"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured(more: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        bench.bench(**{"device": "cpu", **more})  # type: ignore[arg-type]
