"""Whatever is sent ends in the right place, and nothing of it steers the terminal of whoever looks."""

import asyncio
import json
import re
from collections import Counter
from itertools import count

import aio_pika
import asyncpg
import pytest
from commands import Result, handover
from corpus import ESCAPES, HANDLED, Case, by_hand, drawn
from processes import Bot, StartWorkers

from worker.core.letter import letter_id
from worker.topology import REQUESTED, Topology

AT_ONCE = 500
SECONDS = 240

Words = tuple[object, ...]
EXPORT = ("dead-letters", "export")
CODES: dict[Words, tuple[int, ...]] = {
    ("doctor",): (0, 1),
    ("doctor", "--json"): (0, 1),
    EXPORT: (4,),
}
"""Of what does not just end well: there may be something to mend, and letters that are no events are left out."""

STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


async def _publish(bot: Bot, cases: list[Case]) -> None:
    exchange = await bot.channel.get_exchange(Topology().exchange, ensure=False)
    for start in range(0, len(cases), AT_ONCE):
        await asyncio.gather(
            *(
                exchange.publish(
                    aio_pika.Message(
                        case.body,
                        delivery_mode=2,
                        message_id=case.message_id or None,
                        content_type=case.content_type,
                        headers=dict(case.headers),
                    ),
                    REQUESTED,
                )
                for case in cases[start : start + AT_ONCE]
            )
        )


async def _outcomes(connection: asyncpg.Connection, cases: list[Case]) -> dict[int, str]:
    handled = {
        tuple(row)
        for row in await connection.fetch("select tenant_id, event_id from handover.handled_events")
    }
    letters = {
        row[0]: row[1] for row in await connection.fetch("select id, reason from handover.dead_letters")
    }
    found = {}
    for number, case in enumerate(cases):
        if (case.tenant_id, case.event_id) in handled:
            found[number] = HANDLED
        elif reason := letters.get(letter_id(case.message_id or None, case.body)):
            found[number] = reason
    return found


@pytest.mark.timeout(600)
async def test_whatever_is_sent_ends_where_it_belongs_and_no_output_steers_a_terminal(
    pytestconfig: pytest.Config,
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    *,
    bot: Bot,
    environment: dict[str, str],
) -> None:
    cases = [*by_hand(), *await asyncio.to_thread(drawn, pytestconfig.getoption("fuzz"))]
    [worker] = await start_workers()

    await _publish(bot, cases)
    async with asyncio.timeout(SECONDS):
        while (
            len(found := await _outcomes(connection, cases)) < len(cases)
            and worker.process.returncode is None
        ):
            if not await bot.waiting_messages(Topology().requests):
                await asyncio.sleep(2)
                found = await _outcomes(connection, cases)
                break
            await asyncio.sleep(0.5)

    wrong = {n: (found.get(n), case) for n, case in enumerate(cases) if found.get(n) != case.outcome}
    assert Counter((case.outcome, got) for got, case in wrong.values()) == {}, list(wrong.values())[:3]
    assert worker.process.returncode is None
    assert sum(line["event"] == "starting" for line in worker.lines) == 1
    await _add_agents(connection)
    tenants = [
        row[0] for row in await connection.fetch("select distinct tenant_id from handover.handled_events")
    ]
    letters = [
        row[0]
        for row in await connection.fetch("select id from handover.dead_letters order by random() limit 15")
    ]
    contacts = await connection.fetch(
        'select "tenantId" as tenant, "contactId" as contact from inbox_sessions order by random() limit 10'
    )
    await _said(environment, "dead-letters", "discard", letters.pop(), "--yes", "--json")
    looks: list[Words] = [
        ("dead-letters", "list"),
        ("dead-letters", "groups"),
        ("dead-letters", "history"),
        *(("dead-letters", "show", letter) for letter in letters),
        *(("sessions", "list", f"--tenant={tenant}") for tenant in tenants[:15]),
        *(
            ("sessions", "explain", f"--tenant={row['tenant']}", f"--contact={row['contact']}")
            for row in contacts
        ),
        ("agents", "list"),
        ("teams", "list"),
        ("tenants", "list"),
        ("doctor",),
    ]
    looks += [*((*words, "--json") for words in looks), *((*EXPORT, *words) for words in ((), ("--raw",)))]

    said = {words: _steering(await _said(environment, *words)) for words in looks}
    assert {words: found for words, found in said.items() if found} == {}


@pytest.mark.timeout(120)
async def test_what_watch_shows_steers_no_terminal(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    environment: dict[str, str],
) -> None:
    await _add_agents(connection)
    await start_workers()
    numbers = count()
    for words in ([], ["--json"]):
        watching = asyncio.ensure_future(_said(environment, "watch", "--count", 5, *words))
        while not watching.done():
            for escape in ESCAPES:
                body = {
                    "tenantId": "acme",
                    "contactId": f"c{escape}",
                    "channel": "webchat",
                    "contactName": escape,
                }
                await bot.publish(json.dumps(body).encode(), message_id=str(next(numbers)))
            await asyncio.sleep(0.2)

        result = await watching
        assert _steering(result) == []
        assert len([json.loads(line) for line in result.stdout.splitlines()]) == 5


async def _add_agents(connection: asyncpg.Connection) -> None:
    for number, name in enumerate(ESCAPES):
        await connection.execute(
            "insert into handover.agents (tenant_id, name, status, skills) values ($1, $2, 'online', $3)",
            "acme" if number % 2 else name.strip(),
            name,
            [name],
        )
        await connection.execute("insert into handover.teams (tenant_id, name) values ('acme', $1)", name)


async def _said(environment: dict[str, str], *words: object) -> Result:
    """What a command that did what it was asked has printed, and that is something."""
    result = await asyncio.to_thread(handover, environment, *words)
    assert result.returncode in CODES.get(words, (0,)), (words, result.stderr[-2000:])
    assert result.stdout, words
    return result


def _steering(result: Result) -> list[tuple[str, str]]:
    """What steers a terminal of what a command has printed."""
    return [
        (stream, output[max(0, hit.start() - 60) : hit.end() + 20])
        for stream, output in (("stdout", result.stdout), ("stderr", result.stderr))
        if (hit := STEERING.search(output))
    ]
