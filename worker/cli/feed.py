"""Session events as they arrive, read."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pydantic_core import from_json, to_json

from schemas import EventError, SessionEvent, decode_session_event
from worker.cli.output import say
from worker.feed import Feed

_NOT_A_WORD = re.compile(r"[^A-Za-z0-9_-]")


def binding_key(tenant_id: str | None, agent_id: object | None) -> str:
    """Of a tenant's or an agent's events; different tenants may share a key, see SessionEvent.routing_key."""
    tenant = "*" if tenant_id is None else _NOT_A_WORD.sub("_", tenant_id)
    return f"session.*.{tenant}.{agent_id or '*'}"


@dataclass(frozen=True, slots=True)
class Received:
    """An event, and its JSON as it came, on one line."""

    event: SessionEvent
    line: str


async def events(feed: Feed, tenant_id: str | None, count: int | None) -> AsyncIterator[Received]:
    """The events of the tenant, `count` at most; what is none of ours is named on stderr and passed over."""
    seen = 0
    async for body in feed:
        try:
            event = decode_session_event(body)
        except EventError as error:
            say(f"handover: passed over a message: {error}")
            continue
        if tenant_id in (None, event.tenant_id):
            yield Received(event, _one_line(body))
            seen += 1
        if seen == count:
            return


def _one_line(body: bytes) -> str:
    return (to_json(from_json(body)) if b"\n" in body else body).decode()
