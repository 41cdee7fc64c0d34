"""The worker: one handover in, one open session with one agent out."""
