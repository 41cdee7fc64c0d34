"""Nothing outlives its owner: neither what will not stop when asked, nor a daemon that slipped away."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from waiting import alive, owner, until

from worker.servers.hold import Hold
from worker.servers.processes import descendants
from worker.servers.refusal import ServersUnavailable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="adopting orphans is Linux's")


@dataclass(frozen=True)
class Family:
    owner: "subprocess.Popen[str]"
    keeper: int
    folder: Path
    parent: int
    daemon: int

    @property
    def pids(self) -> set[int]:
        return {self.keeper, self.parent, self.daemon}


@contextmanager
def owned_family(base: Path) -> Iterator[Family]:
    with owner("family", base, cwd=base.parent) as (process, line):
        folder, keeper = line.split()
        pids = Path(folder, "pids")
        until(pids.exists, "the family is there")
        parent, daemon = map(int, pids.read_text().split())
        yield Family(process, int(keeper), Path(folder), parent, daemon)


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda sig: sig.name)
def test_nothing_outlives_an_owner_that_is_ended(tmp_path: Path, sig: signal.Signals) -> None:
    with owned_family(tmp_path / "base") as family:
        assert alive(family.pids) == family.pids
        family.owner.send_signal(sig)
        until(lambda: not alive(family.pids), "all are gone")
    assert list(tmp_path.iterdir()) == []


def test_a_keeper_that_is_told_to_stop_leaves_nothing(tmp_path: Path) -> None:
    with owned_family(tmp_path / "base") as family:
        os.kill(family.keeper, signal.SIGTERM)
        until(lambda: not alive(family.pids), "all are gone")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_keeper_left_is_swept_by_the_next_one(tmp_path: Path) -> None:
    with owned_family(tmp_path / "base") as family:
        os.kill(family.keeper, signal.SIGKILL)
        until(lambda: not alive({family.keeper}), "the keeper is gone")
        assert alive({family.parent, family.daemon}) == {family.parent, family.daemon}
        with Hold(tmp_path / "base", grace=0.5) as hold:
            assert not family.folder.exists()
            assert hold.folder.exists()
            until(lambda: not alive(family.pids), "all are gone")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_whose_keeper_lives_is_left_alone(tmp_path: Path) -> None:
    with Hold(tmp_path / "base", grace=0.5) as one, Hold(tmp_path / "base", grace=0.5) as other:
        assert one.folder.exists()
        assert other.folder.exists()


def test_a_killed_keeper_takes_what_it_started_along(tmp_path: Path) -> None:
    with Hold(tmp_path / "base", grace=0.5) as hold:
        hold.start("sleeper", ["sleep", "600"], env=dict(os.environ), cwd=hold.folder)
        until(lambda: _names(descendants(hold.pid)) == ["sleep"], "it sleeps")
        asleep = descendants(hold.pid)
        os.kill(hold.pid, signal.SIGKILL)
        until(lambda: not alive(asleep), "it is gone")


def test_a_command_that_fails_is_refused_with_its_log(tmp_path: Path) -> None:
    with Hold(tmp_path / "base", grace=0.5) as hold:
        argv = ["sh", "-c", "for n in $(seq 30); do echo line $n; done; exit 3"]
        with pytest.raises(ServersUnavailable) as refusal:
            hold.run("numbers", argv, env=dict(os.environ), cwd=hold.folder)
        lines = [f"  line {number}" for number in range(11, 31)]
        assert str(refusal.value).splitlines() == ["numbers ended with code 3; the end of its log:", *lines]


def test_a_program_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with (
        Hold(tmp_path / "base", grace=0.5) as hold,
        pytest.raises(ServersUnavailable, match="could not be started"),
    ):
        hold.run("nothing", ["/nonexistent"], env={}, cwd=hold.folder)


def _names(pids: set[int]) -> list[str]:
    return [Path(f"/proc/{pid}/comm").read_text().strip() for pid in pids]
