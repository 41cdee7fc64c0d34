"""What others install: the events alone, and the client, neither with anything of the worker."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from checkout import ROOT, find_uv

from handover_client import publisher
from worker.contracts import files
from worker.topology import REQUESTED, Topology

ROUND_TRIP = """
import json, sys
from schemas import Handover, decode_handover, encode_handover
sent = Handover(event_id="e-1", tenant_id="acme", contact_id="+254 745 050 238")
body = encode_handover(sent, source="/bots/refunds")
read = decode_handover(body, content_type="application/cloudevents+json", headers={}, message_id=None)
assert read == sent and read.contact_id == "254745050238"
import schemas
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def project(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
    return found


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all that is distributed, each built as a release builds it: from its source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    for source in ("schemas", "handover_client", "."):
        _uv("build", "--quiet", "--out-dir", folder, ROOT / source)
    return folder


@pytest.mark.timeout(300)
def test_the_events_install_alone_and_need_nothing_but_pydantic(wheels: Path, tmp_path: Path) -> None:
    python = _installed(wheels, tmp_path, "handover-schemas")
    listed = json.loads(_uv("pip", "list", "--format", "json", "--python", python))
    loaded = json.loads(_run(python, ROUND_TRIP))

    needed = {"pydantic", "pydantic-core", "annotated-types", "typing-extensions", "typing-inspection"}
    assert {each["name"] for each in listed} == {"handover-schemas", *needed}
    assert {"schemas", "pydantic"} <= set(loaded)
    assert {"worker", "aio_pika", "asyncpg"}.isdisjoint(loaded)


@pytest.mark.timeout(300)
def test_the_client_installs_without_the_worker(wheels: Path, tmp_path: Path) -> None:
    python = _installed(wheels, tmp_path, "handover-client")
    listed = {each["name"] for each in json.loads(_uv("pip", "list", "--format", "json", "--python", python))}
    assert {"handover-schemas", "aio-pika"} <= listed
    assert {"handover-worker", "asyncpg", "sqlalchemy"}.isdisjoint(listed)
    assert "Publisher" in _run(python, "import handover_client; print(handover_client.__all__)")


@pytest.mark.timeout(300)
def test_the_events_bring_their_contracts(wheels: Path) -> None:
    found = _names(wheels, "handover_schemas")
    assert {f"schemas/{name}" for name in files(Topology())} <= found
    assert not [
        name
        for name in found
        if name.startswith("schemas/released/") or name.endswith(("README.md", "pyproject.toml"))
    ]


@pytest.mark.timeout(300)
def test_the_worker_brings_the_same_events_and_no_client(wheels: Path) -> None:
    theirs = {name for name in _names(wheels, "handover_schemas") if name.startswith("schemas/")}
    ours = _names(wheels, "handover_worker")
    assert theirs <= ours
    assert not [name for name in ours if "handover_client" in name or name.startswith("schemas/released/")]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("distribution", ["handover_schemas", "handover_client", "handover_worker"])
def test_each_brings_its_licence_and_says_where_it_runs(wheels: Path, distribution: str) -> None:
    [wheel] = wheels.glob(f"{distribution}-*.whl")
    info = wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info"
    with zipfile.ZipFile(wheel) as opened:
        assert opened.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
        metadata = opened.read(f"{info}/METADATA").decode()
    assert "License-Expression: MIT" in metadata
    pythons = re.findall(r"^Classifier: Programming Language :: Python :: (3\.\d+)$", metadata, re.MULTILINE)
    assert pythons == ["3.11", "3.12", "3.13", "3.14"]


@pytest.mark.parametrize("folder", ["schemas", "handover_client"])
def test_they_are_released_together(folder: str) -> None:
    worker, own = project("."), project(folder)
    assert (own["version"], own["requires-python"]) == (worker["version"], worker["requires-python"])
    assert {*own["dependencies"]} <= {*worker["dependencies"], "handover-schemas>=0.1"}


def test_the_client_publishes_where_the_worker_listens() -> None:
    assert publisher.ROUTING_KEY == REQUESTED


def _installed(wheels: Path, folder: Path, name: str) -> Path:
    """The Python of an empty environment with the wheel and what it needs."""
    _uv("venv", "--quiet", "--python", sys.executable, folder / "env")
    python = folder / "env" / "bin" / "python"
    _uv("pip", "install", "--quiet", "--python", python, "--find-links", wheels, name)
    return python


def _names(wheels: Path, distribution: str) -> set[str]:
    [wheel] = wheels.glob(f"{distribution}-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def _run(python: Path, text: str) -> str:
    """In a folder where nothing of the checkout can be imported."""
    return _output([python, "-W", "error", "-c", text], cwd=python.parent)


def _uv(*words: str | Path) -> str:
    return _output([find_uv(), *words], cwd=ROOT)


def _output(command: list[str | Path], cwd: Path) -> str:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")
    }
    done = subprocess.run(command, cwd=cwd, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout
