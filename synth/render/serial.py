"""JSON: the report as the record says it, the claims one a line, and the manifest.

report.json is the report; everything else is rebuilt from it. Two rules keep it faithful and the same
everywhere: scores are rounded to four digits, because the last bits of a float differ between machines;
a quantity stated by a paper is not rounded, because it is the paper's number and 0.00002 is not 0.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from synth.errors import InputError
from synth.records import Report

__all__ = ["claims_jsonl", "dumps", "load", "manifest_json", "parse", "to_json"]

# Line separators would split a JSONL line in some readers and direction overrides would reorder the page
# of a person who reads the file; as escapes they are the same value and harmless.
_ESCAPED = re.compile("[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]")


def to_json(report: Report) -> bytes:
    """report.json: fields in the order of the record, indented, one newline at the end."""
    return dumps(_rounded(report), indent=2).encode()


def claims_jsonl(report: Report) -> bytes:
    """claims.jsonl: one claim a line, in the shape it has in report.json."""
    return "".join(dumps(claim, indent=None) for claim in _rounded(report)["claims"]).encode()


def manifest_json(manifest: dict[str, Any]) -> bytes:
    """manifest.json: what the caller knows of the run (times, machine, versions, command), keys as given."""
    return dumps(manifest, indent=2).encode()


def parse(data: bytes, name: str) -> Report:
    """The report in `data`. Raises InputError naming `name` and the first field that is wrong."""
    try:
        return Report.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the document"
        raise InputError(f"{name}: {field}: {first['msg']}; a report.json of synth is expected") from error


def load(path: Path) -> Report:
    """The report in the file `path`, or in `path`/report.json when `path` is a folder.

    Raises InputError where the file cannot be read or is not a report.
    """
    file = path / "report.json" if path.is_dir() else path
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); name a report folder") from error
    return parse(data, str(file))


def _rounded(report: Report) -> dict[str, Any]:
    """The report as JSON values, floats rounded except the values that papers state."""
    document: dict[str, Any] = report.model_dump(mode="json", by_alias=True)
    stated = [claim["quantity"] and claim["quantity"]["value"] for claim in document["claims"]]
    rounded: dict[str, Any] = _round(document)
    for claim, value in zip(rounded["claims"], stated, strict=True):
        if claim["quantity"]:
            claim["quantity"]["value"] = value
    return rounded


def _round(value: Any) -> Any:
    """`value` with every float in it rounded to four digits; -0.0 becomes 0.0."""
    if isinstance(value, float):
        return round(value, 4) + 0.0
    if isinstance(value, dict):
        return {key: _round(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_round(item) for item in value]
    return value


def dumps(value: Any, *, indent: int | None) -> str:
    """Readable JSON with a newline; NaN and infinity are refused, they are not JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    return _ESCAPED.sub(_escape, text) + "\n"


def _escape(match: re.Match[str]) -> str:
    """The JSON escape of one character, as a surrogate pair beyond the basic plane."""
    return json.dumps(match.group())[1:-1]
