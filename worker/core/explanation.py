"""The closing sentence of an explanation: why a contact is where it is, and what would change it."""

from collections.abc import Iterator

from worker.core.story import PastDecision, SessionRow, Story
from worker.core.whereabouts import NEXT, assigned, waiting
from worker.core.wording import at, pool_name


def explain(story: Story) -> str:
    """One sentence, its clauses by weight: where the contact is, why, what would change it, what else matters."""
    text = "; ".join([_place(story), *_remarks(story)])
    return f"{text[:1].upper()}{text[1:]}."


def _place(story: Story) -> str:
    active = story.active
    if active and active.status == "assigned":
        return assigned(story, active)
    if active:
        return waiting(story, active)
    if story.sessions:
        return _resolved(story, story.sessions[0])
    if story.decisions:
        return _deleted(story, story.decisions[0])
    return _dead(story) if story.dead_letters else _never_seen(story)


def _resolved(story: Story, session: SessionRow) -> str:
    decision = story.last_of(session)
    by = f" by {decision.actor}" if decision and decision.what == "resolved" and decision.actor else ""
    return (
        f"it has no open session: the latest, opened at {at(session.created_at)}, was resolved{by} and is never"
        f" reopened; {NEXT} opens a new one"
    )


def _deleted(_: Story, decision: PastDecision) -> str:
    by = (
        f"by {decision.actor or 'the worker'}"
        if decision.what == "deleted"
        else "by hand, not by this program, some time after"
    )
    return (
        f"it has no session any more: what there was has been deleted {by} ({at(decision.decided_at)});"
        f" {NEXT} opens a new one"
    )


def _dead(story: Story) -> str:
    letter = next(iter(story.open_letters), story.dead_letters[0])
    if letter not in story.open_letters:
        return (
            f"it has no session because what it sent became a dead letter ({letter.reason}), which is {letter.state},"
            f" and nothing of it was handled; {NEXT} opens one"
        )
    return (
        f"it has no session because what it sent became a dead letter at {at(letter.last_at)}"
        f" ({letter.reason}: {letter.error}); once the cause is put right,"
        f" `handover dead-letters replay {letter.id}` hands it over"
    )


def _never_seen(story: Story) -> str:
    tenant = "" if story.tenant_known else f", nor anything at all of tenant {story.tenant_id!r}"
    return (
        f"nothing is known of contact {story.contact_id!r}{tenant}: no handover of it was handled or dead-lettered,"
        " so the bot sent none, or sent it under another tenant or number, or it still waits in the queue for a"
        " worker (`handover doctor`)"
    )


def _remarks(story: Story) -> Iterator[str]:
    active = story.active
    if active and len(story.sessions) > 1:
        times = ", ".join(at(row.created_at) for row in story.sessions if row is not active)
        yield f"of its {len(story.sessions)} sessions only this one counts, resolved are those opened at {times}"
    decision = story.last_of(active)
    if decision and decision.team_fallback:
        yield (
            f"the team asked for, {decision.requested_team_id!r}, is {decision.team_fallback} in this tenant, so"
            f" {pool_name(decision.team_name, decision.team_id)} was asked instead"
        )
    if story.open_letters and (story.sessions or story.decisions):
        letter = story.open_letters[0]
        yield (
            f"besides, open dead letters of it: {len(story.open_letters)}, the latest of {at(letter.last_at)}"
            f" ({letter.reason}: {letter.error})"
        )
    for event in story.unannounced:
        whose = (
            "a worker has it in hand"
            if event.in_hand
            else "no worker has it in hand, a running one publishes it"
        )
        yield f"{event.type} of version {event.version} is handled but not yet announced ({whose})"
