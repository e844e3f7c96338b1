"""A language model as one more reviewer of a report: it rates the eight dimensions, each rating held to a quote.

    reviewer = load("openai:gpt-4.1-mini")        # the key is read from OPENAI_API_KEY
    guest = reviewer.review(report, ASKED)        # a Reviewer to lay beside the others: synth.review.joined

The report is data, and parts of it are text by strangers who may give orders. So nothing that a model writes reaches
the report but numbers and places: a rating counts with a number from 0 to 1 and a quote that stands verbatim in a text
that was shown, else the model abstained on that dimension. Texts that speak to a language model in a known form are not
shown and cannot be quoted. Whatever it says, the scores by the rules and their mean stay as they are: a talked-over
model moves its own score, the spread and alpha, and shows the quote that it gave.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import WithJsonSchema

from synth.models.language_hold import Located
from synth.models.language_provider import Chat, LanguageFailure, Stage
from synth.models.stance_language import gives_orders, plain
from synth.records import Claim, Rating, Record, Report, Reviewer
from synth.text import normalise, words

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

__all__ = ["LanguageReviewer", "from_chat_model", "load"]

_STAGE: Stage = "review"  # what a failure of this module is filed under
_MANDATE = "a language model that reads the report as a whole; its ratings are shown and enter no score"
_LEAST, _MOST = 4, 60  # words of a quote
_ROOM = 24_000  # characters of the report in one call, about 6,000 tokens
_QUOTES = 3  # quotes of evidence that are shown of a claim
_TEMPLATES = ("review_system.txt", "review_data.txt")

# Orders of another kind than those that `gives_orders` knows: for a score. A verb that stands where no order can begin
# ("on the test set a score of 85") is research.
_PRAISED = re.compile(
    r"(?:^|[.:;!?\"'“‘(\[>*#] ?|[-–—] |\b(?:please|now|just|must|should|shall|reviewers?|you|always) )"
    r"(?:give|assign|award|grant|rate|score|grade|set|put)\b[^.]{0,60}"
    r"(?:\b(?:full|top|maximum|perfect|highest|best) (?:possible )?(?:scores?|marks?|ratings?|grades?|points?)\b"
    r"|\b(?:scores?|ratings?|marks?|grades?|dimensions?) (?:of|to|as|with|a|at|=) ?[\"'“‘]?\d"
    r"|\b(?:10 ?/ ?10|ten out of ten)\b|\b(?:a|as|with|at) (?:1\.0|10)\b)"
    r"|[\"'“”](?:ratings?|dimension|score|quote)[\"'“”]\s*:",
    re.IGNORECASE,
)


class ProposedRating(Record):
    """A rating as a model gives it: any score is read, so that a wrong one costs its own dimension and not all."""

    dimension: str
    score: Annotated[Any, WithJsonSchema({"type": "number"})]
    quote: str


class ProposedRatings(Record):
    """What a model says of a report."""

    ratings: tuple[ProposedRating, ...]


class _Line(NamedTuple):
    """A text of the report with its place; `facts` are told with it and cannot be quoted."""

    place: str
    facts: str
    text: str


class LanguageReviewer:
    """A chat model that reviews reports. `id` is "provider:model". Not for use from several threads at once.

    `failures` lists every call that brought no usable reply, in order.
    """

    def __init__(self, model_id: str, chat: Chat) -> None:
        self.id = model_id
        self._chat = chat
        self._failures: list[LanguageFailure] = []

    def __repr__(self) -> str:
        return f"LanguageReviewer({self.id!r})"

    @property
    def failures(self) -> tuple[LanguageFailure, ...]:
        """Every failed call so far."""
        return tuple(self._failures)

    @property
    def calls(self) -> int:
        """How many times the model was asked so far (the retries of a provider's package not counted)."""
        return self._chat.calls

    @property
    def signature(self) -> str:
        """One printable line: model, prompt hash (12 digits) and temperature, "default" where the model takes none."""
        heat = "default" if self._chat.temperature is None else f"{self._chat.temperature:g}"
        return f"{self.id} prompt:{_prompt_hash()[:12]} temperature:{heat}"

    def review(self, report: Report, asked: Mapping[str, str]) -> Reviewer:
        """What the model gives each dimension of `asked` (name -> what it asks), in that order; one call.

        The review that `report` carries is not shown, so that nobody repeats it. `score` is the mean of the ratings
        that hold, 0 to 10; None with the outcome `abstained` where none does, or `failed` where no reply came.
        """
        shown, notes = _shown(report)
        told = "\n".join(f"[{line.place}{line.facts}] {plain(line.text)}" for line in shown)
        # The mark around the data is a hash of the data itself, which no text can contain of itself.
        fence = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:24]
        dimensions = "\n".join(f"- {name}: {what}" for name, what in asked.items())
        system = _template(_TEMPLATES[0]).substitute(fence=fence, dimensions=dimensions, least=_LEAST, most=_MOST)
        reply = self._chat.ask(
            _STAGE, system, _template(_TEMPLATES[1]).substitute(fence=fence, report=told), ProposedRatings
        )
        if isinstance(reply, LanguageFailure):
            self._failures.append(reply)
            return Reviewer(
                name=self.id, mandate=_MANDATE, score=None, notes=(f"no review: {reply.reason}",), outcome="failed"
            )
        ratings = _held(reply, tuple(asked), [(line.place, line.text, Located(line.text)) for line in shown])
        scores = [r.score for r in ratings if r.score is not None]
        return Reviewer(
            name=self.id,
            mandate=_MANDATE,
            score=round(sum(scores) / len(scores), 2) if scores else None,
            notes=(*_abstentions(ratings), *notes),
            outcome="rated" if scores else "abstained",
            ratings=ratings,
        )


# --- what holds -------------------------------------------------------------------------------------------


def _held(
    reply: ProposedRatings, asked: Sequence[str], texts: Sequence[tuple[str, str, Located]]
) -> tuple[Rating, ...]:
    """One rating for each dimension asked about: held, or abstained with the reason."""
    given: dict[str, list[ProposedRating]] = {name: [] for name in asked}
    for one in reply.ratings:
        given.get(normalise(one.dimension).lower(), []).append(one)
    return tuple(_rating(name, ratings, texts) for name, ratings in given.items())


def _rating(name: str, given: Sequence[ProposedRating], texts: Sequence[tuple[str, str, Located]]) -> Rating:
    if len(given) != 1:
        return _abstained(name, "rated twice" if given else "not rated")
    (one,) = given
    if isinstance(one.score, bool) or not isinstance(one.score, int | float) or not math.isfinite(one.score):
        return _abstained(name, "the score is no number")
    if not 0 <= one.score <= 1:
        return _abstained(name, "the score is not between 0 and 1")
    found = len(words(one.quote))
    if not _LEAST <= found <= _MOST:
        return _abstained(name, f"the quote is {'shorter' if found < _LEAST else 'longer'} than it may be")
    for place, text, located in texts:
        if places := located.places(one.quote):
            start, end = places[0]
            return Rating(
                dimension=name, score=round(10 * float(one.score), 2), quote=text[start:end], place=place, reason=None
            )
    return _abstained(name, "the quote does not stand in the report")


def _abstained(name: str, reason: str) -> Rating:
    return Rating(dimension=name, score=None, quote=None, place=None, reason=reason)


def _abstentions(ratings: Sequence[Rating]) -> tuple[str, ...]:
    """One line on the dimensions without a rating and why; none where all were rated."""
    why: dict[str, list[str]] = {}
    for one in ratings:
        if one.reason is not None:
            why.setdefault(one.reason, []).append(one.dimension)
    count = sum(map(len, why.values()))
    told = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in why.items())
    return (f"abstained on {count} of {len(ratings)} dimensions: {told}",) if count else ()


# --- what is shown ----------------------------------------------------------------------------------------


def _shown(report: Report) -> tuple[list[_Line], tuple[str, ...]]:
    """The report's texts that there is room for and that give no orders, and notes on what was left out."""
    kept: list[_Line] = []
    room, hidden, left = _ROOM, 0, 0
    for line in (*_about(report), *(line for n, c in enumerate(report.claims, 1) for line in _of_claim(n, c, report))):
        if not plain(line.text):
            continue
        if _orders(line.text):
            hidden += 1
        elif len(line.text) > room:
            left += 1
        else:
            kept.append(line)
            room -= len(line.text)
    notes = []
    if hidden:
        notes.append(f"{hidden} text{'s' * (hidden > 1)} that speak{'s' * (hidden == 1)} to a language model "
                     f"{'were' if hidden > 1 else 'was'} not shown to it")  # fmt: skip
    if left:
        notes.append(f"for {left} of {left + hidden + len(kept)} texts of the report there was no room")
    return kept, tuple(notes)


def _orders(text: str) -> bool:
    return gives_orders(text) or bool(_PRAISED.search(normalise(plain(text))))


def _about(report: Report) -> Iterator[_Line]:
    """The report as a whole: question, answer, search, papers, conflicts, limits."""
    yield _Line("question", "", report.question)
    yield _Line("answer", f", status {report.answer.status}", report.answer.text)
    yield _Line("next experiment", "", report.answer.next_experiment or "")
    for n, text in enumerate(report.limitations, 1):
        yield _Line(f"limitation {n}", "", text)
    for n, one in enumerate(report.coverage, 1):
        count = "" if one.count is None else f" {one.count}"
        yield _Line(f"source {n}", f", {plain(one.source)[:40]}: {one.outcome}{count}", one.reason or one.query)
    for n, conflict in enumerate(report.conflicts, 1):
        yield _Line(f"conflict {n}", f", {conflict.kind}", conflict.reason)
    for n, paper in enumerate((p for p in report.papers if p.included), 1):
        notices = "".join(f", {notice.kind}" for notice in paper.notices)
        yield _Line(f"paper {n}", f", {paper.year or 'no year'}, {paper.tier} read{notices}", paper.title)


def _of_claim(number: int, claim: Claim, report: Report) -> Iterator[_Line]:
    """A claim: what it says, its own quote, the verdict's reason, the first quotes of other papers."""
    verdict = claim.verdict
    sure = "" if verdict.confidence is None else f", confidence {verdict.confidence:.2f}"
    cited = ", cited by the answer" if claim.id in report.answer.claim_ids else ""
    yield _Line(f"claim {number}", f", {verdict.label}{sure}{cited}", claim.statement)
    yield _Line(f"claim {number}, quote", "", claim.quote)
    yield _Line(f"claim {number}, reason", "", verdict.reason)
    others = [e for e in claim.evidence if e.quote != claim.quote]
    for n, one in enumerate(others[:_QUOTES], 1):
        whose = "another paper" if one.independent else "its own paper"
        yield _Line(f"claim {number}, evidence {n}", f", {one.stance}, {whose}", one.quote)


# --- prompts ----------------------------------------------------------------------------------------------


@cache
def _template(name: str) -> Template:
    return Template(files("synth.templates").joinpath("prompt", name).read_text(encoding="utf-8"))


def _prompt_hash() -> str:
    """SHA-256 (hex) of the prompt templates and the reply's schema: two equal hashes asked in the same words."""
    texts = [_template(name).template for name in _TEMPLATES]
    return hashlib.sha256(json.dumps([texts, ProposedRatings.model_json_schema()], sort_keys=True).encode()).hexdigest()


# --- making one -------------------------------------------------------------------------------------------


def load(model_id: str, *, timeout: float = 60.0, retries: int = 2, calls: int | None = None) -> LanguageReviewer:
    """The model named "openai:NAME", "anthropic:NAME" or "ollama:NAME", at temperature 0. Nothing is asked yet.

    Keys and addresses come from the environment, as for `synth.models.language`. `timeout` (seconds) holds for each
    try, `retries` are the further tries of one call, `calls` is the budget of calls (None: no bound).

    Raises:
        InputError: an unknown provider, a missing name, a missing extra or a missing key.
    """
    return LanguageReviewer(model_id, Chat.named(model_id, timeout=timeout, retries=retries, calls=calls))


def from_chat_model(chat: BaseChatModel, model_id: str | None = None, *, calls: int | None = None) -> LanguageReviewer:
    """A reviewer on any LangChain chat model, used as it is configured.

    `model_id` defaults to "langchain:" and the class's name.
    """
    return LanguageReviewer(model_id or f"langchain:{type(chat).__name__}", Chat.given(chat, calls=calls))
