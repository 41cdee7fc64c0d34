"""What `handover doctor` makes of what it saw: a state, a sentence, and the command that mends it."""

from worker.core.diagnosis.finding import Finding, State, Verdict, verdict

__all__ = ["Finding", "State", "Verdict", "verdict"]
