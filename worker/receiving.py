"""Frames in: AMQP 0-9-1 section 2.3.5, read a chunk at a time.

The client waits three times for each frame, and reads a delivery by its fields' types: a third of what a handover costs
in this process. What is rare stays its own.
"""

import struct

from aiormq.connection import FrameReceiver, ReceivedFrame
from aiormq.exceptions import AMQPConnectionError, InvalidFrameError, ProtocolSyntaxError
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.exceptions import PAMQPException
from pamqp.frame import unmarshal

CHUNK = 128 * 1024

_METHOD, _BODY, _END = 1, 3, 0xCE
_FRAME = struct.Struct(">BHI")
_DELIVER = struct.pack(">HH", 60, 60)
_TAG = struct.Struct(">QB")


class Receiver(FrameReceiver):
    """Takes the place of the client's own."""

    _chunk, _at = b"", 0

    async def get_frame(self) -> ReceivedFrame:
        """The length of the next frame, its channel, and what it says.

        Raises StopAsyncIteration when the broker hung up between two frames, AMQPConnectionError when it did so within
        one, or is away, and InvalidFrameError, or ProtocolSyntaxError, when it does not speak AMQP.
        """
        while (end := self._end()) is None:
            await self._read()
        chunk, start = self._chunk, self._at
        if chunk[end - 1] != _END:
            raise InvalidFrameError("a frame without an end")
        self._at = end
        kind, channel, _ = _FRAME.unpack_from(chunk, start)
        payload = start + _FRAME.size
        if kind == _BODY:
            return end - start, channel, ContentBody(chunk[payload : end - 1])
        if kind == _METHOD and chunk.startswith(_DELIVER, payload):
            return end - start, channel, _deliver(chunk, payload + len(_DELIVER))
        try:
            return end - start, channel, unmarshal(chunk[start:end])[2]
        except PAMQPException as error:
            raise InvalidFrameError(str(error)) from error

    def _end(self) -> int | None:
        """Where the frame at hand ends, if all of it is here."""
        if len(self._chunk) < self._at + _FRAME.size:
            return None
        if self._chunk.startswith(b"AMQP", self._at):
            raise ProtocolSyntaxError("the broker speaks another version of AMQP")
        size: int = _FRAME.unpack_from(self._chunk, self._at)[2]
        end = self._at + _FRAME.size + size + 1
        return end if end <= len(self._chunk) else None

    async def _read(self) -> None:
        try:
            more = await self.reader.read(CHUNK)
        except OSError as error:
            raise AMQPConnectionError(f"reading from the broker failed: {error!r}") from error
        rest = self._chunk[self._at :]
        if not more:
            if rest:
                raise AMQPConnectionError(f"the broker hung up within a frame, after {len(rest)} bytes of it")
            raise StopAsyncIteration
        self._chunk, self._at = rest + more, 0


def _deliver(chunk: bytes, at: int) -> Basic.Deliver:
    deliver = Basic.Deliver.__new__(Basic.Deliver)  # without its checks of what the broker says
    deliver.consumer_tag, at = _short(chunk, at)
    deliver.delivery_tag, redelivered = _TAG.unpack_from(chunk, at)
    deliver.redelivered = bool(redelivered)
    deliver.exchange, at = _short(chunk, at + _TAG.size)
    deliver.routing_key, _ = _short(chunk, at)
    return deliver


def _short(chunk: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + chunk[at]
    return chunk[at + 1 : end].decode(), end
