"""The fate of an exception: the one place that knows what the database client raises."""

import asyncpg
from asyncpg.exceptions import OutdatedSchemaCacheError, TargetServerAttributeNotMatched

from worker.core.settlement import Fate, fate_of
from worker.errors import CannotStart, SessionRaced


def fate_of_error(error: BaseException) -> Fate:
    """What an error of the transaction means for the batch; anything unknown is UNEXPECTED."""
    match error:
        case SessionRaced() | asyncpg.InvalidCachedStatementError() | OutdatedSchemaCacheError():
            return Fate.RETRY
        case asyncpg.PostgresError(sqlstate=str(sqlstate)):
            return fate_of(sqlstate)
        case TargetServerAttributeNotMatched() | asyncpg.InterfaceError() | OSError() | TimeoutError():
            return Fate.DOWN
        case asyncpg.InternalClientError():
            # The server has said its last word on the connection, and the client has not yet seen it hang up.
            return Fate.DOWN
        case CannotStart():
            return Fate.DOWN
        case _:
            return Fate.UNEXPECTED
