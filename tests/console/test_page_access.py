"""Whoever does not see, or has no mouse, can use the console too."""

from typing import Literal
from uuid import UUID

import asyncpg
import pytest
from axe_playwright_python.async_playwright import Axe
from builders import a_handover, given_agents, handed_over
from letterbox import given_letter
from playwright.async_api import expect
from screens import SELDOM, OpenScreen, Screen

GRAVE = {"serious", "critical"}


@pytest.fixture
async def letter(connection: asyncpg.Connection) -> UUID:
    """Of the one letter there is; there are sessions of each kind too."""
    await handed_over(connection, a_handover("254711223344", contact_name="Otieno", tenant_id="globex"))
    await given_agents(connection, 2, max_sessions=2)
    await handed_over(
        connection, a_handover("254745050238", contact_name="Wanjiku", context={"wish": "refund"})
    )
    await handed_over(connection, a_handover("254745050238"))
    await connection.execute("update inbox_sessions set status = 'resolved' where \"tenantId\" = 'globex'")
    await handed_over(connection, a_handover("254711223344", contact_name="Otieno", tenant_id="globex"))
    return await given_letter(connection, a_handover("254700000001", event_id="chat-1"))


async def grave(screen: Screen) -> list[str]:
    """What axe finds serious or critical: the rule, and where."""
    found = (await Axe().run(screen.page)).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in GRAVE
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_finds_nothing_serious_in_any_view(
    letter: UUID, address: str, open_screen: OpenScreen, scheme: Literal["light", "dark"], width: int
) -> None:
    screen = await open_screen(address, scheme=scheme, width=width, height=900, reduced_motion="reduce")
    for where, there in (
        ("#inbox?tab=unassigned", screen.row("Otieno")),
        ("#inbox?tab=assigned", screen.row("Wanjiku")),
        ("#inbox?tab=resolved", screen.row("Otieno")),
        ("#agents", screen.page.get_by_role("row", name="agent 1")),
        ("#letters", screen.row("chat-1")),
        (f"#letters?letter={letter}", screen.page.get_by_role("heading", name="History")),
        ("#health", screen.page.get_by_role("heading", name="Outbox")),
    ):
        await screen.open(where)
        await expect(there).to_be_visible()
        assert await grave(screen) == [], where

    await screen.open("#inbox?tab=assigned")
    await screen.row("Wanjiku").get_by_role("button", name="Wanjiku", exact=True).click()
    await expect(screen.page.get_by_role("heading", name="Handovers and decisions")).to_be_visible()
    assert await grave(screen) == []
    if width > 1000:  # else the story covers it
        await screen.button("Sign in").click()
        await expect(screen.page.get_by_role("dialog")).to_be_visible()
        assert await grave(screen) == []


@pytest.mark.usefixtures("letter")
async def test_the_keyboard_leads_everywhere(address: str, open_screen: OpenScreen) -> None:
    screen = await open_screen(address)
    await expect(screen.row("Otieno")).to_be_visible()
    press = screen.page.keyboard.press
    await screen.tab("Inbox").focus()

    await press("ArrowRight")
    await expect(screen.tab("Agents")).to_be_focused()
    await expect(screen.page.get_by_role("tabpanel", name="Agents")).to_be_visible()
    await press("Home")
    await expect(screen.tab("Inbox")).to_have_attribute("aria-selected", "true")
    await screen.tab("Unassigned").focus()
    await press("ArrowRight")
    await expect(screen.tab("Assigned")).to_be_focused()
    await press("/")
    await expect(screen.page.get_by_label("Find by contact or name")).to_be_focused()
    await press("Escape")
    row = screen.row("Wanjiku").get_by_role("button", name="Wanjiku", exact=True)
    await row.focus()
    await press("Enter")
    story = screen.page.get_by_role("complementary", name="Story of the session")
    await expect(story.get_by_role("heading", name="Wanjiku")).to_be_focused()
    await press("Tab")
    await expect(story.get_by_role("button", name="Close")).to_be_focused()
    await press("Escape")
    await expect(story).to_be_hidden()
    await expect(row).to_be_focused()


@pytest.mark.usefixtures("letter")
async def test_rows_are_walked_by_arrow_keys(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    for number in range(3):
        contact = f"25470000000{number}"
        await handed_over(
            connection, a_handover(contact, contact_name=f"Caller {number}", tenant_id="globex")
        )
    screen = await open_screen(address)
    await screen.row("Caller 2").get_by_role("button", name="Caller 2", exact=True).focus()

    await screen.page.keyboard.press("ArrowDown")
    await expect(screen.page.get_by_role("button", name="Caller 1", exact=True)).to_be_focused()
    await screen.page.keyboard.press("End")
    await expect(screen.page.get_by_role("button", name="Otieno", exact=True)).to_be_focused()


async def test_news_of_sessions_are_not_read_aloud_one_by_one(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    screen = await open_screen(address)
    await handed_over(connection, a_handover(contact_name="Wanjiku"))
    await expect(screen.row("Wanjiku")).to_be_visible(timeout=SELDOM)
    spoken = screen.page.locator("[aria-live]:not([aria-live=off]), [role=status], [role=alert]")
    assert "".join(await spoken.all_inner_texts()).strip() == ""
    assert (
        await screen.page.locator("#sessions").locator("xpath=ancestor-or-self::*[@aria-live]").count() == 0
    )


@pytest.mark.parametrize("width", [390, 1440])
async def test_nothing_is_wider_than_the_screen(
    letter: UUID, address: str, open_screen: OpenScreen, width: int
) -> None:
    screen = await open_screen(address, width=width, height=844)
    for where in ("#inbox?tab=assigned", "#agents", "#letters", f"#letters?letter={letter}", "#health"):
        await screen.open(where)
        assert await screen.page.evaluate("document.documentElement.scrollWidth") <= width, where
