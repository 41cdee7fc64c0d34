"""Another Debian in a folder: built once and whole, from where this machine has its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from worker.servers import Places, ServersUnavailable
from worker.servers.debian import have_rabbitmq
from worker.servers.hold import Hold
from worker.servers.refusal import Skipped

APT_GET = """#!/bin/sh
test "$1" = indextargets && echo http://mirror.example/debian/
"""
APT_CONFIG = """#!/bin/sh
echo "http_proxy='http://proxy.example:3142'"
"""
DEBOOTSTRAP = """#!/bin/sh
for argument; do case $argument in --cache-dir=*) packages=${argument#*=};; esac; done
for name in suite part mirror; do shift $(($# > 3 ? $# - 3 : 0)); eval $name=$1; shift; done
mkdir "$part" && echo "$suite $mirror $http_proxy" >"$part/built"
test -e "$packages/downloaded" || { touch "$packages/downloaded"; echo no route to mirror; exit 1; }
"""
NO_MOUNTS = """#!/bin/sh
shift
exec "$@"
"""
"""unshare, for whoever may not have mounts of their own."""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A machine whose debootstrap loses its connection the first time."""
    programs = tmp_path / "bin"
    programs.mkdir()
    scripts = {"apt-get": APT_GET, "apt-config": APT_CONFIG, "debootstrap": DEBOOTSTRAP, "unshare": NO_MOUNTS}
    for name, text in scripts.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return Places(apt_get=str(programs / "apt-get"), debian=tmp_path / "debian")


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    with Hold(tmp_path / "base", grace=0.5) as held:
        yield held


def test_a_build_that_was_ended_is_not_taken_for_a_whole_one(places: Places, hold: Hold) -> None:
    with pytest.raises(ServersUnavailable, match=r"debootstrap ended with code 1; .*\n  no route to mirror"):
        have_rabbitmq(4, places, hold, print)
    assert {path.name for path in places.debian.iterdir()} == {"trixie.part", "trixie.packages"}

    have_rabbitmq(4, places, hold, print)
    assert [path.name for path in places.debian.iterdir()] == ["trixie"]


def test_it_comes_from_the_mirror_and_by_the_proxy_of_this_machine(places: Places, hold: Hold) -> None:
    with pytest.raises(ServersUnavailable):
        have_rabbitmq(3, places, hold, print)
    have_rabbitmq(3, places, hold, print)
    said = "bookworm http://mirror.example/debian/ http://proxy.example:3142\n"
    assert (places.debian / "bookworm" / "built").read_text() == said


def test_it_is_built_once(places: Places, hold: Hold) -> None:
    said: list[str] = []
    (places.debian / "trixie").mkdir(parents=True)
    binaries = have_rabbitmq(4, places, hold, said.append)
    assert binaries.where == "Debian trixie"
    assert said == []


def test_a_generation_no_debian_has_is_refused(places: Places, hold: Hold) -> None:
    with pytest.raises(Skipped, match="no release of Debian is known to have RabbitMQ 5"):
        have_rabbitmq(5, places, hold, print)


def test_it_is_built_for_root_only(tmp_path: Path, hold: Hold) -> None:
    with pytest.raises(Skipped, match="not root on Debian"):
        have_rabbitmq(4, Places(apt_get=None, debian=tmp_path / "debian"), hold, print)
    assert not (tmp_path / "debian").exists()
