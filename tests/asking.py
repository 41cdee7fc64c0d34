"""Asking a worker over HTTP how it is."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from processes import IN_TIME, RunningWorker
from prometheus_client.parser import text_string_to_metric_families

ON = {"HANDOVER_HTTP_PORT": "0"}
"""The setting of a worker that answers, wherever there is room."""


async def url_of(worker: RunningWorker) -> str:
    port = (await worker.logged("answering"))["port"]
    return f"http://127.0.0.1:{port}"


async def asked(worker: RunningWorker, path: str) -> tuple[int, str]:
    """The status and the body."""
    url = await url_of(worker) + path

    def get() -> tuple[int, str]:
        try:
            with urllib.request.urlopen(url, timeout=IN_TIME) as answer:  # noqa: S310 - our own worker
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    return await asyncio.to_thread(get)


async def ready(worker: RunningWorker) -> tuple[int, dict[str, Any]]:
    status, body = await asked(worker, "/readyz")
    return status, json.loads(body)


async def samples(worker: RunningWorker) -> dict[str, float]:
    """Every sample by its name, with its labels as Prometheus writes them."""
    _, text = await asked(worker, "/metrics")
    return {
        _written(sample.name, sample.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def until_ready(worker: RunningWorker, said: Callable[[int, dict[str, Any]], bool]) -> dict[str, Any]:
    """What /readyz says as soon as that is so."""
    async with asyncio.timeout(IN_TIME):
        while True:
            status, body = await ready(worker)
            if said(status, body):
                return body
            await asyncio.sleep(0.05)


async def until_sample(worker: RunningWorker, name: str, value: float) -> dict[str, float]:
    """All samples, as soon as this one has this value."""
    async with asyncio.timeout(IN_TIME):
        while (found := await samples(worker)).get(name) != value:
            await asyncio.sleep(0.05)
        return found


def _written(name: str, labels: dict[str, str]) -> str:
    inner = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inner}}}" if inner else name
