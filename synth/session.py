"""What every command shares: its options, the library and the progress it opens, and how it says things."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from synth.errors import InputError
from synth.shell import emit, say

if TYPE_CHECKING:
    from pydantic import BaseModel

    from synth.library import Library
    from synth.progress import Silent
    from synth.records import SkippedPaper

__all__ = [
    "Json", "LibraryUrl", "Named", "Offline", "Papers", "Quiet", "Source", "at_least_one", "emit_json", "group",
    "help_alone", "kept_library", "open_library", "open_progress", "tell_skipped",
]  # fmt: skip

Papers = Annotated[
    list[Path] | None,
    typer.Option(
        "--papers", help="PDF, HTML, JATS XML, LaTeX, BibTeX or JSONL files, or folders of them.", metavar="PATH"
    ),
]
Source = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        help="Ask only these: starter, library, arxiv, openalex, semantic_scholar, acl_anthology.",
        metavar="NAME",
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="Ask no source over the network.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no summary; faults are still told.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
LibraryUrl = Annotated[
    str | None,
    typer.Option(
        "--library-url",
        help="Share vectors with a group through this Chroma server.",
        envvar="SYNTH_LIBRARY_URL",
        metavar="URL",
    ),
]
Named = Annotated[
    list[str], typer.Argument(help="Files, folders, or ids of papers at hand (2005.13013v1).", metavar="PATH|ID")
]


def group(name: str, text: str) -> typer.Typer:
    """A group of commands; `text` is its help."""
    return typer.Typer(
        name=name,
        help=text,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def help_alone(ctx: typer.Context) -> None:
    """A group without a command prints its help."""
    if ctx.invoked_subcommand is None:
        emit(ctx.get_help())
        raise typer.Exit


@contextmanager
def open_library(url: str | None = None) -> Iterator[Library]:
    """The person's library; where it cannot be kept, that is said and the work goes on.

    `url` is the server of a group that shares its vectors (None: the one of the environment, if any). InputError where
    it is no address.
    """
    from synth.library import Library, default_folder

    library = Library(default_folder())
    try:
        library.share(url or os.environ.get("SYNTH_LIBRARY_URL") or None)
        yield library
        if library.reason:
            say(library.reason)
    finally:
        library.close()


@contextmanager
def kept_library() -> Iterator[Library]:
    """The person's library for commands that are about nothing else. InputError where it cannot be used."""
    from synth.library import Library, default_folder

    library = Library(default_folder())
    try:
        if library.folder is None:
            raise InputError(f"{library.reason}; name another folder in SYNTH_HOME")
        yield library
    finally:
        library.close()


@contextmanager
def open_progress(quiet: bool, *, data_on_the_way: bool = False) -> Iterator[Silent]:
    """Progress on stderr. A command that prints its data on the way shows none where both would meet on a terminal."""
    from synth.progress import choose

    progress = choose(quiet or (data_on_the_way and sys.stdout.isatty()))
    try:
        yield progress
        progress.finish()
    finally:
        progress.close()


def emit_json(record: BaseModel | Mapping[str, Any]) -> None:
    """A record as one line of JSON on stdout."""
    from pydantic import BaseModel

    from synth.render.serial import dumps

    document = record.model_dump(mode="json") if isinstance(record, BaseModel) else record
    emit(dumps(document, indent=None).rstrip("\n"))


def at_least_one(option: str, value: int) -> None:
    """InputError where a number of things is less than 1."""
    if value < 1:
        raise InputError(f"{option}: {value} is less than 1")


def tell_skipped(items: Iterable[SkippedPaper]) -> None:
    """One line on stderr for each paper that was left out."""
    for item in items:
        say(f"skipped {item.name}: {item.reason}")
