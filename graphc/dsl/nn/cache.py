"""What a decoder is not to compute again at each step: what it knows of the positions before, and of the
memory that it attends to."""

from __future__ import annotations

from graphc.dsl.nn.core import positive
from graphc.errors import GraphError, ShapeError
from graphc.ir import dims, types
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


class MemoryCache:
    """A memory whose keys and values one function computes once, and another one attends to at each
    step: of a decoder that reads what an encoder made.

        memory = nn.MemoryCache(model.encode(source))
        logits = model.decode(tokens, memory, cache=cache)
        read = gx.function([source], memory.outputs, training=False)
        step = gx.function(
            [tokens, cache.start, *memory.inputs, *cache.inputs],
            {"logits": logits[:, -1], **cache.outputs},
            training=False,
        )

    Attention layers take it in the place of the memory.  Each that is called with it computes its
    keys and values, which are among `outputs`, and attends to arguments of the same names in their
    place: ``memory_keys_1`` and ``memory_values_1``, ``memory_keys_2`` ...; where keys are the memory
    itself, there is one, ``memory_1``.

    Args:
        memory: ``(N, S, features)``, such as an encoder gives.

    Attributes:
        memory: as given.
        inputs: the arguments that layers attend to, in order.
        outputs: what those are, by name, computed of the memory.

    Raises:
        ShapeError: for a memory of another rank.
    """

    def __init__(self, memory: Tensor) -> None:
        if not isinstance(memory, Tensor) or memory.ndim != 3:
            shown = types.shape_text(memory.shape) if isinstance(memory, Tensor) else repr(memory)
            raise ShapeError(
                f"MemoryCache at {origins.current()}: a memory (N, S, features) is expected, "
                f"not {shown}"
            )
        self.memory = memory
        self.inputs: list[Tensor] = []
        self.outputs: dict[str, Tensor] = {}
        self._layers = 0

    def hold(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Arguments in the place of a layer's keys and values, which become results."""
        self._layers += 1
        if keys is values:
            given = self._held(f"memory_{self._layers}", keys)
            return given, given
        return (
            self._held(f"memory_keys_{self._layers}", keys),
            self._held(f"memory_values_{self._layers}", values),
        )

    def _held(self, name: str, tensor: Tensor) -> Tensor:
        given = input(name, tensor.shape, dtype=tensor.dtype)
        self.inputs.append(given)
        self.outputs[name] = tensor
        return given
