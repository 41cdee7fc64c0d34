"""One private node of RabbitMQ: all its files in one folder, own epmd, own cookie, loopback only."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from worker.servers.hold import Hold
from worker.servers.place import search_path
from worker.servers.probe import LOOPBACK, amqp_answers, free_ports, tcp_answers, wait_for

START_SECONDS = 90.0
EPMD_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Binaries:
    """Programs in a folder. `enter` are the words before a command that lead to where that folder is."""

    folder: Path
    where: str
    enter: tuple[str, ...] = ()

    def command(self, program: str, *words: str) -> tuple[str, ...]:
        return (*self.enter, f"{self.folder}/{program}", *words)

    def epmd(self) -> str | None:
        return "epmd" if self.enter else shutil.which("epmd", path=search_path())


@dataclass(frozen=True, slots=True)
class Node:
    """One node: `folder` holds all its files, `env` all it is told beside its configuration."""

    binaries: Binaries
    folder: Path
    env: Mapping[str, str]
    port: int

    @property
    def name(self) -> str:
        """What Erlang calls it."""
        return self.env["RABBITMQ_NODENAME"]

    def start(self, hold: Hold, process: str) -> None:
        """`process` is new to the hold."""
        hold.start(process, self.binaries.command("rabbitmq-server"), env=self.env, cwd=self.folder)

    def wait(self, hold: Hold, process: str) -> None:
        """Until it answers. Raises, with the end of its log, if it ends first or takes too long."""
        wait_for(partial(amqp_answers, LOOPBACK, self.port), hold, process, START_SECONDS)

    def ctl(self, hold: Hold, *words: str) -> str:
        """What rabbitmqctl answers."""
        return hold.run(
            "rabbitmqctl", self.binaries.command("rabbitmqctl", *words), env=self.env, cwd=self.folder
        )


def start_epmd(binaries: Binaries, hold: Hold) -> int:
    """Its port. A process of the keeper's own; else a node starts it as a daemon that outlives everyone."""
    (port,) = free_ports(1)
    if epmd := binaries.epmd():
        argv = (*binaries.enter, epmd, "-port", str(port), "-address", LOOPBACK)
        hold.start("epmd", argv, env={"PATH": search_path()}, cwd=hold.folder)
        wait_for(partial(tcp_answers, LOOPBACK, port), hold, "epmd", EPMD_SECONDS)
    return port


def lay_out(
    binaries: Binaries, folder: Path, epmd: int, configuration: str, plugins: Sequence[str] = ()
) -> Node:
    """Make the folder of a node that has not been started."""
    for each in (folder, folder / "home", folder / "etc"):
        each.mkdir(mode=0o755)
    written = folder / "etc" / "rabbitmq.conf"
    written.touch(mode=0o600)
    written.write_text(configuration)
    (folder / "etc" / "enabled_plugins").write_text(f"[{','.join(plugins)}].\n")
    amqp, distribution = free_ports(2)
    return Node(binaries, folder, _environment(folder, amqp, distribution, epmd), amqp)


def _environment(ours: Path, amqp: int, distribution: int, epmd: int) -> dict[str, str]:
    """Nothing of the caller's but PATH: a RABBITMQ_* or ERL_* of theirs would lead us to their node."""
    etc = ours / "etc"
    return {
        "PATH": search_path(),
        "LANG": "C.UTF-8",
        "HOME": f"{ours}/home",  # the cookie is made here
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(epmd),
        "RABBITMQ_NODENAME": f"{ours.name}-{ours.parent.name}@localhost",  # no host name to resolve
        "RABBITMQ_BASE": str(ours),
        "RABBITMQ_MNESIA_BASE": f"{ours}/mnesia",
        "RABBITMQ_LOG_BASE": f"{ours}/log",
        "RABBITMQ_PID_FILE": f"{ours}/pid",
        "RABBITMQ_CONF_ENV_FILE": f"{etc}/none.conf",
        "RABBITMQ_CONFIG_FILE": f"{etc}/rabbitmq",
        "RABBITMQ_CONFIG_FILES": f"{etc}/conf.d",
        "RABBITMQ_ADVANCED_CONFIG_FILE": f"{etc}/advanced",
        "RABBITMQ_ENABLED_PLUGINS_FILE": f"{etc}/enabled_plugins",
        "RABBITMQ_GENERATED_CONFIG_DIR": f"{ours}/generated",
        "RABBITMQ_SCHEMA_DIR": f"{ours}/schema",
        "RABBITMQ_FEATURE_FLAGS_FILE": f"{ours}/feature_flags",
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_NODE_PORT": str(amqp),
        "RABBITMQ_DIST_PORT": str(distribution),
        # without it the distribution port listens on every interface
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
    }
