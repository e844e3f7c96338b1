"""English or not, by hand: one text a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synth.tongue import foreign

ENGLISH = [
    "Intermediate training improves PAWS-X accuracy by 1.4 points.",
    "XLM-R: 80.5 F1.",
    "BERT outperforms ELMo.",
    "IL-6 and TNF-α increase mortality.",
    "The German word “und” and the French word “et” are frequent.",
    "La Jolla cohort shows higher LDL.",
    "Los Angeles has more ozone.",
    "Machine translation from Chinese 中文 to English is hard.",
    "",
    "42",
]
OTHER = [
    "Das Modell ist auf XNLI besser als die anderen.",
    "Le modèle est plus précis que les autres sur XNLI.",
    "El modelo es más preciso que los demás.",
    "Il modello è più preciso di quello che usano gli altri.",
    "O modelo não é mais preciso na tarefa.",
    "该模型在跨语言任务上优于基线。",
    "यह मॉडल सभी भाषाओं में बेहतर है।",
    "Модель превосходит базовую на всех языках.",
    "النموذج أفضل من خط الأساس",
]


@pytest.mark.parametrize("text", ENGLISH)
def test_english(text: str) -> None:
    assert not foreign(text)


@pytest.mark.parametrize("text", OTHER)
def test_other_languages(text: str) -> None:
    assert foreign(text)


@pytest.mark.shared_data
def test_real_claims_are_read_as_english(shared_data: Path) -> None:
    lines = (shared_data / "claims/scifact/claims_train.jsonl").read_text("utf-8").splitlines()
    claims = [json.loads(line)["claim"] for line in lines]
    assert [claim for claim in claims if foreign(claim)] == []
