"""dqn: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 9,220 in 12 arrays

    from dqn import Dqn

    m = Dqn(seed=0)
    m.learn(observation, action, reward, following, goes_on)
    m.follow()                                                # Changes target.
    m.copy()                                                  # Changes target.
    m.act(observation)                                        # Returns action, values.
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class Dqn:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "dqn"
    FINGERPRINT = "8d5e11fec683ae7a"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "online.dense_1.W": ("params", "online_dense_1_W"),
        "online.dense_1.b": ("params", "online_dense_1_b"),
        "online.dense_2.W": ("params", "online_dense_2_W"),
        "online.dense_2.b": ("params", "online_dense_2_b"),
        "online.dense_3.W": ("params", "online_dense_3_W"),
        "online.dense_3.b": ("params", "online_dense_3_b"),
        "target.dense_1.W": ("params", "target_dense_1_W"),
        "target.dense_1.b": ("params", "target_dense_1_b"),
        "target.dense_2.W": ("params", "target_dense_2_W"),
        "target.dense_2.b": ("params", "target_dense_2_b"),
        "target.dense_3.W": ("params", "target_dense_3_W"),
        "target.dense_3.b": ("params", "target_dense_3_b"),
        "online.dense_1.W.momentum": ("momentum", "online_dense_1_W"),
        "online.dense_1.b.momentum": ("momentum", "online_dense_1_b"),
        "online.dense_2.W.momentum": ("momentum", "online_dense_2_W"),
        "online.dense_2.b.momentum": ("momentum", "online_dense_2_b"),
        "online.dense_3.W.momentum": ("momentum", "online_dense_3_W"),
        "online.dense_3.b.momentum": ("momentum", "online_dense_3_b"),
        "online.dense_1.W.squares": ("squares", "online_dense_1_W"),
        "online.dense_1.b.squares": ("squares", "online_dense_1_b"),
        "online.dense_2.W.squares": ("squares", "online_dense_2_W"),
        "online.dense_2.b.squares": ("squares", "online_dense_2_b"),
        "online.dense_3.W.squares": ("squares", "online_dense_3_W"),
        "online.dense_3.b.squares": ("squares", "online_dense_3_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(9220, np.float32),
            {
                "online_dense_1_W": (4, 64),
                "online_dense_1_b": (64,),
                "online_dense_2_W": (64, 64),
                "online_dense_2_b": (64,),
                "online_dense_3_W": (64, 2),
                "online_dense_3_b": (2,),
                "target_dense_1_W": (4, 64),
                "target_dense_1_b": (64,),
                "target_dense_2_W": (64, 64),
                "target_dense_2_b": (64,),
                "target_dense_3_W": (64, 2),
                "target_dense_3_b": (2,),
            },
        )
        self.grads = _Views(
            _vector(4610, np.float32),
            {
                "online_dense_1_W": (4, 64),
                "online_dense_1_b": (64,),
                "online_dense_2_W": (64, 64),
                "online_dense_2_b": (64,),
                "online_dense_3_W": (64, 2),
                "online_dense_3_b": (2,),
            },
        )
        self.momentum = _Views(_vector(4610, np.float32), self.grads.shapes)
        self.squares = _Views(_vector(4610, np.float32), self.grads.shapes)
        self.state = SimpleNamespace(adam_step=np.zeros((), dtype=np.int64))
        self._arena = np.empty(0, dtype=np.uint8)
        self._learn = {}  # buffers by the arguments' shapes
        self._follow = {}  # buffers by the arguments' shapes
        self._copy = {}  # buffers by the arguments' shapes
        self._act = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        online_dense_1_noise = rng.standard_normal((4, 64), dtype=np.float32)
        p.online_dense_1_W[...] = online_dense_1_noise * 0.70710677
        online_dense_2_noise = rng.standard_normal((64, 64), dtype=np.float32)
        p.online_dense_2_W[...] = online_dense_2_noise * 0.17677669
        online_dense_3_draw = rng.random((64, 2), dtype=np.float32)
        p.online_dense_3_W[...] = online_dense_3_draw * 0.6030227 + -0.30151135
        target_dense_1_noise = rng.standard_normal((4, 64), dtype=np.float32)
        p.target_dense_1_W[...] = target_dense_1_noise * 0.70710677
        target_dense_2_noise = rng.standard_normal((64, 64), dtype=np.float32)
        p.target_dense_2_W[...] = target_dense_2_noise * 0.17677669
        target_dense_3_draw = rng.random((64, 2), dtype=np.float32)
        p.target_dense_3_W[...] = target_dense_3_draw * 0.6030227 + -0.30151135

    def learn(self, observation, action, reward, following, goes_on):
        """Returns loss; changes online, adam.

        observation: float32 (N, 4)
        action: int64 (N,)
        reward: float32 (N,)
        following: float32 (N, 4)
        goes_on: float32 (N,)
        """
        s = self._learn_slots(observation, action, reward, following, goes_on)
        loss = self._learn_backward(s, observation, action, reward, following, goes_on)
        self._learn_update(s)
        return {"loss": loss}

    def _learn_backward(self, s, observation, action, reward, following, goes_on):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # online.dense_1                                                       dqn.py:39
        # online_z1 = observation W + b                                        (N, 64)
        # online_h1 = relu(online_z1)                                          (N, 64)
        np.dot(observation, p.online_dense_1_W, out=s.online_z1)
        np.add(s.online_z1, p.online_dense_1_b, out=s.online_z1)
        np.clip(s.online_z1, 0.0, np.inf, out=s.online_h1)

        # online.dense_2                                                       dqn.py:39
        # online_z2 = online_h1 W + b                                          (N, 64)
        # online_h2 = relu(online_z2)                                          (N, 64)
        np.dot(s.online_h1, p.online_dense_2_W, out=s.online_z2)
        np.add(s.online_z2, p.online_dense_2_b, out=s.online_z2)
        np.clip(s.online_z2, 0.0, np.inf, out=s.online_h2)

        # online.dense_3: values = online_h2 W + b                    (N, 2)   dqn.py:40
        np.dot(s.online_h2, p.online_dense_3_W, out=s.values)
        np.add(s.values, p.online_dense_3_b, out=s.values)

        # dqn.py:50
        # value = values[action]                                                    (N,)
        # action_position = row_starts + action                                     (N,)
        # goal = 0.99 * goes_on                                                     (N,)
        np.add(action, s.row_starts, out=s.action_position)
        np.take(s.values, s.action_position, out=s.value, mode="clip")
        np.multiply(0.99, goes_on, out=s.goal)

        # target.dense_1                                                       dqn.py:39
        # target_z1 = following W + b                                          (N, 64)
        # target_h1 = relu(target_z1)                                          (N, 64)
        np.dot(following, p.target_dense_1_W, out=s.target_z1)
        np.add(s.target_z1, p.target_dense_1_b, out=s.target_z1)
        np.clip(s.target_z1, 0.0, np.inf, out=s.target_h1)

        # target.dense_2                                                       dqn.py:39
        # target_z2 = target_h1 W + b                                          (N, 64)
        # target_h2 = relu(target_z2)                                          (N, 64)
        np.dot(s.target_h1, p.target_dense_2_W, out=s.target_z2)
        np.add(s.target_z2, p.target_dense_2_b, out=s.target_z2)
        np.clip(s.target_z2, 0.0, np.inf, out=s.target_h2)

        # target.dense_3: target_h2_plus = target_h2 W + b            (N, 2)   dqn.py:40
        np.dot(s.target_h2, p.target_dense_3_W, out=s.target_h2_product)
        np.add(s.target_h2_product, p.target_dense_3_b, out=s.target_h2_plus)

        # online.dense_1                                                       dqn.py:39
        # online_z1_2 = following W + b                                        (N, 64)
        # online_h1_2 = relu(online_z1_2)                                      (N, 64)
        np.dot(following, p.online_dense_1_W, out=s.online_z1_2)
        np.add(s.online_z1_2, p.online_dense_1_b, out=s.online_z1_2)
        np.clip(s.online_z1_2, 0.0, np.inf, out=s.online_h1_2)

        # online.dense_2                                                       dqn.py:39
        # online_z2_2 = online_h1_2 W + b                                      (N, 64)
        # online_h2_2 = relu(online_z2_2)                                      (N, 64)
        np.dot(s.online_h1_2, p.online_dense_2_W, out=s.online_z2_2)
        np.add(s.online_z2_2, p.online_dense_2_b, out=s.online_z2_2)
        np.clip(s.online_z2_2, 0.0, np.inf, out=s.online_h2_2)

        # online.dense_3: next_values = online_h2_2 W + b             (N, 2)   dqn.py:40
        np.dot(s.online_h2_2, p.online_dense_3_W, out=s.next_values)
        np.add(s.next_values, p.online_dense_3_b, out=s.next_values)

        # dqn.py:51
        # best = argmax(next_values, axis 1)                                        (N,)
        # next_value = target_h2_plus[best]                                         (N,)
        # goal = reward + 0.99 * goes_on * next_value                               (N,)
        s.next_values.argmax(axis=1, out=s.best)
        np.add(s.best_position, s.row_starts, out=s.best_position)
        np.take(s.target_h2_plus, s.best_position, out=s.next_value, mode="clip")
        np.multiply(s.goal, s.next_value, out=s.goal)
        np.add(reward, s.goal, out=s.goal)

        # huber                                                                dqn.py:54
        # error = value - goal                                                    (N,)
        # loss = mean(error_times_minus)                                            ()
        np.subtract(s.value, s.goal, out=s.error)
        np.abs(s.error, out=s.error_abs)
        np.clip(s.error_abs, -np.inf, 1.0, out=s.error_minimum)
        np.multiply(0.5, s.error_minimum, out=s.error_times_minimum)
        np.subtract(s.error_abs, s.error_times_minimum, out=s.error_minus)
        np.multiply(s.error_minimum, s.error_minus, out=s.error_times_minus)
        s.error_times_minus.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # huber: d_error = clip(error, -1, 1) / N                       (N,)   dqn.py:54
        np.clip(s.error, -1.0, 1.0, out=s.d_error)
        np.divide(s.d_error, s.n, out=s.d_error)

        # d_values = 0 + onehot(action) * d_error                     (N, 2)   dqn.py:50
        s.d_values.fill(0)
        _add_elements(s.d_values, s.action_position, s.d_error)

        # online.dense_3                                                       dqn.py:40
        # d_b = sum over N of d_values                                            (2,)
        # d_W = online_h2^T d_values                                           (64, 2)
        # d_online_h2 = d_values W^T                                           (N, 64)
        np.dot(s.ones, s.d_values, out=d.online_dense_3_b)
        np.dot(s.online_h2.T, s.d_values, out=d.online_dense_3_W)
        np.dot(s.d_values, p.online_dense_3_W.T, out=s.d_online_h2)

        # online.dense_2                                                       dqn.py:39
        # d_online_z2 = d_online_h2 * (online_h2 > 0)                          (N, 64)
        # d_b = sum over N of d_online_z2                                        (64,)
        # d_W = online_h1^T d_online_z2                                       (64, 64)
        # d_online_h1 = d_online_z2 W^T                                        (N, 64)
        np.greater(s.online_h2, 0.0, out=s.online_h2_mask)
        np.multiply(s.d_online_h2, s.online_h2_mask, out=s.d_online_z2)
        np.dot(s.ones, s.d_online_z2, out=d.online_dense_2_b)
        np.dot(s.online_h1.T, s.d_online_z2, out=d.online_dense_2_W)
        np.dot(s.d_online_z2, p.online_dense_2_W.T, out=s.d_online_h1)

        # online.dense_1                                                       dqn.py:39
        # d_online_z1 = d_online_h1 * (online_h1 > 0)                          (N, 64)
        # d_b = sum over N of d_online_z1                                        (64,)
        # d_W = observation^T d_online_z1                                      (4, 64)
        np.greater(s.online_h1, 0.0, out=s.online_h1_mask)
        np.multiply(s.d_online_h1, s.online_h1_mask, out=s.d_online_z1)
        np.dot(s.ones, s.d_online_z1, out=d.online_dense_1_b)
        np.dot(observation.T, s.d_online_z1, out=d.online_dense_1_W)

        return s.loss[()]

    def _learn_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        params = p.flat[0:4610]
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam: momentum and squares are without the factor 1 - beta           dqn.py:58
        # momentum' = 0.9 * momentum + grads                                   (4610,)
        # squares' = 0.999 * squares + square(grads)                           (4610,)
        # params' = params                                                     (4610,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = adam_step + 1
        adam_step_cast = adam_step
        adam_step_times = min(adam_step_cast, 30000.0) * 0.00010471976
        adam_step_times_plus_cos = 0.00045 * (1.0 + math.cos(adam_step_times))
        learning_rate = 1e-04 + adam_step_times_plus_cos
        t = adam_step_cast + 1.0
        c = math.sqrt((1.0 - 0.999**t) / 0.001)
        alpha_t = learning_rate * c * (0.1 / (1.0 - 0.9**t))
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
            np.subtract(params, s.alpha_t_times, out=params)
            self.state.adam_step[...] = new_adam_step

    def _learn_slots(self, observation, action, reward, following, goes_on):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                observation.dtype,
                observation.shape,
                action.dtype,
                action.shape,
                reward.dtype,
                reward.shape,
                following.dtype,
                following.shape,
                goes_on.dtype,
                goes_on.shape,
            )
            s = self._learn[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_learn(observation, action, reward, following, goes_on)
        _check_range("action", action, 2)
        return s

    def _plan_learn(self, observation, action, reward, following, goes_on):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("observation", observation, np.float32, ("N", 4), sizes)
        _check("action", action, np.int64, ("N",), sizes)
        _check("reward", reward, np.float32, ("N",), sizes)
        _check("following", following, np.float32, ("N", 4), sizes)
        _check("goes_on", goes_on, np.float32, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.online_z1 = s.online_h1 = _Buffer(0, 22, np.float32, (n, 64))
        s.online_z2 = s.online_h2 = _Buffer(1, 20, np.float32, (n, 64))
        s.values = _Buffer(2, 4, np.float32, (n, 2))
        s.action_position = _Buffer(3, 18, np.int64, (n,))
        s.value = s.error = s.d_error = _Buffer(4, 18, np.float32, (n,))
        s.goal = _Buffer(5, 13, np.float32, (n,))
        s.target_z1 = s.target_h1 = _Buffer(6, 7, np.float32, (n, 64))
        s.target_z2 = s.target_h2 = _Buffer(7, 8, np.float32, (n, 64))
        s.target_h2_product = s.target_h2_plus = _Buffer(8, 13, np.float32, (n, 2))
        s.online_z1_2 = s.online_h1_2 = _Buffer(9, 10, np.float32, (n, 64))
        s.online_z2_2 = s.online_h2_2 = _Buffer(10, 11, np.float32, (n, 64))
        s.next_values = _Buffer(11, 12, np.float32, (n, 2))
        s.best = s.best_position = _Buffer(12, 13, np.int64, (n,))
        s.next_value = _Buffer(13, 13, np.float32, (n,))
        s.error_abs = s.error_minus = _Buffer(14, 16, np.float32, (n,))
        s.error_minimum = s.error_times_minus = _Buffer(15, 17, np.float32, (n,))
        s.error_times_minimum = _Buffer(16, 16, np.float32, (n,))
        s.loss = _Buffer(17, 22, np.float32, ())
        s.d_values = _Buffer(18, 19, np.float32, (n, 2))
        s.d_online_h2 = s.d_online_z2 = _Buffer(19, 21, np.float32, (n, 64))
        s.online_h2_mask = _Buffer(20, 20, np.bool_, (n, 64))
        s.d_online_h1 = s.d_online_z1 = _Buffer(21, 22, np.float32, (n, 64))
        s.online_h1_mask = _Buffer(22, 22, np.bool_, (n, 64))
        s.grads_square = _Buffer(23, 23, np.float32, (4610,))
        s.new_squares_sqrt = s.new_squares_plus = _Buffer(24, 24, np.float32, (4610,))
        s.new_momentum_over = s.new_squares_sqrt
        s.alpha_t_times = s.new_squares_sqrt
        self._lay_out(s)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 2
        s.ones = np.ones((n,), dtype=np.float32)
        key = (
            observation.dtype,
            observation.shape,
            action.dtype,
            action.shape,
            reward.dtype,
            reward.shape,
            following.dtype,
            following.shape,
            goes_on.dtype,
            goes_on.shape,
        )
        self._learn[key] = s
        return s

    def follow(self):
        """Changes target."""
        s = self._follow_slots()
        self._follow_body(s)
        return []

    def _follow_body(self, s):
        """The computation of follow."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # dqn.py:67
        # target.dense_1.W' = target.dense_1.W + 0.01 * online_dense_1_W_minus   (4, 64)
        # target.dense_1.b' = target.dense_1.b + 0.01 * online_dense_1_b_minus     (64,)
        # target.dense_2.W' = target.dense_2.W + online_dense_2_W_times_minus   (64, 64)
        # target.dense_2.b' = target.dense_2.b + 0.01 * online_dense_2_b_minus     (64,)
        np.subtract(
            p.online_dense_1_W,
            p.target_dense_1_W,
            out=s.online_dense_1_W_minus,
        )
        np.multiply(0.01, s.online_dense_1_W_minus, out=s.online_dense_1_W_times_minus)
        with _Whole():  # no interruption may leave this half done
            np.add(
                p.target_dense_1_W,
                s.online_dense_1_W_times_minus,
                out=p.target_dense_1_W,
            )
            np.subtract(
                p.online_dense_1_b,
                p.target_dense_1_b,
                out=s.online_dense_1_b_minus,
            )
            np.multiply(
                0.01,
                s.online_dense_1_b_minus,
                out=s.online_dense_1_b_times_minus,
            )
            np.add(
                p.target_dense_1_b,
                s.online_dense_1_b_times_minus,
                out=p.target_dense_1_b,
            )
            np.subtract(
                p.online_dense_2_W,
                p.target_dense_2_W,
                out=s.online_dense_2_W_minus,
            )
            np.multiply(
                0.01,
                s.online_dense_2_W_minus,
                out=s.online_dense_2_W_times_minus,
            )
            np.add(
                p.target_dense_2_W,
                s.online_dense_2_W_times_minus,
                out=p.target_dense_2_W,
            )
            np.subtract(
                p.online_dense_2_b,
                p.target_dense_2_b,
                out=s.online_dense_2_b_minus,
            )
            np.multiply(
                0.01,
                s.online_dense_2_b_minus,
                out=s.online_dense_2_b_times_minus,
            )
            np.add(
                p.target_dense_2_b,
                s.online_dense_2_b_times_minus,
                out=p.target_dense_2_b,
            )
            np.subtract(
                p.online_dense_3_W,
                p.target_dense_3_W,
                out=s.online_dense_3_W_minus,
            )
            np.multiply(
                0.01,
                s.online_dense_3_W_minus,
                out=s.online_dense_3_W_times_minus,
            )
            np.add(
                p.target_dense_3_W,
                s.online_dense_3_W_times_minus,
                out=p.target_dense_3_W,
            )
            np.subtract(
                p.online_dense_3_b,
                p.target_dense_3_b,
                out=s.online_dense_3_b_minus,
            )
            np.multiply(
                0.01,
                s.online_dense_3_b_minus,
                out=s.online_dense_3_b_times_minus,
            )
            np.add(
                p.target_dense_3_b,
                s.online_dense_3_b_times_minus,
                out=p.target_dense_3_b,
            )

    def _follow_slots(self):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._follow["always"]
        except (AttributeError, KeyError, TypeError):
            return self._plan_follow()

    def _plan_follow(self):
        """Check the arguments and lay out every buffer for their shapes."""
        s = SimpleNamespace()
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.online_dense_1_W_minus = _Buffer(0, 0, np.float32, (4, 64))
        s.online_dense_1_W_times_minus = s.online_dense_1_W_minus
        s.online_dense_1_b_minus = _Buffer(1, 1, np.float32, (64,))
        s.online_dense_1_b_times_minus = s.online_dense_1_b_minus
        s.online_dense_2_W_minus = _Buffer(2, 2, np.float32, (64, 64))
        s.online_dense_2_W_times_minus = s.online_dense_2_W_minus
        s.online_dense_2_b_minus = _Buffer(3, 3, np.float32, (64,))
        s.online_dense_2_b_times_minus = s.online_dense_2_b_minus
        s.online_dense_3_W_minus = _Buffer(4, 4, np.float32, (64, 2))
        s.online_dense_3_W_times_minus = s.online_dense_3_W_minus
        s.online_dense_3_b_minus = _Buffer(5, 5, np.float32, (2,))
        s.online_dense_3_b_times_minus = s.online_dense_3_b_minus
        self._lay_out(s)
        self._follow["always"] = s
        return s

    def copy(self):
        """Changes target."""
        s = self._copy_slots()
        self._copy_body(s)
        return []

    def _copy_body(self, s):
        """The computation of copy."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        with _Whole():  # no interruption may leave this half done
            p.target_dense_1_W[...] = p.online_dense_1_W
            p.target_dense_1_b[...] = p.online_dense_1_b
            p.target_dense_2_W[...] = p.online_dense_2_W
            p.target_dense_2_b[...] = p.online_dense_2_b
            p.target_dense_3_W[...] = p.online_dense_3_W
            p.target_dense_3_b[...] = p.online_dense_3_b

    def _copy_slots(self):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._copy["always"]
        except (AttributeError, KeyError, TypeError):
            return self._plan_copy()

    def _plan_copy(self):
        """Check the arguments and lay out every buffer for their shapes."""
        s = SimpleNamespace()
        self._copy["always"] = s
        return s

    def act(self, observation):
        """Returns action, values.

        observation: float32 (N, 4)
        """
        s = self._act_slots(observation)
        action, values = self._act_body(s, observation)
        return {"action": action.copy(), "values": values.copy()}

    def _act_body(self, s, observation):
        """The computation of act."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # online.dense_1                                                       dqn.py:39
        # z1 = observation W + b                                               (N, 64)
        # h1 = relu(z1)                                                        (N, 64)
        np.dot(observation, p.online_dense_1_W, out=s.z1)
        np.add(s.z1, p.online_dense_1_b, out=s.z1)
        np.clip(s.z1, 0.0, np.inf, out=s.h1)

        # online.dense_2                                                       dqn.py:39
        # z2 = h1 W + b                                                        (N, 64)
        # h2 = relu(z2)                                                        (N, 64)
        np.dot(s.h1, p.online_dense_2_W, out=s.z2)
        np.add(s.z2, p.online_dense_2_b, out=s.z2)
        np.clip(s.z2, 0.0, np.inf, out=s.h2)

        # online.dense_3: values = h2 W + b                           (N, 2)   dqn.py:40
        np.dot(s.h2, p.online_dense_3_W, out=s.values)
        np.add(s.values, p.online_dense_3_b, out=s.values)

        # action = argmax(values, axis 1)                               (N,)   dqn.py:70
        s.values.argmax(axis=1, out=s.action)

        return s.action, s.values

    def _act_slots(self, observation):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._act[observation.dtype, observation.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_act(observation)

    def _plan_act(self, observation):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("observation", observation, np.float32, ("N", 4), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 1, np.float32, (n, 64))
        s.z2 = s.h2 = _Buffer(1, 2, np.float32, (n, 64))
        s.values = _Buffer(2, 3, np.float32, (n, 2))
        s.action = _Buffer(3, 3, np.int64, (n,))
        self._lay_out(s)
        self._act[observation.dtype, observation.shape] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._learn, self._follow, self._copy, self._act):
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


def _add_elements(array, positions, values):
    """Add values at positions of the flattened array, in place; repeats accumulate."""
    np.add.at(array.reshape(-1), positions.reshape(-1), values.reshape(-1))
    return array


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
