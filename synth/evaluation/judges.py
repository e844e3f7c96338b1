"""Who gives the labels that are evaluated: the product's own public paths, asked as a person would ask them."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from synth import lines, predictions
from synth.labelled import Pair
from synth.library import Library
from synth.progress import Silent
from synth.records import Stance

__all__ = ["Judge", "Judgement", "PredictionJudge", "TableClaim", "judge_tables", "predicted"]

LONGEST = 2_000  # characters of a claim that the product takes
_STANCES: dict[str, Stance] = {
    "SUPPORT": "supports",
    "CONTRADICT": "refutes",
    "supported": "supports",
    "refuted": "refutes",
    "not_enough_evidence": "neutral",
}


class Judgement(NamedTuple):
    """What was said of one pair. `confidence` is of `label`, None where none was given.

    `sentences` are the indexes of the deciding ones, best first. A claim that the product does not take at all was
    `refused`, which counts as neutral.
    """

    label: Stance
    confidence: float | None
    sentences: tuple[int, ...] = ()
    refused: bool = False


class Judge(Protocol):
    """Labels pairs. `id` names model and checksum, so that it can stand in a signature."""

    @property
    def id(self) -> str:
        """What judges, with a checksum of its weights."""

    def judge(self, pairs: Sequence[Pair], progress: Silent) -> list[Judgement]:
        """One judgement for each pair, in their order."""


class PredictionJudge:
    """`synth verify --claims ... --oracle`: every pair a claim with its one document, in a corpus made for it.

    Whatever comes to judge behind that command is judged here: nothing is known of it but its predictions.
    """

    @property
    def id(self) -> str:
        """The verifier and the embedding model that chooses what it reads, with their checksums."""
        from synth.models import embedding, verifier

        return f"{verifier.load().id}, {embedding.load().id}"

    def judge(self, pairs: Sequence[Pair], progress: Silent) -> list[Judgement]:
        """One judgement for each pair, in their order."""
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            documents: dict[tuple[str, tuple[str, ...]], str] = {}
            asked: list[dict[str, Any]] = []
            for number, pair in enumerate(pairs):
                if len(" ".join(pair.claim.split())) <= LONGEST:
                    document = documents.setdefault((pair.title, pair.sentences), f"d{len(documents)}")
                    asked.append({"id": number, "claim": pair.claim, "doc_ids": [document]})
            if not asked:
                return [_REFUSED for _ in pairs]
            corpus = [
                {"doc_id": name, "title": title, "abstract": list(sentences)}
                for (title, sentences), name in documents.items()
            ]
            found = predicted(asked, corpus, folder, progress, oracle=True)
        given = {line["id"]: _judgement(line) for line in found}
        return [given.get(number, _REFUSED) for number in range(len(pairs))]


_REFUSED = Judgement("neutral", None, refused=True)


def predicted(
    claims: Sequence[Mapping[str, Any]],
    corpus: Sequence[Mapping[str, Any]] | Path,
    folder: Path,
    progress: Silent,
    *,
    oracle: bool,
) -> list[dict[str, Any]]:
    """The predictions for claims over a corpus, through files in `folder` and a library that keeps nothing."""
    asked = _written(folder / "claims.jsonl", claims)
    held = corpus if isinstance(corpus, Path) else _written(folder / "corpus.jsonl", corpus)
    out = folder / "predictions.jsonl"
    library = Library(None)
    try:
        predictions.predict(asked, held, out, library, progress, oracle=oracle)
    finally:
        library.close()
    return [line for _, line in lines.read(out)]


def _written(path: Path, records: Sequence[Mapping[str, Any]]) -> Path:
    lines.write(path, (json.dumps(record, ensure_ascii=False) for record in records), str(path.name))
    return path


def _judgement(line: Mapping[str, Any]) -> Judgement:
    """One prediction for one document; a document that is left out has not enough evidence."""
    for entry in line["evidence"].values():
        return Judgement(_STANCES[entry["label"]], entry["confidence"], tuple(entry["sentences"]))
    verdict = line["verdict"]
    return Judgement("neutral", verdict["confidence"] if verdict["label"] == "not_enough_evidence" else None)


# --- tables -------------------------------------------------------------------------------------------


class TableClaim(NamedTuple):
    """A statement about a table, as annotators judged it; `columns` are the first row of the table."""

    id: str
    group: str
    claim: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    label: Stance


def judge_tables(claims: Sequence[TableClaim], progress: Silent) -> tuple[list[Judgement], str]:
    """`synth verify --table-claims`: one judgement for each statement, in their order, and what judged."""
    from synth import table_claims

    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        asked = [
            {"id": n, "claim": one.claim, "table": {"caption": one.caption, "columns": one.columns, "rows": one.rows}}
            for n, one in enumerate(claims)
        ]
        out = folder / "predictions.jsonl"
        table_claims.predict(_written(folder / "claims.jsonl", asked), out, progress)
        found = [line for _, line in lines.read(out)]
    weights = resources.files("synth.tables").joinpath("weights.json").read_bytes()
    identity = f"tables@{hashlib.sha256(weights).hexdigest()[:12]}"
    return [Judgement(_STANCES[line["label"]], line["confidence"]) for line in found], identity
