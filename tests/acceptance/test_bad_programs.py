"""Bad programs and bad inputs: each is refused with an error that teaches.

A declaration error names the thing, the user's line, and what was expected.  A run-time error is
raised before anything changes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import graphc as gx
from graphc import losses, nn, optim

HERE = Path(__file__).name

x = gx.input("x", ("N", 4))
t = gx.input("t", ("N", 3))
y = gx.input("y", ("N",), dtype="int64")


def weight(*shape: int) -> gx.Tensor:
    return gx.parameter("W", np.ones(shape, np.float32))


def compiled(**changes: Any) -> gx.Network:
    parts: dict[str, Any] = {
        "name": "net",
        "inputs": [x],
        "targets": [t],
        "outputs": x * 2,
        "optimizer": optim.SGD(0.1),
    }
    parts["loss"] = losses.squared_error(x @ weight(4, 3), t)
    return gx.compile(**{**parts, **changes})


S, T, G, D = gx.ShapeError, gx.TypeMismatchError, gx.GraphError, gx.DifferentiationError

# One line each: the line is what the message must name.
# fmt: off
DECLARATIONS: list[tuple[Callable[[], Any], type[Exception], list[str]]] = [
    (lambda: x @ weight(5, 3), S, ["matmul", "inner sizes 4 and 5 differ", "W: float32[5, 3]", "x: float32[N, 4]"]),
    (lambda: x @ 3.0, S, ["matmul", "two axes"]),
    (lambda: x + t, S, ["add", "sizes 4 and 3 differ", "x: float32[N, 4]", "t: float32[N, 3]"]),
    (lambda: gx.concat([x, t], axis=0), S, ["concat", "axis 1", "size 3", "and 4"]),
    (lambda: gx.stack([x, t]), S, ["stack", "(N, 3)", "(N, 4)"]),
    (lambda: x.reshape(3, 5), S, ["reshape", "4 * N", "15"]),
    (lambda: gx.reshape(np.ones(6), (4, -1)), S, ["reshape", "6 elements", "divided by 4"]),
    (lambda: gx.broadcast_to(x, (3, 7)), S, ["broadcast_to", "(N, 4)", "(3, 7)"]),
    (lambda: x.transpose(0, 0), S, ["transpose", "(0, 0)", "2 axes"]),
    (lambda: x.sum(axis=2), S, ["axis 2", "2 axes"]),
    (lambda: x.sum(axis=(0, 0)), S, ["named twice"]),
    (lambda: gx.squeeze(x, 1), S, ["axis 1", "size 4, not 1"]),
    (lambda: x[:, 7], S, ["index 7", "axis 1 of size 4"]),
    (lambda: x[::0], S, ["step", "0"]),
    (lambda: x[0, 0, 0], S, ["3 indices", "2 axes"]),
    (lambda: x[x > 0], T, ["mask", "gx.where"]),
    (lambda: x[1.5], T, ["1.5", "integers"]),
    (lambda: gx.input("q", (3,), dtype="complex64"), T, ["complex64", "float32"]),
    (lambda: gx.input("q", ("N M",)), S, ["'N M'"]),
    (lambda: gx.input("q", (-3,)), S, ["-3"]),
    (lambda: gx.input("q", ("2*N",)), S, ["'q'", "2 * N"]),
    (lambda: gx.input("q", (2.5,)), S, ["2.5"]),
    (lambda: gx.input("", (3,)), G, ["name"]),
    (lambda: bool(x > 0), T, ["condition", "gx.where"]),
    (lambda: float(x), T, ["'x'", "float", "no value"]),
    (lambda: np.asarray(x), T, ["'x'", "no value"]),
    (lambda: [1, 2][x], T, ["'x'", "index of a list"]),
    (lambda: np.hypot(x, x), T, ["numpy.hypot"]),
    (lambda: list(x), T, ["iterate", "'x'"]),
    (lambda: len(x), T, ["'x'", ".shape[0]"]),
    (lambda: x + None, T, ["add", "None"]),
    (lambda: x * "a", T, ["multiply", "'a'"]),
    (lambda: gx.take(x, x), T, ["take", "integers", "float32"]),
    (lambda: gx.one_hot(x, 3), T, ["one_hot", "integers"]),
    (lambda: gx.einsum("ij,kl->im", x, t), S, ["'m'", "no operand"]),
    (lambda: gx.einsum("ij,jk->ik", x, t), S, ["'j'", "4", "N"]),
    (lambda: gx.softmax(x, axis=5), S, ["axis 5", "2 axes"]),
    (lambda: gx.softmax(y), T, ["softmax", "int64"]),
    (lambda: gx.dropout(x, 1.5), G, ["rate", "1.5"]),
    (lambda: gx.bernoulli(2, (3,)), G, ["probability", "2"]),
    (lambda: nn.Dense(0), G, ["Dense", "units", "0"]),
    (lambda: nn.Dense(3, activation="rleu"), G, ["'rleu'", "relu", "tanh"]),
    (lambda: nn.Dropout(1.0), G, ["rate", "1.0"]),
    (lambda: nn.Sequential([nn.Dense(3), "relu"]), G, ["layer 2", "'relu'"]),
    (lambda: nn.Dense(3)(gx.input("q", (5,))), S, ["2 axes", "q: float32[5]"]),
    (lambda: nn.Dense(3)(y), S, ["2 axes", "(N,)"]),
    (lambda: nn.Residual(nn.Dense(3))(x), S, ["(N, 4)", "(N, 3)"]),
    (lambda: losses.squared_error(x, t), S, ["squared_error", "(N, 4)", "(N, 3)"]),
    (lambda: losses.squared_error(x[:, :1], x[:, 0]), S, ["(N, 1)", "(N,)", "squeeze"]),
    (lambda: losses.softmax_cross_entropy(x, t), S, ["(N, 4)", "(N, 3)"]),
    (lambda: losses.softmax_cross_entropy(gx.softmax(x), y), G, ["softmax already"]),
    (lambda: losses.cross_entropy(nn.Dense(3)(x), y), G, ["softmax_cross_entropy takes logits"]),
    (
        lambda: losses.binary_cross_entropy(nn.Dense(1)(x)[:, 0], gx.input("b", ("N",))),
        G,
        ["binary_cross_entropy_with_logits takes logits", "N"],
    ),
    (lambda: losses.squared_error(x, x, reduction="avg"), G, ["'avg'", "mean"]),
    (lambda: optim.SGD(-1), G, ["learning_rate", "-1"]),
    (lambda: optim.Adam(beta1=1.0), G, ["beta1", "1.0"]),
    (lambda: optim.SGD(0.1, momentum=2), G, ["momentum", "2"]),
    (lambda: optim.SGD(0.1, clip_norm=-1), G, ["clip_norm", "-1"]),
    (lambda: gx.grad(x * 2, [x]), D, ["(N, 4)", "gx.mean"]),
    (lambda: gx.grad(gx.sum(y), [x]), D, ["int64"]),
    (lambda: gx.grad(gx.sum(x), [y]), D, ["y: int64[N]"]),
    (lambda: gx.grad(gx.sum(x), [t]), D, ["t: float32[N, 3]", "unconnected='zeros'"]),
    (lambda: gx.grad(gx.sum(x), x), D, ["wrt=[x]"]),
    (lambda: gx.jacobian(x, x), D, ["symbolic", "gx.jvp"]),
    (lambda: gx.jvp([x * 2], [x], [t]), D, ["float32[N, 3]", "float32[N, 4]"]),
    (lambda: gx.elementwise("f", lambda v: sp.gamma(v)), G, ["'f'", "gamma"]),
    (lambda: gx.elementwise("f", lambda v: v + sp.Symbol("q")), G, ["'f'", "'q'"]),
    (lambda: gx.parameter("w", np.ones(3, int)), T, ["'w'", "int64", "astype"]),
    (lambda: gx.parameter("w", gx.uniform(("N",))), S, ["'w'", "symbolic"]),
    (lambda: gx.function([x], [], updates={x: x}), G, ["'x'", "state"]),
    (lambda: gx.function([], [], updates={weight(3): gx.constant(np.ones(4, np.float32))}), G, ["'W'", "float32[3]", "float32[4]"]),
    (lambda: gx.function([], [], updates={weight(3): gx.constant(np.ones(3))}), T, ["'W'", "float64", "astype"]),
    (lambda: gx.function([t], [x]).network, G, ["'x'", "not among the arguments"]),
    (lambda: gx.function([x * 2], [x]), G, ["gx.input"]),
    (lambda: gx.function([x, gx.input("x", (3,))], [x]), gx.NameClashError, ["'x'"]),
    (lambda: compiled(loss=gx.mean(x) + gx.mean(t)), G, ["'net'", "no parameter", "gx.parameter"]),
    (lambda: gx.Program("p"), G, ["'p'", "no functions"]),
    (lambda: gx.Program("p", f=3), G, ["'f'", "gx.function"]),
    (lambda: gx.Program("p", f=gx.function([], [weight(3), weight(3)])), gx.NameClashError, ["'W'"]),
    (lambda: gx.value(weight(3)), G, ["'W'", "no value"]),
    (lambda: gx.custom_gradient(lambda v: v * 2)(x), G, ["backward"]),
    (lambda: compiled(targets=[t, gx.input("x", (3,))]), gx.NameClashError, ["'x'"]),
    (lambda: compiled(targets=[]), G, ["'t'", "not among the arguments"]),
    (lambda: compiled(loss=x * 2), S, ["loss", "float32[N, 4]"]),
    (lambda: compiled(loss=gx.sum(y), targets=[y]), S, ["loss", "int64"]),
    (lambda: compiled(loss=None, outputs=None, optimizer=None), G, ["'net'", "nothing"]),
    (lambda: compiled(optimizer="adam"), G, ["optimizer", "'adam'"]),
    (lambda: compiled(loss=None), G, ["optimizer", "no loss"]),
    (lambda: compiled(target="cuda"), gx.CompileError, ["'cuda'", "numpy"]),
    (lambda: compiled(style="fast"), gx.CompileError, ["'fast'", "planned", "plain"]),
    (lambda: compiled(disable=["nope"]), G, ["'nope'", "simplify"]),
    (lambda: compiled(disable="lower"), G, ["'lower'", "can't be disabled"]),
    (lambda: compiled(name=""), G, ["name"]),
    (lambda: compiled(inputs=x), G, ["inputs=[x]"]),
    (lambda: compiled(inputs=[3]), G, ["tensors", "3"]),
    (lambda: compiled(inputs=[x * 2]), G, ["gx.input"]),
    (lambda: compiled(outputs={"a": 3}), G, ["'a'", "3"]),
    (lambda: compiled(parameters=[weight(2)]), G, ["W: float32[2]"]),
    (lambda: compiled(parameters=[x]), G, ["'x'", "parameter"]),
    (lambda: compiled().report(M=3), G, ["M", "N"]),
    (lambda: compiled(loss=losses.squared_error(x @ weight(4, 3) + weight(3), t)), gx.NameClashError, ["'W'"]),
]
# fmt: on


@pytest.mark.parametrize("case", DECLARATIONS, ids=lambda c: f"line{c[0].__code__.co_firstlineno}")
def test_a_bad_declaration_is_refused_with_its_line_and_what_was_expected(case: Any) -> None:
    program, kind, fragments = case
    with pytest.raises(kind) as caught:
        program()
    message = str(caught.value)
    line = program.__code__.co_firstlineno
    # Through the helper `compiled` the line is the helper's own call of gx.compile.
    inside = "compiled" in program.__code__.co_names
    assert (f"{HERE}:" if inside else f"{HERE}:{line}") in message
    for fragment in fragments:
        assert fragment in message


def classifier(style: str) -> Any:
    a = gx.input("a", ("N", 4))
    labels = gx.input("labels", ("N",), dtype="int64")
    logits = nn.Sequential([nn.Dense(5, activation="relu"), nn.Dropout(0.1), nn.Dense(3)])(a)
    loss = losses.softmax_cross_entropy(logits, labels)
    net = gx.compile(
        "classifier", inputs=[a], targets=[labels], loss=loss, outputs=logits,
        optimizer=optim.Adam(0.01), style=style,
    )  # fmt: skip
    m = net.load(seed=1)
    m.train_step(A, L)
    return m


A = np.linspace(-1, 1, 24, dtype=np.float32).reshape(6, 4)
L = np.array([0, 1, 2, 0, 1, 2])


class Foreign:
    """An array of another library: it has a shape and a dtype, but is none of ours."""

    shape = (6, 4)
    dtype = "float32"


# fmt: off
STEPS: list[tuple[str, tuple[Any, Any], list[str]]] = [
    ("float64", (A.astype("float64"), L), ["a: expected float32", "float64", "astype"]),
    ("integers", (A.astype("int32"), L), ["a: expected float32", "int32"]),
    ("a list", (A.tolist(), L), ["a: expected", "list", "np.asarray"]),
    ("nothing", (None, L), ["a: expected", "NoneType"]),
    ("a foreign array", (Foreign(), L), ["a: expected", "Foreign"]),
    ("too wide", (A[:, :3], L), ["a: expected", "(N, 4)", "(6, 3)"]),
    ("too few axes", (A[0], L), ["a: expected", "(4,)"]),
    ("too many axes", (A[None], L), ["a: expected", "(1, 6, 4)"]),
    ("fewer labels", (A, L[:5]), ["labels: expected", "(5,)", "6"]),
    ("int32 labels", (A, L.astype("int32")), ["labels: expected int64", "int32"]),
    ("one-hot labels", (A, np.eye(3, dtype="int64")[L]), ["labels: expected", "(6, 3)"]),
    ("float labels", (A, L.astype("float32")), ["labels: expected int64"]),
    ("a label too large", (A, np.where(L == 2, 3, L)), ["labels", "0 .. 2", "3"]),
    ("a negative label", (A, np.where(L == 2, -1, L)), ["labels", "0 .. 2", "-1"]),
    ("an empty batch", (A[:0], L[:0]), ["a: expected", "N must be at least 1"]),
]
# fmt: on


@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize("case", STEPS, ids=lambda c: c[0])
def test_a_bad_batch_is_refused_before_anything_changes(case: Any, style: str) -> None:
    _, arguments, fragments = case
    m = classifier(style)
    before = m.state_dict()
    for method in (m.train_step, m.gradients, m.loss):
        with pytest.raises(ValueError) as caught:
            method(*arguments)
        for fragment in fragments:
            assert fragment in str(caught.value)
    after = m.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


# fmt: off
STATES: list[tuple[str, Callable[[dict[str, np.ndarray]], Any], list[str]]] = [
    ("a missing array", lambda s: s.pop("dense_1.W"), ["missing", "dense_1.W"]),
    ("an unknown array", lambda s: s.update(extra=np.ones(3)), ["unknown", "extra"]),
    ("a wrong shape", lambda s: s.update({"dense_1.b": np.ones(4, "float32")}), ["dense_1.b", "(5,)", "(4,)"]),
    ("a wrong type", lambda s: s.update({"dense_1.b": np.ones(5)}), ["dense_1.b", "float32", "float64"]),
    ("text", lambda s: s.update({"dense_1.b": np.array(["a"] * 5)}), ["dense_1.b", "float32"]),
]
# fmt: on


@pytest.mark.parametrize("case", STATES, ids=lambda c: c[0])
def test_a_bad_state_is_refused_whole(case: Any) -> None:
    _, spoil, fragments = case
    m = classifier("planned")
    before = m.state_dict()
    bad = {name: value + 1 for name, value in m.state_dict().items()}
    spoil(bad)
    with pytest.raises(ValueError) as caught:
        m.load_state_dict(bad)
    for fragment in fragments:
        assert fragment in str(caught.value)
    after = m.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_program_that_fails_to_compile_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(gx.ShapeError):
        compiled(loss=x * 2).write(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_weights_of_another_network_are_refused_by_file(tmp_path: Path) -> None:
    m = classifier("planned")
    path = tmp_path / "other.npz"
    np.savez(path, W=np.ones(3))
    before = m.state_dict()
    with pytest.raises(ValueError, match="missing"):
        m.load(path)
    after = m.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_there_are_more_than_forty_bad_programs() -> None:
    assert len(DECLARATIONS) + len(STEPS) + len(STATES) > 100
