"""What else could have been written: each module is a program that does the worker's job its own way.

They read DATABASE_URL and AMQP_URL, work until SIGTERM, finish what they began, and end. None of them handles an
error: one that happens ends it, and the run has failed.
"""
