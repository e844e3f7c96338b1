"""What a job says, as server-sent events: all that was said before, then what is said from now on.

Each event is named by its kind and carries its number, so that a page that lost the line goes on where it stopped
(`Last-Event-ID`). The stream ends when the job has ended.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from synth.serve.store import ENDED, Event, Store

__all__ = ["encoded", "last_seen", "stream"]

EVERY = 0.4  # seconds between two looks
BEAT = 15.0  # seconds after which a silent line says that it is open


def encoded(event: Event) -> str:
    """One event in the wire format. JSON has no bare line ends, which would end the event."""
    return f"id: {event.number}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n"


def last_seen(header: str | None) -> int:
    """The number of the last event a reader has; 0 where it has none or says something else."""
    return int(header) if header and header.isascii() and header.isdigit() and len(header) < 16 else 0


async def stream(store: Store, job: str, after: int, stopping: Callable[[], bool]) -> AsyncIterator[str]:
    """The events of a job after a number, until it has ended or the server stops."""
    yield "retry: 2000\n\n"
    silent = 0.0
    while not stopping():
        found = await asyncio.to_thread(store.job, job)  # before its events: an end that is seen has been told
        events = await asyncio.to_thread(store.events, job, after)
        for event in events:
            after = event.number
            yield encoded(event)
        if found is None or (found.state in ENDED and not events):
            state = {"state": found.state if found else "failed", "reason": found.reason if found else None}
            yield f"event: ended\ndata: {json.dumps(state)}\n\n"
            return
        silent = 0.0 if events else silent + EVERY
        if silent >= BEAT:
            silent = 0.0
            yield ": still here\n\n"
        if not events:
            await asyncio.sleep(EVERY)
