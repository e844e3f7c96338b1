"""A memory of readings changes no reading: it only spares the model the second one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.library import Library
from synth.models import verifier
from synth.models.stance import Asked, Reading
from synth.records import Scores
from synth.rereading import Rereading, remembering


class Counted:
    """Reads by counting letters; the last sentence of three does not fit. Keeps what it was asked."""

    id = "counted@1"

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def read(self, asked: Sequence[Asked], progress: Callable[[int, int], None] | None = None) -> list[Reading]:
        self.asked += asked
        made = []
        for n, one in enumerate(asked, 1):
            each = [None if k == 2 else Scores(supports=len(s), refutes=k) for k, s in enumerate(one.sentences)]
            made.append(Reading(Scores(supports=len(one.claim) / 3, refutes=-len(one.title)), tuple(each)))
            if progress is not None:
                progress(n, len(asked))
        return made


TEXT = st.text("ab:1", max_size=3)
ASKED = st.builds(Asked, TEXT, TEXT, st.lists(TEXT, min_size=1, max_size=3).map(tuple))


@given(st.lists(st.lists(ASKED, max_size=6), max_size=4), st.integers(1, 5))
def test_readings_are_those_of_the_model_whatever_is_kept(several: list[list[Asked]], most: int) -> None:
    model = Rereading(Counted(), most=most)
    for asked in several:
        steps: list[tuple[int, int]] = []

        def told(done: int, total: int, steps: list[tuple[int, int]] = steps) -> None:
            steps.append((done, total))

        assert model.read(asked, told) == Counted().read(asked)
        assert steps[-1] == (len(asked), len(asked))
        assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_nothing_is_read_twice_while_it_is_kept() -> None:
    inner = Counted()
    model = Rereading(inner, most=2)
    a, b, c = (Asked(name, "", ("x",)) for name in "abc")
    model.read([a, b, a])
    assert inner.asked == [a, b]
    model.read([b, a])
    assert model.made == 2
    model.read([c])  # b was used longest ago
    model.read([a])
    assert inner.asked == [a, b, c]
    model.read([b])
    assert inner.asked == [a, b, c, b]


def test_what_is_joined_otherwise_is_another_reading() -> None:
    inner = Counted()
    Rereading(inner).read([Asked("a", "b", ("c",)), Asked("ab", "", ("c",)), Asked("a", "b", ("c", ""))])
    assert len(inner.asked) == 3
    assert Rereading(inner).id == inner.id


def test_a_library_remembers_for_the_next_process_and_by_the_models_id(tmp_path: Path) -> None:
    asked = [Asked("a", "title", ("x", "y", "z")), Asked("b", "", ("x",))]
    library = Library(tmp_path)
    first = Rereading(Counted(), library).read(asked)
    library.close()
    inner = Counted()
    library = Library(tmp_path)
    assert Rereading(inner, library).read(asked) == first == Counted().read(asked)
    assert inner.asked == []
    other = Counted()
    other.id = "counted@2"  # other weights
    Rereading(other, library).read(asked)
    assert other.asked == asked
    assert library.check() == []
    library.close()


@pytest.mark.parametrize("damaged", [b"", b"x", b"\0" * 8, b"\0" * 48, b"\xff" * 64], ids=repr)
def test_what_is_damaged_in_the_library_is_read_again(tmp_path: Path, damaged: bytes) -> None:
    asked = [Asked("a", "title", ("x", "y", "z"))]
    with closing(Library(tmp_path)) as library:
        right = Rereading(Counted(), library).read(asked)
        library._db.execute("UPDATE stances SET scores = ?", (damaged,))
        again = Counted()
        assert Rereading(again, library).read(asked) == right
        assert again.asked == asked


def test_a_library_that_cannot_be_written_stops_no_reading(tmp_path: Path) -> None:
    with closing(Library(tmp_path)) as library:
        library._db.execute("DROP TABLE stances")
        assert Rereading(Counted(), library).read([Asked("a", "", ("x",))]) == Counted().read([Asked("a", "", ("x",))])
        assert library.unsaved == 1
        assert library.reason is not None


def test_only_a_packaged_model_is_remembered(tmp_path: Path) -> None:
    with closing(Library(tmp_path)) as library:
        packaged = remembering(verifier.load(), library)
        assert isinstance(packaged.model, Rereading)
        assert packaged.id == verifier.load().id
        named = verifier.Verifier(Counted(), None)
        assert remembering(named, library) is named
