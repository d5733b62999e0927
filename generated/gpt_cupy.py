"""gpt_cupy: emitted by graphc 0.1.0, for a GPU.

It needs CuPy, and an NVIDIA GPU.

Parameters 818,944 in 52 arrays

    from gpt_cupy import GptCupy

    m = GptCupy(seed=0)
    m.train(x, y)     # Returns loss; changes gpt, adamw.
    m.evaluate(x, y)  # Returns loss.
    m.step(...)       # The logits of what follows, and the cache with these posi...
"""

import ctypes
import functools
import os
import re
import signal
import threading
import warnings
from types import SimpleNamespace

import cupy as cp
import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


def _counted(word, number):
    """A word with a number for `#`, and the number and 2 for `#+2`."""
    return re.sub(r"#(?:\+(\d+))?", lambda mark: str(number + int(mark[1] or 0)), word)


def _numbers(text):
    """The numbers of a text.

    `6..12/3` stands for 6 9 12, `7x3` for 7 7 7, `9-2|8x3` for 9 8 7 8 5 8, and
    `1,5..7*2` for 1 5 6 7 1 5 6 7.
    """
    numbers = []
    for word in text.split():
        items, _, times = word.partition("*")
        found = []
        for item in items.split(","):
            item, _, each = item.partition("x")
            turns = [t.partition("+") for t in item.replace("-", "+-").split("|")]
            if len(turns) > 1:
                for k in range(int(each)):
                    found.extend(int(n) + k * int(step or 0) for n, _, step in turns)
                continue
            first, steps, last = item.partition("..")
            values = [int(first) if first.isdigit() else float(first)]
            if steps:
                last, _, step = last.partition("/")
                step = int(step or 1)
                values = range(values[0], int(last) + step // abs(step), step)
            found.extend(value for value in values for _ in range(int(each or 1)))
        numbers.extend(found * int(times or 1))
    return numbers


def _rows(table):
    """The rows of a table that is written by columns, each a name and its numbers."""
    columns, name = {}, ""
    for word in table.split():
        if word.isidentifier():
            name = word
            columns[name] = []
        else:
            columns[name].extend(_numbers(word))
    rows = zip(*columns.values(), strict=True)
    return [SimpleNamespace(**dict(zip(columns, row, strict=True))) for row in rows]


def _states(group, table, suffix=""):
    """Where each state of a table lives: by its name, the group and the attribute."""
    states = {}
    for word in _words(table):
        name, _, attribute = word.partition("=")[0].partition("/")
        attribute = attribute or name.rpartition("~")[2].replace(".", "_")
        states[name.replace("~", "") + suffix] = group, attribute
    return states


def _words(table):
    """The words of a table, with those that stand for several written out."""
    words, numbers, repeated, lead = [], [], [], ""
    for word in table.split():
        if word.endswith(":"):
            numbers = _numbers(word[:-1])
        elif word.endswith("."):
            lead = word
        elif word == ";":
            for number in numbers or [0]:
                words.extend(_counted(each, number) for each in repeated)
            numbers, repeated, lead = [], [], ""
        elif numbers or lead:
            start, brace, rest = word.rpartition("{")
            several, _, end = rest.partition("}")
            ends = [f"{n}{end}" for n in several.split(",")] if brace else [word]
            repeated.extend(f"{lead}{start}{each}" for each in ends)
        else:
            words.append(word)
    return words


def _row_kernel(code, name, rows, threads):
    """A kernel whose blocks take so many rows each, called with the number of rows."""
    kernel = cp.RawKernel(code, name)

    def launch(count, *given):
        kernel((-(-count // rows),), (threads,), (count, *given))

    return launch


def _column_kernel(code, name, width, numbers, dtype=np.float32):
    """A kernel that adds up all rows, called with the number of rows and that of columns.

    Each block takes so many columns of some rows, and leaves so many numbers for each; the last one
    to come adds up what all of them left, always in the same order.
    """
    kernel, spaces = cp.RawKernel(code, name), {}

    def launch(rows, columns, *given):
        tiles = -(-columns // width)
        most = max(1024 // tiles, 1)
        blocks = max(min(-(-rows * width // 2048), most), 1)
        # Each stream has its own; while one is captured, that of the launches before.
        key = cp.cuda.get_current_stream().ptr, columns
        if key not in spaces:
            parts = cp.empty(most * numbers * columns, dtype=dtype)
            spaces[key] = parts, cp.zeros(tiles, dtype=np.uint32)
        args = rows, np.int32(columns), *given, *spaces[key]
        kernel((tiles * blocks,), (256,), args)

    return launch


_LARGER = r"""
// The larger of two; NaN if one is.
template <typename T> __device__ T larger(T x, T y) { return x < y || y != y ? y : x; }
"""

_WARP_SUM = r"""
// The sum over the threads of a warp, for each of them.
template <typename T> __device__ T warp_sum(T value) {
  for (int step = 16; step; step /= 2)
    value = value + __shfl_xor_sync(0xffffffffu, value, step);
  return value;
}
"""

_BLOCK_SUM = r"""
// The sum over the threads of a block, for each of them.
template <typename T> __device__ T block_sum(T value) {
  __shared__ T parts[32];
  value = warp_sum(value);
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  value = parts[0];
  for (int warp = 1; warp < blockDim.x / 32; ++warp)
    value = value + parts[warp];
  __syncthreads();
  return value;
}
"""

_WARP_MAX = r"""
// The largest value over the threads of a warp, for each of them.
template <typename T> __device__ T warp_max(T value) {
  for (int step = 16; step; step /= 2)
    value = larger(value, __shfl_xor_sync(0xffffffffu, value, step));
  return value;
}
"""

_BLOCK_MAX = r"""
// The largest value over the threads of a block, for each of them.
template <typename T> __device__ T block_max(T value) {
  __shared__ T parts[32];
  value = warp_max(value);
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  value = parts[0];
  for (int warp = 1; warp < blockDim.x / 32; ++warp)
    value = larger(value, parts[warp]);
  __syncthreads();
  return value;
}
"""

_COLUMN_TOTAL = r"""
// What a block's rows come to in each of its columns, for all of their threads.
template <typename T> __device__ T joined(T a, T b) { return a + b; }
template <int WIDTH, typename T> __device__ T column_total(T value) {
  __shared__ T parts[256];
  parts[threadIdx.x] = value;
  for (int step = 128; step >= WIDTH; step /= 2) {
    __syncthreads();
    if (threadIdx.x < step)
      parts[threadIdx.x] = joined(parts[threadIdx.x], parts[threadIdx.x + step]);
  }
  __syncthreads();
  value = parts[threadIdx.x % WIDTH];
  __syncthreads();
  return value;
}
// A part of a total, left for the block that adds all of them up.
template <typename T> __device__ void put(volatile T* part, int columns, T value) {
  part[0] = value;
}
template <typename T> __device__ void add(T& value, const volatile T* part, int columns) {
  value += part[0];
}
"""

_LAST_BLOCK = r"""
// Whether no other block of a tile is still to come: what they left can be read. The count of
// those that came begins again at 0.
__device__ bool last_block(unsigned int* came, int blocks) {
  __shared__ bool last;
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    last = atomicAdd(came, 1u) == blocks - 1;
    if (last) *came = 0;
  }
  __syncthreads();
  return last;
}
"""

# out = y[z]
_take = cp.ElementwiseKernel(
    "int64 x, raw float32 y, raw int64 z",
    "float32 out",
    "out = y[z[i / 128] * 128 + i % 128];",
    "take",
)

# characters_inv_std = 1 / sqrt(characters_var_plus)
# characters_hat = (characters - mean) / sqrt(var + 1e-05)
# characters_norm = characters_hat * gamma_2 + beta
_characters_norm_rows = _row_kernel(
    _WARP_SUM
    + r"""
    extern "C" __global__ void characters_norm_rows(
        long long rows, const float* characters, const float* gamma_2,
        const float* beta, float* characters_inv_std, float* characters_hat,
        float* characters_norm) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float characters_i[4];
      float characters_minus_mean[4];
      float characters_sum = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        characters_i[k] = characters[i];
        characters_sum += characters_i[k];
      }
      characters_sum = warp_sum(characters_sum);
      float characters_sum_2 = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        characters_minus_mean[k] = characters_i[k] - characters_sum / 128.0f;
        characters_sum_2 += characters_minus_mean[k] * characters_minus_mean[k];
      }
      characters_sum_2 = warp_sum(characters_sum_2);
      const float characters_inv_std_value = 1.0f / sqrt(characters_sum_2 / 128.0f +
          1e-05f);
      if (lane == 0) characters_inv_std[row] = characters_inv_std_value;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        const float characters_hat_value = characters_minus_mean[k] *
            characters_inv_std_value;
        const float characters_norm_value = characters_hat_value * gamma_2[j] +
            beta[j];
        characters_hat[i] = characters_hat_value;
        characters_norm[i] = characters_norm_value;
      }
    }
    """,
    "characters_norm_rows",
    rows=4,
    threads=128,
)

# out = x + y
_add = cp.ElementwiseKernel(
    "float32 x, float32 y",
    "float32 out",
    "out = x + y;",
    "add",
)

# q_minus_times = q_slice * iota_2_cos - q_slice_2 * iota_2_sin
# q_plus_times = q_slice_2 * iota_2_cos + q_slice * iota_2_sin
# k_minus_times = k_slice * iota_2_cos - k_slice_2 * iota_2_sin
# k_plus_times = k_slice_2 * iota_2_cos + k_slice * iota_2_sin
_k_plus_times = cp.ElementwiseKernel(
    r"""
    float32 q_slice, float32 iota_2_cos, float32 q_slice_2, float32 iota_2_sin,
        float32 k_slice, float32 k_slice_2
    """,
    r"""
    float32 q_minus_times, float32 q_plus_times, float32 k_minus_times,
        float32 k_plus_times
    """,
    r"""
    const float q_minus_times_value = q_slice * iota_2_cos - q_slice_2 * iota_2_sin;
    const float q_plus_times_value = q_slice_2 * iota_2_cos + q_slice * iota_2_sin;
    const float k_minus_times_value = k_slice * iota_2_cos - k_slice_2 * iota_2_sin;
    const float k_plus_times_value = k_slice_2 * iota_2_cos + k_slice * iota_2_sin;
    k_plus_times = k_plus_times_value;
    q_minus_times = q_minus_times_value;
    q_plus_times = q_plus_times_value;
    k_minus_times = k_minus_times_value;
    """,
    "k_plus_times",
)

# out = x * 0.176777
_multiply = cp.ElementwiseKernel(
    "float32 x",
    "float32 out",
    "out = x * 0.17677669f;",
    "multiply",
)

# weights = exp(scores_plus - max over T of scores_plus) / (sum over T of exp(scores_...
_weights_rows = _row_kernel(
    _LARGER
    + _WARP_MAX
    + _BLOCK_MAX
    + _WARP_SUM
    + _BLOCK_SUM
    + r"""
    extern "C" __global__ void weights_rows(
        long long rows, const float* scores_plus, long long size,
        float* weights) {
      const long long row = blockIdx.x;
      const int lane = threadIdx.x;
      float scores_max = -1.0f / 0.0f;
      for (long long j = lane; j < size; j += 128) {
        const long long i = row * size + j;
        scores_max = larger(scores_max, scores_plus[i]);
      }
      scores_max = block_max(scores_max);
      float scores_sum = 0;
      for (long long j = lane; j < size; j += 128) {
        const long long i = row * size + j;
        const float scores_exp = exp(scores_plus[i] - scores_max);
        scores_sum += scores_exp;
      }
      scores_sum = block_sum(scores_sum);
      for (long long j = lane; j < size; j += 128) {
        const long long i = row * size + j;
        const float scores_exp = exp(scores_plus[i] - scores_max);
        weights[i] = scores_exp / scores_sum;
      }
    }
    """,
    "weights_rows",
    rows=1,
    threads=128,
)

# out = x
_copy = cp.ElementwiseKernel(
    "float32 x",
    "float32 out",
    "out = x;",
    "copy",
)

# blocks = characters + (heads_rows_reshape + b_o)
# blocks_1_over_sqrt = 1 / sqrt(blocks_1_over_2 + 1e-05)
# blocks_1_times = (blocks - sum(blocks, axis 2) / 128) * blocks_1_over_sqrt
# norm = blocks_1_times * gamma_2 + beta
_norm_rows = _row_kernel(
    _WARP_SUM
    + r"""
    extern "C" __global__ void norm_rows(
        long long rows, const float* characters,
        const float* heads_rows_reshape, const float* b_o,
        const float* gamma_2, const float* beta, float* blocks,
        float* blocks_1_over_sqrt, float* blocks_1_times, float* norm) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float blocks_value[4];
      float blocks_1_minus_over[4];
      float blocks_1_sum = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        blocks_value[k] = characters[i] + (heads_rows_reshape[i] + b_o[j]);
        blocks_1_sum += blocks_value[k];
      }
      blocks_1_sum = warp_sum(blocks_1_sum);
      float blocks_1_sum_2 = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        blocks_1_minus_over[k] = blocks_value[k] - blocks_1_sum / 128.0f;
        blocks_1_sum_2 += blocks_1_minus_over[k] * blocks_1_minus_over[k];
      }
      blocks_1_sum_2 = warp_sum(blocks_1_sum_2);
      const float blocks_1_over_sqrt_value = 1.0f / sqrt(blocks_1_sum_2 / 128.0f +
          1e-05f);
      if (lane == 0) blocks_1_over_sqrt[row] = blocks_1_over_sqrt_value;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        const float blocks_1_times_value = blocks_1_minus_over[k] *
            blocks_1_over_sqrt_value;
        const float norm_value = blocks_1_times_value * gamma_2[j] + beta[j];
        blocks[i] = blocks_value[k];
        blocks_1_times[i] = blocks_1_times_value;
        norm[i] = norm_value;
      }
    }
    """,
    "norm_rows",
    rows=4,
    threads=128,
)

# z1_clip = clip(norm_2_rows_reshape + b_2, -30, 10)
# z1_square = square(z1_clip)
# z1_plus_exp = 1 + exp(z1_clip * (1.59577 + 0.0713548 * z1_square))
# z1_over_plus_exp = exp(z1_clip * (1.59577 + 0.0713548 * z1_square)) / z1_plus_exp
# h1 = (norm_2_rows_reshape + b_2) * z1_over_plus_exp
_h1 = cp.ElementwiseKernel(
    "float32 norm_2_rows_reshape, float32 b_2",
    r"""
    float32 z1_clip, float32 z1_square, float32 z1_plus_exp,
        float32 z1_over_plus_exp, float32 h1
    """,
    r"""
    const float z1 = norm_2_rows_reshape + b_2;
    const float constant = -30.0f;
    const float z1_clip_value = z1 < constant ? constant : z1 > 10.0f ? 10.0f : z1;
    const float z1_square_value = z1_clip_value * z1_clip_value;
    const float z1_plus = 1.5957692f + 0.071354814f * z1_square_value;
    const float z1_exp = exp(z1_clip_value * z1_plus);
    const float z1_plus_exp_value = 1.0f + z1_exp;
    const float z1_over_plus_exp_value = z1_exp / z1_plus_exp_value;
    h1 = z1 * z1_over_plus_exp_value;
    z1_clip = z1_clip_value;
    z1_square = z1_square_value;
    z1_plus_exp = z1_plus_exp_value;
    z1_over_plus_exp = z1_over_plus_exp_value;
    """,
    "h1",
)

# blocks_4_inv_std = 1 / sqrt(sum(square(blocks_4_minus_mean), axis 2) / 128 + 1e-05)
# blocks_4_hat = blocks_4_minus_mean * blocks_4_inv_std
# blocks_4_norm = blocks_4_hat * gamma_2 + beta
_blocks_4_norm_rows = _row_kernel(
    _WARP_SUM
    + r"""
    extern "C" __global__ void blocks_4_norm_rows(
        long long rows, const float* blocks_3_plus,
        const float* h7_rows_reshape, const float* b_2,
        const float* gamma_2, const float* beta, float* blocks_4_inv_std,
        float* blocks_4_hat, float* blocks_4_norm) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float blocks[4];
      float blocks_4_minus_mean[4];
      float blocks_4_sum = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        blocks[k] = blocks_3_plus[i] + (h7_rows_reshape[i] + b_2[j]);
        blocks_4_sum += blocks[k];
      }
      blocks_4_sum = warp_sum(blocks_4_sum);
      float blocks_4_sum_2 = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        blocks_4_minus_mean[k] = blocks[k] - blocks_4_sum / 128.0f;
        blocks_4_sum_2 += blocks_4_minus_mean[k] * blocks_4_minus_mean[k];
      }
      blocks_4_sum_2 = warp_sum(blocks_4_sum_2);
      const float blocks_4_inv_std_value = 1.0f / sqrt(blocks_4_sum_2 / 128.0f +
          1e-05f);
      if (lane == 0) blocks_4_inv_std[row] = blocks_4_inv_std_value;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        const float blocks_4_hat_value = blocks_4_minus_mean[k] *
            blocks_4_inv_std_value;
        const float blocks_4_norm_value = blocks_4_hat_value * gamma_2[j] + beta[j];
        blocks_4_hat[i] = blocks_4_hat_value;
        blocks_4_norm[i] = blocks_4_norm_value;
      }
    }
    """,
    "blocks_4_norm_rows",
    rows=4,
    threads=128,
)

# logits_minus = log(sum(exp(logits - max(logits, axis 2)), axis 2)) - logits_reshape_2
# d_logits = logits_over_sum + scatter(-1 at iota_5 * 100 + y_reshape) / dimension
_d_logits_rows = _row_kernel(
    _LARGER
    + _WARP_MAX
    + _WARP_SUM
    + r"""
    extern "C" __global__ void d_logits_rows(
        long long rows, const float* logits, const long long* y_reshape,
        float dimension, float* logits_minus, float* d_logits) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float logits_i[4];
      float logits_exp[4];
      float logits_max = -1.0f / 0.0f;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        if (j >= 100) break;
        const long long i = row * 100 + j;
        logits_i[k] = logits[i];
        logits_max = larger(logits_max, logits_i[k]);
      }
      logits_max = warp_max(logits_max);
      float logits_sum = 0;
      float logits_take = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        if (j >= 100) break;
        const float logits_minus_max = logits_i[k] - logits_max;
        logits_exp[k] = exp(logits_minus_max);
        logits_sum += logits_exp[k];
        if (j == y_reshape[row]) logits_take = logits_minus_max;
      }
      logits_sum = warp_sum(logits_sum);
      logits_take = warp_sum(logits_take);
      const float logits_minus_value = log(logits_sum) - logits_take;
      if (lane == 0) logits_minus[row] = logits_minus_value;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        if (j >= 100) break;
        const long long i = row * 100 + j;
        const float y_scatter_elements = logits_exp[k] / logits_sum -
            (j == y_reshape[row] ? 1.0f : 0.0f);
        d_logits[i] = y_scatter_elements / dimension;
      }
    }
    """,
    "d_logits_rows",
    rows=4,
    threads=128,
)

# loss = sum(logits_minus) / dimension
_loss = cp.ReductionKernel(
    "float32 logits_minus, float32 dimension",
    "float32 loss",
    "logits_minus",
    "a + b",
    "loss = a / dimension",
    "0",
    "loss",
    reduce_type="float",
)

# d_gpt_norm_beta = sum(d_blocks_4_norm, axes 0, 1)
# d_gpt_norm_gamma = sum(d_blocks_4_norm * blocks_4_hat, axes 0, 1)
_d_gpt_norm_beta_columns = _column_kernel(
    _COLUMN_TOTAL
    + _LAST_BLOCK
    + r"""
    extern "C" __global__ void d_gpt_norm_beta_columns(
        long long rows, int columns, const float* d_blocks_4_norm,
        const float* blocks_4_hat, float* d_gpt_norm_beta,
        float* d_gpt_norm_gamma, volatile float* parts,
        unsigned int* came) {
      const int tiles = (columns + 31) / 32;
      const int column = blockIdx.x % tiles * 32 + threadIdx.x % 32;
      const int block = blockIdx.x / tiles, blocks = gridDim.x / tiles;
      const int lane = threadIdx.x / 32;
      float d_gpt_norm_beta_total = 0;
      float d_gpt_norm_gamma_total = 0;
      if (column < columns)
        for (long long row = block * 8 + lane; row < rows; row += blocks * 8) {
          const long long i = row * columns + column;
          d_gpt_norm_beta_total += d_blocks_4_norm[i];
          d_gpt_norm_gamma_total += d_blocks_4_norm[i] * blocks_4_hat[i];
        }
      d_gpt_norm_beta_total = column_total<32>(d_gpt_norm_beta_total);
      d_gpt_norm_gamma_total = column_total<32>(d_gpt_norm_gamma_total);
      if (lane == 0 && column < columns) {
        put(parts + block * 2 * columns + column, columns, d_gpt_norm_beta_total);
        put(parts + (block * 2 + 1) * columns + column, columns,
            d_gpt_norm_gamma_total);
      }
      if (!last_block(came + blockIdx.x % tiles, blocks)) return;
      d_gpt_norm_beta_total = {};
      d_gpt_norm_gamma_total = {};
      if (column < columns)
        for (int block = lane; block < blocks; block += 8) {
          add(d_gpt_norm_beta_total, parts + block * 2 * columns + column, columns);
          add(d_gpt_norm_gamma_total, parts + (block * 2 + 1) * columns + column,
              columns);
        }
      d_gpt_norm_beta_total = column_total<32>(d_gpt_norm_beta_total);
      d_gpt_norm_gamma_total = column_total<32>(d_gpt_norm_gamma_total);
      if (lane != 0 || column >= columns) return;
      d_gpt_norm_beta[column] = d_gpt_norm_beta_total;
      d_gpt_norm_gamma[column] = d_gpt_norm_gamma_total;
    }
    """,
    "d_gpt_norm_beta_columns",
    width=32,
    numbers=2,
)

# d_blocks = blocks_4_inv_std * (d_blocks_4_hat_minus_over - blocks_4_hat_times_2)
_d_blocks_rows = _row_kernel(
    _WARP_SUM
    + r"""
    extern "C" __global__ void d_blocks_rows(
        long long rows, const float* d_blocks_4_norm, const float* gamma_2,
        const float* blocks_4_hat, const float* blocks_4_inv_std,
        float* d_blocks) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float blocks_4_hat_i[4];
      float d_blocks_4_hat[4];
      float d_blocks_4_hat_sum = 0;
      float d_blocks_4_hat_sum_2 = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        d_blocks_4_hat[k] = d_blocks_4_norm[i] * gamma_2[j];
        d_blocks_4_hat_sum += d_blocks_4_hat[k];
        blocks_4_hat_i[k] = blocks_4_hat[i];
        d_blocks_4_hat_sum_2 += d_blocks_4_hat[k] * blocks_4_hat_i[k];
      }
      d_blocks_4_hat_sum = warp_sum(d_blocks_4_hat_sum);
      d_blocks_4_hat_sum_2 = warp_sum(d_blocks_4_hat_sum_2);
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        const float d_blocks_4_hat_minus = d_blocks_4_hat[k] - d_blocks_4_hat_sum /
            128.0f - blocks_4_hat_i[k] * (d_blocks_4_hat_sum_2 / 128.0f);
        d_blocks[i] = blocks_4_inv_std[row] * d_blocks_4_hat_minus;
      }
    }
    """,
    "d_blocks_rows",
    rows=4,
    threads=128,
)

# d_z7 = d_h7 * z7_times_plus_3
# blocks_4_feed_forward_up_b = sum(d_z7, axes 0, 1)
_blocks_4_feed_forward_up_b_columns = _column_kernel(
    _COLUMN_TOTAL
    + _LAST_BLOCK
    + r"""
    extern "C" __global__ void blocks_4_feed_forward_up_b_columns(
        long long rows, int columns, const float* d_h7,
        const float* z7_over_plus_exp, const float* z7_clip,
        const float* z7_square, const float* z7_plus_exp, float* d_z7,
        float* blocks_4_feed_forward_up_b, volatile float* parts,
        unsigned int* came) {
      const int tiles = (columns + 31) / 32;
      const int column = blockIdx.x % tiles * 32 + threadIdx.x % 32;
      const int block = blockIdx.x / tiles, blocks = gridDim.x / tiles;
      const int lane = threadIdx.x / 32;
      float feed_forward_up_b_2_total = 0;
      if (column < columns)
        for (long long row = block * 8 + lane; row < rows; row += blocks * 8) {
          const long long i = row * columns + column;
          const float z7_times_plus = z7_clip[i] * (1.5957692f + 0.21406445f *
              z7_square[i]);
          const float d_z7_value = d_h7[i] * (z7_over_plus_exp[i] * (1.0f +
              z7_times_plus / z7_plus_exp[i]));
          feed_forward_up_b_2_total += d_z7_value;
          d_z7[i] = d_z7_value;
        }
      feed_forward_up_b_2_total = column_total<32>(feed_forward_up_b_2_total);
      if (lane == 0 && column < columns) {
        put(parts + block * columns + column, columns, feed_forward_up_b_2_total);
      }
      if (!last_block(came + blockIdx.x % tiles, blocks)) return;
      feed_forward_up_b_2_total = {};
      if (column < columns)
        for (int block = lane; block < blocks; block += 8) {
          add(feed_forward_up_b_2_total, parts + block * columns + column, columns);
        }
      feed_forward_up_b_2_total = column_total<32>(feed_forward_up_b_2_total);
      if (lane != 0 || column >= columns) return;
      blocks_4_feed_forward_up_b[column] = feed_forward_up_b_2_total;
    }
    """,
    "blocks_4_feed_forward_up_b_columns",
    width=32,
    numbers=1,
)

# blocks_4_feed_forward_down_b = sum(d_blocks, axes 0, 1)
_sum_columns = _column_kernel(
    _COLUMN_TOTAL
    + _LAST_BLOCK
    + r"""
    extern "C" __global__ void sum_columns(
        long long rows, int columns, const float* d_blocks,
        float* blocks_4_feed_forward_down_b, volatile float* parts,
        unsigned int* came) {
      const int tiles = (columns + 31) / 32;
      const int column = blockIdx.x % tiles * 32 + threadIdx.x % 32;
      const int block = blockIdx.x / tiles, blocks = gridDim.x / tiles;
      const int lane = threadIdx.x / 32;
      float feed_forward_down_b_2_total = 0;
      if (column < columns)
        for (long long row = block * 8 + lane; row < rows; row += blocks * 8) {
          const long long i = row * columns + column;
          feed_forward_down_b_2_total += d_blocks[i];
        }
      feed_forward_down_b_2_total = column_total<32>(feed_forward_down_b_2_total);
      if (lane == 0 && column < columns) {
        put(parts + block * columns + column, columns, feed_forward_down_b_2_total);
      }
      if (!last_block(came + blockIdx.x % tiles, blocks)) return;
      feed_forward_down_b_2_total = {};
      if (column < columns)
        for (int block = lane; block < blocks; block += 8) {
          add(feed_forward_down_b_2_total, parts + block * columns + column,
              columns);
        }
      feed_forward_down_b_2_total = column_total<32>(feed_forward_down_b_2_total);
      if (lane != 0 || column >= columns) return;
      blocks_4_feed_forward_down_b[column] = feed_forward_down_b_2_total;
    }
    """,
    "sum_columns",
    width=32,
    numbers=1,
)

# d_attention = d_blocks + blocks_3_over_sqrt * d_norm_2_minus
_d_attention_rows = _row_kernel(
    _WARP_SUM
    + r"""
    extern "C" __global__ void d_attention_rows(
        long long rows, const float* d_norm, const float* gamma_2,
        const float* blocks_3_times, const float* d_blocks,
        const float* blocks_3_over_sqrt, float* d_attention) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float blocks_3_times_3_i[4];
      float d_norm_2_times[4];
      float d_norm_2_sum = 0;
      float d_norm_2_sum_2 = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        d_norm_2_times[k] = d_norm[i] * gamma_2[j];
        d_norm_2_sum += d_norm_2_times[k];
        blocks_3_times_3_i[k] = blocks_3_times[i];
        d_norm_2_sum_2 += d_norm_2_times[k] * blocks_3_times_3_i[k];
      }
      d_norm_2_sum = warp_sum(d_norm_2_sum);
      d_norm_2_sum_2 = warp_sum(d_norm_2_sum_2);
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        const float d_norm_2_minus = d_norm_2_times[k] - d_norm_2_sum / 128.0f -
            blocks_3_times_3_i[k] * (d_norm_2_sum_2 / 128.0f);
        d_attention[i] = d_blocks[i] + blocks_3_over_sqrt[row] * d_norm_2_minus;
      }
    }
    """,
    "d_attention_rows",
    rows=4,
    threads=128,
)

# d_scores = weights * (d_weights - sum over T of (d_weights * weights))
_d_scores_rows = _row_kernel(
    _WARP_SUM
    + _BLOCK_SUM
    + r"""
    extern "C" __global__ void d_scores_rows(
        long long rows, const float* d_weights, const float* weights,
        long long size, float* d_scores) {
      const long long row = blockIdx.x;
      const int lane = threadIdx.x;
      float d_weights_sum = 0;
      for (long long j = lane; j < size; j += 128) {
        const long long i = row * size + j;
        d_weights_sum += d_weights[i] * weights[i];
      }
      d_weights_sum = block_sum(d_weights_sum);
      for (long long j = lane; j < size; j += 128) {
        const long long i = row * size + j;
        d_scores[i] = weights[i] * (d_weights[i] - d_weights_sum);
      }
    }
    """,
    "d_scores_rows",
    rows=1,
    threads=128,
)

# d_scores_plus_times = d_scores_slice * iota_2_sin + d_scores_slice_2 * iota_2_cos
# d_scores_plus_times_2 = d_scores_slice * iota_2_cos + -d_scores_slice_2 * iota_2_sin
_d_scores_plus_times = cp.ElementwiseKernel(
    r"""
    float32 d_scores_slice, float32 iota_2_sin, float32 d_scores_slice_2,
        float32 iota_2_cos
    """,
    "float32 d_scores_plus_times, float32 d_scores_plus_times_2",
    r"""
    const float d_scores_plus_times_value = d_scores_slice * iota_2_sin +
        d_scores_slice_2 * iota_2_cos;
    const float d_scores_plus_times_value_2 = d_scores_slice * iota_2_cos +
        -d_scores_slice_2 * iota_2_sin;
    d_scores_plus_times_2 = d_scores_plus_times_value_2;
    d_scores_plus_times = d_scores_plus_times_value;
    """,
    "d_scores_plus_times",
)

# out = transpose(d_q, (0, 2, 1, 3))
# out_2 = transpose([q_times_21 + q_times_22; q_times_23 + q_times_24], (0, 2, 1, 3))
# out_3 = transpose(transpose(weights_4, (0, 1, 3, 2)) d_attended, (0, 2, 1, 3))
_concat = cp.ElementwiseKernel(
    "float32 x, float32 y, float32 z",
    "float32 out, float32 out_2, float32 out_3",
    r"""
    out_3 = z;
    out = x;
    out_2 = y;
    """,
    "concat",
)

# out = x * 128
_position = cp.ElementwiseKernel(
    "int64 x",
    "int64 out",
    "out = x * 128;",
    "position",
)

# out = x + y
_add_2 = cp.ElementwiseKernel(
    "int64 x, int64 y",
    "int64 out",
    "out = x + y;",
    "add",
)

# out.flat[at] += update
_add_at = cp.ElementwiseKernel(
    "int64 at, float32 update",
    "raw float32 out",
    "atomicAdd(&out[at], update);",
    "add_at",
)

# gradient_norm_over_plus = 1 / (sqrt(sum of squares of grads) + 1e-06)
_gradient_norm_over_plus = cp.ReductionKernel(
    "float32 grads",
    "float32 gradient_norm_over_plus",
    "grads * grads",
    "a + b",
    "gradient_norm_over_plus = 1.0f / (sqrt(a) + 1e-06f)",
    "0",
    "gradient_norm_over_plus",
    reduce_type="float",
)

# new_adamw_step = step + 1
# learning_rate_minus_times = 1 - where(step <= 449, rise, 0.002 + adamw_step_times_3...
# alpha_t = learning_rate_times_2 * (0.1 / (1 - 0.9 ** (step + 1)))
# clip_scale = minimum(gradient_norm_over_plus, 1)
# epsilon_t = 1e-08 * sqrt((1 - 0.999 ** (step + 1)) / 0.001)
_epsilon_t = cp.ElementwiseKernel(
    "int64 step, float32 gradient_norm_over_plus",
    r"""
    int64 new_adamw_step, float32 learning_rate_minus_times, float32 alpha_t,
        float32 clip_scale, float32 epsilon_t
    """,
    r"""
    const long long new_adamw_step_value = step + 1;
    const double adamw_step_cast = (double)step;
    const double adamw_step_over = adamw_step_cast / 449.0;
    const double adamw_step_times_minimum = 3.1415927 * (adamw_step_over > 1.0 ?
        1.0 : adamw_step_over);
    const double rise = 8e-05 + (1.0 - cos(adamw_step_times_minimum)) * 0.00096;
    const double adamw_step_over_2 = (adamw_step_cast - 449.0) / 1050.0;
    const double adamw_step_times = 3.1415927 * (adamw_step_over_2 > 1.0 ? 1.0 :
        adamw_step_over_2);
    const double adamw_step_times_2 = (1.0 - cos(adamw_step_times)) * -0.000999996;
    const double learning_rate = adamw_step_cast <= 449.0 ? rise : 0.002 +
        adamw_step_times_2;
    const double learning_rate_minus_times_value = 1.0 - learning_rate * 0.1;
    const double t = adamw_step_cast + 1.0;
    const double t_over = (1.0 - pow(0.999, t)) / 0.001;
    const double c = sqrt(t_over);
    const double alpha_t_value = learning_rate * c * (0.1 / (1.0 - pow(0.9, t)));
    const double clip_scale_value = gradient_norm_over_plus > 1.0 ? 1.0 :
        gradient_norm_over_plus;
    epsilon_t = (float)(1e-08 * c);
    new_adamw_step = new_adamw_step_value;
    learning_rate_minus_times = (float)learning_rate_minus_times_value;
    alpha_t = (float)alpha_t_value;
    clip_scale = (float)clip_scale_value;
    """,
    "epsilon_t",
)

# new_momentum = 0.9 * momentum + grads * clip_scale
# new_squares = 0.999 * squares + square(grads * clip_scale)
# new_params = learning_rate_minus_times * params - alpha_t * new_momentum / (sqrt(ne...
_new_params = cp.ElementwiseKernel(
    r"""
    float32 grads, float32 clip_scale, float32 momentum, float32 squares,
        float32 epsilon_t, float32 alpha_t, float32 learning_rate_minus_times,
        float32 params
    """,
    "float32 new_momentum, float32 new_squares, float32 new_params",
    r"""
    const float grads_times = grads * clip_scale;
    const float new_momentum_value = 0.9f * momentum + grads_times;
    const float new_squares_value = 0.999f * squares + grads_times * grads_times;
    const float new_momentum_over = new_momentum_value / (sqrt(new_squares_value) +
        epsilon_t);
    new_params = learning_rate_minus_times * params - alpha_t * new_momentum_over;
    new_momentum = new_momentum_value;
    new_squares = new_squares_value;
    """,
    "new_params",
)

# new_momentum = 0.9 * momentum + grads * clip_scale
# new_squares = 0.999 * squares + square(grads * clip_scale)
# new_params = params - alpha_t * new_momentum / (sqrt(new_squares) + epsilon_t)
_new_params_2 = cp.ElementwiseKernel(
    r"""
    float32 grads, float32 clip_scale, float32 momentum, float32 squares,
        float32 epsilon_t, float32 alpha_t, float32 params
    """,
    "float32 new_momentum, float32 new_squares, float32 new_params",
    r"""
    const float grads_times = grads * clip_scale;
    const float new_momentum_value = 0.9f * momentum + grads_times;
    const float new_squares_value = 0.999f * squares + grads_times * grads_times;
    const float new_momentum_over = new_momentum_value / (sqrt(new_squares_value) +
        epsilon_t);
    new_params = params - alpha_t * new_momentum_over;
    new_momentum = new_momentum_value;
    new_squares = new_squares_value;
    """,
    "new_params",
)

# characters_norm = (characters - mean) / sqrt(var + 1e-05) * gamma_2 + beta
_characters_norm_rows_2 = _row_kernel(
    _WARP_SUM
    + r"""
    extern "C" __global__ void characters_norm_rows(
        long long rows, const float* characters, const float* gamma_2,
        const float* beta, float* characters_norm) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float characters_i[4];
      float characters_minus_mean[4];
      float characters_sum = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        characters_i[k] = characters[i];
        characters_sum += characters_i[k];
      }
      characters_sum = warp_sum(characters_sum);
      float characters_sum_2 = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        characters_minus_mean[k] = characters_i[k] - characters_sum / 128.0f;
        characters_sum_2 += characters_minus_mean[k] * characters_minus_mean[k];
      }
      characters_sum_2 = warp_sum(characters_sum_2);
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        const float characters_hat = characters_minus_mean[k] * (1.0f /
            sqrt(characters_sum_2 / 128.0f + 1e-05f));
        characters_norm[i] = characters_hat * gamma_2[j] + beta[j];
      }
    }
    """,
    "characters_norm_rows",
    rows=4,
    threads=128,
)

# blocks = characters + (heads_rows_reshape + b_o)
# norm = blocks_1_times * gamma_2 + beta
_norm_rows_2 = _row_kernel(
    _WARP_SUM
    + r"""
    extern "C" __global__ void norm_rows(
        long long rows, const float* characters,
        const float* heads_rows_reshape, const float* b_o,
        const float* gamma_2, const float* beta, float* blocks,
        float* norm) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float blocks_value[4];
      float blocks_1_minus_over[4];
      float blocks_1_sum = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        blocks_value[k] = characters[i] + (heads_rows_reshape[i] + b_o[j]);
        blocks_1_sum += blocks_value[k];
      }
      blocks_1_sum = warp_sum(blocks_1_sum);
      float blocks_1_sum_2 = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        blocks_1_minus_over[k] = blocks_value[k] - blocks_1_sum / 128.0f;
        blocks_1_sum_2 += blocks_1_minus_over[k] * blocks_1_minus_over[k];
      }
      blocks_1_sum_2 = warp_sum(blocks_1_sum_2);
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        const float blocks_1_times = blocks_1_minus_over[k] * (1.0f /
            sqrt(blocks_1_sum_2 / 128.0f + 1e-05f));
        const float norm_value = blocks_1_times * gamma_2[j] + beta[j];
        blocks[i] = blocks_value[k];
        norm[i] = norm_value;
      }
    }
    """,
    "norm_rows",
    rows=4,
    threads=128,
)

# h1 = (norm_2_rows_reshape + b_2) * z1_over_plus_exp
_h1_2 = cp.ElementwiseKernel(
    "float32 norm_2_rows_reshape, float32 b_2",
    "float32 h1",
    r"""
    const float z1 = norm_2_rows_reshape + b_2;
    const float constant = -30.0f;
    const float z1_clip = z1 < constant ? constant : z1 > 10.0f ? 10.0f : z1;
    const float z1_times_square = 0.071354814f * (z1_clip * z1_clip);
    const float z1_exp = exp(z1_clip * (1.5957692f + z1_times_square));
    h1 = z1 * (z1_exp / (1.0f + z1_exp));
    """,
    "h1",
)

# blocks_4_norm = blocks_4_minus_mean * blocks_4_inv_std * gamma_2 + beta
_blocks_4_norm_rows_2 = _row_kernel(
    _WARP_SUM
    + r"""
    extern "C" __global__ void blocks_4_norm_rows(
        long long rows, const float* blocks_3_plus,
        const float* h7_rows_reshape, const float* b_2,
        const float* gamma_2, const float* beta, float* blocks_4_norm) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float blocks[4];
      float blocks_4_minus_mean[4];
      float blocks_4_sum = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        blocks[k] = blocks_3_plus[i] + (h7_rows_reshape[i] + b_2[j]);
        blocks_4_sum += blocks[k];
      }
      blocks_4_sum = warp_sum(blocks_4_sum);
      float blocks_4_sum_2 = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        blocks_4_minus_mean[k] = blocks[k] - blocks_4_sum / 128.0f;
        blocks_4_sum_2 += blocks_4_minus_mean[k] * blocks_4_minus_mean[k];
      }
      blocks_4_sum_2 = warp_sum(blocks_4_sum_2);
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        const float blocks_4_hat = blocks_4_minus_mean[k] * (1.0f /
            sqrt(blocks_4_sum_2 / 128.0f + 1e-05f));
        blocks_4_norm[i] = blocks_4_hat * gamma_2[j] + beta[j];
      }
    }
    """,
    "blocks_4_norm_rows",
    rows=4,
    threads=128,
)

# logits_minus = log(sum(exp(logits - max(logits, axis 2)), axis 2)) - logits_reshape_2
_logits_minus_rows = _row_kernel(
    _LARGER
    + _WARP_MAX
    + _WARP_SUM
    + r"""
    extern "C" __global__ void logits_minus_rows(
        long long rows, const float* logits, const long long* y_reshape,
        float* logits_minus) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float logits_i[4];
      float logits_max = -1.0f / 0.0f;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        if (j >= 100) break;
        const long long i = row * 100 + j;
        logits_i[k] = logits[i];
        logits_max = larger(logits_max, logits_i[k]);
      }
      logits_max = warp_max(logits_max);
      float logits_sum = 0;
      float logits_take = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        if (j >= 100) break;
        const float logits_minus_max = logits_i[k] - logits_max;
        logits_sum += exp(logits_minus_max);
        if (j == y_reshape[row]) logits_take = logits_minus_max;
      }
      logits_sum = warp_sum(logits_sum);
      logits_take = warp_sum(logits_take);
      const float logits_minus_value = log(logits_sum) - logits_take;
      if (lane == 0) logits_minus[row] = logits_minus_value;
    }
    """,
    "logits_minus_rows",
    rows=4,
    threads=128,
)

# gpt_blocks_1_attention_cast = (iota + start)
_gpt_blocks_1_attention_cast = cp.ElementwiseKernel(
    "int64 iota, int64 start",
    "float32 gpt_blocks_1_attention_cast",
    "gpt_blocks_1_attention_cast = (float)(iota + start);",
    "gpt_blocks_1_attention_cast",
)

# gpt_blocks_1_attention_cos = cos(gpt_blocks_1_attention_reshape * row_starts_exp)
# gpt_blocks_1_attention_sin = sin(gpt_blocks_1_attention_reshape * row_starts_exp)
_gpt_blocks_1_attention_sin = cp.ElementwiseKernel(
    "float32 gpt_blocks_1_attention_reshape, float32 row_starts_exp",
    "float32 gpt_blocks_1_attention_cos, float32 gpt_blocks_1_attention_sin",
    r"""
    const float gpt_blocks_1_attention_times = gpt_blocks_1_attention_reshape *
        row_starts_exp;
    const float gpt_blocks_1_attention_cos_value = cos(gpt_blocks_1_attention_times);
    gpt_blocks_1_attention_sin = sin(gpt_blocks_1_attention_times);
    gpt_blocks_1_attention_cos = gpt_blocks_1_attention_cos_value;
    """,
    "gpt_blocks_1_attention_sin",
)

# blocks_1_attention_position = start * 1
# gpt_blocks_1_attention_plus = blocks_1_attention_position + dimension
_gpt_blocks_1_attention_plus = cp.ElementwiseKernel(
    "int64 start, int64 dimension",
    "int64 blocks_1_attention_position, int64 gpt_blocks_1_attention_plus",
    r"""
    const long long attention_position_value = start * 1;
    gpt_blocks_1_attention_plus = attention_position_value + dimension;
    blocks_1_attention_position = attention_position_value;
    """,
    "gpt_blocks_1_attention_plus",
)

# blocks_1_attention_logical_and = logical_and(iota >= blocks_1_attention_position, i...
# gpt_blocks_1_attention_minimum = clip(iota - blocks_1_attention_position, 0, dimens...
_gpt_blocks_1_attention_minimum = cp.ElementwiseKernel(
    r"""
    int64 iota, int64 blocks_1_attention_position,
        int64 gpt_blocks_1_attention_plus, int64 dimension
    """,
    r"""
    bool blocks_1_attention_logical_and, int64 gpt_blocks_1_attention_minimum
    """,
    r"""
    const bool attention_logical_and_value = iota >= blocks_1_attention_position &&
        iota < gpt_blocks_1_attention_plus;
    const long long gpt_blocks_1_attention_minus = iota -
        blocks_1_attention_position;
    const long long gpt_blocks_1_attention_maximum = gpt_blocks_1_attention_minus < 0 ? 0 : gpt_blocks_1_attention_minus;
    gpt_blocks_1_attention_minimum = gpt_blocks_1_attention_maximum > dimension ||
        dimension != dimension ? dimension : gpt_blocks_1_attention_maximum;
    blocks_1_attention_logical_and = attention_logical_and_value;
    """,
    "gpt_blocks_1_attention_minimum",
)

# keys_1 = where(blocks_1_attention_reshape, k_concat[:, :, gpt_blocks_1_attention_mi...
_keys_1 = cp.ElementwiseKernel(
    r"""
    raw float32 k_concat, raw int64 gpt_blocks_1_attention_minimum, int64 size,
        bool blocks_1_attention_reshape, float32 keys
    """,
    "float32 keys_1",
    r"""
    const float k_take = k_concat[(i / (32 * 128) * size +
        gpt_blocks_1_attention_minimum[i / 32 % 128]) * 32 + i % 32];
    keys_1 = blocks_1_attention_reshape ? k_take : keys;
    """,
    "keys_1",
)

# gpt_blocks_1_attention_mask = blocks_1_attention_reshape >= iota
# gpt_blocks_1_attention_where = where(gpt_blocks_1_attention_mask, 0, -1.70141e+38)
_gpt_blocks_1_attention_where = cp.ElementwiseKernel(
    "int64 blocks_1_attention_reshape, int64 iota",
    "bool gpt_blocks_1_attention_mask, float32 gpt_blocks_1_attention_where",
    r"""
    const bool blocks_1_attention_mask_value = blocks_1_attention_reshape >= iota;
    gpt_blocks_1_attention_where = blocks_1_attention_mask_value ? 0.0f :
        -1.7014117e+38f;
    gpt_blocks_1_attention_mask = blocks_1_attention_mask_value;
    """,
    "gpt_blocks_1_attention_where",
)

# weights = exp(scores_minus_max) / sum(exp(scores_minus_max), axis 3)
_weights_rows_2 = _row_kernel(
    _LARGER
    + _WARP_MAX
    + _WARP_SUM
    + r"""
    extern "C" __global__ void weights_rows(
        long long rows, const float* scores,
        const float* gpt_blocks_1_attention_where, long long size,
        float* weights) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float scores_plus[4];
      float scores_exp[4];
      float scores_max = -1.0f / 0.0f;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        scores_plus[k] = scores[i] + gpt_blocks_1_attention_where[row % size * 128 +
            j];
        scores_max = larger(scores_max, scores_plus[k]);
      }
      scores_max = warp_max(scores_max);
      float scores_sum = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        scores_exp[k] = exp(scores_plus[k] - scores_max);
        scores_sum += scores_exp[k];
      }
      scores_sum = warp_sum(scores_sum);
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        const long long i = row * 128 + j;
        weights[i] = scores_exp[k] / scores_sum;
      }
    }
    """,
    "weights_rows",
    rows=4,
    threads=128,
)

# out = x * y
_apply_mask = cp.ElementwiseKernel(
    "float32 x, bool y",
    "float32 out",
    "out = x * y;",
    "apply_mask",
)


# Names and shapes of states in the order in which they lie. The attribute is called like the
# state, or like its name after `~`; otherwise it is after a stroke. `2..8: a_# b_#+1 ;` is
# a_2 b_3 a_3 b_4 and so on, and `a. b {c,d}=1 ;` is a.b a.c=1 a.d=1.
_STATES_INT64 = """
adamw.step=
"""
_PARAMS = """
gpt.characters.W=100,128 1..4: gpt.blocks_#. attention.W_qkv=128,384
  attention.W_o=128,128 feed_forward.up.W=128,512 feed_forward.down.W=512,128 ;
  gpt.scores.W=128,100 1..4: gpt.blocks_#. attention.b_qkv=384 attention.b_o=128
  norm_1.{gamma,beta}=128 feed_forward.up.b=512 feed_forward.down.b=128
  norm_2.{gamma,beta}=128 ; gpt.norm.gamma=128 gpt.norm.beta=128
"""


# Blocks inside of others: for each name, the number of what is called so in each place.
_BLOCKS_FEED_FORWARD = "feed_forward 1..3"
_BLOCKS_NORM = """
norm_2 5..1/-2
norm_1 6..2/-2
"""
_BLOCKS_ATTENTION_5 = "attention 1..3"


# In what the buffers of the places of a block differ: the moments that need them, and sizes.
_TRAIN_NORM = _rows("""
t 2 76 65 55 44 34 23 13   u 137 102 104 113 115 124 126 137   x 13 0 76 65 55 44 34 23
v 137 93 102 104 113 115 124 126   w 135 93 102 104 113 115 124 126
""")
_TRAIN_FEED_FORWARD = _rows("t 14..77/21   u 126..93/-11   v 23..65/21 0")
_TRAIN_ATTENTION_5 = _rows("t 3..66/21   u 135..102/-11   v 137 124..102/-11")
_TRAIN_BLOCKS = _rows("t 41..83/21   u 115..93/-11")
_EVALUATE_FEED_FORWARD = _rows("t 10 23 36x2")
_EVALUATE_ATTENTION_5 = _rows("t 1..40/13")
_STEP_FEED_FORWARD = _rows("t 24 40 56x2")
_STEP_ATTENTION_5 = _rows("t 28x2 44 60")


class GptCupy:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "gpt_cupy"
    FINGERPRINT = "61f7ae5d8c16b9aa"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        **_states("params", _PARAMS),
        **_states("momentum", _PARAMS, ".momentum"),
        **_states("squares", _PARAMS, ".squares"),
        **_states("state", _STATES_INT64),
    }

    def __init__(self, seed=0):
        self.params = _Views(_vector(818944, np.float32), _shapes(_PARAMS))
        self.grads = _Views(_vector(818944, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(818944, np.float32), self.params.shapes)
        self.squares = _Views(_vector(818944, np.float32), self.params.shapes)
        self.state = SimpleNamespace(**_zeros(np.int64, _STATES_INT64))
        self.params.norm = _parts(
            self.params,
            _series("gpt_blocks_#_norm_#", "1 4..2/-1x2 1", "1,2*4"),
        )
        self.params.feed_forward = _named(
            self.params,
            up_W=_series("gpt_blocks_#_feed_forward_up_W", "1..4"),
            up_b=[*_series("gpt_blocks_#_feed_forward_up_b", "1..3"), ""],
            down_W=_series("gpt_blocks_#_feed_forward_down_W", "1..4"),
            down_b=[*_series("gpt_blocks_#_feed_forward_down_b", "1..3"), ""],
            gpt_blocks_norm_1_gamma=[*_series("gpt_blocks_#_norm_1_gamma", "2..4"), ""],
            gpt_blocks_norm_1_beta=[*_series("gpt_blocks_#_norm_1_beta", "2..4"), ""],
        )
        self.grads.feed_forward = _parts(
            self.grads,
            _before(self.params.shapes, "_up_W"),
        )
        self.params.attention_5 = _named(
            self.params,
            W_qkv=_series("gpt_blocks_#_attention_W_qkv", "1..4"),
            b_qkv=_series("gpt_blocks_#_attention_b_qkv", "1..4"),
            W_o=_series("gpt_blocks_#_attention_W_o", "1..4"),
            b_o=_series("gpt_blocks_#_attention_b_o", "1..4"),
            gpt_blocks_norm_2_gamma=_series("gpt_blocks_#_norm_2_gamma", "1..4"),
            gpt_blocks_norm_2_beta=_series("gpt_blocks_#_norm_2_beta", "1..4"),
        )
        self.params.blocks = [SimpleNamespace() for _ in range(3)]
        _join(self.params.blocks, self.params.feed_forward, _BLOCKS_FEED_FORWARD)
        _join(self.params.blocks, self.params.norm, _BLOCKS_NORM)
        _join(self.params.blocks, self.params.attention_5, _BLOCKS_ATTENTION_5)
        self.grads.blocks = _parts(self.grads, _series("gpt_blocks_#", "2..4"))
        _join(self.grads.blocks, self.grads.feed_forward, _BLOCKS_FEED_FORWARD)
        self._arena = cp.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._evaluate = {}  # buffers by the arguments' shapes
        self._step = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = _copies(self.params)
        noise = rng.standard_normal((100, 128), dtype=np.float32)
        p.gpt_characters_W[...] = noise * 0.02
        gpt_blocks_1_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times = gpt_blocks_1_attention_draw * 0.30618623
        gpt_blocks_1_attention_plus = gpt_blocks_1_attention_times + -0.15309311
        gpt_blocks_1_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times_2 = gpt_blocks_1_attention_draw_2 * 0.30618623
        gpt_blocks_1_attention_plus_2 = gpt_blocks_1_attention_times_2 + -0.15309311
        gpt_blocks_1_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times_3 = gpt_blocks_1_attention_draw_3 * 0.30618623
        gpt_blocks_1_attention_plus_3 = gpt_blocks_1_attention_times_3 + -0.15309311
        gpt_blocks_1_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_1_attention_plus,
                gpt_blocks_1_attention_plus_2,
                gpt_blocks_1_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_1_attention_W_qkv[...] = gpt_blocks_1_attention_W_qkv
        gpt_blocks_1_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times = gpt_blocks_1_attention_draw * 0.30618623
        p.gpt_blocks_1_attention_W_o[...] = gpt_blocks_1_attention_times + -0.15309311
        blocks_1_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_1_feed_forward_up_times = blocks_1_feed_forward_up_draw * 0.19364917
        gpt_blocks_1_feed_forward_up_W = blocks_1_feed_forward_up_times + -0.09682459
        p.gpt_blocks_1_feed_forward_up_W[...] = gpt_blocks_1_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_1_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_blocks_2_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times = gpt_blocks_2_attention_draw * 0.30618623
        gpt_blocks_2_attention_plus = gpt_blocks_2_attention_times + -0.15309311
        gpt_blocks_2_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times_2 = gpt_blocks_2_attention_draw_2 * 0.30618623
        gpt_blocks_2_attention_plus_2 = gpt_blocks_2_attention_times_2 + -0.15309311
        gpt_blocks_2_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times_3 = gpt_blocks_2_attention_draw_3 * 0.30618623
        gpt_blocks_2_attention_plus_3 = gpt_blocks_2_attention_times_3 + -0.15309311
        gpt_blocks_2_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_2_attention_plus,
                gpt_blocks_2_attention_plus_2,
                gpt_blocks_2_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_2_attention_W_qkv[...] = gpt_blocks_2_attention_W_qkv
        gpt_blocks_2_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times = gpt_blocks_2_attention_draw * 0.30618623
        p.gpt_blocks_2_attention_W_o[...] = gpt_blocks_2_attention_times + -0.15309311
        blocks_2_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_2_feed_forward_up_times = blocks_2_feed_forward_up_draw * 0.19364917
        gpt_blocks_2_feed_forward_up_W = blocks_2_feed_forward_up_times + -0.09682459
        p.gpt_blocks_2_feed_forward_up_W[...] = gpt_blocks_2_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_2_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_blocks_3_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times = gpt_blocks_3_attention_draw * 0.30618623
        gpt_blocks_3_attention_plus = gpt_blocks_3_attention_times + -0.15309311
        gpt_blocks_3_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times_2 = gpt_blocks_3_attention_draw_2 * 0.30618623
        gpt_blocks_3_attention_plus_2 = gpt_blocks_3_attention_times_2 + -0.15309311
        gpt_blocks_3_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times_3 = gpt_blocks_3_attention_draw_3 * 0.30618623
        gpt_blocks_3_attention_plus_3 = gpt_blocks_3_attention_times_3 + -0.15309311
        gpt_blocks_3_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_3_attention_plus,
                gpt_blocks_3_attention_plus_2,
                gpt_blocks_3_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_3_attention_W_qkv[...] = gpt_blocks_3_attention_W_qkv
        gpt_blocks_3_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times = gpt_blocks_3_attention_draw * 0.30618623
        p.gpt_blocks_3_attention_W_o[...] = gpt_blocks_3_attention_times + -0.15309311
        blocks_3_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_3_feed_forward_up_times = blocks_3_feed_forward_up_draw * 0.19364917
        gpt_blocks_3_feed_forward_up_W = blocks_3_feed_forward_up_times + -0.09682459
        p.gpt_blocks_3_feed_forward_up_W[...] = gpt_blocks_3_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_3_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_blocks_4_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times = gpt_blocks_4_attention_draw * 0.30618623
        gpt_blocks_4_attention_plus = gpt_blocks_4_attention_times + -0.15309311
        gpt_blocks_4_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times_2 = gpt_blocks_4_attention_draw_2 * 0.30618623
        gpt_blocks_4_attention_plus_2 = gpt_blocks_4_attention_times_2 + -0.15309311
        gpt_blocks_4_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times_3 = gpt_blocks_4_attention_draw_3 * 0.30618623
        gpt_blocks_4_attention_plus_3 = gpt_blocks_4_attention_times_3 + -0.15309311
        gpt_blocks_4_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_4_attention_plus,
                gpt_blocks_4_attention_plus_2,
                gpt_blocks_4_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_4_attention_W_qkv[...] = gpt_blocks_4_attention_W_qkv
        gpt_blocks_4_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times = gpt_blocks_4_attention_draw * 0.30618623
        p.gpt_blocks_4_attention_W_o[...] = gpt_blocks_4_attention_times + -0.15309311
        blocks_4_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_4_feed_forward_up_times = blocks_4_feed_forward_up_draw * 0.19364917
        gpt_blocks_4_feed_forward_up_W = blocks_4_feed_forward_up_times + -0.09682459
        p.gpt_blocks_4_feed_forward_up_W[...] = gpt_blocks_4_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_4_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_scores_noise = rng.standard_normal((128, 100), dtype=np.float32)
        p.gpt_scores_W[...] = gpt_scores_noise * 0.02
        for name in _ending(p.shapes, "_gamma"):
            array = getattr(p, name)
            array[...] = 1.0
        _store(p, self.params)

    def train(self, x, y):
        """Returns loss; changes gpt, adamw.

        x: int64 (N, T)
        y: int64 (N, T)
        """
        s = self._train_slots(x, y)
        host = isinstance(x, np.ndarray)
        out = self._replayed(s, self._launch_train, x, y)
        return {"loss": _result(out, host)}

    def _launch_train(self, s, x, y):
        """The launches of train, which become one CUDA graph."""
        out = self._train_backward(s, x, y)
        self._train_update(s)
        return out

    def _train_backward(self, s, x, y):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        _take(s.n * s.t, p.gpt_characters_W, x, s.characters)

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # characters_mean = mean(characters, axis 2)                         (N, T, 1)
        # characters_var = mean(characters_square, axis 2)                   (N, T, 1)
        # characters_inv_std = 1 / sqrt(characters_var + 1e-05)              (N, T, 1)
        # characters_hat = (characters - mean) / sqrt(var + 1e-05)         (N, T, 128)
        # characters_norm = characters_hat * gamma + beta                  (N, T, 128)
        _characters_norm_rows(
            s.n * s.t,
            s.characters,
            p.gpt_blocks_1_norm_1_gamma,
            p.gpt_blocks_1_norm_1_beta,
            s.characters_inv_std,
            s.characters_hat,
            s.characters_norm,
        )

        # gpt.blocks_1.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[0], p.attention_5[0])

        # gpt.blocks_1.feed_forward                                            gpt.py:40
        self._feed_forward_forward(s.feed_forward[0], p.feed_forward[0])

        # gpt.blocks_2.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[1], p.attention_5[1])

        # gpt.blocks_2.feed_forward                                            gpt.py:40
        self._feed_forward_forward(s.feed_forward[1], p.feed_forward[1])

        # gpt.blocks_3.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[2], p.attention_5[2])

        # gpt.blocks_3.feed_forward                                            gpt.py:40
        self._feed_forward_forward(s.feed_forward[2], p.feed_forward[2])

        # gpt.blocks_4.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[3], p.attention_5[3])

        # gpt.blocks_4.feed_forward.up                                         gpt.py:40
        # z7 = norm_2 W + b                                                (N, T, 512)
        # h7 = gelu_tanh(z7)                                               (N, T, 512)
        # z7_clip = clip(z7, -30, 10)                                      (N, T, 512)
        # z7_square = square(clip(z7, -30, 10))                            (N, T, 512)
        _matmul(
            s.norm_2_rows_4,
            p.gpt_blocks_4_feed_forward_up_W,
            s.norm_2_rows_product_4,
        )
        _h1(
            s.norm_2_rows_reshape_4,
            p.gpt_blocks_4_feed_forward_up_b,
            s.z7_clip,
            s.z7_square,
            s.z7_plus_exp,
            s.z7_over_plus_exp,
            s.h7,
        )

        # gpt.blocks_4.feed_forward.down                                       gpt.py:40
        # h8 = h7 W + b                                                    (N, T, 128)
        # blocks_4 = blocks_3_plus_2 + h8                                  (N, T, 128)
        # blocks_4_mean = mean(blocks_4, axis 2)                             (N, T, 1)
        # blocks_4_var = mean(square(blocks_4 - blocks_4_mean), axis 2)      (N, T, 1)
        # blocks_4_inv_std = 1 / sqrt(blocks_4_var + 1e-05)                  (N, T, 1)
        # blocks_4_hat = (blocks_4 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_4_norm = blocks_4_hat * gpt.norm.gamma + gpt.norm.beta    (N, T, 128)
        _matmul(s.h7_rows, p.gpt_blocks_4_feed_forward_down_W, s.h7_rows_product)
        _blocks_4_norm_rows(
            s.n * s.t,
            s.blocks_3_plus_2,
            s.h7_rows_reshape,
            p.gpt_blocks_4_feed_forward_down_b,
            p.gpt_norm_gamma,
            p.gpt_norm_beta,
            s.blocks_4_inv_std,
            s.blocks_4_hat,
            s.blocks_4_norm,
        )

        # gpt.scores: blocks_4_norm_rows_product = blocks_4_norm W    (N * T, 100)   :52
        _matmul(s.blocks_4_norm_rows, p.gpt_scores_W, s.blocks_4_norm_rows_product)
        y_reshape = y.reshape(s.n * s.t)

        # softmax_cross_entropy                                                gpt.py:67
        # d_logits = (softmax(logits) - onehot(y)) / (N * T)               (N, T, 100)
        # loss = mean(-log_softmax(logits)[y])                                      ()
        _d_logits_rows(
            s.n * s.t,
            s.logits,
            y_reshape,
            np.float32(s.n * s.t),
            s.logits_minus,
            s.d_logits,
        )
        _loss(s.logits_minus, s.n * s.t, s.loss)

        # ---- backward ----------------------------------------------------------------
        # gpt.scores                                                           gpt.py:52
        # d_W = blocks_4_norm^T d_logits                                    (128, 100)
        # d_logits_rows_product = d_logits W^T                            (N * T, 128)
        _matmul(s.blocks_4_norm_rows.T, s.d_logits_rows, d.gpt_scores_W)
        _matmul(s.d_logits_rows, p.gpt_scores_W.T, s.d_logits_rows_product)

        # gpt.norm                                                             gpt.py:51
        # d_beta = sum(d_logits gpt.scores.W^T, axes 0, 1)                      (128,)
        # d_gamma = sum(d_logits gpt.scores.W^T * blocks_4_hat, axes 0, 1)      (128,)
        # d_blocks_4_hat = d_logits gpt.scores.W^T * gamma                 (N, T, 128)
        # d_blocks_4 = blocks_4_inv_std * d_blocks_4_hat_minus             (N, T, 128)
        _d_gpt_norm_beta_columns(
            s.n * s.t,
            128,
            s.d_blocks_4_norm,
            s.blocks_4_hat,
            d.gpt_norm_beta,
            d.gpt_norm_gamma,
        )
        _d_blocks_rows(
            s.n * s.t,
            s.d_blocks_4_norm,
            p.gpt_norm_gamma,
            s.blocks_4_hat,
            s.blocks_4_inv_std,
            s.d_blocks_4,
        )

        # gpt.blocks_4 to gpt.blocks_2                                         gpt.py:40
        for k in reversed(range(3)):
            self._blocks_backward(s.blocks[k], p.blocks[k], d.blocks[k])

        # gpt.blocks_1.feed_forward                                            gpt.py:40
        self._feed_forward_backward(
            s.feed_forward[0],
            p.feed_forward[0],
            d.feed_forward[0],
        )

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        # d_beta = sum(d_z1 gpt.blocks_1.feed_forward.up.W^T, axes 0, 1)        (128,)
        # d_gamma = sum(d_norm_2_4 * blocks_1_times, axes 0, 1)                 (128,)
        _d_gpt_norm_beta_columns(
            s.n * s.t,
            128,
            s.d_norm_2_4,
            s.blocks_1_times,
            d.gpt_blocks_1_norm_2_beta,
            d.gpt_blocks_1_norm_2_gamma,
        )

        # gpt.blocks_1.feed_forward.down                                       gpt.py:40
        # d_b = sum(d_blocks_1, axes 0, 1)                                      (128,)
        # d_W = h1^T d_blocks_1                                             (512, 128)
        _sum_columns(s.n * s.t, 128, s.d_blocks_1, d.gpt_blocks_1_feed_forward_down_b)
        _matmul(s.h1_rows.T, s.d_blocks_1_rows, d.gpt_blocks_1_feed_forward_down_W)

        # gpt.blocks_1.feed_forward.up: d_W = norm_2^T d_z1       (128, 512)   gpt.py:40
        _matmul(s.norm_2_rows.T, s.d_z1_rows, d.gpt_blocks_1_feed_forward_up_W)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        self._norm_backward(s.norm[7], p.norm[7])

        # gpt.blocks_1.attention                                               gpt.py:40
        self._attention_5_backward(s.attention_5[0], p.attention_5[0])

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # d_beta = sum(d_qkv gpt.blocks_1.attention.W_qkv^T, axes 0, 1)         (128,)
        # d_gamma = sum(d_characters_norm_times, axes 0, 1)                     (128,)
        _d_gpt_norm_beta_columns(
            s.n * s.t,
            128,
            s.d_characters_norm,
            s.characters_hat,
            d.gpt_blocks_1_norm_1_beta,
            d.gpt_blocks_1_norm_1_gamma,
        )

        # gpt.blocks_1.attention                                               gpt.py:40
        # d_b_o = sum(d_attention_4, axes 0, 1)                                 (128,)
        # d_W_o = reshape(attended_copy, (N * T, 128))^T d_attention_4      (128, 128)
        # d_b_qkv = sum(reshape(d_q_concat_4, (N, T, 384)), axes 0, 1)          (384,)
        # d_W_qkv = characters_norm^T reshape(d_q_concat_4, (N * T, 384))   (128, 384)
        _sum_columns(s.n * s.t, 128, s.d_attention_4, d.gpt_blocks_1_attention_b_o)
        _matmul(s.heads_rows.T, s.d_attention_rows_4, d.gpt_blocks_1_attention_W_o)
        _sum_columns(s.n * s.t, 384, s.d_qkv_4, d.gpt_blocks_1_attention_b_qkv)
        _matmul(
            s.characters_norm_rows.T,
            s.d_qkv_rows_4,
            d.gpt_blocks_1_attention_W_qkv,
        )
        x_reshape = x.reshape(s.n * s.t, 1)

        # gpt.characters                                                       gpt.py:38
        # x_plus_position = iota_6 + reshape(x, (N * T, 1)) * 128         (N * T, 128)
        _position(x_reshape, s.x_position)
        _add_2(s.iota_6, s.x_position, s.x_plus_position)

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        self._norm_backward(s.norm[0], p.norm[0])

        # gpt.characters: d_W = scatter_add(0, x, d_characters)   (100, 128)   gpt.py:38
        d.gpt_characters_W.fill(0)
        _add_at(s.x_plus_position, s.d_characters_reshape, d.gpt_characters_W)

        return s.loss

    def _train_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        params = p.flat[0:812032]
        momentum = self.momentum.flat[0:812032]
        grads_2 = d.flat[0:812032]
        squares = self.squares.flat[0:812032]
        params_2 = p.flat[812032:818944]
        momentum_2 = self.momentum.flat[812032:818944]
        grads_3 = d.flat[812032:818944]
        squares_2 = self.squares.flat[812032:818944]
        # ---- update ------------------------------------------------------------------
        # adamw: momentum and squares are without the factor 1 - beta          gpt.py:70
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # rise = 8e-05 + (1 - cos(3.14159 * minimum(step / 449, 1))) * 0.00096      ()
        # fall = 0.002                                                              ()
        #     + (1 - cos(3.14159 * minimum((step - 449) / 1050, 1))) * -0.000999996
        # learning_rate = where(step <= 449, rise, fall)                            ()
        # t_2 = step + 1                                                            ()
        # c = sqrt((1 - 0.999 ** t_2) / 0.001)                                      ()
        # alpha_t = learning_rate * c * (0.1 / (1 - 0.9 ** t_2))                    ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # epsilon_t = 1e-08 * c                                                     ()
        # momentum' = 0.9 * momentum + grads * clip_scale                    (812032,)
        # squares' = 0.999 * squares + square(grads * clip_scale)            (812032,)
        # params' = (1 - learning_rate * 0.1) * params                       (812032,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        # momentum' = 0.9 * momentum + grads * clip_scale                      (6912,)
        # squares' = 0.999 * squares + square(grads * clip_scale)              (6912,)
        # params' = params                                                     (6912,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        _gradient_norm_over_plus(d.flat, s.gradient_norm_over_plus)
        with _Whole():  # no interruption may leave this half done
            _epsilon_t(
                self.state.adamw_step,
                s.gradient_norm_over_plus,
                self.state.adamw_step,
                s.learning_rate_minus_times,
                s.alpha_t,
                s.clip_scale,
                s.epsilon_t,
            )
            _new_params(
                grads_2,
                s.clip_scale,
                momentum,
                squares,
                s.epsilon_t,
                s.alpha_t,
                s.learning_rate_minus_times,
                params,
                momentum,
                squares,
                params,
            )
            _new_params_2(
                grads_3,
                s.clip_scale,
                momentum_2,
                squares_2,
                s.epsilon_t,
                s.alpha_t,
                params_2,
                momentum_2,
                squares_2,
                params_2,
            )

    def _train_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._train[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, y)
        _check_range("x", x, 100)
        _check_range("y", y, 100)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        float32 = _buffers(np.float32)
        int64 = _buffers(np.int64)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.characters = s.blocks_3_plus_2 = s.blocks_4_hat = float32(0, 93, (n, t, 128))
        s.characters_inv_std = float32(1, 137, (n, t, 1))
        s.characters_hat = s.d_characters = float32(2, 137, (n, t, 128))
        s.characters_norm = float32(3, 135, (n, t, 128))
        s.attended_copy = float32(10, 135, (n, t, 4, 32))
        s.blocks_1_times = s.d_attention_4 = float32(13, 137, (n, t, 128))
        s.norm_2 = float32(14, 126, (n, t, 128))
        s.h1 = float32(20, 126, (n, t, 512))
        s.norm_2_4 = float32(77, 93, (n, t, 128))
        s.norm_2_rows_product_4 = float32(78, 83, (n * t, 512))
        s.z7_clip = float32(79, 92, (n, t, 512))
        s.z7_square = float32(80, 93, (n, t, 512))
        s.z7_plus_exp = float32(81, 92, (n, t, 512))
        s.z7_over_plus_exp = float32(82, 92, (n, t, 512))
        s.h7 = float32(83, 93, (n, t, 512))
        s.h7_rows_product = float32(84, 86, (n * t, 128))
        s.blocks_4_inv_std = float32(85, 91, (n, t, 1))
        s.blocks_4_norm = float32(86, 90, (n, t, 128))
        s.blocks_4_norm_rows_product = float32(87, 89, (n * t, 100))
        s.logits_minus = float32(88, 90, (n, t))
        s.d_logits = float32(89, 91, (n, t, 100))
        s.d_logits_rows_product = float32(91, 91, (n * t, 128))
        s.d_blocks_4 = s.characters
        s.d_blocks_1 = float32(23, 126, (n, t, 128))
        s.d_z1 = float32(17, 126, (n, t, 512))
        s.d_z1_rows_product = float32(126, 126, (n * t, 128))
        s.d_q_concat_4 = float32(134, 135, (n, t, 12, 32))
        s.d_qkv_rows_product_4 = float32(135, 137, (n * t, 128))
        s.x_position = int64(136, 137, (n * t, 1))
        s.x_plus_position = int64(137, 137, (n * t, 128))
        s.gradient_norm_over_plus = s.learning_rate_minus_times = float32(138, 141, ())
        s.alpha_t = float32(139, 141, ())
        s.clip_scale = float32(140, 141, ())
        s.epsilon_t = float32(141, 141, ())
        s.norm = [SimpleNamespace(n=s.n, t=s.t) for _ in range(8)]
        for b, at in zip(s.norm, _TRAIN_NORM, strict=True):
            b.blocks_hat = b.d_blocks_2 = float32(at.t, at.u, (n, t, 128))
            b.blocks_inv_std = float32(at.t - 1, at.v, (n, t, 1))
            b.d_z_rows_product = float32(at.w, at.v, (n * t, 128))
            b.d_blocks = float32(at.x, at.v, (n, t, 128))
        s.feed_forward = [SimpleNamespace(n=s.n, t=s.t) for _ in range(4)]
        for k_5 in range(3):
            b, at = s.feed_forward[k_5], _TRAIN_FEED_FORWARD[k_5]
            b.norm_2 = float32(at.t, at.u, (n, t, 128))
            b.norm_2_rows_product = float32(at.t + 1, at.t + 6, (n * t, 512))
            b.h = float32(at.t + 6, at.u, (n, t, 512))
            b.h_rows_product = float32(at.t + 7, at.t + 10, (n * t, 128))
            b.blocks = float32(0, 93, (n, t, 128))
            b.blocks_inv_std = float32(at.t + 8, at.u - 2, (n, t, 1))
            b.blocks_hat = float32(at.t + 9, at.u, (n, t, 128))
            b.blocks_norm = float32(at.t + 10, at.u - 2, (n, t, 128))
        for b, at in zip(s.feed_forward, _TRAIN_FEED_FORWARD, strict=True):
            b.z_clip = float32(at.t + 2, at.u - 1, (n, t, 512))
            b.z_square = b.d_z = float32(at.t + 3, at.u, (n, t, 512))
            b.z_plus_exp = float32(at.t + 4, at.u - 1, (n, t, 512))
            b.z_over_plus_exp = float32(at.t + 5, at.u - 1, (n, t, 512))
            b.d_blocks = float32(at.v, at.u, (n, t, 128))
            b.d_blocks_rows_product = float32(at.u - 1, at.u - 1, (n * t, 512))
            b.d_z_rows_product = float32(at.u, at.u, (n * t, 128))
        s.attention_5 = [SimpleNamespace(n=s.n, t=s.t) for _ in range(4)]
        for b, at in zip(s.attention_5, _TRAIN_ATTENTION_5, strict=True):
            b.blocks_norm = float32(at.t, at.u, (n, t, 128))
            b.blocks_norm_rows_product = float32(at.t + 1, at.t + 2, (n * t, 384))
            b.qkv = float32(at.t + 2, at.u - 7, (n, t, 384))
            b.q_concat = b.q_times = float32(at.t + 3, at.u - 4, (n, 4, t, 32))
            b.k_concat = float32(at.t + 4, at.u - 6, (n, 4, t, 32))
            b.scores = b.scores_plus = float32(at.t + 5, at.u - 2, (n, 4, t, t))
            b.weights = b.scores
            b.attended = float32(at.t + 6, at.t + 7, (n, 4, t, 32))
            b.attended_copy = float32(at.t + 7, at.u, (n, t, 4, 32))
            b.heads_rows_product = float32(at.t + 8, at.t + 11, (n * t, 128))
            b.blocks = b.blocks_in = float32(0, 93, (n, t, 128))
            b.blocks_over_sqrt = float32(at.t + 9, at.u - 9, (n, t, 1))
            b.blocks_times = b.d_attention = float32(at.t + 10, at.v, (n, t, 128))
            b.norm_2 = float32(at.t + 11, at.u - 9, (n, t, 128))
            b.q_product = float32(at.u - 4, at.u - 3, (n, 4, 32, t))
            b.d_rows_product = float32(at.u - 8, at.u - 2, (n * t, 128))
            b.d_weights = b.d_scores = float32(at.u - 7, at.u - 4, (n, 4, t, t))
            b.d_scores_product = float32(at.u - 6, at.u - 5, (n, 4, t, 32))
            b.d_scores_times = b.d_scores_product
            b.d_q = float32(at.u - 5, at.u - 1, (n, 4, t, 32))
            b.d_k = float32(at.u - 3, at.u - 1, (n, 4, t, 32))
            b.d_v = float32(at.u - 2, at.u - 1, (n, 4, t, 32))
            b.d_q_concat = float32(at.u - 1, at.u, (n, t, 12, 32))
            b.d_qkv_rows_product = float32(at.u, at.v, (n * t, 128))
        s.blocks = [SimpleNamespace() for _ in range(3)]
        for b, at in zip(s.blocks, _TRAIN_BLOCKS, strict=True):
            b.h = float32(at.t, at.u, (n, t, 512))
            b.norm_2_2 = float32(at.t - 6, at.u, (n, t, 128))
            b.d_q_concat = float32(at.u + 8, at.u + 9, (n, t, 12, 32))
        self._lay_out(s)
        s.characters_norm_rows = s.characters_norm.reshape(n * t, 128)
        s.iota = cp.arange(16, dtype=np.float32)
        s.row_starts = s.iota * -0.5756463
        s.row_starts_exp = cp.exp(s.row_starts)
        s.iota_2 = cp.arange(t, dtype=np.int64)
        s.iota_2_cast = s.iota_2.astype(np.float32)
        s.iota_2_reshape = s.iota_2_cast.reshape(t, 1)
        s.iota_2_times = s.iota_2_reshape * s.row_starts_exp
        s.iota_2_cos = cp.cos(s.iota_2_times)
        s.iota_2_sin = cp.sin(s.iota_2_times)
        s.iota_3 = cp.broadcast_to(cp.arange(t, dtype=np.int64), (1, t))
        s.iota_4 = cp.broadcast_to(cp.arange(t, dtype=np.int64).reshape((t, 1)), (t, 1))
        s.iota_4_mask = s.iota_4 >= s.iota_3
        s.iota_4_where = cp.where(s.iota_4_mask, np.float32(0.0), np.float32(-np.inf))
        s.heads_rows = s.attended_copy.reshape(n * t, 128)
        s.norm_2_rows = s.norm_2.reshape(n * t, 128)
        s.h1_rows = s.h1.reshape(n * t, 512)
        s.norm_2_rows_4 = s.norm_2_4.reshape(n * t, 128)
        s.norm_2_rows_reshape_4 = s.norm_2_rows_product_4.reshape(n, t, 512)
        s.h7_rows = s.h7.reshape(n * t, 512)
        s.h7_rows_reshape = s.h7_rows_product.reshape(n, t, 128)
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.logits = s.blocks_4_norm_rows_product.reshape(n, t, 100)
        s.loss = cp.empty((), dtype=np.float32)
        s.d_logits_rows = s.d_logits.reshape(n * t, 100)
        s.d_blocks_4_norm = s.d_logits_rows_product.reshape(n, t, 128)
        s.d_blocks_1_rows = s.d_blocks_1.reshape(n * t, 128)
        s.d_z1_rows = s.d_z1.reshape(n * t, 512)
        s.d_norm_2_4 = s.d_z1_rows_product.reshape(n, t, 128)
        s.d_attention_rows_4 = s.d_attention_4.reshape(n * t, 128)
        s.d_qkv_rows_4 = s.d_q_concat_4.reshape(n * t, 384)
        s.d_characters_norm = s.d_qkv_rows_product_4.reshape(n, t, 128)
        s.d_qkv_4 = s.d_q_concat_4.reshape(n, t, 384)
        s.iota_6 = cp.broadcast_to(cp.arange(128, dtype=np.int64), (1, 128))
        s.d_characters_reshape = s.d_characters.reshape(n * t, 128)
        for b in s.norm:
            b.d_blocks_norm = b.d_z_rows_product.reshape(n, t, 128)
        for k_5 in range(3):
            b = s.feed_forward[k_5]
            b.norm_2_rows = b.norm_2.reshape(n * t, 128)
            b.norm_2_rows_reshape = b.norm_2_rows_product.reshape(n, t, 512)
            b.h_rows = b.h.reshape(n * t, 512)
            b.h_rows_reshape = b.h_rows_product.reshape(n, t, 128)
        for b in s.feed_forward:
            b.d_blocks_rows = b.d_blocks.reshape(n * t, 128)
            b.d_h = b.d_blocks_rows_product.reshape(n, t, 512)
            b.d_z_rows = b.d_z.reshape(n * t, 512)
        for b in s.attention_5:
            b.iota_2_cos = s.iota_2_cos
            b.iota_2_sin = s.iota_2_sin
            b.iota_4_where = s.iota_4_where
        for b in s.attention_5:
            b.blocks_norm_rows = b.blocks_norm.reshape(n * t, 128)
            b.blocks_norm_rows_reshape = b.blocks_norm_rows_product.reshape(n, t, 384)
            b.qkv_reshape = b.qkv.reshape(n, t, 12, 32)
            b.qkv_slice_2 = b.qkv_reshape[:, :, :4]
            b.q = b.qkv_slice_2.transpose(0, 2, 1, 3)
            b.q_slice = b.q[:, :, :, :16]
            b.q_slice_2 = b.q[:, :, :, 16:]
            b.qkv_slice_3 = b.qkv_reshape[:, :, 4:8]
            b.k = b.qkv_slice_3.transpose(0, 2, 1, 3)
            b.k_slice = b.k[:, :, :, :16]
            b.k_slice_2 = b.k[:, :, :, 16:]
            b.k_transpose = b.k_concat.transpose(0, 1, 3, 2)
            b.qkv_slice = b.qkv_reshape[:, :, 8:]
            b.v = b.qkv_slice.transpose(0, 2, 1, 3)
            b.attended_transpose = b.attended.transpose(0, 2, 1, 3)
            b.heads_rows = b.attended_copy.reshape(n * t, 128)
            b.heads_rows_reshape = b.heads_rows_product.reshape(n, t, 128)
            b.qkv_transpose = b.qkv_slice.transpose(0, 2, 3, 1)
            b.q_transpose = b.q_times.transpose(0, 1, 3, 2)
            b.q_transpose_2 = b.q_product.transpose(0, 1, 3, 2)
            b.q_slice_3 = b.q_transpose_2[:, :, :, 16:]
            b.q_slice_4 = b.q_transpose_2[:, :, :, :16]
            b.weights_transpose = b.weights.transpose(0, 1, 3, 2)
            b.d_rows = b.d_attention.reshape(n * t, 128)
            b.d_rows_reshape = b.d_rows_product.reshape(n, t, 4, 32)
            b.d_attended = b.d_rows_reshape.transpose(0, 2, 1, 3)
            b.d_scores_slice = b.d_scores_times[:, :, :, 16:]
            b.d_scores_slice_2 = b.d_scores_times[:, :, :, :16]
            b.d_q_transpose = b.d_q.transpose(0, 2, 1, 3)
            b.d_k_transpose = b.d_k.transpose(0, 2, 1, 3)
            b.d_v_transpose = b.d_v.transpose(0, 2, 1, 3)
            b.d_qkv_rows = b.d_q_concat.reshape(n * t, 384)
        for b in s.blocks:
            b.h_rows = b.h.reshape(n * t, 512)
            b.norm_2_rows = b.norm_2_2.reshape(n * t, 128)
            b.d_qkv = b.d_q_concat.reshape(n, t, 384)
        _join(s.blocks, s.feed_forward, _BLOCKS_FEED_FORWARD)
        _join(s.blocks, s.norm, _BLOCKS_NORM)
        _join(s.blocks, s.attention_5, _BLOCKS_ATTENTION_5)
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def evaluate(self, x, y):
        """Returns loss.

        x: int64 (N, T)
        y: int64 (N, T)
        """
        s = self._evaluate_slots(x, y)
        host = isinstance(x, np.ndarray)
        x = _on_device(x)
        y = _on_device(y)
        loss = self._evaluate_body(s, x, y)
        return {"loss": _result(loss, host)}

    def _evaluate_body(self, s, x, y):
        """The computation of evaluate."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        _take(s.n * s.t, p.gpt_characters_W, x, s.characters)

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # characters_mean = mean(characters, axis 2)                         (N, T, 1)
        # characters_var = mean(characters_square, axis 2)                   (N, T, 1)
        # characters_inv_std = 1 / sqrt(characters_var + 1e-05)              (N, T, 1)
        # characters_hat = (characters - mean) / sqrt(var + 1e-05)         (N, T, 128)
        # characters_norm = characters_hat * gamma + beta                  (N, T, 128)
        _characters_norm_rows_2(
            s.n * s.t,
            s.characters,
            p.gpt_blocks_1_norm_1_gamma,
            p.gpt_blocks_1_norm_1_beta,
            s.characters_norm,
        )

        # gpt.blocks_1.attention                                               gpt.py:40
        self._attention_5_forward_2(s.attention_5[0], p.attention_5[0])

        # gpt.blocks_1.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[0], p.feed_forward[0])

        # gpt.blocks_2.attention                                               gpt.py:40
        self._attention_5_forward_2(s.attention_5[1], p.attention_5[1])

        # gpt.blocks_2.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[1], p.feed_forward[1])

        # gpt.blocks_3.attention                                               gpt.py:40
        self._attention_5_forward_2(s.attention_5[2], p.attention_5[2])

        # gpt.blocks_3.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[2], p.feed_forward[2])

        # gpt.blocks_4.attention                                               gpt.py:40
        self._attention_5_forward_2(s.attention_5[3], p.attention_5[3])

        # gpt.blocks_4.feed_forward.up                                         gpt.py:40
        # z7 = norm_2 W + b                                                (N, T, 512)
        # h7 = gelu_tanh(z7)                                               (N, T, 512)
        _matmul(
            s.norm_2_rows_4,
            p.gpt_blocks_4_feed_forward_up_W,
            s.norm_2_rows_product_4,
        )
        _h1_2(s.norm_2_rows_reshape_4, p.gpt_blocks_4_feed_forward_up_b, s.h7)

        # gpt.blocks_4.feed_forward.down                                       gpt.py:40
        # h8 = h7 W + b                                                    (N, T, 128)
        # blocks_4 = blocks_3_plus_2 + h8                                  (N, T, 128)
        # blocks_4_mean = mean(blocks_4, axis 2)                             (N, T, 1)
        # blocks_4_var = mean(square(blocks_4 - blocks_4_mean), axis 2)      (N, T, 1)
        # blocks_4_inv_std = 1 / sqrt(blocks_4_var + 1e-05)                  (N, T, 1)
        # blocks_4_hat = (blocks_4 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_4_norm = blocks_4_hat * gpt.norm.gamma + gpt.norm.beta    (N, T, 128)
        _matmul(s.h7_rows, p.gpt_blocks_4_feed_forward_down_W, s.h7_rows_product)
        _blocks_4_norm_rows_2(
            s.n * s.t,
            s.blocks_3_plus_2,
            s.h7_rows_reshape,
            p.gpt_blocks_4_feed_forward_down_b,
            p.gpt_norm_gamma,
            p.gpt_norm_beta,
            s.blocks_4_norm,
        )

        # gpt.scores: blocks_4_norm_rows_product = blocks_4_norm W    (N * T, 100)   :52
        _matmul(s.blocks_4_norm_rows, p.gpt_scores_W, s.blocks_4_norm_rows_product)
        y_reshape = y.reshape(s.n * s.t)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])     ()   gpt.py:67
        _logits_minus_rows(s.n * s.t, s.logits, y_reshape, s.logits_minus)
        _loss(s.logits_minus, s.n * s.t, s.loss)

        return s.loss

    def _evaluate_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._evaluate[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_evaluate(x, y)
        _check_range("x", x, 100)
        _check_range("y", y, 100)
        return s

    def _plan_evaluate(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.characters = s.blocks_3_plus_2 = s.blocks_4_norm = float32(0, 53, (n, t, 128))
        s.characters_norm = float32(1, 2, (n, t, 128))
        s.norm_2_4 = float32(49, 50, (n, t, 128))
        s.norm_2_rows_product_4 = float32(50, 51, (n * t, 512))
        s.h7 = float32(51, 52, (n, t, 512))
        s.h7_rows_product = float32(52, 52, (n * t, 128))
        s.blocks_4_norm_rows_product = float32(53, 54, (n * t, 100))
        s.logits_minus = float32(54, 55, (n, t))
        s.loss = float32(55, 55, ())
        s.feed_forward = [SimpleNamespace(n=s.n, t=s.t) for _ in range(4)]
        for k_5 in range(3):
            b, at = s.feed_forward[k_5], _EVALUATE_FEED_FORWARD[k_5]
            b.norm_2 = float32(at.t, at.t + 1, (n, t, 128))
            b.norm_2_rows_product = float32(at.t + 1, at.t + 2, (n * t, 512))
            b.h = float32(at.t + 2, at.t + 3, (n, t, 512))
            b.h_rows_product = float32(at.t + 3, at.t + 4, (n * t, 128))
            b.blocks = float32(0, 53, (n, t, 128))
            b.blocks_norm = float32(at.t + 4, at.t + 5, (n, t, 128))
        s.attention_5 = [SimpleNamespace(n=s.n, t=s.t) for _ in range(4)]
        for b, at in zip(s.attention_5, _EVALUATE_ATTENTION_5, strict=True):
            b.blocks_norm = float32(at.t, at.t + 1, (n, t, 128))
            b.blocks_norm_rows_product = float32(at.t + 1, at.t + 2, (n * t, 384))
            b.qkv = float32(at.t + 2, at.t + 6, (n, t, 384))
            b.q_concat = b.q_times = float32(at.t + 3, at.t + 5, (n, 4, t, 32))
            b.k_concat = float32(at.t + 4, at.t + 5, (n, 4, t, 32))
            b.scores = b.scores_plus = float32(at.t + 5, at.t + 6, (n, 4, t, t))
            b.weights = b.scores
            b.attended = float32(at.t + 6, at.t + 7, (n, 4, t, 32))
            b.attended_copy = float32(at.t + 7, at.t + 8, (n, t, 4, 32))
            b.heads_rows_product = float32(at.t + 8, at.t + 9, (n * t, 128))
            b.blocks = b.blocks_in = float32(0, 53, (n, t, 128))
            b.norm_2 = float32(at.t + 9, at.t + 10, (n, t, 128))
        self._lay_out(s)
        s.iota = cp.arange(16, dtype=np.float32)
        s.row_starts = s.iota * -0.5756463
        s.row_starts_exp = cp.exp(s.row_starts)
        s.iota_2 = cp.arange(t, dtype=np.int64)
        s.iota_2_cast = s.iota_2.astype(np.float32)
        s.iota_2_reshape = s.iota_2_cast.reshape(t, 1)
        s.iota_2_times = s.iota_2_reshape * s.row_starts_exp
        s.iota_2_cos = cp.cos(s.iota_2_times)
        s.iota_2_sin = cp.sin(s.iota_2_times)
        s.iota_3 = cp.broadcast_to(cp.arange(t, dtype=np.int64), (1, t))
        s.iota_4 = cp.broadcast_to(cp.arange(t, dtype=np.int64).reshape((t, 1)), (t, 1))
        s.iota_4_mask = s.iota_4 >= s.iota_3
        s.iota_4_where = cp.where(s.iota_4_mask, np.float32(0.0), np.float32(-np.inf))
        s.norm_2_rows_4 = s.norm_2_4.reshape(n * t, 128)
        s.norm_2_rows_reshape_4 = s.norm_2_rows_product_4.reshape(n, t, 512)
        s.h7_rows = s.h7.reshape(n * t, 512)
        s.h7_rows_reshape = s.h7_rows_product.reshape(n, t, 128)
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.logits = s.blocks_4_norm_rows_product.reshape(n, t, 100)
        for k_5 in range(3):
            b = s.feed_forward[k_5]
            b.norm_2_rows = b.norm_2.reshape(n * t, 128)
            b.norm_2_rows_reshape = b.norm_2_rows_product.reshape(n, t, 512)
            b.h_rows = b.h.reshape(n * t, 512)
            b.h_rows_reshape = b.h_rows_product.reshape(n, t, 128)
        for b in s.attention_5:
            b.iota_2_cos = s.iota_2_cos
            b.iota_2_sin = s.iota_2_sin
            b.iota_4_where = s.iota_4_where
        for b in s.attention_5:
            b.blocks_norm_rows = b.blocks_norm.reshape(n * t, 128)
            b.blocks_norm_rows_reshape = b.blocks_norm_rows_product.reshape(n, t, 384)
            b.qkv_reshape = b.qkv.reshape(n, t, 12, 32)
            b.qkv_slice_2 = b.qkv_reshape[:, :, :4]
            b.q = b.qkv_slice_2.transpose(0, 2, 1, 3)
            b.q_slice = b.q[:, :, :, :16]
            b.q_slice_2 = b.q[:, :, :, 16:]
            b.qkv_slice_3 = b.qkv_reshape[:, :, 4:8]
            b.k = b.qkv_slice_3.transpose(0, 2, 1, 3)
            b.k_slice = b.k[:, :, :, :16]
            b.k_slice_2 = b.k[:, :, :, 16:]
            b.k_transpose = b.k_concat.transpose(0, 1, 3, 2)
            b.qkv_slice = b.qkv_reshape[:, :, 8:]
            b.v = b.qkv_slice.transpose(0, 2, 1, 3)
            b.attended_transpose = b.attended.transpose(0, 2, 1, 3)
            b.heads_rows = b.attended_copy.reshape(n * t, 128)
            b.heads_rows_reshape = b.heads_rows_product.reshape(n, t, 128)
        self._evaluate[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def step(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The logits of what follows, and the cache with these positions in it.

        x: int64 (N, T)
        start: int64 ()
        keys_1: float32 (N, 4, 128, 32)
        values_1: float32 (N, 4, 128, 32)
        keys_2: float32 (N, 4, 128, 32)
        values_2: float32 (N, 4, 128, 32)
        keys_3: float32 (N, 4, 128, 32)
        values_3: float32 (N, 4, 128, 32)
        keys_4: float32 (N, 4, 128, 32)
        values_4: float32 (N, 4, 128, 32)
        """
        s = self._step_slots(
            x,
            start,
            keys_1,
            values_1,
            keys_2,
            values_2,
            keys_3,
            values_3,
            keys_4,
            values_4,
        )
        host = isinstance(x, np.ndarray)
        x = _on_device(x)
        start = _on_device(start)
        keys_1 = _on_device(keys_1)
        values_1 = _on_device(values_1)
        keys_2 = _on_device(keys_2)
        values_2 = _on_device(values_2)
        keys_3 = _on_device(keys_3)
        values_3 = _on_device(values_3)
        keys_4 = _on_device(keys_4)
        values_4 = _on_device(values_4)
        out = self._step_body(
            s,
            x,
            start,
            keys_1,
            values_1,
            keys_2,
            values_2,
            keys_3,
            values_3,
            keys_4,
            values_4,
        )
        return {
            "logits": _result(out[0], host),
            "keys_1": _result(out[1], host),
            "values_1": _result(out[2], host),
            "keys_2": _result(out[3], host),
            "values_2": _result(out[4], host),
            "keys_3": _result(out[5], host),
            "values_3": _result(out[6], host),
            "keys_4": _result(out[7], host),
            "values_4": _result(out[8], host),
        }

    def _step_body(
        self,
        s,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The computation of step."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        _take(s.n * s.t, p.gpt_characters_W, x, s.characters)

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # characters_mean = mean(characters, axis 2)                         (N, T, 1)
        # characters_var = mean(characters_square, axis 2)                   (N, T, 1)
        # characters_inv_std = 1 / sqrt(characters_var + 1e-05)              (N, T, 1)
        # characters_hat = (characters - mean) / sqrt(var + 1e-05)         (N, T, 128)
        # characters_norm = characters_hat * gamma + beta                  (N, T, 128)
        _characters_norm_rows_2(
            s.n * s.t,
            s.characters,
            p.gpt_blocks_1_norm_1_gamma,
            p.gpt_blocks_1_norm_1_beta,
            s.characters_norm,
        )

        # gpt.blocks_1.attention                                               gpt.py:40
        # qkv = characters_norm W_qkv + b_qkv                              (N, T, 384)
        # scores = q_concat * 0.176777 keys_1_transpose                 (N, 4, T, 128)
        # weights = softmax(scores + gpt_blocks_1_attention_where)      (N, 4, T, 128)
        # attended = weights values_1_2                                  (N, 4, T, 32)
        # attention = heads W_o + b_o                                      (N, T, 128)
        # norm_2 = blocks_1_times_2 + gpt.blocks_1.norm_2.beta             (N, T, 128)
        _matmul(
            s.characters_norm_rows,
            p.gpt_blocks_1_attention_W_qkv,
            s.characters_norm_rows_product,
        )
        _add(s.characters_norm_rows_reshape, p.gpt_blocks_1_attention_b_qkv, s.qkv)
        _gpt_blocks_1_attention_cast(s.iota, start, s.gpt_blocks_1_attention_cast)
        _gpt_blocks_1_attention_sin(
            s.gpt_blocks_1_attention_reshape,
            s.row_starts_exp,
            s.gpt_blocks_1_attention_cos,
            s.gpt_blocks_1_attention_sin,
        )
        _k_plus_times(
            s.q_slice,
            s.gpt_blocks_1_attention_cos,
            s.q_slice_2,
            s.gpt_blocks_1_attention_sin,
            s.k_slice,
            s.k_slice_2,
            s.q_concat[:, :, :, :16],
            s.q_concat[:, :, :, 16:],
            s.k_concat[:, :, :, :16],
            s.k_concat[:, :, :, 16:],
        )
        _multiply(s.q_concat, s.q_times_5)
        _gpt_blocks_1_attention_plus(
            start,
            s.t,
            s.blocks_1_attention_position,
            s.gpt_blocks_1_attention_plus_2,
        )
        _gpt_blocks_1_attention_minimum(
            s.iota_3,
            s.blocks_1_attention_position,
            s.gpt_blocks_1_attention_plus_2,
            s.t - 1,
            s.blocks_1_attention_logical_and,
            s.gpt_blocks_1_attention_minimum,
        )
        _keys_1(
            s.k_concat,
            s.gpt_blocks_1_attention_minimum,
            s.t,
            s.blocks_1_attention_reshape_2,
            keys_1,
            s.keys_1_2,
        )
        _matmul(s.q_times_5, s.keys_1_transpose, s.scores)
        _add_2(s.blocks_1_attention_position, s.iota, s.gpt_blocks_1_attention_plus_3)
        _gpt_blocks_1_attention_where(
            s.blocks_1_attention_reshape_3,
            s.iota_3,
            s.gpt_blocks_1_attention_mask_3,
            s.gpt_blocks_1_attention_where,
        )
        _weights_rows_2(
            4 * s.n * s.t,
            s.scores,
            s.gpt_blocks_1_attention_where,
            s.t,
            s.weights,
        )
        _copy(s.v, s.v_copy)
        _keys_1(
            s.v_copy,
            s.gpt_blocks_1_attention_minimum,
            s.t,
            s.blocks_1_attention_reshape_2,
            values_1,
            s.values_1_2,
        )
        _matmul(s.weights, s.values_1_2, s.attended)
        s.gpt_blocks_1_attention_mask_3.any(
            axis=1,
            keepdims=True,
            out=s.gpt_blocks_1_attention_any,
        )
        _apply_mask(s.attended, s.gpt_blocks_1_attention_any, s.attended_masked)
        _copy(s.attended_transpose, s.attended_copy)
        _matmul(s.heads_rows, p.gpt_blocks_1_attention_W_o, s.heads_rows_product)
        _norm_rows_2(
            s.n * s.t,
            s.characters,
            s.heads_rows_reshape,
            p.gpt_blocks_1_attention_b_o,
            p.gpt_blocks_1_norm_2_gamma,
            p.gpt_blocks_1_norm_2_beta,
            s.blocks_1,
            s.norm_2,
        )

        # gpt.blocks_1.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[0], p.feed_forward[0])

        # gpt.blocks_2.attention                                               gpt.py:40
        self._attention_5_forward_3(
            s.attention_5[1],
            p.attention_5[1],
            keys_2,
            values_2,
        )

        # gpt.blocks_2.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[1], p.feed_forward[1])

        # gpt.blocks_3.attention                                               gpt.py:40
        self._attention_5_forward_3(
            s.attention_5[2],
            p.attention_5[2],
            keys_3,
            values_3,
        )

        # gpt.blocks_3.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[2], p.feed_forward[2])

        # gpt.blocks_4.attention                                               gpt.py:40
        self._attention_5_forward_3(
            s.attention_5[3],
            p.attention_5[3],
            keys_4,
            values_4,
        )

        # gpt.blocks_4.feed_forward.up                                         gpt.py:40
        # z7 = norm_2 W + b                                                (N, T, 512)
        # h7 = gelu_tanh(z7)                                               (N, T, 512)
        _matmul(
            s.norm_2_rows_4,
            p.gpt_blocks_4_feed_forward_up_W,
            s.norm_2_rows_product_4,
        )
        _h1_2(s.norm_2_rows_reshape_4, p.gpt_blocks_4_feed_forward_up_b, s.h7)

        # gpt.blocks_4.feed_forward.down                                       gpt.py:40
        # h8 = h7 W + b                                                    (N, T, 128)
        # blocks_4 = blocks_3_plus_2 + h8                                  (N, T, 128)
        # blocks_4_mean = mean(blocks_4, axis 2)                             (N, T, 1)
        # blocks_4_var = mean(square(blocks_4 - blocks_4_mean), axis 2)      (N, T, 1)
        # blocks_4_inv_std = 1 / sqrt(blocks_4_var + 1e-05)                  (N, T, 1)
        # blocks_4_hat = (blocks_4 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_4_norm = blocks_4_hat * gpt.norm.gamma + gpt.norm.beta    (N, T, 128)
        _matmul(s.h7_rows, p.gpt_blocks_4_feed_forward_down_W, s.h7_rows_product)
        _blocks_4_norm_rows_2(
            s.n * s.t,
            s.blocks_3_plus_2,
            s.h7_rows_reshape,
            p.gpt_blocks_4_feed_forward_down_b,
            p.gpt_norm_gamma,
            p.gpt_norm_beta,
            s.blocks_4_norm,
        )

        # gpt.scores: blocks_4_norm_rows_product = blocks_4_norm W    (N * T, 100)   :52
        _matmul(s.blocks_4_norm_rows, p.gpt_scores_W, s.blocks_4_norm_rows_product)

        return (
            s.logits,
            s.keys_1_2,
            s.values_1_2,
            s.keys_2_2,
            s.values_2_2,
            s.keys_3_2,
            s.values_3_2,
            s.keys_4_2,
            s.values_4_2,
        )

    def _step_slots(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                x.dtype,
                x.shape,
                start.dtype,
                start.shape,
                keys_1.dtype,
                keys_1.shape,
                values_1.dtype,
                values_1.shape,
                keys_2.dtype,
                keys_2.shape,
                values_2.dtype,
                values_2.shape,
                keys_3.dtype,
                keys_3.shape,
                values_3.dtype,
                values_3.shape,
                keys_4.dtype,
                keys_4.shape,
                values_4.dtype,
                values_4.shape,
            )
            s = self._step[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_step(
                x,
                start,
                keys_1,
                values_1,
                keys_2,
                values_2,
                keys_3,
                values_3,
                keys_4,
                values_4,
            )
        _check_range("x", x, 100)
        _check_range("start", start, -s.t + 129)
        return s

    def _plan_step(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("start", start, np.int64, (), sizes)
        _check("keys_1", keys_1, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_1", values_1, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_2", keys_2, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_2", values_2, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_3", keys_3, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_3", values_3, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_4", keys_4, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_4", values_4, np.float32, ("N", 4, 128, 32), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        float32 = _buffers(np.float32)
        int64 = _buffers(np.int64)
        bool_ = _buffers(np.bool_)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.characters = s.blocks_1 = s.blocks_3_plus_2 = float32(0, 76, (n, t, 128))
        s.characters_norm = float32(1, 2, (n, t, 128))
        s.characters_norm_rows_product = float32(2, 3, (n * t, 384))
        s.qkv = float32(3, 18, (n, t, 384))
        s.gpt_blocks_1_attention_cast = float32(4, 6, (t,))
        s.gpt_blocks_1_attention_cos = float32(5, 64, (t, 16))
        s.gpt_blocks_1_attention_sin = float32(6, 64, (t, 16))
        s.q_concat = s.q_times_5 = float32(7, 14, (n, 4, t, 32))
        s.k_concat = float32(8, 13, (n, 4, t, 32))
        s.blocks_1_attention_position = int64(9, 15, ())
        s.gpt_blocks_1_attention_plus_2 = int64(10, 12, ())
        s.blocks_1_attention_logical_and = bool_(11, 68, (128,))
        s.gpt_blocks_1_attention_minimum = int64(12, 68, (128,))
        s.keys_1_2 = float32(13, 76, (n, 4, 128, 32))
        s.scores = s.weights = float32(14, 20, (n, 4, t, 128))
        s.gpt_blocks_1_attention_plus_3 = int64(15, 17, (t,))
        s.gpt_blocks_1_attention_mask_3 = bool_(16, 21, (t, 128))
        s.gpt_blocks_1_attention_where = float32(17, 66, (t, 128))
        s.v_copy = float32(18, 19, (n, 4, t, 32))
        s.values_1_2 = float32(19, 76, (n, 4, 128, 32))
        s.attended = s.attended_masked = float32(20, 22, (n, 4, t, 32))
        s.gpt_blocks_1_attention_any = bool_(21, 69, (t, 1))
        s.attended_copy = float32(22, 23, (n, t, 4, 32))
        s.heads_rows_product = float32(23, 24, (n * t, 128))
        s.norm_2 = float32(24, 25, (n, t, 128))
        s.keys_2_2 = float32(33, 76, (n, 4, 128, 32))
        s.values_2_2 = float32(36, 76, (n, 4, 128, 32))
        s.keys_3_2 = float32(49, 76, (n, 4, 128, 32))
        s.values_3_2 = float32(52, 76, (n, 4, 128, 32))
        s.keys_4_2 = float32(65, 76, (n, 4, 128, 32))
        s.values_4_2 = float32(68, 76, (n, 4, 128, 32))
        s.norm_2_4 = float32(72, 73, (n, t, 128))
        s.norm_2_rows_product_4 = float32(73, 74, (n * t, 512))
        s.h7 = float32(74, 75, (n, t, 512))
        s.h7_rows_product = float32(75, 75, (n * t, 128))
        s.blocks_4_norm = s.characters
        s.blocks_4_norm_rows_product = float32(76, 76, (n * t, 100))
        s.feed_forward = [SimpleNamespace(n=s.n, t=s.t) for _ in range(4)]
        for k_5 in range(3):
            b, at = s.feed_forward[k_5], _STEP_FEED_FORWARD[k_5]
            b.norm_2 = float32(at.t, at.t + 1, (n, t, 128))
            b.norm_2_rows_product = float32(at.t + 1, at.t + 2, (n * t, 512))
            b.h = float32(at.t + 2, at.t + 3, (n, t, 512))
            b.h_rows_product = float32(at.t + 3, at.t + 4, (n * t, 128))
            b.blocks = float32(0, 76, (n, t, 128))
            b.blocks_norm = float32(at.t + 4, at.t + 5, (n, t, 128))
        s.attention_5 = [SimpleNamespace() for _ in range(4)]
        for b in s.attention_5:
            b.n = s.n
            b.t = s.t
            b.gpt_blocks_1_attention_cos = s.gpt_blocks_1_attention_cos
            b.gpt_blocks_1_attention_sin = s.gpt_blocks_1_attention_sin
            b.gpt_blocks_1_attention_minimum = s.gpt_blocks_1_attention_minimum
            b.gpt_blocks_1_attention_where = s.gpt_blocks_1_attention_where
            b.gpt_blocks_1_attention_any = s.gpt_blocks_1_attention_any
        for k_5 in range(1, 4):
            b, at = s.attention_5[k_5], _STEP_ATTENTION_5[k_5]
            b.blocks_norm = float32(at.t, at.t + 1, (n, t, 128))
            b.blocks_norm_rows_product = float32(at.t + 1, at.t + 2, (n * t, 384))
            b.qkv = float32(at.t + 2, at.t + 7, (n, t, 384))
            b.q_concat = b.q_times = float32(at.t + 3, at.t + 6, (n, 4, t, 32))
            b.k_concat = float32(at.t + 4, at.t + 5, (n, 4, t, 32))
            b.scores = b.weights = float32(at.t + 6, at.t + 9, (n, 4, t, 128))
            b.attended = b.attended_masked = float32(at.t + 9, at.t + 10, (n, 4, t, 32))
            b.attended_copy = float32(at.t + 10, at.t + 11, (n, t, 4, 32))
            b.heads_rows_product = float32(at.t + 11, at.t + 12, (n * t, 128))
            b.blocks = b.blocks_in = float32(0, 76, (n, t, 128))
            b.norm_2 = float32(at.t + 12, at.t + 13, (n, t, 128))
            b.keys_2 = float32(at.t + 5, 76, (n, 4, 128, 32))
            b.v_copy = float32(at.t + 7, at.t + 8, (n, 4, t, 32))
            b.values_2 = float32(at.t + 8, 76, (n, 4, 128, 32))
        self._lay_out(s)
        s.characters_norm_rows = s.characters_norm.reshape(n * t, 128)
        s.characters_norm_rows_reshape = s.characters_norm_rows_product.reshape(
            n,
            t,
            384,
        )
        s.iota = cp.arange(t, dtype=np.int64)
        s.gpt_blocks_1_attention_reshape = s.gpt_blocks_1_attention_cast.reshape(t, 1)
        s.iota_2 = cp.arange(16, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.5756463
        s.row_starts_exp = cp.exp(s.row_starts)
        s.qkv_reshape = s.qkv.reshape(n, t, 12, 32)
        s.qkv_slice = s.qkv_reshape[:, :, :4]
        s.q = s.qkv_slice.transpose(0, 2, 1, 3)
        s.q_slice = s.q[:, :, :, :16]
        s.q_slice_2 = s.q[:, :, :, 16:]
        s.qkv_slice_2 = s.qkv_reshape[:, :, 4:8]
        s.k = s.qkv_slice_2.transpose(0, 2, 1, 3)
        s.k_slice = s.k[:, :, :, :16]
        s.k_slice_2 = s.k[:, :, :, 16:]
        s.iota_3 = cp.arange(128, dtype=np.int64)
        s.blocks_1_attention_reshape_2 = s.blocks_1_attention_logical_and.reshape(
            128,
            1,
        )
        s.keys_1_transpose = s.keys_1_2.transpose(0, 1, 3, 2)
        s.blocks_1_attention_reshape_3 = s.gpt_blocks_1_attention_plus_3.reshape(t, 1)
        s.qkv_slice_3 = s.qkv_reshape[:, :, 8:]
        s.v = s.qkv_slice_3.transpose(0, 2, 1, 3)
        s.attended_transpose = s.attended_masked.transpose(0, 2, 1, 3)
        s.heads_rows = s.attended_copy.reshape(n * t, 128)
        s.heads_rows_reshape = s.heads_rows_product.reshape(n, t, 128)
        s.norm_2_rows_4 = s.norm_2_4.reshape(n * t, 128)
        s.norm_2_rows_reshape_4 = s.norm_2_rows_product_4.reshape(n, t, 512)
        s.h7_rows = s.h7.reshape(n * t, 512)
        s.h7_rows_reshape = s.h7_rows_product.reshape(n, t, 128)
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.blocks_4_norm_rows_reshape = s.blocks_4_norm_rows_product.reshape(n, t, 100)
        s.logits = s.blocks_4_norm_rows_reshape[:, -1]
        for k_5 in range(3):
            b = s.feed_forward[k_5]
            b.norm_2_rows = b.norm_2.reshape(n * t, 128)
            b.norm_2_rows_reshape = b.norm_2_rows_product.reshape(n, t, 512)
            b.h_rows = b.h.reshape(n * t, 512)
            b.h_rows_reshape = b.h_rows_product.reshape(n, t, 128)
        for b in s.attention_5:
            b.blocks_1_attention_reshape_2 = s.blocks_1_attention_reshape_2
        for k_5 in range(1, 4):
            b = s.attention_5[k_5]
            b.blocks_norm_rows = b.blocks_norm.reshape(n * t, 128)
            b.blocks_norm_rows_reshape = b.blocks_norm_rows_product.reshape(n, t, 384)
            b.qkv_reshape = b.qkv.reshape(n, t, 12, 32)
            b.qkv_slice_2 = b.qkv_reshape[:, :, :4]
            b.q = b.qkv_slice_2.transpose(0, 2, 1, 3)
            b.q_slice = b.q[:, :, :, :16]
            b.q_slice_2 = b.q[:, :, :, 16:]
            b.qkv_slice_3 = b.qkv_reshape[:, :, 4:8]
            b.k = b.qkv_slice_3.transpose(0, 2, 1, 3)
            b.k_slice = b.k[:, :, :, :16]
            b.k_slice_2 = b.k[:, :, :, 16:]
            b.qkv_slice = b.qkv_reshape[:, :, 8:]
            b.v = b.qkv_slice.transpose(0, 2, 1, 3)
            b.attended_transpose = b.attended_masked.transpose(0, 2, 1, 3)
            b.heads_rows = b.attended_copy.reshape(n * t, 128)
            b.heads_rows_reshape = b.heads_rows_product.reshape(n, t, 128)
            b.keys_transpose = b.keys_2.transpose(0, 1, 3, 2)
        key = (
            x.dtype,
            x.shape,
            start.dtype,
            start.shape,
            keys_1.dtype,
            keys_1.shape,
            values_1.dtype,
            values_1.shape,
            keys_2.dtype,
            keys_2.shape,
            values_2.dtype,
            values_2.shape,
            keys_3.dtype,
            keys_3.shape,
            values_3.dtype,
            values_3.shape,
            keys_4.dtype,
            keys_4.shape,
            values_4.dtype,
            values_4.shape,
        )
        self._step[key] = s
        return s

    def _blocks_backward(self, s, p, d):
        """Backward, one of 3: gpt.blocks_2 to gpt.blocks_4."""
        # feed_forward.down                                                    gpt.py:40
        # d_rows_product = norm_2.d_blocks W^T                              (N * T, 512)
        self._feed_forward_backward(s.feed_forward, p.feed_forward, d.feed_forward)

        # norm_2                                                               gpt.py:40
        # d_beta = sum(d_z gpt.blocks.feed_forward.up.W^T, axes 0, 1)             (128,)
        # d_gamma = sum(norm_2.d_blocks_norm * norm_2.blocks_hat, axes 0, 1)      (128,)
        _d_gpt_norm_beta_columns(
            s.feed_forward.n * s.feed_forward.t,
            128,
            s.norm_2.d_blocks_norm,
            s.norm_2.blocks_hat,
            d.norm_2_beta,
            d.norm_2_gamma,
        )

        # feed_forward.down                                                    gpt.py:40
        # d_b = sum(norm_2.d_blocks, axes 0, 1)                                   (128,)
        # d_W = h^T norm_2.d_blocks                                           (512, 128)
        _sum_columns(
            s.feed_forward.n * s.feed_forward.t,
            128,
            s.norm_2.d_blocks,
            d.feed_forward_down_b,
        )
        _matmul(s.h_rows.T, s.feed_forward.d_blocks_rows, d.feed_forward_down_W)

        # feed_forward.up: d_W = norm_2^T d_z                     (128, 512)   gpt.py:40
        _matmul(s.norm_2_rows.T, s.feed_forward.d_z_rows, d.feed_forward_up_W)

        # norm_2                                                               gpt.py:40
        # norm_2.d_blocks_2 = norm_2.d_blocks + times                        (N, T, 128)
        self._norm_backward(s.norm_2, p.norm_2)

        # attention                                                            gpt.py:40
        self._attention_5_backward(s.attention, p.attention)

        # norm_1                                                               gpt.py:40
        # d_beta = sum(d_qkv gpt.blocks.attention.W_qkv^T, axes 0, 1)             (128,)
        # d_gamma = sum(norm_1.d_blocks_norm * norm_1.blocks_hat, axes 0, 1)      (128,)
        _d_gpt_norm_beta_columns(
            s.feed_forward.n * s.feed_forward.t,
            128,
            s.norm_1.d_blocks_norm,
            s.norm_1.blocks_hat,
            d.norm_1_beta,
            d.norm_1_gamma,
        )

        # attention                                                            gpt.py:40
        # d_b_o = sum(norm_2.d_blocks_2, axes 0, 1)                               (128,)
        # d_W_o = reshape(attended_copy, (N * T, 128))^T norm_2.d_blocks_2    (128, 128)
        # d_b_qkv = sum(reshape(d_q_concat, (N, T, 384)), axes 0, 1)              (384,)
        # d_W_qkv = norm^T reshape(d_q_concat, (N * T, 384))                  (128, 384)
        _sum_columns(
            s.feed_forward.n * s.feed_forward.t,
            128,
            s.norm_2.d_blocks_2,
            d.attention_b_o,
        )
        _matmul(s.attention.heads_rows.T, s.attention.d_rows, d.attention_W_o)
        _sum_columns(
            s.feed_forward.n * s.feed_forward.t,
            384,
            s.d_qkv,
            d.attention_b_qkv,
        )
        _matmul(
            s.attention.blocks_norm_rows.T,
            s.attention.d_qkv_rows,
            d.attention_W_qkv,
        )

        # norm_1                                                               gpt.py:40
        self._norm_backward(s.norm_1, p.norm_1)

    def _attention_5_forward_3(self, s, p, keys, values):
        """Forward, one of 3: gpt.blocks_2.attention to gpt.blocks_4.attention."""
        # attention_5                                                          gpt.py:40
        # qkv = blocks_norm W_qkv + b_qkv                                    (N, T, 384)
        # scores = q_concat * 0.176777 keys_transpose                     (N, 4, T, 128)
        # weights = softmax(scores + gpt_blocks_1_attention_where)        (N, 4, T, 128)
        # attended = weights values_2                                      (N, 4, T, 32)
        # value = heads W_o + b_o                                            (N, T, 128)
        # norm_2 = blocks_times + gpt.blocks.norm_2.beta                     (N, T, 128)
        _matmul(s.blocks_norm_rows, p.W_qkv, s.blocks_norm_rows_product)
        _add(s.blocks_norm_rows_reshape, p.b_qkv, s.qkv)
        _k_plus_times(
            s.q_slice,
            s.gpt_blocks_1_attention_cos,
            s.q_slice_2,
            s.gpt_blocks_1_attention_sin,
            s.k_slice,
            s.k_slice_2,
            s.q_concat[:, :, :, :16],
            s.q_concat[:, :, :, 16:],
            s.k_concat[:, :, :, :16],
            s.k_concat[:, :, :, 16:],
        )
        _multiply(s.q_concat, s.q_times)
        _keys_1(
            s.k_concat,
            s.gpt_blocks_1_attention_minimum,
            s.t,
            s.blocks_1_attention_reshape_2,
            keys,
            s.keys_2,
        )
        _matmul(s.q_times, s.keys_transpose, s.scores)
        _weights_rows_2(
            4 * s.n * s.t,
            s.scores,
            s.gpt_blocks_1_attention_where,
            s.t,
            s.weights,
        )
        _copy(s.v, s.v_copy)
        _keys_1(
            s.v_copy,
            s.gpt_blocks_1_attention_minimum,
            s.t,
            s.blocks_1_attention_reshape_2,
            values,
            s.values_2,
        )
        _matmul(s.weights, s.values_2, s.attended)
        _apply_mask(s.attended, s.gpt_blocks_1_attention_any, s.attended_masked)
        _copy(s.attended_transpose, s.attended_copy)
        _matmul(s.heads_rows, p.W_o, s.heads_rows_product)
        _norm_rows_2(
            s.n * s.t,
            s.blocks_in,
            s.heads_rows_reshape,
            p.b_o,
            p.gpt_blocks_norm_2_gamma,
            p.gpt_blocks_norm_2_beta,
            s.blocks,
            s.norm_2,
        )

    def _attention_5_forward_2(self, s, p):
        """Forward, one of 4: gpt.blocks_1.attention to gpt.blocks_4.attention."""
        # attention_5                                                          gpt.py:40
        # qkv = blocks_norm W_qkv + b_qkv                                    (N, T, 384)
        # scores = q_concat * 0.176777 k_transpose                          (N, 4, T, T)
        # weights = softmax(scores + iota_4_where)                          (N, 4, T, T)
        # attended = weights v                                             (N, 4, T, 32)
        # attention = heads W_o + b_o                                        (N, T, 128)
        # norm_2 = blocks_times + gpt.blocks.norm_2.beta                     (N, T, 128)
        _matmul(s.blocks_norm_rows, p.W_qkv, s.blocks_norm_rows_product)
        _add(s.blocks_norm_rows_reshape, p.b_qkv, s.qkv)
        _k_plus_times(
            s.q_slice,
            s.iota_2_cos,
            s.q_slice_2,
            s.iota_2_sin,
            s.k_slice,
            s.k_slice_2,
            s.q_concat[:, :, :, :16],
            s.q_concat[:, :, :, 16:],
            s.k_concat[:, :, :, :16],
            s.k_concat[:, :, :, 16:],
        )
        _multiply(s.q_concat, s.q_times)
        _matmul(s.q_times, s.k_transpose, s.scores)
        _add(s.scores, s.iota_4_where, s.scores_plus)
        _weights_rows(4 * s.n * s.t, s.scores_plus, s.t, s.weights)
        _matmul(s.weights, s.v, s.attended)
        _copy(s.attended_transpose, s.attended_copy)
        _matmul(s.heads_rows, p.W_o, s.heads_rows_product)
        _norm_rows_2(
            s.n * s.t,
            s.blocks_in,
            s.heads_rows_reshape,
            p.b_o,
            p.gpt_blocks_norm_2_gamma,
            p.gpt_blocks_norm_2_beta,
            s.blocks,
            s.norm_2,
        )

    def _attention_5_backward(self, s, p):
        """Backward, one of 4: gpt.blocks_1.attention to gpt.blocks_4.attention."""
        # attention_5                                                          gpt.py:40
        # d_weights = d_attended qkv_transpose                              (N, 4, T, T)
        # d_scores = weights * (d_weights - d_weights_sum)                  (N, 4, T, T)
        # d_q = [d_scores_plus_times; d_scores_plus_times]                 (N, 4, T, 32)
        # d_k = [q_plus_times; q_plus_times]                               (N, 4, T, 32)
        # d_v = transpose(weights, (0, 1, 3, 2)) d_attended                (N, 4, T, 32)
        _matmul(s.d_rows, p.W_o.T, s.d_rows_product)
        _matmul(s.d_attended, s.qkv_transpose, s.d_weights)
        _d_scores_rows(4 * s.n * s.t, s.d_weights, s.weights, s.t, s.d_scores)
        _matmul(s.d_scores, s.k_concat, s.d_scores_product)
        _multiply(s.d_scores_product, s.d_scores_times)
        _d_scores_plus_times(
            s.d_scores_slice,
            s.iota_2_sin,
            s.d_scores_slice_2,
            s.iota_2_cos,
            s.d_q[:, :, :, :16],
            s.d_q[:, :, :, 16:],
        )
        _matmul(s.q_transpose, s.d_scores, s.q_product)
        _d_scores_plus_times(
            s.q_slice_3,
            s.iota_2_sin,
            s.q_slice_4,
            s.iota_2_cos,
            s.d_k[:, :, :, :16],
            s.d_k[:, :, :, 16:],
        )
        _matmul(s.weights_transpose, s.d_attended, s.d_v)
        _concat(
            s.d_q_transpose,
            s.d_k_transpose,
            s.d_v_transpose,
            s.d_q_concat[:, :, :4],
            s.d_q_concat[:, :, 4:8],
            s.d_q_concat[:, :, 8:],
        )
        _matmul(s.d_qkv_rows, p.W_qkv.T, s.d_qkv_rows_product)

    def _attention_5_forward(self, s, p):
        """Forward, one of 4: gpt.blocks_1.attention to gpt.blocks_4.attention."""
        # attention_5                                                          gpt.py:40
        # qkv = blocks_norm W_qkv + b_qkv                                    (N, T, 384)
        # scores = q_concat * 0.176777 k_transpose                          (N, 4, T, T)
        # weights = softmax(scores + iota_4_where)                          (N, 4, T, T)
        # attended = weights v                                             (N, 4, T, 32)
        # attention = heads W_o + b_o                                        (N, T, 128)
        # norm_2 = blocks_times + gpt.blocks.norm_2.beta                     (N, T, 128)
        _matmul(s.blocks_norm_rows, p.W_qkv, s.blocks_norm_rows_product)
        _add(s.blocks_norm_rows_reshape, p.b_qkv, s.qkv)
        _k_plus_times(
            s.q_slice,
            s.iota_2_cos,
            s.q_slice_2,
            s.iota_2_sin,
            s.k_slice,
            s.k_slice_2,
            s.q_concat[:, :, :, :16],
            s.q_concat[:, :, :, 16:],
            s.k_concat[:, :, :, :16],
            s.k_concat[:, :, :, 16:],
        )
        _multiply(s.q_concat, s.q_times)
        _matmul(s.q_times, s.k_transpose, s.scores)
        _add(s.scores, s.iota_4_where, s.scores_plus)
        _weights_rows(4 * s.n * s.t, s.scores_plus, s.t, s.weights)
        _matmul(s.weights, s.v, s.attended)
        _copy(s.attended_transpose, s.attended_copy)
        _matmul(s.heads_rows, p.W_o, s.heads_rows_product)
        _norm_rows(
            s.n * s.t,
            s.blocks_in,
            s.heads_rows_reshape,
            p.b_o,
            p.gpt_blocks_norm_2_gamma,
            p.gpt_blocks_norm_2_beta,
            s.blocks,
            s.blocks_over_sqrt,
            s.blocks_times,
            s.norm_2,
        )

    def _feed_forward_forward_2(self, s, p):
        """Forward, one of 3: gpt.blocks_1.feed_forward to gpt.blocks_3.feed_for..."""
        # up                                                                   gpt.py:40
        # z = norm_2 W + b                                                   (N, T, 512)
        # h = gelu_tanh(z)                                                   (N, T, 512)
        _matmul(s.norm_2_rows, p.up_W, s.norm_2_rows_product)
        _h1_2(s.norm_2_rows_reshape, p.up_b, s.h)

        # down                                                                 gpt.py:40
        # h = h W + b                                                        (N, T, 128)
        # blocks = blocks + attention + h                                    (N, T, 128)
        # blocks_mean = mean(blocks, axis 2)                                   (N, T, 1)
        # blocks_var = mean(square(blocks - blocks_mean), axis 2)              (N, T, 1)
        # blocks_inv_std = 1 / sqrt(blocks_var + 1e-05)                        (N, T, 1)
        # blocks_hat = (blocks - mean) / sqrt(var + 1e-05)                   (N, T, 128)
        # blocks_norm = blocks_hat_times + gpt.blocks.norm_1.beta            (N, T, 128)
        _matmul(s.h_rows, p.down_W, s.h_rows_product)
        _norm_rows_2(
            s.n * s.t,
            s.blocks,
            s.h_rows_reshape,
            p.down_b,
            p.gpt_blocks_norm_1_gamma,
            p.gpt_blocks_norm_1_beta,
            s.blocks,
            s.blocks_norm,
        )

    def _feed_forward_backward(self, s, p, d):
        """Backward, one of 4: gpt.blocks_1.feed_forward to gpt.blocks_4.feed_fo..."""
        # down                                                                 gpt.py:40
        # d_blocks_rows_product = d_blocks W^T                              (N * T, 512)
        _matmul(s.d_blocks_rows, p.down_W.T, s.d_blocks_rows_product)

        # up                                                                   gpt.py:40
        # d_z = d_h * gelu_tanh_slope(z)                                     (N, T, 512)
        # d_b = sum(d_z, axes 0, 1)                                               (512,)
        # d_z_rows_product = d_z W^T                                        (N * T, 128)
        _blocks_4_feed_forward_up_b_columns(
            s.n * s.t,
            512,
            s.d_h,
            s.z_over_plus_exp,
            s.z_clip,
            s.z_square,
            s.z_plus_exp,
            s.d_z,
            d.up_b,
        )
        _matmul(s.d_z_rows, p.up_W.T, s.d_z_rows_product)

    def _feed_forward_forward(self, s, p):
        """Forward, one of 3: gpt.blocks_1.feed_forward to gpt.blocks_3.feed_for..."""
        # up                                                                   gpt.py:40
        # z = norm_2 W + b                                                   (N, T, 512)
        # h = gelu_tanh(z)                                                   (N, T, 512)
        # z_clip = clip(z, -30, 10)                                          (N, T, 512)
        # z_square = square(clip(z, -30, 10))                                (N, T, 512)
        _matmul(s.norm_2_rows, p.up_W, s.norm_2_rows_product)
        _h1(
            s.norm_2_rows_reshape,
            p.up_b,
            s.z_clip,
            s.z_square,
            s.z_plus_exp,
            s.z_over_plus_exp,
            s.h,
        )

        # down                                                                 gpt.py:40
        # h = h W + b                                                        (N, T, 128)
        # blocks = blocks + attention + h                                    (N, T, 128)
        # blocks_mean = mean(blocks, axis 2)                                   (N, T, 1)
        # blocks_var = mean(square(blocks - blocks_mean), axis 2)              (N, T, 1)
        # blocks_inv_std = 1 / sqrt(blocks_var + 1e-05)                        (N, T, 1)
        # blocks_hat = (blocks - mean) / sqrt(var + 1e-05)                   (N, T, 128)
        # blocks_norm = blocks_hat_times + gpt.blocks.norm_1.beta            (N, T, 128)
        _matmul(s.h_rows, p.down_W, s.h_rows_product)
        _norm_rows(
            s.n * s.t,
            s.blocks,
            s.h_rows_reshape,
            p.down_b,
            p.gpt_blocks_norm_1_gamma,
            p.gpt_blocks_norm_1_beta,
            s.blocks,
            s.blocks_inv_std,
            s.blocks_hat,
            s.blocks_norm,
        )

    def _norm_backward(self, s, p):
        """Backward, one of 8: gpt.blocks_1.norm_1 to gpt.blocks_1.norm_2."""
        # norm                                                                 gpt.py:40
        # d_blocks_2 = d_blocks + blocks_times                               (N, T, 128)
        _d_attention_rows(
            s.n * s.t,
            s.d_blocks_norm,
            p.gamma,
            s.blocks_hat,
            s.d_blocks,
            s.blocks_inv_std,
            s.d_blocks_2,
        )

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        grows = self._arena.size < nbytes
        if grows:
            self._arena = cp.empty(nbytes, dtype=np.uint8)
        for buffers in (self._train, self._evaluate, self._step):
            if grows or len(buffers) >= 16:  # forget old shapes
                buffers.clear()
        return self._arena

    def _lay_out(self, slots, order=None):
        """Make arrays of all buffers, which take turns in one piece of memory."""
        owners = [slots]
        for value in vars(slots).values():
            if isinstance(value, list):
                owners.extend(value)
        values = [value for owner in owners for value in vars(owner).values()]
        found = {value.first: value for value in values if isinstance(value, _Buffer)}
        buffers = [found[first] for first in sorted(found)]
        starts, nbytes = _places(buffers, order)
        memory = self._memory(nbytes)
        pairs = zip(buffers, starts, strict=True)
        arrays = {b.first: b.array(memory, start) for b, start in pairs}
        for owner in owners:
            for name, value in vars(owner).items():
                if isinstance(value, _Buffer):
                    setattr(owner, name, arrays[value.first])

    def _replayed(self, s, run, *arrays):
        """Do what `run` does, from its second call for these shapes on as one CUDA graph."""
        graphs = vars(s).setdefault("graphs", {})
        if run.__name__ not in graphs:
            graphs[run.__name__] = _Captured(run, s, arrays)
        return graphs[run.__name__](arrays)

    def state_dict(self):
        """A copy of everything that training changes on the host, by name."""
        state = {}
        for name, (group, attribute) in self.STATES.items():
            state[name] = getattr(getattr(self, group), attribute).get()
        return state

    def load_state_dict(self, state):
        """Take every value of `state`, or raise InputError and change nothing."""
        mine, arrays = self.state_dict(), {}
        if not hasattr(state, "items"):
            raise InputError(f"expected arrays by name, got {type(state).__name__}")
        missing = sorted(set(mine) - set(state))
        unknown = sorted(set(state) - set(mine), key=str)
        if missing or unknown:
            raise InputError(f"{self.NAME}: missing {missing}, unknown {unknown}")
        for name, value in state.items():
            want = _show(mine[name].dtype, mine[name].shape)
            try:
                arrays[name] = _on_host(value)
            except ValueError as error:
                raise InputError(f"{name}: expected {want}: {error}") from None
            have = _show(arrays[name].dtype, arrays[name].shape)
            if have != want:
                raise InputError(f"{name}: expected {want}, got {have}")
        for name, (group, attribute) in self.STATES.items():
            getattr(getattr(self, group), attribute).set(arrays[name])

    __setstate__ = load_state_dict

    def __reduce__(self):  # copies and pickles take the state; buffers are made again
        return type(self), (), self.state_dict()

    def save(self, path):
        """Write the state to an .npz file, whole or not at all."""
        part = f"{os.fspath(path)}.part"
        try:
            with open(part, "wb") as file:
                _write_arrays(file, self.state_dict())
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            if os.path.exists(part):
                os.remove(part)
            raise

    def load(self, path):
        """Read the state from an .npz file; InputError if damaged or another's."""
        arrays = _read_arrays(path)
        try:
            self.load_state_dict(arrays)
        except InputError as error:
            raise InputError(f"{os.fspath(path)}: {error}") from None


def _vector(size, dtype):
    """Zeros on the device."""
    return cp.zeros(size, dtype=dtype)


class _Views:
    """One flat array with a named window on it for each part of it."""

    def __init__(self, flat, shapes):
        self.flat = flat
        self.shapes = shapes
        start = 0
        for name, shape in shapes.items():
            stop = start + int(np.prod(shape, dtype=int))
            setattr(self, name, flat[start:stop].reshape(shape))
            start = stop


class _Whole:
    """Holds Ctrl-C back, and warnings down, until a change of state is complete."""

    def __enter__(self):
        self.pending = None
        self.main = threading.current_thread() is threading.main_thread()
        if self.main:
            self.handler = signal.signal(signal.SIGINT, self._note)
        self.quiet = np.errstate(all="ignore")
        self.quiet.__enter__()

    def _note(self, number, frame):
        self.pending = number, frame

    def __exit__(self, *error):
        self.quiet.__exit__(*error)
        if self.main:
            signal.signal(signal.SIGINT, self.handler or signal.SIG_DFL)
            if self.pending and callable(self.handler):
                self.handler(*self.pending)


def _write_arrays(file, arrays):
    """Write an .npz file; np.savez takes some names for its own arguments."""
    import zipfile

    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)


def _read_arrays(path):
    """The arrays of an .npz file by name; InputError if it is none, or damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except OSError:
        raise
    except Exception as error:
        where = os.fspath(path)
        raise InputError(f"{where}: no whole .npz file of arrays ({error})") from None


def _show(dtype, shape):
    return f"{dtype.name if dtype.isnative else dtype.str} of shape {tuple(shape)}"


def _on_host(value):
    """An array as NumPy's; one on the device is copied."""
    return value.get() if isinstance(value, cp.ndarray) else np.asarray(value)


def _on_device(value):
    """An array as CuPy's, in rows without gaps; one on the host is copied."""
    if not isinstance(value, cp.ndarray):
        return cp.asarray(value)
    return value if value.flags.c_contiguous else cp.ascontiguousarray(value)


# For each element type how cuBLAS counts it (cudaDataType_t), and what products of it are
# computed in (cublasComputeType_t: 68 is float32, 77 TF32, 70 float64).
_CUBLAS_TYPES = {
    np.dtype(np.float16): (2, 68),
    np.dtype(np.float32): (0, 68),
    np.dtype(np.float64): (1, 70),
    np.dtype(np.uint16): (14, 68),  # the bits of a bfloat16
}
# By what a product, and what was in its place, are multiplied: in float32, and in float64.
_FACTORS = (ctypes.c_float * 2)(1, 0), (ctypes.c_double * 2)(1, 0)


def _matmul(a, b, out):
    """out = a b, of matrices or of stacks of them; halves are added up in float32."""
    if not a.size or not b.size:
        out.fill(0)
        return
    rows, columns = out.shape[-2:]
    a, turned_a, line_a, step_a = _laid(a, out.shape[:-2])
    b, turned_b, line_b, step_b = _laid(b, out.shape[:-2])
    (kind, compute), (made, _) = _CUBLAS_TYPES[a.dtype], _CUBLAS_TYPES[out.dtype]
    factors = _FACTORS[compute == 70]
    one = ctypes.addressof(factors)
    zero = one + ctypes.sizeof(factors) // 2
    # cuBLAS takes columns for rows: what it computes is out^T = b^T a^T.
    sizes = turned_b, turned_a, columns, rows, a.shape[-1], one
    first, second = (b.data.ptr, kind, line_b), (a.data.ptr, kind, line_a)
    last = zero, out.data.ptr, made, columns
    product, products = _cublas()
    handle, count = cp.cuda.get_cublas_handle(), out.size // (rows * columns)
    if count == 1:
        product(handle, *sizes, *first, *second, *last, compute, -1)
    else:
        rest = rows * columns, count, compute, -1
        products(handle, *sizes, *first, step_b, *second, step_a, *last, *rest)


def _laid(x, stack):
    """An operand as cuBLAS can read it; what does not lie so is copied.

    Returns the array, whether it is turned, and how many elements it is from row to row (from
    column to column where it is turned) and from matrix to matrix.
    """
    rows, columns = x.shape[-2:]
    single = x.size == rows * columns
    if not single and x.shape[:-2] != stack:
        x = cp.broadcast_to(x, (*stack, rows, columns))
    *steps, down, along = (step // x.itemsize for step in x.strides)
    pairs = zip(steps, steps[1:], stack[1:])
    if single or all(step == inner * size for step, inner, size in pairs):
        step = 0 if single else steps[-1]
        if (along == 1 or columns == 1) and (down >= columns or rows == 1):
            return x, 0, max(down, columns), step
        if (down == 1 or rows == 1) and (along >= rows or columns == 1):
            return x, 1, max(along, rows), step
    return cp.ascontiguousarray(x), 0, columns, 0 if single else rows * columns


@functools.cache
def _cublas():
    """The functions of cuBLAS for a product of two matrices, and of two stacks of them.

    CuPy refuses to call them while a graph is captured (github.com/cupy/cupy/issues/6290), which
    cuBLAS allows. So they are called past it, in the library that it has loaded. Where they are
    not found there, they are CuPy's, and nothing with a product becomes a graph.
    """
    ours = cp.cuda.cublas
    try:
        library = ctypes.CDLL(ours.__file__)  # finds what it is linked with, too
        functions = library.cublasGemmEx, library.cublasGemmStridedBatchedEx
        follow = library.cublasSetStream_v2
    except (AttributeError, OSError):
        return ours.gemmEx, ours.gemmStridedBatchedEx
    pointer, number, step = ctypes.c_void_p, ctypes.c_int, ctypes.c_longlong
    follow.argtypes = [pointer, pointer]
    for function, steps, count in zip(functions, ([], [step]), ([], [number])):
        matrix = [pointer, number, number, *steps]
        types = [pointer, *[number] * 5, pointer, *matrix, *matrix, pointer, *matrix]
        function.argtypes = [*types, *count, number, number]

    def called(function):
        def call(handle, *given):
            stream = cp.cuda.get_current_stream().ptr
            status = follow(handle, stream) or function(handle, *given)
            if status:
                raise RuntimeError(f"cuBLAS refuses a product: status {status}")

        return call

    return [called(function) for function in functions]


def _result(value, host, dtype=None):
    """A result of its own: on the host if the arguments were, else on the device."""
    if not isinstance(value, cp.ndarray):
        return np.asarray(value, dtype=dtype)
    return value.get() if host else value.copy()


def _copies(group):
    """The arrays of a group on the host, under the same names."""
    copies = SimpleNamespace(shapes=group.shapes)
    for name, array in vars(group).items():
        if isinstance(array, cp.ndarray) and name != "flat":
            setattr(copies, name, array.get())
    return copies


def _store(copies, group):
    """Give the arrays of a group the values of their copies on the host."""
    for name, array in vars(copies).items():
        if name != "shapes":
            getattr(group, name).set(array)


class _Captured:
    """The launches of a method, for arguments of some shapes, as one CUDA graph.

    The first call launches one kernel after the other, which compiles them; the second captures
    its launches; the others replay them. Arguments are copied to where the graph reads them. It has
    a stream and a pool of memory of its own, so that nothing else is given memory that it uses.
    """

    def __init__(self, run, s, arrays):
        self.run, self.s = run, s
        self.arrays = [cp.empty(a.shape, dtype=a.dtype) for a in arrays]
        self.stream = cp.cuda.Stream(non_blocking=True)
        self.pool = cp.cuda.MemoryPool()
        self.warm, self.captures, self.graph, self.result = False, True, None, None

    def __call__(self, arrays):
        for mine, array in zip(self.arrays, arrays, strict=True):
            if isinstance(array, cp.ndarray):
                cp.copyto(mine, array)
            else:
                mine.set(array)
        outer = cp.cuda.get_current_stream()
        self.stream.wait_event(outer.record())
        with self.stream, cp.cuda.using_allocator(self.pool.malloc):
            if self.warm and self.captures and self.graph is None:
                self._capture()
            if self.graph is None:
                self.result = self.run(self.s, *self.arrays)
                self.warm = True
            else:
                self.graph.launch()
        outer.wait_event(self.stream.record())
        return self.result

    def _capture(self):
        """Capture the launches, or say why they are launched one by one from now on."""
        try:
            self.stream.begin_capture()
            try:
                self.result = self.run(self.s, *self.arrays)
            finally:
                self.graph = self.stream.end_capture()
        except Exception as error:
            self.captures, self.graph = False, None
            name = self.run.__name__.removeprefix("_launch_")
            text = f"{name} is launched kernel by kernel, for it can't be captured: {error}"
            warnings.warn(text, RuntimeWarning, stacklevel=4)


def _check(name, value, dtype, shape, sizes):
    """Refuse an argument of another type; learn the symbolic sizes."""
    dtype = np.dtype(dtype)
    want = f"{name}: expected {dtype} of shape ({', '.join(map(str, shape))})"
    if not isinstance(value, (np.ndarray, cp.ndarray)):
        have = type(value).__name__
        raise InputError(f"{want}, got {have}; use np.asarray or cp.from_dlpack")
    have = f"{want}, got {_show(value.dtype, value.shape)}"
    if value.dtype != dtype:
        raise InputError(f"{have}; use .astype(np.{dtype})")
    if value.ndim != len(shape):
        raise InputError(have)
    for axis, size in enumerate(shape):
        count = value.shape[axis]
        expected = sizes.setdefault(size, count) if isinstance(size, str) else size
        if count != expected:
            raise InputError(f"{have}: axis {axis} has {count}, not {expected}")
        if count == 0 and isinstance(size, str):
            raise InputError(f"{have}: {size} must be at least 1")


def _check_range(name, index, size):
    """Refuse indices that are not in 0 .. size - 1."""
    if index.size and (int(index.min()) < 0 or int(index.max()) >= size):
        index = _on_host(index)
        wrong = index[(index < 0) | (index >= size)].flat[0]
        raise InputError(f"{name}: values must lie in 0 .. {size - 1}, got {wrong}")


class _Buffer:
    """An array to be, needed from moment `first` to moment `last`, both included.

    Each moment begins with another buffer: what has the same `first` is the same.
    """

    def __init__(self, first, last, dtype, shape):
        self.first, self.last = first, last
        self.dtype, self.shape = np.dtype(dtype), shape
        self.nbytes = int(np.prod(shape, dtype=int)) * self.dtype.itemsize
        # Large arrays begin on a cache line, which vector instructions are faster on.
        self.alignment = 64 if self.nbytes >= 4096 else self.dtype.itemsize

    def array(self, memory, start):
        """The array in its place."""
        return memory[start : start + self.nbytes].view(self.dtype).reshape(self.shape)


def _generator(seed, stream):
    """An independent random stream, on the host."""
    return np.random.Generator(np.random.SFC64([seed, stream]))


def _before(names, end, *others):
    """What stands before that end in the names that have it, but for some others."""
    return [name.removesuffix(end) for name in _ending(names, end, *others)]


def _buffers(dtype):
    """A function for buffers of that type."""

    def buffer(first, last, shape):
        return _Buffer(first, last, dtype, shape)

    return buffer


def _ending(names, end, *others):
    """The names that end so, but for some others."""
    return [name for name in names if name.endswith(end) and name not in others]


def _join(blocks, inner, table):
    """Give each block its places of `inner`, under the names of a table of their numbers."""
    for block, row in zip(blocks, _rows(table), strict=True):
        for name, number in vars(row).items():
            setattr(block, name, inner[number])


def _named(group, **names):
    """For each place, what has the names that stand in it, under names of its own."""
    parts = [SimpleNamespace() for _ in next(iter(names.values()))]
    for own, series in names.items():
        for part, name in zip(parts, series, strict=True):
            if name:
                setattr(part, own, getattr(group, name))
    return parts


def _parts(group, prefixes):
    """For each prefix, what has a name that begins so, under the rest of its name."""
    parts = []
    for start in [f"{prefix}_" for prefix in prefixes]:
        found = {n: v for n, v in vars(group).items() if n.startswith(start)}
        parts.append(SimpleNamespace(**{n[len(start) :]: v for n, v in found.items()}))
    return parts


def _piled(first, last, size, alignment, order, grain):
    """Put buffers down: each time the first in that order that can lie lowest.

    Places that are no further apart than a grain count as equally low.
    """
    first, last, size = first[order], last[order], size[order]
    alignment, done = alignment[order], np.iinfo(np.int64).max
    starts, floor = np.zeros((2, len(order)), dtype=np.int64)
    for _ in order:
        k = (floor // grain).argmin()
        starts[k] = floor[k]
        top = floor[k] + size[k]
        floor[k] = done
        together = (first <= last[k]) & (last >= first[k])
        np.maximum(floor, -(-top // alignment) * alignment, out=floor, where=together)
    places = np.empty_like(starts)
    places[order] = starts
    return places, int((starts + size).max())


def _places(buffers, given):
    """The byte that each buffer begins at, and the bytes that all take together.

    Buffers are put down one after the other, each above those that it shares a moment
    with. The next is one that can lie lowest; of several, one of the fullest moment.
    """
    rows = [(b.first, b.last, b.nbytes, b.alignment) for b in buffers]
    first, last, size, alignment = np.array(rows, dtype=np.int64).T
    load = np.zeros(last.max() + 2, dtype=np.int64)
    np.add.at(load, first, size)
    np.subtract.at(load, last + 1, size)
    load = np.cumsum(load)  # the bytes needed at each moment
    least, length = load.max(), last - first + 1
    spans = zip(first, last, strict=True)
    fullest = np.array([load[start : stop + 1].max() for start, stop in spans])
    found = []
    for keys in ((size * length, fullest), (length, fullest), (size,), (last, fullest)):
        order, grain = np.lexsort(keys)[::-1], least // 256 + 1
        found.append(_piled(first, last, size, alignment, order, grain))
        if found[-1][1] == least:
            return found[-1]
    if given is not None:  # was searched for: put down in that order, however high
        given = np.array(given)
        order = np.searchsorted(first, given[np.isin(given, first)])
        grain = np.iinfo(np.int64).max // 2
        found.append(_piled(first, last, size, alignment, order, grain))
    return min(found, key=lambda result: result[1])


def _series(pattern, *columns):
    """Names that count: the pattern with the numbers of the columns for each `#`."""
    names = []
    first, *rest = pattern.split("#")
    for numbers in zip(*[_numbers(column) for column in columns], strict=True):
        parts = [f"{n}{text}" for n, text in zip(numbers, rest, strict=True)]
        names.append(first + "".join(parts))
    return names


def _shapes(table):
    """The shapes of a table by attribute."""
    shapes = {}
    for word in _words(table):
        names, _, shape = word.partition("=")
        name, _, attribute = names.partition("/")
        sizes = tuple(int(size) for size in shape.split(",") if size)
        shapes[attribute or name.rpartition("~")[2].replace(".", "_")] = sizes
    return shapes


def _zeros(dtype, table):
    """Zeros of that type on the device, by attribute."""
    shapes = _shapes(table)
    return {name: cp.zeros(shape, dtype=dtype) for name, shape in shapes.items()}
