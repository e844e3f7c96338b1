"""The claims ledger: what is packaged, and what must hold of it."""

from __future__ import annotations

import pytest

from replicate import catalogue, ledger
from replicate.records import ClaimedEffect
from synth.errors import InputError


def test_every_entry_loads_and_names_known_tasks() -> None:
    found = ledger.experiments()
    assert len(found) >= 19
    for name, one in found.items():
        assert one.id == name == one.effect.id
        for task in (*one.targets, *(t for arm in one.arms for t in arm.intermediates)):
            catalogue.task(task.partition("@")[0])


@pytest.mark.parametrize(
    ("name", "value", "version", "mark", "kind"),
    [
        ("squad-average", 8.2, "v2", "seeds", "difference"),
        ("mnli-average", 7.5, "v2", "seeds", "difference"),
        ("hellaswag-average", 7.0, "v2", "seeds", "difference"),
        ("multitask-average", 8.7, "v2", "seeds", "difference"),
        ("best-per-target", 5.4, "v2", "read", "difference"),
        ("squad-average-v1", 8.4, "v1", "read", "difference"),
        ("best-per-target-v1", 6.1, "v1", "read", "difference"),
        ("bucc-gain", None, "v2", "read", "difference"),
        ("tatoeba-gain", None, "v2", "read", "difference"),
        ("tydiqa-gain", None, "v2", "seeds", "difference"),
        ("xnli-no-gain", 0.0, "v2", "seeds", "absence"),
        ("mlm-no-gain", 0.0, "v2", "read", "absence"),
        ("translation-no-gain", 0.0, "v2", "read", "absence"),
    ],
)
def test_the_claims(name: str, value: float | None, version: str, mark: str, kind: str) -> None:
    effect = ledger.experiment(name).effect
    assert (effect.value, effect.version, effect.mark, effect.kind) == (value, version, mark, kind)
    assert effect.band > 0


def test_the_headline_claims_are_five() -> None:
    names = [one.id for one in ledger.experiments().values() if one.headline]
    assert names == ["best-per-target", "hellaswag-average", "mnli-average", "multitask-average", "squad-average"]


def test_a_recalled_figure_is_never_shown() -> None:
    effect = ClaimedEffect(
        id="x", statement="s", kind="difference", value=20.0, unit="points", source="memory", version=None,
        mark="recalled", band=1.0,
    )  # fmt: skip
    assert "20" not in ledger.stated(effect)
    assert ledger.stated(effect.model_copy(update={"mark": "read"})) == "+20 points"
    assert all(one.effect.mark != "recalled" for one in ledger.experiments().values())


def test_the_retrieval_baseline_has_forty_cells() -> None:
    one = ledger.experiment("xlmr-large-retrieval-baseline")
    cells = {e.task: e.scores for e in one.expected}
    assert (len(cells["bucc2018"]), len(cells["tatoeba"])) == (4, 36)
    assert set(cells["tatoeba"]) == set(catalogue.task("tatoeba").languages)
    assert sum(cells["bucc2018"].values()) / 4 == pytest.approx(71.5, abs=0.05)
    assert sum(cells["tatoeba"].values()) / 36 == pytest.approx(31.0, abs=0.05)
    assert (cells["tatoeba"]["jv"], cells["tatoeba"]["de"], cells["bucc2018"]["fr"]) == (10.2, 63.9, 62.7)
    assert one.layer == 14


def test_published_seeds_are_not_those_of_development() -> None:
    for one in ledger.experiments().values():
        if one.micro:
            assert min(*one.micro.seeds, one.micro.world) > 100


def test_an_unknown_name_says_what_was_meant() -> None:
    with pytest.raises(InputError, match='did you mean "squad-average"'):
        ledger.experiment("squad-avrage")
    with pytest.raises(InputError, match='did you mean "paper"'):
        ledger.recipe("papre/mnli")


def test_a_recipe_takes_what_its_stage_does_not_say_from_the_defaults() -> None:
    squad, embed = ledger.recipe("paper/squad_v2"), ledger.recipe("paper/embed")
    assert (squad.learning_rate, squad.max_length, squad.id) == (1e-5, 384, "paper/squad_v2")
    assert squad.options["doc_stride"] == 128
    assert embed.options["layer"] == 14
    assert ledger.recipe_names() == ("family", "paper", "small", "xtreme")
