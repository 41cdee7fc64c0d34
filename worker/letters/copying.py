"""An edited copy from the letter it is made of: which one, and what would become of it."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Connection

from worker import sql
from worker.core.replaying import judge
from worker.letters import Letter, NotOpen
from worker.letters.document import Document
from worker.letters.editing import Edited, assignment, changed, edited
from worker.letters.finding import one
from worker.letters.judging import Judged, looked_up


async def open_letter(connection: Connection, letter_id: UUID) -> tuple[Letter, int]:
    """The letter, and the number of its next copy. Raises NoLetters, NotOpen."""
    letter = await one(connection, letter_id)
    if letter.state != "open":
        raise NotOpen(f"letter {letter.id} is {letter.state}: only an open one can be edited")
    return letter, 1 + await connection.fetchval(sql.count_edits, letter.id)


def rewritten(letter: Letter, number: int, event: Document, changes: Sequence[str]) -> Edited:
    """The copy to send: the event with each `path=value` set. Raises BadChange, schemas.EventError."""
    for change in changes:
        event = changed(event, *assignment(change))
    return edited(letter, event, number)


async def judged_copy(connection: Connection, letter: Letter, copy: Edited, *, force: bool) -> Judged:
    """What a replay would make of the copy now."""
    [candidate] = await looked_up(connection, [copy.candidate(letter)])
    return candidate, judge(candidate.findings, force=force)
