"""A table of vectors, one for each of a number of things."""

from __future__ import annotations

from typing import Any

from graphc.dsl import init as inits
from graphc.dsl.nn.core import Layer, positive
from graphc.dsl.variables import parameter
from graphc.errors import TypeMismatchError
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.index import take


class Embedding(Layer):
    """Row `i` of a table ``W`` for each integer `i` of any shape: ``(...,)`` to ``(..., units)``.

    Args:
        count: the number of rows: the size of the vocabulary.
        units: the width of a row.
        init: what ``W`` ``(count, units)`` starts from: an initialiser, its name or an array; one that
            scales by fans takes the width for ``fan_in``, for rows are read and not summed.
        dtype: the element type of ``W``.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for sizes that are no whole numbers above 0, or an unknown initialiser.
        TypeMismatchError: when called on anything but integers.
    """

    W: Tensor

    def __init__(
        self,
        count: int,
        units: int,
        init: Any = "normal",
        dtype: Any = "float32",
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.shape = positive("Embedding", "count", count), positive("Embedding", "units", units)
        self.init = init
        self.dtype = types.dtype_name(dtype)

    def build(self, x: Any) -> None:
        """Declare the table."""
        with self._here():
            what = f"{self._label}: W"
            values = inits.draw(self.init, self.shape, self.dtype, what, layout="embedding")
            self.W = parameter("W", values)

    def forward(self, x: Tensor) -> Tensor:
        """The rows."""
        x = self._input(x, floating=False)
        if not types.is_integer(x.dtype):
            raise self._error(TypeMismatchError, f"takes integers, not {x.dtype}", x)
        with self._here():
            return take(self.W, x, 0)
