"""reinforce: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 419 in 8 arrays

    from reinforce import Reinforce

    m = Reinforce(seed=0)
    m.learn(observation, action, reward_to_go)
    m.explore(observation)                      # Returns action.
    m.act(observation)                          # Returns action.
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class Reinforce:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "reinforce"
    FINGERPRINT = "2b9a5f43a6dd5049"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "policy.dense_1.W": ("params", "policy_dense_1_W"),
        "policy.dense_1.b": ("params", "policy_dense_1_b"),
        "policy.dense_2.W": ("params", "policy_dense_2_W"),
        "policy.dense_2.b": ("params", "policy_dense_2_b"),
        "baseline.dense_1.W": ("params", "baseline_dense_1_W"),
        "baseline.dense_1.b": ("params", "baseline_dense_1_b"),
        "baseline.dense_2.W": ("params", "baseline_dense_2_W"),
        "baseline.dense_2.b": ("params", "baseline_dense_2_b"),
        "policy.dense_1.W.momentum": ("momentum", "policy_dense_1_W"),
        "policy.dense_1.b.momentum": ("momentum", "policy_dense_1_b"),
        "policy.dense_2.W.momentum": ("momentum", "policy_dense_2_W"),
        "policy.dense_2.b.momentum": ("momentum", "policy_dense_2_b"),
        "baseline.dense_1.W.momentum": ("momentum", "baseline_dense_1_W"),
        "baseline.dense_1.b.momentum": ("momentum", "baseline_dense_1_b"),
        "baseline.dense_2.W.momentum": ("momentum", "baseline_dense_2_W"),
        "baseline.dense_2.b.momentum": ("momentum", "baseline_dense_2_b"),
        "policy.dense_1.W.squares": ("squares", "policy_dense_1_W"),
        "policy.dense_1.b.squares": ("squares", "policy_dense_1_b"),
        "policy.dense_2.W.squares": ("squares", "policy_dense_2_W"),
        "policy.dense_2.b.squares": ("squares", "policy_dense_2_b"),
        "baseline.dense_1.W.squares": ("squares", "baseline_dense_1_W"),
        "baseline.dense_1.b.squares": ("squares", "baseline_dense_1_b"),
        "baseline.dense_2.W.squares": ("squares", "baseline_dense_2_W"),
        "baseline.dense_2.b.squares": ("squares", "baseline_dense_2_b"),
        "policy_adam.step": ("state", "policy_adam_step"),
        "baseline_adam.step": ("state", "baseline_adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(419, np.float32),
            {
                "policy_dense_1_W": (4, 32),
                "policy_dense_1_b": (32,),
                "policy_dense_2_W": (32, 2),
                "policy_dense_2_b": (2,),
                "baseline_dense_1_W": (4, 32),
                "baseline_dense_1_b": (32,),
                "baseline_dense_2_W": (32, 1),
                "baseline_dense_2_b": (1,),
            },
        )
        self.grads = _Views(_vector(419, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(419, np.float32), self.params.shapes)
        self.squares = _Views(_vector(419, np.float32), self.params.shapes)
        self.state = SimpleNamespace(
            policy_adam_step=np.zeros((), dtype=np.int64),
            baseline_adam_step=np.zeros((), dtype=np.int64),
        )
        self.rng = SimpleNamespace(uniform=_generator(seed, 1))
        self._arena = np.empty(0, dtype=np.uint8)
        self._learn = {}  # buffers by the arguments' shapes
        self._explore = {}  # buffers by the arguments' shapes
        self._act = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        policy_dense_1_draw = rng.random((4, 32), dtype=np.float32)
        p.policy_dense_1_W[...] = policy_dense_1_draw * 0.8164966 + -0.4082483
        policy_dense_2_draw = rng.random((32, 2), dtype=np.float32)
        p.policy_dense_2_W[...] = policy_dense_2_draw * 0.84016806 + -0.42008403
        baseline_dense_1_draw = rng.random((4, 32), dtype=np.float32)
        p.baseline_dense_1_W[...] = baseline_dense_1_draw * 0.8164966 + -0.4082483
        baseline_dense_2_draw = rng.random((32, 1), dtype=np.float32)
        p.baseline_dense_2_W[...] = baseline_dense_2_draw * 0.8528029 + -0.42640144

    def learn(self, observation, action, reward_to_go):
        """Returns policy_loss, baseline_loss; changes policy, policy_adam, base...

        observation: float32 (N, 4)
        action: int64 (N,)
        reward_to_go: float32 (N,)
        """
        s = self._learn_slots(observation, action, reward_to_go)
        out = self._learn_backward(s, observation, action, reward_to_go)
        self._learn_update(s)
        return {"policy_loss": out[0], "baseline_loss": out[1]}

    def _learn_backward(self, s, observation, action, reward_to_go):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # baseline.dense_1                                               reinforce.py:31
        # baseline_z1 = observation W + b                                      (N, 32)
        # baseline_h1 = tanh(baseline_z1)                                      (N, 32)
        np.dot(observation, p.baseline_dense_1_W, out=s.baseline_z1)
        np.add(s.baseline_z1, p.baseline_dense_1_b, out=s.baseline_z1)
        np.tanh(s.baseline_z1, out=s.baseline_h1)

        # baseline.dense_2: expected_column = baseline_h1 W + b             (N, 1)   :31
        np.dot(s.baseline_h1, p.baseline_dense_2_W, out=s.expected_column)
        np.add(s.expected_column, p.baseline_dense_2_b, out=s.expected_column)

        # advantage = reward_to_go - expected_column              (N,)   reinforce.py:42
        np.subtract(reward_to_go, s.expected, out=s.advantage)

        # policy.dense_1                                                 reinforce.py:30
        # policy_z1 = observation W + b                                        (N, 32)
        # policy_h1 = tanh(policy_z1)                                          (N, 32)
        np.dot(observation, p.policy_dense_1_W, out=s.policy_z1)
        np.add(s.policy_z1, p.policy_dense_1_b, out=s.policy_z1)
        np.tanh(s.policy_z1, out=s.policy_h1)

        # policy.dense_2: logits = policy_h1 W + b              (N, 2)   reinforce.py:30
        np.dot(s.policy_h1, p.policy_dense_2_W, out=s.logits)
        np.add(s.logits, p.policy_dense_2_b, out=s.logits)

        # softmax_cross_entropy                                          reinforce.py:41
        # surprise = log(sum(logits_exp, axis 1)) - logits_take                   (N,)
        # logits_exp = exp(logits - max(logits, axis 1))                        (N, 2)
        # logits_sum = sum(exp(logits - max(logits, axis 1)), axis 1)           (N, 1)
        # action_position = row_starts + action                                   (N,)
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.add(action, s.row_starts, out=s.action_position)
        np.take(s.logits_minus_max, s.action_position, out=s.logits_take, mode="clip")
        np.subtract(s.surprise, s.logits_take, out=s.surprise)

        # policy_loss = mean(advantage * surprise)                  ()   reinforce.py:43
        np.multiply(s.advantage, s.surprise, out=s.advantage_times)
        s.advantage_times.sum(out=s.policy_loss)
        np.divide(s.policy_loss, s.n, out=s.policy_loss)

        # squared_error                                                  reinforce.py:44
        # baseline_loss = mean(square(expected_column - reward_to_go))              ()
        # expected_minus = expected_column - reward_to_go                         (N,)
        np.subtract(s.expected, reward_to_go, out=s.expected_minus)
        np.dot(s.expected_minus, s.expected_minus, out=s.baseline_loss)
        np.divide(s.baseline_loss, s.n, out=s.baseline_loss)

        # ---- backward ----------------------------------------------------------------
        # squared_error: d_expected = expected_minus * (2 / N)    (N,)   reinforce.py:44
        np.multiply(s.expected_minus, 2.0 / s.n, out=s.d_expected)

        # baseline.dense_2                                               reinforce.py:31
        # d_b = sum over N of d_expected                                          (1,)
        # d_W = baseline_h1^T d_expected                                       (32, 1)
        # d_baseline_h1 = d_expected W^T                                       (N, 32)
        np.dot(s.ones, s.d_value, out=d.baseline_dense_2_b)
        np.dot(s.baseline_h1.T, s.d_value, out=d.baseline_dense_2_W)
        np.dot(s.d_value, p.baseline_dense_2_W.T, out=s.d_baseline_h1)

        # baseline.dense_1                                               reinforce.py:31
        # d_baseline_z1 = d_baseline_h1 * (1 - square(baseline_h1))            (N, 32)
        # d_b = sum over N of d_baseline_z1                                      (32,)
        # d_W = observation^T d_baseline_z1                                    (4, 32)
        np.square(s.baseline_h1, out=s.baseline_h1_square)
        np.subtract(1.0, s.baseline_h1_square, out=s.baseline_h1_minus_square)
        np.multiply(s.d_baseline_h1, s.baseline_h1_minus_square, out=s.d_baseline_z1)
        np.dot(s.ones, s.d_baseline_z1, out=d.baseline_dense_1_b)
        np.dot(observation.T, s.d_baseline_z1, out=d.baseline_dense_1_W)

        # probs = softmax(logits)                               (N, 2)   reinforce.py:52
        np.divide(s.logits_exp, s.logits_sum, out=s.probs)

        # softmax_cross_entropy: d_logits = probs - onehot(action)          (N, 2)   :41
        _add_elements(s.d_logits, s.action_position, s.minus_ones)

        # d_surprise = advantage / N                              (N,)   reinforce.py:43
        np.divide(s.advantage, s.n, out=s.d_surprise)

        # softmax_cross_entropy                                          reinforce.py:41
        # d_logits = (probs - onehot(action)) * reshape(d_surprise, (N, 1))     (N, 2)
        np.multiply(s.d_logits, s.d_surprise_reshape, out=s.d_logits)

        # policy.dense_2                                                 reinforce.py:30
        # d_b = sum over N of d_logits                                            (2,)
        # d_W = policy_h1^T d_logits                                           (32, 2)
        # d_policy_h1 = d_logits W^T                                           (N, 32)
        np.dot(s.ones, s.d_logits, out=d.policy_dense_2_b)
        np.dot(s.policy_h1.T, s.d_logits, out=d.policy_dense_2_W)
        np.dot(s.d_logits, p.policy_dense_2_W.T, out=s.d_policy_h1)

        # policy.dense_1                                                 reinforce.py:30
        # d_policy_z1 = d_policy_h1 * (1 - square(policy_h1))                  (N, 32)
        # d_b = sum over N of d_policy_z1                                        (32,)
        # d_W = observation^T d_policy_z1                                      (4, 32)
        np.square(s.policy_h1, out=s.policy_h1_square)
        np.subtract(1.0, s.policy_h1_square, out=s.policy_h1_minus_square)
        np.multiply(s.d_policy_h1, s.policy_h1_minus_square, out=s.d_policy_z1)
        np.dot(s.ones, s.d_policy_z1, out=d.policy_dense_1_b)
        np.dot(observation.T, s.d_policy_z1, out=d.policy_dense_1_W)

        return s.policy_loss[()], s.baseline_loss[()]

    def _learn_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        params = p.flat[0:226]
        momentum = self.momentum.flat[0:226]
        grads = d.flat[0:226]
        squares = self.squares.flat[0:226]
        params_2 = p.flat[226:419]
        momentum_2 = self.momentum.flat[226:419]
        grads_2 = d.flat[226:419]
        squares_2 = self.squares.flat[226:419]
        policy_adam_step = int(self.state.policy_adam_step)
        # ---- update ------------------------------------------------------------------
        # policy_adam                                                    reinforce.py:48
        #   momentum and squares are without the factor 1 - beta
        # momentum' = 0.9 * momentum + grads                                    (226,)
        # squares' = 0.999 * squares + square(grads)                            (226,)
        # params' = params                                                      (226,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_policy_adam_step = policy_adam_step + 1
        t = policy_adam_step + 1.0
        c = math.sqrt((1.0 - 0.999**t) / 0.001)
        alpha_t = 0.01 * c * (0.1 / (1.0 - 0.9**t))
        with _Whole():  # no interruption may leave this half done
            np.multiply(0.9, momentum, out=momentum)
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
            baseline_adam_step = int(self.state.baseline_adam_step)

            # baseline_adam                                              reinforce.py:48
            #   momentum and squares are without the factor 1 - beta
            # momentum' = 0.9 * momentum + grads                                (193,)
            # squares' = 0.999 * squares + square(grads)                        (193,)
            # params' = params                                                  (193,)
            #     - alpha_t_2 * momentum' / (sqrt(squares') + epsilon_t_2)
            new_baseline_adam_step = baseline_adam_step + 1
            t_2 = baseline_adam_step + 1.0
            c_2 = math.sqrt((1.0 - 0.999**t_2) / 0.001)
            alpha_t_2 = 0.01 * c_2 * (0.1 / (1.0 - 0.9**t_2))
            np.multiply(0.9, momentum_2, out=momentum_2)
            np.add(momentum_2, grads_2, out=momentum_2)
            np.multiply(0.999, squares_2, out=squares_2)
            np.square(grads_2, out=s.grads_square_2)
            np.add(squares_2, s.grads_square_2, out=squares_2)
            np.sqrt(squares_2, out=s.new_squares_sqrt_2)
            epsilon_t_2 = 1e-08 * c_2
            np.add(s.new_squares_sqrt_2, epsilon_t_2, out=s.new_squares_plus_2)
            np.divide(momentum_2, s.new_squares_plus_2, out=s.new_momentum_over_2)
            np.multiply(alpha_t_2, s.new_momentum_over_2, out=s.alpha_t_times_2)
            np.subtract(params_2, s.alpha_t_times_2, out=params_2)
            self.state.policy_adam_step[...] = new_policy_adam_step
            self.state.baseline_adam_step[...] = new_baseline_adam_step

    def _learn_slots(self, observation, action, reward_to_go):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                observation.dtype,
                observation.shape,
                action.dtype,
                action.shape,
                reward_to_go.dtype,
                reward_to_go.shape,
            )
            s = self._learn[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_learn(observation, action, reward_to_go)
        _check_range("action", action, 2)
        return s

    def _plan_learn(self, observation, action, reward_to_go):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("observation", observation, np.float32, ("N", 4), sizes)
        _check("action", action, np.int64, ("N",), sizes)
        _check("reward_to_go", reward_to_go, np.float32, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.baseline_z1 = s.baseline_h1 = _Buffer(0, 13, np.float32, (n, 32))
        s.expected_minus = s.expected = s.d_expected = _Buffer(1, 13, np.float32, (n,))
        s.advantage = s.d_surprise = _Buffer(2, 13, np.float32, (n,))
        s.policy_z1 = s.policy_h1 = _Buffer(3, 14, np.float32, (n, 32))
        s.logits = s.logits_minus_max = _Buffer(4, 10, np.float32, (n, 2))
        s.logits_max = _Buffer(5, 5, np.float32, (n, 1))
        s.logits_exp = s.probs = s.d_logits = _Buffer(6, 14, np.float32, (n, 2))
        s.logits_sum = _Buffer(7, 13, np.float32, (n, 1))
        s.surprise = s.advantage_times = _Buffer(8, 11, np.float32, (n,))
        s.action_position = _Buffer(9, 13, np.int64, (n,))
        s.logits_take = _Buffer(10, 10, np.float32, (n,))
        s.policy_loss = _Buffer(11, 14, np.float32, ())
        s.baseline_loss = _Buffer(12, 14, np.float32, ())
        s.d_baseline_h1 = s.d_baseline_z1 = _Buffer(13, 13, np.float32, (n, 32))
        s.baseline_h1_square = s.baseline_z1
        s.baseline_h1_minus_square = s.baseline_z1
        s.d_policy_h1 = s.d_policy_z1 = _Buffer(14, 14, np.float32, (n, 32))
        s.policy_h1_square = s.policy_z1
        s.policy_h1_minus_square = s.policy_z1
        s.grads_square = _Buffer(15, 15, np.float32, (226,))
        s.new_squares_sqrt = s.new_squares_plus = _Buffer(16, 16, np.float32, (226,))
        s.new_momentum_over = s.new_squares_sqrt
        s.alpha_t_times = s.new_squares_sqrt
        s.grads_square_2 = _Buffer(17, 17, np.float32, (193,))
        s.new_squares_sqrt_2 = s.alpha_t_times_2 = _Buffer(18, 18, np.float32, (193,))
        s.new_squares_plus_2 = s.new_squares_sqrt_2
        s.new_momentum_over_2 = s.new_squares_sqrt_2
        self._lay_out(s)
        s.expected_column = s.expected_minus.reshape(n, 1)
        s.logits_log = s.surprise.reshape(n, 1)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 2
        s.d_value = s.d_expected.reshape(n, 1)
        s.ones = np.ones((n,), dtype=np.float32)
        s.minus_ones = np.full((n,), -1.0, dtype=np.float32)
        s.d_surprise_reshape = s.d_surprise.reshape(n, 1)
        key = (
            observation.dtype,
            observation.shape,
            action.dtype,
            action.shape,
            reward_to_go.dtype,
            reward_to_go.shape,
        )
        self._learn[key] = s
        return s

    def explore(self, observation):
        """Returns action.

        observation: float32 (N, 4)
        """
        s = self._explore_slots(observation)
        action = self._explore_body(s, observation)
        return {"action": action.copy()}

    def _explore_body(self, s, observation):
        """The computation of explore."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # policy.dense_1                                                 reinforce.py:30
        # z1 = observation W + b                                               (N, 32)
        # h1 = tanh(z1)                                                        (N, 32)
        np.dot(observation, p.policy_dense_1_W, out=s.z1)
        np.add(s.z1, p.policy_dense_1_b, out=s.z1)
        np.tanh(s.z1, out=s.h1)

        # policy.dense_2: logits = h1 W + b                     (N, 2)   reinforce.py:30
        np.dot(s.h1, p.policy_dense_2_W, out=s.logits)
        np.add(s.logits, p.policy_dense_2_b, out=s.logits)

        # softmax_cross_entropy                                          reinforce.py:41
        # logits_exp = exp(logits - max(logits, axis 1))                        (N, 2)
        # logits_sum = sum(exp(logits - max(logits, axis 1)), axis 1)           (N, 1)
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)

        # reinforce.py:52
        # probs = softmax(logits)                                                 (N, 2)
        # draw = random                                                           (N, 1)
        # action = sum(cumsum(probs, axis 1)[:, :1] <= draw, axis 1)                (N,)
        np.divide(s.logits_exp, s.logits_sum, out=s.probs)
        s.probs.cumsum(axis=1, out=s.probs_cumsum)
        self.rng.uniform.random(out=s.draw, dtype=np.float32)
        np.less_equal(s.probs_slice, s.draw, out=s.probs_less_equal)
        s.probs_less_equal.sum(axis=1, out=s.action)

        return s.action

    def _explore_slots(self, observation):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._explore[observation.dtype, observation.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_explore(observation)

    def _plan_explore(self, observation):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("observation", observation, np.float32, ("N", 4), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 1, np.float32, (n, 32))
        s.logits = s.logits_minus_max = s.logits_exp = _Buffer(1, 4, np.float32, (n, 2))
        s.logits_max = _Buffer(2, 2, np.float32, (n, 1))
        s.logits_sum = _Buffer(3, 3, np.float32, (n, 1))
        s.probs = s.logits
        s.probs_cumsum = _Buffer(4, 6, np.float32, (n, 2))
        s.draw = _Buffer(5, 6, np.float32, (n, 1))
        s.probs_less_equal = _Buffer(6, 7, np.bool_, (n, 1))
        s.action = _Buffer(7, 7, np.int64, (n,))
        self._lay_out(s)
        s.probs_slice = s.probs_cumsum[:, :1]
        self._explore[observation.dtype, observation.shape] = s
        return s

    def act(self, observation):
        """Returns action.

        observation: float32 (N, 4)
        """
        s = self._act_slots(observation)
        action = self._act_body(s, observation)
        return {"action": action.copy()}

    def _act_body(self, s, observation):
        """The computation of act."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # policy.dense_1                                                 reinforce.py:30
        # z1 = observation W + b                                               (N, 32)
        # h1 = tanh(z1)                                                        (N, 32)
        np.dot(observation, p.policy_dense_1_W, out=s.z1)
        np.add(s.z1, p.policy_dense_1_b, out=s.z1)
        np.tanh(s.z1, out=s.h1)

        # policy.dense_2: logits = h1 W + b                     (N, 2)   reinforce.py:30
        np.dot(s.h1, p.policy_dense_2_W, out=s.logits)
        np.add(s.logits, p.policy_dense_2_b, out=s.logits)

        # action = argmax(logits, axis 1)                         (N,)   reinforce.py:63
        s.logits.argmax(axis=1, out=s.action)

        return s.action

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
        s.z1 = s.h1 = _Buffer(0, 1, np.float32, (n, 32))
        s.logits = _Buffer(1, 2, np.float32, (n, 2))
        s.action = _Buffer(2, 2, np.int64, (n,))
        self._lay_out(s)
        self._act[observation.dtype, observation.shape] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._learn, self._explore, self._act):
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


def _generator_state(rng):
    state = rng.bit_generator.state
    words = [*state["state"]["state"], state["has_uint32"], state["uinteger"]]
    return np.array([int(word) for word in words], dtype=np.uint64)


def _set_generator_state(rng, words):
    state = rng.bit_generator.state
    state["state"]["state"] = words[:4].copy()
    state["has_uint32"], state["uinteger"] = int(words[4]), int(words[5])
    rng.bit_generator.state = state


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
