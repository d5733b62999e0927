"""A graph as text and in the DOT language, the same bytes for the same program."""

from __future__ import annotations

from typing import Any

from graphc.ir.body import bodies_of
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
    its body, below a conditional both branches."""
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
        for body in bodies_of(node).values():
            lines += [f"    {line}" for line in _lines(body.graph)]
    lines += [f"  update @{state.name} <- {label[t]}" for state, t in graph.updates]
    lines += [f"  return {name} = {label[t]}" for name, t in graph.outputs]
    return lines


_WHEN = {"body": "in every step", "then": "if true", "otherwise": "if false"}


def body_title(key: str, graph: Graph) -> str:
    """What a drawing says above a body."""
    return f"{graph.name}, {_WHEN[key]}"


COLOURS = {"forward": "#dbe9f6", "backward": "#fde3cf", "update": "#dff0d8"}


def to_dot(graph: Graph) -> str:
    """The graph in Graphviz's DOT language: inputs and states are ovals, nodes are boxes in the
    colour of their role (blue forward, orange backward, green update), scopes are clusters, and the
    bodies of loops and conditionals are dashed ones."""
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
        colour = COLOURS[node.origin.role] if node.origin else "#eeeeee"
        style = f'shape={"ellipse" if leaf else "box"}, fillcolor="{colour}"'
        clusters.setdefault(() if leaf else scope, []).append(f'{name} [label="{text}", {style}];')
        edges += [f"  {prefix}{number[t.node]} -> {name};" for t in node.inputs]
        for key, body in bodies_of(node).items():
            title = _quote(body_title(key, body.graph))
            own = name if key == "body" else f"{name}_{key}"
            bodies += [f'  subgraph cluster_{own} {{ style=dashed; label="{title}";']
            bodies += [f"  {line}" for line in _dot_nodes(body.graph, f"{own}_")] + ["  }"]
            inner = {n: k for k, n in enumerate(body.graph.nodes)}
            roots = dict.fromkeys(inner[t.node] for t in body.graph.roots)
            edges += [f"  {own}_{k} -> {name} [style=dotted];" for k in roots]
    lines: list[str] = []
    for k, (scope, members) in enumerate(clusters.items()):
        cluster = k if prefix == "n" else f"{prefix}{k}"
        if scope:
            lines.append(f'  subgraph cluster_{cluster} {{ label="{_quote(".".join(scope))}";')
        lines += [f"    {member}" for member in members]
        if scope:
            lines.append("  }")
    return lines + bodies + edges


def printable(text: str) -> str:
    """A text without control characters."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _quote(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')
