"""A letter for the eye."""

import json
from collections.abc import Iterator
from typing import Any

from worker.cli.output import cell, printable
from worker.letters.shapes import Body, ShownLetter

FACTS = (
    *("id", "state", "reason", "error", "fingerprint", "tenant_id", "contact_id", "event_id", "attempts"),
    *("first_at", "last_at", "changed_at", "queue", "exchange", "routing_key", "superseded_by"),
)
WIDTH = max(map(len, FACTS))


def portrait(letter: ShownLetter) -> str:
    """All of it, in lines; nothing in it steers a terminal."""
    return "\n".join(_lines(letter))


def _lines(letter: ShownLetter) -> Iterator[str]:
    for name in FACTS:
        if (value := getattr(letter, name)) is not None:
            yield f"{name.replace('_', ' '):{WIDTH}}  {cell(value)}"
    if letter.state == "open":
        today = ": ".join(filter(None, (letter.today.verdict, letter.today.detail)))
        yield f"{'a replay now':{WIDTH}}  {printable(today)}"
    yield from ("", "properties:", *_indented(letter.properties))
    yield from ("", f"body ({letter.body.encoding}):", *_body(letter.body))
    yield from ("", "history:")
    for past in letter.history:
        what = f"{past.action} by {past.actor}: {past.outcome}"
        yield printable(f"  {past.at:%Y-%m-%d %H:%M:%S}  {what}{f', {past.detail}' if past.detail else ''}")
    if not letter.history:
        yield "  nothing was done with it"


def _body(body: Body) -> Iterator[str]:
    if body.encoding == "json":
        yield from _indented(body.content)
    else:
        yield from (f"  {printable(line)}" for line in body.content.splitlines())


def _indented(value: Any) -> Iterator[str]:
    for line in json.dumps(value, ensure_ascii=False, indent=2).splitlines():
        yield f"  {printable(line)}"
