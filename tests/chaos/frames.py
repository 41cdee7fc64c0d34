"""Just enough of AMQP 0-9-1 to slip a frame of ours between a client's own (frames: specification, 4.2.3)."""

import struct
from dataclasses import dataclass

HEADER_SIZE = 8
METHOD = 1
END = 0xCE
CONSUME, ACK, PUBLISH = (60, 20), (60, 80), (60, 40)
PUBLISH_HEAD = struct.pack(">HH", *PUBLISH)


@dataclass(slots=True)
class Frames:
    """Follows what a client sends on one connection. `channel` is the last it consumes on."""

    rest: bytes = b""
    greeted: bool = False
    channel: int | None = None

    @property
    def between(self) -> bool:
        """Whether everything seen so far is whole frames."""
        return self.greeted and not self.rest

    def feed(self, chunk: bytes) -> None:
        """See what was sent next."""
        data = self.rest + chunk
        if not self.greeted and len(data) >= HEADER_SIZE:
            self.greeted, data = True, data[HEADER_SIZE:]
        while self.greeted and len(data) >= 7:
            kind, channel, size = struct.unpack_from(">BHI", data)
            if len(data) < size + 8:
                break
            if kind == METHOD and struct.unpack_from(">HH", data, 7) == CONSUME:
                self.channel = channel
            data = data[size + 8 :]
        self.rest = data


def bad_ack(channel: int) -> bytes:
    """An acknowledgement of something that was never delivered: the broker closes the channel for it."""
    method = struct.pack(">HHQB", *ACK, 2**40, 0)
    return struct.pack(">BHI", METHOD, channel, len(method)) + method + bytes([END])
