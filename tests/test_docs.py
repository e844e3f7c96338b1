"""The documentation is true: links lead somewhere, commands exist, shown outputs are printed, recipes run."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
from loopback import Answer, Loopback
from report_fixtures import empty, hostile, rich

import synth
from replicate import catalogue, load
from replicate.cli import app as replicate_app
from replicate.records import Task, TextExample
from synth.cli import app as synth_app
from synth.errors import InputError
from synth.records import Query, Report
from synth.shell import spread
from synth.starter import read_folder
from synth.web import Web

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [str(p.relative_to(ROOT)) for p in PAGES]
COMMANDS = {"synth": typer.main.get_command(synth_app), "replicate": typer.main.get_command(replicate_app)}
# An output may differ in the last digits of scores between processors.
TOLERANCE = 0.02
_NUMBER = re.compile(r"\d+\.\d+")


def page(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILDER = builder()


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", text, flags=re.S | re.M)


# --- links, names, versions -----------------------------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings as forges make them: lower case, spaces to hyphens, other signs dropped."""
    heads = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page(path), flags=re.S | re.M), flags=re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(<?([^)>\s]+)>?\)", without_code(page(path))):
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        inside = there.exists() and there.is_relative_to(ROOT) and not Path(name).is_absolute()
        if not inside or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_named_files_exist(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page(path), flags=re.S | re.M)
    named = re.findall(r"`((?:synth|replicate|docs|tests|reports|benchmarks|templates)/[\w./-]*)`", text)
    made_up = ("NAME", "smith2031", "synth/report/")  # the last is a schema
    assert [n for n in named if not (ROOT / n).exists() and not any(m in n for m in made_up)] == []


@pytest.mark.parametrize("path", [p for p in PAGES if p.parent.name == "docs"], ids=lambda p: p.name)
def test_every_page_is_in_the_index(path: Path) -> None:
    assert path.name == "index.md" or f"]({path.name})" in page(ROOT / "docs" / "index.md")


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_no_page_names_a_machine_or_a_registry(path: Path) -> None:
    found = re.findall(
        r"(?<![\w.])/(?:work|tmp|home|root|Users|mnt|opt|srv|var)/[\w.]*|[A-Z]:\\\w+|"
        r"\b(?:[\w-]+\.)*(?:pypi\.org|pythonhosted\.org|npmjs\.org|artifactory[\w.]*|nexus\.[\w.]+)\b|\blocalhost\b",
        page(path),
    )
    assert found == []


def test_versions_agree() -> None:
    project = tomllib.loads(page(ROOT / "pyproject.toml"))["project"]
    newest = re.search(r"^## (\d+\.\d+\.\d+)", page(ROOT / "CHANGELOG.md"), flags=re.M)
    assert newest is not None
    assert project["version"] == synth.__version__ == newest.group(1)


def test_pictures_are_there_and_small() -> None:
    for name in ("report.png", "brief.png"):
        size = (ROOT / "docs" / "images" / name).stat().st_size
        assert 10_000 < size < 250_000, name


# --- what is built ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cli.md", "report-json.md", "architecture.md"])
def test_built_pages_are_up_to_date(name: str) -> None:
    path = ROOT / "docs" / name
    assert page(path) == BUILDER.pages()[path], "run `make docs`"


def close(shown: str, printed: str) -> bool:
    """Whether two outputs are the same, numbers with a decimal point up to the tolerance."""
    if _NUMBER.sub("#", shown) != _NUMBER.sub("#", printed):
        return False
    pairs = zip(_NUMBER.findall(shown), _NUMBER.findall(printed), strict=True)
    return all(abs(float(a) - float(b)) <= TOLERANCE for a, b in pairs)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [("a 0.70", "a 0.71", True), ("a 0.70", "a 0.75", False), ("a 1", "a 2", False), ("a", "b", False)],
)
def test_outputs_are_compared_with_room_for_last_digits_only(shown: str, printed: str, same: bool) -> None:
    assert close(shown, printed) is same


@pytest.mark.parametrize("path", BUILDER.PAGES_WITH_RUNS, ids=lambda p: p.name)
def test_shown_outputs_are_what_the_commands_print(path: Path) -> None:
    before, after = page(path), BUILDER.with_outputs(page(path))
    assert close(before, after), f"run `make docs`; {path.name} would become:\n{after}"


def test_the_readme_shows_a_run() -> None:
    assert len(re.findall(r"<!-- run -->", page(ROOT / "README.md"))) >= 2


# --- commands ---------------------------------------------------------------------------------------------------


def shown_commands() -> Iterator[tuple[str, str]]:
    for path, name in zip(PAGES, NAMES, strict=True):
        for block in blocks(page(path), "console"):
            for line in BUILDER.commands(block):
                for part in line.split(" | "):
                    yield name, part.strip()


def parse(command: Any, words: list[str]) -> None:
    """Take a command line apart as the program would, without running it."""
    inner = getattr(command, "commands", {})
    if inner and words and not words[0].startswith("-"):
        assert words[0] in inner, f"no command {words[0]}"
        parse(inner[words[0]], words[1:])
    else:
        command.make_context(command.name, words)


@pytest.mark.parametrize(("where", "line"), sorted(set(shown_commands())))
def test_shown_commands_exist(where: str, line: str) -> None:
    name, *words = shlex.split(line)
    if name == "make":
        targets = re.findall(r"^(\w+):", page(ROOT / "Makefile"), flags=re.M)
        assert words[0] in targets
    elif name in COMMANDS:
        parse(COMMANDS[name], spread(words))
    else:
        assert name in {"echo", "python", "."}, f"{where}: {name} is no command of this project"


@pytest.mark.parametrize("line", ["report --questin x", "reprot", "search --nonsense"])
def test_a_wrong_command_would_be_noticed(line: str) -> None:
    with pytest.raises(Exception, match=r"."):
        parse(COMMANDS["synth"], line.split())


def leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", {})
    for name, child in inner.items():
        yield from leaves(f"{path} {name}", child)
    if not inner:
        yield path, command


@pytest.mark.parametrize(("path", "command"), list(leaves("synth", COMMANDS["synth"])), ids=lambda v: str(v)[:30])
def test_every_command_shows_one_runnable_example(path: str, command: Any) -> None:
    assert f"Example: {path}" in " ".join(command.help.split()) or f"| {path}" in command.help


# --- recipes ----------------------------------------------------------------------------------------------------


def recipe(name: str, kind: str, where: str) -> str:
    found = re.search(rf"<!-- {name} -->\n+```{kind}\n(.*?)^```", page(ROOT / "docs" / where), re.S | re.M)
    assert found is not None
    return found.group(1)


def run_recipe(name: str, where: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module that a page shows."""
    module = ModuleType(f"recipe_{name}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(recipe(name, "python", where), f"docs/{where}", "exec"), module.__dict__)
    return module


@pytest.mark.parametrize(
    ("answer", "outcome", "count"),
    [
        (
            '{"works": [{"doi": "10.5555/pears.1", "title": "Pears", "authors": ["A. Smith"], "year": 2031}]}',
            "found",
            1,
        ),
        ('{"works": []}', "empty", 0),
        ('{"works": [{"title": "no id"}]}', "failed", None),
        ('{"pears": 3}', "failed", None),
        ("<html>", "failed", None),
    ],
)
def test_the_source_in_the_recipe_runs(
    answer: str, outcome: str, count: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = run_recipe("source", "add-source.md", monkeypatch)
    with Loopback({"/works": [Answer(answer.encode())]}) as server:
        web = Web(None, base_urls={"https://pears.example": server.origin}, sleep=lambda _: None)
        papers, coverage = module.PearIndex(web).search(Query(text="Do pears transfer?"), 5)
        web.close()
    assert (coverage.outcome, coverage.count, len(papers)) == (outcome, count, count or 0)


def test_the_digest_in_the_recipe_is_read(tmp_path: Path) -> None:
    (tmp_path / "smith2031pears.toml").write_text(recipe("digest", "toml", "adding.md"), encoding="utf-8")
    (read,) = read_folder(tmp_path)
    assert read.paper.id == "doi:10.5555/pears.1"
    assert read.tables[0].rows[0] == ("pears", "5.3")


PEARS = "Sweet and ripe.\tvery good\nHard as wood.\tbad\nNothing to say.\tfair\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PEARS, None),
        (PEARS + "One more.\tgood\n", "rows"),
        (PEARS.replace("bad", "awful"), "awful"),
    ],
)
def test_the_task_in_the_recipe_is_read(
    text: str, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tomllib.loads(recipe("task", "toml", "add-task.md"))
    reading = catalogue.Reading(**raw.pop("reading"))
    entry = catalogue.Entry(task=Task(**raw), reading=reading)
    monkeypatch.setattr(catalogue, "_entries", lambda: {"pears": entry})
    (tmp_path / "pears").mkdir()
    (tmp_path / "pears" / "train-en.tsv").write_text(text, encoding="utf-8")
    if said is None:
        found = load.examples("pears", "train", "en", load.files(tmp_path))
        assert [one.label for one in found if isinstance(one, TextExample)] == [2, 0, 1]
    else:
        with pytest.raises(InputError, match=said):
            load.examples("pears", "train", "en", load.files(tmp_path))


def test_the_metric_in_the_recipe_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    module = run_recipe("metric", "add-metric.md", monkeypatch)
    gold, predicted = [0, 1, 2, 2], [0, 2, 0, 2]
    assert module.score(gold, predicted) == {"within_one": 75.0}
    assert module.per_example(gold, predicted).value() == 75.0
    assert module.per_example(gold, predicted).statistics[:, 0].tolist() == [1, 1, 0, 1]
    with pytest.raises(InputError):
        module.score([], [])


@pytest.mark.parametrize("make", [rich, hostile, empty])
def test_the_template_in_the_recipe_is_filled(
    make: Callable[[], Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = run_recipe("renderer", "add-template.md", monkeypatch)
    monkeypatch.setattr(module, "_source", lambda _: recipe("template", "jinja", "add-template.md"))
    text = module.to_outline(make()).decode()
    assert text.endswith("\n")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
    if make is rich:
        assert text.startswith("Does")
        assert "1. " in text
