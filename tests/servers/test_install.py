"""An installation changes nothing but what it installs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from worker.servers.install import nothing_starts, with_appended
from worker.servers.package import have_installed
from worker.servers.refusal import Skipped

INSTALLATION_THAT_IS_KILLED = """
import os, pathlib, sys
from worker.servers.install import nothing_starts
with nothing_starts(pathlib.Path(sys.argv[1])):
    os.kill(os.getpid(), 9)
"""


def test_nothing_may_start_while_a_package_is_installed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with nothing_starts(policy):
        assert subprocess.run([policy, "rabbitmq-server", "start"], check=False).returncode == 101
    assert list(tmp_path.iterdir()) == []


def test_a_policy_that_was_there_comes_back_as_it_was(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 104\n")
    policy.chmod(0o711)
    os.utime(policy, (1_000, 1_000))
    before = policy.stat()
    with pytest.raises(subprocess.CalledProcessError, match="101"), nothing_starts(policy):
        subprocess.run([policy], check=True)
    after = policy.stat()
    assert (after.st_ino, after.st_mode, after.st_mtime) == (before.st_ino, before.st_mode, before.st_mtime)
    assert policy.read_text() == "#!/bin/sh\nexit 104\n"
    assert list(tmp_path.iterdir()) == [policy]


def test_a_policy_that_is_a_dangling_link_comes_back_as_a_link(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.symlink_to("nowhere")
    with nothing_starts(policy):
        assert not policy.is_symlink()
    assert policy.readlink() == Path("nowhere")


@pytest.mark.parametrize("was_there", [True, False])
def test_what_a_killed_installation_left_is_put_back_by_the_next(tmp_path: Path, *, was_there: bool) -> None:
    policy = tmp_path / "policy-rc.d"
    if was_there:
        policy.write_text("ours")
    killed = subprocess.run([sys.executable, "-c", INSTALLATION_THAT_IS_KILLED, policy], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert "exit 101" in policy.read_text()

    with nothing_starts(policy):
        pass

    assert [path.read_text() for path in tmp_path.iterdir()] == (["ours"] if was_there else [])


def test_a_configuration_that_was_appended_to_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "createcluster.conf"
    path.write_text("#create_main_cluster = true\n")
    with with_appended(path, b"create_main_cluster = false\n"):
        assert path.read_text() == "#create_main_cluster = true\ncreate_main_cluster = false\n"
    assert path.read_text() == "#create_main_cluster = true\n"


def test_without_apt_get_nothing_is_installed() -> None:
    with pytest.raises(Skipped, match="not root on Debian or Ubuntu"):
        have_installed(None, "rabbitmq-server", pytest.fail)
