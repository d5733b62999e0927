"""What tests of single ops share: values, finite differences, and printed statements executed."""

import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from graphc.autodiff import grad
from graphc.ir.evaluate import concrete, evaluate
from graphc.ir.node import make
from graphc.ops.base import ATOM, REGISTRY
from graphc.ops.leaf import constant, input
from graphc.ops.reduce import sum as reduce_sum

HELPERS = Path(__file__).parents[2] / "templates" / "numpy" / "helpers"


def samples(*names):
    return [
        (REGISTRY[n], s, f"{n}-{i}") for n in names for i, s in enumerate(REGISTRY[n].samples())
    ]


def applied(op, arrays, attrs):
    xs = [input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]
    return xs, make(op, xs, attrs).outputs[0]


def value(tensor, given=None):
    return evaluate([tensor], given)[0]


def lowered(tensor):
    """The same tensor by primitives."""
    done = {}

    def walk(t):
        if t not in done:
            node = t.node
            if node.inputs:
                node = make(node.op, [walk(x) for x in node.inputs], node.attrs)
            simpler = node.op.lower(node)
            done[t] = node.outputs[t.index] if simpler is None else walk(simpler[t.index])
        return done[t]

    return walk(tensor)


def nodes(tensor):
    found, stack = [], [tensor.node]
    while stack:
        node = stack.pop()
        if node not in found:
            found.append(node)
            stack += [t.node for t in node.inputs]
    return found


def differences(function, arrays, step=1e-5):
    """The gradient of a number by central differences, zero for integers."""
    result = [np.zeros(a.shape) for a in arrays]
    for position, array in enumerate(arrays):
        for place in np.ndindex(array.shape if array.dtype == float else (0,)):
            ends = []
            for sign in (1, -1):
                moved = [np.array(a) for a in arrays]
                moved[position][place] += sign * step
                ends.append(function(moved))
            result[position][place] = (ends[0] - ends[1]) / (2 * step)
    return result


def check_gradients(op, sample):
    """Both orders against finite differences."""
    xs, out = applied(op, sample.arrays, sample.attrs)
    floats = [x for x, a in zip(xs, sample.arrays, strict=True) if a.dtype == float]
    given = dict(zip(xs, sample.arrays, strict=True))
    rng = np.random.default_rng(0)
    weight = constant(rng.normal(size=out.shape))

    def compare(total):
        got = evaluate(grad(total, floats, unconnected="zeros"), given)
        want = differences(
            lambda moved: float(value(total, dict(zip(xs, moved, strict=True)))), sample.arrays
        )
        want = [w for w, a in zip(want, sample.arrays, strict=True) if a.dtype == float]
        for g, w in zip(got, want, strict=True):
            np.testing.assert_allclose(g, w, rtol=1e-6, atol=1e-6)

    compare(reduce_sum(out * weight))
    first = grad(reduce_sum(out * out * weight), floats, unconnected="zeros")
    along = constant(0.0, "float64")
    for part in first:
        along = along + reduce_sum(part * constant(rng.normal(size=part.shape)))
    compare(along)


class Printer:
    """The least that an op needs to print itself: operands are a0, a1, ..., the result is out."""

    def __init__(self, node):
        self.node = node
        self.args = [f"a{i}" for i in range(len(node.inputs))]
        self.out = "out"
        self.scratch = [f"s{i}" for i in range(len(node.op.scratch(node)))]

    def arg(self, position, precedence=ATOM):
        return self.args[position]

    def dim(self, size):
        return str(size)

    def shape(self, sizes):
        return f"({', '.join(map(str, sizes))}{',' if len(sizes) == 1 else ''})"


def namespace(op):
    scope = {"np": np}
    for name in getattr(op, "helpers", ()):
        exec((HELPERS / f"{name}.py").read_text(encoding="utf-8"), scope)
    return scope


def check_printed(op, arrays, attrs, rtol=0.0, in_place=()):
    """What a primitive prints in both styles against its reference."""
    _, tensor = applied(op, arrays, attrs)
    if op.lower(tensor.node) is not None:
        return
    (want,) = op.reference(arrays, attrs)
    printer = Printer(tensor.node)
    scope = namespace(op) | {f"a{i}": np.array(a, order="C") for i, a in enumerate(arrays)}
    plain = op.plain(printer)
    got = eval(plain if isinstance(plain, str) else plain[0], scope)
    assert np.shape(got) == want.shape and got.dtype == want.dtype
    np.testing.assert_allclose(got, want, rtol=rtol)
    for position in (None, *op.inplace(tensor.node)):
        scope |= {f"a{i}": np.array(a, order="C") for i, a in enumerate(arrays)}
        scope["out"] = np.full(want.shape, 77).astype(want.dtype)
        if position is not None:
            printer.args = [f"a{i}" for i in range(len(arrays))]
            printer.args[position] = "out"
            scope["out"] = scope[f"a{position}"].copy()
        for name, type_ in zip(printer.scratch, op.scratch(tensor.node), strict=True):
            scope[name] = np.full(concrete(type_.shape, {}), 55).astype(type_.dtype)
        for statement in op.planned(printer):
            exec(statement, scope)
        np.testing.assert_allclose(scope["out"], want, rtol=rtol)


def allocated(op, arrays, attrs):
    """The most bytes that the planned statements hold on the way, and the bytes of the result.

    NumPy's casting buffers and a call's own objects are among them, so results must be large for
    this to tell whether an array was allocated.
    """
    _, tensor = applied(op, arrays, attrs)
    assert op.lower(tensor.node) is None
    printer = Printer(tensor.node)
    scope = namespace(op) | {f"a{i}": a for i, a in enumerate(arrays)}
    scope["out"] = np.zeros(tensor.shape, tensor.dtype)
    for name, type_ in zip(printer.scratch, op.scratch(tensor.node), strict=True):
        scope[name] = np.zeros(type_.shape, type_.dtype)
    code = [compile(statement, "planned", "exec") for statement in op.planned(printer)]

    def run():
        for statement in code:
            exec(statement, scope)

    run()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        run()
        peak = tracemalloc.get_traced_memory()[1] - before
        domain = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
        kept = tracemalloc.take_snapshot().filter_traces([domain]).traces
    finally:
        tracemalloc.stop()
    assert len(kept) == 0
    return SimpleNamespace(peak=peak, result=scope["out"].nbytes)
