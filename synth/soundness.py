"""What is wrong in the rows of a library, one line each; and readings of which it is not sure that they are whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from synth.records import ReadPaper

__all__ = ["problems", "reading"]


def reading(text: str) -> ReadPaper | None:
    """A reading as it is kept; None for a damaged one, or one of an older record shape."""
    try:
        return ReadPaper.model_validate_json(text)
    except ValueError:
        return None


def problems(rows: Callable[[str], list[tuple[Any, ...]]]) -> Iterator[str]:
    """What is damaged, and what becomes of it or what to do. `rows` gives those that a statement asks for."""
    for name, text in rows("SELECT id || version, reading FROM added ORDER BY id, version"):
        if reading(text) is None:
            yield f"{name}: stored in a shape this version cannot read; remove it and add it again"
    for (key,) in rows("SELECT key FROM readings WHERE NOT json_valid(paper) ORDER BY key"):
        yield f"reading {key[:12]}: damaged; it will be read again"
    lengths = "SELECT model, MIN(length(vector)), MAX(length(vector)) FROM vectors GROUP BY model ORDER BY model"
    for model, least, most in rows(lengths):
        if least != most or least % 4 or not least:
            yield f"vectors of {model}: from {least} to {most} bytes, where all are of one length"
    lists = "SELECT name, papers, COUNT(place) FROM shelves LEFT JOIN shelved USING (key) GROUP BY key ORDER BY name"
    for name, noted, there in rows(lists):
        if noted != there:
            yield f"the list of {name}: {there:,} of {noted:,} papers; it will be read again"
