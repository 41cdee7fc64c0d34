"""One transaction a message, through aio-pika."""

from functools import partial

from bench.contestants.callbacks import serve
from bench.contestants.program import run
from bench.contestants.transaction import hand_over

if __name__ == "__main__":
    run(partial(serve, hand_over))
