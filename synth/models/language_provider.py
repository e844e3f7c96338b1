"""Asking a chat model through LangChain: which providers are known, one call, and the ways it can fail.

Every failure becomes a `LanguageFailure`; nothing a provider raises leaves this module. The reason of a failure
is worded here and never repeats the text of a provider's error, because such texts may echo the key.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from synth.errors import InputError, did_you_mean
from synth.records import Record

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

__all__ = ["PROVIDERS", "Chat", "FailureKind", "LanguageFailure", "Opener", "Provider", "opener"]

FailureKind = Literal[
    "authentication", "rate_limit", "timeout", "network", "server", "not_found", "rejected", "refusal",
    "bad_output", "budget", "stopped", "error",
]  # fmt: skip
Stage = Literal["claims", "answer", "stance", "review"]
T = TypeVar("T", bound=Record)


class LanguageFailure(Record):
    """A question to a language model that brought no usable reply. `reason` is one line without secrets."""

    stage: Stage
    kind: FailureKind
    reason: str


# --- providers ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Provider:
    """Where a provider's chat model lives and which environment variable holds its key (None: no key).

    The address of the service is read from the environment by the packages themselves or, for `url`
    variables, handed on from here: the first that is set.
    """

    module: str
    model: str
    key: str | None
    url: tuple[str, ...]
    seeded: bool


PROVIDERS = {
    "anthropic": Provider("langchain_anthropic", "ChatAnthropic", "ANTHROPIC_API_KEY", ("ANTHROPIC_BASE_URL",), False),
    "ollama": Provider("langchain_ollama", "ChatOllama", None, (), True),  # OLLAMA_HOST: read by its client
    "openai": Provider(
        "langchain_openai", "ChatOpenAI", "OPENAI_API_KEY", ("OPENAI_BASE_URL", "OPENAI_API_BASE"), True
    ),
}

Opener = Callable[[float | None], "BaseChatModel"]


def opener(model_id: str, *, timeout: float, retries: int) -> Opener:
    """A function from a temperature to the chat model of `model_id` ("provider:name"); asks nothing yet.

    Temperature None leaves temperature and seed to the provider: some models accept neither.
    Raises InputError for a malformed id, an unknown provider, a missing extra or a missing key.
    """
    name, _, model = model_id.partition(":")
    if name not in PROVIDERS:
        hint = did_you_mean(name, PROVIDERS)
        raise InputError(f'language model "{model_id}": unknown provider "{name}", {hint} (write provider:name)')
    if not model.strip():
        raise InputError(f'language model "{model_id}": no model is named; write {name}:NAME')
    provider = PROVIDERS[name]
    if not _installed(provider.module):
        raise InputError(
            f'language model "{model_id}" needs packages that are not installed: pip install "synth-replicate[llm]"'
        )
    if provider.key and not os.environ.get(provider.key, "").strip():
        raise InputError(
            f'language model "{model_id}": the environment variable {provider.key} is not set '
            "(any value serves a server of your own that asks for no key)"
        )

    def open_chat(temperature: float | None) -> BaseChatModel:
        settings = _settings(name, provider, temperature, timeout, retries)
        try:
            chat: BaseChatModel = getattr(importlib.import_module(provider.module), provider.model)(
                model=model.strip(), **settings
            )
        except ImportError as error:
            raise InputError(
                f'language model "{model_id}": {error.name} is missing: pip install "synth-replicate[llm]"'
            ) from None
        except (TypeError, ValueError) as error:  # pydantic's ValidationError may show the key: not chained
            raise InputError(
                f'language model "{model_id}": {provider.model} refused its settings ({type(error).__name__}); '
                f"check {', '.join(filter(None, (provider.key, *provider.url)))}"
            ) from None
        return chat

    return open_chat


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _settings(name: str, provider: Provider, temperature: float | None, timeout: float, retries: int) -> dict[str, Any]:
    """The keyword arguments of the chat model's class; keys stay in the environment."""
    settings: dict[str, Any] = {}
    if temperature is not None:
        settings["temperature"] = temperature
        if provider.seeded:
            settings["seed"] = 0
    if name == "ollama":
        settings["client_kwargs"] = {"timeout": timeout}  # its client knows no retries
    else:
        settings |= {"timeout": timeout, "max_retries": retries}
    address = next((os.environ[v] for v in provider.url if os.environ.get(v)), None)
    if address:
        settings["base_url"] = address
    return settings


# --- one call ----------------------------------------------------------------------------------------

_LASTING = frozenset(["authentication", "not_found"])  # the next call would fail in the same way
_PASSING = frozenset(["network", "timeout", "server", "rate_limit"])
_PATIENCE = 2  # passing failures in a row (each after the provider's own retries) before no more is asked


class Chat:
    """A chat model with a budget of calls, which stops asking when the provider keeps failing.

    `reopen` makes the same model without temperature and seed; None where the caller made the model.
    Not for use from several threads at once.
    """

    def __init__(
        self, chat: BaseChatModel, *, temperature: float | None, reopen: Opener | None, calls: int | None
    ) -> None:
        self.temperature = temperature
        self.calls = 0
        self._chat = chat
        self._reopen = reopen
        self._allowed = calls
        self._in_a_row = 0
        self._stopped: str | None = None

    @classmethod
    def named(
        cls, model_id: str, *, temperature: float = 0.0, timeout: float = 60.0, retries: int = 2, calls: int | None
    ) -> Chat:
        """The model of that name (`opener` says which there are, and what it raises); nothing is asked yet."""
        open_chat = opener(model_id, timeout=timeout, retries=retries)
        return cls(open_chat(temperature), temperature=temperature, reopen=open_chat, calls=calls)

    @classmethod
    def given(cls, chat: BaseChatModel, *, calls: int | None) -> Chat:
        """A model that the caller made, used as it is configured."""
        heat = getattr(chat, "temperature", None)
        return cls(chat, temperature=float(heat) if isinstance(heat, int | float) else None, reopen=None, calls=calls)

    def ask(self, stage: Stage, system: str, data: str, shape: type[T]) -> T | LanguageFailure:
        """The reply to instructions and data as a record of type `shape`, or what went wrong.

        Tracing services are switched off for the call: the papers' text goes to the model and nowhere else.
        """
        from langchain_core.messages import HumanMessage, SystemMessage

        messages: list[BaseMessage] = [SystemMessage(system), HumanMessage(data)]
        if self._stopped:
            return LanguageFailure(stage=stage, kind="stopped", reason=f"not asked: {self._stopped}")
        reply = self._call(stage, messages, shape)
        if isinstance(reply, LanguageFailure):
            self._in_a_row = self._in_a_row + 1 if reply.kind in _PASSING else 0
            if reply.kind in _LASTING or self._in_a_row >= _PATIENCE:
                self._stopped = f"the model failed before ({reply.reason})"
        else:
            self._in_a_row = 0
        return reply

    def _call(self, stage: Stage, messages: list[BaseMessage], shape: type[T]) -> T | LanguageFailure:
        from langsmith import tracing_context

        while True:
            if self._allowed is not None and self.calls >= self._allowed:
                reason = f"not asked: the budget of {self._allowed} calls is used up"
                return LanguageFailure(stage=stage, kind="budget", reason=reason)
            self.calls += 1
            try:
                with tracing_context(enabled=False):
                    return _reply(self._chat, messages, shape)
            except Exception as error:  # noqa: BLE001 - whatever a provider's package raises becomes a record
                if self._reopen is None or self.temperature is None or not _dislikes_settings(error):
                    return _failure(stage, error)
                self.temperature = None
                self._chat = self._reopen(None)


class _NoReplyError(ValueError):
    """The model answered, but with nothing of the wanted shape."""


def _reply(chat: BaseChatModel, messages: list[BaseMessage], shape: type[T]) -> T:
    """The structured reply; from plain text where the model cannot be held to a schema."""
    try:
        structured = chat.with_structured_output(shape)
    except NotImplementedError:
        return shape.model_validate_json(_json_part(chat.invoke(messages).text))
    reply = structured.invoke(messages)
    if not isinstance(reply, shape):
        raise _NoReplyError("no structured reply")
    return reply


def _json_part(text: str) -> str:
    """The outermost JSON object in `text`: models like to put it into a fence or a sentence."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise _NoReplyError("no JSON object")
    return text[start : end + 1]


# --- what went wrong ---------------------------------------------------------------------------------

_UNREADABLE = frozenset([
    "ValidationError", "JSONDecodeError", "OutputParserException", "LengthFinishReasonError",
    "APIResponseValidationError", "_NoReplyError",
])  # fmt: skip
# Names of exception classes (of any package, found along the inheritance and the causes), first hit wins.
_BY_CLASS: tuple[tuple[FailureKind, frozenset[str]], ...] = (
    ("refusal", frozenset(["OpenAIRefusalError", "ContentFilterFinishReasonError"])),
    ("timeout", frozenset(["APITimeoutError", "TimeoutException", "TimeoutError", "ModelTimeoutError"])),
    ("authentication", frozenset(["ModelAuthenticationError", "ModelPermissionDeniedError"])),
    ("rate_limit", frozenset(["ModelRateLimitError"])),
    ("not_found", frozenset(["ModelNotFoundError"])),
    ("server", frozenset(["ModelAPIError"])),
    ("rejected", frozenset(["ModelInvalidRequestError", "ContextOverflowError"])),
    ("network", frozenset(["APIConnectionError", "TransportError", "ConnectionError", "ModelConnectionError"])),
    ("bad_output", _UNREADABLE),
    # What packages stumble over when a service replies with JSON that is no completion.
    ("bad_output", frozenset(["TypeError", "ValueError", "LookupError", "AttributeError"])),
)  # fmt: skip
_BY_STATUS: dict[int, FailureKind] = {
    401: "authentication", 403: "authentication", 404: "not_found", 408: "timeout", 429: "rate_limit",
}  # fmt: skip
_WORDS: dict[FailureKind, str] = {
    "authentication": "the provider refused the key",
    "rate_limit": "the provider's rate limit or quota is reached",
    "timeout": "no reply in time",
    "network": "the provider could not be reached",
    "server": "the provider reported an error of its own",
    "not_found": "the provider does not know the model or the address",
    "rejected": "the provider rejected the request",
    "refusal": "the model refused to reply",
    "bad_output": "the reply was not of the form asked for",
    "error": "the call failed",
}


def _failure(stage: Stage, error: BaseException) -> LanguageFailure:
    chain = _chain(error)
    status = next((s for e in chain if (s := _status(e)) is not None), None)
    kind = _kind(chain, status)
    detail = f"HTTP {status}" if status is not None else type(error).__name__.lstrip("_")
    return LanguageFailure(stage=stage, kind=kind, reason=f"{_WORDS[kind]} ({detail})")


def _kind(chain: list[BaseException], status: int | None) -> FailureKind:
    if status is not None and status >= 400:
        return _BY_STATUS.get(status, "server" if status >= 500 else "rejected")
    names = {base.__name__ for e in chain for base in type(e).__mro__}
    return next((kind for kind, classes in _BY_CLASS if names & classes), "error")


def _chain(error: BaseException) -> list[BaseException]:
    """The error and its causes, outermost first."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def _status(error: BaseException) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int) and status >= 100:
            return status
    return None


def _dislikes_settings(error: BaseException) -> bool:
    """Whether the request failed because the model takes no temperature or seed of ours."""
    unreadable = any(base.__name__ in _UNREADABLE for base in type(error).__mro__)  # may quote the reply
    said = str(error).lower()
    refused = _failure("claims", error).kind in ("rejected", "bad_output", "error") and not unreadable
    return refused and ("temperature" in said or "'seed'" in said)
