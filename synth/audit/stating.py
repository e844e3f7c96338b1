"""What a laid-out report states: question, date, counts, and its claims with the verdict and confidence beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from synth.audit.outline import Item, Outline, Part, TableOf
from synth.audit.stated import Stated
from synth.text import sentences, words

__all__ = [
    "Facts", "Row", "addresses", "facts", "from_headings", "from_lists", "from_marks", "from_sentences", "from_tables",
]  # fmt: skip


class Row(NamedTuple):
    """A claim as stated. `verified` and `confidence` are None where nothing of the kind stands beside it."""

    text: str
    verified: bool | None
    confidence: float | None
    sources: tuple[int, ...]


class Facts(NamedTuple):
    """What a report says of itself; `repeated` are counts that stand there twice with other values."""

    question: str | None
    date: str | None
    base: str | None
    stated: Stated
    repeated: tuple[tuple[str, str, str], ...]


# --- facts --------------------------------------------------------------------------------------------------

_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = re.compile(rf"\b(?:{_MONTH} \d{{1,2}}, \d{{4}}|\d{{1,2}} {_MONTH} \d{{4}}|(?:19|20)\d\d-\d\d-\d\d)\b")
_ASKED = re.compile(r"\b(?:research )?question(?: asked)?\W{0,4}[:—–]\W{0,3}(?P<asked>[^?]{8,1500}\?)", re.I)
_ASKED_HEADING = re.compile(r"^[\W\d]*(?:the )?(?:research |review )?question(?: asked)?\W*$", re.I)
_BASE = re.compile(r"This (?:paper|report|card) examines: (?P<base>.{8,400}?)\. Research question:")
_COUNTS = {
    "papers": re.compile(
        r"(?<![\d.,])(\d{1,6}(?:,\d{3})*)\s(?:(?:relevant|unique|included|retrieved|academic|research|source|peer-"
        r"reviewed)\s)*(?:papers|articles|publications|studies)\s(?:were\s)?(?:retrieved|found|included|reviewed|"
        r"searched|analy[sz]ed|screened|identified)|\byielded\s(\d{1,6})\s(?:papers|articles|publications|studies)",
        re.I,
    ),
    "claims": re.compile(r"(?<![\d.,])(\d{1,6}(?:,\d{3})*)\sclaims?\s(?:were\s)?(?:extracted|made|checked|in total)"
                         r"|(?<![a-z]\s)\b(?:(?:total|extracted)\s)?claims?\s(?:extracted|total)?\s?[:=]\s?(\d{1,6})\b",
                         re.I),
    "verified": re.compile(
        r"(?<![\d.,])(\d{1,6}(?:,\d{3})*)\s(?:of\s(?:them|these|\d+)\s)?(?:claims?\s)?(?:were\s|are\s)?"
        r"(?:independently )?(?:verified|confirmed)\b|\bverified(?:\sclaims)?\s?[:=]\s?(\d{1,6})\b",
        re.I,
    ),
    "score": re.compile(
        r"\bscore(?:\sof)?\W{0,3}\s?(\d{1,3}(?:\.\d+)?)\s?/\s?10\b|"
        r"\bscore(?:\sof)?\s?[:=]\s?(\d{1,3}(?:\.\d+)?)\b",
        re.I,
    ),
}  # fmt: skip
_INCLUDED = re.compile(
    r"(?<![\d.,])(\d{1,6}(?:,\d{3})*)\s(?:(?:papers|articles|publications|studies)\s)?(?:were\s)?(?:finally\s)?included\b",
    re.I,
)
_NAMES = {"papers": "papers", "claims": "claims", "verified": "verified claims", "score": "quality score"}
_LOOKED = 200_000  # characters in which a report says what it asks and counts
_LONGEST = 2_000  # characters of a claim in running text
_TOP = 3_000  # characters at the top of a report in which its date stands


def facts(laid: Outline, flat: str) -> Facts:
    """Question, date and counts; `flat` is the whole text on one line. Each is None where it is not stated."""
    flat = flat[:_LOOKED]
    values: dict[str, float | None] = {}
    repeated = []
    for name, pattern in _COUNTS.items():
        told = [next(g for g in m.groups() if g).replace(",", "") for m in pattern.finditer(flat)]
        values[name] = float(told[-1]) if told else None
        other = next((t for t in told if float(t) != float(told[-1])), None)
        if other is not None:
            repeated.append((_NAMES[name], other, told[-1]))
    included = _INCLUDED.search(flat)
    if included:  # a report that says how many it took need not name those it only found
        values["papers"] = float(included[1].replace(",", ""))
        repeated = [one for one in repeated if one[0] != "papers"]
    date = _DATE.search(flat[:_TOP])
    base = _BASE.search(flat)
    counts = {n: None if (v := values[n]) is None else int(v) for n in ("papers", "claims", "verified")}
    return Facts(
        question=_question(laid, flat),
        date=date.group() if date else None,
        base=base["base"] if base else None,
        stated=Stated(**counts, score=values["score"]),
        repeated=tuple(repeated),
    )


def _question(laid: Outline, flat: str) -> str | None:
    asked = _ASKED.search(flat)
    if asked:
        return asked["asked"].strip(" *_\"“”")
    for part in laid.sections:
        if _ASKED_HEADING.match(part.heading) and part.items:
            return part.items[0].text
        inline = re.match(r"[\W\d]*(?:research )?question\W*[:—–]\s*(.{8,1500})", part.heading, re.I)
        if inline:
            return inline[1].strip()
    if laid.title and laid.title.rstrip().endswith("?"):
        return laid.title.strip()
    return None


_ADDRESS = re.compile(
    r"(?:https?://)?(?:arxiv\.org/(?:abs|pdf)/[\w.-]+(?:/\d+)?(?:v\d+)?|(?:dx\.)?doi\.org/10\.\d{4,9}/[^\s\"<>)\]]+|"
    r"aclanthology\.org/[\w.-]+)|\barXiv:\s?\d{4}\.\d{4,5}(?:v\d+)?|\bdoi:\s?10\.\d{4,9}/[^\s\"<>)\]]+",
    re.I,
)


def addresses(flat: str) -> tuple[str, ...]:
    """Addresses of papers anywhere in the text, for a report without a list of references."""
    return tuple(dict.fromkeys(m.group().rstrip(".,;") for m in _ADDRESS.finditer(flat[:_LOOKED])))


# --- claims ---------------------------------------------------------------------------------------------------

_CLAIM_COLUMN = re.compile(r"^\W*(?:claims?|statements?|findings?|assertions?|key (?:findings?|claims?))\W*$", re.I)
_VERIFIED_COLUMN = re.compile(r"^\W*(?:verified|verdict|supported|status|verification|check(?:ed)?|label)\W*\??$", re.I)
_CONFIDENCE_COLUMN = re.compile(r"^\W*(?:confidence|probability|certainty|score)\b.*$", re.I)
_SOURCE_COLUMN = re.compile(r"^\W*(?:sources?|references?|refs?\.?|citations?|papers?|evidence)\W*$", re.I)
_YES = re.compile(
    r"^\W*(?:[✓✔☑✅√]|yes|true|verified|supported|confirmed|independently verified|correct|pass(?:ed)?)\b\W*|^[✓✔☑✅√]",
    re.I,
)
_NO = re.compile(
    r"^\W*(?:[×✗✘✖✕❌☒]|x$|no\b|false|unverified|not[ _](?:verified|supported|confirmed|found)|refuted|contradicted|"
    r"unsupported|rejected|incorrect|fail(?:ed)?)|^[×✗✘✖✕❌☒]",
    re.I,
)
_POINTERS = re.compile(r"\[(\d{1,4}(?:\s?[,;–-]\s?\d{1,4})*)\]")
_MOST_POINTERS = 50


def from_tables(tables: Sequence[TableOf]) -> list[Row]:
    """The claims of every table that has a column for them."""
    found: list[Row] = []
    for table in tables:
        claim = _column(table, _CLAIM_COLUMN)
        if claim is None:
            continue
        verified, confidence = _column(table, _VERIFIED_COLUMN), _column(table, _CONFIDENCE_COLUMN)
        source = _column(table, _SOURCE_COLUMN)
        for cells in table.rows:
            if sum(word.isalpha() and len(word) > 2 for word in words(cells[claim])) < 2:
                continue  # a count of claims, a name: no statement
            pointed = cells[claim] if source is None else f"{cells[claim]} {_as_pointer(cells[source])}"
            found.append(
                Row(
                    text=_unpointed(cells[claim]),
                    verified=None if verified is None else _mark(cells[verified]),
                    confidence=None if confidence is None else _share(cells[confidence]),
                    sources=_pointers(pointed),
                )
            )
    return found


def _column(table: TableOf, wanted: re.Pattern[str]) -> int | None:
    return next((i for i, name in enumerate(table.columns) if wanted.match(name)), None)


def _as_pointer(cell: str) -> str:
    bare = re.fullmatch(r"\s*(\d{1,4}(?:\s?[,;]\s?\d{1,4})*)\s*", cell)
    return f"[{bare[1]}]" if bare else cell


def _mark(cell: str) -> bool | None:
    if _NO.search(cell):
        return False
    return True if _YES.search(cell) else None


def _share(cell: str) -> float | None:
    """A share between 0 and 1; a percentage is divided. None for anything else."""
    found = re.fullmatch(r"\W*(\d{1,3}(?:[.,]\d+)?)\s?(%?)\W*", cell)
    if not found:
        return None
    value = float(found[1].replace(",", "."))
    value = value / 100 if found[2] else value
    return round(value, 6) if 0 <= value <= 1 else None


def _pointers(text: str) -> tuple[int, ...]:
    """The numbers in square brackets, ranges written out."""
    found: list[int] = []
    for match in _POINTERS.finditer(text):
        for part in re.split(r"\s?[,;]\s?", match[1]):
            ends = [int(n) for n in re.split(r"\s?[–-]\s?", part)]
            found += range(ends[0], min(ends[-1], ends[0] + _MOST_POINTERS) + 1)
    return tuple(dict.fromkeys(found[:_MOST_POINTERS]))


def _unpointed(text: str) -> str:
    """The claim without its pointers: "X helps [2]." is "X helps."."""
    return re.sub(r"\s?\[\d{1,4}(?:\s?[,;–-]\s?\d{1,4})*\](?=\W|$)", "", text).strip()


# A table that lost its lines on the way (a PDF's text): claim, mark and confidence, one after another.
_MARKED = re.compile(r"\s(?P<mark>[✓✔☑√×✗✘✕])\s*(?P<share>[01]?\.\d{1,3}|\d{1,3}\s?%)")
_TABLE_HEAD = re.compile(r"\bClaim\s+Verified\s+Confidence\s")


def from_marks(flat: str) -> list[Row]:
    """Claims in running text, each followed by a mark and its confidence; at least two."""
    head = _TABLE_HEAD.search(flat)
    at = head.end() if head else 0
    found: list[Row] = []
    for match in _MARKED.finditer(flat, at):
        between = flat[max(at, match.start() - _LONGEST) : match.start()].strip()
        text = between if found or head else _last_sentence(between)
        at = match.end()
        if not words(text):
            continue
        found.append(Row(_unpointed(text), match["mark"] in "✓✔☑√", _share(match["share"]), _pointers(text)))
    return found if len(found) > 1 or (found and head) else []


def _last_sentence(text: str) -> str:
    spans = sentences(text)
    return text[slice(*spans[-1])] if spans else text


_CLAIM_HEADING = re.compile(
    r"\b(?:claims?|findings?|results?|conclusions?|takeaways?|statements?|evidence|summary|answer|highlights)\b", re.I
)
_AROUND = re.compile(
    r"^(?P<before>[✓✔☑✅√×✗✘✕❌☒]|\[[xX ]\])\s+|\s+[([]?(?P<after>[✓✔☑✅√×✗✘✕❌☒])[)\]]?\s*$"
)
_BESIDE = re.compile(
    r"\s*[([]\s*(?:confidence|score|p)\s*[:=]?\s*(?P<share>\d?\.\d+|\d{1,3}\s?%)\s*[)\]]\s*\.?\s*$", re.I
)


_ONE_CLAIM = re.compile(r"^(?:claim|finding|statement)\s*(?:no\.?\s*)?#?\d{1,5}\b\W*(?P<text>.*)$", re.I)
_ITS_VERDICT = re.compile(r"^\W*(?:verdict|status|verified|verification|label)\W+(?P<told>.*)$", re.I | re.S)
_ITS_SHARE = re.compile(r"\bconfidence\W{1,4}(?P<share>[01]?\.\d{1,3}|\d{1,3}\s?%)", re.I)


def from_headings(sections: Sequence[Part]) -> list[Row]:
    """Claims that each have a numbered heading of their own: in it, or the first paragraph under it."""
    found: list[Row] = []
    for part in sections:
        named = _ONE_CLAIM.match(part.heading)
        if not named:
            continue
        under = [item.text for item in part.items]
        text = named["text"] if len(words(named["text"])) >= 4 else under.pop(0) if under else ""
        if not words(text):
            continue
        told = next((match["told"] for one in under if (match := _ITS_VERDICT.match(one))), "")
        share = _ITS_SHARE.search(told)
        sure = _share(share["share"]) if share else None
        found.append(Row(_unpointed(text), _mark(told), sure, _pointers(" ".join([part.heading, *under]))))
    return found


def from_lists(sections: Sequence[Part]) -> list[Row]:
    """Items of the lists under headings on claims, findings or results; without such a heading of all lists."""
    told = [part for part in sections if _CLAIM_HEADING.search(part.heading)]
    rows = [row for part in told for row in _items(part.items)]
    if rows:
        return rows
    return [row for part in sections for row in _items(part.items)]


def _items(items: Sequence[Item]) -> Iterator[Row]:
    for item in items:
        if item.listed and len(words(item.text)) >= 4 and not item.text.endswith("?"):
            yield _item(item.text)


def _item(text: str) -> Row:
    confidence = verified = None
    beside = _BESIDE.search(text)
    if beside:
        confidence, text = _share(beside["share"]), text[: beside.start()]
    around = _AROUND.search(text)
    if around:
        sign = around["before"] or around["after"]
        verified = None if sign == "[ ]" else _mark(sign.strip("[]").replace("x", "✓").replace("X", "✓"))
        text = text[: around.start()] + text[around.end() :] if around["before"] else text[: around.start()]
    return Row(_unpointed(text.strip()), verified, confidence, _pointers(text))


_NOT_CLAIMS = re.compile(r"\b(?:method|limit|introduc|background|acknowledg|about|disclaimer|appendix|search)", re.I)


def from_sentences(sections: Sequence[Part]) -> list[Row]:
    """The sentences that state something checkable, outside sections on method and limits."""
    from synth.sentencing import worth

    found: list[Row] = []
    seen: set[str] = set()
    for part in sections:
        if _NOT_CLAIMS.search(part.heading):
            continue
        for item in part.items:
            for start, end in sentences(item.text):
                raw = item.text[start:end]
                text = _unpointed(raw)
                if len(text) > _LONGEST or text.casefold() in seen:
                    continue
                if worth(text, part.heading, opening=False) is not None:
                    seen.add(text.casefold())
                    found.append(Row(text, None, None, _pointers(raw)))
    return found
