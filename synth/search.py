"""Rank papers by a question: BM25 and sentence embeddings, fused.

    score = 0.6 * lexical + 0.4 * dense

`lexical` is the BM25 score as a share of the highest score that any text could reach for these query
terms (every term saturated), `dense` the cosine of the embeddings, both in [0, 1]. Both halves are
absolute: a query of words that no paper uses gives low scores to all papers instead of 1 to the least
bad. Weights, title boost and stop words were chosen on the training claims of SciFact; what that gives
on the development claims is printed by `benchmarks/search_scifact.py`. Reciprocal rank fusion and
min-max sums were tried on the same claims and were not better.

Small sets are embedded whole. On a large corpus only the best lexical candidates are embedded.

BM25: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond".
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from synth.errors import InputError
from synth.models.embedding import Embedder, Progress
from synth.records import Paper, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

__all__ = ["LexicalIndex", "MemoryVectors", "Ranked", "Vectors", "embed", "paper_text", "rank"]

_K1 = 1.2  # fixed inside tantivy, as is b = 0.75
_TITLE_BOOST = 0.2  # the title is also part of the body, so this is a bonus
_DENSE_WEIGHT = 0.4
_FORMAT = {"format": "synth/lexical-index/1"}
_COMPLETE = "complete.json"
# Scripts written without spaces: each character is a word of its own (Han, kana, Thai, Lao, Khmer).
_UNSPACED = re.compile(r"([\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


class Ranked(Record):
    """A paper in its place. `index` counts from 0 in the papers given; all scores lie in [0, 1] and are raw.

    `dense` is None when no embedding model was used.
    """

    index: int
    score: float
    lexical: float
    dense: float | None


class Vectors(Protocol):
    """A store of vectors by key (model id and checksum of the text), so that nothing is embedded twice."""

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Vector]:
        """Those of the keys that are there, with their vectors."""

    def put_many(self, vectors: Mapping[str, Vector]) -> None:
        """Keep the vectors."""


class MemoryVectors:
    """A store that lasts as long as the process."""

    def __init__(self) -> None:
        self._kept: dict[str, Vector] = {}

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Vector]:
        """Those of the keys that are there, with their vectors."""
        return {key: self._kept[key] for key in keys if key in self._kept}

    def put_many(self, vectors: Mapping[str, Vector]) -> None:
        """Keep the vectors."""
        self._kept.update(vectors)


class LexicalIndex:
    """BM25 over (title, body) pairs, numbered from 0 in the order given."""

    def __init__(self, index: Any, size: int) -> None:
        self._index = index
        self._size = size
        self._searcher = index.searcher()
        self._analyzer = _analyzer(drop_stop_words=True)

    @classmethod
    def build(cls, documents: Iterable[tuple[str, str]], folder: Path | None = None) -> LexicalIndex:
        """Index (title, text) pairs, in memory or in the new or empty `folder`."""
        import tantivy

        schema = _schema()
        if folder is None:
            index = tantivy.Index(schema)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise InputError(f"{folder}: not empty; a search index wants a folder of its own")
            index = tantivy.Index(schema, path=str(folder))
        index.register_tokenizer("paper", _analyzer())
        writer = index.writer(heap_size=256_000_000, num_threads=1)  # one thread: always the same index
        size = 0
        for title, text in documents:
            document = tantivy.Document()
            title = _clean(title)
            document.add_text("title", title)
            document.add_text("body", f"{title} {_clean(text)}")
            document.add_unsigned("number", size)
            writer.add_document(document)
            size += 1
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        if folder is not None:
            # Written last: an index without it was interrupted and is not opened.
            (folder / _COMPLETE).write_text(json.dumps(_FORMAT | {"documents": size}), "utf-8")
        return cls(index, size)

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """The index that `build` left in `folder`; InputError when there is none, or not a whole one."""
        import tantivy

        try:
            note = json.loads((folder / _COMPLETE).read_text("utf-8"))
            index = tantivy.Index.open(str(folder))
        except (OSError, ValueError) as error:
            raise InputError(f"{folder}: no whole search index here; remove the folder and index again") from error
        index.register_tokenizer("paper", _analyzer())
        found = cls(index, index.searcher().num_docs)
        if note != _FORMAT | {"documents": len(found)}:
            raise InputError(f"{folder}: a search index of another version; remove the folder and index again")
        return found

    def __len__(self) -> int:
        return self._size

    def query(self, text: str, limit: int) -> list[tuple[int, float]]:
        """At most `limit` (number, BM25 score > 0), best first, equals by number.

        The text is taken as words without stop words: no character in it has a meaning as syntax.
        """
        import tantivy

        terms = self._terms(text)
        if not terms or limit < 1 or not self._size:
            return []
        schema = self._index.schema
        parts = []
        for term, count in terms.items():
            for field, boost in (("title", _TITLE_BOOST), ("body", 1.0)):
                query = tantivy.Query.term_query(schema, field, term, index_option="freq")
                parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, boost * count)))
        # A margin beyond the limit, so that equal scores at the border are told apart by number.
        wanted = min(self._size, limit + 100)
        hits = self._searcher.search(tantivy.Query.boolean_query(parts), limit=wanted, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        scored = sorted((-float(score), int(number)) for (score, _), number in zip(hits, numbers, strict=True))
        return [(number, -score) for score, number in scored[:limit]]

    def ceiling(self, text: str) -> float:
        """The BM25 score that no text can exceed for this query: all terms saturated in both fields."""
        total = 0.0
        for term, count in self._terms(text).items():
            for field, boost in (("title", _TITLE_BOOST), ("body", 1.0)):
                n = self._searcher.doc_freq(field, term)
                total += boost * count * (_K1 + 1) * math.log1p((self._size - n + 0.5) / (n + 0.5))
        return total

    def _terms(self, text: str) -> Counter[str]:
        """The query's terms with their counts; stop words are none."""
        return Counter(self._analyzer.analyze(_clean(text)))


def rank(
    query_text: str,
    papers: Sequence[Paper],
    embedder: Embedder | None,
    *,
    lexical: LexicalIndex | None = None,
    limit: int,
    vectors: Vectors | None = None,
    candidates: int = 300,
    whole_below: int = 1000,
    progress: Progress | None = None,
) -> list[Ranked]:
    """The `limit` best papers for the query, best first, equal scores in the order of the papers.

    `lexical` is an index of these papers in this order (built here when None). Fewer than `whole_below`
    papers are all embedded and ranked; of a larger corpus only the `candidates` best by BM25 are.
    Without an embedder the score is the lexical share, and papers that share no word with the query
    are left out. A query without a word (other than stop words) ranks nothing. Raises ValueError when
    the index is not of these papers.
    """
    if lexical is None:
        lexical = LexicalIndex.build((paper.title, paper.abstract or "") for paper in papers)
    if len(lexical) != len(papers):
        raise ValueError(f"the index holds {len(lexical)} papers, {len(papers)} were given")
    ceiling = lexical.ceiling(query_text)
    if not papers or ceiling <= 0 or limit < 1:
        return []
    small = len(papers) < whole_below
    pool = len(papers) if small else max(candidates, limit)
    shares = {number: score / ceiling for number, score in lexical.query(query_text, pool)}
    if embedder is None:
        found = [_ranked(index, share, None) for index, share in shares.items()]
    else:
        chosen = list(range(len(papers))) if small else sorted(shares)
        texts = [paper_text(papers[index]) for index in chosen]
        matrix = embed(texts, embedder, vectors, progress)  # [len(chosen), d]
        cosines = matrix @ embedder.encode([query_text])[0]
        found = [
            _ranked(index, shares.get(index, 0.0), float(cosine)) for index, cosine in zip(chosen, cosines, strict=True)
        ]
    return sorted(found, key=lambda ranked: (-ranked.score, ranked.index))[:limit]


def paper_text(paper: Paper) -> str:
    """What is embedded of a paper: title and abstract."""
    return f"{paper.title} {paper.abstract}" if paper.abstract else paper.title


def embed(
    texts: Sequence[str], embedder: Embedder, vectors: Vectors | None, progress: Progress | None = None
) -> Vector:
    """Vectors of the texts, float32 [len(texts), dimension]; known ones from the store, new ones into it."""
    import numpy as np

    if vectors is None:
        return embedder.encode(texts, progress)
    keys = [f"{embedder.id}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}" for text in texts]
    known = dict(vectors.get_many(keys))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        fresh = dict(zip(missing, embedder.encode(list(missing.values()), progress), strict=True))
        vectors.put_many(fresh)
        known |= fresh
    return np.array([known[key] for key in keys], np.float32).reshape(len(keys), embedder.dimension)


def _ranked(index: int, share: float, cosine: float | None) -> Ranked:
    """Six decimals: enough to rank by, and the last bits of a product differ between processors."""
    share = min(1.0, share)
    dense = None if cosine is None else min(1.0, max(0.0, cosine))
    score = share if dense is None else (1 - _DENSE_WEIGHT) * share + _DENSE_WEIGHT * dense
    rounded = None if dense is None else round(dense, 6)
    return Ranked(index=index, score=round(score, 6), lexical=round(share, 6), dense=rounded)


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("title", tokenizer_name="paper", index_option="freq")
    builder.add_text_field("body", tokenizer_name="paper", index_option="freq")
    builder.add_unsigned_field("number", fast=True)
    return builder.build()


def _analyzer(*, drop_stop_words: bool = False) -> Any:
    """Words in lower case without accents, as English stems; the index keeps stop words, queries drop them."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(40))
    builder = builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())
    if drop_stop_words:
        builder = builder.filter(Filter.stopword("english"))
    return builder.filter(Filter.stemmer("english")).build()


def _clean(text: str) -> str:
    """Encodable text (no lone surrogates) with spaces around characters of scripts that write none."""
    if text.isascii():
        return text
    return _UNSPACED.sub(r" \1 ", text.encode("utf-8", "replace").decode("utf-8"))
