"""The one place that finds the Jinja templates: in the installed package, else beside it."""

from __future__ import annotations

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


def helper(target: str, name: str) -> str:
    """The source of a helper function that emitted modules carry when they need it."""
    text = (folder() / target / "helpers" / f"{name}.py").read_text(encoding="utf-8")
    position = text.find("def ")
    return text[position:].rstrip() + "\n"
