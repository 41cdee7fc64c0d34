"""Dead letters on a screen: found, mended, sent again and set aside by clicking."""

import asyncio
import re
from uuid import UUID

import asyncpg
import pytest
from builders import a_handover, given_agents, sessions
from consoles import Open
from letterbox import given_letter, given_mallory, given_no_mallory, states
from playwright.async_api import Locator, expect
from processes import IN_TIME, Bot, StartWorkers
from pydantic_core import to_json
from screens import SELDOM, OpenScreen, Screen
from visiting import Visitor

LETTERS = "#letters"
CONTACT = "254745050238"


@pytest.fixture
async def agents(connection: asyncpg.Connection) -> list[UUID]:
    return await given_agents(connection)


def panel(screen: Screen) -> Locator:
    return screen.page.get_by_role("complementary", name="Dead letter")


async def done(screen: Screen) -> None:
    await expect(screen.page.get_by_role("region", name="Replay")).to_contain_text("Replayed: 1 of 1")


@pytest.mark.usefixtures("agents")
async def test_a_letter_is_edited_and_replayed_to_success_by_clicking(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    address: str,
    open_screen: OpenScreen,
) -> None:
    await start_workers()
    screen = await open_screen(address, LETTERS, losing=True)
    await expect(screen.page.get_by_text("No dead letters.")).to_be_visible()
    broken = {"tenantId": "acme", "contactId": "", "contactName": "Wanjiku"}
    await bot.publish(to_json(broken), message_id="chat-4711")
    await expect(screen.tab("Dead letters")).to_contain_text("1", timeout=SELDOM)
    await screen.row("chat-4711").get_by_role("button", name="chat-4711", exact=True).click()
    await expect(panel(screen)).to_contain_text("contactId: string should have at least 1 character")
    await screen.button("Edit").click()
    await screen.say_who("ada")
    editor = screen.page.get_by_label("Edit the body")
    written = await editor.input_value()

    await editor.fill(written.replace('"contactId": ""', '"contactId": ""x'))
    await expect(screen.page.get_by_role("region", name="Editor")).to_contain_text("It is no JSON")
    await expect(screen.button("Send the edited copy")).to_be_disabled()
    await editor.fill(written)
    await screen.button("Dry run").click()
    await expect(screen.page.locator("#letter-verdict")).to_contain_text("contactId")
    await editor.fill(written.replace('"contactId": ""', f'"contactId": "{CONTACT}"'))
    await screen.button("Dry run").click()
    await expect(screen.page.locator("#letter-verdict")).to_contain_text("It is a handover now")
    await screen.button("Send the edited copy").click()

    await done(screen)
    await expect(panel(screen)).to_contain_text("edit by ada")
    await expect(panel(screen).locator(".facts")).to_contain_text("superseded")
    [session] = await sessions(connection, CONTACT)
    assert (session["contactName"], session["status"]) == ("Wanjiku", "assigned")


@pytest.mark.usefixtures("agents")
async def test_a_cause_is_rehearsed_replayed_and_what_failed_again_is_told(
    connection: asyncpg.Connection, start_workers: StartWorkers, address: str, open_screen: OpenScreen
) -> None:
    await given_no_mallory(connection)
    for number in range(3):
        await given_letter(connection, a_handover(f"25470000000{number}", event_id=f"fixed-{number}"))
    await given_mallory(connection, "254700000009", "still")
    await start_workers()
    screen = await open_screen(address, LETTERS)
    await screen.sign_in()
    await screen.page.get_by_role("button", name="4 letters").click()

    await screen.button("Replay …").click()
    await expect(screen.page.get_by_role("dialog")).to_contain_text("4 of 4")
    await screen.button("Send 4").click()

    replay = screen.page.get_by_role("region", name="Replay")
    await expect(replay).to_contain_text("Replayed: 4 of 4")
    await expect(replay).to_contain_text("3 handled, 1 failed again")
    await expect(replay.locator(".outcomes")).to_contain_text("still")
    await expect(replay.get_by_role("progressbar")).to_have_attribute("value", "4")
    assert sorted((await states(connection)).values()) == ["open", "replayed", "replayed", "replayed"]


async def test_selected_letters_are_discarded_and_restored_and_the_audit_has_the_name(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    for number in range(3):
        await given_letter(connection, a_handover(f"25470000000{number}", event_id=f"chat-{number}"))
    screen = await open_screen(address, LETTERS)
    await screen.sign_in("grace")
    for number in range(2):
        await screen.page.get_by_label(f"Select chat-{number}").check()
    await expect(screen.page.get_by_text("2 selected")).to_be_visible()

    await screen.button("Discard …").click()
    await screen.button("Discard 2").click()

    await expect(screen.page.get_by_text("Discarded 2 letters.")).to_be_visible()
    await expect(screen.page.locator(".letters .row")).to_have_count(1)
    await screen.page.get_by_label("State").select_option("discarded")
    await expect(screen.page.locator(".letters .row")).to_have_count(2)
    await screen.page.get_by_label("Select all letters shown").check()
    await screen.button("Restore …").click()
    await screen.button("Restore 2").click()
    await expect(screen.page.get_by_text("Restored 2 letters.")).to_be_visible()
    await expect(screen.page.get_by_text("There are no such letters.")).to_be_visible()
    assert set((await states(connection)).values()) == {"open"}
    done_by = await connection.fetch("select action, actor from handover.replays order by started_at")
    assert [tuple(row) for row in done_by] == [("discard", "grace"), ("restore", "grace")]


async def test_what_comes_while_one_decides_is_not_discarded_and_what_was_is_counted(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    for number in range(3):
        await given_letter(connection, a_handover(f"25470000000{number}"))
    screen = await open_screen(address, f"{LETTERS}?tenant=acme")
    await screen.sign_in()
    await screen.button("Discard …").click()
    await expect(screen.page.get_by_role("dialog")).to_contain_text("Discard 3 letters?")
    await given_letter(connection, a_handover("254700000009"))
    await connection.execute(
        "update handover.dead_letters set state = 'superseded' where contact_id = '254700000000'"
    )

    await screen.button("Discard 3").click()

    await expect(screen.page.get_by_text("Discarded 2 letters.")).to_be_visible()
    assert sorted((await states(connection)).values()) == ["discarded", "discarded", "open", "superseded"]


@pytest.mark.usefixtures("agents", "bot")
async def test_a_replay_whose_console_died_is_shown_and_given_up(
    connection: asyncpg.Connection, open_console: Open, open_screen: OpenScreen
) -> None:
    letter = await given_letter(connection, a_handover(CONTACT, event_id="chat-1"))
    first = await open_console()
    ada = Visitor((await first.logged("console_open"))["address"])
    await ada.log_in()
    await ada.did("/api/letters/replay", {"ids": [str(letter)], "wait": 5})
    while set((await states(connection)).values()) != {"replaying"}:
        await asyncio.sleep(0.05)
    assert (await ada.get("/api/letters/replays"))["replays"] == []
    first.process.kill()
    await first.ended()
    console = await open_console()
    screen = await open_screen((await console.logged("console_open"))["address"], LETTERS)
    await screen.sign_in()
    left = screen.page.get_by_role("region", name="Unfinished replay")
    await expect(left).to_contain_text("A replay of ada was left unfinished: 1 letter")

    await left.get_by_role("button", name="Give up").click()

    await expect(left).to_have_count(0)
    async with asyncio.timeout(IN_TIME):
        while await states(connection) != {letter: "open"}:
            await asyncio.sleep(0.05)


async def test_by_keyboard_a_dry_run_keeps_the_focus_and_what_was_written_is_not_lost(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    letter = await given_letter(connection, body=b"{}", error="contactId is missing")
    screen = await open_screen(address, f"{LETTERS}?letter={letter}", losing=True)
    await screen.sign_in()
    await screen.button("Edit").click()
    editor = screen.page.get_by_label("Edit the body")
    await editor.fill('{"tenantId": "acme"}')
    await screen.button("Dry run").focus()
    await screen.page.keyboard.press("Enter")
    await expect(screen.page.locator("#letter-verdict")).to_contain_text("contactId")
    await expect(screen.button("Dry run")).to_be_focused()

    await screen.page.keyboard.press("Escape")
    await screen.page.evaluate("document.activeElement.blur()")
    await screen.page.keyboard.press("Escape")
    await screen.button("Close").click()
    await screen.page.evaluate("location.hash = '#letters'")

    await expect(editor).to_have_value('{"tenantId": "acme"}')
    await expect(screen.page).to_have_url(re.compile(f"letter={letter}"))
    await screen.button("Cancel").click()
    await screen.page.keyboard.press("Escape")
    await expect(panel(screen)).to_be_hidden()


async def test_a_ticked_letter_that_somebody_else_took_does_not_make_it_all_of_them(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    for number in range(3):
        await given_letter(connection, a_handover(f"25470000000{number}", event_id=f"chat-{number}"))
    screen = await open_screen(address, f"{LETTERS}?tenant=acme")
    await screen.sign_in()
    await screen.page.get_by_label("Select chat-0").check()

    await connection.execute("update handover.dead_letters set state = 'discarded' where event_id = 'chat-0'")

    await expect(screen.page.get_by_text("What was selected is gone")).to_be_visible(timeout=SELDOM)
    await expect(screen.button("Discard …")).to_be_disabled()
    await expect(screen.button("Replay …")).to_be_disabled()


async def test_a_script_in_a_letter_is_text(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    script = "<script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\">"
    letter = await given_letter(
        connection, body=script.encode(), error=script, properties={"message_id": script}
    )
    screen = await open_screen(address, f"#letters?letter={letter}")

    await expect(panel(screen).locator("pre.body")).to_have_text(script)
    await expect(panel(screen).get_by_role("heading", name=script)).to_be_visible()
    assert await screen.page.locator("main :is(img, script)").count() == 0
    assert await screen.page.title() == "Handover console"
