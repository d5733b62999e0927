"""vae: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 33,604 in 14 arrays

    from vae import Vae

    m = Vae(seed=0)
    m.train_step(x)  # Returns loss; changes encoder, to_mean, to_log_var, decod...
    m.bound(x)       # Returns elbo, reconstruction, kl.
    m.encode(x)      # Returns mean, log_var.
    m.decode(z)      # Returns images.
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class Vae:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "vae"
    FINGERPRINT = "285dc3750a995faa"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "encoder.dense_1.W": ("params", "encoder_dense_1_W"),
        "encoder.dense_1.b": ("params", "encoder_dense_1_b"),
        "encoder.dense_2.W": ("params", "encoder_dense_2_W"),
        "encoder.dense_2.b": ("params", "encoder_dense_2_b"),
        "to_mean.W": ("params", "to_mean_W"),
        "to_mean.b": ("params", "to_mean_b"),
        "to_log_var.W": ("params", "to_log_var_W"),
        "to_log_var.b": ("params", "to_log_var_b"),
        "decoder.dense_1.W": ("params", "decoder_dense_1_W"),
        "decoder.dense_1.b": ("params", "decoder_dense_1_b"),
        "decoder.dense_2.W": ("params", "decoder_dense_2_W"),
        "decoder.dense_2.b": ("params", "decoder_dense_2_b"),
        "decoder.dense_3.W": ("params", "decoder_dense_3_W"),
        "decoder.dense_3.b": ("params", "decoder_dense_3_b"),
        "encoder.dense_1.W.momentum": ("momentum", "encoder_dense_1_W"),
        "encoder.dense_1.b.momentum": ("momentum", "encoder_dense_1_b"),
        "encoder.dense_2.W.momentum": ("momentum", "encoder_dense_2_W"),
        "encoder.dense_2.b.momentum": ("momentum", "encoder_dense_2_b"),
        "to_mean.W.momentum": ("momentum", "to_mean_W"),
        "to_mean.b.momentum": ("momentum", "to_mean_b"),
        "to_log_var.W.momentum": ("momentum", "to_log_var_W"),
        "to_log_var.b.momentum": ("momentum", "to_log_var_b"),
        "decoder.dense_1.W.momentum": ("momentum", "decoder_dense_1_W"),
        "decoder.dense_1.b.momentum": ("momentum", "decoder_dense_1_b"),
        "decoder.dense_2.W.momentum": ("momentum", "decoder_dense_2_W"),
        "decoder.dense_2.b.momentum": ("momentum", "decoder_dense_2_b"),
        "decoder.dense_3.W.momentum": ("momentum", "decoder_dense_3_W"),
        "decoder.dense_3.b.momentum": ("momentum", "decoder_dense_3_b"),
        "encoder.dense_1.W.squares": ("squares", "encoder_dense_1_W"),
        "encoder.dense_1.b.squares": ("squares", "encoder_dense_1_b"),
        "encoder.dense_2.W.squares": ("squares", "encoder_dense_2_W"),
        "encoder.dense_2.b.squares": ("squares", "encoder_dense_2_b"),
        "to_mean.W.squares": ("squares", "to_mean_W"),
        "to_mean.b.squares": ("squares", "to_mean_b"),
        "to_log_var.W.squares": ("squares", "to_log_var_W"),
        "to_log_var.b.squares": ("squares", "to_log_var_b"),
        "decoder.dense_1.W.squares": ("squares", "decoder_dense_1_W"),
        "decoder.dense_1.b.squares": ("squares", "decoder_dense_1_b"),
        "decoder.dense_2.W.squares": ("squares", "decoder_dense_2_W"),
        "decoder.dense_2.b.squares": ("squares", "decoder_dense_2_b"),
        "decoder.dense_3.W.squares": ("squares", "decoder_dense_3_W"),
        "decoder.dense_3.b.squares": ("squares", "decoder_dense_3_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(33604, np.float32),
            {
                "encoder_dense_1_W": (64, 128),
                "encoder_dense_1_b": (128,),
                "encoder_dense_2_W": (128, 64),
                "encoder_dense_2_b": (64,),
                "to_mean_W": (64, 2),
                "to_mean_b": (2,),
                "to_log_var_W": (64, 2),
                "to_log_var_b": (2,),
                "decoder_dense_1_W": (2, 64),
                "decoder_dense_1_b": (64,),
                "decoder_dense_2_W": (64, 128),
                "decoder_dense_2_b": (128,),
                "decoder_dense_3_W": (128, 64),
                "decoder_dense_3_b": (64,),
            },
        )
        self.grads = _Views(_vector(33604, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(33604, np.float32), self.params.shapes)
        self.squares = _Views(_vector(33604, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=np.zeros((), dtype=np.int64))
        self.rng = SimpleNamespace(normal=_generator(seed, 1))
        self._arena = np.empty(0, dtype=np.uint8)
        self._train_step = {}  # buffers by the arguments' shapes
        self._bound = {}  # buffers by the arguments' shapes
        self._encode = {}  # buffers by the arguments' shapes
        self._decode = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        encoder_dense_1_noise = rng.standard_normal((64, 128), dtype=np.float32)
        p.encoder_dense_1_W[...] = encoder_dense_1_noise * 0.17677669
        encoder_dense_2_noise = rng.standard_normal((128, 64), dtype=np.float32)
        p.encoder_dense_2_W[...] = encoder_dense_2_noise * 0.125
        to_mean_draw = rng.random((64, 2), dtype=np.float32)
        p.to_mean_W[...] = to_mean_draw * 0.6030227 + -0.30151135
        to_log_var_draw = rng.random((64, 2), dtype=np.float32)
        p.to_log_var_W[...] = to_log_var_draw * 0.6030227 + -0.30151135
        p.decoder_dense_1_W[...] = rng.standard_normal((2, 64), dtype=np.float32)
        decoder_dense_2_noise = rng.standard_normal((64, 128), dtype=np.float32)
        p.decoder_dense_2_W[...] = decoder_dense_2_noise * 0.17677669
        decoder_dense_3_draw = rng.random((128, 64), dtype=np.float32)
        p.decoder_dense_3_W[...] = decoder_dense_3_draw * 0.35355338 + -0.17677669

    def train_step(self, x):
        """Returns loss; changes encoder, to_mean, to_log_var, decoder, adam.

        x: float32 (N, 64)
        """
        s = self._train_step_slots(x)
        loss = self._train_step_backward(s, x)
        self._train_step_update(s)
        return {"loss": loss}

    def _train_step_backward(self, s, x):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # encoder.dense_1                                                      vae.py:34
        # encoder_z1 = x W + b                                                (N, 128)
        # encoder_h1 = relu(encoder_z1)                                       (N, 128)
        np.dot(x, p.encoder_dense_1_W, out=s.encoder_z1)
        np.add(s.encoder_z1, p.encoder_dense_1_b, out=s.encoder_z1)
        np.clip(s.encoder_z1, 0.0, np.inf, out=s.encoder_h1)

        # encoder.dense_2                                                      vae.py:34
        # encoder_z2 = encoder_h1 W + b                                        (N, 64)
        # h = relu(encoder_z2)                                                 (N, 64)
        np.dot(s.encoder_h1, p.encoder_dense_2_W, out=s.encoder_z2)
        np.add(s.encoder_z2, p.encoder_dense_2_b, out=s.encoder_z2)
        np.clip(s.encoder_z2, 0.0, np.inf, out=s.h)

        # to_mean: mean = h W + b                                     (N, 2)   vae.py:36
        np.dot(s.h, p.to_mean_W, out=s.mean)
        np.add(s.mean, p.to_mean_b, out=s.mean)

        # to_log_var: log_var = h W + b                               (N, 2)   vae.py:36
        np.dot(s.h, p.to_log_var_W, out=s.log_var)
        np.add(s.log_var, p.to_log_var_b, out=s.log_var)

        # vae.py:50
        # noise = gauss                                                           (N, 2)
        # z = mean + exp(0.5 * log_var) * noise                                   (N, 2)
        # log_var_exp = exp(0.5 * log_var)                                        (N, 2)
        np.multiply(0.5, s.log_var, out=s.log_var_times)
        np.exp(s.log_var_times, out=s.log_var_exp)
        self.rng.normal.standard_normal(out=s.noise, dtype=np.float32)
        np.multiply(s.log_var_exp, s.noise, out=s.z)
        np.add(s.mean, s.z, out=s.z)

        # decoder.dense_1                                                      vae.py:39
        # decoder_z1 = z W + b                                                 (N, 64)
        # decoder_h1 = relu(decoder_z1)                                        (N, 64)
        np.dot(s.z, p.decoder_dense_1_W, out=s.decoder_z1)
        np.add(s.decoder_z1, p.decoder_dense_1_b, out=s.decoder_z1)
        np.clip(s.decoder_z1, 0.0, np.inf, out=s.decoder_h1)

        # decoder.dense_2                                                      vae.py:40
        # decoder_z2 = decoder_h1 W + b                                       (N, 128)
        # h2 = relu(decoder_z2)                                               (N, 128)
        np.dot(s.decoder_h1, p.decoder_dense_2_W, out=s.decoder_z2)
        np.add(s.decoder_z2, p.decoder_dense_2_b, out=s.decoder_z2)
        np.clip(s.decoder_z2, 0.0, np.inf, out=s.h2)

        # decoder.dense_3: logits = h2 W + b                         (N, 64)   vae.py:41
        np.dot(s.h2, p.decoder_dense_3_W, out=s.logits)
        np.add(s.logits, p.decoder_dense_3_b, out=s.logits)

        # binary_cross_entropy                                                 vae.py:54
        # cross_entropy = softplus(logits) - logits * x                        (N, 64)
        np.clip(s.logits, 0.0, np.inf, out=s.cross_entropy)
        np.multiply(s.logits, x, out=s.logits_times)
        np.subtract(s.cross_entropy, s.logits_times, out=s.cross_entropy)
        np.abs(s.logits, out=s.logits_abs)
        np.negative(s.logits_abs, out=s.logits_negative)
        np.exp(s.logits_negative, out=s.logits_exp)
        np.log1p(s.logits_exp, out=s.logits_log1p)
        np.add(s.cross_entropy, s.logits_log1p, out=s.cross_entropy)

        # reconstruction = mean(sum(cross_entropy, axis 1))               ()   vae.py:56
        np.dot(s.cross_entropy, s.ones, out=s.cross_entropy_row_sum)
        s.cross_entropy_row_sum.sum(out=s.reconstruction)
        np.divide(s.reconstruction, s.n, out=s.reconstruction)

        # kl_normal                                                            vae.py:57
        # kl = mean(0.5 * sum(expm1(log_var) - log_var + square(mean), axis 1))     ()
        np.expm1(s.log_var, out=s.log_var_expm1)
        np.subtract(s.log_var_expm1, s.log_var, out=s.log_var_minus)
        np.square(s.mean, out=s.mean_square)
        np.add(s.log_var_minus, s.mean_square, out=s.log_var_plus)
        s.log_var_plus.sum(axis=1, out=s.log_var_sum)
        np.multiply(0.5, s.log_var_sum, out=s.log_var_times_sum)
        s.log_var_times_sum.sum(out=s.kl)
        np.divide(s.kl, s.n, out=s.kl)

        # loss = reconstruction + kl                                      ()   vae.py:58
        np.add(s.reconstruction, s.kl, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # binary_cross_entropy: d_logits = (sigmoid(logits) - x) / N       (N, 64)   :54
        np.clip(s.logits, -np.inf, 88.0, out=s.d_logits)
        np.exp(s.d_logits, out=s.d_logits)
        np.add(1.0, s.d_logits, out=s.d_logits_plus)
        np.divide(s.d_logits, s.d_logits_plus, out=s.d_logits)
        np.subtract(s.d_logits, x, out=s.d_logits)
        np.divide(s.d_logits, s.n, out=s.d_logits)

        # decoder.dense_3                                                      vae.py:41
        # d_b = sum over N of d_logits                                           (64,)
        # d_W = h2^T d_logits                                                (128, 64)
        # d_h2 = d_logits W^T                                                 (N, 128)
        np.dot(s.ones_2, s.d_logits, out=d.decoder_dense_3_b)
        np.dot(s.h2.T, s.d_logits, out=d.decoder_dense_3_W)
        np.dot(s.d_logits, p.decoder_dense_3_W.T, out=s.d_h2)

        # decoder.dense_2                                                      vae.py:40
        # d_decoder_z2 = d_h2 * (h2 > 0)                                      (N, 128)
        # d_b = sum over N of d_decoder_z2                                      (128,)
        # d_W = decoder_h1^T d_decoder_z2                                    (64, 128)
        # d_decoder_h1 = d_decoder_z2 W^T                                      (N, 64)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_decoder_z2)
        np.dot(s.ones_2, s.d_decoder_z2, out=d.decoder_dense_2_b)
        np.dot(s.decoder_h1.T, s.d_decoder_z2, out=d.decoder_dense_2_W)
        np.dot(s.d_decoder_z2, p.decoder_dense_2_W.T, out=s.d_decoder_h1)

        # decoder.dense_1                                                      vae.py:39
        # d_decoder_z1 = d_decoder_h1 * (decoder_h1 > 0)                       (N, 64)
        # d_b = sum over N of d_decoder_z1                                       (64,)
        # d_W = z^T d_decoder_z1                                               (2, 64)
        np.greater(s.decoder_h1, 0.0, out=s.decoder_h1_mask)
        np.multiply(s.d_decoder_h1, s.decoder_h1_mask, out=s.d_decoder_z1)
        np.dot(s.ones_2, s.d_decoder_z1, out=d.decoder_dense_1_b)
        np.dot(s.z.T, s.d_decoder_z1, out=d.decoder_dense_1_W)

        # kl_normal: log_var_minus_2 = 0.5 / N * exp(log_var) - 0.5 / N     (N, 2)   :57
        np.exp(s.log_var, out=s.log_var_exp_2)
        np.multiply(0.5 / s.n, s.log_var_exp_2, out=s.log_var_times_exp_2)
        np.subtract(s.log_var_times_exp_2, 0.5 / s.n, out=s.log_var_minus_2)

        # decoder.dense_1: d_z = d_decoder_z1 W^T                     (N, 2)   vae.py:39
        np.dot(s.d_decoder_z1, p.decoder_dense_1_W.T, out=s.d_z)

        # d_log_var = log_var_minus_2 + d_z * noise * log_var_exp * 0.5     (N, 2)   :50
        np.multiply(s.d_z, s.noise, out=s.d_z_times)
        np.multiply(s.d_z_times, s.log_var_exp, out=s.d_z_times)
        np.multiply(s.d_z_times, 0.5, out=s.d_z_times)
        np.add(s.log_var_minus_2, s.d_z_times, out=s.d_log_var)

        # to_log_var                                                           vae.py:36
        # d_b = sum over N of d_log_var                                           (2,)
        # d_W = h^T d_log_var                                                  (64, 2)
        np.dot(s.ones_2, s.d_log_var, out=d.to_log_var_b)
        np.dot(s.h.T, s.d_log_var, out=d.to_log_var_W)

        # kl_normal: mean_times_times = 0.5 / N * (2 * mean)          (N, 2)   vae.py:57
        np.multiply(2.0, s.mean, out=s.mean_times)
        np.multiply(0.5 / s.n, s.mean_times, out=s.mean_times_times)

        # d_mean = mean_times_times + d_z                             (N, 2)   vae.py:50
        np.add(s.mean_times_times, s.d_z, out=s.d_mean)

        # to_mean                                                              vae.py:36
        # d_b = sum over N of d_mean                                              (2,)
        # d_W = h^T d_mean                                                     (64, 2)
        np.dot(s.ones_2, s.d_mean, out=d.to_mean_b)
        np.dot(s.h.T, s.d_mean, out=d.to_mean_W)

        # to_log_var: d_log_var_product = d_log_var W^T              (N, 64)   vae.py:36
        np.dot(s.d_log_var, p.to_log_var_W.T, out=s.d_log_var_product)

        # to_mean: d_h = d_log_var_product + d_mean W^T              (N, 64)   vae.py:36
        np.dot(s.d_mean, p.to_mean_W.T, out=s.d_mean_product)
        np.add(s.d_log_var_product, s.d_mean_product, out=s.d_h)

        # encoder.dense_2                                                      vae.py:34
        # d_encoder_z2 = d_h * (h > 0)                                         (N, 64)
        # d_b = sum over N of d_encoder_z2                                       (64,)
        # d_W = encoder_h1^T d_encoder_z2                                    (128, 64)
        # d_encoder_h1 = d_encoder_z2 W^T                                     (N, 128)
        np.greater(s.h, 0.0, out=s.h_mask)
        np.multiply(s.d_h, s.h_mask, out=s.d_encoder_z2)
        np.dot(s.ones_2, s.d_encoder_z2, out=d.encoder_dense_2_b)
        np.dot(s.encoder_h1.T, s.d_encoder_z2, out=d.encoder_dense_2_W)
        np.dot(s.d_encoder_z2, p.encoder_dense_2_W.T, out=s.d_encoder_h1)

        # encoder.dense_1                                                      vae.py:34
        # d_encoder_z1 = d_encoder_h1 * (encoder_h1 > 0)                      (N, 128)
        # d_b = sum over N of d_encoder_z1                                      (128,)
        # d_W = x^T d_encoder_z1                                             (64, 128)
        np.greater(s.encoder_h1, 0.0, out=s.encoder_h1_mask)
        np.multiply(s.d_encoder_h1, s.encoder_h1_mask, out=s.d_encoder_z1)
        np.dot(s.ones_2, s.d_encoder_z1, out=d.encoder_dense_1_b)
        np.dot(x.T, s.d_encoder_z1, out=d.encoder_dense_1_W)

        return s.loss[()]

    def _train_step_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam: momentum and squares are without the factor 1 - beta           vae.py:62
        # momentum' = 0.9 * momentum + grads                                  (33604,)
        # squares' = 0.999 * squares + square(grads)                          (33604,)
        # params' = params                                                    (33604,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = adam_step + 1
        t = adam_step + 1.0
        c = math.sqrt((1.0 - 0.999**t) / 0.001)
        alpha_t = 0.002 * c * (0.1 / (1.0 - 0.9**t))
        with _Whole():  # no interruption may leave this half done
            np.multiply(0.9, self.momentum.flat, out=self.momentum.flat)
            np.add(self.momentum.flat, d.flat, out=self.momentum.flat)
            np.multiply(0.999, self.squares.flat, out=self.squares.flat)
            np.square(d.flat, out=s.grads_square)
            np.add(self.squares.flat, s.grads_square, out=self.squares.flat)
            np.sqrt(self.squares.flat, out=s.new_squares_sqrt)
            epsilon_t = 1e-08 * c
            np.add(s.new_squares_sqrt, epsilon_t, out=s.new_squares_plus)
            np.divide(self.momentum.flat, s.new_squares_plus, out=s.new_momentum_over)
            np.multiply(alpha_t, s.new_momentum_over, out=s.alpha_t_times)
            np.subtract(p.flat, s.alpha_t_times, out=p.flat)
            self.state.adam_step[...] = new_adam_step

    def _train_step_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._train_step[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_train_step(x)

    def _plan_train_step(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.encoder_z1 = s.encoder_h1 = _Buffer(0, 29, np.float32, (n, 128))
        s.encoder_z2 = s.h = _Buffer(1, 27, np.float32, (n, 64))
        s.mean = s.mean_times = s.mean_times_times = _Buffer(2, 26, np.float32, (n, 2))
        s.log_var = s.log_var_exp_2 = s.d_log_var = _Buffer(3, 25, np.float32, (n, 2))
        s.log_var_times = s.log_var_exp = _Buffer(4, 24, np.float32, (n, 2))
        s.noise = s.d_z_times = _Buffer(5, 24, np.float32, (n, 2))
        s.z = _Buffer(6, 23, np.float32, (n, 2))
        s.decoder_z1 = s.decoder_h1 = _Buffer(7, 23, np.float32, (n, 64))
        s.decoder_z2 = s.h2 = _Buffer(8, 21, np.float32, (n, 128))
        s.logits = s.d_logits = _Buffer(9, 20, np.float32, (n, 64))
        s.cross_entropy = _Buffer(10, 13, np.float32, (n, 64))
        s.logits_times = _Buffer(11, 11, np.float32, (n, 64))
        s.logits_abs = s.logits_negative = _Buffer(12, 12, np.float32, (n, 64))
        s.logits_exp = s.logits_abs
        s.logits_log1p = s.logits_abs
        s.cross_entropy_row_sum = _Buffer(13, 14, np.float32, (n,))
        s.reconstruction = s.loss = _Buffer(14, 29, np.float32, ())
        s.log_var_expm1 = s.log_var_minus = _Buffer(15, 17, np.float32, (n, 2))
        s.mean_square = _Buffer(16, 16, np.float32, (n, 2))
        s.log_var_plus = s.log_var_expm1
        s.log_var_sum = s.log_var_times_sum = _Buffer(17, 18, np.float32, (n,))
        s.kl = _Buffer(18, 18, np.float32, ())
        s.d_logits_plus = _Buffer(19, 19, np.float32, (n, 64))
        s.d_h2 = s.d_decoder_z2 = _Buffer(20, 22, np.float32, (n, 128))
        s.h2_mask = _Buffer(21, 21, np.bool_, (n, 128))
        s.d_decoder_h1 = s.d_decoder_z1 = _Buffer(22, 24, np.float32, (n, 64))
        s.decoder_h1_mask = _Buffer(23, 23, np.bool_, (n, 64))
        s.log_var_times_exp_2 = s.log_var
        s.log_var_minus_2 = s.log_var
        s.d_z = _Buffer(24, 24, np.float32, (n, 2))
        s.d_mean = s.mean
        s.d_log_var_product = s.d_h = _Buffer(25, 28, np.float32, (n, 64))
        s.d_mean_product = _Buffer(26, 26, np.float32, (n, 64))
        s.h_mask = _Buffer(27, 27, np.bool_, (n, 64))
        s.d_encoder_z2 = s.d_log_var_product
        s.d_encoder_h1 = s.d_encoder_z1 = _Buffer(28, 29, np.float32, (n, 128))
        s.encoder_h1_mask = _Buffer(29, 29, np.bool_, (n, 128))
        s.grads_square = _Buffer(30, 30, np.float32, (33604,))
        s.new_squares_sqrt = s.new_squares_plus = _Buffer(31, 31, np.float32, (33604,))
        s.new_momentum_over = s.new_squares_sqrt
        s.alpha_t_times = s.new_squares_sqrt
        self._lay_out(s)
        s.ones = np.ones((64,), dtype=np.float32)
        s.ones_2 = np.ones((n,), dtype=np.float32)
        self._train_step[x.dtype, x.shape] = s
        return s

    def bound(self, x):
        """Returns elbo, reconstruction, kl.

        x: float32 (N, 64)
        """
        s = self._bound_slots(x)
        elbo, reconstruction, kl = self._bound_body(s, x)
        return {"elbo": elbo, "reconstruction": reconstruction, "kl": kl}

    def _bound_body(self, s, x):
        """The computation of bound."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # encoder.dense_1                                                      vae.py:34
        # encoder_z1 = x W + b                                                (N, 128)
        # encoder_h1 = relu(encoder_z1)                                       (N, 128)
        np.dot(x, p.encoder_dense_1_W, out=s.encoder_z1)
        np.add(s.encoder_z1, p.encoder_dense_1_b, out=s.encoder_z1)
        np.clip(s.encoder_z1, 0.0, np.inf, out=s.encoder_h1)

        # encoder.dense_2                                                      vae.py:34
        # encoder_z2 = encoder_h1 W + b                                        (N, 64)
        # h = relu(encoder_z2)                                                 (N, 64)
        np.dot(s.encoder_h1, p.encoder_dense_2_W, out=s.encoder_z2)
        np.add(s.encoder_z2, p.encoder_dense_2_b, out=s.encoder_z2)
        np.clip(s.encoder_z2, 0.0, np.inf, out=s.h)

        # to_mean: mean = h W + b                                     (N, 2)   vae.py:36
        np.dot(s.h, p.to_mean_W, out=s.mean)
        np.add(s.mean, p.to_mean_b, out=s.mean)

        # to_log_var: log_var = h W + b                               (N, 2)   vae.py:36
        np.dot(s.h, p.to_log_var_W, out=s.log_var)
        np.add(s.log_var, p.to_log_var_b, out=s.log_var)

        # vae.py:50
        # noise = gauss                                                           (N, 2)
        # z = mean + exp(0.5 * log_var) * noise                                   (N, 2)
        np.multiply(0.5, s.log_var, out=s.z)
        np.exp(s.z, out=s.z)
        self.rng.normal.standard_normal(out=s.noise, dtype=np.float32)
        np.multiply(s.z, s.noise, out=s.z)
        np.add(s.mean, s.z, out=s.z)

        # decoder.dense_1                                                      vae.py:39
        # decoder_z1 = z W + b                                                 (N, 64)
        # decoder_h1 = relu(decoder_z1)                                        (N, 64)
        np.dot(s.z, p.decoder_dense_1_W, out=s.decoder_z1)
        np.add(s.decoder_z1, p.decoder_dense_1_b, out=s.decoder_z1)
        np.clip(s.decoder_z1, 0.0, np.inf, out=s.decoder_h1)

        # decoder.dense_2                                                      vae.py:40
        # decoder_z2 = decoder_h1 W + b                                       (N, 128)
        # h2 = relu(decoder_z2)                                               (N, 128)
        np.dot(s.decoder_h1, p.decoder_dense_2_W, out=s.decoder_z2)
        np.add(s.decoder_z2, p.decoder_dense_2_b, out=s.decoder_z2)
        np.clip(s.decoder_z2, 0.0, np.inf, out=s.h2)

        # decoder.dense_3: logits = h2 W + b                         (N, 64)   vae.py:41
        np.dot(s.h2, p.decoder_dense_3_W, out=s.logits)
        np.add(s.logits, p.decoder_dense_3_b, out=s.logits)

        # binary_cross_entropy                                                 vae.py:54
        # cross_entropy = softplus(logits) - logits * x                        (N, 64)
        np.clip(s.logits, 0.0, np.inf, out=s.cross_entropy)
        np.multiply(s.logits, x, out=s.logits_times)
        np.subtract(s.cross_entropy, s.logits_times, out=s.cross_entropy)
        np.abs(s.logits, out=s.logits_abs)
        np.negative(s.logits_abs, out=s.logits_negative)
        np.exp(s.logits_negative, out=s.logits_exp)
        np.log1p(s.logits_exp, out=s.logits_log1p)
        np.add(s.cross_entropy, s.logits_log1p, out=s.cross_entropy)

        # reconstruction = mean(sum(cross_entropy, axis 1))               ()   vae.py:56
        np.dot(s.cross_entropy, s.ones, out=s.cross_entropy_row_sum)
        s.cross_entropy_row_sum.sum(out=s.reconstruction)
        np.divide(s.reconstruction, s.n, out=s.reconstruction)

        # kl_normal                                                            vae.py:57
        # kl = mean(0.5 * sum(expm1(log_var) - log_var + square(mean), axis 1))     ()
        np.expm1(s.log_var, out=s.log_var_expm1)
        np.subtract(s.log_var_expm1, s.log_var, out=s.log_var_minus)
        np.square(s.mean, out=s.mean_square)
        np.add(s.log_var_minus, s.mean_square, out=s.log_var_plus)
        s.log_var_plus.sum(axis=1, out=s.log_var_sum)
        np.multiply(0.5, s.log_var_sum, out=s.log_var_times_sum)
        s.log_var_times_sum.sum(out=s.kl)
        np.divide(s.kl, s.n, out=s.kl)

        # vae.py:58
        # loss = reconstruction + kl                                                  ()
        # elbo = -loss                                                                ()
        np.add(s.reconstruction, s.kl, out=s.loss)
        np.negative(s.loss, out=s.elbo)

        return s.elbo[()], s.reconstruction[()], s.kl[()]

    def _bound_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._bound[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_bound(x)

    def _plan_bound(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.encoder_z1 = s.encoder_h1 = _Buffer(0, 1, np.float32, (n, 128))
        s.encoder_z2 = s.h = _Buffer(1, 3, np.float32, (n, 64))
        s.mean = s.mean_square = _Buffer(2, 13, np.float32, (n, 2))
        s.log_var = _Buffer(3, 13, np.float32, (n, 2))
        s.z = _Buffer(4, 6, np.float32, (n, 2))
        s.noise = _Buffer(5, 5, np.float32, (n, 2))
        s.decoder_z1 = s.decoder_h1 = _Buffer(6, 7, np.float32, (n, 64))
        s.decoder_z2 = s.h2 = _Buffer(7, 8, np.float32, (n, 128))
        s.logits = s.logits_abs = s.logits_exp = _Buffer(8, 10, np.float32, (n, 64))
        s.cross_entropy = _Buffer(9, 11, np.float32, (n, 64))
        s.logits_times = _Buffer(10, 10, np.float32, (n, 64))
        s.logits_negative = s.logits
        s.logits_log1p = s.logits
        s.cross_entropy_row_sum = _Buffer(11, 12, np.float32, (n,))
        s.reconstruction = _Buffer(12, 16, np.float32, ())
        s.log_var_expm1 = s.log_var_minus = _Buffer(13, 14, np.float32, (n, 2))
        s.log_var_plus = s.log_var_expm1
        s.log_var_sum = s.log_var_times_sum = _Buffer(14, 15, np.float32, (n,))
        s.kl = _Buffer(15, 16, np.float32, ())
        s.loss = s.elbo = _Buffer(16, 16, np.float32, ())
        self._lay_out(s)
        s.ones = np.ones((64,), dtype=np.float32)
        self._bound[x.dtype, x.shape] = s
        return s

    def encode(self, x):
        """Returns mean, log_var.

        x: float32 (N, 64)
        """
        s = self._encode_slots(x)
        mean, log_var = self._encode_body(s, x)
        return {"mean": mean.copy(), "log_var": log_var.copy()}

    def _encode_body(self, s, x):
        """The computation of encode."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # encoder.dense_1                                                      vae.py:34
        # z1 = x W + b                                                        (N, 128)
        # h1 = relu(z1)                                                       (N, 128)
        np.dot(x, p.encoder_dense_1_W, out=s.z1)
        np.add(s.z1, p.encoder_dense_1_b, out=s.z1)
        np.clip(s.z1, 0.0, np.inf, out=s.h1)

        # encoder.dense_2                                                      vae.py:34
        # z2 = h1 W + b                                                        (N, 64)
        # h = relu(z2)                                                         (N, 64)
        np.dot(s.h1, p.encoder_dense_2_W, out=s.z2)
        np.add(s.z2, p.encoder_dense_2_b, out=s.z2)
        np.clip(s.z2, 0.0, np.inf, out=s.h)

        # to_mean: mean = h W + b                                     (N, 2)   vae.py:36
        np.dot(s.h, p.to_mean_W, out=s.mean)
        np.add(s.mean, p.to_mean_b, out=s.mean)

        # to_log_var: log_var = h W + b                               (N, 2)   vae.py:36
        np.dot(s.h, p.to_log_var_W, out=s.log_var)
        np.add(s.log_var, p.to_log_var_b, out=s.log_var)

        return s.mean, s.log_var

    def _encode_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._encode[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_encode(x)

    def _plan_encode(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 1, np.float32, (n, 128))
        s.z2 = s.h = _Buffer(1, 3, np.float32, (n, 64))
        s.mean = _Buffer(2, 3, np.float32, (n, 2))
        s.log_var = _Buffer(3, 3, np.float32, (n, 2))
        self._lay_out(s)
        self._encode[x.dtype, x.shape] = s
        return s

    def decode(self, z):
        """Returns images.

        z: float32 (N, 2)
        """
        s = self._decode_slots(z)
        images = self._decode_body(s, z)
        return {"images": images.copy()}

    def _decode_body(self, s, z):
        """The computation of decode."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # decoder.dense_1                                                      vae.py:39
        # z1 = z W + b                                                         (N, 64)
        # h1 = relu(z1)                                                        (N, 64)
        np.dot(z, p.decoder_dense_1_W, out=s.z1)
        np.add(s.z1, p.decoder_dense_1_b, out=s.z1)
        np.clip(s.z1, 0.0, np.inf, out=s.h1)

        # decoder.dense_2                                                      vae.py:40
        # z2 = h1 W + b                                                       (N, 128)
        # h2 = relu(z2)                                                       (N, 128)
        np.dot(s.h1, p.decoder_dense_2_W, out=s.z2)
        np.add(s.z2, p.decoder_dense_2_b, out=s.z2)
        np.clip(s.z2, 0.0, np.inf, out=s.h2)

        # decoder.dense_3: h2_plus = h2 W + b                        (N, 64)   vae.py:41
        np.dot(s.h2, p.decoder_dense_3_W, out=s.h2_product)
        np.add(s.h2_product, p.decoder_dense_3_b, out=s.h2_plus)

        # images = sigmoid(h2_plus)                                  (N, 64)   vae.py:69
        np.clip(s.h2_plus, -np.inf, 88.0, out=s.images)
        np.exp(s.images, out=s.images)
        np.add(1.0, s.images, out=s.images_plus)
        np.divide(s.images, s.images_plus, out=s.images)

        return s.images

    def _decode_slots(self, z):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._decode[z.dtype, z.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_decode(z)

    def _plan_decode(self, z):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("z", z, np.float32, ("N", 2), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 1, np.float32, (n, 64))
        s.z2 = s.h2 = _Buffer(1, 2, np.float32, (n, 128))
        s.h2_product = s.h2_plus = s.images = _Buffer(2, 3, np.float32, (n, 64))
        s.images_plus = _Buffer(3, 3, np.float32, (n, 64))
        self._lay_out(s)
        self._decode[z.dtype, z.shape] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._train_step, self._bound, self._encode, self._decode):
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
