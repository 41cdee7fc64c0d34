"""What a change is about to do, and has done, in sentences."""

from collections.abc import Iterator

from worker.core.transition import Transition
from worker.sessions.changes import Outlook
from worker.sessions.deletion import Doomed
from worker.sessions.references import Reference
from worker.sessions.reports import Change


def intention(outlook: Outlook) -> str:
    """What is about to be done to an open session."""
    session, transition = outlook.session, outlook.transition
    name = f" {session.contact_name!r}" if session.contact_name else ""
    which = f"session {session.id} of contact {session.contact_id!r}{name}, tenant {session.tenant_id!r}"
    holder = "unassigned"
    if session.agent_id or session.adrift:
        holder = f"assigned to {session.agent_name or session.agent_id or 'nobody'}"
    if transition is None:
        return f"{which}, is {holder} already: nothing to do"
    match transition.what:
        case "released":
            return f"{which}, now {holder}: becomes unassigned and waits for its turn; the row stays"
        case "resolved":
            return f"{which}, now {holder}: becomes resolved; the contact's next handover opens a new one"
        case _:
            to = transition.session.agent_name
            return f"{which}, now {holder}: goes to {to}, not yet accepted; it takes no turn of the rotation"


def losses(doomed: Doomed) -> Iterator[str]:
    """What is about to be deleted, a line each."""
    yield from map(_session, doomed.transitions)
    yield from map(_reference, doomed.references)


def afterwards(*changes: Change) -> str:
    """What has been done."""
    told = " and ".join(
        f"{change.event_type} (version {change.session_version} of {change.session_id})" for change in changes
    )
    return f"done; a running worker publishes {told} with its next sweep"


def _session(transition: Transition) -> str:
    session = transition.session
    had = f", assigned to agent {transition.previous_agent_id}" if transition.previous_agent_id else ""
    return (
        f"deletes session {session.id} of contact {session.contact_id!r}, tenant {session.tenant_id!r}{had}"
    )


def _reference(reference: Reference) -> str:
    key = (
        f"constraint {reference.constraint}, on delete {reference.rule}"
        if reference.constraint
        else "messages"
    )
    if reference.goes:
        return f"deletes {reference.rows} rows of {reference.table} ({key})"
    if reference.forbids:
        return f"is forbidden by {reference.rows} rows of {reference.table} ({key})"
    return f"keeps {reference.rows} rows of {reference.table}, which lose what they refer to ({key})"
