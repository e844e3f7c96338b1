"""What the verifier learns from: labelled pairs cut into windows, retrieved distractors, and controlled edits.

Everything is drawn with seeds that name the stage and the epoch, so that a resumed run sees the same examples.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from synth.labelled import Pair
from synth.text import stem, words

__all__ = [
    "LABELS", "UNKNOWN", "Example", "absent", "distracted", "drawn", "edited", "strangers", "substituted",
    "turned", "windowed",
]  # fmt: skip

LABELS = {"supports": 0, "refutes": 1, "neutral": 2}
_TURNED = {0: 1, 1: 0}  # supports and refutes, one for the other
UNKNOWN = -100  # a sentence nobody annotated
_WORDS = 115  # words of a window, about 150 word pieces
_FEWEST = 45  # half of the windows are shorter than they could be, with at least so many words


class Example(NamedTuple):
    """One reading: `label` and the labels of the sentences are indexes of LABELS, UNKNOWN where not annotated."""

    claim: str
    title: str
    sentences: tuple[str, ...]
    label: int
    each: tuple[int, ...]
    weight: float = 1.0


def windowed(pairs: Iterable[Pair], rng: random.Random, weight: float = 1.0) -> Iterator[Example]:
    """Each pair as one window that holds its rationale and, in the order of the document, what else fits.

    Half of the windows take the sentences nearest to the claim in words, half take any, so that the model is not
    taught how windows are chosen. A rationale too long for a window is cut to its first sentences.
    """
    for pair in pairs:
        chosen = _window(pair.claim, pair.sentences, pair.rationale or (), rng)
        if not chosen:
            continue
        label = LABELS[pair.label]
        gold = set(pair.rationale or ())
        if pair.rationale is None:
            each = (label,) if len(pair.sentences) == 1 else (UNKNOWN,) * len(chosen)
        else:
            each = tuple(label if i in gold else LABELS["neutral"] for i in chosen)
        title = pair.title if rng.random() < 0.85 else ""
        yield Example(pair.claim, title, tuple(pair.sentences[i] for i in chosen), label, each, weight)


def _window(claim: str, sentences: Sequence[str], keep: Sequence[int], rng: random.Random) -> list[int]:
    """Indexes of the sentences of a window, in order: those to keep, then the nearest or any, while they fit."""
    sizes = [len(s.split()) for s in sentences]
    order = list(range(len(sentences)))
    if rng.random() < 0.5:
        wanted = {stem(w) for w in words(claim)}
        near = [len(wanted & {stem(w) for w in words(s)}) for s in sentences]
        order.sort(key=lambda i: (-near[i], i))
    else:
        rng.shuffle(order)
    room = _WORDS if rng.random() < 0.5 else rng.randrange(_FEWEST, _WORDS)
    chosen: list[int] = []
    for i in [*keep, *order]:
        if i in chosen or not sentences[i].strip() or (chosen and sizes[i] > room):
            continue
        chosen.append(i)
        room -= sizes[i]
        if room <= 8:
            break
    return sorted(chosen)


def distracted(
    pairs: Sequence[Pair],
    found: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]],
    rng: random.Random,
    *,
    each: int,
) -> Iterator[Example]:
    """Claims with documents that a search finds and no annotator cited: neutral, `each` per claim.

    `found` holds per claim the (title, sentences) of such documents, best first; the upper ones are drawn more often.
    """
    for claim in sorted({pair.claim for pair in pairs}):
        documents = found.get(claim, ())
        places = list(range(len(documents)))
        picked: list[int] = []
        while places and len(picked) < each:
            place = rng.choices(places, weights=[1 / (2 + p) for p in places])[0]
            places.remove(place)
            picked.append(place)
        for place in picked:
            title, sentences = documents[place]
            chosen = _window(claim, sentences, (), rng)
            if chosen:
                each_label = (LABELS["neutral"],) * len(chosen)
                yield Example(claim, title, tuple(sentences[i] for i in chosen), LABELS["neutral"], each_label)


def strangers(
    claims: Sequence[str], documents: Sequence[tuple[str, tuple[str, ...]]], rng: random.Random, most: int
) -> Iterator[Example]:
    """`most` claims, each with a document on something else: neutral.

    Without these a model that only saw documents near to the claim takes a stranger for a contradiction.
    """
    for _ in range(most if claims and documents else 0):
        claim, (title, sentences) = rng.choice(claims), rng.choice(documents)
        wanted = {stem(w) for w in words(claim)}
        chosen = _window(claim, sentences, (), rng)
        near = {stem(w) for i in chosen for w in words(sentences[i])}
        if chosen and len(wanted & near) * 2 < len(wanted):  # a claim that was made from this very document is none
            each = (LABELS["neutral"],) * len(chosen)
            yield Example(claim, title, tuple(sentences[i] for i in chosen), LABELS["neutral"], each)


def substituted(
    examples: Iterable[Example], replaced: Callable[[str, random.Random], str | None], rng: random.Random, share: float
) -> Iterator[Example]:
    """Of a `share` of the supported claims over passages another claim, with a word `replaced`: neutral.

    Single sentences are left out: in the sets of everyday scenes another word often contradicts.
    """
    neutral = LABELS["neutral"]
    for example in examples:
        if example.label == LABELS["supports"] and len(example.sentences) > 1 and rng.random() < share:
            claim = replaced(example.claim, rng)
            if claim is not None:
                each = tuple(each if each == UNKNOWN else neutral for each in example.each)
                yield example._replace(claim=claim, label=neutral, each=each)


def turned(examples: Iterable[Example], rng: random.Random, share: float, seed: int) -> Iterator[Example]:
    """Of a `share` of the decided claims over passages another claim, edited so that the passage says the opposite.

    Annotators' claims put a passage in words of their own; edits of the passage's sentences alone would teach that
    what is worded otherwise is never contradicted. A refuted claim is only negated: that much follows, while another
    direction may be as wrong as the first.
    """
    from synth.edits import changes

    for example in examples:
        if len(example.sentences) < 2 or example.label not in _TURNED or rng.random() >= share:
            continue
        label = _TURNED[example.label]
        edits = [edit for edit in changes(example.claim, seed=seed) if edit.stance == "refutes"]
        if label == LABELS["supports"]:
            edits = [edit for edit in edits if edit.kind == "negation"]
        if edits:
            kind = rng.choice(sorted({edit.kind for edit in edits}))
            claim = rng.choice([edit.text for edit in edits if edit.kind == kind])
            each = tuple(_TURNED.get(one, one) for one in example.each)
            yield example._replace(claim=claim, label=label, each=each)


def edited(documents: Iterable[tuple[str, tuple[str, ...]]], rng: random.Random, seed: int) -> Iterator[Example]:
    """From each document one sentence in true, changed and absent forms.

    Per document: a rewording of a sentence against a window that holds the sentence (supports), up to two changes
    of it (the stance the edit names), the exchange of roles (the edited sentence stands in the document, the original
    is claimed) for changes that refute, and the claim against the rest of its document (`absent`).
    """
    for title, sentences in documents:
        usable = [i for i, s in enumerate(sentences) if 7 <= len(s.split()) <= 50]
        rng.shuffle(usable)
        if rng.random() < 0.6:  # numbers are the rarer lesson and the more important one
            usable.sort(key=lambda i: not any(c.isdigit() for c in sentences[i]))
        for i in usable[:2]:
            yield from _one_sentence(title, sentences, i, rng, seed)


def _one_sentence(title: str, sentences: tuple[str, ...], i: int, rng: random.Random, seed: int) -> Iterator[Example]:
    from synth.edits import changes, claim_forms, disguised, rewordings

    sentence = sentences[i]
    # A change in otherwise other words, too: else one word that differs would give a change away.
    harmful = [*changes(sentence, seed=seed), *disguised(sentence, seed=seed)]
    harmless = list(rewordings(sentence, seed=seed))
    claimed = (claim_forms(sentence) or (sentence,))[0]
    if harmful or rng.random() < 0.3:
        same = rng.choice(harmless).text if harmless and rng.random() < 0.8 else claimed
        yield _against(same, title, sentences, i, sentence, LABELS["supports"], rng)
    kinds = sorted({edit.kind for edit in harmful})
    rng.shuffle(kinds)
    for kind in kinds[:2]:
        edit = rng.choice([e for e in harmful if e.kind == kind])
        label = LABELS[edit.stance]
        if edit.stance == "refutes" and rng.random() < 0.35:
            yield _against(claimed, title, sentences, i, edit.text, label, rng)
        else:
            text = (claim_forms(edit.text) or (edit.text,))[0] if rng.random() < 0.5 else edit.text
            yield _against(text, title, sentences, i, sentence, label, rng)
    if len(sentences) > 2 and rng.random() < 0.35:
        yield absent(claimed, title, sentences, i, rng)


def _against(
    claim: str, title: str, sentences: tuple[str, ...], i: int, stands: str, label: int, rng: random.Random
) -> Example:
    """The claim against a window of its document in which `stands` is sentence `i`."""
    document = (*sentences[:i], stands, *sentences[i + 1 :])
    alone = rng.random() < 0.3
    chosen = [i] if alone else _window(claim, document, (i,), rng)
    neutral = LABELS["neutral"]
    each = tuple(label if j == i else neutral for j in chosen)
    return Example(claim, title if rng.random() < 0.5 else "", tuple(document[j] for j in chosen), label, each)


def absent(claim: str, title: str, sentences: tuple[str, ...], i: int, rng: random.Random) -> Example:
    """The claim against its document without the sentence it came from: the rest does not say it.

    Weighs half, since a summary or conclusion may say it once more.
    """
    rest = (*sentences[:i], *sentences[i + 1 :])
    chosen = _window(claim, rest, (), rng)
    neutral = LABELS["neutral"]
    return Example(claim, title, tuple(rest[j] for j in chosen), neutral, (neutral,) * len(chosen), 0.5)


def drawn(items: Sequence[Example], most: int | None, rng: random.Random) -> list[Example]:
    """At most `most` of the items, in random order."""
    order = list(range(len(items)))
    rng.shuffle(order)
    return [items[i] for i in order[:most]]
