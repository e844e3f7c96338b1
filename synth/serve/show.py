"""From values to pages: the templates, the style and the script of the application, and what a page says of a job."""

from __future__ import annotations

import functools
import hashlib
import importlib.resources
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from synth.render import display
from synth.serve.store import ENDED, Event, Job

if TYPE_CHECKING:
    import jinja2

__all__ = ["STATIC", "Progress", "Stage", "page", "policy_of", "progress", "static"]

STATIC = {
    "look.css": "text/css; charset=utf-8",
    "serve.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_STAGES = {
    "report": ("open", "search", "notices", "read", "extract", "verify", "answer", "render"),
    "verify": ("open", "verify"),
}
_WORDS = {
    "open": "open models and sources",
    "search": "search for papers",
    "notices": "look for retractions",
    "read": "read papers",
    "extract": "find claims",
    "verify": "hold claims against papers",
    "answer": "answer and review",
    "render": "write the report",
}
STATE_WORDS = {
    "waiting": "waiting",
    "running": "running",
    "done": "done",
    "partial": "done in part",
    "failed": "failed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
}
STATE_MARKS = {
    "waiting": "○", "running": "▶", "done": "✔", "partial": "◐", "failed": "✖", "cancelled": "–", "interrupted": "✖",
}  # fmt: skip
KIND_WORDS = {"report": "report", "verify": "verification", "audit": "audit", "replication": "replication"}
_COUNTED = re.compile(r"\[(\d+)/(\d+)\] ")


class Stage(NamedTuple):
    """One stage of a job: "waiting", "running", "done", or "unreached" when it has ended; `told` says how long."""

    name: str
    word: str
    state: str
    told: str


class Progress(NamedTuple):
    """How far a job is: its stages in order, what it said, and (done, total) where it counts its stages itself."""

    stages: tuple[Stage, ...]
    remarks: tuple[str, ...]
    counted: tuple[int, int] | None
    last: int


def progress(job: Job, events: Iterable[Event]) -> Progress:
    """What the events of the latest attempt say. The stage after the last finished one is the one that runs."""
    ended: dict[str, str] = {}
    running: dict[str, str] = {}
    remarks: list[str] = []
    counted, last = None, 0
    for event in events:
        last = event.number
        if event.kind == "state" and event.data.get("state") == "running":
            ended, running, counted = {}, {}, None
        elif event.kind == "end":
            done = f"{event.data['done']} in " if event.data["done"] else ""
            ended[event.data["stage"]] = f"{done}{event.data['seconds']:.1f} s"
        elif event.kind == "stage":
            of = f" of {event.data['total']}" if event.data["total"] else ""
            running[event.data["stage"]] = f"{event.data['done']}{of}"
        elif event.kind == "say":
            remarks.append(display.clean(event.data["line"]))
            if match := _COUNTED.match(event.data["line"]):
                counted = (int(match.group(1)), int(match.group(2)))
    stages: list[Stage] = []
    # In the order in which they came: a stage that is not known here stands where it was.
    for name in dict.fromkeys((*ended, *running, *_STAGES.get(job.kind, ()))):
        state = "done" if name in ended else "unreached" if job.state in ENDED else "waiting"
        if state == "waiting" and job.state == "running" and all(stage.state == "done" for stage in stages):
            state = "running"
        stages.append(Stage(name, _WORDS.get(name, name), state, ended.get(name) or running.get(name, "")))
    return Progress(tuple(stages), tuple(remarks), counted, last)


# --- pages ------------------------------------------------------------------------------------------------


def page(template: str, /, **values: Any) -> str:
    """The page of a template. Every value is escaped; a template gets finished values and decides nothing."""
    return _environment().get_template(template).render(**values)


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        versions={name: static(name)[1] for name in STATIC},
        status_words=display.STATUS_WORDS,
        status_marks=display.STATUS_MARKS,
        verdict_words=display.VERDICT_WORDS,
        state_words=STATE_WORDS,
        state_marks=STATE_MARKS,
        kind_words=KIND_WORDS,
        ended=ENDED,
    )
    made.filters.update(clean=display.clean, when=_when, brief=_brief, counted=display.plural)
    return made


def _brief(text: str) -> str:
    """A question or title as a list shows it: the whole stands on its own page."""
    return display.shorten(display.clean(text), 240)


def _when(iso: str | None) -> str:
    """A time as people write it, in UTC: "20 Nov 2026, 16:47"."""
    if not iso:
        return ""
    from datetime import datetime

    moment = datetime.fromisoformat(iso)
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _source(name: str) -> str:
    return importlib.resources.files("synth.templates").joinpath("serve", name).read_text(encoding="utf-8")


@functools.cache
def static(name: str) -> tuple[bytes, str]:
    """The style or the script, and twelve digits of its hash, by which a browser knows a new one."""
    if name == "look.css":  # the look of the report, and what an application needs besides
        report = importlib.resources.files("synth.templates").joinpath("report", "report.css")
        text = report.read_text(encoding="utf-8") + _source("serve.css")
    else:
        text = _source(name)
    content = text.encode()
    return content, hashlib.sha256(content).hexdigest()[:12]


def policy_of(html: bytes) -> str | None:
    """The content policy that a self-contained page carries in its head; None where it carries none."""
    import html as escapes

    head = html[:2000].decode("utf-8", "replace").partition("<style")[0]
    match = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', head)
    return escapes.unescape(match.group(1)) if match else None
