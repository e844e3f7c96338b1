"""Text embedding: a small packaged model that needs no torch, or any sentence-transformers model by name.

The packaged model is all-MiniLM-L6-v2 (384 dimensions, English) as an int8 ONNX file; `minilm/card.md`
says where it comes from and `synth.models.export` makes it again. Its activations are quantised on the
fly with one scale for everything that is computed together, so in a batch the vector of a text would
depend on its neighbours (by up to 0.04 per component). Therefore every text is computed alone: its
vector is the same in any company, in any order and on any number of threads, and can be cached. It is
also faster: no padding, and one thread per text loses less than two threads sharing one text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from synth.errors import InputError
from synth.models import packaged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MAX_TOKENS", "Embedder", "Progress", "load"]

_REMEDY = "reinstall the package, or make the model again with python -m synth.models.export"

MAX_TOKENS = 256  # what the model was trained on; longer texts are cut here

Progress = Callable[[int, int], None]
"""Called with (texts done, texts in all) from the thread that called `encode`."""


class Embedder(Protocol):
    """Turns texts into vectors. `id` names the model and its checksum, so it can key a cache."""

    @property
    def id(self) -> str:
        """Model name and checksum of its weights; equal ids give equal vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of the texts, float32 [len(texts), dimension], rows of Euclidean length 1."""


def load(name: str | None = None, *, offline: bool = False) -> Embedder:
    """The packaged model (None), or the sentence-transformers model `name` (a hub name or a folder).

    With `offline` a hub name is looked for in the local cache only. Raises SynthError when a packaged
    file is missing or is not the one its checksum names, and InputError when a named model cannot be had
    (extra not installed, not found, not reachable).
    """
    if name is None:
        return PackagedModel(Path(str(resources.files("synth.models") / "minilm")))
    return NamedModel(name, offline=offline)


class PackagedModel:
    """The ONNX model in `folder` (`model.onnx`, `tokenizer.json`, `checksums.json`), run by onnxruntime."""

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        from tokenizers import Tokenizer

        model, tokenizer = packaged.verified(folder, "embedding model", _REMEDY, "model.onnx", "tokenizer.json")
        self._session = packaged.session(model)
        self._tokenizer = Tokenizer.from_buffer(tokenizer)
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._threads = threads or packaged.cores()
        self._id = f"all-MiniLM-L6-v2-int8@{hashlib.sha256(model).hexdigest()[:12]}"
        self._dimension = int(self._session.get_outputs()[0].shape[1])

    @property
    def id(self) -> str:
        """Model name and the first twelve hexadecimal digits of the file's sha256."""
        return self._id

    @property
    def dimension(self) -> int:
        """Length of a vector: 384."""
        return self._dimension

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of the texts, float32 [len(texts), 384], rows of length 1; each text counts alone."""
        import numpy as np

        vectors = np.empty((len(texts), self._dimension), np.float32)
        # Longest first, so that no thread is left with one long text at the end.
        order = sorted(range(len(texts)), key=lambda i: (-len(texts[i]), i))
        parts = [order[start : start + 16] for start in range(0, len(order), 16)]

        def fill(part: list[int]) -> int:
            for i in part:
                vectors[i] = self._one(texts[i])
            return len(part)

        with ThreadPoolExecutor(self._threads) as pool:
            done = 0
            for count in pool.map(fill, parts):
                done += count
                if progress is not None:
                    progress(done, len(texts))
        return vectors

    def _one(self, text: str) -> NDArray[np.float32]:
        import numpy as np

        # A lone surrogate cannot be encoded; "?" stands for it rather than one bad paper stopping all.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        encoding = self._tokenizer.encode(clean)
        feed = {"input_ids": np.array([encoding.ids]), "attention_mask": np.array([encoding.attention_mask])}
        row: NDArray[np.float32] = self._session.run(None, feed)[0][0]
        return row


class NamedModel:
    """A sentence-transformers model by hub name or folder. Needs the extra `replicate`."""

    def __init__(self, name: str, *, offline: bool = False) -> None:
        self._model = _sentence_transformer(name, offline)
        shown = Path(name).resolve().name if Path(name).is_dir() else name  # no path of this machine
        self._id = f"{shown}@{packaged.weights_checksum(self._model)[:12]}"

    @property
    def id(self) -> str:
        """The name (of a folder its last part) and the first twelve hexadecimal digits of the sha256 of the weights."""
        return self._id

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> NDArray[np.float32]:
        """Vectors of the texts, float32 [len(texts), dimension], rows of length 1, in batches of 32."""
        import numpy as np

        vectors = np.zeros((len(texts), self.dimension), np.float32)
        step = 512  # sentence-transformers sorts by length within one call
        for start in range(0, len(texts), step):
            part = [text.encode("utf-8", "replace").decode("utf-8") for text in texts[start : start + step]]
            vectors[start : start + len(part)] = self._model.encode(
                part, batch_size=32, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
            )
            if progress is not None:
                progress(start + len(part), len(texts))
        return vectors


def _sentence_transformer(name: str, offline: bool) -> Any:
    """The loaded sentence-transformers model; InputError, in one line, when it cannot be had."""
    if not name.strip():
        raise InputError("the embedding model has no name: give a sentence-transformers model or a folder")
    # A hub name has one slash at most; a mistyped folder should not be asked for on the hub for a minute.
    if (name.startswith((".", "/", "~")) or name.count("/") > 1) and not Path(name).is_dir():
        raise InputError(f'embedding model "{name}": there is no such folder')
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise InputError(
            f'embedding model "{name}" needs sentence-transformers: pip install "synth-replicate[replicate]", '
            "or leave the option out to use the packaged model"
        ) from error
    try:
        return SentenceTransformer(name, local_files_only=offline, model_kwargs={"use_safetensors": True})
    except Exception as error:  # hub, network and file-format errors come in a dozen unrelated types
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(
            f'embedding model "{name}" cannot be loaded ({reason}); '
            "give the name of a sentence-transformers model or a folder that holds one"
        ) from error
