"""A password that is changed under a worker's feet costs a restart and nothing else, and no password is ever told."""

import asyncio
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from builders import a_handover, given_agents
from chaos.servers import Servers
from processes import Bot, RunningWorker, StartWorkers, Subscriber

from worker.migrations import migrate

OLD, NEW = (f"hush{secrets.token_hex(8)}" for _ in range(2))
BRISKLY = {"HANDOVER_SHUTDOWN_SECONDS": "4"}


@pytest.fixture
async def database(breakable: Servers) -> str:
    """The url of its owner."""
    url = breakable.postgres.url_of_primary(await breakable.add_database())
    await migrate(url)
    return url


@pytest.fixture
async def amqp_url(breakable: Servers) -> str:
    """The url of a user whose password stays."""
    return await breakable.add_vhost()


async def test_a_new_password_of_the_database_wants_a_restart_and_loses_nothing(
    connection: asyncpg.Connection,
    database: str,
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
) -> None:
    await given_agents(connection)
    role = f"rotated_{secrets.token_hex(4)}"
    await connection.execute(f"create role {role} login superuser password '{OLD}'")
    [worker] = await start_workers(DATABASE_URL=_as(role, OLD, database), **BRISKLY)
    await bot.hand_over(a_handover("1"))
    await subscriber.until(1)

    await connection.execute(f"alter role {role} password '{NEW}'")
    await connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", role
    )
    await bot.hand_over(a_handover("2"))
    away = await worker.logged("database_away")
    await _waits(worker)
    ended = await worker.stop()
    [later] = await start_workers(DATABASE_URL=_as(role, NEW, database))

    assert [event.contact_id for event in await subscriber.until(2)] == ["1", "2"]
    assert away["error"]
    assert (ended, await later.stop()) == (0, 0)
    assert _told(worker, later) == []


async def test_a_new_password_of_the_broker_wants_a_restart_and_loses_nothing(
    connection: asyncpg.Connection,
    breakable: Servers,
    *,
    amqp_url: str,
    start_workers: StartWorkers,
    bot: Bot,
    subscriber: Subscriber,
) -> None:
    await given_agents(connection)
    user, vhost = f"rotated_{secrets.token_hex(4)}", urlsplit(amqp_url).path.removeprefix("/")
    ctl = breakable.rabbit.ctl
    await breakable.do(ctl, "add_user", user, OLD)
    await breakable.do(ctl, "set_permissions", "-p", vhost, user, ".*", ".*", ".*")
    [worker] = await start_workers(AMQP_URL=_as(user, OLD, amqp_url), **BRISKLY)
    await bot.hand_over(a_handover("1"))
    await subscriber.until(1)

    await breakable.do(ctl, "change_password", user, NEW)
    await breakable.do(ctl, "close_all_user_connections", user, "the password is another")
    await bot.hand_over(a_handover("2"))
    away = await worker.logged("broker_away", purpose="relay", attempt=2)
    await _waits(worker)
    ended = await worker.stop()
    [later] = await start_workers(AMQP_URL=_as(user, NEW, amqp_url))

    assert [event.contact_id for event in await subscriber.until(2)] == ["1", "2"]
    assert "refuses the user or the password" in away["error"]
    assert (ended, await later.stop()) == (0, 0)
    assert _told(worker, later) == []


async def test_no_password_is_in_the_list_of_processes(
    connection: asyncpg.Connection, start_workers: StartWorkers, database: str
) -> None:
    role = f"listed_{secrets.token_hex(4)}"
    await connection.execute(f"create role {role} login superuser password '{OLD}'")
    [worker] = await start_workers(DATABASE_URL=_as(role, OLD, database))

    lines = _processes()

    if lines:
        assert "worker" in lines[str(worker.pid)]
    assert [line for line in lines.values() if OLD in line] == []


async def _waits(worker: RunningWorker) -> None:
    """What was refused once is refused a second later too; the worker is still there."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await worker.process.wait()


def _told(*workers: RunningWorker) -> list[str]:
    lines = [line for worker in workers for line in worker.text.splitlines()]
    return [line for line in lines if OLD in line or NEW in line]


def _processes() -> dict[str, str]:
    """Every command line there is, by process; none where it cannot be seen."""
    return {path.parent.name: _line(path) for path in Path("/proc").glob("[0-9]*/cmdline")}


def _line(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _as(user: str, password: str, url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()
