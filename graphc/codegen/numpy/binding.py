"""The method that plans buffers for given shapes: checks, sizes, live ranges, views."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from graphc.codegen import tables
from graphc.codegen.labels import Labels
from graphc.codegen.numpy.body import Names, bare
from graphc.codegen.numpy.bundles import Bundle, Makers, Slot
from graphc.codegen.numpy.common import Layout
from graphc.codegen.numpy.joins import Joins
from graphc.codegen.numpy.planned import PlannedBody
from graphc.codegen.numpy.storage import numpy_name
from graphc.codegen.program import Family
from graphc.codegen.repeats import Group
from graphc.codegen.writer import LINE_WIDTH, Writer
from graphc.ir import dims
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor
from graphc.ops.scan import SCAN
from graphc.schedule.order import Kind, Schedule
from graphc.schedule.plan import Storage, has_order

DEPTH = 2  # of the statements in a method


class Binding:
    """Prints what a family does once for each new combination of argument shapes."""

    def __init__(
        self,
        family: Family,
        labels: Labels,
        names: Names,
        bodies: list[PlannedBody],
        groups: Sequence[Group],
        joins: Joins,
    ) -> None:
        self.groups = groups
        self.joins = joins
        self.family = family
        self.labels = labels
        self.names = names
        self.bodies = bodies
        self.w = Writer()
        self.done: set[str] = set()
        self.kept: dict[Storage, str] = {}  # the name of each that is not in the arena
        self.slots: list[tuple[str, str, list[str]]] = []  # name, function, arguments
        self.held: dict[str, Storage] = {}  # the piece of the arena that a name stands for
        self.prepared: set[str] = set()  # what operations find ready, and only read
        self.steps = 0  # of the phases before

    def write(self, used: set[str]) -> Layout:
        """The body of ``_plan_<family>``, with the buffers of `used` alone."""
        with self.w.at(DEPTH):
            write_checks(self.family, self.labels, self.names, self.w)
            sizes = ", ".join(f"{n}={n}" for n in self.labels.dimension.values())
            self.w.assign("s", f"SimpleNamespace({sizes})")
            for body in self.bodies:
                self._slots(body)
                self.steps += len(body.plan.pieces)
        for body in self.bodies[:1]:
            self.slots = [
                (label, body.arrays(func), [body.arrays(arg) for arg in args])
                for label, func, args in self.slots
            ]
        bundles = self._bundles()
        used = set(used).union(*(bundle.used for bundle in bundles))
        kept: list[tuple[str, str, list[str]]] = []
        for label, func, args in reversed(self.slots):
            if label in used:
                used.update(re.findall(r"\bs\.(\w+)", ", ".join([func, *args])))
                kept.append((label, func, args))
        kept.reverse()
        buffers = list(self._buffers(kept))
        if bundles:
            loops = [text for b in bundles for loop in b.held for text in loop.texts.values()]
            makers = Makers(self.labels, [*(text for _, text in buffers), *loops])
            buffers = [(label, makers.shortened(text)) for label, text in buffers]
            for bundle in bundles:
                bundle.shorten(makers)
                bundle.tabulate(self.joins)
            with self.w.at(DEPTH):
                makers.write(self.w)
        views = self._views(kept)
        if self.held:
            with self.w.at(DEPTH):
                self.w.line(
                    "# The moments that each buffer is needed from and up to, its type, its shape."
                )
        arguments = [self.labels.of[t] for t in self.family.inputs]
        layout = Layout(self.family.name, self.w.text(), arguments)
        for rows, units in ((buffers, layout.buffers), (views, layout.views)):
            units += [
                self._unit(partial(Writer.assign, target=f"s.{n}", expression=t)) for n, t in rows
            ]
        layout.buffers += [self._unit(b.write_buffers) for b in bundles if b.held]
        layout.views += [self._unit(partial(b.write_views, joins=self.joins)) for b in bundles]
        if layout.buffers:
            layout.middle = self._unit(self._lay_out)
        layout.tail = self._unit(self._keep)
        return layout

    def _buffers(self, kept: Sequence[tuple[str, str, list[str]]]) -> Iterator[tuple[str, str]]:
        """The buffers that have names of their own: each once, under its first name, and what else
        it is called."""
        first: dict[Storage, str] = {}
        for label, func, args in kept:
            if (storage := self.held.get(label)) is None:
                continue
            known = first.setdefault(storage, label)
            yield label, f"{func}({', '.join(args)})" if known == label else f"s.{known}"

    def _views(self, kept: Sequence[tuple[str, str, list[str]]]) -> list[tuple[str, str]]:
        """What else has a name of its own; what operations find ready is made once, if it is alike."""
        known: dict[str, str] = {}
        found = []
        for label, func, args in kept:
            if label in self.held:
                continue
            text = f"{func}({', '.join(args)})" if args else func
            first = known.setdefault(text, label) if label in self.prepared else label
            found.append((label, text if first == label else f"s.{first}"))
        return found

    def _lay_out(self, w: Writer) -> None:
        """Print the call that gives all buffers their memory."""
        plans = [body.plan for body in self.bodies]
        given = ["s"]
        if has_order(plans):
            order, start = [], 0
            for plan in plans:
                order += [str(start + k) for k in plan.order or range(len(plan.pieces))]
                start += len(plan.pieces)
            w.line('order = """')
            tables.wrapped(tables.numbers(order), w)
            w.line('"""')
            given.append("_numbers(order)")
        w.line(f"self._lay_out({', '.join(given)})")

    @staticmethod
    def _unit(write: Callable[[Writer], object]) -> str:
        """Some statements of the method."""
        w = Writer()
        with w.at(DEPTH):
            write(w)
        return w.text()

    def _keep(self, w: Writer) -> None:
        """Remember the buffers for these shapes."""
        key = write_key(self.family, self.labels, w)
        w.line(f"self._{self.family.name}[{key}] = s")
        w.line("return s")

    def _bundles(self) -> list[Bundle]:
        """The buffers of repeated blocks."""
        table = {
            label: Slot(f"{func}({', '.join(args)})" if args else func, label in self.held)
            for label, func, args in self.slots
        }
        bundles = [
            Bundle(group, self.family.name, table, self.labels.taken) for group in self.groups
        ]
        return [bundle for bundle in bundles if not bundle.empty]

    def dim(self, value: DimLike) -> str:
        """A dimension over local variables."""
        return self.labels.size(value)

    def _slots(self, body: PlannedBody) -> None:
        plan, schedule = body.plan, body.schedule
        for node in schedule.order:
            kind = schedule.kinds[node]
            if kind is Kind.COMPUTE:
                for tensor in node.outputs:
                    self._computed(body, tensor)
                for k, storage in enumerate(plan.scratch.get(node, ())):
                    self._hold(storage, body.scratch_label(node, k))
                body.sizes = ""  # here the sizes are local variables
                prepared = body.prepared(node)
                self.slots += [(label, text, []) for label, text in prepared]
                self.prepared.update(label for label, _ in prepared)
                body.sizes = "s."
            elif kind in (Kind.STATIC, Kind.VIEW):
                tensor = node.outputs[0]
                piece = plan.place.get(schedule.laid_out(tensor))
                if piece is None or piece.state is not None or piece.reshapes(tensor):
                    self._derived(body, tensor, kind)
                else:
                    self._hold(piece, self.labels.of[tensor])
        for inner in body.inner:
            self._slots(inner)
        for group in plan.fusion.groups:
            if group.blocked:
                _, samples = body.block_variables(group)
                arrays = [self._whole(body, t) for t in samples.values()]
                label = body.block_label(group)
                self.slots.append((label, "_blocks", arrays))

    def _computed(self, body: PlannedBody, tensor: Tensor) -> None:
        """Let the name of a computed tensor stand for where it lies."""
        storage, label = body.plan.place[tensor], self.labels.of[tensor]
        if body.reshapes(tensor):
            if label not in self.done:
                self.done.add(label)
                whole = next((t for t in storage.intervals if not storage.reshapes(t)), tensor)
                if storage.state is None:
                    self._hold(storage, self.labels.of[whole])
                shape = ", ".join(self.dim(d) for d in tensor.shape)
                self.slots.append((label, f"{self._whole(body, whole)}.reshape", [shape]))
        elif storage.state is None:
            self._hold(storage, label)

    def _whole(self, body: PlannedBody, tensor: Tensor) -> str:
        storage = body.plan.place.get(tensor)
        if storage is not None and storage.state is not None:
            return body.state_text(storage.state)
        if storage is not None:
            return f"s.{self.labels.of[tensor]}"
        return body.state_text(tensor.node.attrs["state"])

    def _hold(self, storage: Storage, label: str) -> None:
        """Let a name stand for a piece of the arena."""
        if label in self.done:
            return
        self.done.add(label)
        shape = ", ".join(bare(self.dim(d)) for d in storage.type.shape)
        shape = f"({shape},)" if len(storage.type.shape) == 1 else f"({shape})"
        dtype = numpy_name(storage.type.dtype)
        if any(body.keeps(storage) for body in self.bodies):
            first = self.kept.setdefault(storage, label)
            made = "np.empty", [shape, f"dtype=np.{dtype}"]
            self.slots.append((label, *(made if first == label else (f"s.{first}", []))))
            return
        self.held[label] = storage
        steps = [str(self.steps + step) for step in (storage.first, storage.last)]
        self.slots.append((label, "_Buffer", [*steps, f"np.{dtype}", shape]))

    def _derived(self, body: PlannedBody, tensor: Tensor, kind: Kind) -> None:
        base = body.schedule.base[tensor]
        label = self.labels.of[tensor]
        if label in self.done or (kind is Kind.VIEW and body.moves(base)):
            return
        users = body.graph.users.get(tensor, [])
        needed = bool(users) or any(r is tensor for r in body.graph.roots)
        if not needed:
            return
        self.done.add(label)
        local = _LocalBody(body, self)
        text = local.derived(tensor)
        if text is not None:
            self.slots.append((label, text, []))


class _LocalBody:
    """A planned body's expressions for arrays that are made while binding."""

    def __init__(self, body: PlannedBody, binding: Binding) -> None:
        self.body = body
        self.binding = binding

    def derived(self, tensor: Tensor) -> str | None:
        body = self.body
        kept = dict(body.texts)
        body.sizes = ""  # here the sizes are local variables
        for t in tensor.node.inputs:
            kind = body.schedule.kind(t)
            if kind is Kind.COMPUTE:
                body.texts[t] = (body.place_text(t), 9)
            elif kind in (Kind.STATIC, Kind.VIEW):
                text = self._inline(t)
                body.texts[t] = (text, 9)
            elif kind is Kind.HOST:
                body.texts[t] = self._host(t)
        try:
            text, _ = body.own(tensor.node)
        finally:
            body.texts = kept
            body.sizes = "s."
        return text

    def _host(self, tensor: Tensor) -> tuple[str, int]:
        body = self.body
        for t in tensor.node.inputs:
            if body.schedule.kind(t) is Kind.HOST:
                body.texts[t] = self._host(t)
        return body.host(tensor.node)

    def _inline(self, tensor: Tensor) -> str:
        """A view or static array: its slot, or for a mere transpose the expression."""
        label = self.binding.labels.of[tensor]
        if label in self.binding.done:
            return f"s.{label}"
        text = self.derived(tensor)
        assert text is not None
        return text


def write_key(family: Family, labels: Labels, w: Writer) -> str:
    """What tells one binding from another, as a subscript; a long one is given a name first."""
    names = [labels.of[t] for t in family.inputs]
    key = ", ".join(f"{n}.dtype, {n}.shape" for n in names) or '"always"'
    if len(f"            return self._{family.name}[{key}]") <= LINE_WIDTH:
        return key
    w.assign("key", f"({key})")
    return "key"


def write_checks(family: Family, labels: Labels, names: Names, w: Writer) -> None:
    """Print the checks of arguments, which also learn the symbolic sizes."""
    inputs = family.inputs
    if not inputs:
        return
    symbols = dims.symbols([d for t in inputs for d in t.shape])
    empty = sizes_from_zero(family)
    w.line("sizes = {}")
    for tensor in inputs:
        name = labels.of[tensor]
        shape = ", ".join(
            names.key(str(d)) if isinstance(d, dims.Dim) else str(d) for d in tensor.shape
        )
        shape = f"({shape},)" if tensor.ndim == 1 else f"({shape})"
        dtype = "bool_" if tensor.dtype == "bool" else tensor.dtype
        given = [names.key(tensor.name), name, f"np.{dtype}", shape, "sizes"]
        if zero := [names.key(str(d)) for d in dict.fromkeys(tensor.shape) if str(d) in empty]:
            given.append(f"empty=({', '.join(zero)}{',' if len(zero) == 1 else ''})")
        w.call("", "_check", given)
    for symbol in symbols:
        w.line(f"{labels.dimension[symbol]} = sizes[{names.key(symbol, 36)}]")
    for symbol, limit in size_limits(family).items():
        count = labels.dimension[symbol]
        w.line(f"if {count} > {limit}:")
        with w.indent():
            text = names.key(f"{symbol}: expected at most {limit}, got ", 60)
            w.line(f"raise InputError({text} + str({count}))")


def sizes_from_zero(family: Family) -> set[str]:
    """Symbolic sizes that may be 0: the lengths of loops, which then make no step.

    Where something is computed that has no value for nothing (a maximum, a mean), they are at
    least 1.
    """
    found: set[str] = set()
    for plan in (plan for phase in family.phases for plan in phase.plan.every):
        for node in plan.schedule.order:
            if node.op is SCAN:
                found.update(_vanishing(node.attrs["length"]))
    for plan in (plan for phase in family.phases for plan in phase.plan.every):
        for node in plan.schedule.order:
            if node.op.name in ("max", "min", "argmax", "argmin"):
                found -= set(dims.symbols(node.inputs[0].shape))
            elif node.op.name == "dimension":
                found -= set(_vanishing(node.attrs["dim"]))
    return found


def _vanishing(length: DimLike) -> list[str]:
    """The sizes that a length is 0 with."""
    symbols = dims.symbols([length])
    some = dict.fromkeys(symbols, 64)
    return [s for s in symbols if dims.evaluate(length, {**some, s: 0}) == 0]


def size_limits(family: Family) -> dict[str, int]:
    """Symbolic sizes that positions run through which index an axis of a known size: the axis
    must be as long."""
    found: dict[str, int] = {}
    for tensor, size, _ in _indices(family):
        if tensor.node.op.name == "iota" and tensor.ndim == 1 and isinstance(size, int):
            for symbol in dims.symbols(tensor.shape):
                if tensor.shape == (dims.symbol(symbol),):
                    found[symbol] = min(size, found.get(symbol, size))
    return found


def index_ranges(family: Family) -> list[tuple[Tensor, DimLike, int | None]]:
    """The arguments that index something, with the size they index into and a value that is
    allowed besides."""
    found: dict[tuple[Tensor, str, int | None], tuple[Tensor, DimLike, int | None]] = {}
    for tensor, size, other in _indices(family):
        if tensor.node.op.name == "input":
            found[(tensor, str(size), other)] = (tensor, size, other)
    return list(found.values())


def _indices(family: Family) -> Iterator[tuple[Tensor, DimLike, int | None]]:
    """What indexes something, before views and casts, with the size it indexes into and a value
    that is allowed besides."""
    for phase in family.phases:
        outside = _outside(phase.plan.schedule)
        for node in (node for plan in phase.plan.every for node in plan.schedule.order):
            ranges = getattr(node.op, "index_range", None)
            for position, size in ranges(node) if ranges else ():
                tensor = node.inputs[position]
                while tensor in outside or (
                    tensor.node.inputs
                    and (getattr(tensor.node.op, "view", False) or tensor.node.op.name == "cast")
                ):
                    tensor = outside[tensor] if tensor in outside else tensor.node.inputs[0]
                yield tensor, size, node.attrs.get("ignored")


def _outside(schedule: Schedule) -> dict[Tensor, Tensor]:
    """What the elements and constants of loops, and what branches read, are part of outside."""
    table: dict[Tensor, Tensor] = {}
    for body, inner in (pair for bodies in schedule.inner.values() for pair in bodies):
        table.update((inside, given) for given, inside in body.pairs)
        table.update(_outside(inner))
    return table
