"""Parameter groups: different optimisers, or none, for different parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from graphc.dsl.optim.base import Optimizer, Updates, as_text
from graphc.dsl.optim.clipping import clipped
from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor, operand_line, state_of

Choice = str | Callable[[Tensor], bool] | Sequence[Tensor]


class Groups(Optimizer):
    """Several optimisers, each for the parameters that it is given; the first that fits takes one.

        optim.Groups({"encoder.*": None, "*.b": optim.SGD(0.1), "*": optim.AdamW(1e-3)})

    Args:
        groups: optimisers by what they take: a pattern of the parameter's full name in which ``*``
            stands for any text (as in :mod:`fnmatch`), a function of the parameter's tensor that
            says whether, or a list of parameters; as a dict, or as pairs in a list.  None instead
            of an optimiser leaves its parameters as they are: their gradients are not computed.
        clip_norm: a bound on the joint norm of all gradients, as that of :class:`Descent`.
        name: the scope of its nodes; the states of the first optimiser are called ``group_1.`` and
            so on.

    Raises:
        GraphError: when a group is none.  When it is compiled: for a parameter that no group takes,
            for a group that takes
            none, and when every parameter is frozen.
    """

    def __init__(
        self,
        groups: Mapping[Any, Optimizer | None] | Sequence[tuple[Choice, Optimizer | None]],
        clip_norm: float | None = None,
        name: str = "groups",
    ) -> None:
        super().__init__(name)
        where = f"Groups at {origins.current()}"
        self.groups = list(groups.items() if isinstance(groups, Mapping) else groups)
        if not self.groups:
            raise GraphError(f"{where}: there are no groups")
        for pair in self.groups:
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise GraphError(
                    f"{where}: a group is a pair (parameters, optimizer), not {pair!r}"
                )
            choice, optimizer = pair
            if isinstance(choice, Tensor) or not (
                isinstance(choice, (str, Sequence)) or callable(choice)
            ):
                raise GraphError(
                    f"{where}: a group is chosen by a pattern of names, a function or a list of "
                    f"parameters, not by {choice!r}"
                )
            if optimizer is not None and not isinstance(optimizer, Optimizer):
                raise GraphError(
                    f"{where}: {_text(choice)} needs one of graphc.optim or None, not {optimizer!r}"
                )
        if clip_norm is not None:
            self._require("clip_norm", clip_norm, 0, math.inf, open_below=True)
        self.clip_norm = clip_norm

    def __repr__(self) -> str:
        shown = ", ".join(f"{_text(choice)}: {optimizer!r}" for choice, optimizer in self.groups)
        norm = f", clip_norm={self.clip_norm!r}" if self.clip_norm is not None else ""
        return f"Groups({{{shown}}}{norm})"

    def _position(self, parameter: Tensor) -> int | None:
        for position, (choice, _) in enumerate(self.groups):
            if _fits(choice, parameter):
                return position
        return None

    def takes(self, parameter: Tensor) -> bool:
        """Whether the first group that fits the parameter has an optimiser that takes it."""
        position = self._position(parameter)
        optimizer = None if position is None else self.groups[position][1]
        return optimizer is not None and optimizer.takes(parameter)

    def select(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """The parameters that are not frozen; checks that every group has some."""
        self._parts(parameters, frozen=True)
        found = super().select(parameters)
        if not found:
            raise GraphError(f"Groups at {self._origin}: every parameter is frozen")
        return found

    def _parts(self, parameters: Sequence[Tensor], frozen: bool) -> dict[int, list[Tensor]]:
        """The parameters of each group, by its position."""
        what = f"Groups at {self._origin}"
        parts: dict[int, list[Tensor]] = {}
        for parameter in parameters:
            position = self._position(parameter)
            if position is None:
                raise GraphError(
                    f"{what}: no group takes this parameter (a last group '*' takes the rest): "
                    f"{operand_line(parameter)}"
                )
            parts.setdefault(position, []).append(parameter)
        for position, (choice, optimizer) in enumerate(self.groups):
            if position not in parts and (frozen or optimizer is not None):
                fitting = [state_of(p).name for p in parameters if _fits(choice, p)]
                why = f"earlier groups take {_listed(fitting)}" if fitting else "none fits"
                names = _listed([state_of(p).name for p in parameters])
                raise GraphError(
                    f"{what}: {_text(choice)} takes no parameter: {why}; there are {names}"
                )
        return parts

    def updates(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> Updates:
        """The updates of every group; arguments, result and errors as in :class:`Optimizer`."""
        self._check(parameters, gradients)
        parts = self._parts(parameters, frozen=False)
        given = list(gradients)
        if self.clip_norm is not None:
            with self.placed():
                given = clipped(given, self.clip_norm)
        gradient = dict(zip(parameters, given, strict=True))
        found: Updates = {}
        for position in sorted(parts):
            optimizer = self.groups[position][1]
            if optimizer is not None:
                with origins.scope(f"group_{position + 1}"):
                    members = parts[position]
                    found |= optimizer.updates(members, [gradient[p] for p in members])
        first = {p: found[p] for p in parameters if p in found}
        return {**first, **found}


def _fits(choice: Choice, parameter: Tensor) -> bool:
    if isinstance(choice, str):
        return fnmatchcase(state_of(parameter).name, choice)
    if callable(choice):
        return bool(choice(parameter))
    return any(parameter is other for other in choice)


def _text(choice: Choice) -> str:
    if isinstance(choice, str) or callable(choice):
        return as_text(choice)
    return f"[{_listed([t.name for t in choice])}]"


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
