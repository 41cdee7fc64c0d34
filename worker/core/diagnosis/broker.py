"""What RabbitMQ's answers mean."""

import re
import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from worker.core.diagnosis.finding import Finding, fail, ok, some, warn

OLDEST_RABBITMQ = (3, 10)
"""The first whose quorum queues dead-letter at least once."""

BACKLOG_WARN = 1_000
"""A worker handles as many in about a second: who is that far behind does not keep up."""


class Standing(Enum):
    """What became of asking for an object, and for the same with our arguments."""

    AS_DECLARED = auto()
    MISSING = auto()
    DIFFERENT = auto()
    REFUSED = auto()
    SILENT = auto()


@dataclass(frozen=True, slots=True)
class Seen:
    """An exchange or a queue as the broker tells of it; `why` are its words when something is wrong."""

    kind: str
    name: str
    standing: Standing
    why: str = ""
    messages: int = 0
    consumers: int = 0


def version(product: str, number: str, where: str, answer_seconds: float) -> Finding:
    """`number` as in 3.10.8."""
    says = f"{product} {number} at {where} answers in {answer_seconds * 1000:.0f} ms"
    if product != "RabbitMQ":
        return warn("rabbitmq", f"{says}; only RabbitMQ was tried")
    if tuple(map(int, re.findall(r"\d+", number)[:2])) < OLDEST_RABBITMQ:
        oldest = ".".join(map(str, OLDEST_RABBITMQ))
        return fail("rabbitmq", f"{says}, but {oldest} is the oldest that will do: upgrade it")
    return ok("rabbitmq", says)


def topology(objects: Sequence[Seen], vhost: str) -> list[Finding]:
    """One finding for all that is missing, one for all that is silent, one for each object amiss otherwise."""
    missing, silent = (
        [f"{seen.kind} {seen.name}" for seen in objects if seen.standing is standing]
        for standing in (Standing.MISSING, Standing.SILENT)
    )
    found = [
        _wrong(seen, vhost) for seen in objects if seen.standing in (Standing.DIFFERENT, Standing.REFUSED)
    ]
    if silent:
        says = f"RabbitMQ is there, but does not answer about {some(silent)}"
        found.append(fail("topology", says, "rabbitmq-diagnostics check_running"))
    if missing:
        says = f"not there, the worker makes them when it starts: {some(missing)}"
        found.append(fail("topology", says, "handover worker"))
    return found or [ok("topology", f"{len(objects)} exchanges and queues are as declared")]


def _wrong(seen: Seen, vhost: str) -> Finding:
    what = f"{seen.kind} {seen.name}"
    host = f"-p {shlex.quote(vhost)}"
    if seen.standing is Standing.REFUSED:
        mend = f"rabbitmqctl set_permissions {host} USER '.*' '.*' '.*'"
        return fail("topology", f"this user may not declare {what}: {seen.why}", mend)
    if seen.kind == "queue":
        mend = f"rabbitmqctl {host} delete_queue {shlex.quote(seen.name)} --if-empty && handover worker"
    else:
        mend = f"rabbitmqadmin --vhost={shlex.quote(vhost)} delete exchange name={shlex.quote(seen.name)}"
    return fail("topology", f"{what} is not as declared, and the worker does not start: {seen.why}", mend)


def consumers(seen: Seen, *, needed: bool) -> Finding | None:
    """Who reads a queue; None when it is not there. One that is not `needed` may go unread while it is empty."""
    if seen.standing not in (Standing.AS_DECLARED, Standing.DIFFERENT):
        return None
    says = f"{seen.name}: consumers {seen.consumers}, messages waiting {seen.messages}"
    if not seen.consumers and needed:
        return fail("consumers", f"{says}; nobody reads it", "handover worker")
    if not seen.consumers and seen.messages:
        return warn("consumers", f"{says}; nobody reads it", "handover worker")
    if seen.messages > BACKLOG_WARN:
        return warn("consumers", f"{says}; more workers would help", "handover worker")
    return ok("consumers", says)


def bindings(missing: Collection[str]) -> Finding:
    """`missing` are our queues that lack the binding that fills them."""
    if not missing:
        return ok("bindings", "every queue is bound")
    return fail("bindings", f"not bound, so nothing arrives: {some(sorted(missing))}", "handover worker")


def subscribers(exchange: str, destinations: Collection[str]) -> Finding:
    """`destinations` are the queues and exchanges that session events go to."""
    if destinations:
        return ok("subscribers", f"{exchange} is bound to {some(sorted(destinations))}")
    says = f"nobody subscribes to {exchange}: session events reach no one, which is no error"
    return warn("subscribers", says, "handover watch")


def subscribers_unseen(exchange: str, why: str) -> Finding:
    """AMQP has no way to ask for bindings that would not deliver a message to whoever is bound."""
    says = f"whether anybody subscribes to {exchange}, and our queues are bound, was not seen: {why}"
    return warn("subscribers", says, "export HANDOVER_MANAGEMENT_URL=http://HOST:15672")
