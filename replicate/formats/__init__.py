"""Readers of the original formats. Each yields rows: named fields with the place they came from.

The list below is short on purpose: a task's TOML file may name one of these and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from replicate.formats.conllu import read as _conllu
from replicate.formats.parallel import read_bucc as _bucc
from replicate.formats.parallel import read_laser as _laser
from replicate.formats.rows import Options, Row, Source
from replicate.formats.squad import read as _squad
from replicate.formats.tables import read_bare_tsv as _bare_tsv
from replicate.formats.tables import read_csv as _csv
from replicate.formats.tables import read_json_table as _json_table
from replicate.formats.tables import read_jsonl as _jsonl
from replicate.formats.tables import read_tsv as _tsv
from replicate.formats.tagged import read_iob as _iob
from replicate.formats.tagged import read_tag_lines as _tag_lines
from replicate.formats.tagged import read_tagged as _tagged

__all__ = ["FORMATS", "Options", "Reader", "Row", "Source"]

Reader = Callable[[tuple[Source, ...], Options], Iterator[Row]]

FORMATS: Mapping[str, Reader] = MappingProxyType({
    "tsv": _tsv, "bare_tsv": _bare_tsv, "csv": _csv, "jsonl": _jsonl, "json_table": _json_table, "squad": _squad,
    "conllu": _conllu, "tagged": _tagged, "iob": _iob, "tag_lines": _tag_lines, "laser": _laser, "bucc": _bucc,
})  # fmt: skip
