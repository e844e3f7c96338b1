"""The command line as people and scripts meet it: what goes where, exit codes, and one clear line for bad input."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from commands import LINES, QUESTION, Done, papers, runner

from synth import run as run_module
from synth.cli import app
from synth.library import Library
from synth.web import Web

Run = Callable[..., Done]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def synth(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys)


def report(synth: Run, folder: Path, *more: object) -> Done:
    return synth("report", "--question", QUESTION, "--offline", "--papers", papers(folder), *more)


# --- a report ---------------------------------------------------------------------------------------------------


def test_a_report_prints_its_folder_on_stdout_and_talks_on_stderr(synth: Run, tmp_path: Path) -> None:
    done = report(synth, tmp_path)
    folder = Path(done.out.removesuffix("\n"))
    assert (done.code, folder) == (0, Path("reports/does-intermediate-training-help-paws-x"))
    assert sorted(p.name for p in folder.iterdir()) == [
        "claims.jsonl", "manifest.json", "references.bib", "references.csl.json", "report.html", "report.json",
        "report.md", "report.pdf",
    ]  # fmt: skip
    assert "synth: read: 2 done in" in done.err
    assert "answered" in done.err
    assert len(done.err.split("render: done", 1)[1].splitlines()) <= 25
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["command"][:4] == ["synth", "report", "--question", QUESTION]


def test_quiet_says_nothing_but_the_folder(synth: Run, tmp_path: Path) -> None:
    assert report(synth, tmp_path, "--quiet", "--out", "here", "--format", "json") == Done(0, "here\n", "")


def test_formats_are_chosen_and_the_old_card_is_one(synth: Run, tmp_path: Path) -> None:
    report(synth, tmp_path, "--out", "here", "--format", "card, md")
    names = {p.name for p in Path("here").iterdir()}
    assert {"card.txt", "report.md", "report.json"} <= names
    assert not {"report.pdf", "report.html"} & names


def test_a_bad_paper_among_good_ones_is_skipped_and_listed(synth: Run, tmp_path: Path) -> None:
    (tmp_path / "not.pdf").write_text("this is no PDF")
    done = report(synth, tmp_path, "not.pdf", "--out", "here", "--format", "json")
    assert done.code == 0
    assert "synth: skipped not.pdf: not a PDF" in done.err
    found = json.loads(Path("here/report.json").read_text())
    assert [item["name"] for item in found["skipped"]] == ["not.pdf"]
    assert found["screening"]["included"] == 2
    assert found["answer"]["status"] == "answered"


def test_many_skipped_papers_do_not_flood_the_terminal(synth: Run, tmp_path: Path) -> None:
    file = papers(tmp_path, [*LINES, *({"id": str(n)} for n in range(9))])
    done = synth("report", "-q", QUESTION, "--papers", file, "--offline", "--out", "here", "--format", "json")
    assert done.err.count("synth: skipped") == 6
    assert "synth: skipped 4 more; the report lists them all" in done.err


def test_a_budget_that_runs_out_is_exit_4_and_a_partial_report(synth: Run, tmp_path: Path) -> None:
    done = report(synth, tmp_path, "--budget", "0.0001", "--out", "here")
    assert (done.code, done.out) == (4, "here\n")
    assert json.loads(Path("here/report.json").read_text())["partial"] is True
    assert "partial" in done.err
    quiet = report(synth, tmp_path, "--budget", "0.0001", "--out", "here", "--quiet", "--format", "json")
    assert quiet == Done(4, "here\n", "synth: the report is partial: the time budget ran out\n")


# --- the network is off -----------------------------------------------------------------------------------------


@pytest.fixture
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(run_module, "_web", lambda *_: Web(None, resolve=nowhere, sleep=lambda _: None))


@pytest.mark.usefixtures("_no_network")
def test_without_a_network_the_answer_is_from_the_library_and_partial(synth: Run, tmp_path: Path) -> None:
    done = synth("report", "-q", QUESTION, "--papers", papers(tmp_path), "--out", "here", "--format", "json")
    assert (done.code, done.out) == (4, "here\n")
    assert "arXiv (failed: the name export.arxiv.org was not found" in " ".join(done.err.split())
    found = json.loads(Path("here/report.json").read_text())
    outcomes = {c["source"]: (c["outcome"], c["count"]) for c in found["coverage"]}
    assert outcomes["local"] == ("found", 2)
    for name in ("arxiv", "openalex", "semantic_scholar"):
        assert outcomes[name] == ("failed", None)
    assert outcomes["acl_anthology"][0] in ("failed", "skipped")
    assert found["answer"]["status"] == "answered"
    assert found["partial"] is True


@pytest.mark.usefixtures("_no_network")
def test_where_nothing_could_be_asked_there_is_no_report(synth: Run) -> None:
    done = synth("report", "-q", QUESTION, "--source", "arxiv", "--source", "openalex", "--out", "here")
    assert (done.code, done.out) == (3, "")
    last = done.err.splitlines()[-1]
    assert last.startswith("synth: nothing could be asked: arxiv: failed (the name export.arxiv.org was not found")
    assert "openalex: failed (" in last
    assert not Path("here").exists()


@pytest.mark.usefixtures("_no_network")
def test_a_search_says_which_sources_failed(synth: Run, tmp_path: Path) -> None:
    some = synth("search", "PAWS-X", "--papers", papers(tmp_path), "--source", "arxiv")
    assert (some.code, some.out.count("\n")) == (4, 2)
    assert "synth: arxiv: failed (the name export.arxiv.org was not found" in some.err
    none = synth("search", "PAWS-X", "--source", "arxiv", "--json")
    assert (none.code, none.out) == (3, "")


# --- a language model -------------------------------------------------------------------------------------------

PROPOSED = "Intermediate training improves accuracy on PAWS-X by 1.4 points."


def _completion(asked: dict[str, Any]) -> bytes:
    """What a model would say: one claim that holds and one that does not; an answer that names no claim."""
    name = asked["response_format"]["json_schema"]["name"]
    claim = {"statement": PROPOSED, "quote": "training improves PAWS-X accuracy by 1.4 points", "kind": "numeric"}
    wrong = {**claim, "statement": PROPOSED.replace("1.4", "41"), "quote": "by 41 points, which nobody wrote"}
    said = {"claims": [claim, wrong]} if name == "ProposedClaims" else {"status": "answered", "sentences": []}
    message = {"role": "assistant", "content": json.dumps(said)}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return json.dumps(
        {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
    ).encode()


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """An OpenAI-compatible server on this machine; the list holds the name of every schema asked for."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(body["response_format"]["json_schema"]["name"])
            answer = _completion(body)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    yield asked
    server.shutdown()
    server.server_close()


def test_a_language_model_proposes_claims_and_what_does_not_hold_is_dropped(
    synth: Run, tmp_path: Path, model: list[str]
) -> None:
    done = report(synth, tmp_path, "--language-model", "openai:m", "--out", "here", "--format", "json")
    assert done.code == 0, done.err
    assert model == ["ProposedClaims", "ProposedClaims", "ProposedAnswer"]
    found = json.loads(Path("here/report.json").read_text())
    assert {claim["statement"] for claim in found["claims"]} == {PROPOSED}
    quotes = {line["abstract"].split(". ")[-1] for line in LINES}
    assert {claim["quote"] for claim in found["claims"]} <= quotes
    notes = " ".join(found["limitations"])
    assert "1 of 2 proposed claims dropped" in notes
    assert "the rule's words are kept" in notes
    assert found["answer"]["status"] == "answered"
    manifest = json.loads(Path("here/manifest.json").read_text())
    assert manifest["language_model"].startswith("openai:m prompt:")


def test_a_dead_language_model_leaves_the_rules_to_answer(
    synth: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
    without = report(synth, tmp_path, "--out", "without", "--format", "json")
    done = report(synth, tmp_path, "--language-model", "openai:m", "--out", "here", "--format", "json")
    assert (without.code, done.code) == (0, 0)
    assert "Traceback" not in done.err
    plain, found = (json.loads(Path(name, "report.json").read_text()) for name in ("without", "here"))
    assert found["claims"] == plain["claims"]
    assert found["answer"] == plain["answer"]
    assert any("could not be reached" in line for line in found["limitations"])


# --- bad input --------------------------------------------------------------------------------------------------


def made_pdfs(folder: Path) -> None:
    """A good PDF, half of it, and one that wants a password."""
    import pymupdf

    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_text((72, 72), "Intermediate training for PAWS-X", fontsize=18)
        page.insert_text((72, 120), "Abstract", fontsize=14)
        page.insert_text((72, 144), "Intermediate training improves PAWS-X accuracy by 1.4 points.")
        document.save(folder / "good.pdf")
        whole = (folder / "good.pdf").read_bytes()
        (folder / "half.pdf").write_bytes(whole[: len(whole) // 3])
        document.save(
            folder / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="secret"
        )


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A folder with one of each kind of bad file."""
    made_pdfs(tmp_path)
    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "not.pdf").write_text("this is no PDF")
    (tmp_path / "bad.jsonl").write_text('\n{"id": "a", "title": \n')
    (tmp_path / "page.docx").write_text("words")
    (tmp_path / "void").mkdir()
    (tmp_path / "in-the-way").write_text("a file")
    papers(tmp_path)
    return tmp_path


REPORT = ("report", "--offline", "-q", "PAWS-X")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("report", "--question", ""), "--question: the question is empty; give it in words"),
        (("report", "--question", "  \t"), "--question: the question is empty"),
        (("report", "--question", "?!"), "--question: the question is empty"),
        (("report", "--question", "x" * 2001), "--question: 2,001 characters; at most 2,000 are read"),
        (("report",), "Missing option '--question' / '-q'; see synth report --help"),
        ((*REPORT, "--papers", "missing.pdf"), "missing.pdf: no such file or folder"),
        ((*REPORT, "--papers", "god.pdf"), 'god.pdf: no such file or folder; did you mean "good.pdf"?'),
        ((*REPORT, "--papers", "empty.pdf"), "empty.pdf: the file is empty"),
        ((*REPORT, "--papers", "not.pdf"), "not.pdf: not a PDF"),
        ((*REPORT, "--papers", "half.pdf"), "half.pdf: "),
        ((*REPORT, "--papers", "locked.pdf"), "locked.pdf: "),
        ((*REPORT, "--papers", "bad.jsonl"), "bad.jsonl line 2: not JSON"),
        ((*REPORT, "--papers", "page.docx"), "page.docx: unknown kind of file (.docx); give PDF"),
        ((*REPORT, "--papers", "void"), "void: no paper in it"),
        ((*REPORT, "--source", "arxvi"), '--source: unknown source "arxvi"; did you mean "arxiv"?'),
        ((*REPORT, "--format", "htlm"), '--format: unknown format "htlm"; did you mean "html"?'),
        ((*REPORT, "--format", " ,"), "--format: no format was named"),
        ((*REPORT, "--out", "in-the-way"), "in-the-way: cannot be written"),
        ((*REPORT, "--out", "in-the-way/deeper/still"), "in-the-way/deeper/still: cannot be written"),
        ((*REPORT, "--out", "/proc/nowhere"), "/proc/nowhere: cannot be written"),
        ((*REPORT, "--out", "n" * 300), "cannot be written (File name too long)"),
        ((*REPORT, "--max-papers", "0"), "--max-papers: 0 is less than 1"),
        ((*REPORT, "--max-papers", "many"), "Invalid value for '--max-papers'"),
        ((*REPORT, "--since", "21"), "--since: 21 is no year"),
        ((*REPORT, "--budget", "-1"), "--budget: -1 is no number of seconds above 0"),
        ((*REPORT, "--budget", "nan"), "--budget: nan is no number of seconds"),
        ((*REPORT, "--budget", "inf"), "--budget: inf is no number of seconds"),
        ((*REPORT, "--language-model", "opnai:x"), 'language model "opnai:x": unknown provider'),
        ((*REPORT, "--embedding-model", "./nowhere"), 'embedding model "./nowhere": there is no such folder'),
        (("report", "-q", "PAWS-X \udcff"), "argument 3, PAWS-X \\udcff: not UTF-8 text"),
        (("read", "missing.pdf"), "missing.pdf: no such file or folder"),
        (("read", "half.pdf"), "half.pdf: "),
        (("read", "locked.pdf"), "locked.pdf: "),
        (("read", "2005.13014"), 'no file and no paper at hand is called "2005.13014"; did you mean "2005.13013"?'),
        (("read", "zxqv"), "`synth search` and `synth library list` show ids"),
        (("extract", "void"), "void: no paper in it"),
        (("extract", "papers.jsonl", "-k", "0"), "-k: 0 is less than 1"),
        (("search",), "search: no query was given"),
        (("search", "..."), "search: no query was given"),
        (("search", "w" * 2001), "search: 2,001 characters"),
        (("search", "PAWS-X", "-k", "-1"), "-k: -1 is less than 1"),
        (("search", "PAWS-X", "--source", "startr"), 'unknown source "startr"; did you mean "starter"?'),
        (("search", "--queries", "q.jsonl"), "search: give a query in words, or --queries, --corpus and --run"),
        (("verify",), "verify: no claim was given"),
        (("verify", " "), "claim 1: the claim is empty"),
        (("verify", "One.", "x" * 2001), "claim 2: 2,001 characters; a claim is one sentence"),
        (("verify", "One.", "--papers", "missing.pdf"), "missing.pdf: no such file"),
        (("verify", "One.", "--oracle"), "verify: give claims in words, or --claims, --corpus and --out"),
        (("library", "add", "missing.pdf"), "missing.pdf: no such file"),
        (("library", "remove", "x"), 'library remove: no paper "x"; the library holds no added paper'),
        (("reprot",), "No such command 'reprot'. Did you mean 'report'?; see synth --help"),
        (("library", "lsit"), "No such command 'lsit'. Did you mean 'list'?; see synth library --help"),
        (("report", "--fromat", "html"), "No such option: --fromat"),
    ],
)
@pytest.mark.usefixtures("bad")
def test_bad_input_is_one_clear_line_and_exit_2(synth: Run, words: tuple[str, ...], line: str) -> None:
    before = sorted(Path().rglob("*"))
    done = synth(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("synth: ")
    assert line in done.err
    assert done.err.count("\n") == 1
    assert [p for p in sorted(Path().rglob("*")) if p not in before and "home" not in p.parts] == []


@pytest.mark.parametrize("command", ["refresh", "ask"])
def test_what_is_not_there_is_no_command(synth: Run, command: str) -> None:
    done = synth(command)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"synth: No such command '{command}'; see synth --help\n"


def test_a_traceback_is_shown_only_with_debug(synth: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = synth("library", "remove", "x")
    assert (plain.code, "Traceback" in plain.err) == (2, False)
    for words in (("--debug", "library", "remove", "x"), ("library", "remove", "x", "--debug")):
        shown = synth(*words)
        assert (shown.code, "Traceback" in shown.err) == (2, True)
        assert shown.err.splitlines()[-1] == plain.err.strip()

    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(Library, "papers", broken)
    done = synth("library", "list")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(
        "synth: a fault in this program (ZeroDivisionError: by nought); run it again with --debug"
    )
    assert done.err.count("\n") == 1


# --- papers by path and id ----------------------------------------------------------------------------------------


def test_read_gives_one_document_a_line(synth: Run, bad: Path) -> None:
    done = synth("read", "good.pdf", "2005.13013v1", "papers.jsonl", "half.pdf", "--json", "--quiet")
    assert done.code == 0
    documents = [json.loads(line) for line in done.out.splitlines()]
    assert [d["tier"] for d in documents] == ["digest", "pdf", "abstract", "abstract"]
    fields = ["paper", "sections", "tables", "references", "tier", "notes", "results"]
    assert all(list(d) == fields and d["sections"] for d in documents)
    assert documents[1]["sections"][0]["page"] == 1
    assert re.fullmatch(r"synth: skipped half\.pdf: .+\n", done.err)


def test_read_in_words(synth: Run) -> None:
    done = synth("read", "acl:2020.aacl-main.56")
    assert done.code == 0
    assert done.out.startswith(
        "English Intermediate-Task Training Improves Zero-Shot Cross-Lingual Transfer Too\n  digest"
    )


def test_extract_reads_text_from_stdin(synth: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("We find that BERT improves accuracy by 3.1 points. Nice day."))
    done = synth("extract", "-", "--json", "--quiet")
    (claim,) = map(json.loads, done.out.splitlines())
    assert (done.code, claim["quantity"]["value"], claim["verdict"]["label"]) == (0, 3.1, "not_checked")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9"), encoding="utf-8"))
    assert synth("extract", "-").err.startswith("synth: stdin: not UTF-8 text")


def test_extract_takes_an_id_and_a_limit(synth: Run) -> None:
    one = synth("extract", "arXiv:2005.13013", "-k", "1")
    assert (one.code, one.out.count("\n")) == (0, 1)
    assert one.out.startswith("- ")


def test_the_library_keeps_lists_and_removes(synth: Run, tmp_path: Path) -> None:
    file = papers(tmp_path)
    assert synth("library", "add", file, "2005.13013").out == "3 added, 0 were there already\n"
    assert synth("library", "add", file).out == "0 added, 2 were there already\n"
    listed = synth("library", "list").out.splitlines()
    assert [line.split()[0] for line in listed] == ["arxiv:2005.13013", "gain", "same"]
    assert [json.loads(line)["id"] for line in synth("library", "list", "--json").out.splitlines()][1:] == [
        "gain",
        "same",
    ]
    assert json.loads(synth("read", "gain", "--json").out)["paper"]["title"] == LINES[0]["title"]
    wrong = synth("library", "remove", "gian")
    assert (wrong.code, 'did you mean "gain"?' in wrong.err) == (2, True)
    assert synth("library", "remove", "gain").out == "removed gain\n"
    checked = synth("library", "check")
    assert (checked.code, checked.out) == (0, "0 vectors, 0 readings, 2 added\n")
    found = synth("search", "training on PAWS-X, repeated", "--offline", "--source", "library", "-k", "1", "--json")
    assert json.loads(found.out)["id"] == "same"


def test_a_library_that_cannot_be_kept_is_said(synth: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "blocked").write_text("a file")
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "blocked"))
    assert report(synth, tmp_path, "--out", "here", "--format", "json").code == 0
    added = synth("library", "add", papers(tmp_path))
    assert (added.code, added.out) == (2, "")
    assert "cannot be used" in added.err
    assert "SYNTH_HOME" in added.err
    assert synth("doctor").code == 1


def test_doctor_says_what_is_there_and_shows_no_key(synth: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    done = synth("doctor", "--json")
    found = json.loads(done.out)
    assert done.code == 0
    assert found["packaged model"].startswith("all-MiniLM-L6-v2-int8@")
    assert "OPENAI_API_KEY is set" in found["environment"]
    assert "secret" not in done.out
    assert found["library"].endswith("0 vectors, 0 readings, 0 added; sound")


# --- help, completion, and a light start ----------------------------------------------------------------------------


def test_help_is_on_stdout_and_a_group_alone_shows_its_help(synth: Run) -> None:
    for words in ((), ("--help",), ("library",), ("library", "add", "-h")):
        done = synth(*words)
        assert (done.code, done.err) == (0, "")
        assert "Example: synth " in done.out
    assert synth("--version").out == "synth 0.1.0\n"


def test_help_starts_fast_and_imports_nothing_heavy() -> None:
    code = (
        "import sys, resource\n"
        "from synth.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_utime)\n"
    )
    heavy = (
        "torch transformers chromadb langchain langchain_core pymupdf onnxruntime typst numpy tantivy tokenizers lxml "
        "jinja2 pydantic sqlite3 arxiv requests"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *_, imported, seconds = done.stdout.splitlines()
    assert set(imported.split()) & set(heavy.split()) == set()
    assert float(seconds) < 0.3


def test_the_help_names_every_source_and_format(synth: Run) -> None:
    from synth.render import FORMATS
    from synth.sources import KNOWN

    said = " ".join(synth("report", "--help").out.split())
    assert ", ".join((*run_module.CORPORA, *KNOWN)) in said
    assert ", ".join(FORMATS) in said


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("synth re", {"report", "read"}), ("synth library l", {"list"}), ("synth report --of", {"--offline"})],
)
def test_the_shell_completes_commands_and_options(
    typed: str, offered: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_SYNTH_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) - 1))
    done = subprocess.run([sys.executable, "-m", "synth"], capture_output=True, text=True, check=False)
    assert set(done.stdout.split()) == offered


def examples() -> Iterator[str]:
    def walk(command: Any) -> Iterator[str]:
        found = re.search(r"Example: (.+)", command.help or "")
        if found and not getattr(command, "commands", None):
            yield found.group(1)
        for child in getattr(command, "commands", {}).values():
            yield from walk(child)

    yield from walk(typer.main.get_command(app))


@pytest.mark.slow
def test_the_examples_of_the_help_run_as_written(tmp_path: Path) -> None:
    """In the order of the help, in one empty folder and with one library."""
    paths = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    lines = list(examples())
    assert len(lines) == 19
    # What measures and what trains needs labelled sets, which nobody has in an empty folder.
    # What serves goes on until it is stopped, and audits and lists of questions are about files of one's own.
    apart = ("--data data", "synth serve", "synth mcp", "synth audit", "synth batch")
    for line in (one for one in lines if not any(words in one for words in apart)):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line], cwd=tmp_path, env=paths, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout or "nothing changed" in done.stderr, line
