"""Lines of print joined to running text: what becomes of a hyphen at the end of a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["Mender"]

# Words that mostly stand as one half of a hyphenated compound, for papers that show neither spelling elsewhere.
_COMPOUND_ENDS = frozenset(
    [
        "based",
        "level",
        "free",
        "specific",
        "aware",
        "trained",
        "tuned",
        "shot",
        "lingual",
        "language",
        "scale",
        "domain",
        "oriented",
        "source",
        "world",
        "term",
        "order",
        "time",
        "art",
        "quality",
        "like",
        "style",
        "driven",
        "related",
        "wise",
        "hoc",
        "known",
        "defined",
        "called",
        "performing",
        "supervised",
        "end",
        "entropy",
        "off",
        "on",
        "up",
        "in",
        "out",
        "of",
        "the",
        "to",
        "and",
    ]
)
_COMPOUND_STARTS = frozenset(
    [
        "high",
        "low",
        "well",
        "long",
        "short",
        "self",
        "state",
        "non",
        "zero",
        "few",
        "large",
        "small",
        "left",
        "right",
        "one",
        "two",
        "three",
    ]
)


class Mender:
    """Joins the lines of a paragraph, deciding at each hyphen at a line end whether it belongs to the word.

    The rest of the paper decides: the spelling that occurs elsewhere in it wins; where neither does, a
    hyphen between two words that both occur alone stays, any other goes.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._known: Counter[str] = Counter()
        for text in lines:
            # The last token of a line may be half a word, and so may the first.
            for token in re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*", text)[1:-1]:
                lower = token.lower()
                self._known[lower] += 1
                if "-" in lower:
                    self._known.update(part for part in lower.split("-"))

    def glue(self, left: str, right: str) -> tuple[str, str]:
        """The end of a line as it is to be kept, and what stands between it and the next line."""
        stripped = left.rstrip()
        if not stripped or not right:
            return stripped, ""
        if stripped.endswith("\u00ad"):
            return stripped[:-1], ""
        if not re.search(r"[^\W_][-‐]$", stripped):
            broken_address = (re.search(r"https?://\S*[/.=_?&-]$", stripped) and not right[0].isspace()) or (
                stripped.endswith(("http:", "https:", "https:/")) and right.startswith("/")
            )
            return stripped, "" if broken_address else " "
        head = re.search(r"([^\W_]+(?:-[^\W_]+)*)[-‐]$", stripped)
        tail = re.match(r"[^\W_]+(?:-[^\W_]+)*", right)
        if head is None or tail is None or re.search(r"(?:https?://|www\.)\S*$", stripped):
            return stripped, ""
        joined = (head[1] + tail[0]).lower()
        apart = f"{head[1]}-{tail[0]}".lower()
        if self._known[joined] > self._known[apart]:
            return stripped[:-1], ""
        if self._known[apart] or not tail[0][0].islower() or head[1][-1].isdigit():
            return stripped, ""
        if self._known[head[1].lower()] and self._known[tail[0].lower()] and len(tail[0]) > 3:
            return stripped, ""
        if tail[0] in _COMPOUND_ENDS or head[1].lower() in _COMPOUND_STARTS:
            return stripped, ""
        return stripped[:-1], ""

    def join(self, lines: Sequence[str]) -> str:
        """The lines as one text."""
        text = ""
        for line in lines:
            words = " ".join(line.split())
            if text:
                text, between = self.glue(text, words)
                text += between
            text += words
        return text
