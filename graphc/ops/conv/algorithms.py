"""How convolutions are computed: the algorithms, what each needs, and what it is expected to cost.

An algorithm serves one of the three ops.  It is either *lowered* (a product of matrices, a
convolution of another kind) or printed as a call of one helper function, whose mathematics stands in
its docstring, in ``templates/numpy/helpers``.  :mod:`graphc.passes.algorithms` chooses by `seconds`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphc.ir import dims
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.ir.types import TensorType, itemsize
from graphc.ops.base import Emitter
from graphc.ops.conv import lowered
from graphc.ops.conv.geometry import Window

ASSUMED = 32  # what a symbolic size is taken to be where costs are compared
CACHE = 1 << 22  # bytes of columns that are made at a time: they stay in the last-level cache
FLOPS = 165e9  # a second, of products of matrices
BYTES = 24e9  # a second, of copies in cache
RUN = 6e-9  # seconds to begin a copy of elements that lie side by side
ADDED = 2.5  # times a copy, for elements that are added to what is there
CALL = 50e-6  # seconds to share a product among threads
PADDED = "padded"  # the buffer for an image with its padding, the last one, where there is any


def assumed(size: DimLike) -> int:
    """A size as a number, to compare costs."""
    return dims.evaluate(size, dict.fromkeys(dims.symbols([size]), ASSUMED))


def at_most(images: int, batch: DimLike) -> int:
    """A number of images to do at a time, not above those that there are."""
    return max(min(images, batch), 1) if isinstance(batch, int) else images


@dataclass(frozen=True)
class Geometry:
    """The sizes of a convolution, whichever of the three ops it is.

    Attributes:
        image, result: the types of the image and of what `conv` makes of it.
    """

    window: Window
    groups: int
    image: TensorType
    result: TensorType

    @property
    def channels(self) -> int:
        """The channels of the image."""
        return assumed(self.image.shape[-1])

    @property
    def inner(self) -> int:
        """The channels in each group."""
        return self.channels // self.groups

    @property
    def filters(self) -> int:
        """The number of filters."""
        return assumed(self.result.shape[-1])

    @property
    def sizes(self) -> tuple[DimLike, ...]:
        """The spatial sizes of the image."""
        return self.image.shape[1:-1]

    @property
    def outputs(self) -> tuple[DimLike, ...]:
        """The spatial sizes of the result."""
        return self.result.shape[1:-1]

    @property
    def places(self) -> int:
        """The number of outputs of each filter."""
        return assumed(dims.product(self.result.shape[:-1]))

    @property
    def patch(self) -> int:
        """The elements that one output is computed from."""
        return self.window.positions * self.inner

    @property
    def flops(self) -> DimLike:
        """Multiplications and additions."""
        return 2 * self.result.size * self.patch

    @property
    def depthwise(self) -> bool:
        """Whether each filter sees one channel."""
        return self.inner == 1 and self.groups > 1

    def block_text(self) -> str:
        """How many images, or rows of one, are taken at a time."""
        images, rows = self.block()
        if rows != self.outputs[0]:
            return f"{rows} rows at a time"
        return f"{images} image{'s' if images != 1 else ''} at a time"

    def blocks(self) -> int:
        """The number of parts that it is computed in."""
        images, rows = (assumed(size) for size in self.block())
        batch, high = assumed(self.image.shape[0]), assumed(self.outputs[0])
        return -(-batch // images) * -(-high // rows)

    def block(self) -> tuple[DimLike, DimLike]:
        """How many images, and rows of each, have columns that stay in cache."""
        rows, *rest = self.outputs
        row = assumed(dims.product(rest)) * self.patch * itemsize(self.image.dtype)
        whole = row * assumed(rows)
        batch = self.image.shape[0]
        if whole <= CACHE:
            images = max(CACHE // max(whole, 1), 1)
            return at_most(images, batch), rows
        if not isinstance(rows, int):
            return 1, rows
        count = max(CACHE // row, 1)
        return 1, -(-rows // -(-rows // count))  # blocks of about one size

    def step_arguments(self, groups: bool = False) -> list[str]:
        """The steps that are not 1, as arguments of a helper."""
        window = self.window
        pairs = [("strides", window.strides), ("dilation", window.dilation)]
        found = [f"{name}={steps}" for name, steps in pairs if set(steps) != {1}]
        return found + ([f"groups={self.groups}"] if groups and self.groups > 1 else [])

    def padding_argument(self) -> str:
        """The padding as NumPy takes it."""
        return f"padding={self.window.padding}"


def geometry(node: Node) -> Geometry:
    """The sizes of a node of any of the three ops."""
    first, second = (t.type for t in node.inputs)
    result = node.outputs[0].type
    kernel, image, made = {
        "conv": (second.shape[:-2], first, result),
        "conv_input_gradient": (second.shape[:-2], result, first),
        "conv_weight_gradient": (node.attrs.get("kernel", ()), first, second),
    }[node.op.name]
    return Geometry(Window.of(kernel, node.attrs), node.attrs["groups"], image, made)


def columns_seconds(g: Geometry) -> float:
    """What products of patches are expected to take, patches being copied.

    A copy is as fast as its pieces are long: a row of a kernel, if the elements of the image that it
    meets lie side by side, else the channels of one place.
    """
    piece = g.inner * (g.window.kernel[-1] if g.window.dilation[-1] == g.groups == 1 else 1)
    return products_seconds(g) + copies_seconds(g, piece)


def products_seconds(g: Geometry) -> float:
    """What the products of a convolution take, in the blocks that they are done in."""
    return assumed(g.flops) / FLOPS + g.blocks() * g.groups * CALL


def copies_seconds(g: Geometry, piece: int) -> float:
    """What it takes to copy all patches, in pieces of so many elements."""
    pieces = g.places * g.patch * g.groups // max(piece, 1)
    return pieces * (RUN + piece * itemsize(g.image.dtype) / BYTES)


class Algorithm:
    """One way to compute one of the three ops.

    Attributes:
        name: what users and reports call it.
        key: what nodes call it, where another target has one of that name.
        op: the op that it serves.
        helper: the helper function that it prints a call of.
        exact: whether it computes each output as a sum of the products in its definition.
        pads: whether the helper has room for images with zeros around them, or None.
    """

    name = ""
    key = ""
    op = ""
    helper = ""
    exact = True
    pads = True

    def applies(self, node: Node) -> bool:
        """Whether it can compute a node."""
        return self.fits(geometry(node))

    def fits(self, g: Geometry) -> bool:
        """Whether it can compute a convolution of these sizes."""
        return True

    def seconds(self, g: Geometry) -> float:
        """What it is expected to take, to be compared with others."""
        raise NotImplementedError

    def why(self, node: Node) -> str:
        """What speaks for it, in a few words."""
        return ""

    def lower(self, node: Node) -> Tensor | None:
        """The same by other ops, or None where it is printed."""
        return None

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        """The memory that it needs, by name."""
        return ()

    def prepared(self, e: Emitter) -> Sequence[tuple[str, str]]:
        """What is computed once for each batch size; see `Op.prepared`."""
        return ()

    def numbers(self) -> list[str]:
        """What the helper is given after the buffers: numbers that make the algorithm."""
        return []

    def arguments(self, e: Emitter) -> list[str]:
        """What the helper is given after `out`."""
        return []

    def call(self, e: Emitter) -> str:
        """The statement."""
        rooms = list(e.scratch)
        if self.pads and PADDED not in [name for name, _ in self.buffers(e.node)]:
            rooms.append("None")
        together = f"({', '.join(rooms)}{',' if len(rooms) == 1 else ''})"
        made = [*self.numbers(), *e.prepared]
        parts = [*e.args, together, *made, f"out={e.out}", *self.arguments(e)]
        return f"_{self.helper}({', '.join(parts)})"


class Product(Algorithm):
    """Kernels of one element: a product of matrices."""

    name = "matmul"

    def __init__(self, op: str, rewrite: Callable[[Node, Window], Tensor]) -> None:
        self.op = op
        self.rewrite = rewrite

    def fits(self, g: Geometry) -> bool:
        return g.window.positions == 1 and not g.window.padded and g.groups == 1

    def seconds(self, g: Geometry) -> float:
        return assumed(g.flops) / FLOPS

    def why(self, node: Node) -> str:
        return "a kernel of one element is a product of matrices"

    def lower(self, node: Node) -> Tensor:
        return self.rewrite(node, geometry(node).window)


class Im2col(Algorithm):
    """Patches copied into the rows of a matrix, as many at a time as stay in cache, and one product
    for them (K. Chellapilla et al., "High performance convolutional neural networks for document
    processing", 2006)."""

    name = "im2col"

    def __init__(self, op: str, helper: str) -> None:
        self.op = op
        self.helper = helper

    def seconds(self, g: Geometry) -> float:
        return columns_seconds(g)

    def why(self, node: Node) -> str:
        return f"patches as rows of one product, {geometry(node).block_text()}"

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g = geometry(node)
        images, rows = g.block()
        shape = (images, rows, *g.outputs[1:], *g.window.kernel, g.inner)
        found = [("columns", g.image.with_shape(shape))]
        if self.op == "conv_weight_gradient":
            shape = (g.groups, g.patch, g.filters // g.groups)
            found.append(("part", g.image.with_shape(shape[1:])))
        if g.window.padded:
            sizes = g.window.padded_sizes(g.sizes)
            found.append((PADDED, g.image.with_shape((images, *sizes, g.channels))))
        return found

    def arguments(self, e: Emitter) -> list[str]:
        g = geometry(e.node)
        low = [f"low={g.window.low}"] if g.window.padded else []
        return [*low, *g.step_arguments()]


class Col2im(Algorithm):
    """What comes back to all patches by one product, added up where patches overlap; as many images
    at a time as stay in cache."""

    name = "col2im"
    op = "conv_input_gradient"
    helper = "conv_col2im"

    def seconds(self, g: Geometry) -> float:
        return products_seconds(g) + ADDED * copies_seconds(g, g.inner)

    def why(self, node: Node) -> str:
        return "one product, and patches added up"

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g = geometry(node)
        images, rows = g.block()
        images = images if rows == g.outputs[0] else 1
        shape = (images, *g.outputs, *g.window.kernel, g.inner)
        found = [("columns", g.image.with_shape(shape))]
        if g.window.padded:
            sizes = g.window.padded_sizes(g.sizes)
            found.append((PADDED, g.image.with_shape((images, *sizes, g.channels))))
        return found

    def arguments(self, e: Emitter) -> list[str]:
        g = geometry(e.node)
        low = [f"low={g.window.low}"] if g.window.padded else []
        return [*low, *g.step_arguments()]


class Flipped(Algorithm):
    """Where every stride is 1 the input gradient is a convolution too: of the padded cotangent with
    the kernel reversed and its channels exchanged for its filters."""

    name = "flipped"
    op = "conv_input_gradient"

    def fits(self, g: Geometry) -> bool:
        pairs = zip(g.window.padding, g.window.reach, strict=True)
        return set(g.window.strides) == {1} and all(max(pair) < reach for pair, reach in pairs)

    def seconds(self, g: Geometry) -> float:
        turned = Geometry(lowered.turned(g.window), g.groups, g.result, g.image)
        return min(a.seconds(turned) for a in ALGORITHMS["conv"] if a.fits(turned))

    def why(self, node: Node) -> str:
        return "a convolution of the cotangent with the reversed kernel"

    def lower(self, node: Node) -> Tensor:
        return lowered.flipped(node, geometry(node).window)


class Depthwise(Algorithm):
    """Filters that see one channel each: for each element of the kernel, a product of the shifted
    image with one number a channel."""

    name = "shifts"
    pads = False

    def __init__(self, op: str, helper: str) -> None:
        self.op = op
        self.helper = helper

    def fits(self, g: Geometry) -> bool:
        return g.depthwise

    def seconds(self, g: Geometry) -> float:
        size = assumed(g.result.size) * itemsize(g.image.dtype)
        return 5 * g.window.positions * size / BYTES

    def why(self, node: Node) -> str:
        return "each filter sees one channel: shifted images, element by element"

    def _images(self, g: Geometry) -> DimLike:
        batch = g.image.shape[0]
        each = assumed(dims.product(g.result.shape[1:])) * itemsize(g.image.dtype)
        images = max(CACHE // (4 * max(each, 1)), 1)
        return at_most(images, batch)

    def buffers(self, node: Node) -> Sequence[tuple[str, TensorType]]:
        g = geometry(node)
        part = g.result.with_shape((self._images(g), *g.result.shape[1:]))
        found = [("part", part)]
        if self.op == "conv_weight_gradient":
            found.append(("total", g.result.with_shape((g.channels, g.filters // g.channels))))
        return found

    def prepared(self, e: Emitter) -> Sequence[tuple[str, str]]:
        g = geometry(e.node)
        return [("shifts", shifts_text(e, g.window, g.sizes, g.outputs))]


def shifts_text(
    e: Emitter, window: Window, sizes: Sequence[DimLike], outputs: Sequence[DimLike]
) -> str:
    """The call that finds, for each element of a kernel, which outputs it reads which inputs for."""
    parts = [e.shape(sizes), e.shape(outputs), e.shape(window.kernel)]
    more = [(window.low, 0), (window.strides, 1), (window.dilation, 1)]
    while more and set(more[-1][0]) == {more[-1][1]}:
        more.pop()
    parts += [str(values) for values, _ in more]
    return f"_shifts({', '.join(parts)})"


# The first of each op computes whatever there is.
ALGORITHMS: dict[str, list[Algorithm]] = {
    "conv": [
        Im2col("conv", "conv_im2col"),
        Product("conv", lowered.product),
        Depthwise("conv", "depthwise"),
    ],
    "conv_input_gradient": [
        Col2im(),
        Product("conv_input_gradient", lowered.product_input_gradient),
        Flipped(),
        Depthwise("conv_input_gradient", "depthwise_input_gradient"),
    ],
    "conv_weight_gradient": [
        Im2col("conv_weight_gradient", "conv_weight_im2col"),
        Product("conv_weight_gradient", lowered.product_weight_gradient),
        Depthwise("conv_weight_gradient", "depthwise_weight_gradient"),
    ],
}


def algorithm_of(node: Node) -> Algorithm:
    """The algorithm that a node names, or the one that computes whatever there is."""
    from graphc.ops.conv.device import DEVICE_ALGORITHMS

    name = node.attrs["algorithm"]
    for algorithm in (*ALGORITHMS[node.op.name], *DEVICE_ALGORITHMS[node.op.name]):
        if (algorithm.key or algorithm.name) == name:
            return algorithm
    return ALGORITHMS[node.op.name][0]


def helper_names(op: str) -> tuple[str, ...]:
    """The helper functions that the algorithms of an op may call."""
    return (*(a.helper for a in ALGORITHMS[op] if a.helper), "shifts")
