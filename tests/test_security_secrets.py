"""Keys of the environment reach the service they are for, and nothing that is written, said or kept: canaries are
looked for in every byte that a run leaves, while the services that were given them repeat them in their failures.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from commands import QUESTION, Done, papers, runner

KEYS = {
    "OPENALEX_API_KEY": "canary-openalex-4711",
    "S2_API_KEY": "canary-s2-4712",
    "OPENAI_API_KEY": "canary-openai-4713",
    "ANTHROPIC_API_KEY": "canary-anthropic-4714",
    "SYNTH_LIBRARY_TOKEN": "canary-library-4715",
    "SYNTH_MAILTO": "canary-4716@example.org",
    "HF_TOKEN": "canary-hub-4717",
}
SERVICES = ("https://export.arxiv.org", "https://api.openalex.org", "https://api.semanticscholar.org",
"https://arxiv.org",
            "https://api.crossref.org", "https://aclanthology.org")  # fmt: skip


class Repeating:
    """Fails as it is told and repeats in its answer all that it was sent: address, headers and body."""

    def __init__(self) -> None:
        self.status = 500
        self.seen = ""
        repeating = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
                told = f"{self.path} {dict(self.headers)} {sent}"
                repeating.seen += told
                key = next((value for value in KEYS.values() if value in told), "")  # first, where a line may be cut
                told = f"the key {key} is not known; {told}"
                body = json.dumps({"error": {"message": told, "type": told, "code": told}, "message": told}).encode()
                self.send_response(repeating.status, "canary" if repeating.status == 418 else None)
                if repeating.status == 302:
                    self.send_header("Location", f"http://127.0.0.1:9/{self.headers.get('x-api-key', '')}?{self.path}")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 (the name is the library's)

            def log_message(self, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def service() -> Iterator[Repeating]:
    made = Repeating()
    threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def synth(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: Repeating
) -> Callable[..., Done]:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SYNTH_MIRRORS", " ".join(f"{origin}={service.url}" for origin in SERVICES))
    monkeypatch.setenv("OPENAI_BASE_URL", f"{service.url}/v1")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", service.url)
    monkeypatch.chdir(tmp_path)
    return runner(capsys)


def leaked(done: Done, folder: Path) -> list[str]:
    """Where a key, or a part of one that would do, is found again."""
    places = {"stdout": done.out.encode(), "stderr": done.err.encode()}
    places |= {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    names = {str(file.relative_to(folder)): str(file).encode() for file in folder.rglob("*")}
    found = []
    for word in KEYS.values():
        for part in (word, word[::-1], word.split("-", 1)[1]):
            found += [f"{part} in {place}" for place, data in (*places.items(),
            *names.items()) if part.encode() in data]
    return found


@pytest.mark.parametrize("status", [400, 401, 503, 302])
def test_a_report_whose_services_all_fail_tells_no_key(
    synth: Callable[..., Done], service: Repeating, tmp_path: Path, status: int
) -> None:
    service.status = status
    done = synth(
        "report", "--question", QUESTION, "--papers", papers(tmp_path), "--source", "openalex", "--source",
        "semantic_scholar",
        "--source", "arxiv", "--budget", "20", "--out", "out", "--format", "html,md,json,card",
    )  # fmt: skip
    assert done.code == 4, done.err
    assert KEYS["OPENALEX_API_KEY"] in service.seen  # they were used
    assert KEYS["S2_API_KEY"] in service.seen
    assert leaked(done, tmp_path) == []
    told = json.loads((tmp_path / "out/report.json").read_text())
    assert {c["outcome"] for c in told["coverage"] if c["source"] in ("openalex", "semantic_scholar")} == {"failed"}


@pytest.mark.parametrize(("model", "key"), [("openai:gpt-x", "OPENAI_API_KEY"), ("anthropic:claude-x",
"ANTHROPIC_API_KEY")])
def test_a_language_model_that_fails_tells_no_key(
    synth: Callable[..., Done], service: Repeating, tmp_path: Path, model: str, key: str
) -> None:
    service.status = 401
    done = synth(
        "report", "--question", QUESTION, "--papers", papers(tmp_path), "--offline", "--language-model", model,
        "--out", "out", "--format", "html,md,json",
    )  # fmt: skip
    assert done.code in (0, 4), done.err
    assert KEYS[key] in service.seen
    assert leaked(done, tmp_path) == []


def test_the_check_of_the_installation_shows_no_value(synth: Callable[..., Done], tmp_path: Path) -> None:
    done = synth("doctor")
    assert leaked(done, tmp_path) == []


def test_a_fault_with_its_traceback_tells_no_key(
    synth: Callable[..., Done], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--debug` shows where a fault was, not what the variables held."""

    def broken(*_: object, **__: object) -> None:
        key = KEYS["OPENAI_API_KEY"]
        raise RuntimeError(f"broken with a key of {len(key)} characters")

    monkeypatch.setattr("synth.pipeline.report", broken)
    done = synth("report", "--question", QUESTION, "--papers", papers(tmp_path), "--offline", "--out", "out", "--debug")
    assert done.code == 1
    assert "Traceback" in done.err
    assert leaked(done, tmp_path) == []


def test_a_batch_and_a_watch_tell_no_key(synth: Callable[..., Done], service: Repeating, tmp_path: Path) -> None:
    """Workers have the keys too, and so has whoever asks again later."""
    service.status = 401
    (tmp_path / "questions.txt").write_text(f"{QUESTION}\nDo plums transfer to pears?\n")
    asked = ("--papers", papers(tmp_path), "--source", "openalex", "--source", "semantic_scholar")
    done = synth("batch", "questions.txt", *asked, "--out", "many", "--jobs", 1, "--format", "html,json")
    assert done.code == 4, done.err
    assert (tmp_path / "many/batch.csv").exists()
    assert KEYS["OPENALEX_API_KEY"] in service.seen
    assert leaked(done, tmp_path) == []
    (folder,) = {file.parent for file in (tmp_path / "many").rglob("report.json") if "paws" in str(file)}
    service.seen = ""
    watched = synth("watch", folder)
    assert watched.code == 4, watched.err
    assert KEYS["S2_API_KEY"] in service.seen
    assert leaked(watched, tmp_path) == []
    refreshed = synth("report", "--refresh", folder)
    assert refreshed.code == 0
    assert leaked(refreshed, tmp_path) == []


def test_the_search_for_keys_finds_one(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"asked with {KEYS['S2_API_KEY']}")
    assert len(leaked(Done(0, "", ""), tmp_path)) == 2  # the key, and the part of it behind the first word
