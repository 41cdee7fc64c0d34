"""When a session that nobody accepted is offered again."""

from datetime import datetime, timedelta

from worker.core.roster import Team

PAUSE_SECONDS = 60
"""Between two rounds of a session nobody accepted, where its team does not say how long accepting may take."""


def rests(reason: str | None, decided_at: datetime | None, team: Team | None, now: datetime) -> bool:
    """Whether a session, by its last decision, is between two rounds: who had it does not get it again yet."""
    if reason != "unanswered" or decided_at is None:
        return False
    return now < decided_at + timedelta(seconds=(team and team.accept_seconds) or PAUSE_SECONDS)
