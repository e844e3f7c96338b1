"""Laying down a whole family: unlabelled text, nine intermediate tasks, nine targets, each in its original format.

Names of folders and files are those of the originals, so that one reader serves both. Where an original name holds
the code of English (`ab-en.dev.en`, `tatoeba.ab-eng.eng`), that place is taken by the base language and keeps its
spelling.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from replicate.family import choices, pairs, parallel, spans, tags
from replicate.family.draw import Draw
from replicate.family.facts import describe
from replicate.family.files import put, put_csv, put_json, put_jsonl, put_rows, put_tag_lines, put_tagged
from replicate.family.languages import BASE, CODES
from replicate.family.meanings import Pool
from replicate.family.sizes import MICRO, Sizes
from replicate.family.text import passages
from replicate.family.world import World, build

__all__ = ["write"]

_MNLI = ("index", "promptID", "pairID", "genre", "sentence1_binary_parse", "sentence2_binary_parse",
         "sentence1_parse", "sentence2_parse", "sentence1", "sentence2", "label1", "gold_label")  # fmt: skip
_QQP = ("id", "qid1", "qid2", "question1", "question2", "is_duplicate")
_SPLITS: tuple[Pool, ...] = ("dev", "test")
_LEARN: tuple[Pool, ...] = ("train", "dev")


def _count(sizes: Sizes, pool: Pool) -> int:
    return {"text": sizes.text, "train": sizes.train, "dev": sizes.dev, "test": sizes.test}[pool]


def _codes(pool: Pool) -> tuple[str, ...]:
    """Training data are in the base language alone, all others in every language."""
    return CODES[:1] if pool == "train" else CODES


def _text(out: Path, world: World, sizes: Sizes, seed: int) -> None:
    for code in CODES:
        put_rows(out / "text" / f"{code}.txt", ([line] for line in passages(world, code, seed, sizes.text)))


def _entailment(
    world: World, key: str, pool: Pool, seed: int, n: int, *, longer: bool = False
) -> list[tuple[str, ...]]:
    """(premise, hypothesis, label name) in the base language."""
    drawn = pairs.entailment_pairs(world, pool, Draw(key, seed, pool), n, longer=longer)
    return [(*pairs.render_pair(p, BASE.code, seed), pairs.LABELS[p.label]) for p in drawn]


def _nli(out: Path, world: World, sizes: Sizes, seed: int) -> None:
    """MNLI as GLUE's TSV, SNLI as its JSON lines, ANLI as its three rounds of JSON lines."""
    named: tuple[tuple[str, str, Pool, int], ...] = (
        ("mnli", "train", "train", sizes.train),
        ("mnli", "dev_matched", "dev", sizes.dev),
        ("mnli_mismatched", "dev_mismatched", "dev", sizes.dev),
    )
    for key, name, pool, n in named:
        rows = [
            (i, i, f"{i}{label[0]}", "family", "", "", "", "", first, second, label, label)
            for i, (first, second, label) in enumerate(_entailment(world, key, pool, seed, n))
        ]
        put_rows(out / "mnli" / f"{name}.tsv", [_MNLI, *rows])
    for pool in _LEARN:
        n = _count(sizes, pool)
        rows_ = _entailment(world, "snli", pool, seed, n)
        put_jsonl(
            out / "snli" / f"snli_1.0_{pool}.jsonl",
            ({"pairID": f"{pool}{i}", "sentence1": a, "sentence2": b, "gold_label": c}
             for i, (a, b, c) in enumerate(rows_)),
        )  # fmt: skip
        for part in (1, 2, 3):
            rows_ = _entailment(world, f"anli_r{part}", pool, seed, -(-n // 3), longer=True)
            put_jsonl(
                out / "anli" / f"R{part}" / f"{pool}.jsonl",
                ({"uid": f"r{part}-{pool}{i}", "context": a, "hypothesis": b, "label": c[0], "reason": ""}
                 for i, (a, b, c) in enumerate(rows_)),
            )  # fmt: skip


def _paraphrase(out: Path, world: World, sizes: Sizes, seed: int) -> None:
    """QQP as GLUE's TSV (questions), PAWS-X as the benchmark's TSV (statements)."""
    for pool in _LEARN:
        drawn = pairs.paraphrase_pairs(world, pool, Draw("qqp", seed, pool), _count(sizes, pool), questions=True)
        rows = [(i, 2 * i, 2 * i + 1, *pairs.render_pair(p, BASE.code, seed), p.label) for i, p in enumerate(drawn)]
        put_rows(out / "qqp" / f"{pool}.tsv", [_QQP, *rows])
    for pool in (*_LEARN, *_SPLITS[1:]):
        drawn = pairs.paraphrase_pairs(world, pool, Draw("pawsx", seed, pool), _count(sizes, pool), questions=False)
        for code in _codes(pool):
            rendered = ((*pairs.render_pair(p, code, seed), p.label) for p in drawn)
            put_rows(out / "pawsx" / f"{pool}-{code}.tsv", rendered, end="\r\n")


def _xnli(out: Path, world: World, sizes: Sizes, seed: int) -> None:
    for pool in _SPLITS:
        drawn = pairs.entailment_pairs(world, pool, Draw("xnli", seed, pool), _count(sizes, pool), longer=False)
        for code in CODES:
            rendered = ((*pairs.render_pair(p, code, seed), pairs.LABELS[p.label]) for p in drawn)
            put_rows(out / "xnli" / f"{pool}-{code}.tsv", rendered, end="\r\n")


def _squad(out: Path, world: World, sizes: Sizes, seed: int) -> None:
    for name, version, none in (("squad_v1", "v1.1", 0.0), ("squad_v2", "v2.0", 0.35)):
        for pool in _LEARN:
            draw, n = Draw(name, seed, pool), _count(sizes, pool)
            items = spans.questions(world, pool, draw, n, prefix=f"{name}-{pool}-", unanswerable=none)
            put_json(out / name / f"{pool}-{version}.json", spans.squad(items, BASE.code, seed, version))


def _answers(out: Path, world: World, sizes: Sizes, seed: int) -> None:
    """XQuAD and MLQA ask the same in every language; TyDiQA asks in each language of other events."""
    items = spans.questions(world, "test", Draw("xquad", seed), sizes.test, prefix="xquad-")
    for code in CODES:
        put_json(out / "xquad" / f"xquad.{code}.json", spans.squad(items, code, seed, "1.1"))
    for pool in _SPLITS:
        items = spans.questions(world, pool, Draw("mlqa", seed, pool), _count(sizes, pool), prefix=f"mlqa-{pool}-")
        for code in CODES:
            name = f"{pool}-context-{code}-question-{code}.json"
            put_json(out / "mlqa" / "MLQA_V1" / pool / name, spans.squad(items, code, seed, "1.0"))
    folder = out / "tydiqa"
    splits: tuple[tuple[str, Pool, int], ...] = (("train", "train", sizes.tydiqa_train), ("dev", "test", sizes.test))
    for split, pool, n in splits:
        for code in _codes(pool):
            draw = Draw("tydiqa", seed, pool, code)
            items = spans.questions(world, pool, draw, n, prefix=f"{code}-{split}-")
            path = folder / f"tydiqa-goldp-v1.1-{split}" / f"tydiqa.goldp.{code}.{split}.json"
            put_json(path, spans.squad(items, code, seed, "TyDiQA-GoldP-1.1"))


def _choices(out: Path, world: World, sizes: Sizes, seed: int) -> None:
    names: tuple[tuple[Pool, str, str], ...] = (("train", "train", "train"), ("dev", "val", "valid"))
    for pool, hellaswag, cosmosqa in names:
        n = _count(sizes, pool)
        put_jsonl(out / "hellaswag" / f"hellaswag_{hellaswag}.jsonl", choices.endings(world, pool, seed, n))
        put_csv(out / "cosmosqa" / f"{cosmosqa}.csv", choices.reasons(world, pool, seed, n))
        put_jsonl(out / "commonsenseqa" / f"{pool}_rand_split.jsonl", choices.commonsense(world, pool, seed, n))


def _tags(out: Path, world: World, sizes: Sizes, seed: int) -> None:
    for pool in _LEARN:
        items = tags.sentence_meanings(world, pool, Draw("ccg", seed, pool), _count(sizes, pool))
        put_tag_lines(out / "ccg" / f"{pool}.tsv", (tags.words_of(i, BASE.code, seed) for i in items))
    for pool in (*_LEARN, *_SPLITS[1:]):
        n = _count(sizes, pool)
        spoken = tags.sentence_meanings(world, pool, Draw("udpos", seed, pool), n)
        named = tags.entity_meanings(world, pool, Draw("panx", seed, pool), n)
        for code in _codes(pool):
            put_tagged(out / "udpos" / f"{pool}-{code}.tsv", (tags.words_of(i, code, seed) for i in spoken), "pos")
            put_tagged(out / "panx" / f"{pool}-{code}.tsv", (tags.words_of(i, code, seed) for i in named), "entity")


def _retrieval(out: Path, world: World, sizes: Sizes, seed: int) -> None:
    for code in CODES[1:]:
        lines = parallel.aligned(world, code, seed, sizes.tatoeba)
        put_rows(out / "tatoeba" / f"tatoeba.{code}-eng.{code}", ([a] for a, _ in lines))
        put_rows(out / "tatoeba" / f"tatoeba.{code}-eng.eng", ([b] for _, b in lines))
        for pool in _SPLITS:
            mined = parallel.mining(world, code, seed, pool, sizes.bucc_gold, sizes.bucc_distractors)
            stem = out / "bucc2018" / f"{code}-en.{pool}"
            for side, rows in ((code, mined.source), ("en", mined.target), ("gold", mined.gold)):
                put_rows(stem.with_name(f"{stem.name}.{side}"), rows)


_STEPS: tuple[Callable[[Path, World, Sizes, int], None], ...] = (
    _text, _nli, _paraphrase, _xnli, _squad, _answers, _choices, _tags, _retrieval
)  # fmt: skip


def write(out: Path, sizes: Sizes = MICRO, seed: int = 0) -> Path:
    """Lay down the family of a seed in `out` and return it: the same seed and sizes give the same bytes.

    Unlabelled text is in `text/<language>.txt`, one passage a line; `family.json` holds `describe(sizes, seed)`.
    """
    world = build(seed)
    for step in _STEPS:
        step(out, world, sizes, seed)
    put_json(out / "family.json", describe(sizes, seed))
    put(out / "SOURCE.md", "Made by replicate.family: a made-up language family. No text here was written by people.\n")
    return out
