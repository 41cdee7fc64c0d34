"""What a replay would make of letters today: each body read anew, and the database asked what happened meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from asyncpg import Connection

from schemas import EventError, Handover, decode_handover
from worker import sql
from worker.core.replaying import Findings, Judgement, judge
from worker.letters import Letter
from worker.letters.document import timestamp
from worker.letters.finding import whole
from worker.letters.wire import cannot_be_sent

ANY_ID = "?"
AGENTS = ".agents"
"""How the queue of presence events ends, whatever the exchange is called."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A letter that may be sent, without its body; whose it is, as today's schema reads it."""

    letter_id: UUID
    seq: int
    first_at: datetime
    fingerprint: str
    reason: str
    error: str
    attempts: int
    tenant_id: str | None
    findings: Findings


Judged = tuple[Candidate, Judgement]


async def judged(connection: Connection, ids: Sequence[UUID], *, force: bool) -> list[Judged]:
    """The letters that are there, the oldest first, with what would become of them; all bodies are in memory."""
    candidates = [_candidate(letter) for letter in await whole(connection, ids)]
    return [
        (candidate, judge(candidate.findings, force=force))
        for candidate in await looked_up(connection, candidates)
    ]


async def looked_up(connection: Connection, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, knowing what was handled meanwhile."""
    known = [
        (each.tenant_id, each.findings.event_id, each.findings.contact_id, each.first_at, each.seq)
        for each in candidates
    ]
    if not known:
        return []
    rows = await connection.fetch(sql.look_up_handled, *zip(*known, strict=True))
    return [
        replace(
            candidate,
            findings=replace(
                candidate.findings,
                handled_for=row["handled_for"],
                handled_at=row["handled_at"],
                newer_event_id=row["newer_event_id"],
                newer_at=row["newer_at"],
            ),
        )
        for candidate, row in zip(candidates, rows, strict=True)
    ]


def read(letter: Letter, message_id: str | None) -> Handover:
    """The handover a letter's message is by today's schema, had it this id. Raises EventError."""
    return decode_handover(
        letter.body,
        content_type=letter.properties.get("content_type"),
        headers=letter.properties.get("headers") or {},
        message_id=message_id,
        timestamp=timestamp(letter),
    )


def candidate_of(letter: Letter, handover: Handover | None, findings: Findings) -> Candidate:
    """The letter as what it holds, which may be an edited copy."""
    return Candidate(
        letter_id=letter.id,
        seq=letter.seq,
        first_at=letter.first_at,
        fingerprint=letter.fingerprint,
        reason=letter.reason,
        error=letter.error,
        attempts=letter.attempts,
        tenant_id=handover.tenant_id if handover else None,
        findings=findings,
    )


def _candidate(letter: Letter) -> Candidate:
    unsendable = _of_agents(letter) or cannot_be_sent(letter)
    try:
        handover = read(letter, letter.properties.get("message_id"))
    except EventError as error:
        return candidate_of(
            letter, None, Findings(problem=str(error), unsendable=unsendable or _nameless(letter))
        )
    found = Findings(contact_id=handover.contact_id, event_id=handover.event_id, unsendable=unsendable)
    return candidate_of(letter, handover, found)


def _of_agents(letter: Letter) -> str | None:
    """Why what agents do is not sent to the queue of handovers."""
    queue = str((letter.properties.get("headers") or {}).get("x-first-death-queue", letter.queue))
    if not queue.endswith(AGENTS):
        return None
    return f"it came by queue {queue}, where no handovers are: publish it there again"


def _nameless(letter: Letter) -> str | None:
    """Why a message that lacks an id alone cannot be sent as it was: the client would make one up, each time anew."""
    if letter.properties.get("message_id"):
        return None
    try:
        read(letter, ANY_ID)
    except EventError:
        return None
    return (
        "the message has no id, and sending it would give it one nobody knows; give it one with"
        f" `handover dead-letters edit {letter.id} --set id=...`"
    )
