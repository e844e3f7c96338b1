"""How fast pairs are judged, start included: `synth verify --claims --oracle` as a process of its own, timed.

Beside it stands the stance model alone, on claims with passages of about 128 word pieces: what a second window costs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from synth.errors import SynthError
from synth.evaluation.benchmark import Place
from synth.evaluation.judges import Judge
from synth.evaluation.outcome import Outcome, sample
from synth.labelled import Pair, read
from synth.progress import Silent

__all__ = ["over_time"]

_PAIRS = 500  # unless a limit is given
_STARTS = 3  # the best counts: a busy machine only ever slows down


def over_time(place: Place, limit: int | None, seed: int, judge: Judge, progress: Silent) -> Outcome:
    """Seconds to the first pair, and pairs a second once it runs: (n - 1) / (time for n - time for 1)."""
    every = read(place.benchmark.data, place.folder, place.split)
    pairs = sample(every, lambda pair: pair.id, limit or _PAIRS, seed)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        progress.stage("start", _STARTS)
        one = min(_timed(pairs[:1], folder, progress) for _ in range(_STARTS))
        progress.stage("judge", 1)
        all_of_them = _timed(pairs, folder, progress)
        progress.stage("read", 1)
        readings, tokens = _readings(pairs)
    took = all_of_them - one
    words = [len(f"{pair.claim} {' '.join(pair.sentences)}".split()) for pair in pairs]
    return Outcome(
        unit="pairs",
        n=len(pairs),
        of=len(every),
        verifier=judge.id,
        tallies=(),
        figures=lambda _: {},
        measured={
            "pairs_per_second": (len(pairs) - 1) / took if len(pairs) > 1 and took > 0 else None,
            "start_seconds": one,
            "seconds": all_of_them,
            "readings_per_second": readings,
        },
        notes=(
            f"{os.cpu_count()} processors; a pair is a claim and a whole abstract, {sum(words) / len(words):.0f} words",
            f"a reading is a claim and a passage, {tokens:.0f} word pieces in the mean, by the stance model alone",
            "times differ from machine to machine and from run to run",
        ),
    )


def _readings(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Readings a second of the packaged stance model on passages cut to fit, and their mean length in word pieces."""
    from synth.models import stance
    from synth.models.stance_input import layout

    model = stance.load()
    asked = [stance.Asked(pair.claim, "", _cut(pair)) for pair in pairs]
    model.read(asked[:16])  # the first runs set up memory
    start = time.perf_counter()
    model.read(asked)
    took = time.perf_counter() - start
    lengths = [len(layout(model.tokenizer, *one).ids) for one in asked]
    return len(asked) / took, sum(lengths) / len(lengths)


def _cut(pair: Pair) -> tuple[str, ...]:
    """The first sentences, as many as some 90 words hold with the claim; at least one."""
    room = 90 - len(pair.claim.split())
    kept: list[str] = []
    for sentence in pair.sentences:
        room -= len(sentence.split())
        if kept and room < 0:
            break
        kept.append(sentence)
    return tuple(kept)


def _timed(pairs: Sequence[Pair], folder: Path, progress: Silent) -> float:
    """Seconds of one process that judges the pairs, its start and end included."""
    claims, corpus = folder / "claims.jsonl", folder / "corpus.jsonl"
    _written(claims, [{"id": n, "claim": pair.claim, "doc_ids": [n]} for n, pair in enumerate(pairs)])
    _written(corpus, [{"doc_id": n, "title": pair.title, "abstract": pair.sentences} for n, pair in enumerate(pairs)])
    command: list[str | Path] = [sys.executable, "-m", "synth", "verify", "--oracle", "--quiet"]
    command += ["--claims", claims, "--corpus", corpus, "--out", folder / "predictions.jsonl"]
    start = time.perf_counter()
    done = subprocess.run(
        command,
        env={**os.environ, "SYNTH_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - start
    if done.returncode:
        raise SynthError(f"speed: synth verify ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")
    for old in (folder / "home").glob("*"):  # vectors that the next run must compute again
        if old.is_file():
            old.unlink()
    progress.step()
    return took


def _written(path: Path, records: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
