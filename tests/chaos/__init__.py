"""Breaks everything a worker depends on while it works, and counts: `python -m chaos` from tests/, or `make chaos`."""
