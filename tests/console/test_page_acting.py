"""Acting on a screen: only with the token, under a name, and after seeing what it would do."""

import asyncpg
import pytest
from builders import a_handover, given_agents, handed_over, sessions
from consoles import Open
from playwright.async_api import expect
from processes import StartWorkers
from screens import OpenScreen, Screen
from visiting import TOKEN

ASSIGNED = "#inbox?tab=assigned"


async def with_story(screen: Screen, name: str = "Wanjiku") -> Screen:
    """Open the session's story."""
    await screen.row(name).get_by_role("button", name=name, exact=True).click()
    return screen


@pytest.fixture
async def wanjiku(connection: asyncpg.Connection) -> None:
    """Who has a session with the one agent there is."""
    await given_agents(connection)
    await handed_over(connection, a_handover(contact_name="Wanjiku"))


@pytest.mark.usefixtures("wanjiku")
async def test_without_a_token_a_screen_only_shows(open_console: Open, open_screen: OpenScreen) -> None:
    console = await open_console(HANDOVER_CONSOLE_TOKEN="")
    address = (await console.logged("console_open"))["address"]
    screen = await with_story(await open_screen(address, ASSIGNED))

    await expect(screen.button("Read-only")).to_be_disabled()
    await expect(screen.page.get_by_text("Read-only: start the console with")).to_be_visible()
    await expect(screen.button("Release")).to_have_count(0)


@pytest.mark.usefixtures("wanjiku")
async def test_an_act_asks_who_one_is_and_a_wrong_token_changes_nothing(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    screen = await with_story(await open_screen(address, ASSIGNED, losing=True))
    await screen.button("Release").click()
    dialog = screen.page.get_by_role("dialog")
    await screen.say_who("ada", "a guess of somebody else")
    await expect(dialog.get_by_role("alert")).to_contain_text("not the console's token")

    await screen.page.keyboard.press("Escape")

    await expect(dialog).to_have_count(0)
    await expect(screen.button("Release")).to_be_focused()
    [session] = await sessions(connection)
    assert session["status"] == "assigned"


@pytest.mark.usefixtures("wanjiku")
async def test_a_session_is_released_after_a_look_and_the_audit_has_the_name(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    screen = await with_story(await open_screen(address, ASSIGNED))
    await screen.sign_in("grace")
    await screen.button("Release").click()
    dialog = screen.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("session.released.v1")
    assert (await sessions(connection))[0]["status"] == "assigned"

    await dialog.get_by_role("button", name="Release").click()

    await expect(screen.page.get_by_text("Released: it waits for its turn.")).to_be_visible()
    await expect(screen.page.locator(".panel .timeline li").first).to_contain_text("by grace")
    await expect(screen.tab("Unassigned")).to_have_text("Unassigned1")
    assert (await sessions(connection))[0]["status"] == "unassigned"
    actors = "select actor from handover.assignments where what = 'released'"
    assert await connection.fetchval(actors) == "grace"


async def test_a_waiting_session_is_given_to_an_agent_and_resolved_and_deleted(
    connection: asyncpg.Connection, start_workers: StartWorkers, address: str, open_screen: OpenScreen
) -> None:
    await given_agents(connection, status="offline")
    await handed_over(connection, a_handover(contact_name="Wanjiku"))
    await start_workers()
    screen = await with_story(await open_screen(address, losing=True))
    await screen.sign_in()
    await screen.button("Reassign").click()
    dialog = screen.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Reassign").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("online")
    await dialog.get_by_label("Even if they are not online").check()
    await dialog.get_by_role("button", name="Reassign").click()
    await expect(screen.page.get_by_text("Reassigned to agent 1.")).to_be_visible()

    await screen.button("Resolve").click()
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(screen.page.get_by_text("Resolved.", exact=True)).to_be_visible()
    await expect(screen.tab("Resolved")).to_have_text("Resolved1")

    await screen.button("Delete").click()
    await expect(dialog).to_contain_text("gone for good")
    await dialog.get_by_role("button", name="Delete").click()
    await expect(screen.page.get_by_text("Deleted 1 session.")).to_be_visible()
    assert await sessions(connection) == []


@pytest.mark.usefixtures("wanjiku")
async def test_who_signed_in_stays_so_on_reload_and_signs_out(address: str, open_screen: OpenScreen) -> None:
    screen = await open_screen(address)
    await screen.sign_in("grace", TOKEN)
    await expect(screen.button("grace · Sign out")).to_be_visible()
    await screen.page.reload()

    await screen.button("grace · Sign out").click()

    await expect(screen.button("Sign in")).to_be_visible()
