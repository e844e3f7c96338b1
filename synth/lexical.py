"""BM25 over titles and texts: the lexical half of the search, in memory or in a folder.

Words are lower-cased, freed of accents and stemmed. Names that mix letters and digits count as a whole and in
their parts, so that "IL6" meets "IL-6" and still means more than its digits; a Greek letter that stands for itself
is its name ("TGF-β" meets "TGF-beta"). On the training claims of SciFact (809 queries) this is worth .007 of
nDCG@10 in the fused ranking. Tried there and left out, because they gave nothing: other k1 and b, pairs of words,
groups of four letters, hyphenated words written together, long forms of abbreviations found in the corpus.

BM25: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond".
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from synth.errors import InputError

__all__ = ["INDEX_FORMAT", "LexicalIndex", "terms"]

INDEX_FORMAT = "synth/lexical-index/2"
"""Changes whenever the same texts would be indexed in another way."""

_K1 = 1.2  # fixed inside tantivy, as is b = 0.75
_TITLE_BOOST = 0.2  # the title is also part of the body, so this is a bonus
_FIELDS = (("title", _TITLE_BOOST), ("body", 1.0))
_COMPLETE = "complete.json"
# Scripts written without spaces: each character is a word of its own (Han, kana, Thai, Lao, Khmer).
_UNSPACED = re.compile(r"([\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
# A Greek letter outside Greek text; before a Latin letter a mu is a unit's prefix ("μm").
_GREEK = "\u0370-\u03ff\u1f00-\u1fff"
_GREEK_LETTER = re.compile(
    rf"(?<![{_GREEK}])(?![\u00b5\u03bc][A-Za-z])[\u00b5\u0391-\u03a9\u03b1-\u03c9](?![{_GREEK}])"
)
_DIGIT = re.compile(r"[0-9]")
_MIXED = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z]++[0-9]|[0-9]++[A-Za-z])[A-Za-z0-9]*")
# Words of grammar that tantivy's list of 33 leaves in a query. Not among them: words that are also names when written
# in capitals (all, her, us, who), and words of quantity, place and direction (more, most, under, between, up).
_GRAMMAR = re.findall(
    r"\w+",
    "about again also although am any because been being both can could did do does doing done due either else ever "
    "every few from further get had has have having he here how i itself just may me might must my neither nor now off "
    "other our out own per she should since so some than them themselves through thus too until upon use used using "
    "very via was we were what when where whether which while whom whose why would you your however therefore",
)
_BORDER = re.compile(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")


class LexicalIndex:
    """BM25 over (title, body) pairs, numbered from 0 in the order given."""

    def __init__(self, index: Any, size: int) -> None:
        self._index = index
        self._size = size
        self._searcher = index.searcher()

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
            (folder / _COMPLETE).write_text(json.dumps(_note(size)), "utf-8")
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
        if note != _note(len(found)):
            raise InputError(f"{folder}: a search index of another version; remove the folder and index again")
        return found

    def __len__(self) -> int:
        return self._size

    def query(self, text: str, limit: int) -> list[tuple[int, float]]:
        """At most `limit` (number, BM25 score > 0), best first, equals by number.

        The text is taken as words, those of grammar left out: no character in it has a meaning as syntax.
        """
        import tantivy

        wanted = terms(text)
        if not wanted or limit < 1 or not self._size:
            return []
        schema = self._index.schema
        parts = []
        for term, count in wanted.items():
            for field, boost in _FIELDS:
                query = tantivy.Query.term_query(schema, field, term, index_option="freq")
                parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, boost * count)))
        # A margin beyond the limit, so that equal scores at the border are told apart by number.
        most = min(self._size, limit + 100)
        hits = self._searcher.search(tantivy.Query.boolean_query(parts), limit=most, count=False).hits
        numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        scored = sorted((-float(score), int(number)) for (score, _), number in zip(hits, numbers, strict=True))
        return [(number, -score) for score, number in scored[:limit]]

    def ceiling(self, text: str) -> float:
        """The BM25 score that no text can exceed for this query: all terms saturated in both fields."""
        return sum(
            boost * count * (_K1 + 1) * self._idf(field, term)
            for term, count in terms(text).items()
            for field, boost in _FIELDS
        )

    def weights(self, text: str) -> dict[str, float]:
        """How much each different term of a text tells papers apart: its inverse document frequency."""
        return {term: self._idf("body", term) for term in terms(text)}

    def _idf(self, field: str, term: str) -> float:
        n = self._searcher.doc_freq(field, term)
        return math.log1p((self._size - n + 0.5) / (n + 0.5))


def terms(text: str) -> Counter[str]:
    """The terms of a text as an index knows them, with their counts; words of grammar are none."""
    return Counter(_query_analyzer().analyze(_clean(text)))


@cache
def _query_analyzer() -> Any:
    return _analyzer(drop_stop_words=True)


def _note(size: int) -> dict[str, object]:
    return {"format": INDEX_FORMAT, "documents": size}


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("title", tokenizer_name="paper", index_option="freq")
    builder.add_text_field("body", tokenizer_name="paper", index_option="freq")
    builder.add_unsigned_field("number", fast=True)
    return builder.build()


def _analyzer(*, drop_stop_words: bool = False) -> Any:
    """Words in lower case without accents, as English stems; the index keeps words of grammar, queries drop them."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(40))
    builder = builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())
    if drop_stop_words:
        builder = builder.filter(Filter.stopword("english")).filter(Filter.custom_stopword(_GRAMMAR))
    return builder.filter(Filter.stemmer("english")).build()


def _clean(text: str) -> str:
    """Text as the analyzer wants it.

    No lone surrogates, spaces around characters of scripts that write none, single Greek letters by name, and mixed
    names with their parts behind them.
    """
    if not text.isascii():
        text = _UNSPACED.sub(r" \1 ", text.encode("utf-8", "replace").decode("utf-8"))
        text = _GREEK_LETTER.sub(_letter_name, text)
    if not _DIGIT.search(text):
        return text
    return _MIXED.sub(lambda match: f"{match[0]} {_BORDER.sub(' ', match[0])}", text)


def _letter_name(match: re.Match[str]) -> str:
    """The letter's own name as a word: what Unicode calls it, last word (LAMDA is its spelling of lambda)."""
    letter = "\u03bc" if match[0] == "\u00b5" else match[0]  # the micro sign is a mu
    name = unicodedata.name(letter, "").rpartition(" ")[2].replace("LAMDA", "LAMBDA")
    return f" {name} "
