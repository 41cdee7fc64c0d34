"""The ways to a service, and what is said when none is open."""

from pathlib import Path

import pytest

from worker.servers import Places, ServersUnavailable, servers
from worker.servers.rabbitmq import find_binaries
from worker.servers.refusal import Skipped

NOWHERE = Places(docker=False, postgres=(), rabbitmq=(), apt_get=None)
POSTGRES = "postgresql://user:pass@db.example/inbox"
RABBITMQ = "amqp://user:pass@mq.example/"


def children() -> set[str]:
    """Whatever we started ourselves; the servers of the session have children of their own, that come and go."""
    return {
        pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()
    }


def test_with_both_urls_given_nothing_is_started() -> None:
    before = children()
    said: list[str] = []
    with servers(database_url=POSTGRES, amqp_url=RABBITMQ, places=NOWHERE, say=said.append) as found:
        assert (found.database_url, found.amqp_url) == (POSTGRES, RABBITMQ)
        assert children() == before
    assert said == ["PostgreSQL: as given", "RabbitMQ: as given"]


def test_a_missing_broker_names_the_ways_that_were_tried_and_the_ways_out() -> None:
    with pytest.raises(ServersUnavailable) as refusal, servers(database_url=POSTGRES, places=NOWHERE):
        pass
    assert str(refusal.value) == (
        "no RabbitMQ: no AMQP_URL was given; Docker was not to be used; "
        "no rabbitmq-server in any usual folder or PATH; "
        "rabbitmq-server is not installed for you, for we are not root on Debian or Ubuntu. "
        "Ways out: set AMQP_URL to a server that runs, or start Docker, "
        "or install RabbitMQ (apt-get install rabbitmq-server, brew install rabbitmq)"
    )


def test_a_missing_generation_of_the_broker_names_the_ways_that_were_tried() -> None:
    with (
        pytest.raises(ServersUnavailable) as refusal,
        servers(database_url=POSTGRES, rabbitmq=4, places=NOWHERE),
    ):
        pass
    assert str(refusal.value).startswith(
        "no RabbitMQ: no AMQP_URL was given; Docker was not to be used; no RabbitMQ 4 in any usual folder or PATH; "
        "Debian trixie is not built for you, for we are not root on Debian. Ways out: "
    )


def test_binaries_of_another_generation_are_passed_over(tmp_path: Path) -> None:
    folders = []
    for version in ("3.10.8", "4.0.5"):
        (tmp_path / version / "plugins" / f"rabbit-{version}").mkdir(parents=True)
        (tmp_path / version / "sbin").mkdir()
        folders.append(_script(tmp_path / version / "sbin", "rabbitmq-server", "rabbitmqctl"))
    places = Places(rabbitmq=tuple(folders))
    assert [find_binaries(places, wanted).folder for wanted in (None, 3, 4)] == [folders[0], *folders]
    with pytest.raises(Skipped, match="no RabbitMQ 5 in "):
        find_binaries(places, 5)


def test_a_missing_database_names_the_ways_that_were_tried_and_the_ways_out() -> None:
    with pytest.raises(ServersUnavailable) as refusal, servers(amqp_url=RABBITMQ, places=NOWHERE):
        pass
    assert str(refusal.value) == (
        "no PostgreSQL: no DATABASE_URL was given; Docker was not to be used; "
        "no initdb and postgres in any usual folder, PATH or wheel; "
        "postgresql is not installed for you, for we are not root on Debian or Ubuntu. "
        "Ways out: set DATABASE_URL to a server that runs, or start Docker, "
        "or install PostgreSQL (apt-get install postgresql, brew install postgresql)"
    )


def test_a_docker_daemon_that_does_not_answer_is_skipped_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    places = Places(postgres=(), rabbitmq=(), apt_get=None)
    with (
        pytest.raises(ServersUnavailable, match=r"no Docker daemon answers|testcontainers is not installed"),
        servers(database_url=POSTGRES, places=places),
    ):
        pass


def test_a_broker_that_fails_to_start_is_shown_with_its_log(tmp_path: Path) -> None:
    places = Places(
        docker=False, rabbitmq=(_script(tmp_path, "rabbitmq-server", "rabbitmqctl"),), base=tmp_path / "b"
    )
    with (
        pytest.raises(ServersUnavailable, match=r"rabbitmq ended with code 7; .*\n  no room left"),
        servers(database_url=POSTGRES, places=places),
    ):
        pass
    assert not (tmp_path / "b").exists()


def test_a_virtual_host_on_a_given_broker_wants_its_management_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HANDOVER_MANAGEMENT_URL", raising=False)
    with (
        servers(database_url=POSTGRES, amqp_url=RABBITMQ, places=NOWHERE) as found,
        pytest.raises(ServersUnavailable, match="set HANDOVER_MANAGEMENT_URL"),
    ):
        found.add_vhost("mine")


def _script(folder: Path, *names: str) -> Path:
    for name in names:
        script = folder / name
        script.write_text("#!/bin/sh\necho no room left\nexit 7\n")
        script.chmod(0o755)
    return folder
