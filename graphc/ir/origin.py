"""Where a node comes from: the user's name, scope, file and line.

An origin is carried beside a node for errors, headers and names; it is never part of the node's
identity.  Derivatives and rewrites inherit the origin of what they were derived from, with
another `role`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

_PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep
_EXAMPLES = _PACKAGE + "examples" + os.sep
_COMMANDS = os.path.join(_PACKAGE, "cli.py")  # whoever called a command declares nothing


@dataclass(frozen=True, slots=True)
class Origin:
    """The place in the user's program that asked for a node.

    Attributes:
        scope: names of the enclosing scopes, outermost first (``("dense_1",)``).
        file: the user's file, without its folder, so that output is the same on every machine.
        line: the line in that file, 0 if unknown.
        role: ``"forward"``, ``"backward"`` or ``"update"``.
        rule: for what differentiation made, the forward node whose derivative it is; for the sum
            of what comes back to a tensor on several paths, that tensor.
        cotangent: whether it is the gradient by an operand itself, not a part of its computation.
        remark: what else a reader should know of the block that it is in.
    """

    scope: tuple[str, ...] = ()
    file: str = ""
    line: int = 0
    role: str = "forward"
    rule: Any = field(default=None, compare=False, repr=False)
    cotangent: bool = field(default=False, compare=False, repr=False)
    remark: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.file else "<unknown>"


_scopes: list[str] = []
_forced: list[Origin] = []
_roles: list[str] = []


def current() -> Origin:
    """The origin of a node that is made now."""
    if _forced:
        forced = _forced[-1]
        return replace(forced, role=_roles[-1]) if _roles and _roles[-1] != forced.role else forced
    role = _roles[-1] if _roles else "forward"
    frame = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        generated = path == "<string>" and frame.f_code.co_name == "__init__"  # a dataclass's
        if not generated and (not path.startswith(_PACKAGE) or path.startswith(_EXAMPLES)):
            return Origin(tuple(_scopes), os.path.basename(path), frame.f_lineno, role)
        if frame.f_back is None or path == _COMMANDS:
            break
        frame = frame.f_back
    return Origin(tuple(_scopes), role=role)


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Everything made inside belongs to a part of the network called `name`."""
    _scopes.append(str(name))
    try:
        yield
    finally:
        _scopes.pop()


def current_scope() -> tuple[str, ...]:
    """The names of the scopes that are open, outermost first."""
    return tuple(_scopes)


class _Derived:
    """As `derived_from`; a class, since every rewrite of a graph enters one for each node."""

    __slots__ = ("origin",)

    def __init__(self, origin: Origin | None) -> None:
        self.origin = origin

    def __enter__(self) -> None:
        if self.origin is not None:
            _forced.append(self.origin)

    def __exit__(self, *error: object) -> None:
        if self.origin is not None:
            _forced.pop()


def derived_from(origin: Origin | None, part: str | None = None) -> _Derived:
    """A context: everything made inside inherits `origin` (and opens a further scope `part`)."""
    if origin is not None and part is not None:
        origin = replace(origin, scope=(*origin.scope, part))
    return _Derived(origin)


@contextmanager
def derivative_of(rule: Any) -> Iterator[None]:
    """Everything made inside is part of the derivative of a forward node, or of a tensor."""
    origin = getattr(rule, "origin", None) or current()  # a tensor has none of its own
    with role("backward"), derived_from(replace(origin, rule=rule, cotangent=False)):
        yield


@contextmanager
def role(name: str) -> Iterator[None]:
    """Everything made inside has that role."""
    _roles.append(name)
    try:
        yield
    finally:
        _roles.pop()
