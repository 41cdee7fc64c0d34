"""The files of deploy/, read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
KUBERNETES = DEPLOY / "kubernetes"

Manifest = dict[str, Any]


def every_manifest() -> Iterator[tuple[str, Manifest]]:
    """The name of the file, and each document in it."""
    for path in sorted(KUBERNETES.glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            yield path.name, document


def manifest(kind: str) -> Manifest:
    [found] = [each for _, each in every_manifest() if each["kind"] == kind]
    return found


def rules() -> list[Manifest]:
    [group] = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"]
    found: list[Manifest] = group["rules"]
    return found


def dashboard() -> Manifest:
    found: Manifest = json.loads((DEPLOY / "grafana/handover-worker.json").read_text())
    return found
