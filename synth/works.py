"""Which records are versions and copies of one work.

Ids come first: one arXiv, DOI, Anthology, OpenAlex or Semantic Scholar id is one work, and the DOI that arXiv gives a
paper is its arXiv id. Then title, first author and year together; never a title alone. Titles change between preprint
and publication in case, punctuation, mark-up and subtitle, so each is compared in a bare form. A reworded title is told
by the abstract: nearly the same words by the same people are one work.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from synth.announcements import bare_title, is_notice
from synth.records import Ids, Paper

__all__ = ["grouped", "id_keys", "published", "same_work", "title_key", "version_names", "version_number"]

_SHORT = 12  # letters and digits of a title that are too few to tell a work: "Introduction", "Editorial note"
_SAME_ABSTRACT = 0.75  # share of words in common (Jaccard) from which two abstracts are one, the title reworded
_NEAR_ABSTRACT = 0.5  # ... the title the same
_TWICE = 0.9  # ... under two arXiv ids: one paper that was posted twice
_OTHER_ABSTRACT = 0.2  # ... below which two papers of one title are two
_TELLING = 30  # different words that an abstract needs to tell anything
_YEARS = 3  # that a preprint waits for its journal
_LONG = 5  # words from which a title is telling enough for authors in another order, or for one part of a title
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.I)
_ACL_DOI = re.compile(r"10\.(?:18653/v1|3115/v1)/([a-z]\d{2}-\d{4}|\d{4}\.[a-z0-9_]+-[a-z0-9_]+\.\d+)$", re.I)


# --- ids ------------------------------------------------------------------------------------------------------


def id_keys(ids: Ids) -> tuple[str, ...]:
    """The ids as keys that are equal for one work however a source writes them; versions are left out.

    >>> id_keys(Ids(doi="10.48550/arXiv.2005.13013"))
    ('arxiv:2005.13013',)
    """
    keys = []
    number = ids.arxiv
    doi = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", "", (ids.doi or "").strip().lower())
    if found := _ARXIV_DOI.fullmatch(doi):
        number, doi = number or found[1], ""
    anthology = ids.acl
    if found := _ACL_DOI.fullmatch(doi):
        anthology = anthology or found[1]
    if number:
        keys.append("arxiv:" + re.sub(r"v\d+$", "", number.lower()))
    if anthology:
        keys.append("acl:" + re.sub(r"v\d+$", "", anthology.lower()))
    if doi:
        keys.append("doi:" + doi)
    keys += [f"{name}:{value.lower()}" for name, value in (("openalex", ids.openalex), ("s2", ids.s2)) if value]
    return tuple(keys)


# --- titles and names -------------------------------------------------------------------------------------------

_ACCENT = re.compile(r"""\\(?:['`^"~=.]|[uvHckrdb](?![A-Za-z]))\s*\{?\s*\\?([A-Za-z])\}?""")
_STYLE = re.compile(
    r"\\(?:emph|text[a-z]*|math[a-z]*|rm|bf|it|sc|tt|sf|cal|small|large|ensuremath|mbox|operatorname)\b\s*"
)
_COMMAND = re.compile(r"\\([A-Za-z]+)\s*")
_GREEK = re.compile(r"[\u0391-\u03c9]")
_EDITION = re.compile(
    r"[\s(\[:–—-]+(?:an?\s+|the\s+)?(?:extended|full|long|longer|short|revised|preliminary|preprint|technical\s+report|"
    r"camera[\s-]ready|conference|journal|arxiv)(?:\s+(?:version|edition|abstract|report|paper))?\s*[)\]]?\s*$",
    re.I,
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "junior"})
_PARTED = re.compile(r"\s*(?::|\s[–—-]{1,3}\s|\?\s|\.\s)\s*")
# A part that may not be left out: what it adds makes another paper.
_OTHER = re.compile(
    r"\b(?:part|volume|vol|chapter|[ivx]+|\d+|reply|response|comments?|demo|demonstration|tutorial|supplement\w*|"
    r"appendix|revisited|survey|review|overview|proposal|thesis|poster|workshop|shared\s+task|system\s+description)\b",
    re.I,
)


@lru_cache(maxsize=200_000)
def title_key(title: str) -> str:
    """The title in its bare form: letters and digits only, without case, accents, mark-up, stamp or edition.

    >>> title_key(r"RETRACTED: {BERT} \\& $\\alpha$-Nets: na\\"ive?") == title_key("BERT and α-nets – naïve")
    True
    """
    return "".join(_plain_words(_EDITION.sub("", bare_title(title))))


def _plain_words(text: str) -> list[str]:
    text = _COMMAND.sub(r" \1 ", _STYLE.sub(" ", _ACCENT.sub(r"\1", text))) if "\\" in text else text
    text = text.replace("{", "").replace("}", "").replace("$", "").replace("&", " and ")
    text = _GREEK.sub(lambda m: unicodedata.name(m[0]).rpartition(" ")[2] if m[0].isalpha() else m[0], text)
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return re.findall(r"[^\W_]+", text)


@lru_cache(maxsize=200_000)
def _parts(title: str) -> tuple[str, ...]:
    """Bare forms of what stands before the first and after the first break of a title, where both can stand alone."""
    bare = _EDITION.sub("", bare_title(title))
    found = _PARTED.search(bare)
    if found is None:
        return ()
    head, tail = bare[: found.start()], bare[found.end() :]
    kept = []
    for part, left_out in ((head, tail), (tail, head)):
        words = _plain_words(part)
        if len(words) >= _LONG and not _OTHER.search(left_out):
            kept.append("".join(words))
    return tuple(kept)


@lru_cache(maxsize=400_000)
def _name(author: str) -> tuple[str, frozenset[str]]:
    """The family name and all words of a name: "Writer, Ada B." and "Ada B. Writer" give the same."""
    family, comma, given = author.partition(",")
    words = [w for w in _plain_words(f"{given} {family}" if comma else author) if w not in _SUFFIXES]
    full = [w for w in words if len(w) > 1] or words
    return (full[-1] if full else "", frozenset(full))


def _same_person(one: str, two: str) -> bool:
    """Whether two names have one family name, or the same words in another order."""
    (a, all_a), (b, all_b) = _name(one), _name(two)
    return bool(a) and (a == b or (len(all_a) > 1 and all_a == all_b))


def _families(paper: Paper) -> frozenset[str]:
    return frozenset(filter(None, (_name(author)[0] for author in paper.authors)))


# --- the rule ------------------------------------------------------------------------------------------------------


def same_work(one: Paper, two: Paper) -> bool:
    """Whether two records are of one work.

    An id in common decides, unless title and authors both say otherwise: a mistyped DOI is not rare, and where arXiv or
    the Anthology keep the two under different ids, the title must agree as well. Without an id in common the title, the
    first author and a year within 1 must agree; two arXiv ids stand apart unless the abstract is the same, and two of
    the Anthology when it is another (the overview of a shared task has one title each year). A title that lost or
    gained a part and an unknown year ask for the same authors throughout.
    """
    mine, theirs = id_keys(one.ids), id_keys(two.ids)
    other_preprint = _rivals(mine, theirs, "arxiv:")
    if set(mine) & set(theirs):
        return _by_title(one, two) if other_preprint or _rivals(mine, theirs, "acl:") else not _strangers(one, two)
    if other_preprint:
        return _by_title(one, two) and _common_words(one, two) >= _TWICE
    if _rivals(mine, theirs, "acl:"):
        return _by_title(one, two) and not _other_abstract(one, two)
    return _by_title(one, two) or _by_abstract(one, two)


def _strangers(one: Paper, two: Paper) -> bool:
    """Whether neither half of the authors nor half of the title is in common."""
    here, there = _families(one), _families(two)
    if not here or not there or 2 * len(here & there) >= min(len(here), len(there)):
        return False
    words = [set(_plain_words(p.title)) for p in (one, two)]
    return len(words[0] & words[1]) < 0.5 * min(map(len, words))


def _rivals(mine: Sequence[str], theirs: Sequence[str], place: str) -> bool:
    """Whether `place`, which keeps all versions of a paper under one id, keeps the two under different ones."""
    here, there = ({key for key in keys if key.startswith(place)} for keys in (mine, theirs))
    return bool(here and there) and not here & there


def _by_title(one: Paper, two: Paper) -> bool:
    if not one.authors or not two.authors or is_notice(one.title) != is_notice(two.title):
        return False
    key, other = title_key(one.title), title_key(two.title)
    whole = key == other and len(key) > _SHORT
    part = not whole and (key in _parts(two.title) or other in _parts(one.title))
    if not whole and not part:
        return False
    everyone = _families(one) == _families(two)
    first = _same_person(one.authors[0], two.authors[0])
    if one.year is None or two.year is None:
        return whole and first and everyone and len(one.authors) > 1
    if abs(one.year - two.year) > 1:
        return False
    if part:
        return first and everyone
    return first or (len(_plain_words(one.title)) >= _LONG and _mostly_one_team(one, two))


def _mostly_one_team(one: Paper, two: Paper) -> bool:
    """Whether two authors and two thirds of all are in both lists: people change names and places in the list."""
    here, there = _families(one), _families(two)
    both = len(here & there)
    return both > 1 and 3 * both >= 2 * max(len(here), len(there))


def _by_abstract(one: Paper, two: Paper) -> bool:
    """The same first author and half the team, years near, titles alike, and nearly the same words in the abstract."""
    if not one.authors or not two.authors or one.year is None or two.year is None:
        return False
    here, there = _families(one), _families(two)
    if abs(one.year - two.year) > _YEARS or 2 * len(here & there) < max(len(here), len(there)):
        return False
    if is_notice(one.title) != is_notice(two.title) or not _same_person(one.authors[0], two.authors[0]):
        return False
    if title_key(one.title) == title_key(two.title):
        return _common_words(one, two) >= _NEAR_ABSTRACT
    words = [set(_plain_words(p.title)) for p in (one, two)]
    alike = 2 * len(words[0] & words[1]) >= min(map(len, words))
    return alike and _common_words(one, two) >= _SAME_ABSTRACT


def _common_words(one: Paper, two: Paper) -> float:
    """The share of words that two abstracts have in common (Jaccard); 0 where one is missing or too short to tell."""
    here, there = _abstract_words(one.abstract or ""), _abstract_words(two.abstract or "")
    return len(here & there) / len(here | there) if min(len(here), len(there)) >= _TELLING else 0.0


def _other_abstract(one: Paper, two: Paper) -> bool:
    """Whether both abstracts are long enough to tell, and tell of different things."""
    told = min(len(_abstract_words(p.abstract or "")) for p in (one, two)) >= _TELLING
    return told and _common_words(one, two) < _OTHER_ABSTRACT


@lru_cache(maxsize=50_000)
def _abstract_words(text: str) -> frozenset[str]:
    return frozenset(word for word in _plain_words(text) if len(word) > 2)


def grouped(papers: Sequence[Paper]) -> list[list[int]]:
    """Indices of `papers` by work, works in order of first appearance.

    Records are joined one pair at a time, so that a published record with both ids joins its preprint and its copies.
    Records without authors and without any id are joined only by an equal `Paper.id`.
    """
    home = list(range(len(papers)))

    def root(i: int) -> int:
        while home[i] != i:
            home[i] = home[home[i]]
            i = home[i]
        return i

    met: dict[str, list[int]] = {}
    for i, paper in enumerate(papers):
        for key in _places(paper):
            near = met.setdefault(key, [])
            for j in near:
                if root(i) != root(j) and (key.startswith("same:") or same_work(paper, papers[j])):
                    low, high = sorted((root(i), root(j)))
                    home[high] = low
            near.append(i)
    works: dict[int, list[int]] = {}
    for i in range(len(papers)):
        works.setdefault(root(i), []).append(i)
    return list(works.values())


def _places(paper: Paper) -> Iterator[str]:
    """Where a record may meet another of its work."""
    ids = id_keys(paper.ids)
    yield from ids
    if not ids or not paper.authors:
        yield f"same:{paper.id}"
    key = title_key(paper.title)
    if len(key) > _SHORT and paper.authors:
        for part in dict.fromkeys((key, *_parts(paper.title))):
            yield f"title:{part}"
    if paper.authors and paper.abstract:
        first = _name(paper.authors[0])[0]
        for family in sorted(_families(paper) - {first}) or [""]:
            yield f"team:{first}:{family}"


# --- versions ------------------------------------------------------------------------------------------------------


def version_number(version: str | None) -> int:
    """3 for "v3"; 0 where no number is known."""
    return int(version[1:]) if version and re.fullmatch(r"v\d+", version) else 0


def published(paper: Paper) -> bool:
    """Whether the record is of a copy that a conference or journal published: it has their id and no arXiv version."""
    keys = id_keys(paper.ids)
    return version_number(paper.version) == 0 and any(key.startswith(("acl:", "doi:")) for key in keys)


def version_names(papers: Sequence[Paper]) -> tuple[str, ...]:
    """All known versions of a work: the numbered ones in order, then published copies by their ids.

    Empty where a single copy without a number is all that is known.
    """
    numbered = {v for paper in papers for v in (paper.version, *paper.versions) if v}
    copies = {
        next(k for k in id_keys(paper.ids) if k.startswith(("acl:", "doi:"))) for paper in papers if published(paper)
    }
    names = (*sorted(numbered, key=lambda v: (version_number(v), v)), *sorted(copies))
    return names if len(names) > 1 or numbered else ()
