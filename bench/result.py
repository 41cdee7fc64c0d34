"""What one run of one contestant came to."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`figures` by name, in the unit the name says; `wrong` is the oracle's: empty when it is content."""

    group: str
    case: str
    contestant: str
    figures: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
