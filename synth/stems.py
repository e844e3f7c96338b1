"""Words in the form in which they are compared: one spelling, one stem, and one word for those that mean the same.

Everything here is pure and deterministic. What is compared are keys, not always words: "supervised" becomes
"superviz" on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["same_word", "same_words", "stem"]

# --- stems -------------------------------------------------------------------------------------------

_VOWEL = re.compile("[aeiouy]")
_KEEP = frozenset(["during", "string", "spring", "thing", "nothing", "something", "bias", "corpus", "always", "less",
                   "loss", "across"])  # fmt: skip


def stem(word: str) -> str:
    """A light English stem: plural, -ing, -ed and final -e removed. Deterministic; not a dictionary form.

    The idea is the first step of Porter (1980), "An algorithm for suffix stripping", and no more: stems serve
    to match "fine-tuned" with "fine-tuning", not to lump different words together.
    """
    w = word.lower()
    if len(w) <= 3 or w in _KEEP or not w[-1].isalpha():
        return w
    if w.endswith("sses"):
        w = w[:-2]
    elif w.endswith(("ies", "ied")) and len(w) > 4:
        w = w[:-3] + "y"
    elif w.endswith("s") and not w.endswith(("ss", "us", "is")):
        w = w[:-1]
    for suffix in ("ing", "ed"):
        root = w[: -len(suffix)]
        if w.endswith(suffix) and not w.endswith("eed") and _VOWEL.search(root):
            if len(root) > 2 and root[-1] == root[-2] and root[-1] not in "lsz":
                root = root[:-1]
            elif len(root) == 2:
                root += "e"
            w = root
            break
    if w.endswith("e") and len(w) > 3:
        w = w[:-1]
    return w


# --- spelling ----------------------------------------------------------------------------------------

_ISE = re.compile(r"(?<=[a-z]{2})([iy])s(?=(?:e|es|ed|er|ers|ing|ation|ations)$)")
_OUR = re.compile(r"(?<=[a-z]{3})our(?=$|s$|ed$|ing$|al$|ally$|able$|ful$|hood|ite)")
_DOUBLED = re.compile(r"(?<=[a-z]{3})ll(?=(?:ed|ing|er|ers)$)")


@lru_cache(maxsize=50_000)
def _key(word: str) -> str:
    """The stem of a word in one spelling: analyse and analyze, behaviour and behavior, pre-trained and pretrained."""
    w = word.lower()
    if len(w) < 6 or not w[0].isalpha():
        return stem(w)
    w = w.replace("-", "")
    return stem(_DOUBLED.sub("l", _OUR.sub("or", _ISE.sub(r"\1z", w))))


# --- the same in other words ---------------------------------------------------------------------------

# A line holds words and turns of phrase that may stand for one another without changing what is claimed; the first one
# stands for all. No line holds two of different strength (may, does), direction (more, less) or amount (some, all).
_SAME = """
show; demonstrate; reveal; illustrate; showcase
find; found; observe; notice; discover
use; utilize; employ; leverage; make use of; makes use of; made use of
achieve; obtain; attain; reach; yield
improve; enhance; boost; strengthen
improvement; gain; enhancement
reduce; decrease; lower; diminish; lessen
increase; raise; elevate; heighten
degrade; worsen; deteriorate
hurt; harm; impair
better; superior
outperform; surpass; exceed; beat; perform better than; work better than; fare better than; do better than
outperform; is better than; are better than; was better than; were better than; be better than
outperform; is superior to; are superior to; was superior to; were superior to; be superior to
worse; inferior; poorer
underperform; perform worse than; work worse than; is worse than; are worse than; was worse than; were worse than
underperform; is inferior to; are inferior to; was inferior to; were inferior to; fall short of; lag behind
larger; bigger
higher; greater
faster; quicker
propose; present; introduce; put forward
investigate; examine; study; explore
evaluate; assess
build; built; construct; create; develop
generate; produce
require; need
contain; comprise; consist of; is composed of; are composed of; is made up of; are made up of
provide; offer; supply; deliver
enable; allow; permit; make it possible; makes it possible
affect; influence; impact
address; tackle
choose; chosen; chose; select; pick
combine; merge; integrate
remove; discard
begin; start
build on; built on; is based on; are based on; based on
aim; seek; intend; is intended; are intended
lead to; led to; result in
method; approach; technique; methodology
dataset; corpus; corpora; data set
error; mistake
paper; article; publication
ability; capability; capacity
benefit; advantage
drawback; shortcoming; limitation; weakness
novel; new
previous; prior; earlier; preceding
existing; current; available
state-of-the-art; state of the art; leading; sota; cutting-edge
additional; further; extra
entire; whole; complete
large; big; sizeable; sizable
fast; quick; rapid; quickly; rapidly
difficult; hard; challenging; tough
easy; simple; straightforward
important; crucial; vital; essential; key; central; indispensable; play an important role in; plays an important role in
important; plays a crucial role in; plays a key role in; plays a vital role in; plays a central role in
important; play a crucial role in; play a key role in; play a vital role in; play a central role in
helpful; beneficial
effective; effectively; successful; successfully
comparable; comparably; similar; similarly; on par; comparable to; similar to; on par with; comparable with
and; as well as
extensive; comprehensive; thorough
often; common; commonly; frequent; frequently
usually; typically; generally; normally; in general
mainly; primarily; mostly; chiefly; largely; for the most part
only; solely; merely; exclusively
simultaneously; at the same time; concurrently
significant; significantly; considerably; substantially; greatly; markedly; considerable; substantial; marked; much; far
several; various; multiple; a variety of; a number of; diverse; a range of
many; numerous; a large number of; a wide range of; a wide variety of; a broad range of; a multitude of
most; majority of; the majority of; a majority of
enough; sufficient; adequate
insufficient; not sufficient; not enough
cannot; can not; unable to; not able to
can; is able to; are able to; be able to; has the ability to; have the ability to; is capable of; are capable of
almost; nearly
approximately; about; around; roughly; circa
over; more than; above
under; less than; fewer than; below
twice; two times; double
because; due to; owing to; thanks to; on account of; as a result of; due to the fact that
despite; in spite of
regarding; concerning; with respect to; with regard to; in terms of; as regards; in regard to
compared; in comparison; compared to; compared with; in comparison to; in comparison with; relative to; versus; vs
especially; particularly; in particular
without; in the absence of; lacking
people; person; human
kind; type; sort
percent; per cent; percentage
"""
# Turns of phrase that carry no content of their own: who says it, how it goes on, that it is possible.
_EMPTY = """
the authors; the author; the researchers; the paper's authors; the study's authors; the proposed; the suggested;
the presented; of the authors; of the author; the fact that; in order; for example; for instance; moreover; furthermore;
additionally; in addition; however; therefore; thus; hence; consequently; as a consequence; as a result;
for this reason; nevertheless; nonetheless; finally; also; too; as well; so far; to date; until now; respectively;
while; whereas; whilst; although; though; they; them; do; does; did; very; indeed; in this paper; in this work;
in this study; in this article; in the paper
"""


@lru_cache(maxsize=1)
def _table() -> tuple[dict[tuple[str, ...], str], int]:
    """The keys of a turn of phrase to the one word for it ("" for none), and how many words the longest has."""
    table: dict[tuple[str, ...], str] = {}
    for line in _SAME.strip().splitlines():
        phrases = [tuple(map(_key, part.split())) for part in line.split(";")]
        table |= dict.fromkeys(phrases, phrases[0][0])
    for part in _EMPTY.split(";"):
        table[tuple(map(_key, part.split()))] = ""
    return table, max(map(len, table))


@lru_cache(maxsize=50_000)
def same_word(word: str) -> str:
    """The key of one word: equal for words that mean the same in papers ("novel", "new"; "utilises", "used")."""
    key = _key(word)
    return _table()[0].get((key,), key) or key


def same_words(words: Sequence[str]) -> list[str]:
    """The keys of `words` in order, a turn of phrase as one ("performs better than", "outperforms").

    Of turns that overlap the first one counts, of those that begin at one word the longest.
    """
    table, longest = _table()
    keys = [_key(word) for word in words]
    made: list[str] = []
    at = 0
    while at < len(keys):
        for size in range(min(longest, len(keys) - at), 0, -1):
            one = table.get(tuple(keys[at : at + size]))
            if one is not None:
                if one:
                    made.append(one)
                at += size
                break
        else:
            made.append(keys[at])
            at += 1
    return made
