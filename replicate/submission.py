"""The submission formats of the benchmark: readers and writers of label and prediction files.

Lines end as in a text file (LF, CRLF or CR); U+2028, U+0085 and other separators of Unicode are characters of
a row, not ends of rows. White space at both ends of a row is dropped. JSON and lines are UTF-8; a byte order
mark is ignored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from synth.errors import InputError

__all__ = [
    "Question", "answers_text", "labels_text", "pairs_text", "read_answers", "read_labels", "read_pairs",
    "read_questions", "read_tags", "tags_text",
]  # fmt: skip

Question = tuple[str, tuple[str, ...]]  # id, accepted answers
Sentence = tuple[str, ...]


def _lines(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return [line.strip() for line in file]
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error


def read_labels(path: Path) -> tuple[str, ...]:
    """One label per line. Raises InputError for a file without lines or with an empty line."""
    rows = _lines(path)
    if not rows:
        raise InputError(f"{path}: the file is empty; one label per line is needed")
    if "" in rows:
        raise InputError(f"{path}: line {rows.index('') + 1} is empty; every line must hold one label")
    return tuple(rows)


def read_tags(path: Path) -> tuple[tuple[int, Sentence], ...]:
    """Sentences of one tag per line, empty lines between: (line of the first tag, tags).

    Empty lines at either end and further ones between are ignored. Raises InputError for a second column or no tags.
    """
    sentences: list[tuple[int, Sentence]] = []
    tags: list[str] = []
    for number, row in enumerate([*_lines(path), ""], start=1):
        if row:
            tags.append(row)
            if "\t" in row:
                raise InputError(f"{path}: line {number} has more than one column; every line must hold the tag alone")
        elif tags:
            sentences.append((number - len(tags), tuple(tags)))
            tags = []
    if not sentences:
        raise InputError(
            f"{path}: the file has no tags; one tag per line is needed, with an empty line between sentences"
        )
    return tuple(sentences)


def read_pairs(path: Path) -> tuple[tuple[str, str], ...]:
    """Lines of two ids with a tab between. An empty file is no pairs. Raises InputError for any other line."""
    pairs = []
    for number, row in enumerate(_lines(path), start=1):
        cells = row.split("\t")
        if len(cells) != 2 or not all(cells):
            raise InputError(f"{path}: line {number} must be a source id, a tab and a target id")
        pairs.append((cells[0], cells[1]))
    return tuple(pairs)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: line {error.lineno} is not JSON: {error.msg}") from error


def read_answers(path: Path) -> dict[str, str]:
    """Predicted answers: one JSON object of question id to text. Raises InputError for any other shape."""
    content = _json(path)
    if not isinstance(content, dict):
        raise InputError(f"{path}: predictions must be one JSON object of question id to answer text")
    for name, value in content.items():
        if not isinstance(value, str):
            raise InputError(f'{path}: the answer to "{name}" is not a text; an empty answer is ""')
    return content


def read_questions(path: Path) -> tuple[Question, ...]:
    """Questions of a file in the SQuAD 1.1 layout, in order: (id, texts of the accepted answers).

    Raises InputError naming the question (by id, or by its place) that lacks an id or an answer.
    """
    content = _json(path)
    articles = content.get("data") if isinstance(content, dict) else content
    if not isinstance(articles, list):
        raise InputError(
            f'{path}: the field "data" (a list of articles) is missing; labels must be in the SQuAD 1.1 layout'
        )
    questions = []
    for place, entry in enumerate(_entries(path, articles), start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            raise InputError(f'{path}: question {place} has no "id"')
        texts = _texts(entry.get("answers"))
        if not texts:
            raise InputError(
                f'{path}: question "{entry["id"]}" has no answer texts; these labels cannot be scored against'
            )
        questions.append((entry["id"], tuple(texts)))
    if not questions:
        raise InputError(f"{path}: no questions")
    return tuple(questions)


def _texts(answers: object) -> list[str]:
    """The texts of a list of answers; none when it is not such a list."""
    if not isinstance(answers, list):
        return []
    texts = [answer.get("text") if isinstance(answer, dict) else None for answer in answers]
    return [text for text in texts if isinstance(text, str)] if None not in texts else []


def _entries(path: Path, articles: list[Any]) -> list[Any]:
    """The `qas` entries of all paragraphs of all articles."""
    try:
        return [entry for article in articles for paragraph in article["paragraphs"] for entry in paragraph["qas"]]
    except (KeyError, TypeError) as error:
        raise InputError(f'{path}: an article without "paragraphs" or a paragraph without "qas"') from error


def labels_text(labels: Iterable[object]) -> str:
    """The content of a labels (or indices) file."""
    return "".join(f"{label}\n" for label in labels)


def tags_text(sentences: Iterable[Sequence[str]]) -> str:
    """The content of a tags file: an empty line between sentences, none after the last."""
    return "\n".join(labels_text(tags) for tags in sentences)


def pairs_text(pairs: Iterable[tuple[str, str]]) -> str:
    """The content of a pairs file, sorted."""
    return "".join(f"{source}\t{target}\n" for source, target in sorted(pairs))


def answers_text(answers: Mapping[str, str]) -> str:
    """The content of an answers file."""
    return json.dumps(dict(answers), ensure_ascii=False, indent=0) + "\n"
