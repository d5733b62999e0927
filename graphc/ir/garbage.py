"""Fewer runs of Python's garbage collector while programs are compiled."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

MANY = 50_000  # objects that are made between two runs

_lock = threading.Lock()
_before: list[tuple[int, int, int]] = []  # the setting to go back to, for each function that runs


def seldom_collected(function: Callable[P, R]) -> Callable[P, R]:
    """A function that looks for garbage seldom.

    Compiling makes objects by the million, most of which stay; to look through them time and again
    is a quarter of its work.  The setting is the process's: it is put back when the last of such
    functions ends, unless something else has changed it meanwhile.
    """

    @wraps(function)
    def collected_seldom(*args: P.args, **kwargs: P.kwargs) -> R:
        with _lock:
            _before.append(gc.get_threshold())
            if 0 < _before[0][0] < MANY:
                gc.set_threshold(MANY, *_before[0][1:])
        try:
            return function(*args, **kwargs)
        finally:
            with _lock:
                first = _before[0]
                _before.pop()
                if not _before and gc.get_threshold()[0] == MANY:
                    gc.set_threshold(*first)

    return collected_seldom
