"""How well the search finds: nDCG@10 and R@100 on the claims of SciFact as queries over its 5,183 abstracts.

    python benchmarks/search_scifact.py [--data ../shared/data/claims/scifact] [--split dev] [--lexical-only]
        [--by-sentence N]

Every constant of the ranking was chosen on the train split; the dev split is the test split of the BEIR
collection, so its figures can be held against published ones (BM25 0.665 to 0.679, all-MiniLM-L6-v2 0.645).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import resource
import sys
import time
from importlib import metadata
from pathlib import Path

from synth.models.embedding import load
from synth.runs import rank_all, read_corpus


def gains(found: list[str], relevant: set[str]) -> tuple[float, float]:
    """nDCG@10 and R@100 of one ranking; relevance is 0 or 1."""
    gained = sum(1 / math.log2(place + 2) for place, name in enumerate(found[:10]) if name in relevant)
    ideal = sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))
    return gained / ideal, len(relevant & set(found[:100])) / len(relevant)


def main() -> None:
    """Print the figures with their signature, as one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/claims/scifact"))
    parser.add_argument("--split", choices=("train", "dev"), default="dev")
    parser.add_argument("--lexical-only", action="store_true")
    parser.add_argument("--embedding-model", help="a sentence-transformers model; default: the packaged one")
    parser.add_argument(
        "--by-sentence", type=int, default=10, help="papers ranked by their best sentence too; default: 10"
    )
    given = parser.parse_args()
    claims = [json.loads(line) for line in (given.data / f"claims_{given.split}.jsonl").open(encoding="utf-8")]
    qrels = (given.data / "beir_style" / "qrels" / f"{given.split}.tsv").read_text("utf-8").splitlines()[1:]
    relevant: dict[str, set[str]] = {}
    for query, document, _ in (line.split("\t") for line in qrels):
        relevant.setdefault(query, set()).add(document)
    papers = read_corpus(given.data / "corpus.jsonl")
    embedder = None if given.lexical_only else load(given.embedding_model)

    def say(done: int, total: int) -> None:
        if done % 50 == 0:
            sys.stderr.write(f"{done}/{total} queries\n")

    def embedded(done: int, total: int) -> None:
        if done % 1024 == 0:
            sys.stderr.write(f"{done}/{total} papers embedded\n")

    start = time.perf_counter()
    scores = []
    queries = [(str(claim["id"]), claim["claim"]) for claim in claims if str(claim["id"]) in relevant]
    for query, ranking in rank_all(
        queries, papers, embedder, limit=100, by_sentence=given.by_sentence, progress=say, embedding=embedded
    ):
        scores.append(gains([papers[ranked.index].id for ranked in ranking], relevant[query]))
    checksum = hashlib.sha256((given.data / "corpus.jsonl").read_bytes()).hexdigest()[:12]
    print(
        json.dumps(
            {
                "ndcg@10": round(sum(n for n, _ in scores) / len(scores), 4),
                "r@100": round(sum(r for _, r in scores) / len(scores), 4),
                "n": len(scores),
                "data": f"scifact {given.split}, {len(papers)} papers, corpus sha256 {checksum}",
                "model": "none (BM25 only)" if embedder is None else embedder.id,
                "seconds": round(time.perf_counter() - start, 1),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "version": metadata.version("synth-replicate"),
                "command": " ".join(["python benchmarks/search_scifact.py", *sys.argv[1:]]),
            }
        )
    )


if __name__ == "__main__":
    main()
