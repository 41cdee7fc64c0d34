"""Whatever a worker depends on, broken while it works."""
