"""The arrow Queries -> Papers + Coverage: every corpus at hand is searched and every source asked, side by side.

A corpus is papers already here (the starter library, the person's library, files named with --papers); a source is
asked over the network, with one query after another from narrow to wide. A source is asked no further when ten papers
that speak of all that was asked are there, when a query brought nothing new, when it failed, or when the time is over:
its last line of coverage says which. One that is searched on this machine is asked everything. Then the references and
citations of the best papers are followed once, at the sources that know them, as far as they speak of a part of what
was asked. Abbreviations that the papers found explain widen what is asked next.

What all queries and sources gave is ranked on one scale by `relevance.papers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from synth.facets import covered, covered_nearly, mined, subject, widened
from synth.formulate import queries, query
from synth.records import Coverage, Facet, Paper, Query, Question, ReadPaper, SkippedPaper
from synth.screen import Candidate
from synth.text import stem, words

if TYPE_CHECKING:
    from synth.models.embedding import Embedder
    from synth.search import LexicalIndex, Near, Vectors
    from synth.sources.protocol import Found, Source

__all__ = ["Corpus", "collect"]

_PER_QUERY = 25  # papers asked of a source with one query
_PER_CORPUS = 100  # papers taken from a corpus; a smaller one is screened whole
_ENOUGH = 10  # papers that speak of all that was asked, after which a source is asked nothing wider
_LINKS = 100  # references, and as many citations, asked of the best papers at one source
_FOLLOWED = 25  # and taken of them


class Corpus(NamedTuple):
    """Papers at hand under one name. `text` is what a paper is ranked and screened by, `read` gives all of it.

    `lexical` gives a lexical index of the papers in their order where one is kept; without it one is built when needed.
    """

    name: str
    papers: Sequence[Paper]
    text: Callable[[Paper], str]
    read: Callable[[Paper], ReadPaper]
    skipped: tuple[SkippedPaper, ...] = ()
    lexical: Callable[[], LexicalIndex] | None = None
    near: Callable[[Embedder], Near | None] | None = None


class _Hit(NamedTuple):
    paper: Paper
    text: str
    holder: str


def collect(
    asked: Question,
    corpora: Sequence[Corpus],
    sources: Sequence[Source],
    embedder: Embedder,
    vectors: Vectors | None,
    *,
    since: int | None,
    step: Callable[[], None],
    late: Callable[[], bool] = lambda: False,
    followed: int = 3,
) -> tuple[list[Candidate], list[Coverage]]:
    """Candidates with their similarity to the question, corpora first, and the coverage in the same order.

    Coverage has one line for each corpus and for each query that a source was asked, then one for each direction in
    which the `followed` best papers were followed (0: none). When `late` says so, no source is asked anything more.
    `step` is called once for each corpus and source and once at the end.
    """
    from synth.search import embed

    found: list[_Hit] = []
    coverage: list[Coverage] = []
    with ThreadPoolExecutor(max_workers=max(1, len(sources))) as threads:
        waiting = [threads.submit(_answers, source, asked, since, late) for source in sources]
        for corpus in corpora:
            near, looked = _nearest(asked, since, corpus, embedder, vectors)
            found += [_Hit(paper, corpus.text(paper), corpus.name) for paper in near]
            coverage.append(_coverage(corpus, looked, len(near)))
            step()
        for source, answered in zip(sources, waiting, strict=True):
            for papers, line in answered.result():
                found += _new(papers, source.name, found)
                coverage.append(line)
            step()
    for papers, line in () if late() else _around(asked, since, found, sources, coverage, followed):
        found += _new(papers, line.source, found)
        coverage.append(line)
    # The same words as the ranking embeds, so that no vector is computed twice.
    texts = [f"{hit.paper.title} {hit.text}" if hit.text else hit.paper.title for hit in found]
    matrix = embed([*texts, asked.text], embedder, vectors)
    step()
    similar = [round(float(row @ matrix[-1]), 4) for row in matrix[:-1]]
    return [Candidate(*hit[:2], s, hit.holder) for hit, s in zip(found, similar, strict=True)], coverage


def _new(papers: Iterable[Paper], holder: str, found: Sequence[_Hit]) -> list[_Hit]:
    """The papers that this holder has not given before: another query, or a citation, may name one again."""
    known = {hit.paper.id for hit in found if hit.holder == holder}
    return [_Hit(paper, paper.abstract or "", holder) for paper in papers if paper.id not in known]


# --- corpora ----------------------------------------------------------------------------------------------


def _nearest(
    asked: Question, since: int | None, corpus: Corpus, embedder: Embedder, vectors: Vectors | None
) -> tuple[list[Paper], str]:
    """The papers of a corpus that are taken, and the words they were looked for by."""
    from synth.search import LexicalIndex, rank

    papers = corpus.papers
    if len(papers) <= _PER_CORPUS:
        return list(papers), query(asked, since).text
    plain = subject(asked.text)
    lexical = corpus.lexical() if corpus.lexical is not None else None
    lexical = lexical or LexicalIndex.build((paper.title, paper.abstract or "") for paper in papers)
    # What the words alone find explains abbreviations and has other names for things; both are looked for as well.
    first = [papers[number] for number, _ in lexical.query(plain, _PER_CORPUS)]
    wide = widened(asked, mined(f"{paper.title}. {paper.abstract or ''}" for paper in first))
    more = [form for facet in wide.facets for form in (facet.forms[0], *_added(facet, asked)) if "+" not in form]
    looked = " ".join(dict.fromkeys((plain, *more)))
    ranked = rank(
        looked,
        papers,
        embedder,
        lexical=lexical,
        vectors=vectors,
        near=corpus.near(embedder) if corpus.near is not None else None,
        limit=_PER_CORPUS,
        candidates=2 * _PER_CORPUS,
    )
    taken = [papers[hit.index] for hit in ranked]
    ids = {(paper.id, paper.version) for paper in taken}
    # More words may drown a rare one: the first half by the words as they were asked stays in.
    missed = [paper for paper in first[: _PER_CORPUS // 2] if (paper.id, paper.version) not in ids]
    return [*missed, *taken[: _PER_CORPUS - len(missed)]], looked


def _added(facet: Facet, asked: Question) -> tuple[str, ...]:
    before = next((one.forms for one in asked.facets if one.name == facet.name), ())
    return tuple(form for form in facet.forms if form not in before)


def _coverage(corpus: Corpus, looked: str, near: int) -> Coverage:
    held = len(corpus.papers)
    reason = f"{held:,} {'paper' if held == 1 else 'papers'} searched" if held else "holds no paper"
    outcome = "found" if near else "empty"
    return Coverage(source=corpus.name, query=looked, outcome=outcome, count=near, reason=reason)


# --- sources ----------------------------------------------------------------------------------------------


def _answers(source: Source, asked: Question, since: int | None, late: Callable[[], bool]) -> list[Found]:
    """What a source gave for each query, from narrow to wide, until there is a reason to stop."""
    answers: list[Found] = []
    seen: dict[str, Paper] = {}
    sent: list[Query] = []
    while True:
        known = mined(f"{paper.title}. {paper.abstract or ''}" for paper in seen.values())
        # Widening changes the forms of the queries, not their number or order.
        plan = queries(widened(asked, known) if sent else asked, since)[len(sent) :]
        if not plan:
            return answers
        papers, line = source.search(plan[0], _PER_QUERY)
        sent.append(plan[0])
        fresh = [paper for paper in papers if paper.id not in seen]
        seen |= {paper.id: paper for paper in fresh}
        spare = len(plan) > 1 and not getattr(source, "at_hand", False)
        stop = _stop(line, fresh, seen, asked, late) if spare else None
        if stop:
            line = line.model_copy(update={"reason": "; ".join(filter(None, (line.reason, stop)))})
        answers.append((papers, line))
        if stop is not None or line.outcome in ("failed", "skipped"):
            return answers


def _stop(
    line: Coverage, fresh: Sequence[Paper], seen: dict[str, Paper], asked: Question, late: Callable[[], bool]
) -> str | None:
    """Why a source is asked nothing wider; None when it should be."""
    if line.outcome in ("failed", "skipped"):
        return None  # the line says it already
    required = tuple(facet for facet in asked.facets if facet.required)
    speak = sum(_whole(required, paper) for paper in seen.values())
    if required and speak >= _ENOUGH:
        return f"no wider query was needed: {speak} papers speak of all that was asked"
    if line.outcome == "found" and not fresh:
        return "no wider query was sent: the last one brought nothing new"
    if late():
        return "no wider query was sent: the time was over"
    return None


def _whole(required: tuple[Facet, ...], paper: Paper) -> bool:
    text = f"{paper.title}\n{paper.abstract or ''}"
    return bool(paper.abstract) and len(covered(required, text)) == len(required)


def _around(
    asked: Question,
    since: int | None,
    found: Sequence[_Hit],
    sources: Sequence[Source],
    coverage: Sequence[Coverage],
    followed: int,
) -> list[Found]:
    """The references and citations of the best papers, from each source that knows them and has not failed."""
    from synth.sources.protocol import Neighbours

    broken = {line.source for line in coverage if line.outcome in ("failed", "skipped")}
    asking = [source for source in sources if isinstance(source, Neighbours) and source.name not in broken]
    best = _best(asked, found)[:followed] if asking else []
    if not best:
        return []
    widest = max((one for one in queries(asked, since) if one.groups), key=lambda q: -len(q.groups), default=None)
    widest = widest or query(asked, since)
    with ThreadPoolExecutor(max_workers=len(asking)) as threads:
        waiting = [threads.submit(source.neighbours, best, widest, _LINKS) for source in asking]
        return [_on_topic(asked, *one) for answered in waiting for one in answered.result()]


def _on_topic(asked: Question, papers: Sequence[Paper], line: Coverage) -> Found:
    """Of the papers around others those that speak of a required facet, most of them first, and how many that is."""
    required = tuple(facet for facet in asked.facets if facet.required)
    spoken = [covered_nearly(required, f"{paper.title}\n{paper.abstract or ''}") for paper in papers]
    weights = [sum(facet.weight for facet in required if facet.name in names) for names in spoken]
    order = sorted((n for n in range(len(papers)) if spoken[n] or not required), key=lambda n: -weights[n])
    kept = tuple(papers[n] for n in order[:_FOLLOWED])
    if line.outcome != "found":
        return kept, line
    said = f"{len(papers)} seen, {len(order)} of them on the question, {len(kept)} taken"
    update = {"count": len(kept), "outcome": "found" if kept else "empty"}
    return kept, line.model_copy(update={**update, "reason": "; ".join(filter(None, (line.reason, said)))})


def _best(asked: Question, found: Sequence[_Hit]) -> list[Paper]:
    """Papers that speak of all that was asked and have an id that others know, one of each title.

    Those come first whose title shares most of its words with the question.
    """
    required = tuple(facet for facet in asked.facets if facet.required)
    wanted = {stem(word) for word in words(subject(asked.text))}
    titles: dict[str, Paper] = {}
    for paper, text, _ in found:
        named = any(value for _, value in paper.ids)
        if named and _whole(required, paper.model_copy(update={"abstract": text or None})):
            titles.setdefault(" ".join(words(paper.title)), paper)

    def share(title: str) -> float:
        own = {stem(word) for word in title.split()}
        return 2 * len(wanted & own) / ((len(wanted) + len(own)) or 1)

    return [titles[title] for title in sorted(titles, key=lambda title: -share(title))]
