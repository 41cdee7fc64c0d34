"""`handover config`, and settings that are wrong."""

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
from commands import HANDOVER, handover, rows

from worker.broker import place

SECRET_URLS = {
    "DATABASE_URL": "postgresql://someone:hush@db.example:5433/handover?password=hush",
    "AMQP_URL": "amqps://someone:hush@broker.example/acme",
}


def test_every_setting_is_shown_with_its_variable(environment: dict[str, str]) -> None:
    shown = {
        row["variable"]: row for row in rows(handover(environment, "config", "--json", HANDOVER_BATCH="7"))
    }
    assert shown["HANDOVER_BATCH"] == {
        "variable": "HANDOVER_BATCH",
        "value": "7",
        "set": True,
        "source": "environment",
        "description": "most handovers in one transaction",
    }
    assert (shown["HANDOVER_REASSIGN"]["value"], shown["HANDOVER_REASSIGN"]["set"]) == ("rotate", False)


def test_of_a_url_only_where_it_leads_is_shown(environment: dict[str, str]) -> None:
    shown = {
        row["variable"]: row["value"]
        for row in rows(handover(environment, "config", "--json", **SECRET_URLS))
    }
    assert (shown["DATABASE_URL"], shown["AMQP_URL"]) == ("db.example:5433/handover", "broker.example/acme")
    table = handover(environment, "config", **SECRET_URLS)
    assert table.returncode == 0
    assert "hush" not in table.stdout + table.stderr
    assert "broker.example/acme" in table.stdout


def test_of_a_password_nothing_is_shown_whatever_is_in_it(environment: dict[str, str]) -> None:
    urls = {
        "DATABASE_URL": "postgresql://someone:12/34hush@db.example:5433/handover?sslpassword=hu@sh",
        "AMQP_URL": "amqps://someone:12/34hu@sh@broker.example/acme",
    }
    shown = {row["variable"]: row["value"] for row in rows(handover(environment, "config", "--json", **urls))}
    assert (shown["DATABASE_URL"], shown["AMQP_URL"]) == ("db.example:5433/handover", "broker.example/acme")
    assert [place(url) for url in urls.values()] == [shown["DATABASE_URL"], shown["AMQP_URL"]]


def test_each_wrong_setting_is_a_line_that_names_its_variable_and_not_its_value(
    environment: dict[str, str],
) -> None:
    for command in ("config", "worker", "demo"):
        result = handover(environment, command, DATABASE_URL="hush://hush", HANDOVER_BATCH="0")
        assert (result.returncode, result.stdout) == (2, "")
        first, second = result.stderr.splitlines()
        assert first.startswith("handover: DATABASE_URL: URL scheme should be 'postgres', ")
        assert second == "handover: HANDOVER_BATCH: input should be greater than or equal to 1"
        assert "hush" not in result.stderr


def test_help_is_there_without_any_setting(environment: dict[str, str]) -> None:
    result = handover(environment, "--help", DATABASE_URL="nonsense")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Exit codes: 0 done, 1 failed" in result.stdout


def test_an_unknown_command_is_wrong_usage(environment: dict[str, str]) -> None:
    assert handover(environment, "surrender").returncode == 2


def test_a_length_of_time_is_shown_as_people_write_it(environment: dict[str, str]) -> None:
    for said, shown in (("36h", "36h"), ("86400", "1d"), ("PT90S", "90s")):
        listed = rows(handover(environment, "config", "--json", HANDOVER_WAITING_MAX_AGE=said))
        assert {row["variable"]: row["value"] for row in listed}["HANDOVER_WAITING_MAX_AGE"] == shown


def test_a_length_of_time_that_is_none_is_wrong(environment: dict[str, str]) -> None:
    result = handover(environment, "config", HANDOVER_WAITING_MAX_AGE="soon")
    assert result.returncode == 2
    assert result.stderr.startswith("handover: HANDOVER_WAITING_MAX_AGE: input should be a valid timedelta")


def test_where_each_value_came_from_is_shown(environment: dict[str, str], tmp_path: Path) -> None:
    secret = tmp_path / "amqp_url"
    secret.write_text("amqp://someone:hush@broker.example/acme\n")
    (tmp_path / ".env").write_text("HANDOVER_BATCH=7\nHANDOVER_PREFETCH=8\n")
    own = {name: value for name, value in environment.items() if name != "AMQP_URL"}
    result = subprocess.run(
        [HANDOVER, "config", "--json"],
        env={**own, "AMQP_URL_FILE": str(secret), "HANDOVER_PREFETCH": "9"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    found = {row["variable"]: (row["value"], row["source"]) for row in rows(result)}
    assert found["AMQP_URL"] == ("broker.example/acme", str(secret))
    assert found["HANDOVER_BATCH"] == ("7", ".env")
    assert found["HANDOVER_PREFETCH"] == ("9", "environment")
    assert found["HANDOVER_REASSIGN"] == ("rotate", "default")
    assert found["DATABASE_URL"][1] == "environment"


def test_a_variable_wins_over_its_file(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "batch").write_text("7")
    told = {"HANDOVER_BATCH": "8", "HANDOVER_BATCH_FILE": str(tmp_path / "batch")}
    listed = {row["variable"]: row for row in rows(handover(environment, "config", "--json", **told))}
    assert (listed["HANDOVER_BATCH"]["value"], listed["HANDOVER_BATCH"]["source"]) == ("8", "environment")


def test_a_secret_s_file_that_cannot_be_read_is_named(environment: dict[str, str]) -> None:
    result = handover(environment, "config", HANDOVER_BATCH_FILE="/nowhere/batch")
    assert result.returncode == 1
    assert result.stderr.startswith("handover: HANDOVER_BATCH_FILE: cannot read the file it names: ")


def test_a_wrong_value_in_a_file_is_not_shown(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "url").write_text("hush://hush")
    own = {name: value for name, value in environment.items() if name != "DATABASE_URL"}
    result = handover(own, "config", DATABASE_URL_FILE=str(tmp_path / "url"))
    assert result.returncode == 2
    assert "hush" not in result.stderr


def test_a_broker_s_url_may_name_several_hosts(environment: dict[str, str]) -> None:
    told = handover(environment, "config", "--json", AMQP_URL="amqps://u:hush@one:5671,two,three:5673/acme")
    listed = {row["variable"]: row["value"] for row in rows(told)}
    assert listed["AMQP_URL"] == "one:5671,two,three:5673/acme"


def test_the_version_is_shown(environment: dict[str, str]) -> None:
    result = handover(environment, "--version")
    assert (result.returncode, result.stdout) == (0, f"handover {version('handover-worker')}\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_taught_to_complete(environment: dict[str, str], shell: str) -> None:
    script = handover(environment, _HANDOVER_COMPLETE=f"source_{shell}")
    assert script.returncode == 0
    assert "_HANDOVER_COMPLETE=" in script.stdout


def test_bash_completes_a_command(environment: dict[str, str]) -> None:
    asked = {"_HANDOVER_COMPLETE": "complete_bash", "COMP_WORDS": "handover mig", "COMP_CWORD": "1"}
    assert handover(environment, **asked).stdout.split() == ["migrate"]
