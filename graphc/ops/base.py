"""What an op is: one class with everything the compiler asks of it, in one place.

An op is either *primitive*, and prints itself as NumPy (`plain`, an expression; `planned`,
statements that write given buffers; a view prints one expression for both), or *composite*, and
is replaced by simpler ops (`lower`) once the rules that know it as a whole have had their turn.
`register` refuses an op that lacks a part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np

from graphc.errors import GraphError
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, make
from graphc.ir.types import TensorType

Array: TypeAlias = np.ndarray[Any, Any]

# How strongly an expression binds, for parentheses: Python's own order.
TERNARY, OR, COMPARE, BITOR, BITAND, SUM, PRODUCT, UNARY, POWER, ATOM = range(10)


class Emitter(Protocol):
    """What an op is given when it prints itself."""

    node: Node
    out: str  # where the (first) result goes; planned style only
    scratch: list[str]  # the buffers asked for by `Op.scratch`; planned style only
    prepared: list[str]  # what `Op.prepared` asked for; planned style only

    @property
    def args(self) -> list[str]:
        """The operands, as arguments of a call."""

    @property
    def rng(self) -> str:
        """The generator of a random op's stream."""

    def arg(self, position: int, precedence: int = ATOM) -> str:
        """An operand, in parentheses if it binds less than `precedence`."""

    def dim(self, value: DimLike) -> str:
        """A dimension as an expression."""

    def shape(self, shape: Sequence[DimLike]) -> str:
        """A shape as a tuple."""

    def literal(self, value: Array) -> str:
        """A number or a small array as an expression; a large array as a name."""

    @property
    def dot(self) -> str:
        """The function that multiplies two matrices."""


@dataclass(frozen=True)
class Sample:
    """A case on which an op is tested: operands, attributes, and whether finite differences hold.

    Attributes:
        arrays: the operands; floats are given in float64 and also tried in float32.
        attrs: the node's attributes.
        smooth: False at kinks and ties, where only the stated convention is checked, by
            `gradients` if given: the expected cotangent of each operand for a cotangent of ones.
        retype: False where the attributes hold for these element types alone.
    """

    arrays: tuple[Array, ...]
    attrs: dict[str, Any] = field(default_factory=dict)
    smooth: bool = True
    gradients: tuple[Array | None, ...] | None = None
    retype: bool = True


class Op:
    """The base of all ops.

    Attributes:
        name: unique; what printed graphs show.
        view: the result is a window on the first operand's memory.
        differentiable: False where the derivative is zero or undefined by nature (comparisons,
            integer results); then there is no `vjp`.
        random: results differ from call to call (never folded).
        encloses: for an op that holds bodies, which the target prints as a loop or as branches, how
            headers say that it computes.
        ufunc: the NumPy function of the operands alone that computes it (``"np.exp"``), if there is
            one.
    """

    name: str = ""
    view: bool = False
    differentiable: bool = True
    random: bool = False
    encloses: str = ""
    ufunc: str | None = None

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __call__(self, *inputs: Tensor, **attrs: Any) -> Tensor:
        """Apply to tensors; returns the first result."""
        return make(self, inputs, attrs).outputs[0]

    def infer(self, types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        """The types of the results; raises ShapeError or TypeMismatchError naming what differs."""
        raise GraphError(f"op '{self.name}' lacks this part")

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        """The cotangent of each operand (None: zero), given those of the results."""
        raise GraphError(f"op '{self.name}' lacks this part")

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        """The same results by simpler ops, or None for a primitive."""
        return None

    def specialise(
        self, inputs: Sequence[Tensor], attrs: Mapping[str, Any], training: bool
    ) -> Tensor | None:
        """What the op is in a function that trains, or in one that only infers (None: itself)."""
        return None

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        """The results by the most obvious NumPy."""
        raise GraphError(f"op '{self.name}' lacks this part")

    def samples(self) -> Sequence[Sample]:
        """Typical and nasty cases."""
        raise GraphError(f"op '{self.name}' lacks this part")

    def plain(self, e: Emitter) -> str | tuple[str, int]:
        """A NumPy expression for the result, with its precedence (ATOM if not said)."""
        raise GraphError(f"op '{self.name}' lacks this part")

    def call(self, e: Emitter) -> tuple[str, Sequence[str]] | None:
        """The same as a function and its arguments, which can stand on lines of their own."""
        return (self.ufunc, e.args) if self.ufunc else None

    def planned(self, e: Emitter) -> Sequence[str]:
        """Statements that compute the result into ``e.out`` and allocate nothing."""
        raise GraphError(f"op '{self.name}' lacks this part")

    def keeps_rows(self, node: Node) -> bool:
        """Whether a view lies without gaps, in row order, where its operand does."""
        return bool(getattr(self, "contiguous_view", False))

    def contiguous_operands(self, node: Node) -> Sequence[int]:
        """The operands that must lie without gaps, in row order."""
        return tuple(getattr(self, "requires_contiguous", ()))

    def scratch(self, node: Node) -> Sequence[TensorType]:
        """Buffers that `planned` needs besides its result."""
        return ()

    def scratch_names(self, node: Node) -> Sequence[str]:
        """What each of these buffers is called, after the result's name: ``columns``."""
        return [f"scratch_{k + 1}" for k in range(len(self.scratch(node)))]

    def prepared(self, e: Emitter) -> Sequence[tuple[str, str]]:
        """Objects that `planned` needs and that depend on sizes alone, made once for each batch
        size: what each is called, after the result's name, and an expression."""
        return ()

    def inplace(self, node: Node) -> Sequence[int]:
        """The operands whose buffer the (first) result may overwrite."""
        return ()

    def flops(self, node: Node) -> DimLike:
        """Floating-point operations, by the usual counting: one an element of the result."""
        return 0

    def math(self, node: Node, args: Sequence[str]) -> str | tuple[str, int]:
        """The formula that a person would write for it, given those of the operands."""
        return f"{self.name}({', '.join(args)})"


REGISTRY: dict[str, Op] = {}

_PARTS = ("infer", "reference", "samples")


def register(op: Op) -> Op:
    """Add an op to the registry, after checking that it is whole.

    Raises:
        GraphError: naming the part that is missing, or a name that is taken.
    """
    kind = type(op)

    def has(part: str) -> bool:
        return getattr(kind, part) is not getattr(Op, part)

    missing = [part for part in _PARTS if not has(part)]
    if op.differentiable and not has("vjp"):
        missing.append("vjp (or differentiable = False)")
    printed = has("lower") or bool(op.encloses)
    if not printed and not has("plain"):
        missing.append("plain (or lower)")
    if not printed and not op.view and not has("planned"):
        missing.append("planned (or lower, or view = True)")
    if not op.name:
        missing.insert(0, "name")
    if missing:
        raise GraphError(f"op '{op.name or kind.__name__}' lacks {', '.join(missing)}")
    if op.name in REGISTRY:
        raise GraphError(f"an op named '{op.name}' is registered already")
    REGISTRY[op.name] = op
    return op
