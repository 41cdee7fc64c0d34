"""The decisions: no I/O, no clock, no chance. The shell reads, calls this, writes."""
