"""Commands that mend an inbox while others use it."""

from worker.core.diagnosis.finding import psql

LOCK_TIMEOUT = "1500ms"
"""Whoever waits for a table's lock holds up all who come after: so long at most."""


def alter(change: str) -> str:
    """A command that changes the table, or gives up soon while somebody is in it."""
    return psql(altering(change))


def altering(change: str) -> str:
    """The same as SQL, for psql's option `-c`: all of it is one transaction."""
    return f"set local lock_timeout to $${LOCK_TIMEOUT}$$; alter table inbox_sessions {change}"
