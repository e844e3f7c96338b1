"""Unlabelled text for a small multilingual encoder, gathered from a folder of public collections, and what is kept out.

What is laid down is what `replicate.pretrain.texts` reads: `text/<language>.txt`, one passage a line. A line that the
experiment will be scored on (Tatoeba, BUCC, XNLI, XQuAD, tagged sentences), in any spelling of case, width, spaces and
punctuation, is left out, so that no model sees a test sentence before it is asked about it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from replicate import catalogue, load
from replicate.formats.rows import Source as File
from replicate.formats.rows import archive, lines
from replicate.place import Place
from replicate.records import ParallelSet, SpanExample, TagExample, TextExample
from synth.errors import InputError
from synth.records import Record

__all__ = ["SOURCES", "Account", "Gathered", "Source", "gather", "held_out", "key", "lay", "passages"]

_SHORTEST, _LONGEST = 12, 600  # characters of a passage; of a longer one the beginning would be learnt alone
_ENDS = ".!?。！？؟।\n"


class Source(NamedTuple):
    """One collection: its path (with `!` and a member, in a tar), the column of a TSV, and the one language it has.

    `{lang}` stands for a language's two letters, `{code}` for the three of ISO 639-3 as the collection writes them.
    """

    path: str
    column: int = 0
    language: str | None = None


SOURCES = (
    Source("bible/{lang}.tsv.xz", 1),
    Source("bible/en.bbe.tsv.xz", 1, "en"),
    Source("commonvoice_text/{lang}.txt.xz"),
    Source("tatoeba_pairs/{code}-eng.tsv.xz", 1),
    Source("tatoeba_pairs/deu-eng.tsv.xz", 0, "en"),
    Source("ntrex128/ntrex_xtreme_langs.tar.xz!newstest2019-ref.{code}.txt"),
    Source("ntrex128/ntrex_xtreme_langs.tar.xz!newstest2019-src.eng.txt", 0, "en"),
    Source("text_sw/sw.voa.txt.xz", 0, "sw"),
    Source("text_sw/swa-eng.globalvoices.tsv.xz", 1, "sw"),
    Source("text_sw/swa-eng.globalvoices.tsv.xz", 0, "en"),
)
_OTHER_CODES = {"zh": ("zho-CN",), "sw": ("swa",)}  # beside those of Tatoeba


class Account(Record):
    """What became of one language's text: passages kept, passages left out because they are scored, repeated ones."""

    language: str
    kept: int
    characters: int
    scored: int
    repeated: int
    beyond: int


class Gathered(NamedTuple):
    """The passages of each language, and the account of each."""

    texts: Mapping[str, tuple[str, ...]]
    accounts: tuple[Account, ...]


def key(text: str) -> str:
    """A text without case, width, spaces and punctuation: texts of one key are taken for the same."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(mark for mark in folded if unicodedata.category(mark)[0] in "LNM")


def passages(text: str) -> Iterator[str]:
    """The text itself and each of its sentences (a context is scored as a whole and sentence by sentence)."""
    yield text
    begin = 0
    for place, mark in enumerate(text, start=1):
        if mark in _ENDS:
            yield text[begin:place]
            begin = place
    yield text[begin:]


def held_out(targets: Sequence[str], languages: Sequence[str], place: Place) -> frozenset[str]:
    """The keys of every text that the targets score in these languages. InputError where a target cannot be read."""
    found: set[str] = set()
    for task in targets:
        split = catalogue.entry(task).reading.evaluate
        there = load.languages(task, split, place)
        for language in (one for one in languages if one in there):
            for example in load.examples(task, split, language, place):
                found.update(key(part) for text in _texts(example) for part in passages(text))
    found.discard("")
    return frozenset(found)


def _texts(example: object) -> Iterator[str]:
    if isinstance(example, ParallelSet):
        yield from (text for _, text in (*example.source, *example.target))
    elif isinstance(example, TextExample):
        yield from (text for text in (example.text, example.second) if text)
    elif isinstance(example, SpanExample):
        yield from (example.question, example.context)
    elif isinstance(example, TagExample):
        yield " ".join(example.words)


def gather(
    folder: Path, languages: Sequence[str], barred: frozenset[str], most: int, sources: Sequence[Source] = SOURCES
) -> Gathered:
    """At most `most` passages of each language, drawn evenly from its collections; none that is barred or repeated.

    The draw is by the hash of the passage's key, so that it is the same on every machine and does not hang on the
    order of the files. InputError for a language without any text, and for a file that is no text.
    """
    texts, accounts = {}, []
    for language in languages:
        seen: set[str] = set()
        kept: list[tuple[bytes, str]] = []
        scored = repeated = 0
        for line in _lines(folder, language, sources):
            name = key(line)
            if name in barred:
                scored += 1
            elif name in seen:
                repeated += 1
            else:
                seen.add(name)
                kept.append((sha256(name.encode()).digest(), line))
        if not kept:
            raise InputError(f"{folder}: no text in {language}; leave the language out or add a collection of it")
        kept.sort()
        texts[language] = tuple(line for _, line in kept[:most])
        accounts.append(Account(
            language=language, kept=len(texts[language]), characters=sum(map(len, texts[language])), scored=scored,
            repeated=repeated, beyond=max(0, len(kept) - most),
        ))  # fmt: skip
    return Gathered(texts, tuple(accounts))


def lay(out: Path, gathered: Gathered) -> None:
    """Write `text/<language>.txt` and `accounts.jsonl` in `out`."""
    from replicate.runs import jsonl, lay_down

    for language, rows in gathered.texts.items():
        lay_down(out / "text" / f"{language}.txt", "".join(f"{row}\n" for row in rows))
    lay_down(out / "accounts.jsonl", jsonl(gathered.accounts))


def _lines(folder: Path, language: str, sources: Sequence[Source]) -> Iterator[str]:
    """The passages of a language, of a length that teaches something, on one line each."""
    code = catalogue.entry("tatoeba").reading.codes.get(language, "eng" if language == "en" else language)
    for one in sources:
        if one.language not in (None, language):
            continue
        for wanted in (code, *_OTHER_CODES.get(language, ())):
            path = one.path.replace("{lang}", language).replace("{code}", wanted)
            for row in _rows(folder, path):
                parts = row.split("\t")
                text = " ".join(parts[one.column].split()) if len(parts) > one.column else ""
                if _width(text) >= _SHORTEST and len(text) <= _LONGEST:
                    yield text
            if "{code}" not in one.path:
                break


def _width(text: str) -> int:
    """The length as a Latin script would have it: an ideograph or kana counts as three letters."""
    return sum(3 if unicodedata.east_asian_width(mark) == "W" else 1 for mark in text)


def _rows(folder: Path, path: str) -> Iterator[str]:
    """The lines of a compressed file or of a tar's member; none where it is not there."""
    outer, _, member = path.partition("!")
    place = folder / outer
    if not place.is_file() or (member and member not in archive(place, place.stat().st_mtime_ns)):
        return
    yield from (line for _, line in lines(File(place, member or None)))
