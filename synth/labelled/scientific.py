"""Sets in the SciFact shape: claims in one file name documents of another, with the sentences that decide.

SciFact (Wadden et al. 2020), Citation Integrity (Sarol et al. 2024), HealthVer (Sarrouti et al. 2021) and COVID-Fact
(Saakyan et al. 2021), the last two in the conversion made for MultiVerS (Wadden et al. 2022).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from synth.labelled.files import Line, in_lines
from synth.labelled.pairs import Pair, clusters
from synth.records import Stance

__all__ = ["citation_integrity", "covidfact", "healthver", "scifact", "uncited"]


class _Document(NamedTuple):
    title: str
    sentences: tuple[str, ...]


def scifact(folder: Path, split: str) -> Iterator[Pair]:
    """Expert-written claims against the abstracts they cite. Claims that share an abstract are one group."""
    return _pairs("scifact", folder, split, _linked(folder, ("train", "dev")))


def citation_integrity(folder: Path, split: str) -> Iterator[Pair]:
    """Citing sentences, freed of their reference marks, against sentences of the cited article.

    The documents of one cited article are numbered within one thousand, which is the group.
    """
    for pair in _pairs("citation_integrity", folder, split, None):
        document = pair.id.rsplit(":", 1)[1]
        yield pair.model_copy(
            update={"claim": uncited(pair.claim), "group": document[:-3] if len(document) > 3 else document}
        )


def healthver(folder: Path, split: str) -> Iterator[Pair]:
    """Claims on COVID-19 against research abstracts. A few abstracts serve all claims, so the claim is the group."""
    return _pairs("healthver", folder / "multivers_format", split, None)


def covidfact(folder: Path, split: str) -> Iterator[Pair]:
    """Claims on COVID-19, the refuted ones made by replacing a word, against the abstract; by abstract grouped."""
    inner = folder / "multivers_format"
    return _pairs("covidfact", inner, split, _linked(inner, ("train", "test")))


# --- the shape ----------------------------------------------------------------------------------------


def _pairs(name: str, folder: Path, split: str, groups: dict[str, str] | None) -> Iterator[Pair]:
    """One pair for each claim and each document it names."""
    corpus = {line.text("doc_id"): _document(line) for line in in_lines(folder / "corpus.jsonl")}
    for line in in_lines(folder / f"claims_{split}.jsonl"):
        evidence = line.record("evidence")
        for document in _named(line):
            if document not in corpus:
                raise line.wrong("doc_ids", f"names {document}, which {folder / 'corpus.jsonl'} does not hold")
            label, rationale = _judged(evidence, document)
            held = corpus[document]
            if rationale and rationale[-1] >= len(held.sentences):
                raise line.wrong("evidence", f"names sentence {rationale[-1]} of {document}, which ends before")
            key = line.text("id")
            yield Pair(
                id=f"{name}:{key}:{document}",
                data=name,
                split=split,
                group=f"claim {key}" if groups is None else groups[f"claim {key}"],
                claim=line.text("claim"),
                title=held.title,
                sentences=held.sentences,
                label=label,
                rationale=rationale,
            )


def _document(line: Line) -> _Document:
    return _Document(line.either("title"), tuple(" ".join(sentence.split()) for sentence in line.texts("abstract")))


def _named(line: Line) -> tuple[str, ...]:
    """The documents of a claim, each once, as text."""
    field = "cited_doc_ids" if "cited_doc_ids" in line.fields else "doc_ids"
    value = line.fields.get(field)
    if not isinstance(value, list) or not all(isinstance(item, str | int) for item in value):
        raise line.wrong(field, "is not a list of ids")
    return tuple(dict.fromkeys(str(item) for item in value))


def _judged(evidence: Line, document: str) -> tuple[Stance, tuple[int, ...]]:
    """The label of a document and all of its deciding sentences; neutral and none where it has no evidence."""
    if document not in evidence.fields:
        return "neutral", ()
    sets = evidence.records(document)
    labels = {part.label("label") for part in sets}
    if len(labels) != 1:
        raise evidence.wrong(document, "does not have one label")
    return labels.pop(), tuple(sorted({place for part in sets for place in part.numbers("sentences")}))


def _linked(folder: Path, splits: tuple[str, ...]) -> dict[str, str]:
    """The group of every claim over all splits that lie there: claims and documents that hang together.

    Over all splits, because a document of one split may be asked again in another.
    """
    links = [
        (f"claim {line.text('id')}", f"document {document}")
        for split in splits
        if (folder / f"claims_{split}.jsonl").is_file()
        for line in in_lines(folder / f"claims_{split}.jsonl")
        for document in _named(line) or ("none " + line.text("id"),)
    ]
    return clusters(links)


# --- reference marks ------------------------------------------------------------------------------------

_MARK = r"<\|\w+\|>"
_NAMES = r"(?:(?:de|van|von|der|la) )*[A-Z][\w'’\-]+(?: [A-Z]\.)*(?:(?: and | ?& )[A-Z][\w'’\-]+)?(?: et al\.?)?,?\s*"
_MARKED = re.compile(rf"\s*[\[(](?=[^\[\]()]*{_MARK})[^\[\]()]*[\])]")
_REFERENCE = re.compile(rf"(?:{_NAMES})?(?:{_MARK}|\b(?:19|20)\d\d[a-z]?\b)")
_AUTHORS = re.compile(rf"\b{_NAMES}")
_NOTHING = re.compile(
    r"(?:\s|[,;:–\-—▪.&]|\d{1,3}(?![\d%])|but see|and|et al|e\.g\.|i\.e\.|see|also|reviewed (?:in|by)|in)*"
)
_BARE = re.compile(rf"\s*{_MARK}(?:\s*[,–\-—]\s*(?:{_MARK}|\d{{1,3}}\b))*")
_NUMBERED = re.compile(r"\s*(?:\[\s*\d{1,3}(?:\s*[,–\-—]\s*\d{1,3})*▪*\s*\]|\[\.+\]|\(\s{2,}\d{1,3}\s{2,}\))")
_TIDY = (
    (re.compile(r"\s+([.,;:])"), r"\1"),
    (re.compile(r"([,;])(?:\s*[,;])+"), r"\1"),
    (re.compile(r"[,;]\s*([.)\]])|(?<=\bal\.)(\.)"), r"\1"),
    (re.compile(r"([(\[])[\s,;.]+"), r"\1"),
)


def uncited(claim: str) -> str:
    """A citing sentence without its reference marks, so that it reads as a sentence.

    Marks are `<|cit|>`, `<|multi_cit|>`, `<|other_cit|>` and plain "[12, 13]", with the brackets and author names
    around them. Brackets that say more than a reference keep what they say.

    >>> uncited("Rain helps [<|cit|>,<|other_cit|>] and snow (Lee et al., <|multi_cit|>) does not<|cit|>–36 .")
    'Rain helps and snow does not.'
    """
    claim = _MARKED.sub(_bracket, claim)
    for pattern in (_BARE, _NUMBERED):
        claim = pattern.sub("", claim)
    for pattern, instead in _TIDY:
        claim = pattern.sub(instead, claim)
    return " ".join(claim.split()).lstrip(",;. ")


def _bracket(match: re.Match[str]) -> str:
    """What a bracket with a mark leaves behind: nothing where it held only marks, numbers, years and authors."""
    inside = match.group().strip()
    rest = _REFERENCE.sub("", inside[1:-1])
    if _NOTHING.fullmatch(_AUTHORS.sub("", rest)):
        return ""
    return f" {inside[0]}{rest.strip(' ,;')}{inside[-1]}"
