"""Ranking: what BM25 alone says, what the embeddings add, and what no query text can break."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from synth.errors import InputError
from synth.models.embedding import Progress, load
from synth.records import Ids, Paper
from synth.runs import rank_all, read_corpus, read_queries, run_lines
from synth.search import LexicalIndex, MemoryVectors, embed, rank


def paper(identifier: str, title: str, abstract: str | None = None) -> Paper:
    return Paper(id=identifier, title=title, authors=(), year=None, ids=Ids(), abstract=abstract, source="test")


PAPERS = (
    paper("soup", "Cooking soup", "Salt, water and onions make a soup."),
    paper("transfer", "Cross-lingual transfer", "We transfer a parser from English to Hindi."),
    paper("paws", "Paraphrases in seven languages", "PAWS-X is a data set of paraphrase pairs."),
    paper("untold", "A title without abstract"),
    paper("german", "Müller über Sprache", "Ein Aufsatz über Übersetzung."),
    paper("chinese", "跨语言迁移学习", "我们研究语言模型的迁移。"),
)

HOSTILE = (
    '"AND ( * :', "title:soup", "soup)", '"soup', "soup~2 ^3", "soup\x00", "\ud800soup", "[a TO soup]",
    "+soup -water", "soup\\", "soup' OR 1=1; --", "/soup.*/",
)  # fmt: skip


class CountingEmbedder:
    """Two dimensions: a text that speaks of food points one way, any other text the other way."""

    id = "counting@1"
    dimension = 2

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        self.encoded.extend(texts)
        food = [any(word in text.lower() for word in ("soup", "meal")) for text in texts]
        return np.array([[1, 0] if f else [0, 1] for f in food], np.float32).reshape(len(texts), 2)


def index(*pairs: tuple[str, str]) -> LexicalIndex:
    return LexicalIndex.build(pairs)


def order(query: str, papers: Sequence[Paper] = PAPERS, limit: int = 10) -> list[str]:
    return [papers[ranked.index].id for ranked in rank(query, papers, None, limit=limit)]


# --- the lexical half ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("soup", "soup"),
        ("onion", "soup"),  # the text says onions
        ("transferring parsers", "transfer"),
        ("CROSS lingual", "transfer"),
        ("PAWS-X", "paws"),
        ("paraphrasing", "paws"),
        ("muller ubersetzung", "german"),  # accents do not count
        ("迁移", "chinese"),
        ("titles", "untold"),
    ],
)
def test_words_find_the_paper_that_has_them(query: str, first: str) -> None:
    assert order(query)[0] == first


def test_bm25_by_hand() -> None:
    """Two papers of five words: "rare" is in one of two, twice. Formula: idf * tf * 2.2 / (tf + 1.2)."""
    ((number, score),) = index(("", "rare rare oak ash elm"), ("", "yew fir bay fig box")).query("rare", 5)
    idf = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    assert number == 0
    assert score == pytest.approx(idf * 2 * 2.2 / (2 + 1.2), rel=1e-4)


def test_the_ceiling_is_approached_and_never_exceeded() -> None:
    found = index(("soup", "soup " * 2000), ("transfer", "parser of trees"))
    score = found.query("soup", 1)[0][1]
    assert 0.8 * found.ceiling("soup") < score < found.ceiling("soup")


def test_a_word_in_the_title_counts_more() -> None:
    assert index(("water", "soup salt"), ("soup", "water salt")).query("soup", 2)[0][0] == 1


def test_equal_papers_keep_their_order() -> None:
    found = index(*[("same title", "same text")] * 30).query("same", 12)
    assert [number for number, _ in found] == list(range(12))
    assert len({score for _, score in found}) == 1


@pytest.mark.parametrize("query", HOSTILE[1:])
def test_signs_in_a_query_are_no_syntax(query: str) -> None:
    assert order(query)[0] == "soup"


@pytest.mark.parametrize("query", ["", " ", "?!", HOSTILE[0], "what is it", "zxqv blorp", "soup" * 20])
def test_a_query_without_a_known_word_finds_nothing(query: str) -> None:
    assert order(query) == []


def test_a_very_long_query_is_only_slow_words() -> None:
    assert order("soup " + " ".join(f"word{n}" for n in range(3000)))[0] == "soup"


@pytest.mark.parametrize(("limit", "count"), [(0, 0), (1, 1), (2, 2), (50, 2)])
def test_the_limit(limit: int, count: int) -> None:
    assert len(order("transfer soup", limit=limit)) == count


def test_no_papers() -> None:
    assert rank("soup", (), CountingEmbedder(), limit=5) == []


def test_an_index_on_disk_answers_like_one_in_memory(tmp_path: Path) -> None:
    documents = [(p.title, p.abstract or "") for p in PAPERS]
    built = LexicalIndex.build(documents, tmp_path / "index")
    opened = LexicalIndex.open(tmp_path / "index")
    expected = LexicalIndex.build(documents).query("soup transfer", 5)
    assert built.query("soup transfer", 5) == opened.query("soup transfer", 5) == expected
    assert len(opened) == len(PAPERS)


def test_a_folder_that_is_no_whole_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no whole search index"):
        LexicalIndex.open(tmp_path / "absent")
    LexicalIndex.build([("a", "b")], tmp_path / "index")
    with pytest.raises(InputError, match="not empty"):
        LexicalIndex.build([("a", "b")], tmp_path / "index")
    (tmp_path / "index" / "complete.json").unlink()
    with pytest.raises(InputError, match="no whole search index"):
        LexicalIndex.open(tmp_path / "index")


# --- the fusion ------------------------------------------------------------------------------------


def test_meaning_lifts_a_paper_that_shares_no_word() -> None:
    papers = (paper("a", "Parsing"), paper("b", "A good meal"), paper("c", "soup"))
    found = rank("soup", papers, CountingEmbedder(), limit=3)
    assert [(papers[r.index].id, r.dense) for r in found] == [("c", 1.0), ("b", 1.0), ("a", 0.0)]
    assert found[1].lexical == 0
    assert found[1].score == pytest.approx(0.4)


@pytest.mark.parametrize("query", ["soup transfer", "PAWS-X", "迁移", "onion " * 50])
def test_scores_lie_between_nought_and_one_and_fall(query: str) -> None:
    found = rank(query, PAPERS, CountingEmbedder(), limit=10)
    scores = [ranked.score for ranked in found]
    assert len(found) == len(PAPERS)
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= value <= 1 for r in found for value in (r.score, r.lexical, r.dense) if value is not None)


def test_a_small_set_is_embedded_whole_and_a_large_one_is_not() -> None:
    papers = [paper(f"p{n}", "soup" if n % 10 == 0 else "stone", f"number{n}") for n in range(200)]
    whole, part = CountingEmbedder(), CountingEmbedder()
    assert len(rank("soup", papers, whole, limit=500)) == 200
    found = rank("soup", papers, part, limit=5, whole_below=100, candidates=8)
    assert [r.index for r in found] == [0, 10, 20, 30, 40]
    assert len(whole.encoded) == 201
    assert len(part.encoded) == 9


def test_nothing_is_embedded_twice() -> None:
    embedder, store = CountingEmbedder(), MemoryVectors()
    first = rank("soup", PAPERS, embedder, limit=9, vectors=store)
    count = len(embedder.encoded)
    assert rank("soup", PAPERS, embedder, limit=9, vectors=store) == first
    assert embedder.encoded[count:] == ["soup"]
    assert rank("soup", PAPERS, embedder, limit=9) == first


def test_equal_texts_share_one_vector_and_none_is_lost() -> None:
    embedder = CountingEmbedder()
    assert embed(["soup", "stone", "soup"], embedder, MemoryVectors()).tolist() == [[1, 0], [0, 1], [1, 0]]
    assert embedder.encoded == ["soup", "stone"]
    assert embed([], embedder, MemoryVectors()).shape == (0, 2)


def test_another_model_does_not_get_the_stored_vectors() -> None:
    store, other = MemoryVectors(), CountingEmbedder()
    embed(["soup"], CountingEmbedder(), store)
    other.id = "other@2"
    embed(["soup"], other, store)
    assert other.encoded == ["soup"]


def test_an_index_of_other_papers_is_refused() -> None:
    with pytest.raises(ValueError, match="holds 1 papers, 6 were given"):
        rank("soup", PAPERS, None, lexical=index(("a", "b")), limit=3)


def test_the_packaged_model_finds_what_is_meant() -> None:
    papers = (*PAPERS, paper("ner", "Named entity recognition", "Finding names of persons and places in text."))
    found = rank("recipes for a meal with salt", papers, load(), limit=3)
    assert papers[found[0].index].id == "soup"
    again = rank("recipes for a meal with salt", papers, load(), limit=3)
    assert found == again


def by_text(vectors: Mapping[str, Sequence[float]]) -> CountingEmbedder:
    """An embedder whose vectors are given by the text; any other text is orthogonal to all of them."""
    made = CountingEmbedder()
    made.dimension = 3

    def encode(texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        made.encoded.extend(texts)
        return np.array([vectors.get(text, (0, 0, 1)) for text in texts], np.float32).reshape(len(texts), 3)

    made.encode = encode  # type: ignore[method-assign]
    return made


@pytest.mark.parametrize(("others", "second"), [(17, "far"), (18, "near")])  # one paper in twenty gives feedback
def test_papers_like_the_first_one_rise(others: int, second: str) -> None:
    """Both lie at .6 from the query; only "near" lies on the side of the paper that is found first."""
    papers = (paper("far", "Far"), paper("near", "Near"), *(paper(f"p{n}", "Stone") for n in range(others - 1)))
    papers = (paper("first", "Soup"), *papers)
    vectors = {"soup": (1, 0, 0), "Soup": (0.8, 0.6, 0), "Far": (0.6, -0.8, 0), "Near": (0.6, 0.8, 0)}
    found = rank("soup", papers, by_text(vectors), limit=3)
    assert [papers[r.index].id for r in found][:2] == ["first", second]
    assert found[1].dense == pytest.approx(0.6)  # of the query as it was asked


@pytest.mark.parametrize("known", [{}, {"Soup": (1.0, 0.0, 0.0)}], ids=["nothing", "one paper"])
def test_vectors_without_a_length_leave_the_ranking_to_the_words(known: Mapping[str, Sequence[float]]) -> None:
    """A model may know no word of a text and give a vector of noughts: that is no direction, and no number either."""
    papers = (*(paper(f"p{n}", "Stone") for n in range(30)), paper("first", "Soup"))
    texts = dict.fromkeys(("soup", "Stone", "Soup"), (0.0, 0.0, 0.0))
    found = rank("soup", papers, by_text({**texts, **known}), limit=3)
    assert papers[found[0].index].id == "first"
    assert all(math.isfinite(value) for one in found for value in (one.score, one.dense or 0.0))
    assert [one.dense for one in found] == [0.0, 0.0, 0.0]


def test_one_good_sentence_lifts_a_paper() -> None:
    text = "Soup is warm. Soup is deep. It rains."
    papers = (paper("plain", "Soup soup soup", "Soup."), paper("told", "Soup pots", text), paper("third", "Stone"))
    vectors = {"soup": (1, 0, 0), "Soup is deep.": (1, 0, 0)}
    assert [r.index for r in rank("soup", papers, by_text(vectors), limit=3)] == [0, 1, 2]
    embedder = by_text(vectors)
    found = rank("soup", papers, embedder, limit=3, by_sentence=2)
    assert [(r.index, r.sentence) for r in found] == [(1, 1.0), (0, 0.0), (2, None)]
    assert found[2].score == 0
    assert "It rains." not in embedder.encoded  # two sentences, those with the words of the query


def test_a_reranker_reads_the_best_and_is_fused_with_them() -> None:
    read: list[list[str]] = []

    def stance(query: str, papers: Sequence[Paper]) -> list[float]:
        read.append([query, *(p.id for p in papers)])
        return [1.7 if p.id == "b" else 0.0 for p in papers]

    papers = (
        paper("a", "Soup soup"),
        paper("b", "Soup of the day in town"),
        paper("c", "Soup of a very long week now"),
    )
    plain = rank("soup", papers, None, limit=3)
    found = rank("soup", papers, None, limit=3, rerank=stance, reranked=2)
    assert [r.index for r in plain] == [0, 1, 2]
    assert read == [["soup", "a", "b"]]
    assert [(r.index, r.rerank) for r in found] == [(1, 1.0), (0, 0.0), (2, None)]
    assert found[0].score == pytest.approx(0.7 * plain[1].score + 0.3, abs=1e-6)
    assert found[2].score == pytest.approx(0.7 * plain[2].score, abs=1e-6)


def test_a_reranker_that_loses_papers_is_refused() -> None:
    with pytest.raises(ValueError, match="read 1 papers, 2 were given"):
        rank("soup", (paper("a", "Soup"), paper("b", "Soup")), None, limit=2, rerank=lambda *_: [0.5])


def test_a_matrix_of_other_papers_is_refused() -> None:
    with pytest.raises(ValueError, match="matrix holds 1 papers, 6 were given"):
        rank("soup", PAPERS, CountingEmbedder(), limit=3, matrix=np.ones((1, 2), np.float32))


def test_a_kill_loses_only_the_texts_being_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(CountingEmbedder):
        def encode(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
            if "text 5" in texts:
                raise KeyboardInterrupt
            if progress is not None:
                progress(len(texts), len(texts))
            return super().encode(texts)

    monkeypatch.setattr("synth.search._BLOCK", 4)
    store, told = MemoryVectors(), []
    with pytest.raises(KeyboardInterrupt):
        embed([f"text {n}" for n in range(10)], Killed(), store, lambda *at: told.append(at))
    assert told == [(4, 10)]
    again = CountingEmbedder()
    embed([f"text {n}" for n in range(10)], again, store)
    assert again.encoded == [f"text {n}" for n in range(4, 10)]


# --- runs ------------------------------------------------------------------------------------------


def test_a_run_file(tmp_path: Path) -> None:
    queries, corpus = tmp_path / "queries.jsonl", tmp_path / "corpus.jsonl"
    queries.write_text('{"_id": "q1", "text": "soup"}\n\n{"_id": 2, "text": "zxqv"}\n', "utf-8")
    lines: Sequence[Mapping[str, object]] = (
        {"doc_id": 7, "title": "Stones", "abstract": ["Hard.", "Grey."]},
        {"_id": "b-1", "title": "Soup", "text": "Warm soup."},
    )
    corpus.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    papers = read_corpus(corpus)
    assert [(p.id, p.abstract) for p in papers] == [("7", "Hard. Grey."), ("b-1", "Warm soup.")]
    rankings = list(rank_all(read_queries(queries), papers, None, limit=3))
    score = rankings[0][1][0].score
    assert list(run_lines(rankings, papers, "t")) == [f"q1 Q0 b-1 1 {score:.6f} t"]


def test_a_query_is_answered_the_same_in_any_company() -> None:
    papers = [paper(f"p{n}", f"Soup {n}", f"Salt number {n}. Water {n * 7 % 5}.") for n in range(45)]
    queries = [(f"q{n}", f"soup {n}") for n in range(4)]
    together = dict(rank_all(queries, papers, CountingEmbedder(), limit=9))
    alone = {
        q: ranking for one in reversed(queries) for q, ranking in rank_all([one], papers, CountingEmbedder(), limit=9)
    }
    assert together == alone


def test_a_run_embeds_every_paper_once_and_tells_how_far_it_is() -> None:
    embedder = CountingEmbedder()
    told: list[tuple[int, int]] = []
    queries = [("a", "soup"), ("b", "transfer"), ("c", "soup")]
    done = [query for query, _ in rank_all(queries, PAPERS, embedder, limit=2, progress=lambda *at: told.append(at))]
    assert done == ["a", "b", "c"]
    assert told == [(1, 3), (2, 3), (3, 3)]
    texts = [text for text in embedder.encoded if text not in ("soup", "transfer")]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no lines"),
        ('{"_id": "a", "text": "x"}\n{"_id"', ":2: not JSON"),
        ("[]", ":1: not a JSON object"),
        ('{"_id": "a"}', ':1: field "text" is missing'),
        ('{"text": "a"}', ':1: field "_id" is missing'),
        ('{"_id": "a b", "text": "x"}', "has spaces"),
        ('{"_id": "a", "text": "x"}\n{"_id": "a", "text": "y"}', "there twice"),
    ],
)
def test_a_bad_query_file_says_which_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=message):
        read_queries(path)


def test_a_missing_or_binary_corpus_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_corpus(tmp_path / "absent.jsonl")
    (tmp_path / "c.jsonl.gz").write_bytes(b"not gzip")
    with pytest.raises(InputError, match="cannot be read"):
        read_corpus(tmp_path / "c.jsonl.gz")
    (tmp_path / "c.jsonl").write_text('{"doc_id": 1, "title": "t", "abstract": 5}', "utf-8")
    with pytest.raises(InputError, match=r"c\.jsonl:1: the abstract"):
        read_corpus(tmp_path / "c.jsonl")


# --- real data: floors under what benchmarks/search_scifact.py prints ----------------------------------


def _scifact(folder: Path) -> tuple[list[Paper], list[tuple[str, str]], dict[str, set[str]]]:
    """Papers, development claims as queries, and the relevant papers of each."""
    claims = [json.loads(line) for line in (folder / "claims_dev.jsonl").read_text("utf-8").splitlines()]
    relevant: dict[str, set[str]] = {}
    for line in (folder / "beir_style" / "qrels" / "dev.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, _ = line.split("\t")
        relevant.setdefault(query, set()).add(document)
    return read_corpus(folder / "corpus.jsonl"), [(str(c["id"]), c["claim"]) for c in claims], relevant


def _ndcg(found: Sequence[str], relevant: set[str]) -> float:
    """nDCG@10 with relevance 0 or 1."""
    gained = sum(1 / math.log2(place + 2) for place, name in enumerate(found[:10]) if name in relevant)
    return gained / sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))


@pytest.mark.shared_data
def test_the_lexical_half_on_scifact(shared_data: Path) -> None:
    papers, queries, relevant = _scifact(shared_data / "claims" / "scifact")
    gains = [
        _ndcg([papers[r.index].id for r in ranking], relevant[query])
        for query, ranking in rank_all(queries, papers, None, limit=10)
    ]
    assert sum(gains) / len(gains) == pytest.approx(0.708, abs=0.005)


@pytest.mark.shared_data
@pytest.mark.slow
def test_the_fusion_beats_both_halves_on_scifact(shared_data: Path) -> None:
    """Every fifth development claim, twenty candidates each: seconds, not minutes. The whole is a benchmark."""
    papers, queries, relevant = _scifact(shared_data / "claims" / "scifact")
    embedder, store = load(), MemoryVectors()
    lexical = LexicalIndex.build((p.title, p.abstract or "") for p in papers)
    gains: dict[str, list[float]] = {"fused": [], "lexical": [], "dense": []}
    for query, text in queries[::5]:
        found = rank(text, papers, embedder, lexical=lexical, limit=20, vectors=store, candidates=20)
        orders = {
            "fused": found,
            "lexical": sorted(found, key=lambda r: (-r.lexical, r.index)),
            "dense": sorted(found, key=lambda r: (-(r.dense or 0.0), r.index)),
        }
        for name, ordering in orders.items():
            gains[name].append(_ndcg([papers[r.index].id for r in ordering], relevant[query]))
    means = {name: sum(values) / len(values) for name, values in gains.items()}
    assert means["fused"] > means["lexical"] + 0.01
    assert means["fused"] > means["dense"] + 0.01
