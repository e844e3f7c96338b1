"""The arrow Claim -> Evidence candidates: the passages most likely to bear on each claim, as windows of papers.

A window is what a stance model reads at once: a few sentences of one paper in their order, about 160 word pieces.
Into it go the sentences that hold most of the claim's words, words that are rare in the paper counting more, and in
an abstract rather the later ones, where findings stand. On the training claims of SciFact (564 abstracts with a
rationale) this puts a whole rationale into the window of 94% of them; cosines alone do so for 88%, cosines added to
words and place for 93%. So the sentences of an abstract are chosen first and embedded then. In longer texts words
alone find less: the best dozen of their sentences are embedded before two windows are made of them.

What is read of a paper depends on the claim and on this paper only, so another paper changes nothing about it. The
sentence that a claim was taken from is a window of its own and stands in no other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from synth.records import Bearing, Claim, Passage, Window

if TYPE_CHECKING:
    import numpy as np

    from synth.models.embedding import Embedder
    from synth.records import ReadPaper
    from synth.search import LexicalIndex, Vectors

__all__ = ["Pool", "each", "meanings", "pool", "windows"]

_TOKENS = 160  # word pieces of a window; with claim and title it stays below the 256 of the model
_PIECES = 1.35  # word pieces a word of scientific English
_PAPERS = 12  # papers that are read for a claim
_HITS = 40  # passages that choose these papers where there are more
_SHORT = 20  # sentences of a paper up to which one window is read of it, else two
_EMBEDDED = 12  # sentences of a longer paper that are embedded
_SHARE_WEIGHT = 0.8  # of the share of words beside the cosine
_PLACE_WEIGHT = 0.1  # what the last sentence of an abstract gains over its first


@dataclass(frozen=True)
class Pool:
    """All passages that may serve as evidence, paper by paper, whatever the order in which they were given.

    `papers` holds the places of a paper version's passages in `passages`, `terms` the terms of each passage.
    """

    passages: tuple[Passage, ...]
    titles: Mapping[str, str]
    papers: Mapping[tuple[str, str], range]
    terms: tuple[frozenset[str], ...]

    @cached_property
    def lexical(self) -> LexicalIndex:
        """Of the passages; made when papers must be chosen, which of a few is never."""
        from synth.lexical import LexicalIndex

        return LexicalIndex.build([("", p.text) for p in self.passages])


def pool(papers: Sequence[ReadPaper], passages: Sequence[Passage]) -> Pool:
    """The passages of the papers that were read, in an order of their own."""
    from synth.lexical import terms

    ordered = sorted(passages, key=lambda p: (p.paper_id, p.version or "", p.start, p.end))
    places: dict[tuple[str, str], range] = {}
    for i, passage in enumerate(ordered):
        key = _key(passage)
        places[key] = range(places[key].start if key in places else i, i + 1)
    return Pool(
        passages=tuple(ordered),
        titles={p.paper.id: p.paper.title for p in papers},
        papers=places,
        terms=tuple(frozenset(terms(p.text)) for p in ordered),
    )


def windows(
    claims: Sequence[Claim],
    among: Pool,
    embedder: Embedder,
    vectors: Vectors | None = None,
    *,
    papers: int = _PAPERS,
    tokens: int = _TOKENS,
) -> list[tuple[Window, ...]]:
    """For each claim what to read: its own sentence, then windows of at most `papers` papers, the nearest first.

    A window holds at most `tokens` word pieces by estimate, and one sentence at least. The `similarity` of a bearing
    is the cosine of claim and sentence (-1 to 1); no window has `scores` yet.
    """
    return each([(claim, among) for claim in claims], embedder, vectors, papers=papers, tokens=tokens)


def each(
    claims: Sequence[tuple[Claim, Pool]],
    embedder: Embedder,
    vectors: Vectors | None = None,
    *,
    papers: int = _PAPERS,
    tokens: int = _TOKENS,
) -> list[tuple[Window, ...]]:
    """`windows` for claims that are held against papers of their own."""
    if not any(among.passages for _, among in claims):
        return [()] * len(claims)
    from synth.search import embed

    statements = embed([claim.statement for claim, _ in claims], embedder, vectors)  # [len(claims), d]
    near = _Near(embedder, vectors)
    asked = [_asked(claim, vector, among) for (claim, among), vector in zip(claims, statements, strict=True)]
    hits = [_hits(one, papers) for one in asked]
    near.add(one.text(i) for one, found in zip(asked, hits, strict=True) for i in found)
    read = [_read(one, found, near, papers, tokens) for one, found in zip(asked, hits, strict=True)]
    # All that any claim wants is embedded at once: this is where the time goes.
    wanted = [[*one.own, *(i for r in found for i in r.places)] for one, found in zip(asked, read, strict=True)]
    near.add(one.text(i) for one, places in zip(asked, wanted, strict=True) for i in places)
    return [_windows(one, found, near, tokens) for one, found in zip(asked, read, strict=True)]


class _Asked(NamedTuple):
    """A claim as it is looked for: its terms, its vector [d], what it is held against, and the places of the
    sentences it was taken from."""

    claim: Claim
    terms: frozenset[str]
    vector: np.ndarray
    among: Pool
    own: tuple[int, ...]

    def text(self, place: int) -> str:
        """Of a passage."""
        return self.among.passages[place].text


class _Near:
    """Passages as vectors, embedded when they are first wanted."""

    def __init__(self, embedder: Embedder, vectors: Vectors | None) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self._known: dict[str, np.ndarray] = {}

    def add(self, texts: Iterable[str]) -> None:
        """Embed these passages."""
        from synth.search import embed

        new = sorted(set(texts) - self._known.keys())
        if new:
            self._known |= dict(zip(new, embed(new, self._embedder, self._vectors), strict=True))

    def cosine(self, asked: _Asked, place: int) -> float:
        """Of the claim and a passage that was added."""
        return float(self._known[asked.text(place)] @ asked.vector)


def _asked(claim: Claim, vector: np.ndarray, among: Pool) -> _Asked:
    from synth.lexical import terms

    version = claim.source.version or ""
    own = among.papers.get((claim.source.paper_id, version), range(0))
    source = claim.source
    same = (i for i in own if among.passages[i].start < source.end and source.start < among.passages[i].end)
    return _Asked(claim, frozenset(terms(claim.statement)), vector, among, tuple(same))


# --- which papers, and which of their sentences ------------------------------------------------------------


class _Read(NamedTuple):
    """What is read of a paper: sentences by place, with the share of the claim's words that each holds.

    Of a short paper they are the window, of a longer one (`divided`) the candidates for two.
    """

    places: tuple[int, ...]
    shares: Mapping[int, float]
    divided: bool


def _hits(asked: _Asked, papers: int) -> list[int]:
    """The passages that choose the papers; none where all papers are read."""
    among = asked.among
    if len(among.papers) <= papers:
        return []
    return [i for i, _ in among.lexical.query(asked.claim.statement, _HITS) if i not in asked.own]


def _read(asked: _Asked, hits: Sequence[int], near: _Near, papers: int, tokens: int) -> list[_Read]:
    """The papers to read; of more than `papers`, those with the nearest passages among `hits`."""
    among = asked.among
    if len(among.papers) <= papers:
        return [read for places in among.papers.values() if (read := _sentences(asked, places, tokens)).places]
    shares: dict[tuple[str, str], Mapping[int, float]] = {}
    best: dict[tuple[str, str], float] = {}
    for i in hits:
        key = _key(among.passages[i])
        if key not in shares:
            shares[key] = _shares(asked, among.papers[key])
        best[key] = max(_score(asked, i, shares[key], near), best.get(key, 0.0))
    chosen = sorted(best, key=lambda key: (-best[key], key))[:papers]
    return [_sentences(asked, among.papers[key], tokens) for key in chosen]


def _sentences(asked: _Asked, paper: range, tokens: int) -> _Read:
    """The sentences of a paper that stand, or may stand, in a window."""
    shares = _shares(asked, paper)
    if len(paper) <= _SHORT:
        return _Read(_fitting(shares, asked.among, tokens), shares, divided=False)
    held = [i for i in shares if shares[i] > 0]
    return _Read(tuple(sorted(held, key=lambda i: (-shares[i], i))[:_EMBEDDED]), shares, divided=True)


def _score(asked: _Asked, place: int, shares: Mapping[int, float], near: _Near) -> float:
    return round(near.cosine(asked, place) + _SHARE_WEIGHT * shares[place], 6)


def _shares(asked: _Asked, paper: range) -> dict[int, float]:
    """How much of the claim's words each sentence of a paper holds, and in an abstract how late it stands.

    A word that stands in few sentences of the paper weighs more, as in BM25. The claim's own sentence is left out.
    """
    among = asked.among
    places = [i for i in paper if i not in asked.own]
    found = {i: sorted(asked.terms & among.terms[i]) for i in places}
    counts = Counter(term for held in found.values() for term in held)
    size = len(places)
    weights = {term: math.log1p((size - counts[term] + 0.5) / (counts[term] + 0.5)) for term in sorted(asked.terms)}
    total = sum(weights.values()) or 1.0
    step = _PLACE_WEIGHT / size if places and among.passages[places[0]].tier == "abstract" else 0.0
    return {i: round(sum(weights[term] for term in found[i]) / total + step * n, 6) for n, i in enumerate(places)}


def _fitting(scores: Mapping[int, float], among: Pool, tokens: int) -> tuple[int, ...]:
    """The best sentences that fit together, in the order of the paper; the best one however long it is."""
    chosen: list[int] = []
    room = float(tokens)
    for i in sorted(scores, key=lambda i: (-scores[i], i)):
        size = _PIECES * len(among.passages[i].text.split())
        if not chosen or size <= room:
            chosen.append(i)
            room -= size
    return tuple(sorted(chosen))


def _key(passage: Passage) -> tuple[str, str]:
    return passage.paper_id, passage.version or ""


# --- windows ----------------------------------------------------------------------------------------------


def _windows(asked: _Asked, read: Sequence[_Read], near: _Near, tokens: int) -> tuple[Window, ...]:
    """The claim's own sentences one by one, then the windows of the papers, the nearest first."""
    found: list[tuple[float, tuple[int, ...]]] = []
    for one in read:
        scores = {i: _score(asked, i, one.shares, near) for i in one.places}
        for _ in range(2 if one.divided else 1):
            if places := _fitting(scores, asked.among, tokens):
                found.append((max(scores.pop(i) for i in places), places))
    found.sort(key=lambda one: (-one[0], one[1]))
    return tuple(_window(asked, places, near) for places in (*((i,) for i in asked.own), *(p for _, p in found)))


def _window(asked: _Asked, places: Sequence[int], near: _Near) -> Window:
    among = asked.among
    title = among.titles.get(among.passages[places[0]].paper_id, "")
    return Window(title=title, bearings=tuple(_bearing(asked, i, title, near) for i in places), scores=None)


def _bearing(asked: _Asked, i: int, title: str, near: _Near) -> Bearing:
    among = asked.among
    passage = among.passages[i]
    before = among.passages[i - 1] if i > among.papers[_key(passage)].start else None
    return Bearing(
        passage=passage,
        context=f"{title}\n{before.text if before is not None else ''}",
        similarity=near.cosine(asked, i),
        independent=passage.paper_id != asked.claim.source.paper_id,
        same=i in asked.own,
    )


def meanings(claims: Sequence[Claim], embedder: Embedder, vectors: Vectors | None = None) -> np.ndarray:
    """Unit vectors [n, d] of the claims' statements, in their order."""
    from synth.search import embed

    return embed([claim.statement for claim in claims], embedder, vectors)
