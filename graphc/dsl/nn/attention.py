"""Layers that attend: several heads of scaled dot products, and the scores that came before them."""

from __future__ import annotations

from typing import Any

from graphc.dsl import init as inits
from graphc.dsl.attention import attention, masked_softmax
from graphc.dsl.nn.cache import KeyValueCache, MemoryCache
from graphc.dsl.nn.core import Layer, positive
from graphc.dsl.nn.positions import rotary
from graphc.dsl.nn.regularization import rate_of
from graphc.dsl.variables import parameter
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.catalogue import logical_and, tanh
from graphc.ops.leaf import constant
from graphc.ops.linalg import matmul, swap
from graphc.ops.shape import concat, expand_dims, reshape, transpose


class MultiHeadAttention(Layer):
    """Attention by several heads side by side (A. Vaswani et al., "Attention is all you need", 2017,
    section 3.2.2): ``concat(head_1, ..., head_h) W_o + b_o`` with
    ``head_i = attention(q W_q_i, k W_k_i, v W_v_i)``.

    Called on ``(x)`` it is self-attention; on ``(x, memory)`` the queries are of `x`, keys and values
    of `memory`; on ``(q, k, v)`` all three are given.  Shapes are ``(N, T, features)`` and
    ``(N, S, features)``; the result is ``(N, T, units)``.

    The projections that read one tensor are one product.  Parameters are ``W_qkv``, of shape
    ``(features, 3 heads head_size)``, for self-attention; ``W_q`` and ``W_kv`` for attention to a
    memory; else ``W_q``, ``W_k`` and ``W_v``; each with a bias; and ``W_o``, of shape
    ``(heads value_size, units)``, and ``b_o``.  The columns of a weight are those of q, of k, of v;
    within each those of head 1, of head 2, ...

    Args:
        units: features of the result.
        heads: how many heads.
        head_size: features of a head's queries and keys; ``units / heads`` unless said.
        value_size: features of a head's values; `head_size` unless said.
        causal: whether a position may attend only to itself and those before.
        dropout: the rate at which attention weights are dropped while training.
        rotary: whether queries and keys are turned by their positions: by :func:`gx.rotary`, features
            i and i + head_size / 2 being a pair.
        use_bias: whether there are biases.
        init: what the weights of each projection start from: an initialiser or its name.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for sizes that are no whole numbers above 0, `units` that `heads` does not divide
            where no `head_size` is given, a rate outside [0, 1), or when called in another of the
            three ways than the first time.
        ShapeError: when called on another rank than 3 or other features than before.
    """

    W_o: Tensor
    b_o: Tensor | None = None

    def __init__(
        self,
        units: int,
        heads: int,
        head_size: int | None = None,
        value_size: int | None = None,
        causal: bool = False,
        dropout: float = 0.0,
        rotary: bool = False,
        use_bias: bool = True,
        init: Any = "glorot_uniform",
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        kind = type(self).__name__
        self.units = positive(kind, "units", units)
        self.heads = positive(kind, "heads", heads)
        if head_size is None and self.units % self.heads:
            raise GraphError(
                f"{kind} at {origins.current()}: {self.heads} heads don't divide {self.units} units "
                "evenly: give head_size="
            )
        head_size = self.units // self.heads if head_size is None else head_size
        self.head_size = positive(kind, "head_size", head_size)
        self.value_size = positive(
            kind, "value_size", self.head_size if value_size is None else value_size
        )
        self.causal = bool(causal)
        self.rate = rate_of(kind, dropout)
        self.rotary = bool(rotary)
        self.use_bias = bool(use_bias)
        self.init = init
        self._weights: dict[str, Tensor] = {}
        self._biases: dict[str, Tensor] = {}

    def _waits(self) -> bool:
        return not self._ready

    def _groups(self, *given: Tensor) -> dict[str, Tensor]:
        """The projections that are made as one, and the tensor that each reads."""
        query, key, value = given
        if self.value_size != self.head_size or key is not value:
            return {"q": query, "k": key, "v": value}
        return {"qkv": query} if query is key else {"q": query, "kv": key}

    def _tensors(self, query: Any, key: Any, value: Any) -> tuple[Tensor, Tensor, Tensor]:
        key = query if key is None else memory_of(key)
        value = key if value is None else value
        found = []
        for tensor in (query, key, value):
            tensor = self._input(tensor, rank=3)
            if tensor.ndim != 3 or not isinstance(tensor.shape[-1], int):
                raise self._error(
                    ShapeError,
                    "takes (batch, positions, features) with a number of features, not "
                    f"{types.shape_text(tensor.shape)}",
                    tensor,
                )
            found.append(tensor)
        if found[1].shape[:2] != found[2].shape[:2]:
            raise self._error(ShapeError, "needs as many values as keys", *found[1:])
        return found[0], found[1], found[2]

    def build(self, query: Any, key: Any = None, value: Any = None, **masks: Any) -> None:
        """Declare the weights for the features of what is attended to."""
        given = self._tensors(query, key, value)
        width = {"q": self.head_size, "k": self.head_size, "v": self.value_size}
        dtype = given[0].dtype
        with self._here():
            for group, x in self._groups(*given).items():
                name, rows = f"W_{group}", x.shape[-1]
                sizes = [self.heads * width[part] for part in group]
                initial = self._initial(rows, sizes, dtype, f"{self._label}: {name}")
                self._weights[group] = parameter(name, initial)
                if self.use_bias:
                    zeros = inits.draw("zeros", (sum(sizes),), dtype, self._label)
                    self._biases[group] = parameter(f"b_{group}", zeros)
            shape = (self.heads * self.value_size, self.units)
            self.W_o = parameter("W_o", inits.draw(self.init, shape, dtype, f"{self._label}: W_o"))
            if self.use_bias:
                self.b_o = parameter("b_o", inits.draw("zeros", (self.units,), dtype, self._label))

    def _initial(self, rows: Any, sizes: list[int], dtype: str, what: str) -> Tensor:
        return concat([inits.draw(self.init, (rows, size), dtype, what) for size in sizes], axis=1)

    def forward(
        self,
        query: Tensor,
        key: Tensor | MemoryCache | None = None,
        value: Tensor | None = None,
        *,
        mask: Any = None,
        key_mask: Any = None,
        cache: KeyValueCache | None = None,
    ) -> Tensor:
        """What the heads attend to, projected.

        Args:
            query: ``(N, T, features)``.
            key: ``(N, S, features)``, also in a :class:`MemoryCache`; `query` unless given.
            value: ``(N, S, features)``; `key` unless given.
            mask: which keys each query may attend to, broadcasting to ``(N, heads, T, S)``; see
                :func:`gx.attention`.
            key_mask: boolean ``(N, S)``: which keys are there, not padding.
            cache: the keys and values of the positions before; for causal self-attention without
                masks.
        """
        given = self._tensors(query, key, value)
        q, k, v = self._projected(*given, 0 if cache is None else cache.start)
        if isinstance(key, MemoryCache):
            if self.rotary or value is not None:
                raise self._error(
                    GraphError, "takes a MemoryCache alone, without values or rotary positions"
                )
            k, v = key.hold(k, v)
        with self._here():
            if cache is None:
                mask, causal = self._mask(mask, key_mask, k), self.causal
            else:
                if not self.causal or given[1] is not query or not (mask is key_mask is None):
                    raise self._error(
                        GraphError, "takes a cache in causal self-attention without masks only"
                    )
                k, v, mask = cache.extend(k, v)
                causal = False
            return self._merged(attention(q, k, v, mask, causal=causal, dropout=self.rate))

    def _projected(
        self, query: Tensor, key: Tensor, value: Tensor, start: Any
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of every head, ``(N, heads, positions, size)``, the first of them
        at the position `start`."""
        groups = self._groups(query, key, value)
        if list(groups) != list(self._weights):
            raise self._error(
                GraphError,
                f"was first called with the projections {', '.join(self._weights)} and now with "
                f"{', '.join(groups)}: make another one",
            )
        found: dict[str, Tensor] = {}
        with self._here():
            for group, x in groups.items():
                w = self._weights[group]
                if x.shape[-1] != w.shape[0]:
                    raise self._error(
                        ShapeError, f"takes {w.shape[0]} features, not {x.shape[-1]}", x, w
                    )
                y = matmul(x, w)
                y = y + self._biases[group] if self.use_bias else y
                y = y.named(group) if x.node.rooted and not y.name else y
                size = self.value_size if group == "v" else self.head_size
                y = reshape(y, (*x.shape[:2], len(group) * self.heads, size))
                for i, part in enumerate(group):
                    columns = y[:, :, i * self.heads : (i + 1) * self.heads]
                    found[part] = transpose(columns, (0, 2, 1, 3)).named(part)
            if self.rotary:
                for part in "qk":
                    found[part] = rotary(found[part], start, interleaved=False)
        return found["q"], found["k"], found["v"]

    def _merged(self, heads: Tensor) -> Tensor:
        """``concat(heads) W_o + b_o`` of ``(N, heads, T, value_size)``: shape ``(N, T, units)``."""
        with self._here():
            n, _, positions, _ = heads.shape
            joined = reshape(transpose(heads, (0, 2, 1, 3)), (n, positions, self.W_o.shape[0]))
            y = matmul(joined.named("heads"), self.W_o)
            return y if self.b_o is None else y + self.b_o

    def _mask(self, mask: Any, key_mask: Any, key: Tensor) -> Any:
        if key_mask is None:
            return mask
        padding = padding_mask(self, key_mask, key.shape[0], key.shape[2])
        padding = reshape(padding, (key.shape[0], 1, 1, key.shape[2]))
        if mask is None:
            return padding
        mask = constant(mask)
        if mask.dtype != "bool":
            raise self._error(
                TypeMismatchError,
                f"takes a floating mask ({mask.dtype}) or a key_mask, not both: add to the mask "
                "a large negative number where keys are missing",
                mask,
            )
        return logical_and(mask, padding)


def memory_of(key: Any) -> Any:
    """What a cache is of; anything else as it is."""
    return key.memory if isinstance(key, MemoryCache) else key


def padding_mask(layer: Layer, key_mask: Any, batch: Any, keys: Any) -> Tensor:
    """A mask of keys, checked to be boolean and ``(N, S)``; raises with the layer's name."""
    mask = constant(key_mask)
    if mask.dtype != "bool":
        raise layer._error(TypeMismatchError, f"takes a boolean key_mask, not {mask.dtype}", mask)
    if mask.shape != (batch, keys):
        raise layer._error(
            ShapeError,
            f"takes a key_mask {types.shape_text((batch, keys))}, not {types.shape_text(mask.shape)}",
            mask,
        )
    return mask


class _Scored(Layer):
    """Attention with scores of its own: called on ``(query, memory)`` or ``(query, key, value)``,
    ``(N, T, features)`` and ``(N, S, features)``; gives ``(N, T, features of the values)``."""

    def _given(self, query: Any, key: Any, value: Any = None) -> tuple[Tensor, Tensor, Tensor]:
        key = memory_of(key)
        found = [self._input(t, rank=3) for t in (query, key, key if value is None else value)]
        if any(t.ndim != 3 for t in found) or found[1].shape[:2] != found[2].shape[:2]:
            raise self._error(
                ShapeError,
                "takes queries (N, T, features) and as many keys as values (N, S, features)",
                *found,
            )
        return found[0], found[1], found[2]

    def _keys(self, key: Tensor) -> Tensor:
        """What queries are compared with: of the memory alone."""
        return key

    def _score(self, query: Tensor, keys: Tensor) -> Tensor:
        """Scores ``(N, T, S)``."""
        raise NotImplementedError

    def attention_weights(
        self, query: Tensor, key: Tensor | MemoryCache, key_mask: Any = None
    ) -> Tensor:
        """The weight of each key for each query, ``(N, T, S)``, to look at.

        Raises:
            GraphError: when the layer was not called yet, and so has no parameters.
        """
        if self._waits():
            raise self._error(
                GraphError,
                "has no parameters yet, so there are no weights to look at: call the layer on a query "
                "and a memory before",
            )
        query, tensor, _ = self._given(query, key)
        with self._here():
            keys = self._keys(tensor)
            if isinstance(key, MemoryCache):
                keys, _ = key.hold(keys, tensor)
            return self._weights(query, keys, key_mask)

    def _weights(self, query: Tensor, keys: Tensor, key_mask: Any) -> Tensor:
        scores = self._score(query, keys)
        if key_mask is not None:
            n, _, count = scores.shape
            key_mask = reshape(padding_mask(self, key_mask, n, count), (n, 1, count))
        weights, alive = masked_softmax(scores, key_mask)
        return weights if alive is None else weights * alive

    def forward(
        self,
        query: Tensor,
        key: Tensor | MemoryCache,
        value: Tensor | None = None,
        *,
        key_mask: Any = None,
    ) -> Tensor:
        """The weighted means of the values, ``(N, T, features)``.

        Args:
            query: ``(N, T, features)``.
            key: ``(N, S, features)``, also in a :class:`MemoryCache`.
            value: ``(N, S, features)``; `key` unless given.
            key_mask: boolean ``(N, S)``: which keys are there, not padding.
        """
        query, tensor, values = self._given(query, key, value)
        with self._here():
            keys = self._keys(tensor)
            if isinstance(key, MemoryCache):
                keys, values = key.hold(keys, values)
            return matmul(self._weights(query, keys, key_mask), values)


class AdditiveAttention(_Scored):
    """Attention by the scores ``v . tanh(W_q q + W_k k + b)`` (D. Bahdanau, K. Cho and Y. Bengio,
    "Neural machine translation by jointly learning to align and translate", 2015, appendix A.1.2).

    Parameters are ``W_q``, ``W_k`` ``(features, units)``, ``b`` and ``v`` ``(units,)``.

    Args:
        units: features in which a query and a key meet.
        init: what the weights start from: an initialiser or its name.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for `units` that is no whole number above 0.
        ShapeError: when called on another rank than 3, or other features than before.
    """

    W_q: Tensor
    W_k: Tensor
    b: Tensor
    v: Tensor

    def __init__(self, units: int, init: Any = "glorot_uniform", name: str | None = None) -> None:
        super().__init__(name)
        self.units = positive("AdditiveAttention", "units", units)
        self.init = init

    def build(self, query: Any, key: Any, value: Any = None, **masks: Any) -> None:
        """Declare the parameters for the features of queries and keys."""
        query, key, _ = self._given(query, key, value)
        what, dtype = self._label, query.dtype
        with self._here():
            for part, x in (("q", query), ("k", key)):
                shape = (x.shape[-1], self.units)
                w = inits.draw(self.init, shape, dtype, f"{what}: W_{part}")
                setattr(self, f"W_{part}", parameter(f"W_{part}", w))
            self.b = parameter("b", inits.draw("zeros", (self.units,), dtype, what))
            v = inits.draw(self.init, (self.units, 1), dtype, f"{what}: v")
            self.v = parameter("v", reshape(v, (self.units,)))

    def _times(self, x: Tensor, w: Tensor) -> Tensor:
        if x.shape[-1] != w.shape[0]:
            raise self._error(ShapeError, f"takes {w.shape[0]} features, not {x.shape[-1]}", x, w)
        return matmul(x, w)

    def _keys(self, key: Tensor) -> Tensor:
        return self._times(key, self.W_k) + self.b

    def _score(self, query: Tensor, keys: Tensor) -> Tensor:
        q = self._times(query, self.W_q)
        return matmul(tanh(expand_dims(q, 2) + expand_dims(keys, 1)), self.v)


class DotAttention(_Scored):
    """Attention by scores that are inner products (M.-T. Luong, H. Pham and C. Manning, "Effective
    approaches to attention-based neural machine translation", 2015, section 3.1): ``q . k`` ("dot"), or
    ``q . W k`` ("general") with a parameter ``W`` ``(query features, key features)``.

    Args:
        general: whether there is a ``W``.
        init: what it starts from: an initialiser or its name.
        name: its name; see :class:`Module`.

    Raises:
        ShapeError: when called on another rank than 3, or on features that do not fit.
    """

    W: Tensor | None = None

    def __init__(
        self, general: bool = False, init: Any = "glorot_uniform", name: str | None = None
    ) -> None:
        super().__init__(name)
        self.general = bool(general)
        self.init = init

    def build(self, query: Any, key: Any, value: Any = None, **masks: Any) -> None:
        """Declare ``W`` for the features of queries and keys, if there is to be one."""
        query, key, _ = self._given(query, key, value)
        if self.general:
            shape = (query.shape[-1], key.shape[-1])
            with self._here():
                w = inits.draw(self.init, shape, query.dtype, f"{self._label}: W")
                self.W = parameter("W", w)

    def _waits(self) -> bool:
        return self.general and self.W is None

    def _score(self, query: Tensor, keys: Tensor) -> Tensor:
        query = query if self.W is None else matmul(query, self.W)
        if query.shape[-1] != keys.shape[-1]:
            raise self._error(
                ShapeError,
                f"compares {query.shape[-1]} features with {keys.shape[-1]}: general=True brings "
                "queries to the features of the keys",
                query,
                keys,
            )
        return matmul(query, swap(keys))
