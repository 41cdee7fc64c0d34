"""Deliveries, put together from their frames as these arrive.

The client starts a task for each delivery. Ours only puts it into a list, and the task would be half of its cost.
"""

import asyncio
from collections.abc import Callable

from aiormq.abc import FrameType
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

Received = tuple[int, FrameType]
"""How many bytes it was, and the frame."""

Receive = Callable[[Basic.Deliver, ContentHeader, bytes], None]


class Frames:
    """Stands in for a channel's queue of frames: takes the deliveries out and leaves the rest to the channel."""

    def __init__(self, rest: asyncio.Queue[Received], receive: Receive) -> None:
        self.get, self.task_done = rest.get, rest.task_done
        self._rest, self._receive = rest, receive
        self._delivery: Basic.Deliver | None = None
        self._header: ContentHeader | None = None
        self._body: list[bytes] = []
        self._missing = 0

    async def put(self, received: Received) -> None:
        """Called by the connection with each frame of the channel, in order."""
        frame = received[1]
        if self._delivery is None:
            if isinstance(frame, Basic.Deliver):
                self._delivery = frame
            else:
                await self._rest.put(received)
            return
        match frame:
            case ContentHeader():
                self._header, self._body, self._missing = frame, [], frame.body_size or 0
            case ContentBody():
                self._body.append(frame.value)
                self._missing -= len(frame.value)
            case _:
                raise TypeError(f"a delivery was interrupted by {frame!r}")
        if not self._missing and self._header:
            delivery, header, self._delivery, self._header = self._delivery, self._header, None, None
            self._receive(delivery, header, b"".join(self._body))
