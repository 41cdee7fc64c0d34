"""Frames in: AMQP 0-9-1 section 2.3.5, read a chunk at a time.

The client waits three times for each frame, and reads a delivery by its fields' types: a third of what a handover costs
in this process. What is rare stays its own.

And it gives up the connection over a property it cannot read, so that one message would stop the worker: a time beyond
the year 9999, text that is not UTF-8, tables within tables. Here such a property was not given, and such text has
replacement characters.

And it takes a broker that hangs up between two frames for one that has said all: whoever waits for an answer gets a
bare Exception. Here the connection is lost.
"""

import struct

from aiormq.connection import FrameReceiver, ReceivedFrame
from aiormq.exceptions import AMQPConnectionError, InvalidFrameError, ProtocolSyntaxError
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.common import FieldValue
from pamqp.decode import by_type
from pamqp.exceptions import PAMQPException
from pamqp.frame import unmarshal
from pamqp.header import ContentHeader

CHUNK = 128 * 1024

_METHOD, _HEADER, _BODY, _END = 1, 2, 3, 0xCE
_FRAME = struct.Struct(">BHI")
_DELIVER = struct.pack(">HH", 60, 60)
_TAG = struct.Struct(">QB")
_CONTENT = struct.Struct(">HHQH")
_MORE_FLAGS = 1
_LONG = struct.Struct(">I")
LENGTHS = {"octet": 1, "timestamp": 8}
UNREADABLE = (ValueError, OverflowError, OSError, RecursionError, struct.error)
"""What the client's decoder raises."""

_PROPERTIES = [
    (name, Basic.Properties.flags[name], getattr(Basic.Properties, f"_{name}"))
    for name in Basic.Properties.__slots__
]


class Receiver(FrameReceiver):
    """Takes the place of the client's own."""

    _chunk, _at = b"", 0

    async def get_frame(self) -> ReceivedFrame:
        """The length of the next frame, its channel, and what it says.

        Raises AMQPConnectionError when the broker hung up or is away, and InvalidFrameError, or ProtocolSyntaxError,
        when it does not speak AMQP.
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
        if kind == _HEADER and not chunk[payload + _CONTENT.size - 1] & _MORE_FLAGS:
            return end - start, channel, _header(chunk, payload, end - 1)
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
            raise AMQPConnectionError("the broker hung up")
        self._chunk, self._at = rest + more, 0


def _deliver(chunk: bytes, at: int) -> Basic.Deliver:
    deliver = Basic.Deliver.__new__(Basic.Deliver)  # without its checks of what the broker says
    deliver.consumer_tag, at = _short(chunk, at)
    deliver.delivery_tag, redelivered = _TAG.unpack_from(chunk, at)
    deliver.redelivered = bool(redelivered)
    deliver.exchange, at = _short(chunk, at + _TAG.size)
    deliver.routing_key, _ = _short(chunk, at)
    return deliver


def _header(chunk: bytes, at: int, end: int) -> ContentHeader:
    header = ContentHeader()
    header.class_id, header.weight, header.body_size, flags = _CONTENT.unpack_from(chunk, at)
    at += _CONTENT.size
    for name, flag, kind in _PROPERTIES:
        if flags & flag:
            value, at = _short(chunk, at) if kind == "shortstr" else _other(chunk, at, end, kind)
            setattr(header.properties, name, value)
    return header


def _other(chunk: bytes, at: int, end: int, kind: str) -> tuple[FieldValue, int]:
    try:
        length, value = by_type(chunk[at:end], kind)
    except UNREADABLE:
        return None, at + (4 + _LONG.unpack_from(chunk, at)[0] if kind == "table" else LENGTHS[kind])
    return value, at + length


def _short(chunk: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + chunk[at]
    return chunk[at + 1 : end].decode(errors="replace"), end
