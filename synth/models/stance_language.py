"""A language model as a stance model: asked window by window for a label and for the sentences that decide.

Sentences are data, and a model may take them for orders all the same. So what it replies counts only as far as a
program can hold it: one of three labels, and for a side the numbers of sentences that exist and have a word of the
claim's in them (96% of SciFact's rationales do, 542 of 564), which must give the same side once more when they are all
that is shown. Sentences that speak to a language model in a known form are not shown at all. An order in other words
may still silence a window; to make up a side it would have to speak of the claim, and then it is quoted as evidence.

One call for each window and a second for each side taken: a report may take several hundred.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, get_args

from pydantic import Field

from synth.errors import NothingAskedError
from synth.models.language_provider import Chat, FailureKind, LanguageFailure, Stage
from synth.models.language_support import content_stems
from synth.models.stance import Asked, Reading
from synth.records import Record, Scores, Stance
from synth.text import normalise

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["LanguageStance", "ProposedStance", "from_chat_model", "gives_orders", "load", "plain"]

_STAGE: Stage = "stance"  # what a failure of this module is filed under
_SURE = 3.0  # log-odds of a label: a language model gives no number that could be calibrated
_ROOM = 24_000  # characters of sentences in one call, about 6,000 tokens
_OF_ONE_TEXT: frozenset[FailureKind] = frozenset(["bad_output", "refusal", "rejected"])  # the next may well be read

# Text that speaks to a language model rather than of research, about models or instructions though it be.
_OPEN = r"(?:^|[.:;!?\"'“‘(\[>*#-] ?|\b(?:please|now|just|then|must|should) )"  # where an order may begin
_SIDE = r"[\"'“‘]?\b(?:supports?|supported|refutes?|refuted|neutral|verified|true|false)\b"
_READER = r"(?:ai|llm|gpt|chatbot|assistant|language model|verifier|fact[- ]checker|reviewer)s?\b"
_ORDERS = re.compile(
    "|".join(
        (
            r"(?:" + _OPEN + r"|\band )(?:ignore|disregard|forget|override|bypass)\b[^.]{0,40}"
            r"\b(?:rules?|instructions?|prompts?|guidelines|everything|anything|sentences)\b",
            _OPEN
            + r"(?:system|developer|assistant|user|hidden|new)(?: prompts?| messages?| notes?| instructions?)?\s*:",
            _OPEN + r"(?:note|message|notice|attention|dear)(?: to| for)?:? (?:the |any |all )?(?:\w+ ){0,2}" + _READER,
            r"\byou are (?:now )?(?:an? |the )?(?:\w+ ){0,3}" + _READER,
            r"\bas an? (?:\w+ )?" + _READER + r",? you\b",
            r"\byou (?:must|should|shall|have to|will|are to) (?:now |only |always )?"
            r"(?:answer|reply|respond|return|output|say|mark|label|classify|rate|judge|choose|report|conclude|set)\b",
            _OPEN + r"(?:answer|reply|respond|return|output|print|say|write)(?: only| with| that| just| the word|:)* "
            r"(?:" + _SIDE + r"|json\b|\{)",
            _OPEN + r"(?:mark|label|classify|rate|set|choose|report|treat|consider) "
            r"(?:everything|all|every|each|any|this|the|it|that)\b[^.]{0,60}" + _SIDE,
            r"\b(?:correct|right|only|final|expected|required) (?:answer|label|verdict|stance|reply|output)\b"
            r"[^.]{0,40}(?:\bis|\bare|=|:)\s*[\"'“‘]?\b(?:supports?|supported|refutes?|refuted)\b",
            r"\b(?:label|verdict|stance) (?:must|should|shall|is to|has to) (?:be|say|read)\b[^.]{0,20}" + _SIDE,
            r"[\"'“”](?:label|verdict|sentences)[\"'“”]\s*:",
            r"<[/|]?\s*(?:system|assistant|user|instructions?|data|im_start|im_end|endoftext)\b|\[/?INST\]",
            r"(?-i:\b(?:BEGIN|END) DATA\b)",
        )
    ),
    re.IGNORECASE,
)


class ProposedStance(Record):
    """What a model says of a claim and numbered sentences; the label is read as text, so a wrong word is neutral."""

    label: str = Field(json_schema_extra={"enum": list(get_args(Stance))})
    sentences: tuple[int, ...]


class LanguageStance:
    """A chat model that reads claims against passages. Not for use from several threads at once.

    `failures` lists every call that brought no reply of the form asked for, in order.
    """

    def __init__(self, model_id: str, chat: Chat) -> None:
        self._name = model_id
        self._chat = chat
        self._failures: list[LanguageFailure] = []
        self._replied = False

    def __repr__(self) -> str:
        return f"LanguageStance({self._name!r})"

    @property
    def id(self) -> str:
        """Model, prompt hash (12 digits) and temperature in one line; a service keeps its weights to itself.

        The temperature reads "default" where the model accepts none.
        """
        heat = "default" if self._chat.temperature is None else f"{self._chat.temperature:g}"
        return f"{self._name} prompt:{_prompt_hash()[:12]} temperature:{heat}"

    @property
    def failures(self) -> tuple[LanguageFailure, ...]:
        """Every failed call so far."""
        return tuple(self._failures)

    @property
    def calls(self) -> int:
        """How many times the model was asked so far (the retries of a provider's package not counted)."""
        return self._chat.calls

    def read(self, asked: Sequence[Asked], progress: Callable[[int, int], None] | None = None) -> list[Reading]:
        """The readings, in the order of `asked`: 3 for the label that holds and for its sentences, else -3.

        A sentence that was not shown, as it gives orders or the call has no room left, has no scores of its own. A
        window that could not be read has none for any sentence, and as a whole it is neutral: it decides nothing.

        Raises:
            NothingAskedError: the model cannot be had at all: no call before brought a reply, nor did one of these.
        """
        before = len(self._failures)
        readings: list[Reading] = []
        for one in asked:
            readings.append(self._one(one))
            if progress is not None:
                progress(len(readings), len(asked))
        failed = self._failures[before:]
        if failed and not self._replied and not any(f.kind in _OF_ONE_TEXT for f in failed):
            raise NothingAskedError(f"verifier {self._name}: {failed[0].reason}")
        return readings

    def _one(self, asked: Asked) -> Reading:
        shown = _shown(asked)
        if not shown or gives_orders(asked.claim):
            return _unread(asked)
        side = self._side(asked, shown, "" if gives_orders(asked.title) else asked.title)
        if side is None:
            return _unread(asked)
        label, deciding = side
        if label != "neutral" and (asked.title or len(deciding) < len(shown)):
            # The title or the rest of the window may have talked the model into it.
            again = self._side(asked, [i for i in shown if i in deciding], "")
            if again is None:
                return _unread(asked)
            if again[0] != label:
                label, deciding = "neutral", ()
        each = (
            _scores(label if i in deciding else "neutral") if i in shown else None for i in range(len(asked.sentences))
        )
        return Reading(_scores(label), tuple(each))

    def _side(self, asked: Asked, shown: Sequence[int], title: str) -> tuple[Stance, tuple[int, ...]] | None:
        """The label that holds and the places of its sentences in `asked`; None where there is no usable reply."""
        lines = [f"[{number}] {plain(asked.sentences[i])}" for number, i in enumerate(shown, 1)]
        data = {"claim": plain(asked.claim), "title": plain(title), "sentences": "\n".join(lines)}
        # The mark around the data is a hash of the data itself, which no text can contain of itself.
        fence = hashlib.sha256("\x00".join(data.values()).encode()).hexdigest()[:24]
        system = _template("stance_system.txt").substitute(fence=fence)
        user = _template("stance_data.txt").substitute(data, fence=fence)
        reply = self._chat.ask(_STAGE, system, user, ProposedStance)
        if isinstance(reply, LanguageFailure):
            self._failures.append(reply)
            return None
        self._replied = True
        label, numbers = _held(reply, len(shown))
        wanted = content_stems(asked.claim)
        places = [shown[number - 1] for number in numbers]
        deciding = tuple(i for i in places if wanted & content_stems(asked.sentences[i]))
        return (label, deciding) if deciding else ("neutral", ())


def _held(reply: ProposedStance, count: int) -> tuple[Stance, tuple[int, ...]]:
    """The label and the numbers of its sentences (1 to `count`); neutral where the reply does not hold."""
    known: dict[str, Stance] = {"supports": "supports", "refutes": "refutes"}
    label = known.get(reply.label)
    if label is None or not reply.sentences or not all(1 <= number <= count for number in reply.sentences):
        return "neutral", ()
    return label, tuple(dict.fromkeys(reply.sentences))


def _scores(label: Stance) -> Scores:
    return Scores(
        supports=_SURE if label == "supports" else -_SURE,
        refutes=_SURE if label == "refutes" else -_SURE,
    )


def _unread(asked: Asked) -> Reading:
    return Reading(_scores("neutral"), (None,) * len(asked.sentences))


# --- what is shown ----------------------------------------------------------------------------------------


def _shown(asked: Asked) -> list[int]:
    """Places of the sentences to show, in their order: those that give no orders, as many as there is room for."""
    kept: list[int] = []
    room = _ROOM
    for i, sentence in enumerate(asked.sentences):
        text = plain(sentence)
        if text and len(text) <= room and not gives_orders(sentence):
            kept.append(i)
            room -= len(text)
    return kept


def gives_orders(text: str) -> bool:
    """Whether `text` speaks to a language model, in a known form, rather than of research."""
    return bool(_ORDERS.search(normalise(plain(text))))


def plain(text: str) -> str:
    """One line without what cannot be seen: format and control characters can carry orders past a reader."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c)[0] != "C")


# --- prompts ----------------------------------------------------------------------------------------------


@cache
def _template(name: str) -> Template:
    return Template(files("synth.templates").joinpath("prompt", name).read_text(encoding="utf-8"))


def _prompt_hash() -> str:
    """SHA-256 (hex) of the prompt templates and the reply's schema: two equal hashes asked in the same words."""
    texts = [_template(name).template for name in ("stance_system.txt", "stance_data.txt")]
    return hashlib.sha256(json.dumps([texts, ProposedStance.model_json_schema()], sort_keys=True).encode()).hexdigest()


# --- making one -------------------------------------------------------------------------------------------


def load(model_id: str, *, timeout: float = 60.0, retries: int = 2, calls: int | None = None) -> LanguageStance:
    """The model named "openai:NAME", "anthropic:NAME" or "ollama:NAME", at temperature 0. Nothing is asked yet.

    Keys and addresses come from the environment, as for `synth.models.language`. `timeout` (seconds) holds for each
    try, `retries` are the further tries of one call, `calls` is the budget of calls (None: no bound).

    Raises:
        InputError: an unknown provider, a missing name, a missing extra or a missing key.
    """
    return LanguageStance(model_id, Chat.named(model_id, timeout=timeout, retries=retries, calls=calls))


def from_chat_model(chat: BaseChatModel, model_id: str | None = None, *, calls: int | None = None) -> LanguageStance:
    """A stance model on any LangChain chat model, used as it is configured.

    `model_id` defaults to "langchain:" and the class's name.
    """
    return LanguageStance(model_id or f"langchain:{type(chat).__name__}", Chat.given(chat, calls=calls))
