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
    text = json.dumps(answer.get("error") or answer["result"])
    assert "error" in answer or answer["result"]["isError"]
    assert words in text
    assert "Traceback" not in text
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


def test_the_official_client_is_understood(tmp_path: Path) -> None:
    import anyio
    from mcp import Client, StdioServerParameters

    async def talk() -> list[str]:
        started = StdioServerParameters(
            command=sys.executable, args=["-c", _SERVER, "--offline"], env={**os.environ, "SYNTH_HOME": str(tmp_path)}
        )
        async with Client(started) as client:
            return sorted(tool.name for tool in (await client.list_tools()).tools)

    assert anyio.run(talk) == ["audit", "report", "search", "verify"]
