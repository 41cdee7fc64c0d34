"""A progress bar on stderr, where a person can see it and it disturbs nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Advance = Callable[[int, int], None]
"""Takes how many more lines, and how many more bytes, are done."""


@contextmanager
def progress(path: Path) -> Iterator[Advance]:
    """A bar over a file's bytes, if stderr is a terminal and stdout, where the ids go, is not."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda _lines, _bytes: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.fields[lines]} lines"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), redirect_stdout=False) as bars:
        bar = bars.add_task("", total=path.stat().st_size if path.is_file() else None, lines=0)
        yield lambda lines, size: bars.update(bar, advance=size, lines=bars.tasks[0].fields["lines"] + lines)
