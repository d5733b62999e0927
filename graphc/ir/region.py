"""What a function computes while it is traced, told from what it captures."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from graphc.ir.node import Node, Tensor


class Region:
    """While it is entered, every application to variables is a new node, and is known to it.

    So what a function computes is told from what it captures, even where it computes something
    that there is already.
    """

    _numbers = itertools.count()
    _entered: ClassVar[list[Region]] = []

    def __init__(self) -> None:
        self.number = next(self._numbers)
        self.nodes: set[Node] = set()

    def __enter__(self) -> Region:
        self._entered.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._entered.pop()

    @classmethod
    def of(cls, inputs: Sequence[Tensor]) -> Region | None:
        """The innermost region that is entered, for an application to some operands: none for
        constants and variables, which are the same everywhere."""
        rooted = cls._entered and any(t.node.rooted for t in inputs)
        return cls._entered[-1] if rooted else None

    def known(self, node: Node) -> Node:
        """A node that was made inside of it."""
        self.nodes.add(node)
        return node
