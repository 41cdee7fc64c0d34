"""`/api/sessions/{id}/story` and `/api/story`: where a contact is and why, as `handover sessions explain` has it."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from asyncpg import Connection
from pydantic import Field

from worker import sql
from worker.console.desk import Console
from worker.console.endpoint import Asked, Endpoint
from worker.console.gate import Visitor
from worker.console.masking import Hidden
from worker.console.revealing import Reveal, reveals
from worker.core.contact import spellings
from worker.core.story import Story
from worker.sessions import NoSuchSession, Whose
from worker.sessions.looking import Question, tell


class WhoseStory(Asked):
    """A contact, as people write it; `agent` is who looks, to be told why it is not theirs."""

    tenant: str
    contact: Annotated[str, Field(min_length=1, max_length=200)]
    agent: UUID | None = None
    reveal: bool = False


async def story_of_session(
    console: Console, *, visitor: Visitor, item: UUID, query: Reveal
) -> Story | Hidden:
    """The story of a session's contact. Raises NoSuchSession."""
    async with console.desk.reading() as connection:
        whose = await whose_session(connection, item)
        [contact_id] = whose.contact_ids
        story = await tell(connection, question(console, whose, contact_id, session_id=item))
    return story if reveals(console, visitor, reveal=query.reveal) else Hidden(story, [contact_id])


async def story_of_contact(console: Console, *, visitor: Visitor, query: WhoseStory) -> Story | Hidden:
    """The story of a contact, of whom nothing may be known."""
    whose = Whose(query.tenant, spellings(query.contact))
    async with console.desk.reading() as connection:
        story = await tell(connection, question(console, whose, query.contact, query.agent))
    revealed = reveals(console, visitor, reveal=query.reveal)
    return story if revealed else Hidden(story, [story.contact_id, query.contact])


async def whose_session(connection: Connection, session_id: UUID) -> Whose:
    """The contact of a session, which may be deleted. Raises NoSuchSession."""
    if row := await connection.fetchrow(sql.find_contact_of_session, session_id):
        return Whose(row["tenant_id"], [row["contact_id"]])
    raise NoSuchSession(f"there is no session {session_id}, nor is one on record")


def question(
    console: Console,
    whose: Whose,
    written: str,
    agent_id: UUID | None = None,
    session_id: UUID | None = None,
) -> Question:
    """What `handover sessions explain` asks, and about this session, however old."""
    settings = console.settings
    return Question(
        whose,
        written=written,
        agent_id=agent_id,
        heartbeat=timedelta(seconds=settings.heartbeat_seconds) or None,
        max_age=settings.waiting_max_age,
        session_id=session_id,
    )


ENDPOINTS = [
    Endpoint(
        "GET",
        "/api/sessions/{id}/story",
        "All that is known of a session's contact.",
        story_of_session,
        Story,
        query=Reveal,
    ),
    Endpoint(
        "GET", "/api/story", "All that is known of a contact.", story_of_contact, Story, query=WhoseStory
    ),
]
