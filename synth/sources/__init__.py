"""Where papers come from: one module per source behind one small protocol (`synth.sources.protocol`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from synth.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from synth.sources.acl_anthology import Lexical
    from synth.sources.protocol import Source
    from synth.web import Web

__all__ = ["KNOWN", "open_source"]

KNOWN: tuple[str, ...] = ("arxiv", "openalex", "semantic_scholar", "acl_anthology")


def open_source(
    name: str,
    web: Web,
    *,
    lexical: Lexical | None = None,
    anthology: Path | None = None,
    download: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> Source:
    """The source called `name`. Nothing is asked and no file is opened before its first search.

    `lexical`, `anthology` (the usual place of the local copy) and `download` (fetch a missing one) are for the
    ACL Anthology, which needs `lexical`. `environ` is where keys and a mail address are looked for:
    OPENALEX_API_KEY, S2_API_KEY or SEMANTIC_SCHOLAR_API_KEY, SYNTH_MAILTO, SYNTH_ACL_ANTHOLOGY.
    Raises InputError for an unknown name.
    """
    if name == "arxiv":
        from synth.sources.arxiv import Arxiv

        return Arxiv(web)
    if name == "openalex":
        from synth.sources.openalex import OpenAlex

        return OpenAlex(web, environ)
    if name == "semantic_scholar":
        from synth.sources.semantic_scholar import SemanticScholar

        return SemanticScholar(web, environ)
    if name == "acl_anthology":
        from synth.sources.acl_anthology import AclAnthology

        if lexical is None:
            raise TypeError("the ACL Anthology is searched on this machine and needs `lexical`")
        return AclAnthology(web, environ, lexical=lexical, copy=anthology, download=download)
    raise InputError(f'unknown source "{name}": {did_you_mean(name, KNOWN)}')
