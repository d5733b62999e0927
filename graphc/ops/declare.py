"""How elementwise ops are declared: a name, a SymPy expression, what floating point adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphc.errors import TypeMismatchError
from graphc.ir.node import Tensor, builders
from graphc.ops.base import register
from graphc.ops.elementwise import Elementwise, apply, cast


class _LazySympy:
    """SymPy, imported when an expression is first looked at."""

    def __getattr__(self, name: str) -> Any:
        import sympy

        return getattr(sympy, name)


sp: Any = _LazySympy()
Function = Callable[..., Tensor]


def declare(
    name: str,
    expression: Callable[..., Any],
    *,
    doc: str = "",
    kind: type[Elementwise] = Elementwise,
    **parts: Any,
) -> Callable[..., Tensor]:
    """Register an elementwise op; returns the function that applies it.

    Args:
        name: the op's name.
        expression: its scalar expression.
        doc: what the function's docstring says first; by default its name.
        kind: the class of the op, where it prints itself in a way of its own.
        parts: what :class:`Elementwise` takes.
    """
    op = kind(name, expression, **parts)
    register(op)

    def function(*values: Any) -> Tensor:
        if len(values) != op.arity:
            raise TypeMismatchError(f"{name} takes {op.arity} operands, not {len(values)}")
        return apply(op, *values)

    function.op = op  # type: ignore[attr-defined]
    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        doc or f"Elementwise {name.replace('_', ' ')}, with NumPy's broadcasting and promotion."
    )
    builders[name] = function
    return function


def step(condition: Tensor, dtype: str) -> Tensor:
    """1 where a condition holds, else 0."""
    return cast(condition, dtype)
