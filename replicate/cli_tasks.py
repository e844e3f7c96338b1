"""Commands about what there is to test: the tasks, and the claims of a report that an experiment can test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from replicate.shell import emit, say

__all__ = ["effects", "tasks"]

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def tasks(
    as_json: Json = False,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", help="hub or a folder of data; several are tried in the order given.", metavar="PLACE"),
    ] = None,
) -> None:
    """List the tasks: what they are, licence, metric, whether their data can be had here.

    Example: replicate tasks --json
    """
    from replicate import catalogue, load

    rows = catalogue.listing(load.why_not(load.place(data[0])) if data else None)
    if as_json:
        emit(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        state = "" if row["available"] else f"  not here: {row['why_not']}"
        many = row["languages"]
        count = len(many) if isinstance(many, list) else 0
        emit(f"{row['id']!s:<14} {row['role']!s:<13} {row['metric']!s:<18} {count:>2} languages  {row['name']}{state}")


def effects(
    source: Annotated[Path, typer.Argument(help="A report folder or a claims.jsonl.", metavar="REPORT_DIR|FILE")],
    as_json: Json = False,
) -> None:
    """List the claims of a report that an experiment of the ledger can test.

    Example: replicate effects reports/model-size-xlmr-mt5 --json
    """
    from replicate import exchange, ledger

    found = exchange.effects(source)
    for one in found:
        if as_json:
            emit(one.model_dump_json())
        else:
            state = "" if one.runnable else f"\n    cannot be run: {one.why_not}"
            emit(f"{one.claim_id}  {one.experiment}  {ledger.stated(one.effect)}\n    {one.statement}{state}")
    if not found:
        say(f"no experiment tests a claim of {source}")
