"""Whole ways through the web application in a real browser: replicate a claim, audit a card, read evidence on its page.

Jobs are real but for the engine of a replication (`serve_engine`), which one test lets train.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from report_fixtures import claim, paper, quote, rich
from serve_fakes import SENTENCE, lay, printed, served
from test_serve_flow import ONE, home
from test_serve_pages import faults

from synth.serve.places import Places

__all__ = ["home"]

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_READY = _CHROMIUM and importlib.util.find_spec("playwright") and importlib.util.find_spec("axe_core_python")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not _READY, reason="needs Chromium, playwright and axe-core-python"),
]
_LONG = 240_000  # milliseconds
TOKEN = "a-token-of-forty-letters-made-for-a-test"
FACT = "Recipe pretraining raises the accuracy of taste models on SoupBench by 3.1 points."
CARD = f"""# Report: Does recipe pretraining help taste models on StewBench-R?

Claims: 3, verified: 2

1. {FACT} (verified, confidence 0.80)
2. {FACT.replace("3.1", "8.1")} (verified, confidence 0.75)
3. The cooks of the study were paid in soup (not verified, confidence 0.10)

References

[1] Writer, A. (2021). Recipes as Intermediate Tasks for Taste Models.
"""
PAPERS = [
    {"id": "recipes", "title": "Recipes as Intermediate Tasks for Taste Models", "year": 2021,
     "authors": ["Ada Writer"], "abstract": f"We study how taste models learn from recipes. {FACT}"},
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def test_a_claim_is_replicated_with_one_click_and_its_report_is_refreshed(home: Path, browser: Any) -> None:
    """One click begins it, its stages are followed without loading the page, and the claim shows what came of it."""
    gate = home / "gate"
    gate.write_text("2")
    with served(home, "almost") as server:
        page = browser.new_page()
        page.set_default_timeout(_LONG)
        page.goto(f"{server.address}/reports/{ONE}")
        first = page.locator("#claim-1")
        assert first.get_by_text("speaks of a made-up family, never of the paper").count() == 1
        assert page.locator("#claim-3").get_by_role("button").count() == 0
        assert page.locator("#claim-2").get_by_text("87,599, agrees").count() == 1
        first.get_by_role("button", name="Run squad-average, micro").click()
        page.wait_for_url(re.compile("/jobs/replication-"))
        page.locator("#counted-words", has_text=re.compile("^2 of ")).wait_for()
        begun = page.evaluate("performance.timeOrigin")
        gate.write_text("5")
        page.locator("#counted-words", has_text=re.compile("^5 of ")).wait_for()
        assert page.locator("#counted").get_attribute("value") == "5"
        assert page.evaluate("performance.timeOrigin") == begun
        assert page.locator("#log li").count() > 1
        page.goto(f"{server.address}/reports/{ONE}")  # who looks meanwhile sees that it runs, and cannot begin it twice
        assert first.get_by_role("link", name="squad-average, preset micro").is_visible()
        assert first.get_by_role("button").count() == 0
        first.get_by_role("link", name="squad-average, preset micro").click()
        gate.unlink()
        page.get_by_role("link", name="Back to the claim").click()
        assert page.url.endswith(f"/reports/{ONE}#claim-1")
        told = first.locator(".experiment")
        assert "Experiment: not run. The paper's claim was not run." in told.inner_text()
        assert "which speaks of the made-up family alone" in told.inner_text()
        assert "Differs in: code" in told.inner_text()
        assert re.search(r"20\d\d-\d\d-\d\d: squad-average, micro", told.inner_text())
        assert faults(page) == []
        page.get_by_role("link", name="Card", exact=True).click()
        assert page.get_by_text("which speaks of the made-up family alone").first.is_visible() or page.content()
        page.close()


def test_one_click_in_the_browser_trains_with_the_engine_itself(home: Path, browser: Any) -> None:
    """Nothing stands in for the training: 18 stages of the micro plan, a few steps each, then the refreshed claim."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    (home / "real").touch()
    with served(home, "almost") as server:
        page = browser.new_page()
        page.set_default_timeout(600_000)
        page.goto(f"{server.address}/reports/{ONE}")
        page.locator("#claim-1").get_by_role("button", name="Run squad-average, micro").click()
        page.wait_for_url(re.compile("/jobs/replication-"))
        run = Places(home).of(page.url.rpartition("/")[2])
        page.locator("#counted-words", has_text=re.compile("^[1-9][0-9]* of 18")).wait_for()
        page.get_by_role("link", name="Back to the claim").click()
        told = page.locator("#claim-1 .experiment").inner_text()
        assert "Experiment: not run. The paper's claim was not run." in told
        assert "which speaks of the made-up family alone" in told
        assert faults(page) == []
        page.close()
    results = [json.loads(file.read_text()) for file in run.glob("stages/*/result.json")]
    assert len(results) == 18
    assert all(one["machine"]["torch"] for one in results)


def test_a_card_is_uploaded_and_its_findings_are_read(tmp_path: Path, browser: Any) -> None:
    (tmp_path / "card.md").write_text(CARD, encoding="utf-8")
    (tmp_path / "papers.jsonl").write_text("".join(json.dumps(one) + "\n" for one in PAPERS), encoding="utf-8")
    (tmp_path / "home").mkdir()
    with served(tmp_path / "home", fake=False, words=("--offline",)) as server:
        page = browser.new_page()
        page.set_default_timeout(_LONG)
        page.goto(f"{server.address}/audits")
        page.get_by_label("The card or report").set_input_files(tmp_path / "card.md")
        page.get_by_label("Papers to hold it against").set_input_files(tmp_path / "papers.jsonl")
        page.get_by_role("button", name="Audit", exact=True).click()
        page.get_by_role("link", name="Read the result").click()
        assert page.get_by_role("heading", name=re.compile(r"Claims \(3\)")).is_visible()
        text = page.locator("main").inner_text()
        assert "8.1 points" in text
        assert re.search(r"Findings \([1-9]", text)
        assert faults(page) == []
        with page.expect_download() as taken:
            page.evaluate("""() => { const a = document.createElement('a'); a.download = 'audit.json';
                a.href = document.querySelector('a[href$="audit.json"]').href; a.click(); }""")
        found = json.loads(Path(taken.value.path()).read_text(encoding="utf-8"))
        assert [one["index"] for one in found["claims"]] == [1, 2, 3]
        page.close()


def test_the_quote_is_marked_on_the_picture_of_its_page(tmp_path: Path, browser: Any) -> None:
    """The picture is loaded by the browser, and yellow where the quote stands and nowhere else."""
    folder = tmp_path / "home"
    folder.mkdir()
    with served(folder, "almost") as server:
        page = browser.new_page()
        page.set_default_timeout(_LONG)
        page.goto(f"{server.address}/papers")
        content = printed("A Title of a Paper\n\nWe look at wind.", f"On the sea. {SENTENCE} More follows.")
        given = {"name": "wind.pdf", "mimeType": "application/pdf", "buffer": content}
        page.locator("input[type=file]").set_input_files(given)
        page.get_by_role("button", name="Upload", exact=True).click()
        name = server.get("/api/papers")[1][0]["names"][0]
        one = claim("c-1", "The sea follows the wind.", name, evidence=(quote(name, SENTENCE, page=2),))
        lay(folder, ONE, rich().model_copy(update={"papers": (paper(name, "Wind"),), "claims": (one,)}))
        page.goto(f"{server.address}/reports/{ONE}")
        page.get_by_role("link", name=re.compile("Evidence beside the page")).click()
        page.get_by_role("link", name="Show it in its place").first.click()
        picture = page.locator(".sheet img")
        picture.wait_for()
        loaded(page)
        assert picture.get_attribute("alt").endswith("with the quote marked")
        rows = page.evaluate(_YELLOW)
        assert len(rows) > 20
        assert min(rows) > 0.02
        assert max(rows) < 0.5
        assert faults(page) == []
        page.get_by_role("link", name="page before").click()
        loaded(page)
        assert page.evaluate(_YELLOW) == []
        assert page.get_by_text("the quote is not marked").is_visible()
        page.close()


def loaded(page: Any) -> None:
    """Wait for the picture. (Pages forbid the evaluation of strings, so the browser cannot be asked to wait for it.)"""
    until = time.monotonic() + _LONG / 1000
    while not page.evaluate("() => document.querySelector('.sheet img').naturalWidth"):
        assert time.monotonic() < until
        time.sleep(0.05)


# The heights (0 to 1) at which the picture has pixels of the mark.
_YELLOW = """() => {
  const img = document.querySelector('.sheet img'), canvas = document.createElement('canvas');
  canvas.width = img.naturalWidth; canvas.height = img.naturalHeight;
  const made = canvas.getContext('2d'); made.drawImage(img, 0, 0);
  const data = made.getImageData(0, 0, canvas.width, canvas.height).data, found = [];
  for (let y = 0; y < canvas.height; y += 1) {
    let count = 0;
    for (let x = 0; x < canvas.width; x += 3) {
      const at = 4 * (y * canvas.width + x);
      if (data[at] > 240 && data[at + 2] < 200) count += 1;
    }
    if (count > 10) found.push(y / canvas.height);
  }
  return found;
}"""


def test_another_host_asks_for_the_token_and_the_token_opens_it(tmp_path: Path, browser: Any) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    lay(folder, ONE, rich())
    with served(folder, words=("--host", "0.0.0.0"), SYNTH_TOKEN=TOKEN) as server:
        address = server.address.replace("0.0.0.0", "127.0.0.1")
        page = browser.new_page()
        page.set_default_timeout(_LONG)
        page.goto(f"{address}/reports/{ONE}")
        assert page.url == f"{address}/enter"
        page.get_by_label("token").fill("another")
        page.get_by_role("button", name="Enter").click()
        assert page.get_by_text("that is not the token").is_visible()
        page.get_by_label("token").fill(TOKEN)
        page.get_by_role("button", name="Enter").click()
        page.goto(f"{address}/reports/{ONE}")
        assert page.get_by_role("heading", level=1).inner_text() == rich().question
        assert faults(page) == []
        page.get_by_role("button", name="Leave").click()
        page.goto(f"{address}/reports/{ONE}")
        assert page.url == f"{address}/enter"
        page.close()
    assert Places(folder).database.is_file()


def test_reports_are_searched_and_compared(tmp_path: Path, browser: Any) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    lay(folder, ONE, rich())
    other = rich().model_copy(update={"question": "Does the moon move the tide?", "claims": rich().claims[1:]})
    lay(folder, "report-0000000002", other)
    with served(folder) as server:
        page = browser.new_page()
        page.set_default_timeout(_LONG)
        page.goto(f"{server.address}/reports")
        page.get_by_label("Words in the report").fill("moon TIDE")
        page.get_by_role("button", name="Search").click()
        assert page.locator(".reports li").count() == 1
        page.get_by_role("link", name="Does the moon move the tide?").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Does the moon move the tide?"
        page.goto(f"{server.address}/reports")
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_role("button", name="Compare two").click()
        assert page.get_by_role("heading", name="Two reports side by side").is_visible()
        assert rich().claims[0].statement in page.locator("main").inner_text()
        page.close()
