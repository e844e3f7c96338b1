"""What the site shows and `docs/` does not hold: the README, the changelog, model cards, published reports.

A hook of mkdocs. These files stay where they are read without a site, and become pages here; links between them and
the pages of `docs/` are written anew. A link to a file that is no page (the licence, a module) becomes its words alone.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

__all__ = ["OUTSIDE", "on_files", "on_page_content", "on_page_markdown", "on_post_page", "rewritten"]

ROOT = Path(__file__).resolve().parents[1]
# Place on the site -> place in the checkout. The start page is docs/index.md, so the README has a name of its own.
OUTSIDE = {
    "overview.md": "README.md",
    **{
        name: name
        for name in (
            "CHANGELOG.md", "CONTRIBUTING.md", "reports/README.md", "reports/replications/README.md",
            "synth/models/stance_minilm/card.md", "synth/models/minilm/card.md",
        )
    },
}  # fmt: skip
_SHOWN = ("report.html", "report.pdf", "report.json", "verdict.json")  # of each published report
_FLOW = re.compile(r'<img [^>]*src="[^"]*images/flow\.svg"[^>]*>')
_DIALOG = 'data-md-component="search" role="dialog"'
_STYLE = re.compile(r"<style>.*?</style>\n?", re.S)
# Code, which stays as it is, or a link or picture.
_LINK = re.compile(
    r"(?P<code>^(?P<fence>```+|~~~+).*?^(?P=fence)[ \t]*$|(?P<tick>`+)[^`\n]+(?P=tick))"
    r"|(?P<image>!?)\[(?P<words>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<to>[^)\s]+)\)",
    re.S | re.M,
)


def on_files(files: Files, config: Any) -> Files:
    """The pages and files from outside `docs/`, put where the site has them."""
    for place, source in OUTSIDE.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / source)))
    for path in sorted((ROOT / "reports").rglob("report.html")):
        for name in _SHOWN:
            if (path.parent / name).is_file():
                place = (path.parent / name).relative_to(ROOT).as_posix()
                files.append(File.generated(config, place, abs_src_path=str(path.parent / name)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:  # noqa: ARG001 (the form of the hook)
    """The page with its links as the site has them."""
    known = {file.src_uri for file in files}
    return rewritten(markdown, page.file.src_uri, known)


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:  # noqa: ARG001 (the form of the hook)
    """The page with the drawing of the flow in it, not beside it: so it takes the colours of the page."""
    return _FLOW.sub(lambda _: _STYLE.sub("", (ROOT / "docs" / "images" / "flow.svg").read_text("utf-8")), html)


def on_post_page(output: str, page: Any, config: Any) -> str:  # noqa: ARG001 (the form of the hook)
    """The page with a name for the theme's search dialog, which has none of its own."""
    return output.replace(_DIALOG, f'{_DIALOG} aria-label="Search"')


def rewritten(markdown: str, place: str, known: set[str]) -> str:
    """The text of the page at `place` with every link to a file of the checkout leading to its place on the site."""
    return _LINK.sub(lambda found: found[0] if found["code"] else _link(found, place, known), markdown)


def _link(found: re.Match[str], place: str, known: set[str]) -> str:
    to, words = found["to"], found["words"]
    if found["image"] == "" and "![" in words:  # a picture that is a link
        words = rewritten(words, place, known)
    if to.startswith(("#", "http:", "https:", "mailto:")):
        return f"{found['image']}[{words}]({to})"
    name, hash_, anchor = to.partition("#")
    source = OUTSIDE.get(place, f"docs/{place}")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), name))
    there = _on_site(target, known)
    if there is None:
        return words
    relative = posixpath.relpath(there, posixpath.dirname(place) or ".")
    return f"{found['image']}[{words}]({relative}{hash_}{anchor})"


def _on_site(target: str, known: set[str]) -> str | None:
    """Where the site has a file of the checkout, None where it has not."""
    for place, source in OUTSIDE.items():
        if source == target:
            return place
    inside = target.removeprefix("docs/")
    return inside if inside in known else None
