"""digits_mlp_cupy: emitted by graphc 0.1.0, for a GPU.

It needs CuPy, and an NVIDIA GPU.

Inputs     x   float32 (N, 64)
Targets    y   int64 (N,)
Outputs    probs   float32 (N, 10)
Parameters 4,810 in 4 arrays
Optimiser  Adam(0.001)

    from digits_mlp_cupy import DigitsMlpCupy

    m = DigitsMlpCupy(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python digits_mlp_cupy.py train data.npz --epochs 10
    python digits_mlp_cupy.py predict data.npz
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


_PHILOX = r"""
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
"""

_UNIFORM = r"""
// Uniform on [0, 1): as many random bits as the type has digits.
__device__ double uniform(unsigned long long bits) {
  return (bits >> 11) * 1.1102230246251565e-16;  // 2^-53
}
__device__ float uniformf(unsigned long long bits) {
  return ((unsigned int)bits >> 8) * 5.9604645e-08f;  // 2^-24
}
"""

_LARGER = r"""
// The larger of two; NaN if one is.
template <typename T> __device__ T larger(T x, T y) { return x < y || y != y ? y : x; }
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

# h1 = relu(dense_1_W_product + b_2)
# h1_dropped = dropout(h1)
_h1_dropped = cp.ElementwiseKernel(
    "float32 dense_1_W_product, float32 b_2, raw uint64 digits_dropout_1_rng",
    "float32 h1, float32 h1_dropped",
    r"""
    const float z1 = dense_1_W_product + b_2;
    const float h1_value = z1 < 0.0f ? 0.0f : z1;
    const float dropout_1_draw = uniformf(philox(digits_dropout_1_rng[0],
        digits_dropout_1_rng[1], i));
    h1_dropped = h1_value * 1.25f * (dropout_1_draw >= 0.2f);
    h1 = h1_value;
    """,
    "h1_dropped",
    preamble=_PHILOX + _UNIFORM,
)

# logits_minus_take = log(sum(exp(logits_minus_max), axis 1)) - logits_minus_max[y]
# d_logits = (softmax(h1_dropped_product + b_2) - onehot(y)) / dimension
_d_logits_rows = _row_kernel(
    _LARGER
    + r"""
    extern "C" __global__ void d_logits_rows(
        long long rows, const float* h1_dropped_product, const float* b_2,
        const long long* y, float dimension, float* logits_minus_take,
        float* d_logits) {
      const long long row = blockIdx.x * 128ll + threadIdx.x;
      if (row >= rows) return;
      float logits[10];
      float logits_exp[10];
      float logits_max = -1.0f / 0.0f;
      #pragma unroll
      for (int j = 0; j < 10; ++j) {
        const long long i = row * 10 + j;
        logits[j] = h1_dropped_product[i] + b_2[j];
        logits_max = larger(logits_max, logits[j]);
      }
      float logits_sum = 0;
      float logits_take = 0;
      #pragma unroll
      for (int j = 0; j < 10; ++j) {
        const float logits_minus_max = logits[j] - logits_max;
        logits_exp[j] = exp(logits_minus_max);
        logits_sum += logits_exp[j];
        if (j == y[row]) logits_take = logits_minus_max;
      }
      const float logits_minus_take_value = log(logits_sum) - logits_take;
      logits_minus_take[row] = logits_minus_take_value;
      #pragma unroll
      for (int j = 0; j < 10; ++j) {
        const long long i = row * 10 + j;
        const float y_scatter_elements = logits_exp[j] / logits_sum - (j == y[row] ?
            1.0f : 0.0f);
        d_logits[i] = y_scatter_elements / dimension;
      }
    }
    """,
    "d_logits_rows",
    rows=128,
    threads=128,
)

# loss = sum(logits_minus_take) / dimension
_loss = cp.ReductionKernel(
    "float32 logits_minus_take, float32 dimension",
    "float32 loss",
    "logits_minus_take",
    "a + b",
    "loss = a / dimension",
    "0",
    "loss",
    reduce_type="float",
)

# d_z1 = d_h1_dropped * 1.25 * (random >= 0.2) * (h1 > 0)
# d_dense_1_b = sum over N of d_z1
_d_dense_1_b_columns = _column_kernel(
    _PHILOX
    + _UNIFORM
    + _COLUMN_TOTAL
    + _LAST_BLOCK
    + r"""
    extern "C" __global__ void d_dense_1_b_columns(
        long long rows, int columns, const float* d_h1_dropped,
        const unsigned long long* digits_dropout_1_rng, const float* h1,
        float* d_z1, float* d_dense_1_b, volatile float* parts,
        unsigned int* came) {
      const int tiles = (columns + 31) / 32;
      const int column = blockIdx.x % tiles * 32 + threadIdx.x % 32;
      const int block = blockIdx.x / tiles, blocks = gridDim.x / tiles;
      const int lane = threadIdx.x / 32;
      float d_dense_1_b_total = 0;
      if (column < columns)
        for (long long row = block * 8 + lane; row < rows; row += blocks * 8) {
          const long long i = row * columns + column;
          const float dropout_1_draw = uniformf(philox(digits_dropout_1_rng[0],
              digits_dropout_1_rng[1], i));
          const float d_z1_value = d_h1_dropped[i] * 1.25f *
              (dropout_1_draw >= 0.2f) * (h1[i] > 0.0f);
          d_dense_1_b_total += d_z1_value;
          d_z1[i] = d_z1_value;
        }
      d_dense_1_b_total = column_total<32>(d_dense_1_b_total);
      if (lane == 0 && column < columns) {
        put(parts + block * columns + column, columns, d_dense_1_b_total);
      }
      if (!last_block(came + blockIdx.x % tiles, blocks)) return;
      d_dense_1_b_total = {};
      if (column < columns)
        for (int block = lane; block < blocks; block += 8) {
          add(d_dense_1_b_total, parts + block * columns + column, columns);
        }
      d_dense_1_b_total = column_total<32>(d_dense_1_b_total);
      if (lane != 0 || column >= columns) return;
      d_dense_1_b[column] = d_dense_1_b_total;
    }
    """,
    "d_dense_1_b_columns",
    width=32,
    numbers=1,
)

# draws = draws + count
_next_draws = cp.ElementwiseKernel(
    "uint64 count",
    "uint64 draws",
    "draws += count;",
    "next_draws",
)

# new_adam_step = step + 1
# alpha_t = 0.001 * sqrt((1 - 0.999 ** (step + 1)) / 0.001) * (0.1 / (1 - 0.9 ** (ste...
# epsilon_t = 1e-08 * sqrt((1 - 0.999 ** (step + 1)) / 0.001)
_epsilon_t = cp.ElementwiseKernel(
    "int64 step",
    "int64 new_adam_step, float32 alpha_t, float32 epsilon_t",
    r"""
    const long long new_adam_step_value = step + 1;
    const double t = (double)step + 1.0;
    const double t_over = (1.0 - pow(0.999, t)) / 0.001;
    const double c = sqrt(t_over);
    const double alpha_t_value = 0.001 * c * (0.1 / (1.0 - pow(0.9, t)));
    epsilon_t = (float)(1e-08 * c);
    new_adam_step = new_adam_step_value;
    alpha_t = (float)alpha_t_value;
    """,
    "epsilon_t",
)

# new_momentum = 0.9 * momentum + grads
# new_squares = 0.999 * squares + square(grads)
# new_params = params - alpha_t * new_momentum / (sqrt(new_squares) + epsilon_t)
_new_params = cp.ElementwiseKernel(
    r"""
    float32 momentum, float32 grads, float32 squares, float32 epsilon_t,
        float32 alpha_t, float32 params
    """,
    "float32 new_momentum, float32 new_squares, float32 new_params",
    r"""
    const float new_momentum_value = 0.9f * momentum + grads;
    const float new_squares_value = 0.999f * squares + grads * grads;
    const float new_momentum_over = new_momentum_value / (sqrt(new_squares_value) +
        epsilon_t);
    new_params = params - alpha_t * new_momentum_over;
    new_momentum = new_momentum_value;
    new_squares = new_squares_value;
    """,
    "new_params",
)

# h1 = relu(dense_1_W_product + b_2)
_h1 = cp.ElementwiseKernel(
    "float32 dense_1_W_product, float32 b_2",
    "float32 h1",
    r"""
    const float z1 = dense_1_W_product + b_2;
    h1 = z1 < 0.0f ? 0.0f : z1;
    """,
    "h1",
)

# probs = softmax(h1_product + b_2)
_probs_rows = _row_kernel(
    _LARGER
    + r"""
    extern "C" __global__ void probs_rows(
        long long rows, const float* h1_product, const float* b_2,
        float* probs) {
      const long long row = blockIdx.x * 128ll + threadIdx.x;
      if (row >= rows) return;
      float logits[10];
      float logits_exp[10];
      float logits_max = -1.0f / 0.0f;
      #pragma unroll
      for (int j = 0; j < 10; ++j) {
        const long long i = row * 10 + j;
        logits[j] = h1_product[i] + b_2[j];
        logits_max = larger(logits_max, logits[j]);
      }
      float logits_sum = 0;
      #pragma unroll
      for (int j = 0; j < 10; ++j) {
        logits_exp[j] = exp(logits[j] - logits_max);
        logits_sum += logits_exp[j];
      }
      #pragma unroll
      for (int j = 0; j < 10; ++j) {
        const long long i = row * 10 + j;
        probs[i] = logits_exp[j] / logits_sum;
      }
    }
    """,
    "probs_rows",
    rows=128,
    threads=128,
)

# logits_minus_take = log(logits_sum) - (h1_product + b_2 - max(h1_product + b_2, axi...
_logits_minus_take_rows = _row_kernel(
    _LARGER
    + r"""
    extern "C" __global__ void logits_minus_take_rows(
        long long rows, const float* h1_product, const float* b_2,
        const long long* y, float* logits_minus_take) {
      const long long row = blockIdx.x * 128ll + threadIdx.x;
      if (row >= rows) return;
      float logits[10];
      float logits_max = -1.0f / 0.0f;
      #pragma unroll
      for (int j = 0; j < 10; ++j) {
        const long long i = row * 10 + j;
        logits[j] = h1_product[i] + b_2[j];
        logits_max = larger(logits_max, logits[j]);
      }
      float logits_sum = 0;
      float logits_take = 0;
      #pragma unroll
      for (int j = 0; j < 10; ++j) {
        const float logits_minus_max = logits[j] - logits_max;
        logits_sum += exp(logits_minus_max);
        if (j == y[row]) logits_take = logits_minus_max;
      }
      const float logits_minus_take_value = log(logits_sum) - logits_take;
      logits_minus_take[row] = logits_minus_take_value;
    }
    """,
    "logits_minus_take_rows",
    rows=128,
    threads=128,
)


class DigitsMlpCupy:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "digits_mlp_cupy"
    FINGERPRINT = "c2f87297aad29682"
    INPUTS = {"x": ("float32", ("N", 64))}
    TARGETS = {"y": ("int64", ("N",))}
    OUTPUTS = {"probs": ("float32", ("N", 10))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "dense_1.W": ("params", "dense_1_W"),
        "dense_1.b": ("params", "dense_1_b"),
        "dense_2.W": ("params", "dense_2_W"),
        "dense_2.b": ("params", "dense_2_b"),
        "dense_1.W.momentum": ("momentum", "dense_1_W"),
        "dense_1.b.momentum": ("momentum", "dense_1_b"),
        "dense_2.W.momentum": ("momentum", "dense_2_W"),
        "dense_2.b.momentum": ("momentum", "dense_2_b"),
        "dense_1.W.squares": ("squares", "dense_1_W"),
        "dense_1.b.squares": ("squares", "dense_1_b"),
        "dense_2.W.squares": ("squares", "dense_2_W"),
        "dense_2.b.squares": ("squares", "dense_2_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(4810, np.float32),
            {
                "dense_1_W": (64, 64),
                "dense_1_b": (64,),
                "dense_2_W": (64, 10),
                "dense_2_b": (10,),
            },
        )
        self.grads = _Views(_vector(4810, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(4810, np.float32), self.params.shapes)
        self.squares = _Views(_vector(4810, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=cp.zeros((), dtype=np.int64))
        self.rng = _Streams(seed, ["digits_dropout_1"])
        self._arena = cp.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self._loss = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = _copies(self.params)
        dense_1_noise = rng.standard_normal((64, 64), dtype=np.float32)
        p.dense_1_W[...] = dense_1_noise * 0.17677669
        dense_2_draw = rng.random((64, 10), dtype=np.float32)
        p.dense_2_W[...] = dense_2_draw * 0.5694948 + -0.2847474
        _store(p, self.params)

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        out = self._replayed(s, self._launch_train_step, x, y)
        return _result(out, False)

    def _launch_train_step(self, s, x, y):
        """The launches of train_step, which become one CUDA graph."""
        out = self._backward(s, x, y)
        self._update(s)
        return out

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        host = isinstance(x, np.ndarray)
        x = _on_device(x)
        y = _on_device(y)
        self._backward(s, x, y)
        d = self.grads
        return {
            "dense_1.W": _result(d.dense_1_W, host),
            "dense_1.b": _result(d.dense_1_b, host),
            "dense_2.W": _result(d.dense_2_W, host),
            "dense_2.b": _result(d.dense_2_b, host),
        }

    def _backward(self, s, x, y):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                       digits_mlp.py:24
        # z1 = x W + b                                                         (N, 64)
        # h1 = relu(z1)                                                        (N, 64)
        # h1_dropped = dropout(h1)                                             (N, 64)
        # dropout_1_mask = random >= 0.2                                       (N, 64)
        _matmul(x, p.dense_1_W, s.dense_1_W_product)
        _h1_dropped(
            s.dense_1_W_product,
            p.dense_1_b,
            self.rng.digits_dropout_1,
            s.h1,
            s.h1_dropped,
        )

        # dense_2                                                       digits_mlp.py:26
        # logits = h1_dropped W + b                                            (N, 10)
        # d_logits = (softmax(logits) - onehot(y)) / N                         (N, 10)
        # logits_minus_take = log(sum(logits_exp, axis 1)) - logits_take          (N,)
        _matmul(s.h1_dropped, p.dense_2_W, s.h1_dropped_product)
        _d_logits_rows(
            s.n,
            s.h1_dropped_product,
            p.dense_2_b,
            y,
            np.float32(s.n),
            s.logits_minus_take,
            s.d_logits,
        )

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])           ()   :32
        _loss(s.logits_minus_take, s.n, s.loss)

        # ---- backward ----------------------------------------------------------------
        # dense_2                                                       digits_mlp.py:26
        # d_b = sum over N of d_logits                                           (10,)
        # d_W = h1_dropped^T d_logits                                         (64, 10)
        # d_h1_dropped = d_logits W^T                                          (N, 64)
        s.d_logits.sum(axis=0, out=d.dense_2_b)
        _matmul(s.h1_dropped.T, s.d_logits, d.dense_2_W)
        _matmul(s.d_logits, p.dense_2_W.T, s.d_h1_dropped)

        # dense_1                                                       digits_mlp.py:24
        # d_h1 = dropout(d_h1_dropped)                                         (N, 64)
        # d_z1 = d_h1 * (h1 > 0)                                               (N, 64)
        # d_b = sum over N of d_z1                                               (64,)
        # d_W = x^T d_z1                                                      (64, 64)
        _d_dense_1_b_columns(
            s.n,
            64,
            s.d_h1_dropped,
            self.rng.digits_dropout_1,
            s.h1,
            s.d_z1,
            d.dense_1_b,
        )
        _matmul(x.T, s.d_z1, d.dense_1_W)
        _next_draws(1, self.rng.draws)

        return s.loss

    def _update(self, s):
        """Change the parameters: Adam(0.001)."""
        p, d = self.params, self.grads
        # ---- update ------------------------------------------------------------------
        with _Whole():  # no interruption may leave this half done
            # adam                                                      digits_mlp.py:40
            #   momentum and squares are without the factor 1 - beta
            # t = step + 1                                                          ()
            # c = sqrt((1 - 0.999 ** t) / 0.001)                                    ()
            # alpha_t = 0.001 * c * (0.1 / (1 - 0.9 ** t))                          ()
            # epsilon_t = 1e-08 * c                                                 ()
            # momentum' = 0.9 * momentum + grads                               (4810,)
            # squares' = 0.999 * squares + square(grads)                       (4810,)
            # params' = params                                                 (4810,)
            #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
            # step' = step + 1                                                      ()
            _epsilon_t(
                self.state.adam_step,
                self.state.adam_step,
                s.alpha_t,
                s.epsilon_t,
            )
            _new_params(
                self.momentum.flat,
                d.flat,
                self.squares.flat,
                s.epsilon_t,
                s.alpha_t,
                p.flat,
                self.momentum.flat,
                self.squares.flat,
                p.flat,
            )

    def _train_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._train[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, y)
        _check_range("y", y, 10)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.dense_1_W_product = s.h1 = s.d_z1 = _Buffer(0, 5, np.float32, (n, 64))
        s.h1_dropped = _Buffer(1, 4, np.float32, (n, 64))
        s.h1_dropped_product = s.d_logits = _Buffer(2, 5, np.float32, (n, 10))
        s.logits_minus_take = _Buffer(3, 4, np.float32, (n,))
        s.d_h1_dropped = _Buffer(5, 5, np.float32, (n, 64))
        s.alpha_t = _Buffer(6, 7, np.float32, ())
        s.epsilon_t = _Buffer(7, 7, np.float32, ())
        self._lay_out(s)
        s.loss = cp.empty((), dtype=np.float32)
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 64)
        """
        s = self._predict_slots(x)
        host = isinstance(x, np.ndarray)
        x = _on_device(x)
        probs = self._forward(s, x)
        return {"probs": _result(probs, host)}

    def _forward(self, s, x):
        """The forward pass to the outputs."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                       digits_mlp.py:24
        # z1 = x W + b                                                         (N, 64)
        # h1 = relu(z1)                                                        (N, 64)
        _matmul(x, p.dense_1_W, s.dense_1_W_product)
        _h1(s.dense_1_W_product, p.dense_1_b, s.h1)

        # dense_2                                                       digits_mlp.py:26
        # logits = h1 W + b                                                    (N, 10)
        # probs = softmax(logits)                                              (N, 10)
        _matmul(s.h1, p.dense_2_W, s.h1_product)
        _probs_rows(s.n, s.h1_product, p.dense_2_b, s.probs)

        return s.probs

    def _predict_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._predict[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_predict(x)

    def _plan_predict(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.dense_1_W_product = s.h1 = _Buffer(0, 1, np.float32, (n, 64))
        s.h1_product = s.probs = _Buffer(1, 1, np.float32, (n, 10))
        self._lay_out(s)
        self._predict[x.dtype, x.shape] = s
        return s

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        s = self._loss_slots(x, y)
        x = _on_device(x)
        y = _on_device(y)
        return _result(self._forward_loss(s, x, y), False)

    def _forward_loss(self, s, x, y):
        """The forward pass to the loss."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                       digits_mlp.py:24
        # z1 = x W + b                                                         (N, 64)
        # h1 = relu(z1)                                                        (N, 64)
        _matmul(x, p.dense_1_W, s.dense_1_W_product)
        _h1(s.dense_1_W_product, p.dense_1_b, s.h1)

        # dense_2                                                       digits_mlp.py:26
        # logits = h1 W + b                                                    (N, 10)
        # logits_minus_take = log(sum(logits_exp, axis 1)) - logits_take          (N,)
        _matmul(s.h1, p.dense_2_W, s.h1_product)
        _logits_minus_take_rows(s.n, s.h1_product, p.dense_2_b, y, s.logits_minus_take)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])           ()   :32
        _loss(s.logits_minus_take, s.n, s.loss)

        return s.loss

    def _loss_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._loss[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_loss(x, y)
        _check_range("y", y, 10)
        return s

    def _plan_loss(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.dense_1_W_product = s.h1 = _Buffer(0, 1, np.float32, (n, 64))
        s.h1_product = _Buffer(1, 2, np.float32, (n, 10))
        s.logits_minus_take = _Buffer(2, 3, np.float32, (n,))
        s.loss = _Buffer(3, 3, np.float32, ())
        self._lay_out(s)
        self._loss[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        grows = self._arena.size < nbytes
        if grows:
            self._arena = cp.empty(nbytes, dtype=np.uint8)
        for buffers in (self._train, self._predict, self._loss):
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
        for name, rng in self.rng.streams.items():
            state[f"rng.{name}"] = rng.get()
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
        for name, rng in self.rng.streams.items():
            rng.set(arrays[f"rng.{name}"])

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


class _Streams:
    """The state of each random stream on the device: its key, and the number of the next draw."""

    def __init__(self, seed, names):
        words = np.zeros((len(names), 6), dtype=np.uint64)  # as long as NumPy's
        for row in range(len(names)):
            key = np.random.SeedSequence([seed, row + 1])
            words[row, 0] = key.generate_state(1, np.uint64)[0]
        self.words = cp.asarray(words)
        self.draws = self.words[:, 1]
        self.streams = {name: self.words[row] for row, name in enumerate(names)}
        for name, stream in self.streams.items():
            setattr(self, name, stream)


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


def main():
    """Train or predict from the command line."""
    import argparse

    parser = argparse.ArgumentParser(description="Train this network, or predict.")
    parser.add_argument("action", choices=["train", "predict"])
    parser.add_argument("data", help="an .npz file of inputs and targets")
    parser.add_argument("--weights", default="digits_mlp_cupy.npz")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    try:
        _run(options)
    except (InputError, OSError) as error:
        parser.error(str(error))


def _run(options):
    """Do what the command line says."""
    m = DigitsMlpCupy(seed=options.seed)
    if os.path.exists(options.weights):
        m.load(options.weights)
    elif options.action == "predict":
        raise InputError(f"there are no weights at {options.weights}; train first")
    if options.action == "train":
        if options.batch_size < 1:
            raise InputError(f"--batch-size is 1 or more, not {options.batch_size}")
        if options.epochs < 0:
            raise InputError(f"--epochs is 0 or more, not {options.epochs}")
        folder = os.path.dirname(os.path.abspath(options.weights))
        if not os.path.isdir(folder):
            raise InputError(f"there is no folder {folder} for the weights")
        arrays = _read_data(options.data, [*m.INPUTS, *m.TARGETS])
        if len({a.shape[:1] for a in arrays}) > 1 or not arrays[0].size:
            sizes = ", ".join(str(a.shape) for a in arrays)
            raise InputError(f"{options.data}: unequal numbers of examples: {sizes}")
        rng = np.random.default_rng(options.seed)
        for epoch in range(options.epochs):
            order, total = rng.permutation(len(arrays[0])), 0.0
            for start in range(0, len(order), options.batch_size):
                rows = order[start : start + options.batch_size]
                total += float(m.train_step(*[a[rows] for a in arrays])) * len(rows)
            print(f"epoch {epoch + 1:3d}   loss {total / len(order):.4f}")
        m.save(options.weights)
        print(f"weights: {options.weights}")
        return
    result = m.predict(*_read_data(options.data, m.INPUTS))
    target = os.path.splitext(options.data)[0] + "_predictions.npz"
    _write_arrays(target, result)
    print(f"predictions: {target}")


def _read_data(path, names):
    """The arrays of an .npz file that have these names."""
    data = _read_arrays(path)
    missing = [name for name in names if name not in data]
    if missing:
        raise InputError(f"{path}: there is no {missing[0]!r}, only {[*data]}")
    return [data[name] for name in names]


if __name__ == "__main__":
    main()
