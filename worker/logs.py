"""Logs: one structured line for each thing that happened, on stderr; text for people, JSON for machines."""

import logging
import sys
from collections.abc import Iterable, Mapping
from functools import reduce
from traceback import format_tb
from typing import Any, Literal

import structlog
from pydantic_core import to_json
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from worker.errors import sentence

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(level: str, form: Literal["auto", "json", "text"]) -> None:
    """Set up logging for this process; libraries' own lines come out alike, from warning up."""
    text = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_traceback),
    ]
    last: list[Processor] = (
        [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
        if text
        else [_as_json]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=logging.ERROR, handlers=[handler], force=True)


def told(event: str, lines: Iterable[Mapping[str, Any]]) -> None:
    """A line for each, as the logger's `info(event, **line)` would write it; the time is one for all of them.

    One at a time they cost more than deciding what they tell of.
    """
    logger = structlog.get_logger()
    if not logger.is_enabled_for(LEVELS["info"]):
        return
    config = structlog.get_config()
    *shared, render = config["processors"]
    said = reduce(lambda line, process: process(logger, "info", line), shared, {"event": event})
    texts = [render(logger, "info", {**line, **said}) for line in lines]
    config["logger_factory"]().msg("\n".join(texts))


def _traceback(exc_info: ExcInfo) -> str:
    """Where an error came from and what it says, the first cause first.

    No variables, as structlog would show: among them are passwords and what customers said.
    """
    errors: list[BaseException] = []
    left: list[BaseException | None] = [exc_info[1]]
    while left:
        if (error := left.pop()) and error not in errors:
            errors.insert(0, error)
            left += error.exceptions if isinstance(error, BaseExceptionGroup) else ()
            left.append(error.__cause__ or (None if error.__suppress_context__ else error.__context__))
    return "\n".join(
        f"{''.join(format_tb(each.__traceback__))}{type(each).__name__}: {sentence(each)}" for each in errors
    )


def _as_json(_: WrappedLogger, __: str, line: EventDict) -> str:
    # A line is written for each handover: the standard library's encoder takes four times as long.
    return to_json(line, fallback=repr).decode()
