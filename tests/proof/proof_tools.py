"""What the proofs share: arrays in awkward layouts, finite differences, modules run by autograd."""

import functools
import inspect
import warnings
from dataclasses import replace

import numpy as np

import graphc as gx
from graphc.ir.evaluate import evaluate
from graphc.ir.node import make
from graphc.ops.base import REGISTRY

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import autograd
    import autograd.numpy as anp
    from autograd.numpy.numpy_boxes import ArrayBox
    from autograd.scipy.special import erf
    from autograd.scipy.stats import norm

STYLES = ("plain", "planned")


def walk_samples(keep=lambda op, sample: True):
    """Every op of the registry with every one of its samples, for parametrised tests."""
    found = [
        (op, number, replace(sample, arrays=tuple(map(np.asarray, sample.arrays))))
        for op in list(REGISTRY.values())
        for number, sample in enumerate(op.samples())
        if keep(op, sample)
    ]
    return [(op, sample) for op, _, sample in found], [f"{op.name}-{n}" for op, n, _ in found]


def in_float32(arrays):
    """The same arrays with float64 made float32."""
    return tuple(a.astype("float32") if a.dtype == "float64" else a for a in arrays)


def with_gaps(array):
    """The same values as a view with gaps between its elements and the last axis reversed."""
    if array.ndim == 0:
        return array
    wide = np.zeros(tuple(2 * n + 1 for n in array.shape), array.dtype)
    view = wide[tuple(slice(0, 2 * n, 2) for n in array.shape)][..., ::-1]
    view[...] = array
    return view


def applied(op, arrays, attrs):
    """The op on inputs of the arrays' types: the inputs and the result."""
    xs = [gx.input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]
    return xs, make(op, xs, attrs).outputs[0]


def phase(function, arrays):
    """The phase method of a function that has been called, bound to its arguments: what a call
    does without checking arguments and copying results."""
    instance = function._instance
    method, read = phase_method(function, instance)
    given = [arrays[i] for i in read]
    if function.options.style == "planned":
        slots = getattr(instance, f"_{function.name}_slots")(*arrays)
        return functools.partial(method, slots, *given)
    return functools.partial(method, *given)


def phase_method(function, instance):
    """The method that computes, and the positions of the arguments that it takes."""
    method = getattr(instance, f"_{function.name}_body")
    every = list(inspect.signature(getattr(instance, function.name)).parameters)
    taken = [name for name in inspect.signature(method).parameters if name != "s"]
    return method, [every.index(name) for name in taken]


def differences(function, arrays, step=1e-5):
    """The gradient of a number by each float64 array, by central differences of fourth order;
    None for other arrays."""
    terms = ((1, 8), (-1, -8), (2, -1), (-2, 1))
    result = []
    for position, array in enumerate(arrays):
        if array.dtype != np.float64:
            result.append(None)
            continue
        slopes = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            for steps, weight in terms:
                moved = [np.array(a) for a in arrays]
                moved[position][place] += steps * step
                slopes[place] += weight * function(moved) / (12 * step)
        result.append(slopes)
    return result


def value(tensor, given=None):
    """The value of one tensor by the reference evaluator."""
    return evaluate([tensor], given)[0]


class _Numpy:
    """autograd.numpy, with what it lacks of NumPy said by what it has."""

    def __getattr__(self, name):
        return getattr(anp, name)

    @staticmethod
    def take(x, indices, axis=None):
        if axis is None:
            return anp.reshape(x, (-1,))[indices]
        return x[(slice(None),) * axis + (indices,)]

    @staticmethod
    def where(condition, x, y):
        # The derivative that autograd has does not sum over what was broadcast.
        zeros = np.zeros(np.broadcast_shapes(*map(np.shape, (condition, x, y))))
        return anp.where(condition, x + zeros, y + zeros)

    @staticmethod
    def pad(x, widths, constant_values=0):
        return anp.pad(x, widths, mode="constant", constant_values=constant_values)

    @staticmethod
    def ascontiguousarray(x):
        return x


ArrayBox.transpose = lambda self, *axes: anp.transpose(self, axes or None)


def module_under_autograd(network):
    """The class that a network's plain module defines, with `np` bound to autograd.numpy."""
    source = network.source
    assert network.options.style == "plain" and "\nimport numpy as np\n" in source
    scope = {"__name__": "emitted", "np": _Numpy()}
    exec(source.replace("\nimport numpy as np\n", "\n"), scope)
    scope |= {"_erf": erf, "_normal_cdf": norm.cdf}  # the emitted ones compute in place
    return next(v for v in scope.values() if isinstance(v, type) and hasattr(v, "NAME"))


def under_autograd(function):
    """A plain function's phase method over raw arrays, run by autograd; it returns the tuple of
    results."""
    method, read = phase_method(function, module_under_autograd(function.network)(seed=0))

    def call(*arrays):
        result = method(*[arrays[i] for i in read])
        return result if isinstance(result, tuple) else (result,)

    return call


def autograd_gradients(call, arrays, position=0):
    """The gradients of result `position` of `call`, by autograd, for each floating array."""
    floats = [i for i, a in enumerate(arrays) if a.dtype.kind == "f"]

    def loss(*moved):
        given = list(arrays)
        for i, array in zip(floats, moved, strict=True):
            given[i] = array
        return call(*given)[position]

    moved = [arrays[i] for i in floats]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(autograd.grad(loss, tuple(range(len(moved))))(*moved))
