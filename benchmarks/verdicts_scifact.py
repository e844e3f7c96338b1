"""How often the rules of this version are right: labelled claims of SciFact against their own abstracts (oracle).

    python benchmarks/verdicts_scifact.py ../shared/data/claims/scifact [--split dev]

One row per label of the experts, one column per verdict; a pair is a claim and an abstract it was written for. Read
with `synth verify --oracle`, so retrieval plays no part.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path

from synth import __version__
from synth.library import Library
from synth.predictions import predict
from synth.progress import Silent

LABELS = ("SUPPORT", "CONTRADICT", "NOT_ENOUGH_INFO")


def pairs(claims: Path, predicted: Path) -> Counter[tuple[str, str]]:
    """(expert label, predicted label) of every claim and abstract."""
    by_id = {line["id"]: line["evidence"] for line in map(json.loads, predicted.read_text().splitlines())}
    counted: Counter[tuple[str, str]] = Counter()
    for line in map(json.loads, claims.read_text().splitlines()):
        for document in line.get("cited_doc_ids", line.get("doc_ids", ())):
            gold = line["evidence"].get(str(document))
            label = gold[0]["label"] if gold else "NOT_ENOUGH_INFO"
            found = by_id[line["id"]].get(str(document))
            counted[label, found["label"] if found else "NOT_ENOUGH_INFO"] += 1
    return counted


def main() -> None:
    """Predict, count and print."""
    parser = argparse.ArgumentParser(description="Verdicts of the rules on SciFact, oracle abstracts.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", default="dev")
    options = parser.parse_args()
    claims = options.folder / f"claims_{options.split}.jsonl"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "predictions.jsonl"
        predict(claims, options.folder / "corpus.jsonl", out, Library(None), Silent(), oracle=True)
        counted = pairs(claims, out)
    print(f"{'experts / rules':<18}" + "".join(f"{label:>17}" for label in LABELS))
    for label in LABELS:
        print(f"{label:<18}" + "".join(f"{counted[label, found]:>17}" for found in LABELS))
    right = sum(counted[label, label] for label in LABELS)
    decided = sum(n for (_, found), n in counted.items() if found != "NOT_ENOUGH_INFO")
    correct = counted["SUPPORT", "SUPPORT"] + counted["CONTRADICT", "CONTRADICT"]
    total = sum(counted.values())
    print(f"right {right} of {total}; decided {decided} of {total}, of these right {correct}")
    print(f"synth {__version__}, SciFact {options.split}, oracle abstracts, n={total} pairs")


if __name__ == "__main__":
    main()
