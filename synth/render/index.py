"""index.html of a batch: every question with its state, its answer and a way to its report. It loads nothing."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from synth.render import display
from synth.render.display import clean, number

__all__ = ["to_index"]

_STATES = {"done": "done", "partial": "partial", "failed": "failed", "not_asked": "not asked"}


def to_index(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The page in UTF-8. `rows` are those of `synth.batch` as mappings, in the order of the questions."""
    import jinja2
    import markupsafe

    here = importlib.resources.files("synth.templates").joinpath("report")
    style = here.joinpath("report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    page = environment.from_string(here.joinpath("index.html.j2").read_text(encoding="utf-8")).render(
        rows=[_row(one) for one in rows],
        counts=[(word, sum(one["state"] == state for one in rows)) for state, word in _STATES.items()],
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        style=markupsafe.Markup(style),  # noqa: S704 (a constant of this package)
    )
    return page.encode()


def _row(one: Mapping[str, Any]) -> dict[str, Any]:
    answer = one["answer"]
    return {
        "number": one["number"],
        "question": clean(one["question"]),
        "direction": display.direction(clean(one["question"])),
        # A folder's name is made of the letters of a question: whatever they are, it stays a name.
        "link": f"{quote(one['folder'], safe='')}/report.html" if answer is not None else None,
        "state": _STATES[one["state"]],
        "reason": clean(one["reason"]),
        "answer": "" if answer is None else display.STATUS_WORDS[answer],
        "papers": "" if one["papers"] is None else str(one["papers"]),
        "claims": ", ".join(f"{n} {display.VERDICT_WORDS[label]}" for label, n in (one["claims"] or {}).items()),
        "score": "" if one["score"] is None else number(one["score"]),
    }
