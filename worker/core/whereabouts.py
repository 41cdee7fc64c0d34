"""Where a contact with an open session is: clauses of the sentence that `explanation` makes."""

from worker.core.eligibility import GATES, RULES
from worker.core.story import PastDecision, Pool, SessionRow, Story
from worker.core.wording import WAITED, at, in_the_way, pool_name, ruled_out

NEXT = "the contact's next handover"


def assigned(story: Story, session: SessionRow) -> str:
    """Who has it, since when, and how it came to them."""
    accepted = f"accepted at {at(session.accepted_at)}" if session.accepted_at else _not_accepted(story.pool)
    since = f" since {at(session.assigned_at)}" if session.assigned_at else ""
    return (
        f"it is assigned to {session.assignee}{since}{_not_to_who_looks(story, session)}, {accepted},"
        f" because {_why_assigned(story.last_of(session), session)}; {NEXT} gives it to the next agent in turn"
        " (or, where workers run with HANDOVER_REASSIGN=keep, leaves it), and `handover sessions reassign` moves"
        " it now"
    )


def _not_accepted(pool: Pool | None) -> str:
    if pool is None or pool.accept_seconds is None:
        return "not accepted yet"
    return f"not accepted yet (a running worker passes it on {pool.accept_seconds} s after it was assigned)"


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
    if decision.reason in WAITED:
        return f"nobody else could take it in {pool} when handover {decision.event_id} came"
    others = f" ({'; '.join(ruled_out(decision.passed_over))})" if decision.passed_over else ""
    had_it = decision.previous_agent_name or "its agent"
    match decision.reason:
        case "queue":
            why = "it had waited until it was their turn"
        case "timeout":
            why = f"{had_it} did not accept it in time, and it was their turn"
        case "released":
            why = f"{had_it} had left, and it was their turn"
        case _:
            why = f"handover {decision.event_id} came when it was their turn"
    return f"{why} in {pool}{others}"


def waiting(story: Story, session: SessionRow) -> str:
    """Since when and why it waits, and who could take it by now."""
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
    if pool is None:
        return f"{NEXT} assigns it"
    name = pool_name(pool.team_name, pool.team_id)
    if pool.too_old:
        return (
            f"it has waited for longer than workers look at it, so only {NEXT} or `handover sessions reassign`"
            " assigns it"
        )
    if gate := next((gate for gate in GATES if gate.name == pool.shut), None):
        return f"{name} takes nothing now: it is assigned once {gate.remedy}"
    if free := next((agent for agent in pool.agents if agent.passed_over is None), None):
        return f"{free.name} of {name} could take it now, so a running worker gives it to them (`handover doctor`)"
    ruled_out = {agent.passed_over for agent in pool.agents}
    nearest = next((rule for rule in reversed(RULES) if rule.name in ruled_out), None)
    if nearest is None:
        return f"now nobody is in {name}: once an agent is added (`handover agents`), a running worker assigns it"
    now = " and ".join(in_the_way(pool.agents))
    return f"now {now} in {name}: once {nearest.remedy}, a running worker assigns it"
