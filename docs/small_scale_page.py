"""The page on the experiment at small scale, built from the record that `replicate small record` makes.

`page(path)` gives docs/experiments/small-scale.md; docs/generate.py writes it. What the record does not hold is said to
be missing, and the answer to the question is drawn from the intervals by a rule that stands on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from replicate.arms import ArmVerdict
from replicate.small_record import SmallRecord, Target

__all__ = ["answer", "page"]

_NAMES = {
    "tatoeba": "Tatoeba", "bucc2018": "BUCC", "xnli": "XNLI", "udpos": "part-of-speech tags", "xquad": "XQuAD",
    "baseline": "none", "mnli": "MNLI", "squad_v1": "SQuAD 1.1", "hellaswag": "HellaSwag",
    "commonsenseqa": "CommonsenseQA", "multitask": "all four together", "mnli_shuffled": "MNLI, labels shuffled",
    "squad_v1_shuffled": "SQuAD 1.1, labels shuffled", "random_weights": "none, and random weights",
}  # fmt: skip

_HEAD = """# An experiment at small scale

<!-- Built by docs/generate.py from docs/experiments/records; run the experiment again, then `make docs`. -->

**Another model on other data.** The paper behind `replicate` trains XLM-R Large, 560 million parameters and 100
languages. The experiment here takes a very small encoder, pretrained from nothing on public text, on one thread of a
CPU. It asks the paper's question, does English intermediate training help zero-shot transfer, of that encoder and of no
other; whatever the answer, it neither supports nor refutes a figure of the paper.
"""

_AGAIN = """## Running it again

```console
$ replicate small data DIR --data DATA
$ replicate small run DIR --data DATA --minutes 10
$ replicate small record DIR --out docs/experiments/records/small-scale.json
```

`DATA` is a folder of the public collections that `replicate/corpus.py` and the files in `replicate/tasks/` name. `run`
stops after the minutes, or when it is killed, and the same line goes on; its stages are kept in `DIR/run/stages`.
Recipes and sizes are those of `replicate/recipes/small.toml`, arms and seeds those of `replicate/small.py`. More in
[Replicating](../replicating.md).
"""


def page(path: Path) -> str:
    """The page of the record at `path`; where there is none, a page that says so."""
    if not path.is_file():
        return f"{_HEAD}\n## What came out\n\n**Not run to an end: no record is stored.**\n\n{_AGAIN}"
    found = SmallRecord.model_validate_json(path.read_text(encoding="utf-8"))
    parts = [_HEAD, *_answered(found), *_made(found), *_trained(found)]
    for target in found.targets:
        parts += _target(found, target)
    return "\n".join([*parts, *_left_out(found), _AGAIN])


# --- the answer -------------------------------------------------------------------------------------------


def answer(one: ArmVerdict, adjusted: float | None) -> str:
    """helps, harms or not shown: the 95 % interval leaves out 0, Holm's p-value is below 0.05, of two seeds or more."""
    if one.interval is None or adjusted is None or len(one.by_seed) < 2:
        return "not shown"
    low, high = one.interval
    if adjusted >= 0.05 or low <= 0 <= high:
        return "not shown"
    return "helps" if low > 0 else "harms"


def _answered(found: SmallRecord) -> Iterator[str]:
    yield "## What came out\n"
    rows = [
        (target, arm, answer(arm, dict(target.holm).get(arm.arm)))
        for target in found.targets for arm in target.arms if arm.role != "control"
    ]  # fmt: skip
    if not rows:
        yield "No target was measured yet, so there is no answer.\n"
        return
    yield (
        "An arm *helps* (or *harms*) on a target where the 95 % interval of its difference to the encoder without "
        f"intermediate training leaves out 0, at hidden layer {found.layer}, and the p-value stays below 0.05 after "
        f"Holm's correction over the {sum(arm.p is not None for _, arm, _ in rows)} comparisons measured. Everything "
        "else is *not shown*, which is not the same as no effect.\n"
    )
    for word, told in (("helps", "Helps"), ("harms", "Harms"), ("not shown", "Not shown")):
        named = [f"{_name(arm.arm)} on {_name(t.task)} ({_effect(arm)})" for t, arm, said in rows if said == word]
        yield f"- **{told}:** {'; '.join(named) or 'none'}."
    yield ""
    doubts = [*_doubts(found)]
    if doubts:
        yield "How little this says of the question, and why:\n"
        yield from (f"- {one}" for one in doubts)
        yield ""


def _doubts(found: SmallRecord) -> Iterator[str]:
    """What keeps the figures from answering: encoders that can do nothing, training that taught nothing."""
    for one in found.targets:
        name = _name(one.task)
        if one.baseline <= (one.chance or 0.0) + 0.5:
            yield f"{name}: the encoder stands at what guessing gives before any training, so nothing could get lost."
        wild = next((a for a in one.arms if a.arm == "random_weights" and a.interval is not None), None)
        if wild is not None and wild.interval is not None and wild.interval[0] > 0:
            yield (
                f"{name}: weights that were never trained do better than the pretrained encoder ({_effect(wild)}): its "
                "pretraining was too short to add to what shared spelling gives."
            )
        if 0 < max((len(a.by_seed) for a in one.arms), default=0) < 2:
            yield f"{name}: one seed only; its intervals are those of examples and know nothing of other seeds."
    fallen = [one for one in found.arms if one.steps and one.degenerate and one.control is None]
    if fallen:
        yield (
            f"{sum(one.degenerate for one in fallen)} of {sum(len(one.seeds) for one in fallen)} intermediate "
            "trainings stayed at chance on their own task: they taught no task that could have been carried over."
        )


def _effect(one: ArmVerdict) -> str:
    if one.estimate is None or one.interval is None:
        return "no seed is complete"
    return f"{_signed(one.estimate)}, {_signed(one.interval[0])} to {_signed(one.interval[1])}"


# --- what was done ----------------------------------------------------------------------------------------


def _made(found: SmallRecord) -> Iterator[str]:
    made, size = found.pretraining, found.pretraining.size
    scored = sum(one.scored for one in found.text)
    yield "## The encoder\n"
    yield (
        f"{size['layers']} layers of {size['hidden']} units, {size['heads']} heads, {size['vocabulary']:,} pieces "
        f"(byte pairs), one seed ({made.seed}); {made.steps:,} steps of masked-language-model training over "
        f"{made.tokens:,} pieces, {made.seconds / 60:.1f} minutes of wall time on one thread beside other work. The "
        f"mean loss of the first of {len(made.losses)} equal parts of the training was {made.losses[0]:.2f}, that of "
        f"the last {made.losses[-1]:.2f}.\n"
    )
    yield _table(
        ("text", "passages", "characters", "left out because they are scored", "repeated"),
        [(one.language, f"{one.kept:,}", f"{one.characters:,}", f"{one.scored:,}", f"{one.repeated:,}")
         for one in found.text],
    )  # fmt: skip
    yield (
        f"{scored:,} passages were left out because their words, in any spelling of case and punctuation, are a "
        "sentence that a target scores. Text: Bible verses, Common Voice sentences, Tatoeba pairs, news and Swahili "
        "collections; each line by itself, so that no pair of translations is ever seen together.\n"
    )


def _trained(found: SmallRecord) -> Iterator[str]:
    yield "## Intermediate training\n"
    yield _table(
        ("arm", "seeds", "steps in all", "pieces in all", "collapsed"),
        [
            (_name(one.arm) + (" (control)" if one.control else ""), str(len(one.seeds)) or "0", f"{one.steps:,}",
             f"{one.tokens:,}", str(one.degenerate))
            for one in found.arms if one.steps
        ],
    )  # fmt: skip
    yield (
        "Collapsed: at chance on the first development examples of its own task, or constant; counted, never dropped. "
        "The shuffled arms see the same inputs with the labels permuted: what they change is no effect of the task.\n"
    )


# --- a target ---------------------------------------------------------------------------------------------


def _target(found: SmallRecord, one: Target) -> Iterator[str]:
    by_language = ", ".join(f"{language} {value:.1f}" for language, value in one.baselines)
    chance = "" if one.chance is None else f"; guessing gives {one.chance:.1f}"
    at = f" at hidden layer {found.layer}" if one.layers else ""
    yield f"## {_name(one.task)}\n"
    yield (
        f"{one.metric}{at}, n = {one.n:,} in {len(one.languages)} languages. Without intermediate training "
        f"{one.baseline:.2f} ({by_language}){chance}.\n"
    )
    holm = dict(one.holm)
    rows = [
        (
            _name(arm.arm) + (" (control)" if arm.role == "control" else ""), str(len(arm.by_seed)),
            *_figures(arm), "" if arm.arm not in holm else f"{holm[arm.arm]:.3g}",
        )
        for arm in one.arms
    ]  # fmt: skip
    yield _table(("intermediate training", "seeds", "mean", "difference", "95 % interval", "p", "p, Holm"), rows)
    if len({row.layer for row in one.layers}) > 1:
        yield from _layers(one)


def _figures(arm: ArmVerdict) -> tuple[str, str, str, str]:
    if arm.estimate is None or arm.interval is None or arm.p is None:
        return "not measured", "", "", ""
    mean = f"{arm.cells[0].treatment:.2f}"
    return mean, _signed(arm.estimate), f"{_signed(arm.interval[0])} to {_signed(arm.interval[1])}", f"{arm.p:.3g}"


def _layers(one: Target) -> Iterator[str]:
    yield "Every hidden layer (0 are the embeddings), mean, and difference to the baseline at the same layer:\n"
    layers = sorted({row.layer for row in one.layers})
    rows = []
    for arm in dict.fromkeys(row.arm for row in one.layers):
        cells = {row.layer: row for row in one.layers if row.arm == arm}
        shown = [
            "" if layer not in cells else f"{cells[layer].value:.2f}"
            + ("" if (change := cells[layer].estimate) is None else f" ({_signed(change)})")
            for layer in layers
        ]  # fmt: skip
        rows.append((_name(arm), *shown))
    yield _table(("intermediate training", *(f"layer {layer}" for layer in layers)), rows)


def _left_out(found: SmallRecord) -> Iterator[str]:
    yield "## What was not run\n"
    yield f"{found.done} of {found.planned} planned stages have a result."
    if not found.missing:
        yield "Nothing that was planned is missing.\n"
        return
    lacking: dict[str, list[str]] = {}
    for line in found.missing:
        task, _, rest = line.partition(": ")
        lacking.setdefault(task, []).append(rest)
    yield "Without one, for want of time on a busy machine:\n"
    for task, cells in lacking.items():
        arms = [one.partition(" (") for one in cells]
        told = "; ".join(f"{_name(arm)}: seeds {seeds.rstrip(')')}" for arm, _, seeds in arms)
        whole = all(len(seeds.split(",")) == len(found.seeds) for _, _, seeds in arms) and not _measured(found, task)
        yield f"- {_name(task)}: {'all of it' if whole else told}."
    yield ""
    if found.failed:
        yield "Failed stages: " + "; ".join(f"{kind}: {reason}" for kind, reason in found.failed) + ".\n"


def _measured(found: SmallRecord, task: str) -> bool:
    return any(one.task == task for one in found.targets)


def _name(one: str) -> str:
    return _NAMES.get(one, one)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines) + "\n"
