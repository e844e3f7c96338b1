"""The closing summary for a terminal: at most ten lines, plain text where there is no colour."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from synth.records import Report
from synth.render.claims import ClaimView
from synth.render.display import plural, shorten
from synth.render.view import Count, View, view

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["summary"]

_PLURALS = {
    "source": "sources",
    "look-up of notices": "look-ups of notices",
    "full text": "full texts",
    "unreadable paper": "unreadable papers",
    "paper not read whole": "papers not read whole",
    "claim without a verdict": "claims without a verdict",
    "experiment not run": "experiments not run",
}
_STYLES = {
    "supported": "green",
    "refuted": "red",
    "conflicting": "yellow",
    "not_enough_evidence": "bright_black",
    "not_checked": "bright_black",
}


def summary(report: Report, out_dir: Path | str | None, *, width: int = 80) -> Text:
    """What a person wants to know first, as a rich `Text`: `str()` of it is the plain text.

    Status and answer, the counts by verdict with their denominator, the three strongest claims, what was
    not checked, and where the files are. Lines are wrapped to `width` columns (wide characters count as
    two); only the path of the folder is never wrapped or shortened, so that it can be copied: print it
    with `console.print(..., soft_wrap=True)`. It is left out where `out_dir` is None.
    """
    from rich.text import Text

    shown = view(report)
    width = max(width, 40)
    lines: list[Text] = []
    # Line budget: 1 status + 3 answer + 2 counts + 3 claims + 1 not checked = 10, and the folder under them.
    lines += _wrapped([(f"{shown.status_mark} {shown.status_word}", "bold"), (_partial(shown), "")], width, 1)
    lines += _wrapped([(shown.answer or shown.status_gloss, "")], width, 3, indent="  ")
    lines += _wrapped(_counts(shown), width, 2, indent="  ")
    for claim in shown.findings:
        lines.append(_claim(claim, width))
    lines += _wrapped([("Not checked: ", "bold"), (_unchecked(shown), "")], width, 1, indent="  ")
    if out_dir is not None:
        lines.append(Text(f"  {os.fspath(out_dir)}"))
    text = Text("\n", no_wrap=True, overflow="ignore").join(lines)
    text.no_wrap, text.overflow = True, "ignore"
    return text


def _partial(shown: View) -> str:
    return "  (partial: the run ended early or some sources failed)" if shown.partial else ""


def _counts(shown: View) -> list[tuple[str, str]]:
    """The counts, "6 claims: supported 2 (by independent papers 1), refuted 1 ...": every verdict, also with zero."""
    if not shown.claims:
        return [("0 claims", "bold"), (f"; papers: {shown.flow_text}", "")]
    head = f"{plural(len(shown.claims), 'claim')} from {plural(len(shown.papers), 'paper')}: "
    parts: list[tuple[str, str]] = [(head, "bold")]
    for position, count in enumerate(shown.counts):
        parts.append((f"{count.mark} ", _STYLES[count.label]))
        parts.append((_count(count) + (", " if position < len(shown.counts) - 1 else ""), ""))
    return parts


def _count(count: Count) -> str:
    if count.count and count.label in ("supported", "refuted"):
        return f"{count.word} {count.count} (by independent papers {count.independent})"
    return f"{count.word} {count.count}"


def _claim(claim: ClaimView, width: int) -> Text:
    """The claim on one line: its mark, as much of the statement as fits, the verdict in a word, the source."""
    from rich.text import Text

    place = f"  [{shorten(claim.deciding.paper.short, 30)}]"
    room = max(20, width - Text(f"  {claim.mark} {place}").cell_len)
    (said,) = _wrapped([(claim.statement, "")], room, 1)
    return Text("  ") + Text(f"{claim.mark} ", _STYLES[claim.label]) + said + Text(place, "bright_black")


def _unchecked(shown: View) -> str:
    """Failed sources by name, the rest by number."""
    failed = [shorten(f"{s.name} ({s.detail})", 90) for s in shown.coverage if s.worst == "failed"]
    counts: dict[str, int] = {}
    for item in shown.unchecked:
        if item.briefly != "run" and not (item.briefly == "source" and failed):
            counts[item.briefly] = counts.get(item.briefly, 0) + item.count
    rest = [plural(count, noun, _PLURALS[noun]) for noun, count in counts.items()]
    return "; ".join(failed + rest) or "nothing: all that was found was read and checked"


def _wrapped(
    parts: Iterable[tuple[str, str]], width: int, limit: int, *, first: str = "", indent: str = ""
) -> list[Text]:
    """The styled parts as at most `limit` lines; the last ends in "…" at a word boundary when more was said.

    Cell widths are counted as the terminal does; a word longer than a line is broken by the terminal's rule.
    """
    import io

    from rich.console import Console
    from rich.text import Text

    whole = Text.assemble(*((text, style) for text, style in parts))
    console = Console(file=io.StringIO(), width=width)
    room = width - max(len(first), len(indent))
    wrapped = [line[: len(line.plain.rstrip())] for line in whole.wrap(console, room, overflow="fold")]
    lines = wrapped[:limit]
    if len(wrapped) > limit:
        lines[-1] = _continued(lines[-1], room)
    return [Text(first if position == 0 else indent) + line for position, line in enumerate(lines)]


def _continued(line: Text, room: int) -> Text:
    """The line ended by "…" after a whole word, so that it still fits in `room` columns."""
    from rich.text import Text

    kept = line.plain
    while line[: len(kept)].cell_len + 1 > room:
        kept = kept[: kept.rindex(" ")] if " " in kept else kept[:-1]
    return line[: len(kept.rstrip(" ,;:"))] + Text("…")
