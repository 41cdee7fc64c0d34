"""What a run came to, for people and for programs."""

from typing import Any

from chaos.run import Result


def table(result: Result) -> str:
    """The figures, the slowest recoveries, the violations, and how to run it again."""
    lines = [f"{name:<26}{_shown(value):>10}" for name, value in result.figures.items()]
    slowest = sorted(result.facts.recoveries, key=lambda each: each.seconds or float("inf"), reverse=True)
    lines += ["", "slowest to recover from"]
    lines += [f"  {each.fault:<40}{_shown(each.seconds):>10} s" for each in slowest[:8]]
    lines += ["", f"seed {result.plan.seed}"]
    if result.verdict.valid:
        lines.append("every promise was kept")
    for violation in result.verdict.violations:
        lines.append(f"BROKEN: {violation.rule}: {violation.detail}")
    return "\n".join(lines) + "\n"


def as_json(result: Result) -> dict[str, Any]:
    """The same, with stable names."""
    return {
        "seed": result.plan.seed,
        "valid": result.verdict.valid,
        "figures": dict(result.figures),
        "faults": dict(result.struck),
        "recoveries": [[each.fault, each.seconds] for each in result.facts.recoveries],
        "violations": [[each.rule, each.detail] for each in result.verdict.violations],
    }


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}".removesuffix(".00")
