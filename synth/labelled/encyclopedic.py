"""Sets over Wikipedia and the web, and claims of the press.

Fool Me Twice (Eisenschlos et al. 2021), FEVER Symmetric (Schuster et al. 2019), WiCE (Kamoi et al. 2023), MSVEC
(Evans et al. 2023), Missci (Glockner et al. 2024).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from synth.labelled.files import Line, in_csv, in_lines
from synth.labelled.pairs import Pair, cut, draw, plain

__all__ = ["fever_symmetric", "fool_me_twice", "missci", "msvec", "wice"]

_DISTRACTORS = 3  # sentences of the same page that annotators did not name, laid between those they named
_TITLE = "(meta data) TITLE:"


def fool_me_twice(folder: Path, split: str) -> Iterator[Pair]:
    """Claims written to deceive, against the sentences that decide among up to three others of the same page.

    The order of the page is not given: the deciding sentences keep theirs, the places are drawn from the id.
    """
    for line in in_lines(folder / f"{split}.jsonl"):
        key = line.text("id")
        gold = _said(line, "gold_evidence")
        others = [said for said in _said(line, "retrieved_evidence") if not any(_same(said, one) for one in gold)]
        others = sorted(others, key=lambda said: draw(f"{key} {said}", 1 << 60))[:_DISTRACTORS]
        sentences = [(said, False) for said in others]
        at = sorted(draw(f"{key} place {number}", len(others) + 1) for number in range(len(gold)))
        for shift, (place, said) in enumerate(zip(at, gold, strict=True)):
            sentences.insert(place + shift, (said, True))
        yield Pair(
            id=f"fool_me_twice:{key}:{line.text('wikipedia_page')}",
            data="fool_me_twice",
            split=split,
            group=line.text("wikipedia_page"),
            claim=line.text("text"),
            title=line.text("wikipedia_page"),
            sentences=tuple(said for said, _ in sentences),
            label=line.label("label"),
            rationale=tuple(place for place, (_, named) in enumerate(sentences) if named),
        )


def _said(line: Line, field: str) -> list[str]:
    """The sentences of a list of evidence, each once, in its order."""
    said = [" ".join(part.either("text").split()) for part in line.records(field)]
    return list(dict.fromkeys(one for one in said if one))


def _same(one: str, other: str) -> bool:
    return one == other or one in other or other in one


def fever_symmetric(folder: Path, split: str) -> Iterator[Pair]:
    """Claims and evidence in twos, each evidence turning each claim round; spaced tokens become running text.

    Numbers made from an original claim end in seven digits of their own; the rest is the group, in all splits. Most
    of "generated" (version 0.1) returns in "dev" and "test" (version 0.2): take the one or the others.
    """
    for line in in_lines(folder / f"fever_symmetric_{split}.jsonl"):
        key = line.text("id")
        yield Pair(
            id=f"fever_symmetric:{key}:{line.number}",
            data="fever_symmetric",
            split=split,
            group=key[:-7] if len(key) > 7 else key,
            claim=plain(line.text("claim")),
            title="",
            sentences=(plain(line.text("evidence_sentence", "evidence")),),
            label=line.label("label"),
            rationale=(0,),
        )


def wice(folder: Path, split: str) -> Iterator[Pair]:
    """Sentences of Wikipedia against the whole page they cite.

    Only "supported" supports: partly supported is not supported, and so is neutral. The deciding sentences are those
    of every annotator; the title is the first line where it says so.
    """
    for line in in_lines(folder / "data" / "entailment_retrieval" / "claim" / f"{split}.jsonl"):
        meta = line.record("meta")
        sentences = tuple(" ".join(sentence.split()) for sentence in line.texts("evidence"))
        sets = line.fields.get("supporting_sentences")
        if not isinstance(sets, list) or not all(
            isinstance(part, list) and all(type(place) is int and 0 <= place < len(sentences) for place in part)
            for part in sets
        ):
            raise line.wrong("supporting_sentences", "is not a list of lists of sentence numbers")
        first = sentences[0] if sentences else ""
        yield Pair(
            id=f"wice:{meta.text('id')}:page",
            data="wice",
            split=split,
            group=meta.text("claim_title"),
            claim=line.text("claim"),
            title=first.removeprefix(_TITLE).strip() if first.startswith(_TITLE) else "",
            sentences=sentences,
            label=line.label("label"),
            rationale=tuple(sorted({place for part in sets for place in part})),
        )


def msvec(folder: Path, split: str) -> Iterator[Pair]:
    """Claims of science news, judged true or false by fact checkers, against the abstract of the paper behind them.

    A claim is judged, not the pair: an abstract may be silent on a claim that is called true. Text that was read in
    the wrong encoding on its way is mended.
    """
    for line in in_csv(folder / "claim_level_ground_truth.csv"):
        yield Pair(
            id=f"msvec:{line.text('id')}:abstract",
            data="msvec",
            split=split,
            group=_mended(line.text("published_paper_title")),
            claim=_mended(line.text("claim")),
            title=_mended(line.text("published_paper_title")),
            sentences=cut(_mended(line.text("published_paper_abstract"))),
            label=line.label("true/false"),
            rationale=None,
        )


_MISREAD = {
    wrong: right
    for right in "“”‘’–—…•éèüöäñçα±×≥≤°µ"
    for wrong in (right.encode().decode("cp1252", "replace"), right.encode().decode("latin-1"))
    if "\ufffd" not in wrong
} | {"â€\x9d": "”"}


def _mended(line: str) -> str:
    """Text whose UTF-8 was read as Windows-1252: whole where that can be undone, else character by character."""
    try:
        return " ".join(line.encode("cp1252").decode().split())
    except UnicodeError:
        for wrong, right in _MISREAD.items():
            line = line.replace(wrong, right)
        return " ".join(line.split())


def missci(folder: Path, split: str) -> Iterator[Pair]:
    """Over-claims against the accurate premise that each leans on: the claim does not follow, so all are neutral.

    The label is made from the design of the set, in which only fallacies lead from premise to claim; no annotator
    was asked for an entailment label.
    """
    for line in in_lines(folder / f"{split}.missci.jsonl"):
        argument = line.record("argument")
        yield Pair(
            id=f"missci:{line.text('id')}:premise",
            data="missci",
            split=split,
            group=line.record("meta").text("fc_article_id"),
            claim=argument.text("claim"),
            title="",
            sentences=cut(argument.record("accurate_premise_p0").text("premise")),
            label="neutral",
            rationale=(),
        )
