"""Reductions by the threads that share a row, as functions that row kernels call."""

from __future__ import annotations

WIDTH, DEPTH = 8, 64  # a block of columns: so many side by side, so many threads for each

_FLOAT16 = """\
// Half precision: what lies in memory; variables are float.
#include <cupy/float16.cuh>
"""
_EXTREMES = {
    "larger": """\
// The larger of two; NaN if one is.
template <typename T> __device__ T larger(T x, T y) { return x < y || y != y ? y : x; }
""",
    "smaller": """\
// The smaller of two; NaN if one is.
template <typename T> __device__ T smaller(T x, T y) { return x > y || y != y ? y : x; }
""",
}
# How two values are put together; not by && and ||, for every thread has to give its own.
_TOGETHER = {
    "sum": ("sum", "{0} + {1}"),
    "prod": ("product", "{0} * {1}"),
    "max": ("largest value", "larger({0}, {1})"),
    "min": ("smallest value", "smaller({0}, {1})"),
    "any": ("disjunction", "{0} | {1}"),
    "all": ("conjunction", "{0} & {1}"),
}
# How a thread adds an element to what it has.
TAKES_IN = {
    "sum": "{0} += {1};",
    "prod": "{0} *= {1};",
    "max": "{0} = larger({0}, {1});",
    "min": "{0} = smaller({0}, {1});",
    "any": "{0} = {0} || {1};",
    "all": "{0} = {0} && {1};",
}
_NEEDS = {"max": "larger", "min": "smaller"}


def _warp(name: str, what: str, combine: str) -> str:
    both = combine.format("value", "__shfl_xor_sync(0xffffffffu, value, step)")
    return f"""\
// The {what} over the threads of a warp, for each of them.
template <typename T> __device__ T warp_{name}(T value) {{
  for (int step = 16; step; step /= 2)
    value = {both};
  return value;
}}
"""


def _block(name: str, what: str, combine: str) -> str:
    return f"""\
// The {what} over the threads of a block, for each of them.
template <typename T> __device__ T block_{name}(T value) {{
  __shared__ T parts[32];
  value = warp_{name}(value);
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  value = parts[0];
  for (int warp = 1; warp < blockDim.x / 32; ++warp)
    value = {combine.format("value", "parts[warp]")};
  __syncthreads();
  return value;
}}
"""


def _column(name: str, what: str, combine: str) -> str:
    both = combine.format("parts[threadIdx.x]", f"parts[threadIdx.x + step * {WIDTH}]")
    return f"""\
// The {what} over the threads of a column, for each of them.
template <typename T> __device__ T column_{name}(T value) {{
  __shared__ T parts[{WIDTH * DEPTH}];
  parts[threadIdx.x] = value;
  for (int step = {DEPTH // 2}; step; step /= 2) {{
    __syncthreads();
    if (threadIdx.x < step * {WIDTH})
      parts[threadIdx.x] = {both};
  }}
  __syncthreads();
  value = parts[threadIdx.x % {WIDTH}];
  __syncthreads();
  return value;
}}
"""


def _functions() -> dict[str, str]:
    found = {"float16": _FLOAT16, **_EXTREMES}
    for name, (what, combine) in _TOGETHER.items():
        found[f"warp_{name}"] = _warp(name, what, combine)
        found[f"block_{name}"] = _block(name, what, combine)
        found[f"column_{name}"] = _column(name, what, combine)
    return found


FUNCTIONS = _functions()


def combined(function: str) -> list[str]:
    """A function with those that it calls, each after these; one thread needs but the last step."""
    scope, name = function.split("_")
    needed = [_NEEDS[name]] if name in _NEEDS else []
    if scope == "thread":
        return needed
    return [*needed, *([f"warp_{name}"] if scope == "block" else []), function]
