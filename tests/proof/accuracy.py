"""How accurate each elementwise function and its derivatives are in float32, against mpmath.

Run as a script it writes the table of docs/accuracy.md.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import mpmath
import numpy as np

import graphc as gx

TABLE = Path(__file__).resolve().parents[2] / "docs" / "accuracy.md"
START, END = "<!-- table -->", "<!-- end of table -->"
TINY, LARGEST = 2.0**-126, float(np.finfo(np.float32).max)
BOUND = 4.0


@dataclass(frozen=True)
class Subject:
    """A function with its exact counterpart.

    Attributes:
        function: over tensors.
        exact: over mpmath numbers.
        low: the least argument that is tried.
        high: the largest one.
        kinks: arguments whose neighbourhoods are tried; derivatives at themselves are conventions.
        share: the part of its condition number by which the value may be off.
        crosses: whether the first derivative is 0 somewhere away from 0.
    """

    function: object
    exact: object
    low: float = -LARGEST
    high: float = LARGEST
    kinks: tuple = ()
    crosses: bool = False
    share: float = 0.5


def _sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def _softplus(x):
    return mpmath.log1p(mpmath.exp(x))


def _gelu_tanh(x):
    u = mpmath.sqrt(2 / mpmath.pi) * (x + mpmath.mpf("0.044715") * x**3)
    return x * _sigmoid(2 * u)


_SCALE, _ALPHA = mpmath.mpf("1.0507009873554805"), mpmath.mpf("1.6732632423543772")

SUBJECTS = {
    "exp": Subject(gx.exp, mpmath.exp),
    "expm1": Subject(gx.expm1, mpmath.expm1),
    "log": Subject(gx.log, mpmath.log, low=0),
    "log1p": Subject(gx.log1p, mpmath.log1p, low=-1),
    "sqrt": Subject(gx.sqrt, mpmath.sqrt, low=0),
    "rsqrt": Subject(gx.rsqrt, lambda x: 1 / mpmath.sqrt(x), low=0),
    "square": Subject(gx.square, lambda x: x * x, low=-1e18, high=1e18),
    "sin": Subject(gx.sin, mpmath.sin, low=-1e4, high=1e4),
    "cos": Subject(gx.cos, mpmath.cos, low=-1e4, high=1e4),
    "erf": Subject(gx.erf, mpmath.erf),
    "normal_cdf": Subject(gx.normal_cdf, mpmath.ncdf),
    "threshold": Subject(gx.threshold, lambda x: mpmath.mpf(x >= 0), kinks=(0,)),
    "sigmoid": Subject(gx.sigmoid, _sigmoid),
    "log_sigmoid": Subject(gx.log_sigmoid, lambda x: -_softplus(-x)),
    "tanh": Subject(gx.tanh, mpmath.tanh),
    "softplus": Subject(gx.softplus, _softplus),
    "softsign": Subject(gx.softsign, lambda x: x / (1 + abs(x)), kinks=(0,)),
    "relu": Subject(gx.relu, lambda x: max(x, mpmath.mpf(0)), kinks=(0,)),
    "relu6": Subject(gx.relu6, lambda x: min(max(x, mpmath.mpf(0)), mpmath.mpf(6)), kinks=(0, 6)),
    "leaky_relu": Subject(gx.leaky_relu, lambda x: x if x > 0 else x * mpmath.mpf("0.01"), kinks=(0,)),
    "elu": Subject(gx.elu, lambda x: x if x > 0 else mpmath.expm1(x), kinks=(0,)),
    "selu": Subject(gx.selu, lambda x: _SCALE * (x if x > 0 else _ALPHA * mpmath.expm1(x)), kinks=(0,)),
    "silu": Subject(gx.silu, lambda x: x * _sigmoid(x), crosses=True),
    "mish": Subject(gx.mish, lambda x: x * mpmath.tanh(_softplus(x)), crosses=True),
    "gelu": Subject(gx.gelu, lambda x: x * mpmath.ncdf(x), crosses=True),
    "gelu_tanh": Subject(lambda x: gx.gelu(x, approximate="tanh"), _gelu_tanh, crosses=True, share=1),
    "hard_sigmoid": Subject(gx.hard_sigmoid, lambda x: min(max(x + 3, mpmath.mpf(0)), mpmath.mpf(6)) / 6, kinks=(-3, 3)),
    "hard_swish": Subject(gx.hard_swish, lambda x: x * min(max(x + 3, mpmath.mpf(0)), mpmath.mpf(6)) / 6, kinks=(-3, 3), crosses=True),
    "abs": Subject(gx.abs, abs, kinks=(0,)),
}  # fmt: skip


@lru_cache(maxsize=64)
def grid(low, high, kinks):
    """Arguments: every exponent of float32 with both signs and several mantissas, more of them where
    exponentials move, zeros, the smallest and the largest, and the neighbours of kinks."""
    rng = np.random.default_rng(11)
    exponents = np.repeat(np.arange(-149, 128), 2)
    wide = np.ldexp(rng.uniform(1, 2, exponents.size), exponents)
    near = np.concatenate([rng.uniform(0, 6, 500), rng.uniform(0, 110, 300)])
    edges = [0.0, 2.0**-149, TINY, 1.0, 2.0**-24, 17.0, 88.0, 88.73, 103.9, 104.0, LARGEST]
    size = np.concatenate([wide, near, edges])
    with np.errstate(over="ignore"):
        x = np.concatenate([size, -size]).astype(np.float32)
    for kink in kinks:
        at = np.float32(kink)
        x = np.append(x, [at, np.nextafter(at, np.float32(9)), np.nextafter(at, np.float32(-9))])
    keep = np.isfinite(x) & (x >= low) & (x <= high)
    return np.unique(x[keep & ~((x == low) & (low > -2))])


def exact_values(subject, x):
    """Value, derivatives and the condition number of each, as (value, condition) of each order.

    Derivatives are quotients of differences at a precision where their error does not count.
    """
    rows = []
    with mpmath.workprec(360):
        for v in map(float, x):
            at = mpmath.mpf(v)
            # Steps do not cross a kink, or the end of the domain.
            inner = subject.kinks or subject.low == 0
            scale = abs(at) if inner else max(abs(at), mpmath.ldexp(1, -20))
            h = mpmath.ldexp(scale or mpmath.mpf(1), -50)
            rows.append(_taylor(subject, at, h))
    return rows


def _taylor(subject, at, h):
    f = subject.exact
    low, here, high = f(at - h), f(at), f(at + h)
    far_low, far_high = f(at - 2 * h), f(at + 2 * h)
    first = (8 * (high - low) - (far_high - far_low)) / (12 * h)
    second = (16 * (high + low) - (far_high + far_low) - 30 * here) / (12 * h * h)
    third = (far_high - 2 * high + 2 * low - far_low) / (2 * h**3)
    return here, first, second, third


def measured(subject):
    """The value and the derivatives that the emitted module gives on the grid."""
    array = grid(subject.low, subject.high, subject.kinks)
    x = gx.input("x", array.shape)
    results = [subject.function(x)]
    for _ in range(2):
        results += gx.grad(gx.sum(results[-1]), [x], unconnected="zeros")
    # A function each: beside a tanh its derivative would be computed from it.
    functions = [gx.function([x], [result], style="planned") for result in results]
    with np.errstate(all="ignore"):
        return array, [function(array)[0] for function in functions]


def ulp(value):
    """The distance of float32 numbers about a value that is not below the normal numbers."""
    return mpmath.ldexp(1, max(mpmath.frexp(value)[1] - 24, -149))


def errors(subject, got, exact, x, order):
    """For each argument the error in ulps, less what is allowed for its condition number.

    The condition number |x f'(x) / f(x)| says by how many ulps the result moves when the argument
    moves by one; half of it is what rounding the argument has cost already. A derivative that crosses
    0 is a sum of two terms, which cancel: four ulps more are allowed, or four times its condition
    number. Below the smallest normal number an error smaller than that number counts as none.
    """
    found = np.zeros(len(x))
    for i, row in enumerate(exact):
        want, slope = row[order], row[order + 1]
        if abs(want) > LARGEST:
            continue
        if not np.isfinite(got[i]):
            found[i] = np.inf
            continue
        gap = abs(mpmath.mpf(float(got[i])) - want)
        if gap == 0 or (abs(want) < TINY and gap < TINY):
            continue
        if order == 2 and gap < 2.0**-21:
            continue  # second derivatives: 4 ulps of 1 are close enough
        condition = abs(float(x[i]) * slope / want) if want else mpmath.mpf(0)
        allowed = condition * subject.share
        if subject.crosses and order == 1:
            allowed = 4 * max(condition, 1)
        found[i] = float(max(gap / ulp(max(abs(want), TINY)) - allowed, 0))
    return found


def worst(name):
    """The largest counted errors of a function: value, derivative, second derivative."""
    subject = SUBJECTS[name]
    x, results = measured(subject)
    exact = exact_values(subject, x)
    at_kink = np.isin(x, np.array(subject.kinks, np.float32))
    found = []
    for order, got in enumerate(results):
        each = errors(subject, got, exact, x, order)
        found.append(each[~at_kink].max() if order else each.max())
    return found


def table():
    """The rows of docs/accuracy.md."""
    lines = ["| function | value | derivative | second derivative |", "|---|---|---|---|"]
    for name in SUBJECTS:
        cells = " | ".join(f"{error:.1f}" for error in worst(name))
        lines.append(f"| `{name}` | {cells} |")
    return "\n".join(lines)


if __name__ == "__main__":
    text = TABLE.read_text(encoding="utf-8")
    before, rest = text.split(START)
    _, after = rest.split(END)
    TABLE.write_text(f"{before}{START}\n{table()}\n{END}{after}", encoding="utf-8")
