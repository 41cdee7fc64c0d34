"""A bot gives up: `python bot.py acme '+254 745 050 238' conversation-4711` says who is coming."""

import asyncio
import os
import sys

from handover_client import Publisher
from schemas import Handover


async def main(tenant_id: str, contact_id: str, conversation_id: str) -> None:
    # The id is made of what happened: whoever gives up on this conversation again changes nothing.
    handover = Handover(event_id=conversation_id, tenant_id=tenant_id, contact_id=contact_id)
    async with Publisher(os.environ["AMQP_URL"], source="/bots/refunds") as publisher:
        session = await publisher.ask(handover)
    if session is None:
        print("A colleague will be with you.")
    elif session.agent_name:
        print(f"{session.agent_name} will be with you.")
    else:
        print(f"You are next when somebody is free ({session.reason}).")


asyncio.run(main(*sys.argv[1:]))
