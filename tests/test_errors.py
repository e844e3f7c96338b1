"""Exit codes of the error tree, and near names."""

from __future__ import annotations

import pytest

from synth.errors import InputError, NothingAskedError, SynthError, did_you_mean


def test_every_error_has_its_exit_code() -> None:
    assert [e.exit_code for e in (SynthError, InputError, NothingAskedError)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("unknown", "hint"),
    [
        ("arxvi", 'did you mean "arxiv"?'),
        ("NUON", 'did you mean "NOUN"?'),
        ("noun", 'did you mean "NOUN"?'),
        ("zzz", "known: NOUN, arxiv"),
    ],
)
def test_near_names_are_offered_whatever_their_case(unknown: str, hint: str) -> None:
    assert did_you_mean(unknown, ["arxiv", "NOUN"]) == hint
