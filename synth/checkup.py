"""`synth doctor`: what is installed, which models are there, whether the library is sound."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from synth.errors import SynthError

if TYPE_CHECKING:
    from synth.library import Library

__all__ = ["findings"]

_EXTRAS = {
    "language models": ("langchain", "llm"),
    "models by name": ("sentence_transformers", "replicate"),
    "experiments": ("torch", "replicate"),
    "cluster": ("ray", "cluster"),
}


def findings(library: Library) -> dict[str, str]:
    """One line per thing looked at; what is missing says how to get it."""
    found = {
        "program": f"synth {_version('synth-replicate')}, Python {platform.python_version()}",
        "PDF reading": f"PyMuPDF {_version('pymupdf')}",
        "PDF briefs": f"typst {_version('typst')}",
        "packaged model": _model(),
        "starter library": _starter(),
    }
    for name, (module, extra) in _EXTRAS.items():
        there = find_spec(module) is not None
        found[name] = "installed" if there else f'not installed (pip install "synth-replicate[{extra}]")'
    counts = ", ".join(f"{count:,} {name}" for name, count in library.counts().items())
    where = library.folder if library.folder is not None else "in memory"
    problems = library.check()
    found["library"] = f"{where}: {counts}; " + ("sound" if not problems else "; ".join(problems))
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _model() -> str:
    from synth.models import embedding

    try:
        return embedding.load().id
    except SynthError as problem:
        return f"unusable: {problem}"


def _starter() -> str:
    from synth.starter import papers

    found = papers()
    return f"{len({p.paper.id for p in found})} works in {len(found)} versions"
