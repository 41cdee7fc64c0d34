"""A worker that dies where it is told to, or does wrong what it is told to; else a worker like any other.

    python -m chaos.launcher [--sabotage NAME] [--strike POINT:N]

The worker's own code knows nothing of this: what is wanted is wrapped around its functions before it starts.
"""

import argparse
import sys

import worker.app  # noqa: F401 - everything that can be wrapped must be there
from chaos.points import strike
from chaos.sabotage import sabotage
from worker.cli import main
from worker.servers.orphan import die_with_parent_if_asked


def launch() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sabotage")
    parser.add_argument("--strike")
    wanted = parser.parse_args()
    die_with_parent_if_asked()
    if wanted.sabotage:
        sabotage(wanted.sabotage)
    if wanted.strike:
        point, _, nth = wanted.strike.rpartition(":")
        strike(point, int(nth))
    sys.argv[1:] = ["worker"]
    main()


if __name__ == "__main__":
    launch()
