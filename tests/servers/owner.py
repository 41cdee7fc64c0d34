"""Owns what is asked for until it is killed: `family BASE`, or `servers` in the working directory."""

import os
import signal
import sys
from pathlib import Path

from worker.servers import Places, servers
from worker.servers.hold import Hold


def own_family(base: str) -> None:
    with Hold(Path(base)) as hold:
        script = Path(__file__).with_name("family.py")
        argv = [sys.executable, script, hold.folder / "pids"]
        hold.start("family", argv, env=dict(os.environ), cwd=hold.folder)
        print(hold.folder, hold.pid, flush=True)
        signal.pause()


def own_servers() -> None:
    with servers(places=Places(docker=False)):
        print("up", flush=True)
        signal.pause()


if __name__ == "__main__":
    own_family(sys.argv[2]) if sys.argv[1] == "family" else own_servers()
