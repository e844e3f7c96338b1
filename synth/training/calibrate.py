"""Fitting the calibrator: labelled pairs that taught no weights -> coefficients that turn scores into probabilities.

Every set counts alike, however many pairs it has, so that no domain sets the odds for the others. A part of the groups
is left out of the fit and gives the reliability bins that travel with the coefficients.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth import gather, judging, weigh
from synth.edits.held_back import benchmark
from synth.judgement import INPUTS, inputs, judge, kind_of
from synth.labelled import KNOWN, Pair, held_back, read
from synth.models import embedding, stance
from synth.models.calibration import Calibrator
from synth.records import Window
from synth.statements import unattributed
from synth.training import card, ranking
from synth.training.examples import LABELS
from synth.training.recipe import documents, lines, unspoken
from synth.training.regression import Row, tempered

if TYPE_CHECKING:
    from synth.models.embedding import Embedder

__all__ = ["bins", "calibrate", "row", "windows"]

# Sets that fit the coefficients: splits or held-back groups that taught no weights. Sets that are reported as out of
# domain (HealthVer, CovidFact, MSVEC) are not among them, nor is the development part of SciFact.
_FITTED_ON = (
    ("scifact", "train", True),
    ("citation_integrity", "train", True),
    ("citation_integrity", "dev", False),
    ("evidence_inference", "validation", False),
    ("fool_me_twice", "dev", True),
    ("fool_me_twice", "test", True),
    ("nli4ct", "train", False),
)
_SEARCHED = ("scifact", "citation_integrity")  # sets with a corpus in which the claims are also searched for
_FOUND = 9  # abstracts per claim that a search finds beside the cited ones
_ASKED = 120  # claims of one split that are searched for
_MOST = 400  # pairs of one set
_EDITED = "extraction/csabstruct/dev.jsonl"  # abstracts whose edited sentences are one more set
_STRANGERS = 30  # claims of a set that are held against a paper on something else
_PER_KIND = 20  # edits of a kind


def calibrate(data: Path, out: Path, told: Callable[[str], None]) -> None:
    """Fit on the sets under `data` what the model in `out` says of them; write `calibration.json` there.

    Raises:
        InputError: a set is missing under `data`.
        SynthError: the model in `out` is missing or not the one its checksum names.
    """
    model = stance.PackagedStance(out)
    embedder = embedding.load()
    named: list[tuple[Pair, Window]] = []
    found: list[tuple[Pair, Window]] = []
    for name, split, held in _FITTED_ON:
        folder = data / KNOWN[name].folder
        pairs = _chosen(name, folder, split, held)
        told(f"calibrating: {len(pairs)} pairs of {name} {split}")
        own = list(windows(pairs, model, embedder))
        named += own
        if name in _SEARCHED:
            asked = set(sorted({pair.claim for pair in pairs})[:_ASKED])
            others = list(_retrieved(name, folder, [pair for pair in pairs if pair.claim in asked]))
            told(f"calibrating: {len(others)} abstracts that a search finds for them")
            found += [*(one for one in own if one[0].claim in asked), *windows(others, model, embedder)]
    others = _unrelated([pair for pair, _ in named])
    told(f"calibrating: {len(others)} claims against a paper on something else")
    named += windows(others, model, embedder)
    edits = _edited(data / _EDITED)
    told(f"calibrating: {len(edits)} edited sentences")
    own = list(windows(edits, model, embedder))
    named += own
    found += own
    allowed = {name: tuple(LABELS[label] for label in known.labels) for name, known in KNOWN.items()}
    kept = [(pair, window) for pair, window in named if _apart(pair)]
    read = {"named": [(_apart(p), row(p, w)) for p, w in named], "found": [(_apart(p), row(p, w)) for p, w in found]}
    trial: dict[str, Any] = {
        name: tempered([one for apart, one in rows if not apart], allowed, KNOWN) for name, rows in read.items()
    }
    tried = Calibrator({"inputs": INPUTS, "coefficients": trial}, "")
    # The bins are of coefficients that did not see their pairs; those that are kept then learn from all pairs.
    given: dict[str, Any] = {
        "inputs": list(INPUTS),
        "coefficients": {name: tempered([one for _, one in rows], allowed, KNOWN) for name, rows in read.items()},
        "fitted_on": [
            *(f"{name} {split}{', groups held back' * held}" for name, split, held in _FITTED_ON),
            "controlled edits of CSAbstruct dev",
        ],
        "n": {"named": len(named), "found": len(found), "in the bins": len(kept)},
    }
    told("calibrating: what the place in a ranking is worth")
    ranked = _ranking(data, model, embedder, given)
    if ranked is not None:
        given["ranking"] = ranked
    _write(out, {**given, "bins": bins(kept, tried)})


def _ranking(data: Path, model: stance.StanceModel, embedder: Embedder, given: dict[str, Any]) -> dict[str, Any] | None:
    """The coefficients for ranked papers, on top of the others'; None where no claims were kept for them."""
    tried = Calibrator(given, "")
    rows: list[ranking.Placed] = []
    for name, split, held in _FITTED_ON:
        if name in _SEARCHED and held:
            pairs = [p for p in read(name, data / KNOWN[name].folder, split) if held_back(f"{name}:{p.group}")]
            rows += ranking.placed(data / KNOWN[name].folder, pairs, model, embedder, tried)
    if not rows:
        return None
    made = {**ranking.fitted(rows), "bar": 0.5, "n": len(rows)}
    return {**made, "bar": ranking.best_bar(rows, Calibrator({**given, "ranking": made}, ""))}


def _apart(pair: Pair) -> bool:
    """Whether a pair is left out of the fit, for the bins.

    Drawn under another name than the groups kept from training: under the same one, all of those would be left out.
    """
    return held_back(f"bins:{pair.data}:{pair.group}", 0.25)


def bins(read: Iterable[tuple[Pair, Window]], calibrator: Calibrator) -> list[tuple[float, float, int, float]]:
    """(low, high, verdicts, share that is right) of the tenths of confidence in which a verdict fell.

    A verdict that the annotators of its set could not give is left out: nothing is known of it.
    """
    counts: dict[int, list[int]] = {}
    for pair, window in read:
        made = judge(unattributed(pair.claim), window, calibrator, found=False)
        if pair.data not in KNOWN or made.stance in KNOWN[pair.data].labels:
            count = counts.setdefault(min(int(made.probability * 10), 9), [0, 0])
            count[0] += made.stance == pair.label
            count[1] += 1
    return [(place / 10, (place + 1) / 10, n, round(right / n, 4)) for place, (right, n) in sorted(counts.items())]


def _retrieved(name: str, folder: Path, pairs: Sequence[Pair]) -> Iterator[Pair]:
    """The abstracts of the set's corpus that BM25 finds for each claim and nobody cited: taken to be silent."""
    corpus = documents(folder / "corpus.jsonl")
    one = {pair.claim: pair for pair in pairs}
    for claim, found in unspoken(name, folder, pairs, _FOUND).items():
        for key in found:
            title, sentences = corpus[key]
            about = {"id": f"{one[claim].id}:{key}", "title": title, "sentences": sentences}
            yield one[claim].model_copy(update={**about, "label": "neutral", "rationale": ()})


def _unrelated(pairs: Sequence[Pair]) -> list[Pair]:
    """Claims with the passage of another pair of their set: neutral, as a set of their own."""
    sets: dict[str, list[Pair]] = {}
    for pair in pairs:
        sets.setdefault(pair.data, []).append(pair)
    made = []
    for name in sorted(sets):
        own = sets[name][:: max(1, len(sets[name]) // _STRANGERS)]
        for one, other in zip(own, [*own[1:], own[0]], strict=True):
            if one.group != other.group:
                about = {"id": f"{one.id}:{other.id}", "title": other.title, "sentences": other.sentences}
                made.append(one.model_copy(update={**about, "data": "unrelated", "label": "neutral", "rationale": ()}))
    return made


def _edited(path: Path) -> list[Pair]:
    """Edited sentences of abstracts that nothing else learned from, each against its whole abstract."""
    abstracts = [tuple(line["sentences"]) for line in lines(path)]
    places = {s: (n, i) for n, sentences in enumerate(abstracts) for i, s in enumerate(sentences)}
    drawn = benchmark([(str(n), s) for s, (n, _) in places.items()], seed=1, per_kind=_PER_KIND)
    return [
        Pair(
            id=f"edits:{case.id}:{case.source}",
            data="edits",
            split="dev",
            group=case.source,
            claim=case.claim,
            title="",
            sentences=abstracts[int(case.source)],
            label=case.stance,
            rationale=(places[case.original][1],),
        )
        for case in drawn
    ]


def _chosen(name: str, folder: Path, split: str, held: bool) -> list[Pair]:
    pairs = [p for p in read(name, folder, split) if not held or held_back(f"{name}:{p.group}")]
    return random.Random(f"calibrate:{name}:{split}").sample(pairs, min(_MOST, len(pairs)))  # noqa: S311  a reproducible draw


def _write(out: Path, coefficients: dict[str, Any]) -> None:
    content = json.dumps(coefficients, indent=1).encode()
    (out / "calibration.json").write_bytes(content)
    sums = json.loads((out / "checksums.json").read_text("utf-8"))
    sums["files"]["calibration.json"] = sha256(content).hexdigest()
    (out / "checksums.json").write_text(json.dumps(sums, indent=2) + "\n", "utf-8")
    card.write(out)


def row(pair: Pair, window: Window) -> Row:
    """One judged pair as the calibrator sees it."""
    values, held = inputs(unattributed(pair.claim), window)
    return Row(values, LABELS[pair.label], pair.data, kind_of(held) if held else None)


def windows(pairs: Sequence[Pair], model: stance.StanceModel, embedder: Embedder) -> Iterator[tuple[Pair, Window]]:
    """Each pair with the window of its passage that verifying would read, read; without one it is left out."""
    claims = [judging.claim(pair.claim, pair.id) for pair in pairs]
    made: list[tuple[Window, ...]] = []
    for pair, claim in zip(pairs, claims, strict=True):
        text, passages = ranking.abstract(pair.id, pair.title, pair.sentences, pair.data)
        made += gather.windows([claim], gather.pool([text], passages), embedder)
    for pair, found in zip(pairs, weigh.weigh(claims, made, model), strict=True):
        if found:
            yield pair, found[0]
