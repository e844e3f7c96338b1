"""A stance model by name: any classifier of natural language inference that transformers can load.

Such a model reads two texts, a premise and a hypothesis. The claim is the hypothesis; the premise is first the passage,
then each of its sentences alone, so that every sentence has a word of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from synth.errors import InputError
from synth.models import packaged
from synth.models.stance import Asked, Reading
from synth.records import Scores

__all__ = ["Columns", "NamedStance", "columns"]

_MAX_TOKENS = 512  # of premise and claim together, where the model itself names no lower limit
_OFFSET = 2  # positions that the RoBERTa family counts among its positions and cannot use
_BATCH = 16  # pairs that are computed together
_PART = 256  # pairs that are sorted by length together, and after which progress is told
_NEVER = -20.0  # log-odds of refuting for a model that has no such label
_LABELS = {
    "supports": ("entailment", "entail", "entails", "entailed"),
    "refutes": ("contradiction", "contradict", "contradicts", "contradictory"),
    "neutral": ("neutral", "notentailment", "nonentailment", "notentailed"),
}


class Columns(NamedTuple):
    """Which logit means what; `refutes` is None for a model of two labels, entailment or not."""

    supports: int
    refutes: int | None
    neutral: int


def columns(labels: Mapping[int, str], name: str) -> Columns:
    """Find the three stances in a model's `id2label`, in any order and spelling (`not_entailment` is neutral).

    Raises:
        InputError: there is another label, one stance twice, or no word for entailment or for neutral.
    """
    known = {word: stance for stance, spellings in _LABELS.items() for word in spellings}
    found: dict[str, int] = {}
    for place, label in sorted(labels.items()):
        stance = known.get("".join(c for c in str(label).lower() if c.isalpha()))
        if stance is None or stance in found or any(c.isdigit() for c in str(label)):
            break
        found[stance] = place
    else:
        if "supports" in found and "neutral" in found:
            return Columns(found["supports"], found.get("refutes"), found["neutral"])
    told = ", ".join(str(label) for _, label in sorted(labels.items())[:6]) or "none"
    raise InputError(
        f'verifier "{name}": its labels ({told}) are not entailment, contradiction and neutral; '
        "give a model that was trained on natural language inference"
    )


class NamedStance:
    """A sequence classifier by hub name or folder, on the processor. Needs the extra `replicate`."""

    def __init__(self, name: str, *, offline: bool = False) -> None:
        self._tokenizer, self._model = _classifier(name, offline)
        self._columns = columns(self._model.config.id2label, name)
        positions = getattr(self._model.config, "max_position_embeddings", None) or _MAX_TOKENS + _OFFSET
        self._most = max(8, min(_MAX_TOKENS, int(self._tokenizer.model_max_length), positions - _OFFSET))
        shown = Path(name).resolve().name if Path(name).is_dir() else name  # no path of this machine
        self._id = f"{shown}@{packaged.weights_checksum(self._model)[:12]}"

    @property
    def id(self) -> str:
        """The name (of a folder its last part) and the first twelve hexadecimal digits of the sha256 of the weights."""
        return self._id

    def read(self, asked: Sequence[Asked], progress: Callable[[int, int], None] | None = None) -> list[Reading]:
        """The readings, in the order of `asked`: log-odds against neutral, rounded to three places.

        A premise that does not fit with its claim into what the model reads (512 tokens at most) loses its last
        words. `progress` is told pairs of texts, of which a passage of n sentences has n + 1, one sentence just one.
        """
        pairs: dict[tuple[str, str], None] = {}
        for one in asked:
            pairs |= dict.fromkeys((premise, one.claim) for premise in (_joined(one), *one.sentences))
        scores = dict(zip(pairs, self._scored(list(pairs), progress), strict=True))
        return [
            Reading(scores[_joined(one), one.claim], tuple(scores[s, one.claim] for s in one.sentences))
            for one in asked
        ]

    def _scored(self, pairs: Sequence[tuple[str, str]], progress: Callable[[int, int], None] | None) -> list[Scores]:
        """Scores of (premise, claim) pairs, in their order; texts of like length are computed together."""
        made: dict[int, Scores] = {}
        order = sorted(range(len(pairs)), key=lambda i: (-len(pairs[i][0]) - len(pairs[i][1]), i))
        step = _BATCH if self._tokenizer.pad_token is not None else 1  # without padding no two texts fit together
        for start in range(0, len(order), step):
            part = order[start : start + step]
            made |= dict(zip(part, self._logits([pairs[i] for i in part]), strict=True))
            if progress is not None and (len(made) % _PART == 0 or len(made) == len(pairs)):
                progress(len(made), len(pairs))
        return [made[i] for i in range(len(pairs))]

    def _logits(self, pairs: Sequence[tuple[str, str]]) -> list[Scores]:
        torch: Any = import_module("torch")
        premises, claims = ([_clean(text) for text in side] for side in zip(*pairs, strict=True))
        feed = self._tokenizer(
            premises,
            claims,
            padding=len(pairs) > 1,
            truncation="longest_first",
            max_length=self._most,
            return_tensors="pt",
        )
        with torch.inference_mode():
            rows = self._model(**feed).logits.tolist()  # [len(pairs), labels]
        return [self._score(row) for row in rows]

    def _score(self, row: Sequence[float]) -> Scores:
        """Differences of logits: with two labels the log-odds of one against the other."""
        at = self._columns
        refutes = _NEVER if at.refutes is None else round(row[at.refutes] - row[at.neutral], 3)
        return Scores(supports=round(row[at.supports] - row[at.neutral], 3), refutes=refutes)


def _joined(asked: Asked) -> str:
    return " ".join(asked.sentences)


def _clean(text: str) -> str:
    """A lone surrogate cannot be encoded; "?" stands for it rather than one bad paper stopping all."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _classifier(name: str, offline: bool) -> tuple[Any, Any]:
    """Tokenizer and model in single precision; InputError, in one line, when they cannot be had."""
    if not name.strip():
        raise InputError("the verifier has no name: give a model of natural language inference, or a folder")
    # A hub name has one slash at most; a mistyped folder should not be asked for on the hub for a minute.
    if (name.startswith((".", "/", "~")) or name.count("/") > 1) and not Path(name).is_dir():
        raise InputError(f'verifier "{name}": there is no such folder')
    try:
        torch: Any = import_module("torch")
        library: Any = import_module("transformers")
    except ImportError as error:
        raise InputError(
            f'verifier "{name}" needs torch and transformers: pip install "synth-replicate[replicate]", '
            "or leave the option out to use the packaged verifier"
        ) from error
    library.utils.logging.set_verbosity_error()  # library code prints nothing; what is missing is told below
    library.utils.logging.disable_progress_bar()
    told: dict[str, Any] = {"local_files_only": offline, "trust_remote_code": False}
    try:
        tokenizer = library.AutoTokenizer.from_pretrained(name, **told)
        model, found = library.AutoModelForSequenceClassification.from_pretrained(
            name, dtype=torch.float32, output_loading_info=True, use_safetensors=True, **told
        )
    except Exception as error:  # hub, network and file-format errors come in a dozen unrelated types
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise InputError(
            f'verifier "{name}" cannot be loaded ({reason}); '
            "give the name of a model of natural language inference or a folder that holds one"
        ) from error
    if missing := sorted(str(key) for key in found["missing_keys"]):
        raise InputError(
            f'verifier "{name}": its files lack {len(missing)} of the weights ({missing[0]}), so it was never trained '
            "to classify; give a model that was trained on natural language inference"
        )
    return tokenizer, model.eval()
