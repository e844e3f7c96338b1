"""The audit as pages: Markdown, one HTML file that loads nothing, and lines for a terminal.

Templates get finished values, cleaned of what deceives the eye; what is markup is escaped by each form's own rule.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from synth.audit.stated import KINDS, Audit
from synth.audit.view import FINDING_WORDS, view
from synth.render import display
from synth.render.display import clean
from synth.render.markdown import escape

if TYPE_CHECKING:
    import jinja2

__all__ = ["lines", "to_html", "to_markdown"]

# --- forms --------------------------------------------------------------------------------------------------------


def to_markdown(audit: Audit) -> bytes:
    """audit.md in UTF-8."""
    text = _environment(False).get_template("audit.md.j2").render(view=view(audit))
    return (re.sub(r"\n{3,}", "\n\n", text).strip() + "\n").encode()


def to_html(audit: Audit, files: Sequence[tuple[str, str]] = ()) -> bytes:
    """audit.html in UTF-8: no script, nothing loaded. `files` are (name, file) of what lies beside it."""
    import markupsafe

    style = _source("report", "report.css") + _source("audit", "audit.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    # The style is the one value that is markup; every other one is escaped.
    style_markup = markupsafe.Markup(style)  # noqa: S704
    template = _environment(True).get_template("audit.html.j2")
    text = template.render(view=view(audit), files=files, policy=policy, style=style_markup)
    return (re.sub(r"\n{2,}", "\n", text).strip() + "\n").encode()


@functools.cache
def _environment(html: bool) -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FunctionLoader(functools.partial(_source, "audit")),
        autoescape=html,  # noqa: S701  Markdown is escaped by `_escaped`, for which HTML escaping is the wrong one
        finalize=None if html else _escaped,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _escaped(value: Any) -> Any:
    return escape(value) if isinstance(value, str) else value


@functools.cache
def _source(folder: str, name: str) -> str:
    return importlib.resources.files("synth.templates").joinpath(folder, name).read_text(encoding="utf-8")


# --- a terminal -----------------------------------------------------------------------------------------------------

_WIDTH = 100
_MOST_LINES = 20


def lines(audit: Audit) -> list[str]:
    """What a person wants to know first, on at most twenty lines of a hundred characters."""
    shown = view(audit)
    counts = ", ".join(f"{c.word} {c.many}" for c in shown.counts)
    made = [
        display.shorten(shown.title, _WIDTH),
        display.shorten(f"  {shown.status_mark} {shown.status_word}: {shown.status_text}", _WIDTH),
        display.shorten(f"  {display.plural(len(audit.claims), 'claim')}: {counts}", _WIDTH),
    ]
    if not audit.findings:
        return [*made, "  no finding in what could be read"]
    kinds = [(kind, [f for f in audit.findings if f.kind == kind]) for kind in KINDS]
    for kind, found in kinds:
        if found:
            head = f"  {len(found):>3} {FINDING_WORDS[kind]}: "
            made.append(display.shorten(head + clean(found[0].message), _WIDTH))
    if shown.notes:
        made.append(display.shorten(f"  {shown.notes[0]}", _WIDTH))
    return made[:_MOST_LINES]
