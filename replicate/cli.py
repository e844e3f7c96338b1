"""The command line of `replicate`: parse, call, print. stdout carries data, stderr carries talk."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from replicate.cli_small import app as small
from synth.errors import InputError, SynthError

if TYPE_CHECKING:
    from replicate.execute import Outcome, Runner, Watch
    from replicate.place import Place
    from replicate.plan import Plan, Request
    from replicate.runs import Run

__all__ = ["app", "main"]

# typer carries its own copy of click and exports the leaves of the error tree only.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]

app = typer.Typer(
    name="replicate",
    help="Rerun the experiment behind a published claim and hold the claim against the measurements.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(small)

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


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,  # noqa: ARG001 (read by `main`)
) -> None:
    if version:
        from synth import __version__

        _print(f"replicate {__version__}")
        raise typer.Exit


@app.command()
def tasks(as_json: Json = False, data: Data = None) -> None:
    """List the tasks: what they are, licence, metric, whether their data can be had here.

    Example: replicate tasks --json
    """
    from replicate import catalogue, load

    rows = catalogue.listing(load.why_not(load.place(data[0])) if data else None)
    if as_json:
        _print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        state = "" if row["available"] else f"  not here: {row['why_not']}"
        many = row["languages"]
        count = len(many) if isinstance(many, list) else 0
        _print(
            f"{row['id']!s:<14} {row['role']!s:<13} {row['metric']!s:<18} {count:>2} languages  {row['name']}{state}"
        )


@app.command()
def effects(
    source: Annotated[Path, typer.Argument(help="A report folder or a claims.jsonl.", metavar="REPORT_DIR|FILE")],
    as_json: Json = False,
) -> None:
    """List the claims of a report that an experiment of the ledger can test.

    Example: replicate effects reports/model-size-xlmr-mt5 --json
    """
    from replicate import exchange, ledger

    found = exchange.effects(source)
    for one in found:
        if as_json:
            _print(one.model_dump_json())
        else:
            state = "" if one.runnable else f"\n    cannot be run: {one.why_not}"
            _print(f"{one.claim_id}  {one.experiment}  {ledger.stated(one.effect)}\n    {one.statement}{state}")
    if not found:
        _say(f"no experiment tests a claim of {source}")


@app.command()
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
        _print(made.model_dump_json(by_alias=True, indent=2))
        return

    def status(stage: str) -> str:
        return "done" if run_.done(stage) else "failed before" if run_.failed(stage) else ""

    _print(tree.text(made, status).rstrip("\n"))


@app.command()
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
            walk = _walk_on_ray(device, address, jobs or 1, options)
        elif made.stages:
            walk = _walk_here(device, jobs, options)
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
    made: Plan, places: tuple[Place, ...], folder: Path, walk: _Walk | None, device: str, report: Path | None,
    claims: Sequence[str], *, resume: bool, quiet: bool,
) -> int:  # fmt: skip
    """One run from its plan to its evidence; yields how many stages have no result."""
    from replicate import show, tree
    from replicate.finish import finish

    if not quiet:
        for reason in tree.lacking(made):
            _say(f"no verdict is possible: {reason}")
    failed = _run(made, places, folder, walk, device, resume=resume, quiet=quiet)
    finish(folder, report, claims, sys.argv[1:])
    _say_all(show.summary(folder), quiet=quiet)
    _print(str(folder))
    if failed:
        _say(f"{failed} of {len(made.stages)} stages have no result; the reasons are in the report")
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
        _say(line)
    planned = []
    for wanted in runs:
        own = data if wanted.preset == preset else None
        made, places = _planned(None, None, wanted.experiment, wanted.preset, model, seeds, own, parts)
        planned.append((wanted, made, places))
        _say(f"{wanted.experiment} for {', '.join(wanted.claims)}: {short(made.cost) if made.stages else 'at once'}")
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


@app.command()
def score(
    task: Annotated[str, typer.Option("--task", help="A target task.", metavar="TASK")],
    labels: Annotated[Path, typer.Option("--labels", help="Labels in the benchmark's formats.", metavar="DIR")],
    predictions: Annotated[Path, typer.Option("--predictions", help="Predictions alike.", metavar="DIR")],
    split: Annotated[str, typer.Option("--split", help="What the file names begin with.", metavar="NAME")] = "test",
    as_json: Json = False,
) -> None:
    """Score predictions in the benchmark's submission formats.

    Example: replicate score --task tatoeba --labels labels --predictions predictions --json
    """
    from replicate import score as scoring

    found = scoring.score(task, labels, predictions, split, say=_say)
    if as_json:
        _print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    rows = [*found["languages"].items(), ("average", found["average"])]
    for language, values in rows:
        _print(f"{language:<8} " + "  ".join(f"{metric} {value:.2f}" for metric, value in values.items()))


@app.command()
def compare(
    folders: Annotated[list[Path], typer.Argument(help="Folders of runs.", metavar="RUN_DIR...")],
    as_json: Json = False,
) -> None:
    """Make the verdict again from the predictions of a finished run; changed files are refused.

    With several runs, Holm's correction goes over their p-values together.

    Example: replicate compare run --json
    """
    from replicate import show
    from replicate.bootstrap import holm
    from replicate.compare import compare as compared
    from replicate.runs import Run

    found = [compared(Run(folder)) for folder in folders]
    for one in found:
        _print(one.model_dump_json(by_alias=True, indent=2 if len(found) == 1 else None) if as_json else show.line(one))
    named = {f"{one.experiment} ({one.preset})": one.p for one in found if one.p is not None}
    if len(named) > 1:
        for name, p in holm({name: p for name, p in named.items() if p is not None}).items():
            _say(f"{name}: p {p:.3g} after Holm's correction over {len(named)} runs")


@app.command("show")
def show_command(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.", metavar="RUN_DIR")],
) -> None:
    """Show a finished run, and write its report.html and report.pdf anew.

    Example: replicate show run
    """
    from replicate import show

    show.write(folder)
    _print(show.summary(folder))


@app.command("bench")
def bench_command(
    device: Annotated[str, typer.Option("--device", help="auto, cpu or cuda.", metavar="NAME")] = "auto",
    size: Annotated[
        str | None, typer.Option("--size", help="tiny, base or large (on a GPU large, else tiny).", metavar="NAME")
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", help="Of which task's heads and lengths; else all.", metavar="NAME")
    ] = None,
    steps: Annotated[int, typer.Option("--steps", help="How many steps are timed.", metavar="N")] = 40,
    compiled: Annotated[bool, typer.Option("--compile", help="Compile the model's blocks.")] = False,
    alone: Annotated[bool, typer.Option("--alone", help="Leave out the Trainer of transformers.")] = False,
    as_json: Json = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """Measure how fast training is on this machine, beside the Trainer of transformers, with random weights.

    Example: replicate bench --device cpu --profile mnli --steps 4 --json
    """
    _needed()
    from replicate import bench

    found = bench.bench(
        device, size, profile or (), steps, compiled=compiled, alone=alone, told=(lambda _: None) if quiet else _say
    )
    _print(found.model_dump_json(by_alias=True, indent=2) if as_json else bench.table(found))


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


def _cores() -> int:
    """The cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _engine(device: str, **options: Any) -> Runner:
    """The engine on a device. InputError for a device that is unknown or not there, and where a library is missing."""
    if device not in ("auto", "cpu", "cuda") and not device.startswith("cuda:"):
        raise InputError(f'--device: "{device}" is unknown; known: auto, cpu, cuda')
    _needed()
    from replicate.engine import Engine

    engine: Runner = Engine(device=device, **options)
    return engine


def _needed() -> None:
    """InputError, with the command that installs them, where the libraries of the engine are missing."""
    from importlib.util import find_spec

    missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if missing:
        raise InputError(
            f"replicate run needs {' and '.join(missing)}: pip install 'synth-replicate[replicate]' "
            "(for a CPU alone, install torch from its CPU index first)"
        )


_Walk = Callable[["Run", "Plan", "Watch", dict[str, str], str], "Outcome"]


def _walk_here(device: str, jobs: int | None, options: dict[str, Any]) -> _Walk:
    """Walk a plan with `jobs` processes on this machine: by default one a core for a tiny model, one a GPU, else one.

    A tiny model gains nothing from a second thread: it is trained with one, and its seeds in several processes.
    """

    def walk(run: Run, plan: Plan, told: Watch, problems: dict[str, str], attempt: str) -> Outcome:
        from replicate import execute
        from replicate.workers import workers

        places = _places(device)
        count = jobs or (len(places) if places[0].startswith("cuda") else _cores() if plan.world is not None else 1)
        devices = [places[n % len(places)] for n in range(count)]
        shared = {**options, "threads": options["threads"] or (max(1, _cores() // count) if count > 1 else None)}
        engine = _engine(devices[0], **shared)
        with workers(run.folder, devices[1:], attempt, problems, shared):
            return execute.walk(run, plan, engine, told, problems, attempt)

    _engine(device)  # what is missing is said before anything is written
    return walk


def _places(device: str) -> tuple[str, ...]:
    """The devices here that the wish names."""
    from replicate import resources

    return resources.places(device)


def _walk_on_ray(device: str, address: str | None, jobs: int, options: dict[str, Any]) -> _Walk:
    """Walk a plan on a cluster, `jobs` stages on a GPU."""
    from functools import partial

    from replicate import cluster

    def walk(run: Run, plan: Plan, told: Watch, problems: dict[str, str], attempt: str) -> Outcome:
        ray = cluster.connected(address)
        try:
            each = cluster.share(ray, device, jobs)
            make = partial(_engine, "auto" if each.gpus else "cpu", **options)
            return cluster.walk(run, plan, make, told, problems, attempt, ray=ray, each=each)
        finally:
            ray.shutdown()

    cluster.library()  # what is missing is said before anything is written
    return walk


def _run(
    made: Plan, places: tuple[Place, ...], folder: Path, walk: _Walk | None, device: str, *, resume: bool, quiet: bool
) -> int:
    """Begin or resume, and walk the plan; yields how many stages have no result."""
    from uuid import uuid4

    from replicate import prepare, watch
    from replicate.runs import Run

    where = Run(folder)
    prepare.begin(where, made, resume=resume)
    prepare.resources(where, made, memory=not device.startswith("cuda"))
    told = watch.choose(quiet, sys.stderr)
    try:
        problems = prepare.prepare(where, made, places, told)
        return len(walk(where, made, told, problems, uuid4().hex).failed) if walk else 0
    finally:
        told.close()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


def _say(line: str) -> None:
    sys.stderr.write(f"replicate: {line}\n")


def _say_all(text: str, *, quiet: bool) -> None:
    if not quiet:
        sys.stderr.write(text.rstrip("\n") + "\n")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    0 done; 1 a fault in this program; 2 the input is at fault; 4 some stages have no result; 130 interrupted.
    A traceback is shown only with `--debug`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        code = int(app(args=[w for w in words if w != "--debug"], prog_name="replicate", standalone_mode=False) or 0)
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:
        # What is still buffered goes nowhere, so that the end of the program does not stumble over it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as problem:  # noqa: BLE001 (the last place where a fault can become a line)
        if debug:
            traceback.print_exc()
        line, code = _told(problem)
        _say(line)
    if code == 130:  # typer makes an exit code of an interrupt itself
        _say("interrupted; what is finished is kept: go on with --resume")
    sys.exit(code)


def _told(problem: Exception) -> tuple[str, int]:
    """A failure as one line and the exit code."""
    if isinstance(problem, SynthError):
        return str(problem), problem.exit_code
    if isinstance(problem, _UsageError):
        context: Any = getattr(problem, "ctx", None)
        where = context.command_path if context is not None else "replicate"
        message = str(problem.format_message()) if hasattr(problem, "format_message") else str(problem)
        return f"{message.rstrip('.')}; see {where} --help", 2
    first = (str(problem).strip() or "no message").splitlines()[0]
    return f"a fault in this program ({type(problem).__name__}: {first}); run it again with --debug", 1
