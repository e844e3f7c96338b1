"""Labelled sets: tiny files in the shape of each, read into pairs; what is cleaned, grouped, drawn and refused."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from synth.errors import InputError
from synth.labelled import KNOWN, Pair, read
from synth.labelled.pairs import clusters, cut, draw, plain
from synth.labelled.scientific import uncited


def lay(path: Path, records: Iterable[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(record) + "\n" for record in records)
    path.write_bytes(gzip.compress(text.encode())) if path.suffix == ".gz" else path.write_text(text, "utf-8")


def tabs(path: Path, *rows: str, end: str = "\n", encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = "".join(row.replace("|", "\t") + end for row in rows).encode(encoding)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


# --- the SciFact shape --------------------------------------------------------------------------------------

CORPUS = [
    {"doc_id": 11, "title": "Tea", "abstract": ["Tea is warm. ", "We drank it.", "It helped ten people."]},
    {"doc_id": 12, "title": "Salt", "abstract": ["Salt was eaten."]},
    {"doc_id": 13, "abstract": ["Nobody slept."]},
]
CLAIMS: list[dict[str, Any]] = [
    {
        "id": 1,
        "claim": "Tea helps.",
        "evidence": {"11": [{"sentences": [2], "label": "SUPPORT"}, {"sentences": [0, 2], "label": "SUPPORT"}]},
        "cited_doc_ids": [11, 12],
    },
    {"id": 2, "claim": "Salt kills.", "evidence": {}, "doc_ids": ["12"]},
    {"id": 3, "claim": "All slept.", "evidence": {"13": [{"sentences": [0], "label": "REFUTE"}]}, "doc_ids": [13]},
]


@pytest.fixture
def scifact(tmp_path: Path) -> Path:
    lay(tmp_path / "corpus.jsonl", CORPUS)
    lay(tmp_path / "claims_dev.jsonl", CLAIMS)
    return tmp_path


def test_a_claim_gives_one_pair_for_each_document_it_cites(scifact: Path) -> None:
    pairs = read("scifact", scifact, "dev")
    assert [(p.id, p.label, p.rationale) for p in pairs] == [
        ("scifact:1:11", "supports", (0, 2)),
        ("scifact:1:12", "neutral", ()),
        ("scifact:2:12", "neutral", ()),
        ("scifact:3:13", "refutes", (0,)),
    ]
    assert pairs[0].sentences == ("Tea is warm.", "We drank it.", "It helped ten people.")
    assert (pairs[0].title, pairs[3].title) == ("Tea", "")


def test_claims_that_share_a_document_are_one_group_over_all_splits(scifact: Path) -> None:
    one, two, three, four = (pair.group for pair in read("scifact", scifact, "dev"))
    assert one == two == three != four
    lay(scifact / "claims_train.jsonl", [{"id": 9, "claim": "Both.", "evidence": {}, "cited_doc_ids": [12, 13]}])
    assert len({pair.group for pair in read("scifact", scifact, "dev")}) == 1


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ({"id": 4, "claim": "X.", "evidence": {}, "doc_ids": [99]}, 'field "doc_ids" names 99, which'),
        ({"id": 4, "claim": "X.", "evidence": {}}, 'field "doc_ids" is not a list of ids'),
        ({"id": 4, "claim": "X.", "evidence": {}, "doc_ids": "11"}, 'field "doc_ids" is not a list of ids'),
        ({"id": 4, "claim": " ", "evidence": {}, "doc_ids": [11]}, 'field "claim" is missing or empty'),
        ({"id": 4, "claim": "X.", "doc_ids": [11]}, 'field "evidence" is not an object'),
        (
            {"id": 4, "claim": "X.", "evidence": {"11": [{"sentences": [3], "label": "SUPPORT"}]}, "doc_ids": [11]},
            'field "evidence" names sentence 3 of 11',
        ),
        (
            {"id": 4, "claim": "X.", "evidence": {"11": [{"sentences": [0], "label": "MAYBE"}]}, "doc_ids": [11]},
            'field "label" is "MAYBE", no known label',
        ),
        (
            {"id": 4, "claim": "X.", "evidence": {"11": [{"sentences": "0", "label": "SUPPORT"}]}, "doc_ids": [11]},
            'field "sentences" is not a list of whole numbers',
        ),
        (
            {
                "id": 4,
                "claim": "X.",
                "evidence": {"11": [{"sentences": [0], "label": "SUPPORT"}, {"sentences": [1], "label": "REFUTE"}]},
                "doc_ids": [11],
            },
            'field "11" does not have one label',
        ),
    ],
)
def test_a_bad_line_is_named(scifact: Path, line: dict[str, Any], fault: str) -> None:
    lay(scifact / "claims_dev.jsonl", [*CLAIMS, line])
    with pytest.raises(InputError) as caught:
        read("scifact", scifact, "dev")
    assert "claims_dev.jsonl:4: " in str(caught.value)
    assert fault in str(caught.value)


def test_a_claim_that_is_there_twice_is_refused(scifact: Path) -> None:
    lay(scifact / "claims_dev.jsonl", [*CLAIMS, CLAIMS[1]])
    with pytest.raises(InputError, match="scifact:2:12 is there twice in dev"):
        read("scifact", scifact, "dev")


def test_unknown_names_are_answered_with_near_ones(scifact: Path) -> None:
    with pytest.raises(InputError, match='no labelled set "scifcat"; did you mean "scifact"'):
        read("scifcat", scifact, "dev")
    with pytest.raises(InputError, match='scifact has no split "tests"; known: dev, train'):
        read("scifact", scifact, "tests")
    with pytest.raises(InputError, match=r"nowhere: no folder; name the one that holds scifact"):
        read("scifact", scifact / "nowhere", "dev")
    with pytest.raises(InputError, match=r"corpus.jsonl: cannot be read"):
        read("healthver", scifact, "dev")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Tea helps [<|cit|>].", "Tea helps."),
        ("Tea helps[<|cit|>,<|other_cit|>] and salt [<|multi_cit|>–24] does not.", "Tea helps and salt does not."),
        ("Tea helps (<|cit|>), salt does not (<|other_cit|>; Lee et al., 2010).", "Tea helps, salt does not."),
        ("Ng et al. [<|cit|>] drank tea.", "Ng et al. drank tea."),
        ("Tea (in the morning <|cit|>) helps.", "Tea (in the morning) helps."),
        ("Tea helps<|other_cit|>–36 a lot,<|cit|> we think [12, 13].", "Tea helps a lot, we think."),
        ("Tea helped 10 [95% CI 9–11] of 20 (51%) people [5].", "Tea helped 10 [95% CI 9–11] of 20 (51%) people."),
        ("Tea warms (Figures <|other_cit|> and <|other_cit|>).", "Tea warms."),
        ("<|cit|>, Tea helps.", "Tea helps."),
        ("Tea helps.", "Tea helps."),
    ],
)
def test_reference_marks_are_taken_out_of_a_citing_sentence(written: str, said: str) -> None:
    assert uncited(written) == said


@given(st.text(alphabet="ab [](),.;<|cit>_12–", max_size=60))
def test_taking_out_marks_leaves_none_and_does_not_fail(text: str) -> None:
    assert "<|cit|>" not in uncited(text)


def test_citing_sentences_are_cleaned_and_grouped_by_the_cited_article(tmp_path: Path) -> None:
    lay(tmp_path / "corpus.jsonl", [{"doc_id": n, "title": "", "abstract": ["A."]} for n in (31000, 31001, 32000)])
    claims = [
        {"id": n, "claim": "Tea helps [<|cit|>].", "evidence": {}, "cited_doc_ids": [d]}
        for n, d in enumerate((31000, 31001, 32000))
    ]
    lay(tmp_path / "claims_train.jsonl", claims)
    pairs = read("citation_integrity", tmp_path, "train")
    assert [(p.group, p.claim) for p in pairs] == [(g, "Tea helps.") for g in ("31", "31", "32")]


# --- trials -------------------------------------------------------------------------------------------------

ANNOTATION = {
    "prompt_id": "7", "pmcid": "PMC1", "split": "test", "outcome": "Body weight", "intervention": "Tea", "comparator":
    "Placebo.", "label": "significantly decreased", "evidence": "Weight fell (p < 0.05). It was warm.",
    "valid_reasoning": "True",
}  # fmt: skip


def test_an_annotation_gives_a_true_and_a_false_claim_worded_alike(tmp_path: Path) -> None:
    invalid = {**ANNOTATION, "prompt_id": "8", "valid_reasoning": "False"}
    lay(tmp_path / "v2_annotations.jsonl", [ANNOTATION, invalid, {**ANNOTATION, "split": "train"}])
    true, false = read("evidence_inference", tmp_path, "test")
    assert (true.id, true.label, false.label) == ("evidence_inference:7/1/decreased:PMC1", "supports", "refutes")
    assert true.sentences == ("Weight fell (p < 0.05).", "It was warm.")
    assert true.rationale is None
    assert true.group == "PMC1"
    for pair in (true, false):
        assert "body weight" in pair.claim.lower()
        assert "placebo" in pair.claim
        assert pair.claim[0].isupper()
        assert pair.claim.endswith(".")
    assert true.claim != false.claim
    assert read("evidence_inference", tmp_path, "test") == (true, false)


@pytest.mark.parametrize("label", ["no significant difference", "significantly increase", "significantly increased"])
def test_every_wording_says_one_direction(tmp_path: Path, label: str) -> None:
    rows = [{**ANNOTATION, "prompt_id": str(n), "label": label} for n in range(60)]
    lay(tmp_path / "v2_annotations.jsonl", rows)
    pairs = read("evidence_inference", tmp_path, "test")
    assert len({p.claim for p in pairs}) == 15  # five wordings, three directions
    by_claim: dict[str, set[str]] = {}
    for pair in pairs:
        by_claim.setdefault(pair.claim, set()).add(pair.label)
    assert all(len(labels) == 1 for labels in by_claim.values())
    assert sum(labels == {"supports"} for labels in by_claim.values()) == 5


def test_an_unknown_direction_is_refused(tmp_path: Path) -> None:
    lay(tmp_path / "v2_annotations.jsonl", [{**ANNOTATION, "label": "sideways"}])
    with pytest.raises(InputError, match=r'jsonl:1: field "label" is "sideways", no known direction'):
        read("evidence_inference", tmp_path, "test")


def test_a_trial_is_read_by_section_and_two_trials_are_told_apart(tmp_path: Path) -> None:
    trials = [{"id": "A", "Results": [" ten", "twenty "]}, {"id": "B", "Results": ["thirty"]}]
    lay(tmp_path / "trials.jsonl", trials)
    single = {"Type": "Single", "Section_id": "Results", "Primary_id": "A", "Statement": "More.", "Label": "Entailment",
              "Primary_evidence_index": [1]}  # fmt: skip
    both = {
        **single,
        "Type": "Comparison",
        "Secondary_id": "B",
        "Label": "Contradiction",
        "Secondary_evidence_index": [0],
    }
    (tmp_path / "dev.json").write_text(json.dumps({"u": single, "v": both}), "utf-8")
    one, two = read("nli4ct", tmp_path, "dev")
    assert (one.sentences, one.rationale, one.label) == (("ten", "twenty"), (1,), "supports")
    assert two.sentences == ("Primary trial:", "ten", "twenty", "Secondary trial:", "thirty")
    assert (two.rationale, two.label, two.id) == ((2, 4), "refutes", "nli4ct:v:A+B")
    (tmp_path / "dev.json").write_text(json.dumps({"u": {**single, "Primary_id": "C"}}), "utf-8")
    with pytest.raises(InputError, match=r"dev.json: u: .*is C, which trials.jsonl does not hold"):
        read("nli4ct", tmp_path, "dev")
    (tmp_path / "dev.json").write_text("[1]", "utf-8")
    with pytest.raises(InputError, match=r"dev.json: not one JSON object"):
        read("nli4ct", tmp_path, "dev")


# --- encyclopedic -------------------------------------------------------------------------------------------


def test_deciding_sentences_stand_in_order_among_three_others(tmp_path: Path) -> None:
    said = [{"section_header": "S", "text": f"Sentence {n}."} for n in "abcdefgh"]
    base = {"text": "It rained.", "label": "REFUTES", "wikipedia_page": "Rain"}
    rows = [{**base, "id": f"x{n}", "gold_evidence": [said[5], said[2]], "retrieved_evidence": said} for n in range(40)]
    lay(tmp_path / "dev.jsonl", rows)
    pairs = read("fool_me_twice", tmp_path, "dev")
    for pair in pairs:
        assert len(pair.sentences) == 5
        assert pair.rationale is not None
        assert [pair.sentences[n] for n in pair.rationale] == ["Sentence f.", "Sentence c."]
        assert (pair.group, pair.title, pair.label) == ("Rain", "Rain", "refutes")
    assert len({pair.rationale for pair in pairs}) > 5  # the places are drawn
    lay(tmp_path / "dev.jsonl", rows[:1])
    assert read("fool_me_twice", tmp_path, "dev") == pairs[:1]  # and depend on nothing but the id


def test_spaced_tokens_become_running_text_and_made_claims_stay_together(tmp_path: Path) -> None:
    row = {"claim": "Bo -LRB- b. 1950 -RRB- sang .", "evidence_sentence": "Bo was n't a singer .", "label": "REFUTES"}
    lay(tmp_path / "fever_symmetric_generated.jsonl", [{**row, "id": "420000001"}, {**row, "id": "420000002"}])
    one, two = read("fever_symmetric", tmp_path, "generated")
    assert (one.claim, one.sentences) == ("Bo (b. 1950) sang.", ("Bo wasn't a singer.",))
    assert one.group == two.group == "42"
    assert one.id != two.id


def test_partly_supported_is_not_supported(tmp_path: Path) -> None:
    row = {"claim": "X.", "evidence": ["(meta data) TITLE: Page", "a", "b"], "meta": {"claim_title": "T"}}
    labels = ("supported", "partially_supported", "not_supported")
    sets = ([[1], [1, 2]], [[2]], [[]])
    rows = [
        {**row, "label": label, "supporting_sentences": some, "meta": {"claim_title": "T", "id": label}}
        for label, some in zip(labels, sets, strict=True)
    ]
    lay(tmp_path / "data/entailment_retrieval/claim/test.jsonl", rows)
    pairs = read("wice", tmp_path, "test")
    assert [(p.label, p.rationale) for p in pairs] == [("supports", (1, 2)), ("neutral", (2,)), ("neutral", ())]
    assert pairs[0].title == "Page"


def test_news_claims_are_mended_and_judged_true_or_false(tmp_path: Path) -> None:
    head = ["id", "claim", "true/false", "published_paper_title", "published_paper_abstract"]
    mended = "It’s “good” – mostly"
    misread = mended.encode().decode("cp1252", "replace").replace("\ufffd", "\x9d")
    with (tmp_path / "claim_level_ground_truth.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(
            [head, [1, misread, "TRUE", "T", "One. Two, it says."], [2, "b", "FALSE", "T", "x"]]
        )
    one, two = read("msvec", tmp_path, "test")
    assert (one.claim, one.label, two.label) == (mended, "supports", "refutes")
    assert one.sentences == ("One.", "Two, it says.")


def test_an_over_claim_does_not_follow_from_its_premise(tmp_path: Path) -> None:
    argument = {"claim": "Tea cures.", "accurate_premise_p0": {"premise": "Tea helped one mouse."}}
    lay(tmp_path / "dev.missci.jsonl", [{"id": "a", "meta": {"fc_article_id": "f"}, "argument": argument}])
    (pair,) = read("missci", tmp_path, "dev")
    assert (pair.label, pair.rationale, pair.sentences) == ("neutral", (), ("Tea helped one mouse.",))


# --- entailment ---------------------------------------------------------------------------------------------


def test_rows_end_at_a_line_feed_only(tmp_path: Path) -> None:
    path = tmp_path / "snli_1.0_dev.from_langpro.tsv.gz"
    tabs(path, "gold_label|sentence1|sentence2", "entailment|A dog\u2028runs , fast .|A dog runs", end="\r\n")
    (pair,) = read("snli", tmp_path, "dev")
    assert (pair.sentences, pair.claim, pair.rationale) == (("A dog runs, fast.",), "A dog runs", (0,))
    tabs(path, "gold_label|sentence1|sentence2", "entailment|A|B", "neutral|A")
    with pytest.raises(InputError, match=r"gz:3: 2 columns, not 3"):
        read("snli", tmp_path, "dev")
    tabs(path, "gold_label|sentence1|sentence2", "-|A|B")
    with pytest.raises(InputError, match=r'gz:2: field "gold_label" is "-", no known label'):
        read("snli", tmp_path, "dev")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"gz: cannot be read .*gzip data is damaged"):
        read("snli", tmp_path, "dev")


def test_versions_of_a_pair_are_one_group_through_the_side_they_share(tmp_path: Path) -> None:
    rows = (
        "sentence1|sentence2|gold_label",
        "A.|B.|neutral",
        "A2.|B.|entailment",
        "A.|B2.|contradiction",
        "Z.|Y.|neutral",
    )
    tabs(tmp_path / "cad.NLI.all_combined.dev.tsv.gz", *rows)
    groups = [pair.group for pair in read("snli", tmp_path, "revised_dev")]
    assert groups[0] == groups[1] == groups[2] != groups[3]


def test_the_other_entailment_sets(tmp_path: Path) -> None:
    whole = {"0": {"text_a": "A.", "text_b": "B.", "label": "contradiction"}}
    (tmp_path / "glue_pretrain.dev.json.gz").write_bytes(gzip.compress(json.dumps(whole).encode()))
    assert read("mnli", tmp_path, "dev")[0].label == "refutes"
    lay(tmp_path / "breaking_nli.jsonl", [{"sentence1": "A.", "sentence2": "B.", "gold_label": "neutral", "pairID": 3}])
    assert read("breaking_nli", tmp_path, "test")[0].id == "breaking_nli:3:premise"
    row = "f|A and B .|A|entailment"
    for word in ("and", "or"):
        tabs(tmp_path / f"help_leskexppmb_{word}.tsv", "filename|ori_sentence|new_sentence|gold_label", row)
    assert [(p.sentences[0], p.label, p.group) for p in read("help", tmp_path, "train")] == [
        ("A and B.", "supports", "f")
    ] * 2
    lay(tmp_path / "monli_pmonli.jsonl", [{"sentence1": "A.", "sentence2": "B.", "gold_label": "entailment"}])
    assert read("monli", tmp_path, "positive")[0].label == "supports"
    rows = [f"{n}|T{n} “x”.|H{n}.|neutral" for n in range(4)]
    tabs(tmp_path / "negation_MNLI.txt", "index|Text|Hypothesis|gold_label", *rows, end="\r\n", encoding="cp1252")
    assert [p.group for p in read("negation", tmp_path, "mnli")] == ["0", "0", "0", "1"]
    tabs(tmp_path / "negation_RTE.txt", "index|Text|Hypothesis|gold_label", "0|T.|H.|not_entailment")
    assert read("negation_rte", tmp_path, "rte")[0].label == "neutral"


# --- pieces -------------------------------------------------------------------------------------------------


def test_a_rationale_must_fit_its_passage() -> None:
    given = {"id": "x", "data": "d", "split": "s", "group": "g", "claim": "c", "title": "", "label": "supports"}
    assert Pair(**given, sentences=("a", "b"), rationale=(0, 1)).rationale == (0, 1)
    for wrong in ((2,), (1, 0), (0, 0), (-1,)):
        with pytest.raises(ValidationError, match="does not fit 2 sentences"):
            Pair(**given, sentences=("a", "b"), rationale=wrong)


def test_clusters_are_named_by_their_smallest_member() -> None:
    assert clusters([("b", "c"), ("d", "e"), ("c", "a")]) == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "d"}


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=12))
def test_clusters_do_not_depend_on_the_order_of_links(links: list[tuple[str, str]]) -> None:
    found = clusters(links)
    assert found == clusters([(b, a) for a, b in reversed(links)])
    assert all(found[a] == found[b] for a, b in links)


@given(st.text(max_size=20), st.integers(1, 50))
def test_a_draw_is_fixed_and_below_its_count(key: str, count: int) -> None:
    assert draw(key, count) == draw(key, count) < count


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("`` Yes , '' he said .", '"Yes," he said.'),
        ("1990 -- 1995", "1990–1995"),
        ("It 's done ; they 're here !", "It's done; they're here!"),
        ("cost $ 5 %", "cost $5%"),
        ("Plain text stays.", "Plain text stays."),
    ],
)
def test_tokens_become_text(tokens: str, text: str) -> None:
    assert plain(tokens) == text


def test_a_passage_of_one_string_is_cut() -> None:
    assert cut("One et al.\nwent. Two  came.") == ("One et al. went.", "Two came.")


# --- the real files -------------------------------------------------------------------------------------------


def test_what_is_told_of_the_sets_is_whole() -> None:
    shipped = {name for name, one in KNOWN.items() if one.ship}
    assert {"healthver", "covidfact", "msvec", "nli4ct", "wice", "monli", "negation", "negation_rte"}.isdisjoint(
        shipped
    )
    assert all(one.splits and one.note and one.licence and 1 <= one.ways <= 3 for one in KNOWN.values())


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "split", "supports", "refutes", "neutral"),
    [
        ("scifact", "dev", 138, 71, 130),
        ("citation_integrity", "dev", 191, 101, 24),
        ("healthver", "test", 374, 225, 304),
        ("covidfact", "test", 102, 215, 0),
        ("msvec", "test", 151, 49, 0),
        ("nli4ct", "dev", 100, 100, 0),
        ("wice", "test", 111, 0, 247),
        ("evidence_inference", "test", 460, 460, 0),
        ("fool_me_twice", "dev", 596, 573, 0),
        ("fever_symmetric", "test", 356, 356, 0),
        ("breaking_nli", "test", 982, 7164, 47),
        ("missci", "test", 0, 0, 154),
        ("monli", "negative", 501, 0, 501),
        ("negation", "snli", 248, 405, 847),
    ],
)
def test_the_sets_count_as_their_makers_say(
    shared_data: Path, name: str, split: str, supports: int, refutes: int, neutral: int
) -> None:
    pairs = read(name, shared_data / KNOWN[name].folder, split)
    counts = Counter(pair.label for pair in pairs)
    assert (counts["supports"], counts["refutes"], counts["neutral"]) == (supports, refutes, neutral)
    assert all(pair.sentences for pair in pairs)
