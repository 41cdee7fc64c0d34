"""What the kernel does to processes whose parent is gone. Linux only; elsewhere these calls do nothing."""

import ctypes
import os
import signal
import sys
from collections.abc import Mapping

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None


def die_with_parent(sig: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to send us `sig` when our parent ends, however it ends. Forgotten on a change of uid."""
    _prctl(_PR_SET_PDEATHSIG, sig)


def die_with_parent_if_asked(environ: Mapping[str, str] = os.environ) -> None:
    """The Makefile sets HANDOVER_DIE_WITH_PARENT, so that a killed `make` leaves nothing running."""
    if environ.get("HANDOVER_DIE_WITH_PARENT"):
        die_with_parent()


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends: daemons can no longer slip away."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if _libc is not None and _libc.prctl(option, value, 0, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
