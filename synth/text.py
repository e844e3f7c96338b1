"""Plain text: sentences with offsets, words, stems, and the comparison of quotes.

Everything here is pure and deterministic; offsets are Python character offsets into the text as given.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache

from synth.stems import same_word, same_words, stem

__all__ = ["contains_quote", "content_words", "normalise", "sentences", "shorten", "stem", "words"]

# --- normalisation -----------------------------------------------------------------------------------

_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u2060\ufeff]")


def normalise(s: str) -> str:
    """`s` in the form in which quotes are compared.

    Unicode NFKC, no soft hyphens or zero-width characters, every run of white space one space, stripped.
    """
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", s)).split())


def contains_quote(text: str, quote: str) -> bool:
    """Whether `quote` stands in `text` word for word, both normalised. An empty quote stands nowhere."""
    wanted = normalise(quote)
    return bool(wanted) and wanted in normalise(text)


# --- sentences ---------------------------------------------------------------------------------------


def _listed(words_of_a_list: str) -> frozenset[str]:
    return frozenset(words_of_a_list.split())


# A sentence may end here: Latin enders want white space, the end, or a following closer; others stand alone.
_CLOSERS = "\"'”’»›)\\]」』）"
_ENDER = re.compile(
    rf"[.!?…]+[{_CLOSERS}]*(?:\[\d{{1,3}}(?:[,–\- ]+\d{{1,3}})*\])?(?=\s|$)"
    rf"|[。！？।॥؟۔]+[{_CLOSERS}]*"
)
# Words that begin a new sentence even after an abbreviation that may stand inside one.
_STARTERS = _listed(
    """A After All Although An And As At Because Besides Both But By Compared Consequently Conversely Despite
    Due Each Experimental Experiments Extensive Finally First For From Furthermore Given Hence Here How
    However If In Indeed Instead It Its Lastly Many Most Moreover Nevertheless No Nonetheless Of On One Our
    Overall Previous Recent Results Second Secondly Several Since So Some Specifically Such That The Their
    Then There Therefore These They This Those Through Thus To Unlike Using We What When Where Whereas Which
    While With You"""
)
# Abbreviations after which a sentence never ends (their words stand before a name, a number or a clause).
_NEVER_LAST = _listed(
    """cf e.g eg i.e ie viz vs v.s fig figs eq eqs eqn eqns secs sect thm lem approx resp dr mr mrs prof w.r.t
    wrt a.k.a aka s.t c.f messrs"""
)
# Abbreviations that may end a sentence: only a sentence starter after them tells.
_MAY_BE_LAST = _listed(
    """al u.s u.k u.n e.u p.m a.m ph.d m.sc b.sc d.c inc ltd corp co jr sr std avg dev sec tab tabs app ch
    chap ms st nr ed eds dept univ gen gov sen rep rev ref refs def prop esp incl excl ca op jan feb apr jun jul
    aug sept oct nov dec"""
)
_NUMBER_WORDS = frozenset(["no", "nos", "p", "pp", "art", "vol"])  # abbreviations only before digits: "No. 5"
_ROMAN = _listed("i ii iii iv v vi vii viii ix x")
_LAST_TOKEN = re.compile(r"[^\s(\[{“\"'‘–—/]*$")
_NEXT_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"[a-z]{1,4}(?:[A-Z]|\d)|(?:fastText|word2vec|wav2vec)")
# A lost space after the full stop ("improved.We show"): a plain word before, a plain capitalised word after.
_GLUED = re.compile(
    r"(?:(?<=[ \-][a-z]{3})|(?<=[a-z]{4})|(?<=[)\]%]))[.?!]"
    r"(?=[A-Z][a-z]*(?:-[A-Za-z]+)?[ ,])(?![A-Z][a-z]* ?\()"
)
_ITEM = re.compile(r"\((?:[ivx]{1,4}|[a-z]|\d)\)\s+[A-Z]")
# A blank line, a list item, a heading on its own line, a numbered heading.
_HARD_BREAK = re.compile(
    r"\n[ \t\r\f\v]*\n\s*"
    r"|\f\s*"
    r"|\n(?=[ \t]*(?:[•●▪◦‣∙]|[-–*]|#{1,6})[ \t]+\S)"
    r"|\n(?=[ \t]*(?:Abstract|Keywords?|Index Terms)\b[ \t]*(?:[:—–.-]|\n|$))"
    r"|(?<=\nAbstract)[ \t]*\n"
    r"|\n(?=[ \t]*(?:\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){1,2})\.?[ \t]+[A-Z][^\n.!?;,]{2,70}\n)"
)
_HEADING_LINE = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]+[^\n]{1,120}"
    r"|(?:\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){1,2})\.?[ \t]+[A-Z][^\n.!?;,]{2,70}"
    r"|(?:Abstract|ABSTRACT|Introduction|INTRODUCTION|Conclusions?|References|Acknowledge?ments?)"
    r"[ \t]*:?)"
    r"(?=\n)"
)
_YAHOO = re.compile(r"(?:Yahoo|Jeopardy|Bing|Kahoot)!$")
_BRACKET = re.compile(r"[()\[\]（）]")
_OPENS = {"(": ")", "[": "]", "（": "）"}
_LONGEST_ASIDE = 600  # a bracket that closes farther away than this is taken for a stray one


def sentences(text: str) -> list[tuple[int, int]]:
    """Offsets (start, end) of the sentences of `text`, in order, without surrounding white space.

    They do not overlap, and together hold every character that is not white space. Blank lines, list items
    and headings on their own line end a sentence; single line breaks do not. A sentence never ends inside a
    number, a version, a bracketed aside, or after an abbreviation that wants more ("et al.", "Fig.", "e.g.").
    """
    spans: list[tuple[int, int]] = []
    for start, end in _blocks(text):
        cuts = _cuts(text[start:end])
        for left, right in zip([0, *cuts], [*cuts, end - start], strict=True):
            _append_stripped(spans, text, start + left, start + right)
    return spans


def _append_stripped(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        first = start + len(piece) - len(piece.lstrip())
        spans.append((first, first + len(stripped)))


def _blocks(text: str) -> list[tuple[int, int]]:
    """Stretches between hard breaks; a heading line is a stretch of its own."""
    if "\n" not in text and "\f" not in text:
        return [(0, len(text))]
    blocks: list[tuple[int, int]] = []
    start = 0
    for match in [*_HARD_BREAK.finditer(text), None]:
        stop = match.start() if match else len(text)
        heading = _HEADING_LINE.match(text, start, stop)
        # A heading is followed by running text on the next line; without one the block is the heading.
        if heading and heading.end() < stop:
            blocks.append((start, heading.end()))
            start = heading.end()
        if stop > start:
            blocks.append((start, stop))
        start = match.end() if match else stop
    return blocks


def _cuts(block: str) -> list[int]:
    """Offsets in `block` after which a new sentence begins."""
    asides = _asides(block)
    starts = [a for a, _ in asides]
    cuts: list[int] = []
    start = 0
    for match in _ENDER.finditer(block):
        end = match.end()
        if end >= len(block) or not _ends_sentence(block, start, match):
            continue
        if asides:
            i = bisect_right(starts, match.start()) - 1
            if i >= 0 and end < asides[i][1]:
                continue
        cuts.append(end)
        start = end
    glued = [m.end() for m in _GLUED.finditer(block) if not _inside(asides, m.start())]
    return sorted({*cuts, *glued})


def _inside(asides: list[tuple[int, int]], at: int) -> bool:
    return any(a < at < b for a, b in asides)


def _asides(block: str) -> list[tuple[int, int]]:
    """Outermost bracketed stretches (open, after close) of `block`, sorted and disjoint."""
    if "(" not in block and "[" not in block and "（" not in block:
        return []
    found: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    for match in _BRACKET.finditer(block):
        char, at = match.group(), match.start()
        if char in _OPENS:
            stack.append((_OPENS[char], at))
        elif stack and any(closer == char for closer, _ in stack[-3:]):
            while stack[-1][0] != char:  # a stray opener in between
                stack.pop()
            _, opened = stack.pop()
            if at - opened <= _LONGEST_ASIDE:
                while found and found[-1][0] > opened:
                    found.pop()
                found.append((opened, at + 1))
    return found


def _ends_sentence(block: str, start: int, match: re.Match[str]) -> bool:
    """Whether the ender at `match` closes the sentence that began at `start`."""
    mark = match.group()
    if mark[0] in "。！？।॥؟۔":
        return True
    rest = block[match.end() : match.end() + 60].lstrip()
    if not rest:
        return False
    if _ITEM.match(rest):
        return True
    head = rest.lstrip("\"'“‘«([¿¡*_`$-–—•")
    first = head[:1]
    if not first or (first.islower() and not _CAMEL.match(head)) or first in ",;:.!?)]}%&=<>/|+":
        return False
    if mark[0] in "!?":
        return not _YAHOO.search(block, max(start, match.start() - 10), match.start() + 1)
    if mark[0] == "…" or mark[:2] == "..":
        return first.isupper()
    token = _LAST_TOKEN.search(block, max(start, match.start() - 30), match.start())
    return _token_may_end(token.group() if token else "", first, head, rest, block[start : match.start()])


def _token_may_end(token: str, first: str, head: str, rest: str, before: str) -> bool:
    """Whether a full stop after `token` may end a sentence, given what follows."""
    word = token.lower()
    follower = _NEXT_WORD.match(head)
    starter = bool(follower) and follower is not None and follower.group() in _STARTERS
    alone = before.strip() == token
    if word in _NEVER_LAST:
        return False
    if word in _NUMBER_WORDS and first.isdigit():
        return False
    if word in _MAY_BE_LAST:
        return starter and rest[0] not in "(["
    if alone and ((len(token) <= 2 and token.isdigit()) or word in _ROMAN or len(token) == 1):
        return False  # the number of a list item
    if len(token) == 1 and token.isalpha() and token.isupper():
        return starter or first.isdigit()  # an initial, unless a new sentence plainly begins
    if "." in token and all(len(part) == 1 and part.isalpha() for part in token.split(".")):
        return starter  # U.S.S.R., J.K.
    return True


# --- words -------------------------------------------------------------------------------------------

# Scripts whose vowel signs are not letters to `re` are listed whole, without their full stops.
_LETTER = r"(?:[^\W_]|[\u0300-\u036f\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e00-\u0e7f\u1000-\u109f])"
_WORD = re.compile(rf"{_LETTER}+(?:(?:['’\-‐‑]|[.](?=\d)|,(?=\d{{3}}(?!\d)))(?<!\D[.,]){_LETTER}+)*")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d)")


def words(s: str) -> list[str]:
    """Lower-cased word tokens of `s`; hyphened names and decimals stay whole ("xlm-r", "paws-x", "8.2").

    Thousands separators are dropped ("48,274" -> "48274"), typographic hyphens and apostrophes made plain.
    """
    found = []
    for match in _WORD.finditer(s):
        word = match.group().lower()
        if not word.isascii():
            word = word.replace("’", "'").replace("‐", "-").replace("‑", "-")
        found.append(_THOUSANDS.sub("", word) if "," in word else word)
    return found


# --- display -----------------------------------------------------------------------------------------

_ELLIPSIS = "…"


def shorten(s: str, width: int) -> str:
    """`s` in at most `width` characters: whole if it fits, else cut between words and ended with "…".

    Between two characters of a script that writes no spaces a cut is allowed. Where not even the first word
    fits, the ellipsis stands alone.
    """
    s = " ".join(s.split())
    if len(s) <= width:
        return s
    for end in range(max(width - 1, 0), 0, -1):
        if s[end].isspace() or s[end - 1].isspace() or (_wide(s[end - 1]) and _wide(s[end])):
            return s[:end].rstrip(" ,;:–—-(") + _ELLIPSIS
    return _ELLIPSIS


def _wide(char: str) -> bool:
    return "\u3040" <= char <= "\u30ff" or "\u3400" <= char <= "\u9fff" or "\u0e00" <= char <= "\u0e7f"


# --- what a sentence is about --------------------------------------------------------------------------

_FUNCTION = _listed(
    """a an the of in on at by for to with and or as is are was were be been that this these those it its from
    into than their his her our we they which who whose also both such can could may might will would has have
    had not no"""
)


@lru_cache(maxsize=1)
def _function() -> frozenset[str]:
    return frozenset(map(same_word, _FUNCTION))


@lru_cache(maxsize=20_000)
def content_words(text: str) -> frozenset[str]:
    """The words of `text` that carry its content, as `same_words` compares them: none of grammar, no numbers."""
    return frozenset(w for w in same_words(words(text)) if w not in _function() and not w[0].isdigit())
