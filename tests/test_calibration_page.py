"""The page on calibration: what stored results say of confidences, in tables and pictures, and what is missing."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from synth.evaluation import Result, Signature, known
from synth.evaluation.calibration import calibration
from synth.evaluation.result import Figure

# (confidence, right): of ten verdicts near 0.9 nine are right, of ten near 0.6 five
SCORED = [(0.9, i < 9) for i in range(10)] + [(0.6, i < 5) for i in range(10)]


def result(name: str, *, verifier: str = "stance@0", scored: bool = True) -> Result:
    given = calibration(SCORED, 24, {"ece": (0.01, 0.2), "brier": None}) if scored else None
    signature = Signature(
        benchmark=name, data=name, split=known()[name].split, unit="pairs", n=20, of=20, groups=9, seed=0,
        checksum="0" * 12, synth="0.0", verifier=verifier, command=f"synth evaluate {name}",
    )  # fmt: skip
    return Result(
        title=known()[name].title, use="test", seen="nothing", definition="a measure",
        figures=(Figure(name="macro_f1", value=0.5, low=0.4, high=0.6),), confusion=None, calibration=given,
        calibration_decided=given, calibration_by_label={"supports": given} if given else {}, notes=(),
        signature=signature,
    )  # fmt: skip


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    path = Path(__file__).resolve().parents[1] / "docs" / "calibration_page.py"
    spec = importlib.util.spec_from_file_location("calibration_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stored(folder: Path, *results: Result) -> Path:
    for number, one in enumerate(results):
        (folder / f"{number}.json").write_text(one.model_dump_json(by_alias=True), "utf-8")
    return folder


def test_without_results_every_set_is_said_to_be_missing(builder: ModuleType, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        page = builder.page(folder)
        assert page.count("not measured yet") == 8
        assert "Not measured yet: HealthVer" in page
        assert builder.diagrams(folder) == {}


def test_a_set_with_its_figures_by_hand(builder: ModuleType, tmp_path: Path) -> None:
    """20 verdicts, 14 right, mean confidence 0.75; |0.9 - 0.9| and |0.5 - 0.6| weigh alike: ECE 0.05."""
    page = builder.page(stored(tmp_path, result("healthver")))
    assert "| out of domain | HealthVer | 20 of 24 | 70.0% | 75.0% | 0.050 (0.010 to 0.200) |" in page
    assert "| 0.8 to 0.9 | 10 | 90.0% |" in page
    assert "| 0.5 to 0.6 | 10 | 50.0% |" in page
    assert "said supported" in page
    assert "90% right by keeping those from 0.90 (50% of them)" in page
    assert "99% right" not in page
    assert "synth evaluate healthver" in page
    assert "(images/calibration_healthver.svg)" in page
    assert "Not measured yet: COVID-Fact" in page


def test_a_result_without_confidences_is_missing_and_another_set_is_shown_last(
    builder: ModuleType, tmp_path: Path
) -> None:
    page = builder.page(stored(tmp_path, result("healthver", scored=False), result("breaking_nli")))
    assert "| out of domain | HealthVer | not measured yet |" in page
    assert page.index("## Other sets") < page.index("### Breaking NLI")


def test_a_picture_is_well_formed_and_its_points_lie_where_the_bins_are(builder: ModuleType, tmp_path: Path) -> None:
    made = builder.diagrams(stored(tmp_path, result("healthver")))
    assert list(made) == ["calibration_healthver.svg"]
    tree = ElementTree.fromstring(made["calibration_healthver.svg"])
    points = [(float(c.get("cx", 0)), float(c.get("cy", 0))) for c in tree.iter("{http://www.w3.org/2000/svg}circle")]
    assert points == [(44 + 260 * 0.6, 34 + 260 * 0.5), (44 + 260 * 0.9, pytest.approx(34 + 260 * 0.1))]
    assert "http" not in made["calibration_healthver.svg"].replace("http://www.w3.org/2000/svg", "")


def test_the_same_results_give_the_same_page(builder: ModuleType, tmp_path: Path) -> None:
    folder = stored(tmp_path, result("healthver"), result("scifact_oracle"))
    assert builder.page(folder) == builder.page(folder)
    assert builder.diagrams(folder) == builder.diagrams(folder)
