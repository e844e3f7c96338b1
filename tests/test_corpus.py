"""Text to pretrain on: what is taken, how it is drawn, and that nothing that is scored is among it."""

from __future__ import annotations

import lzma
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate import corpus, load
from replicate.pretrain import texts
from synth.errors import InputError


def packed(path: Path, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(("\n".join(rows) + "\n").encode()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two languages in three collections; one line of each is scored in Tatoeba, one is too short, one repeated."""
    packed(tmp_path / "bible/de.tsv.xz", ["AAA 1:1\tDer Fluss ist heute breit.", "AAA 1:2\tKurz."])
    packed(tmp_path / "bible/en.tsv.xz", ["AAA 1:1\tThe river is broad today.", "AAA 1:2\tNobody crossed it before."])
    packed(tmp_path / "commonvoice_text/de.txt.xz", ["DER FLUSS IST HEUTE BREIT", "Wir warten am anderen Ufer."])
    packed(tmp_path / "tatoeba_pairs/deu-eng.tsv.xz", ["Nobody crossed it before!\tNiemand ging je hinüber."])
    laser = tmp_path / "tatoeba"
    laser.mkdir()
    (laser / "tatoeba.deu-eng.deu").write_text("Wir warten, am anderen Ufer\n", encoding="utf-8")
    (laser / "tatoeba.deu-eng.eng").write_text("We wait on the other bank.\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Wir warten am Ufer.", "wir WARTEN, am Ufer!", True),
        ("ＡＢＣ １２", "abc 12", True),  # full width
        ("我们 在岸边。", "我们在岸边", True),
        ("Wir warten am Ufer.", "Wir warten am Fluss.", False),
        ("5 men", "6 men", False),
        ("résumé", "resume", False),
    ],
)
def test_two_spellings_of_one_text_have_one_key(one: str, other: str, same: bool) -> None:
    assert (corpus.key(one) == corpus.key(other)) is same


@given(st.text())
def test_a_key_is_its_own_key_but_for_what_folding_leaves(text: str) -> None:
    assert corpus.key(corpus.key(text)) == corpus.key(corpus.key(corpus.key(text)))
    assert " " not in corpus.key(text)


def test_a_context_is_kept_out_as_a_whole_and_sentence_by_sentence() -> None:
    assert list(corpus.passages("One bank. Two banks? 三。")) == [
        "One bank. Two banks? 三。", "One bank.", " Two banks?", " 三。", "",
    ]  # fmt: skip


def test_what_is_scored_is_left_out_in_any_spelling(folder: Path) -> None:
    barred = corpus.held_out(("tatoeba",), ("en", "de"), load.files(folder, whole=False))
    found = corpus.gather(folder, ("en", "de"), barred, 10)
    assert set(found.texts["de"]) == {"Der Fluss ist heute breit.", "Niemand ging je hinüber."}
    assert set(found.texts["en"]) == {"The river is broad today.", "Nobody crossed it before."}
    german = found.accounts[1]
    assert (german.scored, german.repeated, german.kept, german.beyond) == (1, 1, 2, 0)
    assert german.characters == sum(map(len, found.texts["de"]))


def test_without_the_bar_the_scored_line_would_be_there(folder: Path) -> None:
    found = corpus.gather(folder, ("de",), frozenset(), 10)
    assert "Wir warten am anderen Ufer." in found.texts["de"]


def test_the_draw_is_the_same_whatever_the_order_of_the_collections(folder: Path) -> None:
    one = corpus.gather(folder, ("de",), frozenset(), 2)
    other = corpus.gather(folder, ("de",), frozenset(), 2, corpus.SOURCES[::-1])
    assert {corpus.key(line) for line in one.texts["de"]} == {corpus.key(line) for line in other.texts["de"]}
    assert one.accounts[0].beyond == other.accounts[0].beyond == 1


def test_a_member_of_an_archive_is_read_and_a_missing_one_is_no_text(tmp_path: Path) -> None:
    inside = tmp_path / "newstest2019-ref.swa.txt"
    inside.write_text("Watu wanasubiri upande wa pili.\n", encoding="utf-8")
    (tmp_path / "ntrex128").mkdir()
    with tarfile.open(tmp_path / "ntrex128/ntrex_xtreme_langs.tar.xz", "w:xz") as archive:
        archive.add(inside, inside.name)
    assert corpus.gather(tmp_path, ("sw",), frozenset(), 5).texts["sw"] == ("Watu wanasubiri upande wa pili.",)
    with pytest.raises(InputError, match="no text in de"):
        corpus.gather(tmp_path, ("de",), frozenset(), 5)


def test_what_is_laid_down_is_what_pretraining_reads(folder: Path, tmp_path: Path) -> None:
    found = corpus.gather(folder, ("de",), frozenset(), 10)
    corpus.lay(tmp_path / "out", found)
    assert texts(tmp_path / "out") == {"de": found.texts["de"]}


@pytest.mark.shared_data
@pytest.mark.slow
def test_no_scored_sentence_is_among_the_real_text(shared_data: Path) -> None:
    place = load.files(shared_data / "transfer", whole=False)
    languages = ("de", "sw")
    barred = corpus.held_out(("tatoeba", "xnli"), languages, place)
    found = corpus.gather(shared_data / "transfer", languages, barred, 3000)
    kept = [corpus.key(line) for rows in found.texts.values() for line in rows]
    assert len(kept) == 6000
    assert not set(kept) & barred
    pairs = load.examples("tatoeba", "validation", "de", place)[0]
    assert sum(corpus.key(text) in barred for _, text in pairs.source) == 1000  # type: ignore[union-attr]
    assert any(one.scored for one in found.accounts)  # without the bar there would be some
