"""A report held against the world as it is now: the same question is asked again, and what changed is told.

    changes(before, after, replicated)          -> tuple[Change]   new versions, notices, papers, verdicts, replications
    note(changes, ...) / diff(before, after)    -> text            what a person reads, and what a program compares
    watch(folder, date, library, progress, ...) -> Watched         the dated note and diff in DIR/watch

The report itself stays as it is; `DIR/watch/latest` holds the one that was made last, with which the next watch
compares. A report that is partial says nothing of what it lacks: what it did not see is not called gone.
"""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from synth.errors import InputError
from synth.laid import Line, lines, remembered
from synth.rebuild import request_of
from synth.records import Claim, Notice, Report, ReportPaper
from synth.refresh import manifest_of, taken_up
from synth.run import Request, produce

if TYPE_CHECKING:
    from synth.library import Library
    from synth.progress import Silent

__all__ = ["Change", "Watched", "changes", "diff", "note", "watch"]

_ALIKE = 0.75  # share of characters in common from which two statements of one paper are one claim, restated
_TITLES = {
    "answer": "The answer",
    "retraction": "Retractions and notices",
    "contradiction": "Claims that are contradicted now",
    "verdict": "Verdicts that changed",
    "replication": "Replications",
    "version": "New versions of papers",
    "restated": "Claims that are stated otherwise now",
    "paper": "Papers",
    "claim": "Claims that came or went",
}


class Change(NamedTuple):
    """One thing that changed: `kind` is a key of the note's headings, `claim_ids` the claims that it is about."""

    kind: str
    text: str
    claim_ids: tuple[str, ...] = ()


class Watched(NamedTuple):
    """What changed, the report as it is now, and the note and the diff (none where nothing changed)."""

    changes: tuple[Change, ...]
    report: Report
    files: tuple[Path, ...]


# --- what changed -----------------------------------------------------------------------------------------


def changes(before: Report, after: Report, replicated: frozenset[str] = frozenset()) -> tuple[Change, ...]:
    """What changed between two reports on one question, the gravest kind first, then in the order of the report.

    `replicated` are the ids of claims that an experiment spoke of: of others the marks may differ, and are no news.
    """
    pairs = _paired(before.claims, after.claims)
    found = [
        *_answers(before, after),
        *_papers(before, after),
        *(change for old, new in pairs for change in _claims(old, new, replicated)),
        *_come_and_gone(before, after, pairs),
    ]
    order = list(_TITLES)
    return tuple(sorted(found, key=lambda change: order.index(change.kind)))


def _answers(before: Report, after: Report) -> Iterator[Change]:
    if before.answer.status != after.answer.status:
        yield Change("answer", f"was {_word(before.answer.status)}, is {_word(after.answer.status)}")


def _papers(before: Report, after: Report) -> Iterator[Change]:
    """Notices and versions of papers that both reports know; papers that are new, or included no more."""
    old = {paper.id: paper for paper in before.papers}
    for paper in after.papers:
        was = old.get(paper.id)
        about = tuple(claim.id for claim in after.claims if paper.id in _rests_on(claim))
        for notice in paper.notices:
            if (was is None or notice not in was.notices) and (paper.included or (was and was.included)):
                yield Change("retraction", f"{_named(paper)}: {_noticed(notice)}{_about(about)}", about)
        if was is not None and _version(paper) != _version(was):
            told = f"{_named(paper)}: {_version(was) or 'no version'} before, {_version(paper) or 'no version'} now"
            yield Change("version", told + _about(about), about)
        if paper.included and (was is None or not was.included):
            yield Change("paper", f"new: {_named(paper)}{_about(about)}", about)
        elif was is not None and was.included and not paper.included:
            yield Change("paper", f"no longer included: {_named(paper)} ({paper.reason})", about)
    known = {paper.id for paper in after.papers}
    for paper in before.papers:
        if paper.included and paper.id not in known and not after.partial:
            yield Change("paper", f"not found any more: {_named(paper)}")


def _claims(old: Claim, new: Claim, replicated: frozenset[str]) -> Iterator[Change]:
    """What changed of one claim."""
    ids = (new.id,)
    if old.statement != new.statement:
        yield Change("restated", f"“{old.statement}” is now “{new.statement}”", ids)
    against = [one for one in new.evidence if one.stance == "refutes"]
    known = {(one.paper_id, one.quote) for one in old.evidence if one.stance == "refutes"}
    for one in against:
        if (one.paper_id, one.quote) not in known:
            yield Change("contradiction", f"“{new.statement}”: {one.paper_id} says “{one.quote}”", ids)
    if old.verdict.label != new.verdict.label:
        told = f"“{new.statement}”: was {_word(old.verdict.label)}, is {_word(new.verdict.label)}"
        yield Change("verdict", f"{told} ({new.verdict.reason})", ids)
    if new.replication != old.replication and {old.id, new.id} & replicated:
        was, now = _word(old.replication.status), _word(new.replication.status)
        moved = f"was {was}, is {now}" if was != now else now
        yield Change("replication", f"“{new.statement}”: {moved}: {new.replication.reason}", ids)


def _come_and_gone(before: Report, after: Report, pairs: Sequence[tuple[Claim, Claim]]) -> Iterator[Change]:
    old, new = ({pair[n].id for pair in pairs} for n in (0, 1))
    for claim in after.claims:
        if claim.id not in new:
            told = f"new: “{claim.statement}” ({claim.source.paper_id}; {_word(claim.verdict.label)})"
            yield Change("claim", told, (claim.id,))
    for claim in before.claims:
        if claim.id not in old:
            what = "not seen this time, and the report is partial" if after.partial else "no longer in the report"
            yield Change("claim", f"{what}: “{claim.statement}” ({claim.source.paper_id})", (claim.id,))


def _paired(before: Sequence[Claim], after: Sequence[Claim]) -> list[tuple[Claim, Claim]]:
    """Claims that are one and the same: by id, by wording, then the most alike of the same paper."""
    left = {claim.id: claim for claim in before}
    made: dict[str, Claim] = {}
    rules: tuple[Callable[[Claim, Claim], bool], ...] = (
        lambda old, new: old.id == new.id,
        lambda old, new: (old.source.paper_id, old.statement) == (new.source.paper_id, new.statement),
        lambda old, new: old.source.paper_id == new.source.paper_id and _alike(old, new) >= _ALIKE,
    )
    for same in rules:
        for new in after:
            if new.id not in made:
                hits = [old for old in left.values() if same(old, new)]
                if hits:
                    made[new.id] = left.pop(max(hits, key=lambda old: (_alike(old, new), old.id)).id)
    return [(made[new.id], new) for new in after if new.id in made]


def _alike(old: Claim, new: Claim) -> float:
    return difflib.SequenceMatcher(None, old.statement, new.statement, autojunk=False).ratio()


def _rests_on(claim: Claim) -> set[str]:
    return {claim.source.paper_id, *(one.paper_id for one in claim.evidence)}


def _named(paper: ReportPaper) -> str:
    return f"{paper.title} ({paper.id})"


def _version(paper: ReportPaper) -> str:
    return (paper.versions or ("",))[-1] if paper.versions else paper.version or ""


def _noticed(notice: Notice) -> str:
    return f"{notice.kind}{f' on {notice.date}' if notice.date else ', no date given'} ({notice.source})"


def _about(ids: Sequence[str]) -> str:
    return f"; claims {', '.join(ids)}" if ids else ""


def _word(label: str) -> str:
    return label.replace("_", " ")


# --- the note and the diff ----------------------------------------------------------------------------------


def note(found: Sequence[Change], question: str, date: str, since: str, *, partial: bool) -> str:
    """The note in Markdown: a heading a kind, a line a change. Text of papers is escaped and cannot be markup."""
    from synth.render.markdown import escape

    parts = [f"# {escape(question)}", "", f"{date}: {_counted(len(found))} since {since}."]
    if partial:
        parts += ["", "Some sources could not be asked: what is not named here may have changed too."]
    for kind, title in _TITLES.items():
        own = [f"- {escape(change.text)}" for change in found if change.kind == kind]
        parts += ["", f"## {title}", "", *own] if own else []
    return "\n".join(parts) + "\n"


def diff(before: Report, after: Report, since: str, date: str) -> str:
    """A unified diff of both reports as plain lines: answer, papers, claims with verdict, evidence and experiment."""
    return "".join(
        line + "\n"
        for line in difflib.unified_diff(list(_plain(before)), list(_plain(after)), since, date, lineterm="", n=2)
    )


def _plain(report: Report) -> Iterator[str]:
    yield f"answer {report.answer.status}: {_line(report.answer.text)}"
    for paper in report.papers:
        if paper.included:
            yield f"paper {paper.id} {_version(paper)}: {_line(paper.title)}".replace("  ", " ")
            yield from (f"  {_noticed(notice)}" for notice in paper.notices)
    for claim in report.claims:
        yield f"claim {claim.source.paper_id}: {_line(claim.statement)}"
        yield f"  verdict {claim.verdict.label}: {_line(claim.verdict.reason)}"
        for one in claim.evidence:
            yield f"  {one.stance} {one.paper_id}: {_line(one.quote)}"
        yield f"  experiment {claim.replication.status}: {_line(claim.replication.reason)}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _counted(count: int) -> str:
    return "1 change" if count == 1 else f"{count} changes"


# --- a folder -----------------------------------------------------------------------------------------------


def watch(
    folder: Path,
    date: str,
    library: Library,
    progress: Silent,
    *,
    papers: Sequence[Path] = (),
    offline: bool = False,
    command: Sequence[str] = (),
) -> Watched:
    """Ask the question of the report in `folder` again, and lay down what changed under `date` (ISO).

    `papers` take the place of those that were named then, `offline` asks no source whatever was asked then.
    Raises InputError where the folder holds no report with its manifest, or cannot be written.
    """
    from filelock import FileLock

    manifest = manifest_of(folder)
    with _written(folder / "watch") as place:
        place.mkdir(exist_ok=True)
        lock = FileLock(place / ".lock")
        lock.acquire()  # of two at once the second finds what the first told
    try:
        return _watched(folder, manifest, date, library, progress, papers, offline, command)
    finally:
        lock.release()


@contextmanager
def _written(place: Path) -> Iterator[Path]:
    """A block that writes below `place`. InputError where it cannot."""
    try:
        yield place
    except OSError as problem:
        raise InputError(f"{place}: cannot be written ({problem.strerror}); make room, or say who may write") from None


def _watched(
    folder: Path, manifest: dict[str, Any], date: str, library: Library, progress: Silent, papers: Sequence[Path],
    offline: bool, command: Sequence[str],
) -> Watched:  # fmt: skip
    from synth import render

    # What was read then may have changed since: that is what is looked for.
    asked = request_of({**manifest, "inputs": []} if papers else manifest, str(folder / "manifest.json"), None)
    coming, seen = folder / "watch" / ".coming", _seen(folder)
    before = render.load(seen)
    since = str(manifest_of(seen).get("date", "the report was made"))
    shutil.rmtree(coming, ignore_errors=True)
    made = produce(_again(asked, coming, papers, offline), library, progress, command=command)
    told = _of(made.report, before, (*remembered(manifest), *lines(folder).lines))
    after = taken_up(made.report, told)
    found = changes(before, after, frozenset(line.claim_id or "" for line in told))
    files: tuple[Path, ...] = ()
    if found:
        render.write(after, coming, formats=("json", "html"), manifest=manifest_of(coming))
        name = _free(folder / "watch", date)
        words = note(found, after.question, date, since, partial=after.partial)
        files = (name.with_suffix(".md"), name.with_suffix(".diff"))
        with _written(folder / "watch"):
            for file, text in zip(files, (words, diff(before, after, since, date)), strict=True):
                render.lay_down(file, text.encode())
            _settled(folder, coming)  # a kill before this tells the same again; after it, nothing is told twice
    shutil.rmtree(coming, ignore_errors=True)
    return Watched(found, after, files)


def _seen(folder: Path) -> Path:
    """The folder of the report to compare with: the last that was watched, or the report itself."""
    latest, former = folder / "watch" / "latest", folder / "watch" / ".former"
    if former.is_dir() and not latest.exists():  # a kill between the two renames
        former.rename(latest)
    shutil.rmtree(former, ignore_errors=True)
    return latest if (latest / "manifest.json").is_file() else folder


def _settled(folder: Path, coming: Path) -> None:
    """What was made takes the place of the latest, which is there, under one name or the other, at every moment."""
    latest, former = folder / "watch" / "latest", folder / "watch" / ".former"
    if latest.exists():
        latest.rename(former)
    coming.rename(latest)
    shutil.rmtree(former, ignore_errors=True)


def _of(after: Report, before: Report, told: Sequence[Line]) -> tuple[Line, ...]:
    """The lines under the ids that their claims have now. One that is worded otherwise now was not the one tested."""
    now = {old.id: new.id for old, new in _paired(before.claims, after.claims) if old.statement == new.statement}
    return tuple(line.model_copy(update={"claim_id": now.get(line.claim_id or "", line.claim_id)}) for line in told)


def _again(asked: Request, out: Path, papers: Sequence[Path], offline: bool) -> Request:
    changed = asked._replace(out=out, formats=("json", "html"), offline=asked.offline or offline, budget=None)
    return changed._replace(papers=tuple(papers)) if papers else changed


def _free(folder: Path, date: str) -> Path:
    """The name of today's note: the day, and a number where the day has one already."""
    names = [folder / date, *(folder / f"{date}-{n}" for n in range(2, 1000))]
    return next((name for name in names if not name.with_suffix(".md").exists()), names[-1])
