"""The engine: runs one stage of a plan with real models. It is the Runner that `replicate.execute` calls.

pretrained    a hub model is taken as it is; the family's model is trained from random weights on text
intermediate  the encoder of the parent learns one task, several jointly, or masked text beside them
target        the encoder with a fresh head learns the target in the source language and predicts all languages
embed         sentence vectors of every layer, nearest neighbours or mined pairs; nothing is learnt
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from replicate import catalogue, load, recipe, resources
from replicate.execute import Progress, StageResult, StageSpec
from replicate.place import Place
from replicate.records import ParallelSet, Prediction, SpanExample, Stage
from synth.errors import InputError

if TYPE_CHECKING:
    from replicate.learn import On
    from replicate.train import Outcome

__all__ = ["Engine"]

MODEL = "model"  # the folder of a stage's encoder, relative to the stage's folder
_PASSING = ("training", "vectors")  # what lies in a stage's folder only while it runs


class _Work(NamedTuple):
    """What a stage is run with: see `execute.Runner`."""

    stage: Stage
    spec: StageSpec
    parent: Path | None
    out: Path
    told: Progress


class Engine:
    """Runs stages on one device: auto, cpu or cuda.

    `half`: bfloat16 autocast over single-precision weights (None: for training on a GPU that has it, but for the
    family's model); `pack`: batches without padding (None: see `train.train`); `compiled`: the encoder's blocks are.

    The same stage gives the same predictions on the same device with the same number of `threads`. Without one, the
    family's small model takes one thread (two are no faster, and far slower on a busy machine; several processes may
    share a run) and other models take all cores. Raises InputError for a device that is not there.
    """

    def __init__(
        self, device: str = "auto", threads: int | None = None, *, half: bool | None = None, pack: bool | None = None,
        compiled: bool = False,
    ) -> None:  # fmt: skip
        self.device = resources.device(device)
        self.threads = threads
        self.half, self.pack, self.compiled = half, pack, compiled

    def _on(self, work: _Work) -> On:
        from replicate.learn import On

        half = self.half
        if half is None:
            learns = work.spec.kind != "embed" and work.spec.model != "family"
            half = learns and resources.halves(self.device)
        return On(self.device, half, self.pack, self.compiled, work.out.parent / ".pieces")

    def run(self, stage: Stage, spec: StageSpec, parent: Path | None, out: Path, progress: Progress) -> StageResult:
        """Do the work of the stage in `out`; a training that was interrupted there goes on. See `execute.Runner`."""
        resources.settle(self.threads or (1 if spec.model == "family" else _cores()))
        out.mkdir(parents=True, exist_ok=True)
        kinds = {
            "pretrained": self._pretrained, "intermediate": self._intermediate, "target": self._target,
            "embed": self._embed,
        }  # fmt: skip
        work = _Work(stage, spec, parent, out, progress)
        result = kinds[spec.kind](work)
        if self._on(work).half:
            result = result.model_copy(update={"notes": (*result.notes, "bfloat16 arithmetic over single precision")})
        for name in _PASSING:
            shutil.rmtree(out / name, ignore_errors=True)
        return result

    def _pretrained(self, work: _Work) -> StageResult:
        import torch

        from replicate import pretrained
        from replicate.learn import afford, pretrain_small

        spec, out, told = work.spec, work.out, work.told
        on = self._on(work)
        if spec.model == "family":
            whole, pieces, outcome = pretrain_small(spec, _place(spec), out, on, told)
            pretrained.save(whole.cpu(), pieces, out / MODEL)
            if outcome is None:
                return StageResult(model=MODEL, notes=("random weights: a control",))
            return _result(outcome, model=MODEL)
        settings = pretrained.configuration(spec.model)
        commit = getattr(settings, "_commit_hash", None)
        notes = (f"{spec.model} at {commit}" if commit else spec.model,)
        if spec.control != "random_init":
            return StageResult(notes=notes)
        afford(out, "random weights", pretrained.parameters(settings), settings, on, tokens=0, train=False)
        torch.manual_seed(spec.seed)
        pretrained.save(pretrained.fresh(settings), pretrained.pieces(spec.model), out / MODEL)
        return StageResult(model=MODEL, notes=(*notes, "random weights: a control"))

    def _intermediate(self, work: _Work) -> StageResult:
        from replicate import measure, pretrained
        from replicate.learn import learn, training
        from replicate.material import predict

        spec, out, told, on = work.spec, work.out, work.told, self._on(work)
        source, place = _source(work), _place(spec)
        pieces = pretrained.pieces(source)
        material = [training(spec, task, place, pieces, on.shelf) for task in spec.tasks]
        learnt = learn(spec, source, pieces, material, place, out, on, told)
        notes, collapsed = [], False
        for number, seen in enumerate(learnt.watched):
            found = predict(learnt.model, str(number), seen, pieces, self.device, half=on.half)[0]
            value = measure.score(seen.task, seen.examples, found)
            notes.append(f"{seen.task.id}: {value:.1f} on {len(seen.examples)} development examples")
            collapsed |= measure.constant(found) or measure.at_chance(seen.task, seen.examples, value)
        pretrained.save(learnt.model.encoder.cpu(), pieces, out / MODEL)
        if spec.control and collapsed:
            notes.append("at chance, as a control should be: not counted as degenerate")
        return _result(learnt.outcome, model=MODEL, degenerate=collapsed and not spec.control, notes=notes)

    def _target(self, work: _Work) -> StageResult:
        from replicate import measure, pretrained
        from replicate.learn import learn, training, without_scored
        from replicate.material import predict, prepare

        stage, spec, out, told, on = work.stage, work.spec, work.out, work.told, self._on(work)
        source, place = _source(work), _place(spec)
        wanted = _wanted(spec, place)
        pieces = pretrained.pieces(source)
        material = training(spec, spec.tasks[0], place, pieces, on.shelf)
        dropped = 0
        if material.task.head == "span":
            here = [w for w in wanted if w[2] == place.source]
            scored = [one for w in here for one in load.examples(*w, place) if isinstance(one, SpanExample)]
            material, dropped = without_scored(material, scored, pieces)
        notes = [f"{dropped:,} training questions left out: their contexts are scored"] if dropped else []
        one = spec.model_copy(update={"tasks": spec.tasks[:1]})  # targets that share it are trained once
        learnt = learn(one, source, pieces, [material], place, out, on, told)
        predictions, same = [], []
        for number, (name, split, language) in enumerate(wanted):
            told(number, len(wanted), f"predicting {name} {language}")
            task, loaded = catalogue.task(name.partition("@")[0]), load.read(name, split, language, place)
            ready = prepare(task, loaded.examples, pieces, material.recipe, material.labels)
            found, said = predict(learnt.model, "0", ready, pieces, self.device, half=on.half)
            notes += [f"{name} {language}: {note}" for note in (*loaded.notes, *said)]
            spelled = [ready.labels[label] for label in found] if task.head == "classification" else found
            predictions.append(measure.write(out, stage.id, task.id, language, split, spelled))
            same.append(measure.constant(found))
        seen = learnt.watched[0]
        best = learnt.outcome.best
        low = best is not None and measure.at_chance(seen.task, seen.examples, best)
        return _result(learnt.outcome, predictions=predictions, degenerate=low or all(same), notes=notes)

    def _embed(self, work: _Work) -> StageResult:
        from replicate import measure, pretrained, retrieve
        from replicate.learn import afford

        stage, spec, out, told = work.stage, work.spec, work.out, work.told
        begun = time.monotonic()
        source, place, how = _source(work), _place(spec), recipe.training(spec.recipe)
        settings, pieces = pretrained.configuration(source), pretrained.pieces(source)
        layers = retrieve.layers_of(settings, spec.layers)
        on = self._on(work)
        afford(out, "vectors", pretrained.parameters(settings), settings, on, tokens=retrieve.TOKENS, train=False)
        encoder = pretrained.encoder(source)
        longest = min(how.max_length, int(pieces.tokenizer.model_max_length))
        seed = spec.seed if spec.control == "wrong_pairs" else None
        found: list[Prediction] = []
        notes: list[str] = []
        tokens, wanted = 0, _wanted(spec, place)
        for number, (task, split, language) in enumerate(wanted):
            told(number, len(wanted), f"{task} {language}")
            (pairs,) = load.examples(task, split, language, place)
            assert isinstance(pairs, ParallelSet)
            left, right = (
                retrieve.vectors(
                    encoder, pieces, [text for _, text in side], layers, max_length=longest, device=self.device,
                    half=on.half, pack=on.pack, scratch=out / "vectors" / name,
                )
                for name, side in (("source", pairs.source), ("target", pairs.target))
            )  # fmt: skip
            tokens += left.tokens + right.tokens
            for row, layer in enumerate(layers):
                mine = retrieve.mined if task == "bucc2018" else retrieve.nearest
                guess, said = mine(pairs, left.vectors[row], right.vectors[row], seed, device=self.device)
                notes += [f"{task} {language} layer {layer}: {said}"] if said else []
                found.append(measure.write(out, stage.id, task, language, split, guess, layer))
        told(len(wanted), len(wanted), "retrieval done")
        seconds = time.monotonic() - begun
        return StageResult(predictions=tuple(found), layers=layers, tokens=tokens, seconds=seconds, notes=tuple(notes))


def _result(
    outcome: Outcome, *, model: str | None = None, predictions: Sequence[Prediction] = (), degenerate: bool = False,
    notes: Sequence[str] = (),
) -> StageResult:  # fmt: skip
    from replicate.train import thin

    early = (f"stopped after {outcome.steps:,} of {outcome.planned:,} steps",) if outcome.stopped_early else ()
    return StageResult(
        predictions=tuple(predictions), steps=outcome.steps, tokens=outcome.tokens, seconds=outcome.seconds,
        losses=thin(outcome.losses), dev=outcome.best, degenerate=degenerate, model=model,
        notes=(*outcome.notes, *early, *notes),
    )  # fmt: skip


def _wanted(spec: StageSpec, place: Place) -> list[tuple[str, str, str]]:
    """(task, split, language) of everything to predict; the split is the one that the paper's protocol scores."""
    out = []
    for task in spec.tasks:
        split = catalogue.entry(task.partition("@")[0]).reading.evaluate
        there = load.languages(task, split, place)
        missing = sorted(set(spec.languages) - set(there))
        if missing:
            raise InputError(f"{task}: no data in {', '.join(missing)}; there are {', '.join(there) or 'none'}")
        out += [(task, split, language) for language in spec.languages or there]
    if not out:
        raise InputError(f"{', '.join(spec.tasks)}: no data in any language at {spec.place}")
    return out


def _place(spec: StageSpec) -> Place:
    return load.place(spec.place, whole=spec.whole)


def _source(work: _Work) -> str:
    """The folder of the parent's model, or the hub id."""
    spec, parent = work.spec, work.parent
    if parent is not None and (parent / MODEL).is_dir():
        return str(parent / MODEL)
    if spec.model == "family":
        raise InputError(f"{parent}: no folder {MODEL}; its pretraining was not run, or its files are gone")
    return spec.model


def _cores() -> int:
    """The cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
