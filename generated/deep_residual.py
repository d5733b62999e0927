"""deep_residual: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 64)
Targets    y   int64 (N,)
Outputs    probs   float32 (N, 10)
Parameters 167,050 in 82 arrays
Optimiser  Adam(0.001)

    from deep_residual import DeepResidual

    m = DeepResidual(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python deep_residual.py train data.npz --epochs 10
    python deep_residual.py predict data.npz
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class DeepResidual:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "deep_residual"
    FINGERPRINT = "0d57861dcdd5812a"
    INPUTS = {"x": ("float32", ("N", 64))}
    TARGETS = {"y": ("int64", ("N",))}
    OUTPUTS = {"probs": ("float32", ("N", 10))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "dense_1.W": ("params", "dense_1_W"),
        "dense_1.b": ("params", "dense_1_b"),
        "residual_1.dense_1.W": ("params", "residual_1_dense_1_W"),
        "residual_1.dense_1.b": ("params", "residual_1_dense_1_b"),
        "residual_2.dense_1.W": ("params", "residual_2_dense_1_W"),
        "residual_2.dense_1.b": ("params", "residual_2_dense_1_b"),
        "residual_3.dense_1.W": ("params", "residual_3_dense_1_W"),
        "residual_3.dense_1.b": ("params", "residual_3_dense_1_b"),
        "residual_4.dense_1.W": ("params", "residual_4_dense_1_W"),
        "residual_4.dense_1.b": ("params", "residual_4_dense_1_b"),
        "residual_5.dense_1.W": ("params", "residual_5_dense_1_W"),
        "residual_5.dense_1.b": ("params", "residual_5_dense_1_b"),
        "residual_6.dense_1.W": ("params", "residual_6_dense_1_W"),
        "residual_6.dense_1.b": ("params", "residual_6_dense_1_b"),
        "residual_7.dense_1.W": ("params", "residual_7_dense_1_W"),
        "residual_7.dense_1.b": ("params", "residual_7_dense_1_b"),
        "residual_8.dense_1.W": ("params", "residual_8_dense_1_W"),
        "residual_8.dense_1.b": ("params", "residual_8_dense_1_b"),
        "residual_9.dense_1.W": ("params", "residual_9_dense_1_W"),
        "residual_9.dense_1.b": ("params", "residual_9_dense_1_b"),
        "residual_10.dense_1.W": ("params", "residual_10_dense_1_W"),
        "residual_10.dense_1.b": ("params", "residual_10_dense_1_b"),
        "residual_11.dense_1.W": ("params", "residual_11_dense_1_W"),
        "residual_11.dense_1.b": ("params", "residual_11_dense_1_b"),
        "residual_12.dense_1.W": ("params", "residual_12_dense_1_W"),
        "residual_12.dense_1.b": ("params", "residual_12_dense_1_b"),
        "residual_13.dense_1.W": ("params", "residual_13_dense_1_W"),
        "residual_13.dense_1.b": ("params", "residual_13_dense_1_b"),
        "residual_14.dense_1.W": ("params", "residual_14_dense_1_W"),
        "residual_14.dense_1.b": ("params", "residual_14_dense_1_b"),
        "residual_15.dense_1.W": ("params", "residual_15_dense_1_W"),
        "residual_15.dense_1.b": ("params", "residual_15_dense_1_b"),
        "residual_16.dense_1.W": ("params", "residual_16_dense_1_W"),
        "residual_16.dense_1.b": ("params", "residual_16_dense_1_b"),
        "residual_17.dense_1.W": ("params", "residual_17_dense_1_W"),
        "residual_17.dense_1.b": ("params", "residual_17_dense_1_b"),
        "residual_18.dense_1.W": ("params", "residual_18_dense_1_W"),
        "residual_18.dense_1.b": ("params", "residual_18_dense_1_b"),
        "residual_19.dense_1.W": ("params", "residual_19_dense_1_W"),
        "residual_19.dense_1.b": ("params", "residual_19_dense_1_b"),
        "residual_20.dense_1.W": ("params", "residual_20_dense_1_W"),
        "residual_20.dense_1.b": ("params", "residual_20_dense_1_b"),
        "residual_21.dense_1.W": ("params", "residual_21_dense_1_W"),
        "residual_21.dense_1.b": ("params", "residual_21_dense_1_b"),
        "residual_22.dense_1.W": ("params", "residual_22_dense_1_W"),
        "residual_22.dense_1.b": ("params", "residual_22_dense_1_b"),
        "residual_23.dense_1.W": ("params", "residual_23_dense_1_W"),
        "residual_23.dense_1.b": ("params", "residual_23_dense_1_b"),
        "residual_24.dense_1.W": ("params", "residual_24_dense_1_W"),
        "residual_24.dense_1.b": ("params", "residual_24_dense_1_b"),
        "residual_25.dense_1.W": ("params", "residual_25_dense_1_W"),
        "residual_25.dense_1.b": ("params", "residual_25_dense_1_b"),
        "residual_26.dense_1.W": ("params", "residual_26_dense_1_W"),
        "residual_26.dense_1.b": ("params", "residual_26_dense_1_b"),
        "residual_27.dense_1.W": ("params", "residual_27_dense_1_W"),
        "residual_27.dense_1.b": ("params", "residual_27_dense_1_b"),
        "residual_28.dense_1.W": ("params", "residual_28_dense_1_W"),
        "residual_28.dense_1.b": ("params", "residual_28_dense_1_b"),
        "residual_29.dense_1.W": ("params", "residual_29_dense_1_W"),
        "residual_29.dense_1.b": ("params", "residual_29_dense_1_b"),
        "residual_30.dense_1.W": ("params", "residual_30_dense_1_W"),
        "residual_30.dense_1.b": ("params", "residual_30_dense_1_b"),
        "residual_31.dense_1.W": ("params", "residual_31_dense_1_W"),
        "residual_31.dense_1.b": ("params", "residual_31_dense_1_b"),
        "residual_32.dense_1.W": ("params", "residual_32_dense_1_W"),
        "residual_32.dense_1.b": ("params", "residual_32_dense_1_b"),
        "residual_33.dense_1.W": ("params", "residual_33_dense_1_W"),
        "residual_33.dense_1.b": ("params", "residual_33_dense_1_b"),
        "residual_34.dense_1.W": ("params", "residual_34_dense_1_W"),
        "residual_34.dense_1.b": ("params", "residual_34_dense_1_b"),
        "residual_35.dense_1.W": ("params", "residual_35_dense_1_W"),
        "residual_35.dense_1.b": ("params", "residual_35_dense_1_b"),
        "residual_36.dense_1.W": ("params", "residual_36_dense_1_W"),
        "residual_36.dense_1.b": ("params", "residual_36_dense_1_b"),
        "residual_37.dense_1.W": ("params", "residual_37_dense_1_W"),
        "residual_37.dense_1.b": ("params", "residual_37_dense_1_b"),
        "residual_38.dense_1.W": ("params", "residual_38_dense_1_W"),
        "residual_38.dense_1.b": ("params", "residual_38_dense_1_b"),
        "residual_39.dense_1.W": ("params", "residual_39_dense_1_W"),
        "residual_39.dense_1.b": ("params", "residual_39_dense_1_b"),
        "dense_2.W": ("params", "dense_2_W"),
        "dense_2.b": ("params", "dense_2_b"),
        "dense_1.W.momentum": ("momentum", "dense_1_W"),
        "dense_1.b.momentum": ("momentum", "dense_1_b"),
        "residual_1.dense_1.W.momentum": ("momentum", "residual_1_dense_1_W"),
        "residual_1.dense_1.b.momentum": ("momentum", "residual_1_dense_1_b"),
        "residual_2.dense_1.W.momentum": ("momentum", "residual_2_dense_1_W"),
        "residual_2.dense_1.b.momentum": ("momentum", "residual_2_dense_1_b"),
        "residual_3.dense_1.W.momentum": ("momentum", "residual_3_dense_1_W"),
        "residual_3.dense_1.b.momentum": ("momentum", "residual_3_dense_1_b"),
        "residual_4.dense_1.W.momentum": ("momentum", "residual_4_dense_1_W"),
        "residual_4.dense_1.b.momentum": ("momentum", "residual_4_dense_1_b"),
        "residual_5.dense_1.W.momentum": ("momentum", "residual_5_dense_1_W"),
        "residual_5.dense_1.b.momentum": ("momentum", "residual_5_dense_1_b"),
        "residual_6.dense_1.W.momentum": ("momentum", "residual_6_dense_1_W"),
        "residual_6.dense_1.b.momentum": ("momentum", "residual_6_dense_1_b"),
        "residual_7.dense_1.W.momentum": ("momentum", "residual_7_dense_1_W"),
        "residual_7.dense_1.b.momentum": ("momentum", "residual_7_dense_1_b"),
        "residual_8.dense_1.W.momentum": ("momentum", "residual_8_dense_1_W"),
        "residual_8.dense_1.b.momentum": ("momentum", "residual_8_dense_1_b"),
        "residual_9.dense_1.W.momentum": ("momentum", "residual_9_dense_1_W"),
        "residual_9.dense_1.b.momentum": ("momentum", "residual_9_dense_1_b"),
        "residual_10.dense_1.W.momentum": ("momentum", "residual_10_dense_1_W"),
        "residual_10.dense_1.b.momentum": ("momentum", "residual_10_dense_1_b"),
        "residual_11.dense_1.W.momentum": ("momentum", "residual_11_dense_1_W"),
        "residual_11.dense_1.b.momentum": ("momentum", "residual_11_dense_1_b"),
        "residual_12.dense_1.W.momentum": ("momentum", "residual_12_dense_1_W"),
        "residual_12.dense_1.b.momentum": ("momentum", "residual_12_dense_1_b"),
        "residual_13.dense_1.W.momentum": ("momentum", "residual_13_dense_1_W"),
        "residual_13.dense_1.b.momentum": ("momentum", "residual_13_dense_1_b"),
        "residual_14.dense_1.W.momentum": ("momentum", "residual_14_dense_1_W"),
        "residual_14.dense_1.b.momentum": ("momentum", "residual_14_dense_1_b"),
        "residual_15.dense_1.W.momentum": ("momentum", "residual_15_dense_1_W"),
        "residual_15.dense_1.b.momentum": ("momentum", "residual_15_dense_1_b"),
        "residual_16.dense_1.W.momentum": ("momentum", "residual_16_dense_1_W"),
        "residual_16.dense_1.b.momentum": ("momentum", "residual_16_dense_1_b"),
        "residual_17.dense_1.W.momentum": ("momentum", "residual_17_dense_1_W"),
        "residual_17.dense_1.b.momentum": ("momentum", "residual_17_dense_1_b"),
        "residual_18.dense_1.W.momentum": ("momentum", "residual_18_dense_1_W"),
        "residual_18.dense_1.b.momentum": ("momentum", "residual_18_dense_1_b"),
        "residual_19.dense_1.W.momentum": ("momentum", "residual_19_dense_1_W"),
        "residual_19.dense_1.b.momentum": ("momentum", "residual_19_dense_1_b"),
        "residual_20.dense_1.W.momentum": ("momentum", "residual_20_dense_1_W"),
        "residual_20.dense_1.b.momentum": ("momentum", "residual_20_dense_1_b"),
        "residual_21.dense_1.W.momentum": ("momentum", "residual_21_dense_1_W"),
        "residual_21.dense_1.b.momentum": ("momentum", "residual_21_dense_1_b"),
        "residual_22.dense_1.W.momentum": ("momentum", "residual_22_dense_1_W"),
        "residual_22.dense_1.b.momentum": ("momentum", "residual_22_dense_1_b"),
        "residual_23.dense_1.W.momentum": ("momentum", "residual_23_dense_1_W"),
        "residual_23.dense_1.b.momentum": ("momentum", "residual_23_dense_1_b"),
        "residual_24.dense_1.W.momentum": ("momentum", "residual_24_dense_1_W"),
        "residual_24.dense_1.b.momentum": ("momentum", "residual_24_dense_1_b"),
        "residual_25.dense_1.W.momentum": ("momentum", "residual_25_dense_1_W"),
        "residual_25.dense_1.b.momentum": ("momentum", "residual_25_dense_1_b"),
        "residual_26.dense_1.W.momentum": ("momentum", "residual_26_dense_1_W"),
        "residual_26.dense_1.b.momentum": ("momentum", "residual_26_dense_1_b"),
        "residual_27.dense_1.W.momentum": ("momentum", "residual_27_dense_1_W"),
        "residual_27.dense_1.b.momentum": ("momentum", "residual_27_dense_1_b"),
        "residual_28.dense_1.W.momentum": ("momentum", "residual_28_dense_1_W"),
        "residual_28.dense_1.b.momentum": ("momentum", "residual_28_dense_1_b"),
        "residual_29.dense_1.W.momentum": ("momentum", "residual_29_dense_1_W"),
        "residual_29.dense_1.b.momentum": ("momentum", "residual_29_dense_1_b"),
        "residual_30.dense_1.W.momentum": ("momentum", "residual_30_dense_1_W"),
        "residual_30.dense_1.b.momentum": ("momentum", "residual_30_dense_1_b"),
        "residual_31.dense_1.W.momentum": ("momentum", "residual_31_dense_1_W"),
        "residual_31.dense_1.b.momentum": ("momentum", "residual_31_dense_1_b"),
        "residual_32.dense_1.W.momentum": ("momentum", "residual_32_dense_1_W"),
        "residual_32.dense_1.b.momentum": ("momentum", "residual_32_dense_1_b"),
        "residual_33.dense_1.W.momentum": ("momentum", "residual_33_dense_1_W"),
        "residual_33.dense_1.b.momentum": ("momentum", "residual_33_dense_1_b"),
        "residual_34.dense_1.W.momentum": ("momentum", "residual_34_dense_1_W"),
        "residual_34.dense_1.b.momentum": ("momentum", "residual_34_dense_1_b"),
        "residual_35.dense_1.W.momentum": ("momentum", "residual_35_dense_1_W"),
        "residual_35.dense_1.b.momentum": ("momentum", "residual_35_dense_1_b"),
        "residual_36.dense_1.W.momentum": ("momentum", "residual_36_dense_1_W"),
        "residual_36.dense_1.b.momentum": ("momentum", "residual_36_dense_1_b"),
        "residual_37.dense_1.W.momentum": ("momentum", "residual_37_dense_1_W"),
        "residual_37.dense_1.b.momentum": ("momentum", "residual_37_dense_1_b"),
        "residual_38.dense_1.W.momentum": ("momentum", "residual_38_dense_1_W"),
        "residual_38.dense_1.b.momentum": ("momentum", "residual_38_dense_1_b"),
        "residual_39.dense_1.W.momentum": ("momentum", "residual_39_dense_1_W"),
        "residual_39.dense_1.b.momentum": ("momentum", "residual_39_dense_1_b"),
        "dense_2.W.momentum": ("momentum", "dense_2_W"),
        "dense_2.b.momentum": ("momentum", "dense_2_b"),
        "dense_1.W.squares": ("squares", "dense_1_W"),
        "dense_1.b.squares": ("squares", "dense_1_b"),
        "residual_1.dense_1.W.squares": ("squares", "residual_1_dense_1_W"),
        "residual_1.dense_1.b.squares": ("squares", "residual_1_dense_1_b"),
        "residual_2.dense_1.W.squares": ("squares", "residual_2_dense_1_W"),
        "residual_2.dense_1.b.squares": ("squares", "residual_2_dense_1_b"),
        "residual_3.dense_1.W.squares": ("squares", "residual_3_dense_1_W"),
        "residual_3.dense_1.b.squares": ("squares", "residual_3_dense_1_b"),
        "residual_4.dense_1.W.squares": ("squares", "residual_4_dense_1_W"),
        "residual_4.dense_1.b.squares": ("squares", "residual_4_dense_1_b"),
        "residual_5.dense_1.W.squares": ("squares", "residual_5_dense_1_W"),
        "residual_5.dense_1.b.squares": ("squares", "residual_5_dense_1_b"),
        "residual_6.dense_1.W.squares": ("squares", "residual_6_dense_1_W"),
        "residual_6.dense_1.b.squares": ("squares", "residual_6_dense_1_b"),
        "residual_7.dense_1.W.squares": ("squares", "residual_7_dense_1_W"),
        "residual_7.dense_1.b.squares": ("squares", "residual_7_dense_1_b"),
        "residual_8.dense_1.W.squares": ("squares", "residual_8_dense_1_W"),
        "residual_8.dense_1.b.squares": ("squares", "residual_8_dense_1_b"),
        "residual_9.dense_1.W.squares": ("squares", "residual_9_dense_1_W"),
        "residual_9.dense_1.b.squares": ("squares", "residual_9_dense_1_b"),
        "residual_10.dense_1.W.squares": ("squares", "residual_10_dense_1_W"),
        "residual_10.dense_1.b.squares": ("squares", "residual_10_dense_1_b"),
        "residual_11.dense_1.W.squares": ("squares", "residual_11_dense_1_W"),
        "residual_11.dense_1.b.squares": ("squares", "residual_11_dense_1_b"),
        "residual_12.dense_1.W.squares": ("squares", "residual_12_dense_1_W"),
        "residual_12.dense_1.b.squares": ("squares", "residual_12_dense_1_b"),
        "residual_13.dense_1.W.squares": ("squares", "residual_13_dense_1_W"),
        "residual_13.dense_1.b.squares": ("squares", "residual_13_dense_1_b"),
        "residual_14.dense_1.W.squares": ("squares", "residual_14_dense_1_W"),
        "residual_14.dense_1.b.squares": ("squares", "residual_14_dense_1_b"),
        "residual_15.dense_1.W.squares": ("squares", "residual_15_dense_1_W"),
        "residual_15.dense_1.b.squares": ("squares", "residual_15_dense_1_b"),
        "residual_16.dense_1.W.squares": ("squares", "residual_16_dense_1_W"),
        "residual_16.dense_1.b.squares": ("squares", "residual_16_dense_1_b"),
        "residual_17.dense_1.W.squares": ("squares", "residual_17_dense_1_W"),
        "residual_17.dense_1.b.squares": ("squares", "residual_17_dense_1_b"),
        "residual_18.dense_1.W.squares": ("squares", "residual_18_dense_1_W"),
        "residual_18.dense_1.b.squares": ("squares", "residual_18_dense_1_b"),
        "residual_19.dense_1.W.squares": ("squares", "residual_19_dense_1_W"),
        "residual_19.dense_1.b.squares": ("squares", "residual_19_dense_1_b"),
        "residual_20.dense_1.W.squares": ("squares", "residual_20_dense_1_W"),
        "residual_20.dense_1.b.squares": ("squares", "residual_20_dense_1_b"),
        "residual_21.dense_1.W.squares": ("squares", "residual_21_dense_1_W"),
        "residual_21.dense_1.b.squares": ("squares", "residual_21_dense_1_b"),
        "residual_22.dense_1.W.squares": ("squares", "residual_22_dense_1_W"),
        "residual_22.dense_1.b.squares": ("squares", "residual_22_dense_1_b"),
        "residual_23.dense_1.W.squares": ("squares", "residual_23_dense_1_W"),
        "residual_23.dense_1.b.squares": ("squares", "residual_23_dense_1_b"),
        "residual_24.dense_1.W.squares": ("squares", "residual_24_dense_1_W"),
        "residual_24.dense_1.b.squares": ("squares", "residual_24_dense_1_b"),
        "residual_25.dense_1.W.squares": ("squares", "residual_25_dense_1_W"),
        "residual_25.dense_1.b.squares": ("squares", "residual_25_dense_1_b"),
        "residual_26.dense_1.W.squares": ("squares", "residual_26_dense_1_W"),
        "residual_26.dense_1.b.squares": ("squares", "residual_26_dense_1_b"),
        "residual_27.dense_1.W.squares": ("squares", "residual_27_dense_1_W"),
        "residual_27.dense_1.b.squares": ("squares", "residual_27_dense_1_b"),
        "residual_28.dense_1.W.squares": ("squares", "residual_28_dense_1_W"),
        "residual_28.dense_1.b.squares": ("squares", "residual_28_dense_1_b"),
        "residual_29.dense_1.W.squares": ("squares", "residual_29_dense_1_W"),
        "residual_29.dense_1.b.squares": ("squares", "residual_29_dense_1_b"),
        "residual_30.dense_1.W.squares": ("squares", "residual_30_dense_1_W"),
        "residual_30.dense_1.b.squares": ("squares", "residual_30_dense_1_b"),
        "residual_31.dense_1.W.squares": ("squares", "residual_31_dense_1_W"),
        "residual_31.dense_1.b.squares": ("squares", "residual_31_dense_1_b"),
        "residual_32.dense_1.W.squares": ("squares", "residual_32_dense_1_W"),
        "residual_32.dense_1.b.squares": ("squares", "residual_32_dense_1_b"),
        "residual_33.dense_1.W.squares": ("squares", "residual_33_dense_1_W"),
        "residual_33.dense_1.b.squares": ("squares", "residual_33_dense_1_b"),
        "residual_34.dense_1.W.squares": ("squares", "residual_34_dense_1_W"),
        "residual_34.dense_1.b.squares": ("squares", "residual_34_dense_1_b"),
        "residual_35.dense_1.W.squares": ("squares", "residual_35_dense_1_W"),
        "residual_35.dense_1.b.squares": ("squares", "residual_35_dense_1_b"),
        "residual_36.dense_1.W.squares": ("squares", "residual_36_dense_1_W"),
        "residual_36.dense_1.b.squares": ("squares", "residual_36_dense_1_b"),
        "residual_37.dense_1.W.squares": ("squares", "residual_37_dense_1_W"),
        "residual_37.dense_1.b.squares": ("squares", "residual_37_dense_1_b"),
        "residual_38.dense_1.W.squares": ("squares", "residual_38_dense_1_W"),
        "residual_38.dense_1.b.squares": ("squares", "residual_38_dense_1_b"),
        "residual_39.dense_1.W.squares": ("squares", "residual_39_dense_1_W"),
        "residual_39.dense_1.b.squares": ("squares", "residual_39_dense_1_b"),
        "dense_2.W.squares": ("squares", "dense_2_W"),
        "dense_2.b.squares": ("squares", "dense_2_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(167050, np.float32),
            {
                "dense_1_W": (64, 64),
                "dense_1_b": (64,),
                "residual_1_dense_1_W": (64, 64),
                "residual_1_dense_1_b": (64,),
                "residual_2_dense_1_W": (64, 64),
                "residual_2_dense_1_b": (64,),
                "residual_3_dense_1_W": (64, 64),
                "residual_3_dense_1_b": (64,),
                "residual_4_dense_1_W": (64, 64),
                "residual_4_dense_1_b": (64,),
                "residual_5_dense_1_W": (64, 64),
                "residual_5_dense_1_b": (64,),
                "residual_6_dense_1_W": (64, 64),
                "residual_6_dense_1_b": (64,),
                "residual_7_dense_1_W": (64, 64),
                "residual_7_dense_1_b": (64,),
                "residual_8_dense_1_W": (64, 64),
                "residual_8_dense_1_b": (64,),
                "residual_9_dense_1_W": (64, 64),
                "residual_9_dense_1_b": (64,),
                "residual_10_dense_1_W": (64, 64),
                "residual_10_dense_1_b": (64,),
                "residual_11_dense_1_W": (64, 64),
                "residual_11_dense_1_b": (64,),
                "residual_12_dense_1_W": (64, 64),
                "residual_12_dense_1_b": (64,),
                "residual_13_dense_1_W": (64, 64),
                "residual_13_dense_1_b": (64,),
                "residual_14_dense_1_W": (64, 64),
                "residual_14_dense_1_b": (64,),
                "residual_15_dense_1_W": (64, 64),
                "residual_15_dense_1_b": (64,),
                "residual_16_dense_1_W": (64, 64),
                "residual_16_dense_1_b": (64,),
                "residual_17_dense_1_W": (64, 64),
                "residual_17_dense_1_b": (64,),
                "residual_18_dense_1_W": (64, 64),
                "residual_18_dense_1_b": (64,),
                "residual_19_dense_1_W": (64, 64),
                "residual_19_dense_1_b": (64,),
                "residual_20_dense_1_W": (64, 64),
                "residual_20_dense_1_b": (64,),
                "residual_21_dense_1_W": (64, 64),
                "residual_21_dense_1_b": (64,),
                "residual_22_dense_1_W": (64, 64),
                "residual_22_dense_1_b": (64,),
                "residual_23_dense_1_W": (64, 64),
                "residual_23_dense_1_b": (64,),
                "residual_24_dense_1_W": (64, 64),
                "residual_24_dense_1_b": (64,),
                "residual_25_dense_1_W": (64, 64),
                "residual_25_dense_1_b": (64,),
                "residual_26_dense_1_W": (64, 64),
                "residual_26_dense_1_b": (64,),
                "residual_27_dense_1_W": (64, 64),
                "residual_27_dense_1_b": (64,),
                "residual_28_dense_1_W": (64, 64),
                "residual_28_dense_1_b": (64,),
                "residual_29_dense_1_W": (64, 64),
                "residual_29_dense_1_b": (64,),
                "residual_30_dense_1_W": (64, 64),
                "residual_30_dense_1_b": (64,),
                "residual_31_dense_1_W": (64, 64),
                "residual_31_dense_1_b": (64,),
                "residual_32_dense_1_W": (64, 64),
                "residual_32_dense_1_b": (64,),
                "residual_33_dense_1_W": (64, 64),
                "residual_33_dense_1_b": (64,),
                "residual_34_dense_1_W": (64, 64),
                "residual_34_dense_1_b": (64,),
                "residual_35_dense_1_W": (64, 64),
                "residual_35_dense_1_b": (64,),
                "residual_36_dense_1_W": (64, 64),
                "residual_36_dense_1_b": (64,),
                "residual_37_dense_1_W": (64, 64),
                "residual_37_dense_1_b": (64,),
                "residual_38_dense_1_W": (64, 64),
                "residual_38_dense_1_b": (64,),
                "residual_39_dense_1_W": (64, 64),
                "residual_39_dense_1_b": (64,),
                "dense_2_W": (64, 10),
                "dense_2_b": (10,),
            },
        )
        self.grads = _Views(_vector(167050, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(167050, np.float32), self.params.shapes)
        self.squares = _Views(_vector(167050, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=np.zeros((), dtype=np.int64))
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self._loss = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        dense_1_draw = rng.random((64, 64), dtype=np.float32)
        new_dense_1_W = dense_1_draw * 0.4330127 + -0.21650635
        residual_1_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_1_dense_1_times = residual_1_dense_1_draw * 0.4330127
        new_residual_1_dense_1_W = residual_1_dense_1_times + -0.21650635
        residual_2_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_2_dense_1_times = residual_2_dense_1_draw * 0.4330127
        new_residual_2_dense_1_W = residual_2_dense_1_times + -0.21650635
        residual_3_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_3_dense_1_times = residual_3_dense_1_draw * 0.4330127
        new_residual_3_dense_1_W = residual_3_dense_1_times + -0.21650635
        residual_4_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_4_dense_1_times = residual_4_dense_1_draw * 0.4330127
        new_residual_4_dense_1_W = residual_4_dense_1_times + -0.21650635
        residual_5_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_5_dense_1_times = residual_5_dense_1_draw * 0.4330127
        new_residual_5_dense_1_W = residual_5_dense_1_times + -0.21650635
        residual_6_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_6_dense_1_times = residual_6_dense_1_draw * 0.4330127
        new_residual_6_dense_1_W = residual_6_dense_1_times + -0.21650635
        residual_7_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_7_dense_1_times = residual_7_dense_1_draw * 0.4330127
        new_residual_7_dense_1_W = residual_7_dense_1_times + -0.21650635
        residual_8_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_8_dense_1_times = residual_8_dense_1_draw * 0.4330127
        new_residual_8_dense_1_W = residual_8_dense_1_times + -0.21650635
        residual_9_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_9_dense_1_times = residual_9_dense_1_draw * 0.4330127
        new_residual_9_dense_1_W = residual_9_dense_1_times + -0.21650635
        residual_10_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_10_dense_1_times = residual_10_dense_1_draw * 0.4330127
        new_residual_10_dense_1_W = residual_10_dense_1_times + -0.21650635
        residual_11_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_11_dense_1_times = residual_11_dense_1_draw * 0.4330127
        new_residual_11_dense_1_W = residual_11_dense_1_times + -0.21650635
        residual_12_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_12_dense_1_times = residual_12_dense_1_draw * 0.4330127
        new_residual_12_dense_1_W = residual_12_dense_1_times + -0.21650635
        residual_13_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_13_dense_1_times = residual_13_dense_1_draw * 0.4330127
        new_residual_13_dense_1_W = residual_13_dense_1_times + -0.21650635
        residual_14_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_14_dense_1_times = residual_14_dense_1_draw * 0.4330127
        new_residual_14_dense_1_W = residual_14_dense_1_times + -0.21650635
        residual_15_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_15_dense_1_times = residual_15_dense_1_draw * 0.4330127
        new_residual_15_dense_1_W = residual_15_dense_1_times + -0.21650635
        residual_16_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_16_dense_1_times = residual_16_dense_1_draw * 0.4330127
        new_residual_16_dense_1_W = residual_16_dense_1_times + -0.21650635
        residual_17_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_17_dense_1_times = residual_17_dense_1_draw * 0.4330127
        new_residual_17_dense_1_W = residual_17_dense_1_times + -0.21650635
        residual_18_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_18_dense_1_times = residual_18_dense_1_draw * 0.4330127
        new_residual_18_dense_1_W = residual_18_dense_1_times + -0.21650635
        residual_19_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_19_dense_1_times = residual_19_dense_1_draw * 0.4330127
        new_residual_19_dense_1_W = residual_19_dense_1_times + -0.21650635
        residual_20_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_20_dense_1_times = residual_20_dense_1_draw * 0.4330127
        new_residual_20_dense_1_W = residual_20_dense_1_times + -0.21650635
        residual_21_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_21_dense_1_times = residual_21_dense_1_draw * 0.4330127
        new_residual_21_dense_1_W = residual_21_dense_1_times + -0.21650635
        residual_22_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_22_dense_1_times = residual_22_dense_1_draw * 0.4330127
        new_residual_22_dense_1_W = residual_22_dense_1_times + -0.21650635
        residual_23_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_23_dense_1_times = residual_23_dense_1_draw * 0.4330127
        new_residual_23_dense_1_W = residual_23_dense_1_times + -0.21650635
        residual_24_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_24_dense_1_times = residual_24_dense_1_draw * 0.4330127
        new_residual_24_dense_1_W = residual_24_dense_1_times + -0.21650635
        residual_25_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_25_dense_1_times = residual_25_dense_1_draw * 0.4330127
        new_residual_25_dense_1_W = residual_25_dense_1_times + -0.21650635
        residual_26_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_26_dense_1_times = residual_26_dense_1_draw * 0.4330127
        new_residual_26_dense_1_W = residual_26_dense_1_times + -0.21650635
        residual_27_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_27_dense_1_times = residual_27_dense_1_draw * 0.4330127
        new_residual_27_dense_1_W = residual_27_dense_1_times + -0.21650635
        residual_28_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_28_dense_1_times = residual_28_dense_1_draw * 0.4330127
        new_residual_28_dense_1_W = residual_28_dense_1_times + -0.21650635
        residual_29_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_29_dense_1_times = residual_29_dense_1_draw * 0.4330127
        new_residual_29_dense_1_W = residual_29_dense_1_times + -0.21650635
        residual_30_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_30_dense_1_times = residual_30_dense_1_draw * 0.4330127
        new_residual_30_dense_1_W = residual_30_dense_1_times + -0.21650635
        residual_31_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_31_dense_1_times = residual_31_dense_1_draw * 0.4330127
        new_residual_31_dense_1_W = residual_31_dense_1_times + -0.21650635
        residual_32_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_32_dense_1_times = residual_32_dense_1_draw * 0.4330127
        new_residual_32_dense_1_W = residual_32_dense_1_times + -0.21650635
        residual_33_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_33_dense_1_times = residual_33_dense_1_draw * 0.4330127
        new_residual_33_dense_1_W = residual_33_dense_1_times + -0.21650635
        residual_34_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_34_dense_1_times = residual_34_dense_1_draw * 0.4330127
        new_residual_34_dense_1_W = residual_34_dense_1_times + -0.21650635
        residual_35_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_35_dense_1_times = residual_35_dense_1_draw * 0.4330127
        new_residual_35_dense_1_W = residual_35_dense_1_times + -0.21650635
        residual_36_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_36_dense_1_times = residual_36_dense_1_draw * 0.4330127
        new_residual_36_dense_1_W = residual_36_dense_1_times + -0.21650635
        residual_37_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_37_dense_1_times = residual_37_dense_1_draw * 0.4330127
        new_residual_37_dense_1_W = residual_37_dense_1_times + -0.21650635
        residual_38_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_38_dense_1_times = residual_38_dense_1_draw * 0.4330127
        new_residual_38_dense_1_W = residual_38_dense_1_times + -0.21650635
        residual_39_dense_1_draw = rng.random((64, 64), dtype=np.float32)
        residual_39_dense_1_times = residual_39_dense_1_draw * 0.4330127
        new_residual_39_dense_1_W = residual_39_dense_1_times + -0.21650635
        dense_2_draw = rng.random((64, 10), dtype=np.float32)
        new_dense_2_W = dense_2_draw * 0.5694948 + -0.2847474
        p.dense_1_W[...] = new_dense_1_W
        p.residual_1_dense_1_W[...] = new_residual_1_dense_1_W
        p.residual_2_dense_1_W[...] = new_residual_2_dense_1_W
        p.residual_3_dense_1_W[...] = new_residual_3_dense_1_W
        p.residual_4_dense_1_W[...] = new_residual_4_dense_1_W
        p.residual_5_dense_1_W[...] = new_residual_5_dense_1_W
        p.residual_6_dense_1_W[...] = new_residual_6_dense_1_W
        p.residual_7_dense_1_W[...] = new_residual_7_dense_1_W
        p.residual_8_dense_1_W[...] = new_residual_8_dense_1_W
        p.residual_9_dense_1_W[...] = new_residual_9_dense_1_W
        p.residual_10_dense_1_W[...] = new_residual_10_dense_1_W
        p.residual_11_dense_1_W[...] = new_residual_11_dense_1_W
        p.residual_12_dense_1_W[...] = new_residual_12_dense_1_W
        p.residual_13_dense_1_W[...] = new_residual_13_dense_1_W
        p.residual_14_dense_1_W[...] = new_residual_14_dense_1_W
        p.residual_15_dense_1_W[...] = new_residual_15_dense_1_W
        p.residual_16_dense_1_W[...] = new_residual_16_dense_1_W
        p.residual_17_dense_1_W[...] = new_residual_17_dense_1_W
        p.residual_18_dense_1_W[...] = new_residual_18_dense_1_W
        p.residual_19_dense_1_W[...] = new_residual_19_dense_1_W
        p.residual_20_dense_1_W[...] = new_residual_20_dense_1_W
        p.residual_21_dense_1_W[...] = new_residual_21_dense_1_W
        p.residual_22_dense_1_W[...] = new_residual_22_dense_1_W
        p.residual_23_dense_1_W[...] = new_residual_23_dense_1_W
        p.residual_24_dense_1_W[...] = new_residual_24_dense_1_W
        p.residual_25_dense_1_W[...] = new_residual_25_dense_1_W
        p.residual_26_dense_1_W[...] = new_residual_26_dense_1_W
        p.residual_27_dense_1_W[...] = new_residual_27_dense_1_W
        p.residual_28_dense_1_W[...] = new_residual_28_dense_1_W
        p.residual_29_dense_1_W[...] = new_residual_29_dense_1_W
        p.residual_30_dense_1_W[...] = new_residual_30_dense_1_W
        p.residual_31_dense_1_W[...] = new_residual_31_dense_1_W
        p.residual_32_dense_1_W[...] = new_residual_32_dense_1_W
        p.residual_33_dense_1_W[...] = new_residual_33_dense_1_W
        p.residual_34_dense_1_W[...] = new_residual_34_dense_1_W
        p.residual_35_dense_1_W[...] = new_residual_35_dense_1_W
        p.residual_36_dense_1_W[...] = new_residual_36_dense_1_W
        p.residual_37_dense_1_W[...] = new_residual_37_dense_1_W
        p.residual_38_dense_1_W[...] = new_residual_38_dense_1_W
        p.residual_39_dense_1_W[...] = new_residual_39_dense_1_W
        p.dense_2_W[...] = new_dense_2_W

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        loss = self._backward(s, x, y)
        self._update(s)
        return loss

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        self._backward(s, x, y)
        d = self.grads
        return {
            "dense_1.W": d.dense_1_W.copy(),
            "dense_1.b": d.dense_1_b.copy(),
            "residual_1.dense_1.W": d.residual_1_dense_1_W.copy(),
            "residual_1.dense_1.b": d.residual_1_dense_1_b.copy(),
            "residual_2.dense_1.W": d.residual_2_dense_1_W.copy(),
            "residual_2.dense_1.b": d.residual_2_dense_1_b.copy(),
            "residual_3.dense_1.W": d.residual_3_dense_1_W.copy(),
            "residual_3.dense_1.b": d.residual_3_dense_1_b.copy(),
            "residual_4.dense_1.W": d.residual_4_dense_1_W.copy(),
            "residual_4.dense_1.b": d.residual_4_dense_1_b.copy(),
            "residual_5.dense_1.W": d.residual_5_dense_1_W.copy(),
            "residual_5.dense_1.b": d.residual_5_dense_1_b.copy(),
            "residual_6.dense_1.W": d.residual_6_dense_1_W.copy(),
            "residual_6.dense_1.b": d.residual_6_dense_1_b.copy(),
            "residual_7.dense_1.W": d.residual_7_dense_1_W.copy(),
            "residual_7.dense_1.b": d.residual_7_dense_1_b.copy(),
            "residual_8.dense_1.W": d.residual_8_dense_1_W.copy(),
            "residual_8.dense_1.b": d.residual_8_dense_1_b.copy(),
            "residual_9.dense_1.W": d.residual_9_dense_1_W.copy(),
            "residual_9.dense_1.b": d.residual_9_dense_1_b.copy(),
            "residual_10.dense_1.W": d.residual_10_dense_1_W.copy(),
            "residual_10.dense_1.b": d.residual_10_dense_1_b.copy(),
            "residual_11.dense_1.W": d.residual_11_dense_1_W.copy(),
            "residual_11.dense_1.b": d.residual_11_dense_1_b.copy(),
            "residual_12.dense_1.W": d.residual_12_dense_1_W.copy(),
            "residual_12.dense_1.b": d.residual_12_dense_1_b.copy(),
            "residual_13.dense_1.W": d.residual_13_dense_1_W.copy(),
            "residual_13.dense_1.b": d.residual_13_dense_1_b.copy(),
            "residual_14.dense_1.W": d.residual_14_dense_1_W.copy(),
            "residual_14.dense_1.b": d.residual_14_dense_1_b.copy(),
            "residual_15.dense_1.W": d.residual_15_dense_1_W.copy(),
            "residual_15.dense_1.b": d.residual_15_dense_1_b.copy(),
            "residual_16.dense_1.W": d.residual_16_dense_1_W.copy(),
            "residual_16.dense_1.b": d.residual_16_dense_1_b.copy(),
            "residual_17.dense_1.W": d.residual_17_dense_1_W.copy(),
            "residual_17.dense_1.b": d.residual_17_dense_1_b.copy(),
            "residual_18.dense_1.W": d.residual_18_dense_1_W.copy(),
            "residual_18.dense_1.b": d.residual_18_dense_1_b.copy(),
            "residual_19.dense_1.W": d.residual_19_dense_1_W.copy(),
            "residual_19.dense_1.b": d.residual_19_dense_1_b.copy(),
            "residual_20.dense_1.W": d.residual_20_dense_1_W.copy(),
            "residual_20.dense_1.b": d.residual_20_dense_1_b.copy(),
            "residual_21.dense_1.W": d.residual_21_dense_1_W.copy(),
            "residual_21.dense_1.b": d.residual_21_dense_1_b.copy(),
            "residual_22.dense_1.W": d.residual_22_dense_1_W.copy(),
            "residual_22.dense_1.b": d.residual_22_dense_1_b.copy(),
            "residual_23.dense_1.W": d.residual_23_dense_1_W.copy(),
            "residual_23.dense_1.b": d.residual_23_dense_1_b.copy(),
            "residual_24.dense_1.W": d.residual_24_dense_1_W.copy(),
            "residual_24.dense_1.b": d.residual_24_dense_1_b.copy(),
            "residual_25.dense_1.W": d.residual_25_dense_1_W.copy(),
            "residual_25.dense_1.b": d.residual_25_dense_1_b.copy(),
            "residual_26.dense_1.W": d.residual_26_dense_1_W.copy(),
            "residual_26.dense_1.b": d.residual_26_dense_1_b.copy(),
            "residual_27.dense_1.W": d.residual_27_dense_1_W.copy(),
            "residual_27.dense_1.b": d.residual_27_dense_1_b.copy(),
            "residual_28.dense_1.W": d.residual_28_dense_1_W.copy(),
            "residual_28.dense_1.b": d.residual_28_dense_1_b.copy(),
            "residual_29.dense_1.W": d.residual_29_dense_1_W.copy(),
            "residual_29.dense_1.b": d.residual_29_dense_1_b.copy(),
            "residual_30.dense_1.W": d.residual_30_dense_1_W.copy(),
            "residual_30.dense_1.b": d.residual_30_dense_1_b.copy(),
            "residual_31.dense_1.W": d.residual_31_dense_1_W.copy(),
            "residual_31.dense_1.b": d.residual_31_dense_1_b.copy(),
            "residual_32.dense_1.W": d.residual_32_dense_1_W.copy(),
            "residual_32.dense_1.b": d.residual_32_dense_1_b.copy(),
            "residual_33.dense_1.W": d.residual_33_dense_1_W.copy(),
            "residual_33.dense_1.b": d.residual_33_dense_1_b.copy(),
            "residual_34.dense_1.W": d.residual_34_dense_1_W.copy(),
            "residual_34.dense_1.b": d.residual_34_dense_1_b.copy(),
            "residual_35.dense_1.W": d.residual_35_dense_1_W.copy(),
            "residual_35.dense_1.b": d.residual_35_dense_1_b.copy(),
            "residual_36.dense_1.W": d.residual_36_dense_1_W.copy(),
            "residual_36.dense_1.b": d.residual_36_dense_1_b.copy(),
            "residual_37.dense_1.W": d.residual_37_dense_1_W.copy(),
            "residual_37.dense_1.b": d.residual_37_dense_1_b.copy(),
            "residual_38.dense_1.W": d.residual_38_dense_1_W.copy(),
            "residual_38.dense_1.b": d.residual_38_dense_1_b.copy(),
            "residual_39.dense_1.W": d.residual_39_dense_1_W.copy(),
            "residual_39.dense_1.b": d.residual_39_dense_1_b.copy(),
            "dense_2.W": d.dense_2_W.copy(),
            "dense_2.b": d.dense_2_b.copy(),
        }

    def _backward(self, s, x, y):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                    deep_residual.py:45
        # z1 = x W + b                                                         (N, 64)
        # hidden_1 = tanh(z1)                                                  (N, 64)
        np.dot(x, p.dense_1_W, out=s.z1)
        np.add(s.z1, p.dense_1_b, out=s.z1)
        np.tanh(s.z1, out=s.hidden_1)

        # residual_1.dense_1                                         deep_residual.py:45
        # z1_2 = hidden_1 W + b                                                (N, 64)
        # h1 = tanh(z1_2)                                                      (N, 64)
        np.dot(s.hidden_1, p.residual_1_dense_1_W, out=s.z1_2)
        np.add(s.z1_2, p.residual_1_dense_1_b, out=s.z1_2)
        np.tanh(s.z1_2, out=s.h1)

        # residual_1: hidden_2 = hidden_1 + h1             (N, 64)   deep_residual.py:47
        np.add(s.hidden_1, s.h1, out=s.hidden_2)

        # residual_2.dense_1                                         deep_residual.py:45
        # z2 = hidden_2 W + b                                                  (N, 64)
        # h2 = tanh(z2)                                                        (N, 64)
        np.dot(s.hidden_2, p.residual_2_dense_1_W, out=s.z2)
        np.add(s.z2, p.residual_2_dense_1_b, out=s.z2)
        np.tanh(s.z2, out=s.h2)

        # residual_2: hidden_3 = hidden_2 + h2             (N, 64)   deep_residual.py:47
        np.add(s.hidden_2, s.h2, out=s.hidden_3)

        # residual_3.dense_1                                         deep_residual.py:45
        # z3 = hidden_3 W + b                                                  (N, 64)
        # h3 = tanh(z3)                                                        (N, 64)
        np.dot(s.hidden_3, p.residual_3_dense_1_W, out=s.z3)
        np.add(s.z3, p.residual_3_dense_1_b, out=s.z3)
        np.tanh(s.z3, out=s.h3)

        # residual_3: hidden_4 = hidden_3 + h3             (N, 64)   deep_residual.py:47
        np.add(s.hidden_3, s.h3, out=s.hidden_4)

        # residual_4.dense_1                                         deep_residual.py:45
        # z4 = hidden_4 W + b                                                  (N, 64)
        # h4 = tanh(z4)                                                        (N, 64)
        np.dot(s.hidden_4, p.residual_4_dense_1_W, out=s.z4)
        np.add(s.z4, p.residual_4_dense_1_b, out=s.z4)
        np.tanh(s.z4, out=s.h4)

        # residual_4: hidden_5 = hidden_4 + h4             (N, 64)   deep_residual.py:47
        np.add(s.hidden_4, s.h4, out=s.hidden_5)

        # residual_5.dense_1                                         deep_residual.py:45
        # z5 = hidden_5 W + b                                                  (N, 64)
        # h5 = tanh(z5)                                                        (N, 64)
        np.dot(s.hidden_5, p.residual_5_dense_1_W, out=s.z5)
        np.add(s.z5, p.residual_5_dense_1_b, out=s.z5)
        np.tanh(s.z5, out=s.h5)

        # residual_5: hidden_6 = hidden_5 + h5             (N, 64)   deep_residual.py:47
        np.add(s.hidden_5, s.h5, out=s.hidden_6)

        # residual_6.dense_1                                         deep_residual.py:45
        # z6 = hidden_6 W + b                                                  (N, 64)
        # h6 = tanh(z6)                                                        (N, 64)
        np.dot(s.hidden_6, p.residual_6_dense_1_W, out=s.z6)
        np.add(s.z6, p.residual_6_dense_1_b, out=s.z6)
        np.tanh(s.z6, out=s.h6)

        # residual_6: hidden_7 = hidden_6 + h6             (N, 64)   deep_residual.py:47
        np.add(s.hidden_6, s.h6, out=s.hidden_7)

        # residual_7.dense_1                                         deep_residual.py:45
        # z7 = hidden_7 W + b                                                  (N, 64)
        # h7 = tanh(z7)                                                        (N, 64)
        np.dot(s.hidden_7, p.residual_7_dense_1_W, out=s.z7)
        np.add(s.z7, p.residual_7_dense_1_b, out=s.z7)
        np.tanh(s.z7, out=s.h7)

        # residual_7: hidden_8 = hidden_7 + h7             (N, 64)   deep_residual.py:47
        np.add(s.hidden_7, s.h7, out=s.hidden_8)

        # residual_8.dense_1                                         deep_residual.py:45
        # z8 = hidden_8 W + b                                                  (N, 64)
        # h8 = tanh(z8)                                                        (N, 64)
        np.dot(s.hidden_8, p.residual_8_dense_1_W, out=s.z8)
        np.add(s.z8, p.residual_8_dense_1_b, out=s.z8)
        np.tanh(s.z8, out=s.h8)

        # residual_8: hidden_9 = hidden_8 + h8             (N, 64)   deep_residual.py:47
        np.add(s.hidden_8, s.h8, out=s.hidden_9)

        # residual_9.dense_1                                         deep_residual.py:45
        # z9 = hidden_9 W + b                                                  (N, 64)
        # h9 = tanh(z9)                                                        (N, 64)
        np.dot(s.hidden_9, p.residual_9_dense_1_W, out=s.z9)
        np.add(s.z9, p.residual_9_dense_1_b, out=s.z9)
        np.tanh(s.z9, out=s.h9)

        # residual_9: hidden_10 = hidden_9 + h9            (N, 64)   deep_residual.py:47
        np.add(s.hidden_9, s.h9, out=s.hidden_10)

        # residual_10.dense_1                                        deep_residual.py:45
        # z10 = hidden_10 W + b                                                (N, 64)
        # h10 = tanh(z10)                                                      (N, 64)
        np.dot(s.hidden_10, p.residual_10_dense_1_W, out=s.z10)
        np.add(s.z10, p.residual_10_dense_1_b, out=s.z10)
        np.tanh(s.z10, out=s.h10)

        # residual_10: hidden_11 = hidden_10 + h10         (N, 64)   deep_residual.py:47
        np.add(s.hidden_10, s.h10, out=s.hidden_11)

        # residual_11.dense_1                                        deep_residual.py:45
        # z11 = hidden_11 W + b                                                (N, 64)
        # h11 = tanh(z11)                                                      (N, 64)
        np.dot(s.hidden_11, p.residual_11_dense_1_W, out=s.z11)
        np.add(s.z11, p.residual_11_dense_1_b, out=s.z11)
        np.tanh(s.z11, out=s.h11)

        # residual_11: hidden_12 = hidden_11 + h11         (N, 64)   deep_residual.py:47
        np.add(s.hidden_11, s.h11, out=s.hidden_12)

        # residual_12.dense_1                                        deep_residual.py:45
        # z12 = hidden_12 W + b                                                (N, 64)
        # h12 = tanh(z12)                                                      (N, 64)
        np.dot(s.hidden_12, p.residual_12_dense_1_W, out=s.z12)
        np.add(s.z12, p.residual_12_dense_1_b, out=s.z12)
        np.tanh(s.z12, out=s.h12)

        # residual_12: hidden_13 = hidden_12 + h12         (N, 64)   deep_residual.py:47
        np.add(s.hidden_12, s.h12, out=s.hidden_13)

        # residual_13.dense_1                                        deep_residual.py:45
        # z13 = hidden_13 W + b                                                (N, 64)
        # h13 = tanh(z13)                                                      (N, 64)
        np.dot(s.hidden_13, p.residual_13_dense_1_W, out=s.z13)
        np.add(s.z13, p.residual_13_dense_1_b, out=s.z13)
        np.tanh(s.z13, out=s.h13)

        # residual_13: hidden_14 = hidden_13 + h13         (N, 64)   deep_residual.py:47
        np.add(s.hidden_13, s.h13, out=s.hidden_14)

        # residual_14.dense_1                                        deep_residual.py:45
        # z14 = hidden_14 W + b                                                (N, 64)
        # h14 = tanh(z14)                                                      (N, 64)
        np.dot(s.hidden_14, p.residual_14_dense_1_W, out=s.z14)
        np.add(s.z14, p.residual_14_dense_1_b, out=s.z14)
        np.tanh(s.z14, out=s.h14)

        # residual_14: hidden_15 = hidden_14 + h14         (N, 64)   deep_residual.py:47
        np.add(s.hidden_14, s.h14, out=s.hidden_15)

        # residual_15.dense_1                                        deep_residual.py:45
        # z15 = hidden_15 W + b                                                (N, 64)
        # h15 = tanh(z15)                                                      (N, 64)
        np.dot(s.hidden_15, p.residual_15_dense_1_W, out=s.z15)
        np.add(s.z15, p.residual_15_dense_1_b, out=s.z15)
        np.tanh(s.z15, out=s.h15)

        # residual_15: hidden_16 = hidden_15 + h15         (N, 64)   deep_residual.py:47
        np.add(s.hidden_15, s.h15, out=s.hidden_16)

        # residual_16.dense_1                                        deep_residual.py:45
        # z16 = hidden_16 W + b                                                (N, 64)
        # h16 = tanh(z16)                                                      (N, 64)
        np.dot(s.hidden_16, p.residual_16_dense_1_W, out=s.z16)
        np.add(s.z16, p.residual_16_dense_1_b, out=s.z16)
        np.tanh(s.z16, out=s.h16)

        # residual_16: hidden_17 = hidden_16 + h16         (N, 64)   deep_residual.py:47
        np.add(s.hidden_16, s.h16, out=s.hidden_17)

        # residual_17.dense_1                                        deep_residual.py:45
        # z17 = hidden_17 W + b                                                (N, 64)
        # h17 = tanh(z17)                                                      (N, 64)
        np.dot(s.hidden_17, p.residual_17_dense_1_W, out=s.z17)
        np.add(s.z17, p.residual_17_dense_1_b, out=s.z17)
        np.tanh(s.z17, out=s.h17)

        # residual_17: hidden_18 = hidden_17 + h17         (N, 64)   deep_residual.py:47
        np.add(s.hidden_17, s.h17, out=s.hidden_18)

        # residual_18.dense_1                                        deep_residual.py:45
        # z18 = hidden_18 W + b                                                (N, 64)
        # h18 = tanh(z18)                                                      (N, 64)
        np.dot(s.hidden_18, p.residual_18_dense_1_W, out=s.z18)
        np.add(s.z18, p.residual_18_dense_1_b, out=s.z18)
        np.tanh(s.z18, out=s.h18)

        # residual_18: hidden_19 = hidden_18 + h18         (N, 64)   deep_residual.py:47
        np.add(s.hidden_18, s.h18, out=s.hidden_19)

        # residual_19.dense_1                                        deep_residual.py:45
        # z19 = hidden_19 W + b                                                (N, 64)
        # h19 = tanh(z19)                                                      (N, 64)
        np.dot(s.hidden_19, p.residual_19_dense_1_W, out=s.z19)
        np.add(s.z19, p.residual_19_dense_1_b, out=s.z19)
        np.tanh(s.z19, out=s.h19)

        # residual_19: hidden_20 = hidden_19 + h19         (N, 64)   deep_residual.py:47
        np.add(s.hidden_19, s.h19, out=s.hidden_20)

        # residual_20.dense_1                                        deep_residual.py:45
        # z20 = hidden_20 W + b                                                (N, 64)
        # h20 = tanh(z20)                                                      (N, 64)
        np.dot(s.hidden_20, p.residual_20_dense_1_W, out=s.z20)
        np.add(s.z20, p.residual_20_dense_1_b, out=s.z20)
        np.tanh(s.z20, out=s.h20)

        # residual_20: hidden_21 = hidden_20 + h20         (N, 64)   deep_residual.py:47
        np.add(s.hidden_20, s.h20, out=s.hidden_21)

        # residual_21.dense_1                                        deep_residual.py:45
        # z21 = hidden_21 W + b                                                (N, 64)
        # h21 = tanh(z21)                                                      (N, 64)
        np.dot(s.hidden_21, p.residual_21_dense_1_W, out=s.z21)
        np.add(s.z21, p.residual_21_dense_1_b, out=s.z21)
        np.tanh(s.z21, out=s.h21)

        # residual_21: hidden_22 = hidden_21 + h21         (N, 64)   deep_residual.py:47
        np.add(s.hidden_21, s.h21, out=s.hidden_22)

        # residual_22.dense_1                                        deep_residual.py:45
        # z22 = hidden_22 W + b                                                (N, 64)
        # h22 = tanh(z22)                                                      (N, 64)
        np.dot(s.hidden_22, p.residual_22_dense_1_W, out=s.z22)
        np.add(s.z22, p.residual_22_dense_1_b, out=s.z22)
        np.tanh(s.z22, out=s.h22)

        # residual_22: hidden_23 = hidden_22 + h22         (N, 64)   deep_residual.py:47
        np.add(s.hidden_22, s.h22, out=s.hidden_23)

        # residual_23.dense_1                                        deep_residual.py:45
        # z23 = hidden_23 W + b                                                (N, 64)
        # h23 = tanh(z23)                                                      (N, 64)
        np.dot(s.hidden_23, p.residual_23_dense_1_W, out=s.z23)
        np.add(s.z23, p.residual_23_dense_1_b, out=s.z23)
        np.tanh(s.z23, out=s.h23)

        # residual_23: hidden_24 = hidden_23 + h23         (N, 64)   deep_residual.py:47
        np.add(s.hidden_23, s.h23, out=s.hidden_24)

        # residual_24.dense_1                                        deep_residual.py:45
        # z24 = hidden_24 W + b                                                (N, 64)
        # h24 = tanh(z24)                                                      (N, 64)
        np.dot(s.hidden_24, p.residual_24_dense_1_W, out=s.z24)
        np.add(s.z24, p.residual_24_dense_1_b, out=s.z24)
        np.tanh(s.z24, out=s.h24)

        # residual_24: hidden_25 = hidden_24 + h24         (N, 64)   deep_residual.py:47
        np.add(s.hidden_24, s.h24, out=s.hidden_25)

        # residual_25.dense_1                                        deep_residual.py:45
        # z25 = hidden_25 W + b                                                (N, 64)
        # h25 = tanh(z25)                                                      (N, 64)
        np.dot(s.hidden_25, p.residual_25_dense_1_W, out=s.z25)
        np.add(s.z25, p.residual_25_dense_1_b, out=s.z25)
        np.tanh(s.z25, out=s.h25)

        # residual_25: hidden_26 = hidden_25 + h25         (N, 64)   deep_residual.py:47
        np.add(s.hidden_25, s.h25, out=s.hidden_26)

        # residual_26.dense_1                                        deep_residual.py:45
        # z26 = hidden_26 W + b                                                (N, 64)
        # h26 = tanh(z26)                                                      (N, 64)
        np.dot(s.hidden_26, p.residual_26_dense_1_W, out=s.z26)
        np.add(s.z26, p.residual_26_dense_1_b, out=s.z26)
        np.tanh(s.z26, out=s.h26)

        # residual_26: hidden_27 = hidden_26 + h26         (N, 64)   deep_residual.py:47
        np.add(s.hidden_26, s.h26, out=s.hidden_27)

        # residual_27.dense_1                                        deep_residual.py:45
        # z27 = hidden_27 W + b                                                (N, 64)
        # h27 = tanh(z27)                                                      (N, 64)
        np.dot(s.hidden_27, p.residual_27_dense_1_W, out=s.z27)
        np.add(s.z27, p.residual_27_dense_1_b, out=s.z27)
        np.tanh(s.z27, out=s.h27)

        # residual_27: hidden_28 = hidden_27 + h27         (N, 64)   deep_residual.py:47
        np.add(s.hidden_27, s.h27, out=s.hidden_28)

        # residual_28.dense_1                                        deep_residual.py:45
        # z28 = hidden_28 W + b                                                (N, 64)
        # h28 = tanh(z28)                                                      (N, 64)
        np.dot(s.hidden_28, p.residual_28_dense_1_W, out=s.z28)
        np.add(s.z28, p.residual_28_dense_1_b, out=s.z28)
        np.tanh(s.z28, out=s.h28)

        # residual_28: hidden_29 = hidden_28 + h28         (N, 64)   deep_residual.py:47
        np.add(s.hidden_28, s.h28, out=s.hidden_29)

        # residual_29.dense_1                                        deep_residual.py:45
        # z29 = hidden_29 W + b                                                (N, 64)
        # h29 = tanh(z29)                                                      (N, 64)
        np.dot(s.hidden_29, p.residual_29_dense_1_W, out=s.z29)
        np.add(s.z29, p.residual_29_dense_1_b, out=s.z29)
        np.tanh(s.z29, out=s.h29)

        # residual_29: hidden_30 = hidden_29 + h29         (N, 64)   deep_residual.py:47
        np.add(s.hidden_29, s.h29, out=s.hidden_30)

        # residual_30.dense_1                                        deep_residual.py:45
        # z30 = hidden_30 W + b                                                (N, 64)
        # h30 = tanh(z30)                                                      (N, 64)
        np.dot(s.hidden_30, p.residual_30_dense_1_W, out=s.z30)
        np.add(s.z30, p.residual_30_dense_1_b, out=s.z30)
        np.tanh(s.z30, out=s.h30)

        # residual_30: hidden_31 = hidden_30 + h30         (N, 64)   deep_residual.py:47
        np.add(s.hidden_30, s.h30, out=s.hidden_31)

        # residual_31.dense_1                                        deep_residual.py:45
        # z31 = hidden_31 W + b                                                (N, 64)
        # h31 = tanh(z31)                                                      (N, 64)
        np.dot(s.hidden_31, p.residual_31_dense_1_W, out=s.z31)
        np.add(s.z31, p.residual_31_dense_1_b, out=s.z31)
        np.tanh(s.z31, out=s.h31)

        # residual_31: hidden_32 = hidden_31 + h31         (N, 64)   deep_residual.py:47
        np.add(s.hidden_31, s.h31, out=s.hidden_32)

        # residual_32.dense_1                                        deep_residual.py:45
        # z32 = hidden_32 W + b                                                (N, 64)
        # h32 = tanh(z32)                                                      (N, 64)
        np.dot(s.hidden_32, p.residual_32_dense_1_W, out=s.z32)
        np.add(s.z32, p.residual_32_dense_1_b, out=s.z32)
        np.tanh(s.z32, out=s.h32)

        # residual_32: hidden_33 = hidden_32 + h32         (N, 64)   deep_residual.py:47
        np.add(s.hidden_32, s.h32, out=s.hidden_33)

        # residual_33.dense_1                                        deep_residual.py:45
        # z33 = hidden_33 W + b                                                (N, 64)
        # h33 = tanh(z33)                                                      (N, 64)
        np.dot(s.hidden_33, p.residual_33_dense_1_W, out=s.z33)
        np.add(s.z33, p.residual_33_dense_1_b, out=s.z33)
        np.tanh(s.z33, out=s.h33)

        # residual_33: hidden_34 = hidden_33 + h33         (N, 64)   deep_residual.py:47
        np.add(s.hidden_33, s.h33, out=s.hidden_34)

        # residual_34.dense_1                                        deep_residual.py:45
        # z34 = hidden_34 W + b                                                (N, 64)
        # h34 = tanh(z34)                                                      (N, 64)
        np.dot(s.hidden_34, p.residual_34_dense_1_W, out=s.z34)
        np.add(s.z34, p.residual_34_dense_1_b, out=s.z34)
        np.tanh(s.z34, out=s.h34)

        # residual_34: hidden_35 = hidden_34 + h34         (N, 64)   deep_residual.py:47
        np.add(s.hidden_34, s.h34, out=s.hidden_35)

        # residual_35.dense_1                                        deep_residual.py:45
        # z35 = hidden_35 W + b                                                (N, 64)
        # h35 = tanh(z35)                                                      (N, 64)
        np.dot(s.hidden_35, p.residual_35_dense_1_W, out=s.z35)
        np.add(s.z35, p.residual_35_dense_1_b, out=s.z35)
        np.tanh(s.z35, out=s.h35)

        # residual_35: hidden_36 = hidden_35 + h35         (N, 64)   deep_residual.py:47
        np.add(s.hidden_35, s.h35, out=s.hidden_36)

        # residual_36.dense_1                                        deep_residual.py:45
        # z36 = hidden_36 W + b                                                (N, 64)
        # h36 = tanh(z36)                                                      (N, 64)
        np.dot(s.hidden_36, p.residual_36_dense_1_W, out=s.z36)
        np.add(s.z36, p.residual_36_dense_1_b, out=s.z36)
        np.tanh(s.z36, out=s.h36)

        # residual_36: hidden_37 = hidden_36 + h36         (N, 64)   deep_residual.py:47
        np.add(s.hidden_36, s.h36, out=s.hidden_37)

        # residual_37.dense_1                                        deep_residual.py:45
        # z37 = hidden_37 W + b                                                (N, 64)
        # h37 = tanh(z37)                                                      (N, 64)
        np.dot(s.hidden_37, p.residual_37_dense_1_W, out=s.z37)
        np.add(s.z37, p.residual_37_dense_1_b, out=s.z37)
        np.tanh(s.z37, out=s.h37)

        # residual_37: hidden_38 = hidden_37 + h37         (N, 64)   deep_residual.py:47
        np.add(s.hidden_37, s.h37, out=s.hidden_38)

        # residual_38.dense_1                                        deep_residual.py:45
        # z38 = hidden_38 W + b                                                (N, 64)
        # h38 = tanh(z38)                                                      (N, 64)
        np.dot(s.hidden_38, p.residual_38_dense_1_W, out=s.z38)
        np.add(s.z38, p.residual_38_dense_1_b, out=s.z38)
        np.tanh(s.z38, out=s.h38)

        # residual_38: hidden_39 = hidden_38 + h38         (N, 64)   deep_residual.py:47
        np.add(s.hidden_38, s.h38, out=s.hidden_39)

        # residual_39.dense_1                                        deep_residual.py:45
        # z39 = hidden_39 W + b                                                (N, 64)
        # h39 = tanh(z39)                                                      (N, 64)
        np.dot(s.hidden_39, p.residual_39_dense_1_W, out=s.z39)
        np.add(s.z39, p.residual_39_dense_1_b, out=s.z39)
        np.tanh(s.z39, out=s.h39)

        # residual_39: hidden_40 = hidden_39 + h39         (N, 64)   deep_residual.py:47
        np.add(s.hidden_39, s.h39, out=s.hidden_40)

        # dense_2: logits = hidden_40 W + b                (N, 10)   deep_residual.py:58
        np.dot(s.hidden_40, p.dense_2_W, out=s.logits)
        np.add(s.logits, p.dense_2_b, out=s.logits)

        # softmax_cross_entropy                                      deep_residual.py:59
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
        # logits_over_sum = softmax(logits)                (N, 10)   deep_residual.py:71
        np.divide(s.logits_exp, s.logits_sum, out=s.logits_over_sum)

        # softmax_cross_entropy                                      deep_residual.py:59
        # d_logits = (logits_over_sum - onehot(y)) / N                         (N, 10)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, s.n, out=s.d_logits)

        # dense_2                                                    deep_residual.py:58
        # d_b = sum over N of d_logits                                           (10,)
        # d_W = hidden_40^T d_logits                                          (64, 10)
        # d_hidden_40 = d_logits W^T                                           (N, 64)
        np.dot(s.ones, s.d_logits, out=d.dense_2_b)
        np.dot(s.hidden_40.T, s.d_logits, out=d.dense_2_W)
        np.dot(s.d_logits, p.dense_2_W.T, out=s.d_hidden_40)

        # residual_39.dense_1                                        deep_residual.py:45
        # d_z39 = d_hidden_40 * (1 - square(h39))                              (N, 64)
        # d_b = sum over N of d_z39                                              (64,)
        # d_W = hidden_39^T d_z39                                             (64, 64)
        # d_hidden_39 = d_hidden_40 + d_z39 W^T                                (N, 64)
        np.square(s.h39, out=s.d_z39)
        np.subtract(1.0, s.d_z39, out=s.d_z39)
        np.multiply(s.d_hidden_40, s.d_z39, out=s.d_z39)
        np.dot(s.ones, s.d_z39, out=d.residual_39_dense_1_b)
        np.dot(s.hidden_39.T, s.d_z39, out=d.residual_39_dense_1_W)
        np.dot(s.d_z39, p.residual_39_dense_1_W.T, out=s.d_z39_product)
        np.add(s.d_hidden_40, s.d_z39_product, out=s.d_hidden_39)

        # residual_38.dense_1                                        deep_residual.py:45
        # d_z38 = d_hidden_39 * (1 - square(h38))                              (N, 64)
        # d_b = sum over N of d_z38                                              (64,)
        # d_W = hidden_38^T d_z38                                             (64, 64)
        # d_hidden_38 = d_hidden_39 + d_z38 W^T                                (N, 64)
        np.square(s.h38, out=s.d_z38)
        np.subtract(1.0, s.d_z38, out=s.d_z38)
        np.multiply(s.d_hidden_39, s.d_z38, out=s.d_z38)
        np.dot(s.ones, s.d_z38, out=d.residual_38_dense_1_b)
        np.dot(s.hidden_38.T, s.d_z38, out=d.residual_38_dense_1_W)
        np.dot(s.d_z38, p.residual_38_dense_1_W.T, out=s.d_z38_product)
        np.add(s.d_hidden_39, s.d_z38_product, out=s.d_hidden_38)

        # residual_37.dense_1                                        deep_residual.py:45
        # d_z37 = d_hidden_38 * (1 - square(h37))                              (N, 64)
        # d_b = sum over N of d_z37                                              (64,)
        # d_W = hidden_37^T d_z37                                             (64, 64)
        # d_hidden_37 = d_hidden_38 + d_z37 W^T                                (N, 64)
        np.square(s.h37, out=s.d_z37)
        np.subtract(1.0, s.d_z37, out=s.d_z37)
        np.multiply(s.d_hidden_38, s.d_z37, out=s.d_z37)
        np.dot(s.ones, s.d_z37, out=d.residual_37_dense_1_b)
        np.dot(s.hidden_37.T, s.d_z37, out=d.residual_37_dense_1_W)
        np.dot(s.d_z37, p.residual_37_dense_1_W.T, out=s.d_z37_product)
        np.add(s.d_hidden_38, s.d_z37_product, out=s.d_hidden_37)

        # residual_36.dense_1                                        deep_residual.py:45
        # d_z36 = d_hidden_37 * (1 - square(h36))                              (N, 64)
        # d_b = sum over N of d_z36                                              (64,)
        # d_W = hidden_36^T d_z36                                             (64, 64)
        # d_hidden_36 = d_hidden_37 + d_z36 W^T                                (N, 64)
        np.square(s.h36, out=s.d_z36)
        np.subtract(1.0, s.d_z36, out=s.d_z36)
        np.multiply(s.d_hidden_37, s.d_z36, out=s.d_z36)
        np.dot(s.ones, s.d_z36, out=d.residual_36_dense_1_b)
        np.dot(s.hidden_36.T, s.d_z36, out=d.residual_36_dense_1_W)
        np.dot(s.d_z36, p.residual_36_dense_1_W.T, out=s.d_z36_product)
        np.add(s.d_hidden_37, s.d_z36_product, out=s.d_hidden_36)

        # residual_35.dense_1                                        deep_residual.py:45
        # d_z35 = d_hidden_36 * (1 - square(h35))                              (N, 64)
        # d_b = sum over N of d_z35                                              (64,)
        # d_W = hidden_35^T d_z35                                             (64, 64)
        # d_hidden_35 = d_hidden_36 + d_z35 W^T                                (N, 64)
        np.square(s.h35, out=s.d_z35)
        np.subtract(1.0, s.d_z35, out=s.d_z35)
        np.multiply(s.d_hidden_36, s.d_z35, out=s.d_z35)
        np.dot(s.ones, s.d_z35, out=d.residual_35_dense_1_b)
        np.dot(s.hidden_35.T, s.d_z35, out=d.residual_35_dense_1_W)
        np.dot(s.d_z35, p.residual_35_dense_1_W.T, out=s.d_z35_product)
        np.add(s.d_hidden_36, s.d_z35_product, out=s.d_hidden_35)

        # residual_34.dense_1                                        deep_residual.py:45
        # d_z34 = d_hidden_35 * (1 - square(h34))                              (N, 64)
        # d_b = sum over N of d_z34                                              (64,)
        # d_W = hidden_34^T d_z34                                             (64, 64)
        # d_hidden_34 = d_hidden_35 + d_z34 W^T                                (N, 64)
        np.square(s.h34, out=s.d_z34)
        np.subtract(1.0, s.d_z34, out=s.d_z34)
        np.multiply(s.d_hidden_35, s.d_z34, out=s.d_z34)
        np.dot(s.ones, s.d_z34, out=d.residual_34_dense_1_b)
        np.dot(s.hidden_34.T, s.d_z34, out=d.residual_34_dense_1_W)
        np.dot(s.d_z34, p.residual_34_dense_1_W.T, out=s.d_z34_product)
        np.add(s.d_hidden_35, s.d_z34_product, out=s.d_hidden_34)

        # residual_33.dense_1                                        deep_residual.py:45
        # d_z33 = d_hidden_34 * (1 - square(h33))                              (N, 64)
        # d_b = sum over N of d_z33                                              (64,)
        # d_W = hidden_33^T d_z33                                             (64, 64)
        # d_hidden_33 = d_hidden_34 + d_z33 W^T                                (N, 64)
        np.square(s.h33, out=s.d_z33)
        np.subtract(1.0, s.d_z33, out=s.d_z33)
        np.multiply(s.d_hidden_34, s.d_z33, out=s.d_z33)
        np.dot(s.ones, s.d_z33, out=d.residual_33_dense_1_b)
        np.dot(s.hidden_33.T, s.d_z33, out=d.residual_33_dense_1_W)
        np.dot(s.d_z33, p.residual_33_dense_1_W.T, out=s.d_z33_product)
        np.add(s.d_hidden_34, s.d_z33_product, out=s.d_hidden_33)

        # residual_32.dense_1                                        deep_residual.py:45
        # d_z32 = d_hidden_33 * (1 - square(h32))                              (N, 64)
        # d_b = sum over N of d_z32                                              (64,)
        # d_W = hidden_32^T d_z32                                             (64, 64)
        # d_hidden_32 = d_hidden_33 + d_z32 W^T                                (N, 64)
        np.square(s.h32, out=s.d_z32)
        np.subtract(1.0, s.d_z32, out=s.d_z32)
        np.multiply(s.d_hidden_33, s.d_z32, out=s.d_z32)
        np.dot(s.ones, s.d_z32, out=d.residual_32_dense_1_b)
        np.dot(s.hidden_32.T, s.d_z32, out=d.residual_32_dense_1_W)
        np.dot(s.d_z32, p.residual_32_dense_1_W.T, out=s.d_z32_product)
        np.add(s.d_hidden_33, s.d_z32_product, out=s.d_hidden_32)

        # residual_31.dense_1                                        deep_residual.py:45
        # d_z31 = d_hidden_32 * (1 - square(h31))                              (N, 64)
        # d_b = sum over N of d_z31                                              (64,)
        # d_W = hidden_31^T d_z31                                             (64, 64)
        # d_hidden_31 = d_hidden_32 + d_z31 W^T                                (N, 64)
        np.square(s.h31, out=s.d_z31)
        np.subtract(1.0, s.d_z31, out=s.d_z31)
        np.multiply(s.d_hidden_32, s.d_z31, out=s.d_z31)
        np.dot(s.ones, s.d_z31, out=d.residual_31_dense_1_b)
        np.dot(s.hidden_31.T, s.d_z31, out=d.residual_31_dense_1_W)
        np.dot(s.d_z31, p.residual_31_dense_1_W.T, out=s.d_z31_product)
        np.add(s.d_hidden_32, s.d_z31_product, out=s.d_hidden_31)

        # residual_30.dense_1                                        deep_residual.py:45
        # d_z30 = d_hidden_31 * (1 - square(h30))                              (N, 64)
        # d_b = sum over N of d_z30                                              (64,)
        # d_W = hidden_30^T d_z30                                             (64, 64)
        # d_hidden_30 = d_hidden_31 + d_z30 W^T                                (N, 64)
        np.square(s.h30, out=s.d_z30)
        np.subtract(1.0, s.d_z30, out=s.d_z30)
        np.multiply(s.d_hidden_31, s.d_z30, out=s.d_z30)
        np.dot(s.ones, s.d_z30, out=d.residual_30_dense_1_b)
        np.dot(s.hidden_30.T, s.d_z30, out=d.residual_30_dense_1_W)
        np.dot(s.d_z30, p.residual_30_dense_1_W.T, out=s.d_z30_product)
        np.add(s.d_hidden_31, s.d_z30_product, out=s.d_hidden_30)

        # residual_29.dense_1                                        deep_residual.py:45
        # d_z29 = d_hidden_30 * (1 - square(h29))                              (N, 64)
        # d_b = sum over N of d_z29                                              (64,)
        # d_W = hidden_29^T d_z29                                             (64, 64)
        # d_hidden_29 = d_hidden_30 + d_z29 W^T                                (N, 64)
        np.square(s.h29, out=s.d_z29)
        np.subtract(1.0, s.d_z29, out=s.d_z29)
        np.multiply(s.d_hidden_30, s.d_z29, out=s.d_z29)
        np.dot(s.ones, s.d_z29, out=d.residual_29_dense_1_b)
        np.dot(s.hidden_29.T, s.d_z29, out=d.residual_29_dense_1_W)
        np.dot(s.d_z29, p.residual_29_dense_1_W.T, out=s.d_z29_product)
        np.add(s.d_hidden_30, s.d_z29_product, out=s.d_hidden_29)

        # residual_28.dense_1                                        deep_residual.py:45
        # d_z28 = d_hidden_29 * (1 - square(h28))                              (N, 64)
        # d_b = sum over N of d_z28                                              (64,)
        # d_W = hidden_28^T d_z28                                             (64, 64)
        # d_hidden_28 = d_hidden_29 + d_z28 W^T                                (N, 64)
        np.square(s.h28, out=s.d_z28)
        np.subtract(1.0, s.d_z28, out=s.d_z28)
        np.multiply(s.d_hidden_29, s.d_z28, out=s.d_z28)
        np.dot(s.ones, s.d_z28, out=d.residual_28_dense_1_b)
        np.dot(s.hidden_28.T, s.d_z28, out=d.residual_28_dense_1_W)
        np.dot(s.d_z28, p.residual_28_dense_1_W.T, out=s.d_z28_product)
        np.add(s.d_hidden_29, s.d_z28_product, out=s.d_hidden_28)

        # residual_27.dense_1                                        deep_residual.py:45
        # d_z27 = d_hidden_28 * (1 - square(h27))                              (N, 64)
        # d_b = sum over N of d_z27                                              (64,)
        # d_W = hidden_27^T d_z27                                             (64, 64)
        # d_hidden_27 = d_hidden_28 + d_z27 W^T                                (N, 64)
        np.square(s.h27, out=s.d_z27)
        np.subtract(1.0, s.d_z27, out=s.d_z27)
        np.multiply(s.d_hidden_28, s.d_z27, out=s.d_z27)
        np.dot(s.ones, s.d_z27, out=d.residual_27_dense_1_b)
        np.dot(s.hidden_27.T, s.d_z27, out=d.residual_27_dense_1_W)
        np.dot(s.d_z27, p.residual_27_dense_1_W.T, out=s.d_z27_product)
        np.add(s.d_hidden_28, s.d_z27_product, out=s.d_hidden_27)

        # residual_26.dense_1                                        deep_residual.py:45
        # d_z26 = d_hidden_27 * (1 - square(h26))                              (N, 64)
        # d_b = sum over N of d_z26                                              (64,)
        # d_W = hidden_26^T d_z26                                             (64, 64)
        # d_hidden_26 = d_hidden_27 + d_z26 W^T                                (N, 64)
        np.square(s.h26, out=s.d_z26)
        np.subtract(1.0, s.d_z26, out=s.d_z26)
        np.multiply(s.d_hidden_27, s.d_z26, out=s.d_z26)
        np.dot(s.ones, s.d_z26, out=d.residual_26_dense_1_b)
        np.dot(s.hidden_26.T, s.d_z26, out=d.residual_26_dense_1_W)
        np.dot(s.d_z26, p.residual_26_dense_1_W.T, out=s.d_z26_product)
        np.add(s.d_hidden_27, s.d_z26_product, out=s.d_hidden_26)

        # residual_25.dense_1                                        deep_residual.py:45
        # d_z25 = d_hidden_26 * (1 - square(h25))                              (N, 64)
        # d_b = sum over N of d_z25                                              (64,)
        # d_W = hidden_25^T d_z25                                             (64, 64)
        # d_hidden_25 = d_hidden_26 + d_z25 W^T                                (N, 64)
        np.square(s.h25, out=s.d_z25)
        np.subtract(1.0, s.d_z25, out=s.d_z25)
        np.multiply(s.d_hidden_26, s.d_z25, out=s.d_z25)
        np.dot(s.ones, s.d_z25, out=d.residual_25_dense_1_b)
        np.dot(s.hidden_25.T, s.d_z25, out=d.residual_25_dense_1_W)
        np.dot(s.d_z25, p.residual_25_dense_1_W.T, out=s.d_z25_product)
        np.add(s.d_hidden_26, s.d_z25_product, out=s.d_hidden_25)

        # residual_24.dense_1                                        deep_residual.py:45
        # d_z24 = d_hidden_25 * (1 - square(h24))                              (N, 64)
        # d_b = sum over N of d_z24                                              (64,)
        # d_W = hidden_24^T d_z24                                             (64, 64)
        # d_hidden_24 = d_hidden_25 + d_z24 W^T                                (N, 64)
        np.square(s.h24, out=s.d_z24)
        np.subtract(1.0, s.d_z24, out=s.d_z24)
        np.multiply(s.d_hidden_25, s.d_z24, out=s.d_z24)
        np.dot(s.ones, s.d_z24, out=d.residual_24_dense_1_b)
        np.dot(s.hidden_24.T, s.d_z24, out=d.residual_24_dense_1_W)
        np.dot(s.d_z24, p.residual_24_dense_1_W.T, out=s.d_z24_product)
        np.add(s.d_hidden_25, s.d_z24_product, out=s.d_hidden_24)

        # residual_23.dense_1                                        deep_residual.py:45
        # d_z23 = d_hidden_24 * (1 - square(h23))                              (N, 64)
        # d_b = sum over N of d_z23                                              (64,)
        # d_W = hidden_23^T d_z23                                             (64, 64)
        # d_hidden_23 = d_hidden_24 + d_z23 W^T                                (N, 64)
        np.square(s.h23, out=s.d_z23)
        np.subtract(1.0, s.d_z23, out=s.d_z23)
        np.multiply(s.d_hidden_24, s.d_z23, out=s.d_z23)
        np.dot(s.ones, s.d_z23, out=d.residual_23_dense_1_b)
        np.dot(s.hidden_23.T, s.d_z23, out=d.residual_23_dense_1_W)
        np.dot(s.d_z23, p.residual_23_dense_1_W.T, out=s.d_z23_product)
        np.add(s.d_hidden_24, s.d_z23_product, out=s.d_hidden_23)

        # residual_22.dense_1                                        deep_residual.py:45
        # d_z22 = d_hidden_23 * (1 - square(h22))                              (N, 64)
        # d_b = sum over N of d_z22                                              (64,)
        # d_W = hidden_22^T d_z22                                             (64, 64)
        # d_hidden_22 = d_hidden_23 + d_z22 W^T                                (N, 64)
        np.square(s.h22, out=s.d_z22)
        np.subtract(1.0, s.d_z22, out=s.d_z22)
        np.multiply(s.d_hidden_23, s.d_z22, out=s.d_z22)
        np.dot(s.ones, s.d_z22, out=d.residual_22_dense_1_b)
        np.dot(s.hidden_22.T, s.d_z22, out=d.residual_22_dense_1_W)
        np.dot(s.d_z22, p.residual_22_dense_1_W.T, out=s.d_z22_product)
        np.add(s.d_hidden_23, s.d_z22_product, out=s.d_hidden_22)

        # residual_21.dense_1                                        deep_residual.py:45
        # d_z21 = d_hidden_22 * (1 - square(h21))                              (N, 64)
        # d_b = sum over N of d_z21                                              (64,)
        # d_W = hidden_21^T d_z21                                             (64, 64)
        # d_hidden_21 = d_hidden_22 + d_z21 W^T                                (N, 64)
        np.square(s.h21, out=s.d_z21)
        np.subtract(1.0, s.d_z21, out=s.d_z21)
        np.multiply(s.d_hidden_22, s.d_z21, out=s.d_z21)
        np.dot(s.ones, s.d_z21, out=d.residual_21_dense_1_b)
        np.dot(s.hidden_21.T, s.d_z21, out=d.residual_21_dense_1_W)
        np.dot(s.d_z21, p.residual_21_dense_1_W.T, out=s.d_z21_product)
        np.add(s.d_hidden_22, s.d_z21_product, out=s.d_hidden_21)

        # residual_20.dense_1                                        deep_residual.py:45
        # d_z20 = d_hidden_21 * (1 - square(h20))                              (N, 64)
        # d_b = sum over N of d_z20                                              (64,)
        # d_W = hidden_20^T d_z20                                             (64, 64)
        # d_hidden_20 = d_hidden_21 + d_z20 W^T                                (N, 64)
        np.square(s.h20, out=s.d_z20)
        np.subtract(1.0, s.d_z20, out=s.d_z20)
        np.multiply(s.d_hidden_21, s.d_z20, out=s.d_z20)
        np.dot(s.ones, s.d_z20, out=d.residual_20_dense_1_b)
        np.dot(s.hidden_20.T, s.d_z20, out=d.residual_20_dense_1_W)
        np.dot(s.d_z20, p.residual_20_dense_1_W.T, out=s.d_z20_product)
        np.add(s.d_hidden_21, s.d_z20_product, out=s.d_hidden_20)

        # residual_19.dense_1                                        deep_residual.py:45
        # d_z19 = d_hidden_20 * (1 - square(h19))                              (N, 64)
        # d_b = sum over N of d_z19                                              (64,)
        # d_W = hidden_19^T d_z19                                             (64, 64)
        # d_hidden_19 = d_hidden_20 + d_z19 W^T                                (N, 64)
        np.square(s.h19, out=s.d_z19)
        np.subtract(1.0, s.d_z19, out=s.d_z19)
        np.multiply(s.d_hidden_20, s.d_z19, out=s.d_z19)
        np.dot(s.ones, s.d_z19, out=d.residual_19_dense_1_b)
        np.dot(s.hidden_19.T, s.d_z19, out=d.residual_19_dense_1_W)
        np.dot(s.d_z19, p.residual_19_dense_1_W.T, out=s.d_z19_product)
        np.add(s.d_hidden_20, s.d_z19_product, out=s.d_hidden_19)

        # residual_18.dense_1                                        deep_residual.py:45
        # d_z18 = d_hidden_19 * (1 - square(h18))                              (N, 64)
        # d_b = sum over N of d_z18                                              (64,)
        # d_W = hidden_18^T d_z18                                             (64, 64)
        # d_hidden_18 = d_hidden_19 + d_z18 W^T                                (N, 64)
        np.square(s.h18, out=s.d_z18)
        np.subtract(1.0, s.d_z18, out=s.d_z18)
        np.multiply(s.d_hidden_19, s.d_z18, out=s.d_z18)
        np.dot(s.ones, s.d_z18, out=d.residual_18_dense_1_b)
        np.dot(s.hidden_18.T, s.d_z18, out=d.residual_18_dense_1_W)
        np.dot(s.d_z18, p.residual_18_dense_1_W.T, out=s.d_z18_product)
        np.add(s.d_hidden_19, s.d_z18_product, out=s.d_hidden_18)

        # residual_17.dense_1                                        deep_residual.py:45
        # d_z17 = d_hidden_18 * (1 - square(h17))                              (N, 64)
        # d_b = sum over N of d_z17                                              (64,)
        # d_W = hidden_17^T d_z17                                             (64, 64)
        # d_hidden_17 = d_hidden_18 + d_z17 W^T                                (N, 64)
        np.square(s.h17, out=s.d_z17)
        np.subtract(1.0, s.d_z17, out=s.d_z17)
        np.multiply(s.d_hidden_18, s.d_z17, out=s.d_z17)
        np.dot(s.ones, s.d_z17, out=d.residual_17_dense_1_b)
        np.dot(s.hidden_17.T, s.d_z17, out=d.residual_17_dense_1_W)
        np.dot(s.d_z17, p.residual_17_dense_1_W.T, out=s.d_z17_product)
        np.add(s.d_hidden_18, s.d_z17_product, out=s.d_hidden_17)

        # residual_16.dense_1                                        deep_residual.py:45
        # d_z16 = d_hidden_17 * (1 - square(h16))                              (N, 64)
        # d_b = sum over N of d_z16                                              (64,)
        # d_W = hidden_16^T d_z16                                             (64, 64)
        # d_hidden_16 = d_hidden_17 + d_z16 W^T                                (N, 64)
        np.square(s.h16, out=s.d_z16)
        np.subtract(1.0, s.d_z16, out=s.d_z16)
        np.multiply(s.d_hidden_17, s.d_z16, out=s.d_z16)
        np.dot(s.ones, s.d_z16, out=d.residual_16_dense_1_b)
        np.dot(s.hidden_16.T, s.d_z16, out=d.residual_16_dense_1_W)
        np.dot(s.d_z16, p.residual_16_dense_1_W.T, out=s.d_z16_product)
        np.add(s.d_hidden_17, s.d_z16_product, out=s.d_hidden_16)

        # residual_15.dense_1                                        deep_residual.py:45
        # d_z15 = d_hidden_16 * (1 - square(h15))                              (N, 64)
        # d_b = sum over N of d_z15                                              (64,)
        # d_W = hidden_15^T d_z15                                             (64, 64)
        # d_hidden_15 = d_hidden_16 + d_z15 W^T                                (N, 64)
        np.square(s.h15, out=s.d_z15)
        np.subtract(1.0, s.d_z15, out=s.d_z15)
        np.multiply(s.d_hidden_16, s.d_z15, out=s.d_z15)
        np.dot(s.ones, s.d_z15, out=d.residual_15_dense_1_b)
        np.dot(s.hidden_15.T, s.d_z15, out=d.residual_15_dense_1_W)
        np.dot(s.d_z15, p.residual_15_dense_1_W.T, out=s.d_z15_product)
        np.add(s.d_hidden_16, s.d_z15_product, out=s.d_hidden_15)

        # residual_14.dense_1                                        deep_residual.py:45
        # d_z14 = d_hidden_15 * (1 - square(h14))                              (N, 64)
        # d_b = sum over N of d_z14                                              (64,)
        # d_W = hidden_14^T d_z14                                             (64, 64)
        # d_hidden_14 = d_hidden_15 + d_z14 W^T                                (N, 64)
        np.square(s.h14, out=s.d_z14)
        np.subtract(1.0, s.d_z14, out=s.d_z14)
        np.multiply(s.d_hidden_15, s.d_z14, out=s.d_z14)
        np.dot(s.ones, s.d_z14, out=d.residual_14_dense_1_b)
        np.dot(s.hidden_14.T, s.d_z14, out=d.residual_14_dense_1_W)
        np.dot(s.d_z14, p.residual_14_dense_1_W.T, out=s.d_z14_product)
        np.add(s.d_hidden_15, s.d_z14_product, out=s.d_hidden_14)

        # residual_13.dense_1                                        deep_residual.py:45
        # d_z13 = d_hidden_14 * (1 - square(h13))                              (N, 64)
        # d_b = sum over N of d_z13                                              (64,)
        # d_W = hidden_13^T d_z13                                             (64, 64)
        # d_hidden_13 = d_hidden_14 + d_z13 W^T                                (N, 64)
        np.square(s.h13, out=s.d_z13)
        np.subtract(1.0, s.d_z13, out=s.d_z13)
        np.multiply(s.d_hidden_14, s.d_z13, out=s.d_z13)
        np.dot(s.ones, s.d_z13, out=d.residual_13_dense_1_b)
        np.dot(s.hidden_13.T, s.d_z13, out=d.residual_13_dense_1_W)
        np.dot(s.d_z13, p.residual_13_dense_1_W.T, out=s.d_z13_product)
        np.add(s.d_hidden_14, s.d_z13_product, out=s.d_hidden_13)

        # residual_12.dense_1                                        deep_residual.py:45
        # d_z12 = d_hidden_13 * (1 - square(h12))                              (N, 64)
        # d_b = sum over N of d_z12                                              (64,)
        # d_W = hidden_12^T d_z12                                             (64, 64)
        # d_hidden_12 = d_hidden_13 + d_z12 W^T                                (N, 64)
        np.square(s.h12, out=s.d_z12)
        np.subtract(1.0, s.d_z12, out=s.d_z12)
        np.multiply(s.d_hidden_13, s.d_z12, out=s.d_z12)
        np.dot(s.ones, s.d_z12, out=d.residual_12_dense_1_b)
        np.dot(s.hidden_12.T, s.d_z12, out=d.residual_12_dense_1_W)
        np.dot(s.d_z12, p.residual_12_dense_1_W.T, out=s.d_z12_product)
        np.add(s.d_hidden_13, s.d_z12_product, out=s.d_hidden_12)

        # residual_11.dense_1                                        deep_residual.py:45
        # d_z11 = d_hidden_12 * (1 - square(h11))                              (N, 64)
        # d_b = sum over N of d_z11                                              (64,)
        # d_W = hidden_11^T d_z11                                             (64, 64)
        # d_hidden_11 = d_hidden_12 + d_z11 W^T                                (N, 64)
        np.square(s.h11, out=s.d_z11)
        np.subtract(1.0, s.d_z11, out=s.d_z11)
        np.multiply(s.d_hidden_12, s.d_z11, out=s.d_z11)
        np.dot(s.ones, s.d_z11, out=d.residual_11_dense_1_b)
        np.dot(s.hidden_11.T, s.d_z11, out=d.residual_11_dense_1_W)
        np.dot(s.d_z11, p.residual_11_dense_1_W.T, out=s.d_z11_product)
        np.add(s.d_hidden_12, s.d_z11_product, out=s.d_hidden_11)

        # residual_10.dense_1                                        deep_residual.py:45
        # d_z10 = d_hidden_11 * (1 - square(h10))                              (N, 64)
        # d_b = sum over N of d_z10                                              (64,)
        # d_W = hidden_10^T d_z10                                             (64, 64)
        # d_hidden_10 = d_hidden_11 + d_z10 W^T                                (N, 64)
        np.square(s.h10, out=s.d_z10)
        np.subtract(1.0, s.d_z10, out=s.d_z10)
        np.multiply(s.d_hidden_11, s.d_z10, out=s.d_z10)
        np.dot(s.ones, s.d_z10, out=d.residual_10_dense_1_b)
        np.dot(s.hidden_10.T, s.d_z10, out=d.residual_10_dense_1_W)
        np.dot(s.d_z10, p.residual_10_dense_1_W.T, out=s.d_z10_product)
        np.add(s.d_hidden_11, s.d_z10_product, out=s.d_hidden_10)

        # residual_9.dense_1                                         deep_residual.py:45
        # d_z9 = d_hidden_10 * (1 - square(h9))                                (N, 64)
        # d_b = sum over N of d_z9                                               (64,)
        # d_W = hidden_9^T d_z9                                               (64, 64)
        # d_hidden_9 = d_hidden_10 + d_z9 W^T                                  (N, 64)
        np.square(s.h9, out=s.d_z9)
        np.subtract(1.0, s.d_z9, out=s.d_z9)
        np.multiply(s.d_hidden_10, s.d_z9, out=s.d_z9)
        np.dot(s.ones, s.d_z9, out=d.residual_9_dense_1_b)
        np.dot(s.hidden_9.T, s.d_z9, out=d.residual_9_dense_1_W)
        np.dot(s.d_z9, p.residual_9_dense_1_W.T, out=s.d_z9_product)
        np.add(s.d_hidden_10, s.d_z9_product, out=s.d_hidden_9)

        # residual_8.dense_1                                         deep_residual.py:45
        # d_z8 = d_hidden_9 * (1 - square(h8))                                 (N, 64)
        # d_b = sum over N of d_z8                                               (64,)
        # d_W = hidden_8^T d_z8                                               (64, 64)
        # d_hidden_8 = d_hidden_9 + d_z8 W^T                                   (N, 64)
        np.square(s.h8, out=s.d_z8)
        np.subtract(1.0, s.d_z8, out=s.d_z8)
        np.multiply(s.d_hidden_9, s.d_z8, out=s.d_z8)
        np.dot(s.ones, s.d_z8, out=d.residual_8_dense_1_b)
        np.dot(s.hidden_8.T, s.d_z8, out=d.residual_8_dense_1_W)
        np.dot(s.d_z8, p.residual_8_dense_1_W.T, out=s.d_z8_product)
        np.add(s.d_hidden_9, s.d_z8_product, out=s.d_hidden_8)

        # residual_7.dense_1                                         deep_residual.py:45
        # d_z7 = d_hidden_8 * (1 - square(h7))                                 (N, 64)
        # d_b = sum over N of d_z7                                               (64,)
        # d_W = hidden_7^T d_z7                                               (64, 64)
        # d_hidden_7 = d_hidden_8 + d_z7 W^T                                   (N, 64)
        np.square(s.h7, out=s.d_z7)
        np.subtract(1.0, s.d_z7, out=s.d_z7)
        np.multiply(s.d_hidden_8, s.d_z7, out=s.d_z7)
        np.dot(s.ones, s.d_z7, out=d.residual_7_dense_1_b)
        np.dot(s.hidden_7.T, s.d_z7, out=d.residual_7_dense_1_W)
        np.dot(s.d_z7, p.residual_7_dense_1_W.T, out=s.d_z7_product)
        np.add(s.d_hidden_8, s.d_z7_product, out=s.d_hidden_7)

        # residual_6.dense_1                                         deep_residual.py:45
        # d_z6 = d_hidden_7 * (1 - square(h6))                                 (N, 64)
        # d_b = sum over N of d_z6                                               (64,)
        # d_W = hidden_6^T d_z6                                               (64, 64)
        # d_hidden_6 = d_hidden_7 + d_z6 W^T                                   (N, 64)
        np.square(s.h6, out=s.d_z6)
        np.subtract(1.0, s.d_z6, out=s.d_z6)
        np.multiply(s.d_hidden_7, s.d_z6, out=s.d_z6)
        np.dot(s.ones, s.d_z6, out=d.residual_6_dense_1_b)
        np.dot(s.hidden_6.T, s.d_z6, out=d.residual_6_dense_1_W)
        np.dot(s.d_z6, p.residual_6_dense_1_W.T, out=s.d_z6_product)
        np.add(s.d_hidden_7, s.d_z6_product, out=s.d_hidden_6)

        # residual_5.dense_1                                         deep_residual.py:45
        # d_z5 = d_hidden_6 * (1 - square(h5))                                 (N, 64)
        # d_b = sum over N of d_z5                                               (64,)
        # d_W = hidden_5^T d_z5                                               (64, 64)
        # d_hidden_5 = d_hidden_6 + d_z5 W^T                                   (N, 64)
        np.square(s.h5, out=s.d_z5)
        np.subtract(1.0, s.d_z5, out=s.d_z5)
        np.multiply(s.d_hidden_6, s.d_z5, out=s.d_z5)
        np.dot(s.ones, s.d_z5, out=d.residual_5_dense_1_b)
        np.dot(s.hidden_5.T, s.d_z5, out=d.residual_5_dense_1_W)
        np.dot(s.d_z5, p.residual_5_dense_1_W.T, out=s.d_z5_product)
        np.add(s.d_hidden_6, s.d_z5_product, out=s.d_hidden_5)

        # residual_4.dense_1                                         deep_residual.py:45
        # d_z4 = d_hidden_5 * (1 - square(h4))                                 (N, 64)
        # d_b = sum over N of d_z4                                               (64,)
        # d_W = hidden_4^T d_z4                                               (64, 64)
        # d_hidden_4 = d_hidden_5 + d_z4 W^T                                   (N, 64)
        np.square(s.h4, out=s.d_z4)
        np.subtract(1.0, s.d_z4, out=s.d_z4)
        np.multiply(s.d_hidden_5, s.d_z4, out=s.d_z4)
        np.dot(s.ones, s.d_z4, out=d.residual_4_dense_1_b)
        np.dot(s.hidden_4.T, s.d_z4, out=d.residual_4_dense_1_W)
        np.dot(s.d_z4, p.residual_4_dense_1_W.T, out=s.d_z4_product)
        np.add(s.d_hidden_5, s.d_z4_product, out=s.d_hidden_4)

        # residual_3.dense_1                                         deep_residual.py:45
        # d_z3 = d_hidden_4 * (1 - square(h3))                                 (N, 64)
        # d_b = sum over N of d_z3                                               (64,)
        # d_W = hidden_3^T d_z3                                               (64, 64)
        # d_hidden_3 = d_hidden_4 + d_z3 W^T                                   (N, 64)
        np.square(s.h3, out=s.d_z3)
        np.subtract(1.0, s.d_z3, out=s.d_z3)
        np.multiply(s.d_hidden_4, s.d_z3, out=s.d_z3)
        np.dot(s.ones, s.d_z3, out=d.residual_3_dense_1_b)
        np.dot(s.hidden_3.T, s.d_z3, out=d.residual_3_dense_1_W)
        np.dot(s.d_z3, p.residual_3_dense_1_W.T, out=s.d_z3_product)
        np.add(s.d_hidden_4, s.d_z3_product, out=s.d_hidden_3)

        # residual_2.dense_1                                         deep_residual.py:45
        # d_z2 = d_hidden_3 * (1 - square(h2))                                 (N, 64)
        # d_b = sum over N of d_z2                                               (64,)
        # d_W = hidden_2^T d_z2                                               (64, 64)
        # d_hidden_2 = d_hidden_3 + d_z2 W^T                                   (N, 64)
        np.square(s.h2, out=s.d_z2)
        np.subtract(1.0, s.d_z2, out=s.d_z2)
        np.multiply(s.d_hidden_3, s.d_z2, out=s.d_z2)
        np.dot(s.ones, s.d_z2, out=d.residual_2_dense_1_b)
        np.dot(s.hidden_2.T, s.d_z2, out=d.residual_2_dense_1_W)
        np.dot(s.d_z2, p.residual_2_dense_1_W.T, out=s.d_z2_product)
        np.add(s.d_hidden_3, s.d_z2_product, out=s.d_hidden_2)

        # residual_1.dense_1                                         deep_residual.py:45
        # d_z1 = d_hidden_2 * (1 - square(h1))                                 (N, 64)
        # d_b = sum over N of d_z1                                               (64,)
        # d_W = hidden_1^T d_z1                                               (64, 64)
        # d_hidden_1 = d_hidden_2 + d_z1 W^T                                   (N, 64)
        np.square(s.h1, out=s.d_z1)
        np.subtract(1.0, s.d_z1, out=s.d_z1)
        np.multiply(s.d_hidden_2, s.d_z1, out=s.d_z1)
        np.dot(s.ones, s.d_z1, out=d.residual_1_dense_1_b)
        np.dot(s.hidden_1.T, s.d_z1, out=d.residual_1_dense_1_W)
        np.dot(s.d_z1, p.residual_1_dense_1_W.T, out=s.d_z1_product)
        np.add(s.d_hidden_2, s.d_z1_product, out=s.d_hidden_1)

        # dense_1                                                    deep_residual.py:45
        # d_z1_2 = d_hidden_1 * (1 - square(hidden_1))                         (N, 64)
        # d_b = sum over N of d_z1_2                                             (64,)
        # d_W = x^T d_z1_2                                                    (64, 64)
        np.square(s.hidden_1, out=s.hidden_1_square)
        np.subtract(1.0, s.hidden_1_square, out=s.hidden_1_minus_square)
        np.multiply(s.d_hidden_1, s.hidden_1_minus_square, out=s.d_z1_2)
        np.dot(s.ones, s.d_z1_2, out=d.dense_1_b)
        np.dot(x.T, s.d_z1_2, out=d.dense_1_W)

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: Adam(0.001)."""
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                                       deep_residual.py:72
        # momentum' = 0.9 * momentum + grads                                 (167050,)
        # squares' = 0.999 * squares + square(grads)                         (167050,)
        # params' = params - alpha_t * new_momentum_over                     (167050,)
        new_adam_step = adam_step + 1
        t = adam_step + 1.0
        c = math.sqrt((1.0 - 0.999**t) / 0.001)
        alpha_t = 0.001 * c * (0.1 / (1.0 - 0.9**t))
        epsilon_t = 1e-08 * c
        with _Whole():  # no interruption may leave this half done
            for momentum, grads, squares, scratch, params in s.adam_blocks:
                np.multiply(0.9, momentum, out=momentum)
                np.add(momentum, grads, out=momentum)
                np.multiply(0.999, squares, out=squares)
                np.square(grads, out=scratch)
                np.add(squares, scratch, out=squares)
                np.sqrt(squares, out=scratch)
                np.add(scratch, epsilon_t, out=scratch)
                np.divide(momentum, scratch, out=scratch)
                np.multiply(alpha_t, scratch, out=scratch)
                np.subtract(params, scratch, out=params)
            self.state.adam_step[...] = new_adam_step

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
        p, d = self.params, self.grads
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        units = -(-n // 16) * 16  # aligned
        memory = self._memory(max(20324 * units + 8, 262144))
        s.z1 = _window(memory, 0, np.float32, (n, 64))
        s.hidden_1 = _window(memory, 0, np.float32, (n, 64))
        s.z1_2 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h1 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_2 = _window(memory, 768 * units, np.float32, (n, 64))
        s.z2 = _window(memory, 512 * units, np.float32, (n, 64))
        s.h2 = _window(memory, 512 * units, np.float32, (n, 64))
        s.hidden_3 = _window(memory, 1536 * units, np.float32, (n, 64))
        s.z3 = _window(memory, 1024 * units, np.float32, (n, 64))
        s.h3 = _window(memory, 1024 * units, np.float32, (n, 64))
        s.hidden_4 = _window(memory, 2048 * units, np.float32, (n, 64))
        s.z4 = _window(memory, 1792 * units, np.float32, (n, 64))
        s.h4 = _window(memory, 1792 * units, np.float32, (n, 64))
        s.hidden_5 = _window(memory, 2560 * units, np.float32, (n, 64))
        s.z5 = _window(memory, 2304 * units, np.float32, (n, 64))
        s.h5 = _window(memory, 2304 * units, np.float32, (n, 64))
        s.hidden_6 = _window(memory, 3072 * units, np.float32, (n, 64))
        s.z6 = _window(memory, 2816 * units, np.float32, (n, 64))
        s.h6 = _window(memory, 2816 * units, np.float32, (n, 64))
        s.hidden_7 = _window(memory, 3584 * units, np.float32, (n, 64))
        s.z7 = _window(memory, 3328 * units, np.float32, (n, 64))
        s.h7 = _window(memory, 3328 * units, np.float32, (n, 64))
        s.hidden_8 = _window(memory, 4096 * units, np.float32, (n, 64))
        s.z8 = _window(memory, 3840 * units, np.float32, (n, 64))
        s.h8 = _window(memory, 3840 * units, np.float32, (n, 64))
        s.hidden_9 = _window(memory, 4608 * units, np.float32, (n, 64))
        s.z9 = _window(memory, 4352 * units, np.float32, (n, 64))
        s.h9 = _window(memory, 4352 * units, np.float32, (n, 64))
        s.hidden_10 = _window(memory, 5120 * units, np.float32, (n, 64))
        s.z10 = _window(memory, 4864 * units, np.float32, (n, 64))
        s.h10 = _window(memory, 4864 * units, np.float32, (n, 64))
        s.hidden_11 = _window(memory, 5632 * units, np.float32, (n, 64))
        s.z11 = _window(memory, 5376 * units, np.float32, (n, 64))
        s.h11 = _window(memory, 5376 * units, np.float32, (n, 64))
        s.hidden_12 = _window(memory, 6144 * units, np.float32, (n, 64))
        s.z12 = _window(memory, 5888 * units, np.float32, (n, 64))
        s.h12 = _window(memory, 5888 * units, np.float32, (n, 64))
        s.hidden_13 = _window(memory, 6656 * units, np.float32, (n, 64))
        s.z13 = _window(memory, 6400 * units, np.float32, (n, 64))
        s.h13 = _window(memory, 6400 * units, np.float32, (n, 64))
        s.hidden_14 = _window(memory, 7168 * units, np.float32, (n, 64))
        s.z14 = _window(memory, 6912 * units, np.float32, (n, 64))
        s.h14 = _window(memory, 6912 * units, np.float32, (n, 64))
        s.hidden_15 = _window(memory, 7680 * units, np.float32, (n, 64))
        s.z15 = _window(memory, 7424 * units, np.float32, (n, 64))
        s.h15 = _window(memory, 7424 * units, np.float32, (n, 64))
        s.hidden_16 = _window(memory, 8192 * units, np.float32, (n, 64))
        s.z16 = _window(memory, 7936 * units, np.float32, (n, 64))
        s.h16 = _window(memory, 7936 * units, np.float32, (n, 64))
        s.hidden_17 = _window(memory, 8704 * units, np.float32, (n, 64))
        s.z17 = _window(memory, 8448 * units, np.float32, (n, 64))
        s.h17 = _window(memory, 8448 * units, np.float32, (n, 64))
        s.hidden_18 = _window(memory, 9216 * units, np.float32, (n, 64))
        s.z18 = _window(memory, 8960 * units, np.float32, (n, 64))
        s.h18 = _window(memory, 8960 * units, np.float32, (n, 64))
        s.hidden_19 = _window(memory, 9728 * units, np.float32, (n, 64))
        s.z19 = _window(memory, 9472 * units, np.float32, (n, 64))
        s.h19 = _window(memory, 9472 * units, np.float32, (n, 64))
        s.hidden_20 = _window(memory, 10240 * units, np.float32, (n, 64))
        s.z20 = _window(memory, 9984 * units, np.float32, (n, 64))
        s.h20 = _window(memory, 9984 * units, np.float32, (n, 64))
        s.hidden_21 = _window(memory, 10752 * units, np.float32, (n, 64))
        s.z21 = _window(memory, 10496 * units, np.float32, (n, 64))
        s.h21 = _window(memory, 10496 * units, np.float32, (n, 64))
        s.hidden_22 = _window(memory, 11264 * units, np.float32, (n, 64))
        s.z22 = _window(memory, 11008 * units, np.float32, (n, 64))
        s.h22 = _window(memory, 11008 * units, np.float32, (n, 64))
        s.hidden_23 = _window(memory, 11776 * units, np.float32, (n, 64))
        s.z23 = _window(memory, 11520 * units, np.float32, (n, 64))
        s.h23 = _window(memory, 11520 * units, np.float32, (n, 64))
        s.hidden_24 = _window(memory, 12288 * units, np.float32, (n, 64))
        s.z24 = _window(memory, 12032 * units, np.float32, (n, 64))
        s.h24 = _window(memory, 12032 * units, np.float32, (n, 64))
        s.hidden_25 = _window(memory, 12800 * units, np.float32, (n, 64))
        s.z25 = _window(memory, 12544 * units, np.float32, (n, 64))
        s.h25 = _window(memory, 12544 * units, np.float32, (n, 64))
        s.hidden_26 = _window(memory, 13312 * units, np.float32, (n, 64))
        s.z26 = _window(memory, 13056 * units, np.float32, (n, 64))
        s.h26 = _window(memory, 13056 * units, np.float32, (n, 64))
        s.hidden_27 = _window(memory, 13824 * units, np.float32, (n, 64))
        s.z27 = _window(memory, 13568 * units, np.float32, (n, 64))
        s.h27 = _window(memory, 13568 * units, np.float32, (n, 64))
        s.hidden_28 = _window(memory, 14336 * units, np.float32, (n, 64))
        s.z28 = _window(memory, 14080 * units, np.float32, (n, 64))
        s.h28 = _window(memory, 14080 * units, np.float32, (n, 64))
        s.hidden_29 = _window(memory, 14848 * units, np.float32, (n, 64))
        s.z29 = _window(memory, 14592 * units, np.float32, (n, 64))
        s.h29 = _window(memory, 14592 * units, np.float32, (n, 64))
        s.hidden_30 = _window(memory, 15360 * units, np.float32, (n, 64))
        s.z30 = _window(memory, 15104 * units, np.float32, (n, 64))
        s.h30 = _window(memory, 15104 * units, np.float32, (n, 64))
        s.hidden_31 = _window(memory, 15872 * units, np.float32, (n, 64))
        s.z31 = _window(memory, 15616 * units, np.float32, (n, 64))
        s.h31 = _window(memory, 15616 * units, np.float32, (n, 64))
        s.hidden_32 = _window(memory, 16384 * units, np.float32, (n, 64))
        s.z32 = _window(memory, 16128 * units, np.float32, (n, 64))
        s.h32 = _window(memory, 16128 * units, np.float32, (n, 64))
        s.hidden_33 = _window(memory, 16896 * units, np.float32, (n, 64))
        s.z33 = _window(memory, 16640 * units, np.float32, (n, 64))
        s.h33 = _window(memory, 16640 * units, np.float32, (n, 64))
        s.hidden_34 = _window(memory, 17408 * units, np.float32, (n, 64))
        s.z34 = _window(memory, 17152 * units, np.float32, (n, 64))
        s.h34 = _window(memory, 17152 * units, np.float32, (n, 64))
        s.hidden_35 = _window(memory, 17920 * units, np.float32, (n, 64))
        s.z35 = _window(memory, 17664 * units, np.float32, (n, 64))
        s.h35 = _window(memory, 17664 * units, np.float32, (n, 64))
        s.hidden_36 = _window(memory, 18432 * units, np.float32, (n, 64))
        s.z36 = _window(memory, 18176 * units, np.float32, (n, 64))
        s.h36 = _window(memory, 18176 * units, np.float32, (n, 64))
        s.hidden_37 = _window(memory, 18944 * units, np.float32, (n, 64))
        s.z37 = _window(memory, 18688 * units, np.float32, (n, 64))
        s.h37 = _window(memory, 18688 * units, np.float32, (n, 64))
        s.hidden_38 = _window(memory, 19456 * units, np.float32, (n, 64))
        s.z38 = _window(memory, 19200 * units, np.float32, (n, 64))
        s.h38 = _window(memory, 19200 * units, np.float32, (n, 64))
        s.hidden_39 = _window(memory, 19968 * units, np.float32, (n, 64))
        s.z39 = _window(memory, 19712 * units, np.float32, (n, 64))
        s.h39 = _window(memory, 19712 * units, np.float32, (n, 64))
        s.hidden_40 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.logits = _window(memory, 20224 * units, np.float32, (n, 10))
        s.logits_max = _window(memory, 20264 * units, np.float32, (n, 1))
        s.logits_minus_max = _window(memory, 20224 * units, np.float32, (n, 10))
        s.logits_exp = _window(memory, 20264 * units, np.float32, (n, 10))
        s.logits_sum = _window(memory, 20312 * units, np.float32, (n, 1))
        s.logits_log = _window(memory, 20316 * units, np.float32, (n, 1))
        s.logits_reshape = s.logits_log.reshape(n)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.y_position = _window(memory, 20304 * units, np.int64, (n,))
        s.logits_take = _window(memory, 20320 * units, np.float32, (n,))
        s.logits_minus_take = _window(memory, 20320 * units, np.float32, (n,))
        s.loss = _window(memory, 20324 * units, np.float32, ())
        s.minus_ones = np.full((n,), -1.0, dtype=np.float32)
        s.logits_over_sum = _window(memory, 20264 * units, np.float32, (n, 10))
        s.d_logits = _window(memory, 20264 * units, np.float32, (n, 10))
        s.ones = np.ones((n,), dtype=np.float32)
        s.d_hidden_40 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z39 = _window(memory, 19712 * units, np.float32, (n, 64))
        s.d_z39_product = _window(memory, 19968 * units, np.float32, (n, 64))
        s.d_hidden_39 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z38 = _window(memory, 19200 * units, np.float32, (n, 64))
        s.d_z38_product = _window(memory, 19456 * units, np.float32, (n, 64))
        s.d_hidden_38 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z37 = _window(memory, 18688 * units, np.float32, (n, 64))
        s.d_z37_product = _window(memory, 18944 * units, np.float32, (n, 64))
        s.d_hidden_37 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z36 = _window(memory, 18176 * units, np.float32, (n, 64))
        s.d_z36_product = _window(memory, 18432 * units, np.float32, (n, 64))
        s.d_hidden_36 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z35 = _window(memory, 17664 * units, np.float32, (n, 64))
        s.d_z35_product = _window(memory, 17920 * units, np.float32, (n, 64))
        s.d_hidden_35 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z34 = _window(memory, 17152 * units, np.float32, (n, 64))
        s.d_z34_product = _window(memory, 17408 * units, np.float32, (n, 64))
        s.d_hidden_34 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z33 = _window(memory, 16640 * units, np.float32, (n, 64))
        s.d_z33_product = _window(memory, 16896 * units, np.float32, (n, 64))
        s.d_hidden_33 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z32 = _window(memory, 16128 * units, np.float32, (n, 64))
        s.d_z32_product = _window(memory, 16384 * units, np.float32, (n, 64))
        s.d_hidden_32 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z31 = _window(memory, 15616 * units, np.float32, (n, 64))
        s.d_z31_product = _window(memory, 15872 * units, np.float32, (n, 64))
        s.d_hidden_31 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z30 = _window(memory, 15104 * units, np.float32, (n, 64))
        s.d_z30_product = _window(memory, 15360 * units, np.float32, (n, 64))
        s.d_hidden_30 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z29 = _window(memory, 14592 * units, np.float32, (n, 64))
        s.d_z29_product = _window(memory, 14848 * units, np.float32, (n, 64))
        s.d_hidden_29 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z28 = _window(memory, 14080 * units, np.float32, (n, 64))
        s.d_z28_product = _window(memory, 14336 * units, np.float32, (n, 64))
        s.d_hidden_28 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z27 = _window(memory, 13568 * units, np.float32, (n, 64))
        s.d_z27_product = _window(memory, 13824 * units, np.float32, (n, 64))
        s.d_hidden_27 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z26 = _window(memory, 13056 * units, np.float32, (n, 64))
        s.d_z26_product = _window(memory, 13312 * units, np.float32, (n, 64))
        s.d_hidden_26 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z25 = _window(memory, 12544 * units, np.float32, (n, 64))
        s.d_z25_product = _window(memory, 12800 * units, np.float32, (n, 64))
        s.d_hidden_25 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z24 = _window(memory, 12032 * units, np.float32, (n, 64))
        s.d_z24_product = _window(memory, 12288 * units, np.float32, (n, 64))
        s.d_hidden_24 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z23 = _window(memory, 11520 * units, np.float32, (n, 64))
        s.d_z23_product = _window(memory, 11776 * units, np.float32, (n, 64))
        s.d_hidden_23 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z22 = _window(memory, 11008 * units, np.float32, (n, 64))
        s.d_z22_product = _window(memory, 11264 * units, np.float32, (n, 64))
        s.d_hidden_22 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z21 = _window(memory, 10496 * units, np.float32, (n, 64))
        s.d_z21_product = _window(memory, 10752 * units, np.float32, (n, 64))
        s.d_hidden_21 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z20 = _window(memory, 9984 * units, np.float32, (n, 64))
        s.d_z20_product = _window(memory, 10240 * units, np.float32, (n, 64))
        s.d_hidden_20 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z19 = _window(memory, 9472 * units, np.float32, (n, 64))
        s.d_z19_product = _window(memory, 9728 * units, np.float32, (n, 64))
        s.d_hidden_19 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z18 = _window(memory, 8960 * units, np.float32, (n, 64))
        s.d_z18_product = _window(memory, 9216 * units, np.float32, (n, 64))
        s.d_hidden_18 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z17 = _window(memory, 8448 * units, np.float32, (n, 64))
        s.d_z17_product = _window(memory, 8704 * units, np.float32, (n, 64))
        s.d_hidden_17 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z16 = _window(memory, 7936 * units, np.float32, (n, 64))
        s.d_z16_product = _window(memory, 8192 * units, np.float32, (n, 64))
        s.d_hidden_16 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z15 = _window(memory, 7424 * units, np.float32, (n, 64))
        s.d_z15_product = _window(memory, 7680 * units, np.float32, (n, 64))
        s.d_hidden_15 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z14 = _window(memory, 6912 * units, np.float32, (n, 64))
        s.d_z14_product = _window(memory, 7168 * units, np.float32, (n, 64))
        s.d_hidden_14 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z13 = _window(memory, 6400 * units, np.float32, (n, 64))
        s.d_z13_product = _window(memory, 6656 * units, np.float32, (n, 64))
        s.d_hidden_13 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z12 = _window(memory, 5888 * units, np.float32, (n, 64))
        s.d_z12_product = _window(memory, 6144 * units, np.float32, (n, 64))
        s.d_hidden_12 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z11 = _window(memory, 5376 * units, np.float32, (n, 64))
        s.d_z11_product = _window(memory, 5632 * units, np.float32, (n, 64))
        s.d_hidden_11 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z10 = _window(memory, 4864 * units, np.float32, (n, 64))
        s.d_z10_product = _window(memory, 5120 * units, np.float32, (n, 64))
        s.d_hidden_10 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z9 = _window(memory, 4352 * units, np.float32, (n, 64))
        s.d_z9_product = _window(memory, 4608 * units, np.float32, (n, 64))
        s.d_hidden_9 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z8 = _window(memory, 3840 * units, np.float32, (n, 64))
        s.d_z8_product = _window(memory, 4096 * units, np.float32, (n, 64))
        s.d_hidden_8 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z7 = _window(memory, 3328 * units, np.float32, (n, 64))
        s.d_z7_product = _window(memory, 3584 * units, np.float32, (n, 64))
        s.d_hidden_7 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z6 = _window(memory, 2816 * units, np.float32, (n, 64))
        s.d_z6_product = _window(memory, 3072 * units, np.float32, (n, 64))
        s.d_hidden_6 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z5 = _window(memory, 2304 * units, np.float32, (n, 64))
        s.d_z5_product = _window(memory, 2560 * units, np.float32, (n, 64))
        s.d_hidden_5 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z4 = _window(memory, 1792 * units, np.float32, (n, 64))
        s.d_z4_product = _window(memory, 2048 * units, np.float32, (n, 64))
        s.d_hidden_4 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z3 = _window(memory, 1024 * units, np.float32, (n, 64))
        s.d_z3_product = _window(memory, 1536 * units, np.float32, (n, 64))
        s.d_hidden_3 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z2 = _window(memory, 512 * units, np.float32, (n, 64))
        s.d_z2_product = _window(memory, 768 * units, np.float32, (n, 64))
        s.d_hidden_2 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.d_z1 = _window(memory, 256 * units, np.float32, (n, 64))
        s.d_z1_product = _window(memory, 512 * units, np.float32, (n, 64))
        s.d_hidden_1 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.hidden_1_square = _window(memory, 0, np.float32, (n, 64))
        s.hidden_1_minus_square = _window(memory, 0, np.float32, (n, 64))
        s.d_z1_2 = _window(memory, 1280 * units, np.float32, (n, 64))
        s.grads_square = _window(memory, 0, np.float32, (65536,))
        s.adam_blocks = _blocks(
            167050,
            self.momentum.flat,
            d.flat,
            self.squares.flat,
            s.grads_square,
            p.flat,
        )
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 64)
        """
        s = self._predict_slots(x)
        probs = self._forward(s, x)
        return {"probs": probs.copy()}

    def _forward(self, s, x):
        """The forward pass to the outputs."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                    deep_residual.py:45
        # z1 = x W + b                                                         (N, 64)
        # hidden_1 = tanh(z1)                                                  (N, 64)
        np.dot(x, p.dense_1_W, out=s.z1)
        np.add(s.z1, p.dense_1_b, out=s.z1)
        np.tanh(s.z1, out=s.hidden_1)

        # residual_1.dense_1                                         deep_residual.py:45
        # z1_2 = hidden_1 W + b                                                (N, 64)
        # h1 = tanh(z1_2)                                                      (N, 64)
        np.dot(s.hidden_1, p.residual_1_dense_1_W, out=s.z1_2)
        np.add(s.z1_2, p.residual_1_dense_1_b, out=s.z1_2)
        np.tanh(s.z1_2, out=s.h1)

        # residual_1: hidden_2 = hidden_1 + h1             (N, 64)   deep_residual.py:47
        np.add(s.hidden_1, s.h1, out=s.hidden_2)

        # residual_2.dense_1                                         deep_residual.py:45
        # z2 = hidden_2 W + b                                                  (N, 64)
        # h2 = tanh(z2)                                                        (N, 64)
        np.dot(s.hidden_2, p.residual_2_dense_1_W, out=s.z2)
        np.add(s.z2, p.residual_2_dense_1_b, out=s.z2)
        np.tanh(s.z2, out=s.h2)

        # residual_2: hidden_3 = hidden_2 + h2             (N, 64)   deep_residual.py:47
        np.add(s.hidden_2, s.h2, out=s.hidden_3)

        # residual_3.dense_1                                         deep_residual.py:45
        # z3 = hidden_3 W + b                                                  (N, 64)
        # h3 = tanh(z3)                                                        (N, 64)
        np.dot(s.hidden_3, p.residual_3_dense_1_W, out=s.z3)
        np.add(s.z3, p.residual_3_dense_1_b, out=s.z3)
        np.tanh(s.z3, out=s.h3)

        # residual_3: hidden_4 = hidden_3 + h3             (N, 64)   deep_residual.py:47
        np.add(s.hidden_3, s.h3, out=s.hidden_4)

        # residual_4.dense_1                                         deep_residual.py:45
        # z4 = hidden_4 W + b                                                  (N, 64)
        # h4 = tanh(z4)                                                        (N, 64)
        np.dot(s.hidden_4, p.residual_4_dense_1_W, out=s.z4)
        np.add(s.z4, p.residual_4_dense_1_b, out=s.z4)
        np.tanh(s.z4, out=s.h4)

        # residual_4: hidden_5 = hidden_4 + h4             (N, 64)   deep_residual.py:47
        np.add(s.hidden_4, s.h4, out=s.hidden_5)

        # residual_5.dense_1                                         deep_residual.py:45
        # z5 = hidden_5 W + b                                                  (N, 64)
        # h5 = tanh(z5)                                                        (N, 64)
        np.dot(s.hidden_5, p.residual_5_dense_1_W, out=s.z5)
        np.add(s.z5, p.residual_5_dense_1_b, out=s.z5)
        np.tanh(s.z5, out=s.h5)

        # residual_5: hidden_6 = hidden_5 + h5             (N, 64)   deep_residual.py:47
        np.add(s.hidden_5, s.h5, out=s.hidden_6)

        # residual_6.dense_1                                         deep_residual.py:45
        # z6 = hidden_6 W + b                                                  (N, 64)
        # h6 = tanh(z6)                                                        (N, 64)
        np.dot(s.hidden_6, p.residual_6_dense_1_W, out=s.z6)
        np.add(s.z6, p.residual_6_dense_1_b, out=s.z6)
        np.tanh(s.z6, out=s.h6)

        # residual_6: hidden_7 = hidden_6 + h6             (N, 64)   deep_residual.py:47
        np.add(s.hidden_6, s.h6, out=s.hidden_7)

        # residual_7.dense_1                                         deep_residual.py:45
        # z7 = hidden_7 W + b                                                  (N, 64)
        # h7 = tanh(z7)                                                        (N, 64)
        np.dot(s.hidden_7, p.residual_7_dense_1_W, out=s.z7)
        np.add(s.z7, p.residual_7_dense_1_b, out=s.z7)
        np.tanh(s.z7, out=s.h7)

        # residual_7: hidden_8 = hidden_7 + h7             (N, 64)   deep_residual.py:47
        np.add(s.hidden_7, s.h7, out=s.hidden_8)

        # residual_8.dense_1                                         deep_residual.py:45
        # z8 = hidden_8 W + b                                                  (N, 64)
        # h8 = tanh(z8)                                                        (N, 64)
        np.dot(s.hidden_8, p.residual_8_dense_1_W, out=s.z8)
        np.add(s.z8, p.residual_8_dense_1_b, out=s.z8)
        np.tanh(s.z8, out=s.h8)

        # residual_8: hidden_9 = hidden_8 + h8             (N, 64)   deep_residual.py:47
        np.add(s.hidden_8, s.h8, out=s.hidden_9)

        # residual_9.dense_1                                         deep_residual.py:45
        # z9 = hidden_9 W + b                                                  (N, 64)
        # h9 = tanh(z9)                                                        (N, 64)
        np.dot(s.hidden_9, p.residual_9_dense_1_W, out=s.z9)
        np.add(s.z9, p.residual_9_dense_1_b, out=s.z9)
        np.tanh(s.z9, out=s.h9)

        # residual_9: hidden_10 = hidden_9 + h9            (N, 64)   deep_residual.py:47
        np.add(s.hidden_9, s.h9, out=s.hidden_10)

        # residual_10.dense_1                                        deep_residual.py:45
        # z10 = hidden_10 W + b                                                (N, 64)
        # h10 = tanh(z10)                                                      (N, 64)
        np.dot(s.hidden_10, p.residual_10_dense_1_W, out=s.z10)
        np.add(s.z10, p.residual_10_dense_1_b, out=s.z10)
        np.tanh(s.z10, out=s.h10)

        # residual_10: hidden_11 = hidden_10 + h10         (N, 64)   deep_residual.py:47
        np.add(s.hidden_10, s.h10, out=s.hidden_11)

        # residual_11.dense_1                                        deep_residual.py:45
        # z11 = hidden_11 W + b                                                (N, 64)
        # h11 = tanh(z11)                                                      (N, 64)
        np.dot(s.hidden_11, p.residual_11_dense_1_W, out=s.z11)
        np.add(s.z11, p.residual_11_dense_1_b, out=s.z11)
        np.tanh(s.z11, out=s.h11)

        # residual_11: hidden_12 = hidden_11 + h11         (N, 64)   deep_residual.py:47
        np.add(s.hidden_11, s.h11, out=s.hidden_12)

        # residual_12.dense_1                                        deep_residual.py:45
        # z12 = hidden_12 W + b                                                (N, 64)
        # h12 = tanh(z12)                                                      (N, 64)
        np.dot(s.hidden_12, p.residual_12_dense_1_W, out=s.z12)
        np.add(s.z12, p.residual_12_dense_1_b, out=s.z12)
        np.tanh(s.z12, out=s.h12)

        # residual_12: hidden_13 = hidden_12 + h12         (N, 64)   deep_residual.py:47
        np.add(s.hidden_12, s.h12, out=s.hidden_13)

        # residual_13.dense_1                                        deep_residual.py:45
        # z13 = hidden_13 W + b                                                (N, 64)
        # h13 = tanh(z13)                                                      (N, 64)
        np.dot(s.hidden_13, p.residual_13_dense_1_W, out=s.z13)
        np.add(s.z13, p.residual_13_dense_1_b, out=s.z13)
        np.tanh(s.z13, out=s.h13)

        # residual_13: hidden_14 = hidden_13 + h13         (N, 64)   deep_residual.py:47
        np.add(s.hidden_13, s.h13, out=s.hidden_14)

        # residual_14.dense_1                                        deep_residual.py:45
        # z14 = hidden_14 W + b                                                (N, 64)
        # h14 = tanh(z14)                                                      (N, 64)
        np.dot(s.hidden_14, p.residual_14_dense_1_W, out=s.z14)
        np.add(s.z14, p.residual_14_dense_1_b, out=s.z14)
        np.tanh(s.z14, out=s.h14)

        # residual_14: hidden_15 = hidden_14 + h14         (N, 64)   deep_residual.py:47
        np.add(s.hidden_14, s.h14, out=s.hidden_15)

        # residual_15.dense_1                                        deep_residual.py:45
        # z15 = hidden_15 W + b                                                (N, 64)
        # h15 = tanh(z15)                                                      (N, 64)
        np.dot(s.hidden_15, p.residual_15_dense_1_W, out=s.z15)
        np.add(s.z15, p.residual_15_dense_1_b, out=s.z15)
        np.tanh(s.z15, out=s.h15)

        # residual_15: hidden_16 = hidden_15 + h15         (N, 64)   deep_residual.py:47
        np.add(s.hidden_15, s.h15, out=s.hidden_16)

        # residual_16.dense_1                                        deep_residual.py:45
        # z16 = hidden_16 W + b                                                (N, 64)
        # h16 = tanh(z16)                                                      (N, 64)
        np.dot(s.hidden_16, p.residual_16_dense_1_W, out=s.z16)
        np.add(s.z16, p.residual_16_dense_1_b, out=s.z16)
        np.tanh(s.z16, out=s.h16)

        # residual_16: hidden_17 = hidden_16 + h16         (N, 64)   deep_residual.py:47
        np.add(s.hidden_16, s.h16, out=s.hidden_17)

        # residual_17.dense_1                                        deep_residual.py:45
        # z17 = hidden_17 W + b                                                (N, 64)
        # h17 = tanh(z17)                                                      (N, 64)
        np.dot(s.hidden_17, p.residual_17_dense_1_W, out=s.z17)
        np.add(s.z17, p.residual_17_dense_1_b, out=s.z17)
        np.tanh(s.z17, out=s.h17)

        # residual_17: hidden_18 = hidden_17 + h17         (N, 64)   deep_residual.py:47
        np.add(s.hidden_17, s.h17, out=s.hidden_18)

        # residual_18.dense_1                                        deep_residual.py:45
        # z18 = hidden_18 W + b                                                (N, 64)
        # h18 = tanh(z18)                                                      (N, 64)
        np.dot(s.hidden_18, p.residual_18_dense_1_W, out=s.z18)
        np.add(s.z18, p.residual_18_dense_1_b, out=s.z18)
        np.tanh(s.z18, out=s.h18)

        # residual_18: hidden_19 = hidden_18 + h18         (N, 64)   deep_residual.py:47
        np.add(s.hidden_18, s.h18, out=s.hidden_19)

        # residual_19.dense_1                                        deep_residual.py:45
        # z19 = hidden_19 W + b                                                (N, 64)
        # h19 = tanh(z19)                                                      (N, 64)
        np.dot(s.hidden_19, p.residual_19_dense_1_W, out=s.z19)
        np.add(s.z19, p.residual_19_dense_1_b, out=s.z19)
        np.tanh(s.z19, out=s.h19)

        # residual_19: hidden_20 = hidden_19 + h19         (N, 64)   deep_residual.py:47
        np.add(s.hidden_19, s.h19, out=s.hidden_20)

        # residual_20.dense_1                                        deep_residual.py:45
        # z20 = hidden_20 W + b                                                (N, 64)
        # h20 = tanh(z20)                                                      (N, 64)
        np.dot(s.hidden_20, p.residual_20_dense_1_W, out=s.z20)
        np.add(s.z20, p.residual_20_dense_1_b, out=s.z20)
        np.tanh(s.z20, out=s.h20)

        # residual_20: hidden_21 = hidden_20 + h20         (N, 64)   deep_residual.py:47
        np.add(s.hidden_20, s.h20, out=s.hidden_21)

        # residual_21.dense_1                                        deep_residual.py:45
        # z21 = hidden_21 W + b                                                (N, 64)
        # h21 = tanh(z21)                                                      (N, 64)
        np.dot(s.hidden_21, p.residual_21_dense_1_W, out=s.z21)
        np.add(s.z21, p.residual_21_dense_1_b, out=s.z21)
        np.tanh(s.z21, out=s.h21)

        # residual_21: hidden_22 = hidden_21 + h21         (N, 64)   deep_residual.py:47
        np.add(s.hidden_21, s.h21, out=s.hidden_22)

        # residual_22.dense_1                                        deep_residual.py:45
        # z22 = hidden_22 W + b                                                (N, 64)
        # h22 = tanh(z22)                                                      (N, 64)
        np.dot(s.hidden_22, p.residual_22_dense_1_W, out=s.z22)
        np.add(s.z22, p.residual_22_dense_1_b, out=s.z22)
        np.tanh(s.z22, out=s.h22)

        # residual_22: hidden_23 = hidden_22 + h22         (N, 64)   deep_residual.py:47
        np.add(s.hidden_22, s.h22, out=s.hidden_23)

        # residual_23.dense_1                                        deep_residual.py:45
        # z23 = hidden_23 W + b                                                (N, 64)
        # h23 = tanh(z23)                                                      (N, 64)
        np.dot(s.hidden_23, p.residual_23_dense_1_W, out=s.z23)
        np.add(s.z23, p.residual_23_dense_1_b, out=s.z23)
        np.tanh(s.z23, out=s.h23)

        # residual_23: hidden_24 = hidden_23 + h23         (N, 64)   deep_residual.py:47
        np.add(s.hidden_23, s.h23, out=s.hidden_24)

        # residual_24.dense_1                                        deep_residual.py:45
        # z24 = hidden_24 W + b                                                (N, 64)
        # h24 = tanh(z24)                                                      (N, 64)
        np.dot(s.hidden_24, p.residual_24_dense_1_W, out=s.z24)
        np.add(s.z24, p.residual_24_dense_1_b, out=s.z24)
        np.tanh(s.z24, out=s.h24)

        # residual_24: hidden_25 = hidden_24 + h24         (N, 64)   deep_residual.py:47
        np.add(s.hidden_24, s.h24, out=s.hidden_25)

        # residual_25.dense_1                                        deep_residual.py:45
        # z25 = hidden_25 W + b                                                (N, 64)
        # h25 = tanh(z25)                                                      (N, 64)
        np.dot(s.hidden_25, p.residual_25_dense_1_W, out=s.z25)
        np.add(s.z25, p.residual_25_dense_1_b, out=s.z25)
        np.tanh(s.z25, out=s.h25)

        # residual_25: hidden_26 = hidden_25 + h25         (N, 64)   deep_residual.py:47
        np.add(s.hidden_25, s.h25, out=s.hidden_26)

        # residual_26.dense_1                                        deep_residual.py:45
        # z26 = hidden_26 W + b                                                (N, 64)
        # h26 = tanh(z26)                                                      (N, 64)
        np.dot(s.hidden_26, p.residual_26_dense_1_W, out=s.z26)
        np.add(s.z26, p.residual_26_dense_1_b, out=s.z26)
        np.tanh(s.z26, out=s.h26)

        # residual_26: hidden_27 = hidden_26 + h26         (N, 64)   deep_residual.py:47
        np.add(s.hidden_26, s.h26, out=s.hidden_27)

        # residual_27.dense_1                                        deep_residual.py:45
        # z27 = hidden_27 W + b                                                (N, 64)
        # h27 = tanh(z27)                                                      (N, 64)
        np.dot(s.hidden_27, p.residual_27_dense_1_W, out=s.z27)
        np.add(s.z27, p.residual_27_dense_1_b, out=s.z27)
        np.tanh(s.z27, out=s.h27)

        # residual_27: hidden_28 = hidden_27 + h27         (N, 64)   deep_residual.py:47
        np.add(s.hidden_27, s.h27, out=s.hidden_28)

        # residual_28.dense_1                                        deep_residual.py:45
        # z28 = hidden_28 W + b                                                (N, 64)
        # h28 = tanh(z28)                                                      (N, 64)
        np.dot(s.hidden_28, p.residual_28_dense_1_W, out=s.z28)
        np.add(s.z28, p.residual_28_dense_1_b, out=s.z28)
        np.tanh(s.z28, out=s.h28)

        # residual_28: hidden_29 = hidden_28 + h28         (N, 64)   deep_residual.py:47
        np.add(s.hidden_28, s.h28, out=s.hidden_29)

        # residual_29.dense_1                                        deep_residual.py:45
        # z29 = hidden_29 W + b                                                (N, 64)
        # h29 = tanh(z29)                                                      (N, 64)
        np.dot(s.hidden_29, p.residual_29_dense_1_W, out=s.z29)
        np.add(s.z29, p.residual_29_dense_1_b, out=s.z29)
        np.tanh(s.z29, out=s.h29)

        # residual_29: hidden_30 = hidden_29 + h29         (N, 64)   deep_residual.py:47
        np.add(s.hidden_29, s.h29, out=s.hidden_30)

        # residual_30.dense_1                                        deep_residual.py:45
        # z30 = hidden_30 W + b                                                (N, 64)
        # h30 = tanh(z30)                                                      (N, 64)
        np.dot(s.hidden_30, p.residual_30_dense_1_W, out=s.z30)
        np.add(s.z30, p.residual_30_dense_1_b, out=s.z30)
        np.tanh(s.z30, out=s.h30)

        # residual_30: hidden_31 = hidden_30 + h30         (N, 64)   deep_residual.py:47
        np.add(s.hidden_30, s.h30, out=s.hidden_31)

        # residual_31.dense_1                                        deep_residual.py:45
        # z31 = hidden_31 W + b                                                (N, 64)
        # h31 = tanh(z31)                                                      (N, 64)
        np.dot(s.hidden_31, p.residual_31_dense_1_W, out=s.z31)
        np.add(s.z31, p.residual_31_dense_1_b, out=s.z31)
        np.tanh(s.z31, out=s.h31)

        # residual_31: hidden_32 = hidden_31 + h31         (N, 64)   deep_residual.py:47
        np.add(s.hidden_31, s.h31, out=s.hidden_32)

        # residual_32.dense_1                                        deep_residual.py:45
        # z32 = hidden_32 W + b                                                (N, 64)
        # h32 = tanh(z32)                                                      (N, 64)
        np.dot(s.hidden_32, p.residual_32_dense_1_W, out=s.z32)
        np.add(s.z32, p.residual_32_dense_1_b, out=s.z32)
        np.tanh(s.z32, out=s.h32)

        # residual_32: hidden_33 = hidden_32 + h32         (N, 64)   deep_residual.py:47
        np.add(s.hidden_32, s.h32, out=s.hidden_33)

        # residual_33.dense_1                                        deep_residual.py:45
        # z33 = hidden_33 W + b                                                (N, 64)
        # h33 = tanh(z33)                                                      (N, 64)
        np.dot(s.hidden_33, p.residual_33_dense_1_W, out=s.z33)
        np.add(s.z33, p.residual_33_dense_1_b, out=s.z33)
        np.tanh(s.z33, out=s.h33)

        # residual_33: hidden_34 = hidden_33 + h33         (N, 64)   deep_residual.py:47
        np.add(s.hidden_33, s.h33, out=s.hidden_34)

        # residual_34.dense_1                                        deep_residual.py:45
        # z34 = hidden_34 W + b                                                (N, 64)
        # h34 = tanh(z34)                                                      (N, 64)
        np.dot(s.hidden_34, p.residual_34_dense_1_W, out=s.z34)
        np.add(s.z34, p.residual_34_dense_1_b, out=s.z34)
        np.tanh(s.z34, out=s.h34)

        # residual_34: hidden_35 = hidden_34 + h34         (N, 64)   deep_residual.py:47
        np.add(s.hidden_34, s.h34, out=s.hidden_35)

        # residual_35.dense_1                                        deep_residual.py:45
        # z35 = hidden_35 W + b                                                (N, 64)
        # h35 = tanh(z35)                                                      (N, 64)
        np.dot(s.hidden_35, p.residual_35_dense_1_W, out=s.z35)
        np.add(s.z35, p.residual_35_dense_1_b, out=s.z35)
        np.tanh(s.z35, out=s.h35)

        # residual_35: hidden_36 = hidden_35 + h35         (N, 64)   deep_residual.py:47
        np.add(s.hidden_35, s.h35, out=s.hidden_36)

        # residual_36.dense_1                                        deep_residual.py:45
        # z36 = hidden_36 W + b                                                (N, 64)
        # h36 = tanh(z36)                                                      (N, 64)
        np.dot(s.hidden_36, p.residual_36_dense_1_W, out=s.z36)
        np.add(s.z36, p.residual_36_dense_1_b, out=s.z36)
        np.tanh(s.z36, out=s.h36)

        # residual_36: hidden_37 = hidden_36 + h36         (N, 64)   deep_residual.py:47
        np.add(s.hidden_36, s.h36, out=s.hidden_37)

        # residual_37.dense_1                                        deep_residual.py:45
        # z37 = hidden_37 W + b                                                (N, 64)
        # h37 = tanh(z37)                                                      (N, 64)
        np.dot(s.hidden_37, p.residual_37_dense_1_W, out=s.z37)
        np.add(s.z37, p.residual_37_dense_1_b, out=s.z37)
        np.tanh(s.z37, out=s.h37)

        # residual_37: hidden_38 = hidden_37 + h37         (N, 64)   deep_residual.py:47
        np.add(s.hidden_37, s.h37, out=s.hidden_38)

        # residual_38.dense_1                                        deep_residual.py:45
        # z38 = hidden_38 W + b                                                (N, 64)
        # h38 = tanh(z38)                                                      (N, 64)
        np.dot(s.hidden_38, p.residual_38_dense_1_W, out=s.z38)
        np.add(s.z38, p.residual_38_dense_1_b, out=s.z38)
        np.tanh(s.z38, out=s.h38)

        # residual_38: hidden_39 = hidden_38 + h38         (N, 64)   deep_residual.py:47
        np.add(s.hidden_38, s.h38, out=s.hidden_39)

        # residual_39.dense_1                                        deep_residual.py:45
        # z39 = hidden_39 W + b                                                (N, 64)
        # h39 = tanh(z39)                                                      (N, 64)
        np.dot(s.hidden_39, p.residual_39_dense_1_W, out=s.z39)
        np.add(s.z39, p.residual_39_dense_1_b, out=s.z39)
        np.tanh(s.z39, out=s.h39)

        # residual_39: hidden_40 = hidden_39 + h39         (N, 64)   deep_residual.py:47
        np.add(s.hidden_39, s.h39, out=s.hidden_40)

        # dense_2: logits = hidden_40 W + b                (N, 10)   deep_residual.py:58
        np.dot(s.hidden_40, p.dense_2_W, out=s.logits)
        np.add(s.logits, p.dense_2_b, out=s.logits)

        # softmax_cross_entropy                                      deep_residual.py:59
        # logits_exp = exp(logits - max(logits, axis 1))                       (N, 10)
        # logits_sum = sum(exp(logits - max(logits, axis 1)), axis 1)           (N, 1)
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)

        # probs = softmax(logits)                          (N, 10)   deep_residual.py:71
        np.divide(s.logits_exp, s.logits_sum, out=s.probs)

        return s.probs

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
        _check("x", x, np.float32, ("N", 64), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        units = -(-n // 16) * 16  # aligned
        memory = self._memory(512 * units)
        s.z1 = _window(memory, 0, np.float32, (n, 64))
        s.hidden_1 = _window(memory, 0, np.float32, (n, 64))
        s.z1_2 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h1 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_2 = _window(memory, 0, np.float32, (n, 64))
        s.z2 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h2 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_3 = _window(memory, 0, np.float32, (n, 64))
        s.z3 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h3 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_4 = _window(memory, 0, np.float32, (n, 64))
        s.z4 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h4 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_5 = _window(memory, 0, np.float32, (n, 64))
        s.z5 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h5 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_6 = _window(memory, 0, np.float32, (n, 64))
        s.z6 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h6 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_7 = _window(memory, 0, np.float32, (n, 64))
        s.z7 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h7 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_8 = _window(memory, 0, np.float32, (n, 64))
        s.z8 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h8 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_9 = _window(memory, 0, np.float32, (n, 64))
        s.z9 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h9 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_10 = _window(memory, 0, np.float32, (n, 64))
        s.z10 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h10 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_11 = _window(memory, 0, np.float32, (n, 64))
        s.z11 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h11 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_12 = _window(memory, 0, np.float32, (n, 64))
        s.z12 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h12 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_13 = _window(memory, 0, np.float32, (n, 64))
        s.z13 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h13 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_14 = _window(memory, 0, np.float32, (n, 64))
        s.z14 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h14 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_15 = _window(memory, 0, np.float32, (n, 64))
        s.z15 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h15 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_16 = _window(memory, 0, np.float32, (n, 64))
        s.z16 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h16 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_17 = _window(memory, 0, np.float32, (n, 64))
        s.z17 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h17 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_18 = _window(memory, 0, np.float32, (n, 64))
        s.z18 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h18 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_19 = _window(memory, 0, np.float32, (n, 64))
        s.z19 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h19 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_20 = _window(memory, 0, np.float32, (n, 64))
        s.z20 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h20 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_21 = _window(memory, 0, np.float32, (n, 64))
        s.z21 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h21 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_22 = _window(memory, 0, np.float32, (n, 64))
        s.z22 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h22 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_23 = _window(memory, 0, np.float32, (n, 64))
        s.z23 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h23 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_24 = _window(memory, 0, np.float32, (n, 64))
        s.z24 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h24 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_25 = _window(memory, 0, np.float32, (n, 64))
        s.z25 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h25 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_26 = _window(memory, 0, np.float32, (n, 64))
        s.z26 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h26 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_27 = _window(memory, 0, np.float32, (n, 64))
        s.z27 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h27 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_28 = _window(memory, 0, np.float32, (n, 64))
        s.z28 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h28 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_29 = _window(memory, 0, np.float32, (n, 64))
        s.z29 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h29 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_30 = _window(memory, 0, np.float32, (n, 64))
        s.z30 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h30 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_31 = _window(memory, 0, np.float32, (n, 64))
        s.z31 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h31 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_32 = _window(memory, 0, np.float32, (n, 64))
        s.z32 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h32 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_33 = _window(memory, 0, np.float32, (n, 64))
        s.z33 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h33 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_34 = _window(memory, 0, np.float32, (n, 64))
        s.z34 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h34 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_35 = _window(memory, 0, np.float32, (n, 64))
        s.z35 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h35 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_36 = _window(memory, 0, np.float32, (n, 64))
        s.z36 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h36 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_37 = _window(memory, 0, np.float32, (n, 64))
        s.z37 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h37 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_38 = _window(memory, 0, np.float32, (n, 64))
        s.z38 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h38 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_39 = _window(memory, 0, np.float32, (n, 64))
        s.z39 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h39 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_40 = _window(memory, 0, np.float32, (n, 64))
        s.logits = _window(memory, 256 * units, np.float32, (n, 10))
        s.logits_max = _window(memory, 0, np.float32, (n, 1))
        s.logits_minus_max = _window(memory, 256 * units, np.float32, (n, 10))
        s.logits_exp = _window(memory, 256 * units, np.float32, (n, 10))
        s.logits_sum = _window(memory, 0, np.float32, (n, 1))
        s.probs = _window(memory, 256 * units, np.float32, (n, 10))
        self._predict[x.dtype, x.shape] = s
        return s

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        s = self._loss_slots(x, y)
        return self._forward_loss(s, x, y)

    def _forward_loss(self, s, x, y):
        """The forward pass to the loss."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                    deep_residual.py:45
        # z1 = x W + b                                                         (N, 64)
        # hidden_1 = tanh(z1)                                                  (N, 64)
        np.dot(x, p.dense_1_W, out=s.z1)
        np.add(s.z1, p.dense_1_b, out=s.z1)
        np.tanh(s.z1, out=s.hidden_1)

        # residual_1.dense_1                                         deep_residual.py:45
        # z1_2 = hidden_1 W + b                                                (N, 64)
        # h1 = tanh(z1_2)                                                      (N, 64)
        np.dot(s.hidden_1, p.residual_1_dense_1_W, out=s.z1_2)
        np.add(s.z1_2, p.residual_1_dense_1_b, out=s.z1_2)
        np.tanh(s.z1_2, out=s.h1)

        # residual_1: hidden_2 = hidden_1 + h1             (N, 64)   deep_residual.py:47
        np.add(s.hidden_1, s.h1, out=s.hidden_2)

        # residual_2.dense_1                                         deep_residual.py:45
        # z2 = hidden_2 W + b                                                  (N, 64)
        # h2 = tanh(z2)                                                        (N, 64)
        np.dot(s.hidden_2, p.residual_2_dense_1_W, out=s.z2)
        np.add(s.z2, p.residual_2_dense_1_b, out=s.z2)
        np.tanh(s.z2, out=s.h2)

        # residual_2: hidden_3 = hidden_2 + h2             (N, 64)   deep_residual.py:47
        np.add(s.hidden_2, s.h2, out=s.hidden_3)

        # residual_3.dense_1                                         deep_residual.py:45
        # z3 = hidden_3 W + b                                                  (N, 64)
        # h3 = tanh(z3)                                                        (N, 64)
        np.dot(s.hidden_3, p.residual_3_dense_1_W, out=s.z3)
        np.add(s.z3, p.residual_3_dense_1_b, out=s.z3)
        np.tanh(s.z3, out=s.h3)

        # residual_3: hidden_4 = hidden_3 + h3             (N, 64)   deep_residual.py:47
        np.add(s.hidden_3, s.h3, out=s.hidden_4)

        # residual_4.dense_1                                         deep_residual.py:45
        # z4 = hidden_4 W + b                                                  (N, 64)
        # h4 = tanh(z4)                                                        (N, 64)
        np.dot(s.hidden_4, p.residual_4_dense_1_W, out=s.z4)
        np.add(s.z4, p.residual_4_dense_1_b, out=s.z4)
        np.tanh(s.z4, out=s.h4)

        # residual_4: hidden_5 = hidden_4 + h4             (N, 64)   deep_residual.py:47
        np.add(s.hidden_4, s.h4, out=s.hidden_5)

        # residual_5.dense_1                                         deep_residual.py:45
        # z5 = hidden_5 W + b                                                  (N, 64)
        # h5 = tanh(z5)                                                        (N, 64)
        np.dot(s.hidden_5, p.residual_5_dense_1_W, out=s.z5)
        np.add(s.z5, p.residual_5_dense_1_b, out=s.z5)
        np.tanh(s.z5, out=s.h5)

        # residual_5: hidden_6 = hidden_5 + h5             (N, 64)   deep_residual.py:47
        np.add(s.hidden_5, s.h5, out=s.hidden_6)

        # residual_6.dense_1                                         deep_residual.py:45
        # z6 = hidden_6 W + b                                                  (N, 64)
        # h6 = tanh(z6)                                                        (N, 64)
        np.dot(s.hidden_6, p.residual_6_dense_1_W, out=s.z6)
        np.add(s.z6, p.residual_6_dense_1_b, out=s.z6)
        np.tanh(s.z6, out=s.h6)

        # residual_6: hidden_7 = hidden_6 + h6             (N, 64)   deep_residual.py:47
        np.add(s.hidden_6, s.h6, out=s.hidden_7)

        # residual_7.dense_1                                         deep_residual.py:45
        # z7 = hidden_7 W + b                                                  (N, 64)
        # h7 = tanh(z7)                                                        (N, 64)
        np.dot(s.hidden_7, p.residual_7_dense_1_W, out=s.z7)
        np.add(s.z7, p.residual_7_dense_1_b, out=s.z7)
        np.tanh(s.z7, out=s.h7)

        # residual_7: hidden_8 = hidden_7 + h7             (N, 64)   deep_residual.py:47
        np.add(s.hidden_7, s.h7, out=s.hidden_8)

        # residual_8.dense_1                                         deep_residual.py:45
        # z8 = hidden_8 W + b                                                  (N, 64)
        # h8 = tanh(z8)                                                        (N, 64)
        np.dot(s.hidden_8, p.residual_8_dense_1_W, out=s.z8)
        np.add(s.z8, p.residual_8_dense_1_b, out=s.z8)
        np.tanh(s.z8, out=s.h8)

        # residual_8: hidden_9 = hidden_8 + h8             (N, 64)   deep_residual.py:47
        np.add(s.hidden_8, s.h8, out=s.hidden_9)

        # residual_9.dense_1                                         deep_residual.py:45
        # z9 = hidden_9 W + b                                                  (N, 64)
        # h9 = tanh(z9)                                                        (N, 64)
        np.dot(s.hidden_9, p.residual_9_dense_1_W, out=s.z9)
        np.add(s.z9, p.residual_9_dense_1_b, out=s.z9)
        np.tanh(s.z9, out=s.h9)

        # residual_9: hidden_10 = hidden_9 + h9            (N, 64)   deep_residual.py:47
        np.add(s.hidden_9, s.h9, out=s.hidden_10)

        # residual_10.dense_1                                        deep_residual.py:45
        # z10 = hidden_10 W + b                                                (N, 64)
        # h10 = tanh(z10)                                                      (N, 64)
        np.dot(s.hidden_10, p.residual_10_dense_1_W, out=s.z10)
        np.add(s.z10, p.residual_10_dense_1_b, out=s.z10)
        np.tanh(s.z10, out=s.h10)

        # residual_10: hidden_11 = hidden_10 + h10         (N, 64)   deep_residual.py:47
        np.add(s.hidden_10, s.h10, out=s.hidden_11)

        # residual_11.dense_1                                        deep_residual.py:45
        # z11 = hidden_11 W + b                                                (N, 64)
        # h11 = tanh(z11)                                                      (N, 64)
        np.dot(s.hidden_11, p.residual_11_dense_1_W, out=s.z11)
        np.add(s.z11, p.residual_11_dense_1_b, out=s.z11)
        np.tanh(s.z11, out=s.h11)

        # residual_11: hidden_12 = hidden_11 + h11         (N, 64)   deep_residual.py:47
        np.add(s.hidden_11, s.h11, out=s.hidden_12)

        # residual_12.dense_1                                        deep_residual.py:45
        # z12 = hidden_12 W + b                                                (N, 64)
        # h12 = tanh(z12)                                                      (N, 64)
        np.dot(s.hidden_12, p.residual_12_dense_1_W, out=s.z12)
        np.add(s.z12, p.residual_12_dense_1_b, out=s.z12)
        np.tanh(s.z12, out=s.h12)

        # residual_12: hidden_13 = hidden_12 + h12         (N, 64)   deep_residual.py:47
        np.add(s.hidden_12, s.h12, out=s.hidden_13)

        # residual_13.dense_1                                        deep_residual.py:45
        # z13 = hidden_13 W + b                                                (N, 64)
        # h13 = tanh(z13)                                                      (N, 64)
        np.dot(s.hidden_13, p.residual_13_dense_1_W, out=s.z13)
        np.add(s.z13, p.residual_13_dense_1_b, out=s.z13)
        np.tanh(s.z13, out=s.h13)

        # residual_13: hidden_14 = hidden_13 + h13         (N, 64)   deep_residual.py:47
        np.add(s.hidden_13, s.h13, out=s.hidden_14)

        # residual_14.dense_1                                        deep_residual.py:45
        # z14 = hidden_14 W + b                                                (N, 64)
        # h14 = tanh(z14)                                                      (N, 64)
        np.dot(s.hidden_14, p.residual_14_dense_1_W, out=s.z14)
        np.add(s.z14, p.residual_14_dense_1_b, out=s.z14)
        np.tanh(s.z14, out=s.h14)

        # residual_14: hidden_15 = hidden_14 + h14         (N, 64)   deep_residual.py:47
        np.add(s.hidden_14, s.h14, out=s.hidden_15)

        # residual_15.dense_1                                        deep_residual.py:45
        # z15 = hidden_15 W + b                                                (N, 64)
        # h15 = tanh(z15)                                                      (N, 64)
        np.dot(s.hidden_15, p.residual_15_dense_1_W, out=s.z15)
        np.add(s.z15, p.residual_15_dense_1_b, out=s.z15)
        np.tanh(s.z15, out=s.h15)

        # residual_15: hidden_16 = hidden_15 + h15         (N, 64)   deep_residual.py:47
        np.add(s.hidden_15, s.h15, out=s.hidden_16)

        # residual_16.dense_1                                        deep_residual.py:45
        # z16 = hidden_16 W + b                                                (N, 64)
        # h16 = tanh(z16)                                                      (N, 64)
        np.dot(s.hidden_16, p.residual_16_dense_1_W, out=s.z16)
        np.add(s.z16, p.residual_16_dense_1_b, out=s.z16)
        np.tanh(s.z16, out=s.h16)

        # residual_16: hidden_17 = hidden_16 + h16         (N, 64)   deep_residual.py:47
        np.add(s.hidden_16, s.h16, out=s.hidden_17)

        # residual_17.dense_1                                        deep_residual.py:45
        # z17 = hidden_17 W + b                                                (N, 64)
        # h17 = tanh(z17)                                                      (N, 64)
        np.dot(s.hidden_17, p.residual_17_dense_1_W, out=s.z17)
        np.add(s.z17, p.residual_17_dense_1_b, out=s.z17)
        np.tanh(s.z17, out=s.h17)

        # residual_17: hidden_18 = hidden_17 + h17         (N, 64)   deep_residual.py:47
        np.add(s.hidden_17, s.h17, out=s.hidden_18)

        # residual_18.dense_1                                        deep_residual.py:45
        # z18 = hidden_18 W + b                                                (N, 64)
        # h18 = tanh(z18)                                                      (N, 64)
        np.dot(s.hidden_18, p.residual_18_dense_1_W, out=s.z18)
        np.add(s.z18, p.residual_18_dense_1_b, out=s.z18)
        np.tanh(s.z18, out=s.h18)

        # residual_18: hidden_19 = hidden_18 + h18         (N, 64)   deep_residual.py:47
        np.add(s.hidden_18, s.h18, out=s.hidden_19)

        # residual_19.dense_1                                        deep_residual.py:45
        # z19 = hidden_19 W + b                                                (N, 64)
        # h19 = tanh(z19)                                                      (N, 64)
        np.dot(s.hidden_19, p.residual_19_dense_1_W, out=s.z19)
        np.add(s.z19, p.residual_19_dense_1_b, out=s.z19)
        np.tanh(s.z19, out=s.h19)

        # residual_19: hidden_20 = hidden_19 + h19         (N, 64)   deep_residual.py:47
        np.add(s.hidden_19, s.h19, out=s.hidden_20)

        # residual_20.dense_1                                        deep_residual.py:45
        # z20 = hidden_20 W + b                                                (N, 64)
        # h20 = tanh(z20)                                                      (N, 64)
        np.dot(s.hidden_20, p.residual_20_dense_1_W, out=s.z20)
        np.add(s.z20, p.residual_20_dense_1_b, out=s.z20)
        np.tanh(s.z20, out=s.h20)

        # residual_20: hidden_21 = hidden_20 + h20         (N, 64)   deep_residual.py:47
        np.add(s.hidden_20, s.h20, out=s.hidden_21)

        # residual_21.dense_1                                        deep_residual.py:45
        # z21 = hidden_21 W + b                                                (N, 64)
        # h21 = tanh(z21)                                                      (N, 64)
        np.dot(s.hidden_21, p.residual_21_dense_1_W, out=s.z21)
        np.add(s.z21, p.residual_21_dense_1_b, out=s.z21)
        np.tanh(s.z21, out=s.h21)

        # residual_21: hidden_22 = hidden_21 + h21         (N, 64)   deep_residual.py:47
        np.add(s.hidden_21, s.h21, out=s.hidden_22)

        # residual_22.dense_1                                        deep_residual.py:45
        # z22 = hidden_22 W + b                                                (N, 64)
        # h22 = tanh(z22)                                                      (N, 64)
        np.dot(s.hidden_22, p.residual_22_dense_1_W, out=s.z22)
        np.add(s.z22, p.residual_22_dense_1_b, out=s.z22)
        np.tanh(s.z22, out=s.h22)

        # residual_22: hidden_23 = hidden_22 + h22         (N, 64)   deep_residual.py:47
        np.add(s.hidden_22, s.h22, out=s.hidden_23)

        # residual_23.dense_1                                        deep_residual.py:45
        # z23 = hidden_23 W + b                                                (N, 64)
        # h23 = tanh(z23)                                                      (N, 64)
        np.dot(s.hidden_23, p.residual_23_dense_1_W, out=s.z23)
        np.add(s.z23, p.residual_23_dense_1_b, out=s.z23)
        np.tanh(s.z23, out=s.h23)

        # residual_23: hidden_24 = hidden_23 + h23         (N, 64)   deep_residual.py:47
        np.add(s.hidden_23, s.h23, out=s.hidden_24)

        # residual_24.dense_1                                        deep_residual.py:45
        # z24 = hidden_24 W + b                                                (N, 64)
        # h24 = tanh(z24)                                                      (N, 64)
        np.dot(s.hidden_24, p.residual_24_dense_1_W, out=s.z24)
        np.add(s.z24, p.residual_24_dense_1_b, out=s.z24)
        np.tanh(s.z24, out=s.h24)

        # residual_24: hidden_25 = hidden_24 + h24         (N, 64)   deep_residual.py:47
        np.add(s.hidden_24, s.h24, out=s.hidden_25)

        # residual_25.dense_1                                        deep_residual.py:45
        # z25 = hidden_25 W + b                                                (N, 64)
        # h25 = tanh(z25)                                                      (N, 64)
        np.dot(s.hidden_25, p.residual_25_dense_1_W, out=s.z25)
        np.add(s.z25, p.residual_25_dense_1_b, out=s.z25)
        np.tanh(s.z25, out=s.h25)

        # residual_25: hidden_26 = hidden_25 + h25         (N, 64)   deep_residual.py:47
        np.add(s.hidden_25, s.h25, out=s.hidden_26)

        # residual_26.dense_1                                        deep_residual.py:45
        # z26 = hidden_26 W + b                                                (N, 64)
        # h26 = tanh(z26)                                                      (N, 64)
        np.dot(s.hidden_26, p.residual_26_dense_1_W, out=s.z26)
        np.add(s.z26, p.residual_26_dense_1_b, out=s.z26)
        np.tanh(s.z26, out=s.h26)

        # residual_26: hidden_27 = hidden_26 + h26         (N, 64)   deep_residual.py:47
        np.add(s.hidden_26, s.h26, out=s.hidden_27)

        # residual_27.dense_1                                        deep_residual.py:45
        # z27 = hidden_27 W + b                                                (N, 64)
        # h27 = tanh(z27)                                                      (N, 64)
        np.dot(s.hidden_27, p.residual_27_dense_1_W, out=s.z27)
        np.add(s.z27, p.residual_27_dense_1_b, out=s.z27)
        np.tanh(s.z27, out=s.h27)

        # residual_27: hidden_28 = hidden_27 + h27         (N, 64)   deep_residual.py:47
        np.add(s.hidden_27, s.h27, out=s.hidden_28)

        # residual_28.dense_1                                        deep_residual.py:45
        # z28 = hidden_28 W + b                                                (N, 64)
        # h28 = tanh(z28)                                                      (N, 64)
        np.dot(s.hidden_28, p.residual_28_dense_1_W, out=s.z28)
        np.add(s.z28, p.residual_28_dense_1_b, out=s.z28)
        np.tanh(s.z28, out=s.h28)

        # residual_28: hidden_29 = hidden_28 + h28         (N, 64)   deep_residual.py:47
        np.add(s.hidden_28, s.h28, out=s.hidden_29)

        # residual_29.dense_1                                        deep_residual.py:45
        # z29 = hidden_29 W + b                                                (N, 64)
        # h29 = tanh(z29)                                                      (N, 64)
        np.dot(s.hidden_29, p.residual_29_dense_1_W, out=s.z29)
        np.add(s.z29, p.residual_29_dense_1_b, out=s.z29)
        np.tanh(s.z29, out=s.h29)

        # residual_29: hidden_30 = hidden_29 + h29         (N, 64)   deep_residual.py:47
        np.add(s.hidden_29, s.h29, out=s.hidden_30)

        # residual_30.dense_1                                        deep_residual.py:45
        # z30 = hidden_30 W + b                                                (N, 64)
        # h30 = tanh(z30)                                                      (N, 64)
        np.dot(s.hidden_30, p.residual_30_dense_1_W, out=s.z30)
        np.add(s.z30, p.residual_30_dense_1_b, out=s.z30)
        np.tanh(s.z30, out=s.h30)

        # residual_30: hidden_31 = hidden_30 + h30         (N, 64)   deep_residual.py:47
        np.add(s.hidden_30, s.h30, out=s.hidden_31)

        # residual_31.dense_1                                        deep_residual.py:45
        # z31 = hidden_31 W + b                                                (N, 64)
        # h31 = tanh(z31)                                                      (N, 64)
        np.dot(s.hidden_31, p.residual_31_dense_1_W, out=s.z31)
        np.add(s.z31, p.residual_31_dense_1_b, out=s.z31)
        np.tanh(s.z31, out=s.h31)

        # residual_31: hidden_32 = hidden_31 + h31         (N, 64)   deep_residual.py:47
        np.add(s.hidden_31, s.h31, out=s.hidden_32)

        # residual_32.dense_1                                        deep_residual.py:45
        # z32 = hidden_32 W + b                                                (N, 64)
        # h32 = tanh(z32)                                                      (N, 64)
        np.dot(s.hidden_32, p.residual_32_dense_1_W, out=s.z32)
        np.add(s.z32, p.residual_32_dense_1_b, out=s.z32)
        np.tanh(s.z32, out=s.h32)

        # residual_32: hidden_33 = hidden_32 + h32         (N, 64)   deep_residual.py:47
        np.add(s.hidden_32, s.h32, out=s.hidden_33)

        # residual_33.dense_1                                        deep_residual.py:45
        # z33 = hidden_33 W + b                                                (N, 64)
        # h33 = tanh(z33)                                                      (N, 64)
        np.dot(s.hidden_33, p.residual_33_dense_1_W, out=s.z33)
        np.add(s.z33, p.residual_33_dense_1_b, out=s.z33)
        np.tanh(s.z33, out=s.h33)

        # residual_33: hidden_34 = hidden_33 + h33         (N, 64)   deep_residual.py:47
        np.add(s.hidden_33, s.h33, out=s.hidden_34)

        # residual_34.dense_1                                        deep_residual.py:45
        # z34 = hidden_34 W + b                                                (N, 64)
        # h34 = tanh(z34)                                                      (N, 64)
        np.dot(s.hidden_34, p.residual_34_dense_1_W, out=s.z34)
        np.add(s.z34, p.residual_34_dense_1_b, out=s.z34)
        np.tanh(s.z34, out=s.h34)

        # residual_34: hidden_35 = hidden_34 + h34         (N, 64)   deep_residual.py:47
        np.add(s.hidden_34, s.h34, out=s.hidden_35)

        # residual_35.dense_1                                        deep_residual.py:45
        # z35 = hidden_35 W + b                                                (N, 64)
        # h35 = tanh(z35)                                                      (N, 64)
        np.dot(s.hidden_35, p.residual_35_dense_1_W, out=s.z35)
        np.add(s.z35, p.residual_35_dense_1_b, out=s.z35)
        np.tanh(s.z35, out=s.h35)

        # residual_35: hidden_36 = hidden_35 + h35         (N, 64)   deep_residual.py:47
        np.add(s.hidden_35, s.h35, out=s.hidden_36)

        # residual_36.dense_1                                        deep_residual.py:45
        # z36 = hidden_36 W + b                                                (N, 64)
        # h36 = tanh(z36)                                                      (N, 64)
        np.dot(s.hidden_36, p.residual_36_dense_1_W, out=s.z36)
        np.add(s.z36, p.residual_36_dense_1_b, out=s.z36)
        np.tanh(s.z36, out=s.h36)

        # residual_36: hidden_37 = hidden_36 + h36         (N, 64)   deep_residual.py:47
        np.add(s.hidden_36, s.h36, out=s.hidden_37)

        # residual_37.dense_1                                        deep_residual.py:45
        # z37 = hidden_37 W + b                                                (N, 64)
        # h37 = tanh(z37)                                                      (N, 64)
        np.dot(s.hidden_37, p.residual_37_dense_1_W, out=s.z37)
        np.add(s.z37, p.residual_37_dense_1_b, out=s.z37)
        np.tanh(s.z37, out=s.h37)

        # residual_37: hidden_38 = hidden_37 + h37         (N, 64)   deep_residual.py:47
        np.add(s.hidden_37, s.h37, out=s.hidden_38)

        # residual_38.dense_1                                        deep_residual.py:45
        # z38 = hidden_38 W + b                                                (N, 64)
        # h38 = tanh(z38)                                                      (N, 64)
        np.dot(s.hidden_38, p.residual_38_dense_1_W, out=s.z38)
        np.add(s.z38, p.residual_38_dense_1_b, out=s.z38)
        np.tanh(s.z38, out=s.h38)

        # residual_38: hidden_39 = hidden_38 + h38         (N, 64)   deep_residual.py:47
        np.add(s.hidden_38, s.h38, out=s.hidden_39)

        # residual_39.dense_1                                        deep_residual.py:45
        # z39 = hidden_39 W + b                                                (N, 64)
        # h39 = tanh(z39)                                                      (N, 64)
        np.dot(s.hidden_39, p.residual_39_dense_1_W, out=s.z39)
        np.add(s.z39, p.residual_39_dense_1_b, out=s.z39)
        np.tanh(s.z39, out=s.h39)

        # residual_39: hidden_40 = hidden_39 + h39         (N, 64)   deep_residual.py:47
        np.add(s.hidden_39, s.h39, out=s.hidden_40)

        # dense_2: logits = hidden_40 W + b                (N, 10)   deep_residual.py:58
        np.dot(s.hidden_40, p.dense_2_W, out=s.logits)
        np.add(s.logits, p.dense_2_b, out=s.logits)

        # softmax_cross_entropy                                      deep_residual.py:59
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
        _check("x", x, np.float32, ("N", 64), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        units = -(-n // 16) * 16  # aligned
        memory = self._memory(512 * units + 8)
        s.z1 = _window(memory, 0, np.float32, (n, 64))
        s.hidden_1 = _window(memory, 0, np.float32, (n, 64))
        s.z1_2 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h1 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_2 = _window(memory, 0, np.float32, (n, 64))
        s.z2 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h2 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_3 = _window(memory, 0, np.float32, (n, 64))
        s.z3 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h3 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_4 = _window(memory, 0, np.float32, (n, 64))
        s.z4 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h4 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_5 = _window(memory, 0, np.float32, (n, 64))
        s.z5 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h5 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_6 = _window(memory, 0, np.float32, (n, 64))
        s.z6 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h6 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_7 = _window(memory, 0, np.float32, (n, 64))
        s.z7 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h7 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_8 = _window(memory, 0, np.float32, (n, 64))
        s.z8 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h8 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_9 = _window(memory, 0, np.float32, (n, 64))
        s.z9 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h9 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_10 = _window(memory, 0, np.float32, (n, 64))
        s.z10 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h10 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_11 = _window(memory, 0, np.float32, (n, 64))
        s.z11 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h11 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_12 = _window(memory, 0, np.float32, (n, 64))
        s.z12 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h12 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_13 = _window(memory, 0, np.float32, (n, 64))
        s.z13 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h13 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_14 = _window(memory, 0, np.float32, (n, 64))
        s.z14 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h14 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_15 = _window(memory, 0, np.float32, (n, 64))
        s.z15 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h15 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_16 = _window(memory, 0, np.float32, (n, 64))
        s.z16 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h16 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_17 = _window(memory, 0, np.float32, (n, 64))
        s.z17 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h17 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_18 = _window(memory, 0, np.float32, (n, 64))
        s.z18 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h18 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_19 = _window(memory, 0, np.float32, (n, 64))
        s.z19 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h19 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_20 = _window(memory, 0, np.float32, (n, 64))
        s.z20 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h20 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_21 = _window(memory, 0, np.float32, (n, 64))
        s.z21 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h21 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_22 = _window(memory, 0, np.float32, (n, 64))
        s.z22 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h22 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_23 = _window(memory, 0, np.float32, (n, 64))
        s.z23 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h23 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_24 = _window(memory, 0, np.float32, (n, 64))
        s.z24 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h24 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_25 = _window(memory, 0, np.float32, (n, 64))
        s.z25 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h25 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_26 = _window(memory, 0, np.float32, (n, 64))
        s.z26 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h26 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_27 = _window(memory, 0, np.float32, (n, 64))
        s.z27 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h27 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_28 = _window(memory, 0, np.float32, (n, 64))
        s.z28 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h28 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_29 = _window(memory, 0, np.float32, (n, 64))
        s.z29 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h29 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_30 = _window(memory, 0, np.float32, (n, 64))
        s.z30 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h30 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_31 = _window(memory, 0, np.float32, (n, 64))
        s.z31 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h31 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_32 = _window(memory, 0, np.float32, (n, 64))
        s.z32 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h32 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_33 = _window(memory, 0, np.float32, (n, 64))
        s.z33 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h33 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_34 = _window(memory, 0, np.float32, (n, 64))
        s.z34 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h34 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_35 = _window(memory, 0, np.float32, (n, 64))
        s.z35 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h35 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_36 = _window(memory, 0, np.float32, (n, 64))
        s.z36 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h36 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_37 = _window(memory, 0, np.float32, (n, 64))
        s.z37 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h37 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_38 = _window(memory, 0, np.float32, (n, 64))
        s.z38 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h38 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_39 = _window(memory, 0, np.float32, (n, 64))
        s.z39 = _window(memory, 256 * units, np.float32, (n, 64))
        s.h39 = _window(memory, 256 * units, np.float32, (n, 64))
        s.hidden_40 = _window(memory, 0, np.float32, (n, 64))
        s.logits = _window(memory, 256 * units, np.float32, (n, 10))
        s.logits_max = _window(memory, 0, np.float32, (n, 1))
        s.logits_minus_max = _window(memory, 256 * units, np.float32, (n, 10))
        s.logits_exp = _window(memory, 4 * units, np.float32, (n, 10))
        s.logits_sum = _window(memory, 0, np.float32, (n, 1))
        s.logits_log = _window(memory, 0, np.float32, (n, 1))
        s.logits_reshape = s.logits_log.reshape(n)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.y_position = _window(memory, 4 * units, np.int64, (n,))
        s.logits_take = _window(memory, 12 * units, np.float32, (n,))
        s.logits_minus_take = _window(memory, 12 * units, np.float32, (n,))
        s.loss = _window(memory, 512 * units, np.float32, ())
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


_BLOCK = 65536  # elements: what stays in cache through all statements of a loop


def _blocks(size, *arrays):
    """Stretches of flat arrays side by side; a shorter array is scratch for each."""
    stretches = []
    for start in range(0, size, _BLOCK):
        part = slice(start, min(start + _BLOCK, size))
        short = slice(0, part.stop - start)
        stretches.append([a[part if a.size == size else short] for a in arrays])
    return stretches


def _generator(seed, stream):
    """An independent random stream."""
    return np.random.Generator(np.random.SFC64([seed, stream]))


def _add_elements(array, positions, values):
    """Add values at positions of the flattened array, in place; repeats accumulate."""
    np.add.at(array.reshape(-1), positions.reshape(-1), values.reshape(-1))
    return array


def main():
    """Train or predict from the command line."""
    import argparse

    parser = argparse.ArgumentParser(description="Train this network, or predict.")
    actions = ["train", "predict"]
    parser.add_argument("action", choices=actions)
    parser.add_argument("data", help="an .npz file of inputs and targets")
    parser.add_argument("--weights", default="deep_residual.npz")
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
    m = DeepResidual(seed=options.seed)
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
