"""Commands about this machine: `synth doctor` says what is there and what to do; shells complete both programs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commands import Done, runner
from loopback import Answer, Loopback

from synth import checkup
from synth.library import Library
from synth.models import embedding, verifier
from synth.web import Web

Run = Callable[..., Done]
SOURCES = ("source arxiv", "source openalex", "source semantic_scholar")
EMPTY = (
    b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">'
    b"<o:totalResults>0</o:totalResults></feed>"
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SYNTH_ACL_ANTHOLOGY", raising=False)
    monkeypatch.delenv("SYNTH_MIRRORS", raising=False)


@pytest.fixture
def synth(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that need not be opened: these tests are about the rest."""
    monkeypatch.setattr(embedding, "load", lambda: SimpleNamespace(id="a model"))
    monkeypatch.setattr(verifier, "load", lambda: SimpleNamespace(id="a verifier"))


# --- the doctor ---------------------------------------------------------------------------------------------------


def test_all_is_told_and_nothing_is_to_be_done(synth: Run, light: None) -> None:
    done = synth("doctor", "--offline", "--json")
    found = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert list(found)[-1] == checkup.TO_DO
    assert found[checkup.TO_DO] == "nothing: all that is needed is sound"
    assert [found[name] for name in SOURCES] == [checkup.NOT_ASKED] * 3
    assert found["source acl_anthology"].startswith("no copy")
    assert found["packaged model"] == "a model"
    assert re.search(r"\d+ works", found["starter library"])
    assert found["room on its disk"].endswith(" GB")


def test_the_lines_stand_in_columns(synth: Run, light: None) -> None:
    lines = synth("doctor", "--offline").out.splitlines()
    names = [line[:24].rstrip() for line in lines]
    assert "nearest papers in Chroma" in names
    assert {line[24:26] for line in lines} == {"  "}
    assert all(line[26] != " " for line in lines)


def mirrors(*servers: Loopback) -> dict[str, str]:
    hosts = ("https://export.arxiv.org", "https://api.openalex.org", "https://api.semanticscholar.org")
    return dict(zip(hosts, (server.origin for server in servers), strict=False))


def test_each_source_is_asked_one_question() -> None:
    with Loopback({"/api/query": [Answer(EMPTY, content_type="application/atom+xml")]}) as arxiv, Loopback({}) as other:
        found = checkup.reached(
            lambda: Web(None, retries=0, base_urls=mirrors(arxiv, other, other), sleep=lambda _: None)
        )
    assert set(found) == set(SOURCES)
    assert found["source arxiv"] == "answers, with nothing"
    assert all(found[name].startswith("failed: ") for name in SOURCES[1:])
    assert all("\n" not in said for said in found.values())


def test_a_source_that_keeps_silent_is_left_behind() -> None:
    silent = threading.Event()

    def stuck() -> Any:
        silent.wait(60)
        return Web(None, offline=True)

    try:
        found = checkup.reached(stuck, patience=0.05)
    finally:
        silent.set()
    assert set(found.values()) == {"failed: no answer in 0.05 s"}


def test_what_is_wrong_comes_with_what_to_do(light: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = {"source arxiv": "failed: no answer", "source openalex": "failed: 429", "source semantic_scholar": "answers"}
    monkeypatch.setattr(checkup, "reached", lambda _: said)
    monkeypatch.setenv("SYNTH_ACL_ANTHOLOGY", str(tmp_path / "none.bib"))
    library = Library(tmp_path / "home")
    found, sound = checkup.findings(library)
    library.close()
    assert sound  # a source that cannot be reached is no fault of the installation
    advice = found[checkup.TO_DO].split("; ")
    assert "openalex refuses: set OPENALEX_API_KEY, or ask later" in advice
    assert any(line.startswith("arxiv, openalex cannot be asked now") for line in advice)
    assert "put right or unset SYNTH_ACL_ANTHOLOGY" in advice


def test_a_damaged_model_is_a_fault_with_its_cure(light: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "_model", lambda: ("unusable: another checksum", False))
    found, sound = checkup.findings(Library(None))
    assert not sound
    assert "install again" in found[checkup.TO_DO]


@pytest.mark.parametrize(
    ("place", "said"), [(None, "no copy"), ("acl_anthology/abstracts.jsonl.gz", "a copy is in the library")]
)
def test_a_copy_of_the_anthology_is_looked_for(light: None, tmp_path: Path, place: str | None, said: str) -> None:
    library = Library(tmp_path / "home")
    if place:
        (tmp_path / "home" / place).parent.mkdir()
        (tmp_path / "home" / place).write_bytes(b"")
    found, _ = checkup.findings(library)
    library.close()
    assert found["source acl_anthology"].startswith(said)


# --- completion -----------------------------------------------------------------------------------------------


def shell(name: str, script: str, tmp_path: Path) -> list[str]:
    """What a shell prints, with the programs of this environment on its path and a home of its own."""
    there = shutil.which(name)
    if there is None:
        pytest.skip(f"{name} is not installed")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    quiet = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[name]
    done = subprocess.run(
        [there, *quiet, "-c", script], env={"PATH": path, "HOME": str(tmp_path), "TERM": "dumb"}, cwd=tmp_path,
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


CASES = [
    ("synth re", {"report", "read"}),
    ("synth library l", {"list"}),
    ("synth report --of", {"--offline"}),
    ("replicate sc", {"score"}),
]


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_bash_completes(typed: str, offered: set[str], tmp_path: Path) -> None:
    """As bash does on the key: the function that is registered for the program, with the words typed so far."""
    program, *words = typed.split()
    script = (
        f'eval "$(synth completion bash)"; COMP_WORDS=({typed}); COMP_CWORD={len(words)}; '
        f'asked=$(complete -p {program} | sed "s/.* -F \\([^ ]*\\) .*/\\1/"); $asked {program}; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    assert set(shell("bash", script, tmp_path)) == offered


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_fish_completes(typed: str, offered: set[str], tmp_path: Path) -> None:
    said = shell("fish", f"synth completion fish | source; complete -C '{typed}' | string split -f 1 \\t", tmp_path)
    assert set(said) == offered


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_zsh_completes(typed: str, offered: set[str], tmp_path: Path) -> None:
    """The key cannot be pressed without a terminal: what is registered offers its words to a stand-in."""
    program = typed.split()[0]
    script = (
        'autoload -Uz compinit; compinit -u -D; eval "$(synth completion zsh)"; '
        '_arguments() { print -r -- "$@" }; '
        f"words=({typed}); CURRENT=$#words; $_comps[{program}]"
    )
    said = " ".join(shell("zsh", script, tmp_path))
    assert all(word in said for word in offered)
    assert "verify" not in said


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_is_for_both_programs(name: str, synth: Run) -> None:
    done = synth("completion", name)
    assert (done.code, done.err) == (0, "")
    assert "_SYNTH_COMPLETE" in done.out
    assert "_REPLICATE_COMPLETE" in done.out


def test_another_shell_is_refused_with_a_hint(synth: Run) -> None:
    done = synth("completion", "zhs")
    assert (done.code, done.out) == (2, "")
    assert 'did you mean "zsh"' in done.err
