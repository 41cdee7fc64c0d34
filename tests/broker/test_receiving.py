"""Frames are read as the client reads them, however they arrive."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

import aiormq.connection
import pytest
from aiormq.exceptions import AMQPConnectionError, InvalidFrameError, ProtocolSyntaxError
from hypothesis import given
from hypothesis import strategies as st
from pamqp.body import ContentBody
from pamqp.commands import Basic, Channel, Connection
from pamqp.frame import marshal, unmarshal
from pamqp.header import ContentHeader
from pamqp.heartbeat import Heartbeat

from worker.broker import connected
from worker.receiving import Receiver

names = st.text(st.characters(codec="ascii", categories=("L", "N")), max_size=100)
frames = st.one_of(
    st.builds(Basic.Deliver, names, st.integers(1, 2**63 - 1), st.booleans(), names, names),
    st.builds(
        lambda size, id_, headers: ContentHeader(
            0,
            size,
            Basic.Properties(message_id=id_, headers=headers, timestamp=datetime(2026, 1, 1, tzinfo=UTC)),
        ),
        st.integers(0, 2**40),
        names,
        st.dictionaries(names.filter(bool), names, max_size=3),
    ),
    st.builds(ContentBody, st.binary(min_size=1, max_size=2000)),
    st.builds(Basic.Ack, st.integers(0, 2**63 - 1), st.booleans()),
    st.builds(Channel.CloseOk),
    st.builds(Connection.Blocked, names),
    st.builds(Heartbeat),
)


def fields(frame: object) -> object:
    """What a frame says, in a form that can be compared."""
    if isinstance(frame, ContentHeader):
        return frame.body_size, fields(frame.properties)
    if isinstance(frame, ContentBody):
        return frame.value
    slots: Sequence[str] = getattr(type(frame), "__slots__", ())
    return type(frame), [(slot, getattr(frame, slot)) for slot in slots]


def receiving(*pieces: bytes) -> Receiver:
    """A receiver to whom this was sent before the broker hung up."""
    reader = asyncio.StreamReader()
    for piece in pieces:
        reader.feed_data(piece)
    reader.feed_eof()
    return Receiver(reader)


@given(st.lists(st.tuples(st.integers(0, 2**16 - 1), frames), max_size=20), st.integers(0, 2**32))
async def test_frames_come_out_as_the_client_would_read_them(
    sent: list[tuple[int, Basic.Deliver]], seed: int
) -> None:
    marshalled = [marshal(frame, 0 if isinstance(frame, Heartbeat) else number) for number, frame in sent]
    wire = b"".join(marshalled)
    reader, cut = asyncio.StreamReader(), Random(seed)
    receiver = Receiver(reader)

    async def arrive() -> None:
        rest = wire
        while rest:
            size = cut.randint(1, min(len(rest), 1000))
            reader.feed_data(rest[:size])
            rest = rest[size:]
            await asyncio.sleep(0)
        reader.feed_eof()

    arriving = asyncio.ensure_future(arrive())
    came = [await receiver.get_frame() for _ in sent]
    with pytest.raises(AMQPConnectionError, match=r"hung up$"):
        await receiver.get_frame()
    await arriving

    expected = [unmarshal(each) for each in marshalled]
    assert [(length, number, fields(frame)) for length, number, frame in came] == [
        (length, number, fields(frame)) for length, number, frame in expected
    ]


async def test_a_broker_that_hangs_up_within_a_frame_is_lost() -> None:
    receiver = receiving(marshal(Basic.Ack(1), 1), marshal(Basic.Ack(2), 1)[:-1])

    await receiver.get_frame()
    with pytest.raises(AMQPConnectionError, match="within a frame"):
        await receiver.get_frame()


async def test_a_connection_that_breaks_is_lost() -> None:
    reader = asyncio.StreamReader()
    reader.set_exception(ConnectionResetError("reset"))

    with pytest.raises(AMQPConnectionError, match="reset"):
        await Receiver(reader).get_frame()


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"AMQP\0\0\x09\x01", ProtocolSyntaxError),
        (marshal(Basic.Ack(1), 1)[:-1] + b"\0", InvalidFrameError),
        (b"\x01\0\0\0\0\0\x04\xff\xff\xff\xff\xce", InvalidFrameError),
        (b"\x07\0\0\0\0\0\x04\0\0\0\0\xce", InvalidFrameError),
    ],
)
async def test_what_is_not_amqp_is_refused(sent: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        await receiving(sent).get_frame()


async def test_connections_read_this_way(amqp_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Receiver] = []

    class Noted(Receiver):
        def __init__(self, reader: asyncio.StreamReader) -> None:
            super().__init__(reader)
            made.append(self)

    assert aiormq.connection.FrameReceiver is Receiver
    monkeypatch.setattr(aiormq.connection, "FrameReceiver", Noted)
    async with connected(amqp_url, "test"):
        assert len(made) == 1
