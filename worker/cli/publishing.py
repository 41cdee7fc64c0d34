"""Publishing one handover or a file of them, and telling what became of each."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import to_json

from schemas import EventError
from worker.cli.failures import CommandFailed, PartlyDone
from worker.cli.lines import arriving, opened
from worker.cli.output import emit, say
from worker.cli.progress import progress
from worker.cli.publisher import NotTaken, publish, publish_all
from worker.cli.rabbitmq import to_broker
from worker.cli.request import Request, read_request
from worker.config import Settings
from worker.errors import sentence


async def publish_one(settings: Settings, request: Request, *, as_json: bool) -> None:
    """Publish, and print its id. Raises CommandFailed."""
    async with to_broker(settings) as channel:
        try:
            await publish(channel, settings.exchange, request)
        except NotTaken as error:
            raise CommandFailed(f"{request.id} was not taken: {error}") from error
    _print(request, as_json=as_json)


async def publish_file(settings: Settings, path: Path, *, as_json: bool) -> None:
    """Publish every line that can be, and print their ids. Raises CommandFailed, PartlyDone."""
    tally = Tally(as_json)
    with closing(opened(path)) as stream, progress(path) as advance:
        async with to_broker(settings) as channel:
            async for lines in arriving(stream):
                requests = list(tally.usable(lines))
                tally.settle(
                    requests, await publish_all(channel, settings.exchange, [r for _, r in requests])
                )
                advance(len(lines), sum(len(line) + 1 for line in lines))
    tally.conclude()


@dataclass
class Tally:
    """What became of the lines so far."""

    as_json: bool
    read: int = 0
    confirmed: int = 0
    failed: int = 0

    def usable(self, lines: Sequence[bytes]) -> Iterator[tuple[int, Request]]:
        """The numbered lines that are handovers; the others are reported, blank ones passed over."""
        for line in lines:
            self.read += 1
            if not line.strip():
                continue
            try:
                yield self.read, read_request(line)
            except EventError as error:
                self._fail(f"line {self.read}: {error}")

    def settle(self, requests: Sequence[tuple[int, Request]], errors: Sequence[Exception | None]) -> None:
        """Print what is confirmed, report what is not. Raises what the broker's absence raised."""
        for (number, request), error in zip(requests, errors, strict=True):
            if error is None:
                self.confirmed += 1
                _print(request, as_json=self.as_json)
            else:
                self._fail(f"line {number}: {request.id} is not confirmed: {sentence(error)}")
        if lost := next((e for e in errors if e and not isinstance(e, NotTaken)), None):
            say(
                f"handover: {self.confirmed} confirmed before the broker went; publishing the same ids again is safe"
            )
            raise lost

    def conclude(self) -> None:
        """Raises CommandFailed when all failed, PartlyDone when some did."""
        if self.failed:
            raise (PartlyDone if self.confirmed else CommandFailed)(
                f"{self.confirmed} handovers confirmed, {self.failed} failed"
            )

    def _fail(self, why: str) -> None:
        self.failed += 1
        say(f"handover: {why}")


def _print(request: Request, *, as_json: bool) -> None:
    emit(to_json({"id": request.id, "status": "confirmed"}).decode() if as_json else request.id)
