"""Words of a claim tied to the names in a table: columns, rows, and cells that hold words.

A name is tied by the share of its weight that the claim says. A word weighs more the fewer names hold it; words match
by stem, by a common beginning ("nation", "nationality"), by a listed short form ("avg") or by initials ("RMSE").
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from synth.tables.grid import Grid
from synth.tables.statement import Statement, stems

__all__ = ["Link", "Links", "link"]

_SHORT = {
    "avg": "averag", "pts": "point", "pt": "point", "pos": "position", "no": "number", "num": "number",
    "att": "attendance", "pct": "percentag", "max": "maximum", "min": "minimum", "std": "deviation",
    "sd": "deviation", "yr": "year",
    "temp": "temperatur", "freq": "frequency", "ref": "referenc", "acc": "accuracy", "prec": "precision",
    "rec": "recall", "params": "parameter", "dev": "development", "win": "victory", "gp": "game", "nat": "nation",
    "pld": "play", "wt": "weight", "diff": "differenc", "hr": "hour", "approx": "approximat", "qty": "quantity",
}  # fmt: skip
_LONG: dict[str, list[str]] = defaultdict(list)
for _short, _long in _SHORT.items():
    _LONG[_long].append(_short)
_WEAK = frozenset(stems("a an the of in on at by for to with and or as is are was be per from vs s"))
_OFTEN = frozenset(["once", "twice", "thrice"])  # these count, and name no "2 mg"
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_NAMED = 0.5  # share of a row's or a cell's name from which it counts as said
_HEADED = 0.34  # the same for a column, whose name is often long


class Link(NamedTuple):
    """A name that the claim says: `score` in 0..1, `tokens` the places of its words in the claim.

    Of a row `row` is its number in the grid and `column` None, of a column the other way round, a cell has both.
    """

    row: int | None
    column: int | None
    score: float
    tokens: tuple[int, ...]
    weight: float

    @property
    def start(self) -> int:
        """The token at which the name begins in the claim."""
        return self.tokens[0]


class Links(NamedTuple):
    """All links of a claim, best first, and the share of its content words that some name of the table holds."""

    rows: tuple[Link, ...]
    columns: tuple[Link, ...]
    cells: tuple[Link, ...]
    groups: tuple[Link, ...]
    covered: frozenset[int]


class _Claim:
    """The claim's stems with their places, and which stems of the table each of them stands for."""

    def __init__(self, statement: Statement, vocabulary: Iterable[str]) -> None:
        self.places: dict[str, list[int]] = defaultdict(list)
        for at, token in enumerate(statement.tokens):
            self.places[token.stem].append(at)
            if token.number is not None and token.text not in _OFTEN and token.stem != f"{token.number:.10g}":
                self.places[f"{token.number:.10g}"].append(at)
            if at and not token.stem[0].isdigit():
                self.places.setdefault(statement.tokens[at - 1].stem + token.text, []).append(at)
        self.shown: dict[str, list[int]] = defaultdict(list)
        for at, token in enumerate(statement.tokens):
            self.shown[token.shown].append(at)
        self.alike: dict[str, list[str]] = defaultdict(list)
        for said in self.places:
            if len(said) >= 4:
                self.alike[said[:3]].append(said)
                self.alike["-" + said[-3:]].append(said)
        self.near: dict[str, tuple[float, list[int]]] = {}
        for word in vocabulary:
            found = self._match(word)
            if found:
                self.near[word] = found

    def _match(self, word: str) -> tuple[float, list[int]] | None:
        """How well the claim says a word of the table, and where."""
        if word in self.places:
            return 1.0, self.places[word]
        for other in (_SHORT.get(word), *_LONG.get(word, ())):
            if other in self.places:
                return 0.9, self.places[other]
        if len(word) >= 4 and not word[0].isdigit():
            for said in self.alike.get(word[:3], ()):
                common = _common(word, said)
                if common >= max(4, 0.6 * max(len(word), len(said))):
                    return 0.7, self.places[said]
            for said in (*self.alike.get(word[:3], ()), *self.alike.get("-" + word[-3:], ())):
                if _slip(word, said):
                    return 0.8, self.places[said]
        return None


def _common(a: str, b: str) -> int:
    """How many letters two words begin with in common."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _slip(word: str, said: str) -> bool:
    """Whether two words of six letters or more differ by one letter: changed, left out, or two in the wrong order."""
    if min(len(word), len(said)) < 6 or abs(len(word) - len(said)) > 1 or not (word.isalpha() and said.isalpha()):
        return False
    head = _common(word, said)
    a, b = word[head:], said[head:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def link(statement: Statement, grid: Grid) -> Links:
    """Tie the claim to the table."""
    rows = [stems(name) for name in grid.rows]
    columns = [stems(name) for name in grid.columns]
    texts: dict[tuple[int, str], list[int]] = defaultdict(list)
    for r, row in enumerate(grid.cells):
        for c, cell in enumerate(row):
            if (c >= grid.stubs or grid.stubs > 1) and cell.kind in ("text", "date", "range") and cell.plain:
                texts[c, cell.plain].append(r)
    names = [*rows, *columns, *(stems(text) for _, text in texts), *(stems(g) for g in dict.fromkeys(grid.groups))]
    frequency = Counter(word for name in names for word in set(name))
    claim = _Claim(statement, frequency)
    total = len(names)
    weights = {
        word: 0.1 if word in _WEAK else math.log(1 + total / count) * (0.6 if len(word) == 1 else 1.0)
        for word, count in frequency.items()
    }
    found_rows = _best(
        _as_written(claim, grid.rows[r], r, None) or _tied(claim, name, weights, r, None, _NAMED, _aside(grid.rows[r]))
        for r, name in enumerate(rows)
    )
    found_columns = _best(
        _as_written(claim, grid.columns[c], None, c)
        or _tied(claim, name, weights, None, c, _HEADED, _aside(grid.columns[c]))
        for c, name in enumerate(columns)
    )
    found_cells = _best(
        _tied(claim, stems(text), weights, r, c, _NAMED) for (c, text), held in texts.items() for r in held
    )
    found_groups = _best(
        _tied(claim, stems(name), weights, r, None, _NAMED) for r, name in enumerate(grid.groups) if name
    )
    covered = frozenset(at for _, places in claim.near.values() for at in places)
    return Links(
        _outside(found_rows, found_columns),
        _outside(found_columns, (*found_rows, *found_cells)),
        _outside(found_cells, (*found_rows, *found_columns)),
        found_groups,
        covered,
    )


def _outside(links: tuple[Link, ...], others: tuple[Link, ...]) -> tuple[Link, ...]:
    """Links but for those whose words are a part of a longer name of another kind: the 1 of "GlyCAM-1" is no row."""
    longer = [set(tokens) for tokens in dict.fromkeys(x.tokens for x in others if x.score >= 0.8)]
    inside = {tokens for tokens in dict.fromkeys(x.tokens for x in links) if any(set(tokens) < held for held in longer)}
    return tuple(x for x in links if x.tokens not in inside)


def _as_written(claim: _Claim, name: str, row: int | None, column: int | None) -> Link | None:
    """A name of one or two letters ("A", "Is", "n") counts only as it is written, and "A" not at the beginning."""
    name = name.rsplit(" / ", 1)[-1].strip()
    if not 1 <= len(name) <= 2 or not name.isalpha():
        return None
    if name in ("a", "is", "in", "of", "on"):
        return None
    places = [at for at in claim.shown.get(name, ()) or claim.shown.get(name.upper(), ()) if at or name.upper() != "A"]
    return Link(row, column, 0.9, (places[0],), 1.0) if places else None


def _tied(
    claim: _Claim,
    name: tuple[str, ...],
    weights: dict[str, float],
    row: int | None,
    column: int | None,
    enough: float,
    aside: frozenset[str] = frozenset(),
) -> Link | None:
    """The link of one name, if the claim says enough of it; `aside` are its words in brackets, such as the unit."""
    if not name:
        return None
    total = sum(weights[word] for word in name)
    got, held = 0.0, []
    for word in name:
        found = claim.near.get(word)
        if found:
            got += weights[word] * found[0]
            held.append((word, found[1]))
    strong = [places for word, places in held if word not in _WEAK]
    if not strong:
        acronym = _initials(claim, name)
        return Link(row, column, 0.85, acronym, total) if acronym else None
    core = sum(weights[word] for word in name if word not in aside)
    inside = sum(weights[word] * claim.near[word][0] for word, _ in held if word not in aside)
    score = max(got / total, 0.97 * inside / core if core else 0.0)
    tokens = _window(strong)
    span = tokens[-1] - tokens[0] + 1
    if span > 2 * len(name) + 3:
        score *= 0.75
    if score < enough:
        return None
    return Link(row, column, min(1.0, score), tokens, got)


@lru_cache(maxsize=20_000)
def _aside(name: str) -> frozenset[str]:
    """The stems that a name holds in brackets only."""
    outside = stems(_BRACKETS.sub(" ", name))
    return frozenset(stems(name)) - frozenset(outside) if outside else frozenset()


def _initials(claim: _Claim, name: tuple[str, ...]) -> tuple[int, ...]:
    """The place of the initials of a name of three or more words: "RMSE" for "root mean square error"."""
    strong = [word for word in name if word not in _WEAK]
    letters = "".join(word[0] for word in strong)
    return tuple(claim.places[letters][:1]) if len(letters) >= 3 and letters in claim.places else ()


def _window(places: list[list[int]]) -> tuple[int, ...]:
    """One place for each word, near the one that is said only once (or first)."""
    anchor = min(places, key=len)[0]
    return tuple(sorted({min(options, key=lambda at: (abs(at - anchor), at)) for options in places}))


def _best(links: Iterable[Link | None]) -> tuple[Link, ...]:
    """Links best first; one whose words are a part of another's, which says as much, is dropped."""
    found = sorted((x for x in links if x is not None), key=lambda x: (-x.score * (1 + 0.05 * len(x.tokens)), x.tokens))
    tops: dict[tuple[int, ...], float] = {}
    for one in found:
        tops[one.tokens] = max(one.score, tops.get(one.tokens, 0.0))
    sets = [(set(tokens), score) for tokens, score in tops.items()]
    limit = {tokens: max((score for held, score in sets if set(tokens) < held), default=0.0) for tokens in tops}
    return tuple(one for one in found if limit[one.tokens] < 0.8 * one.score)
