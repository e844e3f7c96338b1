"""`synth train-verifier` and its recipe: what may teach, what is kept apart, and what bad input is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from commands import runner

from synth.errors import InputError
from synth.labelled import KNOWN, held_back, read
from synth.models.calibration import Calibrator
from synth.models.stance import Asked, Reading
from synth.records import Scores
from synth.training import calibrate, card, recipe, verifier
from synth.training.recipe import Material

EDITABLE = ["We present a small parser.", "On the test set, the parser reaches 81.2 points on XNLI and 79.9 on SQuAD."]
TOPICS = ("tea", "rain", "iron", "salt", "wool", "clay", "corn", "milk", "moss", "sand")


def line(**fields: object) -> str:
    return json.dumps(fields) + "\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with sixty claims in the shape of SciFact: two thirds train, a third dev."""
    root = tmp_path_factory.mktemp("data")
    folder = root / "claims" / "scifact"
    folder.mkdir(parents=True)
    claims: dict[str, list[str]] = {"train": [], "dev": []}
    corpus = []
    for i in range(60):
        topic, number = TOPICS[i % 10], 10 + i
        corpus.append(line(
            doc_id=i, title=f"On {topic}", structured=False,
            abstract=[f"We measured {topic}.", f"The yield of {topic} rose by {number} percent.", "More is needed."],
        ))  # fmt: skip
        evidence = {str(i): [{"sentences": [1], "label": ("SUPPORT", "CONTRADICT")[i % 2]}]} if i % 3 else {}
        claims["dev" if i % 3 == 2 else "train"].append(line(
            id=i, claim=f"The yield of {topic} {('rose', 'fell')[i % 2]} by {number} percent.", evidence=evidence,
            cited_doc_ids=[i],
        ))  # fmt: skip
    more = ["We measured tea.", "Others saw the yield of tea rise by 10 percent.", "More is needed."]
    corpus.append(line(doc_id=60, title="On tea", abstract=more, structured=False))
    claims["train"].append(line(id=60, claim="The yield of tea rose by 10 percent.", evidence={}, cited_doc_ids=[0]))
    claims["train"].append(line(id=61, claim="Tea is grown on hills.", evidence={}, cited_doc_ids=[0, 60]))
    (folder / "corpus.jsonl").write_text("".join(corpus))
    for split, lines in claims.items():
        (folder / f"claims_{split}.jsonl").write_text("".join(lines))
    for path, content in (
        ("extraction/csabstruct/dev.jsonl", line(sentences=EDITABLE)),
        (
            "extraction/csabstruct/train.jsonl",
            line(sentences=["We present a parser.", "It reaches 81.2 points on XNLI."]),
        ),
        (
            "tables/numericnlg/table_desc_train.json",
            json.dumps([{"sentences": ["Ours has 3.1 points.", "It is best."]}]),
        ),
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root


# --- the recipe -----------------------------------------------------------------------------------------


def test_the_recipe_reads_sets_that_may_ship_and_splits_that_exist() -> None:
    given = recipe.recipe()
    for stage in given["stage"]:
        for one in stage["set"]:
            assert KNOWN[one["name"]].ship, one
            assert one["split"] in KNOWN[one["name"]].splits, one
            assert set(one) <= {"name", "split", "most", "weight", "repeat", "distractors", "labels"}, one
    assert ("scifact", "dev") not in {(one["name"], one["split"]) for stage in given["stage"] for one in stage["set"]}


def test_a_set_whose_licence_does_not_allow_it_is_refused(data: Path) -> None:
    with pytest.raises(InputError, match="healthver: shipped weights may not learn from this set"):
        Material(data).pairs("healthver", "train")


def test_groups_held_back_and_documents_kept_apart_never_appear(data: Path) -> None:
    material = Material(data)
    pairs = material.pairs("scifact", "train")
    assert 0 < len(pairs) < 43
    assert not any(held_back(f"scifact:{p.group}") for p in pairs)
    found = material.found("scifact", "train")
    apart = {i for i in range(60) if i % 3 == 2}
    for claim, documents in found.items():
        cited = {p.sentences for p in pairs if p.claim == claim}
        assert not cited & {sentences for _, sentences in documents}
        numbers = {int(sentences[1].split()[-2]) - 10 for _, sentences in documents}
        assert not numbers & apart
    edited = {sentences for _, sentences in material.abstracts}
    assert not {i for s in edited if "yield" in s[1] for i in [int(s[1].split()[-2]) - 10]} & apart
    assert ("We present a parser.", "It reaches 81.2 points on XNLI.") in edited


def test_silent_documents_are_of_other_groups_than_the_claim(data: Path) -> None:
    """Document 60 says the claim of document 0 in other words, and another claim cites both: it is not silent."""
    folder = data / "claims" / "scifact"
    pairs = [p for p in read("scifact", folder, "train") if recipe.document(p) == "0" and "10 percent" in p.claim]
    ((claim, found),) = recipe.unspoken("scifact", folder, pairs, 5).items()
    assert claim == "The yield of tea rose by 10 percent."
    assert len(found) == 5
    assert not {"0", "60"} & set(found)
    assert recipe.unspoken("scifact", folder, pairs, 3, found[:2])[claim] == found[2:5]


def test_an_epoch_is_drawn_alike_every_time_and_epochs_differ(data: Path) -> None:
    pytest.importorskip("torch")
    given = {
        "seed": 5,
        "stage": [{
            "name": "s", "epochs": 2, "rate": 1e-3, "warmup": 0.1, "embeddings": True, "edits": 6,
            "set": [{"name": "scifact", "split": "train", "weight": 1.5, "repeat": 2, "most": 12, "distractors": 2}],
        }],
    }  # fmt: skip
    first, again = (recipe.stages(given, Material(data))[0] for _ in range(2))
    assert first.examples(0) == again.examples(0)
    assert first.examples(0) != first.examples(1)
    weights = [e.weight for e in first.examples(0)]
    assert weights.count(1.5) == 24  # twelve, twice
    assert (first.name, first.epochs, first.rate, first.embeddings) == ("s", 2, 1e-3, True)


# --- calibrating over files -----------------------------------------------------------------------------


class Says:
    """Supports where the sentence has "rose" and the claim too, refutes where they differ."""

    id = "says"

    def read(self, asked: list[Asked], progress: object = None) -> list[Reading]:
        made = []
        for one in asked:
            alike = ("rose" in one.claim) == ("rose" in " ".join(one.sentences))
            scores = Scores(supports=2.0 if alike else -2.0, refutes=-2.0 if alike else 2.0)
            made.append(Reading(scores, (scores,) * len(one.sentences)))
        return made


def test_calibrating_writes_coefficients_bins_and_a_card(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from made import BagOfWords

    monkeypatch.setattr(calibrate, "_FITTED_ON", (("scifact", "dev", False),))
    monkeypatch.setattr("synth.models.stance.PackagedStance", lambda folder: Says())
    monkeypatch.setattr("synth.models.embedding.load", BagOfWords)
    (tmp_path / "model.onnx").write_bytes(b"a model")
    (tmp_path / "checksums.json").write_text(json.dumps({"files": {"model.onnx": "1" * 64}}))
    said: list[str] = []
    calibrate.calibrate(data, tmp_path, said.append)
    given = json.loads((tmp_path / "calibration.json").read_text())
    assert given["n"]["named"] > 20  # twenty pairs, and edited sentences
    assert given["n"]["found"] > given["n"]["named"]  # the same and what a search finds
    assert 0 < given["n"]["in the bins"] < given["n"]["named"]
    assert sum(n for *_, n, _ in given["bins"]) == given["n"]["in the bins"]
    sums = json.loads((tmp_path / "checksums.json").read_text())["files"]
    made = Calibrator(given, sums["calibration.json"])
    assert made.ranking is None  # no claims of a split that was trained on were kept apart here
    width = len(made.inputs)
    for found in (False, True):
        assert sum(made.probabilities((2.0, -2.0) + (0.0,) * (width - 2), found=found)) == pytest.approx(1.0)
    told = (tmp_path / "card.md").read_text()
    assert "scifact dev" in told
    assert "left out of the fit" in told
    assert "20 pairs of scifact dev" in said[0]


def test_what_a_ranking_is_worth_is_learned_from_claims_kept_apart(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from made import BagOfWords

    monkeypatch.setattr(calibrate, "_FITTED_ON", (("scifact", "train", True),))
    monkeypatch.setattr(
        calibrate, "held_back", lambda name, *share: not name.startswith("bins:") or held_back(name, *share)
    )
    monkeypatch.setattr("synth.models.stance.PackagedStance", lambda folder: Says())
    monkeypatch.setattr("synth.models.embedding.load", BagOfWords)
    (tmp_path / "model.onnx").write_bytes(b"a model")
    (tmp_path / "checksums.json").write_text(json.dumps({"files": {"model.onnx": "1" * 64}}))
    calibrate.calibrate(data, tmp_path, lambda _: None)
    given = json.loads((tmp_path / "calibration.json").read_text())
    ranking = Calibrator(given, "").ranking
    assert ranking is not None
    assert given["ranking"]["n"] > 100  # forty claims and the documents found for them
    assert ranking.weights[0] < 0  # the cited document, of the claim's own words, is found first
    assert 0.15 <= ranking.bar <= 0.6


# --- the card -------------------------------------------------------------------------------------------


def test_the_card_quotes_only_results_of_these_weights(tmp_path: Path) -> None:
    from test_calibration_page import result

    (tmp_path / "model.onnx").write_bytes(b"a model")
    (tmp_path / "checksums.json").write_text(json.dumps({"files": {"model.onnx": "1" * 64}}))
    results = tmp_path / "results"
    results.mkdir()
    other = result("healthver", verifier="stance@222222222222")
    (results / "a.json").write_text(other.model_dump_json(by_alias=True))
    assert "Not measured yet" in card.card(tmp_path, results)
    own = result("healthver", verifier="stance@111111111111, calibrator@3")
    (results / "b.json").write_text(own.model_dump_json(by_alias=True))
    told = card.card(tmp_path, results)
    assert "Not measured yet" not in told
    assert told.count("HealthVer") == 1


def test_every_set_of_the_recipe_stands_in_the_card_with_its_licence(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"a model")
    (tmp_path / "checksums.json").write_text(json.dumps({"files": {"model.onnx": "1" * 64}}))
    told = card.card(tmp_path, tmp_path / "none")
    for stage in recipe.recipe()["stage"]:
        for one in stage["set"]:
            assert f"| {one['name']} |" in told
            assert KNOWN[one["name"]].licence in told


# --- the command ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (["--data", "nowhere"], "--data: nowhere is no folder"),
        (["--data", ".", "--only", "exprot"], 'no step "exprot"; did you mean "export"'),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    extra: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = runner(capsys)("train-verifier", "--out", "made", *extra)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert not (tmp_path / "made").exists()


def test_without_the_extra_the_remedy_is_told(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    ran = runner(capsys)("train-verifier", "--data", data, "--out", tmp_path / "made")
    assert ran.code == 2
    assert 'pip install "synth-replicate[train]"' in ran.err


def test_exporting_before_training_and_another_device_are_refused(data: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    with pytest.raises(InputError, match="train first"):
        verifier.make(data, tmp_path / "made", tmp_path / "work", lambda _: None, only="export")
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match='"cuda" is not at hand'):
            verifier.make(data, tmp_path / "made", tmp_path / "work", lambda _: None, device="cuda")


def test_calibrating_before_exporting_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    ran = runner(capsys)("train-verifier", "--data", data, "--out", tmp_path / "made", "--only", "calibrate")
    assert ran.code != 0
    assert "checksums.json" in ran.err
