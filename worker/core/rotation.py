"""Round robin: whose turn is it? The longest since a turn goes next; a newcomer first, once; ties by agent id."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from uuid import UUID

from worker.core.roster import Agent


class Rotation:
    """The agents of one pool in the order of their turns; the caller holds the tenant's lock.

    Taking a turn moves an agent behind everyone: turns only rise, so the order stays sorted by itself.
    """

    def __init__(self, agents: Iterable[Agent]) -> None:
        self._order = sorted(agents, key=lambda agent: (agent.last_turn, agent.id))

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def get(self, agent_id: UUID | None) -> Agent | None:
        """The member with this id; None when the agent is not of this pool."""
        return self._by_id.get(agent_id) if agent_id else None

    def take_turn(self, agent: Agent) -> None:
        """Put the agent behind everyone."""
        self._order.remove(agent)
        self._order.append(agent)

    @cached_property
    def _by_id(self) -> Mapping[UUID, Agent]:
        return {agent.id: agent for agent in self._order}
