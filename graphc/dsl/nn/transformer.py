"""Transformers: blocks of attention and feed-forward layers, each with a residual connection.

Sizes, dropout and the two places for normalisation are those of A. Vaswani et al., "Attention is all
you need", 2017, and of PyTorch's layers of the same names: after the sum, ``norm(x + f(x))``, as in
that paper, or before the block, ``x + f(norm(x))`` (R. Xiong et al., "On layer normalization in the
transformer architecture", 2020), where a stack ends with a norm of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from graphc.dsl.nn.attention import MultiHeadAttention
from graphc.dsl.nn.cache import KeyValueCache, MemoryCache
from graphc.dsl.nn.core import Dense, Layer, positive
from graphc.dsl.nn.normalization import LayerNorm
from graphc.dsl.nn.regularization import Dropout
from graphc.ir.node import Tensor

Function: TypeAlias = str | Callable[[Tensor], Tensor]


class FeedForward(Layer):
    """``activation(x W_1 + b_1) W_2 + b_2`` at each position (Vaswani et al., 2017, eq. 2).

    Args:
        units: features of the result.
        hidden: features in between; ``4 units`` unless said.
        activation: a name in `ACTIVATIONS` or a function of a tensor.
        dropout: the rate at which hidden features are dropped while training.
        init: what the weights of both layers start from.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for sizes that are no whole numbers above 0, a rate outside [0, 1), an unknown
            activation.
    """

    def __init__(
        self,
        units: int,
        hidden: int | None = None,
        activation: Function = "relu",
        dropout: float = 0.0,
        init: Any = "glorot_uniform",
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        units = positive("FeedForward", "units", units)
        hidden = 4 * units if hidden is None else positive("FeedForward", "hidden", hidden)
        self.up = Dense(hidden, activation=activation, init=init)
        self.dropout = Dropout(dropout)
        self.down = Dense(units, init=init)

    def forward(self, x: Tensor) -> Tensor:
        """``(..., units)`` of ``(..., features)``."""
        result: Tensor = self.down(self.dropout(self.up(x)))
        return result


class _Block(Layer):
    """Sublayers with residual connections, dropout and normalisation.

    Attributes:
        norm_first: whether normalisation is before a sublayer, and not after the sum.
        feed_forward: the last sublayer.
    """

    feed_forward: FeedForward

    def __init__(self, dropout: float, norm_first: bool, name: str | None) -> None:
        super().__init__(name)
        self.norm_first = bool(norm_first)
        self.dropout = Dropout(dropout)

    def _around(self, norm: LayerNorm, x: Tensor, sublayer: Callable[[Tensor], Tensor]) -> Tensor:
        """``x + f(norm(x))`` or ``norm(x + f(x))``."""
        y = self.dropout(sublayer(norm(x) if self.norm_first else x))
        with self._here():
            total = x + y
        result: Tensor = total if self.norm_first else norm(total)
        return result


class TransformerEncoderLayer(_Block):
    """Self-attention, then a feed-forward layer, each ``norm(x + dropout(f(x)))``.

    With ``causal=True`` it is the block of a decoder-only language model.

    Args:
        units: features of what comes in and of what goes out.
        heads: of the attention.
        hidden: features inside the feed-forward layer; ``4 units`` unless said.
        activation: of the feed-forward layer.
        dropout: the rate, while training, for attention weights, hidden features and what each
            sublayer adds.
        norm_first: ``x + dropout(f(norm(x)))`` instead.
        causal: whether a position may attend only to itself and those before.
        rotary: whether queries and keys are turned by their positions.
        epsilon: of the layer norms.
        init: what the weights start from.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for sizes, rates and functions that its parts refuse.
    """

    def __init__(
        self,
        units: int,
        heads: int,
        hidden: int | None = None,
        activation: Function = "relu",
        dropout: float = 0.1,
        norm_first: bool = False,
        causal: bool = False,
        rotary: bool = False,
        epsilon: float = 1e-5,
        init: Any = "glorot_uniform",
        name: str | None = None,
    ) -> None:
        super().__init__(dropout, norm_first, name)
        self.attention = MultiHeadAttention(
            units, heads, causal=causal, dropout=dropout, rotary=rotary, init=init
        )
        self.norm_1 = LayerNorm(epsilon=epsilon)
        self.feed_forward = FeedForward(units, hidden, activation, dropout, init)
        self.norm_2 = LayerNorm(epsilon=epsilon)

    def forward(self, x: Tensor, **masks: Any) -> Tensor:
        """``(N, T, units)`` of the same; masks and a cache as for :class:`MultiHeadAttention`."""
        x = self._around(self.norm_1, x, lambda h: self.attention(h, **masks))
        return self._around(self.norm_2, x, self.feed_forward)


class TransformerDecoderLayer(_Block):
    """Causal self-attention, attention to a memory, then a feed-forward layer, each
    ``norm(x + dropout(f(x)))``.

    Arguments and errors are those of :class:`TransformerEncoderLayer`.
    """

    def __init__(
        self,
        units: int,
        heads: int,
        hidden: int | None = None,
        activation: Function = "relu",
        dropout: float = 0.1,
        norm_first: bool = False,
        causal: bool = True,
        epsilon: float = 1e-5,
        init: Any = "glorot_uniform",
        name: str | None = None,
    ) -> None:
        super().__init__(dropout, norm_first, name)
        self.self_attention = MultiHeadAttention(
            units, heads, causal=causal, dropout=dropout, init=init
        )
        self.norm_1 = LayerNorm(epsilon=epsilon)
        self.cross_attention = MultiHeadAttention(units, heads, dropout=dropout, init=init)
        self.norm_2 = LayerNorm(epsilon=epsilon)
        self.feed_forward = FeedForward(units, hidden, activation, dropout, init)
        self.norm_3 = LayerNorm(epsilon=epsilon)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | MemoryCache,
        *,
        mask: Any = None,
        key_mask: Any = None,
        memory_mask: Any = None,
        memory_key_mask: Any = None,
        cache: KeyValueCache | None = None,
    ) -> Tensor:
        """``(N, T, units)`` of the same and of a memory ``(N, S, features)``.

        Args:
            x: what is decoded.
            memory: what an encoder made, or a :class:`MemoryCache` of it.
            mask, key_mask, cache: for the self-attention; see :class:`MultiHeadAttention`.
            memory_mask, memory_key_mask: for the attention to the memory.
        """
        x = self._around(
            self.norm_1,
            x,
            lambda h: self.self_attention(h, mask=mask, key_mask=key_mask, cache=cache),
        )
        x = self._around(
            self.norm_2,
            x,
            lambda h: self.cross_attention(h, memory, mask=memory_mask, key_mask=memory_key_mask),
        )
        return self._around(self.norm_3, x, self.feed_forward)


class _Stack(Layer):
    """Layers one after the other, and a norm at the end where each layer has its norms first."""

    def __init__(
        self, kind: type[_Block], depth: int, norm_first: bool, name: str | None, options: Any
    ) -> None:
        super().__init__(name)
        depth = positive(type(self).__name__, "depth", depth)
        self.layers = [kind(norm_first=norm_first, **options) for _ in range(depth)]
        epsilon = options.get("epsilon", 1e-5)
        self.norm = LayerNorm(epsilon=epsilon) if norm_first else None

    def _ended(self, x: Tensor) -> Tensor:
        result: Tensor = x if self.norm is None else self.norm(x)
        return result


class TransformerEncoder(_Stack):
    """`depth` times a :class:`TransformerEncoderLayer`, and a layer norm at the end with `norm_first`.

    Args:
        depth: how many layers.
        units, heads, norm_first, name: as for the layer.
        options: its further arguments, by name.

    Raises:
        GraphError: for what the layers refuse.
    """

    def __init__(
        self,
        depth: int,
        units: int,
        heads: int,
        norm_first: bool = False,
        name: str | None = None,
        **options: Any,
    ) -> None:
        options = {"units": units, "heads": heads, **options}
        super().__init__(TransformerEncoderLayer, depth, norm_first, name, options)

    def forward(self, x: Tensor, **masks: Any) -> Tensor:
        """``(N, T, units)`` of the same; masks and a cache as for :class:`MultiHeadAttention`."""
        for layer in self.layers:
            x = layer(x, **masks)
        return self._ended(x)


class TransformerDecoder(_Stack):
    """`depth` times a :class:`TransformerDecoderLayer`, and a layer norm at the end with `norm_first`.

    Arguments and errors are those of :class:`TransformerEncoder`.
    """

    def __init__(
        self,
        depth: int,
        units: int,
        heads: int,
        norm_first: bool = False,
        name: str | None = None,
        **options: Any,
    ) -> None:
        options = {"units": units, "heads": heads, **options}
        super().__init__(TransformerDecoderLayer, depth, norm_first, name, options)

    def forward(self, x: Tensor, memory: Tensor | MemoryCache, **masks: Any) -> Tensor:
        """``(N, T, units)`` of the same and of a memory ``(N, S, units)``; masks and a cache as for
        the layer."""
        for layer in self.layers:
            x = layer(x, memory, **masks)
        return self._ended(x)


class Transformer(Layer):
    """An encoder, and a decoder that attends to what it makes (Vaswani et al., 2017, figure 1),
    without embeddings; by default of the size that the paper calls base.

    Args:
        units, heads, hidden: of every layer.
        encoder_depth, decoder_depth: how many layers.
        norm_first, name: as for :class:`TransformerEncoderLayer`.
        options: further arguments of the layers, by name.

    Raises:
        GraphError: for what the layers refuse.
    """

    def __init__(
        self,
        units: int = 512,
        heads: int = 8,
        hidden: int = 2048,
        encoder_depth: int = 6,
        decoder_depth: int = 6,
        norm_first: bool = False,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name)
        options = {"hidden": hidden, **options}
        self.encoder = TransformerEncoder(encoder_depth, units, heads, norm_first, **options)
        self.decoder = TransformerDecoder(decoder_depth, units, heads, norm_first, **options)

    def forward(self, source: Tensor, target: Tensor, *, source_mask: Any = None) -> Tensor:
        """Features of each position of the target, which sees itself and those before.

        Args:
            source: ``(N, S, units)``.
            target: ``(N, T, units)``.
            source_mask: boolean ``(N, S)``: which positions of the source are there, not padding.
        """
        memory = self.encoder(source, key_mask=source_mask)
        result: Tensor = self.decoder(target, memory, memory_key_mask=source_mask)
        return result
