"""The layout holds: floors, docstrings, names, lengths, doors, a light start, and a wheel with all it needs."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(p for half in ("synth", "replicate") for p in (ROOT / half).rglob("*.py"))
NAMES = [str(p.relative_to(ROOT)) for p in MODULES]
LINES = 350
# Longer modules and functions stand here with the reason; a new one wants a better home first.
LONG_MODULES = {
    "synth/records.py": "every record of a report in one place, so that the chain can be read from top to bottom",
}
HEAVY = (
    "torch", "transformers", "sentence_transformers", "chromadb", "langchain", "langchain_core", "ray", "datasets",
    "numpy", "onnxruntime", "tokenizers", "tantivy", "pymupdf", "typst", "lxml", "jinja2", "bibtexparser", "arxiv",
    "requests", "fastapi", "starlette", "uvicorn", "mcp", "anyio",
)  # fmt: skip
# Who may import what reaches outside: the doors of docs/architecture.md.
DOORS = {
    "pymupdf": {"synth/formats/pdf.py", "synth/formats/picture.py"},
    "fitz": set(),
    "requests": {"synth/lanes.py"},
    "urllib3": {"synth/lanes.py"},
    "httpx": set(),
    "sqlite3": {"synth/keeping.py", "synth/library.py", "synth/serve/store.py"},
    "chromadb": {"synth/chroma.py"},
    "typst": {"synth/render/pdf.py", "replicate/pages.py"},
    "tantivy": {"synth/lexical.py"},
    "jinja2": {
        "synth/audit/pages.py",
        "synth/serve/show.py",
        "synth/render/index.py",
        "synth/render/html.py",
        "synth/render/markdown.py",
        "synth/models/language.py",
        "replicate/pages.py",
    },
}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# --- floors -------------------------------------------------------------------------------------------------


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [lint, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_bridge_contract_names_every_other_module_of_synth() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter", encoding="utf-8")
    named = set(config["importlinter:contract:bridge"]["forbidden_modules"].split())
    shared = {"records", "errors", "library", "render", "text"}
    there = {p.stem for p in (ROOT / "synth").glob("*.py")} | {
        p.parent.name for p in (ROOT / "synth").glob("*/__init__.py")
    }
    assert named == {f"synth.{name}" for name in there - shared if not name.startswith("__")}


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_library_that_reaches_outside_is_imported_only_at_its_door(library: str) -> None:
    at = {
        name
        for name, path in zip(NAMES, MODULES, strict=True)
        if any(m.split(".")[0] == library for m in imported(path))
    }
    assert at <= DOORS[library]


# --- names and sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_says_what_it_is_and_what_it_offers(path: Path) -> None:
    module = tree(path)
    assert ast.get_docstring(module), "no docstring"
    top = [n.name for n in module.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    if path.stem.startswith("_") and not top:
        return  # a package that only holds modules, or a way in
    offered = next(
        (n.value for n in module.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"), None
    )
    assert offered is not None, "no __all__"
    names = ast.literal_eval(offered)
    assert len(names) == len(set(names))
    bound = {name for node in module.body for name in _binds(node)}
    assert set(names) <= bound, f"not defined: {set(names) - bound}"


def _binds(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc", "tools"}
    found = [n for n, p in zip(NAMES, MODULES, strict=True) if vague & {p.stem, p.parent.name, *p.stem.split("_")}]
    assert found == []


def test_long_modules_are_few_and_have_a_reason() -> None:
    long = {n for n, p in zip(NAMES, MODULES, strict=True) if len(p.read_text(encoding="utf-8").splitlines()) > LINES}
    assert long == set(LONG_MODULES), "split the module, or name the reason here (and take out what is short again)"


def test_no_module_reaches_into_the_private_names_of_another() -> None:
    reached = [
        f"{name}: {module}"
        for name, path in zip(NAMES, MODULES, strict=True)
        for module in imported(path)
        if module.split(".")[0] in ("synth", "replicate")
        and any(part.startswith("_") and not part.startswith("__") for part in module.split("."))
    ]
    assert reached == []


# --- a light start --------------------------------------------------------------------------------------------


def loaded(code: str) -> set[str]:
    """Top-level modules that are loaded after `code` in a fresh interpreter."""
    ending = "\nimport sys; sys.stderr.write('\\n' + ' '.join({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code + ending], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stderr.rsplit("\n", 1)[-1].split())


@pytest.mark.parametrize("half", ["synth", "replicate"])
def test_importing_a_half_loads_only_itself(half: str) -> None:
    assert loaded(f"import {half}") & {*HEAVY, "pydantic", "typer", "rich"} == set()


@pytest.mark.parametrize("half", ["synth", "replicate"])
def test_help_loads_nothing_heavy(half: str) -> None:
    code = (
        f"import sys; sys.argv = ['{half}', '--help']\nfrom {half}.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
    )
    assert loaded(code) & set(HEAVY) == set()


def test_help_is_there_in_a_third_of_a_second() -> None:
    """The best of five starts: a busy machine slows single ones down."""
    took = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([Path(sys.executable).parent / "synth", "--help"], capture_output=True, check=True, timeout=60)
        took.append(time.perf_counter() - start)
        if took[-1] < 0.3:
            return
    pytest.fail(f"synth --help took {min(took):.2f} s at best")


# --- the wheel --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of a copy of the sources, made without the network by the setuptools that is installed."""
    try:
        found = importlib.metadata.version("setuptools")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("setuptools is not installed")
    if int(found.split(".")[0]) < 77:
        pytest.skip(f"setuptools {found} is installed; building needs 77")
    source = tmp_path_factory.mktemp("source")
    for name in ("synth", "replicate", "templates", "tests", "docs", "reports"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "images", "*.pdf"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    code = "from setuptools import build_meta; build_meta.build_wheel('out')"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True, timeout=300)
    return next((source / "out").glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_all_that_is_needed_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {n for n in archive.namelist() if ".dist-info/" not in n}
    wanted = {
        "synth/" + str(p.relative_to(ROOT)) if folder == "templates" else str(p.relative_to(ROOT))
        for folder in ("synth", "replicate", "templates")
        for p in (ROOT / folder).rglob("*")
        if p.is_file() and "__pycache__" not in p.parts and not p.name.startswith(".")
    }
    assert sorted(wanted - inside) == [], "add them to package-data or packages in pyproject.toml"
    assert sorted(inside - wanted) == []


@pytest.mark.slow
def test_the_wheel_answers_a_question_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import synth, sys; from synth.cli import main; assert 'site' in synth.__file__, synth.__file__; "
        "main(['report', '--question', 'PAWS-X non-English fine-tuning', '--offline', '--quiet', '--out', 'r'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site"), "SYNTH_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert {p.name for p in (tmp_path / "r").iterdir()} >= {"report.json", "report.html", "report.pdf", "report.md"}
