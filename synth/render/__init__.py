"""From a report to what people and programs read. Each format is a pure function from a report to bytes;
`write` is the one place that lays them down.

The bytes depend on the report alone (manifest.json and the date in card.txt on the manifest): everything
is made from the report as report.json holds it, so that every file can be rebuilt from that one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from synth.errors import InputError, did_you_mean
from synth.records import Report
from synth.render.serial import load

__all__ = ["DEFAULT_FORMATS", "FORMATS", "formats_of", "lay_down", "load", "writable", "write"]

FORMATS = ("html", "pdf", "md", "json", "card", "ris", "jsonld", "csv", "crate")
DEFAULT_FORMATS = ("html", "pdf", "md", "json")
_CHOSEN = {
    "md": "report.md", "html": "report.html", "pdf": "report.pdf", "card": "card.txt", "ris": "references.ris",
    "jsonld": "report.jsonld", "csv": "claims.csv", "crate": "ro-crate-metadata.json",
}  # fmt: skip
_MANIFEST = "manifest.json"


def write(report: Report, out: Path, *, formats: Sequence[str], manifest: dict[str, Any]) -> list[Path]:
    """Write the report into the folder `out` and return the files in the order written.

    `formats` chooses among FORMATS ("crate" is the whole folder as RO-Crate); report.json, references.bib,
    references.csl.json, claims.jsonl and manifest.json are always written. Everything is rendered before
    anything is written, and each file appears whole or not at all. manifest.json comes last and gets `files`, the
    SHA-256 of each other file; a readable file that a former manifest lists, that is still as it was written and that
    is not made this time is removed, so that no two runs are read as one. Raises InputError for an unknown
    format, for a folder that cannot be written (naming it), and for "card" or "crate" without a date in the manifest.
    """
    for name in formats:
        if name not in FORMATS:
            raise InputError(f'--format: unknown format "{name}"; {did_you_mean(name, FORMATS)}')
    files = _rendered(report, formats, manifest)
    try:
        out.mkdir(parents=True, exist_ok=True)
        former = _listed(out / _MANIFEST)
        for name, content in files.items():
            if name != _MANIFEST:
                lay_down(out / name, content)
        for name in _CHOSEN.values():
            if name not in files and name in former and _untouched(out / name, former[name]):
                (out / name).unlink()
        lay_down(out / _MANIFEST, files[_MANIFEST])
        return [out / name for name in files]
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror}); name another folder") from error


def formats_of(folder: Path) -> list[str]:
    """The formats whose files lie in the folder of a report, so that it can be written again as it was."""
    there = {"json": "report.json", **_CHOSEN}
    return [name for name in FORMATS if (folder / there[name]).is_file()]


def _listed(manifest: Path) -> dict[str, str]:
    """File name -> SHA-256 as the manifest of a former run has them; nothing where there is none to be read."""
    try:
        found = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _untouched(path: Path, digest: str) -> bool:
    """Whether the file is still the one that was written: what a person changed or linked is theirs."""
    return path.is_file() and not path.is_symlink() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


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
    }
    names = [*always, _MANIFEST, *(file for name, file in _CHOSEN.items() if name in formats)]
    files = {name: make() for name, make in always.items()}
    for name in formats:
        if name in _CHOSEN and name != "crate":
            files[_CHOSEN[name]] = _format(name, report, names, manifest)
    order = (
        "report.json", "report.md", "report.html", "report.pdf", *list(always)[1:], _MANIFEST, "card.txt",
        *list(_CHOSEN.values())[4:],
    )  # fmt: skip
    if "crate" in formats:
        from synth.render.card import latest_date
        from synth.render.exports import to_crate

        there = {name: files[name] for name in order if name in files}
        files[_CHOSEN["crate"]] = to_crate(report, there, latest_date(manifest).isoformat())
    digests = {name: hashlib.sha256(files[name]).hexdigest() for name in order if name in files}
    files[_MANIFEST] = serial.manifest_json({**manifest, "files": digests})
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
    if name != "card":
        from synth.render import exports

        return {"ris": exports.to_ris, "jsonld": exports.to_jsonld, "csv": exports.to_csv}[name](report)
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
