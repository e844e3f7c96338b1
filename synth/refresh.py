"""The arrow Evidence of experiments -> Report: what `replicate run --report DIR` laid beside a report is taken up.

    taken_up(report, lines)      -> Report     the claims with their new status, in words and figures
    refresh(folder, date)        -> Refreshed  with the dated history in manifest.json, and all files anew

`synth.laid` says which lines speak of a claim. Runs that speak and disagree make the claim `inconclusive`, whichever
came last. report.json depends on the lines alone; the day on which a line was taken up stands in manifest.json, where
nothing is ever removed. Taking up the same lines again changes no byte.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from synth import flags
from synth.errors import InputError
from synth.laid import HISTORY, Checked, Line, key, lines, mute, remembered
from synth.records import MeasuredEffect, Replication, ReplicationStatus, Report

__all__ = ["Refreshed", "manifest_of", "mark", "refresh", "taken_up"]

_FAMILY = {
    "replicated": "it held there",
    "replicated_different_size": "it held there with a different size",
    "not_replicated": "it did not hold there",
    "inconclusive": "undecided there",
    "not_run": "it could not be decided there",
}
_WORDS = {
    "replicated": "replicated",
    "replicated_different_size": "replicated with a different size",
    "not_replicated": "not replicated",
    "inconclusive": "inconclusive",
    "not_replicable": "not replicable",
    "not_run": "not run",
}


class Refreshed(NamedTuple):
    """The report, the ids of the claims that changed, what was remarked, and the files written (none: no change)."""

    report: Report
    changed: tuple[str, ...]
    remarks: tuple[str, ...]
    files: tuple[Path, ...]


# --- what they say ----------------------------------------------------------------------------------------


def taken_up(report: Report, told: Sequence[Line], settled: Mapping[str, str] | None = None) -> Report:
    """The report with what the lines say of its claims; a later line of the same plan takes the place of the former.

    A claim without a line keeps what it had. `settled` is, by claim, what counting or arithmetic found at once: it
    stays beside what was run.
    """
    by_claim: dict[str, dict[tuple[str, str, str], Line]] = {}
    for line in told:
        by_claim.setdefault(line.claim_id or "", {})[key(line)] = line
    known = settled or {}
    claims = tuple(
        claim.model_copy(
            update={"replication": _replication(tuple(by_claim[claim.id].values()), known.get(claim.id, ""))}
        )
        if claim.id in by_claim
        else claim
        for claim in report.claims
    )
    return report if claims == report.claims else report.model_copy(update={"claims": claims})


def _replication(own: Sequence[Line], settled: str = "") -> Replication:
    """The status that the lines of one claim come to, with every run in words."""
    # The whole protocol comes before a part of it; at the same depth no run is chosen over another.
    speaking = [line for line in own if mute(line) is None]
    deep = [line for line in speaking if line.preset == "paper"] or speaking
    said = {line.replication.status for line in deep}
    ordered = [*deep, *(line for line in own if line not in deep)]
    words = [_spoken(line) if mute(line) is None else _beside(line) for line in ordered]
    words = _with_family(words, ordered) + ([f"Besides, {_sentence(settled)}"] if settled else [])
    if not deep:
        reason = f"the paper's claim was not run. {' '.join(words)}"
        return Replication(status="not_run", reason=reason, command=ordered[-1].replication.command)
    status: ReplicationStatus = deep[0].replication.status
    if len(said) > 1:
        status = "inconclusive"
        words.insert(0, f"{len(deep)} runs at the same depth disagree.")
    ids = tuple(dict.fromkeys(one for line in deep for one in line.replication.measurement_ids))
    return Replication(
        status=status,
        reason=" ".join(words),
        command=deep[-1].replication.command,
        measurement_ids=ids,
        effects=_effects(deep) if ids else (),
    )


def _effects(deep: Sequence[Line]) -> tuple[MeasuredEffect, ...]:
    """What the runs that speak of the claim measured of it, for the figure of effects."""
    return tuple(
        MeasuredEffect(
            experiment=line.experiment, preset=line.preset, unit=line.effect.unit, estimate=line.measured.estimate,
            low=line.measured.low, high=line.measured.high, level=line.level, stated=line.effect.value,
        )
        for line in deep
        if line.measured.estimate is not None
    )  # fmt: skip


def _spoken(line: Line) -> str:
    """A run that speaks of the claim: what it measured, how, and how it differs from the paper."""
    stated = "no figure is stated" if line.effect.value is None else f"the paper states {line.effect.value:+g}"
    parts = [f"{_WORDS[line.replication.status].capitalize()} by {line.experiment} ({line.preset})"]
    figures = _figures(line)
    parts.append(f": measured {figures}; {stated} {line.effect.unit}." if figures else f"; {stated}.")
    parts.append(f" {_sentence(line.replication.reason)}{_setting(line)}")
    return "".join(parts)


def _beside(line: Line) -> str:
    """A run that cannot speak of the claim: what it measured of something else, or what it counted."""
    if line.checks:
        return f"{line.experiment}: checked, nothing was replicated: {_counted(line.checks)}."
    why = _sentence(mute(line) or "")
    figures = _figures(line)
    if line.preset == "micro":
        held = _FAMILY.get(line.measured.label, line.measured.label)
        shown = f"{figures}: {held}" if figures else held
        return (
            f"Beside it, a micro run of {line.experiment}, which speaks of the made-up family alone "
            f"(“{line.measured.statement}”): {shown}{_seeds(line)}."
        )
    shown = f" It measured {figures}{_seeds(line)} of “{line.measured.statement}”." if figures else ""
    return f"{line.experiment} ({line.preset or 'preset not named'}): {why}{shown}{_setting(line) if figures else ''}"


def _with_family(words: Sequence[str], own: Sequence[Line]) -> list[str]:
    """The words of the lines with how micro runs differ from the paper, each way told once for all of them.

    How near they are stands before the first of them, for a page that has room for a few lines alone.
    """
    micro = [at for at, line in enumerate(own) if line.preset == "micro" and not line.checks and _figures(line)]
    near = dict.fromkeys(_near(own[at]) for at in micro if own[at].similarity)
    differs = dict.fromkeys(_differs(own[at]) for at in micro if own[at].deviations)
    before = [f"What was run instead, against the paper: {told}." for told in near]
    first = micro[0] if micro else 0
    return [*words[:first], *before, *words[first:], *differs]


def _figures(line: Line) -> str:
    """"+3.1 points, 95% interval +1.2 to +5.0"; "" where nothing was measured."""
    found = line.measured
    if found.estimate is None:
        return ""
    told = f"{_signed(found.estimate)} {line.effect.unit}"
    if found.low is not None and found.high is not None:
        level = f"{100 * line.level:g}% " if line.level is not None else ""
        told += f", {level}interval {_signed(found.low)} to {_signed(found.high)}"
    return told


def _signed(value: float) -> str:
    """One decimal with its sign; what rounds to nothing is never "-0.0"."""
    return f"{round(value, 1) + 0.0:+.1f}"


def _seeds(line: Line) -> str:
    return f"; seeds {', '.join(map(str, line.seeds))}" if line.seeds else ""


def _setting(line: Line) -> str:
    """The setting against the paper's, and every declared deviation."""
    told = f" Seeds {', '.join(map(str, line.seeds))}." if line.seeds else ""
    if line.band is not None:
        told += f" Band {line.band:g} {line.effect.unit}."
    told += f" Against the paper: {_near(line)}." if line.similarity else ""
    return told + (f" {_differs(line)}" if line.deviations else "")


def _near(line: Line) -> str:
    return ", ".join(f"{what} {how}" for what, how in line.similarity.items())


def _differs(line: Line) -> str:
    return "Differs in: " + "; ".join(f"{one.what}: {one.here} (paper: {one.paper})" for one in line.deviations) + "."


def _counted(checks: Sequence[Checked]) -> str:
    words = {"match": "agrees", "mismatch": "differs", "missing": "nothing to compare with"}
    return "; ".join(
        f"{one.what}: stated {one.stated:,g}"
        + (f", found {one.found:,g}" if one.found is not None else "")
        + f", {words[one.outcome]}"
        for one in checks
    )


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


# --- a folder -----------------------------------------------------------------------------------------------


def refresh(
    folder: Path, date: str, *, among: Sequence[flags.Offer] | None = None, also: Sequence[dict[str, Any]] = ()
) -> Refreshed:
    """Take up what experiments laid beside the report in `folder`, and write its files anew where that changes them.

    `date` (ISO) is the day under which new lines are kept in manifest.json. `among` are the offers of experiments by
    which claims are marked; those that are installed where None is given. `also` is history of another manifest, which
    comes before this one's own.

    Raises InputError where the folder holds no report, or its evidence or manifest cannot be read.
    """
    with _alone(folder):
        return _refreshed(folder, date, flags.offers() if among is None else among, also)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time in a folder, as experiments take it that lay evidence there; at once without locks."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):  # no locks here, or no such folder: what is wrong with it is told by who reads it
        yield
        return
    try:
        with suppress(OSError):  # some file systems have none
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _refreshed(folder: Path, date: str, among: Sequence[flags.Offer], also: Sequence[dict[str, Any]]) -> Refreshed:
    from synth import render

    before = render.load(folder)
    manifest = manifest_of(folder)
    laid = lines(folder)
    known = {claim.id for claim in before.claims}
    found = flags.flags(before.claims, among)
    history = [*also, *manifest.get(HISTORY, [])]
    last = {key(line): one["line"] for line, one in zip(remembered({HISTORY: history}), history, strict=True)}
    current = {key(line): raw for line, raw in zip(laid.lines, laid.raw, strict=True)}
    history += [{"date": date, "line": raw} for one, raw in current.items() if last.get(one) != raw]
    fresh = {**manifest, HISTORY: history} if history else dict(manifest)
    settled = {flag.claim_id: flag.settled for flag in found if flag.settled}
    after = taken_up(flags.marked(before, found), remembered(fresh), settled)
    if found:
        fresh["flags"] = [flag.model_dump(mode="json") for flag in found]
    missing = sorted({line.claim_id or "" for line in laid.lines} - known)
    remarks = (*laid.remarks, *(f"evidence.jsonl: this report has no claim {one}" for one in missing))
    changed = tuple(a.id for a, b in zip(after.claims, before.claims, strict=True) if a != b)
    if fresh == manifest and not changed:
        return Refreshed(after, (), remarks, ())
    files = render.write(after, folder, formats=render.formats_of(folder), manifest=fresh)
    return Refreshed(after, changed, remarks, tuple(files))


def mark(folder: Path, date: str) -> None:
    """Mark the claims of a report just written that an experiment can test, where experiments are installed."""
    if flags.offers():
        refresh(folder, date)


def manifest_of(folder: Path) -> dict[str, Any]:
    """manifest.json of a report's folder, or the file named. InputError where it cannot be read or is no object."""
    named = folder.is_file() or (folder.suffix == ".json" and not folder.is_dir())
    file = folder if named else folder / "manifest.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"{file}: cannot be read ({problem.strerror}); name the folder of a report") from None
    except ValueError as problem:
        raise InputError(f"{file}: is no JSON ({problem}); write the report anew") from None
    if not isinstance(found, dict):
        raise InputError(f"{file}: an object is expected; write the report anew")
    return found
