"""`handover sessions drain`."""

from datetime import timedelta

from worker.cli.database import in_database
from worker.cli.options import Json, OfTenant


def drain(*, tenant: OfTenant = None, as_json: Json = False) -> None:
    """Assign sessions that wait, as far as there are agents: what a running worker does by itself.

    Priority first, then the oldest. A running worker publishes the events.
    """
    from worker.cli.output import say, show_rows
    from worker.cli.settings import load_for_database
    from worker.sessions.draining import Drained, drain_all

    settings = load_for_database()
    heartbeat = timedelta(seconds=settings.heartbeat_seconds) or None
    rows = in_database(
        lambda connection: drain_all(
            connection, tenant, heartbeat=heartbeat, max_age=settings.waiting_max_age
        )
    )
    if not rows and not as_json:
        say("nobody waits for whom there is an agent; `handover sessions explain` says why one waits")
        return
    show_rows(Drained, rows, as_json=as_json)
