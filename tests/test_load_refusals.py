"""What the loader refuses, each in one line that says where and what to do."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from replicate import catalogue, load
from synth.errors import InputError

HEADER = "sentence1\tsentence2\tgold_label\tpairID\n"


def lay(root: Path, name: str, text: str) -> load.Place:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(text.encode())
    return load.files(root, whole=False)


def refusal(name: str, split: str, language: str, place: load.Place) -> str:
    with pytest.raises(InputError) as caught:
        load.read(name, split, language, place)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_count_that_differs_from_the_published_one(tmp_path: Path) -> None:
    lay(tmp_path, "xnli/dev-sw.tsv", "Ndiyo.\tHapana.\tneutral\r\n")
    told = refusal("xnli", "validation", "sw", load.files(tmp_path))
    assert "1 rows in" in told
    assert "expected 2,490" in told
    assert "dev-sw.tsv" in told
    # the same file is welcome as a part, and with a limit nothing is counted
    assert load.read("xnli", "validation", "sw", load.files(tmp_path, whole=False)).rows == 1
    assert "not compared" in load.read("xnli", "validation", "sw", load.files(tmp_path), limit=1).notes[0]


def test_a_recalled_count_is_noted_not_refused(tmp_path: Path) -> None:
    lay(tmp_path, "ccg/train.tsv", "a b\tN N\n")
    got = load.read("ccg", "train", "en", load.files(tmp_path))
    assert got.notes == ("1 examples; 38,015 are recalled for the paper (not verified)",)


@pytest.mark.parametrize(
    ("name", "split", "language", "file", "text", "told"),
    [
        ("mnli", "train", "en", "mnli/train.tsv", "a\tb\nx\ty\n", 'no column "sentence1" (text of mnli)'),
        ("mnli", "train", "en", "mnli/train.tsv", HEADER + "x\ty\n", "line 2 has 2 columns, the header has 4"),
        ("mnli", "train", "en", "mnli/train.tsv", HEADER + "x\ty\tmaybe\t1\n", 'line 2: "maybe" is no label of mnli'),
        ("mnli", "train", "en", "mnli/train.tsv", HEADER + "x\ty\t3\t1\n", '"3" is no label'),
        ("mnli", "train", "en", "mnli/train.tsv", HEADER + "x\ty\t-\t1\n", "no usable row"),
        ("mnli", "train", "en", "mnli/train.tsv", "", "no usable row"),
        ("xnli", "dev", "de", "xnli/dev-de.tsv", "one\n", "line 1 has 1 columns, expected sentence1"),
        ("xnli", "dev", "de", "xnli/dev-de.tsv", "a\tb\n", 'no column "label"'),
        ("udpos", "dev", "en", "udpos/dev-en.tsv", "a\tNOUN\nb\tNOUNS\n", '"NOUNS" is no tag of udpos'),
        ("udpos", "dev", "en", "udpos/dev-en.tsv", "a\tb\tNOUN\n", "line 1 has 3 columns"),
        ("udpos", "dev", "de", "ud-treebanks-v2.5/U/de_x-ud-dev.conllu", "1\ta\tNOUN\n", "has 3 columns, CoNLL-U has"),
        ("udpos", "dev", "de", "ud-treebanks-v2.5/U/de_x-ud-dev.conllu", "x" + "\t_" * 9, "id x or head _ is not a"),
        ("squad_v1", "train", "en", "squad_v1/train-v1.1.json", "{}", 'is not SQuAD JSON: it has no list "data"'),
        ("squad_v1", "train", "en", "squad_v1/train-v1.1.json", '{"data": [', "line 1 is not JSON"),
        ("squad_v1", "train", "en", "squad_v1/train-v1.1.json", '{"data": [{}]}', "article 1 is not SQuAD JSON"),
        ("hellaswag", "dev", "en", "hellaswag/hellaswag_val.jsonl", "{}\n", 'line 1: no column "endings"'),
        ("hellaswag", "dev", "en", "hellaswag/hellaswag_val.jsonl", "[1]\n", "line 1 is not a JSON object"),
        ("cosmosqa", "dev", "en", "cosmosqa/valid.csv", 'id,context\n"open', "unexpected end of data"),
        ("ccg", "train", "en", "ccg/train.tsv", "a b\tN\n", "2 words, but 1 tags"),
        ("xnli", "dev", "de", "xnli/dev-de.tsv", "", "no usable row"),
    ],
)
def test_files_at_fault(tmp_path: Path, name: str, split: str, language: str, file: str, text: str, told: str) -> None:
    place = lay(tmp_path, file, text)
    message = refusal(name, split, language, place)
    assert told in message
    assert file.split("/")[-1] in message


def test_an_answer_that_is_not_in_its_context(tmp_path: Path) -> None:
    body = '{"data": [{"paragraphs": [{"context": "The mill stopped in 1871 for good, they say.", "qas": [{"id": "q9", '
    body += '"question": "?", "answers": [{"text": "1872", "answer_start": 20}]}]}]}]}'
    told = refusal("squad_v1", "train", "en", lay(tmp_path, "squad_v1/train-v1.1.json", body))
    assert 'question q9: the answer "1872" is not at character 20 of its context ("1871" is)' in told


def test_sides_that_are_not_aligned(tmp_path: Path) -> None:
    lay(tmp_path, "tatoeba/tatoeba.deu-eng.deu", "Ja.\nNein.\n")
    told = refusal("tatoeba", "dev", "de", lay(tmp_path, "tatoeba/tatoeba.deu-eng.eng", "Yes.\n"))
    assert "2 lines, but" in told


def test_a_gold_pair_of_an_unknown_sentence(tmp_path: Path) -> None:
    lay(tmp_path, "bucc2018/de-en.dev.de", "de-1\tJa.\n")
    lay(tmp_path, "bucc2018/de-en.dev.en", "en-1\tYes.\n")
    told = refusal("bucc2018", "dev", "de", lay(tmp_path, "bucc2018/de-en.dev.gold", "de-1\ten-2\n"))
    assert "line 1: en-2 is not in" in told


def test_bytes_that_are_not_utf8_and_a_file_cut_in_half(tmp_path: Path) -> None:
    (tmp_path / "xnli").mkdir()
    (tmp_path / "xnli" / "dev-de.tsv").write_bytes(b"ok\tok\tneutral\r\n\xff\xfe\tx\tneutral\r\n")
    assert "line 2 is not UTF-8" in refusal("xnli", "dev", "de", load.files(tmp_path, whole=False))
    whole = gzip.compress(b"ok\tok\tneutral\r\n" * 500)
    (tmp_path / "xnli" / "dev-fr.tsv.gz").write_bytes(whole[: len(whole) // 2])
    assert "cut off or damaged" in refusal("xnli", "dev", "fr", load.files(tmp_path, whole=False))


def test_unknown_names(tmp_path: Path) -> None:
    place = load.files(tmp_path)
    assert 'did you mean "mnli"?' in refusal("mmli", "train", "en", place)
    assert 'xnli has no split "trial"' in refusal("xnli", "trial", "en", place)
    assert 'xnli has no language "dee"' in refusal("xnli", "dev", "dee", place)
    told = refusal("xnli", "dev", "de", place)
    assert "looked for xnli/dev-de.tsv" in told
    assert "From the hub" in told
    assert 'no split "train"' in refusal("tatoeba", "train", "en", place)
    assert 'mnli train has no language "de"' in refusal("xnli", "train", "de", place)  # its training data are English
    with pytest.raises(InputError, match="is not a folder"):
        load.files(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is not a folder"):
        load.place("hubb")


def test_ccg_has_no_free_data_and_the_silver_is_another_experiment(tmp_path: Path) -> None:
    assert "LDC2005T13" in refusal("ccg", "train", "en", load.hub())
    lay(tmp_path, "ccg_silver/sick.depccg.supertags.tsv", "A\tnp:nb/n\nmill\tn\n")
    place = load.files(tmp_path, whole=False)
    assert "not in" in refusal("ccg", "train", "en", place)
    assert load.read("ccg@silver", "train", "en", place).name == "ccg@silver"
    reasons = {row["id"]: row["why_not"] for row in catalogue.listing(load.why_not(place))}
    assert "LDC2005T13" in str(reasons["ccg"])
    lay(tmp_path, "ccg/dev.tsv", "A mill\tNP/N N\n")
    assert load.why_not(place)(catalogue.task("ccg")) is None


def test_the_hubs_part_of_speech_data_are_another_experiment() -> None:
    told = refusal("udpos", "dev", "el", load.hub())
    assert "Ancient Greek" in told
    assert "udpos@hub" in told
    assert "not on the hub" in refusal("bucc2018", "dev", "de", load.hub())


def test_a_part_of_anli_plus_may_be_missing_only_where_parts_are_wanted(tmp_path: Path) -> None:
    lay(tmp_path, "mnli/dev_matched.tsv", HEADER + "x\ty\tneutral\t1\n")
    got = load.read("anli", "dev", "en", load.files(tmp_path, whole=False))
    assert len(got.examples) == 1
    assert [note.split(":")[0] for note in got.notes] == ["a part is missing", "a part is missing"]
    assert "not in" in refusal("anli", "dev", "en", load.files(tmp_path))


def test_data_that_changed_after_they_were_locked(tmp_path: Path) -> None:
    place = lay(tmp_path, "xnli/dev-de.tsv", "Ja.\tNein.\tneutral\r\n")
    locked = load.fingerprint(load.read("xnli", "dev", "de", place))
    load.verify(load.read("xnli", "dev", "de", place), locked)
    lay(tmp_path, "xnli/dev-de.tsv", "Ja.\tNein.\tentailment\r\n")
    with pytest.raises(InputError, match="the data have changed"):
        load.verify(load.read("xnli", "dev", "de", place), locked)
