"""`synth audit`: anybody's report held against papers, as a summary, as JSON, and as pages in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synth.errors import InputError
from synth.session import Json, Papers, Quiet, at_least_one, emit_json, open_library, open_progress, tell_skipped
from synth.shell import emit, say

if TYPE_CHECKING:
    from synth.audit.stated import Audit

__all__ = ["audit"]

_LISTED = 5  # skipped papers that are named


def audit(
    cards: Annotated[
        list[Path], typer.Argument(help="Reports: old cards, Markdown, HTML, PDF or text.", metavar="CARD...")
    ],
    papers: Papers = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write audit.json, audit.md and audit.html there.", metavar="DIR")
    ] = None,
    max_claims: Annotated[
        int, typer.Option("--max-claims", help="Judge at most N claims of a report.", metavar="N")
    ] = 200,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check somebody's report: its claims against papers, its references, its counts, its answer.

    Example: synth audit card.txt --papers papers/ --out audit
    """
    from synth.audit.audit import audits

    at_least_one("--max-claims", max_claims)
    places = _places(cards, out)
    with open_library() as library, open_progress(quiet) as progress:
        made, skipped = audits(cards, papers or [], library, progress, most=max_claims)
        for one, place in zip(made, places, strict=True):
            if place is not None:
                _write(one, place)
    for one in made:
        _tell(one, as_json)
    tell_skipped(skipped[:_LISTED])
    if len(skipped) > _LISTED:
        say(f"skipped {len(skipped) - _LISTED} more papers")
    if out is not None and not quiet:
        say(f"the pages are in {out}")


def _tell(one: Audit, as_json: bool) -> None:
    if as_json:
        emit_json(one.model_dump(mode="json", by_alias=True))
        return
    from synth.audit import pages

    for line in pages.lines(one):
        emit(line)


def _places(cards: Sequence[Path], out: Path | None) -> list[Path | None]:
    """Where each report's pages go: DIR itself for one report, a folder in it for each of several.

    Raises InputError where DIR cannot be a folder.
    """
    if out is None:
        return [None] * len(cards)
    names: dict[str, int] = {}
    places: list[Path | None] = []
    for card in cards:
        count = names[card.stem] = names.get(card.stem, 0) + 1
        name = card.stem if count == 1 else f"{card.stem}-{count}"
        places.append(out if len(cards) == 1 else out / name)
    for place in places:
        assert place is not None
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise InputError(f"--out {place}: cannot be made ({problem.strerror}); name another folder") from None
    return places


def _write(one: Audit, place: Path) -> None:
    """audit.json, audit.md and audit.html; each is whole or not there."""
    from synth import lines
    from synth.audit import pages
    from synth.render.serial import dumps

    beside = (("JSON", "audit.json"), ("Markdown", "audit.md"))
    files = {
        "audit.json": dumps(one.model_dump(mode="json", by_alias=True), indent=2),
        "audit.md": pages.to_markdown(one).decode(),
        "audit.html": pages.to_html(one, beside).decode(),
    }
    for name, text in files.items():
        lines.write(place / name, [text.rstrip("\n")], "--out")
