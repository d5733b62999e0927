"""neural_turing_machine: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 28,628 in 21 arrays

    from neural_turing_machine import NeuralTuringMachine

    m = NeuralTuringMachine(seed=0)
    m.train(x, y, asked)  # Returns loss; changes machine, adam.
    m.answer(x)           # Returns bits, written, read.
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class NeuralTuringMachine:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "neural_turing_machine"
    FINGERPRINT = "39e9589f0bb33ee1"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "machine.controller.W": ("params", "machine_controller_W"),
        "machine.controller.U": ("params", "machine_controller_U"),
        "machine.controller.b": ("params", "machine_controller_b"),
        "machine.writer.key.W": ("params", "machine_writer_key_W"),
        "machine.writer.key.b": ("params", "machine_writer_key_b"),
        "machine.writer.moves.W": ("params", "machine_writer_moves_W"),
        "machine.writer.moves.b": ("params", "machine_writer_moves_b"),
        "machine.writer.scalars.W": ("params", "machine_writer_scalars_W"),
        "machine.writer.scalars.b": ("params", "machine_writer_scalars_b"),
        "machine.reader.key.W": ("params", "machine_reader_key_W"),
        "machine.reader.key.b": ("params", "machine_reader_key_b"),
        "machine.reader.moves.W": ("params", "machine_reader_moves_W"),
        "machine.reader.moves.b": ("params", "machine_reader_moves_b"),
        "machine.reader.scalars.W": ("params", "machine_reader_scalars_W"),
        "machine.reader.scalars.b": ("params", "machine_reader_scalars_b"),
        "machine.erase.W": ("params", "machine_erase_W"),
        "machine.erase.b": ("params", "machine_erase_b"),
        "machine.add.W": ("params", "machine_add_W"),
        "machine.add.b": ("params", "machine_add_b"),
        "machine.say.W": ("params", "machine_say_W"),
        "machine.say.b": ("params", "machine_say_b"),
        "machine.controller.W.momentum": ("momentum", "machine_controller_W"),
        "machine.controller.U.momentum": ("momentum", "machine_controller_U"),
        "machine.controller.b.momentum": ("momentum", "machine_controller_b"),
        "machine.writer.key.W.momentum": ("momentum", "machine_writer_key_W"),
        "machine.writer.key.b.momentum": ("momentum", "machine_writer_key_b"),
        "machine.writer.moves.W.momentum": ("momentum", "machine_writer_moves_W"),
        "machine.writer.moves.b.momentum": ("momentum", "machine_writer_moves_b"),
        "machine.writer.scalars.W.momentum": ("momentum", "machine_writer_scalars_W"),
        "machine.writer.scalars.b.momentum": ("momentum", "machine_writer_scalars_b"),
        "machine.reader.key.W.momentum": ("momentum", "machine_reader_key_W"),
        "machine.reader.key.b.momentum": ("momentum", "machine_reader_key_b"),
        "machine.reader.moves.W.momentum": ("momentum", "machine_reader_moves_W"),
        "machine.reader.moves.b.momentum": ("momentum", "machine_reader_moves_b"),
        "machine.reader.scalars.W.momentum": ("momentum", "machine_reader_scalars_W"),
        "machine.reader.scalars.b.momentum": ("momentum", "machine_reader_scalars_b"),
        "machine.erase.W.momentum": ("momentum", "machine_erase_W"),
        "machine.erase.b.momentum": ("momentum", "machine_erase_b"),
        "machine.add.W.momentum": ("momentum", "machine_add_W"),
        "machine.add.b.momentum": ("momentum", "machine_add_b"),
        "machine.say.W.momentum": ("momentum", "machine_say_W"),
        "machine.say.b.momentum": ("momentum", "machine_say_b"),
        "machine.controller.W.squares": ("squares", "machine_controller_W"),
        "machine.controller.U.squares": ("squares", "machine_controller_U"),
        "machine.controller.b.squares": ("squares", "machine_controller_b"),
        "machine.writer.key.W.squares": ("squares", "machine_writer_key_W"),
        "machine.writer.key.b.squares": ("squares", "machine_writer_key_b"),
        "machine.writer.moves.W.squares": ("squares", "machine_writer_moves_W"),
        "machine.writer.moves.b.squares": ("squares", "machine_writer_moves_b"),
        "machine.writer.scalars.W.squares": ("squares", "machine_writer_scalars_W"),
        "machine.writer.scalars.b.squares": ("squares", "machine_writer_scalars_b"),
        "machine.reader.key.W.squares": ("squares", "machine_reader_key_W"),
        "machine.reader.key.b.squares": ("squares", "machine_reader_key_b"),
        "machine.reader.moves.W.squares": ("squares", "machine_reader_moves_W"),
        "machine.reader.moves.b.squares": ("squares", "machine_reader_moves_b"),
        "machine.reader.scalars.W.squares": ("squares", "machine_reader_scalars_W"),
        "machine.reader.scalars.b.squares": ("squares", "machine_reader_scalars_b"),
        "machine.erase.W.squares": ("squares", "machine_erase_W"),
        "machine.erase.b.squares": ("squares", "machine_erase_b"),
        "machine.add.W.squares": ("squares", "machine_add_W"),
        "machine.add.b.squares": ("squares", "machine_add_b"),
        "machine.say.W.squares": ("squares", "machine_say_W"),
        "machine.say.b.squares": ("squares", "machine_say_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(28628, np.float32),
            {
                "machine_controller_W": (25, 256),
                "machine_controller_U": (64, 256),
                "machine_controller_b": (256,),
                "machine_writer_key_W": (64, 16),
                "machine_writer_key_b": (16,),
                "machine_writer_moves_W": (64, 3),
                "machine_writer_moves_b": (3,),
                "machine_writer_scalars_W": (64, 3),
                "machine_writer_scalars_b": (3,),
                "machine_reader_key_W": (64, 16),
                "machine_reader_key_b": (16,),
                "machine_reader_moves_W": (64, 3),
                "machine_reader_moves_b": (3,),
                "machine_reader_scalars_W": (64, 3),
                "machine_reader_scalars_b": (3,),
                "machine_erase_W": (64, 16),
                "machine_erase_b": (16,),
                "machine_add_W": (64, 16),
                "machine_add_b": (16,),
                "machine_say_W": (80, 8),
                "machine_say_b": (8,),
            },
        )
        self.grads = _Views(_vector(28628, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(28628, np.float32), self.params.shapes)
        self.squares = _Views(_vector(28628, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=np.zeros((), dtype=np.int64))
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._answer = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        machine_controller_draw = rng.random((25, 64), dtype=np.float32)
        machine_controller_times = machine_controller_draw * 0.5192908
        machine_controller_plus = machine_controller_times + -0.2596454
        machine_controller_draw_2 = rng.random((25, 64), dtype=np.float32)
        machine_controller_times_2 = machine_controller_draw_2 * 0.5192908
        machine_controller_plus_2 = machine_controller_times_2 + -0.2596454
        machine_controller_draw_3 = rng.random((25, 64), dtype=np.float32)
        machine_controller_times_3 = machine_controller_draw_3 * 0.5192908
        machine_controller_plus_3 = machine_controller_times_3 + -0.2596454
        machine_controller_draw_4 = rng.random((25, 64), dtype=np.float32)
        machine_controller_times_4 = machine_controller_draw_4 * 0.5192908
        machine_controller_plus_4 = machine_controller_times_4 + -0.2596454
        new_machine_controller_W = np.concatenate(
            (
                machine_controller_plus,
                machine_controller_plus_2,
                machine_controller_plus_3,
                machine_controller_plus_4,
            ),
            axis=1,
        )
        p.machine_controller_W[...] = new_machine_controller_W
        machine_controller_noise = rng.standard_normal((64, 64), dtype=np.float32)
        machine_controller_orthogonal = _orthogonal(machine_controller_noise)
        machine_controller_noise_2 = rng.standard_normal((64, 64), dtype=np.float32)
        controller_orthogonal_2 = _orthogonal(machine_controller_noise_2)
        machine_controller_noise_3 = rng.standard_normal((64, 64), dtype=np.float32)
        controller_orthogonal_3 = _orthogonal(machine_controller_noise_3)
        machine_controller_noise_4 = rng.standard_normal((64, 64), dtype=np.float32)
        controller_orthogonal_4 = _orthogonal(machine_controller_noise_4)
        new_machine_controller_U = np.concatenate(
            (
                machine_controller_orthogonal,
                controller_orthogonal_2,
                controller_orthogonal_3,
                controller_orthogonal_4,
            ),
            axis=1,
        )
        p.machine_controller_U[...] = new_machine_controller_U
        machine_writer_key_draw = rng.random((64, 16), dtype=np.float32)
        machine_writer_key_times = machine_writer_key_draw * 0.5477226
        p.machine_writer_key_W[...] = machine_writer_key_times + -0.2738613
        machine_writer_moves_draw = rng.random((64, 3), dtype=np.float32)
        machine_writer_moves_times = machine_writer_moves_draw * 0.5985056
        p.machine_writer_moves_W[...] = machine_writer_moves_times + -0.2992528
        machine_writer_scalars_draw = rng.random((64, 3), dtype=np.float32)
        machine_writer_scalars_times = machine_writer_scalars_draw * 0.5985056
        p.machine_writer_scalars_W[...] = machine_writer_scalars_times + -0.2992528
        machine_reader_key_draw = rng.random((64, 16), dtype=np.float32)
        machine_reader_key_times = machine_reader_key_draw * 0.5477226
        p.machine_reader_key_W[...] = machine_reader_key_times + -0.2738613
        machine_reader_moves_draw = rng.random((64, 3), dtype=np.float32)
        machine_reader_moves_times = machine_reader_moves_draw * 0.5985056
        p.machine_reader_moves_W[...] = machine_reader_moves_times + -0.2992528
        machine_reader_scalars_draw = rng.random((64, 3), dtype=np.float32)
        machine_reader_scalars_times = machine_reader_scalars_draw * 0.5985056
        p.machine_reader_scalars_W[...] = machine_reader_scalars_times + -0.2992528
        machine_erase_draw = rng.random((64, 16), dtype=np.float32)
        p.machine_erase_W[...] = machine_erase_draw * 0.5477226 + -0.2738613
        machine_add_draw = rng.random((64, 16), dtype=np.float32)
        p.machine_add_W[...] = machine_add_draw * 0.5477226 + -0.2738613
        machine_say_draw = rng.random((80, 8), dtype=np.float32)
        p.machine_say_W[...] = machine_say_draw * 0.52223295 + -0.26111647
        zeros_view = np.broadcast_to(np.float32(0.0), (64,))
        ones_view = np.broadcast_to(np.float32(1.0), (64,))
        new_machine_controller_b = np.concatenate(
            (zeros_view, ones_view, zeros_view, zeros_view),
        )
        p.machine_controller_b[...] = new_machine_controller_b

    def train(self, x, y, asked):
        """Returns loss; changes machine, adam.

        x: float32 (T, N, 9)
        y: float32 (T, N, 8)
        asked: float32 (T,)
        """
        s = self._train_slots(x, y, asked)
        loss = self._train_backward(s, x, y, asked)
        self._train_update(s)
        return {"loss": loss}

    def _train_backward(self, s, x, y, asked):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # machine                                            neural_turing_machine.py:88
        # h, step by step                                               (T + 1, N, 64)
        # c, step by step                                               (T + 1, N, 64)
        # read, step by step                                                   (N, 16)
        # w, step by step                                               (T + 1, N, 64)
        # r, step by step                                               (T + 1, N, 64)
        # memory_2, step by step                                    (T + 1, N, 64, 16)
        # g, step by step                                                    (T, N, 1)
        # found, step by step                                               (T, N, 64)
        # alike, step by step                                               (T, N, 64)
        # g_2, step by step                                                  (T, N, 1)
        # found_2, step by step                                             (T, N, 64)
        # alike_2, step by step                                             (T, N, 64)
        # g_3, step by step                                                 (T, N, 64)
        # c_tanh, step by step                                              (T, N, 64)
        # gates, step by step                                              (T, N, 192)
        s.h[0].fill(0.0)
        s.c[0].fill(0.0)
        s.read.fill(0.0)
        np.copyto(s.w[0], s.constant_broadcast_to)
        np.copyto(s.r[0], s.constant_broadcast_to)
        s.memory_2[0].fill(0.001)
        for t in range(s.T):
            # x_concat[t] = [x[t]; read[t]]                                      (N, 25)
            np.concatenate((x[t], s.read), axis=1, out=s.x_concat[t])

            # machine.controller                             neural_turing_machine.py:61
            # x_in = x_concat[t] controller.W + controller.b                  (N, 256)
            # z = x_in + h[t] controller.U                                    (N, 256)
            # gates[t] = sigmoid(z[:, :192])                                  (N, 192)
            # g_3[t] = tanh(z[:, 192:])                                        (N, 64)
            # c[t + 1] = f * c[t] + i * g_3[t]                                 (N, 64)
            # c_tanh[t] = tanh(c[t + 1])                                       (N, 64)
            # h[t + 1] = o * c_tanh[t]                                         (N, 64)
            np.dot(s.x_concat[t], p.machine_controller_W, out=s.x_in)
            np.add(s.x_in, p.machine_controller_b, out=s.x_in)
            np.dot(s.h[t], p.machine_controller_U, out=s.h_product)
            np.add(s.x_in, s.h_product, out=s.z)
            np.clip(s.z_slice, -np.inf, 88.0, out=s.gates[t])
            np.exp(s.gates[t], out=s.gates[t])
            np.add(1.0, s.gates[t], out=s.gates_plus_2)
            np.divide(s.gates[t], s.gates_plus_2, out=s.gates[t])
            o = s.gates[t][:, 128:]
            f = s.gates[t][:, 64:128]
            np.multiply(f, s.c[t], out=s.c[t + 1])
            i = s.gates[t][:, :64]
            np.tanh(s.z_slice_2, out=s.g_3[t])
            np.multiply(i, s.g_3[t], out=s.i_times)
            np.add(s.c[t + 1], s.i_times, out=s.c[t + 1])
            np.tanh(s.c[t + 1], out=s.c_tanh[t])
            np.multiply(o, s.c_tanh[t], out=s.h[t + 1])

            # machine.writer.scalars                         neural_turing_machine.py:36
            # h_plus = h[t + 1] writer.scalars.W + writer.scalars.b             (N, 3)
            np.dot(s.h[t + 1], p.machine_writer_scalars_W, out=s.h_product_2)
            np.add(s.h_product_2, p.machine_writer_scalars_b, out=s.h_plus)

            # machine.writer                                 neural_turing_machine.py:52
            # machine_writer_plus[t] = 1 + softplus(h_plus[:, 2:])              (N, 1)
            np.clip(s.out, 0.0, np.inf, out=s.machine_writer_plus[t])
            np.abs(s.out, out=s.out_abs)
            np.negative(s.out_abs, out=s.out_negative)
            np.exp(s.out_negative, out=s.out_exp)
            np.log1p(s.out_exp, out=s.out_log1p)
            np.add(s.machine_writer_plus[t], s.out_log1p, out=s.machine_writer_plus[t])
            np.add(1.0, s.machine_writer_plus[t], out=s.machine_writer_plus[t])

            # machine.writer.moves                           neural_turing_machine.py:35
            # h_plus_2 = h[t + 1] writer.moves.W + writer.moves.b               (N, 3)
            np.dot(s.h[t + 1], p.machine_writer_moves_W, out=s.machine_writer_over[t])
            np.add(
                s.machine_writer_over[t],
                p.machine_writer_moves_b,
                out=s.machine_writer_over[t],
            )

            # machine.writer                                 neural_turing_machine.py:48
            # g_2[t] = sigmoid(h_plus[:, 1:2])                                  (N, 1)
            # machine_writer_over[t] = softmax(h_plus_2)                        (N, 3)
            # machine_writer_plus_2[t] = softplus(h_plus[:, :1])                (N, 1)
            s.machine_writer_over[t].max(axis=1, keepdims=True, out=s.h_max)
            np.subtract(s.machine_writer_over[t], s.h_max, out=s.machine_writer_over[t])
            np.exp(s.machine_writer_over[t], out=s.machine_writer_over[t])
            s.machine_writer_over[t].sum(axis=1, keepdims=True, out=s.out_sum)
            np.divide(s.machine_writer_over[t], s.out_sum, out=s.machine_writer_over[t])
            out_slice = s.machine_writer_over[t][:, :1]
            np.clip(s.h_slice_3, -np.inf, 88.0, out=s.g_2[t])
            np.exp(s.g_2[t], out=s.g_2[t])
            np.add(1.0, s.g_2[t], out=s.g_plus_4)
            np.divide(s.g_2[t], s.g_plus_4, out=s.g_2[t])
            np.clip(s.out_4, 0.0, np.inf, out=s.machine_writer_plus_2[t])
            np.abs(s.out_4, out=s.out_abs_2)
            np.negative(s.out_abs_2, out=s.out_negative_2)
            np.exp(s.out_negative_2, out=s.out_exp_2)
            np.log1p(s.out_exp_2, out=s.out_log1p_2)
            np.add(
                s.machine_writer_plus_2[t],
                s.out_log1p_2,
                out=s.machine_writer_plus_2[t],
            )

            # machine.writer.key                             neural_turing_machine.py:34
            # machine_writer_key_tanh[t] = tanh(out_6)                         (N, 16)
            np.dot(s.h[t + 1], p.machine_writer_key_W, out=s.machine_writer_key_tanh[t])
            np.add(
                s.machine_writer_key_tanh[t],
                p.machine_writer_key_b,
                out=s.machine_writer_key_tanh[t],
            )
            np.tanh(s.machine_writer_key_tanh[t], out=s.machine_writer_key_tanh[t])
            out_reshape = s.machine_writer_key_tanh[t].reshape(s.n, 16, 1)

            # machine.writer                                 neural_turing_machine.py:44
            # alike_2[t] = memory_product[:, :, 0] / sqrt(out_7 + 1e-08)       (N, 64)
            # found_2[t] = softmax(machine_writer_plus_2[t] * alike_2[t])      (N, 64)
            # kept = g_2[t] * found_2[t] + (1 - g_2[t]) * w[t]                 (N, 64)
            # moved                                                            (N, 64)
            # w[t + 1]                                                         (N, 64)
            np.matmul(s.memory_2[t], out_reshape, out=s.memory_product)
            np.square(s.memory_2[t], out=s.memory_square)
            s.memory_square.sum(axis=2, out=s.machine_writer_sum[t])
            np.square(out_reshape, out=s.out_square)
            s.out_square.sum(axis=1, out=s.machine_writer_sum_2[t])
            np.multiply(
                s.machine_writer_sum[t],
                s.machine_writer_sum_2[t],
                out=s.machine_writer_sqrt[t],
            )
            np.add(s.machine_writer_sqrt[t], 1e-08, out=s.machine_writer_sqrt[t])
            np.sqrt(s.machine_writer_sqrt[t], out=s.machine_writer_sqrt[t])
            np.divide(s.memory_slice_3, s.machine_writer_sqrt[t], out=s.alike_2[t])
            np.multiply(s.machine_writer_plus_2[t], s.alike_2[t], out=s.found_2[t])
            s.found_2[t].max(axis=1, keepdims=True, out=s.found_max)
            np.subtract(s.found_2[t], s.found_max, out=s.found_2[t])
            np.exp(s.found_2[t], out=s.found_2[t])
            np.dot(s.found_2[t], s.ones_3, out=s.found_row_sum)
            np.divide(s.found_2[t], s.found_reshape, out=s.found_2[t])
            np.multiply(s.g_2[t], s.found_2[t], out=s.kept)
            np.subtract(1.0, s.g_2[t], out=s.g_minus_2)
            np.multiply(s.g_minus_2, s.w[t], out=s.g_times)
            np.add(s.kept, s.g_times, out=s.kept)
            np.concatenate(
                (s.kept_slice, s.kept_slice_2),
                axis=1,
                out=s.machine_writer_concat[t],
            )
            np.multiply(
                out_slice,
                s.machine_writer_concat[t],
                out=s.machine_writer_log[t],
            )
            out_slice_2 = s.machine_writer_over[t][:, 1:2]
            np.multiply(out_slice_2, s.kept, out=s.out_times)
            np.add(s.machine_writer_log[t], s.out_times, out=s.machine_writer_log[t])
            out_slice_3 = s.machine_writer_over[t][:, 2:]
            np.concatenate(
                (s.kept_slice_3, s.kept_slice_4),
                axis=1,
                out=s.machine_writer_concat_2[t],
            )
            np.multiply(out_slice_3, s.machine_writer_concat_2[t], out=s.out_times_2)
            np.add(s.machine_writer_log[t], s.out_times_2, out=s.machine_writer_log[t])
            np.add(s.machine_writer_log[t], 1e-06, out=s.machine_writer_log[t])
            np.log(s.machine_writer_log[t], out=s.machine_writer_log[t])
            np.multiply(
                s.machine_writer_plus[t],
                s.machine_writer_log[t],
                out=s.w[t + 1],
            )
            s.w[t + 1].max(axis=1, keepdims=True, out=s.w_max)
            np.subtract(s.w[t + 1], s.w_max, out=s.w[t + 1])
            np.exp(s.w[t + 1], out=s.w[t + 1])
            np.dot(s.w[t + 1], s.ones_3, out=s.w_row_sum)
            np.divide(s.w[t + 1], s.w_reshape, out=s.w[t + 1])

            # machine.reader.scalars                         neural_turing_machine.py:36
            # h_plus_3 = h[t + 1] reader.scalars.W + reader.scalars.b           (N, 3)
            np.dot(s.h[t + 1], p.machine_reader_scalars_W, out=s.h_product_4)
            np.add(s.h_product_4, p.machine_reader_scalars_b, out=s.h_plus_3)

            # machine.reader                                 neural_turing_machine.py:52
            # machine_reader_plus[t] = 1 + softplus(h_plus_3[:, 2:])            (N, 1)
            np.clip(s.out_9, 0.0, np.inf, out=s.machine_reader_plus[t])
            np.abs(s.out_9, out=s.out_abs_3)
            np.negative(s.out_abs_3, out=s.out_negative_3)
            np.exp(s.out_negative_3, out=s.out_exp_3)
            np.log1p(s.out_exp_3, out=s.out_log1p_3)
            np.add(
                s.machine_reader_plus[t],
                s.out_log1p_3,
                out=s.machine_reader_plus[t],
            )
            np.add(1.0, s.machine_reader_plus[t], out=s.machine_reader_plus[t])

            # machine.reader.moves                           neural_turing_machine.py:35
            # h_plus_4 = h[t + 1] reader.moves.W + reader.moves.b               (N, 3)
            np.dot(s.h[t + 1], p.machine_reader_moves_W, out=s.machine_reader_over[t])
            np.add(
                s.machine_reader_over[t],
                p.machine_reader_moves_b,
                out=s.machine_reader_over[t],
            )

            # machine.reader                                 neural_turing_machine.py:48
            # g[t] = sigmoid(h_plus_3[:, 1:2])                                  (N, 1)
            # machine_reader_over[t] = softmax(h_plus_4)                        (N, 3)
            # machine_reader_plus_2[t] = softplus(h_plus_3[:, :1])              (N, 1)
            s.machine_reader_over[t].max(axis=1, keepdims=True, out=s.h_max_2)
            np.subtract(
                s.machine_reader_over[t],
                s.h_max_2,
                out=s.machine_reader_over[t],
            )
            np.exp(s.machine_reader_over[t], out=s.machine_reader_over[t])
            s.machine_reader_over[t].sum(axis=1, keepdims=True, out=s.out_sum_2)
            np.divide(
                s.machine_reader_over[t],
                s.out_sum_2,
                out=s.machine_reader_over[t],
            )
            out_slice_4 = s.machine_reader_over[t][:, :1]
            np.clip(s.h_slice_4, -np.inf, 88.0, out=s.g[t])
            np.exp(s.g[t], out=s.g[t])
            np.add(1.0, s.g[t], out=s.g_plus_5)
            np.divide(s.g[t], s.g_plus_5, out=s.g[t])
            np.clip(s.out_12, 0.0, np.inf, out=s.machine_reader_plus_2[t])
            np.abs(s.out_12, out=s.out_abs_4)
            np.negative(s.out_abs_4, out=s.out_negative_4)
            np.exp(s.out_negative_4, out=s.out_exp_4)
            np.log1p(s.out_exp_4, out=s.out_log1p_4)
            np.add(
                s.machine_reader_plus_2[t],
                s.out_log1p_4,
                out=s.machine_reader_plus_2[t],
            )
            w_reshape_2 = s.w[t + 1].reshape(s.n, 64, 1)

            # machine.erase                                  neural_turing_machine.py:63
            # machine_erase_over[t] = sigmoid(h[t + 1] erase.W + erase.b)      (N, 16)
            np.dot(s.h[t + 1], p.machine_erase_W, out=s.machine_erase_over[t])
            np.add(
                s.machine_erase_over[t],
                p.machine_erase_b,
                out=s.machine_erase_over[t],
            )
            np.clip(s.machine_erase_over[t], -np.inf, 88.0, out=s.machine_erase_over[t])
            np.exp(s.machine_erase_over[t], out=s.machine_erase_over[t])
            np.add(1.0, s.machine_erase_over[t], out=s.out_plus_14)
            np.divide(
                s.machine_erase_over[t],
                s.out_plus_14,
                out=s.machine_erase_over[t],
            )
            out_reshape_2 = s.machine_erase_over[t].reshape(s.n, 1, 16)

            # memory_3 = memory_2[t] * (1 - memory_3)                        (N, 64, 16)
            np.multiply(w_reshape_2, out_reshape_2, out=s.memory_2[t + 1])
            np.subtract(1.0, s.memory_2[t + 1], out=s.memory_2[t + 1])
            np.multiply(s.memory_2[t], s.memory_2[t + 1], out=s.memory_2[t + 1])

            # machine.add                                    neural_turing_machine.py:64
            # machine_add_tanh[t] = tanh(h[t + 1] add.W + add.b)               (N, 16)
            np.dot(s.h[t + 1], p.machine_add_W, out=s.machine_add_tanh[t])
            np.add(s.machine_add_tanh[t], p.machine_add_b, out=s.machine_add_tanh[t])
            np.tanh(s.machine_add_tanh[t], out=s.machine_add_tanh[t])
            out_reshape_3 = s.machine_add_tanh[t].reshape(s.n, 1, 16)

            # memory_2[t + 1] = memory_3 + w_times                           (N, 64, 16)
            np.multiply(w_reshape_2, out_reshape_3, out=s.w_times)
            np.add(s.memory_2[t + 1], s.w_times, out=s.memory_2[t + 1])

            # machine.reader.key                             neural_turing_machine.py:34
            # machine_reader_key_tanh[t] = tanh(out_16)                        (N, 16)
            np.dot(s.h[t + 1], p.machine_reader_key_W, out=s.machine_reader_key_tanh[t])
            np.add(
                s.machine_reader_key_tanh[t],
                p.machine_reader_key_b,
                out=s.machine_reader_key_tanh[t],
            )
            np.tanh(s.machine_reader_key_tanh[t], out=s.machine_reader_key_tanh[t])
            out_reshape_4 = s.machine_reader_key_tanh[t].reshape(s.n, 16, 1)

            # machine.reader                                 neural_turing_machine.py:44
            # alike[t] = memory_product_2[:, :, 0] / sqrt(out_17 + 1e-08)      (N, 64)
            # found[t] = softmax(softplus((h machine_reader_scalars_W          (N, 64)
            #     + machine_reader_scalars_b)[:, :1]) * alike)
            # kept_2 = g[t] * found[t] + (1 - g[t]) * r[t]                     (N, 64)
            # moved_2                                                          (N, 64)
            # r[t + 1]                                                         (N, 64)
            np.matmul(s.memory_2[t + 1], out_reshape_4, out=s.memory_product_2)
            np.square(s.memory_2[t + 1], out=s.memory_square_2)
            s.memory_square_2.sum(axis=2, out=s.machine_reader_sum[t])
            np.square(out_reshape_4, out=s.out_square_2)
            s.out_square_2.sum(axis=1, out=s.machine_reader_sum_2[t])
            np.multiply(
                s.machine_reader_sum[t],
                s.machine_reader_sum_2[t],
                out=s.machine_reader_sqrt[t],
            )
            np.add(s.machine_reader_sqrt[t], 1e-08, out=s.machine_reader_sqrt[t])
            np.sqrt(s.machine_reader_sqrt[t], out=s.machine_reader_sqrt[t])
            np.divide(s.memory_slice_4, s.machine_reader_sqrt[t], out=s.alike[t])
            np.multiply(s.machine_reader_plus_2[t], s.alike[t], out=s.found[t])
            s.found[t].max(axis=1, keepdims=True, out=s.found_max_2)
            np.subtract(s.found[t], s.found_max_2, out=s.found[t])
            np.exp(s.found[t], out=s.found[t])
            np.dot(s.found[t], s.ones_3, out=s.found_row_sum_2)
            np.divide(s.found[t], s.found_reshape_2, out=s.found[t])
            np.multiply(s.g[t], s.found[t], out=s.kept_2)
            np.subtract(1.0, s.g[t], out=s.g_minus)
            np.multiply(s.g_minus, s.r[t], out=s.g_times_2)
            np.add(s.kept_2, s.g_times_2, out=s.kept_2)
            np.concatenate(
                (s.kept_slice_5, s.kept_slice_6),
                axis=1,
                out=s.machine_reader_concat[t],
            )
            np.multiply(
                out_slice_4,
                s.machine_reader_concat[t],
                out=s.machine_reader_log[t],
            )
            out_slice_5 = s.machine_reader_over[t][:, 1:2]
            np.multiply(out_slice_5, s.kept_2, out=s.out_times_3)
            np.add(s.machine_reader_log[t], s.out_times_3, out=s.machine_reader_log[t])
            out_slice_6 = s.machine_reader_over[t][:, 2:]
            np.concatenate(
                (s.kept_slice_7, s.kept_slice_8),
                axis=1,
                out=s.machine_reader_concat_2[t],
            )
            np.multiply(out_slice_6, s.machine_reader_concat_2[t], out=s.out_times_4)
            np.add(s.machine_reader_log[t], s.out_times_4, out=s.machine_reader_log[t])
            np.add(s.machine_reader_log[t], 1e-06, out=s.machine_reader_log[t])
            np.log(s.machine_reader_log[t], out=s.machine_reader_log[t])
            np.multiply(
                s.machine_reader_plus[t],
                s.machine_reader_log[t],
                out=s.r[t + 1],
            )
            s.r[t + 1].max(axis=1, keepdims=True, out=s.r_max)
            np.subtract(s.r[t + 1], s.r_max, out=s.r[t + 1])
            np.exp(s.r[t + 1], out=s.r[t + 1])
            np.dot(s.r[t + 1], s.ones_3, out=s.r_row_sum)
            np.divide(s.r[t + 1], s.r_reshape, out=s.r[t + 1])
            r_reshape_2 = s.r[t + 1].reshape(s.n, 1, 64)

            # h_concat[t] = [h[t + 1]; read[t + 1]]                              (N, 80)
            np.matmul(r_reshape_2, s.memory_2[t + 1], out=s.r_product)
            np.concatenate((s.h[t + 1], s.read_2), axis=1, out=s.h_concat[t])
            s.machine_writer_slice[t][...] = s.out_4
            s.machine_writer_slice_2[t][...] = s.out
            s.machine_reader_slice[t][...] = s.out_12
            s.machine_reader_slice_2[t][...] = s.out_9
            s.read[...] = s.read_2

        # machine.say: logits = logits + b       (T, N, 8)   neural_turing_machine.py:65
        np.dot(s.h_concat_reshape, p.machine_say_W, out=s.logits_rows)
        np.add(s.logits, p.machine_say_b, out=s.logits)

        # binary_cross_entropy                              neural_turing_machine.py:112
        # logits_plus_log1p = softplus(logits) - logits * y                  (T, N, 8)
        np.clip(s.logits, 0.0, np.inf, out=s.logits_maximum)
        np.multiply(s.logits, y, out=s.logits_times)
        np.subtract(s.logits_maximum, s.logits_times, out=s.logits_minus_times)
        np.abs(s.logits, out=s.logits_abs)
        np.negative(s.logits_abs, out=s.logits_negative)
        np.exp(s.logits_negative, out=s.logits_exp)
        np.log1p(s.logits_exp, out=s.logits_log1p)
        np.add(s.logits_minus_times, s.logits_log1p, out=s.logits_plus_log1p)

        # neural_turing_machine.py:113
        # loss = sum(logits_over * asked) / sum(asked)                                ()
        # asked_sum = sum(asked)                                                      ()
        np.dot(s.logits_reshape, s.ones, out=s.logits_row_sum)
        np.divide(s.logits_row_sum, 8 * s.n, out=s.logits_over)
        np.multiply(s.logits_over, asked, out=s.logits_times_2)
        s.logits_times_2.sum(out=s.loss)
        asked.sum(out=s.asked_sum)
        np.divide(s.loss, s.asked_sum, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # asked_over = asked / asked_sum / (8 * N)   (T,)   neural_turing_machine.py:114
        np.divide(asked, s.asked_sum, out=s.asked_over_sum)
        np.divide(s.asked_over_sum, 8 * s.n, out=s.asked_over)

        # binary_cross_entropy                              neural_turing_machine.py:112
        # d_logits = -reshape(asked_over, (T, 1, 1)) * y                     (T, N, 8)
        #     + reshape(asked_over, (T, 1, 1)) * sigmoid(logits)
        np.negative(s.asked_broadcast_to, out=s.d_logits)
        np.multiply(s.d_logits, y, out=s.d_logits)
        np.clip(s.logits, -np.inf, 88.0, out=s.logits_minimum)
        np.exp(s.logits_minimum, out=s.logits_exp_2)
        np.add(1.0, s.logits_exp_2, out=s.logits_plus_exp_2)
        np.divide(s.logits_exp_2, s.logits_plus_exp_2, out=s.logits_over_2)
        np.multiply(s.asked_reshape, s.logits_over_2, out=s.asked_times)
        np.add(s.d_logits, s.asked_times, out=s.d_logits)

        # machine.say                                        neural_turing_machine.py:65
        # d_b = sum over N * T of d_logits                                        (8,)
        # d_W = h_concat^T d_logits                                            (80, 8)
        # d_logits_rows_product = d_logits W^T                             (N * T, 80)
        np.dot(s.ones_2, s.d_logits_rows, out=d.machine_say_b)
        np.dot(s.h_concat_reshape.T, s.d_logits_rows, out=d.machine_say_W)
        np.dot(s.d_logits_rows, p.machine_say_W.T, out=s.d_logits_rows_product)

        # machine                                            neural_turing_machine.py:88
        # machine_reader_key_W_T = (reader.key.W^T)                           (16, 64)
        # machine_add_W_T = (add.W^T)                                         (16, 64)
        # machine_erase_W_T = (erase.W^T)                                     (16, 64)
        # machine_writer_key_W_T = (writer.key.W^T)                           (16, 64)
        # machine_writer_moves_W_T = (writer.moves.W^T)                        (3, 64)
        # machine_writer_scalars_W_T = (writer.scalars.W^T)                    (3, 64)
        # machine_reader_moves_W_T = (reader.moves.W^T)                        (3, 64)
        # machine_reader_scalars_W_T = (reader.scalars.W^T)                    (3, 64)
        # machine_controller_U_T = (controller.U^T)                          (256, 64)
        # machine_controller_W_T = (controller.W^T)                          (256, 25)
        # d_h, step by step                                                    (N, 64)
        # d_c, step by step                                                    (N, 64)
        # d_read, step by step                                                 (N, 16)
        # d_w, step by step                                                    (N, 64)
        # d_r, step by step                                                    (N, 64)
        # d_memory, step by step                                           (N, 64, 16)
        # d_z, step by step                                                (T, N, 256)
        # d_add_b = sum over N * T of machine_add_times                          (16,)
        # d_add_W = h[1:]^T machine_add_times                                 (64, 16)
        # d_erase_b = sum over N * T of machine_erase_times                      (16,)
        # d_erase_W = h[1:]^T machine_erase_times                             (64, 16)
        # d_reader_scalars_b = sum over N * T of machine_reader_concat_3          (3,)
        # d_reader_scalars_W = h[1:]^T machine_reader_concat_3                 (64, 3)
        # d_reader_moves_b = sum over N * T of value_times                        (3,)
        # d_reader_moves_W = h[1:]^T value_times                               (64, 3)
        # d_reader_key_b = sum over N * T of machine_reader_key_times            (16,)
        # d_reader_key_W = h[1:]^T machine_reader_key_times                   (64, 16)
        # d_writer_scalars_b = sum over N * T of machine_writer_concat_3          (3,)
        # d_writer_scalars_W = h[1:]^T machine_writer_concat_3                 (64, 3)
        # d_writer_moves_b = sum over N * T of value_times_2                      (3,)
        # d_writer_moves_W = h[1:]^T value_times_2                             (64, 3)
        # d_writer_key_b = sum over N * T of machine_writer_key_times            (16,)
        # d_writer_key_W = h[1:]^T machine_writer_key_times                   (64, 16)
        # d_controller_b = sum over N * T of d_z                                (256,)
        # d_controller_U = h[:-1]^T d_z                                      (64, 256)
        # d_controller_W = x_concat^T d_z                                    (25, 256)
        np.copyto(s.machine_reader_key_W_T, p.machine_reader_key_W.T)
        np.copyto(s.machine_add_W_T, p.machine_add_W.T)
        np.copyto(s.machine_erase_W_T, p.machine_erase_W.T)
        np.copyto(s.machine_writer_key_W_T, p.machine_writer_key_W.T)
        np.copyto(s.machine_writer_moves_W_T, p.machine_writer_moves_W.T)
        np.copyto(s.machine_writer_scalars_W_T, p.machine_writer_scalars_W.T)
        np.copyto(s.machine_reader_moves_W_T, p.machine_reader_moves_W.T)
        np.copyto(s.machine_reader_scalars_W_T, p.machine_reader_scalars_W.T)
        _copy_turned(p.machine_controller_U.T, out=s.machine_controller_U_T)
        np.copyto(s.machine_controller_W_T, p.machine_controller_W.T)
        s.d_h.fill(0.0)
        s.d_c.fill(0.0)
        s.d_read.fill(0.0)
        s.d_w.fill(0.0)
        s.d_r.fill(0.0)
        s.d_memory.fill(0.0)
        for t in reversed(range(s.T)):
            # d_read_2 = d_read[t + 1] + d_logits_rows_reshape[t][:, 64:]        (N, 16)
            # d_r_2 = d_r[t + 1] + d_read_2 memory_transpose                     (N, 64)
            # d_h_plus = d_h[t + 1] + d_logits_rows_reshape[t][:, :64]           (N, 64)
            d_out_slice = s.d_logits_rows_reshape[t][:, :64]
            np.add(s.d_h, d_out_slice, out=s.d_h)
            d_out_slice_2 = s.d_logits_rows_reshape[t][:, 64:]
            np.add(s.d_read, d_out_slice_2, out=s.d_read_2)
            memory_transpose = s.memory_2[t + 1].transpose(0, 2, 1)
            np.matmul(s.d_read_reshape, memory_transpose, out=s.d_read_product)
            np.add(s.d_r, s.d_read_reshape_2, out=s.d_r)

            # machine.reader                                 neural_turing_machine.py:53
            # kept_3 = g[t] * found[t] + (1 - g[t]) * r[t]                     (N, 64)
            # moved_3                                                          (N, 64)
            # d_moved = r_times * machine_reader_plus[t] / (moved_3 + 1e-06)   (N, 64)
            # d_kept                                                           (N, 64)
            # d_found = d_kept * g[t]                                          (N, 64)
            # d_alike = found_times * machine_reader_plus_2[t]                 (N, 64)
            np.multiply(s.d_r, s.r[t + 1], out=s.d_r_times)
            np.dot(s.d_r_times, s.ones_3, out=s.d_r_row_sum)
            np.subtract(s.d_r, s.d_r_reshape, out=s.d_r)
            np.multiply(s.r[t + 1], s.d_r, out=s.d_r)
            np.multiply(s.d_r, s.machine_reader_plus[t], out=s.d_moved)
            machine_reader_over_slice = s.machine_reader_over[t][:, :1]
            np.multiply(
                machine_reader_over_slice,
                s.machine_reader_concat[t],
                out=s.moved_3,
            )
            machine_reader_over_slice_2 = s.machine_reader_over[t][:, 1:2]
            np.multiply(s.g[t], s.found[t], out=s.kept_3)
            np.subtract(1.0, s.g[t], out=s.g_minus_3)
            np.multiply(s.g_minus_3, s.r[t], out=s.g_times_3)
            np.add(s.kept_3, s.g_times_3, out=s.kept_3)
            np.multiply(
                machine_reader_over_slice_2,
                s.kept_3,
                out=s.machine_reader_over_times,
            )
            np.add(s.moved_3, s.machine_reader_over_times, out=s.moved_3)
            machine_reader_over_slice_3 = s.machine_reader_over[t][:, 2:]
            np.multiply(
                machine_reader_over_slice_3,
                s.machine_reader_concat_2[t],
                out=s.machine_reader_over_times_2,
            )
            np.add(s.moved_3, s.machine_reader_over_times_2, out=s.moved_3)
            np.add(s.moved_3, 1e-06, out=s.moved_plus)
            np.divide(s.d_moved, s.moved_plus, out=s.d_moved)
            np.multiply(s.d_moved, machine_reader_over_slice_3, out=s.d_moved_times)
            np.concatenate((s.d_moved_slice, s.d_moved_slice_2), axis=1, out=s.d_kept)
            np.multiply(s.d_moved, machine_reader_over_slice_2, out=s.d_moved_times_2)
            np.add(s.d_kept, s.d_moved_times_2, out=s.d_kept)
            np.multiply(s.d_moved, machine_reader_over_slice, out=s.d_moved_times_3)
            s.d_moved_unslice.fill(0)
            s.d_moved_unslice[:, :1] = s.d_moved_slice_3
            np.add(s.d_kept, s.d_moved_unslice, out=s.d_kept)
            s.d_moved_unslice_2.fill(0)
            s.d_moved_unslice_2[:, 1:] = s.d_moved_slice_4
            np.add(s.d_kept, s.d_moved_unslice_2, out=s.d_kept)
            np.multiply(s.d_kept, s.g[t], out=s.d_found)
            np.multiply(s.d_found, s.found[t], out=s.d_found_times)
            np.dot(s.d_found_times, s.ones_3, out=s.d_found_row_sum)
            np.subtract(s.d_found, s.d_found_reshape, out=s.d_found_minus_reshape)
            np.multiply(s.found[t], s.d_found_minus_reshape, out=s.found_times)
            np.multiply(s.found_times, s.machine_reader_plus_2[t], out=s.d_alike)
            np.multiply(s.d_alike, s.alike[t], out=s.d_alike_times)
            np.divide(s.d_alike_times, s.machine_reader_sqrt[t], out=s.d_alike_over)
            np.multiply(s.d_alike_over, -0.5, out=s.d_alike_times)
            np.divide(s.d_alike_times, s.machine_reader_sqrt[t], out=s.d_alike_over)
            np.multiply(s.d_alike_over, s.machine_reader_sum[t], out=s.d_alike_times_2)
            np.dot(s.d_alike_times_2, s.ones_3, out=s.d_alike_row_sum)
            reader_key_tanh_reshape = s.machine_reader_key_tanh[t].reshape(s.n, 16, 1)
            np.multiply(
                2.0,
                reader_key_tanh_reshape,
                out=s.machine_reader_key_tanh_times,
            )
            np.multiply(
                s.d_alike_reshape,
                s.machine_reader_key_tanh_times,
                out=s.d_alike_times_3,
            )
            np.divide(s.d_alike, s.machine_reader_sqrt[t], out=s.d_alike_over_2)
            np.matmul(memory_transpose, s.d_alike_reshape_2, out=s.memory_product_3)
            np.add(s.d_alike_times_3, s.memory_product_3, out=s.d_alike_plus)

            # machine.reader.key                             neural_turing_machine.py:34
            # machine_reader_key_times[t] = d_alike_plus * (1 - out_19)        (N, 16)
            # d_h_plus = d_h[t + 1] + d_out_slice + out_product                (N, 64)
            np.square(s.machine_reader_key_tanh[t], out=s.machine_reader_key_times[t])
            np.subtract(
                1.0,
                s.machine_reader_key_times[t],
                out=s.machine_reader_key_times[t],
            )
            np.multiply(
                s.d_alike_reshape_3,
                s.machine_reader_key_times[t],
                out=s.machine_reader_key_times[t],
            )
            np.dot(
                s.machine_reader_key_times[t],
                s.machine_reader_key_W_T,
                out=s.out_product,
            )
            np.add(s.d_h, s.out_product, out=s.d_h)
            r_reshape_3 = s.r[t + 1].reshape(s.n, 1, 64)
            r_transpose = r_reshape_3.transpose(0, 2, 1)

            # d_memory_plus = d_memory[t + 1] + r_transpose d_read_2         (N, 64, 16)
            np.matmul(r_transpose, s.d_read_reshape, out=s.r_product_2)
            np.add(s.d_memory, s.r_product_2, out=s.d_memory)

            # machine.reader                                 neural_turing_machine.py:43
            # d_memory_2 = d_memory_plus + d_alike_times_4                 (N, 64, 16)
            #     + d_alike_product
            np.multiply(s.d_alike_over, s.machine_reader_sum_2[t], out=s.d_alike_times)
            np.multiply(2.0, s.memory_2[t + 1], out=s.memory_times)
            np.multiply(s.d_alike_reshape_4, s.memory_times, out=s.d_alike_times_4)
            np.add(s.d_memory, s.d_alike_times_4, out=s.d_memory)
            reader_key_tanh_transpose = reader_key_tanh_reshape.transpose(0, 2, 1)
            np.matmul(
                s.d_alike_reshape_2,
                reader_key_tanh_transpose,
                out=s.d_alike_product,
            )
            np.add(s.d_memory, s.d_alike_product, out=s.d_memory)
            w_reshape_3 = s.w[t + 1].reshape(s.n, 64, 1)

            # d_memory_sum = sum(d_memory_times, axis 1)                         (N, 16)
            np.multiply(s.d_memory, w_reshape_3, out=s.d_memory_times)
            s.d_memory_times.sum(axis=1, out=s.machine_add_times[t])

            # machine.add                                    neural_turing_machine.py:64
            # machine_add_times[t] = d_memory_sum                              (N, 16)
            #     * (1 - square(machine_add_tanh[t]))
            # d_h_plus                                                         (N, 64)
            np.square(s.machine_add_tanh[t], out=s.machine_add_tanh_square)
            np.subtract(
                1.0,
                s.machine_add_tanh_square,
                out=s.machine_add_tanh_minus_square,
            )
            np.multiply(
                s.machine_add_times[t],
                s.machine_add_tanh_minus_square,
                out=s.machine_add_times[t],
            )
            np.dot(s.machine_add_times[t], s.machine_add_W_T, out=s.out_product_2)
            np.add(s.d_h, s.out_product_2, out=s.d_h)

            # d_memory_negative = -(d_memory_2 * memory_2[t])                (N, 64, 16)
            # d_memory_sum_2 = sum(d_memory_times_3, axis 1)                     (N, 16)
            np.multiply(s.d_memory, s.memory_2[t], out=s.d_memory_times_2)
            np.negative(s.d_memory_times_2, out=s.d_memory_negative)
            np.multiply(s.d_memory_negative, w_reshape_3, out=s.d_memory_times_3)
            s.d_memory_times_3.sum(axis=1, out=s.machine_erase_times[t])

            # machine.erase                                  neural_turing_machine.py:63
            # machine_erase_times[t] = d_memory_sum_2                          (N, 16)
            #     * (machine_erase_over[t] * (1 - machine_erase_over[t]))
            # d_h_plus                                                         (N, 64)
            np.subtract(1.0, s.machine_erase_over[t], out=s.machine_erase_over_minus)
            np.multiply(
                s.machine_erase_over[t],
                s.machine_erase_over_minus,
                out=s.machine_erase_over_times_minus,
            )
            np.multiply(
                s.machine_erase_times[t],
                s.machine_erase_over_times_minus,
                out=s.machine_erase_times[t],
            )
            np.dot(s.machine_erase_times[t], s.machine_erase_W_T, out=s.out_product_3)
            np.add(s.d_h, s.out_product_3, out=s.d_h)
            machine_add_tanh_reshape = s.machine_add_tanh[t].reshape(s.n, 1, 16)

            # d_w_2 = d_w[t + 1] + d_memory_reshape_2                            (N, 64)
            np.multiply(s.d_memory, machine_add_tanh_reshape, out=s.d_memory_times_4)
            s.d_memory_times_4.sum(axis=2, out=s.d_memory_sum_3)
            machine_erase_over_reshape = s.machine_erase_over[t].reshape(s.n, 1, 16)
            np.multiply(
                s.d_memory_negative,
                machine_erase_over_reshape,
                out=s.d_memory_times_2,
            )
            s.d_memory_times_2.sum(axis=2, out=s.d_memory_sum_4)
            np.add(
                s.d_memory_plus_reshape,
                s.d_memory_reshape,
                out=s.d_memory_plus_reshape,
            )
            np.add(s.d_w, s.d_memory_reshape_2, out=s.d_w)

            # machine.writer                                 neural_turing_machine.py:53
            # kept_4 = g_2[t] * found_2[t] + (1 - g_2[t]) * w[t]               (N, 64)
            # moved_4                                                          (N, 64)
            # d_moved_2                                                        (N, 64)
            # d_kept_2                                                         (N, 64)
            # d_found_2 = d_kept_2 * g_2[t]                                    (N, 64)
            # d_alike_2 = found_times_2 * machine_writer_plus_2[t]             (N, 64)
            np.multiply(s.d_w, s.w[t + 1], out=s.d_w_times)
            np.dot(s.d_w_times, s.ones_3, out=s.d_w_row_sum)
            np.subtract(s.d_w, s.d_w_reshape, out=s.d_w)
            np.multiply(s.w[t + 1], s.d_w, out=s.d_w)
            np.multiply(s.d_w, s.machine_writer_plus[t], out=s.d_moved_2)
            machine_writer_over_slice = s.machine_writer_over[t][:, :1]
            np.multiply(
                machine_writer_over_slice,
                s.machine_writer_concat[t],
                out=s.moved_4,
            )
            machine_writer_over_slice_2 = s.machine_writer_over[t][:, 1:2]
            np.multiply(s.g_2[t], s.found_2[t], out=s.kept_4)
            np.subtract(1.0, s.g_2[t], out=s.g_minus_4)
            np.multiply(s.g_minus_4, s.w[t], out=s.g_times_4)
            np.add(s.kept_4, s.g_times_4, out=s.kept_4)
            np.multiply(
                machine_writer_over_slice_2,
                s.kept_4,
                out=s.machine_writer_over_times,
            )
            np.add(s.moved_4, s.machine_writer_over_times, out=s.moved_4)
            machine_writer_over_slice_3 = s.machine_writer_over[t][:, 2:]
            np.multiply(
                machine_writer_over_slice_3,
                s.machine_writer_concat_2[t],
                out=s.machine_writer_over_times_2,
            )
            np.add(s.moved_4, s.machine_writer_over_times_2, out=s.moved_4)
            np.add(s.moved_4, 1e-06, out=s.moved_plus_2)
            np.divide(s.d_moved_2, s.moved_plus_2, out=s.d_moved_2)
            np.multiply(s.d_moved_2, machine_writer_over_slice_3, out=s.d_moved_times_4)
            np.concatenate(
                (s.d_moved_slice_5, s.d_moved_slice_6),
                axis=1,
                out=s.d_kept_2,
            )
            np.multiply(s.d_moved_2, machine_writer_over_slice_2, out=s.d_moved_times_5)
            np.add(s.d_kept_2, s.d_moved_times_5, out=s.d_kept_2)
            np.multiply(s.d_moved_2, machine_writer_over_slice, out=s.d_moved_times_6)
            s.d_moved_unslice_3.fill(0)
            s.d_moved_unslice_3[:, :1] = s.d_moved_slice_7
            np.add(s.d_kept_2, s.d_moved_unslice_3, out=s.d_kept_2)
            s.d_moved_unslice_4.fill(0)
            s.d_moved_unslice_4[:, 1:] = s.d_moved_slice_8
            np.add(s.d_kept_2, s.d_moved_unslice_4, out=s.d_kept_2)
            np.multiply(s.d_kept_2, s.g_2[t], out=s.d_found_2)
            np.multiply(s.d_found_2, s.found_2[t], out=s.d_found_times_2)
            np.dot(s.d_found_times_2, s.ones_3, out=s.d_found_row_sum_2)
            np.subtract(s.d_found_2, s.d_found_reshape_2, out=s.d_found_minus)
            np.multiply(s.found_2[t], s.d_found_minus, out=s.found_times_2)
            np.multiply(s.found_times_2, s.machine_writer_plus_2[t], out=s.d_alike_2)
            np.multiply(s.d_alike_2, s.alike_2[t], out=s.d_alike_times_5)
            np.divide(s.d_alike_times_5, s.machine_writer_sqrt[t], out=s.d_alike_over_3)
            np.multiply(s.d_alike_over_3, -0.5, out=s.d_alike_times_5)
            np.divide(s.d_alike_times_5, s.machine_writer_sqrt[t], out=s.d_alike_over_3)
            np.multiply(
                s.d_alike_over_3,
                s.machine_writer_sum[t],
                out=s.d_alike_times_6,
            )
            np.dot(s.d_alike_times_6, s.ones_3, out=s.d_alike_row_sum_2)
            writer_key_tanh_reshape = s.machine_writer_key_tanh[t].reshape(s.n, 16, 1)
            np.multiply(
                2.0,
                writer_key_tanh_reshape,
                out=s.machine_writer_key_tanh_times,
            )
            np.multiply(
                s.d_alike_reshape_5,
                s.machine_writer_key_tanh_times,
                out=s.d_alike_times_7,
            )
            memory_transpose_2 = s.memory_2[t].transpose(0, 2, 1)
            np.divide(s.d_alike_2, s.machine_writer_sqrt[t], out=s.d_alike_over_4)
            np.matmul(memory_transpose_2, s.d_alike_reshape_6, out=s.memory_product_4)
            np.add(s.d_alike_times_7, s.memory_product_4, out=s.d_alike_plus_2)

            # machine.writer.key                             neural_turing_machine.py:34
            # machine_writer_key_times[t] = d_alike_plus_2 * (1 - out_20)      (N, 16)
            # d_h_plus                                                         (N, 64)
            np.square(s.machine_writer_key_tanh[t], out=s.machine_writer_key_times[t])
            np.subtract(
                1.0,
                s.machine_writer_key_times[t],
                out=s.machine_writer_key_times[t],
            )
            np.multiply(
                s.d_alike_reshape_7,
                s.machine_writer_key_times[t],
                out=s.machine_writer_key_times[t],
            )
            np.dot(
                s.machine_writer_key_times[t],
                s.machine_writer_key_W_T,
                out=s.out_product_4,
            )
            np.add(s.d_h, s.out_product_4, out=s.d_h)

            # machine.writer                                 neural_turing_machine.py:51
            # value_times_2[t] = machine_writer_over[t] * out_21                (N, 3)
            np.multiply(s.d_moved_2, s.machine_writer_concat[t], out=s.d_moved_times_7)
            np.dot(s.d_moved_times_7, s.ones_3, out=s.d_moved_row_sum)
            np.multiply(s.d_moved_2, s.kept_4, out=s.d_moved_times_8)
            np.dot(s.d_moved_times_8, s.ones_3, out=s.d_moved_row_sum_2)
            np.multiply(
                s.d_moved_2,
                s.machine_writer_concat_2[t],
                out=s.d_moved_times_9,
            )
            np.dot(s.d_moved_times_9, s.ones_3, out=s.d_moved_row_sum_3)
            np.concatenate(
                (s.d_moved_reshape, s.d_moved_reshape_2, s.d_moved_reshape_3),
                axis=1,
                out=s.value_times_2[t],
            )
            np.multiply(s.value_times_2[t], s.machine_writer_over[t], out=s.out_times_5)
            s.out_times_5.sum(axis=1, keepdims=True, out=s.out_sum_3)
            np.subtract(s.value_times_2[t], s.out_sum_3, out=s.value_times_2[t])
            np.multiply(
                s.machine_writer_over[t],
                s.value_times_2[t],
                out=s.value_times_2[t],
            )

            # machine.writer.moves                           neural_turing_machine.py:35
            # d_h_plus                                                         (N, 64)
            np.dot(s.value_times_2[t], s.machine_writer_moves_W_T, out=s.out_product_5)
            np.add(s.d_h, s.out_product_5, out=s.d_h)

            # machine.writer                                 neural_turing_machine.py:45
            # d_g = reshape(sum over 64 of d_kept_2 * found_2[t], (N, 1))       (N, 1)
            #     - reshape(sum over 64 of d_kept_2 * w[t], (N, 1))
            # machine_writer_concat_3[t]                                        (N, 3)
            # machine_writer_concat_3[t][:, :1]                                 (N, 1)
            # machine_writer_concat_3[t][:, 1:2] = d_g * (g_2[t] * g_minus_4)   (N, 1)
            # machine_writer_concat_3[t][:, 2:]                                 (N, 1)
            np.multiply(s.found_times_2, s.alike_2[t], out=s.found_times_2)
            np.dot(s.found_times_2, s.ones_3, out=s.found_row_sum_3)
            np.clip(
                s.machine_writer_slice[t],
                -np.inf,
                88.0,
                out=s.machine_writer_slice_minimum,
            )
            np.exp(s.machine_writer_slice_minimum, out=s.machine_writer_slice_exp)
            np.add(1.0, s.machine_writer_slice_exp, out=s.machine_writer_slice_plus_exp)
            np.divide(
                s.machine_writer_slice_exp,
                s.machine_writer_slice_plus_exp,
                out=s.writer_slice_over_plus_exp,
            )
            np.multiply(
                s.found_reshape_3,
                s.writer_slice_over_plus_exp,
                out=s.machine_writer_concat_3[t][:, :1],
            )
            np.multiply(s.d_kept_2, s.found_2[t], out=s.d_kept_times)
            np.dot(s.d_kept_times, s.ones_3, out=s.d_kept_row_sum)
            np.multiply(s.d_kept_2, s.w[t], out=s.d_kept_times_2)
            np.dot(s.d_kept_times_2, s.ones_3, out=s.d_kept_row_sum_2)
            np.subtract(s.d_g, s.d_kept_reshape, out=s.d_g)
            np.multiply(s.g_2[t], s.g_minus_4, out=s.g_times_minus_4)
            np.multiply(
                s.d_g,
                s.g_times_minus_4,
                out=s.machine_writer_concat_3[t][:, 1:2],
            )
            np.multiply(s.d_w, s.machine_writer_log[t], out=s.d_w)
            np.dot(s.d_w, s.ones_3, out=s.w_row_sum_2)
            np.clip(
                s.machine_writer_slice_2[t],
                -np.inf,
                88.0,
                out=s.machine_writer_slice_2_minimum,
            )
            np.exp(s.machine_writer_slice_2_minimum, out=s.machine_writer_slice_2_exp)
            np.add(1.0, s.machine_writer_slice_2_exp, out=s.writer_slice_2_plus_exp)
            np.divide(
                s.machine_writer_slice_2_exp,
                s.writer_slice_2_plus_exp,
                out=s.machine_writer_slice_2_over,
            )
            np.multiply(
                s.w_reshape_4,
                s.machine_writer_slice_2_over,
                out=s.machine_writer_concat_3[t][:, 2:],
            )

            # machine.writer.scalars                         neural_turing_machine.py:36
            # d_h_plus                                                         (N, 64)
            np.dot(
                s.machine_writer_concat_3[t],
                s.machine_writer_scalars_W_T,
                out=s.out_product_6,
            )
            np.add(s.d_h, s.out_product_6, out=s.d_h)

            # machine.reader                                 neural_turing_machine.py:51
            # value_times[t] = machine_reader_over[t] * out_22                  (N, 3)
            np.multiply(s.d_moved, s.machine_reader_concat[t], out=s.d_moved_times_10)
            np.dot(s.d_moved_times_10, s.ones_3, out=s.d_moved_row_sum_4)
            np.multiply(s.d_moved, s.kept_3, out=s.d_moved_times_11)
            np.dot(s.d_moved_times_11, s.ones_3, out=s.d_moved_row_sum_5)
            np.multiply(s.d_moved, s.machine_reader_concat_2[t], out=s.d_moved_times_12)
            np.dot(s.d_moved_times_12, s.ones_3, out=s.d_moved_row_sum_6)
            np.concatenate(
                (s.d_moved_reshape_4, s.d_moved_reshape_5, s.d_moved_reshape_6),
                axis=1,
                out=s.value_times[t],
            )
            np.multiply(s.value_times[t], s.machine_reader_over[t], out=s.out_times_6)
            s.out_times_6.sum(axis=1, keepdims=True, out=s.out_sum_4)
            np.subtract(s.value_times[t], s.out_sum_4, out=s.value_times[t])
            np.multiply(
                s.machine_reader_over[t],
                s.value_times[t],
                out=s.value_times[t],
            )

            # machine.reader.moves                           neural_turing_machine.py:35
            # d_h_plus                                                         (N, 64)
            np.dot(s.value_times[t], s.machine_reader_moves_W_T, out=s.out_product_7)
            np.add(s.d_h, s.out_product_7, out=s.d_h)

            # machine.reader                                 neural_turing_machine.py:45
            # d_g_2 = reshape(sum over 64 of d_kept * found[t], (N, 1))         (N, 1)
            #     - reshape(sum over 64 of d_kept * r[t], (N, 1))
            # machine_reader_concat_3[t]                                        (N, 3)
            # machine_reader_concat_3[t][:, :1]                                 (N, 1)
            # machine_reader_concat_3[t][:, 1:2] = d_g_2 * (g[t] * g_minus_3)   (N, 1)
            # machine_reader_concat_3[t][:, 2:]                                 (N, 1)
            np.multiply(s.found_times, s.alike[t], out=s.found_times)
            np.dot(s.found_times, s.ones_3, out=s.found_row_sum_4)
            np.clip(
                s.machine_reader_slice[t],
                -np.inf,
                88.0,
                out=s.machine_reader_slice_minimum,
            )
            np.exp(s.machine_reader_slice_minimum, out=s.machine_reader_slice_exp)
            np.add(1.0, s.machine_reader_slice_exp, out=s.machine_reader_slice_plus_exp)
            np.divide(
                s.machine_reader_slice_exp,
                s.machine_reader_slice_plus_exp,
                out=s.reader_slice_over_plus_exp,
            )
            np.multiply(
                s.found_reshape_4,
                s.reader_slice_over_plus_exp,
                out=s.machine_reader_concat_3[t][:, :1],
            )
            np.multiply(s.d_kept, s.found[t], out=s.d_kept_times_3)
            np.dot(s.d_kept_times_3, s.ones_3, out=s.d_kept_row_sum_3)
            np.multiply(s.d_kept, s.r[t], out=s.d_kept_times_4)
            np.dot(s.d_kept_times_4, s.ones_3, out=s.d_kept_row_sum_4)
            np.subtract(s.d_g_2, s.d_kept_reshape_2, out=s.d_g_2)
            np.multiply(s.g[t], s.g_minus_3, out=s.g_times_minus_3)
            np.multiply(
                s.d_g_2,
                s.g_times_minus_3,
                out=s.machine_reader_concat_3[t][:, 1:2],
            )
            np.multiply(s.d_r, s.machine_reader_log[t], out=s.d_r)
            np.dot(s.d_r, s.ones_3, out=s.r_row_sum_2)
            np.clip(
                s.machine_reader_slice_2[t],
                -np.inf,
                88.0,
                out=s.machine_reader_slice_2_minimum,
            )
            np.exp(s.machine_reader_slice_2_minimum, out=s.machine_reader_slice_2_exp)
            np.add(1.0, s.machine_reader_slice_2_exp, out=s.reader_slice_2_plus_exp)
            np.divide(
                s.machine_reader_slice_2_exp,
                s.reader_slice_2_plus_exp,
                out=s.machine_reader_slice_2_over,
            )
            np.multiply(
                s.r_reshape_4,
                s.machine_reader_slice_2_over,
                out=s.machine_reader_concat_3[t][:, 2:],
            )

            # machine.reader.scalars                         neural_turing_machine.py:36
            # d_h_2 = d_h_plus + out_product_8                                 (N, 64)
            np.dot(
                s.machine_reader_concat_3[t],
                s.machine_reader_scalars_W_T,
                out=s.out_product_8,
            )
            np.add(s.d_h, s.out_product_8, out=s.d_h)
            o_2 = s.gates[t][:, 128:]

            # machine.controller                             neural_turing_machine.py:61
            # d_c_tanh = d_h_2 * o_2                                           (N, 64)
            # d_c_2 = d_c[t + 1] + d_c_tanh * (1 - square(c_tanh[t]))          (N, 64)
            # d_i = d_c_2 * g_3[t]                                             (N, 64)
            # d_f = d_c_2 * c[t]                                               (N, 64)
            # d_o = d_h_2 * c_tanh[t]                                          (N, 64)
            # d_gates = [d_i; d_f; d_o]                                       (N, 192)
            # d_g_3 = d_c_2 * i_2                                              (N, 64)
            # d_z[t]                                                          (N, 256)
            # d_z[t][:, :192] = d_gates * (gates[t] * (1 - gates[t]))         (N, 192)
            # d_z[t][:, 192:] = d_g_3 * (1 - square(g_3[t]))                   (N, 64)
            # d_h[t] = d_z[t] controller.U^T                                   (N, 64)
            # d_c[t] = d_c_2 * f_2                                             (N, 64)
            np.multiply(s.d_h, o_2, out=s.d_c_tanh)
            np.square(s.c_tanh[t], out=s.c_tanh_square)
            np.subtract(1.0, s.c_tanh_square, out=s.c_tanh_minus_square)
            np.multiply(s.d_c_tanh, s.c_tanh_minus_square, out=s.d_c_tanh_times)
            np.add(s.d_c, s.d_c_tanh_times, out=s.d_c)
            np.multiply(s.d_c, s.g_3[t], out=s.d_gates[:, :64])
            np.multiply(s.d_c, s.c[t], out=s.d_gates[:, 64:128])
            np.multiply(s.d_h, s.c_tanh[t], out=s.d_gates[:, 128:])
            np.subtract(1.0, s.gates[t], out=s.gates_minus)
            np.multiply(s.gates[t], s.gates_minus, out=s.gates_times_minus)
            np.multiply(s.d_gates, s.gates_times_minus, out=s.d_z[t][:, :192])
            i_2 = s.gates[t][:, :64]
            np.multiply(s.d_c, i_2, out=s.d_g_3)
            np.square(s.g_3[t], out=s.g_square)
            np.subtract(1.0, s.g_square, out=s.g_minus_square)
            np.multiply(s.d_g_3, s.g_minus_square, out=s.d_z[t][:, 192:])
            np.dot(s.d_z[t], s.machine_controller_U_T, out=s.d_h)
            f_2 = s.gates[t][:, 64:128]
            np.multiply(s.d_c, f_2, out=s.d_c)
            np.dot(s.d_z[t], s.machine_controller_W_T, out=s.d_z_product)

            # machine.writer: d_w[t] = d_kept_2 * g_minus_4                (N, 64)   :47
            np.multiply(s.d_kept_2, s.g_minus_4, out=s.d_w)

            # machine.reader: d_r[t] = d_kept * g_minus_3                  (N, 64)   :47
            np.multiply(s.d_kept, s.g_minus_3, out=s.d_r)

            # d_memory_times_5 = d_memory_2 * (1 - w_times_4)                (N, 64, 16)
            np.multiply(w_reshape_3, machine_erase_over_reshape, out=s.w_times_4)
            np.subtract(1.0, s.w_times_4, out=s.w_minus_times_4)
            np.multiply(s.d_memory, s.w_minus_times_4, out=s.d_memory)

            # machine.writer                                 neural_turing_machine.py:43
            # d_memory[t] = d_memory_2 + d_alike_product_2                 (N, 64, 16)
            np.multiply(
                s.d_alike_over_3,
                s.machine_writer_sum_2[t],
                out=s.d_alike_times_5,
            )
            np.multiply(2.0, s.memory_2[t], out=s.memory_times_2)
            np.multiply(s.d_alike_reshape_8, s.memory_times_2, out=s.d_alike_times_8)
            np.add(s.d_memory, s.d_alike_times_8, out=s.d_memory)
            writer_key_tanh_transpose = writer_key_tanh_reshape.transpose(0, 2, 1)
            np.matmul(
                s.d_alike_reshape_6,
                writer_key_tanh_transpose,
                out=s.d_alike_product_2,
            )
            np.add(s.d_memory, s.d_alike_product_2, out=s.d_memory)
            s.d_read[...] = s.d_read_3
        np.dot(s.ones_2, s.machine_add_times_reshape, out=d.machine_add_b)
        np.dot(s.h_reshape.T, s.machine_add_times_reshape, out=d.machine_add_W)
        np.dot(s.ones_2, s.machine_erase_times_reshape, out=d.machine_erase_b)
        np.dot(s.h_reshape.T, s.machine_erase_times_reshape, out=d.machine_erase_W)
        np.dot(
            s.ones_2,
            s.machine_reader_concat_reshape,
            out=d.machine_reader_scalars_b,
        )
        np.dot(
            s.h_reshape.T,
            s.machine_reader_concat_reshape,
            out=d.machine_reader_scalars_W,
        )
        np.dot(s.ones_2, s.value_times_reshape, out=d.machine_reader_moves_b)
        np.dot(s.h_reshape.T, s.value_times_reshape, out=d.machine_reader_moves_W)
        np.dot(s.ones_2, s.reader_key_times_reshape, out=d.machine_reader_key_b)
        np.dot(s.h_reshape.T, s.reader_key_times_reshape, out=d.machine_reader_key_W)
        np.dot(
            s.ones_2,
            s.machine_writer_concat_reshape,
            out=d.machine_writer_scalars_b,
        )
        np.dot(
            s.h_reshape.T,
            s.machine_writer_concat_reshape,
            out=d.machine_writer_scalars_W,
        )
        np.dot(s.ones_2, s.value_times_reshape_2, out=d.machine_writer_moves_b)
        np.dot(s.h_reshape.T, s.value_times_reshape_2, out=d.machine_writer_moves_W)
        np.dot(s.ones_2, s.writer_key_times_reshape, out=d.machine_writer_key_b)
        np.dot(s.h_reshape.T, s.writer_key_times_reshape, out=d.machine_writer_key_W)
        np.dot(s.ones_2, s.d_z_reshape, out=d.machine_controller_b)
        np.dot(s.h_reshape_2.T, s.d_z_reshape, out=d.machine_controller_U)
        np.dot(s.x_concat_reshape.T, s.d_z_reshape, out=d.machine_controller_W)

        return s.loss[()]

    def _train_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                              neural_turing_machine.py:116
        #   momentum and squares are without the factor 1 - beta
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # momentum' = 0.9 * momentum + grads * clip_scale                     (28628,)
        # squares' = 0.999 * squares + square(grads * clip_scale)             (28628,)
        # params' = params                                                    (28628,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = adam_step + 1
        t_2 = adam_step + 1.0
        c_3 = math.sqrt((1.0 - 0.999**t_2) / 0.001)
        alpha_t = 0.002 * c_3 * (0.1 / (1.0 - 0.9**t_2))
        with _Whole():  # no interruption may leave this half done
            np.multiply(0.9, self.momentum.flat, out=self.momentum.flat)
            np.dot(d.flat, d.flat, out=s.gradient_norm)
            np.sqrt(s.gradient_norm, out=s.gradient_norm)
            np.add(s.gradient_norm, 1e-06, out=s.clip_scale)
            np.divide(1.0, s.clip_scale, out=s.clip_scale)
            np.clip(s.clip_scale, -np.inf, 1.0, out=s.clip_scale)
            np.multiply(d.flat, s.clip_scale, out=s.grads_times)
            np.add(self.momentum.flat, s.grads_times, out=self.momentum.flat)
            np.multiply(0.999, self.squares.flat, out=self.squares.flat)
            np.square(s.grads_times, out=s.grads_square)
            np.add(self.squares.flat, s.grads_square, out=self.squares.flat)
            np.sqrt(self.squares.flat, out=s.new_squares_sqrt)
            epsilon_t = 1e-08 * c_3
            np.add(s.new_squares_sqrt, epsilon_t, out=s.new_squares_plus)
            np.divide(self.momentum.flat, s.new_squares_plus, out=s.new_momentum_over)
            np.multiply(alpha_t, s.new_momentum_over, out=s.alpha_t_times)
            np.subtract(p.flat, s.alpha_t_times, out=p.flat)
            self.state.adam_step[...] = new_adam_step

    def _train_slots(self, x, y, asked):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (x.dtype, x.shape, y.dtype, y.shape, asked.dtype, asked.shape)
            return self._train[key]
        except (AttributeError, KeyError, TypeError):
            return self._plan_train(x, y, asked)

    def _plan_train(self, x, y, asked):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("T", "N", 9), sizes, empty=("T",))
        _check("y", y, np.float32, ("T", "N", 8), sizes, empty=("T",))
        _check("asked", asked, np.float32, ("T",), sizes, empty=("T",))
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.h = _Buffer(0, 234, np.float32, (T + 1, n, 64))
        s.c = _Buffer(1, 234, np.float32, (T + 1, n, 64))
        s.read = _Buffer(2, 85, np.float32, (n, 16))
        s.w = _Buffer(3, 234, np.float32, (T + 1, n, 64))
        s.r = _Buffer(4, 234, np.float32, (T + 1, n, 64))
        s.memory_2 = _Buffer(5, 234, np.float32, (T + 1, n, 64, 16))
        s.h_concat = _Buffer(6, 95, np.float32, (T, n, 80))
        s.machine_reader_plus = _Buffer(7, 234, np.float32, (T, n, 1))
        s.g = _Buffer(8, 234, np.float32, (T, n, 1))
        s.found = _Buffer(9, 234, np.float32, (T, n, 64))
        s.machine_reader_plus_2 = _Buffer(10, 234, np.float32, (T, n, 1))
        s.alike = _Buffer(11, 234, np.float32, (T, n, 64))
        s.machine_reader_sqrt = _Buffer(12, 234, np.float32, (T, n, 64))
        s.machine_reader_sum = _Buffer(13, 234, np.float32, (T, n, 64))
        s.machine_reader_sum_2 = _Buffer(14, 234, np.float32, (T, n, 1))
        s.machine_writer_plus = _Buffer(15, 234, np.float32, (T, n, 1))
        s.g_2 = _Buffer(16, 234, np.float32, (T, n, 1))
        s.found_2 = _Buffer(17, 234, np.float32, (T, n, 64))
        s.machine_writer_plus_2 = _Buffer(18, 234, np.float32, (T, n, 1))
        s.alike_2 = _Buffer(19, 234, np.float32, (T, n, 64))
        s.machine_writer_sqrt = _Buffer(20, 234, np.float32, (T, n, 64))
        s.machine_writer_sum = _Buffer(21, 234, np.float32, (T, n, 64))
        s.machine_writer_concat = _Buffer(22, 234, np.float32, (T, n, 64))
        s.machine_writer_concat_2 = _Buffer(23, 234, np.float32, (T, n, 64))
        s.machine_writer_over = _Buffer(24, 234, np.float32, (T, n, 3))
        s.machine_writer_log = _Buffer(25, 234, np.float32, (T, n, 64))
        s.machine_reader_concat = _Buffer(26, 234, np.float32, (T, n, 64))
        s.machine_reader_concat_2 = _Buffer(27, 234, np.float32, (T, n, 64))
        s.machine_reader_over = _Buffer(28, 234, np.float32, (T, n, 3))
        s.machine_reader_log = _Buffer(29, 234, np.float32, (T, n, 64))
        s.g_3 = _Buffer(30, 234, np.float32, (T, n, 64))
        s.c_tanh = _Buffer(31, 234, np.float32, (T, n, 64))
        s.machine_writer_sum_2 = _Buffer(32, 234, np.float32, (T, n, 1))
        s.machine_erase_over = _Buffer(33, 234, np.float32, (T, n, 16))
        s.machine_add_tanh = _Buffer(34, 234, np.float32, (T, n, 16))
        s.gates = _Buffer(35, 234, np.float32, (T, n, 192))
        s.x_concat = _Buffer(36, 234, np.float32, (T, n, 25))
        s.machine_reader_key_tanh = _Buffer(37, 234, np.float32, (T, n, 16))
        s.machine_writer_key_tanh = _Buffer(38, 234, np.float32, (T, n, 16))
        s.machine_writer_slice = _Buffer(39, 234, np.float32, (T, n, 1))
        s.machine_writer_slice_2 = _Buffer(40, 234, np.float32, (T, n, 1))
        s.machine_reader_slice = _Buffer(41, 234, np.float32, (T, n, 1))
        s.machine_reader_slice_2 = _Buffer(42, 234, np.float32, (T, n, 1))
        s.logits = s.logits_minimum = _Buffer(86, 95, np.float32, (T, n, 8))
        s.logits_maximum = s.logits_minus_times = _Buffer(87, 90, np.float32, (T, n, 8))
        s.logits_times = _Buffer(88, 88, np.float32, (T, n, 8))
        s.logits_abs = s.logits_negative = _Buffer(89, 89, np.float32, (T, n, 8))
        s.logits_exp = s.logits_abs
        s.logits_log1p = s.logits_abs
        s.logits_plus_log1p = s.logits_maximum
        s.logits_row_sum = s.logits_over = _Buffer(90, 91, np.float32, (T,))
        s.logits_times_2 = s.logits_row_sum
        s.loss = _Buffer(91, 234, np.float32, ())
        s.asked_sum = _Buffer(92, 93, np.float32, ())
        s.asked_over_sum = s.asked_over = _Buffer(93, 95, np.float32, (T,))
        s.d_logits = _Buffer(94, 96, np.float32, (T, n, 8))
        s.logits_exp_2 = s.logits
        s.logits_plus_exp_2 = _Buffer(95, 95, np.float32, (T, n, 8))
        s.logits_over_2 = s.logits
        s.asked_times = s.logits
        s.d_logits_rows_product = _Buffer(96, 234, np.float32, (n * T, 80))
        s.machine_reader_key_W_T = _Buffer(97, 234, np.float32, (16, 64))
        s.machine_add_W_T = _Buffer(98, 234, np.float32, (16, 64))
        s.machine_erase_W_T = _Buffer(99, 234, np.float32, (16, 64))
        s.machine_writer_key_W_T = _Buffer(100, 234, np.float32, (16, 64))
        s.machine_writer_moves_W_T = _Buffer(101, 234, np.float32, (3, 64))
        s.machine_writer_scalars_W_T = _Buffer(102, 234, np.float32, (3, 64))
        s.machine_reader_moves_W_T = _Buffer(103, 234, np.float32, (3, 64))
        s.machine_reader_scalars_W_T = _Buffer(104, 234, np.float32, (3, 64))
        s.machine_controller_U_T = _Buffer(105, 234, np.float32, (256, 64))
        s.machine_controller_W_T = _Buffer(106, 234, np.float32, (256, 25))
        s.d_h = _Buffer(107, 234, np.float32, (n, 64))
        s.d_c = _Buffer(108, 234, np.float32, (n, 64))
        s.d_read = _Buffer(109, 234, np.float32, (n, 16))
        s.d_w = _Buffer(110, 234, np.float32, (n, 64))
        s.d_r = _Buffer(111, 234, np.float32, (n, 64))
        s.d_memory = _Buffer(112, 234, np.float32, (n, 64, 16))
        s.d_z = _Buffer(113, 234, np.float32, (T, n, 256))
        s.machine_reader_concat_3 = _Buffer(114, 234, np.float32, (T, n, 3))
        s.value_times = _Buffer(115, 234, np.float32, (T, n, 3))
        s.machine_writer_concat_3 = _Buffer(116, 234, np.float32, (T, n, 3))
        s.value_times_2 = _Buffer(117, 234, np.float32, (T, n, 3))
        s.machine_writer_key_times = _Buffer(118, 234, np.float32, (T, n, 16))
        s.machine_erase_times = _Buffer(119, 234, np.float32, (T, n, 16))
        s.machine_add_times = _Buffer(120, 234, np.float32, (T, n, 16))
        s.machine_reader_key_times = _Buffer(121, 234, np.float32, (T, n, 16))
        s.x_in = s.z = _Buffer(43, 45, np.float32, (n, 256))
        s.h_product = _Buffer(44, 44, np.float32, (n, 256))
        s.gates_plus_2 = _Buffer(45, 45, np.float32, (n, 192))
        s.i_times = _Buffer(46, 46, np.float32, (n, 64))
        s.h_product_2 = s.h_plus = _Buffer(47, 85, np.float32, (n, 3))
        s.out_abs = s.out_negative = s.out_exp = _Buffer(48, 48, np.float32, (n, 1))
        s.out_log1p = s.out_abs
        s.h_max = _Buffer(49, 49, np.float32, (n, 1))
        s.out_sum = _Buffer(50, 50, np.float32, (n, 1))
        s.g_plus_4 = _Buffer(51, 51, np.float32, (n, 1))
        s.out_abs_2 = s.out_negative_2 = _Buffer(52, 52, np.float32, (n, 1))
        s.out_exp_2 = s.out_abs_2
        s.out_log1p_2 = s.out_abs_2
        s.memory_product = _Buffer(53, 55, np.float32, (n, 64, 1))
        s.memory_square = _Buffer(54, 54, np.float32, (n, 64, 16))
        s.out_square = _Buffer(55, 55, np.float32, (n, 16, 1))
        s.found_max = _Buffer(56, 56, np.float32, (n, 1))
        s.found_row_sum = _Buffer(57, 57, np.float32, (n,))
        s.kept = _Buffer(58, 61, np.float32, (n, 64))
        s.g_minus_2 = _Buffer(59, 60, np.float32, (n, 1))
        s.g_times = _Buffer(60, 60, np.float32, (n, 64))
        s.out_times = _Buffer(61, 61, np.float32, (n, 64))
        s.out_times_2 = _Buffer(62, 62, np.float32, (n, 64))
        s.w_max = _Buffer(63, 63, np.float32, (n, 1))
        s.w_row_sum = _Buffer(64, 64, np.float32, (n,))
        s.h_product_4 = s.h_plus_3 = _Buffer(65, 85, np.float32, (n, 3))
        s.out_abs_3 = s.out_negative_3 = _Buffer(66, 66, np.float32, (n, 1))
        s.out_exp_3 = s.out_abs_3
        s.out_log1p_3 = s.out_abs_3
        s.h_max_2 = _Buffer(67, 67, np.float32, (n, 1))
        s.out_sum_2 = _Buffer(68, 68, np.float32, (n, 1))
        s.g_plus_5 = _Buffer(69, 69, np.float32, (n, 1))
        s.out_abs_4 = s.out_negative_4 = _Buffer(70, 70, np.float32, (n, 1))
        s.out_exp_4 = s.out_abs_4
        s.out_log1p_4 = s.out_abs_4
        s.out_plus_14 = _Buffer(71, 71, np.float32, (n, 16))
        s.w_times = _Buffer(72, 72, np.float32, (n, 64, 16))
        s.memory_product_2 = _Buffer(73, 75, np.float32, (n, 64, 1))
        s.memory_square_2 = _Buffer(74, 74, np.float32, (n, 64, 16))
        s.out_square_2 = _Buffer(75, 75, np.float32, (n, 16, 1))
        s.found_max_2 = _Buffer(76, 76, np.float32, (n, 1))
        s.found_row_sum_2 = _Buffer(77, 77, np.float32, (n,))
        s.kept_2 = _Buffer(78, 81, np.float32, (n, 64))
        s.g_minus = _Buffer(79, 80, np.float32, (n, 1))
        s.g_times_2 = _Buffer(80, 80, np.float32, (n, 64))
        s.out_times_3 = _Buffer(81, 81, np.float32, (n, 64))
        s.out_times_4 = _Buffer(82, 82, np.float32, (n, 64))
        s.r_max = _Buffer(83, 83, np.float32, (n, 1))
        s.r_row_sum = _Buffer(84, 84, np.float32, (n,))
        s.r_product = _Buffer(85, 85, np.float32, (n, 1, 16))
        s.d_read_2 = _Buffer(122, 149, np.float32, (n, 16))
        s.d_read_product = _Buffer(123, 123, np.float32, (n, 1, 64))
        s.d_r_times = _Buffer(124, 125, np.float32, (n, 64))
        s.d_r_row_sum = _Buffer(125, 125, np.float32, (n,))
        s.d_moved = s.d_moved_times_12 = _Buffer(126, 209, np.float32, (n, 64))
        s.moved_3 = s.moved_plus = _Buffer(127, 132, np.float32, (n, 64))
        s.kept_3 = s.d_moved_times_11 = _Buffer(128, 208, np.float32, (n, 64))
        s.g_minus_3 = _Buffer(129, 231, np.float32, (n, 1))
        s.g_times_3 = _Buffer(130, 130, np.float32, (n, 64))
        s.machine_reader_over_times = _Buffer(131, 131, np.float32, (n, 64))
        s.machine_reader_over_times_2 = _Buffer(132, 132, np.float32, (n, 64))
        s.d_moved_times = _Buffer(133, 134, np.float32, (n, 64))
        s.d_kept = _Buffer(134, 231, np.float32, (n, 64))
        s.d_moved_times_2 = _Buffer(135, 135, np.float32, (n, 64))
        s.d_moved_times_3 = _Buffer(136, 138, np.float32, (n, 64))
        s.d_moved_unslice = _Buffer(137, 137, np.float32, (n, 64))
        s.d_moved_unslice_2 = _Buffer(138, 138, np.float32, (n, 64))
        s.d_found = s.d_found_minus_reshape = _Buffer(139, 213, np.float32, (n, 64))
        s.d_found_times = _Buffer(140, 141, np.float32, (n, 64))
        s.d_found_row_sum = _Buffer(141, 141, np.float32, (n,))
        s.found_times = s.d_found
        s.d_alike = s.d_alike_over_2 = _Buffer(142, 151, np.float32, (n, 64))
        s.d_alike_times = s.d_alike_over = _Buffer(143, 150, np.float32, (n, 64))
        s.d_alike_times_2 = _Buffer(144, 145, np.float32, (n, 64))
        s.d_alike_row_sum = _Buffer(145, 146, np.float32, (n,))
        s.machine_reader_key_tanh_times = _Buffer(146, 147, np.float32, (n, 16, 1))
        s.d_alike_times_3 = s.machine_reader_key_tanh_times
        s.memory_product_3 = _Buffer(147, 147, np.float32, (n, 16, 1))
        s.d_alike_plus = s.machine_reader_key_tanh_times
        s.out_product = _Buffer(148, 148, np.float32, (n, 64))
        s.r_product_2 = _Buffer(149, 149, np.float32, (n, 64, 16))
        s.memory_times = s.d_alike_times_4 = _Buffer(150, 150, np.float32, (n, 64, 16))
        s.d_alike_product = _Buffer(151, 151, np.float32, (n, 64, 16))
        s.d_memory_times = _Buffer(152, 152, np.float32, (n, 64, 16))
        s.machine_add_tanh_square = _Buffer(153, 153, np.float32, (n, 16))
        s.machine_add_tanh_minus_square = s.machine_add_tanh_square
        s.out_product_2 = _Buffer(154, 154, np.float32, (n, 64))
        s.d_memory_times_2 = _Buffer(155, 161, np.float32, (n, 64, 16))
        s.d_memory_negative = s.d_memory_times_2
        s.d_memory_times_3 = _Buffer(156, 156, np.float32, (n, 64, 16))
        s.machine_erase_over_minus = _Buffer(157, 157, np.float32, (n, 16))
        s.machine_erase_over_times_minus = s.machine_erase_over_minus
        s.out_product_3 = _Buffer(158, 158, np.float32, (n, 64))
        s.d_memory_times_4 = _Buffer(159, 160, np.float32, (n, 64, 16))
        s.d_memory_plus_reshape = _Buffer(160, 161, np.float32, (n, 64, 1))
        s.d_memory_sum_4 = _Buffer(161, 161, np.float32, (n, 64))
        s.d_w_times = _Buffer(162, 163, np.float32, (n, 64))
        s.d_w_row_sum = _Buffer(163, 163, np.float32, (n,))
        s.d_moved_2 = s.d_moved_times_9 = _Buffer(164, 190, np.float32, (n, 64))
        s.moved_4 = s.moved_plus_2 = _Buffer(165, 170, np.float32, (n, 64))
        s.kept_4 = s.d_moved_times_8 = _Buffer(166, 189, np.float32, (n, 64))
        s.g_minus_4 = _Buffer(167, 231, np.float32, (n, 1))
        s.g_times_4 = _Buffer(168, 168, np.float32, (n, 64))
        s.machine_writer_over_times = _Buffer(169, 169, np.float32, (n, 64))
        s.machine_writer_over_times_2 = _Buffer(170, 170, np.float32, (n, 64))
        s.d_moved_times_4 = _Buffer(171, 172, np.float32, (n, 64))
        s.d_kept_2 = _Buffer(172, 231, np.float32, (n, 64))
        s.d_moved_times_5 = _Buffer(173, 173, np.float32, (n, 64))
        s.d_moved_times_6 = _Buffer(174, 176, np.float32, (n, 64))
        s.d_moved_unslice_3 = _Buffer(175, 175, np.float32, (n, 64))
        s.d_moved_unslice_4 = _Buffer(176, 176, np.float32, (n, 64))
        s.d_found_2 = s.d_found_minus = _Buffer(177, 194, np.float32, (n, 64))
        s.d_found_times_2 = _Buffer(178, 179, np.float32, (n, 64))
        s.d_found_row_sum_2 = _Buffer(179, 179, np.float32, (n,))
        s.found_times_2 = s.d_found_2
        s.d_alike_2 = s.d_alike_over_4 = _Buffer(180, 234, np.float32, (n, 64))
        s.d_alike_times_5 = s.d_alike_over_3 = _Buffer(181, 233, np.float32, (n, 64))
        s.d_alike_times_6 = _Buffer(182, 183, np.float32, (n, 64))
        s.d_alike_row_sum_2 = _Buffer(183, 184, np.float32, (n,))
        s.machine_writer_key_tanh_times = _Buffer(184, 185, np.float32, (n, 16, 1))
        s.d_alike_times_7 = s.machine_writer_key_tanh_times
        s.memory_product_4 = _Buffer(185, 185, np.float32, (n, 16, 1))
        s.d_alike_plus_2 = s.machine_writer_key_tanh_times
        s.out_product_4 = _Buffer(186, 186, np.float32, (n, 64))
        s.d_moved_times_7 = _Buffer(187, 188, np.float32, (n, 64))
        s.d_moved_row_sum = _Buffer(188, 190, np.float32, (n,))
        s.d_moved_row_sum_2 = _Buffer(189, 190, np.float32, (n,))
        s.d_moved_row_sum_3 = _Buffer(190, 190, np.float32, (n,))
        s.out_times_5 = _Buffer(191, 192, np.float32, (n, 3))
        s.out_sum_3 = _Buffer(192, 192, np.float32, (n, 1))
        s.out_product_5 = _Buffer(193, 193, np.float32, (n, 64))
        s.found_row_sum_3 = _Buffer(194, 196, np.float32, (n,))
        s.machine_writer_slice_minimum = _Buffer(195, 196, np.float32, (n, 1))
        s.machine_writer_slice_exp = s.machine_writer_slice_minimum
        s.machine_writer_slice_plus_exp = _Buffer(196, 196, np.float32, (n, 1))
        s.writer_slice_over_plus_exp = s.machine_writer_slice_minimum
        s.d_kept_times = _Buffer(197, 198, np.float32, (n, 64))
        s.d_g = _Buffer(198, 201, np.float32, (n, 1))
        s.d_kept_times_2 = _Buffer(199, 200, np.float32, (n, 64))
        s.d_kept_row_sum_2 = _Buffer(200, 200, np.float32, (n,))
        s.g_times_minus_4 = _Buffer(201, 201, np.float32, (n, 1))
        s.w_row_sum_2 = _Buffer(202, 204, np.float32, (n,))
        s.machine_writer_slice_2_minimum = _Buffer(203, 204, np.float32, (n, 1))
        s.machine_writer_slice_2_exp = s.machine_writer_slice_2_minimum
        s.writer_slice_2_plus_exp = _Buffer(204, 204, np.float32, (n, 1))
        s.machine_writer_slice_2_over = s.machine_writer_slice_2_minimum
        s.out_product_6 = _Buffer(205, 205, np.float32, (n, 64))
        s.d_moved_times_10 = _Buffer(206, 207, np.float32, (n, 64))
        s.d_moved_row_sum_4 = _Buffer(207, 209, np.float32, (n,))
        s.d_moved_row_sum_5 = _Buffer(208, 209, np.float32, (n,))
        s.d_moved_row_sum_6 = _Buffer(209, 209, np.float32, (n,))
        s.out_times_6 = _Buffer(210, 211, np.float32, (n, 3))
        s.out_sum_4 = _Buffer(211, 211, np.float32, (n, 1))
        s.out_product_7 = _Buffer(212, 212, np.float32, (n, 64))
        s.found_row_sum_4 = _Buffer(213, 215, np.float32, (n,))
        s.machine_reader_slice_minimum = _Buffer(214, 215, np.float32, (n, 1))
        s.machine_reader_slice_exp = s.machine_reader_slice_minimum
        s.machine_reader_slice_plus_exp = _Buffer(215, 215, np.float32, (n, 1))
        s.reader_slice_over_plus_exp = s.machine_reader_slice_minimum
        s.d_kept_times_3 = _Buffer(216, 217, np.float32, (n, 64))
        s.d_g_2 = _Buffer(217, 220, np.float32, (n, 1))
        s.d_kept_times_4 = _Buffer(218, 219, np.float32, (n, 64))
        s.d_kept_row_sum_4 = _Buffer(219, 219, np.float32, (n,))
        s.g_times_minus_3 = _Buffer(220, 220, np.float32, (n, 1))
        s.r_row_sum_2 = _Buffer(221, 223, np.float32, (n,))
        s.machine_reader_slice_2_minimum = _Buffer(222, 223, np.float32, (n, 1))
        s.machine_reader_slice_2_exp = s.machine_reader_slice_2_minimum
        s.reader_slice_2_plus_exp = _Buffer(223, 223, np.float32, (n, 1))
        s.machine_reader_slice_2_over = s.machine_reader_slice_2_minimum
        s.out_product_8 = _Buffer(224, 224, np.float32, (n, 64))
        s.d_c_tanh = s.d_c_tanh_times = _Buffer(225, 226, np.float32, (n, 64))
        s.c_tanh_square = s.c_tanh_minus_square = _Buffer(226, 226, np.float32, (n, 64))
        s.d_gates = _Buffer(227, 228, np.float32, (n, 192))
        s.gates_minus = s.gates_times_minus = _Buffer(228, 228, np.float32, (n, 192))
        s.d_g_3 = _Buffer(229, 230, np.float32, (n, 64))
        s.g_square = s.g_minus_square = _Buffer(230, 230, np.float32, (n, 64))
        s.d_z_product = _Buffer(231, 234, np.float32, (n, 25))
        s.w_times_4 = s.w_minus_times_4 = _Buffer(232, 232, np.float32, (n, 64, 16))
        s.memory_times_2 = _Buffer(233, 233, np.float32, (n, 64, 16))
        s.d_alike_times_8 = s.memory_times_2
        s.d_alike_product_2 = _Buffer(234, 234, np.float32, (n, 64, 16))
        s.gradient_norm = s.clip_scale = _Buffer(235, 236, np.float32, ())
        s.grads_times = s.grads_square = _Buffer(236, 236, np.float32, (28628,))
        s.new_squares_sqrt = s.alpha_t_times = _Buffer(237, 237, np.float32, (28628,))
        s.new_squares_plus = s.new_squares_sqrt
        s.new_momentum_over = s.new_squares_sqrt
        self._lay_out(s)
        self._plan_common(s, n, T)
        s.logits_reshape = s.logits_plus_log1p.reshape(T, 8 * n)
        s.ones = np.ones((8 * n,), dtype=np.float32)
        s.asked_reshape = s.asked_over.reshape(T, 1, 1)
        s.asked_broadcast_to = np.broadcast_to(s.asked_reshape, (T, n, 8))
        s.d_logits_rows = s.d_logits.reshape(n * T, 8)
        s.ones_2 = np.ones((n * T,), dtype=np.float32)
        s.d_logits_rows_reshape = s.d_logits_rows_product.reshape(T, n, 80)
        s.machine_add_times_reshape = s.machine_add_times.reshape(n * T, 16)
        s.h_slice = s.h[1:]
        s.h_reshape = s.h_slice.reshape(n * T, 64)
        s.machine_erase_times_reshape = s.machine_erase_times.reshape(n * T, 16)
        s.machine_reader_concat_reshape = s.machine_reader_concat_3.reshape(n * T, 3)
        s.value_times_reshape = s.value_times.reshape(n * T, 3)
        s.reader_key_times_reshape = s.machine_reader_key_times.reshape(n * T, 16)
        s.machine_writer_concat_reshape = s.machine_writer_concat_3.reshape(n * T, 3)
        s.value_times_reshape_2 = s.value_times_2.reshape(n * T, 3)
        s.writer_key_times_reshape = s.machine_writer_key_times.reshape(n * T, 16)
        s.d_z_reshape = s.d_z.reshape(n * T, 256)
        s.h_slice_2 = s.h[:-1]
        s.h_reshape_2 = s.h_slice_2.reshape(n * T, 64)
        s.x_concat_reshape = s.x_concat.reshape(n * T, 25)
        s.out = s.h_plus[:, 2:]
        s.out_4 = s.h_plus[:, :1]
        s.memory_slice_3 = s.memory_product[:, :, 0]
        s.ones_3 = np.ones((64,), dtype=np.float32)
        s.out_9 = s.h_plus_3[:, 2:]
        s.h_slice_4 = s.h_plus_3[:, 1:2]
        s.out_12 = s.h_plus_3[:, :1]
        s.memory_slice_4 = s.memory_product_2[:, :, 0]
        s.read_2 = s.r_product[:, 0]
        s.d_read_reshape = s.d_read_2.reshape(n, 1, 16)
        s.d_read_reshape_2 = s.d_read_product.reshape(n, 64)
        s.d_r_reshape = s.d_r_row_sum.reshape(n, 1)
        s.d_moved_slice = s.d_moved_times[:, 1:]
        s.d_moved_slice_2 = s.d_moved_times[:, :1]
        s.d_moved_slice_3 = s.d_moved_times_3[:, 63:]
        s.d_moved_slice_4 = s.d_moved_times_3[:, :63]
        s.d_found_reshape = s.d_found_row_sum.reshape(n, 1)
        s.d_alike_reshape = s.d_alike_row_sum.reshape(n, 1, 1)
        s.d_alike_reshape_2 = s.d_alike_over_2.reshape(n, 64, 1)
        s.d_alike_reshape_3 = s.d_alike_plus.reshape(n, 16)
        s.d_alike_reshape_4 = s.d_alike_times.reshape(n, 64, 1)
        s.d_memory_sum_3 = s.d_memory_plus_reshape.reshape(n, 64)
        s.d_memory_reshape = s.d_memory_sum_4.reshape(n, 64, 1)
        s.d_memory_reshape_2 = s.d_memory_plus_reshape.reshape(n, 64)
        s.d_w_reshape = s.d_w_row_sum.reshape(n, 1)
        s.d_moved_slice_5 = s.d_moved_times_4[:, 1:]
        s.d_moved_slice_6 = s.d_moved_times_4[:, :1]
        s.d_moved_slice_7 = s.d_moved_times_6[:, 63:]
        s.d_moved_slice_8 = s.d_moved_times_6[:, :63]
        s.d_found_reshape_2 = s.d_found_row_sum_2.reshape(n, 1)
        s.d_alike_reshape_5 = s.d_alike_row_sum_2.reshape(n, 1, 1)
        s.d_alike_reshape_6 = s.d_alike_over_4.reshape(n, 64, 1)
        s.d_alike_reshape_7 = s.d_alike_plus_2.reshape(n, 16)
        s.d_moved_reshape = s.d_moved_row_sum.reshape(n, 1)
        s.d_moved_reshape_2 = s.d_moved_row_sum_2.reshape(n, 1)
        s.d_moved_reshape_3 = s.d_moved_row_sum_3.reshape(n, 1)
        s.found_reshape_3 = s.found_row_sum_3.reshape(n, 1)
        s.d_kept_row_sum = s.d_g.reshape(n)
        s.d_kept_reshape = s.d_kept_row_sum_2.reshape(n, 1)
        s.w_reshape_4 = s.w_row_sum_2.reshape(n, 1)
        s.d_moved_reshape_4 = s.d_moved_row_sum_4.reshape(n, 1)
        s.d_moved_reshape_5 = s.d_moved_row_sum_5.reshape(n, 1)
        s.d_moved_reshape_6 = s.d_moved_row_sum_6.reshape(n, 1)
        s.found_reshape_4 = s.found_row_sum_4.reshape(n, 1)
        s.d_kept_row_sum_3 = s.d_g_2.reshape(n)
        s.d_kept_reshape_2 = s.d_kept_row_sum_4.reshape(n, 1)
        s.r_reshape_4 = s.r_row_sum_2.reshape(n, 1)
        s.d_read_3 = s.d_z_product[:, 9:]
        s.d_alike_reshape_8 = s.d_alike_times_5.reshape(n, 64, 1)
        key = (x.dtype, x.shape, y.dtype, y.shape, asked.dtype, asked.shape)
        self._train[key] = s
        return s

    def _plan_common(self, s, n, T):
        """The views that train and answer have alike."""
        s.constant = np.array(
            [
                1.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
                0.0,
            ],
            dtype=np.float32,
        )
        s.constant_broadcast_to = np.broadcast_to(s.constant, (n, 64))
        s.h_concat_reshape = s.h_concat.reshape(n * T, 80)
        s.logits_rows = s.logits.reshape(n * T, 8)
        s.z_slice = s.z[:, :192]
        s.z_slice_2 = s.z[:, 192:]
        s.h_slice_3 = s.h_plus[:, 1:2]
        s.found_reshape = s.found_row_sum.reshape(n, 1)
        s.kept_slice = s.kept[:, 1:]
        s.kept_slice_2 = s.kept[:, :1]
        s.kept_slice_3 = s.kept[:, 63:]
        s.kept_slice_4 = s.kept[:, :63]
        s.w_reshape = s.w_row_sum.reshape(n, 1)
        s.found_reshape_2 = s.found_row_sum_2.reshape(n, 1)
        s.kept_slice_5 = s.kept_2[:, 1:]
        s.kept_slice_6 = s.kept_2[:, :1]
        s.kept_slice_7 = s.kept_2[:, 63:]
        s.kept_slice_8 = s.kept_2[:, :63]
        s.r_reshape = s.r_row_sum.reshape(n, 1)

    def answer(self, x):
        """Returns bits, written, read.

        x: float32 (T, N, 9)
        """
        s = self._answer_slots(x)
        bits, written, read = self._answer_body(s, x)
        return {"bits": bits.copy(), "written": written.copy(), "read": read.copy()}

    def _answer_body(self, s, x):
        """The computation of answer."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # machine                                            neural_turing_machine.py:88
        # h, step by step                                                      (N, 64)
        # c, step by step                                                      (N, 64)
        # read, step by step                                                   (N, 16)
        # w, step by step                                               (T + 1, N, 64)
        # r, step by step                                               (T + 1, N, 64)
        # memory_2, step by step                                           (N, 64, 16)
        s.h.fill(0.0)
        s.c.fill(0.0)
        s.read.fill(0.0)
        np.copyto(s.w[0], s.constant_broadcast_to)
        np.copyto(s.r[0], s.constant_broadcast_to)
        s.memory_2.fill(0.001)
        for t in range(s.T):
            # x_concat = [x[t]; read[t]]                                         (N, 25)
            np.concatenate((x[t], s.read), axis=1, out=s.x_concat)

            # machine.controller                             neural_turing_machine.py:61
            # x_in = x_concat controller.W + controller.b                     (N, 256)
            # z = x_in + h[t] controller.U                                    (N, 256)
            # gates = sigmoid(z[:, :192])                                     (N, 192)
            # g = tanh(z[:, 192:])                                             (N, 64)
            # c[t + 1] = f * c[t] + i * g                                      (N, 64)
            # c_tanh = tanh(c[t + 1])                                          (N, 64)
            # h[t + 1] = o * c_tanh                                            (N, 64)
            np.dot(s.x_concat, p.machine_controller_W, out=s.x_in)
            np.add(s.x_in, p.machine_controller_b, out=s.x_in)
            np.dot(s.h, p.machine_controller_U, out=s.h_product)
            np.add(s.x_in, s.h_product, out=s.z)
            np.clip(s.z_slice, -np.inf, 88.0, out=s.gates)
            np.exp(s.gates, out=s.gates)
            np.add(1.0, s.gates, out=s.gates_plus)
            np.divide(s.gates, s.gates_plus, out=s.gates)
            np.multiply(s.f, s.c, out=s.c)
            np.tanh(s.z_slice_2, out=s.g)
            np.multiply(s.i, s.g, out=s.i_times)
            np.add(s.c, s.i_times, out=s.c)
            np.tanh(s.c, out=s.h)
            np.multiply(s.o, s.h, out=s.h)

            # machine.writer.scalars                         neural_turing_machine.py:36
            # h_plus = h[t + 1] writer.scalars.W + writer.scalars.b             (N, 3)
            np.dot(s.h, p.machine_writer_scalars_W, out=s.h_product_2)
            np.add(s.h_product_2, p.machine_writer_scalars_b, out=s.h_plus)

            # machine.writer: h_plus_2 = 1 + softplus(h_plus[:, 2:])        (N, 1)   :52
            np.clip(s.h_slice, 0.0, np.inf, out=s.h_maximum)
            np.abs(s.h_slice, out=s.h_abs)
            np.negative(s.h_abs, out=s.h_negative)
            np.exp(s.h_negative, out=s.h_exp)
            np.log1p(s.h_exp, out=s.h_log1p)
            np.add(s.h_maximum, s.h_log1p, out=s.h_plus_log1p)
            np.add(1.0, s.h_plus_log1p, out=s.h_plus_2)

            # machine.writer.moves                           neural_turing_machine.py:35
            # h_plus_3 = h[t + 1] writer.moves.W + writer.moves.b               (N, 3)
            np.dot(s.h, p.machine_writer_moves_W, out=s.h_product_3)
            np.add(s.h_product_3, p.machine_writer_moves_b, out=s.h_plus_3)

            # machine.writer                                 neural_turing_machine.py:48
            # g_2 = sigmoid(h_plus[:, 1:2])                                     (N, 1)
            # h_over_sum = softmax(h_plus_3)                                    (N, 3)
            # h_plus_log1p_2 = softplus(h_plus[:, :1])                          (N, 1)
            s.h_plus_3.max(axis=1, keepdims=True, out=s.h_max)
            np.subtract(s.h_plus_3, s.h_max, out=s.h_minus_max)
            np.exp(s.h_minus_max, out=s.h_exp_2)
            s.h_exp_2.sum(axis=1, keepdims=True, out=s.h_sum)
            np.divide(s.h_exp_2, s.h_sum, out=s.h_over_sum)
            np.clip(s.h_slice_3, -np.inf, 88.0, out=s.g_2)
            np.exp(s.g_2, out=s.g_2)
            np.add(1.0, s.g_2, out=s.g_plus_2)
            np.divide(s.g_2, s.g_plus_2, out=s.g_2)
            np.clip(s.h_slice_4, 0.0, np.inf, out=s.h_maximum_2)
            np.abs(s.h_slice_4, out=s.h_abs_2)
            np.negative(s.h_abs_2, out=s.h_negative_2)
            np.exp(s.h_negative_2, out=s.h_exp_3)
            np.log1p(s.h_exp_3, out=s.h_log1p_2)
            np.add(s.h_maximum_2, s.h_log1p_2, out=s.h_plus_log1p_2)

            # machine.writer.key                             neural_turing_machine.py:34
            # h_tanh = tanh(h[t + 1] writer.key.W + writer.key.b)              (N, 16)
            np.dot(s.h, p.machine_writer_key_W, out=s.h_product_4)
            np.add(s.h_product_4, p.machine_writer_key_b, out=s.h_plus_4)
            np.tanh(s.h_plus_4, out=s.h_tanh)

            # machine.writer                                 neural_turing_machine.py:44
            # alike                                                            (N, 64)
            # found = softmax(h_plus_log1p_2 * alike)                          (N, 64)
            # kept = g_2 * found + (1 - g_2) * w[t]                            (N, 64)
            # moved                                                            (N, 64)
            # w[t + 1]                                                         (N, 64)
            np.matmul(s.memory_2, s.h_square, out=s.memory_product)
            np.square(s.memory_2, out=s.memory_square)
            s.memory_square.sum(axis=2, out=s.alike)
            np.square(s.h_square, out=s.h_square)
            s.h_square.sum(axis=1, out=s.h_sum_2)
            np.multiply(s.alike, s.h_sum_2, out=s.alike)
            np.add(s.alike, 1e-08, out=s.alike)
            np.sqrt(s.alike, out=s.alike)
            np.divide(s.memory_slice, s.alike, out=s.alike)
            np.multiply(s.h_plus_log1p_2, s.alike, out=s.found)
            s.found.max(axis=1, keepdims=True, out=s.found_max)
            np.subtract(s.found, s.found_max, out=s.found)
            np.exp(s.found, out=s.found)
            np.dot(s.found, s.ones, out=s.found_row_sum)
            np.divide(s.found, s.found_reshape, out=s.found)
            np.multiply(s.g_2, s.found, out=s.kept)
            np.subtract(1.0, s.g_2, out=s.g_minus_2)
            np.multiply(s.g_minus_2, s.w[t], out=s.g_times)
            np.add(s.kept, s.g_times, out=s.kept)
            np.concatenate((s.kept_slice, s.kept_slice_2), axis=1, out=s.w[t + 1])
            np.multiply(s.h_slice_2, s.w[t + 1], out=s.w[t + 1])
            np.multiply(s.h_slice_5, s.kept, out=s.h_times)
            np.add(s.w[t + 1], s.h_times, out=s.w[t + 1])
            np.concatenate((s.kept_slice_3, s.kept_slice_4), axis=1, out=s.kept_concat)
            np.multiply(s.h_slice_6, s.kept_concat, out=s.h_times_2)
            np.add(s.w[t + 1], s.h_times_2, out=s.w[t + 1])
            np.add(s.w[t + 1], 1e-06, out=s.w[t + 1])
            np.log(s.w[t + 1], out=s.w[t + 1])
            np.multiply(s.h_plus_2, s.w[t + 1], out=s.w[t + 1])
            s.w[t + 1].max(axis=1, keepdims=True, out=s.w_max)
            np.subtract(s.w[t + 1], s.w_max, out=s.w[t + 1])
            np.exp(s.w[t + 1], out=s.w[t + 1])
            np.dot(s.w[t + 1], s.ones, out=s.w_row_sum)
            np.divide(s.w[t + 1], s.w_reshape, out=s.w[t + 1])

            # machine.reader.scalars                         neural_turing_machine.py:36
            # h_plus_5 = h[t + 1] reader.scalars.W + reader.scalars.b           (N, 3)
            np.dot(s.h, p.machine_reader_scalars_W, out=s.h_product_5)
            np.add(s.h_product_5, p.machine_reader_scalars_b, out=s.h_plus_5)

            # machine.reader: h_plus_6 = 1 + softplus(h_plus_5[:, 2:])      (N, 1)   :52
            np.clip(s.h_slice_7, 0.0, np.inf, out=s.h_maximum_3)
            np.abs(s.h_slice_7, out=s.h_abs_3)
            np.negative(s.h_abs_3, out=s.h_negative_3)
            np.exp(s.h_negative_3, out=s.h_exp_4)
            np.log1p(s.h_exp_4, out=s.h_log1p_3)
            np.add(s.h_maximum_3, s.h_log1p_3, out=s.h_plus_log1p_3)
            np.add(1.0, s.h_plus_log1p_3, out=s.h_plus_6)

            # machine.reader.moves                           neural_turing_machine.py:35
            # h_plus_7 = h[t + 1] reader.moves.W + reader.moves.b               (N, 3)
            np.dot(s.h, p.machine_reader_moves_W, out=s.h_product_6)
            np.add(s.h_product_6, p.machine_reader_moves_b, out=s.h_plus_7)

            # machine.reader                                 neural_turing_machine.py:48
            # g_3 = sigmoid(h_plus_5[:, 1:2])                                   (N, 1)
            # h_over_sum_3 = softmax(h_plus_7)                                  (N, 3)
            # h_plus_log1p_4 = softplus(h_plus_5[:, :1])                        (N, 1)
            s.h_plus_7.max(axis=1, keepdims=True, out=s.h_max_2)
            np.subtract(s.h_plus_7, s.h_max_2, out=s.h_minus_max_2)
            np.exp(s.h_minus_max_2, out=s.h_exp_5)
            s.h_exp_5.sum(axis=1, keepdims=True, out=s.h_sum_3)
            np.divide(s.h_exp_5, s.h_sum_3, out=s.h_over_sum_3)
            np.clip(s.h_slice_9, -np.inf, 88.0, out=s.g_3)
            np.exp(s.g_3, out=s.g_3)
            np.add(1.0, s.g_3, out=s.g_plus_3)
            np.divide(s.g_3, s.g_plus_3, out=s.g_3)
            np.clip(s.h_slice_10, 0.0, np.inf, out=s.h_maximum_4)
            np.abs(s.h_slice_10, out=s.h_abs_4)
            np.negative(s.h_abs_4, out=s.h_negative_4)
            np.exp(s.h_negative_4, out=s.h_exp_6)
            np.log1p(s.h_exp_6, out=s.h_log1p_4)
            np.add(s.h_maximum_4, s.h_log1p_4, out=s.h_plus_log1p_4)
            w_reshape_2 = s.w[t + 1].reshape(s.n, 64, 1)

            # machine.erase                                  neural_turing_machine.py:63
            # h_over = sigmoid(h[t + 1] erase.W + erase.b)                     (N, 16)
            np.dot(s.h, p.machine_erase_W, out=s.h_product_7)
            np.add(s.h_product_7, p.machine_erase_b, out=s.h_plus_8)
            np.clip(s.h_plus_8, -np.inf, 88.0, out=s.h_minimum)
            np.exp(s.h_minimum, out=s.h_exp_7)
            np.add(1.0, s.h_exp_7, out=s.h_plus_exp_7)
            np.divide(s.h_exp_7, s.h_plus_exp_7, out=s.h_over)

            # memory_3 = memory_2[t] * w_minus_times                         (N, 64, 16)
            np.multiply(w_reshape_2, s.h_reshape, out=s.w_times)
            np.subtract(1.0, s.w_times, out=s.w_minus_times)
            np.multiply(s.memory_2, s.w_minus_times, out=s.memory_2)

            # machine.add: h_tanh_2 = tanh(h[t + 1] add.W + add.b)         (N, 16)   :64
            np.dot(s.h, p.machine_add_W, out=s.h_product_8)
            np.add(s.h_product_8, p.machine_add_b, out=s.h_plus_9)
            np.tanh(s.h_plus_9, out=s.h_tanh_2)

            # memory_2[t + 1] = memory_3 + w_times_2                         (N, 64, 16)
            np.multiply(w_reshape_2, s.h_reshape_2, out=s.w_times_2)
            np.add(s.memory_2, s.w_times_2, out=s.memory_2)

            # machine.reader.key                             neural_turing_machine.py:34
            # h_tanh_3 = tanh(h[t + 1] reader.key.W + reader.key.b)            (N, 16)
            np.dot(s.h, p.machine_reader_key_W, out=s.h_product_9)
            np.add(s.h_product_9, p.machine_reader_key_b, out=s.h_plus_10)
            np.tanh(s.h_plus_10, out=s.h_tanh_3)

            # machine.reader                                 neural_turing_machine.py:44
            # alike_2                                                          (N, 64)
            # found_2 = softmax(softplus((h machine_reader_scalars_W           (N, 64)
            #     + machine_reader_scalars_b)[:, :1]) * alike)
            # kept_2 = g_3 * found_2 + (1 - g_3) * r[t]                        (N, 64)
            # moved_2                                                          (N, 64)
            # r[t + 1]                                                         (N, 64)
            np.matmul(s.memory_2, s.h_square_2, out=s.memory_product_2)
            np.square(s.memory_2, out=s.memory_square_2)
            s.memory_square_2.sum(axis=2, out=s.alike_2)
            np.square(s.h_square_2, out=s.h_square_2)
            s.h_square_2.sum(axis=1, out=s.h_sum_4)
            np.multiply(s.alike_2, s.h_sum_4, out=s.alike_2)
            np.add(s.alike_2, 1e-08, out=s.alike_2)
            np.sqrt(s.alike_2, out=s.alike_2)
            np.divide(s.memory_slice_2, s.alike_2, out=s.alike_2)
            np.multiply(s.h_plus_log1p_4, s.alike_2, out=s.found_2)
            s.found_2.max(axis=1, keepdims=True, out=s.found_max_2)
            np.subtract(s.found_2, s.found_max_2, out=s.found_2)
            np.exp(s.found_2, out=s.found_2)
            np.dot(s.found_2, s.ones, out=s.found_row_sum_2)
            np.divide(s.found_2, s.found_reshape_2, out=s.found_2)
            np.multiply(s.g_3, s.found_2, out=s.kept_2)
            np.subtract(1.0, s.g_3, out=s.g_minus_3)
            np.multiply(s.g_minus_3, s.r[t], out=s.g_times_2)
            np.add(s.kept_2, s.g_times_2, out=s.kept_2)
            np.concatenate((s.kept_slice_5, s.kept_slice_6), axis=1, out=s.r[t + 1])
            np.multiply(s.h_slice_8, s.r[t + 1], out=s.r[t + 1])
            np.multiply(s.h_slice_11, s.kept_2, out=s.h_times_3)
            np.add(s.r[t + 1], s.h_times_3, out=s.r[t + 1])
            np.concatenate(
                (s.kept_slice_7, s.kept_slice_8),
                axis=1,
                out=s.kept_concat_2,
            )
            np.multiply(s.h_slice_12, s.kept_concat_2, out=s.h_times_4)
            np.add(s.r[t + 1], s.h_times_4, out=s.r[t + 1])
            np.add(s.r[t + 1], 1e-06, out=s.r[t + 1])
            np.log(s.r[t + 1], out=s.r[t + 1])
            np.multiply(s.h_plus_6, s.r[t + 1], out=s.r[t + 1])
            s.r[t + 1].max(axis=1, keepdims=True, out=s.r_max)
            np.subtract(s.r[t + 1], s.r_max, out=s.r[t + 1])
            np.exp(s.r[t + 1], out=s.r[t + 1])
            np.dot(s.r[t + 1], s.ones, out=s.r_row_sum)
            np.divide(s.r[t + 1], s.r_reshape, out=s.r[t + 1])
            r_reshape_2 = s.r[t + 1].reshape(s.n, 1, 64)

            # h_concat[t] = [h[t + 1]; read[t + 1]]                              (N, 80)
            np.matmul(r_reshape_2, s.memory_2, out=s.r_product)
            np.concatenate((s.h, s.read_3), axis=1, out=s.h_concat[t])
            s.read[...] = s.read_3

        # machine.say: logits = logits + b       (T, N, 8)   neural_turing_machine.py:65
        np.dot(s.h_concat_reshape, p.machine_say_W, out=s.logits_rows)
        np.add(s.logits, p.machine_say_b, out=s.logits)

        # bits = logits > 0                     (T, N, 8)   neural_turing_machine.py:121
        np.greater(s.logits, 0.0, out=s.bits)

        return s.bits, s.written, s.read_2

    def _answer_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._answer[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_answer(x)

    def _plan_answer(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("T", "N", 9), sizes, empty=("T",))
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.h = _Buffer(0, 62, np.float32, (n, 64))
        s.c = _Buffer(1, 62, np.float32, (n, 64))
        s.read = _Buffer(2, 62, np.float32, (n, 16))
        s.w = _Buffer(3, 64, np.float32, (T + 1, n, 64))
        s.r = _Buffer(4, 64, np.float32, (T + 1, n, 64))
        s.memory_2 = _Buffer(5, 62, np.float32, (n, 64, 16))
        s.h_concat = _Buffer(6, 63, np.float32, (T, n, 80))
        s.logits = _Buffer(63, 64, np.float32, (T, n, 8))
        s.bits = _Buffer(64, 64, np.bool_, (T, n, 8))
        s.x_concat = _Buffer(7, 8, np.float32, (n, 25))
        s.x_in = s.z = _Buffer(8, 12, np.float32, (n, 256))
        s.h_product = _Buffer(9, 9, np.float32, (n, 256))
        s.gates = _Buffer(10, 12, np.float32, (n, 192))
        s.gates_plus = _Buffer(11, 11, np.float32, (n, 192))
        s.g = s.i_times = _Buffer(12, 12, np.float32, (n, 64))
        s.h_product_2 = s.h_plus = _Buffer(13, 22, np.float32, (n, 3))
        s.h_maximum = s.h_plus_log1p = s.h_plus_2 = _Buffer(14, 32, np.float32, (n, 1))
        s.h_abs = s.h_negative = s.h_exp = _Buffer(15, 15, np.float32, (n, 1))
        s.h_log1p = s.h_abs
        s.h_product_3 = s.h_plus_3 = s.h_minus_max = _Buffer(16, 32, np.float32, (n, 3))
        s.h_max = _Buffer(17, 17, np.float32, (n, 1))
        s.h_exp_2 = s.h_product_3
        s.h_sum = _Buffer(18, 18, np.float32, (n, 1))
        s.h_over_sum = s.h_product_3
        s.g_2 = s.g_minus_2 = _Buffer(19, 30, np.float32, (n, 1))
        s.g_plus_2 = _Buffer(20, 20, np.float32, (n, 1))
        s.h_maximum_2 = s.h_plus_log1p_2 = _Buffer(21, 27, np.float32, (n, 1))
        s.h_abs_2 = s.h_negative_2 = s.h_exp_3 = _Buffer(22, 22, np.float32, (n, 1))
        s.h_log1p_2 = s.h_abs_2
        s.h_square = _Buffer(23, 27, np.float32, (n, 16, 1))
        s.memory_product = _Buffer(24, 27, np.float32, (n, 64, 1))
        s.memory_square = _Buffer(25, 26, np.float32, (n, 64, 16))
        s.alike = s.found = s.kept = _Buffer(26, 32, np.float32, (n, 64))
        s.h_sum_2 = _Buffer(27, 27, np.float32, (n, 1))
        s.found_max = _Buffer(28, 28, np.float32, (n, 1))
        s.found_row_sum = _Buffer(29, 29, np.float32, (n,))
        s.g_times = _Buffer(30, 30, np.float32, (n, 64))
        s.h_times = _Buffer(31, 31, np.float32, (n, 64))
        s.kept_concat = s.h_times_2 = _Buffer(32, 32, np.float32, (n, 64))
        s.w_max = _Buffer(33, 33, np.float32, (n, 1))
        s.w_row_sum = _Buffer(34, 34, np.float32, (n,))
        s.h_product_5 = s.h_plus_5 = _Buffer(35, 44, np.float32, (n, 3))
        s.h_maximum_3 = s.h_plus_log1p_3 = _Buffer(36, 59, np.float32, (n, 1))
        s.h_abs_3 = s.h_negative_3 = s.h_exp_4 = _Buffer(37, 37, np.float32, (n, 1))
        s.h_log1p_3 = s.h_abs_3
        s.h_plus_6 = s.h_maximum_3
        s.h_product_6 = s.h_plus_7 = s.h_exp_5 = _Buffer(38, 59, np.float32, (n, 3))
        s.h_max_2 = _Buffer(39, 39, np.float32, (n, 1))
        s.h_minus_max_2 = s.h_product_6
        s.h_sum_3 = _Buffer(40, 40, np.float32, (n, 1))
        s.h_over_sum_3 = s.h_product_6
        s.g_3 = s.g_minus_3 = _Buffer(41, 57, np.float32, (n, 1))
        s.g_plus_3 = _Buffer(42, 42, np.float32, (n, 1))
        s.h_maximum_4 = s.h_plus_log1p_4 = _Buffer(43, 54, np.float32, (n, 1))
        s.h_abs_4 = s.h_negative_4 = s.h_exp_6 = _Buffer(44, 44, np.float32, (n, 1))
        s.h_log1p_4 = s.h_abs_4
        s.h_product_7 = s.h_plus_8 = s.h_minimum = _Buffer(45, 47, np.float32, (n, 16))
        s.h_exp_7 = s.h_product_7
        s.h_plus_exp_7 = _Buffer(46, 46, np.float32, (n, 16))
        s.h_over = s.h_product_7
        s.w_times = s.w_minus_times = _Buffer(47, 47, np.float32, (n, 64, 16))
        s.h_product_8 = s.h_plus_9 = s.h_tanh_2 = _Buffer(48, 49, np.float32, (n, 16))
        s.w_times_2 = _Buffer(49, 49, np.float32, (n, 64, 16))
        s.h_square_2 = _Buffer(50, 54, np.float32, (n, 16, 1))
        s.memory_product_2 = _Buffer(51, 54, np.float32, (n, 64, 1))
        s.memory_square_2 = _Buffer(52, 53, np.float32, (n, 64, 16))
        s.alike_2 = s.found_2 = s.kept_2 = _Buffer(53, 59, np.float32, (n, 64))
        s.h_sum_4 = _Buffer(54, 54, np.float32, (n, 1))
        s.found_max_2 = _Buffer(55, 55, np.float32, (n, 1))
        s.found_row_sum_2 = _Buffer(56, 56, np.float32, (n,))
        s.g_times_2 = _Buffer(57, 57, np.float32, (n, 64))
        s.h_times_3 = _Buffer(58, 58, np.float32, (n, 64))
        s.kept_concat_2 = s.h_times_4 = _Buffer(59, 59, np.float32, (n, 64))
        s.r_max = _Buffer(60, 60, np.float32, (n, 1))
        s.r_row_sum = _Buffer(61, 61, np.float32, (n,))
        s.r_product = _Buffer(62, 62, np.float32, (n, 1, 16))
        self._lay_out(s)
        self._plan_common(s, n, T)
        s.written = s.w[1:]
        s.read_2 = s.r[1:]
        s.o = s.gates[:, 128:]
        s.f = s.gates[:, 64:128]
        s.i = s.gates[:, :64]
        s.h_slice = s.h_plus[:, 2:]
        s.h_slice_2 = s.h_over_sum[:, :1]
        s.h_slice_4 = s.h_plus[:, :1]
        s.h_product_4 = s.h_square.reshape(n, 16)
        s.h_plus_4 = s.h_square.reshape(n, 16)
        s.h_tanh = s.h_square.reshape(n, 16)
        s.memory_slice = s.memory_product[:, :, 0]
        s.ones = np.ones((64,), dtype=np.float32)
        s.h_slice_5 = s.h_over_sum[:, 1:2]
        s.h_slice_6 = s.h_over_sum[:, 2:]
        s.h_slice_7 = s.h_plus_5[:, 2:]
        s.h_slice_8 = s.h_over_sum_3[:, :1]
        s.h_slice_9 = s.h_plus_5[:, 1:2]
        s.h_slice_10 = s.h_plus_5[:, :1]
        s.h_reshape = s.h_over.reshape(n, 1, 16)
        s.h_reshape_2 = s.h_tanh_2.reshape(n, 1, 16)
        s.h_product_9 = s.h_square_2.reshape(n, 16)
        s.h_plus_10 = s.h_square_2.reshape(n, 16)
        s.h_tanh_3 = s.h_square_2.reshape(n, 16)
        s.memory_slice_2 = s.memory_product_2[:, :, 0]
        s.h_slice_11 = s.h_over_sum_3[:, 1:2]
        s.h_slice_12 = s.h_over_sum_3[:, 2:]
        s.read_3 = s.r_product[:, 0]
        self._answer[x.dtype, x.shape] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._train, self._answer):
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


def _check(name, value, dtype, shape, sizes, empty=()):
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
    """An independent random stream."""
    return np.random.Generator(np.random.SFC64([seed, stream]))


def _copy_turned(turned, out):
    """Copy a transposed matrix, as many rows of it at a time as fill a cache line.

    Rows a power of two of bytes apart push one another out of the cache otherwise.
    """
    step = 64 // out.itemsize
    for start in range(0, out.shape[1], step):
        out[:, start : start + step] = turned[:, start : start + step]


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
