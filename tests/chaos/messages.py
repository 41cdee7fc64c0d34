"""What bots say, drawn from a seed: handovers, the same once more, and what nobody could act on."""

import json
from dataclasses import dataclass
from random import Random
from uuid import UUID

from chaos.history import History, Kind, Message
from chaos.roster import TEAMS, TENANTS
from schemas import CONTENT_TYPE, Handover, encode_handover
from worker.core.letter import letter_id

POISON: dict[Kind, int] = {
    "invalid-json": 3,
    "invalid-event": 3,
    "unknown-type": 3,
    "conflict": 3,
    "failed": 1,
}
"""How often which: what fails in the transaction costs the worker a dozen of them, and a slow one proves less."""

REFUSED = "Mallory"
"""A constraint of the inbox refuses this name: a handover that decodes, and fails in the transaction."""

SOURCE = "/bots/chaos"
RECENT = 500


@dataclass(slots=True)
class Bot:
    """Draws messages. `duplicates` and `poison` are shares of all that is sent."""

    rng: Random
    history: History
    contacts: int = 120
    duplicates: float = 0.05
    poison: float = 0.02

    def draw(self) -> Message:
        """The next message to publish."""
        dice = self.rng.random()
        if dice < self.poison:
            return self._poison(*self.rng.choices(list(POISON), list(POISON.values())))
        if dice < self.poison + self.duplicates and (again := self._sent_before()):
            return again
        return handover(self.rng, contacts=self.contacts)

    def _sent_before(self) -> Message | None:
        recent = list(self.history.confirmed)[-RECENT:]
        return self.history.attempts[self.rng.choice(recent)] if recent else None

    def _poison(self, kind: Kind) -> Message:
        number = self.rng.getrandbits(128)
        event_id = str(UUID(int=number))
        match kind:
            case "invalid-json":
                return _letter(kind, b'{"tenantId": "acme", ' + str(number).encode(), event_id, None)
            case "unknown-type":
                event = {
                    "specversion": "1.0",
                    "id": event_id,
                    "source": SOURCE,
                    "type": "handover.requested.v9",
                }
                return _letter(kind, json.dumps({**event, "data": {}}).encode(), event_id, CONTENT_TYPE)
            case "conflict" if settled := self._announced():
                other = {"tenantId": settled.tenant_id, "contactId": "somebody-else", "channel": "webchat"}
                return _letter(kind, json.dumps(other).encode(), settled.id, "application/json")
            case "failed":
                named = handover(self.rng, contact_name=REFUSED)
                return _letter(kind, named.body, named.message_id, named.content_type)
            case _:
                body = json.dumps({"tenantId": 5, "n": number}).encode()
                return _letter("invalid-event", body, event_id, "application/json")

    def _announced(self) -> Message | None:
        """A handover that was handled: only then is it certain whose the id is."""
        done = [
            event_id
            for event_id in list(self.history.announced)[-RECENT:]
            if event_id in self.history.attempts
        ]
        return self.history.attempts[self.rng.choice(done)] if done else None


def handover(
    rng: Random, *, contacts: int = 120, contact_name: str | None = None, contact_id: str | None = None
) -> Message:
    """A handover of one of the contacts; every fourth is plain JSON instead of a CloudEvent."""
    tenant_id = rng.choice(TENANTS)
    contact_id = contact_id or f"2547{rng.randrange(contacts):08}"
    if contact_name:  # nobody else's session: what is refused must not depend on who was there before
        contact_id = f"2549{rng.randrange(10**8):08}"
    event_id = str(UUID(int=rng.getrandbits(128)))
    team_id = rng.choice([None, *TEAMS[tenant_id]])
    name = contact_name or f"contact {contact_id}"
    if rng.random() < 1 / 4:
        data = {"tenantId": tenant_id, "contactId": contact_id, "contactName": name, "teamId": team_id}
        body, content_type = json.dumps(data).encode(), "application/json"
    else:
        event = Handover(
            tenant_id=tenant_id,
            contact_id=contact_id,
            contact_name=name,
            team_id=team_id,
            priority=rng.choice([0, 0, 0, 5]),
            event_id=event_id,
        )
        body, content_type = encode_handover(event, source=SOURCE), CONTENT_TYPE
    return Message(event_id, "handover", body, event_id, content_type, tenant_id, contact_id)


def _letter(kind: Kind, body: bytes, message_id: str, content_type: str | None) -> Message:
    return Message(str(letter_id(message_id, body)), kind, body, message_id, content_type)
