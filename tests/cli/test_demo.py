"""`handover demo`: the whole system on its own servers, gone without a trace."""

import re
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from commands import HANDOVER, handover

from worker.servers import Servers
from worker.servers.processes import descendants, living_in

ASSIGNED = re.compile(
    r"^\d\d:\d\d:\d\d assigned 2547\d{8}( \S+)? -> \w+ \(new, waited \d+ ms, version 1\)$", re.MULTILINE
)
SECONDS = 100


@pytest.fixture
def folder(servers: Servers) -> Iterator[Path]:  # noqa: ARG001 - the first to need servers may install them
    """A working directory that a server's own user can reach."""
    with tempfile.TemporaryDirectory(prefix="handover-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def demo(environment: dict[str, str], folder: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    ours = {name: value for name, value in environment.items() if name not in {"DATABASE_URL", "AMQP_URL"}}
    with subprocess.Popen(
        [HANDOVER, "demo", *words],
        env=ours,
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_shows_assignments_until_told_to_stop_and_leaves_nothing_behind(
    environment: dict[str, str], folder: Path
) -> None:
    with demo(environment, folder) as process:
        assert process.stdout
        assert ASSIGNED.match(process.stdout.readline())
        children = descendants(process.pid)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, err
    assert "export DATABASE_URL='postgresql://" in err
    assert "export AMQP_URL='amqp://" in err
    assert (living_in(folder), list(folder.iterdir())) == (set(), [])
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_servers_of_others_are_not_written_to_without_a_yes(environment: dict[str, str]) -> None:
    result = handover(environment, "demo")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(
        "handover: AMQP_URL and DATABASE_URL set: the demo would migrate that database"
    )
    assert "pass --yes" in result.stderr


def test_with_a_yes_it_uses_them_and_can_be_repeated(environment: dict[str, str]) -> None:
    for _ in range(2):
        result = handover(environment, "demo", "--yes", "--seconds", 2)
        assert result.returncode == 0, result.stderr
        assert re.search(r"^\d\d:\d\d:\d\d assigned ", result.stdout, re.MULTILINE), result.stdout
        assert "@" not in result.stderr
