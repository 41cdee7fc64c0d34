"""The closing sentence of an explanation: why a contact is where it is, and what would change it."""

from collections.abc import Iterator

from worker.core.eligibility import RULES
from worker.core.story import PastDecision, Pool, SessionRow, Story
from worker.core.wording import WAITED, at, in_the_way, pool_name, ruled_out

NEXT = "the contact's next handover"
"""What assigns a session that waits, and moves one that is assigned."""


def explain(story: Story) -> str:
    """One sentence, its clauses by weight: where the contact is, why, what would change it, what else matters."""
    text = "; ".join([_place(story), *_remarks(story)])
    return f"{text[:1].upper()}{text[1:]}."


def _place(story: Story) -> str:
    active = story.active
    if active and active.status == "assigned":
        return _assigned(story, active)
    if active:
        return _waiting(story, active)
    if story.sessions:
        return _resolved(story, story.sessions[0])
    if story.decisions:
        return _deleted(story, story.decisions[0])
    return _dead(story) if story.dead_letters else _never_seen(story)


def _assigned(story: Story, session: SessionRow) -> str:
    accepted = f"accepted at {at(session.accepted_at)}" if session.accepted_at else "not accepted yet"
    since = f" since {at(session.assigned_at)}" if session.assigned_at else ""
    return (
        f"it is assigned to {session.assignee}{since}{_not_to_who_looks(story, session)}, {accepted},"
        f" because {_why_assigned(story.last_of(session), session)}; {NEXT} gives it to the next agent in turn"
        " (or, where workers run with HANDOVER_REASSIGN=keep, leaves it), and `handover sessions reassign` moves"
        " it now"
    )


def _not_to_who_looks(story: Story, session: SessionRow) -> str:
    looking = story.looking
    if looking is None:
        return ""
    if looking.id == session.assigned_agent_id:
        return " (who is the one looking)"
    if looking.name is None:
        return f", not to {looking.id}, who is not on the roster of tenant {story.tenant_id!r}"
    return f", not to {looking.name}, who {_why_not(story, session, looking.id)}"


def _why_not(story: Story, session: SessionRow, looking: object) -> str:
    decision = story.last_of(session)
    for passed in decision.passed_over if decision else ():
        if looking in {agent.id for agent in passed.agents}:
            return f"was passed over then ({passed.why})"
    if story.pool and looking not in {agent.id for agent in story.pool.agents}:
        return f"is not in {pool_name(story.pool.team_name, story.pool.team_id)}"
    return "comes later in turn"


def _why_assigned(decision: PastDecision | None, session: SessionRow) -> str:
    if decision is None or decision.agent_id != session.assigned_agent_id:
        return "the inbox application, or SQL by hand, put it there, not this program"
    if decision.actor:
        return f"{decision.actor} gave it to them"
    pool = pool_name(decision.team_name, decision.team_id)
    if decision.reason not in ("new", "again"):
        return f"nobody else could take it in {pool} when handover {decision.event_id} came"
    others = f" ({'; '.join(ruled_out(decision.passed_over))})" if decision.passed_over else ""
    return f"handover {decision.event_id} came when it was their turn in {pool}{others}"


def _waiting(story: Story, session: SessionRow) -> str:
    decision = story.last_of(session)
    since = at(decision.asked_at if decision else session.updated_at)
    return f"it waits since {since} because {_why_waiting(decision)}; {_way_out(story.pool)}"


def _why_waiting(decision: PastDecision | None) -> str:
    if decision is None:
        return "another program opened it and no handover of it was handled"
    match decision.what:
        case "waiting":
            words = WAITED.get(decision.reason, f"of {decision.reason} in")
            return f"{words} {pool_name(decision.team_name, decision.team_id)}"
        case "released":
            return (
                f"{decision.actor or 'the worker'} took it from {decision.previous_agent_name or 'its agent'}"
            )
        case _:
            return f"it was taken back by hand from {decision.agent_name or 'its agent'}, not by this program"


def _way_out(pool: Pool | None) -> str:
    agents = pool.agents if pool else ()
    name = pool_name(pool.team_name if pool else None, pool.team_id if pool else None)
    if free := next((agent for agent in agents if agent.passed_over is None), None):
        return (
            f"{free.name} of {name} could take it now, so {NEXT} goes to them, and `handover sessions reassign`"
            " gives it to somebody at once"
        )
    ruled_out = {agent.passed_over for agent in agents}
    nearest = next((rule for rule in reversed(RULES) if rule.name in ruled_out), None)
    if nearest is None:
        return f"now nobody is in {name}: once an agent is added (`handover agents`), {NEXT} is assigned"
    now = " and ".join(in_the_way(agents))
    return f"now {now} in {name}: once {nearest.remedy}, {NEXT} is assigned"


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
    letter = story.dead_letters[0]
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
    if story.dead_letters and (story.sessions or story.decisions):
        letter = story.dead_letters[0]
        yield (
            f"besides, dead letters of it: {len(story.dead_letters)}, the latest of {at(letter.last_at)}"
            f" ({letter.reason}: {letter.error})"
        )
    for event in story.unannounced:
        whose = (
            "a worker has it in hand"
            if event.in_hand
            else "no worker has it in hand, a running one publishes it"
        )
        yield f"{event.type} of version {event.version} is handled but not yet announced ({whose})"
