"""The method that plans buffers for given shapes: checks, sizes, windows on the arena, views."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from graphc.codegen.labels import Labels
from graphc.codegen.numpy.body import Names
from graphc.codegen.numpy.bundles import Bundle, Slot, Windows
from graphc.codegen.numpy.common import Layout
from graphc.codegen.numpy.planned import PlannedBody
from graphc.codegen.program import Family
from graphc.codegen.repeats import Group
from graphc.codegen.writer import LINE_WIDTH, Writer
from graphc.ir import dims
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor
from graphc.schedule.order import Kind, Schedule
from graphc.schedule.plan import Plan, SizeClass, Storage

LONGEST_SUM = 50  # characters
LONGEST_BEFORE = 24  # of a sum that has a place in a table added to it
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
    ) -> None:
        self.groups = groups
        self.family = family
        self.labels = labels
        self.names = names
        self.bodies = bodies
        self.w = Writer()
        self.done: set[str] = set()
        self.kept: dict[int, str] = {}  # what holds each storage that is not in the arena
        self.slots: list[tuple[str, str, list[str]]] = []  # name, function, arguments
        self.offsets: dict[str, tuple[str, str, int, str]] = {}  # see `Slot.offset`
        self.units: dict[tuple[str, int], str] = {}  # each padded size as an operand
        self.ends: dict[str, str] = {}  # the variable for each end of arenas that is a long sum

    def write(self, used: set[str]) -> Layout:
        """The body of ``_plan_<family>``, with the buffers of `used` alone."""
        with self.w.at(DEPTH):
            write_checks(self.family, self.labels, self.names, self.w)
            sizes = ", ".join(f"{n}={n}" for n in self.labels.dimension.values())
            self.w.assign("s", f"SimpleNamespace({sizes})")
            self._reserve()
            for body in self.bodies:
                self._slots(body)
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
        windows = Windows(self.labels) if bundles else None
        rows = [(f"s.{n}", func, args) for n, func, args in reversed(kept)]
        texts = [(n, f"{func}({', '.join(args)})" if args else func) for n, func, args in rows]
        if windows is not None:
            texts = [(name, windows.shortened(text)) for name, text in texts]
            for bundle in bundles:
                bundle.shorten(windows)
            with self.w.at(DEPTH):
                windows.write(self.w)
        units = [self._unit(partial(Writer.assign, target=n, expression=t)) for n, t in texts]
        units += [self._unit(bundle.write) for bundle in bundles]
        tail = self._unit(self._keep)
        arguments = [self.labels.of[t] for t in self.family.inputs]
        return Layout(self.family.name, self.w.text(), units, tail, arguments)

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
            label: Slot(f"{func}({', '.join(args)})" if args else func, self.offsets.get(label))
            for label, func, args in self.slots
        }
        taken = self.labels.taken
        bundles = [Bundle(group, self.family.name, table, taken) for group in self.groups]
        return [bundle for bundle in bundles if not bundle.empty]

    def dim(self, value: DimLike) -> str:
        """A dimension over local variables."""
        return self.labels.size(value)

    def _reserve(self) -> None:
        plans = [body.plan for body in self.bodies]
        if not any(plan.classes for plan in plans):
            return
        symbolic = {_key(c): c for plan in plans for c in plan.classes if c.size != 1}
        for key, c in symbolic.items():
            size, inner = c.size, self.dim(c.size)
            inner = inner if inner.isidentifier() else f"({inner})"
            if c.padding == 1 and inner.isidentifier():
                self.units[key] = inner
                continue
            name = self.units[key] = self.labels.namer.fresh("units")
            if c.padding == 1:
                self.w.assign_in_steps(name, self.dim(size))
                continue
            up = f"// {c.padding}) * {c.padding}  # aligned"
            if not self.w.fits(f"{name} = -(-{inner} {up}"):
                self.w.assign_in_steps(name, self.dim(size))
                inner = name
            self.w.line(f"{name} = -(-{inner} {up}")
        totals = []
        for plan in plans:
            total = self._end(plan, len(plan.classes))
            if total != "0" and total not in totals:
                totals.append(total)
        totals = totals or ["0"]  # every buffer is empty
        need = totals[0] if len(totals) == 1 else f"max({', '.join(totals)})"
        self.w.assign("memory", f"self._memory({need})")

    def _end(self, plan: Plan, count: int) -> str:
        """Where the first `count` arenas of a plan end, as an expression."""
        terms = []
        fixed = 0
        for c in plan.classes[:count]:
            if c.size == 1:
                fixed += c.units
            elif c.units:
                terms.append(f"{c.units} * {self.units[_key(c)]}")
        if fixed or not terms:
            terms.append(str(fixed))
        text = " + ".join(terms)
        if len(text) <= (LONGEST_BEFORE if self.groups else LONGEST_SUM):
            return text
        if text not in self.ends:
            self.ends[text] = self.labels.namer.fresh("end")
            self.w.assign_in_steps(self.ends[text], text)
        return self.ends[text]

    def _slots(self, body: PlannedBody) -> None:
        plan, schedule = body.plan, body.schedule
        for node in schedule.order:
            kind = schedule.kinds[node]
            if kind is Kind.COMPUTE:
                for tensor in node.outputs:
                    storage = plan.place[tensor]
                    if storage.state is None:
                        self._window(plan, storage, self.labels.of[tensor])
                    elif body.reshapes_state(tensor):
                        text = body.state_text(storage.state)
                        shape = ", ".join(self.dim(d) for d in tensor.shape)
                        self.slots.append((self.labels.of[tensor], f"{text}.reshape", [shape]))
                for k, storage in enumerate(plan.scratch.get(node, ())):
                    self._window(plan, storage, body.scratch_label(node, k))
                body.sizes = ""  # here the sizes are local variables
                self.slots += [(label, text, []) for label, text in body.prepared(node)]
                body.sizes = "s."
            elif kind in (Kind.STATIC, Kind.VIEW):
                self._derived(body, node.outputs[0], kind)
        for inner in body.loops:
            self._slots(inner)
        for group in plan.fusion.groups:
            if group.blocked:
                _, samples = body.block_variables(group)
                arrays = [self._whole(body, t) for t in samples.values()]
                label = body.block_label(group)
                size = group.nodes[0].outputs[0].size
                self.slots.append((label, "_blocks", [str(size), *arrays]))

    def _whole(self, body: PlannedBody, tensor: Tensor) -> str:
        storage = body.plan.place.get(tensor)
        if storage is not None and storage.state is not None:
            return body.state_text(storage.state)
        if storage is not None:
            return f"s.{self.labels.of[tensor]}"
        return body.state_text(tensor.node.attrs["state"])

    def _window(self, plan: Plan, storage: Storage, label: str) -> None:
        if label in self.done:
            return
        self.done.add(label)
        shape = ", ".join(self.dim(d) for d in storage.type.shape)
        shape = f"({shape},)" if len(storage.type.shape) == 1 else f"({shape})"
        dtype = "bool_" if storage.type.dtype == "bool" else storage.type.dtype
        if any(body.keeps(storage) for body in self.bodies):
            kept = self.kept.setdefault(id(storage), self.labels.namer.fresh("kept"))
            count = self.dim(storage.type.nbytes)
            if kept not in self.done:
                self.done.add(kept)
                self.slots.append((kept, "np.empty", [count, "np.uint8"]))
            self.slots.append((label, "_window", [f"s.{kept}", "0", f"np.{dtype}", shape]))
            return
        start = self._end(plan, storage.arena)
        terms = [] if start == "0" else [start]
        size = plan.classes[storage.arena]
        unit = "" if size.size == 1 else self.units[_key(size)]
        if not unit:
            if storage.offset or not terms:
                terms.append(str(storage.offset))
        elif storage.offset:
            terms.append(f"{storage.offset} * {unit}")
        offset = " + ".join(terms) or "0"
        self.slots.append((label, "_window", ["memory", offset, f"np.{dtype}", shape]))
        before = "_window(memory, " + ("" if start == "0" else f"{start} + ")
        self.offsets[label] = (before, f", np.{dtype}, {shape})", storage.offset, unit)

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


def _key(size: SizeClass) -> tuple[str, int]:
    """What tells the padded sizes of arenas apart."""
    return str(size.size), size.padding


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
    if len(f"            s = self._{family.name}[{key}]") <= LINE_WIDTH:
        return key
    w.assign("key", f"({key})")
    return "key"


def write_checks(family: Family, labels: Labels, names: Names, w: Writer) -> None:
    """Print the checks of arguments, which also learn the symbolic sizes."""
    inputs = family.inputs
    if not inputs:
        return
    symbols = dims.symbols([d for t in inputs for d in t.shape])
    w.line("sizes = {}")
    for tensor in inputs:
        name = labels.of[tensor]
        shape = ", ".join(
            names.key(str(d)) if isinstance(d, dims.Dim) else str(d) for d in tensor.shape
        )
        shape = f"({shape},)" if tensor.ndim == 1 else f"({shape})"
        dtype = "bool_" if tensor.dtype == "bool" else tensor.dtype
        w.call("", "_check", [names.key(tensor.name), name, f"np.{dtype}", shape, "sizes"])
    for symbol in symbols:
        w.line(f"{labels.dimension[symbol]} = sizes[{names.key(symbol, 36)}]")
    for symbol, limit in size_limits(family).items():
        count = labels.dimension[symbol]
        w.line(f"if {count} > {limit}:")
        with w.indent():
            text = names.key(f"{symbol}: expected at most {limit}, got ", 60)
            w.line(f"raise InputError({text} + str({count}))")


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
    """What the elements and constants of loops are part of, outside."""
    table: dict[Tensor, Tensor] = {}
    for steps, inner in schedule.loops.values():
        pairs = (*steps.loop.elements, *steps.loop.constants)
        table.update((inside, given) for given, inside in pairs)
        table.update(_outside(inner))
    return table
