"""Features on a shelf: examples are cut into pieces once, laid down in flat arrays, and read as memory maps after that.

The key of a shelf hashes the tokenizer, the lengths and every example, so a shelf is never wrong, only missing.
Several processes may share it, on several machines too: a shelf gets its name when it is whole.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from replicate.encode import Feature, Pieces, Window
from synth.errors import InputError

__all__ = ["Shelf", "key", "lengths", "rows_seen", "shelved"]

Made = tuple[Sequence[Feature], Sequence[Window] | None]
_ARRAYS = ("ids", "ends", "second", "labels", "label_ends", "shape", "places", "place_ends")
_WINDOWS = ("numbers", "offsets", "central", "window_ends")


def key(pieces: Pieces, settings: Sequence[object], examples: Iterable[Any]) -> str:
    """The name of a shelf, by the content of all that its features are made of."""
    digest = hashlib.sha256(pieces.fingerprint.encode())
    digest.update(repr(list(settings)).encode())
    for one in examples:
        digest.update(one.model_dump_json().encode() + b"\n")
    return digest.hexdigest()[:32]


def shelved(folder: Path, name: str, make: Callable[[], Made]) -> Made:
    """The features (and windows) of that name; made and laid down where they are not there.

    InputError where they cannot be written. A folder that is damaged is made again.
    """
    there = folder / name
    found = _opened(there)
    if found is not None:
        return found
    features, windows = make()
    if not features:
        return features, windows
    partial = folder / f".{name}.{os.getpid()}"
    try:
        partial.mkdir(parents=True, exist_ok=True)
        for array, values in (_flat(features) | ({} if windows is None else _flat_windows(windows))).items():
            np.save(partial / f"{array}.npy", values)
        shutil.rmtree(there, ignore_errors=True)
        partial.rename(there)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        if not there.is_dir():  # another process was quicker where it is
            told = f"{folder}: cannot be written ({error}); free some space or name another folder"
            raise InputError(told) from error
    return _opened(there) or (features, windows)


def _opened(folder: Path) -> Made | None:
    if not (folder / "ids.npy").is_file():
        return None
    try:
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _ARRAYS}
        windows = None
        if (folder / "numbers.npy").is_file():
            windows = _windows(*(np.load(folder / f"{name}.npy", allow_pickle=False) for name in _WINDOWS))
        return Shelf(arrays), windows
    except (OSError, ValueError, KeyError):
        return None


# --- features -----------------------------------------------------------------------------------------


class Shelf(Sequence[Feature]):
    """Features over flat arrays: what is asked for is made then, as views into the file."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._each, self._ndim, self._placed = (int(value) for value in arrays["shape"])
        self._ends, self._label_ends = np.asarray(arrays["ends"]), np.asarray(arrays["label_ends"])
        self._place_ends = np.asarray(arrays["place_ends"])

    def __len__(self) -> int:
        return (len(self._ends) - 1) // self._each

    @overload
    def __getitem__(self, place: int) -> Feature: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Feature, ...]: ...
    def __getitem__(self, place: int | slice) -> Feature | tuple[Feature, ...]:
        """The feature at that place (of a slice, several)."""
        if isinstance(place, slice):
            return tuple(self._at(one) for one in range(*place.indices(len(self))))
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return self._at(int(place) % len(self))

    def _at(self, place: int) -> Feature:
        rows = range(place * self._each, (place + 1) * self._each)
        ids = tuple(np.asarray(self._arrays["ids"][self._ends[row] : self._ends[row + 1]]) for row in rows)
        label = None
        if self._ndim >= 0:
            label = np.array(self._arrays["labels"][self._label_ends[place] : self._label_ends[place + 1]])
            label = label.reshape(()) if self._ndim == 0 else label
        places = None
        if self._placed:
            places = np.asarray(self._arrays["places"][self._place_ends[place] : self._place_ends[place + 1]])
        return Feature(ids, tuple(int(self._arrays["second"][row]) for row in rows), label, places)

    def lengths(self) -> NDArray[np.int64]:
        """The length of each feature's longest row."""
        return np.asarray(np.diff(self._ends).reshape(-1, self._each).max(axis=1), dtype=np.int64)

    def rows_seen(self) -> NDArray[np.int64]:
        """The ids that occur, sorted."""
        return np.unique(np.asarray(self._arrays["ids"])).astype(np.int64)


def lengths(features: Sequence[Feature]) -> NDArray[np.int64]:
    """The length of each feature's longest row."""
    if isinstance(features, Shelf):
        return features.lengths()
    return np.array([feature.length for feature in features], dtype=np.int64)


def rows_seen(features: Sequence[Feature]) -> NDArray[np.int64]:
    """The ids that occur, sorted."""
    if isinstance(features, Shelf):
        return features.rows_seen()
    return np.unique(np.concatenate([row for feature in features for row in feature.rows])).astype(np.int64)


def _flat(features: Sequence[Feature]) -> dict[str, NDArray[Any]]:
    """Features as flat arrays. All have as many rows, and labels of one shape, as `collate` wants it."""
    rows = [row for feature in features for row in feature.rows]
    labels = [feature.label for feature in features if feature.label is not None]
    whole = len(labels) == len(features)  # as in a batch: where one has no label, none has
    places = [feature.places for feature in features if feature.places is not None]
    return {
        "ids": np.concatenate(rows).astype(np.int32), "ends": _ends(rows),
        "second": np.array([place for feature in features for place in feature.second], dtype=np.int32),
        "labels": np.concatenate([label.reshape(-1) for label in labels]) if whole else np.zeros(0, dtype=np.int64),
        "label_ends": _ends([label.reshape(-1) for label in labels] if whole else []),
        "shape": np.array([len(features[0].rows), labels[0].ndim if whole else -1, int(bool(places))]),
        "places": np.concatenate(places).astype(np.int32) if places else np.zeros(0, dtype=np.int32),
        "place_ends": _ends(places),
    }  # fmt: skip


def _ends(parts: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)


# --- windows ------------------------------------------------------------------------------------------


def _flat_windows(windows: Sequence[Window]) -> dict[str, NDArray[Any]]:
    return {
        "numbers": np.array([[one.example, one.first] for one in windows], dtype=np.int64).reshape(-1, 2),
        "offsets": np.concatenate([one.offsets for one in windows]).astype(np.int32),
        "central": np.concatenate([one.central for one in windows]),
        "window_ends": _ends([one.offsets for one in windows]),
    }


def _windows(
    numbers: NDArray[Any], offsets: NDArray[Any], central: NDArray[Any], ends: NDArray[Any]
) -> tuple[Window, ...]:
    return tuple(
        Window(int(example), int(first), offsets[begin:end], central[begin:end])
        for (example, first), begin, end in zip(numbers, ends[:-1], ends[1:], strict=True)
    )
