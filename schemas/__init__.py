"""What both sides of a queue import: the events and how they travel."""
