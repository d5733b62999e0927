"""Vectors for words, characters and whatever else is numbered."""

from __future__ import annotations

import math
from typing import Any

from graphc.dsl import init as inits
from graphc.dsl.nn.core import Layer, positive
from graphc.dsl.variables import parameter
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.catalogue import not_equal
from graphc.ops.elementwise import cast
from graphc.ops.flat import take
from graphc.ops.leaf import constant
from graphc.ops.linalg import matmul
from graphc.ops.shape import expand_dims, transpose


class Embedding(Layer):
    """A vector for each of `vocabulary` tokens: row i of ``W``, ``(vocabulary, width)``, for token i.

    Tokens are integers of any shape, from 0 to ``vocabulary - 1``; a function refuses others when it
    runs.

    Args:
        vocabulary: how many tokens there are.
        width: features of a vector.
        padding_idx: a token whose vector is zero and stays it, whatever its row holds.
        scale: whether vectors are multiplied by ``sqrt(width)`` (A. Vaswani et al., "Attention is all
            you need", 2017, section 3.4), so that they start with features of variance 1.
        init: what ``W`` starts from; by default normal with variance ``1 / width``.  For
            initialisers with a fan-in it is `width`.
        dtype: its element type, float32 or float64.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for sizes that are no whole numbers above 0, or a `padding_idx` that is no token.
        TypeMismatchError: when called on anything but integers.
    """

    def __init__(
        self,
        vocabulary: int,
        width: int,
        padding_idx: int | None = None,
        scale: bool = False,
        init: Any = "lecun_normal",
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.vocabulary = positive("Embedding", "vocabulary", vocabulary)
        self.width = positive("Embedding", "width", width)
        whole = isinstance(padding_idx, int) and not isinstance(padding_idx, bool)
        if padding_idx is not None and not (whole and 0 <= padding_idx < self.vocabulary):
            raise GraphError(
                f"Embedding at {origins.current()}: padding_idx is a token, 0 to "
                f"{self.vocabulary - 1}, not {padding_idx!r}"
            )
        self.padding_idx = padding_idx
        self.factor = math.sqrt(self.width) if scale else 1.0
        what = f"Embedding{f' {self.name!r}' if self.name else ''} at {origins.current()}: W"
        shape, dtype = (self.vocabulary, self.width), types.dtype_name(dtype)
        self.W = parameter("W", inits.draw(init, shape, dtype, what, layout="embedding"))

    def forward(self, tokens: Tensor) -> Tensor:
        """The vectors of `tokens`: their shape, with an axis of size `width` behind."""
        tokens = self._input(tokens, floating=False)
        if not types.is_integer(tokens.dtype):
            raise self._error(
                TypeMismatchError,
                f"takes integers, the numbers of tokens, not {tokens.dtype}: declare them with "
                "dtype='int64'",
                tokens,
            )
        with self._here():
            vectors = take(self.W, tokens)
            if self.factor != 1.0:
                vectors = vectors * self.factor
            if self.padding_idx is not None:
                there = not_equal(tokens, constant(self.padding_idx, tokens.dtype))
                vectors = vectors * cast(expand_dims(there, -1), vectors.dtype)
        self._labels.names[vectors] = self.name
        return vectors

    def logits(self, h: Tensor) -> Tensor:
        """``h W^T``: a score for each token, with the weights that the vectors have (O. Press and
        L. Wolf, "Using the output embedding to improve language models", 2017).

        Raises ShapeError for features other than `width`.
        """
        h = self._input(h, rank=2)
        if h.shape[-1] != self.width:
            raise self._error(ShapeError, f"scores {self.width} features, not {h.shape[-1]}", h)
        with self._here():
            return matmul(h, transpose(self.W))
