"""Symbolic dimensions: integers, named positive sizes, and arithmetic on them.

A dimension is an ``int`` or a :class:`Dim`: a polynomial with integer coefficients over *atoms*.
An atom is a name (``"N"``) or an application of ``//``, ``min`` or ``max`` that does not divide
out.  The normal form is unique, so equal dimensions are equal objects with equal hashes, and
printing gives a Python expression that emitted code uses as it stands.

SymPy's expressions would serve too (`Dim.as_sympy` converts), but they cost 0.2 s to import and
50 us an operation; shapes are compared thousands of times while a graph is built.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from graphc.errors import ShapeError

if TYPE_CHECKING:
    import sympy

DimLike: TypeAlias = "Dim | int"
Atom: TypeAlias = "str | tuple[str, Dim | int, Dim | int]"
Monomial: TypeAlias = tuple[tuple[Any, int], ...]  # ((atom, power), ...), sorted
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Dim:
    """A symbolic dimension in normal form: a sum of integer multiples of products of atoms."""

    __slots__ = ("_hash", "terms")
    terms: tuple[tuple[Monomial, int], ...]

    def __init__(self, terms: tuple[tuple[Monomial, int], ...]) -> None:
        self.terms = terms
        self._hash = hash(("Dim", terms))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dim) and self.terms == other.terms

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        return _print(self)

    def __add__(self, other: DimLike) -> DimLike:
        return _sum([(self, 1), (other, 1)])

    __radd__ = __add__

    def __sub__(self, other: DimLike) -> DimLike:
        return _sum([(self, 1), (other, -1)])

    def __rsub__(self, other: DimLike) -> DimLike:
        return _sum([(other, 1), (self, -1)])

    def __neg__(self) -> DimLike:
        return _sum([(self, -1)])

    def __mul__(self, other: DimLike) -> DimLike:
        return _product(self, other)

    __rmul__ = __mul__

    def __floordiv__(self, other: DimLike) -> DimLike:
        return floordiv(self, other)

    def __rfloordiv__(self, other: DimLike) -> DimLike:
        return floordiv(other, self)

    def __mod__(self, other: DimLike) -> DimLike:
        return self - floordiv(self, other) * other

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names this dimension depends on, sorted."""
        return tuple(sorted(_symbols(self)))

    def as_sympy(self) -> sympy.Expr:
        """The same dimension as a SymPy expression over positive integer symbols."""
        import sympy as sp

        scope: dict[str, Any] = {
            name: sp.Symbol(name, integer=True, positive=True) for name in self.symbols
        }
        scope.update(min=sp.Min, max=sp.Max)
        return sp.sympify(eval(str(self), {"__builtins__": {}}, scope))


def symbol(name: str) -> Dim:
    """The dimension of that name: a positive integer that is known when data arrive."""
    if not _NAME.match(name):
        raise ShapeError(f"'{name}' is no name for a dimension: letters, digits and _ only")
    return Dim(((((name, 1),), 1),))


def dim(value: DimLike | str) -> DimLike:
    """Read a dimension: an int >= 0, a `Dim`, or text such as ``"N"``, ``"2*N"``, ``"T - 1"``.

    Raises:
        ShapeError: for anything else; the text is parsed, never evaluated.
    """
    if isinstance(value, bool):
        raise ShapeError(f"a dimension is an integer or a name, not {value!r}")
    if isinstance(value, Dim):
        return value
    if isinstance(value, str):
        return _parse(value)
    try:
        number = value.__index__()
    except AttributeError:
        raise ShapeError(f"a dimension is an integer or a name, not {value!r}") from None
    if number < 0:
        raise ShapeError(f"a dimension can't be negative: {number}")
    return number


def shape(values: Iterable[DimLike | str] | DimLike | str) -> tuple[DimLike, ...]:
    """Read a shape: a sequence of dimensions, or one dimension for a vector."""
    if isinstance(values, (int, str, Dim)):
        values = (values,)
    return tuple(dim(value) for value in values)


@lru_cache(maxsize=512)
def _parse(text: str) -> DimLike:
    if _NAME.match(text) and text not in ("True", "False"):
        return symbol(text)
    try:
        if not text.isprintable():
            raise ValueError
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ShapeError(
            f"{text[:60]!r} can't be read as a dimension, as 'N' or '2*N' can"
        ) from None

    def walk(node: ast.expr) -> DimLike:
        match node:
            case ast.Name(id=name):
                return symbol(name)
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                return number
            case ast.BinOp(left=left, op=operation, right=right):
                a, b = walk(left), walk(right)
                match operation:
                    case ast.Add():
                        return a + b
                    case ast.Sub():
                        return a - b
                    case ast.Mult():
                        return a * b
                    case ast.FloorDiv():
                        return floordiv(a, b)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -walk(operand)
        raise ShapeError(f"{text[:60]!r}: a dimension is made of names, integers and + - * //")

    return walk(tree)


def _key(atom: Atom) -> tuple[int, str]:
    return (0, atom) if isinstance(atom, str) else (1, _print_atom(atom))


def _monomial_key(monomial: Monomial) -> tuple[Any, ...]:
    degree = sum(power for _, power in monomial)
    return (-degree, tuple((_key(atom), -power) for atom, power in monomial))


def _terms(value: DimLike) -> tuple[tuple[Monomial, int], ...]:
    if isinstance(value, Dim):
        return value.terms
    return (((), int(value)),) if value else ()


def _normal(table: Mapping[Monomial, int]) -> DimLike:
    terms = [(monomial, factor) for monomial, factor in table.items() if factor]
    if not terms:
        return 0
    if len(terms) == 1 and not terms[0][0]:
        return terms[0][1]
    terms.sort(key=lambda term: _monomial_key(term[0]))
    return Dim(tuple(terms))


def _sum(parts: Iterable[tuple[DimLike, int]]) -> DimLike:
    table: dict[Monomial, int] = {}
    for value, sign in parts:
        for monomial, factor in _terms(value):
            table[monomial] = table.get(monomial, 0) + sign * factor
    return _normal(table)


def _product(a: Dim, b: DimLike) -> DimLike:
    if not isinstance(b, Dim):  # a number, which changes neither monomials nor their order
        return Dim(tuple((monomial, m * int(b)) for monomial, m in a.terms)) if b else 0
    table: dict[Monomial, int] = {}
    for left, m in a.terms:
        for right, n in b.terms:
            powers: dict[Any, int] = dict(left)
            for atom, power in right:
                powers[atom] = powers.get(atom, 0) + power
            monomial = tuple(sorted(powers.items(), key=lambda item: _key(item[0])))
            table[monomial] = table.get(monomial, 0) + m * n
    return _normal(table)


def _divide_monomial(monomial: Monomial, by: Monomial) -> Monomial | None:
    powers = dict(monomial)
    for atom, power in by:
        if powers.get(atom, 0) < power:
            return None
        powers[atom] -= power
    return tuple((atom, power) for atom, power in monomial_items(powers) if power)


def monomial_items(powers: Mapping[Any, int]) -> list[tuple[Any, int]]:
    """The atoms and powers of a product, in the order of the normal form."""
    return sorted(powers.items(), key=lambda item: _key(item[0]))


def exact_quotient(a: DimLike, b: DimLike) -> DimLike | None:
    """``a / b`` where it divides out for every value of the names, else None."""
    divisor = _terms(b)
    if not divisor:
        return None
    lead, factor = divisor[0]
    quotient: DimLike = 0
    while head := _terms(a):  # long division; the terms come in a monomial order
        monomial = _divide_monomial(head[0][0], lead)
        if monomial is None or head[0][1] % factor:
            return None
        term = _normal({monomial: head[0][1] // factor})
        quotient, a = quotient + term, a - term * b
    return quotient


def floordiv(a: DimLike, b: DimLike) -> DimLike:
    """``a // b``, divided out where possible."""
    if isinstance(a, int) and isinstance(b, int):
        if b == 0:
            raise ShapeError(f"division of a dimension by zero: {a} // 0")
        return a // b
    quotient = exact_quotient(a, b)
    return quotient if quotient is not None else Dim((((((("//", a, b)), 1),), 1),))


def minimum(a: DimLike, b: DimLike) -> DimLike:
    """The smaller of two dimensions, decided now where that is possible."""
    return _extreme("min", a, b)


def maximum(a: DimLike, b: DimLike) -> DimLike:
    """The larger of two dimensions, decided now where that is possible."""
    return _extreme("max", a, b)


def _extreme(kind: str, a: DimLike, b: DimLike) -> DimLike:
    difference = a - b
    low = lower_limit(difference)
    if low is not None and low >= 0:
        return b if kind == "min" else a
    high = lower_limit(-difference)
    if high is not None and high >= 0:
        return a if kind == "min" else b
    first, second = sorted((a, b), key=str)
    return Dim(((((((kind, first, second)), 1),), 1),))


def lower_limit(value: DimLike) -> int | None:
    """A number that `value` never falls below (every name is at least 1), or None if unknown."""
    return _limits(value)[0]


_Limits: TypeAlias = "tuple[int | None, int | None]"  # None: no limit is known


def _limits(value: DimLike) -> _Limits:
    """The smallest and the largest number that a dimension may be."""
    if isinstance(value, int):
        return value, value
    low: int | None = 0
    high: int | None = 0
    for monomial, factor in value.terms:
        first, last = _monomial_limits(monomial)
        if factor < 0:
            first, last = last, first
        low = None if low is None or first is None else low + factor * first
        high = None if high is None or last is None else high + factor * last
    return low, high


def _monomial_limits(monomial: Monomial) -> _Limits:
    if len(monomial) == 1 and monomial[0][1] == 1:
        return _atom_limits(monomial[0][0])
    low: int | None = 1
    high: int | None = 1
    for atom, power in monomial:
        first, last = _atom_limits(atom)
        if first is None or first < 0:
            return None, None  # a product of what may be negative
        assert low is not None
        low *= first**power
        high = None if high is None or last is None else high * last**power
    return low, high


def _atom_limits(atom: Atom) -> _Limits:
    if isinstance(atom, str):
        return 1, None
    kind, a, b = atom
    (low_a, high_a), (low_b, high_b) = _limits(a), _limits(b)
    lows = [n for n in (low_a, low_b) if n is not None]
    highs = [n for n in (high_a, high_b) if n is not None]
    if kind == "min":
        return min(lows) if len(lows) == 2 else None, min(highs, default=None)
    if kind == "max":
        return max(lows, default=None), max(highs) if len(highs) == 2 else None
    if low_b is None or low_b < 1:
        return None, None
    if low_a is not None:
        low_a = low_a if low_a < 0 else low_a // high_b if high_b is not None else 0
    return low_a, None if high_a is None else max(high_a // low_b, 0 if high_a >= 0 else -1)


def product(values: Iterable[DimLike]) -> DimLike:
    """The product of dimensions: the number of elements of a shape."""
    result: DimLike = 1
    for value in values:
        result = result * value
    return result


def _symbols(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, Dim):
        return {
            name for monomial, _ in value.terms for atom, _ in monomial for name in _symbols(atom)
        }
    if isinstance(value, tuple):
        return _symbols(value[1]) | _symbols(value[2])
    return set()


def symbols(values: Iterable[DimLike]) -> tuple[str, ...]:
    """The names that a shape depends on, sorted."""
    return tuple(sorted({name for value in values for name in _symbols(value)}))


def evaluate(value: DimLike, sizes: Mapping[str, int]) -> int:
    """The number that a dimension stands for, given the value of each name.

    Raises:
        KeyError: for a name that `sizes` lacks.
    """
    if isinstance(value, int):
        return value
    total = 0
    for monomial, factor in value.terms:
        for atom, power in monomial:
            factor *= _evaluate_atom(atom, sizes) ** power
        total += factor
    return total


def _evaluate_atom(atom: Atom, sizes: Mapping[str, int]) -> int:
    if isinstance(atom, str):
        return sizes[atom]
    kind, a, b = atom
    left, right = evaluate(a, sizes), evaluate(b, sizes)
    return (
        left // right if kind == "//" else min(left, right) if kind == "min" else max(left, right)
    )


def _print_atom(atom: Atom) -> str:
    if isinstance(atom, str):
        return atom
    kind, a, b = atom
    if kind != "//":
        return f"{kind}({a}, {b})"
    left = f"({a})" if isinstance(a, Dim) and len(a.terms) > 1 else str(a)
    right = f"({b})" if isinstance(b, Dim) and (len(b.terms) > 1 or b.terms[0][1] != 1) else str(b)
    return f"({left} // {right})"


def _print(value: Dim) -> str:
    text = ""
    for monomial, factor in value.terms:
        atoms = [_print_atom(atom) for atom, power in monomial for _ in range(power)]
        size = abs(factor)
        body = " * ".join([*([str(size)] if size != 1 or not atoms else []), *atoms])
        if not text:
            text = f"-{body}" if factor < 0 else body
        else:
            text += f" - {body}" if factor < 0 else f" + {body}"
    return text


def substitute(value: DimLike, names: Mapping[str, DimLike]) -> DimLike:
    """Replace names by dimensions."""
    if isinstance(value, int):
        return value
    total: DimLike = 0
    for monomial, factor in value.terms:
        part: DimLike = factor
        for atom, power in monomial:
            if isinstance(atom, str):
                base: Dim | int = names.get(atom, symbol(atom))
            else:
                kind, a, b = atom
                left, right = substitute(a, names), substitute(b, names)
                base = floordiv(left, right) if kind == "//" else _extreme(kind, left, right)
            for _ in range(power):
                part = part * base
        total = total + part
    return total
