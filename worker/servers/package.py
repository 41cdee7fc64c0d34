"""Has a server's package installed, when we are root on Debian or Ubuntu."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from worker.servers.refusal import Skipped, tail


def have_installed(apt_get: str | None, name: str, say: Callable[[str], None]) -> None:
    """Ctrl-C waits for apt-get to end, because half an installation is worse than a late answer."""
    if apt_get is None:
        raise Skipped(f"{name} is not installed for you, for we are not root on Debian or Ubuntu")
    say(f"installing {name} by apt-get, without starting a system-wide server")
    with tempfile.TemporaryDirectory(prefix="handover-install-") as folder:
        log = Path(folder) / "log"
        code = _wait(_installer(apt_get, name, log))
        if code != 0:
            raise Skipped(f"{apt_get} could not install {name} (code {code}):\n{tail(log)}\n")


def _installer(apt_get: str, name: str, log: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "worker.servers.install", apt_get, name, str(log)],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def _wait(installer: "subprocess.Popen[bytes]") -> int:
    try:
        return installer.wait()
    except KeyboardInterrupt:
        installer.wait()
        raise
