"""The assistant's door: spoken to over standard input and output, by lines of JSON and by the official client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import papers

from synth.serve import commands
from synth.serve.places import Places

_SERVER = (
    "import sys, typer; from synth.cli_serve import mcp; from synth.shell import run; app = typer.Typer(); "
    "app.command()(mcp); sys.exit(run(app, 'synth', sys.argv[1:]))"
)


class Line:
    """A server of the protocol, asked line by line."""

    def __init__(self, home: Path, *words: str) -> None:
        self._number = 0
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "SYNTH_HOME": str(home), "OMP_NUM_THREADS": "1"},
        )

    def send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def ask(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer; what is notified on the way is left in `notified`."""
        self._number += 1
        self.send({"id": self._number, "method": method, "params": params or {}})
        self.notified: list[dict[str, Any]] = []
        while True:
            assert self.process.stdout is not None
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read() if self.process.stderr else ""
            found = json.loads(line)
            if found.get("id") == self._number:
                assert isinstance(found, dict)
                return found
            self.notified.append(found)

    def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        asked = {"name": name, "arguments": arguments, "_meta": {"progressToken": "p"}}
        found = self.ask("tools/call", asked)["result"]
        assert isinstance(found, dict)
        return found

    def begin(self) -> dict[str, Any]:
        found = self.ask(
            "initialize",
            {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
        )
        self.send({"method": "notifications/initialized"})
        return found

    def close(self) -> int:
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return self.process.wait(30)


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("mcp")
    found = Line(folder / "home", "--offline", "--papers", str(papers(folder)))
    found.begin()
    yield found
    found.close()


def test_it_says_who_it_is_and_what_it_offers(line: Line) -> None:
    tools = {tool["name"]: tool for tool in line.ask("tools/list")["result"]["tools"]}
    assert set(tools) == {"search", "verify", "audit", "report"}
    for tool in tools.values():
        assert tool["description"]
        names = set(tool["inputSchema"]["properties"])
        assert not names & {"path", "paths", "file", "papers", "url", "out", "folder", "context"}
    assert tools["report"]["inputSchema"]["required"] == ["question"]


def test_search_finds_papers_by_words(line: Line) -> None:
    found = line.call("search", query="intermediate training PAWS-X", k=1)
    assert not found["isError"]
    told = found["structuredContent"]
    assert [paper["id"] for paper in told["papers"]] in (["gain"], ["same"])
    assert {one["source"] for one in told["coverage"] if one["outcome"] == "skipped"} >= {"arxiv", "openalex"}
    assert json.loads(found["content"][0]["text"]) == told


def test_verify_gives_verdicts_with_their_quotes(line: Line) -> None:
    claims = ["Intermediate training improves PAWS-X accuracy by 1.4 points."]
    told = line.call("verify", claims=claims)["structuredContent"]
    assert [one["statement"] for one in told["claims"]] == claims
    one = told["claims"][0]
    assert one["verdict"] in ("supported", "refuted", "conflicting", "not_enough_evidence", "not_checked")
    assert all(item["quote"] for item in one["evidence"])
    assert [note["params"]["message"] for note in line.notified if note["method"] == "notifications/progress"][:2] == [
        "open", "verify",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("search", {"query": " "}, "search"),
        ("search", {}, "query"),
        ("search", {"query": "wind", "k": 0}, "k"),
        ("search", {"query": "wind", "limit": 3}, "unknown argument 'limit'"),
        ("search", {"query": "wind", "k": "many"}, "k"),
        ("verify", {"claims": []}, "claims"),
        ("verify", {"claims": [" "]}, "empty"),
        ("report", {"question": " "}, "question"),
        ("report", {"question": "x" * 3000}, "question"),
        ("nothing", {}, "nothing"),
    ],
)
def test_faults_are_told_and_the_server_goes_on(
    line: Line, name: str, arguments: dict[str, Any], words: str
) -> None:
    answer = line.ask("tools/call", {"name": name, "arguments": arguments})
    fault = answer["error"]["message"] if "error" in answer else answer["result"]["content"][0]["text"]
    assert "error" in answer or answer["result"]["isError"]
    assert words in fault
    assert fault.isprintable(), "one line"
    assert "Traceback" not in fault
    assert "pydantic" not in fault
    assert line.ask("tools/list")["result"]["tools"]


@pytest.mark.slow
def test_report_answers_and_lays_the_report_where_the_web_application_finds_it(line: Line) -> None:
    told = line.call("report", question="Does intermediate training help PAWS-X?", claims=1)["structuredContent"]
    assert told["status"] in ("answered", "partly_answered", "contested", "not_studied", "no_evidence", "not_checked")
    assert len(told["claims"]) == 1
    assert sum(told["counts"].values()) >= 1
    folder = Path(told["folder"])
    assert Places(folder.parents[2]).file(folder.name, "report.json") is not None


def test_audit_takes_the_text_of_a_card(line: Line) -> None:
    found = line.call("audit", card="# A card\n\nNothing is claimed here.")
    if not commands.audits():
        assert found["isError"]
        assert "not part of this installation" in found["content"][0]["text"]
    else:
        assert found["isError"] or "card" in found["structuredContent"]
        assert str(Path.home()) not in json.dumps(found) or not found["isError"]


def test_a_line_that_is_no_message_does_not_end_the_server(line: Line) -> None:
    assert line.process.stdin is not None
    line.process.stdin.write("this is no JSON\n")
    line.process.stdin.flush()
    assert line.ask("tools/list")["result"]["tools"]


def test_a_file_that_is_not_there_is_told_before_it_begins(tmp_path: Path) -> None:
    server = Line(tmp_path, "--papers", str(tmp_path / "none.jsonl"))
    assert server.process.stderr is not None
    told = server.process.stderr.read()
    assert "no such file or folder" in told
    assert told.count("\n") == 1
    assert server.close() == 2


# --- the official client, on the packaged library ---------------------------------------------------------------

QUERY = "intermediate-task training for zero-shot cross-lingual transfer"
CLAIM = "Zero-shot PAWS-X accuracy is 86.4 for XLM-R."
TEXT = f"# Report: Does intermediate training help?\n\nClaims: 1, verified: 1\n\n1. {CLAIM}\n"
ASKED = "PAWS-X non-English fine-tuning"
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("search", {"k": 3}, "search: query: field required"),
    ("search", {"query": QUERY, "k": 0}, "search: k: input should be greater than or equal to 1"),
    ("search", {"query": QUERY, "querry": "x"}, "search: unknown argument 'querry': did you mean \"query\"?"),
    ("verify", {"claims": "x"}, "verify: claims: input should be a valid list"),
    ("verify", {"claims": [" "]}, "verify: claim 1: the claim is empty"),
    ("report", {"question": "?"}, "report: question: "),
    ("forget", {}, "forget: Unknown tool: forget"),
]


def told(answer: Any) -> Any:
    """What a tool gave, which stands twice in its answer: as a value and as text."""
    assert not answer.is_error, answer.content
    assert json.loads(answer.content[0].text) == answer.structured_content
    return answer.structured_content


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """All that the client of the official package is told in one session with `synth mcp --offline`."""
    import anyio
    from mcp import ClientSession, StdioServerParameters, stdio_client

    home = tmp_path_factory.mktemp("client")
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "synth", "mcp", "--offline"],
        env={**os.environ, "SYNTH_HOME": str(home), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip

    async def talk() -> dict[str, Any]:
        async with stdio_client(started) as pipes, ClientSession(*pipes) as session:
            await session.initialize()
            found: dict[str, Any] = {"home": home, "tools": (await session.list_tools()).tools}
            found["search"] = await session.call_tool("search", {"query": QUERY, "k": 3})
            found["verify"] = await session.call_tool("verify", {"claims": [CLAIM]})
            found["audit"] = await session.call_tool("audit", {"card": TEXT})
            found["report"] = await session.call_tool("report", {"question": ASKED, "max_papers": 2, "claims": 100})
            found["wrong"] = [await session.call_tool(name, given) for name, given, _ in WRONG]
            return found

    return anyio.run(talk)


def program(home: Path, *words: str, place: Path | None = None) -> list[dict[str, Any]]:
    """What the program prints for the same, each line a JSON object."""
    done = subprocess.run(
        [sys.executable, "-m", "synth", *words, "--json", "--quiet"], capture_output=True, text=True, check=True,
        env={**os.environ, "SYNTH_HOME": str(home), "OMP_NUM_THREADS": "1"}, timeout=600, cwd=place,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_the_official_client_is_understood(spoken: dict[str, Any]) -> None:
    assert sorted(tool.name for tool in spoken["tools"]) == ["audit", "report", "search", "verify"]
    for tool in spoken["tools"]:
        assert tool.description
        assert tool.output_schema


@pytest.mark.slow
def test_search_tells_a_client_what_the_program_prints(spoken: dict[str, Any]) -> None:
    found = told(spoken["search"])
    printed = program(spoken["home"], "search", QUERY, "--offline", "-k", "3")
    assert len(found["papers"]) == 3
    assert found["papers"] == [{name: one[name] for name in found["papers"][0]} for one in printed]
    asked = {one["source"]: one["outcome"] for one in found["coverage"]}
    assert asked["starter"] == "found"
    assert {asked[name] for name in ("arxiv", "openalex", "semantic_scholar", "acl_anthology")} == {"skipped"}


@pytest.mark.slow
def test_verify_tells_a_client_what_the_program_prints(spoken: dict[str, Any]) -> None:
    found = told(spoken["verify"])["claims"]
    printed = program(spoken["home"], "verify", CLAIM)
    assert len(found) == len(printed) == 1
    verdict = printed[0]["verdict"]
    assert found[0]["verdict"] == verdict["label"]
    assert all(found[0][name] == verdict[name] for name in ("score", "confidence", "reason", "checks"))
    assert found[0]["evidence"] == printed[0]["evidence"] != []


@pytest.mark.slow
def test_audit_tells_a_client_what_the_program_prints(spoken: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text(TEXT, encoding="utf-8")
    found = told(spoken["audit"])
    assert [found] == program(spoken["home"], "audit", "card.md", place=tmp_path)
    assert [one["text"] for one in found["claims"]] == [CLAIM]
    assert found["file"] == "card.md"


@pytest.mark.slow
def test_report_tells_a_client_what_the_program_writes(spoken: dict[str, Any], tmp_path: Path) -> None:
    found = told(spoken["report"])
    words = ("report", "--question", ASKED, "--offline", "--max-papers", "2", "--out", str(tmp_path / "out"), "--quiet")
    environment = {**os.environ, "SYNTH_HOME": str(spoken["home"]), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "synth", *words], env=environment, check=True, timeout=600)
    written = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert (found["status"], found["answer"]) == (written["answer"]["status"], written["answer"]["text"])
    assert found["limitations"] == written["limitations"]
    own = {one["id"]: one for one in found["claims"]}
    assert sorted(own) == sorted(one["id"] for one in written["claims"])
    for one in written["claims"]:
        assert (own[one["id"]]["statement"], own[one["id"]]["verdict"]) == (one["statement"], one["verdict"]["label"])
        assert own[one["id"]]["evidence"] == one["evidence"]
    assert sum(found["counts"].values()) == len(written["claims"])
    laid = json.loads((Path(found["folder"]) / "report.json").read_text(encoding="utf-8"))
    assert laid == written


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(WRONG)), ids=[f"{name} {given}" for name, given, _ in WRONG])
def test_a_wrong_argument_is_told_to_a_client_in_one_line(spoken: dict[str, Any], number: int) -> None:
    answer = spoken["wrong"][number]
    assert answer.is_error
    assert len(answer.content) == 1
    assert answer.content[0].text.isprintable()
    assert answer.content[0].text.startswith(WRONG[number][2])
