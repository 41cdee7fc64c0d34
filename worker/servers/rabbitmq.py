"""RabbitMQ from binaries that are on this machine, as a private node: own epmd, own cookie, loopback only."""

import os
import secrets
import shutil
from functools import partial
from pathlib import Path

from worker.servers.hold import Hold
from worker.servers.place import Places, search_path
from worker.servers.probe import LOOPBACK, amqp_answers, free_ports, tcp_answers, wait_for
from worker.servers.refusal import Skipped
from worker.servers.started import Broker, CtlVhosts

USER = "handover"
START_SECONDS = 90.0
EPMD_SECONDS = 10.0


def find_binaries(places: Places) -> Path:
    folders = places.rabbitmq_folders()
    for folder in folders:
        if all(os.access(folder / program, os.X_OK) for program in ("rabbitmq-server", "rabbitmqctl")):
            return folder
    raise Skipped(f"no rabbitmq-server in {', '.join(map(str, folders)) or 'any usual folder or PATH'}")


def start(binaries: Path, hold: Hold) -> Broker:
    amqp, distribution, epmd = free_ports(3)
    password = secrets.token_urlsafe(24)
    ours = hold.folder / "rabbitmq"
    _lay_out(ours, password)
    env = _environment(ours, amqp, distribution, epmd)
    _start_epmd(hold, ours, env, epmd)
    hold.start("rabbitmq", [binaries / "rabbitmq-server"], env=env, cwd=ours)
    return Broker(
        f"amqp://{USER}:{password}@{LOOPBACK}:{amqp}/",
        f"a private node of {binaries}",
        partial(wait_for, partial(amqp_answers, LOOPBACK, amqp), hold, "rabbitmq", START_SECONDS),
        CtlVhosts(partial(_ctl, hold, binaries, ours, env), USER),
    )


def _lay_out(ours: Path, password: str) -> None:
    for folder in (ours, ours / "home", ours / "etc"):
        folder.mkdir(mode=0o755)
    configuration = ours / "etc" / "rabbitmq.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(
        f"default_user = {USER}\ndefault_pass = {password}\n"
        "log.console = true\nlog.console.level = warning\nlog.file = false\n"
    )
    (ours / "etc" / "enabled_plugins").write_text("[].\n")


def _environment(ours: Path, amqp: int, distribution: int, epmd: int) -> dict[str, str]:
    """Nothing of the caller's but PATH: a RABBITMQ_* or ERL_* of theirs would lead us to their node."""
    etc = ours / "etc"
    return {
        "PATH": search_path(),
        "LANG": "C.UTF-8",
        "HOME": f"{ours}/home",  # the cookie is made here
        "ERL_EPMD_ADDRESS": LOOPBACK,
        "ERL_EPMD_PORT": str(epmd),
        "RABBITMQ_NODENAME": f"handover-{ours.parent.name}@localhost",  # no host name to resolve
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


def _start_epmd(hold: Hold, ours: Path, env: dict[str, str], port: int) -> None:
    """As a process of the keeper's own; else the node starts it as a daemon that outlives everyone."""
    if epmd := shutil.which("epmd", path=search_path()):
        hold.start("epmd", [epmd, "-port", str(port), "-address", LOOPBACK], env=env, cwd=ours)
        wait_for(partial(tcp_answers, LOOPBACK, port), hold, "epmd", EPMD_SECONDS)


def _ctl(hold: Hold, binaries: Path, ours: Path, env: dict[str, str], *words: str) -> None:
    hold.run("rabbitmqctl", [binaries / "rabbitmqctl", *words], env=env, cwd=ours)
