"""The HTTP client: what is tried again and what is not, for how long, what is kept, and what never leaks."""

from __future__ import annotations

import email.utils
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback import Answer, Asked, FakeTime, Loopback

from synth.replies import ReplyStore, public_url
from synth.web import INTERVALS, Web, WebFailure

OK = Answer(b'{"ok": 1}')


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def client(server: Loopback | None = None, cache: Path | None = None, **given: Any) -> tuple[Web, FakeTime]:
    clock = FakeTime()
    settings: dict[str, Any] = {
        "intervals": {"127.0.0.1": 0.0},
        "sleep": clock.sleep,
        "clock": clock,
        "jitter": lambda: 1.0,
    }
    return Web(cache, **(settings | given)), clock


def failure(web: Web, url: str, **given: Any) -> WebFailure:
    with pytest.raises(WebFailure) as caught:
        web.get(url, **given)
    told = caught.value
    assert "\n" not in told.reason
    assert str(told) == told.reason
    return told


# --- what is tried again ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again_with_growing_waits(server: Loopback, status: int) -> None:
    server.script["/a"] = [Answer(status=status), Answer(status=status), OK]
    web, clock = client()
    assert web.get(server.origin + "/a").body == OK.body
    assert clock.slept == [1.0, 2.0]
    assert server.times("/a") == 3


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_it_gives_up_after_the_tries_it_has(server: Loopback, status: int) -> None:
    server.script["/a"] = [Answer(status=status)]
    told = failure(client()[0], server.origin + "/a")
    assert (told.kind, told.status, server.times("/a")) == ("http", status, 3)
    assert told.reason == f"127.0.0.1 answered with HTTP status {status}, after 3 tries"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204, 206, 304])
def test_a_lasting_failure_is_not_tried_again(server: Loopback, status: int) -> None:
    server.script["/a"] = [Answer(b"" if status in (204, 304) else b"no", status=status), OK]
    told = failure(client()[0], server.origin + "/a")
    assert (told.kind, told.status, server.times("/a")) == ("http", status, 1)


def test_jitter_takes_up_to_half_of_a_wait(server: Loopback) -> None:
    server.script["/a"] = [Answer(status=503), Answer(status=503), OK]
    web, clock = client(jitter=lambda: 0.0)
    web.get(server.origin + "/a")
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("7", 7.0),
        (" 12 ", 12.0),
        (email.utils.formatdate(1_000_009.0, usegmt=True), 9.0),
        (email.utils.formatdate(999_000.0, usegmt=True), None),  # a date gone by: no wait at all
        ("soon", 1.0),  # garbled: the usual wait
        ("-5", 1.0),
        ("1.5", 1.0),
    ],
)
def test_retry_after_is_honoured(server: Loopback, header: str, wait: float | None) -> None:
    server.script["/a"] = [Answer(status=429, headers={"Retry-After": header}), OK]
    web, clock = client(now=lambda: 1_000_000.0)
    web.get(server.origin + "/a")
    assert clock.slept == ([] if wait is None else [wait])


def test_a_retry_after_beyond_the_budget_fails_at_once_and_says_so(server: Loopback) -> None:
    server.script["/a"] = [Answer(status=429, headers={"Retry-After": "30"}), OK]
    web, clock = client(deadline=20.0)
    told = failure(web, server.origin + "/a")
    assert (told.kind, told.status, clock.slept) == ("budget", 429, [])
    assert told.reason == "127.0.0.1 answered with HTTP status 429; a wait of 30.0 s does not fit in the 20.0 s left"


def test_a_retry_after_of_an_hour_is_not_waited_for(server: Loopback) -> None:
    server.script["/a"] = [Answer(status=503, headers={"Retry-After": "3600"}), OK]
    web, clock = client()
    told = failure(web, server.origin + "/a")
    assert (told.kind, told.status, clock.slept) == ("http", 503, [])
    assert "asks for 3600 s" in told.reason


def test_waits_are_told(server: Loopback) -> None:
    server.script["/a"] = [Answer(status=503), OK]
    said: list[str] = []
    client(talk=said.append)[0].get(server.origin + "/a")
    assert said == ["127.0.0.1 answered with HTTP status 503; trying again in 1 s"]


def test_a_truncated_body_is_never_taken_for_an_answer(server: Loopback) -> None:
    server.script["/a"] = [Answer(b"x" * 500, cut=100), OK]
    server.script["/b"] = [Answer(b"x" * 500, cut=100)]
    web, _ = client()
    assert web.get(server.origin + "/a").body == OK.body
    assert failure(web, server.origin + "/b").kind == "half_answer"
    assert server.times("/b") == 3


def test_a_body_that_does_not_unpack_is_a_half_answer(server: Loopback) -> None:
    server.script["/a"] = [Answer(b"not gzip", headers={"Content-Encoding": "gzip"})]
    assert failure(client()[0], server.origin + "/a").kind == "half_answer"


def test_chunks_are_put_together_and_unpacked_and_a_missing_one_is_noticed(server: Loopback) -> None:
    packed = gzip.compress(b"a long answer " * 5000)
    halves = [packed[:50], packed[50:]]
    whole = b"".join(b"%x\r\n%s\r\n" % (len(half), half) for half in halves) + b"0\r\n\r\n"
    headers = {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"}
    server.script["/a"] = [Answer(whole, headers=headers)]
    server.script["/b"] = [Answer(whole, headers=headers, cut=40)]
    server.script["/c"] = [Answer(whole, headers=headers, cut=len(whole) - 5)]
    web, _ = client(retries=0)
    assert web.get(server.origin + "/a").body == b"a long answer " * 5000
    assert failure(web, server.origin + "/b").kind == "half_answer"
    assert failure(web, server.origin + "/c").kind == "half_answer"
    assert failure(web, server.origin + "/a", params={"n": 2}, max_bytes=1000).kind == "too_large"


def test_silence_is_a_timeout(server: Loopback) -> None:
    server.script["/a"] = [Answer(b"late", delay=1.0)]
    web, clock = client(timeout=(1.0, 0.15), retries=1)
    told = failure(web, server.origin + "/a")
    assert (told.kind, clock.slept) == ("timeout", [1.0])
    assert told.reason == "127.0.0.1 was silent for 0.15 s, after 2 tries"


def test_a_body_that_drips_is_cut_off() -> None:
    with Loopback({"/a": [Answer(b"x" * 100, trickle=0.05)]}) as server:
        web = Web(None, longest=0.2, retries=0)
        began = time.monotonic()
        told = failure(web, server.origin + "/a")
        assert (told.kind, time.monotonic() - began < 6) == ("timeout", True)


# --- bodies -------------------------------------------------------------------------------------------


def test_a_body_over_the_limit_is_refused_announced_or_not(server: Loopback) -> None:
    server.script["/announced"] = [Answer(b"x" * 2000)]
    server.script["/chunks"] = [Answer(b"x" * 2000, headers={"Content-Length": ""})]
    for path in server.script:
        told = failure(client(max_bytes=1000)[0], server.origin + path)
        assert (told.kind, told.reason) == ("too_large", "127.0.0.1 sends more than 1,000 bytes")
    assert len(client(max_bytes=1000)[0].get(server.origin + "/announced", max_bytes=2000).body) == 2000


def test_a_wrong_content_type_is_refused_and_not_stored(server: Loopback, tmp_path: Path) -> None:
    server.script["/a"] = [Answer(b"<html>log in</html>", content_type="text/html; charset=utf-8")]
    web, _ = client(cache=tmp_path)
    told = failure(web, server.origin + "/a", accept=("application/json",))
    assert (told.kind, told.status) == ("content_type", 200)
    assert told.reason == "127.0.0.1 answered with text/html, not application/json"
    assert not list(tmp_path.rglob("*.reply"))


def test_an_answer_without_a_type_is_taken(server: Loopback) -> None:
    server.script["/a"] = [Answer(b"{}", content_type=None)]
    assert client()[0].get(server.origin + "/a", accept=("application/json",)).body == b"{}"


# --- redirects ----------------------------------------------------------------------------------------


def test_redirects_are_followed_and_loops_end(server: Loopback) -> None:
    server.script["/a"] = [Answer(status=302, headers={"Location": "/b"})]
    server.script["/b"] = [OK]
    server.script["/loop"] = [Answer(status=301, headers={"Location": "/loop"})]
    web, _ = client(max_redirects=4)
    reply = web.get(server.origin + "/a")
    assert (reply.body, reply.url) == (OK.body, server.origin + "/a")
    told = failure(web, server.origin + "/loop")
    assert (told.kind, server.times("/loop")) == ("redirects", 5)


@pytest.mark.parametrize("place", ["file:///etc/passwd", "http://[broken", "http://a.org:99999999/", "ftp://a.org/"])
def test_a_redirect_to_no_web_address_is_refused(server: Loopback, place: str) -> None:
    server.script["/a"] = [Answer(status=302, headers={"Location": place})]
    assert failure(client()[0], server.origin + "/a").kind == "redirects"


def test_a_redirect_from_secure_to_plain_is_refused(server: Loopback) -> None:
    server.script["/a"] = [Answer(status=302, headers={"Location": "http://export.arxiv.org/a"})]
    web, _ = client(base_urls={"https://export.arxiv.org": server.origin})
    assert failure(web, "https://export.arxiv.org/a").kind == "redirects"


def test_a_redirect_may_be_kept_to_named_hosts(server: Loopback) -> None:
    with Loopback({"/b": [OK]}) as other:
        away = other.origin.replace("127.0.0.1", "localhost") + "/b"
        server.script["/a"] = [Answer(status=302, headers={"Location": away})]
        server.script["/near"] = [Answer(status=302, headers={"Location": "/here"})]
        server.script["/here"] = [OK]
        web, _ = client()
        told = failure(web, server.origin + "/a", hosts={"127.0.0.1"})
        assert (told.kind, told.host, told.status) == ("redirects", "localhost", 302)
        assert told.reason == "127.0.0.1 redirects to localhost, which may not be asked"
        assert other.asked == []
        assert web.get(server.origin + "/near", hosts={"127.0.0.1"}).body == OK.body
        assert web.get(server.origin + "/a", hosts={"127.0.0.1", "localhost"}).body == OK.body


def test_a_key_is_not_carried_to_another_host(server: Loopback) -> None:
    with Loopback({"/b": [OK]}) as other:
        elsewhere = other.origin.replace("127.0.0.1", "localhost") + "/b"
        server.script["/a"] = [Answer(status=307, headers={"Location": elsewhere})]
        client()[0].get(server.origin + "/a", headers={"x-api-key": "hush"})
        assert server.asked[0].headers["x-api-key"] == "hush"
        assert "x-api-key" not in other.asked[0].headers


# --- hosts that are not there -------------------------------------------------------------------------


def unknown(host: str, port: int) -> None:
    raise socket.gaierror("temporary failure in name resolution")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_refused_connection_fails_fast_and_is_remembered() -> None:
    web, clock = client()
    url = f"http://127.0.0.1:{closed_port()}/a"
    told = failure(web, url)
    assert (told.kind, told.reason) == ("connect", "127.0.0.1 could not be reached, after 2 tries")
    again = failure(web, url)
    assert again.kind == "connect"
    assert again.reason == "127.0.0.1 could not be reached; not asked again in this run"
    assert failure(web, url).reason == again.reason
    assert clock.slept == [0.2]


def test_a_name_that_is_not_found_fails_fast_and_is_remembered() -> None:
    looked_up: list[str] = []

    def resolve(host: str, port: int) -> None:
        looked_up.append(host)
        raise socket.gaierror("no such name")

    web, clock = client(resolve=resolve)
    told = failure(web, "https://api.openalex.org/works")
    assert (told.kind, told.reason) == ("dns", "the name api.openalex.org was not found, after 2 tries")
    assert failure(web, "https://api.openalex.org/other").kind == "dns"
    assert looked_up == ["api.openalex.org"] * 2
    assert clock.slept == [0.2]


def test_a_name_server_that_is_silent_costs_one_time_limit() -> None:
    released = threading.Event()
    web, clock = client(resolve=lambda host, port: released.wait(5), timeout=(0.1, 0.1))
    told = failure(web, "https://api.openalex.org/works")
    released.set()
    assert (told.kind, told.reason) == ("dns", "the name api.openalex.org was not found within 0.1 s")
    assert clock.slept == []


def test_without_a_network_four_sources_cost_less_than_two_seconds() -> None:
    began = time.monotonic()
    with Web(None, resolve=unknown) as web:
        for host in INTERVALS:
            assert failure(web, f"https://{host}/x").kind == "dns"
    assert time.monotonic() - began < 2


def test_a_proxy_does_not_stand_before_loopback(server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server.script["/a"] = [OK]
    assert client()[0].get(server.origin + "/a").body == OK.body


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    told = failure(client()[0], "http://api.openalex.org/works")
    assert (told.kind, told.reason) == ("connect", "the proxy did not let a request to api.openalex.org through")


def test_tls_trouble_is_named_and_not_tried_again(server: Loopback) -> None:
    web, clock = client()
    told = failure(web, server.origin.replace("http:", "https:") + "/a")
    assert (told.kind, clock.slept) == ("tls", [])


@pytest.mark.parametrize("url", ["arxiv.org/abs/1", "ftp://arxiv.org/x", "http://"])
def test_an_address_that_is_none_is_said_so(url: str) -> None:
    assert failure(client()[0], url).kind == "connect"


# --- manners ------------------------------------------------------------------------------------------


def test_requests_to_arxiv_are_three_seconds_apart(server: Loopback) -> None:
    server.script["/q"] = [OK]
    web, clock = client(intervals=INTERVALS, base_urls={"https://export.arxiv.org": server.origin})
    for start in range(3):
        web.get("https://export.arxiv.org/q", {"start": start})
    assert clock.slept == [3.0, 3.0]


def test_the_hosts_of_arxiv_share_their_turns(server: Loopback) -> None:
    server.script["/a"] = [OK]
    hosts = ("https://arxiv.org", "https://export.arxiv.org", "https://aclanthology.org")
    web, clock = client(base_urls=dict.fromkeys(hosts, server.origin), intervals=INTERVALS)
    for host in (*hosts, hosts[0]):
        web.get(f"{host}/a")
    assert clock.slept == [3.0, 3.0]  # the Anthology waits for nobody


def test_the_time_since_the_last_request_counts(server: Loopback) -> None:
    server.script["/q"] = [OK]
    web, clock = client(intervals={"127.0.0.1": 3.0})
    web.get(server.origin + "/q", {"n": 1})
    clock.time += 2.0
    web.get(server.origin + "/q", {"n": 2})
    assert clock.slept == [1.0]


def test_tries_and_redirects_keep_their_distance_too(server: Loopback) -> None:
    server.script["/q"] = [Answer(status=503), Answer(status=302, headers={"Location": "/r"})]
    server.script["/r"] = [OK]
    web, clock = client(intervals={"127.0.0.1": 3.0})
    web.get(server.origin + "/q")
    assert clock.slept == [1.0, 2.0, 3.0]


def test_a_turn_that_does_not_fit_in_the_budget_is_not_waited_for(server: Loopback) -> None:
    server.script["/q"] = [OK]
    web, clock = client(intervals={"127.0.0.1": 3.0}, deadline=2.0)
    web.get(server.origin + "/q", {"n": 1})
    assert failure(web, server.origin + "/q", params={"n": 2}).kind == "budget"
    clock.time += 5
    assert failure(web, server.origin + "/q", params={"n": 3}).reason == "no time was left to ask 127.0.0.1"
    assert server.times("/q") == 1


def test_a_part_of_the_time_ends_sooner_and_shares_the_turns(server: Loopback) -> None:
    server.script["/a"] = [OK]
    web, clock = client(deadline=100.0, intervals={"127.0.0.1": 3.0})
    part = web.sooner(5.0)
    part.get(server.origin + "/a")
    web.get(server.origin + "/a")
    assert clock.slept == [3.0]
    told = failure(part, server.origin + "/a")
    assert (told.kind, clock.slept) == ("budget", [3.0])
    assert web.get(server.origin + "/a").body == OK.body
    late, _ = client(deadline=1.0)
    assert late.sooner(50.0)._left() == 1.0


def test_requests_to_one_host_never_overlap() -> None:
    busy = threading.Semaphore(1)
    overlaps: list[bool] = []

    def one(asked: Asked) -> Answer:
        overlaps.append(not busy.acquire(blocking=False))
        time.sleep(0.02)
        busy.release()
        return OK

    with Loopback({"/a": one}) as server, Web(None, intervals={"127.0.0.1": 0.0}) as web:
        threads = [threading.Thread(target=web.get, args=(server.origin + "/a", {"n": n})) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert overlaps == [False] * 6


def test_it_says_who_it_is_and_keeps_no_cookies(server: Loopback) -> None:
    server.script["/a"] = [Answer(b"1", headers={"Set-Cookie": "id=7"}), OK]
    web, _ = client()
    web.get(server.origin + "/a")
    web.get(server.origin + "/a")
    assert server.asked[0].headers["user-agent"].startswith("synth-replicate/")
    assert "cookie" not in server.asked[1].headers


# --- the cache ----------------------------------------------------------------------------------------


def test_an_answer_is_kept_and_used_offline(server: Loopback, tmp_path: Path) -> None:
    server.script["/a"] = [OK]
    url = server.origin + "/a"
    first = client(cache=tmp_path)[0].get(url, {"q": "x"})
    second = client(cache=tmp_path)[0].get(url, {"q": "x"})
    third = client(cache=tmp_path, offline=True, now=lambda: 9e12)[0].get(url, {"q": "x"})
    assert [r.from_cache for r in (first, second, third)] == [False, True, True]
    assert first.body == second.body == third.body
    assert server.times("/a") == 1


def test_offline_without_a_stored_answer_is_its_own_failure(tmp_path: Path) -> None:
    told = failure(client(cache=tmp_path, offline=True)[0], "https://a.org/x", params={"q": "y", "api_key": "hush"})
    assert (told.kind, told.reason) == ("offline", "offline, and no stored answer for https://a.org/x?q=y")


def test_old_answers_are_asked_for_again(server: Loopback, tmp_path: Path) -> None:
    server.script["/a"] = [Answer(b"old"), Answer(b"new")]
    url = server.origin + "/a"
    client(cache=tmp_path)[0].get(url)
    assert client(cache=tmp_path, max_age=60.0)[0].get(url).body == b"old"
    later = time.time() + 61
    assert client(cache=tmp_path, max_age=None, now=lambda: later)[0].get(url).body == b"old"
    assert client(cache=tmp_path, max_age=60.0, now=lambda: later)[0].get(url).body == b"new"


@pytest.mark.parametrize("keep", [0, 10, 120, -1])
def test_a_torn_file_is_asked_for_again(server: Loopback, tmp_path: Path, keep: int) -> None:
    server.script["/a"] = [Answer(b"x" * 300)]
    url = server.origin + "/a"
    client(cache=tmp_path)[0].get(url)
    (file,) = tmp_path.rglob("*.reply")
    file.write_bytes(file.read_bytes()[:keep])
    assert not client(cache=tmp_path)[0].get(url).from_cache
    assert client(cache=tmp_path)[0].get(url).from_cache


def test_failures_are_not_kept(server: Loopback, tmp_path: Path) -> None:
    server.script["/a"] = [Answer(status=404), OK]
    failure(client(cache=tmp_path)[0], server.origin + "/a")
    assert not client(cache=tmp_path)[0].get(server.origin + "/a").from_cache


def test_equal_answers_are_equal_bytes_and_nothing_is_left_beside_them(server: Loopback, tmp_path: Path) -> None:
    server.script["/a"] = [OK]
    for name in ("one", "two"):
        client(cache=tmp_path / name)[0].get(
            server.origin + "/a", {"b": 1, "a": 2} if name == "one" else {"a": 2, "b": 1}
        )
    one, two = (sorted(p for p in (tmp_path / name).rglob("*") if p.is_file()) for name in ("one", "two"))
    assert [p.name for p in one] == [p.name for p in two]
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]
    assert len(one) == 1


def test_a_cache_that_cannot_be_written_costs_only_the_copy(server: Loopback, tmp_path: Path) -> None:
    server.script["/a"] = [OK]
    (tmp_path / "file").write_text("in the way")
    said: list[str] = []
    web, _ = client(cache=tmp_path / "file", talk=said.append)
    assert web.get(server.origin + "/a").body == OK.body
    assert web.get(server.origin + "/a").body == OK.body
    assert len(said) == 1
    assert said[0].startswith("answers are not being stored")


def test_a_stand_in_server_shares_the_cache_of_the_original(server: Loopback, tmp_path: Path) -> None:
    server.script["/x/works"] = [OK]
    client(cache=tmp_path, base_urls={"https://api.openalex.org": server.origin + "/x/"})[0].get(
        "https://api.openalex.org/works"
    )
    assert client(cache=tmp_path, offline=True)[0].get("https://api.openalex.org/works").body == OK.body


def test_an_origin_is_replaced_only_as_a_whole(server: Loopback) -> None:
    web, _ = client(
        base_urls={"https://a.org": server.origin}, resolve=lambda host, port: (_ for _ in ()).throw(OSError())
    )
    assert failure(web, "https://a.org.evil.net/x").kind == "dns"


# --- secrets ------------------------------------------------------------------------------------------

SECRETS = {"api_key": "hush-1", "mailto": "me@hush-2.org", "token": "hush-3"}


def test_public_urls_hold_no_secrets() -> None:
    url = public_url("https://user:hush-4@a.org:80/x?z=1&API_KEY=hush-5#hush-6", SECRETS | {"q": "a b"})
    assert url == "https://a.org:80/x?q=a+b&z=1"


@pytest.mark.parametrize("answer", [OK, Answer(status=403), Answer(status=503), Answer(b"x" * 99, cut=9), None])
def test_secrets_are_sent_and_nowhere_else(server: Loopback, tmp_path: Path, answer: Answer | None) -> None:
    said: list[str] = []
    origin = server.origin if answer else f"http://127.0.0.1:{closed_port()}"
    server.script["/a"] = [answer or OK]
    web, _ = client(cache=tmp_path, talk=said.append)
    seen = ""
    try:
        web.get(origin + "/a", SECRETS | {"q": "x"}, {"x-api-key": "hush-7"})
    except WebFailure as error:
        seen = repr(error) + repr(error.args) + repr(error.__cause__) + repr(error.__context__)
    stored = "".join(p.name + p.read_text() for p in tmp_path.rglob("*.reply"))
    assert "hush" not in seen + stored + "".join(said)
    if answer is not None:
        assert server.asked[0].params["api_key"] == "hush-1"
        assert server.asked[0].headers["x-api-key"] == "hush-7"


def test_the_key_does_not_change_which_answer_is_found(server: Loopback, tmp_path: Path) -> None:
    server.script["/a"] = [OK]
    client(cache=tmp_path)[0].get(server.origin + "/a", {"q": "x"} | SECRETS)
    assert client(cache=tmp_path)[0].get(server.origin + "/a", {"q": "x"}).from_cache


def test_the_store_reads_back_any_body(tmp_path: Path) -> None:
    from synth.web import Reply

    store = ReplyStore(tmp_path)
    for body in (b"", b"\n", bytes(range(256)) * 3, b'{"a": 1}\n{"b": 2}\n'):
        store.save(Reply(200, "text/plain", body, "https://a.org/", from_cache=False))
        loaded = store.load("https://a.org/")
        assert loaded is not None
        assert loaded.body == body
    head = store.place("https://a.org/").read_bytes().split(b"\n")[0]
    assert set(json.loads(head)) == {"format", "url", "status", "content_type", "length", "sha256"}
