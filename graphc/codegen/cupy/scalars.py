"""Scalar code: what an elementwise op is in CUDA C++, on one element.

In: a node and its operands as C++ expressions. Out: an expression with its precedence, which is
Python's (:mod:`graphc.ops.base`), for C++ orders these operators alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphc.errors import CompileError
from graphc.ir import types
from graphc.ir.node import Node
from graphc.ops.base import ATOM, COMPARE, OR, PRODUCT, SUM, TERNARY, UNARY

# What a variable of each element type is computed in: half precision in float.
VARIABLE = {
    "bool": "bool",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long long",
    "uint8": "unsigned char",
    "uint16": "unsigned short",
    "uint32": "unsigned int",
    "uint64": "unsigned long long",
    "float16": "float",
    "bfloat16": "float",
    "float32": "float",
    "float64": "double",
}

_AND, _OR = OR + 1, OR  # C++ has && above ||, both below comparisons

# Templates with the precedence of the whole and of each operand. Where an operand occurs twice it
# is an atom: a name or a number.
_INFIX: dict[str, tuple[str, int, tuple[int, ...]]] = {
    "add": ("{0} + {1}", SUM, (SUM, SUM + 1)),
    "subtract": ("{0} - {1}", SUM, (SUM, SUM + 1)),
    "multiply": ("{0} * {1}", PRODUCT, (PRODUCT, PRODUCT + 1)),
    "divide": ("{0} / {1}", PRODUCT, (PRODUCT, PRODUCT + 1)),
    "negative": ("-{0}", UNARY, (ATOM,)),
    "square": ("{0} * {0}", PRODUCT, (ATOM,)),
    "apply_mask": ("{0} * {1}", PRODUCT, (PRODUCT, PRODUCT + 1)),
    "known_labels": ("{0} * {1}", PRODUCT, (PRODUCT, PRODUCT + 1)),
    "sign": ("{0} > 0 ? 1 : {0} < 0 ? -1 : {0}", TERNARY, (ATOM,)),
    "where": ("{0} ? {1} : {2}", TERNARY, (COMPARE, COMPARE, COMPARE)),
    "greater": ("{0} > {1}", COMPARE, (SUM, SUM)),
    "greater_equal": ("{0} >= {1}", COMPARE, (SUM, SUM)),
    "less": ("{0} < {1}", COMPARE, (SUM, SUM)),
    "less_equal": ("{0} <= {1}", COMPARE, (SUM, SUM)),
    "equal": ("{0} == {1}", COMPARE, (SUM, SUM)),
    "not_equal": ("{0} != {1}", COMPARE, (SUM, SUM)),
    "matches": ("{0} == {1}", COMPARE, (SUM, SUM)),
    "logical_and": ("{0} && {1}", _AND, (COMPARE, COMPARE)),
    "logical_or": ("{0} || {1}", _OR, (COMPARE, COMPARE)),
    "logical_xor": ("{0} != {1}", COMPARE, (SUM, SUM)),
    "logical_not": ("!{0}", UNARY, (ATOM,)),
}

_CALLS = {
    "exp": "exp",
    "expm1": "expm1",
    "log": "log",
    "log1p": "log1p",
    "sqrt": "sqrt",
    "sin": "sin",
    "cos": "cos",
    "tanh": "tanh",
    "floor": "floor",
    "abs": "abs",
    "power": "pow",
    "erf": "erf",
    "normal_cdf": "normcdf",
    "truncated_gauss": "truncated_gauss",  # of the functions below
}

# Operands that a template may mention twice: long ones get a name first.
REPEATED = ("square", "sign", "maximum", "minimum", "clip")

# Functions that CUDA lacks, put before the kernels that call them.
PREAMBLES = {
    "floor_divide": """\
// The quotient rounded down, as Python's //.
template <typename T> __device__ T floor_divide(T x, T y) {
  T remainder = fmod(x, y);
  T quotient = (x - remainder) / y;
  if (y == 0) return x / y;
  if (remainder != 0 && (remainder < 0) != (y < 0)) quotient -= 1;
  return quotient == 0 ? T(0) * (x / y) : floor(quotient + T(0.5));
}
""",
    "floor_divide_int": """\
// The quotient rounded down, as Python's //; 0 where the divisor is.
template <typename T> __device__ T floor_divide(T x, T y) {
  if (y == 0) return 0;
  return x / y - (x % y != 0 && (x % y < 0) != (y < 0));
}
""",
    "remainder": """\
// The remainder with the sign of the divisor, as Python's %.
template <typename T> __device__ T modulo(T x, T y) {
  T r = fmod(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
""",
    "remainder_int": """\
// The remainder with the sign of the divisor, as Python's %; 0 where the divisor is.
template <typename T> __device__ T modulo(T x, T y) {
  if (y == 0) return 0;
  T r = x % y;
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
""",
    "power_int": """\
// A whole power by squaring.
template <typename T> __device__ T power(T x, T n) {
  T result = 1;
  for (; n > 0; n >>= 1, x *= x) if (n & 1) result *= x;
  return result;
}
""",
    "truncated_gauss": """\
// The quantile of the standard normal distribution cut off at -2 and 2.
template <typename T> __device__ T truncated_gauss(T u) {
  T low = normcdf(T(-2)), z = normcdfinv(low + u * (T(1) - 2 * low));
  return z < T(-2) ? T(-2) : z > T(2) ? T(2) : z;
}
""",
    "to_bfloat16": """\
// The bits of the nearest bfloat16, the upper half of a float; ties to even.
__device__ unsigned short to_bfloat16(float x) {
  unsigned int bits = __float_as_uint(x);
  return x == x ? (bits + 0x7FFF + (bits >> 16 & 1)) >> 16 : 0x7FFF;
}
""",
    "philox": """\
// Philox4x32-10 (J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): the draw
// number `draw` of element `index` in stream `key`, as 64 random bits.
__device__ unsigned long long philox(unsigned long long key, unsigned long long draw,
                                     unsigned long long index) {
  unsigned int c0 = index, c1 = index >> 32, c2 = draw, c3 = draw >> 32;
  unsigned int k0 = key, k1 = key >> 32;
  for (int round = 0; round < 10; ++round) {
    unsigned long long a = 0xD2511F53ull * c0, b = 0xCD9E8D57ull * c2;
    c0 = (unsigned int)(b >> 32) ^ c1 ^ k0;
    c2 = (unsigned int)(a >> 32) ^ c3 ^ k1;
    c1 = (unsigned int)b;
    c3 = (unsigned int)a;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return (unsigned long long)c1 << 32 | c0;
}
""",
    "uniform": """\
// Uniform on [0, 1): as many random bits as the type has digits.
__device__ double uniform(unsigned long long bits) {
  return (bits >> 11) * 1.1102230246251565e-16;  // 2^-53
}
__device__ float uniformf(unsigned long long bits) {
  return ((unsigned int)bits >> 8) * 5.9604645e-08f;  // 2^-24
}
""",
    "gauss": """\
// Standard normal (G. Box and M. Muller, 1958), from two uniform numbers of 32 bits.
__device__ double gauss(unsigned long long bits) {
  const double unit = 2.3283064365386963e-10;  // 2^-32
  double u = ((bits & 0xFFFFFFFFull) + 1) * unit, v = (bits >> 32) * unit;
  return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}
__device__ float gaussf(unsigned long long bits) {
  const float unit = 2.3283064e-10f;  // 2^-32
  float u = ((unsigned int)bits + 1.0f) * unit, v = (unsigned int)(bits >> 32) * unit;
  return sqrtf(-2 * logf(u)) * cosf(6.2831853f * v);
}
""",
}


def literal(value: Any, dtype: str, given: str = "") -> str:
    """A number in C++: ``0.5f``, ``3``, ``true``; one that was `given` in a shorter type is as a
    person would write it.

    Raises:
        CompileError: for an element type that kernels do not have.
    """
    if dtype not in VARIABLE:
        raise CompileError(f"cupy: a kernel can't compute with {dtype}")
    if dtype == "bool":
        return "true" if value else "false"
    if not types.is_float(dtype):
        return f"{int(value)}" + ("ll" if abs(int(value)) >= 2**31 else "")
    end = "" if dtype == "float64" else "f"
    single = dtype != "float64" or given in ("float16", "float32")
    number = float(np.asarray(value, "float32" if single else "float64"))
    if math.isnan(number):
        return f"(0.0{end} / 0.0{end})"
    if math.isinf(number):
        return f"({'-' if number < 0 else ''}1.0{end} / 0.0{end})"
    text = str(np.float32(number)) if single else repr(number)
    if "." not in text and "e" not in text:
        text += ".0"
    return f"{text}{end}"


def expression(
    node: Node, args: Sequence[tuple[str, int]], literals: Sequence[bool], dtype: str
) -> tuple[str, int]:
    """An elementwise node as an expression.

    Args:
        node: what is computed.
        args: its operands, with their precedence.
        literals: which of them are numbers, and so no NaN.
        dtype: the element type that it computes in; of a cast, that it computes.

    Raises:
        CompileError: for an op that has no scalar code, with the user's line.
    """
    name = node.op.name
    if name in ("copy", "sum", "prod", "max", "min"):  # the reductions, of one number
        return args[0]
    if name in ("any", "all"):
        return f"{_tight(args[0], SUM)} != 0", COMPARE
    if name == "cast":
        return _cast(node, args[0], dtype)
    if name in ("maximum", "minimum"):
        return _extreme(name, args, literals)
    if name == "clip":
        x, low, high = (_tight(a, ATOM) for a in args)
        return f"{x} < {low} ? {low} : {x} > {high} ? {high} : {x}", TERNARY
    if name == "position":
        return _position(node, args)
    whole = types.is_integer(dtype)
    if name in ("floor_divide", "remainder") or (name == "power" and whole):
        called = {"remainder": "modulo"}.get(name, name)
        kind = VARIABLE[dtype]
        return f"{called}<{kind}>({args[0][0]}, {args[1][0]})", ATOM
    if name in _INFIX:
        template, precedence, operands = _INFIX[name]
        texts = [_tight(a, least) for a, least in zip(args, operands, strict=True)]
        return template.format(*texts), precedence
    if name == "floor" and whole:
        return args[0]
    if name in _CALLS:
        return f"{_CALLS[name]}({', '.join(text for text, _ in args)})", ATOM
    raise CompileError(f"cupy: '{name}' at {node.origin} has no scalar code for kernels")


def preambles(node: Node, dtype: str) -> list[str]:
    """The functions that a node's expression calls besides those of CUDA."""
    whole = types.is_integer(dtype)
    name = node.op.name
    if name in ("floor_divide", "remainder"):
        return [f"{name}_int" if whole else name]
    if name == "power" and whole:
        return ["power_int"]
    if name == "truncated_gauss":
        return [name]
    if name == "random_uniform":
        return ["philox", "uniform"]
    if name == "random_normal":
        return ["philox", "gauss"]
    return []


def _tight(operand: tuple[str, int], least: int) -> str:
    text, precedence = operand
    return f"({text})" if precedence < least else text


def _cast(node: Node, operand: tuple[str, int], target: str) -> tuple[str, int]:
    source = node.inputs[0].dtype
    if target == "bool" and source != "bool":
        return f"{_tight(operand, SUM)} != 0", COMPARE
    if VARIABLE[target] == VARIABLE[source]:
        return operand
    kind = VARIABLE[target]
    return f"({kind}){_tight(operand, ATOM)}", UNARY


def _extreme(
    name: str, args: Sequence[tuple[str, int]], literals: Sequence[bool]
) -> tuple[str, int]:
    """The larger or smaller of two; NaN if one is."""
    sign = "<" if name == "maximum" else ">"
    (x, y), numbers = [_tight(a, ATOM) for a in args], list(literals)
    if numbers[0] and not numbers[1]:
        (x, y), numbers = (y, x), numbers[::-1]
    other = "" if numbers[1] else f" || {y} != {y}"
    return f"{x} {sign} {y}{other} ? {y} : {x}", TERNARY


def _position(node: Node, args: Sequence[tuple[str, int]]) -> tuple[str, int]:
    if len(args) > 1:
        return f"{_tight(args[1], SUM)} + {_tight(args[0], PRODUCT)}", SUM
    stride = node.attrs["stride"]
    if not isinstance(stride, int):
        raise CompileError(f"cupy: 'position' at {node.origin} steps by {stride}")
    return f"{_tight(args[0], PRODUCT)} * {stride}", PRODUCT
