"""For LangChain: a retriever of passages, and tools that verify a claim and find papers.

    retriever()        -> BaseRetriever        passages of papers, each with its place
    tools()            -> list[BaseTool]       `verify_claim` and `find_passages`, for an agent

Nothing is asked over the network, and no word of a model names a path: what may be read is fixed when the retriever or
the tools are made. Passages are text of papers: data for a prompt, never instructions in one. Needs the extra `llm`.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from synth.errors import InputError
from synth.records import Ids, Paper, Passage, ReadPaper

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.tools import BaseTool

    from synth.collect import Corpus
    from synth.notebook import Named

__all__ = ["retriever", "tools"]

_Sentence = tuple[ReadPaper, int, tuple[Passage, ...]]  # a paper, the number of the sentence, all its sentences
_PAPERS = 20  # papers whose sentences are looked at
_LONGEST = 2_000  # characters of a query


def retriever(*, among: Named = (), k: int = 6, papers: int = _PAPERS) -> BaseRetriever:
    """A retriever of the `k` passages nearest to a query, best first.

    A passage is the sentence that was found with the sentences beside it in its section. The metadata hold `paper_id`,
    `version`, `title`, `year`, `authors`, `tier`, `section`, `page` (from 1, None where there are none), `start` and
    `end` (offsets of the found sentence in the text of the paper) and `score` (raw, for ordering).

    Args:
        among: files or folders; none: the packaged library and your own.
        k: at most so many passages.
        papers: in how many papers, those nearest to the query, passages are looked for.

    Raises:
        InputError: LangChain is not installed, or `k` or `papers` is less than 1. When asked: the query is empty or
            endless, or no file of `among` can be read.
    """
    if k < 1 or papers < 1:
        raise InputError(f"retriever: k={k}, papers={papers}; both must be 1 or more")
    document, base = _langchain()

    class Passages(base):  # type: ignore[valid-type, misc]
        """Passages of papers for a query."""

        def _get_relevant_documents(
            self, query: str, *, run_manager: CallbackManagerForRetrieverRun  # noqa: ARG002 (the form of LangChain)
        ) -> list[Document]:
            return [document(page_content=text, metadata=facts) for text, facts in _found(query, among, k, papers)]

    made: BaseRetriever = Passages()
    return made


def tools(*, among: Named = (), k: int = 6) -> list[BaseTool]:
    """Two tools for an agent, which take words alone: `verify_claim` and `find_passages`.

    `verify_claim` gives the verdict, its reason, a calibrated confidence (null without one) and the quotes with their
    places; `find_passages` gives the passages of `retriever`. Both give JSON values; what an agent did wrong (an
    empty claim) comes back as one line, so that it can be put right.

    Raises InputError where LangChain is not installed or `k` is less than 1.
    """
    if k < 1:
        raise InputError(f"tools: k={k} is less than 1")
    _langchain()
    from langchain_core.tools import StructuredTool, ToolException

    from synth.notebook import verdicts

    def verify_claim(claim: str) -> dict[str, Any]:
        """Hold one claim (a whole sentence) against papers: verdict, reason, confidence, quotes with places."""
        try:
            (one,) = verdicts(claim, papers=among)
        except InputError as problem:
            raise ToolException(str(problem)) from None
        kept = {"statement", "verdict", "evidence"}
        return one.model_dump(mode="json", include=kept)

    def find_passages(query: str) -> list[dict[str, Any]]:
        """Passages of papers that bear on the query, each with its paper and place."""
        try:
            return [{"text": text, **facts} for text, facts in _found(query, among, k, _PAPERS)]
        except InputError as problem:
            raise ToolException(str(problem)) from None

    return [StructuredTool.from_function(one, handle_tool_error=True) for one in (verify_claim, find_passages)]


def _langchain() -> tuple[Any, Any]:
    try:
        from langchain_core.documents import Document
        from langchain_core.retrievers import BaseRetriever
    except ImportError:
        raise InputError('this needs LangChain; install it with `pip install "synth-replicate[llm]"`') from None
    return Document, BaseRetriever


def _found(query: str, among: Named, k: int, papers: int) -> list[tuple[str, dict[str, Any]]]:
    """The passages nearest to the query with their metadata. InputError for a query that is empty or endless."""
    from synth import holdings
    from synth.models import embedding
    from synth.notebook import opened, paths
    from synth.search import rank

    if not query.strip() or len(query) > _LONGEST:
        raise InputError(f"the query has {len(query):,} characters; give words, at most {_LONGEST:,} characters")
    embedder = embedding.load()
    sentences: list[_Sentence] = []
    with opened() as library:
        vectors = library.vectors(embedder.id)
        corpora = [holdings.local(paths(among), library)] if among else [holdings.starter(), holdings.own(library)]
        for corpus in corpora:
            index = corpus.lexical() if corpus.lexical else None
            for hit in rank(query, corpus.papers, embedder, lexical=index, vectors=vectors, limit=papers):
                sentences += _sentences(corpus, corpus.papers[hit.index])
        ranked = rank(query, [_alone(*one) for one in sentences], embedder, vectors=vectors, limit=k)
    return [_told(*sentences[hit.index], hit.score) for hit in ranked]


def _sentences(corpus: Corpus, paper: Paper) -> list[_Sentence]:
    """Every sentence of a paper; of one whose file cannot be read any more, none, and that is a warning."""
    from synth.passages import passages

    try:
        reading = corpus.read(paper)
    except InputError as problem:
        warnings.warn(f"skipped {problem}", stacklevel=2)
        return []
    found = passages(reading)
    return [(reading, number, found) for number in range(len(found))]


def _alone(reading: ReadPaper, number: int, among: tuple[Passage, ...]) -> Paper:
    """A sentence in the form that ranking takes: the title of its paper, and its words."""
    one = among[number]
    return Paper(
        id=f"{one.paper_id} {one.start}", title=reading.paper.title, authors=(), year=None, ids=Ids(),
        abstract=one.text, source="passage",
    )  # fmt: skip


def _told(reading: ReadPaper, number: int, among: tuple[Passage, ...], score: float) -> tuple[str, dict[str, Any]]:
    """The sentence with those beside it in its section, and where it stands."""
    one = among[number]
    beside = [p for p in among[max(number - 1, 0) : number + 2] if p.section == one.section]
    text = reading.text[beside[0].start : beside[-1].end]
    return " ".join(text.split()), {
        "paper_id": one.paper_id, "version": one.version, "title": reading.paper.title, "year": reading.paper.year,
        "authors": list(reading.paper.authors), "tier": one.tier, "section": one.section, "page": one.page,
        "start": one.start, "end": one.end, "score": score,
    }  # fmt: skip
