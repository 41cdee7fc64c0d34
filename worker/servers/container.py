"""PostgreSQL and RabbitMQ in containers, by testcontainers, whose reaper ends them should we be killed.

testcontainers is a tool of development: whoever imports this module reckons with ImportError.
"""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from os import environ
from typing import Any

import docker
from docker.errors import DockerException
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from worker.servers.postgres import FORGETFUL, MAX_CONNECTIONS
from worker.servers.probe import LOOPBACK, unix_answers
from worker.servers.refusal import ServersUnavailable, Skipped
from worker.servers.started import Broker, CtlVhosts, Started

POSTGRES_IMAGE = "postgres:18"
RABBITMQ_IMAGE = "rabbitmq:4.3-management"
UNIX_SOCKET = "unix:///var/run/docker.sock"
USER = "handover"
START_SECONDS = 120
PING_SECONDS = 2


def refuse_without_daemon() -> None:
    scheme, _, path = environ.get("DOCKER_HOST", UNIX_SOCKET).partition("://")
    if scheme == "unix" and not unix_answers(path):  # docker would not close the socket it tried
        raise Skipped("no Docker daemon answers")
    try:
        with closing(docker.from_env(timeout=PING_SECONDS)) as client:
            client.ping()
    except (DockerException, OSError) as error:
        raise Skipped("no Docker daemon answers") from error


@dataclass(frozen=True, slots=True)
class Containers:
    """What is started is removed with the stack."""

    stack: ExitStack
    say: Callable[[str], None]

    def postgres(self, *, durable: bool) -> Started:
        password = secrets.token_urlsafe(24)
        env = {"POSTGRES_USER": USER, "POSTGRES_PASSWORD": password, "POSTGRES_DB": "postgres"}
        settings = ("-c", f"max_connections={MAX_CONNECTIONS}", *(() if durable else FORGETFUL))
        container = self._start(POSTGRES_IMAGE, 5432, env, ("postgres", *settings))
        # it is said once while the image sets itself up, and once for good
        ready = r"database system is ready to accept connections[\s\S]*ready to accept connections"
        return Started(
            f"postgresql://{USER}:{password}@{_address(container, 5432)}/postgres",
            f"a container of {POSTGRES_IMAGE}",
            partial(_wait, container, ready),
        )

    def rabbitmq(self, generation: int | None, plugins: Sequence[str]) -> Broker:
        image = f"rabbitmq:{generation}-management" if generation else RABBITMQ_IMAGE
        password = secrets.token_urlsafe(24)
        env = {"RABBITMQ_DEFAULT_USER": USER, "RABBITMQ_DEFAULT_PASS": password}
        container = self._start(image, 5672, env)
        return Broker(
            f"amqp://{USER}:{password}@{_address(container, 5672)}/",
            f"a container of {image}",
            partial(_wait_with, container, plugins),
            CtlVhosts(partial(_run, container, "rabbitmqctl"), USER),
        )

    def _start(
        self, image: str, port: int, env: Mapping[str, str], command: Sequence[str] = ()
    ) -> DockerContainer:
        """An image that cannot be had is a reason to try the next way."""
        self.say(f"starting a container of {image}; the first time it is pulled")
        try:
            container = _on_loopback(DockerContainer(image, env=dict(env)), port)
            if command:
                container.with_command(list(command))
            self.stack.callback(container.stop)
            return container.start()
        except (DockerException, OSError, RuntimeError) as error:
            raise Skipped(f"Docker could not start {image} ({error})") from error


def _on_loopback(container: DockerContainer, port: int) -> DockerContainer:
    """`with_exposed_ports` would bind every interface. None lets Docker choose the port."""
    ports: dict[str, Any] = container.ports
    ports[f"{port}/tcp"] = (LOOPBACK, None)
    return container


def _address(container: DockerContainer, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"


def _wait(container: DockerContainer, line: str) -> None:
    strategy = LogMessageWaitStrategy(re.compile(line)).with_startup_timeout(START_SECONDS)
    try:
        strategy.wait_until_ready(container)
    except (TimeoutError, RuntimeError) as error:
        raise ServersUnavailable(f"the container of {container.image} did not get ready: {error}") from error


def _wait_with(container: DockerContainer, plugins: Sequence[str]) -> None:
    _wait(container, "Server startup complete")
    if plugins:
        _run(container, "rabbitmq-plugins", "enable", *plugins)


def _run(container: DockerContainer, *words: str) -> None:
    result = container.exec(list(words))
    if result.exit_code != 0:
        said = result.output.decode(errors="replace")
        raise ServersUnavailable(f"{' '.join(words[:2])} failed in the container: {said}")
