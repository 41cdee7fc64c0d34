"""What an exception becomes: one line on stderr for each thing that is wrong, and an exit code."""

import os
import sys
import traceback
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class Code(IntEnum):
    """Exit codes, the same for every command."""

    DONE = 0
    FAILED = 1
    REFUSED = 2
    NOT_FOUND = 3
    PARTLY = 4
    UNREACHABLE = 5
    READER_GONE = 141


class CommandFailed(Exception):
    """A command ends without having done what it was asked."""

    code = Code.FAILED


class Refused(CommandFailed):
    """Used wrongly, or not without a word more."""

    code = Code.REFUSED


class NotFound(CommandFailed):
    """What was named is not there."""

    code = Code.NOT_FOUND


class PartlyDone(CommandFailed):
    """Some was done, some was not."""

    code = Code.PARTLY


class Unreachable(CommandFailed):
    """PostgreSQL or RabbitMQ does not answer."""

    code = Code.UNREACHABLE


class ReaderGone(CommandFailed):
    """Whoever read our stdout has enough; a shell would call it SIGPIPE."""

    code = Code.READER_GONE


def report(error: BaseException) -> Code:
    """Say what went wrong on stderr; the exit code to end with. HANDOVER_LOG_LEVEL=debug shows where it was."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    code, lines = _judge(error)
    if os.environ.get("HANDOVER_LOG_LEVEL") == "debug":
        traceback.print_exception(error)
    sys.stderr.writelines(f"handover: {line}\n" for line in lines)
    if code is Code.READER_GONE:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _judge(error: BaseException) -> tuple[Code, list[str]]:
    from pydantic import ValidationError

    from worker.adoption import NoInbox
    from worker.errors import CannotStart, sentence
    from worker.letters import NoLetters, NotOpen, StillRunning
    from worker.roster import NotOnRoster, Taken
    from worker.servers import ServersUnavailable
    from worker.sessions import NoSuchSession, NotAllowed

    match error:
        case ReaderGone():
            return error.code, []
        case CommandFailed():
            return error.code, [str(error)]
        case NotOnRoster() | NoSuchSession() | NoLetters() | NoInbox():
            return Code.NOT_FOUND, [str(error)]
        case Taken() | NotAllowed() | NotOpen() | StillRunning():
            return Code.REFUSED, [str(error)]
        case ValidationError(title="Settings"):
            return Code.REFUSED, _wrong_settings(error)
        case ServersUnavailable():
            return Code.UNREACHABLE, [str(error)]
        case ConnectionError() | TimeoutError():
            return Code.UNREACHABLE, [sentence(error)]
        case CannotStart() | OSError():
            return Code.FAILED, [sentence(error)]
        case _:
            return Code.FAILED, [f"{type(error).__name__}: {sentence(error)}"]


def _wrong_settings(error: "ValidationError") -> list[str]:
    """A line for each variable; never its value, which may be a password."""
    from worker.cli.variables import variable

    return [
        f"{variable(str(detail['loc'][0]))}: {_in_a_sentence(detail['msg'])}"
        for detail in error.errors(include_url=False, include_input=False)
    ]


def _in_a_sentence(text: str) -> str:
    """Its first letter small, unless it begins with an abbreviation."""
    return text if text[1:2].isupper() else f"{text[:1].lower()}{text[1:]}"
