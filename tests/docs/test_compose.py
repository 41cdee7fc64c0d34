"""docker-compose.yml: what can be said of it without a Docker daemon."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import readme
import yaml
from checkout import ROOT
from dockerfile import read_stages

from worker.cli import app
from worker.cli.variables import variable
from worker.config import Settings
from worker.console.gate import LOOPBACK


def interpolated(text: str) -> str:
    """With every `${NAME:-default}` at its default."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(interpolated(TEXT))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def taken_by_compose(text: str) -> list[str]:
    """The services Compose would see. Raises ValueError when its rules are broken."""
    compose_spec = pytest.importorskip("compose_spec", reason="has no wheel for this machine")
    read = compose_spec.PyOptions(apply_merge=True).from_yaml(interpolated(text))
    read.validate()
    read.to_spec()
    names: list[str] = read.service_names()
    return names


def test_it_is_what_compose_takes() -> None:
    assert taken_by_compose(TEXT) == list(SERVICES)


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        ("stop_grace_period", "stop_grace_perod", "`stop_grace_perod`"),
        ("condition: service_healthy", "condition: service_helthy", "`service_helthy`"),
        (":5432:5432", ":x:5432", "`x`"),
    ],
)
def test_a_mistake_would_be_found(right: str, wrong: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        taken_by_compose(interpolated(TEXT).replace(right, wrong))


def test_its_variables_and_their_defaults_are_in_the_readme() -> None:
    """A cell of several variables has their defaults in the same order, or the one they share."""
    listed: dict[str, str] = {}
    for names, defaults, _ in readme.table("of Compose"):
        several, values = (re.findall("`([^`]+)`", cell) for cell in (names, defaults))
        listed |= dict(zip(several, values if len(values) > 1 else values * len(several), strict=True))
    assert listed == dict(re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT))


def test_every_variable_has_a_default() -> None:
    assert "$" not in interpolated(TEXT)


def test_what_is_published_is_published_on_loopback_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports == [
        "127.0.0.1:8787:8787",
        "127.0.0.1:5432:5432",
        "127.0.0.1:5672:5672",
        "127.0.0.1:15672:15672",
    ]


@pytest.mark.parametrize("name", OURS)
def test_it_waits_for_what_it_needs(name: str) -> None:
    for needed, how in OURS[name]["depends_on"].items():
        match how["condition"]:
            case "service_healthy":
                assert SERVICES[needed]["healthcheck"]["test"][0] == "CMD"
            case "service_completed_successfully":
                assert SERVICES[needed]["restart"] == "no"
            case other:
                pytest.fail(f"{name} depends on {needed} being {other}")


def test_the_worker_starts_after_the_migration_on_healthy_servers() -> None:
    assert {needed: how["condition"] for needed, how in SERVICES["worker"]["depends_on"].items()} == {
        "postgres": "service_healthy",
        "rabbitmq": "service_healthy",
        "migrate": "service_completed_successfully",
    }


@pytest.mark.parametrize("name", OURS)
def test_its_command_is_one_of_the_program(name: str) -> None:
    assert (ROOT / OURS[name]["build"] / "Dockerfile").is_file()
    assert set(OURS[name]["command"]) <= {command.name for command in app.registered_commands}


@pytest.mark.parametrize("name", OURS)
def test_it_is_told_where_the_servers_are(name: str) -> None:
    told = OURS[name]["environment"]
    assert set(told) <= {variable(field) for field in Settings.model_fields}
    database, broker = urlsplit(told["DATABASE_URL"]), urlsplit(told["AMQP_URL"])
    assert SERVICES[str(database.hostname)]["environment"] == {
        "POSTGRES_USER": database.username,
        "POSTGRES_PASSWORD": database.password,
        "POSTGRES_DB": database.path.removeprefix("/"),
    }
    assert SERVICES[str(broker.hostname)]["environment"] == {
        "RABBITMQ_DEFAULT_USER": broker.username,
        "RABBITMQ_DEFAULT_PASS": broker.password,
    }


def test_the_console_is_reached_at_the_port_it_opens_and_wants_a_token() -> None:
    told = SERVICES["console"]["environment"]
    port = Settings.model_fields["console_port"].default
    assert SERVICES["console"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert told["HANDOVER_CONSOLE_HOST"] not in LOOPBACK
    assert Settings(console_token=told["HANDOVER_CONSOLE_TOKEN"]).console_token is not None


def test_no_password_is_written_where_a_variable_would_not_change_it() -> None:
    assert re.findall(r"PASS(?:WORD)?: (?!\$\{)\S+", TEXT) == []
    assert re.findall(r"//\w+:(?!\$\{)[^@\s]+@", TEXT) == []


def test_the_worker_has_the_time_it_takes_to_stop() -> None:
    grace = SERVICES["worker"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > Settings.model_fields["shutdown_seconds"].default


def test_all_but_the_migration_come_back_by_themselves() -> None:
    assert {name: service["restart"] for name, service in SERVICES.items()} == {
        "worker": "unless-stopped",
        "console": "unless-stopped",
        "migrate": "no",
        "postgres": "unless-stopped",
        "rabbitmq": "unless-stopped",
    }


def test_data_outlives_the_containers() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", ())]
    assert mounts == ["postgres:/var/lib/postgresql", "rabbitmq:/var/lib/rabbitmq"]
    assert {mount.split(":")[0] for mount in mounts} == set(COMPOSE["volumes"])
    assert SERVICES["rabbitmq"]["hostname"]


def test_the_image_that_is_run_is_the_one_the_dockerfile_ends_with() -> None:
    assert read_stages(ROOT / "Dockerfile")[-1].last("ENTRYPOINT").words == ["handover"]
    assert all("entrypoint" not in service for service in OURS.values())
