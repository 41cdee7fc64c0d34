"""What the bots ask for: the same handovers for every contestant."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from schemas import Handover, encode_handover

ASKED_AT = datetime(2026, 1, 1, 9, tzinfo=UTC)
NAMES = ("Wanjiku", "Otieno", "Amina", "Kiptoo", "Njeri", "Mwangi", "Achieng", "Baraka")
INTENTS = ("refund", "delivery", "billing", "complaint", "cancel", "other")


@dataclass(frozen=True, slots=True)
class Profile:
    """Who asks: over how many tenants, and which share of the handovers names a contact that came before."""

    name: str
    tenants: int
    repeats: float = 0.0


HUNDRED = Profile("100 tenants", 100)
HOT = Profile("one hot tenant", 1)
REPEAT = Profile("90 % repeat contacts", 100, 0.9)
PROFILES = (HUNDRED, HOT, REPEAT)


@dataclass(frozen=True, slots=True)
class Request:
    """A handover on the wire."""

    id: str
    body: bytes
    tenant: str


def tenants(profile: Profile) -> list[str]:
    return [f"tenant-{number:03}" for number in range(profile.tenants)]


def handovers(profile: Profile, count: int, *, seed: int = 1) -> Iterator[Handover]:
    """So many handovers, the same for the same seed; contacts are new unless the profile repeats them."""
    chance = random.Random(seed)  # noqa: S311 - load, not secrets
    names = tenants(profile)
    known: list[tuple[str, str]] = []
    for number in range(count):
        if known and chance.random() < profile.repeats:
            tenant, contact = chance.choice(known)
        else:
            tenant, contact = names[number % len(names)], f"2547{seed % 10}{len(known):08}"
            known.append((tenant, contact))
        yield Handover(
            event_id=str(UUID(int=chance.getrandbits(128), version=4)),
            asked_at=ASKED_AT,
            tenant_id=tenant,
            contact_id=contact,
            contact_name=chance.choice(NAMES),
            context={
                "intent": chance.choice(INTENTS),
                "order": f"A-{chance.randrange(10**6):06}",
                "summary": "The customer asked twice and the bot had no answer that helped.",
                "turns": chance.randrange(2, 30),
            },
        )


def requests(profile: Profile, count: int, *, seed: int = 1) -> list[Request]:
    """The same, encoded: about 500 bytes each."""
    return [_encoded(handover) for handover in handovers(profile, count, seed=seed)]


def terse(profile: Profile, count: int) -> Iterator[Request]:
    """Handovers without a context, made as they are needed: a million of them need not be held."""
    for handover in handovers(profile, count):
        yield _encoded(handover.model_copy(update={"context": None}))


def _encoded(handover: Handover) -> Request:
    return Request(handover.event_id, encode_handover(handover, source="/bots/bench"), handover.tenant_id)
