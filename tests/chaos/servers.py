"""The private servers that get broken: nobody else's, and gone when we are."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import asyncpg

from chaos import postgres, rabbitmq
from chaos.again import Again
from chaos.cluster import clustered
from chaos.clustered import ClusteredRabbit
from chaos.postgres import Postgres
from chaos.rabbitmq import Rabbit
from worker.servers.place import base_folder, unprivileged

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Servers:
    """One PostgreSQL, one RabbitMQ or a cluster of them. Whatever blocks is done in `thread`, one thing at a time."""

    postgres: Postgres
    rabbit: Rabbit | ClusteredRabbit
    thread: ThreadPoolExecutor

    async def do(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Start, stop, or tell a server something, while the loop goes on."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, lambda: work(*args, **kwargs))

    async def add_database(self) -> str:
        """A new database; its name."""
        name = f"chaos_{secrets.token_hex(4)}"
        connection = await asyncpg.connect(self.postgres.url_of_primary("postgres"))
        try:
            await connection.execute(f'create database "{name}"')
        finally:
            await connection.close()
        return name

    async def add_vhost(self) -> str:
        """A new virtual host; its URL."""
        return await self.do(self.rabbit.add_vhost, f"chaos_{secrets.token_hex(4)}")


@contextmanager
def private_servers(
    *, generation: int | None = None, cluster: bool = False, say: Callable[[str], None] = print
) -> Iterator[Servers]:
    """`generation` of RabbitMQ, None is any. Raises ServersUnavailable, or Skipped where there is nothing to start."""
    more = {postgres.NAME: postgres.WORDS}
    with ExitStack() as stack:
        hold = stack.enter_context(Again(base_folder(unprivileged()), more))
        rabbit: Rabbit | ClusteredRabbit
        if cluster:
            rabbit = ClusteredRabbit(stack.enter_context(clustered(rabbitmq=generation, say=say)))
        else:
            rabbit = rabbitmq.start(hold, generation, say)
        thread = stack.enter_context(ThreadPoolExecutor(1))
        yield Servers(postgres.start(hold), rabbit, thread)
