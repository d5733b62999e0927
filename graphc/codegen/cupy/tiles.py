"""The transforms of Winograd's algorithm for one line of a tile, as functions that its kernels call.

A filter of r numbers and m outputs are coefficients of polynomials, whose product is known by its values at
n = m + r - 1 points, the last at infinity: ``s = V_n^-1 ((V_r g) * (V_m h))`` with V_k from k coefficients
to values.  Transposed, that is what the filter makes of n inputs d (S. Winograd, 1980):
``y = V_m^T ((V_r g) * (V_n^-T d))``.  All numbers are exact here, and rounded where they are printed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from fractions import Fraction

WIDTH = 80  # of a line of code
POINTS = [Fraction(p) for p in ("0", "1", "-1", "1/2", "-2")]
SIZES = {4: (2, 3), 6: (3, 4)}  # points, and for how many coefficients there are transforms
Matrix = list[list[Fraction]]


def values(n: int, k: int) -> Matrix:
    """From k coefficients to values at n points."""
    finite = [[p**power for power in range(k)] for p in POINTS[: n - 1]]
    return [*finite, [Fraction(power == k - 1) for power in range(k)]]


def transposed(matrix: Matrix) -> Matrix:
    """The transpose."""
    return [list(column) for column in zip(*matrix, strict=True)]


def inverse(matrix: Matrix) -> Matrix:
    """The inverse, by Gauss and Jordan."""
    n = len(matrix)
    rows = [[*row, *(Fraction(i == j) for j in range(n))] for i, row in enumerate(matrix)]
    for k in range(n):
        pivot = next(i for i in range(k, n) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(n):
            if i != k:
                rows[i] = [a - rows[i][k] * b for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[n:] for row in rows]


def inputs_name(n: int) -> str:
    """The function that transforms n inputs."""
    return f"winograd_inputs_{n}"


def values_name(n: int, k: int) -> str:
    """The function that takes k coefficients to values at n points."""
    return f"winograd_values_{n}_{k}"


def back_name(n: int, k: int) -> str:
    """The function that takes n products to k outputs."""
    return f"winograd_back_{n}_{k}"


def _sum(row: Sequence[Fraction]) -> str:
    """A sum of multiples of the numbers of a line."""
    text = ""
    for factor, name in zip(row, "abcdef", strict=False):
        if not factor:
            continue
        size = abs(factor)
        term = name if size == 1 else f"T({float(size)!r}) * {name}"
        sign = "-" if factor < 0 else "+"
        text += f" {sign} {term}" if text else f"{'-' if factor < 0 else ''}{term}"
    return text


def _line(name: str, what: str, matrix: Matrix) -> str:
    """A function that applies a matrix to numbers so many steps apart, in place."""

    def at(k: int) -> str:
        return ("v[0]", "v[step]")[k] if k < 2 else f"v[{k} * step]"

    given = ", ".join(f"{'abcdef'[k]} = {at(k)}" for k in range(len(matrix[0])))
    lines = [f"{at(k)} = {_sum(row)};" for k, row in enumerate(matrix)]
    body = "\n".join(
        textwrap.fill(line, WIDTH, initial_indent="  ", subsequent_indent="      ")
        for line in (f"const T {given};", *lines)
    )
    return f"""\
// {what}
template <typename T> __device__ void {name}(T* v, int step) {{
{body}
}}
"""


def _functions() -> dict[str, str]:
    found = {}
    for n, counts in SIZES.items():
        name = inputs_name(n)
        what = f"{n} inputs of a line, to be multiplied by a filter's values."
        found[name] = _line(name, what, transposed(inverse(values(n, n))))
        for k in counts:
            name = values_name(n, k)
            what = f"{k} coefficients of a line as values at {n} points."
            found[name] = _line(name, what, values(n, k))
            name = back_name(n, k)
            what = f"{n} products of a line as {k} outputs."
            found[name] = _line(name, what, transposed(values(n, k)))
    return found


FUNCTIONS = _functions()
