"""What the work that is under way, or is not, tells."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.core.diagnosis.finding import Finding, State, grade, ok, some, span, warn

OUTBOX_WARN_SECONDS, OUTBOX_FAIL_SECONDS = 10, 60
"""An event is confirmed within milliseconds; what a crash left is swept after a lease of 10 s by default. A minute
is many leases: nobody publishes."""

WAITING_WARN_SECONDS = 600
"""Waiting for an agent is no fault of the system; ten minutes are a customer's patience."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant's waiting sessions, and the active agents there are for them."""

    tenant_id: str
    waiting: int
    longest_seconds: float
    agents: int
    online: int


def outbox(events: int, oldest_seconds: float) -> Finding:
    """Events committed and not yet confirmed by the broker."""
    if not events:
        return ok("outbox", "every event committed is published")
    says = f"events to publish: {events}, the oldest for {span(max(0.0, oldest_seconds))}"
    state = grade(oldest_seconds, above=OUTBOX_WARN_SECONDS, far_above=OUTBOX_FAIL_SECONDS)
    return ok("outbox", says) if state is State.OK else Finding("outbox", state, says, "handover worker")


def dead_letters(letters: int, causes: int, oldest_seconds: float) -> Finding:
    """Letters an operator has to decide on."""
    if not letters:
        return ok("dead_letters", "no letter waits")
    says = f"letters waiting: {letters}, of {causes} causes, the oldest for {span(oldest_seconds)}"
    return warn("dead_letters", says, "handover dead-letters groups")


def waiting(tenants: Sequence[Tenant]) -> Finding:
    """Sessions without an agent."""
    count = sum(tenant.waiting for tenant in tenants)
    if not count:
        return ok("waiting", "no session waits for an agent")
    longest = max(tenants, key=lambda tenant: tenant.longest_seconds)
    seconds = max(0.0, longest.longest_seconds)
    says = f"sessions waiting for an agent: {count}, the longest for {span(seconds)}, of {longest.tenant_id}"
    if seconds <= WAITING_WARN_SECONDS:
        return ok("waiting", says)
    return warn("waiting", says, "handover sessions list")


def agents(tenants: Sequence[Tenant]) -> list[Finding]:
    """Who is there to take sessions."""
    if not tenants:
        says = "nobody is on the roster: every handover will wait"
        return [warn("agents", says, "handover agents add --tenant TENANT --name NAME --status online")]
    deserted = [tenant.tenant_id for tenant in tenants if not tenant.agents]
    absent = [
        tenant.tenant_id for tenant in tenants if tenant.agents and tenant.waiting and not tenant.online
    ]
    findings = []
    if deserted:
        says = f"tenants without an active agent: {some(deserted)}"
        findings.append(
            warn("agents", says, "handover agents add --tenant TENANT --name NAME --status online")
        )
    if absent:
        says = f"tenants whose sessions wait with nobody online: {some(absent)}"
        findings.append(warn("agents", says, "handover agents set ID --status online"))
    online, every = sum(tenant.online for tenant in tenants), sum(tenant.agents for tenant in tenants)
    return findings or [ok("agents", f"agents online: {online} of {every}, in {len(tenants)} tenants")]
