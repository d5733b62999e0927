"""gan: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 53,953 in 12 arrays

    from gan import Gan

    m = Gan(seed=0)
    m.d_step(real)   # Returns d_loss; changes discriminator, discriminator_adam.
    m.g_step()       # Returns g_loss; changes generator, generator_adam.
    m.sample(noise)  # Returns images.
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class Gan:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "gan"
    FINGERPRINT = "b3597a4d24ef5684"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "discriminator.dense_1.W": ("params", "discriminator_dense_1_W"),
        "discriminator.dense_1.b": ("params", "discriminator_dense_1_b"),
        "discriminator.dense_2.W": ("params", "discriminator_dense_2_W"),
        "discriminator.dense_2.b": ("params", "discriminator_dense_2_b"),
        "discriminator.dense_3.W": ("params", "discriminator_dense_3_W"),
        "discriminator.dense_3.b": ("params", "discriminator_dense_3_b"),
        "generator.dense_1.W": ("params", "generator_dense_1_W"),
        "generator.dense_1.b": ("params", "generator_dense_1_b"),
        "generator.dense_2.W": ("params", "generator_dense_2_W"),
        "generator.dense_2.b": ("params", "generator_dense_2_b"),
        "generator.dense_3.W": ("params", "generator_dense_3_W"),
        "generator.dense_3.b": ("params", "generator_dense_3_b"),
        "discriminator.dense_1.W.momentum": ("momentum", "discriminator_dense_1_W"),
        "discriminator.dense_1.b.momentum": ("momentum", "discriminator_dense_1_b"),
        "discriminator.dense_2.W.momentum": ("momentum", "discriminator_dense_2_W"),
        "discriminator.dense_2.b.momentum": ("momentum", "discriminator_dense_2_b"),
        "discriminator.dense_3.W.momentum": ("momentum", "discriminator_dense_3_W"),
        "discriminator.dense_3.b.momentum": ("momentum", "discriminator_dense_3_b"),
        "generator.dense_1.W.momentum": ("momentum", "generator_dense_1_W"),
        "generator.dense_1.b.momentum": ("momentum", "generator_dense_1_b"),
        "generator.dense_2.W.momentum": ("momentum", "generator_dense_2_W"),
        "generator.dense_2.b.momentum": ("momentum", "generator_dense_2_b"),
        "generator.dense_3.W.momentum": ("momentum", "generator_dense_3_W"),
        "generator.dense_3.b.momentum": ("momentum", "generator_dense_3_b"),
        "discriminator.dense_1.W.squares": ("squares", "discriminator_dense_1_W"),
        "discriminator.dense_1.b.squares": ("squares", "discriminator_dense_1_b"),
        "discriminator.dense_2.W.squares": ("squares", "discriminator_dense_2_W"),
        "discriminator.dense_2.b.squares": ("squares", "discriminator_dense_2_b"),
        "discriminator.dense_3.W.squares": ("squares", "discriminator_dense_3_W"),
        "discriminator.dense_3.b.squares": ("squares", "discriminator_dense_3_b"),
        "generator.dense_1.W.squares": ("squares", "generator_dense_1_W"),
        "generator.dense_1.b.squares": ("squares", "generator_dense_1_b"),
        "generator.dense_2.W.squares": ("squares", "generator_dense_2_W"),
        "generator.dense_2.b.squares": ("squares", "generator_dense_2_b"),
        "generator.dense_3.W.squares": ("squares", "generator_dense_3_W"),
        "generator.dense_3.b.squares": ("squares", "generator_dense_3_b"),
        "discriminator_adam.step": ("state", "discriminator_adam_step"),
        "generator_adam.step": ("state", "generator_adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(53953, np.float32),
            {
                "discriminator_dense_1_W": (64, 128),
                "discriminator_dense_1_b": (128,),
                "discriminator_dense_2_W": (128, 128),
                "discriminator_dense_2_b": (128,),
                "discriminator_dense_3_W": (128, 1),
                "discriminator_dense_3_b": (1,),
                "generator_dense_1_W": (32, 128),
                "generator_dense_1_b": (128,),
                "generator_dense_2_W": (128, 128),
                "generator_dense_2_b": (128,),
                "generator_dense_3_W": (128, 64),
                "generator_dense_3_b": (64,),
            },
        )
        self.grads = _Views(_vector(53953, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(53953, np.float32), self.params.shapes)
        self.squares = _Views(_vector(53953, np.float32), self.params.shapes)
        self.state = SimpleNamespace(
            discriminator_adam_step=np.zeros((), dtype=np.int64),
            generator_adam_step=np.zeros((), dtype=np.int64),
        )
        self.rng = SimpleNamespace(
            normal=_generator(seed, 1),
            dropout_1=_generator(seed, 2),
            dropout_2=_generator(seed, 3),
            normal_2=_generator(seed, 4),
            dropout_1_2=_generator(seed, 5),
            dropout_2_2=_generator(seed, 6),
        )
        self._arena = np.empty(0, dtype=np.uint8)
        self._d_step = {}  # buffers by the arguments' shapes
        self._g_step = {}  # buffers by the arguments' shapes
        self._sample = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        discriminator_dense_1_noise = rng.standard_normal((64, 128), dtype=np.float32)
        p.discriminator_dense_1_W[...] = discriminator_dense_1_noise * 0.17677669
        discriminator_dense_2_noise = rng.standard_normal((128, 128), dtype=np.float32)
        p.discriminator_dense_2_W[...] = discriminator_dense_2_noise * 0.125
        discriminator_dense_3_draw = rng.random((128, 1), dtype=np.float32)
        discriminator_dense_3_times = discriminator_dense_3_draw * 0.4313311
        p.discriminator_dense_3_W[...] = discriminator_dense_3_times + -0.21566555
        generator_dense_1_noise = rng.standard_normal((32, 128), dtype=np.float32)
        p.generator_dense_1_W[...] = generator_dense_1_noise * 0.25
        generator_dense_2_noise = rng.standard_normal((128, 128), dtype=np.float32)
        p.generator_dense_2_W[...] = generator_dense_2_noise * 0.125
        generator_dense_3_draw = rng.random((128, 64), dtype=np.float32)
        generator_dense_3_times = generator_dense_3_draw * 0.35355338
        p.generator_dense_3_W[...] = generator_dense_3_times + -0.17677669

    def d_step(self, real):
        """Returns d_loss; changes discriminator, discriminator_adam.

        real: float32 (N, 64)
        """
        s = self._d_step_slots(real)
        d_loss = self._d_step_backward(s, real)
        self._d_step_update(s)
        return {"d_loss": d_loss}

    def _d_step_backward(self, s, real):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # noise = gauss                                              (N, 32)   gan.py:52
        self.rng.normal.standard_normal(out=s.noise, dtype=np.float32)

        # generator.dense_1                                                    gan.py:33
        # generator_z1 = noise W + b                                          (N, 128)
        # generator_h1 = relu(generator_z1)                                   (N, 128)
        np.dot(s.noise, p.generator_dense_1_W, out=s.generator_z1)
        np.add(s.generator_z1, p.generator_dense_1_b, out=s.generator_z1)
        np.clip(s.generator_z1, 0.0, np.inf, out=s.generator_h1)

        # generator.dense_2                                                    gan.py:34
        # generator_z2 = generator_h1 W + b                                   (N, 128)
        # generator_h2 = relu(generator_z2)                                   (N, 128)
        np.dot(s.generator_h1, p.generator_dense_2_W, out=s.generator_z2)
        np.add(s.generator_z2, p.generator_dense_2_b, out=s.generator_z2)
        np.clip(s.generator_z2, 0.0, np.inf, out=s.generator_h2)

        # generator.dense_3                                                    gan.py:35
        # z3 = generator_h2 W + b                                              (N, 64)
        # fake = sigmoid(z3)                                                   (N, 64)
        np.dot(s.generator_h2, p.generator_dense_3_W, out=s.z3)
        np.add(s.z3, p.generator_dense_3_b, out=s.z3)
        np.clip(s.z3, -np.inf, 88.0, out=s.fake)
        np.exp(s.fake, out=s.fake)
        np.add(1.0, s.fake, out=s.fake_plus)
        np.divide(s.fake, s.fake_plus, out=s.fake)

        # images = [real; fake]                                  (2 * N, 64)   gan.py:54
        np.concatenate((real, s.fake), axis=0, out=s.images)

        # discriminator.dense_1                                                gan.py:41
        # discriminator_z1 = images W + b                                 (2 * N, 128)
        # discriminator_h1 = relu(discriminator_z1)                       (2 * N, 128)
        np.dot(s.images, p.discriminator_dense_1_W, out=s.discriminator_z1)
        np.add(s.discriminator_z1, p.discriminator_dense_1_b, out=s.discriminator_z1)
        np.clip(s.discriminator_z1, 0.0, np.inf, out=s.discriminator_h1)

        # discriminator.dropout_1                                              gan.py:42
        # h1_dropped = dropout(discriminator_h1)                          (2 * N, 128)
        # discriminator_dropout_1_mask = random >= 0.3                    (2 * N, 128)
        np.multiply(s.discriminator_h1, 1.4285715, out=s.h1_dropped)
        self.rng.dropout_1.random(out=s.discriminator_dropout_1_draw, dtype=np.float32)
        np.greater_equal(
            s.discriminator_dropout_1_draw,
            0.3,
            out=s.discriminator_dropout_1_mask,
        )
        np.multiply(s.h1_dropped, s.discriminator_dropout_1_mask, out=s.h1_dropped)

        # discriminator.dense_2                                                gan.py:43
        # discriminator_z2 = h1_dropped W + b                             (2 * N, 128)
        # discriminator_h2 = relu(discriminator_z2)                       (2 * N, 128)
        np.dot(s.h1_dropped, p.discriminator_dense_2_W, out=s.discriminator_z2)
        np.add(s.discriminator_z2, p.discriminator_dense_2_b, out=s.discriminator_z2)
        np.clip(s.discriminator_z2, 0.0, np.inf, out=s.discriminator_h2)

        # discriminator.dropout_2                                              gan.py:44
        # h2_dropped = dropout(discriminator_h2)                          (2 * N, 128)
        # discriminator_dropout_2_mask = random >= 0.3                    (2 * N, 128)
        np.multiply(s.discriminator_h2, 1.4285715, out=s.h2_dropped)
        self.rng.dropout_2.random(out=s.discriminator_dropout_2_draw, dtype=np.float32)
        np.greater_equal(
            s.discriminator_dropout_2_draw,
            0.3,
            out=s.discriminator_dropout_2_mask,
        )
        np.multiply(s.h2_dropped, s.discriminator_dropout_2_mask, out=s.h2_dropped)

        # discriminator.dense_3: logits = h2_dropped W + b        (2 * N, 1)   gan.py:45
        np.dot(s.h2_dropped, p.discriminator_dense_3_W, out=s.logits)
        np.add(s.logits, p.discriminator_dense_3_b, out=s.logits)

        # binary_cross_entropy                                                 gan.py:55
        # d_loss = mean(softplus(logits) - logits * ones_zeros)                     ()
        np.clip(s.logits, 0.0, np.inf, out=s.logits_maximum)
        np.multiply(s.logits, s.ones_zeros, out=s.logits_times)
        np.subtract(s.logits_maximum, s.logits_times, out=s.logits_minus_times)
        np.abs(s.logits, out=s.logits_abs)
        np.negative(s.logits_abs, out=s.logits_negative)
        np.exp(s.logits_negative, out=s.logits_exp)
        np.log1p(s.logits_exp, out=s.logits_log1p)
        np.add(s.logits_minus_times, s.logits_log1p, out=s.logits_plus_log1p)
        s.logits_plus_log1p.sum(out=s.d_loss)
        np.divide(s.d_loss, 2 * s.n, out=s.d_loss)

        # ---- backward ----------------------------------------------------------------
        # binary_cross_entropy                                                 gan.py:55
        # d_logits = (sigmoid(logits) - ones_zeros) / (2 * N)               (2 * N, 1)
        np.clip(s.logits, -np.inf, 88.0, out=s.d_logits)
        np.exp(s.d_logits, out=s.d_logits)
        np.add(1.0, s.d_logits, out=s.d_logits_plus)
        np.divide(s.d_logits, s.d_logits_plus, out=s.d_logits)
        np.subtract(s.d_logits, s.ones_zeros, out=s.d_logits)
        np.divide(s.d_logits, 2 * s.n, out=s.d_logits)

        # discriminator.dense_3                                                gan.py:45
        # d_b = sum over 2 * N of d_logits                                        (1,)
        # d_W = h2_dropped^T d_logits                                         (128, 1)
        # d_h2_dropped = d_logits W^T                                     (2 * N, 128)
        np.dot(s.ones, s.d_logits, out=d.discriminator_dense_3_b)
        np.dot(s.h2_dropped.T, s.d_logits, out=d.discriminator_dense_3_W)
        np.dot(s.d_logits, p.discriminator_dense_3_W.T, out=s.d_h2_dropped)

        # discriminator.dropout_2                                              gan.py:44
        # d_discriminator_h2 = dropout(d_h2_dropped)                      (2 * N, 128)
        np.multiply(s.d_h2_dropped, 1.4285715, out=s.d_discriminator_h2)
        np.multiply(
            s.d_discriminator_h2,
            s.discriminator_dropout_2_mask,
            out=s.d_discriminator_h2,
        )

        # discriminator.dense_2                                                gan.py:43
        # d_discriminator_z2 = d_discriminator_h2                         (2 * N, 128)
        #     * (discriminator_h2 > 0)
        # d_b = sum over 2 * N of d_discriminator_z2                            (128,)
        # d_W = h1_dropped^T d_discriminator_z2                             (128, 128)
        # d_h1_dropped = d_discriminator_z2 W^T                           (2 * N, 128)
        np.greater(s.discriminator_h2, 0.0, out=s.discriminator_h2_mask)
        np.multiply(
            s.d_discriminator_h2,
            s.discriminator_h2_mask,
            out=s.d_discriminator_z2,
        )
        np.dot(s.ones, s.d_discriminator_z2, out=d.discriminator_dense_2_b)
        np.dot(s.h1_dropped.T, s.d_discriminator_z2, out=d.discriminator_dense_2_W)
        np.dot(s.d_discriminator_z2, p.discriminator_dense_2_W.T, out=s.d_h1_dropped)

        # discriminator.dropout_1                                              gan.py:42
        # d_discriminator_h1 = dropout(d_h1_dropped)                      (2 * N, 128)
        np.multiply(s.d_h1_dropped, 1.4285715, out=s.d_discriminator_h1)
        np.multiply(
            s.d_discriminator_h1,
            s.discriminator_dropout_1_mask,
            out=s.d_discriminator_h1,
        )

        # discriminator.dense_1                                                gan.py:41
        # d_discriminator_z1 = d_discriminator_h1                         (2 * N, 128)
        #     * (discriminator_h1 > 0)
        # d_b = sum over 2 * N of d_discriminator_z1                            (128,)
        # d_W = images^T d_discriminator_z1                                  (64, 128)
        np.greater(s.discriminator_h1, 0.0, out=s.discriminator_h1_mask)
        np.multiply(
            s.d_discriminator_h1,
            s.discriminator_h1_mask,
            out=s.d_discriminator_z1,
        )
        np.dot(s.ones, s.d_discriminator_z1, out=d.discriminator_dense_1_b)
        np.dot(s.images.T, s.d_discriminator_z1, out=d.discriminator_dense_1_W)

        return s.d_loss[()]

    def _d_step_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        params = p.flat[0:24961]
        momentum = self.momentum.flat[0:24961]
        grads = d.flat[0:24961]
        squares = self.squares.flat[0:24961]
        discriminator_adam_step = int(self.state.discriminator_adam_step)
        # ---- update ------------------------------------------------------------------
        # discriminator_adam                                                   gan.py:57
        #   momentum and squares are without the factor 1 - beta
        # momentum' = 0.5 * momentum + grads                                  (24961,)
        # squares' = 0.999 * squares + square(grads)                          (24961,)
        # params' = params                                                    (24961,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_discriminator_adam_step = discriminator_adam_step + 1
        t = discriminator_adam_step + 1.0
        c = math.sqrt((1.0 - 0.999**t) / 0.001)
        alpha_t = 0.0005 * c * (0.5 / (1.0 - 0.5**t))
        with _Whole():  # no interruption may leave this half done
            np.multiply(0.5, momentum, out=momentum)
            np.add(momentum, grads, out=momentum)
            np.multiply(0.999, squares, out=squares)
            np.square(grads, out=s.grads_square)
            np.add(squares, s.grads_square, out=squares)
            np.sqrt(squares, out=s.new_squares_sqrt)
            epsilon_t = 1e-08 * c
            np.add(s.new_squares_sqrt, epsilon_t, out=s.new_squares_plus)
            np.divide(momentum, s.new_squares_plus, out=s.new_momentum_over)
            np.multiply(alpha_t, s.new_momentum_over, out=s.alpha_t_times)
            np.subtract(params, s.alpha_t_times, out=params)
            self.state.discriminator_adam_step[...] = new_discriminator_adam_step

    def _d_step_slots(self, real):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._d_step[real.dtype, real.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_d_step(real)

    def _plan_d_step(self, real):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("real", real, np.float32, ("N", 64), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.noise = _Buffer(0, 1, np.float32, (n, 32))
        s.generator_z1 = s.generator_h1 = _Buffer(1, 2, np.float32, (n, 128))
        s.generator_z2 = s.generator_h2 = _Buffer(2, 3, np.float32, (n, 128))
        s.z3 = s.fake = _Buffer(3, 5, np.float32, (n, 64))
        s.fake_plus = _Buffer(4, 4, np.float32, (n, 64))
        s.images = _Buffer(5, 23, np.float32, (2 * n, 64))
        s.discriminator_z1 = _Buffer(6, 23, np.float32, (2 * n, 128))
        s.discriminator_h1 = s.discriminator_z1
        s.h1_dropped = _Buffer(7, 21, np.float32, (2 * n, 128))
        s.discriminator_dropout_1_draw = _Buffer(8, 9, np.float32, (2 * n, 128))
        s.discriminator_dropout_1_mask = _Buffer(9, 22, np.bool_, (2 * n, 128))
        s.discriminator_z2 = _Buffer(10, 21, np.float32, (2 * n, 128))
        s.discriminator_h2 = s.discriminator_z2
        s.h2_dropped = _Buffer(11, 19, np.float32, (2 * n, 128))
        s.discriminator_dropout_2_draw = _Buffer(12, 13, np.float32, (2 * n, 128))
        s.discriminator_dropout_2_mask = _Buffer(13, 20, np.bool_, (2 * n, 128))
        s.logits = s.d_logits = _Buffer(14, 20, np.float32, (2 * n, 1))
        s.logits_maximum = s.logits_plus_log1p = _Buffer(15, 18, np.float32, (2 * n, 1))
        s.logits_times = _Buffer(16, 16, np.float32, (2 * n, 1))
        s.logits_minus_times = s.logits_maximum
        s.logits_abs = s.logits_negative = _Buffer(17, 17, np.float32, (2 * n, 1))
        s.logits_exp = s.logits_abs
        s.logits_log1p = s.logits_abs
        s.d_loss = _Buffer(18, 23, np.float32, ())
        s.d_logits_plus = _Buffer(19, 19, np.float32, (2 * n, 1))
        s.d_h2_dropped = _Buffer(20, 22, np.float32, (2 * n, 128))
        s.d_discriminator_h2 = s.d_h2_dropped
        s.discriminator_h2_mask = _Buffer(21, 21, np.bool_, (2 * n, 128))
        s.d_discriminator_z2 = s.d_h2_dropped
        s.d_h1_dropped = _Buffer(22, 23, np.float32, (2 * n, 128))
        s.d_discriminator_h1 = s.d_h1_dropped
        s.discriminator_h1_mask = _Buffer(23, 23, np.bool_, (2 * n, 128))
        s.d_discriminator_z1 = s.d_h1_dropped
        s.grads_square = _Buffer(24, 24, np.float32, (24961,))
        s.new_squares_sqrt = s.new_squares_plus = _Buffer(25, 25, np.float32, (24961,))
        s.new_momentum_over = s.new_squares_sqrt
        s.alpha_t_times = s.new_squares_sqrt
        self._lay_out(s)
        s.ones_view = np.broadcast_to(np.float32(1.0), (n, 1))
        s.zeros_view = np.broadcast_to(np.float32(0.0), (n, 1))
        s.ones_zeros = np.concatenate((s.ones_view, s.zeros_view))
        s.ones = np.ones((2 * n,), dtype=np.float32)
        self._d_step[real.dtype, real.shape] = s
        return s

    def g_step(self):
        """Returns g_loss; changes generator, generator_adam."""
        s = self._g_step_slots()
        g_loss = self._g_step_backward(s)
        self._g_step_update(s)
        return {"g_loss": g_loss}

    def _g_step_backward(self, s):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # noise = gauss                                             (64, 32)   gan.py:61
        self.rng.normal_2.standard_normal(out=s.noise, dtype=np.float32)

        # generator.dense_1                                                    gan.py:33
        # generator_z1 = noise W + b                                         (64, 128)
        # generator_h1 = relu(generator_z1)                                  (64, 128)
        np.dot(s.noise, p.generator_dense_1_W, out=s.generator_z1)
        np.add(s.generator_z1, p.generator_dense_1_b, out=s.generator_z1)
        np.clip(s.generator_z1, 0.0, np.inf, out=s.generator_h1)

        # generator.dense_2                                                    gan.py:34
        # generator_z2 = generator_h1 W + b                                  (64, 128)
        # generator_h2 = relu(generator_z2)                                  (64, 128)
        np.dot(s.generator_h1, p.generator_dense_2_W, out=s.generator_z2)
        np.add(s.generator_z2, p.generator_dense_2_b, out=s.generator_z2)
        np.clip(s.generator_z2, 0.0, np.inf, out=s.generator_h2)

        # generator.dense_3                                                    gan.py:35
        # z3 = generator_h2 W + b                                             (64, 64)
        # generator_fake = sigmoid(z3)                                        (64, 64)
        # generator_fake_plus = 1 + exp(minimum(z3, 88))                      (64, 64)
        np.dot(s.generator_h2, p.generator_dense_3_W, out=s.z3)
        np.add(s.z3, p.generator_dense_3_b, out=s.z3)
        np.clip(s.z3, -np.inf, 88.0, out=s.generator_fake)
        np.exp(s.generator_fake, out=s.generator_fake)
        np.add(1.0, s.generator_fake, out=s.generator_fake_plus)
        np.divide(s.generator_fake, s.generator_fake_plus, out=s.generator_fake)

        # discriminator.dense_1: discriminator_z1 = generator_fake W     (64, 128)   :41
        np.dot(s.generator_fake, p.discriminator_dense_1_W, out=s.discriminator_z1)

        # generator.dense_3                                                    gan.py:35
        # generator_fake_slope = generator_fake * sigmoid(-z3)                (64, 64)
        np.divide(1.0, s.generator_fake_plus, out=s.generator_fake_over_plus)
        np.multiply(
            s.generator_fake,
            s.generator_fake_over_plus,
            out=s.generator_fake_slope,
        )

        # discriminator.dense_1                                                gan.py:41
        # discriminator_z1 = generator_fake W + b                            (64, 128)
        # discriminator_h1 = relu(discriminator_z1)                          (64, 128)
        np.add(s.discriminator_z1, p.discriminator_dense_1_b, out=s.discriminator_z1)
        np.clip(s.discriminator_z1, 0.0, np.inf, out=s.discriminator_h1)

        # discriminator.dropout_1                                              gan.py:42
        # h1_dropped = dropout(discriminator_h1)                             (64, 128)
        # discriminator_dropout_1_mask = random >= 0.3                       (64, 128)
        np.multiply(s.discriminator_h1, 1.4285715, out=s.h1_dropped)
        self.rng.dropout_1_2.random(
            out=s.discriminator_dropout_1_draw,
            dtype=np.float32,
        )
        np.greater_equal(
            s.discriminator_dropout_1_draw,
            0.3,
            out=s.discriminator_dropout_1_mask,
        )
        np.multiply(s.h1_dropped, s.discriminator_dropout_1_mask, out=s.h1_dropped)

        # discriminator.dense_2                                                gan.py:43
        # discriminator_z2 = h1_dropped W + b                                (64, 128)
        # discriminator_h2 = relu(discriminator_z2)                          (64, 128)
        np.dot(s.h1_dropped, p.discriminator_dense_2_W, out=s.discriminator_z2)
        np.add(s.discriminator_z2, p.discriminator_dense_2_b, out=s.discriminator_z2)
        np.clip(s.discriminator_z2, 0.0, np.inf, out=s.discriminator_h2)

        # discriminator.dropout_2                                              gan.py:44
        # h2_dropped = dropout(discriminator_h2)                             (64, 128)
        # discriminator_dropout_2_mask = random >= 0.3                       (64, 128)
        np.multiply(s.discriminator_h2, 1.4285715, out=s.h2_dropped)
        self.rng.dropout_2_2.random(
            out=s.discriminator_dropout_2_draw,
            dtype=np.float32,
        )
        np.greater_equal(
            s.discriminator_dropout_2_draw,
            0.3,
            out=s.discriminator_dropout_2_mask,
        )
        np.multiply(s.h2_dropped, s.discriminator_dropout_2_mask, out=s.h2_dropped)

        # discriminator.dense_3: logits = h2_dropped W + b           (64, 1)   gan.py:45
        np.dot(s.h2_dropped, p.discriminator_dense_3_W, out=s.logits)
        np.add(s.logits, p.discriminator_dense_3_b, out=s.logits)

        # binary_cross_entropy: g_loss = mean(softplus(-logits))          ()   gan.py:62
        np.negative(s.logits, out=s.logits_negative)
        np.clip(s.logits_negative, 0.0, np.inf, out=s.logits_maximum)
        np.abs(s.logits_negative, out=s.logits_abs)
        np.negative(s.logits_abs, out=s.logits_negative)
        np.exp(s.logits_negative, out=s.logits_exp)
        np.log1p(s.logits_exp, out=s.logits_log1p)
        np.add(s.logits_maximum, s.logits_log1p, out=s.logits_plus_log1p)
        s.logits_plus_log1p.sum(out=s.g_loss)
        np.divide(s.g_loss, 64.0, out=s.g_loss)

        # ---- backward ----------------------------------------------------------------
        # binary_cross_entropy                                                 gan.py:62
        # d_logits = -0.015625 + 0.015625 * sigmoid(logits)                    (64, 1)
        np.clip(s.logits, -np.inf, 88.0, out=s.d_logits)
        np.exp(s.d_logits, out=s.d_logits)
        np.add(1.0, s.d_logits, out=s.d_logits_plus)
        np.divide(s.d_logits, s.d_logits_plus, out=s.d_logits)
        np.multiply(0.015625, s.d_logits, out=s.d_logits)
        np.add(-0.015625, s.d_logits, out=s.d_logits)

        # discriminator.dense_3: d_h2_dropped = d_logits W^T       (64, 128)   gan.py:45
        np.dot(s.d_logits, p.discriminator_dense_3_W.T, out=s.d_h2_dropped)

        # discriminator.dropout_2                                              gan.py:44
        # d_discriminator_h2 = dropout(d_h2_dropped)                         (64, 128)
        np.multiply(s.d_h2_dropped, 1.4285715, out=s.d_discriminator_h2)
        np.multiply(
            s.d_discriminator_h2,
            s.discriminator_dropout_2_mask,
            out=s.d_discriminator_h2,
        )

        # discriminator.dense_2                                                gan.py:43
        # d_discriminator_z2 = d_discriminator_h2 * (discriminator_h2 > 0)   (64, 128)
        # d_h1_dropped = d_discriminator_z2 W^T                              (64, 128)
        np.greater(s.discriminator_h2, 0.0, out=s.discriminator_h2_mask)
        np.multiply(
            s.d_discriminator_h2,
            s.discriminator_h2_mask,
            out=s.d_discriminator_z2,
        )
        np.dot(s.d_discriminator_z2, p.discriminator_dense_2_W.T, out=s.d_h1_dropped)

        # discriminator.dropout_1                                              gan.py:42
        # d_discriminator_h1 = dropout(d_h1_dropped)                         (64, 128)
        np.multiply(s.d_h1_dropped, 1.4285715, out=s.d_discriminator_h1)
        np.multiply(
            s.d_discriminator_h1,
            s.discriminator_dropout_1_mask,
            out=s.d_discriminator_h1,
        )

        # discriminator.dense_1                                                gan.py:41
        # d_discriminator_z1 = d_discriminator_h1 * (discriminator_h1 > 0)   (64, 128)
        # d_discriminator_fake = d_discriminator_z1 W^T                       (64, 64)
        np.greater(s.discriminator_h1, 0.0, out=s.discriminator_h1_mask)
        np.multiply(
            s.d_discriminator_h1,
            s.discriminator_h1_mask,
            out=s.d_discriminator_z1,
        )
        np.dot(
            s.d_discriminator_z1,
            p.discriminator_dense_1_W.T,
            out=s.d_discriminator_fake,
        )

        # generator.dense_3                                                    gan.py:35
        # d_z3 = d_discriminator_fake * generator_fake_slope                  (64, 64)
        # d_b = sum over 64 of d_z3                                              (64,)
        # d_W = generator_h2^T d_z3                                          (128, 64)
        # d_generator_h2 = d_z3 W^T                                          (64, 128)
        np.multiply(s.d_discriminator_fake, s.generator_fake_slope, out=s.d_z3)
        np.dot(s.ones, s.d_z3, out=d.generator_dense_3_b)
        np.dot(s.generator_h2.T, s.d_z3, out=d.generator_dense_3_W)
        np.dot(s.d_z3, p.generator_dense_3_W.T, out=s.d_generator_h2)

        # generator.dense_2                                                    gan.py:34
        # d_generator_z2 = d_generator_h2 * (generator_h2 > 0)               (64, 128)
        # d_b = sum over 64 of d_generator_z2                                   (128,)
        # d_W = generator_h1^T d_generator_z2                               (128, 128)
        # d_generator_h1 = d_generator_z2 W^T                                (64, 128)
        np.greater(s.generator_h2, 0.0, out=s.generator_h2_mask)
        np.multiply(s.d_generator_h2, s.generator_h2_mask, out=s.d_generator_z2)
        np.dot(s.ones, s.d_generator_z2, out=d.generator_dense_2_b)
        np.dot(s.generator_h1.T, s.d_generator_z2, out=d.generator_dense_2_W)
        np.dot(s.d_generator_z2, p.generator_dense_2_W.T, out=s.d_generator_h1)

        # generator.dense_1                                                    gan.py:33
        # d_generator_z1 = d_generator_h1 * (generator_h1 > 0)               (64, 128)
        # d_b = sum over 64 of d_generator_z1                                   (128,)
        # d_W = noise^T d_generator_z1                                       (32, 128)
        np.greater(s.generator_h1, 0.0, out=s.generator_h1_mask)
        np.multiply(s.d_generator_h1, s.generator_h1_mask, out=s.d_generator_z1)
        np.dot(s.ones, s.d_generator_z1, out=d.generator_dense_1_b)
        np.dot(s.noise.T, s.d_generator_z1, out=d.generator_dense_1_W)

        return s.g_loss[()]

    def _g_step_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        params = p.flat[24961:53953]
        momentum = self.momentum.flat[24961:53953]
        grads = d.flat[24961:53953]
        squares = self.squares.flat[24961:53953]
        generator_adam_step = int(self.state.generator_adam_step)
        # ---- update ------------------------------------------------------------------
        # generator_adam                                                       gan.py:64
        #   momentum and squares are without the factor 1 - beta
        # momentum' = 0.5 * momentum + grads                                  (28992,)
        # squares' = 0.999 * squares + square(grads)                          (28992,)
        # params' = params                                                    (28992,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_generator_adam_step = generator_adam_step + 1
        t = generator_adam_step + 1.0
        c = math.sqrt((1.0 - 0.999**t) / 0.001)
        alpha_t = 0.0005 * c * (0.5 / (1.0 - 0.5**t))
        with _Whole():  # no interruption may leave this half done
            np.multiply(0.5, momentum, out=momentum)
            np.add(momentum, grads, out=momentum)
            np.multiply(0.999, squares, out=squares)
            np.square(grads, out=s.grads_square)
            np.add(squares, s.grads_square, out=squares)
            np.sqrt(squares, out=s.new_squares_sqrt)
            epsilon_t = 1e-08 * c
            np.add(s.new_squares_sqrt, epsilon_t, out=s.new_squares_plus)
            np.divide(momentum, s.new_squares_plus, out=s.new_momentum_over)
            np.multiply(alpha_t, s.new_momentum_over, out=s.alpha_t_times)
            np.subtract(params, s.alpha_t_times, out=params)
            self.state.generator_adam_step[...] = new_generator_adam_step

    def _g_step_slots(self):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._g_step["always"]
        except (AttributeError, KeyError, TypeError):
            return self._plan_g_step()

    def _plan_g_step(self):
        """Check the arguments and lay out every buffer for their shapes."""
        s = SimpleNamespace()
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.noise = _Buffer(0, 26, np.float32, (64, 32))
        s.generator_z1 = s.generator_h1 = _Buffer(1, 26, np.float32, (64, 128))
        s.generator_z2 = s.generator_h2 = _Buffer(2, 24, np.float32, (64, 128))
        s.z3 = s.generator_fake = _Buffer(3, 22, np.float32, (64, 64))
        s.generator_fake_plus = _Buffer(4, 5, np.float32, (64, 64))
        s.discriminator_z1 = s.discriminator_h1 = _Buffer(5, 21, np.float32, (64, 128))
        s.generator_fake_over_plus = s.generator_fake_plus
        s.generator_fake_slope = s.z3
        s.h1_dropped = _Buffer(6, 9, np.float32, (64, 128))
        s.discriminator_dropout_1_draw = _Buffer(7, 8, np.float32, (64, 128))
        s.discriminator_dropout_1_mask = _Buffer(8, 20, np.bool_, (64, 128))
        s.discriminator_z2 = s.discriminator_h2 = _Buffer(9, 19, np.float32, (64, 128))
        s.h2_dropped = _Buffer(10, 13, np.float32, (64, 128))
        s.discriminator_dropout_2_draw = _Buffer(11, 12, np.float32, (64, 128))
        s.discriminator_dropout_2_mask = _Buffer(12, 18, np.bool_, (64, 128))
        s.logits = s.d_logits = _Buffer(13, 18, np.float32, (64, 1))
        s.logits_negative = s.logits_abs = _Buffer(14, 15, np.float32, (64, 1))
        s.logits_maximum = s.logits_plus_log1p = _Buffer(15, 16, np.float32, (64, 1))
        s.logits_exp = s.logits_negative
        s.logits_log1p = s.logits_negative
        s.g_loss = _Buffer(16, 26, np.float32, ())
        s.d_logits_plus = _Buffer(17, 17, np.float32, (64, 1))
        s.d_h2_dropped = s.d_discriminator_h2 = _Buffer(18, 20, np.float32, (64, 128))
        s.discriminator_h2_mask = _Buffer(19, 19, np.bool_, (64, 128))
        s.d_discriminator_z2 = s.d_h2_dropped
        s.d_h1_dropped = s.d_discriminator_h1 = _Buffer(20, 22, np.float32, (64, 128))
        s.discriminator_h1_mask = _Buffer(21, 21, np.bool_, (64, 128))
        s.d_discriminator_z1 = s.d_h1_dropped
        s.d_discriminator_fake = s.d_z3 = _Buffer(22, 23, np.float32, (64, 64))
        s.d_generator_h2 = s.d_generator_z2 = _Buffer(23, 25, np.float32, (64, 128))
        s.generator_h2_mask = _Buffer(24, 24, np.bool_, (64, 128))
        s.d_generator_h1 = s.d_generator_z1 = _Buffer(25, 26, np.float32, (64, 128))
        s.generator_h1_mask = _Buffer(26, 26, np.bool_, (64, 128))
        s.grads_square = _Buffer(27, 27, np.float32, (28992,))
        s.new_squares_sqrt = s.new_squares_plus = _Buffer(28, 28, np.float32, (28992,))
        s.new_momentum_over = s.new_squares_sqrt
        s.alpha_t_times = s.new_squares_sqrt
        self._lay_out(s)
        s.ones = np.ones((64,), dtype=np.float32)
        self._g_step["always"] = s
        return s

    def sample(self, noise):
        """Returns images.

        noise: float32 (N, 32)
        """
        s = self._sample_slots(noise)
        images = self._sample_body(s, noise)
        return {"images": images.copy()}

    def _sample_body(self, s, noise):
        """The computation of sample."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # generator.dense_1                                                    gan.py:33
        # z1 = noise W + b                                                    (N, 128)
        # h1 = relu(z1)                                                       (N, 128)
        np.dot(noise, p.generator_dense_1_W, out=s.z1)
        np.add(s.z1, p.generator_dense_1_b, out=s.z1)
        np.clip(s.z1, 0.0, np.inf, out=s.h1)

        # generator.dense_2                                                    gan.py:34
        # z2 = h1 W + b                                                       (N, 128)
        # h2 = relu(z2)                                                       (N, 128)
        np.dot(s.h1, p.generator_dense_2_W, out=s.z2)
        np.add(s.z2, p.generator_dense_2_b, out=s.z2)
        np.clip(s.z2, 0.0, np.inf, out=s.h2)

        # generator.dense_3                                                    gan.py:35
        # z3 = h2 W + b                                                        (N, 64)
        # images = sigmoid(z3)                                                 (N, 64)
        np.dot(s.h2, p.generator_dense_3_W, out=s.z3)
        np.add(s.z3, p.generator_dense_3_b, out=s.z3)
        np.clip(s.z3, -np.inf, 88.0, out=s.images)
        np.exp(s.images, out=s.images)
        np.add(1.0, s.images, out=s.images_plus)
        np.divide(s.images, s.images_plus, out=s.images)

        return s.images

    def _sample_slots(self, noise):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._sample[noise.dtype, noise.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_sample(noise)

    def _plan_sample(self, noise):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("noise", noise, np.float32, ("N", 32), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 1, np.float32, (n, 128))
        s.z2 = s.h2 = _Buffer(1, 2, np.float32, (n, 128))
        s.z3 = s.images = _Buffer(2, 3, np.float32, (n, 64))
        s.images_plus = _Buffer(3, 3, np.float32, (n, 64))
        self._lay_out(s)
        self._sample[noise.dtype, noise.shape] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._d_step, self._g_step, self._sample):
            if grows or len(buffers) >= 16:  # forget old shapes
                buffers.clear()
        return self._arena[-self._arena.ctypes.data % 64 :]

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

    def state_dict(self):
        """A copy of everything that training changes, by name."""
        state = {}
        for name, (group, attribute) in self.STATES.items():
            state[name] = getattr(getattr(self, group), attribute).copy()
        for name, rng in vars(self.rng).items():
            state[f"rng.{name}"] = _generator_state(rng)
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
        for name, rng in vars(self.rng).items():
            _set_generator_state(rng, arrays[f"rng.{name}"])

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
    """An independent random stream."""
    return np.random.Generator(np.random.SFC64([seed, stream]))


def _generator_state(rng):
    state = rng.bit_generator.state
    words = [*state["state"]["state"], state["has_uint32"], state["uinteger"]]
    return np.array([int(word) for word in words], dtype=np.uint64)


def _set_generator_state(rng, words):
    state = rng.bit_generator.state
    state["state"]["state"] = words[:4].copy()
    state["has_uint32"], state["uinteger"] = int(words[4]), int(words[5])
    rng.bit_generator.state = state


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
