"""Which events are new, which were handled before, and which use another event's id."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from schemas import Handover

EventKey = tuple[str, str]
"""An event's identity: tenant id and event id."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """An event whose id was already used, in its tenant, for another contact."""

    handover: Handover
    first_contact_id: str

    @property
    def error(self) -> str:
        """The sentence an operator reads."""
        return (
            f"event id {self.handover.event_id!r} was already handled for contact {self.first_contact_id!r}, "
            f"now it names {self.handover.contact_id!r}: give each handover an id of its own"
        )


def key(handover: Handover) -> EventKey:
    """The event's identity."""
    return handover.tenant_id, handover.event_id


def first_of_each(handovers: Iterable[Handover]) -> dict[EventKey, Handover]:
    """The first handover with each identity, in order of arrival."""
    first: dict[EventKey, Handover] = {}
    for handover in handovers:
        first.setdefault(key(handover), handover)
    return first


def conflicts(
    handovers: Iterable[Handover], new: Collection[EventKey], handled: Mapping[EventKey, str]
) -> list[Conflict]:
    """Those whose id belongs to another contact; `handled` holds the contact of every id that is not new."""
    contacts = {**{k: h.contact_id for k, h in first_of_each(handovers).items() if k in new}, **handled}
    return [
        Conflict(handover, contacts[key(handover)])
        for handover in handovers
        if contacts[key(handover)] != handover.contact_id
    ]
