"""When a session that nobody accepted is offered again, and when no session is any more."""

from datetime import datetime, timedelta

from worker.core.roster import Team

PAUSE_SECONDS = 60
"""Between two rounds of a session nobody accepted, where its team does not say how long accepting may take."""


def rests(reason: str | None, decided_at: datetime | None, team: Team | None, now: datetime) -> bool:
    """Whether a session, by its last decision, is between two rounds: who had it does not get it again yet."""
    if reason != "unanswered" or decided_at is None:
        return False
    return now < decided_at + timedelta(seconds=(team and team.accept_seconds) or PAUSE_SECONDS)


def is_given_up(reason: str | None, asked_at: datetime | None, since: datetime) -> bool:
    """Whether it was asked for before then and nobody accepted it: offering it once more would change it for ever."""
    return reason == "unanswered" and asked_at is not None and asked_at <= since
