"""A replay's rows: what was sent, what is known of it, and what is held no more. Each step is committed by itself."""

from collections.abc import Collection, Sequence
from uuid import UUID

from asyncpg import Connection, Record

from worker import sql
from worker.letters.planning import Sending, sending
from worker.letters.shapes import Outcome, ReplayedLetter
from worker.letters.wire import Parcel, parcel

_SHOWN: dict[str, Outcome] = {"sending": "unknown", "sent": "unknown", "planned": "not_sent"}


class Ledger:
    """The rows of one replay."""

    def __init__(self, connection: Connection, replay_id: UUID) -> None:
        self.replay_id = replay_id
        self._connection = connection

    async def take(self, positions: Sequence[int]) -> list[Parcel]:
        """The parcels to send now. Whether they were sent is unknown from here on, until it is written down."""
        rows = await self._connection.fetch(sql.mark_sending, self.replay_id, positions)
        marked = [row["position"] for row in rows]
        found = await self._connection.fetch(sql.read_parcels, self.replay_id, marked)
        return [parcel(self.replay_id, **row) for row in found]

    async def sent(self, positions: Sequence[int]) -> None:
        """The broker has them."""
        await self._connection.execute(sql.mark_sent, self.replay_id, positions)

    async def unsent(self, positions: Sequence[int]) -> None:
        """The broker has them not."""
        await self._connection.execute(sql.mark_unsent, self.replay_id, positions)

    async def settle(self, positions: Collection[int]) -> list[ReplayedLetter]:
        """Those of the positions whose outcome is known by now; their letters are held no more."""
        async with self._connection.transaction():
            await self._connection.execute(sql.note_handled, self.replay_id, list(positions))
            rows = [
                row for row in await self._rows(list(positions)) if row["outcome"] in ("replayed", "failed")
            ]
            known = [row["position"] for row in rows]
            await self._connection.execute(sql.conclude_letters, self.replay_id, known)
        return [_shown(row) for row in rows]

    async def release(self) -> list[ReplayedLetter]:
        """Let go of what was never sent: those letters are open again."""
        positions = [
            row["position"] for row in await self._connection.fetch(sql.release_letters, self.replay_id)
        ]
        return [_shown(row) for row in await self._rows(positions)]

    async def give_up(self) -> None:
        """Wait no more for what was sent and shows no outcome: those letters are open again."""
        await self._connection.execute(sql.give_up_letters, self.replay_id)

    async def all(self) -> list[ReplayedLetter]:
        """What became so far of every letter."""
        return [_shown(row) for row in await self._rows(None)]

    async def waiting(self, outcome: str) -> list[Sending]:
        """The letters at this point on their way: `planned`, `sending` or `sent`."""
        return [sending(dict(row)) for row in await self._rows(None) if row["outcome"] == outcome]

    async def _rows(self, positions: list[int] | None) -> list[Record]:
        return await self._connection.fetch(sql.read_replay_letters, self.replay_id, positions)


def _shown(row: Record) -> ReplayedLetter:
    return ReplayedLetter(
        replay_id=row["replay_id"],
        letter_id=row["letter_id"],
        event_id=row["event_id"],
        tenant_id=row["tenant_id"],
        contact_id=row["contact_id"],
        fingerprint=row["fingerprint"],
        outcome=_SHOWN.get(row["outcome"], row["outcome"]),
        detail=row["detail"],
    )
