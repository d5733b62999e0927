"""Nodes and tensors: an immutable, interned dataflow graph.

A :class:`Node` applies an op to tensors; a :class:`Tensor` is one of its results and carries the
operators that users write.  Building the same application twice gives the same node, so common
subexpressions never arise.  What a node *is* (op, inputs, attributes) is fixed; where it comes
from (`origin`) and what it is called (`Tensor.name`) are notes beside it.

The operators dispatch through :data:`builders`, which the ops fill in when they register: this
package knows no op.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, Protocol

import numpy as np

from graphc.errors import GraphError, ShapeError, TypeMismatchError, describe
from graphc.ir import origin as origins
from graphc.ir.dims import DimLike
from graphc.ir.origin import Origin
from graphc.ir.region import Region
from graphc.ir.types import TensorType

builders: dict[str, Callable[..., Any]] = {}


class OpLike(Protocol):
    """What a node needs of its op."""

    name: str

    def infer(self, types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        """The types of the results."""


class Literal:
    """A constant array as an attribute: compared by element type, shape and bits."""

    __slots__ = ("_key", "array")

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = np.array(array, copy=True, order="C")
        self.array.flags.writeable = False
        self._key = (self.array.dtype.name, self.array.shape, self.array.tobytes())

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Literal) and self._key == other._key

    def __repr__(self) -> str:
        return repr(self.array.item()) if self.array.ndim == 0 else f"<{self.array.shape}>"


class Variable:
    """Something with an identity of its own: an input, a state, a random stream.

    Two variables are never the same, whatever they are called.
    """

    def __init__(self, name: str, type: TensorType | None = None) -> None:
        self.name = name
        self.type = type

    def __repr__(self) -> str:
        return self.name


class State(Variable):
    """A value that outlives a call: a parameter, a moment, a counter.

    Attributes:
        initial: what it starts from, a tensor without inputs (constants, random draws).
        trainable: whether ``gx.grad`` and optimisers see it as a parameter.
        slot: for a value kept *per parameter* (``"momentum"``), the family's name; families are
            laid out as one flat vector each.
        of: the parameter that a slot belongs to.
    """

    type: TensorType

    def __init__(
        self,
        name: str,
        type: TensorType,
        initial: Tensor | None,
        *,
        trainable: bool = False,
        slot: str = "",
        of: State | None = None,
    ) -> None:
        super().__init__(name, type)
        self.initial = initial
        self.trainable = trainable
        self.slot = slot
        self.of = of
        self.storage: np.ndarray[Any, Any] | None = None  # shared by stand-alone functions
        self.origin = origins.current()


class Stream(Variable):
    """An independent source of random numbers, the one of that `number` out of `count`."""

    count = 0

    def __init__(self, name: str) -> None:
        super().__init__(name)
        Stream.count += 1
        self.number = Stream.count


def attribute_key(value: Any) -> Any:
    """A hashable key that tells 1, 1.0 and True apart, and 0.0 from -0.0, and equals nan to nan."""
    if isinstance(value, float):
        return ("float", "nan" if math.isnan(value) else value.hex())
    if isinstance(value, (bool, int)):
        return (type(value).__name__, value)
    if isinstance(value, tuple):
        return tuple(attribute_key(item) for item in value)
    return value


class Node:
    """One application of an op.  Make it with :func:`make`, never directly.

    Attributes:
        rooted: whether it depends on a variable of some program.
        verified: whether its types were found to be what its op infers.
    """

    __slots__ = ("__weakref__", "attrs", "inputs", "op", "origin", "outputs", "rooted", "verified")

    def __init__(
        self,
        op: OpLike,
        inputs: tuple[Tensor, ...],
        attrs: dict[str, Any],
        types: Sequence[TensorType],
        origin: Origin | None,
        rooted: bool,
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.attrs = attrs
        self.origin = origin
        self.rooted = rooted
        self.verified = False
        self.outputs = tuple(Tensor(self, index, type) for index, type in enumerate(types))

    def __repr__(self) -> str:
        return f"<{self.op.name} {', '.join(str(t.type) for t in self.outputs)}>"


_interned: weakref.WeakValueDictionary[Any, Node] = weakref.WeakValueDictionary()


def make(op: OpLike, inputs: Iterable[Tensor], attrs: Mapping[str, Any] | None = None) -> Node:
    """The node that applies `op` to `inputs`: a new one, or the one that exists.

    Raises:
        ShapeError, TypeMismatchError: from the op, when the inputs do not fit.
    """
    inputs, attributes = tuple(inputs), dict(attrs or {})
    region = Region.of(inputs)
    operands = tuple((id(t.node), t.index) for t in inputs)
    own = tuple((name, attribute_key(value)) for name, value in sorted(attributes.items()))
    key = (op, operands, own, region and region.number)
    node = _interned.get(key)
    if node is None:
        try:
            types = op.infer([t.type for t in inputs], attributes)
        except (ShapeError, TypeMismatchError) as error:
            headline = f"{op.name} at {origins.current()}: {error}"
            raise type(error)(describe(headline, map(operand_line, inputs))) from None
        # A node that no variable reaches may be shared by unrelated programs: it has no place.
        rooted = any(t.node.rooted for t in inputs) or any(
            isinstance(value, Variable) for value in attributes.values()
        )
        node = Node(op, inputs, attributes, types, origins.current() if rooted else None, rooted)
        _interned[key] = node
    elif node.origin is not None and node.origin.role == "backward":
        here = origins.current()
        if here.role == "forward":  # a gradient needed it first, but it is the user's own
            node.origin = here
    return region.known(node) if region else node


def operand_line(tensor: Tensor) -> str:
    """An operand as errors list it: its name and type, what it is and where it was made."""
    node = tensor.node
    variable = node.attrs.get("variable") or node.attrs.get("state")
    if isinstance(variable, State):
        kind = "parameter" if variable.trainable else "state"
        return f"{variable.name}: {tensor.type}   {kind}, {variable.origin}"
    what = f"{node.op.name}, {node.origin}" if node.origin else node.op.name
    return f"{tensor.name or '(unnamed)'}: {tensor.type}   {what}"


def _build(name: str, *args: Any, **kwargs: Any) -> Tensor:
    result: Tensor = builders[name](*args, **kwargs)
    return result


class Tensor:
    """One result of a node: symbolic, with a type; it has no value until a function runs."""

    __slots__ = ("__weakref__", "index", "name", "node", "type", "whole")

    def __init__(self, node: Node, index: int, type: TensorType) -> None:
        self.node = node
        self.index = index
        self.type = type
        self.name = ""  # a note for printing; see `named`
        self.whole: Node | None = None  # the composite it was lowered from; for formulas

    def named(self, name: str) -> Tensor:
        """Call this tensor `name` in printed graphs and emitted code; returns itself."""
        self.name = str(name)
        return self

    @property
    def shape(self) -> tuple[DimLike, ...]:
        """The sizes: ints and symbolic dimensions."""
        return self.type.shape

    @property
    def dtype(self) -> str:
        """The element type's name."""
        return self.type.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.type.shape)

    @property
    def size(self) -> DimLike:
        """The number of elements."""
        return self.type.size

    def __repr__(self) -> str:
        label = f" '{self.name}'" if self.name else ""
        return f"<Tensor{label} {self.type} {self.node.op.name}>"

    __hash__ = object.__hash__  # by identity: equality below is elementwise

    def __add__(self, other: Any) -> Tensor:
        return _build("add", self, other)

    def __radd__(self, other: Any) -> Tensor:
        return _build("add", other, self)

    def __sub__(self, other: Any) -> Tensor:
        return _build("subtract", self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return _build("subtract", other, self)

    def __mul__(self, other: Any) -> Tensor:
        return _build("multiply", self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return _build("multiply", other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return _build("divide", self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return _build("divide", other, self)

    def __floordiv__(self, other: Any) -> Tensor:
        return _build("floor_divide", self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return _build("floor_divide", other, self)

    def __mod__(self, other: Any) -> Tensor:
        return _build("remainder", self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return _build("remainder", other, self)

    def __pow__(self, other: Any) -> Tensor:
        return _build("power", self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return _build("power", other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return _build("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return _build("matmul", other, self)

    def __neg__(self) -> Tensor:
        return _build("negative", self)

    def __pos__(self) -> Tensor:
        return self

    def __abs__(self) -> Tensor:
        return _build("abs", self)

    def __invert__(self) -> Tensor:
        return _build("logical_not", self)

    def __and__(self, other: Any) -> Tensor:
        return _build("logical_and", self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Tensor:
        return _build("logical_or", self, other)

    __ror__ = __or__

    def __xor__(self, other: Any) -> Tensor:
        return _build("logical_xor", self, other)

    __rxor__ = __xor__

    def __eq__(self, other: Any) -> Tensor:  # type: ignore[override]
        return _build("equal", self, other)

    def __ne__(self, other: Any) -> Tensor:  # type: ignore[override]
        return _build("not_equal", self, other)

    def __lt__(self, other: Any) -> Tensor:
        return _build("less", self, other)

    def __le__(self, other: Any) -> Tensor:
        return _build("less_equal", self, other)

    def __gt__(self, other: Any) -> Tensor:
        return _build("greater", self, other)

    def __ge__(self, other: Any) -> Tensor:
        return _build("greater_equal", self, other)

    def __getitem__(self, index: Any) -> Tensor:
        return _build("getitem", self, index)

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeMismatchError(
            f"{self!r} can't be changed: gx.where chooses by a condition, gx.scatter_add adds at "
            "indices, gx.concat puts parts together"
        )

    @property
    def T(self) -> Tensor:
        """The transpose: all axes reversed."""
        return _build("transpose", self)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """The sum over `axis` (all axes if None); see ``gx.sum``."""
        return _build("sum", self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """The mean over `axis` (all axes if None); see ``gx.mean``."""
        return _build("mean", self, axis=axis, keepdims=keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """The largest over `axis` (all axes if None); see ``gx.max``."""
        return _build("max", self, axis=axis, keepdims=keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """The smallest over `axis` (all axes if None); see ``gx.min``."""
        return _build("min", self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape; see ``gx.reshape``."""
        return _build("reshape", self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order; see ``gx.transpose``."""
        return _build("transpose", self, (axes[0] if len(axes) == 1 else axes) or None)

    def astype(self, dtype: Any) -> Tensor:
        """The same values in another element type; see ``gx.cast``."""
        return _build("cast", self, dtype)

    def _no_value(self, wish: str) -> NoReturn:
        raise TypeMismatchError(
            f"a tensor has no value while the network is declared, so it can't be {wish}: "
            f"{self!r} from {self.node.origin or '<constant>'}; use gx.where to choose by a "
            "condition, or gx.function to compute"
        )

    def __bool__(self) -> bool:
        self._no_value("used as a condition")

    def __float__(self) -> float:
        self._no_value("made a float")

    def __int__(self) -> int:
        self._no_value("made an int")

    def __index__(self) -> int:
        self._no_value("used as an index of a list")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Tensor:
        # `np.exp(x)` and `array * x` mean the op of that name.
        name = {"absolute": "abs"}.get(ufunc.__name__, ufunc.__name__)
        if method == "__call__" and not kwargs and name in builders:
            return _build(name, *inputs)
        self._no_value(f"given to numpy.{ufunc.__name__}")

    def __array__(self, *_: Any, **__: Any) -> np.ndarray[Any, Any]:
        self._no_value("made an array")

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape or not isinstance(self.shape[0], int):
            raise TypeMismatchError(f"can't iterate over {self!r}: its first size is not a number")
        return iter([self[i] for i in range(self.shape[0])])

    def __len__(self) -> int:
        if not self.shape or not isinstance(self.shape[0], int):
            raise TypeMismatchError(f"{self!r} has no length now: use .shape[0], a dimension")
        return self.shape[0]


def state_of(tensor: Tensor) -> State:
    """The state that a tensor stands for.

    Raises:
        GraphError: when the tensor is computed, not a state.
    """
    state = tensor.node.attrs.get("state")
    if not isinstance(state, State):
        raise GraphError(f"{tensor!r} is computed: expected a parameter or a state")
    return state


def toposort(roots: Iterable[Tensor], stop: Iterable[Tensor] = ()) -> list[Node]:
    """All nodes that `roots` need, each after its inputs, in the order a reader would write them.

    Depth first from the roots in order, without recursion (graphs can be deep); the walk does not
    enter the nodes of `stop`.
    """
    order: list[Node] = []
    done = {t.node for t in stop}
    for root in roots:
        if root.node in done:
            continue
        done.add(root.node)
        stack = [(root.node, iter(root.node.inputs))]
        while stack:
            node, operands = stack[-1]
            for tensor in operands:
                if tensor.node not in done:
                    done.add(tensor.node)
                    stack.append((tensor.node, iter(tensor.node.inputs)))
                    break
            else:
                order.append(node)
                stack.pop()
    return order
