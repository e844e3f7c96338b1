"""`synth doctor`: what is installed, which models and sources are there, whether the library is sound, what to do."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from synth.errors import SynthError

if TYPE_CHECKING:
    from synth.library import Library
    from synth.web import Web

__all__ = ["LARGEST", "NOT_ASKED", "PATIENCE", "TO_DO", "findings", "reached"]

LARGEST = 50  # MB that the packaged models may have together
TO_DO = "what to do"  # the key of the advice
PATIENCE = 8.0  # seconds for all services together
NOT_ASKED = "not asked (--offline)"
_PACKAGED = ("minilm", "stance_minilm")
_ROOM = 1e9  # bytes free below which the library may soon not be kept
_ANTHOLOGY = "source acl_anthology"  # searched on this machine, in a copy of its metadata

# What is offered -> the module that shows it is there, the distribution that has its version, the extra that brings it.
_EXTRAS = {
    "language models": ("langchain", "langchain", "llm"),
    "models by name": ("sentence_transformers", "sentence-transformers", "replicate"),
    "experiments": ("torch", "torch", "replicate"),
    "web application": ("fastapi", "fastapi", "serve"),
    "nearest papers in Chroma": ("chromadb", "chromadb", "chroma"),
    "cluster": ("ray", "ray", "cluster"),
}
# What may be set in the environment. Values are never shown.
_VARIABLES = (
    "SYNTH_HOME", "SYNTH_MAILTO", "SYNTH_MIRRORS", "SYNTH_ACL_ANTHOLOGY", "SYNTH_NOTICES", "SYNTH_LIBRARY_URL",
    "SYNTH_LIBRARY_TOKEN", "SYNTH_TOKEN", "OPENALEX_API_KEY", "S2_API_KEY",
    "SEMANTIC_SCHOLAR_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL",
    "OLLAMA_HOST",
)  # fmt: skip
_KEYS = {"openalex": "OPENALEX_API_KEY", "semantic_scholar": "S2_API_KEY"}  # what lets a service answer more often


def findings(library: Library, client: Callable[[], Web] | None = None) -> tuple[dict[str, str], bool]:
    """One line per thing looked at, the last of them what to do, and whether all that is needed is sound.

    With `client`, which opens a way to the network, each service is asked one question; else none is, which is said. A
    source that cannot be reached or an extra that is missing is no fault: the rest works without.
    """
    model, whole = _model()
    verifier, verified = _verifier()
    problems = library.check()
    found = {
        "program": f"synth {_version('synth-replicate')}, Python {platform.python_version()}",
        "PDF reading": f"PyMuPDF {_version('pymupdf')}",
        "PDF briefs": f"typst {_version('typst')}, {_fonts()}",
        "packaged model": model,
        "packaged verifier": verifier,
        "size of models": _size(),
        "starter library": _starter(),
    }
    for name, (module, package, extra) in _EXTRAS.items():
        there = find_spec(module) is not None
        found[name] = f"{package} {_version(package)}" if there else f'not installed (pip install "{_extra(extra)}")'
    found |= reached(client) | {_ANTHOLOGY: _anthology(library, os.environ)}
    found["environment"] = (
        ", ".join(f"{name} is set" for name in _VARIABLES if os.environ.get(name)) or "nothing is set"
    )
    counts = ", ".join(f"{count:,} {name}" for name, count in library.counts().items())
    where = library.folder if library.folder is not None else "in memory"
    found["library"] = f"{where}: {counts}; {'; '.join(problems) or 'sound'}"
    free = None if library.folder is None else shutil.disk_usage(library.folder).free
    found["room on its disk"] = "not known" if free is None else f"{free / 1e9:,.1f} GB"
    broken = not (whole and verified)
    advice = _advice(found, broken, problems, library.reason, free)
    found[TO_DO] = "; ".join(advice) or "nothing: all that is needed is sound"
    return found, not broken and not problems


def reached(client: Callable[[], Web] | None, patience: float = PATIENCE) -> dict[str, str]:
    """What each service answers to one question, side by side; `NOT_ASKED` where there is no `client`.

    Each has a client of its own. What has not answered after `patience` seconds is left behind: a name can take a
    minute not to be found.
    """
    from synth.sources import KNOWN

    asked = [name for name in KNOWN if f"source {name}" != _ANTHOLOGY]
    if client is None:
        return {f"source {name}": NOT_ASKED for name in asked}
    said = {f"source {name}": f"failed: no answer in {patience:g} s" for name in asked}

    def ask(name: str) -> None:
        with client() as web:
            told[f"source {name}"] = _answer(name, web)

    told: dict[str, str] = {}
    waiting = [Thread(target=ask, args=(name,), daemon=True) for name in asked]
    ends = time.monotonic() + patience
    for one in waiting:
        one.start()
    for one in waiting:
        one.join(max(ends - time.monotonic(), 0))
    return said | dict(told)


def _answer(name: str, web: Web) -> str:
    from synth.records import Query
    from synth.sources import open_source

    query = Query(text="zero-shot cross-lingual transfer", groups=(("zero-shot",), ("transfer",)))
    _, coverage = open_source(name, web).search(query, 1)
    if coverage.outcome in ("found", "empty"):
        return "answers" if coverage.outcome == "found" else "answers, with nothing"
    return f"{coverage.outcome}: {(coverage.reason or '').split(';')[0]}"


def _anthology(library: Library, environ: Mapping[str, str]) -> str:
    """Whether a copy of the ACL Anthology's metadata is at hand; it is not read here."""
    named = environ.get("SYNTH_ACL_ANTHOLOGY")
    if named:
        return "a copy is named" if Path(named).is_file() else "failed: SYNTH_ACL_ANTHOLOGY names no file"
    if library.folder is not None and (library.folder / "acl_anthology" / "abstracts.jsonl.gz").is_file():
        return "a copy is in the library"
    return "no copy (name one in SYNTH_ACL_ANTHOLOGY)"


def _advice(
    found: Mapping[str, str], broken: bool, problems: list[str], reason: str | None, free: int | None
) -> Iterator[str]:
    """What a person can do about what is wrong, the gravest first."""
    if broken:
        yield 'a packaged model is damaged: install again (pip install --force-reinstall "synth-replicate")'
    if problems:
        yield "see `synth library check` for what is damaged in the library"
    if reason and not problems:
        yield f"{reason}: name another folder in SYNTH_HOME"
    if free is not None and free < _ROOM:
        yield "make room on the disk of the library, or name a folder elsewhere in SYNTH_HOME"
    failed = [name for name, said in found.items() if name.startswith("source ") and said.startswith("failed")]
    services = [name.removeprefix("source ") for name in failed if name != _ANTHOLOGY]
    for name in services:
        if name in _KEYS and any(code in found[f"source {name}"] for code in ("401", "403", "429")):
            yield f"{name} refuses: set {_KEYS[name]}, or ask later"
    if services and len(services) == len(_services(found)):
        yield "no source can be reached: see to the network or its proxy, or work with --offline"
    elif services:
        yield f"{', '.join(services)} cannot be asked now: reports say so, and end with exit code 4"
    if _ANTHOLOGY in failed:
        yield "put right or unset SYNTH_ACL_ANTHOLOGY"


def _services(found: Mapping[str, str]) -> list[str]:
    return [name for name in found if name.startswith("source ") and name != _ANTHOLOGY]


def _extra(name: str) -> str:
    return f"synth-replicate[{name}]"


def _fonts() -> str:
    """The fonts of other scripts that travel with the package."""
    folder = resources.files("synth") / "fonts"
    there = [file for file in folder.iterdir() if file.name.endswith(".ttf")] if folder.is_dir() else []
    return f"{len(there)} fonts for other scripts"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _model() -> tuple[str, bool]:
    from synth.models import embedding

    try:
        return embedding.load().id, True
    except SynthError as problem:
        return f"unusable: {problem}", False


def _verifier() -> tuple[str, bool]:
    from synth.models import verifier

    try:
        return verifier.load().id, True
    except SynthError as problem:
        return f"unusable: {problem}", False


def _size() -> str:
    """Bytes of the packaged models together, as megabytes of 10^6."""
    models = resources.files("synth.models")
    folders = [models / name for name in _PACKAGED]
    files = [file for folder in folders if folder.is_dir() for file in folder.iterdir() if file.is_file()]
    return f"{sum(len(file.read_bytes()) for file in files) / 1e6:.1f} MB of at most {LARGEST} MB"


def _starter() -> str:
    from synth.starter import papers

    found = papers()
    return f"{len({p.paper.id for p in found})} works in {len(found)} versions"
