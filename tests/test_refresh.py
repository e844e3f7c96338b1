"""Evidence of experiments taken up by a report: what may speak of a claim, what stands beside it, and what is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_fixtures import claim, paper, rich

from synth import flags
from synth.errors import InputError, SynthError
from synth.laid import HISTORY, Line, lines, remembered
from synth.records import Report, content_id
from synth.refresh import manifest_of, refresh, taken_up
from synth.render import load, write

DAY, LATER = "2026-03-01", "2026-03-09"
EFFECT = {
    "id": "e", "statement": "Training on A helps B.", "kind": "difference", "value": 8.2, "unit": "points",
    "source": "a paper", "version": None, "mark": "read", "band": 1.0,
}  # fmt: skip
FAMILY = "Training on A helps B in the made-up family."


def measurement(seed: int, *, sha256: str = "a" * 64, **changes: Any) -> dict[str, Any]:
    values = {
        "stage": "t-1", "arm": "a", "seed": seed, "task": "xnli", "language": "de", "split": "validation",
        "layer": None, "predictions_sha256": sha256,
    }  # fmt: skip
    made = content_id("m", "t-1", "a", seed, "xnli", "de", "validation", None, sha256)
    return {"id": made, "metric": "accuracy", "value": 70.0, "n": 10, **values, **changes}


def line(
    identity: str | None = "c-1", preset: str = "paper", status: str = "replicated", **changes: Any
) -> dict[str, Any]:
    """A line as a run of the whole protocol lays it, or, for micro, as one of the family."""
    micro = preset == "micro"
    taken = [] if micro or status == "not_run" else [measurement(seed) for seed in (1, 2)]
    values: dict[str, Any] = {
        "schema": "replicate/evidence/1", "claim_id": identity, "experiment": "a-helps-b", "effect": EFFECT,
        "replication": {
            "status": "not_run" if micro else status,
            "reason": "the family speaks of itself alone" if micro else "the whole interval lies within the band",
            "command": f"replicate run --preset {preset}",
            "measurement_ids": [one["id"] for one in taken],
        },
        "estimate": None, "interval": None,
        "measured": {
            "statement": FAMILY if micro else EFFECT["statement"], "label": status, "estimate": 7.9, "low": 7.4,
            "high": 8.4,
        },
        "signature": f"plan-{preset} level=0.95", "preset": preset, "level": 0.95, "band": 1.0, "seeds": [1, 2],
        "similarity": {"model": "same", "data": "same", "recipe": "different", "metric": "same"},
        "deviations": [{"what": "recipe", "paper": "its appendix", "here": "the authors' scripts"}],
        "measurements": taken,
    }  # fmt: skip
    return values | changes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    report = Report.model_validate(
        rich().model_dump(by_alias=True) | {
            "papers": [paper("p-1").model_dump()],
            "claims": [claim("c-1", "A helps B by 8.2 points.", "p-1").model_dump(),
                       claim("c-2", "B is a task.", "p-1").model_dump()],
            "agreements": [], "conflicts": [],
        }
    )  # fmt: skip
    write(report, tmp_path, formats=("json", "md"), manifest={"date": "2026-02-01", "request": {}})
    return tmp_path


def lay(folder: Path, *rows: dict[str, Any] | str) -> None:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    (folder / "evidence.jsonl").write_text(text, encoding="utf-8")


def taken(folder: Path, date: str = DAY, offers: Sequence[flags.Offer] = ()) -> Any:
    """The replication of the first claim after a refresh."""
    refresh(folder, date, among=offers)
    return load(folder).claims[0].replication


# --- what a line can do ---------------------------------------------------------------------------------------


def test_a_run_of_the_paper_tells_value_interval_seeds_setting_and_differences(folder: Path) -> None:
    lay(folder, line())
    done = refresh(folder, DAY, among=())
    found = load(folder).claims[0].replication
    assert done.changed == ("c-1",)
    assert found.status == "replicated"
    assert found.measurement_ids == tuple(measurement(seed)["id"] for seed in (1, 2))
    assert found.command == "replicate run --preset paper"
    for words in (
        "measured +7.9 points, 95% interval +7.4 to +8.4; the paper states +8.2 points", "Seeds 1, 2.",
        "Band 1 points.", "model same, data same, recipe different, metric same",
        "recipe: the authors' scripts (paper: its appendix)",
        "the whole interval lies within the band",
    ):  # fmt: skip
        assert words in found.reason
    assert "+7.9 points" in (folder / "report.md").read_text(encoding="utf-8")
    assert not (folder / "report.html").exists()  # what was not written before is not written now


@pytest.mark.parametrize("label", ["replicated", "replicated_different_size", "not_replicated", "inconclusive"])
def test_a_micro_result_never_raises_a_papers_claim(folder: Path, label: str) -> None:
    lay(folder, line(preset="micro", status=label))
    found = taken(folder)
    assert (found.status, found.measurement_ids) == ("not_run", ())
    assert found.reason.startswith("the paper's claim was not run.")
    assert f"speaks of the made-up family alone (“{FAMILY}”): +7.9 points" in found.reason


_LABELS = ("replicated", "replicated_different_size", "not_replicated", "inconclusive", "not_run", "not_replicable")


@st.composite
def micro_lines(draw: st.DrawFn) -> Line:
    """A line of a micro run, whatever it says of itself: right measurements, the claim's effect, any label."""
    said, label = draw(st.sampled_from(_LABELS)), draw(st.sampled_from(_LABELS))
    row = line(preset="paper", status=label, signature=f"plan-{draw(st.integers(0, 3))} level=0.95")
    row["replication"] |= {"status": said, "measurement_ids": [one["id"] for one in row["measurements"]]}
    if said not in ("not_run", "not_replicable") and not row["measurements"]:
        row |= {"measurements": [measurement(1)]}
        row["replication"] |= {"measurement_ids": [measurement(1)["id"]]}
    estimate = draw(st.none() | st.floats(-50, 50))
    row["measured"] = {**row["measured"], "label": label, "estimate": estimate}
    preset = draw(st.sampled_from(["micro", "", "Paper", "micro ", "paper\u200b"]))
    return Line.model_validate(row | {"preset": preset})


@settings(max_examples=300, deadline=None)
@given(st.lists(micro_lines(), min_size=1, max_size=5))
def test_no_micro_lines_however_many_and_whatever_they_say_raise_a_claim(said: list[Line]) -> None:
    report = rich().model_copy(update={"claims": (claim("c-1", "A helps B by 8.2 points.", "p-1"),)})
    found = taken_up(report, said).claims[0].replication
    assert (found.status, found.measurement_ids) == ("not_run", ())
    assert found.reason.startswith("the paper's claim was not run.")


def test_how_a_micro_run_differs_from_the_paper_is_told_once(folder: Path) -> None:
    lay(folder, line(preset="micro"), line(preset="micro", experiment="b-helps-c"))
    found = taken(folder)
    assert found.reason.count("Beside it, a micro run of ") == 2
    assert found.reason.count("model same, data same, recipe different, metric same") == 1
    assert found.reason.count("recipe: the authors' scripts (paper: its appendix)") == 1
    assert "recipe: the authors' scripts" in (folder / "report.md").read_text(encoding="utf-8")


def test_what_counting_settled_stays_beside_a_run(folder: Path) -> None:
    def offer(claims: Any) -> list[dict[str, Any]]:
        return [{"claim_id": "c-1", "experiment": "counting", "settled": "counted: b train: agrees"}]

    lay(folder, line(preset="micro"))
    for _ in range(2):
        assert taken(folder, offers=(offer,)).reason.endswith("Besides, counted: b train: agrees.")


def test_a_micro_line_that_says_it_replicated_the_claim_is_not_believed(folder: Path) -> None:
    lay(folder, line() | {"preset": "micro"}, line("c-2") | {"preset": ""})
    refresh(folder, DAY, among=())
    assert [one.replication.status for one in load(folder).claims] == ["not_run", "not_run"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"measurements": []}, "without the predictions"),
        ({"measurements": [measurement(1), measurement(2, sha256="b" * 64)]}, "without the predictions"),
        ({"measurements": [measurement(1), measurement(2, task="pawsx")]}, "without the predictions"),
        ({"measurements": [measurement(1), measurement(2, predictions_sha256="none")]}, "without the predictions"),
        ({"measured": line()["measured"] | {"statement": "Something else."}}, "another effect than the claim's"),
        ({"measured": line()["measured"] | {"label": "inconclusive"}}, "its run inconclusive"),
        ({"preset": "large"}, "the preset large cannot speak"),
    ],
)
def test_a_line_that_proves_nothing_leaves_the_claim_not_run(folder: Path, changes: dict[str, Any], why: str) -> None:
    lay(folder, line() | changes)
    found = taken(folder)
    assert (found.status, found.measurement_ids) == ("not_run", ())
    assert why in found.reason


def test_runs_that_disagree_are_inconclusive_whichever_came_last(folder: Path) -> None:
    one, other = line(), line(status="not_replicated", signature="plan-other level=0.95")
    for rows in ((one, other), (other, one)):
        lay(folder, *rows)
        found = taken(folder)
        assert found.status == "inconclusive"
        assert "2 runs at the same depth disagree" in found.reason


def test_the_whole_protocol_comes_before_a_part_of_it(folder: Path) -> None:
    lay(folder, line(preset="retrieval", status="not_replicated"), line(), line(preset="micro"))
    found = taken(folder)
    assert found.status == "replicated"
    assert found.reason.index("(paper)") < found.reason.index("(retrieval)") < found.reason.index("a micro run")


def test_counts_are_told_and_replicate_nothing(folder: Path) -> None:
    check = {"what": "b train: rows", "stated": 87599.0, "found": 87599.0, "outcome": "match"}
    lay(folder, line(status="not_run", checks=[check], measured=line()["measured"] | {"estimate": None}))
    found = taken(folder)
    assert found.status == "not_run"
    assert "checked, nothing was replicated: b train: rows: stated 87,599, found 87,599, agrees" in found.reason


# --- history ----------------------------------------------------------------------------------------------------


def test_the_same_lines_twice_change_no_byte(folder: Path) -> None:
    lay(folder, line(preset="micro"), line("c-2"))
    refresh(folder, DAY, among=())
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = refresh(folder, LATER, among=())
    assert (again.changed, again.files) == ((), ())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_history_is_added_to_and_dated_and_the_report_holds_no_date(folder: Path) -> None:
    lay(folder, line(status="inconclusive"))
    refresh(folder, DAY, among=())
    lay(folder, line(status="replicated", seeds=[1, 2, 3]))  # the same plan, finished now
    refresh(folder, LATER, among=())
    history = manifest_of(folder)[HISTORY]
    assert [(one["date"], one["line"]["replication"]["status"]) for one in history] == [
        (DAY, "inconclusive"), (LATER, "replicated"),
    ]  # fmt: skip
    assert load(folder).claims[0].replication.status == "replicated"
    text = (folder / "report.json").read_text(encoding="utf-8")
    assert DAY not in text
    assert LATER not in text


def test_what_was_taken_up_stays_when_the_file_is_gone(folder: Path) -> None:
    lay(folder, line())
    first = taken(folder)
    (folder / "evidence.jsonl").unlink()
    assert taken(folder, LATER) == first


def test_the_report_is_made_of_the_lines_alone(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """In two steps or in one, and from the manifest: the same bytes."""
    other = tmp_path_factory.mktemp("other") / "copy"
    shutil.copytree(folder, other)
    lay(folder, line(preset="micro"))
    refresh(folder, DAY, among=())
    lay(folder, line(preset="micro"), line())
    refresh(folder, LATER, among=())
    lay(other, line(preset="micro"), line())
    refresh(other, DAY, among=())
    assert (folder / "report.json").read_bytes() == (other / "report.json").read_bytes()
    assert taken_up(load(folder), remembered(manifest_of(folder))) == load(folder)


# --- input at fault -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", r"evidence\.jsonl: line 1: the line: Invalid JSON"),
        ("[]", r"evidence\.jsonl: line 1"),
        (line(schema="replicate/evidence/2"), r"line 1: schema"),
        (line(measurements=[{"id": "m-1"}]), r"line 1: measurements\.0\.stage"),
        (line(replication={"status": "replicated", "reason": "", "command": None}), r"line 1: replication"),
    ],
)
def test_a_line_that_is_none_is_named(folder: Path, row: dict[str, Any] | str, message: str) -> None:
    lay(folder, row)
    before = (folder / "report.json").read_bytes()
    with pytest.raises(InputError, match=message):
        refresh(folder, DAY, among=())
    assert (folder / "report.json").read_bytes() == before


def test_lines_without_a_claim_of_this_report_are_told_and_kept(folder: Path) -> None:
    lay(folder, line(None), line("c-9"))
    done = refresh(folder, DAY, among=())
    assert done.changed == ()
    assert [remark for remark in done.remarks if "without a claim" in remark or "no claim c-9" in remark] == [
        *done.remarks
    ]
    assert len(done.remarks) == 2


def test_a_folder_without_manifest_or_report_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "manifest.json").unlink()
    with pytest.raises(InputError, match=r"manifest\.json: cannot be read"):
        refresh(folder, DAY, among=())
    with pytest.raises(InputError, match="nowhere: cannot be read"):
        refresh(tmp_path / "nowhere", DAY, among=())
    assert lines(tmp_path / "nowhere").lines == ()


def test_text_of_a_line_is_text(folder: Path) -> None:
    """Markup and direction marks in a line are shown, never obeyed."""
    bad = "</p><script>alert(1)</script>\u202e[x](javascript:alert(1))"
    lay(folder, line(replication=line()["replication"] | {"reason": bad, "command": bad}))
    report = load(folder)
    write(report, folder, formats=("json", "html", "md"), manifest=manifest_of(folder))
    refresh(folder, DAY, among=())
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert r"\[x\](javascript:alert(1))." in (folder / "report.md").read_text(encoding="utf-8")


NOISE = st.one_of(st.binary(max_size=40), st.text(max_size=40).map(str.encode))


@settings(deadline=None)
@given(NOISE, st.integers(0, 3000), st.integers(0, 255))
def test_whatever_lies_there_is_taken_up_or_named(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int, byte: int
) -> None:
    """Noise, a good line with one byte changed, with noise put in: lines or one InputError, never another fault."""
    here = tmp_path_factory.mktemp("laid")
    good = json.dumps(line()).encode()
    at %= len(good)
    for content in (noise, good[:at] + bytes([byte]) + good[at + 1 :], good[:at] + noise + good[at:]):
        (here / "evidence.jsonl").write_bytes(content)
        try:
            found = lines(here)
        except InputError:
            continue
        taken_up(Report.model_validate(rich().model_dump(by_alias=True)), found.lines)
        json.dumps(found.raw, allow_nan=False, ensure_ascii=False).encode()


@pytest.mark.parametrize("text", ["NaN", "1e999", "-Infinity", '"\\ud800"', "[" * 5000 + "]" * 5000])
def test_what_could_not_be_written_again_is_refused(folder: Path, text: str) -> None:
    lay(folder, json.dumps(line())[:-1] + f', "more": {text}}}')
    with pytest.raises(InputError, match=r"evidence\.jsonl: line 1"):
        refresh(folder, DAY, among=())


# --- marks ----------------------------------------------------------------------------------------------------------


def offered(claims: Sequence[Any]) -> list[dict[str, Any]]:
    """What an engine of experiments says of the first claim."""
    micro = {"name": "micro", "speaks": False, "cost": "9 min", "command": "m", "why_not": "speaks of the family"}
    part = {"name": "retrieval", "speaks": False, "cost": "1 h", "command": "r", "why_not": "two of nine targets"}
    whole = {"name": "paper", "speaks": True, "cost": "4 h", "command": "p", "here": False, "why_not_here": "no GPU"}
    return [{"claim_id": claims[0]["id"], "experiment": "a-helps-b", "tiers": [micro, part, whole]}]


def test_claims_are_marked_with_tiers_cost_and_command(folder: Path) -> None:
    found = taken(folder, offers=[offered])
    assert (found.status, found.command) == ("not_run", "p")
    assert found.reason == (
        "no experiment was run; a-helps-b can test it: micro (9 min; speaks of the family), paper (4 h)"
    )
    other = load(folder).claims[1].replication
    assert other.reason == "no experiment was asked for"
    assert "no GPU" not in (folder / "report.json").read_text()  # what one machine lacks is no part of the report
    assert manifest_of(folder)["flags"][0]["tiers"][2]["why_not_here"] == "no GPU"


def test_a_mark_gives_way_to_a_run(folder: Path) -> None:
    taken(folder, offers=[offered])
    lay(folder, line())
    assert taken(folder, offers=[offered]).status == "replicated"
    assert taken(folder, LATER, offers=[offered]).status == "replicated"


@pytest.mark.parametrize(
    ("flag", "reason"),
    [
        ({"settled": "checked, nothing was replicated: rows agree", "tiers": []}, "nothing was replicated: rows agree"),
        ({"tiers": [{"name": "paper", "speaks": False, "cost": "1 h", "command": "p", "why_not": "no public data"}]},
         "a-helps-b would test it and cannot be run: no public data"),
    ],
)  # fmt: skip
def test_what_is_settled_or_cannot_be_run_is_said(folder: Path, flag: dict[str, Any], reason: str) -> None:
    found = taken(folder, offers=[lambda claims: [{"claim_id": "c-1", "experiment": "a-helps-b", **flag}]])
    assert found.status == "not_run"
    assert found.reason.endswith(reason)


def test_an_offer_of_another_shape_is_this_programs_fault(folder: Path) -> None:
    with pytest.raises(SynthError, match=r"synth\.experiments: experiment"):
        refresh(folder, DAY, among=[lambda claims: [{"claim_id": "c-1"}]])
