"""What is committed is what the models and the topology say, officially valid, and no surprise to anybody."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import handover
from evolution import breaking_changes, moved_channels
from jsonschema import Draft7Validator

import schemas
from worker.contracts import ASYNCAPI, files
from worker.contracts.asyncapi import document
from worker.contracts.events import INBOUND, OUTBOUND, TYPES
from worker.topology import REQUESTED, Topology, bindings, exchanges, queues

FOLDER = Path(schemas.__file__).parent
OFFICIAL = json.loads((Path(__file__).with_name("official") / "asyncapi-3.1.0.json").read_text())
RELEASED = sorted((FOLDER / "released").iterdir(), key=lambda folder: [*map(int, folder.name.split("."))])
LAST = RELEASED[-1]
DOCUMENT = document(Topology(), "1")


@pytest.mark.parametrize(("name", "text"), files(Topology()).items(), ids=lambda value: value[:40])
def test_the_files_are_as_the_program_makes_them(name: str, text: str) -> None:
    """`handover schemas export --out schemas` writes them."""
    assert (FOLDER / name).read_text(encoding="utf-8") == text


def test_no_file_is_left_over() -> None:
    assert {path.name for path in (FOLDER / "events").iterdir()} == {f"{event}.json" for event in TYPES}


def test_the_document_is_officially_valid() -> None:
    assert [error.message for error in Draft7Validator(OFFICIAL).iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["operations", "receive.handover.requested", "action"], "recieve"),
        (["channels", "handover.requested", "bindings", "amqp", "exchange", "type"], "tropical"),
        (["channels", "handover.requests", "bindings", "amqp", "arguments"], {}),
    ],
)
def test_the_official_schema_sees_a_mistake(path: list[str], value: object) -> None:
    wrong: Any = json.loads(json.dumps(DOCUMENT))
    place = wrong
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not Draft7Validator(OFFICIAL).is_valid(wrong)


def test_every_reference_leads_somewhere() -> None:
    references = list(_references(DOCUMENT))
    assert references
    for reference in references:
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_it_names_what_the_worker_declares() -> None:
    topology = Topology("front", "desk")
    channels = document(topology, "1")["channels"]
    bound = [channel["bindings"]["amqp"] for channel in channels.values()]
    arguments = {each["queue"]["name"]: each["x-arguments"] for each in bound if each["is"] == "queue"}
    used = {each["exchange"]["name"] for each in bound if each["is"] == "routingKey"}

    assert arguments == queues(topology)
    assert used == {*exchanges(topology)} - {topology.dlx} | {""}
    assert [
        (each["queue"]["name"], binding["exchange"], binding["routingKey"])
        for each in bound
        if each["is"] == "queue"
        for binding in each["x-bindings"]
    ] == [(each.queue, each.exchange, each.key) for each in bindings(topology)]
    assert channels["handover.requested"]["address"] == REQUESTED


def test_each_queue_holds_what_is_routed_to_it() -> None:
    held = {name: list(channel["messages"]) for name, channel in DOCUMENT["channels"].items()}
    presence = [event for event in INBOUND if event != "handover.requested.v1"]
    assert (held["handover.requests"], held["handover.agents"]) == (["handover.requested.v1"], presence)


def test_nothing_breaks_who_keeps_to_the_last_release() -> None:
    """A change that does is a new type, `.v2`: see schemas/README.md."""
    broken = [
        f"{path.stem}: {change}"
        for path in (LAST / "events").iterdir()
        for change in breaking_changes(
            _json(path), _json(FOLDER / "events" / path.name), we_read=path.stem in INBOUND
        )
    ]
    assert broken + moved_channels(_json(LAST / ASYNCAPI), _json(FOLDER / ASYNCAPI)) == []


@pytest.mark.parametrize("folder", RELEASED, ids=lambda folder: folder.name)
def test_what_was_once_released_is_still_there(folder: Path) -> None:
    assert {path.stem for path in (folder / "events").iterdir()} <= {*INBOUND, *OUTBOUND}


def test_they_are_exported_as_they_are_committed(environment: dict[str, str], tmp_path: Path) -> None:
    result = handover(environment, "schemas", "export", "--out", tmp_path / "new" / "folder")
    exported = {Path(line).relative_to(tmp_path / "new" / "folder") for line in result.stdout.splitlines()}
    assert (result.returncode, result.stderr) == (0, "")
    assert exported == {Path(name) for name in files(Topology())}
    for name in exported:
        assert (tmp_path / "new" / "folder" / name).read_bytes() == (FOLDER / name).read_bytes()


def test_without_a_folder_the_document_is_printed_with_the_names_of_this_deployment(
    environment: dict[str, str],
) -> None:
    result = handover(environment, "schemas", "export", HANDOVER_EXCHANGE="front")
    assert (result.returncode, result.stderr) == (0, "")
    assert "front.requests" in json.loads(result.stdout)["channels"]


def test_a_check_names_the_files_that_are_not_as_exported(
    environment: dict[str, str], tmp_path: Path
) -> None:
    handover(environment, "schemas", "export", "--out", tmp_path)
    same = handover(environment, "schemas", "export", "--out", tmp_path, "--check")
    (tmp_path / ASYNCAPI).write_text("{}")
    other = handover(environment, "schemas", "export", "--out", tmp_path, "--check")
    nowhere = handover(environment, "schemas", "export", "--check")

    assert (same.returncode, same.stdout, same.stderr) == (0, "", "")
    assert (other.returncode, other.stdout) == (1, "")
    assert re.search(rf"exports: {re.escape(str(tmp_path / ASYNCAPI))}$", other.stderr)
    assert (tmp_path / ASYNCAPI).read_text() == "{}"
    assert nowhere.returncode == 2


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _references(value: Any) -> Iterator[str]:
    match value:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for member in value.values():
                yield from _references(member)
        case list():
            for member in value:
                yield from _references(member)
