"""The made-up language family: same seed, same bytes; labels that follow from meanings; formats that can be read."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from replicate import catalogue, load
from replicate.family import CODES, LANGUAGES, MICRO, TINY, Sizes, choices, describe, pairs, parallel, spans, write
from replicate.family.draw import Draw
from replicate.family.grammar import Event, Fact, Thing, join, say, text
from replicate.family.languages import NAMED, lexicon
from replicate.family.meanings import Meanings, pool_of
from replicate.family.world import CONCEPTS, GROUPS, KINDS, VERBS, World, antonym, build, synonym
from replicate.records import ChoiceExample, ParallelSet, SpanExample, TagExample, TextExample

SEED = 7
TARGETS = ("xnli", "pawsx", "udpos", "panx", "xquad", "mlqa", "tydiqa", "bucc2018", "tatoeba")
INTERMEDIATES = ("anli", "mnli", "qqp", "squad_v2", "squad_v1", "hellaswag", "ccg", "cosmosqa", "commonsenseqa")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("family"), TINY, SEED)


@pytest.fixture(scope="module")
def world() -> World:
    return build(SEED)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


# --- draws and bytes ----------------------------------------------------------------------------------


def test_draws_are_pinned() -> None:
    """Written down once: another machine or another numpy must draw the same."""
    draw = Draw("pinned", 1)
    assert [draw.below(100) for _ in range(8)] == [39, 62, 57, 84, 9, 72, 40, 39]
    assert Draw("pinned", 1).uniform() != Draw("pinned", 2).uniform()


def test_draws_cover_their_range() -> None:
    draw = Draw("range")
    assert {draw.below(3) for _ in range(100)} == {0, 1, 2}
    assert sorted(draw.shuffled(range(9))) == list(range(9))
    counts = Counter(draw.weighted("ab", (1.0, 4.0)) for _ in range(4000))
    assert 0.70 < counts["b"] / 4000 < 0.80


def test_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    assert digests(write(tmp_path / "again", TINY, SEED)) == digests(folder)


def test_other_seed_other_words(folder: Path, tmp_path: Path) -> None:
    other, here = digests(write(tmp_path / "other", TINY, SEED + 1)), digests(folder)
    assert other.keys() == here.keys()
    assert [name for name in here if here[name] == other[name]] == ["SOURCE.md"]


def test_size_of_one_task_leaves_the_others(folder: Path, tmp_path: Path) -> None:
    here, more = digests(folder), digests(write(tmp_path / "more", replace(TINY, tatoeba=TINY.tatoeba + 5), SEED))
    changed = {name.split("/")[0] for name in here if here[name] != more[name]}
    assert changed == {"tatoeba", "family.json"}


def test_sizes_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Sizes(text=0)


# --- languages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("group", GROUPS)
def test_cognate_share_is_as_stated(code: str, group: str) -> None:
    """In each group of concepts, as near as a whole number of words can come."""
    language, lex = LANGUAGES[code], lexicon(code, SEED)
    stated = language.names if group in NAMED else language.cognates
    cognate = sum(lex.origin[concept] != "unrelated" for concept in GROUPS[group])
    assert abs(cognate - stated * len(GROUPS[group])) <= 0.5


@pytest.mark.parametrize("code", CODES)
def test_no_two_concepts_share_a_word(code: str) -> None:
    forms = lexicon(code, SEED).forms
    assert len(set(forms.values())) == len(CONCEPTS)


def test_unrelated_words_are_nobodys_cognates() -> None:
    base = set(lexicon("aa", SEED).forms.values())
    for code in CODES[1:]:
        lex = lexicon(code, SEED)
        assert not base & {form for concept, form in lex.forms.items() if lex.origin[concept] == "unrelated"}


def test_shifted_words_follow_the_shifts() -> None:
    base, sister = lexicon("aa", SEED), lexicon("ab", SEED)
    shifted = [c for c in CONCEPTS if sister.origin[c] == "shifted"]
    assert len(shifted) > 20
    for concept in shifted:
        expected = base.forms[concept].lower()
        for old, new in LANGUAGES["ab"].shifts:
            expected = expected.replace(old, new)
        assert sister.forms[concept].lower() == expected


def test_the_other_script_shares_no_letter() -> None:
    latin = {ch for code in CODES if code != "ae" for form in lexicon(code, SEED).forms.values() for ch in form.lower()}
    greek = {ch for form in lexicon("ae", SEED).forms.values() for ch in form.lower()}
    assert latin <= set("abcdefghijklmnopqrstuvwxyz")
    assert not latin & greek


def test_language_codes_are_no_benchmark_languages() -> None:
    """A reader spells some real codes otherwise (af is afr in Tatoeba's names)."""
    real = {code for task in catalogue.tasks().values() for code in task.languages}
    assert not real & set(CODES)


EVENT = Event(("name.1",), "verb.2", Thing("noun.3", "adj.0+", 4), "place.5", "past")


@pytest.mark.parametrize(
    ("code", "order"),
    [
        ("aa", ["agent", "verb", "count", "patient", "patient", "other", "place"]),
        ("ac", ["agent", "place", "other", "count", "patient", "patient", "verb"]),
        ("ad", ["verb", "agent", "count", "patient", "patient", "other", "place"]),
        ("ag", ["agent", "place", "other", "count", "patient", "patient", "patient", "verb", "verb"]),
    ],
)
def test_word_order(code: str, order: list[str]) -> None:
    assert [word.part for word in say(lexicon(code, SEED), EVENT)][:-1] == order


@pytest.mark.parametrize(("code", "first"), [("aa", "ADJ"), ("ab", "NOUN"), ("ac", "ADJ"), ("ad", "NOUN")])
def test_adjective_order(code: str, first: str) -> None:
    words = say(lexicon(code, SEED), EVENT)
    assert next(w.pos for w in words if w.pos in ("ADJ", "NOUN")) == first


@pytest.mark.parametrize("code", CODES)
def test_affixes(code: str) -> None:
    """Past and plural are marked before, after or beside the stem; the object has a case in `ac` alone."""
    lex, language = lexicon(code, SEED), LANGUAGES[code]
    forms = [w.form for w in say(lex, EVENT)]
    verb, past, noun = lex.forms["verb.2"], lex.forms["x.past"], lex.forms["noun.3"]
    marked = {"suffix": verb + past, "prefix": past + verb, "word": past}[language.affixes]
    assert marked in forms
    assert any(f.startswith(noun) and f.endswith(lex.forms["x.object"]) for f in forms) == language.object_case


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("asked", ["agent", "patient", "place", "count"])
def test_questions_leave_out_what_they_ask_for(code: str, asked: str) -> None:
    lex = lexicon(code, SEED)
    words = say(lex, EVENT, asked=asked)  # type: ignore[arg-type]
    forms = [w.form for w in words]
    gone = {"agent": "name.1", "patient": "noun.3", "place": "place.5", "count": "num.4"}[asked]
    word = {"agent": "f.who", "patient": "f.what", "place": "f.where", "count": "f.many"}[asked]
    assert lex.forms[gone] not in forms
    assert lex.forms[word] in forms
    assert forms[-1] == "?"
    if LANGUAGES[code].question_word == "first":
        assert forms[0] == lex.forms[word]


# --- meanings, pools, labels ---------------------------------------------------------------------------


def test_pools_are_disjoint_and_shared_out(world: World) -> None:
    shares = Counter(pool_of(f"key {i}") for i in range(20000))
    assert {pool: round(n / 20000, 2) for pool, n in shares.items()} == pytest.approx(
        {"text": 0.5, "train": 0.25, "dev": 0.1, "test": 0.15}, abs=0.02
    )
    drawn = Meanings(world, "test", Draw("pool"))
    assert {pool_of(drawn.event().meaning()) for _ in range(200)} == {"test"}


def test_wording_does_not_change_the_meaning() -> None:
    other = replace(EVENT, verb=synonym(EVENT.verb), patient=replace(EVENT.patient, digits=True))  # type: ignore[type-var]
    assert other.meaning() == EVENT.meaning()
    assert replace(EVENT, negated=True).meaning() != EVENT.meaning()


def test_entailment_labels_are_balanced_and_follow_from_meaning(world: World) -> None:
    drawn = pairs.entailment_pairs(world, "train", Draw("nli"), 600, longer=False)
    assert Counter(p.label for p in drawn) == {0: 200, 1: 200, 2: 200}
    for pair in drawn:
        assert label_by_rule(world, pair.first, pair.second) == pairs.LABELS[pair.label], pair


def label_by_rule(world: World, premise: Event, hypothesis: Event) -> str:
    """The label found again from the two meanings alone, with open world: what is not said is not known."""
    said, asks = premise.patient, hypothesis.patient
    if not isinstance(said, Thing) or not isinstance(asks, Thing):
        return "neutral"  # roles exchanged
    if premise.negated != hypothesis.negated:
        return "contradiction"
    if premise.negated:  # nothing of a kind, so nothing of a noun of that kind
        return "entailment" if said.noun in (asks.noun, world.kind.get(asks.noun)) else "neutral"
    if asks.adjective and said.adjective and asks.adjective == antonym(said.adjective):
        return "contradiction"
    if asks.count and said.count and not asks.at_least and asks.count != said.count:
        return "contradiction"
    if hypothesis.place and premise.place and hypothesis.place != premise.place:
        return "contradiction"
    nouns = asks.noun in (said.noun, world.kind.get(said.noun))
    counts = asks.count is None or (said.count or 0) > asks.count - (0 if asks.at_least else 1)
    new = (asks.adjective not in (None, said.adjective)) or (hypothesis.place not in (None, premise.place))
    return "entailment" if nouns and counts and not new else "neutral"


def test_negation_alone_does_not_decide(world: World) -> None:
    drawn = pairs.entailment_pairs(world, "train", Draw("nli"), 600, longer=False)
    labels = Counter(pairs.LABELS[p.label] for p in drawn if p.second.negated)
    assert labels["contradiction"] > labels["entailment"] > 0


@pytest.mark.parametrize("questions", [True, False])
def test_paraphrases(world: World, questions: bool) -> None:
    drawn = pairs.paraphrase_pairs(world, "dev", Draw("paraphrase"), 200, questions=questions)
    assert Counter(p.label for p in drawn) == {0: 100, 1: 100}
    for pair in drawn:
        assert (pair.first.meaning() == pair.second.meaning()) == bool(pair.label)
        first, second = pairs.render_pair(pair, "aa", SEED)
        assert first != second
    swapped = [p for p in drawn if p.how == "roles"]
    assert swapped
    for pair in swapped:
        first, second = pairs.render_pair(pair, "aa", SEED)
        assert pair.asked or sorted(re.findall(r"\w+", first)) == sorted(re.findall(r"\w+", second))


def test_questions_have_one_answer(world: World) -> None:
    for question in spans.questions(world, "dev", Draw("spans"), 150, prefix="q", unanswerable=0.3):
        fitting = [i for i, event in enumerate(question.events) if fits(event, question.query, question.asked)]
        assert fitting == ([] if question.about is None else [question.about])


def fits(event: Event, query: Event, asked: str) -> bool:
    same_thing = event.patient == query.patient
    if isinstance(event.patient, Thing) and isinstance(query.patient, Thing):
        same_thing = (event.patient.noun, event.patient.adjective) == (query.patient.noun, query.patient.adjective)
    return (
        event.verb.rstrip("b") == query.verb.rstrip("b")
        and (asked == "agent" or event.agent == query.agent)
        and (asked == "patient" or same_thing)
        and event.tense == query.tense
    )


def test_the_right_ending_is_what_is_done_next(world: World) -> None:
    lex = lexicon("aa", SEED)
    meaning = {lex.forms[v]: v for v in (*VERBS, *(synonym(v) for v in VERBS))}
    for item in choices.endings(world, "dev", SEED, 50):
        act = meaning[item["activity_label"]].rstrip("b")
        right = item["endings"][item["label"]]
        assert right.startswith(lex.forms[world.follows[act]])
        noun = next(n for n, k in world.kind.items() if right.split()[-1].rstrip(".") == lex.forms[n])
        assert act in world.acts[world.kind[noun]]
        assert len(set(item["endings"])) == 4


def test_reasons_and_knowledge_are_facts_of_the_world(world: World) -> None:
    lex = lexicon("aa", SEED)
    meaning = {form: concept for concept, form in lex.forms.items()}
    for row in choices.reasons(world, "dev", SEED, 50):
        answers = [row[f"answer{k}"] for k in range(4)]
        assert len(set(answers)) == 4
        state = meaning[answers[int(row["label"])].split()[-1].rstrip(".")]
        assert state in world.cause.values()
    asked: dict[str, set[str]] = {}
    for pool in ("train", "dev"):
        items = choices.commonsense(world, pool, SEED, 200)  # type: ignore[arg-type]
        asked[pool] = {item["question"]["stem"] for item in items}
        for item in items:
            right = next(c["text"] for c in item["question"]["choices"] if c["label"] == item["answerKey"])
            noun = meaning[item["question"]["question_concept"]]
            assert meaning[right] in (world.kind[noun], world.quality[noun], world.home[noun])
    assert not asked["train"] & asked["dev"]


# --- no leakage ------------------------------------------------------------------------------------------


def test_retrieval_sentences_are_in_no_other_text(folder: Path) -> None:
    """No sentence of a retrieval task stands in unlabelled text, in its language or in the base language."""
    told = {}
    for code in CODES:
        passages = (folder / "text" / f"{code}.txt").read_text(encoding="utf-8")
        told[code] = set(re.split(r"(?<=[.?])\s", passages))
    for code in CODES[1:]:
        sides = {code: f"tatoeba.{code}-eng.{code}", "aa": f"tatoeba.{code}-eng.eng"}
        for language, name in sides.items():
            lines = (folder / "tatoeba" / name).read_text(encoding="utf-8").splitlines()
            assert len(set(lines)) == TINY.tatoeba
            assert not told[language] & set(lines)


def test_text_is_not_parallel() -> None:
    """The events told in two languages are drawn apart: the same text would align by line."""
    told = []
    for code in ("aa", "ab"):
        meanings = Meanings(build(SEED), "text", Draw("text", SEED, code))
        told.append([meanings.event().meaning() for _ in range(300)])
    assert sum(a == b for a, b in zip(*told, strict=True)) <= 1


@pytest.mark.parametrize("task", ["xnli", "pawsx", "udpos", "panx", "mlqa"])
def test_test_data_are_not_in_training_data(folder: Path, task: str) -> None:
    place = load.family(folder)
    train = {"xnli": "mnli", "mlqa": "squad_v1"}.get(task, task)
    seen = {signature(e) for e in load.examples(train, "train", "aa", place)}
    assert not seen & {signature(e) for e in load.examples(task, "test", "aa", place)}


def signature(example: object) -> str:
    match example:
        case TextExample():
            return f"{example.text}|{example.second}"
        case TagExample():
            return " ".join(example.words)
        case SpanExample():
            return example.context
    raise TypeError(type(example))


# --- files -------------------------------------------------------------------------------------------------


def test_every_task_can_be_read(folder: Path) -> None:
    place = load.family(folder)
    assert set(TARGETS) | set(INTERMEDIATES) == set(catalogue.TASK_IDS)
    kinds = {"classification": TextExample, "multiple_choice": ChoiceExample}
    kinds |= {"tagging": TagExample, "span": SpanExample}
    for task in INTERMEDIATES:
        for split in ("train", "validation"):
            examples = load.examples(task, split, "aa", place)
            assert all(isinstance(e, kinds[catalogue.task(task).head]) for e in examples)
            wanted = {"train": TINY.train, "validation": TINY.dev}[split]
            assert len(examples) == (3 * wanted if task == "anli" else wanted)  # ANLI+ takes in MNLI and SNLI


@pytest.mark.parametrize("task", TARGETS)
def test_every_language_has_every_target(folder: Path, task: str) -> None:
    place = load.family(folder)
    sisters = CODES[1:] if catalogue.task(task).head == "retrieval" else CODES
    for split in ("validation", "test"):
        for code in sisters:
            examples = load.examples(task, split, code, place)
            first = examples[0]
            if isinstance(first, ParallelSet):
                gold, side = (TINY.bucc_gold, TINY.bucc_distractors) if task == "bucc2018" else (TINY.tatoeba, 0)
                assert (len(first.gold), len(first.source), len(first.target)) == (gold, gold + side, gold + side)
            else:
                assert len(examples) == TINY.test


def test_targets_say_the_same_in_every_language(folder: Path) -> None:
    place = load.family(folder)
    for task in ("xnli", "pawsx"):
        labels = {tuple(e.label for e in load.examples(task, "test", code, place)) for code in CODES}  # type: ignore[union-attr]
        assert len(labels) == 1
    entities = {
        code: Counter(t for e in load.examples("panx", "test", code, place) for t in e.tags if t != "O")  # type: ignore[union-attr]
        for code in CODES
    }
    assert len({tuple(sorted(count.items())) for count in entities.values()}) == 1
    assert set(entities["aa"]) >= {"B-PER", "B-LOC", "B-ORG", "I-ORG"}


def test_answers_stand_in_their_passages(folder: Path) -> None:
    for path in sorted(folder.glob("*/**/*.json")):
        for one in json.loads(path.read_text(encoding="utf-8"))["data"]:
            for paragraph in one["paragraphs"]:
                for item in paragraph["qas"]:
                    for answer in item["answers"]:
                        start = answer["answer_start"]
                        assert answer["text"]
                        assert paragraph["context"][start : start + len(answer["text"])] == answer["text"]


def test_mined_pairs_say_the_same(world: World) -> None:
    mined = parallel.mining(world, "ae", SEED, "dev", 20, 30)
    assert len(mined.gold) == len({a for a, _ in mined.gold}) == len({b for _, b in mined.gold}) == 20
    assert [key for key, _ in mined.source] == sorted(key for key, _ in mined.source)
    digits = re.compile(r"\d")
    source, target = dict(mined.source), dict(mined.target)
    for a, b in mined.gold:
        assert digits.findall(source[a]) == digits.findall(target[b])


def test_a_fact_in_words() -> None:
    lex = lexicon("aa", SEED)
    fact = Fact("is_kind", ("noun.1",), (KINDS[0],))
    f = lex.forms
    assert text(say(lex, fact)) == f"{f['noun.1']} {f['f.is']} {f['f.kind']} {f[KINDS[0]]}."
    _, offsets = join(say(lex, fact))
    assert offsets[0] == (0, len(f["noun.1"]))
    assert offsets[-1][1] - offsets[-1][0] == 1


def test_describe_says_what_there_is(folder: Path) -> None:
    told = describe(TINY, SEED)
    assert json.loads((folder / "family.json").read_text(encoding="utf-8")) == json.loads(json.dumps(told))
    assert [language["code"] for language in told["languages"]] == list(CODES)
    assert told["base"] == "aa"
    assert told["sizes"]["text"] == TINY.text
    assert describe()["sizes"] == vars(MICRO)
    for language in told["languages"]:
        assert sum(language["words"].values()) == told["concepts"]
