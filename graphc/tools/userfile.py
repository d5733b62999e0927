"""Programs in a user's file.

In: the path of a Python file that declares networks. Out: the compiled programs in it. The file is
run as an import runs it (its ``if __name__ == "__main__"`` part is not), with its own folder first
on the path.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from graphc.codegen.names import identifier, module_name
from graphc.errors import GraphcError
from graphc.network import Network


class UserFileError(GraphcError):
    """A file that can't be run, or in which there is no program."""


def run_file(path: Path) -> ModuleType:
    """Run a Python file as a module.

    Raises:
        UserFileError: the file is missing, no Python, or raises an error, named by its line.
        GraphcError: as the file's own use of graphc raises it.
    """
    if not path.is_file():
        raise UserFileError(f"{path}: there is no such file")
    if path.suffix != ".py":
        raise UserFileError(f"{path}: expected a Python file (.py)")
    path = path.resolve()
    spec = importlib.util.spec_from_file_location(f"graphc_user_{identifier(path.stem)}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except GraphcError:
        raise
    except (Exception, SystemExit) as error:
        raise UserFileError(f"{_place(error, path)}: {_said(error)}") from error
    finally:
        sys.path.remove(str(path.parent))
    return module


def networks(path: Path, name: str | None = None) -> list[Network]:
    """The compiled programs of a file.

    Those are the networks and programs at the file's top level; if there are none, what its
    function ``build()`` returns: one, or several in a list or a dict.

    Args:
        path: the file.
        name: the one program that is wanted.

    Raises:
        UserFileError: as `run_file`; or there is no program, none of that name, or two that would
            be written to the same file.
    """
    module = run_file(path)
    found = {id(v): v for v in vars(module).values() if isinstance(v, Network)}
    programs = list(found.values()) or _built(module, path)
    if not programs:
        raise UserFileError(
            f"{path}: there is no program in it; compile one at the top level, as"
            " net = gx.compile(...), or in a function build() that returns it"
        )
    modules: dict[str, Network] = {}
    for program in programs:
        other = modules.setdefault(module_name(program.name), program)
        if other is not program:
            raise UserFileError(f"{path}: two programs are called '{program.name}'")
    if name is None:
        return programs
    for program in programs:
        if program.name == name:
            return [program]
    known = ", ".join(p.name for p in programs)
    raise UserFileError(f"{path}: no program is called '{name}', only {known}")


def one_network(path: Path, name: str | None = None) -> Network:
    """The only program of a file, or the one called `name`.

    Raises:
        UserFileError: as `networks`; or there are several and no name was given.
    """
    found = networks(path, name)
    if len(found) > 1:
        known = ", ".join(program.name for program in found)
        raise UserFileError(f"{path}: there are several programs ({known}): choose one by --name")
    return found[0]


def restyled(network: Network, style: str) -> Network:
    """The same program, emitted in another style.

    Raises:
        CompileError: for a style that there is not.
    """
    return Network(
        network.unit,
        replace(network.options, style=style),
        network.graphs,
        network.plans,
        network.hits,
        network.compile_seconds,
        network.algorithms,
        network.declared,
    )


def _built(module: ModuleType, path: Path) -> list[Network]:
    build = getattr(module, "build", None)
    if not inspect.isfunction(build):
        return []
    required = [
        p.name
        for p in inspect.signature(build).parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if required:
        raise UserFileError(f"{path}: build() must take no arguments, but needs {required[0]}")
    try:
        result: Any = build()
    except GraphcError:
        raise
    except (Exception, SystemExit) as error:
        raise UserFileError(f"{_place(error, path)}: {_said(error)}") from error
    several: Iterable[Any] = [result]
    if isinstance(result, Mapping):
        several = result.values()
    elif isinstance(result, (list, tuple)):
        several = result
    programs = list(several)
    for program in programs:
        if not isinstance(program, Network):
            kind = type(program).__name__
            raise UserFileError(f"{path}: build() returned a {kind}, not what gx.compile gives")
    return programs


def _place(error: BaseException, path: Path) -> str:
    """The last line of the user's file that an error went through."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{Path(error.filename).name}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if Path(f.filename).resolve() == path.resolve()]
    return f"{path.name}:{lines[-1]}" if lines else str(path)


def _said(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it ended the process when it was imported ({error.code})"
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
