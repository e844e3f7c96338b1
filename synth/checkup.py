"""`synth doctor`: what is installed, which models are there, whether the library is sound."""

from __future__ import annotations

import os
import platform
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from synth.errors import SynthError

if TYPE_CHECKING:
    from synth.library import Library

__all__ = ["LARGEST", "findings"]

LARGEST = 50  # MB that the packaged models may have together
_PACKAGED = ("minilm", "stance_minilm")

_EXTRAS = {
    "language models": ("langchain", "llm"),
    "models by name": ("sentence_transformers", "replicate"),
    "experiments": ("torch", "replicate"),
    "web application": ("fastapi", "serve"),
    "nearest papers in Chroma": ("chromadb", "chroma"),
    "cluster": ("ray", "cluster"),
}
# What may be set in the environment. Values are never shown.
_VARIABLES = (
    "SYNTH_HOME", "SYNTH_MAILTO", "SYNTH_ACL_ANTHOLOGY", "SYNTH_NOTICES", "SYNTH_LIBRARY_URL",
    "SYNTH_LIBRARY_TOKEN", "SYNTH_TOKEN", "OPENALEX_API_KEY", "S2_API_KEY",
    "SEMANTIC_SCHOLAR_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL",
    "OLLAMA_HOST",
)  # fmt: skip


def findings(library: Library) -> tuple[dict[str, str], bool]:
    """One line per thing looked at (what is missing says how to get it), and whether all that is needed is sound."""
    model, whole = _model()
    verifier, verified = _verifier()
    problems = library.check()
    found = {
        "program": f"synth {_version('synth-replicate')}, Python {platform.python_version()}",
        "PDF reading": f"PyMuPDF {_version('pymupdf')}",
        "PDF briefs": f"typst {_version('typst')}",
        "packaged model": model,
        "packaged verifier": verifier,
        "size of models": _size(),
        "starter library": _starter(),
    }
    for name, (module, extra) in _EXTRAS.items():
        there = find_spec(module) is not None
        found[name] = "installed" if there else f'not installed (pip install "synth-replicate[{extra}]")'
    found["environment"] = (
        ", ".join(f"{name} is set" for name in _VARIABLES if os.environ.get(name)) or "nothing is set"
    )
    counts = ", ".join(f"{count:,} {name}" for name, count in library.counts().items())
    where = library.folder if library.folder is not None else "in memory"
    found["library"] = f"{where}: {counts}; {'; '.join(problems) or 'sound'}"
    return found, whole and verified and not problems


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
