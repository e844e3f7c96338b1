"""What stands in a cell: a number with its unit and spread, a range, a date, a word, or nothing.

A mark on a number is not part of it ("**81.2**", "0.05*", "3.1a", "†"), a dash or "n/a" is absence and not zero,
"12.0 ± 0.3" and "12.0 (3.4)" are 12.0 with a spread, "1.5-3.2" is a range and no number.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

__all__ = ["Kind", "Value", "plain", "value"]

Kind = Literal["number", "range", "date", "text", "absent"]


class Value(NamedTuple):
    """A cell. `number` is what it is compared by (a date: days on a scale of its own, a time: seconds).

    `precision` is one step in the last written digit; `numbers` are all numbers in the cell in their order, the
    spread included; `low` and `high` are the ends of a range; `unit` is what follows the number ("%", "ms").
    """

    text: str
    plain: str
    kind: Kind
    number: float | None = None
    precision: float = 0.0
    numbers: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None
    spread: float | None = None
    unit: str | None = None
    bold: bool = False


_BOLD = re.compile(r"\*\*(?P<a>.+?)\*\*|\\(?:textbf|mathbf|bm)\{(?P<b>[^{}]*)\}|</?(?:b|strong)>|\[BOLD\]", re.S)
_EMPHASIS = re.compile(r"\\(?:underline|emph|textit|textrm|mathrm|text)\{([^{}]*)\}|\[(?:ITALIC|EMPTY)\]")
_SUPERSCRIPT = re.compile(r"\^\{?[*†‡§¶a-z]{1,3}\}?|\\(?:dagger|ddagger|ast)\b|</?su[pb]>")
_DASHES = str.maketrans("−–—‐‑‒", "------")
_ABSENT = frozenset(["", "-", "--", "---", "n/a", "na", "n.a.", "n.a", "nan", "none reported", "?", "...", "…", "nil"])
_MARKS = r"(?:\s?[*†‡§¶#]+|\s?\(?[a-d]\)?(?:,[a-d])*(?![\w.]))*"
_ONE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?: \d{3})+(?!\d)|\d+(?:\.\d+)?|\.\d+"
_POWER = r"(?:[eE][+-]?\d+|\s?(?:×|x|\\times|\*)\s?10\s?\^?\{?\s?-?\d+\}?)?"
_SIGNED = rf"[+-]?(?:{_ONE}){_POWER}"
_NUMBER = re.compile(_SIGNED)
_LEAD = re.compile(rf"(?P<pre>[~<>≤≥=$€£]?\s?)(?P<n>[+-]?\s?(?:{_ONE}){_POWER})\s?(?P<rest>.*)", re.S)
_SPREAD = re.compile(rf"(?:±|\+/-|\+-|\\pm)\s?(?P<n>{_SIGNED})\s?(?P<rest>.*)", re.S)
_BRACKET = re.compile(rf"[(\[]\s?(?P<n>{_SIGNED})\s?(?P<p>%?)\s?[)\]](?P<rest>.*)", re.S)
_RANGE = re.compile(rf"(?P<a>[+-]?(?:{_ONE}))\s?%?\s?(?:-|to|~|\.\.)\s?(?P<b>(?:{_ONE}))\s?(?P<rest>.*)", re.S)
_ORDINAL = re.compile(r"t?(?P<n>\d+)(?:st|nd|rd|th)\b(?P<rest>.*)", re.S)
_TIME = re.compile(r"(?:(?P<h>\d+):)?(?P<m>\d{1,2}):(?P<s>\d{2}(?:\.\d+)?)(?P<rest>\s?(?:am|pm|[a-z]{2}|\*)?)$", re.I)
_UNIT = re.compile(r"(?:%|[°µμΩ$€£A-Za-z][\w/°µμ%²³^.-]*(?:\s[A-Za-z/]+){0,2})")
_MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" if len(name) > 3 else name for name in _MONTHS)
_DATES = (
    re.compile(rf"(?:\w+day,?\s)?(?P<m>{_MONTH})\.?\s(?P<d>\d{{1,2}})(?:\s?,?\s(?P<y>\d{{4}}))?$", re.I),
    re.compile(rf"(?:\w+day,?\s)?(?P<d>\d{{1,2}})\s(?P<m>{_MONTH})\.?(?:\s?,?\s(?P<y>\d{{4}}))?$", re.I),
    re.compile(rf"(?P<m>{_MONTH})\.?(?:\s?,?\s(?P<y>\d{{4}}))?$", re.I),
    re.compile(r"(?P<y>\d{4})\s?-\s?(?P<m>\d{2})\s?-\s?(?P<d>\d{2})$"),
)


def plain(text: str) -> str:
    """The cell without marks of bold and emphasis, dashes and minus signs plain, white space single."""
    text = _BOLD.sub(lambda m: m.group("a") or m.group("b") or "", text)
    text = _EMPHASIS.sub(lambda m: m.group(1) or "", text)
    text = _SUPERSCRIPT.sub("", text).replace("\\%", "%").replace("$", " " if "\\" in text else "$")
    return " ".join(unicodedata.normalize("NFKC", text).translate(_DASHES).split())


def value(text: str) -> Value:
    """The typed reading of one cell's text."""
    bold = bool(_BOLD.search(text))
    clean = plain(text)
    bare = re.sub(r"[\s*†‡§¶()]+", "", clean).lower()
    if bare in _ABSENT:
        return Value(text, clean, "absent", bold=bold)
    read = _date(text, clean) or _time(text, clean) or _range(text, clean) or _number(text, clean)
    if read is None:
        numbers = tuple(_float(m.group()) for m in _NUMBER.finditer(_spaced(clean)))
        return Value(text, clean, "text", numbers=numbers, bold=bold)
    return read._replace(bold=bold)


def _spaced(clean: str) -> str:
    """Digits inside names ("miR-68", "CO2") are no numbers: a hyphen or letter before them is kept apart."""
    return re.sub(r"(?<=\w)-(?=\d)", " ", clean)


def _float(written: str) -> float:
    written = written.replace(",", "").strip()
    power = re.fullmatch(r"([+-]?[\d. ]+?)\s?(?:×|x|\\times|\*)\s?10\s?\^?\{?\s?(-?\d+)\}?", written)
    if power:
        return float(power.group(1).replace(" ", "")) * 10.0 ** max(-300, min(300, int(power.group(2))))
    number = float(written.replace(" ", ""))
    return number if abs(number) < 1e300 else (1e300 if number > 0 else -1e300)


def _step(written: str) -> float:
    """One step in the last written digit."""
    mantissa = re.split(r"[eE×x*\\]", written.replace(",", ""))[0]
    step = 10.0 ** -len(mantissa.strip().partition(".")[2])
    value = _float(written)
    try:
        shown = float(mantissa.replace(" ", ""))
    except ValueError:
        return step
    return step * abs(value / shown) if shown and value else step


def _number(text: str, clean: str) -> Value | None:
    ordinal = _ORDINAL.match(clean.lower())
    if ordinal and len(ordinal.group("rest")) <= 8:
        n = float(ordinal.group("n"))
        return Value(text, clean, "number", n, 1.0, (n,), unit="th")
    bracketed = re.fullmatch(rf"\(\s?({_SIGNED})\s?\){_MARKS}", clean)
    match = _LEAD.match(bracketed.group(1) if bracketed else clean)
    if not match:
        return None
    written, rest = match.group("n"), match.group("rest")
    number, numbers, spread, unit = _float(written), [_float(written)], None, None
    if rest.startswith("%"):
        unit, rest = "%", rest[1:].lstrip()
    for pattern in (_SPREAD, _BRACKET):
        more = pattern.match(rest)
        if more:
            numbers.append(_float(more.group("n")))
            spread, rest = spread if spread is not None else numbers[-1], more.group("rest").lstrip()
    rest = re.sub(rf"^{_MARKS}$", "", rest).strip()
    if rest:
        found = _UNIT.fullmatch(rest)
        joined = rest[0].isalpha() and clean[match.end("n") : match.end("n") + 1] == rest[0]
        if not found or (joined and len(rest) > 4):
            return None
        unit = unit or rest
    if match.group("pre").strip() in ("$", "€", "£"):
        unit = match.group("pre").strip()
    return Value(text, clean, "number", number, _step(written), tuple(numbers), spread=spread, unit=unit)


def _range(text: str, clean: str) -> Value | None:
    match = _RANGE.fullmatch(clean)
    if not match:
        return None
    low, high, rest = _float(match.group("a")), _float(match.group("b")), match.group("rest")
    if rest and not _UNIT.fullmatch(rest) and not re.fullmatch(_MARKS, rest):
        return None
    ends = (low, high) if low <= high else (None, None)
    return Value(text, clean, "range", None, 0.0, (low, high), ends[0], ends[1], unit=rest or None)


def _date(text: str, clean: str) -> Value | None:
    for pattern in _DATES:
        match = pattern.match(clean)
        if match:
            parts = match.groupdict()
            year, day = int(parts.get("y") or 0), int(parts.get("d") or 0)
            named = parts["m"].lower()[:3]
            month = int(named) if named.isdigit() else [m[:3] for m in _MONTHS].index(named) + 1
            return Value(text, clean, "date", year * 372.0 + month * 31.0 + day, 1.0, ())
    return None


def _time(text: str, clean: str) -> Value | None:
    match = _TIME.match(clean)
    if not match:
        return None
    seconds = int(match.group("h") or 0) * 3600 + int(match.group("m")) * 60 + float(match.group("s"))
    if "p" in match.group("rest").lower() and seconds < 12 * 3600 // 60:
        seconds += 12 * 60  # "7:30 pm" is read as minutes and seconds: the order is kept, the scale does not matter
    return Value(text, clean, "number", seconds, 0.01, (), unit="s")
