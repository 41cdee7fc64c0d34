"""What happens: bots give up, customers come back, agents come and go, sessions are resolved."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

from asyncpg import Connection

from schemas import Handover
from worker import sql
from worker.demo.cast import PLAYERS, SUPPORT, Player
from worker.roster import AgentChange, agents

EVERY_SECONDS = 0.5
SESSION_SECONDS = 4.0
NAMES = ("Wanjiku", "Otieno", "Fatuma", "José", "Léa", "Tomás", "Aylin", "Ngozi", "Piotr", "Mei", None)
WISHES = ("refund", "delivery", "password", "invoice", "complaint")


@dataclass
class Bots:
    """Handovers, each told by the dice alone."""

    dice: Random
    lately: deque[Handover] = field(default_factory=lambda: deque(maxlen=8))

    def next(self) -> Handover:
        """Another handover; one in four is of a contact who was here lately."""
        event_id = str(UUID(int=self.dice.getrandbits(128), version=4))
        if self.lately and self.dice.random() < 0.25:  # noqa: PLR2004 - one in four
            return self.dice.choice(self.lately).model_copy(update={"event_id": event_id})
        self.lately.append(handover := self._new(event_id))
        return handover

    def _new(self, event_id: str) -> Handover:
        tenant = self.dice.choice(("acme", "acme", "globex"))
        support = tenant == "acme" and self.dice.random() < 0.4  # noqa: PLR2004 - two in five
        return Handover(
            event_id=event_id,
            tenant_id=tenant,
            contact_id=f"2547{self.dice.randrange(10**8):08}",
            contact_name=self.dice.choice(NAMES),
            team_id=str(SUPPORT) if support else None,
            skills=("swahili",) if support and self.dice.random() < 0.25 else (),  # noqa: PLR2004 - one in four
            context={"intent": self.dice.choice(WISHES)},
        )


async def play(
    connection: Connection, publish: Callable[[Handover], Awaitable[None]], dice: Random, stop: asyncio.Event
) -> None:
    """Until `stop`: two handovers a second, and what the inbox and its agents would do meanwhile."""
    bots = Bots(dice)
    away: Player | None = None
    while not stop.is_set():
        await publish(bots.next())
        await connection.execute(
            sql.resolve_oldest_session, [player.id for player in PLAYERS], SESSION_SECONDS
        )
        if dice.randrange(8) == 0:
            away = await _pause(connection, away, dice)
        await _first(stop, EVERY_SECONDS)


async def _pause(connection: Connection, away: Player | None, dice: Random) -> Player | None:
    """Whoever is away comes back, or else somebody goes; who is away now."""
    player = away or dice.choice([player for player in PLAYERS if player.status == "online"])
    change = AgentChange(status="online" if away else "offline")
    await agents.change(connection, player.tenant_id, player.id, change)
    return None if away else player


async def _first(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
