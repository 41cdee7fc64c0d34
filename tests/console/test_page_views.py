"""Agents and health on a screen, as they change."""

import asyncpg
from builders import a_handover, given_agents, given_team, handed_over
from playwright.async_api import expect
from processes import Bot, StartWorkers
from screens import SELDOM, OpenScreen


async def test_agents_show_presence_load_and_turns_and_a_pool_its_fairness(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    address: str,
    open_screen: OpenScreen,
) -> None:
    team = await given_team(connection, default=True)
    first, second = sorted(await given_agents(connection, 2, teams=(team,), max_sessions=2))
    await connection.execute("update handover.agents set name = 'Ada' where id = $1", first)
    await connection.execute("update handover.agents set name = 'Brian' where id = $1", second)
    await start_workers()
    screen = await open_screen(address, "#agents")
    ada = screen.page.get_by_role("row", name="Ada")
    await expect(ada).to_contain_text("online")
    await expect(ada).to_contain_text("0 of 2")

    await bot.hand_over(*(a_handover(f"25470000000{number}") for number in range(3)))

    await expect(ada).to_contain_text("2 of 2", timeout=SELDOM)
    await expect(ada.get_by_label("Open sessions of Ada")).to_have_attribute("value", "2", timeout=SELDOM)
    await expect(ada.locator("td").nth(2)).to_have_text("2", timeout=SELDOM)
    fair = screen.page.get_by_role("region", name="Fairness by pool")
    await expect(fair.get_by_role("img", name="Ada 2, Brian 1")).to_be_visible(timeout=SELDOM)
    await expect(fair).to_contain_text("nobody is more than one turn ahead")
    await connection.execute(
        """update inbox_sessions set "acceptedAt" = "assignedAt" + interval '42 seconds'
        where "assignedAgentId" = $1""",
        first,
    )
    await connection.execute("update handover.agents set status = 'offline' where id = $1", first)
    await expect(ada).to_contain_text("offline", timeout=SELDOM)
    await expect(ada).to_contain_text("42 s", timeout=SELDOM)


async def test_no_agents_or_nobody_online_says_how_to_bring_one(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    screen = await open_screen(address, "#agents")
    await expect(screen.page.get_by_text("handover agents add")).to_be_visible()

    [agent] = await given_agents(connection, status="offline")

    await expect(screen.page.get_by_text(f"handover agents set {agent} --status online")).to_be_visible(
        timeout=SELDOM
    )


async def test_health_shows_throughput_queues_outbox_dependencies_and_workers(
    connection: asyncpg.Connection,
    start_workers: StartWorkers,
    bot: Bot,
    address: str,
    open_screen: OpenScreen,
) -> None:
    await given_agents(connection)
    screen = await open_screen(address, "#health")
    await expect(screen.page.get_by_text("No worker is running.")).to_be_visible()
    await start_workers()

    await bot.hand_over(*(a_handover(f"25470000000{number}") for number in range(7)))

    main = screen.page.get_by_role("main")
    await expect(main).to_contain_text("7 handovers in the last hour", timeout=SELDOM)
    await expect(main.get_by_role("img", name="Handovers a minute for the last hour")).to_be_visible()
    await expect(main.get_by_role("img", name="Time to assign for the last hour")).to_be_visible()
    await expect(main).to_contain_text("handover.requests")
    await expect(main).to_contain_text("Workers (1)", timeout=SELDOM)
    await expect(main.locator(".pill.good")).to_have_text(["up", "up"])


async def test_events_that_wait_in_the_outbox_are_counted(
    connection: asyncpg.Connection, address: str, open_screen: OpenScreen
) -> None:
    await handed_over(connection, a_handover())
    screen = await open_screen(address, "#health")
    await expect(screen.page.get_by_text("events; the oldest waits for")).to_be_visible(timeout=SELDOM)
