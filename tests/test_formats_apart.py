"""A file may bring down the child that reads it, never the program; the next file is read as if nothing had been."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth.errors import InputError
from synth.formats import html
from synth.formats.apart import Apart

PAGE = "<html><head><title>Counting</title></head><body><h1>Counting</h1><p>We count to ten.</p></body></html>"


@pytest.fixture(scope="module")
def child() -> Iterator[Apart]:
    one = Apart(seconds=60)
    yield one
    one.close()


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    file.write_text(PAGE)
    return file


def test_the_child_reads_what_the_reader_reads(child: Apart, page: Path) -> None:
    assert child.read("html", page) == html.read(page)
    assert child.describe("html", page) == html.describe(page)


def test_a_problem_of_the_file_comes_back_as_one(child: Apart, tmp_path: Path) -> None:
    file = tmp_path / "broken.xml"
    file.write_text("<article><front>")
    with pytest.raises(InputError, match=r"broken\.xml line 1: not well-formed"):
        child.read("jats", file)
    with pytest.raises(InputError, match="cannot be read"):
        child.read("jats", tmp_path / "absent.xml")


def test_a_child_that_dies_is_told_and_replaced(child: Apart, page: Path) -> None:
    child.read("html", page)
    process = child._child
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)  # it will not answer, and then be gone
    threading.Timer(0.2, process.kill).start()
    with pytest.raises(InputError, match="its reader broke down"):
        child.read("html", page)
    assert child.read("html", page).text == "We count to ten."


def test_a_file_that_takes_too_long_is_given_up(page: Path) -> None:
    slow = Apart(seconds=60)
    slow.read("html", page)
    slow._seconds = 0.3
    process = slow._child
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(InputError, match=r"page\.html: reading it took more than 0\.3 s"):
        slow.read("html", page)
    slow.close()


@pytest.mark.skipif(sys.platform == "win32", reason="memory is limited on Unix only")
def test_a_file_that_wants_too_much_memory_ends_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "wide.xml"
    row = "<tr>" + "<td>1</td>" * 5000 + "</tr>"
    file.write_text(
        "<article><front><article-meta><title-group><article-title>Wide</article-title></title-group></article-meta>"
        "</front>"
        f"<body><table-wrap><table><tbody>{row * 400}</tbody></table></table-wrap></body></article>"
    )
    small = Apart(seconds=60, memory=400 * 1024 * 1024)
    try:
        with pytest.raises(InputError, match=r"wide\.xml: .*(?:memory|broke down)"):
            small.read("jats", file)
    finally:
        small.close()
