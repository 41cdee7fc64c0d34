"""What a replay would make of each group."""

from collections.abc import Iterable

from worker.letters.judging import Judged
from worker.letters.shapes import PlannedGroup, Would


def groups(considered: Iterable[Judged]) -> list[PlannedGroup]:
    """What would happen to each group, the largest first."""
    found: dict[tuple[str, str], list[Judged]] = {}
    for candidate, judgement in considered:
        found.setdefault((candidate.fingerprint, candidate.reason), []).append((candidate, judgement))
    return sorted(
        (
            PlannedGroup(
                fingerprint=fingerprint,
                reason=reason,
                error=letters[-1][0].error,
                count=len(letters),
                sent=sum(judgement.sends for _, judgement in letters),
                would=_would(letters),
                detail=next((judgement.detail for _, judgement in letters if judgement.detail), None),
            )
            for (fingerprint, reason), letters in found.items()
        ),
        key=lambda group: -group.count,
    )


def _would(letters: Iterable[Judged]) -> Would:
    verdicts = [judgement.verdict for _, judgement in letters]
    return Would(*(verdicts.count(verdict) for verdict in ("replay", "broken", "handled", "superseded")))
