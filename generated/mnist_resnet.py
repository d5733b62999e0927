"""mnist_resnet: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 28, 28, 1)
Targets    y   int64 (N,)
Outputs    logits   float32 (N, 10)
Parameters 67,906 in 59 arrays
Optimiser  SGD(cosine(0.1, 500, floor=0.0001), momentum=0.9)

    from mnist_resnet import MnistResnet

    m = MnistResnet(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python mnist_resnet.py train data.npz --epochs 10
    python mnist_resnet.py predict data.npz
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class MnistResnet:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "mnist_resnet"
    FINGERPRINT = "ed58eaacd567e36e"
    INPUTS = {"x": ("float32", ("N", 28, 28, 1))}
    TARGETS = {"y": ("int64", ("N",))}
    OUTPUTS = {"logits": ("float32", ("N", 10))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "conv_1.W": ("params", "conv_1_W"),
        "batch_norm_1.gamma": ("params", "batch_norm_1_gamma"),
        "batch_norm_1.beta": ("params", "batch_norm_1_beta"),
        "stage_1.block_1.conv_1.W": ("params", "stage_1_block_1_conv_1_W"),
        "stage_1.block_1.norm_1.gamma": ("params", "stage_1_block_1_norm_1_gamma"),
        "stage_1.block_1.norm_1.beta": ("params", "stage_1_block_1_norm_1_beta"),
        "stage_1.block_1.conv_2.W": ("params", "stage_1_block_1_conv_2_W"),
        "stage_1.block_1.norm_2.gamma": ("params", "stage_1_block_1_norm_2_gamma"),
        "stage_1.block_1.norm_2.beta": ("params", "stage_1_block_1_norm_2_beta"),
        "stage_1.block_2.conv_1.W": ("params", "stage_1_block_2_conv_1_W"),
        "stage_1.block_2.norm_1.gamma": ("params", "stage_1_block_2_norm_1_gamma"),
        "stage_1.block_2.norm_1.beta": ("params", "stage_1_block_2_norm_1_beta"),
        "stage_1.block_2.conv_2.W": ("params", "stage_1_block_2_conv_2_W"),
        "stage_1.block_2.norm_2.gamma": ("params", "stage_1_block_2_norm_2_gamma"),
        "stage_1.block_2.norm_2.beta": ("params", "stage_1_block_2_norm_2_beta"),
        "stage_1.block_3.conv_1.W": ("params", "stage_1_block_3_conv_1_W"),
        "stage_1.block_3.norm_1.gamma": ("params", "stage_1_block_3_norm_1_gamma"),
        "stage_1.block_3.norm_1.beta": ("params", "stage_1_block_3_norm_1_beta"),
        "stage_1.block_3.conv_2.W": ("params", "stage_1_block_3_conv_2_W"),
        "stage_1.block_3.norm_2.gamma": ("params", "stage_1_block_3_norm_2_gamma"),
        "stage_1.block_3.norm_2.beta": ("params", "stage_1_block_3_norm_2_beta"),
        "stage_2.block_1.conv_1.W": ("params", "stage_2_block_1_conv_1_W"),
        "stage_2.block_1.norm_1.gamma": ("params", "stage_2_block_1_norm_1_gamma"),
        "stage_2.block_1.norm_1.beta": ("params", "stage_2_block_1_norm_1_beta"),
        "stage_2.block_1.conv_2.W": ("params", "stage_2_block_1_conv_2_W"),
        "stage_2.block_1.norm_2.gamma": ("params", "stage_2_block_1_norm_2_gamma"),
        "stage_2.block_1.norm_2.beta": ("params", "stage_2_block_1_norm_2_beta"),
        "stage_2.block_2.conv_1.W": ("params", "stage_2_block_2_conv_1_W"),
        "stage_2.block_2.norm_1.gamma": ("params", "stage_2_block_2_norm_1_gamma"),
        "stage_2.block_2.norm_1.beta": ("params", "stage_2_block_2_norm_1_beta"),
        "stage_2.block_2.conv_2.W": ("params", "stage_2_block_2_conv_2_W"),
        "stage_2.block_2.norm_2.gamma": ("params", "stage_2_block_2_norm_2_gamma"),
        "stage_2.block_2.norm_2.beta": ("params", "stage_2_block_2_norm_2_beta"),
        "stage_2.block_3.conv_1.W": ("params", "stage_2_block_3_conv_1_W"),
        "stage_2.block_3.norm_1.gamma": ("params", "stage_2_block_3_norm_1_gamma"),
        "stage_2.block_3.norm_1.beta": ("params", "stage_2_block_3_norm_1_beta"),
        "stage_2.block_3.conv_2.W": ("params", "stage_2_block_3_conv_2_W"),
        "stage_2.block_3.norm_2.gamma": ("params", "stage_2_block_3_norm_2_gamma"),
        "stage_2.block_3.norm_2.beta": ("params", "stage_2_block_3_norm_2_beta"),
        "stage_3.block_1.conv_1.W": ("params", "stage_3_block_1_conv_1_W"),
        "stage_3.block_1.norm_1.gamma": ("params", "stage_3_block_1_norm_1_gamma"),
        "stage_3.block_1.norm_1.beta": ("params", "stage_3_block_1_norm_1_beta"),
        "stage_3.block_1.conv_2.W": ("params", "stage_3_block_1_conv_2_W"),
        "stage_3.block_1.norm_2.gamma": ("params", "stage_3_block_1_norm_2_gamma"),
        "stage_3.block_1.norm_2.beta": ("params", "stage_3_block_1_norm_2_beta"),
        "stage_3.block_2.conv_1.W": ("params", "stage_3_block_2_conv_1_W"),
        "stage_3.block_2.norm_1.gamma": ("params", "stage_3_block_2_norm_1_gamma"),
        "stage_3.block_2.norm_1.beta": ("params", "stage_3_block_2_norm_1_beta"),
        "stage_3.block_2.conv_2.W": ("params", "stage_3_block_2_conv_2_W"),
        "stage_3.block_2.norm_2.gamma": ("params", "stage_3_block_2_norm_2_gamma"),
        "stage_3.block_2.norm_2.beta": ("params", "stage_3_block_2_norm_2_beta"),
        "stage_3.block_3.conv_1.W": ("params", "stage_3_block_3_conv_1_W"),
        "stage_3.block_3.norm_1.gamma": ("params", "stage_3_block_3_norm_1_gamma"),
        "stage_3.block_3.norm_1.beta": ("params", "stage_3_block_3_norm_1_beta"),
        "stage_3.block_3.conv_2.W": ("params", "stage_3_block_3_conv_2_W"),
        "stage_3.block_3.norm_2.gamma": ("params", "stage_3_block_3_norm_2_gamma"),
        "stage_3.block_3.norm_2.beta": ("params", "stage_3_block_3_norm_2_beta"),
        "dense_1.W": ("params", "dense_1_W"),
        "dense_1.b": ("params", "dense_1_b"),
        "conv_1.W.momentum": ("momentum", "conv_1_W"),
        "batch_norm_1.gamma.momentum": ("momentum", "batch_norm_1_gamma"),
        "batch_norm_1.beta.momentum": ("momentum", "batch_norm_1_beta"),
        "stage_1.block_1.conv_1.W.momentum": ("momentum", "stage_1_block_1_conv_1_W"),
        "stage_1.block_1.norm_1.gamma.momentum": (
            "momentum",
            "stage_1_block_1_norm_1_gamma",
        ),
        "stage_1.block_1.norm_1.beta.momentum": (
            "momentum",
            "stage_1_block_1_norm_1_beta",
        ),
        "stage_1.block_1.conv_2.W.momentum": ("momentum", "stage_1_block_1_conv_2_W"),
        "stage_1.block_1.norm_2.gamma.momentum": (
            "momentum",
            "stage_1_block_1_norm_2_gamma",
        ),
        "stage_1.block_1.norm_2.beta.momentum": (
            "momentum",
            "stage_1_block_1_norm_2_beta",
        ),
        "stage_1.block_2.conv_1.W.momentum": ("momentum", "stage_1_block_2_conv_1_W"),
        "stage_1.block_2.norm_1.gamma.momentum": (
            "momentum",
            "stage_1_block_2_norm_1_gamma",
        ),
        "stage_1.block_2.norm_1.beta.momentum": (
            "momentum",
            "stage_1_block_2_norm_1_beta",
        ),
        "stage_1.block_2.conv_2.W.momentum": ("momentum", "stage_1_block_2_conv_2_W"),
        "stage_1.block_2.norm_2.gamma.momentum": (
            "momentum",
            "stage_1_block_2_norm_2_gamma",
        ),
        "stage_1.block_2.norm_2.beta.momentum": (
            "momentum",
            "stage_1_block_2_norm_2_beta",
        ),
        "stage_1.block_3.conv_1.W.momentum": ("momentum", "stage_1_block_3_conv_1_W"),
        "stage_1.block_3.norm_1.gamma.momentum": (
            "momentum",
            "stage_1_block_3_norm_1_gamma",
        ),
        "stage_1.block_3.norm_1.beta.momentum": (
            "momentum",
            "stage_1_block_3_norm_1_beta",
        ),
        "stage_1.block_3.conv_2.W.momentum": ("momentum", "stage_1_block_3_conv_2_W"),
        "stage_1.block_3.norm_2.gamma.momentum": (
            "momentum",
            "stage_1_block_3_norm_2_gamma",
        ),
        "stage_1.block_3.norm_2.beta.momentum": (
            "momentum",
            "stage_1_block_3_norm_2_beta",
        ),
        "stage_2.block_1.conv_1.W.momentum": ("momentum", "stage_2_block_1_conv_1_W"),
        "stage_2.block_1.norm_1.gamma.momentum": (
            "momentum",
            "stage_2_block_1_norm_1_gamma",
        ),
        "stage_2.block_1.norm_1.beta.momentum": (
            "momentum",
            "stage_2_block_1_norm_1_beta",
        ),
        "stage_2.block_1.conv_2.W.momentum": ("momentum", "stage_2_block_1_conv_2_W"),
        "stage_2.block_1.norm_2.gamma.momentum": (
            "momentum",
            "stage_2_block_1_norm_2_gamma",
        ),
        "stage_2.block_1.norm_2.beta.momentum": (
            "momentum",
            "stage_2_block_1_norm_2_beta",
        ),
        "stage_2.block_2.conv_1.W.momentum": ("momentum", "stage_2_block_2_conv_1_W"),
        "stage_2.block_2.norm_1.gamma.momentum": (
            "momentum",
            "stage_2_block_2_norm_1_gamma",
        ),
        "stage_2.block_2.norm_1.beta.momentum": (
            "momentum",
            "stage_2_block_2_norm_1_beta",
        ),
        "stage_2.block_2.conv_2.W.momentum": ("momentum", "stage_2_block_2_conv_2_W"),
        "stage_2.block_2.norm_2.gamma.momentum": (
            "momentum",
            "stage_2_block_2_norm_2_gamma",
        ),
        "stage_2.block_2.norm_2.beta.momentum": (
            "momentum",
            "stage_2_block_2_norm_2_beta",
        ),
        "stage_2.block_3.conv_1.W.momentum": ("momentum", "stage_2_block_3_conv_1_W"),
        "stage_2.block_3.norm_1.gamma.momentum": (
            "momentum",
            "stage_2_block_3_norm_1_gamma",
        ),
        "stage_2.block_3.norm_1.beta.momentum": (
            "momentum",
            "stage_2_block_3_norm_1_beta",
        ),
        "stage_2.block_3.conv_2.W.momentum": ("momentum", "stage_2_block_3_conv_2_W"),
        "stage_2.block_3.norm_2.gamma.momentum": (
            "momentum",
            "stage_2_block_3_norm_2_gamma",
        ),
        "stage_2.block_3.norm_2.beta.momentum": (
            "momentum",
            "stage_2_block_3_norm_2_beta",
        ),
        "stage_3.block_1.conv_1.W.momentum": ("momentum", "stage_3_block_1_conv_1_W"),
        "stage_3.block_1.norm_1.gamma.momentum": (
            "momentum",
            "stage_3_block_1_norm_1_gamma",
        ),
        "stage_3.block_1.norm_1.beta.momentum": (
            "momentum",
            "stage_3_block_1_norm_1_beta",
        ),
        "stage_3.block_1.conv_2.W.momentum": ("momentum", "stage_3_block_1_conv_2_W"),
        "stage_3.block_1.norm_2.gamma.momentum": (
            "momentum",
            "stage_3_block_1_norm_2_gamma",
        ),
        "stage_3.block_1.norm_2.beta.momentum": (
            "momentum",
            "stage_3_block_1_norm_2_beta",
        ),
        "stage_3.block_2.conv_1.W.momentum": ("momentum", "stage_3_block_2_conv_1_W"),
        "stage_3.block_2.norm_1.gamma.momentum": (
            "momentum",
            "stage_3_block_2_norm_1_gamma",
        ),
        "stage_3.block_2.norm_1.beta.momentum": (
            "momentum",
            "stage_3_block_2_norm_1_beta",
        ),
        "stage_3.block_2.conv_2.W.momentum": ("momentum", "stage_3_block_2_conv_2_W"),
        "stage_3.block_2.norm_2.gamma.momentum": (
            "momentum",
            "stage_3_block_2_norm_2_gamma",
        ),
        "stage_3.block_2.norm_2.beta.momentum": (
            "momentum",
            "stage_3_block_2_norm_2_beta",
        ),
        "stage_3.block_3.conv_1.W.momentum": ("momentum", "stage_3_block_3_conv_1_W"),
        "stage_3.block_3.norm_1.gamma.momentum": (
            "momentum",
            "stage_3_block_3_norm_1_gamma",
        ),
        "stage_3.block_3.norm_1.beta.momentum": (
            "momentum",
            "stage_3_block_3_norm_1_beta",
        ),
        "stage_3.block_3.conv_2.W.momentum": ("momentum", "stage_3_block_3_conv_2_W"),
        "stage_3.block_3.norm_2.gamma.momentum": (
            "momentum",
            "stage_3_block_3_norm_2_gamma",
        ),
        "stage_3.block_3.norm_2.beta.momentum": (
            "momentum",
            "stage_3_block_3_norm_2_beta",
        ),
        "dense_1.W.momentum": ("momentum", "dense_1_W"),
        "dense_1.b.momentum": ("momentum", "dense_1_b"),
        "batch_norm_1.running_mean": ("state", "batch_norm_1_running_mean"),
        "batch_norm_1.running_var": ("state", "batch_norm_1_running_var"),
        "stage_1.block_1.norm_1.running_mean": ("state", "block_1_norm_1_running_mean"),
        "stage_1.block_1.norm_1.running_var": (
            "state",
            "stage_1_block_1_norm_1_running_var",
        ),
        "stage_1.block_1.norm_2.running_mean": ("state", "block_1_norm_2_running_mean"),
        "stage_1.block_1.norm_2.running_var": (
            "state",
            "stage_1_block_1_norm_2_running_var",
        ),
        "stage_1.block_2.norm_1.running_mean": ("state", "block_2_norm_1_running_mean"),
        "stage_1.block_2.norm_1.running_var": (
            "state",
            "stage_1_block_2_norm_1_running_var",
        ),
        "stage_1.block_2.norm_2.running_mean": ("state", "block_2_norm_2_running_mean"),
        "stage_1.block_2.norm_2.running_var": (
            "state",
            "stage_1_block_2_norm_2_running_var",
        ),
        "stage_1.block_3.norm_1.running_mean": ("state", "block_3_norm_1_running_mean"),
        "stage_1.block_3.norm_1.running_var": (
            "state",
            "stage_1_block_3_norm_1_running_var",
        ),
        "stage_1.block_3.norm_2.running_mean": ("state", "block_3_norm_2_running_mean"),
        "stage_1.block_3.norm_2.running_var": (
            "state",
            "stage_1_block_3_norm_2_running_var",
        ),
        "stage_2.block_1.norm_1.running_mean": (
            "state",
            "block_1_norm_1_running_mean_2",
        ),
        "stage_2.block_1.norm_1.running_var": (
            "state",
            "stage_2_block_1_norm_1_running_var",
        ),
        "stage_2.block_1.norm_2.running_mean": (
            "state",
            "block_1_norm_2_running_mean_2",
        ),
        "stage_2.block_1.norm_2.running_var": (
            "state",
            "stage_2_block_1_norm_2_running_var",
        ),
        "stage_2.block_2.norm_1.running_mean": (
            "state",
            "block_2_norm_1_running_mean_2",
        ),
        "stage_2.block_2.norm_1.running_var": (
            "state",
            "stage_2_block_2_norm_1_running_var",
        ),
        "stage_2.block_2.norm_2.running_mean": (
            "state",
            "block_2_norm_2_running_mean_2",
        ),
        "stage_2.block_2.norm_2.running_var": (
            "state",
            "stage_2_block_2_norm_2_running_var",
        ),
        "stage_2.block_3.norm_1.running_mean": (
            "state",
            "block_3_norm_1_running_mean_2",
        ),
        "stage_2.block_3.norm_1.running_var": (
            "state",
            "stage_2_block_3_norm_1_running_var",
        ),
        "stage_2.block_3.norm_2.running_mean": (
            "state",
            "block_3_norm_2_running_mean_2",
        ),
        "stage_2.block_3.norm_2.running_var": (
            "state",
            "stage_2_block_3_norm_2_running_var",
        ),
        "stage_3.block_1.norm_1.running_mean": (
            "state",
            "block_1_norm_1_running_mean_3",
        ),
        "stage_3.block_1.norm_1.running_var": (
            "state",
            "stage_3_block_1_norm_1_running_var",
        ),
        "stage_3.block_1.norm_2.running_mean": (
            "state",
            "block_1_norm_2_running_mean_3",
        ),
        "stage_3.block_1.norm_2.running_var": (
            "state",
            "stage_3_block_1_norm_2_running_var",
        ),
        "stage_3.block_2.norm_1.running_mean": (
            "state",
            "block_2_norm_1_running_mean_3",
        ),
        "stage_3.block_2.norm_1.running_var": (
            "state",
            "stage_3_block_2_norm_1_running_var",
        ),
        "stage_3.block_2.norm_2.running_mean": (
            "state",
            "block_2_norm_2_running_mean_3",
        ),
        "stage_3.block_2.norm_2.running_var": (
            "state",
            "stage_3_block_2_norm_2_running_var",
        ),
        "stage_3.block_3.norm_1.running_mean": (
            "state",
            "block_3_norm_1_running_mean_3",
        ),
        "stage_3.block_3.norm_1.running_var": (
            "state",
            "stage_3_block_3_norm_1_running_var",
        ),
        "stage_3.block_3.norm_2.running_mean": (
            "state",
            "block_3_norm_2_running_mean_3",
        ),
        "stage_3.block_3.norm_2.running_var": (
            "state",
            "stage_3_block_3_norm_2_running_var",
        ),
        "sgd.step": ("state", "sgd_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(67906, np.float32),
            {
                "conv_1_W": (3, 3, 1, 8),
                "batch_norm_1_gamma": (8,),
                "batch_norm_1_beta": (8,),
                "stage_1_block_1_conv_1_W": (3, 3, 8, 8),
                "stage_1_block_1_norm_1_gamma": (8,),
                "stage_1_block_1_norm_1_beta": (8,),
                "stage_1_block_1_conv_2_W": (3, 3, 8, 8),
                "stage_1_block_1_norm_2_gamma": (8,),
                "stage_1_block_1_norm_2_beta": (8,),
                "stage_1_block_2_conv_1_W": (3, 3, 8, 8),
                "stage_1_block_2_norm_1_gamma": (8,),
                "stage_1_block_2_norm_1_beta": (8,),
                "stage_1_block_2_conv_2_W": (3, 3, 8, 8),
                "stage_1_block_2_norm_2_gamma": (8,),
                "stage_1_block_2_norm_2_beta": (8,),
                "stage_1_block_3_conv_1_W": (3, 3, 8, 8),
                "stage_1_block_3_norm_1_gamma": (8,),
                "stage_1_block_3_norm_1_beta": (8,),
                "stage_1_block_3_conv_2_W": (3, 3, 8, 8),
                "stage_1_block_3_norm_2_gamma": (8,),
                "stage_1_block_3_norm_2_beta": (8,),
                "stage_2_block_1_conv_1_W": (3, 3, 8, 16),
                "stage_2_block_1_norm_1_gamma": (16,),
                "stage_2_block_1_norm_1_beta": (16,),
                "stage_2_block_1_conv_2_W": (3, 3, 16, 16),
                "stage_2_block_1_norm_2_gamma": (16,),
                "stage_2_block_1_norm_2_beta": (16,),
                "stage_2_block_2_conv_1_W": (3, 3, 16, 16),
                "stage_2_block_2_norm_1_gamma": (16,),
                "stage_2_block_2_norm_1_beta": (16,),
                "stage_2_block_2_conv_2_W": (3, 3, 16, 16),
                "stage_2_block_2_norm_2_gamma": (16,),
                "stage_2_block_2_norm_2_beta": (16,),
                "stage_2_block_3_conv_1_W": (3, 3, 16, 16),
                "stage_2_block_3_norm_1_gamma": (16,),
                "stage_2_block_3_norm_1_beta": (16,),
                "stage_2_block_3_conv_2_W": (3, 3, 16, 16),
                "stage_2_block_3_norm_2_gamma": (16,),
                "stage_2_block_3_norm_2_beta": (16,),
                "stage_3_block_1_conv_1_W": (3, 3, 16, 32),
                "stage_3_block_1_norm_1_gamma": (32,),
                "stage_3_block_1_norm_1_beta": (32,),
                "stage_3_block_1_conv_2_W": (3, 3, 32, 32),
                "stage_3_block_1_norm_2_gamma": (32,),
                "stage_3_block_1_norm_2_beta": (32,),
                "stage_3_block_2_conv_1_W": (3, 3, 32, 32),
                "stage_3_block_2_norm_1_gamma": (32,),
                "stage_3_block_2_norm_1_beta": (32,),
                "stage_3_block_2_conv_2_W": (3, 3, 32, 32),
                "stage_3_block_2_norm_2_gamma": (32,),
                "stage_3_block_2_norm_2_beta": (32,),
                "stage_3_block_3_conv_1_W": (3, 3, 32, 32),
                "stage_3_block_3_norm_1_gamma": (32,),
                "stage_3_block_3_norm_1_beta": (32,),
                "stage_3_block_3_conv_2_W": (3, 3, 32, 32),
                "stage_3_block_3_norm_2_gamma": (32,),
                "stage_3_block_3_norm_2_beta": (32,),
                "dense_1_W": (32, 10),
                "dense_1_b": (10,),
            },
        )
        self.grads = _Views(_vector(67906, np.float32), self.params.shapes)
        self.stats = _Views(
            _vector(688, np.float32),
            {
                "z1_mean": (8,),
                "z1_unbiased_var": (8,),
                "z2_mean": (8,),
                "z2_unbiased_var": (8,),
                "z3_mean": (8,),
                "z3_unbiased_var": (8,),
                "z4_mean": (8,),
                "z4_unbiased_var": (8,),
                "z5_mean": (8,),
                "z5_unbiased_var": (8,),
                "z6_mean": (8,),
                "z6_unbiased_var": (8,),
                "z7_mean": (8,),
                "z7_unbiased_var": (8,),
                "z8_mean": (16,),
                "z8_unbiased_var": (16,),
                "z9_mean": (16,),
                "z9_unbiased_var": (16,),
                "z10_mean": (16,),
                "z10_unbiased_var": (16,),
                "z11_mean": (16,),
                "z11_unbiased_var": (16,),
                "z12_mean": (16,),
                "z12_unbiased_var": (16,),
                "z13_mean": (16,),
                "z13_unbiased_var": (16,),
                "z14_mean": (32,),
                "z14_unbiased_var": (32,),
                "z15_mean": (32,),
                "z15_unbiased_var": (32,),
                "z16_mean": (32,),
                "z16_unbiased_var": (32,),
                "z17_mean": (32,),
                "z17_unbiased_var": (32,),
                "z18_mean": (32,),
                "z18_unbiased_var": (32,),
                "z19_mean": (32,),
                "z19_unbiased_var": (32,),
            },
        )
        self.momentum = _Views(_vector(67906, np.float32), self.params.shapes)
        self.state = SimpleNamespace(
            batch_norm_1_running_mean=np.zeros((8,), dtype=np.float32),
            batch_norm_1_running_var=np.zeros((8,), dtype=np.float32),
            block_1_norm_1_running_mean=np.zeros((8,), dtype=np.float32),
            stage_1_block_1_norm_1_running_var=np.zeros((8,), dtype=np.float32),
            block_1_norm_2_running_mean=np.zeros((8,), dtype=np.float32),
            stage_1_block_1_norm_2_running_var=np.zeros((8,), dtype=np.float32),
            block_2_norm_1_running_mean=np.zeros((8,), dtype=np.float32),
            stage_1_block_2_norm_1_running_var=np.zeros((8,), dtype=np.float32),
            block_2_norm_2_running_mean=np.zeros((8,), dtype=np.float32),
            stage_1_block_2_norm_2_running_var=np.zeros((8,), dtype=np.float32),
            block_3_norm_1_running_mean=np.zeros((8,), dtype=np.float32),
            stage_1_block_3_norm_1_running_var=np.zeros((8,), dtype=np.float32),
            block_3_norm_2_running_mean=np.zeros((8,), dtype=np.float32),
            stage_1_block_3_norm_2_running_var=np.zeros((8,), dtype=np.float32),
            block_1_norm_1_running_mean_2=np.zeros((16,), dtype=np.float32),
            stage_2_block_1_norm_1_running_var=np.zeros((16,), dtype=np.float32),
            block_1_norm_2_running_mean_2=np.zeros((16,), dtype=np.float32),
            stage_2_block_1_norm_2_running_var=np.zeros((16,), dtype=np.float32),
            block_2_norm_1_running_mean_2=np.zeros((16,), dtype=np.float32),
            stage_2_block_2_norm_1_running_var=np.zeros((16,), dtype=np.float32),
            block_2_norm_2_running_mean_2=np.zeros((16,), dtype=np.float32),
            stage_2_block_2_norm_2_running_var=np.zeros((16,), dtype=np.float32),
            block_3_norm_1_running_mean_2=np.zeros((16,), dtype=np.float32),
            stage_2_block_3_norm_1_running_var=np.zeros((16,), dtype=np.float32),
            block_3_norm_2_running_mean_2=np.zeros((16,), dtype=np.float32),
            stage_2_block_3_norm_2_running_var=np.zeros((16,), dtype=np.float32),
            block_1_norm_1_running_mean_3=np.zeros((32,), dtype=np.float32),
            stage_3_block_1_norm_1_running_var=np.zeros((32,), dtype=np.float32),
            block_1_norm_2_running_mean_3=np.zeros((32,), dtype=np.float32),
            stage_3_block_1_norm_2_running_var=np.zeros((32,), dtype=np.float32),
            block_2_norm_1_running_mean_3=np.zeros((32,), dtype=np.float32),
            stage_3_block_2_norm_1_running_var=np.zeros((32,), dtype=np.float32),
            block_2_norm_2_running_mean_3=np.zeros((32,), dtype=np.float32),
            stage_3_block_2_norm_2_running_var=np.zeros((32,), dtype=np.float32),
            block_3_norm_1_running_mean_3=np.zeros((32,), dtype=np.float32),
            stage_3_block_3_norm_1_running_var=np.zeros((32,), dtype=np.float32),
            block_3_norm_2_running_mean_3=np.zeros((32,), dtype=np.float32),
            stage_3_block_3_norm_2_running_var=np.zeros((32,), dtype=np.float32),
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
        conv_1_noise = rng.standard_normal((3, 3, 1, 8), dtype=np.float32)
        new_conv_1_W = conv_1_noise * 0.47140452
        stage_1_block_1_conv_1_noise = rng.standard_normal(
            (3, 3, 8, 8),
            dtype=np.float32,
        )
        new_stage_1_block_1_conv_1_W = stage_1_block_1_conv_1_noise * 0.16666667
        stage_1_block_1_conv_2_noise = rng.standard_normal(
            (3, 3, 8, 8),
            dtype=np.float32,
        )
        new_stage_1_block_1_conv_2_W = stage_1_block_1_conv_2_noise * 0.16666667
        stage_1_block_2_conv_1_noise = rng.standard_normal(
            (3, 3, 8, 8),
            dtype=np.float32,
        )
        new_stage_1_block_2_conv_1_W = stage_1_block_2_conv_1_noise * 0.16666667
        stage_1_block_2_conv_2_noise = rng.standard_normal(
            (3, 3, 8, 8),
            dtype=np.float32,
        )
        new_stage_1_block_2_conv_2_W = stage_1_block_2_conv_2_noise * 0.16666667
        stage_1_block_3_conv_1_noise = rng.standard_normal(
            (3, 3, 8, 8),
            dtype=np.float32,
        )
        new_stage_1_block_3_conv_1_W = stage_1_block_3_conv_1_noise * 0.16666667
        stage_1_block_3_conv_2_noise = rng.standard_normal(
            (3, 3, 8, 8),
            dtype=np.float32,
        )
        new_stage_1_block_3_conv_2_W = stage_1_block_3_conv_2_noise * 0.16666667
        stage_2_block_1_conv_1_noise = rng.standard_normal(
            (3, 3, 8, 16),
            dtype=np.float32,
        )
        new_stage_2_block_1_conv_1_W = stage_2_block_1_conv_1_noise * 0.16666667
        stage_2_block_1_conv_2_noise = rng.standard_normal(
            (3, 3, 16, 16),
            dtype=np.float32,
        )
        new_stage_2_block_1_conv_2_W = stage_2_block_1_conv_2_noise * 0.11785113
        stage_2_block_2_conv_1_noise = rng.standard_normal(
            (3, 3, 16, 16),
            dtype=np.float32,
        )
        new_stage_2_block_2_conv_1_W = stage_2_block_2_conv_1_noise * 0.11785113
        stage_2_block_2_conv_2_noise = rng.standard_normal(
            (3, 3, 16, 16),
            dtype=np.float32,
        )
        new_stage_2_block_2_conv_2_W = stage_2_block_2_conv_2_noise * 0.11785113
        stage_2_block_3_conv_1_noise = rng.standard_normal(
            (3, 3, 16, 16),
            dtype=np.float32,
        )
        new_stage_2_block_3_conv_1_W = stage_2_block_3_conv_1_noise * 0.11785113
        stage_2_block_3_conv_2_noise = rng.standard_normal(
            (3, 3, 16, 16),
            dtype=np.float32,
        )
        new_stage_2_block_3_conv_2_W = stage_2_block_3_conv_2_noise * 0.11785113
        stage_3_block_1_conv_1_noise = rng.standard_normal(
            (3, 3, 16, 32),
            dtype=np.float32,
        )
        new_stage_3_block_1_conv_1_W = stage_3_block_1_conv_1_noise * 0.11785113
        stage_3_block_1_conv_2_noise = rng.standard_normal(
            (3, 3, 32, 32),
            dtype=np.float32,
        )
        new_stage_3_block_1_conv_2_W = stage_3_block_1_conv_2_noise * 0.083333336
        stage_3_block_2_conv_1_noise = rng.standard_normal(
            (3, 3, 32, 32),
            dtype=np.float32,
        )
        new_stage_3_block_2_conv_1_W = stage_3_block_2_conv_1_noise * 0.083333336
        stage_3_block_2_conv_2_noise = rng.standard_normal(
            (3, 3, 32, 32),
            dtype=np.float32,
        )
        new_stage_3_block_2_conv_2_W = stage_3_block_2_conv_2_noise * 0.083333336
        stage_3_block_3_conv_1_noise = rng.standard_normal(
            (3, 3, 32, 32),
            dtype=np.float32,
        )
        new_stage_3_block_3_conv_1_W = stage_3_block_3_conv_1_noise * 0.083333336
        stage_3_block_3_conv_2_noise = rng.standard_normal(
            (3, 3, 32, 32),
            dtype=np.float32,
        )
        new_stage_3_block_3_conv_2_W = stage_3_block_3_conv_2_noise * 0.083333336
        dense_1_draw = rng.random((32, 10), dtype=np.float32)
        new_dense_1_W = dense_1_draw * 0.75592893 + -0.37796447
        block_3_norm_2_running_var = np.broadcast_to(np.float32(1.0), (8,))
        block_3_norm_2_running_var_2 = np.broadcast_to(np.float32(1.0), (16,))
        block_3_norm_2_running_var_3 = np.broadcast_to(np.float32(1.0), (32,))
        p.conv_1_W[...] = new_conv_1_W
        p.batch_norm_1_gamma[...] = block_3_norm_2_running_var
        p.stage_1_block_1_conv_1_W[...] = new_stage_1_block_1_conv_1_W
        p.stage_1_block_1_norm_1_gamma[...] = block_3_norm_2_running_var
        p.stage_1_block_1_conv_2_W[...] = new_stage_1_block_1_conv_2_W
        p.stage_1_block_1_norm_2_gamma[...] = block_3_norm_2_running_var
        p.stage_1_block_2_conv_1_W[...] = new_stage_1_block_2_conv_1_W
        p.stage_1_block_2_norm_1_gamma[...] = block_3_norm_2_running_var
        p.stage_1_block_2_conv_2_W[...] = new_stage_1_block_2_conv_2_W
        p.stage_1_block_2_norm_2_gamma[...] = block_3_norm_2_running_var
        p.stage_1_block_3_conv_1_W[...] = new_stage_1_block_3_conv_1_W
        p.stage_1_block_3_norm_1_gamma[...] = block_3_norm_2_running_var
        p.stage_1_block_3_conv_2_W[...] = new_stage_1_block_3_conv_2_W
        p.stage_1_block_3_norm_2_gamma[...] = block_3_norm_2_running_var
        p.stage_2_block_1_conv_1_W[...] = new_stage_2_block_1_conv_1_W
        p.stage_2_block_1_norm_1_gamma[...] = block_3_norm_2_running_var_2
        p.stage_2_block_1_conv_2_W[...] = new_stage_2_block_1_conv_2_W
        p.stage_2_block_1_norm_2_gamma[...] = block_3_norm_2_running_var_2
        p.stage_2_block_2_conv_1_W[...] = new_stage_2_block_2_conv_1_W
        p.stage_2_block_2_norm_1_gamma[...] = block_3_norm_2_running_var_2
        p.stage_2_block_2_conv_2_W[...] = new_stage_2_block_2_conv_2_W
        p.stage_2_block_2_norm_2_gamma[...] = block_3_norm_2_running_var_2
        p.stage_2_block_3_conv_1_W[...] = new_stage_2_block_3_conv_1_W
        p.stage_2_block_3_norm_1_gamma[...] = block_3_norm_2_running_var_2
        p.stage_2_block_3_conv_2_W[...] = new_stage_2_block_3_conv_2_W
        p.stage_2_block_3_norm_2_gamma[...] = block_3_norm_2_running_var_2
        p.stage_3_block_1_conv_1_W[...] = new_stage_3_block_1_conv_1_W
        p.stage_3_block_1_norm_1_gamma[...] = block_3_norm_2_running_var_3
        p.stage_3_block_1_conv_2_W[...] = new_stage_3_block_1_conv_2_W
        p.stage_3_block_1_norm_2_gamma[...] = block_3_norm_2_running_var_3
        p.stage_3_block_2_conv_1_W[...] = new_stage_3_block_2_conv_1_W
        p.stage_3_block_2_norm_1_gamma[...] = block_3_norm_2_running_var_3
        p.stage_3_block_2_conv_2_W[...] = new_stage_3_block_2_conv_2_W
        p.stage_3_block_2_norm_2_gamma[...] = block_3_norm_2_running_var_3
        p.stage_3_block_3_conv_1_W[...] = new_stage_3_block_3_conv_1_W
        p.stage_3_block_3_norm_1_gamma[...] = block_3_norm_2_running_var_3
        p.stage_3_block_3_conv_2_W[...] = new_stage_3_block_3_conv_2_W
        p.stage_3_block_3_norm_2_gamma[...] = block_3_norm_2_running_var_3
        p.dense_1_W[...] = new_dense_1_W
        self.state.batch_norm_1_running_var[...] = block_3_norm_2_running_var
        self.state.stage_1_block_1_norm_1_running_var[...] = block_3_norm_2_running_var
        self.state.stage_1_block_1_norm_2_running_var[...] = block_3_norm_2_running_var
        self.state.stage_1_block_2_norm_1_running_var[...] = block_3_norm_2_running_var
        self.state.stage_1_block_2_norm_2_running_var[...] = block_3_norm_2_running_var
        self.state.stage_1_block_3_norm_1_running_var[...] = block_3_norm_2_running_var
        self.state.stage_1_block_3_norm_2_running_var[...] = block_3_norm_2_running_var
        np.copyto(
            self.state.stage_2_block_1_norm_1_running_var,
            block_3_norm_2_running_var_2,
        )
        np.copyto(
            self.state.stage_2_block_1_norm_2_running_var,
            block_3_norm_2_running_var_2,
        )
        np.copyto(
            self.state.stage_2_block_2_norm_1_running_var,
            block_3_norm_2_running_var_2,
        )
        np.copyto(
            self.state.stage_2_block_2_norm_2_running_var,
            block_3_norm_2_running_var_2,
        )
        np.copyto(
            self.state.stage_2_block_3_norm_1_running_var,
            block_3_norm_2_running_var_2,
        )
        np.copyto(
            self.state.stage_2_block_3_norm_2_running_var,
            block_3_norm_2_running_var_2,
        )
        np.copyto(
            self.state.stage_3_block_1_norm_1_running_var,
            block_3_norm_2_running_var_3,
        )
        np.copyto(
            self.state.stage_3_block_1_norm_2_running_var,
            block_3_norm_2_running_var_3,
        )
        np.copyto(
            self.state.stage_3_block_2_norm_1_running_var,
            block_3_norm_2_running_var_3,
        )
        np.copyto(
            self.state.stage_3_block_2_norm_2_running_var,
            block_3_norm_2_running_var_3,
        )
        np.copyto(
            self.state.stage_3_block_3_norm_1_running_var,
            block_3_norm_2_running_var_3,
        )
        np.copyto(
            self.state.stage_3_block_3_norm_2_running_var,
            block_3_norm_2_running_var_3,
        )

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 28, 28, 1)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        loss = self._backward(s, x, y)
        self._update(s)
        return loss

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 28, 28, 1)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        self._backward(s, x, y)
        d = self.grads
        return {
            "conv_1.W": d.conv_1_W.copy(),
            "batch_norm_1.gamma": d.batch_norm_1_gamma.copy(),
            "batch_norm_1.beta": d.batch_norm_1_beta.copy(),
            "stage_1.block_1.conv_1.W": d.stage_1_block_1_conv_1_W.copy(),
            "stage_1.block_1.norm_1.gamma": d.stage_1_block_1_norm_1_gamma.copy(),
            "stage_1.block_1.norm_1.beta": d.stage_1_block_1_norm_1_beta.copy(),
            "stage_1.block_1.conv_2.W": d.stage_1_block_1_conv_2_W.copy(),
            "stage_1.block_1.norm_2.gamma": d.stage_1_block_1_norm_2_gamma.copy(),
            "stage_1.block_1.norm_2.beta": d.stage_1_block_1_norm_2_beta.copy(),
            "stage_1.block_2.conv_1.W": d.stage_1_block_2_conv_1_W.copy(),
            "stage_1.block_2.norm_1.gamma": d.stage_1_block_2_norm_1_gamma.copy(),
            "stage_1.block_2.norm_1.beta": d.stage_1_block_2_norm_1_beta.copy(),
            "stage_1.block_2.conv_2.W": d.stage_1_block_2_conv_2_W.copy(),
            "stage_1.block_2.norm_2.gamma": d.stage_1_block_2_norm_2_gamma.copy(),
            "stage_1.block_2.norm_2.beta": d.stage_1_block_2_norm_2_beta.copy(),
            "stage_1.block_3.conv_1.W": d.stage_1_block_3_conv_1_W.copy(),
            "stage_1.block_3.norm_1.gamma": d.stage_1_block_3_norm_1_gamma.copy(),
            "stage_1.block_3.norm_1.beta": d.stage_1_block_3_norm_1_beta.copy(),
            "stage_1.block_3.conv_2.W": d.stage_1_block_3_conv_2_W.copy(),
            "stage_1.block_3.norm_2.gamma": d.stage_1_block_3_norm_2_gamma.copy(),
            "stage_1.block_3.norm_2.beta": d.stage_1_block_3_norm_2_beta.copy(),
            "stage_2.block_1.conv_1.W": d.stage_2_block_1_conv_1_W.copy(),
            "stage_2.block_1.norm_1.gamma": d.stage_2_block_1_norm_1_gamma.copy(),
            "stage_2.block_1.norm_1.beta": d.stage_2_block_1_norm_1_beta.copy(),
            "stage_2.block_1.conv_2.W": d.stage_2_block_1_conv_2_W.copy(),
            "stage_2.block_1.norm_2.gamma": d.stage_2_block_1_norm_2_gamma.copy(),
            "stage_2.block_1.norm_2.beta": d.stage_2_block_1_norm_2_beta.copy(),
            "stage_2.block_2.conv_1.W": d.stage_2_block_2_conv_1_W.copy(),
            "stage_2.block_2.norm_1.gamma": d.stage_2_block_2_norm_1_gamma.copy(),
            "stage_2.block_2.norm_1.beta": d.stage_2_block_2_norm_1_beta.copy(),
            "stage_2.block_2.conv_2.W": d.stage_2_block_2_conv_2_W.copy(),
            "stage_2.block_2.norm_2.gamma": d.stage_2_block_2_norm_2_gamma.copy(),
            "stage_2.block_2.norm_2.beta": d.stage_2_block_2_norm_2_beta.copy(),
            "stage_2.block_3.conv_1.W": d.stage_2_block_3_conv_1_W.copy(),
            "stage_2.block_3.norm_1.gamma": d.stage_2_block_3_norm_1_gamma.copy(),
            "stage_2.block_3.norm_1.beta": d.stage_2_block_3_norm_1_beta.copy(),
            "stage_2.block_3.conv_2.W": d.stage_2_block_3_conv_2_W.copy(),
            "stage_2.block_3.norm_2.gamma": d.stage_2_block_3_norm_2_gamma.copy(),
            "stage_2.block_3.norm_2.beta": d.stage_2_block_3_norm_2_beta.copy(),
            "stage_3.block_1.conv_1.W": d.stage_3_block_1_conv_1_W.copy(),
            "stage_3.block_1.norm_1.gamma": d.stage_3_block_1_norm_1_gamma.copy(),
            "stage_3.block_1.norm_1.beta": d.stage_3_block_1_norm_1_beta.copy(),
            "stage_3.block_1.conv_2.W": d.stage_3_block_1_conv_2_W.copy(),
            "stage_3.block_1.norm_2.gamma": d.stage_3_block_1_norm_2_gamma.copy(),
            "stage_3.block_1.norm_2.beta": d.stage_3_block_1_norm_2_beta.copy(),
            "stage_3.block_2.conv_1.W": d.stage_3_block_2_conv_1_W.copy(),
            "stage_3.block_2.norm_1.gamma": d.stage_3_block_2_norm_1_gamma.copy(),
            "stage_3.block_2.norm_1.beta": d.stage_3_block_2_norm_1_beta.copy(),
            "stage_3.block_2.conv_2.W": d.stage_3_block_2_conv_2_W.copy(),
            "stage_3.block_2.norm_2.gamma": d.stage_3_block_2_norm_2_gamma.copy(),
            "stage_3.block_2.norm_2.beta": d.stage_3_block_2_norm_2_beta.copy(),
            "stage_3.block_3.conv_1.W": d.stage_3_block_3_conv_1_W.copy(),
            "stage_3.block_3.norm_1.gamma": d.stage_3_block_3_norm_1_gamma.copy(),
            "stage_3.block_3.norm_1.beta": d.stage_3_block_3_norm_1_beta.copy(),
            "stage_3.block_3.conv_2.W": d.stage_3_block_3_conv_2_W.copy(),
            "stage_3.block_3.norm_2.gamma": d.stage_3_block_3_norm_2_gamma.copy(),
            "stage_3.block_3.norm_2.beta": d.stage_3_block_3_norm_2_beta.copy(),
            "dense_1.W": d.dense_1_W.copy(),
            "dense_1.b": d.dense_1_b.copy(),
        }

    def _backward(self, s, x, y):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d, stats = self.params, self.grads, self.stats
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)                    (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            x,
            p.conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                                mnist_resnet.py:37
        # z1_mean = mean(z1, axes 0, 1, 2)                                        (8,)
        # z1_var = mean(square(z1 - z1_mean), axes 0, 1, 2)                       (8,)
        # z1_inv_std = 1 / sqrt(z1_var + 1e-05)                                   (8,)
        # z1_hat = (z1 - mean) / sqrt(var + 1e-05)                      (N, 28, 28, 8)
        # z1_norm = z1_hat * gamma + beta                               (N, 28, 28, 8)
        np.dot(s.ones, s.z1_reshape, out=stats.z1_mean)
        np.divide(stats.z1_mean, 784 * s.n, out=stats.z1_mean)
        np.subtract(s.z1, stats.z1_mean, out=s.z1_minus_mean)
        np.square(s.z1_minus_mean, out=s.z1_square)
        np.dot(s.ones, s.z1_reshape_2, out=stats.z1_unbiased_var)
        np.divide(stats.z1_unbiased_var, 784 * s.n, out=stats.z1_unbiased_var)
        np.add(stats.z1_unbiased_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(s.z1_minus_mean, s.z1_inv_std, out=s.z1_hat)
        np.multiply(s.z1_hat, p.batch_norm_1_gamma, out=s.z1_norm)
        np.add(s.z1_norm, p.batch_norm_1_beta, out=s.z1_norm)

        # relu_1: h1 = relu(z1_norm)                 (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # stage_1.block_1.conv_1: z2 = conv(h1, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h1,
            p.stage_1_block_1_conv_1_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # stage_1.block_1.norm_1                                      mnist_resnet.py:37
        # z2_mean = mean(z2, axes 0, 1, 2)                                        (8,)
        # z2_var = mean(square(z2 - z2_mean), axes 0, 1, 2)                       (8,)
        # z2_inv_std = 1 / sqrt(z2_var + 1e-05)                                   (8,)
        # z2_hat = (z2 - mean) / sqrt(var + 1e-05)                      (N, 28, 28, 8)
        # z2_norm = z2_hat * gamma + beta                               (N, 28, 28, 8)
        np.dot(s.ones, s.z2_reshape, out=stats.z2_mean)
        np.divide(stats.z2_mean, 784 * s.n, out=stats.z2_mean)
        np.subtract(s.z2, stats.z2_mean, out=s.z2_hat)
        np.square(s.z2_hat, out=s.z2_hat_square)
        np.dot(s.ones, s.z2_hat_reshape, out=stats.z2_unbiased_var)
        np.divide(stats.z2_unbiased_var, 784 * s.n, out=stats.z2_unbiased_var)
        np.add(stats.z2_unbiased_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(s.z2_hat, s.z2_inv_std, out=s.z2_hat)
        np.multiply(s.z2_hat, p.stage_1_block_1_norm_1_gamma, out=s.z2_norm)
        np.add(s.z2_norm, p.stage_1_block_1_norm_1_beta, out=s.z2_norm)

        # stage_1.block_1.relu: h2 = relu(z2_norm)   (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # stage_1.block_1.conv_2: z3 = conv(h2, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h2,
            p.stage_1_block_1_conv_2_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # stage_1.block_1.norm_2                                      mnist_resnet.py:37
        # z3_mean = mean(z3, axes 0, 1, 2)                                        (8,)
        # z3_var = mean(square(z3 - z3_mean), axes 0, 1, 2)                       (8,)
        # z3_inv_std = 1 / sqrt(z3_var + 1e-05)                                   (8,)
        # z3_hat = (z3 - mean) / sqrt(var + 1e-05)                      (N, 28, 28, 8)
        # h3 = z3_hat * gamma + beta                                    (N, 28, 28, 8)
        np.dot(s.ones, s.z3_reshape, out=stats.z3_mean)
        np.divide(stats.z3_mean, 784 * s.n, out=stats.z3_mean)
        np.subtract(s.z3, stats.z3_mean, out=s.z3_hat)
        np.square(s.z3_hat, out=s.z3_hat_square)
        np.dot(s.ones, s.z3_hat_reshape, out=stats.z3_unbiased_var)
        np.divide(stats.z3_unbiased_var, 784 * s.n, out=stats.z3_unbiased_var)
        np.add(stats.z3_unbiased_var, 1e-05, out=s.z3_inv_std)
        np.sqrt(s.z3_inv_std, out=s.z3_inv_std)
        np.divide(1.0, s.z3_inv_std, out=s.z3_inv_std)
        np.multiply(s.z3_hat, s.z3_inv_std, out=s.z3_hat)
        np.multiply(s.z3_hat, p.stage_1_block_1_norm_2_gamma, out=s.h3)
        np.add(s.h3, p.stage_1_block_1_norm_2_beta, out=s.h3)

        # stage_1.block_1: h3_plus = h3 + h1         (N, 28, 28, 8)   mnist_resnet.py:37
        np.add(s.h3, s.h1, out=s.h3_plus)

        # stage_1.block_1.relu                                        mnist_resnet.py:37
        # stage_1_relu = relu(h3 + h1)                                  (N, 28, 28, 8)
        np.maximum(s.h3_plus, 0.0, out=s.stage_1_relu)

        # stage_1.block_2.conv_1                                      mnist_resnet.py:37
        # z4 = conv(stage_1_relu, W)                                    (N, 28, 28, 8)
        _conv_im2col(
            s.stage_1_relu,
            p.stage_1_block_2_conv_1_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # stage_1.block_2.norm_1                                      mnist_resnet.py:37
        # z4_mean = mean(z4, axes 0, 1, 2)                                        (8,)
        # z4_var = mean(square(z4 - z4_mean), axes 0, 1, 2)                       (8,)
        # z4_inv_std = 1 / sqrt(z4_var + 1e-05)                                   (8,)
        # z4_hat = (z4 - mean) / sqrt(var + 1e-05)                      (N, 28, 28, 8)
        # z4_norm = z4_hat * gamma + beta                               (N, 28, 28, 8)
        np.dot(s.ones, s.z4_reshape, out=stats.z4_mean)
        np.divide(stats.z4_mean, 784 * s.n, out=stats.z4_mean)
        np.subtract(s.z4, stats.z4_mean, out=s.z4_hat)
        np.square(s.z4_hat, out=s.z4_hat_square)
        np.dot(s.ones, s.z4_hat_reshape, out=stats.z4_unbiased_var)
        np.divide(stats.z4_unbiased_var, 784 * s.n, out=stats.z4_unbiased_var)
        np.add(stats.z4_unbiased_var, 1e-05, out=s.z4_inv_std)
        np.sqrt(s.z4_inv_std, out=s.z4_inv_std)
        np.divide(1.0, s.z4_inv_std, out=s.z4_inv_std)
        np.multiply(s.z4_hat, s.z4_inv_std, out=s.z4_hat)
        np.multiply(s.z4_hat, p.stage_1_block_2_norm_1_gamma, out=s.z4_norm)
        np.add(s.z4_norm, p.stage_1_block_2_norm_1_beta, out=s.z4_norm)

        # stage_1.block_2.relu: h4 = relu(z4_norm)   (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # stage_1.block_2.conv_2: z5 = conv(h4, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h4,
            p.stage_1_block_2_conv_2_W,
            s.z5_columns,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # stage_1.block_2.norm_2                                      mnist_resnet.py:37
        # z5_mean = mean(z5, axes 0, 1, 2)                                        (8,)
        # z5_var = mean(square(z5 - z5_mean), axes 0, 1, 2)                       (8,)
        # z5_inv_std = 1 / sqrt(z5_var + 1e-05)                                   (8,)
        # z5_hat = (z5 - mean) / sqrt(var + 1e-05)                      (N, 28, 28, 8)
        # h5 = z5_hat * gamma + beta                                    (N, 28, 28, 8)
        np.dot(s.ones, s.z5_reshape, out=stats.z5_mean)
        np.divide(stats.z5_mean, 784 * s.n, out=stats.z5_mean)
        np.subtract(s.z5, stats.z5_mean, out=s.z5_hat)
        np.square(s.z5_hat, out=s.z5_hat_square)
        np.dot(s.ones, s.z5_hat_reshape, out=stats.z5_unbiased_var)
        np.divide(stats.z5_unbiased_var, 784 * s.n, out=stats.z5_unbiased_var)
        np.add(stats.z5_unbiased_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(s.z5_hat, s.z5_inv_std, out=s.z5_hat)
        np.multiply(s.z5_hat, p.stage_1_block_2_norm_2_gamma, out=s.h5)
        np.add(s.h5, p.stage_1_block_2_norm_2_beta, out=s.h5)

        # stage_1.block_2                                             mnist_resnet.py:37
        # h5_plus = h5 + stage_1_relu                                   (N, 28, 28, 8)
        np.add(s.h5, s.stage_1_relu, out=s.h5_plus)

        # stage_1.block_2.relu                                        mnist_resnet.py:37
        # stage_1_relu_2 = relu(h5 + relu)                              (N, 28, 28, 8)
        np.maximum(s.h5_plus, 0.0, out=s.stage_1_relu_2)

        # stage_1.block_3.conv_1                                      mnist_resnet.py:37
        # z6 = conv(stage_1_relu_2, W)                                  (N, 28, 28, 8)
        _conv_im2col(
            s.stage_1_relu_2,
            p.stage_1_block_3_conv_1_W,
            s.z6_columns,
            out=s.z6,
            padded=s.z6_padded,
            low=(1, 1),
        )

        # stage_1.block_3.norm_1                                      mnist_resnet.py:37
        # z6_mean = mean(z6, axes 0, 1, 2)                                        (8,)
        # z6_var = mean(square(z6 - z6_mean), axes 0, 1, 2)                       (8,)
        # z6_inv_std = 1 / sqrt(z6_var + 1e-05)                                   (8,)
        # z6_hat = (z6 - mean) / sqrt(var + 1e-05)                      (N, 28, 28, 8)
        # z6_norm = z6_hat * gamma + beta                               (N, 28, 28, 8)
        np.dot(s.ones, s.z6_reshape, out=stats.z6_mean)
        np.divide(stats.z6_mean, 784 * s.n, out=stats.z6_mean)
        np.subtract(s.z6, stats.z6_mean, out=s.z6_hat)
        np.square(s.z6_hat, out=s.z6_hat_square)
        np.dot(s.ones, s.z6_hat_reshape, out=stats.z6_unbiased_var)
        np.divide(stats.z6_unbiased_var, 784 * s.n, out=stats.z6_unbiased_var)
        np.add(stats.z6_unbiased_var, 1e-05, out=s.z6_inv_std)
        np.sqrt(s.z6_inv_std, out=s.z6_inv_std)
        np.divide(1.0, s.z6_inv_std, out=s.z6_inv_std)
        np.multiply(s.z6_hat, s.z6_inv_std, out=s.z6_hat)
        np.multiply(s.z6_hat, p.stage_1_block_3_norm_1_gamma, out=s.z6_norm)
        np.add(s.z6_norm, p.stage_1_block_3_norm_1_beta, out=s.z6_norm)

        # stage_1.block_3.relu: h6 = relu(z6_norm)   (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z6_norm, 0.0, out=s.h6)

        # stage_1.block_3.conv_2: z7 = conv(h6, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h6,
            p.stage_1_block_3_conv_2_W,
            s.z7_columns,
            out=s.z7,
            padded=s.z7_padded,
            low=(1, 1),
        )

        # stage_1.block_3.norm_2                                      mnist_resnet.py:37
        # z7_mean = mean(z7, axes 0, 1, 2)                                        (8,)
        # z7_var = mean(square(z7 - z7_mean), axes 0, 1, 2)                       (8,)
        # z7_inv_std = 1 / sqrt(z7_var + 1e-05)                                   (8,)
        # z7_hat = (z7 - mean) / sqrt(var + 1e-05)                      (N, 28, 28, 8)
        # h7 = z7_hat * gamma + beta                                    (N, 28, 28, 8)
        np.dot(s.ones, s.z7_reshape, out=stats.z7_mean)
        np.divide(stats.z7_mean, 784 * s.n, out=stats.z7_mean)
        np.subtract(s.z7, stats.z7_mean, out=s.z7_hat)
        np.square(s.z7_hat, out=s.z7_hat_square)
        np.dot(s.ones, s.z7_hat_reshape, out=stats.z7_unbiased_var)
        np.divide(stats.z7_unbiased_var, 784 * s.n, out=stats.z7_unbiased_var)
        np.add(stats.z7_unbiased_var, 1e-05, out=s.z7_inv_std)
        np.sqrt(s.z7_inv_std, out=s.z7_inv_std)
        np.divide(1.0, s.z7_inv_std, out=s.z7_inv_std)
        np.multiply(s.z7_hat, s.z7_inv_std, out=s.z7_hat)
        np.multiply(s.z7_hat, p.stage_1_block_3_norm_2_gamma, out=s.h7)
        np.add(s.h7, p.stage_1_block_3_norm_2_beta, out=s.h7)

        # stage_1.block_3                                             mnist_resnet.py:37
        # h7_plus = h7 + stage_1_relu_2                                 (N, 28, 28, 8)
        np.add(s.h7, s.stage_1_relu_2, out=s.h7_plus)

        # stage_1.block_3.relu                                        mnist_resnet.py:37
        # stage_1_relu_3 = relu(h7 + relu)                              (N, 28, 28, 8)
        np.maximum(s.h7_plus, 0.0, out=s.stage_1_relu_3)

        # stage_2.block_1.conv_1                                      mnist_resnet.py:37
        # z8 = conv(stage_1_relu_3, W)                                 (N, 14, 14, 16)
        _conv_im2col(
            s.stage_1_relu_3,
            p.stage_2_block_1_conv_1_W,
            s.z8_columns,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        # z8_mean = mean(z8, axes 0, 1, 2)                                       (16,)
        # z8_var = mean(square(z8 - z8_mean), axes 0, 1, 2)                      (16,)
        # z8_inv_std = 1 / sqrt(z8_var + 1e-05)                                  (16,)
        # z8_hat = (z8 - mean) / sqrt(var + 1e-05)                     (N, 14, 14, 16)
        # z8_norm = z8_hat * gamma + beta                              (N, 14, 14, 16)
        np.dot(s.ones_2, s.z8_reshape, out=stats.z8_mean)
        np.divide(stats.z8_mean, 196 * s.n, out=stats.z8_mean)
        np.subtract(s.z8, stats.z8_mean, out=s.z8_hat)
        np.square(s.z8_hat, out=s.z8_hat_square)
        np.dot(s.ones_2, s.z8_hat_reshape, out=stats.z8_unbiased_var)
        np.divide(stats.z8_unbiased_var, 196 * s.n, out=stats.z8_unbiased_var)
        np.add(stats.z8_unbiased_var, 1e-05, out=s.z8_inv_std)
        np.sqrt(s.z8_inv_std, out=s.z8_inv_std)
        np.divide(1.0, s.z8_inv_std, out=s.z8_inv_std)
        np.multiply(s.z8_hat, s.z8_inv_std, out=s.z8_hat)
        np.multiply(s.z8_hat, p.stage_2_block_1_norm_1_gamma, out=s.z8_norm)
        np.add(s.z8_norm, p.stage_2_block_1_norm_1_beta, out=s.z8_norm)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # h8 = relu(z8_norm)                                           (N, 14, 14, 16)
        np.maximum(s.z8_norm, 0.0, out=s.h8)

        # stage_2.block_1.conv_2                                      mnist_resnet.py:37
        # z9 = conv(h8, W)                                             (N, 14, 14, 16)
        _conv_im2col(
            s.h8,
            p.stage_2_block_1_conv_2_W,
            s.z9_columns,
            out=s.z9,
            padded=s.z9_padded,
            low=(1, 1),
        )

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        # z9_mean = mean(z9, axes 0, 1, 2)                                       (16,)
        # z9_var = mean(square(z9 - z9_mean), axes 0, 1, 2)                      (16,)
        # z9_inv_std = 1 / sqrt(z9_var + 1e-05)                                  (16,)
        # z9_hat = (z9 - mean) / sqrt(var + 1e-05)                     (N, 14, 14, 16)
        # h9 = z9_hat * gamma + beta                                   (N, 14, 14, 16)
        np.dot(s.ones_2, s.z9_reshape, out=stats.z9_mean)
        np.divide(stats.z9_mean, 196 * s.n, out=stats.z9_mean)
        np.subtract(s.z9, stats.z9_mean, out=s.z9_hat)
        np.square(s.z9_hat, out=s.z9_hat_square)
        np.dot(s.ones_2, s.z9_hat_reshape, out=stats.z9_unbiased_var)
        np.divide(stats.z9_unbiased_var, 196 * s.n, out=stats.z9_unbiased_var)
        np.add(stats.z9_unbiased_var, 1e-05, out=s.z9_inv_std)
        np.sqrt(s.z9_inv_std, out=s.z9_inv_std)
        np.divide(1.0, s.z9_inv_std, out=s.z9_inv_std)
        np.multiply(s.z9_hat, s.z9_inv_std, out=s.z9_hat)
        np.multiply(s.z9_hat, p.stage_2_block_1_norm_2_gamma, out=s.h9)
        np.add(s.h9, p.stage_2_block_1_norm_2_beta, out=s.h9)

        # stage_2.block_1.shortcut                                    mnist_resnet.py:37
        # stage_2_shortcut                                             (N, 14, 14, 16)
        s.stage_2_shortcut.fill(0)
        s.stage_2_shortcut[:, :, :, 4:12] = s.stage_1_relu_slice

        # stage_2.block_1                                             mnist_resnet.py:37
        # h9_plus = h9 + stage_2_shortcut                              (N, 14, 14, 16)
        np.add(s.h9, s.stage_2_shortcut, out=s.h9_plus)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # stage_2_relu = relu(h9 + shortcut)                           (N, 14, 14, 16)
        np.maximum(s.h9_plus, 0.0, out=s.stage_2_relu)

        # stage_2.block_2.conv_1                                      mnist_resnet.py:37
        # z10 = conv(stage_2_relu, W)                                  (N, 14, 14, 16)
        _conv_im2col(
            s.stage_2_relu,
            p.stage_2_block_2_conv_1_W,
            s.z10_columns,
            out=s.z10,
            padded=s.z10_padded,
            low=(1, 1),
        )

        # stage_2.block_2.norm_1                                      mnist_resnet.py:37
        # z10_mean = mean(z10, axes 0, 1, 2)                                     (16,)
        # z10_var = mean(square(z10 - z10_mean), axes 0, 1, 2)                   (16,)
        # z10_inv_std = 1 / sqrt(z10_var + 1e-05)                                (16,)
        # z10_hat = (z10 - mean) / sqrt(var + 1e-05)                   (N, 14, 14, 16)
        # z10_norm = z10_hat * gamma + beta                            (N, 14, 14, 16)
        np.dot(s.ones_2, s.z10_reshape, out=stats.z10_mean)
        np.divide(stats.z10_mean, 196 * s.n, out=stats.z10_mean)
        np.subtract(s.z10, stats.z10_mean, out=s.z10_hat)
        np.square(s.z10_hat, out=s.z10_hat_square)
        np.dot(s.ones_2, s.z10_hat_reshape, out=stats.z10_unbiased_var)
        np.divide(stats.z10_unbiased_var, 196 * s.n, out=stats.z10_unbiased_var)
        np.add(stats.z10_unbiased_var, 1e-05, out=s.z10_inv_std)
        np.sqrt(s.z10_inv_std, out=s.z10_inv_std)
        np.divide(1.0, s.z10_inv_std, out=s.z10_inv_std)
        np.multiply(s.z10_hat, s.z10_inv_std, out=s.z10_hat)
        np.multiply(s.z10_hat, p.stage_2_block_2_norm_1_gamma, out=s.z10_norm)
        np.add(s.z10_norm, p.stage_2_block_2_norm_1_beta, out=s.z10_norm)

        # stage_2.block_2.relu                                        mnist_resnet.py:37
        # h10 = relu(z10_norm)                                         (N, 14, 14, 16)
        np.maximum(s.z10_norm, 0.0, out=s.h10)

        # stage_2.block_2.conv_2                                      mnist_resnet.py:37
        # z11 = conv(h10, W)                                           (N, 14, 14, 16)
        _conv_im2col(
            s.h10,
            p.stage_2_block_2_conv_2_W,
            s.z11_columns,
            out=s.z11,
            padded=s.z11_padded,
            low=(1, 1),
        )

        # stage_2.block_2.norm_2                                      mnist_resnet.py:37
        # z11_mean = mean(z11, axes 0, 1, 2)                                     (16,)
        # z11_var = mean(square(z11 - z11_mean), axes 0, 1, 2)                   (16,)
        # z11_inv_std = 1 / sqrt(z11_var + 1e-05)                                (16,)
        # z11_hat = (z11 - mean) / sqrt(var + 1e-05)                   (N, 14, 14, 16)
        # h11 = z11_hat * gamma + beta                                 (N, 14, 14, 16)
        np.dot(s.ones_2, s.z11_reshape, out=stats.z11_mean)
        np.divide(stats.z11_mean, 196 * s.n, out=stats.z11_mean)
        np.subtract(s.z11, stats.z11_mean, out=s.z11_hat)
        np.square(s.z11_hat, out=s.z11_hat_square)
        np.dot(s.ones_2, s.z11_hat_reshape, out=stats.z11_unbiased_var)
        np.divide(stats.z11_unbiased_var, 196 * s.n, out=stats.z11_unbiased_var)
        np.add(stats.z11_unbiased_var, 1e-05, out=s.z11_inv_std)
        np.sqrt(s.z11_inv_std, out=s.z11_inv_std)
        np.divide(1.0, s.z11_inv_std, out=s.z11_inv_std)
        np.multiply(s.z11_hat, s.z11_inv_std, out=s.z11_hat)
        np.multiply(s.z11_hat, p.stage_2_block_2_norm_2_gamma, out=s.h11)
        np.add(s.h11, p.stage_2_block_2_norm_2_beta, out=s.h11)

        # stage_2.block_2                                             mnist_resnet.py:37
        # h11_plus = h11 + stage_2_relu                                (N, 14, 14, 16)
        np.add(s.h11, s.stage_2_relu, out=s.h11_plus)

        # stage_2.block_2.relu                                        mnist_resnet.py:37
        # stage_2_relu_2 = relu(h11 + relu)                            (N, 14, 14, 16)
        np.maximum(s.h11_plus, 0.0, out=s.stage_2_relu_2)

        # stage_2.block_3.conv_1                                      mnist_resnet.py:37
        # z12 = conv(stage_2_relu_2, W)                                (N, 14, 14, 16)
        _conv_im2col(
            s.stage_2_relu_2,
            p.stage_2_block_3_conv_1_W,
            s.z12_columns,
            out=s.z12,
            padded=s.z12_padded,
            low=(1, 1),
        )

        # stage_2.block_3.norm_1                                      mnist_resnet.py:37
        # z12_mean = mean(z12, axes 0, 1, 2)                                     (16,)
        # z12_var = mean(square(z12 - z12_mean), axes 0, 1, 2)                   (16,)
        # z12_inv_std = 1 / sqrt(z12_var + 1e-05)                                (16,)
        # z12_hat = (z12 - mean) / sqrt(var + 1e-05)                   (N, 14, 14, 16)
        # z12_norm = z12_hat * gamma + beta                            (N, 14, 14, 16)
        np.dot(s.ones_2, s.z12_reshape, out=stats.z12_mean)
        np.divide(stats.z12_mean, 196 * s.n, out=stats.z12_mean)
        np.subtract(s.z12, stats.z12_mean, out=s.z12_hat)
        np.square(s.z12_hat, out=s.z12_hat_square)
        np.dot(s.ones_2, s.z12_hat_reshape, out=stats.z12_unbiased_var)
        np.divide(stats.z12_unbiased_var, 196 * s.n, out=stats.z12_unbiased_var)
        np.add(stats.z12_unbiased_var, 1e-05, out=s.z12_inv_std)
        np.sqrt(s.z12_inv_std, out=s.z12_inv_std)
        np.divide(1.0, s.z12_inv_std, out=s.z12_inv_std)
        np.multiply(s.z12_hat, s.z12_inv_std, out=s.z12_hat)
        np.multiply(s.z12_hat, p.stage_2_block_3_norm_1_gamma, out=s.z12_norm)
        np.add(s.z12_norm, p.stage_2_block_3_norm_1_beta, out=s.z12_norm)

        # stage_2.block_3.relu                                        mnist_resnet.py:37
        # h12 = relu(z12_norm)                                         (N, 14, 14, 16)
        np.maximum(s.z12_norm, 0.0, out=s.h12)

        # stage_2.block_3.conv_2                                      mnist_resnet.py:37
        # z13 = conv(h12, W)                                           (N, 14, 14, 16)
        _conv_im2col(
            s.h12,
            p.stage_2_block_3_conv_2_W,
            s.z13_columns,
            out=s.z13,
            padded=s.z13_padded,
            low=(1, 1),
        )

        # stage_2.block_3.norm_2                                      mnist_resnet.py:37
        # z13_mean = mean(z13, axes 0, 1, 2)                                     (16,)
        # z13_var = mean(square(z13 - z13_mean), axes 0, 1, 2)                   (16,)
        # z13_inv_std = 1 / sqrt(z13_var + 1e-05)                                (16,)
        # z13_hat = (z13 - mean) / sqrt(var + 1e-05)                   (N, 14, 14, 16)
        # h13 = z13_hat * gamma + beta                                 (N, 14, 14, 16)
        np.dot(s.ones_2, s.z13_reshape, out=stats.z13_mean)
        np.divide(stats.z13_mean, 196 * s.n, out=stats.z13_mean)
        np.subtract(s.z13, stats.z13_mean, out=s.z13_hat)
        np.square(s.z13_hat, out=s.z13_hat_square)
        np.dot(s.ones_2, s.z13_hat_reshape, out=stats.z13_unbiased_var)
        np.divide(stats.z13_unbiased_var, 196 * s.n, out=stats.z13_unbiased_var)
        np.add(stats.z13_unbiased_var, 1e-05, out=s.z13_inv_std)
        np.sqrt(s.z13_inv_std, out=s.z13_inv_std)
        np.divide(1.0, s.z13_inv_std, out=s.z13_inv_std)
        np.multiply(s.z13_hat, s.z13_inv_std, out=s.z13_hat)
        np.multiply(s.z13_hat, p.stage_2_block_3_norm_2_gamma, out=s.h13)
        np.add(s.h13, p.stage_2_block_3_norm_2_beta, out=s.h13)

        # stage_2.block_3                                             mnist_resnet.py:37
        # h13_plus = h13 + stage_2_relu_2                              (N, 14, 14, 16)
        np.add(s.h13, s.stage_2_relu_2, out=s.h13_plus)

        # stage_2.block_3.relu                                        mnist_resnet.py:37
        # stage_2_relu_3 = relu(h13 + relu)                            (N, 14, 14, 16)
        np.maximum(s.h13_plus, 0.0, out=s.stage_2_relu_3)

        # stage_3.block_1.conv_1                                      mnist_resnet.py:37
        # z14 = conv(stage_2_relu_3, W)                                  (N, 7, 7, 32)
        _conv_im2col(
            s.stage_2_relu_3,
            p.stage_3_block_1_conv_1_W,
            s.z14_columns,
            out=s.z14,
            padded=s.z14_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        # z14_mean = mean(z14, axes 0, 1, 2)                                     (32,)
        # z14_var = mean(square(z14 - z14_mean), axes 0, 1, 2)                   (32,)
        # z14_inv_std = 1 / sqrt(z14_var + 1e-05)                                (32,)
        # z14_hat = (z14 - mean) / sqrt(var + 1e-05)                     (N, 7, 7, 32)
        # z14_norm = z14_hat * gamma + beta                              (N, 7, 7, 32)
        np.dot(s.ones_3, s.z14_reshape, out=stats.z14_mean)
        np.divide(stats.z14_mean, 49 * s.n, out=stats.z14_mean)
        np.subtract(s.z14, stats.z14_mean, out=s.z14_hat)
        np.square(s.z14_hat, out=s.z14_hat_square)
        np.dot(s.ones_3, s.z14_hat_reshape, out=stats.z14_unbiased_var)
        np.divide(stats.z14_unbiased_var, 49 * s.n, out=stats.z14_unbiased_var)
        np.add(stats.z14_unbiased_var, 1e-05, out=s.z14_inv_std)
        np.sqrt(s.z14_inv_std, out=s.z14_inv_std)
        np.divide(1.0, s.z14_inv_std, out=s.z14_inv_std)
        np.multiply(s.z14_hat, s.z14_inv_std, out=s.z14_hat)
        np.multiply(s.z14_hat, p.stage_3_block_1_norm_1_gamma, out=s.z14_norm)
        np.add(s.z14_norm, p.stage_3_block_1_norm_1_beta, out=s.z14_norm)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # h14 = relu(z14_norm)                                           (N, 7, 7, 32)
        np.maximum(s.z14_norm, 0.0, out=s.h14)

        # stage_3.block_1.conv_2                                      mnist_resnet.py:37
        # z15 = conv(h14, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h14,
            p.stage_3_block_1_conv_2_W,
            s.z15_columns,
            out=s.z15,
            padded=s.z15_padded,
            low=(1, 1),
        )

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        # z15_mean = mean(z15, axes 0, 1, 2)                                     (32,)
        # z15_var = mean(square(z15 - z15_mean), axes 0, 1, 2)                   (32,)
        # z15_inv_std = 1 / sqrt(z15_var + 1e-05)                                (32,)
        # z15_hat = (z15 - mean) / sqrt(var + 1e-05)                     (N, 7, 7, 32)
        # h15 = z15_hat * gamma + beta                                   (N, 7, 7, 32)
        np.dot(s.ones_3, s.z15_reshape, out=stats.z15_mean)
        np.divide(stats.z15_mean, 49 * s.n, out=stats.z15_mean)
        np.subtract(s.z15, stats.z15_mean, out=s.z15_hat)
        np.square(s.z15_hat, out=s.z15_hat_square)
        np.dot(s.ones_3, s.z15_hat_reshape, out=stats.z15_unbiased_var)
        np.divide(stats.z15_unbiased_var, 49 * s.n, out=stats.z15_unbiased_var)
        np.add(stats.z15_unbiased_var, 1e-05, out=s.z15_inv_std)
        np.sqrt(s.z15_inv_std, out=s.z15_inv_std)
        np.divide(1.0, s.z15_inv_std, out=s.z15_inv_std)
        np.multiply(s.z15_hat, s.z15_inv_std, out=s.z15_hat)
        np.multiply(s.z15_hat, p.stage_3_block_1_norm_2_gamma, out=s.h15)
        np.add(s.h15, p.stage_3_block_1_norm_2_beta, out=s.h15)

        # stage_3.block_1.shortcut                                    mnist_resnet.py:37
        # stage_3_shortcut                                               (N, 7, 7, 32)
        s.stage_3_shortcut.fill(0)
        s.stage_3_shortcut[:, :, :, 8:24] = s.stage_2_relu_slice

        # stage_3.block_1                                             mnist_resnet.py:37
        # h15_plus = h15 + stage_3_shortcut                              (N, 7, 7, 32)
        np.add(s.h15, s.stage_3_shortcut, out=s.h15_plus)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # stage_3_relu = relu(h15 + shortcut)                            (N, 7, 7, 32)
        np.maximum(s.h15_plus, 0.0, out=s.stage_3_relu)

        # stage_3.block_2.conv_1                                      mnist_resnet.py:37
        # z16 = conv(stage_3_relu, W)                                    (N, 7, 7, 32)
        _conv_im2col(
            s.stage_3_relu,
            p.stage_3_block_2_conv_1_W,
            s.z16_columns,
            out=s.z16,
            padded=s.z16_padded,
            low=(1, 1),
        )

        # stage_3.block_2.norm_1                                      mnist_resnet.py:37
        # z16_mean = mean(z16, axes 0, 1, 2)                                     (32,)
        # z16_var = mean(square(z16 - z16_mean), axes 0, 1, 2)                   (32,)
        # z16_inv_std = 1 / sqrt(z16_var + 1e-05)                                (32,)
        # z16_hat = (z16 - mean) / sqrt(var + 1e-05)                     (N, 7, 7, 32)
        # z16_norm = z16_hat * gamma + beta                              (N, 7, 7, 32)
        np.dot(s.ones_3, s.z16_reshape, out=stats.z16_mean)
        np.divide(stats.z16_mean, 49 * s.n, out=stats.z16_mean)
        np.subtract(s.z16, stats.z16_mean, out=s.z16_hat)
        np.square(s.z16_hat, out=s.z16_hat_square)
        np.dot(s.ones_3, s.z16_hat_reshape, out=stats.z16_unbiased_var)
        np.divide(stats.z16_unbiased_var, 49 * s.n, out=stats.z16_unbiased_var)
        np.add(stats.z16_unbiased_var, 1e-05, out=s.z16_inv_std)
        np.sqrt(s.z16_inv_std, out=s.z16_inv_std)
        np.divide(1.0, s.z16_inv_std, out=s.z16_inv_std)
        np.multiply(s.z16_hat, s.z16_inv_std, out=s.z16_hat)
        np.multiply(s.z16_hat, p.stage_3_block_2_norm_1_gamma, out=s.z16_norm)
        np.add(s.z16_norm, p.stage_3_block_2_norm_1_beta, out=s.z16_norm)

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # h16 = relu(z16_norm)                                           (N, 7, 7, 32)
        np.maximum(s.z16_norm, 0.0, out=s.h16)

        # stage_3.block_2.conv_2                                      mnist_resnet.py:37
        # z17 = conv(h16, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h16,
            p.stage_3_block_2_conv_2_W,
            s.z17_columns,
            out=s.z17,
            padded=s.z17_padded,
            low=(1, 1),
        )

        # stage_3.block_2.norm_2                                      mnist_resnet.py:37
        # z17_mean = mean(z17, axes 0, 1, 2)                                     (32,)
        # z17_var = mean(square(z17 - z17_mean), axes 0, 1, 2)                   (32,)
        # z17_inv_std = 1 / sqrt(z17_var + 1e-05)                                (32,)
        # z17_hat = (z17 - mean) / sqrt(var + 1e-05)                     (N, 7, 7, 32)
        # h17 = z17_hat * gamma + beta                                   (N, 7, 7, 32)
        np.dot(s.ones_3, s.z17_reshape, out=stats.z17_mean)
        np.divide(stats.z17_mean, 49 * s.n, out=stats.z17_mean)
        np.subtract(s.z17, stats.z17_mean, out=s.z17_hat)
        np.square(s.z17_hat, out=s.z17_hat_square)
        np.dot(s.ones_3, s.z17_hat_reshape, out=stats.z17_unbiased_var)
        np.divide(stats.z17_unbiased_var, 49 * s.n, out=stats.z17_unbiased_var)
        np.add(stats.z17_unbiased_var, 1e-05, out=s.z17_inv_std)
        np.sqrt(s.z17_inv_std, out=s.z17_inv_std)
        np.divide(1.0, s.z17_inv_std, out=s.z17_inv_std)
        np.multiply(s.z17_hat, s.z17_inv_std, out=s.z17_hat)
        np.multiply(s.z17_hat, p.stage_3_block_2_norm_2_gamma, out=s.h17)
        np.add(s.h17, p.stage_3_block_2_norm_2_beta, out=s.h17)

        # stage_3.block_2                                             mnist_resnet.py:37
        # h17_plus = h17 + stage_3_relu                                  (N, 7, 7, 32)
        np.add(s.h17, s.stage_3_relu, out=s.h17_plus)

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # stage_3_relu_2 = relu(h17 + relu)                              (N, 7, 7, 32)
        np.maximum(s.h17_plus, 0.0, out=s.stage_3_relu_2)

        # stage_3.block_3.conv_1                                      mnist_resnet.py:37
        # z18 = conv(stage_3_relu_2, W)                                  (N, 7, 7, 32)
        _conv_im2col(
            s.stage_3_relu_2,
            p.stage_3_block_3_conv_1_W,
            s.z18_columns,
            out=s.z18,
            padded=s.z18_padded,
            low=(1, 1),
        )

        # stage_3.block_3.norm_1                                      mnist_resnet.py:37
        # z18_mean = mean(z18, axes 0, 1, 2)                                     (32,)
        # z18_var = mean(square(z18 - z18_mean), axes 0, 1, 2)                   (32,)
        # z18_inv_std = 1 / sqrt(z18_var + 1e-05)                                (32,)
        # z18_hat = (z18 - mean) / sqrt(var + 1e-05)                     (N, 7, 7, 32)
        # z18_norm = z18_hat * gamma + beta                              (N, 7, 7, 32)
        np.dot(s.ones_3, s.z18_reshape, out=stats.z18_mean)
        np.divide(stats.z18_mean, 49 * s.n, out=stats.z18_mean)
        np.subtract(s.z18, stats.z18_mean, out=s.z18_hat)
        np.square(s.z18_hat, out=s.z18_hat_square)
        np.dot(s.ones_3, s.z18_hat_reshape, out=stats.z18_unbiased_var)
        np.divide(stats.z18_unbiased_var, 49 * s.n, out=stats.z18_unbiased_var)
        np.add(stats.z18_unbiased_var, 1e-05, out=s.z18_inv_std)
        np.sqrt(s.z18_inv_std, out=s.z18_inv_std)
        np.divide(1.0, s.z18_inv_std, out=s.z18_inv_std)
        np.multiply(s.z18_hat, s.z18_inv_std, out=s.z18_hat)
        np.multiply(s.z18_hat, p.stage_3_block_3_norm_1_gamma, out=s.z18_norm)
        np.add(s.z18_norm, p.stage_3_block_3_norm_1_beta, out=s.z18_norm)

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # h18 = relu(z18_norm)                                           (N, 7, 7, 32)
        np.maximum(s.z18_norm, 0.0, out=s.h18)

        # stage_3.block_3.conv_2                                      mnist_resnet.py:37
        # z19 = conv(h18, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h18,
            p.stage_3_block_3_conv_2_W,
            s.z19_columns,
            out=s.z19,
            padded=s.z19_padded,
            low=(1, 1),
        )

        # stage_3.block_3.norm_2                                      mnist_resnet.py:37
        # z19_mean = mean(z19, axes 0, 1, 2)                                     (32,)
        # z19_var = mean(square(z19 - z19_mean), axes 0, 1, 2)                   (32,)
        # z19_inv_std = 1 / sqrt(z19_var + 1e-05)                                (32,)
        # z19_hat = (z19 - mean) / sqrt(var + 1e-05)                     (N, 7, 7, 32)
        # h19 = z19_hat * gamma + beta                                   (N, 7, 7, 32)
        np.dot(s.ones_3, s.z19_reshape, out=stats.z19_mean)
        np.divide(stats.z19_mean, 49 * s.n, out=stats.z19_mean)
        np.subtract(s.z19, stats.z19_mean, out=s.z19_hat)
        np.square(s.z19_hat, out=s.z19_hat_square)
        np.dot(s.ones_3, s.z19_hat_reshape, out=stats.z19_unbiased_var)
        np.divide(stats.z19_unbiased_var, 49 * s.n, out=stats.z19_unbiased_var)
        np.add(stats.z19_unbiased_var, 1e-05, out=s.z19_inv_std)
        np.sqrt(s.z19_inv_std, out=s.z19_inv_std)
        np.divide(1.0, s.z19_inv_std, out=s.z19_inv_std)
        np.multiply(s.z19_hat, s.z19_inv_std, out=s.z19_hat)
        np.multiply(s.z19_hat, p.stage_3_block_3_norm_2_gamma, out=s.h19)
        np.add(s.h19, p.stage_3_block_3_norm_2_beta, out=s.h19)

        # stage_3.block_3                                             mnist_resnet.py:37
        # h19_plus = h19 + stage_3_relu_2                                (N, 7, 7, 32)
        np.add(s.h19, s.stage_3_relu_2, out=s.h19_plus)

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # stage_3_relu_3 = relu(h19 + relu)                              (N, 7, 7, 32)
        np.maximum(s.h19_plus, 0.0, out=s.stage_3_relu_3)

        # global_avg_pool_1                                           mnist_resnet.py:37
        # relu_pooled = mean(relu, axes 1, 2)                                  (N, 32)
        s.stage_3_relu_3.sum(axis=(1, 2), out=s.relu_pooled)
        np.divide(s.relu_pooled, 49.0, out=s.relu_pooled)

        # dense_1: logits = relu_pooled W + b               (N, 10)   mnist_resnet.py:37
        np.dot(s.relu_pooled, p.dense_1_W, out=s.logits)
        np.add(s.logits, p.dense_1_b, out=s.logits)

        # softmax_cross_entropy                                       mnist_resnet.py:44
        # loss = mean(-log_softmax(logits)[y])                                      ()
        # logits_exp = exp(logits - max(logits, axis 1))                       (N, 10)
        # logits_sum = sum(exp(logits - max(logits, axis 1)), axis 1)           (N, 1)
        # y_position = row_starts + y                                             (N,)
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.add(y, s.row_starts, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_take, out=s.logits_minus_take)
        s.logits_minus_take.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # softmax_cross_entropy                                       mnist_resnet.py:44
        # d_logits = (softmax(logits) - onehot(y)) / N                         (N, 10)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, s.n, out=s.d_logits)

        # dense_1                                                     mnist_resnet.py:37
        # d_b = sum over N of d_logits                                           (10,)
        # d_W = relu_pooled^T d_logits                                        (32, 10)
        # d_relu_pooled = d_logits W^T                                         (N, 32)
        np.dot(s.ones_4, s.d_logits, out=d.dense_1_b)
        np.dot(s.relu_pooled.T, s.d_logits, out=d.dense_1_W)
        np.dot(s.d_logits, p.dense_1_W.T, out=s.d_relu_pooled)

        # global_avg_pool_1                                           mnist_resnet.py:37
        # d_relu_pooled_over = d_relu_pooled / 49                              (N, 32)
        np.divide(s.d_relu_pooled, 49.0, out=s.d_relu_pooled_over)

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # d_h19 = d_relu_pooled_reshape * (stage_3_relu_3 > 0)           (N, 7, 7, 32)
        np.greater(s.stage_3_relu_3, 0.0, out=s.stage_3_relu_mask)
        np.copyto(s.d_h19, s.stage_3_relu_mask, casting="unsafe")
        np.multiply(s.d_relu_pooled_reshape, s.d_h19, out=s.d_h19)

        # stage_3.block_3.norm_2                                      mnist_resnet.py:37
        # d_beta = sum over 49 * N of reshape(d_h19, (49 * N, 32))               (32,)
        # d_gamma = sum over 49 * N of reshape(d_h19 * z19_hat, (49 * N, 32))    (32,)
        # d_z19 = z19_inv_std * gamma * (d_h19 - d_beta / (49 * N)       (N, 7, 7, 32)
        #     - z19_hat * (d_gamma / (49 * N)))
        np.dot(s.ones_3, s.d_h19_reshape, out=d.stage_3_block_3_norm_2_beta)
        np.multiply(s.d_h19, s.z19_hat, out=s.d_h19_times)
        np.dot(s.ones_3, s.d_h19_reshape_2, out=d.stage_3_block_3_norm_2_gamma)
        np.multiply(
            s.z19_inv_std,
            p.stage_3_block_3_norm_2_gamma,
            out=s.z19_inv_std_times,
        )
        np.divide(
            d.stage_3_block_3_norm_2_beta,
            49 * s.n,
            out=s.stage_3_block_3_norm_2_over,
        )
        np.subtract(s.d_h19, s.stage_3_block_3_norm_2_over, out=s.d_z19)
        np.divide(
            d.stage_3_block_3_norm_2_gamma,
            49 * s.n,
            out=s.stage_3_block_3_norm_2_over_2,
        )
        np.multiply(s.z19_hat, s.stage_3_block_3_norm_2_over_2, out=s.z19_hat_times)
        np.subtract(s.d_z19, s.z19_hat_times, out=s.d_z19)
        np.multiply(s.z19_inv_std_times, s.d_z19, out=s.d_z19)

        # stage_3.block_3.conv_2                                      mnist_resnet.py:37
        # d_W = patches(h18)^T d_z19                                    (3, 3, 32, 32)
        # d_h18 = conv(d_z19, block_3_conv_2_W_reshape_2)                (N, 7, 7, 32)
        _conv_weight_im2col(
            s.h18,
            s.d_z19,
            s.block_3_conv_2_W_columns,
            s.stage_3_block_3_conv_2_W_part,
            out=d.stage_3_block_3_conv_2_W,
            padded=s.block_3_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.stage_3_block_3_conv_2_W_copy, s.block_3_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z19,
            s.stage_3_block_3_conv_2_W_copy,
            s.d_h18_columns,
            out=s.d_h18,
            padded=s.d_h18_padded,
            low=(1, 1),
        )

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # d_z18_norm = d_h18 * (h18 > 0)                                 (N, 7, 7, 32)
        np.greater(s.h18, 0.0, out=s.h18_mask)
        np.multiply(s.d_h18, s.h18_mask, out=s.d_z18_norm)

        # stage_3.block_3.norm_1                                      mnist_resnet.py:37
        # d_beta = sum over 49 * N of reshape(d_z18_norm, (49 * N, 32))          (32,)
        # d_gamma = sum over 49 * N of d_z18_norm_reshape_2                      (32,)
        # d_z18 = z18_inv_std * gamma * (d_z18_norm                      (N, 7, 7, 32)
        #     - d_beta / (49 * N) - z18_hat * (d_gamma / (49 * N)))
        np.dot(s.ones_3, s.d_z18_norm_reshape, out=d.stage_3_block_3_norm_1_beta)
        np.multiply(s.d_z18_norm, s.z18_hat, out=s.d_z18_norm_times)
        np.dot(s.ones_3, s.d_z18_norm_reshape_2, out=d.stage_3_block_3_norm_1_gamma)
        np.multiply(
            s.z18_inv_std,
            p.stage_3_block_3_norm_1_gamma,
            out=s.z18_inv_std_times,
        )
        np.divide(
            d.stage_3_block_3_norm_1_beta,
            49 * s.n,
            out=s.stage_3_block_3_norm_1_over,
        )
        np.subtract(s.d_z18_norm, s.stage_3_block_3_norm_1_over, out=s.d_z18)
        np.divide(
            d.stage_3_block_3_norm_1_gamma,
            49 * s.n,
            out=s.stage_3_block_3_norm_1_over_2,
        )
        np.multiply(s.z18_hat, s.stage_3_block_3_norm_1_over_2, out=s.z18_hat_times)
        np.subtract(s.d_z18, s.z18_hat_times, out=s.d_z18)
        np.multiply(s.z18_inv_std_times, s.d_z18, out=s.d_z18)

        # stage_3.block_3.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_3_relu_2)^T d_z18                         (3, 3, 32, 32)
        # d_stage_3_relu = d_h19 + d_z18_conv                            (N, 7, 7, 32)
        _conv_weight_im2col(
            s.stage_3_relu_2,
            s.d_z18,
            s.block_3_conv_1_W_columns,
            s.stage_3_block_3_conv_1_W_part,
            out=d.stage_3_block_3_conv_1_W,
            padded=s.block_3_conv_1_W_padded,
            low=(1, 1),
        )
        np.copyto(s.stage_3_block_3_conv_1_W_copy, s.block_3_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z18,
            s.stage_3_block_3_conv_1_W_copy,
            s.d_z18_conv_columns,
            out=s.d_z18_conv,
            padded=s.d_z18_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h19, s.d_z18_conv, out=s.d_stage_3_relu)

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # d_h17 = d_stage_3_relu * (stage_3_relu_2 > 0)                  (N, 7, 7, 32)
        np.greater(s.stage_3_relu_2, 0.0, out=s.stage_3_relu_mask_2)
        np.multiply(s.d_stage_3_relu, s.stage_3_relu_mask_2, out=s.d_h17)

        # stage_3.block_2.norm_2                                      mnist_resnet.py:37
        # d_beta = sum over 49 * N of reshape(d_h17, (49 * N, 32))               (32,)
        # d_gamma = sum over 49 * N of reshape(d_h17 * z17_hat, (49 * N, 32))    (32,)
        # d_z17 = z17_inv_std * gamma * (d_h17 - d_beta / (49 * N)       (N, 7, 7, 32)
        #     - z17_hat * (d_gamma / (49 * N)))
        np.dot(s.ones_3, s.d_h17_reshape, out=d.stage_3_block_2_norm_2_beta)
        np.multiply(s.d_h17, s.z17_hat, out=s.d_h17_times)
        np.dot(s.ones_3, s.d_h17_reshape_2, out=d.stage_3_block_2_norm_2_gamma)
        np.multiply(
            s.z17_inv_std,
            p.stage_3_block_2_norm_2_gamma,
            out=s.z17_inv_std_times,
        )
        np.divide(
            d.stage_3_block_2_norm_2_beta,
            49 * s.n,
            out=s.stage_3_block_2_norm_2_over,
        )
        np.subtract(s.d_h17, s.stage_3_block_2_norm_2_over, out=s.d_z17)
        np.divide(
            d.stage_3_block_2_norm_2_gamma,
            49 * s.n,
            out=s.stage_3_block_2_norm_2_over_2,
        )
        np.multiply(s.z17_hat, s.stage_3_block_2_norm_2_over_2, out=s.z17_hat_times)
        np.subtract(s.d_z17, s.z17_hat_times, out=s.d_z17)
        np.multiply(s.z17_inv_std_times, s.d_z17, out=s.d_z17)

        # stage_3.block_2.conv_2                                      mnist_resnet.py:37
        # d_W = patches(h16)^T d_z17                                    (3, 3, 32, 32)
        # d_h16 = conv(d_z17, block_2_conv_2_W_reshape_2)                (N, 7, 7, 32)
        _conv_weight_im2col(
            s.h16,
            s.d_z17,
            s.block_2_conv_2_W_columns,
            s.stage_3_block_2_conv_2_W_part,
            out=d.stage_3_block_2_conv_2_W,
            padded=s.block_2_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.stage_3_block_2_conv_2_W_copy, s.block_2_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z17,
            s.stage_3_block_2_conv_2_W_copy,
            s.d_h16_columns,
            out=s.d_h16,
            padded=s.d_h16_padded,
            low=(1, 1),
        )

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # d_z16_norm = d_h16 * (h16 > 0)                                 (N, 7, 7, 32)
        np.greater(s.h16, 0.0, out=s.h16_mask)
        np.multiply(s.d_h16, s.h16_mask, out=s.d_z16_norm)

        # stage_3.block_2.norm_1                                      mnist_resnet.py:37
        # d_beta = sum over 49 * N of reshape(d_z16_norm, (49 * N, 32))          (32,)
        # d_gamma = sum over 49 * N of d_z16_norm_reshape_2                      (32,)
        # d_z16 = z16_inv_std * gamma * (d_z16_norm                      (N, 7, 7, 32)
        #     - d_beta / (49 * N) - z16_hat * (d_gamma / (49 * N)))
        np.dot(s.ones_3, s.d_z16_norm_reshape, out=d.stage_3_block_2_norm_1_beta)
        np.multiply(s.d_z16_norm, s.z16_hat, out=s.d_z16_norm_times)
        np.dot(s.ones_3, s.d_z16_norm_reshape_2, out=d.stage_3_block_2_norm_1_gamma)
        np.multiply(
            s.z16_inv_std,
            p.stage_3_block_2_norm_1_gamma,
            out=s.z16_inv_std_times,
        )
        np.divide(
            d.stage_3_block_2_norm_1_beta,
            49 * s.n,
            out=s.stage_3_block_2_norm_1_over,
        )
        np.subtract(s.d_z16_norm, s.stage_3_block_2_norm_1_over, out=s.d_z16)
        np.divide(
            d.stage_3_block_2_norm_1_gamma,
            49 * s.n,
            out=s.stage_3_block_2_norm_1_over_2,
        )
        np.multiply(s.z16_hat, s.stage_3_block_2_norm_1_over_2, out=s.z16_hat_times)
        np.subtract(s.d_z16, s.z16_hat_times, out=s.d_z16)
        np.multiply(s.z16_inv_std_times, s.d_z16, out=s.d_z16)

        # stage_3.block_2.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_3_relu)^T d_z16                           (3, 3, 32, 32)
        # d_stage_3_relu = d_h17 + d_z16_conv                            (N, 7, 7, 32)
        _conv_weight_im2col(
            s.stage_3_relu,
            s.d_z16,
            s.block_2_conv_1_W_columns,
            s.stage_3_block_2_conv_1_W_part,
            out=d.stage_3_block_2_conv_1_W,
            padded=s.block_2_conv_1_W_padded,
            low=(1, 1),
        )
        np.copyto(s.stage_3_block_2_conv_1_W_copy, s.block_2_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z16,
            s.stage_3_block_2_conv_1_W_copy,
            s.d_z16_conv_columns,
            out=s.d_z16_conv,
            padded=s.d_z16_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h17, s.d_z16_conv, out=s.d_stage_3_relu)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # d_stage_3_shortcut = d_stage_3_relu * (stage_3_relu > 0)       (N, 7, 7, 32)
        np.greater(s.stage_3_relu, 0.0, out=s.stage_3_relu_mask_3)
        np.multiply(s.d_stage_3_relu, s.stage_3_relu_mask_3, out=s.d_stage_3_shortcut)

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        # d_beta = sum over 49 * N of d_stage_3_shortcut_reshape                 (32,)
        # d_gamma = sum over 49 * N of d_stage_3_shortcut_reshape_2              (32,)
        # d_z15 = z15_inv_std * gamma * (d_stage_3_shortcut              (N, 7, 7, 32)
        #     - d_beta / (49 * N) - z15_hat * (d_gamma / (49 * N)))
        np.dot(
            s.ones_3,
            s.d_stage_3_shortcut_reshape,
            out=d.stage_3_block_1_norm_2_beta,
        )
        np.multiply(s.d_stage_3_shortcut, s.z15_hat, out=s.d_stage_3_shortcut_times)
        np.dot(
            s.ones_3,
            s.d_stage_3_shortcut_reshape_2,
            out=d.stage_3_block_1_norm_2_gamma,
        )
        np.multiply(
            s.z15_inv_std,
            p.stage_3_block_1_norm_2_gamma,
            out=s.z15_inv_std_times,
        )
        np.divide(
            d.stage_3_block_1_norm_2_beta,
            49 * s.n,
            out=s.stage_3_block_1_norm_2_over,
        )
        np.subtract(s.d_stage_3_shortcut, s.stage_3_block_1_norm_2_over, out=s.d_z15)
        np.divide(
            d.stage_3_block_1_norm_2_gamma,
            49 * s.n,
            out=s.stage_3_block_1_norm_2_over_2,
        )
        np.multiply(s.z15_hat, s.stage_3_block_1_norm_2_over_2, out=s.z15_hat_times)
        np.subtract(s.d_z15, s.z15_hat_times, out=s.d_z15)
        np.multiply(s.z15_inv_std_times, s.d_z15, out=s.d_z15)

        # stage_3.block_1.conv_2                                      mnist_resnet.py:37
        # d_W = patches(h14)^T d_z15                                    (3, 3, 32, 32)
        # d_h14 = conv(d_z15, block_1_conv_2_W_reshape_2)                (N, 7, 7, 32)
        _conv_weight_im2col(
            s.h14,
            s.d_z15,
            s.block_1_conv_2_W_columns,
            s.stage_3_block_1_conv_2_W_part,
            out=d.stage_3_block_1_conv_2_W,
            padded=s.block_1_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.stage_3_block_1_conv_2_W_copy, s.block_1_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z15,
            s.stage_3_block_1_conv_2_W_copy,
            s.d_h14_columns,
            out=s.d_h14,
            padded=s.d_h14_padded,
            low=(1, 1),
        )

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # d_z14_norm = d_h14 * (h14 > 0)                                 (N, 7, 7, 32)
        np.greater(s.h14, 0.0, out=s.h14_mask)
        np.multiply(s.d_h14, s.h14_mask, out=s.d_z14_norm)

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        # d_beta = sum over 49 * N of reshape(d_z14_norm, (49 * N, 32))          (32,)
        # d_gamma = sum over 49 * N of d_z14_norm_reshape_2                      (32,)
        # d_z14 = z14_inv_std * gamma * (d_z14_norm                      (N, 7, 7, 32)
        #     - d_beta / (49 * N) - z14_hat * (d_gamma / (49 * N)))
        np.dot(s.ones_3, s.d_z14_norm_reshape, out=d.stage_3_block_1_norm_1_beta)
        np.multiply(s.d_z14_norm, s.z14_hat, out=s.d_z14_norm_times)
        np.dot(s.ones_3, s.d_z14_norm_reshape_2, out=d.stage_3_block_1_norm_1_gamma)
        np.multiply(
            s.z14_inv_std,
            p.stage_3_block_1_norm_1_gamma,
            out=s.z14_inv_std_times,
        )
        np.divide(
            d.stage_3_block_1_norm_1_beta,
            49 * s.n,
            out=s.stage_3_block_1_norm_1_over,
        )
        np.subtract(s.d_z14_norm, s.stage_3_block_1_norm_1_over, out=s.d_z14)
        np.divide(
            d.stage_3_block_1_norm_1_gamma,
            49 * s.n,
            out=s.stage_3_block_1_norm_1_over_2,
        )
        np.multiply(s.z14_hat, s.stage_3_block_1_norm_1_over_2, out=s.z14_hat_times)
        np.subtract(s.d_z14, s.z14_hat_times, out=s.d_z14)
        np.multiply(s.z14_inv_std_times, s.d_z14, out=s.d_z14)

        # stage_3.block_1.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_2_relu_3)^T d_z14                         (3, 3, 16, 32)
        _conv_weight_im2col(
            s.stage_2_relu_3,
            s.d_z14,
            s.block_1_conv_1_W_columns,
            s.stage_3_block_1_conv_1_W_part,
            out=d.stage_3_block_1_conv_1_W,
            padded=s.block_1_conv_1_W_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_3.block_1.shortcut                                    mnist_resnet.py:37
        # d_stage_3_shortcut_unslice                                   (N, 14, 14, 16)
        s.d_stage_3_shortcut_unslice.fill(0)
        s.d_stage_3_shortcut_unslice[:, ::2, ::2] = s.d_stage_3_shortcut_slice

        # stage_3.block_1.conv_1                                      mnist_resnet.py:37
        # d_stage_3_relu_2 = d_stage_3_shortcut_unslice                (N, 14, 14, 16)
        #     + conv^T(d_z14, W)
        _conv_col2im(
            s.d_z14,
            p.stage_3_block_1_conv_1_W,
            s.conv_input_gradient_columns,
            out=s.d_z14_conv_input_gradient,
            padded=s.z14_conv_input_gradient_padded,
            low=(1, 1),
            strides=(2, 2),
        )
        np.add(
            s.d_stage_3_shortcut_unslice,
            s.d_z14_conv_input_gradient,
            out=s.d_stage_3_relu_2,
        )

        # stage_2.block_3.relu                                        mnist_resnet.py:37
        # d_h13 = d_stage_3_relu_2 * (stage_2_relu_3 > 0)              (N, 14, 14, 16)
        np.greater(s.stage_2_relu_3, 0.0, out=s.stage_2_relu_mask)
        np.multiply(s.d_stage_3_relu_2, s.stage_2_relu_mask, out=s.d_h13)

        # stage_2.block_3.norm_2                                      mnist_resnet.py:37
        # d_beta = sum over 196 * N of reshape(d_h13, (196 * N, 16))             (16,)
        # d_gamma = sum over 196 * N of d_h13_reshape_2                          (16,)
        # d_z13 = z13_inv_std * gamma * (d_h13                         (N, 14, 14, 16)
        #     - d_beta / (196 * N) - z13_hat * (d_gamma / (196 * N)))
        np.dot(s.ones_2, s.d_h13_reshape, out=d.stage_2_block_3_norm_2_beta)
        np.multiply(s.d_h13, s.z13_hat, out=s.d_h13_times)
        np.dot(s.ones_2, s.d_h13_reshape_2, out=d.stage_2_block_3_norm_2_gamma)
        np.multiply(
            s.z13_inv_std,
            p.stage_2_block_3_norm_2_gamma,
            out=s.z13_inv_std_times,
        )
        np.divide(
            d.stage_2_block_3_norm_2_beta,
            196 * s.n,
            out=s.stage_2_block_3_norm_2_over,
        )
        np.subtract(s.d_h13, s.stage_2_block_3_norm_2_over, out=s.d_z13)
        np.divide(
            d.stage_2_block_3_norm_2_gamma,
            196 * s.n,
            out=s.stage_2_block_3_norm_2_over_2,
        )
        np.multiply(s.z13_hat, s.stage_2_block_3_norm_2_over_2, out=s.z13_hat_times)
        np.subtract(s.d_z13, s.z13_hat_times, out=s.d_z13)
        np.multiply(s.z13_inv_std_times, s.d_z13, out=s.d_z13)

        # stage_2.block_3.conv_2                                      mnist_resnet.py:37
        # d_W = patches(h12)^T d_z13                                    (3, 3, 16, 16)
        # d_h12 = conv(d_z13, block_3_conv_2_W_reshape_4)              (N, 14, 14, 16)
        _conv_weight_im2col(
            s.h12,
            s.d_z13,
            s.block_3_conv_2_W_columns_2,
            s.stage_2_block_3_conv_2_W_part,
            out=d.stage_2_block_3_conv_2_W,
            padded=s.block_3_conv_2_W_padded_2,
            low=(1, 1),
        )
        np.copyto(s.stage_2_block_3_conv_2_W_copy, s.block_3_conv_2_W_reshape_4)
        _conv_im2col(
            s.d_z13,
            s.stage_2_block_3_conv_2_W_copy,
            s.d_h12_columns,
            out=s.d_h12,
            padded=s.d_h12_padded,
            low=(1, 1),
        )

        # stage_2.block_3.relu                                        mnist_resnet.py:37
        # d_z12_norm = d_h12 * (h12 > 0)                               (N, 14, 14, 16)
        np.greater(s.h12, 0.0, out=s.h12_mask)
        np.multiply(s.d_h12, s.h12_mask, out=s.d_z12_norm)

        # stage_2.block_3.norm_1                                      mnist_resnet.py:37
        # d_beta = sum over 196 * N of reshape(d_z12_norm, (196 * N, 16))        (16,)
        # d_gamma = sum over 196 * N of d_z12_norm_reshape_2                     (16,)
        # d_z12 = z12_inv_std * gamma * (d_z12_norm                    (N, 14, 14, 16)
        #     - d_beta / (196 * N) - z12_hat * (d_gamma / (196 * N)))
        np.dot(s.ones_2, s.d_z12_norm_reshape, out=d.stage_2_block_3_norm_1_beta)
        np.multiply(s.d_z12_norm, s.z12_hat, out=s.d_z12_norm_times)
        np.dot(s.ones_2, s.d_z12_norm_reshape_2, out=d.stage_2_block_3_norm_1_gamma)
        np.multiply(
            s.z12_inv_std,
            p.stage_2_block_3_norm_1_gamma,
            out=s.z12_inv_std_times,
        )
        np.divide(
            d.stage_2_block_3_norm_1_beta,
            196 * s.n,
            out=s.stage_2_block_3_norm_1_over,
        )
        np.subtract(s.d_z12_norm, s.stage_2_block_3_norm_1_over, out=s.d_z12)
        np.divide(
            d.stage_2_block_3_norm_1_gamma,
            196 * s.n,
            out=s.stage_2_block_3_norm_1_over_2,
        )
        np.multiply(s.z12_hat, s.stage_2_block_3_norm_1_over_2, out=s.z12_hat_times)
        np.subtract(s.d_z12, s.z12_hat_times, out=s.d_z12)
        np.multiply(s.z12_inv_std_times, s.d_z12, out=s.d_z12)

        # stage_2.block_3.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_2_relu_2)^T d_z12                         (3, 3, 16, 16)
        # d_stage_2_relu = d_h13 + d_z12_conv                          (N, 14, 14, 16)
        _conv_weight_im2col(
            s.stage_2_relu_2,
            s.d_z12,
            s.block_3_conv_1_W_columns_2,
            s.stage_2_block_3_conv_1_W_part,
            out=d.stage_2_block_3_conv_1_W,
            padded=s.block_3_conv_1_W_padded_2,
            low=(1, 1),
        )
        np.copyto(s.stage_2_block_3_conv_1_W_copy, s.block_3_conv_1_W_reshape_4)
        _conv_im2col(
            s.d_z12,
            s.stage_2_block_3_conv_1_W_copy,
            s.d_z12_conv_columns,
            out=s.d_z12_conv,
            padded=s.d_z12_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h13, s.d_z12_conv, out=s.d_stage_2_relu)

        # stage_2.block_2.relu                                        mnist_resnet.py:37
        # d_h11 = d_stage_2_relu * (stage_2_relu_2 > 0)                (N, 14, 14, 16)
        np.greater(s.stage_2_relu_2, 0.0, out=s.stage_2_relu_mask_2)
        np.multiply(s.d_stage_2_relu, s.stage_2_relu_mask_2, out=s.d_h11)

        # stage_2.block_2.norm_2                                      mnist_resnet.py:37
        # d_beta = sum over 196 * N of reshape(d_h11, (196 * N, 16))             (16,)
        # d_gamma = sum over 196 * N of d_h11_reshape_2                          (16,)
        # d_z11 = z11_inv_std * gamma * (d_h11                         (N, 14, 14, 16)
        #     - d_beta / (196 * N) - z11_hat * (d_gamma / (196 * N)))
        np.dot(s.ones_2, s.d_h11_reshape, out=d.stage_2_block_2_norm_2_beta)
        np.multiply(s.d_h11, s.z11_hat, out=s.d_h11_times)
        np.dot(s.ones_2, s.d_h11_reshape_2, out=d.stage_2_block_2_norm_2_gamma)
        np.multiply(
            s.z11_inv_std,
            p.stage_2_block_2_norm_2_gamma,
            out=s.z11_inv_std_times,
        )
        np.divide(
            d.stage_2_block_2_norm_2_beta,
            196 * s.n,
            out=s.stage_2_block_2_norm_2_over,
        )
        np.subtract(s.d_h11, s.stage_2_block_2_norm_2_over, out=s.d_z11)
        np.divide(
            d.stage_2_block_2_norm_2_gamma,
            196 * s.n,
            out=s.stage_2_block_2_norm_2_over_2,
        )
        np.multiply(s.z11_hat, s.stage_2_block_2_norm_2_over_2, out=s.z11_hat_times)
        np.subtract(s.d_z11, s.z11_hat_times, out=s.d_z11)
        np.multiply(s.z11_inv_std_times, s.d_z11, out=s.d_z11)

        # stage_2.block_2.conv_2                                      mnist_resnet.py:37
        # d_W = patches(h10)^T d_z11                                    (3, 3, 16, 16)
        # d_h10 = conv(d_z11, block_2_conv_2_W_reshape_4)              (N, 14, 14, 16)
        _conv_weight_im2col(
            s.h10,
            s.d_z11,
            s.block_2_conv_2_W_columns_2,
            s.stage_2_block_2_conv_2_W_part,
            out=d.stage_2_block_2_conv_2_W,
            padded=s.block_2_conv_2_W_padded_2,
            low=(1, 1),
        )
        np.copyto(s.stage_2_block_2_conv_2_W_copy, s.block_2_conv_2_W_reshape_4)
        _conv_im2col(
            s.d_z11,
            s.stage_2_block_2_conv_2_W_copy,
            s.d_h10_columns,
            out=s.d_h10,
            padded=s.d_h10_padded,
            low=(1, 1),
        )

        # stage_2.block_2.relu                                        mnist_resnet.py:37
        # d_z10_norm = d_h10 * (h10 > 0)                               (N, 14, 14, 16)
        np.greater(s.h10, 0.0, out=s.h10_mask)
        np.multiply(s.d_h10, s.h10_mask, out=s.d_z10_norm)

        # stage_2.block_2.norm_1                                      mnist_resnet.py:37
        # d_beta = sum over 196 * N of reshape(d_z10_norm, (196 * N, 16))        (16,)
        # d_gamma = sum over 196 * N of d_z10_norm_reshape_2                     (16,)
        # d_z10 = z10_inv_std * gamma * (d_z10_norm                    (N, 14, 14, 16)
        #     - d_beta / (196 * N) - z10_hat * (d_gamma / (196 * N)))
        np.dot(s.ones_2, s.d_z10_norm_reshape, out=d.stage_2_block_2_norm_1_beta)
        np.multiply(s.d_z10_norm, s.z10_hat, out=s.d_z10_norm_times)
        np.dot(s.ones_2, s.d_z10_norm_reshape_2, out=d.stage_2_block_2_norm_1_gamma)
        np.multiply(
            s.z10_inv_std,
            p.stage_2_block_2_norm_1_gamma,
            out=s.z10_inv_std_times,
        )
        np.divide(
            d.stage_2_block_2_norm_1_beta,
            196 * s.n,
            out=s.stage_2_block_2_norm_1_over,
        )
        np.subtract(s.d_z10_norm, s.stage_2_block_2_norm_1_over, out=s.d_z10)
        np.divide(
            d.stage_2_block_2_norm_1_gamma,
            196 * s.n,
            out=s.stage_2_block_2_norm_1_over_2,
        )
        np.multiply(s.z10_hat, s.stage_2_block_2_norm_1_over_2, out=s.z10_hat_times)
        np.subtract(s.d_z10, s.z10_hat_times, out=s.d_z10)
        np.multiply(s.z10_inv_std_times, s.d_z10, out=s.d_z10)

        # stage_2.block_2.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_2_relu)^T d_z10                           (3, 3, 16, 16)
        # d_stage_2_relu = d_h11 + d_z10_conv                          (N, 14, 14, 16)
        _conv_weight_im2col(
            s.stage_2_relu,
            s.d_z10,
            s.block_2_conv_1_W_columns_2,
            s.stage_2_block_2_conv_1_W_part,
            out=d.stage_2_block_2_conv_1_W,
            padded=s.block_2_conv_1_W_padded_2,
            low=(1, 1),
        )
        np.copyto(s.stage_2_block_2_conv_1_W_copy, s.block_2_conv_1_W_reshape_4)
        _conv_im2col(
            s.d_z10,
            s.stage_2_block_2_conv_1_W_copy,
            s.d_z10_conv_columns,
            out=s.d_z10_conv,
            padded=s.d_z10_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h11, s.d_z10_conv, out=s.d_stage_2_relu)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # d_stage_2_shortcut = d_stage_2_relu * (stage_2_relu > 0)     (N, 14, 14, 16)
        np.greater(s.stage_2_relu, 0.0, out=s.stage_2_relu_mask_3)
        np.multiply(s.d_stage_2_relu, s.stage_2_relu_mask_3, out=s.d_stage_2_shortcut)

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        # d_beta = sum over 196 * N of d_stage_2_shortcut_reshape                (16,)
        # d_gamma = sum over 196 * N of d_stage_2_shortcut_reshape_2             (16,)
        # d_z9 = z9_inv_std * gamma * (d_stage_2_shortcut              (N, 14, 14, 16)
        #     - d_beta / (196 * N) - z9_hat * (d_gamma / (196 * N)))
        np.dot(
            s.ones_2,
            s.d_stage_2_shortcut_reshape,
            out=d.stage_2_block_1_norm_2_beta,
        )
        np.multiply(s.d_stage_2_shortcut, s.z9_hat, out=s.d_stage_2_shortcut_times)
        np.dot(
            s.ones_2,
            s.d_stage_2_shortcut_reshape_2,
            out=d.stage_2_block_1_norm_2_gamma,
        )
        np.multiply(
            s.z9_inv_std,
            p.stage_2_block_1_norm_2_gamma,
            out=s.z9_inv_std_times,
        )
        np.divide(
            d.stage_2_block_1_norm_2_beta,
            196 * s.n,
            out=s.stage_2_block_1_norm_2_over,
        )
        np.subtract(s.d_stage_2_shortcut, s.stage_2_block_1_norm_2_over, out=s.d_z9)
        np.divide(
            d.stage_2_block_1_norm_2_gamma,
            196 * s.n,
            out=s.stage_2_block_1_norm_2_over_2,
        )
        np.multiply(s.z9_hat, s.stage_2_block_1_norm_2_over_2, out=s.z9_hat_times)
        np.subtract(s.d_z9, s.z9_hat_times, out=s.d_z9)
        np.multiply(s.z9_inv_std_times, s.d_z9, out=s.d_z9)

        # stage_2.block_1.conv_2                                      mnist_resnet.py:37
        # d_W = patches(h8)^T d_z9                                      (3, 3, 16, 16)
        # d_h8 = conv(d_z9, block_1_conv_2_W_reshape_4)                (N, 14, 14, 16)
        _conv_weight_im2col(
            s.h8,
            s.d_z9,
            s.block_1_conv_2_W_columns_2,
            s.stage_2_block_1_conv_2_W_part,
            out=d.stage_2_block_1_conv_2_W,
            padded=s.block_1_conv_2_W_padded_2,
            low=(1, 1),
        )
        np.copyto(s.stage_2_block_1_conv_2_W_copy, s.block_1_conv_2_W_reshape_4)
        _conv_im2col(
            s.d_z9,
            s.stage_2_block_1_conv_2_W_copy,
            s.d_h8_columns,
            out=s.d_h8,
            padded=s.d_h8_padded,
            low=(1, 1),
        )

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # d_z8_norm = d_h8 * (h8 > 0)                                  (N, 14, 14, 16)
        np.greater(s.h8, 0.0, out=s.h8_mask)
        np.multiply(s.d_h8, s.h8_mask, out=s.d_z8_norm)

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        # d_beta = sum over 196 * N of reshape(d_z8_norm, (196 * N, 16))         (16,)
        # d_gamma = sum over 196 * N of d_z8_norm_reshape_2                      (16,)
        # d_z8 = z8_inv_std * gamma * (d_z8_norm                       (N, 14, 14, 16)
        #     - d_beta / (196 * N) - z8_hat * (d_gamma / (196 * N)))
        np.dot(s.ones_2, s.d_z8_norm_reshape, out=d.stage_2_block_1_norm_1_beta)
        np.multiply(s.d_z8_norm, s.z8_hat, out=s.d_z8_norm_times)
        np.dot(s.ones_2, s.d_z8_norm_reshape_2, out=d.stage_2_block_1_norm_1_gamma)
        np.multiply(
            s.z8_inv_std,
            p.stage_2_block_1_norm_1_gamma,
            out=s.z8_inv_std_times,
        )
        np.divide(
            d.stage_2_block_1_norm_1_beta,
            196 * s.n,
            out=s.stage_2_block_1_norm_1_over,
        )
        np.subtract(s.d_z8_norm, s.stage_2_block_1_norm_1_over, out=s.d_z8)
        np.divide(
            d.stage_2_block_1_norm_1_gamma,
            196 * s.n,
            out=s.stage_2_block_1_norm_1_over_2,
        )
        np.multiply(s.z8_hat, s.stage_2_block_1_norm_1_over_2, out=s.z8_hat_times)
        np.subtract(s.d_z8, s.z8_hat_times, out=s.d_z8)
        np.multiply(s.z8_inv_std_times, s.d_z8, out=s.d_z8)

        # stage_2.block_1.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_1_relu_3)^T d_z8                           (3, 3, 8, 16)
        _conv_weight_im2col(
            s.stage_1_relu_3,
            s.d_z8,
            s.block_1_conv_1_W_columns_2,
            s.stage_2_block_1_conv_1_W_part,
            out=d.stage_2_block_1_conv_1_W,
            padded=s.block_1_conv_1_W_padded_2,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_2.block_1.shortcut                                    mnist_resnet.py:37
        # d_stage_2_shortcut_unslice                                    (N, 28, 28, 8)
        s.d_stage_2_shortcut_unslice.fill(0)
        s.d_stage_2_shortcut_unslice[:, ::2, ::2] = s.d_stage_2_shortcut_slice

        # stage_2.block_1.conv_1                                      mnist_resnet.py:37
        # d_stage_2_relu_2 = d_stage_2_shortcut_unslice                 (N, 28, 28, 8)
        #     + conv^T(d_z8, W)
        _conv_col2im(
            s.d_z8,
            p.stage_2_block_1_conv_1_W,
            s.z8_conv_input_gradient_columns,
            out=s.d_z8_conv_input_gradient,
            padded=s.z8_conv_input_gradient_padded,
            low=(1, 1),
            strides=(2, 2),
        )
        np.add(
            s.d_stage_2_shortcut_unslice,
            s.d_z8_conv_input_gradient,
            out=s.d_stage_2_relu_2,
        )

        # stage_1.block_3.relu                                        mnist_resnet.py:37
        # d_h7 = d_stage_2_relu_2 * (stage_1_relu_3 > 0)                (N, 28, 28, 8)
        np.greater(s.stage_1_relu_3, 0.0, out=s.stage_1_relu_mask)
        np.multiply(s.d_stage_2_relu_2, s.stage_1_relu_mask, out=s.d_h7)

        # stage_1.block_3.norm_2                                      mnist_resnet.py:37
        # d_beta = sum over 784 * N of reshape(d_h7, (784 * N, 8))                (8,)
        # d_gamma = sum over 784 * N of reshape(d_h7 * z7_hat, (784 * N, 8))      (8,)
        # d_z7 = z7_inv_std * gamma * (d_h7 - d_beta / (784 * N)        (N, 28, 28, 8)
        #     - z7_hat * (d_gamma / (784 * N)))
        np.dot(s.ones, s.d_h7_reshape, out=d.stage_1_block_3_norm_2_beta)
        np.multiply(s.d_h7, s.z7_hat, out=s.d_h7_times)
        np.dot(s.ones, s.d_h7_reshape_2, out=d.stage_1_block_3_norm_2_gamma)
        np.multiply(
            s.z7_inv_std,
            p.stage_1_block_3_norm_2_gamma,
            out=s.z7_inv_std_times,
        )
        np.divide(
            d.stage_1_block_3_norm_2_beta,
            784 * s.n,
            out=s.stage_1_block_3_norm_2_over,
        )
        np.subtract(s.d_h7, s.stage_1_block_3_norm_2_over, out=s.d_z7)
        np.divide(
            d.stage_1_block_3_norm_2_gamma,
            784 * s.n,
            out=s.stage_1_block_3_norm_2_over_2,
        )
        np.multiply(s.z7_hat, s.stage_1_block_3_norm_2_over_2, out=s.z7_hat_times)
        np.subtract(s.d_z7, s.z7_hat_times, out=s.d_z7)
        np.multiply(s.z7_inv_std_times, s.d_z7, out=s.d_z7)

        # stage_1.block_3.conv_2                                      mnist_resnet.py:37
        # d_W = patches(h6)^T d_z7                                        (3, 3, 8, 8)
        # d_h6 = conv(d_z7, block_3_conv_2_W_reshape_6)                 (N, 28, 28, 8)
        _conv_weight_im2col(
            s.h6,
            s.d_z7,
            s.block_3_conv_2_W_columns_3,
            s.stage_1_block_3_conv_2_W_part,
            out=d.stage_1_block_3_conv_2_W,
            padded=s.block_3_conv_2_W_padded_3,
            low=(1, 1),
        )
        np.copyto(s.stage_1_block_3_conv_2_W_copy, s.block_3_conv_2_W_reshape_6)
        _conv_im2col(
            s.d_z7,
            s.stage_1_block_3_conv_2_W_copy,
            s.d_h6_columns,
            out=s.d_h6,
            padded=s.d_h6_padded,
            low=(1, 1),
        )

        # stage_1.block_3.relu                                        mnist_resnet.py:37
        # d_z6_norm = d_h6 * (h6 > 0)                                   (N, 28, 28, 8)
        np.greater(s.h6, 0.0, out=s.h6_mask)
        np.multiply(s.d_h6, s.h6_mask, out=s.d_z6_norm)

        # stage_1.block_3.norm_1                                      mnist_resnet.py:37
        # d_beta = sum over 784 * N of reshape(d_z6_norm, (784 * N, 8))           (8,)
        # d_gamma = sum over 784 * N of d_z6_norm_reshape_2                       (8,)
        # d_z6 = z6_inv_std * gamma * (d_z6_norm                        (N, 28, 28, 8)
        #     - d_beta / (784 * N) - z6_hat * (d_gamma / (784 * N)))
        np.dot(s.ones, s.d_z6_norm_reshape, out=d.stage_1_block_3_norm_1_beta)
        np.multiply(s.d_z6_norm, s.z6_hat, out=s.d_z6_norm_times)
        np.dot(s.ones, s.d_z6_norm_reshape_2, out=d.stage_1_block_3_norm_1_gamma)
        np.multiply(
            s.z6_inv_std,
            p.stage_1_block_3_norm_1_gamma,
            out=s.z6_inv_std_times,
        )
        np.divide(
            d.stage_1_block_3_norm_1_beta,
            784 * s.n,
            out=s.stage_1_block_3_norm_1_over,
        )
        np.subtract(s.d_z6_norm, s.stage_1_block_3_norm_1_over, out=s.d_z6)
        np.divide(
            d.stage_1_block_3_norm_1_gamma,
            784 * s.n,
            out=s.stage_1_block_3_norm_1_over_2,
        )
        np.multiply(s.z6_hat, s.stage_1_block_3_norm_1_over_2, out=s.z6_hat_times)
        np.subtract(s.d_z6, s.z6_hat_times, out=s.d_z6)
        np.multiply(s.z6_inv_std_times, s.d_z6, out=s.d_z6)

        # stage_1.block_3.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_1_relu_2)^T d_z6                            (3, 3, 8, 8)
        # d_stage_1_relu = d_h7 + d_z6_conv                             (N, 28, 28, 8)
        _conv_weight_im2col(
            s.stage_1_relu_2,
            s.d_z6,
            s.block_3_conv_1_W_columns_3,
            s.stage_1_block_3_conv_1_W_part,
            out=d.stage_1_block_3_conv_1_W,
            padded=s.block_3_conv_1_W_padded_3,
            low=(1, 1),
        )
        np.copyto(s.stage_1_block_3_conv_1_W_copy, s.block_3_conv_1_W_reshape_6)
        _conv_im2col(
            s.d_z6,
            s.stage_1_block_3_conv_1_W_copy,
            s.d_z6_conv_columns,
            out=s.d_z6_conv,
            padded=s.d_z6_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h7, s.d_z6_conv, out=s.d_stage_1_relu)

        # stage_1.block_2.relu                                        mnist_resnet.py:37
        # d_h5 = d_stage_1_relu * (stage_1_relu_2 > 0)                  (N, 28, 28, 8)
        np.greater(s.stage_1_relu_2, 0.0, out=s.stage_1_relu_mask_2)
        np.multiply(s.d_stage_1_relu, s.stage_1_relu_mask_2, out=s.d_h5)

        # stage_1.block_2.norm_2                                      mnist_resnet.py:37
        # d_beta = sum over 784 * N of reshape(d_h5, (784 * N, 8))                (8,)
        # d_gamma = sum over 784 * N of reshape(d_h5 * z5_hat, (784 * N, 8))      (8,)
        # d_z5 = z5_inv_std * gamma * (d_h5 - d_beta / (784 * N)        (N, 28, 28, 8)
        #     - z5_hat * (d_gamma / (784 * N)))
        np.dot(s.ones, s.d_h5_reshape, out=d.stage_1_block_2_norm_2_beta)
        np.multiply(s.d_h5, s.z5_hat, out=s.d_h5_times)
        np.dot(s.ones, s.d_h5_reshape_2, out=d.stage_1_block_2_norm_2_gamma)
        np.multiply(
            s.z5_inv_std,
            p.stage_1_block_2_norm_2_gamma,
            out=s.z5_inv_std_times,
        )
        np.divide(
            d.stage_1_block_2_norm_2_beta,
            784 * s.n,
            out=s.stage_1_block_2_norm_2_over,
        )
        np.subtract(s.d_h5, s.stage_1_block_2_norm_2_over, out=s.d_z5)
        np.divide(
            d.stage_1_block_2_norm_2_gamma,
            784 * s.n,
            out=s.stage_1_block_2_norm_2_over_2,
        )
        np.multiply(s.z5_hat, s.stage_1_block_2_norm_2_over_2, out=s.z5_hat_times)
        np.subtract(s.d_z5, s.z5_hat_times, out=s.d_z5)
        np.multiply(s.z5_inv_std_times, s.d_z5, out=s.d_z5)

        # stage_1.block_2.conv_2                                      mnist_resnet.py:37
        # d_W = patches(h4)^T d_z5                                        (3, 3, 8, 8)
        # d_h4 = conv(d_z5, block_2_conv_2_W_reshape_6)                 (N, 28, 28, 8)
        _conv_weight_im2col(
            s.h4,
            s.d_z5,
            s.block_2_conv_2_W_columns_3,
            s.stage_1_block_2_conv_2_W_part,
            out=d.stage_1_block_2_conv_2_W,
            padded=s.block_2_conv_2_W_padded_3,
            low=(1, 1),
        )
        np.copyto(s.stage_1_block_2_conv_2_W_copy, s.block_2_conv_2_W_reshape_6)
        _conv_im2col(
            s.d_z5,
            s.stage_1_block_2_conv_2_W_copy,
            s.d_h4_columns,
            out=s.d_h4,
            padded=s.d_h4_padded,
            low=(1, 1),
        )

        # stage_1.block_2.relu                                        mnist_resnet.py:37
        # d_z4_norm = d_h4 * (h4 > 0)                                   (N, 28, 28, 8)
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4_norm)

        # stage_1.block_2.norm_1                                      mnist_resnet.py:37
        # d_beta = sum over 784 * N of reshape(d_z4_norm, (784 * N, 8))           (8,)
        # d_gamma = sum over 784 * N of d_z4_norm_reshape_2                       (8,)
        # d_z4 = z4_inv_std * gamma * (d_z4_norm                        (N, 28, 28, 8)
        #     - d_beta / (784 * N) - z4_hat * (d_gamma / (784 * N)))
        np.dot(s.ones, s.d_z4_norm_reshape, out=d.stage_1_block_2_norm_1_beta)
        np.multiply(s.d_z4_norm, s.z4_hat, out=s.d_z4_norm_times)
        np.dot(s.ones, s.d_z4_norm_reshape_2, out=d.stage_1_block_2_norm_1_gamma)
        np.multiply(
            s.z4_inv_std,
            p.stage_1_block_2_norm_1_gamma,
            out=s.z4_inv_std_times,
        )
        np.divide(
            d.stage_1_block_2_norm_1_beta,
            784 * s.n,
            out=s.stage_1_block_2_norm_1_over,
        )
        np.subtract(s.d_z4_norm, s.stage_1_block_2_norm_1_over, out=s.d_z4)
        np.divide(
            d.stage_1_block_2_norm_1_gamma,
            784 * s.n,
            out=s.stage_1_block_2_norm_1_over_2,
        )
        np.multiply(s.z4_hat, s.stage_1_block_2_norm_1_over_2, out=s.z4_hat_times)
        np.subtract(s.d_z4, s.z4_hat_times, out=s.d_z4)
        np.multiply(s.z4_inv_std_times, s.d_z4, out=s.d_z4)

        # stage_1.block_2.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_1_relu)^T d_z4                              (3, 3, 8, 8)
        # d_stage_1_relu = d_h5 + d_z4_conv                             (N, 28, 28, 8)
        _conv_weight_im2col(
            s.stage_1_relu,
            s.d_z4,
            s.block_2_conv_1_W_columns_3,
            s.stage_1_block_2_conv_1_W_part,
            out=d.stage_1_block_2_conv_1_W,
            padded=s.block_2_conv_1_W_padded_3,
            low=(1, 1),
        )
        np.copyto(s.stage_1_block_2_conv_1_W_copy, s.block_2_conv_1_W_reshape_6)
        _conv_im2col(
            s.d_z4,
            s.stage_1_block_2_conv_1_W_copy,
            s.d_z4_conv_columns,
            out=s.d_z4_conv,
            padded=s.d_z4_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h5, s.d_z4_conv, out=s.d_stage_1_relu)

        # stage_1.block_1.relu                                        mnist_resnet.py:37
        # d_h3 = d_stage_1_relu * (stage_1_relu > 0)                    (N, 28, 28, 8)
        np.greater(s.stage_1_relu, 0.0, out=s.stage_1_relu_mask_3)
        np.multiply(s.d_stage_1_relu, s.stage_1_relu_mask_3, out=s.d_h3)

        # stage_1.block_1.norm_2                                      mnist_resnet.py:37
        # d_beta = sum over 784 * N of reshape(d_h3, (784 * N, 8))                (8,)
        # d_gamma = sum over 784 * N of reshape(d_h3 * z3_hat, (784 * N, 8))      (8,)
        # d_z3 = z3_inv_std * gamma * (d_h3 - d_beta / (784 * N)        (N, 28, 28, 8)
        #     - z3_hat * (d_gamma / (784 * N)))
        np.dot(s.ones, s.d_h3_reshape, out=d.stage_1_block_1_norm_2_beta)
        np.multiply(s.d_h3, s.z3_hat, out=s.d_h3_times)
        np.dot(s.ones, s.d_h3_reshape_2, out=d.stage_1_block_1_norm_2_gamma)
        np.multiply(
            s.z3_inv_std,
            p.stage_1_block_1_norm_2_gamma,
            out=s.z3_inv_std_times,
        )
        np.divide(
            d.stage_1_block_1_norm_2_beta,
            784 * s.n,
            out=s.stage_1_block_1_norm_2_over,
        )
        np.subtract(s.d_h3, s.stage_1_block_1_norm_2_over, out=s.d_z3)
        np.divide(
            d.stage_1_block_1_norm_2_gamma,
            784 * s.n,
            out=s.stage_1_block_1_norm_2_over_2,
        )
        np.multiply(s.z3_hat, s.stage_1_block_1_norm_2_over_2, out=s.z3_hat_times)
        np.subtract(s.d_z3, s.z3_hat_times, out=s.d_z3)
        np.multiply(s.z3_inv_std_times, s.d_z3, out=s.d_z3)

        # stage_1.block_1.conv_2                                      mnist_resnet.py:37
        # d_W = patches(h2)^T d_z3                                        (3, 3, 8, 8)
        # d_h2 = conv(d_z3, block_1_conv_2_W_reshape_6)                 (N, 28, 28, 8)
        _conv_weight_im2col(
            s.h2,
            s.d_z3,
            s.block_1_conv_2_W_columns_3,
            s.stage_1_block_1_conv_2_W_part,
            out=d.stage_1_block_1_conv_2_W,
            padded=s.block_1_conv_2_W_padded_3,
            low=(1, 1),
        )
        np.copyto(s.stage_1_block_1_conv_2_W_copy, s.block_1_conv_2_W_reshape_6)
        _conv_im2col(
            s.d_z3,
            s.stage_1_block_1_conv_2_W_copy,
            s.d_h2_columns,
            out=s.d_h2,
            padded=s.d_h2_padded,
            low=(1, 1),
        )

        # stage_1.block_1.relu                                        mnist_resnet.py:37
        # d_z2_norm = d_h2 * (h2 > 0)                                   (N, 28, 28, 8)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2_norm)

        # stage_1.block_1.norm_1                                      mnist_resnet.py:37
        # d_beta = sum over 784 * N of reshape(d_z2_norm, (784 * N, 8))           (8,)
        # d_gamma = sum over 784 * N of d_z2_norm_reshape_2                       (8,)
        # d_z2 = z2_inv_std * gamma * (d_z2_norm                        (N, 28, 28, 8)
        #     - d_beta / (784 * N) - z2_hat * (d_gamma / (784 * N)))
        np.dot(s.ones, s.d_z2_norm_reshape, out=d.stage_1_block_1_norm_1_beta)
        np.multiply(s.d_z2_norm, s.z2_hat, out=s.d_z2_norm_times)
        np.dot(s.ones, s.d_z2_norm_reshape_2, out=d.stage_1_block_1_norm_1_gamma)
        np.multiply(
            s.z2_inv_std,
            p.stage_1_block_1_norm_1_gamma,
            out=s.z2_inv_std_times,
        )
        np.divide(
            d.stage_1_block_1_norm_1_beta,
            784 * s.n,
            out=s.stage_1_block_1_norm_1_over,
        )
        np.subtract(s.d_z2_norm, s.stage_1_block_1_norm_1_over, out=s.d_z2)
        np.divide(
            d.stage_1_block_1_norm_1_gamma,
            784 * s.n,
            out=s.stage_1_block_1_norm_1_over_2,
        )
        np.multiply(s.z2_hat, s.stage_1_block_1_norm_1_over_2, out=s.z2_hat_times)
        np.subtract(s.d_z2, s.z2_hat_times, out=s.d_z2)
        np.multiply(s.z2_inv_std_times, s.d_z2, out=s.d_z2)

        # stage_1.block_1.conv_1                                      mnist_resnet.py:37
        # d_W = patches(h1)^T d_z2                                        (3, 3, 8, 8)
        # d_h1 = d_h3 + conv(d_z2, block_1_conv_1_W_reshape_2)          (N, 28, 28, 8)
        _conv_weight_im2col(
            s.h1,
            s.d_z2,
            s.block_1_conv_1_W_columns_3,
            s.stage_1_block_1_conv_1_W_part,
            out=d.stage_1_block_1_conv_1_W,
            padded=s.block_1_conv_1_W_padded_3,
            low=(1, 1),
        )
        np.copyto(s.stage_1_block_1_conv_1_W_copy, s.block_1_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z2,
            s.stage_1_block_1_conv_1_W_copy,
            s.d_z2_conv_columns,
            out=s.d_z2_conv,
            padded=s.d_z2_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h3, s.d_z2_conv, out=s.d_h1)

        # relu_1: d_z1_norm = d_h1 * (h1 > 0)        (N, 28, 28, 8)   mnist_resnet.py:37
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # batch_norm_1                                                mnist_resnet.py:37
        # d_beta = sum over 784 * N of reshape(d_z1_norm, (784 * N, 8))           (8,)
        # d_gamma = sum over 784 * N of d_z1_norm_reshape_2                       (8,)
        # d_z1 = z1_inv_std * gamma * (d_z1_norm                        (N, 28, 28, 8)
        #     - d_beta / (784 * N) - z1_hat * (d_gamma / (784 * N)))
        np.dot(s.ones, s.d_z1_norm_reshape, out=d.batch_norm_1_beta)
        np.multiply(s.d_z1_norm, s.z1_hat, out=s.d_z1_norm_times)
        np.dot(s.ones, s.d_z1_norm_reshape_2, out=d.batch_norm_1_gamma)
        np.multiply(s.z1_inv_std, p.batch_norm_1_gamma, out=s.z1_inv_std_times)
        np.divide(d.batch_norm_1_beta, 784 * s.n, out=s.d_batch_norm_1_beta_over)
        np.subtract(s.d_z1_norm, s.d_batch_norm_1_beta_over, out=s.d_z1)
        np.divide(d.batch_norm_1_gamma, 784 * s.n, out=s.d_batch_norm_1_gamma_over)
        np.multiply(s.z1_hat, s.d_batch_norm_1_gamma_over, out=s.z1_hat_times)
        np.subtract(s.d_z1, s.z1_hat_times, out=s.d_z1)
        np.multiply(s.z1_inv_std_times, s.d_z1, out=s.d_z1)

        # conv_1: d_W = patches(x)^T d_z1              (3, 3, 1, 8)   mnist_resnet.py:37
        _conv_weight_im2col(
            x,
            s.d_z1,
            s.d_conv_1_W_columns,
            s.d_conv_1_W_part,
            out=d.conv_1_W,
            padded=s.d_conv_1_W_padded,
            low=(1, 1),
        )
        over = (784 * s.n) / (784 * s.n - 1)

        # ---- statistics --------------------------------------------------------------
        # batch_norm_1                                                mnist_resnet.py:37
        # z1_unbiased_var = z1_var * (784 * N / (784 * N - 1))                    (8,)
        np.multiply(stats.z1_unbiased_var, over, out=stats.z1_unbiased_var)

        # stage_1.block_1.norm_1                                      mnist_resnet.py:37
        # z2_unbiased_var = z2_var * (784 * N / (784 * N - 1))                    (8,)
        np.multiply(stats.z2_unbiased_var, over, out=stats.z2_unbiased_var)

        # stage_1.block_1.norm_2                                      mnist_resnet.py:37
        # z3_unbiased_var = z3_var * (784 * N / (784 * N - 1))                    (8,)
        np.multiply(stats.z3_unbiased_var, over, out=stats.z3_unbiased_var)

        # stage_1.block_2.norm_1                                      mnist_resnet.py:37
        # z4_unbiased_var = z4_var * (784 * N / (784 * N - 1))                    (8,)
        np.multiply(stats.z4_unbiased_var, over, out=stats.z4_unbiased_var)

        # stage_1.block_2.norm_2                                      mnist_resnet.py:37
        # z5_unbiased_var = z5_var * (784 * N / (784 * N - 1))                    (8,)
        np.multiply(stats.z5_unbiased_var, over, out=stats.z5_unbiased_var)

        # stage_1.block_3.norm_1                                      mnist_resnet.py:37
        # z6_unbiased_var = z6_var * (784 * N / (784 * N - 1))                    (8,)
        np.multiply(stats.z6_unbiased_var, over, out=stats.z6_unbiased_var)

        # stage_1.block_3.norm_2                                      mnist_resnet.py:37
        # z7_unbiased_var = z7_var * (784 * N / (784 * N - 1))                    (8,)
        np.multiply(stats.z7_unbiased_var, over, out=stats.z7_unbiased_var)
        over_2 = (196 * s.n) / (196 * s.n - 1)

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        # z8_unbiased_var = z8_var * (196 * N / (196 * N - 1))                   (16,)
        np.multiply(stats.z8_unbiased_var, over_2, out=stats.z8_unbiased_var)

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        # z9_unbiased_var = z9_var * (196 * N / (196 * N - 1))                   (16,)
        np.multiply(stats.z9_unbiased_var, over_2, out=stats.z9_unbiased_var)

        # stage_2.block_2.norm_1                                      mnist_resnet.py:37
        # z10_unbiased_var = z10_var * (196 * N / (196 * N - 1))                 (16,)
        np.multiply(stats.z10_unbiased_var, over_2, out=stats.z10_unbiased_var)

        # stage_2.block_2.norm_2                                      mnist_resnet.py:37
        # z11_unbiased_var = z11_var * (196 * N / (196 * N - 1))                 (16,)
        np.multiply(stats.z11_unbiased_var, over_2, out=stats.z11_unbiased_var)

        # stage_2.block_3.norm_1                                      mnist_resnet.py:37
        # z12_unbiased_var = z12_var * (196 * N / (196 * N - 1))                 (16,)
        np.multiply(stats.z12_unbiased_var, over_2, out=stats.z12_unbiased_var)

        # stage_2.block_3.norm_2                                      mnist_resnet.py:37
        # z13_unbiased_var = z13_var * (196 * N / (196 * N - 1))                 (16,)
        np.multiply(stats.z13_unbiased_var, over_2, out=stats.z13_unbiased_var)
        over_3 = (49 * s.n) / (49 * s.n - 1)

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        # z14_unbiased_var = z14_var * (49 * N / (49 * N - 1))                   (32,)
        np.multiply(stats.z14_unbiased_var, over_3, out=stats.z14_unbiased_var)

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        # z15_unbiased_var = z15_var * (49 * N / (49 * N - 1))                   (32,)
        np.multiply(stats.z15_unbiased_var, over_3, out=stats.z15_unbiased_var)

        # stage_3.block_2.norm_1                                      mnist_resnet.py:37
        # z16_unbiased_var = z16_var * (49 * N / (49 * N - 1))                   (32,)
        np.multiply(stats.z16_unbiased_var, over_3, out=stats.z16_unbiased_var)

        # stage_3.block_2.norm_2                                      mnist_resnet.py:37
        # z17_unbiased_var = z17_var * (49 * N / (49 * N - 1))                   (32,)
        np.multiply(stats.z17_unbiased_var, over_3, out=stats.z17_unbiased_var)

        # stage_3.block_3.norm_1                                      mnist_resnet.py:37
        # z18_unbiased_var = z18_var * (49 * N / (49 * N - 1))                   (32,)
        np.multiply(stats.z18_unbiased_var, over_3, out=stats.z18_unbiased_var)

        # stage_3.block_3.norm_2                                      mnist_resnet.py:37
        # z19_unbiased_var = z19_var * (49 * N / (49 * N - 1))                   (32,)
        np.multiply(stats.z19_unbiased_var, over_3, out=stats.z19_unbiased_var)

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: SGD(cosine(0.1, 500, floor=0.0001), momentum..."""
        p, d, stats = self.params, self.grads, self.stats
        sgd_step = int(self.state.sgd_step)
        # ---- update ------------------------------------------------------------------
        # sgd                                                         mnist_resnet.py:46
        new_sgd_step = sgd_step + 1

        # ---- statistics --------------------------------------------------------------
        # batch_norm_1                                                mnist_resnet.py:37
        # running_mean' = 0.9 * running_mean + 0.1 * z1_mean                      (8,)
        # running_var' = 0.9 * running_var + 0.1 * z1_unbiased_var                (8,)
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

            # stage_1.block_1.norm_1                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z2_mean                  (8,)
            # running_var' = 0.9 * running_var + 0.1 * z2_unbiased_var            (8,)
            np.multiply(
                0.9,
                self.state.block_1_norm_1_running_mean,
                out=self.state.block_1_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z2_mean, out=s.z2_mean_times_2)
            np.add(
                self.state.block_1_norm_1_running_mean,
                s.z2_mean_times_2,
                out=self.state.block_1_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.stage_1_block_1_norm_1_running_var,
                out=self.state.stage_1_block_1_norm_1_running_var,
            )
            np.multiply(0.1, stats.z2_unbiased_var, out=s.z2_unbiased_var_times_2)
            np.add(
                self.state.stage_1_block_1_norm_1_running_var,
                s.z2_unbiased_var_times_2,
                out=self.state.stage_1_block_1_norm_1_running_var,
            )

            # stage_1.block_1.norm_2                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z3_mean                  (8,)
            # running_var' = 0.9 * running_var + 0.1 * z3_unbiased_var            (8,)
            np.multiply(
                0.9,
                self.state.block_1_norm_2_running_mean,
                out=self.state.block_1_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z3_mean, out=s.z3_mean_times_2)
            np.add(
                self.state.block_1_norm_2_running_mean,
                s.z3_mean_times_2,
                out=self.state.block_1_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.stage_1_block_1_norm_2_running_var,
                out=self.state.stage_1_block_1_norm_2_running_var,
            )
            np.multiply(0.1, stats.z3_unbiased_var, out=s.z3_unbiased_var_times_2)
            np.add(
                self.state.stage_1_block_1_norm_2_running_var,
                s.z3_unbiased_var_times_2,
                out=self.state.stage_1_block_1_norm_2_running_var,
            )

            # stage_1.block_2.norm_1                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z4_mean                  (8,)
            # running_var' = 0.9 * running_var + 0.1 * z4_unbiased_var            (8,)
            np.multiply(
                0.9,
                self.state.block_2_norm_1_running_mean,
                out=self.state.block_2_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z4_mean, out=s.z4_mean_times_2)
            np.add(
                self.state.block_2_norm_1_running_mean,
                s.z4_mean_times_2,
                out=self.state.block_2_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.stage_1_block_2_norm_1_running_var,
                out=self.state.stage_1_block_2_norm_1_running_var,
            )
            np.multiply(0.1, stats.z4_unbiased_var, out=s.z4_unbiased_var_times_2)
            np.add(
                self.state.stage_1_block_2_norm_1_running_var,
                s.z4_unbiased_var_times_2,
                out=self.state.stage_1_block_2_norm_1_running_var,
            )

            # stage_1.block_2.norm_2                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z5_mean                  (8,)
            # running_var' = 0.9 * running_var + 0.1 * z5_unbiased_var            (8,)
            np.multiply(
                0.9,
                self.state.block_2_norm_2_running_mean,
                out=self.state.block_2_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z5_mean, out=s.z5_mean_times_2)
            np.add(
                self.state.block_2_norm_2_running_mean,
                s.z5_mean_times_2,
                out=self.state.block_2_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.stage_1_block_2_norm_2_running_var,
                out=self.state.stage_1_block_2_norm_2_running_var,
            )
            np.multiply(0.1, stats.z5_unbiased_var, out=s.z5_unbiased_var_times_2)
            np.add(
                self.state.stage_1_block_2_norm_2_running_var,
                s.z5_unbiased_var_times_2,
                out=self.state.stage_1_block_2_norm_2_running_var,
            )

            # stage_1.block_3.norm_1                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z6_mean                  (8,)
            # running_var' = 0.9 * running_var + 0.1 * z6_unbiased_var            (8,)
            np.multiply(
                0.9,
                self.state.block_3_norm_1_running_mean,
                out=self.state.block_3_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z6_mean, out=s.z6_mean_times_2)
            np.add(
                self.state.block_3_norm_1_running_mean,
                s.z6_mean_times_2,
                out=self.state.block_3_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.stage_1_block_3_norm_1_running_var,
                out=self.state.stage_1_block_3_norm_1_running_var,
            )
            np.multiply(0.1, stats.z6_unbiased_var, out=s.z6_unbiased_var_times_2)
            np.add(
                self.state.stage_1_block_3_norm_1_running_var,
                s.z6_unbiased_var_times_2,
                out=self.state.stage_1_block_3_norm_1_running_var,
            )

            # stage_1.block_3.norm_2                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z7_mean                  (8,)
            # running_var' = 0.9 * running_var + 0.1 * z7_unbiased_var            (8,)
            np.multiply(
                0.9,
                self.state.block_3_norm_2_running_mean,
                out=self.state.block_3_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z7_mean, out=s.z7_mean_times_2)
            np.add(
                self.state.block_3_norm_2_running_mean,
                s.z7_mean_times_2,
                out=self.state.block_3_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.stage_1_block_3_norm_2_running_var,
                out=self.state.stage_1_block_3_norm_2_running_var,
            )
            np.multiply(0.1, stats.z7_unbiased_var, out=s.z7_unbiased_var_times_2)
            np.add(
                self.state.stage_1_block_3_norm_2_running_var,
                s.z7_unbiased_var_times_2,
                out=self.state.stage_1_block_3_norm_2_running_var,
            )

            # stage_2.block_1.norm_1                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z8_mean                 (16,)
            # running_var' = 0.9 * running_var + 0.1 * z8_unbiased_var           (16,)
            np.multiply(
                0.9,
                self.state.block_1_norm_1_running_mean_2,
                out=self.state.block_1_norm_1_running_mean_2,
            )
            np.multiply(0.1, stats.z8_mean, out=s.z8_mean_times_2)
            np.add(
                self.state.block_1_norm_1_running_mean_2,
                s.z8_mean_times_2,
                out=self.state.block_1_norm_1_running_mean_2,
            )
            np.multiply(
                0.9,
                self.state.stage_2_block_1_norm_1_running_var,
                out=self.state.stage_2_block_1_norm_1_running_var,
            )
            np.multiply(0.1, stats.z8_unbiased_var, out=s.z8_unbiased_var_times_2)
            np.add(
                self.state.stage_2_block_1_norm_1_running_var,
                s.z8_unbiased_var_times_2,
                out=self.state.stage_2_block_1_norm_1_running_var,
            )

            # stage_2.block_1.norm_2                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z9_mean                 (16,)
            # running_var' = 0.9 * running_var + 0.1 * z9_unbiased_var           (16,)
            np.multiply(
                0.9,
                self.state.block_1_norm_2_running_mean_2,
                out=self.state.block_1_norm_2_running_mean_2,
            )
            np.multiply(0.1, stats.z9_mean, out=s.z9_mean_times_2)
            np.add(
                self.state.block_1_norm_2_running_mean_2,
                s.z9_mean_times_2,
                out=self.state.block_1_norm_2_running_mean_2,
            )
            np.multiply(
                0.9,
                self.state.stage_2_block_1_norm_2_running_var,
                out=self.state.stage_2_block_1_norm_2_running_var,
            )
            np.multiply(0.1, stats.z9_unbiased_var, out=s.z9_unbiased_var_times_2)
            np.add(
                self.state.stage_2_block_1_norm_2_running_var,
                s.z9_unbiased_var_times_2,
                out=self.state.stage_2_block_1_norm_2_running_var,
            )

            # stage_2.block_2.norm_1                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z10_mean                (16,)
            # running_var' = 0.9 * running_var + 0.1 * z10_unbiased_var          (16,)
            np.multiply(
                0.9,
                self.state.block_2_norm_1_running_mean_2,
                out=self.state.block_2_norm_1_running_mean_2,
            )
            np.multiply(0.1, stats.z10_mean, out=s.z10_mean_times_2)
            np.add(
                self.state.block_2_norm_1_running_mean_2,
                s.z10_mean_times_2,
                out=self.state.block_2_norm_1_running_mean_2,
            )
            np.multiply(
                0.9,
                self.state.stage_2_block_2_norm_1_running_var,
                out=self.state.stage_2_block_2_norm_1_running_var,
            )
            np.multiply(0.1, stats.z10_unbiased_var, out=s.z10_unbiased_var_times_2)
            np.add(
                self.state.stage_2_block_2_norm_1_running_var,
                s.z10_unbiased_var_times_2,
                out=self.state.stage_2_block_2_norm_1_running_var,
            )

            # stage_2.block_2.norm_2                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z11_mean                (16,)
            # running_var' = 0.9 * running_var + 0.1 * z11_unbiased_var          (16,)
            np.multiply(
                0.9,
                self.state.block_2_norm_2_running_mean_2,
                out=self.state.block_2_norm_2_running_mean_2,
            )
            np.multiply(0.1, stats.z11_mean, out=s.z11_mean_times_2)
            np.add(
                self.state.block_2_norm_2_running_mean_2,
                s.z11_mean_times_2,
                out=self.state.block_2_norm_2_running_mean_2,
            )
            np.multiply(
                0.9,
                self.state.stage_2_block_2_norm_2_running_var,
                out=self.state.stage_2_block_2_norm_2_running_var,
            )
            np.multiply(0.1, stats.z11_unbiased_var, out=s.z11_unbiased_var_times_2)
            np.add(
                self.state.stage_2_block_2_norm_2_running_var,
                s.z11_unbiased_var_times_2,
                out=self.state.stage_2_block_2_norm_2_running_var,
            )

            # stage_2.block_3.norm_1                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z12_mean                (16,)
            # running_var' = 0.9 * running_var + 0.1 * z12_unbiased_var          (16,)
            np.multiply(
                0.9,
                self.state.block_3_norm_1_running_mean_2,
                out=self.state.block_3_norm_1_running_mean_2,
            )
            np.multiply(0.1, stats.z12_mean, out=s.z12_mean_times_2)
            np.add(
                self.state.block_3_norm_1_running_mean_2,
                s.z12_mean_times_2,
                out=self.state.block_3_norm_1_running_mean_2,
            )
            np.multiply(
                0.9,
                self.state.stage_2_block_3_norm_1_running_var,
                out=self.state.stage_2_block_3_norm_1_running_var,
            )
            np.multiply(0.1, stats.z12_unbiased_var, out=s.z12_unbiased_var_times_2)
            np.add(
                self.state.stage_2_block_3_norm_1_running_var,
                s.z12_unbiased_var_times_2,
                out=self.state.stage_2_block_3_norm_1_running_var,
            )

            # stage_2.block_3.norm_2                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z13_mean                (16,)
            # running_var' = 0.9 * running_var + 0.1 * z13_unbiased_var          (16,)
            np.multiply(
                0.9,
                self.state.block_3_norm_2_running_mean_2,
                out=self.state.block_3_norm_2_running_mean_2,
            )
            np.multiply(0.1, stats.z13_mean, out=s.z13_mean_times_2)
            np.add(
                self.state.block_3_norm_2_running_mean_2,
                s.z13_mean_times_2,
                out=self.state.block_3_norm_2_running_mean_2,
            )
            np.multiply(
                0.9,
                self.state.stage_2_block_3_norm_2_running_var,
                out=self.state.stage_2_block_3_norm_2_running_var,
            )
            np.multiply(0.1, stats.z13_unbiased_var, out=s.z13_unbiased_var_times_2)
            np.add(
                self.state.stage_2_block_3_norm_2_running_var,
                s.z13_unbiased_var_times_2,
                out=self.state.stage_2_block_3_norm_2_running_var,
            )

            # stage_3.block_1.norm_1                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z14_mean                (32,)
            # running_var' = 0.9 * running_var + 0.1 * z14_unbiased_var          (32,)
            np.multiply(
                0.9,
                self.state.block_1_norm_1_running_mean_3,
                out=self.state.block_1_norm_1_running_mean_3,
            )
            np.multiply(0.1, stats.z14_mean, out=s.z14_mean_times_2)
            np.add(
                self.state.block_1_norm_1_running_mean_3,
                s.z14_mean_times_2,
                out=self.state.block_1_norm_1_running_mean_3,
            )
            np.multiply(
                0.9,
                self.state.stage_3_block_1_norm_1_running_var,
                out=self.state.stage_3_block_1_norm_1_running_var,
            )
            np.multiply(0.1, stats.z14_unbiased_var, out=s.z14_unbiased_var_times_2)
            np.add(
                self.state.stage_3_block_1_norm_1_running_var,
                s.z14_unbiased_var_times_2,
                out=self.state.stage_3_block_1_norm_1_running_var,
            )

            # stage_3.block_1.norm_2                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z15_mean                (32,)
            # running_var' = 0.9 * running_var + 0.1 * z15_unbiased_var          (32,)
            np.multiply(
                0.9,
                self.state.block_1_norm_2_running_mean_3,
                out=self.state.block_1_norm_2_running_mean_3,
            )
            np.multiply(0.1, stats.z15_mean, out=s.z15_mean_times_2)
            np.add(
                self.state.block_1_norm_2_running_mean_3,
                s.z15_mean_times_2,
                out=self.state.block_1_norm_2_running_mean_3,
            )
            np.multiply(
                0.9,
                self.state.stage_3_block_1_norm_2_running_var,
                out=self.state.stage_3_block_1_norm_2_running_var,
            )
            np.multiply(0.1, stats.z15_unbiased_var, out=s.z15_unbiased_var_times_2)
            np.add(
                self.state.stage_3_block_1_norm_2_running_var,
                s.z15_unbiased_var_times_2,
                out=self.state.stage_3_block_1_norm_2_running_var,
            )

            # stage_3.block_2.norm_1                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z16_mean                (32,)
            # running_var' = 0.9 * running_var + 0.1 * z16_unbiased_var          (32,)
            np.multiply(
                0.9,
                self.state.block_2_norm_1_running_mean_3,
                out=self.state.block_2_norm_1_running_mean_3,
            )
            np.multiply(0.1, stats.z16_mean, out=s.z16_mean_times_2)
            np.add(
                self.state.block_2_norm_1_running_mean_3,
                s.z16_mean_times_2,
                out=self.state.block_2_norm_1_running_mean_3,
            )
            np.multiply(
                0.9,
                self.state.stage_3_block_2_norm_1_running_var,
                out=self.state.stage_3_block_2_norm_1_running_var,
            )
            np.multiply(0.1, stats.z16_unbiased_var, out=s.z16_unbiased_var_times_2)
            np.add(
                self.state.stage_3_block_2_norm_1_running_var,
                s.z16_unbiased_var_times_2,
                out=self.state.stage_3_block_2_norm_1_running_var,
            )

            # stage_3.block_2.norm_2                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z17_mean                (32,)
            # running_var' = 0.9 * running_var + 0.1 * z17_unbiased_var          (32,)
            np.multiply(
                0.9,
                self.state.block_2_norm_2_running_mean_3,
                out=self.state.block_2_norm_2_running_mean_3,
            )
            np.multiply(0.1, stats.z17_mean, out=s.z17_mean_times_2)
            np.add(
                self.state.block_2_norm_2_running_mean_3,
                s.z17_mean_times_2,
                out=self.state.block_2_norm_2_running_mean_3,
            )
            np.multiply(
                0.9,
                self.state.stage_3_block_2_norm_2_running_var,
                out=self.state.stage_3_block_2_norm_2_running_var,
            )
            np.multiply(0.1, stats.z17_unbiased_var, out=s.z17_unbiased_var_times_2)
            np.add(
                self.state.stage_3_block_2_norm_2_running_var,
                s.z17_unbiased_var_times_2,
                out=self.state.stage_3_block_2_norm_2_running_var,
            )

            # stage_3.block_3.norm_1                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z18_mean                (32,)
            # running_var' = 0.9 * running_var + 0.1 * z18_unbiased_var          (32,)
            np.multiply(
                0.9,
                self.state.block_3_norm_1_running_mean_3,
                out=self.state.block_3_norm_1_running_mean_3,
            )
            np.multiply(0.1, stats.z18_mean, out=s.z18_mean_times_2)
            np.add(
                self.state.block_3_norm_1_running_mean_3,
                s.z18_mean_times_2,
                out=self.state.block_3_norm_1_running_mean_3,
            )
            np.multiply(
                0.9,
                self.state.stage_3_block_3_norm_1_running_var,
                out=self.state.stage_3_block_3_norm_1_running_var,
            )
            np.multiply(0.1, stats.z18_unbiased_var, out=s.z18_unbiased_var_times_2)
            np.add(
                self.state.stage_3_block_3_norm_1_running_var,
                s.z18_unbiased_var_times_2,
                out=self.state.stage_3_block_3_norm_1_running_var,
            )

            # stage_3.block_3.norm_2                                  mnist_resnet.py:37
            # running_mean' = 0.9 * running_mean + 0.1 * z19_mean                (32,)
            # running_var' = 0.9 * running_var + 0.1 * z19_unbiased_var          (32,)
            np.multiply(
                0.9,
                self.state.block_3_norm_2_running_mean_3,
                out=self.state.block_3_norm_2_running_mean_3,
            )
            np.multiply(0.1, stats.z19_mean, out=s.z19_mean_times_2)
            np.add(
                self.state.block_3_norm_2_running_mean_3,
                s.z19_mean_times_2,
                out=self.state.block_3_norm_2_running_mean_3,
            )
            np.multiply(
                0.9,
                self.state.stage_3_block_3_norm_2_running_var,
                out=self.state.stage_3_block_3_norm_2_running_var,
            )
            np.multiply(0.1, stats.z19_unbiased_var, out=s.z19_unbiased_var_times_2)
            np.add(
                self.state.stage_3_block_3_norm_2_running_var,
                s.z19_unbiased_var_times_2,
                out=self.state.stage_3_block_3_norm_2_running_var,
            )

            # ---- update --------------------------------------------------------------
            # sgd                                                     mnist_resnet.py:46
            # momentum' = 0.9 * momentum + grads                              (67906,)
            # params' = params - learning_rate * (0.9 * momentum + grads)     (67906,)
            sgd_step_times = min(sgd_step, 500.0) * 0.0062831854
            sgd_step_times_plus_cos = 0.04995 * (1.0 + math.cos(sgd_step_times))
            learning_rate = 1e-04 + sgd_step_times_plus_cos
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
        _check_range("y", y, 10)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 28, 28, 1), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        memory = self._memory(max(583296 * n + 1669576, 271712))
        s.z1 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z1_columns = _window(memory, 583296 * n, np.float32, (37, 28, 28, 3, 3, 1))
        s.z1_padded = _window(memory, 583296 * n + 1044288, np.float32, (37, 30, 30, 1))
        s.z1_reshape = s.z1.reshape(784 * n, 8)
        s.ones = np.ones((784 * n,), dtype=np.float32)
        s.z1_minus_mean = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z1_square = _window(memory, 25088 * n, np.float32, (n, 28, 28, 8))
        s.z1_reshape_2 = s.z1_square.reshape(784 * n, 8)
        s.z1_inv_std = _window(memory, 583296 * n + 1669312, np.float32, (8,))
        s.z1_hat = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z1_norm = _window(memory, 25088 * n, np.float32, (n, 28, 28, 8))
        s.h1 = _window(memory, 25088 * n, np.float32, (n, 28, 28, 8))
        s.z2 = _window(memory, 50176 * n, np.float32, (n, 28, 28, 8))
        s.z2_columns = _window(memory, 583296 * n, np.float32, (4, 28, 28, 3, 3, 8))
        s.z2_padded = _window(memory, 583296 * n + 903168, np.float32, (4, 30, 30, 8))
        s.z2_reshape = s.z2.reshape(784 * n, 8)
        s.z2_hat = _window(memory, 50176 * n, np.float32, (n, 28, 28, 8))
        s.z2_hat_square = _window(memory, 75264 * n, np.float32, (n, 28, 28, 8))
        s.z2_hat_reshape = s.z2_hat_square.reshape(784 * n, 8)
        s.z2_inv_std = _window(memory, 583296 * n + 1669312 + 40, np.float32, (8,))
        s.z2_norm = _window(memory, 75264 * n, np.float32, (n, 28, 28, 8))
        s.h2 = _window(memory, 75264 * n, np.float32, (n, 28, 28, 8))
        s.z3 = _window(memory, 100352 * n, np.float32, (n, 28, 28, 8))
        s.z3_columns = _window(memory, 583296 * n, np.float32, (4, 28, 28, 3, 3, 8))
        s.z3_padded = _window(memory, 583296 * n + 903168, np.float32, (4, 30, 30, 8))
        s.z3_reshape = s.z3.reshape(784 * n, 8)
        s.z3_hat = _window(memory, 100352 * n, np.float32, (n, 28, 28, 8))
        s.z3_hat_square = _window(memory, 125440 * n, np.float32, (n, 28, 28, 8))
        s.z3_hat_reshape = s.z3_hat_square.reshape(784 * n, 8)
        s.z3_inv_std = _window(memory, 583296 * n + 1669312 + 72, np.float32, (8,))
        s.h3 = _window(memory, 125440 * n, np.float32, (n, 28, 28, 8))
        s.h3_plus = _window(memory, 125440 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_relu = _window(memory, 125440 * n, np.float32, (n, 28, 28, 8))
        s.z4 = _window(memory, 150528 * n, np.float32, (n, 28, 28, 8))
        s.z4_columns = _window(memory, 583296 * n, np.float32, (4, 28, 28, 3, 3, 8))
        s.z4_padded = _window(memory, 583296 * n + 903168, np.float32, (4, 30, 30, 8))
        s.z4_reshape = s.z4.reshape(784 * n, 8)
        s.z4_hat = _window(memory, 150528 * n, np.float32, (n, 28, 28, 8))
        s.z4_hat_square = _window(memory, 175616 * n, np.float32, (n, 28, 28, 8))
        s.z4_hat_reshape = s.z4_hat_square.reshape(784 * n, 8)
        s.z4_inv_std = _window(memory, 583296 * n + 1669312 + 104, np.float32, (8,))
        s.z4_norm = _window(memory, 175616 * n, np.float32, (n, 28, 28, 8))
        s.h4 = _window(memory, 175616 * n, np.float32, (n, 28, 28, 8))
        s.z5 = _window(memory, 200704 * n, np.float32, (n, 28, 28, 8))
        s.z5_columns = _window(memory, 583296 * n, np.float32, (4, 28, 28, 3, 3, 8))
        s.z5_padded = _window(memory, 583296 * n + 903168, np.float32, (4, 30, 30, 8))
        s.z5_reshape = s.z5.reshape(784 * n, 8)
        s.z5_hat = _window(memory, 200704 * n, np.float32, (n, 28, 28, 8))
        s.z5_hat_square = _window(memory, 225792 * n, np.float32, (n, 28, 28, 8))
        s.z5_hat_reshape = s.z5_hat_square.reshape(784 * n, 8)
        s.z5_inv_std = _window(memory, 583296 * n + 1669312 + 136, np.float32, (8,))
        s.h5 = _window(memory, 225792 * n, np.float32, (n, 28, 28, 8))
        s.h5_plus = _window(memory, 225792 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_relu_2 = _window(memory, 225792 * n, np.float32, (n, 28, 28, 8))
        s.z6 = _window(memory, 250880 * n, np.float32, (n, 28, 28, 8))
        s.z6_columns = _window(memory, 583296 * n, np.float32, (4, 28, 28, 3, 3, 8))
        s.z6_padded = _window(memory, 583296 * n + 903168, np.float32, (4, 30, 30, 8))
        s.z6_reshape = s.z6.reshape(784 * n, 8)
        s.z6_hat = _window(memory, 250880 * n, np.float32, (n, 28, 28, 8))
        s.z6_hat_square = _window(memory, 275968 * n, np.float32, (n, 28, 28, 8))
        s.z6_hat_reshape = s.z6_hat_square.reshape(784 * n, 8)
        s.z6_inv_std = _window(memory, 583296 * n + 1669312 + 168, np.float32, (8,))
        s.z6_norm = _window(memory, 275968 * n, np.float32, (n, 28, 28, 8))
        s.h6 = _window(memory, 275968 * n, np.float32, (n, 28, 28, 8))
        s.z7 = _window(memory, 301056 * n, np.float32, (n, 28, 28, 8))
        s.z7_columns = _window(memory, 583296 * n, np.float32, (4, 28, 28, 3, 3, 8))
        s.z7_padded = _window(memory, 583296 * n + 903168, np.float32, (4, 30, 30, 8))
        s.z7_reshape = s.z7.reshape(784 * n, 8)
        s.z7_hat = _window(memory, 301056 * n, np.float32, (n, 28, 28, 8))
        s.z7_hat_square = _window(memory, 326144 * n, np.float32, (n, 28, 28, 8))
        s.z7_hat_reshape = s.z7_hat_square.reshape(784 * n, 8)
        s.z7_inv_std = _window(memory, 583296 * n + 1669312 + 200, np.float32, (8,))
        s.h7 = _window(memory, 326144 * n, np.float32, (n, 28, 28, 8))
        s.h7_plus = _window(memory, 326144 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_relu_3 = _window(memory, 326144 * n, np.float32, (n, 28, 28, 8))
        s.z8 = _window(memory, 351232 * n, np.float32, (n, 14, 14, 16))
        s.z8_columns = _window(memory, 583296 * n, np.float32, (18, 14, 14, 3, 3, 8))
        s.z8_padded = _window(memory, 583296 * n + 1016064, np.float32, (18, 30, 30, 8))
        s.z8_reshape = s.z8.reshape(196 * n, 16)
        s.ones_2 = np.ones((196 * n,), dtype=np.float32)
        s.z8_hat = _window(memory, 351232 * n, np.float32, (n, 14, 14, 16))
        s.z8_hat_square = _window(memory, 363776 * n, np.float32, (n, 14, 14, 16))
        s.z8_hat_reshape = s.z8_hat_square.reshape(196 * n, 16)
        s.z8_inv_std = _window(memory, 583296 * n, np.float32, (16,))
        s.z8_norm = _window(memory, 363776 * n, np.float32, (n, 14, 14, 16))
        s.h8 = _window(memory, 363776 * n, np.float32, (n, 14, 14, 16))
        s.z9 = _window(memory, 376320 * n, np.float32, (n, 14, 14, 16))
        s.z9_columns = _window(
            memory,
            583296 * n + 64,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z9_padded = _window(memory, 583296 * n + 1016128, np.float32, (9, 16, 16, 16))
        s.z9_reshape = s.z9.reshape(196 * n, 16)
        s.z9_hat = _window(memory, 376320 * n, np.float32, (n, 14, 14, 16))
        s.z9_hat_square = _window(memory, 388864 * n, np.float32, (n, 14, 14, 16))
        s.z9_hat_reshape = s.z9_hat_square.reshape(196 * n, 16)
        s.z9_inv_std = _window(memory, 583296 * n + 64, np.float32, (16,))
        s.h9 = _window(memory, 388864 * n, np.float32, (n, 14, 14, 16))
        s.stage_1_relu_slice = s.stage_1_relu_3[:, ::2, ::2]
        s.stage_2_shortcut = _window(memory, 401408 * n, np.float32, (n, 14, 14, 16))
        s.h9_plus = _window(memory, 388864 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_relu = _window(memory, 388864 * n, np.float32, (n, 14, 14, 16))
        s.z10 = _window(memory, 401408 * n, np.float32, (n, 14, 14, 16))
        s.z10_columns = _window(
            memory,
            583296 * n + 128,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z10_padded = _window(
            memory,
            583296 * n + 1016192,
            np.float32,
            (9, 16, 16, 16),
        )
        s.z10_reshape = s.z10.reshape(196 * n, 16)
        s.z10_hat = _window(memory, 401408 * n, np.float32, (n, 14, 14, 16))
        s.z10_hat_square = _window(memory, 413952 * n, np.float32, (n, 14, 14, 16))
        s.z10_hat_reshape = s.z10_hat_square.reshape(196 * n, 16)
        s.z10_inv_std = _window(memory, 583296 * n + 128, np.float32, (16,))
        s.z10_norm = _window(memory, 413952 * n, np.float32, (n, 14, 14, 16))
        s.h10 = _window(memory, 413952 * n, np.float32, (n, 14, 14, 16))
        s.z11 = _window(memory, 426496 * n, np.float32, (n, 14, 14, 16))
        s.z11_columns = _window(
            memory,
            583296 * n + 192,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z11_padded = _window(
            memory,
            583296 * n + 1016256,
            np.float32,
            (9, 16, 16, 16),
        )
        s.z11_reshape = s.z11.reshape(196 * n, 16)
        s.z11_hat = _window(memory, 426496 * n, np.float32, (n, 14, 14, 16))
        s.z11_hat_square = _window(memory, 439040 * n, np.float32, (n, 14, 14, 16))
        s.z11_hat_reshape = s.z11_hat_square.reshape(196 * n, 16)
        s.z11_inv_std = _window(memory, 583296 * n + 192, np.float32, (16,))
        s.h11 = _window(memory, 439040 * n, np.float32, (n, 14, 14, 16))
        s.h11_plus = _window(memory, 439040 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_relu_2 = _window(memory, 439040 * n, np.float32, (n, 14, 14, 16))
        s.z12 = _window(memory, 451584 * n, np.float32, (n, 14, 14, 16))
        s.z12_columns = _window(
            memory,
            583296 * n + 256,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z12_padded = _window(
            memory,
            583296 * n + 1016320,
            np.float32,
            (9, 16, 16, 16),
        )
        s.z12_reshape = s.z12.reshape(196 * n, 16)
        s.z12_hat = _window(memory, 451584 * n, np.float32, (n, 14, 14, 16))
        s.z12_hat_square = _window(memory, 464128 * n, np.float32, (n, 14, 14, 16))
        s.z12_hat_reshape = s.z12_hat_square.reshape(196 * n, 16)
        s.z12_inv_std = _window(memory, 583296 * n + 256, np.float32, (16,))
        s.z12_norm = _window(memory, 464128 * n, np.float32, (n, 14, 14, 16))
        s.h12 = _window(memory, 464128 * n, np.float32, (n, 14, 14, 16))
        s.z13 = _window(memory, 476672 * n, np.float32, (n, 14, 14, 16))
        s.z13_columns = _window(
            memory,
            583296 * n + 320,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z13_padded = _window(
            memory,
            583296 * n + 1016384,
            np.float32,
            (9, 16, 16, 16),
        )
        s.z13_reshape = s.z13.reshape(196 * n, 16)
        s.z13_hat = _window(memory, 476672 * n, np.float32, (n, 14, 14, 16))
        s.z13_hat_square = _window(memory, 489216 * n, np.float32, (n, 14, 14, 16))
        s.z13_hat_reshape = s.z13_hat_square.reshape(196 * n, 16)
        s.z13_inv_std = _window(memory, 583296 * n + 320, np.float32, (16,))
        s.h13 = _window(memory, 489216 * n, np.float32, (n, 14, 14, 16))
        s.h13_plus = _window(memory, 489216 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_relu_3 = _window(memory, 489216 * n, np.float32, (n, 14, 14, 16))
        s.z14 = _window(memory, 501760 * n, np.float32, (n, 7, 7, 32))
        s.z14_columns = _window(
            memory,
            583296 * n + 384,
            np.float32,
            (37, 7, 7, 3, 3, 16),
        )
        s.z14_padded = _window(
            memory,
            583296 * n + 1044672,
            np.float32,
            (37, 16, 16, 16),
        )
        s.z14_reshape = s.z14.reshape(49 * n, 32)
        s.ones_3 = np.ones((49 * n,), dtype=np.float32)
        s.z14_hat = _window(memory, 501760 * n, np.float32, (n, 7, 7, 32))
        s.z14_hat_square = _window(memory, 508032 * n, np.float32, (n, 7, 7, 32))
        s.z14_hat_reshape = s.z14_hat_square.reshape(49 * n, 32)
        s.z14_inv_std = _window(memory, 583296 * n + 384, np.float32, (32,))
        s.z14_norm = _window(memory, 508032 * n, np.float32, (n, 7, 7, 32))
        s.h14 = _window(memory, 508032 * n, np.float32, (n, 7, 7, 32))
        s.z15 = _window(memory, 514304 * n, np.float32, (n, 7, 7, 32))
        s.z15_columns = _window(
            memory,
            583296 * n + 512,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.z15_padded = _window(memory, 583296 * n + 1016576, np.float32, (18, 9, 9, 32))
        s.z15_reshape = s.z15.reshape(49 * n, 32)
        s.z15_hat = _window(memory, 514304 * n, np.float32, (n, 7, 7, 32))
        s.z15_hat_square = _window(memory, 520576 * n, np.float32, (n, 7, 7, 32))
        s.z15_hat_reshape = s.z15_hat_square.reshape(49 * n, 32)
        s.z15_inv_std = _window(memory, 583296 * n + 512, np.float32, (32,))
        s.h15 = _window(memory, 520576 * n, np.float32, (n, 7, 7, 32))
        s.stage_2_relu_slice = s.stage_2_relu_3[:, ::2, ::2]
        s.stage_3_shortcut = _window(memory, 526848 * n, np.float32, (n, 7, 7, 32))
        s.h15_plus = _window(memory, 520576 * n, np.float32, (n, 7, 7, 32))
        s.stage_3_relu = _window(memory, 520576 * n, np.float32, (n, 7, 7, 32))
        s.z16 = _window(memory, 526848 * n, np.float32, (n, 7, 7, 32))
        s.z16_columns = _window(
            memory,
            583296 * n + 640,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.z16_padded = _window(memory, 583296 * n + 1016704, np.float32, (18, 9, 9, 32))
        s.z16_reshape = s.z16.reshape(49 * n, 32)
        s.z16_hat = _window(memory, 526848 * n, np.float32, (n, 7, 7, 32))
        s.z16_hat_square = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.z16_hat_reshape = s.z16_hat_square.reshape(49 * n, 32)
        s.z16_inv_std = _window(memory, 583296 * n + 640, np.float32, (32,))
        s.z16_norm = _window(memory, 539392 * n, np.float32, (n, 7, 7, 32))
        s.h16 = _window(memory, 539392 * n, np.float32, (n, 7, 7, 32))
        s.z17 = _window(memory, 545664 * n, np.float32, (n, 7, 7, 32))
        s.z17_columns = _window(
            memory,
            583296 * n + 768,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.z17_padded = _window(memory, 583296 * n + 1016832, np.float32, (18, 9, 9, 32))
        s.z17_reshape = s.z17.reshape(49 * n, 32)
        s.z17_hat = _window(memory, 545664 * n, np.float32, (n, 7, 7, 32))
        s.z17_hat_square = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.z17_hat_reshape = s.z17_hat_square.reshape(49 * n, 32)
        s.z17_inv_std = _window(memory, 583296 * n + 768, np.float32, (32,))
        s.h17 = _window(memory, 551936 * n, np.float32, (n, 7, 7, 32))
        s.h17_plus = _window(memory, 551936 * n, np.float32, (n, 7, 7, 32))
        s.stage_3_relu_2 = _window(memory, 551936 * n, np.float32, (n, 7, 7, 32))
        s.z18 = _window(memory, 558208 * n, np.float32, (n, 7, 7, 32))
        s.z18_columns = _window(
            memory,
            583296 * n + 896,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.z18_padded = _window(memory, 583296 * n + 1016960, np.float32, (18, 9, 9, 32))
        s.z18_reshape = s.z18.reshape(49 * n, 32)
        s.z18_hat = _window(memory, 558208 * n, np.float32, (n, 7, 7, 32))
        s.z18_hat_square = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.z18_hat_reshape = s.z18_hat_square.reshape(49 * n, 32)
        s.z18_inv_std = _window(memory, 583296 * n + 896, np.float32, (32,))
        s.z18_norm = _window(memory, 564480 * n, np.float32, (n, 7, 7, 32))
        s.h18 = _window(memory, 564480 * n, np.float32, (n, 7, 7, 32))
        s.z19 = _window(memory, 570752 * n, np.float32, (n, 7, 7, 32))
        s.z19_columns = _window(
            memory,
            583296 * n + 1024,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.z19_padded = _window(memory, 583296 * n + 1017088, np.float32, (18, 9, 9, 32))
        s.z19_reshape = s.z19.reshape(49 * n, 32)
        s.z19_hat = _window(memory, 570752 * n, np.float32, (n, 7, 7, 32))
        s.z19_hat_square = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.z19_hat_reshape = s.z19_hat_square.reshape(49 * n, 32)
        s.z19_inv_std = _window(memory, 583296 * n + 1024, np.float32, (32,))
        s.h19 = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.h19_plus = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.stage_3_relu_3 = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.relu_pooled = _window(memory, 577024 * n, np.float32, (n, 32))
        s.logits = _window(memory, 577152 * n, np.float32, (n, 10))
        s.logits_max = _window(memory, 577216 * n, np.float32, (n, 1))
        s.logits_minus_max = _window(memory, 577152 * n, np.float32, (n, 10))
        s.logits_exp = _window(memory, 577216 * n, np.float32, (n, 10))
        s.logits_sum = _window(memory, 577280 * n, np.float32, (n, 1))
        s.logits_log = _window(memory, 577344 * n, np.float32, (n, 1))
        s.logits_reshape = s.logits_log.reshape(n)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.y_position = _window(memory, 577408 * n, np.int64, (n,))
        s.logits_take = _window(memory, 577472 * n, np.float32, (n,))
        s.logits_minus_take = _window(memory, 577472 * n, np.float32, (n,))
        s.loss = _window(memory, 583296 * n + 1669312 + 32, np.float32, ())
        s.minus_ones = np.full((n,), -1.0, dtype=np.float32)
        s.d_logits = _window(memory, 577216 * n, np.float32, (n, 10))
        s.ones_4 = np.ones((n,), dtype=np.float32)
        s.d_relu_pooled = _window(memory, 577024 * n, np.float32, (n, 32))
        s.d_relu_pooled_over = _window(memory, 577024 * n, np.float32, (n, 32))
        s.d_relu_pooled_reshape = s.d_relu_pooled_over.reshape(n, 1, 1, 32)
        s.stage_3_relu_mask = _window(memory, 577152 * n, np.bool_, (n, 7, 7, 32))
        s.d_h19 = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.d_h19_reshape = s.d_h19.reshape(49 * n, 32)
        s.d_h19_times = _window(memory, 577024 * n, np.float32, (n, 7, 7, 32))
        s.d_h19_reshape_2 = s.d_h19_times.reshape(49 * n, 32)
        s.z19_inv_std_times = _window(memory, 583296 * n + 1024, np.float32, (32,))
        s.stage_3_block_3_norm_2_over = _window(
            memory,
            583296 * n + 1152,
            np.float32,
            (32,),
        )
        s.d_z19 = _window(memory, 577024 * n, np.float32, (n, 7, 7, 32))
        s.stage_3_block_3_norm_2_over_2 = _window(
            memory,
            583296 * n + 1152,
            np.float32,
            (32,),
        )
        s.z19_hat_times = _window(memory, 570752 * n, np.float32, (n, 7, 7, 32))
        s.block_3_conv_2_W_columns = _window(
            memory,
            583296 * n + 1024,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.stage_3_block_3_conv_2_W_part = _window(
            memory,
            583296 * n + 1203712,
            np.float32,
            (288, 32),
        )
        s.block_3_conv_2_W_padded = _window(
            memory,
            583296 * n + 1017088,
            np.float32,
            (18, 9, 9, 32),
        )
        s.block_3_conv_2_W_reshape = p.stage_3_block_3_conv_2_W.reshape(3, 3, 32, 1, 32)
        s.stage_3_block_3_conv_2_W_slice = s.block_3_conv_2_W_reshape[::-1, ::-1]
        s.block_3_conv_2_W_transpose = s.stage_3_block_3_conv_2_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_3_conv_2_W_reshape_2 = s.block_3_conv_2_W_transpose.reshape(
            3,
            3,
            32,
            32,
        )
        s.stage_3_block_3_conv_2_W_copy = _window(
            memory,
            583296 * n + 1203712,
            np.float32,
            (3, 3, 32, 32),
        )
        s.d_h18 = _window(memory, 570752 * n, np.float32, (n, 7, 7, 32))
        s.d_h18_columns = _window(
            memory,
            583296 * n + 1024,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.d_h18_padded = _window(
            memory,
            583296 * n + 1017088,
            np.float32,
            (18, 9, 9, 32),
        )
        s.h18_mask = _window(memory, 577024 * n, np.bool_, (n, 7, 7, 32))
        s.d_z18_norm = _window(memory, 570752 * n, np.float32, (n, 7, 7, 32))
        s.d_z18_norm_reshape = s.d_z18_norm.reshape(49 * n, 32)
        s.d_z18_norm_times = _window(memory, 564480 * n, np.float32, (n, 7, 7, 32))
        s.d_z18_norm_reshape_2 = s.d_z18_norm_times.reshape(49 * n, 32)
        s.z18_inv_std_times = _window(memory, 583296 * n + 896, np.float32, (32,))
        s.stage_3_block_3_norm_1_over = _window(
            memory,
            583296 * n + 1024,
            np.float32,
            (32,),
        )
        s.d_z18 = _window(memory, 570752 * n, np.float32, (n, 7, 7, 32))
        s.stage_3_block_3_norm_1_over_2 = _window(
            memory,
            583296 * n + 1024,
            np.float32,
            (32,),
        )
        s.z18_hat_times = _window(memory, 558208 * n, np.float32, (n, 7, 7, 32))
        s.block_3_conv_1_W_columns = _window(
            memory,
            583296 * n + 896,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.stage_3_block_3_conv_1_W_part = _window(
            memory,
            583296 * n + 1203584,
            np.float32,
            (288, 32),
        )
        s.block_3_conv_1_W_padded = _window(
            memory,
            583296 * n + 1016960,
            np.float32,
            (18, 9, 9, 32),
        )
        s.block_3_conv_1_W_reshape = p.stage_3_block_3_conv_1_W.reshape(3, 3, 32, 1, 32)
        s.stage_3_block_3_conv_1_W_slice = s.block_3_conv_1_W_reshape[::-1, ::-1]
        s.block_3_conv_1_W_transpose = s.stage_3_block_3_conv_1_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_3_conv_1_W_reshape_2 = s.block_3_conv_1_W_transpose.reshape(
            3,
            3,
            32,
            32,
        )
        s.stage_3_block_3_conv_1_W_copy = _window(
            memory,
            583296 * n + 1203584,
            np.float32,
            (3, 3, 32, 32),
        )
        s.d_z18_conv = _window(memory, 558208 * n, np.float32, (n, 7, 7, 32))
        s.d_z18_conv_columns = _window(
            memory,
            583296 * n + 896,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.d_z18_conv_padded = _window(
            memory,
            583296 * n + 1016960,
            np.float32,
            (18, 9, 9, 32),
        )
        s.d_stage_3_relu = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.stage_3_relu_mask_2 = _window(memory, 558208 * n, np.bool_, (n, 7, 7, 32))
        s.d_h17 = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.d_h17_reshape = s.d_h17.reshape(49 * n, 32)
        s.d_h17_times = _window(memory, 551936 * n, np.float32, (n, 7, 7, 32))
        s.d_h17_reshape_2 = s.d_h17_times.reshape(49 * n, 32)
        s.z17_inv_std_times = _window(memory, 583296 * n + 768, np.float32, (32,))
        s.stage_3_block_2_norm_2_over = _window(
            memory,
            583296 * n + 896,
            np.float32,
            (32,),
        )
        s.d_z17 = _window(memory, 551936 * n, np.float32, (n, 7, 7, 32))
        s.stage_3_block_2_norm_2_over_2 = _window(
            memory,
            583296 * n + 896,
            np.float32,
            (32,),
        )
        s.z17_hat_times = _window(memory, 545664 * n, np.float32, (n, 7, 7, 32))
        s.block_2_conv_2_W_columns = _window(
            memory,
            583296 * n + 768,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.stage_3_block_2_conv_2_W_part = _window(
            memory,
            583296 * n + 1203456,
            np.float32,
            (288, 32),
        )
        s.block_2_conv_2_W_padded = _window(
            memory,
            583296 * n + 1016832,
            np.float32,
            (18, 9, 9, 32),
        )
        s.block_2_conv_2_W_reshape = p.stage_3_block_2_conv_2_W.reshape(3, 3, 32, 1, 32)
        s.stage_3_block_2_conv_2_W_slice = s.block_2_conv_2_W_reshape[::-1, ::-1]
        s.block_2_conv_2_W_transpose = s.stage_3_block_2_conv_2_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_2_conv_2_W_reshape_2 = s.block_2_conv_2_W_transpose.reshape(
            3,
            3,
            32,
            32,
        )
        s.stage_3_block_2_conv_2_W_copy = _window(
            memory,
            583296 * n + 1203456,
            np.float32,
            (3, 3, 32, 32),
        )
        s.d_h16 = _window(memory, 545664 * n, np.float32, (n, 7, 7, 32))
        s.d_h16_columns = _window(
            memory,
            583296 * n + 768,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.d_h16_padded = _window(
            memory,
            583296 * n + 1016832,
            np.float32,
            (18, 9, 9, 32),
        )
        s.h16_mask = _window(memory, 551936 * n, np.bool_, (n, 7, 7, 32))
        s.d_z16_norm = _window(memory, 545664 * n, np.float32, (n, 7, 7, 32))
        s.d_z16_norm_reshape = s.d_z16_norm.reshape(49 * n, 32)
        s.d_z16_norm_times = _window(memory, 539392 * n, np.float32, (n, 7, 7, 32))
        s.d_z16_norm_reshape_2 = s.d_z16_norm_times.reshape(49 * n, 32)
        s.z16_inv_std_times = _window(memory, 583296 * n + 640, np.float32, (32,))
        s.stage_3_block_2_norm_1_over = _window(
            memory,
            583296 * n + 768,
            np.float32,
            (32,),
        )
        s.d_z16 = _window(memory, 545664 * n, np.float32, (n, 7, 7, 32))
        s.stage_3_block_2_norm_1_over_2 = _window(
            memory,
            583296 * n + 768,
            np.float32,
            (32,),
        )
        s.z16_hat_times = _window(memory, 526848 * n, np.float32, (n, 7, 7, 32))
        s.block_2_conv_1_W_columns = _window(
            memory,
            583296 * n + 640,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.stage_3_block_2_conv_1_W_part = _window(
            memory,
            583296 * n + 1203328,
            np.float32,
            (288, 32),
        )
        s.block_2_conv_1_W_padded = _window(
            memory,
            583296 * n + 1016704,
            np.float32,
            (18, 9, 9, 32),
        )
        s.block_2_conv_1_W_reshape = p.stage_3_block_2_conv_1_W.reshape(3, 3, 32, 1, 32)
        s.stage_3_block_2_conv_1_W_slice = s.block_2_conv_1_W_reshape[::-1, ::-1]
        s.block_2_conv_1_W_transpose = s.stage_3_block_2_conv_1_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_2_conv_1_W_reshape_2 = s.block_2_conv_1_W_transpose.reshape(
            3,
            3,
            32,
            32,
        )
        s.stage_3_block_2_conv_1_W_copy = _window(
            memory,
            583296 * n + 1203328,
            np.float32,
            (3, 3, 32, 32),
        )
        s.d_z16_conv = _window(memory, 526848 * n, np.float32, (n, 7, 7, 32))
        s.d_z16_conv_columns = _window(
            memory,
            583296 * n + 640,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.d_z16_conv_padded = _window(
            memory,
            583296 * n + 1016704,
            np.float32,
            (18, 9, 9, 32),
        )
        s.stage_3_relu_mask_3 = _window(memory, 526848 * n, np.bool_, (n, 7, 7, 32))
        s.d_stage_3_shortcut = _window(memory, 533120 * n, np.float32, (n, 7, 7, 32))
        s.d_stage_3_shortcut_reshape = s.d_stage_3_shortcut.reshape(49 * n, 32)
        s.d_stage_3_shortcut_times = _window(
            memory,
            520576 * n,
            np.float32,
            (n, 7, 7, 32),
        )
        s.d_stage_3_shortcut_reshape_2 = s.d_stage_3_shortcut_times.reshape(49 * n, 32)
        s.z15_inv_std_times = _window(memory, 583296 * n + 512, np.float32, (32,))
        s.stage_3_block_1_norm_2_over = _window(
            memory,
            583296 * n + 640,
            np.float32,
            (32,),
        )
        s.d_z15 = _window(memory, 520576 * n, np.float32, (n, 7, 7, 32))
        s.stage_3_block_1_norm_2_over_2 = _window(
            memory,
            583296 * n + 640,
            np.float32,
            (32,),
        )
        s.z15_hat_times = _window(memory, 514304 * n, np.float32, (n, 7, 7, 32))
        s.block_1_conv_2_W_columns = _window(
            memory,
            583296 * n + 512,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.stage_3_block_1_conv_2_W_part = _window(
            memory,
            583296 * n + 1203200,
            np.float32,
            (288, 32),
        )
        s.block_1_conv_2_W_padded = _window(
            memory,
            583296 * n + 1016576,
            np.float32,
            (18, 9, 9, 32),
        )
        s.block_1_conv_2_W_reshape = p.stage_3_block_1_conv_2_W.reshape(3, 3, 32, 1, 32)
        s.stage_3_block_1_conv_2_W_slice = s.block_1_conv_2_W_reshape[::-1, ::-1]
        s.block_1_conv_2_W_transpose = s.stage_3_block_1_conv_2_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_1_conv_2_W_reshape_2 = s.block_1_conv_2_W_transpose.reshape(
            3,
            3,
            32,
            32,
        )
        s.stage_3_block_1_conv_2_W_copy = _window(
            memory,
            583296 * n + 1203200,
            np.float32,
            (3, 3, 32, 32),
        )
        s.d_h14 = _window(memory, 514304 * n, np.float32, (n, 7, 7, 32))
        s.d_h14_columns = _window(
            memory,
            583296 * n + 512,
            np.float32,
            (18, 7, 7, 3, 3, 32),
        )
        s.d_h14_padded = _window(
            memory,
            583296 * n + 1016576,
            np.float32,
            (18, 9, 9, 32),
        )
        s.h14_mask = _window(memory, 520576 * n, np.bool_, (n, 7, 7, 32))
        s.d_z14_norm = _window(memory, 514304 * n, np.float32, (n, 7, 7, 32))
        s.d_z14_norm_reshape = s.d_z14_norm.reshape(49 * n, 32)
        s.d_z14_norm_times = _window(memory, 508032 * n, np.float32, (n, 7, 7, 32))
        s.d_z14_norm_reshape_2 = s.d_z14_norm_times.reshape(49 * n, 32)
        s.z14_inv_std_times = _window(memory, 583296 * n + 384, np.float32, (32,))
        s.stage_3_block_1_norm_1_over = _window(
            memory,
            583296 * n + 512,
            np.float32,
            (32,),
        )
        s.d_z14 = _window(memory, 514304 * n, np.float32, (n, 7, 7, 32))
        s.stage_3_block_1_norm_1_over_2 = _window(
            memory,
            583296 * n + 512,
            np.float32,
            (32,),
        )
        s.z14_hat_times = _window(memory, 501760 * n, np.float32, (n, 7, 7, 32))
        s.block_1_conv_1_W_columns = _window(
            memory,
            583296 * n + 384,
            np.float32,
            (37, 7, 7, 3, 3, 16),
        )
        s.stage_3_block_1_conv_1_W_part = _window(
            memory,
            583296 * n + 1650880,
            np.float32,
            (144, 32),
        )
        s.block_1_conv_1_W_padded = _window(
            memory,
            583296 * n + 1044672,
            np.float32,
            (37, 16, 16, 16),
        )
        s.d_stage_3_shortcut_slice = s.d_stage_3_shortcut[:, :, :, 8:24]
        s.d_stage_3_shortcut_unslice = _window(
            memory,
            501760 * n,
            np.float32,
            (n, 14, 14, 16),
        )
        s.d_z14_conv_input_gradient = _window(
            memory,
            520576 * n,
            np.float32,
            (n, 14, 14, 16),
        )
        s.conv_input_gradient_columns = _window(
            memory,
            583296 * n + 384,
            np.float32,
            (37, 7, 7, 3, 3, 16),
        )
        s.z14_conv_input_gradient_padded = _window(
            memory,
            583296 * n + 1044672,
            np.float32,
            (37, 16, 16, 16),
        )
        s.d_stage_3_relu_2 = _window(memory, 501760 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_relu_mask = _window(memory, 514304 * n, np.bool_, (n, 14, 14, 16))
        s.d_h13 = _window(memory, 501760 * n, np.float32, (n, 14, 14, 16))
        s.d_h13_reshape = s.d_h13.reshape(196 * n, 16)
        s.d_h13_times = _window(memory, 489216 * n, np.float32, (n, 14, 14, 16))
        s.d_h13_reshape_2 = s.d_h13_times.reshape(196 * n, 16)
        s.z13_inv_std_times = _window(memory, 583296 * n + 320, np.float32, (16,))
        s.stage_2_block_3_norm_2_over = _window(
            memory,
            583296 * n + 384,
            np.float32,
            (16,),
        )
        s.d_z13 = _window(memory, 489216 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_block_3_norm_2_over_2 = _window(
            memory,
            583296 * n + 384,
            np.float32,
            (16,),
        )
        s.z13_hat_times = _window(memory, 476672 * n, np.float32, (n, 14, 14, 16))
        s.block_3_conv_2_W_columns_2 = _window(
            memory,
            583296 * n + 320,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.stage_2_block_3_conv_2_W_part = _window(
            memory,
            583296 * n + 1163840,
            np.float32,
            (144, 16),
        )
        s.block_3_conv_2_W_padded_2 = _window(
            memory,
            583296 * n + 1016384,
            np.float32,
            (9, 16, 16, 16),
        )
        s.block_3_conv_2_W_reshape_3 = p.stage_2_block_3_conv_2_W.reshape(
            3,
            3,
            16,
            1,
            16,
        )
        s.stage_2_block_3_conv_2_W_slice = s.block_3_conv_2_W_reshape_3[::-1, ::-1]
        s.block_3_conv_2_W_transpose_2 = s.stage_2_block_3_conv_2_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_3_conv_2_W_reshape_4 = s.block_3_conv_2_W_transpose_2.reshape(
            3,
            3,
            16,
            16,
        )
        s.stage_2_block_3_conv_2_W_copy = _window(
            memory,
            583296 * n + 1163840,
            np.float32,
            (3, 3, 16, 16),
        )
        s.d_h12 = _window(memory, 476672 * n, np.float32, (n, 14, 14, 16))
        s.d_h12_columns = _window(
            memory,
            583296 * n + 320,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.d_h12_padded = _window(
            memory,
            583296 * n + 1016384,
            np.float32,
            (9, 16, 16, 16),
        )
        s.h12_mask = _window(memory, 489216 * n, np.bool_, (n, 14, 14, 16))
        s.d_z12_norm = _window(memory, 476672 * n, np.float32, (n, 14, 14, 16))
        s.d_z12_norm_reshape = s.d_z12_norm.reshape(196 * n, 16)
        s.d_z12_norm_times = _window(memory, 464128 * n, np.float32, (n, 14, 14, 16))
        s.d_z12_norm_reshape_2 = s.d_z12_norm_times.reshape(196 * n, 16)
        s.z12_inv_std_times = _window(memory, 583296 * n + 256, np.float32, (16,))
        s.stage_2_block_3_norm_1_over = _window(
            memory,
            583296 * n + 320,
            np.float32,
            (16,),
        )
        s.d_z12 = _window(memory, 476672 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_block_3_norm_1_over_2 = _window(
            memory,
            583296 * n + 320,
            np.float32,
            (16,),
        )
        s.z12_hat_times = _window(memory, 451584 * n, np.float32, (n, 14, 14, 16))
        s.block_3_conv_1_W_columns_2 = _window(
            memory,
            583296 * n + 256,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.stage_2_block_3_conv_1_W_part = _window(
            memory,
            583296 * n + 1163776,
            np.float32,
            (144, 16),
        )
        s.block_3_conv_1_W_padded_2 = _window(
            memory,
            583296 * n + 1016320,
            np.float32,
            (9, 16, 16, 16),
        )
        s.block_3_conv_1_W_reshape_3 = p.stage_2_block_3_conv_1_W.reshape(
            3,
            3,
            16,
            1,
            16,
        )
        s.stage_2_block_3_conv_1_W_slice = s.block_3_conv_1_W_reshape_3[::-1, ::-1]
        s.block_3_conv_1_W_transpose_2 = s.stage_2_block_3_conv_1_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_3_conv_1_W_reshape_4 = s.block_3_conv_1_W_transpose_2.reshape(
            3,
            3,
            16,
            16,
        )
        s.stage_2_block_3_conv_1_W_copy = _window(
            memory,
            583296 * n + 1163776,
            np.float32,
            (3, 3, 16, 16),
        )
        s.d_z12_conv = _window(memory, 451584 * n, np.float32, (n, 14, 14, 16))
        s.d_z12_conv_columns = _window(
            memory,
            583296 * n + 256,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.d_z12_conv_padded = _window(
            memory,
            583296 * n + 1016320,
            np.float32,
            (9, 16, 16, 16),
        )
        s.d_stage_2_relu = _window(memory, 501760 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_relu_mask_2 = _window(memory, 451584 * n, np.bool_, (n, 14, 14, 16))
        s.d_h11 = _window(memory, 501760 * n, np.float32, (n, 14, 14, 16))
        s.d_h11_reshape = s.d_h11.reshape(196 * n, 16)
        s.d_h11_times = _window(memory, 439040 * n, np.float32, (n, 14, 14, 16))
        s.d_h11_reshape_2 = s.d_h11_times.reshape(196 * n, 16)
        s.z11_inv_std_times = _window(memory, 583296 * n + 192, np.float32, (16,))
        s.stage_2_block_2_norm_2_over = _window(
            memory,
            583296 * n + 256,
            np.float32,
            (16,),
        )
        s.d_z11 = _window(memory, 439040 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_block_2_norm_2_over_2 = _window(
            memory,
            583296 * n + 256,
            np.float32,
            (16,),
        )
        s.z11_hat_times = _window(memory, 426496 * n, np.float32, (n, 14, 14, 16))
        s.block_2_conv_2_W_columns_2 = _window(
            memory,
            583296 * n + 192,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.stage_2_block_2_conv_2_W_part = _window(
            memory,
            583296 * n + 1163712,
            np.float32,
            (144, 16),
        )
        s.block_2_conv_2_W_padded_2 = _window(
            memory,
            583296 * n + 1016256,
            np.float32,
            (9, 16, 16, 16),
        )
        s.block_2_conv_2_W_reshape_3 = p.stage_2_block_2_conv_2_W.reshape(
            3,
            3,
            16,
            1,
            16,
        )
        s.stage_2_block_2_conv_2_W_slice = s.block_2_conv_2_W_reshape_3[::-1, ::-1]
        s.block_2_conv_2_W_transpose_2 = s.stage_2_block_2_conv_2_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_2_conv_2_W_reshape_4 = s.block_2_conv_2_W_transpose_2.reshape(
            3,
            3,
            16,
            16,
        )
        s.stage_2_block_2_conv_2_W_copy = _window(
            memory,
            583296 * n + 1163712,
            np.float32,
            (3, 3, 16, 16),
        )
        s.d_h10 = _window(memory, 426496 * n, np.float32, (n, 14, 14, 16))
        s.d_h10_columns = _window(
            memory,
            583296 * n + 192,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.d_h10_padded = _window(
            memory,
            583296 * n + 1016256,
            np.float32,
            (9, 16, 16, 16),
        )
        s.h10_mask = _window(memory, 439040 * n, np.bool_, (n, 14, 14, 16))
        s.d_z10_norm = _window(memory, 426496 * n, np.float32, (n, 14, 14, 16))
        s.d_z10_norm_reshape = s.d_z10_norm.reshape(196 * n, 16)
        s.d_z10_norm_times = _window(memory, 413952 * n, np.float32, (n, 14, 14, 16))
        s.d_z10_norm_reshape_2 = s.d_z10_norm_times.reshape(196 * n, 16)
        s.z10_inv_std_times = _window(memory, 583296 * n + 128, np.float32, (16,))
        s.stage_2_block_2_norm_1_over = _window(
            memory,
            583296 * n + 192,
            np.float32,
            (16,),
        )
        s.d_z10 = _window(memory, 426496 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_block_2_norm_1_over_2 = _window(
            memory,
            583296 * n + 192,
            np.float32,
            (16,),
        )
        s.z10_hat_times = _window(memory, 401408 * n, np.float32, (n, 14, 14, 16))
        s.block_2_conv_1_W_columns_2 = _window(
            memory,
            583296 * n + 128,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.stage_2_block_2_conv_1_W_part = _window(
            memory,
            583296 * n + 1163648,
            np.float32,
            (144, 16),
        )
        s.block_2_conv_1_W_padded_2 = _window(
            memory,
            583296 * n + 1016192,
            np.float32,
            (9, 16, 16, 16),
        )
        s.block_2_conv_1_W_reshape_3 = p.stage_2_block_2_conv_1_W.reshape(
            3,
            3,
            16,
            1,
            16,
        )
        s.stage_2_block_2_conv_1_W_slice = s.block_2_conv_1_W_reshape_3[::-1, ::-1]
        s.block_2_conv_1_W_transpose_2 = s.stage_2_block_2_conv_1_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_2_conv_1_W_reshape_4 = s.block_2_conv_1_W_transpose_2.reshape(
            3,
            3,
            16,
            16,
        )
        s.stage_2_block_2_conv_1_W_copy = _window(
            memory,
            583296 * n + 1163648,
            np.float32,
            (3, 3, 16, 16),
        )
        s.d_z10_conv = _window(memory, 401408 * n, np.float32, (n, 14, 14, 16))
        s.d_z10_conv_columns = _window(
            memory,
            583296 * n + 128,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.d_z10_conv_padded = _window(
            memory,
            583296 * n + 1016192,
            np.float32,
            (9, 16, 16, 16),
        )
        s.stage_2_relu_mask_3 = _window(memory, 401408 * n, np.bool_, (n, 14, 14, 16))
        s.d_stage_2_shortcut = _window(memory, 501760 * n, np.float32, (n, 14, 14, 16))
        s.d_stage_2_shortcut_reshape = s.d_stage_2_shortcut.reshape(196 * n, 16)
        s.d_stage_2_shortcut_times = _window(
            memory,
            388864 * n,
            np.float32,
            (n, 14, 14, 16),
        )
        s.d_stage_2_shortcut_reshape_2 = s.d_stage_2_shortcut_times.reshape(196 * n, 16)
        s.z9_inv_std_times = _window(memory, 583296 * n + 64, np.float32, (16,))
        s.stage_2_block_1_norm_2_over = _window(
            memory,
            583296 * n + 128,
            np.float32,
            (16,),
        )
        s.d_z9 = _window(memory, 388864 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_block_1_norm_2_over_2 = _window(
            memory,
            583296 * n + 128,
            np.float32,
            (16,),
        )
        s.z9_hat_times = _window(memory, 376320 * n, np.float32, (n, 14, 14, 16))
        s.block_1_conv_2_W_columns_2 = _window(
            memory,
            583296 * n + 64,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.stage_2_block_1_conv_2_W_part = _window(
            memory,
            583296 * n + 1163584,
            np.float32,
            (144, 16),
        )
        s.block_1_conv_2_W_padded_2 = _window(
            memory,
            583296 * n + 1016128,
            np.float32,
            (9, 16, 16, 16),
        )
        s.block_1_conv_2_W_reshape_3 = p.stage_2_block_1_conv_2_W.reshape(
            3,
            3,
            16,
            1,
            16,
        )
        s.stage_2_block_1_conv_2_W_slice = s.block_1_conv_2_W_reshape_3[::-1, ::-1]
        s.block_1_conv_2_W_transpose_2 = s.stage_2_block_1_conv_2_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_1_conv_2_W_reshape_4 = s.block_1_conv_2_W_transpose_2.reshape(
            3,
            3,
            16,
            16,
        )
        s.stage_2_block_1_conv_2_W_copy = _window(
            memory,
            583296 * n + 1163584,
            np.float32,
            (3, 3, 16, 16),
        )
        s.d_h8 = _window(memory, 376320 * n, np.float32, (n, 14, 14, 16))
        s.d_h8_columns = _window(
            memory,
            583296 * n + 64,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.d_h8_padded = _window(
            memory,
            583296 * n + 1016128,
            np.float32,
            (9, 16, 16, 16),
        )
        s.h8_mask = _window(memory, 388864 * n, np.bool_, (n, 14, 14, 16))
        s.d_z8_norm = _window(memory, 376320 * n, np.float32, (n, 14, 14, 16))
        s.d_z8_norm_reshape = s.d_z8_norm.reshape(196 * n, 16)
        s.d_z8_norm_times = _window(memory, 363776 * n, np.float32, (n, 14, 14, 16))
        s.d_z8_norm_reshape_2 = s.d_z8_norm_times.reshape(196 * n, 16)
        s.z8_inv_std_times = _window(memory, 583296 * n, np.float32, (16,))
        s.stage_2_block_1_norm_1_over = _window(
            memory,
            583296 * n + 64,
            np.float32,
            (16,),
        )
        s.d_z8 = _window(memory, 376320 * n, np.float32, (n, 14, 14, 16))
        s.stage_2_block_1_norm_1_over_2 = _window(
            memory,
            583296 * n + 64,
            np.float32,
            (16,),
        )
        s.z8_hat_times = _window(memory, 351232 * n, np.float32, (n, 14, 14, 16))
        s.block_1_conv_1_W_columns_2 = _window(
            memory,
            583296 * n,
            np.float32,
            (18, 14, 14, 3, 3, 8),
        )
        s.stage_2_block_1_conv_1_W_part = _window(
            memory,
            583296 * n + 1534464,
            np.float32,
            (72, 16),
        )
        s.block_1_conv_1_W_padded_2 = _window(
            memory,
            583296 * n + 1016064,
            np.float32,
            (18, 30, 30, 8),
        )
        s.d_stage_2_shortcut_slice = s.d_stage_2_shortcut[:, :, :, 4:12]
        s.d_stage_2_shortcut_unslice = _window(
            memory,
            351232 * n,
            np.float32,
            (n, 28, 28, 8),
        )
        s.d_z8_conv_input_gradient = _window(
            memory,
            388864 * n,
            np.float32,
            (n, 28, 28, 8),
        )
        s.z8_conv_input_gradient_columns = _window(
            memory,
            583296 * n,
            np.float32,
            (18, 14, 14, 3, 3, 8),
        )
        s.z8_conv_input_gradient_padded = _window(
            memory,
            583296 * n + 1016064,
            np.float32,
            (18, 30, 30, 8),
        )
        s.d_stage_2_relu_2 = _window(memory, 351232 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_relu_mask = _window(memory, 376320 * n, np.bool_, (n, 28, 28, 8))
        s.d_h7 = _window(memory, 351232 * n, np.float32, (n, 28, 28, 8))
        s.d_h7_reshape = s.d_h7.reshape(784 * n, 8)
        s.d_h7_times = _window(memory, 326144 * n, np.float32, (n, 28, 28, 8))
        s.d_h7_reshape_2 = s.d_h7_times.reshape(784 * n, 8)
        s.z7_inv_std_times = _window(
            memory,
            583296 * n + 1669312 + 200,
            np.float32,
            (8,),
        )
        s.stage_1_block_3_norm_2_over = _window(
            memory,
            583296 * n + 1669312 + 232,
            np.float32,
            (8,),
        )
        s.d_z7 = _window(memory, 326144 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_block_3_norm_2_over_2 = _window(
            memory,
            583296 * n + 1669312 + 232,
            np.float32,
            (8,),
        )
        s.z7_hat_times = _window(memory, 301056 * n, np.float32, (n, 28, 28, 8))
        s.block_3_conv_2_W_columns_3 = _window(
            memory,
            583296 * n,
            np.float32,
            (4, 28, 28, 3, 3, 8),
        )
        s.stage_1_block_3_conv_2_W_part = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (72, 8),
        )
        s.block_3_conv_2_W_padded_3 = _window(
            memory,
            583296 * n + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.block_3_conv_2_W_reshape_5 = p.stage_1_block_3_conv_2_W.reshape(3, 3, 8, 1, 8)
        s.stage_1_block_3_conv_2_W_slice = s.block_3_conv_2_W_reshape_5[::-1, ::-1]
        s.block_3_conv_2_W_transpose_3 = s.stage_1_block_3_conv_2_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_3_conv_2_W_reshape_6 = s.block_3_conv_2_W_transpose_3.reshape(
            3,
            3,
            8,
            8,
        )
        s.stage_1_block_3_conv_2_W_copy = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (3, 3, 8, 8),
        )
        s.d_h6 = _window(memory, 301056 * n, np.float32, (n, 28, 28, 8))
        s.d_h6_columns = _window(memory, 583296 * n, np.float32, (4, 28, 28, 3, 3, 8))
        s.d_h6_padded = _window(memory, 583296 * n + 903168, np.float32, (4, 30, 30, 8))
        s.h6_mask = _window(memory, 326144 * n, np.bool_, (n, 28, 28, 8))
        s.d_z6_norm = _window(memory, 301056 * n, np.float32, (n, 28, 28, 8))
        s.d_z6_norm_reshape = s.d_z6_norm.reshape(784 * n, 8)
        s.d_z6_norm_times = _window(memory, 275968 * n, np.float32, (n, 28, 28, 8))
        s.d_z6_norm_reshape_2 = s.d_z6_norm_times.reshape(784 * n, 8)
        s.z6_inv_std_times = _window(
            memory,
            583296 * n + 1669312 + 168,
            np.float32,
            (8,),
        )
        s.stage_1_block_3_norm_1_over = _window(
            memory,
            583296 * n + 1669312 + 200,
            np.float32,
            (8,),
        )
        s.d_z6 = _window(memory, 301056 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_block_3_norm_1_over_2 = _window(
            memory,
            583296 * n + 1669312 + 200,
            np.float32,
            (8,),
        )
        s.z6_hat_times = _window(memory, 250880 * n, np.float32, (n, 28, 28, 8))
        s.block_3_conv_1_W_columns_3 = _window(
            memory,
            583296 * n,
            np.float32,
            (4, 28, 28, 3, 3, 8),
        )
        s.stage_1_block_3_conv_1_W_part = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (72, 8),
        )
        s.block_3_conv_1_W_padded_3 = _window(
            memory,
            583296 * n + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.block_3_conv_1_W_reshape_5 = p.stage_1_block_3_conv_1_W.reshape(3, 3, 8, 1, 8)
        s.stage_1_block_3_conv_1_W_slice = s.block_3_conv_1_W_reshape_5[::-1, ::-1]
        s.block_3_conv_1_W_transpose_3 = s.stage_1_block_3_conv_1_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_3_conv_1_W_reshape_6 = s.block_3_conv_1_W_transpose_3.reshape(
            3,
            3,
            8,
            8,
        )
        s.stage_1_block_3_conv_1_W_copy = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (3, 3, 8, 8),
        )
        s.d_z6_conv = _window(memory, 250880 * n, np.float32, (n, 28, 28, 8))
        s.d_z6_conv_columns = _window(
            memory,
            583296 * n,
            np.float32,
            (4, 28, 28, 3, 3, 8),
        )
        s.d_z6_conv_padded = _window(
            memory,
            583296 * n + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.d_stage_1_relu = _window(memory, 351232 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_relu_mask_2 = _window(memory, 250880 * n, np.bool_, (n, 28, 28, 8))
        s.d_h5 = _window(memory, 351232 * n, np.float32, (n, 28, 28, 8))
        s.d_h5_reshape = s.d_h5.reshape(784 * n, 8)
        s.d_h5_times = _window(memory, 225792 * n, np.float32, (n, 28, 28, 8))
        s.d_h5_reshape_2 = s.d_h5_times.reshape(784 * n, 8)
        s.z5_inv_std_times = _window(
            memory,
            583296 * n + 1669312 + 136,
            np.float32,
            (8,),
        )
        s.stage_1_block_2_norm_2_over = _window(
            memory,
            583296 * n + 1669312 + 168,
            np.float32,
            (8,),
        )
        s.d_z5 = _window(memory, 225792 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_block_2_norm_2_over_2 = _window(
            memory,
            583296 * n + 1669312 + 168,
            np.float32,
            (8,),
        )
        s.z5_hat_times = _window(memory, 200704 * n, np.float32, (n, 28, 28, 8))
        s.block_2_conv_2_W_columns_3 = _window(
            memory,
            583296 * n,
            np.float32,
            (4, 28, 28, 3, 3, 8),
        )
        s.stage_1_block_2_conv_2_W_part = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (72, 8),
        )
        s.block_2_conv_2_W_padded_3 = _window(
            memory,
            583296 * n + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.block_2_conv_2_W_reshape_5 = p.stage_1_block_2_conv_2_W.reshape(3, 3, 8, 1, 8)
        s.stage_1_block_2_conv_2_W_slice = s.block_2_conv_2_W_reshape_5[::-1, ::-1]
        s.block_2_conv_2_W_transpose_3 = s.stage_1_block_2_conv_2_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_2_conv_2_W_reshape_6 = s.block_2_conv_2_W_transpose_3.reshape(
            3,
            3,
            8,
            8,
        )
        s.stage_1_block_2_conv_2_W_copy = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (3, 3, 8, 8),
        )
        s.d_h4 = _window(memory, 200704 * n, np.float32, (n, 28, 28, 8))
        s.d_h4_columns = _window(memory, 583296 * n, np.float32, (4, 28, 28, 3, 3, 8))
        s.d_h4_padded = _window(memory, 583296 * n + 903168, np.float32, (4, 30, 30, 8))
        s.h4_mask = _window(memory, 225792 * n, np.bool_, (n, 28, 28, 8))
        s.d_z4_norm = _window(memory, 200704 * n, np.float32, (n, 28, 28, 8))
        s.d_z4_norm_reshape = s.d_z4_norm.reshape(784 * n, 8)
        s.d_z4_norm_times = _window(memory, 175616 * n, np.float32, (n, 28, 28, 8))
        s.d_z4_norm_reshape_2 = s.d_z4_norm_times.reshape(784 * n, 8)
        s.z4_inv_std_times = _window(
            memory,
            583296 * n + 1669312 + 104,
            np.float32,
            (8,),
        )
        s.stage_1_block_2_norm_1_over = _window(
            memory,
            583296 * n + 1669312 + 136,
            np.float32,
            (8,),
        )
        s.d_z4 = _window(memory, 200704 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_block_2_norm_1_over_2 = _window(
            memory,
            583296 * n + 1669312 + 136,
            np.float32,
            (8,),
        )
        s.z4_hat_times = _window(memory, 150528 * n, np.float32, (n, 28, 28, 8))
        s.block_2_conv_1_W_columns_3 = _window(
            memory,
            583296 * n,
            np.float32,
            (4, 28, 28, 3, 3, 8),
        )
        s.stage_1_block_2_conv_1_W_part = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (72, 8),
        )
        s.block_2_conv_1_W_padded_3 = _window(
            memory,
            583296 * n + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.block_2_conv_1_W_reshape_5 = p.stage_1_block_2_conv_1_W.reshape(3, 3, 8, 1, 8)
        s.stage_1_block_2_conv_1_W_slice = s.block_2_conv_1_W_reshape_5[::-1, ::-1]
        s.block_2_conv_1_W_transpose_3 = s.stage_1_block_2_conv_1_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_2_conv_1_W_reshape_6 = s.block_2_conv_1_W_transpose_3.reshape(
            3,
            3,
            8,
            8,
        )
        s.stage_1_block_2_conv_1_W_copy = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (3, 3, 8, 8),
        )
        s.d_z4_conv = _window(memory, 150528 * n, np.float32, (n, 28, 28, 8))
        s.d_z4_conv_columns = _window(
            memory,
            583296 * n,
            np.float32,
            (4, 28, 28, 3, 3, 8),
        )
        s.d_z4_conv_padded = _window(
            memory,
            583296 * n + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.stage_1_relu_mask_3 = _window(memory, 150528 * n, np.bool_, (n, 28, 28, 8))
        s.d_h3 = _window(memory, 351232 * n, np.float32, (n, 28, 28, 8))
        s.d_h3_reshape = s.d_h3.reshape(784 * n, 8)
        s.d_h3_times = _window(memory, 125440 * n, np.float32, (n, 28, 28, 8))
        s.d_h3_reshape_2 = s.d_h3_times.reshape(784 * n, 8)
        s.z3_inv_std_times = _window(
            memory,
            583296 * n + 1669312 + 72,
            np.float32,
            (8,),
        )
        s.stage_1_block_1_norm_2_over = _window(
            memory,
            583296 * n + 1669312 + 104,
            np.float32,
            (8,),
        )
        s.d_z3 = _window(memory, 125440 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_block_1_norm_2_over_2 = _window(
            memory,
            583296 * n + 1669312 + 104,
            np.float32,
            (8,),
        )
        s.z3_hat_times = _window(memory, 100352 * n, np.float32, (n, 28, 28, 8))
        s.block_1_conv_2_W_columns_3 = _window(
            memory,
            583296 * n,
            np.float32,
            (4, 28, 28, 3, 3, 8),
        )
        s.stage_1_block_1_conv_2_W_part = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (72, 8),
        )
        s.block_1_conv_2_W_padded_3 = _window(
            memory,
            583296 * n + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.block_1_conv_2_W_reshape_5 = p.stage_1_block_1_conv_2_W.reshape(3, 3, 8, 1, 8)
        s.stage_1_block_1_conv_2_W_slice = s.block_1_conv_2_W_reshape_5[::-1, ::-1]
        s.block_1_conv_2_W_transpose_3 = s.stage_1_block_1_conv_2_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_1_conv_2_W_reshape_6 = s.block_1_conv_2_W_transpose_3.reshape(
            3,
            3,
            8,
            8,
        )
        s.stage_1_block_1_conv_2_W_copy = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (3, 3, 8, 8),
        )
        s.d_h2 = _window(memory, 100352 * n, np.float32, (n, 28, 28, 8))
        s.d_h2_columns = _window(memory, 583296 * n, np.float32, (4, 28, 28, 3, 3, 8))
        s.d_h2_padded = _window(memory, 583296 * n + 903168, np.float32, (4, 30, 30, 8))
        s.h2_mask = _window(memory, 125440 * n, np.bool_, (n, 28, 28, 8))
        s.d_z2_norm = _window(memory, 100352 * n, np.float32, (n, 28, 28, 8))
        s.d_z2_norm_reshape = s.d_z2_norm.reshape(784 * n, 8)
        s.d_z2_norm_times = _window(memory, 75264 * n, np.float32, (n, 28, 28, 8))
        s.d_z2_norm_reshape_2 = s.d_z2_norm_times.reshape(784 * n, 8)
        s.z2_inv_std_times = _window(
            memory,
            583296 * n + 1669312 + 40,
            np.float32,
            (8,),
        )
        s.stage_1_block_1_norm_1_over = _window(
            memory,
            583296 * n + 1669312 + 72,
            np.float32,
            (8,),
        )
        s.d_z2 = _window(memory, 100352 * n, np.float32, (n, 28, 28, 8))
        s.stage_1_block_1_norm_1_over_2 = _window(
            memory,
            583296 * n + 1669312 + 72,
            np.float32,
            (8,),
        )
        s.z2_hat_times = _window(memory, 50176 * n, np.float32, (n, 28, 28, 8))
        s.block_1_conv_1_W_columns_3 = _window(
            memory,
            583296 * n,
            np.float32,
            (4, 28, 28, 3, 3, 8),
        )
        s.stage_1_block_1_conv_1_W_part = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (72, 8),
        )
        s.block_1_conv_1_W_padded_3 = _window(
            memory,
            583296 * n + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.block_1_conv_1_W_reshape = p.stage_1_block_1_conv_1_W.reshape(3, 3, 8, 1, 8)
        s.stage_1_block_1_conv_1_W_slice = s.block_1_conv_1_W_reshape[::-1, ::-1]
        s.block_1_conv_1_W_transpose = s.stage_1_block_1_conv_1_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_1_conv_1_W_reshape_2 = s.block_1_conv_1_W_transpose.reshape(3, 3, 8, 8)
        s.stage_1_block_1_conv_1_W_copy = _window(
            memory,
            583296 * n + 1018368,
            np.float32,
            (3, 3, 8, 8),
        )
        s.d_z2_conv = _window(memory, 50176 * n, np.float32, (n, 28, 28, 8))
        s.d_z2_conv_columns = _window(
            memory,
            583296 * n,
            np.float32,
            (4, 28, 28, 3, 3, 8),
        )
        s.d_z2_conv_padded = _window(
            memory,
            583296 * n + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.d_h1 = _window(memory, 351232 * n, np.float32, (n, 28, 28, 8))
        s.h1_mask = _window(memory, 50176 * n, np.bool_, (n, 28, 28, 8))
        s.d_z1_norm = _window(memory, 351232 * n, np.float32, (n, 28, 28, 8))
        s.d_z1_norm_reshape = s.d_z1_norm.reshape(784 * n, 8)
        s.d_z1_norm_times = _window(memory, 25088 * n, np.float32, (n, 28, 28, 8))
        s.d_z1_norm_reshape_2 = s.d_z1_norm_times.reshape(784 * n, 8)
        s.z1_inv_std_times = _window(memory, 583296 * n + 1669312, np.float32, (8,))
        s.d_batch_norm_1_beta_over = _window(
            memory,
            583296 * n + 1669312 + 40,
            np.float32,
            (8,),
        )
        s.d_z1 = _window(memory, 351232 * n, np.float32, (n, 28, 28, 8))
        s.d_batch_norm_1_gamma_over = _window(
            memory,
            583296 * n + 1669312 + 40,
            np.float32,
            (8,),
        )
        s.z1_hat_times = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.d_conv_1_W_columns = _window(
            memory,
            583296 * n,
            np.float32,
            (37, 28, 28, 3, 3, 1),
        )
        s.d_conv_1_W_part = _window(memory, 583296 * n + 1177536, np.float32, (9, 8))
        s.d_conv_1_W_padded = _window(
            memory,
            583296 * n + 1044288,
            np.float32,
            (37, 30, 30, 1),
        )
        s.z1_mean_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z1_unbiased_var_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z2_mean_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z2_unbiased_var_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z3_mean_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z3_unbiased_var_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z4_mean_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z4_unbiased_var_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z5_mean_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z5_unbiased_var_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z6_mean_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z6_unbiased_var_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z7_mean_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z7_unbiased_var_times_2 = _window(memory, 271680, np.float32, (8,))
        s.z8_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z8_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z9_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z9_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z10_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z10_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z11_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z11_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z12_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z12_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z13_mean_times_2 = _window(memory, 0, np.float32, (16,))
        s.z13_unbiased_var_times_2 = _window(memory, 0, np.float32, (16,))
        s.z14_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z14_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z15_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z15_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z16_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z16_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z17_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z17_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z18_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z18_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.z19_mean_times_2 = _window(memory, 0, np.float32, (32,))
        s.z19_unbiased_var_times_2 = _window(memory, 0, np.float32, (32,))
        s.learning_rate_times = _window(memory, 0, np.float32, (67906,))
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 28, 28, 1)
        """
        s = self._predict_slots(x)
        logits = self._forward(s, x)
        return {"logits": logits.copy()}

    def _forward(self, s, x):
        """The forward pass to the outputs."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)                    (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            x,
            p.conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                                mnist_resnet.py:37
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z1_norm = (z1 - running_mean) * (gamma * z1_inv_std) + beta   (N, 28, 28, 8)
        np.subtract(s.z1, self.state.batch_norm_1_running_mean, out=s.z1_norm)
        np.add(self.state.batch_norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(p.batch_norm_1_gamma, s.z1_inv_std, out=s.batch_norm_1_gamma_times)
        np.multiply(s.z1_norm, s.batch_norm_1_gamma_times, out=s.z1_norm)
        np.add(s.z1_norm, p.batch_norm_1_beta, out=s.z1_norm)

        # relu_1: h1 = relu(z1_norm)                 (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # stage_1.block_1.conv_1: z2 = conv(h1, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h1,
            p.stage_1_block_1_conv_1_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # stage_1.block_1.norm_1                                      mnist_resnet.py:37
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z2_norm = (z2 - running_mean) * (gamma * z2_inv_std) + beta   (N, 28, 28, 8)
        np.subtract(s.z2, self.state.block_1_norm_1_running_mean, out=s.z2_norm)
        np.add(self.state.stage_1_block_1_norm_1_running_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(
            p.stage_1_block_1_norm_1_gamma,
            s.z2_inv_std,
            out=s.stage_1_block_1_norm_1_times,
        )
        np.multiply(s.z2_norm, s.stage_1_block_1_norm_1_times, out=s.z2_norm)
        np.add(s.z2_norm, p.stage_1_block_1_norm_1_beta, out=s.z2_norm)

        # stage_1.block_1.relu: h2 = relu(z2_norm)   (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # stage_1.block_1.conv_2: z3 = conv(h2, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h2,
            p.stage_1_block_1_conv_2_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # stage_1.block_1.norm_2                                      mnist_resnet.py:37
        # z3_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # h3 = (z3 - running_mean) * (gamma * z3_inv_std) + beta        (N, 28, 28, 8)
        np.subtract(s.z3, self.state.block_1_norm_2_running_mean, out=s.h3)
        np.add(self.state.stage_1_block_1_norm_2_running_var, 1e-05, out=s.z3_inv_std)
        np.sqrt(s.z3_inv_std, out=s.z3_inv_std)
        np.divide(1.0, s.z3_inv_std, out=s.z3_inv_std)
        np.multiply(
            p.stage_1_block_1_norm_2_gamma,
            s.z3_inv_std,
            out=s.stage_1_block_1_norm_2_times,
        )
        np.multiply(s.h3, s.stage_1_block_1_norm_2_times, out=s.h3)
        np.add(s.h3, p.stage_1_block_1_norm_2_beta, out=s.h3)

        # stage_1.block_1: h3_plus = h3 + h1         (N, 28, 28, 8)   mnist_resnet.py:37
        np.add(s.h3, s.h1, out=s.h3_plus)

        # stage_1.block_1.relu                                        mnist_resnet.py:37
        # stage_1_relu = relu(h3_plus)                                  (N, 28, 28, 8)
        np.maximum(s.h3_plus, 0.0, out=s.stage_1_relu)

        # stage_1.block_2.conv_1                                      mnist_resnet.py:37
        # z4 = conv(stage_1_relu, W)                                    (N, 28, 28, 8)
        _conv_im2col(
            s.stage_1_relu,
            p.stage_1_block_2_conv_1_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # stage_1.block_2.norm_1                                      mnist_resnet.py:37
        # z4_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z4_norm = (z4 - running_mean) * (gamma * z4_inv_std) + beta   (N, 28, 28, 8)
        np.subtract(s.z4, self.state.block_2_norm_1_running_mean, out=s.z4_norm)
        np.add(self.state.stage_1_block_2_norm_1_running_var, 1e-05, out=s.z4_inv_std)
        np.sqrt(s.z4_inv_std, out=s.z4_inv_std)
        np.divide(1.0, s.z4_inv_std, out=s.z4_inv_std)
        np.multiply(
            p.stage_1_block_2_norm_1_gamma,
            s.z4_inv_std,
            out=s.stage_1_block_2_norm_1_times,
        )
        np.multiply(s.z4_norm, s.stage_1_block_2_norm_1_times, out=s.z4_norm)
        np.add(s.z4_norm, p.stage_1_block_2_norm_1_beta, out=s.z4_norm)

        # stage_1.block_2.relu: h4 = relu(z4_norm)   (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # stage_1.block_2.conv_2: z5 = conv(h4, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h4,
            p.stage_1_block_2_conv_2_W,
            s.z5_columns,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # stage_1.block_2.norm_2                                      mnist_resnet.py:37
        # z5_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # h5 = (z5 - running_mean) * (gamma * z5_inv_std) + beta        (N, 28, 28, 8)
        np.subtract(s.z5, self.state.block_2_norm_2_running_mean, out=s.h5)
        np.add(self.state.stage_1_block_2_norm_2_running_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(
            p.stage_1_block_2_norm_2_gamma,
            s.z5_inv_std,
            out=s.stage_1_block_2_norm_2_times,
        )
        np.multiply(s.h5, s.stage_1_block_2_norm_2_times, out=s.h5)
        np.add(s.h5, p.stage_1_block_2_norm_2_beta, out=s.h5)

        # stage_1.block_2                                             mnist_resnet.py:37
        # h5_plus = h5 + stage_1_relu                                   (N, 28, 28, 8)
        np.add(s.h5, s.stage_1_relu, out=s.h5_plus)

        # stage_1.block_2.relu                                        mnist_resnet.py:37
        # stage_1_relu_2 = relu(h5_plus)                                (N, 28, 28, 8)
        np.maximum(s.h5_plus, 0.0, out=s.stage_1_relu_2)

        # stage_1.block_3.conv_1                                      mnist_resnet.py:37
        # z6 = conv(stage_1_relu_2, W)                                  (N, 28, 28, 8)
        _conv_im2col(
            s.stage_1_relu_2,
            p.stage_1_block_3_conv_1_W,
            s.z6_columns,
            out=s.z6,
            padded=s.z6_padded,
            low=(1, 1),
        )

        # stage_1.block_3.norm_1                                      mnist_resnet.py:37
        # z6_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z6_norm = (z6 - running_mean) * (gamma * z6_inv_std) + beta   (N, 28, 28, 8)
        np.subtract(s.z6, self.state.block_3_norm_1_running_mean, out=s.z6_norm)
        np.add(self.state.stage_1_block_3_norm_1_running_var, 1e-05, out=s.z6_inv_std)
        np.sqrt(s.z6_inv_std, out=s.z6_inv_std)
        np.divide(1.0, s.z6_inv_std, out=s.z6_inv_std)
        np.multiply(
            p.stage_1_block_3_norm_1_gamma,
            s.z6_inv_std,
            out=s.stage_1_block_3_norm_1_times,
        )
        np.multiply(s.z6_norm, s.stage_1_block_3_norm_1_times, out=s.z6_norm)
        np.add(s.z6_norm, p.stage_1_block_3_norm_1_beta, out=s.z6_norm)

        # stage_1.block_3.relu: h6 = relu(z6_norm)   (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z6_norm, 0.0, out=s.h6)

        # stage_1.block_3.conv_2: z7 = conv(h6, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h6,
            p.stage_1_block_3_conv_2_W,
            s.z7_columns,
            out=s.z7,
            padded=s.z7_padded,
            low=(1, 1),
        )

        # stage_1.block_3.norm_2                                      mnist_resnet.py:37
        # z7_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # h7 = (z7 - running_mean) * (gamma * z7_inv_std) + beta        (N, 28, 28, 8)
        np.subtract(s.z7, self.state.block_3_norm_2_running_mean, out=s.h7)
        np.add(self.state.stage_1_block_3_norm_2_running_var, 1e-05, out=s.z7_inv_std)
        np.sqrt(s.z7_inv_std, out=s.z7_inv_std)
        np.divide(1.0, s.z7_inv_std, out=s.z7_inv_std)
        np.multiply(
            p.stage_1_block_3_norm_2_gamma,
            s.z7_inv_std,
            out=s.stage_1_block_3_norm_2_times,
        )
        np.multiply(s.h7, s.stage_1_block_3_norm_2_times, out=s.h7)
        np.add(s.h7, p.stage_1_block_3_norm_2_beta, out=s.h7)

        # stage_1.block_3                                             mnist_resnet.py:37
        # h7_plus = h7 + stage_1_relu_2                                 (N, 28, 28, 8)
        np.add(s.h7, s.stage_1_relu_2, out=s.h7_plus)

        # stage_1.block_3.relu                                        mnist_resnet.py:37
        # stage_1_relu_3 = relu(h7_plus)                                (N, 28, 28, 8)
        np.maximum(s.h7_plus, 0.0, out=s.stage_1_relu_3)

        # stage_2.block_1.conv_1                                      mnist_resnet.py:37
        # z8 = conv(stage_1_relu_3, W)                                 (N, 14, 14, 16)
        _conv_im2col(
            s.stage_1_relu_3,
            p.stage_2_block_1_conv_1_W,
            s.z8_columns,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        # z8_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z8_norm = (z8 - running_mean) * (gamma * z8_inv_std)         (N, 14, 14, 16)
        #     + beta
        np.subtract(s.z8, self.state.block_1_norm_1_running_mean_2, out=s.z8_norm)
        np.add(self.state.stage_2_block_1_norm_1_running_var, 1e-05, out=s.z8_inv_std)
        np.sqrt(s.z8_inv_std, out=s.z8_inv_std)
        np.divide(1.0, s.z8_inv_std, out=s.z8_inv_std)
        np.multiply(
            p.stage_2_block_1_norm_1_gamma,
            s.z8_inv_std,
            out=s.stage_2_block_1_norm_1_times,
        )
        np.multiply(s.z8_norm, s.stage_2_block_1_norm_1_times, out=s.z8_norm)
        np.add(s.z8_norm, p.stage_2_block_1_norm_1_beta, out=s.z8_norm)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # h8 = relu(z8_norm)                                           (N, 14, 14, 16)
        np.maximum(s.z8_norm, 0.0, out=s.h8)

        # stage_2.block_1.conv_2                                      mnist_resnet.py:37
        # z9 = conv(h8, W)                                             (N, 14, 14, 16)
        _conv_im2col(
            s.h8,
            p.stage_2_block_1_conv_2_W,
            s.z9_columns,
            out=s.z9,
            padded=s.z9_padded,
            low=(1, 1),
        )

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        # z9_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # h9 = (z9 - running_mean) * (gamma * z9_inv_std) + beta       (N, 14, 14, 16)
        np.subtract(s.z9, self.state.block_1_norm_2_running_mean_2, out=s.h9)
        np.add(self.state.stage_2_block_1_norm_2_running_var, 1e-05, out=s.z9_inv_std)
        np.sqrt(s.z9_inv_std, out=s.z9_inv_std)
        np.divide(1.0, s.z9_inv_std, out=s.z9_inv_std)
        np.multiply(
            p.stage_2_block_1_norm_2_gamma,
            s.z9_inv_std,
            out=s.stage_2_block_1_norm_2_times,
        )
        np.multiply(s.h9, s.stage_2_block_1_norm_2_times, out=s.h9)
        np.add(s.h9, p.stage_2_block_1_norm_2_beta, out=s.h9)

        # stage_2.block_1.shortcut                                    mnist_resnet.py:37
        # stage_2_shortcut                                             (N, 14, 14, 16)
        s.stage_2_shortcut.fill(0)
        s.stage_2_shortcut[:, :, :, 4:12] = s.stage_1_relu_slice

        # stage_2.block_1                                             mnist_resnet.py:37
        # h9_plus = h9 + stage_2_shortcut                              (N, 14, 14, 16)
        np.add(s.h9, s.stage_2_shortcut, out=s.h9_plus)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # stage_2_relu = relu(h9_plus)                                 (N, 14, 14, 16)
        np.maximum(s.h9_plus, 0.0, out=s.stage_2_relu)

        # stage_2.block_2.conv_1                                      mnist_resnet.py:37
        # z10 = conv(stage_2_relu, W)                                  (N, 14, 14, 16)
        _conv_im2col(
            s.stage_2_relu,
            p.stage_2_block_2_conv_1_W,
            s.z10_columns,
            out=s.z10,
            padded=s.z10_padded,
            low=(1, 1),
        )

        # stage_2.block_2.norm_1                                      mnist_resnet.py:37
        # z10_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # z10_norm = (z10 - running_mean) * (gamma * z10_inv_std)      (N, 14, 14, 16)
        #     + beta
        np.subtract(s.z10, self.state.block_2_norm_1_running_mean_2, out=s.z10_norm)
        np.add(self.state.stage_2_block_2_norm_1_running_var, 1e-05, out=s.z10_inv_std)
        np.sqrt(s.z10_inv_std, out=s.z10_inv_std)
        np.divide(1.0, s.z10_inv_std, out=s.z10_inv_std)
        np.multiply(
            p.stage_2_block_2_norm_1_gamma,
            s.z10_inv_std,
            out=s.stage_2_block_2_norm_1_times,
        )
        np.multiply(s.z10_norm, s.stage_2_block_2_norm_1_times, out=s.z10_norm)
        np.add(s.z10_norm, p.stage_2_block_2_norm_1_beta, out=s.z10_norm)

        # stage_2.block_2.relu                                        mnist_resnet.py:37
        # h10 = relu(z10_norm)                                         (N, 14, 14, 16)
        np.maximum(s.z10_norm, 0.0, out=s.h10)

        # stage_2.block_2.conv_2                                      mnist_resnet.py:37
        # z11 = conv(h10, W)                                           (N, 14, 14, 16)
        _conv_im2col(
            s.h10,
            p.stage_2_block_2_conv_2_W,
            s.z11_columns,
            out=s.z11,
            padded=s.z11_padded,
            low=(1, 1),
        )

        # stage_2.block_2.norm_2                                      mnist_resnet.py:37
        # z11_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # h11 = (z11 - running_mean) * (gamma * z11_inv_std) + beta    (N, 14, 14, 16)
        np.subtract(s.z11, self.state.block_2_norm_2_running_mean_2, out=s.h11)
        np.add(self.state.stage_2_block_2_norm_2_running_var, 1e-05, out=s.z11_inv_std)
        np.sqrt(s.z11_inv_std, out=s.z11_inv_std)
        np.divide(1.0, s.z11_inv_std, out=s.z11_inv_std)
        np.multiply(
            p.stage_2_block_2_norm_2_gamma,
            s.z11_inv_std,
            out=s.stage_2_block_2_norm_2_times,
        )
        np.multiply(s.h11, s.stage_2_block_2_norm_2_times, out=s.h11)
        np.add(s.h11, p.stage_2_block_2_norm_2_beta, out=s.h11)

        # stage_2.block_2                                             mnist_resnet.py:37
        # h11_plus = h11 + stage_2_relu                                (N, 14, 14, 16)
        np.add(s.h11, s.stage_2_relu, out=s.h11_plus)

        # stage_2.block_2.relu                                        mnist_resnet.py:37
        # stage_2_relu_2 = relu(h11_plus)                              (N, 14, 14, 16)
        np.maximum(s.h11_plus, 0.0, out=s.stage_2_relu_2)

        # stage_2.block_3.conv_1                                      mnist_resnet.py:37
        # z12 = conv(stage_2_relu_2, W)                                (N, 14, 14, 16)
        _conv_im2col(
            s.stage_2_relu_2,
            p.stage_2_block_3_conv_1_W,
            s.z12_columns,
            out=s.z12,
            padded=s.z12_padded,
            low=(1, 1),
        )

        # stage_2.block_3.norm_1                                      mnist_resnet.py:37
        # z12_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # z12_norm = (z12 - running_mean) * (gamma * z12_inv_std)      (N, 14, 14, 16)
        #     + beta
        np.subtract(s.z12, self.state.block_3_norm_1_running_mean_2, out=s.z12_norm)
        np.add(self.state.stage_2_block_3_norm_1_running_var, 1e-05, out=s.z12_inv_std)
        np.sqrt(s.z12_inv_std, out=s.z12_inv_std)
        np.divide(1.0, s.z12_inv_std, out=s.z12_inv_std)
        np.multiply(
            p.stage_2_block_3_norm_1_gamma,
            s.z12_inv_std,
            out=s.stage_2_block_3_norm_1_times,
        )
        np.multiply(s.z12_norm, s.stage_2_block_3_norm_1_times, out=s.z12_norm)
        np.add(s.z12_norm, p.stage_2_block_3_norm_1_beta, out=s.z12_norm)

        # stage_2.block_3.relu                                        mnist_resnet.py:37
        # h12 = relu(z12_norm)                                         (N, 14, 14, 16)
        np.maximum(s.z12_norm, 0.0, out=s.h12)

        # stage_2.block_3.conv_2                                      mnist_resnet.py:37
        # z13 = conv(h12, W)                                           (N, 14, 14, 16)
        _conv_im2col(
            s.h12,
            p.stage_2_block_3_conv_2_W,
            s.z13_columns,
            out=s.z13,
            padded=s.z13_padded,
            low=(1, 1),
        )

        # stage_2.block_3.norm_2                                      mnist_resnet.py:37
        # z13_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # h13 = (z13 - running_mean) * (gamma * z13_inv_std) + beta    (N, 14, 14, 16)
        np.subtract(s.z13, self.state.block_3_norm_2_running_mean_2, out=s.h13)
        np.add(self.state.stage_2_block_3_norm_2_running_var, 1e-05, out=s.z13_inv_std)
        np.sqrt(s.z13_inv_std, out=s.z13_inv_std)
        np.divide(1.0, s.z13_inv_std, out=s.z13_inv_std)
        np.multiply(
            p.stage_2_block_3_norm_2_gamma,
            s.z13_inv_std,
            out=s.stage_2_block_3_norm_2_times,
        )
        np.multiply(s.h13, s.stage_2_block_3_norm_2_times, out=s.h13)
        np.add(s.h13, p.stage_2_block_3_norm_2_beta, out=s.h13)

        # stage_2.block_3                                             mnist_resnet.py:37
        # h13_plus = h13 + stage_2_relu_2                              (N, 14, 14, 16)
        np.add(s.h13, s.stage_2_relu_2, out=s.h13_plus)

        # stage_2.block_3.relu                                        mnist_resnet.py:37
        # stage_2_relu_3 = relu(h13_plus)                              (N, 14, 14, 16)
        np.maximum(s.h13_plus, 0.0, out=s.stage_2_relu_3)

        # stage_3.block_1.conv_1                                      mnist_resnet.py:37
        # z14 = conv(stage_2_relu_3, W)                                  (N, 7, 7, 32)
        _conv_im2col(
            s.stage_2_relu_3,
            p.stage_3_block_1_conv_1_W,
            s.z14_columns,
            out=s.z14,
            padded=s.z14_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        # z14_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # z14_norm = (z14 - running_mean) * (gamma * z14_inv_std)        (N, 7, 7, 32)
        #     + beta
        np.subtract(s.z14, self.state.block_1_norm_1_running_mean_3, out=s.z14_norm)
        np.add(self.state.stage_3_block_1_norm_1_running_var, 1e-05, out=s.z14_inv_std)
        np.sqrt(s.z14_inv_std, out=s.z14_inv_std)
        np.divide(1.0, s.z14_inv_std, out=s.z14_inv_std)
        np.multiply(
            p.stage_3_block_1_norm_1_gamma,
            s.z14_inv_std,
            out=s.stage_3_block_1_norm_1_times,
        )
        np.multiply(s.z14_norm, s.stage_3_block_1_norm_1_times, out=s.z14_norm)
        np.add(s.z14_norm, p.stage_3_block_1_norm_1_beta, out=s.z14_norm)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # h14 = relu(z14_norm)                                           (N, 7, 7, 32)
        np.maximum(s.z14_norm, 0.0, out=s.h14)

        # stage_3.block_1.conv_2                                      mnist_resnet.py:37
        # z15 = conv(h14, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h14,
            p.stage_3_block_1_conv_2_W,
            s.z15_columns,
            out=s.z15,
            padded=s.z15_padded,
            low=(1, 1),
        )

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        # z15_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # h15 = (z15 - running_mean) * (gamma * z15_inv_std) + beta      (N, 7, 7, 32)
        np.subtract(s.z15, self.state.block_1_norm_2_running_mean_3, out=s.h15)
        np.add(self.state.stage_3_block_1_norm_2_running_var, 1e-05, out=s.z15_inv_std)
        np.sqrt(s.z15_inv_std, out=s.z15_inv_std)
        np.divide(1.0, s.z15_inv_std, out=s.z15_inv_std)
        np.multiply(
            p.stage_3_block_1_norm_2_gamma,
            s.z15_inv_std,
            out=s.stage_3_block_1_norm_2_times,
        )
        np.multiply(s.h15, s.stage_3_block_1_norm_2_times, out=s.h15)
        np.add(s.h15, p.stage_3_block_1_norm_2_beta, out=s.h15)

        # stage_3.block_1.shortcut                                    mnist_resnet.py:37
        # stage_3_shortcut                                               (N, 7, 7, 32)
        s.stage_3_shortcut.fill(0)
        s.stage_3_shortcut[:, :, :, 8:24] = s.stage_2_relu_slice

        # stage_3.block_1                                             mnist_resnet.py:37
        # h15_plus = h15 + stage_3_shortcut                              (N, 7, 7, 32)
        np.add(s.h15, s.stage_3_shortcut, out=s.h15_plus)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # stage_3_relu = relu(h15_plus)                                  (N, 7, 7, 32)
        np.maximum(s.h15_plus, 0.0, out=s.stage_3_relu)

        # stage_3.block_2.conv_1                                      mnist_resnet.py:37
        # z16 = conv(stage_3_relu, W)                                    (N, 7, 7, 32)
        _conv_im2col(
            s.stage_3_relu,
            p.stage_3_block_2_conv_1_W,
            s.z16_columns,
            out=s.z16,
            padded=s.z16_padded,
            low=(1, 1),
        )

        # stage_3.block_2.norm_1                                      mnist_resnet.py:37
        # z16_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # z16_norm = (z16 - running_mean) * (gamma * z16_inv_std)        (N, 7, 7, 32)
        #     + beta
        np.subtract(s.z16, self.state.block_2_norm_1_running_mean_3, out=s.z16_norm)
        np.add(self.state.stage_3_block_2_norm_1_running_var, 1e-05, out=s.z16_inv_std)
        np.sqrt(s.z16_inv_std, out=s.z16_inv_std)
        np.divide(1.0, s.z16_inv_std, out=s.z16_inv_std)
        np.multiply(
            p.stage_3_block_2_norm_1_gamma,
            s.z16_inv_std,
            out=s.stage_3_block_2_norm_1_times,
        )
        np.multiply(s.z16_norm, s.stage_3_block_2_norm_1_times, out=s.z16_norm)
        np.add(s.z16_norm, p.stage_3_block_2_norm_1_beta, out=s.z16_norm)

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # h16 = relu(z16_norm)                                           (N, 7, 7, 32)
        np.maximum(s.z16_norm, 0.0, out=s.h16)

        # stage_3.block_2.conv_2                                      mnist_resnet.py:37
        # z17 = conv(h16, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h16,
            p.stage_3_block_2_conv_2_W,
            s.z17_columns,
            out=s.z17,
            padded=s.z17_padded,
            low=(1, 1),
        )

        # stage_3.block_2.norm_2                                      mnist_resnet.py:37
        # z17_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # h17 = (z17 - running_mean) * (gamma * z17_inv_std) + beta      (N, 7, 7, 32)
        np.subtract(s.z17, self.state.block_2_norm_2_running_mean_3, out=s.h17)
        np.add(self.state.stage_3_block_2_norm_2_running_var, 1e-05, out=s.z17_inv_std)
        np.sqrt(s.z17_inv_std, out=s.z17_inv_std)
        np.divide(1.0, s.z17_inv_std, out=s.z17_inv_std)
        np.multiply(
            p.stage_3_block_2_norm_2_gamma,
            s.z17_inv_std,
            out=s.stage_3_block_2_norm_2_times,
        )
        np.multiply(s.h17, s.stage_3_block_2_norm_2_times, out=s.h17)
        np.add(s.h17, p.stage_3_block_2_norm_2_beta, out=s.h17)

        # stage_3.block_2                                             mnist_resnet.py:37
        # h17_plus = h17 + stage_3_relu                                  (N, 7, 7, 32)
        np.add(s.h17, s.stage_3_relu, out=s.h17_plus)

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # stage_3_relu_2 = relu(h17_plus)                                (N, 7, 7, 32)
        np.maximum(s.h17_plus, 0.0, out=s.stage_3_relu_2)

        # stage_3.block_3.conv_1                                      mnist_resnet.py:37
        # z18 = conv(stage_3_relu_2, W)                                  (N, 7, 7, 32)
        _conv_im2col(
            s.stage_3_relu_2,
            p.stage_3_block_3_conv_1_W,
            s.z18_columns,
            out=s.z18,
            padded=s.z18_padded,
            low=(1, 1),
        )

        # stage_3.block_3.norm_1                                      mnist_resnet.py:37
        # z18_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # z18_norm = (z18 - running_mean) * (gamma * z18_inv_std)        (N, 7, 7, 32)
        #     + beta
        np.subtract(s.z18, self.state.block_3_norm_1_running_mean_3, out=s.z18_norm)
        np.add(self.state.stage_3_block_3_norm_1_running_var, 1e-05, out=s.z18_inv_std)
        np.sqrt(s.z18_inv_std, out=s.z18_inv_std)
        np.divide(1.0, s.z18_inv_std, out=s.z18_inv_std)
        np.multiply(
            p.stage_3_block_3_norm_1_gamma,
            s.z18_inv_std,
            out=s.stage_3_block_3_norm_1_times,
        )
        np.multiply(s.z18_norm, s.stage_3_block_3_norm_1_times, out=s.z18_norm)
        np.add(s.z18_norm, p.stage_3_block_3_norm_1_beta, out=s.z18_norm)

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # h18 = relu(z18_norm)                                           (N, 7, 7, 32)
        np.maximum(s.z18_norm, 0.0, out=s.h18)

        # stage_3.block_3.conv_2                                      mnist_resnet.py:37
        # z19 = conv(h18, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h18,
            p.stage_3_block_3_conv_2_W,
            s.z19_columns,
            out=s.z19,
            padded=s.z19_padded,
            low=(1, 1),
        )

        # stage_3.block_3.norm_2                                      mnist_resnet.py:37
        # z19_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # h19 = (z19 - running_mean) * (gamma * z19_inv_std) + beta      (N, 7, 7, 32)
        np.subtract(s.z19, self.state.block_3_norm_2_running_mean_3, out=s.h19)
        np.add(self.state.stage_3_block_3_norm_2_running_var, 1e-05, out=s.z19_inv_std)
        np.sqrt(s.z19_inv_std, out=s.z19_inv_std)
        np.divide(1.0, s.z19_inv_std, out=s.z19_inv_std)
        np.multiply(
            p.stage_3_block_3_norm_2_gamma,
            s.z19_inv_std,
            out=s.stage_3_block_3_norm_2_times,
        )
        np.multiply(s.h19, s.stage_3_block_3_norm_2_times, out=s.h19)
        np.add(s.h19, p.stage_3_block_3_norm_2_beta, out=s.h19)

        # stage_3.block_3                                             mnist_resnet.py:37
        # h19_plus = h19 + stage_3_relu_2                                (N, 7, 7, 32)
        np.add(s.h19, s.stage_3_relu_2, out=s.h19_plus)

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # stage_3_relu_3 = relu(h19_plus)                                (N, 7, 7, 32)
        np.maximum(s.h19_plus, 0.0, out=s.stage_3_relu_3)

        # global_avg_pool_1                                           mnist_resnet.py:37
        # relu_pooled = mean(stage_3_relu_3, axes 1, 2)                        (N, 32)
        s.stage_3_relu_3.sum(axis=(1, 2), out=s.relu_pooled)
        np.divide(s.relu_pooled, 49.0, out=s.relu_pooled)

        # dense_1: logits = relu_pooled W + b               (N, 10)   mnist_resnet.py:37
        np.dot(s.relu_pooled, p.dense_1_W, out=s.logits)
        np.add(s.logits, p.dense_1_b, out=s.logits)

        return s.logits

    def _predict_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._predict[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_predict(x)
        return s

    def _plan_predict(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 28, 28, 1), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        units = -(-n // 16) * 16  # aligned
        memory = self._memory(75264 * units + 1650528)
        s.z1 = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z1_columns = _window(memory, 75264 * units, np.float32, (37, 28, 28, 3, 3, 1))
        s.z1_padded = _window(
            memory,
            75264 * units + 1044288,
            np.float32,
            (37, 30, 30, 1),
        )
        s.z1_norm = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z1_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.batch_norm_1_gamma_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h1 = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z2 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z2_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z2_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.z2_norm = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z2_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_1_norm_1_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h2 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z3 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z3_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z3_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.h3 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z3_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_1_norm_2_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h3_plus = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.stage_1_relu = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z4 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z4_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z4_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.z4_norm = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z4_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_2_norm_1_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h4 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z5 = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z5_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z5_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.h5 = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z5_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_2_norm_2_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h5_plus = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.stage_1_relu_2 = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z6 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z6_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z6_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.z6_norm = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z6_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_3_norm_1_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h6 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z7 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z7_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z7_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.h7 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z7_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_3_norm_2_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h7_plus = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.stage_1_relu_3 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z8 = _window(memory, 37632 * units, np.float32, (n, 14, 14, 16))
        s.z8_columns = _window(memory, 75264 * units, np.float32, (18, 14, 14, 3, 3, 8))
        s.z8_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 30, 30, 8),
        )
        s.z8_norm = _window(memory, 37632 * units, np.float32, (n, 14, 14, 16))
        s.z8_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_1_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.h8 = _window(memory, 37632 * units, np.float32, (n, 14, 14, 16))
        s.z9 = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z9_columns = _window(memory, 75264 * units, np.float32, (9, 14, 14, 3, 3, 16))
        s.z9_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (9, 16, 16, 16),
        )
        s.h9 = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z9_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_1_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.stage_1_relu_slice = s.stage_1_relu_3[:, ::2, ::2]
        s.stage_2_shortcut = _window(memory, 37632 * units, np.float32, (n, 14, 14, 16))
        s.h9_plus = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.stage_2_relu = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z10 = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z10_columns = _window(
            memory,
            75264 * units,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z10_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (9, 16, 16, 16),
        )
        s.z10_norm = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z10_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_2_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.h10 = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z11 = _window(memory, 12544 * units, np.float32, (n, 14, 14, 16))
        s.z11_columns = _window(
            memory,
            75264 * units,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z11_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (9, 16, 16, 16),
        )
        s.h11 = _window(memory, 12544 * units, np.float32, (n, 14, 14, 16))
        s.z11_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_2_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.h11_plus = _window(memory, 12544 * units, np.float32, (n, 14, 14, 16))
        s.stage_2_relu_2 = _window(memory, 12544 * units, np.float32, (n, 14, 14, 16))
        s.z12 = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z12_columns = _window(
            memory,
            75264 * units,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z12_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (9, 16, 16, 16),
        )
        s.z12_norm = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z12_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_3_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.h12 = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z13 = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z13_columns = _window(
            memory,
            75264 * units,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z13_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (9, 16, 16, 16),
        )
        s.h13 = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z13_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_3_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.h13_plus = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.stage_2_relu_3 = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z14 = _window(memory, 18816 * units, np.float32, (n, 7, 7, 32))
        s.z14_columns = _window(memory, 75264 * units, np.float32, (37, 7, 7, 3, 3, 16))
        s.z14_padded = _window(
            memory,
            75264 * units + 1044288,
            np.float32,
            (37, 16, 16, 16),
        )
        s.z14_norm = _window(memory, 18816 * units, np.float32, (n, 7, 7, 32))
        s.z14_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_1_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.h14 = _window(memory, 18816 * units, np.float32, (n, 7, 7, 32))
        s.z15 = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z15_columns = _window(memory, 75264 * units, np.float32, (18, 7, 7, 3, 3, 32))
        s.z15_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 9, 9, 32),
        )
        s.h15 = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z15_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_1_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.stage_2_relu_slice = s.stage_2_relu_3[:, ::2, ::2]
        s.stage_3_shortcut = _window(memory, 18816 * units, np.float32, (n, 7, 7, 32))
        s.h15_plus = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.stage_3_relu = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z16 = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.z16_columns = _window(memory, 75264 * units, np.float32, (18, 7, 7, 3, 3, 32))
        s.z16_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 9, 9, 32),
        )
        s.z16_norm = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.z16_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_2_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.h16 = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.z17 = _window(memory, 0, np.float32, (n, 7, 7, 32))
        s.z17_columns = _window(memory, 75264 * units, np.float32, (18, 7, 7, 3, 3, 32))
        s.z17_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 9, 9, 32),
        )
        s.h17 = _window(memory, 0, np.float32, (n, 7, 7, 32))
        s.z17_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_2_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.h17_plus = _window(memory, 0, np.float32, (n, 7, 7, 32))
        s.stage_3_relu_2 = _window(memory, 0, np.float32, (n, 7, 7, 32))
        s.z18 = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z18_columns = _window(memory, 75264 * units, np.float32, (18, 7, 7, 3, 3, 32))
        s.z18_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 9, 9, 32),
        )
        s.z18_norm = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z18_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_3_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.h18 = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z19 = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.z19_columns = _window(memory, 75264 * units, np.float32, (18, 7, 7, 3, 3, 32))
        s.z19_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 9, 9, 32),
        )
        s.h19 = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.z19_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_3_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.h19_plus = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.stage_3_relu_3 = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.relu_pooled = _window(memory, 0, np.float32, (n, 32))
        s.logits = _window(memory, 128 * units, np.float32, (n, 10))
        self._predict[x.dtype, x.shape] = s
        return s

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 28, 28, 1)
        y: int64 (N,)
        """
        s = self._loss_slots(x, y)
        return self._forward_loss(s, x, y)

    def _forward_loss(self, s, x, y):
        """The forward pass to the loss."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)                    (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            x,
            p.conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                                mnist_resnet.py:37
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z1_norm = (z1 - running_mean) * (gamma * z1_inv_std) + beta   (N, 28, 28, 8)
        np.subtract(s.z1, self.state.batch_norm_1_running_mean, out=s.z1_norm)
        np.add(self.state.batch_norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(p.batch_norm_1_gamma, s.z1_inv_std, out=s.batch_norm_1_gamma_times)
        np.multiply(s.z1_norm, s.batch_norm_1_gamma_times, out=s.z1_norm)
        np.add(s.z1_norm, p.batch_norm_1_beta, out=s.z1_norm)

        # relu_1: h1 = relu(z1_norm)                 (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z1_norm, 0.0, out=s.h1)

        # stage_1.block_1.conv_1: z2 = conv(h1, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h1,
            p.stage_1_block_1_conv_1_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # stage_1.block_1.norm_1                                      mnist_resnet.py:37
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z2_norm = (z2 - running_mean) * (gamma * z2_inv_std) + beta   (N, 28, 28, 8)
        np.subtract(s.z2, self.state.block_1_norm_1_running_mean, out=s.z2_norm)
        np.add(self.state.stage_1_block_1_norm_1_running_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(
            p.stage_1_block_1_norm_1_gamma,
            s.z2_inv_std,
            out=s.stage_1_block_1_norm_1_times,
        )
        np.multiply(s.z2_norm, s.stage_1_block_1_norm_1_times, out=s.z2_norm)
        np.add(s.z2_norm, p.stage_1_block_1_norm_1_beta, out=s.z2_norm)

        # stage_1.block_1.relu: h2 = relu(z2_norm)   (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z2_norm, 0.0, out=s.h2)

        # stage_1.block_1.conv_2: z3 = conv(h2, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h2,
            p.stage_1_block_1_conv_2_W,
            s.z3_columns,
            out=s.z3,
            padded=s.z3_padded,
            low=(1, 1),
        )

        # stage_1.block_1.norm_2                                      mnist_resnet.py:37
        # z3_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # h3 = (z3 - running_mean) * (gamma * z3_inv_std) + beta        (N, 28, 28, 8)
        np.subtract(s.z3, self.state.block_1_norm_2_running_mean, out=s.h3)
        np.add(self.state.stage_1_block_1_norm_2_running_var, 1e-05, out=s.z3_inv_std)
        np.sqrt(s.z3_inv_std, out=s.z3_inv_std)
        np.divide(1.0, s.z3_inv_std, out=s.z3_inv_std)
        np.multiply(
            p.stage_1_block_1_norm_2_gamma,
            s.z3_inv_std,
            out=s.stage_1_block_1_norm_2_times,
        )
        np.multiply(s.h3, s.stage_1_block_1_norm_2_times, out=s.h3)
        np.add(s.h3, p.stage_1_block_1_norm_2_beta, out=s.h3)

        # stage_1.block_1: h3_plus = h3 + h1         (N, 28, 28, 8)   mnist_resnet.py:37
        np.add(s.h3, s.h1, out=s.h3_plus)

        # stage_1.block_1.relu                                        mnist_resnet.py:37
        # stage_1_relu = relu(h3_plus)                                  (N, 28, 28, 8)
        np.maximum(s.h3_plus, 0.0, out=s.stage_1_relu)

        # stage_1.block_2.conv_1                                      mnist_resnet.py:37
        # z4 = conv(stage_1_relu, W)                                    (N, 28, 28, 8)
        _conv_im2col(
            s.stage_1_relu,
            p.stage_1_block_2_conv_1_W,
            s.z4_columns,
            out=s.z4,
            padded=s.z4_padded,
            low=(1, 1),
        )

        # stage_1.block_2.norm_1                                      mnist_resnet.py:37
        # z4_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z4_norm = (z4 - running_mean) * (gamma * z4_inv_std) + beta   (N, 28, 28, 8)
        np.subtract(s.z4, self.state.block_2_norm_1_running_mean, out=s.z4_norm)
        np.add(self.state.stage_1_block_2_norm_1_running_var, 1e-05, out=s.z4_inv_std)
        np.sqrt(s.z4_inv_std, out=s.z4_inv_std)
        np.divide(1.0, s.z4_inv_std, out=s.z4_inv_std)
        np.multiply(
            p.stage_1_block_2_norm_1_gamma,
            s.z4_inv_std,
            out=s.stage_1_block_2_norm_1_times,
        )
        np.multiply(s.z4_norm, s.stage_1_block_2_norm_1_times, out=s.z4_norm)
        np.add(s.z4_norm, p.stage_1_block_2_norm_1_beta, out=s.z4_norm)

        # stage_1.block_2.relu: h4 = relu(z4_norm)   (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z4_norm, 0.0, out=s.h4)

        # stage_1.block_2.conv_2: z5 = conv(h4, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h4,
            p.stage_1_block_2_conv_2_W,
            s.z5_columns,
            out=s.z5,
            padded=s.z5_padded,
            low=(1, 1),
        )

        # stage_1.block_2.norm_2                                      mnist_resnet.py:37
        # z5_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # h5 = (z5 - running_mean) * (gamma * z5_inv_std) + beta        (N, 28, 28, 8)
        np.subtract(s.z5, self.state.block_2_norm_2_running_mean, out=s.h5)
        np.add(self.state.stage_1_block_2_norm_2_running_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(
            p.stage_1_block_2_norm_2_gamma,
            s.z5_inv_std,
            out=s.stage_1_block_2_norm_2_times,
        )
        np.multiply(s.h5, s.stage_1_block_2_norm_2_times, out=s.h5)
        np.add(s.h5, p.stage_1_block_2_norm_2_beta, out=s.h5)

        # stage_1.block_2                                             mnist_resnet.py:37
        # h5_plus = h5 + stage_1_relu                                   (N, 28, 28, 8)
        np.add(s.h5, s.stage_1_relu, out=s.h5_plus)

        # stage_1.block_2.relu                                        mnist_resnet.py:37
        # stage_1_relu_2 = relu(h5_plus)                                (N, 28, 28, 8)
        np.maximum(s.h5_plus, 0.0, out=s.stage_1_relu_2)

        # stage_1.block_3.conv_1                                      mnist_resnet.py:37
        # z6 = conv(stage_1_relu_2, W)                                  (N, 28, 28, 8)
        _conv_im2col(
            s.stage_1_relu_2,
            p.stage_1_block_3_conv_1_W,
            s.z6_columns,
            out=s.z6,
            padded=s.z6_padded,
            low=(1, 1),
        )

        # stage_1.block_3.norm_1                                      mnist_resnet.py:37
        # z6_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z6_norm = (z6 - running_mean) * (gamma * z6_inv_std) + beta   (N, 28, 28, 8)
        np.subtract(s.z6, self.state.block_3_norm_1_running_mean, out=s.z6_norm)
        np.add(self.state.stage_1_block_3_norm_1_running_var, 1e-05, out=s.z6_inv_std)
        np.sqrt(s.z6_inv_std, out=s.z6_inv_std)
        np.divide(1.0, s.z6_inv_std, out=s.z6_inv_std)
        np.multiply(
            p.stage_1_block_3_norm_1_gamma,
            s.z6_inv_std,
            out=s.stage_1_block_3_norm_1_times,
        )
        np.multiply(s.z6_norm, s.stage_1_block_3_norm_1_times, out=s.z6_norm)
        np.add(s.z6_norm, p.stage_1_block_3_norm_1_beta, out=s.z6_norm)

        # stage_1.block_3.relu: h6 = relu(z6_norm)   (N, 28, 28, 8)   mnist_resnet.py:37
        np.maximum(s.z6_norm, 0.0, out=s.h6)

        # stage_1.block_3.conv_2: z7 = conv(h6, W)   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_im2col(
            s.h6,
            p.stage_1_block_3_conv_2_W,
            s.z7_columns,
            out=s.z7,
            padded=s.z7_padded,
            low=(1, 1),
        )

        # stage_1.block_3.norm_2                                      mnist_resnet.py:37
        # z7_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # h7 = (z7 - running_mean) * (gamma * z7_inv_std) + beta        (N, 28, 28, 8)
        np.subtract(s.z7, self.state.block_3_norm_2_running_mean, out=s.h7)
        np.add(self.state.stage_1_block_3_norm_2_running_var, 1e-05, out=s.z7_inv_std)
        np.sqrt(s.z7_inv_std, out=s.z7_inv_std)
        np.divide(1.0, s.z7_inv_std, out=s.z7_inv_std)
        np.multiply(
            p.stage_1_block_3_norm_2_gamma,
            s.z7_inv_std,
            out=s.stage_1_block_3_norm_2_times,
        )
        np.multiply(s.h7, s.stage_1_block_3_norm_2_times, out=s.h7)
        np.add(s.h7, p.stage_1_block_3_norm_2_beta, out=s.h7)

        # stage_1.block_3                                             mnist_resnet.py:37
        # h7_plus = h7 + stage_1_relu_2                                 (N, 28, 28, 8)
        np.add(s.h7, s.stage_1_relu_2, out=s.h7_plus)

        # stage_1.block_3.relu                                        mnist_resnet.py:37
        # stage_1_relu_3 = relu(h7_plus)                                (N, 28, 28, 8)
        np.maximum(s.h7_plus, 0.0, out=s.stage_1_relu_3)

        # stage_2.block_1.conv_1                                      mnist_resnet.py:37
        # z8 = conv(stage_1_relu_3, W)                                 (N, 14, 14, 16)
        _conv_im2col(
            s.stage_1_relu_3,
            p.stage_2_block_1_conv_1_W,
            s.z8_columns,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        # z8_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # z8_norm = (z8 - running_mean) * (gamma * z8_inv_std)         (N, 14, 14, 16)
        #     + beta
        np.subtract(s.z8, self.state.block_1_norm_1_running_mean_2, out=s.z8_norm)
        np.add(self.state.stage_2_block_1_norm_1_running_var, 1e-05, out=s.z8_inv_std)
        np.sqrt(s.z8_inv_std, out=s.z8_inv_std)
        np.divide(1.0, s.z8_inv_std, out=s.z8_inv_std)
        np.multiply(
            p.stage_2_block_1_norm_1_gamma,
            s.z8_inv_std,
            out=s.stage_2_block_1_norm_1_times,
        )
        np.multiply(s.z8_norm, s.stage_2_block_1_norm_1_times, out=s.z8_norm)
        np.add(s.z8_norm, p.stage_2_block_1_norm_1_beta, out=s.z8_norm)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # h8 = relu(z8_norm)                                           (N, 14, 14, 16)
        np.maximum(s.z8_norm, 0.0, out=s.h8)

        # stage_2.block_1.conv_2                                      mnist_resnet.py:37
        # z9 = conv(h8, W)                                             (N, 14, 14, 16)
        _conv_im2col(
            s.h8,
            p.stage_2_block_1_conv_2_W,
            s.z9_columns,
            out=s.z9,
            padded=s.z9_padded,
            low=(1, 1),
        )

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        # z9_inv_std = 1 / sqrt(running_var + 1e-05)                             (16,)
        # h9 = (z9 - running_mean) * (gamma * z9_inv_std) + beta       (N, 14, 14, 16)
        np.subtract(s.z9, self.state.block_1_norm_2_running_mean_2, out=s.h9)
        np.add(self.state.stage_2_block_1_norm_2_running_var, 1e-05, out=s.z9_inv_std)
        np.sqrt(s.z9_inv_std, out=s.z9_inv_std)
        np.divide(1.0, s.z9_inv_std, out=s.z9_inv_std)
        np.multiply(
            p.stage_2_block_1_norm_2_gamma,
            s.z9_inv_std,
            out=s.stage_2_block_1_norm_2_times,
        )
        np.multiply(s.h9, s.stage_2_block_1_norm_2_times, out=s.h9)
        np.add(s.h9, p.stage_2_block_1_norm_2_beta, out=s.h9)

        # stage_2.block_1.shortcut                                    mnist_resnet.py:37
        # stage_2_shortcut                                             (N, 14, 14, 16)
        s.stage_2_shortcut.fill(0)
        s.stage_2_shortcut[:, :, :, 4:12] = s.stage_1_relu_slice

        # stage_2.block_1                                             mnist_resnet.py:37
        # h9_plus = h9 + stage_2_shortcut                              (N, 14, 14, 16)
        np.add(s.h9, s.stage_2_shortcut, out=s.h9_plus)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # stage_2_relu = relu(h9_plus)                                 (N, 14, 14, 16)
        np.maximum(s.h9_plus, 0.0, out=s.stage_2_relu)

        # stage_2.block_2.conv_1                                      mnist_resnet.py:37
        # z10 = conv(stage_2_relu, W)                                  (N, 14, 14, 16)
        _conv_im2col(
            s.stage_2_relu,
            p.stage_2_block_2_conv_1_W,
            s.z10_columns,
            out=s.z10,
            padded=s.z10_padded,
            low=(1, 1),
        )

        # stage_2.block_2.norm_1                                      mnist_resnet.py:37
        # z10_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # z10_norm = (z10 - running_mean) * (gamma * z10_inv_std)      (N, 14, 14, 16)
        #     + beta
        np.subtract(s.z10, self.state.block_2_norm_1_running_mean_2, out=s.z10_norm)
        np.add(self.state.stage_2_block_2_norm_1_running_var, 1e-05, out=s.z10_inv_std)
        np.sqrt(s.z10_inv_std, out=s.z10_inv_std)
        np.divide(1.0, s.z10_inv_std, out=s.z10_inv_std)
        np.multiply(
            p.stage_2_block_2_norm_1_gamma,
            s.z10_inv_std,
            out=s.stage_2_block_2_norm_1_times,
        )
        np.multiply(s.z10_norm, s.stage_2_block_2_norm_1_times, out=s.z10_norm)
        np.add(s.z10_norm, p.stage_2_block_2_norm_1_beta, out=s.z10_norm)

        # stage_2.block_2.relu                                        mnist_resnet.py:37
        # h10 = relu(z10_norm)                                         (N, 14, 14, 16)
        np.maximum(s.z10_norm, 0.0, out=s.h10)

        # stage_2.block_2.conv_2                                      mnist_resnet.py:37
        # z11 = conv(h10, W)                                           (N, 14, 14, 16)
        _conv_im2col(
            s.h10,
            p.stage_2_block_2_conv_2_W,
            s.z11_columns,
            out=s.z11,
            padded=s.z11_padded,
            low=(1, 1),
        )

        # stage_2.block_2.norm_2                                      mnist_resnet.py:37
        # z11_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # h11 = (z11 - running_mean) * (gamma * z11_inv_std) + beta    (N, 14, 14, 16)
        np.subtract(s.z11, self.state.block_2_norm_2_running_mean_2, out=s.h11)
        np.add(self.state.stage_2_block_2_norm_2_running_var, 1e-05, out=s.z11_inv_std)
        np.sqrt(s.z11_inv_std, out=s.z11_inv_std)
        np.divide(1.0, s.z11_inv_std, out=s.z11_inv_std)
        np.multiply(
            p.stage_2_block_2_norm_2_gamma,
            s.z11_inv_std,
            out=s.stage_2_block_2_norm_2_times,
        )
        np.multiply(s.h11, s.stage_2_block_2_norm_2_times, out=s.h11)
        np.add(s.h11, p.stage_2_block_2_norm_2_beta, out=s.h11)

        # stage_2.block_2                                             mnist_resnet.py:37
        # h11_plus = h11 + stage_2_relu                                (N, 14, 14, 16)
        np.add(s.h11, s.stage_2_relu, out=s.h11_plus)

        # stage_2.block_2.relu                                        mnist_resnet.py:37
        # stage_2_relu_2 = relu(h11_plus)                              (N, 14, 14, 16)
        np.maximum(s.h11_plus, 0.0, out=s.stage_2_relu_2)

        # stage_2.block_3.conv_1                                      mnist_resnet.py:37
        # z12 = conv(stage_2_relu_2, W)                                (N, 14, 14, 16)
        _conv_im2col(
            s.stage_2_relu_2,
            p.stage_2_block_3_conv_1_W,
            s.z12_columns,
            out=s.z12,
            padded=s.z12_padded,
            low=(1, 1),
        )

        # stage_2.block_3.norm_1                                      mnist_resnet.py:37
        # z12_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # z12_norm = (z12 - running_mean) * (gamma * z12_inv_std)      (N, 14, 14, 16)
        #     + beta
        np.subtract(s.z12, self.state.block_3_norm_1_running_mean_2, out=s.z12_norm)
        np.add(self.state.stage_2_block_3_norm_1_running_var, 1e-05, out=s.z12_inv_std)
        np.sqrt(s.z12_inv_std, out=s.z12_inv_std)
        np.divide(1.0, s.z12_inv_std, out=s.z12_inv_std)
        np.multiply(
            p.stage_2_block_3_norm_1_gamma,
            s.z12_inv_std,
            out=s.stage_2_block_3_norm_1_times,
        )
        np.multiply(s.z12_norm, s.stage_2_block_3_norm_1_times, out=s.z12_norm)
        np.add(s.z12_norm, p.stage_2_block_3_norm_1_beta, out=s.z12_norm)

        # stage_2.block_3.relu                                        mnist_resnet.py:37
        # h12 = relu(z12_norm)                                         (N, 14, 14, 16)
        np.maximum(s.z12_norm, 0.0, out=s.h12)

        # stage_2.block_3.conv_2                                      mnist_resnet.py:37
        # z13 = conv(h12, W)                                           (N, 14, 14, 16)
        _conv_im2col(
            s.h12,
            p.stage_2_block_3_conv_2_W,
            s.z13_columns,
            out=s.z13,
            padded=s.z13_padded,
            low=(1, 1),
        )

        # stage_2.block_3.norm_2                                      mnist_resnet.py:37
        # z13_inv_std = 1 / sqrt(running_var + 1e-05)                            (16,)
        # h13 = (z13 - running_mean) * (gamma * z13_inv_std) + beta    (N, 14, 14, 16)
        np.subtract(s.z13, self.state.block_3_norm_2_running_mean_2, out=s.h13)
        np.add(self.state.stage_2_block_3_norm_2_running_var, 1e-05, out=s.z13_inv_std)
        np.sqrt(s.z13_inv_std, out=s.z13_inv_std)
        np.divide(1.0, s.z13_inv_std, out=s.z13_inv_std)
        np.multiply(
            p.stage_2_block_3_norm_2_gamma,
            s.z13_inv_std,
            out=s.stage_2_block_3_norm_2_times,
        )
        np.multiply(s.h13, s.stage_2_block_3_norm_2_times, out=s.h13)
        np.add(s.h13, p.stage_2_block_3_norm_2_beta, out=s.h13)

        # stage_2.block_3                                             mnist_resnet.py:37
        # h13_plus = h13 + stage_2_relu_2                              (N, 14, 14, 16)
        np.add(s.h13, s.stage_2_relu_2, out=s.h13_plus)

        # stage_2.block_3.relu                                        mnist_resnet.py:37
        # stage_2_relu_3 = relu(h13_plus)                              (N, 14, 14, 16)
        np.maximum(s.h13_plus, 0.0, out=s.stage_2_relu_3)

        # stage_3.block_1.conv_1                                      mnist_resnet.py:37
        # z14 = conv(stage_2_relu_3, W)                                  (N, 7, 7, 32)
        _conv_im2col(
            s.stage_2_relu_3,
            p.stage_3_block_1_conv_1_W,
            s.z14_columns,
            out=s.z14,
            padded=s.z14_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        # z14_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # z14_norm = (z14 - running_mean) * (gamma * z14_inv_std)        (N, 7, 7, 32)
        #     + beta
        np.subtract(s.z14, self.state.block_1_norm_1_running_mean_3, out=s.z14_norm)
        np.add(self.state.stage_3_block_1_norm_1_running_var, 1e-05, out=s.z14_inv_std)
        np.sqrt(s.z14_inv_std, out=s.z14_inv_std)
        np.divide(1.0, s.z14_inv_std, out=s.z14_inv_std)
        np.multiply(
            p.stage_3_block_1_norm_1_gamma,
            s.z14_inv_std,
            out=s.stage_3_block_1_norm_1_times,
        )
        np.multiply(s.z14_norm, s.stage_3_block_1_norm_1_times, out=s.z14_norm)
        np.add(s.z14_norm, p.stage_3_block_1_norm_1_beta, out=s.z14_norm)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # h14 = relu(z14_norm)                                           (N, 7, 7, 32)
        np.maximum(s.z14_norm, 0.0, out=s.h14)

        # stage_3.block_1.conv_2                                      mnist_resnet.py:37
        # z15 = conv(h14, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h14,
            p.stage_3_block_1_conv_2_W,
            s.z15_columns,
            out=s.z15,
            padded=s.z15_padded,
            low=(1, 1),
        )

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        # z15_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # h15 = (z15 - running_mean) * (gamma * z15_inv_std) + beta      (N, 7, 7, 32)
        np.subtract(s.z15, self.state.block_1_norm_2_running_mean_3, out=s.h15)
        np.add(self.state.stage_3_block_1_norm_2_running_var, 1e-05, out=s.z15_inv_std)
        np.sqrt(s.z15_inv_std, out=s.z15_inv_std)
        np.divide(1.0, s.z15_inv_std, out=s.z15_inv_std)
        np.multiply(
            p.stage_3_block_1_norm_2_gamma,
            s.z15_inv_std,
            out=s.stage_3_block_1_norm_2_times,
        )
        np.multiply(s.h15, s.stage_3_block_1_norm_2_times, out=s.h15)
        np.add(s.h15, p.stage_3_block_1_norm_2_beta, out=s.h15)

        # stage_3.block_1.shortcut                                    mnist_resnet.py:37
        # stage_3_shortcut                                               (N, 7, 7, 32)
        s.stage_3_shortcut.fill(0)
        s.stage_3_shortcut[:, :, :, 8:24] = s.stage_2_relu_slice

        # stage_3.block_1                                             mnist_resnet.py:37
        # h15_plus = h15 + stage_3_shortcut                              (N, 7, 7, 32)
        np.add(s.h15, s.stage_3_shortcut, out=s.h15_plus)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # stage_3_relu = relu(h15_plus)                                  (N, 7, 7, 32)
        np.maximum(s.h15_plus, 0.0, out=s.stage_3_relu)

        # stage_3.block_2.conv_1                                      mnist_resnet.py:37
        # z16 = conv(stage_3_relu, W)                                    (N, 7, 7, 32)
        _conv_im2col(
            s.stage_3_relu,
            p.stage_3_block_2_conv_1_W,
            s.z16_columns,
            out=s.z16,
            padded=s.z16_padded,
            low=(1, 1),
        )

        # stage_3.block_2.norm_1                                      mnist_resnet.py:37
        # z16_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # z16_norm = (z16 - running_mean) * (gamma * z16_inv_std)        (N, 7, 7, 32)
        #     + beta
        np.subtract(s.z16, self.state.block_2_norm_1_running_mean_3, out=s.z16_norm)
        np.add(self.state.stage_3_block_2_norm_1_running_var, 1e-05, out=s.z16_inv_std)
        np.sqrt(s.z16_inv_std, out=s.z16_inv_std)
        np.divide(1.0, s.z16_inv_std, out=s.z16_inv_std)
        np.multiply(
            p.stage_3_block_2_norm_1_gamma,
            s.z16_inv_std,
            out=s.stage_3_block_2_norm_1_times,
        )
        np.multiply(s.z16_norm, s.stage_3_block_2_norm_1_times, out=s.z16_norm)
        np.add(s.z16_norm, p.stage_3_block_2_norm_1_beta, out=s.z16_norm)

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # h16 = relu(z16_norm)                                           (N, 7, 7, 32)
        np.maximum(s.z16_norm, 0.0, out=s.h16)

        # stage_3.block_2.conv_2                                      mnist_resnet.py:37
        # z17 = conv(h16, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h16,
            p.stage_3_block_2_conv_2_W,
            s.z17_columns,
            out=s.z17,
            padded=s.z17_padded,
            low=(1, 1),
        )

        # stage_3.block_2.norm_2                                      mnist_resnet.py:37
        # z17_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # h17 = (z17 - running_mean) * (gamma * z17_inv_std) + beta      (N, 7, 7, 32)
        np.subtract(s.z17, self.state.block_2_norm_2_running_mean_3, out=s.h17)
        np.add(self.state.stage_3_block_2_norm_2_running_var, 1e-05, out=s.z17_inv_std)
        np.sqrt(s.z17_inv_std, out=s.z17_inv_std)
        np.divide(1.0, s.z17_inv_std, out=s.z17_inv_std)
        np.multiply(
            p.stage_3_block_2_norm_2_gamma,
            s.z17_inv_std,
            out=s.stage_3_block_2_norm_2_times,
        )
        np.multiply(s.h17, s.stage_3_block_2_norm_2_times, out=s.h17)
        np.add(s.h17, p.stage_3_block_2_norm_2_beta, out=s.h17)

        # stage_3.block_2                                             mnist_resnet.py:37
        # h17_plus = h17 + stage_3_relu                                  (N, 7, 7, 32)
        np.add(s.h17, s.stage_3_relu, out=s.h17_plus)

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # stage_3_relu_2 = relu(h17_plus)                                (N, 7, 7, 32)
        np.maximum(s.h17_plus, 0.0, out=s.stage_3_relu_2)

        # stage_3.block_3.conv_1                                      mnist_resnet.py:37
        # z18 = conv(stage_3_relu_2, W)                                  (N, 7, 7, 32)
        _conv_im2col(
            s.stage_3_relu_2,
            p.stage_3_block_3_conv_1_W,
            s.z18_columns,
            out=s.z18,
            padded=s.z18_padded,
            low=(1, 1),
        )

        # stage_3.block_3.norm_1                                      mnist_resnet.py:37
        # z18_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # z18_norm = (z18 - running_mean) * (gamma * z18_inv_std)        (N, 7, 7, 32)
        #     + beta
        np.subtract(s.z18, self.state.block_3_norm_1_running_mean_3, out=s.z18_norm)
        np.add(self.state.stage_3_block_3_norm_1_running_var, 1e-05, out=s.z18_inv_std)
        np.sqrt(s.z18_inv_std, out=s.z18_inv_std)
        np.divide(1.0, s.z18_inv_std, out=s.z18_inv_std)
        np.multiply(
            p.stage_3_block_3_norm_1_gamma,
            s.z18_inv_std,
            out=s.stage_3_block_3_norm_1_times,
        )
        np.multiply(s.z18_norm, s.stage_3_block_3_norm_1_times, out=s.z18_norm)
        np.add(s.z18_norm, p.stage_3_block_3_norm_1_beta, out=s.z18_norm)

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # h18 = relu(z18_norm)                                           (N, 7, 7, 32)
        np.maximum(s.z18_norm, 0.0, out=s.h18)

        # stage_3.block_3.conv_2                                      mnist_resnet.py:37
        # z19 = conv(h18, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h18,
            p.stage_3_block_3_conv_2_W,
            s.z19_columns,
            out=s.z19,
            padded=s.z19_padded,
            low=(1, 1),
        )

        # stage_3.block_3.norm_2                                      mnist_resnet.py:37
        # z19_inv_std = 1 / sqrt(running_var + 1e-05)                            (32,)
        # h19 = (z19 - running_mean) * (gamma * z19_inv_std) + beta      (N, 7, 7, 32)
        np.subtract(s.z19, self.state.block_3_norm_2_running_mean_3, out=s.h19)
        np.add(self.state.stage_3_block_3_norm_2_running_var, 1e-05, out=s.z19_inv_std)
        np.sqrt(s.z19_inv_std, out=s.z19_inv_std)
        np.divide(1.0, s.z19_inv_std, out=s.z19_inv_std)
        np.multiply(
            p.stage_3_block_3_norm_2_gamma,
            s.z19_inv_std,
            out=s.stage_3_block_3_norm_2_times,
        )
        np.multiply(s.h19, s.stage_3_block_3_norm_2_times, out=s.h19)
        np.add(s.h19, p.stage_3_block_3_norm_2_beta, out=s.h19)

        # stage_3.block_3                                             mnist_resnet.py:37
        # h19_plus = h19 + stage_3_relu_2                                (N, 7, 7, 32)
        np.add(s.h19, s.stage_3_relu_2, out=s.h19_plus)

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # stage_3_relu_3 = relu(h19_plus)                                (N, 7, 7, 32)
        np.maximum(s.h19_plus, 0.0, out=s.stage_3_relu_3)

        # global_avg_pool_1                                           mnist_resnet.py:37
        # relu_pooled = mean(stage_3_relu_3, axes 1, 2)                        (N, 32)
        s.stage_3_relu_3.sum(axis=(1, 2), out=s.relu_pooled)
        np.divide(s.relu_pooled, 49.0, out=s.relu_pooled)

        # dense_1: logits = relu_pooled W + b               (N, 10)   mnist_resnet.py:37
        np.dot(s.relu_pooled, p.dense_1_W, out=s.logits)
        np.add(s.logits, p.dense_1_b, out=s.logits)

        # softmax_cross_entropy                                       mnist_resnet.py:44
        # loss = mean(-log_softmax(logits)[y])                                      ()
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.add(y, s.row_starts, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_take, out=s.logits_minus_take)
        s.logits_minus_take.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        return s.loss[()]

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
        _check("x", x, np.float32, ("N", 28, 28, 1), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        units = -(-n // 16) * 16  # aligned
        memory = self._memory(75264 * units + 1650528)
        s.z1 = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z1_columns = _window(memory, 75264 * units, np.float32, (37, 28, 28, 3, 3, 1))
        s.z1_padded = _window(
            memory,
            75264 * units + 1044288,
            np.float32,
            (37, 30, 30, 1),
        )
        s.z1_norm = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z1_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.batch_norm_1_gamma_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h1 = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z2 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z2_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z2_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.z2_norm = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z2_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_1_norm_1_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h2 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z3 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z3_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z3_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.h3 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z3_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_1_norm_2_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h3_plus = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.stage_1_relu = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z4 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z4_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z4_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.z4_norm = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z4_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_2_norm_1_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h4 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z5 = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z5_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z5_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.h5 = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z5_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_2_norm_2_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h5_plus = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.stage_1_relu_2 = _window(memory, 25088 * units, np.float32, (n, 28, 28, 8))
        s.z6 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z6_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z6_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.z6_norm = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z6_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_3_norm_1_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h6 = _window(memory, 50176 * units, np.float32, (n, 28, 28, 8))
        s.z7 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z7_columns = _window(memory, 75264 * units, np.float32, (4, 28, 28, 3, 3, 8))
        s.z7_padded = _window(
            memory,
            75264 * units + 903168,
            np.float32,
            (4, 30, 30, 8),
        )
        s.h7 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z7_inv_std = _window(memory, 75264 * units + 1650496, np.float32, (8,))
        s.stage_1_block_3_norm_2_times = _window(
            memory,
            75264 * units + 1650496,
            np.float32,
            (8,),
        )
        s.h7_plus = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.stage_1_relu_3 = _window(memory, 0, np.float32, (n, 28, 28, 8))
        s.z8 = _window(memory, 37632 * units, np.float32, (n, 14, 14, 16))
        s.z8_columns = _window(memory, 75264 * units, np.float32, (18, 14, 14, 3, 3, 8))
        s.z8_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 30, 30, 8),
        )
        s.z8_norm = _window(memory, 37632 * units, np.float32, (n, 14, 14, 16))
        s.z8_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_1_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.h8 = _window(memory, 37632 * units, np.float32, (n, 14, 14, 16))
        s.z9 = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z9_columns = _window(memory, 75264 * units, np.float32, (9, 14, 14, 3, 3, 16))
        s.z9_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (9, 16, 16, 16),
        )
        s.h9 = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z9_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_1_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.stage_1_relu_slice = s.stage_1_relu_3[:, ::2, ::2]
        s.stage_2_shortcut = _window(memory, 37632 * units, np.float32, (n, 14, 14, 16))
        s.h9_plus = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.stage_2_relu = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z10 = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z10_columns = _window(
            memory,
            75264 * units,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z10_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (9, 16, 16, 16),
        )
        s.z10_norm = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z10_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_2_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.h10 = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z11 = _window(memory, 12544 * units, np.float32, (n, 14, 14, 16))
        s.z11_columns = _window(
            memory,
            75264 * units,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z11_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (9, 16, 16, 16),
        )
        s.h11 = _window(memory, 12544 * units, np.float32, (n, 14, 14, 16))
        s.z11_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_2_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.h11_plus = _window(memory, 12544 * units, np.float32, (n, 14, 14, 16))
        s.stage_2_relu_2 = _window(memory, 12544 * units, np.float32, (n, 14, 14, 16))
        s.z12 = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z12_columns = _window(
            memory,
            75264 * units,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z12_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (9, 16, 16, 16),
        )
        s.z12_norm = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z12_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_3_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.h12 = _window(memory, 25088 * units, np.float32, (n, 14, 14, 16))
        s.z13 = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z13_columns = _window(
            memory,
            75264 * units,
            np.float32,
            (9, 14, 14, 3, 3, 16),
        )
        s.z13_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (9, 16, 16, 16),
        )
        s.h13 = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z13_inv_std = _window(memory, 75264 * units, np.float32, (16,))
        s.stage_2_block_3_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (16,),
        )
        s.h13_plus = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.stage_2_relu_3 = _window(memory, 0, np.float32, (n, 14, 14, 16))
        s.z14 = _window(memory, 18816 * units, np.float32, (n, 7, 7, 32))
        s.z14_columns = _window(memory, 75264 * units, np.float32, (37, 7, 7, 3, 3, 16))
        s.z14_padded = _window(
            memory,
            75264 * units + 1044288,
            np.float32,
            (37, 16, 16, 16),
        )
        s.z14_norm = _window(memory, 18816 * units, np.float32, (n, 7, 7, 32))
        s.z14_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_1_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.h14 = _window(memory, 18816 * units, np.float32, (n, 7, 7, 32))
        s.z15 = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z15_columns = _window(memory, 75264 * units, np.float32, (18, 7, 7, 3, 3, 32))
        s.z15_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 9, 9, 32),
        )
        s.h15 = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z15_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_1_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.stage_2_relu_slice = s.stage_2_relu_3[:, ::2, ::2]
        s.stage_3_shortcut = _window(memory, 18816 * units, np.float32, (n, 7, 7, 32))
        s.h15_plus = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.stage_3_relu = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z16 = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.z16_columns = _window(memory, 75264 * units, np.float32, (18, 7, 7, 3, 3, 32))
        s.z16_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 9, 9, 32),
        )
        s.z16_norm = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.z16_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_2_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.h16 = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.z17 = _window(memory, 0, np.float32, (n, 7, 7, 32))
        s.z17_columns = _window(memory, 75264 * units, np.float32, (18, 7, 7, 3, 3, 32))
        s.z17_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 9, 9, 32),
        )
        s.h17 = _window(memory, 0, np.float32, (n, 7, 7, 32))
        s.z17_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_2_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.h17_plus = _window(memory, 0, np.float32, (n, 7, 7, 32))
        s.stage_3_relu_2 = _window(memory, 0, np.float32, (n, 7, 7, 32))
        s.z18 = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z18_columns = _window(memory, 75264 * units, np.float32, (18, 7, 7, 3, 3, 32))
        s.z18_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 9, 9, 32),
        )
        s.z18_norm = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z18_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_3_norm_1_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.h18 = _window(memory, 12544 * units, np.float32, (n, 7, 7, 32))
        s.z19 = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.z19_columns = _window(memory, 75264 * units, np.float32, (18, 7, 7, 3, 3, 32))
        s.z19_padded = _window(
            memory,
            75264 * units + 1016064,
            np.float32,
            (18, 9, 9, 32),
        )
        s.h19 = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.z19_inv_std = _window(memory, 75264 * units, np.float32, (32,))
        s.stage_3_block_3_norm_2_times = _window(
            memory,
            75264 * units,
            np.float32,
            (32,),
        )
        s.h19_plus = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.stage_3_relu_3 = _window(memory, 6272 * units, np.float32, (n, 7, 7, 32))
        s.relu_pooled = _window(memory, 40 * units, np.float32, (n, 32))
        s.logits = _window(memory, 0, np.float32, (n, 10))
        s.logits_max = _window(memory, 40 * units, np.float32, (n, 1))
        s.logits_minus_max = _window(memory, 0, np.float32, (n, 10))
        s.logits_exp = _window(memory, 44 * units, np.float32, (n, 10))
        s.logits_sum = _window(memory, 40 * units, np.float32, (n, 1))
        s.logits_log = _window(memory, 40 * units, np.float32, (n, 1))
        s.logits_reshape = s.logits_log.reshape(n)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.y_position = _window(memory, 44 * units, np.int64, (n,))
        s.logits_take = _window(memory, 52 * units, np.float32, (n,))
        s.logits_minus_take = _window(memory, 52 * units, np.float32, (n,))
        s.loss = _window(memory, 75264 * units + 1650496, np.float32, ())
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
    parser.add_argument("--weights", default="mnist_resnet.npz")
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
    m = MnistResnet(seed=options.seed)
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
