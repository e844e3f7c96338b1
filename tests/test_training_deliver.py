"""From a trained network to the packaged files: the small model says what the large one says."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from tiny_stance import TOKENIZER, network, tokenizer

from synth.errors import SynthError
from synth.models import calibration, verifier
from synth.models.stance import Asked, PackagedStance
from synth.models.stance_input import layout

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

from synth.training import card  # noqa: E402
from synth.training.deliver import written  # noqa: E402
from synth.training.examples import Example  # noqa: E402
from synth.training.fit import tensors  # noqa: E402
from synth.training.network import StanceNetwork  # noqa: E402

SENTENCE = "The parser reaches 91.3 points on the test set."


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivered")
    written(_network(), TOKENIZER, folder, {"trained weights": "0" * 64})
    return folder


def _network() -> StanceNetwork:
    """Heads drawn wide, so that the three answers differ by more than quantising moves them."""
    made = network(3, dropout=0.0)
    generator = torch.Generator().manual_seed(5)
    for head in (made.stance, made.sentence, made.decides):
        head.weight.data = 0.4 * torch.randn(head.weight.shape, generator=generator)
    made.eval()
    return made


@pytest.mark.parametrize("n", [1, 2, 7, 30])
def test_the_small_model_agrees_with_the_network_whatever_the_number_of_sentences(delivered: Path, n: int) -> None:
    sentences = tuple(f"Sentence {i} names {['cats', 'dogs', 'rain'][i % 3]}." for i in range(n))
    reading = PackagedStance(delivered, 1).read([Asked("Cats were seen.", "On animals", sentences)])[0]
    laid = layout(tokenizer(), "Cats were seen.", "On animals", sentences)
    batch = tensors([(laid, Example("", "", sentences, 0, (0,) * n))])
    with torch.no_grad():
        whole, each = _network()(batch.ids, batch.mask, batch.types, batch.marks)
    assert len(laid.marks) == n
    expected = torch.cat([whole, each[0]]).numpy()
    expected -= expected[:, 2:]
    found = np.array([[s.supports, s.refutes, 0.0] for s in (reading.whole, *reading.each) if s is not None])
    tolerance = 0.05 * np.abs(expected).max() + 0.1
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < tolerance
    sure = np.sort(expected)[:, -1] - np.sort(expected)[:, -2] > tolerance
    assert sure.any() or n < 30
    assert (found.argmax(1) == expected.argmax(1))[sure].all()


def test_the_files_are_those_of_the_checksums(delivered: Path) -> None:
    sums = json.loads((delivered / "checksums.json").read_text())
    assert sums["files"] == {
        name: sha256((delivered / name).read_bytes()).hexdigest() for name in ("model.onnx", "tokenizer.json")
    }
    assert sums["source"] == {"trained weights": "0" * 64}
    assert set(sums["built_with"]) > {"python", "torch", "onnxruntime"}
    assert not list(delivered.glob("*.partial"))


def test_the_model_tells_nothing_of_the_machine_that_made_it(delivered: Path) -> None:
    content = (delivered / "model.onnx").read_bytes()
    assert str(Path(card.__file__).parents[2]).encode() not in content
    assert b"site-packages" not in content


def test_a_new_model_does_not_take_the_old_calibrator(delivered: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json", "checksums.json"):
        (tmp_path / name).write_bytes((delivered / name).read_bytes())
    (tmp_path / "calibration.json").write_text("{}")
    with pytest.raises(SynthError, match=r"calibration\.json"):
        calibration.load(tmp_path)
    with pytest.raises(SynthError, match="synth train-verifier"):
        verifier.load(str(tmp_path))


def test_the_card_names_files_data_and_what_was_not_measured(delivered: Path, tmp_path: Path) -> None:
    told = card.card(delivered, tmp_path)
    sums = json.loads((delivered / "checksums.json").read_text())["files"]
    for part in (*sums.values(), "scifact", "CC BY 4.0", "Apache License 2.0", "Not fitted yet", "Not measured yet"):
        assert part in told
    assert "torch" in told
