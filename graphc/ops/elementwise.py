"""Elementwise ops: a scalar function applied to every element, with NumPy's broadcasting.

:class:`Elementwise` is declared by its SymPy expression; everything else follows from that or
says where floating point needs more than mathematics (a stable lowering, a convention at a
kink).  The catalogue of them is in :mod:`graphc.ops.catalogue`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import GraphError, TypeMismatchError
from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType
from graphc.ops import scalar
from graphc.ops.base import Array, Emitter, Op, Sample, register
from graphc.ops.leaf import constant
from graphc.ops.stable import stabilise

Pullback = Callable[..., Any]  # (cotangent, result, *operands) -> cotangent of one operand


class Elementwise(Op):
    """A scalar function applied to every element.

    Args:
        name: the op's name.
        expression: ``lambda x, y: ...`` over SymPy symbols; for comparisons and choices, the
            SymPy relation or Piecewise.
        ufunc: the NumPy ufunc that computes it (``"np.exp"``); None if it is lowered.
        infix: the Python operator and its precedence, where there is one.
        python: the same for numbers on the host, as a template: ``"math.exp({0})"``.
        pullbacks: for each operand, ``(ct, out, *operands) -> cotangent``, where SymPy's
            derivative is not what floating point (or the convention at a kink) wants.
        lowered: ``lambda x: ...`` over tensors; the stable form of an op without a ufunc.
        reference: the obvious NumPy function.
        result: ``"float"`` (integers become floating), ``"same"`` or ``"bool"``.
        domain: for each operand the interval its samples are drawn from.
        nasty: further scalar samples for each operand where it is smooth.
        kinks: points ``(operands, derivatives)`` with the derivative by convention.
    """

    def __init__(
        self,
        name: str,
        expression: Callable[..., Any],
        *,
        ufunc: str | None = None,
        infix: tuple[str, int] | None = None,
        python: str | None = None,
        pullbacks: Sequence[Pullback | None] | None = None,
        lowered: Callable[..., Any] | None = None,
        reference: Callable[..., Any] | None = None,
        result: str = "float",
        differentiable: bool = True,
        domain: Sequence[tuple[float, float]] = (),
        nasty: Sequence[tuple[float, ...]] = (),
        kinks: Sequence[tuple[tuple[float, ...], tuple[float, ...]]] = (),
    ) -> None:
        self.name = name
        self.expression = expression
        self.arity = len(inspect.signature(expression).parameters)
        self.ufunc = ufunc
        self.infix = infix
        self.python = python
        self.pullbacks = pullbacks
        self.lowered = lowered
        self.numpy_reference = reference
        self.result = result
        self.differentiable = differentiable
        self.domain = tuple(domain) or ((-3.0, 3.0),) * self.arity
        self.nasty = nasty
        self.kinks = kinks
        self._partials: dict[int, Any] = {}

    # ---- types ----------------------------------------------------------------------------

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        if len(types_) != self.arity:
            raise TypeMismatchError(f"takes {self.arity} operands, not {len(types_)}")
        dtypes = {t.dtype for t in types_}
        if len(dtypes) > 1:
            raise TypeMismatchError(
                f"operands of one element type are expected, not {sorted(dtypes)}"
            )
        shape = types.broadcast([t.shape for t in types_])
        return (TensorType("bool" if self.result == "bool" else types_[0].dtype, shape),)

    def operand_dtype(self, dtypes: Sequence[str], numbers: Sequence[Any]) -> str:
        """The element type that operands are brought to before the op applies."""
        dtype = types.promote(dtypes, *numbers)
        if self.result == "float" and not types.is_float(dtype):
            dtype = types.dtype_name(np.exp.resolve_dtypes((np.dtype(dtype), None))[1])
        return dtype

    # ---- derivatives ----------------------------------------------------------------------

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        out = node.outputs[0]
        results: list[Tensor | None] = []
        for position, operand in enumerate(node.inputs):
            if not types.is_float(operand.dtype):
                results.append(None)
                continue
            value = self.pull_back(position, ct, out, node.inputs)
            results.append(None if value is None else unbroadcast(value, operand.type))
        return results

    def pull_back(
        self, position: int, ct: Tensor, out: Tensor, operands: Sequence[Tensor]
    ) -> Tensor | None:
        """The cotangent of one operand, still in the shape of the result."""
        if self.pullbacks is not None:
            pullback = self.pullbacks[position]
            result: Tensor | None = None if pullback is None else pullback(ct, out, *operands)
            return result
        partial = self._partials.get(position)
        if partial is None:
            names = scalar.symbols(self.arity)
            partial = scalar.derivative(self.expression(*names), names[position])
            self._partials[position] = partial
        if partial == 0:
            return None
        factor: Any = scalar.to_tensor(
            partial, dict(zip(scalar.symbols(self.arity), operands, strict=True))
        )
        product: Tensor = ct * factor
        return product

    # ---- values ---------------------------------------------------------------------------

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        with np.errstate(all="ignore"):
            if self.numpy_reference is not None:
                value = self.numpy_reference(*arrays)
            else:
                value = self._by_mpmath(*arrays)
        dtype = "bool" if self.result == "bool" else arrays[0].dtype
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
        return (np.broadcast_to(np.asarray(value), shape).astype(dtype),)

    def _by_mpmath(self, *arrays: Array) -> Array:
        import sympy as sp

        names = scalar.symbols(self.arity)
        function = sp.lambdify(names, self.expression(*names), "mpmath")

        def one(*values: Any) -> float:
            try:
                return float(function(*map(float, values)))
            except (ArithmeticError, ValueError, TypeError):
                return float("nan")

        if any(a.size == 0 for a in arrays):
            return np.zeros(np.broadcast_shapes(*(a.shape for a in arrays)))
        values: Array = np.vectorize(one, otypes=[float])(*arrays)
        return values

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(7)

        def draw(*shapes: tuple[int, ...]) -> tuple[Array, ...]:
            low_high = [self.domain[i] for i in range(self.arity)]
            return tuple(
                np.asarray(rng.uniform(*low_high[i], shapes[i % len(shapes)]))
                for i in range(self.arity)
            )

        strided = tuple(np.asfortranarray(a)[::2] for a in draw((6, 3)))
        found = [
            draw((3, 4)),
            draw((3, 1), (4,), (2, 1, 1)),
            draw(()),
            draw((1,)),
            draw((0, 2)),
            strided,
        ]
        result = [Sample(arrays, smooth=self.differentiable) for arrays in found]
        result += [Sample(tuple(np.array([v]) for v in values)) for values in self.nasty]
        for values, slopes in self.kinks:
            arrays = tuple(np.array([v]) for v in values)
            result.append(
                Sample(arrays, smooth=False, gradients=tuple(np.array([s]) for s in slopes))
            )
        return result

    # ---- emission -------------------------------------------------------------------------

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        if self.ufunc is not None:
            return None
        if self.lowered is not None:
            result = self.lowered(*node.inputs)
        else:
            names = scalar.symbols(self.arity)
            expression = stabilise(self.expression(*names))
            result = scalar.to_tensor(expression, dict(zip(names, node.inputs, strict=True)))
        result = constant(result, node.outputs[0].dtype)
        if result.shape != node.outputs[0].shape:
            result = builders["broadcast_to"](result, node.outputs[0].shape)
        return (result,)

    def plain(self, e: Emitter) -> str | tuple[str, int]:
        if self.infix is not None:
            symbol, precedence = self.infix
            if self.arity == 1:
                return f"{symbol}{e.arg(0, precedence)}", precedence
            return f"{e.arg(0, precedence)} {symbol} {e.arg(1, precedence + 1)}", precedence
        return f"{self.ufunc}({', '.join(e.args)})"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"{self.ufunc}({', '.join(e.args)}, out={e.out})"]

    def inplace(self, node: Node) -> Sequence[int]:
        out = node.outputs[0].type
        return [
            i
            for i, t in enumerate(node.inputs)
            if t.shape == out.shape and types.itemsize(t.dtype) == types.itemsize(out.dtype)
        ]

    def flops(self, node: Node) -> DimLike:
        return node.outputs[0].size

    def math(self, node: Node, args: Sequence[str]) -> str | tuple[str, int]:
        if self.infix is not None:
            symbol, precedence = self.infix
            return f" {symbol} ".join(args) if self.arity > 1 else f"{symbol}{args[0]}", precedence
        return f"{self.name}({', '.join(args)})"


def unbroadcast(cotangent: Tensor, target: TensorType) -> Tensor:
    """Sum a cotangent over the axes along which an operand was broadcast."""
    shape = cotangent.shape
    if shape == target.shape:
        return cotangent
    extra = len(shape) - target.rank
    if extra < 0 or types.broadcast([shape, target.shape]) != shape:
        wide: Tensor = builders["broadcast_to"](cotangent, target.shape)
        return wide
    axes = tuple(range(extra)) + tuple(
        axis + extra
        for axis, size in enumerate(target.shape)
        if size == 1 and shape[axis + extra] != 1
    )
    result: Tensor = builders["sum"](cotangent, axis=axes) if axes else cotangent
    return builders["reshape"](result, target.shape) if result.shape != target.shape else result


def apply(op: Elementwise, *values: Any) -> Tensor:
    """Apply to tensors, arrays and numbers: constants are made, element types promoted as NumPy 2
    does (Python numbers are weak), shapes broadcast.

    Raises:
        TypeMismatchError: for a value that is no number.
        ShapeError: for shapes that don't broadcast.
    """
    fixed: list[Any] = []
    for value in values:
        if not isinstance(value, (Tensor, bool, int, float)):
            if value is None or isinstance(value, (str, bytes)):
                raise TypeMismatchError(
                    f"{op.name}: a tensor or a number is expected, not {value!r}"
                )
            value = constant(value)
        fixed.append(value)
    tensors = [v for v in fixed if isinstance(v, Tensor)]
    numbers = [v for v in fixed if not isinstance(v, Tensor)]
    if tensors:
        dtype = op.operand_dtype([t.dtype for t in tensors], numbers)
    else:
        dtype = (
            op.operand_dtype(["float32"], ())
            if any(isinstance(n, float) for n in numbers)
            else "int64"
        )
        dtype = op.operand_dtype([dtype], ())
    return op(*[cast(v, dtype) if isinstance(v, Tensor) else constant(v, dtype) for v in fixed])


def cast(x: Any, dtype: Any) -> Tensor:
    """The same values in another element type; the tensor itself where it has that type."""
    x, name = constant(x), types.dtype_name(dtype)
    return x if x.dtype == name else make(CAST, (x,), {"dtype": name}).outputs[0]


class Cast(Op):
    """Convert the element type, as ``astype`` does."""

    name = "cast"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        return (types_[0].with_dtype(attrs["dtype"]),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x,), (ct,) = node.inputs, cotangents
        assert ct is not None
        return (cast(ct, x.dtype) if types.is_float(x.dtype) else None,)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[0].astype(attrs["dtype"]),)

    def samples(self) -> Sequence[Sample]:
        x = np.array([[0.0, 1.5, -2.25], [3.0, 1e3, -0.0]])
        return [
            Sample((x,), {"dtype": "int64"}, smooth=False),
            Sample((x,), {"dtype": "float64"}),
            Sample((x.T.astype("int32"),), {"dtype": "float64"}, smooth=False),
            Sample((x[:, :0] > 0,), {"dtype": "float32"}, smooth=False),
        ]

    def plain(self, e: Emitter) -> str:
        return f"{e.arg(0)}.astype(np.{e.node.attrs['dtype'].replace('bool', 'bool_')})"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f'np.copyto({e.out}, {e.args[0]}, casting="unsafe")']

    def flops(self, node: Node) -> DimLike:
        return node.outputs[0].size

    def math(self, node: Node, args: Sequence[str]) -> str | tuple[str, int]:
        if node.attrs["dtype"].endswith("float16"):
            return f"{node.attrs['dtype']}({args[0]})"  # what rounds is said
        return args[0] if args[0].isidentifier() else f"({args[0]})"


CAST = register(Cast())
builders["cast"] = cast


def elementwise(
    name: str, expression: Callable[..., Any], *, domain: Sequence[tuple[float, float]] = ()
) -> Callable[..., Tensor]:
    """Declare an elementwise op of your own by its scalar expression, in SymPy.

    The derivative is `sympy.diff`'s, both are rewritten into forms that neither overflow nor
    cancel (sigmoid, softplus, log1p, expm1), and the result is a function over tensors like any
    other: it broadcasts, differentiates to any order, fuses and prints.

        import sympy as sp
        swish = gx.elementwise("swish", lambda x: x / (1 + sp.exp(-x)))

    Args:
        name: how errors and printed graphs call it.
        expression: a function of one to six SymPy symbols.
        domain: for each operand the interval on which it is meant to be used.

    Raises:
        GraphError: when the expression can't be turned into tensors.
    """
    import sympy as sp

    try:
        op = Elementwise(name, expression, domain=domain)
        if not 1 <= op.arity <= len(scalar.NAMES):
            raise GraphError(
                f"an elementwise op takes 1 to {len(scalar.NAMES)} operands, not {op.arity}"
            )
        names = scalar.symbols(op.arity)
        formula = sp.sympify(expression(*names))
        stray = formula.free_symbols - set(names)
        if stray:
            raise GraphError(f"it uses symbols that are no operands: {sorted(map(str, stray))}")
        trial = [builders["constant"](0.5, "float64") for _ in names]
        scalar.to_tensor(stabilise(formula), dict(zip(names, trial, strict=True)))
    except (GraphError, TypeError, AttributeError, ValueError) as error:
        raise GraphError(f"elementwise '{name}': {error}") from error

    def function(*values: Any) -> Tensor:
        if len(values) != op.arity:
            raise TypeMismatchError(f"{name} takes {op.arity} operands, not {len(values)}")
        return apply(op, *values)

    function.op = op  # type: ignore[attr-defined]
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Elementwise {name}: {formula}."
    return function
