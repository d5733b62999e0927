"""Graphs as text, as drawings and for analysis."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

import graphc as gx
from graphc.ir.drawing import to_svg
from graphc.ir.graph import Graph
from graphc.ir.node import state_of
from graphc.ir.printer import to_dot, to_text
from graphc.ops.leaf import state_tensor


@pytest.fixture
def graph():
    x = gx.input("x", ("N", 3), "float64")
    with gx.scope("layer"):
        w = gx.parameter("W", np.ones((3, 2)))
        h = gx.tanh(x @ w).named("h")
    loss = gx.mean(gx.square(h)).named("loss")
    (slope,) = gx.grad(loss, [w])
    step = w - 0.1 * slope
    return Graph("step", (x,), (("loss", loss),), ((state_of(w), step),), training=True)


GOLDEN = """\
graph step(%x: float64[N, 3])  # training
  %2: float64[N, 2] = matmul(%x, @layer.W)  # layer  test_printer.py:L forward
  %h: float64[N, 2] = tanh(%2)  # layer  test_printer.py:L forward
  %4: float64[N, 2] = square(%h)  # test_printer.py:L forward
  %loss: float64[] = mean(%4, axes=(0, 1), keepdims=False)  # test_printer.py:L forward
  %6: float64[] = constant(value=0.9)
  %7: float64[3, 2] = multiply(%6, @layer.W)  # test_printer.py:L forward
  update @layer.W <- %7
  return loss = %loss
"""


def without_lines(text):
    return re.sub(r"(test_printer\.py):\d+", r"\1:L", text)


def test_a_graph_prints_a_line_for_each_node_with_types_and_origins(graph):
    ((state, _),) = graph.updates
    shrunk = 0.9 * state_tensor(state)
    assert without_lines(to_text(replace(graph, updates=((state, shrunk),)))) == GOLDEN


def test_derivatives_print_under_the_names_of_what_they_are_of(graph):
    text = without_lines(to_text(graph))
    assert "  %d_h: float64[N, 2] = multiply(" in text and "test_printer.py:L backward" in text


def test_every_label_is_defined_once_and_before_its_use(graph):
    seen = {"%x", "@layer.W"}
    for line in to_text(graph).splitlines()[1:]:
        if found := re.match(r"  (%\S+): .* = \w+\((.*?)\)(  #|$)", line):
            operands = re.findall(r"[%@][\w.']+", found[2])
            assert set(operands) <= seen, line
            assert found[1] not in seen
            seen.add(found[1])


def test_names_that_occur_twice_are_told_apart():
    x = gx.input("x", (2,))
    a, b = gx.sin(x).named("y"), gx.cos(x).named("y")
    text = to_text(Graph("twice", (x,), (("out", a + b),)))
    assert "%y: float32[2] = sin(%x)" in text and "%y'2: float32[2] = cos(%x)" in text
    assert "add(%y, %y'2)" in text


def test_constants_print_their_value_or_their_shape():
    x = gx.input("x", (2,))
    text = to_text(Graph("c", (x,), (("out", x * 2.5 + np.ones(2, "float32")),)))
    assert "constant(value=2.5)" in text and "constant(value=<(2,)>)" in text


def test_a_graph_for_analysis_has_the_nodes_and_operands_of_the_graph(graph):
    result = graph.to_networkx()
    assert result.name == "step" and nx.is_directed_acyclic_graph(result)
    assert result.number_of_nodes() == len(graph.nodes)
    assert result.number_of_edges() == sum(len(node.inputs) for node in graph.nodes)
    for i, node in enumerate(graph.nodes):
        entry = result.nodes[i]
        assert entry["op"] == node.op.name
        assert entry["types"] == [str(t.type) for t in node.outputs]
        edges = sorted(result.in_edges(i, data=True), key=lambda edge: edge[2]["position"])
        assert [graph.nodes[a] for a, _, _ in edges] == [t.node for t in node.inputs]
    product = next(d for _, d in result.nodes(data=True) if d["op"] == "matmul")
    assert product["scope"] == "layer" and product["origin"].startswith("test_printer.py:")


def test_a_drawing_in_dot_has_a_node_an_edge_and_a_cluster_for_each(graph):
    text = to_dot(graph)
    assert text.startswith('digraph "step" {') and text.endswith("}\n")
    assert len(re.findall(r"^\s+n\d+ \[", text, re.M)) == len(graph.nodes)
    operands = sum(len(node.inputs) for node in graph.nodes)
    assert len(re.findall(r"n\d+ -> n\d+;", text)) == operands
    assert 'label="layer"' in text and re.search(r'n\d+ -> "out_loss"', text)
    assert text.count("{") == text.count("}")


def test_a_drawing_is_well_formed_xml_with_a_box_for_each_node(graph):
    root = ElementTree.fromstring(to_svg(graph))
    tag = "{http://www.w3.org/2000/svg}"
    assert root.tag == f"{tag}svg"
    assert len(root.findall(f"{tag}rect")) == len(graph.nodes) + 1
    assert len(root.findall(f"{tag}path")) == sum(len(node.inputs) for node in graph.nodes)
    texts = [element.text for element in root.iter(f"{tag}text")]
    assert "matmul" in texts and "%loss" in texts
    width, height = float(root.get("width")), float(root.get("height"))
    for box in root.findall(f"{tag}rect")[1:]:
        assert float(box.get("x")) + float(box.get("width")) <= width
        assert float(box.get("y")) + float(box.get("height")) <= height


NASTY = ['<script>"&', "a\"b'c", "back\\slash", "new\nline", "]]>", "\x00\x1b[31m", "ünïcödé", "--"]


@pytest.mark.parametrize("name", NASTY)
def test_no_name_breaks_a_drawing(name):
    x = gx.input(name, (2,))
    with gx.scope(name):
        graph = Graph(name, (x,), ((name, gx.exp(x).named(name)),))
    ElementTree.fromstring(to_svg(graph))
    for line in to_dot(graph).splitlines():
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0, line


def test_the_same_program_draws_the_same_bytes(graph):
    assert to_text(graph) == to_text(graph)
    assert to_svg(graph) == to_svg(graph)
    assert to_dot(graph) == to_dot(graph)
