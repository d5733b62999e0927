"""What the methods of a program are called."""

from __future__ import annotations

from collections.abc import Iterable

from graphc.codegen.names import identifier, shortened
from graphc.errors import NameClashError

# What every module has besides the functions.
_TAKEN = [
    "NAME",
    "FINGERPRINT",
    "INPUTS",
    "TARGETS",
    "OUTPUTS",
    "STATES",
    "state",
    "rng",
    "seed",
    "params",
    "grads",
    "initialise",
    "state_dict",
    "load_state_dict",
    "save",
    "load",
    "_arena",
    "_lay_out",
    "_memory",
    "_replayed",
]


def method_names(program: str, functions: Iterable[str]) -> dict[str, str]:
    """The method that each function becomes.

    Raises:
        NameClashError: when two would be one, or one is what the module has already.
    """
    owners = dict.fromkeys(_TAKEN, "the module itself")
    table = {}
    for key in functions:
        method = shortened(identifier(key), 30)
        parts = (
            f"{method} _{method} _{method}_body _{method}_backward _{method}_update "
            f"_{method}_slots _plan_{method} _check_{method} _launch_{method}"
        )
        for part in parts.split():
            if part in owners:
                raise NameClashError(
                    f"program '{program}': a function can't be called '{key}' here, for "
                    f"{owners[part]} has a '{part}' too"
                )
            owners[part] = f"'{key}'"
        table[key] = method
    return table
