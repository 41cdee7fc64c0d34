"""What was seen of an `inbox_sessions` that is in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Column:
    """`base` is the type's name without a length, `shown` the type as PostgreSQL writes it.

    `labels` are an enum's, None of any other type; `length` is None where there is no limit; `given` is a default or
    an expression, so that an insert need not name the column.
    """

    name: str
    base: str
    shown: str
    labels: Sequence[str] | None
    length: int | None
    nullable: bool
    given: bool


@dataclass(frozen=True, slots=True)
class Index:
    """`columns` as SQL quotes them; `condition` of one that does not hold every session, None of any other.

    One that is not valid is not used by PostgreSQL, or being built. `holds`, of a unique one with a condition: for each
    status that is not active, whether such sessions are in it; None where that depends on more.
    """

    name: str
    columns: Sequence[str]
    unique: bool
    condition: str | None
    valid: bool
    being_built: bool
    holds: Mapping[str, bool | None] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether it holds some sessions only."""
        return self.condition is not None


@dataclass(frozen=True, slots=True)
class Doubled:
    """A contact with more than one active session."""

    tenant_id: str
    contact_id: str
    sessions: int


@dataclass(frozen=True, slots=True)
class Doubles:
    """How many contacts have more than one active session, how many those are, and the first contacts."""

    contacts: int
    sessions: int
    examples: Sequence[Doubled]


@dataclass(frozen=True, slots=True)
class Spelt:
    """How many active sessions have a contact that is not spelt as the worker spells it, and one such contact.

    `twins` of them are beside another active session of the same contact, if both were spelt so.
    """

    sessions: int
    example: str | None
    twins: int = 0


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A constraint of `inbox_sessions`, or of a table that refers to it, and its one column; `moves` if it can."""

    name: str
    table: str
    column: str
    refers_to: str
    moves: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """`inbox_sessions` and all about it. `kind` is PostgreSQL's `relkind`.

    `guarded`: an index makes a second active session of a contact impossible; `blanks` counts the active sessions
    that have nothing in a column, `others` the sessions with a status that is none of ours; `refused` are the statuses
    of ours that a constraint, by its name, refuses; `strangers` are the agents of the roster that `"assignedAgentId"`
    may not name; `loose` are columns that may refer to sessions, without a key.
    """

    kind: str
    columns: Mapping[str, Column]
    indexes: Sequence[Index]
    triggers: Sequence[str]
    has_schema: bool
    has_function: bool
    guarded: bool
    doubles: Doubles
    blanks: Mapping[str, int]
    others: Mapping[str, int]
    refused: Mapping[str, Sequence[str]]
    spelt: Spelt
    outgoing: Sequence[ForeignKey]
    incoming: Sequence[ForeignKey]
    loose: Sequence[str]
    strangers: int
    typeorm: bool
