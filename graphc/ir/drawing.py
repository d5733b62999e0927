"""A graph as a self-contained SVG: layers top to bottom, one box a node, bodies in dashed frames."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphc.ir.body import bodies_of
from graphc.ir.graph import Graph
from graphc.ir.node import Node
from graphc.ir.printer import COLOURS, body_title, labels, printable

WIDTH, HEIGHT, GAP, ROOM = 168.0, 46.0, 16.0, 34.0  # of boxes, and between them
MARGIN, TITLE = 10.0, 18.0  # of a frame around a body
LONGEST = 28  # characters in a box


@dataclass(frozen=True)
class _Drawing:
    """Shapes from (0, 0) on, as functions of where that is to be."""

    width: float
    height: float
    shapes: tuple[Callable[[float, float], str], ...]

    def at(self, x: float, y: float) -> list[str]:
        """The elements, with the upper left corner at a place."""
        return [shape(x, y) for shape in self.shapes]


def to_svg(graph: Graph) -> str:
    """The graph as a self-contained SVG: layers top to bottom, one box a node; below the box of a
    loop or a conditional its bodies, each in a dashed frame.

    A plain layered drawing that needs no other program; for large graphs hand ``to_dot`` to
    Graphviz.
    """
    drawing = _layers(graph)
    right, bottom = drawing.width + 20, drawing.height + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{right:.0f}" height="{bottom:.0f}" '
        f'viewBox="-10 -10 {right:.0f} {bottom:.0f}" font-family="Helvetica, sans-serif" '
        'font-size="10" text-anchor="middle">',
        f"<title>{html.escape(printable(graph.name))}</title>",
        '<rect x="-10" y="-10" width="100%" height="100%" fill="white"/>',
    ]
    return "\n".join([*parts, *drawing.at(0.0, 0.0), "</svg>"]) + "\n"


def _layers(graph: Graph) -> _Drawing:
    """The nodes of a graph, each below its operands, with the edges behind them."""
    depth: dict[Node, int] = {}
    rows: dict[int, list[Node]] = {}
    for node in graph.nodes:
        depth[node] = 1 + max((depth[t.node] for t in node.inputs), default=-1)
        rows.setdefault(depth[node], []).append(node)
    label = labels(graph)
    box = {n: _box(n, label[n.outputs[0]]) for n in graph.nodes}
    place: dict[Node, tuple[float, float]] = {}
    y = 0.0
    for level in sorted(rows):
        wish = {
            node: sum(place[t.node][0] for t in node.inputs) / len(node.inputs)
            if node.inputs
            else 0.0
            for node in rows[level]
        }
        x = 0.0
        for node in sorted(rows[level], key=wish.__getitem__):
            x = max(x, wish[node])
            place[node] = (x, y)
            x += box[node].width + GAP
        y += max(box[node].height for node in rows[level]) + ROOM
    edges = [
        _edge((place[t.node][0], place[t.node][1] + box[t.node].height), place[node])
        for node in graph.nodes
        for t in node.inputs
    ]
    boxes = [_moved(shape, *place[n]) for n in graph.nodes for shape in box[n].shapes]
    return _Drawing(
        max((place[n][0] + box[n].width for n in graph.nodes), default=0.0),
        max((place[n][1] + box[n].height for n in graph.nodes), default=0.0),
        (*edges, *boxes),
    )


def _moved(
    shape: Callable[[float, float], str], dx: float, dy: float
) -> Callable[[float, float], str]:
    return lambda x, y: shape(x + dx, y + dy)


def _edge(start: tuple[float, float], end: tuple[float, float]) -> Callable[[float, float], str]:
    """A line from the middle of the lower side of one box to that of the upper side of another."""
    (a, b), (c, d) = start, end

    def shape(x: float, y: float) -> str:
        x1, y1, x2, y2 = a + x + WIDTH / 2, b + y, c + x + WIDTH / 2, d + y
        middle = (y1 + y2) / 2
        return (
            f'<path d="M{x1:.0f} {y1:.0f}C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} '
            f'{x2:.0f} {y2:.0f}" fill="none" stroke="#888"/>'
        )

    return shape


def _box(node: Node, label: str) -> _Drawing:
    """A node, and below it the bodies that it holds side by side."""
    colour = COLOURS[node.origin.role] if node.origin else "#eeeeee"
    texts = (label, node.op.name, str(node.outputs[0].type))

    def shape(x: float, y: float) -> str:
        lines = [
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{WIDTH:.0f}" height="{HEIGHT:.0f}" rx="6" '
            f'fill="{colour}" stroke="#555"/>'
        ]
        for k, text in enumerate(texts):
            bold = ' font-weight="bold"' if k == 1 else ""
            lines.append(
                f'<text x="{x + WIDTH / 2:.0f}" y="{y + 13 + 13 * k:.0f}"{bold}>{_text(text)}</text>'
            )
        return "\n".join(lines)

    framed = [
        _frame(_layers(body.graph), body_title(key, body.graph))
        for key, body in bodies_of(node).items()
    ]
    return _beside(_Drawing(WIDTH, HEIGHT, (shape,)), framed)


def _beside(box: _Drawing, framed: Sequence[_Drawing]) -> _Drawing:
    """A box with frames below it."""
    shapes, x = list(box.shapes), 0.0
    for frame in framed:
        shapes += [_moved(shape, x, box.height) for shape in frame.shapes]
        x += frame.width + GAP
    height = box.height + max((frame.height for frame in framed), default=0.0)
    return _Drawing(max(box.width, x - GAP), height, tuple(shapes))


def _frame(inner: _Drawing, title: str) -> _Drawing:
    """A drawing in a dashed frame with a title."""
    width = max(inner.width, WIDTH) + 2 * MARGIN
    height = inner.height + 2 * MARGIN + TITLE

    def frame(x: float, y: float) -> str:
        return (
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" fill="none" '
            f'stroke="#555" stroke-dasharray="5 3"/>\n<text x="{x + width / 2:.0f}" '
            f'y="{y + TITLE - 4:.0f}" font-style="italic">{_text(title)}</text>'
        )

    shapes = [_moved(shape, MARGIN, MARGIN + TITLE) for shape in inner.shapes]
    return _Drawing(width, height, (frame, *shapes))


def _text(text: str) -> str:
    return html.escape(printable(text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"))
