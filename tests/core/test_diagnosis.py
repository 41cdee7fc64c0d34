"""What doctor makes of numbers: the sentence, the state at each side of a threshold, the command that mends it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.core.diagnosis import Finding, State, Verdict, broker, database, verdict, work
from worker.core.diagnosis.broker import Seen, Standing
from worker.core.diagnosis.finding import fail, ok, psql, some, span, unreachable, warn


def a_queue(**fields: Any) -> Seen:
    return Seen(**{"kind": "queue", "name": "handover.requests", "standing": Standing.AS_DECLARED, **fields})


def a_tenant(**fields: Any) -> work.Tenant:
    return work.Tenant(
        **{"tenant_id": "acme", "waiting": 0, "longest_seconds": 0.0, "agents": 2, "online": 1, **fields}
    )


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], Verdict.WELL),
        ([ok("a", ""), warn("b", "")], Verdict.WELL),
        ([ok("a", ""), fail("b", "")], Verdict.ILL),
        ([fail("a", ""), unreachable("b", "", "")], Verdict.UNREACHABLE),
    ],
)
def test_the_worst_finding_decides(findings: list[Finding], expected: Verdict) -> None:
    assert verdict(findings) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(10, State.OK), (10.1, State.WARN), (60, State.WARN), (60.1, State.FAIL)]
)
def test_an_outbox_is_judged_by_its_oldest_event(seconds: float, expected: State) -> None:
    assert work.outbox(3, seconds).state is expected


def test_an_empty_outbox_is_well_whatever_its_age() -> None:
    assert work.outbox(0, 1e9).state is State.OK


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(
    ("skew", "error", "expected"),
    [
        (1, 0, State.OK),
        (1.1, 0, State.WARN),
        (5, 0, State.WARN),
        (5.1, 0, State.FAIL),
        (5.1, 0.2, State.WARN),
        (3, 2.5, State.OK),
    ],
)
def test_a_clock_is_only_blamed_for_what_the_network_cannot_explain(
    side: int, skew: float, error: float, expected: State
) -> None:
    assert database.clock(side * skew, error).state is expected


def test_a_clock_that_is_off_is_said_to_be_ahead_or_behind() -> None:
    assert database.clock(90, 0).says == "PostgreSQL's clock is 90 s ahead of this machine's"
    assert database.clock(-90, 0).says == "PostgreSQL's clock is 90 s behind this machine's"


@pytest.mark.parametrize(("seconds", "expected"), [(600, State.OK), (601, State.WARN)])
def test_waiting_is_judged_by_who_waits_longest(seconds: float, expected: State) -> None:
    tenants = [a_tenant(waiting=1, longest_seconds=1.0), a_tenant(waiting=2, longest_seconds=seconds)]
    finding = work.waiting(tenants)
    assert finding.state is expected
    assert finding.says == "sessions waiting for an agent: 3, the longest for 10 min, of acme"


def test_tenants_without_anybody_are_named_for_what_they_lack() -> None:
    asleep, empty = a_tenant(waiting=1, online=0), a_tenant(tenant_id="globex", agents=0, online=0)
    assert [finding.says for finding in work.agents([asleep, empty, a_tenant()])] == [
        "tenants without an active agent: globex",
        "tenants whose sessions wait with nobody online: acme",
    ]


def test_nobody_online_is_well_while_nobody_waits() -> None:
    [finding] = work.agents([a_tenant(online=0)])
    assert (finding.state, finding.says) == (State.OK, "agents online: 0 of 2, in 1 tenants")


def test_an_empty_roster_is_named() -> None:
    [finding] = work.agents([])
    assert (finding.state, finding.mend) == (
        State.WARN,
        "handover agents add --tenant TENANT --name NAME --status online",
    )


@pytest.mark.parametrize(
    ("found", "state", "mend"),
    [
        ("0001", State.OK, None),
        (None, State.FAIL, "handover migrate"),
        ("0000", State.FAIL, "handover migrate"),
        ("0002", State.FAIL, "pip install --upgrade handover-worker"),
    ],
)
def test_a_revision_behind_is_migrated_and_one_ahead_is_not(
    found: str | None, state: State, mend: str | None
) -> None:
    finding = database.migrations(found, "0001")
    assert (finding.state, finding.mend) == (state, mend)


def test_old_servers_fail() -> None:
    assert database.version("14.20", 140020, "here", 0).state is State.FAIL
    assert database.version("15.0", 150000, "here", 0).state is State.OK
    assert broker.version("RabbitMQ", "3.9.29", "here", 0).state is State.FAIL
    assert broker.version("RabbitMQ", "3.10.8", "here", 0).state is State.OK
    assert broker.version("RabbitMQ", "4.0.5", "here", 0).state is State.OK
    assert broker.version("LavinMQ", "1.0", "here", 0).state is State.WARN


def test_a_standby_is_not_mended_by_settings() -> None:
    standby = database.primary(standby=True, read_only=True, database="d")
    assert (standby.state, standby.mend) == (State.FAIL, "handover config")


@pytest.mark.parametrize(
    ("seen", "needed", "expected"),
    [
        (a_queue(consumers=1), True, State.OK),
        (a_queue(), True, State.FAIL),
        (a_queue(), False, State.OK),
        (a_queue(messages=1), False, State.WARN),
        (a_queue(messages=1000, consumers=1), True, State.OK),
        (a_queue(messages=1001, consumers=1), True, State.WARN),
    ],
)
def test_a_queue_wants_readers_that_keep_up(seen: Seen, needed: bool, expected: State) -> None:
    finding = broker.consumers(seen, needed=needed)
    assert finding
    assert finding.state is expected


def test_of_a_queue_that_is_not_there_only_the_topology_tells() -> None:
    missing = a_queue(standing=Standing.MISSING)
    assert broker.consumers(missing, needed=True) is None
    assert [finding.mend for finding in broker.topology([missing], "/")] == ["handover worker"]


@pytest.mark.parametrize("standing", [each for each in Standing if each is not Standing.AS_DECLARED])
def test_whatever_is_wrong_with_the_topology_has_a_command(standing: Standing) -> None:
    [finding] = broker.topology([a_queue(standing=standing, why="because")], "/a b")
    assert finding.state is State.FAIL
    assert finding.mend
    assert "/a b" not in finding.mend or "'/a b'" in finding.mend


def test_an_invalid_index_matters_if_it_is_unique_and_is_left_alone_while_it_is_built() -> None:
    unique = database.invalid_index("i", unique=True, being_built=False)
    slow = database.invalid_index("i", unique=False, being_built=False)
    building = database.invalid_index("i", unique=True, being_built=True)
    left_over = database.invalid_index("i_ccnew", unique=False, being_built=False)

    assert [each.state for each in (unique, slow, building)] == [State.FAIL, State.WARN, State.WARN]
    assert unique.mend == psql("reindex index concurrently i")
    assert left_over.mend == psql("drop index concurrently i_ccnew")
    assert building.mend is None


def test_nobody_subscribed_is_no_error_but_said() -> None:
    finding = broker.subscribers("sessions", set())
    assert (finding.state, finding.check) == (State.WARN, "subscribers")


@given(st.floats(min_value=0, max_value=1e9))
def test_a_span_is_short(seconds: float) -> None:
    assert len(span(seconds)) <= 10


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.25, "0.2 s"), (119, "119 s"), (120, "2 min"), (7_200, "2 h"), (200_000, "2 days")],
)
def test_a_span_is_in_its_largest_unit(seconds: float, expected: str) -> None:
    assert span(seconds) == expected


def test_only_so_many_are_named() -> None:
    assert some(list("abcdefgh")) == "a, b, c, d, e, f and 2 more"
    assert some(list("ab")) == "a, b"
