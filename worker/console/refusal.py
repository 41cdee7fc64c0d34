"""What an error becomes over HTTP: a status, and a sentence that says what to do."""

import asyncpg
from aiormq.exceptions import AMQPError, ChannelInvalidStateError
from pydantic import ValidationError

from schemas import EventError
from worker.broker import complaint
from worker.core.settlement import Fate
from worker.errors import CannotStart, sentence
from worker.fate import fate_of_error
from worker.letters import NoLetters, NotOpen, StillRunning
from worker.letters.editing import BadChange
from worker.letters.posting import BrokerLost
from worker.roster import NotOnRoster
from worker.sessions import NoSuchSession, NotAllowed


class Refusal(Exception):
    """Not done, and why not; `status` is HTTP's."""

    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.status = status


def refusal_of(error: Exception) -> Refusal | None:
    """The refusal an error amounts to; None where it is nothing we know."""
    match error:
        case Refusal():
            return error
        case NoSuchSession() | NotOnRoster() | NoLetters():
            return Refusal(404, str(error))
        case NotAllowed() | NotOpen() | StillRunning():
            return Refusal(409, str(error))
        case ValidationError():
            return Refusal(422, "; ".join(_wrong(error)))
        case EventError() | BadChange():
            return Refusal(422, str(error))
        case AMQPError() | ChannelInvalidStateError() | BrokerLost():
            return Refusal(503, f"RabbitMQ is not reachable: {complaint(error)}")
        case CannotStart():
            return Refusal(503, sentence(error))
        case asyncpg.QueryCanceledError() | asyncpg.LockNotAvailableError():
            return Refusal(503, f"PostgreSQL took too long: {sentence(error)}; ask for less, or try again")
        case _ if fate_of_error(error) is Fate.DOWN:
            return Refusal(503, f"PostgreSQL is not reachable: {sentence(error)}")
        case _:
            return None


def _wrong(error: ValidationError) -> list[str]:
    """A line for each thing that is wrong with what was asked."""
    return [
        f"{'.'.join(map(str, detail['loc'])) or 'it'}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
        for detail in error.errors(include_url=False, include_input=False)
    ]
