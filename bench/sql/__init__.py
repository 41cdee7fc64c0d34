"""The comparators' statements: one a file, `sql.choose_agent` is the text of `choose_agent.sql`."""

from importlib.resources import files

_TEXTS = {
    path.name.removesuffix(".sql"): path.read_text(encoding="utf-8")
    for path in files(__name__).iterdir()
    if path.name.endswith(".sql")
}


def __getattr__(name: str) -> str:
    try:
        return _TEXTS[name]
    except KeyError:
        raise AttributeError(f"there is no statement bench/sql/{name}.sql") from None
