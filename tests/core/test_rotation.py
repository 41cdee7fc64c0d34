from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from builders import a_handover, an_agent
from hypothesis import given
from hypothesis import strategies as st

from worker.core.assignment import Desk
from worker.core.roster import EVERYONE, Agent
from worker.core.rotation import Rotation

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_desk(*agents: Agent, turn: int = 1000, open_sessions: dict[UUID, int] | None = None) -> Desk:
    return Desk(
        teams={},
        sessions={},
        pools={EVERYONE: Rotation(agents)},
        open_sessions=open_sessions or {},
        turn=turn,
        now=NOW,
        reassign="rotate",
    )


def agents_given(desk: Desk, count: int) -> list[UUID | None]:
    """Who gets the sessions of so many new contacts."""
    return [desk.decide(a_handover(f"c{n}"), UUID(int=n)).session.agent_id for n in range(count)]


last_turns = st.lists(st.integers(0, 1000), min_size=1, max_size=12)


@given(last_turns, st.integers(0, 100))
def test_over_an_unchanging_set_any_two_agents_differ_by_at_most_one(
    turns: list[int], handovers: int
) -> None:
    desk = a_desk(*(an_agent(n, last_turn=turn) for n, turn in enumerate(turns)))

    counts = Counter(agents_given(desk, handovers))

    shares = [counts[UUID(int=n)] for n in range(len(turns))]
    assert max(shares) - min(shares) <= 1


@given(last_turns)
def test_the_longest_since_a_turn_goes_next_and_ties_go_by_id(turns: list[int]) -> None:
    agents = [an_agent(n, last_turn=turn) for n, turn in enumerate(turns)]

    given_to = agents_given(a_desk(*reversed(agents)), len(agents))

    assert [agent.id for agent in sorted(agents, key=lambda a: (a.last_turn, a.id))] == given_to


def test_a_newcomer_gets_one_next_turn_not_the_backlog() -> None:
    veterans = [an_agent(1, last_turn=7), an_agent(2, last_turn=8)]
    newcomer = an_agent(3, last_turn=0)

    given_to = agents_given(a_desk(*veterans, newcomer), 6)

    assert [UUID(int=n) for n in (3, 1, 2, 3, 1, 2)] == given_to


def test_turns_only_rise() -> None:
    desk = a_desk(an_agent(1), an_agent(2), turn=41)

    turns = [desk.decide(a_handover(f"c{n}"), UUID(int=n)).turn for n in range(3)]

    assert turns == [42, 43, 44]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=6), st.integers(0, 40))
def test_a_cap_is_never_passed_and_never_left_unused(caps: list[int], handovers: int) -> None:
    desk = a_desk(*(an_agent(n, max_sessions=cap) for n, cap in enumerate(caps)))

    given_to = agents_given(desk, handovers)

    counts = Counter(agent for agent in given_to if agent)
    assert all(counts[UUID(int=n)] <= cap for n, cap in enumerate(caps))
    assert min(handovers, sum(caps)) == counts.total()
