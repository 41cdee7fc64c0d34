"""`handover watch`: session events as subscribers get them."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractExchange
from commands import HANDOVER

from schemas import SessionEvent, encode_session_event
from worker.topology import Topology

SECONDS = 15
AGENT = UUID(int=7)


@pytest.fixture
async def sessions(amqp_url: str) -> AsyncIterator[AbstractExchange]:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        yield await channel.declare_exchange(Topology().sessions, aio_pika.ExchangeType.TOPIC, durable=True)


@asynccontextmanager
async def watching(
    environment: dict[str, str], *words: str, stdout: int = asyncio.subprocess.PIPE
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`handover watch`, once it is bound; killed if it does not end."""
    process = await asyncio.create_subprocess_exec(
        HANDOVER, "watch", *words, env=environment, stdout=stdout, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(SECONDS):
            assert process.stderr
            assert (await process.stderr.readline()).startswith(b"watching session.")
            yield process
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


def an_event(**fields: Any) -> SessionEvent:
    return SessionEvent(
        **{
            "what": "assigned",
            "time": datetime.now(UTC),
            "session_id": uuid4(),
            "session_version": 1,
            "tenant_id": "acme",
            "contact_id": "254745050238",
            "contact_name": "Wanjiku",
            "channel": "whatsapp",
            "status": "assigned",
            "team_id": None,
            "agent_id": AGENT,
            "agent_name": "Amina",
            "previous_agent_id": None,
            "reason": "new",
            "created": True,
            "assigned_at": None,
            "waited_ms": 12,
            "priority": 0,
            "context": None,
            "handover_id": "e-1",
            **fields,
        }
    )


async def publish(sessions: AbstractExchange, event: SessionEvent) -> bytes:
    body = encode_session_event(event)
    await sessions.publish(aio_pika.Message(body), event.routing_key, timeout=SECONDS)
    return body


async def read(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout
    return await process.stdout.read()


async def test_events_are_printed_as_received_until_there_are_enough(
    environment: dict[str, str], sessions: AbstractExchange
) -> None:
    async with watching(environment, "--json", "--count", "2") as process:
        bodies = [await publish(sessions, an_event(session_version=version)) for version in (1, 2)]
        assert (await read(process)).splitlines() == bodies
    assert process.returncode == 0


async def test_only_the_tenants_events_are_shown_even_if_another_shares_its_key(
    environment: dict[str, str], sessions: AbstractExchange
) -> None:
    async with watching(environment, "--json", "--count", "1", "--tenant", "acme.ke") as process:
        await publish(sessions, an_event(tenant_id="globex"))
        await publish(sessions, an_event(tenant_id="acme_ke"))
        body = await publish(sessions, an_event(tenant_id="acme.ke"))
        assert (await read(process)).splitlines() == [body]


async def test_only_the_agents_events_are_shown(
    environment: dict[str, str], sessions: AbstractExchange
) -> None:
    async with watching(environment, "--json", "--count", "1", "--agent", str(AGENT)) as process:
        await publish(sessions, an_event(agent_id=UUID(int=8)))
        body = await publish(sessions, an_event())
        assert (await read(process)).splitlines() == [body]


async def test_what_is_no_session_event_is_passed_over(
    environment: dict[str, str], sessions: AbstractExchange
) -> None:
    async with watching(environment, "--json", "--count", "1") as process:
        await sessions.publish(aio_pika.Message(b"junk"), "session.assigned.acme.-", timeout=SECONDS)
        await publish(sessions, an_event())
        (line,) = (await read(process)).splitlines()
        assert json.loads(line)["type"] == "session.assigned.v1"
        assert process.stderr
        assert (await process.stderr.read()).startswith(b"handover: passed over a message: ")


@pytest.mark.usefixtures("sessions")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
async def test_it_ends_well_when_told_to(environment: dict[str, str], number: signal.Signals) -> None:
    async with watching(environment) as process:
        process.send_signal(number)
        assert await read(process) == b""
    assert process.returncode == 0


async def test_who_reads_no_more_ends_it_in_silence(
    environment: dict[str, str], sessions: AbstractExchange
) -> None:
    reading, writing = os.pipe()
    async with watching(environment, "--json", stdout=writing) as process:
        os.close(writing)
        os.close(reading)
        await publish(sessions, an_event())
        assert process.stderr
        assert await process.stderr.read() == b""
    assert process.returncode == 141


async def test_an_exchange_that_is_not_there_is_not_found(environment: dict[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(
        HANDOVER, "watch", env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 3
    assert "no exchange 'sessions'" in said.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="wants a pseudo-terminal")
async def test_on_a_terminal_it_is_a_table_that_nobody_elses_text_can_steer(
    environment: dict[str, str], sessions: AbstractExchange
) -> None:
    terminal, stdout = os.openpty()
    env = {**environment, "COLUMNS": "160", "LINES": "40", "TERM": "xterm"}
    async with watching(env, "--count", "1", stdout=stdout) as process:
        os.close(stdout)
        await publish(sessions, an_event(contact_name="[red]Eve\x1b]0;owned\x07", agent_name=None))
        shown = await asyncio.to_thread(_until_hung_up, terminal)
    assert process.returncode == 0
    assert "[red]Eve\ufffd]0;owned\ufffd" in shown
    assert str(AGENT) in shown
    assert "waited ms" in shown


def _until_hung_up(terminal: int) -> str:
    shown = b""
    try:
        while chunk := os.read(terminal, 65536):
            shown += chunk
    except OSError:  # how a terminal says that nobody is at the other end
        pass
    os.close(terminal)
    return shown.decode()
