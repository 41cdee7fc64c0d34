"""RabbitMQ from binaries that are on this machine, or wherever they were brought to, as a private node."""

import os
import re
import secrets
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from worker.servers.hold import Hold
from worker.servers.node import Binaries, lay_out, start_epmd
from worker.servers.place import Places
from worker.servers.probe import LOOPBACK
from worker.servers.refusal import Skipped
from worker.servers.started import Broker, CtlVhosts

USER = "handover"


def find_binaries(places: Places, generation: int | None = None) -> Binaries:
    """`generation` is the first number of the version, where it matters."""
    folders = places.rabbitmq_folders()
    for folder in folders:
        if _has_programs(folder) and (generation is None or generation in _generations(folder)):
            return Binaries(folder, str(folder))
    wanted = f"RabbitMQ {generation}" if generation else "rabbitmq-server"
    raise Skipped(f"no {wanted} in {', '.join(map(str, folders)) or 'any usual folder or PATH'}")


def _has_programs(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in ("rabbitmq-server", "rabbitmqctl"))


def _generations(folder: Path) -> set[int]:
    """By the names of its files: `rabbitmqctl version` would start an epmd that stays."""
    plugins = (folder / "rabbitmq-server").resolve().parent.parent / "plugins"
    return {
        int(name[1]) for path in plugins.glob("rabbit-*") if (name := re.match(r"rabbit-(\d+)", path.name))
    }


def start(binaries: Binaries, hold: Hold, plugins: Sequence[str] = ()) -> Broker:
    folder, password = hold.folder / "rabbitmq", secrets.token_urlsafe(24)
    node = lay_out(binaries, folder, start_epmd(binaries, hold), configuration(password), plugins)
    node.start(hold, "rabbitmq")
    return Broker(
        f"amqp://{USER}:{password}@{LOOPBACK}:{node.port}/",
        f"a private node of {binaries.where}",
        partial(node.wait, hold, "rabbitmq"),
        CtlVhosts(partial(node.ctl, hold), USER),
    )


def configuration(password: str) -> str:
    return (
        f"default_user = {USER}\ndefault_pass = {password}\n"
        "log.console = true\nlog.console.level = warning\nlog.file = false\n"
    )
