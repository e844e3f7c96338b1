"""Sentence vectors of every layer, nearest neighbours, mined pairs, and the control with wrong pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch
from tiny_models import LINES, save

from replicate import pretrained, retrieve
from replicate.encode import Pieces
from replicate.metrics import mining, retrieval
from replicate.records import ParallelSet
from synth.errors import InputError

TEXTS = (*LINES, "the mill", "who?", LINES[0])


@pytest.fixture(scope="module", params=["xlm-roberta", "bert"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Pieces]:
    folder = str(save(tmp_path_factory.mktemp("model"), request.param))
    return pretrained.encoder(folder).eval(), pretrained.pieces(folder)


def vectors(loaded: tuple[Any, Pieces], texts: tuple[str, ...] = TEXTS, **more: Any) -> Any:
    layers = more.pop("layers", (0, 1, 2))
    return retrieve.vectors(*loaded, texts, layers, max_length=32, **more)


# --- vectors ------------------------------------------------------------------------------------------


def test_a_vector_is_the_mean_over_all_tokens_of_a_layer(loaded: tuple[Any, Pieces]) -> None:
    """Special tokens count, padding does not: compared with each sentence alone, averaged by hand."""
    encoder, pieces = loaded
    made = vectors(loaded).vectors
    assert made.shape == (3, len(TEXTS), 16)
    for row, text in enumerate(TEXTS):
        given = pieces.tokenizer(text, return_tensors="pt")
        with torch.inference_mode():
            states = encoder(**given, output_hidden_states=True).hidden_states
        for layer in range(3):
            assert np.allclose(made[layer, row], states[layer][0].mean(0).numpy(), atol=1e-5)


def test_layers_are_picked_by_number(loaded: tuple[Any, Pieces]) -> None:
    assert np.array_equal(vectors(loaded, layers=(2, 0)).vectors, vectors(loaded).vectors[[2, 0]])


def test_equal_texts_have_equal_vectors_and_pass_once(loaded: tuple[Any, Pieces]) -> None:
    made = vectors(loaded)
    assert np.array_equal(made.vectors[:, 0], made.vectors[:, len(TEXTS) - 1])
    assert made.tokens == vectors(loaded, TEXTS[:-1]).tokens


def test_the_size_of_a_batch_does_not_show(loaded: tuple[Any, Pieces]) -> None:
    assert np.allclose(vectors(loaded, tokens=1).vectors, vectors(loaded, tokens=10_000).vectors, atol=1e-5)


def test_without_padding_the_vectors_are_the_same(loaded: tuple[Any, Pieces]) -> None:
    plain, packed = vectors(loaded), vectors(loaded, pack=True)
    assert np.allclose(plain.vectors, packed.vectors, atol=1e-5)
    assert plain.tokens == packed.tokens


def test_all_layers_come_from_one_pass(loaded: tuple[Any, Pieces]) -> None:
    passed: list[int] = []
    handle = loaded[0].register_forward_hook(lambda *_: passed.append(1))
    vectors(loaded, layers=(0, 1, 2), tokens=10_000)
    handle.remove()
    assert passed == [1]


def test_long_sentences_are_cut(loaded: tuple[Any, Pieces]) -> None:
    made = vectors(loaded, ("the mill " * 200,))
    assert made.tokens == 32


def test_little_memory_takes_a_scratch_file(loaded: tuple[Any, Pieces], tmp_path: Path) -> None:
    whole = vectors(loaded).vectors
    kept = vectors(loaded, memory=100, scratch=tmp_path / "scratch").vectors
    assert np.array_equal(whole, kept)
    assert list((tmp_path / "scratch").iterdir())
    with pytest.raises(InputError, match="name fewer layers"):
        vectors(loaded, memory=100)


def test_a_layer_that_is_not_there(loaded: tuple[Any, Pieces]) -> None:
    assert retrieve.layers_of(loaded[0].config) == (0, 1, 2)
    assert retrieve.layers_of(loaded[0].config, (1,)) == (1,)
    with pytest.raises(InputError, match=r"no layer 3: the model has 3 \(0, the embeddings, to 2\)"):
        retrieve.layers_of(loaded[0].config, (1, 3))


# --- neighbours and pairs -----------------------------------------------------------------------------


def parallel(count: int) -> ParallelSet:
    return ParallelSet(
        language="xx",
        source=tuple((f"xx-{n}", f"s{n}") for n in range(count)),
        target=tuple((f"en-{n}", f"t{n}") for n in range(count)),
        gold=tuple((f"xx-{n}", f"en-{n}") for n in range(count)),
    )


def test_english_asks_and_the_foreign_side_is_searched() -> None:
    """Two English sentences may have the same nearest one; asked the other way round the answer would differ."""
    source = np.array([[1.0, 0.0], [0.0, 1.0]])
    target = np.array([[0.9, 0.1], [0.8, 0.6]])
    assert retrieve.nearest(parallel(2), source, target) == ([0, 0], "")


def test_cosine_does_not_know_length() -> None:
    source = np.array([[0.1, 0.0], [9.0, 9.0]])
    assert retrieve.nearest(parallel(2), source, np.array([[5.0, 0.1], [0.2, 0.3]]))[0] == [0, 1]


def spread(count: int, noise: float, seed: int = 0) -> tuple[Any, Any]:
    draws = np.random.default_rng(seed)
    base = draws.normal(size=(count, 16))
    return base + noise * draws.normal(size=base.shape), base + noise * draws.normal(size=base.shape)


def test_wrong_pairs_find_nothing() -> None:
    """The control: every English sentence asks with the vector of another, so that only chance is right."""
    given, (source, target) = parallel(200), spread(200, 0.1)
    right = retrieve.nearest(given, source, target)[0]
    wrong = retrieve.nearest(given, source, target, wrong_pairs=1)[0]
    assert sum(a == b for a, b in enumerate(right)) > 190
    assert sum(a == b for a, b in enumerate(wrong)) < 5
    assert wrong != retrieve.nearest(given, source, target, wrong_pairs=2)[0]
    mined = [mining.score(given.gold, retrieve.mined(given, source, target, seed)[0])["f1"] for seed in (None, 1)]
    assert mined[0] > 95
    assert mined[1] < 5


def test_mined_pairs_are_above_the_threshold_that_is_best_on_gold() -> None:
    given, (source, target) = parallel(60), spread(60, 0.8)
    pairs, note = retrieve.mined(given, source, target)
    candidates = mining.named(
        mining.mine(source, target), [[k] for k, _ in given.source], [[k] for k, _ in given.target]
    )
    best = max(
        mining.score(given.gold, mining.keep(candidates, cut))["f1"] for cut in {0.0, *candidates.values()}
    )  # every cut by hand
    assert mining.score(given.gold, pairs)["f1"] == pytest.approx(best)
    assert note.endswith("chosen on the gold pairs")


def test_a_sentence_that_stands_twice_is_paired_under_both_ids() -> None:
    given = ParallelSet(
        language="xx", source=(("xx-0", "same"), ("xx-1", "same"), ("xx-2", "other")),
        target=(("en-0", "a"), ("en-1", "b")), gold=(("xx-0", "en-0"), ("xx-1", "en-0"), ("xx-2", "en-1")),
    )  # fmt: skip
    source, target = np.eye(3)[[0, 0, 1]], np.eye(3)[[0, 1]]
    assert sorted(retrieve.mined(given, source, target)[0]) == sorted(given.gold)


# --- the search on a device, as torch does it -----------------------------------------------------------------------


def brute_force(query: Any, index: Any, k: int) -> tuple[Any, Any]:
    """All cosines at once, sorted; of equals the lower row first."""
    both = [side / np.linalg.norm(side, axis=1, keepdims=True).clip(1e-300) for side in (query, index)]
    cosines = (both[0] @ both[1].T).astype(np.float32)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(cosines, order, 1), order


@pytest.mark.parametrize("memory", [1, 700, 5_000, 10**9])
@pytest.mark.parametrize(("rows", "columns", "k"), [(1, 1, 1), (23, 41, 4), (7, 3, 5), (40, 40, 1)])
def test_the_neighbours_are_those_of_brute_force(rows: int, columns: int, k: int, memory: int) -> None:
    """Whatever fits into memory at once; with repeated vectors, whose cosines are equal, and a row of zeros."""
    draws = np.random.default_rng(rows * columns)
    query, index = draws.normal(size=(rows, 6)), draws.normal(size=(columns, 6))
    index[columns // 2 :] = index[: columns - columns // 2]
    query[0] = 0.0 if rows > 1 else query[0]
    expected = brute_force(query, index, k)
    for found in (
        retrieve.neighbours(query, index, k, device="cpu", memory=memory),
        retrieve.searcher("cpu", memory)(query, index, k),
        retrieval.neighbours(query, index, k),
    ):
        assert np.array_equal(found[1], expected[1])
        assert np.allclose(found[0], expected[0], atol=1e-6)


def test_mining_takes_the_search_of_the_device() -> None:
    source, target = spread(50, 0.5)
    plain = mining.mine(source, target)
    other = mining.mine(source, target, search=lambda a, b, k: retrieve.neighbours(a, b, k, device="cpu", memory=999))
    assert plain.by_pair() == other.by_pair()


@pytest.mark.parametrize(
    ("query", "index", "k", "told"),
    [
        (np.ones((2, 3)), np.ones((2, 4)), 1, "3 dimensions, index vectors 4"),
        (np.ones((2, 3)), np.ones((2, 3)), 0, "k is 0"),
        (np.full((2, 3), np.nan), np.ones((2, 3)), 1, "row 0 of the query matrix"),
    ],
)
def test_what_cannot_be_searched(query: Any, index: Any, k: int, told: str) -> None:
    with pytest.raises(InputError, match=told):
        retrieve.neighbours(query, index, k, device="cpu")
