"""A notification service: `python notifications.py acme` tells agents what is theirs."""

import asyncio
import logging
import os
import sys

from handover_client import InMemory, Subscriber
from schemas import SessionEvent


async def notify(session: SessionEvent) -> None:
    print(session.contact_id, session.status, session.agent_name, session.reason, flush=True)


async def main(tenant_id: str) -> None:
    # `InMemory` forgets at the end of the process: yours belongs beside what you write, such as a table.
    subscriber = Subscriber(
        os.environ["AMQP_URL"], "notifications", versions=InMemory(), keys=[f"session.*.{tenant_id}.*"]
    )
    await subscriber.run(notify)


logging.basicConfig(level=logging.WARNING)
asyncio.run(main(sys.argv[1]))
