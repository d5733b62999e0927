"""mnist_segmentation: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 32, 32, 1)
Targets    y   int64 (N, 32, 32)
Outputs    classes   int64 (N, 32, 32)
Parameters 121,123 in 50 arrays
Optimiser  Adam(cosine(0.005, 750, floor=1e-05))

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
    FINGERPRINT = "e2203b6f377c99f5"
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
        "down_3.conv_1.W": ("params", "down_3_conv_1_W"),
        "down_3.batch_norm_1.gamma": ("params", "down_3_batch_norm_1_gamma"),
        "down_3.batch_norm_1.beta": ("params", "down_3_batch_norm_1_beta"),
        "down_3.conv_2.W": ("params", "down_3_conv_2_W"),
        "down_3.batch_norm_2.gamma": ("params", "down_3_batch_norm_2_gamma"),
        "down_3.batch_norm_2.beta": ("params", "down_3_batch_norm_2_beta"),
        "bottom.conv_1.W": ("params", "bottom_conv_1_W"),
        "bottom.batch_norm_1.gamma": ("params", "bottom_batch_norm_1_gamma"),
        "bottom.batch_norm_1.beta": ("params", "bottom_batch_norm_1_beta"),
        "bottom.conv_2.W": ("params", "bottom_conv_2_W"),
        "bottom.batch_norm_2.gamma": ("params", "bottom_batch_norm_2_gamma"),
        "bottom.batch_norm_2.beta": ("params", "bottom_batch_norm_2_beta"),
        "enlarge_3.W": ("params", "enlarge_3_W"),
        "enlarge_3.b": ("params", "enlarge_3_b"),
        "up_3.conv_1.W": ("params", "up_3_conv_1_W"),
        "up_3.batch_norm_1.gamma": ("params", "up_3_batch_norm_1_gamma"),
        "up_3.batch_norm_1.beta": ("params", "up_3_batch_norm_1_beta"),
        "up_3.conv_2.W": ("params", "up_3_conv_2_W"),
        "up_3.batch_norm_2.gamma": ("params", "up_3_batch_norm_2_gamma"),
        "up_3.batch_norm_2.beta": ("params", "up_3_batch_norm_2_beta"),
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
        "down_3.conv_1.W.momentum": ("momentum", "down_3_conv_1_W"),
        "down_3.batch_norm_1.gamma.momentum": ("momentum", "down_3_batch_norm_1_gamma"),
        "down_3.batch_norm_1.beta.momentum": ("momentum", "down_3_batch_norm_1_beta"),
        "down_3.conv_2.W.momentum": ("momentum", "down_3_conv_2_W"),
        "down_3.batch_norm_2.gamma.momentum": ("momentum", "down_3_batch_norm_2_gamma"),
        "down_3.batch_norm_2.beta.momentum": ("momentum", "down_3_batch_norm_2_beta"),
        "bottom.conv_1.W.momentum": ("momentum", "bottom_conv_1_W"),
        "bottom.batch_norm_1.gamma.momentum": ("momentum", "bottom_batch_norm_1_gamma"),
        "bottom.batch_norm_1.beta.momentum": ("momentum", "bottom_batch_norm_1_beta"),
        "bottom.conv_2.W.momentum": ("momentum", "bottom_conv_2_W"),
        "bottom.batch_norm_2.gamma.momentum": ("momentum", "bottom_batch_norm_2_gamma"),
        "bottom.batch_norm_2.beta.momentum": ("momentum", "bottom_batch_norm_2_beta"),
        "enlarge_3.W.momentum": ("momentum", "enlarge_3_W"),
        "enlarge_3.b.momentum": ("momentum", "enlarge_3_b"),
        "up_3.conv_1.W.momentum": ("momentum", "up_3_conv_1_W"),
        "up_3.batch_norm_1.gamma.momentum": ("momentum", "up_3_batch_norm_1_gamma"),
        "up_3.batch_norm_1.beta.momentum": ("momentum", "up_3_batch_norm_1_beta"),
        "up_3.conv_2.W.momentum": ("momentum", "up_3_conv_2_W"),
        "up_3.batch_norm_2.gamma.momentum": ("momentum", "up_3_batch_norm_2_gamma"),
        "up_3.batch_norm_2.beta.momentum": ("momentum", "up_3_batch_norm_2_beta"),
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
        "down_1.conv_1.W.squares": ("squares", "down_1_conv_1_W"),
        "down_1.batch_norm_1.gamma.squares": ("squares", "down_1_batch_norm_1_gamma"),
        "down_1.batch_norm_1.beta.squares": ("squares", "down_1_batch_norm_1_beta"),
        "down_1.conv_2.W.squares": ("squares", "down_1_conv_2_W"),
        "down_1.batch_norm_2.gamma.squares": ("squares", "down_1_batch_norm_2_gamma"),
        "down_1.batch_norm_2.beta.squares": ("squares", "down_1_batch_norm_2_beta"),
        "down_2.conv_1.W.squares": ("squares", "down_2_conv_1_W"),
        "down_2.batch_norm_1.gamma.squares": ("squares", "down_2_batch_norm_1_gamma"),
        "down_2.batch_norm_1.beta.squares": ("squares", "down_2_batch_norm_1_beta"),
        "down_2.conv_2.W.squares": ("squares", "down_2_conv_2_W"),
        "down_2.batch_norm_2.gamma.squares": ("squares", "down_2_batch_norm_2_gamma"),
        "down_2.batch_norm_2.beta.squares": ("squares", "down_2_batch_norm_2_beta"),
        "down_3.conv_1.W.squares": ("squares", "down_3_conv_1_W"),
        "down_3.batch_norm_1.gamma.squares": ("squares", "down_3_batch_norm_1_gamma"),
        "down_3.batch_norm_1.beta.squares": ("squares", "down_3_batch_norm_1_beta"),
        "down_3.conv_2.W.squares": ("squares", "down_3_conv_2_W"),
        "down_3.batch_norm_2.gamma.squares": ("squares", "down_3_batch_norm_2_gamma"),
        "down_3.batch_norm_2.beta.squares": ("squares", "down_3_batch_norm_2_beta"),
        "bottom.conv_1.W.squares": ("squares", "bottom_conv_1_W"),
        "bottom.batch_norm_1.gamma.squares": ("squares", "bottom_batch_norm_1_gamma"),
        "bottom.batch_norm_1.beta.squares": ("squares", "bottom_batch_norm_1_beta"),
        "bottom.conv_2.W.squares": ("squares", "bottom_conv_2_W"),
        "bottom.batch_norm_2.gamma.squares": ("squares", "bottom_batch_norm_2_gamma"),
        "bottom.batch_norm_2.beta.squares": ("squares", "bottom_batch_norm_2_beta"),
        "enlarge_3.W.squares": ("squares", "enlarge_3_W"),
        "enlarge_3.b.squares": ("squares", "enlarge_3_b"),
        "up_3.conv_1.W.squares": ("squares", "up_3_conv_1_W"),
        "up_3.batch_norm_1.gamma.squares": ("squares", "up_3_batch_norm_1_gamma"),
        "up_3.batch_norm_1.beta.squares": ("squares", "up_3_batch_norm_1_beta"),
        "up_3.conv_2.W.squares": ("squares", "up_3_conv_2_W"),
        "up_3.batch_norm_2.gamma.squares": ("squares", "up_3_batch_norm_2_gamma"),
        "up_3.batch_norm_2.beta.squares": ("squares", "up_3_batch_norm_2_beta"),
        "enlarge_2.W.squares": ("squares", "enlarge_2_W"),
        "enlarge_2.b.squares": ("squares", "enlarge_2_b"),
        "up_2.conv_1.W.squares": ("squares", "up_2_conv_1_W"),
        "up_2.batch_norm_1.gamma.squares": ("squares", "up_2_batch_norm_1_gamma"),
        "up_2.batch_norm_1.beta.squares": ("squares", "up_2_batch_norm_1_beta"),
        "up_2.conv_2.W.squares": ("squares", "up_2_conv_2_W"),
        "up_2.batch_norm_2.gamma.squares": ("squares", "up_2_batch_norm_2_gamma"),
        "up_2.batch_norm_2.beta.squares": ("squares", "up_2_batch_norm_2_beta"),
        "enlarge_1.W.squares": ("squares", "enlarge_1_W"),
        "enlarge_1.b.squares": ("squares", "enlarge_1_b"),
        "up_1.conv_1.W.squares": ("squares", "up_1_conv_1_W"),
        "up_1.batch_norm_1.gamma.squares": ("squares", "up_1_batch_norm_1_gamma"),
        "up_1.batch_norm_1.beta.squares": ("squares", "up_1_batch_norm_1_beta"),
        "up_1.conv_2.W.squares": ("squares", "up_1_conv_2_W"),
        "up_1.batch_norm_2.gamma.squares": ("squares", "up_1_batch_norm_2_gamma"),
        "up_1.batch_norm_2.beta.squares": ("squares", "up_1_batch_norm_2_beta"),
        "classify.W.squares": ("squares", "classify_W"),
        "classify.b.squares": ("squares", "classify_b"),
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
        "down_3.batch_norm_1.running_mean": (
            "state",
            "down_3_batch_norm_1_running_mean",
        ),
        "down_3.batch_norm_1.running_var": ("state", "down_3_batch_norm_1_running_var"),
        "down_3.batch_norm_2.running_mean": (
            "state",
            "down_3_batch_norm_2_running_mean",
        ),
        "down_3.batch_norm_2.running_var": ("state", "down_3_batch_norm_2_running_var"),
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
        "up_3.batch_norm_1.running_mean": ("state", "up_3_batch_norm_1_running_mean"),
        "up_3.batch_norm_1.running_var": ("state", "up_3_batch_norm_1_running_var"),
        "up_3.batch_norm_2.running_mean": ("state", "up_3_batch_norm_2_running_mean"),
        "up_3.batch_norm_2.running_var": ("state", "up_3_batch_norm_2_running_var"),
        "up_2.batch_norm_1.running_mean": ("state", "up_2_batch_norm_1_running_mean"),
        "up_2.batch_norm_1.running_var": ("state", "up_2_batch_norm_1_running_var"),
        "up_2.batch_norm_2.running_mean": ("state", "up_2_batch_norm_2_running_mean"),
        "up_2.batch_norm_2.running_var": ("state", "up_2_batch_norm_2_running_var"),
        "up_1.batch_norm_1.running_mean": ("state", "up_1_batch_norm_1_running_mean"),
        "up_1.batch_norm_1.running_var": ("state", "up_1_batch_norm_1_running_var"),
        "up_1.batch_norm_2.running_mean": ("state", "up_1_batch_norm_2_running_mean"),
        "up_1.batch_norm_2.running_var": ("state", "up_1_batch_norm_2_running_var"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(121123, np.float32),
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
                "down_3_conv_1_W": (3, 3, 16, 32),
                "down_3_batch_norm_1_gamma": (32,),
                "down_3_batch_norm_1_beta": (32,),
                "down_3_conv_2_W": (3, 3, 32, 32),
                "down_3_batch_norm_2_gamma": (32,),
                "down_3_batch_norm_2_beta": (32,),
                "bottom_conv_1_W": (3, 3, 32, 64),
                "bottom_batch_norm_1_gamma": (64,),
                "bottom_batch_norm_1_beta": (64,),
                "bottom_conv_2_W": (3, 3, 64, 64),
                "bottom_batch_norm_2_gamma": (64,),
                "bottom_batch_norm_2_beta": (64,),
                "enlarge_3_W": (2, 2, 32, 64),
                "enlarge_3_b": (32,),
                "up_3_conv_1_W": (3, 3, 64, 32),
                "up_3_batch_norm_1_gamma": (32,),
                "up_3_batch_norm_1_beta": (32,),
                "up_3_conv_2_W": (3, 3, 32, 32),
                "up_3_batch_norm_2_gamma": (32,),
                "up_3_batch_norm_2_beta": (32,),
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
                "classify_W": (1, 1, 8, 11),
                "classify_b": (11,),
            },
        )
        self.grads = _Views(_vector(121123, np.float32), self.params.shapes)
        self.stats = _Views(
            _vector(704, np.float32),
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
                "z7_mean": (64,),
                "z7_unbiased_var": (64,),
                "z8_mean": (64,),
                "z8_unbiased_var": (64,),
                "z10_mean": (32,),
                "z10_unbiased_var": (32,),
                "z11_mean": (32,),
                "z11_unbiased_var": (32,),
                "z13_mean": (16,),
                "z13_unbiased_var": (16,),
                "z14_mean": (16,),
                "z14_unbiased_var": (16,),
                "z16_mean": (8,),
                "z16_unbiased_var": (8,),
                "z17_mean": (8,),
                "z17_unbiased_var": (8,),
            },
        )
        self.momentum = _Views(_vector(121123, np.float32), self.params.shapes)
        self.squares = _Views(_vector(121123, np.float32), self.params.shapes)
        self.state = SimpleNamespace(
            down_1_batch_norm_1_running_mean=np.zeros((8,), dtype=np.float32),
            down_1_batch_norm_1_running_var=np.zeros((8,), dtype=np.float32),
            down_1_batch_norm_2_running_mean=np.zeros((8,), dtype=np.float32),
            down_1_batch_norm_2_running_var=np.zeros((8,), dtype=np.float32),
            down_2_batch_norm_1_running_mean=np.zeros((16,), dtype=np.float32),
            down_2_batch_norm_1_running_var=np.zeros((16,), dtype=np.float32),
            down_2_batch_norm_2_running_mean=np.zeros((16,), dtype=np.float32),
            down_2_batch_norm_2_running_var=np.zeros((16,), dtype=np.float32),
            down_3_batch_norm_1_running_mean=np.zeros((32,), dtype=np.float32),
            down_3_batch_norm_1_running_var=np.zeros((32,), dtype=np.float32),
            down_3_batch_norm_2_running_mean=np.zeros((32,), dtype=np.float32),
            down_3_batch_norm_2_running_var=np.zeros((32,), dtype=np.float32),
            bottom_batch_norm_1_running_mean=np.zeros((64,), dtype=np.float32),
            bottom_batch_norm_1_running_var=np.zeros((64,), dtype=np.float32),
            bottom_batch_norm_2_running_mean=np.zeros((64,), dtype=np.float32),
            bottom_batch_norm_2_running_var=np.zeros((64,), dtype=np.float32),
            up_3_batch_norm_1_running_mean=np.zeros((32,), dtype=np.float32),
            up_3_batch_norm_1_running_var=np.zeros((32,), dtype=np.float32),
            up_3_batch_norm_2_running_mean=np.zeros((32,), dtype=np.float32),
            up_3_batch_norm_2_running_var=np.zeros((32,), dtype=np.float32),
            up_2_batch_norm_1_running_mean=np.zeros((16,), dtype=np.float32),
            up_2_batch_norm_1_running_var=np.zeros((16,), dtype=np.float32),
            up_2_batch_norm_2_running_mean=np.zeros((16,), dtype=np.float32),
            up_2_batch_norm_2_running_var=np.zeros((16,), dtype=np.float32),
            up_1_batch_norm_1_running_mean=np.zeros((8,), dtype=np.float32),
            up_1_batch_norm_1_running_var=np.zeros((8,), dtype=np.float32),
            up_1_batch_norm_2_running_mean=np.zeros((8,), dtype=np.float32),
            up_1_batch_norm_2_running_var=np.zeros((8,), dtype=np.float32),
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
        down_1_conv_1_noise = rng.standard_normal((3, 3, 1, 8), dtype=np.float32)
        new_down_1_conv_1_W = down_1_conv_1_noise * 0.47140452
        down_1_conv_2_noise = rng.standard_normal((3, 3, 8, 8), dtype=np.float32)
        new_down_1_conv_2_W = down_1_conv_2_noise * 0.16666667
        down_2_conv_1_noise = rng.standard_normal((3, 3, 8, 16), dtype=np.float32)
        new_down_2_conv_1_W = down_2_conv_1_noise * 0.16666667
        down_2_conv_2_noise = rng.standard_normal((3, 3, 16, 16), dtype=np.float32)
        new_down_2_conv_2_W = down_2_conv_2_noise * 0.11785113
        down_3_conv_1_noise = rng.standard_normal((3, 3, 16, 32), dtype=np.float32)
        new_down_3_conv_1_W = down_3_conv_1_noise * 0.11785113
        down_3_conv_2_noise = rng.standard_normal((3, 3, 32, 32), dtype=np.float32)
        new_down_3_conv_2_W = down_3_conv_2_noise * 0.083333336
        bottom_conv_1_noise = rng.standard_normal((3, 3, 32, 64), dtype=np.float32)
        new_bottom_conv_1_W = bottom_conv_1_noise * 0.083333336
        bottom_conv_2_noise = rng.standard_normal((3, 3, 64, 64), dtype=np.float32)
        new_bottom_conv_2_W = bottom_conv_2_noise * 0.058925565
        enlarge_3_noise = rng.standard_normal((2, 2, 32, 64), dtype=np.float32)
        new_enlarge_3_W = enlarge_3_noise * 0.125
        up_3_conv_1_noise = rng.standard_normal((3, 3, 64, 32), dtype=np.float32)
        new_up_3_conv_1_W = up_3_conv_1_noise * 0.058925565
        up_3_conv_2_noise = rng.standard_normal((3, 3, 32, 32), dtype=np.float32)
        new_up_3_conv_2_W = up_3_conv_2_noise * 0.083333336
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
        classify_draw = rng.random((1, 1, 8, 11), dtype=np.float32)
        new_classify_W = classify_draw * 1.1239029 + -0.56195146
        up_1_batch_norm_2_running_var = np.broadcast_to(np.float32(1.0), (8,))
        up_2_batch_norm_2_running_var = np.broadcast_to(np.float32(1.0), (16,))
        up_3_batch_norm_2_running_var = np.broadcast_to(np.float32(1.0), (32,))
        batch_norm_2_running_var = np.broadcast_to(np.float32(1.0), (64,))
        p.down_1_conv_1_W[...] = new_down_1_conv_1_W
        p.down_1_batch_norm_1_gamma[...] = up_1_batch_norm_2_running_var
        p.down_1_conv_2_W[...] = new_down_1_conv_2_W
        p.down_1_batch_norm_2_gamma[...] = up_1_batch_norm_2_running_var
        p.down_2_conv_1_W[...] = new_down_2_conv_1_W
        p.down_2_batch_norm_1_gamma[...] = up_2_batch_norm_2_running_var
        p.down_2_conv_2_W[...] = new_down_2_conv_2_W
        p.down_2_batch_norm_2_gamma[...] = up_2_batch_norm_2_running_var
        p.down_3_conv_1_W[...] = new_down_3_conv_1_W
        p.down_3_batch_norm_1_gamma[...] = up_3_batch_norm_2_running_var
        p.down_3_conv_2_W[...] = new_down_3_conv_2_W
        p.down_3_batch_norm_2_gamma[...] = up_3_batch_norm_2_running_var
        p.bottom_conv_1_W[...] = new_bottom_conv_1_W
        p.bottom_batch_norm_1_gamma[...] = batch_norm_2_running_var
        p.bottom_conv_2_W[...] = new_bottom_conv_2_W
        p.bottom_batch_norm_2_gamma[...] = batch_norm_2_running_var
        p.enlarge_3_W[...] = new_enlarge_3_W
        p.up_3_conv_1_W[...] = new_up_3_conv_1_W
        p.up_3_batch_norm_1_gamma[...] = up_3_batch_norm_2_running_var
        p.up_3_conv_2_W[...] = new_up_3_conv_2_W
        p.up_3_batch_norm_2_gamma[...] = up_3_batch_norm_2_running_var
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
        self.state.down_3_batch_norm_1_running_var[...] = up_3_batch_norm_2_running_var
        self.state.down_3_batch_norm_2_running_var[...] = up_3_batch_norm_2_running_var
        self.state.bottom_batch_norm_1_running_var[...] = batch_norm_2_running_var
        self.state.bottom_batch_norm_2_running_var[...] = batch_norm_2_running_var
        self.state.up_3_batch_norm_1_running_var[...] = up_3_batch_norm_2_running_var
        self.state.up_3_batch_norm_2_running_var[...] = up_3_batch_norm_2_running_var
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
            "down_3.conv_1.W": d.down_3_conv_1_W.copy(),
            "down_3.batch_norm_1.gamma": d.down_3_batch_norm_1_gamma.copy(),
            "down_3.batch_norm_1.beta": d.down_3_batch_norm_1_beta.copy(),
            "down_3.conv_2.W": d.down_3_conv_2_W.copy(),
            "down_3.batch_norm_2.gamma": d.down_3_batch_norm_2_gamma.copy(),
            "down_3.batch_norm_2.beta": d.down_3_batch_norm_2_beta.copy(),
            "bottom.conv_1.W": d.bottom_conv_1_W.copy(),
            "bottom.batch_norm_1.gamma": d.bottom_batch_norm_1_gamma.copy(),
            "bottom.batch_norm_1.beta": d.bottom_batch_norm_1_beta.copy(),
            "bottom.conv_2.W": d.bottom_conv_2_W.copy(),
            "bottom.batch_norm_2.gamma": d.bottom_batch_norm_2_gamma.copy(),
            "bottom.batch_norm_2.beta": d.bottom_batch_norm_2_beta.copy(),
            "enlarge_3.W": d.enlarge_3_W.copy(),
            "enlarge_3.b": d.enlarge_3_b.copy(),
            "up_3.conv_1.W": d.up_3_conv_1_W.copy(),
            "up_3.batch_norm_1.gamma": d.up_3_batch_norm_1_gamma.copy(),
            "up_3.batch_norm_1.beta": d.up_3_batch_norm_1_beta.copy(),
            "up_3.conv_2.W": d.up_3_conv_2_W.copy(),
            "up_3.batch_norm_2.gamma": d.up_3_batch_norm_2_gamma.copy(),
            "up_3.batch_norm_2.beta": d.up_3_batch_norm_2_beta.copy(),
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
        # down_1.conv_1: z1 = conv(x, W)       (N, 32, 32, 8)   mnist_segmentation.py:37
        _conv_im2col(
            x,
            p.down_1_conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_1                                   mnist_segmentation.py:37
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

        # down_1.relu_1: h1 = relu(z1_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # down_1.conv_2: z2 = conv(h1, W)      (N, 32, 32, 8)   mnist_segmentation.py:37
        _conv_im2col(
            s.h1,
            p.down_1_conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_2                                   mnist_segmentation.py:37
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

        # down_1.relu_2: h2 = relu(z2_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # pool                                                  mnist_segmentation.py:37
        # h2_pooled = max_pool(h2, 2x2)                                 (N, 16, 16, 8)
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # down_2.conv_1                                         mnist_segmentation.py:37
        # z3 = conv(h2_pooled, W)                                      (N, 16, 16, 16)
        _conv_im2col(
            s.h2_pooled,
            p.down_2_conv_1_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_1                                   mnist_segmentation.py:37
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

        # down_2.relu_1: h3 = relu(z3_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z3_norm, 0.0, out=s.h3)

        # down_2.conv_2: z4 = conv(h3, W)     (N, 16, 16, 16)   mnist_segmentation.py:37
        _conv_im2col(
            s.h3,
            p.down_2_conv_2_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_2                                   mnist_segmentation.py:37
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

        # down_2.relu_2: h4 = relu(z4_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # pool: h4_pooled = max_pool(h4, 2x2)   (N, 8, 8, 16)   mnist_segmentation.py:37
        _max_pool_shifts(s.h4, s.h4_pooled_shifts, out=s.h4_pooled)

        # down_3.conv_1                                         mnist_segmentation.py:37
        # z5 = conv(h4_pooled, W)                                        (N, 8, 8, 32)
        _conv_im2col(
            s.h4_pooled,
            p.down_3_conv_1_W,
            s.z5_columns,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # down_3.batch_norm_1                                   mnist_segmentation.py:37
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
        np.multiply(s.z5_hat, p.down_3_batch_norm_1_gamma, out=s.z5_norm)
        np.add(s.z5_norm, p.down_3_batch_norm_1_beta, out=s.z5_norm)

        # down_3.relu_1: h5 = relu(z5_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z5_norm, 0.0, out=s.h5)

        # down_3.conv_2: z6 = conv(h5, W)       (N, 8, 8, 32)   mnist_segmentation.py:37
        _conv_im2col(
            s.h5,
            p.down_3_conv_2_W,
            s.z6_columns,
            out=s.z6,
            padded=s.z6_padded,
            low=(1, 1),
        )

        # down_3.batch_norm_2                                   mnist_segmentation.py:37
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
        np.multiply(s.z6_hat, p.down_3_batch_norm_2_gamma, out=s.z6_norm)
        np.add(s.z6_norm, p.down_3_batch_norm_2_beta, out=s.z6_norm)

        # down_3.relu_2: h6 = relu(z6_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z6_norm, 0.0, out=s.h6)

        # pool: h6_pooled = max_pool(h6, 2x2)   (N, 4, 4, 32)   mnist_segmentation.py:37
        _max_pool_shifts(s.h6, s.h6_pooled_shifts, out=s.h6_pooled)

        # bottom.conv_1                                         mnist_segmentation.py:37
        # z7 = conv(h6_pooled, W)                                        (N, 4, 4, 64)
        _conv_winograd(
            s.h6_pooled,
            p.bottom_conv_1_W,
            s.z7_tiles,
            s.z7_inputs,
            s.z7_filters,
            s.z7_products,
            s.z7_outputs,
            s.z7_transforms,
            out=s.z7,
            padded=s.z7_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_1                                   mnist_segmentation.py:37
        # z7_mean = mean(z7, axes 0, 1, 2)                                       (64,)
        # z7_var = mean(square(z7 - z7_mean), axes 0, 1, 2)                      (64,)
        # z7_inv_std = 1 / sqrt(z7_var + 1e-05)                                  (64,)
        # z7_hat = (z7 - mean) / sqrt(var + 1e-05)                       (N, 4, 4, 64)
        # z7_norm = z7_hat * gamma + beta                                (N, 4, 4, 64)
        np.dot(s.ones_4, s.z7_reshape, out=stats.z7_mean)
        np.divide(stats.z7_mean, 16 * s.n, out=stats.z7_mean)
        np.subtract(s.z7, stats.z7_mean, out=s.z7_hat)
        np.square(s.z7_hat, out=s.z7_hat_square)
        np.dot(s.ones_4, s.z7_hat_reshape, out=stats.z7_unbiased_var)
        np.divide(stats.z7_unbiased_var, 16 * s.n, out=stats.z7_unbiased_var)
        np.add(stats.z7_unbiased_var, 1e-05, out=s.z7_inv_std)
        np.sqrt(s.z7_inv_std, out=s.z7_inv_std)
        np.divide(1.0, s.z7_inv_std, out=s.z7_inv_std)
        np.multiply(s.z7_hat, s.z7_inv_std, out=s.z7_hat)
        np.multiply(s.z7_hat, p.bottom_batch_norm_1_gamma, out=s.z7_norm)
        np.add(s.z7_norm, p.bottom_batch_norm_1_beta, out=s.z7_norm)

        # bottom.relu_1: h7 = relu(z7_norm)     (N, 4, 4, 64)   mnist_segmentation.py:37
        np.maximum(s.z7_norm, 0.0, out=s.h7)

        # bottom.conv_2: z8 = conv(h7, W)       (N, 4, 4, 64)   mnist_segmentation.py:37
        _conv_winograd(
            s.h7,
            p.bottom_conv_2_W,
            s.z8_tiles,
            s.z8_inputs,
            s.z8_filters,
            s.z8_products,
            s.z8_outputs,
            s.z8_transforms,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_2                                   mnist_segmentation.py:37
        # z8_mean = mean(z8, axes 0, 1, 2)                                       (64,)
        # z8_var = mean(square(z8 - z8_mean), axes 0, 1, 2)                      (64,)
        # z8_inv_std = 1 / sqrt(z8_var + 1e-05)                                  (64,)
        # z8_hat = (z8 - mean) / sqrt(var + 1e-05)                       (N, 4, 4, 64)
        # z8_norm = z8_hat * gamma + beta                                (N, 4, 4, 64)
        np.dot(s.ones_4, s.z8_reshape, out=stats.z8_mean)
        np.divide(stats.z8_mean, 16 * s.n, out=stats.z8_mean)
        np.subtract(s.z8, stats.z8_mean, out=s.z8_hat)
        np.square(s.z8_hat, out=s.z8_hat_square)
        np.dot(s.ones_4, s.z8_hat_reshape, out=stats.z8_unbiased_var)
        np.divide(stats.z8_unbiased_var, 16 * s.n, out=stats.z8_unbiased_var)
        np.add(stats.z8_unbiased_var, 1e-05, out=s.z8_inv_std)
        np.sqrt(s.z8_inv_std, out=s.z8_inv_std)
        np.divide(1.0, s.z8_inv_std, out=s.z8_inv_std)
        np.multiply(s.z8_hat, s.z8_inv_std, out=s.z8_hat)
        np.multiply(s.z8_hat, p.bottom_batch_norm_2_gamma, out=s.z8_norm)
        np.add(s.z8_norm, p.bottom_batch_norm_2_beta, out=s.z8_norm)

        # bottom.relu_2: h8 = relu(z8_norm)     (N, 4, 4, 64)   mnist_segmentation.py:37
        np.maximum(s.z8_norm, 0.0, out=s.h8)

        # enlarge_3: h9 = conv^T(h8, W) + b     (N, 8, 8, 32)   mnist_segmentation.py:37
        _conv_col2im(s.h8, p.enlarge_3_W, s.h9_columns, out=s.h9, strides=(2, 2))
        np.add(s.h9, p.enlarge_3_b, out=s.h9)

        # h6_concat = [h6; h9]                  (N, 8, 8, 64)   mnist_segmentation.py:37
        np.concatenate((s.h6, s.h9), axis=3, out=s.h6_concat)

        # up_3.conv_1                                           mnist_segmentation.py:37
        # z10 = conv(h6_concat, W)                                       (N, 8, 8, 32)
        _conv_winograd(
            s.h6_concat,
            p.up_3_conv_1_W,
            s.z10_tiles,
            s.z10_inputs,
            s.z10_filters,
            s.z10_products,
            s.z10_outputs,
            s.z10_transforms,
            out=s.z10,
            padded=s.z10_padded,
            low=(1, 1),
        )

        # up_3.batch_norm_1                                     mnist_segmentation.py:37
        # z10_mean = mean(z10, axes 0, 1, 2)                                     (32,)
        # z10_var = mean(square(z10 - z10_mean), axes 0, 1, 2)                   (32,)
        # z10_inv_std = 1 / sqrt(z10_var + 1e-05)                                (32,)
        # z10_hat = (z10 - mean) / sqrt(var + 1e-05)                     (N, 8, 8, 32)
        # z10_norm = z10_hat * gamma + beta                              (N, 8, 8, 32)
        np.dot(s.ones_3, s.z10_reshape, out=stats.z10_mean)
        np.divide(stats.z10_mean, 64 * s.n, out=stats.z10_mean)
        np.subtract(s.z10, stats.z10_mean, out=s.z10_hat)
        np.square(s.z10_hat, out=s.z10_hat_square)
        np.dot(s.ones_3, s.z10_hat_reshape, out=stats.z10_unbiased_var)
        np.divide(stats.z10_unbiased_var, 64 * s.n, out=stats.z10_unbiased_var)
        np.add(stats.z10_unbiased_var, 1e-05, out=s.z10_inv_std)
        np.sqrt(s.z10_inv_std, out=s.z10_inv_std)
        np.divide(1.0, s.z10_inv_std, out=s.z10_inv_std)
        np.multiply(s.z10_hat, s.z10_inv_std, out=s.z10_hat)
        np.multiply(s.z10_hat, p.up_3_batch_norm_1_gamma, out=s.z10_norm)
        np.add(s.z10_norm, p.up_3_batch_norm_1_beta, out=s.z10_norm)

        # up_3.relu_1: h10 = relu(z10_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z10_norm, 0.0, out=s.h10)

        # up_3.conv_2: z11 = conv(h10, W)       (N, 8, 8, 32)   mnist_segmentation.py:37
        _conv_im2col(
            s.h10,
            p.up_3_conv_2_W,
            s.z11_columns,
            out=s.z11,
            padded=s.z11_padded,
            low=(1, 1),
        )

        # up_3.batch_norm_2                                     mnist_segmentation.py:37
        # z11_mean = mean(z11, axes 0, 1, 2)                                     (32,)
        # z11_var = mean(square(z11 - z11_mean), axes 0, 1, 2)                   (32,)
        # z11_inv_std = 1 / sqrt(z11_var + 1e-05)                                (32,)
        # z11_hat = (z11 - mean) / sqrt(var + 1e-05)                     (N, 8, 8, 32)
        # z11_norm = z11_hat * gamma + beta                              (N, 8, 8, 32)
        np.dot(s.ones_3, s.z11_reshape, out=stats.z11_mean)
        np.divide(stats.z11_mean, 64 * s.n, out=stats.z11_mean)
        np.subtract(s.z11, stats.z11_mean, out=s.z11_hat)
        np.square(s.z11_hat, out=s.z11_hat_square)
        np.dot(s.ones_3, s.z11_hat_reshape, out=stats.z11_unbiased_var)
        np.divide(stats.z11_unbiased_var, 64 * s.n, out=stats.z11_unbiased_var)
        np.add(stats.z11_unbiased_var, 1e-05, out=s.z11_inv_std)
        np.sqrt(s.z11_inv_std, out=s.z11_inv_std)
        np.divide(1.0, s.z11_inv_std, out=s.z11_inv_std)
        np.multiply(s.z11_hat, s.z11_inv_std, out=s.z11_hat)
        np.multiply(s.z11_hat, p.up_3_batch_norm_2_gamma, out=s.z11_norm)
        np.add(s.z11_norm, p.up_3_batch_norm_2_beta, out=s.z11_norm)

        # up_3.relu_2: h11 = relu(z11_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z11_norm, 0.0, out=s.h11)

        # enlarge_2                                             mnist_segmentation.py:37
        # h12 = conv^T(h11, W) + b                                     (N, 16, 16, 16)
        _conv_col2im(s.h11, p.enlarge_2_W, s.h12_columns, out=s.h12, strides=(2, 2))
        np.add(s.h12, p.enlarge_2_b, out=s.h12)

        # h4_concat = [h4; h12]               (N, 16, 16, 32)   mnist_segmentation.py:37
        np.concatenate((s.h4, s.h12), axis=3, out=s.h4_concat)

        # up_2.conv_1                                           mnist_segmentation.py:37
        # z13 = conv(h4_concat, W)                                     (N, 16, 16, 16)
        _conv_im2col(
            s.h4_concat,
            p.up_2_conv_1_W,
            s.z13_columns,
            out=s.z13,
            padded=s.z13_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_1                                     mnist_segmentation.py:37
        # z13_mean = mean(z13, axes 0, 1, 2)                                     (16,)
        # z13_var = mean(square(z13 - z13_mean), axes 0, 1, 2)                   (16,)
        # z13_inv_std = 1 / sqrt(z13_var + 1e-05)                                (16,)
        # z13_hat = (z13 - mean) / sqrt(var + 1e-05)                   (N, 16, 16, 16)
        # z13_norm = z13_hat * gamma + beta                            (N, 16, 16, 16)
        np.dot(s.ones_2, s.z13_reshape, out=stats.z13_mean)
        np.divide(stats.z13_mean, 256 * s.n, out=stats.z13_mean)
        np.subtract(s.z13, stats.z13_mean, out=s.z13_hat)
        np.square(s.z13_hat, out=s.z13_hat_square)
        np.dot(s.ones_2, s.z13_hat_reshape, out=stats.z13_unbiased_var)
        np.divide(stats.z13_unbiased_var, 256 * s.n, out=stats.z13_unbiased_var)
        np.add(stats.z13_unbiased_var, 1e-05, out=s.z13_inv_std)
        np.sqrt(s.z13_inv_std, out=s.z13_inv_std)
        np.divide(1.0, s.z13_inv_std, out=s.z13_inv_std)
        np.multiply(s.z13_hat, s.z13_inv_std, out=s.z13_hat)
        np.multiply(s.z13_hat, p.up_2_batch_norm_1_gamma, out=s.z13_norm)
        np.add(s.z13_norm, p.up_2_batch_norm_1_beta, out=s.z13_norm)

        # up_2.relu_1: h13 = relu(z13_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z13_norm, 0.0, out=s.h13)

        # up_2.conv_2: z14 = conv(h13, W)     (N, 16, 16, 16)   mnist_segmentation.py:37
        _conv_im2col(
            s.h13,
            p.up_2_conv_2_W,
            s.z14_columns,
            out=s.z14,
            padded=s.z14_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_2                                     mnist_segmentation.py:37
        # z14_mean = mean(z14, axes 0, 1, 2)                                     (16,)
        # z14_var = mean(square(z14 - z14_mean), axes 0, 1, 2)                   (16,)
        # z14_inv_std = 1 / sqrt(z14_var + 1e-05)                                (16,)
        # z14_hat = (z14 - mean) / sqrt(var + 1e-05)                   (N, 16, 16, 16)
        # z14_norm = z14_hat * gamma + beta                            (N, 16, 16, 16)
        np.dot(s.ones_2, s.z14_reshape, out=stats.z14_mean)
        np.divide(stats.z14_mean, 256 * s.n, out=stats.z14_mean)
        np.subtract(s.z14, stats.z14_mean, out=s.z14_hat)
        np.square(s.z14_hat, out=s.z14_hat_square)
        np.dot(s.ones_2, s.z14_hat_reshape, out=stats.z14_unbiased_var)
        np.divide(stats.z14_unbiased_var, 256 * s.n, out=stats.z14_unbiased_var)
        np.add(stats.z14_unbiased_var, 1e-05, out=s.z14_inv_std)
        np.sqrt(s.z14_inv_std, out=s.z14_inv_std)
        np.divide(1.0, s.z14_inv_std, out=s.z14_inv_std)
        np.multiply(s.z14_hat, s.z14_inv_std, out=s.z14_hat)
        np.multiply(s.z14_hat, p.up_2_batch_norm_2_gamma, out=s.z14_norm)
        np.add(s.z14_norm, p.up_2_batch_norm_2_beta, out=s.z14_norm)

        # up_2.relu_2: h14 = relu(z14_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z14_norm, 0.0, out=s.h14)

        # enlarge_1                                             mnist_segmentation.py:37
        # h15 = conv^T(h14, W) + b                                      (N, 32, 32, 8)
        _conv_col2im(s.h14, p.enlarge_1_W, s.h15_columns, out=s.h15, strides=(2, 2))
        np.add(s.h15, p.enlarge_1_b, out=s.h15)

        # h2_concat = [h2; h15]               (N, 32, 32, 16)   mnist_segmentation.py:37
        np.concatenate((s.h2, s.h15), axis=3, out=s.h2_concat)

        # up_1.conv_1                                           mnist_segmentation.py:37
        # z16 = conv(h2_concat, W)                                      (N, 32, 32, 8)
        _conv_im2col(
            s.h2_concat,
            p.up_1_conv_1_W,
            s.z16_columns,
            out=s.z16,
            padded=s.z16_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_1                                     mnist_segmentation.py:37
        # z16_mean = mean(z16, axes 0, 1, 2)                                      (8,)
        # z16_var = mean(square(z16 - z16_mean), axes 0, 1, 2)                    (8,)
        # z16_inv_std = 1 / sqrt(z16_var + 1e-05)                                 (8,)
        # z16_hat = (z16 - mean) / sqrt(var + 1e-05)                    (N, 32, 32, 8)
        # z16_norm = z16_hat * gamma + beta                             (N, 32, 32, 8)
        np.dot(s.ones, s.z16_reshape, out=stats.z16_mean)
        np.divide(stats.z16_mean, 1024 * s.n, out=stats.z16_mean)
        np.subtract(s.z16, stats.z16_mean, out=s.z16_hat)
        np.square(s.z16_hat, out=s.z16_hat_square)
        np.dot(s.ones, s.z16_hat_reshape, out=stats.z16_unbiased_var)
        np.divide(stats.z16_unbiased_var, 1024 * s.n, out=stats.z16_unbiased_var)
        np.add(stats.z16_unbiased_var, 1e-05, out=s.z16_inv_std)
        np.sqrt(s.z16_inv_std, out=s.z16_inv_std)
        np.divide(1.0, s.z16_inv_std, out=s.z16_inv_std)
        np.multiply(s.z16_hat, s.z16_inv_std, out=s.z16_hat)
        np.multiply(s.z16_hat, p.up_1_batch_norm_1_gamma, out=s.z16_norm)
        np.add(s.z16_norm, p.up_1_batch_norm_1_beta, out=s.z16_norm)

        # up_1.relu_1: h16 = relu(z16_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z16_norm, 0.0, out=s.h16)

        # up_1.conv_2: z17 = conv(h16, W)      (N, 32, 32, 8)   mnist_segmentation.py:37
        _conv_im2col(
            s.h16,
            p.up_1_conv_2_W,
            s.z17_columns,
            out=s.z17,
            padded=s.z17_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_2                                     mnist_segmentation.py:37
        # z17_mean = mean(z17, axes 0, 1, 2)                                      (8,)
        # z17_var = mean(square(z17 - z17_mean), axes 0, 1, 2)                    (8,)
        # z17_inv_std = 1 / sqrt(z17_var + 1e-05)                                 (8,)
        # z17_hat = (z17 - mean) / sqrt(var + 1e-05)                    (N, 32, 32, 8)
        # z17_norm = z17_hat * gamma + beta                             (N, 32, 32, 8)
        np.dot(s.ones, s.z17_reshape, out=stats.z17_mean)
        np.divide(stats.z17_mean, 1024 * s.n, out=stats.z17_mean)
        np.subtract(s.z17, stats.z17_mean, out=s.z17_hat)
        np.square(s.z17_hat, out=s.z17_hat_square)
        np.dot(s.ones, s.z17_hat_reshape, out=stats.z17_unbiased_var)
        np.divide(stats.z17_unbiased_var, 1024 * s.n, out=stats.z17_unbiased_var)
        np.add(stats.z17_unbiased_var, 1e-05, out=s.z17_inv_std)
        np.sqrt(s.z17_inv_std, out=s.z17_inv_std)
        np.divide(1.0, s.z17_inv_std, out=s.z17_inv_std)
        np.multiply(s.z17_hat, s.z17_inv_std, out=s.z17_hat)
        np.multiply(s.z17_hat, p.up_1_batch_norm_2_gamma, out=s.z17_norm)
        np.add(s.z17_norm, p.up_1_batch_norm_2_beta, out=s.z17_norm)

        # up_1.relu_2: h17 = relu(z17_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z17_norm, 0.0, out=s.h17)

        # classify                                              mnist_segmentation.py:37
        # logits = conv(h17, W) + b                                    (N, 32, 32, 11)
        np.dot(s.h17_reshape, s.classify_W_reshape, out=s.h17_product)
        np.add(s.h17_reshape_2, p.classify_b, out=s.logits)

        # softmax_cross_entropy                                 mnist_segmentation.py:44
        # loss = mean(-log_softmax(logits)[y])                                      ()
        # logits_exp = exp(logits - max(logits, axis 3))               (N, 32, 32, 11)
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
        # softmax_cross_entropy                                 mnist_segmentation.py:44
        # d_logits = (softmax(logits) - onehot(y)) / (1024 * N)        (N, 32, 32, 11)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, 1024 * s.n, out=s.d_logits)

        # classify                                              mnist_segmentation.py:37
        # d_b = sum over 1024 * N of reshape(d_logits, (1024 * N, 11))           (11,)
        # h17_product_2 = h17_transpose d_logits_reshape                       (8, 11)
        # d_logits_product = reshape(d_logits, (1024 * N, 11)) W^T       (1024 * N, 8)
        np.dot(s.ones, s.d_logits_reshape, out=d.classify_b)
        np.dot(s.h17_reshape.T, s.d_logits_reshape, out=s.h17_product_2)
        np.dot(s.d_logits_reshape, s.classify_W_reshape.T, out=s.d_logits_product)

        # up_1.relu_2                                           mnist_segmentation.py:37
        # d_z17_norm = conv^T(d_logits, classify.W) * (h17 > 0)         (N, 32, 32, 8)
        np.greater(s.h17, 0.0, out=s.h17_mask)
        np.multiply(s.d_h17, s.h17_mask, out=s.d_z17_norm)

        # up_1.batch_norm_2                                     mnist_segmentation.py:37
        # d_beta = sum over 1024 * N of reshape(d_z17_norm, (1024 * N, 8))        (8,)
        # d_gamma = sum over 1024 * N of d_z17_norm_reshape_2                     (8,)
        # d_z17 = z17_inv_std * gamma * (d_z17_norm                     (N, 32, 32, 8)
        #     - d_beta / (1024 * N) - z17_hat * (d_gamma / (1024 * N)))
        np.dot(s.ones, s.d_z17_norm_reshape, out=d.up_1_batch_norm_2_beta)
        np.multiply(s.d_z17_norm, s.z17_hat, out=s.d_z17_norm_times)
        np.dot(s.ones, s.d_z17_norm_reshape_2, out=d.up_1_batch_norm_2_gamma)
        np.multiply(s.z17_inv_std, p.up_1_batch_norm_2_gamma, out=s.z17_inv_std_times)
        np.divide(
            d.up_1_batch_norm_2_beta,
            1024 * s.n,
            out=s.d_up_1_batch_norm_2_beta_over,
        )
        np.subtract(s.d_z17_norm, s.d_up_1_batch_norm_2_beta_over, out=s.d_z17)
        np.divide(d.up_1_batch_norm_2_gamma, 1024 * s.n, out=s.up_1_batch_norm_2_over)
        np.multiply(s.z17_hat, s.up_1_batch_norm_2_over, out=s.z17_hat_times)
        np.subtract(s.d_z17, s.z17_hat_times, out=s.d_z17)
        np.multiply(s.z17_inv_std_times, s.d_z17, out=s.d_z17)

        # up_1.conv_2                                           mnist_segmentation.py:37
        # d_W = patches(h16)^T d_z17                                      (3, 3, 8, 8)
        # d_h16 = conv(d_z17, up_1_conv_2_W_reshape_2)                  (N, 32, 32, 8)
        _conv_weight_im2col(
            s.h16,
            s.d_z17,
            s.d_up_1_conv_2_W_columns,
            s.d_up_1_conv_2_W_part,
            out=d.up_1_conv_2_W,
            padded=s.d_up_1_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.up_1_conv_2_W_copy, s.up_1_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z17,
            s.up_1_conv_2_W_copy,
            s.d_h16_columns,
            out=s.d_h16,
            padded=s.d_h16_padded,
            low=(1, 1),
        )

        # up_1.relu_1                                           mnist_segmentation.py:37
        # d_z16_norm = d_h16 * (h16 > 0)                                (N, 32, 32, 8)
        np.greater(s.h16, 0.0, out=s.h16_mask)
        np.multiply(s.d_h16, s.h16_mask, out=s.d_z16_norm)

        # up_1.batch_norm_1                                     mnist_segmentation.py:37
        # d_beta = sum over 1024 * N of reshape(d_z16_norm, (1024 * N, 8))        (8,)
        # d_gamma = sum over 1024 * N of d_z16_norm_reshape_2                     (8,)
        # d_z16 = z16_inv_std * gamma * (d_z16_norm                     (N, 32, 32, 8)
        #     - d_beta / (1024 * N) - z16_hat * (d_gamma / (1024 * N)))
        np.dot(s.ones, s.d_z16_norm_reshape, out=d.up_1_batch_norm_1_beta)
        np.multiply(s.d_z16_norm, s.z16_hat, out=s.d_z16_norm_times)
        np.dot(s.ones, s.d_z16_norm_reshape_2, out=d.up_1_batch_norm_1_gamma)
        np.multiply(s.z16_inv_std, p.up_1_batch_norm_1_gamma, out=s.z16_inv_std_times)
        np.divide(
            d.up_1_batch_norm_1_beta,
            1024 * s.n,
            out=s.d_up_1_batch_norm_1_beta_over,
        )
        np.subtract(s.d_z16_norm, s.d_up_1_batch_norm_1_beta_over, out=s.d_z16)
        np.divide(d.up_1_batch_norm_1_gamma, 1024 * s.n, out=s.up_1_batch_norm_1_over)
        np.multiply(s.z16_hat, s.up_1_batch_norm_1_over, out=s.z16_hat_times)
        np.subtract(s.d_z16, s.z16_hat_times, out=s.d_z16)
        np.multiply(s.z16_inv_std_times, s.d_z16, out=s.d_z16)

        # up_1.conv_1                                           mnist_segmentation.py:37
        # d_W = patches(h2_concat)^T d_z16                               (3, 3, 16, 8)
        # d_z16_conv = conv(d_z16, up_1_conv_1_W_reshape_2)            (N, 32, 32, 16)
        _conv_weight_im2col(
            s.h2_concat,
            s.d_z16,
            s.d_up_1_conv_1_W_columns,
            s.d_up_1_conv_1_W_part,
            out=d.up_1_conv_1_W,
            padded=s.d_up_1_conv_1_W_padded,
            low=(1, 1),
        )
        np.copyto(s.up_1_conv_1_W_copy, s.up_1_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z16,
            s.up_1_conv_1_W_copy,
            s.d_z16_conv_columns,
            out=s.d_z16_conv,
            padded=s.d_z16_conv_padded,
            low=(1, 1),
        )

        # enlarge_1                                             mnist_segmentation.py:37
        # d_b = sum(d_z16_conv[:, :, :, 8:], axes 0, 1, 2)                        (8,)
        # d_W = patches(d_z16_conv[:, :, :, 8:])^T h14                   (2, 2, 8, 16)
        # d_h14 = conv(d_z16_conv[:, :, :, 8:], W)                     (N, 16, 16, 16)
        s.d_h15.sum(axis=(0, 1, 2), out=d.enlarge_1_b)
        _conv_weight_im2col(
            s.d_h15,
            s.h14,
            s.d_enlarge_1_W_columns,
            s.d_enlarge_1_W_part,
            out=d.enlarge_1_W,
            strides=(2, 2),
        )
        _conv_im2col(
            s.d_h15,
            p.enlarge_1_W,
            s.d_h14_columns,
            out=s.d_h14,
            strides=(2, 2),
        )

        # up_2.relu_2                                           mnist_segmentation.py:37
        # d_z14_norm = d_h14 * (h14 > 0)                               (N, 16, 16, 16)
        np.greater(s.h14, 0.0, out=s.h14_mask)
        np.multiply(s.d_h14, s.h14_mask, out=s.d_z14_norm)

        # up_2.batch_norm_2                                     mnist_segmentation.py:37
        # d_beta = sum over 256 * N of reshape(d_z14_norm, (256 * N, 16))        (16,)
        # d_gamma = sum over 256 * N of d_z14_norm_reshape_2                     (16,)
        # d_z14 = z14_inv_std * gamma * (d_z14_norm                    (N, 16, 16, 16)
        #     - d_beta / (256 * N) - z14_hat * (d_gamma / (256 * N)))
        np.dot(s.ones_2, s.d_z14_norm_reshape, out=d.up_2_batch_norm_2_beta)
        np.multiply(s.d_z14_norm, s.z14_hat, out=s.d_z14_norm_times)
        np.dot(s.ones_2, s.d_z14_norm_reshape_2, out=d.up_2_batch_norm_2_gamma)
        np.multiply(s.z14_inv_std, p.up_2_batch_norm_2_gamma, out=s.z14_inv_std_times)
        np.divide(
            d.up_2_batch_norm_2_beta,
            256 * s.n,
            out=s.d_up_2_batch_norm_2_beta_over,
        )
        np.subtract(s.d_z14_norm, s.d_up_2_batch_norm_2_beta_over, out=s.d_z14)
        np.divide(d.up_2_batch_norm_2_gamma, 256 * s.n, out=s.up_2_batch_norm_2_over)
        np.multiply(s.z14_hat, s.up_2_batch_norm_2_over, out=s.z14_hat_times)
        np.subtract(s.d_z14, s.z14_hat_times, out=s.d_z14)
        np.multiply(s.z14_inv_std_times, s.d_z14, out=s.d_z14)

        # up_2.conv_2                                           mnist_segmentation.py:37
        # d_W = patches(h13)^T d_z14                                    (3, 3, 16, 16)
        # d_h13 = conv(d_z14, up_2_conv_2_W_reshape_2)                 (N, 16, 16, 16)
        _conv_weight_im2col(
            s.h13,
            s.d_z14,
            s.d_up_2_conv_2_W_columns,
            s.d_up_2_conv_2_W_part,
            out=d.up_2_conv_2_W,
            padded=s.d_up_2_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.up_2_conv_2_W_copy, s.up_2_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z14,
            s.up_2_conv_2_W_copy,
            s.d_h13_columns,
            out=s.d_h13,
            padded=s.d_h13_padded,
            low=(1, 1),
        )

        # up_2.relu_1                                           mnist_segmentation.py:37
        # d_z13_norm = d_h13 * (h13 > 0)                               (N, 16, 16, 16)
        np.greater(s.h13, 0.0, out=s.h13_mask)
        np.multiply(s.d_h13, s.h13_mask, out=s.d_z13_norm)

        # up_2.batch_norm_1                                     mnist_segmentation.py:37
        # d_beta = sum over 256 * N of reshape(d_z13_norm, (256 * N, 16))        (16,)
        # d_gamma = sum over 256 * N of d_z13_norm_reshape_2                     (16,)
        # d_z13 = z13_inv_std * gamma * (d_z13_norm                    (N, 16, 16, 16)
        #     - d_beta / (256 * N) - z13_hat * (d_gamma / (256 * N)))
        np.dot(s.ones_2, s.d_z13_norm_reshape, out=d.up_2_batch_norm_1_beta)
        np.multiply(s.d_z13_norm, s.z13_hat, out=s.d_z13_norm_times)
        np.dot(s.ones_2, s.d_z13_norm_reshape_2, out=d.up_2_batch_norm_1_gamma)
        np.multiply(s.z13_inv_std, p.up_2_batch_norm_1_gamma, out=s.z13_inv_std_times)
        np.divide(
            d.up_2_batch_norm_1_beta,
            256 * s.n,
            out=s.d_up_2_batch_norm_1_beta_over,
        )
        np.subtract(s.d_z13_norm, s.d_up_2_batch_norm_1_beta_over, out=s.d_z13)
        np.divide(d.up_2_batch_norm_1_gamma, 256 * s.n, out=s.up_2_batch_norm_1_over)
        np.multiply(s.z13_hat, s.up_2_batch_norm_1_over, out=s.z13_hat_times)
        np.subtract(s.d_z13, s.z13_hat_times, out=s.d_z13)
        np.multiply(s.z13_inv_std_times, s.d_z13, out=s.d_z13)

        # up_2.conv_1                                           mnist_segmentation.py:37
        # d_W = patches(h4_concat)^T d_z13                              (3, 3, 32, 16)
        # d_z13_conv = conv(d_z13, up_2_conv_1_W_reshape_2)            (N, 16, 16, 32)
        _conv_weight_im2col(
            s.h4_concat,
            s.d_z13,
            s.d_up_2_conv_1_W_columns,
            s.d_up_2_conv_1_W_part,
            out=d.up_2_conv_1_W,
            padded=s.d_up_2_conv_1_W_padded,
            low=(1, 1),
        )
        np.copyto(s.up_2_conv_1_W_copy, s.up_2_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z13,
            s.up_2_conv_1_W_copy,
            s.d_z13_conv_columns,
            out=s.d_z13_conv,
            padded=s.d_z13_conv_padded,
            low=(1, 1),
        )

        # enlarge_2                                             mnist_segmentation.py:37
        # d_b = sum(d_z13_conv[:, :, :, 16:], axes 0, 1, 2)                      (16,)
        # d_W = patches(d_z13_conv[:, :, :, 16:])^T h11                 (2, 2, 16, 32)
        # d_h11 = conv(d_z13_conv[:, :, :, 16:], W)                      (N, 8, 8, 32)
        s.d_h12.sum(axis=(0, 1, 2), out=d.enlarge_2_b)
        _conv_weight_im2col(
            s.d_h12,
            s.h11,
            s.d_enlarge_2_W_columns,
            s.d_enlarge_2_W_part,
            out=d.enlarge_2_W,
            strides=(2, 2),
        )
        _conv_im2col(
            s.d_h12,
            p.enlarge_2_W,
            s.d_h11_columns,
            out=s.d_h11,
            strides=(2, 2),
        )

        # up_3.relu_2                                           mnist_segmentation.py:37
        # d_z11_norm = d_h11 * (h11 > 0)                                 (N, 8, 8, 32)
        np.greater(s.h11, 0.0, out=s.h11_mask)
        np.multiply(s.d_h11, s.h11_mask, out=s.d_z11_norm)

        # up_3.batch_norm_2                                     mnist_segmentation.py:37
        # d_beta = sum over 64 * N of reshape(d_z11_norm, (64 * N, 32))          (32,)
        # d_gamma = sum over 64 * N of d_z11_norm_reshape_2                      (32,)
        # d_z11 = z11_inv_std * gamma * (d_z11_norm                      (N, 8, 8, 32)
        #     - d_beta / (64 * N) - z11_hat * (d_gamma / (64 * N)))
        np.dot(s.ones_3, s.d_z11_norm_reshape, out=d.up_3_batch_norm_2_beta)
        np.multiply(s.d_z11_norm, s.z11_hat, out=s.d_z11_norm_times)
        np.dot(s.ones_3, s.d_z11_norm_reshape_2, out=d.up_3_batch_norm_2_gamma)
        np.multiply(s.z11_inv_std, p.up_3_batch_norm_2_gamma, out=s.z11_inv_std_times)
        np.divide(
            d.up_3_batch_norm_2_beta,
            64 * s.n,
            out=s.d_up_3_batch_norm_2_beta_over,
        )
        np.subtract(s.d_z11_norm, s.d_up_3_batch_norm_2_beta_over, out=s.d_z11)
        np.divide(d.up_3_batch_norm_2_gamma, 64 * s.n, out=s.up_3_batch_norm_2_over)
        np.multiply(s.z11_hat, s.up_3_batch_norm_2_over, out=s.z11_hat_times)
        np.subtract(s.d_z11, s.z11_hat_times, out=s.d_z11)
        np.multiply(s.z11_inv_std_times, s.d_z11, out=s.d_z11)

        # up_3.conv_2                                           mnist_segmentation.py:37
        # d_W = patches(h10)^T d_z11                                    (3, 3, 32, 32)
        # d_h10 = conv(d_z11, up_3_conv_2_W_reshape_2)                   (N, 8, 8, 32)
        _conv_weight_im2col(
            s.h10,
            s.d_z11,
            s.d_up_3_conv_2_W_columns,
            s.d_up_3_conv_2_W_part,
            out=d.up_3_conv_2_W,
            padded=s.d_up_3_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.up_3_conv_2_W_copy, s.up_3_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z11,
            s.up_3_conv_2_W_copy,
            s.d_h10_columns,
            out=s.d_h10,
            padded=s.d_h10_padded,
            low=(1, 1),
        )

        # up_3.relu_1                                           mnist_segmentation.py:37
        # d_z10_norm = d_h10 * (h10 > 0)                                 (N, 8, 8, 32)
        np.greater(s.h10, 0.0, out=s.h10_mask)
        np.multiply(s.d_h10, s.h10_mask, out=s.d_z10_norm)

        # up_3.batch_norm_1                                     mnist_segmentation.py:37
        # d_beta = sum over 64 * N of reshape(d_z10_norm, (64 * N, 32))          (32,)
        # d_gamma = sum over 64 * N of d_z10_norm_reshape_2                      (32,)
        # d_z10 = z10_inv_std * gamma * (d_z10_norm                      (N, 8, 8, 32)
        #     - d_beta / (64 * N) - z10_hat * (d_gamma / (64 * N)))
        np.dot(s.ones_3, s.d_z10_norm_reshape, out=d.up_3_batch_norm_1_beta)
        np.multiply(s.d_z10_norm, s.z10_hat, out=s.d_z10_norm_times)
        np.dot(s.ones_3, s.d_z10_norm_reshape_2, out=d.up_3_batch_norm_1_gamma)
        np.multiply(s.z10_inv_std, p.up_3_batch_norm_1_gamma, out=s.z10_inv_std_times)
        np.divide(
            d.up_3_batch_norm_1_beta,
            64 * s.n,
            out=s.d_up_3_batch_norm_1_beta_over,
        )
        np.subtract(s.d_z10_norm, s.d_up_3_batch_norm_1_beta_over, out=s.d_z10)
        np.divide(d.up_3_batch_norm_1_gamma, 64 * s.n, out=s.up_3_batch_norm_1_over)
        np.multiply(s.z10_hat, s.up_3_batch_norm_1_over, out=s.z10_hat_times)
        np.subtract(s.d_z10, s.z10_hat_times, out=s.d_z10)
        np.multiply(s.z10_inv_std_times, s.d_z10, out=s.d_z10)

        # up_3.conv_1                                           mnist_segmentation.py:37
        # d_W = patches(h6_concat)^T d_z10                              (3, 3, 64, 32)
        # d_z10_conv = conv(d_z10, up_3_conv_1_W_reshape_2)              (N, 8, 8, 64)
        _conv_weight_winograd(
            s.h6_concat,
            s.d_z10,
            s.d_up_3_conv_1_W_tiles,
            s.d_up_3_conv_1_W_inputs,
            s.d_up_3_conv_1_W_given,
            s.d_up_3_conv_1_W_back,
            s.d_up_3_conv_1_W_products,
            s.d_up_3_conv_1_W_part,
            s.d_up_3_conv_1_W_around,
            s.d_up_3_conv_1_W_transforms,
            out=d.up_3_conv_1_W,
            padded=s.d_up_3_conv_1_W_padded,
            low=(1, 1),
        )
        np.copyto(s.up_3_conv_1_W_copy, s.up_3_conv_1_W_reshape_2)
        _conv_winograd(
            s.d_z10,
            s.up_3_conv_1_W_copy,
            s.d_z10_conv_tiles,
            s.d_z10_conv_inputs,
            s.d_z10_conv_filters,
            s.d_z10_conv_products,
            s.d_z10_conv_outputs,
            s.d_z10_conv_transforms,
            out=s.d_z10_conv,
            padded=s.d_z10_conv_padded,
            low=(1, 1),
        )

        # enlarge_3                                             mnist_segmentation.py:37
        # d_b = sum(d_z10_conv[:, :, :, 32:], axes 0, 1, 2)                      (32,)
        # d_W = patches(d_z10_conv[:, :, :, 32:])^T h8                  (2, 2, 32, 64)
        # d_h8 = conv(d_z10_conv[:, :, :, 32:], W)                       (N, 4, 4, 64)
        s.d_h9.sum(axis=(0, 1, 2), out=d.enlarge_3_b)
        _conv_weight_im2col(
            s.d_h9,
            s.h8,
            s.d_enlarge_3_W_columns,
            s.d_enlarge_3_W_part,
            out=d.enlarge_3_W,
            strides=(2, 2),
        )
        _conv_im2col(s.d_h9, p.enlarge_3_W, s.d_h8_columns, out=s.d_h8, strides=(2, 2))

        # bottom.relu_2                                         mnist_segmentation.py:37
        # d_z8_norm = d_h8 * (h8 > 0)                                    (N, 4, 4, 64)
        np.greater(s.h8, 0.0, out=s.h8_mask)
        np.multiply(s.d_h8, s.h8_mask, out=s.d_z8_norm)

        # bottom.batch_norm_2                                   mnist_segmentation.py:37
        # d_beta = sum over 16 * N of reshape(d_z8_norm, (16 * N, 64))           (64,)
        # d_gamma = sum over 16 * N of d_z8_norm_reshape_2                       (64,)
        # d_z8 = z8_inv_std * gamma * (d_z8_norm                         (N, 4, 4, 64)
        #     - d_beta / (16 * N) - z8_hat * (d_gamma / (16 * N)))
        np.dot(s.ones_4, s.d_z8_norm_reshape, out=d.bottom_batch_norm_2_beta)
        np.multiply(s.d_z8_norm, s.z8_hat, out=s.d_z8_norm_times)
        np.dot(s.ones_4, s.d_z8_norm_reshape_2, out=d.bottom_batch_norm_2_gamma)
        np.multiply(s.z8_inv_std, p.bottom_batch_norm_2_gamma, out=s.z8_inv_std_times)
        np.divide(d.bottom_batch_norm_2_beta, 16 * s.n, out=s.bottom_batch_norm_2_over)
        np.subtract(s.d_z8_norm, s.bottom_batch_norm_2_over, out=s.d_z8)
        np.divide(
            d.bottom_batch_norm_2_gamma,
            16 * s.n,
            out=s.bottom_batch_norm_2_over_2,
        )
        np.multiply(s.z8_hat, s.bottom_batch_norm_2_over_2, out=s.z8_hat_times)
        np.subtract(s.d_z8, s.z8_hat_times, out=s.d_z8)
        np.multiply(s.z8_inv_std_times, s.d_z8, out=s.d_z8)

        # bottom.conv_2                                         mnist_segmentation.py:37
        # d_W = patches(h7)^T d_z8                                      (3, 3, 64, 64)
        # d_h7 = conv(d_z8, bottom_conv_2_W_reshape_2)                   (N, 4, 4, 64)
        _conv_weight_winograd(
            s.h7,
            s.d_z8,
            s.d_bottom_conv_2_W_tiles,
            s.d_bottom_conv_2_W_inputs,
            s.d_bottom_conv_2_W_given,
            s.d_bottom_conv_2_W_back,
            s.d_bottom_conv_2_W_products,
            s.d_bottom_conv_2_W_part,
            s.d_bottom_conv_2_W_around,
            s.d_bottom_conv_2_W_transforms,
            out=d.bottom_conv_2_W,
            padded=s.d_bottom_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.bottom_conv_2_W_copy, s.bottom_conv_2_W_reshape_2)
        _conv_winograd(
            s.d_z8,
            s.bottom_conv_2_W_copy,
            s.d_h7_tiles,
            s.d_h7_inputs,
            s.d_h7_filters,
            s.d_h7_products,
            s.d_h7_outputs,
            s.d_h7_transforms,
            out=s.d_h7,
            padded=s.d_h7_padded,
            low=(1, 1),
        )

        # bottom.relu_1                                         mnist_segmentation.py:37
        # d_z7_norm = d_h7 * (h7 > 0)                                    (N, 4, 4, 64)
        np.greater(s.h7, 0.0, out=s.h7_mask)
        np.multiply(s.d_h7, s.h7_mask, out=s.d_z7_norm)

        # bottom.batch_norm_1                                   mnist_segmentation.py:37
        # d_beta = sum over 16 * N of reshape(d_z7_norm, (16 * N, 64))           (64,)
        # d_gamma = sum over 16 * N of d_z7_norm_reshape_2                       (64,)
        # d_z7 = z7_inv_std * gamma * (d_z7_norm                         (N, 4, 4, 64)
        #     - d_beta / (16 * N) - z7_hat * (d_gamma / (16 * N)))
        np.dot(s.ones_4, s.d_z7_norm_reshape, out=d.bottom_batch_norm_1_beta)
        np.multiply(s.d_z7_norm, s.z7_hat, out=s.d_z7_norm_times)
        np.dot(s.ones_4, s.d_z7_norm_reshape_2, out=d.bottom_batch_norm_1_gamma)
        np.multiply(s.z7_inv_std, p.bottom_batch_norm_1_gamma, out=s.z7_inv_std_times)
        np.divide(d.bottom_batch_norm_1_beta, 16 * s.n, out=s.bottom_batch_norm_1_over)
        np.subtract(s.d_z7_norm, s.bottom_batch_norm_1_over, out=s.d_z7)
        np.divide(
            d.bottom_batch_norm_1_gamma,
            16 * s.n,
            out=s.bottom_batch_norm_1_over_2,
        )
        np.multiply(s.z7_hat, s.bottom_batch_norm_1_over_2, out=s.z7_hat_times)
        np.subtract(s.d_z7, s.z7_hat_times, out=s.d_z7)
        np.multiply(s.z7_inv_std_times, s.d_z7, out=s.d_z7)

        # bottom.conv_1                                         mnist_segmentation.py:37
        # d_W = patches(h6_pooled)^T d_z7                               (3, 3, 32, 64)
        _conv_weight_im2col(
            s.h6_pooled,
            s.d_z7,
            s.d_bottom_conv_1_W_columns,
            s.d_bottom_conv_1_W_part,
            out=d.bottom_conv_1_W,
            padded=s.d_bottom_conv_1_W_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:37
        # h6_max_pool_index = place of the first maximum of h6           (N, 4, 4, 32)
        _max_pool_index_shifts(
            s.h6,
            s.h6_pooled,
            s.h6_max_pool_index_before,
            s.h6_max_pool_index_different,
            s.h6_max_pool_index_shifts,
            out=s.h6_max_pool_index,
        )

        # bottom.conv_1                                         mnist_segmentation.py:37
        # d_h6_pooled = conv(d_z7, bottom_conv_1_W_reshape_2)            (N, 4, 4, 32)
        np.copyto(s.bottom_conv_1_W_copy, s.bottom_conv_1_W_reshape_2)
        _conv_winograd(
            s.d_z7,
            s.bottom_conv_1_W_copy,
            s.d_h6_pooled_tiles,
            s.d_h6_pooled_inputs,
            s.d_h6_pooled_filters,
            s.d_h6_pooled_products,
            s.d_h6_pooled_outputs,
            s.d_h6_pooled_transforms,
            out=s.d_h6_pooled,
            padded=s.d_h6_pooled_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:37
        # d_h6 = d_z10_conv[:, :, :, :32]                                (N, 8, 8, 32)
        #     + d_h6_pooled at h6_max_pool_index
        _max_pool_gradient_shifts(
            s.h6_max_pool_index,
            s.d_h6_pooled,
            s.d_h6_chosen,
            s.d_h6_part,
            s.d_h6_shifts,
            out=s.d_h6,
        )
        np.add(s.d_z10_slice, s.d_h6, out=s.d_h6)

        # down_3.relu_2                                         mnist_segmentation.py:37
        # d_z6_norm = d_h6 * (h6 > 0)                                    (N, 8, 8, 32)
        np.greater(s.h6, 0.0, out=s.h6_mask)
        np.multiply(s.d_h6, s.h6_mask, out=s.d_z6_norm)

        # down_3.batch_norm_2                                   mnist_segmentation.py:37
        # d_beta = sum over 64 * N of reshape(d_z6_norm, (64 * N, 32))           (32,)
        # d_gamma = sum over 64 * N of d_z6_norm_reshape_2                       (32,)
        # d_z6 = z6_inv_std * gamma * (d_z6_norm                         (N, 8, 8, 32)
        #     - d_beta / (64 * N) - z6_hat * (d_gamma / (64 * N)))
        np.dot(s.ones_3, s.d_z6_norm_reshape, out=d.down_3_batch_norm_2_beta)
        np.multiply(s.d_z6_norm, s.z6_hat, out=s.d_z6_norm_times)
        np.dot(s.ones_3, s.d_z6_norm_reshape_2, out=d.down_3_batch_norm_2_gamma)
        np.multiply(s.z6_inv_std, p.down_3_batch_norm_2_gamma, out=s.z6_inv_std_times)
        np.divide(d.down_3_batch_norm_2_beta, 64 * s.n, out=s.down_3_batch_norm_2_over)
        np.subtract(s.d_z6_norm, s.down_3_batch_norm_2_over, out=s.d_z6)
        np.divide(
            d.down_3_batch_norm_2_gamma,
            64 * s.n,
            out=s.down_3_batch_norm_2_over_2,
        )
        np.multiply(s.z6_hat, s.down_3_batch_norm_2_over_2, out=s.z6_hat_times)
        np.subtract(s.d_z6, s.z6_hat_times, out=s.d_z6)
        np.multiply(s.z6_inv_std_times, s.d_z6, out=s.d_z6)

        # down_3.conv_2                                         mnist_segmentation.py:37
        # d_W = patches(h5)^T d_z6                                      (3, 3, 32, 32)
        # d_h5 = conv(d_z6, down_3_conv_2_W_reshape_2)                   (N, 8, 8, 32)
        _conv_weight_im2col(
            s.h5,
            s.d_z6,
            s.d_down_3_conv_2_W_columns,
            s.d_down_3_conv_2_W_part,
            out=d.down_3_conv_2_W,
            padded=s.d_down_3_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.down_3_conv_2_W_copy, s.down_3_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z6,
            s.down_3_conv_2_W_copy,
            s.d_h5_columns,
            out=s.d_h5,
            padded=s.d_h5_padded,
            low=(1, 1),
        )

        # down_3.relu_1                                         mnist_segmentation.py:37
        # d_z5_norm = d_h5 * (h5 > 0)                                    (N, 8, 8, 32)
        np.greater(s.h5, 0.0, out=s.h5_mask)
        np.multiply(s.d_h5, s.h5_mask, out=s.d_z5_norm)

        # down_3.batch_norm_1                                   mnist_segmentation.py:37
        # d_beta = sum over 64 * N of reshape(d_z5_norm, (64 * N, 32))           (32,)
        # d_gamma = sum over 64 * N of d_z5_norm_reshape_2                       (32,)
        # d_z5 = z5_inv_std * gamma * (d_z5_norm                         (N, 8, 8, 32)
        #     - d_beta / (64 * N) - z5_hat * (d_gamma / (64 * N)))
        np.dot(s.ones_3, s.d_z5_norm_reshape, out=d.down_3_batch_norm_1_beta)
        np.multiply(s.d_z5_norm, s.z5_hat, out=s.d_z5_norm_times)
        np.dot(s.ones_3, s.d_z5_norm_reshape_2, out=d.down_3_batch_norm_1_gamma)
        np.multiply(s.z5_inv_std, p.down_3_batch_norm_1_gamma, out=s.z5_inv_std_times)
        np.divide(d.down_3_batch_norm_1_beta, 64 * s.n, out=s.down_3_batch_norm_1_over)
        np.subtract(s.d_z5_norm, s.down_3_batch_norm_1_over, out=s.d_z5)
        np.divide(
            d.down_3_batch_norm_1_gamma,
            64 * s.n,
            out=s.down_3_batch_norm_1_over_2,
        )
        np.multiply(s.z5_hat, s.down_3_batch_norm_1_over_2, out=s.z5_hat_times)
        np.subtract(s.d_z5, s.z5_hat_times, out=s.d_z5)
        np.multiply(s.z5_inv_std_times, s.d_z5, out=s.d_z5)

        # down_3.conv_1                                         mnist_segmentation.py:37
        # d_W = patches(h4_pooled)^T d_z5                               (3, 3, 16, 32)
        _conv_weight_im2col(
            s.h4_pooled,
            s.d_z5,
            s.d_down_3_conv_1_W_columns,
            s.d_down_3_conv_1_W_part,
            out=d.down_3_conv_1_W,
            padded=s.d_down_3_conv_1_W_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:37
        # h4_max_pool_index = place of the first maximum of h4           (N, 8, 8, 16)
        _max_pool_index_shifts(
            s.h4,
            s.h4_pooled,
            s.h4_max_pool_index_before,
            s.h4_max_pool_index_different,
            s.h4_max_pool_index_shifts,
            out=s.h4_max_pool_index,
        )

        # down_3.conv_1                                         mnist_segmentation.py:37
        # d_h4_pooled = conv(d_z5, down_3_conv_1_W_reshape_2)            (N, 8, 8, 16)
        np.copyto(s.down_3_conv_1_W_copy, s.down_3_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z5,
            s.down_3_conv_1_W_copy,
            s.d_h4_pooled_columns,
            out=s.d_h4_pooled,
            padded=s.d_h4_pooled_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:37
        # d_h4 = d_z13_conv[:, :, :, :16]                              (N, 16, 16, 16)
        #     + d_h4_pooled at h4_max_pool_index
        _max_pool_gradient_shifts(
            s.h4_max_pool_index,
            s.d_h4_pooled,
            s.d_h4_chosen,
            s.d_h4_part,
            s.d_h4_shifts,
            out=s.d_h4,
        )
        np.add(s.d_z13_slice, s.d_h4, out=s.d_h4)

        # down_2.relu_2                                         mnist_segmentation.py:37
        # d_z4_norm = d_h4 * (h4 > 0)                                  (N, 16, 16, 16)
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4_norm)

        # down_2.batch_norm_2                                   mnist_segmentation.py:37
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

        # down_2.conv_2                                         mnist_segmentation.py:37
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

        # down_2.relu_1                                         mnist_segmentation.py:37
        # d_z3_norm = d_h3 * (h3 > 0)                                  (N, 16, 16, 16)
        np.greater(s.h3, 0.0, out=s.h3_mask)
        np.multiply(s.d_h3, s.h3_mask, out=s.d_z3_norm)

        # down_2.batch_norm_1                                   mnist_segmentation.py:37
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

        # down_2.conv_1                                         mnist_segmentation.py:37
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

        # pool                                                  mnist_segmentation.py:37
        # h2_max_pool_index = place of the first maximum of h2          (N, 16, 16, 8)
        _max_pool_index_shifts(
            s.h2,
            s.h2_pooled,
            s.h2_max_pool_index_before,
            s.h2_max_pool_index_different,
            s.h2_max_pool_index_shifts,
            out=s.h2_max_pool_index,
        )

        # down_2.conv_1                                         mnist_segmentation.py:37
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

        # pool                                                  mnist_segmentation.py:37
        # d_h2 = d_z16_conv[:, :, :, :8]                                (N, 32, 32, 8)
        #     + d_h2_pooled at h2_max_pool_index
        _max_pool_gradient_shifts(
            s.h2_max_pool_index,
            s.d_h2_pooled,
            s.d_h2_chosen,
            s.d_h2_part,
            s.d_h2_shifts,
            out=s.d_h2,
        )
        np.add(s.d_z16_slice, s.d_h2, out=s.d_h2)

        # down_1.relu_2                                         mnist_segmentation.py:37
        # d_z2_norm = d_h2 * (h2 > 0)                                   (N, 32, 32, 8)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2_norm)

        # down_1.batch_norm_2                                   mnist_segmentation.py:37
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

        # down_1.conv_2                                         mnist_segmentation.py:37
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

        # down_1.relu_1                                         mnist_segmentation.py:37
        # d_z1_norm = d_h1 * (h1 > 0)                                   (N, 32, 32, 8)
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # down_1.batch_norm_1                                   mnist_segmentation.py:37
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

        # down_1.conv_1                                         mnist_segmentation.py:37
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
        # down_1.batch_norm_1                                   mnist_segmentation.py:37
        # z1_unbiased_var = z1_var * (1024 * N / (1024 * N - 1))                  (8,)
        np.multiply(stats.z1_unbiased_var, over, out=stats.z1_unbiased_var)

        # down_1.batch_norm_2                                   mnist_segmentation.py:37
        # z2_unbiased_var = z2_var * (1024 * N / (1024 * N - 1))                  (8,)
        np.multiply(stats.z2_unbiased_var, over, out=stats.z2_unbiased_var)
        over_2 = (256 * s.n) / (256 * s.n - 1)

        # down_2.batch_norm_1                                   mnist_segmentation.py:37
        # z3_unbiased_var = z3_var * (256 * N / (256 * N - 1))                   (16,)
        np.multiply(stats.z3_unbiased_var, over_2, out=stats.z3_unbiased_var)

        # down_2.batch_norm_2                                   mnist_segmentation.py:37
        # z4_unbiased_var = z4_var * (256 * N / (256 * N - 1))                   (16,)
        np.multiply(stats.z4_unbiased_var, over_2, out=stats.z4_unbiased_var)
        over_3 = (64 * s.n) / (64 * s.n - 1)

        # down_3.batch_norm_1                                   mnist_segmentation.py:37
        # z5_unbiased_var = z5_var * (64 * N / (64 * N - 1))                     (32,)
        np.multiply(stats.z5_unbiased_var, over_3, out=stats.z5_unbiased_var)

        # down_3.batch_norm_2                                   mnist_segmentation.py:37
        # z6_unbiased_var = z6_var * (64 * N / (64 * N - 1))                     (32,)
        np.multiply(stats.z6_unbiased_var, over_3, out=stats.z6_unbiased_var)
        over_4 = (16 * s.n) / (16 * s.n - 1)

        # bottom.batch_norm_1                                   mnist_segmentation.py:37
        # z7_unbiased_var = z7_var * (16 * N / (16 * N - 1))                     (64,)
        np.multiply(stats.z7_unbiased_var, over_4, out=stats.z7_unbiased_var)

        # bottom.batch_norm_2                                   mnist_segmentation.py:37
        # z8_unbiased_var = z8_var * (16 * N / (16 * N - 1))                     (64,)
        np.multiply(stats.z8_unbiased_var, over_4, out=stats.z8_unbiased_var)

        # up_3.batch_norm_1                                     mnist_segmentation.py:37
        # z10_unbiased_var = z10_var * (64 * N / (64 * N - 1))                   (32,)
        np.multiply(stats.z10_unbiased_var, over_3, out=stats.z10_unbiased_var)

        # up_3.batch_norm_2                                     mnist_segmentation.py:37
        # z11_unbiased_var = z11_var * (64 * N / (64 * N - 1))                   (32,)
        np.multiply(stats.z11_unbiased_var, over_3, out=stats.z11_unbiased_var)

        # up_2.batch_norm_1                                     mnist_segmentation.py:37
        # z13_unbiased_var = z13_var * (256 * N / (256 * N - 1))                 (16,)
        np.multiply(stats.z13_unbiased_var, over_2, out=stats.z13_unbiased_var)

        # up_2.batch_norm_2                                     mnist_segmentation.py:37
        # z14_unbiased_var = z14_var * (256 * N / (256 * N - 1))                 (16,)
        np.multiply(stats.z14_unbiased_var, over_2, out=stats.z14_unbiased_var)

        # up_1.batch_norm_1                                     mnist_segmentation.py:37
        # z16_unbiased_var = z16_var * (1024 * N / (1024 * N - 1))                (8,)
        np.multiply(stats.z16_unbiased_var, over, out=stats.z16_unbiased_var)

        # up_1.batch_norm_2                                     mnist_segmentation.py:37
        # z17_unbiased_var = z17_var * (1024 * N / (1024 * N - 1))                (8,)
        np.multiply(stats.z17_unbiased_var, over, out=stats.z17_unbiased_var)
        d.classify_W[...] = s.d_classify_W

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: Adam(cosine(0.005, 750, floor=1e-05))."""
        p, d, stats = self.params, self.grads, self.stats
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                                  mnist_segmentation.py:46
        new_adam_step = adam_step + 1

        # ---- statistics --------------------------------------------------------------
        # down_1.batch_norm_1                                   mnist_segmentation.py:37
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

            # down_1.batch_norm_2                               mnist_segmentation.py:37
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

            # down_2.batch_norm_1                               mnist_segmentation.py:37
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

            # down_2.batch_norm_2                               mnist_segmentation.py:37
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

            # down_3.batch_norm_1                               mnist_segmentation.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z5_mean                 (32,)
            # running_var' = 0.9 * running_var + 0.1 * z5_unbiased_var           (32,)
            np.multiply(
                0.9,
                self.state.down_3_batch_norm_1_running_mean,
                out=self.state.down_3_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z5_mean, out=s.z5_mean_times_2)
            np.add(
                self.state.down_3_batch_norm_1_running_mean,
                s.z5_mean_times_2,
                out=self.state.down_3_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.down_3_batch_norm_1_running_var,
                out=self.state.down_3_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z5_unbiased_var, out=s.z5_unbiased_var_times_2)
            np.add(
                self.state.down_3_batch_norm_1_running_var,
                s.z5_unbiased_var_times_2,
                out=self.state.down_3_batch_norm_1_running_var,
            )

            # down_3.batch_norm_2                               mnist_segmentation.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z6_mean                 (32,)
            # running_var' = 0.9 * running_var + 0.1 * z6_unbiased_var           (32,)
            np.multiply(
                0.9,
                self.state.down_3_batch_norm_2_running_mean,
                out=self.state.down_3_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z6_mean, out=s.z6_mean_times_2)
            np.add(
                self.state.down_3_batch_norm_2_running_mean,
                s.z6_mean_times_2,
                out=self.state.down_3_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.down_3_batch_norm_2_running_var,
                out=self.state.down_3_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z6_unbiased_var, out=s.z6_unbiased_var_times_2)
            np.add(
                self.state.down_3_batch_norm_2_running_var,
                s.z6_unbiased_var_times_2,
                out=self.state.down_3_batch_norm_2_running_var,
            )

            # bottom.batch_norm_1                               mnist_segmentation.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z7_mean                 (64,)
            # running_var' = 0.9 * running_var + 0.1 * z7_unbiased_var           (64,)
            np.multiply(
                0.9,
                self.state.bottom_batch_norm_1_running_mean,
                out=self.state.bottom_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z7_mean, out=s.z7_mean_times_2)
            np.add(
                self.state.bottom_batch_norm_1_running_mean,
                s.z7_mean_times_2,
                out=self.state.bottom_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.bottom_batch_norm_1_running_var,
                out=self.state.bottom_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z7_unbiased_var, out=s.z7_unbiased_var_times_2)
            np.add(
                self.state.bottom_batch_norm_1_running_var,
                s.z7_unbiased_var_times_2,
                out=self.state.bottom_batch_norm_1_running_var,
            )

            # bottom.batch_norm_2                               mnist_segmentation.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z8_mean                 (64,)
            # running_var' = 0.9 * running_var + 0.1 * z8_unbiased_var           (64,)
            np.multiply(
                0.9,
                self.state.bottom_batch_norm_2_running_mean,
                out=self.state.bottom_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z8_mean, out=s.z8_mean_times_2)
            np.add(
                self.state.bottom_batch_norm_2_running_mean,
                s.z8_mean_times_2,
                out=self.state.bottom_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.bottom_batch_norm_2_running_var,
                out=self.state.bottom_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z8_unbiased_var, out=s.z8_unbiased_var_times_2)
            np.add(
                self.state.bottom_batch_norm_2_running_var,
                s.z8_unbiased_var_times_2,
                out=self.state.bottom_batch_norm_2_running_var,
            )

            # up_3.batch_norm_1                                 mnist_segmentation.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z10_mean                (32,)
            # running_var' = 0.9 * running_var + 0.1 * z10_unbiased_var          (32,)
            np.multiply(
                0.9,
                self.state.up_3_batch_norm_1_running_mean,
                out=self.state.up_3_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z10_mean, out=s.z10_mean_times_2)
            np.add(
                self.state.up_3_batch_norm_1_running_mean,
                s.z10_mean_times_2,
                out=self.state.up_3_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.up_3_batch_norm_1_running_var,
                out=self.state.up_3_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z10_unbiased_var, out=s.z10_unbiased_var_times_2)
            np.add(
                self.state.up_3_batch_norm_1_running_var,
                s.z10_unbiased_var_times_2,
                out=self.state.up_3_batch_norm_1_running_var,
            )

            # up_3.batch_norm_2                                 mnist_segmentation.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z11_mean                (32,)
            # running_var' = 0.9 * running_var + 0.1 * z11_unbiased_var          (32,)
            np.multiply(
                0.9,
                self.state.up_3_batch_norm_2_running_mean,
                out=self.state.up_3_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z11_mean, out=s.z11_mean_times_2)
            np.add(
                self.state.up_3_batch_norm_2_running_mean,
                s.z11_mean_times_2,
                out=self.state.up_3_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.up_3_batch_norm_2_running_var,
                out=self.state.up_3_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z11_unbiased_var, out=s.z11_unbiased_var_times_2)
            np.add(
                self.state.up_3_batch_norm_2_running_var,
                s.z11_unbiased_var_times_2,
                out=self.state.up_3_batch_norm_2_running_var,
            )

            # up_2.batch_norm_1                                 mnist_segmentation.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z13_mean                (16,)
            # running_var' = 0.9 * running_var + 0.1 * z13_unbiased_var          (16,)
            np.multiply(
                0.9,
                self.state.up_2_batch_norm_1_running_mean,
                out=self.state.up_2_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z13_mean, out=s.z13_mean_times_2)
            np.add(
                self.state.up_2_batch_norm_1_running_mean,
                s.z13_mean_times_2,
                out=self.state.up_2_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.up_2_batch_norm_1_running_var,
                out=self.state.up_2_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z13_unbiased_var, out=s.z13_unbiased_var_times_2)
            np.add(
                self.state.up_2_batch_norm_1_running_var,
                s.z13_unbiased_var_times_2,
                out=self.state.up_2_batch_norm_1_running_var,
            )

            # up_2.batch_norm_2                                 mnist_segmentation.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z14_mean                (16,)
            # running_var' = 0.9 * running_var + 0.1 * z14_unbiased_var          (16,)
            np.multiply(
                0.9,
                self.state.up_2_batch_norm_2_running_mean,
                out=self.state.up_2_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z14_mean, out=s.z14_mean_times_2)
            np.add(
                self.state.up_2_batch_norm_2_running_mean,
                s.z14_mean_times_2,
                out=self.state.up_2_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.up_2_batch_norm_2_running_var,
                out=self.state.up_2_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z14_unbiased_var, out=s.z14_unbiased_var_times_2)
            np.add(
                self.state.up_2_batch_norm_2_running_var,
                s.z14_unbiased_var_times_2,
                out=self.state.up_2_batch_norm_2_running_var,
            )

            # up_1.batch_norm_1                                 mnist_segmentation.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z16_mean                 (8,)
            # running_var' = 0.9 * running_var + 0.1 * z16_unbiased_var           (8,)
            np.multiply(
                0.9,
                self.state.up_1_batch_norm_1_running_mean,
                out=self.state.up_1_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z16_mean, out=s.z16_mean_times_2)
            np.add(
                self.state.up_1_batch_norm_1_running_mean,
                s.z16_mean_times_2,
                out=self.state.up_1_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.up_1_batch_norm_1_running_var,
                out=self.state.up_1_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z16_unbiased_var, out=s.z16_unbiased_var_times_2)
            np.add(
                self.state.up_1_batch_norm_1_running_var,
                s.z16_unbiased_var_times_2,
                out=self.state.up_1_batch_norm_1_running_var,
            )

            # up_1.batch_norm_2                                 mnist_segmentation.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z17_mean                 (8,)
            # running_var' = 0.9 * running_var + 0.1 * z17_unbiased_var           (8,)
            np.multiply(
                0.9,
                self.state.up_1_batch_norm_2_running_mean,
                out=self.state.up_1_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z17_mean, out=s.z17_mean_times_2)
            np.add(
                self.state.up_1_batch_norm_2_running_mean,
                s.z17_mean_times_2,
                out=self.state.up_1_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.up_1_batch_norm_2_running_var,
                out=self.state.up_1_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z17_unbiased_var, out=s.z17_unbiased_var_times_2)
            np.add(
                self.state.up_1_batch_norm_2_running_var,
                s.z17_unbiased_var_times_2,
                out=self.state.up_1_batch_norm_2_running_var,
            )

            # ---- update --------------------------------------------------------------
            # adam                                              mnist_segmentation.py:46
            # momentum' = 0.9 * momentum + grads                             (121123,)
            # squares' = 0.999 * squares + square(grads)                     (121123,)
            # params' = params - alpha_t * new_momentum_over                 (121123,)
            adam_step_cast = adam_step
            adam_step_times = min(adam_step_cast, 750.0) * 0.00418879
            adam_step_times_plus_cos = 0.002495 * (1.0 + math.cos(adam_step_times))
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
            epsilon_t = 1e-08 * c
            np.add(s.new_squares_sqrt, epsilon_t, out=s.new_squares_plus)
            np.divide(self.momentum.flat, s.new_squares_plus, out=s.new_momentum_over)
            np.multiply(alpha_t, s.new_momentum_over, out=s.alpha_t_times)
            np.subtract(p.flat, s.alpha_t_times, out=p.flat)
            self.state.adam_step[...] = new_adam_step

    def _train_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._train[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, y)
        _check_range("y", y, 11)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        _check("y", y, np.int64, ("N", 32, 32), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        memory = self._memory(max(714752 * n + 4560040, 484576))
        s.z1 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z1_columns = _window(memory, 714752 * n, np.float32, (28, 32, 32, 3, 3, 1))
        s.z1_padded = _window(memory, 714752 * n + 1032192, np.float32, (28, 34, 34, 1))
        s.z1_reshape = s.z1.reshape(1024 * n, 8)
        s.ones = np.ones((1024 * n,), dtype=np.float32)
        s.z1_minus_mean = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z1_square = _window(memory, 32768 * n, np.float32, (n, 32, 32, 8))
        s.z1_reshape_2 = s.z1_square.reshape(1024 * n, 8)
        s.z1_inv_std = _window(memory, 714752 * n + 4559872, np.float32, (8,))
        s.z1_hat = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z1_norm = _window(memory, 32768 * n, np.float32, (n, 32, 32, 8))
        s.h1 = _window(memory, 32768 * n, np.float32, (n, 32, 32, 8))
        s.z2 = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.z2_columns = _window(memory, 714752 * n, np.float32, (3, 32, 32, 3, 3, 8))
        s.z2_padded = _window(memory, 714752 * n + 884736, np.float32, (3, 34, 34, 8))
        s.z2_reshape = s.z2.reshape(1024 * n, 8)
        s.z2_hat = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.z2_hat_square = _window(memory, 98304 * n, np.float32, (n, 32, 32, 8))
        s.z2_hat_reshape = s.z2_hat_square.reshape(1024 * n, 8)
        s.z2_inv_std = _window(memory, 714752 * n + 4559872 + 40, np.float32, (8,))
        s.z2_norm = _window(memory, 98304 * n, np.float32, (n, 32, 32, 8))
        s.h2 = _window(memory, 98304 * n, np.float32, (n, 32, 32, 8))
        s.h2_pooled = _window(memory, 131072 * n, np.float32, (n, 16, 16, 8))
        s.h2_pooled_shifts = _shifts((32, 32), (16, 16), (2, 2), strides=(2, 2))
        s.z3 = _window(memory, 139264 * n, np.float32, (n, 16, 16, 16))
        s.z3_columns = _window(memory, 714752 * n, np.float32, (14, 16, 16, 3, 3, 8))
        s.z3_padded = _window(memory, 714752 * n + 1032192, np.float32, (14, 18, 18, 8))
        s.z3_reshape = s.z3.reshape(256 * n, 16)
        s.ones_2 = np.ones((256 * n,), dtype=np.float32)
        s.z3_hat = _window(memory, 139264 * n, np.float32, (n, 16, 16, 16))
        s.z3_hat_square = _window(memory, 155648 * n, np.float32, (n, 16, 16, 16))
        s.z3_hat_reshape = s.z3_hat_square.reshape(256 * n, 16)
        s.z3_inv_std = _window(memory, 714752 * n, np.float32, (16,))
        s.z3_norm = _window(memory, 155648 * n, np.float32, (n, 16, 16, 16))
        s.h3 = _window(memory, 155648 * n, np.float32, (n, 16, 16, 16))
        s.z4 = _window(memory, 172032 * n, np.float32, (n, 16, 16, 16))
        s.z4_columns = _window(
            memory,
            714752 * n + 64,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z4_padded = _window(memory, 714752 * n + 1032256, np.float32, (7, 18, 18, 16))
        s.z4_reshape = s.z4.reshape(256 * n, 16)
        s.z4_hat = _window(memory, 172032 * n, np.float32, (n, 16, 16, 16))
        s.z4_hat_square = _window(memory, 188416 * n, np.float32, (n, 16, 16, 16))
        s.z4_hat_reshape = s.z4_hat_square.reshape(256 * n, 16)
        s.z4_inv_std = _window(memory, 714752 * n + 64, np.float32, (16,))
        s.z4_norm = _window(memory, 188416 * n, np.float32, (n, 16, 16, 16))
        s.h4 = _window(memory, 188416 * n, np.float32, (n, 16, 16, 16))
        s.h4_pooled = _window(memory, 204800 * n, np.float32, (n, 8, 8, 16))
        s.h4_pooled_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.z5 = _window(memory, 208896 * n, np.float32, (n, 8, 8, 32))
        s.z5_columns = _window(
            memory,
            714752 * n + 128,
            np.float32,
            (28, 8, 8, 3, 3, 16),
        )
        s.z5_padded = _window(
            memory,
            714752 * n + 1032320,
            np.float32,
            (28, 10, 10, 16),
        )
        s.z5_reshape = s.z5.reshape(64 * n, 32)
        s.ones_3 = np.ones((64 * n,), dtype=np.float32)
        s.z5_hat = _window(memory, 208896 * n, np.float32, (n, 8, 8, 32))
        s.z5_hat_square = _window(memory, 217088 * n, np.float32, (n, 8, 8, 32))
        s.z5_hat_reshape = s.z5_hat_square.reshape(64 * n, 32)
        s.z5_inv_std = _window(memory, 714752 * n + 128, np.float32, (32,))
        s.z5_norm = _window(memory, 217088 * n, np.float32, (n, 8, 8, 32))
        s.h5 = _window(memory, 217088 * n, np.float32, (n, 8, 8, 32))
        s.z6 = _window(memory, 225280 * n, np.float32, (n, 8, 8, 32))
        s.z6_columns = _window(
            memory,
            714752 * n + 256,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.z6_padded = _window(
            memory,
            714752 * n + 1032448,
            np.float32,
            (14, 10, 10, 32),
        )
        s.z6_reshape = s.z6.reshape(64 * n, 32)
        s.z6_hat = _window(memory, 225280 * n, np.float32, (n, 8, 8, 32))
        s.z6_hat_square = _window(memory, 233472 * n, np.float32, (n, 8, 8, 32))
        s.z6_hat_reshape = s.z6_hat_square.reshape(64 * n, 32)
        s.z6_inv_std = _window(memory, 714752 * n + 256, np.float32, (32,))
        s.z6_norm = _window(memory, 233472 * n, np.float32, (n, 8, 8, 32))
        s.h6 = _window(memory, 233472 * n, np.float32, (n, 8, 8, 32))
        s.h6_pooled = _window(memory, 241664 * n, np.float32, (n, 4, 4, 32))
        s.h6_pooled_shifts = _shifts((8, 8), (4, 4), (2, 2), strides=(2, 2))
        s.z7 = _window(memory, 243712 * n, np.float32, (n, 4, 4, 64))
        s.z7_tiles = _window(
            memory,
            714752 * n + 1041792,
            np.float32,
            (6, 6, 113, 1, 1, 32),
        )
        s.z7_inputs = _window(memory, 714752 * n + 1562496, np.float32, (36, 3616))
        s.z7_filters = _window(memory, 714752 * n + 3066752, np.float32, (36, 2048))
        s.z7_products = _window(memory, 714752 * n + 384, np.float32, (36, 7232))
        s.z7_outputs = _window(
            memory,
            714752 * n + 2603904,
            np.float32,
            (4, 4, 113, 1, 1, 64),
        )
        s.z7_padded = _window(memory, 714752 * n + 2083200, np.float32, (113, 6, 6, 32))
        s.z7_transforms = _cook_toom(4, 3, np.float32)
        s.z7_reshape = s.z7.reshape(16 * n, 64)
        s.ones_4 = np.ones((16 * n,), dtype=np.float32)
        s.z7_hat = _window(memory, 243712 * n, np.float32, (n, 4, 4, 64))
        s.z7_hat_square = _window(memory, 247808 * n, np.float32, (n, 4, 4, 64))
        s.z7_hat_reshape = s.z7_hat_square.reshape(16 * n, 64)
        s.z7_inv_std = _window(memory, 714752 * n + 384, np.float32, (64,))
        s.z7_norm = _window(memory, 247808 * n, np.float32, (n, 4, 4, 64))
        s.h7 = _window(memory, 247808 * n, np.float32, (n, 4, 4, 64))
        s.z8 = _window(memory, 251904 * n, np.float32, (n, 4, 4, 64))
        s.z8_tiles = _window(memory, 714752 * n + 640, np.float32, (6, 6, 75, 1, 1, 64))
        s.z8_inputs = _window(memory, 714752 * n + 691840, np.float32, (36, 4800))
        s.z8_filters = _window(memory, 714752 * n + 2765440, np.float32, (36, 4096))
        s.z8_products = _window(memory, 714752 * n + 1383040, np.float32, (36, 4800))
        s.z8_outputs = _window(
            memory,
            714752 * n + 3355264,
            np.float32,
            (4, 4, 75, 1, 1, 64),
        )
        s.z8_padded = _window(memory, 714752 * n + 2074240, np.float32, (75, 6, 6, 64))
        s.z8_transforms = _cook_toom(4, 3, np.float32)
        s.z8_reshape = s.z8.reshape(16 * n, 64)
        s.z8_hat = _window(memory, 251904 * n, np.float32, (n, 4, 4, 64))
        s.z8_hat_square = _window(memory, 256000 * n, np.float32, (n, 4, 4, 64))
        s.z8_hat_reshape = s.z8_hat_square.reshape(16 * n, 64)
        s.z8_inv_std = _window(memory, 714752 * n + 640, np.float32, (64,))
        s.z8_norm = _window(memory, 256000 * n, np.float32, (n, 4, 4, 64))
        s.h8 = _window(memory, 256000 * n, np.float32, (n, 4, 4, 64))
        s.h9 = _window(memory, 260096 * n, np.float32, (n, 8, 8, 32))
        s.h9_columns = _window(
            memory,
            714752 * n + 896,
            np.float32,
            (128, 4, 4, 2, 2, 32),
        )
        s.h6_concat = _window(memory, 325632 * n, np.float32, (n, 8, 8, 64))
        s.z10 = _window(memory, 342016 * n, np.float32, (n, 8, 8, 32))
        s.z10_tiles = _window(
            memory,
            714752 * n + 896,
            np.float32,
            (6, 6, 22, 2, 2, 64),
        )
        s.z10_inputs = _window(memory, 714752 * n + 811904, np.float32, (36, 5632))
        s.z10_filters = _window(memory, 714752 * n + 2591616, np.float32, (36, 2048))
        s.z10_products = _window(memory, 714752 * n + 2186112, np.float32, (36, 2816))
        s.z10_outputs = _window(
            memory,
            714752 * n + 2886528,
            np.float32,
            (4, 4, 22, 2, 2, 32),
        )
        s.z10_padded = _window(
            memory,
            714752 * n + 1622912,
            np.float32,
            (22, 10, 10, 64),
        )
        s.z10_transforms = _cook_toom(4, 3, np.float32)
        s.z10_reshape = s.z10.reshape(64 * n, 32)
        s.z10_hat = _window(memory, 342016 * n, np.float32, (n, 8, 8, 32))
        s.z10_hat_square = _window(memory, 260096 * n, np.float32, (n, 8, 8, 32))
        s.z10_hat_reshape = s.z10_hat_square.reshape(64 * n, 32)
        s.z10_inv_std = _window(memory, 714752 * n + 896, np.float32, (32,))
        s.z10_norm = _window(memory, 350208 * n, np.float32, (n, 8, 8, 32))
        s.h10 = _window(memory, 350208 * n, np.float32, (n, 8, 8, 32))
        s.z11 = _window(memory, 358400 * n, np.float32, (n, 8, 8, 32))
        s.z11_columns = _window(
            memory,
            714752 * n + 1024,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.z11_padded = _window(
            memory,
            714752 * n + 1033216,
            np.float32,
            (14, 10, 10, 32),
        )
        s.z11_reshape = s.z11.reshape(64 * n, 32)
        s.z11_hat = _window(memory, 358400 * n, np.float32, (n, 8, 8, 32))
        s.z11_hat_square = _window(memory, 260096 * n, np.float32, (n, 8, 8, 32))
        s.z11_hat_reshape = s.z11_hat_square.reshape(64 * n, 32)
        s.z11_inv_std = _window(memory, 714752 * n + 1024, np.float32, (32,))
        s.z11_norm = _window(memory, 366592 * n, np.float32, (n, 8, 8, 32))
        s.h11 = _window(memory, 366592 * n, np.float32, (n, 8, 8, 32))
        s.h12 = _window(memory, 260096 * n, np.float32, (n, 16, 16, 16))
        s.h12_columns = _window(
            memory,
            714752 * n + 1152,
            np.float32,
            (64, 8, 8, 2, 2, 16),
        )
        s.h4_concat = _window(memory, 374784 * n, np.float32, (n, 16, 16, 32))
        s.z13 = _window(memory, 407552 * n, np.float32, (n, 16, 16, 16))
        s.z13_columns = _window(
            memory,
            714752 * n + 1152,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.z13_padded = _window(memory, 714752 * n + 885888, np.float32, (3, 18, 18, 32))
        s.z13_reshape = s.z13.reshape(256 * n, 16)
        s.z13_hat = _window(memory, 407552 * n, np.float32, (n, 16, 16, 16))
        s.z13_hat_square = _window(memory, 260096 * n, np.float32, (n, 16, 16, 16))
        s.z13_hat_reshape = s.z13_hat_square.reshape(256 * n, 16)
        s.z13_inv_std = _window(memory, 714752 * n + 1152, np.float32, (16,))
        s.z13_norm = _window(memory, 423936 * n, np.float32, (n, 16, 16, 16))
        s.h13 = _window(memory, 423936 * n, np.float32, (n, 16, 16, 16))
        s.z14 = _window(memory, 440320 * n, np.float32, (n, 16, 16, 16))
        s.z14_columns = _window(
            memory,
            714752 * n + 1216,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z14_padded = _window(
            memory,
            714752 * n + 1033408,
            np.float32,
            (7, 18, 18, 16),
        )
        s.z14_reshape = s.z14.reshape(256 * n, 16)
        s.z14_hat = _window(memory, 440320 * n, np.float32, (n, 16, 16, 16))
        s.z14_hat_square = _window(memory, 260096 * n, np.float32, (n, 16, 16, 16))
        s.z14_hat_reshape = s.z14_hat_square.reshape(256 * n, 16)
        s.z14_inv_std = _window(memory, 714752 * n + 1216, np.float32, (16,))
        s.z14_norm = _window(memory, 456704 * n, np.float32, (n, 16, 16, 16))
        s.h14 = _window(memory, 456704 * n, np.float32, (n, 16, 16, 16))
        s.h15 = _window(memory, 473088 * n, np.float32, (n, 32, 32, 8))
        s.h15_columns = _window(
            memory,
            714752 * n + 1280,
            np.float32,
            (32, 16, 16, 2, 2, 8),
        )
        s.h2_concat = _window(memory, 260096 * n, np.float32, (n, 32, 32, 16))
        s.z16 = _window(memory, 473088 * n, np.float32, (n, 32, 32, 8))
        s.z16_columns = _window(
            memory,
            714752 * n + 1280,
            np.float32,
            (1, 32, 32, 3, 3, 16),
        )
        s.z16_padded = _window(memory, 714752 * n + 591104, np.float32, (1, 34, 34, 16))
        s.z16_reshape = s.z16.reshape(1024 * n, 8)
        s.z16_hat = _window(memory, 473088 * n, np.float32, (n, 32, 32, 8))
        s.z16_hat_square = _window(memory, 505856 * n, np.float32, (n, 32, 32, 8))
        s.z16_hat_reshape = s.z16_hat_square.reshape(1024 * n, 8)
        s.z16_inv_std = _window(memory, 714752 * n + 4559872 + 72, np.float32, (8,))
        s.z16_norm = _window(memory, 505856 * n, np.float32, (n, 32, 32, 8))
        s.h16 = _window(memory, 505856 * n, np.float32, (n, 32, 32, 8))
        s.z17 = _window(memory, 538624 * n, np.float32, (n, 32, 32, 8))
        s.z17_columns = _window(
            memory,
            714752 * n + 1280,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.z17_padded = _window(memory, 714752 * n + 886016, np.float32, (3, 34, 34, 8))
        s.z17_reshape = s.z17.reshape(1024 * n, 8)
        s.z17_hat = _window(memory, 538624 * n, np.float32, (n, 32, 32, 8))
        s.z17_hat_square = _window(memory, 571392 * n, np.float32, (n, 32, 32, 8))
        s.z17_hat_reshape = s.z17_hat_square.reshape(1024 * n, 8)
        s.z17_inv_std = _window(memory, 714752 * n + 4559872 + 104, np.float32, (8,))
        s.z17_norm = _window(memory, 571392 * n, np.float32, (n, 32, 32, 8))
        s.h17 = _window(memory, 571392 * n, np.float32, (n, 32, 32, 8))
        s.h17_reshape = s.h17.reshape(1024 * n, 8)
        s.classify_W_reshape = p.classify_W.reshape(8, 11)
        s.h17_product = _window(memory, 649216 * n, np.float32, (1024 * n, 11))
        s.h17_reshape_2 = s.h17_product.reshape(n, 32, 32, 11)
        s.logits = _window(memory, 604160 * n, np.float32, (n, 32, 32, 11))
        s.logits_max = _window(memory, 649216 * n, np.float32, (n, 32, 32, 1))
        s.logits_minus_max = _window(memory, 604160 * n, np.float32, (n, 32, 32, 11))
        s.logits_exp = _window(memory, 649216 * n, np.float32, (n, 32, 32, 11))
        s.logits_sum = _window(memory, 702464 * n, np.float32, (n, 32, 32, 1))
        s.logits_log = _window(memory, 706560 * n, np.float32, (n, 32, 32, 1))
        s.logits_reshape = s.logits_log.reshape(n, 32, 32)
        s.iota = np.arange(1024 * n, dtype=np.int64)
        s.row_starts = s.iota * 11
        s.y_position = _window(memory, 694272 * n, np.int64, (1024 * n,))
        s.logits_take = _window(memory, 710656 * n, np.float32, (1024 * n,))
        s.logits_reshape_2 = s.logits_take.reshape(n, 32, 32)
        s.logits_minus = _window(memory, 604160 * n, np.float32, (n, 32, 32))
        s.loss = _window(memory, 714752 * n + 4559872 + 32, np.float32, ())
        s.minus_ones = np.full((1024 * n,), -1.0, dtype=np.float32)
        s.d_logits = _window(memory, 649216 * n, np.float32, (n, 32, 32, 11))
        s.d_logits_reshape = s.d_logits.reshape(1024 * n, 11)
        s.h17_product_2 = _window(memory, 714752 * n + 3945088, np.float32, (8, 11))
        s.d_classify_W = s.h17_product_2.reshape(1, 1, 8, 11)
        s.d_logits_product = _window(memory, 604160 * n, np.float32, (1024 * n, 8))
        s.d_h17 = s.d_logits_product.reshape(n, 32, 32, 8)
        s.h17_mask = _window(memory, 636928 * n, np.bool_, (n, 32, 32, 8))
        s.d_z17_norm = _window(memory, 571392 * n, np.float32, (n, 32, 32, 8))
        s.d_z17_norm_reshape = s.d_z17_norm.reshape(1024 * n, 8)
        s.d_z17_norm_times = _window(memory, 604160 * n, np.float32, (n, 32, 32, 8))
        s.d_z17_norm_reshape_2 = s.d_z17_norm_times.reshape(1024 * n, 8)
        s.z17_inv_std_times = _window(
            memory,
            714752 * n + 4559872 + 104,
            np.float32,
            (8,),
        )
        s.d_up_1_batch_norm_2_beta_over = _window(
            memory,
            714752 * n + 4559872 + 136,
            np.float32,
            (8,),
        )
        s.d_z17 = _window(memory, 571392 * n, np.float32, (n, 32, 32, 8))
        s.up_1_batch_norm_2_over = _window(
            memory,
            714752 * n + 4559872 + 136,
            np.float32,
            (8,),
        )
        s.z17_hat_times = _window(memory, 538624 * n, np.float32, (n, 32, 32, 8))
        s.d_up_1_conv_2_W_columns = _window(
            memory,
            714752 * n + 1280,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.d_up_1_conv_2_W_part = _window(
            memory,
            714752 * n + 996992,
            np.float32,
            (72, 8),
        )
        s.d_up_1_conv_2_W_padded = _window(
            memory,
            714752 * n + 886016,
            np.float32,
            (3, 34, 34, 8),
        )
        s.up_1_conv_2_W_reshape = p.up_1_conv_2_W.reshape(3, 3, 8, 1, 8)
        s.up_1_conv_2_W_slice = s.up_1_conv_2_W_reshape[::-1, ::-1]
        s.up_1_conv_2_W_transpose = s.up_1_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.up_1_conv_2_W_reshape_2 = s.up_1_conv_2_W_transpose.reshape(3, 3, 8, 8)
        s.up_1_conv_2_W_copy = _window(
            memory,
            714752 * n + 996992,
            np.float32,
            (3, 3, 8, 8),
        )
        s.d_h16 = _window(memory, 538624 * n, np.float32, (n, 32, 32, 8))
        s.d_h16_columns = _window(
            memory,
            714752 * n + 1280,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.d_h16_padded = _window(
            memory,
            714752 * n + 886016,
            np.float32,
            (3, 34, 34, 8),
        )
        s.h16_mask = _window(memory, 571392 * n, np.bool_, (n, 32, 32, 8))
        s.d_z16_norm = _window(memory, 538624 * n, np.float32, (n, 32, 32, 8))
        s.d_z16_norm_reshape = s.d_z16_norm.reshape(1024 * n, 8)
        s.d_z16_norm_times = _window(memory, 505856 * n, np.float32, (n, 32, 32, 8))
        s.d_z16_norm_reshape_2 = s.d_z16_norm_times.reshape(1024 * n, 8)
        s.z16_inv_std_times = _window(
            memory,
            714752 * n + 4559872 + 72,
            np.float32,
            (8,),
        )
        s.d_up_1_batch_norm_1_beta_over = _window(
            memory,
            714752 * n + 4559872 + 104,
            np.float32,
            (8,),
        )
        s.d_z16 = _window(memory, 538624 * n, np.float32, (n, 32, 32, 8))
        s.up_1_batch_norm_1_over = _window(
            memory,
            714752 * n + 4559872 + 104,
            np.float32,
            (8,),
        )
        s.z16_hat_times = _window(memory, 473088 * n, np.float32, (n, 32, 32, 8))
        s.d_up_1_conv_1_W_columns = _window(
            memory,
            714752 * n + 1280,
            np.float32,
            (1, 32, 32, 3, 3, 16),
        )
        s.d_up_1_conv_1_W_part = _window(
            memory,
            714752 * n + 665088,
            np.float32,
            (144, 8),
        )
        s.d_up_1_conv_1_W_padded = _window(
            memory,
            714752 * n + 591104,
            np.float32,
            (1, 34, 34, 16),
        )
        s.up_1_conv_1_W_reshape = p.up_1_conv_1_W.reshape(3, 3, 16, 1, 8)
        s.up_1_conv_1_W_slice = s.up_1_conv_1_W_reshape[::-1, ::-1]
        s.up_1_conv_1_W_transpose = s.up_1_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.up_1_conv_1_W_reshape_2 = s.up_1_conv_1_W_transpose.reshape(3, 3, 8, 16)
        s.up_1_conv_1_W_copy = _window(
            memory,
            714752 * n + 996992,
            np.float32,
            (3, 3, 8, 16),
        )
        s.d_z16_conv = _window(memory, 260096 * n, np.float32, (n, 32, 32, 16))
        s.d_z16_conv_columns = _window(
            memory,
            714752 * n + 1280,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.d_z16_conv_padded = _window(
            memory,
            714752 * n + 886016,
            np.float32,
            (3, 34, 34, 8),
        )
        s.d_h15 = s.d_z16_conv[:, :, :, 8:]
        s.d_enlarge_1_W_columns = _window(
            memory,
            714752 * n + 1280,
            np.float32,
            (32, 16, 16, 2, 2, 8),
        )
        s.d_enlarge_1_W_part = _window(
            memory,
            714752 * n + 1049856,
            np.float32,
            (32, 16),
        )
        s.d_h14 = _window(memory, 473088 * n, np.float32, (n, 16, 16, 16))
        s.d_h14_columns = _window(
            memory,
            714752 * n + 1280,
            np.float32,
            (32, 16, 16, 2, 2, 8),
        )
        s.h14_mask = _window(memory, 489472 * n, np.bool_, (n, 16, 16, 16))
        s.d_z14_norm = _window(memory, 473088 * n, np.float32, (n, 16, 16, 16))
        s.d_z14_norm_reshape = s.d_z14_norm.reshape(256 * n, 16)
        s.d_z14_norm_times = _window(memory, 456704 * n, np.float32, (n, 16, 16, 16))
        s.d_z14_norm_reshape_2 = s.d_z14_norm_times.reshape(256 * n, 16)
        s.z14_inv_std_times = _window(memory, 714752 * n + 1216, np.float32, (16,))
        s.d_up_2_batch_norm_2_beta_over = _window(
            memory,
            714752 * n + 1280,
            np.float32,
            (16,),
        )
        s.d_z14 = _window(memory, 473088 * n, np.float32, (n, 16, 16, 16))
        s.up_2_batch_norm_2_over = _window(memory, 714752 * n + 1280, np.float32, (16,))
        s.z14_hat_times = _window(memory, 440320 * n, np.float32, (n, 16, 16, 16))
        s.d_up_2_conv_2_W_columns = _window(
            memory,
            714752 * n + 1216,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_up_2_conv_2_W_part = _window(
            memory,
            714752 * n + 1178560,
            np.float32,
            (144, 16),
        )
        s.d_up_2_conv_2_W_padded = _window(
            memory,
            714752 * n + 1033408,
            np.float32,
            (7, 18, 18, 16),
        )
        s.up_2_conv_2_W_reshape = p.up_2_conv_2_W.reshape(3, 3, 16, 1, 16)
        s.up_2_conv_2_W_slice = s.up_2_conv_2_W_reshape[::-1, ::-1]
        s.up_2_conv_2_W_transpose = s.up_2_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.up_2_conv_2_W_reshape_2 = s.up_2_conv_2_W_transpose.reshape(3, 3, 16, 16)
        s.up_2_conv_2_W_copy = _window(
            memory,
            714752 * n + 1178560,
            np.float32,
            (3, 3, 16, 16),
        )
        s.d_h13 = _window(memory, 440320 * n, np.float32, (n, 16, 16, 16))
        s.d_h13_columns = _window(
            memory,
            714752 * n + 1216,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_h13_padded = _window(
            memory,
            714752 * n + 1033408,
            np.float32,
            (7, 18, 18, 16),
        )
        s.h13_mask = _window(memory, 456704 * n, np.bool_, (n, 16, 16, 16))
        s.d_z13_norm = _window(memory, 440320 * n, np.float32, (n, 16, 16, 16))
        s.d_z13_norm_reshape = s.d_z13_norm.reshape(256 * n, 16)
        s.d_z13_norm_times = _window(memory, 423936 * n, np.float32, (n, 16, 16, 16))
        s.d_z13_norm_reshape_2 = s.d_z13_norm_times.reshape(256 * n, 16)
        s.z13_inv_std_times = _window(memory, 714752 * n + 1152, np.float32, (16,))
        s.d_up_2_batch_norm_1_beta_over = _window(
            memory,
            714752 * n + 1216,
            np.float32,
            (16,),
        )
        s.d_z13 = _window(memory, 440320 * n, np.float32, (n, 16, 16, 16))
        s.up_2_batch_norm_1_over = _window(memory, 714752 * n + 1216, np.float32, (16,))
        s.z13_hat_times = _window(memory, 407552 * n, np.float32, (n, 16, 16, 16))
        s.d_up_2_conv_1_W_columns = _window(
            memory,
            714752 * n + 1152,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.d_up_2_conv_1_W_part = _window(
            memory,
            714752 * n + 1010304,
            np.float32,
            (288, 16),
        )
        s.d_up_2_conv_1_W_padded = _window(
            memory,
            714752 * n + 885888,
            np.float32,
            (3, 18, 18, 32),
        )
        s.up_2_conv_1_W_reshape = p.up_2_conv_1_W.reshape(3, 3, 32, 1, 16)
        s.up_2_conv_1_W_slice = s.up_2_conv_1_W_reshape[::-1, ::-1]
        s.up_2_conv_1_W_transpose = s.up_2_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.up_2_conv_1_W_reshape_2 = s.up_2_conv_1_W_transpose.reshape(3, 3, 16, 32)
        s.up_2_conv_1_W_copy = _window(
            memory,
            714752 * n + 1178496,
            np.float32,
            (3, 3, 16, 32),
        )
        s.d_z13_conv = _window(memory, 374784 * n, np.float32, (n, 16, 16, 32))
        s.d_z13_conv_columns = _window(
            memory,
            714752 * n + 1152,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_z13_conv_padded = _window(
            memory,
            714752 * n + 1033344,
            np.float32,
            (7, 18, 18, 16),
        )
        s.d_h12 = s.d_z13_conv[:, :, :, 16:]
        s.d_enlarge_2_W_columns = _window(
            memory,
            714752 * n + 1152,
            np.float32,
            (64, 8, 8, 2, 2, 16),
        )
        s.d_enlarge_2_W_part = _window(
            memory,
            714752 * n + 1049728,
            np.float32,
            (64, 32),
        )
        s.d_h11 = _window(memory, 407552 * n, np.float32, (n, 8, 8, 32))
        s.d_h11_columns = _window(
            memory,
            714752 * n + 1152,
            np.float32,
            (64, 8, 8, 2, 2, 16),
        )
        s.h11_mask = _window(memory, 415744 * n, np.bool_, (n, 8, 8, 32))
        s.d_z11_norm = _window(memory, 407552 * n, np.float32, (n, 8, 8, 32))
        s.d_z11_norm_reshape = s.d_z11_norm.reshape(64 * n, 32)
        s.d_z11_norm_times = _window(memory, 366592 * n, np.float32, (n, 8, 8, 32))
        s.d_z11_norm_reshape_2 = s.d_z11_norm_times.reshape(64 * n, 32)
        s.z11_inv_std_times = _window(memory, 714752 * n + 1024, np.float32, (32,))
        s.d_up_3_batch_norm_2_beta_over = _window(
            memory,
            714752 * n + 1152,
            np.float32,
            (32,),
        )
        s.d_z11 = _window(memory, 407552 * n, np.float32, (n, 8, 8, 32))
        s.up_3_batch_norm_2_over = _window(memory, 714752 * n + 1152, np.float32, (32,))
        s.z11_hat_times = _window(memory, 358400 * n, np.float32, (n, 8, 8, 32))
        s.d_up_3_conv_2_W_columns = _window(
            memory,
            714752 * n + 1024,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.d_up_3_conv_2_W_part = _window(
            memory,
            714752 * n + 1212416,
            np.float32,
            (288, 32),
        )
        s.d_up_3_conv_2_W_padded = _window(
            memory,
            714752 * n + 1033216,
            np.float32,
            (14, 10, 10, 32),
        )
        s.up_3_conv_2_W_reshape = p.up_3_conv_2_W.reshape(3, 3, 32, 1, 32)
        s.up_3_conv_2_W_slice = s.up_3_conv_2_W_reshape[::-1, ::-1]
        s.up_3_conv_2_W_transpose = s.up_3_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.up_3_conv_2_W_reshape_2 = s.up_3_conv_2_W_transpose.reshape(3, 3, 32, 32)
        s.up_3_conv_2_W_copy = _window(
            memory,
            714752 * n + 1212416,
            np.float32,
            (3, 3, 32, 32),
        )
        s.d_h10 = _window(memory, 358400 * n, np.float32, (n, 8, 8, 32))
        s.d_h10_columns = _window(
            memory,
            714752 * n + 1024,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.d_h10_padded = _window(
            memory,
            714752 * n + 1033216,
            np.float32,
            (14, 10, 10, 32),
        )
        s.h10_mask = _window(memory, 366592 * n, np.bool_, (n, 8, 8, 32))
        s.d_z10_norm = _window(memory, 358400 * n, np.float32, (n, 8, 8, 32))
        s.d_z10_norm_reshape = s.d_z10_norm.reshape(64 * n, 32)
        s.d_z10_norm_times = _window(memory, 350208 * n, np.float32, (n, 8, 8, 32))
        s.d_z10_norm_reshape_2 = s.d_z10_norm_times.reshape(64 * n, 32)
        s.z10_inv_std_times = _window(memory, 714752 * n + 896, np.float32, (32,))
        s.d_up_3_batch_norm_1_beta_over = _window(
            memory,
            714752 * n + 1024,
            np.float32,
            (32,),
        )
        s.d_z10 = _window(memory, 358400 * n, np.float32, (n, 8, 8, 32))
        s.up_3_batch_norm_1_over = _window(memory, 714752 * n + 1024, np.float32, (32,))
        s.z10_hat_times = _window(memory, 342016 * n, np.float32, (n, 8, 8, 32))
        s.d_up_3_conv_1_W_tiles = _window(
            memory,
            714752 * n + 896,
            np.float32,
            (6, 6, 22, 2, 2, 64),
        )
        s.d_up_3_conv_1_W_inputs = _window(
            memory,
            714752 * n + 811904,
            np.float32,
            (36, 5632),
        )
        s.d_up_3_conv_1_W_given = _window(
            memory,
            714752 * n + 3181440,
            np.float32,
            (4, 4, 22, 2, 2, 32),
        )
        s.d_up_3_conv_1_W_back = _window(
            memory,
            714752 * n + 2186112,
            np.float32,
            (36, 2816),
        )
        s.d_up_3_conv_1_W_products = _window(
            memory,
            714752 * n + 2591616,
            np.float32,
            (36, 64, 32),
        )
        s.d_up_3_conv_1_W_part = _window(
            memory,
            714752 * n + 2886528,
            np.float32,
            (36, 64, 32),
        )
        s.d_up_3_conv_1_W_around = _window(
            memory,
            714752 * n + 3361664,
            np.float32,
            (22, 8, 8, 32),
        )
        s.d_up_3_conv_1_W_padded = _window(
            memory,
            714752 * n + 1622912,
            np.float32,
            (22, 10, 10, 64),
        )
        s.d_up_3_conv_1_W_transforms = _cook_toom(3, 4, np.float32)
        s.up_3_conv_1_W_reshape = p.up_3_conv_1_W.reshape(3, 3, 64, 1, 32)
        s.up_3_conv_1_W_slice = s.up_3_conv_1_W_reshape[::-1, ::-1]
        s.up_3_conv_1_W_transpose = s.up_3_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.up_3_conv_1_W_reshape_2 = s.up_3_conv_1_W_transpose.reshape(3, 3, 32, 64)
        s.up_3_conv_1_W_copy = _window(
            memory,
            714752 * n + 3177344,
            np.float32,
            (3, 3, 32, 64),
        )
        s.d_z10_conv = _window(memory, 325632 * n, np.float32, (n, 8, 8, 64))
        s.d_z10_conv_tiles = _window(
            memory,
            714752 * n + 1033088,
            np.float32,
            (6, 6, 28, 2, 2, 32),
        )
        s.d_z10_conv_inputs = _window(
            memory,
            714752 * n + 1549184,
            np.float32,
            (36, 3584),
        )
        s.d_z10_conv_filters = _window(
            memory,
            714752 * n + 2882432,
            np.float32,
            (36, 2048),
        )
        s.d_z10_conv_products = _window(
            memory,
            714752 * n + 896,
            np.float32,
            (36, 7168),
        )
        s.d_z10_conv_outputs = _window(
            memory,
            714752 * n + 2065280,
            np.float32,
            (4, 4, 28, 2, 2, 64),
        )
        s.d_z10_conv_padded = _window(
            memory,
            714752 * n + 2524032,
            np.float32,
            (28, 10, 10, 32),
        )
        s.d_z10_conv_transforms = _cook_toom(4, 3, np.float32)
        s.d_h9 = s.d_z10_conv[:, :, :, 32:]
        s.d_enlarge_3_W_columns = _window(
            memory,
            714752 * n + 896,
            np.float32,
            (128, 4, 4, 2, 2, 32),
        )
        s.d_enlarge_3_W_part = _window(
            memory,
            714752 * n + 1049472,
            np.float32,
            (128, 64),
        )
        s.d_h8 = _window(memory, 342016 * n, np.float32, (n, 4, 4, 64))
        s.d_h8_columns = _window(
            memory,
            714752 * n + 896,
            np.float32,
            (128, 4, 4, 2, 2, 32),
        )
        s.h8_mask = _window(memory, 346112 * n, np.bool_, (n, 4, 4, 64))
        s.d_z8_norm = _window(memory, 342016 * n, np.float32, (n, 4, 4, 64))
        s.d_z8_norm_reshape = s.d_z8_norm.reshape(16 * n, 64)
        s.d_z8_norm_times = _window(memory, 256000 * n, np.float32, (n, 4, 4, 64))
        s.d_z8_norm_reshape_2 = s.d_z8_norm_times.reshape(16 * n, 64)
        s.z8_inv_std_times = _window(memory, 714752 * n + 640, np.float32, (64,))
        s.bottom_batch_norm_2_over = _window(
            memory,
            714752 * n + 896,
            np.float32,
            (64,),
        )
        s.d_z8 = _window(memory, 342016 * n, np.float32, (n, 4, 4, 64))
        s.bottom_batch_norm_2_over_2 = _window(
            memory,
            714752 * n + 896,
            np.float32,
            (64,),
        )
        s.z8_hat_times = _window(memory, 251904 * n, np.float32, (n, 4, 4, 64))
        s.d_bottom_conv_2_W_tiles = _window(
            memory,
            714752 * n + 640,
            np.float32,
            (6, 6, 75, 1, 1, 64),
        )
        s.d_bottom_conv_2_W_inputs = _window(
            memory,
            714752 * n + 691840,
            np.float32,
            (36, 4800),
        )
        s.d_bottom_conv_2_W_given = _window(
            memory,
            714752 * n + 3945472,
            np.float32,
            (4, 4, 75, 1, 1, 64),
        )
        s.d_bottom_conv_2_W_back = _window(
            memory,
            714752 * n + 1383040,
            np.float32,
            (36, 4800),
        )
        s.d_bottom_conv_2_W_products = _window(
            memory,
            714752 * n + 2765440,
            np.float32,
            (36, 64, 64),
        )
        s.d_bottom_conv_2_W_part = _window(
            memory,
            714752 * n + 3355264,
            np.float32,
            (36, 64, 64),
        )
        s.d_bottom_conv_2_W_around = _window(
            memory,
            714752 * n + 4252672,
            np.float32,
            (75, 4, 4, 64),
        )
        s.d_bottom_conv_2_W_padded = _window(
            memory,
            714752 * n + 2074240,
            np.float32,
            (75, 6, 6, 64),
        )
        s.d_bottom_conv_2_W_transforms = _cook_toom(3, 4, np.float32)
        s.bottom_conv_2_W_reshape = p.bottom_conv_2_W.reshape(3, 3, 64, 1, 64)
        s.bottom_conv_2_W_slice = s.bottom_conv_2_W_reshape[::-1, ::-1]
        s.bottom_conv_2_W_transpose = s.bottom_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.bottom_conv_2_W_reshape_2 = s.bottom_conv_2_W_transpose.reshape(3, 3, 64, 64)
        s.bottom_conv_2_W_copy = _window(
            memory,
            714752 * n + 3662464,
            np.float32,
            (3, 3, 64, 64),
        )
        s.d_h7 = _window(memory, 252928 * n, np.float32, (n, 4, 4, 64))
        s.d_h7_tiles = _window(
            memory,
            714752 * n + 640,
            np.float32,
            (6, 6, 75, 1, 1, 64),
        )
        s.d_h7_inputs = _window(memory, 714752 * n + 691840, np.float32, (36, 4800))
        s.d_h7_filters = _window(memory, 714752 * n + 2765440, np.float32, (36, 4096))
        s.d_h7_products = _window(memory, 714752 * n + 1383040, np.float32, (36, 4800))
        s.d_h7_outputs = _window(
            memory,
            714752 * n + 3355264,
            np.float32,
            (4, 4, 75, 1, 1, 64),
        )
        s.d_h7_padded = _window(
            memory,
            714752 * n + 2074240,
            np.float32,
            (75, 6, 6, 64),
        )
        s.d_h7_transforms = _cook_toom(4, 3, np.float32)
        s.h7_mask = _window(memory, 251904 * n, np.bool_, (n, 4, 4, 64))
        s.d_z7_norm = _window(memory, 252928 * n, np.float32, (n, 4, 4, 64))
        s.d_z7_norm_reshape = s.d_z7_norm.reshape(16 * n, 64)
        s.d_z7_norm_times = _window(memory, 247808 * n, np.float32, (n, 4, 4, 64))
        s.d_z7_norm_reshape_2 = s.d_z7_norm_times.reshape(16 * n, 64)
        s.z7_inv_std_times = _window(memory, 714752 * n + 384, np.float32, (64,))
        s.bottom_batch_norm_1_over = _window(
            memory,
            714752 * n + 640,
            np.float32,
            (64,),
        )
        s.d_z7 = _window(memory, 252928 * n, np.float32, (n, 4, 4, 64))
        s.bottom_batch_norm_1_over_2 = _window(
            memory,
            714752 * n + 640,
            np.float32,
            (64,),
        )
        s.z7_hat_times = _window(memory, 243712 * n, np.float32, (n, 4, 4, 64))
        s.d_bottom_conv_1_W_columns = _window(
            memory,
            714752 * n + 384,
            np.float32,
            (56, 4, 4, 3, 3, 32),
        )
        s.d_bottom_conv_1_W_part = _window(
            memory,
            714752 * n + 1290624,
            np.float32,
            (288, 64),
        )
        s.d_bottom_conv_1_W_padded = _window(
            memory,
            714752 * n + 1032576,
            np.float32,
            (56, 6, 6, 32),
        )
        s.d_z10_slice = s.d_z10_conv[:, :, :, :32]
        s.h6_max_pool_index = _window(memory, 249856 * n, np.uint8, (n, 4, 4, 32))
        s.h6_max_pool_index_before = _window(
            memory,
            243712 * n,
            np.bool_,
            (n, 4, 4, 32),
        )
        s.h6_max_pool_index_different = _window(
            memory,
            244224 * n,
            np.bool_,
            (n, 4, 4, 32),
        )
        s.h6_max_pool_index_shifts = _shifts((8, 8), (4, 4), (2, 2), strides=(2, 2))
        s.bottom_conv_1_W_reshape = p.bottom_conv_1_W.reshape(3, 3, 32, 1, 64)
        s.bottom_conv_1_W_slice = s.bottom_conv_1_W_reshape[::-1, ::-1]
        s.bottom_conv_1_W_transpose = s.bottom_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.bottom_conv_1_W_reshape_2 = s.bottom_conv_1_W_transpose.reshape(3, 3, 64, 32)
        s.bottom_conv_1_W_copy = _window(
            memory,
            714752 * n + 3416960,
            np.float32,
            (3, 3, 64, 32),
        )
        s.d_h6_pooled = _window(memory, 250368 * n, np.float32, (n, 4, 4, 32))
        s.d_h6_pooled_tiles = _window(
            memory,
            714752 * n + 384,
            np.float32,
            (6, 6, 91, 1, 1, 64),
        )
        s.d_h6_pooled_inputs = _window(
            memory,
            714752 * n + 839040,
            np.float32,
            (36, 5824),
        )
        s.d_h6_pooled_filters = _window(
            memory,
            714752 * n + 2935680,
            np.float32,
            (36, 2048),
        )
        s.d_h6_pooled_products = _window(
            memory,
            714752 * n + 2516352,
            np.float32,
            (36, 2912),
        )
        s.d_h6_pooled_outputs = _window(
            memory,
            714752 * n + 3230592,
            np.float32,
            (4, 4, 91, 1, 1, 32),
        )
        s.d_h6_pooled_padded = _window(
            memory,
            714752 * n + 1677696,
            np.float32,
            (91, 6, 6, 64),
        )
        s.d_h6_pooled_transforms = _cook_toom(4, 3, np.float32)
        s.d_h6 = _window(memory, 241664 * n, np.float32, (n, 8, 8, 32))
        s.d_h6_chosen = _window(memory, 254464 * n, np.bool_, (n, 4, 4, 32))
        s.d_h6_part = _window(memory, 252416 * n, np.float32, (n, 4, 4, 32))
        s.d_h6_shifts = _shifts((8, 8), (4, 4), (2, 2), strides=(2, 2))
        s.h6_mask = _window(memory, 249856 * n, np.bool_, (n, 8, 8, 32))
        s.d_z6_norm = _window(memory, 241664 * n, np.float32, (n, 8, 8, 32))
        s.d_z6_norm_reshape = s.d_z6_norm.reshape(64 * n, 32)
        s.d_z6_norm_times = _window(memory, 233472 * n, np.float32, (n, 8, 8, 32))
        s.d_z6_norm_reshape_2 = s.d_z6_norm_times.reshape(64 * n, 32)
        s.z6_inv_std_times = _window(memory, 714752 * n + 256, np.float32, (32,))
        s.down_3_batch_norm_2_over = _window(
            memory,
            714752 * n + 384,
            np.float32,
            (32,),
        )
        s.d_z6 = _window(memory, 241664 * n, np.float32, (n, 8, 8, 32))
        s.down_3_batch_norm_2_over_2 = _window(
            memory,
            714752 * n + 384,
            np.float32,
            (32,),
        )
        s.z6_hat_times = _window(memory, 225280 * n, np.float32, (n, 8, 8, 32))
        s.d_down_3_conv_2_W_columns = _window(
            memory,
            714752 * n + 256,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.d_down_3_conv_2_W_part = _window(
            memory,
            714752 * n + 1211648,
            np.float32,
            (288, 32),
        )
        s.d_down_3_conv_2_W_padded = _window(
            memory,
            714752 * n + 1032448,
            np.float32,
            (14, 10, 10, 32),
        )
        s.down_3_conv_2_W_reshape = p.down_3_conv_2_W.reshape(3, 3, 32, 1, 32)
        s.down_3_conv_2_W_slice = s.down_3_conv_2_W_reshape[::-1, ::-1]
        s.down_3_conv_2_W_transpose = s.down_3_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.down_3_conv_2_W_reshape_2 = s.down_3_conv_2_W_transpose.reshape(3, 3, 32, 32)
        s.down_3_conv_2_W_copy = _window(
            memory,
            714752 * n + 1211648,
            np.float32,
            (3, 3, 32, 32),
        )
        s.d_h5 = _window(memory, 227328 * n, np.float32, (n, 8, 8, 32))
        s.d_h5_columns = _window(
            memory,
            714752 * n + 256,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.d_h5_padded = _window(
            memory,
            714752 * n + 1032448,
            np.float32,
            (14, 10, 10, 32),
        )
        s.h5_mask = _window(memory, 225280 * n, np.bool_, (n, 8, 8, 32))
        s.d_z5_norm = _window(memory, 227328 * n, np.float32, (n, 8, 8, 32))
        s.d_z5_norm_reshape = s.d_z5_norm.reshape(64 * n, 32)
        s.d_z5_norm_times = _window(memory, 217088 * n, np.float32, (n, 8, 8, 32))
        s.d_z5_norm_reshape_2 = s.d_z5_norm_times.reshape(64 * n, 32)
        s.z5_inv_std_times = _window(memory, 714752 * n + 128, np.float32, (32,))
        s.down_3_batch_norm_1_over = _window(
            memory,
            714752 * n + 256,
            np.float32,
            (32,),
        )
        s.d_z5 = _window(memory, 227328 * n, np.float32, (n, 8, 8, 32))
        s.down_3_batch_norm_1_over_2 = _window(
            memory,
            714752 * n + 256,
            np.float32,
            (32,),
        )
        s.z5_hat_times = _window(memory, 208896 * n, np.float32, (n, 8, 8, 32))
        s.d_down_3_conv_1_W_columns = _window(
            memory,
            714752 * n + 128,
            np.float32,
            (28, 8, 8, 3, 3, 16),
        )
        s.d_down_3_conv_1_W_part = _window(
            memory,
            714752 * n + 1211520,
            np.float32,
            (144, 32),
        )
        s.d_down_3_conv_1_W_padded = _window(
            memory,
            714752 * n + 1032320,
            np.float32,
            (28, 10, 10, 16),
        )
        s.d_z13_slice = s.d_z13_conv[:, :, :, :16]
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
        s.down_3_conv_1_W_reshape = p.down_3_conv_1_W.reshape(3, 3, 16, 1, 32)
        s.down_3_conv_1_W_slice = s.down_3_conv_1_W_reshape[::-1, ::-1]
        s.down_3_conv_1_W_transpose = s.down_3_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.down_3_conv_1_W_reshape_2 = s.down_3_conv_1_W_transpose.reshape(3, 3, 32, 16)
        s.down_3_conv_1_W_copy = _window(
            memory,
            714752 * n + 1211520,
            np.float32,
            (3, 3, 32, 16),
        )
        s.d_h4_pooled = _window(memory, 222208 * n, np.float32, (n, 8, 8, 16))
        s.d_h4_pooled_columns = _window(
            memory,
            714752 * n + 128,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.d_h4_pooled_padded = _window(
            memory,
            714752 * n + 1032320,
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
        s.z4_inv_std_times = _window(memory, 714752 * n + 64, np.float32, (16,))
        s.down_2_batch_norm_2_over = _window(
            memory,
            714752 * n + 128,
            np.float32,
            (16,),
        )
        s.d_z4 = _window(memory, 204800 * n, np.float32, (n, 16, 16, 16))
        s.down_2_batch_norm_2_over_2 = _window(
            memory,
            714752 * n + 128,
            np.float32,
            (16,),
        )
        s.z4_hat_times = _window(memory, 172032 * n, np.float32, (n, 16, 16, 16))
        s.d_down_2_conv_2_W_columns = _window(
            memory,
            714752 * n + 64,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_down_2_conv_2_W_part = _window(
            memory,
            714752 * n + 1177408,
            np.float32,
            (144, 16),
        )
        s.d_down_2_conv_2_W_padded = _window(
            memory,
            714752 * n + 1032256,
            np.float32,
            (7, 18, 18, 16),
        )
        s.down_2_conv_2_W_reshape = p.down_2_conv_2_W.reshape(3, 3, 16, 1, 16)
        s.down_2_conv_2_W_slice = s.down_2_conv_2_W_reshape[::-1, ::-1]
        s.down_2_conv_2_W_transpose = s.down_2_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.down_2_conv_2_W_reshape_2 = s.down_2_conv_2_W_transpose.reshape(3, 3, 16, 16)
        s.down_2_conv_2_W_copy = _window(
            memory,
            714752 * n + 1177408,
            np.float32,
            (3, 3, 16, 16),
        )
        s.d_h3 = _window(memory, 176128 * n, np.float32, (n, 16, 16, 16))
        s.d_h3_columns = _window(
            memory,
            714752 * n + 64,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_h3_padded = _window(
            memory,
            714752 * n + 1032256,
            np.float32,
            (7, 18, 18, 16),
        )
        s.h3_mask = _window(memory, 172032 * n, np.bool_, (n, 16, 16, 16))
        s.d_z3_norm = _window(memory, 176128 * n, np.float32, (n, 16, 16, 16))
        s.d_z3_norm_reshape = s.d_z3_norm.reshape(256 * n, 16)
        s.d_z3_norm_times = _window(memory, 155648 * n, np.float32, (n, 16, 16, 16))
        s.d_z3_norm_reshape_2 = s.d_z3_norm_times.reshape(256 * n, 16)
        s.z3_inv_std_times = _window(memory, 714752 * n, np.float32, (16,))
        s.down_2_batch_norm_1_over = _window(memory, 714752 * n + 64, np.float32, (16,))
        s.d_z3 = _window(memory, 176128 * n, np.float32, (n, 16, 16, 16))
        s.down_2_batch_norm_1_over_2 = _window(
            memory,
            714752 * n + 64,
            np.float32,
            (16,),
        )
        s.z3_hat_times = _window(memory, 139264 * n, np.float32, (n, 16, 16, 16))
        s.d_down_2_conv_1_W_columns = _window(
            memory,
            714752 * n,
            np.float32,
            (14, 16, 16, 3, 3, 8),
        )
        s.d_down_2_conv_1_W_part = _window(
            memory,
            714752 * n + 1177344,
            np.float32,
            (72, 16),
        )
        s.d_down_2_conv_1_W_padded = _window(
            memory,
            714752 * n + 1032192,
            np.float32,
            (14, 18, 18, 8),
        )
        s.d_z16_slice = s.d_z16_conv[:, :, :, :8]
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
            714752 * n + 1177344,
            np.float32,
            (3, 3, 16, 8),
        )
        s.d_h2_pooled = _window(memory, 165888 * n, np.float32, (n, 16, 16, 8))
        s.d_h2_pooled_columns = _window(
            memory,
            714752 * n,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.d_h2_pooled_padded = _window(
            memory,
            714752 * n + 1032192,
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
            714752 * n + 4559872 + 40,
            np.float32,
            (8,),
        )
        s.down_1_batch_norm_2_over = _window(
            memory,
            714752 * n + 4559872 + 72,
            np.float32,
            (8,),
        )
        s.d_z2 = _window(memory, 131072 * n, np.float32, (n, 32, 32, 8))
        s.down_1_batch_norm_2_over_2 = _window(
            memory,
            714752 * n + 4559872 + 72,
            np.float32,
            (8,),
        )
        s.z2_hat_times = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.d_down_1_conv_2_W_columns = _window(
            memory,
            714752 * n,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.d_down_1_conv_2_W_part = _window(
            memory,
            714752 * n + 995712,
            np.float32,
            (72, 8),
        )
        s.d_down_1_conv_2_W_padded = _window(
            memory,
            714752 * n + 884736,
            np.float32,
            (3, 34, 34, 8),
        )
        s.down_1_conv_2_W_reshape = p.down_1_conv_2_W.reshape(3, 3, 8, 1, 8)
        s.down_1_conv_2_W_slice = s.down_1_conv_2_W_reshape[::-1, ::-1]
        s.down_1_conv_2_W_transpose = s.down_1_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.down_1_conv_2_W_reshape_2 = s.down_1_conv_2_W_transpose.reshape(3, 3, 8, 8)
        s.down_1_conv_2_W_copy = _window(
            memory,
            714752 * n + 995712,
            np.float32,
            (3, 3, 8, 8),
        )
        s.d_h1 = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.d_h1_columns = _window(memory, 714752 * n, np.float32, (3, 32, 32, 3, 3, 8))
        s.d_h1_padded = _window(memory, 714752 * n + 884736, np.float32, (3, 34, 34, 8))
        s.h1_mask = _window(memory, 98304 * n, np.bool_, (n, 32, 32, 8))
        s.d_z1_norm = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.d_z1_norm_reshape = s.d_z1_norm.reshape(1024 * n, 8)
        s.d_z1_norm_times = _window(memory, 32768 * n, np.float32, (n, 32, 32, 8))
        s.d_z1_norm_reshape_2 = s.d_z1_norm_times.reshape(1024 * n, 8)
        s.z1_inv_std_times = _window(memory, 714752 * n + 4559872, np.float32, (8,))
        s.down_1_batch_norm_1_over = _window(
            memory,
            714752 * n + 4559872 + 40,
            np.float32,
            (8,),
        )
        s.d_z1 = _window(memory, 65536 * n, np.float32, (n, 32, 32, 8))
        s.down_1_batch_norm_1_over_2 = _window(
            memory,
            714752 * n + 4559872 + 40,
            np.float32,
            (8,),
        )
        s.z1_hat_times = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.d_down_1_conv_1_W_columns = _window(
            memory,
            714752 * n,
            np.float32,
            (28, 32, 32, 3, 3, 1),
        )
        s.d_down_1_conv_1_W_part = _window(
            memory,
            714752 * n + 1161664,
            np.float32,
            (9, 8),
        )
        s.d_down_1_conv_1_W_padded = _window(
            memory,
            714752 * n + 1032192,
            np.float32,
            (28, 34, 34, 1),
        )
        s.z1_mean_times_2 = _window(memory, 484544, np.float32, (8,))
        s.z1_unbiased_var_times_2 = _window(memory, 484544, np.float32, (8,))
        s.z2_mean_times_2 = _window(memory, 484544, np.float32, (8,))
        s.z2_unbiased_var_times_2 = _window(memory, 484544, np.float32, (8,))
        s.z3_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z3_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z4_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z4_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z5_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z5_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z6_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z6_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z7_mean_times_2 = _window(memory, 0, np.float32, (64,))
        s.z7_unbiased_var_times_2 = _window(memory, 0, np.float32, (64,))
        s.z8_mean_times_2 = _window(memory, 0, np.float32, (64,))
        s.z8_unbiased_var_times_2 = _window(memory, 0, np.float32, (64,))
        s.z10_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z10_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z11_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z11_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z13_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z13_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z14_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z14_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z16_mean_times_2 = _window(memory, 484544, np.float32, (8,))
        s.z16_unbiased_var_times_2 = _window(memory, 484544, np.float32, (8,))
        s.z17_mean_times_2 = _window(memory, 484544, np.float32, (8,))
        s.z17_unbiased_var_times_2 = _window(memory, 484544, np.float32, (8,))
        s.grads_square = _window(memory, 0, np.float32, (121123,))
        s.new_squares_sqrt = _window(memory, 0, np.float32, (121123,))
        s.new_squares_plus = _window(memory, 0, np.float32, (121123,))
        s.new_momentum_over = _window(memory, 0, np.float32, (121123,))
        s.alpha_t_times = _window(memory, 0, np.float32, (121123,))
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
        # down_1.conv_1: z1 = conv(x, W)       (N, 32, 32, 8)   mnist_segmentation.py:37
        _conv_im2col(
            x,
            p.down_1_conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_1                                   mnist_segmentation.py:37
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

        # down_1.relu_1: h1 = relu(z1_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # down_1.conv_2: z2 = conv(h1, W)      (N, 32, 32, 8)   mnist_segmentation.py:37
        _conv_im2col(
            s.h1,
            p.down_1_conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_2                                   mnist_segmentation.py:37
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

        # down_1.relu_2: h2 = relu(z2_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # pool                                                  mnist_segmentation.py:37
        # h2_pooled = max_pool(h2, 2x2)                                 (N, 16, 16, 8)
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # down_2.conv_1                                         mnist_segmentation.py:37
        # z3 = conv(h2_pooled, W)                                      (N, 16, 16, 16)
        _conv_im2col(
            s.h2_pooled,
            p.down_2_conv_1_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_1                                   mnist_segmentation.py:37
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

        # down_2.relu_1: h3 = relu(z3_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z3_norm, 0.0, out=s.h3)

        # down_2.conv_2: z4 = conv(h3, W)     (N, 16, 16, 16)   mnist_segmentation.py:37
        _conv_im2col(
            s.h3,
            p.down_2_conv_2_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_2                                   mnist_segmentation.py:37
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

        # down_2.relu_2: h4 = relu(z4_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # pool: h4_pooled = max_pool(h4, 2x2)   (N, 8, 8, 16)   mnist_segmentation.py:37
        _max_pool_shifts(s.h4, s.h4_pooled_shifts, out=s.h4_pooled)

        # down_3.conv_1                                         mnist_segmentation.py:37
        # z5 = conv(h4_pooled, W)                                        (N, 8, 8, 32)
        _conv_im2col(
            s.h4_pooled,
            p.down_3_conv_1_W,
            s.z5_columns,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # down_3.batch_norm_1                                   mnist_segmentation.py:37
        # z5_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z5_norm = (z5 - running_mean) * (gamma * z5_inv_std) + beta    (N, 8, 8, 32)
        np.subtract(s.z5, self.state.down_3_batch_norm_1_running_mean, out=s.z5_norm)
        np.add(self.state.down_3_batch_norm_1_running_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(
            p.down_3_batch_norm_1_gamma,
            s.z5_inv_std,
            out=s.down_3_batch_norm_1_times,
        )
        np.multiply(s.z5_norm, s.down_3_batch_norm_1_times, out=s.z5_norm)
        np.add(s.z5_norm, p.down_3_batch_norm_1_beta, out=s.z5_norm)

        # down_3.relu_1: h5 = relu(z5_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z5_norm, 0.0, out=s.h5)

        # down_3.conv_2: z6 = conv(h5, W)       (N, 8, 8, 32)   mnist_segmentation.py:37
        _conv_im2col(
            s.h5,
            p.down_3_conv_2_W,
            s.z6_columns,
            out=s.z6,
            padded=s.z6_padded,
            low=(1, 1),
        )

        # down_3.batch_norm_2                                   mnist_segmentation.py:37
        # z6_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z6_norm = (z6 - running_mean) * (gamma * z6_inv_std) + beta    (N, 8, 8, 32)
        np.subtract(s.z6, self.state.down_3_batch_norm_2_running_mean, out=s.z6_norm)
        np.add(self.state.down_3_batch_norm_2_running_var, 1e-05, out=s.z6_inv_std)
        np.sqrt(s.z6_inv_std, out=s.z6_inv_std)
        np.divide(1.0, s.z6_inv_std, out=s.z6_inv_std)
        np.multiply(
            p.down_3_batch_norm_2_gamma,
            s.z6_inv_std,
            out=s.down_3_batch_norm_2_times,
        )
        np.multiply(s.z6_norm, s.down_3_batch_norm_2_times, out=s.z6_norm)
        np.add(s.z6_norm, p.down_3_batch_norm_2_beta, out=s.z6_norm)

        # down_3.relu_2: h6 = relu(z6_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z6_norm, 0.0, out=s.h6)

        # pool: h6_pooled = max_pool(h6, 2x2)   (N, 4, 4, 32)   mnist_segmentation.py:37
        _max_pool_shifts(s.h6, s.h6_pooled_shifts, out=s.h6_pooled)

        # bottom.conv_1                                         mnist_segmentation.py:37
        # z7 = conv(h6_pooled, W)                                        (N, 4, 4, 64)
        _conv_winograd(
            s.h6_pooled,
            p.bottom_conv_1_W,
            s.z7_tiles,
            s.z7_inputs,
            s.z7_filters,
            s.z7_products,
            s.z7_outputs,
            s.z7_transforms,
            out=s.z7,
            padded=s.z7_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_1                                   mnist_segmentation.py:37
        # z7_inv_std = 1 / sqrt(running_var + 1e-05)                             (64,)
        # z7_norm = (z7 - running_mean) * (gamma * z7_inv_std) + beta    (N, 4, 4, 64)
        np.subtract(s.z7, self.state.bottom_batch_norm_1_running_mean, out=s.z7_norm)
        np.add(self.state.bottom_batch_norm_1_running_var, 1e-05, out=s.z7_inv_std)
        np.sqrt(s.z7_inv_std, out=s.z7_inv_std)
        np.divide(1.0, s.z7_inv_std, out=s.z7_inv_std)
        np.multiply(
            p.bottom_batch_norm_1_gamma,
            s.z7_inv_std,
            out=s.bottom_batch_norm_1_times,
        )
        np.multiply(s.z7_norm, s.bottom_batch_norm_1_times, out=s.z7_norm)
        np.add(s.z7_norm, p.bottom_batch_norm_1_beta, out=s.z7_norm)

        # bottom.relu_1: h7 = relu(z7_norm)     (N, 4, 4, 64)   mnist_segmentation.py:37
        np.maximum(s.z7_norm, 0.0, out=s.h7)

        # bottom.conv_2: z8 = conv(h7, W)       (N, 4, 4, 64)   mnist_segmentation.py:37
        _conv_winograd(
            s.h7,
            p.bottom_conv_2_W,
            s.z8_tiles,
            s.z8_inputs,
            s.z8_filters,
            s.z8_products,
            s.z8_outputs,
            s.z8_transforms,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_2                                   mnist_segmentation.py:37
        # z8_inv_std = 1 / sqrt(running_var + 1e-05)                             (64,)
        # z8_norm = (z8 - running_mean) * (gamma * z8_inv_std) + beta    (N, 4, 4, 64)
        np.subtract(s.z8, self.state.bottom_batch_norm_2_running_mean, out=s.z8_norm)
        np.add(self.state.bottom_batch_norm_2_running_var, 1e-05, out=s.z8_inv_std)
        np.sqrt(s.z8_inv_std, out=s.z8_inv_std)
        np.divide(1.0, s.z8_inv_std, out=s.z8_inv_std)
        np.multiply(
            p.bottom_batch_norm_2_gamma,
            s.z8_inv_std,
            out=s.bottom_batch_norm_2_times,
        )
        np.multiply(s.z8_norm, s.bottom_batch_norm_2_times, out=s.z8_norm)
        np.add(s.z8_norm, p.bottom_batch_norm_2_beta, out=s.z8_norm)

        # bottom.relu_2: h8 = relu(z8_norm)     (N, 4, 4, 64)   mnist_segmentation.py:37
        np.maximum(s.z8_norm, 0.0, out=s.h8)

        # enlarge_3: h9 = conv^T(h8, W) + b     (N, 8, 8, 32)   mnist_segmentation.py:37
        _conv_col2im(s.h8, p.enlarge_3_W, s.h9_columns, out=s.h9, strides=(2, 2))
        np.add(s.h9, p.enlarge_3_b, out=s.h9)

        # h6_concat = [h6; h9]                  (N, 8, 8, 64)   mnist_segmentation.py:37
        np.concatenate((s.h6, s.h9), axis=3, out=s.h6_concat)

        # up_3.conv_1                                           mnist_segmentation.py:37
        # z10 = conv(h6_concat, W)                                       (N, 8, 8, 32)
        _conv_winograd(
            s.h6_concat,
            p.up_3_conv_1_W,
            s.z10_tiles,
            s.z10_inputs,
            s.z10_filters,
            s.z10_products,
            s.z10_outputs,
            s.z10_transforms,
            out=s.z10,
            padded=s.z10_padded,
            low=(1, 1),
        )

        # up_3.batch_norm_1                                     mnist_segmentation.py:37
        # z10_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # z10_norm = (z10 - running_mean) * (gamma * z10_inv_std)        (N, 8, 8, 32)
        #     + beta
        np.subtract(s.z10, self.state.up_3_batch_norm_1_running_mean, out=s.z10_norm)
        np.add(self.state.up_3_batch_norm_1_running_var, 1e-05, out=s.z10_inv_std)
        np.sqrt(s.z10_inv_std, out=s.z10_inv_std)
        np.divide(1.0, s.z10_inv_std, out=s.z10_inv_std)
        np.multiply(
            p.up_3_batch_norm_1_gamma,
            s.z10_inv_std,
            out=s.up_3_batch_norm_1_gamma_times,
        )
        np.multiply(s.z10_norm, s.up_3_batch_norm_1_gamma_times, out=s.z10_norm)
        np.add(s.z10_norm, p.up_3_batch_norm_1_beta, out=s.z10_norm)

        # up_3.relu_1: h10 = relu(z10_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z10_norm, 0.0, out=s.h10)

        # up_3.conv_2: z11 = conv(h10, W)       (N, 8, 8, 32)   mnist_segmentation.py:37
        _conv_im2col(
            s.h10,
            p.up_3_conv_2_W,
            s.z11_columns,
            out=s.z11,
            padded=s.z11_padded,
            low=(1, 1),
        )

        # up_3.batch_norm_2                                     mnist_segmentation.py:37
        # z11_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # z11_norm = (z11 - running_mean) * (gamma * z11_inv_std)        (N, 8, 8, 32)
        #     + beta
        np.subtract(s.z11, self.state.up_3_batch_norm_2_running_mean, out=s.z11_norm)
        np.add(self.state.up_3_batch_norm_2_running_var, 1e-05, out=s.z11_inv_std)
        np.sqrt(s.z11_inv_std, out=s.z11_inv_std)
        np.divide(1.0, s.z11_inv_std, out=s.z11_inv_std)
        np.multiply(
            p.up_3_batch_norm_2_gamma,
            s.z11_inv_std,
            out=s.up_3_batch_norm_2_gamma_times,
        )
        np.multiply(s.z11_norm, s.up_3_batch_norm_2_gamma_times, out=s.z11_norm)
        np.add(s.z11_norm, p.up_3_batch_norm_2_beta, out=s.z11_norm)

        # up_3.relu_2: h11 = relu(z11_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z11_norm, 0.0, out=s.h11)

        # enlarge_2                                             mnist_segmentation.py:37
        # h12 = conv^T(h11, W) + b                                     (N, 16, 16, 16)
        _conv_col2im(s.h11, p.enlarge_2_W, s.h12_columns, out=s.h12, strides=(2, 2))
        np.add(s.h12, p.enlarge_2_b, out=s.h12)

        # h4_concat = [h4; h12]               (N, 16, 16, 32)   mnist_segmentation.py:37
        np.concatenate((s.h4, s.h12), axis=3, out=s.h4_concat)

        # up_2.conv_1                                           mnist_segmentation.py:37
        # z13 = conv(h4_concat, W)                                     (N, 16, 16, 16)
        _conv_im2col(
            s.h4_concat,
            p.up_2_conv_1_W,
            s.z13_columns,
            out=s.z13,
            padded=s.z13_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_1                                     mnist_segmentation.py:37
        # z13_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # z13_norm = (z13 - running_mean) * (gamma * z13_inv_std)      (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z13, self.state.up_2_batch_norm_1_running_mean, out=s.z13_norm)
        np.add(self.state.up_2_batch_norm_1_running_var, 1e-05, out=s.z13_inv_std)
        np.sqrt(s.z13_inv_std, out=s.z13_inv_std)
        np.divide(1.0, s.z13_inv_std, out=s.z13_inv_std)
        np.multiply(
            p.up_2_batch_norm_1_gamma,
            s.z13_inv_std,
            out=s.up_2_batch_norm_1_gamma_times,
        )
        np.multiply(s.z13_norm, s.up_2_batch_norm_1_gamma_times, out=s.z13_norm)
        np.add(s.z13_norm, p.up_2_batch_norm_1_beta, out=s.z13_norm)

        # up_2.relu_1: h13 = relu(z13_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z13_norm, 0.0, out=s.h13)

        # up_2.conv_2: z14 = conv(h13, W)     (N, 16, 16, 16)   mnist_segmentation.py:37
        _conv_im2col(
            s.h13,
            p.up_2_conv_2_W,
            s.z14_columns,
            out=s.z14,
            padded=s.z14_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_2                                     mnist_segmentation.py:37
        # z14_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # z14_norm = (z14 - running_mean) * (gamma * z14_inv_std)      (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z14, self.state.up_2_batch_norm_2_running_mean, out=s.z14_norm)
        np.add(self.state.up_2_batch_norm_2_running_var, 1e-05, out=s.z14_inv_std)
        np.sqrt(s.z14_inv_std, out=s.z14_inv_std)
        np.divide(1.0, s.z14_inv_std, out=s.z14_inv_std)
        np.multiply(
            p.up_2_batch_norm_2_gamma,
            s.z14_inv_std,
            out=s.up_2_batch_norm_2_gamma_times,
        )
        np.multiply(s.z14_norm, s.up_2_batch_norm_2_gamma_times, out=s.z14_norm)
        np.add(s.z14_norm, p.up_2_batch_norm_2_beta, out=s.z14_norm)

        # up_2.relu_2: h14 = relu(z14_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z14_norm, 0.0, out=s.h14)

        # enlarge_1                                             mnist_segmentation.py:37
        # h15 = conv^T(h14, W) + b                                      (N, 32, 32, 8)
        _conv_col2im(s.h14, p.enlarge_1_W, s.h15_columns, out=s.h15, strides=(2, 2))
        np.add(s.h15, p.enlarge_1_b, out=s.h15)

        # h2_concat = [h2; h15]               (N, 32, 32, 16)   mnist_segmentation.py:37
        np.concatenate((s.h2, s.h15), axis=3, out=s.h2_concat)

        # up_1.conv_1                                           mnist_segmentation.py:37
        # z16 = conv(h2_concat, W)                                      (N, 32, 32, 8)
        _conv_im2col(
            s.h2_concat,
            p.up_1_conv_1_W,
            s.z16_columns,
            out=s.z16,
            padded=s.z16_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_1                                     mnist_segmentation.py:37
        # z16_inv_std = 1 / sqrt(running_var + 1e-05)                             (8,)
        # z16_norm = (z16 - running_mean) * (gamma * z16_inv_std)       (N, 32, 32, 8)
        #     + beta
        np.subtract(s.z16, self.state.up_1_batch_norm_1_running_mean, out=s.z16_norm)
        np.add(self.state.up_1_batch_norm_1_running_var, 1e-05, out=s.z16_inv_std)
        np.sqrt(s.z16_inv_std, out=s.z16_inv_std)
        np.divide(1.0, s.z16_inv_std, out=s.z16_inv_std)
        np.multiply(
            p.up_1_batch_norm_1_gamma,
            s.z16_inv_std,
            out=s.up_1_batch_norm_1_gamma_times,
        )
        np.multiply(s.z16_norm, s.up_1_batch_norm_1_gamma_times, out=s.z16_norm)
        np.add(s.z16_norm, p.up_1_batch_norm_1_beta, out=s.z16_norm)

        # up_1.relu_1: h16 = relu(z16_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z16_norm, 0.0, out=s.h16)

        # up_1.conv_2: z17 = conv(h16, W)      (N, 32, 32, 8)   mnist_segmentation.py:37
        _conv_im2col(
            s.h16,
            p.up_1_conv_2_W,
            s.z17_columns,
            out=s.z17,
            padded=s.z17_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_2                                     mnist_segmentation.py:37
        # z17_inv_std = 1 / sqrt(running_var + 1e-05)                             (8,)
        # z17_norm = (z17 - running_mean) * (gamma * z17_inv_std)       (N, 32, 32, 8)
        #     + beta
        np.subtract(s.z17, self.state.up_1_batch_norm_2_running_mean, out=s.z17_norm)
        np.add(self.state.up_1_batch_norm_2_running_var, 1e-05, out=s.z17_inv_std)
        np.sqrt(s.z17_inv_std, out=s.z17_inv_std)
        np.divide(1.0, s.z17_inv_std, out=s.z17_inv_std)
        np.multiply(
            p.up_1_batch_norm_2_gamma,
            s.z17_inv_std,
            out=s.up_1_batch_norm_2_gamma_times,
        )
        np.multiply(s.z17_norm, s.up_1_batch_norm_2_gamma_times, out=s.z17_norm)
        np.add(s.z17_norm, p.up_1_batch_norm_2_beta, out=s.z17_norm)

        # up_1.relu_2: h17 = relu(z17_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z17_norm, 0.0, out=s.h17)

        # classify                                              mnist_segmentation.py:37
        # logits = conv(h17, W) + b                                    (N, 32, 32, 11)
        np.dot(s.h17_reshape, s.classify_W_reshape, out=s.h17_product)
        np.add(s.h17_reshape_2, p.classify_b, out=s.logits)

        # classes = argmax(logits, axis 3)        (N, 32, 32)   mnist_segmentation.py:45
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
        memory = self._memory(131072 * units + 3661856)
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
        s.z1_inv_std = _window(memory, 131072 * units + 3661824, np.float32, (8,))
        s.down_1_batch_norm_1_times = _window(
            memory,
            131072 * units + 3661824,
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
        s.z2_inv_std = _window(memory, 131072 * units + 3661824, np.float32, (8,))
        s.down_1_batch_norm_2_times = _window(
            memory,
            131072 * units + 3661824,
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
        s.h4_pooled = _window(memory, 49152 * units, np.float32, (n, 8, 8, 16))
        s.h4_pooled_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.z5 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z5_columns = _window(memory, 131072 * units, np.float32, (28, 8, 8, 3, 3, 16))
        s.z5_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (28, 10, 10, 16),
        )
        s.z5_norm = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z5_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.down_3_batch_norm_1_times = _window(memory, 131072 * units, np.float32, (32,))
        s.h5 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z6 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z6_columns = _window(memory, 131072 * units, np.float32, (14, 8, 8, 3, 3, 32))
        s.z6_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (14, 10, 10, 32),
        )
        s.z6_norm = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z6_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.down_3_batch_norm_2_times = _window(memory, 131072 * units, np.float32, (32,))
        s.h6 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.h6_pooled = _window(memory, 61440 * units, np.float32, (n, 4, 4, 32))
        s.h6_pooled_shifts = _shifts((8, 8), (4, 4), (2, 2), strides=(2, 2))
        s.z7 = _window(memory, 57344 * units, np.float32, (n, 4, 4, 64))
        s.z7_tiles = _window(
            memory,
            131072 * units + 1041408,
            np.float32,
            (6, 6, 113, 1, 1, 32),
        )
        s.z7_inputs = _window(memory, 131072 * units + 1562112, np.float32, (36, 3616))
        s.z7_filters = _window(memory, 131072 * units + 3066368, np.float32, (36, 2048))
        s.z7_products = _window(memory, 131072 * units, np.float32, (36, 7232))
        s.z7_outputs = _window(
            memory,
            131072 * units + 2603520,
            np.float32,
            (4, 4, 113, 1, 1, 64),
        )
        s.z7_padded = _window(
            memory,
            131072 * units + 2082816,
            np.float32,
            (113, 6, 6, 32),
        )
        s.z7_transforms = _cook_toom(4, 3, np.float32)
        s.z7_norm = _window(memory, 57344 * units, np.float32, (n, 4, 4, 64))
        s.z7_inv_std = _window(memory, 131072 * units, np.float32, (64,))
        s.bottom_batch_norm_1_times = _window(memory, 131072 * units, np.float32, (64,))
        s.h7 = _window(memory, 57344 * units, np.float32, (n, 4, 4, 64))
        s.z8 = _window(memory, 61440 * units, np.float32, (n, 4, 4, 64))
        s.z8_tiles = _window(memory, 131072 * units, np.float32, (6, 6, 75, 1, 1, 64))
        s.z8_inputs = _window(memory, 131072 * units + 691200, np.float32, (36, 4800))
        s.z8_filters = _window(memory, 131072 * units + 2764800, np.float32, (36, 4096))
        s.z8_products = _window(
            memory,
            131072 * units + 1382400,
            np.float32,
            (36, 4800),
        )
        s.z8_outputs = _window(
            memory,
            131072 * units + 3354624,
            np.float32,
            (4, 4, 75, 1, 1, 64),
        )
        s.z8_padded = _window(
            memory,
            131072 * units + 2073600,
            np.float32,
            (75, 6, 6, 64),
        )
        s.z8_transforms = _cook_toom(4, 3, np.float32)
        s.z8_norm = _window(memory, 61440 * units, np.float32, (n, 4, 4, 64))
        s.z8_inv_std = _window(memory, 131072 * units, np.float32, (64,))
        s.bottom_batch_norm_2_times = _window(memory, 131072 * units, np.float32, (64,))
        s.h8 = _window(memory, 61440 * units, np.float32, (n, 4, 4, 64))
        s.h9 = _window(memory, 73728 * units, np.float32, (n, 8, 8, 32))
        s.h9_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (128, 4, 4, 2, 2, 32),
        )
        s.h6_concat = _window(memory, 57344 * units, np.float32, (n, 8, 8, 64))
        s.z10 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z10_tiles = _window(memory, 131072 * units, np.float32, (6, 6, 22, 2, 2, 64))
        s.z10_inputs = _window(memory, 131072 * units + 811008, np.float32, (36, 5632))
        s.z10_filters = _window(
            memory,
            131072 * units + 2590720,
            np.float32,
            (36, 2048),
        )
        s.z10_products = _window(
            memory,
            131072 * units + 2185216,
            np.float32,
            (36, 2816),
        )
        s.z10_outputs = _window(
            memory,
            131072 * units + 2885632,
            np.float32,
            (4, 4, 22, 2, 2, 32),
        )
        s.z10_padded = _window(
            memory,
            131072 * units + 1622016,
            np.float32,
            (22, 10, 10, 64),
        )
        s.z10_transforms = _cook_toom(4, 3, np.float32)
        s.z10_norm = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z10_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.up_3_batch_norm_1_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (32,),
        )
        s.h10 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z11 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z11_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.z11_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (14, 10, 10, 32),
        )
        s.z11_norm = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z11_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.up_3_batch_norm_2_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (32,),
        )
        s.h11 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.h12 = _window(memory, 81920 * units, np.float32, (n, 16, 16, 16))
        s.h12_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (64, 8, 8, 2, 2, 16),
        )
        s.h4_concat = _window(memory, 49152 * units, np.float32, (n, 16, 16, 32))
        s.z13 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z13_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.z13_padded = _window(
            memory,
            131072 * units + 884736,
            np.float32,
            (3, 18, 18, 32),
        )
        s.z13_norm = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z13_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.up_2_batch_norm_1_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (16,),
        )
        s.h13 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z14 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z14_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z14_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (7, 18, 18, 16),
        )
        s.z14_norm = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z14_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.up_2_batch_norm_2_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (16,),
        )
        s.h14 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.h15 = _window(memory, 98304 * units, np.float32, (n, 32, 32, 8))
        s.h15_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (32, 16, 16, 2, 2, 8),
        )
        s.h2_concat = _window(memory, 32768 * units, np.float32, (n, 32, 32, 16))
        s.z16 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z16_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (1, 32, 32, 3, 3, 16),
        )
        s.z16_padded = _window(
            memory,
            131072 * units + 589824,
            np.float32,
            (1, 34, 34, 16),
        )
        s.z16_norm = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z16_inv_std = _window(memory, 131072 * units + 3661824, np.float32, (8,))
        s.up_1_batch_norm_1_gamma_times = _window(
            memory,
            131072 * units + 3661824,
            np.float32,
            (8,),
        )
        s.h16 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z17 = _window(memory, 45056 * units, np.float32, (n, 32, 32, 8))
        s.z17_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.z17_padded = _window(
            memory,
            131072 * units + 884736,
            np.float32,
            (3, 34, 34, 8),
        )
        s.z17_norm = _window(memory, 45056 * units, np.float32, (n, 32, 32, 8))
        s.z17_inv_std = _window(memory, 131072 * units + 3661824, np.float32, (8,))
        s.up_1_batch_norm_2_gamma_times = _window(
            memory,
            131072 * units + 3661824,
            np.float32,
            (8,),
        )
        s.h17 = _window(memory, 45056 * units, np.float32, (n, 32, 32, 8))
        s.h17_reshape = s.h17.reshape(1024 * n, 8)
        s.classify_W_reshape = p.classify_W.reshape(8, 11)
        s.h17_product = _window(memory, 0, np.float32, (1024 * n, 11))
        s.h17_reshape_2 = s.h17_product.reshape(n, 32, 32, 11)
        s.logits = _window(memory, 45056 * units, np.float32, (n, 32, 32, 11))
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
        # down_1.conv_1: z1 = conv(x, W)       (N, 32, 32, 8)   mnist_segmentation.py:37
        _conv_im2col(
            x,
            p.down_1_conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_1                                   mnist_segmentation.py:37
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

        # down_1.relu_1: h1 = relu(z1_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # down_1.conv_2: z2 = conv(h1, W)      (N, 32, 32, 8)   mnist_segmentation.py:37
        _conv_im2col(
            s.h1,
            p.down_1_conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_2                                   mnist_segmentation.py:37
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

        # down_1.relu_2: h2 = relu(z2_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # pool                                                  mnist_segmentation.py:37
        # h2_pooled = max_pool(h2, 2x2)                                 (N, 16, 16, 8)
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # down_2.conv_1                                         mnist_segmentation.py:37
        # z3 = conv(h2_pooled, W)                                      (N, 16, 16, 16)
        _conv_im2col(
            s.h2_pooled,
            p.down_2_conv_1_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_1                                   mnist_segmentation.py:37
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

        # down_2.relu_1: h3 = relu(z3_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z3_norm, 0.0, out=s.h3)

        # down_2.conv_2: z4 = conv(h3, W)     (N, 16, 16, 16)   mnist_segmentation.py:37
        _conv_im2col(
            s.h3,
            p.down_2_conv_2_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # down_2.batch_norm_2                                   mnist_segmentation.py:37
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

        # down_2.relu_2: h4 = relu(z4_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # pool: h4_pooled = max_pool(h4, 2x2)   (N, 8, 8, 16)   mnist_segmentation.py:37
        _max_pool_shifts(s.h4, s.h4_pooled_shifts, out=s.h4_pooled)

        # down_3.conv_1                                         mnist_segmentation.py:37
        # z5 = conv(h4_pooled, W)                                        (N, 8, 8, 32)
        _conv_im2col(
            s.h4_pooled,
            p.down_3_conv_1_W,
            s.z5_columns,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # down_3.batch_norm_1                                   mnist_segmentation.py:37
        # z5_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z5_norm = (z5 - running_mean) * (gamma * z5_inv_std) + beta    (N, 8, 8, 32)
        np.subtract(s.z5, self.state.down_3_batch_norm_1_running_mean, out=s.z5_norm)
        np.add(self.state.down_3_batch_norm_1_running_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(
            p.down_3_batch_norm_1_gamma,
            s.z5_inv_std,
            out=s.down_3_batch_norm_1_times,
        )
        np.multiply(s.z5_norm, s.down_3_batch_norm_1_times, out=s.z5_norm)
        np.add(s.z5_norm, p.down_3_batch_norm_1_beta, out=s.z5_norm)

        # down_3.relu_1: h5 = relu(z5_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z5_norm, 0.0, out=s.h5)

        # down_3.conv_2: z6 = conv(h5, W)       (N, 8, 8, 32)   mnist_segmentation.py:37
        _conv_im2col(
            s.h5,
            p.down_3_conv_2_W,
            s.z6_columns,
            out=s.z6,
            padded=s.z6_padded,
            low=(1, 1),
        )

        # down_3.batch_norm_2                                   mnist_segmentation.py:37
        # z6_inv_std = 1 / sqrt(running_var + 1e-05)                             (32,)
        # z6_norm = (z6 - running_mean) * (gamma * z6_inv_std) + beta    (N, 8, 8, 32)
        np.subtract(s.z6, self.state.down_3_batch_norm_2_running_mean, out=s.z6_norm)
        np.add(self.state.down_3_batch_norm_2_running_var, 1e-05, out=s.z6_inv_std)
        np.sqrt(s.z6_inv_std, out=s.z6_inv_std)
        np.divide(1.0, s.z6_inv_std, out=s.z6_inv_std)
        np.multiply(
            p.down_3_batch_norm_2_gamma,
            s.z6_inv_std,
            out=s.down_3_batch_norm_2_times,
        )
        np.multiply(s.z6_norm, s.down_3_batch_norm_2_times, out=s.z6_norm)
        np.add(s.z6_norm, p.down_3_batch_norm_2_beta, out=s.z6_norm)

        # down_3.relu_2: h6 = relu(z6_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z6_norm, 0.0, out=s.h6)

        # pool: h6_pooled = max_pool(h6, 2x2)   (N, 4, 4, 32)   mnist_segmentation.py:37
        _max_pool_shifts(s.h6, s.h6_pooled_shifts, out=s.h6_pooled)

        # bottom.conv_1                                         mnist_segmentation.py:37
        # z7 = conv(h6_pooled, W)                                        (N, 4, 4, 64)
        _conv_winograd(
            s.h6_pooled,
            p.bottom_conv_1_W,
            s.z7_tiles,
            s.z7_inputs,
            s.z7_filters,
            s.z7_products,
            s.z7_outputs,
            s.z7_transforms,
            out=s.z7,
            padded=s.z7_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_1                                   mnist_segmentation.py:37
        # z7_inv_std = 1 / sqrt(running_var + 1e-05)                             (64,)
        # z7_norm = (z7 - running_mean) * (gamma * z7_inv_std) + beta    (N, 4, 4, 64)
        np.subtract(s.z7, self.state.bottom_batch_norm_1_running_mean, out=s.z7_norm)
        np.add(self.state.bottom_batch_norm_1_running_var, 1e-05, out=s.z7_inv_std)
        np.sqrt(s.z7_inv_std, out=s.z7_inv_std)
        np.divide(1.0, s.z7_inv_std, out=s.z7_inv_std)
        np.multiply(
            p.bottom_batch_norm_1_gamma,
            s.z7_inv_std,
            out=s.bottom_batch_norm_1_times,
        )
        np.multiply(s.z7_norm, s.bottom_batch_norm_1_times, out=s.z7_norm)
        np.add(s.z7_norm, p.bottom_batch_norm_1_beta, out=s.z7_norm)

        # bottom.relu_1: h7 = relu(z7_norm)     (N, 4, 4, 64)   mnist_segmentation.py:37
        np.maximum(s.z7_norm, 0.0, out=s.h7)

        # bottom.conv_2: z8 = conv(h7, W)       (N, 4, 4, 64)   mnist_segmentation.py:37
        _conv_winograd(
            s.h7,
            p.bottom_conv_2_W,
            s.z8_tiles,
            s.z8_inputs,
            s.z8_filters,
            s.z8_products,
            s.z8_outputs,
            s.z8_transforms,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
        )

        # bottom.batch_norm_2                                   mnist_segmentation.py:37
        # z8_inv_std = 1 / sqrt(running_var + 1e-05)                             (64,)
        # z8_norm = (z8 - running_mean) * (gamma * z8_inv_std) + beta    (N, 4, 4, 64)
        np.subtract(s.z8, self.state.bottom_batch_norm_2_running_mean, out=s.z8_norm)
        np.add(self.state.bottom_batch_norm_2_running_var, 1e-05, out=s.z8_inv_std)
        np.sqrt(s.z8_inv_std, out=s.z8_inv_std)
        np.divide(1.0, s.z8_inv_std, out=s.z8_inv_std)
        np.multiply(
            p.bottom_batch_norm_2_gamma,
            s.z8_inv_std,
            out=s.bottom_batch_norm_2_times,
        )
        np.multiply(s.z8_norm, s.bottom_batch_norm_2_times, out=s.z8_norm)
        np.add(s.z8_norm, p.bottom_batch_norm_2_beta, out=s.z8_norm)

        # bottom.relu_2: h8 = relu(z8_norm)     (N, 4, 4, 64)   mnist_segmentation.py:37
        np.maximum(s.z8_norm, 0.0, out=s.h8)

        # enlarge_3: h9 = conv^T(h8, W) + b     (N, 8, 8, 32)   mnist_segmentation.py:37
        _conv_col2im(s.h8, p.enlarge_3_W, s.h9_columns, out=s.h9, strides=(2, 2))
        np.add(s.h9, p.enlarge_3_b, out=s.h9)

        # h6_concat = [h6; h9]                  (N, 8, 8, 64)   mnist_segmentation.py:37
        np.concatenate((s.h6, s.h9), axis=3, out=s.h6_concat)

        # up_3.conv_1                                           mnist_segmentation.py:37
        # z10 = conv(h6_concat, W)                                       (N, 8, 8, 32)
        _conv_winograd(
            s.h6_concat,
            p.up_3_conv_1_W,
            s.z10_tiles,
            s.z10_inputs,
            s.z10_filters,
            s.z10_products,
            s.z10_outputs,
            s.z10_transforms,
            out=s.z10,
            padded=s.z10_padded,
            low=(1, 1),
        )

        # up_3.batch_norm_1                                     mnist_segmentation.py:37
        # z10_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # z10_norm = (z10 - running_mean) * (gamma * z10_inv_std)        (N, 8, 8, 32)
        #     + beta
        np.subtract(s.z10, self.state.up_3_batch_norm_1_running_mean, out=s.z10_norm)
        np.add(self.state.up_3_batch_norm_1_running_var, 1e-05, out=s.z10_inv_std)
        np.sqrt(s.z10_inv_std, out=s.z10_inv_std)
        np.divide(1.0, s.z10_inv_std, out=s.z10_inv_std)
        np.multiply(
            p.up_3_batch_norm_1_gamma,
            s.z10_inv_std,
            out=s.up_3_batch_norm_1_gamma_times,
        )
        np.multiply(s.z10_norm, s.up_3_batch_norm_1_gamma_times, out=s.z10_norm)
        np.add(s.z10_norm, p.up_3_batch_norm_1_beta, out=s.z10_norm)

        # up_3.relu_1: h10 = relu(z10_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z10_norm, 0.0, out=s.h10)

        # up_3.conv_2: z11 = conv(h10, W)       (N, 8, 8, 32)   mnist_segmentation.py:37
        _conv_im2col(
            s.h10,
            p.up_3_conv_2_W,
            s.z11_columns,
            out=s.z11,
            padded=s.z11_padded,
            low=(1, 1),
        )

        # up_3.batch_norm_2                                     mnist_segmentation.py:37
        # z11_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # z11_norm = (z11 - running_mean) * (gamma * z11_inv_std)        (N, 8, 8, 32)
        #     + beta
        np.subtract(s.z11, self.state.up_3_batch_norm_2_running_mean, out=s.z11_norm)
        np.add(self.state.up_3_batch_norm_2_running_var, 1e-05, out=s.z11_inv_std)
        np.sqrt(s.z11_inv_std, out=s.z11_inv_std)
        np.divide(1.0, s.z11_inv_std, out=s.z11_inv_std)
        np.multiply(
            p.up_3_batch_norm_2_gamma,
            s.z11_inv_std,
            out=s.up_3_batch_norm_2_gamma_times,
        )
        np.multiply(s.z11_norm, s.up_3_batch_norm_2_gamma_times, out=s.z11_norm)
        np.add(s.z11_norm, p.up_3_batch_norm_2_beta, out=s.z11_norm)

        # up_3.relu_2: h11 = relu(z11_norm)     (N, 8, 8, 32)   mnist_segmentation.py:37
        np.maximum(s.z11_norm, 0.0, out=s.h11)

        # enlarge_2                                             mnist_segmentation.py:37
        # h12 = conv^T(h11, W) + b                                     (N, 16, 16, 16)
        _conv_col2im(s.h11, p.enlarge_2_W, s.h12_columns, out=s.h12, strides=(2, 2))
        np.add(s.h12, p.enlarge_2_b, out=s.h12)

        # h4_concat = [h4; h12]               (N, 16, 16, 32)   mnist_segmentation.py:37
        np.concatenate((s.h4, s.h12), axis=3, out=s.h4_concat)

        # up_2.conv_1                                           mnist_segmentation.py:37
        # z13 = conv(h4_concat, W)                                     (N, 16, 16, 16)
        _conv_im2col(
            s.h4_concat,
            p.up_2_conv_1_W,
            s.z13_columns,
            out=s.z13,
            padded=s.z13_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_1                                     mnist_segmentation.py:37
        # z13_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # z13_norm = (z13 - running_mean) * (gamma * z13_inv_std)      (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z13, self.state.up_2_batch_norm_1_running_mean, out=s.z13_norm)
        np.add(self.state.up_2_batch_norm_1_running_var, 1e-05, out=s.z13_inv_std)
        np.sqrt(s.z13_inv_std, out=s.z13_inv_std)
        np.divide(1.0, s.z13_inv_std, out=s.z13_inv_std)
        np.multiply(
            p.up_2_batch_norm_1_gamma,
            s.z13_inv_std,
            out=s.up_2_batch_norm_1_gamma_times,
        )
        np.multiply(s.z13_norm, s.up_2_batch_norm_1_gamma_times, out=s.z13_norm)
        np.add(s.z13_norm, p.up_2_batch_norm_1_beta, out=s.z13_norm)

        # up_2.relu_1: h13 = relu(z13_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z13_norm, 0.0, out=s.h13)

        # up_2.conv_2: z14 = conv(h13, W)     (N, 16, 16, 16)   mnist_segmentation.py:37
        _conv_im2col(
            s.h13,
            p.up_2_conv_2_W,
            s.z14_columns,
            out=s.z14,
            padded=s.z14_padded,
            low=(1, 1),
        )

        # up_2.batch_norm_2                                     mnist_segmentation.py:37
        # z14_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # z14_norm = (z14 - running_mean) * (gamma * z14_inv_std)      (N, 16, 16, 16)
        #     + beta
        np.subtract(s.z14, self.state.up_2_batch_norm_2_running_mean, out=s.z14_norm)
        np.add(self.state.up_2_batch_norm_2_running_var, 1e-05, out=s.z14_inv_std)
        np.sqrt(s.z14_inv_std, out=s.z14_inv_std)
        np.divide(1.0, s.z14_inv_std, out=s.z14_inv_std)
        np.multiply(
            p.up_2_batch_norm_2_gamma,
            s.z14_inv_std,
            out=s.up_2_batch_norm_2_gamma_times,
        )
        np.multiply(s.z14_norm, s.up_2_batch_norm_2_gamma_times, out=s.z14_norm)
        np.add(s.z14_norm, p.up_2_batch_norm_2_beta, out=s.z14_norm)

        # up_2.relu_2: h14 = relu(z14_norm)   (N, 16, 16, 16)   mnist_segmentation.py:37
        np.maximum(s.z14_norm, 0.0, out=s.h14)

        # enlarge_1                                             mnist_segmentation.py:37
        # h15 = conv^T(h14, W) + b                                      (N, 32, 32, 8)
        _conv_col2im(s.h14, p.enlarge_1_W, s.h15_columns, out=s.h15, strides=(2, 2))
        np.add(s.h15, p.enlarge_1_b, out=s.h15)

        # h2_concat = [h2; h15]               (N, 32, 32, 16)   mnist_segmentation.py:37
        np.concatenate((s.h2, s.h15), axis=3, out=s.h2_concat)

        # up_1.conv_1                                           mnist_segmentation.py:37
        # z16 = conv(h2_concat, W)                                      (N, 32, 32, 8)
        _conv_im2col(
            s.h2_concat,
            p.up_1_conv_1_W,
            s.z16_columns,
            out=s.z16,
            padded=s.z16_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_1                                     mnist_segmentation.py:37
        # z16_inv_std = 1 / sqrt(running_var + 1e-05)                             (8,)
        # z16_norm = (z16 - running_mean) * (gamma * z16_inv_std)       (N, 32, 32, 8)
        #     + beta
        np.subtract(s.z16, self.state.up_1_batch_norm_1_running_mean, out=s.z16_norm)
        np.add(self.state.up_1_batch_norm_1_running_var, 1e-05, out=s.z16_inv_std)
        np.sqrt(s.z16_inv_std, out=s.z16_inv_std)
        np.divide(1.0, s.z16_inv_std, out=s.z16_inv_std)
        np.multiply(
            p.up_1_batch_norm_1_gamma,
            s.z16_inv_std,
            out=s.up_1_batch_norm_1_gamma_times,
        )
        np.multiply(s.z16_norm, s.up_1_batch_norm_1_gamma_times, out=s.z16_norm)
        np.add(s.z16_norm, p.up_1_batch_norm_1_beta, out=s.z16_norm)

        # up_1.relu_1: h16 = relu(z16_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z16_norm, 0.0, out=s.h16)

        # up_1.conv_2: z17 = conv(h16, W)      (N, 32, 32, 8)   mnist_segmentation.py:37
        _conv_im2col(
            s.h16,
            p.up_1_conv_2_W,
            s.z17_columns,
            out=s.z17,
            padded=s.z17_padded,
            low=(1, 1),
        )

        # up_1.batch_norm_2                                     mnist_segmentation.py:37
        # z17_inv_std = 1 / sqrt(running_var + 1e-05)                             (8,)
        # z17_norm = (z17 - running_mean) * (gamma * z17_inv_std)       (N, 32, 32, 8)
        #     + beta
        np.subtract(s.z17, self.state.up_1_batch_norm_2_running_mean, out=s.z17_norm)
        np.add(self.state.up_1_batch_norm_2_running_var, 1e-05, out=s.z17_inv_std)
        np.sqrt(s.z17_inv_std, out=s.z17_inv_std)
        np.divide(1.0, s.z17_inv_std, out=s.z17_inv_std)
        np.multiply(
            p.up_1_batch_norm_2_gamma,
            s.z17_inv_std,
            out=s.up_1_batch_norm_2_gamma_times,
        )
        np.multiply(s.z17_norm, s.up_1_batch_norm_2_gamma_times, out=s.z17_norm)
        np.add(s.z17_norm, p.up_1_batch_norm_2_beta, out=s.z17_norm)

        # up_1.relu_2: h17 = relu(z17_norm)    (N, 32, 32, 8)   mnist_segmentation.py:37
        np.maximum(s.z17_norm, 0.0, out=s.h17)

        # classify                                              mnist_segmentation.py:37
        # logits = conv(h17, W) + b                                    (N, 32, 32, 11)
        np.dot(s.h17_reshape, s.classify_W_reshape, out=s.h17_product)
        np.add(s.h17_reshape_2, p.classify_b, out=s.logits)

        # softmax_cross_entropy                                 mnist_segmentation.py:44
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
        _check_range("y", y, 11)
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
        memory = self._memory(131072 * units + 3661856)
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
        s.z1_inv_std = _window(memory, 131072 * units + 3661824, np.float32, (8,))
        s.down_1_batch_norm_1_times = _window(
            memory,
            131072 * units + 3661824,
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
        s.z2_inv_std = _window(memory, 131072 * units + 3661824, np.float32, (8,))
        s.down_1_batch_norm_2_times = _window(
            memory,
            131072 * units + 3661824,
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
        s.h4_pooled = _window(memory, 49152 * units, np.float32, (n, 8, 8, 16))
        s.h4_pooled_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.z5 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z5_columns = _window(memory, 131072 * units, np.float32, (28, 8, 8, 3, 3, 16))
        s.z5_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (28, 10, 10, 16),
        )
        s.z5_norm = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z5_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.down_3_batch_norm_1_times = _window(memory, 131072 * units, np.float32, (32,))
        s.h5 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z6 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z6_columns = _window(memory, 131072 * units, np.float32, (14, 8, 8, 3, 3, 32))
        s.z6_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (14, 10, 10, 32),
        )
        s.z6_norm = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z6_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.down_3_batch_norm_2_times = _window(memory, 131072 * units, np.float32, (32,))
        s.h6 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.h6_pooled = _window(memory, 61440 * units, np.float32, (n, 4, 4, 32))
        s.h6_pooled_shifts = _shifts((8, 8), (4, 4), (2, 2), strides=(2, 2))
        s.z7 = _window(memory, 57344 * units, np.float32, (n, 4, 4, 64))
        s.z7_tiles = _window(
            memory,
            131072 * units + 1041408,
            np.float32,
            (6, 6, 113, 1, 1, 32),
        )
        s.z7_inputs = _window(memory, 131072 * units + 1562112, np.float32, (36, 3616))
        s.z7_filters = _window(memory, 131072 * units + 3066368, np.float32, (36, 2048))
        s.z7_products = _window(memory, 131072 * units, np.float32, (36, 7232))
        s.z7_outputs = _window(
            memory,
            131072 * units + 2603520,
            np.float32,
            (4, 4, 113, 1, 1, 64),
        )
        s.z7_padded = _window(
            memory,
            131072 * units + 2082816,
            np.float32,
            (113, 6, 6, 32),
        )
        s.z7_transforms = _cook_toom(4, 3, np.float32)
        s.z7_norm = _window(memory, 57344 * units, np.float32, (n, 4, 4, 64))
        s.z7_inv_std = _window(memory, 131072 * units, np.float32, (64,))
        s.bottom_batch_norm_1_times = _window(memory, 131072 * units, np.float32, (64,))
        s.h7 = _window(memory, 57344 * units, np.float32, (n, 4, 4, 64))
        s.z8 = _window(memory, 61440 * units, np.float32, (n, 4, 4, 64))
        s.z8_tiles = _window(memory, 131072 * units, np.float32, (6, 6, 75, 1, 1, 64))
        s.z8_inputs = _window(memory, 131072 * units + 691200, np.float32, (36, 4800))
        s.z8_filters = _window(memory, 131072 * units + 2764800, np.float32, (36, 4096))
        s.z8_products = _window(
            memory,
            131072 * units + 1382400,
            np.float32,
            (36, 4800),
        )
        s.z8_outputs = _window(
            memory,
            131072 * units + 3354624,
            np.float32,
            (4, 4, 75, 1, 1, 64),
        )
        s.z8_padded = _window(
            memory,
            131072 * units + 2073600,
            np.float32,
            (75, 6, 6, 64),
        )
        s.z8_transforms = _cook_toom(4, 3, np.float32)
        s.z8_norm = _window(memory, 61440 * units, np.float32, (n, 4, 4, 64))
        s.z8_inv_std = _window(memory, 131072 * units, np.float32, (64,))
        s.bottom_batch_norm_2_times = _window(memory, 131072 * units, np.float32, (64,))
        s.h8 = _window(memory, 61440 * units, np.float32, (n, 4, 4, 64))
        s.h9 = _window(memory, 73728 * units, np.float32, (n, 8, 8, 32))
        s.h9_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (128, 4, 4, 2, 2, 32),
        )
        s.h6_concat = _window(memory, 57344 * units, np.float32, (n, 8, 8, 64))
        s.z10 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z10_tiles = _window(memory, 131072 * units, np.float32, (6, 6, 22, 2, 2, 64))
        s.z10_inputs = _window(memory, 131072 * units + 811008, np.float32, (36, 5632))
        s.z10_filters = _window(
            memory,
            131072 * units + 2590720,
            np.float32,
            (36, 2048),
        )
        s.z10_products = _window(
            memory,
            131072 * units + 2185216,
            np.float32,
            (36, 2816),
        )
        s.z10_outputs = _window(
            memory,
            131072 * units + 2885632,
            np.float32,
            (4, 4, 22, 2, 2, 32),
        )
        s.z10_padded = _window(
            memory,
            131072 * units + 1622016,
            np.float32,
            (22, 10, 10, 64),
        )
        s.z10_transforms = _cook_toom(4, 3, np.float32)
        s.z10_norm = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z10_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.up_3_batch_norm_1_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (32,),
        )
        s.h10 = _window(memory, 49152 * units, np.float32, (n, 8, 8, 32))
        s.z11 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z11_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (14, 8, 8, 3, 3, 32),
        )
        s.z11_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (14, 10, 10, 32),
        )
        s.z11_norm = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.z11_inv_std = _window(memory, 131072 * units, np.float32, (32,))
        s.up_3_batch_norm_2_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (32,),
        )
        s.h11 = _window(memory, 57344 * units, np.float32, (n, 8, 8, 32))
        s.h12 = _window(memory, 81920 * units, np.float32, (n, 16, 16, 16))
        s.h12_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (64, 8, 8, 2, 2, 16),
        )
        s.h4_concat = _window(memory, 49152 * units, np.float32, (n, 16, 16, 32))
        s.z13 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z13_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (3, 16, 16, 3, 3, 32),
        )
        s.z13_padded = _window(
            memory,
            131072 * units + 884736,
            np.float32,
            (3, 18, 18, 32),
        )
        s.z13_norm = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z13_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.up_2_batch_norm_1_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (16,),
        )
        s.h13 = _window(memory, 32768 * units, np.float32, (n, 16, 16, 16))
        s.z14 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z14_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (7, 16, 16, 3, 3, 16),
        )
        s.z14_padded = _window(
            memory,
            131072 * units + 1032192,
            np.float32,
            (7, 18, 18, 16),
        )
        s.z14_norm = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.z14_inv_std = _window(memory, 131072 * units, np.float32, (16,))
        s.up_2_batch_norm_2_gamma_times = _window(
            memory,
            131072 * units,
            np.float32,
            (16,),
        )
        s.h14 = _window(memory, 49152 * units, np.float32, (n, 16, 16, 16))
        s.h15 = _window(memory, 98304 * units, np.float32, (n, 32, 32, 8))
        s.h15_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (32, 16, 16, 2, 2, 8),
        )
        s.h2_concat = _window(memory, 32768 * units, np.float32, (n, 32, 32, 16))
        s.z16 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z16_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (1, 32, 32, 3, 3, 16),
        )
        s.z16_padded = _window(
            memory,
            131072 * units + 589824,
            np.float32,
            (1, 34, 34, 16),
        )
        s.z16_norm = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z16_inv_std = _window(memory, 131072 * units + 3661824, np.float32, (8,))
        s.up_1_batch_norm_1_gamma_times = _window(
            memory,
            131072 * units + 3661824,
            np.float32,
            (8,),
        )
        s.h16 = _window(memory, 0, np.float32, (n, 32, 32, 8))
        s.z17 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z17_columns = _window(
            memory,
            131072 * units,
            np.float32,
            (3, 32, 32, 3, 3, 8),
        )
        s.z17_padded = _window(
            memory,
            131072 * units + 884736,
            np.float32,
            (3, 34, 34, 8),
        )
        s.z17_norm = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.z17_inv_std = _window(memory, 131072 * units + 3661824, np.float32, (8,))
        s.up_1_batch_norm_2_gamma_times = _window(
            memory,
            131072 * units + 3661824,
            np.float32,
            (8,),
        )
        s.h17 = _window(memory, 32768 * units, np.float32, (n, 32, 32, 8))
        s.h17_reshape = s.h17.reshape(1024 * n, 8)
        s.classify_W_reshape = p.classify_W.reshape(8, 11)
        s.h17_product = _window(memory, 65536 * units, np.float32, (1024 * n, 11))
        s.h17_reshape_2 = s.h17_product.reshape(n, 32, 32, 11)
        s.logits = _window(memory, 0, np.float32, (n, 32, 32, 11))
        s.logits_max = _window(memory, 45056 * units, np.float32, (n, 32, 32, 1))
        s.logits_minus_max = _window(memory, 0, np.float32, (n, 32, 32, 11))
        s.logits_exp = _window(memory, 49152 * units, np.float32, (n, 32, 32, 11))
        s.logits_sum = _window(memory, 45056 * units, np.float32, (n, 32, 32, 1))
        s.logits_log = _window(memory, 45056 * units, np.float32, (n, 32, 32, 1))
        s.logits_reshape = s.logits_log.reshape(n, 32, 32)
        s.iota = np.arange(1024 * n, dtype=np.int64)
        s.row_starts = s.iota * 11
        s.y_position = _window(memory, 53248 * units, np.int64, (1024 * n,))
        s.logits_take = _window(memory, 49152 * units, np.float32, (1024 * n,))
        s.logits_reshape_2 = s.logits_take.reshape(n, 32, 32)
        s.logits_minus = _window(memory, 0, np.float32, (n, 32, 32))
        s.loss = _window(memory, 131072 * units + 3661824, np.float32, ())
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


def _conv_weight_winograd(
    x,
    g,
    tiles,
    inputs,
    given,
    back,
    products,
    part,
    around,
    transforms,
    out,
    padded,
    low,
):
    """What _conv_winograd passes back to its weights (r, r, C, O), given g.

    Each m x m tile of g is slid over the n x n tile of the image that it came from, and
    gives r x r numbers, summed over all tiles. That sum is taken before transforming
    back: each of n^2 places is a product of matrices, (C, tiles) by (tiles, O).
    """
    to_inputs, to_filters, to_outputs = transforms
    channels, count = out.shape[-2:]
    n, m = tiles.shape[0], given.shape[0]
    images, rows, columns = tiles.shape[2:5]
    products.fill(0)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        seen = _windows(image, (n, n), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
        places = len(image) * rows * columns
        tile = _head(tiles, *seen.shape)
        np.copyto(tile, seen)
        a = _head(inputs, n * n, places * channels)
        np.matmul(to_inputs, tile.reshape(n * n, -1), out=a)
        whole = _padded(g[start : start + images], around, (0, 0))
        seen = _windows(whole, (m, m), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
        tile = _head(given, *seen.shape)
        np.copyto(tile, seen)
        b = _head(back, n * n, places * count)
        np.matmul(to_filters, tile.reshape(m * m, -1), out=b)
        a, b = a.reshape(n * n, places, channels), b.reshape(n * n, places, count)
        np.matmul(a.transpose(0, 2, 1), b, out=part)
        products += part
    flat = products.reshape(n * n, -1)
    np.matmul(to_outputs, flat, out=out.reshape(-1, channels * count))


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
