"""A runner without an engine: it answers right with a share that depends on the arm, from the stage's seed alone.

`short_recipes` is for tests with the real engine: every stage is real and takes a few steps of a very small model.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from replicate import catalogue, family, ledger, load, lock, submission
from replicate.execute import Progress, StageResult, StageSpec
from replicate.records import ParallelSet, Prediction, SpanExample, Stage, TagExample, TextExample
from replicate.runs import Done

LAYERS = (0, 1, 2, 3)
family_write = family.write
_WRITTEN: dict[int, Path] = {}


@pytest.fixture(autouse=True)
def small_family(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The family in the size for tests of the engine, written once."""

    def write(out: Path, sizes: family.Sizes = family.TINY, seed: int = 0) -> Path:
        if seed not in _WRITTEN:
            _WRITTEN[seed] = family_write(tmp_path_factory.mktemp("family"), sizes, seed)
        shutil.copytree(_WRITTEN[seed], out)
        return out

    monkeypatch.setattr(family, "MICRO", family.TINY)
    monkeypatch.setattr(family, "write", write)
    lock._family.cache_clear()


def short_recipes(monkeypatch: pytest.MonkeyPatch, steps: int = 6) -> None:
    """Every recipe takes so many small steps of a very small model."""
    plain = ledger.recipe
    small = {"hidden": 16, "layers": 2, "heads": 2, "feed_forward": 32, "vocabulary": 600}

    def short(recipe_id: str) -> Any:
        one = plain(recipe_id)
        options = {**one.options, "steps": steps, **(small if recipe_id.endswith("/pretrained") else {})}
        return one.model_copy(update={"options": options, "batch": 8, "eval_every": 3})

    monkeypatch.setattr(ledger, "recipe", short)


class FakeRunner:
    """Right with the share `level(tasks trained on, control, layer)`; `fail` names stages that raise."""

    def __init__(
        self,
        gains: dict[str, float] | None = None,
        base: float = 0.4,
        fail: Callable[[StageSpec], Exception | None] = lambda spec: None,
        noise: float = 0.02,
    ) -> None:
        self.gains, self.base, self.fail, self.noise = gains or {}, base, fail, noise
        self.ran: list[str] = []

    def run(self, stage: Stage, spec: StageSpec, parent: Path | None, out: Path, progress: Progress) -> StageResult:
        self.ran.append(stage.id)
        progress(0, 1, "fake")
        problem = self.fail(spec)
        if problem is not None:
            raise problem
        history = _history(parent)
        if spec.kind in ("pretrained", "intermediate"):
            (out / "model").mkdir(exist_ok=True)
            mark = "+".join(spec.tasks) + ("!" + spec.control if spec.control else "")
            (out / "model" / "history.txt").write_text("\n".join([*history, mark]))
            return StageResult(steps=10, tokens=100, losses=(3.0, 2.0, 1.0), model="model", dev=80.0)
        predictions: list[Prediction] = []
        layers = LAYERS if spec.kind == "embed" else (None,)
        for task in spec.tasks:
            split = catalogue.entry(task).reading.evaluate
            place = load.place(spec.place, whole=spec.whole)
            for language in load.languages(task, split, place):
                for layer in layers:
                    share = self._share(history, spec, stage.id, layer)
                    predictions.append(_predict(stage, task, split, language, layer, share, place, out))
        return StageResult(predictions=tuple(predictions), layers=LAYERS if spec.kind == "embed" else ())

    def _share(self, history: list[str], spec: StageSpec, stage: str, layer: int | None) -> float:
        if spec.control == "wrong_pairs" or "!random_init" in history:
            return 0.02
        gain = sum(self.gains.get(mark, 0.0) for mark in history)
        swing = self.noise * (random.Random(stage).random() - 0.5)
        return (self.base + gain + swing) * (1.0 if layer in (None, 2) else 0.8)


def _history(parent: Path | None) -> list[str]:
    if parent is None:
        return []
    done = Done.model_validate_json((parent / "result.json").read_text())
    assert done.result.model is not None
    return (parent / done.result.model / "history.txt").read_text().split("\n")


def _predict(
    stage: Stage, task: str, split: str, language: str, layer: int | None, share: float, place: load.Place, out: Path
) -> Prediction:
    examples = load.examples(task, split, language, place)
    # Which examples are hard is the same for every model: the draw belongs to the example.
    hard = random.Random(f"{task}{language}")
    own = random.Random(f"{stage.id}{language}{layer}")

    def right() -> bool:
        return 0.7 * hard.random() + 0.3 * own.random() < share

    text, suffix = _answers(task, examples, right), "json" if task in ("xquad", "mlqa", "tydiqa") else "tsv"
    name = f"{task}/test-{language}" + ("" if layer is None else f".L{layer}") + f".{suffix}"
    path = out / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Prediction(stage=stage.id, task=task, language=language, split=split, path=name, sha256=sha256)


def _answers(task: str, examples: tuple[load.Example, ...], right: Callable[[], bool]) -> str:
    first = examples[0]
    if isinstance(first, ParallelSet):
        if task == "bucc2018":
            return submission.pairs_text([pair for pair in first.gold if right()])
        places = {key: n for n, (key, _) in enumerate(first.source)}
        gold = {english: places[foreign] for foreign, english in first.gold}
        return submission.labels_text(
            gold[key] if right() else (gold[key] + 1) % len(places) for key, _ in first.target
        )
    if isinstance(first, TextExample):
        names = catalogue.task(task).labels
        rows = [e for e in examples if isinstance(e, TextExample) and e.label is not None]
        return submission.labels_text(
            names[(e.label or 0) if right() else ((e.label or 0) + 1) % len(names)] for e in rows
        )
    if isinstance(first, TagExample):
        rows_ = [e for e in examples if isinstance(e, TagExample)]
        return submission.tags_text([[t if right() else "O" if task == "panx" else "X" for t in e.tags] for e in rows_])
    spans = [e for e in examples if isinstance(e, SpanExample)]
    return submission.answers_text({e.id: e.answers[0].text if right() else "" for e in spans})
