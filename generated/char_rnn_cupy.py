"""char_rnn_cupy: emitted by graphc 0.1.0, for a GPU.

It needs CuPy, and an NVIDIA GPU.

Parameters 360,804 in 6 arrays

    from char_rnn_cupy import CharRnnCupy

    m = CharRnnCupy(seed=0)
    m.train(x, y, h, c)     # Returns loss, h, c; changes char_rnn, scores, adam.
    m.evaluate(x, y, h, c)  # Returns loss, h, c.
    m.step(x, h, c)
"""

import ctypes
import functools
import os
import signal
import threading
import warnings
from types import SimpleNamespace

import cupy as cp
import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


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

_WARP_MAX = r"""
// The largest value over the threads of a warp, for each of them.
template <typename T> __device__ T warp_max(T value) {
  for (int step = 16; step; step /= 2)
    value = larger(value, __shfl_xor_sync(0xffffffffu, value, step));
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

# out = x + y
_add = cp.ElementwiseKernel(
    "float32 x, float32 y",
    "float32 out",
    "out = x + y;",
    "add",
)

# out = x
_copy = cp.ElementwiseKernel(
    "int64 x",
    "int64 out",
    "out = x;",
    "copy",
)

# out = y[z]
_take = cp.ElementwiseKernel(
    "int64 x, raw float32 y, raw int64 z",
    "float32 out",
    "out = y[z[i / 1024] * 1024 + i % 1024];",
    "take",
)

# i_2 = sigmoid(x_in_slice_3 + h_slice_3)
# f = sigmoid(x_in_slice_2 + h_slice_2)
# o = sigmoid(x_in_slice + h_slice)
# g = tanh(x_in_slice_4 + h_slice_4)
# c = f * c_in + i_2 * g
# c_tanh = tanh(c)
# h = o * c_tanh
_h = cp.ElementwiseKernel(
    r"""
    float32 x_in_slice, float32 h_slice, float32 x_in_slice_2, float32 h_slice_2,
        float32 c_in, float32 x_in_slice_3, float32 h_slice_3, float32 x_in_slice_4,
        float32 h_slice_4
    """,
    r"""
    float32 i_2, float32 f, float32 o, float32 g, float32 c, float32 c_tanh,
        float32 h
    """,
    r"""
    const float x_in_plus = x_in_slice + h_slice;
    const float x_in_minimum = x_in_plus > 88.0f ? 88.0f : x_in_plus;
    const float x_in_exp = exp(x_in_minimum);
    const float o_value = x_in_exp / (1.0f + x_in_exp);
    const float x_in_plus_2 = x_in_slice_2 + h_slice_2;
    const float x_in_minimum_2 = x_in_plus_2 > 88.0f ? 88.0f : x_in_plus_2;
    const float x_in_exp_2 = exp(x_in_minimum_2);
    const float f_value = x_in_exp_2 / (1.0f + x_in_exp_2);
    const float x_in_plus_3 = x_in_slice_3 + h_slice_3;
    const float x_in_minimum_3 = x_in_plus_3 > 88.0f ? 88.0f : x_in_plus_3;
    const float x_in_exp_3 = exp(x_in_minimum_3);
    const float i_value = x_in_exp_3 / (1.0f + x_in_exp_3);
    const float g_value = tanh(x_in_slice_4 + h_slice_4);
    const float c_value = f_value * c_in + i_value * g_value;
    const float c_tanh_value = tanh(c_value);
    h = o_value * c_tanh_value;
    i_2 = i_value;
    f = f_value;
    o = o_value;
    g = g_value;
    c = c_value;
    c_tanh = c_tanh_value;
    """,
    "h",
)

# logits_minus = log(logits_sum) - reshape(logits_take, (T, N))
# d_logits = logits_over_sum + scatter(-1 at iota * 100 + y_reshape) / dimension
_d_logits_rows = _row_kernel(
    _LARGER
    + _WARP_MAX
    + _WARP_SUM
    + r"""
    extern "C" __global__ void d_logits_rows(
        long long rows, const float* h_product, const float* b_2,
        const long long* y_reshape, float dimension, float* logits_minus,
        float* d_logits) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float logits[4];
      float logits_exp[4];
      float logits_max = -1.0f / 0.0f;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        if (j >= 100) break;
        const long long i = row * 100 + j;
        logits[k] = h_product[i] + b_2[j];
        logits_max = larger(logits_max, logits[k]);
      }
      logits_max = warp_max(logits_max);
      float logits_sum = 0;
      float logits_take = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        if (j >= 100) break;
        const float logits_minus_max = logits[k] - logits_max;
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

# d_scores_b = sum(d_logits, axes 0, 1)
_sum_columns = _column_kernel(
    _COLUMN_TOTAL
    + _LAST_BLOCK
    + r"""
    extern "C" __global__ void sum_columns(
        long long rows, int columns, const float* d_logits, float* d_scores_b,
        volatile float* parts, unsigned int* came) {
      const int tiles = (columns + 31) / 32;
      const int column = blockIdx.x % tiles * 32 + threadIdx.x % 32;
      const int block = blockIdx.x / tiles, blocks = gridDim.x / tiles;
      const int lane = threadIdx.x / 32;
      float d_scores_b_total = 0;
      if (column < columns)
        for (long long row = block * 8 + lane; row < rows; row += blocks * 8) {
          const long long i = row * columns + column;
          d_scores_b_total += d_logits[i];
        }
      d_scores_b_total = column_total<32>(d_scores_b_total);
      if (lane == 0 && column < columns) {
        put(parts + block * columns + column, columns, d_scores_b_total);
      }
      if (!last_block(came + blockIdx.x % tiles, blocks)) return;
      d_scores_b_total = {};
      if (column < columns)
        for (int block = lane; block < blocks; block += 8) {
          add(d_scores_b_total, parts + block * columns + column, columns);
        }
      d_scores_b_total = column_total<32>(d_scores_b_total);
      if (lane != 0 || column >= columns) return;
      d_scores_b[column] = d_scores_b_total;
    }
    """,
    "sum_columns",
    width=32,
    numbers=1,
)

# d_i_times = (d_c_in + (d_h + d_h_out) * o * (1 - square(c_tanh))) * g * (i_2 * (1 -...
# d_f_times = (d_c_in + (d_h + d_h_out) * o * (1 - square(c_tanh))) * c * (f * (1 - f))
# d_o_times = (d_h + d_h_out) * c_tanh * (o * (1 - o))
# d_g_times = (d_c_in + (d_h + d_h_out) * o * (1 - square(c_tanh))) * i_2 * (1 - squa...
# d_c = (d_c_in + (d_h + d_h_out) * o * (1 - square(c_tanh))) * f
_d_c = cp.ElementwiseKernel(
    r"""
    float32 d_h, float32 d_h_out, float32 o, float32 c_tanh, float32 d_c_in,
        float32 g, float32 c, float32 i_2, float32 f
    """,
    r"""
    float32 d_i_times, float32 d_f_times, float32 d_o_times, float32 d_g_times,
        float32 d_c
    """,
    r"""
    const float d_h_2 = d_h + d_h_out;
    const float d_c_tanh_times = d_h_2 * o * (1.0f - c_tanh * c_tanh);
    const float d_c_value = d_c_in + d_c_tanh_times;
    const float d_o_times_value = d_h_2 * c_tanh * (o * (1.0f - o));
    const float d_i_times_value = d_c_value * g * (i_2 * (1.0f - i_2));
    const float d_g_times_value = d_c_value * i_2 * (1.0f - g * g);
    const float d_f_times_value = d_c_value * c * (f * (1.0f - f));
    d_c = d_c_value * f;
    d_i_times = d_i_times_value;
    d_f_times = d_f_times_value;
    d_o_times = d_o_times_value;
    d_g_times = d_g_times_value;
    """,
    "d_c",
)

# out[rows] += update
_add_to_rows = cp.ElementwiseKernel(
    "raw int64 rows, float32 update, int64 width",
    "raw float32 out",
    "atomicAdd(&out[rows[i / width] * width + i % width], update);",
    "add_to_rows",
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

# new_adam_step = step + 1
# alpha_t = learning_rate_times * (0.1 / (1 - 0.9 ** (step + 1)))
# clip_scale = minimum(gradient_norm_over_plus, 1)
# epsilon_t = 1e-08 * sqrt((1 - 0.999 ** (step + 1)) / 0.001)
_epsilon_t = cp.ElementwiseKernel(
    "int64 step, float32 gradient_norm_over_plus",
    r"""
    int64 new_adam_step, float32 alpha_t, float32 clip_scale, float32 epsilon_t
    """,
    r"""
    const long long new_adam_step_value = step + 1;
    const double adam_step_cast = (double)step;
    const double adam_step_over = adam_step_cast / 899.0;
    const double adam_step_times_minimum = 3.1415927 * (adam_step_over > 1.0 ? 1.0 :
        adam_step_over);
    const double rise = 0.0004 + (1.0 - cos(adam_step_times_minimum)) * 0.0048;
    const double adam_step_over_2 = (adam_step_cast - 899.0) / 2100.0;
    const double adam_step_times = 3.1415927 * (adam_step_over_2 > 1.0 ? 1.0 :
        adam_step_over_2);
    const double adam_step_times_2 = (1.0 - cos(adam_step_times)) * -0.00499998;
    const double learning_rate = adam_step_cast <= 899.0 ? rise : 0.01 +
        adam_step_times_2;
    const double t = adam_step_cast + 1.0;
    const double t_over = (1.0 - pow(0.999, t)) / 0.001;
    const double c = sqrt(t_over);
    const double alpha_t_value = learning_rate * c * (0.1 / (1.0 - pow(0.9, t)));
    const double clip_scale_value = gradient_norm_over_plus > 1.0 ? 1.0 :
        gradient_norm_over_plus;
    epsilon_t = (float)(1e-08 * c);
    new_adam_step = new_adam_step_value;
    alpha_t = (float)alpha_t_value;
    clip_scale = (float)clip_scale_value;
    """,
    "epsilon_t",
)

# new_momentum = 0.9 * momentum + grads * clip_scale
# new_squares = 0.999 * squares + square(grads * clip_scale)
# new_params = params - alpha_t * new_momentum / (sqrt(new_squares) + epsilon_t)
_new_params = cp.ElementwiseKernel(
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

# out = y[z]
_take_2 = cp.ElementwiseKernel(
    "int64 x, raw float32 y, raw int64 z",
    "float32 out",
    "out = y[z[i / 64] * 64 + i % 64];",
    "take",
)

# c = sigmoid(x_in_slice_2 + h_slice_2) * c_in + i_times
# h = sigmoid(x_in_slice + h_slice) * tanh(c)
_h_2 = cp.ElementwiseKernel(
    r"""
    float32 x_in_slice, float32 h_slice, float32 x_in_slice_2, float32 h_slice_2,
        float32 c_in, float32 x_in_slice_3, float32 h_slice_3, float32 x_in_slice_4,
        float32 h_slice_4
    """,
    "float32 c, float32 h",
    r"""
    const float x_in_plus = x_in_slice + h_slice;
    const float x_in_minimum = x_in_plus > 88.0f ? 88.0f : x_in_plus;
    const float x_in_exp = exp(x_in_minimum);
    const float x_in_plus_2 = x_in_slice_2 + h_slice_2;
    const float x_in_minimum_2 = x_in_plus_2 > 88.0f ? 88.0f : x_in_plus_2;
    const float x_in_exp_2 = exp(x_in_minimum_2);
    const float f_times = x_in_exp_2 / (1.0f + x_in_exp_2) * c_in;
    const float x_in_plus_3 = x_in_slice_3 + h_slice_3;
    const float x_in_minimum_3 = x_in_plus_3 > 88.0f ? 88.0f : x_in_plus_3;
    const float x_in_exp_3 = exp(x_in_minimum_3);
    const float i_times = x_in_exp_3 / (1.0f + x_in_exp_3) * tanh(x_in_slice_4 +
        h_slice_4);
    const float c_value = f_times + i_times;
    h = x_in_exp / (1.0f + x_in_exp) * tanh(c_value);
    c = c_value;
    """,
    "h",
)

# logits_minus = log(logits_sum) - reshape(logits_take, (T, N))
_logits_minus_rows = _row_kernel(
    _LARGER
    + _WARP_MAX
    + _WARP_SUM
    + r"""
    extern "C" __global__ void logits_minus_rows(
        long long rows, const float* h_product, const float* b_2,
        const long long* y_reshape, float* logits_minus) {
      const long long row = blockIdx.x * 4ll + threadIdx.x / 32;
      if (row >= rows) return;
      const int lane = threadIdx.x % 32;
      float logits[4];
      float logits_max = -1.0f / 0.0f;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        if (j >= 100) break;
        const long long i = row * 100 + j;
        logits[k] = h_product[i] + b_2[j];
        logits_max = larger(logits_max, logits[k]);
      }
      logits_max = warp_max(logits_max);
      float logits_sum = 0;
      float logits_take = 0;
      #pragma unroll
      for (int k = 0; k < 4; ++k) {
        const int j = lane + 32 * k;
        if (j >= 100) break;
        const float logits_minus_max = logits[k] - logits_max;
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


class CharRnnCupy:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "char_rnn_cupy"
    FINGERPRINT = "634e374f1537cdae"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "char_rnn.characters.W": ("params", "char_rnn_characters_W"),
        "char_rnn.memory.W": ("params", "char_rnn_memory_W"),
        "char_rnn.memory.U": ("params", "char_rnn_memory_U"),
        "char_rnn.memory.b": ("params", "char_rnn_memory_b"),
        "scores.W": ("params", "scores_W"),
        "scores.b": ("params", "scores_b"),
        "char_rnn.characters.W.momentum": ("momentum", "char_rnn_characters_W"),
        "char_rnn.memory.W.momentum": ("momentum", "char_rnn_memory_W"),
        "char_rnn.memory.U.momentum": ("momentum", "char_rnn_memory_U"),
        "char_rnn.memory.b.momentum": ("momentum", "char_rnn_memory_b"),
        "scores.W.momentum": ("momentum", "scores_W"),
        "scores.b.momentum": ("momentum", "scores_b"),
        "char_rnn.characters.W.squares": ("squares", "char_rnn_characters_W"),
        "char_rnn.memory.W.squares": ("squares", "char_rnn_memory_W"),
        "char_rnn.memory.U.squares": ("squares", "char_rnn_memory_U"),
        "char_rnn.memory.b.squares": ("squares", "char_rnn_memory_b"),
        "scores.W.squares": ("squares", "scores_W"),
        "scores.b.squares": ("squares", "scores_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(360804, np.float32),
            {
                "char_rnn_characters_W": (100, 64),
                "char_rnn_memory_W": (64, 1024),
                "char_rnn_memory_U": (256, 1024),
                "char_rnn_memory_b": (1024,),
                "scores_W": (256, 100),
                "scores_b": (100,),
            },
        )
        self.grads = _Views(_vector(360804, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(360804, np.float32), self.params.shapes)
        self.squares = _Views(_vector(360804, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=cp.zeros((), dtype=np.int64))
        self._arena = cp.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._evaluate = {}  # buffers by the arguments' shapes
        self._step = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = _copies(self.params)
        noise = rng.standard_normal((100, 64), dtype=np.float32)
        p.char_rnn_characters_W[...] = noise * 0.125
        char_rnn_memory_draw = rng.random((64, 256), dtype=np.float32)
        char_rnn_memory_plus = char_rnn_memory_draw * 0.2738613 + -0.13693064
        char_rnn_memory_draw_2 = rng.random((64, 256), dtype=np.float32)
        char_rnn_memory_plus_2 = char_rnn_memory_draw_2 * 0.2738613 + -0.13693064
        char_rnn_memory_draw_3 = rng.random((64, 256), dtype=np.float32)
        char_rnn_memory_plus_3 = char_rnn_memory_draw_3 * 0.2738613 + -0.13693064
        char_rnn_memory_draw_4 = rng.random((64, 256), dtype=np.float32)
        char_rnn_memory_plus_4 = char_rnn_memory_draw_4 * 0.2738613 + -0.13693064
        new_char_rnn_memory_W = np.concatenate(
            (
                char_rnn_memory_plus,
                char_rnn_memory_plus_2,
                char_rnn_memory_plus_3,
                char_rnn_memory_plus_4,
            ),
            axis=1,
        )
        p.char_rnn_memory_W[...] = new_char_rnn_memory_W
        char_rnn_memory_noise = rng.standard_normal((256, 256), dtype=np.float32)
        char_rnn_memory_noise_2 = rng.standard_normal((256, 256), dtype=np.float32)
        char_rnn_memory_orthogonal_2 = _orthogonal(char_rnn_memory_noise_2)
        char_rnn_memory_noise_3 = rng.standard_normal((256, 256), dtype=np.float32)
        char_rnn_memory_orthogonal_3 = _orthogonal(char_rnn_memory_noise_3)
        char_rnn_memory_noise_4 = rng.standard_normal((256, 256), dtype=np.float32)
        char_rnn_memory_orthogonal_4 = _orthogonal(char_rnn_memory_noise_4)
        new_char_rnn_memory_U = np.concatenate(
            (
                _orthogonal(char_rnn_memory_noise),
                char_rnn_memory_orthogonal_2,
                char_rnn_memory_orthogonal_3,
                char_rnn_memory_orthogonal_4,
            ),
            axis=1,
        )
        p.char_rnn_memory_U[...] = new_char_rnn_memory_U
        scores_draw = rng.random((256, 100), dtype=np.float32)
        p.scores_W[...] = scores_draw * 0.2596454 + -0.1298227
        zeros_view = np.broadcast_to(np.float32(0.0), (256,))
        ones_view = np.broadcast_to(np.float32(1.0), (256,))
        new_char_rnn_memory_b = np.concatenate(
            (zeros_view, ones_view, zeros_view, zeros_view),
        )
        p.char_rnn_memory_b[...] = new_char_rnn_memory_b
        _store(p, self.params)

    def train(self, x, y, h, c):
        """Returns loss, h, c; changes char_rnn, scores, adam.

        x: int64 (N, T)
        y: int64 (N, T)
        h: float32 (N, 256)
        c: float32 (N, 256)
        """
        s = self._train_slots(x, y, h, c)
        host = isinstance(x, np.ndarray)
        out = self._replayed(s, self._launch_train, x, y, h, c)
        return {
            "loss": _result(out[0], host),
            "h": _result(out[1], host),
            "c": _result(out[2], host),
        }

    def _launch_train(self, s, x, y, h, c):
        """The launches of train, which become one CUDA graph."""
        out = self._train_backward(s, x, y, h, c)
        self._train_update(s)
        return out

    def _train_backward(self, s, x, y, h, c):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # char_rnn.memory                                                 char_rnn.py:38
        # x_in_table = char_rnn.characters.W W + b                         (100, 1024)
        # x_in_rows = x_in_table[reshape((x^T), (N * T,))]               (N * T, 1024)
        # h_2, step by step                                            (T + 1, N, 256)
        # c_2, step by step                                            (T + 1, N, 256)
        # g, step by step                                                  (T, N, 256)
        # c_tanh, step by step                                             (T, N, 256)
        # gates, step by step                                              (T, N, 768)
        _matmul(p.char_rnn_characters_W, p.char_rnn_memory_W, s.x_in_table)
        _add(s.x_in_table, p.char_rnn_memory_b, s.x_in_table)
        _copy(x.T, s.x_copy)
        _take(s.n * s.T, s.x_in_table, s.x_reshape, s.x_in_rows)
        cp.copyto(s.h_2[0], h)
        cp.copyto(s.c_2[0], c)
        for t in range(s.T):
            # o = sigmoid(x_in[t][:, 512:768] + (h_2[t] U)[:, 512:768])         (N, 256)
            # f = sigmoid(x_in[t][:, 256:512] + (h_2[t] U)[:, 256:512])         (N, 256)
            # i = sigmoid(x_in[t][:, :256] + (h_2[t] U)[:, :256])               (N, 256)
            # g[t] = tanh(x_in[t][:, 768:] + (h_2[t] U)[:, 768:])               (N, 256)
            # c_2[t + 1] = f * c_2[t] + i * g[t]                                (N, 256)
            # c_tanh[t] = tanh(c_2[t + 1])                                      (N, 256)
            # h_2[t + 1] = o * c_tanh[t]                                        (N, 256)
            # gates[t] = [i; f; o]                                              (N, 768)
            _matmul(s.h_2[t], p.char_rnn_memory_U, s.h_product_2)
            x_in_slice = s.x_in[t][:, 512:768]
            x_in_slice_2 = s.x_in[t][:, 256:512]
            x_in_slice_3 = s.x_in[t][:, :256]
            x_in_slice_4 = s.x_in[t][:, 768:]
            _h(
                x_in_slice,
                s.h_slice_3,
                x_in_slice_2,
                s.h_slice_4,
                s.c_2[t],
                x_in_slice_3,
                s.h_slice_5,
                x_in_slice_4,
                s.h_slice_6,
                s.gates[t][:, :256],
                s.gates[t][:, 256:512],
                s.gates[t][:, 512:],
                s.g[t],
                s.c_2[t + 1],
                s.c_tanh[t],
                s.h_2[t + 1],
            )

        # scores: h_product = h_2[1:] W                     (T, N, 100)   char_rnn.py:39
        _matmul(s.h_slice, p.scores_W, s.h_product)

        # softmax_cross_entropy: y_copy = (y^T)                  (T, N)   char_rnn.py:57
        _copy(y.T, s.y_copy)

        # scores                                                          char_rnn.py:39
        # logits = h_product + b                                           (T, N, 100)
        # d_logits = (softmax(logits) - onehot(y^T)) / (N * T)             (T, N, 100)
        # logits_minus = log(sum(logits_exp, axis 2)) - logits_reshape_2        (T, N)
        _d_logits_rows(
            s.n * s.T,
            s.h_product,
            p.scores_b,
            s.y_reshape,
            np.float32(s.n * s.T),
            s.logits_minus,
            s.d_logits,
        )

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y^T])         ()   :57
        _loss(s.logits_minus, s.n * s.T, s.loss)

        # ---- backward ----------------------------------------------------------------
        # scores                                                          char_rnn.py:39
        # d_b = sum(d_logits, axes 0, 1)                                        (100,)
        # d_W = h_2[1:]^T d_logits                                          (256, 100)
        # d_logits_rows_product = d_logits W^T                            (N * T, 256)
        _sum_columns(s.n * s.T, 100, s.d_logits, d.scores_b)
        _matmul(s.h_reshape.T, s.d_logits_rows, d.scores_W)
        _matmul(s.d_logits_rows, p.scores_W.T, s.d_logits_rows_product)

        # char_rnn.memory                                                 char_rnn.py:38
        # d_h, step by step                                                   (N, 256)
        # d_c, step by step                                                   (N, 256)
        # d_z, step by step                                               (T, N, 1024)
        # d_z_by_row = scatter(d_z_reshape at x_reshape)                   (100, 1024)
        # d_b = sum(d_z_by_row, axis 0)                                        (1024,)
        # d_U = h_2[:-1]^T d_z                                             (256, 1024)
        # d_W = char_rnn.characters.W^T d_z_by_row                          (64, 1024)
        s.d_h.fill(0.0)
        s.d_c.fill(0.0)
        for t in reversed(range(s.T)):
            # d_h_2 = d_h[t + 1] + d_logits_rows_reshape[t]                     (N, 256)
            # d_c_tanh = d_h_2 * o_2                                            (N, 256)
            # d_c_2 = d_c[t + 1] + d_c_tanh * (1 - square(c_tanh[t]))           (N, 256)
            # d_i = d_c_2 * g[t]                                                (N, 256)
            # d_f = d_c_2 * c_2[t]                                              (N, 256)
            # d_o = d_h_2 * c_tanh[t]                                           (N, 256)
            # d_g = d_c_2 * i_2                                                 (N, 256)
            # d_z[t] = [d_i_times; d_f_times; d_o_times; d_g_times]            (N, 1024)
            # d_c[t] = d_c_2 * f_2                                              (N, 256)
            # d_h[t] = d_z[t] U^T                                               (N, 256)
            o_2 = s.gates[t][:, 512:]
            i_2 = s.gates[t][:, :256]
            f_2 = s.gates[t][:, 256:512]
            _d_c(
                s.d_h,
                s.d_logits_rows_reshape[t],
                o_2,
                s.c_tanh[t],
                s.d_c,
                s.g[t],
                s.c_2[t],
                i_2,
                f_2,
                s.d_z[t][:, :256],
                s.d_z[t][:, 256:512],
                s.d_z[t][:, 512:768],
                s.d_z[t][:, 768:],
                s.d_c,
            )
            _matmul(s.d_z[t], p.char_rnn_memory_U.T, s.d_h)
        s.d_z_by_row.fill(0)
        _add_to_rows(s.x_reshape, s.d_z_reshape, 1024, s.d_z_by_row)
        s.d_z_by_row.sum(axis=0, out=d.char_rnn_memory_b)
        _matmul(s.h_reshape_2.T, s.d_z_reshape, d.char_rnn_memory_U)
        _matmul(p.char_rnn_characters_W.T, s.d_z_by_row, d.char_rnn_memory_W)

        # char_rnn.characters: d_W = d_z_by_row char_rnn.memory.W^T      (100, 64)   :37
        _matmul(s.d_z_by_row, p.char_rnn_memory_W.T, d.char_rnn_characters_W)

        return s.loss, s.h_3, s.c_3

    def _train_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        # ---- update ------------------------------------------------------------------
        # adam: momentum and squares are without the factor 1 - beta      char_rnn.py:59
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # rise = 0.0004 + (1 - cos(3.14159 * minimum(step / 899, 1))) * 0.0048      ()
        # fall = 0.01                                                               ()
        #     + (1 - cos(3.14159 * minimum((step - 899) / 2100, 1))) * -0.00499998
        # learning_rate = where(step <= 899, rise, fall)                            ()
        # t_2 = step + 1                                                            ()
        # c_4 = sqrt((1 - 0.999 ** t_2) / 0.001)                                    ()
        # alpha_t = learning_rate * c_4 * (0.1 / (1 - 0.9 ** t_2))                  ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # epsilon_t = 1e-08 * c_4                                                   ()
        # momentum' = 0.9 * momentum + grads * clip_scale                    (360804,)
        # squares' = 0.999 * squares + square(grads * clip_scale)            (360804,)
        # params' = params                                                   (360804,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        # step' = step + 1                                                          ()
        _gradient_norm_over_plus(d.flat, s.gradient_norm_over_plus)
        with _Whole():  # no interruption may leave this half done
            _epsilon_t(
                self.state.adam_step,
                s.gradient_norm_over_plus,
                self.state.adam_step,
                s.alpha_t,
                s.clip_scale,
                s.epsilon_t,
            )
            _new_params(
                d.flat,
                s.clip_scale,
                self.momentum.flat,
                self.squares.flat,
                s.epsilon_t,
                s.alpha_t,
                p.flat,
                self.momentum.flat,
                self.squares.flat,
                p.flat,
            )

    def _train_slots(self, x, y, h, c):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                x.dtype,
                x.shape,
                y.dtype,
                y.shape,
                h.dtype,
                h.shape,
                c.dtype,
                c.shape,
            )
            return self._train[key]
        except (AttributeError, KeyError, TypeError):
            return self._plan_train(x, y, h, c)

    def _plan_train(self, x, y, h, c):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        _check("h", h, np.float32, ("N", 256), sizes)
        _check("c", c, np.float32, ("N", 256), sizes)
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.x_in_table = _Buffer(0, 2, np.float32, (100, 1024))
        s.x_copy = _Buffer(1, 17, np.int64, (T, n))
        s.x_in_rows = _Buffer(2, 8, np.float32, (n * T, 1024))
        s.g = _Buffer(5, 16, np.float32, (T, n, 256))
        s.c_tanh = _Buffer(6, 16, np.float32, (T, n, 256))
        s.gates = _Buffer(7, 16, np.float32, (T, n, 768))
        s.h_product = s.d_logits = _Buffer(9, 13, np.float32, (T, n, 100))
        s.y_copy = _Buffer(10, 11, np.int64, (T, n))
        s.logits_minus = _Buffer(11, 12, np.float32, (T, n))
        s.d_logits_rows_product = _Buffer(13, 16, np.float32, (n * T, 256))
        s.d_h = _Buffer(14, 16, np.float32, (n, 256))
        s.d_c = _Buffer(15, 16, np.float32, (n, 256))
        s.d_z = _Buffer(16, 17, np.float32, (T, n, 1024))
        s.d_z_by_row = _Buffer(17, 17, np.float32, (100, 1024))
        s.h_product_2 = _Buffer(8, 8, np.float32, (n, 1024))
        s.gradient_norm_over_plus = s.alpha_t = _Buffer(18, 20, np.float32, ())
        s.clip_scale = _Buffer(19, 20, np.float32, ())
        s.epsilon_t = _Buffer(20, 20, np.float32, ())
        self._lay_out(s)
        s.x_reshape = s.x_copy.reshape(n * T)
        s.x_in = s.x_in_rows.reshape(T, n, 1024)
        s.h_2 = cp.empty((T + 1, n, 256), dtype=np.float32)
        s.c_2 = cp.empty((T + 1, n, 256), dtype=np.float32)
        s.h_slice = s.h_2[1:]
        s.y_reshape = s.y_copy.reshape(n * T)
        s.loss = cp.empty((), dtype=np.float32)
        s.h_reshape = s.h_slice.reshape(n * T, 256)
        s.d_logits_rows = s.d_logits.reshape(n * T, 100)
        s.d_logits_rows_reshape = s.d_logits_rows_product.reshape(T, n, 256)
        s.d_z_reshape = s.d_z.reshape(n * T, 1024)
        s.h_slice_2 = s.h_2[:-1]
        s.h_reshape_2 = s.h_slice_2.reshape(n * T, 256)
        s.h_3 = s.h_2[-1]
        s.c_3 = s.c_2[-1]
        s.h_slice_3 = s.h_product_2[:, 512:768]
        s.h_slice_4 = s.h_product_2[:, 256:512]
        s.h_slice_5 = s.h_product_2[:, :256]
        s.h_slice_6 = s.h_product_2[:, 768:]
        key = (x.dtype, x.shape, y.dtype, y.shape, h.dtype, h.shape, c.dtype, c.shape)
        self._train[key] = s
        return s

    def evaluate(self, x, y, h, c):
        """Returns loss, h, c.

        x: int64 (N, T)
        y: int64 (N, T)
        h: float32 (N, 256)
        c: float32 (N, 256)
        """
        s = self._evaluate_slots(x, y, h, c)
        host = isinstance(x, np.ndarray)
        x = _on_device(x)
        y = _on_device(y)
        h = _on_device(h)
        c = _on_device(c)
        loss, h_2, c_2 = self._evaluate_body(s, x, y, h, c)
        return {
            "loss": _result(loss, host),
            "h": _result(h_2, host),
            "c": _result(c_2, host),
        }

    def _evaluate_body(self, s, x, y, h, c):
        """The computation of evaluate."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # char_rnn.memory: x_copy = (x^T)                        (T, N)   char_rnn.py:38
        _copy(x.T, s.x_copy)

        # char_rnn.characters: characters = W[x_copy]        (T, N, 64)   char_rnn.py:37
        _take_2(s.n * s.T, p.char_rnn_characters_W, s.x_copy, s.characters)

        # char_rnn.memory                                                 char_rnn.py:38
        # x_in_rows = characters W + b                                   (N * T, 1024)
        # h_2, step by step                                            (T + 1, N, 256)
        # c_2, step by step                                                   (N, 256)
        _matmul(s.characters_reshape, p.char_rnn_memory_W, s.x_in_rows)
        _add(s.x_in_rows, p.char_rnn_memory_b, s.x_in_rows)
        cp.copyto(s.h_2[0], h)
        cp.copyto(s.c_2, c)
        for t in range(s.T):
            # o = sigmoid(x_in[t][:, 512:768] + (h_2[t] U)[:, 512:768])         (N, 256)
            # f = sigmoid(x_in[t][:, 256:512] + (h_2[t] U)[:, 256:512])         (N, 256)
            # i = sigmoid(x_in[t][:, :256] + (h_2[t] U)[:, :256])               (N, 256)
            # g = tanh(x_in[t][:, 768:] + (h_2[t] U)[:, 768:])                  (N, 256)
            # c_2[t + 1] = f * c_2[t] + i * g                                   (N, 256)
            # c_tanh = tanh(c_2[t + 1])                                         (N, 256)
            # h_2[t + 1] = o * c_tanh                                           (N, 256)
            _matmul(s.h_2[t], p.char_rnn_memory_U, s.h_product_2)
            x_in_slice = s.x_in[t][:, 512:768]
            x_in_slice_2 = s.x_in[t][:, 256:512]
            x_in_slice_3 = s.x_in[t][:, :256]
            x_in_slice_4 = s.x_in[t][:, 768:]
            _h_2(
                x_in_slice,
                s.h_slice_2,
                x_in_slice_2,
                s.h_slice_3,
                s.c_2,
                x_in_slice_3,
                s.h_slice_4,
                x_in_slice_4,
                s.h_slice_5,
                s.c_2,
                s.h_2[t + 1],
            )

        # scores: h_product = h_2[1:] W                     (T, N, 100)   char_rnn.py:39
        _matmul(s.h_slice, p.scores_W, s.h_product)

        # softmax_cross_entropy: y_copy = (y^T)                  (T, N)   char_rnn.py:57
        _copy(y.T, s.y_copy)

        # scores                                                          char_rnn.py:39
        # logits = h_product + b                                           (T, N, 100)
        # logits_minus = log(sum(logits_exp, axis 2)) - logits_reshape_2        (T, N)
        _logits_minus_rows(
            s.n * s.T,
            s.h_product,
            p.scores_b,
            s.y_reshape,
            s.logits_minus,
        )

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y^T])         ()   :57
        _loss(s.logits_minus, s.n * s.T, s.loss)

        return s.loss, s.h_3, s.c_2

    def _evaluate_slots(self, x, y, h, c):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                x.dtype,
                x.shape,
                y.dtype,
                y.shape,
                h.dtype,
                h.shape,
                c.dtype,
                c.shape,
            )
            return self._evaluate[key]
        except (AttributeError, KeyError, TypeError):
            return self._plan_evaluate(x, y, h, c)

    def _plan_evaluate(self, x, y, h, c):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        _check("h", h, np.float32, ("N", 256), sizes)
        _check("c", c, np.float32, ("N", 256), sizes)
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.x_copy = _Buffer(0, 1, np.int64, (T, n))
        s.characters = _Buffer(1, 2, np.float32, (T, n, 64))
        s.x_in_rows = _Buffer(2, 5, np.float32, (n * T, 1024))
        s.h_2 = _Buffer(3, 9, np.float32, (T + 1, n, 256))
        s.c_2 = _Buffer(4, 9, np.float32, (n, 256))
        s.h_product = _Buffer(6, 8, np.float32, (T, n, 100))
        s.y_copy = _Buffer(7, 8, np.int64, (T, n))
        s.logits_minus = _Buffer(8, 9, np.float32, (T, n))
        s.loss = _Buffer(9, 9, np.float32, ())
        s.h_product_2 = _Buffer(5, 5, np.float32, (n, 1024))
        self._lay_out(s)
        s.characters_reshape = s.characters.reshape(n * T, 64)
        s.x_in = s.x_in_rows.reshape(T, n, 1024)
        s.h_slice = s.h_2[1:]
        s.y_reshape = s.y_copy.reshape(n * T)
        s.h_3 = s.h_2[-1]
        s.h_slice_2 = s.h_product_2[:, 512:768]
        s.h_slice_3 = s.h_product_2[:, 256:512]
        s.h_slice_4 = s.h_product_2[:, :256]
        s.h_slice_5 = s.h_product_2[:, 768:]
        key = (x.dtype, x.shape, y.dtype, y.shape, h.dtype, h.shape, c.dtype, c.shape)
        self._evaluate[key] = s
        return s

    def step(self, x, h, c):
        """The logits of what follows, and the state after these characters.

        x: int64 (N, T)
        h: float32 (N, 256)
        c: float32 (N, 256)
        """
        s = self._step_slots(x, h, c)
        host = isinstance(x, np.ndarray)
        x = _on_device(x)
        h = _on_device(h)
        c = _on_device(c)
        logits, h_2, c_2 = self._step_body(s, x, h, c)
        return {
            "logits": _result(logits, host),
            "h": _result(h_2, host),
            "c": _result(c_2, host),
        }

    def _step_body(self, s, x, h, c):
        """The computation of step."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # char_rnn.memory: x_copy = (x^T)                        (T, N)   char_rnn.py:38
        _copy(x.T, s.x_copy)

        # char_rnn.characters: characters = W[x_copy]        (T, N, 64)   char_rnn.py:37
        _take_2(s.n * s.T, p.char_rnn_characters_W, s.x_copy, s.characters)

        # char_rnn.memory                                                 char_rnn.py:38
        # x_in_rows = characters W + b                                   (N * T, 1024)
        # h_2, step by step                                            (T + 1, N, 256)
        # c_2, step by step                                                   (N, 256)
        _matmul(s.characters_reshape, p.char_rnn_memory_W, s.x_in_rows)
        _add(s.x_in_rows, p.char_rnn_memory_b, s.x_in_rows)
        cp.copyto(s.h_2[0], h)
        cp.copyto(s.c_2, c)
        for t in range(s.T):
            # o = sigmoid(x_in[t][:, 512:768] + (h_2[t] U)[:, 512:768])         (N, 256)
            # f = sigmoid(x_in[t][:, 256:512] + (h_2[t] U)[:, 256:512])         (N, 256)
            # i = sigmoid(x_in[t][:, :256] + (h_2[t] U)[:, :256])               (N, 256)
            # g = tanh(x_in[t][:, 768:] + (h_2[t] U)[:, 768:])                  (N, 256)
            # c_2[t + 1] = f * c_2[t] + i * g                                   (N, 256)
            # c_tanh = tanh(c_2[t + 1])                                         (N, 256)
            # h_2[t + 1] = o * c_tanh                                           (N, 256)
            _matmul(s.h_2[t], p.char_rnn_memory_U, s.h_product)
            x_in_slice = s.x_in[t][:, 512:768]
            x_in_slice_2 = s.x_in[t][:, 256:512]
            x_in_slice_3 = s.x_in[t][:, :256]
            x_in_slice_4 = s.x_in[t][:, 768:]
            _h_2(
                x_in_slice,
                s.h_slice_3,
                x_in_slice_2,
                s.h_slice_4,
                s.c_2,
                x_in_slice_3,
                s.h_slice_5,
                x_in_slice_4,
                s.h_slice_6,
                s.c_2,
                s.h_2[t + 1],
            )

        # scores: logits = h_2[1:][-1] W + b                   (N, 100)   char_rnn.py:39
        _matmul(s.h_slice_2, p.scores_W, s.logits)
        _add(s.logits, p.scores_b, s.logits)

        return s.logits, s.h_3, s.c_2

    def _step_slots(self, x, h, c):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._step[x.dtype, x.shape, h.dtype, h.shape, c.dtype, c.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_step(x, h, c)

    def _plan_step(self, x, h, c):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes, empty=("T",))
        _check("h", h, np.float32, ("N", 256), sizes)
        _check("c", c, np.float32, ("N", 256), sizes)
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.x_copy = _Buffer(0, 1, np.int64, (T, n))
        s.characters = _Buffer(1, 2, np.float32, (T, n, 64))
        s.x_in_rows = _Buffer(2, 5, np.float32, (n * T, 1024))
        s.h_2 = _Buffer(3, 6, np.float32, (T + 1, n, 256))
        s.c_2 = _Buffer(4, 6, np.float32, (n, 256))
        s.logits = _Buffer(6, 6, np.float32, (n, 100))
        s.h_product = _Buffer(5, 5, np.float32, (n, 1024))
        self._lay_out(s)
        s.characters_reshape = s.characters.reshape(n * T, 64)
        s.x_in = s.x_in_rows.reshape(T, n, 1024)
        s.h_slice = s.h_2[1:]
        s.h_slice_2 = s.h_slice[-1]
        s.h_3 = s.h_2[-1]
        s.h_slice_3 = s.h_product[:, 512:768]
        s.h_slice_4 = s.h_product[:, 256:512]
        s.h_slice_5 = s.h_product[:, :256]
        s.h_slice_6 = s.h_product[:, 768:]
        self._step[x.dtype, x.shape, h.dtype, h.shape, c.dtype, c.shape] = s
        return s

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
    copies = SimpleNamespace()
    for name, array in vars(group).items():
        if isinstance(array, cp.ndarray) and name != "flat":
            setattr(copies, name, array.get())
    return copies


def _store(copies, group):
    """Give the arrays of a group the values of their copies on the host."""
    for name, array in vars(copies).items():
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


def _check(name, value, dtype, shape, sizes, empty=()):
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
        if count == 0 and isinstance(size, str) and size not in empty:
            raise InputError(f"{have}: {size} must be at least 1")


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


def _orthogonal(x):
    """x with orthonormal columns, or rows where there are fewer rows than columns.

    A QR factorisation with a positive diagonal of R, which makes the result unique,
    and uniformly distributed if x is normal (F. Mezzadri, "How to generate random
    matrices from the classical compact groups", 2007).
    """
    tall = x if x.shape[0] >= x.shape[1] else x.T
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1, 1).astype(x.dtype)
    return q if tall is x else q.T


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
