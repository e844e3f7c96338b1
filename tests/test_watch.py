"""What changed since: told by claim, kept apart from what was not seen, laid down once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import LINES, QUESTION, Done, papers, runner
from report_fixtures import claim, empty, paper, quote, rich
from test_refresh import line

from synth.records import Notice, Report
from synth.refresh import manifest_of
from synth.watch import changes, diff, note

Run = Callable[..., Done]
GAIN = "Intermediate training improves PAWS-X accuracy by 1.4 points."


def report(*claims: Any, papers: Any = (), **changed: Any) -> Report:
    made = empty().model_copy(update={"claims": claims, "papers": papers or (paper("p-1"),), **changed})
    return Report.model_validate(made.model_dump(by_alias=True))


def told(before: Report, after: Report, replicated: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    return [(change.kind, change.text) for change in changes(before, after, replicated)]


ONE = claim("c-1", "A helps B by 1.4 points.", "p-1")
NOTICE = Notice(kind="retraction", date="2026-01-02", source="crossref")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (report(ONE), report(ONE), []),
        (report(ONE), report(claim("c-1", ONE.statement, "p-1", "refuted")),
         [("verdict", "“A helps B by 1.4 points.”: was supported, is refuted "
                      "(another paper measured the opposite direction)")]),
        (report(ONE), report(claim("c-1", ONE.statement, "p-1", evidence=(quote("p-2", "A harms B.", "refutes"),))),
         [("contradiction", "“A helps B by 1.4 points.”: p-2 says “A harms B.”")]),
        (report(ONE), report(claim("c-1", ONE.statement, "p-1", evidence=(quote("p-2", "A helps B."),))), []),
        (report(ONE, papers=(paper("p-1", version="v1", versions=("v1",)),)),
         report(ONE, papers=(paper("p-1", version="v2", versions=("v1", "v2")),)),
         [("version", "A made-up paper (p-1): v1 before, v2 now; claims c-1")]),
        (report(ONE), report(claim("c-9", "A helps B by 1.2 points.", "p-1")),
         [("restated", "“A helps B by 1.4 points.” is now “A helps B by 1.2 points.”")]),
        (report(ONE), report(claim("c-9", ONE.statement, "p-1")), []),  # another id, the same claim
        (report(ONE), report(ONE, papers=(paper("p-1", notices=(NOTICE,)),)),
         [("retraction", "A made-up paper (p-1): retraction on 2026-01-02 (crossref); claims c-1")]),
        (report(ONE), report(ONE, papers=(paper("p-1"), paper("p-2", "Another"))),
         [("paper", "new: Another (p-2)")]),
        (report(ONE), report(ONE, papers=(paper("p-1", included=False, reason="off topic"),)),
         [("paper", "no longer included: A made-up paper (p-1) (off topic)")]),
        (report(ONE), report(), [("claim", "no longer in the report: “A helps B by 1.4 points.” (p-1)")]),
        (report(ONE, papers=(paper("p-1"), paper("p-2"))), report(papers=(paper("p-1"),), partial=True),
         [("claim", "not seen this time, and the report is partial: “A helps B by 1.4 points.” (p-1)")]),
        (report(), report(claim("c-2", "C is a task.", "p-1")),
         [("claim", "new: “C is a task.” (p-1; supported)")]),
    ],
)  # fmt: skip
def test_what_changed_is_told(before: Report, after: Report, expected: list[tuple[str, str]]) -> None:
    assert told(before, after) == expected


def test_only_what_an_experiment_said_is_news_of_a_replication() -> None:
    other = ONE.model_copy(update={"replication": ONE.replication.model_copy(update={"reason": "can be tested"})})
    assert told(report(ONE), report(other)) == []
    assert told(report(ONE), report(other), frozenset({"c-1"})) == [
        ("replication", "“A helps B by 1.4 points.”: not run: can be tested")
    ]


def test_the_gravest_comes_first_and_the_note_says_what_it_rests_on() -> None:
    before = rich()
    after = before.model_copy(
        update={
            "claims": (*before.claims[:1], before.claims[1].model_copy(
                update={"verdict": before.claims[1].verdict.model_copy(update={"label": "conflicting"})}
            )),
            "papers": (before.papers[0].model_copy(update={"notices": (NOTICE,)}), *before.papers[1:]),
        }
    )  # fmt: skip
    found = changes(before, after)
    assert [change.kind for change in found][:2] == ["retraction", "verdict"]
    text = note(found, "Is <b>it</b> so?", "2026-03-09", "2026-03-01", partial=True)
    assert text.startswith("# Is \\<b\\>it\\</b\\> so?\n\n2026-03-09: 6 changes since 2026-03-01.\n\nSome sources")
    assert text.index("## Retractions") < text.index("## Verdicts") < text.index("## Claims that came or went")


def test_a_diff_names_the_lines_that_changed_and_no_others() -> None:
    after = report(claim("c-1", ONE.statement, "p-1", "refuted"))
    lines = diff(report(ONE), after, "2026-03-01", "2026-03-09").splitlines()
    assert lines[:2] == ["--- 2026-03-01", "+++ 2026-03-09"]
    assert [one for one in lines[2:] if one[0] in "+-"] == [
        "-  verdict supported: two quotes say the same, and the numbers agree",
        "+  verdict refuted: another paper measured the opposite direction",
    ]
    assert diff(after, after, "a", "b") == ""


# --- whole --------------------------------------------------------------------------------------------------------


@pytest.fixture
def synth(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SYNTH_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return runner(capsys)


def test_a_report_is_watched_and_each_change_is_told_once(synth: Run, tmp_path: Path) -> None:
    made = papers(tmp_path)
    words = ("--offline", "--papers", made, "--out", "r", "--format", "json")
    assert synth("report", "--question", QUESTION, *words).code == 0
    mine = {path.name: path.read_bytes() for path in Path("r").iterdir()}
    first = synth("watch", "r", "--offline")
    assert (first.code, first.out) == (0, "")
    assert "nothing changed" in first.err
    assert {path.name: path.read_bytes() for path in Path("r").iterdir() if path.is_file()} == mine

    against = {"id": "no", "title": "No gain on PAWS-X", "year": 2024, "authors": ["Cleo Doubter"],
               "abstract": "Intermediate training does not improve PAWS-X accuracy but lowers it by 1.4."}  # fmt: skip
    papers(tmp_path, (*LINES, against))
    second = synth("watch", "r", "--offline")
    assert second.code == 0
    assert "new: No gain on PAWS-X (no)" in second.out
    notes = sorted(path.name for path in Path("r/watch").iterdir() if path.is_file() and path.name[0] != ".")
    assert [name[-3:] for name in notes] == ["iff", ".md"]
    assert "+paper no" in (Path("r/watch") / notes[0]).read_text()
    assert synth("watch", "r", "--offline").out == ""  # told once
    assert {path.name: path.read_bytes() for path in Path("r").iterdir() if path.is_file()} == mine


def test_evidence_of_an_experiment_is_news(synth: Run, tmp_path: Path) -> None:
    words = ("--offline", "--papers", papers(tmp_path), "--out", "r", "--format", "json")
    assert synth("report", "--question", QUESTION, *words).code == 0
    found = json.loads(Path("r/report.json").read_text())["claims"][0]
    Path("r/evidence.jsonl").write_text(json.dumps(line(found["id"])) + "\n")
    done = synth("watch", "r", "--offline", "--quiet")
    assert (done.code, done.err) == (0, "")
    assert "## Replications" in done.out
    assert "was not run, is replicated" in done.out
    refreshed = synth("report", "--refresh", "r")
    assert (refreshed.code, refreshed.out) == (0, "r\n")
    assert f"{found['id']}: replicated" in refreshed.err
    assert synth("watch", "r", "--offline", "--quiet").out == ""


@pytest.mark.parametrize(
    ("changed", "heading", "told"),
    [
        ({"version": "v2"}, "## New versions of papers", "(gain): v1 before, v2 now"),
        ({"version": "v2", "abstract": LINES[0]["abstract"].replace("1.4", "1.1")},
         "## Claims that came or went", "new: “Intermediate training improves PAWS-X accuracy by 1.1 points.” (gain;"),
        ({"title": f"RETRACTED: {LINES[0]['title']}"}, "## Retractions and notices", "(gain): retraction"),
        ({"retracted": {"date": "2026-02-02"}}, "## Retractions and notices", "(gain): retraction on 2026-02-02"),
    ],
)  # fmt: skip
def test_a_new_version_and_a_retraction_are_told_and_the_report_stays(
    synth: Run, tmp_path: Path, changed: dict[str, object], heading: str, told: str
) -> None:
    first = {**LINES[0], "version": "v1"}
    words = ("--offline", "--papers", papers(tmp_path, (first, LINES[1])), "--out", "r", "--format", "json")
    assert synth("report", "--question", QUESTION, *words).code == 0
    before = Path("r/report.json").read_bytes()
    papers(tmp_path, ({**first, **changed}, LINES[1]))
    done = synth("watch", "r", "--offline", "--quiet")
    assert done.code == 0, done.err
    assert heading in done.out
    assert told in done.out.replace("\\", "")
    assert Path("r/report.json").read_bytes() == before
    diff_of = next(Path("r/watch").glob("*.diff")).read_text()
    assert any(line.startswith("+") for line in diff_of.splitlines()[2:])
    assert synth("watch", "r", "--offline", "--quiet").out == ""  # told once


def test_what_cannot_be_written_is_one_line(synth: Run, tmp_path: Path) -> None:
    words = ("--offline", "--papers", papers(tmp_path), "--out", "r", "--format", "json")
    assert synth("report", "--question", QUESTION, *words).code == 0
    Path("r/watch").write_text("a file stands where the folder would")
    done = synth("watch", "r", "--offline", "--quiet")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "r/watch: cannot be written (" in done.err


def test_a_kill_between_two_renames_loses_nothing(tmp_path: Path) -> None:
    """The report that was watched last is under one name or the other at every moment."""
    from synth.watch import _seen, _settled

    place = tmp_path / "watch"
    for name in (".former", ".coming"):
        (place / name).mkdir(parents=True)
        (place / name / "manifest.json").write_text(name)
    assert _seen(tmp_path) == place / "latest"  # killed after the first rename: the former is the latest again
    assert (place / "latest" / "manifest.json").read_text() == ".former"
    _settled(tmp_path, place / ".coming")
    assert (place / "latest" / "manifest.json").read_text() == ".coming"
    assert sorted(path.name for path in place.iterdir()) == ["latest"]
    (place / ".former").mkdir()  # killed after the second rename: what was before goes
    assert _seen(tmp_path) == place / "latest"
    assert sorted(path.name for path in place.iterdir()) == ["latest"]


def test_what_cannot_be_watched_is_one_line(synth: Run, tmp_path: Path) -> None:
    done = synth("watch", tmp_path / "nowhere")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "manifest.json: cannot be read" in done.err


# --- the same report again -------------------------------------------------------------------------------------------


def test_a_manifest_is_enough_for_the_same_bytes(synth: Run, tmp_path: Path) -> None:
    words = ("--offline", "--papers", papers(tmp_path), "--out", "r", "--format", "json,html", "--max-papers", 5)
    assert synth("report", "--question", QUESTION, *words).code == 0
    found = json.loads(Path("r/report.json").read_text())["claims"][0]
    Path("r/evidence.jsonl").write_text(json.dumps(line(found["id"])) + "\n")
    assert synth("report", "--refresh", "r").code == 0
    Path("r/evidence.jsonl").unlink()  # the manifest keeps what was taken up
    again = synth("report", "--from-manifest", "r/manifest.json")
    assert (again.code, again.out) == (0, "r/rebuilt\n")
    assert "the same, byte by byte" in again.err
    for name in ("report.json", "report.html", "claims.jsonl"):
        assert Path("r/rebuilt", name).read_bytes() == Path("r", name).read_bytes()
    assert synth("report", "--from-manifest", "r", "--out", "other").code == 0
    assert Path("other/report.json").read_bytes() == Path("r/report.json").read_bytes()


def test_what_cannot_be_made_again_is_said(synth: Run, tmp_path: Path) -> None:
    made = papers(tmp_path)
    words = ("--offline", "--papers", made, "--out", "r", "--format", "json")
    assert synth("report", "--question", QUESTION, *words).code == 0
    manifest = manifest_of(Path("r"))
    for changed, message in (
        ({**manifest, "request": None}, "keeps no request"),
        ({**manifest, "request": {**manifest["request"], "question": 3}}, "question: 3 is no str"),
        ({**manifest, "inputs": [{"path": "gone.jsonl", "sha256": "0"}]}, "gone.jsonl: the input is not there"),
        ({**manifest, "inputs": [{"path": str(made), "sha256": "0"}]}, "the input was changed since"),
    ):
        Path("m.json").write_text(json.dumps(changed))
        done = synth("report", "--from-manifest", "m.json", "--out", "x")
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert message in done.err
    assert not Path("x").exists()
    same = synth("report", "--from-manifest", "r/manifest.json", "--out", "r")
    assert (same.code, "holds the report itself" in same.err) == (2, True)
    Path("r/report.json").write_text(Path("r/report.json").read_text().replace("1.4", "1.5"))
    other = synth("report", "--from-manifest", "r/manifest.json")
    assert (other.code, other.out) == (2, "r/rebuilt\n")
    assert "the same bytes cannot be made again" in other.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Missing option '--question'"),
        (("--refresh", "r", "--question", "x"), "--question and --refresh do not go together"),
        (("--refresh", "r", "--from-manifest", "m"), "--refresh and --from-manifest do not go together"),
        (("--refresh", "nowhere"), "nowhere is no folder of a report"),
        (("--refresh", ".", "--out", "x"), "leave --out out"),
        (("--from-manifest", "nowhere.json"), "nowhere.json: cannot be read"),
    ],
)
def test_one_thing_at_a_time(synth: Run, words: tuple[str, ...], message: str) -> None:
    done = synth("report", *words)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
