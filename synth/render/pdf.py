"""report.pdf: the brief, typeset by typst into a tagged, archivable PDF.

Text reaches the template as JSON strings and is set as text, so a claim cannot be markup. The archive
standards forbid a character without a glyph; such a character is shown as ▯ and counted in a note, so
that an unknown script never costs the reader the brief.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synth.errors import SynthError
from synth.records import Report
from synth.render.brief import brief_values
from synth.render.view import view

if TYPE_CHECKING:
    import typst

__all__ = ["to_pdf"]

FONTS = (
    "Libertinus Serif", "Noto Naskh Arabic", "Noto Sans Devanagari", "Noto Sans Thai", "Droid Sans Fallback",
    "New Computer Modern Math", "DejaVu Sans Mono",
)  # fmt: skip
# PDF/A wants a date and the report has none: the time of a run stands in manifest.json.
_TIMESTAMP = 946_684_800
_STAND_IN = "▯"
_MAX_PAGES = 6
# (claims, references, other items): the first that fits in six pages is taken.
_FITS = ((60, 60, 20), (40, 40, 12), (25, 30, 10), (15, 20, 8), (8, 12, 6), (4, 8, 4))
# Scripts that the fonts cover in the main: one missing character says nothing about its neighbours.
_COVERED = {"CJK", "HANGUL", "HIRAGANA", "KATAKANA", "ARABIC", "DEVANAGARI", "THAI", "LATIN", "GREEK", "CYRILLIC"}


def to_pdf(report: Report) -> bytes:
    """report.pdf, PDF/A-2a and PDF/UA-1, the same bytes for the same report.

    A long report is shown up to six pages; what is left out is said with its number. Raises SynthError
    when the typesetter refuses the template for another reason than a missing glyph.
    """
    shown = view(report)
    gone: set[str] = set()
    for claims, papers, others in _FITS:
        values = brief_values(shown, claims=claims, papers=papers, others=others) | {"fonts": FONTS}
        pdf, gone = _compiled(values, gone)
        if _pages(_without(values, gone)) <= _MAX_PAGES:
            break
    return pdf


def _compiled(values: dict[str, Any], gone: set[str]) -> tuple[bytes, set[str]]:
    """The PDF and the characters that had to be shown as ▯; every round takes at least one more out."""
    import typst

    known = _characters(values)
    for _ in range(len(known) + 1):
        try:
            pdf = typst.compile(
                _template(), font_paths=_fonts(), ignore_system_fonts=True, format="pdf", timestamp=_TIMESTAMP,
                pdf_standards=["a-2a", "ua-1"], sys_inputs={"data": json.dumps(_without(values, gone))},
            )  # fmt: skip
        except typst.TypstError as error:
            more = _missing(str(error), known) - gone
            if not more:
                raise SynthError(f"the brief could not be typeset: {error}") from error
            gone = gone | more
        else:
            return pdf, gone
    raise SynthError("the brief could not be typeset: characters without a glyph remain")


def _pages(values: dict[str, Any]) -> int:
    import typst

    found = typst.query(
        _template(), "<pages>", field="value", one=True, font_paths=_fonts(), ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(values)},
    )  # fmt: skip
    return int(found)


def _missing(message: str, known: set[str]) -> set[str]:
    """The characters to take out, from the typesetter's message that names one cluster of them."""
    named = re.search(r'(?:the text|the codepoint) `"(.*?)"`', message, re.DOTALL)
    if not named:
        return set()
    cluster = re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda found: chr(int(found.group(1), 16)), named.group(1))
    lost = {character for character in cluster if not character.isascii() and character != _STAND_IN}
    scripts = {_script(character) for character in lost} - _COVERED
    return (lost & known) | {character for character in known if _script(character) in scripts}


def _script(character: str) -> str:
    """The script in the sense of the character's name ("TAMIL"); all pictographs count as one."""
    if ord(character) >= 0x1F000 and unicodedata.category(character) in ("So", "Sk", "Cn"):
        return "PICTOGRAPH"
    if not character.isalpha() and not unicodedata.category(character).startswith("M"):
        return character
    return unicodedata.name(character, character).split(" ")[0]


def _characters(value: Any) -> set[str]:
    """All characters beyond ASCII in the strings of a JSON value."""
    if isinstance(value, str):
        return {character for character in value if not character.isascii()}
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return set().union(*(_characters(item) for item in items))


def _without(values: dict[str, Any], gone: set[str]) -> dict[str, Any]:
    """The values with the characters `gone` shown as ▯, and a note that says so."""
    if not gone:
        return values
    table = str.maketrans(dict.fromkeys(sorted(gone), _STAND_IN))
    shown: dict[str, Any] = _translated(values, table)
    names = sorted({_script(character).title() for character in gone if len(_script(character)) > 1})
    scripts = f" ({', '.join(names)})" if names else ""
    note = (
        f"{len(gone)} different characters{scripts} have no glyph in the fonts of this brief and are shown as "
        f"{_STAND_IN}; report.html and report.json have them."
    )
    return shown | {"notes": [*shown["notes"], note]}


def _translated(value: Any, table: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, dict):
        return {key: _translated(item, table) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_translated(item, table) for item in value]
    return value


@functools.cache
def _template() -> bytes:
    return importlib.resources.files("synth.templates").joinpath("brief", "report.typ").read_bytes()


@functools.cache
def _fonts() -> typst.Fonts:
    import typst

    folder = Path(str(importlib.resources.files("synth").joinpath("fonts")))
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)])
