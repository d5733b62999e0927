"""Prints statements so that Ruff's formatter and Black leave them alone.

In: statements as text, each expression written as a formatter would write it on one line. Out: the
source of a module. No line passes 88 columns, and no formatter set to 88 or to 100 columns changes
one: what must be broken goes one item a line with a comma at the end, which formatters keep at any
setting, or is wider than 100 columns and so is broken alike at both. Where neither will do,
`LineTooLong` tells the caller to make two statements of it.
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from graphc.codegen import names

__all__ = ["LINE_WIDTH", "Event", "LineTooLong", "Writer", "mapping"]

LINE_WIDTH = 88  # no line is wider
WIDEST_SETTING = 100  # what is wider than this is broken at every setting served
_INDENT = "    "

# From loosest to tightest: formatters break before the operators that bind least, and only those.
_PRECEDENCE = ("< > <= >= == !=", "|", "^", "&", "<< >>", "+ -", "* / // % @", "**")
_BINDING = {operator: i for i, group in enumerate(_PRECEDENCE) for operator in group.split()}
_NO_CALL = re.compile(r"(?:^|[^\w)\]])\($")  # ends in a parenthesis that calls nothing
_Bracket = tuple[int, int] | None  # columns of the opening and the closing one


class LineTooLong(ValueError):
    """A statement fits in no line, and no way to break it is stable at both line lengths."""


@dataclass(frozen=True)
class Event:
    """What a writer was asked to write, and the lines that it became.

    Attributes:
        start, stop: the first line, from 0, and the one after the last.
        depth: the indentation, in steps.
        kind: ``"line"``, ``"comment"``, ``"header"``, ``"statement"``, ``"store"`` or ``"loop"``.
        parts: what was written, not broken over lines.
    """

    start: int
    stop: int
    depth: int
    kind: str
    parts: tuple[str, ...]

    def write(self, writer: Writer, parts: Sequence[str]) -> None:
        """Write the same kind of thing with other parts."""
        if self.kind == "comment":
            writer.comment(parts[0], len(parts[1]))
        elif self.kind == "loop":
            writer.loop(parts[:-1], parts[-1])
        elif self.kind == "statement":
            writer.statement(parts[0], parts[1])
        elif self.kind == "store":
            writer.store(parts[0], parts[1])
        elif self.kind == "header":
            writer.header(parts[0])
        else:
            writer.line(parts[0])


class Writer:
    """Source under construction, at some indentation."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._lines: list[str] = []
        self._margin = ""

    @contextmanager
    def indent(self) -> Iterator[None]:
        """Indent what is written within by one step."""
        self._margin += _INDENT
        try:
            yield
        finally:
            self._margin = self._margin.removesuffix(_INDENT)

    @contextmanager
    def at(self, depth: int) -> Iterator[None]:
        """Indent what is written within by so many steps in all."""
        margin, self._margin = self._margin, _INDENT * depth
        try:
            yield
        finally:
            self._margin = margin

    @property
    def count(self) -> int:
        """The number of lines so far."""
        return len(self._lines)

    def only_comments(self, start: int) -> bool:
        """Say whether nothing but comments was written from line ``start`` on."""
        return all(line.lstrip().startswith("#") or not line for line in self._lines[start:])

    def fits(self, text: str) -> bool:
        """Say whether ``text`` fits in one line here."""
        return len(self._margin + text) <= LINE_WIDTH

    def room(self) -> int:
        """The columns that are left for text here."""
        return LINE_WIDTH - len(self._margin)

    def line(self, text: str = "") -> None:
        """Write one line as it is; without text, an empty one.

        Raises:
            LineTooLong: if it does not fit.
            ValueError: if ``text`` holds a line break of any kind.
        """
        self.lines([text])

    def lines(self, texts: Iterable[str]) -> None:
        """Write several lines, each as `line` does."""
        for text in texts:
            self._write([(self._margin + text).rstrip(" ")], "line", text)

    def blank(self, n: int = 1) -> None:
        """Write ``n`` empty lines."""
        self.lines([""] * n)

    def comment(self, text: str, indent: int = 0) -> None:
        """Write ``text`` as a comment, sanitised and wrapped."""
        width = max(LINE_WIDTH - len(self._margin) - len("# ") - indent, 20)
        wrapped = textwrap.wrap(names.comment(text), width, break_on_hyphens=False)
        lines = [f"{self._margin}# {' ' * indent}{part}".rstrip(" ") for part in wrapped or [""]]
        self._write(lines, "comment", text, " " * indent)

    def header(self, title: str) -> None:
        """Write a ruled heading that ends in the last column: ``# ---- forward -----...``."""
        width = LINE_WIDTH - len(self._margin)
        start = f"# ---- {names.comment(title, max_length=max(width - 12, 20))} "
        self._write([self._margin + start.ljust(width, "-")], "header", title)

    def assign(self, target: str, expression: str) -> None:
        """Write ``target = expression``, as `statement` does."""
        self.statement(f"{target} = ", expression)

    def assign_in_steps(
        self, target: str, expression: str, fresh: Callable[[str], str] | None = None
    ) -> None:
        """Write ``target = expression``, as two statements or more where one has no stable form;
        ``a if b else c`` as an if statement.

        Args:
            target: a name.
            expression: what it is assigned.
            fresh: gives a new name for a part, where halves of a chain will not do.

        Raises:
            LineTooLong: if there is no way.
        """
        try:
            self.assign(target, expression)
            return
        except LineTooLong:
            if choice := _choice(expression):
                value, condition, other = choice
                self.line(f"if {condition}:")
                with self.indent():
                    self.assign_in_steps(target, value, fresh)
                self.line("else:")
                with self.indent():
                    self.assign_in_steps(target, other, fresh)
                return
            left, operator, right = _halves(expression)
            whole = f"{target} = {target} {operator} {right}"
            if operator and self.fits(whole) and not re.search(rf"\b{target}\b", right):
                self.assign_in_steps(target, left, fresh)
                self.line(whole)
                return
            part = _longest_name(expression)
            if fresh is None or not part:
                raise
        alias = fresh("part")
        self.assign(alias, part)
        pattern = rf"(?<![\w.]){re.escape(part)}(?!\w)"
        self.assign_in_steps(target, re.sub(pattern, alias, expression), fresh)

    def store(self, target: str, expression: str) -> None:
        """Write ``target[...] = expression``, or a call that does the same and can be broken."""
        if self.fits(f"{target}[...] = {expression}"):
            lines = [f"{self._margin}{target}[...] = {expression}"]
        else:
            lines = _statement(self._margin, "", f"np.copyto({target}, {expression})")
        self._write(lines, "store", target, expression)

    def statement(self, prefix: str, expression: str) -> None:
        """Write ``prefix`` and ``expression``, on one line or on as many as needed.

        ``prefix`` is such as ``"h = "``, ``"h += "`` or ``"return "``, or empty. A call or a
        display that does not fit has its last bracket exploded, one item a line; a chain of
        operators is put in parentheses, one operator a line.

        Raises:
            LineTooLong: if there is no form that a formatter keeps at both line lengths.
            SyntaxError: if ``expression`` is none and does not fit.
        """
        self._write(_statement(self._margin, prefix, expression), "statement", prefix, expression)

    def call(self, prefix: str, func: str, args: Sequence[str], suffix: str = "") -> None:
        """Write ``prefix``, ``func(args)`` and ``suffix`` (such as ``.T``), as `statement` does."""
        self.statement(prefix, f"{func}({', '.join(args)}){suffix}")

    def loop(self, targets: Sequence[str], iterable: str) -> None:
        """Write the head of a loop, its targets one a line if they do not fit."""
        line = f"for {', '.join(targets)} in {iterable}:"
        if self.fits(line):
            lines = [line]
        else:
            lines = ["for (", *(f"{_INDENT}{t}," for t in targets), f") in {iterable}:"]
        self._write([self._margin + line for line in lines], "loop", *targets, iterable)

    def define(self, name: str, arguments: Sequence[str]) -> None:
        """Write the head of a function, its arguments one a line if they do not fit."""
        line = f"def {name}({', '.join(arguments)}):"
        if self.fits(line):
            self.line(line)
            return
        self.line(f"def {name}(")
        with self.indent():
            self.lines(f"{argument}," for argument in arguments)
        self.line("):")

    def text(self) -> str:
        """Return what was written, ending with exactly one newline; empty if nothing was."""
        return "\n".join(self._lines).rstrip("\n") + "\n" * any(self._lines)

    def _write(self, lines: list[str], kind: str, *parts: str) -> None:
        for line in lines:
            if line and line.splitlines() != [line]:
                raise ValueError(f"more than one line: {line!r}")
            if len(line) > LINE_WIDTH:
                raise _too_long(line)
        start = self.count
        self._lines += lines
        depth = len(self._margin) // len(_INDENT)
        self.events.append(Event(start, self.count, depth, kind, parts))


def mapping(writer: Writer, prefix: str, items: list[tuple[str, str]], suffix: str) -> None:
    """Write a display: ``prefix`` ends in its opening bracket, ``suffix`` starts with the closing.

    Each item is a key and a value: ``key: value`` between braces, otherwise ``key=value``, or the
    value alone if the key is empty. One value in parentheses that call nothing makes a tuple.
    Raises `LineTooLong` as `Writer.statement` does, and for a tuple of one that does not fit.
    """
    separator = ": " if prefix.endswith("{") else "="
    texts = [f"{key}{separator}{value}" if key else value for key, value in items]
    comma = "," if len(texts) == 1 and _NO_CALL.search(prefix) else ""
    before, space, start = prefix.rpartition(" ")
    writer.statement(before + space, f"{start}{', '.join(texts)}{comma}{suffix}")


def _statement(margin: str, prefix: str, text: str) -> list[str]:
    flat = f"{margin}{prefix}{text}"
    if len(flat) <= LINE_WIDTH:
        return [flat]
    ast.parse(text, mode="eval")  # for the error, if it is no expression
    operators, bracket = _breaks(text)
    # Formatters hug a bracket at either end, `h = 1.0 - np.add(`, unless there are more operators
    # than one; what else is wide they parenthesise.
    inside = operators and text[0] not in "([{" and text[-1] not in ")]}"
    if len(operators) < 2 and not inside and re.search(r"[(\[{]", text):
        return _explode(margin, prefix, text, bracket)
    if len(flat) <= WIDEST_SETTING:
        raise _too_long(flat)
    body = [margin + _INDENT + text]
    if len(body[0]) > LINE_WIDTH:
        body = _chain(margin + _INDENT, "", text, operators)
    return [f"{margin}{prefix}(", *body, f"{margin})"]


def _item(margin: str, text: str) -> list[str]:
    """Lay out one item of an exploded bracket, with its comma."""
    flat = f"{margin}{text},"
    if len(flat) <= LINE_WIDTH:
        return [flat]
    # Of `out=value` and `key: value` only the value can be broken.
    sign = next((token for token in _outer_tokens(text) if token.string in ("=", ":")), None)
    value = text[sign.end[1] :].lstrip() if sign else text
    lead = text[: len(text) - len(value)]
    operators, bracket = _breaks(value)
    if not operators:
        return _explode(margin, lead, value, bracket, ",")
    return _chain(margin, lead, value, operators, ",")


def _chain(margin: str, lead: str, text: str, operators: list[int], end: str = "") -> list[str]:
    """Break a chain before each of its operators; there are brackets around it already."""
    flat = f"{margin}{lead}{text}{end}"
    in_dict = lead.endswith(": ")  # there, formatters disagree about parentheses
    if in_dict or not operators or len(flat) <= WIDEST_SETTING:
        raise _too_long(flat)
    parts = [text[a:b].rstrip() for a, b in pairwise([0, *operators, len(text)])]
    return [margin + part for part in (lead + parts[0], *parts[1:-1], parts[-1] + end)]


def _explode(margin: str, lead: str, text: str, bracket: _Bracket, end: str = "") -> list[str]:
    """Put the items of a bracket on lines of their own."""
    flat = f"{margin}{lead}{text}{end}"
    if bracket is None:
        raise _too_long(flat)
    start, stop = bracket
    opening, closing = f"{margin}{lead}{text[: start + 1]}", f"{margin}{text[stop:]}{end}"
    items = _split(text[start + 1 : stop])
    # A comma after the only item in mere parentheses would make a tuple of it.
    if len(items) < (2 if _NO_CALL.search(opening) else 1):
        raise _too_long(flat)
    return [opening, *(line for item in items for line in _item(margin + _INDENT, item)), closing]


def _breaks(text: str) -> tuple[list[int], _Bracket]:
    """Return where ``text`` can be broken: at the operators that bind least, or in a bracket."""
    tokens = _outer_tokens(text)
    if any(keyword.iskeyword(token.string) for token in tokens):  # `a if b else c`, `lambda`, ...
        raise LineTooLong(f"no stable way to break: {text}")
    # What comes after an operand is an infix operator, a call or a subscript.
    operand = [token.type != tokenize.OP or _is_one_of(token, ")]}") for token in tokens]
    placed = list(zip(tokens, [False, *operand], strict=False))
    infix = [t for t, after in placed if after and t.string in _BINDING]
    loosest = min((_BINDING[t.string] for t in infix), default=0)
    operators = [t.start[1] for t in infix if _BINDING[t.string] == loosest]
    # The brackets of the last operand, and whether they may be exploded: subscripts may not.
    brackets = [
        (token.start[1], tokens[i + 1].start[1], not after or token.string != "[")
        for i, (token, after) in enumerate(placed)
        if _is_one_of(token, "([{") and token.start[1] > max(operators, default=-1)
    ]
    explodable = [(start, stop) for start, stop, explodes in brackets if explodes]
    if explodable:
        start, stop = explodable[-1]
        # With more around the bracket than this, as in method chains, formatters add parentheses.
        at_end = stop == len(text) - 1 and len(brackets) < 3
        if at_end or (not operators and start == brackets[0][0]):
            return operators, (start, stop)
    return operators, None


def _halves(text: str) -> tuple[str, str, str]:
    """Cut a chain before its last operator, if it is computed from the left; else all are empty."""
    operators, _ = _breaks(text)
    if operators:
        sign = re.match(r"(?:\+|-|\*(?!\*)|//?|@) ", text[operators[-1] :])
        if sign:
            cut = operators[-1]
            return text[:cut].rstrip(), sign.group().rstrip(), text[cut + sign.end() :]
    return "", "", ""


def _choice(text: str) -> tuple[str, str, str] | None:
    """The three parts of ``value if condition else other``, without brackets around any."""
    tokens = _outer_tokens(text)
    first = next((t for t in tokens if t.string == "if"), None)
    if first is None:
        return None
    second = next(t for t in tokens if t.string == "else" and t.start > first.start)
    parts = (
        text[: first.start[1]],
        text[first.end[1] : second.start[1]],
        text[second.end[1] :],
    )
    value, condition, other = (_bare(part.strip()) for part in parts)
    return value, condition, other


def _bare(text: str) -> str:
    """An expression without brackets around all of it."""
    outer = _outer_tokens(text)
    whole = len(outer) == 2 and outer[0].string == "(" and outer[1].string == ")"
    return text[1:-1] if whole else text


def _longest_name(text: str) -> str:
    """The longest name of a variable or an attribute in an expression, if it is worth an alias."""
    found = []
    for match in re.finditer(r"(?<![\w.\"'])(?!np\.|math\.)[A-Za-z_][\w.]*(?=(\W|$))", text):
        name = match[0].rpartition(".")[0] if match[1] == "(" else match[0]
        found.append("" if match[1] == "=" else name)
    name = max(found, key=len, default="")
    return name if len(name) > len("part_100") else ""


def _split(text: str) -> list[str]:
    """Split the inside of a bracket at its commas."""
    tokens = _outer_tokens(text)
    if {"for", "lambda"} & {token.string for token in tokens}:  # commas mean something else
        raise LineTooLong(f"no stable way to break: {text}")
    commas = [token.start[1] for token in tokens if token.string == ","]
    items = [text[a + 1 : b].strip() for a, b in pairwise([-1, *commas, len(text)])]
    return [item for item in items if item]


def _outer_tokens(text: str) -> list[tokenize.TokenInfo]:
    """Return the tokens outside all brackets, and the outermost brackets themselves."""
    depth, outer = 0, []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        depth -= _is_one_of(token, ")]}")
        if depth == 0 and token.string:
            outer.append(token)
        depth += _is_one_of(token, "([{")
    return outer


def _is_one_of(token: tokenize.TokenInfo, brackets: str) -> bool:
    return token.type == tokenize.OP and token.string in brackets


def _too_long(line: str) -> LineTooLong:
    return LineTooLong(f"wider than {LINE_WIDTH} columns: {line}")
