"""`handover config`, and settings that are wrong."""

from commands import handover, rows

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
