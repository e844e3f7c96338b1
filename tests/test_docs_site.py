"""The documentation as a site: it builds without a warning, and no page of it loads anything from elsewhere."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
_MATERIAL = importlib.util.find_spec("material") is not None and importlib.util.find_spec("mkdocs") is not None
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_BROWSER = _CHROMIUM is not None and importlib.util.find_spec("playwright") is not None
pytestmark = pytest.mark.skipif(not _MATERIAL, reason="mkdocs-material is not installed (the extra `docs`)")
browser_test = pytest.mark.skipif(not _BROWSER, reason="needs Chromium and playwright")
# What a page loads by itself, as (element, attribute); a link that a reader may follow is not among them.
_LOADED = {
    ("script", "src"), ("img", "src"), ("img", "srcset"), ("iframe", "src"), ("source", "src"), ("source", "srcset"),
    ("video", "src"), ("audio", "src"), ("embed", "src"), ("object", "data"), ("use", "href"), ("image", "href"),
    ("form", "action"), ("body", "background"),
}  # fmt: skip
_ELSEWHERE = re.compile(r"(?:https?:)?//", re.I)


@pytest.fixture(scope="module")
def beyond() -> ModuleType:
    spec = importlib.util.spec_from_file_location("beyond", ROOT / "docs" / "beyond.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built with every warning an error and no way out to the network."""
    out = tmp_path_factory.mktemp("site")
    nowhere = "http://127.0.0.1:9"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)],
        cwd=ROOT,
        env={**os.environ, "http_proxy": nowhere, "https_proxy": nowhere, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return out


# --- links between what is in docs/ and what is not ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "text", "there"),
    [
        ("index.md", "[a](../README.md#licences)", "[a](overview.md#licences)"),
        ("training.md", "[c](../synth/models/stance_minilm/card.md)", "[c](synth/models/stance_minilm/card.md)"),
        ("overview.md", "[c](docs/concepts.md) ![p](docs/images/flow.svg)", "[c](concepts.md) ![p](images/flow.svg)"),
        ("overview.md", "[mit](LICENSE), [pdf](synth/formats/pdf.py)", "mit, pdf"),
        ("reports/README.md", "[u](../docs/concepts.md)", "[u](../concepts.md)"),
        ("concepts.md", "[w](https://a.example) [s](#here) `[x](../y.md)`", None),
        ("index.md", "```\n[a](../README.md)\n```\n[b](../README.md)", "```\n[a](../README.md)\n```\n[b](overview.md)"),
    ],
)  # fmt: skip
def test_links_are_written_for_the_site(beyond: ModuleType, place: str, text: str, there: str | None) -> None:
    known = {"concepts.md", "images/flow.svg", "reports/one/report.html", *beyond.OUTSIDE}
    assert beyond.rewritten(text, place, known) == (text if there is None else there)


def test_every_page_has_a_place_in_the_navigation() -> None:
    listed = set(re.findall(r": (\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M))
    there = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert there - listed == set()


# --- the built site -------------------------------------------------------------------------------------------


class _Loads(HTMLParser):
    """The addresses that a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found += [value or "" for name, value in attrs if (tag, name) in _LOADED]
        if tag == "link" and not {"canonical", "next", "prev", "alternate"} & set((values.get("rel") or "").split()):
            self.found.append(values.get("href") or "")
        self.inline += [values["style"] or ""] if "style" in values else []


@pytest.mark.slow
def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 30
    for path in pages:
        parser = _Loads()
        parser.feed(path.read_text(encoding="utf-8"))
        assert [one for one in parser.found if _ELSEWHERE.match(one)] == [], path.relative_to(site)
        assert [one for one in parser.inline if "url(" in one and "//" in one] == [], path.relative_to(site)
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"(?:url\(\s*['\"]?|@import\s+['\"]?)(?:https?:)?//[^)'\"]+", text) == [], path.name


@pytest.mark.slow
def test_what_stands_outside_docs_is_there(site: Path, beyond: ModuleType) -> None:
    for place in beyond.OUTSIDE:
        there = site / place.replace("README.md", "index.md").replace(".md", ".html")
        assert there.is_file(), place
    for report in (ROOT / "reports").glob("*/report.html"):
        assert (site / report.relative_to(ROOT)).is_file()
    assert "currentColor" in (site / "concepts.html").read_text(encoding="utf-8")
    assert list(site.rglob("*.py")) == []


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_asks_nobody_else_and_finds_words(site: Path, served: str, scheme: Any) -> None:
    """Over HTTP and from a folder: every request stays at home, no script fails, and the search finds a page."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        for address in (served, site.as_uri()):
            page = browser.new_page(color_scheme=scheme)
            page.set_default_timeout(240_000)
            asked: list[str] = []
            faults: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("pageerror", lambda fault, faults=faults: faults.append(str(fault)))
            page.goto(f"{address}/index.html")
            # Typed key by key: the search listens for keys, which `fill` does not send.
            page.locator("[data-md-component='search-query']").first.press_sequentially("calibrator")
            page.locator(".md-search-result__item").first.wait_for()
            assert page.locator(".md-search-result__item").count() >= 2
            assert page.evaluate("document.body.getAttribute('data-md-color-scheme')") == (
                "slate" if scheme == "dark" else "default"
            )
            assert [one for one in asked if not one.startswith((address, "data:", "blob:", "about:"))] == []
            assert faults == []
            page.close()
        browser.close()


@pytest.mark.slow
@browser_test
@pytest.mark.skipif(importlib.util.find_spec("axe_core_python") is None, reason="needs axe-core-python")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault_for_those_who_do_not_see_it(site: Path, scheme: Any) -> None:
    from axe_core_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        for name in ("index", "concepts", "tutorial", "cli"):
            page = browser.new_page(color_scheme=scheme, viewport={"width": 400, "height": 900})
            page.set_default_timeout(240_000)
            page.goto((site / f"{name}.html").as_uri())
            found = Axe().run(page)["violations"]
            grave = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
            assert grave == [], name
            page.close()
        browser.close()
