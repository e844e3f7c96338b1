"""What a language model proposed, held against the text it was shown.

These holds are the guard, not the prompt: whatever a model replies, of itself or because a paper's text told it
to, a claim comes through only with a quote that stands in the paper and a statement that says no more than the
quote, and a sentence of an answer only if claims that exist bear it out. A verdict is never read from a model.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from synth.models.language_support import ill_formed, unsupported
from synth.quantities import mentions, quantity
from synth.records import (
    Answer,
    AnswerStatus,
    Claim,
    ClaimKind,
    Passage,
    Quantity,
    ReadPaper,
    Replication,
    SourceSpan,
    Verdict,
    content_id,
)
from synth.text import normalise, sentences, words

__all__ = ["ALLOWED_STATUS", "LEAST", "MOST", "Located", "caveat", "held_answer", "held_claim"]

# --- where a quote stands ------------------------------------------------------------------------------

# Models straighten typographic marks; both sides are folded to find the place, the paper's own marks are kept.
_FOLD = str.maketrans("‘’‚‛“”„‐‑‒–—−", "''''\"\"\"------")
_LONGEST = 3  # sentences a quote may touch


class Located:
    """A paper's text prepared once, so that many quotes can be found in it."""

    def __init__(self, text: str) -> None:
        letters: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in _clusters(text):
            piece = " " if text[start].isspace() else normalise(text[start:end]).translate(_FOLD)
            if piece == " " and letters and letters[-1] == " ":
                continue
            letters.extend(piece)
            self._starts.extend([start] * len(piece))
            self._ends.extend([end] * len(piece))
        self._squeezed = "".join(letters)

    def places(self, quote: str) -> list[tuple[int, int]]:
        """Offsets (start, end) in the original text of every place where `quote` stands, in order.

        Compared as `synth.text.normalise` has it, with typographic quotation marks and dashes made plain.
        """
        wanted = normalise(quote).translate(_FOLD)
        found: list[tuple[int, int]] = []
        at = self._squeezed.find(wanted) if wanted else -1
        while at >= 0:
            found.append((self._starts[at], self._ends[at + len(wanted) - 1]))
            at = self._squeezed.find(wanted, at + 1)
        return found


def _clusters(text: str) -> list[tuple[int, int]]:
    """Every character together with the combining marks after it: NFKC may fuse them."""
    spans: list[tuple[int, int]] = []
    for i, char in enumerate(text):
        if spans and not char.isascii() and unicodedata.combining(char):
            spans[-1] = (spans[-1][0], i + 1)
        else:
            spans.append((i, i + 1))
    return spans


def _whole_sentences(
    located: Located, quote: str, passages: Sequence[Passage]
) -> tuple[Passage, tuple[int, int]] | str:
    """The first passage a quote touches and the span of all it touches; else why there is none.

    A quote is widened to whole sentences: half a sentence can leave out its "not".
    """
    places = located.places(quote)
    if not places:
        return "quote not found in the text"
    for start, end in places:
        touched = [p for p in passages if p.start < end and p.end > start]
        if touched and min(p.start for p in touched) <= start and max(p.end for p in touched) >= end:
            if len(touched) > _LONGEST:
                return f"quote longer than {_LONGEST} sentences"
            first = min(touched, key=lambda p: p.start)
            return first, (first.start, max(p.end for p in touched))
    return "quote outside the passages shown"


# --- claims --------------------------------------------------------------------------------------------

# Text that speaks to a model rather than of research; the other holds bind it all the same.
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.]{0,40}\b(?:rules?|instructions?|prompts?|previous|above)\b"
    r"|\bmark (?:everything|all|every claim|this (?:paper|claim))\b"
    r"|\b(?:as an? (?:ai|llm|language) model,? you|system prompt)\b",
    re.IGNORECASE,
)
_KINDS: dict[str, ClaimKind] = {
    "numeric": "numeric", "comparative": "comparative", "method": "method", "dataset": "dataset",
    "descriptive": "descriptive",
}  # fmt: skip


def held_claim(
    statement: str, quote: str, kind: str, paper: ReadPaper, located: Located, passages: Sequence[Passage]
) -> Claim | str:
    """The claim, not yet checked, with the quote as the paper has it; or in a few words why it is dropped."""
    statement = " ".join(statement.split())
    if kind not in _KINDS:
        return "unknown kind"
    if reason := ill_formed(statement):
        return reason
    if len(words(quote)) < 3:
        return "quote too short"
    place = _whole_sentences(located, quote, passages)
    if isinstance(place, str):
        return place
    passage, (start, end) = place
    verbatim = paper.text[start:end]
    if _ORDERS.search(normalise(verbatim)):
        return "quote gives orders to a language model"
    if reason := unsupported(statement, [verbatim], paper.paper.title):
        return reason
    amount = _quantity(statement)
    told = _KINDS[kind]
    if told == "numeric" and amount is None:
        told = "descriptive"  # nothing in it can be compared as a number
    source = SourceSpan(
        paper_id=paper.paper.id,
        version=paper.paper.version,
        section=passage.section or None,
        page=paper.page_at(start),
        start=start,
        end=end,
    )
    return Claim(
        id=content_id("c", paper.paper.id, paper.paper.version, start, end, statement),
        statement=statement,
        quote=verbatim,
        source=source,
        kind=told,
        quantity=amount,
        parent_id=None,
        verdict=Verdict(label="not_checked", score=None, confidence=None, reason="not checked yet"),
        replication=Replication(status="not_run", reason="no experiment has been run", command=None),
    )


def _quantity(statement: str) -> Quantity | None:
    found = mentions(statement)
    return quantity(statement, found[0]) if found else None


# --- answers -------------------------------------------------------------------------------------------

# The statuses a model may report under a rule's status without its text being set aside; the rule's stands.
ALLOWED_STATUS: dict[AnswerStatus, tuple[AnswerStatus, ...]] = {
    "answered": ("answered", "partly_answered", "contested"),
    "partly_answered": ("partly_answered", "contested"),
    "contested": ("contested",),
    "not_studied": (),
    "no_evidence": (),
    "not_checked": (),
}
LEAST, MOST = 2, 4  # sentences of an answer
_CITED = re.compile(r"\[\d+(?:, \d+)*\]")
_OWN_CITATION = re.compile(r"\s*[\[(](?:claim-[0-9a-f]{10}[,;\s]*)+[\])]")


def caveat(rule: Answer) -> str:
    """What the rule's text says after its last cited sentence (what is missing, not confirmed, in conflict).

    Empty where the rule cites nothing. A model's wording never does away with it.
    """
    spans = sentences(rule.text)
    last = max((i for i, (a, b) in enumerate(spans) if _CITED.search(rule.text[a:b])), default=None)
    return "" if last is None or last + 1 == len(spans) else rule.text[spans[last + 1][0] :].strip()


def held_answer(
    status: str,
    proposed: Sequence[tuple[str, Sequence[str]]],
    numbered: Mapping[str, int],
    claims: Sequence[Claim],
    rule: Answer,
    question: str,
) -> Answer | str:
    """The rule's answer with the proposed sentences and the rule's caveat as its text; or why not.

    `proposed` are (sentence, claim ids); `numbered` gives the number by which a text cites a claim ("[3]").
    Refuted claims can be cited only where the rule cites them; a contested answer cites all the rule cites.
    """
    if status not in ALLOWED_STATUS[rule.status]:
        said = f'says "{status}"' if status in ALLOWED_STATUS else "gives an unknown status"
        return f'the model {said}, which the rule\'s "{rule.status}" does not allow'
    if not LEAST <= len(proposed) <= MOST:
        return f"{len(proposed)} sentences instead of {LEAST} to {MOST}"
    known = {c.id: c for c in claims if c.verdict.label != "refuted" or c.id in rule.claim_ids}
    texts: list[str] = []
    cited: dict[str, None] = {}
    for number, (sentence, ids) in enumerate(proposed, start=1):
        text = " ".join(_OWN_CITATION.sub("", sentence).split())
        if reason := _sentence_fault(text, ids, known, question):
            return f"sentence {number}: {reason}"
        marks = ", ".join(str(n) for n in sorted({numbered[i] for i in ids}))
        texts.append(f"{text.rstrip('.')} [{marks}].")
        cited |= dict.fromkeys(ids)
    if rule.status == "contested" and not set(rule.claim_ids) <= set(cited):
        return "a side of the conflict is left out"
    text = " ".join([*texts, caveat(rule)]).strip()
    return rule.model_copy(update={"text": text, "claim_ids": tuple(cited)})


def _sentence_fault(text: str, ids: Sequence[str], known: Mapping[str, Claim], question: str) -> str | None:
    if not ids:
        return "names no claim"
    if set(ids) - set(known):
        return "names a claim that may not be cited"
    if reason := ill_formed(text):
        return reason
    context = " ".join([question, *(known[i].statement for i in ids)])
    return unsupported(text, [known[i].quote for i in ids], context)
