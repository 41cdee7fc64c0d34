"""The ways to each service, in order; the first that is open is taken."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from os import environ
from typing import TYPE_CHECKING, TypeVar

from worker.servers import debian, postgres, rabbitmq
from worker.servers.given import MANAGEMENT_URL, ManagementVhosts
from worker.servers.hold import Hold
from worker.servers.package import have_installed
from worker.servers.place import Places, base_folder, unprivileged
from worker.servers.refusal import Skipped, ways_out
from worker.servers.started import Broker, Started

if TYPE_CHECKING:
    from worker.servers.container import Containers

S = TypeVar("S", bound=Started)


@dataclass(frozen=True)
class Search:
    """What is started is registered with `stack`; private servers of both services share one keeper.

    `generation` is the first number of the RabbitMQ that is wanted; None is any. `plugins` it is started with."""

    places: Places
    durable: bool
    generation: int | None
    plugins: tuple[str, ...]
    say: Callable[[str], None]
    stack: ExitStack

    def postgres(self, url: str | None) -> Started:
        if url:
            return Started(url, "PostgreSQL: as given", _at_once)
        ways = (self._postgres_container, self._postgres_private, self._postgres_installed)
        install = "apt-get install postgresql, brew install postgresql"
        return _first("PostgreSQL", "DATABASE_URL", install, ways)

    def rabbitmq(self, url: str | None) -> Broker:
        if url:
            return Broker(
                url, "RabbitMQ: as given", _at_once, ManagementVhosts(environ.get(MANAGEMENT_URL), url)
            )
        last = self._rabbitmq_of_other_debian if self.generation else self._rabbitmq_installed
        ways = (self._rabbitmq_container, self._rabbitmq_private, last)
        install = "apt-get install rabbitmq-server, brew install rabbitmq"
        return _first("RabbitMQ", "AMQP_URL", install, ways)

    def _postgres_container(self) -> Started:
        return self._containers().postgres(durable=self.durable)

    def _postgres_private(self) -> Started:
        binaries = postgres.find_binaries(self.places)
        return postgres.start(binaries, self._hold, durable=self.durable)

    def _postgres_installed(self) -> Started:
        have_installed(self.places.apt_get, "postgresql", self.say)
        return self._postgres_private()

    def _rabbitmq_container(self) -> Broker:
        return self._containers().rabbitmq(self.generation, self.plugins)

    def _rabbitmq_private(self) -> Broker:
        binaries = rabbitmq.find_binaries(self.places, self.generation)
        return rabbitmq.start(binaries, self._hold, self.plugins)

    def _rabbitmq_installed(self) -> Broker:
        have_installed(self.places.apt_get, "rabbitmq-server", self.say)
        return self._rabbitmq_private()

    def _rabbitmq_of_other_debian(self) -> Broker:
        assert self.generation  # noqa: S101 - else the package is installed
        binaries = debian.have_rabbitmq(self.generation, self.places, self._hold, self.say)
        return rabbitmq.start(binaries, self._hold, self.plugins)

    @cached_property
    def _hold(self) -> Hold:
        return self.stack.enter_context(Hold(self.places.base or base_folder(unprivileged())))

    def _containers(self) -> "Containers":
        if not self.places.docker:
            raise Skipped("Docker was not to be used")
        try:
            from worker.servers import container  # noqa: PLC0415 - wants testcontainers, a tool of development
        except ImportError as error:
            raise Skipped(f"testcontainers is not installed (no {error.name})") from error
        container.refuse_without_daemon()
        return container.Containers(self.stack, self.say)


def _first(service: str, url_name: str, install: str, ways: Sequence[Callable[[], S]]) -> S:
    skipped = [f"no {url_name} was given"]
    for way in ways:
        try:
            started = way()
        except Skipped as reason:
            skipped.append(str(reason))
        else:
            return replace(started, how=f"{service}: {started.how} ({'; '.join(skipped)})")
    raise ways_out(service, skipped, url_name, install)


def _at_once() -> None:
    """A server that was given is not ours to wait for."""
