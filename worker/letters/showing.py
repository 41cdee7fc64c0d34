"""Everything there is of one letter."""

import base64
from typing import Any
from uuid import UUID

from asyncpg import Connection
from pydantic_core import from_json

from worker.letters import Letter
from worker.letters.finding import history, one
from worker.letters.judging import judged
from worker.letters.shapes import Body, RawLetter, ShownLetter, Today


async def shown(connection: Connection, letter_id: UUID) -> ShownLetter:
    """The letter, what a replay would do with it, and what was done with it. Raises NoLetters."""
    letter = await one(connection, letter_id)
    [(_, judgement)] = await judged(connection, [letter_id], force=False)
    return ShownLetter(
        **_facts(letter),
        body=body_of(letter.body),
        today=Today(judgement.verdict, judgement.detail),
        superseded_by=letter.superseded_by,
        history=await history(connection, letter_id),
    )


def raw(letter: Letter) -> RawLetter:
    """The letter byte for byte."""
    return RawLetter(**_facts(letter), body_base64=base64.b64encode(letter.body).decode())


def body_of(body: bytes) -> Body:
    """The body, decoded as far as it can be."""
    try:
        return Body("json", from_json(body, allow_inf_nan=False))
    except ValueError:
        pass
    try:
        return Body("text", body.decode())
    except UnicodeDecodeError:
        return Body("base64", base64.b64encode(body).decode())


def _facts(letter: Letter) -> dict[str, Any]:
    return {
        name: getattr(letter, name)
        for name in (
            *("id", "state", "reason", "error", "fingerprint", "tenant_id", "contact_id", "event_id"),
            *(
                "attempts",
                "first_at",
                "last_at",
                "changed_at",
                "queue",
                "exchange",
                "routing_key",
                "properties",
            ),
        )
    }
