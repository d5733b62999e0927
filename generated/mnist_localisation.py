"""mnist_localisation: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 32, 32, 1)
Targets    digit   int64 (N,)
box   float32 (N, 4)
Outputs    logits   float32 (N, 10)
box   float32 (N, 4)
evidence   float32 (N, 16, 16)
Parameters 51,834 in 20 arrays
Optimiser  Adam(cosine(0.003, 1000, floor=1e-05), epsilon=0.0001)

    from mnist_localisation import MnistLocalisation

    m = MnistLocalisation(seed=0)
    loss = m.train_step(x, digit, box)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python mnist_localisation.py train data.npz --epochs 10
    python mnist_localisation.py predict data.npz
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class MnistLocalisation:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "mnist_localisation"
    FINGERPRINT = "821d23b244aaba59"
    INPUTS = {"x": ("float32", ("N", 32, 32, 1))}
    TARGETS = {"digit": ("int64", ("N",)), "box": ("float32", ("N", 4))}
    OUTPUTS = {
        "logits": ("float32", ("N", 10)),
        "box": ("float32", ("N", 4)),
        "evidence": ("float32", ("N", 16, 16)),
    }

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "conv_1.W": ("params", "conv_1_W"),
        "batch_norm_1.gamma": ("params", "batch_norm_1_gamma"),
        "batch_norm_1.beta": ("params", "batch_norm_1_beta"),
        "conv_2.W": ("params", "conv_2_W"),
        "batch_norm_2.gamma": ("params", "batch_norm_2_gamma"),
        "batch_norm_2.beta": ("params", "batch_norm_2_beta"),
        "conv_3.W": ("params", "conv_3_W"),
        "batch_norm_3.gamma": ("params", "batch_norm_3_gamma"),
        "batch_norm_3.beta": ("params", "batch_norm_3_beta"),
        "conv_4.W": ("params", "conv_4_W"),
        "batch_norm_4.gamma": ("params", "batch_norm_4_gamma"),
        "batch_norm_4.beta": ("params", "batch_norm_4_beta"),
        "conv_5.W": ("params", "conv_5_W"),
        "batch_norm_5.gamma": ("params", "batch_norm_5_gamma"),
        "batch_norm_5.beta": ("params", "batch_norm_5_beta"),
        "what.dense_1.W": ("params", "what_dense_1_W"),
        "what.dense_1.b": ("params", "what_dense_1_b"),
        "what.dense_2.W": ("params", "what_dense_2_W"),
        "what.dense_2.b": ("params", "what_dense_2_b"),
        "edges.W": ("params", "edges_W"),
        "conv_1.W.momentum": ("momentum", "conv_1_W"),
        "batch_norm_1.gamma.momentum": ("momentum", "batch_norm_1_gamma"),
        "batch_norm_1.beta.momentum": ("momentum", "batch_norm_1_beta"),
        "conv_2.W.momentum": ("momentum", "conv_2_W"),
        "batch_norm_2.gamma.momentum": ("momentum", "batch_norm_2_gamma"),
        "batch_norm_2.beta.momentum": ("momentum", "batch_norm_2_beta"),
        "conv_3.W.momentum": ("momentum", "conv_3_W"),
        "batch_norm_3.gamma.momentum": ("momentum", "batch_norm_3_gamma"),
        "batch_norm_3.beta.momentum": ("momentum", "batch_norm_3_beta"),
        "conv_4.W.momentum": ("momentum", "conv_4_W"),
        "batch_norm_4.gamma.momentum": ("momentum", "batch_norm_4_gamma"),
        "batch_norm_4.beta.momentum": ("momentum", "batch_norm_4_beta"),
        "conv_5.W.momentum": ("momentum", "conv_5_W"),
        "batch_norm_5.gamma.momentum": ("momentum", "batch_norm_5_gamma"),
        "batch_norm_5.beta.momentum": ("momentum", "batch_norm_5_beta"),
        "what.dense_1.W.momentum": ("momentum", "what_dense_1_W"),
        "what.dense_1.b.momentum": ("momentum", "what_dense_1_b"),
        "what.dense_2.W.momentum": ("momentum", "what_dense_2_W"),
        "what.dense_2.b.momentum": ("momentum", "what_dense_2_b"),
        "edges.W.momentum": ("momentum", "edges_W"),
        "conv_1.W.squares": ("squares", "conv_1_W"),
        "batch_norm_1.gamma.squares": ("squares", "batch_norm_1_gamma"),
        "batch_norm_1.beta.squares": ("squares", "batch_norm_1_beta"),
        "conv_2.W.squares": ("squares", "conv_2_W"),
        "batch_norm_2.gamma.squares": ("squares", "batch_norm_2_gamma"),
        "batch_norm_2.beta.squares": ("squares", "batch_norm_2_beta"),
        "conv_3.W.squares": ("squares", "conv_3_W"),
        "batch_norm_3.gamma.squares": ("squares", "batch_norm_3_gamma"),
        "batch_norm_3.beta.squares": ("squares", "batch_norm_3_beta"),
        "conv_4.W.squares": ("squares", "conv_4_W"),
        "batch_norm_4.gamma.squares": ("squares", "batch_norm_4_gamma"),
        "batch_norm_4.beta.squares": ("squares", "batch_norm_4_beta"),
        "conv_5.W.squares": ("squares", "conv_5_W"),
        "batch_norm_5.gamma.squares": ("squares", "batch_norm_5_gamma"),
        "batch_norm_5.beta.squares": ("squares", "batch_norm_5_beta"),
        "what.dense_1.W.squares": ("squares", "what_dense_1_W"),
        "what.dense_1.b.squares": ("squares", "what_dense_1_b"),
        "what.dense_2.W.squares": ("squares", "what_dense_2_W"),
        "what.dense_2.b.squares": ("squares", "what_dense_2_b"),
        "edges.W.squares": ("squares", "edges_W"),
        "batch_norm_1.running_mean": ("state", "batch_norm_1_running_mean"),
        "batch_norm_1.running_var": ("state", "batch_norm_1_running_var"),
        "batch_norm_2.running_mean": ("state", "batch_norm_2_running_mean"),
        "batch_norm_2.running_var": ("state", "batch_norm_2_running_var"),
        "batch_norm_3.running_mean": ("state", "batch_norm_3_running_mean"),
        "batch_norm_3.running_var": ("state", "batch_norm_3_running_var"),
        "batch_norm_4.running_mean": ("state", "batch_norm_4_running_mean"),
        "batch_norm_4.running_var": ("state", "batch_norm_4_running_var"),
        "batch_norm_5.running_mean": ("state", "batch_norm_5_running_mean"),
        "batch_norm_5.running_var": ("state", "batch_norm_5_running_var"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(51834, np.float32),
            {
                "conv_1_W": (3, 3, 1, 16),
                "batch_norm_1_gamma": (16,),
                "batch_norm_1_beta": (16,),
                "conv_2_W": (3, 3, 16, 32),
                "batch_norm_2_gamma": (32,),
                "batch_norm_2_beta": (32,),
                "conv_3_W": (3, 3, 32, 32),
                "batch_norm_3_gamma": (32,),
                "batch_norm_3_beta": (32,),
                "conv_4_W": (3, 3, 32, 32),
                "batch_norm_4_gamma": (32,),
                "batch_norm_4_beta": (32,),
                "conv_5_W": (3, 3, 32, 64),
                "batch_norm_5_gamma": (64,),
                "batch_norm_5_beta": (64,),
                "what_dense_1_W": (64, 128),
                "what_dense_1_b": (128,),
                "what_dense_2_W": (128, 10),
                "what_dense_2_b": (10,),
                "edges_W": (1, 1, 64, 4),
            },
        )
        self.grads = _Views(_vector(51834, np.float32), self.params.shapes)
        self.stats = _Views(
            _vector(352, np.float32),
            {
                "z1_mean": (16,),
                "z1_unbiased_var": (16,),
                "z2_mean": (32,),
                "z2_unbiased_var": (32,),
                "z3_mean": (32,),
                "z3_unbiased_var": (32,),
                "z4_mean": (32,),
                "z4_unbiased_var": (32,),
                "z5_mean": (64,),
                "z5_unbiased_var": (64,),
            },
        )
        self.momentum = _Views(_vector(51834, np.float32), self.params.shapes)
        self.squares = _Views(_vector(51834, np.float32), self.params.shapes)
        self.state = SimpleNamespace(
            batch_norm_1_running_mean=np.zeros((16,), dtype=np.float32),
            batch_norm_1_running_var=np.zeros((16,), dtype=np.float32),
            batch_norm_2_running_mean=np.zeros((32,), dtype=np.float32),
            batch_norm_2_running_var=np.zeros((32,), dtype=np.float32),
            batch_norm_3_running_mean=np.zeros((32,), dtype=np.float32),
            batch_norm_3_running_var=np.zeros((32,), dtype=np.float32),
            batch_norm_4_running_mean=np.zeros((32,), dtype=np.float32),
            batch_norm_4_running_var=np.zeros((32,), dtype=np.float32),
            batch_norm_5_running_mean=np.zeros((64,), dtype=np.float32),
            batch_norm_5_running_var=np.zeros((64,), dtype=np.float32),
            adam_step=np.zeros((), dtype=np.int64),
        )
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self._loss = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        conv_1_noise = rng.standard_normal((3, 3, 1, 16), dtype=np.float32)
        new_conv_1_W = conv_1_noise * 0.47140452
        conv_2_noise = rng.standard_normal((3, 3, 16, 32), dtype=np.float32)
        new_conv_2_W = conv_2_noise * 0.11785113
        conv_3_noise = rng.standard_normal((3, 3, 32, 32), dtype=np.float32)
        new_conv_3_W = conv_3_noise * 0.083333336
        conv_4_noise = rng.standard_normal((3, 3, 32, 32), dtype=np.float32)
        new_conv_4_W = conv_4_noise * 0.083333336
        conv_5_noise = rng.standard_normal((3, 3, 32, 64), dtype=np.float32)
        new_conv_5_W = conv_5_noise * 0.083333336
        what_dense_1_noise = rng.standard_normal((64, 128), dtype=np.float32)
        new_what_dense_1_W = what_dense_1_noise * 0.17677669
        what_dense_2_draw = rng.random((128, 10), dtype=np.float32)
        new_what_dense_2_W = what_dense_2_draw * 0.4170288 + -0.2085144
        edges_draw = rng.random((1, 1, 64, 4), dtype=np.float32)
        new_edges_W = edges_draw * 0.59408855 + -0.29704428
        new_batch_norm_1_running_var = np.broadcast_to(np.float32(1.0), (16,))
        new_batch_norm_4_running_var = np.broadcast_to(np.float32(1.0), (32,))
        new_batch_norm_5_running_var = np.broadcast_to(np.float32(1.0), (64,))
        p.conv_1_W[...] = new_conv_1_W
        p.batch_norm_1_gamma[...] = new_batch_norm_1_running_var
        p.conv_2_W[...] = new_conv_2_W
        p.batch_norm_2_gamma[...] = new_batch_norm_4_running_var
        p.conv_3_W[...] = new_conv_3_W
        p.batch_norm_3_gamma[...] = new_batch_norm_4_running_var
        p.conv_4_W[...] = new_conv_4_W
        p.batch_norm_4_gamma[...] = new_batch_norm_4_running_var
        p.conv_5_W[...] = new_conv_5_W
        p.batch_norm_5_gamma[...] = new_batch_norm_5_running_var
        p.what_dense_1_W[...] = new_what_dense_1_W
        p.what_dense_2_W[...] = new_what_dense_2_W
        p.edges_W[...] = new_edges_W
        self.state.batch_norm_1_running_var[...] = new_batch_norm_1_running_var
        self.state.batch_norm_2_running_var[...] = new_batch_norm_4_running_var
        self.state.batch_norm_3_running_var[...] = new_batch_norm_4_running_var
        self.state.batch_norm_4_running_var[...] = new_batch_norm_4_running_var
        self.state.batch_norm_5_running_var[...] = new_batch_norm_5_running_var

    def train_step(self, x, digit, box):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 32, 32, 1)
        digit: int64 (N,)
        box: float32 (N, 4)
        """
        s = self._train_slots(x, digit, box)
        loss = self._backward(s, x, digit, box)
        self._update(s)
        return loss

    def gradients(self, x, digit, box):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 32, 32, 1)
        digit: int64 (N,)
        box: float32 (N, 4)
        """
        s = self._train_slots(x, digit, box)
        self._backward(s, x, digit, box)
        d = self.grads
        return {
            "conv_1.W": d.conv_1_W.copy(),
            "batch_norm_1.gamma": d.batch_norm_1_gamma.copy(),
            "batch_norm_1.beta": d.batch_norm_1_beta.copy(),
            "conv_2.W": d.conv_2_W.copy(),
            "batch_norm_2.gamma": d.batch_norm_2_gamma.copy(),
            "batch_norm_2.beta": d.batch_norm_2_beta.copy(),
            "conv_3.W": d.conv_3_W.copy(),
            "batch_norm_3.gamma": d.batch_norm_3_gamma.copy(),
            "batch_norm_3.beta": d.batch_norm_3_beta.copy(),
            "conv_4.W": d.conv_4_W.copy(),
            "batch_norm_4.gamma": d.batch_norm_4_gamma.copy(),
            "batch_norm_4.beta": d.batch_norm_4_beta.copy(),
            "conv_5.W": d.conv_5_W.copy(),
            "batch_norm_5.gamma": d.batch_norm_5_gamma.copy(),
            "batch_norm_5.beta": d.batch_norm_5_beta.copy(),
            "what.dense_1.W": d.what_dense_1_W.copy(),
            "what.dense_1.b": d.what_dense_1_b.copy(),
            "what.dense_2.W": d.what_dense_2_W.copy(),
            "what.dense_2.b": d.what_dense_2_b.copy(),
            "edges.W": d.edges_W.copy(),
        }

    def _backward(self, s, x, digit, box):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d, stats = self.params, self.grads, self.stats
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)             (N, 32, 32, 16)   mnist_localisation.py:39
        _conv_im2col(
            x,
            p.conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                          mnist_localisation.py:40
        # z1_mean = mean(z1, axes 0, 1, 2)                                       (16,)
        # z1_var = mean(square(z1 - z1_mean), axes 0, 1, 2)                      (16,)
        # z1_inv_std = 1 / sqrt(z1_var + 1e-05)                                  (16,)
        # z1_hat = (z1 - mean) / sqrt(var + 1e-05)                     (N, 32, 32, 16)
        # z1_norm = z1_hat * gamma + beta                              (N, 32, 32, 16)
        np.dot(s.ones, s.z1_reshape, out=stats.z1_mean)
        np.divide(stats.z1_mean, 1024 * s.n, out=stats.z1_mean)
        np.subtract(s.z1, stats.z1_mean, out=s.z1_minus_mean)
        np.square(s.z1_minus_mean, out=s.z1_square)
        np.dot(s.ones, s.z1_reshape_2, out=stats.z1_unbiased_var)
        np.divide(stats.z1_unbiased_var, 1024 * s.n, out=stats.z1_unbiased_var)
        np.add(stats.z1_unbiased_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(s.z1_minus_mean, s.z1_inv_std, out=s.z1_hat)
        np.multiply(s.z1_hat, p.batch_norm_1_gamma, out=s.z1_norm)
        np.add(s.z1_norm, p.batch_norm_1_beta, out=s.z1_norm)

        # relu_1: h1 = relu(z1_norm)          (N, 32, 32, 16)   mnist_localisation.py:40
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # conv_2: z2 = conv(h1, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h1,
            p.conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # batch_norm_2                                          mnist_localisation.py:40
        # z2_mean = mean(z2, axes 0, 1, 2)                                       (32,)
        # z2_var = mean(square(z2 - z2_mean), axes 0, 1, 2)                      (32,)
        # z2_inv_std = 1 / sqrt(z2_var + 1e-05)                                  (32,)
        # z2_hat = (z2 - mean) / sqrt(var + 1e-05)                     (N, 16, 16, 32)
        # z2_norm = z2_hat * gamma + beta                              (N, 16, 16, 32)
        np.dot(s.ones_2, s.z2_reshape, out=stats.z2_mean)
        np.divide(stats.z2_mean, 256 * s.n, out=stats.z2_mean)
        np.subtract(s.z2, stats.z2_mean, out=s.z2_hat)
        np.square(s.z2_hat, out=s.z2_hat_square)
        np.dot(s.ones_2, s.z2_hat_reshape, out=stats.z2_unbiased_var)
        np.divide(stats.z2_unbiased_var, 256 * s.n, out=stats.z2_unbiased_var)
        np.add(stats.z2_unbiased_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(s.z2_hat, s.z2_inv_std, out=s.z2_hat)
        np.multiply(s.z2_hat, p.batch_norm_2_gamma, out=s.z2_norm)
        np.add(s.z2_norm, p.batch_norm_2_beta, out=s.z2_norm)

        # relu_2: h2 = relu(z2_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # conv_3: z3 = conv(h2, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h2,
            p.conv_3_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # batch_norm_3                                          mnist_localisation.py:40
        # z3_mean = mean(z3, axes 0, 1, 2)                                       (32,)
        # z3_var = mean(square(z3 - z3_mean), axes 0, 1, 2)                      (32,)
        # z3_inv_std = 1 / sqrt(z3_var + 1e-05)                                  (32,)
        # z3_hat = (z3 - mean) / sqrt(var + 1e-05)                     (N, 16, 16, 32)
        # z3_norm = z3_hat * gamma + beta                              (N, 16, 16, 32)
        np.dot(s.ones_2, s.z3_reshape, out=stats.z3_mean)
        np.divide(stats.z3_mean, 256 * s.n, out=stats.z3_mean)
        np.subtract(s.z3, stats.z3_mean, out=s.z3_hat)
        np.square(s.z3_hat, out=s.z3_hat_square)
        np.dot(s.ones_2, s.z3_hat_reshape, out=stats.z3_unbiased_var)
        np.divide(stats.z3_unbiased_var, 256 * s.n, out=stats.z3_unbiased_var)
        np.add(stats.z3_unbiased_var, 1e-05, out=s.z3_inv_std)
        np.sqrt(s.z3_inv_std, out=s.z3_inv_std)
        np.divide(1.0, s.z3_inv_std, out=s.z3_inv_std)
        np.multiply(s.z3_hat, s.z3_inv_std, out=s.z3_hat)
        np.multiply(s.z3_hat, p.batch_norm_3_gamma, out=s.z3_norm)
        np.add(s.z3_norm, p.batch_norm_3_beta, out=s.z3_norm)

        # relu_3: h3 = relu(z3_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.maximum(s.z3_norm, 0.0, out=s.h3)

        # conv_4: z4 = conv(h3, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h3,
            p.conv_4_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # batch_norm_4                                          mnist_localisation.py:40
        # z4_mean = mean(z4, axes 0, 1, 2)                                       (32,)
        # z4_var = mean(square(z4 - z4_mean), axes 0, 1, 2)                      (32,)
        # z4_inv_std = 1 / sqrt(z4_var + 1e-05)                                  (32,)
        # z4_hat = (z4 - mean) / sqrt(var + 1e-05)                     (N, 16, 16, 32)
        # z4_norm = z4_hat * gamma + beta                              (N, 16, 16, 32)
        np.dot(s.ones_2, s.z4_reshape, out=stats.z4_mean)
        np.divide(stats.z4_mean, 256 * s.n, out=stats.z4_mean)
        np.subtract(s.z4, stats.z4_mean, out=s.z4_hat)
        np.square(s.z4_hat, out=s.z4_hat_square)
        np.dot(s.ones_2, s.z4_hat_reshape, out=stats.z4_unbiased_var)
        np.divide(stats.z4_unbiased_var, 256 * s.n, out=stats.z4_unbiased_var)
        np.add(stats.z4_unbiased_var, 1e-05, out=s.z4_inv_std)
        np.sqrt(s.z4_inv_std, out=s.z4_inv_std)
        np.divide(1.0, s.z4_inv_std, out=s.z4_inv_std)
        np.multiply(s.z4_hat, s.z4_inv_std, out=s.z4_hat)
        np.multiply(s.z4_hat, p.batch_norm_4_gamma, out=s.z4_norm)
        np.add(s.z4_norm, p.batch_norm_4_beta, out=s.z4_norm)

        # relu_4: h4 = relu(z4_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # conv_5: z5 = conv(h4, W)            (N, 16, 16, 64)   mnist_localisation.py:39
        _conv_winograd(
            s.h4,
            p.conv_5_W,
            s.z5_tiles,
            s.z5_inputs,
            s.z5_filters,
            s.z5_products,
            s.z5_outputs,
            s.z5_transforms,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # batch_norm_5                                          mnist_localisation.py:40
        # z5_mean = mean(z5, axes 0, 1, 2)                                       (64,)
        # z5_var = mean(square(z5 - z5_mean), axes 0, 1, 2)                      (64,)
        # z5_inv_std = 1 / sqrt(z5_var + 1e-05)                                  (64,)
        # z5_hat = (z5 - mean) / sqrt(var + 1e-05)                     (N, 16, 16, 64)
        # z5_norm = z5_hat * gamma + beta                              (N, 16, 16, 64)
        np.dot(s.ones_2, s.z5_reshape, out=stats.z5_mean)
        np.divide(stats.z5_mean, 256 * s.n, out=stats.z5_mean)
        np.subtract(s.z5, stats.z5_mean, out=s.z5_hat)
        np.square(s.z5_hat, out=s.z5_hat_square)
        np.dot(s.ones_2, s.z5_hat_reshape, out=stats.z5_unbiased_var)
        np.divide(stats.z5_unbiased_var, 256 * s.n, out=stats.z5_unbiased_var)
        np.add(stats.z5_unbiased_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(s.z5_hat, s.z5_inv_std, out=s.z5_hat)
        np.multiply(s.z5_hat, p.batch_norm_5_gamma, out=s.z5_norm)
        np.add(s.z5_norm, p.batch_norm_5_beta, out=s.z5_norm)

        # relu_5: h5 = relu(z5_norm)          (N, 16, 16, 64)   mnist_localisation.py:40
        np.maximum(s.z5_norm, 0.0, out=s.h5)

        # what.global_max_pool_1                                mnist_localisation.py:41
        # h5_pooled = max(h5, axes 1, 2)                                       (N, 64)
        s.h5.max(axis=(1, 2), out=s.h5_pooled)

        # what.dense_1                                          mnist_localisation.py:41
        # z7 = h5_pooled W + b                                                (N, 128)
        # h7 = relu(z7)                                                       (N, 128)
        np.dot(s.h5_pooled, p.what_dense_1_W, out=s.z7)
        np.add(s.z7, p.what_dense_1_b, out=s.z7)
        np.maximum(s.z7, 0.0, out=s.h7)

        # what.dense_2: logits = h7 W + b             (N, 10)   mnist_localisation.py:41
        np.dot(s.h7, p.what_dense_2_W, out=s.logits)
        np.add(s.logits, p.what_dense_2_b, out=s.logits)

        # softmax_cross_entropy                                 mnist_localisation.py:43
        # loss = mean(-log_softmax(logits)[digit])                                  ()
        # logits_exp = exp(logits - max(logits, axis 1))                       (N, 10)
        # logits_sum = sum(exp(logits - max(logits, axis 1)), axis 1)           (N, 1)
        # digit_position = row_starts + digit                                     (N,)
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.add(digit, s.row_starts, out=s.digit_position)
        np.take(s.logits_minus_max, s.digit_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_take, out=s.logits_minus_take)
        s.logits_minus_take.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        # edges                                                 mnist_localisation.py:41
        # h5_product = reshape(h5, (256 * N, 64)) W                       (256 * N, 4)
        np.dot(s.h5_reshape, s.edges_W_reshape, out=s.h5_product)

        # mnist_localisation.py:42
        # h6_over_sum = softmax(reshape(h6[:, :, :, :2], (N, 256, 2)))       (N, 256, 2)
        # h6_over_sum_3 = softmax(reshape(h6[:, :, :, 2:], (N, 256, 2)))     (N, 256, 2)
        # h6_concat = [h6_reshape_2; h6_reshape_4; h6_reshape_5; h6_reshape_6]    (N, 4)
        np.copyto(s.h6_copy, s.h6_slice)
        s.h6_reshape.max(axis=1, keepdims=True, out=s.h6_max)
        np.subtract(s.h6_reshape, s.h6_max, out=s.h6_minus_max)
        np.exp(s.h6_minus_max, out=s.h6_exp)
        s.h6_exp.sum(axis=1, keepdims=True, out=s.h6_sum)
        np.divide(s.h6_exp, s.h6_sum, out=s.h6_over_sum)
        np.multiply(s.h6_over_sum, s.iota_2_reshape, out=s.h6_times)
        s.h6_times.sum(axis=1, out=s.h6_sum_2)
        np.add(s.h6_slice_2, s.h6_slice_3, out=s.h6_plus_slice_3)
        np.divide(s.h6_plus_slice_3, 2.0, out=s.h6_over)
        np.copyto(s.h6_copy_2, s.h6_slice_4)
        s.h6_reshape_3.max(axis=1, keepdims=True, out=s.h6_max_2)
        np.subtract(s.h6_reshape_3, s.h6_max_2, out=s.h6_minus_max_2)
        np.exp(s.h6_minus_max_2, out=s.h6_exp_2)
        s.h6_exp_2.sum(axis=1, keepdims=True, out=s.h6_sum_3)
        np.divide(s.h6_exp_2, s.h6_sum_3, out=s.h6_over_sum_3)
        np.multiply(s.h6_over_sum_3, s.iota_3_reshape, out=s.h6_times_2)
        s.h6_times_2.sum(axis=1, out=s.h6_sum_4)
        np.add(s.h6_slice_5, s.h6_slice_6, out=s.h6_plus_slice_6)
        np.divide(s.h6_plus_slice_6, 2.0, out=s.h6_over_2)
        np.subtract(s.h6_slice_3, s.h6_slice_2, out=s.h6_minus_slice_2)
        np.subtract(s.h6_slice_6, s.h6_slice_5, out=s.h6_minus_slice_5)
        np.concatenate(
            (s.h6_reshape_2, s.h6_reshape_4, s.h6_reshape_5, s.h6_reshape_6),
            axis=1,
            out=s.h6_concat,
        )

        # absolute_error                                        mnist_localisation.py:43
        # loss_2                                                                    ()
        # h6_minus = h6_concat - box                                            (N, 4)
        np.subtract(s.h6_concat, box, out=s.h6_minus)
        np.abs(s.h6_minus, out=s.h6_abs)
        s.h6_abs.sum(out=s.loss_2)
        np.divide(s.loss_2, 4 * s.n, out=s.loss_2)

        # loss = loss + 20 * loss_2                        ()   mnist_localisation.py:43
        np.multiply(20.0, s.loss_2, out=s.loss_times_2)
        np.add(s.loss, s.loss_times_2, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # absolute_error                                        mnist_localisation.py:43
        # h6_times_sign = 20 / (4 * N) * sign(h6_minus)                         (N, 4)
        np.sign(s.h6_minus, out=s.h6_sign)
        np.multiply(20.0 / (4 * s.n), s.h6_sign, out=s.h6_times_sign)

        # mnist_localisation.py:42
        # d_h6 = d_h6                                                     (N, 16, 16, 4)
        #     + h6_unslice_5
        np.divide(s.h6_reshape_8, 2.0, out=s.h6_over_3)
        np.add(s.h6_reshape_7, s.h6_over_3, out=s.h6_plus_over_3)
        s.h6_unslice.fill(0)
        s.h6_unslice[:, 1] = s.h6_plus_over_3
        np.subtract(s.h6_over_3, s.h6_reshape_7, out=s.h6_minus_2)
        s.h6_unslice_2.fill(0)
        s.h6_unslice_2[:, 0] = s.h6_minus_2
        np.add(s.h6_unslice, s.h6_unslice_2, out=s.h6_plus)
        np.multiply(s.h6_reshape_9, s.iota_3_reshape, out=s.h6_times_3)
        np.multiply(s.h6_times_3, s.h6_over_sum_3, out=s.h6_times_4)
        s.h6_times_4.sum(axis=1, keepdims=True, out=s.h6_sum_5)
        np.subtract(s.h6_times_3, s.h6_sum_5, out=s.h6_minus_sum_5)
        np.multiply(s.h6_over_sum_3, s.h6_minus_sum_5, out=s.h6_times_5)
        s.d_h6.fill(0)
        s.d_h6[:, :, :, 2:] = s.h6_reshape_10
        np.divide(s.h6_reshape_12, 2.0, out=s.h6_over_4)
        np.add(s.h6_reshape_11, s.h6_over_4, out=s.h6_plus_over_4)
        s.h6_unslice_3.fill(0)
        s.h6_unslice_3[:, 1] = s.h6_plus_over_4
        np.subtract(s.h6_over_4, s.h6_reshape_11, out=s.h6_minus_3)
        s.h6_unslice_4.fill(0)
        s.h6_unslice_4[:, 0] = s.h6_minus_3
        np.add(s.h6_unslice_3, s.h6_unslice_4, out=s.h6_plus_2)
        np.multiply(s.h6_reshape_13, s.iota_2_reshape, out=s.h6_times_6)
        np.multiply(s.h6_times_6, s.h6_over_sum, out=s.h6_times_over_sum)
        s.h6_times_over_sum.sum(axis=1, keepdims=True, out=s.h6_sum_6)
        np.subtract(s.h6_times_6, s.h6_sum_6, out=s.h6_minus_sum_6)
        np.multiply(s.h6_over_sum, s.h6_minus_sum_6, out=s.h6_times_7)
        s.h6_unslice_5.fill(0)
        s.h6_unslice_5[:, :, :, :2] = s.h6_reshape_14
        np.add(s.d_h6, s.h6_unslice_5, out=s.d_h6)

        # edges                                                 mnist_localisation.py:41
        # h5_product_2 = h5_reshape^T d_h6_reshape                             (64, 4)
        np.dot(s.h5_reshape.T, s.d_h6_reshape, out=s.h5_product_2)

        # softmax_cross_entropy                                 mnist_localisation.py:43
        # d_logits = (softmax(logits) - onehot(digit)) / N                     (N, 10)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.digit_position, s.minus_ones)
        np.divide(s.d_logits, s.n, out=s.d_logits)

        # what.dense_2                                          mnist_localisation.py:41
        # d_b = sum over N of d_logits                                           (10,)
        # d_W = h7^T d_logits                                                (128, 10)
        # d_h7 = d_logits W^T                                                 (N, 128)
        np.dot(s.ones_3, s.d_logits, out=d.what_dense_2_b)
        np.dot(s.h7.T, s.d_logits, out=d.what_dense_2_W)
        np.dot(s.d_logits, p.what_dense_2_W.T, out=s.d_h7)

        # what.dense_1                                          mnist_localisation.py:41
        # d_z7 = d_h7 * (h7 > 0)                                              (N, 128)
        # d_b = sum over N of d_z7                                              (128,)
        # d_W = h5_pooled^T d_z7                                             (64, 128)
        np.greater(s.h7, 0.0, out=s.h7_mask)
        np.multiply(s.d_h7, s.h7_mask, out=s.d_z7)
        np.dot(s.ones_3, s.d_z7, out=d.what_dense_1_b)
        np.dot(s.h5_pooled.T, s.d_z7, out=d.what_dense_1_W)

        # edges                                                 mnist_localisation.py:41
        # d_h6_product = reshape(d_h6, (256 * N, 4)) W^T                 (256 * N, 64)
        np.dot(s.d_h6_reshape, s.edges_W_reshape.T, out=s.d_h6_product)

        # what.dense_1: d_h5_pooled = d_z7 W^T        (N, 64)   mnist_localisation.py:41
        np.dot(s.d_z7, p.what_dense_1_W.T, out=s.d_h5_pooled)

        # what.global_max_pool_1                                mnist_localisation.py:41
        # d_h5 = conv^T(d_h6, edges.W) + d_h5_pooled_over              (N, 16, 16, 64)
        #     * (h5 == reshape(h5_pooled, (N, 1, 1, 64)))
        np.equal(s.h5, s.h5_pooled_reshape, out=s.h5_equal)
        np.copyto(s.d_h5, s.h5_equal, casting="unsafe")
        s.d_h5.sum(axis=(1, 2), keepdims=True, out=s.d_h5_sum)
        np.divide(s.d_h5_pooled_reshape, s.d_h5_sum, out=s.d_h5_pooled_over)
        np.multiply(s.d_h5_pooled_over, s.d_h5, out=s.d_h5)
        np.add(s.d_h6_reshape_2, s.d_h5, out=s.d_h5)

        # relu_5                                                mnist_localisation.py:40
        # d_z5_norm = d_h5 * (h5 > 0)                                  (N, 16, 16, 64)
        np.greater(s.h5, 0.0, out=s.h5_mask)
        np.multiply(s.d_h5, s.h5_mask, out=s.d_z5_norm)

        # batch_norm_5                                          mnist_localisation.py:40
        # d_beta = sum over 256 * N of reshape(d_z5_norm, (256 * N, 64))         (64,)
        # d_gamma = sum over 256 * N of d_z5_norm_reshape_2                      (64,)
        # d_z5 = z5_inv_std * gamma * (d_z5_norm                       (N, 16, 16, 64)
        #     - d_beta / (256 * N) - z5_hat * (d_gamma / (256 * N)))
        np.dot(s.ones_2, s.d_z5_norm_reshape, out=d.batch_norm_5_beta)
        np.multiply(s.d_z5_norm, s.z5_hat, out=s.d_z5_norm_times)
        np.dot(s.ones_2, s.d_z5_norm_reshape_2, out=d.batch_norm_5_gamma)
        np.multiply(s.z5_inv_std, p.batch_norm_5_gamma, out=s.z5_inv_std_times)
        np.divide(d.batch_norm_5_beta, 256 * s.n, out=s.d_batch_norm_5_beta_over)
        np.subtract(s.d_z5_norm, s.d_batch_norm_5_beta_over, out=s.d_z5)
        np.divide(d.batch_norm_5_gamma, 256 * s.n, out=s.d_batch_norm_5_gamma_over)
        np.multiply(s.z5_hat, s.d_batch_norm_5_gamma_over, out=s.z5_hat_times)
        np.subtract(s.d_z5, s.z5_hat_times, out=s.d_z5)
        np.multiply(s.z5_inv_std_times, s.d_z5, out=s.d_z5)

        # conv_5                                                mnist_localisation.py:39
        # d_W = patches(h4)^T d_z5                                      (3, 3, 32, 64)
        # d_h4 = conv(d_z5, conv_5_W_reshape_2)                        (N, 16, 16, 32)
        _conv_weight_im2col(
            s.h4,
            s.d_z5,
            s.d_conv_5_W_columns,
            s.d_conv_5_W_part,
            out=d.conv_5_W,
            padded=s.d_conv_5_W_padded,
            low=(1, 1),
        )
        np.copyto(s.conv_5_W_copy, s.conv_5_W_reshape_2)
        _conv_winograd(
            s.d_z5,
            s.conv_5_W_copy,
            s.d_h4_tiles,
            s.d_h4_inputs,
            s.d_h4_filters,
            s.d_h4_products,
            s.d_h4_outputs,
            s.d_h4_transforms,
            out=s.d_h4,
            padded=s.d_h4_padded,
            low=(1, 1),
        )

        # relu_4                                                mnist_localisation.py:40
        # d_z4_norm = d_h4 * (h4 > 0)                                  (N, 16, 16, 32)
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4_norm)

        # batch_norm_4                                          mnist_localisation.py:40
        # d_beta = sum over 256 * N of reshape(d_z4_norm, (256 * N, 32))         (32,)
        # d_gamma = sum over 256 * N of d_z4_norm_reshape_2                      (32,)
        # d_z4 = z4_inv_std * gamma * (d_z4_norm                       (N, 16, 16, 32)
        #     - d_beta / (256 * N) - z4_hat * (d_gamma / (256 * N)))
        np.dot(s.ones_2, s.d_z4_norm_reshape, out=d.batch_norm_4_beta)
        np.multiply(s.d_z4_norm, s.z4_hat, out=s.d_z4_norm_times)
        np.dot(s.ones_2, s.d_z4_norm_reshape_2, out=d.batch_norm_4_gamma)
        np.multiply(s.z4_inv_std, p.batch_norm_4_gamma, out=s.z4_inv_std_times)
        np.divide(d.batch_norm_4_beta, 256 * s.n, out=s.d_batch_norm_4_beta_over)
        np.subtract(s.d_z4_norm, s.d_batch_norm_4_beta_over, out=s.d_z4)
        np.divide(d.batch_norm_4_gamma, 256 * s.n, out=s.d_batch_norm_4_gamma_over)
        np.multiply(s.z4_hat, s.d_batch_norm_4_gamma_over, out=s.z4_hat_times)
        np.subtract(s.d_z4, s.z4_hat_times, out=s.d_z4)
        np.multiply(s.z4_inv_std_times, s.d_z4, out=s.d_z4)

        # conv_4                                                mnist_localisation.py:39
        # d_W = patches(h3)^T d_z4                                      (3, 3, 32, 32)
        # d_h3 = conv(d_z4, conv_4_W_reshape_2)                        (N, 16, 16, 32)
        _conv_weight_im2col(
            s.h3,
            s.d_z4,
            s.d_conv_4_W_columns,
            s.d_conv_4_W_part,
            out=d.conv_4_W,
            padded=s.d_conv_4_W_padded,
            low=(1, 1),
        )
        np.copyto(s.conv_4_W_copy, s.conv_4_W_reshape_2)
        _conv_im2col(
            s.d_z4,
            s.conv_4_W_copy,
            s.d_h3_columns,
            out=s.d_h3,
            padded=s.d_h3_padded,
            low=(1, 1),
        )

        # relu_3                                                mnist_localisation.py:40
        # d_z3_norm = d_h3 * (h3 > 0)                                  (N, 16, 16, 32)
        np.greater(s.h3, 0.0, out=s.h3_mask)
        np.multiply(s.d_h3, s.h3_mask, out=s.d_z3_norm)

        # batch_norm_3                                          mnist_localisation.py:40
        # d_beta = sum over 256 * N of reshape(d_z3_norm, (256 * N, 32))         (32,)
        # d_gamma = sum over 256 * N of d_z3_norm_reshape_2                      (32,)
        # d_z3 = z3_inv_std * gamma * (d_z3_norm                       (N, 16, 16, 32)
        #     - d_beta / (256 * N) - z3_hat * (d_gamma / (256 * N)))
        np.dot(s.ones_2, s.d_z3_norm_reshape, out=d.batch_norm_3_beta)
        np.multiply(s.d_z3_norm, s.z3_hat, out=s.d_z3_norm_times)
        np.dot(s.ones_2, s.d_z3_norm_reshape_2, out=d.batch_norm_3_gamma)
        np.multiply(s.z3_inv_std, p.batch_norm_3_gamma, out=s.z3_inv_std_times)
        np.divide(d.batch_norm_3_beta, 256 * s.n, out=s.d_batch_norm_3_beta_over)
        np.subtract(s.d_z3_norm, s.d_batch_norm_3_beta_over, out=s.d_z3)
        np.divide(d.batch_norm_3_gamma, 256 * s.n, out=s.d_batch_norm_3_gamma_over)
        np.multiply(s.z3_hat, s.d_batch_norm_3_gamma_over, out=s.z3_hat_times)
        np.subtract(s.d_z3, s.z3_hat_times, out=s.d_z3)
        np.multiply(s.z3_inv_std_times, s.d_z3, out=s.d_z3)

        # conv_3                                                mnist_localisation.py:39
        # d_W = patches(h2)^T d_z3                                      (3, 3, 32, 32)
        # d_h2 = conv(d_z3, conv_3_W_reshape_2)                        (N, 16, 16, 32)
        _conv_weight_im2col(
            s.h2,
            s.d_z3,
            s.d_conv_3_W_columns,
            s.d_conv_3_W_part,
            out=d.conv_3_W,
            padded=s.d_conv_3_W_padded,
            low=(1, 1),
        )
        np.copyto(s.conv_3_W_copy, s.conv_3_W_reshape_2)
        _conv_im2col(
            s.d_z3,
            s.conv_3_W_copy,
            s.d_h2_columns,
            out=s.d_h2,
            padded=s.d_h2_padded,
            low=(1, 1),
        )

        # relu_2                                                mnist_localisation.py:40
        # d_z2_norm = d_h2 * (h2 > 0)                                  (N, 16, 16, 32)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2_norm)

        # batch_norm_2                                          mnist_localisation.py:40
        # d_beta = sum over 256 * N of reshape(d_z2_norm, (256 * N, 32))         (32,)
        # d_gamma = sum over 256 * N of d_z2_norm_reshape_2                      (32,)
        # d_z2 = z2_inv_std * gamma * (d_z2_norm                       (N, 16, 16, 32)
        #     - d_beta / (256 * N) - z2_hat * (d_gamma / (256 * N)))
        np.dot(s.ones_2, s.d_z2_norm_reshape, out=d.batch_norm_2_beta)
        np.multiply(s.d_z2_norm, s.z2_hat, out=s.d_z2_norm_times)
        np.dot(s.ones_2, s.d_z2_norm_reshape_2, out=d.batch_norm_2_gamma)
        np.multiply(s.z2_inv_std, p.batch_norm_2_gamma, out=s.z2_inv_std_times)
        np.divide(d.batch_norm_2_beta, 256 * s.n, out=s.d_batch_norm_2_beta_over)
        np.subtract(s.d_z2_norm, s.d_batch_norm_2_beta_over, out=s.d_z2)
        np.divide(d.batch_norm_2_gamma, 256 * s.n, out=s.d_batch_norm_2_gamma_over)
        np.multiply(s.z2_hat, s.d_batch_norm_2_gamma_over, out=s.z2_hat_times)
        np.subtract(s.d_z2, s.z2_hat_times, out=s.d_z2)
        np.multiply(s.z2_inv_std_times, s.d_z2, out=s.d_z2)

        # conv_2                                                mnist_localisation.py:39
        # d_W = patches(h1)^T d_z2                                      (3, 3, 16, 32)
        # d_h1 = conv^T(d_z2, W)                                       (N, 32, 32, 16)
        _conv_weight_im2col(
            s.h1,
            s.d_z2,
            s.d_conv_2_W_columns,
            s.d_conv_2_W_part,
            out=d.conv_2_W,
            padded=s.d_conv_2_W_padded,
            low=(1, 1),
            strides=(2, 2),
        )
        _conv_col2im(
            s.d_z2,
            p.conv_2_W,
            s.d_h1_columns,
            out=s.d_h1,
            padded=s.d_h1_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # relu_1                                                mnist_localisation.py:40
        # d_z1_norm = d_h1 * (h1 > 0)                                  (N, 32, 32, 16)
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # batch_norm_1                                          mnist_localisation.py:40
        # d_beta = sum over 1024 * N of reshape(d_z1_norm, (1024 * N, 16))       (16,)
        # d_gamma = sum over 1024 * N of d_z1_norm_reshape_2                     (16,)
        # d_z1 = z1_inv_std * gamma * (d_z1_norm                       (N, 32, 32, 16)
        #     - d_beta / (1024 * N) - z1_hat * (d_gamma / (1024 * N)))
        np.dot(s.ones, s.d_z1_norm_reshape, out=d.batch_norm_1_beta)
        np.multiply(s.d_z1_norm, s.z1_hat, out=s.d_z1_norm_times)
        np.dot(s.ones, s.d_z1_norm_reshape_2, out=d.batch_norm_1_gamma)
        np.multiply(s.z1_inv_std, p.batch_norm_1_gamma, out=s.z1_inv_std_times)
        np.divide(d.batch_norm_1_beta, 1024 * s.n, out=s.d_batch_norm_1_beta_over)
        np.subtract(s.d_z1_norm, s.d_batch_norm_1_beta_over, out=s.d_z1)
        np.divide(d.batch_norm_1_gamma, 1024 * s.n, out=s.d_batch_norm_1_gamma_over)
        np.multiply(s.z1_hat, s.d_batch_norm_1_gamma_over, out=s.z1_hat_times)
        np.subtract(s.d_z1, s.z1_hat_times, out=s.d_z1)
        np.multiply(s.z1_inv_std_times, s.d_z1, out=s.d_z1)

        # conv_1: d_W = patches(x)^T d_z1       (3, 3, 1, 16)   mnist_localisation.py:39
        _conv_weight_im2col(
            x,
            s.d_z1,
            s.d_conv_1_W_columns,
            s.d_conv_1_W_part,
            out=d.conv_1_W,
            padded=s.d_conv_1_W_padded,
            low=(1, 1),
        )

        # ---- statistics --------------------------------------------------------------
        # batch_norm_1                                          mnist_localisation.py:40
        # z1_unbiased_var = z1_var * (1024 * N / (1024 * N - 1))                 (16,)
        np.multiply(
            stats.z1_unbiased_var,
            (1024 * s.n) / (1024 * s.n - 1),
            out=stats.z1_unbiased_var,
        )
        over_3 = (256 * s.n) / (256 * s.n - 1)

        # batch_norm_2                                          mnist_localisation.py:40
        # z2_unbiased_var = z2_var * (256 * N / (256 * N - 1))                   (32,)
        np.multiply(stats.z2_unbiased_var, over_3, out=stats.z2_unbiased_var)

        # batch_norm_3                                          mnist_localisation.py:40
        # z3_unbiased_var = z3_var * (256 * N / (256 * N - 1))                   (32,)
        np.multiply(stats.z3_unbiased_var, over_3, out=stats.z3_unbiased_var)

        # batch_norm_4                                          mnist_localisation.py:40
        # z4_unbiased_var = z4_var * (256 * N / (256 * N - 1))                   (32,)
        np.multiply(stats.z4_unbiased_var, over_3, out=stats.z4_unbiased_var)

        # batch_norm_5                                          mnist_localisation.py:40
        # z5_unbiased_var = z5_var * (256 * N / (256 * N - 1))                   (64,)
        np.multiply(stats.z5_unbiased_var, over_3, out=stats.z5_unbiased_var)
        d.edges_W[...] = s.d_edges_W

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: Adam(cosine(0.003, 1000, floor=1e-05), epsil..."""
        p, d, stats = self.params, self.grads, self.stats
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                                  mnist_localisation.py:53
        new_adam_step = adam_step + 1

        # ---- statistics --------------------------------------------------------------
        # batch_norm_1                                          mnist_localisation.py:40
        # running_mean' = 0.9 * running_mean + 0.1 * z1_mean                     (16,)
        # running_var' = 0.9 * running_var + 0.1 * z1_unbiased_var               (16,)
        with _Whole():  # no interruption may leave this half done
            np.multiply(
                0.9,
                self.state.batch_norm_1_running_mean,
                out=self.state.batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z1_mean, out=s.z1_mean_times_2)
            np.add(
                self.state.batch_norm_1_running_mean,
                s.z1_mean_times_2,
                out=self.state.batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.batch_norm_1_running_var,
                out=self.state.batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z1_unbiased_var, out=s.z1_unbiased_var_times_2)
            np.add(
                self.state.batch_norm_1_running_var,
                s.z1_unbiased_var_times_2,
                out=self.state.batch_norm_1_running_var,
            )

            # batch_norm_2                                      mnist_localisation.py:40
            # running_mean' = 0.9 * running_mean + 0.1 * z2_mean                 (32,)
            # running_var' = 0.9 * running_var + 0.1 * z2_unbiased_var           (32,)
            np.multiply(
                0.9,
                self.state.batch_norm_2_running_mean,
                out=self.state.batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z2_mean, out=s.z2_mean_times_2)
            np.add(
                self.state.batch_norm_2_running_mean,
                s.z2_mean_times_2,
                out=self.state.batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.batch_norm_2_running_var,
                out=self.state.batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z2_unbiased_var, out=s.z2_unbiased_var_times_2)
            np.add(
                self.state.batch_norm_2_running_var,
                s.z2_unbiased_var_times_2,
                out=self.state.batch_norm_2_running_var,
            )

            # batch_norm_3                                      mnist_localisation.py:40
            # running_mean' = 0.9 * running_mean + 0.1 * z3_mean                 (32,)
            # running_var' = 0.9 * running_var + 0.1 * z3_unbiased_var           (32,)
            np.multiply(
                0.9,
                self.state.batch_norm_3_running_mean,
                out=self.state.batch_norm_3_running_mean,
            )
            np.multiply(0.1, stats.z3_mean, out=s.z3_mean_times_2)
            np.add(
                self.state.batch_norm_3_running_mean,
                s.z3_mean_times_2,
                out=self.state.batch_norm_3_running_mean,
            )
            np.multiply(
                0.9,
                self.state.batch_norm_3_running_var,
                out=self.state.batch_norm_3_running_var,
            )
            np.multiply(0.1, stats.z3_unbiased_var, out=s.z3_unbiased_var_times_2)
            np.add(
                self.state.batch_norm_3_running_var,
                s.z3_unbiased_var_times_2,
                out=self.state.batch_norm_3_running_var,
            )

            # batch_norm_4                                      mnist_localisation.py:40
            # running_mean' = 0.9 * running_mean + 0.1 * z4_mean                 (32,)
            # running_var' = 0.9 * running_var + 0.1 * z4_unbiased_var           (32,)
            np.multiply(
                0.9,
                self.state.batch_norm_4_running_mean,
                out=self.state.batch_norm_4_running_mean,
            )
            np.multiply(0.1, stats.z4_mean, out=s.z4_mean_times_2)
            np.add(
                self.state.batch_norm_4_running_mean,
                s.z4_mean_times_2,
                out=self.state.batch_norm_4_running_mean,
            )
            np.multiply(
                0.9,
                self.state.batch_norm_4_running_var,
                out=self.state.batch_norm_4_running_var,
            )
            np.multiply(0.1, stats.z4_unbiased_var, out=s.z4_unbiased_var_times_2)
            np.add(
                self.state.batch_norm_4_running_var,
                s.z4_unbiased_var_times_2,
                out=self.state.batch_norm_4_running_var,
            )

            # batch_norm_5                                      mnist_localisation.py:40
            # running_mean' = 0.9 * running_mean + 0.1 * z5_mean                 (64,)
            # running_var' = 0.9 * running_var + 0.1 * z5_unbiased_var           (64,)
            np.multiply(
                0.9,
                self.state.batch_norm_5_running_mean,
                out=self.state.batch_norm_5_running_mean,
            )
            np.multiply(0.1, stats.z5_mean, out=s.z5_mean_times_2)
            np.add(
                self.state.batch_norm_5_running_mean,
                s.z5_mean_times_2,
                out=self.state.batch_norm_5_running_mean,
            )
            np.multiply(
                0.9,
                self.state.batch_norm_5_running_var,
                out=self.state.batch_norm_5_running_var,
            )
            np.multiply(0.1, stats.z5_unbiased_var, out=s.z5_unbiased_var_times_2)
            np.add(
                self.state.batch_norm_5_running_var,
                s.z5_unbiased_var_times_2,
                out=self.state.batch_norm_5_running_var,
            )

            # ---- update --------------------------------------------------------------
            # adam                                              mnist_localisation.py:53
            # momentum' = 0.9 * momentum + grads                              (51834,)
            # squares' = 0.999 * squares + square(grads)                      (51834,)
            # params' = params - alpha_t * new_momentum_over                  (51834,)
            adam_step_cast = adam_step
            adam_step_times = min(adam_step_cast, 1000.0) * 0.0031415927
            adam_step_times_plus_cos = 0.001495 * (1.0 + math.cos(adam_step_times))
            learning_rate = 1e-05 + adam_step_times_plus_cos
            t = adam_step_cast + 1.0
            c = math.sqrt((1.0 - 0.999**t) / 0.001)
            alpha_t = learning_rate * c * (0.1 / (1.0 - 0.9**t))
            np.multiply(0.9, self.momentum.flat, out=self.momentum.flat)
            np.add(self.momentum.flat, d.flat, out=self.momentum.flat)
            np.multiply(0.999, self.squares.flat, out=self.squares.flat)
            np.square(d.flat, out=s.grads_square)
            np.add(self.squares.flat, s.grads_square, out=self.squares.flat)
            np.sqrt(self.squares.flat, out=s.new_squares_sqrt)
            epsilon_t = 1e-04 * c
            np.add(s.new_squares_sqrt, epsilon_t, out=s.new_squares_plus)
            np.divide(self.momentum.flat, s.new_squares_plus, out=s.new_momentum_over)
            np.multiply(alpha_t, s.new_momentum_over, out=s.alpha_t_times)
            np.subtract(p.flat, s.alpha_t_times, out=p.flat)
            self.state.adam_step[...] = new_adam_step

    def _train_slots(self, x, digit, box):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (x.dtype, x.shape, digit.dtype, digit.shape, box.dtype, box.shape)
            s = self._train[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, digit, box)
        _check_range("digit", digit, 10)
        return s

    def _plan_train(self, x, digit, box):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        _check("digit", digit, np.int64, ("N",), sizes)
        _check("box", box, np.float32, ("N", 4), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        memory = self._memory(max(606464 * n + 3108816, 207360))
        s.z1 = _window(memory, 0, np.float32, (n, 32, 32, 16))
        s.z1_columns = _window(memory, 606464 * n, np.float32, (28, 32, 32, 3, 3, 1))
        s.z1_padded = _window(memory, 606464 * n + 1032192, np.float32, (28, 34, 34, 1))
        s.z1_reshape = s.z1.reshape(1024 * n, 16)
        s.ones = np.ones((1024 * n,), dtype=np.float32)
        s.z1_minus_mean = _window(memory, 0, np.float32, (n, 32, 32, 16))
        s.z1_square = _window(memory, 65536 * n, np.float32, (n, 32, 32, 16))
        s.z1_reshape_2 = s.z1_square.reshape(1024 * n, 16)
        s.z1_inv_std = _window(memory, 606464 * n, np.float32, (16,))
        s.z1_hat = _window(memory, 0, np.float32, (n, 32, 32, 16))
        s.z1_norm = _window(memory, 65536 * n, np.float32, (n, 32, 32, 16))
        s.h1 = _window(memory, 65536 * n, np.float32, (n, 32, 32, 16))
        s.z2 = _window(memory, 131072 * n, np.float32, (n, 16, 16, 32))
        s.z2_columns = _window(
            memory,
            606464 * n + 64,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z2_padded = _window(memory, 606464 * n + 1032256, np.float32, (7, 34, 34, 16))
        s.z2_reshape = s.z2.reshape(256 * n, 32)
        s.ones_2 = np.ones((256 * n,), dtype=np.float32)
        s.z2_hat = _window(memory, 131072 * n, np.float32, (n, 16, 16, 32))
        s.z2_hat_square = _window(memory, 163840 * n, np.float32, (n, 16, 16, 32))
        s.z2_hat_reshape = s.z2_hat_square.reshape(256 * n, 32)
        s.z2_inv_std = _window(memory, 606464 * n + 64, np.float32, (32,))
        s.z2_norm = _window(memory, 163840 * n, np.float32, (n, 16, 16, 32))
        s.h2 = _window(memory, 163840 * n, np.float32, (n, 16, 16, 32))
        s.z3 = _window(memory, 196608 * n, np.float32, (n, 16, 16, 32))
        s.z3_columns = _window(
            memory,
            606464 * n + 192,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.z3_padded = _window(memory, 606464 * n + 884928, np.float32, (3, 18, 18, 32))
        s.z3_reshape = s.z3.reshape(256 * n, 32)
        s.z3_hat = _window(memory, 196608 * n, np.float32, (n, 16, 16, 32))
        s.z3_hat_square = _window(memory, 229376 * n, np.float32, (n, 16, 16, 32))
        s.z3_hat_reshape = s.z3_hat_square.reshape(256 * n, 32)
        s.z3_inv_std = _window(memory, 606464 * n + 192, np.float32, (32,))
        s.z3_norm = _window(memory, 229376 * n, np.float32, (n, 16, 16, 32))
        s.h3 = _window(memory, 229376 * n, np.float32, (n, 16, 16, 32))
        s.z4 = _window(memory, 262144 * n, np.float32, (n, 16, 16, 32))
        s.z4_columns = _window(
            memory,
            606464 * n + 320,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.z4_padded = _window(memory, 606464 * n + 885056, np.float32, (3, 18, 18, 32))
        s.z4_reshape = s.z4.reshape(256 * n, 32)
        s.z4_hat = _window(memory, 262144 * n, np.float32, (n, 16, 16, 32))
        s.z4_hat_square = _window(memory, 294912 * n, np.float32, (n, 16, 16, 32))
        s.z4_hat_reshape = s.z4_hat_square.reshape(256 * n, 32)
        s.z4_inv_std = _window(memory, 606464 * n + 320, np.float32, (32,))
        s.z4_norm = _window(memory, 294912 * n, np.float32, (n, 16, 16, 32))
        s.h4 = _window(memory, 294912 * n, np.float32, (n, 16, 16, 32))
        s.z5 = _window(memory, 327680 * n, np.float32, (n, 16, 16, 64))
        s.z5_tiles = _window(
            memory,
            606464 * n + 1032640,
            np.float32,
            (6, 6, 7, 4, 4, 32),
        )
        s.z5_inputs = _window(memory, 606464 * n + 1548736, np.float32, (36, 3584))
        s.z5_filters = _window(memory, 606464 * n + 2523584, np.float32, (36, 2048))
        s.z5_products = _window(memory, 606464 * n + 448, np.float32, (36, 7168))
        s.z5_outputs = _window(
            memory,
            606464 * n + 2064832,
            np.float32,
            (4, 4, 7, 4, 4, 64),
        )
        s.z5_padded = _window(memory, 606464 * n + 2818496, np.float32, (7, 18, 18, 32))
        s.z5_transforms = _cook_toom(4, 3, np.float32)
        s.z5_reshape = s.z5.reshape(256 * n, 64)
        s.z5_hat = _window(memory, 327680 * n, np.float32, (n, 16, 16, 64))
        s.z5_hat_square = _window(memory, 393216 * n, np.float32, (n, 16, 16, 64))
        s.z5_hat_reshape = s.z5_hat_square.reshape(256 * n, 64)
        s.z5_inv_std = _window(memory, 606464 * n + 448, np.float32, (64,))
        s.z5_norm = _window(memory, 393216 * n, np.float32, (n, 16, 16, 64))
        s.h5 = _window(memory, 393216 * n, np.float32, (n, 16, 16, 64))
        s.h5_pooled = _window(memory, 458752 * n, np.float32, (n, 64))
        s.z7 = _window(memory, 459008 * n, np.float32, (n, 128))
        s.h7 = _window(memory, 459008 * n, np.float32, (n, 128))
        s.logits = _window(memory, 459712 * n, np.float32, (n, 10))
        s.logits_max = _window(memory, 459520 * n, np.float32, (n, 1))
        s.logits_minus_max = _window(memory, 459712 * n, np.float32, (n, 10))
        s.logits_exp = _window(memory, 459520 * n, np.float32, (n, 10))
        s.logits_sum = _window(memory, 459584 * n, np.float32, (n, 1))
        s.logits_log = _window(memory, 459776 * n, np.float32, (n, 1))
        s.logits_reshape = s.logits_log.reshape(n)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.digit_position = _window(memory, 459648 * n, np.int64, (n,))
        s.logits_take = _window(memory, 459840 * n, np.float32, (n,))
        s.logits_minus_take = _window(memory, 459840 * n, np.float32, (n,))
        s.loss = _window(memory, 606464 * n + 3108800, np.float32, ())
        s.h5_reshape = s.h5.reshape(256 * n, 64)
        s.edges_W_reshape = p.edges_W.reshape(64, 4)
        s.h5_product = _window(memory, 461760 * n, np.float32, (256 * n, 4))
        s.h6 = s.h5_product.reshape(n, 16, 16, 4)
        s.h6_slice = s.h6[:, :, :, :2]
        s.h6_copy = _window(memory, 465856 * n, np.float32, (n, 16, 16, 2))
        s.h6_reshape = s.h6_copy.reshape(n, 256, 2)
        s.h6_max = _window(memory, 467904 * n, np.float32, (n, 1, 2))
        s.h6_minus_max = _window(memory, 459712 * n, np.float32, (n, 256, 2))
        s.h6_exp = _window(memory, 459712 * n, np.float32, (n, 256, 2))
        s.h6_sum = _window(memory, 465856 * n, np.float32, (n, 1, 2))
        s.h6_over_sum = _window(memory, 459712 * n, np.float32, (n, 256, 2))
        s.iota_2 = np.broadcast_to(np.arange(16, dtype=np.int64), (16, 16))
        s.iota_2_cast = s.iota_2.astype(np.float32)
        s.iota_2_plus = s.iota_2_cast + 0.5
        s.iota_2_over = s.iota_2_plus / 16.0
        s.iota_2_reshape = s.iota_2_over.reshape(256, 1)
        s.h6_times = _window(memory, 465856 * n, np.float32, (n, 256, 2))
        s.h6_sum_2 = _window(memory, 467968 * n, np.float32, (n, 2))
        s.h6_slice_2 = s.h6_sum_2[:, 0]
        s.h6_slice_3 = s.h6_sum_2[:, 1]
        s.h6_plus_slice_3 = _window(memory, 467904 * n, np.float32, (n,))
        s.h6_over = _window(memory, 467904 * n, np.float32, (n,))
        s.h6_reshape_2 = s.h6_over.reshape(n, 1)
        s.h6_slice_4 = s.h6[:, :, :, 2:]
        s.h6_copy_2 = _window(memory, 465856 * n, np.float32, (n, 16, 16, 2))
        s.h6_reshape_3 = s.h6_copy_2.reshape(n, 256, 2)
        s.h6_max_2 = _window(memory, 463808 * n, np.float32, (n, 1, 2))
        s.h6_minus_max_2 = _window(memory, 461760 * n, np.float32, (n, 256, 2))
        s.h6_exp_2 = _window(memory, 461760 * n, np.float32, (n, 256, 2))
        s.h6_sum_3 = _window(memory, 463808 * n, np.float32, (n, 1, 2))
        s.h6_over_sum_3 = _window(memory, 461760 * n, np.float32, (n, 256, 2))
        s.iota_3 = np.broadcast_to(
            np.arange(16, dtype=np.int64).reshape((16, 1)),
            (16, 16),
        )
        s.iota_3_cast = s.iota_3.astype(np.float32)
        s.iota_3_plus = s.iota_3_cast + 0.5
        s.iota_3_over = s.iota_3_plus / 16.0
        s.iota_3_reshape = s.iota_3_over.reshape(256, 1)
        s.h6_times_2 = _window(memory, 463872 * n, np.float32, (n, 256, 2))
        s.h6_sum_4 = _window(memory, 463808 * n, np.float32, (n, 2))
        s.h6_slice_5 = s.h6_sum_4[:, 0]
        s.h6_slice_6 = s.h6_sum_4[:, 1]
        s.h6_plus_slice_6 = _window(memory, 463872 * n, np.float32, (n,))
        s.h6_over_2 = _window(memory, 463872 * n, np.float32, (n,))
        s.h6_reshape_4 = s.h6_over_2.reshape(n, 1)
        s.h6_minus_slice_2 = _window(memory, 463936 * n, np.float32, (n,))
        s.h6_reshape_5 = s.h6_minus_slice_2.reshape(n, 1)
        s.h6_minus_slice_5 = _window(memory, 464000 * n, np.float32, (n,))
        s.h6_reshape_6 = s.h6_minus_slice_5.reshape(n, 1)
        s.h6_concat = _window(memory, 463808 * n, np.float32, (n, 4))
        s.h6_minus = _window(memory, 463808 * n, np.float32, (n, 4))
        s.h6_abs = _window(memory, 463872 * n, np.float32, (n, 4))
        s.loss_2 = _window(memory, 606464 * n + 3108800 + 8, np.float32, ())
        s.loss_times_2 = _window(memory, 606464 * n + 3108800 + 8, np.float32, ())
        s.h6_sign = _window(memory, 463808 * n, np.float32, (n, 4))
        s.h6_times_sign = _window(memory, 463808 * n, np.float32, (n, 4))
        s.h6_slice_7 = s.h6_times_sign[:, 3:]
        s.h6_reshape_7 = s.h6_slice_7.reshape(n)
        s.h6_slice_8 = s.h6_times_sign[:, 1:2]
        s.h6_reshape_8 = s.h6_slice_8.reshape(n)
        s.h6_over_3 = _window(memory, 463936 * n, np.float32, (n,))
        s.h6_plus_over_3 = _window(memory, 464000 * n, np.float32, (n,))
        s.h6_unslice = _window(memory, 463872 * n, np.float32, (n, 2))
        s.h6_minus_2 = _window(memory, 463936 * n, np.float32, (n,))
        s.h6_unslice_2 = _window(memory, 464000 * n, np.float32, (n, 2))
        s.h6_plus = _window(memory, 463872 * n, np.float32, (n, 2))
        s.h6_reshape_9 = s.h6_plus.reshape(n, 1, 2)
        s.h6_times_3 = _window(memory, 465920 * n, np.float32, (n, 256, 2))
        s.h6_times_4 = _window(memory, 463872 * n, np.float32, (n, 256, 2))
        s.h6_sum_5 = _window(memory, 467968 * n, np.float32, (n, 1, 2))
        s.h6_minus_sum_5 = _window(memory, 465920 * n, np.float32, (n, 256, 2))
        s.h6_times_5 = _window(memory, 461760 * n, np.float32, (n, 256, 2))
        s.h6_reshape_10 = s.h6_times_5.reshape(n, 16, 16, 2)
        s.d_h6 = _window(memory, 465856 * n, np.float32, (n, 16, 16, 4))
        s.h6_slice_9 = s.h6_times_sign[:, 2:3]
        s.h6_reshape_11 = s.h6_slice_9.reshape(n)
        s.h6_slice_10 = s.h6_times_sign[:, :1]
        s.h6_reshape_12 = s.h6_slice_10.reshape(n)
        s.h6_over_4 = _window(memory, 461824 * n, np.float32, (n,))
        s.h6_plus_over_4 = _window(memory, 461888 * n, np.float32, (n,))
        s.h6_unslice_3 = _window(memory, 461760 * n, np.float32, (n, 2))
        s.h6_minus_3 = _window(memory, 461824 * n, np.float32, (n,))
        s.h6_unslice_4 = _window(memory, 461888 * n, np.float32, (n, 2))
        s.h6_plus_2 = _window(memory, 461760 * n, np.float32, (n, 2))
        s.h6_reshape_13 = s.h6_plus_2.reshape(n, 1, 2)
        s.h6_times_6 = _window(memory, 463808 * n, np.float32, (n, 256, 2))
        s.h6_times_over_sum = _window(memory, 461760 * n, np.float32, (n, 256, 2))
        s.h6_sum_6 = _window(memory, 469952 * n, np.float32, (n, 1, 2))
        s.h6_minus_sum_6 = _window(memory, 463808 * n, np.float32, (n, 256, 2))
        s.h6_times_7 = _window(memory, 459712 * n, np.float32, (n, 256, 2))
        s.h6_reshape_14 = s.h6_times_7.reshape(n, 16, 16, 2)
        s.h6_unslice_5 = _window(memory, 461760 * n, np.float32, (n, 16, 16, 4))
        s.d_h6_reshape = s.d_h6.reshape(256 * n, 4)
        s.h5_product_2 = _window(memory, 606464 * n + 1889728, np.float32, (64, 4))
        s.d_edges_W = s.h5_product_2.reshape(1, 1, 64, 4)
        s.minus_ones = np.full((n,), -1.0, dtype=np.float32)
        s.d_logits = _window(memory, 459520 * n, np.float32, (n, 10))
        s.ones_3 = np.ones((n,), dtype=np.float32)
        s.d_h7 = _window(memory, 459648 * n, np.float32, (n, 128))
        s.h7_mask = _window(memory, 459520 * n, np.bool_, (n, 128))
        s.d_z7 = _window(memory, 459648 * n, np.float32, (n, 128))
        s.d_h6_product = _window(memory, 524288 * n, np.float32, (256 * n, 64))
        s.d_h6_reshape_2 = s.d_h6_product.reshape(n, 16, 16, 64)
        s.d_h5_pooled = _window(memory, 589824 * n, np.float32, (n, 64))
        s.d_h5_pooled_reshape = s.d_h5_pooled.reshape(n, 1, 1, 64)
        s.h5_pooled_reshape = s.h5_pooled.reshape(n, 1, 1, 64)
        s.h5_equal = _window(memory, 590080 * n, np.bool_, (n, 16, 16, 64))
        s.d_h5 = _window(memory, 458752 * n, np.float32, (n, 16, 16, 64))
        s.d_h5_sum = _window(memory, 590080 * n, np.float32, (n, 1, 1, 64))
        s.d_h5_pooled_over = _window(memory, 590080 * n, np.float32, (n, 1, 1, 64))
        s.h5_mask = _window(memory, 524288 * n, np.bool_, (n, 16, 16, 64))
        s.d_z5_norm = _window(memory, 458752 * n, np.float32, (n, 16, 16, 64))
        s.d_z5_norm_reshape = s.d_z5_norm.reshape(256 * n, 64)
        s.d_z5_norm_times = _window(memory, 393216 * n, np.float32, (n, 16, 16, 64))
        s.d_z5_norm_reshape_2 = s.d_z5_norm_times.reshape(256 * n, 64)
        s.z5_inv_std_times = _window(memory, 606464 * n + 448, np.float32, (64,))
        s.d_batch_norm_5_beta_over = _window(
            memory,
            606464 * n + 704,
            np.float32,
            (64,),
        )
        s.d_z5 = _window(memory, 458752 * n, np.float32, (n, 16, 16, 64))
        s.d_batch_norm_5_gamma_over = _window(
            memory,
            606464 * n + 704,
            np.float32,
            (64,),
        )
        s.z5_hat_times = _window(memory, 327680 * n, np.float32, (n, 16, 16, 64))
        s.d_conv_5_W_columns = _window(
            memory,
            606464 * n + 448,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.d_conv_5_W_part = _window(memory, 606464 * n + 1009600, np.float32, (288, 64))
        s.d_conv_5_W_padded = _window(
            memory,
            606464 * n + 885184,
            np.float32,
            (3, 18, 18, 32),
        )
        s.conv_5_W_reshape = p.conv_5_W.reshape(3, 3, 32, 1, 64)
        s.conv_5_W_slice = s.conv_5_W_reshape[::-1, ::-1]
        s.conv_5_W_transpose = s.conv_5_W_slice.transpose(0, 1, 4, 3, 2)
        s.conv_5_W_reshape_2 = s.conv_5_W_transpose.reshape(3, 3, 64, 32)
        s.conv_5_W_copy = _window(
            memory,
            606464 * n + 2718144,
            np.float32,
            (3, 3, 64, 32),
        )
        s.d_h4 = _window(memory, 327680 * n, np.float32, (n, 16, 16, 32))
        s.d_h4_tiles = _window(
            memory,
            606464 * n + 448,
            np.float32,
            (6, 6, 5, 4, 4, 64),
        )
        s.d_h4_inputs = _window(memory, 606464 * n + 737728, np.float32, (36, 5120))
        s.d_h4_filters = _window(memory, 606464 * n + 2259392, np.float32, (36, 2048))
        s.d_h4_products = _window(memory, 606464 * n + 1890752, np.float32, (36, 2560))
        s.d_h4_outputs = _window(
            memory,
            606464 * n + 2554304,
            np.float32,
            (4, 4, 5, 4, 4, 32),
        )
        s.d_h4_padded = _window(
            memory,
            606464 * n + 1475008,
            np.float32,
            (5, 18, 18, 64),
        )
        s.d_h4_transforms = _cook_toom(4, 3, np.float32)
        s.h4_mask = _window(memory, 360448 * n, np.bool_, (n, 16, 16, 32))
        s.d_z4_norm = _window(memory, 327680 * n, np.float32, (n, 16, 16, 32))
        s.d_z4_norm_reshape = s.d_z4_norm.reshape(256 * n, 32)
        s.d_z4_norm_times = _window(memory, 294912 * n, np.float32, (n, 16, 16, 32))
        s.d_z4_norm_reshape_2 = s.d_z4_norm_times.reshape(256 * n, 32)
        s.z4_inv_std_times = _window(memory, 606464 * n + 320, np.float32, (32,))
        s.d_batch_norm_4_beta_over = _window(
            memory,
            606464 * n + 448,
            np.float32,
            (32,),
        )
        s.d_z4 = _window(memory, 327680 * n, np.float32, (n, 16, 16, 32))
        s.d_batch_norm_4_gamma_over = _window(
            memory,
            606464 * n + 448,
            np.float32,
            (32,),
        )
        s.z4_hat_times = _window(memory, 262144 * n, np.float32, (n, 16, 16, 32))
        s.d_conv_4_W_columns = _window(
            memory,
            606464 * n + 320,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.d_conv_4_W_part = _window(memory, 606464 * n + 1009472, np.float32, (288, 32))
        s.d_conv_4_W_padded = _window(
            memory,
            606464 * n + 885056,
            np.float32,
            (3, 18, 18, 32),
        )
        s.conv_4_W_reshape = p.conv_4_W.reshape(3, 3, 32, 1, 32)
        s.conv_4_W_slice = s.conv_4_W_reshape[::-1, ::-1]
        s.conv_4_W_transpose = s.conv_4_W_slice.transpose(0, 1, 4, 3, 2)
        s.conv_4_W_reshape_2 = s.conv_4_W_transpose.reshape(3, 3, 32, 32)
        s.conv_4_W_copy = _window(
            memory,
            606464 * n + 1009472,
            np.float32,
            (3, 3, 32, 32),
        )
        s.d_h3 = _window(memory, 262144 * n, np.float32, (n, 16, 16, 32))
        s.d_h3_columns = _window(
            memory,
            606464 * n + 320,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.d_h3_padded = _window(
            memory,
            606464 * n + 885056,
            np.float32,
            (3, 18, 18, 32),
        )
        s.h3_mask = _window(memory, 294912 * n, np.bool_, (n, 16, 16, 32))
        s.d_z3_norm = _window(memory, 262144 * n, np.float32, (n, 16, 16, 32))
        s.d_z3_norm_reshape = s.d_z3_norm.reshape(256 * n, 32)
        s.d_z3_norm_times = _window(memory, 229376 * n, np.float32, (n, 16, 16, 32))
        s.d_z3_norm_reshape_2 = s.d_z3_norm_times.reshape(256 * n, 32)
        s.z3_inv_std_times = _window(memory, 606464 * n + 192, np.float32, (32,))
        s.d_batch_norm_3_beta_over = _window(
            memory,
            606464 * n + 320,
            np.float32,
            (32,),
        )
        s.d_z3 = _window(memory, 262144 * n, np.float32, (n, 16, 16, 32))
        s.d_batch_norm_3_gamma_over = _window(
            memory,
            606464 * n + 320,
            np.float32,
            (32,),
        )
        s.z3_hat_times = _window(memory, 196608 * n, np.float32, (n, 16, 16, 32))
        s.d_conv_3_W_columns = _window(
            memory,
            606464 * n + 192,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.d_conv_3_W_part = _window(memory, 606464 * n + 1009344, np.float32, (288, 32))
        s.d_conv_3_W_padded = _window(
            memory,
            606464 * n + 884928,
            np.float32,
            (3, 18, 18, 32),
        )
        s.conv_3_W_reshape = p.conv_3_W.reshape(3, 3, 32, 1, 32)
        s.conv_3_W_slice = s.conv_3_W_reshape[::-1, ::-1]
        s.conv_3_W_transpose = s.conv_3_W_slice.transpose(0, 1, 4, 3, 2)
        s.conv_3_W_reshape_2 = s.conv_3_W_transpose.reshape(3, 3, 32, 32)
        s.conv_3_W_copy = _window(
            memory,
            606464 * n + 1009344,
            np.float32,
            (3, 3, 32, 32),
        )
        s.d_h2 = _window(memory, 196608 * n, np.float32, (n, 16, 16, 32))
        s.d_h2_columns = _window(
            memory,
            606464 * n + 192,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.d_h2_padded = _window(
            memory,
            606464 * n + 884928,
            np.float32,
            (3, 18, 18, 32),
        )
        s.h2_mask = _window(memory, 229376 * n, np.bool_, (n, 16, 16, 32))
        s.d_z2_norm = _window(memory, 196608 * n, np.float32, (n, 16, 16, 32))
        s.d_z2_norm_reshape = s.d_z2_norm.reshape(256 * n, 32)
        s.d_z2_norm_times = _window(memory, 163840 * n, np.float32, (n, 16, 16, 32))
        s.d_z2_norm_reshape_2 = s.d_z2_norm_times.reshape(256 * n, 32)
        s.z2_inv_std_times = _window(memory, 606464 * n + 64, np.float32, (32,))
        s.d_batch_norm_2_beta_over = _window(
            memory,
            606464 * n + 192,
            np.float32,
            (32,),
        )
        s.d_z2 = _window(memory, 196608 * n, np.float32, (n, 16, 16, 32))
        s.d_batch_norm_2_gamma_over = _window(
            memory,
            606464 * n + 192,
            np.float32,
            (32,),
        )
        s.z2_hat_times = _window(memory, 131072 * n, np.float32, (n, 16, 16, 32))
        s.d_conv_2_W_columns = _window(
            memory,
            606464 * n + 64,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_conv_2_W_part = _window(memory, 606464 * n + 1550144, np.float32, (144, 32))
        s.d_conv_2_W_padded = _window(
            memory,
            606464 * n + 1032256,
            np.float32,
            (7, 34, 34, 16),
        )
        s.d_h1 = _window(memory, 131072 * n, np.float32, (n, 32, 32, 16))
        s.d_h1_columns = _window(
            memory,
            606464 * n + 64,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_h1_padded = _window(
            memory,
            606464 * n + 1032256,
            np.float32,
            (7, 34, 34, 16),
        )
        s.h1_mask = _window(memory, 196608 * n, np.bool_, (n, 32, 32, 16))
        s.d_z1_norm = _window(memory, 131072 * n, np.float32, (n, 32, 32, 16))
        s.d_z1_norm_reshape = s.d_z1_norm.reshape(1024 * n, 16)
        s.d_z1_norm_times = _window(memory, 65536 * n, np.float32, (n, 32, 32, 16))
        s.d_z1_norm_reshape_2 = s.d_z1_norm_times.reshape(1024 * n, 16)
        s.z1_inv_std_times = _window(memory, 606464 * n, np.float32, (16,))
        s.d_batch_norm_1_beta_over = _window(memory, 606464 * n + 64, np.float32, (16,))
        s.d_z1 = _window(memory, 131072 * n, np.float32, (n, 32, 32, 16))
        s.d_batch_norm_1_gamma_over = _window(
            memory,
            606464 * n + 64,
            np.float32,
            (16,),
        )
        s.z1_hat_times = _window(memory, 0, np.float32, (n, 32, 32, 16))
        s.d_conv_1_W_columns = _window(
            memory,
            606464 * n,
            np.float32,
            (28, 32, 32, 3, 3, 1),
        )
        s.d_conv_1_W_part = _window(memory, 606464 * n + 1161664, np.float32, (9, 16))
        s.d_conv_1_W_padded = _window(
            memory,
            606464 * n + 1032192,
            np.float32,
            (28, 34, 34, 1),
        )
        s.z1_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z1_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z2_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z2_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z3_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z3_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z4_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z4_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z5_mean_times_2 = _window(memory, 0, np.float32, (64,))
        s.z5_unbiased_var_times_2 = _window(memory, 0, np.float32, (64,))
        s.grads_square = _window(memory, 0, np.float32, (51834,))
        s.new_squares_sqrt = _window(memory, 0, np.float32, (51834,))
        s.new_squares_plus = _window(memory, 0, np.float32, (51834,))
        s.new_momentum_over = _window(memory, 0, np.float32, (51834,))
        s.alpha_t_times = _window(memory, 0, np.float32, (51834,))
        key = (x.dtype, x.shape, digit.dtype, digit.shape, box.dtype, box.shape)
        self._train[key] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 32, 32, 1)
        """
        s = self._predict_slots(x)
        logits, box, evidence = self._forward(s, x)
        return {"logits": logits.copy(), "box": box.copy(), "evidence": evidence.copy()}

    def _forward(self, s, x):
        """The forward pass to the outputs."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)             (N, 32, 32, 16)   mnist_localisation.py:39
        _conv_im2col(
            x,
            p.conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                          mnist_localisation.py:40
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z1_norm = (z1 - running_mean) * (gamma * z1_inv_std)         (N, 32, 32, 16)
        #     + beta
        np.subtract(s.z1, self.state.batch_norm_1_running_mean, out=s.z1_norm)
        np.add(self.state.batch_norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(p.batch_norm_1_gamma, s.z1_inv_std, out=s.batch_norm_1_gamma_times)
        np.multiply(s.z1_norm, s.batch_norm_1_gamma_times, out=s.z1_norm)
        np.add(s.z1_norm, p.batch_norm_1_beta, out=s.z1_norm)

        # relu_1: h1 = relu(z1_norm)          (N, 32, 32, 16)   mnist_localisation.py:40
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # conv_2: z2 = conv(h1, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h1,
            p.conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # batch_norm_2                                          mnist_localisation.py:40
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z2_norm = (z2 - running_mean) * (gamma * z2_inv_std)         (N, 16, 16, 32)
        #     + beta
        np.subtract(s.z2, self.state.batch_norm_2_running_mean, out=s.z2_norm)
        np.add(self.state.batch_norm_2_running_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(p.batch_norm_2_gamma, s.z2_inv_std, out=s.batch_norm_2_gamma_times)
        np.multiply(s.z2_norm, s.batch_norm_2_gamma_times, out=s.z2_norm)
        np.add(s.z2_norm, p.batch_norm_2_beta, out=s.z2_norm)

        # relu_2: h2 = relu(z2_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # conv_3: z3 = conv(h2, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h2,
            p.conv_3_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # batch_norm_3                                          mnist_localisation.py:40
        # z3_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z3_norm = (z3 - running_mean) * (gamma * z3_inv_std)         (N, 16, 16, 32)
        #     + beta
        np.subtract(s.z3, self.state.batch_norm_3_running_mean, out=s.z3_norm)
        np.add(self.state.batch_norm_3_running_var, 1e-05, out=s.z3_inv_std)
        np.sqrt(s.z3_inv_std, out=s.z3_inv_std)
        np.divide(1.0, s.z3_inv_std, out=s.z3_inv_std)
        np.multiply(p.batch_norm_3_gamma, s.z3_inv_std, out=s.batch_norm_3_gamma_times)
        np.multiply(s.z3_norm, s.batch_norm_3_gamma_times, out=s.z3_norm)
        np.add(s.z3_norm, p.batch_norm_3_beta, out=s.z3_norm)

        # relu_3: h3 = relu(z3_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.maximum(s.z3_norm, 0.0, out=s.h3)

        # conv_4: z4 = conv(h3, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h3,
            p.conv_4_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # batch_norm_4                                          mnist_localisation.py:40
        # z4_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z4_norm = (z4 - running_mean) * (gamma * z4_inv_std)         (N, 16, 16, 32)
        #     + beta
        np.subtract(s.z4, self.state.batch_norm_4_running_mean, out=s.z4_norm)
        np.add(self.state.batch_norm_4_running_var, 1e-05, out=s.z4_inv_std)
        np.sqrt(s.z4_inv_std, out=s.z4_inv_std)
        np.divide(1.0, s.z4_inv_std, out=s.z4_inv_std)
        np.multiply(p.batch_norm_4_gamma, s.z4_inv_std, out=s.batch_norm_4_gamma_times)
        np.multiply(s.z4_norm, s.batch_norm_4_gamma_times, out=s.z4_norm)
        np.add(s.z4_norm, p.batch_norm_4_beta, out=s.z4_norm)

        # relu_4: h4 = relu(z4_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # conv_5: z5 = conv(h4, W)            (N, 16, 16, 64)   mnist_localisation.py:39
        _conv_winograd(
            s.h4,
            p.conv_5_W,
            s.z5_tiles,
            s.z5_inputs,
            s.z5_filters,
            s.z5_products,
            s.z5_outputs,
            s.z5_transforms,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # batch_norm_5                                          mnist_localisation.py:40
        # z5_inv_std = 1 / sqrt(running_var + 1e-05)                             (64,)
        # z5_norm = (z5 - running_mean) * (gamma * z5_inv_std)         (N, 16, 16, 64)
        #     + beta
        np.subtract(s.z5, self.state.batch_norm_5_running_mean, out=s.z5_norm)
        np.add(self.state.batch_norm_5_running_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(p.batch_norm_5_gamma, s.z5_inv_std, out=s.batch_norm_5_gamma_times)
        np.multiply(s.z5_norm, s.batch_norm_5_gamma_times, out=s.z5_norm)
        np.add(s.z5_norm, p.batch_norm_5_beta, out=s.z5_norm)

        # relu_5: h5 = relu(z5_norm)          (N, 16, 16, 64)   mnist_localisation.py:40
        np.maximum(s.z5_norm, 0.0, out=s.h5)

        # what.global_max_pool_1                                mnist_localisation.py:41
        # h5_pooled = max(h5, axes 1, 2)                                       (N, 64)
        s.h5.max(axis=(1, 2), out=s.h5_pooled)

        # what.dense_1                                          mnist_localisation.py:41
        # z7 = h5_pooled W + b                                                (N, 128)
        # h7 = relu(z7)                                                       (N, 128)
        np.dot(s.h5_pooled, p.what_dense_1_W, out=s.z7)
        np.add(s.z7, p.what_dense_1_b, out=s.z7)
        np.maximum(s.z7, 0.0, out=s.h7)

        # what.dense_2: logits = h7 W + b             (N, 10)   mnist_localisation.py:41
        np.dot(s.h7, p.what_dense_2_W, out=s.logits)
        np.add(s.logits, p.what_dense_2_b, out=s.logits)

        # edges                                                 mnist_localisation.py:41
        # h5_product = reshape(h5, (256 * N, 64)) W                       (256 * N, 4)
        np.dot(s.h5_reshape, s.edges_W_reshape, out=s.h5_product)

        # mnist_localisation.py:42
        # box = [h6_reshape_2; h6_reshape_4; h6_reshape_5; h6_reshape_6]          (N, 4)
        # logits_argmax = argmax(logits, axis 1)                                    (N,)
        np.copyto(s.h6_copy, s.h6_slice)
        s.h6_reshape.max(axis=1, keepdims=True, out=s.h6_max)
        np.subtract(s.h6_reshape, s.h6_max, out=s.h6_minus_max)
        np.exp(s.h6_minus_max, out=s.h6_exp)
        s.h6_exp.sum(axis=1, keepdims=True, out=s.h6_sum)
        np.divide(s.h6_exp, s.h6_sum, out=s.h6_over_sum)
        np.multiply(s.h6_over_sum, s.iota_reshape, out=s.h6_times)
        s.h6_times.sum(axis=1, out=s.h6_sum_2)
        np.add(s.h6_slice_2, s.h6_slice_3, out=s.h6_plus_slice_3)
        np.divide(s.h6_plus_slice_3, 2.0, out=s.h6_over)
        np.copyto(s.h6_copy_2, s.h6_slice_4)
        s.h6_reshape_3.max(axis=1, keepdims=True, out=s.h6_max_2)
        np.subtract(s.h6_reshape_3, s.h6_max_2, out=s.h6_minus_max_2)
        np.exp(s.h6_minus_max_2, out=s.h6_exp_2)
        s.h6_exp_2.sum(axis=1, keepdims=True, out=s.h6_sum_3)
        np.divide(s.h6_exp_2, s.h6_sum_3, out=s.h6_over_sum_3)
        np.multiply(s.h6_over_sum_3, s.iota_2_reshape, out=s.h6_times_2)
        s.h6_times_2.sum(axis=1, out=s.h6_sum_4)
        np.add(s.h6_slice_5, s.h6_slice_6, out=s.h6_plus_slice_6)
        np.divide(s.h6_plus_slice_6, 2.0, out=s.h6_over_2)
        np.subtract(s.h6_slice_3, s.h6_slice_2, out=s.h6_minus_slice_2)
        np.subtract(s.h6_slice_6, s.h6_slice_5, out=s.h6_minus_slice_5)
        np.concatenate(
            (s.h6_reshape_2, s.h6_reshape_4, s.h6_reshape_5, s.h6_reshape_6),
            axis=1,
            out=s.box,
        )
        s.logits.argmax(axis=1, out=s.logits_argmax)

        # ---- backward ----------------------------------------------------------------
        # d_logits = 0 + onehot(logits_argmax) * 1    (N, 10)   mnist_localisation.py:44
        np.add(s.logits_position, s.row_starts, out=s.logits_position)
        s.d_logits.fill(0)
        _add_elements(s.d_logits, s.logits_position, s.ones)

        # what.dense_2: d_h7 = d_logits W^T          (N, 128)   mnist_localisation.py:41
        np.dot(s.d_logits, p.what_dense_2_W.T, out=s.d_h7)

        # what.dense_1                                          mnist_localisation.py:41
        # d_z7 = d_h7 * (h7 > 0)                                              (N, 128)
        # d_h5_pooled = d_z7 W^T                                               (N, 64)
        np.greater(s.h7, 0.0, out=s.h7_mask)
        np.multiply(s.d_h7, s.h7_mask, out=s.d_z7)
        np.dot(s.d_z7, p.what_dense_1_W.T, out=s.d_h5_pooled)

        # what.global_max_pool_1                                mnist_localisation.py:41
        # d_h5 = d_h5_pooled_over * h5_equal                           (N, 16, 16, 64)
        np.equal(s.h5, s.h5_pooled_reshape, out=s.h5_equal)
        np.copyto(s.d_h5, s.h5_equal, casting="unsafe")
        s.d_h5.sum(axis=(1, 2), keepdims=True, out=s.d_h5_sum)
        np.divide(s.d_h5_pooled_reshape, s.d_h5_sum, out=s.d_h5_pooled_over)
        np.multiply(s.d_h5_pooled_over, s.d_h5, out=s.d_h5)

        # ---- forward -----------------------------------------------------------------
        # mnist_localisation.py:44
        # evidence = relu(sum(mean(d_h5, axes 1, 2) * h5, axis 3))           (N, 16, 16)
        s.d_h5.sum(axis=(1, 2), keepdims=True, out=s.d_h5_sum_2)
        np.divide(s.d_h5_sum_2, 256.0, out=s.d_h5_over)
        np.multiply(s.d_h5_over, s.h5, out=s.d_h5_times)
        np.dot(s.d_h5_reshape, s.ones_2, out=s.d_h5_row_sum)
        np.maximum(s.d_h5_reshape_2, 0.0, out=s.evidence)

        return s.logits, s.box, s.evidence

    def _predict_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._predict[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_predict(x)
        return s

    def _plan_predict(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        units = -(-n // 16) * 16  # aligned
        memory = self._memory(147768 * units + 3108352)
        s.z1 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 16))
        s.z1_columns = _window(
            memory,
            147768 * units,
            np.float32,
            (28, 32, 32, 3, 3, 1),
        )
        s.z1_padded = _window(
            memory,
            147768 * units + 1032192,
            np.float32,
            (28, 34, 34, 1),
        )
        s.z1_norm = _window(memory, 32768 * units, np.float32, (n, 32, 32, 16))
        s.z1_inv_std = _window(memory, 147768 * units, np.float32, (16,))
        s.batch_norm_1_gamma_times = _window(memory, 147768 * units, np.float32, (16,))
        s.h1 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 16))
        s.z2 = _window(memory, 0, np.float32, (n, 16, 16, 32))
        s.z2_columns = _window(
            memory,
            147768 * units,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z2_padded = _window(
            memory,
            147768 * units + 1032192,
            np.float32,
            (7, 34, 34, 16),
        )
        s.z2_norm = _window(memory, 0, np.float32, (n, 16, 16, 32))
        s.z2_inv_std = _window(memory, 147768 * units, np.float32, (32,))
        s.batch_norm_2_gamma_times = _window(memory, 147768 * units, np.float32, (32,))
        s.h2 = _window(memory, 0, np.float32, (n, 16, 16, 32))
        s.z3 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 32))
        s.z3_columns = _window(
            memory,
            147768 * units,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.z3_padded = _window(
            memory,
            147768 * units + 884736,
            np.float32,
            (3, 18, 18, 32),
        )
        s.z3_norm = _window(memory, 32768 * units, np.float32, (n, 16, 16, 32))
        s.z3_inv_std = _window(memory, 147768 * units, np.float32, (32,))
        s.batch_norm_3_gamma_times = _window(memory, 147768 * units, np.float32, (32,))
        s.h3 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 32))
        s.z4 = _window(memory, 65536 * units, np.float32, (n, 16, 16, 32))
        s.z4_columns = _window(
            memory,
            147768 * units,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.z4_padded = _window(
            memory,
            147768 * units + 884736,
            np.float32,
            (3, 18, 18, 32),
        )
        s.z4_norm = _window(memory, 65536 * units, np.float32, (n, 16, 16, 32))
        s.z4_inv_std = _window(memory, 147768 * units, np.float32, (32,))
        s.batch_norm_4_gamma_times = _window(memory, 147768 * units, np.float32, (32,))
        s.h4 = _window(memory, 65536 * units, np.float32, (n, 16, 16, 32))
        s.z5 = _window(memory, 0, np.float32, (n, 16, 16, 64))
        s.z5_tiles = _window(
            memory,
            147768 * units + 1032192,
            np.float32,
            (6, 6, 7, 4, 4, 32),
        )
        s.z5_inputs = _window(memory, 147768 * units + 1548288, np.float32, (36, 3584))
        s.z5_filters = _window(memory, 147768 * units + 2523136, np.float32, (36, 2048))
        s.z5_products = _window(memory, 147768 * units, np.float32, (36, 7168))
        s.z5_outputs = _window(
            memory,
            147768 * units + 2064384,
            np.float32,
            (4, 4, 7, 4, 4, 64),
        )
        s.z5_padded = _window(
            memory,
            147768 * units + 2818048,
            np.float32,
            (7, 18, 18, 32),
        )
        s.z5_transforms = _cook_toom(4, 3, np.float32)
        s.z5_norm = _window(memory, 0, np.float32, (n, 16, 16, 64))
        s.z5_inv_std = _window(memory, 147768 * units, np.float32, (64,))
        s.batch_norm_5_gamma_times = _window(memory, 147768 * units, np.float32, (64,))
        s.h5 = _window(memory, 0, np.float32, (n, 16, 16, 64))
        s.h5_pooled = _window(memory, 65576 * units, np.float32, (n, 64))
        s.z7 = _window(memory, 65832 * units, np.float32, (n, 128))
        s.h7 = _window(memory, 65832 * units, np.float32, (n, 128))
        s.logits = _window(memory, 65536 * units, np.float32, (n, 10))
        s.h5_reshape = s.h5.reshape(256 * n, 64)
        s.edges_W_reshape = p.edges_W.reshape(64, 4)
        s.h5_product = _window(memory, 68392 * units, np.float32, (256 * n, 4))
        s.h6 = s.h5_product.reshape(n, 16, 16, 4)
        s.h6_slice = s.h6[:, :, :, :2]
        s.h6_copy = _window(memory, 72488 * units, np.float32, (n, 16, 16, 2))
        s.h6_reshape = s.h6_copy.reshape(n, 256, 2)
        s.h6_max = _window(memory, 74536 * units, np.float32, (n, 1, 2))
        s.h6_minus_max = _window(memory, 66344 * units, np.float32, (n, 256, 2))
        s.h6_exp = _window(memory, 66344 * units, np.float32, (n, 256, 2))
        s.h6_sum = _window(memory, 72488 * units, np.float32, (n, 1, 2))
        s.h6_over_sum = _window(memory, 66344 * units, np.float32, (n, 256, 2))
        s.iota = np.broadcast_to(np.arange(16, dtype=np.int64), (16, 16))
        s.iota_cast = s.iota.astype(np.float32)
        s.iota_plus = s.iota_cast + 0.5
        s.iota_over = s.iota_plus / 16.0
        s.iota_reshape = s.iota_over.reshape(256, 1)
        s.h6_times = _window(memory, 66344 * units, np.float32, (n, 256, 2))
        s.h6_sum_2 = _window(memory, 72488 * units, np.float32, (n, 2))
        s.h6_slice_2 = s.h6_sum_2[:, 0]
        s.h6_slice_3 = s.h6_sum_2[:, 1]
        s.h6_plus_slice_3 = _window(memory, 66344 * units, np.float32, (n,))
        s.h6_over = _window(memory, 66344 * units, np.float32, (n,))
        s.h6_reshape_2 = s.h6_over.reshape(n, 1)
        s.h6_slice_4 = s.h6[:, :, :, 2:]
        s.h6_copy_2 = _window(memory, 72496 * units, np.float32, (n, 16, 16, 2))
        s.h6_reshape_3 = s.h6_copy_2.reshape(n, 256, 2)
        s.h6_max_2 = _window(memory, 68396 * units, np.float32, (n, 1, 2))
        s.h6_minus_max_2 = _window(memory, 66348 * units, np.float32, (n, 256, 2))
        s.h6_exp_2 = _window(memory, 66348 * units, np.float32, (n, 256, 2))
        s.h6_sum_3 = _window(memory, 68396 * units, np.float32, (n, 1, 2))
        s.h6_over_sum_3 = _window(memory, 66348 * units, np.float32, (n, 256, 2))
        s.iota_2 = np.broadcast_to(
            np.arange(16, dtype=np.int64).reshape((16, 1)),
            (16, 16),
        )
        s.iota_2_cast = s.iota_2.astype(np.float32)
        s.iota_2_plus = s.iota_2_cast + 0.5
        s.iota_2_over = s.iota_2_plus / 16.0
        s.iota_2_reshape = s.iota_2_over.reshape(256, 1)
        s.h6_times_2 = _window(memory, 66348 * units, np.float32, (n, 256, 2))
        s.h6_sum_4 = _window(memory, 68396 * units, np.float32, (n, 2))
        s.h6_slice_5 = s.h6_sum_4[:, 0]
        s.h6_slice_6 = s.h6_sum_4[:, 1]
        s.h6_plus_slice_6 = _window(memory, 66348 * units, np.float32, (n,))
        s.h6_over_2 = _window(memory, 66348 * units, np.float32, (n,))
        s.h6_reshape_4 = s.h6_over_2.reshape(n, 1)
        s.h6_minus_slice_2 = _window(memory, 66352 * units, np.float32, (n,))
        s.h6_reshape_5 = s.h6_minus_slice_2.reshape(n, 1)
        s.h6_minus_slice_5 = _window(memory, 66356 * units, np.float32, (n,))
        s.h6_reshape_6 = s.h6_minus_slice_5.reshape(n, 1)
        s.box = _window(memory, 131112 * units, np.float32, (n, 4))
        s.logits_argmax = _window(memory, 66344 * units, np.int64, (n,))
        s.iota_3 = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota_3 * 10
        s.logits_position = _window(memory, 66344 * units, np.int64, (n,))
        s.ones = np.ones((n,), dtype=np.float32)
        s.d_logits = _window(memory, 66856 * units, np.float32, (n, 10))
        s.d_h7 = _window(memory, 66344 * units, np.float32, (n, 128))
        s.h7_mask = _window(memory, 66856 * units, np.bool_, (n, 128))
        s.d_z7 = _window(memory, 66344 * units, np.float32, (n, 128))
        s.d_h5_pooled = _window(memory, 131128 * units, np.float32, (n, 64))
        s.d_h5_pooled_reshape = s.d_h5_pooled.reshape(n, 1, 1, 64)
        s.h5_pooled_reshape = s.h5_pooled.reshape(n, 1, 1, 64)
        s.h5_equal = _window(memory, 131384 * units, np.bool_, (n, 16, 16, 64))
        s.d_h5 = _window(memory, 65576 * units, np.float32, (n, 16, 16, 64))
        s.d_h5_sum = _window(memory, 131384 * units, np.float32, (n, 1, 1, 64))
        s.d_h5_pooled_over = _window(memory, 131384 * units, np.float32, (n, 1, 1, 64))
        s.d_h5_sum_2 = _window(memory, 131128 * units, np.float32, (n, 1, 1, 64))
        s.d_h5_over = _window(memory, 131128 * units, np.float32, (n, 1, 1, 64))
        s.d_h5_times = _window(memory, 0, np.float32, (n, 16, 16, 64))
        s.d_h5_reshape = s.d_h5_times.reshape(256 * n, 64)
        s.ones_2 = np.ones((64,), dtype=np.float32)
        s.d_h5_row_sum = _window(memory, 65576 * units, np.float32, (256 * n,))
        s.d_h5_reshape_2 = s.d_h5_row_sum.reshape(n, 16, 16)
        s.evidence = _window(memory, 0, np.float32, (n, 16, 16))
        self._predict[x.dtype, x.shape] = s
        return s

    def loss(self, x, digit, box):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 32, 32, 1)
        digit: int64 (N,)
        box: float32 (N, 4)
        """
        s = self._loss_slots(x, digit, box)
        return self._forward_loss(s, x, digit, box)

    def _forward_loss(self, s, x, digit, box):
        """The forward pass to the loss."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)             (N, 32, 32, 16)   mnist_localisation.py:39
        _conv_im2col(
            x,
            p.conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                          mnist_localisation.py:40
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z1_norm = (z1 - running_mean) * (gamma * z1_inv_std)         (N, 32, 32, 16)
        #     + beta
        np.subtract(s.z1, self.state.batch_norm_1_running_mean, out=s.z1_norm)
        np.add(self.state.batch_norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(p.batch_norm_1_gamma, s.z1_inv_std, out=s.batch_norm_1_gamma_times)
        np.multiply(s.z1_norm, s.batch_norm_1_gamma_times, out=s.z1_norm)
        np.add(s.z1_norm, p.batch_norm_1_beta, out=s.z1_norm)

        # relu_1: h1 = relu(z1_norm)          (N, 32, 32, 16)   mnist_localisation.py:40
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # conv_2: z2 = conv(h1, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h1,
            p.conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # batch_norm_2                                          mnist_localisation.py:40
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z2_norm = (z2 - running_mean) * (gamma * z2_inv_std)         (N, 16, 16, 32)
        #     + beta
        np.subtract(s.z2, self.state.batch_norm_2_running_mean, out=s.z2_norm)
        np.add(self.state.batch_norm_2_running_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(p.batch_norm_2_gamma, s.z2_inv_std, out=s.batch_norm_2_gamma_times)
        np.multiply(s.z2_norm, s.batch_norm_2_gamma_times, out=s.z2_norm)
        np.add(s.z2_norm, p.batch_norm_2_beta, out=s.z2_norm)

        # relu_2: h2 = relu(z2_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # conv_3: z3 = conv(h2, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h2,
            p.conv_3_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # batch_norm_3                                          mnist_localisation.py:40
        # z3_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z3_norm = (z3 - running_mean) * (gamma * z3_inv_std)         (N, 16, 16, 32)
        #     + beta
        np.subtract(s.z3, self.state.batch_norm_3_running_mean, out=s.z3_norm)
        np.add(self.state.batch_norm_3_running_var, 1e-05, out=s.z3_inv_std)
        np.sqrt(s.z3_inv_std, out=s.z3_inv_std)
        np.divide(1.0, s.z3_inv_std, out=s.z3_inv_std)
        np.multiply(p.batch_norm_3_gamma, s.z3_inv_std, out=s.batch_norm_3_gamma_times)
        np.multiply(s.z3_norm, s.batch_norm_3_gamma_times, out=s.z3_norm)
        np.add(s.z3_norm, p.batch_norm_3_beta, out=s.z3_norm)

        # relu_3: h3 = relu(z3_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.maximum(s.z3_norm, 0.0, out=s.h3)

        # conv_4: z4 = conv(h3, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h3,
            p.conv_4_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # batch_norm_4                                          mnist_localisation.py:40
        # z4_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z4_norm = (z4 - running_mean) * (gamma * z4_inv_std)         (N, 16, 16, 32)
        #     + beta
        np.subtract(s.z4, self.state.batch_norm_4_running_mean, out=s.z4_norm)
        np.add(self.state.batch_norm_4_running_var, 1e-05, out=s.z4_inv_std)
        np.sqrt(s.z4_inv_std, out=s.z4_inv_std)
        np.divide(1.0, s.z4_inv_std, out=s.z4_inv_std)
        np.multiply(p.batch_norm_4_gamma, s.z4_inv_std, out=s.batch_norm_4_gamma_times)
        np.multiply(s.z4_norm, s.batch_norm_4_gamma_times, out=s.z4_norm)
        np.add(s.z4_norm, p.batch_norm_4_beta, out=s.z4_norm)

        # relu_4: h4 = relu(z4_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # conv_5: z5 = conv(h4, W)            (N, 16, 16, 64)   mnist_localisation.py:39
        _conv_winograd(
            s.h4,
            p.conv_5_W,
            s.z5_tiles,
            s.z5_inputs,
            s.z5_filters,
            s.z5_products,
            s.z5_outputs,
            s.z5_transforms,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # batch_norm_5                                          mnist_localisation.py:40
        # z5_inv_std = 1 / sqrt(running_var + 1e-05)                             (64,)
        # z5_norm = (z5 - running_mean) * (gamma * z5_inv_std)         (N, 16, 16, 64)
        #     + beta
        np.subtract(s.z5, self.state.batch_norm_5_running_mean, out=s.z5_norm)
        np.add(self.state.batch_norm_5_running_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(p.batch_norm_5_gamma, s.z5_inv_std, out=s.batch_norm_5_gamma_times)
        np.multiply(s.z5_norm, s.batch_norm_5_gamma_times, out=s.z5_norm)
        np.add(s.z5_norm, p.batch_norm_5_beta, out=s.z5_norm)

        # relu_5: h5 = relu(z5_norm)          (N, 16, 16, 64)   mnist_localisation.py:40
        np.maximum(s.z5_norm, 0.0, out=s.h5)

        # what.global_max_pool_1                                mnist_localisation.py:41
        # h5_pooled = max(h5, axes 1, 2)                                       (N, 64)
        s.h5.max(axis=(1, 2), out=s.h5_pooled)

        # what.dense_1                                          mnist_localisation.py:41
        # z7 = h5_pooled W + b                                                (N, 128)
        # h7 = relu(z7)                                                       (N, 128)
        np.dot(s.h5_pooled, p.what_dense_1_W, out=s.z7)
        np.add(s.z7, p.what_dense_1_b, out=s.z7)
        np.maximum(s.z7, 0.0, out=s.h7)

        # what.dense_2: logits = h7 W + b             (N, 10)   mnist_localisation.py:41
        np.dot(s.h7, p.what_dense_2_W, out=s.logits)
        np.add(s.logits, p.what_dense_2_b, out=s.logits)

        # softmax_cross_entropy                                 mnist_localisation.py:43
        # loss = mean(-log_softmax(logits)[digit])                                  ()
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.add(digit, s.row_starts, out=s.digit_position)
        np.take(s.logits_minus_max, s.digit_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_take, out=s.logits_minus_take)
        s.logits_minus_take.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        # edges                                                 mnist_localisation.py:41
        # h5_product = reshape(h5, (256 * N, 64)) W                       (256 * N, 4)
        np.dot(s.h5_reshape, s.edges_W_reshape, out=s.h5_product)

        # mnist_localisation.py:42
        # h6_concat = [h6_reshape_2; h6_reshape_4; h6_reshape_5; h6_reshape_6]    (N, 4)
        np.copyto(s.h6_copy, s.h6_slice)
        s.h6_reshape.max(axis=1, keepdims=True, out=s.h6_max)
        np.subtract(s.h6_reshape, s.h6_max, out=s.h6_minus_max)
        np.exp(s.h6_minus_max, out=s.h6_exp)
        s.h6_exp.sum(axis=1, keepdims=True, out=s.h6_sum)
        np.divide(s.h6_exp, s.h6_sum, out=s.h6_over_sum)
        np.multiply(s.h6_over_sum, s.iota_2_reshape, out=s.h6_times)
        s.h6_times.sum(axis=1, out=s.h6_sum_2)
        np.add(s.h6_slice_2, s.h6_slice_3, out=s.h6_plus_slice_3)
        np.divide(s.h6_plus_slice_3, 2.0, out=s.h6_over)
        np.copyto(s.h6_copy_2, s.h6_slice_4)
        s.h6_reshape_3.max(axis=1, keepdims=True, out=s.h6_max_2)
        np.subtract(s.h6_reshape_3, s.h6_max_2, out=s.h6_minus_max_2)
        np.exp(s.h6_minus_max_2, out=s.h6_exp_2)
        s.h6_exp_2.sum(axis=1, keepdims=True, out=s.h6_sum_3)
        np.divide(s.h6_exp_2, s.h6_sum_3, out=s.h6_over_sum_3)
        np.multiply(s.h6_over_sum_3, s.iota_3_reshape, out=s.h6_times_2)
        s.h6_times_2.sum(axis=1, out=s.h6_sum_4)
        np.add(s.h6_slice_5, s.h6_slice_6, out=s.h6_plus_slice_6)
        np.divide(s.h6_plus_slice_6, 2.0, out=s.h6_over_2)
        np.subtract(s.h6_slice_3, s.h6_slice_2, out=s.h6_minus_slice_2)
        np.subtract(s.h6_slice_6, s.h6_slice_5, out=s.h6_minus_slice_5)
        np.concatenate(
            (s.h6_reshape_2, s.h6_reshape_4, s.h6_reshape_5, s.h6_reshape_6),
            axis=1,
            out=s.h6_concat,
        )

        # absolute_error                                        mnist_localisation.py:43
        # loss_2                                                                    ()
        np.subtract(s.h6_concat, box, out=s.h6_minus)
        np.abs(s.h6_minus, out=s.h6_abs)
        s.h6_abs.sum(out=s.loss_2)
        np.divide(s.loss_2, 4 * s.n, out=s.loss_2)

        # loss = loss + 20 * loss_2                        ()   mnist_localisation.py:43
        np.multiply(20.0, s.loss_2, out=s.loss_times_2)
        np.add(s.loss, s.loss_times_2, out=s.loss)

        return s.loss[()]

    def _loss_slots(self, x, digit, box):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (x.dtype, x.shape, digit.dtype, digit.shape, box.dtype, box.shape)
            s = self._loss[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_loss(x, digit, box)
        _check_range("digit", digit, 10)
        return s

    def _plan_loss(self, x, digit, box):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        _check("digit", digit, np.int64, ("N",), sizes)
        _check("box", box, np.float32, ("N", 4), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        units = -(-n // 16) * 16  # aligned
        memory = self._memory(98304 * units + 3108368)
        s.z1 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 16))
        s.z1_columns = _window(memory, 98304 * units, np.float32, (28, 32, 32, 3, 3, 1))
        s.z1_padded = _window(
            memory,
            98304 * units + 1032192,
            np.float32,
            (28, 34, 34, 1),
        )
        s.z1_norm = _window(memory, 32768 * units, np.float32, (n, 32, 32, 16))
        s.z1_inv_std = _window(memory, 98304 * units, np.float32, (16,))
        s.batch_norm_1_gamma_times = _window(memory, 98304 * units, np.float32, (16,))
        s.h1 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 16))
        s.z2 = _window(memory, 0, np.float32, (n, 16, 16, 32))
        s.z2_columns = _window(memory, 98304 * units, np.float32, (7, 16, 16, 3, 3, 16))
        s.z2_padded = _window(
            memory,
            98304 * units + 1032192,
            np.float32,
            (7, 34, 34, 16),
        )
        s.z2_norm = _window(memory, 0, np.float32, (n, 16, 16, 32))
        s.z2_inv_std = _window(memory, 98304 * units, np.float32, (32,))
        s.batch_norm_2_gamma_times = _window(memory, 98304 * units, np.float32, (32,))
        s.h2 = _window(memory, 0, np.float32, (n, 16, 16, 32))
        s.z3 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 32))
        s.z3_columns = _window(memory, 98304 * units, np.float32, (3, 16, 16, 3, 3, 32))
        s.z3_padded = _window(
            memory,
            98304 * units + 884736,
            np.float32,
            (3, 18, 18, 32),
        )
        s.z3_norm = _window(memory, 32768 * units, np.float32, (n, 16, 16, 32))
        s.z3_inv_std = _window(memory, 98304 * units, np.float32, (32,))
        s.batch_norm_3_gamma_times = _window(memory, 98304 * units, np.float32, (32,))
        s.h3 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 32))
        s.z4 = _window(memory, 65536 * units, np.float32, (n, 16, 16, 32))
        s.z4_columns = _window(memory, 98304 * units, np.float32, (3, 16, 16, 3, 3, 32))
        s.z4_padded = _window(
            memory,
            98304 * units + 884736,
            np.float32,
            (3, 18, 18, 32),
        )
        s.z4_norm = _window(memory, 65536 * units, np.float32, (n, 16, 16, 32))
        s.z4_inv_std = _window(memory, 98304 * units, np.float32, (32,))
        s.batch_norm_4_gamma_times = _window(memory, 98304 * units, np.float32, (32,))
        s.h4 = _window(memory, 65536 * units, np.float32, (n, 16, 16, 32))
        s.z5 = _window(memory, 0, np.float32, (n, 16, 16, 64))
        s.z5_tiles = _window(
            memory,
            98304 * units + 1032192,
            np.float32,
            (6, 6, 7, 4, 4, 32),
        )
        s.z5_inputs = _window(memory, 98304 * units + 1548288, np.float32, (36, 3584))
        s.z5_filters = _window(memory, 98304 * units + 2523136, np.float32, (36, 2048))
        s.z5_products = _window(memory, 98304 * units, np.float32, (36, 7168))
        s.z5_outputs = _window(
            memory,
            98304 * units + 2064384,
            np.float32,
            (4, 4, 7, 4, 4, 64),
        )
        s.z5_padded = _window(
            memory,
            98304 * units + 2818048,
            np.float32,
            (7, 18, 18, 32),
        )
        s.z5_transforms = _cook_toom(4, 3, np.float32)
        s.z5_norm = _window(memory, 0, np.float32, (n, 16, 16, 64))
        s.z5_inv_std = _window(memory, 98304 * units, np.float32, (64,))
        s.batch_norm_5_gamma_times = _window(memory, 98304 * units, np.float32, (64,))
        s.h5 = _window(memory, 0, np.float32, (n, 16, 16, 64))
        s.h5_pooled = _window(memory, 65536 * units, np.float32, (n, 64))
        s.z7 = _window(memory, 65792 * units, np.float32, (n, 128))
        s.h7 = _window(memory, 65792 * units, np.float32, (n, 128))
        s.logits = _window(memory, 65536 * units, np.float32, (n, 10))
        s.logits_max = _window(memory, 65576 * units, np.float32, (n, 1))
        s.logits_minus_max = _window(memory, 65536 * units, np.float32, (n, 10))
        s.logits_exp = _window(memory, 65580 * units, np.float32, (n, 10))
        s.logits_sum = _window(memory, 65576 * units, np.float32, (n, 1))
        s.logits_log = _window(memory, 65576 * units, np.float32, (n, 1))
        s.logits_reshape = s.logits_log.reshape(n)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.digit_position = _window(memory, 65580 * units, np.int64, (n,))
        s.logits_take = _window(memory, 65588 * units, np.float32, (n,))
        s.logits_minus_take = _window(memory, 65588 * units, np.float32, (n,))
        s.loss = _window(memory, 98304 * units + 3108352, np.float32, ())
        s.h5_reshape = s.h5.reshape(256 * n, 64)
        s.edges_W_reshape = p.edges_W.reshape(64, 4)
        s.h5_product = _window(memory, 65536 * units, np.float32, (256 * n, 4))
        s.h6 = s.h5_product.reshape(n, 16, 16, 4)
        s.h6_slice = s.h6[:, :, :, :2]
        s.h6_copy = _window(memory, 2048 * units, np.float32, (n, 16, 16, 2))
        s.h6_reshape = s.h6_copy.reshape(n, 256, 2)
        s.h6_max = _window(memory, 4096 * units, np.float32, (n, 1, 2))
        s.h6_minus_max = _window(memory, 0, np.float32, (n, 256, 2))
        s.h6_exp = _window(memory, 0, np.float32, (n, 256, 2))
        s.h6_sum = _window(memory, 2048 * units, np.float32, (n, 1, 2))
        s.h6_over_sum = _window(memory, 0, np.float32, (n, 256, 2))
        s.iota_2 = np.broadcast_to(np.arange(16, dtype=np.int64), (16, 16))
        s.iota_2_cast = s.iota_2.astype(np.float32)
        s.iota_2_plus = s.iota_2_cast + 0.5
        s.iota_2_over = s.iota_2_plus / 16.0
        s.iota_2_reshape = s.iota_2_over.reshape(256, 1)
        s.h6_times = _window(memory, 0, np.float32, (n, 256, 2))
        s.h6_sum_2 = _window(memory, 2052 * units, np.float32, (n, 2))
        s.h6_slice_2 = s.h6_sum_2[:, 0]
        s.h6_slice_3 = s.h6_sum_2[:, 1]
        s.h6_plus_slice_3 = _window(memory, 0, np.float32, (n,))
        s.h6_over = _window(memory, 0, np.float32, (n,))
        s.h6_reshape_2 = s.h6_over.reshape(n, 1)
        s.h6_slice_4 = s.h6[:, :, :, 2:]
        s.h6_copy_2 = _window(memory, 2060 * units, np.float32, (n, 16, 16, 2))
        s.h6_reshape_3 = s.h6_copy_2.reshape(n, 256, 2)
        s.h6_max_2 = _window(memory, 4108 * units, np.float32, (n, 1, 2))
        s.h6_minus_max_2 = _window(memory, 4 * units, np.float32, (n, 256, 2))
        s.h6_exp_2 = _window(memory, 4 * units, np.float32, (n, 256, 2))
        s.h6_sum_3 = _window(memory, 2060 * units, np.float32, (n, 1, 2))
        s.h6_over_sum_3 = _window(memory, 4 * units, np.float32, (n, 256, 2))
        s.iota_3 = np.broadcast_to(
            np.arange(16, dtype=np.int64).reshape((16, 1)),
            (16, 16),
        )
        s.iota_3_cast = s.iota_3.astype(np.float32)
        s.iota_3_plus = s.iota_3_cast + 0.5
        s.iota_3_over = s.iota_3_plus / 16.0
        s.iota_3_reshape = s.iota_3_over.reshape(256, 1)
        s.h6_times_2 = _window(memory, 4 * units, np.float32, (n, 256, 2))
        s.h6_sum_4 = _window(memory, 2060 * units, np.float32, (n, 2))
        s.h6_slice_5 = s.h6_sum_4[:, 0]
        s.h6_slice_6 = s.h6_sum_4[:, 1]
        s.h6_plus_slice_6 = _window(memory, 4 * units, np.float32, (n,))
        s.h6_over_2 = _window(memory, 4 * units, np.float32, (n,))
        s.h6_reshape_4 = s.h6_over_2.reshape(n, 1)
        s.h6_minus_slice_2 = _window(memory, 8 * units, np.float32, (n,))
        s.h6_reshape_5 = s.h6_minus_slice_2.reshape(n, 1)
        s.h6_minus_slice_5 = _window(memory, 12 * units, np.float32, (n,))
        s.h6_reshape_6 = s.h6_minus_slice_5.reshape(n, 1)
        s.h6_concat = _window(memory, 16 * units, np.float32, (n, 4))
        s.h6_minus = _window(memory, 16 * units, np.float32, (n, 4))
        s.h6_abs = _window(memory, 16 * units, np.float32, (n, 4))
        s.loss_2 = _window(memory, 98304 * units + 3108352 + 8, np.float32, ())
        s.loss_times_2 = _window(memory, 98304 * units + 3108352 + 8, np.float32, ())
        key = (x.dtype, x.shape, digit.dtype, digit.shape, box.dtype, box.shape)
        self._loss[key] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
            self._train.clear()
            self._predict.clear()
            self._loss.clear()
        if len(self._train) >= 16:  # forget old shapes
            self._train.clear()
        if len(self._predict) >= 16:  # forget old shapes
            self._predict.clear()
        if len(self._loss) >= 16:  # forget old shapes
            self._loss.clear()
        return self._arena[-self._arena.ctypes.data % 64 :]

    def state_dict(self):
        """A copy of everything that training changes, by name."""
        state = {}
        for name, (group, attribute) in self.STATES.items():
            state[name] = getattr(getattr(self, group), attribute).copy()
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
                arrays[name] = np.asarray(value)
            except ValueError as error:
                raise InputError(f"{name}: expected {want}: {error}") from None
            have = _show(arrays[name].dtype, arrays[name].shape)
            if have != want:
                raise InputError(f"{name}: expected {want}, got {have}")
        for name, (group, attribute) in self.STATES.items():
            getattr(getattr(self, group), attribute)[...] = arrays[name]

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
    """Zeros that begin on a cache line, which vector instructions are faster on."""
    nbytes = size * np.dtype(dtype).itemsize
    memory = np.zeros(nbytes + 64, dtype=np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + nbytes].view(dtype)


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
    dtype = np.dtype(dtype)
    return f"{dtype.name if dtype.isnative else dtype.str} of shape {tuple(shape)}"


def _check(name, value, dtype, shape, sizes):
    """Refuse an argument of another type; learn the symbolic sizes."""
    dtype = np.dtype(dtype)
    want = f"{name}: expected {dtype} of shape ({', '.join(map(str, shape))})"
    if not isinstance(value, np.ndarray):
        raise InputError(f"{want}, got {type(value).__name__}; use np.asarray")
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
    if index.size and (index.min() < 0 or index.max() >= size):
        wrong = index[(index < 0) | (index >= size)].flat[0]
        raise InputError(f"{name}: values must lie in 0 .. {size - 1}, got {wrong}")


def _window(memory, start, dtype, shape):
    """An array of that type in the arena, from byte `start` on."""
    size = int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize
    return memory[start : start + size].view(dtype).reshape(shape)


def _generator(seed, stream):
    """An independent random stream."""
    return np.random.Generator(np.random.SFC64([seed, stream]))


def _add_elements(array, positions, values):
    """Add values at positions of the flattened array, in place; repeats accumulate."""
    np.add.at(array.reshape(-1), positions.reshape(-1), values.reshape(-1))
    return array


def _conv_col2im(
    g,
    w,
    columns,
    out,
    padded=None,
    low=(),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
    groups=1,
):
    """What a convolution passes back to its images, given g for its result.

    dx[n, i s + k d - low, c] += sum over o of g[n, i, o] w[k, c, o]: one product gives
    what comes back to every patch, and patches are added up where they overlap.
    """
    images, kernel, (inner, filters) = len(columns), w.shape[:-2], w.shape[-2:]
    w = w.reshape(-1, groups, filters // groups)
    inside = [slice(a, a + n) for a, n in zip(low, out.shape[1:-1])]
    for start in range(0, len(g), images):
        given = g[start : start + images]
        total = out[start : start + images] if padded is None else padded[: len(given)]
        total.fill(0)
        matrix = columns[: len(given)]
        given = given.reshape(-1, groups, filters // groups)
        for k in range(groups):
            np.matmul(given[:, k], w[:, k].T, out=matrix.reshape(len(given), -1))
            channels = total[..., k * inner : (k + 1) * inner]
            for position, part in _slides(channels, kernel, strides, dilation):
                part += matrix[(..., *position, slice(None))]
        if padded is not None:
            out[start : start + images] = total[(slice(None), *inside)]


def _conv_im2col(
    x,
    w,
    columns,
    out,
    padded=None,
    low=(),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """Slide a kernel w (*kernel, C / groups, O) over images x (N, *sizes, C).

    out[n, i, o] = sum over k and c of x[n, i s + k d - low, c] w[k, c, o]. Each patch
    of an image becomes a row of a matrix, each filter is a column of another, and the
    product of the two is the result. `columns` has room for so many images, or so many
    rows of one, as stay in the processor's cache.
    """
    (images, rows), kernel = columns.shape[:2], w.shape[:-2]
    inner, filters = w.shape[-2:]
    groups = x.shape[-1] // inner
    w = w.reshape(-1, groups, filters // groups)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        patches = _windows(image, kernel, strides, dilation)
        for top in range(0, out.shape[1], rows):
            seen = patches[:, top : top + rows]
            matrix = columns[: len(seen), : seen.shape[1]]
            result = out[start : start + images, top : top + rows]
            result = result.reshape(-1, groups, filters // groups)
            for k in range(groups):
                np.copyto(matrix, seen[..., k * inner : (k + 1) * inner])
                flat = matrix.reshape(len(result), -1)
                np.matmul(flat, w[:, k], out=result[:, k])


def _conv_weight_im2col(
    x,
    g,
    columns,
    part,
    out,
    padded=None,
    low=(),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
    groups=1,
):
    """What a convolution of images x passes back to its weights, given g for its result.

    dw[k, c, o] = sum over n and i of x[n, i s + k d - low, c] g[n, i, o]: the matrix
    whose rows are the patches of the images, transposed, times g. `columns` has room
    for so many images, or rows of one, as stay in cache; `part` is their product.
    """
    (images, rows), kernel = columns.shape[:2], out.shape[:-2]
    inner, filters = out.shape[-2:]
    total = out.reshape(-1, groups, filters // groups)
    total.fill(0)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        patches = _windows(image, kernel, strides, dilation)
        for top in range(0, g.shape[1], rows):
            seen = patches[:, top : top + rows]
            matrix = columns[: len(seen), : seen.shape[1]]
            given = g[start : start + images, top : top + rows]
            given = given.reshape(-1, groups, filters // groups)
            for k in range(groups):
                np.copyto(matrix, seen[..., k * inner : (k + 1) * inner])
                flat = matrix.reshape(len(given), -1)
                np.matmul(flat.T, given[:, k], out=part)
                total[:, k] += part


def _conv_winograd(
    x,
    w,
    tiles,
    inputs,
    filters,
    products,
    outputs,
    transforms,
    out,
    padded,
    low,
):
    """Slide a kernel w (r, r, C, O) over images x (N, H, W, C), by Winograd's algorithm.

    The image is cut into overlapping n x n tiles, each of which gives m x m outputs,
    n = m + r - 1. Tiles and filters are transformed (see _cook_toom); then each of n^2
    places is a product of matrices, (tiles, C) by (C, O), with n^2 multiplications for
    m^2 outputs instead of (m r)^2; and the results are transformed back. Some images
    at a time, which stay in cache.
    """
    to_inputs, to_filters, to_outputs = transforms
    channels, count = w.shape[-2:]
    n, m = tiles.shape[0], outputs.shape[0]
    images, rows, columns = tiles.shape[2:5]
    np.matmul(to_filters, w.reshape(-1, channels * count), out=filters)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        seen = _windows(image, (n, n), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
        places = len(image) * rows * columns
        tile = _head(tiles, *seen.shape)
        np.copyto(tile, seen)
        a = _head(inputs, n * n, places * channels)
        np.matmul(to_inputs, tile.reshape(n * n, -1), out=a)
        b = _head(products, n * n, places, count)
        a, w = a.reshape(n * n, places, channels), filters.reshape(n * n, channels, count)
        np.matmul(a, w, out=b)
        y = _head(outputs, m * m, places * count)
        np.matmul(to_outputs, b.reshape(n * n, -1), out=y)
        y = y.reshape(m, m, len(image), rows, columns, count)
        for i, j in np.ndindex(m, m):
            target = out[start : start + images, i::m, j::m]
            target[...] = y[i, j, :, : target.shape[1], : target.shape[2]]


def _cook_toom(outputs, taps, dtype):
    """Matrices by which a filter takes n = outputs + taps - 1 products, not outputs * taps.

    The product of two polynomials is found from their values at n points, the last at
    infinity: s = V_n^-1 ((V_taps g) * (V_outputs h)), where V_k takes k coefficients to
    values. Transposed, that is what a filter g makes of n inputs d:

        y = V_outputs^T ((V_taps g) * (V_n^-T d))

    Here for squares, as products with one matrix each (Kronecker's): for inputs, for
    filters and for outputs (S. Winograd, 1980; A. Lavin and S. Gray, 2016).
    """
    n = outputs + taps - 1
    points = np.array([0.0, 1.0, -1.0, 0.5, -2.0, 2.0, -0.5])[: n - 1]

    def values(count):
        finite = points[:, None] ** np.arange(count)
        return np.vstack([finite, np.eye(count)[-1:]])

    matrices = np.linalg.inv(values(n)).T, values(taps), values(outputs).T
    return [np.kron(matrix, matrix).astype(dtype) for matrix in matrices]


def _head(buffer, *shape):
    """The first elements of a buffer, in another shape."""
    return buffer.reshape(-1)[: int(np.prod(shape))].reshape(shape)


def _padded(x, out, low):
    """Images with zeros around them, in out; as they are if out is None."""
    if out is None:
        return x
    out = out[: len(x)]
    out.fill(0)
    inside = [slice(a, a + n) for a, n in zip(low, x.shape[1:-1])]
    out[(slice(None), *inside)] = x
    return out


def _slides(x, kernel, strides=(1, 1, 1), dilation=(1, 1, 1)):
    """For each position in a kernel, a view of what it meets as the kernel slides over x."""
    parts = []
    for position in np.ndindex(*kernel):
        where = [slice(None)]
        for n, k, m, s, d in zip(x.shape[1:-1], position, kernel, strides, dilation):
            count = (n - d * (m - 1) - 1) // s + 1
            where.append(slice(k * d, k * d + s * (count - 1) + 1, s))
        parts.append((position, x[tuple(where)]))
    return parts


def _windows(x, kernel, strides, dilation):
    """All patches of x under a sliding kernel, as a view (N, *outputs, *kernel, C)."""
    outputs, moves, reads = [], [], []
    rows = zip(x.shape[1:-1], x.strides[1:-1], kernel, strides, dilation)
    for size, step, k, s, d in rows:
        outputs.append((size - d * (k - 1) - 1) // s + 1)
        moves.append(step * s)
        reads.append(step * d)
    shape = (len(x), *outputs, *kernel, x.shape[-1])
    steps = (x.strides[0], *moves, *reads, x.strides[-1])
    return np.lib.stride_tricks.as_strided(x, shape, steps, writeable=False)


def main():
    """Train or predict from the command line."""
    import argparse

    parser = argparse.ArgumentParser(description="Train this network, or predict.")
    actions = ["train", "predict"]
    parser.add_argument("action", choices=actions)
    parser.add_argument("data", help="an .npz file of inputs and targets")
    parser.add_argument("--weights", default="mnist_localisation.npz")
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
    m = MnistLocalisation(seed=options.seed)
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
    result = result if isinstance(result, dict) else {"output": result}
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
