"""The papers at hand for an audit: which of them a report names, in which version, and which others there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from synth.audit.stated import Card, Cited
from synth.errors import InputError
from synth.records import Ids, Notice, Paper, ReadPaper, Reference, SkippedPaper
from synth.references import Match, Shelf, matched
from synth.sources.protocol import acl_id, arxiv_id, doi
from synth.works import id_keys, same_work, title_key, version_number

if TYPE_CHECKING:
    from synth.collect import Corpus

__all__ = ["Named", "Shelves"]

_FEW = 20  # papers given with --papers up to which each is taken for named by the person


class Named(NamedTuple):
    """A reference of the report: the works at hand that it names (indexes into `Shelves.papers`, versions included).

    `stranger` is what speaks against it where its id belongs to another work.
    """

    cited: Cited
    places: tuple[int, ...]
    stranger: str | None


class Shelves:
    """All papers of the corpora, in their order; read when they are first wanted."""

    def __init__(self, corpora: Sequence[Corpus]) -> None:
        """`corpora` are searched in this order; of a paper that two of them hold, the first one's text is read."""
        self.papers: list[Paper] = []
        self._from: list[Corpus] = []
        self._texts: dict[int, ReadPaper | None] = {}
        self.skipped: dict[str, SkippedPaper] = {}
        self._by_id: dict[str, list[int]] = {}
        self._by_title: dict[str, list[int]] = {}
        for corpus in corpora:
            self.skipped |= {item.name: item for item in corpus.skipped}
            for paper in corpus.papers:
                self._add(paper, corpus)
        self.given = tuple(i for i, corpus in enumerate(self._from) if corpus.name == "local")

    def _add(self, paper: Paper, corpus: Corpus) -> None:
        at = len(self.papers)
        self.papers.append(paper)
        self._from.append(corpus)
        for key in _keys(paper):
            self._by_id.setdefault(key, []).append(at)
        self._by_title.setdefault(title_key(paper.title), []).append(at)

    @property
    def corpora(self) -> tuple[Corpus, ...]:
        """The corpora that hold a paper."""
        return tuple({id(corpus): corpus for corpus in self._from}.values())

    def place(self, corpus: Corpus, index: int) -> int:
        """The index of a corpus's paper among all."""
        first = next(i for i, held in enumerate(self._from) if held is corpus)
        return first + index

    def text(self, place: int) -> ReadPaper | None:
        """The text of a paper; None, and told in `skipped`, where it cannot be read or holds none."""
        if place not in self._texts:
            paper = self.papers[place]
            name = paper.location or paper.id
            try:
                got: ReadPaper | None = self._from[place].read(paper)
            except InputError as problem:
                self.skipped[name] = SkippedPaper(name=name, reason=str(problem).removeprefix(f"{name}: "))
                got = None
            self._texts[place] = got if got is not None and got.text.strip() else None
        return self._texts[place]

    def wording(self, place: int) -> str:
        """The words that a paper is screened by."""
        return self._from[place].text(self.papers[place])

    # --- what a report names -----------------------------------------------------------------------------------

    def named(self, card: Card) -> tuple[Named, ...]:
        """The references of the report, each with the works at hand that it names."""
        return tuple(self._named(cited) for cited in card.references)

    def _named(self, cited: Cited) -> Named:
        by_id = self._with_ids(cited.ids)
        if not cited.title:
            return Named(cited, self._copies(by_id), None)
        asked = Reference(raw=cited.raw, title=cited.title, year=cited.year, ids=cited.ids)
        near = list(dict.fromkeys([*by_id, *self._by_title.get(title_key(cited.title), ())]))
        told: Match = matched(asked, [Shelf([self.papers[i] for i in near], _Every(len(near)))])
        if told.paper is not None:
            found = [i for i in near if self.papers[i] is told.paper or self.papers[i].id == told.paper.id]
            return Named(cited, self._copies(found), None)
        return Named(cited, (), told.reason if by_id else None)

    def _with_ids(self, ids: Ids) -> list[int]:
        return list(dict.fromkeys(i for key in id_keys(ids) for i in self._by_id.get(key, ())))

    def _copies(self, places: Iterable[int]) -> tuple[int, ...]:
        """The places with those of other versions and copies of the same works."""
        found = dict.fromkeys(places)
        for at in list(found):
            paper = self.papers[at]
            near = [*self._with_ids(paper.ids), *self._by_title.get(title_key(paper.title), ())]
            ids = self._with_ids(paper.ids)
            found |= dict.fromkeys(i for i in near if i in ids or same_work(paper, self.papers[i]))
        return tuple(sorted(found))

    def titled(self, title: str | None) -> tuple[int, ...]:
        """The work of this title, if one is at hand: the paper that a report says it examines."""
        if not title:
            return ()
        return self._copies(self._by_title.get(title_key(title), ()))

    def works_given(self) -> tuple[int, ...]:
        """The papers of --papers where they are few enough to be taken for named; else none."""
        return self.given if len(self.given) <= _FEW else ()

    def chosen(self, places: Sequence[int], version: str | None) -> tuple[int, ...]:
        """Of the copies of one work those that speak for a citation: its version, else the latest, else all.

        A copy without a number (a conference's) stands beside the latest version.
        """
        exact = tuple(i for i in places if version is not None and self.version(i) == version)
        if exact:
            return exact
        top = max((version_number(self.version(i)) for i in places), default=0)
        return tuple(i for i in places if version_number(self.version(i)) in (0, top))

    def version(self, place: int) -> str | None:
        """The version of a paper, also where only its plain id spells it."""
        paper = self.papers[place]
        spelled = re.search(r"\d(v\d+)$", paper.id)
        return paper.version or (spelled[1] if spelled else None)

    def notices(self, checked: Mapping[int, tuple[Notice, ...]]) -> None:
        """Take up notices that were found on papers, by place."""
        for at, notices in checked.items():
            self.papers[at] = self.papers[at].model_copy(update={"notices": notices})


class _Every:
    """A text index that proposes every paper: there are but a few."""

    def __init__(self, count: int) -> None:
        self._count = count

    def query(self, _text: str, limit: int) -> list[tuple[int, float]]:
        return [(i, 1.0) for i in range(min(self._count, limit))]


def _keys(paper: Paper) -> tuple[str, ...]:
    """The ids of a paper, those that its plain id spells among them ("2005.13013v2" in a file of lines)."""
    spelled = Ids(arxiv=arxiv_id(paper.id), doi=doi(paper.id), acl=acl_id(f"https://aclanthology.org/{paper.id}"))
    return tuple(dict.fromkeys((*id_keys(paper.ids), *id_keys(spelled))))
