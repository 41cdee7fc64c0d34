"""Restarts of RabbitMQ, PostgreSQL and the console are survived on the screen, without a reload and without gaps."""

import asyncio
from collections.abc import AsyncIterator
from signal import SIGINT, SIGTERM

import pytest
from builders import given_agents
from chaos.servers import Servers
from commands import handover
from consoles import Open
from playwright.async_api import expect
from processes import StartWorkers
from screens import OpenScreen, Screen

from worker.database import connect
from worker.migrations import migrate
from worker.servers.probe import free_ports

ASSIGNED = "#inbox?tab=assigned"
BACK_MS = 60_000
"""Until an outage is seen, for the console looks every half minute at the latest; and until all are back again."""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def database(breakable: Servers) -> str:
    url = breakable.postgres.url_of_primary(await breakable.add_database())
    await migrate(url)
    connection = await connect(url, name="test")
    await given_agents(connection)
    await connection.close()
    return url


@pytest.fixture
async def amqp_url(breakable: Servers) -> str:
    return await breakable.add_vhost()


@pytest.fixture
async def screen(start_workers: StartWorkers, address: str, open_screen: OpenScreen) -> AsyncIterator[Screen]:
    """A screen that has shown a handover, and was never loaded anew."""
    await start_workers()
    opened = await open_screen(address, ASSIGNED, losing=True)
    await opened.page.evaluate("window.loadedOnce = true")
    yield opened
    assert await opened.page.evaluate("window.loadedOnce")


async def hand_over(environment: dict[str, str], name: str, contact: str) -> None:
    words = ("publish", "--tenant", "acme", "--contact", contact, "--name", name)
    result = await asyncio.to_thread(handover, environment, *words)
    assert result.returncode == 0, result.stderr


async def is_live(screen: Screen) -> None:
    link = screen.page.locator("#link")
    await expect(link).to_have_attribute("data-state", "live", timeout=BACK_MS)
    await expect(screen.page.locator("#notice")).to_be_hidden()


async def test_a_restart_of_rabbitmq(breakable: Servers, environment: dict[str, str], screen: Screen) -> None:
    await hand_over(environment, "Wanjiku", "254745050238")
    await expect(screen.row("Wanjiku")).to_be_visible()

    await breakable.do(breakable.rabbit.stop, SIGTERM)
    try:
        await expect(screen.page.locator("#link")).to_have_text("RabbitMQ away", timeout=BACK_MS)
        await expect(screen.page.locator("#notice")).to_contain_text("goes on by itself")
        await expect(screen.row("Wanjiku")).to_be_visible()
    finally:
        await breakable.do(breakable.rabbit.start)

    await is_live(screen)
    await hand_over(environment, "Otieno", "254711223344")
    await expect(screen.row("Otieno")).to_be_visible(timeout=BACK_MS)


async def test_a_restart_of_postgresql(
    breakable: Servers, environment: dict[str, str], screen: Screen
) -> None:
    await hand_over(environment, "Wanjiku", "254745050238")
    await expect(screen.row("Wanjiku")).to_be_visible()

    await breakable.do(breakable.postgres.stop, SIGINT)
    try:
        await expect(screen.page.locator("#link")).to_have_text("PostgreSQL away", timeout=BACK_MS)
        await expect(screen.page.locator("#notice")).to_contain_text("The database is away")
        await expect(screen.row("Wanjiku")).to_be_visible()
        await hand_over(environment, "Otieno", "254711223344")
    finally:
        await breakable.do(breakable.postgres.start)

    await is_live(screen)
    await expect(screen.row("Otieno")).to_be_visible(timeout=BACK_MS)


async def test_a_restart_of_the_console_leaves_no_gap(
    environment: dict[str, str], start_workers: StartWorkers, open_console: Open, open_screen: OpenScreen
) -> None:
    await start_workers()
    (port,) = free_ports(1)
    console = await open_console("--port", str(port))
    screen = await open_screen(f"http://127.0.0.1:{port}", ASSIGNED, losing=True)
    await screen.page.evaluate("window.loadedOnce = true")

    await console.stop()
    await expect(screen.page.locator("#link")).to_have_text("Reconnecting", timeout=BACK_MS)
    await hand_over(environment, "Wanjiku", "254745050238")
    await open_console("--port", str(port))

    await is_live(screen)
    await expect(screen.row("Wanjiku")).to_be_visible(timeout=BACK_MS)
    assert await screen.page.evaluate("window.loadedOnce")
