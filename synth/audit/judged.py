"""The claims of a report against papers: those that it names, other versions of them, and all others at hand.

A claim is judged three times. What the report names (in the version it cites) decides first; other papers at hand add
what they say; other versions of the named works show what a version changed. A cut claim is judged as far as it is
whole, a compound one also piece by piece: it is supported only if every piece is, and refuted if one is.

A paper is the claim's own when the report says that it examines it or the claim points at it; where neither is known
or at hand, when the claim stands in it nearly word for word. Its word shows whether the report quotes it truly; it
confirms nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from synth import judging, verifying
from synth.audit import wording
from synth.audit.combined import together
from synth.audit.fairness import Told, fair, of_pieces
from synth.audit.quoting import plain, sentences_by_paper
from synth.audit.shelves import Named, Shelves
from synth.audit.stated import Card, StatedClaim
from synth.passages import passages
from synth.quantities import mentions
from synth.records import Claim, Evidence, ReadPaper, Verdict, VerdictLabel
from synth.statements import PaperName, first_person, paper_name, statement
from synth.text import words
from synth.works import version_number

if TYPE_CHECKING:
    from synth.models.embedding import Embedder
    from synth.models.verifier import Verifier
    from synth.progress import Silent
    from synth.search import Vectors

__all__ = ["Drift", "Judged", "Tools", "judged"]

_SEARCHED = 10  # papers of a large corpus that are read for a claim
_FEW = 3  # papers that a report names: each is meant by each of its claims
_WHOLE = 150  # papers of a corpus that is read whole
_MOST_READ = 300  # papers that are searched out for all claims together
_AUTHORS = PaperName("The authors", "in the paper", True)


class Tools(NamedTuple):
    """What judging needs: the models, a store of vectors, and who is told of progress."""

    embedder: Embedder
    verifier: Verifier
    vectors: Vectors | None
    progress: Silent


class Drift(NamedTuple):
    """A claim on which versions of a named work disagree: what the cited one and the other one say."""

    number: int
    cited: str
    label: VerdictLabel
    other: str
    other_label: VerdictLabel
    quote: str


class Judged(NamedTuple):
    """Verdict and evidence by claim index; the papers that were read, by place; disagreeing versions.

    `own` are the ids of the paper that the report examines. `unheld` names references that no paper at hand is.
    """

    verdicts: dict[int, Verdict]
    evidence: dict[int, tuple[Evidence, ...]]
    read: tuple[int, ...]
    drifts: tuple[Drift, ...]
    own: frozenset[str]
    unheld: tuple[str, ...]


class _Asked(NamedTuple):
    """A claim as it is judged: the whole, and its pieces if it has several; `all_pieces`: they make up the whole."""

    stated: StatedClaim
    whole: Claim
    pieces: tuple[Claim, ...]
    all_pieces: bool


def judged(
    card: Card, named: Sequence[Named], base: Sequence[int], shelves: Shelves, fallen: frozenset[int], tools: Tools,
    *, most: int,
) -> Judged:  # fmt: skip
    """Verdicts on the first `most` claims; the others are not checked, and say so.

    `base` are the places of the paper that the report examines, `fallen` those of retracted papers, which are not read.
    """
    places = _named_places(card, named, base, shelves)
    cited = [i for i in places.cited if i not in fallen]
    others = [i for i in places.versions if i not in fallen]
    naming = shelves.papers[base[0]] if base else None
    name = paper_name(naming) if naming is not None and naming.authors else _AUTHORS
    asked = [_asked(claim, name) for claim in card.claims[:most] if words(claim.text)]
    elsewhere = _elsewhere(asked, shelves, set(places.works) | fallen, tools)
    tools.progress.stage("verify", 2 * len(asked))
    # One of a long list of papers was not named for this claim: its sentences must be as near as those of a search.
    many = len(cited) > _FEW
    by_named = _verdicts(asked, _texts(cited, shelves), tools, found=many)
    numbered = [one for one in asked if others and mentions(one.whole.statement)]
    by_version = _verdicts(numbered, _texts(others, shelves), tools, found=many)
    by_others = _verdicts(asked, _texts(elsewhere, shelves), tools, found=True)
    unheld = tuple(n.cited.raw for n in named if not n.places)
    own = frozenset(shelves.papers[i].id for i in base)
    read = [shelves.text(i) for i in (*cited, *elsewhere)]
    whole = {(t.paper.id, t.paper.version): f"{t.paper.title}\n{t.text}" for t in read if t is not None}
    verdicts: dict[int, Verdict] = {}
    evidence: dict[int, tuple[Evidence, ...]] = {}
    for one in asked:
        at = one.stated.index
        sources = own | _pointed(one.stated, named, shelves)
        verdicts[at], evidence[at] = together(
            one.whole.statement, by_named[at], by_others[at], sources, bool(cited), unheld, whole
        )
    left = {claim.index: _left(claim, most) for claim in card.claims if claim.index not in verdicts}
    return Judged(
        verdicts | left,
        evidence | dict.fromkeys(left, ()),
        tuple(i for i in (*cited, *elsewhere) if shelves.text(i) is not None),
        tuple(_drifts(asked, by_named, by_version, cited, others, shelves)),
        own,
        unheld,
    )


def _left(claim: StatedClaim, most: int) -> Verdict:
    reason = "it holds no words" if not words(claim.text) else f"only the first {most:,} claims of a report are judged"
    return Verdict(label="not_checked", score=None, confidence=None, reason=reason)


# --- which papers -------------------------------------------------------------------------------------------


class _Places(NamedTuple):
    cited: tuple[int, ...]
    versions: tuple[int, ...]
    works: tuple[int, ...]


def _named_places(card: Card, named: Sequence[Named], base: Sequence[int], shelves: Shelves) -> _Places:
    """The papers that the report names in the versions that count, and the other versions of them."""
    version = {i: n.cited.version for n in named for i in n.places}
    groups = [n.places for n in named if n.places]
    if base and not any(set(base) & set(group) for group in groups):
        groups.append(tuple(base))
    if not card.references or shelves.given:
        groups += [(i,) for i in shelves.works_given() if not any(i in group for group in groups)]
    cited: dict[int, None] = {}
    works: dict[int, None] = {}
    for group in groups:
        cited |= dict.fromkeys(shelves.chosen(group, version.get(group[0])))
        works |= dict.fromkeys(group)
    return _Places(tuple(cited), tuple(i for i in works if i not in cited), tuple(works))


def _elsewhere(asked: Sequence[_Asked], shelves: Shelves, without: set[int], tools: Tools) -> tuple[int, ...]:
    """Papers beside the named works: small corpora whole, of large ones the nearest to each claim."""
    from synth.search import LexicalIndex, rank

    found: dict[int, None] = {}
    for corpus in shelves.corpora:
        start = shelves.place(corpus, 0)
        if len(corpus.papers) <= _WHOLE:
            found |= dict.fromkeys(range(start, start + len(corpus.papers)))
            continue
        lexical = corpus.lexical() if corpus.lexical else LexicalIndex.build(
            (paper.title, paper.abstract or "") for paper in corpus.papers
        )  # fmt: skip
        for one in asked:
            if len(found) >= _MOST_READ:
                break
            hits = rank(
                one.whole.statement, corpus.papers, tools.embedder, lexical=lexical, vectors=tools.vectors,
                limit=_SEARCHED,
            )  # fmt: skip
            found |= dict.fromkeys(start + hit.index for hit in hits)
    return tuple(i for i in found if i not in without)


def _texts(places: Iterable[int], shelves: Shelves) -> list[ReadPaper]:
    return [text for i in places if (text := shelves.text(i)) is not None]


def _pointed(claim: StatedClaim, named: Sequence[Named], shelves: Shelves) -> frozenset[str]:
    """Ids of the papers that the claim points at with "[2]"."""
    return frozenset(shelves.papers[i].id for n in named if n.cited.number in claim.sources for i in n.places)


# --- judging ------------------------------------------------------------------------------------------------


def _asked(claim: StatedClaim, name: PaperName) -> _Asked:
    text = wording.complete(claim.text, claim.cut) or claim.text
    if first_person(text):
        text = statement(text, name)
    pieces = [piece for piece in dict.fromkeys(wording.pieces(text)) if piece != text]
    if claim.cut:
        pieces = pieces if wording.listed(text) else pieces[:-1]  # the last one is not whole
    return _Asked(claim, _claim(text), tuple(_claim(piece) for piece in pieces), len(pieces) > 1 or not claim.cut)


def _claim(text: str) -> Claim:
    clean = " ".join(text.split())[:2_000]
    return judging.claim(clean, "claim")


def _verdicts(asked: Sequence[_Asked], texts: Sequence[ReadPaper], tools: Tools, *, found: bool) -> dict[int, Told]:
    """Verdict and evidence by claim index from these texts, pieces taken into account."""
    claims = [claim for one in asked for claim in (one.whole, *one.pieces)]
    read = [passage for text in texts for passage in passages(text)]
    told = verifying.verified(claims, texts, read, tools.embedder, tools.verifier, tools.vectors, found=found)
    sentences = sentences_by_paper(read)
    results = (fair(plain(one, sentences)) for one in told)
    made: dict[int, Told] = {}
    for one in asked:
        whole = next(results)
        pieces = [next(results) for _ in one.pieces]
        made[one.stated.index] = of_pieces(whole, pieces, one.all_pieces)
        tools.progress.step()
    return made


# --- versions -----------------------------------------------------------------------------------------------


def _drifts(
    asked: Sequence[_Asked], first: dict[int, Told], other: dict[int, Told], cited: Sequence[int],
    others: Sequence[int], shelves: Shelves,
) -> Iterator[Drift]:  # fmt: skip
    """Claims that one version of a named work supports and another refutes.

    An earlier version that says otherwise than the cited one, which bears the claim out, is no fault of the report.
    """
    latest = max((version_number(shelves.version(i)) for i in cited), default=0)
    later = any(version_number(shelves.version(i)) > latest for i in others)
    for one in asked:
        if one.stated.index not in other:
            continue
        here, there = first[one.stated.index], other[one.stated.index]
        pair = (here[0].label, there[0].label)
        checks = [c for told in (here, there) if told[0].label == "refuted" for c in told[0].checks]
        if not any(c.kind in ("number", "arithmetic") and c.outcome == "mismatch" for c in checks):
            continue
        if pair not in (("refuted", "supported"), ("supported", "refuted")) or (pair[0] == "supported" and not later):
            continue
        ours, theirs = (next((e for e in told[1] if e.stance != "neutral"), None) for told in (here, there))
        if ours is not None and theirs is not None and ours.paper_id == theirs.paper_id:
            yield Drift(one.stated.index, ours.version or "the version cited", pair[0], theirs.version or "another",
                        pair[1], theirs.quote)  # fmt: skip
