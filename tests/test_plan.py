"""Plans: a tree keyed by content, with its cost and its rule, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from replicate import ledger, plan, tree
from replicate.cost import Cost, duration, short
from replicate.ledger import StageRecipe
from replicate.place import files, hub
from synth.errors import InputError


def micro(name: str = "squad-average", seeds: int | None = None, **more: object) -> plan.Plan:
    return plan.make(plan.Request(name, "micro", None, seeds), **more)  # type: ignore[arg-type]


def paper(name: str, **more: object) -> plan.Plan:
    return plan.make(plan.Request(name, "paper", *more), (hub(),))  # type: ignore[arg-type]


def test_parents_come_first_and_every_cell_has_a_stage() -> None:
    made = micro()
    seen: set[str] = set()
    for one in made.stages:
        assert one.stage.parent is None or one.stage.parent in seen
        seen.add(one.stage.id)
    e = made.experiment
    assert len(made.cells) == len(e.arms) * len(e.seeds) * len(e.targets)
    assert {cell.stage for cell in made.cells} <= seen


def test_the_same_work_is_one_stage() -> None:
    made = paper("multitask-average")
    starts = [p for p in made.stages if p.spec.kind == "pretrained"]
    assert len(starts) == 1
    # xquad and mlqa share one fine-tuning, and retrieval of an untrained model has no seed.
    by_cell = {(c.arm, c.seed, c.task): c.stage for c in made.cells}
    assert by_cell["baseline", 1, "xquad"] == by_cell["baseline", 1, "mlqa"]
    assert by_cell["baseline", 1, "tatoeba"] == by_cell["baseline", 3, "tatoeba"]
    assert by_cell["baseline", 1, "xnli"] != by_cell["baseline", 2, "xnli"]


def test_two_experiments_share_their_baseline() -> None:
    one, two = micro("squad-average"), micro("mnli-average")
    base = {cell.stage for made in (one, two) for cell in made.cells if cell.arm == "baseline"}
    assert len(base) == 3


def test_a_stage_is_known_by_its_content() -> None:
    def slower(recipe_id: str) -> StageRecipe:
        found = ledger.recipe(recipe_id)
        return found.model_copy(update={"learning_rate": 1e-9}) if recipe_id == "family/squad_v2" else found

    def renamed(recipe_id: str) -> StageRecipe:
        return ledger.recipe(recipe_id).model_copy(update={"source": "another note on where it comes from"})

    ids = {p.stage.id for p in micro().stages}
    changed = {p.stage.id for p in micro(recipes=slower).stages}
    assert len(ids & changed) == 6  # pretraining and the baseline's embedding, three seeds
    assert {p.stage.id for p in micro(recipes=renamed).stages} == ids
    assert {p.stage.id for p in micro(seeds=2).stages} < ids
    assert {p.stage.id for p in micro(seeds=4).stages} > ids


def test_a_chain_is_one_stage_per_link() -> None:
    made = micro("order-of-intermediates", seeds=1)
    by_id = {p.stage.id: p for p in made.stages}
    orders = {}
    for cell in made.cells:
        chain, at = [], by_id[cell.stage or ""]
        while at.stage.parent:
            at = by_id[at.stage.parent]
            chain.append(at.stage.task)
        orders[cell.arm] = [task for task in reversed(chain) if task]
    assert orders == {
        "squad_then_mnli": ["squad_v2", "mnli"], "mnli_then_squad": ["mnli", "squad_v2"],
    }  # fmt: skip


def test_what_cannot_be_had_is_left_out_and_said() -> None:
    made = paper("multitask-average")
    joint = next(p for p in made.stages if p.spec.mode == "joint")
    assert "ccg" not in joint.spec.tasks
    assert len(joint.spec.tasks) == 8
    assert any(d.what == "task ccg" for d in made.deviations)


def test_a_blocked_stage_blocks_what_starts_from_it() -> None:
    made = paper("top-singles")
    ccg = [p for p in made.stages if p.spec.tasks == ("ccg",)]
    assert all(p.blocked and "CCGbank" in p.blocked for p in ccg)
    below = [p for p in made.stages if p.stage.parent in {c.stage.id for c in ccg}]
    assert below
    assert all(p.blocked and "CCGbank" in p.blocked for p in below)
    assert made.cost.steps == sum(p.cost.steps for p in made.stages if not p.blocked)


def test_a_folder_stands_in_for_what_the_hub_has_not(tmp_path: Path) -> None:
    (tmp_path / "ccg").mkdir()
    for name in ("train", "dev"):
        (tmp_path / "ccg" / f"{name}.tsv").write_text("a b\tN N\n")
    made = plan.make(plan.Request("top-singles", "retrieval"), (files(tmp_path, whole=False), hub()))
    ccg = next(p for p in made.stages if p.spec.tasks == ("ccg",))
    assert ccg.blocked is None
    assert (ccg.spec.place, ccg.spec.whole) == (str(tmp_path), False)
    assert next(p for p in made.stages if p.spec.tasks == ("mnli",)).spec.place == "hub"
    (tmp_path / "ccg" / "train.tsv").write_text("a b\tN NP\n")
    from replicate import lock

    lock._hash.cache_clear()
    lock._task_data.cache_clear()
    again = plan.make(plan.Request("top-singles", "retrieval"), (files(tmp_path, whole=False), hub()))
    assert ccg.stage.id not in {p.stage.id for p in again.stages}  # other data, another stage


@pytest.mark.parametrize("preset", ["micro", "retrieval"])
def test_a_preset_that_runs_less_cannot_speak_of_the_claim(preset: str) -> None:
    made = plan.make(plan.Request("squad-average", preset), () if preset == "micro" else (hub(),))
    assert made.claim.value == 8.2
    assert made.claim_not_run
    assert made.experiment.effect.value is None
    assert made.experiment.effect.source.startswith("this project")
    assert paper("squad-average").claim_not_run is None


def test_the_rule_names_the_family_of_claims() -> None:
    assert len(paper("squad-average").rule.family) == 5
    assert paper("tydiqa-gain").rule.family == ("tydiqa-gain",)
    assert micro().rule.family == ("squad-average",)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (plan.Request("squad-average", "mikro"), 'did you mean "micro"'),
        (plan.Request("squad-averages"), 'did you mean "squad-average"'),
        (plan.Request("squad-average", "paper", "xlm-roberta-larg"), 'did you mean "xlm-roberta-large"'),
        (plan.Request("squad-average", "micro", "xlm-roberta-large"), "pretrains a model of its own"),
        (plan.Request("squad-average", "micro", None, 0), "less than 1"),
        (plan.Request("xnli-no-gain", "retrieval"), "none of them retrieval"),
        (plan.Request("xlmr-large-retrieval-baseline", "micro"), "no micro form"),
        (plan.Request("dataset-sizes", "micro"), "no micro form"),
    ],
)
def test_bad_requests(request_: plan.Request, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan.make(request_, (hub(),))


def test_the_tree_shows_what_is_done_and_what_is_left() -> None:
    made = micro()
    first = made.stages[0].stage.id
    told = tree.text(made, lambda stage: "done" if stage == first else "")
    assert f"{first}  done" in told
    assert "└── " in told
    assert "18 stages, 1 done" in told
    assert "not run here: the preset micro measures a made-up language family" in told
    assert "-> squad_v2_shuffled" in told


def test_costs_for_people() -> None:
    assert (
        short(Cost(steps=1200, tokens=1_300_000, seconds=120, disk=4_000_000))
        == "1,200 steps, 1.3M tokens, 2 min, 4 MB"
    )
    assert [duration(s) for s in (0, 89, 90, 5399, 5400)] == ["0 s", "89 s", "2 min", "90 min", "1.5 h"]
