"""What is told of batches to whoever traces: nothing, unless HANDOVER_TRACES asks for spans."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from worker.errors import CannotStart
from worker.framing import Outgoing

if TYPE_CHECKING:
    from worker.config import Settings
    from worker.subscription import Delivery


@dataclass(slots=True)
class Sending:
    """Messages as they are to be published; `refused` is why some were not, by position."""

    messages: Sequence[Outgoing]
    refused: Mapping[int, Exception] = field(default_factory=dict)


class Tracing(Protocol):
    """Asked once a batch, never once a message."""

    def processing(self, deliveries: Sequence["Delivery"]) -> AbstractContextManager[None]:
        """While a batch of handovers is seen through."""

    def sending(self, messages: Sequence[Outgoing]) -> AbstractContextManager[Sending]:
        """While session events are published."""


class Untraced:
    """Tells nobody anything: an event carries the trace its handover came with."""

    def __init__(self) -> None:
        self._nothing = nullcontext()

    def processing(self, deliveries: Sequence["Delivery"]) -> AbstractContextManager[None]:
        """Nothing."""
        del deliveries
        return self._nothing

    def sending(self, messages: Sequence[Outgoing]) -> AbstractContextManager[Sending]:
        """The messages as they are."""
        return nullcontext(Sending(messages))


@asynccontextmanager
async def tracing(settings: "Settings", name: str) -> AsyncIterator[Tracing]:
    """By the settings; `name` is what the broker knows this process by.

    Raises CannotStart when spans are asked for and what writes them is not installed.
    """
    if not settings.traces:
        yield Untraced()
        return
    try:
        # Fifteen megabytes, for those who want it.
        from worker.otlp import exported  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise CannotStart(
            f"HANDOVER_TRACES needs {error.name}, which is not installed: pip install 'handover-worker[otel]'"
        ) from error
    async with exported(settings, name) as spans:
        yield spans
