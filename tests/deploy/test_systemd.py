"""The systemd unit."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from manifests import DEPLOY

from worker.cli import app
from worker.cli.variables import variable
from worker.config import Settings
from worker.secret_files import SUFFIX

UNIT = DEPLOY / "systemd/handover-worker.service"
OWNER = "/usr/bin/env DATABASE_URL_FILE=%d/owner_database_url "
"""What a command begins with that the tables' owner runs."""


def told(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


CREDENTIALS = {line.partition(":")[0] for line in told("LoadCredential")}


def test_its_commands_are_of_the_program() -> None:
    commands = {command.name for command in app.registered_commands}
    for line in (*told("ExecStartPre"), *told("ExecStart")):
        program, *words = shlex.split(line.partition(OWNER)[2] or line)
        assert Path(program).name == "handover"
        assert set(words) <= commands


def test_the_owner_migrates_and_the_worker_is_somebody_else() -> None:
    [migrating], [working] = told("ExecStartPre"), told("ExecStart")
    assert migrating.startswith(OWNER)
    assert not working.startswith(OWNER)
    assert "owner_database_url" in CREDENTIALS
    [settings] = [line for line in told("Environment") if "DATABASE_URL_FILE" in line]
    assert "DATABASE_URL_FILE=%d/database_url" in settings.split()


def test_its_variables_are_settings_and_its_secrets_are_handed_over() -> None:
    settings = {variable(name) for name in Settings.model_fields}
    for assignment in (word for line in told("Environment") for word in line.split()):
        name, _, value = assignment.partition("=")
        assert name.removesuffix(SUFFIX) in settings
        if name.endswith(SUFFIX):
            assert value.removeprefix("%d/") in CREDENTIALS


def test_it_has_the_time_it_takes_to_stop() -> None:
    [seconds] = told("TimeoutStopSec")
    assert int(seconds) > Settings.model_fields["shutdown_seconds"].default


def test_a_migration_has_the_time_it_takes() -> None:
    assert told("TimeoutStartSec") == ["infinity"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this machine")
def test_systemd_takes_it(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/handover/bin/handover", "/bin/true"))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert [line for line in checked.stderr.splitlines() if UNIT.name in line] == []
