"""Claims of a report in, evidence out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from replicate import exchange, ledger
from replicate.compare import ClaimStatus, RunVerdict
from replicate.records import ClaimedEffect, Similarity
from synth.errors import InputError
from synth.records import Claim, Quantity, Replication, SourceSpan, Verdict

PAPER = "arxiv:2005.13013"


def claim(
    statement: str, *, name: str = "c-1", paper: str = PAPER, version: str | None = "v2", value: float | None = None
) -> Claim:
    return Claim(
        id=name, statement=statement, quote=statement,
        source=SourceSpan(paper_id=paper, version=version, section=None, page=None, start=0, end=1), kind="numeric",
        quantity=None if value is None else Quantity(value=value), parent_id=None,
        verdict=Verdict(label="not_checked", score=None, confidence=None, reason=""),
        replication=Replication(status="not_run", reason="", command=None),
    )  # fmt: skip


def lay(folder: Path, *claims: Claim) -> Path:
    path = folder / "claims.jsonl"
    path.write_text("".join(one.model_dump_json() + "\n" for one in claims))
    return path


def experiments_of(folder: Path, one: Claim) -> list[str]:
    return [effect.experiment for effect in exchange.effects(lay(folder, one))]


@pytest.mark.parametrize(
    ("statement", "experiments"),
    [
        ("SQuAD improves the XTREME targets by 8.2 points.", ["squad-average"]),
        ("SQuAD improves the targets by 8.2 points, MNLI by 7.5 points.", ["mnli-average", "squad-average"]),
        ("Multi-task training on all nine tasks improves the targets by 8.7 points.", ["multitask-average"]),
        ("Choosing the best model per target improves XTREME by 5.4 points.", ["best-per-target"]),
        ("BUCC and Tatoeba improve strongly with almost every task.", ["bucc-gain", "tatoeba-gain"]),
        ("XNLI does not benefit from intermediate training.", ["xnli-no-gain"]),
        ("TyDiQA improves with many intermediate tasks.", ["tydiqa-gain"]),
        ("Neither continued MLM nor machine-translated data consistently outperforms it.",
         ["mlm-no-gain", "translation-no-gain"]),
        ("The MNLI intermediate task contains 392,702 training examples.", ["dataset-sizes"]),
        ("SQuAD improves the XTREME targets by 18.2 points.", []),  # another number
        ("SQuAD improves the XTREME targets by 8.25 points.", []),
        ("Intermediate training on QQP improves the targets by 8.2 points.", []),  # another task
    ],
)  # fmt: skip
def test_which_experiment_tests_a_claim(tmp_path: Path, statement: str, experiments: list[str]) -> None:
    assert experiments_of(tmp_path, claim(statement)) == experiments


def test_another_paper_or_version_is_another_claim(tmp_path: Path) -> None:
    words = "SQuAD improves the XTREME targets by 8.2 points."
    assert experiments_of(tmp_path, claim(words, paper="arxiv:1810.04805")) == []
    assert experiments_of(tmp_path, claim(words, version="v1")) == []
    assert experiments_of(tmp_path, claim(words, version=None)) == ["squad-average"]
    assert experiments_of(tmp_path, claim("SQuAD improves the targets by 8.4 points.", version="v1")) == [
        "squad-average-v1"
    ]


def test_a_quantity_decides_over_the_numbers_of_the_words(tmp_path: Path) -> None:
    words = "On SQuAD the model improves by 8.2 points, from 57.3 to 65.5."
    assert experiments_of(tmp_path, claim(words, value=8.2)) == ["squad-average"]
    assert experiments_of(tmp_path, claim(words, value=65.5)) == []


def test_an_effect_carries_its_command_and_whether_it_can_run(tmp_path: Path) -> None:
    (found,) = exchange.effects(lay(tmp_path, claim("Choosing the best per target improves XTREME by 5.4 points.")))
    assert found.command == f"replicate run --report {tmp_path} --claim c-1 --experiment best-per-target --preset paper"
    assert (found.runnable, found.effect.value) == (False, 5.4)
    assert "test sets" in (found.why_not or "")


@pytest.mark.parametrize(
    ("name", "named", "message"),
    [
        ("c-9", None, 'no claim "c-9"; did you mean "c-'),
        ("c-2", None, "no experiment tests c-2"),
        ("c-1", None, "is tested by mnli-average, squad-average; name one"),
        ("c-1", "hellaswag-average", "does not test c-1"),
    ],
)
def test_choosing_the_experiment_of_a_claim(tmp_path: Path, name: str, named: str | None, message: str) -> None:
    lay(tmp_path, claim("SQuAD gives 8.2 points, MNLI 7.5."), claim("The sky is blue.", name="c-2"))
    with pytest.raises(InputError, match=message):
        exchange.experiment_for(tmp_path / "claims.jsonl", name, named)
    assert exchange.experiment_for(tmp_path / "claims.jsonl", "c-1", "squad-average") == "squad-average"


def test_bad_claims_name_line_and_field(tmp_path: Path) -> None:
    path = lay(tmp_path, claim("x"))
    path.write_text(path.read_text() + '{"id": "c-2"}\n')
    with pytest.raises(InputError, match=r"claims\.jsonl: line 2: statement"):
        exchange.claims(path)
    with pytest.raises(InputError, match="no such file"):
        exchange.claims(tmp_path / "nowhere.jsonl")


# --- evidence -----------------------------------------------------------------------------------------


def verdict(label: str, claim_label: str) -> RunVerdict:
    effect = ledger.experiment("squad-average").effect
    return RunVerdict(
        schema="replicate/verdict/1", effect=effect, label=label, estimate=8.0, interval=(7.5, 8.5), level=0.95,  # type: ignore[arg-type]
        band=1.0, seeds=(1, 2, 3), measurements=("m-1", "m-2"),
        similarity=Similarity(model="same", data="same", recipe="different", metric="same"), deviations=(),
        reason="equal", signature="s", experiment="squad-average", preset="paper",
        claim=ClaimStatus(effect=effect, label=claim_label, reason="why"),
    )  # fmt: skip


def test_evidence_has_the_shape_of_a_claims_replication() -> None:
    text = exchange.evidence(verdict("replicated", "replicated"), ["c-1", "c-2"], "replicate run ...")
    rows = [json.loads(row) for row in text.splitlines()]
    assert [row["claim_id"] for row in rows] == ["c-1", "c-2"]
    for row in rows:
        assert Replication.model_validate(row["replication"]).status == "replicated"
        assert (row["schema"], row["estimate"], row["interval"]) == ("replicate/evidence/1", 8.0, [7.5, 8.5])


def test_a_run_that_cannot_speak_of_the_claim_says_so() -> None:
    (row,) = [json.loads(r) for r in exchange.evidence(verdict("replicated", "not_run"), [], "x").splitlines()]
    assert row["claim_id"] is None
    nothing = {"measurement_ids": [], "effects": []}
    assert row["replication"] == {"status": "not_run", "reason": "why", "command": "x", **nothing}
    assert (row["estimate"], row["measured"]["label"]) == (None, "replicated")


def test_a_recalled_figure_does_not_leave() -> None:
    one = verdict("replicated", "replicated")
    recalled = ClaimedEffect.model_validate(one.effect.model_dump() | {"mark": "recalled"})
    told = one.model_copy(update={"claim": ClaimStatus(effect=recalled, label="replicated", reason="why")})
    assert json.loads(exchange.evidence(told, [], "x"))["effect"]["value"] is None
