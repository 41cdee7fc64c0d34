"""The image: its Dockerfile is read, and what its build stage does is done here, but for the container."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from checkout import ROOT, find_uv
from dockerfile import build_context, read_stages
from processes import RunningWorker

BUILD, FINAL = read_stages(ROOT / "Dockerfile")
CONTEXT = build_context(ROOT)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs that the build stage makes, with this Python, of nothing but what it copies."""
    app = tmp_path_factory.mktemp("app")
    uv = str(find_uv())
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL_ENV")}
    environment = {**inherited, **BUILD.environment, "UV_PYTHON": sys.executable}
    for instruction in BUILD.instructions:
        if instruction.name == "COPY":
            *sources, target = instruction.operands
            _copy(sources, app / target)
        elif instruction.name == "RUN" and instruction.words[0] == "uv":
            subprocess.run([uv, *instruction.words[1:]], cwd=app, env=environment, check=True)
    return app / ".venv" / "bin"


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    sources = [source for sources, _ in BUILD.copied_from_context for source in sources]
    assert [source for source in sources if not _files_of(source)] == []
    assert FINAL.copied_from_context == []


def test_nothing_is_sent_to_the_daemon_that_is_not_copied() -> None:
    copied = {
        file for sources, _ in BUILD.copied_from_context for source in sources for file in _files_of(source)
    }
    assert set(CONTEXT) == copied


def test_secrets_and_caches_of_a_checkout_stay_out_of_the_image(tmp_path: Path) -> None:
    shutil.copy(ROOT / ".dockerignore", tmp_path)
    for name in (".env", "worker/app.py", "worker/core/__pycache__/x.pyc", "tests/conftest.py", "dist/x.whl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert build_context(tmp_path) == [Path("worker/app.py")]


def test_it_runs_as_a_user_that_can_be_seen_not_to_be_root() -> None:
    user = FINAL.last("USER").text
    assert re.fullmatch(r"[1-9]\d*", user)
    assert FINAL.instructions.index(FINAL.last("USER")) > FINAL.instructions.index(FINAL.last("COPY"))


def test_signals_reach_the_program_itself() -> None:
    assert FINAL.last("ENTRYPOINT").is_exec_form
    assert FINAL.last("CMD").is_exec_form


def test_the_virtual_environment_stays_at_its_path_and_with_its_python() -> None:
    [copy] = FINAL.every("COPY")
    [source, target] = copy.operands
    assert source == target == f"{BUILD.last('WORKDIR').text}/.venv"
    assert FINAL.base == BUILD.base
    assert FINAL.environment["PATH"].split(":")[0] == f"{target}/bin"


def test_its_python_is_one_the_project_supports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    oldest = re.fullmatch(r">=(\d+)\.(\d+)", project["requires-python"])
    image = re.fullmatch(r"python:(\d+)\.(\d+)-slim", BUILD.base)
    assert oldest
    assert image
    assert tuple(map(int, image.groups())) >= tuple(map(int, oldest.groups()))


def test_its_uv_is_the_one_make_installs() -> None:
    [wanted] = re.findall(r"^UV_VERSION := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert f"uv=={wanted}" in BUILD.every("RUN")[0].words


@pytest.mark.timeout(300)
def test_its_command_is_one_of_the_program(installed: Path) -> None:
    [program], command = FINAL.last("ENTRYPOINT").words, FINAL.last("CMD").words
    shown = [_output(installed / program, "--help"), _output(installed / program, *command, "--help")]
    assert [text.splitlines()[0] for text in shown] == [
        f"Usage: {program} [OPTIONS] COMMAND [ARGS]...",
        f"Usage: {program} {' '.join(command)} [OPTIONS]",
    ]


@pytest.mark.timeout(300)
def test_tools_of_development_are_not_in_it(installed: Path) -> None:
    assert {"pytest", "mypy", "ruff"}.isdisjoint(path.name for path in installed.iterdir())


@pytest.mark.timeout(300)
async def test_it_migrates_works_and_ends_at_sigterm(
    installed: Path, create_database: Callable[[str], str], environment: dict[str, str], tmp_path: Path
) -> None:
    """What the programs read at run time, SQL and migrations, is in the wheel."""
    [program], command = FINAL.last("ENTRYPOINT").words, FINAL.last("CMD").words
    start = partial(
        asyncio.create_subprocess_exec,
        installed / program,
        env={**environment, "DATABASE_URL": create_database("image")},
        cwd=tmp_path,
    )

    assert await (await start("migrate")).wait() == 0
    worker = await RunningWorker(await start(*command, stderr=asyncio.subprocess.PIPE)).ready()
    assert await worker.stop() == 0


def _files_of(source: str) -> list[Path]:
    return [path for path in CONTEXT if path.is_relative_to(Path(source))]


def _copy(sources: list[str], target: Path) -> None:
    """As COPY does: a file goes into the target, of a folder what is in it."""
    for source in sources:
        for file in _files_of(source):
            within = file.relative_to(source) if (ROOT / source).is_dir() else Path(file.name)
            (target / within).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, target / within)


def _output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
