"""The packaged embedding model: what its vectors mean, and that a text's vector depends on nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import types
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from synth.errors import InputError, SynthError
from synth.models.embedding import Embedder, PackagedModel, load

FOLDER = Path(str(resources.files("synth.models") / "minilm"))

TEXTS = (
    "Fine-tuning on English transfers to other languages without labelled data.",
    "Models trained on English data work in languages they have no labels for.",
    "The soup was too salty and the waiter was rude.",
    "",
    "Zero",
    "语言模型可以迁移到其他语言。",
    "भाषा मॉडल दूसरी भाषाओं में काम करता है।",
    "long " * 3000,
)


@pytest.fixture(scope="module")
def model() -> Embedder:
    return load()


@pytest.fixture(scope="module")
def vectors(model: Embedder) -> np.ndarray:
    return model.encode(TEXTS)


def test_a_vector_has_384_numbers_and_length_one(model: Embedder, vectors: np.ndarray) -> None:
    assert model.dimension == 384
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_no_texts_give_no_vectors(model: Embedder) -> None:
    assert model.encode([]).shape == (0, 384)


def test_the_id_names_model_and_checksum(model: Embedder) -> None:
    checksum = json.loads((FOLDER / "checksums.json").read_text("utf-8"))["files"]["model.onnx"]
    assert model.id == f"all-MiniLM-L6-v2-int8@{checksum[:12]}"


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("a man is eating food", "someone has a meal", "the stock market fell"),
        ("cross-lingual transfer", "multilingual models applied to unseen languages", "speech recognition in noise"),
        ("question answering data set", "a corpus for reading comprehension", "a recipe for onion soup"),
        ("vaccines prevent disease", "immunisation protects against infection", "prices of houses in London"),
    ],
)
def test_what_means_the_same_is_nearer(model: Embedder, text: str, near: str, far: str) -> None:
    query, close, distant = model.encode([text, near, far])
    assert query @ close > query @ distant + 0.1


def test_the_neighbours_and_the_order_change_nothing(model: Embedder, vectors: np.ndarray) -> None:
    reverse = model.encode(TEXTS[::-1])[::-1]
    alone = np.stack([model.encode([text])[0] for text in TEXTS])
    np.testing.assert_allclose(reverse, vectors, atol=1e-5)
    np.testing.assert_allclose(alone, vectors, atol=1e-5)


def test_the_number_of_threads_changes_not_a_bit() -> None:
    one, three = PackagedModel(FOLDER, threads=1), PackagedModel(FOLDER, threads=3)
    texts = [f"{n} sentences about transfer" for n in range(40)]
    assert one.encode(texts).tobytes() == three.encode(texts).tobytes()


def test_a_text_is_cut_at_256_tokens(model: Embedder) -> None:
    cut, longer = model.encode(["transfer " * 300, "transfer " * 300 + "soup"])
    assert cut.tobytes() == longer.tobytes()
    short, other = model.encode(["transfer " * 100, "transfer " * 100 + "soup"])
    assert short.tobytes() != other.tobytes()


@pytest.mark.parametrize("text", ["\ud800 lone surrogate", "a\x00b", "\u200b", "e\u0301" * 50, "🙂" * 400])
def test_odd_text_has_a_vector(model: Embedder, text: str) -> None:
    assert np.isfinite(model.encode([text])).all()


def test_progress_counts_up_to_all(model: Embedder) -> None:
    seen: list[tuple[int, int]] = []
    model.encode([f"text {n}" for n in range(40)], progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (40, 40)
    assert seen == sorted(seen)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_that_is_not_the_published_one_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "minilm"
    shutil.copytree(FOLDER, folder)
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(SynthError, match=f"{name} of the packaged embedding model is not the published file"):
        PackagedModel(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "checksums.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "minilm"
    shutil.copytree(FOLDER, folder)
    (folder / name).unlink()
    with pytest.raises(SynthError, match=name):
        PackagedModel(folder)


def test_a_model_by_name_needs_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(InputError, match=r'pip install "synth-replicate\[replicate\]"'):
        load("some/model")


def test_a_model_without_a_name_is_refused() -> None:
    with pytest.raises(InputError, match="no name"):
        load(" ")


@pytest.mark.parametrize("name", ["./absent", "/no/such/folder", "~/absent", "a/b/c"])
def test_a_folder_that_is_not_there_is_not_asked_for_on_the_hub(name: str) -> None:
    with pytest.raises(InputError, match="there is no such folder"):
        load(name)


def test_a_model_that_cannot_be_found_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str, local_files_only: bool, model_kwargs: dict[str, bool]) -> None:
        assert local_files_only
        assert model_kwargs == {"use_safetensors": True}  # nothing pickled is opened
        raise OSError(f"{name} is not a local folder\nand more lines")

    monkeypatch.setitem(sys.modules, "sentence_transformers", _fake_library(absent))
    with pytest.raises(InputError, match=r'"no/such" cannot be loaded \(no/such is not a local folder\)') as caught:
        load("no/such", offline=True)
    assert "\n" not in str(caught.value)


class _Tensor:
    """Stands in for a torch tensor: the chain of calls that the checksum makes."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def detach(self) -> _Tensor:
        return self

    cpu = float = detach

    def numpy(self) -> np.ndarray:
        return self.values


class _FakeModel:
    """A two-dimensional sentence-transformers model: texts with an "a" point one way, others the other."""

    def __init__(self, name: str, local_files_only: bool, model_kwargs: dict[str, bool]) -> None:
        self.weight = 1.0 if name == "one" else 2.0

    def get_embedding_dimension(self) -> int:
        return 2

    def state_dict(self) -> dict[str, _Tensor]:
        return {"weight": _Tensor(np.full(3, self.weight, np.float32))}

    def encode(self, texts: list[str], **options: object) -> np.ndarray:
        assert options["normalize_embeddings"] is True
        return np.array([[1, 0] if "a" in text else [0, 1] for text in texts], np.float32)


def _fake_library(factory: object) -> types.ModuleType:
    library = types.ModuleType("sentence_transformers")
    library.SentenceTransformer = factory  # type: ignore[attr-defined]
    return library


def test_a_named_model_keeps_the_order_and_knows_its_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", _fake_library(_FakeModel))
    one, two = load("one"), load("two")
    assert one.encode(["a", "b", "ca"]).tolist() == [[1, 0], [0, 1], [1, 0]]
    assert one.encode([]).shape == (0, 2)
    assert one.id.startswith("one@")
    assert one.id.split("@")[1] != two.id.split("@")[1]


def test_importing_the_module_loads_nothing_heavy() -> None:
    code = (
        "import sys, synth.search, synth.models.embedding; "
        "print(sorted({'numpy', 'onnxruntime', 'tokenizers', 'tantivy', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
