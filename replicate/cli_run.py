"""Commands that plan and run an experiment, for one claim of a report or for all that are flagged."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replicate import walks
from replicate.shell import emit, say, say_all
from synth.errors import InputError

if TYPE_CHECKING:
    from replicate.place import Place
    from replicate.plan import Plan, Request
    from replicate.walks import Walk

__all__ = ["plan", "run"]

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]
Report = Annotated[
    Path | None, typer.Option("--report", help="A report of synth whose claim is to be tested.", metavar="DIR")
]
ClaimId = Annotated[str | None, typer.Option("--claim", help="The claim of that report, by its id.", metavar="ID")]
Named = Annotated[
    str | None, typer.Option("--experiment", help="An experiment of the ledger, by name.", metavar="NAME")
]
Preset = Annotated[
    str, typer.Option("--preset", help="micro, retrieval or paper (see replicate plan).", metavar="PRESET")
]
Model = Annotated[
    str | None, typer.Option("--model", help="Another model than the paper's: a hub id or a folder.", metavar="ID")
]
Seeds = Annotated[int | None, typer.Option("--seeds", help="How many seeds, if not those declared.", metavar="N")]
Data = Annotated[
    list[str] | None,
    typer.Option("--data", help="hub or a folder of data; several are tried in the order given.", metavar="PLACE"),
]
Parts = Annotated[bool, typer.Option("--parts", help="The folders hold parts of data sets: counts are not compared.")]
Out = Annotated[Path | None, typer.Option("--out", help="The folder of the run.", metavar="DIR")]


def plan(
    report: Report = None, claim: ClaimId = None, experiment: Named = None, preset: Preset = "micro",
    model: Model = None, seeds: Seeds = None, data: Data = None, parts: Parts = False, out: Out = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Print the tree of stages, what is done already, and the cost, before anything trains.

    Presets: micro (a made-up language family, a tiny model, minutes on a CPU), retrieval (the real model and data,
    Tatoeba and BUCC only), paper (the paper's protocol).

    Example: replicate plan --experiment squad-average --preset micro
    """
    from replicate import tree
    from replicate.runs import Run, default_folder

    made, _ = _planned(report, claim, experiment, preset, model, seeds, data, parts)
    run_ = Run(out or default_folder(made.experiment.id, preset))
    if as_json:
        emit(made.model_dump_json(by_alias=True, indent=2))
        return

    def status(stage: str) -> str:
        return "done" if run_.done(stage) else "failed before" if run_.failed(stage) else ""

    emit(tree.text(made, status).rstrip("\n"))


def run(
    report: Report = None, claim: ClaimId = None, experiment: Named = None, preset: Preset = "micro",
    model: Model = None, seeds: Seeds = None, data: Data = None, parts: Parts = False,
    backend: Annotated[str, typer.Option("--backend", help="local or ray.", metavar="NAME")] = "local",
    address: Annotated[
        str | None, typer.Option("--address", help="The cluster of Ray; else one is begun here.", metavar="ADDR")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", help="Stages at a time: on this machine; with ray, on a GPU.", metavar="N")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.", metavar="NAME")] = "auto",
    single: Annotated[bool, typer.Option("--single", help="Single precision, on a GPU too.")] = False,
    compiled: Annotated[bool, typer.Option("--compile", help="Compile the model's blocks (for long runs).")] = False,
    out: Out = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was begun.")] = False,
    flagged: Annotated[
        bool, typer.Option("--flagged", help="With --report: every claim of it that an experiment can test.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --flagged: do not ask, whatever it costs.")] = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Run the experiment: train, predict, measure, and give the verdict. Can be killed at any moment and resumed.

    With --backend ray the stages run on a cluster whose nodes all see the folder of the run. With --flagged the runs
    go into folders of their own in --out, and each goes on where it was.

    Example: replicate run --experiment squad-average --preset micro --out run
    """
    from replicate.runs import default_folder

    if backend not in ("local", "ray"):
        raise InputError(f'--backend: "{backend}" is unknown; known: local, ray')
    if address is not None and backend != "ray":
        raise InputError("--address: names a cluster of Ray; add --backend ray")
    if jobs is not None and jobs < 1:
        raise InputError(f"--jobs: {jobs} is no number of stages; give 1 or more")

    def one(made: Plan, places: tuple[Place, ...], folder: Path, claims: Sequence[str], *, goes_on: bool) -> int:
        options = {"threads": 1 if made.world is not None else None, "half": False if single else None,
                   "compiled": compiled}  # fmt: skip
        walk = None  # a check that needs no stage needs no engine either
        if made.stages and backend == "ray":
            walk = walks.on_ray(device, address, jobs or 1, options)
        elif made.stages:
            walk = walks.here(device, jobs, options)
        return _whole(made, places, folder, walk, device, report, claims, resume=goes_on, quiet=quiet)

    if flagged:
        failed = _flagged(report, claim, experiment, preset, model, seeds, data, parts, out, one, yes=yes)
    else:
        made, places = _planned(report, claim, experiment, preset, model, seeds, data, parts)
        folder = out or default_folder(made.experiment.id, preset)
        failed = one(made, places, folder, [claim] if claim else [], goes_on=resume)
    if failed:
        raise typer.Exit(4)


def _whole(
    made: Plan, places: tuple[Place, ...], folder: Path, walk: Walk | None, device: str, report: Path | None,
    claims: Sequence[str], *, resume: bool, quiet: bool,
) -> int:  # fmt: skip
    """One run from its plan to its evidence; yields how many stages have no result."""
    from replicate import show, tree
    from replicate.finish import finish

    if not quiet:
        for reason in tree.lacking(made):
            say(f"no verdict is possible: {reason}")
    failed = walks.walked(made, places, folder, walk, device, resume=resume, quiet=quiet)
    finish(folder, report, claims, sys.argv[1:])
    say_all(show.summary(folder), quiet=quiet)
    emit(str(folder))
    if failed:
        say(f"{failed} of {len(made.stages)} stages have no result; the reasons are in the report")
    return failed


def _flagged(
    report: Path | None, claim: str | None, experiment: str | None, preset: str, model: str | None, seeds: int | None,
    data: Sequence[str] | None, parts: bool, out: Path | None, one: Callable[..., int], *, yes: bool,
) -> int:  # fmt: skip
    """Every run that a report asks for, planned before the first begins; yields how many stages have no result."""
    from replicate import flagged
    from replicate.cost import duration, short, total
    from replicate.runs import Run, default_folder

    if report is None or claim is not None or experiment is not None:
        raise InputError("--flagged goes with --report and names all claims; leave --claim and --experiment out")
    runs, left_out = flagged.wanted(report, preset)
    for line in left_out:
        say(line)
    planned = []
    for wanted in runs:
        own = data if wanted.preset == preset else None
        made, places = _planned(None, None, wanted.experiment, wanted.preset, model, seeds, own, parts)
        planned.append((wanted, made, places))
        say(f"{wanted.experiment} for {', '.join(wanted.claims)}: {short(made.cost) if made.stages else 'at once'}")
    cost = total([made.cost for _, made, _ in planned])
    if cost.seconds >= flagged.ASKED_FROM and not yes:
        about = f"{len(planned)} runs, about {duration(cost.seconds)} in all"
        if not sys.stdin.isatty():
            raise InputError(f"--flagged: {about}; say --yes to begin, or name one claim with --claim")
        typer.confirm(f"{about}: begin?", abort=True, err=True)
    failed = 0
    for wanted, made, places in planned:
        name = default_folder(wanted.experiment, wanted.preset).name
        folder = (out or default_folder(wanted.experiment, wanted.preset).parent) / name
        failed += one(made, places, folder, wanted.claims, goes_on=Run(folder).begun())
    return failed


def _planned(
    report: Path | None, claim: str | None, experiment: str | None, preset: str, model: str | None,
    seeds: int | None, data: Sequence[str] | None, parts: bool,
) -> tuple[Plan, tuple[Place, ...]]:  # fmt: skip
    """The plan that the arguments ask for, and where its data are read."""
    from replicate import exchange, load
    from replicate import plan as planning

    if (report is None) != (claim is None):
        raise InputError("--report and --claim belong together; give both, or --experiment alone")
    if report is not None and claim is not None:
        experiment = exchange.experiment_for(report, claim, experiment)
    if experiment is None:
        raise InputError("give --experiment NAME, or --report DIR with --claim ID")
    if preset == "micro" and data:
        raise InputError("--data: the preset micro makes its own data; leave --data out")
    places: tuple[Place, ...] = ()
    if preset != "micro":
        named = [name if name == "hub" else str(Path(name).resolve()) for name in data or ["hub"]]
        places = tuple(load.place(name, whole=not parts) for name in named)
    request: Request = planning.Request(experiment, preset, model, seeds)
    return planning.make(request, places), places
