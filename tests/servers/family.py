"""A parent that will not stop when asked, and a daemon of its that has slipped away. Writes both pids to a file."""

import os
import signal
import sys
from pathlib import Path

signal.signal(signal.SIGTERM, signal.SIG_IGN)
parent = os.getpid()
reading, writing = os.pipe()
if not (child := os.fork()):
    os.setsid()
    if not os.fork():
        os.write(writing, f"{parent} {os.getpid()}".encode())
        while True:
            signal.pause()
    os._exit(0)
os.waitpid(child, 0)
part = Path(f"{sys.argv[1]}.part")
part.write_bytes(os.read(reading, 100))
part.rename(sys.argv[1])
while True:
    signal.pause()
