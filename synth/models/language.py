"""Language models as helpers that may be wrong: they propose claims and wordings, programs dispose.

Optional, through LangChain's chat models. Nothing a model returns is believed: a claim must be quoted from the
paper and say no more than its quote, a sentence of an answer must rest on existing claims, the status of an
answer is the rule's, and no verdict is ever taken from a model (`synth.models.language_hold`). Every failure is
a `LanguageFailure`; the caller then goes on without the model.

    model = load("openai:gpt-4.1-mini")          # the key is read from OPENAI_API_KEY
    claims, notes = model.claims(paper, passages, question, limit=5)
    answer, notes = model.answer(question, claims, rule)
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import Field

from synth.models.language_hold import ALLOWED_STATUS, LEAST, MOST, Located, held_answer, held_claim
from synth.models.language_provider import Chat, LanguageFailure, Stage
from synth.models.language_support import content_stems
from synth.records import Answer, AnswerStatus, Claim, ClaimKind, Passage, Question, ReadPaper, Record

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["LanguageFailure", "LanguageModel", "from_chat_model", "load"]

R = TypeVar("R")
T = TypeVar("T", bound=Record)


# --- the shapes a model is asked for -------------------------------------------------------------------

# Kinds and statuses are listed in the schema but read as text: one wrong word drops one claim, not all.


class ProposedClaim(Record):
    """A claim as a model words it."""

    statement: str
    quote: str
    kind: str = Field(json_schema_extra={"enum": list(get_args(ClaimKind))})


class ProposedClaims(Record):
    """The claims a model found."""

    claims: tuple[ProposedClaim, ...]


class ProposedSentence(Record):
    """A sentence of an answer with the ids of the claims it rests on."""

    text: str
    claim_ids: tuple[str, ...]


class ProposedAnswer(Record):
    """An answer as a model words it."""

    status: str = Field(json_schema_extra={"enum": list(get_args(AnswerStatus))})
    sentences: tuple[ProposedSentence, ...]


# --- prompts -------------------------------------------------------------------------------------------

_TEMPLATES = ("answer_data.j2", "answer_system.j2", "claims_data.j2", "claims_system.j2")


@cache
def _template(name: str) -> str:
    return files("synth.templates").joinpath("prompt", name).read_text(encoding="utf-8")


def _render(name: str, **values: Any) -> str:
    from jinja2 import Environment, StrictUndefined

    # Plain text for a model: nothing to escape; values are never templates themselves.
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    return environment.from_string(_template(name)).render(values)


def _fence(*data: str) -> str:
    """The mark around data: a hash of the data itself, which no text can contain of itself."""
    return hashlib.sha256("\x00".join(data).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _prompt_hash() -> str:
    shapes = [shape.model_json_schema() for shape in (ProposedClaims, ProposedAnswer)]
    texts = [_template(name) for name in _TEMPLATES]
    return hashlib.sha256(json.dumps([texts, shapes], sort_keys=True).encode()).hexdigest()


# --- the model -----------------------------------------------------------------------------------------

_ROOM = 24_000  # characters of passages or claims in one call, about 6,000 tokens


class LanguageModel:
    """A chat model that proposes claims and wordings. `id` is "provider:model".

    `failures` lists every call that brought nothing, in order. Not for use from several threads at once.
    """

    def __init__(self, model_id: str, chat: Chat) -> None:
        self.id = model_id
        self._chat = chat
        self._failures: list[LanguageFailure] = []

    def __repr__(self) -> str:
        return f"LanguageModel({self.id!r})"

    @property
    def failures(self) -> tuple[LanguageFailure, ...]:
        """Every failed call so far."""
        return tuple(self._failures)

    @property
    def calls(self) -> int:
        """How many times the model was asked so far (the retries of a provider's package not counted)."""
        return self._chat.calls

    @property
    def prompt_hash(self) -> str:
        """SHA-256 (hex) of the prompt templates and reply schemas: two equal hashes asked in the same words."""
        return _prompt_hash()

    @property
    def signature(self) -> str:
        """One printable line: model, prompt hash (12 digits) and temperature.

        The temperature reads "default" where the model accepts none.
        """
        heat = "default" if self._chat.temperature is None else f"{self._chat.temperature:g}"
        return f"{self.id} prompt:{self.prompt_hash[:12]} temperature:{heat}"

    def claims(
        self, paper: ReadPaper, passages: Sequence[Passage], question: Question, limit: int
    ) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
        """At most `limit` unchecked claims of `paper` that bear on `question`, and notes for a person.

        `passages` are sentences of `paper`; of a long paper those that share most words with the question are
        shown, in the order given. Every quote is `paper.text[start:end]`, widened to whole passages. The notes
        say what was dropped and why, or why the model brought nothing (then the claims are empty and `failures`
        has one more).
        """
        asked = content_stems(question.text)
        shared = [len(asked & content_stems(p.text)) for p in passages]
        shown = _within_room(passages, [p.text for p in passages], shared)
        if not shown or limit < 1:
            return (), ()
        texts = [" ".join(p.text.split()) for p in shown]
        fence = _fence(question.text, paper.paper.title, *texts)
        system = _render("claims_system.j2", fence=fence, limit=limit, kinds=get_args(ClaimKind))
        data = _render("claims_data.j2", fence=fence, question=question.text, title=paper.paper.title, passages=texts)
        reply = self._ask("claims", system, data, ProposedClaims)
        about = f"{self.id}, claims of {paper.paper.id}"
        if isinstance(reply, LanguageFailure):
            return (), (f"{about}: {reply.reason}",)
        located = Located(paper.text)
        kept: dict[str, Claim] = {}
        dropped: Counter[str] = Counter()
        for one in reply.claims:
            held = held_claim(one.statement, one.quote, one.kind, paper, located, shown)
            if isinstance(held, str):
                dropped[held] += 1
            elif held.id in kept or len(kept) == limit:
                dropped["said twice" if held.id in kept else "more than asked for"] += 1
            else:
                kept[held.id] = held
        notes = [_tally(about, len(kept), dropped)] if dropped else []
        if len(shown) < len(passages):
            notes.append(f"{about}: {len(shown)} of {len(passages)} passages were shown")
        return tuple(kept.values()), tuple(notes)

    def answer(self, question: Question, claims: Sequence[Claim], rule: Answer) -> tuple[Answer, tuple[str, ...]]:
        """The answer of the written rule `rule`, in the model's words where every sentence of them holds.

        `claims` are numbered from 1 in their order, as the text cites them. The status is always the rule's,
        and so is what its text says after the last citation ("No independent paper ... confirms them.").
        Where the rule found nothing to say from claims (not_studied, no_evidence, not_checked) the model is not
        asked. Notes say why the rule's own words were kept.
        """
        about = f"{self.id}, answer"
        allowed = ALLOWED_STATUS[rule.status]
        if not allowed or not claims:
            reason = f'the rule says "{rule.status}"' if not allowed else "there are no claims"
            return rule, (f"{about}: not asked, {reason} and no wording can change that",)
        leading = [int(c.id in rule.claim_ids) for c in claims]
        shown = _within_room(claims, [c.statement + c.quote for c in claims], leading)
        rows = [
            {
                "id": c.id,
                "verdict": c.verdict.label,
                "statement": " ".join(c.statement.split()),
                "quote": " ".join(c.quote.split()),
            }
            for c in shown
        ]
        fence = _fence(question.text, *(text for row in rows for text in row.values()))
        system = _render("answer_system.j2", fence=fence, status=rule.status, statuses=allowed, least=LEAST, most=MOST)
        data = _render("answer_data.j2", fence=fence, question=question.text, claims=rows)
        reply = self._ask("answer", system, data, ProposedAnswer)
        if isinstance(reply, LanguageFailure):
            return rule, (f"{about}: {reply.reason}; the rule's words are kept",)
        proposed = [(one.text, one.claim_ids) for one in reply.sentences]
        numbered = {c.id: n for n, c in enumerate(claims, start=1)}
        held = held_answer(reply.status, proposed, numbered, shown, rule, question.text)
        if isinstance(held, str):
            return rule, (f"{about}: {held}; the rule's words are kept",)
        if reply.status != rule.status:
            return held, (f'{about}: the model says "{reply.status}", the rule\'s "{rule.status}" stands',)
        return held, ()

    def _ask(self, stage: Stage, system: str, data: str, shape: type[T]) -> T | LanguageFailure:
        reply = self._chat.ask(stage, system, data, shape)
        if isinstance(reply, LanguageFailure):
            self._failures.append(reply)
        return reply


def _within_room(items: Sequence[R], texts: Sequence[str], weights: Sequence[int]) -> list[R]:
    """The weightiest items whose texts fit one call together, in their own order; at equal weight the first."""
    kept: list[int] = []
    room = _ROOM
    for i in sorted(range(len(items)), key=lambda i: (-weights[i], i)):
        if len(texts[i]) <= room:
            kept.append(i)
            room -= len(texts[i])
    return [items[i] for i in sorted(kept)]


def _tally(about: str, kept: int, dropped: Counter[str]) -> str:
    reasons = ", ".join(f"{reason} ({n})" for reason, n in sorted(dropped.items(), key=lambda r: (-r[1], r[0])))
    total = kept + dropped.total()
    return f"{about}: {dropped.total()} of {total} proposed claims dropped: {reasons}"


# --- making one ----------------------------------------------------------------------------------------


def load(
    model_id: str,
    *,
    temperature: float = 0.0,
    timeout: float = 60.0,
    retries: int = 2,
    calls: int | None = None,
) -> LanguageModel:
    """The model named "openai:NAME", "anthropic:NAME" or "ollama:NAME". Nothing is asked yet.

    The key comes from OPENAI_API_KEY or ANTHROPIC_API_KEY, the address from OPENAI_BASE_URL,
    ANTHROPIC_BASE_URL or OLLAMA_HOST where set. `timeout` (seconds) holds for each try, `retries` are the
    further tries of one call, `calls` is the budget of calls (None: no bound). The seed is 0 where there is one.

    Raises InputError for an unknown provider, a missing name, a missing extra or a missing key.
    """
    chat = Chat.named(model_id, temperature=temperature, timeout=timeout, retries=retries, calls=calls)
    return LanguageModel(model_id, chat)


def from_chat_model(chat: BaseChatModel, model_id: str | None = None, *, calls: int | None = None) -> LanguageModel:
    """A LanguageModel on any LangChain chat model, used as it is configured.

    `model_id` defaults to "langchain:" and the class's name. Models that cannot be held to a schema are asked
    for JSON in plain text.
    """
    return LanguageModel(model_id or f"langchain:{type(chat).__name__}", Chat.given(chat, calls=calls))
