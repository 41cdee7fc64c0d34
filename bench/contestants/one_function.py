"""One SQL function a message: the same in a single round trip, through aio-pika."""

from functools import partial

from pydantic_core import to_json

from bench.contestants.callbacks import serve
from bench.contestants.outgoing import Outgoing
from bench.contestants.program import Connection, run
from schemas import Handover

CALL = "select * from bench.hand_over($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9)"


async def hand_over(connection: Connection, handover: Handover) -> list[Outgoing]:
    """Handle one; the events to publish."""
    rows = await connection.fetch(
        CALL,
        handover.tenant_id,
        handover.event_id,
        handover.contact_id,
        handover.contact_name,
        handover.channel,
        handover.priority,
        None if handover.context is None else to_json(handover.context).decode(),
        list(handover.skills),
        handover.asked_at,
    )
    return [Outgoing(**row) for row in rows]


if __name__ == "__main__":
    run(partial(serve, hand_over))
