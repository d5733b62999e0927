"""Streams and graphs of the stand-in: what is done in stream order, and done again by a graph."""

import itertools
from contextlib import contextmanager

_capturing = []  # the graph that is being captured
_entered = []  # the streams that are current, one inside the other


def enqueue(work):
    """Do something in stream order: now, or when the graph that is being captured is launched."""
    if _capturing:
        _capturing[-1].append(work)
    else:
        work()


def no_capture(what):
    if _capturing:
        raise RuntimeError(f"{what} is not permitted while a stream is being captured")


class Graph:
    """What was captured: launching it does it all again."""

    def __init__(self, work):
        self.work = work

    def launch(self, stream=None):
        for step in self.work:
            step()


class Stream:
    """A stream; everything here happens in order anyway."""

    null = None
    made = itertools.count(1)

    def __init__(self, null=False, non_blocking=False):
        self.non_blocking = non_blocking
        self.ptr = next(self.made)

    def __enter__(self):
        _entered.append(self)
        return self

    def __exit__(self, *error):
        _entered.pop()

    def begin_capture(self, mode=None):
        _capturing.append([])

    def end_capture(self):
        return Graph(_capturing.pop())

    def is_capturing(self):
        return bool(_capturing)

    def record(self, event=None):
        return event or Event()

    def wait_event(self, event):
        pass

    def synchronize(self):
        no_capture("waiting")


_OUTERMOST = Stream()


def get_current_stream():
    return _entered[-1] if _entered else _OUTERMOST


class Event:
    """A point in a stream."""


class MemoryPool:
    """Where memory comes from; here there is enough."""

    def malloc(self, size):
        raise NotImplementedError("the stand-in takes NumPy's memory")


@contextmanager
def using_allocator(allocator):
    yield
