"""How fast, how soon, how small: contestants in turn on servers of our own, and an oracle after every run."""
