"""Every error that graphc raises on purpose.

Each message names the thing, its place in the user's file and what was expected; operands are
listed one a line below it by :func:`describe`.
"""

from __future__ import annotations

from collections.abc import Iterable


class GraphcError(Exception):
    """The base of all errors raised by graphc."""


class DeclarationError(GraphcError):
    """Something that is wrong with a declaration; its message ends in the user's file and line."""

    def __init__(self, message: str) -> None:
        from graphc.ir import origin  # the only thing below that errors need

        super().__init__(message)
        self.place = str(origin.current())

    def __str__(self) -> str:
        message = str(self.args[0])
        if self.place in message or self.place.startswith("<"):
            return message
        first, newline, rest = message.partition("\n")
        return f"{first} ({self.place}){newline}{rest}"


class ShapeError(DeclarationError, ValueError):
    """Shapes that do not fit together."""


class TypeMismatchError(DeclarationError, TypeError):
    """A dtype, or a kind of value, that an operation does not take."""


class GraphError(DeclarationError, ValueError):
    """A graph that can't be built or compiled as asked (names, unconnected inputs, ...)."""


class DifferentiationError(DeclarationError, ValueError):
    """A derivative that does not exist, or was asked of the wrong thing."""


class RewriteError(GraphcError, RuntimeError):
    """A rewrite that loops, or a pass that left an invalid graph."""


class CompileError(DeclarationError, RuntimeError):
    """A program that can't be emitted for the chosen target or style."""


class DataError(GraphcError, ValueError):
    """Data that do not fit the program they are given to."""


class CheckpointError(GraphcError, RuntimeError):
    """A checkpoint that is damaged, foreign or of another program."""


class ExportError(GraphcError, RuntimeError):
    """A model that can't be exported as asked."""


class NameClashError(GraphError):
    """Two things under one name."""


def meant(name: object, known: Iterable[str]) -> str:
    """``; did you mean 'gelu'?`` where something known is spelt nearly so, otherwise nothing."""
    import difflib  # only now: nothing else needs it

    close = difflib.get_close_matches(str(name), list(known), 1)
    return f"; did you mean '{close[0]}'?" if close else ""


def describe(headline: str, operands: Iterable[object] = ()) -> str:
    """Join a headline and one indented line for each operand."""
    return "\n".join([headline, *(f"  {operand}" for operand in operands)])
