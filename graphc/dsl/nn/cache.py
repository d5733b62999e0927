"""What a decoder remembers of the positions before, so that each step computes one position."""

from __future__ import annotations

from graphc.dsl.nn.core import positive
from graphc.errors import GraphError
from graphc.ir import dims
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.ops.catalogue import clip, greater_equal, less, logical_and, where
from graphc.ops.flat import take
from graphc.ops.leaf import dimension, input, iota
from graphc.ops.positions import POSITION
from graphc.ops.shape import expand_dims


class KeyValueCache:
    """The keys and values of every attention layer of a decoder, as arguments and results of a
    function that computes a few positions at a time.

        cache = nn.KeyValueCache(256)
        logits = model(tokens, cache=cache)
        step = gx.function(
            [tokens, cache.start, *cache.inputs], {"logits": logits[:, -1], **cache.outputs},
            training=False,
        )

    Each layer that is called with it takes two arguments, ``keys_1`` and ``values_1``, ``keys_2`` ...,
    of shape ``(N, heads, length, head_size)``; results of the same names are what they become.  They
    start as zeros.  `start` says how many positions went before, and a function refuses one from
    which the positions given would reach beyond `length`.

    Attributes:
        length: how many positions there is room for.
        start: the argument ``start``, int64 ``()``.
        inputs: the arguments of the layers, in order.
        outputs: what they become, by name.

    Raises:
        GraphError: for a length that is no whole number above 0.
    """

    def __init__(self, length: int) -> None:
        self.length = positive("KeyValueCache", "length", length)
        self.start = input("start", (), dtype="int64")
        self.inputs: list[Tensor] = []
        self.outputs: dict[str, Tensor] = {}

    def extend(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Put those of new positions behind those of the ones before.

        Args:
            keys: ``(N, heads, T, head_size)``.
            values: ``(N, heads, T, value_size)``.

        Returns:
            All keys and all values, `length` of each, and which of them each of the T queries may
            attend to: a boolean ``(T, length)``.

        Raises:
            GraphError: when there are more new positions than the cache is long.
        """
        count = keys.shape[2]
        if isinstance(count, int) and count > self.length:
            raise GraphError(
                f"KeyValueCache at {origins.current()}: it has room for {self.length} positions, "
                f"not for {count}"
            )
        number = len(self.inputs) // 2 + 1
        start = POSITION(self.start, size=self.length - count + 1, stride=1)  # the size is checked
        places = iota((self.length,))
        new = logical_and(greater_equal(places, start), less(places, start + dimension(count)))
        source = clip(places - start, 0, dimension(count - 1))
        found = []
        for what, now in (("keys", keys), ("values", values)):
            name = f"{what}_{number}"
            n, heads, _, size = now.shape
            before = input(name, (n, heads, self.length, size), dtype=now.dtype)
            after = where(expand_dims(new, 1), take(now, source, axis=2), before)
            self.inputs.append(before)
            self.outputs[name] = after
            found.append(after)
        last = expand_dims(start + iota((dims.dim(count),)), 1)
        return found[0], found[1], greater_equal(last, places)
