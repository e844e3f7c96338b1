"""Whether compound sentences are taken apart right, and whether claims keep to the sentence they come from.

    python benchmarks/claim_parts.py ../shared/data/corpus/acl_anthology/abstracts.jsonl.gz [--papers 500] [--seed 1]

Two measures on the abstracts of a corpus (`id, title, abstract`):
  split    200 sentences with several numbers whose parts are known, because they are made by rule from a sentence of an
           abstract with one result of one named thing ("... by 3.1 points on XNLI ..."): a second result, or a second
           and third, of other abstracts are put beside the first, in the two shapes of the genre ("3.1 points on XNLI
           and 2.0 on MLQA"; "3.1 and 2.0 points on XNLI and MLQA, respectively"). Right is a sentence of which exactly
           the expected parts are given, word for word. A fifth of them are sentences as they stand whose numbers are
           the two ends of one change ("from 80.1 to 82.3"): right is to leave them whole.
  kept     claims of drawn abstracts: the quote stands in the abstract verbatim; and of the parts of compound claims,
           every number and name is in the sentence, and the words are the sentence's in its order, but for a unit or a
           verb's ending said once for several.
  entailed the atomic claims of the same abstracts (those that were not taken apart further) follow from their sentence
           as far as rules can tell: every number and every content word is in it, or was put there by a rewriting with
           a name (the authors for "we" and "our", the named thing for an opening "It", one for several in a verb or a
           noun), and no word that denies or doubts was lost. By rule, not by reading: a word that is kept but turned
           into another's business passes.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from synth import __version__, extract
from synth.edits.edit import ordered
from synth.formats import jsonl
from synth.library import file_hash
from synth.lists import parts
from synth.quantities import mentions
from synth.records import Claim, Paper, ReadPaper, Section
from synth.statements import paper_name
from synth.text import contains_quote, sentences, stem, words

NAME = r"[A-Z][\w-]*[A-Z0-9][\w-]*"
UNIT = r"%(?:\s(?:accuracy|F1|points))?|\s(?:points|BLEU|F1|accuracy)"
RESULT = re.compile(
    rf"(?P<number>\d+(?:\.\d+)?)(?P<unit>{UNIT})\s(?P<prep>on|for|in)\s(?P<name>{NAME})(?=[.,]|\s[a-z])"
)
CHANGE = re.compile(r"\bfrom \d[\d.]*(?:%|\s\w+)? to \d[\d.]*")
ALONE = re.compile(r"respectively|compared|versus|\bvs\b|\bfrom\b|\bthan\b|between", re.I)
SHAPES = ("pair", "three pairs", "two lists", "three and three", "one change")


class Asked(NamedTuple):
    """A sentence, how it was made, and the parts it has; none where it is to stay whole."""

    shape: str
    text: str
    expected: tuple[str, ...]


def main() -> None:
    """Print the figures with their signature."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--papers", type=int, default=500, help="abstracts of which claims are made")
    parser.add_argument("--skip", type=int, default=0, help="leave out the first N drawn papers: another portion")
    parser.add_argument("--sentences", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="print N sentences that went wrong")
    given = parser.parse_args()
    began = time.perf_counter()
    held = [p for p in jsonl.papers(given.corpus) if isinstance(p, Paper) and p.abstract and not p.notices]
    drawn = ordered(held, given.seed)[given.skip :]
    asked = made(drawn, given.sentences, given.seed)
    right = {one: is_right(one) for one in asked}
    shown = [one for one in asked if not right[one]][: given.show]
    for one in shown:
        print(json.dumps({"shape": one.shape, "text": one.text, "got": [p.text for p in parts(one.text)]}))
    shapes = {s: [right[one] for one in asked if one.shape == s] for s in SHAPES}
    print(json.dumps({
        "split": {"right": sum(right.values()), "n": len(asked),
                  "by_shape": {s: f"{sum(told)} of {len(told)}" for s, told in shapes.items()}},
        "kept": kept(drawn[: given.papers], given.show),
        "entailed": entailed(drawn[: given.papers], given.show),
        "papers": len(drawn[: given.papers]), "seed": given.seed,
        "skip": given.skip, "data_sha256": file_hash(given.corpus), "version": __version__,
        "seconds": round(time.perf_counter() - began, 1),
        "command": " ".join(["python benchmarks/claim_parts.py", *sys.argv[1:]]),
    }, indent=1))  # fmt: skip


def made(papers: Sequence[Paper], most: int, seed: int) -> list[Asked]:
    """At most `most` sentences with several numbers, the same number of each shape as far as there are."""
    hosts, changes = [], []
    for paper in papers:
        text = paper.abstract or ""
        if not RESULT.search(text) and not CHANGE.search(text):
            continue
        for start, end in sentences(text):
            told = " ".join(text[start:end].split())
            results = [m for m in mentions(told) if m.unit in ("%", "points", "BLEU", "F1") or m.precision < 1]
            found = list(RESULT.finditer(told))
            if len(found) == len(results) == 1 and not ALONE.search(told) and not parts(told):
                hosts.append((told, found[0]))
            elif len(results) == 2 and len(CHANGE.findall(told)) == 1:
                changes.append(told)
        if len(hosts) >= 3 * most and len(changes) >= most:
            break
    chance = random.Random(seed)
    each = most // len(SHAPES)
    asked = [Asked("one change", text, ()) for text in changes[:each]]
    for shape in SHAPES[:-1]:
        joined = [one for host in hosts if (one := _joined(shape, *host, hosts, chance)) is not None]
        chance.shuffle(joined)
        asked += joined[:each]
    return asked


def _joined(
    shape: str, text: str, own: re.Match[str], hosts: Sequence[tuple[str, re.Match[str]]], chance: random.Random
) -> Asked | None:
    """The sentence with the results of others beside its own; None where no others fit."""
    many = 3 if shape in ("three pairs", "three and three") else 2
    fit = sorted({(m["number"], m["name"]) for _, m in hosts if m["unit"] == own["unit"] and m["name"] != own["name"]})
    fit = [one for one in fit if one[0] != own["number"]]
    if len(fit) < many - 1:
        return None
    rest = chance.sample(fit, many - 1)
    if len({n for n, _ in rest}) < len(rest) or len({name for _, name in rest}) < len(rest):
        return None
    pairs = [(own["number"], own["name"]), *rest]
    before, after, unit, prep = text[: own.start()], text[own.end() :], own["unit"], own["prep"]
    if shape in ("pair", "three pairs"):
        told = [f"{number}{unit} {prep} {name}" for number, name in pairs]
        whole = f"{before}{_list(told)}{after}"
    else:
        sign, unit = ("%", unit[1:]) if unit.startswith("%") else ("", unit)
        numbers = _list([f"{n}{sign}" for n, _ in pairs])
        named = _list([name for _, name in pairs])
        whole = f"{before}{numbers}{unit} {prep} {named}, respectively{after}"
    expected = tuple(f"{before}{number}{own['unit']} {prep} {name}{after}" for number, name in pairs)
    return Asked(shape, whole, expected)


def _list(told: Sequence[str]) -> str:
    return f"{told[0]} and {told[1]}" if len(told) == 2 else f"{', '.join(told[:-1])}, and {told[-1]}"


def is_right(one: Asked) -> bool:
    """Whether exactly the expected parts are given, word for word."""
    return [words(p.text) for p in parts(one.text)] == [words(text) for text in one.expected]


def kept(papers: Sequence[Paper], show: int) -> dict[str, int]:
    """How many claims have a verbatim quote, and how many parts keep to their sentence."""
    counts = {"claims": 0, "quote_verbatim": 0, "parts": 0, "parts_that_keep_to_their_sentence": 0}
    for paper, found in _claims(papers):
        whole = {c.id: c.statement for c in found}
        for claim in found:
            counts["claims"] += 1
            counts["quote_verbatim"] += contains_quote(paper.abstract or "", claim.quote)
            if claim.parent_id is not None:
                counts["parts"] += 1
                good = keeps(claim.statement, whole[claim.parent_id])
                counts["parts_that_keep_to_their_sentence"] += good
                if not good and show:
                    print(json.dumps({"part": claim.statement, "of": whole[claim.parent_id]}))
    return counts


def entailed(papers: Sequence[Paper], show: int) -> dict[str, object]:
    """How many atomic claims follow from their sentence by rule, the rewritings used, and why the others do not."""
    made: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    atoms = 0
    for paper, found in _claims(papers):
        compound = {c.parent_id for c in found}
        for claim in (c for c in found if c.id not in compound):
            atoms += 1
            before = (paper.abstract or "")[: claim.source.start]
            rewritings, fault = followed(claim.statement, claim.quote, paper, before)
            made.update(rewritings)
            if fault:
                faults[fault.split(":")[0]] += 1
                if sum(faults.values()) <= show:
                    print(json.dumps({"atomic": claim.statement, "of": claim.quote, "fault": fault}))
    good = atoms - sum(faults.values())
    return {"atomic_claims": atoms, "entailed": good, "share": round(good / max(1, atoms), 4),
            "rewritings": dict(sorted(made.items())), "faults": dict(sorted(faults.items()))}  # fmt: skip


def followed(statement: str, quote: str, paper: Paper, before: str) -> tuple[list[str], str]:
    """The rewritings that put words into `statement` that `quote` lacks; and what none explains ("" if nothing).

    `before` is the text of the paper up to the quote: an opening "It" may have been replaced by a name from there.
    """
    source = {stem(w) for w in words(quote)}
    told = {round(abs(m.value), 9) for m in mentions(quote)}
    name = paper_name(paper)
    own, rewritings = statement, []
    for phrase in (name.within, name.subject):
        either = (phrase[:1].upper() + phrase[1:], phrase[:1].lower() + phrase[1:])
        for spelled in (p for p in either if p in own):
            own, rewritings = own.replace(spelled, " "), [*rewritings, "paper or authors named"]
    for word in (w for w in words(own) if stem(w) not in source):
        root = stem(word)
        if root in _AUTHORS and (rewritings or _PERSON.search(quote)):
            rewritings.append("told of the authors")
        elif _PERSON.search(quote) and root in _THIRD:
            rewritings.append("third person")
        elif re.match(r"\W*(?:\w+,?\s)?It\b", quote) and root in {stem(w) for w in words(before)}:
            rewritings.append("It named")
        elif any({word, one} <= pair for pair in _AGREE for one in words(quote.lower())):
            rewritings.append("number of the verb")
        elif any(root[:4] == one[:4] and abs(len(root) - len(one)) <= 3 for one in source if len(root) > 3):
            rewritings.append("number of the verb or noun")
        elif not word[0].isdigit():
            return rewritings, f"word not in the sentence: {word}"
    invented = [m.text for m in mentions(own) if round(abs(m.value), 9) not in told]
    if invented:
        return rewritings, f"number not in the sentence: {invented[0]}"
    lost = {w.lower() for w in _TURNING.findall(quote)} - {w.lower() for w in _TURNING.findall(own)}
    return rewritings, f"lost: {sorted(lost)[0]}" if lost else ""


_AUTHORS = frozenset(map(stem, ("the", "author", "authors", "report", "reports", "of", "paper", "that")))
_THIRD = frozenset(map(stem, ("their", "themselves", "they", "them", "work", "study", "article")))
_PERSON = re.compile(
    r"\b(?:we|our|ours|us|ourselves|i|my|this (?:paper|work|study|article|thesis|report|survey|demo|research))\b", re.I
)
_AGREE = tuple(map(frozenset, (("is", "are"), ("was", "were"), ("has", "have"), ("does", "do"), ("a", "an"))))
_TURNING = re.compile(
    r"\b(?:not|no|never|neither|nor|cannot|without|hardly|barely|only|may|might|could|possibly|likely|seems?|unless|"
    r"fails?|failed)\b",
    re.I,
)


def _claims(papers: Sequence[Paper]) -> Iterator[tuple[Paper, tuple[Claim, ...]]]:
    """The claims of each paper's abstract, compounds before their parts."""
    for paper in papers:
        text = paper.abstract or ""
        section = Section(heading="Abstract", page=None, start=0, end=len(text))
        read = ReadPaper(paper=paper, tier="abstract", text=text, sections=(section,))
        yield paper, extract.claims(read, None, 50)


def keeps(part: str, whole: str) -> bool:
    """Whether the part's numbers and names are the whole's and its words come in the whole's order, but for a unit and
    a verb's ending that the whole says once."""
    ours, theirs = [stem(w) for w in words(part)], [stem(w) for w in words(whole)]
    if not {round(m.value, 9) for m in mentions(part)} <= {round(m.value, 9) for m in mentions(whole)}:
        return False
    if not set(ours) <= set(theirs):
        return False
    at, loose = 0, 0
    for word in ours:
        try:
            at = theirs.index(word, at) + 1
        except ValueError:
            loose += 1
    return loose <= 1


if __name__ == "__main__":
    main()
