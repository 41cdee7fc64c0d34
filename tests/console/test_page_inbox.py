"""The inbox on a screen: live, filtered, told in full, and whatever anybody wrote is text."""

import asyncpg
import pytest
from builders import a_handover, given_agents, given_session, given_team, handed_over
from playwright.async_api import expect
from processes import Bot, StartWorkers, Subscriber
from screens import SELDOM, OpenScreen

SCRIPT = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


@pytest.fixture
async def one_agent(connection: asyncpg.Connection) -> None:
    await given_agents(connection)


@pytest.mark.usefixtures("one_agent")
async def test_a_handover_shows_in_its_tab_without_reload(
    start_workers: StartWorkers,
    bot: Bot,
    address: str,
    open_screen: OpenScreen,
) -> None:
    await start_workers()
    screen = await open_screen(address, "#inbox?tab=assigned")
    await screen.page.evaluate("window.loadedOnce = true")
    for number in range(5):
        await bot.hand_over(a_handover(f"25474505023{number}", contact_name=f"Wanjiku {number}"))
        await screen.shows(f"Wanjiku {number}")

    assert await screen.page.evaluate("window.loadedOnce")
    await expect(screen.tab("Assigned")).to_have_text("Assigned5")
    await expect(screen.tab("Unassigned")).to_have_text("Unassigned0")


@pytest.mark.usefixtures("one_agent")
async def test_after_a_flood_the_screen_has_what_the_database_has(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    address: str,
    open_screen: OpenScreen,
) -> None:
    await start_workers()
    screen = await open_screen(address, "#inbox?tab=assigned")

    await bot.hand_over(*(a_handover(str(254700000000 + number)) for number in range(1500)))

    await expect(screen.tab("Assigned")).to_have_text("Assigned1,500", timeout=SELDOM)
    newest = await connection.fetch('select id from inbox_sessions order by "createdAt" desc, id limit 100')
    rows = [str(row["id"]) for row in newest]
    same = "ids => ids.join() === [...document.querySelectorAll('#sessions .row')].map(e => e.dataset.session).join()"
    await screen.page.wait_for_function(same, arg=rows, timeout=SELDOM)


async def test_a_session_goes_from_tab_to_tab_on_two_screens_at_once(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    address: str,
    open_screen: OpenScreen,
) -> None:
    await start_workers()
    screens = [await open_screen(address), await open_screen(address)]
    await bot.hand_over(a_handover(contact_name="Wanjiku"))
    for screen in screens:
        await expect(screen.row("Wanjiku")).to_contain_text("no agents")
        await expect(screen.tab("Unassigned")).to_have_text("Unassigned1")

    await given_agents(connection)

    for screen in screens:
        await expect(screen.row("Wanjiku")).to_have_count(0)
        await expect(screen.tab("Unassigned")).to_have_text("Unassigned0")
        await screen.tab("Assigned").click()
        await expect(screen.row("Wanjiku")).to_contain_text("agent 1")


async def test_a_session_that_is_resolved_by_sql_leaves_its_tab_too(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover(contact_name="Wanjiku"))
    screen = await open_screen(address, "#inbox?tab=assigned")
    await expect(screen.row("Wanjiku")).to_be_visible()

    await connection.execute("update inbox_sessions set status = 'resolved'")

    await expect(screen.row("Wanjiku")).to_have_count(0, timeout=SELDOM)
    await expect(screen.tab("Resolved")).to_have_text("Resolved1", timeout=SELDOM)


async def test_a_script_in_a_name_is_text(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    await handed_over(connection, a_handover(contact_name=SCRIPT, context={"wish": SCRIPT}))
    screen = await open_screen(address)

    await screen.page.get_by_role("button", name=SCRIPT, exact=True).click()

    await expect(screen.page.get_by_role("heading", name=SCRIPT)).to_be_visible()
    await expect(screen.page.locator(".panel pre").last).to_contain_text("<script>")
    assert await screen.page.locator("main :is(img, script)").count() == 0
    assert await screen.page.title() == "(1) Handover console"


async def test_waiting_ticks_and_the_row_stays_the_same_element(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    await handed_over(connection, a_handover(contact_name="Wanjiku"))
    screen = await open_screen(address)
    row = await screen.row("Wanjiku").element_handle()
    time = screen.row("Wanjiku").locator("time")
    before = await time.inner_text()

    await expect(time).not_to_have_text(before)

    assert await screen.page.evaluate("row => row.isConnected", row)


async def test_a_contact_is_masked_until_it_is_revealed_and_then_only_that_one(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    await handed_over(
        connection,
        a_handover("254745050238", contact_name="Wanjiku"),
        a_handover("254711223344", contact_name="Otieno"),
    )
    screen = await open_screen(address)
    await expect(screen.row("Wanjiku")).not_to_contain_text("254745050238")
    await screen.row("Wanjiku").hover()

    await screen.button("Reveal the contact id of Wanjiku").click()

    await expect(screen.row("Wanjiku")).to_contain_text("254745050238")
    await expect(screen.row("Otieno")).not_to_contain_text("254711223344")


async def test_filters_show_a_tenants_sessions_those_of_a_name_and_those_of_a_contact(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    await handed_over(
        connection,
        a_handover("254745050238", contact_name="Wanjiku"),
        a_handover("254711223344", contact_name="Otieno"),
        a_handover("254700000001", contact_name="Goran", tenant_id="globex"),
    )
    screen = await open_screen(address)
    open_ones = screen.page.locator("#sessions .open")
    await expect(open_ones).to_have_count(3)

    await screen.page.get_by_label("Tenant").first.select_option("globex")
    await expect(open_ones).to_have_text(["Goran"])
    await screen.page.get_by_label("Tenant").first.select_option("")
    await screen.page.keyboard.press("/")
    await screen.page.keyboard.type("wanj")
    await expect(open_ones).to_have_text(["Wanjiku"])
    await screen.page.get_by_label("Find by contact or name").fill("+254 711 223 344")
    await expect(open_ones).to_have_text(["Otieno"])
    await screen.page.get_by_label("Find by contact or name").fill("nobody")
    await screen.button("Clear the filters").click()
    await expect(open_ones).to_have_count(3)


async def test_the_tab_as_an_agent_sees_it_has_theirs_and_what_waits_in_their_teams(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    sales, support = await given_team(connection), await given_team(connection)
    [ada] = await given_agents(connection, teams=(sales,), status="offline")
    await connection.execute("update handover.agents set name = 'Ada' where id = $1", ada)
    await handed_over(
        connection,
        a_handover("254745050238", contact_name="Asks sales", team_id=str(sales)),
        a_handover("254745050239", contact_name="Asks support", team_id=str(support)),
    )
    await given_session(connection, "assigned", contact_id="254711223344", agent=ada)
    screen = await open_screen(address)
    await expect(screen.page.locator("#sessions .open")).to_have_count(2)

    await screen.page.get_by_label("Agent: the tab as they see it").select_option(str(ada))

    await expect(screen.page.locator("#sessions .open")).to_have_text(["Asks sales"])
    await screen.tab("Assigned").click()
    await expect(screen.page.locator("#sessions .row")).to_have_count(1)
    await expect(screen.page.locator("#sessions .row")).to_contain_text("Ada")


@pytest.fixture
async def ada_is_offline(connection: asyncpg.Connection) -> None:
    """Whose turn it is; Brian, who is online, is the next."""
    first, second = sorted(await given_agents(connection, 2))
    await connection.execute(
        "update handover.agents set name = 'Ada', status = 'offline' where id = $1", first
    )
    await connection.execute("update handover.agents set name = 'Brian' where id = $1", second)


@pytest.mark.usefixtures("ada_is_offline")
async def test_a_story_tells_decisions_who_was_passed_over_and_why_events_and_dead_letters(
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
    address: str,
    open_screen: OpenScreen,
) -> None:
    await start_workers()
    await bot.hand_over(a_handover(contact_name="Wanjiku", event_id="chat-1"))
    await subscriber.until(1)
    await bot.hand_over(a_handover("254711223344", event_id="chat-2"))
    await bot.hand_over(a_handover(event_id="chat-2"))
    screen = await open_screen(address, "#inbox?tab=assigned")

    await screen.row("Wanjiku").get_by_role("button", name="Wanjiku", exact=True).click()

    story = screen.page.get_by_role("complementary", name="Story of the session")
    await expect(story.get_by_role("heading", name="Wanjiku")).to_be_focused()
    await expect(story).to_contain_text("It is assigned to Brian")
    await expect(story).to_contain_text("handover chat-1")
    await expect(story.get_by_label("Passed over")).to_contain_text("Ada is not online")
    await expect(story).to_contain_text("session.assigned.v1 version 1")
    await expect(story.get_by_role("link", name="conflict")).to_be_visible()

    await bot.hand_over(a_handover(event_id="chat-3"))
    await expect(story).to_contain_text("handover chat-3")
    await screen.page.keyboard.press("Escape")
    await expect(story).to_be_hidden()
    await expect(screen.row("Wanjiku").get_by_role("button", name="Wanjiku", exact=True)).to_be_focused()


async def test_ten_thousand_sessions_are_shown_a_hundred_at_a_time(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    await connection.execute(
        'insert into inbox_sessions ("tenantId", "contactId", "contactName", status, "createdAt")'
        " select 'acme', (254700000000 + n)::text, 'contact ' || n, 'unassigned', now() - n * interval '1 second'"
        " from generate_series(1, 10000) n"
    )
    screen = await open_screen(address)
    await expect(screen.page.locator("#sessions .row")).to_have_count(100)
    await expect(screen.tab("Unassigned")).to_contain_text("10,000")

    await screen.button("Show more").click()

    await expect(screen.page.locator("#sessions .row")).to_have_count(200)
    await expect(screen.page.locator("#sessions .open").last).to_have_text("contact 200")
    await handed_over(connection, a_handover(contact_name="The newest"))
    await expect(screen.page.locator("#sessions .open").first).to_have_text("The newest", timeout=SELDOM)


async def test_an_empty_inbox_says_what_to_do_next(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    screen = await open_screen(address)
    await expect(screen.page.get_by_text("Nobody is waiting.")).to_be_visible()
    await screen.tab("Assigned").click()
    await expect(screen.page.get_by_text("handover agents add")).to_be_visible()

    [agent] = await given_agents(connection, status="offline")
    await screen.page.reload()

    await expect(screen.page.get_by_text(f"handover agents set {agent} --status online")).to_be_visible(
        timeout=SELDOM
    )
