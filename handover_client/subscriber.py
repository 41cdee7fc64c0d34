"""For services that are told: session events applied in the order of their versions, whatever dies meanwhile."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aiormq.channel import Channel
from pamqp.common import Arguments, FieldTable

from handover_client.connection import LOST, close, connect, losing_is_no_cancelling, pause
from handover_client.versions import Versions
from schemas import EventError, SessionEvent, UnknownType, decode_session_event

log = logging.getLogger(__name__)

DELIVERY_LIMIT = 20
"""Deaths of a process over one event before the broker puts the event aside."""

MOST_PAUSE_SECONDS = 30

Apply = Callable[[SessionEvent], Awaitable[None]]
Arriving = asyncio.Queue[AbstractIncomingMessage | None]


class Subscriber:
    """Applies events of a durable queue of its own, one after the other; more processes of it stand by.

    `keys` are what the queue is bound to, such as `session.*.acme.*`. What cannot be read, and what has failed
    `attempts` times, goes to the queue `<queue>.dead-letters`, and the next event is applied. `away` are the errors of
    what `apply` depends on while that is away, which are nobody's fault: a database's driver has some of its own.
    """

    def __init__(
        self,
        url: str,
        queue: str,
        *,
        versions: Versions,
        keys: Sequence[str] = ("session.#",),
        exchange: str = "sessions",
        attempts: int = 8,
        prefetch: int = 100,
        away: tuple[type[Exception], ...] = (OSError,),
    ) -> None:
        self._url, self._queue, self._keys, self._exchange = url, queue, keys, exchange
        self._versions, self._attempts, self._prefetch, self._away = versions, attempts, prefetch, away

    async def run(self, apply: Apply) -> None:
        """Apply events until cancelled; while the broker is away, wait.

        `apply` may see an event again when the process dies before its version is kept. It fails by raising: one
        of `away` is tried again without end, anything else `attempts` times.
        """
        lives = 0
        while True:
            try:
                with losing_is_no_cancelling():
                    await self._one_life(apply)
            except LOST as error:
                log.warning("queue %s: the broker is away, or refuses: %s", self._queue, error)
            await pause(min(lives, 5), 5)
            lives += 1

    async def _one_life(self, apply: Apply) -> None:
        connection = await connect(self._url, f"handover-client {self._queue}")
        try:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=self._prefetch)
            queue = await self._declare(channel)
            await _end_with_its_consumer(channel)
            arriving = await _consume(channel, queue)
            while (message := await arriving.get()) is not None and not channel.is_closed:
                await self._settle(message, apply)
        finally:
            await close(connection)

    async def _declare(self, channel: AbstractChannel) -> AbstractQueue:
        quorum: FieldTable = {"x-queue-type": "quorum"}
        aside = f"{self._queue}.dead-letters"
        await channel.declare_queue(aside, durable=True, arguments=quorum)
        own: Arguments = {
            **quorum,
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-single-active-consumer": True,  # two at work would overtake each other within a session
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": aside,
        }
        queue = await channel.declare_queue(self._queue, durable=True, arguments=own)
        # As the worker declares it: whoever comes first misses nothing.
        await channel.declare_exchange(self._exchange, ExchangeType.TOPIC, durable=True)
        for key in self._keys:
            await queue.bind(self._exchange, key)
        return queue

    async def _settle(self, message: AbstractIncomingMessage, apply: Apply) -> None:
        try:
            event = decode_session_event(message.body)
        except UnknownType:
            await message.ack()  # a later worker tells of more than we know
        except EventError as error:
            log.warning("queue %s: event %s is put aside: %s", self._queue, message.message_id, error)
            await message.reject(requeue=False)
        else:
            if await self._applied(event, apply):
                await message.ack()
            else:
                await message.reject(requeue=False)

    async def _applied(self, event: SessionEvent, apply: Apply) -> bool:
        """Whether it is applied, now or before; False when it is given up."""
        tries = failures = 0
        while failures < self._attempts:
            try:
                if event.session_version > await self._versions.last(event.session_id):
                    await apply(event)
                    await self._versions.keep(event.session_id, event.session_version)
            except self._away as error:
                log.warning("queue %s: event %s waits: %s", self._queue, event.event_id, error)
            except Exception:
                failures += 1
                log.exception("queue %s: event %s failed", self._queue, event.event_id)
            else:
                return True
            await pause(tries, MOST_PAUSE_SECONDS)
            tries += 1
        return False


async def _consume(channel: AbstractChannel, queue: AbstractQueue) -> Arriving:
    """What the queue brings, and None once the channel has ended.

    Not `queue.iterator()`: it cancels its consumer and then gives back, the event under way last, so that whoever
    stands by would see later versions first. The channel's end gives everything back in order.
    """
    arriving: Arriving = asyncio.Queue()
    channel.close_callbacks.add(lambda *_: arriving.put_nowait(None))
    await queue.consume(arriving.put)
    return arriving


async def _end_with_its_consumer(channel: AbstractChannel) -> None:
    """A queue that is deleted ends its consumer, and nobody would tell: begin again, and declare it."""
    underlay = await channel.get_underlay_channel()
    if isinstance(underlay, Channel):
        closing: set[asyncio.Future[None]] = set()
        underlay.on_consumer_cancel_callbacks.add(
            lambda _: closing.add(asyncio.ensure_future(channel.close()))
        )
