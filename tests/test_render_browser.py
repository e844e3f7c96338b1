"""The card in a real browser: a person filters, sorts and opens evidence; hostile text runs nothing; axe finds nothing
serious in light and dark, on a desk and on a phone."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_fixtures import HOSTILE, claim, hostile, long, paper, rich

from synth.records import Report
from synth.render.html import to_html

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_READY = _CHROMIUM and importlib.util.find_spec("playwright") and importlib.util.find_spec("axe_core_python")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not _READY, reason="needs Chromium, playwright and axe-core-python"),
]
OPEN_ALL = "for (const part of document.querySelectorAll('details')) part.open = true"
PATIENCE = 180_000  # milliseconds: a machine under load is slow and not at fault
LOOKS = [("light", 1200), ("dark", 1200), ("light", 400), ("dark", 400)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE)
        yield found
        found.close()


class Seen:
    """A page with what it asked for, what it said and what it tried to run."""

    def __init__(self, browser: Any, folder: Path, report: Report, look: str = "light", width: int = 1200) -> None:
        file = folder / "report.html"
        file.write_bytes(to_html(report))
        self.address = file.as_uri()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page = browser.new_page(color_scheme=look, viewport={"width": width, "height": 800})
        self.page.set_default_timeout(PATIENCE)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("dialog", self._asked_by_a_script)
        self.page.on("console", lambda told: self.said.append(told.text) if told.type == "error" else None)
        self.page.on("pageerror", lambda problem: self.said.append(str(problem)))
        self.page.goto(self.address)

    def _asked_by_a_script(self, dialog: Any) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    def shown(self) -> list[int]:
        """The numbers of the claims that can be seen, in their order on the page."""
        found = self.page.evaluate(
            "[...document.querySelectorAll('.claim')].filter((one) => !one.hidden).map((one) => +one.dataset.number)"
        )
        return list(found)


def faults(page: Any) -> list[tuple[str, str]]:
    """What axe-core finds that is serious or worse."""
    import axe_core_python  # type: ignore[import-untyped]

    page.evaluate((Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run()")["violations"]
    return [(one["id"], one["nodes"][0]["html"][:120]) for one in found if one["impact"] in ("serious", "critical")]


def wider(page: Any, width: int) -> list[str]:
    """What makes the page wider than the window: the innermost elements that end beyond it, outside what scrolls."""
    if page.evaluate("document.documentElement.scrollWidth") <= width:
        return []
    return list(page.evaluate(
        "(width) => [...document.querySelectorAll('body *')].filter((one) => !one.closest('.scroll, .vh, .skip') "
        "&& one.getBoundingClientRect().right > width).map((one) => one.outerHTML.slice(0, 90)).slice(-5) || ['?']",
        width,
    ))  # fmt: skip


@pytest.mark.parametrize(("look", "width"), LOOKS)
def test_the_card_is_accessible_and_fits_with_everything_open(
    browser: Any, tmp_path: Path, look: str, width: int
) -> None:
    for report in (rich(), long(12, 8)):
        seen = Seen(browser, tmp_path, report, look, width)
        assert faults(seen.page) == []
        seen.page.evaluate(OPEN_ALL)
        assert faults(seen.page) == []
        assert wider(seen.page, width) == []
        assert seen.said == []
        assert set(seen.asked) == {seen.address}
        seen.page.close()


def test_a_person_filters_sorts_searches_and_opens_evidence_by_keyboard(browser: Any, tmp_path: Path) -> None:
    seen = Seen(browser, tmp_path, rich())
    page = seen.page
    assert seen.shown() == [1, 2, 3, 4, 5, 6]
    page.locator("#filter-verdict").select_option("supported")
    assert seen.shown() == [1, 6]
    assert page.locator("#filter-told").text_content() == "2 of 6 shown"
    page.locator("#filter-verdict").select_option("")
    page.locator("#filter-kind").select_option("dataset")
    assert seen.shown() == [5, 6]
    page.locator("#filter-kind").select_option("")
    page.locator("#filter-paper").select_option("4")
    assert seen.shown() == [2, 3]
    page.locator("#filter-paper").select_option("")
    page.locator("#filter-sort").select_option("score")
    assert seen.shown()[0] == 1
    page.locator("#filter-search").fill("ANNOTATION took")
    assert seen.shown() == [5]
    # A link to a claim that a filter hides shows it, with its evidence.
    page.goto(seen.address + "#claim-2")
    assert 2 in seen.shown()
    assert page.locator("#claim-2 details").get_attribute("open") is not None
    summary = page.locator("#claim-1 summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.get_by_text("We vary the source alone.").is_visible()  # the quote in its surroundings
    assert page.locator("#claim-1 mark").first.text_content() == "gains"
    page.close()


def test_the_card_reads_whole_without_a_script_and_on_paper(browser: Any, tmp_path: Path) -> None:
    seen = Seen(browser, tmp_path, rich())
    import pymupdf

    with pymupdf.open(stream=seen.page.pdf(), filetype="pdf") as document:
        text = " ".join(" ".join(one.get_text() for one in document).split())
    assert "We vary the source alone." in text  # evidence is open on paper
    assert "share of claims with evidence" in text
    assert "of 6 shown" not in text  # and the filters are gone
    seen.page.close()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(seen.address)
    assert not page.locator("#filter-verdict").is_visible()
    assert page.locator("#claim-4 h3").is_visible()
    context.close()


def test_hostile_text_runs_nothing_asks_for_nothing_and_stays_in_its_place(browser: Any, tmp_path: Path) -> None:
    seen = Seen(browser, tmp_path, hostile(), width=400)
    page = seen.page
    page.evaluate(OPEN_ALL)
    page.wait_for_timeout(200)
    assert seen.said == []
    assert set(seen.asked) == {seen.address}
    assert page.evaluate("[document.scripts.length, document.styleSheets.length, document.images.length]") == [1, 1, 0]
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    assert page.evaluate("[...document.querySelectorAll('*')].some((one) => one.hasAttribute('style'))") is False
    text = page.evaluate("document.body.innerText")
    assert "\u202e" not in text
    for one in ("<script>alert(1)</script>", "</style></details><h1>out</h1>", "&lt;b&gt; &amp; &#x3C;"):
        assert one in text
    assert wider(page, 400) == []
    page.close()


def test_a_title_of_a_megabyte_is_shown_and_harms_nothing(browser: Any, tmp_path: Path) -> None:
    title = ("<script>alert(9)</script>\u202e " + HOSTILE[1]) * 20_000
    assert len(title) > 1_000_000
    report = rich().model_copy(
        update={"papers": (paper("p", title, authors=()),), "claims": (claim("c-1", "It helps.", "p"),)}
    )
    seen = Seen(browser, tmp_path, report, width=400)
    page = seen.page
    page.evaluate(OPEN_ALL)
    assert seen.said == []
    assert set(seen.asked) == {seen.address}
    assert page.evaluate("document.scripts.length") == 1
    assert wider(page, 400) == []
    assert page.locator("#claim-1").is_visible()
    page.close()
