"""What an inbox somebody else made lacks, and the steps that give it to it."""

from worker.core.adoption.merging import Open, Settlement, settle
from worker.core.adoption.plan import Plan, plan
from worker.core.adoption.seen import Column, Doubled, Doubles, ForeignKey, Index, Seen, Spelt
from worker.core.adoption.steps import How, Step

__all__ = [
    "Column",
    "Doubled",
    "Doubles",
    "ForeignKey",
    "How",
    "Index",
    "Open",
    "Plan",
    "Seen",
    "Settlement",
    "Spelt",
    "Step",
    "plan",
    "settle",
]
