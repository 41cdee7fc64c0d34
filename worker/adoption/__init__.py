"""Taking over an `inbox_sessions` that is in use: looking at it, and carrying out what is planned."""

from worker.errors import CannotStart


class NoInbox(Exception):
    """There is no `inbox_sessions` in schema public of the database."""


class NotAdopted(CannotStart):
    """`inbox_sessions` exists, and is not yet as the worker needs it."""


class Stopped(Exception):
    """An adoption ended before its end; what was done stays, and it goes on from there when run again."""

    def __init__(self, why: str, *, done: int) -> None:
        self.done = done
        super().__init__(why)
