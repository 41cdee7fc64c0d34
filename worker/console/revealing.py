"""Whether contact ids are shown whole."""

from worker.console.desk import Console
from worker.console.endpoint import Asked
from worker.console.gate import Visitor
from worker.console.refusal import Refusal


class Reveal(Asked):
    """Whether contact ids are to be whole."""

    reveal: bool = False


def reveals(console: Console, visitor: Visitor, *, reveal: bool) -> bool:
    """Raises Refusal for who may not."""
    if reveal and not console.gate.may_reveal(visitor):
        raise Refusal(401, "log in with the console's token to see contact ids")
    return reveal
