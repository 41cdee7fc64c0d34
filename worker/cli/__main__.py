"""`python -m worker.cli`: the same as `handover`."""

from worker.cli import main

main()
