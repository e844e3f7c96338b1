"""Cards with altered claims: how many an audit accepts, and how many unaltered ones it accepts.

python benchmarks/card_mutations.py CORPUS.jsonl [--papers 40] [--skip 0] [--seed 1] [--per-card 8]

Abstracts are drawn from a corpus (`id, title, abstract`). Of each some sentences become the claims of a card in the old
grammar that names the paper: as they stand, reworded, taken apart, or altered (number, sign, entity, direction,
negation, unit ...: `synth.edits`). Every card is written, read back and audited by the program's own path, with the
drawn abstracts as the papers at hand. A claim is accepted when its verdict is supported and no finding says that it
claims too much. Nothing is kept of the texts.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from synth import __version__, holdings
from synth.audit import audit, grammar
from synth.audit.stated import Audit
from synth.collect import Corpus
from synth.edits import changes, rewordings
from synth.edits.edit import ordered
from synth.formats import jsonl
from synth.library import Library
from synth.lists import parts
from synth.progress import Silent
from synth.records import Paper
from synth.sentencing import worth
from synth.text import sentences


class Made(NamedTuple):
    """A claim of a card: its text, how it came about, and whether its paper says it."""

    text: str
    kind: str
    true: bool


def main() -> None:
    """Print the shares by kind, with their intervals and the signature."""
    parser = argparse.ArgumentParser(description="Audit cards with altered claims.")
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--papers", type=int, default=40)
    parser.add_argument("--skip", type=int, default=0, help="leave out the first N drawn papers: another portion")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-card", type=int, default=8)
    parser.add_argument("--show", type=int, default=0, help="print N claims that went wrong")
    asked = parser.parse_args()
    held = [p for p in jsonl.papers(asked.corpus) if isinstance(p, Paper) and p.abstract and not p.notices]
    cards = []
    for paper in ordered(held, asked.seed):
        made = claims(paper, asked.seed, asked.per_card)
        if any(not c.true for c in made) and any(c.true for c in made):
            cards.append((paper, made))
        if len(cards) == asked.skip + asked.papers:
            break
    cards = cards[asked.skip :]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        audits = audited(cards, Path(folder))
    spent = time.perf_counter() - began
    told = [
        (claim, "overclaim" if i + 1 in over(one) else one.claims[i].verdict.label)
        for (_, made), one in zip(cards, audits, strict=True)
        for i, claim in enumerate(made)
    ]
    table(told)
    if asked.show:
        wrong = [(c, label) for c, label in told if (label == "supported") != c.true]
        for claim, label in wrong[: asked.show]:
            print(f"  {claim.kind}: {label}: {claim.text}")
    print(f"{len(cards)} cards, {len(told)} claims, {spent:.0f} s; synth {__version__}, {asked.corpus.name}, "
          f"seed {asked.seed}, papers {asked.skip + 1} to {asked.skip + len(cards)}")  # fmt: skip


def claims(paper: Paper, seed: int, most: int) -> list[Made]:
    """At most `most` claims of a card about the paper, altered and unaltered by turns, one of a kind at first."""
    text = paper.abstract or ""
    told = [" ".join(text[a:b].split()) for a, b in sentences(text)]
    kept = [s for s in told if worth(s, "", opening=False) is not None and len(s) < 400]
    true: list[Made] = [Made(s, "as it stands", True) for s in kept[-2:]]
    false: list[Made] = []
    for sentence in kept:
        true += [Made(e.text, f"reworded: {e.kind}", True) for e in rewordings(sentence, seed=seed)]
        true += [Made(p.text, "split", True) for p in parts(sentence)]
        false += [Made(e.text, f"altered: {e.kind}", False) for e in changes(sentence, seed=seed)]
    half = most // 2
    return [*_spread(true, half, paper.id, seed), *_spread(false, half, paper.id, seed)]


def _spread(made: Sequence[Made], most: int, name: str, seed: int) -> list[Made]:
    """At most `most`, drawn by the seed, a second of a kind only when each kind has one."""
    drawn = [m for m in ordered(made, name, seed) if "\t" not in m.text]
    seen: Counter[str] = Counter()
    turns: list[tuple[int, int, Made]] = []
    for one in drawn:
        turns.append((seen[one.kind], len(turns), one))
        seen[one.kind] += 1
    return [one for _, _, one in sorted(turns)[:most]]


def audited(cards: Sequence[tuple[Paper, list[Made]]], folder: Path) -> list[Audit]:
    """Each card written, read and audited over all the drawn papers and nothing else."""
    papers = folder / "papers.jsonl"
    papers.write_text("".join(map(_line, (paper for paper, _ in cards))), encoding="utf-8")
    files = []
    for n, (paper, made) in enumerate(cards):
        files.append(folder / f"{n:04}.txt")
        files[-1].write_text(grammar.written(_card(paper, made)), encoding="utf-8")
    holdings.starter = lambda: Corpus("starter", (), lambda _: "", lambda _: None)  # type: ignore[arg-type,return-value]
    made_audits, _ = audit.audits(files, [papers], Library(folder / "home"), Silent())
    return made_audits


def over(one: Audit) -> set[int]:
    """Claims that a finding calls an overclaim."""
    return {index for finding in one.findings if finding.kind == "overclaim" for index in finding.claim_indexes}


def _line(paper: Paper) -> str:
    fields = {"id": paper.id, "title": paper.title, "abstract": paper.abstract, "year": paper.year}
    return json.dumps({**fields, "authors": list(paper.authors)}) + "\n"


def _card(paper: Paper, made: Sequence[Made]) -> grammar.GrammarCard:
    """A card on the paper in the old grammar, every claim marked as verified."""
    rows = tuple(grammar.Row(text=c.text, verified=True, confidence="0.25") for c in made)
    title = " ".join(paper.title.split())
    bare = grammar.GrammarCard(
        style="flat", title=title, maker="Benchmark", date="January 1, 2026", abstract=("None.",), base=title,
        question="What does this paper find?", searched=1, method_score="5.0", papers=1, claims=len(rows),
        verified=len(rows), score="5.0", limitations=("None.",), rows=rows, references=(), gaps=(),
    )  # fmt: skip
    return bare.model_copy(update={"gaps": ("\n\n", *["\n\n"] * 15, "\n")})


def table(told: Sequence[tuple[Made, str]]) -> None:
    """Two lines for all, then one for each kind."""
    for name, true, want in (("altered, not accepted", False, False), ("unaltered, accepted", True, True)):
        _row(name, [(label == "supported") == want for claim, label in told if claim.true == true])
    _row("altered, refuted", [label == "refuted" for claim, label in told if not claim.true])
    for kind in _kinds(told):
        _row(f"  {kind}", [(label == "supported") == c.true for c, label in told if c.kind == kind])


def _kinds(told: Sequence[tuple[Made, str]]) -> Iterator[str]:
    yield from sorted({claim.kind for claim, _ in told})


def interval(right: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share after Wilson (1927)."""
    z = 1.96
    middle, half = right / n + z * z / (2 * n), z * math.sqrt(right / n * (1 - right / n) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def _row(name: str, right: Sequence[bool]) -> None:
    if right:
        low, high = interval(sum(right), len(right))
        print(f"{name:<32} {sum(right) / len(right):.3f}  [{low:.3f}, {high:.3f}]  n = {len(right)}")


if __name__ == "__main__":
    main()
