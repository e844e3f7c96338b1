"""Who and what comes in: host names, origins, tokens, forms, sizes, uploads, names of files."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from serve_fakes import made, make
from starlette.testclient import TestClient

from synth.errors import InputError
from synth.serve import app as serving
from synth.serve import uploads
from synth.serve.guard import POLICY
from synth.serve.places import Places, is_id
from synth.serve.show import policy_of
from synth.serve.store import Store
from synth.serve.tokens import Keys, host_name, is_known, is_loopback, keep_secret, known_hosts, token_from

TOKEN = "a-token-of-enough-letters"
HERE = "http://127.0.0.1:8765"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return made(tmp_path / "home")


@pytest.fixture
def client(home: Path) -> Iterator[TestClient]:
    with TestClient(serving.application(home, make=make), base_url=HERE) as found:
        yield found


@pytest.fixture
def locked(home: Path) -> Iterator[TestClient]:
    made_app = serving.application(home, make=make, token=TOKEN, host="192.0.2.7")
    with TestClient(made_app, base_url="http://192.0.2.7:8765") as found:
        yield found


def form_token(client: TestClient, page: str = "/") -> str:
    match = re.search(r'name="form_token" value="(\w+)"', client.get(page).text)
    assert match is not None
    return match.group(1)


# --- names of hosts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("127.0.0.1:8765", "127.0.0.1"),
        ("LOCALHOST", "localhost"),
        ("[::1]:80", "::1"),
        ("evil.example.", "evil.example"),
        ("", None),
        ("a b", None),
        ("user@host", None),
        ("host:port", None),
        ("127.0.0.1:8765/x", None),
    ],
)
def test_the_name_in_a_host_header(header: str, name: str | None) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("host", "name", "known"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "evil.example", False),
        ("127.0.0.1", "192.0.2.7", False),
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7", "192.0.2.8", False),
        ("0.0.0.0", "192.0.2.8", True),
        ("0.0.0.0", "evil.example", False),
        ("0.0.0.0", "papers.example", True),
        ("0.0.0.0", None, False),
    ],
)
def test_the_names_a_server_answers_to(host: str, name: str | None, known: bool) -> None:
    assert is_known(name, known_hosts(host, ["papers.example"] if host == "0.0.0.0" else [])) is known


def test_a_page_of_a_stranger_that_lets_its_name_lead_here_is_refused(client: TestClient) -> None:
    answer = client.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert "not called by that name" in answer.text


# --- tokens -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "host", "wanted"),
    [
        ({}, "127.0.0.1", (None, False)),
        ({}, "localhost", (None, False)),
        ({}, "::1", (None, False)),
        ({"SYNTH_TOKEN": TOKEN}, "127.0.0.1", (TOKEN, False)),
        ({"SYNTH_TOKEN": TOKEN}, "0.0.0.0", (TOKEN, False)),
    ],
)
def test_when_a_token_is_asked_for(environ: dict[str, str], host: str, wanted: object) -> None:
    assert token_from(environ, host) == wanted


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "machine.example"])
def test_another_host_than_loopback_always_has_a_token(host: str) -> None:
    assert not is_loopback(host)
    tokens = {token_from({}, host)[0] for _ in range(3)}
    assert len(tokens) == 3
    assert all(token is not None and len(token) >= 32 for token in tokens)
    assert token_from({}, host)[1]


@pytest.mark.parametrize(("names", "asks"), [((), False), (("localhost",), False), (("papers.example",), True)])
def test_a_server_on_loopback_that_goes_by_another_name_has_a_token(names: tuple[str, ...], asks: bool) -> None:
    """A further name is given to a server behind a proxy: those who come through it are others."""
    token, made_now = token_from({}, "127.0.0.1", names)
    assert (token is not None, made_now) == (asks, asks)
    assert token_from({"SYNTH_TOKEN": TOKEN}, "127.0.0.1", names) == (TOKEN, False)


@pytest.mark.parametrize("token", ["short", "with a space in the middle of it", "ünïcödé-but-long-enough"])
def test_a_weak_token_is_refused(token: str) -> None:
    with pytest.raises(InputError, match="SYNTH_TOKEN"):
        token_from({"SYNTH_TOKEN": token}, "127.0.0.1")


def test_the_secret_is_kept_for_this_person_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    assert keep_secret(file) == keep_secret(file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_sessions_and_forms_belong_to_one_token_and_one_visitor() -> None:
    keys, others = Keys(TOKEN, b"s" * 32), Keys(TOKEN + "x", b"s" * 32)
    assert keys.is_session(keys.session)
    assert not others.is_session(keys.session)
    assert not Keys(None, b"s" * 32).is_session("")
    assert not Keys(None, b"s" * 32).is_token("")
    assert keys.is_form_token("n", keys.form_token("n"))
    assert not keys.is_form_token("m", keys.form_token("n"))
    assert not keys.is_form_token("", keys.form_token(""))


def test_without_the_token_nothing_is_shown(locked: TestClient) -> None:
    assert locked.get("/reports", follow_redirects=False).headers["location"] == "/enter"
    answer = locked.get("/api/reports")
    assert answer.status_code == 401
    assert answer.json() == {
        "error": {"status": 401, "message": "a token is needed: send it as Authorization: Bearer TOKEN", "field": None}
    }
    assert locked.get("/api/openapi.json").status_code == 401
    assert locked.get("/api/health").status_code == 200
    assert locked.get("/static/look.css").status_code == 200
    assert locked.get("/static/../api/jobs").status_code in (401, 404)


def test_the_token_opens_the_api_and_a_wrong_one_does_not(locked: TestClient) -> None:
    assert locked.get("/api/reports", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    for wrong in (f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}", TOKEN, "Bearer ü"):
        sent = {"Authorization": wrong.encode()}
        assert locked.get("/api/reports", headers=sent).status_code == 401  # type: ignore[arg-type]


def test_the_token_is_exchanged_for_a_cookie_that_is_not_the_token(locked: TestClient) -> None:
    token = form_token(locked, "/enter")
    assert locked.post("/enter", data={"token": "wrong", "form_token": token}).status_code == 401
    answer = locked.post("/enter", data={"token": TOKEN, "form_token": token}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert locked.get("/reports", follow_redirects=False).status_code == 200
    locked.post("/leave", data={"form_token": token})
    assert locked.get("/reports", follow_redirects=False).status_code == 303


# --- forms and origins ------------------------------------------------------------------------------------------


def test_a_form_without_the_token_of_its_page_changes_nothing(client: TestClient) -> None:
    for fields in ({"question": "wind"}, {"question": "wind", "form_token": "0" * 64}):
        answer = client.post("/reports", data=fields)
        assert answer.status_code == 403
        assert "out of date" in answer.text
    assert client.get("/api/jobs").json() == []


def test_a_form_token_of_another_visitor_is_refused(client: TestClient) -> None:
    token = form_token(client)
    client.cookies.clear()
    assert client.post("/reports", data={"question": "wind over sea", "form_token": token}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"Origin": HERE}, 202),
        ({"Sec-Fetch-Site": "same-origin"}, 202),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_a_page_of_another_site_cannot_ask(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.post("/api/verify", json={"claims": ["the wind is strong"]}, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("site", "mode", "dest", "status"),
    [
        ("none", "navigate", "document", 200),
        ("same-origin", "no-cors", "image", 200),
        ("same-origin", "cors", "empty", 200),
        ("cross-site", "navigate", "document", 200),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "no-cors", "image", 403),
        ("same-site", "cors", "empty", 403),
    ],
)
def test_another_site_may_link_here_and_no_more(
    client: TestClient, site: str, mode: str, dest: str, status: int
) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
    assert client.get("/reports", headers=headers).status_code == status


# --- headers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/reports", "/api/jobs", "/static/serve.js", "/nothing", "/api/nothing"])
def test_every_answer_keeps_the_browser_in(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers
    assert headers["cache-control"] == ("private, no-cache" if path.startswith("/static") else "no-store")


def test_pages_bring_no_script_or_style_of_their_own(client: TestClient) -> None:
    for path in ("/", "/reports", "/verify", "/audits", "/papers", "/replications", "/jobs", "/nothing"):
        text = client.get(path).text
        assert re.findall(r"<script(?![^>]* src=\"/static/)", text) == []
        assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", text) == []


@pytest.mark.parametrize(
    ("head", "policy"),
    [
        (b'<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;">', "default-src 'none'"),
        (b'<style><meta http-equiv="Content-Security-Policy" content="script-src *">', None),
        (b"<p>no policy", None),
    ],
)
def test_the_policy_a_page_brings(head: bytes, policy: str | None) -> None:
    assert policy_of(head) == policy


# --- sizes and paths ----------------------------------------------------------------------------------------------


def test_a_body_that_is_too_large_is_refused_whatever_it_says_of_itself(client: TestClient) -> None:
    long = b'{"question": "' + b"x" * 1_100_000 + b'"}'
    answer = client.post("/api/reports", content=long, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413

    def parts() -> Iterator[bytes]:
        for n in range(0, len(long), 100_000):
            yield long[n : n + 100_000]

    answer = client.post("/api/reports", content=parts(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert "larger than 1 MB" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("report-0123456789", True),
        ("replication-abcdefabcd", True),
        ("report-012345678", False),
        ("report-0123456789\n", False),
        ("../report-0123456789", False),
        ("report-ABCDEF0123", False),
        ("other-0123456789", False),
        ("", False),
    ],
)
def test_what_is_an_id(name: str, right: bool) -> None:
    assert is_id(name) is right


def test_no_request_opens_a_file_outside_or_one_that_is_not_listed(client: TestClient, home: Path) -> None:
    (home / "outside.txt").write_text("secret")
    places = Places(home)
    folder = places.of("report-0123456789")
    folder.mkdir(parents=True)
    (folder / "request.txt").write_text("secret")
    (folder / "report.md").symlink_to(home / "outside.txt")
    tries = [
        "/reports/report-0123456789/request.txt",
        "/reports/report-0123456789/report.md",
        "/reports/report-0123456789/..%2f..%2f..%2foutside.txt",
        "/reports/..%2f..%2foutside.txt/report.json",
        "/reports/report-0123456789%2f..%2f../report.json",
        "/api/reports/report-0123456789/files/..%2fsecret",
        "/api/reports/..%2f..%2fsecret",
        "/static/..%2f..%2freport%2freport.css",
        "/static/serve.css",
        "/audits/report-0123456789/request.txt",
        "/serve/secret",
    ]
    for path in tries:
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "secret" not in answer.text.replace("secrets", "")
    with pytest.raises(ValueError, match="no id"):
        places.of("../outside")


# --- uploads ------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Places, Store]:
    places = Places(tmp_path / "kept")
    places.make()
    return places, Store(places.database)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.exe", b"MZ", "not taken as a paper"),
        ("a", b"text", "not taken as a paper"),
        ("a.pdf", b"just text", "not what its name says"),
        ("a.txt", b"%PDF-1.7 ...", "not what its name says"),
        ("a.txt", b"  \n", "is empty"),
        ("a.txt", b"caf\xe9", "not UTF-8"),
        ("a.jsonl", b"{\0}", "zero bytes"),
        ("a.pdf", b"%PDF-1.7 and then nothing", "a.pdf"),
        ("a.jsonl", b"{no json\n", "a.jsonl"),
    ],
)
def test_what_is_not_taken_as_a_paper(kept: tuple[Places, Store], name: str, content: bytes, message: str) -> None:
    with pytest.raises(InputError) as told:
        uploads.keep_paper(name, io.BytesIO(content), *kept)
    assert message in str(told.value)
    assert str(kept[0].home) not in str(told.value)
    assert list(kept[0].uploads.iterdir()) == []
    assert kept[1].papers() == []


def test_a_paper_that_is_too_large_is_refused(kept: tuple[Places, Store], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PAPER_BYTES", 10)
    with pytest.raises(InputError, match="larger than"):
        uploads.keep_paper("a.txt", io.BytesIO(b"x" * 11), *kept)


def test_a_paper_is_kept_by_its_content_and_never_by_its_name(kept: tuple[Places, Store]) -> None:
    places, store = kept
    line = b'{"id": "wind", "title": "Wind over the sea", "abstract": "It blows."}\n'
    first = uploads.keep_paper("../../etc/\u202epapers.jsonl", io.BytesIO(line), places, store)
    again = uploads.keep_paper("other.jsonl", io.BytesIO(line), places, store)
    assert first == again
    assert first.name == "\ufffdpapers.jsonl"
    assert (first.title, first.names) == ("Wind over the sea", ("wind",))
    assert [file.name for file in places.uploads.iterdir()] == [f"{first.id}.jsonl"]
    assert uploads.file_of(first.id, store) == f"{first.id}.jsonl"


@pytest.mark.parametrize("name", ["", "x", "0" * 64, "../secret", "0" * 63 + "\n"])
def test_papers_that_are_not_there(kept: tuple[Places, Store], name: str) -> None:
    with pytest.raises(InputError, match="upload it first"):
        uploads.file_of(name, kept[1])
