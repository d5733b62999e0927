"""A graph as text and as a drawing, the same bytes for the same program."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from graphc.ir.body import body_of
from graphc.ir.graph import Graph
from graphc.ir.node import Node, State, Tensor


def labels(graph: Graph) -> dict[Tensor, str]:
    """A unique label for each tensor: its name where it has one, else a number."""
    table: dict[Tensor, str] = {}
    used: set[str] = set()
    for number, node in enumerate(graph.nodes):
        for tensor in node.outputs:
            state = node.attrs.get("state")
            if isinstance(state, State):
                base = f"@{state.name}"
            elif tensor.name:
                base = f"%{tensor.name}"
            else:
                base = f"%{number}" if len(node.outputs) == 1 else f"%{number}.{tensor.index}"
            label, count = base, 1
            while label in used:
                count += 1
                label = f"{base}'{count}"
            used.add(label)
            table[tensor] = label
    return table


def _attributes(node: Node) -> str:
    shown = {k: v for k, v in node.attrs.items() if k not in ("state", "variable")}
    return ", ".join(f"{name}={_value(value)}" for name, value in shown.items())


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_value, value)) + ("," if len(value) == 1 else "") + ")"
    return repr(value) if isinstance(value, str) else str(value)


def to_text(graph: Graph) -> str:
    """The graph as a listing: one line a node, with types, and where it comes from; below a loop
    its body."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> list[str]:
    label = labels(graph)
    arguments = ", ".join(f"{label.get(t, '%' + t.name)}: {t.type}" for t in graph.inputs)
    lines = [f"graph {graph.name}({arguments})" + ("  # training" if graph.training else "")]
    for node in graph.nodes:
        if node.op.name in ("input", "state"):
            continue
        operands = ", ".join(
            [label[t] for t in node.inputs] + [a for a in [_attributes(node)] if a]
        )
        results = ", ".join(f"{label[t]}: {t.type}" for t in node.outputs)
        text = f"  {results} = {node.op.name}({operands})"
        if node.origin:
            note = ".".join(node.origin.scope)
            text += f"  # {note + '  ' if note else ''}{node.origin} {node.origin.role}"
        lines.append(text)
        if (body := body_of(node)) is not None:
            lines += [f"    {line}" for line in _lines(body.graph)]
    lines += [f"  update @{state.name} <- {label[t]}" for state, t in graph.updates]
    lines += [f"  return {name} = {label[t]}" for name, t in graph.outputs]
    return lines


_COLOURS = {"forward": "#dbe9f6", "backward": "#fde3cf", "update": "#dff0d8"}


def to_dot(graph: Graph) -> str:
    """The graph in Graphviz's DOT language: inputs and states are ovals, nodes are boxes in the
    colour of their role (blue forward, orange backward, green update), scopes are clusters, and the
    body of a loop is a dashed one."""
    lines = [f'digraph "{_quote(graph.name)}" {{', "  rankdir=TB;"]
    lines.append('  node [style="filled,rounded", fontname="Helvetica", fontsize=10];')
    lines += _dot_nodes(graph, "n")
    number = {node: i for i, node in enumerate(graph.nodes)}
    for name, tensor in graph.outputs:
        lines.append(f'  "out_{_quote(name)}" [label="{_quote(name)}", shape=plaintext];')
        lines.append(f'  n{number[tensor.node]} -> "out_{_quote(name)}";')
    return "\n".join([*lines, "}"]) + "\n"


def _dot_nodes(graph: Graph, prefix: str) -> list[str]:
    """The clusters, nodes and edges of a graph, under names with a prefix."""
    label = labels(graph)
    number = {node: i for i, node in enumerate(graph.nodes)}
    clusters: dict[tuple[str, ...], list[str]] = {}
    edges: list[str] = []
    bodies: list[str] = []
    for node, i in number.items():
        name = f"{prefix}{i}"
        scope = node.origin.scope if node.origin else ()
        leaf = not node.inputs
        text = "\\n".join(
            _quote(part)
            for part in (label[node.outputs[0]], node.op.name, str(node.outputs[0].type))
        )
        colour = _COLOURS[node.origin.role] if node.origin else "#eeeeee"
        style = f'shape={"ellipse" if leaf else "box"}, fillcolor="{colour}"'
        clusters.setdefault(() if leaf else scope, []).append(f'{name} [label="{text}", {style}];')
        edges += [f"  {prefix}{number[t.node]} -> {name};" for t in node.inputs]
        if (body := body_of(node)) is not None:
            title = _quote(f"{body.graph.name}, in every step")
            bodies += [f'  subgraph cluster_{name} {{ style=dashed; label="{title}";']
            bodies += [f"  {line}" for line in _dot_nodes(body.graph, f"{name}_")] + ["  }"]
            inner = {n: k for k, n in enumerate(body.graph.nodes)}
            roots = dict.fromkeys(inner[t.node] for t in body.graph.roots)
            edges += [f"  {name}_{k} -> {name} [style=dotted];" for k in roots]
    lines: list[str] = []
    for k, (scope, members) in enumerate(clusters.items()):
        cluster = k if prefix == "n" else f"{prefix}{k}"
        if scope:
            lines.append(f'  subgraph cluster_{cluster} {{ label="{_quote(".".join(scope))}";')
        lines += [f"    {member}" for member in members]
        if scope:
            lines.append("  }")
    return lines + bodies + edges


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _quote(text: str) -> str:
    return _printable(text).replace("\\", "\\\\").replace('"', '\\"')


def to_svg(graph: Graph) -> str:
    """The graph as a self-contained SVG: layers top to bottom, one box a node.

    A plain layered drawing that needs no other program; for large graphs hand :func:`to_dot` to
    Graphviz.
    """
    depth: dict[Node, int] = {}
    for node in graph.nodes:
        depth[node] = 1 + max((depth[t.node] for t in node.inputs), default=-1)
    rows: dict[int, list[Node]] = {}
    for node in graph.nodes:
        rows.setdefault(depth[node], []).append(node)
    place: dict[Node, tuple[float, float]] = {}
    width, height, gap = 168, 46, 16
    for level in sorted(rows):
        wish: Callable[[Node], float] = lambda node: (  # noqa: E731
            sum(place[t.node][0] for t in node.inputs) / len(node.inputs) if node.inputs else 0.0
        )
        x = 0.0
        for node in sorted(rows[level], key=wish):
            x = max(x, wish(node))
            place[node] = (x, level * (height + 34.0))
            x += width + gap
    right = max((x for x, _ in place.values()), default=0.0) + width + 20
    bottom = max((y for _, y in place.values()), default=0.0) + height + 20
    label = labels(graph)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right:.0f}" height="{bottom:.0f}" '
        f'viewBox="-10 -10 {right:.0f} {bottom:.0f}" font-family="Helvetica, sans-serif" '
        'font-size="10" text-anchor="middle">',
        f"<title>{html.escape(_printable(graph.name))}</title>",
        '<rect x="-10" y="-10" width="100%" height="100%" fill="white"/>',
    ]
    for node in graph.nodes:
        x, y = place[node]
        for tensor in node.inputs:
            a, b = place[tensor.node]
            x1, y1, x2, y2 = a + width / 2, b + height, x + width / 2, y
            middle = (y1 + y2) / 2
            parts.append(
                f'<path d="M{x1:.0f} {y1:.0f}C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} '
                f'{x2:.0f} {y2:.0f}" fill="none" stroke="#888"/>'
            )
    for node in graph.nodes:
        x, y = place[node]
        colour = _COLOURS[node.origin.role] if node.origin else "#eeeeee"
        parts.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{width}" height="{height}" rx="6" '
            f'fill="{colour}" stroke="#555"/>'
        )
        texts = (label[node.outputs[0]], node.op.name, str(node.outputs[0].type))
        for k, text in enumerate(texts):
            clean = html.escape(_printable(text if len(text) <= 28 else text[:27] + "…"))
            bold = ' font-weight="bold"' if k == 1 else ""
            parts.append(
                f'<text x="{x + width / 2:.0f}" y="{y + 13 + 13 * k:.0f}"{bold}>{clean}</text>'
            )
    return "\n".join([*parts, "</svg>"]) + "\n"
