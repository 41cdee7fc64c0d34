"""The console: one page for people who would rather look than read JSON, and the API it is made of.

It runs in a process of its own, reads what the commands read with the functions the commands use, and is told of
changes by the `sessions` exchange. Nothing of the worker imports it.
"""
