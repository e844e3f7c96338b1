"""The hub path, really walked: unmodified `load_dataset` and `from_pretrained` against a loopback hub.

The client reads its address once, at import: so it runs in its own process, with HF_ENDPOINT and HF_HOME set.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub import serve

from replicate import catalogue, load
from synth.errors import InputError

HERE = Path(__file__).parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("datasets") is None, reason="needs the extra replicate"),
]

PINS = {
    name: {revision: revision if len(revision) == 40 else "c" * 40}
    for task in catalogue.tasks().values()
    if (name := task.hub) and (revision := task.revision)
}

READ = """
import json, sys
from replicate import load
from replicate.records import ParallelSet
from synth.errors import InputError
out = {}
for name, split, language, whole in json.loads(sys.argv[1]):
    place = load.hub(whole=whole) if sys.argv[2] == "hub" else load.place(sys.argv[2], whole=whole)
    key = f"{name} {split} {language} {'whole' if whole else 'part'}"
    try:
        got = load.read(name, split, language, place)
        out[key] = {"examples": [one.model_dump(mode="json") for one in got.examples],
                    "revisions": got.revisions, "rows": got.rows}
    except InputError as error:
        out[key] = str(error)
print(json.dumps(out))
"""

MODEL = """
import json
from transformers import AutoModel, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained("made-up/tiny-xlmr")
model = AutoModel.from_pretrained("made-up/tiny-xlmr").eval()
batch = tokenizer(["The mill stopped."], ["A ferry leaves."], return_tensors="pt")
states = model(**batch, output_hidden_states=True).hidden_states
ids = batch["input_ids"][0].tolist()
print(json.dumps({"layers": len(states), "width": states[-1].shape[-1], "ids": ids, "kind": type(model).__name__}))
"""


def run(arguments: list[str], **environment: str) -> str:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run(
        [sys.executable, *arguments], env={**inherited, **environment}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return done.stdout


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repositories")
    home = str(tmp_path_factory.mktemp("writer"))
    run([str(HERE / "hub_repositories.py"), str(root)], HF_HOME=home, HF_HUB_OFFLINE="1")
    return root


@pytest.fixture(scope="module")
def hub(repositories: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, str], list[str]]]:
    with serve(repositories, PINS) as (address, asked):
        home = str(tmp_path_factory.mktemp("home"))
        yield {"HF_ENDPOINT": address, "HF_HOME": home, "HF_HUB_DISABLE_TELEMETRY": "1"}, asked


ASKED = [
    ("xnli", "validation", "de", False),
    ("mnli", "train", "en", False),
    ("mnli", "train", "en", True),
    ("qqp", "validation", "en", False),
    ("panx", "test", "de", False),
    ("tydiqa", "train", "en", False),
    ("tatoeba", "validation", "de", False),
    ("hellaswag", "validation", "en", False),
    ("commonsenseqa", "train", "en", False),
    ("bucc2018", "test", "zh", False),
    ("cosmosqa", "validation", "en", False),
    ("squad_v1", "train", "en", False),
    ("squad_v2", "train", "en", False),
    ("xnli", "validation", "fr", False),
    ("xnli", "test", "de", False),
]


@pytest.fixture(scope="module")
def answers(hub: tuple[dict[str, str], list[str]]) -> dict[str, Any]:
    answered: dict[str, Any] = json.loads(run(["-c", READ, json.dumps(ASKED), "hub"], **hub[0]))
    return answered


def test_every_shape_of_hub_column(answers: dict[str, Any]) -> None:
    def first(key: str) -> dict[str, Any]:
        assert isinstance(answers[key], dict), answers[key]
        example: dict[str, Any] = answers[key]["examples"][0]
        return example

    assert (first("xnli validation de part")["text"], first("xnli validation de part")["label"]) == ("It snows.", 2)
    assert first("mnli train en part")["id"] == "0"
    assert first("panx test de part")["tags"] == ["B-PER", "I-PER"]
    assert answers["tydiqa train en part"]["rows"] == 1  # the other row is Swahili
    assert first("tydiqa train en part")["answers"] == [{"start": 4, "text": "mill"}]
    assert first("tatoeba validation de part")["source"] == [["de-0", "Ja."], ["de-1", "Nein."]]
    assert first("hellaswag validation en part")["choices"] == ["he sits.", "he flies."]
    assert (first("cosmosqa validation en part")["prompt"], first("cosmosqa validation en part")["label"]) == (
        "It rained. And?",
        3,
    )
    assert first("commonsenseqa train en part")["label"] == 1
    assert first("bucc2018 test zh part")["gold"] == [["zh-000000001", "en-000000003"]]


def test_the_pinned_revision_is_asked_for_and_recorded(
    answers: dict[str, Any], hub: tuple[dict[str, str], list[str]]
) -> None:
    pin = catalogue.task("mnli").revision
    assert answers["mnli train en part"]["revisions"] == [f"mnli@{pin}"]
    assert any(f"/nyu-mll/glue/resolve/{pin}/mnli/" in line for line in hub[1])
    # a branch, and a task without a pin: the commit that was read is recorded all the same
    assert answers["cosmosqa validation en part"]["revisions"] == [f"cosmosqa@{'c' * 40}"]
    (unpinned,) = answers["panx test de part"]["revisions"]
    assert len(unpinned.removeprefix("panx@")) == 40


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("mnli train en whole", "2 rows in nyu-mll/glue mnli train, expected 392,702"),
        ("qqp validation en part", "its classes are duplicate, no, those of qqp are not_duplicate, duplicate"),
        ("squad_v1 train en part", "Dataset scripts are no longer supported, but found squad.py"),
        ("squad_v2 train en part", "rajpurkar/squad_v2 (squad_v2, train): cannot be had from http://127.0.0.1"),
        ("xnli validation fr part", "BuilderConfig 'fr' not found"),
        ("xnli test de part", 'Unknown split "test"'),
    ],
)
def test_what_the_hub_has_not_or_has_otherwise(answers: dict[str, Any], key: str, told: str) -> None:
    assert isinstance(answers[key], str), answers[key]
    assert told in answers[key]
    assert "\n" not in answers[key]


def test_a_folder_in_hub_layout_gives_the_same(repositories: Path, hub: Any, answers: dict[str, Any]) -> None:
    asked = [one for one in ASKED if one[0] in {"xnli", "panx", "tydiqa", "tatoeba", "bucc2018"} and one[2] != "fr"]
    folder = str(repositories / "datasets")
    got = json.loads(run(["-c", READ, json.dumps(asked[:-1]), folder], HF_HOME=hub[0]["HF_HOME"], HF_HUB_OFFLINE="1"))
    assert len(got) == len(asked) - 1
    for key, value in got.items():
        assert value["revisions"] == []
        assert value["examples"] == answers[key]["examples"], key


def test_a_model_by_its_hub_name(hub: tuple[dict[str, str], list[str]]) -> None:
    got = json.loads(run(["-c", MODEL], **hub[0]))
    assert (got["kind"], got["layers"], got["width"]) == ("XLMRobertaModel", 3, 32)
    assert got["ids"][0] == 0
    assert got["ids"].count(2) == 3  # <s> A </s> </s> B </s>


def test_layout_without_the_data_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no facebook/xnli/README\.md"):
        load.read("xnli", "dev", "de", load.layout(tmp_path))
