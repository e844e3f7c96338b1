"""report.html: the card. One file that loads nothing, runs one known script, and reads without it."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from synth.records import Report
from synth.render import display
from synth.render.claims import ClaimView
from synth.render.figures import matrix
from synth.render.view import view

if TYPE_CHECKING:
    import jinja2

__all__ = ["SIBLINGS", "to_html"]

# What the card links to beside itself, in the order shown.
SIBLINGS = (
    ("PDF", "report.pdf"),
    ("Markdown", "report.md"),
    ("JSON", "report.json"),
    ("BibTeX", "references.bib"),
    ("CSL-JSON", "references.csl.json"),
    ("claims", "claims.jsonl"),
    ("RIS", "references.ris"),
    ("JSON-LD", "report.jsonld"),
    ("CSV", "claims.csv"),
)

_USUAL = [file for _, file in SIBLINGS[:6]]


def to_html(report: Report, files: Sequence[str] | None = None) -> bytes:
    """report.html in UTF-8. `files` are the names of the files beside it, so that no link is dead; None: the usual."""
    import markupsafe

    shown = view(report)
    style, script = _source("report.css"), _source("report.js")
    text = (
        _environment()
        .get_template("report.html.j2")
        .render(
            view=shown,
            matrix=matrix(shown.claims, shown.papers),
            kinds=[
                (kind, word) for kind, word in display.KIND_WORDS.items() if any(c.kind == kind for c in shown.claims)
            ],
            claim_papers={claim.number: _papers_of(claim) for claim in shown.claims},
            files=[(name, file) for name, file in SIBLINGS if file in (_USUAL if files is None else files)],
            policy=_policy(style, script),
            # The two constants of this package that are markup; every other value is escaped.
            style=markupsafe.Markup(style),  # noqa: S704
            script=markupsafe.Markup(script),  # noqa: S704
        )
    )
    return (re.sub(r"\n{2,}", "\n", text).strip() + "\n").encode()


def _policy(style: str, script: str) -> str:
    """Nothing may load, send or frame; only this style and this script, known by their digests, apply."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _papers_of(claim: ClaimView) -> str:
    """The reference numbers of the papers a claim comes from or is judged by, for the filter."""
    papers = {quote.paper.index for quote in (claim.source, *claim.evidence)} - {None}
    return " ".join(str(index) for index in sorted(index for index in papers if index is not None))


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@functools.cache
def _source(name: str) -> str:
    return importlib.resources.files("synth.templates").joinpath("report", name).read_text(encoding="utf-8")
