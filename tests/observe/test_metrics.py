"""What a worker counts is what it did."""

import asyncio
import re
import subprocess

import asyncpg
from asking import ON, asked, samples, until_ready, until_sample
from builders import TENANT, a_handover, given_agents, given_session, handed_over
from commands import handover
from processes import Bot, StartWorkers, Subscriber
from prometheus_client.parser import text_string_to_metric_families
from promtool import find_promtool

from worker import sql
from worker.metrics import WAITING_REASONS
from worker.topology import Topology

REQUESTS = Topology().requests
MEBIBYTE = 2**20


async def test_every_handover_is_counted_by_what_became_of_it(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection, max_sessions=2)
    [worker] = await start_workers(**ON)
    handovers = [a_handover(f"{n}") for n in range(3)]
    for each in handovers:
        await bot.hand_over(each)
    await subscriber.until(3)
    await bot.hand_over(handovers[0])
    await bot.publish(b"no json", message_id="1")

    found = await until_sample(
        worker, f'handover_dead_lettered_total{{queue="{REQUESTS}",reason="invalid-json"}}', 1
    )
    found = await until_sample(worker, 'handover_handovers_total{outcome="redelivered"}', 1)
    assert found['handover_handovers_total{outcome="assigned"}'] == 2
    assert found['handover_handovers_total{outcome="waiting"}'] == 1
    assert found["handover_batch_size_sum"] == 4
    assert found["handover_transaction_duration_seconds_count"] == found["handover_batch_size_count"]
    assert found['handover_published_events_total{answer="confirmed"}'] == 3
    assert found["handover_publish_duration_seconds_count"] >= 1
    assert found["handover_time_to_assign_seconds_count"] == 2
    assert 0 <= found["handover_time_to_assign_seconds_sum"] < 30


async def test_what_is_in_the_database_is_counted_at_intervals(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    await given_agents(connection, max_sessions=1)
    await given_session(connection, "unassigned", contact_id="by-hand", tenant="another")
    [worker] = await start_workers(**ON)
    await bot.hand_over(a_handover("1"), a_handover("2"), a_handover("3"))
    await subscriber.until(3)
    await bot.publish(b"no json", message_id="1")

    found = await until_sample(worker, "handover_dead_letters", 1)
    assert found['handover_open_sessions{status="assigned"}'] == 1
    assert found['handover_open_sessions{status="unassigned"}'] == 3
    waiting = {reason: found[f'handover_waiting_sessions{{reason="{reason}"}}'] for reason in WAITING_REASONS}
    assert {reason: count for reason, count in waiting.items() if count} == {
        "all_at_capacity": 2,
        "unknown": 1,
    }
    assert found["handover_longest_wait_seconds"] > 0
    assert found["handover_outbox_events"] == 0


async def test_what_was_taken_from_its_agent_waits_since_then_and_not_since_it_was_opened(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await given_agents(connection)
    await handed_over(connection, a_handover())
    await connection.execute("update inbox_sessions set \"createdAt\" = now() - interval '2 hours'")

    reset = handover(
        environment, "sessions", "reset", "--tenant", TENANT, "--contact", a_handover().contact_id, "--yes"
    )
    [waiting] = await connection.fetch(sql.count_waiting)
    [tenant] = await connection.fetch(sql.measure_tenants)

    assert reset.returncode == 0
    assert (waiting["reason"], waiting["sessions"], waiting["reason"] in WAITING_REASONS) == (
        "released",
        1,
        True,
    )
    assert waiting["longest_seconds"] < 3600
    assert tenant["longest_seconds"] < 3600


async def test_a_session_that_waited_counts_when_it_is_assigned(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    [agent] = await given_agents(connection, status="offline")
    [worker] = await start_workers(**ON)
    await bot.hand_over(a_handover())
    await subscriber.until(1)
    await connection.execute("update handover.agents set status = 'online' where id = $1", agent)
    await subscriber.until(2)

    found = await until_sample(worker, 'handover_cared_for_events_total{work="drained"}', 1)
    assert found["handover_time_to_assign_seconds_count"] == 1
    assert found["handover_time_to_assign_seconds_sum"] > 0


async def test_what_runs_is_named_and_what_it_spends(start_workers: StartWorkers) -> None:
    [worker] = await start_workers(**ON)
    await until_ready(worker, lambda status, _: status == 200)
    found = await samples(worker)
    [build] = [name for name in found if name.startswith("handover_build_info{")]
    assert found[build] == 1
    assert "version=" in build
    assert 0 < found["process_resident_memory_bytes"] < 120 * MEBIBYTE


async def test_the_names_follow_the_rules_of_prometheus(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    """Those that `promtool check metrics` knows, and that tool itself where it is installed."""
    await given_agents(connection)
    [worker] = await start_workers(**ON)
    await bot.hand_over(a_handover())
    await subscriber.until(1)
    await until_ready(worker, lambda status, _: status == 200)
    _, text = await asked(worker, "/metrics")
    families = list(text_string_to_metric_families(text))
    names = {family.name: family.type for family in families}

    assert len(names) == len(families) > 20
    assert all(name.startswith(("handover_", "process_")) for name in names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    assert all(family.documentation.endswith(".") or family.name.startswith("process") for family in families)
    for name, kind in names.items():
        assert not re.search(r"_(?:ms|millis|minutes|hours|kb|mb|count|sum|bucket|created)(?:_|$)", name)
        assert (f"{name}_total" in text) == (kind == "counter"), name
    labels = {label for family in families for sample in family.samples for label in sample.labels}
    assert labels <= {
        *("outcome", "queue", "reason", "work", "answer", "status", "dependency"),
        *("version", "python", "le"),
    }
    if promtool := await asyncio.to_thread(find_promtool):
        checked = subprocess.run(  # noqa: ASYNC221 - there is nothing else to do meanwhile
            [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        assert (checked.returncode, checked.stderr) == (0, "")


async def test_no_id_of_anybody_is_in_it(
    connection: asyncpg.Connection, start_workers: StartWorkers, bot: Bot, subscriber: Subscriber
) -> None:
    agents = await given_agents(connection)
    [worker] = await start_workers(**ON)
    handover = a_handover("254745050238", contact_name="Wanjiku")
    await bot.hand_over(handover)
    [event] = await subscriber.until(1)
    await until_sample(worker, 'handover_handovers_total{outcome="assigned"}', 1)
    _, text = await asked(worker, "/metrics")
    for secret in (
        "acme",
        "254745050238",
        "Wanjiku",
        handover.event_id,
        str(agents[0]),
        str(event.session_id),
    ):
        assert secret not in text
