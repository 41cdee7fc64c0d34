"""The rules of assignment, played at random against a model a page long: no difference may be found."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
from builders import a_handover, handed_over
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from worker import sql
from worker.acceptance import pass_on
from worker.core.roster import EVERYONE
from worker.database import connect
from worker.desks import Routing
from worker.draining import drain
from worker.leaving import Departure, release

T = TypeVar("T")

ROUTING = Routing(lease_seconds=60)
AGENTS = [UUID(int=n) for n in range(1, 5)]
TEAM = UUID(int=77)
MEMBERS = AGENTS[:2]
CAPS = dict(zip(AGENTS, (1, 1, 1, 2), strict=True))
SKILLED = {AGENTS[1], AGENTS[2]}
CONTACTS = [str(n) for n in range(6)]

EMPTY = """
    truncate inbox_sessions, inbox_messages, handover.tenants, handover.teams, handover.agents, handover.team_members,
        handover.turns, handover.handled_events, handover.assignments, handover.outbox, handover.departures;
    insert into handover.tenants (tenant_id, on_offline, grace_seconds, accept_seconds)
        values ('acme', 'release-all', 0, 10)
"""
ADD_TEAM = "insert into handover.teams (id, tenant_id, name) values ($1, 'acme', 'team')"
ADD_AGENT = """
    insert into handover.agents (id, tenant_id, name, max_sessions, skills) values ($1, 'acme', 'agent', $2, $3)
"""

contacts = st.sampled_from(CONTACTS)
agents = st.sampled_from(AGENTS)


@dataclass
class Chat:
    """A session, as the model sees it."""

    team: bool
    skilled: bool
    priority: int
    agent: UUID | None = None
    version: int = 0
    accepted: bool = False
    offered: set[UUID] = field(default_factory=set)
    unanswered: bool = False


class Model:
    """Section by section what the rules say, for one tenant with one team."""

    def __init__(self) -> None:
        self.online: set[UUID] = set()
        self.gone: list[UUID] = []
        self.chats: dict[str, Chat] = {}
        self.turns: dict[tuple[bool, UUID], int] = {}
        self.turn = 0

    def hand_over(self, contact: str, *, team: bool, skilled: bool, priority: int) -> None:
        chat = self.chats.get(contact)
        if chat is None:
            chat = self.chats[contact] = Chat(team, skilled, priority)
        chat.team |= team
        chat.skilled, chat.priority = skilled, max(chat.priority, priority)
        chat.offered, chat.unanswered = set(), False
        self.place(chat, keep_agent=True)

    def place(self, chat: Chat, *, keep_agent: bool) -> bool:
        """Next in turn; the chat's own place counts as free. Whether an agent was found."""
        holder, chat.agent = chat.agent, None
        found = [agent for agent in AGENTS if self.may_take(agent, chat)]
        chat.version += 1
        if not found:
            chat.agent = holder if keep_agent else None
            chat.offered |= {chat.agent} if chat.agent else set()
            return False
        agent = min(found, key=lambda each: (self.turns.get((chat.team, each), 0), each))
        self.turn += 1
        self.turns[chat.team, agent] = self.turn
        chat.accepted &= agent == holder
        chat.agent = agent
        chat.offered.add(agent)
        return True

    def may_take(self, agent: UUID, chat: Chat) -> bool:
        return (
            agent in self.online
            and (not chat.team or agent in MEMBERS)
            and (not chat.skilled or agent in SKILLED)
            and sum(other.agent == agent for other in self.chats.values()) < CAPS[agent]
            and agent not in chat.offered
        )

    def drain(self) -> None:
        for chat in sorted(self.chats.values(), key=lambda each: -each.priority):
            if chat.agent is None:
                version = chat.version
                if not chat.unanswered:
                    chat.offered = set()
                if self.place(chat, keep_agent=False):
                    chat.unanswered = False
                else:
                    chat.version = version

    def pass_on(self, contact: str) -> None:
        chat = self.chats[contact]
        chat.unanswered = not self.place(chat, keep_agent=False)
        # Only a round that ended because everybody had it rests; any other wait begins a new one.
        rested = {agent for agent in AGENTS if agent in chat.offered}
        if chat.unanswered and not self.all_had_it(chat, rested):
            chat.unanswered = False

    def all_had_it(self, chat: Chat, had_it: set[UUID]) -> bool:
        chat.offered = set()
        eligible = {agent for agent in AGENTS if self.may_take(agent, chat)}
        chat.offered = had_it
        return bool(eligible & had_it)

    def grace_is_over(self) -> None:
        for agent in self.gone:
            for contact in sorted(self.chats):
                chat = self.chats[contact]
                if chat.agent == agent:
                    chat.version += 1
                    chat.agent, chat.accepted, chat.offered, chat.unanswered = None, False, set(), False
                    self.place(chat, keep_agent=False)
        self.gone = []


class Rules(RuleBasedStateMachine):
    """The real thing beside the model."""

    url: ClassVar[str]
    loop: ClassVar[asyncio.Runner]

    @initialize(online=st.sets(agents, min_size=2))
    def begin(self, online: set[UUID]) -> None:
        self.model = Model()
        self.connection = self.do(connect(self.url, name="model"))
        self.do(self.connection.execute(EMPTY))
        self.do(self.connection.execute(ADD_TEAM, TEAM))
        for agent in AGENTS:
            skills = ["rare"] if agent in SKILLED else []
            self.do(self.connection.execute(ADD_AGENT, agent, CAPS[agent], skills))
        for agent in MEMBERS:
            self.do(self.connection.execute("insert into handover.team_members values ($1, $2)", TEAM, agent))
        for agent in online:
            self.come_online(agent)

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            self.do(self.connection.close())

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(what)

    @rule(contact=contacts, team=st.booleans(), skilled=st.booleans(), priority=st.integers(0, 2))
    def hand_over(self, contact: str, *, team: bool, skilled: bool, priority: int) -> None:
        handover = a_handover(
            contact,
            team_id=str(TEAM) if team else None,
            skills=("rare",) if skilled else (),
            priority=priority,
        )
        self.do(handed_over(self.connection, handover))
        self.model.hand_over(contact, team=team, skilled=skilled, priority=priority)

    @rule(agent=agents)
    def come_online(self, agent: UUID) -> None:
        self.do(self.connection.execute("update handover.agents set status = 'online' where id = $1", agent))
        self.model.online.add(agent)
        self.model.gone = [each for each in self.model.gone if each != agent]

    @rule(agent=agents)
    def go_offline(self, agent: UUID) -> None:
        self.do(self.connection.execute("update handover.agents set status = 'offline' where id = $1", agent))
        if agent in self.model.online:
            self.model.gone.append(agent)
        self.model.online.discard(agent)

    @rule(contact=contacts)
    def resolve(self, contact: str) -> None:
        self.do(
            self.connection.execute(
                """update inbox_sessions set status = 'resolved' where "contactId" = $1""", contact
            )
        )
        self.model.chats.pop(contact, None)

    @rule(contact=contacts)
    def accept(self, contact: str) -> None:
        accepting = """update inbox_sessions set "acceptedAt" = now() where "contactId" = $1 and status = 'assigned'"""
        self.do(self.connection.execute(accepting, contact))
        if (chat := self.model.chats.get(contact)) and chat.agent:
            chat.accepted = True

    @rule()
    def drain(self) -> None:
        self.do(drain(self.connection, "acme", routing=ROUTING, max_age=timedelta(days=7)))
        self.model.drain()

    @rule(contact=contacts)
    def nobody_answers(self, contact: str) -> None:
        chat = self.model.chats.get(contact)
        if chat is None or chat.agent is None or chat.accepted:
            return
        ageing = """update inbox_sessions set "assignedAt" = "assignedAt" - interval '11 s'
                    where "contactId" = $1 and status = 'assigned' returning id, "assignedAt" """
        row = self.do(self.connection.fetchrow(ageing, contact))
        assert row is not None
        self.do(pass_on(self.connection, "acme", {row["id"]: row["assignedAt"]}, routing=ROUTING))
        self.model.pass_on(contact)

    @rule()
    def grace_is_over(self) -> None:
        for row in self.do(self.connection.fetch(sql.find_departed, 0, 100)):
            self.do(release(self.connection, Departure(**row), routing=ROUTING))
        self.model.grace_is_over()

    @invariant()
    def no_difference(self) -> None:
        if not hasattr(self, "connection"):
            return
        rows = self.do(
            self.connection.fetch("""
                select "contactId", status, "assignedAgentId", "acceptedAt" is not null, (
                    select max(version) from handover.assignments where session_id = s.id)
                from inbox_sessions s where status in ('assigned', 'unassigned') order by 1
            """)
        )
        assert [tuple(row) for row in rows] == [
            (contact, "assigned" if chat.agent else "unassigned", chat.agent, chat.accepted, chat.version)
            for contact, chat in sorted(self.model.chats.items())
        ]


@pytest.mark.timeout(300)
def test_no_difference_is_found(database: str) -> None:
    assert EVERYONE not in AGENTS
    with asyncio.Runner() as runner:
        Rules.url, Rules.loop = database, runner
        run_state_machine_as_test(
            Rules,
            settings=settings(
                max_examples=80,
                stateful_step_count=50,
                deadline=None,
                phases=[Phase.generate],  # shrinking replays against a real database for minutes
                suppress_health_check=list(HealthCheck),
            ),
        )
