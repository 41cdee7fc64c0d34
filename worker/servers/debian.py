"""A RabbitMQ this machine has not: from another Debian, built in a folder once and entered by chroot.

Whoever enters gets mounts of their own that end with them: /tmp, /proc, without which RabbitMQ cannot watch its
memory and disk, and the servers' folder at the very path it has outside.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from worker.servers.folder import locked
from worker.servers.hold import Hold
from worker.servers.node import Binaries
from worker.servers.package import have_installed
from worker.servers.place import Places, search_path
from worker.servers.refusal import Skipped

SUITES = {3: "bookworm", 4: "trixie"}
"""The release of Debian that has this generation of RabbitMQ."""
BUILD_SECONDS = 1200.0
_PRIVATELY = ("unshare", "--mount")
_ENTER = """
root=$0 shared=$1; shift
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root$shared"
mount --bind "$shared" "$root$shared"
mount -t proc proc "$root/proc"
exec chroot "$root" env --chdir="$PWD" "$@"
"""


def have_rabbitmq(generation: int, places: Places, hold: Hold, say: Callable[[str], None]) -> Binaries:
    """Its programs, that run with their files below `hold.folder`."""
    suite = SUITES.get(generation)
    if suite is None:
        raise Skipped(f"no release of Debian is known to have RabbitMQ {generation}")
    if places.apt_get is None:
        raise Skipped(f"Debian {suite} is not built for you, for we are not root on Debian")
    if subprocess.run([*_PRIVATELY, "true"], capture_output=True, check=False).returncode != 0:
        raise Skipped(
            f"Debian {suite} cannot be entered, for we may not have mounts of our own (CAP_SYS_ADMIN)"
        )
    root = _have_built(suite, places.debian, places.apt_get, hold, say)
    enter = (*_PRIVATELY, "sh", "-ec", _ENTER, str(root), str(hold.folder.parent))
    return Binaries(Path("/usr/lib/rabbitmq/bin"), f"Debian {suite}", enter)


def _have_built(suite: str, folder: Path, apt_get: str, hold: Hold, say: Callable[[str], None]) -> Path:
    root = folder / suite
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if not root.exists():
            _build(root, apt_get, hold, say)
    return root


def _build(root: Path, apt_get: str, hold: Hold, say: Callable[[str], None]) -> None:
    """Aside, so that what stands at `root` is whole. What was downloaded outlives a build that was ended."""
    if not shutil.which("debootstrap", path=search_path()):
        have_installed(apt_get, "debootstrap", say)
    say(f"building a Debian {root.name} with RabbitMQ in {root}: this once, it takes about a minute")
    part, packages = root.with_suffix(".part"), root.with_suffix(".packages")
    shutil.rmtree(part, ignore_errors=True)
    packages.mkdir(exist_ok=True)
    options = ("--variant=minbase", "--include=rabbitmq-server", f"--cache-dir={packages}")
    argv = [*_PRIVATELY, "debootstrap", *options, root.name, str(part), _mirror(apt_get)]
    env = {"PATH": search_path(), "LC_ALL": "C.UTF-8", **_proxies()}
    hold.run("debootstrap", argv, env=env, cwd=root.parent, seconds=BUILD_SECONDS)
    part.rename(root)
    shutil.rmtree(packages)


def _mirror(apt_get: str) -> str:
    """Where this machine has its own Debian from; every release is there."""
    filters = ("Created-By: Packages", "Origin: Debian", "Label: Debian", "Component: main")
    found = _said(apt_get, "indextargets", "--format", "$(REPO_URI)", *filters).split()
    if not found:
        raise Skipped("apt-get knows no mirror of Debian: is this Debian, and has apt-get update been run?")
    return found[0]


def _proxies() -> dict[str, str]:
    """Those apt uses, for debootstrap asks nobody but its environment."""
    ours = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    names = ("http_proxy", "Acquire::http::Proxy", "https_proxy", "Acquire::https::Proxy")
    said = shlex.split(_said("apt-config", "shell", *names))
    apts = dict(word.split("=", 1) for word in said)
    return ours | {name: "" if value == "DIRECT" else value for name, value in apts.items()}


def _said(*words: str) -> str:
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
