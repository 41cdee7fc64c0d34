"""What the pipe has to show: nothing but that every message it took came out."""

from collections.abc import Sequence


def violations(published: Sequence[str], left: int, came_out: Sequence[str]) -> list[str]:
    """Each way in which it lost or made up messages, in a sentence. Ids; one that came out twice is no violation."""
    found: list[str] = []
    distinct = set(came_out)
    if made_up := distinct - set(published):
        found.append(f"{len(made_up)} came out that never went in")
    if (lost := len(published) - left - len(distinct)) > 0:
        found.append(f"{lost} neither came out nor are in the queue")
    return found
