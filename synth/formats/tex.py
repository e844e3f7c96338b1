"""LaTeX source made plain: files pulled in, comments dropped, simple macros expanded, commands taken apart.

Works on text only; `latex` makes a paper of it. Everything is bounded, as a source may be broken or hostile.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from synth.errors import InputError
from synth.formats.body import tidy
from synth.formats.grid import Cell

__all__ = ["argument", "as_text", "commands", "environments", "group_end", "is_file", "load", "plain", "table_rows"]

MAX_CHARACTERS = 10_000_000
MAX_DEPTH = 8
MAX_FILES = 1000
_INPUT = re.compile(r"\\(?:input|include|subfile)\s*\{([^{}]+)\}|\\input\s+([^\s{}\\]+)")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n[ \t]*(?=\S))?")
_VERBATIM = re.compile(
    r"\\begin\{(verbatim|lstlisting|minted|comment|tikzpicture|filecontents)(\*?)\}.*?\\end\{\1\2\}", re.DOTALL
)
_DEFINITION = re.compile(
    r"\\(?:new|renew|provide)command\*?\s*\{?\s*\\([A-Za-z]+)\s*\}?\s*(?=\{)|\\def\s*\\([A-Za-z]+)\s*(?=\{)"
)


def load(main: Path) -> tuple[str, tuple[str, ...]]:
    """The whole source with its included files in place, and notes on what could not be included.

    Files are looked for beside the main file and below; nothing outside its folder is ever read.
    """
    notes: list[str] = []
    text = _read(main)
    text = _included(text, main.resolve().parent, notes, (main.resolve(),), [])
    return _expanded(_VERBATIM.sub(" ", text)), tuple(notes)


def is_file(path: Path) -> bool:
    """Whether there is such a file: a name from a source may be none that a file can have (too long, with a NUL)."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the file") from error
    if len(data) > MAX_CHARACTERS:
        raise InputError(f"{path}: larger than {MAX_CHARACTERS // 1_000_000} MB; give the paper alone")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return _COMMENT.sub(r"\1", text.replace("\r\n", "\n"))


def _included(text: str, folder: Path, notes: list[str], within: tuple[Path, ...], read: list[Path]) -> str:
    """The text with the files it includes; `within` are the files it stands in, `read` all that were included."""

    def put(found: re.Match[str]) -> str:
        name = (found[1] or found[2]).strip()
        # A source that was put into one folder keeps the names of the folders that its parts once stood in.
        places = (folder / name, folder / f"{name}.tex", folder / Path(name).name, folder / f"{Path(name).name}.tex")
        target = next((c for c in places if c.suffix and is_file(c)), None)
        if target is None:
            notes.append(f"the included file {name} is not there")
        elif not target.resolve().is_relative_to(folder):
            notes.append(f"the included file {name} lies outside the paper's folder and was not read")
        elif target.resolve() in within:
            notes.append(f"the included file {name} includes itself: nested too deeply, it was not read again")
        elif len(within) > MAX_DEPTH or len(read) >= MAX_FILES:
            notes.append(f"the included file {name} is one of too many or nested too deeply and was not read")
        else:
            read.append(target)
            inner = _read(target)
            # A part that can be typeset alone carries a preamble of its own.
            if "\\begin{document}" in inner:
                inner = inner.partition("\\begin{document}")[2].partition("\\end{document}")[0]
            return _included(inner, folder, notes, (*within, target.resolve()), read)
        return ""

    text = _INPUT.sub(put, text)
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"{folder}: the LaTeX source with its included files is larger than {MAX_CHARACTERS // 1_000_000} MB"
        )
    return text


def _expanded(text: str) -> str:
    """Put the bodies of macros without arguments in their place (three passes, bounded)."""
    macros: dict[str, str] = {}
    kept: list[str] = []
    at = 0
    for found in _DEFINITION.finditer(text):
        end = group_end(text, found.end())
        if found.start() < at or end is None:
            continue
        macros[found[1] or found[2]] = text[found.end() + 1 : end - 1]
        kept.append(text[at : found.start()])
        at = end
    kept.append(text[at:])
    text = "".join(kept)
    for name in (
        "title",
        "author",
        "date",
        "and",
        "thanks",
        "section",
        "cite",
        "begin",
        "end",
        "item",
        "caption",
        "label",
    ):
        macros.pop(name, None)
    if not macros:
        return text
    used = re.compile(
        r"\\(" + "|".join(sorted(map(re.escape, macros), key=lambda m: (-len(m), m))) + r")(?![A-Za-z])(?:\{\})?"
    )
    limit = 2 * len(text) + 200_000
    for _ in range(3):
        replaced = used.sub(lambda found: macros[found[1]].replace(r"\xspace", " "), text)
        if replaced == text or len(replaced) > limit:
            break
        text = replaced
    return text


def group_end(text: str, start: int, opening: str = "{", closing: str = "}") -> int | None:
    """The offset after the group that opens at `start`; None where there is none or it never closes."""
    if start >= len(text) or text[start] != opening:
        return None
    depth = 0
    at = start
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 2
            continue
        if char == opening:
            depth += 1
        elif char == closing:
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return None


def argument(text: str, at: int) -> tuple[str, int] | None:
    """The next braced argument after blanks and optional [arguments], and the offset after it."""
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at < len(text) and text[at] == "[":
            end = group_end(text, at, "[", "]")
            if end is None:
                return None
            at = end
            continue
        break
    end = group_end(text, at)
    return (text[at + 1 : end - 1], end) if end is not None else None


def commands(text: str, names: Sequence[str]) -> Iterator[tuple[str, str, int, int]]:
    """Each `\\name[..]{argument}` as (name, argument, start, end); starred forms too."""
    pattern = re.compile(r"\\(" + "|".join(names) + r")\*?(?![A-Za-z])")
    at = 0
    while found := pattern.search(text, at):
        got = argument(text, found.end())
        if got is None:
            at = found.end()
            continue
        yield found[1], got[0], found.start(), got[1]
        at = got[1]


def environments(text: str, names: Sequence[str]) -> Iterator[tuple[str, str, int, int]]:
    """Each outermost environment of one of the names as (name, content, start, end)."""
    pattern = re.compile(r"\\begin\s*\{(" + "|".join(names) + r")(\*?)\}")
    at = 0
    while found := pattern.search(text, at):
        end = _environment_end(text, found[1] + found[2], found.end())
        if end is None:
            at = found.end()
            continue
        yield found[1], text[found.end() : end[0]], found.start(), end[1]
        at = end[1]


def _environment_end(text: str, name: str, at: int) -> tuple[int, int] | None:
    depth = 1
    for found in re.compile(r"\\(begin|end)\s*\{" + re.escape(name) + r"\}").finditer(text, at):
        depth += 1 if found[1] == "begin" else -1
        if depth == 0:
            return found.start(), found.end()
    return None


# --- plain text ----------------------------------------------------------------------------------------

_CITE = re.compile(r"~?\\(?:[a-zA-Z]*[cC]ite[a-zA-Z]*)\*?\s*(?:\[[^\]]*\]\s*){0,2}\{([^{}]*)\}")
_DROPPED = re.compile(
    r"\\(?:label|vspace|hspace|vskip|bibliographystyle|bibliography|thispagestyle|pagestyle|setlength|setcounter|"
    r"includegraphics|resizebox|color|rowcolor|cellcolor|definecolor|usepackage)\*?\s*(?:\[[^\]]*\]\s*)?(?:\{[^{}]*\})+"
)


def plain(text: str, numbers: dict[str, str] | None = None) -> str:
    """LaTeX as running text: citations as [keys], references to tables and figures as their numbers, math as text."""
    known = numbers or {}
    text = _CITE.sub(lambda found: " [" + ", ".join(key.strip() for key in found[1].split(",")) + "]", text)
    text = re.sub(r"\\(?:auto|c|C)?ref\*?\s*\{([^{}]*)\}", lambda found: known.get(found[1], ""), text)
    text = _DROPPED.sub(" ", text)
    text = re.sub(r"\\(?:footnote|thanks)\s*(?=\{)", r"\\textit", text) if "\\footnote" not in text else text
    text = re.sub(r"\\href\s*\{[^{}]*\}\s*(?=\{)", "", text)
    text = re.sub(r"\\url\s*\{([^{}]*)\}", lambda found: found[1].replace("\\", ""), text)
    return re.sub(r" +([.,;:!?)])(?=\s|$)", r"\1", tidy(as_text(text)))


# Words and figures between blanks mean themselves, and the converter is slow to set up: most cells are of this kind.
_BARE = re.compile(r"(?:[^\W_]|[ .,;:()+/*=|@]|-(?!-))*")


def as_text(text: str) -> str:
    """LaTeX without citations as text; where the converter trips over it, what is left without its commands."""
    if _BARE.fullmatch(text):
        return text
    from pylatexenc.latex2text import LatexNodes2Text

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)  # broken source is no news for the terminal
    converter = LatexNodes2Text(math_mode="text", keep_comments=False, strict_latex_spaces=False, fill_text=False)
    try:
        return str(converter.latex_to_text(text, tolerant_parsing=True))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        return re.sub(r"\\(?:begin|end)\s*\{[^{}]*\}|\\[A-Za-z]+\*?|\\.|[{}$&~]", " ", text)


# --- tables ----------------------------------------------------------------------------------------------

_RULE = re.compile(
    r"\\(?:toprule|midrule|bottomrule|hline|specialrule(?:\{[^{}]*\}){3}|addlinespace(?:\[[^\]]*\])?|"
    r"c(?:mid)?(?:rule|line)\s*(?:\[[^\]]*\])?\s*(?:\([^)]*\))?\s*\{[^{}]*\})"
)
# A rule under some columns only belongs to the header: it does not end it.
_FULL_RULE = re.compile(r"\\(?:midrule|hline|specialrule|toprule|bottomrule)(?![A-Za-z])")
_MULTICOLUMN = re.compile(r"\\multicolumn\s*\{\s*(\d+)\s*\}\s*(?=\{)")
_MULTIROW = re.compile(r"\\multirow\s*(?:\[[^\]]*\])?\s*\{\s*-?(\d+)\s*\}\s*(?:\[[^\]]*\])?\s*(?=\{)")


def table_rows(content: str, words: Callable[[str], str]) -> tuple[list[list[Cell]], list[list[Cell]]]:
    """The header rows and body rows of a tabular's content (column format already taken off).

    The header ends at the first rule after a row of cells; where there is no rule it is the first row.
    """
    header: list[list[Cell]] = []
    rows: list[list[Cell]] = []
    hanging: dict[int, tuple[int, str]] = {}
    ruled = False
    for raw in _split(content, r"\\"):
        body = re.sub(r"^\s*\[[^\]]*\]", "", raw)
        if _FULL_RULE.search(body) and rows and not header:
            header, rows, ruled = rows, [], True
        body = _RULE.sub(" ", body)
        cells = [_cell(part, words) for part in _split(body, "&")]
        if any(cell.text for cell, _ in cells):
            rows.append(_hang(cells, hanging))
    if not ruled or not rows:
        everything = header + rows
        header, rows = everything[:1], everything[1:]
    return header, rows


def _hang(cells: list[tuple[Cell, int]], hanging: dict[int, tuple[int, str]]) -> list[Cell]:
    """Write the text of a \\multirow into the empty cells that LaTeX wants below it."""
    row: list[Cell] = []
    column = 0
    for cell, height in cells:
        left, text = hanging.get(column, (0, ""))
        if left and not cell.text:
            cell = Cell(text, 1, cell.columns)
        if left:
            hanging[column] = (left - 1, text)
        if height > 1:
            hanging[column] = (height - 1, cell.text)
        row.append(cell)
        column += cell.columns
    return row


def _cell(text: str, words: Callable[[str], str]) -> tuple[Cell, int]:
    columns = height = 1
    wide = _MULTICOLUMN.search(text)
    if wide and (layout := argument(text, wide.end())) and (inner := argument(text, layout[1])):
        columns, text = int(wide[1]), text[: wide.start()] + inner[0] + text[inner[1] :]
    tall = _MULTIROW.search(text)
    if tall:
        width = argument(text, tall.end())
        if width is None and text[tall.end() :].startswith("*"):
            width = ("*", tall.end() + 1)
        if width and (inner := argument(text, width[1])):
            height, text = int(tall[1]), text[: tall.start()] + inner[0] + text[inner[1] :]
    return Cell(words(text), 1, max(1, min(columns, 200))), min(height, 200)


def _split(text: str, separator: str) -> list[str]:
    """Cut at a separator that stands outside of braces and inner environments."""
    parts: list[str] = []
    depth = start = at = 0
    while at < len(text):
        if depth == 0 and text.startswith(separator, at):
            parts.append(text[start:at])
            at += len(separator)
            start = at
            continue
        if text[at] == "\\":
            if text.startswith("\\begin", at):
                depth += 1
            elif text.startswith("\\end", at) and not text[at + 4 : at + 5].isalpha():
                depth -= 1
            at += 2
            continue
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
    parts.append(text[start:])
    return parts
