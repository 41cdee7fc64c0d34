"""The failures we tell apart, named for what becomes of them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tenacity import RetryCallState


class CannotStart(Exception):
    """Starting again will not help: something must be put right first."""


class NotMigrated(CannotStart):
    """The database is not the one this version of the program needs."""

    def __init__(self, found: str | None, needed: str) -> None:
        state = "has no tables of this program" if found is None else f"is at revision {found}"
        super().__init__(f"the database {state}, revision {needed} is needed: run `handover migrate`")


class SessionRaced(Exception):
    """Another program opened a session for the contact in the middle of our transaction: run it again."""

    def __init__(self) -> None:
        super().__init__(
            "another session of the contact was in the way, and could not be found; if that goes on, look for a unique"
            " index on the contact that covers more statuses than assigned and unassigned: `handover db check`"
        )


def sentence(error: BaseException | None) -> str:
    """An error in one line for a log or a letter; its type where it says nothing itself."""
    # PostgreSQL's detail quotes the row, and with it a customer's words.
    return " ".join(str(error).partition("\nDETAIL:")[0].split()) or type(error).__name__


def failure(state: "RetryCallState") -> BaseException | None:
    """What made a try fail."""
    return state.outcome.exception() if state.outcome else None
