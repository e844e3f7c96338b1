"""From a report to what people and programs read. Each format is a pure function from a report to bytes;
`write` is the one place that lays them down.

The bytes depend on the report alone (manifest.json and the date in card.txt on the manifest): everything
is made from the report as report.json holds it, so that every file can be rebuilt from that one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from synth.errors import InputError, did_you_mean
from synth.records import Report
from synth.render.serial import load

__all__ = ["DEFAULT_FORMATS", "FORMATS", "lay_down", "load", "writable", "write"]

FORMATS = ("html", "pdf", "md", "json", "card")
DEFAULT_FORMATS = ("html", "pdf", "md", "json")


def write(report: Report, out: Path, *, formats: Sequence[str], manifest: dict[str, Any]) -> list[Path]:
    """Write the report into the folder `out` and return the files in the order written.

    `formats` chooses among "html", "pdf", "md", "json" and "card"; report.json, references.bib,
    references.csl.json, claims.jsonl and manifest.json are always written. Everything is rendered before
    anything is written, and each file appears whole or not at all. Raises InputError for an unknown
    format, for a folder that cannot be written (naming it), and for "card" without a date in the manifest.
    """
    for name in formats:
        if name not in FORMATS:
            raise InputError(f'--format: unknown format "{name}"; {did_you_mean(name, FORMATS)}')
    files = _rendered(report, formats, manifest)
    try:
        out.mkdir(parents=True, exist_ok=True)
        return [lay_down(out / name, content) for name, content in files.items()]
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror}); name another folder") from error


def writable(out: Path) -> None:
    """Make sure, before any work is done, that the folder `out` can be written; it is not created yet.

    Raises InputError naming the folder. The proof is a file written and removed in the nearest folder that
    exists: permissions alone do not tell (read-only disks, full disks, the superuser).
    """
    nearest = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    probe = nearest / f".{os.getpid()}.writable.tmp"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror}); name another folder") from error


def _rendered(report: Report, formats: Sequence[str], manifest: dict[str, Any]) -> dict[str, bytes]:
    """File name -> content. The heavy renderers are imported only when their format is asked for."""
    from synth.render import references, serial

    whole = serial.to_json(report)
    report = serial.parse(whole, "report.json")
    always: dict[str, Callable[[], bytes]] = {
        "report.json": lambda: whole,
        "references.bib": lambda: references.to_bibtex(report),
        "references.csl.json": lambda: references.to_csl(report),
        "claims.jsonl": lambda: serial.claims_jsonl(report),
        "manifest.json": lambda: serial.manifest_json(manifest),
    }
    chosen = {"md": "report.md", "html": "report.html", "pdf": "report.pdf", "card": "card.txt"}
    names = [*always, *(file for name, file in chosen.items() if name in formats)]
    files = {name: make() for name, make in always.items()}
    for name in formats:
        if name in chosen:
            files[chosen[name]] = _format(name, report, names, manifest)
    order = ("report.json", "report.md", "report.html", "report.pdf", *list(always)[1:], "card.txt")
    return {name: files[name] for name in order if name in files}


def _format(name: str, report: Report, files: Sequence[str], manifest: dict[str, Any]) -> bytes:
    if name == "md":
        from synth.render.markdown import to_markdown

        return to_markdown(report)
    if name == "html":
        from synth.render.html import to_html

        return to_html(report, files)
    if name == "pdf":
        from synth.render.pdf import to_pdf

        return to_pdf(report)
    from synth.render.card import latest_date, to_card

    return to_card(report, latest_date(manifest))


def lay_down(path: Path, content: bytes) -> Path:
    """Write beside the target, then rename: a reader never meets half a file."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path
