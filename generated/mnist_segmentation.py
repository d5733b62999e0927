"""mnist_segmentation: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 32, 32, 1)
Targets    y   int64 (N, 32, 32)
Outputs    classes   int64 (N, 32, 32)
Parameters 29,490 in 36 arrays
Optimiser  SGD(cosine(0.1, 375, floor=0.0001), momentum=0.9)

    from mnist_segmentation import MnistSegmentation

    m = MnistSegmentation(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python mnist_segmentation.py train data.npz --epochs 10
    python mnist_segmentation.py predict data.npz
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class MnistSegmentation:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "mnist_segmentation"
    FINGERPRINT = "a486085487f95790"
    INPUTS = {"x": ("float32", ("N", 32, 32, 1))}
    TARGETS = {"y": ("int64", ("N", 32, 32))}
    OUTPUTS = {"classes": ("int64", ("N", 32, 32))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "down_1.conv_1.W": ("params", "down_1_conv_1_W"),
        "down_1.batch_norm_1.gamma": ("params", "down_1_batch_norm_1_gamma"),
        "down_1.batch_norm_1.beta": ("params", "down_1_batch_norm_1_beta"),
        "down_1.conv_2.W": ("params", "down_1_conv_2_W"),
        "down_1.batch_norm_2.gamma": ("params", "down_1_batch_norm_2_gamma"),
        "down_1.batch_norm_2.beta": ("params", "down_1_batch_norm_2_beta"),
        "down_2.conv_1.W": ("params", "down_2_conv_1_W"),
        "down_2.batch_norm_1.gamma": ("params", "down_2_batch_norm_1_gamma"),
        "down_2.batch_norm_1.beta": ("params", "down_2_batch_norm_1_beta"),
        "down_2.conv_2.W": ("params", "down_2_conv_2_W"),
        "down_2.batch_norm_2.gamma": ("params", "down_2_batch_norm_2_gamma"),
        "down_2.batch_norm_2.beta": ("params", "down_2_batch_norm_2_beta"),
        "bottom.conv_1.W": ("params", "bottom_conv_1_W"),
        "bottom.batch_norm_1.gamma": ("params", "bottom_batch_norm_1_gamma"),
        "bottom.batch_norm_1.beta": ("params", "bottom_batch_norm_1_beta"),
        "bottom.conv_2.W": ("params", "bottom_conv_2_W"),
        "bottom.batch_norm_2.gamma": ("params", "bottom_batch_norm_2_gamma"),
        "bottom.batch_norm_2.beta": ("params", "bottom_batch_norm_2_beta"),
        "enlarge_2.W": ("params", "enlarge_2_W"),
        "enlarge_2.b": ("params", "enlarge_2_b"),
        "up_2.conv_1.W": ("params", "up_2_conv_1_W"),
        "up_2.batch_norm_1.gamma": ("params", "up_2_batch_norm_1_gamma"),
        "up_2.batch_norm_1.beta": ("params", "up_2_batch_norm_1_beta"),
        "up_2.conv_2.W": ("params", "up_2_conv_2_W"),
        "up_2.batch_norm_2.gamma": ("params", "up_2_batch_norm_2_gamma"),
        "up_2.batch_norm_2.beta": ("params", "up_2_batch_norm_2_beta"),
        "enlarge_1.W": ("params", "enlarge_1_W"),
        "enlarge_1.b": ("params", "enlarge_1_b"),
        "up_1.conv_1.W": ("params", "up_1_conv_1_W"),
        "up_1.batch_norm_1.gamma": ("params", "up_1_batch_norm_1_gamma"),
        "up_1.batch_norm_1.beta": ("params", "up_1_batch_norm_1_beta"),
        "up_1.conv_2.W": ("params", "up_1_conv_2_W"),
        "up_1.batch_norm_2.gamma": ("params", "up_1_batch_norm_2_gamma"),
        "up_1.batch_norm_2.beta": ("params", "up_1_batch_norm_2_beta"),
        "classify.W": ("params", "classify_W"),
        "classify.b": ("params", "classify_b"),
        "down_1.conv_1.W.momentum": ("momentum", "down_1_conv_1_W"),
        "down_1.batch_norm_1.gamma.momentum": ("momentum", "down_1_batch_norm_1_gamma"),
        "down_1.batch_norm_1.beta.momentum": ("momentum", "down_1_batch_norm_1_beta"),
        "down_1.conv_2.W.momentum": ("momentum", "down_1_conv_2_W"),
        "down_1.batch_norm_2.gamma.momentum": ("momentum", "down_1_batch_norm_2_gamma"),
        "down_1.batch_norm_2.beta.momentum": ("momentum", "down_1_batch_norm_2_beta"),
        "down_2.conv_1.W.momentum": ("momentum", "down_2_conv_1_W"),
        "down_2.batch_norm_1.gamma.momentum": ("momentum", "down_2_batch_norm_1_gamma"),
        "down_2.batch_norm_1.beta.momentum": ("momentum", "down_2_batch_norm_1_beta"),
        "down_2.conv_2.W.momentum": ("momentum", "down_2_conv_2_W"),
        "down_2.batch_norm_2.gamma.momentum": ("momentum", "down_2_batch_norm_2_gamma"),
        "down_2.batch_norm_2.beta.momentum": ("momentum", "down_2_batch_norm_2_beta"),
        "bottom.conv_1.W.momentum": ("momentum", "bottom_conv_1_W"),
        "bottom.batch_norm_1.gamma.momentum": ("momentum", "bottom_batch_norm_1_gamma"),
        "bottom.batch_norm_1.beta.momentum": ("momentum", "bottom_batch_norm_1_beta"),
        "bottom.conv_2.W.momentum": ("momentum", "bottom_conv_2_W"),
        "bottom.batch_norm_2.gamma.momentum": ("momentum", "bottom_batch_norm_2_gamma"),
        "bottom.batch_norm_2.beta.momentum": ("momentum", "bottom_batch_norm_2_beta"),
        "enlarge_2.W.momentum": ("momentum", "enlarge_2_W"),
        "enlarge_2.b.momentum": ("momentum", "enlarge_2_b"),
        "up_2.conv_1.W.momentum": ("momentum", "up_2_conv_1_W"),
        "up_2.batch_norm_1.gamma.momentum": ("momentum", "up_2_batch_norm_1_gamma"),
        "up_2.batch_norm_1.beta.momentum": ("momentum", "up_2_batch_norm_1_beta"),
        "up_2.conv_2.W.momentum": ("momentum", "up_2_conv_2_W"),
        "up_2.batch_norm_2.gamma.momentum": ("momentum", "up_2_batch_norm_2_gamma"),
        "up_2.batch_norm_2.beta.momentum": ("momentum", "up_2_batch_norm_2_beta"),
        "enlarge_1.W.momentum": ("momentum", "enlarge_1_W"),
        "enlarge_1.b.momentum": ("momentum", "enlarge_1_b"),
        "up_1.conv_1.W.momentum": ("momentum", "up_1_conv_1_W"),
        "up_1.batch_norm_1.gamma.momentum": ("momentum", "up_1_batch_norm_1_gamma"),
        "up_1.batch_norm_1.beta.momentum": ("momentum", "up_1_batch_norm_1_beta"),
        "up_1.conv_2.W.momentum": ("momentum", "up_1_conv_2_W"),
        "up_1.batch_norm_2.gamma.momentum": ("momentum", "up_1_batch_norm_2_gamma"),
        "up_1.batch_norm_2.beta.momentum": ("momentum", "up_1_batch_norm_2_beta"),
        "classify.W.momentum": ("momentum", "classify_W"),
        "classify.b.momentum": ("momentum", "classify_b"),
        "down_1.batch_norm_1.running_mean": (
            "state",
            "down_1_batch_norm_1_running_mean",
        ),
        "down_1.batch_norm_1.running_var": ("state", "down_1_batch_norm_1_running_var"),
        "down_1.batch_norm_2.running_mean": (
            "state",
            "down_1_batch_norm_2_running_mean",
        ),
        "down_1.batch_norm_2.running_var": ("state", "down_1_batch_norm_2_running_var"),
        "down_2.batch_norm_1.running_mean": (
            "state",
            "down_2_batch_norm_1_running_mean",
        ),
        "down_2.batch_norm_1.running_var": ("state", "down_2_batch_norm_1_running_var"),
        "down_2.batch_norm_2.running_mean": (
            "state",
            "down_2_batch_norm_2_running_mean",
        ),
        "down_2.batch_norm_2.running_var": ("state", "down_2_batch_norm_2_running_var"),
        "bottom.batch_norm_1.running_mean": (
            "state",
            "bottom_batch_norm_1_running_mean",
        ),
        "bottom.batch_norm_1.running_var": ("state", "bottom_batch_norm_1_running_var"),
        "bottom.batch_norm_2.running_mean": (
            "state",
            "bottom_batch_norm_2_running_mean",
        ),
        "bottom.batch_norm_2.running_var": ("state", "bottom_batch_norm_2_running_var"),
        "up_2.batch_norm_1.running_mean": ("state", "up_2_batch_norm_1_running_mean"),
        "up_2.batch_norm_1.running_var": ("state", "up_2_batch_norm_1_running_var"),
        "up_2.batch_norm_2.running_mean": ("state", "up_2_batch_norm_2_running_mean"),
        "up_2.batch_norm_2.running_var": ("state", "up_2_batch_norm_2_running_var"),
        "up_1.batch_norm_1.running_mean": ("state", "up_1_batch_norm_1_running_mean"),
        "up_1.batch_norm_1.running_var": ("state", "up_1_batch_norm_1_running_var"),
        "up_1.batch_norm_2.running_mean": ("state", "up_1_batch_norm_2_running_mean"),
        "up_1.batch_norm_2.running_var": ("state", "up_1_batch_norm_2_running_var"),
        "sgd.step": ("state", "sgd_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(29490, np.float32),
            {
                "down_1_conv_1_W": (3, 3, 1, 8),
                "down_1_batch_norm_1_gamma": (8,),
                "down_1_batch_norm_1_beta": (8,),
                "down_1_conv_2_W": (3, 3, 8, 8),
                "down_1_batch_norm_2_gamma": (8,),
                "down_1_batch_norm_2_beta": (8,),
                "down_2_conv_1_W": (3, 3, 8, 16),
                "down_2_batch_norm_1_gamma": (16,),
                "down_2_batch_norm_1_beta": (16,),
                "down_2_conv_2_W": (3, 3, 16, 16),
                "down_2_batch_norm_2_gamma": (16,),
                "down_2_batch_norm_2_beta": (16,),
                "bottom_conv_1_W": (3, 3, 16, 32),
                "bottom_batch_norm_1_gamma": (32,),
                "bottom_batch_norm_1_beta": (32,),
                "bottom_conv_2_W": (3, 3, 32, 32),
                "bottom_batch_norm_2_gamma": (32,),
                "bottom_batch_norm_2_beta": (32,),
                "enlarge_2_W": (2, 2, 16, 32),
                "enlarge_2_b": (16,),
                "up_2_conv_1_W": (3, 3, 32, 16),
                "up_2_batch_norm_1_gamma": (16,),
                "up_2_batch_norm_1_beta": (16,),
                "up_2_conv_2_W": (3, 3, 16, 16),
                "up_2_batch_norm_2_gamma": (16,),
                "up_2_batch_norm_2_beta": (16,),
                "enlarge_1_W": (2, 2, 8, 16),
                "enlarge_1_b": (8,),
                "up_1_conv_1_W": (3, 3, 16, 8),
                "up_1_batch_norm_1_gamma": (8,),
                "up_1_batch_norm_1_beta": (8,),
                "up_1_conv_2_W": (3, 3, 8, 8),
                "up_1_batch_norm_2_gamma": (8,),
                "up_1_batch_norm_2_beta": (8,),
                "classify_W": (1, 1, 8, 2),
                "classify_b": (2,),
            },
        )
        self.grads = _Views(_vector(29490, np.float32), self.params.shapes)
        self.stats = _Views(
            _vector(320, np.float32),
            {
                "z1_mean": (8,),
                "z1_unbiased_var": (8,),
                "z2_mean": (8,),
                "z2_unbiased_var": (8,),
                "z3_mean": (16,),
                "z3_unbiased_var": (16,),
                "z4_mean": (16,),
                "z4_unbiased_var": (16,),
                "z5_mean": (32,),
                "z5_unbiased_var": (32,),
                "z6_mean": (32,),
                "z6_unbiased_var": (32,),
                "z8_mean": (16,),
                "z8_unbiased_var": (16,),
                "z9_mean": (16,),
                "z9_unbiased_var": (16,),
                "z11_mean": (8,),
                "z11_unbiased_var": (8,),
                "z12_mean": (8,),
                "z12_unbiased_var": (8,),
            },
        )
        self.momentum = _Views(_vector(29490, np.float32), self.params.shapes)
        self.state = SimpleNamespace(
            down_1_batch_norm_1_running_mean=np.zeros((8,), dtype=np.float32),
            down_1_batch_norm_1_running_var=np.zeros((8,), dtype=np.float32),
            down_1_batch_norm_2_running_mean=np.zeros((8,), dtype=np.float32),
            down_1_batch_norm_2_running_var=np.zeros((8,), dtype=np.float32),
            down_2_batch_norm_1_running_mean=np.zeros((16,), dtype=np.float32),
            down_2_batch_norm_1_running_var=np.zeros((16,), dtype=np.float32),
            down_2_batch_norm_2_running_mean=np.zeros((16,), dtype=np.float32),
            down_2_batch_norm_2_running_var=np.zeros((16,), dtype=np.float32),
            bottom_batch_norm_1_running_mean=np.zeros((32,), dtype=np.float32),
            bottom_batch_norm_1_running_var=np.zeros((32,), dtype=np.float32),
            bottom_batch_norm_2_running_mean=np.zeros((32,), dtype=np.float32),
            bottom_batch_norm_2_running_var=np.zeros((32,), dtype=np.float32),
            up_2_batch_norm_1_running_mean=np.zeros((16,), dtype=np.float32),
            up_2_batch_norm_1_running_var=np.zeros((16,), dtype=np.float32),
            up_2_batch_norm_2_running_mean=np.zeros((16,), dtype=np.float32),
            up_2_batch_norm_2_running_var=np.zeros((16,), dtype=np.float32),
            up_1_batch_norm_1_running_mean=np.zeros((8,), dtype=np.float32),
            up_1_batch_norm_1_running_var=np.zeros((8,), dtype=np.float32),
            up_1_batch_norm_2_running_mean=np.zeros((8,), dtype=np.float32),
            up_1_batch_norm_2_running_var=np.zeros((8,), dtype=np.float32),
            sgd_step=np.zeros((), dtype=np.int64),
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
        down_1_conv_1_noise = rng.standard_normal((3, 3, 1, 8), dtype=np.float32)
        new_down_1_conv_1_W = down_1_conv_1_noise * 0.47140452
        down_1_conv_2_noise = rng.standard_normal((3, 3, 8, 8), dtype=np.float32)
        new_down_1_conv_2_W = down_1_conv_2_noise * 0.16666667
        down_2_conv_1_noise = rng.standard_normal((3, 3, 8, 16), dtype=np.float32)
        new_down_2_conv_1_W = down_2_conv_1_noise * 0.16666667
        down_2_conv_2_noise = rng.standard_normal((3, 3, 16, 16), dtype=np.float32)
        new_down_2_conv_2_W = down_2_conv_2_noise * 0.11785113
        bottom_conv_1_noise = rng.standard_normal((3, 3, 16, 32), dtype=np.float32)
        new_bottom_conv_1_W = bottom_conv_1_noise * 0.11785113
        bottom_conv_2_noise = rng.standard_normal((3, 3, 32, 32), dtype=np.float32)
        new_bottom_conv_2_W = bottom_conv_2_noise * 0.083333336
        enlarge_2_noise = rng.standard_normal((2, 2, 16, 32), dtype=np.float32)
        new_enlarge_2_W = enlarge_2_noise * 0.17677669
        up_2_conv_1_noise = rng.standard_normal((3, 3, 32, 16), dtype=np.float32)
        new_up_2_conv_1_W = up_2_conv_1_noise * 0.083333336
        up_2_conv_2_noise = rng.standard_normal((3, 3, 16, 16), dtype=np.float32)
        new_up_2_conv_2_W = up_2_conv_2_noise * 0.11785113
        enlarge_1_noise = rng.standard_normal((2, 2, 8, 16), dtype=np.float32)
        new_enlarge_1_W = enlarge_1_noise * 0.25
        up_1_conv_1_noise = rng.standard_normal((3, 3, 16, 8), dtype=np.float32)
        new_up_1_conv_1_W = up_1_conv_1_noise * 0.11785113
        up_1_conv_2_noise = rng.standard_normal((3, 3, 8, 8), dtype=np.float32)
        new_up_1_conv_2_W = up_1_conv_2_noise * 0.16666667
        classify_draw = rng.random((1, 1, 8, 2), dtype=np.float32)
        new_classify_W = classify_draw * 1.5491934 + -0.7745967
        up_1_batch_norm_2_running_var = np.broadcast_to(np.float32(1.0), (8,))
        up_2_batch_norm_2_running_var = np.broadcast_to(np.float32(1.0), (16,))
        batch_norm_2_running_var = np.broadcast_to(np.float32(1.0), (32,))
        p.down_1_conv_1_W[...] = new_down_1_conv_1_W
        p.down_1_batch_norm_1_gamma[...] = up_1_batch_norm_2_running_var
        p.down_1_conv_2_W[...] = new_down_1_conv_2_W
        p.down_1_batch_norm_2_gamma[...] = up_1_batch_norm_2_running_var
        p.down_2_conv_1_W[...] = new_down_2_conv_1_W
        p.down_2_batch_norm_1_gamma[...] = up_2_batch_norm_2_running_var
        p.down_2_conv_2_W[...] = new_down_2_conv_2_W
        p.down_2_batch_norm_2_gamma[...] = up_2_batch_norm_2_running_var
        p.bottom_conv_1_W[...] = new_bottom_conv_1_W
        p.bottom_batch_norm_1_gamma[...] = batch_norm_2_running_var
        p.bottom_conv_2_W[...] = new_bottom_conv_2_W
        p.bottom_batch_norm_2_gamma[...] = batch_norm_2_running_var
        p.enlarge_2_W[...] = new_enlarge_2_W
        p.up_2_conv_1_W[...] = new_up_2_conv_1_W
        p.up_2_batch_norm_1_gamma[...] = up_2_batch_norm_2_running_var
        p.up_2_conv_2_W[...] = new_up_2_conv_2_W
        p.up_2_batch_norm_2_gamma[...] = up_2_batch_norm_2_running_var
        p.enlarge_1_W[...] = new_enlarge_1_W
        p.up_1_conv_1_W[...] = new_up_1_conv_1_W
        p.up_1_batch_norm_1_gamma[...] = up_1_batch_norm_2_running_var
        p.up_1_conv_2_W[...] = new_up_1_conv_2_W
        p.up_1_batch_norm_2_gamma[...] = up_1_batch_norm_2_running_var
        p.classify_W[...] = new_classify_W
        self.state.down_1_batch_norm_1_running_var[...] = up_1_batch_norm_2_running_var
        self.state.down_1_batch_norm_2_running_var[...] = up_1_batch_norm_2_running_var
        self.state.down_2_batch_norm_1_running_var[...] = up_2_batch_norm_2_running_var
        self.state.down_2_batch_norm_2_running_var[...] = up_2_batch_norm_2_running_var
        self.state.bottom_batch_norm_1_running_var[...] = batch_norm_2_running_var
        self.state.bottom_batch_norm_2_running_var[...] = batch_norm_2_running_var
        self.state.up_2_batch_norm_1_running_var[...] = up_2_batch_norm_2_running_var
        self.state.up_2_batch_norm_2_running_var[...] = up_2_batch_norm_2_running_var
        self.state.up_1_batch_norm_1_running_var[...] = up_1_batch_norm_2_running_var
        self.state.up_1_batch_norm_2_running_var[...] = up_1_batch_norm_2_running_var

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 32, 32, 1)
        y: int64 (N, 32, 32)
        """
        s = self._train_slots(x, y)
        loss = self._backward(s, x, y)
        self._update(s)
        return loss

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 32, 32, 1)
        y: int64 (N, 32, 32)
        """
        s = self._train_slots(x, y)
        self._backward(s, x, y)
        d = self.grads
        return {
            "down_1.conv_1.W": d.down_1_conv_1_W.copy(),
            "down_1.batch_norm_1.gamma": d.down_1_batch_norm_1_gamma.copy(),
            "down_1.batch_norm_1.beta": d.down_1_batch_norm_1_beta.copy(),
            "down_1.conv_2.W": d.down_1_conv_2_W.copy(),
            "down_1.batch_norm_2.gamma": d.down_1_batch_norm_2_gamma.copy(),
            "down_1.batch_norm_2.beta": d.down_1_batch_norm_2_beta.copy(),
            "down_2.conv_1.W": d.down_2_conv_1_W.copy(),
            "down_2.batch_norm_1.gamma": d.down_2_batch_norm_1_gamma.copy(),
            "down_2.batch_norm_1.beta": d.down_2_batch_norm_1_beta.copy(),
            "down_2.conv_2.W": d.down_2_conv_2_W.copy(),
            "down_2.batch_norm_2.gamma": d.down_2_batch_norm_2_gamma.copy(),
            "down_2.batch_norm_2.beta": d.down_2_batch_norm_2_beta.copy(),
            "bottom.conv_1.W": d.bottom_conv_1_W.copy(),
            "bottom.batch_norm_1.gamma": d.bottom_batch_norm_1_gamma.copy(),
            "bottom.batch_norm_1.beta": d.bottom_batch_norm_1_beta.copy(),
            "bottom.conv_2.W": d.bottom_conv_2_W.copy(),
            "bottom.batch_norm_2.gamma": d.bottom_batch_norm_2_gamma.copy(),
            "bottom.batch_norm_2.beta": d.bottom_batch_norm_2_beta.copy(),
            "enlarge_2.W": d.enlarge_2_W.copy(),
            "enlarge_2.b": d.enlarge_2_b.copy(),
            "up_2.conv_1.W": d.up_2_conv_1_W.copy(),
            "up_2.batch_norm_1.gamma": d.up_2_batch_norm_1_gamma.copy(),
            "up_2.batch_norm_1.beta": d.up_2_batch_norm_1_beta.copy(),
            "up_2.conv_2.W": d.up_2_conv_2_W.copy(),
            "up_2.batch_norm_2.gamma": d.up_2_batch_norm_2_gamma.copy(),
            "up_2.batch_norm_2.beta": d.up_2_batch_norm_2_beta.copy(),
            "enlarge_1.W": d.enlarge_1_W.copy(),
            "enlarge_1.b": d.enlarge_1_b.copy(),
            "up_1.conv_1.W": d.up_1_conv_1_W.copy(),
            "up_1.batch_norm_1.gamma": d.up_1_batch_norm_1_gamma.copy(),
            "up_1.batch_norm_1.beta": d.up_1_batch_norm_1_beta.copy(),
            "up_1.conv_2.W": d.up_1_conv_2_W.copy(),
            "up_1.batch_norm_2.gamma": d.up_1_batch_norm_2_gamma.copy(),
            "up_1.batch_norm_2.beta": d.up_1_batch_norm_2_beta.copy(),
            "classify.W": d.classify_W.copy(),
            "classify.b": d.classify_b.copy(),
        }

    def _backward(self, s, x, y):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d, stats = self.params, self.grads, self.stats
        # ---- forward -----------------------------------------------------------------
        # down_1.conv_1: z1 = conv(x, W)       (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_im2col(
            x,
            p.down_1_conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        # z1_mean = mean(z1, axes 0, 1, 2)                                        (8,)
        # z1_var = mean(square(z1 - z1_mean), axes 0, 1, 2)                       (8,)
        # z1_inv_std = 1 / sqrt(z1_var + 1e-05)                                   (8,)
        # z1_hat = (z1 - mean) / sqrt(var + 1e-05)                      (N, 32, 32, 8)
        # z1_norm = z1_hat * gamma + beta                               (N, 32, 32, 8)
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
        np.multiply(s.z1_hat, p.down_1_batch_norm_1_gamma, out=s.z1_norm)
        np.add(s.z1_norm, p.down_1_batch_norm_1_beta, out=s.z1_norm)

        # down_1.relu_1: h1 = relu(z1_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # down_1.conv_2: z2 = conv(h1, W)      (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_im2col(
            s.h1,
            p.down_1_conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        # z2_mean = mean(z2, axes 0, 1, 2)                                        (8,)
        # z2_var = mean(square(z2 - z2_mean), axes 0, 1, 2)                       (8,)
        # z2_inv_std = 1 / sqrt(z2_var + 1e-05)                                   (8,)
        # z2_hat = (z2 - mean) / sqrt(var + 1e-05)                      (N, 32, 32, 8)
        # z2_norm = z2_hat * gamma + beta                               (N, 32, 32, 8)
        np.dot(s.ones, s.z2_reshape, out=stats.z2_mean)
        np.divide(stats.z2_mean, 1024 * s.n, out=stats.z2_mean)
        np.subtract(s.z2, stats.z2_mean, out=s.z2_hat)
        np.square(s.z2_hat, out=s.z2_hat_square)
        np.dot(s.ones, s.z2_hat_reshape, out=stats.z2_unbiased_var)
        np.divide(stats.z2_unbiased_var, 1024 * s.n, out=stats.z2_unbiased_var)
        np.add(stats.z2_unbiased_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(s.z2_hat, s.z2_inv_std, out=s.z2_hat)
        np.multiply(s.z2_hat, p.down_1_batch_norm_2_gamma, out=s.z2_norm)
        np.add(s.z2_norm, p.down_1_batch_norm_2_beta, out=s.z2_norm)

        # down_1.relu_2: h2 = relu(z2_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # pool                                                  mnist_segmentation.py:38
        # h2_pooled = max_pool(h2, 2x2)                                 (N, 16, 16, 8)
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # down_2.conv_1                                         mnist_segmentation.py:38
        # z3 = conv(h2_pooled, W)                                      (N, 16, 16, 16)
        _conv_im2col(
            s.h2_pooled,
            p.down_2_conv_1_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_1                                   mnist_segmentation.py:38
        # z3_mean = mean(z3, axes 0, 1, 2)                                       (16,)
        # z3_var = mean(square(z3 - z3_mean), axes 0, 1, 2)                      (16,)
        # z3_inv_std = 1 / sqrt(z3_var + 1e-05)                                  (16,)
        # z3_hat = (z3 - mean) / sqrt(var + 1e-05)                     (N, 16, 16, 16)
        # z3_norm = z3_hat * gamma + beta                              (N, 16, 16, 16)
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
        np.multiply(s.z3_hat, p.down_2_batch_norm_1_gamma, out=s.z3_norm)
        np.add(s.z3_norm, p.down_2_batch_norm_1_beta, out=s.z3_norm)

        # down_2.relu_1: h3 = relu(z3_norm)   (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z3_norm, 0.0, out=s.h3)

        # down_2.conv_2: z4 = conv(h3, W)     (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_im2col(
            s.h3,
            p.down_2_conv_2_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_2                                   mnist_segmentation.py:38
        # z4_mean = mean(z4, axes 0, 1, 2)                                       (16,)
        # z4_var = mean(square(z4 - z4_mean), axes 0, 1, 2)                      (16,)
        # z4_inv_std = 1 / sqrt(z4_var + 1e-05)                                  (16,)
        # z4_hat = (z4 - mean) / sqrt(var + 1e-05)                     (N, 16, 16, 16)
        # z4_norm = z4_hat * gamma + beta                              (N, 16, 16, 16)
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
        np.multiply(s.z4_hat, p.down_2_batch_norm_2_gamma, out=s.z4_norm)
        np.add(s.z4_norm, p.down_2_batch_norm_2_beta, out=s.z4_norm)

        # down_2.relu_2: h4 = relu(z4_norm)   (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # pool: h4_pooled = max_pool(h4, 2x2)   (N, 8, 8, 16)   mnist_segmentation.py:38
        _max_pool_shifts(s.h4, s.h4_pooled_shifts, out=s.h4_pooled)

        # bottom.conv_1                                         mnist_segmentation.py:38
        # z5 = conv(h4_pooled, W)                                        (N, 8, 8, 32)
        _conv_im2col(
            s.h4_pooled,
            p.bottom_conv_1_W,
            s.z5_columns,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_1                                   mnist_segmentation.py:38
        # z5_mean = mean(z5, axes 0, 1, 2)                                       (32,)
        # z5_var = mean(square(z5 - z5_mean), axes 0, 1, 2)                      (32,)
        # z5_inv_std = 1 / sqrt(z5_var + 1e-05)                                  (32,)
        # z5_hat = (z5 - mean) / sqrt(var + 1e-05)                       (N, 8, 8, 32)
        # z5_norm = z5_hat * gamma + beta                                (N, 8, 8, 32)
        np.dot(s.ones_3, s.z5_reshape, out=stats.z5_mean)
        np.divide(stats.z5_mean, 64 * s.n, out=stats.z5_mean)
        np.subtract(s.z5, stats.z5_mean, out=s.z5_hat)
        np.square(s.z5_hat, out=s.z5_hat_square)
        np.dot(s.ones_3, s.z5_hat_reshape, out=stats.z5_unbiased_var)
        np.divide(stats.z5_unbiased_var, 64 * s.n, out=stats.z5_unbiased_var)
        np.add(stats.z5_unbiased_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(s.z5_hat, s.z5_inv_std, out=s.z5_hat)
        np.multiply(s.z5_hat, p.bottom_batch_norm_1_gamma, out=s.z5_norm)
        np.add(s.z5_norm, p.bottom_batch_norm_1_beta, out=s.z5_norm)

        # bottom.relu_1: h5 = relu(z5_norm)     (N, 8, 8, 32)   mnist_segmentation.py:38
        np.maximum(s.z5_norm, 0.0, out=s.h5)

        # bottom.conv_2: z6 = conv(h5, W)       (N, 8, 8, 32)   mnist_segmentation.py:38
        _conv_im2col(
            s.h5,
            p.bottom_conv_2_W,
            s.z6_columns,
            out=s.z6,
            padded=s.z6_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_2                                   mnist_segmentation.py:38
        # z6_mean = mean(z6, axes 0, 1, 2)                                       (32,)
        # z6_var = mean(square(z6 - z6_mean), axes 0, 1, 2)                      (32,)
        # z6_inv_std = 1 / sqrt(z6_var + 1e-05)                                  (32,)
        # z6_hat = (z6 - mean) / sqrt(var + 1e-05)                       (N, 8, 8, 32)
        # z6_norm = z6_hat * gamma + beta                                (N, 8, 8, 32)
        np.dot(s.ones_3, s.z6_reshape, out=stats.z6_mean)
        np.divide(stats.z6_mean, 64 * s.n, out=stats.z6_mean)
        np.subtract(s.z6, stats.z6_mean, out=s.z6_hat)
        np.square(s.z6_hat, out=s.z6_hat_square)
        np.dot(s.ones_3, s.z6_hat_reshape, out=stats.z6_unbiased_var)
        np.divide(stats.z6_unbiased_var, 64 * s.n, out=stats.z6_unbiased_var)
        np.add(stats.z6_unbiased_var, 1e-05, out=s.z6_inv_std)
        np.sqrt(s.z6_inv_std, out=s.z6_inv_std)
        np.divide(1.0, s.z6_inv_std, out=s.z6_inv_std)
        np.multiply(s.z6_hat, s.z6_inv_std, out=s.z6_hat)
        np.multiply(s.z6_hat, p.bottom_batch_norm_2_gamma, out=s.z6_norm)
        np.add(s.z6_norm, p.bottom_batch_norm_2_beta, out=s.z6_norm)

        # bottom.relu_2: h6 = relu(z6_norm)     (N, 8, 8, 32)   mnist_segmentation.py:38
        np.maximum(s.z6_norm, 0.0, out=s.h6)

        # enlarge_2: h7 = conv^T(h6, W) + b   (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_col2im(s.h6, p.enlarge_2_W, s.h7_columns, out=s.h7, strides=(2, 2))
        np.add(s.h7, p.enlarge_2_b, out=s.h7)

        # h4_concat = [h4; h7]                (N, 16, 16, 32)   mnist_segmentation.py:38
        np.concatenate((s.h4, s.h7), axis=3, out=s.h4_concat)

        # up_2.conv_1                                           mnist_segmentation.py:38
        # z8 = conv(h4_concat, W)                                      (N, 16, 16, 16)
        _conv_im2col(
            s.h4_concat,
            p.up_2_conv_1_W,
            s.z8_columns,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_1                                     mnist_segmentation.py:38
        # z8_mean = mean(z8, axes 0, 1, 2)                                       (16,)
        # z8_var = mean(square(z8 - z8_mean), axes 0, 1, 2)                      (16,)
        # z8_inv_std = 1 / sqrt(z8_var + 1e-05)                                  (16,)
        # z8_hat = (z8 - mean) / sqrt(var + 1e-05)                     (N, 16, 16, 16)
        # z8_norm = z8_hat * gamma + beta                              (N, 16, 16, 16)
        np.dot(s.ones_2, s.z8_reshape, out=stats.z8_mean)
        np.divide(stats.z8_mean, 256 * s.n, out=stats.z8_mean)
        np.subtract(s.z8, stats.z8_mean, out=s.z8_hat)
        np.square(s.z8_hat, out=s.z8_hat_square)
        np.dot(s.ones_2, s.z8_hat_reshape, out=stats.z8_unbiased_var)
        np.divide(stats.z8_unbiased_var, 256 * s.n, out=stats.z8_unbiased_var)
        np.add(stats.z8_unbiased_var, 1e-05, out=s.z8_inv_std)
        np.sqrt(s.z8_inv_std, out=s.z8_inv_std)
        np.divide(1.0, s.z8_inv_std, out=s.z8_inv_std)
        np.multiply(s.z8_hat, s.z8_inv_std, out=s.z8_hat)
        np.multiply(s.z8_hat, p.up_2_batch_norm_1_gamma, out=s.z8_norm)
        np.add(s.z8_norm, p.up_2_batch_norm_1_beta, out=s.z8_norm)

        # up_2.relu_1: h8 = relu(z8_norm)     (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z8_norm, 0.0, out=s.h8)

        # up_2.conv_2: z9 = conv(h8, W)       (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_im2col(
            s.h8,
            p.up_2_conv_2_W,
            s.z9_columns,
            out=s.z9,
            padded=s.z9_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_2                                     mnist_segmentation.py:38
        # z9_mean = mean(z9, axes 0, 1, 2)                                       (16,)
        # z9_var = mean(square(z9 - z9_mean), axes 0, 1, 2)                      (16,)
        # z9_inv_std = 1 / sqrt(z9_var + 1e-05)                                  (16,)
        # z9_hat = (z9 - mean) / sqrt(var + 1e-05)                     (N, 16, 16, 16)
        # z9_norm = z9_hat * gamma + beta                              (N, 16, 16, 16)
        np.dot(s.ones_2, s.z9_reshape, out=stats.z9_mean)
        np.divide(stats.z9_mean, 256 * s.n, out=stats.z9_mean)
        np.subtract(s.z9, stats.z9_mean, out=s.z9_hat)
        np.square(s.z9_hat, out=s.z9_hat_square)
        np.dot(s.ones_2, s.z9_hat_reshape, out=stats.z9_unbiased_var)
        np.divide(stats.z9_unbiased_var, 256 * s.n, out=stats.z9_unbiased_var)
        np.add(stats.z9_unbiased_var, 1e-05, out=s.z9_inv_std)
        np.sqrt(s.z9_inv_std, out=s.z9_inv_std)
        np.divide(1.0, s.z9_inv_std, out=s.z9_inv_std)
        np.multiply(s.z9_hat, s.z9_inv_std, out=s.z9_hat)
        np.multiply(s.z9_hat, p.up_2_batch_norm_2_gamma, out=s.z9_norm)
        np.add(s.z9_norm, p.up_2_batch_norm_2_beta, out=s.z9_norm)

        # up_2.relu_2: h9 = relu(z9_norm)     (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z9_norm, 0.0, out=s.h9)

        # enlarge_1: h10 = conv^T(h9, W) + b   (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_col2im(s.h9, p.enlarge_1_W, s.h10_columns, out=s.h10, strides=(2, 2))
        np.add(s.h10, p.enlarge_1_b, out=s.h10)

        # h2_concat = [h2; h10]               (N, 32, 32, 16)   mnist_segmentation.py:38
        np.concatenate((s.h2, s.h10), axis=3, out=s.h2_concat)

        # up_1.conv_1                                           mnist_segmentation.py:38
        # z11 = conv(h2_concat, W)                                      (N, 32, 32, 8)
        _conv_im2col(
            s.h2_concat,
            p.up_1_conv_1_W,
            s.z11_columns,
            out=s.z11,
            padded=s.z11_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_1                                     mnist_segmentation.py:38
        # z11_mean = mean(z11, axes 0, 1, 2)                                      (8,)
        # z11_var = mean(square(z11 - z11_mean), axes 0, 1, 2)                    (8,)
        # z11_inv_std = 1 / sqrt(z11_var + 1e-05)                                 (8,)
        # z11_hat = (z11 - mean) / sqrt(var + 1e-05)                    (N, 32, 32, 8)
        # z11_norm = z11_hat * gamma + beta                             (N, 32, 32, 8)
        np.dot(s.ones, s.z11_reshape, out=stats.z11_mean)
        np.divide(stats.z11_mean, 1024 * s.n, out=stats.z11_mean)
        np.subtract(s.z11, stats.z11_mean, out=s.z11_hat)
        np.square(s.z11_hat, out=s.z11_hat_square)
        np.dot(s.ones, s.z11_hat_reshape, out=stats.z11_unbiased_var)
        np.divide(stats.z11_unbiased_var, 1024 * s.n, out=stats.z11_unbiased_var)
        np.add(stats.z11_unbiased_var, 1e-05, out=s.z11_inv_std)
        np.sqrt(s.z11_inv_std, out=s.z11_inv_std)
        np.divide(1.0, s.z11_inv_std, out=s.z11_inv_std)
        np.multiply(s.z11_hat, s.z11_inv_std, out=s.z11_hat)
        np.multiply(s.z11_hat, p.up_1_batch_norm_1_gamma, out=s.z11_norm)
        np.add(s.z11_norm, p.up_1_batch_norm_1_beta, out=s.z11_norm)

        # up_1.relu_1: h11 = relu(z11_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z11_norm, 0.0, out=s.h11)

        # up_1.conv_2: z12 = conv(h11, W)      (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_im2col(
            s.h11,
            p.up_1_conv_2_W,
            s.z12_columns,
            out=s.z12,
            padded=s.z12_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_2                                     mnist_segmentation.py:38
        # z12_mean = mean(z12, axes 0, 1, 2)                                      (8,)
        # z12_var = mean(square(z12 - z12_mean), axes 0, 1, 2)                    (8,)
        # z12_inv_std = 1 / sqrt(z12_var + 1e-05)                                 (8,)
        # z12_hat = (z12 - mean) / sqrt(var + 1e-05)                    (N, 32, 32, 8)
        # z12_norm = z12_hat * gamma + beta                             (N, 32, 32, 8)
        np.dot(s.ones, s.z12_reshape, out=stats.z12_mean)
        np.divide(stats.z12_mean, 1024 * s.n, out=stats.z12_mean)
        np.subtract(s.z12, stats.z12_mean, out=s.z12_hat)
        np.square(s.z12_hat, out=s.z12_hat_square)
        np.dot(s.ones, s.z12_hat_reshape, out=stats.z12_unbiased_var)
        np.divide(stats.z12_unbiased_var, 1024 * s.n, out=stats.z12_unbiased_var)
        np.add(stats.z12_unbiased_var, 1e-05, out=s.z12_inv_std)
        np.sqrt(s.z12_inv_std, out=s.z12_inv_std)
        np.divide(1.0, s.z12_inv_std, out=s.z12_inv_std)
        np.multiply(s.z12_hat, s.z12_inv_std, out=s.z12_hat)
        np.multiply(s.z12_hat, p.up_1_batch_norm_2_gamma, out=s.z12_norm)
        np.add(s.z12_norm, p.up_1_batch_norm_2_beta, out=s.z12_norm)

        # up_1.relu_2: h12 = relu(z12_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z12_norm, 0.0, out=s.h12)

        # classify                                              mnist_segmentation.py:38
        # logits = conv(h12, W) + b                                     (N, 32, 32, 2)
        np.dot(s.h12_reshape, s.classify_W_reshape, out=s.h12_product)
        np.add(s.h12_reshape_2, p.classify_b, out=s.logits)

        # softmax_cross_entropy                                 mnist_segmentation.py:45
        # loss = mean(-log_softmax(logits)[y])                                      ()
        # logits_exp = exp(logits - max(logits, axis 3))                (N, 32, 32, 2)
        # logits_sum = sum(exp(logits - max(logits, axis 3)), axis 3)   (N, 32, 32, 1)
        # y_position = row_starts + reshape(y, (1024 * N,))                (1024 * N,)
        s.logits.max(axis=3, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=3, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        y_reshape = y.reshape(1024 * s.n)
        np.add(y_reshape, s.row_starts, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_reshape_2, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, 1024 * s.n, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # softmax_cross_entropy                                 mnist_segmentation.py:45
        # d_logits = (softmax(logits) - onehot(y)) / (1024 * N)         (N, 32, 32, 2)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, 1024 * s.n, out=s.d_logits)

        # classify                                              mnist_segmentation.py:38
        # d_b = sum over 1024 * N of reshape(d_logits, (1024 * N, 2))             (2,)
        # h12_product_2 = h12_transpose d_logits_reshape                        (8, 2)
        # d_logits_product = reshape(d_logits, (1024 * N, 2)) W^T        (1024 * N, 8)
        np.dot(s.ones, s.d_logits_reshape, out=d.classify_b)
        np.dot(s.h12_reshape.T, s.d_logits_reshape, out=s.h12_product_2)
        np.dot(s.d_logits_reshape, s.classify_W_reshape.T, out=s.d_logits_product)

        # up_1.relu_2                                           mnist_segmentation.py:38
        # d_z12_norm = conv^T(d_logits, classify.W) * (h12 > 0)         (N, 32, 32, 8)
        np.greater(s.h12, 0.0, out=s.h12_mask)
        np.multiply(s.d_h12, s.h12_mask, out=s.d_z12_norm)

        # up_1.batch_norm_2                                     mnist_segmentation.py:38
        # d_beta = sum over 1024 * N of reshape(d_z12_norm, (1024 * N, 8))        (8,)
        # d_gamma = sum over 1024 * N of d_z12_norm_reshape_2                     (8,)
        # d_z12 = z12_inv_std * gamma * (d_z12_norm                     (N, 32, 32, 8)
        #     - d_beta / (1024 * N) - z12_hat * (d_gamma / (1024 * N)))
        np.dot(s.ones, s.d_z12_norm_reshape, out=d.up_1_batch_norm_2_beta)
        np.multiply(s.d_z12_norm, s.z12_hat, out=s.d_z12_norm_times)
        np.dot(s.ones, s.d_z12_norm_reshape_2, out=d.up_1_batch_norm_2_gamma)
        np.multiply(s.z12_inv_std, p.up_1_batch_norm_2_gamma, out=s.z12_inv_std_times)
        np.divide(
            d.up_1_batch_norm_2_beta,
            1024 * s.n,
            out=s.d_up_1_batch_norm_2_beta_over,
        )
        np.subtract(s.d_z12_norm, s.d_up_1_batch_norm_2_beta_over, out=s.d_z12)
        np.divide(d.up_1_batch_norm_2_gamma, 1024 * s.n, out=s.up_1_batch_norm_2_over)
        np.multiply(s.z12_hat, s.up_1_batch_norm_2_over, out=s.z12_hat_times)
        np.subtract(s.d_z12, s.z12_hat_times, out=s.d_z12)
        np.multiply(s.z12_inv_std_times, s.d_z12, out=s.d_z12)

        # up_1.conv_2                                           mnist_segmentation.py:38
        # d_W = patches(h11)^T d_z12                                      (3, 3, 8, 8)
        # d_h11 = conv(d_z12, up_1_conv_2_W_reshape_2)                  (N, 32, 32, 8)
        _conv_weight_im2col(
            s.h11,
            s.d_z12,
            s.d_up_1_conv_2_W_columns,
            s.d_up_1_conv_2_W_part,
            out=d.up_1_conv_2_W,
            padded=s.d_up_1_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.up_1_conv_2_W_copy, s.up_1_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z12,
            s.up_1_conv_2_W_copy,
            s.d_h11_columns,
            out=s.d_h11,
            padded=s.d_h11_padded,
            low=(1, 1),
        )

        # up_1.relu_1                                           mnist_segmentation.py:38
        # d_z11_norm = d_h11 * (h11 > 0)                                (N, 32, 32, 8)
        np.greater(s.h11, 0.0, out=s.h11_mask)
        np.multiply(s.d_h11, s.h11_mask, out=s.d_z11_norm)

        # up_1.batch_norm_1                                     mnist_segmentation.py:38
        # d_beta = sum over 1024 * N of reshape(d_z11_norm, (1024 * N, 8))        (8,)
        # d_gamma = sum over 1024 * N of d_z11_norm_reshape_2                     (8,)
        # d_z11 = z11_inv_std * gamma * (d_z11_norm                     (N, 32, 32, 8)
        #     - d_beta / (1024 * N) - z11_hat * (d_gamma / (1024 * N)))
        np.dot(s.ones, s.d_z11_norm_reshape, out=d.up_1_batch_norm_1_beta)
        np.multiply(s.d_z11_norm, s.z11_hat, out=s.d_z11_norm_times)
        np.dot(s.ones, s.d_z11_norm_reshape_2, out=d.up_1_batch_norm_1_gamma)
        np.multiply(s.z11_inv_std, p.up_1_batch_norm_1_gamma, out=s.z11_inv_std_times)
        np.divide(
            d.up_1_batch_norm_1_beta,
            1024 * s.n,
            out=s.d_up_1_batch_norm_1_beta_over,
        )
        np.subtract(s.d_z11_norm, s.d_up_1_batch_norm_1_beta_over, out=s.d_z11)
        np.divide(d.up_1_batch_norm_1_gamma, 1024 * s.n, out=s.up_1_batch_norm_1_over)
        np.multiply(s.z11_hat, s.up_1_batch_norm_1_over, out=s.z11_hat_times)
        np.subtract(s.d_z11, s.z11_hat_times, out=s.d_z11)
        np.multiply(s.z11_inv_std_times, s.d_z11, out=s.d_z11)

        # up_1.conv_1                                           mnist_segmentation.py:38
        # d_W = patches(h2_concat)^T d_z11                               (3, 3, 16, 8)
        # d_z11_conv = conv(d_z11, up_1_conv_1_W_reshape_2)            (N, 32, 32, 16)
        _conv_weight_im2col(
            s.h2_concat,
            s.d_z11,
            s.d_up_1_conv_1_W_columns,
            s.d_up_1_conv_1_W_part,
            out=d.up_1_conv_1_W,
            padded=s.d_up_1_conv_1_W_padded,
            low=(1, 1),
        )
        np.copyto(s.up_1_conv_1_W_copy, s.up_1_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z11,
            s.up_1_conv_1_W_copy,
            s.d_z11_conv_columns,
            out=s.d_z11_conv,
            padded=s.d_z11_conv_padded,
            low=(1, 1),
        )

        # enlarge_1                                             mnist_segmentation.py:38
        # d_b = sum(d_z11_conv[:, :, :, 8:], axes 0, 1, 2)                        (8,)
        # d_W = patches(d_z11_conv[:, :, :, 8:])^T h9                    (2, 2, 8, 16)
        # d_h9 = conv(d_z11_conv[:, :, :, 8:], W)                      (N, 16, 16, 16)
        s.d_h10.sum(axis=(0, 1, 2), out=d.enlarge_1_b)
        _conv_weight_im2col(
            s.d_h10,
            s.h9,
            s.d_enlarge_1_W_columns,
            s.d_enlarge_1_W_part,
            out=d.enlarge_1_W,
            strides=(2, 2),
        )
        _conv_im2col(s.d_h10, p.enlarge_1_W, s.d_h9_columns, out=s.d_h9, strides=(2, 2))

        # up_2.relu_2                                           mnist_segmentation.py:38
        # d_z9_norm = d_h9 * (h9 > 0)                                  (N, 16, 16, 16)
        np.greater(s.h9, 0.0, out=s.h9_mask)
        np.multiply(s.d_h9, s.h9_mask, out=s.d_z9_norm)

        # up_2.batch_norm_2                                     mnist_segmentation.py:38
        # d_beta = sum over 256 * N of reshape(d_z9_norm, (256 * N, 16))         (16,)
        # d_gamma = sum over 256 * N of d_z9_norm_reshape_2                      (16,)
        # d_z9 = z9_inv_std * gamma * (d_z9_norm                       (N, 16, 16, 16)
        #     - d_beta / (256 * N) - z9_hat * (d_gamma / (256 * N)))
        np.dot(s.ones_2, s.d_z9_norm_reshape, out=d.up_2_batch_norm_2_beta)
        np.multiply(s.d_z9_norm, s.z9_hat, out=s.d_z9_norm_times)
        np.dot(s.ones_2, s.d_z9_norm_reshape_2, out=d.up_2_batch_norm_2_gamma)
        np.multiply(s.z9_inv_std, p.up_2_batch_norm_2_gamma, out=s.z9_inv_std_times)
        np.divide(
            d.up_2_batch_norm_2_beta,
            256 * s.n,
            out=s.d_up_2_batch_norm_2_beta_over,
        )
        np.subtract(s.d_z9_norm, s.d_up_2_batch_norm_2_beta_over, out=s.d_z9)
        np.divide(d.up_2_batch_norm_2_gamma, 256 * s.n, out=s.up_2_batch_norm_2_over)
        np.multiply(s.z9_hat, s.up_2_batch_norm_2_over, out=s.z9_hat_times)
        np.subtract(s.d_z9, s.z9_hat_times, out=s.d_z9)
        np.multiply(s.z9_inv_std_times, s.d_z9, out=s.d_z9)

        # up_2.conv_2                                           mnist_segmentation.py:38
        # d_W = patches(h8)^T d_z9                                      (3, 3, 16, 16)
        # d_h8 = conv(d_z9, up_2_conv_2_W_reshape_2)                   (N, 16, 16, 16)
        _conv_weight_im2col(
            s.h8,
            s.d_z9,
            s.d_up_2_conv_2_W_columns,
            s.d_up_2_conv_2_W_part,
            out=d.up_2_conv_2_W,
            padded=s.d_up_2_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.up_2_conv_2_W_copy, s.up_2_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z9,
            s.up_2_conv_2_W_copy,
            s.d_h8_columns,
            out=s.d_h8,
            padded=s.d_h8_padded,
            low=(1, 1),
        )

        # up_2.relu_1                                           mnist_segmentation.py:38
        # d_z8_norm = d_h8 * (h8 > 0)                                  (N, 16, 16, 16)
        np.greater(s.h8, 0.0, out=s.h8_mask)
        np.multiply(s.d_h8, s.h8_mask, out=s.d_z8_norm)

        # up_2.batch_norm_1                                     mnist_segmentation.py:38
        # d_beta = sum over 256 * N of reshape(d_z8_norm, (256 * N, 16))         (16,)
        # d_gamma = sum over 256 * N of d_z8_norm_reshape_2                      (16,)
        # d_z8 = z8_inv_std * gamma * (d_z8_norm                       (N, 16, 16, 16)
        #     - d_beta / (256 * N) - z8_hat * (d_gamma / (256 * N)))
        np.dot(s.ones_2, s.d_z8_norm_reshape, out=d.up_2_batch_norm_1_beta)
        np.multiply(s.d_z8_norm, s.z8_hat, out=s.d_z8_norm_times)
        np.dot(s.ones_2, s.d_z8_norm_reshape_2, out=d.up_2_batch_norm_1_gamma)
        np.multiply(s.z8_inv_std, p.up_2_batch_norm_1_gamma, out=s.z8_inv_std_times)
        np.divide(
            d.up_2_batch_norm_1_beta,
            256 * s.n,
            out=s.d_up_2_batch_norm_1_beta_over,
        )
        np.subtract(s.d_z8_norm, s.d_up_2_batch_norm_1_beta_over, out=s.d_z8)
        np.divide(d.up_2_batch_norm_1_gamma, 256 * s.n, out=s.up_2_batch_norm_1_over)
        np.multiply(s.z8_hat, s.up_2_batch_norm_1_over, out=s.z8_hat_times)
        np.subtract(s.d_z8, s.z8_hat_times, out=s.d_z8)
        np.multiply(s.z8_inv_std_times, s.d_z8, out=s.d_z8)

        # up_2.conv_1                                           mnist_segmentation.py:38
        # d_W = patches(h4_concat)^T d_z8                               (3, 3, 32, 16)
        # d_z8_conv = conv(d_z8, up_2_conv_1_W_reshape_2)              (N, 16, 16, 32)
        _conv_weight_im2col(
            s.h4_concat,
            s.d_z8,
            s.d_up_2_conv_1_W_columns,
            s.d_up_2_conv_1_W_part,
            out=d.up_2_conv_1_W,
            padded=s.d_up_2_conv_1_W_padded,
            low=(1, 1),
        )
        np.copyto(s.up_2_conv_1_W_copy, s.up_2_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z8,
            s.up_2_conv_1_W_copy,
            s.d_z8_conv_columns,
            out=s.d_z8_conv,
            padded=s.d_z8_conv_padded,
            low=(1, 1),
        )

        # enlarge_2                                             mnist_segmentation.py:38
        # d_b = sum(d_z8_conv[:, :, :, 16:], axes 0, 1, 2)                       (16,)
        # d_W = patches(d_z8_conv[:, :, :, 16:])^T h6                   (2, 2, 16, 32)
        # d_h6 = conv(d_z8_conv[:, :, :, 16:], W)                        (N, 8, 8, 32)
        s.d_h7.sum(axis=(0, 1, 2), out=d.enlarge_2_b)
        _conv_weight_im2col(
            s.d_h7,
            s.h6,
            s.d_enlarge_2_W_columns,
            s.d_enlarge_2_W_part,
            out=d.enlarge_2_W,
            strides=(2, 2),
        )
        _conv_im2col(s.d_h7, p.enlarge_2_W, s.d_h6_columns, out=s.d_h6, strides=(2, 2))

        # bottom.relu_2                                         mnist_segmentation.py:38
        # d_z6_norm = d_h6 * (h6 > 0)                                    (N, 8, 8, 32)
        np.greater(s.h6, 0.0, out=s.h6_mask)
        np.multiply(s.d_h6, s.h6_mask, out=s.d_z6_norm)

        # bottom.batch_norm_2                                   mnist_segmentation.py:38
        # d_beta = sum over 64 * N of reshape(d_z6_norm, (64 * N, 32))           (32,)
        # d_gamma = sum over 64 * N of d_z6_norm_reshape_2                       (32,)
        # d_z6 = z6_inv_std * gamma * (d_z6_norm                         (N, 8, 8, 32)
        #     - d_beta / (64 * N) - z6_hat * (d_gamma / (64 * N)))
        np.dot(s.ones_3, s.d_z6_norm_reshape, out=d.bottom_batch_norm_2_beta)
        np.multiply(s.d_z6_norm, s.z6_hat, out=s.d_z6_norm_times)
        np.dot(s.ones_3, s.d_z6_norm_reshape_2, out=d.bottom_batch_norm_2_gamma)
        np.multiply(s.z6_inv_std, p.bottom_batch_norm_2_gamma, out=s.z6_inv_std_times)
        np.divide(d.bottom_batch_norm_2_beta, 64 * s.n, out=s.bottom_batch_norm_2_over)
        np.subtract(s.d_z6_norm, s.bottom_batch_norm_2_over, out=s.d_z6)
        np.divide(
            d.bottom_batch_norm_2_gamma,
            64 * s.n,
            out=s.bottom_batch_norm_2_over_2,
        )
        np.multiply(s.z6_hat, s.bottom_batch_norm_2_over_2, out=s.z6_hat_times)
        np.subtract(s.d_z6, s.z6_hat_times, out=s.d_z6)
        np.multiply(s.z6_inv_std_times, s.d_z6, out=s.d_z6)

        # bottom.conv_2                                         mnist_segmentation.py:38
        # d_W = patches(h5)^T d_z6                                      (3, 3, 32, 32)
        # d_h5 = conv(d_z6, bottom_conv_2_W_reshape_2)                   (N, 8, 8, 32)
        _conv_weight_im2col(
            s.h5,
            s.d_z6,
            s.d_bottom_conv_2_W_columns,
            s.d_bottom_conv_2_W_part,
            out=d.bottom_conv_2_W,
            padded=s.d_bottom_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.bottom_conv_2_W_copy, s.bottom_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z6,
            s.bottom_conv_2_W_copy,
            s.d_h5_columns,
            out=s.d_h5,
            padded=s.d_h5_padded,
            low=(1, 1),
        )

        # bottom.relu_1                                         mnist_segmentation.py:38
        # d_z5_norm = d_h5 * (h5 > 0)                                    (N, 8, 8, 32)
        np.greater(s.h5, 0.0, out=s.h5_mask)
        np.multiply(s.d_h5, s.h5_mask, out=s.d_z5_norm)

        # bottom.batch_norm_1                                   mnist_segmentation.py:38
        # d_beta = sum over 64 * N of reshape(d_z5_norm, (64 * N, 32))           (32,)
        # d_gamma = sum over 64 * N of d_z5_norm_reshape_2                       (32,)
        # d_z5 = z5_inv_std * gamma * (d_z5_norm                         (N, 8, 8, 32)
        #     - d_beta / (64 * N) - z5_hat * (d_gamma / (64 * N)))
        np.dot(s.ones_3, s.d_z5_norm_reshape, out=d.bottom_batch_norm_1_beta)
        np.multiply(s.d_z5_norm, s.z5_hat, out=s.d_z5_norm_times)
        np.dot(s.ones_3, s.d_z5_norm_reshape_2, out=d.bottom_batch_norm_1_gamma)
        np.multiply(s.z5_inv_std, p.bottom_batch_norm_1_gamma, out=s.z5_inv_std_times)
        np.divide(d.bottom_batch_norm_1_beta, 64 * s.n, out=s.bottom_batch_norm_1_over)
        np.subtract(s.d_z5_norm, s.bottom_batch_norm_1_over, out=s.d_z5)
        np.divide(
            d.bottom_batch_norm_1_gamma,
            64 * s.n,
            out=s.bottom_batch_norm_1_over_2,
        )
        np.multiply(s.z5_hat, s.bottom_batch_norm_1_over_2, out=s.z5_hat_times)
        np.subtract(s.d_z5, s.z5_hat_times, out=s.d_z5)
        np.multiply(s.z5_inv_std_times, s.d_z5, out=s.d_z5)

        # bottom.conv_1                                         mnist_segmentation.py:38
        # d_W = patches(h4_pooled)^T d_z5                               (3, 3, 16, 32)
        _conv_weight_im2col(
            s.h4_pooled,
            s.d_z5,
            s.d_bottom_conv_1_W_columns,
            s.d_bottom_conv_1_W_part,
            out=d.bottom_conv_1_W,
            padded=s.d_bottom_conv_1_W_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:38
        # h4_max_pool_index = place of the first maximum of h4           (N, 8, 8, 16)
        _max_pool_index_shifts(
            s.h4,
            s.h4_pooled,
            s.h4_max_pool_index_before,
            s.h4_max_pool_index_different,
            s.h4_max_pool_index_shifts,
            out=s.h4_max_pool_index,
        )

        # bottom.conv_1                                         mnist_segmentation.py:38
        # d_h4_pooled = conv(d_z5, bottom_conv_1_W_reshape_2)            (N, 8, 8, 16)
        np.copyto(s.bottom_conv_1_W_copy, s.bottom_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z5,
            s.bottom_conv_1_W_copy,
            s.d_h4_pooled_columns,
            out=s.d_h4_pooled,
            padded=s.d_h4_pooled_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:38
        # d_h4 = d_z8_conv[:, :, :, :16]                               (N, 16, 16, 16)
        #     + d_h4_pooled at h4_max_pool_index
        _max_pool_gradient_shifts(
            s.h4_max_pool_index,
            s.d_h4_pooled,
            s.d_h4_chosen,
            s.d_h4_part,
            s.d_h4_shifts,
            out=s.d_h4,
        )
        np.add(s.d_z8_slice, s.d_h4, out=s.d_h4)

        # down_2.relu_2                                         mnist_segmentation.py:38
        # d_z4_norm = d_h4 * (h4 > 0)                                  (N, 16, 16, 16)
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4_norm)

        # down_2.batch_norm_2                                   mnist_segmentation.py:38
        # d_beta = sum over 256 * N of reshape(d_z4_norm, (256 * N, 16))         (16,)
        # d_gamma = sum over 256 * N of d_z4_norm_reshape_2                      (16,)
        # d_z4 = z4_inv_std * gamma * (d_z4_norm                       (N, 16, 16, 16)
        #     - d_beta / (256 * N) - z4_hat * (d_gamma / (256 * N)))
        np.dot(s.ones_2, s.d_z4_norm_reshape, out=d.down_2_batch_norm_2_beta)
        np.multiply(s.d_z4_norm, s.z4_hat, out=s.d_z4_norm_times)
        np.dot(s.ones_2, s.d_z4_norm_reshape_2, out=d.down_2_batch_norm_2_gamma)
        np.multiply(s.z4_inv_std, p.down_2_batch_norm_2_gamma, out=s.z4_inv_std_times)
        np.divide(d.down_2_batch_norm_2_beta, 256 * s.n, out=s.down_2_batch_norm_2_over)
        np.subtract(s.d_z4_norm, s.down_2_batch_norm_2_over, out=s.d_z4)
        np.divide(
            d.down_2_batch_norm_2_gamma,
            256 * s.n,
            out=s.down_2_batch_norm_2_over_2,
        )
        np.multiply(s.z4_hat, s.down_2_batch_norm_2_over_2, out=s.z4_hat_times)
        np.subtract(s.d_z4, s.z4_hat_times, out=s.d_z4)
        np.multiply(s.z4_inv_std_times, s.d_z4, out=s.d_z4)

        # down_2.conv_2                                         mnist_segmentation.py:38
        # d_W = patches(h3)^T d_z4                                      (3, 3, 16, 16)
        # d_h3 = conv(d_z4, down_2_conv_2_W_reshape_2)                 (N, 16, 16, 16)
        _conv_weight_im2col(
            s.h3,
            s.d_z4,
            s.d_down_2_conv_2_W_columns,
            s.d_down_2_conv_2_W_part,
            out=d.down_2_conv_2_W,
            padded=s.d_down_2_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.down_2_conv_2_W_copy, s.down_2_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z4,
            s.down_2_conv_2_W_copy,
            s.d_h3_columns,
            out=s.d_h3,
            padded=s.d_h3_padded,
            low=(1, 1),
        )

        # down_2.relu_1                                         mnist_segmentation.py:38
        # d_z3_norm = d_h3 * (h3 > 0)                                  (N, 16, 16, 16)
        np.greater(s.h3, 0.0, out=s.h3_mask)
        np.multiply(s.d_h3, s.h3_mask, out=s.d_z3_norm)

        # down_2.batch_norm_1                                   mnist_segmentation.py:38
        # d_beta = sum over 256 * N of reshape(d_z3_norm, (256 * N, 16))         (16,)
        # d_gamma = sum over 256 * N of d_z3_norm_reshape_2                      (16,)
        # d_z3 = z3_inv_std * gamma * (d_z3_norm                       (N, 16, 16, 16)
        #     - d_beta / (256 * N) - z3_hat * (d_gamma / (256 * N)))
        np.dot(s.ones_2, s.d_z3_norm_reshape, out=d.down_2_batch_norm_1_beta)
        np.multiply(s.d_z3_norm, s.z3_hat, out=s.d_z3_norm_times)
        np.dot(s.ones_2, s.d_z3_norm_reshape_2, out=d.down_2_batch_norm_1_gamma)
        np.multiply(s.z3_inv_std, p.down_2_batch_norm_1_gamma, out=s.z3_inv_std_times)
        np.divide(d.down_2_batch_norm_1_beta, 256 * s.n, out=s.down_2_batch_norm_1_over)
        np.subtract(s.d_z3_norm, s.down_2_batch_norm_1_over, out=s.d_z3)
        np.divide(
            d.down_2_batch_norm_1_gamma,
            256 * s.n,
            out=s.down_2_batch_norm_1_over_2,
        )
        np.multiply(s.z3_hat, s.down_2_batch_norm_1_over_2, out=s.z3_hat_times)
        np.subtract(s.d_z3, s.z3_hat_times, out=s.d_z3)
        np.multiply(s.z3_inv_std_times, s.d_z3, out=s.d_z3)

        # down_2.conv_1                                         mnist_segmentation.py:38
        # d_W = patches(h2_pooled)^T d_z3                                (3, 3, 8, 16)
        _conv_weight_im2col(
            s.h2_pooled,
            s.d_z3,
            s.d_down_2_conv_1_W_columns,
            s.d_down_2_conv_1_W_part,
            out=d.down_2_conv_1_W,
            padded=s.d_down_2_conv_1_W_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:38
        # h2_max_pool_index = place of the first maximum of h2          (N, 16, 16, 8)
        _max_pool_index_shifts(
            s.h2,
            s.h2_pooled,
            s.h2_max_pool_index_before,
            s.h2_max_pool_index_different,
            s.h2_max_pool_index_shifts,
            out=s.h2_max_pool_index,
        )

        # down_2.conv_1                                         mnist_segmentation.py:38
        # d_h2_pooled = conv(d_z3, down_2_conv_1_W_reshape_2)           (N, 16, 16, 8)
        np.copyto(s.down_2_conv_1_W_copy, s.down_2_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z3,
            s.down_2_conv_1_W_copy,
            s.d_h2_pooled_columns,
            out=s.d_h2_pooled,
            padded=s.d_h2_pooled_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:38
        # d_h2 = d_z11_conv[:, :, :, :8]                                (N, 32, 32, 8)
        #     + d_h2_pooled at h2_max_pool_index
        _max_pool_gradient_shifts(
            s.h2_max_pool_index,
            s.d_h2_pooled,
            s.d_h2_chosen,
            s.d_h2_part,
            s.d_h2_shifts,
            out=s.d_h2,
        )
        np.add(s.d_z11_slice, s.d_h2, out=s.d_h2)

        # down_1.relu_2                                         mnist_segmentation.py:38
        # d_z2_norm = d_h2 * (h2 > 0)                                   (N, 32, 32, 8)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2_norm)

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        # d_beta = sum over 1024 * N of reshape(d_z2_norm, (1024 * N, 8))         (8,)
        # d_gamma = sum over 1024 * N of d_z2_norm_reshape_2                      (8,)
        # d_z2 = z2_inv_std * gamma * (d_z2_norm                        (N, 32, 32, 8)
        #     - d_beta / (1024 * N) - z2_hat * (d_gamma / (1024 * N)))
        np.dot(s.ones, s.d_z2_norm_reshape, out=d.down_1_batch_norm_2_beta)
        np.multiply(s.d_z2_norm, s.z2_hat, out=s.d_z2_norm_times)
        np.dot(s.ones, s.d_z2_norm_reshape_2, out=d.down_1_batch_norm_2_gamma)
        np.multiply(s.z2_inv_std, p.down_1_batch_norm_2_gamma, out=s.z2_inv_std_times)
        np.divide(
            d.down_1_batch_norm_2_beta,
            1024 * s.n,
            out=s.down_1_batch_norm_2_over,
        )
        np.subtract(s.d_z2_norm, s.down_1_batch_norm_2_over, out=s.d_z2)
        np.divide(
            d.down_1_batch_norm_2_gamma,
            1024 * s.n,
            out=s.down_1_batch_norm_2_over_2,
        )
        np.multiply(s.z2_hat, s.down_1_batch_norm_2_over_2, out=s.z2_hat_times)
        np.subtract(s.d_z2, s.z2_hat_times, out=s.d_z2)
        np.multiply(s.z2_inv_std_times, s.d_z2, out=s.d_z2)

        # down_1.conv_2                                         mnist_segmentation.py:38
        # d_W = patches(h1)^T d_z2                                        (3, 3, 8, 8)
        # d_h1 = conv(d_z2, down_1_conv_2_W_reshape_2)                  (N, 32, 32, 8)
        _conv_weight_im2col(
            s.h1,
            s.d_z2,
            s.d_down_1_conv_2_W_columns,
            s.d_down_1_conv_2_W_part,
            out=d.down_1_conv_2_W,
            padded=s.d_down_1_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.down_1_conv_2_W_copy, s.down_1_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z2,
            s.down_1_conv_2_W_copy,
            s.d_h1_columns,
            out=s.d_h1,
            padded=s.d_h1_padded,
            low=(1, 1),
        )

        # down_1.relu_1                                         mnist_segmentation.py:38
        # d_z1_norm = d_h1 * (h1 > 0)                                   (N, 32, 32, 8)
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        # d_beta = sum over 1024 * N of reshape(d_z1_norm, (1024 * N, 8))         (8,)
        # d_gamma = sum over 1024 * N of d_z1_norm_reshape_2                      (8,)
        # d_z1 = z1_inv_std * gamma * (d_z1_norm                        (N, 32, 32, 8)
        #     - d_beta / (1024 * N) - z1_hat * (d_gamma / (1024 * N)))
        np.dot(s.ones, s.d_z1_norm_reshape, out=d.down_1_batch_norm_1_beta)
        np.multiply(s.d_z1_norm, s.z1_hat, out=s.d_z1_norm_times)
        np.dot(s.ones, s.d_z1_norm_reshape_2, out=d.down_1_batch_norm_1_gamma)
        np.multiply(s.z1_inv_std, p.down_1_batch_norm_1_gamma, out=s.z1_inv_std_times)
        np.divide(
            d.down_1_batch_norm_1_beta,
            1024 * s.n,
            out=s.down_1_batch_norm_1_over,
        )
        np.subtract(s.d_z1_norm, s.down_1_batch_norm_1_over, out=s.d_z1)
        np.divide(
            d.down_1_batch_norm_1_gamma,
            1024 * s.n,
            out=s.down_1_batch_norm_1_over_2,
        )
        np.multiply(s.z1_hat, s.down_1_batch_norm_1_over_2, out=s.z1_hat_times)
        np.subtract(s.d_z1, s.z1_hat_times, out=s.d_z1)
        np.multiply(s.z1_inv_std_times, s.d_z1, out=s.d_z1)

        # down_1.conv_1                                         mnist_segmentation.py:38
        # d_W = patches(x)^T d_z1                                         (3, 3, 1, 8)
        _conv_weight_im2col(
            x,
            s.d_z1,
            s.d_down_1_conv_1_W_columns,
            s.d_down_1_conv_1_W_part,
            out=d.down_1_conv_1_W,
            padded=s.d_down_1_conv_1_W_padded,
            low=(1, 1),
        )
        over = (1024 * s.n) / (1024 * s.n - 1)

        # ---- statistics --------------------------------------------------------------
        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        # z1_unbiased_var = z1_var * (1024 * N / (1024 * N - 1))                  (8,)
        np.multiply(stats.z1_unbiased_var, over, out=stats.z1_unbiased_var)

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        # z2_unbiased_var = z2_var * (1024 * N / (1024 * N - 1))                  (8,)
        np.multiply(stats.z2_unbiased_var, over, out=stats.z2_unbiased_var)
        over_2 = (256 * s.n) / (256 * s.n - 1)

        # down_2.batch_norm_1                                   mnist_segmentation.py:38
        # z3_unbiased_var = z3_var * (256 * N / (256 * N - 1))                   (16,)
        np.multiply(stats.z3_unbiased_var, over_2, out=stats.z3_unbiased_var)

        # down_2.batch_norm_2                                   mnist_segmentation.py:38
        # z4_unbiased_var = z4_var * (256 * N / (256 * N - 1))                   (16,)
        np.multiply(stats.z4_unbiased_var, over_2, out=stats.z4_unbiased_var)
        over_3 = (64 * s.n) / (64 * s.n - 1)

        # bottom.batch_norm_1                                   mnist_segmentation.py:38
        # z5_unbiased_var = z5_var * (64 * N / (64 * N - 1))                     (32,)
        np.multiply(stats.z5_unbiased_var, over_3, out=stats.z5_unbiased_var)

        # bottom.batch_norm_2                                   mnist_segmentation.py:38
        # z6_unbiased_var = z6_var * (64 * N / (64 * N - 1))                     (32,)
        np.multiply(stats.z6_unbiased_var, over_3, out=stats.z6_unbiased_var)

        # up_2.batch_norm_1                                     mnist_segmentation.py:38
        # z8_unbiased_var = z8_var * (256 * N / (256 * N - 1))                   (16,)
        np.multiply(stats.z8_unbiased_var, over_2, out=stats.z8_unbiased_var)

        # up_2.batch_norm_2                                     mnist_segmentation.py:38
        # z9_unbiased_var = z9_var * (256 * N / (256 * N - 1))                   (16,)
        np.multiply(stats.z9_unbiased_var, over_2, out=stats.z9_unbiased_var)

        # up_1.batch_norm_1                                     mnist_segmentation.py:38
        # z11_unbiased_var = z11_var * (1024 * N / (1024 * N - 1))                (8,)
        np.multiply(stats.z11_unbiased_var, over, out=stats.z11_unbiased_var)

        # up_1.batch_norm_2                                     mnist_segmentation.py:38
        # z12_unbiased_var = z12_var * (1024 * N / (1024 * N - 1))                (8,)
        np.multiply(stats.z12_unbiased_var, over, out=stats.z12_unbiased_var)
        d.classify_W[...] = s.d_classify_W

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: SGD(cosine(0.1, 375, floor=0.0001), momentum..."""
        p, d, stats = self.params, self.grads, self.stats
        sgd_step = int(self.state.sgd_step)
        # ---- update ------------------------------------------------------------------
        # sgd                                                   mnist_segmentation.py:47
        new_sgd_step = sgd_step + 1

        # ---- statistics --------------------------------------------------------------
        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        # running_mean' = 0.9 * running_mean + 0.1 * z1_mean                      (8,)
        # running_var' = 0.9 * running_var + 0.1 * z1_unbiased_var                (8,)
        with _Whole():  # no interruption may leave this half done
            np.multiply(
                0.9,
                self.state.down_1_batch_norm_1_running_mean,
                out=self.state.down_1_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z1_mean, out=s.z1_mean_times_2)
            np.add(
                self.state.down_1_batch_norm_1_running_mean,
                s.z1_mean_times_2,
                out=self.state.down_1_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.down_1_batch_norm_1_running_var,
                out=self.state.down_1_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z1_unbiased_var, out=s.z1_unbiased_var_times_2)
            np.add(
                self.state.down_1_batch_norm_1_running_var,
                s.z1_unbiased_var_times_2,
                out=self.state.down_1_batch_norm_1_running_var,
            )

            # down_1.batch_norm_2                               mnist_segmentation.py:38
            # running_mean' = 0.9 * running_mean + 0.1 * z2_mean                  (8,)
            # running_var' = 0.9 * running_var + 0.1 * z2_unbiased_var            (8,)
            np.multiply(
                0.9,
                self.state.down_1_batch_norm_2_running_mean,
                out=self.state.down_1_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z2_mean, out=s.z2_mean_times_2)
            np.add(
                self.state.down_1_batch_norm_2_running_mean,
                s.z2_mean_times_2,
                out=self.state.down_1_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.down_1_batch_norm_2_running_var,
                out=self.state.down_1_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z2_unbiased_var, out=s.z2_unbiased_var_times_2)
            np.add(
                self.state.down_1_batch_norm_2_running_var,
                s.z2_unbiased_var_times_2,
                out=self.state.down_1_batch_norm_2_running_var,
            )

            # down_2.batch_norm_1                               mnist_segmentation.py:38
            # running_mean' = 0.9 * running_mean + 0.1 * z3_mean                 (16,)
            # running_var' = 0.9 * running_var + 0.1 * z3_unbiased_var           (16,)
            np.multiply(
                0.9,
                self.state.down_2_batch_norm_1_running_mean,
                out=self.state.down_2_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z3_mean, out=s.z3_mean_times_2)
            np.add(
                self.state.down_2_batch_norm_1_running_mean,
                s.z3_mean_times_2,
                out=self.state.down_2_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.down_2_batch_norm_1_running_var,
                out=self.state.down_2_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z3_unbiased_var, out=s.z3_unbiased_var_times_2)
            np.add(
                self.state.down_2_batch_norm_1_running_var,
                s.z3_unbiased_var_times_2,
                out=self.state.down_2_batch_norm_1_running_var,
            )

            # down_2.batch_norm_2                               mnist_segmentation.py:38
            # running_mean' = 0.9 * running_mean + 0.1 * z4_mean                 (16,)
            # running_var' = 0.9 * running_var + 0.1 * z4_unbiased_var           (16,)
            np.multiply(
                0.9,
                self.state.down_2_batch_norm_2_running_mean,
                out=self.state.down_2_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z4_mean, out=s.z4_mean_times_2)
            np.add(
                self.state.down_2_batch_norm_2_running_mean,
                s.z4_mean_times_2,
                out=self.state.down_2_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.down_2_batch_norm_2_running_var,
                out=self.state.down_2_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z4_unbiased_var, out=s.z4_unbiased_var_times_2)
            np.add(
                self.state.down_2_batch_norm_2_running_var,
                s.z4_unbiased_var_times_2,
                out=self.state.down_2_batch_norm_2_running_var,
            )

            # bottom.batch_norm_1                               mnist_segmentation.py:38
            # running_mean' = 0.9 * running_mean + 0.1 * z5_mean                 (32,)
            # running_var' = 0.9 * running_var + 0.1 * z5_unbiased_var           (32,)
            np.multiply(
                0.9,
                self.state.bottom_batch_norm_1_running_mean,
                out=self.state.bottom_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z5_mean, out=s.z5_mean_times_2)
            np.add(
                self.state.bottom_batch_norm_1_running_mean,
                s.z5_mean_times_2,
                out=self.state.bottom_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.bottom_batch_norm_1_running_var,
                out=self.state.bottom_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z5_unbiased_var, out=s.z5_unbiased_var_times_2)
            np.add(
                self.state.bottom_batch_norm_1_running_var,
                s.z5_unbiased_var_times_2,
                out=self.state.bottom_batch_norm_1_running_var,
            )

            # bottom.batch_norm_2                               mnist_segmentation.py:38
            # running_mean' = 0.9 * running_mean + 0.1 * z6_mean                 (32,)
            # running_var' = 0.9 * running_var + 0.1 * z6_unbiased_var           (32,)
            np.multiply(
                0.9,
                self.state.bottom_batch_norm_2_running_mean,
                out=self.state.bottom_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z6_mean, out=s.z6_mean_times_2)
            np.add(
                self.state.bottom_batch_norm_2_running_mean,
                s.z6_mean_times_2,
                out=self.state.bottom_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.bottom_batch_norm_2_running_var,
                out=self.state.bottom_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z6_unbiased_var, out=s.z6_unbiased_var_times_2)
            np.add(
                self.state.bottom_batch_norm_2_running_var,
                s.z6_unbiased_var_times_2,
                out=self.state.bottom_batch_norm_2_running_var,
            )

            # up_2.batch_norm_1                                 mnist_segmentation.py:38
            # running_mean' = 0.9 * running_mean + 0.1 * z8_mean                 (16,)
            # running_var' = 0.9 * running_var + 0.1 * z8_unbiased_var           (16,)
            np.multiply(
                0.9,
                self.state.up_2_batch_norm_1_running_mean,
                out=self.state.up_2_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z8_mean, out=s.z8_mean_times_2)
            np.add(
                self.state.up_2_batch_norm_1_running_mean,
                s.z8_mean_times_2,
                out=self.state.up_2_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.up_2_batch_norm_1_running_var,
                out=self.state.up_2_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z8_unbiased_var, out=s.z8_unbiased_var_times_2)
            np.add(
                self.state.up_2_batch_norm_1_running_var,
                s.z8_unbiased_var_times_2,
                out=self.state.up_2_batch_norm_1_running_var,
            )

            # up_2.batch_norm_2                                 mnist_segmentation.py:38
            # running_mean' = 0.9 * running_mean + 0.1 * z9_mean                 (16,)
            # running_var' = 0.9 * running_var + 0.1 * z9_unbiased_var           (16,)
            np.multiply(
                0.9,
                self.state.up_2_batch_norm_2_running_mean,
                out=self.state.up_2_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z9_mean, out=s.z9_mean_times_2)
            np.add(
                self.state.up_2_batch_norm_2_running_mean,
                s.z9_mean_times_2,
                out=self.state.up_2_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.up_2_batch_norm_2_running_var,
                out=self.state.up_2_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z9_unbiased_var, out=s.z9_unbiased_var_times_2)
            np.add(
                self.state.up_2_batch_norm_2_running_var,
                s.z9_unbiased_var_times_2,
                out=self.state.up_2_batch_norm_2_running_var,
            )

            # up_1.batch_norm_1                                 mnist_segmentation.py:38
            # running_mean' = 0.9 * running_mean + 0.1 * z11_mean                 (8,)
            # running_var' = 0.9 * running_var + 0.1 * z11_unbiased_var           (8,)
            np.multiply(
                0.9,
                self.state.up_1_batch_norm_1_running_mean,
                out=self.state.up_1_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z11_mean, out=s.z11_mean_times_2)
            np.add(
                self.state.up_1_batch_norm_1_running_mean,
                s.z11_mean_times_2,
                out=self.state.up_1_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.up_1_batch_norm_1_running_var,
                out=self.state.up_1_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z11_unbiased_var, out=s.z11_unbiased_var_times_2)
            np.add(
                self.state.up_1_batch_norm_1_running_var,
                s.z11_unbiased_var_times_2,
                out=self.state.up_1_batch_norm_1_running_var,
            )

            # up_1.batch_norm_2                                 mnist_segmentation.py:38
            # running_mean' = 0.9 * running_mean + 0.1 * z12_mean                 (8,)
            # running_var' = 0.9 * running_var + 0.1 * z12_unbiased_var           (8,)
            np.multiply(
                0.9,
                self.state.up_1_batch_norm_2_running_mean,
                out=self.state.up_1_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z12_mean, out=s.z12_mean_times_2)
            np.add(
                self.state.up_1_batch_norm_2_running_mean,
                s.z12_mean_times_2,
                out=self.state.up_1_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.up_1_batch_norm_2_running_var,
                out=self.state.up_1_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z12_unbiased_var, out=s.z12_unbiased_var_times_2)
            np.add(
                self.state.up_1_batch_norm_2_running_var,
                s.z12_unbiased_var_times_2,
                out=self.state.up_1_batch_norm_2_running_var,
            )

            # ---- update --------------------------------------------------------------
            # sgd                                               mnist_segmentation.py:47
            # momentum' = 0.9 * momentum + grads                              (29490,)
            # params' = params - learning_rate * (0.9 * momentum + grads)     (29490,)
            sgd_step_cos = math.cos(min(sgd_step, 375.0) * 0.00837758)
            learning_rate = 1e-04 + 0.04995 * (1.0 + sgd_step_cos)
            np.multiply(0.9, self.momentum.flat, out=self.momentum.flat)
            np.add(self.momentum.flat, d.flat, out=self.momentum.flat)
            np.multiply(learning_rate, self.momentum.flat, out=s.learning_rate_times)
            np.subtract(p.flat, s.learning_rate_times, out=p.flat)
            self.state.sgd_step[...] = new_sgd_step

    def _train_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._train[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, y)
        _check_range("y", y, 2)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        _check("y", y, np.int64, ("N", 32, 32), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        memory = self._memory(max(577536 * n + 1248744, 118048))
        s.z1 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z1_columns = _window(memory, 577536 * n, np.float32, (28, 32, 32, 3, 3, 1))
        s.z1_padded = _window(memory, 577536 * n + 1032192, np.float32, (28, 34, 34, 1))
        s.z1_reshape = s.z1.reshape(1024 * n, 8)
        s.ones = np.ones((1024 * n,), dtype=np.float32)
        s.z1_minus_mean = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z1_square = _window(memory, 32768 * n, np.float32, (n, 32, 32, 8))
        s.z1_reshape_2 = s.z1_square.reshape(1024 * n, 8)
        s.z1_inv_std = _window(memory, 577536 * n + 1248576, np.float32, (8,))
        s.z1_hat = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z1_norm = _window(memory, 32768 * n, np.float32, (n, 32, 32, 8))
        s.h1 = _window(memory, 32768 * n, np.float32, (n, 32, 32, 8))
        s.z2 = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.z2_columns = _window(memory, 577536 * n, np.float32, (3, 32, 32, 3, 3, 8))
        s.z2_padded = _window(memory, 577536 * n + 884736, np.float32, (3, 34, 34, 8))
        s.z2_reshape = s.z2.reshape(1024 * n, 8)
        s.z2_hat = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.z2_hat_square = _window(memory, 98304 * n, np.float32, (n, 32, 32, 8))
        s.z2_hat_reshape = s.z2_hat_square.reshape(1024 * n, 8)
        s.z2_inv_std = _window(memory, 577536 * n + 1248576 + 40, np.float32, (8,))
        s.z2_norm = _window(memory, 98304 * n, np.float32, (n, 32, 32, 8))
        s.h2 = _window(memory, 98304 * n, np.float32, (n, 32, 32, 8))
        s.h2_pooled = _window(memory, 131072 * n, np.float32, (n, 16, 16, 8))
        s.h2_pooled_shifts = _shifts((32, 32), (16, 16), (2, 2), strides=(2, 2))
        s.z3 = _window(memory, 139264 * n, np.float32, (n, 16, 16, 16))
        s.z3_columns = _window(memory, 577536 * n, np.float32, (14, 16, 16, 3, 3, 8))
        s.z3_padded = _window(memory, 577536 * n + 1032192, np.float32, (14, 18, 18, 8))
        s.z3_reshape = s.z3.reshape(256 * n, 16)
        s.ones_2 = np.ones((256 * n,), dtype=np.float32)
        s.z3_hat = _window(memory, 139264 * n, np.float32, (n, 16, 16, 16))
        s.z3_hat_square = _window(memory, 155648 * n, np.float32, (n, 16, 16, 16))
        s.z3_hat_reshape = s.z3_hat_square.reshape(256 * n, 16)
        s.z3_inv_std = _window(memory, 577536 * n, np.float32, (16,))
        s.z3_norm = _window(memory, 155648 * n, np.float32, (n, 16, 16, 16))
        s.h3 = _window(memory, 155648 * n, np.float32, (n, 16, 16, 16))
        s.z4 = _window(memory, 172032 * n, np.float32, (n, 16, 16, 16))
        s.z4_columns = _window(
            memory,
            577536 * n + 64,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z4_padded = _window(memory, 577536 * n + 1032256, np.float32, (7, 18, 18, 16))
        s.z4_reshape = s.z4.reshape(256 * n, 16)
        s.z4_hat = _window(memory, 172032 * n, np.float32, (n, 16, 16, 16))
        s.z4_hat_square = _window(memory, 188416 * n, np.float32, (n, 16, 16, 16))
        s.z4_hat_reshape = s.z4_hat_square.reshape(256 * n, 16)
        s.z4_inv_std = _window(memory, 577536 * n + 64, np.float32, (16,))
        s.z4_norm = _window(memory, 188416 * n, np.float32, (n, 16, 16, 16))
        s.h4 = _window(memory, 188416 * n, np.float32, (n, 16, 16, 16))
        s.h4_pooled = _window(memory, 204800 * n, np.float32, (n, 8, 8, 16))
        s.h4_pooled_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.z5 = _window(memory, 208896 * n, np.float32, (n, 8, 8, 32))
        s.z5_columns = _window(
            memory,
            577536 * n + 128,
            np.float32,
            (28, 8, 8, 3, 3, 16),
        )
        s.z5_padded = _window(
            memory,
            577536 * n + 1032320,
            np.float32,
            (28, 10, 10, 16),
        )
        s.z5_reshape = s.z5.reshape(64 * n, 32)
        s.ones_3 = np.ones((64 * n,), dtype=np.float32)
        s.z5_hat = _window(memory, 208896 * n, np.float32, (n, 8, 8, 32))
        s.z5_hat_square = _window(memory, 217088 * n, np.float32, (n, 8, 8, 32))
        s.z5_hat_reshape = s.z5_hat_square.reshape(64 * n, 32)
        s.z5_inv_std = _window(memory, 577536 * n + 128, np.float32, (32,))
        s.z5_norm = _window(memory, 217088 * n, np.float32, (n, 8, 8, 32))
        s.h5 = _window(memory, 217088 * n, np.float32, (n, 8, 8, 32))
        s.z6 = _window(memory, 225280 * n, np.float32, (n, 8, 8, 32))
        s.z6_columns = _window(
            memory,
            577536 * n + 256,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.z6_padded = _window(
            memory,
            577536 * n + 1032448,
            np.float32,
            (14, 10, 10, 32),
        )
        s.z6_reshape = s.z6.reshape(64 * n, 32)
        s.z6_hat = _window(memory, 225280 * n, np.float32, (n, 8, 8, 32))
        s.z6_hat_square = _window(memory, 233472 * n, np.float32, (n, 8, 8, 32))
        s.z6_hat_reshape = s.z6_hat_square.reshape(64 * n, 32)
        s.z6_inv_std = _window(memory, 577536 * n + 256, np.float32, (32,))
        s.z6_norm = _window(memory, 233472 * n, np.float32, (n, 8, 8, 32))
        s.h6 = _window(memory, 233472 * n, np.float32, (n, 8, 8, 32))
        s.h7 = _window(memory, 241664 * n, np.float32, (n, 16, 16, 16))
        s.h7_columns = _window(
            memory,
            577536 * n + 384,
            np.float32,
            (64, 8, 8, 2, 2, 16),
        )
        s.h4_concat = _window(memory, 307200 * n, np.float32, (n, 16, 16, 32))
        s.z8 = _window(memory, 339968 * n, np.float32, (n, 16, 16, 16))
        s.z8_columns = _window(
            memory,
            577536 * n + 384,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.z8_padded = _window(memory, 577536 * n + 885120, np.float32, (3, 18, 18, 32))
        s.z8_reshape = s.z8.reshape(256 * n, 16)
        s.z8_hat = _window(memory, 339968 * n, np.float32, (n, 16, 16, 16))
        s.z8_hat_square = _window(memory, 241664 * n, np.float32, (n, 16, 16, 16))
        s.z8_hat_reshape = s.z8_hat_square.reshape(256 * n, 16)
        s.z8_inv_std = _window(memory, 577536 * n + 384, np.float32, (16,))
        s.z8_norm = _window(memory, 356352 * n, np.float32, (n, 16, 16, 16))
        s.h8 = _window(memory, 356352 * n, np.float32, (n, 16, 16, 16))
        s.z9 = _window(memory, 372736 * n, np.float32, (n, 16, 16, 16))
        s.z9_columns = _window(
            memory,
            577536 * n + 448,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z9_padded = _window(memory, 577536 * n + 1032640, np.float32, (7, 18, 18, 16))
        s.z9_reshape = s.z9.reshape(256 * n, 16)
        s.z9_hat = _window(memory, 372736 * n, np.float32, (n, 16, 16, 16))
        s.z9_hat_square = _window(memory, 241664 * n, np.float32, (n, 16, 16, 16))
        s.z9_hat_reshape = s.z9_hat_square.reshape(256 * n, 16)
        s.z9_inv_std = _window(memory, 577536 * n + 448, np.float32, (16,))
        s.z9_norm = _window(memory, 389120 * n, np.float32, (n, 16, 16, 16))
        s.h9 = _window(memory, 389120 * n, np.float32, (n, 16, 16, 16))
        s.h10 = _window(memory, 405504 * n, np.float32, (n, 32, 32, 8))
        s.h10_columns = _window(
            memory,
            577536 * n + 512,
            np.float32,
            (32, 16, 16, 2, 2, 8),
        )
        s.h2_concat = _window(memory, 241664 * n, np.float32, (n, 32, 32, 16))
        s.z11 = _window(memory, 405504 * n, np.float32, (n, 32, 32, 8))
        s.z11_columns = _window(
            memory,
            577536 * n + 512,
            np.float32,
            (1, 32, 32, 3, 3, 16),
        )
        s.z11_padded = _window(memory, 577536 * n + 590336, np.float32, (1, 34, 34, 16))
        s.z11_reshape = s.z11.reshape(1024 * n, 8)
        s.z11_hat = _window(memory, 405504 * n, np.float32, (n, 32, 32, 8))
        s.z11_hat_square = _window(memory, 438272 * n, np.float32, (n, 32, 32, 8))
        s.z11_hat_reshape = s.z11_hat_square.reshape(1024 * n, 8)
        s.z11_inv_std = _window(memory, 577536 * n + 1248576 + 72, np.float32, (8,))
        s.z11_norm = _window(memory, 438272 * n, np.float32, (n, 32, 32, 8))
        s.h11 = _window(memory, 438272 * n, np.float32, (n, 32, 32, 8))
        s.z12 = _window(memory, 471040 * n, np.float32, (n, 32, 32, 8))
        s.z12_columns = _window(
            memory,
            577536 * n + 512,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.z12_padded = _window(memory, 577536 * n + 885248, np.float32, (3, 34, 34, 8))
        s.z12_reshape = s.z12.reshape(1024 * n, 8)
        s.z12_hat = _window(memory, 471040 * n, np.float32, (n, 32, 32, 8))
        s.z12_hat_square = _window(memory, 503808 * n, np.float32, (n, 32, 32, 8))
        s.z12_hat_reshape = s.z12_hat_square.reshape(1024 * n, 8)
        s.z12_inv_std = _window(memory, 577536 * n + 1248576 + 104, np.float32, (8,))
        s.z12_norm = _window(memory, 503808 * n, np.float32, (n, 32, 32, 8))
        s.h12 = _window(memory, 503808 * n, np.float32, (n, 32, 32, 8))
        s.h12_reshape = s.h12.reshape(1024 * n, 8)
        s.classify_W_reshape = p.classify_W.reshape(8, 2)
        s.h12_product = _window(memory, 544768 * n, np.float32, (1024 * n, 2))
        s.h12_reshape_2 = s.h12_product.reshape(n, 32, 32, 2)
        s.logits = _window(memory, 536576 * n, np.float32, (n, 32, 32, 2))
        s.logits_max = _window(memory, 544768 * n, np.float32, (n, 32, 32, 1))
        s.logits_minus_max = _window(memory, 536576 * n, np.float32, (n, 32, 32, 2))
        s.logits_exp = _window(memory, 569344 * n, np.float32, (n, 32, 32, 2))
        s.logits_sum = _window(memory, 552960 * n, np.float32, (n, 32, 32, 1))
        s.logits_log = _window(memory, 557056 * n, np.float32, (n, 32, 32, 1))
        s.logits_reshape = s.logits_log.reshape(n, 32, 32)
        s.iota = np.arange(1024 * n, dtype=np.int64)
        s.row_starts = s.iota * 2
        s.y_position = _window(memory, 544768 * n, np.int64, (1024 * n,))
        s.logits_take = _window(memory, 561152 * n, np.float32, (1024 * n,))
        s.logits_reshape_2 = s.logits_take.reshape(n, 32, 32)
        s.logits_minus = _window(memory, 536576 * n, np.float32, (n, 32, 32))
        s.loss = _window(memory, 577536 * n + 1248576 + 32, np.float32, ())
        s.minus_ones = np.full((1024 * n,), -1.0, dtype=np.float32)
        s.d_logits = _window(memory, 569344 * n, np.float32, (n, 32, 32, 2))
        s.d_logits_reshape = s.d_logits.reshape(1024 * n, 2)
        s.h12_product_2 = _window(memory, 577536 * n + 1248512, np.float32, (8, 2))
        s.d_classify_W = s.h12_product_2.reshape(1, 1, 8, 2)
        s.d_logits_product = _window(memory, 536576 * n, np.float32, (1024 * n, 8))
        s.d_h12 = s.d_logits_product.reshape(n, 32, 32, 8)
        s.h12_mask = _window(memory, 569344 * n, np.bool_, (n, 32, 32, 8))
        s.d_z12_norm = _window(memory, 503808 * n, np.float32, (n, 32, 32, 8))
        s.d_z12_norm_reshape = s.d_z12_norm.reshape(1024 * n, 8)
        s.d_z12_norm_times = _window(memory, 536576 * n, np.float32, (n, 32, 32, 8))
        s.d_z12_norm_reshape_2 = s.d_z12_norm_times.reshape(1024 * n, 8)
        s.z12_inv_std_times = _window(
            memory,
            577536 * n + 1248576 + 104,
            np.float32,
            (8,),
        )
        s.d_up_1_batch_norm_2_beta_over = _window(
            memory,
            577536 * n + 1248576 + 136,
            np.float32,
            (8,),
        )
        s.d_z12 = _window(memory, 503808 * n, np.float32, (n, 32, 32, 8))
        s.up_1_batch_norm_2_over = _window(
            memory,
            577536 * n + 1248576 + 136,
            np.float32,
            (8,),
        )
        s.z12_hat_times = _window(memory, 471040 * n, np.float32, (n, 32, 32, 8))
        s.d_up_1_conv_2_W_columns = _window(
            memory,
            577536 * n + 512,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.d_up_1_conv_2_W_part = _window(
            memory,
            577536 * n + 996224,
            np.float32,
            (72, 8),
        )
        s.d_up_1_conv_2_W_padded = _window(
            memory,
            577536 * n + 885248,
            np.float32,
            (3, 34, 34, 8),
        )
        s.up_1_conv_2_W_reshape = p.up_1_conv_2_W.reshape(3, 3, 8, 1, 8)
        s.up_1_conv_2_W_slice = s.up_1_conv_2_W_reshape[::-1, ::-1]
        s.up_1_conv_2_W_transpose = s.up_1_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.up_1_conv_2_W_reshape_2 = s.up_1_conv_2_W_transpose.reshape(3, 3, 8, 8)
        s.up_1_conv_2_W_copy = _window(
            memory,
            577536 * n + 996224,
            np.float32,
            (3, 3, 8, 8),
        )
        s.d_h11 = _window(memory, 471040 * n, np.float32, (n, 32, 32, 8))
        s.d_h11_columns = _window(
            memory,
            577536 * n + 512,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.d_h11_padded = _window(
            memory,
            577536 * n + 885248,
            np.float32,
            (3, 34, 34, 8),
        )
        s.h11_mask = _window(memory, 503808 * n, np.bool_, (n, 32, 32, 8))
        s.d_z11_norm = _window(memory, 471040 * n, np.float32, (n, 32, 32, 8))
        s.d_z11_norm_reshape = s.d_z11_norm.reshape(1024 * n, 8)
        s.d_z11_norm_times = _window(memory, 438272 * n, np.float32, (n, 32, 32, 8))
        s.d_z11_norm_reshape_2 = s.d_z11_norm_times.reshape(1024 * n, 8)
        s.z11_inv_std_times = _window(
            memory,
            577536 * n + 1248576 + 72,
            np.float32,
            (8,),
        )
        s.d_up_1_batch_norm_1_beta_over = _window(
            memory,
            577536 * n + 1248576 + 104,
            np.float32,
            (8,),
        )
        s.d_z11 = _window(memory, 471040 * n, np.float32, (n, 32, 32, 8))
        s.up_1_batch_norm_1_over = _window(
            memory,
            577536 * n + 1248576 + 104,
            np.float32,
            (8,),
        )
        s.z11_hat_times = _window(memory, 405504 * n, np.float32, (n, 32, 32, 8))
        s.d_up_1_conv_1_W_columns = _window(
            memory,
            577536 * n + 512,
            np.float32,
            (1, 32, 32, 3, 3, 16),
        )
        s.d_up_1_conv_1_W_part = _window(
            memory,
            577536 * n + 664320,
            np.float32,
            (144, 8),
        )
        s.d_up_1_conv_1_W_padded = _window(
            memory,
            577536 * n + 590336,
            np.float32,
            (1, 34, 34, 16),
        )
        s.up_1_conv_1_W_reshape = p.up_1_conv_1_W.reshape(3, 3, 16, 1, 8)
        s.up_1_conv_1_W_slice = s.up_1_conv_1_W_reshape[::-1, ::-1]
        s.up_1_conv_1_W_transpose = s.up_1_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.up_1_conv_1_W_reshape_2 = s.up_1_conv_1_W_transpose.reshape(3, 3, 8, 16)
        s.up_1_conv_1_W_copy = _window(
            memory,
            577536 * n + 996224,
            np.float32,
            (3, 3, 8, 16),
        )
        s.d_z11_conv = _window(memory, 241664 * n, np.float32, (n, 32, 32, 16))
        s.d_z11_conv_columns = _window(
            memory,
            577536 * n + 512,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.d_z11_conv_padded = _window(
            memory,
            577536 * n + 885248,
            np.float32,
            (3, 34, 34, 8),
        )
        s.d_h10 = s.d_z11_conv[:, :, :, 8:]
        s.d_enlarge_1_W_columns = _window(
            memory,
            577536 * n + 512,
            np.float32,
            (32, 16, 16, 2, 2, 8),
        )
        s.d_enlarge_1_W_part = _window(
            memory,
            577536 * n + 1049088,
            np.float32,
            (32, 16),
        )
        s.d_h9 = _window(memory, 405504 * n, np.float32, (n, 16, 16, 16))
        s.d_h9_columns = _window(
            memory,
            577536 * n + 512,
            np.float32,
            (32, 16, 16, 2, 2, 8),
        )
        s.h9_mask = _window(memory, 421888 * n, np.bool_, (n, 16, 16, 16))
        s.d_z9_norm = _window(memory, 405504 * n, np.float32, (n, 16, 16, 16))
        s.d_z9_norm_reshape = s.d_z9_norm.reshape(256 * n, 16)
        s.d_z9_norm_times = _window(memory, 389120 * n, np.float32, (n, 16, 16, 16))
        s.d_z9_norm_reshape_2 = s.d_z9_norm_times.reshape(256 * n, 16)
        s.z9_inv_std_times = _window(memory, 577536 * n + 448, np.float32, (16,))
        s.d_up_2_batch_norm_2_beta_over = _window(
            memory,
            577536 * n + 512,
            np.float32,
            (16,),
        )
        s.d_z9 = _window(memory, 405504 * n, np.float32, (n, 16, 16, 16))
        s.up_2_batch_norm_2_over = _window(memory, 577536 * n + 512, np.float32, (16,))
        s.z9_hat_times = _window(memory, 372736 * n, np.float32, (n, 16, 16, 16))
        s.d_up_2_conv_2_W_columns = _window(
            memory,
            577536 * n + 448,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_up_2_conv_2_W_part = _window(
            memory,
            577536 * n + 1177792,
            np.float32,
            (144, 16),
        )
        s.d_up_2_conv_2_W_padded = _window(
            memory,
            577536 * n + 1032640,
            np.float32,
            (7, 18, 18, 16),
        )
        s.up_2_conv_2_W_reshape = p.up_2_conv_2_W.reshape(3, 3, 16, 1, 16)
        s.up_2_conv_2_W_slice = s.up_2_conv_2_W_reshape[::-1, ::-1]
        s.up_2_conv_2_W_transpose = s.up_2_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.up_2_conv_2_W_reshape_2 = s.up_2_conv_2_W_transpose.reshape(3, 3, 16, 16)
        s.up_2_conv_2_W_copy = _window(
            memory,
            577536 * n + 1177792,
            np.float32,
            (3, 3, 16, 16),
        )
        s.d_h8 = _window(memory, 372736 * n, np.float32, (n, 16, 16, 16))
        s.d_h8_columns = _window(
            memory,
            577536 * n + 448,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_h8_padded = _window(
            memory,
            577536 * n + 1032640,
            np.float32,
            (7, 18, 18, 16),
        )
        s.h8_mask = _window(memory, 389120 * n, np.bool_, (n, 16, 16, 16))
        s.d_z8_norm = _window(memory, 372736 * n, np.float32, (n, 16, 16, 16))
        s.d_z8_norm_reshape = s.d_z8_norm.reshape(256 * n, 16)
        s.d_z8_norm_times = _window(memory, 356352 * n, np.float32, (n, 16, 16, 16))
        s.d_z8_norm_reshape_2 = s.d_z8_norm_times.reshape(256 * n, 16)
        s.z8_inv_std_times = _window(memory, 577536 * n + 384, np.float32, (16,))
        s.d_up_2_batch_norm_1_beta_over = _window(
            memory,
            577536 * n + 448,
            np.float32,
            (16,),
        )
        s.d_z8 = _window(memory, 372736 * n, np.float32, (n, 16, 16, 16))
        s.up_2_batch_norm_1_over = _window(memory, 577536 * n + 448, np.float32, (16,))
        s.z8_hat_times = _window(memory, 339968 * n, np.float32, (n, 16, 16, 16))
        s.d_up_2_conv_1_W_columns = _window(
            memory,
            577536 * n + 384,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.d_up_2_conv_1_W_part = _window(
            memory,
            577536 * n + 1009536,
            np.float32,
            (288, 16),
        )
        s.d_up_2_conv_1_W_padded = _window(
            memory,
            577536 * n + 885120,
            np.float32,
            (3, 18, 18, 32),
        )
        s.up_2_conv_1_W_reshape = p.up_2_conv_1_W.reshape(3, 3, 32, 1, 16)
        s.up_2_conv_1_W_slice = s.up_2_conv_1_W_reshape[::-1, ::-1]
        s.up_2_conv_1_W_transpose = s.up_2_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.up_2_conv_1_W_reshape_2 = s.up_2_conv_1_W_transpose.reshape(3, 3, 16, 32)
        s.up_2_conv_1_W_copy = _window(
            memory,
            577536 * n + 1177728,
            np.float32,
            (3, 3, 16, 32),
        )
        s.d_z8_conv = _window(memory, 307200 * n, np.float32, (n, 16, 16, 32))
        s.d_z8_conv_columns = _window(
            memory,
            577536 * n + 384,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_z8_conv_padded = _window(
            memory,
            577536 * n + 1032576,
            np.float32,
            (7, 18, 18, 16),
        )
        s.d_h7 = s.d_z8_conv[:, :, :, 16:]
        s.d_enlarge_2_W_columns = _window(
            memory,
            577536 * n + 384,
            np.float32,
            (64, 8, 8, 2, 2, 16),
        )
        s.d_enlarge_2_W_part = _window(
            memory,
            577536 * n + 1048960,
            np.float32,
            (64, 32),
        )
        s.d_h6 = _window(memory, 339968 * n, np.float32, (n, 8, 8, 32))
        s.d_h6_columns = _window(
            memory,
            577536 * n + 384,
            np.float32,
            (64, 8, 8, 2, 2, 16),
        )
        s.h6_mask = _window(memory, 348160 * n, np.bool_, (n, 8, 8, 32))
        s.d_z6_norm = _window(memory, 339968 * n, np.float32, (n, 8, 8, 32))
        s.d_z6_norm_reshape = s.d_z6_norm.reshape(64 * n, 32)
        s.d_z6_norm_times = _window(memory, 233472 * n, np.float32, (n, 8, 8, 32))
        s.d_z6_norm_reshape_2 = s.d_z6_norm_times.reshape(64 * n, 32)
        s.z6_inv_std_times = _window(memory, 577536 * n + 256, np.float32, (32,))
        s.bottom_batch_norm_2_over = _window(
            memory,
            577536 * n + 384,
            np.float32,
            (32,),
        )
        s.d_z6 = _window(memory, 339968 * n, np.float32, (n, 8, 8, 32))
        s.bottom_batch_norm_2_over_2 = _window(
            memory,
            577536 * n + 384,
            np.float32,
            (32,),
        )
        s.z6_hat_times = _window(memory, 225280 * n, np.float32, (n, 8, 8, 32))
        s.d_bottom_conv_2_W_columns = _window(
            memory,
            577536 * n + 256,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.d_bottom_conv_2_W_part = _window(
            memory,
            577536 * n + 1211648,
            np.float32,
            (288, 32),
        )
        s.d_bottom_conv_2_W_padded = _window(
            memory,
            577536 * n + 1032448,
            np.float32,
            (14, 10, 10, 32),
        )
        s.bottom_conv_2_W_reshape = p.bottom_conv_2_W.reshape(3, 3, 32, 1, 32)
        s.bottom_conv_2_W_slice = s.bottom_conv_2_W_reshape[::-1, ::-1]
        s.bottom_conv_2_W_transpose = s.bottom_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.bottom_conv_2_W_reshape_2 = s.bottom_conv_2_W_transpose.reshape(3, 3, 32, 32)
        s.bottom_conv_2_W_copy = _window(
            memory,
            577536 * n + 1211648,
            np.float32,
            (3, 3, 32, 32),
        )
        s.d_h5 = _window(memory, 227328 * n, np.float32, (n, 8, 8, 32))
        s.d_h5_columns = _window(
            memory,
            577536 * n + 256,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.d_h5_padded = _window(
            memory,
            577536 * n + 1032448,
            np.float32,
            (14, 10, 10, 32),
        )
        s.h5_mask = _window(memory, 225280 * n, np.bool_, (n, 8, 8, 32))
        s.d_z5_norm = _window(memory, 227328 * n, np.float32, (n, 8, 8, 32))
        s.d_z5_norm_reshape = s.d_z5_norm.reshape(64 * n, 32)
        s.d_z5_norm_times = _window(memory, 217088 * n, np.float32, (n, 8, 8, 32))
        s.d_z5_norm_reshape_2 = s.d_z5_norm_times.reshape(64 * n, 32)
        s.z5_inv_std_times = _window(memory, 577536 * n + 128, np.float32, (32,))
        s.bottom_batch_norm_1_over = _window(
            memory,
            577536 * n + 256,
            np.float32,
            (32,),
        )
        s.d_z5 = _window(memory, 227328 * n, np.float32, (n, 8, 8, 32))
        s.bottom_batch_norm_1_over_2 = _window(
            memory,
            577536 * n + 256,
            np.float32,
            (32,),
        )
        s.z5_hat_times = _window(memory, 208896 * n, np.float32, (n, 8, 8, 32))
        s.d_bottom_conv_1_W_columns = _window(
            memory,
            577536 * n + 128,
            np.float32,
            (28, 8, 8, 3, 3, 16),
        )
        s.d_bottom_conv_1_W_part = _window(
            memory,
            577536 * n + 1211520,
            np.float32,
            (144, 32),
        )
        s.d_bottom_conv_1_W_padded = _window(
            memory,
            577536 * n + 1032320,
            np.float32,
            (28, 10, 10, 16),
        )
        s.d_z8_slice = s.d_z8_conv[:, :, :, :16]
        s.h4_max_pool_index = _window(memory, 221184 * n, np.uint8, (n, 8, 8, 16))
        s.h4_max_pool_index_before = _window(
            memory,
            208896 * n,
            np.bool_,
            (n, 8, 8, 16),
        )
        s.h4_max_pool_index_different = _window(
            memory,
            209920 * n,
            np.bool_,
            (n, 8, 8, 16),
        )
        s.h4_max_pool_index_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.bottom_conv_1_W_reshape = p.bottom_conv_1_W.reshape(3, 3, 16, 1, 32)
        s.bottom_conv_1_W_slice = s.bottom_conv_1_W_reshape[::-1, ::-1]
        s.bottom_conv_1_W_transpose = s.bottom_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.bottom_conv_1_W_reshape_2 = s.bottom_conv_1_W_transpose.reshape(3, 3, 32, 16)
        s.bottom_conv_1_W_copy = _window(
            memory,
            577536 * n + 1211520,
            np.float32,
            (3, 3, 32, 16),
        )
        s.d_h4_pooled = _window(memory, 222208 * n, np.float32, (n, 8, 8, 16))
        s.d_h4_pooled_columns = _window(
            memory,
            577536 * n + 128,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.d_h4_pooled_padded = _window(
            memory,
            577536 * n + 1032320,
            np.float32,
            (14, 10, 10, 32),
        )
        s.d_h4 = _window(memory, 204800 * n, np.float32, (n, 16, 16, 16))
        s.d_h4_chosen = _window(memory, 230400 * n, np.bool_, (n, 8, 8, 16))
        s.d_h4_part = _window(memory, 226304 * n, np.float32, (n, 8, 8, 16))
        s.d_h4_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.h4_mask = _window(memory, 221184 * n, np.bool_, (n, 16, 16, 16))
        s.d_z4_norm = _window(memory, 204800 * n, np.float32, (n, 16, 16, 16))
        s.d_z4_norm_reshape = s.d_z4_norm.reshape(256 * n, 16)
        s.d_z4_norm_times = _window(memory, 188416 * n, np.float32, (n, 16, 16, 16))
        s.d_z4_norm_reshape_2 = s.d_z4_norm_times.reshape(256 * n, 16)
        s.z4_inv_std_times = _window(memory, 577536 * n + 64, np.float32, (16,))
        s.down_2_batch_norm_2_over = _window(
            memory,
            577536 * n + 128,
            np.float32,
            (16,),
        )
        s.d_z4 = _window(memory, 204800 * n, np.float32, (n, 16, 16, 16))
        s.down_2_batch_norm_2_over_2 = _window(
            memory,
            577536 * n + 128,
            np.float32,
            (16,),
        )
        s.z4_hat_times = _window(memory, 172032 * n, np.float32, (n, 16, 16, 16))
        s.d_down_2_conv_2_W_columns = _window(
            memory,
            577536 * n + 64,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_down_2_conv_2_W_part = _window(
            memory,
            577536 * n + 1177408,
            np.float32,
            (144, 16),
        )
        s.d_down_2_conv_2_W_padded = _window(
            memory,
            577536 * n + 1032256,
            np.float32,
            (7, 18, 18, 16),
        )
        s.down_2_conv_2_W_reshape = p.down_2_conv_2_W.reshape(3, 3, 16, 1, 16)
        s.down_2_conv_2_W_slice = s.down_2_conv_2_W_reshape[::-1, ::-1]
        s.down_2_conv_2_W_transpose = s.down_2_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.down_2_conv_2_W_reshape_2 = s.down_2_conv_2_W_transpose.reshape(3, 3, 16, 16)
        s.down_2_conv_2_W_copy = _window(
            memory,
            577536 * n + 1177408,
            np.float32,
            (3, 3, 16, 16),
        )
        s.d_h3 = _window(memory, 176128 * n, np.float32, (n, 16, 16, 16))
        s.d_h3_columns = _window(
            memory,
            577536 * n + 64,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_h3_padded = _window(
            memory,
            577536 * n + 1032256,
            np.float32,
            (7, 18, 18, 16),
        )
        s.h3_mask = _window(memory, 172032 * n, np.bool_, (n, 16, 16, 16))
        s.d_z3_norm = _window(memory, 176128 * n, np.float32, (n, 16, 16, 16))
        s.d_z3_norm_reshape = s.d_z3_norm.reshape(256 * n, 16)
        s.d_z3_norm_times = _window(memory, 155648 * n, np.float32, (n, 16, 16, 16))
        s.d_z3_norm_reshape_2 = s.d_z3_norm_times.reshape(256 * n, 16)
        s.z3_inv_std_times = _window(memory, 577536 * n, np.float32, (16,))
        s.down_2_batch_norm_1_over = _window(memory, 577536 * n + 64, np.float32, (16,))
        s.d_z3 = _window(memory, 176128 * n, np.float32, (n, 16, 16, 16))
        s.down_2_batch_norm_1_over_2 = _window(
            memory,
            577536 * n + 64,
            np.float32,
            (16,),
        )
        s.z3_hat_times = _window(memory, 139264 * n, np.float32, (n, 16, 16, 16))
        s.d_down_2_conv_1_W_columns = _window(
            memory,
            577536 * n,
            np.float32,
            (14, 16, 16, 3, 3, 8),
        )
        s.d_down_2_conv_1_W_part = _window(
            memory,
            577536 * n + 1177344,
            np.float32,
            (72, 16),
        )
        s.d_down_2_conv_1_W_padded = _window(
            memory,
            577536 * n + 1032192,
            np.float32,
            (14, 18, 18, 8),
        )
        s.d_z11_slice = s.d_z11_conv[:, :, :, :8]
        s.h2_max_pool_index = _window(memory, 163840 * n, np.uint8, (n, 16, 16, 8))
        s.h2_max_pool_index_before = _window(
            memory,
            139264 * n,
            np.bool_,
            (n, 16, 16, 8),
        )
        s.h2_max_pool_index_different = _window(
            memory,
            141312 * n,
            np.bool_,
            (n, 16, 16, 8),
        )
        s.h2_max_pool_index_shifts = _shifts((32, 32), (16, 16), (2, 2), strides=(2, 2))
        s.down_2_conv_1_W_reshape = p.down_2_conv_1_W.reshape(3, 3, 8, 1, 16)
        s.down_2_conv_1_W_slice = s.down_2_conv_1_W_reshape[::-1, ::-1]
        s.down_2_conv_1_W_transpose = s.down_2_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.down_2_conv_1_W_reshape_2 = s.down_2_conv_1_W_transpose.reshape(3, 3, 16, 8)
        s.down_2_conv_1_W_copy = _window(
            memory,
            577536 * n + 1177344,
            np.float32,
            (3, 3, 16, 8),
        )
        s.d_h2_pooled = _window(memory, 165888 * n, np.float32, (n, 16, 16, 8))
        s.d_h2_pooled_columns = _window(
            memory,
            577536 * n,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_h2_pooled_padded = _window(
            memory,
            577536 * n + 1032192,
            np.float32,
            (7, 18, 18, 16),
        )
        s.d_h2 = _window(memory, 131072 * n, np.float32, (n, 32, 32, 8))
        s.d_h2_chosen = _window(memory, 182272 * n, np.bool_, (n, 16, 16, 8))
        s.d_h2_part = _window(memory, 174080 * n, np.float32, (n, 16, 16, 8))
        s.d_h2_shifts = _shifts((32, 32), (16, 16), (2, 2), strides=(2, 2))
        s.h2_mask = _window(memory, 163840 * n, np.bool_, (n, 32, 32, 8))
        s.d_z2_norm = _window(memory, 131072 * n, np.float32, (n, 32, 32, 8))
        s.d_z2_norm_reshape = s.d_z2_norm.reshape(1024 * n, 8)
        s.d_z2_norm_times = _window(memory, 98304 * n, np.float32, (n, 32, 32, 8))
        s.d_z2_norm_reshape_2 = s.d_z2_norm_times.reshape(1024 * n, 8)
        s.z2_inv_std_times = _window(
            memory,
            577536 * n + 1248576 + 40,
            np.float32,
            (8,),
        )
        s.down_1_batch_norm_2_over = _window(
            memory,
            577536 * n + 1248576 + 72,
            np.float32,
            (8,),
        )
        s.d_z2 = _window(memory, 131072 * n, np.float32, (n, 32, 32, 8))
        s.down_1_batch_norm_2_over_2 = _window(
            memory,
            577536 * n + 1248576 + 72,
            np.float32,
            (8,),
        )
        s.z2_hat_times = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.d_down_1_conv_2_W_columns = _window(
            memory,
            577536 * n,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.d_down_1_conv_2_W_part = _window(
            memory,
            577536 * n + 995712,
            np.float32,
            (72, 8),
        )
        s.d_down_1_conv_2_W_padded = _window(
            memory,
            577536 * n + 884736,
            np.float32,
            (3, 34, 34, 8),
        )
        s.down_1_conv_2_W_reshape = p.down_1_conv_2_W.reshape(3, 3, 8, 1, 8)
        s.down_1_conv_2_W_slice = s.down_1_conv_2_W_reshape[::-1, ::-1]
        s.down_1_conv_2_W_transpose = s.down_1_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.down_1_conv_2_W_reshape_2 = s.down_1_conv_2_W_transpose.reshape(3, 3, 8, 8)
        s.down_1_conv_2_W_copy = _window(
            memory,
            577536 * n + 995712,
            np.float32,
            (3, 3, 8, 8),
        )
        s.d_h1 = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.d_h1_columns = _window(memory, 577536 * n, np.float32, (3, 32, 32, 3, 3, 8))
        s.d_h1_padded = _window(memory, 577536 * n + 884736, np.float32, (3, 34, 34, 8))
        s.h1_mask = _window(memory, 98304 * n, np.bool_, (n, 32, 32, 8))
        s.d_z1_norm = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.d_z1_norm_reshape = s.d_z1_norm.reshape(1024 * n, 8)
        s.d_z1_norm_times = _window(memory, 32768 * n, np.float32, (n, 32, 32, 8))
        s.d_z1_norm_reshape_2 = s.d_z1_norm_times.reshape(1024 * n, 8)
        s.z1_inv_std_times = _window(memory, 577536 * n + 1248576, np.float32, (8,))
        s.down_1_batch_norm_1_over = _window(
            memory,
            577536 * n + 1248576 + 40,
            np.float32,
            (8,),
        )
        s.d_z1 = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.down_1_batch_norm_1_over_2 = _window(
            memory,
            577536 * n + 1248576 + 40,
            np.float32,
            (8,),
        )
        s.z1_hat_times = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.d_down_1_conv_1_W_columns = _window(
            memory,
            577536 * n,
            np.float32,
            (28, 32, 32, 3, 3, 1),
        )
        s.d_down_1_conv_1_W_part = _window(
            memory,
            577536 * n + 1161664,
            np.float32,
            (9, 8),
        )
        s.d_down_1_conv_1_W_padded = _window(
            memory,
            577536 * n + 1032192,
            np.float32,
            (28, 34, 34, 1),
        )
        s.z1_mean_times_2 = _window(memory, 118016, np.float32, (8,))
        s.z1_unbiased_var_times_2 = _window(memory, 118016, np.float32, (8,))
        s.z2_mean_times_2 = _window(memory, 118016, np.float32, (8,))
        s.z2_unbiased_var_times_2 = _window(memory, 118016, np.float32, (8,))
        s.z3_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z3_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z4_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z4_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z5_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z5_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z6_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z6_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z8_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z8_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z9_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z9_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z11_mean_times_2 = _window(memory, 118016, np.float32, (8,))
        s.z11_unbiased_var_times_2 = _window(memory, 118016, np.float32, (8,))
        s.z12_mean_times_2 = _window(memory, 118016, np.float32, (8,))
        s.z12_unbiased_var_times_2 = _window(memory, 118016, np.float32, (8,))
        s.learning_rate_times = _window(memory, 0, np.float32, (29490,))
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 32, 32, 1)
        """
        s = self._predict_slots(x)
        classes = self._forward(s, x)
        return {"classes": classes.copy()}

    def _forward(self, s, x):
        """The forward pass to the outputs."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # down_1.conv_1: z1 = conv(x, W)       (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_im2col(
            x,
            p.down_1_conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z1_norm = (z1 - running_mean) * (gamma * z1_inv_std) + beta   (N, 32, 32, 8)
        np.subtract(s.z1, self.state.down_1_batch_norm_1_running_mean, out=s.z1_norm)
        np.add(self.state.down_1_batch_norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(
            p.down_1_batch_norm_1_gamma,
            s.z1_inv_std,
            out=s.down_1_batch_norm_1_times,
        )
        np.multiply(s.z1_norm, s.down_1_batch_norm_1_times, out=s.z1_norm)
        np.add(s.z1_norm, p.down_1_batch_norm_1_beta, out=s.z1_norm)

        # down_1.relu_1: h1 = relu(z1_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # down_1.conv_2: z2 = conv(h1, W)      (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_im2col(
            s.h1,
            p.down_1_conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z2_norm = (z2 - running_mean) * (gamma * z2_inv_std) + beta   (N, 32, 32, 8)
        np.subtract(s.z2, self.state.down_1_batch_norm_2_running_mean, out=s.z2_norm)
        np.add(self.state.down_1_batch_norm_2_running_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(
            p.down_1_batch_norm_2_gamma,
            s.z2_inv_std,
            out=s.down_1_batch_norm_2_times,
        )
        np.multiply(s.z2_norm, s.down_1_batch_norm_2_times, out=s.z2_norm)
        np.add(s.z2_norm, p.down_1_batch_norm_2_beta, out=s.z2_norm)

        # down_1.relu_2: h2 = relu(z2_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # pool                                                  mnist_segmentation.py:38
        # h2_pooled = max_pool(h2, 2x2)                                 (N, 16, 16, 8)
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # down_2.conv_1                                         mnist_segmentation.py:38
        # z3 = conv(h2_pooled, W)                                      (N, 16, 16, 16)
        _conv_im2col(
            s.h2_pooled,
            p.down_2_conv_1_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_1                                   mnist_segmentation.py:38
        # z3_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z3_norm = (z3 - running_mean) * (gamma * z3_inv_std)         (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z3, self.state.down_2_batch_norm_1_running_mean, out=s.z3_norm)
        np.add(self.state.down_2_batch_norm_1_running_var, 1e-05, out=s.z3_inv_std)
        np.sqrt(s.z3_inv_std, out=s.z3_inv_std)
        np.divide(1.0, s.z3_inv_std, out=s.z3_inv_std)
        np.multiply(
            p.down_2_batch_norm_1_gamma,
            s.z3_inv_std,
            out=s.down_2_batch_norm_1_times,
        )
        np.multiply(s.z3_norm, s.down_2_batch_norm_1_times, out=s.z3_norm)
        np.add(s.z3_norm, p.down_2_batch_norm_1_beta, out=s.z3_norm)

        # down_2.relu_1: h3 = relu(z3_norm)   (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z3_norm, 0.0, out=s.h3)

        # down_2.conv_2: z4 = conv(h3, W)     (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_im2col(
            s.h3,
            p.down_2_conv_2_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_2                                   mnist_segmentation.py:38
        # z4_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z4_norm = (z4 - running_mean) * (gamma * z4_inv_std)         (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z4, self.state.down_2_batch_norm_2_running_mean, out=s.z4_norm)
        np.add(self.state.down_2_batch_norm_2_running_var, 1e-05, out=s.z4_inv_std)
        np.sqrt(s.z4_inv_std, out=s.z4_inv_std)
        np.divide(1.0, s.z4_inv_std, out=s.z4_inv_std)
        np.multiply(
            p.down_2_batch_norm_2_gamma,
            s.z4_inv_std,
            out=s.down_2_batch_norm_2_times,
        )
        np.multiply(s.z4_norm, s.down_2_batch_norm_2_times, out=s.z4_norm)
        np.add(s.z4_norm, p.down_2_batch_norm_2_beta, out=s.z4_norm)

        # down_2.relu_2: h4 = relu(z4_norm)   (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # pool: h4_pooled = max_pool(h4, 2x2)   (N, 8, 8, 16)   mnist_segmentation.py:38
        _max_pool_shifts(s.h4, s.h4_pooled_shifts, out=s.h4_pooled)

        # bottom.conv_1                                         mnist_segmentation.py:38
        # z5 = conv(h4_pooled, W)                                        (N, 8, 8, 32)
        _conv_im2col(
            s.h4_pooled,
            p.bottom_conv_1_W,
            s.z5_columns,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_1                                   mnist_segmentation.py:38
        # z5_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z5_norm = (z5 - running_mean) * (gamma * z5_inv_std) + beta    (N, 8, 8, 32)
        np.subtract(s.z5, self.state.bottom_batch_norm_1_running_mean, out=s.z5_norm)
        np.add(self.state.bottom_batch_norm_1_running_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(
            p.bottom_batch_norm_1_gamma,
            s.z5_inv_std,
            out=s.bottom_batch_norm_1_times,
        )
        np.multiply(s.z5_norm, s.bottom_batch_norm_1_times, out=s.z5_norm)
        np.add(s.z5_norm, p.bottom_batch_norm_1_beta, out=s.z5_norm)

        # bottom.relu_1: h5 = relu(z5_norm)     (N, 8, 8, 32)   mnist_segmentation.py:38
        np.maximum(s.z5_norm, 0.0, out=s.h5)

        # bottom.conv_2: z6 = conv(h5, W)       (N, 8, 8, 32)   mnist_segmentation.py:38
        _conv_im2col(
            s.h5,
            p.bottom_conv_2_W,
            s.z6_columns,
            out=s.z6,
            padded=s.z6_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_2                                   mnist_segmentation.py:38
        # z6_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z6_norm = (z6 - running_mean) * (gamma * z6_inv_std) + beta    (N, 8, 8, 32)
        np.subtract(s.z6, self.state.bottom_batch_norm_2_running_mean, out=s.z6_norm)
        np.add(self.state.bottom_batch_norm_2_running_var, 1e-05, out=s.z6_inv_std)
        np.sqrt(s.z6_inv_std, out=s.z6_inv_std)
        np.divide(1.0, s.z6_inv_std, out=s.z6_inv_std)
        np.multiply(
            p.bottom_batch_norm_2_gamma,
            s.z6_inv_std,
            out=s.bottom_batch_norm_2_times,
        )
        np.multiply(s.z6_norm, s.bottom_batch_norm_2_times, out=s.z6_norm)
        np.add(s.z6_norm, p.bottom_batch_norm_2_beta, out=s.z6_norm)

        # bottom.relu_2: h6 = relu(z6_norm)     (N, 8, 8, 32)   mnist_segmentation.py:38
        np.maximum(s.z6_norm, 0.0, out=s.h6)

        # enlarge_2: h7 = conv^T(h6, W) + b   (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_col2im(s.h6, p.enlarge_2_W, s.h7_columns, out=s.h7, strides=(2, 2))
        np.add(s.h7, p.enlarge_2_b, out=s.h7)

        # h4_concat = [h4; h7]                (N, 16, 16, 32)   mnist_segmentation.py:38
        np.concatenate((s.h4, s.h7), axis=3, out=s.h4_concat)

        # up_2.conv_1                                           mnist_segmentation.py:38
        # z8 = conv(h4_concat, W)                                      (N, 16, 16, 16)
        _conv_im2col(
            s.h4_concat,
            p.up_2_conv_1_W,
            s.z8_columns,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_1                                     mnist_segmentation.py:38
        # z8_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z8_norm = (z8 - running_mean) * (gamma * z8_inv_std)         (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z8, self.state.up_2_batch_norm_1_running_mean, out=s.z8_norm)
        np.add(self.state.up_2_batch_norm_1_running_var, 1e-05, out=s.z8_inv_std)
        np.sqrt(s.z8_inv_std, out=s.z8_inv_std)
        np.divide(1.0, s.z8_inv_std, out=s.z8_inv_std)
        np.multiply(
            p.up_2_batch_norm_1_gamma,
            s.z8_inv_std,
            out=s.up_2_batch_norm_1_gamma_times,
        )
        np.multiply(s.z8_norm, s.up_2_batch_norm_1_gamma_times, out=s.z8_norm)
        np.add(s.z8_norm, p.up_2_batch_norm_1_beta, out=s.z8_norm)

        # up_2.relu_1: h8 = relu(z8_norm)     (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z8_norm, 0.0, out=s.h8)

        # up_2.conv_2: z9 = conv(h8, W)       (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_im2col(
            s.h8,
            p.up_2_conv_2_W,
            s.z9_columns,
            out=s.z9,
            padded=s.z9_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_2                                     mnist_segmentation.py:38
        # z9_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z9_norm = (z9 - running_mean) * (gamma * z9_inv_std)         (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z9, self.state.up_2_batch_norm_2_running_mean, out=s.z9_norm)
        np.add(self.state.up_2_batch_norm_2_running_var, 1e-05, out=s.z9_inv_std)
        np.sqrt(s.z9_inv_std, out=s.z9_inv_std)
        np.divide(1.0, s.z9_inv_std, out=s.z9_inv_std)
        np.multiply(
            p.up_2_batch_norm_2_gamma,
            s.z9_inv_std,
            out=s.up_2_batch_norm_2_gamma_times,
        )
        np.multiply(s.z9_norm, s.up_2_batch_norm_2_gamma_times, out=s.z9_norm)
        np.add(s.z9_norm, p.up_2_batch_norm_2_beta, out=s.z9_norm)

        # up_2.relu_2: h9 = relu(z9_norm)     (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z9_norm, 0.0, out=s.h9)

        # enlarge_1: h10 = conv^T(h9, W) + b   (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_col2im(s.h9, p.enlarge_1_W, s.h10_columns, out=s.h10, strides=(2, 2))
        np.add(s.h10, p.enlarge_1_b, out=s.h10)

        # h2_concat = [h2; h10]               (N, 32, 32, 16)   mnist_segmentation.py:38
        np.concatenate((s.h2, s.h10), axis=3, out=s.h2_concat)

        # up_1.conv_1                                           mnist_segmentation.py:38
        # z11 = conv(h2_concat, W)                                      (N, 32, 32, 8)
        _conv_im2col(
            s.h2_concat,
            p.up_1_conv_1_W,
            s.z11_columns,
            out=s.z11,
            padded=s.z11_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_1                                     mnist_segmentation.py:38
        # z11_inv_std = 1 / sqrt(running_var + 1e-05)                             (8,)
        # z11_norm = (z11 - running_mean) * (gamma * z11_inv_std)       (N, 32, 32, 8)
        #     + beta
        np.subtract(s.z11, self.state.up_1_batch_norm_1_running_mean, out=s.z11_norm)
        np.add(self.state.up_1_batch_norm_1_running_var, 1e-05, out=s.z11_inv_std)
        np.sqrt(s.z11_inv_std, out=s.z11_inv_std)
        np.divide(1.0, s.z11_inv_std, out=s.z11_inv_std)
        np.multiply(
            p.up_1_batch_norm_1_gamma,
            s.z11_inv_std,
            out=s.up_1_batch_norm_1_gamma_times,
        )
        np.multiply(s.z11_norm, s.up_1_batch_norm_1_gamma_times, out=s.z11_norm)
        np.add(s.z11_norm, p.up_1_batch_norm_1_beta, out=s.z11_norm)

        # up_1.relu_1: h11 = relu(z11_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z11_norm, 0.0, out=s.h11)

        # up_1.conv_2: z12 = conv(h11, W)      (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_im2col(
            s.h11,
            p.up_1_conv_2_W,
            s.z12_columns,
            out=s.z12,
            padded=s.z12_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_2                                     mnist_segmentation.py:38
        # z12_inv_std = 1 / sqrt(running_var + 1e-05)                             (8,)
        # z12_norm = (z12 - running_mean) * (gamma * z12_inv_std)       (N, 32, 32, 8)
        #     + beta
        np.subtract(s.z12, self.state.up_1_batch_norm_2_running_mean, out=s.z12_norm)
        np.add(self.state.up_1_batch_norm_2_running_var, 1e-05, out=s.z12_inv_std)
        np.sqrt(s.z12_inv_std, out=s.z12_inv_std)
        np.divide(1.0, s.z12_inv_std, out=s.z12_inv_std)
        np.multiply(
            p.up_1_batch_norm_2_gamma,
            s.z12_inv_std,
            out=s.up_1_batch_norm_2_gamma_times,
        )
        np.multiply(s.z12_norm, s.up_1_batch_norm_2_gamma_times, out=s.z12_norm)
        np.add(s.z12_norm, p.up_1_batch_norm_2_beta, out=s.z12_norm)

        # up_1.relu_2: h12 = relu(z12_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z12_norm, 0.0, out=s.h12)

        # classify                                              mnist_segmentation.py:38
        # logits = conv(h12, W) + b                                     (N, 32, 32, 2)
        np.dot(s.h12_reshape, s.classify_W_reshape, out=s.h12_product)
        np.add(s.h12_reshape_2, p.classify_b, out=s.logits)

        # classes = argmax(logits, axis 3)        (N, 32, 32)   mnist_segmentation.py:46
        s.logits.argmax(axis=3, out=s.classes)

        return s.classes

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
        memory = self._memory(131072 * units + 1211424)
        s.z1 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z1_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (28, 32, 32, 3, 3, 1),
        )
        s.z1_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (28, 34, 34, 1),
        )
        s.z1_norm = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z1_inv_std = _window(memory, 131072 * units + 1211392, np.float32, (8,))
        s.down_1_batch_norm_1_times = _window(
            memory,
            131072 * units + 1211392,
            np.float32,
            (8,),
        )
        s.h1 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z2 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z2_columns = _window(memory, 131072 * units, np.float32, (3, 32, 32, 3, 3, 8))
        s.z2_padded = _window(
            memory,
            131072 * units + 884736,
            np.float32,
            (3, 34, 34, 8),
        )
        s.z2_norm = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z2_inv_std = _window(memory, 131072 * units + 1211392, np.float32, (8,))
        s.down_1_batch_norm_2_times = _window(
            memory,
            131072 * units + 1211392,
            np.float32,
            (8,),
        )
        s.h2 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.h2_pooled = _window(memory, 32768 * units, np.float32, (n, 16, 16, 8))
        s.h2_pooled_shifts = _shifts((32, 32), (16, 16), (2, 2), strides=(2, 2))
        s.z3 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z3_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (14, 16, 16, 3, 3, 8),
        )
        s.z3_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (14, 18, 18, 8),
        )
        s.z3_norm = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z3_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.down_2_batch_norm_1_times = _window(memory, 131072 * units, np.float32, (16,))
        s.h3 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z4 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z4_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z4_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (7, 18, 18, 16),
        )
        s.z4_norm = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z4_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.down_2_batch_norm_2_times = _window(memory, 131072 * units, np.float32, (16,))
        s.h4 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.h4_pooled = _window(memory, 57344 * units, np.float32, (n, 8, 8, 16))
        s.h4_pooled_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.z5 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z5_columns = _window(memory, 131072 * units, np.float32, (28, 8, 8, 3, 3, 16))
        s.z5_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (28, 10, 10, 16),
        )
        s.z5_norm = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z5_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.bottom_batch_norm_1_times = _window(memory, 131072 * units, np.float32, (32,))
        s.h5 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z6 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z6_columns = _window(memory, 131072 * units, np.float32, (14, 8, 8, 3, 3, 32))
        s.z6_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (14, 10, 10, 32),
        )
        s.z6_norm = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z6_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.bottom_batch_norm_2_times = _window(memory, 131072 * units, np.float32, (32,))
        s.h6 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.h7 = _window(memory, 81920 * units, np.float32, (n, 16, 16, 16))
        s.h7_columns = _window(memory, 131072 * units, np.float32, (64, 8, 8, 2, 2, 16))
        s.h4_concat = _window(memory, 49152 * units, np.float32, (n, 16, 16, 32))
        s.z8 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z8_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.z8_padded = _window(
            memory,
            131072 * units + 884736,
            np.float32,
            (3, 18, 18, 32),
        )
        s.z8_norm = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z8_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.up_2_batch_norm_1_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (16,),
        )
        s.h8 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z9 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z9_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z9_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (7, 18, 18, 16),
        )
        s.z9_norm = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z9_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.up_2_batch_norm_2_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (16,),
        )
        s.h9 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.h10 = _window(memory, 98304 * units, np.float32, (n, 32, 32, 8))
        s.h10_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (32, 16, 16, 2, 2, 8),
        )
        s.h2_concat = _window(memory, 32768 * units, np.float32, (n, 32, 32, 16))
        s.z11 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z11_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (1, 32, 32, 3, 3, 16),
        )
        s.z11_padded = _window(
            memory,
            131072 * units + 589824,
            np.float32,
            (1, 34, 34, 16),
        )
        s.z11_norm = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z11_inv_std = _window(memory, 131072 * units + 1211392, np.float32, (8,))
        s.up_1_batch_norm_1_gamma_times = _window(
            memory,
            131072 * units + 1211392,
            np.float32,
            (8,),
        )
        s.h11 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z12 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z12_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.z12_padded = _window(
            memory,
            131072 * units + 884736,
            np.float32,
            (3, 34, 34, 8),
        )
        s.z12_norm = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z12_inv_std = _window(memory, 131072 * units + 1211392, np.float32, (8,))
        s.up_1_batch_norm_2_gamma_times = _window(
            memory,
            131072 * units + 1211392,
            np.float32,
            (8,),
        )
        s.h12 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.h12_reshape = s.h12.reshape(1024 * n, 8)
        s.classify_W_reshape = p.classify_W.reshape(8, 2)
        s.h12_product = _window(memory, 0, np.float32, (1024 * n, 2))
        s.h12_reshape_2 = s.h12_product.reshape(n, 32, 32, 2)
        s.logits = _window(memory, 8192 * units, np.float32, (n, 32, 32, 2))
        s.classes = _window(memory, 0, np.int64, (n, 32, 32))
        self._predict[x.dtype, x.shape] = s
        return s

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 32, 32, 1)
        y: int64 (N, 32, 32)
        """
        s = self._loss_slots(x, y)
        return self._forward_loss(s, x, y)

    def _forward_loss(self, s, x, y):
        """The forward pass to the loss."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # down_1.conv_1: z1 = conv(x, W)       (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_im2col(
            x,
            p.down_1_conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z1_norm = (z1 - running_mean) * (gamma * z1_inv_std) + beta   (N, 32, 32, 8)
        np.subtract(s.z1, self.state.down_1_batch_norm_1_running_mean, out=s.z1_norm)
        np.add(self.state.down_1_batch_norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(
            p.down_1_batch_norm_1_gamma,
            s.z1_inv_std,
            out=s.down_1_batch_norm_1_times,
        )
        np.multiply(s.z1_norm, s.down_1_batch_norm_1_times, out=s.z1_norm)
        np.add(s.z1_norm, p.down_1_batch_norm_1_beta, out=s.z1_norm)

        # down_1.relu_1: h1 = relu(z1_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # down_1.conv_2: z2 = conv(h1, W)      (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_im2col(
            s.h1,
            p.down_1_conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z2_norm = (z2 - running_mean) * (gamma * z2_inv_std) + beta   (N, 32, 32, 8)
        np.subtract(s.z2, self.state.down_1_batch_norm_2_running_mean, out=s.z2_norm)
        np.add(self.state.down_1_batch_norm_2_running_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(
            p.down_1_batch_norm_2_gamma,
            s.z2_inv_std,
            out=s.down_1_batch_norm_2_times,
        )
        np.multiply(s.z2_norm, s.down_1_batch_norm_2_times, out=s.z2_norm)
        np.add(s.z2_norm, p.down_1_batch_norm_2_beta, out=s.z2_norm)

        # down_1.relu_2: h2 = relu(z2_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # pool                                                  mnist_segmentation.py:38
        # h2_pooled = max_pool(h2, 2x2)                                 (N, 16, 16, 8)
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # down_2.conv_1                                         mnist_segmentation.py:38
        # z3 = conv(h2_pooled, W)                                      (N, 16, 16, 16)
        _conv_im2col(
            s.h2_pooled,
            p.down_2_conv_1_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_1                                   mnist_segmentation.py:38
        # z3_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z3_norm = (z3 - running_mean) * (gamma * z3_inv_std)         (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z3, self.state.down_2_batch_norm_1_running_mean, out=s.z3_norm)
        np.add(self.state.down_2_batch_norm_1_running_var, 1e-05, out=s.z3_inv_std)
        np.sqrt(s.z3_inv_std, out=s.z3_inv_std)
        np.divide(1.0, s.z3_inv_std, out=s.z3_inv_std)
        np.multiply(
            p.down_2_batch_norm_1_gamma,
            s.z3_inv_std,
            out=s.down_2_batch_norm_1_times,
        )
        np.multiply(s.z3_norm, s.down_2_batch_norm_1_times, out=s.z3_norm)
        np.add(s.z3_norm, p.down_2_batch_norm_1_beta, out=s.z3_norm)

        # down_2.relu_1: h3 = relu(z3_norm)   (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z3_norm, 0.0, out=s.h3)

        # down_2.conv_2: z4 = conv(h3, W)     (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_im2col(
            s.h3,
            p.down_2_conv_2_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_2                                   mnist_segmentation.py:38
        # z4_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z4_norm = (z4 - running_mean) * (gamma * z4_inv_std)         (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z4, self.state.down_2_batch_norm_2_running_mean, out=s.z4_norm)
        np.add(self.state.down_2_batch_norm_2_running_var, 1e-05, out=s.z4_inv_std)
        np.sqrt(s.z4_inv_std, out=s.z4_inv_std)
        np.divide(1.0, s.z4_inv_std, out=s.z4_inv_std)
        np.multiply(
            p.down_2_batch_norm_2_gamma,
            s.z4_inv_std,
            out=s.down_2_batch_norm_2_times,
        )
        np.multiply(s.z4_norm, s.down_2_batch_norm_2_times, out=s.z4_norm)
        np.add(s.z4_norm, p.down_2_batch_norm_2_beta, out=s.z4_norm)

        # down_2.relu_2: h4 = relu(z4_norm)   (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # pool: h4_pooled = max_pool(h4, 2x2)   (N, 8, 8, 16)   mnist_segmentation.py:38
        _max_pool_shifts(s.h4, s.h4_pooled_shifts, out=s.h4_pooled)

        # bottom.conv_1                                         mnist_segmentation.py:38
        # z5 = conv(h4_pooled, W)                                        (N, 8, 8, 32)
        _conv_im2col(
            s.h4_pooled,
            p.bottom_conv_1_W,
            s.z5_columns,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_1                                   mnist_segmentation.py:38
        # z5_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z5_norm = (z5 - running_mean) * (gamma * z5_inv_std) + beta    (N, 8, 8, 32)
        np.subtract(s.z5, self.state.bottom_batch_norm_1_running_mean, out=s.z5_norm)
        np.add(self.state.bottom_batch_norm_1_running_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(
            p.bottom_batch_norm_1_gamma,
            s.z5_inv_std,
            out=s.bottom_batch_norm_1_times,
        )
        np.multiply(s.z5_norm, s.bottom_batch_norm_1_times, out=s.z5_norm)
        np.add(s.z5_norm, p.bottom_batch_norm_1_beta, out=s.z5_norm)

        # bottom.relu_1: h5 = relu(z5_norm)     (N, 8, 8, 32)   mnist_segmentation.py:38
        np.maximum(s.z5_norm, 0.0, out=s.h5)

        # bottom.conv_2: z6 = conv(h5, W)       (N, 8, 8, 32)   mnist_segmentation.py:38
        _conv_im2col(
            s.h5,
            p.bottom_conv_2_W,
            s.z6_columns,
            out=s.z6,
            padded=s.z6_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_2                                   mnist_segmentation.py:38
        # z6_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z6_norm = (z6 - running_mean) * (gamma * z6_inv_std) + beta    (N, 8, 8, 32)
        np.subtract(s.z6, self.state.bottom_batch_norm_2_running_mean, out=s.z6_norm)
        np.add(self.state.bottom_batch_norm_2_running_var, 1e-05, out=s.z6_inv_std)
        np.sqrt(s.z6_inv_std, out=s.z6_inv_std)
        np.divide(1.0, s.z6_inv_std, out=s.z6_inv_std)
        np.multiply(
            p.bottom_batch_norm_2_gamma,
            s.z6_inv_std,
            out=s.bottom_batch_norm_2_times,
        )
        np.multiply(s.z6_norm, s.bottom_batch_norm_2_times, out=s.z6_norm)
        np.add(s.z6_norm, p.bottom_batch_norm_2_beta, out=s.z6_norm)

        # bottom.relu_2: h6 = relu(z6_norm)     (N, 8, 8, 32)   mnist_segmentation.py:38
        np.maximum(s.z6_norm, 0.0, out=s.h6)

        # enlarge_2: h7 = conv^T(h6, W) + b   (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_col2im(s.h6, p.enlarge_2_W, s.h7_columns, out=s.h7, strides=(2, 2))
        np.add(s.h7, p.enlarge_2_b, out=s.h7)

        # h4_concat = [h4; h7]                (N, 16, 16, 32)   mnist_segmentation.py:38
        np.concatenate((s.h4, s.h7), axis=3, out=s.h4_concat)

        # up_2.conv_1                                           mnist_segmentation.py:38
        # z8 = conv(h4_concat, W)                                      (N, 16, 16, 16)
        _conv_im2col(
            s.h4_concat,
            p.up_2_conv_1_W,
            s.z8_columns,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_1                                     mnist_segmentation.py:38
        # z8_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z8_norm = (z8 - running_mean) * (gamma * z8_inv_std)         (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z8, self.state.up_2_batch_norm_1_running_mean, out=s.z8_norm)
        np.add(self.state.up_2_batch_norm_1_running_var, 1e-05, out=s.z8_inv_std)
        np.sqrt(s.z8_inv_std, out=s.z8_inv_std)
        np.divide(1.0, s.z8_inv_std, out=s.z8_inv_std)
        np.multiply(
            p.up_2_batch_norm_1_gamma,
            s.z8_inv_std,
            out=s.up_2_batch_norm_1_gamma_times,
        )
        np.multiply(s.z8_norm, s.up_2_batch_norm_1_gamma_times, out=s.z8_norm)
        np.add(s.z8_norm, p.up_2_batch_norm_1_beta, out=s.z8_norm)

        # up_2.relu_1: h8 = relu(z8_norm)     (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z8_norm, 0.0, out=s.h8)

        # up_2.conv_2: z9 = conv(h8, W)       (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_im2col(
            s.h8,
            p.up_2_conv_2_W,
            s.z9_columns,
            out=s.z9,
            padded=s.z9_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_2                                     mnist_segmentation.py:38
        # z9_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z9_norm = (z9 - running_mean) * (gamma * z9_inv_std)         (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z9, self.state.up_2_batch_norm_2_running_mean, out=s.z9_norm)
        np.add(self.state.up_2_batch_norm_2_running_var, 1e-05, out=s.z9_inv_std)
        np.sqrt(s.z9_inv_std, out=s.z9_inv_std)
        np.divide(1.0, s.z9_inv_std, out=s.z9_inv_std)
        np.multiply(
            p.up_2_batch_norm_2_gamma,
            s.z9_inv_std,
            out=s.up_2_batch_norm_2_gamma_times,
        )
        np.multiply(s.z9_norm, s.up_2_batch_norm_2_gamma_times, out=s.z9_norm)
        np.add(s.z9_norm, p.up_2_batch_norm_2_beta, out=s.z9_norm)

        # up_2.relu_2: h9 = relu(z9_norm)     (N, 16, 16, 16)   mnist_segmentation.py:38
        np.maximum(s.z9_norm, 0.0, out=s.h9)

        # enlarge_1: h10 = conv^T(h9, W) + b   (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_col2im(s.h9, p.enlarge_1_W, s.h10_columns, out=s.h10, strides=(2, 2))
        np.add(s.h10, p.enlarge_1_b, out=s.h10)

        # h2_concat = [h2; h10]               (N, 32, 32, 16)   mnist_segmentation.py:38
        np.concatenate((s.h2, s.h10), axis=3, out=s.h2_concat)

        # up_1.conv_1                                           mnist_segmentation.py:38
        # z11 = conv(h2_concat, W)                                      (N, 32, 32, 8)
        _conv_im2col(
            s.h2_concat,
            p.up_1_conv_1_W,
            s.z11_columns,
            out=s.z11,
            padded=s.z11_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_1                                     mnist_segmentation.py:38
        # z11_inv_std = 1 / sqrt(running_var + 1e-05)                             (8,)
        # z11_norm = (z11 - running_mean) * (gamma * z11_inv_std)       (N, 32, 32, 8)
        #     + beta
        np.subtract(s.z11, self.state.up_1_batch_norm_1_running_mean, out=s.z11_norm)
        np.add(self.state.up_1_batch_norm_1_running_var, 1e-05, out=s.z11_inv_std)
        np.sqrt(s.z11_inv_std, out=s.z11_inv_std)
        np.divide(1.0, s.z11_inv_std, out=s.z11_inv_std)
        np.multiply(
            p.up_1_batch_norm_1_gamma,
            s.z11_inv_std,
            out=s.up_1_batch_norm_1_gamma_times,
        )
        np.multiply(s.z11_norm, s.up_1_batch_norm_1_gamma_times, out=s.z11_norm)
        np.add(s.z11_norm, p.up_1_batch_norm_1_beta, out=s.z11_norm)

        # up_1.relu_1: h11 = relu(z11_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z11_norm, 0.0, out=s.h11)

        # up_1.conv_2: z12 = conv(h11, W)      (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_im2col(
            s.h11,
            p.up_1_conv_2_W,
            s.z12_columns,
            out=s.z12,
            padded=s.z12_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_2                                     mnist_segmentation.py:38
        # z12_inv_std = 1 / sqrt(running_var + 1e-05)                             (8,)
        # z12_norm = (z12 - running_mean) * (gamma * z12_inv_std)       (N, 32, 32, 8)
        #     + beta
        np.subtract(s.z12, self.state.up_1_batch_norm_2_running_mean, out=s.z12_norm)
        np.add(self.state.up_1_batch_norm_2_running_var, 1e-05, out=s.z12_inv_std)
        np.sqrt(s.z12_inv_std, out=s.z12_inv_std)
        np.divide(1.0, s.z12_inv_std, out=s.z12_inv_std)
        np.multiply(
            p.up_1_batch_norm_2_gamma,
            s.z12_inv_std,
            out=s.up_1_batch_norm_2_gamma_times,
        )
        np.multiply(s.z12_norm, s.up_1_batch_norm_2_gamma_times, out=s.z12_norm)
        np.add(s.z12_norm, p.up_1_batch_norm_2_beta, out=s.z12_norm)

        # up_1.relu_2: h12 = relu(z12_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.maximum(s.z12_norm, 0.0, out=s.h12)

        # classify                                              mnist_segmentation.py:38
        # logits = conv(h12, W) + b                                     (N, 32, 32, 2)
        np.dot(s.h12_reshape, s.classify_W_reshape, out=s.h12_product)
        np.add(s.h12_reshape_2, p.classify_b, out=s.logits)

        # softmax_cross_entropy                                 mnist_segmentation.py:45
        # loss = mean(-log_softmax(logits)[y])                                      ()
        s.logits.max(axis=3, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=3, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        y_reshape = y.reshape(1024 * s.n)
        np.add(y_reshape, s.row_starts, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_reshape_2, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, 1024 * s.n, out=s.loss)

        return s.loss[()]

    def _loss_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._loss[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_loss(x, y)
        _check_range("y", y, 2)
        return s

    def _plan_loss(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        _check("y", y, np.int64, ("N", 32, 32), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        units = -(-n // 16) * 16  # aligned
        memory = self._memory(131072 * units + 1211424)
        s.z1 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z1_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (28, 32, 32, 3, 3, 1),
        )
        s.z1_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (28, 34, 34, 1),
        )
        s.z1_norm = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z1_inv_std = _window(memory, 131072 * units + 1211392, np.float32, (8,))
        s.down_1_batch_norm_1_times = _window(
            memory,
            131072 * units + 1211392,
            np.float32,
            (8,),
        )
        s.h1 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z2 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z2_columns = _window(memory, 131072 * units, np.float32, (3, 32, 32, 3, 3, 8))
        s.z2_padded = _window(
            memory,
            131072 * units + 884736,
            np.float32,
            (3, 34, 34, 8),
        )
        s.z2_norm = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z2_inv_std = _window(memory, 131072 * units + 1211392, np.float32, (8,))
        s.down_1_batch_norm_2_times = _window(
            memory,
            131072 * units + 1211392,
            np.float32,
            (8,),
        )
        s.h2 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.h2_pooled = _window(memory, 32768 * units, np.float32, (n, 16, 16, 8))
        s.h2_pooled_shifts = _shifts((32, 32), (16, 16), (2, 2), strides=(2, 2))
        s.z3 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z3_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (14, 16, 16, 3, 3, 8),
        )
        s.z3_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (14, 18, 18, 8),
        )
        s.z3_norm = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z3_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.down_2_batch_norm_1_times = _window(memory, 131072 * units, np.float32, (16,))
        s.h3 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z4 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z4_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z4_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (7, 18, 18, 16),
        )
        s.z4_norm = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z4_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.down_2_batch_norm_2_times = _window(memory, 131072 * units, np.float32, (16,))
        s.h4 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.h4_pooled = _window(memory, 57344 * units, np.float32, (n, 8, 8, 16))
        s.h4_pooled_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.z5 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z5_columns = _window(memory, 131072 * units, np.float32, (28, 8, 8, 3, 3, 16))
        s.z5_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (28, 10, 10, 16),
        )
        s.z5_norm = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z5_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.bottom_batch_norm_1_times = _window(memory, 131072 * units, np.float32, (32,))
        s.h5 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z6 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z6_columns = _window(memory, 131072 * units, np.float32, (14, 8, 8, 3, 3, 32))
        s.z6_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (14, 10, 10, 32),
        )
        s.z6_norm = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z6_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.bottom_batch_norm_2_times = _window(memory, 131072 * units, np.float32, (32,))
        s.h6 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.h7 = _window(memory, 81920 * units, np.float32, (n, 16, 16, 16))
        s.h7_columns = _window(memory, 131072 * units, np.float32, (64, 8, 8, 2, 2, 16))
        s.h4_concat = _window(memory, 49152 * units, np.float32, (n, 16, 16, 32))
        s.z8 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z8_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.z8_padded = _window(
            memory,
            131072 * units + 884736,
            np.float32,
            (3, 18, 18, 32),
        )
        s.z8_norm = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z8_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.up_2_batch_norm_1_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (16,),
        )
        s.h8 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z9 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z9_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z9_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (7, 18, 18, 16),
        )
        s.z9_norm = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z9_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.up_2_batch_norm_2_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (16,),
        )
        s.h9 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.h10 = _window(memory, 98304 * units, np.float32, (n, 32, 32, 8))
        s.h10_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (32, 16, 16, 2, 2, 8),
        )
        s.h2_concat = _window(memory, 32768 * units, np.float32, (n, 32, 32, 16))
        s.z11 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z11_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (1, 32, 32, 3, 3, 16),
        )
        s.z11_padded = _window(
            memory,
            131072 * units + 589824,
            np.float32,
            (1, 34, 34, 16),
        )
        s.z11_norm = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z11_inv_std = _window(memory, 131072 * units + 1211392, np.float32, (8,))
        s.up_1_batch_norm_1_gamma_times = _window(
            memory,
            131072 * units + 1211392,
            np.float32,
            (8,),
        )
        s.h11 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z12 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z12_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.z12_padded = _window(
            memory,
            131072 * units + 884736,
            np.float32,
            (3, 34, 34, 8),
        )
        s.z12_norm = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z12_inv_std = _window(memory, 131072 * units + 1211392, np.float32, (8,))
        s.up_1_batch_norm_2_gamma_times = _window(
            memory,
            131072 * units + 1211392,
            np.float32,
            (8,),
        )
        s.h12 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.h12_reshape = s.h12.reshape(1024 * n, 8)
        s.classify_W_reshape = p.classify_W.reshape(8, 2)
        s.h12_product = _window(memory, 8192 * units, np.float32, (1024 * n, 2))
        s.h12_reshape_2 = s.h12_product.reshape(n, 32, 32, 2)
        s.logits = _window(memory, 0, np.float32, (n, 32, 32, 2))
        s.logits_max = _window(memory, 8192 * units, np.float32, (n, 32, 32, 1))
        s.logits_minus_max = _window(memory, 0, np.float32, (n, 32, 32, 2))
        s.logits_exp = _window(memory, 12288 * units, np.float32, (n, 32, 32, 2))
        s.logits_sum = _window(memory, 8192 * units, np.float32, (n, 32, 32, 1))
        s.logits_log = _window(memory, 8192 * units, np.float32, (n, 32, 32, 1))
        s.logits_reshape = s.logits_log.reshape(n, 32, 32)
        s.iota = np.arange(1024 * n, dtype=np.int64)
        s.row_starts = s.iota * 2
        s.y_position = _window(memory, 16384 * units, np.int64, (1024 * n,))
        s.logits_take = _window(memory, 12288 * units, np.float32, (1024 * n,))
        s.logits_reshape_2 = s.logits_take.reshape(n, 32, 32)
        s.logits_minus = _window(memory, 0, np.float32, (n, 32, 32))
        s.loss = _window(memory, 131072 * units + 1211392, np.float32, ())
        self._loss[x.dtype, x.shape, y.dtype, y.shape] = s
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


def _max_pool_gradient_shifts(index, g, chosen, part, shifts, out):
    """What max pooling passes back: g at the place of the largest of each window."""
    out.fill(0)
    for place, (_, outs, ins) in enumerate(shifts):
        np.equal(index, place, out=chosen)
        np.multiply(g, chosen, out=part)
        np.add(out[ins], part[outs], out=out[ins])


def _max_pool_index_shifts(x, y, before, different, shifts, out):
    """The place of the first largest element in each window: how many come before it.

    y is what the windows are pooled to; a NaN is equal to nothing.
    """
    out.fill(0)
    before.fill(True)
    for _, outs, ins in shifts:
        np.not_equal(x[ins], y[outs], out=different[outs])
        np.logical_and(before[outs], different[outs], out=before[outs])
        np.add(out, before.view(np.uint8), out=out)


def _max_pool_shifts(x, shifts, out):
    """The largest of what a window sees: for each place in it, the images shifted so."""
    out.fill(-np.inf)
    for _, outs, ins in shifts:
        np.maximum(out[outs], x[ins], out=out[outs])


def _padded(x, out, low):
    """Images with zeros around them, in out; as they are if out is None."""
    if out is None:
        return x
    out = out[: len(x)]
    out.fill(0)
    inside = [slice(a, a + n) for a, n in zip(low, x.shape[1:-1])]
    out[(slice(None), *inside)] = x
    return out


def _shifts(
    sizes,
    outputs,
    kernel,
    low=(0, 0, 0),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """For each position in a kernel, the outputs that read inputs there, and those inputs.

    Output i reads input i s + k d - low; where that is padding, it is left out.
    """
    found = []
    for position in np.ndindex(*kernel):
        outs, ins = [slice(None)], [slice(None)]
        for k, n, m, a, s, d in zip(position, sizes, outputs, low, strides, dilation):
            offset = k * d - a
            first = min(max(-(offset // s), 0), m)
            count = max(min((n - 1 - offset) // s + 1, m) - first, 0)
            start = max(first * s + offset, 0)
            outs.append(slice(first, first + count))
            ins.append(slice(start, start + count * s, s))
        found.append((position, tuple(outs), tuple(ins)))
    return found


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
    parser.add_argument("--weights", default="mnist_segmentation.npz")
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
    m = MnistSegmentation(seed=options.seed)
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
