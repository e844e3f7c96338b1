"""Sets on clinical trials: Evidence Inference 2.0 (DeYoung et al. 2020) and NLI4CT (Jullien et al. 2023)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from synth.labelled.files import Line, in_lines, in_object
from synth.labelled.pairs import Pair, cut, draw

__all__ = ["evidence_inference", "nli4ct"]

_WORD = re.compile(r"[A-Z][a-z]+(?:[ ,;]|$)")
_DIRECTIONS = ("increased", "decreased", "unchanged")
_FOUND = {
    "significantly increase": "increased",
    "significantly increased": "increased",
    "significantly decrease": "decreased",
    "significantly decreased": "decreased",
    "no significant difference": "unchanged",
}
# One way of saying the three directions a row; which row is drawn from the id, so that wording tells nothing.
_WORDINGS = (
    {
        "increased": "{i} increased {o} compared with {c}.",
        "decreased": "{i} decreased {o} compared with {c}.",
        "unchanged": "{i} did not change {o} compared with {c}.",
    },
    {
        "increased": "{o} was higher with {i} than with {c}.",
        "decreased": "{o} was lower with {i} than with {c}.",
        "unchanged": "{o} did not differ between {i} and {c}.",
    },
    {
        "increased": "Compared with {c}, {i} led to significantly higher {o}.",
        "decreased": "Compared with {c}, {i} led to significantly lower {o}.",
        "unchanged": "Compared with {c}, {i} led to no significant difference in {o}.",
    },
    {
        "increased": "There was a significant increase in {o} with {i} versus {c}.",
        "decreased": "There was a significant decrease in {o} with {i} versus {c}.",
        "unchanged": "There was no significant difference in {o} with {i} versus {c}.",
    },
    {
        "increased": "{i} is associated with greater {o} than {c}.",
        "decreased": "{i} is associated with less {o} than {c}.",
        "unchanged": "{i} and {c} are associated with similar {o}.",
    },
)


def evidence_inference(folder: Path, split: str) -> Iterator[Pair]:
    """Two claims for each valid annotation, worded alike: one with the direction found, one with another.

    The passage is the evidence that the annotator marked, cut in sentences. Which sentence decides is known only
    where there is a single one.
    """
    seen: Counter[str] = Counter()
    for line in in_lines(folder / "v2_annotations.jsonl"):
        if line.text("split") != split or line.either("valid_reasoning") == "False":
            continue
        prompt = line.text("prompt_id")
        seen[prompt] += 1
        key = f"{prompt}/{seen[prompt]}"
        sentences = cut(line.text("evidence"))
        true = _FOUND.get(line.text("label"))
        if true is None:
            raise line.wrong("label", f'is "{line.text("label")}", no known direction')
        false = [direction for direction in _DIRECTIONS if direction != true][draw(f"false {key}", 2)]
        wording = _WORDINGS[draw(f"wording {key}", len(_WORDINGS))]
        for direction in (true, false):
            yield Pair(
                id=f"evidence_inference:{key}/{direction}:{line.text('pmcid')}",
                data="evidence_inference",
                split=split,
                group=line.text("pmcid"),
                claim=_worded(wording[direction], line),
                title="",
                sentences=sentences,
                label="supports" if direction == true else "refutes",
                rationale=(0,) if len(sentences) == 1 else None,
            )


def _worded(wording: str, line: Line) -> str:
    """The claim in words: a capital at its beginning and, where a name is plainly a word ("Placebo"), nowhere else."""
    names = {"i": "intervention", "o": "outcome", "c": "comparator"}
    words = {short: " ".join(line.text(field).split()).rstrip(".") for short, field in names.items()}
    claim = wording.format(**{short: _lowered(name) for short, name in words.items()})
    return claim[:1].upper() + claim[1:]


def _lowered(name: str) -> str:
    return name[:1].lower() + name[1:] if _WORD.match(name) else name


def nli4ct(folder: Path, split: str) -> Iterator[Pair]:
    """Statements on one or two trials against the section they speak of, line by line.

    Where two trials are compared, a line before each says which is the primary and which the secondary trial.
    """
    trials = {line.text("id"): line for line in in_lines(folder / "trials.jsonl")}
    for key, line in in_object(folder / f"{split}.json"):
        compared = line.text("Type") == "Comparison"
        names = [line.text("Primary_id"), *([line.text("Secondary_id")] if compared else [])]
        sentences: list[str] = []
        rationale: list[int] = []
        for name, role in zip(names, ("Primary", "Secondary"), strict=False):
            if name not in trials:
                raise line.wrong(f"{role}_id", f"is {name}, which trials.jsonl does not hold")
            if compared:
                sentences.append(f"{role} trial:")
            section = trials[name].texts(line.text("Section_id"))
            rationale += [len(sentences) + place for place in line.numbers(f"{role}_evidence_index")]
            sentences += [" ".join(part.split()) for part in section]
        if rationale and max(rationale) >= len(sentences):
            raise line.wrong("Primary_evidence_index", f"names line {max(rationale)} of {len(sentences)}")
        yield Pair(
            id=f"nli4ct:{key}:{'+'.join(names)}",
            data="nli4ct",
            split=split,
            group=names[0],
            claim=line.text("Statement"),
            title="",
            sentences=tuple(sentences),
            label=line.label("Label"),
            rationale=tuple(sorted(set(rationale))),
        )
