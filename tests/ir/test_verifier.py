"""What the verifier must catch: graphs that no pass may leave behind."""

import pytest

import graphc as gx
from graphc.errors import RewriteError
from graphc.ir.graph import Graph, rewrite, verify
from graphc.ir.node import Node, state_of
from graphc.ir.types import TensorType
from graphc.ops.base import REGISTRY


def graph(x, out, updates=()):
    return Graph("broken", (x,), (("out", out),), tuple(updates))


def test_a_whole_graph_passes():
    x = gx.input("x", ("N", 3))
    verify(graph(x, gx.softmax(x) + 1))


def test_a_node_whose_type_is_not_what_its_op_infers_is_caught():
    x = gx.input("x", ("N", 3))
    wrong = Node(REGISTRY["exp"], (x,), {}, [TensorType("float32", (3,))], None, True).outputs[0]
    with pytest.raises(RewriteError, match=r"'broken' is invalid after pass 'p': exp .* has types"):
        verify(graph(x, wrong), after="pass 'p'")


def test_an_input_that_is_not_among_the_arguments_is_caught():
    x, stray = gx.input("x", (3,)), gx.input("stray", (3,))
    with pytest.raises(RewriteError, match="reads the input 'stray', which is not among"):
        verify(graph(x, x + stray))


def test_a_state_that_is_updated_twice_is_caught():
    x, s = gx.input("x", (3,)), gx.state("s", [0.0, 0.0, 0.0])
    state = state_of(s)
    with pytest.raises(RewriteError, match="state 's' is updated twice"):
        verify(graph(x, x, [(state, s + x), (state, s - x)]))


def test_a_state_that_becomes_another_type_is_caught():
    x, s = gx.input("x", (3,)), gx.state("s", [0.0, 0.0, 0.0])
    with pytest.raises(RewriteError, match=r"state 's' is float32\[3\] but becomes float64\[3\]"):
        verify(graph(x, x, [(state_of(s), (s + x).astype("float64"))]))


def test_a_cycle_is_caught():
    x = gx.input("x", (3,))
    inner = gx.exp(x).node
    outer = gx.sin(inner.outputs[0])
    inner.inputs = outer.node.outputs  # what no one can do but a broken pass
    with pytest.raises(RewriteError, match="reads a result that comes later"):
        verify(graph(x, outer))


def test_a_rewrite_that_changes_a_type_is_refused_where_it_happens():
    x = gx.input("x", (3,))
    with pytest.raises(
        RewriteError, match=r"rewrite of exp at .* from float32\[3\] to float64\[3\]"
    ):
        rewrite(
            graph(x, gx.exp(x)),
            lambda node, inputs: [x.astype("float64")] * (node.op.name == "exp") or None,
        )


def test_a_rewrite_of_nothing_gives_the_same_nodes():
    x = gx.input("x", (3,))
    before = graph(x, gx.exp(gx.sin(x)) + gx.sin(x))
    assert rewrite(before, lambda node, inputs: None).outputs[0][1] is before.outputs[0][1]
