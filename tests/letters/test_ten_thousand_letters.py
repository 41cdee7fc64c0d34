"""Ten thousand letters are no reason to wait."""

import json
import time

import asyncpg
import pytest
from builders import a_handover
from commands import handover

from schemas import encode_handover
from worker.core.letter import fingerprint, letter_id

LETTERS = 10_000
SECONDS = 20.0
"""Ten times what they take where nobody else is at work: neighbours cost less, a look at every pair costs more."""


@pytest.fixture
async def ten_thousand(connection: asyncpg.Connection) -> None:
    """Letters of forty causes and two hundred contacts, a tenth of them handled meanwhile, a tenth broken."""
    rows = []
    for n in range(LETTERS):
        event = a_handover(f"2547{n % 200:08}", event_id=f"e-{n}", context={"words": "x" * 500})
        body = encode_handover(event, source="/tests") if n % 10 else b'{"tenantId": "acme"}'
        reason, error = ("failed", f"cause {chr(65 + n % 40)}")
        rows.append(
            (
                letter_id(event.event_id, body),
                "q",
                "x",
                "k",
                {"message_id": event.event_id},
                body,
                reason,
                error,
                fingerprint(reason, error),
                event.tenant_id,
                event.contact_id,
                event.event_id,
            )
        )
    await connection.copy_records_to_table(
        "dead_letters",
        schema_name="handover",
        records=rows,
        columns=(
            *("id", "queue", "exchange", "routing_key", "properties", "body", "reason", "error"),
            *("fingerprint", "tenant_id", "contact_id", "event_id"),
        ),
    )
    await connection.execute(
        "insert into handover.handled_events (tenant_id, event_id, contact_id)"
        " select tenant_id, event_id, contact_id from handover.dead_letters where right(event_id, 1) = '1'"
    )


WORDS: dict[tuple[str, ...], int | None] = {
    ("list", "--json"): LETTERS,
    ("list",): None,
    ("groups", "--json"): 40,
    ("groups",): None,
    ("replay", "--all", "--dry-run", "--json"): 40,
    ("replay", "--all", "--dry-run"): None,
}


@pytest.mark.usefixtures("ten_thousand")
async def test_ten_thousand_are_listed_grouped_and_rehearsed_soon(
    environment: dict[str, str],
) -> None:
    took: dict[tuple[str, ...], float] = {}
    for words, lines in WORDS.items():
        took[words], said = _timed(environment, words)
        if lines is not None:
            assert len(list(map(json.loads, said.splitlines()))) == lines

    assert {words: seconds for words, seconds in took.items() if seconds >= SECONDS} == {}


def _timed(environment: dict[str, str], words: tuple[str, ...]) -> tuple[float, str]:
    start = time.monotonic()
    result = handover(environment, "dead-letters", *words)
    took = time.monotonic() - start
    assert result.returncode == 0, result.stderr
    return took, result.stdout
