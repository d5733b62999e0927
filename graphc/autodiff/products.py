"""Forward-mode products, Hessian products and Jacobians, from the same reverse rules.

The product of a Jacobian with a vector is a derivative of a derivative: the vjp is linear in its
cotangent, and the transpose of a linear map is its own gradient (J. Townsend, "A new trick for
calculating Jacobian vector products", 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphc.autodiff.reverse import grad
from graphc.errors import DifferentiationError
from graphc.ir import types
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, Variable, make, toposort
from graphc.ops.leaf import INPUT, constant, iota
from graphc.ops.reduce import sum as reduce_sum
from graphc.ops.shape import broadcast_to, reshape, stack


def jvp(
    outputs: Sequence[Tensor], wrt: Sequence[Tensor], tangents: Sequence[Tensor]
) -> list[Tensor]:
    """The directional derivative of each output for tangents of `wrt` (Jacobian times vector).

    Raises:
        DifferentiationError: when a tangent does not have the type of its tensor.
    """
    _check_tangents(wrt, tangents)
    results = []
    for output in outputs:
        dummy = _placeholder("cotangent", output)
        pulled = grad(output, wrt, cotangent=dummy, unconnected="zeros")
        total = constant(0, output.dtype)
        for part, tangent in zip(pulled, tangents, strict=True):
            total = total + reduce_sum(part * tangent)
        result = grad(total, [dummy], unconnected="zeros")
        # A product that is linear in the dummy has a derivative that is free of it; a loop may
        # still name it, for a result that nobody reads.
        zeros = broadcast_to(constant(0, output.dtype), output.shape)
        results += _put_in(result, {dummy.node: zeros})
    return results


def _placeholder(name: str, like: Tensor) -> Tensor:
    """A tensor of the type of `like` that depends on nothing."""
    return make(INPUT, (), {"variable": Variable(name, like.type)}).outputs[0]


def _check_tangents(wrt: Sequence[Tensor], tangents: Sequence[Tensor]) -> None:
    if len(wrt) != len(tangents):
        raise DifferentiationError(f"{len(wrt)} tensors but {len(tangents)} tangents")
    for tensor, tangent in zip(wrt, tangents, strict=True):
        if tensor.type != tangent.type:
            raise DifferentiationError(
                f"the tangent of '{tensor.name}' is {tangent.type}; expected {tensor.type}"
            )


def hvp(loss: Tensor, wrt: Sequence[Tensor], vectors: Sequence[Tensor]) -> list[Tensor]:
    """The Hessian of a scalar times vectors, one for each of `wrt`: the gradient of
    ``sum(grad * vector)``, without the Hessian.

    Raises:
        DifferentiationError: as `grad`, and when a vector does not have the type of its tensor.
    """
    _check_tangents(wrt, vectors)
    sources = {t.node for t in wrt}
    # A vector that is computed from `wrt` is held constant: only its place is differentiated.
    held = {
        vector: _placeholder("vector", vector)
        for vector in vectors
        if not sources.isdisjoint(toposort([vector]))
    }
    total = constant(0, loss.dtype)
    for part, vector in zip(grad(loss, wrt, unconnected="zeros"), vectors, strict=True):
        total = total + reduce_sum(part * held.get(vector, vector))
    products = grad(total, wrt, unconnected="zeros")
    return _put_in(products, {place.node: vector for vector, place in held.items()})


def _put_in(tensors: list[Tensor], values: Mapping[Node, Tensor]) -> list[Tensor]:
    """Tensors with placeholders replaced."""
    if not values:
        return tensors
    graph = Graph("products", (), tuple((str(i), t) for i, t in enumerate(tensors)))

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        return (values[node],) if node in values else None

    return [tensor for _, tensor in rewrite(graph, change).outputs]


def jacobian(output: Tensor, wrt: Tensor) -> Tensor:
    """The derivative of every element of `output` by every element of `wrt`.

    Returns:
        A tensor of shape ``output.shape + wrt.shape``.

    Raises:
        DifferentiationError: when the size of `output` is symbolic: the rows are laid out one by one.
    """
    if not isinstance(output.size, int):
        raise DifferentiationError(
            f"the Jacobian of {types.shape_text(output.shape)} has a symbolic number of rows; "
            "declare the inputs with numbers, or use gx.jvp or gx.grad with a cotangent"
        )
    rows = []
    for position in range(output.size):
        one = iota((output.size,))
        seed = reshape((one == position).astype(output.dtype), output.shape)
        rows += grad(output, [wrt], cotangent=seed, unconnected="zeros")
    if not rows:
        return broadcast_to(constant(0, wrt.dtype), (*output.shape, *wrt.shape))
    return reshape(stack(rows), (*output.shape, *wrt.shape))
