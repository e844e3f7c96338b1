"""report.html and report.pdf of a run, from the finished values of `replicate.view`."""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from replicate.chart import Drawing, svg
from synth.errors import SynthError

__all__ = ["html", "pdf"]

_FONTS = ("Libertinus Serif", "New Computer Modern Math", "DejaVu Sans Mono")
# PDF/A wants a date and a run's report has none: times belong to the stages' records.
_TIMESTAMP = 946_684_800


def html(values: Mapping[str, Any]) -> bytes:
    """One page that loads nothing, runs nothing, and whose style is known by its digest."""
    import jinja2
    import markupsafe

    style = _source("report", "report.css") + _source("replicate", "run.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: _source("replicate", name)), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip

    def drawn(drawing: Drawing, name: str) -> markupsafe.Markup:
        return markupsafe.Markup(svg(drawing, name))  # noqa: S704 (its texts are escaped there)

    text = environment.get_template("run.html.j2").render(
        view=values, style=markupsafe.Markup(style), policy=policy, drawn=drawn  # noqa: S704 (this package's own)
    )  # fmt: skip
    return (re.sub(r"\n{2,}", "\n", text).strip() + "\n").encode()


def pdf(values: Mapping[str, Any]) -> bytes:
    """PDF/A-2a and PDF/UA-1, the same bytes for the same values. SynthError where it cannot be typeset."""
    import typst

    data = json.dumps({**_plain(values), "fonts": _FONTS}, ensure_ascii=False)
    folder = Path(str(importlib.resources.files("synth").joinpath("fonts")))
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)])
    try:
        return typst.compile(
            _source("replicate", "run.typ").encode(), font_paths=fonts, ignore_system_fonts=True, format="pdf",
            timestamp=_TIMESTAMP, pdf_standards=["a-2a", "ua-1"], sys_inputs={"data": data},
        )  # fmt: skip
    except typst.TypstError as error:
        raise SynthError(f"the report could not be typeset: {error}") from error


def _plain(value: Any) -> Any:
    """JSON values; a drawing becomes a table of its shapes."""
    if isinstance(value, Drawing):
        return {
            "width": value.width, "height": value.height, "alt": value.alt,
            "shapes": [shape._asdict() for shape in value.shapes],
        }  # fmt: skip
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


@functools.cache
def _source(folder: str, name: str) -> str:
    return importlib.resources.files("synth.templates").joinpath(folder, name).read_text(encoding="utf-8")
