"""Whether an answer gets the right status: ten questions that papers answer and ten that nobody studied.

    python benchmarks/twenty_questions.py [--data ../shared/data/corpus/acl_anthology/abstracts.jsonl.gz]
        [--questions tuning] [--out DIR]

The questions are put to the abstracts of the ACL Anthology the way `synth report --offline --papers FILE` does it: the
same search, screening, claims, verdicts and rule. That papers answer a question, or that none speaks of all of it, was
read from the abstracts before the program saw the question. A question that papers answer is right when the status is
"answered", and its direction is right when the claims that the answer cites point the way those papers do. A question
that nobody studied is right when the status is "not_studied" or "no_evidence". The rule was worked on with the `tuning`
questions only.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from synth import pipeline
from synth.library import Library, file_hash
from synth.models import embedding, verifier
from synth.progress import Silent
from synth.quantities import direction
from synth.run import Request, opened


class Asked(NamedTuple):
    """A question; `studied` whether papers answer it, `way` the direction they state ("" where they state none)."""

    text: str
    studied: bool
    way: str = ""


TUNING = (
    Asked("Does label smoothing improve neural machine translation?", True, "up"),
    Asked("Do larger beam sizes hurt neural machine translation?", True, "down"),
    Asked("Do adapters help cross-lingual transfer of named entity recognition?", True, "up"),
    Asked("Does machine-translated training data improve cross-lingual natural language inference?", True, "up"),
    Asked("Does active learning reduce the annotation cost of stance detection in Kazakh?", False),
    Asked("Does instruction tuning improve dependency parsing on Universal Dependencies of Faroese?", False),
    Asked("Does meta-learning help authorship attribution in Urdu?", False),
    Asked("Does curriculum learning help code-switching speech translation between Hausa and French?", False),
)
REPORTED = (
    Asked("Does intermediate-task training improve zero-shot cross-lingual transfer on XTREME?", True, "up"),
    Asked("Does back-translation of monolingual data improve neural machine translation?", True, "up"),
    Asked("Can attention heads be pruned without hurting the BLEU of machine translation?", True),
    Asked("Does domain-adaptive pretraining improve text classification?", True, "up"),
    Asked("Does BPE-dropout improve machine translation?", True, "up"),
    Asked("Does retrieval augmentation reduce hallucination in dialogue systems?", True, "down"),
    Asked("Do coreference resolution systems show gender bias?", True),
    Asked("Do pretrained language models understand negation?", True),
    Asked("Does knowledge distillation give smaller BERT models without much loss of accuracy?", True),
    Asked("Is character-level neural machine translation better than subword segmentation?", True),
    Asked("Does ByT5 beat mT5 on PAWS-X?", False),
    Asked("Does the order of intermediate tasks matter for mT5 on XTREME-R?", False),
    Asked("Does LaBSE find parallel sentences in Wolof and Quechua?", False),
    Asked("Does reinforcement learning from human feedback improve dependency parsing of Sanskrit?", False),
    Asked("Does LoRA improve zero-shot cross-lingual transfer on TyDiQA from Telugu to Finnish?", False),
    Asked("Does self-consistency improve grammatical error correction in Icelandic?", False),
    Asked("Does prompt tuning of BLOOM reduce gender bias in Yoruba coreference resolution?", False),
    Asked("Does pruning of NLLB hurt translation from Maltese to Basque?", False),
    Asked("Does knowledge distillation from GPT-4 improve keyphrase extraction in Welsh?", False),
    Asked("Does chain-of-thought prompting help part-of-speech tagging of Faroese?", False),
)
_UNSTUDIED = ("not_studied", "no_evidence")


def main() -> None:
    """Print one JSON line per question and one with the figures and their signature."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/corpus/acl_anthology/abstracts.jsonl.gz"))
    parser.add_argument("--questions", choices=("tuning", "reported"), default="reported")
    parser.add_argument("--out", type=Path, help="a folder for the reports as JSON; default: they are not kept")
    given = parser.parse_args()
    asked = TUNING if given.questions == "tuning" else REPORTED
    start = time.perf_counter()
    right, pointed, directed = 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder))
        request = Request(question="", papers=(given.data,), offline=True)
        corpora, sources, not_asked = opened(request, library, None, Silent())
        embedder, verifying = embedding.load(None, offline=True), verifier.load(None, offline=True)
        vectors = library.vectors(embedder.id)
        for n, one in enumerate(asked, 1):
            made = pipeline.report(
                one.text, corpora, sources, embedder, verifying, not_asked=not_asked, vectors=vectors, progress=Silent()
            ).report
            told = made.answer
            good = told.status == "answered" if one.studied else told.status in _UNSTUDIED
            ways = {direction(c.statement) for c in made.claims if c.id in told.claim_ids} - {None}
            right += good
            if one.way:
                directed += 1
                pointed += good and ways == {one.way}
            line = {"question": one.text, "studied": one.studied, "status": told.status, "right": good,
                    "ways": sorted(w for w in ways if w), "answer": told.text}  # fmt: skip
            print(json.dumps(line, ensure_ascii=False), flush=True)
            if given.out is not None:
                given.out.mkdir(parents=True, exist_ok=True)
                (given.out / f"{n:02}.json").write_text(made.model_dump_json(by_alias=True, indent=1), "utf-8")
        library.close()
    print(
        json.dumps(
            {
                "right_status": right,
                "n": len(asked),
                "right_direction": pointed,
                "n_with_a_direction": directed,
                "questions": given.questions,
                "data_sha256": file_hash(given.data),
                "embedding_model": embedder.id,
                "verifier": verifying.id,
                "version": metadata.version("synth-replicate"),
                "seconds": round(time.perf_counter() - start, 1),
                "command": " ".join(["python benchmarks/twenty_questions.py", *sys.argv[1:]]),
            }
        )
    )


if __name__ == "__main__":
    main()
