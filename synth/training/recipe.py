"""The recipe as stages: which sets, how many, with which distractors and edits. Reads `verifier.toml`."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Collection, Sequence
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.errors import InputError
from synth.labelled import KNOWN, Pair, held_back, read
from synth.training.examples import LABELS, Example, distracted, drawn, edited, strangers, substituted, turned, windowed
from synth.training.substitutes import Substitutes, learned

if TYPE_CHECKING:
    from synth.training.fit import Settings, Stage

__all__ = ["Material", "document", "documents", "lines", "recipe", "settings", "stages", "unspoken"]

_DISTRACTORS = 20  # documents of a search that distractors are drawn from


def recipe() -> dict[str, Any]:
    """The recipe as the package has it."""
    return tomllib.loads((resources.files("synth.training") / "verifier.toml").read_text("utf-8"))


def settings(given: dict[str, Any], device: str) -> Settings:
    """What all stages share."""
    from synth.training.fit import Settings

    return Settings(
        seed=given["seed"],
        sentence_share=given["sentence_share"],
        tokens_per_batch=given["tokens_per_batch"],
        clip=given["clip"],
        decay=given["decay"],
        heads=given["heads"],
        device=device,
    )


class Material:
    """The labelled sets under `data` (folders `claims/`, `transfer/`, ...), read when asked for."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._pairs: dict[tuple[str, str], tuple[Pair, ...]] = {}

    def pairs(self, name: str, split: str) -> tuple[Pair, ...]:
        """Pairs that may teach: of a set whose licence allows it, without those held back.

        Raises:
            InputError: the set is not one that shipped weights may learn from, or its files are not there.
        """
        if (name, split) not in self._pairs:
            if not KNOWN[name].ship:
                raise InputError(f"{name}: shipped weights may not learn from this set ({KNOWN[name].licence})")
            every = read(name, self._data / KNOWN[name].folder, split)
            self._pairs[name, split] = tuple(p for p in every if not held_back(f"{name}:{p.group}"))
        return self._pairs[name, split]

    def found(self, name: str, split: str) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
        """Per claim the documents that BM25 finds in the set's corpus and that are taken to be silent, best first."""
        folder = self._data / KNOWN[name].folder
        corpus = documents(folder / "corpus.jsonl")
        apart = self._apart(name, split)
        silent = unspoken(name, folder, self.pairs(name, split), _DISTRACTORS, apart)
        return {claim: [corpus[document] for document in some] for claim, some in silent.items()}

    def _apart(self, name: str, split: str) -> set[str]:
        """Documents of the set's other splits and of groups held back: no sentence of theirs is trained on."""
        folder = self._data / KNOWN[name].folder
        return {
            document(pair)
            for one in KNOWN[name].splits
            for pair in read(name, folder, one)
            if one != split or held_back(f"{name}:{pair.group}")
        }

    @cached_property
    def abstracts(self) -> list[tuple[str, tuple[str, ...]]]:
        """(title, sentences) whose sentences are edited: abstracts and descriptions of tables."""
        found: list[tuple[str, tuple[str, ...]]] = []
        for line in lines(self._data / "extraction/csabstruct/train.jsonl"):
            found.append(("", tuple(line["sentences"])))
        apart = self._apart("scifact", "train")
        for name, document in documents(self._data / KNOWN["scifact"].folder / "corpus.jsonl").items():
            if name not in apart and not held_back(f"scifact corpus:{name}"):
                found.append(document)
        described = json.loads((self._data / "tables/numericnlg/table_desc_train.json").read_text("utf-8"))
        found += [("", tuple(entry["sentences"])) for entry in described]
        return [one for one in found if len(one[1]) > 1]

    @cached_property
    def substitutes(self) -> Substitutes:
        """Words of the abstracts that may stand in for one another."""
        from safetensors.numpy import load_file

        from synth.models.export import weights
        from synth.training.network import tokenizer

        tensors = load_file(str(weights() / "model.safetensors"))
        (name,) = (name for name in tensors if name.endswith("word_embeddings.weight"))
        return learned(self.abstracts, tokenizer().get_vocab(), tensors[name])


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file. InputError where it cannot be read."""
    try:
        return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error


def documents(path: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """(title, sentences) by document id, in the order of the file. InputError where it cannot be read."""
    return {str(line["doc_id"]): (line["title"], tuple(line["abstract"])) for line in lines(path)}


def document(pair: Pair) -> str:
    """The id of the document that a pair of a set with a corpus is about."""
    return pair.id.rpartition(":")[2]


def unspoken(
    name: str, folder: Path, pairs: Sequence[Pair], most: int, apart: Collection[str] = ()
) -> dict[str, list[str]]:
    """Per claim the ids of documents that BM25 finds and that nobody cited for it: taken to say nothing of it.

    Documents of the claim's own group are left out: other parts of a cited article may well speak to the claim.
    """
    from synth.lexical import LexicalIndex

    corpus = documents(folder / "corpus.jsonl")
    names = list(corpus)
    index = LexicalIndex.build([(title, " ".join(sentences)) for title, sentences in corpus.values()])
    groups = {document(pair): pair.group for split in KNOWN[name].splits for pair in read(name, folder, split)}
    own: dict[str, set[str]] = {}
    cited: dict[str, set[str]] = {}
    for pair in pairs:
        own.setdefault(pair.claim, set()).add(pair.group)
        cited.setdefault(pair.claim, set()).add(document(pair))
    found: dict[str, list[str]] = {}
    for claim, of in own.items():
        hits = (names[i] for i, _ in index.query(claim, 4 * most + 20))
        left_out = cited[claim].union(apart)
        found[claim] = [hit for hit in hits if hit not in left_out and groups.get(hit) not in of][:most]
    return found


def stages(given: dict[str, Any], material: Material) -> list[Stage]:
    """The stages of the recipe; their examples are drawn when an epoch asks."""
    return [_stage(stage, material, given["seed"]) for stage in given["stage"]]


def _stage(given: dict[str, Any], material: Material, seed: int) -> Stage:
    from synth.training.fit import Stage

    found: dict[tuple[str, str], dict[str, list[tuple[str, tuple[str, ...]]]]] = {}

    def examples(epoch: int) -> Sequence[Example]:
        rng = random.Random(f"{seed}:{given['name']}:examples:{epoch}")  # noqa: S311  a reproducible draw
        made: list[Example] = []
        for one in given["set"]:
            pairs = [p for p in material.pairs(one["name"], one["split"]) if p.label in one.get("labels", LABELS)]
            for _ in range(one.get("repeat", 1)):
                made += drawn(list(windowed(pairs, rng, one.get("weight", 1.0))), one.get("most"), rng)
            if one.get("distractors"):
                key = (one["name"], one["split"])
                found.setdefault(key, material.found(*key))
                made += distracted(pairs, found[key], rng, each=one["distractors"])
        if given.get("strangers"):
            claims = [example.claim for example in made]
            made += strangers(claims, material.abstracts, rng, given["strangers"])
        if given.get("turned"):
            made += list(turned(made, rng, given["turned"], seed + epoch))
        if given.get("edits"):
            chosen = rng.sample(material.abstracts, min(given["edits"], len(material.abstracts)))
            made += edited(chosen, rng, seed + epoch)
        if given.get("substitutes"):
            made += list(substituted(made, material.substitutes.replaced, rng, given["substitutes"]))
        return made

    return Stage(given["name"], given["epochs"], given["rate"], given["warmup"], given["embeddings"], examples)
