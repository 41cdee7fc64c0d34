"""README.md, taken apart: its blocks of code and its tables, in order."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from checkout import ROOT

TEXT = (ROOT / "README.md").read_text()

ADOPTING = "You already have an inbox"
"""The section that is about another database than the rest of the page."""

Language = Literal["console", "python", "sql", "json", "mermaid"]

_FENCED = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
_TABLE = re.compile(r"^\|.*\|\n\|[-|]+\|\n((?:\|.*\|\n)+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    """What is typed, and the lines it answers with; `...` stands for lines left out."""

    command: str
    shown: tuple[str, ...]


def blocks(language: Language) -> list[str]:
    """Those of the page, but for what is about adopting."""
    return [text for found, text in _every_block(_without(ADOPTING)) if found == language]


def section(title: str) -> list[str | Step]:
    """What a reader of a section does, in order: SQL is a text, a command a step."""
    done: list[str | Step] = []
    for language, text in _every_block(_section(title)):
        if language == "console":
            done.extend(_steps(text))
        else:
            done.append(text)
    return done


def languages() -> set[str]:
    return {language for language, _ in _every_block(TEXT)}


def known_languages() -> set[str]:
    return set(get_args(Language))


def steps() -> list[Step]:
    """Every command of every console block, but for what is about adopting."""
    return [step for block in blocks("console") for step in _steps(block)]


def table(first_header: str, *, after: str = "") -> list[list[str]]:
    """The cells of the first table below `after` whose first column is headed so, without its head."""
    for found in _TABLE.finditer(TEXT, TEXT.index(after)):
        if found[0].startswith(f"| {first_header} |"):
            return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in found[1].splitlines()]
    raise LookupError(f"no table below {after!r} begins with a column {first_header!r}")


def names(first_header: str, *, after: str = "") -> list[str]:
    """What stands in backquotes in the first column of a table."""
    return [name for first, *_ in table(first_header, after=after) for name in re.findall("`([^`]+)`", first)]


def links() -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", TEXT)


def anchors() -> set[str]:
    """What links may point to on the page itself, as GitHub names headings."""
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _section(title: str) -> str:
    return TEXT[TEXT.index(f"## {title}\n") :].partition("\n## ")[0]


def _without(title: str) -> str:
    return TEXT.replace(_section(title), "")


def _every_block(page: str) -> list[tuple[str, str]]:
    return [(found[1], found[2]) for found in _FENCED.finditer(page)]


def _steps(block: str) -> list[Step]:
    commands = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    return [Step(command, tuple(shown)) for command, *shown in map(str.splitlines, commands)]
