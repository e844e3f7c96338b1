"""General entailment, and sets that change one thing: a word, a conjunction, a negation. The premise is the passage.

SNLI (Bowman et al. 2015), its counterfactual revision (Kaushik et al. 2020), MultiNLI (Williams et al. 2018),
Breaking NLI (Glockner et al. 2018), HELP (Yanaka et al. 2019), MoNLI (Geiger et al. 2020), negated RTE, SNLI and MNLI
(Hossain et al. 2020).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from synth.labelled.files import Line, in_lines, in_object, in_tsv
from synth.labelled.pairs import Pair, clusters, plain

__all__ = ["breaking_nli", "help_pairs", "mnli", "monli", "negation", "negation_rte", "snli"]

Named = tuple[str, Line]
_SENTENCES = ("sentence1", "sentence2", "gold_label")
_PLAIN = ("text_a", "text_b", "label")


def snli(folder: Path, split: str) -> Iterator[Pair]:
    """Captions and sentences about them. "dev" and "test" are whole, "train" is a sample.

    `revised_*` are pairs of which people changed one side so that the label changes; the versions of a pair are one
    group through the side they share.
    """
    if split == "train":
        return _pairs("snli", split, in_object(folder / "glue_pretrain.train.json.gz"), _PLAIN, _premises(_PLAIN))
    if split.startswith("revised_"):
        path = folder / f"cad.NLI.all_combined.{split.removeprefix('revised_')}.tsv.gz"
        return _pairs("snli", split, _numbered(in_tsv(path)), _SENTENCES, _shared)
    path = folder / f"snli_1.0_{split}.from_langpro.tsv.gz"
    return _pairs("snli", split, _numbered(in_tsv(path)), _SENTENCES, _premises(_SENTENCES))


def mnli(folder: Path, split: str) -> Iterator[Pair]:
    """Premises of ten genres, a sample of the training part: "train" and "dev"."""
    return _pairs("mnli", split, in_object(folder / f"glue_pretrain.{split}.json.gz"), _PLAIN, _premises(_PLAIN))


def breaking_nli(folder: Path, split: str) -> Iterator[Pair]:
    """Premises of SNLI and the same sentence with one word replaced."""
    read = ((line.text("pairID"), line) for line in in_lines(folder / "breaking_nli.jsonl"))
    return _pairs("breaking_nli", split, read, _SENTENCES, _premises(_SENTENCES))


def help_pairs(folder: Path, split: str) -> Iterator[Pair]:
    """Sentences with a conjunct dropped or added ("and"), with a disjunct dropped or added ("or")."""
    names = ("ori_sentence", "new_sentence", "gold_label")
    read = (
        (f"{word}/{line.number}", line)
        for word in ("and", "or")
        for line in in_tsv(folder / f"help_leskexppmb_{word}.tsv")
    )
    return _pairs("help", split, read, names, lambda named: [line.text("filename") for _, line in named])


def monli(folder: Path, split: str) -> Iterator[Pair]:
    """One word made wider or narrower, plain ("positive") or under a negation ("negative")."""
    name = {"positive": "monli_pmonli", "negative": "monli_nmonli_train"}[split]
    return _pairs("monli", split, _numbered(in_lines(folder / f"{name}.jsonl")), _SENTENCES, _shared)


def negation(folder: Path, split: str) -> Iterator[Pair]:
    """Pairs of MNLI and SNLI with a negation added to premise, hypothesis or both: three rows a pair."""
    return _negated("negation", folder, split)


def negation_rte(folder: Path, split: str) -> Iterator[Pair]:
    """Pairs of RTE with a negation added. The set says entailment or not: what is not entailed is read as neutral."""
    return _negated("negation_rte", folder, split)


def _negated(name: str, folder: Path, split: str) -> Iterator[Pair]:
    read = ((line.text("index"), line) for line in in_tsv(folder / f"negation_{split.upper()}.txt", "cp1252"))
    fields = ("Text", "Hypothesis", "gold_label")
    return _pairs(name, split, read, fields, lambda named: [str(place // 3) for place in range(len(named))])


# --- the shape ----------------------------------------------------------------------------------------


def _pairs(
    name: str,
    split: str,
    read: Iterable[Named],
    fields: tuple[str, str, str],
    grouped: Callable[[list[Named]], list[str]],
) -> Iterator[Pair]:
    """One pair a record; `fields` are premise, hypothesis, label. A label decides with the whole of its premise."""
    premise, hypothesis, label = fields
    named = list(read)
    for (key, line), group in zip(named, grouped(named), strict=True):
        stance = line.label(label)
        yield Pair(
            id=f"{name}:{key}:premise",
            data=name,
            split=split,
            group=group,
            claim=plain(line.text(hypothesis)),
            title="",
            sentences=(plain(line.text(premise)),),
            label=stance,
            rationale=() if stance == "neutral" else (0,),
        )


def _numbered(read: Iterable[Line]) -> Iterator[Named]:
    return ((str(line.number), line) for line in read)


def _premises(fields: tuple[str, str, str]) -> Callable[[list[Named]], list[str]]:
    """Pairs of one premise are one group."""
    return lambda named: [plain(line.text(fields[0])) for _, line in named]


def _shared(named: list[Named]) -> list[str]:
    """Pairs that share premise or hypothesis, or either as the other's, are one group."""
    ends = [(plain(line.text("sentence1")), plain(line.text("sentence2"))) for _, line in named]
    group = clusters(ends)
    return [group[premise] for premise, _ in ends]
