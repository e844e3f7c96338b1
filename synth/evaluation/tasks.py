"""The kinds of benchmark: what is read, what the product is asked, and what is counted."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from synth.evaluation import scifact, tables
from synth.evaluation.benchmark import Place
from synth.evaluation.judges import Judge, Judgement, judge_tables, predicted
from synth.evaluation.metrics import (
    STANCES,
    Figures,
    Tally,
    label_figures,
    pair_tally,
    rank_figures,
    rank_tally,
    scored,
)
from synth.evaluation.outcome import Outcome, Verdict, sample
from synth.labelled import KNOWN, Pair, read
from synth.labelled.files import in_tsv
from synth.progress import Silent
from synth.records import Stance

__all__ = ["confused", "over_corpus", "over_pairs", "over_rankings", "over_tables"]


# --- claims and passages ----------------------------------------------------------------------------------


def over_pairs(place: Place, limit: int | None, seed: int, judge: Judge, progress: Silent) -> Outcome:
    """A claim and a passage each: the label against the annotators', the listed sentences against theirs."""
    data = place.benchmark.data
    every = [pair for pair in read(data, place.folder, place.split) if _untaught(place, pair.group)]
    pairs = sample(every, lambda pair: pair.id, limit, seed)
    judged = judge.judge(pairs, progress)
    labels = KNOWN[data].labels
    refused = sum(judgement.refused for judgement in judged)
    notes = [KNOWN[data].note, *_told(place)]
    if refused:
        notes.append(f"{refused} claims are longer than the product takes and count as neutral")
    return Outcome(
        unit="pairs",
        n=len(pairs),
        of=len(every),
        verifier=judge.id,
        tallies=[
            (pair.group, {**pair_tally(pair.label, one.label, labels), **_rationale(pair, one)})
            for pair, one in zip(pairs, judged, strict=True)
        ],
        figures=lambda total: _pair_figures(total, labels),
        confusion=confused([(pair.label, one.label) for pair, one in zip(pairs, judged, strict=True)]),
        verdicts=_verdicts(pairs, judged, labels),
        notes=tuple(notes),
    )


def _rationale(pair: Pair, judged: Judgement) -> Tally:
    """The listed sentences of a pair whose label is right, where the deciding ones of several are known."""
    if not pair.rationale or len(pair.sentences) < 2 or judged.label != pair.label or not judged.sentences:
        return {}
    return {
        "sentences right": len({*judged.sentences} & {*pair.rationale}),
        "sentences predicted": len(judged.sentences),
        "sentences gold": len(pair.rationale),
        "first right": float(judged.sentences[0] in pair.rationale),
        "first": 1,
    }


def _pair_figures(total: Tally, labels: Sequence[Stance]) -> Figures:
    figures = label_figures(total, labels)
    if total.get("first"):
        names = ("sentences right", "sentences predicted", "sentences gold")
        figures |= scored("rationale", *(total[name] for name in names))
        figures["rationale_first"] = total["first right"] / total["first"]
    return figures


def confused(labels: Sequence[tuple[Stance, Stance]]) -> dict[str, dict[str, int]]:
    """{gold: {predicted: count}} of (gold, predicted), every label in every place."""
    return {
        gold: {said: sum(one == (gold, said) for one in labels) for said in STANCES}
        for gold in STANCES
        if any(one[0] == gold for one in labels)
    }


def _verdicts(pairs: Sequence[Pair], judged: Sequence[Judgement], labels: Sequence[Stance]) -> list[Verdict]:
    """The labels that came with a confidence. One that the annotators could not give is neither right nor wrong."""
    found = []
    for pair, one in zip(pairs, judged, strict=True):
        seen: Stance = "neutral" if one.label == "refutes" and "refutes" not in labels else one.label
        if one.confidence is not None and seen in labels:
            found.append(Verdict(pair.group, one.label, one.confidence, seen == pair.label))
    return found


# --- claims and a corpus ------------------------------------------------------------------------------------


def over_corpus(place: Place, limit: int | None, seed: int, judge: Judge, progress: Silent) -> Outcome:
    """Open retrieval: the product finds the documents, labels them and lists the deciding sentences."""
    groups = _groups(place)
    every = [
        claim
        for claim in scifact.gold(place.folder / f"claims_{place.split}.jsonl")
        if _untaught(place, groups.get(claim.key, claim.key))
    ]
    claims = sample(every, lambda claim: claim.key, limit, seed)
    with tempfile.TemporaryDirectory() as folder:
        asked = [{"id": claim.line["id"], "claim": claim.line["claim"]} for claim in claims]
        found = predicted(asked, place.folder / "corpus.jsonl", Path(folder), progress, oracle=False)
    tallies, verdicts = [], []
    for claim, line in zip(claims, found, strict=True):
        group = groups.get(claim.key, claim.key)
        tallies.append((group, scifact.claim_tally(claim.documents, line["evidence"])))
        for name, entry in line["evidence"].items():
            if entry["confidence"] is not None:
                label: Stance = "supports" if entry["label"] == "SUPPORT" else "refutes"
                right = scifact.labelled(claim.documents, name, entry)
                verdicts.append(Verdict(group, label, entry["confidence"], right))
    return Outcome(
        unit="claims",
        n=len(claims),
        of=len(every),
        verifier=judge.id,
        tallies=tallies,
        figures=scifact.figures,
        verdicts=verdicts,
        notes=("the confidence of a document is of its label, wrong where it has no gold evidence", *_told(place)),
    )


def over_rankings(place: Place, limit: int | None, seed: int, judge: Judge, progress: Silent) -> Outcome:  # noqa: ARG001
    """The search alone: the documents cited for a claim in the ranking of the corpus."""
    from synth import runs
    from synth.models import embedding

    relevant: dict[str, set[str]] = {}
    for row in in_tsv(place.folder / f"beir_style/qrels/{place.split}.tsv"):
        if row.text("score") != "0":
            relevant.setdefault(row.text("query-id"), set()).add(row.text("corpus-id"))
    groups = _groups(place)
    every = [
        (claim.key, str(claim.line["claim"]))
        for claim in scifact.gold(place.folder / f"claims_{place.split}.jsonl")
        if claim.key in relevant and _untaught(place, groups.get(claim.key, claim.key))
    ]
    queries = sample(every, lambda query: query[0], limit, seed)
    progress.stage("open")
    papers = runs.read_corpus(place.folder / "corpus.jsonl")
    embedder = embedding.load()
    progress.stage("search", len(queries))
    tallies = []
    for query, ranking in runs.rank_all(queries, papers, embedder, limit=100):
        found = [papers[ranked.index].id for ranked in ranking]
        tallies.append((groups.get(query, query), rank_tally(found, relevant[query])))
        progress.step()
    return Outcome(
        unit="queries",
        n=len(queries),
        of=len(every),
        verifier=embedder.id,
        tallies=tallies,
        figures=rank_figures,
        notes=(f"{len(papers)} documents; those a claim cites are relevant, whatever they say of it", *_told(place)),
    )


def _untaught(place: Place, group: str) -> bool:
    """Whether nothing was learned from a group: of a split that taught, only what was held back is judged."""
    from synth.labelled import held_back

    return place.split not in place.benchmark.trained or held_back(f"{place.benchmark.data}:{group}")


def _told(place: Place) -> list[str]:
    return ["only groups that were held back from training"] if place.split in place.benchmark.trained else []


def _groups(place: Place) -> dict[str, str]:
    """The group of every claim of a labelled set by the id of the claim."""
    pairs = read(place.benchmark.data, place.folder, place.split)
    return {pair.id.split(":")[1]: pair.group for pair in pairs}


# --- tables -------------------------------------------------------------------------------------------------


def over_tables(place: Place, limit: int | None, seed: int, judge: Judge, progress: Silent) -> Outcome:  # noqa: ARG001
    """A statement and its table each."""
    every = tables.read(place.benchmark.data, place.folder, place.split)
    claims = sample(every, lambda claim: claim.id, limit, seed)
    judged, verifier = judge_tables(claims, progress)
    return Outcome(
        unit="statements",
        n=len(claims),
        of=len(every),
        verifier=verifier,
        tallies=tables.table_tallies(claims, judged),
        figures=tables.table_figures,
        confusion=confused([(claim.label, one.label) for claim, one in zip(claims, judged, strict=True)]),
        verdicts=[
            Verdict(claim.group, one.label, one.confidence, one.label == claim.label)
            for claim, one in zip(claims, judged, strict=True)
            if one.confidence is not None and (one.label != "neutral" or place.benchmark.data != "tabfact")
        ],
        notes=("a cell that spans several places is repeated in each; the first row is taken for the header",),
    )
