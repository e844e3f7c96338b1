"""A streaming reader for the one BibTeX file of the whole ACL Anthology, `anthology+abstracts.bib.gz`.

The file is written by a program, one field a line and the closing brace of an entry alone on its line, so it can
be read line by line in little memory. It is no reader for BibTeX that people have written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from synth.sources.protocol import acl_id, doi

__all__ = ["BrokenEntryError", "entries", "record", "untex"]

_LONGEST = 100_000  # characters of a value: one that is never closed would be looked through again with every line
_START = re.compile(r"@(\w+)\s*\{\s*([^,\s]+)\s*,\s*$")
_FIELD = re.compile(r"\s*(\w+)\s*=\s*(.*)$", re.DOTALL)
_NEXT = re.compile(r'\n\s*\w+\s*=\s*["{]')
_ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "d": "\u0323",
    "b": "\u0331",
}  # fmt: skip
_NAMED = {
    "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å",
    "AA": "Å", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ",
    "textquotedblleft": "“", "textquotedblright": "”", "textquoteleft": "‘", "textquoteright": "’",
    "textquotesingle": "'", "textasciitilde": "\2", "textasciicircum": "^", "textbackslash": "\\",
    "textendash": "–", "textemdash": "—", "ldots": "…", "dots": "…", "textbar": "|", "textless": "<",
    "textgreater": ">", "textdegree": "°", "textperiodcentered": "·", "textunderscore": "_",
}  # fmt: skip
_ACCENTED = re.compile(
    r"""\\(?:(['`^"~=.])\s*|([uvHckrdb])(?![A-Za-z])\s*)"""  # the accent
    r"""(?:\{\s*(\\?[A-Za-z]?)\s*\}|(\\[ij](?![A-Za-z])|[A-Za-z]))"""  # its letter, braced or bare
)
_COMMAND = re.compile(r"\\([A-Za-z]+)(?:\s*\{\}|\s+(?=[^\W\d_])|(?![A-Za-z]))")


class BrokenEntryError(ValueError):
    """An entry that does not end where it should, or has no id or title."""


def entries(lines: Iterable[str]) -> Iterator[dict[str, str] | None]:
    """The fields of each entry, with `ENTRYTYPE` and `ID`; None for an entry that is broken.

    Values are raw: LaTeX commands and inner braces are as in the file.
    """
    fields: dict[str, str] | None = None
    value: list[str] = []
    broken = False
    for line in lines:
        start = _START.match(line)
        if start is not None:
            if fields is not None:
                yield None  # the last entry never ended
            fields = {"ENTRYTYPE": start.group(1).lower(), "ID": start.group(2)}
            value, broken = [], False
        elif fields is None:
            continue
        elif line.rstrip() == "}":
            yield None if value or broken else fields
            fields, value = None, []
        else:
            value.append(line)
            text = line if len(value) == 1 else "".join(value)
            found = _FIELD.match(text.rstrip().removesuffix(",").rstrip())
            if found is None or len(text) > _LONGEST:
                broken, value = True, []
            elif _whole(found.group(2)):
                broken = not _take(found.group(1), found.group(2), fields) or broken
                value = []
    if fields is not None:
        yield None


def _whole(value: str) -> bool:
    """Whether the value of a field has ended: its quotes are closed, its braces are, or it is a bare word."""
    if value.startswith('"'):
        return len(value) > 1 and value.endswith('"') and not value.endswith(('{"', '\\"'))
    if value.startswith("{"):
        return value.replace("\\{", "").count("{") == value.replace("\\}", "").count("}")
    return True


def _take(name: str, value: str, fields: dict[str, str]) -> bool:
    if "\n" in value and _NEXT.search(value):
        return False  # a quote was not closed and the next field has run into this one
    if len(value) >= 2 and value[0] + value[-1] in ('""', "{}"):
        value = value[1:-1]
    fields[name.lower()] = " ".join(value.split())
    return True


def record(fields: dict[str, str]) -> dict[str, Any] | None:
    """An entry as a line of the local copy; None for a volume as a whole. Raises BrokenEntryError.

    Keys: id, title, authors, year, venue, url and, where given, abstract and doi.
    """
    if fields["ENTRYTYPE"] in ("proceedings", "book") and "author" not in fields:
        return None
    number = acl_id(fields.get("url"))
    title = untex(fields.get("title", ""))
    if number is None or not title:
        raise BrokenEntryError(f"{fields['ID']}: no Anthology address or no title")
    year = fields.get("year", "")
    line: dict[str, Any] = {
        "id": number,
        "title": title,
        "authors": [_name(name) for name in re.split(r"\s+and\s+", fields.get("author", "")) if name.strip()],
        "year": int(year) if year.isascii() and year.isdigit() else None,
        "venue": untex(fields.get("booktitle") or fields.get("journal") or "") or None,
        "url": f"https://aclanthology.org/{number}",
    }
    if fields.get("abstract"):
        line["abstract"] = untex(fields["abstract"])
    if doi(fields.get("doi")):
        line["doi"] = doi(fields["doi"])
    return line


def _name(name: str) -> str:
    """ "Last, First" and "Last, Jr., First" as "First Last" and "First Last Jr."."""
    parts = [untex(part) for part in name.split(",")]
    if len(parts) == 3:
        return f"{parts[2]} {parts[0]} {parts[1]}".strip()
    return " ".join(reversed(parts[:2])).strip()


def untex(text: str) -> str:
    r"""Plain text for the LaTeX that the Anthology writes: accents, quotes, dashes, escapes, inner braces.

    >>> untex(r"{BERT} by Fran{\c{c}}ois M{\"u}ller {--} 5{\%}")
    'BERT by François Müller – 5%'
    """
    if not re.search(r"[\\{}~]|--|``|''", text):
        return " ".join(text.split())
    text = _ACCENTED.sub(_accented, text)
    text = _COMMAND.sub(lambda found: _NAMED.get(found.group(1), found.group(0)), text)
    text = re.sub(r"\\([%&$#_{}])", lambda found: {"{": "\0", "}": "\1"}.get(found.group(1), found.group(1)), text)
    text = text.replace("{", "").replace("}", "").replace("\0", "{").replace("\1", "}")
    for tex, sign in (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("~", " "), ("\2", "~")):
        text = text.replace(tex, sign)
    return " ".join(text.split())


def _accented(found: re.Match[str]) -> str:
    accent = _ACCENTS[found.group(1) or found.group(2)]
    letter = (found.group(3) if found.group(3) is not None else found.group(4)).removeprefix("\\")
    return unicodedata.normalize("NFC", letter + accent) if letter else ""
