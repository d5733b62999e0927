"""Modules: how the parts of a network get their parameters, their scopes and their names.

A module learns its name when it is first called: what ``name=`` says, else the attribute of the
module that holds it, else its kind and a number within what encloses it (``dense_1``,
``dense_2``).  No number is global, so the same program always gives the same names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

from graphc.dsl.variables import Owned, owned
from graphc.errors import GraphError, NameClashError
from graphc.ir import origin as origins
from graphc.ir.node import State, Tensor, toposort
from graphc.ir.origin import Origin


@dataclass
class Labels:
    """Names for what one call of a network computes, given once its result is known.

    Attributes:
        layers: how many layers with weights there were so far.
        names: the tensors, each with the name it is to have.
        bare: outputs of layers without an activation of their own, with what they are called if
            one follows.
    """

    layers: int = 0
    names: dict[Tensor, str] = field(default_factory=dict)
    bare: dict[Tensor, str] = field(default_factory=dict)

    def of(self, tensor: Tensor) -> str:
        """What a tensor is called, or will be; "" if nothing."""
        return self.names.get(tensor) or tensor.name

    def layer(self, z: Tensor, h: Tensor) -> None:
        """The next layer: `z` before its activation, `h` after it (the same where it has none)."""
        self.layers += 1
        self.names[z] = f"z{self.layers}"
        self.names[h] = f"h{self.layers}"
        if z is h:
            self.bare[z] = f"z{self.layers}"

    def activation(self, x: Tensor, y: Tensor, kind: str) -> None:
        """An activation of its own makes `y` of `x`: of a layer's output, or of anything else."""
        if x in self.bare and y is not x:
            self.names[y] = self.names[x]
            self.names[x] = self.bare[x]
        else:
            self.after(x, y, kind)

    def normalised(self, x: Tensor, y: Tensor) -> None:
        """`y` is `x` normalised: of a layer's output before its activation, or of anything else."""
        if x in self.bare and y is not x:
            self.names[y] = self.names[x]
            self.names[x] = self.bare[x]
            self.bare[y] = f"{self.bare[x]}_norm"
        else:
            self.after(x, y, "norm")

    def after(self, x: Tensor, y: Tensor, what: str) -> None:
        """`y` is `x` with something done to it: ``h1_dropped``."""
        if y is not x and self.of(x):
            self.names[y] = f"{self.of(x)}_{what}"

    def give(self, result: object) -> None:
        """Name every tensor but the result, which is the user's to name."""
        last = {id(tensor) for tensor in tensors_in(result)}
        for tensor, name in self.names.items():
            # A node without place may be shared by unrelated programs: a name would leak.
            if not tensor.name and tensor.node.rooted and id(tensor) not in last:
                tensor.named(name)


@dataclass
class _Call:
    """A module's call under way: the names taken inside it."""

    taken: set[str]
    labels: Labels


_calls: list[_Call] = []


class _Construction(type):
    """Notes where a module is constructed, and the parameters that its constructor declares."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        where = origins.current()
        with owned() as found:
            module = super().__call__(*args, **kwargs)
        module._origin, module._owned = where, found
        return module


class Module(metaclass=_Construction):
    """A part of a network: define `forward`; parameters and modules are found in the attributes,
    also inside lists, tuples and dicts, in the order in which they were set.

        class Gated(nn.Module):
            def __init__(self, units):
                self.value = nn.Dense(units)
                self.gate = nn.Dense(units, activation="sigmoid")

            def forward(self, x):
                return self.value(x) * self.gate(x)

    Parameters may be declared in the constructor, or in ``build(self, x)``, which is called once,
    before the first `forward` and with its arguments, when shapes are known.  Their names begin
    with the path of the module (``gated_1.value.W``).  A module that is called again uses the same
    parameters.  The outermost module opens a scope only if it was given a name.

    Args:
        name: its scope and the start of its parameters' names.

    Raises:
        GraphError: for a name that is no text.
    """

    name: str = ""
    _needs_name = False  # even when it is called outside of all others
    _unscoped = False  # never has a name of its own
    _ready = False
    _origin: Origin
    _owned: Owned

    def __init__(self, name: str | None = None) -> None:
        if name is not None and (not isinstance(name, str) or not name):
            raise GraphError(
                f"{type(self).__name__} at {origins.current()}: its name is a text that is not "
                f"empty, not {name!r}"
            )
        self.name = name or ""

    def build(self, *args: Any, **kwargs: Any) -> None:
        """Declare parameters; called once with the arguments of the first `forward`."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The module's result; every module defines this."""
        raise GraphError(f"{self._label} defines no forward(self, x)")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the module in a scope of its name; builds it the first time."""
        outer = _calls[-1] if _calls else None
        labels = outer.labels if outer else Labels()
        if not self.name and not self._unscoped and (outer or self._needs_name):
            taken = outer.taken if outer else _scopes_of(args)
            self.name = _unused(self._kind(), taken)
            taken.add(self.name)
            if not outer:
                labels.layers = int(self.name.rpartition("_")[2]) - 1
        inside: AbstractContextManager[None] = nullcontext()
        if self.name:
            inside = origins.scope(self.name)
        with inside:
            self._settle()
            _calls.append(_Call({child.name for _, child in self._children()}, labels))
            try:
                if not self._ready:
                    self.build(*args, **kwargs)
                    self._ready = True
                result = self.forward(*args, **kwargs)
            finally:
                _calls.pop()
        if outer is None:
            labels.give(result)
        elif isinstance(result, Tensor) and self.name and not labels.of(result):
            labels.names[result] = self.name
        return result

    def parameters(self) -> list[Tensor]:
        """The trainable parameters, own and of modules inside, each once, in order of declaration.

        Raises:
            GraphError: when a module inside waits for its first call to know its shapes.
        """
        return self._states(True)

    def weights(self) -> list[Tensor]:
        """The parameters with two axes or more: weights, not biases, gains or other vectors."""
        return [p for p in self.parameters() if p.ndim >= 2]

    def states(self) -> list[Tensor]:
        """The states that are not trained, own and of modules inside, as :func:`parameters`."""
        return self._states(False)

    def __repr__(self) -> str:
        return f"<{self._label}>"

    @property
    def _label(self) -> str:
        """What it is, its name and where it was constructed, for errors."""
        name = f" '{self.name}'" if self.name else ""
        return f"{type(self).__name__}{name} at {self._origin}"

    @property
    def _labels(self) -> Labels:
        """The names given in the call of the network that is under way."""
        return _calls[-1].labels

    def _here(self) -> AbstractContextManager[None]:
        """Nodes made inside come from the line on which this module was constructed."""
        return origins.derived_from(replace(self._origin, scope=origins.current_scope()))

    def _kind(self) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).strip("_").lower()

    def _waits(self) -> bool:
        """Whether it will have parameters when it is called, and has none now."""
        return not self._ready and type(self).build is not Module.build

    def _states(self, trainable: bool) -> list[Tensor]:
        found: dict[State, Tensor] = {}
        seen: set[int] = set()

        def walk(module: Module) -> None:
            if id(module) in seen:
                return
            seen.add(id(module))
            if module._waits():
                raise GraphError(
                    f"{module._label} has no parameters yet: their shapes are known when it is "
                    "first called; call the network on its input before, or give in_features"
                )
            for item in _flat(list(vars(module).values())):
                if isinstance(item, Module):
                    walk(item)
                elif isinstance(item, Tensor):
                    state = item.node.attrs.get("state")
                    if isinstance(state, State) and state.trainable == trainable:
                        found.setdefault(state, item)

        walk(self)
        return list(found.values())

    def _children(self) -> list[tuple[str, Module]]:
        """The modules in attributes, with the names that these suggest ("" for none)."""
        found: list[tuple[str, Module]] = []
        for key, value in vars(self).items():
            name = key.strip("_")
            if isinstance(value, Module):
                found.append((name, value))
            elif isinstance(value, dict):
                found += [(f"{name}_{k}", m) for k, m in value.items() if isinstance(m, Module)]
            else:
                inner = (m for m in _flat(value) if isinstance(m, Module))
                found += [(f"{name}_{k}", m) for k, m in enumerate(inner, 1)]
        return found

    def _settle(self) -> None:
        """Name what was declared before the place of this module was known."""
        self._owned.settle(origins.current_scope())
        children = self._children()
        taken: dict[str, Module] = {}
        for _, child in children:
            other = taken.setdefault(child.name, child) if child.name else child
            if other is not child and not (other._ready and child._ready):
                raise NameClashError(
                    f"two modules of {self._label} are called '{child.name}': "
                    f"{other._label} and {child._label}; give one another name="
                )
        for hint, child in children:
            if not child.name and not child._unscoped:
                free = hint and hint not in taken
                child.name = hint if free else _unused(child._kind(), taken)
                taken[child.name] = child


def tensors_in(value: object) -> list[Tensor]:
    """The tensors in nested lists, tuples and dicts, in order."""
    return [item for item in _flat(value) if isinstance(item, Tensor)]


def _flat(value: object) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        yield from _flat(list(value.values()))
    else:
        yield value


def _unused(kind: str, taken: Iterable[str]) -> str:
    names = set(taken)
    number = 1
    while f"{kind}_{number}" in names:
        number += 1
    return f"{kind}_{number}"


def _scopes_of(args: tuple[Any, ...]) -> set[str]:
    """The scopes inside the current one from which tensors come: those of the layers before."""
    here = origins.current_scope()
    found = [node.origin.scope for node in toposort(tensors_in(args)) if node.origin]
    return {s[len(here)] for s in found if len(s) > len(here) and s[: len(here)] == here}
