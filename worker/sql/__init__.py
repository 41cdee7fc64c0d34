"""The statements: one a file, `sql.lock_tenant` is the text of `lock_tenant.sql`.

As in psql, a line `\\ir name.sql` stands for that file.
"""

import re
from importlib.resources import files

_FILES = {
    path.name: path.read_text(encoding="utf-8")
    for path in files(__name__).iterdir()
    if path.name.endswith(".sql")
}
_INCLUDE = re.compile(r"^\\ir (.+)$", re.MULTILINE)


def _whole(text: str) -> str:
    return _INCLUDE.sub(lambda found: _whole(_FILES[found[1]]), text)


_TEXTS = {name.removesuffix(".sql"): _whole(text) for name, text in _FILES.items()}


def __getattr__(name: str) -> str:
    try:
        return _TEXTS[name]
    except KeyError:
        raise AttributeError(f"there is no statement worker/sql/{name}.sql") from None
