"""The error tree. Every error that a person can meet is one of these and has an exit code.

    SynthError                    1   something in this program is at fault
    ├── InputError                2   the input is at fault: which file, which line or field, what to do
    └── NothingAskedError         3   nothing could be asked: every source failed

Exit code 4 (partial: a budget ran out or some sources failed) belongs to no error: the report is written and says so.

Failures that belong to one item among many (one source, one paper) are not raised out of an arrow:
they become records (`Coverage`, `SkippedPaper`) and the rest goes on.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["InputError", "NothingAskedError", "SynthError", "did_you_mean"]


class SynthError(Exception):
    """Base of every error this package raises on purpose. `exit_code` is what the command returns."""

    exit_code = 1


class InputError(SynthError):
    """The input is at fault. The message is one line: where, what, what to do."""

    exit_code = 2


class NothingAskedError(SynthError):
    """No source could be asked at all, so nothing can be said about the question."""

    exit_code = 3


def did_you_mean(unknown: str, known: Iterable[str]) -> str:
    """A closing phrase for an unknown name: a near match if there is one, else the list of names.

    >>> did_you_mean("arxvi", ["arxiv", "openalex"])
    'did you mean "arxiv"?'
    """
    names = {name.lower(): name for name in sorted(known, reverse=True)}
    near = difflib.get_close_matches(unknown.lower(), names, n=1, cutoff=0.6)
    return f'did you mean "{names[near[0]]}"?' if near else "known: " + ", ".join(sorted(names.values()))
