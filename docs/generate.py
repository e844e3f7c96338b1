"""Builds what no person should type: the pages made from the code, the outputs shown in the README, the pictures.

    python docs/generate.py                  write every page made from the code or from stored results
    python docs/generate.py --pictures       also docs/images, with a headless chromium

`tests/test_docs.py` builds the same pages and compares. A block of type `console` that follows a line `<!-- run -->`
is run in an empty folder, offline, with a library of its own, and what it prints, progress left out, takes the place
of what stood there.
"""

from __future__ import annotations

import ast
import configparser
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
RESULTS = ROOT / "benchmarks" / "results"
VERIFIER = ROOT / "synth" / "models" / "stance_minilm"
PAGES_WITH_RUNS = (ROOT / "README.md", DOCS / "concepts.md", DOCS / "adding.md")
QUESTION = "PAWS-X non-English fine-tuning"

_BUILT = "<!-- Built by docs/generate.py; edit the code it is made from, then run `make docs`. -->\n"
_RUN = re.compile(r"(<!-- run -->\n+```console\n)(.*?)(```)", re.S)
_PROGRESS = re.compile(r"^synth: .* (?:done in|after) [\d.]+ s\n", re.M)
_FLOORS = re.compile(r"(<!-- floors -->\n).*?(<!-- end of floors -->)", re.S)


# --- the command line -----------------------------------------------------------------------------------


def cli_page() -> str:
    """docs/cli.md from the two applications."""
    import typer

    from replicate.cli import app as replicate_app
    from synth.cli import app as synth_app

    parts = [
        "# The command line\n",
        _BUILT,
        "stdout carries data, stderr carries talk. Exit codes: 0 done; 2 the input is at fault; 3 nothing could be "
        "asked; 4 a budget ran out or a source failed, what was finished is written; 130 interrupted.\n",
    ]
    for name, app in (("synth", synth_app), ("replicate", replicate_app)):
        parts += _command(name, typer.main.get_command(app), 2)
    return "\n".join(parts)


def _command(path: str, command: Any, level: int) -> Iterator[str]:
    said, example = _help(command.help or "")
    yield f"{'#' * level} {path}\n"
    if said:
        yield said + "\n"
    inner = getattr(command, "commands", {})
    asked, offered = _arguments(command), _options(command)
    shown = [path, *(["[OPTIONS]"] if offered else []), *map(_metavar, asked), *(["COMMAND ..."] if inner else [])]
    yield f"```text\n{' '.join(shown)}\n```\n"
    rows = [(f"`{_metavar(p)}`", p.help or "", "required" if p.required else "") for p in asked]
    rows += [_option(p) for p in offered]
    if rows:
        yield _table(("argument or option", "meaning", "default"), rows)
    if example:
        yield f"```console\n$ {example}\n```\n"
    for name, child in inner.items():
        yield from _command(f"{path} {name}", child, min(level + 1, 4))


def _metavar(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return f"{name}..." if argument.nargs == -1 and not name.endswith("...") else name


def _arguments(command: Any) -> list[Any]:
    return [p for p in command.params if p.param_type_name == "argument"]


def _options(command: Any) -> list[Any]:
    return [p for p in command.params if p.param_type_name == "option" and "--install-completion" not in p.opts
            and "--show-completion" not in p.opts]  # fmt: skip


def _option(param: Any) -> tuple[str, str, str]:
    names = ", ".join(f"`{name}`" for name in param.opts)
    value = "" if param.is_flag else f" {param.metavar or _kind(param)}"
    many = " (may be given several times)" if param.multiple else ""
    default = "required" if param.required else "" if param.default in (None, False, ()) else f"`{param.default}`"
    return f"{names}{value}", (param.help or "") + many, default


def _kind(param: Any) -> str:
    return "PATH" if "Path" in repr(getattr(param, "type_descriptor", "") or getattr(param, "type", "")) else "TEXT"


def _help(text: str) -> tuple[str, str]:
    """What is said, and the example that ends every command's help."""
    said, _, example = text.partition("Example:")
    return " ".join(said.split()), " ".join(example.split())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


# --- report.json ------------------------------------------------------------------------------------------


def report_page() -> str:
    """docs/report-json.md from the records."""
    from synth.records import Report

    parts = [
        "# report.json\n",
        _BUILT,
        "`report.json` is the record `Report` and nothing else: UTF-8, indented by two spaces, fields in this order. "
        "Every other file of a report is made from it (only the date in `card.txt` comes from `manifest.json`, where "
        "times and machine facts live). Fields may be added, never renamed or dropped; a shape that must change gets "
        "a new `schema` number.\n",
        "`null` has one written meaning per field; an empty list means: looked and found none. `claims.jsonl` holds "
        "the items of `claims`, one a line.\n",
    ]
    for record in _reachable(Report):
        parts += [f"## {record.__name__}\n", _prose(record.__doc__ or ""), _table(("field", "type"), _fields(record))]
    return "\n".join(parts)


def _reachable(root: type[Any]) -> list[type[Any]]:
    from synth.records import Record

    found: list[type[Any]] = []
    waiting = [root]
    while waiting:
        record = waiting.pop(0)
        if record in found:
            continue
        found.append(record)
        for field in record.model_fields.values():
            waiting += [t for t in _inside(field.annotation) if isinstance(t, type) and issubclass(t, Record)]
    return found


def _inside(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _inside(part)


def _fields(record: type[Any]) -> list[tuple[str, ...]]:
    return [(f"`{field.alias or name}`", _type(field.annotation)) for name, field in record.model_fields.items()]


def _type(annotation: Any) -> str:
    from synth.records import Record

    origin, inside = get_origin(annotation), get_args(annotation)
    if annotation is type(None):
        return "null"
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inside)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(part) for part in inside)
    if origin is tuple and inside[-1] is Ellipsis:
        return f"list of {_type(inside[0])}"
    if origin is tuple:
        return f"[{', '.join(_type(part) for part in inside)}]"
    if origin is dict:
        return f"object of {_type(inside[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return {str: "text", int: "integer", float: "number", bool: "true or false"}[annotation]


def _prose(docstring: str) -> str:
    paragraphs = re.split(r"\n\s*\n", docstring.strip())
    return re.sub(r"\bNone\b", "null", "\n\n".join(" ".join(p.split()) for p in paragraphs)) + "\n"


# --- the floors ---------------------------------------------------------------------------------------------


def floors() -> list[list[str]]:
    """The floors of synth from the top, as the import contract states them."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", encoding="utf-8")
    lines = config["importlinter:contract:floors"]["layers"].split("\n")
    drawn = [[name.strip() for name in line.split("|")] for line in lines if line.strip()]
    return [names for names in drawn if names != ["__main__"]]


def floors_block() -> str:
    """Each floor with its modules, one line each, from their docstrings."""
    parts = [_BUILT]
    drawn = floors()
    for number, names in zip(range(len(drawn), 0, -1), drawn, strict=True):
        lines = [line for name in names for line in _module("synth", name)]
        parts.append(f"Floor {number}:\n\n" + "\n".join(lines) + "\n")
    known = sorted(p for p in (ROOT / "replicate").iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file())
    lines = [line for p in known if p.stem != "__init__" for line in _module("replicate", p.stem, inner=False)]
    parts.append("The other half:\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _module(half: str, name: str, inner: bool = True) -> Iterator[str]:
    folder = ROOT / half / name
    if not folder.is_dir():
        yield f"- `{half}.{name}`: {_first_line(folder.with_suffix('.py'))}"
        return
    yield f"- `{half}.{name}`: {_first_line(folder / '__init__.py')}"
    for file in sorted(folder.glob("*.py")) if inner else ():
        if file.stem != "__init__":
            yield f"  - `{name}.{file.stem}`: {_first_line(file)}"


def _first_line(file: Path) -> str:
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = " ".join(docstring.split("\n\n")[0].split())
    return first if first.endswith((".", "?")) else first + "."


# --- console blocks -------------------------------------------------------------------------------------------


def with_outputs(page: str) -> str:
    """The page with the blocks after `<!-- run -->` holding what their commands print now."""
    return _RUN.sub(lambda block: block[1] + _ran(block[2]) + block[3], page)


def commands(block: str) -> list[str]:
    """The commands of a console block; a line that ends in a backslash goes on."""
    joined = re.sub(r"\\\n\s*", "", block)
    return [line[2:] for line in joined.split("\n") if line.startswith("$ ")]


def _ran(block: str) -> str:
    shown = re.findall(r"^\$ (?:.*\\\n)*.*$", block, re.M)
    with tempfile.TemporaryDirectory() as folder:
        outputs = [run(command, Path(folder)) for command in commands(block)]
    return "".join(f"{words}\n{output}" for words, output in zip(shown, outputs, strict=True))


def run(command: str, folder: Path) -> str:
    """What a shell command prints in `folder`: both streams, progress left out, 80 columns wide, no network."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    no_way_out = "http://127.0.0.1:9"
    environment = {
        **{k: v for k, v in os.environ.items() if k in ("HOME", "LANG", "SYSTEMROOT", "TMPDIR")},
        "PATH": path, "SYNTH_HOME": str(folder / ".library"), "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb",
        "PYTHONUTF8": "1", "http_proxy": no_way_out, "https_proxy": no_way_out,
    }  # fmt: skip
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment, text=True, encoding="utf-8", check=False, timeout=120,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if "Traceback (most recent call last)" in done.stdout:
        raise SystemExit(f"docs/generate.py: {command}\n{done.stdout}")
    return _PROGRESS.sub("", done.stdout)


# --- pictures -------------------------------------------------------------------------------------------------


def pictures(out: Path) -> None:
    """report.png (the card in a headless chromium) and brief.png (page 1 of the PDF) of a fresh report."""
    import pymupdf

    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("docs/generate.py: no chromium was found; install one to take the picture")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(f'synth report --question "{QUESTION}" --offline --quiet --out r', folder)
        shot = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1000,1000"]
        where = f"--user-data-dir={folder / 'profile'}"
        subprocess.run(
            [*shot, where, f"--screenshot={out / 'report.png'}", (folder / "r" / "report.html").as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        with pymupdf.open(folder / "r" / "report.pdf") as brief:
            brief[0].get_pixmap(dpi=90).save(out / "brief.png")


def _beside(name: str) -> types.ModuleType:
    """A module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pages() -> dict[Path, str]:
    """Every built page and what must stand in it; pages with runs are not among them."""
    architecture = (DOCS / "architecture.md").read_text(encoding="utf-8")
    block = floors_block()
    from synth.training import card

    calibration, results = _beside("calibration_page"), _beside("results_table")
    diagrams = calibration.diagrams(RESULTS)
    return {
        DOCS / "calibration.md": calibration.page(RESULTS),
        DOCS / "results.md": results.page(RESULTS),
        VERIFIER / "card.md": card.card(VERIFIER),
        DOCS / "reliability.md": _beside("reliability_page").page(),
        DOCS / "experiments" / "small-scale.md": _beside("small_scale_page").page(
            DOCS / "experiments" / "records" / "small-scale.json"
        ),
        **{DOCS / "images" / name: picture for name, picture in diagrams.items()},
        DOCS / "cli.md": cli_page(),
        DOCS / "report-json.md": report_page(),
        DOCS / "architecture.md": _FLOORS.sub(lambda m: m[1] + block + m[2], architecture),
    }


def main() -> None:
    """Write everything."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    for path in PAGES_WITH_RUNS:
        path.write_text(with_outputs(path.read_text(encoding="utf-8")), encoding="utf-8")
    if "--pictures" in sys.argv[1:]:
        pictures(DOCS / "images")


if __name__ == "__main__":
    main()
