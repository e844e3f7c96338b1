"""A memory of readings changes no reading: it only spares the model the second one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from synth.models.stance import Asked, Reading
from synth.records import Scores
from synth.rereading import Rereading


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
    model = Rereading(Counted(), most)
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
