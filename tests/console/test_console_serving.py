"""The console as a process: it starts whatever is away, says where it is, stays small, and ends when it is told to."""

import asyncio
import json
import signal
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest
from builders import TENANT
from commands import handover
from consoles import Open
from openapi_spec_validator import validate
from visiting import Visitor, looking

from worker.console.document import FILE, document, text

MOST_MEGABYTES = 150
PAGES, SESSIONS = 50, 10_000


def resident_megabytes(pid: int) -> float:
    [line] = [
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")
    ]
    return int(line.split()[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="measured where there is /proc")
async def test_ten_thousand_sessions_and_fifty_pages_fit(
    connection: asyncpg.Connection, open_console: Open
) -> None:
    """Each with 56 KiB of context, which no list needs."""
    await connection.execute(
        "insert into handover.agents (tenant_id, name, status)"
        " select $1, 'agent ' || n, 'online' from generate_series(1, 100) n",
        TENANT,
    )
    await connection.execute(
        'insert into inbox_sessions ("tenantId", "contactId", "contactName", status, context, "assignedAgentId")'
        " select $1, 254700000000 + n, 'contact ' || n, (array['unassigned', 'assigned', 'resolved'])[1 + n % 3]"
        "::inbox_sessions_status_enum, jsonb_build_object('intent', repeat('refund ', 8000)),"
        " (select id from handover.agents order by id offset n % 100 limit 1) from generate_series(1, $2) n",
        TENANT,
        SESSIONS,
    )
    console = await open_console()
    visitor = Visitor((await console.logged("console_open"))["address"])
    async with AsyncExitStack() as pages:
        streams = [await pages.enter_async_context(looking(visitor.address)) for _ in range(PAGES)]
        for status in ("unassigned", "assigned", "resolved"):
            found = await asyncio.gather(
                *(visitor.get("/api/sessions", status=status, limit=100 + page) for page in range(PAGES))
            )
            assert {sum(each["counts"].values()) for each in found} == {SESSIONS}
        for page in range(10):
            await visitor.get("/api/sessions", context="true", limit=500 - page)
        await connection.execute("update handover.agents set status = 'busy'")
        for stream in streams:
            await stream.until("agent", lambda told: told["status"] == "busy")
        used = resident_megabytes(console.pid)
    assert used < MOST_MEGABYTES


async def test_it_ends_when_it_is_told_to_with_pages_open(open_console: Open) -> None:
    console = await open_console()
    visitor = Visitor((await console.logged("console_open"))["address"])
    async with looking(visitor.address):
        assert await console.stop(signal.SIGTERM) == 0


def test_a_port_that_is_taken_is_named(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = handover(environment, "console", "--port", port)
    assert result.returncode == 1
    assert f"cannot open port {port} of 127.0.0.1" in result.stderr
    assert "--port takes another" in result.stderr


async def test_the_page_and_its_parts_are_there(visitor: Visitor) -> None:
    page = await visitor.ask("GET", "/")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"<script>" not in page.body
    assert b" style=" not in page.body
    assert page.headers["cache-control"] == "no-cache"
    assert (await visitor.ask("GET", "/page/../app.py")).status == 404


async def test_what_is_not_there_is_said_in_json(visitor: Visitor) -> None:
    lost = await visitor.ask("GET", "/api/nothing")
    posted = await visitor.ask("POST", "/api/sessions", b"{}")
    assert (lost.status, lost.json) == (404, {"error": "GET /api/nothing: Not Found"})
    assert (posted.status, posted.json) == (405, {"error": "POST /api/sessions: Method Not Allowed"})
    assert lost.headers["cache-control"] == "no-store"


def test_the_document_is_as_the_endpoints_say() -> None:
    """`python -m worker.console.document` writes it."""
    assert FILE.read_text(encoding="utf-8") == text()


def test_the_document_is_valid() -> None:
    validate(document())


async def test_the_document_is_served_and_tells_of_every_path(visitor: Visitor) -> None:
    answer = await visitor.ask("GET", "/api/openapi.json")
    assert answer.json == json.loads(FILE.read_text())
    for path, methods in answer.json["paths"].items():
        for method in methods:
            if path != "/api/live":
                found = await visitor.ask(
                    method.upper(), path.replace("{id}", "none"), b"{}" if method == "post" else None
                )
                assert (path, found.status) != (path, 405)
                assert "error" in found.json or found.status == 200
