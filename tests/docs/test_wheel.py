"""The wheel: all that a worker needs is in it and in what it asks for."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from checkout import ROOT, find_uv
from processes import RunningWorker
from visiting import Visitor

HTTP = {"HANDOVER_HTTP_PORT": "0"}


@pytest.mark.timeout(300)
async def test_in_an_empty_environment_it_migrates_and_works(
    tmp_path: Path, create_database: Callable[[str], str], environment: dict[str, str]
) -> None:
    programs = await asyncio.to_thread(_installed, tmp_path)
    told = {**environment, **HTTP, "DATABASE_URL": create_database("wheel")}
    migrate = await asyncio.create_subprocess_exec(programs / "handover", "migrate", env=told, cwd=tmp_path)
    assert await migrate.wait() == 0
    worker = await RunningWorker(
        await asyncio.create_subprocess_exec(
            programs / "handover", "worker", env=told, cwd=tmp_path, stderr=asyncio.subprocess.PIPE
        )
    ).ready()
    await worker.logged("answering")
    console = RunningWorker(
        await asyncio.create_subprocess_exec(
            *(programs / "handover", "console", "--port=0"),
            env=told,
            cwd=tmp_path,
            stderr=asyncio.subprocess.PIPE,
        )
    )
    visitor = Visitor((await console.logged("console_open"))["address"])
    assert (await visitor.get("/api/sessions"))["sessions"] == []
    page = await visitor.ask("GET", "/")
    parts = re.findall(r'(?:src|href)="(/page/[^"]+)"', page.body.decode())
    assert {(await visitor.ask("GET", part)).status for part in parts} == {200}
    assert await console.stop() == 0
    assert await worker.stop() == 0
    assert await _ended(programs, {**told, "HANDOVER_TRACES": "true"}, tmp_path) == (
        1,
        "handover: HANDOVER_TRACES needs opentelemetry, which is not installed: pip install 'handover-worker[otel]'",
    )


async def _ended(programs: Path, told: dict[str, str], folder: Path) -> tuple[int | None, str]:
    """The code of a worker that cannot start, and its last line."""
    process = await asyncio.create_subprocess_exec(
        programs / "handover", "worker", env=told, cwd=folder, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    return process.returncode, said.decode().splitlines()[-1]


def _installed(folder: Path) -> Path:
    """The folder of programs of an empty environment into which the wheel alone was installed."""
    uv = str(find_uv())
    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    environment = folder / "empty"
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], env=inherited, check=True)
    [wheel] = folder.glob("*.whl")
    subprocess.run(
        [uv, "venv", "--quiet", "--python", sys.executable, environment], env=inherited, check=True
    )
    python = environment / "bin" / "python"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, wheel], env=inherited, cwd=folder, check=True
    )
    return python.parent
