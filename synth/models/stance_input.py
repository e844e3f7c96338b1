"""How a claim and a passage are laid out for the stance model: one layout for training and for use.

    [CLS] claim [SEP] title [SEP] sentence 1 [SEP] sentence 2 [SEP] ...

The [SEP] that closes a sentence is its mark: the model's word on the sentence comes of the tokens that it closes, its
word on the whole passage of [CLS] and of the sentences. A passage that does not fit is an error of the caller, who
chooses sentences by `room`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["CLAIM_TOKENS", "MAX_TOKENS", "SENTENCE_TOKENS", "TITLE_TOKENS", "Layout", "layout", "pieces"]

MAX_TOKENS = 256  # what one reading may hold; longer passages are read in several windows
CLAIM_TOKENS = 80
TITLE_TOKENS = 28
SENTENCE_TOKENS = 90


class Layout(NamedTuple):
    """Token ids and token types (0 claim, 1 passage), and per sentence the position of its mark.

    `marks` is as long as the sentences that fitted: the first of those given.
    """

    ids: list[int]
    types: list[int]
    marks: list[int]


def pieces(tokenizer: Tokenizer, text: str, limit: int) -> list[int]:
    """Word pieces of one text without special tokens, at most `limit`: of a longer text, the first ones."""
    clean = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be encoded
    return list(tokenizer.encode(clean, add_special_tokens=False).ids[:limit])


def layout(tokenizer: Tokenizer, claim: str, title: str, sentences: Sequence[str], most: int = MAX_TOKENS) -> Layout:
    """Lay out `claim` with the sentences in their order until `most` tokens are used; the rest is left out.

    At least one sentence must be given. A literal "[SEP]" in a text is a word and no mark: its brackets are taken off.
    """
    if not sentences:
        raise ValueError("a passage has at least one sentence")
    first, last = (tokenizer.token_to_id(mark) or 0 for mark in ("[CLS]", "[SEP]"))
    ids = [first, *pieces(tokenizer, _plain(claim), CLAIM_TOKENS), last]
    types = [0] * len(ids)
    if title:
        ids += [*pieces(tokenizer, _plain(title), TITLE_TOKENS), last]
    marks: list[int] = []
    for sentence in sentences:
        room = min(SENTENCE_TOKENS, most - len(ids) - 1)
        if room < 4 and marks:
            break
        ids += [*pieces(tokenizer, _plain(sentence), max(room, 4)), last]
        marks.append(len(ids) - 1)
    types += [1] * (len(ids) - len(types))
    return Layout(ids, types, marks)


def _plain(text: str) -> str:
    """The text without words that the tokenizer takes for its own marks."""
    for mark in ("[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]"):
        if mark in text:
            text = text.replace(mark, f" {mark[1:-1]} ")
    return text
