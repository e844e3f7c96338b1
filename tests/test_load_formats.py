"""Each original format, from small files written by hand in `fixtures/transfer` or in the test itself."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
from pathlib import Path

import pytest

from replicate import load
from replicate.formats.conllu import read as read_conllu
from replicate.formats.rows import Options, Source
from replicate.formats.tables import unquoted
from replicate.records import ChoiceExample, ParallelSet, SpanAnswer, SpanExample, TagExample, TextExample

FIXTURES = Path(__file__).parent / "fixtures" / "transfer"


@pytest.fixture(scope="module")
def here() -> load.Place:
    return load.files(FIXTURES, whole=False)


def test_glue_tsv_does_not_quote(here: load.Place) -> None:
    first, second, third = load.examples("mnli", "train", "en", here)
    assert first == TextExample(
        id="1e", text='The baker sold "every" loaf before noon.', second="Bread was sold.", label=0
    )
    assert isinstance(second, TextExample)
    assert second.second == '"The loaves were dark."'
    assert [second.label, third.label] == [1, 2]  # type: ignore[union-attr]


def test_a_target_trains_on_its_intermediate_task(here: load.Place) -> None:
    assert load.examples("xnli", "train", "en", here) == load.examples("mnli", "train", "en", here)


def test_qqp_skips_rows_without_all_columns(here: load.Place) -> None:
    got = load.examples("qqp", "validation", "en", here)
    assert [(one.id, one.label) for one in got] == [("4", 1), ("6", 0)]  # type: ignore[union-attr]


def test_anli_plus_is_the_union_and_drops_what_has_no_label(here: load.Place) -> None:
    got = load.read("anli", "dev", "en", here)
    assert [one.id for one in got.examples] == ["r1u0", "r1u1", "r2u0", "r3u0", "mnli/7n", "snli/s1"]  # type: ignore[union-attr]
    assert got.rows == 7  # as stored, with SNLI's "-"
    assert got.notes == ("1 rows of snli without a label were left out",)
    labels = [one.label for one in got.examples]  # type: ignore[union-attr]
    assert labels == [1, 2, 2, 0, 1, 0]


XTREME = (
    "Das \u2028Tor ist zu.\tEs ist \u0085offen.\tcontradiction\r\n"  # neither of the two ends a row
    '"Sie sagte ""ja""."\tSie stimmte zu.\tentailment\r\n'
    '"Nur halb""offen\tEin Zitat.\tneutral\r\n'  # not well quoted: a sentence with odd quotation marks
)


def test_the_benchmarks_tsv(tmp_path: Path) -> None:
    (tmp_path / "xnli").mkdir()
    (tmp_path / "xnli" / "dev-de.tsv").write_bytes(XTREME.encode())
    got = load.examples("xnli", "validation", "de", load.files(tmp_path, whole=False))
    assert [one.label for one in got] == [2, 0, 1]  # type: ignore[union-attr]
    assert got[0] == TextExample(
        id="xnli-validation-de-0", text="Das \u2028Tor ist zu.", second="Es ist \u0085offen.", label=2
    )
    assert [one.text for one in got[1:]] == ['Sie sagte "ja".', '"Nur halb""offen']  # type: ignore[union-attr]


def test_a_test_split_without_labels_can_be_predicted_not_scored(tmp_path: Path) -> None:
    (tmp_path / "pawsx").mkdir()
    (tmp_path / "pawsx" / "test-es.tsv").write_bytes(b"Uno.\tDos.\r\n")
    got = load.read("pawsx", "test", "es", load.files(tmp_path, whole=False))
    assert got.examples == (TextExample(id="pawsx-test-es-0", text="Uno.", second="Dos.", label=None),)
    assert not got.labelled
    assert "kept back" in got.notes[0]


@pytest.mark.parametrize(
    ("field", "meant"),
    [
        ("plain", "plain"),
        ('"with ""marks"""', 'with "marks"'),
        ('"quoted"', "quoted"),
        ('"one" and "two"', '"one" and "two"'),  # a sentence that starts and ends with a quotation mark
        ('"', '"'),
        ('""', ""),
    ],
)
def test_unquoted(field: str, meant: str) -> None:
    assert unquoted(field) == meant


def test_original_pawsx_has_a_header_and_does_not_quote(here: load.Place) -> None:
    got = load.examples("pawsx", "validation", "ko", here)
    assert got[0] == TextExample(id="4", text='빵은 "따뜻"하다.', second="따뜻한 빵이다.", label=1)


def test_squad_offsets_and_impossible_questions(here: load.Place) -> None:
    (first,) = load.examples("squad_v1", "validation", "en", here)
    assert isinstance(first, SpanExample)
    assert [first.context[a.start : a.start + len(a.text)] for a in first.answers] == ["1871", "in 1871"]
    possible, impossible = load.examples("squad_v2", "validation", "en", here)
    assert isinstance(possible, SpanExample)
    assert isinstance(impossible, SpanExample)
    assert (len(possible.answers), impossible.answers) == (1, ())  # the plausible answer is none


def test_xquad_mlqa(here: load.Place) -> None:
    (chinese,) = load.examples("xquad", "test", "zh", here)
    (german,) = load.examples("mlqa", "validation", "de", here)
    assert isinstance(chinese, SpanExample)
    assert isinstance(german, SpanExample)
    assert (chinese.answers, german.answers) == (
        (SpanAnswer(start=4, text="1871年"),),
        (SpanAnswer(start=15, text="1871"),),
    )


def test_tydiqa_one_file_of_all_languages(here: load.Place) -> None:
    (english,) = load.examples("tydiqa", "train", "en", here)
    assert isinstance(english, SpanExample)
    assert english.id == "english--3-0"
    stripped = load.read("tydiqa", "validation", "sw", here)
    assert not stripped.labelled


def test_repeated_question_ids_get_a_number(tmp_path: Path) -> None:
    answers = [{"text": "b", "answer_start": 2}]
    questions = [{"id": "7", "question": question, "answers": answers} for question in ("x?", "y?")]
    body = {"data": [{"paragraphs": [{"context": "a b", "qas": questions}]}]}
    (tmp_path / "tydiqa").mkdir()
    (tmp_path / "tydiqa" / "tydiqa.goldp.en.train.json").write_text(json.dumps(body))
    got = load.examples("tydiqa", "train", "en", load.files(tmp_path, whole=False))
    assert [one.id for one in got] == ["7", "7#2"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("stated", "found"), [(4, 4), (7, 4), (0, 4)])
def test_an_offset_moved_by_stripping_is_put_right(tmp_path: Path, stated: int, found: int) -> None:
    question = {"id": "1", "question": "?", "answers": [{"text": "mill", "answer_start": stated}]}
    body = {"data": [{"paragraphs": [{"context": "The mill.", "qas": [question]}]}]}
    (tmp_path / "squad_v1").mkdir()
    (tmp_path / "squad_v1" / "train-v1.1.json").write_text(json.dumps(body))
    (got,) = load.examples("squad_v1", "train", "en", load.files(tmp_path, whole=False))
    assert got.answers[0].start == found  # type: ignore[union-attr]


def test_prompts_are_those_of_jiant(here: load.Place) -> None:
    kettle, coat = load.examples("hellaswag", "validation", "en", here)
    assert isinstance(kettle, ChoiceExample)
    assert isinstance(coat, ChoiceExample)
    assert (kettle.prompt, kettle.choices[2], kettle.label) == (
        "A man fills a kettle.",
        "he puts it on the stove.",
        2,
    )
    assert (coat.choices[0], coat.label) == (" Wait for a day.", 0)  # ctx_b is empty, the label a string
    (rain,) = load.examples("cosmosqa", "validation", "en", here)
    assert isinstance(rain, ChoiceExample)
    assert rain.prompt == 'It rained, so we stayed in.\nMother said "bake". What did we do?'
    assert (rain.choices[0], rain.label) == ("Bake at home .", 0)


def test_commonsenseqa_in_both_layouts(here: load.Place) -> None:
    original, lifted = load.examples("commonsenseqa", "validation", "en", here)
    assert original == ChoiceExample(
        id="k1", prompt="Where would you climb a ladder?", choices=("pond", "letter", "roof", "soup", "map"), label=2
    )
    assert (lifted.prompt, lifted.label) == ("Where is bread baked?", 0)  # type: ignore[union-attr]


def test_supertags_one_sentence_a_line(here: load.Place) -> None:
    (got,) = load.examples("ccg", "train", "en", here)
    assert got == TagExample(
        id="ccg-train-en-0", words=("The", "mill", "stopped", "."), tags=("NP[nb]/N", "N", "S[dcl]\\NP", ".")
    )


def test_tagged_files(here: load.Place) -> None:
    first, second = load.examples("udpos", "validation", "en", here)  # the file ends without a line break
    assert (first.words, second.tags) == (("Ada", "sings", "."), ("INTJ",))  # type: ignore[union-attr]
    unlabelled = load.read("udpos", "test", "en", here)
    assert (unlabelled.labelled, unlabelled.rows) == (False, 1)


def test_only_an_empty_line_ends_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "udpos").mkdir()
    (tmp_path / "udpos" / "dev-fa.tsv").write_bytes("a\tNOUN\r\n\t\r\n\u2028\tPUNCT\r\n\r\n\r\nb\tX\r\n".encode())
    got = load.examples("udpos", "validation", "fa", load.files(tmp_path, whole=False))
    assert [one.words for one in got] == [("a", "\u2028"), ("b",)]  # type: ignore[union-attr]


def test_wikiann_prefix(here: load.Place) -> None:
    first, second = load.examples("panx", "train", "de", here)
    assert first.words == ("Ada", "Holm", "wohnt", "in", "Varn:Nord")  # type: ignore[union-attr]
    assert second.tags == ("O", "B-ORG")  # type: ignore[union-attr]


def test_stand_ins_are_read_only_under_their_own_name(here: load.Place) -> None:
    own = load.read("panx", "validation", "en", here)
    other = load.read("panx@uner", "validation", "en", here)
    assert (own.name, other.name) == ("panx", "panx@uner")
    assert own.examples[0].words != other.examples[0].words  # type: ignore[union-attr]
    assert other.examples[1].tags == ("O", "O")  # type: ignore[union-attr]  # B-OTH is no tag of the task


def test_fused_tokens_keep_their_surface_and_take_one_tag(here: load.Place) -> None:
    got = load.read("udpos", "validation", "fr", here)
    aube, mill, give = got.examples  # files by name; Old French (fro_) is not French; the withheld sentence is gone
    assert aube.words == ("Oui",)  # type: ignore[union-attr]
    assert mill.words == ("Le", "moulin", "du", "village", "tourne", ".")  # type: ignore[union-attr]
    # "de" and "le" both hang on "village": French precedence puts ADP before DET
    assert mill.tags == ("DET", "NOUN", "ADP", "NOUN", "VERB", "PUNCT")  # type: ignore[union-attr]
    # "Donne" is above the two pronouns; the empty node 3.1 is no word; a space inside a word goes
    assert (give.words, give.tags) == (("Donne-le-lui", "vite"), ("VERB", "ADV"))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("language", "tags", "heads", "expected"),
    [
        ("de", ("ADP", "DET"), (3, 3), "ADP"),  # zum: both hang on the noun, the default list decides
        ("de", ("DET", "ADP"), (3, 3), "ADP"),  # whatever their order
        ("es", ("VERB", "PRON"), (0, 1), "VERB"),  # dámelo: the verb is above
        ("it", ("ADV", "PRON"), (3, 3), "ADV"),  # Italian puts adverbs before pronouns
        ("fr", ("ADV", "PRON"), (3, 3), "PRON"),  # French does not
        ("de", ("DET", "NOUN"), (2, 3), "NOUN"),  # the higher of the two, against the order of words
    ],
)
def test_the_tag_of_a_fused_token(
    tmp_path: Path, language: str, tags: tuple[str, str], heads: tuple[int, int], expected: str
) -> None:
    blank = "\t_" * 8
    rows = [f"1-2\tab{blank}"]
    rows += [f"{i}\t{form}\t_\t{tag}\t_\t_\t{head}\t_\t_\t_" for i, form, tag, head in
             ((1, "a", tags[0], heads[0]), (2, "b", tags[1], heads[1]), (3, "c", "VERB", 0))]  # fmt: skip
    path = tmp_path / "x.conllu"
    path.write_text("\n".join(rows) + "\n\n")
    (row,) = read_conllu((Source(path),), Options(language=language))
    assert row.fields == {"words": ["ab", "c"], "tags": [expected, "VERB"]}


def test_laser_files(here: load.Place) -> None:
    (got,) = load.examples("tatoeba", "test", "de", here)
    assert isinstance(got, ParallelSet)
    assert got.source[1] == ("de-1", "Wo ist der Hafen?")
    assert got.target[2] == ("en-2", "It is snowing.")
    assert got.gold == (("de-0", "en-0"), ("de-1", "en-1"), ("de-2", "en-2"))
    (two,) = load.examples("tatoeba", "test", "de", here, limit=2)
    assert isinstance(two, ParallelSet)
    assert (len(two.source), len(two.target), len(two.gold)) == (2, 2, 2)


def test_bucc_files_keep_repeated_sentences(here: load.Place) -> None:
    got = load.read("bucc2018", "validation", "zh", here)
    (mined,) = got.examples
    assert isinstance(mined, ParallelSet)
    assert mined.source[0][1] == mined.source[2][1] == "今天下雪。"
    assert mined.gold == (("zh-000000001", "en-000000003"), ("zh-000000002", "en-000000001"))
    assert got.rows == 2  # gold pairs


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)])
def test_packed_files(tmp_path: Path, suffix: str, pack: object) -> None:
    (tmp_path / "xnli").mkdir()
    (tmp_path / "xnli" / f"dev-fr.tsv{suffix}").write_bytes(pack(b"Oui.\tNon.\tneutral\r\n"))  # type: ignore[operator]
    (got,) = load.examples("xnli", "validation", "fr", load.files(tmp_path, whole=False))
    assert got.second == "Non."  # type: ignore[union-attr]


def test_a_member_of_an_archive(tmp_path: Path) -> None:
    (tmp_path / "tatoeba_laser").mkdir()
    with tarfile.open(tmp_path / "tatoeba_laser" / "tatoeba_v1.tar.gz", "w:gz") as archive:
        for side, text in (("deu", b"Ja.\nNein.\n"), ("eng", b"Yes.\nNo.\n")):
            member = tarfile.TarInfo(f"tatoeba.deu-eng.{side}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    place = load.files(tmp_path, whole=False)
    assert load.languages("tatoeba", "validation", place) == ("de",)
    (got,) = load.examples("tatoeba", "validation", "de", place)
    assert got.target[1] == ("en-1", "No.")  # type: ignore[union-attr]


def test_same_files_same_fingerprint_in_stored_order(here: load.Place) -> None:
    one = load.read("mnli", "train", "en", here)
    assert load.fingerprint(one) == load.fingerprint(load.read("mnli", "train", "en", here))
    assert load.fingerprint(one).startswith("mnli/train/en n=3 sha256:")
    backwards = one.model_copy(update={"examples": one.examples[::-1]})
    assert load.fingerprint(backwards) != load.fingerprint(one)


def test_contexts_of_the_scored_set_are_dropped_from_training() -> None:
    def example(key: str, context: str) -> SpanExample:
        return SpanExample(id=key, question="?", context=context, answers=())

    training = (example("a", "The mill  stopped."), example("b", "A ferry leaves."))
    kept = load.without_contexts(training, [example("x", "The mill stopped.")])
    assert [one.id for one in kept] == ["b"]


def test_the_made_up_family_is_read_by_the_same_code(tmp_path: Path) -> None:
    from replicate import catalogue, family

    family.write(tmp_path, family.TINY, 1)
    place = load.place(str(tmp_path))
    assert (place.kind, place.whole, place.source) == ("files", False, family.BASE.code)
    for name, task in catalogue.tasks().items():
        evaluate = catalogue.entry(name).reading.evaluate
        found = load.languages(name, evaluate, place)
        everywhere = set(family.CODES) - ({place.source} if task.head == "retrieval" else set())
        assert set(found) == ({place.source} if task.role == "intermediate" else everywhere)
        for language in found:
            assert load.read(name, evaluate, language, place).labelled
        if task.head != "retrieval":
            assert load.read(name, "train", place.source, place).examples
