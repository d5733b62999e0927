"""Where a node says it comes from: the user's file, line and scope."""

import sys
import textwrap

import pytest

import graphc as gx
from graphc import nn
from graphc.errors import GraphcError
from graphc.ir import origin as origins


def here():
    return sys._getframe(1).f_lineno


def test_a_node_comes_from_the_users_line():
    x = gx.input("x", ("N", 3))
    y, line = gx.softmax(x), here()
    assert (y.node.origin.file, y.node.origin.line) == ("test_origins.py", line)
    assert str(y.node.origin) == f"test_origins.py:{line}"


def test_operators_come_from_the_line_that_they_are_on():
    x = gx.input("x", (3,))
    y, line = x + x, here()
    assert y.node.origin.line == line


def test_a_layer_comes_from_where_the_user_made_it():
    x = gx.input("x", ("N", 3))
    layer, made = nn.Dense(4, activation="relu", name="hidden"), here()
    y = layer(x)
    assert y.node.origin.line == made and y.node.origin.scope == ("hidden",)


def test_scopes_nest_and_close_even_after_an_error():
    x = gx.input("x", (3,))
    with gx.scope("outer"):
        with pytest.raises(GraphcError), gx.scope("inner"):
            assert gx.exp(x).node.origin.scope == ("outer", "inner")
            gx.reshape(x, (4,))
        assert gx.cos(x).node.origin.scope == ("outer",)
    assert gx.sin(x).node.origin.scope == ()
    assert origins.current_scope() == ()


def test_a_derivative_comes_from_what_it_is_the_derivative_of():
    x = gx.input("x", (3,))
    with gx.scope("part"):
        y, line = gx.tanh(x), here()
    (slope,) = gx.grad(gx.sum(y), [x])
    origin = slope.node.origin
    assert (origin.line, origin.scope, origin.role) == (line, ("part",), "backward")


def test_what_a_pass_makes_comes_from_what_it_replaces():
    x = gx.input("x", ("N", 3))
    with gx.scope("part"):
        y, line = gx.softmax(x), here()
    graph = gx.compile("net", inputs=[x], outputs=y).graphs["forward"]
    for node in graph.nodes:
        if node.inputs:
            assert (node.origin.line, node.origin.scope) == (line, ("part",))


def test_only_the_name_of_the_file_is_kept(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(
        textwrap.dedent(
            """\
            import graphc as gx
            x = gx.input("x", (3,))

            y = gx.exp(x)
            """
        )
    )
    scope = {}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    assert str(scope["y"].node.origin) == "model.py:4"
    assert str(tmp_path) not in gx.to_text(gx.Graph("g", (scope["x"],), (("y", scope["y"]),)))


def test_an_update_by_an_optimizer_has_the_role_of_one():
    x = gx.input("x", ("N", 3))
    net = gx.compile("net", inputs=[x], loss=gx.mean(nn.Dense(2)(x)), optimizer=gx.optim.SGD(0.1))
    roles = {n.origin.role for n in net.graphs["update"].nodes if n.inputs and n.origin}
    assert roles == {"update"}


def test_what_nothing_of_the_users_reaches_has_no_place():
    two = gx.constant(2.0) * 3.0
    assert two.node.origin is None and not two.node.rooted
