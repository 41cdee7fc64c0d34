"""Sessions for the eye, and for programs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from pydantic import TypeAdapter

from worker.cli.output import emit, printable, show_table, table
from worker.core.story import PassedOver, PastDecision, SessionRow, Story
from worker.core.wording import at, pool_name

T = TypeVar("T")

COLUMNS = ("id", "contact", "status", "agent", "assigned at", "created at", "updated at")


def emit_json(kind: type[T], items: Iterable[T]) -> None:
    """Each on a line, as its schema in schemas/commands says."""
    adapter = TypeAdapter(kind)
    for item in items:
        emit(adapter.dump_json(item, by_alias=True).decode())


def show_sessions(rows: Iterable[SessionRow]) -> None:
    """A table of sessions."""
    show_table(table(COLUMNS, map(_cells, rows)))


def show_story(story: Story) -> None:
    """Sections, those with nothing in them left out, and the closing sentence."""
    emit(printable(f"contact {story.contact_id} of tenant {story.tenant_id}"))
    if story.sessions:
        emit("\nSESSIONS")
        show_sessions(story.sessions)
    _section("HANDOVERS AND DECISIONS", (line for each in story.decisions for line in _decision(each)))
    _section(
        "WHO COULD TAKE IT NOW, IN TURN",
        (f"{each.name} {each.why or 'could take it'}" for each in (story.pool.agents if story.pool else ())),
    )
    _section(
        "DEAD LETTERS",
        (
            f"{at(each.last_at)}  {each.reason}: {each.error} (letter {each.id}, {each.state}, {each.attempts} attempts"
            f"{'' if each.readable else '; it could not be read, but names the contact'})"
            for each in story.dead_letters
        ),
    )
    _section(
        "NOT YET ANNOUNCED",
        (f"{at(each.created_at)}  {each.type} of version {each.version}" for each in story.unannounced),
    )
    emit(f"\n{printable(story.sentence)}")


def _section(title: str, lines: Iterable[str]) -> None:
    if shown := list(lines):
        emit(f"\n{title}")
        for line in shown:
            emit(printable(line))


def _cells(row: SessionRow) -> tuple[object, ...]:
    return (
        row.id,
        " ".join(filter(None, (row.contact_id, row.contact_name))),
        row.status,
        row.agent_name or row.assigned_agent_id,
        *(at(time) if time else None for time in (row.assigned_at, row.created_at, row.updated_at)),
    )


def _decision(decision: PastDecision) -> Iterator[str]:
    who = decision.agent_name or decision.agent_id
    to = f" to {who}" if decision.what == "assigned" else ""
    had = decision.previous_agent_name or decision.previous_agent_id
    left = f", before it was {had}'s" if had and had != who else ""
    by = f"by {decision.actor}" if decision.actor else f"handover {decision.event_id}"
    yield (
        f"{at(decision.decided_at)}  {decision.what}{to} ({decision.reason}{left}), {by},"
        f" version {decision.version} of session {decision.session_id}"
    )
    if decision.actor is None:
        fallback = f", as {decision.requested_team_id!r} is {decision.team_fallback}"
        pool = pool_name(decision.team_name, decision.team_id)
        yield f"    {decision.considered} agents considered of {pool}{fallback if decision.team_fallback else ''}"
    yield from (f"    passed over: {line}" for line in _passed_over(decision.passed_over))


def _passed_over(rules: Sequence[PassedOver]) -> Iterator[str]:
    for each in rules:
        names = [agent.name or str(agent.id) for agent in each.agents]
        more = f" and {each.more} more" if each.more else ""
        yield f"{', '.join(names)}{more}: {each.why}"
