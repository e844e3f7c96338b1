"""report.md: the report for reading in a terminal, a repository or an editor.

Every value is escaped when it enters the template, so a value can neither be markup nor become a link;
what is meant as a link is made here, from a checked address.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from typing import TYPE_CHECKING, Any

from synth.records import Report
from synth.render.display import clean
from synth.render.view import view

if TYPE_CHECKING:
    import jinja2

__all__ = ["escape", "to_markdown"]

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>&$|~#^]")
_LINE_START = re.compile(r"^(\d+)([.)])(?=\s|$)")


class _Ready(str):
    """Text that is Markdown already and must not be escaped again."""

    __slots__ = ()


def to_markdown(report: Report) -> bytes:
    """report.md in UTF-8."""
    text = _environment().get_template("report.md.j2").render(view=view(report))
    return (re.sub(r"\n{3,}", "\n\n", text).strip() + "\n").encode()


def escape(text: str) -> str:
    """The text as Markdown that shows it: no emphasis, link, HTML, table cell, heading, list or automatic link."""
    escaped = _SPECIAL.sub(r"\\\g<0>", clean(text))
    escaped = _LINE_START.sub(r"\1\\\2", escaped)
    if escaped.startswith(("-", "+", "=", ":", "!")):
        escaped = "\\" + escaped
    # A bare address becomes a link in many viewers; a person would take it for one of ours.
    escaped = escaped.replace("://", r"\://").replace("@", "&#64;")
    return re.sub(r"(?i)\bwww\.", lambda found: found.group()[:-1] + r"\.", escaped)


def _link(text: str, url: str | None) -> _Ready:
    """A link with a checked address, or the bare text where there is none."""
    if url is None:
        return _Ready(escape(text))
    address = url.replace("(", "%28").replace(")", "%29")
    return _Ready(f"[{escape(text)}](<{address}>)")


def _claim_link(text: str, number: int) -> _Ready:
    return _Ready(f"[{escape(text)}](#claim-{number})")


def _code(text: str) -> _Ready:
    """A command as code, fenced by more backticks than it holds."""
    shown = clean(text).replace("|", "¦")
    fence = "`" * (max((len(run) for run in re.findall(r"`+", shown)), default=0) + 1)
    return _Ready(f"{fence} {shown} {fence}" if "`" in shown else f"{fence}{shown}{fence}")


def _finalize(value: Any) -> Any:
    """Escape whatever enters the template; spaces around a separator written in the template stay."""
    if not isinstance(value, str) or isinstance(value, _Ready):
        return value
    return " " * value.startswith(" ") + escape(value) + " " * (value.endswith(" ") and value != " ")


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        finalize=_finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  HTML escaping is the wrong one here: `_finalize` escapes for Markdown
    )
    environment.filters.update(link=_link, claim_link=_claim_link, code=_code)
    return environment


def _source(name: str) -> str:
    return importlib.resources.files("synth.templates").joinpath("report", name).read_text(encoding="utf-8")
