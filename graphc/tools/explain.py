"""The derivation of one gradient of a compiled network, and the emitted lines that compute it.

In: a network and the name of a parameter or of something computed on the way. Out: the steps from
the loss to that gradient, in the order of the emitted module. The steps are read off the optimised
backward graph, so that each formula is the one that its lines compute; what rule a step applies is
told by the forward node from whose derivative it came.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field

from graphc.codegen.formula import formula
from graphc.codegen.latex import latex_formula, latex_name
from graphc.codegen.names import identifier
from graphc.errors import GraphError
from graphc.ir import types
from graphc.ir.node import Node, State, Tensor
from graphc.network import Network
from graphc.schedule.flatten import GRADIENTS
from graphc.schedule.order import Kind
from graphc.tools.rules import forward_of, rule_of, title_of

PHASE = "backward"


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    Attributes:
        name: what the gradient is by: ``"z1"``, ``"dense_1.W"``, or the variable in the emitted
            module where it has no other name.
        title: the forward operation that is differentiated.
        rule: the rule of differentiation, in general terms.
        forward: the forward operation itself, "" where the step has several.
        math: the equation of this step.
        latex: the same in LaTeX.
        lines: the numbers, from 1, of the emitted lines that compute it.
        code: these lines.
        shape: the gradient's shape, as text.
        where: the user's file and line of the forward operation, or "".
        tensor: the gradient in ``net.graphs["backward"]``.
    """

    name: str
    title: str
    rule: str
    forward: str
    math: str
    latex: str
    lines: tuple[int, ...]
    code: tuple[str, ...]
    shape: str
    where: str
    tensor: Tensor = field(repr=False, compare=False)


@dataclass(frozen=True)
class Explanation:
    """The derivation of one gradient; printing it gives the text.

    Attributes:
        name: what the gradient is by.
        network: the network's name.
        loss: the formula of the loss.
        steps: from the loss to the gradient.
    """

    name: str
    network: str
    loss: str
    steps: tuple[Step, ...]

    @property
    def text(self) -> str:
        """The steps, each with its rule, its equation and its lines."""
        parts = [f"{_derivative(self.name)} in '{self.network}', where L = {self.loss}"]
        for number, step in enumerate(self.steps, 1):
            head = f"{number}. {step.title}"
            gap = max(90 - len(head) - len(step.where), 3) if step.where else 0
            rows = [f"{head}{'':{gap}}{step.where}", f"   rule      {step.rule}"]
            if step.forward:
                rows.append(f"   forward   {step.forward}")
            rows.append(f"   backward  {step.math}   {step.shape}")
            rows += [f"{n:>7} | {code}" for n, code in zip(step.lines, step.code, strict=True)]
            parts.append("\n".join(rows))
        return "\n\n".join(parts) + "\n"

    @property
    def latex(self) -> str:
        """The equations, one below the other, for an environment of displayed mathematics."""
        rows = " \\\\\n".join(step.latex.replace(" = ", " &= ", 1) for step in self.steps)
        return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"

    def __str__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"

    def _repr_markdown_(self) -> str:
        parts = [f"**{_derivative(self.name)}** in `{self.network}`, where `L = {self.loss}`"]
        for number, step in enumerate(self.steps, 1):
            code = "\n".join(f"{n:>4}  {c}" for n, c in zip(step.lines, step.code, strict=True))
            where = f" ({step.where})" if step.where else ""
            parts.append(f"{number}. **{step.title}**{where}: {step.rule}")
            parts.append(f"$$\n{step.latex}\n$$")
            parts.append(f"```python\n{code}\n```")
        return "\n\n".join(parts) + "\n"


def explain(network: Network, name: str) -> Explanation:
    """The steps from the loss to the gradient by a parameter or by something on the way.

    Args:
        network: what `gx.compile` gave, with a loss and parameters.
        name: a parameter (``"dense_1.W"``), or a tensor whose gradient is computed on the way to
            those of the parameters (``"h1"``).

    Raises:
        GraphError: when the network has no backward pass, or computes no such gradient.
    """
    if PHASE not in network.plans or network.declared is None:
        raise GraphError(f"'{network.name}' has no backward pass: give gx.compile a loss")
    return _Derivation(network).explain(name)


class _Derivation:
    """The backward graph of a network with the names of its gradients."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.body, self.lines = network.printed(PHASE)
        self.source = network.source.splitlines()
        self.schedule = self.body.schedule
        self.graph = self.schedule.graph
        self.position = {node: i for i, node in enumerate(self.schedule.order)}
        self.gradients = self._gradients()
        self.names = {tensor: name for name, tensor in self.gradients.items()}

    def _gradients(self) -> dict[str, Tensor]:
        """The gradients that the module computes, by what they are by."""
        found: dict[str, Tensor] = {}
        for node in self.schedule.order:
            for tensor in node.outputs:
                label = self.body.labels.of.get(tensor, "")
                if label.startswith("d_") and tensor.name and self._computed(tensor):
                    found[label[2:]] = tensor  # the last that bears the name is the whole
        parameters = {}
        for state, value in self.graph.updates:
            if state.slot == GRADIENTS and state.of is not None:
                parameters[self.network.unit.saved_name(state.of)] = value
        taken = set(parameters.values())
        on_the_way = {k: t for k, t in found.items() if t not in taken}
        return {**on_the_way, **parameters}

    def _computed(self, tensor: Tensor) -> bool:
        return self.schedule.kind(tensor) in (Kind.COMPUTE, Kind.VIEW)

    def explain(self, name: str) -> Explanation:
        target = self.gradients.get(self._known(name))
        if target is None:
            close = difflib.get_close_matches(str(name), self.gradients, 3, 0.4)
            hint = f"did you mean {' or '.join(close)}? " if close else ""
            raise GraphError(
                f"'{self.network.name}' computes no gradient by '{name}': {hint}"
                f"there are {', '.join(self.gradients)}"
            )
        declared = self.network.declared
        assert declared is not None and declared.loss is not None
        loss = formula(
            declared.loss, self._declared_name, lambda t: t is declared.loss or not t.name
        )
        members = self._steps(target)
        ordered = sorted(members, key=lambda t: self.position[t.node])
        steps = tuple(self._step(t, members[t], target, name) for t in ordered)
        return Explanation(self._known(name), self.network.name, loss, steps)

    def _known(self, name: str) -> str:
        """A name as it is here: with or without the scope of the whole, or ``d_`` before it."""
        prefix = self.network.unit.prefix
        for candidate in (name, str(name).removeprefix(f"{prefix}."), str(name).removeprefix("d_")):
            if candidate in self.gradients:
                return candidate
        return name

    def _steps(self, target: Tensor) -> dict[Tensor, list[Node]]:
        """The gradients on the way to `target`, each with the nodes that compute it."""
        found: dict[Tensor, list[Node]] = {}
        waiting = [target]
        while waiting:
            tensor = waiting.pop()
            if tensor in found:
                continue
            members: list[Node] = []
            stack = [tensor]
            while stack:
                current = stack.pop()
                if current is not tensor and self._is_step(current, tensor):
                    waiting.append(current)
                elif self._is_part(current) and current.node not in members:
                    members.append(current.node)
                    stack += current.node.inputs
            found[tensor] = sorted(members, key=lambda n: self.position[n])
        return found

    def _is_part(self, tensor: Tensor) -> bool:
        """Whether the backward pass computes it (else it has a value before)."""
        return self.body.roles.get(tensor.node) == "backward"

    def _is_step(self, tensor: Tensor, user: Tensor) -> bool:
        """Whether a gradient that `user` needs is a step of its own."""
        if not self._is_part(tensor) or not self._computed(tensor):
            return False
        if tensor in self.names:
            return True
        if tensor.node not in self.lines:  # a part of a longer expression
            return False
        origin = tensor.node.origin
        return bool(origin and origin.cotangent) and self._rule(tensor) is not self._rule(user)

    def _rule(self, tensor: Tensor) -> Node | Tensor | None:
        rule: Node | Tensor | None = tensor.node.origin.rule if tensor.node.origin else None
        return rule

    def _step(self, tensor: Tensor, members: list[Node], target: Tensor, asked: str) -> Step:
        inside = set(members)
        begins = not any(
            self._is_part(t) and t.node not in inside for n in members for t in n.inputs
        )
        rule = self._rule(tensor)
        name = self._known(asked) if tensor is target else self._name(tensor)

        def expand(t: Tensor) -> bool:
            if begins and not t.name and self._same_scope(t, tensor):
                return True  # what the loss computed on the way, such as the error a - t
            kind = self.schedule.kinds.get(t.node)  # None inside what a composite was lowered from
            return t.node in inside or (not t.name and kind in (None, Kind.VIEW, Kind.HOST))

        math = formula(tensor, lambda t: self._text(t, inside), expand, length=200)
        latex = latex_formula(tensor, self._latex, expand)
        numbers = self._lines(members)
        origin = tensor.node.origin
        return Step(
            name=name,
            title=title_of(rule, tensor, begins),
            rule=rule_of(rule, tensor, begins),
            forward=forward_of(rule, begins, self._declared_name),
            math=f"{self._text(tensor, set()) or name} = {math}",
            latex=f"{self._latex(tensor)} = {latex}",
            lines=numbers,
            code=tuple(self.source[n - 1].strip() for n in numbers),
            shape=types.shape_text(tensor.shape),
            where=str(origin) if origin and origin.file else "",
            tensor=tensor,
        )

    def _same_scope(self, a: Tensor, b: Tensor) -> bool:
        scopes = [t.node.origin.scope if t.node.origin else () for t in (a, b)]
        return scopes[0] == scopes[1] != () and self.schedule.kinds.get(a.node) is Kind.COMPUTE

    def _lines(self, members: list[Node]) -> tuple[int, ...]:
        """The lines that nodes are printed on; where they are part of a longer expression, its."""
        own = {line for node in members for line in self.lines.get(node, ())}
        if not own:
            waiting, seen = list(members), set(members)
            while waiting:
                for tensor in waiting.pop().outputs:
                    for user in self.graph.users.get(tensor, ()):
                        own.update(self.lines.get(user, ()))
                        if user not in self.lines and user not in seen:
                            seen.add(user)
                            waiting.append(user)
        return tuple(sorted(own))

    def _name(self, tensor: Tensor) -> str:
        return self.names.get(tensor) or self.body.labels.of.get(tensor, "")

    def _text(self, tensor: Tensor, inside: set[Node]) -> str:
        name = self._gradient_name(tensor)
        return _derivative(name) if name and tensor.node not in inside else self._forward(tensor)

    def _latex(self, tensor: Tensor) -> str:
        name = self._gradient_name(tensor)
        return _partial(name) if name else latex_name(self._forward(tensor))

    def _gradient_name(self, tensor: Tensor) -> str:
        if tensor not in self.names and tensor.node not in self.position:
            name = tensor.name.removeprefix("d_")  # as it was before a pass rebuilt it
            return name if name != tensor.name and name in self.gradients else ""
        return self.names.get(tensor, "")

    def _forward(self, tensor: Tensor) -> str:
        """What a value of the forward pass is called."""
        state = tensor.node.attrs.get("state")
        if isinstance(state, State):
            return self.network.unit.saved_name(state)
        if self.schedule.kinds.get(tensor.node) is Kind.LITERAL:
            return self.body.text(tensor)[0]
        return self.body.labels.of.get(tensor) or self._declared_name(tensor)

    def _declared_name(self, tensor: Tensor) -> str:
        state = tensor.node.attrs.get("state")
        if isinstance(state, State):
            return self.network.unit.saved_name(state)
        return identifier(tensor.name) if tensor.name else ""


def _derivative(name: str) -> str:
    return f"dL/d{name}" if name.isidentifier() else f"dL/d({name})"


def _partial(name: str) -> str:
    return rf"\frac{{\partial L}}{{\partial {latex_name(name)}}}"
