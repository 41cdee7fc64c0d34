"""A Dockerfile and a .dockerignore, read as Docker reads them, as far as ours go."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Instruction:
    """`text` is what follows the name, continued lines joined."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The words; a JSON array, which is the exec form, has its items."""
        return [str(word) for word in json.loads(self.text)] if self.is_exec_form else shlex.split(self.text)

    @property
    def is_exec_form(self) -> bool:
        return self.text.startswith("[")

    @property
    def operands(self) -> list[str]:
        return [word for word in self.words if not word.startswith("--")]


@dataclass(frozen=True, slots=True)
class Stage:
    base: str
    name: str | None
    instructions: list[Instruction] = field(default_factory=list)

    def every(self, name: str) -> list[Instruction]:
        return [each for each in self.instructions if each.name == name]

    def last(self, name: str) -> Instruction:
        """The one that holds: a later USER, ENTRYPOINT or CMD takes the place of an earlier one."""
        return self.every(name)[-1]

    @property
    def copied_from_context(self) -> list[tuple[list[str], str]]:
        """Sources and target of each COPY that is not from another stage."""
        copies = [each.operands for each in self.every("COPY") if "--from=" not in each.text]
        return [(sources, target) for *sources, target in copies]

    @property
    def environment(self) -> dict[str, str]:
        pairs = (word.partition("=") for each in self.every("ENV") for word in each.words)
        return {name: value for name, _, value in pairs}


def read_stages(path: Path) -> list[Stage]:
    stages: list[Stage] = []
    for instruction in _instructions(path.read_text()):
        if instruction.name == "FROM":
            base, *rest = instruction.words
            stages.append(Stage(base, rest[1] if rest else None))
        else:
            stages[-1].instructions.append(instruction)
    return stages


def _instructions(text: str) -> Iterator[Instruction]:
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, rest = line.strip().split(maxsplit=1)
        yield Instruction(name.upper(), rest.strip())


def build_context(root: Path) -> list[Path]:
    """The files that reach the daemon, relative to `root`: of the patterns that match, the last one counts."""
    rules = _rules((root / ".dockerignore").read_text())
    files = (path.relative_to(root) for path in _walk(root) if path.is_file())
    return sorted(path for path in files if not _is_ignored(path, rules))


def _walk(root: Path) -> Iterator[Path]:
    """Without what is large, and no image's business whatever the patterns say."""
    for path in root.iterdir():
        if path.name not in {".git", ".servers"} and not path.name.startswith(".venv"):
            yield path
            if path.is_dir() and not path.is_symlink():
                yield from _walk(path)


def _rules(text: str) -> list[tuple[re.Pattern[str], bool]]:
    lines = (line.strip() for line in text.splitlines())
    patterns = [line for line in lines if line and not line.startswith("#")]
    return [(_pattern(line.removeprefix("!")), not line.startswith("!")) for line in patterns]


def _pattern(glob: str) -> re.Pattern[str]:
    """`*` stays within one name, `**/` is any number of folders; a folder's pattern covers what is in it."""
    parts = {"**/": "(?:.*/)?", "*": "[^/]*"}
    translated = re.sub(r"\*\*/|\*|[^*]+", lambda part: parts.get(part[0]) or re.escape(part[0]), glob)
    return re.compile(f"{translated}(?:/.*)?")


def _is_ignored(path: Path, rules: list[tuple[re.Pattern[str], bool]]) -> bool:
    verdicts = [ignored for pattern, ignored in rules if pattern.fullmatch(path.as_posix())]
    return verdicts[-1] if verdicts else False
