"""Putting something of ours around the worker's functions, from outside, wherever they were imported to."""

import importlib
import sys
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


class NoSuchSeam(Exception):
    """The worker has changed: the table that names this must be mended."""


def find(place: str) -> Function:
    """The function at `module:name`, or the method at `module:Class.name`. Raises NoSuchSeam."""
    module_name, _, path = place.partition(":")
    found: Any = importlib.import_module(module_name)
    try:
        for name in path.split("."):
            found = getattr(found, name)
    except AttributeError:
        raise NoSuchSeam(f"{place} is no longer there") from None
    function: Function = found
    return function


def wrap(place: str, around: Callable[[Function], Function]) -> None:
    """Replace a function in every module of the worker that has it, or a method in its class."""
    original = find(place)
    replacement = around(original)
    module_name, _, path = place.partition(":")
    if "." in path:
        class_name, _, name = path.partition(".")
        setattr(getattr(importlib.import_module(module_name), class_name), name, replacement)
        return
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "worker":
            for attribute, value in list(vars(module).items()):
                if value is original:
                    setattr(module, attribute, replacement)


def statement(name: str) -> str:
    """The text of a statement of the worker. Raises NoSuchSeam."""
    from worker import sql  # noqa: PLC0415 - only the launcher's process needs it

    try:
        text: str = getattr(sql, name)
    except AttributeError:
        raise NoSuchSeam(f"worker/sql/{name}.sql is no longer there") from None
    return text
