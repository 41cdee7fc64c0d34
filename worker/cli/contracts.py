"""`handover schemas`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="What travels, as JSON Schema and AsyncAPI.")


@app.callback()
def schemas() -> None:
    """What travels, as JSON Schema and AsyncAPI."""


@app.command()
def export(
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the files there; made if it is missing.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if what is in DIR is something else.")
    ] = False,
) -> None:
    """Write JSON Schema of each event, and the AsyncAPI document, which has them all; print the files' names.

    Without --out the document itself is printed. Exchanges and queues are called in it as your settings call them.
    """
    from worker.cli.failures import CommandFailed, Refused
    from worker.cli.output import emit
    from worker.config import load
    from worker.contracts import ASYNCAPI, files
    from worker.topology import Topology

    settings = load()
    texts = files(Topology(settings.exchange, settings.sessions_exchange))
    if out is None:
        if check:
            raise Refused("--check wants to know where: give --out DIR")
        emit(texts[ASYNCAPI].rstrip("\n"))
        return
    paths = {out / name: text for name, text in texts.items()}
    if check:
        if wrong := [str(path) for path, text in paths.items() if _text(path) != text]:
            raise CommandFailed(f"not what this version exports: {', '.join(wrong)}")
        return
    for path, text in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        emit(str(path))


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
