"""What no event tells of, looked at now and then while somebody looks: once, however many pages are open."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from asyncpg import Connection
from pydantic import TypeAdapter

from worker import sql
from worker.console.crew import AgentToday, agents_today
from worker.console.desk import Console
from worker.console.pages import message, message_of_json
from worker.console.pulse import HEALTH
from worker.console.refusal import refusal_of
from worker.console.tabs import counted, known_tenants
from worker.errors import sentence
from worker.sessions.looking import Filter

log = structlog.get_logger()

LOOK_SECONDS = 10.0
SPARING = 100
"""A look is made anew after so many times as long as it took: a hundredth of the time at most is spent on it."""
MOST_SECONDS = 30.0
EDITED = timedelta(seconds=2 * MOST_SECONDS)
"""How far back edits are looked for: they are seen when they are committed, which may be after the next look."""
NEWEST = 100
"""Sessions a tenant's agents have that a screen shows at first: their edits are looked for."""
NEWEST_WAITING = 1000
"""Of all tenants."""

Look = Callable[[Console, Connection], Awaitable[Sequence[bytes]]]

_agent = TypeAdapter(AgentToday)


async def watch(console: Console, see: Look, every_seconds: float) -> None:
    """Look, and tell the pages what is new, until cancelled."""
    while True:
        await console.pages.watched()
        began = time.monotonic()
        console.pages.tell(*await look(console, see))
        took = time.monotonic() - began
        await asyncio.sleep(min(max(every_seconds, SPARING * took), MOST_SECONDS))


async def watch_queues(console: Console, every_seconds: float) -> None:
    """The same for RabbitMQ's queues, by itself: how long a broker takes says nothing of PostgreSQL."""
    while True:
        await console.pages.watched()
        before, console.pulse.queues = console.pulse.queues, await console.depths()
        if console.pulse.queues != before:
            console.pages.tell(health_message(console))
        await asyncio.sleep(every_seconds)


async def look(console: Console, see: Look) -> Sequence[bytes]:
    """What there is to tell; also that PostgreSQL went away, or came back."""
    try:
        async with asyncio.timeout(LOOK_SECONDS), console.desk.reading() as connection:
            told = await see(console, connection)
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it was, it is looked at again
        log.info("not_seen", error=sentence(error))
        console.pulse.troubles["postgresql"] = str(refusal_of(error) or sentence(error))
        return [health_message(console)]
    if console.pulse.troubles["postgresql"] is None:
        return told
    console.pulse.troubles["postgresql"] = None
    console.news.count += 1
    return [health_message(console), message("resync", {"why": "postgresql"}), *told]


def health_message(console: Console) -> bytes:
    """The health, for pages."""
    return message_of_json("health", HEALTH.dump_json(console.pulse.health(), by_alias=True))


@dataclass(slots=True)
class Tabs:
    """How many sessions are in each tab of each tenant, told when that changes."""

    _told: dict[str, Any] | None = None

    async def __call__(self, console: Console, connection: Connection) -> Sequence[bytes]:
        counts = await tabs(connection)
        if counts == self._told:
            return []
        self._told = counts
        console.news.count += 1
        return [message("counts", {"tenants": counts})]


@dataclass(slots=True)
class Edits:
    """Sessions that another program changed by SQL, told of as if it had announced that; of many the newest."""

    _seen: dict[UUID, datetime] = field(default_factory=dict)

    async def __call__(self, console: Console, connection: Connection) -> Sequence[bytes]:
        tenant_ids = await known_tenants(connection)
        rows = await connection.fetch(sql.see_edits, tenant_ids, EDITED, NEWEST, NEWEST_WAITING)
        before, self._seen = self._seen, {row["id"]: row["updated_at"] for row in rows}
        for session_id, at in self._seen.items():
            if before.get(session_id) != at:
                console.news.touch(session_id)
        return []


@dataclass(slots=True)
class Roster:
    """Agents, told one by one as they change; one who was removed as `removed`."""

    _told: dict[UUID, AgentToday] | None = None

    async def __call__(self, console: Console, connection: Connection) -> Sequence[bytes]:
        await console.day.refresh(connection)
        now = {agent.id: agent for agent in await agents_today(connection, console.day)}
        known, self._told = self._told, now
        if known is None:
            return []
        news = [agent for agent in now.values() if agent != known.get(agent.id)]
        gone = [message("agent", {"id": each, "removed": True}) for each in known if each not in now]
        return [*(message_of_json("agent", _agent.dump_json(agent)) for agent in news), *gone]


@dataclass(slots=True)
class Letters:
    """How many letters wait for an operator, of how many causes, told when that changes."""

    _told: dict[str, int] | None = None

    async def __call__(self, console: Console, connection: Connection) -> Sequence[bytes]:
        now = await letters_waiting(connection)
        if now == self._told:
            return []
        self._told = now
        console.news.count += 1
        return [message("letters", now)]


async def measure(console: Console, connection: Connection) -> Sequence[bytes]:
    """The pulse, but for the queues."""
    await console.pulse.read(connection)
    return [health_message(console)]


async def tabs(connection: Connection) -> dict[str, Any]:
    """How many sessions are in each tab, by tenant."""
    counts = await counted(connection, await known_tenants(connection), Filter())
    return {tenant: asdict(each) for tenant, each in counts.items()}


async def letters_waiting(connection: Connection) -> dict[str, int]:
    """How many letters wait for an operator, and of how many causes."""
    [row] = await connection.fetch(sql.measure_dead_letters)
    return {"letters": row["letters"], "causes": row["causes"]}
