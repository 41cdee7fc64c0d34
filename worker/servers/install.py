"""Installs a server's package on Debian or Ubuntu without starting a system-wide server.

    python -m worker.servers.install APT_GET PACKAGE LOG

A process of its own, in a session of its own: dpkg must not be interrupted half-way, and what was changed for
the time of the installation (policy-rc.d, createcluster.conf) must be put back, also if the caller is killed.
"""

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
CREATE_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")
_DENY_ALL = b"#!/bin/sh\n# handover: for the time of one installation\nexit 101\n"
_NO_CLUSTER = b"\ncreate_main_cluster = false\n"
_OPTIONS = ("-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")
_ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1", "LC_ALL": "C.UTF-8"}
# what the packages would start at the next boot
_UNITS = {"rabbitmq-server": ("rabbitmq-server.service", "epmd.socket", "epmd.service")}


@contextmanager
def nothing_starts(policy: Path = POLICY) -> Iterator[None]:
    """Packages ask policy-rc.d before starting a service; 101 is no. What was there comes back as it was."""
    kept = policy.with_name(f"{policy.name}.handover-kept")
    with _one_at_a_time(policy.parent):
        _put_back(policy, kept)
        if os.path.lexists(policy):
            policy.rename(kept)
        try:
            policy.touch(mode=0o755)
            policy.write_bytes(_DENY_ALL)
            policy.chmod(0o755)
            yield
        finally:
            _put_back(policy, kept)


@contextmanager
def with_appended(path: Path, text: bytes) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(before + text)
    try:
        yield
    finally:
        path.write_bytes(before)


def install(apt_get: str, package: str) -> None:
    with nothing_starts():
        _call(apt_get, "update", "-q", check=False)  # offline, the lists that are there may do
        if package == "postgresql":
            _call(apt_get, "install", *_OPTIONS, "postgresql-common")
            with with_appended(CREATE_CLUSTER, _NO_CLUSTER):
                _call(apt_get, "install", *_OPTIONS, package)
        else:
            _call(apt_get, "install", *_OPTIONS, package)
        for unit in _UNITS.get(package, ()):
            with contextlib.suppress(FileNotFoundError):
                _call("systemctl", "disable", unit, check=False)


def _put_back(policy: Path, kept: Path) -> None:
    """Also what an installation left that was killed."""
    if os.path.lexists(kept):
        kept.replace(policy)
    elif policy.is_file() and policy.read_bytes() == _DENY_ALL:
        policy.unlink()


def _call(*words: str, check: bool = True) -> None:
    subprocess.run(words, check=check, env=os.environ | _ENVIRONMENT, stdin=subprocess.DEVNULL)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


if __name__ == "__main__":
    with Path(sys.argv[3]).open("wb", buffering=0) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    try:
        install(sys.argv[1], sys.argv[2])
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
