"""Owns what is asked for until it is killed: `family BASE`, or `servers DEBIAN RABBITMQ` in the working directory.

DEBIAN is where other releases of Debian are kept, RABBITMQ the generation that is wanted or 0."""

import os
import signal
import sys
from pathlib import Path

from worker.servers import Places, servers
from worker.servers.hold import Hold
from worker.servers.orphan import die_with_parent


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def own_family(base: str) -> None:
    with Hold(Path(base), grace=0.5) as hold:
        script = Path(__file__).with_name("family.py")
        argv: list[str | Path] = [sys.executable, script, hold.folder / "pids"]
        hold.start("family", argv, env=dict(os.environ), cwd=hold.folder)
        say(f"{hold.folder} {hold.pid}")
        signal.pause()


def own_servers(debian: str, rabbitmq: str) -> None:
    with servers(
        rabbitmq=int(rabbitmq) or None, places=Places(docker=False, debian=Path(debian)), say=lambda _: None
    ):
        say("up")
        signal.pause()


if __name__ == "__main__":
    die_with_parent()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    own_family(sys.argv[2]) if sys.argv[1] == "family" else own_servers(*sys.argv[2:])
