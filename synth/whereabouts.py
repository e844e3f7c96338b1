"""Where a full text may lie: what OpenAlex and Semantic Scholar know of a work, its other ids and its open files.

Addresses are only named here; `synth.fulltext` asks, and only hosts that it allows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from synth.records import Ids

__all__ = ["catalogues", "stated"]


def catalogues(ids: Ids) -> Iterator[tuple[str, str]]:
    """(name, address) of the entries to be asked for; none where the ids leave nothing to be added."""
    if ids.arxiv and ids.acl:
        return  # nothing that they could add
    if ids.openalex or ids.doi:
        key = ids.openalex or f"doi:{ids.doi}"
        yield "OpenAlex", f"https://api.openalex.org/works/{quote(key, safe=':/')}?select=id,doi,ids,locations"
    if ids.s2 or ids.doi or ids.arxiv or ids.acl:
        key = ids.s2 or (f"DOI:{ids.doi}" if ids.doi else f"ARXIV:{ids.arxiv}" if ids.arxiv else f"ACL:{ids.acl}")
        fields = "externalIds,openAccessPdf"
        yield (
            "Semantic Scholar",
            f"https://api.semanticscholar.org/graph/v1/paper/{quote(key, safe=':/')}?fields={fields}",
        )


def stated(name: str, entry: dict[str, Any]) -> tuple[Ids, list[str]]:
    """Ids of the same work, and addresses of open files or PMC ids, in the entry of the catalogue called `name`.

    Raises TypeError, AttributeError, KeyError or ValueError for an entry of another form.
    """
    if entry.get("error") or entry.get("message"):
        raise ValueError("the answer tells of a fault and is no entry")
    return _openalex(entry) if name == "OpenAlex" else _semantic_scholar(entry)


def _openalex(entry: dict[str, Any]) -> tuple[Ids, list[str]]:
    links = []
    for location in entry.get("locations") or []:
        if location.get("is_oa"):
            links += [link for link in (location.get("pdf_url"), location.get("landing_page_url")) if link]
    pmcid = (entry.get("ids") or {}).get("pmcid")
    return _named(links), ([pmcid] if pmcid else []) + [link for link in links if _is_file(link)]


def _semantic_scholar(entry: dict[str, Any]) -> tuple[Ids, list[str]]:
    known = entry.get("externalIds") or {}
    link = (entry.get("openAccessPdf") or {}).get("url")
    pmc = known.get("PubMedCentral")
    named = _named([link] if link else [])
    ids = Ids(arxiv=known.get("ArXiv") or named.arxiv, acl=known.get("ACL") or named.acl)
    return ids, ([f"PMC{str(pmc).removeprefix('PMC')}"] if pmc else []) + ([link] if link and _is_file(link) else [])


def _named(links: list[str]) -> Ids:
    """The arXiv and Anthology ids in addresses of those two hosts."""
    from synth.formats.references import identifiers

    found = identifiers(" ".join(links))
    return Ids(arxiv=found.arxiv, acl=found.acl)


def _is_file(link: str) -> bool:
    return not re.fullmatch(r"PMC\d+", link) and ("pdf" in link.lower() or urlsplit(link).path.endswith("/download"))
