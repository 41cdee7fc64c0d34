"""The plan of a replay: which letters it holds and sends, and what it found of the others; one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.core.replaying import Contact, Judgement
from worker.letters.auditing import Order, begin
from worker.letters.judging import Candidate, Judged
from worker.letters.shapes import ReplayedLetter


@dataclass(frozen=True, slots=True)
class Copy:
    """What is sent instead of a letter as it came: an edited copy, itself a letter should it fail."""

    letter_id: UUID
    body: bytes
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sending:
    """A letter a replay holds, at its position."""

    position: int
    letter_id: UUID
    event_id: str | None
    contact: Contact | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay is about to send, in order, and what is settled before it begins."""

    sendings: Sequence[Sending]
    settled: Sequence[ReplayedLetter]


async def plan(
    connection: Connection,
    order: Order,
    considered: Sequence[Judged],
    copy: Copy | None = None,
) -> Plan:
    """Hold the letters that are to be sent, and put on record what becomes of each.

    A letter that a rival has taken meanwhile is no longer open, and not sent.
    """
    wanted = [candidate.letter_id for candidate, judgement in considered if judgement.sends]
    async with connection.transaction():
        await begin(connection, order)
        held = {row["id"] for row in await connection.fetch(sql.hold_letters, order.id, wanted)}
        kept = [(c, j) for c, j in considered if not j.sends or c.letter_id in held]
        if kept:
            rows = [_row(position, c, j, copy) for position, (c, j) in enumerate(kept)]
            await connection.execute(sql.plan_letters, order.id, *zip(*rows, strict=True))
    return Plan(
        [_sending(position, c) for position, (c, j) in enumerate(kept) if j.sends],
        [*_unsendable(order.id, kept), *_taken(order.id, considered, held)],
    )


def sending(row: Mapping[str, Any]) -> Sending:
    """What a row of the plan says."""
    whose = (row["tenant_id"], row["contact_id"])
    return Sending(
        row["position"], row["letter_id"], row["event_id"], whose if all(whose) else None, row["fingerprint"]
    )


def _sending(position: int, candidate: Candidate) -> Sending:
    return sending({**_whose(candidate), "position": position, "fingerprint": candidate.fingerprint})


def _whose(candidate: Candidate) -> dict[str, Any]:
    return {
        "letter_id": candidate.letter_id,
        "event_id": candidate.findings.event_id,
        "tenant_id": candidate.tenant_id,
        "contact_id": candidate.findings.contact_id,
    }


def _row(position: int, candidate: Candidate, judgement: Judgement, copy: Copy | None) -> tuple[Any, ...]:
    return (
        position,
        candidate.letter_id,
        copy.letter_id if copy else candidate.letter_id,
        "planned" if judgement.sends else judgement.verdict,
        judgement.detail,
        candidate.fingerprint,
        candidate.tenant_id,
        candidate.findings.contact_id,
        candidate.findings.event_id,
        candidate.attempts,
        copy.body if copy else None,
        copy.properties if copy else None,
    )


def _unsendable(replay_id: UUID, kept: Iterable[Judged]) -> Iterable[ReplayedLetter]:
    for candidate, judgement in kept:
        if not judgement.sends:
            yield _settled(replay_id, candidate, judgement.verdict, judgement.detail)


def _taken(replay_id: UUID, considered: Iterable[Judged], held: set[UUID]) -> Iterable[ReplayedLetter]:
    for candidate, judgement in considered:
        if judgement.sends and candidate.letter_id not in held:
            yield _settled(replay_id, candidate, "not_open", "somebody else took it meanwhile")


def _settled(replay_id: UUID, candidate: Candidate, outcome: Any, detail: str | None) -> ReplayedLetter:
    return ReplayedLetter(
        replay_id=replay_id,
        **_whose(candidate),
        fingerprint=candidate.fingerprint,
        outcome=outcome,
        detail=detail,
    )
