"""The one place that finds the Jinja templates: in the installed package, else beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from graphc.errors import CompileError

if TYPE_CHECKING:
    import jinja2


def folder() -> Path:
    """The folder of the templates.

    Raises:
        CompileError: when the installation lacks them.
    """
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / "templates", package.parent / "templates"):
        if (candidate / "numpy").is_dir():
            return candidate
    raise CompileError(f"graphc's templates are missing beside {package}: install it again")


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The template engine: undefined names are errors, blocks leave no blank lines."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def render(template: str, /, **values: object) -> str:
    """A template filled in."""
    return environment().get_template(template).render(**values)


def helper_names(target: str) -> list[str]:
    """What helper functions there are for a target."""
    places = [folder() / name / "helpers" for name in ("numpy", target)]
    return sorted({path.stem for place in places for path in place.glob("*.py")})


def helpers(target: str, names: Iterable[str]) -> list[str]:
    """The sources of helper functions that emitted modules carry when they need them, by name,
    with those that they call themselves; a target has those of NumPy but for its own."""
    places = [folder() / name / "helpers" for name in ("numpy", target)]
    known = {path.stem: path for place in places for path in place.glob("*.py")}
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        text = known[name].read_text(encoding="utf-8")
        _, start, rest = re.split(r"^(@|def )", text, maxsplit=1, flags=re.M)
        found[name] = (start + rest).rstrip() + "\n"
        waiting += [other for other in re.findall(r"\b_(\w+)\(", text) if other in known]
    return [found[name] for name in sorted(found)]


def shares(target: str, names: Iterable[str]) -> bool:
    """Whether any of some helper functions shares its loop among threads."""
    return any("_share(" in text for text in helpers(target, names))
