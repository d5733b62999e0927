"""gpt: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 818,944 in 52 arrays

    from gpt import Gpt

    m = Gpt(seed=0)
    m.train(x, y)     # Returns loss; changes gpt, adamw.
    m.evaluate(x, y)  # Returns loss.
    m.step(...)       # The logits of what follows, and the cache with these posi...
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class Gpt:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "gpt"
    FINGERPRINT = "03ba33ce14708fc3"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "gpt.characters.W": ("params", "gpt_characters_W"),
        "gpt.blocks_1.attention.W_qkv": ("params", "gpt_blocks_1_attention_W_qkv"),
        "gpt.blocks_1.attention.W_o": ("params", "gpt_blocks_1_attention_W_o"),
        "gpt.blocks_1.feed_forward.up.W": ("params", "gpt_blocks_1_feed_forward_up_W"),
        "gpt.blocks_1.feed_forward.down.W": (
            "params",
            "gpt_blocks_1_feed_forward_down_W",
        ),
        "gpt.blocks_2.attention.W_qkv": ("params", "gpt_blocks_2_attention_W_qkv"),
        "gpt.blocks_2.attention.W_o": ("params", "gpt_blocks_2_attention_W_o"),
        "gpt.blocks_2.feed_forward.up.W": ("params", "gpt_blocks_2_feed_forward_up_W"),
        "gpt.blocks_2.feed_forward.down.W": (
            "params",
            "gpt_blocks_2_feed_forward_down_W",
        ),
        "gpt.blocks_3.attention.W_qkv": ("params", "gpt_blocks_3_attention_W_qkv"),
        "gpt.blocks_3.attention.W_o": ("params", "gpt_blocks_3_attention_W_o"),
        "gpt.blocks_3.feed_forward.up.W": ("params", "gpt_blocks_3_feed_forward_up_W"),
        "gpt.blocks_3.feed_forward.down.W": (
            "params",
            "gpt_blocks_3_feed_forward_down_W",
        ),
        "gpt.blocks_4.attention.W_qkv": ("params", "gpt_blocks_4_attention_W_qkv"),
        "gpt.blocks_4.attention.W_o": ("params", "gpt_blocks_4_attention_W_o"),
        "gpt.blocks_4.feed_forward.up.W": ("params", "gpt_blocks_4_feed_forward_up_W"),
        "gpt.blocks_4.feed_forward.down.W": (
            "params",
            "gpt_blocks_4_feed_forward_down_W",
        ),
        "gpt.scores.W": ("params", "gpt_scores_W"),
        "gpt.blocks_1.attention.b_qkv": ("params", "gpt_blocks_1_attention_b_qkv"),
        "gpt.blocks_1.attention.b_o": ("params", "gpt_blocks_1_attention_b_o"),
        "gpt.blocks_1.norm_1.gamma": ("params", "gpt_blocks_1_norm_1_gamma"),
        "gpt.blocks_1.norm_1.beta": ("params", "gpt_blocks_1_norm_1_beta"),
        "gpt.blocks_1.feed_forward.up.b": ("params", "gpt_blocks_1_feed_forward_up_b"),
        "gpt.blocks_1.feed_forward.down.b": (
            "params",
            "gpt_blocks_1_feed_forward_down_b",
        ),
        "gpt.blocks_1.norm_2.gamma": ("params", "gpt_blocks_1_norm_2_gamma"),
        "gpt.blocks_1.norm_2.beta": ("params", "gpt_blocks_1_norm_2_beta"),
        "gpt.blocks_2.attention.b_qkv": ("params", "gpt_blocks_2_attention_b_qkv"),
        "gpt.blocks_2.attention.b_o": ("params", "gpt_blocks_2_attention_b_o"),
        "gpt.blocks_2.norm_1.gamma": ("params", "gpt_blocks_2_norm_1_gamma"),
        "gpt.blocks_2.norm_1.beta": ("params", "gpt_blocks_2_norm_1_beta"),
        "gpt.blocks_2.feed_forward.up.b": ("params", "gpt_blocks_2_feed_forward_up_b"),
        "gpt.blocks_2.feed_forward.down.b": (
            "params",
            "gpt_blocks_2_feed_forward_down_b",
        ),
        "gpt.blocks_2.norm_2.gamma": ("params", "gpt_blocks_2_norm_2_gamma"),
        "gpt.blocks_2.norm_2.beta": ("params", "gpt_blocks_2_norm_2_beta"),
        "gpt.blocks_3.attention.b_qkv": ("params", "gpt_blocks_3_attention_b_qkv"),
        "gpt.blocks_3.attention.b_o": ("params", "gpt_blocks_3_attention_b_o"),
        "gpt.blocks_3.norm_1.gamma": ("params", "gpt_blocks_3_norm_1_gamma"),
        "gpt.blocks_3.norm_1.beta": ("params", "gpt_blocks_3_norm_1_beta"),
        "gpt.blocks_3.feed_forward.up.b": ("params", "gpt_blocks_3_feed_forward_up_b"),
        "gpt.blocks_3.feed_forward.down.b": (
            "params",
            "gpt_blocks_3_feed_forward_down_b",
        ),
        "gpt.blocks_3.norm_2.gamma": ("params", "gpt_blocks_3_norm_2_gamma"),
        "gpt.blocks_3.norm_2.beta": ("params", "gpt_blocks_3_norm_2_beta"),
        "gpt.blocks_4.attention.b_qkv": ("params", "gpt_blocks_4_attention_b_qkv"),
        "gpt.blocks_4.attention.b_o": ("params", "gpt_blocks_4_attention_b_o"),
        "gpt.blocks_4.norm_1.gamma": ("params", "gpt_blocks_4_norm_1_gamma"),
        "gpt.blocks_4.norm_1.beta": ("params", "gpt_blocks_4_norm_1_beta"),
        "gpt.blocks_4.feed_forward.up.b": ("params", "gpt_blocks_4_feed_forward_up_b"),
        "gpt.blocks_4.feed_forward.down.b": (
            "params",
            "gpt_blocks_4_feed_forward_down_b",
        ),
        "gpt.blocks_4.norm_2.gamma": ("params", "gpt_blocks_4_norm_2_gamma"),
        "gpt.blocks_4.norm_2.beta": ("params", "gpt_blocks_4_norm_2_beta"),
        "gpt.norm.gamma": ("params", "gpt_norm_gamma"),
        "gpt.norm.beta": ("params", "gpt_norm_beta"),
        "gpt.characters.W.momentum": ("momentum", "gpt_characters_W"),
        "gpt.blocks_1.attention.W_qkv.momentum": (
            "momentum",
            "gpt_blocks_1_attention_W_qkv",
        ),
        "gpt.blocks_1.attention.W_o.momentum": (
            "momentum",
            "gpt_blocks_1_attention_W_o",
        ),
        "gpt.blocks_1.feed_forward.up.W.momentum": (
            "momentum",
            "gpt_blocks_1_feed_forward_up_W",
        ),
        "gpt.blocks_1.feed_forward.down.W.momentum": (
            "momentum",
            "gpt_blocks_1_feed_forward_down_W",
        ),
        "gpt.blocks_2.attention.W_qkv.momentum": (
            "momentum",
            "gpt_blocks_2_attention_W_qkv",
        ),
        "gpt.blocks_2.attention.W_o.momentum": (
            "momentum",
            "gpt_blocks_2_attention_W_o",
        ),
        "gpt.blocks_2.feed_forward.up.W.momentum": (
            "momentum",
            "gpt_blocks_2_feed_forward_up_W",
        ),
        "gpt.blocks_2.feed_forward.down.W.momentum": (
            "momentum",
            "gpt_blocks_2_feed_forward_down_W",
        ),
        "gpt.blocks_3.attention.W_qkv.momentum": (
            "momentum",
            "gpt_blocks_3_attention_W_qkv",
        ),
        "gpt.blocks_3.attention.W_o.momentum": (
            "momentum",
            "gpt_blocks_3_attention_W_o",
        ),
        "gpt.blocks_3.feed_forward.up.W.momentum": (
            "momentum",
            "gpt_blocks_3_feed_forward_up_W",
        ),
        "gpt.blocks_3.feed_forward.down.W.momentum": (
            "momentum",
            "gpt_blocks_3_feed_forward_down_W",
        ),
        "gpt.blocks_4.attention.W_qkv.momentum": (
            "momentum",
            "gpt_blocks_4_attention_W_qkv",
        ),
        "gpt.blocks_4.attention.W_o.momentum": (
            "momentum",
            "gpt_blocks_4_attention_W_o",
        ),
        "gpt.blocks_4.feed_forward.up.W.momentum": (
            "momentum",
            "gpt_blocks_4_feed_forward_up_W",
        ),
        "gpt.blocks_4.feed_forward.down.W.momentum": (
            "momentum",
            "gpt_blocks_4_feed_forward_down_W",
        ),
        "gpt.scores.W.momentum": ("momentum", "gpt_scores_W"),
        "gpt.blocks_1.attention.b_qkv.momentum": (
            "momentum",
            "gpt_blocks_1_attention_b_qkv",
        ),
        "gpt.blocks_1.attention.b_o.momentum": (
            "momentum",
            "gpt_blocks_1_attention_b_o",
        ),
        "gpt.blocks_1.norm_1.gamma.momentum": ("momentum", "gpt_blocks_1_norm_1_gamma"),
        "gpt.blocks_1.norm_1.beta.momentum": ("momentum", "gpt_blocks_1_norm_1_beta"),
        "gpt.blocks_1.feed_forward.up.b.momentum": (
            "momentum",
            "gpt_blocks_1_feed_forward_up_b",
        ),
        "gpt.blocks_1.feed_forward.down.b.momentum": (
            "momentum",
            "gpt_blocks_1_feed_forward_down_b",
        ),
        "gpt.blocks_1.norm_2.gamma.momentum": ("momentum", "gpt_blocks_1_norm_2_gamma"),
        "gpt.blocks_1.norm_2.beta.momentum": ("momentum", "gpt_blocks_1_norm_2_beta"),
        "gpt.blocks_2.attention.b_qkv.momentum": (
            "momentum",
            "gpt_blocks_2_attention_b_qkv",
        ),
        "gpt.blocks_2.attention.b_o.momentum": (
            "momentum",
            "gpt_blocks_2_attention_b_o",
        ),
        "gpt.blocks_2.norm_1.gamma.momentum": ("momentum", "gpt_blocks_2_norm_1_gamma"),
        "gpt.blocks_2.norm_1.beta.momentum": ("momentum", "gpt_blocks_2_norm_1_beta"),
        "gpt.blocks_2.feed_forward.up.b.momentum": (
            "momentum",
            "gpt_blocks_2_feed_forward_up_b",
        ),
        "gpt.blocks_2.feed_forward.down.b.momentum": (
            "momentum",
            "gpt_blocks_2_feed_forward_down_b",
        ),
        "gpt.blocks_2.norm_2.gamma.momentum": ("momentum", "gpt_blocks_2_norm_2_gamma"),
        "gpt.blocks_2.norm_2.beta.momentum": ("momentum", "gpt_blocks_2_norm_2_beta"),
        "gpt.blocks_3.attention.b_qkv.momentum": (
            "momentum",
            "gpt_blocks_3_attention_b_qkv",
        ),
        "gpt.blocks_3.attention.b_o.momentum": (
            "momentum",
            "gpt_blocks_3_attention_b_o",
        ),
        "gpt.blocks_3.norm_1.gamma.momentum": ("momentum", "gpt_blocks_3_norm_1_gamma"),
        "gpt.blocks_3.norm_1.beta.momentum": ("momentum", "gpt_blocks_3_norm_1_beta"),
        "gpt.blocks_3.feed_forward.up.b.momentum": (
            "momentum",
            "gpt_blocks_3_feed_forward_up_b",
        ),
        "gpt.blocks_3.feed_forward.down.b.momentum": (
            "momentum",
            "gpt_blocks_3_feed_forward_down_b",
        ),
        "gpt.blocks_3.norm_2.gamma.momentum": ("momentum", "gpt_blocks_3_norm_2_gamma"),
        "gpt.blocks_3.norm_2.beta.momentum": ("momentum", "gpt_blocks_3_norm_2_beta"),
        "gpt.blocks_4.attention.b_qkv.momentum": (
            "momentum",
            "gpt_blocks_4_attention_b_qkv",
        ),
        "gpt.blocks_4.attention.b_o.momentum": (
            "momentum",
            "gpt_blocks_4_attention_b_o",
        ),
        "gpt.blocks_4.norm_1.gamma.momentum": ("momentum", "gpt_blocks_4_norm_1_gamma"),
        "gpt.blocks_4.norm_1.beta.momentum": ("momentum", "gpt_blocks_4_norm_1_beta"),
        "gpt.blocks_4.feed_forward.up.b.momentum": (
            "momentum",
            "gpt_blocks_4_feed_forward_up_b",
        ),
        "gpt.blocks_4.feed_forward.down.b.momentum": (
            "momentum",
            "gpt_blocks_4_feed_forward_down_b",
        ),
        "gpt.blocks_4.norm_2.gamma.momentum": ("momentum", "gpt_blocks_4_norm_2_gamma"),
        "gpt.blocks_4.norm_2.beta.momentum": ("momentum", "gpt_blocks_4_norm_2_beta"),
        "gpt.norm.gamma.momentum": ("momentum", "gpt_norm_gamma"),
        "gpt.norm.beta.momentum": ("momentum", "gpt_norm_beta"),
        "gpt.characters.W.squares": ("squares", "gpt_characters_W"),
        "gpt.blocks_1.attention.W_qkv.squares": (
            "squares",
            "gpt_blocks_1_attention_W_qkv",
        ),
        "gpt.blocks_1.attention.W_o.squares": ("squares", "gpt_blocks_1_attention_W_o"),
        "gpt.blocks_1.feed_forward.up.W.squares": (
            "squares",
            "gpt_blocks_1_feed_forward_up_W",
        ),
        "gpt.blocks_1.feed_forward.down.W.squares": (
            "squares",
            "gpt_blocks_1_feed_forward_down_W",
        ),
        "gpt.blocks_2.attention.W_qkv.squares": (
            "squares",
            "gpt_blocks_2_attention_W_qkv",
        ),
        "gpt.blocks_2.attention.W_o.squares": ("squares", "gpt_blocks_2_attention_W_o"),
        "gpt.blocks_2.feed_forward.up.W.squares": (
            "squares",
            "gpt_blocks_2_feed_forward_up_W",
        ),
        "gpt.blocks_2.feed_forward.down.W.squares": (
            "squares",
            "gpt_blocks_2_feed_forward_down_W",
        ),
        "gpt.blocks_3.attention.W_qkv.squares": (
            "squares",
            "gpt_blocks_3_attention_W_qkv",
        ),
        "gpt.blocks_3.attention.W_o.squares": ("squares", "gpt_blocks_3_attention_W_o"),
        "gpt.blocks_3.feed_forward.up.W.squares": (
            "squares",
            "gpt_blocks_3_feed_forward_up_W",
        ),
        "gpt.blocks_3.feed_forward.down.W.squares": (
            "squares",
            "gpt_blocks_3_feed_forward_down_W",
        ),
        "gpt.blocks_4.attention.W_qkv.squares": (
            "squares",
            "gpt_blocks_4_attention_W_qkv",
        ),
        "gpt.blocks_4.attention.W_o.squares": ("squares", "gpt_blocks_4_attention_W_o"),
        "gpt.blocks_4.feed_forward.up.W.squares": (
            "squares",
            "gpt_blocks_4_feed_forward_up_W",
        ),
        "gpt.blocks_4.feed_forward.down.W.squares": (
            "squares",
            "gpt_blocks_4_feed_forward_down_W",
        ),
        "gpt.scores.W.squares": ("squares", "gpt_scores_W"),
        "gpt.blocks_1.attention.b_qkv.squares": (
            "squares",
            "gpt_blocks_1_attention_b_qkv",
        ),
        "gpt.blocks_1.attention.b_o.squares": ("squares", "gpt_blocks_1_attention_b_o"),
        "gpt.blocks_1.norm_1.gamma.squares": ("squares", "gpt_blocks_1_norm_1_gamma"),
        "gpt.blocks_1.norm_1.beta.squares": ("squares", "gpt_blocks_1_norm_1_beta"),
        "gpt.blocks_1.feed_forward.up.b.squares": (
            "squares",
            "gpt_blocks_1_feed_forward_up_b",
        ),
        "gpt.blocks_1.feed_forward.down.b.squares": (
            "squares",
            "gpt_blocks_1_feed_forward_down_b",
        ),
        "gpt.blocks_1.norm_2.gamma.squares": ("squares", "gpt_blocks_1_norm_2_gamma"),
        "gpt.blocks_1.norm_2.beta.squares": ("squares", "gpt_blocks_1_norm_2_beta"),
        "gpt.blocks_2.attention.b_qkv.squares": (
            "squares",
            "gpt_blocks_2_attention_b_qkv",
        ),
        "gpt.blocks_2.attention.b_o.squares": ("squares", "gpt_blocks_2_attention_b_o"),
        "gpt.blocks_2.norm_1.gamma.squares": ("squares", "gpt_blocks_2_norm_1_gamma"),
        "gpt.blocks_2.norm_1.beta.squares": ("squares", "gpt_blocks_2_norm_1_beta"),
        "gpt.blocks_2.feed_forward.up.b.squares": (
            "squares",
            "gpt_blocks_2_feed_forward_up_b",
        ),
        "gpt.blocks_2.feed_forward.down.b.squares": (
            "squares",
            "gpt_blocks_2_feed_forward_down_b",
        ),
        "gpt.blocks_2.norm_2.gamma.squares": ("squares", "gpt_blocks_2_norm_2_gamma"),
        "gpt.blocks_2.norm_2.beta.squares": ("squares", "gpt_blocks_2_norm_2_beta"),
        "gpt.blocks_3.attention.b_qkv.squares": (
            "squares",
            "gpt_blocks_3_attention_b_qkv",
        ),
        "gpt.blocks_3.attention.b_o.squares": ("squares", "gpt_blocks_3_attention_b_o"),
        "gpt.blocks_3.norm_1.gamma.squares": ("squares", "gpt_blocks_3_norm_1_gamma"),
        "gpt.blocks_3.norm_1.beta.squares": ("squares", "gpt_blocks_3_norm_1_beta"),
        "gpt.blocks_3.feed_forward.up.b.squares": (
            "squares",
            "gpt_blocks_3_feed_forward_up_b",
        ),
        "gpt.blocks_3.feed_forward.down.b.squares": (
            "squares",
            "gpt_blocks_3_feed_forward_down_b",
        ),
        "gpt.blocks_3.norm_2.gamma.squares": ("squares", "gpt_blocks_3_norm_2_gamma"),
        "gpt.blocks_3.norm_2.beta.squares": ("squares", "gpt_blocks_3_norm_2_beta"),
        "gpt.blocks_4.attention.b_qkv.squares": (
            "squares",
            "gpt_blocks_4_attention_b_qkv",
        ),
        "gpt.blocks_4.attention.b_o.squares": ("squares", "gpt_blocks_4_attention_b_o"),
        "gpt.blocks_4.norm_1.gamma.squares": ("squares", "gpt_blocks_4_norm_1_gamma"),
        "gpt.blocks_4.norm_1.beta.squares": ("squares", "gpt_blocks_4_norm_1_beta"),
        "gpt.blocks_4.feed_forward.up.b.squares": (
            "squares",
            "gpt_blocks_4_feed_forward_up_b",
        ),
        "gpt.blocks_4.feed_forward.down.b.squares": (
            "squares",
            "gpt_blocks_4_feed_forward_down_b",
        ),
        "gpt.blocks_4.norm_2.gamma.squares": ("squares", "gpt_blocks_4_norm_2_gamma"),
        "gpt.blocks_4.norm_2.beta.squares": ("squares", "gpt_blocks_4_norm_2_beta"),
        "gpt.norm.gamma.squares": ("squares", "gpt_norm_gamma"),
        "gpt.norm.beta.squares": ("squares", "gpt_norm_beta"),
        "adamw.step": ("state", "adamw_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(818944, np.float32),
            {
                "gpt_characters_W": (100, 128),
                "gpt_blocks_1_attention_W_qkv": (128, 384),
                "gpt_blocks_1_attention_W_o": (128, 128),
                "gpt_blocks_1_feed_forward_up_W": (128, 512),
                "gpt_blocks_1_feed_forward_down_W": (512, 128),
                "gpt_blocks_2_attention_W_qkv": (128, 384),
                "gpt_blocks_2_attention_W_o": (128, 128),
                "gpt_blocks_2_feed_forward_up_W": (128, 512),
                "gpt_blocks_2_feed_forward_down_W": (512, 128),
                "gpt_blocks_3_attention_W_qkv": (128, 384),
                "gpt_blocks_3_attention_W_o": (128, 128),
                "gpt_blocks_3_feed_forward_up_W": (128, 512),
                "gpt_blocks_3_feed_forward_down_W": (512, 128),
                "gpt_blocks_4_attention_W_qkv": (128, 384),
                "gpt_blocks_4_attention_W_o": (128, 128),
                "gpt_blocks_4_feed_forward_up_W": (128, 512),
                "gpt_blocks_4_feed_forward_down_W": (512, 128),
                "gpt_scores_W": (128, 100),
                "gpt_blocks_1_attention_b_qkv": (384,),
                "gpt_blocks_1_attention_b_o": (128,),
                "gpt_blocks_1_norm_1_gamma": (128,),
                "gpt_blocks_1_norm_1_beta": (128,),
                "gpt_blocks_1_feed_forward_up_b": (512,),
                "gpt_blocks_1_feed_forward_down_b": (128,),
                "gpt_blocks_1_norm_2_gamma": (128,),
                "gpt_blocks_1_norm_2_beta": (128,),
                "gpt_blocks_2_attention_b_qkv": (384,),
                "gpt_blocks_2_attention_b_o": (128,),
                "gpt_blocks_2_norm_1_gamma": (128,),
                "gpt_blocks_2_norm_1_beta": (128,),
                "gpt_blocks_2_feed_forward_up_b": (512,),
                "gpt_blocks_2_feed_forward_down_b": (128,),
                "gpt_blocks_2_norm_2_gamma": (128,),
                "gpt_blocks_2_norm_2_beta": (128,),
                "gpt_blocks_3_attention_b_qkv": (384,),
                "gpt_blocks_3_attention_b_o": (128,),
                "gpt_blocks_3_norm_1_gamma": (128,),
                "gpt_blocks_3_norm_1_beta": (128,),
                "gpt_blocks_3_feed_forward_up_b": (512,),
                "gpt_blocks_3_feed_forward_down_b": (128,),
                "gpt_blocks_3_norm_2_gamma": (128,),
                "gpt_blocks_3_norm_2_beta": (128,),
                "gpt_blocks_4_attention_b_qkv": (384,),
                "gpt_blocks_4_attention_b_o": (128,),
                "gpt_blocks_4_norm_1_gamma": (128,),
                "gpt_blocks_4_norm_1_beta": (128,),
                "gpt_blocks_4_feed_forward_up_b": (512,),
                "gpt_blocks_4_feed_forward_down_b": (128,),
                "gpt_blocks_4_norm_2_gamma": (128,),
                "gpt_blocks_4_norm_2_beta": (128,),
                "gpt_norm_gamma": (128,),
                "gpt_norm_beta": (128,),
            },
        )
        self.grads = _Views(_vector(818944, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(818944, np.float32), self.params.shapes)
        self.squares = _Views(_vector(818944, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adamw_step=np.zeros((), dtype=np.int64))
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._evaluate = {}  # buffers by the arguments' shapes
        self._step = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        noise = rng.standard_normal((100, 128), dtype=np.float32)
        new_gpt_characters_W = noise * 0.02
        gpt_blocks_1_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times = gpt_blocks_1_attention_draw * 0.30618623
        gpt_blocks_1_attention_plus = gpt_blocks_1_attention_times + -0.15309311
        gpt_blocks_1_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times_2 = gpt_blocks_1_attention_draw_2 * 0.30618623
        gpt_blocks_1_attention_plus_2 = gpt_blocks_1_attention_times_2 + -0.15309311
        gpt_blocks_1_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times_3 = gpt_blocks_1_attention_draw_3 * 0.30618623
        gpt_blocks_1_attention_plus_3 = gpt_blocks_1_attention_times_3 + -0.15309311
        gpt_blocks_1_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_1_attention_plus,
                gpt_blocks_1_attention_plus_2,
                gpt_blocks_1_attention_plus_3,
            ),
            axis=1,
        )
        gpt_blocks_1_attention_draw_4 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times_4 = gpt_blocks_1_attention_draw_4 * 0.30618623
        new_gpt_blocks_1_attention_W_o = gpt_blocks_1_attention_times_4 + -0.15309311
        blocks_1_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_1_feed_forward_up_times = blocks_1_feed_forward_up_draw * 0.19364917
        gpt_blocks_1_feed_forward_up_W = blocks_1_feed_forward_up_times + -0.09682459
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        blocks_1_feed_forward_down_W = feed_forward_down_times + -0.09682459
        gpt_blocks_2_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times = gpt_blocks_2_attention_draw * 0.30618623
        gpt_blocks_2_attention_plus = gpt_blocks_2_attention_times + -0.15309311
        gpt_blocks_2_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times_2 = gpt_blocks_2_attention_draw_2 * 0.30618623
        gpt_blocks_2_attention_plus_2 = gpt_blocks_2_attention_times_2 + -0.15309311
        gpt_blocks_2_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times_3 = gpt_blocks_2_attention_draw_3 * 0.30618623
        gpt_blocks_2_attention_plus_3 = gpt_blocks_2_attention_times_3 + -0.15309311
        gpt_blocks_2_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_2_attention_plus,
                gpt_blocks_2_attention_plus_2,
                gpt_blocks_2_attention_plus_3,
            ),
            axis=1,
        )
        gpt_blocks_2_attention_draw_4 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times_4 = gpt_blocks_2_attention_draw_4 * 0.30618623
        new_gpt_blocks_2_attention_W_o = gpt_blocks_2_attention_times_4 + -0.15309311
        blocks_2_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_2_feed_forward_up_times = blocks_2_feed_forward_up_draw * 0.19364917
        gpt_blocks_2_feed_forward_up_W = blocks_2_feed_forward_up_times + -0.09682459
        feed_forward_down_draw_2 = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times_2 = feed_forward_down_draw_2 * 0.19364917
        blocks_2_feed_forward_down_W = feed_forward_down_times_2 + -0.09682459
        gpt_blocks_3_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times = gpt_blocks_3_attention_draw * 0.30618623
        gpt_blocks_3_attention_plus = gpt_blocks_3_attention_times + -0.15309311
        gpt_blocks_3_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times_2 = gpt_blocks_3_attention_draw_2 * 0.30618623
        gpt_blocks_3_attention_plus_2 = gpt_blocks_3_attention_times_2 + -0.15309311
        gpt_blocks_3_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times_3 = gpt_blocks_3_attention_draw_3 * 0.30618623
        gpt_blocks_3_attention_plus_3 = gpt_blocks_3_attention_times_3 + -0.15309311
        gpt_blocks_3_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_3_attention_plus,
                gpt_blocks_3_attention_plus_2,
                gpt_blocks_3_attention_plus_3,
            ),
            axis=1,
        )
        gpt_blocks_3_attention_draw_4 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times_4 = gpt_blocks_3_attention_draw_4 * 0.30618623
        new_gpt_blocks_3_attention_W_o = gpt_blocks_3_attention_times_4 + -0.15309311
        blocks_3_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_3_feed_forward_up_times = blocks_3_feed_forward_up_draw * 0.19364917
        gpt_blocks_3_feed_forward_up_W = blocks_3_feed_forward_up_times + -0.09682459
        feed_forward_down_draw_3 = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times_3 = feed_forward_down_draw_3 * 0.19364917
        blocks_3_feed_forward_down_W = feed_forward_down_times_3 + -0.09682459
        gpt_blocks_4_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times = gpt_blocks_4_attention_draw * 0.30618623
        gpt_blocks_4_attention_plus = gpt_blocks_4_attention_times + -0.15309311
        gpt_blocks_4_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times_2 = gpt_blocks_4_attention_draw_2 * 0.30618623
        gpt_blocks_4_attention_plus_2 = gpt_blocks_4_attention_times_2 + -0.15309311
        gpt_blocks_4_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times_3 = gpt_blocks_4_attention_draw_3 * 0.30618623
        gpt_blocks_4_attention_plus_3 = gpt_blocks_4_attention_times_3 + -0.15309311
        gpt_blocks_4_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_4_attention_plus,
                gpt_blocks_4_attention_plus_2,
                gpt_blocks_4_attention_plus_3,
            ),
            axis=1,
        )
        gpt_blocks_4_attention_draw_4 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times_4 = gpt_blocks_4_attention_draw_4 * 0.30618623
        new_gpt_blocks_4_attention_W_o = gpt_blocks_4_attention_times_4 + -0.15309311
        blocks_4_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_4_feed_forward_up_times = blocks_4_feed_forward_up_draw * 0.19364917
        gpt_blocks_4_feed_forward_up_W = blocks_4_feed_forward_up_times + -0.09682459
        feed_forward_down_draw_4 = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times_4 = feed_forward_down_draw_4 * 0.19364917
        blocks_4_feed_forward_down_W = feed_forward_down_times_4 + -0.09682459
        gpt_scores_noise = rng.standard_normal((128, 100), dtype=np.float32)
        new_gpt_scores_W = gpt_scores_noise * 0.02
        new_gpt_norm_gamma = np.broadcast_to(np.float32(1.0), (128,))
        p.gpt_characters_W[...] = new_gpt_characters_W
        p.gpt_blocks_1_attention_W_qkv[...] = gpt_blocks_1_attention_W_qkv
        p.gpt_blocks_1_attention_W_o[...] = new_gpt_blocks_1_attention_W_o
        p.gpt_blocks_1_feed_forward_up_W[...] = gpt_blocks_1_feed_forward_up_W
        p.gpt_blocks_1_feed_forward_down_W[...] = blocks_1_feed_forward_down_W
        p.gpt_blocks_2_attention_W_qkv[...] = gpt_blocks_2_attention_W_qkv
        p.gpt_blocks_2_attention_W_o[...] = new_gpt_blocks_2_attention_W_o
        p.gpt_blocks_2_feed_forward_up_W[...] = gpt_blocks_2_feed_forward_up_W
        p.gpt_blocks_2_feed_forward_down_W[...] = blocks_2_feed_forward_down_W
        p.gpt_blocks_3_attention_W_qkv[...] = gpt_blocks_3_attention_W_qkv
        p.gpt_blocks_3_attention_W_o[...] = new_gpt_blocks_3_attention_W_o
        p.gpt_blocks_3_feed_forward_up_W[...] = gpt_blocks_3_feed_forward_up_W
        p.gpt_blocks_3_feed_forward_down_W[...] = blocks_3_feed_forward_down_W
        p.gpt_blocks_4_attention_W_qkv[...] = gpt_blocks_4_attention_W_qkv
        p.gpt_blocks_4_attention_W_o[...] = new_gpt_blocks_4_attention_W_o
        p.gpt_blocks_4_feed_forward_up_W[...] = gpt_blocks_4_feed_forward_up_W
        p.gpt_blocks_4_feed_forward_down_W[...] = blocks_4_feed_forward_down_W
        p.gpt_scores_W[...] = new_gpt_scores_W
        p.gpt_blocks_1_norm_1_gamma[...] = new_gpt_norm_gamma
        p.gpt_blocks_1_norm_2_gamma[...] = new_gpt_norm_gamma
        p.gpt_blocks_2_norm_1_gamma[...] = new_gpt_norm_gamma
        p.gpt_blocks_2_norm_2_gamma[...] = new_gpt_norm_gamma
        p.gpt_blocks_3_norm_1_gamma[...] = new_gpt_norm_gamma
        p.gpt_blocks_3_norm_2_gamma[...] = new_gpt_norm_gamma
        p.gpt_blocks_4_norm_1_gamma[...] = new_gpt_norm_gamma
        p.gpt_blocks_4_norm_2_gamma[...] = new_gpt_norm_gamma
        p.gpt_norm_gamma[...] = new_gpt_norm_gamma

    def train(self, x, y):
        """Returns loss; changes gpt, adamw.

        x: int64 (N, T)
        y: int64 (N, T)
        """
        s = self._train_slots(x, y)
        loss = self._train_backward(s, x, y)
        self._train_update(s)
        return {"loss": loss}

    def _train_backward(self, s, x, y):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        np.take(p.gpt_characters_W, x, axis=0, out=s.characters, mode="clip")

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # characters_mean = mean(characters, axis 2)                         (N, T, 1)
        # characters_var = mean(square(characters                            (N, T, 1)
        #     - characters_mean), axis 2)
        # characters_inv_std = 1 / sqrt(characters_var + 1e-05)              (N, T, 1)
        # characters_hat = (characters - mean) / sqrt(var + 1e-05)         (N, T, 128)
        # characters_norm = characters_hat * gamma + beta                  (N, T, 128)
        np.dot(s.characters_reshape, s.ones, out=s.characters_row_sum)
        np.divide(s.characters_reshape_2, 128.0, out=s.characters_mean)
        np.subtract(s.characters, s.characters_mean, out=s.characters_hat)
        np.square(s.characters_hat, out=s.characters_hat_square)
        np.dot(s.characters_hat_reshape, s.ones, out=s.characters_hat_row_sum)
        np.divide(s.characters_hat_reshape_2, 128.0, out=s.characters_var)
        np.add(s.characters_var, 1e-05, out=s.characters_inv_std)
        np.sqrt(s.characters_inv_std, out=s.characters_inv_std)
        np.divide(1.0, s.characters_inv_std, out=s.characters_inv_std)
        np.multiply(s.characters_hat, s.characters_inv_std, out=s.characters_hat)
        np.multiply(
            s.characters_hat,
            p.gpt_blocks_1_norm_1_gamma,
            out=s.characters_norm,
        )
        np.add(s.characters_norm, p.gpt_blocks_1_norm_1_beta, out=s.characters_norm)

        # gpt.blocks_1.attention                                               gpt.py:40
        # qkv = characters_norm W_qkv + b_qkv                              (N, T, 384)
        # scores = q_concat * 0.176777 k_transpose                        (N, 4, T, T)
        # weights = softmax(scores + iota_3_where)                        (N, 4, T, T)
        # attended = weights v                                           (N, 4, T, 32)
        # attention = heads W_o + b_o                                      (N, T, 128)
        np.dot(
            s.characters_norm_rows,
            p.gpt_blocks_1_attention_W_qkv,
            out=s.characters_norm_rows_product,
        )
        np.add(
            s.characters_norm_rows_reshape,
            p.gpt_blocks_1_attention_b_qkv,
            out=s.qkv,
        )
        np.multiply(s.q_slice, s.iota_cos, out=s.q_times)
        np.multiply(s.q_slice_2, s.iota_sin, out=s.q_times_2)
        np.subtract(s.q_times, s.q_times_2, out=s.q_minus_times_2)
        np.multiply(s.q_slice_2, s.iota_cos, out=s.q_times_3)
        np.multiply(s.q_slice, s.iota_sin, out=s.q_times_4)
        np.add(s.q_times_3, s.q_times_4, out=s.q_plus_times_4)
        np.concatenate((s.q_minus_times_2, s.q_plus_times_4), axis=3, out=s.q_concat)
        np.multiply(s.q_concat, 0.17677669, out=s.q_times_5)
        np.multiply(s.k_slice, s.iota_cos, out=s.k_times)
        np.multiply(s.k_slice_2, s.iota_sin, out=s.k_times_2)
        np.subtract(s.k_times, s.k_times_2, out=s.k_minus_times_2)
        np.multiply(s.k_slice_2, s.iota_cos, out=s.k_times_3)
        np.multiply(s.k_slice, s.iota_sin, out=s.k_times_4)
        np.add(s.k_times_3, s.k_times_4, out=s.k_plus_times_4)
        np.concatenate((s.k_minus_times_2, s.k_plus_times_4), axis=3, out=s.k_concat)
        np.matmul(s.q_times_5, s.k_transpose, out=s.scores)
        np.add(s.scores, s.iota_3_where, out=s.weights)
        s.weights.max(axis=3, keepdims=True, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        s.weights.sum(axis=3, keepdims=True, out=s.weights_sum)
        np.divide(s.weights, s.weights_sum, out=s.weights)
        np.matmul(s.weights, s.v, out=s.attended)
        np.copyto(s.attended_copy, s.attended_transpose)
        np.dot(s.heads_rows, p.gpt_blocks_1_attention_W_o, out=s.heads_rows_product)
        np.add(s.heads_rows_reshape, p.gpt_blocks_1_attention_b_o, out=s.attention)

        # gpt.blocks_1: blocks_1 = characters + attention        (N, T, 128)   gpt.py:40
        np.add(s.characters, s.attention, out=s.blocks_1)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        # norm_2 = ((characters + attention) - mean) / sqrt(var            (N, T, 128)
        #     + 1e-05) * gamma + beta
        # blocks_1_over_sqrt = 1 / sqrt(blocks_1_over_2 + 1e-05)             (N, T, 1)
        # blocks_1_times = ((characters + attention)                       (N, T, 128)
        #     - mean) / sqrt(var + 1e-05)
        np.dot(s.blocks_1_reshape, s.ones, out=s.blocks_1_row_sum)
        np.divide(s.blocks_1_reshape_2, 128.0, out=s.blocks_1_over)
        np.subtract(s.blocks_1, s.blocks_1_over, out=s.blocks_1_minus_over)
        np.square(s.blocks_1_minus_over, out=s.blocks_1_square)
        np.dot(s.blocks_1_reshape_3, s.ones, out=s.blocks_1_row_sum_2)
        np.divide(s.blocks_1_reshape_4, 128.0, out=s.blocks_1_over_2)
        np.add(s.blocks_1_over_2, 1e-05, out=s.blocks_1_plus)
        np.sqrt(s.blocks_1_plus, out=s.blocks_1_sqrt)
        np.divide(1.0, s.blocks_1_sqrt, out=s.blocks_1_over_sqrt)
        np.multiply(s.blocks_1_minus_over, s.blocks_1_over_sqrt, out=s.blocks_1_times)
        np.multiply(s.blocks_1_times, p.gpt_blocks_1_norm_2_gamma, out=s.norm_2)
        np.add(s.norm_2, p.gpt_blocks_1_norm_2_beta, out=s.norm_2)

        # gpt.blocks_1.feed_forward.up                                         gpt.py:40
        # z1 = norm_2 W + b                                                (N, T, 512)
        # h1 = gelu_tanh(z1)                                               (N, T, 512)
        # z1_clip = clip(z1, -30, 10)                                      (N, T, 512)
        # z1_plus_exp = 1 + exp(z1_times_plus)                             (N, T, 512)
        np.dot(
            s.norm_2_rows,
            p.gpt_blocks_1_feed_forward_up_W,
            out=s.norm_2_rows_product,
        )
        np.add(s.norm_2_rows_reshape, p.gpt_blocks_1_feed_forward_up_b, out=s.z1)
        np.clip(s.z1, -30.0, 10.0, out=s.z1_clip)
        np.square(s.z1_clip, out=s.z1_square)
        np.multiply(0.071354814, s.z1_square, out=s.z1_times_square)
        np.add(1.5957692, s.z1_times_square, out=s.z1_plus)
        np.multiply(s.z1_clip, s.z1_plus, out=s.z1_times_plus)
        np.exp(s.z1_times_plus, out=s.z1_exp)
        np.add(1.0, s.z1_exp, out=s.z1_plus_exp)
        np.divide(s.z1_exp, s.z1_plus_exp, out=s.z1_over_plus_exp)
        np.multiply(s.z1, s.z1_over_plus_exp, out=s.h1)

        # gpt.blocks_1.feed_forward.down: h2 = h1 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h1_rows, p.gpt_blocks_1_feed_forward_down_W, out=s.h1_rows_product)
        np.add(s.h1_rows_reshape, p.gpt_blocks_1_feed_forward_down_b, out=s.h2)

        # gpt.blocks_1: blocks_1 = blocks_1 + h2                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.h2, out=s.blocks_1)

        # gpt.blocks_2.norm_1                                                  gpt.py:40
        # blocks_1_mean = mean(blocks_1, axis 2)                             (N, T, 1)
        # blocks_1_var = mean(square(blocks_1 - blocks_1_mean), axis 2)      (N, T, 1)
        # blocks_1_inv_std = 1 / sqrt(blocks_1_var + 1e-05)                  (N, T, 1)
        # blocks_1_hat = (blocks_1 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_1_norm = blocks_1_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_1_reshape_5, s.ones, out=s.blocks_1_row_sum_3)
        np.divide(s.blocks_1_reshape_6, 128.0, out=s.blocks_1_mean)
        np.subtract(s.blocks_1, s.blocks_1_mean, out=s.blocks_1_hat)
        np.square(s.blocks_1_hat, out=s.blocks_1_hat_square)
        np.dot(s.blocks_1_hat_reshape, s.ones, out=s.blocks_1_hat_row_sum)
        np.divide(s.blocks_1_hat_reshape_2, 128.0, out=s.blocks_1_var)
        np.add(s.blocks_1_var, 1e-05, out=s.blocks_1_inv_std)
        np.sqrt(s.blocks_1_inv_std, out=s.blocks_1_inv_std)
        np.divide(1.0, s.blocks_1_inv_std, out=s.blocks_1_inv_std)
        np.multiply(s.blocks_1_hat, s.blocks_1_inv_std, out=s.blocks_1_hat)
        np.multiply(s.blocks_1_hat, p.gpt_blocks_2_norm_1_gamma, out=s.blocks_1_norm)
        np.add(s.blocks_1_norm, p.gpt_blocks_2_norm_1_beta, out=s.blocks_1_norm)

        # gpt.blocks_2.attention                                               gpt.py:40
        # qkv_2 = blocks_1_norm W_qkv + b_qkv                              (N, T, 384)
        # scores_2 = q_concat_2 * 0.176777 k_transpose_2                  (N, 4, T, T)
        # weights_2 = softmax(scores + iota_3_where)                      (N, 4, T, T)
        # attended_2 = weights_2 v_2                                     (N, 4, T, 32)
        # attention_2 = heads W_o + b_o                                    (N, T, 128)
        np.dot(
            s.blocks_1_norm_rows,
            p.gpt_blocks_2_attention_W_qkv,
            out=s.blocks_1_norm_rows_product,
        )
        np.add(
            s.blocks_1_norm_rows_reshape,
            p.gpt_blocks_2_attention_b_qkv,
            out=s.qkv_2,
        )
        np.multiply(s.q_slice_3, s.iota_cos, out=s.q_times_6)
        np.multiply(s.q_slice_4, s.iota_sin, out=s.q_times_7)
        np.subtract(s.q_times_6, s.q_times_7, out=s.q_minus_times_7)
        np.multiply(s.q_slice_4, s.iota_cos, out=s.q_times_8)
        np.multiply(s.q_slice_3, s.iota_sin, out=s.q_times_9)
        np.add(s.q_times_8, s.q_times_9, out=s.q_plus_times_9)
        np.concatenate((s.q_minus_times_7, s.q_plus_times_9), axis=3, out=s.q_concat_2)
        np.multiply(s.q_concat_2, 0.17677669, out=s.q_times_10)
        np.multiply(s.k_slice_3, s.iota_cos, out=s.k_times_5)
        np.multiply(s.k_slice_4, s.iota_sin, out=s.k_times_6)
        np.subtract(s.k_times_5, s.k_times_6, out=s.k_minus_times_6)
        np.multiply(s.k_slice_4, s.iota_cos, out=s.k_times_7)
        np.multiply(s.k_slice_3, s.iota_sin, out=s.k_times_8)
        np.add(s.k_times_7, s.k_times_8, out=s.k_plus_times_8)
        np.concatenate((s.k_minus_times_6, s.k_plus_times_8), axis=3, out=s.k_concat_2)
        np.matmul(s.q_times_10, s.k_transpose_2, out=s.scores_2)
        np.add(s.scores_2, s.iota_3_where, out=s.weights_2)
        s.weights_2.max(axis=3, keepdims=True, out=s.weights_max_2)
        np.subtract(s.weights_2, s.weights_max_2, out=s.weights_2)
        np.exp(s.weights_2, out=s.weights_2)
        s.weights_2.sum(axis=3, keepdims=True, out=s.weights_sum_2)
        np.divide(s.weights_2, s.weights_sum_2, out=s.weights_2)
        np.matmul(s.weights_2, s.v_2, out=s.attended_2)
        np.copyto(s.attended_copy_2, s.attended_transpose_2)
        np.dot(s.heads_rows_2, p.gpt_blocks_2_attention_W_o, out=s.heads_rows_product_2)
        np.add(s.heads_rows_reshape_2, p.gpt_blocks_2_attention_b_o, out=s.attention_2)

        # gpt.blocks_2: blocks_2 = blocks_1 + attention_2        (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.attention_2, out=s.blocks_2)

        # gpt.blocks_2.norm_2                                                  gpt.py:40
        # norm_2_2 = blocks_2_times * gamma + beta                         (N, T, 128)
        # blocks_2_over_sqrt = 1 / sqrt(blocks_2_over_2 + 1e-05)             (N, T, 1)
        # blocks_2_times = ((blocks_1 + attention) - mean) / sqrt(var      (N, T, 128)
        #     + 1e-05)
        np.dot(s.blocks_2_reshape, s.ones, out=s.blocks_2_row_sum)
        np.divide(s.blocks_2_reshape_2, 128.0, out=s.blocks_2_over)
        np.subtract(s.blocks_2, s.blocks_2_over, out=s.blocks_2_minus_over)
        np.square(s.blocks_2_minus_over, out=s.blocks_2_square)
        np.dot(s.blocks_2_reshape_3, s.ones, out=s.blocks_2_row_sum_2)
        np.divide(s.blocks_2_reshape_4, 128.0, out=s.blocks_2_over_2)
        np.add(s.blocks_2_over_2, 1e-05, out=s.blocks_2_plus)
        np.sqrt(s.blocks_2_plus, out=s.blocks_2_sqrt)
        np.divide(1.0, s.blocks_2_sqrt, out=s.blocks_2_over_sqrt)
        np.multiply(s.blocks_2_minus_over, s.blocks_2_over_sqrt, out=s.blocks_2_times)
        np.multiply(s.blocks_2_times, p.gpt_blocks_2_norm_2_gamma, out=s.norm_2_2)
        np.add(s.norm_2_2, p.gpt_blocks_2_norm_2_beta, out=s.norm_2_2)

        # gpt.blocks_2.feed_forward.up                                         gpt.py:40
        # z3 = norm_2 W + b                                                (N, T, 512)
        # h3 = gelu_tanh(z3)                                               (N, T, 512)
        # z3_clip = clip(z3, -30, 10)                                      (N, T, 512)
        # z3_plus_exp = 1 + exp(z3_times_plus)                             (N, T, 512)
        np.dot(
            s.norm_2_rows_2,
            p.gpt_blocks_2_feed_forward_up_W,
            out=s.norm_2_rows_product_2,
        )
        np.add(s.norm_2_rows_reshape_2, p.gpt_blocks_2_feed_forward_up_b, out=s.z3)
        np.clip(s.z3, -30.0, 10.0, out=s.z3_clip)
        np.square(s.z3_clip, out=s.z3_square)
        np.multiply(0.071354814, s.z3_square, out=s.z3_times_square)
        np.add(1.5957692, s.z3_times_square, out=s.z3_plus)
        np.multiply(s.z3_clip, s.z3_plus, out=s.z3_times_plus)
        np.exp(s.z3_times_plus, out=s.z3_exp)
        np.add(1.0, s.z3_exp, out=s.z3_plus_exp)
        np.divide(s.z3_exp, s.z3_plus_exp, out=s.z3_over_plus_exp)
        np.multiply(s.z3, s.z3_over_plus_exp, out=s.h3)

        # gpt.blocks_2.feed_forward.down: h4 = h3 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h3_rows, p.gpt_blocks_2_feed_forward_down_W, out=s.h3_rows_product)
        np.add(s.h3_rows_reshape, p.gpt_blocks_2_feed_forward_down_b, out=s.h4)

        # gpt.blocks_2: blocks_2 = blocks_2 + h4                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.h4, out=s.blocks_2)

        # gpt.blocks_3.norm_1                                                  gpt.py:40
        # blocks_2_mean = mean(blocks_2, axis 2)                             (N, T, 1)
        # blocks_2_var = mean(square(blocks_2 - blocks_2_mean), axis 2)      (N, T, 1)
        # blocks_2_inv_std = 1 / sqrt(blocks_2_var + 1e-05)                  (N, T, 1)
        # blocks_2_hat = (blocks_2 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_2_norm = blocks_2_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_2_reshape_5, s.ones, out=s.blocks_2_row_sum_3)
        np.divide(s.blocks_2_reshape_6, 128.0, out=s.blocks_2_mean)
        np.subtract(s.blocks_2, s.blocks_2_mean, out=s.blocks_2_hat)
        np.square(s.blocks_2_hat, out=s.blocks_2_hat_square)
        np.dot(s.blocks_2_hat_reshape, s.ones, out=s.blocks_2_hat_row_sum)
        np.divide(s.blocks_2_hat_reshape_2, 128.0, out=s.blocks_2_var)
        np.add(s.blocks_2_var, 1e-05, out=s.blocks_2_inv_std)
        np.sqrt(s.blocks_2_inv_std, out=s.blocks_2_inv_std)
        np.divide(1.0, s.blocks_2_inv_std, out=s.blocks_2_inv_std)
        np.multiply(s.blocks_2_hat, s.blocks_2_inv_std, out=s.blocks_2_hat)
        np.multiply(s.blocks_2_hat, p.gpt_blocks_3_norm_1_gamma, out=s.blocks_2_norm)
        np.add(s.blocks_2_norm, p.gpt_blocks_3_norm_1_beta, out=s.blocks_2_norm)

        # gpt.blocks_3.attention                                               gpt.py:40
        # qkv_3 = blocks_2_norm W_qkv + b_qkv                              (N, T, 384)
        # scores_3 = q_concat_3 * 0.176777 k_transpose_3                  (N, 4, T, T)
        # weights_3 = softmax(scores + iota_3_where)                      (N, 4, T, T)
        # attended_3 = weights_3 v_3                                     (N, 4, T, 32)
        # attention_3 = heads W_o + b_o                                    (N, T, 128)
        np.dot(
            s.blocks_2_norm_rows,
            p.gpt_blocks_3_attention_W_qkv,
            out=s.blocks_2_norm_rows_product,
        )
        np.add(
            s.blocks_2_norm_rows_reshape,
            p.gpt_blocks_3_attention_b_qkv,
            out=s.qkv_3,
        )
        np.multiply(s.q_slice_5, s.iota_cos, out=s.q_times_11)
        np.multiply(s.q_slice_6, s.iota_sin, out=s.q_times_12)
        np.subtract(s.q_times_11, s.q_times_12, out=s.q_minus_times_12)
        np.multiply(s.q_slice_6, s.iota_cos, out=s.q_times_13)
        np.multiply(s.q_slice_5, s.iota_sin, out=s.q_times_14)
        np.add(s.q_times_13, s.q_times_14, out=s.q_plus_times_14)
        np.concatenate(
            (s.q_minus_times_12, s.q_plus_times_14),
            axis=3,
            out=s.q_concat_3,
        )
        np.multiply(s.q_concat_3, 0.17677669, out=s.q_times_15)
        np.multiply(s.k_slice_5, s.iota_cos, out=s.k_times_9)
        np.multiply(s.k_slice_6, s.iota_sin, out=s.k_times_10)
        np.subtract(s.k_times_9, s.k_times_10, out=s.k_minus_times_10)
        np.multiply(s.k_slice_6, s.iota_cos, out=s.k_times_11)
        np.multiply(s.k_slice_5, s.iota_sin, out=s.k_times_12)
        np.add(s.k_times_11, s.k_times_12, out=s.k_plus_times_12)
        np.concatenate(
            (s.k_minus_times_10, s.k_plus_times_12),
            axis=3,
            out=s.k_concat_3,
        )
        np.matmul(s.q_times_15, s.k_transpose_3, out=s.scores_3)
        np.add(s.scores_3, s.iota_3_where, out=s.weights_3)
        s.weights_3.max(axis=3, keepdims=True, out=s.weights_max_3)
        np.subtract(s.weights_3, s.weights_max_3, out=s.weights_3)
        np.exp(s.weights_3, out=s.weights_3)
        s.weights_3.sum(axis=3, keepdims=True, out=s.weights_sum_3)
        np.divide(s.weights_3, s.weights_sum_3, out=s.weights_3)
        np.matmul(s.weights_3, s.v_3, out=s.attended_3)
        np.copyto(s.attended_copy_3, s.attended_transpose_3)
        np.dot(s.heads_rows_3, p.gpt_blocks_3_attention_W_o, out=s.heads_rows_product_3)
        np.add(s.heads_rows_reshape_3, p.gpt_blocks_3_attention_b_o, out=s.attention_3)

        # gpt.blocks_3: blocks_3 = blocks_2 + attention_3        (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.attention_3, out=s.blocks_3)

        # gpt.blocks_3.norm_2                                                  gpt.py:40
        # norm_2_3 = blocks_3_times * gamma + beta                         (N, T, 128)
        # blocks_3_over_sqrt = 1 / sqrt(blocks_3_over_2 + 1e-05)             (N, T, 1)
        # blocks_3_times = ((blocks_2 + attention) - mean) / sqrt(var      (N, T, 128)
        #     + 1e-05)
        np.dot(s.blocks_3_reshape, s.ones, out=s.blocks_3_row_sum)
        np.divide(s.blocks_3_reshape_2, 128.0, out=s.blocks_3_over)
        np.subtract(s.blocks_3, s.blocks_3_over, out=s.blocks_3_minus_over)
        np.square(s.blocks_3_minus_over, out=s.blocks_3_square)
        np.dot(s.blocks_3_reshape_3, s.ones, out=s.blocks_3_row_sum_2)
        np.divide(s.blocks_3_reshape_4, 128.0, out=s.blocks_3_over_2)
        np.add(s.blocks_3_over_2, 1e-05, out=s.blocks_3_plus)
        np.sqrt(s.blocks_3_plus, out=s.blocks_3_sqrt)
        np.divide(1.0, s.blocks_3_sqrt, out=s.blocks_3_over_sqrt)
        np.multiply(s.blocks_3_minus_over, s.blocks_3_over_sqrt, out=s.blocks_3_times)
        np.multiply(s.blocks_3_times, p.gpt_blocks_3_norm_2_gamma, out=s.norm_2_3)
        np.add(s.norm_2_3, p.gpt_blocks_3_norm_2_beta, out=s.norm_2_3)

        # gpt.blocks_3.feed_forward.up                                         gpt.py:40
        # z5 = norm_2 W + b                                                (N, T, 512)
        # h5 = gelu_tanh(z5)                                               (N, T, 512)
        # z5_clip = clip(z5, -30, 10)                                      (N, T, 512)
        # z5_plus_exp = 1 + exp(z5_times_plus)                             (N, T, 512)
        np.dot(
            s.norm_2_rows_3,
            p.gpt_blocks_3_feed_forward_up_W,
            out=s.norm_2_rows_product_3,
        )
        np.add(s.norm_2_rows_reshape_3, p.gpt_blocks_3_feed_forward_up_b, out=s.z5)
        np.clip(s.z5, -30.0, 10.0, out=s.z5_clip)
        np.square(s.z5_clip, out=s.z5_square)
        np.multiply(0.071354814, s.z5_square, out=s.z5_times_square)
        np.add(1.5957692, s.z5_times_square, out=s.z5_plus)
        np.multiply(s.z5_clip, s.z5_plus, out=s.z5_times_plus)
        np.exp(s.z5_times_plus, out=s.z5_exp)
        np.add(1.0, s.z5_exp, out=s.z5_plus_exp)
        np.divide(s.z5_exp, s.z5_plus_exp, out=s.z5_over_plus_exp)
        np.multiply(s.z5, s.z5_over_plus_exp, out=s.h5)

        # gpt.blocks_3.feed_forward.down: h6 = h5 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h5_rows, p.gpt_blocks_3_feed_forward_down_W, out=s.h5_rows_product)
        np.add(s.h5_rows_reshape, p.gpt_blocks_3_feed_forward_down_b, out=s.h6)

        # gpt.blocks_3: blocks_3 = blocks_3 + h6                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.h6, out=s.blocks_3)

        # gpt.blocks_4.norm_1                                                  gpt.py:40
        # blocks_3_mean = mean(blocks_3, axis 2)                             (N, T, 1)
        # blocks_3_var = mean(square(blocks_3 - blocks_3_mean), axis 2)      (N, T, 1)
        # blocks_3_inv_std = 1 / sqrt(blocks_3_var + 1e-05)                  (N, T, 1)
        # blocks_3_hat = (blocks_3 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_3_norm = blocks_3_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_3_reshape_5, s.ones, out=s.blocks_3_row_sum_3)
        np.divide(s.blocks_3_reshape_6, 128.0, out=s.blocks_3_mean)
        np.subtract(s.blocks_3, s.blocks_3_mean, out=s.blocks_3_hat)
        np.square(s.blocks_3_hat, out=s.blocks_3_hat_square)
        np.dot(s.blocks_3_hat_reshape, s.ones, out=s.blocks_3_hat_row_sum)
        np.divide(s.blocks_3_hat_reshape_2, 128.0, out=s.blocks_3_var)
        np.add(s.blocks_3_var, 1e-05, out=s.blocks_3_inv_std)
        np.sqrt(s.blocks_3_inv_std, out=s.blocks_3_inv_std)
        np.divide(1.0, s.blocks_3_inv_std, out=s.blocks_3_inv_std)
        np.multiply(s.blocks_3_hat, s.blocks_3_inv_std, out=s.blocks_3_hat)
        np.multiply(s.blocks_3_hat, p.gpt_blocks_4_norm_1_gamma, out=s.blocks_3_norm)
        np.add(s.blocks_3_norm, p.gpt_blocks_4_norm_1_beta, out=s.blocks_3_norm)

        # gpt.blocks_4.attention                                               gpt.py:40
        # qkv_4 = blocks_3_norm W_qkv + b_qkv                              (N, T, 384)
        # scores_4 = q_concat_4 * 0.176777 k_transpose_4                  (N, 4, T, T)
        # weights_4 = softmax(scores + iota_3_where)                      (N, 4, T, T)
        # attended_4 = weights_4 v_4                                     (N, 4, T, 32)
        # attention_4 = heads W_o + b_o                                    (N, T, 128)
        np.dot(
            s.blocks_3_norm_rows,
            p.gpt_blocks_4_attention_W_qkv,
            out=s.blocks_3_norm_rows_product,
        )
        np.add(
            s.blocks_3_norm_rows_reshape,
            p.gpt_blocks_4_attention_b_qkv,
            out=s.qkv_4,
        )
        np.multiply(s.q_slice_7, s.iota_cos, out=s.q_times_16)
        np.multiply(s.q_slice_8, s.iota_sin, out=s.q_times_17)
        np.subtract(s.q_times_16, s.q_times_17, out=s.q_minus_times_17)
        np.multiply(s.q_slice_8, s.iota_cos, out=s.q_times_18)
        np.multiply(s.q_slice_7, s.iota_sin, out=s.q_times_19)
        np.add(s.q_times_18, s.q_times_19, out=s.q_plus_times_19)
        np.concatenate(
            (s.q_minus_times_17, s.q_plus_times_19),
            axis=3,
            out=s.q_concat_4,
        )
        np.multiply(s.q_concat_4, 0.17677669, out=s.q_times_20)
        np.multiply(s.k_slice_7, s.iota_cos, out=s.k_times_13)
        np.multiply(s.k_slice_8, s.iota_sin, out=s.k_times_14)
        np.subtract(s.k_times_13, s.k_times_14, out=s.k_minus_times_14)
        np.multiply(s.k_slice_8, s.iota_cos, out=s.k_times_15)
        np.multiply(s.k_slice_7, s.iota_sin, out=s.k_times_16)
        np.add(s.k_times_15, s.k_times_16, out=s.k_plus_times_16)
        np.concatenate(
            (s.k_minus_times_14, s.k_plus_times_16),
            axis=3,
            out=s.k_concat_4,
        )
        np.matmul(s.q_times_20, s.k_transpose_4, out=s.scores_4)
        np.add(s.scores_4, s.iota_3_where, out=s.weights_4)
        s.weights_4.max(axis=3, keepdims=True, out=s.weights_max_4)
        np.subtract(s.weights_4, s.weights_max_4, out=s.weights_4)
        np.exp(s.weights_4, out=s.weights_4)
        s.weights_4.sum(axis=3, keepdims=True, out=s.weights_sum_4)
        np.divide(s.weights_4, s.weights_sum_4, out=s.weights_4)
        np.matmul(s.weights_4, s.v_4, out=s.attended_4)
        np.copyto(s.attended_copy_4, s.attended_transpose_4)
        np.dot(s.heads_rows_4, p.gpt_blocks_4_attention_W_o, out=s.heads_rows_product_4)
        np.add(s.heads_rows_reshape_4, p.gpt_blocks_4_attention_b_o, out=s.attention_4)

        # gpt.blocks_4: blocks_4 = blocks_3 + attention_4        (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.attention_4, out=s.blocks_4)

        # gpt.blocks_4.norm_2                                                  gpt.py:40
        # norm_2_4 = blocks_4_times * gamma + beta                         (N, T, 128)
        # blocks_4_over_sqrt = 1 / sqrt(blocks_4_over_2 + 1e-05)             (N, T, 1)
        # blocks_4_times = ((blocks_3 + attention) - mean) / sqrt(var      (N, T, 128)
        #     + 1e-05)
        np.dot(s.blocks_4_reshape, s.ones, out=s.blocks_4_row_sum)
        np.divide(s.blocks_4_reshape_2, 128.0, out=s.blocks_4_over)
        np.subtract(s.blocks_4, s.blocks_4_over, out=s.blocks_4_minus_over)
        np.square(s.blocks_4_minus_over, out=s.blocks_4_square)
        np.dot(s.blocks_4_reshape_3, s.ones, out=s.blocks_4_row_sum_2)
        np.divide(s.blocks_4_reshape_4, 128.0, out=s.blocks_4_over_2)
        np.add(s.blocks_4_over_2, 1e-05, out=s.blocks_4_plus)
        np.sqrt(s.blocks_4_plus, out=s.blocks_4_sqrt)
        np.divide(1.0, s.blocks_4_sqrt, out=s.blocks_4_over_sqrt)
        np.multiply(s.blocks_4_minus_over, s.blocks_4_over_sqrt, out=s.blocks_4_times)
        np.multiply(s.blocks_4_times, p.gpt_blocks_4_norm_2_gamma, out=s.norm_2_4)
        np.add(s.norm_2_4, p.gpt_blocks_4_norm_2_beta, out=s.norm_2_4)

        # gpt.blocks_4.feed_forward.up                                         gpt.py:40
        # z7 = norm_2 W + b                                                (N, T, 512)
        # h7 = gelu_tanh(z7)                                               (N, T, 512)
        # z7_clip = clip(z7, -30, 10)                                      (N, T, 512)
        # z7_plus_exp = 1 + exp(z7_times_plus)                             (N, T, 512)
        np.dot(
            s.norm_2_rows_4,
            p.gpt_blocks_4_feed_forward_up_W,
            out=s.norm_2_rows_product_4,
        )
        np.add(s.norm_2_rows_reshape_4, p.gpt_blocks_4_feed_forward_up_b, out=s.z7)
        np.clip(s.z7, -30.0, 10.0, out=s.z7_clip)
        np.square(s.z7_clip, out=s.z7_square)
        np.multiply(0.071354814, s.z7_square, out=s.z7_times_square)
        np.add(1.5957692, s.z7_times_square, out=s.z7_plus)
        np.multiply(s.z7_clip, s.z7_plus, out=s.z7_times_plus)
        np.exp(s.z7_times_plus, out=s.z7_exp)
        np.add(1.0, s.z7_exp, out=s.z7_plus_exp)
        np.divide(s.z7_exp, s.z7_plus_exp, out=s.z7_over_plus_exp)
        np.multiply(s.z7, s.z7_over_plus_exp, out=s.h7)

        # gpt.blocks_4.feed_forward.down: h8 = h7 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h7_rows, p.gpt_blocks_4_feed_forward_down_W, out=s.h7_rows_product)
        np.add(s.h7_rows_reshape, p.gpt_blocks_4_feed_forward_down_b, out=s.h8)

        # gpt.blocks_4: blocks_4 = blocks_4 + h8                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_4, s.h8, out=s.blocks_4)

        # gpt.norm                                                             gpt.py:51
        # blocks_4_mean = mean(blocks_4, axis 2)                             (N, T, 1)
        # blocks_4_var = mean(square(blocks_4 - blocks_4_mean), axis 2)      (N, T, 1)
        # blocks_4_inv_std = 1 / sqrt(blocks_4_var + 1e-05)                  (N, T, 1)
        # blocks_4_hat = (blocks_4 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_4_norm = blocks_4_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_4_reshape_5, s.ones, out=s.blocks_4_row_sum_3)
        np.divide(s.blocks_4_reshape_6, 128.0, out=s.blocks_4_mean)
        np.subtract(s.blocks_4, s.blocks_4_mean, out=s.blocks_4_hat)
        np.square(s.blocks_4_hat, out=s.blocks_4_hat_square)
        np.dot(s.blocks_4_hat_reshape, s.ones, out=s.blocks_4_hat_row_sum)
        np.divide(s.blocks_4_hat_reshape_2, 128.0, out=s.blocks_4_var)
        np.add(s.blocks_4_var, 1e-05, out=s.blocks_4_inv_std)
        np.sqrt(s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.divide(1.0, s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.multiply(s.blocks_4_hat, s.blocks_4_inv_std, out=s.blocks_4_hat)
        np.multiply(s.blocks_4_hat, p.gpt_norm_gamma, out=s.blocks_4_norm)
        np.add(s.blocks_4_norm, p.gpt_norm_beta, out=s.blocks_4_norm)

        # gpt.scores                                                           gpt.py:52
        # blocks_4_norm_rows_product = blocks_4_norm_rows W               (N * T, 100)
        np.dot(s.blocks_4_norm_rows, p.gpt_scores_W, out=s.blocks_4_norm_rows_product)

        # softmax_cross_entropy                                                gpt.py:67
        # loss = mean(-log_softmax(logits)[y])                                      ()
        # logits_exp = exp(logits_minus_max)                               (N, T, 100)
        # logits_row_sum = sum over 100 of logits_reshape                     (N * T,)
        # y_position = row_starts_2 + reshape(y, (N * T,))                    (N * T,)
        s.logits.max(axis=2, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        np.dot(s.logits_reshape, s.ones_2, out=s.logits_row_sum)
        np.log(s.logits_reshape_2, out=s.logits_log)
        y_reshape = y.reshape(s.n * s.t)
        np.add(y_reshape, s.row_starts_2, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape_3, s.logits_reshape_4, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, s.n * s.t, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # softmax_cross_entropy                                                gpt.py:67
        # d_logits = (softmax(logits) - onehot(y)) / (N * T)               (N, T, 100)
        np.divide(s.logits_exp, s.logits_reshape_2, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, s.n * s.t, out=s.d_logits)

        # gpt.scores                                                           gpt.py:52
        # d_W = blocks_4_norm_rows^T d_logits_rows                          (128, 100)
        # d_logits_rows_product = reshape(d_logits, (N * T, 100)) W^T     (N * T, 128)
        np.dot(s.blocks_4_norm_rows.T, s.d_logits_rows, out=d.gpt_scores_W)
        np.dot(s.d_logits_rows, p.gpt_scores_W.T, out=s.d_logits_rows_product)

        # gpt.norm                                                             gpt.py:51
        # d_beta = sum over N * T of d_blocks_4_norm_reshape                    (128,)
        # d_gamma = sum over N * T of d_blocks_4_norm_reshape_2                 (128,)
        # d_blocks_4_hat = d_logits (gpt.scores.W)^T * gamma               (N, T, 128)
        # d_blocks_4 = blocks_4_inv_std                                    (N, T, 128)
        #     * d_blocks_4
        np.dot(s.ones_3, s.d_blocks_4_norm_reshape, out=d.gpt_norm_beta)
        np.multiply(s.d_blocks_4_norm, s.blocks_4_hat, out=s.d_blocks_4_norm_times)
        np.dot(s.ones_3, s.d_blocks_4_norm_reshape_2, out=d.gpt_norm_gamma)
        np.multiply(s.d_blocks_4_norm, p.gpt_norm_gamma, out=s.d_blocks_4_hat)
        np.dot(s.d_blocks_4_hat_reshape, s.ones, out=s.d_blocks_4_hat_row_sum)
        np.divide(s.d_blocks_4_hat_reshape_2, 128.0, out=s.d_blocks_4_hat_over)
        np.subtract(s.d_blocks_4_hat, s.d_blocks_4_hat_over, out=s.d_blocks_4)
        np.multiply(s.d_blocks_4_hat, s.blocks_4_hat, out=s.d_blocks_4_hat_times)
        np.dot(s.d_blocks_4_hat_reshape_3, s.ones, out=s.d_blocks_4_hat_row_sum_2)
        np.divide(s.d_blocks_4_hat_reshape_4, 128.0, out=s.d_blocks_4_hat_over_2)
        np.multiply(s.blocks_4_hat, s.d_blocks_4_hat_over_2, out=s.blocks_4_hat_times)
        np.subtract(s.d_blocks_4, s.blocks_4_hat_times, out=s.d_blocks_4)
        np.multiply(s.blocks_4_inv_std, s.d_blocks_4, out=s.d_blocks_4)

        # gpt.blocks_4.feed_forward.down                                       gpt.py:40
        # d_blocks_4_rows_product = d_blocks_4_rows W^T                   (N * T, 512)
        np.dot(
            s.d_blocks_4_rows,
            p.gpt_blocks_4_feed_forward_down_W.T,
            out=s.d_blocks_4_rows_product,
        )

        # gpt.blocks_4.feed_forward.up                                         gpt.py:40
        # d_z7 = d_h7 * gelu_tanh_slope(z7)                                (N, T, 512)
        # d_z7_rows_product = reshape(d_z7, (N * T, 512)) W^T             (N * T, 128)
        np.multiply(0.21406445, s.z7_clip, out=s.z7_times_clip)
        np.multiply(s.z7_clip, s.z7_times_clip, out=s.z7_times)
        np.add(1.5957692, s.z7_times, out=s.z7_plus_times)
        np.multiply(s.z7_clip, s.z7_plus_times, out=s.z7_times_2)
        np.divide(s.z7_times_2, s.z7_plus_exp, out=s.z7_over_plus_exp_2)
        np.add(1.0, s.z7_over_plus_exp_2, out=s.z7_plus_2)
        np.multiply(s.z7_over_plus_exp, s.z7_plus_2, out=s.d_z7)
        np.multiply(s.d_h7, s.d_z7, out=s.d_z7)
        np.dot(s.d_z7_rows, p.gpt_blocks_4_feed_forward_up_W.T, out=s.d_z7_rows_product)

        # gpt.blocks_4.norm_2                                                  gpt.py:40
        # d_beta = sum over N * T of d_norm_2_reshape                           (128,)
        # d_gamma = sum over N * T of d_norm_2_reshape_2                        (128,)
        np.dot(s.ones_3, s.d_norm_2_reshape, out=d.gpt_blocks_4_norm_2_beta)
        np.multiply(s.d_norm_2, s.blocks_4_times, out=s.d_norm_2_times)
        np.dot(s.ones_3, s.d_norm_2_reshape_2, out=d.gpt_blocks_4_norm_2_gamma)

        # gpt.blocks_4.feed_forward.down                                       gpt.py:40
        # d_b = sum over N * T of reshape(d_blocks_4, (N * T, 128))             (128,)
        # d_W = (reshape(h7, (N * T, 512)))^T d_blocks_4_rows               (512, 128)
        np.dot(s.ones_3, s.d_blocks_4_rows, out=d.gpt_blocks_4_feed_forward_down_b)
        np.dot(s.h7_rows.T, s.d_blocks_4_rows, out=d.gpt_blocks_4_feed_forward_down_W)

        # gpt.blocks_4.feed_forward.up                                         gpt.py:40
        # d_b = sum over N * T of reshape(d_z7, (N * T, 512))                   (512,)
        # d_W = norm_2_rows_4^T reshape(d_z7, (N * T, 512))                 (128, 512)
        np.dot(s.ones_3, s.d_z7_rows, out=d.gpt_blocks_4_feed_forward_up_b)
        np.dot(s.norm_2_rows_4.T, s.d_z7_rows, out=d.gpt_blocks_4_feed_forward_up_W)

        # gpt.blocks_4.norm_2                                                  gpt.py:40
        # d_attention = d_blocks_4 + blocks_4_times_2                      (N, T, 128)
        np.multiply(s.d_norm_2, p.gpt_blocks_4_norm_2_gamma, out=s.d_norm_2_times_2)
        np.dot(s.d_norm_2_reshape_3, s.ones, out=s.d_norm_2_row_sum)
        np.divide(s.d_norm_2_reshape_4, 128.0, out=s.d_norm_2_over)
        np.subtract(s.d_norm_2_times_2, s.d_norm_2_over, out=s.d_norm_2_minus_over)
        np.multiply(s.d_norm_2_times_2, s.blocks_4_times, out=s.d_norm_2_times_2)
        np.dot(s.d_norm_2_reshape_5, s.ones, out=s.d_norm_2_row_sum_2)
        np.divide(s.d_norm_2_reshape_6, 128.0, out=s.d_norm_2_over_2)
        np.multiply(s.blocks_4_times, s.d_norm_2_over_2, out=s.blocks_4_times)
        np.subtract(s.d_norm_2_minus_over, s.blocks_4_times, out=s.d_norm_2_minus)
        np.multiply(s.blocks_4_over_sqrt, s.d_norm_2_minus, out=s.blocks_4_times_2)
        np.add(s.d_blocks_4, s.blocks_4_times_2, out=s.d_attention)

        # gpt.blocks_4.attention                                               gpt.py:40
        # d_weights = d_attended qkv_transpose                            (N, 4, T, T)
        # d_scores = weights_4 * (d_weights - d_weights_sum)              (N, 4, T, T)
        # d_q = [d_scores_plus_times_3; d_scores_plus_times_5]           (N, 4, T, 32)
        # d_k = [q_plus_times_22; q_plus_times_24]                       (N, 4, T, 32)
        # d_v = weights_transpose d_attended                             (N, 4, T, 32)
        np.dot(
            s.d_attention_rows,
            p.gpt_blocks_4_attention_W_o.T,
            out=s.d_attention_rows_product,
        )
        np.matmul(s.d_attended, s.qkv_transpose, out=s.d_weights)
        np.multiply(s.d_weights, s.weights_4, out=s.d_weights_times)
        s.d_weights_times.sum(axis=3, keepdims=True, out=s.d_weights_sum)
        np.subtract(s.d_weights, s.d_weights_sum, out=s.d_scores)
        np.multiply(s.weights_4, s.d_scores, out=s.d_scores)
        np.matmul(s.d_scores, s.k_concat_4, out=s.d_scores_product)
        np.multiply(s.d_scores_product, 0.17677669, out=s.d_scores_times)
        np.multiply(s.d_scores_slice, s.iota_sin, out=s.d_scores_times_2)
        np.multiply(s.d_scores_slice_2, s.iota_cos, out=s.d_scores_times_3)
        np.add(s.d_scores_times_2, s.d_scores_times_3, out=s.d_scores_plus_times_3)
        np.multiply(s.d_scores_slice, s.iota_cos, out=s.d_scores_times_4)
        np.negative(s.d_scores_slice_2, out=s.d_scores_negative)
        np.multiply(s.d_scores_negative, s.iota_sin, out=s.d_scores_times_5)
        np.add(s.d_scores_times_4, s.d_scores_times_5, out=s.d_scores_plus_times_5)
        np.concatenate(
            (s.d_scores_plus_times_3, s.d_scores_plus_times_5),
            axis=3,
            out=s.d_q,
        )
        np.matmul(s.q_transpose, s.d_scores, out=s.q_product)
        np.multiply(s.q_slice_9, s.iota_sin, out=s.q_times_21)
        np.multiply(s.q_slice_10, s.iota_cos, out=s.q_times_22)
        np.add(s.q_times_21, s.q_times_22, out=s.q_plus_times_22)
        np.multiply(s.q_slice_9, s.iota_cos, out=s.q_times_23)
        np.negative(s.q_slice_10, out=s.q_negative)
        np.multiply(s.q_negative, s.iota_sin, out=s.q_times_24)
        np.add(s.q_times_23, s.q_times_24, out=s.q_plus_times_24)
        np.concatenate((s.q_plus_times_22, s.q_plus_times_24), axis=3, out=s.d_k)
        np.matmul(s.weights_transpose, s.d_attended, out=s.d_v)
        np.concatenate(
            (s.d_q_transpose, s.d_k_transpose, s.d_v_transpose),
            axis=2,
            out=s.d_q_concat,
        )
        np.dot(s.d_qkv_rows, p.gpt_blocks_4_attention_W_qkv.T, out=s.d_qkv_rows_product)

        # gpt.blocks_4.norm_1                                                  gpt.py:40
        # d_beta = sum over N * T of d_blocks_3_norm_reshape                    (128,)
        # d_gamma = sum over N * T of d_blocks_3_norm_reshape_2                 (128,)
        np.dot(s.ones_3, s.d_blocks_3_norm_reshape, out=d.gpt_blocks_4_norm_1_beta)
        np.multiply(s.d_blocks_3_norm, s.blocks_3_hat, out=s.d_blocks_3_norm_times)
        np.dot(s.ones_3, s.d_blocks_3_norm_reshape_2, out=d.gpt_blocks_4_norm_1_gamma)

        # gpt.blocks_4.attention                                               gpt.py:40
        # d_b_o = sum over N * T of reshape(d_attention, (N * T, 128))          (128,)
        # d_W_o = heads_rows_4^T d_attention_rows                           (128, 128)
        # d_b_qkv = sum over N * T of reshape(d_qkv, (N * T, 384))              (384,)
        # d_W_qkv = blocks_3_norm_rows^T d_qkv_rows                         (128, 384)
        np.dot(s.ones_3, s.d_attention_rows, out=d.gpt_blocks_4_attention_b_o)
        np.dot(s.heads_rows_4.T, s.d_attention_rows, out=d.gpt_blocks_4_attention_W_o)
        np.dot(s.ones_3, s.d_qkv_reshape, out=d.gpt_blocks_4_attention_b_qkv)
        np.dot(s.blocks_3_norm_rows.T, s.d_qkv_rows, out=d.gpt_blocks_4_attention_W_qkv)

        # gpt.blocks_4.norm_1                                                  gpt.py:40
        # d_blocks_3_hat = d_blocks_3_norm * gamma                         (N, T, 128)
        # d_blocks_3 = d_attention + blocks_3_inv_std_times                (N, T, 128)
        np.multiply(
            s.d_blocks_3_norm,
            p.gpt_blocks_4_norm_1_gamma,
            out=s.d_blocks_3_hat,
        )
        np.dot(s.d_blocks_3_hat_reshape, s.ones, out=s.d_blocks_3_hat_row_sum)
        np.divide(s.d_blocks_3_hat_reshape_2, 128.0, out=s.d_blocks_3_hat_over)
        np.subtract(
            s.d_blocks_3_hat,
            s.d_blocks_3_hat_over,
            out=s.d_blocks_3_hat_minus_over,
        )
        np.multiply(s.d_blocks_3_hat, s.blocks_3_hat, out=s.d_blocks_3_hat_times)
        np.dot(s.d_blocks_3_hat_reshape_3, s.ones, out=s.d_blocks_3_hat_row_sum_2)
        np.divide(s.d_blocks_3_hat_reshape_4, 128.0, out=s.d_blocks_3_hat_over_2)
        np.multiply(s.blocks_3_hat, s.d_blocks_3_hat_over_2, out=s.blocks_3_hat_times)
        np.subtract(
            s.d_blocks_3_hat_minus_over,
            s.blocks_3_hat_times,
            out=s.d_blocks_3_hat_minus,
        )
        np.multiply(
            s.blocks_3_inv_std,
            s.d_blocks_3_hat_minus,
            out=s.blocks_3_inv_std_times,
        )
        np.add(s.d_attention, s.blocks_3_inv_std_times, out=s.d_blocks_3)

        # gpt.blocks_3.feed_forward.down                                       gpt.py:40
        # d_blocks_3_rows_product = d_blocks_3_rows W^T                   (N * T, 512)
        np.dot(
            s.d_blocks_3_rows,
            p.gpt_blocks_3_feed_forward_down_W.T,
            out=s.d_blocks_3_rows_product,
        )

        # gpt.blocks_3.feed_forward.up                                         gpt.py:40
        # d_z5 = d_h5 * gelu_tanh_slope(z5)                                (N, T, 512)
        # d_z5_rows_product = reshape(d_z5, (N * T, 512)) W^T             (N * T, 128)
        np.multiply(0.21406445, s.z5_clip, out=s.z5_times_clip)
        np.multiply(s.z5_clip, s.z5_times_clip, out=s.z5_times)
        np.add(1.5957692, s.z5_times, out=s.z5_plus_times)
        np.multiply(s.z5_clip, s.z5_plus_times, out=s.z5_times_2)
        np.divide(s.z5_times_2, s.z5_plus_exp, out=s.z5_over_plus_exp_2)
        np.add(1.0, s.z5_over_plus_exp_2, out=s.z5_plus_2)
        np.multiply(s.z5_over_plus_exp, s.z5_plus_2, out=s.d_z5)
        np.multiply(s.d_h5, s.d_z5, out=s.d_z5)
        np.dot(s.d_z5_rows, p.gpt_blocks_3_feed_forward_up_W.T, out=s.d_z5_rows_product)

        # gpt.blocks_3.norm_2                                                  gpt.py:40
        # d_beta = sum over N * T of d_norm_2_reshape_7                         (128,)
        # d_gamma = sum over N * T of d_norm_2_reshape_8                        (128,)
        np.dot(s.ones_3, s.d_norm_2_reshape_7, out=d.gpt_blocks_3_norm_2_beta)
        np.multiply(s.d_norm_2_2, s.blocks_3_times, out=s.d_norm_2_times_3)
        np.dot(s.ones_3, s.d_norm_2_reshape_8, out=d.gpt_blocks_3_norm_2_gamma)

        # gpt.blocks_3.feed_forward.down                                       gpt.py:40
        # d_b = sum over N * T of reshape(d_blocks_3, (N * T, 128))             (128,)
        # d_W = (reshape(h5, (N * T, 512)))^T d_blocks_3_rows               (512, 128)
        np.dot(s.ones_3, s.d_blocks_3_rows, out=d.gpt_blocks_3_feed_forward_down_b)
        np.dot(s.h5_rows.T, s.d_blocks_3_rows, out=d.gpt_blocks_3_feed_forward_down_W)

        # gpt.blocks_3.feed_forward.up                                         gpt.py:40
        # d_b = sum over N * T of reshape(d_z5, (N * T, 512))                   (512,)
        # d_W = norm_2_rows_3^T reshape(d_z5, (N * T, 512))                 (128, 512)
        np.dot(s.ones_3, s.d_z5_rows, out=d.gpt_blocks_3_feed_forward_up_b)
        np.dot(s.norm_2_rows_3.T, s.d_z5_rows, out=d.gpt_blocks_3_feed_forward_up_W)

        # gpt.blocks_3.norm_2                                                  gpt.py:40
        # d_attention = d_blocks_3 + blocks_3_times_2                      (N, T, 128)
        np.multiply(s.d_norm_2_2, p.gpt_blocks_3_norm_2_gamma, out=s.d_norm_2_times_4)
        np.dot(s.d_norm_2_reshape_9, s.ones, out=s.d_norm_2_row_sum_3)
        np.divide(s.d_norm_2_reshape_10, 128.0, out=s.d_norm_2_over_3)
        np.subtract(s.d_norm_2_times_4, s.d_norm_2_over_3, out=s.d_norm_2_minus_over_3)
        np.multiply(s.d_norm_2_times_4, s.blocks_3_times, out=s.d_norm_2_times_4)
        np.dot(s.d_norm_2_reshape_11, s.ones, out=s.d_norm_2_row_sum_4)
        np.divide(s.d_norm_2_reshape_12, 128.0, out=s.d_norm_2_over_4)
        np.multiply(s.blocks_3_times, s.d_norm_2_over_4, out=s.blocks_3_times)
        np.subtract(s.d_norm_2_minus_over_3, s.blocks_3_times, out=s.d_norm_2_minus_2)
        np.multiply(s.blocks_3_over_sqrt, s.d_norm_2_minus_2, out=s.blocks_3_times_2)
        np.add(s.d_blocks_3, s.blocks_3_times_2, out=s.d_attention)

        # gpt.blocks_3.attention                                               gpt.py:40
        # d_weights_2 = d_attended_2 qkv_transpose_2                      (N, 4, T, T)
        # d_scores_2 = weights_3 * (d_weights_2 - d_weights_sum_2)        (N, 4, T, T)
        # d_q_2 = [d_scores_plus_times_8; d_scores_plus_times_10]        (N, 4, T, 32)
        # d_k_2 = [q_plus_times_26; q_plus_times_28]                     (N, 4, T, 32)
        # d_v_2 = weights_transpose_2 d_attended_2                       (N, 4, T, 32)
        np.dot(
            s.d_attention_rows_2,
            p.gpt_blocks_3_attention_W_o.T,
            out=s.d_attention_rows_product_2,
        )
        np.matmul(s.d_attended_2, s.qkv_transpose_2, out=s.d_weights_2)
        np.multiply(s.d_weights_2, s.weights_3, out=s.d_weights_times_2)
        s.d_weights_times_2.sum(axis=3, keepdims=True, out=s.d_weights_sum_2)
        np.subtract(s.d_weights_2, s.d_weights_sum_2, out=s.d_scores_2)
        np.multiply(s.weights_3, s.d_scores_2, out=s.d_scores_2)
        np.matmul(s.d_scores_2, s.k_concat_3, out=s.d_scores_product_2)
        np.multiply(s.d_scores_product_2, 0.17677669, out=s.d_scores_times_6)
        np.multiply(s.d_scores_slice_3, s.iota_sin, out=s.d_scores_times_7)
        np.multiply(s.d_scores_slice_4, s.iota_cos, out=s.d_scores_times_8)
        np.add(s.d_scores_times_7, s.d_scores_times_8, out=s.d_scores_plus_times_8)
        np.multiply(s.d_scores_slice_3, s.iota_cos, out=s.d_scores_times_9)
        np.negative(s.d_scores_slice_4, out=s.d_scores_negative_2)
        np.multiply(s.d_scores_negative_2, s.iota_sin, out=s.d_scores_times_10)
        np.add(s.d_scores_times_9, s.d_scores_times_10, out=s.d_scores_plus_times_10)
        np.concatenate(
            (s.d_scores_plus_times_8, s.d_scores_plus_times_10),
            axis=3,
            out=s.d_q_2,
        )
        np.matmul(s.q_transpose_3, s.d_scores_2, out=s.q_product_2)
        np.multiply(s.q_slice_11, s.iota_sin, out=s.q_times_25)
        np.multiply(s.q_slice_12, s.iota_cos, out=s.q_times_26)
        np.add(s.q_times_25, s.q_times_26, out=s.q_plus_times_26)
        np.multiply(s.q_slice_11, s.iota_cos, out=s.q_times_27)
        np.negative(s.q_slice_12, out=s.q_negative_2)
        np.multiply(s.q_negative_2, s.iota_sin, out=s.q_times_28)
        np.add(s.q_times_27, s.q_times_28, out=s.q_plus_times_28)
        np.concatenate((s.q_plus_times_26, s.q_plus_times_28), axis=3, out=s.d_k_2)
        np.matmul(s.weights_transpose_2, s.d_attended_2, out=s.d_v_2)
        np.concatenate(
            (s.d_q_transpose_2, s.d_k_transpose_2, s.d_v_transpose_2),
            axis=2,
            out=s.d_q_concat_2,
        )
        np.dot(
            s.d_qkv_rows_2,
            p.gpt_blocks_3_attention_W_qkv.T,
            out=s.d_qkv_rows_product_2,
        )

        # gpt.blocks_3.norm_1                                                  gpt.py:40
        # d_beta = sum over N * T of d_blocks_2_norm_reshape                    (128,)
        # d_gamma = sum over N * T of d_blocks_2_norm_reshape_2                 (128,)
        np.dot(s.ones_3, s.d_blocks_2_norm_reshape, out=d.gpt_blocks_3_norm_1_beta)
        np.multiply(s.d_blocks_2_norm, s.blocks_2_hat, out=s.d_blocks_2_norm_times)
        np.dot(s.ones_3, s.d_blocks_2_norm_reshape_2, out=d.gpt_blocks_3_norm_1_gamma)

        # gpt.blocks_3.attention                                               gpt.py:40
        # d_b_o = sum over N * T of reshape(d_attention, (N * T, 128))          (128,)
        # d_W_o = heads_rows_3^T d_attention_rows_2                         (128, 128)
        # d_b_qkv = sum over N * T of reshape(d_qkv_2, (N * T, 384))            (384,)
        # d_W_qkv = blocks_2_norm_rows^T d_qkv_rows_2                       (128, 384)
        np.dot(s.ones_3, s.d_attention_rows_2, out=d.gpt_blocks_3_attention_b_o)
        np.dot(s.heads_rows_3.T, s.d_attention_rows_2, out=d.gpt_blocks_3_attention_W_o)
        np.dot(s.ones_3, s.d_qkv_reshape_2, out=d.gpt_blocks_3_attention_b_qkv)
        np.dot(
            s.blocks_2_norm_rows.T,
            s.d_qkv_rows_2,
            out=d.gpt_blocks_3_attention_W_qkv,
        )

        # gpt.blocks_3.norm_1                                                  gpt.py:40
        # d_blocks_2_hat = d_blocks_2_norm * gamma                         (N, T, 128)
        # d_blocks_2 = d_attention + blocks_2_inv_std_times                (N, T, 128)
        np.multiply(
            s.d_blocks_2_norm,
            p.gpt_blocks_3_norm_1_gamma,
            out=s.d_blocks_2_hat,
        )
        np.dot(s.d_blocks_2_hat_reshape, s.ones, out=s.d_blocks_2_hat_row_sum)
        np.divide(s.d_blocks_2_hat_reshape_2, 128.0, out=s.d_blocks_2_hat_over)
        np.subtract(
            s.d_blocks_2_hat,
            s.d_blocks_2_hat_over,
            out=s.d_blocks_2_hat_minus_over,
        )
        np.multiply(s.d_blocks_2_hat, s.blocks_2_hat, out=s.d_blocks_2_hat_times)
        np.dot(s.d_blocks_2_hat_reshape_3, s.ones, out=s.d_blocks_2_hat_row_sum_2)
        np.divide(s.d_blocks_2_hat_reshape_4, 128.0, out=s.d_blocks_2_hat_over_2)
        np.multiply(s.blocks_2_hat, s.d_blocks_2_hat_over_2, out=s.blocks_2_hat_times)
        np.subtract(
            s.d_blocks_2_hat_minus_over,
            s.blocks_2_hat_times,
            out=s.d_blocks_2_hat_minus,
        )
        np.multiply(
            s.blocks_2_inv_std,
            s.d_blocks_2_hat_minus,
            out=s.blocks_2_inv_std_times,
        )
        np.add(s.d_attention, s.blocks_2_inv_std_times, out=s.d_blocks_2)

        # gpt.blocks_2.feed_forward.down                                       gpt.py:40
        # d_blocks_2_rows_product = d_blocks_2_rows W^T                   (N * T, 512)
        np.dot(
            s.d_blocks_2_rows,
            p.gpt_blocks_2_feed_forward_down_W.T,
            out=s.d_blocks_2_rows_product,
        )

        # gpt.blocks_2.feed_forward.up                                         gpt.py:40
        # d_z3 = d_h3 * gelu_tanh_slope(z3)                                (N, T, 512)
        # d_z3_rows_product = reshape(d_z3, (N * T, 512)) W^T             (N * T, 128)
        np.multiply(0.21406445, s.z3_clip, out=s.z3_times_clip)
        np.multiply(s.z3_clip, s.z3_times_clip, out=s.z3_times)
        np.add(1.5957692, s.z3_times, out=s.z3_plus_times)
        np.multiply(s.z3_clip, s.z3_plus_times, out=s.z3_times_2)
        np.divide(s.z3_times_2, s.z3_plus_exp, out=s.z3_over_plus_exp_2)
        np.add(1.0, s.z3_over_plus_exp_2, out=s.z3_plus_2)
        np.multiply(s.z3_over_plus_exp, s.z3_plus_2, out=s.d_z3)
        np.multiply(s.d_h3, s.d_z3, out=s.d_z3)
        np.dot(s.d_z3_rows, p.gpt_blocks_2_feed_forward_up_W.T, out=s.d_z3_rows_product)

        # gpt.blocks_2.norm_2                                                  gpt.py:40
        # d_beta = sum over N * T of d_norm_2_reshape_13                        (128,)
        # d_gamma = sum over N * T of d_norm_2_reshape_14                       (128,)
        np.dot(s.ones_3, s.d_norm_2_reshape_13, out=d.gpt_blocks_2_norm_2_beta)
        np.multiply(s.d_norm_2_3, s.blocks_2_times, out=s.d_norm_2_times_5)
        np.dot(s.ones_3, s.d_norm_2_reshape_14, out=d.gpt_blocks_2_norm_2_gamma)

        # gpt.blocks_2.feed_forward.down                                       gpt.py:40
        # d_b = sum over N * T of reshape(d_blocks_2, (N * T, 128))             (128,)
        # d_W = (reshape(h3, (N * T, 512)))^T d_blocks_2_rows               (512, 128)
        np.dot(s.ones_3, s.d_blocks_2_rows, out=d.gpt_blocks_2_feed_forward_down_b)
        np.dot(s.h3_rows.T, s.d_blocks_2_rows, out=d.gpt_blocks_2_feed_forward_down_W)

        # gpt.blocks_2.feed_forward.up                                         gpt.py:40
        # d_b = sum over N * T of reshape(d_z3, (N * T, 512))                   (512,)
        # d_W = norm_2_rows_2^T reshape(d_z3, (N * T, 512))                 (128, 512)
        np.dot(s.ones_3, s.d_z3_rows, out=d.gpt_blocks_2_feed_forward_up_b)
        np.dot(s.norm_2_rows_2.T, s.d_z3_rows, out=d.gpt_blocks_2_feed_forward_up_W)

        # gpt.blocks_2.norm_2                                                  gpt.py:40
        # d_attention = d_blocks_2 + blocks_2_times_2                      (N, T, 128)
        np.multiply(s.d_norm_2_3, p.gpt_blocks_2_norm_2_gamma, out=s.d_norm_2_times_6)
        np.dot(s.d_norm_2_reshape_15, s.ones, out=s.d_norm_2_row_sum_5)
        np.divide(s.d_norm_2_reshape_16, 128.0, out=s.d_norm_2_over_5)
        np.subtract(s.d_norm_2_times_6, s.d_norm_2_over_5, out=s.d_norm_2_minus_over_5)
        np.multiply(s.d_norm_2_times_6, s.blocks_2_times, out=s.d_norm_2_times_6)
        np.dot(s.d_norm_2_reshape_17, s.ones, out=s.d_norm_2_row_sum_6)
        np.divide(s.d_norm_2_reshape_18, 128.0, out=s.d_norm_2_over_6)
        np.multiply(s.blocks_2_times, s.d_norm_2_over_6, out=s.blocks_2_times)
        np.subtract(s.d_norm_2_minus_over_5, s.blocks_2_times, out=s.d_norm_2_minus_3)
        np.multiply(s.blocks_2_over_sqrt, s.d_norm_2_minus_3, out=s.blocks_2_times_2)
        np.add(s.d_blocks_2, s.blocks_2_times_2, out=s.d_attention)

        # gpt.blocks_2.attention                                               gpt.py:40
        # d_weights_3 = d_attended_3 qkv_transpose_3                      (N, 4, T, T)
        # d_scores_3 = weights_2 * (d_weights_3 - d_weights_sum_3)        (N, 4, T, T)
        # d_q_3 = [d_scores_plus_times_13; d_scores_plus_times_15]       (N, 4, T, 32)
        # d_k_3 = [q_plus_times_30; q_plus_times_32]                     (N, 4, T, 32)
        # d_v_3 = weights_transpose_3 d_attended_3                       (N, 4, T, 32)
        np.dot(
            s.d_attention_rows_3,
            p.gpt_blocks_2_attention_W_o.T,
            out=s.d_attention_rows_product_3,
        )
        np.matmul(s.d_attended_3, s.qkv_transpose_3, out=s.d_weights_3)
        np.multiply(s.d_weights_3, s.weights_2, out=s.d_weights_times_3)
        s.d_weights_times_3.sum(axis=3, keepdims=True, out=s.d_weights_sum_3)
        np.subtract(s.d_weights_3, s.d_weights_sum_3, out=s.d_scores_3)
        np.multiply(s.weights_2, s.d_scores_3, out=s.d_scores_3)
        np.matmul(s.d_scores_3, s.k_concat_2, out=s.d_scores_product_3)
        np.multiply(s.d_scores_product_3, 0.17677669, out=s.d_scores_times_11)
        np.multiply(s.d_scores_slice_5, s.iota_sin, out=s.d_scores_times_12)
        np.multiply(s.d_scores_slice_6, s.iota_cos, out=s.d_scores_times_13)
        np.add(s.d_scores_times_12, s.d_scores_times_13, out=s.d_scores_plus_times_13)
        np.multiply(s.d_scores_slice_5, s.iota_cos, out=s.d_scores_times_14)
        np.negative(s.d_scores_slice_6, out=s.d_scores_negative_3)
        np.multiply(s.d_scores_negative_3, s.iota_sin, out=s.d_scores_times_15)
        np.add(s.d_scores_times_14, s.d_scores_times_15, out=s.d_scores_plus_times_15)
        np.concatenate(
            (s.d_scores_plus_times_13, s.d_scores_plus_times_15),
            axis=3,
            out=s.d_q_3,
        )
        np.matmul(s.q_transpose_5, s.d_scores_3, out=s.q_product_3)
        np.multiply(s.q_slice_13, s.iota_sin, out=s.q_times_29)
        np.multiply(s.q_slice_14, s.iota_cos, out=s.q_times_30)
        np.add(s.q_times_29, s.q_times_30, out=s.q_plus_times_30)
        np.multiply(s.q_slice_13, s.iota_cos, out=s.q_times_31)
        np.negative(s.q_slice_14, out=s.q_negative_3)
        np.multiply(s.q_negative_3, s.iota_sin, out=s.q_times_32)
        np.add(s.q_times_31, s.q_times_32, out=s.q_plus_times_32)
        np.concatenate((s.q_plus_times_30, s.q_plus_times_32), axis=3, out=s.d_k_3)
        np.matmul(s.weights_transpose_3, s.d_attended_3, out=s.d_v_3)
        np.concatenate(
            (s.d_q_transpose_3, s.d_k_transpose_3, s.d_v_transpose_3),
            axis=2,
            out=s.d_q_concat_3,
        )
        np.dot(
            s.d_qkv_rows_3,
            p.gpt_blocks_2_attention_W_qkv.T,
            out=s.d_qkv_rows_product_3,
        )

        # gpt.blocks_2.norm_1                                                  gpt.py:40
        # d_beta = sum over N * T of d_blocks_1_norm_reshape                    (128,)
        # d_gamma = sum over N * T of d_blocks_1_norm_reshape_2                 (128,)
        np.dot(s.ones_3, s.d_blocks_1_norm_reshape, out=d.gpt_blocks_2_norm_1_beta)
        np.multiply(s.d_blocks_1_norm, s.blocks_1_hat, out=s.d_blocks_1_norm_times)
        np.dot(s.ones_3, s.d_blocks_1_norm_reshape_2, out=d.gpt_blocks_2_norm_1_gamma)

        # gpt.blocks_2.attention                                               gpt.py:40
        # d_b_o = sum over N * T of reshape(d_attention, (N * T, 128))          (128,)
        # d_W_o = heads_rows_2^T d_attention_rows_3                         (128, 128)
        # d_b_qkv = sum over N * T of reshape(d_qkv_3, (N * T, 384))            (384,)
        # d_W_qkv = blocks_1_norm_rows^T d_qkv_rows_3                       (128, 384)
        np.dot(s.ones_3, s.d_attention_rows_3, out=d.gpt_blocks_2_attention_b_o)
        np.dot(s.heads_rows_2.T, s.d_attention_rows_3, out=d.gpt_blocks_2_attention_W_o)
        np.dot(s.ones_3, s.d_qkv_reshape_3, out=d.gpt_blocks_2_attention_b_qkv)
        np.dot(
            s.blocks_1_norm_rows.T,
            s.d_qkv_rows_3,
            out=d.gpt_blocks_2_attention_W_qkv,
        )

        # gpt.blocks_2.norm_1                                                  gpt.py:40
        # d_blocks_1_hat = d_blocks_1_norm * gamma                         (N, T, 128)
        # d_blocks_1 = d_attention + blocks_1_inv_std_times                (N, T, 128)
        np.multiply(
            s.d_blocks_1_norm,
            p.gpt_blocks_2_norm_1_gamma,
            out=s.d_blocks_1_hat,
        )
        np.dot(s.d_blocks_1_hat_reshape, s.ones, out=s.d_blocks_1_hat_row_sum)
        np.divide(s.d_blocks_1_hat_reshape_2, 128.0, out=s.d_blocks_1_hat_over)
        np.subtract(
            s.d_blocks_1_hat,
            s.d_blocks_1_hat_over,
            out=s.d_blocks_1_hat_minus_over,
        )
        np.multiply(s.d_blocks_1_hat, s.blocks_1_hat, out=s.d_blocks_1_hat_times)
        np.dot(s.d_blocks_1_hat_reshape_3, s.ones, out=s.d_blocks_1_hat_row_sum_2)
        np.divide(s.d_blocks_1_hat_reshape_4, 128.0, out=s.d_blocks_1_hat_over_2)
        np.multiply(s.blocks_1_hat, s.d_blocks_1_hat_over_2, out=s.blocks_1_hat_times)
        np.subtract(
            s.d_blocks_1_hat_minus_over,
            s.blocks_1_hat_times,
            out=s.d_blocks_1_hat_minus,
        )
        np.multiply(
            s.blocks_1_inv_std,
            s.d_blocks_1_hat_minus,
            out=s.blocks_1_inv_std_times,
        )
        np.add(s.d_attention, s.blocks_1_inv_std_times, out=s.d_blocks_1)

        # gpt.blocks_1.feed_forward.down                                       gpt.py:40
        # d_blocks_1_rows_product = d_blocks_1_rows W^T                   (N * T, 512)
        np.dot(
            s.d_blocks_1_rows,
            p.gpt_blocks_1_feed_forward_down_W.T,
            out=s.d_blocks_1_rows_product,
        )

        # gpt.blocks_1.feed_forward.up                                         gpt.py:40
        # d_z1 = d_h1 * gelu_tanh_slope(z1)                                (N, T, 512)
        # d_z1_rows_product = reshape(d_z1, (N * T, 512)) W^T             (N * T, 128)
        np.multiply(0.21406445, s.z1_clip, out=s.z1_times_clip)
        np.multiply(s.z1_clip, s.z1_times_clip, out=s.z1_times)
        np.add(1.5957692, s.z1_times, out=s.z1_plus_times)
        np.multiply(s.z1_clip, s.z1_plus_times, out=s.z1_times_2)
        np.divide(s.z1_times_2, s.z1_plus_exp, out=s.z1_over_plus_exp_2)
        np.add(1.0, s.z1_over_plus_exp_2, out=s.z1_plus_2)
        np.multiply(s.z1_over_plus_exp, s.z1_plus_2, out=s.d_z1)
        np.multiply(s.d_h1, s.d_z1, out=s.d_z1)
        np.dot(s.d_z1_rows, p.gpt_blocks_1_feed_forward_up_W.T, out=s.d_z1_rows_product)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        # d_beta = sum over N * T of d_norm_2_reshape_19                        (128,)
        # d_gamma = sum over N * T of d_norm_2_reshape_20                       (128,)
        np.dot(s.ones_3, s.d_norm_2_reshape_19, out=d.gpt_blocks_1_norm_2_beta)
        np.multiply(s.d_norm_2_4, s.blocks_1_times, out=s.d_norm_2_times_7)
        np.dot(s.ones_3, s.d_norm_2_reshape_20, out=d.gpt_blocks_1_norm_2_gamma)

        # gpt.blocks_1.feed_forward.down                                       gpt.py:40
        # d_b = sum over N * T of reshape(d_blocks_1, (N * T, 128))             (128,)
        # d_W = (reshape(h1, (N * T, 512)))^T d_blocks_1_rows               (512, 128)
        np.dot(s.ones_3, s.d_blocks_1_rows, out=d.gpt_blocks_1_feed_forward_down_b)
        np.dot(s.h1_rows.T, s.d_blocks_1_rows, out=d.gpt_blocks_1_feed_forward_down_W)

        # gpt.blocks_1.feed_forward.up                                         gpt.py:40
        # d_b = sum over N * T of reshape(d_z1, (N * T, 512))                   (512,)
        # d_W = norm_2_rows_transpose_4 reshape(d_z1, (N * T, 512))         (128, 512)
        np.dot(s.ones_3, s.d_z1_rows, out=d.gpt_blocks_1_feed_forward_up_b)
        np.dot(s.norm_2_rows.T, s.d_z1_rows, out=d.gpt_blocks_1_feed_forward_up_W)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        # d_attention = d_blocks_1 + blocks_1_times_2                      (N, T, 128)
        np.multiply(s.d_norm_2_4, p.gpt_blocks_1_norm_2_gamma, out=s.d_norm_2_times_8)
        np.dot(s.d_norm_2_reshape_21, s.ones, out=s.d_norm_2_row_sum_7)
        np.divide(s.d_norm_2_reshape_22, 128.0, out=s.d_norm_2_over_7)
        np.subtract(s.d_norm_2_times_8, s.d_norm_2_over_7, out=s.d_norm_2_minus_over_7)
        np.multiply(s.d_norm_2_times_8, s.blocks_1_times, out=s.d_norm_2_times_8)
        np.dot(s.d_norm_2_reshape_23, s.ones, out=s.d_norm_2_row_sum_8)
        np.divide(s.d_norm_2_reshape_24, 128.0, out=s.d_norm_2_over_8)
        np.multiply(s.blocks_1_times, s.d_norm_2_over_8, out=s.blocks_1_times)
        np.subtract(s.d_norm_2_minus_over_7, s.blocks_1_times, out=s.d_norm_2_minus_4)
        np.multiply(s.blocks_1_over_sqrt, s.d_norm_2_minus_4, out=s.blocks_1_times_2)
        np.add(s.d_blocks_1, s.blocks_1_times_2, out=s.d_attention)

        # gpt.blocks_1.attention                                               gpt.py:40
        # d_weights_4 = d_attended_4 qkv_transpose_4                      (N, 4, T, T)
        # d_scores_4 = weights * (d_weights_4 - d_weights_sum_4)          (N, 4, T, T)
        # d_q_4 = [d_scores_plus_times_18; d_scores_plus_times_20]       (N, 4, T, 32)
        # d_k_4 = [q_plus_times_34; q_plus_times_36]                     (N, 4, T, 32)
        # d_v_4 = weights_transpose_4 d_attended_4                       (N, 4, T, 32)
        np.dot(
            s.d_attention_rows_4,
            p.gpt_blocks_1_attention_W_o.T,
            out=s.d_attention_rows_product_4,
        )
        np.matmul(s.d_attended_4, s.qkv_transpose_4, out=s.d_weights_4)
        np.multiply(s.d_weights_4, s.weights, out=s.d_weights_times_4)
        s.d_weights_times_4.sum(axis=3, keepdims=True, out=s.d_weights_sum_4)
        np.subtract(s.d_weights_4, s.d_weights_sum_4, out=s.d_scores_4)
        np.multiply(s.weights, s.d_scores_4, out=s.d_scores_4)
        np.matmul(s.d_scores_4, s.k_concat, out=s.d_scores_product_4)
        np.multiply(s.d_scores_product_4, 0.17677669, out=s.d_scores_times_16)
        np.multiply(s.d_scores_slice_7, s.iota_sin, out=s.d_scores_times_17)
        np.multiply(s.d_scores_slice_8, s.iota_cos, out=s.d_scores_times_18)
        np.add(s.d_scores_times_17, s.d_scores_times_18, out=s.d_scores_plus_times_18)
        np.multiply(s.d_scores_slice_7, s.iota_cos, out=s.d_scores_times_19)
        np.negative(s.d_scores_slice_8, out=s.d_scores_negative_4)
        np.multiply(s.d_scores_negative_4, s.iota_sin, out=s.d_scores_times_20)
        np.add(s.d_scores_times_19, s.d_scores_times_20, out=s.d_scores_plus_times_20)
        np.concatenate(
            (s.d_scores_plus_times_18, s.d_scores_plus_times_20),
            axis=3,
            out=s.d_q_4,
        )
        np.matmul(s.q_transpose_7, s.d_scores_4, out=s.q_product_4)
        np.multiply(s.q_slice_15, s.iota_sin, out=s.q_times_33)
        np.multiply(s.q_slice_16, s.iota_cos, out=s.q_times_34)
        np.add(s.q_times_33, s.q_times_34, out=s.q_plus_times_34)
        np.multiply(s.q_slice_15, s.iota_cos, out=s.q_times_35)
        np.negative(s.q_slice_16, out=s.q_negative_4)
        np.multiply(s.q_negative_4, s.iota_sin, out=s.q_times_36)
        np.add(s.q_times_35, s.q_times_36, out=s.q_plus_times_36)
        np.concatenate((s.q_plus_times_34, s.q_plus_times_36), axis=3, out=s.d_k_4)
        np.matmul(s.weights_transpose_4, s.d_attended_4, out=s.d_v_4)
        np.concatenate(
            (s.d_q_transpose_4, s.d_k_transpose_4, s.d_v_transpose_4),
            axis=2,
            out=s.d_q_concat_4,
        )
        np.dot(
            s.d_qkv_rows_4,
            p.gpt_blocks_1_attention_W_qkv.T,
            out=s.d_qkv_rows_product_4,
        )

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # d_beta = sum over N * T of d_characters_norm_reshape                  (128,)
        # d_gamma = sum over N * T of d_characters_norm_reshape_2               (128,)
        np.dot(s.ones_3, s.d_characters_norm_reshape, out=d.gpt_blocks_1_norm_1_beta)
        np.multiply(
            s.d_characters_norm,
            s.characters_hat,
            out=s.d_characters_norm_times,
        )
        np.dot(s.ones_3, s.d_characters_norm_reshape_2, out=d.gpt_blocks_1_norm_1_gamma)

        # gpt.blocks_1.attention                                               gpt.py:40
        # d_b_o = sum over N * T of reshape(d_attention, (N * T, 128))          (128,)
        # d_W_o = heads_rows^T d_attention_rows_4                           (128, 128)
        # d_b_qkv = sum over N * T of reshape(d_qkv_4, (N * T, 384))            (384,)
        # d_W_qkv = characters_norm_rows^T d_qkv_rows_4                     (128, 384)
        np.dot(s.ones_3, s.d_attention_rows_4, out=d.gpt_blocks_1_attention_b_o)
        np.dot(s.heads_rows.T, s.d_attention_rows_4, out=d.gpt_blocks_1_attention_W_o)
        np.dot(s.ones_3, s.d_qkv_reshape_4, out=d.gpt_blocks_1_attention_b_qkv)
        np.dot(
            s.characters_norm_rows.T,
            s.d_qkv_rows_4,
            out=d.gpt_blocks_1_attention_W_qkv,
        )
        x_reshape = x.reshape(s.n * s.t, 1)

        # gpt.characters                                                       gpt.py:38
        # x_plus_position = iota_6 + reshape(x, (N * T, 1)) * 128         (N * T, 128)
        np.multiply(x_reshape, 128, out=s.x_position)
        np.add(s.iota_6, s.x_position, out=s.x_plus_position)

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # d_characters_hat = d_characters_norm * gamma                     (N, T, 128)
        # d_characters = d_attention + characters_inv_std_times            (N, T, 128)
        np.multiply(
            s.d_characters_norm,
            p.gpt_blocks_1_norm_1_gamma,
            out=s.d_characters_hat,
        )
        np.dot(s.d_characters_hat_reshape, s.ones, out=s.d_characters_hat_row_sum)
        np.divide(s.d_characters_hat_reshape_2, 128.0, out=s.d_characters_hat_over)
        np.subtract(
            s.d_characters_hat,
            s.d_characters_hat_over,
            out=s.d_characters_hat_minus_over,
        )
        np.multiply(s.d_characters_hat, s.characters_hat, out=s.d_characters_hat_times)
        np.dot(s.d_characters_hat_reshape_3, s.ones, out=s.d_characters_hat_row_sum_2)
        np.divide(s.d_characters_hat_reshape_4, 128.0, out=s.d_characters_hat_over_2)
        np.multiply(
            s.characters_hat,
            s.d_characters_hat_over_2,
            out=s.characters_hat_times,
        )
        np.subtract(
            s.d_characters_hat_minus_over,
            s.characters_hat_times,
            out=s.d_characters_hat_minus,
        )
        np.multiply(
            s.characters_inv_std,
            s.d_characters_hat_minus,
            out=s.characters_inv_std_times,
        )
        np.add(s.d_attention, s.characters_inv_std_times, out=s.d_characters)

        # gpt.characters: d_W = scatter_add(0, x, d_characters)   (100, 128)   gpt.py:38
        d.gpt_characters_W.fill(0)
        _add_elements(d.gpt_characters_W, s.x_plus_position, s.d_characters_reshape)

        return s.loss[()]

    def _train_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        adamw_step = int(self.state.adamw_step)
        # ---- update ------------------------------------------------------------------
        # adamw                                                                gpt.py:70
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # momentum' = 0.9 * momentum + grads * clip_scale                    (812032,)
        # squares' = 0.999 * squares + square(grads * clip_scale)            (812032,)
        new_adamw_step = adamw_step + 1
        adamw_step_cast = adamw_step
        adamw_step_times_minimum = 3.1415927 * min(adamw_step_cast / 449.0, 1.0)
        adamw_step_minus_cos = 1.0 - math.cos(adamw_step_times_minimum)
        rise = 8e-05 + adamw_step_minus_cos * 0.00096
        adamw_step_minimum_2 = min((adamw_step_cast - 449.0) / 1050.0, 1.0)
        adamw_step_cos_2 = math.cos(3.1415927 * adamw_step_minimum_2)
        adamw_step_times_3 = (1.0 - adamw_step_cos_2) * -0.000999996
        fall = 0.002 + adamw_step_times_3
        learning_rate = rise if (adamw_step_cast <= 449.0) else fall
        t_2 = adamw_step_cast + 1.0
        c = math.sqrt((1.0 - 0.999**t_2) / 0.001)
        alpha_t = learning_rate * c * (0.1 / (1.0 - 0.9**t_2))
        with _Whole():  # no interruption may leave this half done
            for params, momentum in s.adamw_blocks_1:
                np.multiply(1.0 - learning_rate * 0.1, params, out=params)
                np.multiply(0.9, momentum, out=momentum)
            np.dot(d.flat, d.flat, out=s.gradient_norm)
            np.sqrt(s.gradient_norm, out=s.gradient_norm)
            np.add(s.gradient_norm, 1e-06, out=s.clip_scale)
            np.divide(1.0, s.clip_scale, out=s.clip_scale)
            np.minimum(s.clip_scale, 1.0, out=s.clip_scale)
            epsilon_t = 1e-08 * c
            for grads, scratch, momentum, squares, params in s.adamw_blocks_2:
                np.multiply(grads, s.clip_scale, out=scratch)
                np.add(momentum, scratch, out=momentum)
                np.multiply(0.999, squares, out=squares)
                np.square(scratch, out=scratch)
                np.add(squares, scratch, out=squares)
                np.sqrt(squares, out=scratch)
                np.add(scratch, epsilon_t, out=scratch)
                np.divide(momentum, scratch, out=scratch)
                np.multiply(alpha_t, scratch, out=scratch)
                np.subtract(params, scratch, out=params)
            np.multiply(
                0.9,
                self.momentum.flat[812032:818944],
                out=self.momentum.flat[812032:818944],
            )
            np.multiply(d.flat[812032:818944], s.clip_scale, out=s.grads_times_2)
            np.add(
                self.momentum.flat[812032:818944],
                s.grads_times_2,
                out=self.momentum.flat[812032:818944],
            )
            np.multiply(
                0.999,
                self.squares.flat[812032:818944],
                out=self.squares.flat[812032:818944],
            )
            np.square(s.grads_times_2, out=s.grads_square_2)
            np.add(
                self.squares.flat[812032:818944],
                s.grads_square_2,
                out=self.squares.flat[812032:818944],
            )
            np.sqrt(self.squares.flat[812032:818944], out=s.new_squares_sqrt_2)
            np.add(s.new_squares_sqrt_2, epsilon_t, out=s.new_squares_plus_2)
            np.divide(
                self.momentum.flat[812032:818944],
                s.new_squares_plus_2,
                out=s.new_momentum_over_2,
            )
            np.multiply(alpha_t, s.new_momentum_over_2, out=s.alpha_t_times_2)
            np.subtract(
                p.flat[812032:818944],
                s.alpha_t_times_2,
                out=p.flat[812032:818944],
            )
            self.state.adamw_step[...] = new_adamw_step

    def _train_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._train[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, y)
        _check_range("x", x, 100)
        _check_range("y", y, 100)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d = self.params, self.grads
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        units = -(-(n * t) // 16) * 16  # aligned
        units_2 = -(-(n * t * t) // 16) * 16  # aligned
        memory = self._memory(max(57888 * units + 96 * units_2 + 8, 262152))
        s.characters = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.characters_reshape = s.characters.reshape(n * t, 128)
        s.ones = np.ones((128,), dtype=np.float32)
        s.characters_row_sum = _window(memory, 0, np.float32, (n * t,))
        s.characters_reshape_2 = s.characters_row_sum.reshape(n, t, 1)
        s.characters_mean = _window(memory, 512 * units, np.float32, (n, t, 1))
        s.characters_hat = _window(memory, 0, np.float32, (n, t, 128))
        s.characters_hat_square = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.characters_hat_reshape = s.characters_hat_square.reshape(n * t, 128)
        s.characters_hat_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.characters_hat_reshape_2 = s.characters_hat_row_sum.reshape(n, t, 1)
        s.characters_var = _window(memory, 512 * units, np.float32, (n, t, 1))
        s.characters_inv_std = _window(memory, 512 * units, np.float32, (n, t, 1))
        s.characters_norm = _window(memory, 516 * units, np.float32, (n, t, 128))
        s.characters_norm_rows = s.characters_norm.reshape(n * t, 128)
        s.characters_norm_rows_product = _window(
            memory,
            1028 * units,
            np.float32,
            (n * t, 384),
        )
        s.characters_norm_rows_reshape = s.characters_norm_rows_product.reshape(
            n,
            t,
            384,
        )
        s.qkv = _window(memory, 2564 * units, np.float32, (n, t, 384))
        s.qkv_reshape = s.qkv.reshape(n, t, 12, 32)
        s.qkv_slice = s.qkv_reshape[:, :, :4]
        s.q = s.qkv_slice.transpose(0, 2, 1, 3)
        s.q_slice = s.q[:, :, :, :16]
        s.iota = np.arange(t, dtype=np.int64)
        s.iota_cast = s.iota.astype(np.float32)
        s.iota_reshape = s.iota_cast.reshape(t, 1)
        s.iota_2 = np.arange(16, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.5756463
        s.row_starts_exp = np.exp(s.row_starts)
        s.iota_times = s.iota_reshape * s.row_starts_exp
        s.iota_cos = np.cos(s.iota_times)
        s.q_times = _window(memory, 1540 * units, np.float32, (n, 4, t, 16))
        s.q_slice_2 = s.q[:, :, :, 16:]
        s.iota_sin = np.sin(s.iota_times)
        s.q_times_2 = _window(memory, 1028 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_2 = _window(memory, 1540 * units, np.float32, (n, 4, t, 16))
        s.q_times_3 = _window(memory, 1796 * units, np.float32, (n, 4, t, 16))
        s.q_times_4 = _window(memory, 1028 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_4 = _window(memory, 1796 * units, np.float32, (n, 4, t, 16))
        s.q_concat = _window(memory, 1028 * units, np.float32, (n, 4, t, 32))
        s.q_times_5 = _window(memory, 1028 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_2 = s.qkv_reshape[:, :, 4:8]
        s.k = s.qkv_slice_2.transpose(0, 2, 1, 3)
        s.k_slice = s.k[:, :, :, :16]
        s.k_times = _window(memory, 1540 * units, np.float32, (n, 4, t, 16))
        s.k_slice_2 = s.k[:, :, :, 16:]
        s.k_times_2 = _window(memory, 1796 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_2 = _window(memory, 1540 * units, np.float32, (n, 4, t, 16))
        s.k_times_3 = _window(memory, 1796 * units, np.float32, (n, 4, t, 16))
        s.k_times_4 = _window(memory, 2052 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_4 = _window(memory, 1796 * units, np.float32, (n, 4, t, 16))
        s.k_concat = _window(memory, 2052 * units, np.float32, (n, 4, t, 32))
        s.k_transpose = s.k_concat.transpose(0, 1, 3, 2)
        s.scores = _window(memory, 57888 * units, np.float32, (n, 4, t, t))
        s.iota_3 = np.broadcast_to(np.arange(t, dtype=np.int64).reshape((t, 1)), (t, 1))
        s.iota_4 = np.broadcast_to(np.arange(t, dtype=np.int64), (1, t))
        s.iota_3_mask = s.iota_3 >= s.iota_4
        s.iota_3_where = np.where(s.iota_3_mask, np.float32(0.0), np.float32(-np.inf))
        s.weights = _window(memory, 57888 * units, np.float32, (n, 4, t, t))
        s.weights_max = _window(memory, 1540 * units, np.float32, (n, 4, t, 1))
        s.weights_sum = _window(memory, 1540 * units, np.float32, (n, 4, t, 1))
        s.qkv_slice_3 = s.qkv_reshape[:, :, 8:]
        s.v = s.qkv_slice_3.transpose(0, 2, 1, 3)
        s.attended = _window(memory, 4100 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose = s.attended.transpose(0, 2, 1, 3)
        s.attended_copy = _window(memory, 1540 * units, np.float32, (n, t, 4, 32))
        s.heads_rows = s.attended_copy.reshape(n * t, 128)
        s.heads_rows_product = _window(memory, 4100 * units, np.float32, (n * t, 128))
        s.heads_rows_reshape = s.heads_rows_product.reshape(n, t, 128)
        s.attention = _window(memory, 4612 * units, np.float32, (n, t, 128))
        s.blocks_1 = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.blocks_1_reshape = s.blocks_1.reshape(n * t, 128)
        s.blocks_1_row_sum = _window(memory, 4100 * units, np.float32, (n * t,))
        s.blocks_1_reshape_2 = s.blocks_1_row_sum.reshape(n, t, 1)
        s.blocks_1_over = _window(memory, 4612 * units, np.float32, (n, t, 1))
        s.blocks_1_minus_over = _window(memory, 4100 * units, np.float32, (n, t, 128))
        s.blocks_1_square = _window(memory, 4612 * units, np.float32, (n, t, 128))
        s.blocks_1_reshape_3 = s.blocks_1_square.reshape(n * t, 128)
        s.blocks_1_row_sum_2 = _window(memory, 5124 * units, np.float32, (n * t,))
        s.blocks_1_reshape_4 = s.blocks_1_row_sum_2.reshape(n, t, 1)
        s.blocks_1_over_2 = _window(memory, 4612 * units, np.float32, (n, t, 1))
        s.blocks_1_plus = _window(memory, 4612 * units, np.float32, (n, t, 1))
        s.blocks_1_sqrt = _window(memory, 4612 * units, np.float32, (n, t, 1))
        s.blocks_1_over_sqrt = _window(memory, 4612 * units, np.float32, (n, t, 1))
        s.blocks_1_times = _window(memory, 4100 * units, np.float32, (n, t, 128))
        s.norm_2 = _window(memory, 6664 * units, np.float32, (n, t, 128))
        s.norm_2_rows = s.norm_2.reshape(n * t, 128)
        s.norm_2_rows_product = _window(memory, 7176 * units, np.float32, (n * t, 512))
        s.norm_2_rows_reshape = s.norm_2_rows_product.reshape(n, t, 512)
        s.z1 = _window(memory, 4616 * units, np.float32, (n, t, 512))
        s.z1_clip = _window(memory, 9224 * units, np.float32, (n, t, 512))
        s.z1_square = _window(memory, 7176 * units, np.float32, (n, t, 512))
        s.z1_times_square = _window(memory, 7176 * units, np.float32, (n, t, 512))
        s.z1_plus = _window(memory, 7176 * units, np.float32, (n, t, 512))
        s.z1_times_plus = _window(memory, 7176 * units, np.float32, (n, t, 512))
        s.z1_exp = _window(memory, 7176 * units, np.float32, (n, t, 512))
        s.z1_plus_exp = _window(memory, 11272 * units, np.float32, (n, t, 512))
        s.z1_over_plus_exp = _window(memory, 7176 * units, np.float32, (n, t, 512))
        s.h1 = _window(memory, 4616 * units, np.float32, (n, t, 512))
        s.h1_rows = s.h1.reshape(n * t, 512)
        s.h1_rows_product = _window(memory, 13320 * units, np.float32, (n * t, 128))
        s.h1_rows_reshape = s.h1_rows_product.reshape(n, t, 128)
        s.h2 = _window(memory, 13832 * units, np.float32, (n, t, 128))
        s.blocks_1_reshape_5 = s.blocks_1.reshape(n * t, 128)
        s.blocks_1_row_sum_3 = _window(memory, 13320 * units, np.float32, (n * t,))
        s.blocks_1_reshape_6 = s.blocks_1_row_sum_3.reshape(n, t, 1)
        s.blocks_1_mean = _window(memory, 13832 * units, np.float32, (n, t, 1))
        s.blocks_1_hat = _window(memory, 13320 * units, np.float32, (n, t, 128))
        s.blocks_1_hat_square = _window(memory, 13832 * units, np.float32, (n, t, 128))
        s.blocks_1_hat_reshape = s.blocks_1_hat_square.reshape(n * t, 128)
        s.blocks_1_hat_row_sum = _window(memory, 14344 * units, np.float32, (n * t,))
        s.blocks_1_hat_reshape_2 = s.blocks_1_hat_row_sum.reshape(n, t, 1)
        s.blocks_1_var = _window(memory, 13832 * units, np.float32, (n, t, 1))
        s.blocks_1_inv_std = _window(memory, 13832 * units, np.float32, (n, t, 1))
        s.blocks_1_norm = _window(memory, 13836 * units, np.float32, (n, t, 128))
        s.blocks_1_norm_rows = s.blocks_1_norm.reshape(n * t, 128)
        s.blocks_1_norm_rows_product = _window(
            memory,
            14348 * units,
            np.float32,
            (n * t, 384),
        )
        s.blocks_1_norm_rows_reshape = s.blocks_1_norm_rows_product.reshape(n, t, 384)
        s.qkv_2 = _window(memory, 15884 * units, np.float32, (n, t, 384))
        s.qkv_reshape_2 = s.qkv_2.reshape(n, t, 12, 32)
        s.qkv_slice_4 = s.qkv_reshape_2[:, :, :4]
        s.q_2 = s.qkv_slice_4.transpose(0, 2, 1, 3)
        s.q_slice_3 = s.q_2[:, :, :, :16]
        s.q_times_6 = _window(memory, 14860 * units, np.float32, (n, 4, t, 16))
        s.q_slice_4 = s.q_2[:, :, :, 16:]
        s.q_times_7 = _window(memory, 14348 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_7 = _window(memory, 14860 * units, np.float32, (n, 4, t, 16))
        s.q_times_8 = _window(memory, 15116 * units, np.float32, (n, 4, t, 16))
        s.q_times_9 = _window(memory, 14348 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_9 = _window(memory, 15116 * units, np.float32, (n, 4, t, 16))
        s.q_concat_2 = _window(memory, 14348 * units, np.float32, (n, 4, t, 32))
        s.q_times_10 = _window(memory, 14348 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_5 = s.qkv_reshape_2[:, :, 4:8]
        s.k_2 = s.qkv_slice_5.transpose(0, 2, 1, 3)
        s.k_slice_3 = s.k_2[:, :, :, :16]
        s.k_times_5 = _window(memory, 14860 * units, np.float32, (n, 4, t, 16))
        s.k_slice_4 = s.k_2[:, :, :, 16:]
        s.k_times_6 = _window(memory, 15116 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_6 = _window(memory, 14860 * units, np.float32, (n, 4, t, 16))
        s.k_times_7 = _window(memory, 15116 * units, np.float32, (n, 4, t, 16))
        s.k_times_8 = _window(memory, 15372 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_8 = _window(memory, 15116 * units, np.float32, (n, 4, t, 16))
        s.k_concat_2 = _window(memory, 15372 * units, np.float32, (n, 4, t, 32))
        s.k_transpose_2 = s.k_concat_2.transpose(0, 1, 3, 2)
        s.scores_2 = _window(
            memory,
            57888 * units + 16 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.weights_2 = _window(
            memory,
            57888 * units + 16 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.weights_max_2 = _window(memory, 14860 * units, np.float32, (n, 4, t, 1))
        s.weights_sum_2 = _window(memory, 14860 * units, np.float32, (n, 4, t, 1))
        s.qkv_slice_6 = s.qkv_reshape_2[:, :, 8:]
        s.v_2 = s.qkv_slice_6.transpose(0, 2, 1, 3)
        s.attended_2 = _window(memory, 17420 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose_2 = s.attended_2.transpose(0, 2, 1, 3)
        s.attended_copy_2 = _window(memory, 14860 * units, np.float32, (n, t, 4, 32))
        s.heads_rows_2 = s.attended_copy_2.reshape(n * t, 128)
        s.heads_rows_product_2 = _window(
            memory,
            17420 * units,
            np.float32,
            (n * t, 128),
        )
        s.heads_rows_reshape_2 = s.heads_rows_product_2.reshape(n, t, 128)
        s.attention_2 = _window(memory, 17932 * units, np.float32, (n, t, 128))
        s.blocks_2 = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.blocks_2_reshape = s.blocks_2.reshape(n * t, 128)
        s.blocks_2_row_sum = _window(memory, 17420 * units, np.float32, (n * t,))
        s.blocks_2_reshape_2 = s.blocks_2_row_sum.reshape(n, t, 1)
        s.blocks_2_over = _window(memory, 17932 * units, np.float32, (n, t, 1))
        s.blocks_2_minus_over = _window(memory, 17420 * units, np.float32, (n, t, 128))
        s.blocks_2_square = _window(memory, 17932 * units, np.float32, (n, t, 128))
        s.blocks_2_reshape_3 = s.blocks_2_square.reshape(n * t, 128)
        s.blocks_2_row_sum_2 = _window(memory, 18444 * units, np.float32, (n * t,))
        s.blocks_2_reshape_4 = s.blocks_2_row_sum_2.reshape(n, t, 1)
        s.blocks_2_over_2 = _window(memory, 17932 * units, np.float32, (n, t, 1))
        s.blocks_2_plus = _window(memory, 17932 * units, np.float32, (n, t, 1))
        s.blocks_2_sqrt = _window(memory, 17932 * units, np.float32, (n, t, 1))
        s.blocks_2_over_sqrt = _window(memory, 17932 * units, np.float32, (n, t, 1))
        s.blocks_2_times = _window(memory, 17420 * units, np.float32, (n, t, 128))
        s.norm_2_2 = _window(memory, 19984 * units, np.float32, (n, t, 128))
        s.norm_2_rows_2 = s.norm_2_2.reshape(n * t, 128)
        s.norm_2_rows_product_2 = _window(
            memory,
            20496 * units,
            np.float32,
            (n * t, 512),
        )
        s.norm_2_rows_reshape_2 = s.norm_2_rows_product_2.reshape(n, t, 512)
        s.z3 = _window(memory, 17936 * units, np.float32, (n, t, 512))
        s.z3_clip = _window(memory, 22544 * units, np.float32, (n, t, 512))
        s.z3_square = _window(memory, 20496 * units, np.float32, (n, t, 512))
        s.z3_times_square = _window(memory, 20496 * units, np.float32, (n, t, 512))
        s.z3_plus = _window(memory, 20496 * units, np.float32, (n, t, 512))
        s.z3_times_plus = _window(memory, 20496 * units, np.float32, (n, t, 512))
        s.z3_exp = _window(memory, 20496 * units, np.float32, (n, t, 512))
        s.z3_plus_exp = _window(memory, 24592 * units, np.float32, (n, t, 512))
        s.z3_over_plus_exp = _window(memory, 20496 * units, np.float32, (n, t, 512))
        s.h3 = _window(memory, 17936 * units, np.float32, (n, t, 512))
        s.h3_rows = s.h3.reshape(n * t, 512)
        s.h3_rows_product = _window(memory, 26640 * units, np.float32, (n * t, 128))
        s.h3_rows_reshape = s.h3_rows_product.reshape(n, t, 128)
        s.h4 = _window(memory, 27152 * units, np.float32, (n, t, 128))
        s.blocks_2_reshape_5 = s.blocks_2.reshape(n * t, 128)
        s.blocks_2_row_sum_3 = _window(memory, 26640 * units, np.float32, (n * t,))
        s.blocks_2_reshape_6 = s.blocks_2_row_sum_3.reshape(n, t, 1)
        s.blocks_2_mean = _window(memory, 27152 * units, np.float32, (n, t, 1))
        s.blocks_2_hat = _window(memory, 26640 * units, np.float32, (n, t, 128))
        s.blocks_2_hat_square = _window(memory, 27152 * units, np.float32, (n, t, 128))
        s.blocks_2_hat_reshape = s.blocks_2_hat_square.reshape(n * t, 128)
        s.blocks_2_hat_row_sum = _window(memory, 27664 * units, np.float32, (n * t,))
        s.blocks_2_hat_reshape_2 = s.blocks_2_hat_row_sum.reshape(n, t, 1)
        s.blocks_2_var = _window(memory, 27152 * units, np.float32, (n, t, 1))
        s.blocks_2_inv_std = _window(memory, 27152 * units, np.float32, (n, t, 1))
        s.blocks_2_norm = _window(memory, 27156 * units, np.float32, (n, t, 128))
        s.blocks_2_norm_rows = s.blocks_2_norm.reshape(n * t, 128)
        s.blocks_2_norm_rows_product = _window(
            memory,
            28180 * units,
            np.float32,
            (n * t, 384),
        )
        s.blocks_2_norm_rows_reshape = s.blocks_2_norm_rows_product.reshape(n, t, 384)
        s.qkv_3 = _window(memory, 33300 * units, np.float32, (n, t, 384))
        s.qkv_reshape_3 = s.qkv_3.reshape(n, t, 12, 32)
        s.qkv_slice_7 = s.qkv_reshape_3[:, :, :4]
        s.q_3 = s.qkv_slice_7.transpose(0, 2, 1, 3)
        s.q_slice_5 = s.q_3[:, :, :, :16]
        s.q_times_11 = _window(memory, 28180 * units, np.float32, (n, 4, t, 16))
        s.q_slice_6 = s.q_3[:, :, :, 16:]
        s.q_times_12 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_12 = _window(memory, 28180 * units, np.float32, (n, 4, t, 16))
        s.q_times_13 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.q_times_14 = _window(memory, 28692 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_14 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.q_concat_3 = _window(memory, 32276 * units, np.float32, (n, 4, t, 32))
        s.q_times_15 = _window(memory, 32276 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_8 = s.qkv_reshape_3[:, :, 4:8]
        s.k_3 = s.qkv_slice_8.transpose(0, 2, 1, 3)
        s.k_slice_5 = s.k_3[:, :, :, :16]
        s.k_times_9 = _window(memory, 28180 * units, np.float32, (n, 4, t, 16))
        s.k_slice_6 = s.k_3[:, :, :, 16:]
        s.k_times_10 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_10 = _window(memory, 28180 * units, np.float32, (n, 4, t, 16))
        s.k_times_11 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.k_times_12 = _window(memory, 28692 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_12 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.k_concat_3 = _window(memory, 34836 * units, np.float32, (n, 4, t, 32))
        s.k_transpose_3 = s.k_concat_3.transpose(0, 1, 3, 2)
        s.scores_3 = _window(
            memory,
            57888 * units + 32 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.weights_3 = _window(
            memory,
            57888 * units + 32 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.weights_max_3 = _window(memory, 28180 * units, np.float32, (n, 4, t, 1))
        s.weights_sum_3 = _window(memory, 28180 * units, np.float32, (n, 4, t, 1))
        s.qkv_slice_9 = s.qkv_reshape_3[:, :, 8:]
        s.v_3 = s.qkv_slice_9.transpose(0, 2, 1, 3)
        s.attended_3 = _window(memory, 28180 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose_3 = s.attended_3.transpose(0, 2, 1, 3)
        s.attended_copy_3 = _window(memory, 32788 * units, np.float32, (n, t, 4, 32))
        s.heads_rows_3 = s.attended_copy_3.reshape(n * t, 128)
        s.heads_rows_product_3 = _window(
            memory,
            28180 * units,
            np.float32,
            (n * t, 128),
        )
        s.heads_rows_reshape_3 = s.heads_rows_product_3.reshape(n, t, 128)
        s.attention_3 = _window(memory, 28692 * units, np.float32, (n, t, 128))
        s.blocks_3 = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.blocks_3_reshape = s.blocks_3.reshape(n * t, 128)
        s.blocks_3_row_sum = _window(memory, 28184 * units, np.float32, (n * t,))
        s.blocks_3_reshape_2 = s.blocks_3_row_sum.reshape(n, t, 1)
        s.blocks_3_over = _window(memory, 28180 * units, np.float32, (n, t, 1))
        s.blocks_3_minus_over = _window(memory, 35348 * units, np.float32, (n, t, 128))
        s.blocks_3_square = _window(memory, 28184 * units, np.float32, (n, t, 128))
        s.blocks_3_reshape_3 = s.blocks_3_square.reshape(n * t, 128)
        s.blocks_3_row_sum_2 = _window(memory, 28180 * units, np.float32, (n * t,))
        s.blocks_3_reshape_4 = s.blocks_3_row_sum_2.reshape(n, t, 1)
        s.blocks_3_over_2 = _window(memory, 35860 * units, np.float32, (n, t, 1))
        s.blocks_3_plus = _window(memory, 35860 * units, np.float32, (n, t, 1))
        s.blocks_3_sqrt = _window(memory, 35860 * units, np.float32, (n, t, 1))
        s.blocks_3_over_sqrt = _window(memory, 35860 * units, np.float32, (n, t, 1))
        s.blocks_3_times = _window(memory, 35348 * units, np.float32, (n, t, 128))
        s.norm_2_3 = _window(memory, 37912 * units, np.float32, (n, t, 128))
        s.norm_2_rows_3 = s.norm_2_3.reshape(n * t, 128)
        s.norm_2_rows_product_3 = _window(
            memory,
            28180 * units,
            np.float32,
            (n * t, 512),
        )
        s.norm_2_rows_reshape_3 = s.norm_2_rows_product_3.reshape(n, t, 512)
        s.z5 = _window(memory, 35864 * units, np.float32, (n, t, 512))
        s.z5_clip = _window(memory, 40472 * units, np.float32, (n, t, 512))
        s.z5_square = _window(memory, 38424 * units, np.float32, (n, t, 512))
        s.z5_times_square = _window(memory, 38424 * units, np.float32, (n, t, 512))
        s.z5_plus = _window(memory, 38424 * units, np.float32, (n, t, 512))
        s.z5_times_plus = _window(memory, 38424 * units, np.float32, (n, t, 512))
        s.z5_exp = _window(memory, 38424 * units, np.float32, (n, t, 512))
        s.z5_plus_exp = _window(memory, 42520 * units, np.float32, (n, t, 512))
        s.z5_over_plus_exp = _window(memory, 38424 * units, np.float32, (n, t, 512))
        s.h5 = _window(memory, 35864 * units, np.float32, (n, t, 512))
        s.h5_rows = s.h5.reshape(n * t, 512)
        s.h5_rows_product = _window(memory, 28180 * units, np.float32, (n * t, 128))
        s.h5_rows_reshape = s.h5_rows_product.reshape(n, t, 128)
        s.h6 = _window(memory, 28692 * units, np.float32, (n, t, 128))
        s.blocks_3_reshape_5 = s.blocks_3.reshape(n * t, 128)
        s.blocks_3_row_sum_3 = _window(memory, 28184 * units, np.float32, (n * t,))
        s.blocks_3_reshape_6 = s.blocks_3_row_sum_3.reshape(n, t, 1)
        s.blocks_3_mean = _window(memory, 28180 * units, np.float32, (n, t, 1))
        s.blocks_3_hat = _window(memory, 44568 * units, np.float32, (n, t, 128))
        s.blocks_3_hat_square = _window(memory, 28184 * units, np.float32, (n, t, 128))
        s.blocks_3_hat_reshape = s.blocks_3_hat_square.reshape(n * t, 128)
        s.blocks_3_hat_row_sum = _window(memory, 28180 * units, np.float32, (n * t,))
        s.blocks_3_hat_reshape_2 = s.blocks_3_hat_row_sum.reshape(n, t, 1)
        s.blocks_3_var = _window(memory, 45080 * units, np.float32, (n, t, 1))
        s.blocks_3_inv_std = _window(memory, 45080 * units, np.float32, (n, t, 1))
        s.blocks_3_norm = _window(memory, 45084 * units, np.float32, (n, t, 128))
        s.blocks_3_norm_rows = s.blocks_3_norm.reshape(n * t, 128)
        s.blocks_3_norm_rows_product = _window(
            memory,
            28180 * units,
            np.float32,
            (n * t, 384),
        )
        s.blocks_3_norm_rows_reshape = s.blocks_3_norm_rows_product.reshape(n, t, 384)
        s.qkv_4 = _window(memory, 46620 * units, np.float32, (n, t, 384))
        s.qkv_reshape_4 = s.qkv_4.reshape(n, t, 12, 32)
        s.qkv_slice_10 = s.qkv_reshape_4[:, :, :4]
        s.q_4 = s.qkv_slice_10.transpose(0, 2, 1, 3)
        s.q_slice_7 = s.q_4[:, :, :, :16]
        s.q_times_16 = _window(memory, 28180 * units, np.float32, (n, 4, t, 16))
        s.q_slice_8 = s.q_4[:, :, :, 16:]
        s.q_times_17 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_17 = _window(memory, 28180 * units, np.float32, (n, 4, t, 16))
        s.q_times_18 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.q_times_19 = _window(memory, 28692 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_19 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.q_concat_4 = _window(memory, 45596 * units, np.float32, (n, 4, t, 32))
        s.q_times_20 = _window(memory, 45596 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_11 = s.qkv_reshape_4[:, :, 4:8]
        s.k_4 = s.qkv_slice_11.transpose(0, 2, 1, 3)
        s.k_slice_7 = s.k_4[:, :, :, :16]
        s.k_times_13 = _window(memory, 28180 * units, np.float32, (n, 4, t, 16))
        s.k_slice_8 = s.k_4[:, :, :, 16:]
        s.k_times_14 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_14 = _window(memory, 28180 * units, np.float32, (n, 4, t, 16))
        s.k_times_15 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.k_times_16 = _window(memory, 28692 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_16 = _window(memory, 28436 * units, np.float32, (n, 4, t, 16))
        s.k_concat_4 = _window(memory, 48156 * units, np.float32, (n, 4, t, 32))
        s.k_transpose_4 = s.k_concat_4.transpose(0, 1, 3, 2)
        s.scores_4 = _window(
            memory,
            57888 * units + 48 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.weights_4 = _window(
            memory,
            57888 * units + 48 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.weights_max_4 = _window(memory, 28180 * units, np.float32, (n, 4, t, 1))
        s.weights_sum_4 = _window(memory, 28180 * units, np.float32, (n, 4, t, 1))
        s.qkv_slice_12 = s.qkv_reshape_4[:, :, 8:]
        s.v_4 = s.qkv_slice_12.transpose(0, 2, 1, 3)
        s.attended_4 = _window(memory, 28180 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose_4 = s.attended_4.transpose(0, 2, 1, 3)
        s.attended_copy_4 = _window(memory, 46108 * units, np.float32, (n, t, 4, 32))
        s.heads_rows_4 = s.attended_copy_4.reshape(n * t, 128)
        s.heads_rows_product_4 = _window(
            memory,
            28180 * units,
            np.float32,
            (n * t, 128),
        )
        s.heads_rows_reshape_4 = s.heads_rows_product_4.reshape(n, t, 128)
        s.attention_4 = _window(memory, 28692 * units, np.float32, (n, t, 128))
        s.blocks_4 = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.blocks_4_reshape = s.blocks_4.reshape(n * t, 128)
        s.blocks_4_row_sum = _window(memory, 28184 * units, np.float32, (n * t,))
        s.blocks_4_reshape_2 = s.blocks_4_row_sum.reshape(n, t, 1)
        s.blocks_4_over = _window(memory, 28180 * units, np.float32, (n, t, 1))
        s.blocks_4_minus_over = _window(memory, 48668 * units, np.float32, (n, t, 128))
        s.blocks_4_square = _window(memory, 28184 * units, np.float32, (n, t, 128))
        s.blocks_4_reshape_3 = s.blocks_4_square.reshape(n * t, 128)
        s.blocks_4_row_sum_2 = _window(memory, 28180 * units, np.float32, (n * t,))
        s.blocks_4_reshape_4 = s.blocks_4_row_sum_2.reshape(n, t, 1)
        s.blocks_4_over_2 = _window(memory, 49180 * units, np.float32, (n, t, 1))
        s.blocks_4_plus = _window(memory, 49180 * units, np.float32, (n, t, 1))
        s.blocks_4_sqrt = _window(memory, 49180 * units, np.float32, (n, t, 1))
        s.blocks_4_over_sqrt = _window(memory, 49180 * units, np.float32, (n, t, 1))
        s.blocks_4_times = _window(memory, 48668 * units, np.float32, (n, t, 128))
        s.norm_2_4 = _window(memory, 51232 * units, np.float32, (n, t, 128))
        s.norm_2_rows_4 = s.norm_2_4.reshape(n * t, 128)
        s.norm_2_rows_product_4 = _window(
            memory,
            28180 * units,
            np.float32,
            (n * t, 512),
        )
        s.norm_2_rows_reshape_4 = s.norm_2_rows_product_4.reshape(n, t, 512)
        s.z7 = _window(memory, 49184 * units, np.float32, (n, t, 512))
        s.z7_clip = _window(memory, 51744 * units, np.float32, (n, t, 512))
        s.z7_square = _window(memory, 29716 * units, np.float32, (n, t, 512))
        s.z7_times_square = _window(memory, 29716 * units, np.float32, (n, t, 512))
        s.z7_plus = _window(memory, 29716 * units, np.float32, (n, t, 512))
        s.z7_times_plus = _window(memory, 29716 * units, np.float32, (n, t, 512))
        s.z7_exp = _window(memory, 29716 * units, np.float32, (n, t, 512))
        s.z7_plus_exp = _window(memory, 53792 * units, np.float32, (n, t, 512))
        s.z7_over_plus_exp = _window(memory, 29716 * units, np.float32, (n, t, 512))
        s.h7 = _window(memory, 49184 * units, np.float32, (n, t, 512))
        s.h7_rows = s.h7.reshape(n * t, 512)
        s.h7_rows_product = _window(memory, 28180 * units, np.float32, (n * t, 128))
        s.h7_rows_reshape = s.h7_rows_product.reshape(n, t, 128)
        s.h8 = _window(memory, 28692 * units, np.float32, (n, t, 128))
        s.blocks_4_reshape_5 = s.blocks_4.reshape(n * t, 128)
        s.blocks_4_row_sum_3 = _window(memory, 28180 * units, np.float32, (n * t,))
        s.blocks_4_reshape_6 = s.blocks_4_row_sum_3.reshape(n, t, 1)
        s.blocks_4_mean = _window(memory, 28184 * units, np.float32, (n, t, 1))
        s.blocks_4_hat = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.blocks_4_hat_square = _window(memory, 28180 * units, np.float32, (n, t, 128))
        s.blocks_4_hat_reshape = s.blocks_4_hat_square.reshape(n * t, 128)
        s.blocks_4_hat_row_sum = _window(memory, 28692 * units, np.float32, (n * t,))
        s.blocks_4_hat_reshape_2 = s.blocks_4_hat_row_sum.reshape(n, t, 1)
        s.blocks_4_var = _window(memory, 28180 * units, np.float32, (n, t, 1))
        s.blocks_4_inv_std = _window(memory, 28180 * units, np.float32, (n, t, 1))
        s.blocks_4_norm = _window(memory, 28184 * units, np.float32, (n, t, 128))
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.blocks_4_norm_rows_product = _window(
            memory,
            29096 * units,
            np.float32,
            (n * t, 100),
        )
        s.logits = s.blocks_4_norm_rows_product.reshape(n, t, 100)
        s.logits_max = _window(memory, 29496 * units, np.float32, (n, t, 1))
        s.logits_minus_max = _window(memory, 28696 * units, np.float32, (n, t, 100))
        s.logits_exp = _window(memory, 29208 * units, np.float32, (n, t, 100))
        s.logits_reshape = s.logits_exp.reshape(n * t, 100)
        s.ones_2 = np.ones((100,), dtype=np.float32)
        s.logits_row_sum = _window(memory, 29104 * units, np.float32, (n * t,))
        s.logits_reshape_2 = s.logits_row_sum.reshape(n, t, 1)
        s.logits_log = _window(memory, 29108 * units, np.float32, (n, t, 1))
        s.logits_reshape_3 = s.logits_log.reshape(n, t)
        s.iota_5 = np.arange(n * t, dtype=np.int64)
        s.row_starts_2 = s.iota_5 * 100
        s.y_position = _window(memory, 29096 * units, np.int64, (n * t,))
        s.logits_take = _window(memory, 29112 * units, np.float32, (n * t,))
        s.logits_reshape_4 = s.logits_take.reshape(n, t)
        s.logits_minus = _window(memory, 28696 * units, np.float32, (n, t))
        s.loss = _window(memory, 57888 * units + 96 * units_2, np.float32, ())
        s.minus_ones = np.full((n * t,), -1.0, dtype=np.float32)
        s.d_logits = _window(memory, 29208 * units, np.float32, (n, t, 100))
        s.d_logits_rows = s.d_logits.reshape(n * t, 100)
        s.d_logits_rows_product = _window(
            memory,
            28696 * units,
            np.float32,
            (n * t, 128),
        )
        s.d_blocks_4_norm = s.d_logits_rows_product.reshape(n, t, 128)
        s.d_blocks_4_norm_reshape = s.d_blocks_4_norm.reshape(n * t, 128)
        s.ones_3 = np.ones((n * t,), dtype=np.float32)
        s.d_blocks_4_norm_times = _window(
            memory,
            28184 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_blocks_4_norm_reshape_2 = s.d_blocks_4_norm_times.reshape(n * t, 128)
        s.d_blocks_4_hat = _window(memory, 28184 * units, np.float32, (n, t, 128))
        s.d_blocks_4_hat_reshape = s.d_blocks_4_hat.reshape(n * t, 128)
        s.d_blocks_4_hat_row_sum = _window(memory, 28700 * units, np.float32, (n * t,))
        s.d_blocks_4_hat_reshape_2 = s.d_blocks_4_hat_row_sum.reshape(n, t, 1)
        s.d_blocks_4_hat_over = _window(memory, 28696 * units, np.float32, (n, t, 1))
        s.d_blocks_4 = _window(memory, 31764 * units, np.float32, (n, t, 128))
        s.d_blocks_4_hat_times = _window(memory, 28184 * units, np.float32, (n, t, 128))
        s.d_blocks_4_hat_reshape_3 = s.d_blocks_4_hat_times.reshape(n * t, 128)
        s.d_blocks_4_hat_row_sum_2 = _window(
            memory,
            28696 * units,
            np.float32,
            (n * t,),
        )
        s.d_blocks_4_hat_reshape_4 = s.d_blocks_4_hat_row_sum_2.reshape(n, t, 1)
        s.d_blocks_4_hat_over_2 = _window(memory, 28184 * units, np.float32, (n, t, 1))
        s.blocks_4_hat_times = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.d_blocks_4_rows = s.d_blocks_4.reshape(n * t, 128)
        s.d_blocks_4_rows_product = _window(
            memory,
            27668 * units,
            np.float32,
            (n * t, 512),
        )
        s.d_h7 = s.d_blocks_4_rows_product.reshape(n, t, 512)
        s.z7_times_clip = _window(memory, 55840 * units, np.float32, (n, t, 512))
        s.z7_times = _window(memory, 55840 * units, np.float32, (n, t, 512))
        s.z7_plus_times = _window(memory, 55840 * units, np.float32, (n, t, 512))
        s.z7_times_2 = _window(memory, 51744 * units, np.float32, (n, t, 512))
        s.z7_over_plus_exp_2 = _window(memory, 51744 * units, np.float32, (n, t, 512))
        s.z7_plus_2 = _window(memory, 51744 * units, np.float32, (n, t, 512))
        s.d_z7 = _window(memory, 29716 * units, np.float32, (n, t, 512))
        s.d_z7_rows = s.d_z7.reshape(n * t, 512)
        s.d_z7_rows_product = _window(memory, 28180 * units, np.float32, (n * t, 128))
        s.d_norm_2 = s.d_z7_rows_product.reshape(n, t, 128)
        s.d_norm_2_reshape = s.d_norm_2.reshape(n * t, 128)
        s.d_norm_2_times = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.d_norm_2_reshape_2 = s.d_norm_2_times.reshape(n * t, 128)
        s.d_norm_2_times_2 = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.d_norm_2_reshape_3 = s.d_norm_2_times_2.reshape(n * t, 128)
        s.d_norm_2_row_sum = _window(memory, 28180 * units, np.float32, (n * t,))
        s.d_norm_2_reshape_4 = s.d_norm_2_row_sum.reshape(n, t, 1)
        s.d_norm_2_over = _window(memory, 28692 * units, np.float32, (n, t, 1))
        s.d_norm_2_minus_over = _window(memory, 28180 * units, np.float32, (n, t, 128))
        s.d_norm_2_reshape_5 = s.d_norm_2_times_2.reshape(n * t, 128)
        s.d_norm_2_row_sum_2 = _window(memory, 28692 * units, np.float32, (n * t,))
        s.d_norm_2_reshape_6 = s.d_norm_2_row_sum_2.reshape(n, t, 1)
        s.d_norm_2_over_2 = _window(memory, 27668 * units, np.float32, (n, t, 1))
        s.d_norm_2_minus = _window(memory, 28180 * units, np.float32, (n, t, 128))
        s.blocks_4_times_2 = _window(memory, 28180 * units, np.float32, (n, t, 128))
        s.d_attention = _window(memory, 31764 * units, np.float32, (n, t, 128))
        s.d_attention_rows = s.d_attention.reshape(n * t, 128)
        s.d_attention_rows_product = _window(
            memory,
            27668 * units,
            np.float32,
            (n * t, 128),
        )
        s.d_attention_rows_reshape = s.d_attention_rows_product.reshape(n, t, 4, 32)
        s.d_attended = s.d_attention_rows_reshape.transpose(0, 2, 1, 3)
        s.qkv_transpose = s.qkv_slice_12.transpose(0, 2, 3, 1)
        s.d_weights = _window(
            memory,
            57888 * units + 64 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_weights_times = _window(
            memory,
            57888 * units + 80 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_weights_sum = _window(memory, 28180 * units, np.float32, (n, 4, t, 1))
        s.d_scores = _window(
            memory,
            57888 * units + 64 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_scores_product = _window(memory, 28180 * units, np.float32, (n, 4, t, 32))
        s.d_scores_times = _window(memory, 28180 * units, np.float32, (n, 4, t, 32))
        s.d_scores_slice = s.d_scores_times[:, :, :, 16:]
        s.d_scores_times_2 = _window(memory, 28692 * units, np.float32, (n, 4, t, 16))
        s.d_scores_slice_2 = s.d_scores_times[:, :, :, :16]
        s.d_scores_times_3 = _window(memory, 28948 * units, np.float32, (n, 4, t, 16))
        s.d_scores_plus_times_3 = _window(
            memory,
            28692 * units,
            np.float32,
            (n, 4, t, 16),
        )
        s.d_scores_times_4 = _window(memory, 28948 * units, np.float32, (n, 4, t, 16))
        s.d_scores_negative = _window(memory, 29204 * units, np.float32, (n, 4, t, 16))
        s.d_scores_times_5 = _window(memory, 29204 * units, np.float32, (n, 4, t, 16))
        s.d_scores_plus_times_5 = _window(
            memory,
            28948 * units,
            np.float32,
            (n, 4, t, 16),
        )
        s.d_q = _window(memory, 29204 * units, np.float32, (n, 4, t, 32))
        s.d_q_transpose = s.d_q.transpose(0, 2, 1, 3)
        s.q_transpose = s.q_times_20.transpose(0, 1, 3, 2)
        s.q_product = _window(memory, 28180 * units, np.float32, (n, 4, 32, t))
        s.q_transpose_2 = s.q_product.transpose(0, 1, 3, 2)
        s.q_slice_9 = s.q_transpose_2[:, :, :, 16:]
        s.q_times_21 = _window(memory, 28692 * units, np.float32, (n, 4, t, 16))
        s.q_slice_10 = s.q_transpose_2[:, :, :, :16]
        s.q_times_22 = _window(memory, 28948 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_22 = _window(memory, 28692 * units, np.float32, (n, 4, t, 16))
        s.q_times_23 = _window(memory, 28948 * units, np.float32, (n, 4, t, 16))
        s.q_negative = _window(memory, 29716 * units, np.float32, (n, 4, t, 16))
        s.q_times_24 = _window(memory, 29716 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_24 = _window(memory, 28948 * units, np.float32, (n, 4, t, 16))
        s.d_k = _window(memory, 29716 * units, np.float32, (n, 4, t, 32))
        s.d_k_transpose = s.d_k.transpose(0, 2, 1, 3)
        s.weights_transpose = s.weights_4.transpose(0, 1, 3, 2)
        s.d_v = _window(memory, 30228 * units, np.float32, (n, 4, t, 32))
        s.d_v_transpose = s.d_v.transpose(0, 2, 1, 3)
        s.d_q_concat = _window(memory, 27668 * units, np.float32, (n, t, 12, 32))
        s.d_qkv_rows = s.d_q_concat.reshape(n * t, 384)
        s.d_qkv_rows_product = _window(memory, 29204 * units, np.float32, (n * t, 128))
        s.d_blocks_3_norm = s.d_qkv_rows_product.reshape(n, t, 128)
        s.d_blocks_3_norm_reshape = s.d_blocks_3_norm.reshape(n * t, 128)
        s.d_blocks_3_norm_times = _window(
            memory,
            29716 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_blocks_3_norm_reshape_2 = s.d_blocks_3_norm_times.reshape(n * t, 128)
        s.d_qkv = s.d_q_concat.reshape(n, t, 384)
        s.d_qkv_reshape = s.d_qkv.reshape(n * t, 384)
        s.d_blocks_3_hat = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.d_blocks_3_hat_reshape = s.d_blocks_3_hat.reshape(n * t, 128)
        s.d_blocks_3_hat_row_sum = _window(memory, 28180 * units, np.float32, (n * t,))
        s.d_blocks_3_hat_reshape_2 = s.d_blocks_3_hat_row_sum.reshape(n, t, 1)
        s.d_blocks_3_hat_over = _window(memory, 28692 * units, np.float32, (n, t, 1))
        s.d_blocks_3_hat_minus_over = _window(
            memory,
            28180 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_blocks_3_hat_times = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.d_blocks_3_hat_reshape_3 = s.d_blocks_3_hat_times.reshape(n * t, 128)
        s.d_blocks_3_hat_row_sum_2 = _window(
            memory,
            28692 * units,
            np.float32,
            (n * t,),
        )
        s.d_blocks_3_hat_reshape_4 = s.d_blocks_3_hat_row_sum_2.reshape(n, t, 1)
        s.d_blocks_3_hat_over_2 = _window(memory, 27668 * units, np.float32, (n, t, 1))
        s.blocks_3_hat_times = _window(memory, 44568 * units, np.float32, (n, t, 128))
        s.d_blocks_3_hat_minus = _window(memory, 28180 * units, np.float32, (n, t, 128))
        s.blocks_3_inv_std_times = _window(
            memory,
            28180 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_blocks_3 = _window(memory, 31764 * units, np.float32, (n, t, 128))
        s.d_blocks_3_rows = s.d_blocks_3.reshape(n * t, 128)
        s.d_blocks_3_rows_product = _window(
            memory,
            27668 * units,
            np.float32,
            (n * t, 512),
        )
        s.d_h5 = s.d_blocks_3_rows_product.reshape(n, t, 512)
        s.z5_times_clip = _window(memory, 29716 * units, np.float32, (n, t, 512))
        s.z5_times = _window(memory, 29716 * units, np.float32, (n, t, 512))
        s.z5_plus_times = _window(memory, 29716 * units, np.float32, (n, t, 512))
        s.z5_times_2 = _window(memory, 40472 * units, np.float32, (n, t, 512))
        s.z5_over_plus_exp_2 = _window(memory, 40472 * units, np.float32, (n, t, 512))
        s.z5_plus_2 = _window(memory, 40472 * units, np.float32, (n, t, 512))
        s.d_z5 = _window(memory, 38424 * units, np.float32, (n, t, 512))
        s.d_z5_rows = s.d_z5.reshape(n * t, 512)
        s.d_z5_rows_product = _window(memory, 28180 * units, np.float32, (n * t, 128))
        s.d_norm_2_2 = s.d_z5_rows_product.reshape(n, t, 128)
        s.d_norm_2_reshape_7 = s.d_norm_2_2.reshape(n * t, 128)
        s.d_norm_2_times_3 = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.d_norm_2_reshape_8 = s.d_norm_2_times_3.reshape(n * t, 128)
        s.d_norm_2_times_4 = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.d_norm_2_reshape_9 = s.d_norm_2_times_4.reshape(n * t, 128)
        s.d_norm_2_row_sum_3 = _window(memory, 28180 * units, np.float32, (n * t,))
        s.d_norm_2_reshape_10 = s.d_norm_2_row_sum_3.reshape(n, t, 1)
        s.d_norm_2_over_3 = _window(memory, 28692 * units, np.float32, (n, t, 1))
        s.d_norm_2_minus_over_3 = _window(
            memory,
            28180 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_norm_2_reshape_11 = s.d_norm_2_times_4.reshape(n * t, 128)
        s.d_norm_2_row_sum_4 = _window(memory, 28692 * units, np.float32, (n * t,))
        s.d_norm_2_reshape_12 = s.d_norm_2_row_sum_4.reshape(n, t, 1)
        s.d_norm_2_over_4 = _window(memory, 27668 * units, np.float32, (n, t, 1))
        s.d_norm_2_minus_2 = _window(memory, 28180 * units, np.float32, (n, t, 128))
        s.blocks_3_times_2 = _window(memory, 28180 * units, np.float32, (n, t, 128))
        s.d_attention_rows_2 = s.d_attention.reshape(n * t, 128)
        s.d_attention_rows_product_2 = _window(
            memory,
            27668 * units,
            np.float32,
            (n * t, 128),
        )
        s.d_attention_rows_reshape_2 = s.d_attention_rows_product_2.reshape(n, t, 4, 32)
        s.d_attended_2 = s.d_attention_rows_reshape_2.transpose(0, 2, 1, 3)
        s.qkv_transpose_2 = s.qkv_slice_9.transpose(0, 2, 3, 1)
        s.d_weights_2 = _window(
            memory,
            57888 * units + 48 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_weights_times_2 = _window(
            memory,
            57888 * units + 64 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_weights_sum_2 = _window(memory, 28180 * units, np.float32, (n, 4, t, 1))
        s.d_scores_2 = _window(
            memory,
            57888 * units + 48 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_scores_product_2 = _window(memory, 28180 * units, np.float32, (n, 4, t, 32))
        s.d_scores_times_6 = _window(memory, 28180 * units, np.float32, (n, 4, t, 32))
        s.d_scores_slice_3 = s.d_scores_times_6[:, :, :, 16:]
        s.d_scores_times_7 = _window(memory, 28692 * units, np.float32, (n, 4, t, 16))
        s.d_scores_slice_4 = s.d_scores_times_6[:, :, :, :16]
        s.d_scores_times_8 = _window(memory, 28948 * units, np.float32, (n, 4, t, 16))
        s.d_scores_plus_times_8 = _window(
            memory,
            28692 * units,
            np.float32,
            (n, 4, t, 16),
        )
        s.d_scores_times_9 = _window(memory, 28948 * units, np.float32, (n, 4, t, 16))
        s.d_scores_negative_2 = _window(
            memory,
            29204 * units,
            np.float32,
            (n, 4, t, 16),
        )
        s.d_scores_times_10 = _window(memory, 29204 * units, np.float32, (n, 4, t, 16))
        s.d_scores_plus_times_10 = _window(
            memory,
            28948 * units,
            np.float32,
            (n, 4, t, 16),
        )
        s.d_q_2 = _window(memory, 29204 * units, np.float32, (n, 4, t, 32))
        s.d_q_transpose_2 = s.d_q_2.transpose(0, 2, 1, 3)
        s.q_transpose_3 = s.q_times_15.transpose(0, 1, 3, 2)
        s.q_product_2 = _window(memory, 28180 * units, np.float32, (n, 4, 32, t))
        s.q_transpose_4 = s.q_product_2.transpose(0, 1, 3, 2)
        s.q_slice_11 = s.q_transpose_4[:, :, :, 16:]
        s.q_times_25 = _window(memory, 28692 * units, np.float32, (n, 4, t, 16))
        s.q_slice_12 = s.q_transpose_4[:, :, :, :16]
        s.q_times_26 = _window(memory, 28948 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_26 = _window(memory, 28692 * units, np.float32, (n, 4, t, 16))
        s.q_times_27 = _window(memory, 28948 * units, np.float32, (n, 4, t, 16))
        s.q_negative_2 = _window(memory, 29716 * units, np.float32, (n, 4, t, 16))
        s.q_times_28 = _window(memory, 29716 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_28 = _window(memory, 28948 * units, np.float32, (n, 4, t, 16))
        s.d_k_2 = _window(memory, 29716 * units, np.float32, (n, 4, t, 32))
        s.d_k_transpose_2 = s.d_k_2.transpose(0, 2, 1, 3)
        s.weights_transpose_2 = s.weights_3.transpose(0, 1, 3, 2)
        s.d_v_2 = _window(memory, 30228 * units, np.float32, (n, 4, t, 32))
        s.d_v_transpose_2 = s.d_v_2.transpose(0, 2, 1, 3)
        s.d_q_concat_2 = _window(memory, 27668 * units, np.float32, (n, t, 12, 32))
        s.d_qkv_rows_2 = s.d_q_concat_2.reshape(n * t, 384)
        s.d_qkv_rows_product_2 = _window(
            memory,
            29204 * units,
            np.float32,
            (n * t, 128),
        )
        s.d_blocks_2_norm = s.d_qkv_rows_product_2.reshape(n, t, 128)
        s.d_blocks_2_norm_reshape = s.d_blocks_2_norm.reshape(n * t, 128)
        s.d_blocks_2_norm_times = _window(
            memory,
            29716 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_blocks_2_norm_reshape_2 = s.d_blocks_2_norm_times.reshape(n * t, 128)
        s.d_qkv_2 = s.d_q_concat_2.reshape(n, t, 384)
        s.d_qkv_reshape_2 = s.d_qkv_2.reshape(n * t, 384)
        s.d_blocks_2_hat = _window(memory, 27156 * units, np.float32, (n, t, 128))
        s.d_blocks_2_hat_reshape = s.d_blocks_2_hat.reshape(n * t, 128)
        s.d_blocks_2_hat_row_sum = _window(memory, 27668 * units, np.float32, (n * t,))
        s.d_blocks_2_hat_reshape_2 = s.d_blocks_2_hat_row_sum.reshape(n, t, 1)
        s.d_blocks_2_hat_over = _window(memory, 28180 * units, np.float32, (n, t, 1))
        s.d_blocks_2_hat_minus_over = _window(
            memory,
            27668 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_blocks_2_hat_times = _window(memory, 27156 * units, np.float32, (n, t, 128))
        s.d_blocks_2_hat_reshape_3 = s.d_blocks_2_hat_times.reshape(n * t, 128)
        s.d_blocks_2_hat_row_sum_2 = _window(
            memory,
            28180 * units,
            np.float32,
            (n * t,),
        )
        s.d_blocks_2_hat_reshape_4 = s.d_blocks_2_hat_row_sum_2.reshape(n, t, 1)
        s.d_blocks_2_hat_over_2 = _window(memory, 27156 * units, np.float32, (n, t, 1))
        s.blocks_2_hat_times = _window(memory, 26640 * units, np.float32, (n, t, 128))
        s.d_blocks_2_hat_minus = _window(memory, 27668 * units, np.float32, (n, t, 128))
        s.blocks_2_inv_std_times = _window(
            memory,
            27668 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_blocks_2 = _window(memory, 31764 * units, np.float32, (n, t, 128))
        s.d_blocks_2_rows = s.d_blocks_2.reshape(n * t, 128)
        s.d_blocks_2_rows_product = _window(
            memory,
            26640 * units,
            np.float32,
            (n * t, 512),
        )
        s.d_h3 = s.d_blocks_2_rows_product.reshape(n, t, 512)
        s.z3_times_clip = _window(memory, 28688 * units, np.float32, (n, t, 512))
        s.z3_times = _window(memory, 28688 * units, np.float32, (n, t, 512))
        s.z3_plus_times = _window(memory, 28688 * units, np.float32, (n, t, 512))
        s.z3_times_2 = _window(memory, 22544 * units, np.float32, (n, t, 512))
        s.z3_over_plus_exp_2 = _window(memory, 22544 * units, np.float32, (n, t, 512))
        s.z3_plus_2 = _window(memory, 22544 * units, np.float32, (n, t, 512))
        s.d_z3 = _window(memory, 20496 * units, np.float32, (n, t, 512))
        s.d_z3_rows = s.d_z3.reshape(n * t, 512)
        s.d_z3_rows_product = _window(memory, 22544 * units, np.float32, (n * t, 128))
        s.d_norm_2_3 = s.d_z3_rows_product.reshape(n, t, 128)
        s.d_norm_2_reshape_13 = s.d_norm_2_3.reshape(n * t, 128)
        s.d_norm_2_times_5 = _window(memory, 23056 * units, np.float32, (n, t, 128))
        s.d_norm_2_reshape_14 = s.d_norm_2_times_5.reshape(n * t, 128)
        s.d_norm_2_times_6 = _window(memory, 17936 * units, np.float32, (n, t, 128))
        s.d_norm_2_reshape_15 = s.d_norm_2_times_6.reshape(n * t, 128)
        s.d_norm_2_row_sum_5 = _window(memory, 18448 * units, np.float32, (n * t,))
        s.d_norm_2_reshape_16 = s.d_norm_2_row_sum_5.reshape(n, t, 1)
        s.d_norm_2_over_5 = _window(memory, 18960 * units, np.float32, (n, t, 1))
        s.d_norm_2_minus_over_5 = _window(
            memory,
            18448 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_norm_2_reshape_17 = s.d_norm_2_times_6.reshape(n * t, 128)
        s.d_norm_2_row_sum_6 = _window(memory, 18960 * units, np.float32, (n * t,))
        s.d_norm_2_reshape_18 = s.d_norm_2_row_sum_6.reshape(n, t, 1)
        s.d_norm_2_over_6 = _window(memory, 17936 * units, np.float32, (n, t, 1))
        s.d_norm_2_minus_3 = _window(memory, 18448 * units, np.float32, (n, t, 128))
        s.blocks_2_times_2 = _window(memory, 18448 * units, np.float32, (n, t, 128))
        s.d_attention_rows_3 = s.d_attention.reshape(n * t, 128)
        s.d_attention_rows_product_3 = _window(
            memory,
            17420 * units,
            np.float32,
            (n * t, 128),
        )
        s.d_attention_rows_reshape_3 = s.d_attention_rows_product_3.reshape(n, t, 4, 32)
        s.d_attended_3 = s.d_attention_rows_reshape_3.transpose(0, 2, 1, 3)
        s.qkv_transpose_3 = s.qkv_slice_6.transpose(0, 2, 3, 1)
        s.d_weights_3 = _window(
            memory,
            57888 * units + 32 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_weights_times_3 = _window(
            memory,
            57888 * units + 48 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_weights_sum_3 = _window(memory, 15884 * units, np.float32, (n, 4, t, 1))
        s.d_scores_3 = _window(
            memory,
            57888 * units + 32 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_scores_product_3 = _window(memory, 15884 * units, np.float32, (n, 4, t, 32))
        s.d_scores_times_11 = _window(memory, 15884 * units, np.float32, (n, 4, t, 32))
        s.d_scores_slice_5 = s.d_scores_times_11[:, :, :, 16:]
        s.d_scores_times_12 = _window(memory, 16396 * units, np.float32, (n, 4, t, 16))
        s.d_scores_slice_6 = s.d_scores_times_11[:, :, :, :16]
        s.d_scores_times_13 = _window(memory, 15372 * units, np.float32, (n, 4, t, 16))
        s.d_scores_plus_times_13 = _window(
            memory,
            16396 * units,
            np.float32,
            (n, 4, t, 16),
        )
        s.d_scores_times_14 = _window(memory, 16652 * units, np.float32, (n, 4, t, 16))
        s.d_scores_negative_3 = _window(
            memory,
            15372 * units,
            np.float32,
            (n, 4, t, 16),
        )
        s.d_scores_times_15 = _window(memory, 15372 * units, np.float32, (n, 4, t, 16))
        s.d_scores_plus_times_15 = _window(
            memory,
            16652 * units,
            np.float32,
            (n, 4, t, 16),
        )
        s.d_q_3 = _window(memory, 15372 * units, np.float32, (n, 4, t, 32))
        s.d_q_transpose_3 = s.d_q_3.transpose(0, 2, 1, 3)
        s.q_transpose_5 = s.q_times_10.transpose(0, 1, 3, 2)
        s.q_product_3 = _window(memory, 15884 * units, np.float32, (n, 4, 32, t))
        s.q_transpose_6 = s.q_product_3.transpose(0, 1, 3, 2)
        s.q_slice_13 = s.q_transpose_6[:, :, :, 16:]
        s.q_times_29 = _window(memory, 16396 * units, np.float32, (n, 4, t, 16))
        s.q_slice_14 = s.q_transpose_6[:, :, :, :16]
        s.q_times_30 = _window(memory, 14348 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_30 = _window(memory, 16396 * units, np.float32, (n, 4, t, 16))
        s.q_times_31 = _window(memory, 16652 * units, np.float32, (n, 4, t, 16))
        s.q_negative_3 = _window(memory, 14348 * units, np.float32, (n, 4, t, 16))
        s.q_times_32 = _window(memory, 14348 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_32 = _window(memory, 16652 * units, np.float32, (n, 4, t, 16))
        s.d_k_3 = _window(memory, 14348 * units, np.float32, (n, 4, t, 32))
        s.d_k_transpose_3 = s.d_k_3.transpose(0, 2, 1, 3)
        s.weights_transpose_3 = s.weights_2.transpose(0, 1, 3, 2)
        s.d_v_3 = _window(memory, 17932 * units, np.float32, (n, 4, t, 32))
        s.d_v_transpose_3 = s.d_v_3.transpose(0, 2, 1, 3)
        s.d_q_concat_3 = _window(memory, 15884 * units, np.float32, (n, t, 12, 32))
        s.d_qkv_rows_3 = s.d_q_concat_3.reshape(n * t, 384)
        s.d_qkv_rows_product_3 = _window(
            memory,
            14348 * units,
            np.float32,
            (n * t, 128),
        )
        s.d_blocks_1_norm = s.d_qkv_rows_product_3.reshape(n, t, 128)
        s.d_blocks_1_norm_reshape = s.d_blocks_1_norm.reshape(n * t, 128)
        s.d_blocks_1_norm_times = _window(
            memory,
            15372 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_blocks_1_norm_reshape_2 = s.d_blocks_1_norm_times.reshape(n * t, 128)
        s.d_qkv_3 = s.d_q_concat_3.reshape(n, t, 384)
        s.d_qkv_reshape_3 = s.d_qkv_3.reshape(n * t, 384)
        s.d_blocks_1_hat = _window(memory, 13836 * units, np.float32, (n, t, 128))
        s.d_blocks_1_hat_reshape = s.d_blocks_1_hat.reshape(n * t, 128)
        s.d_blocks_1_hat_row_sum = _window(memory, 14348 * units, np.float32, (n * t,))
        s.d_blocks_1_hat_reshape_2 = s.d_blocks_1_hat_row_sum.reshape(n, t, 1)
        s.d_blocks_1_hat_over = _window(memory, 14860 * units, np.float32, (n, t, 1))
        s.d_blocks_1_hat_minus_over = _window(
            memory,
            14348 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_blocks_1_hat_times = _window(memory, 13836 * units, np.float32, (n, t, 128))
        s.d_blocks_1_hat_reshape_3 = s.d_blocks_1_hat_times.reshape(n * t, 128)
        s.d_blocks_1_hat_row_sum_2 = _window(
            memory,
            14860 * units,
            np.float32,
            (n * t,),
        )
        s.d_blocks_1_hat_reshape_4 = s.d_blocks_1_hat_row_sum_2.reshape(n, t, 1)
        s.d_blocks_1_hat_over_2 = _window(memory, 13836 * units, np.float32, (n, t, 1))
        s.blocks_1_hat_times = _window(memory, 13320 * units, np.float32, (n, t, 128))
        s.d_blocks_1_hat_minus = _window(memory, 14348 * units, np.float32, (n, t, 128))
        s.blocks_1_inv_std_times = _window(
            memory,
            14348 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_blocks_1 = _window(memory, 31764 * units, np.float32, (n, t, 128))
        s.d_blocks_1_rows = s.d_blocks_1.reshape(n * t, 128)
        s.d_blocks_1_rows_product = _window(
            memory,
            13320 * units,
            np.float32,
            (n * t, 512),
        )
        s.d_h1 = s.d_blocks_1_rows_product.reshape(n, t, 512)
        s.z1_times_clip = _window(memory, 15368 * units, np.float32, (n, t, 512))
        s.z1_times = _window(memory, 15368 * units, np.float32, (n, t, 512))
        s.z1_plus_times = _window(memory, 15368 * units, np.float32, (n, t, 512))
        s.z1_times_2 = _window(memory, 9224 * units, np.float32, (n, t, 512))
        s.z1_over_plus_exp_2 = _window(memory, 9224 * units, np.float32, (n, t, 512))
        s.z1_plus_2 = _window(memory, 9224 * units, np.float32, (n, t, 512))
        s.d_z1 = _window(memory, 7176 * units, np.float32, (n, t, 512))
        s.d_z1_rows = s.d_z1.reshape(n * t, 512)
        s.d_z1_rows_product = _window(memory, 9224 * units, np.float32, (n * t, 128))
        s.d_norm_2_4 = s.d_z1_rows_product.reshape(n, t, 128)
        s.d_norm_2_reshape_19 = s.d_norm_2_4.reshape(n * t, 128)
        s.d_norm_2_times_7 = _window(memory, 9736 * units, np.float32, (n, t, 128))
        s.d_norm_2_reshape_20 = s.d_norm_2_times_7.reshape(n * t, 128)
        s.d_norm_2_times_8 = _window(memory, 4616 * units, np.float32, (n, t, 128))
        s.d_norm_2_reshape_21 = s.d_norm_2_times_8.reshape(n * t, 128)
        s.d_norm_2_row_sum_7 = _window(memory, 5128 * units, np.float32, (n * t,))
        s.d_norm_2_reshape_22 = s.d_norm_2_row_sum_7.reshape(n, t, 1)
        s.d_norm_2_over_7 = _window(memory, 5640 * units, np.float32, (n, t, 1))
        s.d_norm_2_minus_over_7 = _window(memory, 5128 * units, np.float32, (n, t, 128))
        s.d_norm_2_reshape_23 = s.d_norm_2_times_8.reshape(n * t, 128)
        s.d_norm_2_row_sum_8 = _window(memory, 5640 * units, np.float32, (n * t,))
        s.d_norm_2_reshape_24 = s.d_norm_2_row_sum_8.reshape(n, t, 1)
        s.d_norm_2_over_8 = _window(memory, 4616 * units, np.float32, (n, t, 1))
        s.d_norm_2_minus_4 = _window(memory, 5128 * units, np.float32, (n, t, 128))
        s.blocks_1_times_2 = _window(memory, 5128 * units, np.float32, (n, t, 128))
        s.d_attention_rows_4 = s.d_attention.reshape(n * t, 128)
        s.d_attention_rows_product_4 = _window(
            memory,
            4100 * units,
            np.float32,
            (n * t, 128),
        )
        s.d_attention_rows_reshape_4 = s.d_attention_rows_product_4.reshape(n, t, 4, 32)
        s.d_attended_4 = s.d_attention_rows_reshape_4.transpose(0, 2, 1, 3)
        s.qkv_transpose_4 = s.qkv_slice_3.transpose(0, 2, 3, 1)
        s.d_weights_4 = _window(
            memory,
            57888 * units + 16 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_weights_times_4 = _window(
            memory,
            57888 * units + 32 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_weights_sum_4 = _window(memory, 2564 * units, np.float32, (n, 4, t, 1))
        s.d_scores_4 = _window(
            memory,
            57888 * units + 16 * units_2,
            np.float32,
            (n, 4, t, t),
        )
        s.d_scores_product_4 = _window(memory, 2564 * units, np.float32, (n, 4, t, 32))
        s.d_scores_times_16 = _window(memory, 2564 * units, np.float32, (n, 4, t, 32))
        s.d_scores_slice_7 = s.d_scores_times_16[:, :, :, 16:]
        s.d_scores_times_17 = _window(memory, 3076 * units, np.float32, (n, 4, t, 16))
        s.d_scores_slice_8 = s.d_scores_times_16[:, :, :, :16]
        s.d_scores_times_18 = _window(memory, 2052 * units, np.float32, (n, 4, t, 16))
        s.d_scores_plus_times_18 = _window(
            memory,
            3076 * units,
            np.float32,
            (n, 4, t, 16),
        )
        s.d_scores_times_19 = _window(memory, 3332 * units, np.float32, (n, 4, t, 16))
        s.d_scores_negative_4 = _window(memory, 2052 * units, np.float32, (n, 4, t, 16))
        s.d_scores_times_20 = _window(memory, 2052 * units, np.float32, (n, 4, t, 16))
        s.d_scores_plus_times_20 = _window(
            memory,
            3332 * units,
            np.float32,
            (n, 4, t, 16),
        )
        s.d_q_4 = _window(memory, 2052 * units, np.float32, (n, 4, t, 32))
        s.d_q_transpose_4 = s.d_q_4.transpose(0, 2, 1, 3)
        s.q_transpose_7 = s.q_times_5.transpose(0, 1, 3, 2)
        s.q_product_4 = _window(memory, 2564 * units, np.float32, (n, 4, 32, t))
        s.q_transpose_8 = s.q_product_4.transpose(0, 1, 3, 2)
        s.q_slice_15 = s.q_transpose_8[:, :, :, 16:]
        s.q_times_33 = _window(memory, 3076 * units, np.float32, (n, 4, t, 16))
        s.q_slice_16 = s.q_transpose_8[:, :, :, :16]
        s.q_times_34 = _window(memory, 1028 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_34 = _window(memory, 3076 * units, np.float32, (n, 4, t, 16))
        s.q_times_35 = _window(memory, 3332 * units, np.float32, (n, 4, t, 16))
        s.q_negative_4 = _window(memory, 1028 * units, np.float32, (n, 4, t, 16))
        s.q_times_36 = _window(memory, 1028 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_36 = _window(memory, 3332 * units, np.float32, (n, 4, t, 16))
        s.d_k_4 = _window(memory, 1028 * units, np.float32, (n, 4, t, 32))
        s.d_k_transpose_4 = s.d_k_4.transpose(0, 2, 1, 3)
        s.weights_transpose_4 = s.weights.transpose(0, 1, 3, 2)
        s.d_v_4 = _window(memory, 4612 * units, np.float32, (n, 4, t, 32))
        s.d_v_transpose_4 = s.d_v_4.transpose(0, 2, 1, 3)
        s.d_q_concat_4 = _window(memory, 2564 * units, np.float32, (n, t, 12, 32))
        s.d_qkv_rows_4 = s.d_q_concat_4.reshape(n * t, 384)
        s.d_qkv_rows_product_4 = _window(memory, 2052 * units, np.float32, (n * t, 128))
        s.d_characters_norm = s.d_qkv_rows_product_4.reshape(n, t, 128)
        s.d_characters_norm_reshape = s.d_characters_norm.reshape(n * t, 128)
        s.d_characters_norm_times = _window(
            memory,
            1028 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_characters_norm_reshape_2 = s.d_characters_norm_times.reshape(n * t, 128)
        s.d_qkv_4 = s.d_q_concat_4.reshape(n, t, 384)
        s.d_qkv_reshape_4 = s.d_qkv_4.reshape(n * t, 384)
        s.iota_6 = np.broadcast_to(np.arange(128, dtype=np.int64), (1, 128))
        s.x_position = _window(memory, 1540 * units, np.int64, (n * t, 1))
        s.x_plus_position = _window(memory, 516 * units, np.int64, (n * t, 128))
        s.d_characters_hat = _window(memory, 1540 * units, np.float32, (n, t, 128))
        s.d_characters_hat_reshape = s.d_characters_hat.reshape(n * t, 128)
        s.d_characters_hat_row_sum = _window(memory, 2052 * units, np.float32, (n * t,))
        s.d_characters_hat_reshape_2 = s.d_characters_hat_row_sum.reshape(n, t, 1)
        s.d_characters_hat_over = _window(memory, 2564 * units, np.float32, (n, t, 1))
        s.d_characters_hat_minus_over = _window(
            memory,
            2052 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_characters_hat_times = _window(
            memory,
            1540 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_characters_hat_reshape_3 = s.d_characters_hat_times.reshape(n * t, 128)
        s.d_characters_hat_row_sum_2 = _window(
            memory,
            2564 * units,
            np.float32,
            (n * t,),
        )
        s.d_characters_hat_reshape_4 = s.d_characters_hat_row_sum_2.reshape(n, t, 1)
        s.d_characters_hat_over_2 = _window(memory, 1540 * units, np.float32, (n, t, 1))
        s.characters_hat_times = _window(memory, 0, np.float32, (n, t, 128))
        s.d_characters_hat_minus = _window(
            memory,
            2052 * units,
            np.float32,
            (n, t, 128),
        )
        s.characters_inv_std_times = _window(
            memory,
            2052 * units,
            np.float32,
            (n, t, 128),
        )
        s.d_characters = _window(memory, 31764 * units, np.float32, (n, t, 128))
        s.d_characters_reshape = s.d_characters.reshape(n * t, 128)
        s.gradient_norm = _window(memory, 262144, np.float32, ())
        s.clip_scale = _window(memory, 262144, np.float32, ())
        s.grads_times = _window(memory, 0, np.float32, (65536,))
        s.grads_times_2 = _window(memory, 0, np.float32, (6912,))
        s.grads_square_2 = _window(memory, 0, np.float32, (6912,))
        s.new_squares_sqrt_2 = _window(memory, 0, np.float32, (6912,))
        s.new_squares_plus_2 = _window(memory, 0, np.float32, (6912,))
        s.new_momentum_over_2 = _window(memory, 0, np.float32, (6912,))
        s.alpha_t_times_2 = _window(memory, 0, np.float32, (6912,))
        s.adamw_blocks_1 = _blocks(
            812032,
            p.flat[0:812032],
            self.momentum.flat[0:812032],
        )
        s.adamw_blocks_2 = _blocks(
            812032,
            d.flat[0:812032],
            s.grads_times,
            self.momentum.flat[0:812032],
            self.squares.flat[0:812032],
            p.flat[0:812032],
        )
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def evaluate(self, x, y):
        """Returns loss.

        x: int64 (N, T)
        y: int64 (N, T)
        """
        s = self._evaluate_slots(x, y)
        loss = self._evaluate_body(s, x, y)
        return {"loss": loss}

    def _evaluate_body(self, s, x, y):
        """The computation of evaluate."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        np.take(p.gpt_characters_W, x, axis=0, out=s.characters, mode="clip")

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # characters_mean = mean(characters, axis 2)                         (N, T, 1)
        # characters_var = mean(square(characters                            (N, T, 1)
        #     - characters_mean), axis 2)
        # characters_inv_std = 1 / sqrt(characters_var + 1e-05)              (N, T, 1)
        # characters_hat = (characters - mean) / sqrt(var + 1e-05)         (N, T, 128)
        # characters_norm = characters_hat * gamma + beta                  (N, T, 128)
        np.dot(s.characters_reshape, s.ones, out=s.characters_row_sum)
        np.divide(s.characters_reshape_2, 128.0, out=s.characters_mean)
        np.subtract(s.characters, s.characters_mean, out=s.characters_hat)
        np.square(s.characters_hat, out=s.characters_hat_square)
        np.dot(s.characters_hat_reshape, s.ones, out=s.characters_hat_row_sum)
        np.divide(s.characters_hat_reshape_2, 128.0, out=s.characters_var)
        np.add(s.characters_var, 1e-05, out=s.characters_inv_std)
        np.sqrt(s.characters_inv_std, out=s.characters_inv_std)
        np.divide(1.0, s.characters_inv_std, out=s.characters_inv_std)
        np.multiply(s.characters_hat, s.characters_inv_std, out=s.characters_hat)
        np.multiply(
            s.characters_hat,
            p.gpt_blocks_1_norm_1_gamma,
            out=s.characters_norm,
        )
        np.add(s.characters_norm, p.gpt_blocks_1_norm_1_beta, out=s.characters_norm)

        # gpt.blocks_1.attention                                               gpt.py:40
        # qkv = characters_norm W_qkv + b_qkv                              (N, T, 384)
        # scores = q_concat * 0.176777 k_transpose                        (N, 4, T, T)
        # weights = softmax(scores + iota_3_where)                        (N, 4, T, T)
        # attended = weights v                                           (N, 4, T, 32)
        # attention = heads W_o + b_o                                      (N, T, 128)
        np.dot(
            s.characters_norm_rows,
            p.gpt_blocks_1_attention_W_qkv,
            out=s.characters_norm_rows_product,
        )
        np.add(
            s.characters_norm_rows_reshape,
            p.gpt_blocks_1_attention_b_qkv,
            out=s.qkv,
        )
        np.multiply(s.q_slice, s.iota_cos, out=s.q_times)
        np.multiply(s.q_slice_2, s.iota_sin, out=s.q_times_2)
        np.subtract(s.q_times, s.q_times_2, out=s.q_minus_times_2)
        np.multiply(s.q_slice_2, s.iota_cos, out=s.q_times_3)
        np.multiply(s.q_slice, s.iota_sin, out=s.q_times_4)
        np.add(s.q_times_3, s.q_times_4, out=s.q_plus_times_4)
        np.concatenate((s.q_minus_times_2, s.q_plus_times_4), axis=3, out=s.q_concat)
        np.multiply(s.q_concat, 0.17677669, out=s.q_times_5)
        np.multiply(s.k_slice, s.iota_cos, out=s.k_times)
        np.multiply(s.k_slice_2, s.iota_sin, out=s.k_times_2)
        np.subtract(s.k_times, s.k_times_2, out=s.k_minus_times_2)
        np.multiply(s.k_slice_2, s.iota_cos, out=s.k_times_3)
        np.multiply(s.k_slice, s.iota_sin, out=s.k_times_4)
        np.add(s.k_times_3, s.k_times_4, out=s.k_plus_times_4)
        np.concatenate((s.k_minus_times_2, s.k_plus_times_4), axis=3, out=s.k_concat)
        np.matmul(s.q_times_5, s.k_transpose, out=s.scores)
        np.add(s.scores, s.iota_3_where, out=s.weights)
        s.weights.max(axis=3, keepdims=True, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        s.weights.sum(axis=3, keepdims=True, out=s.weights_sum)
        np.divide(s.weights, s.weights_sum, out=s.weights)
        np.matmul(s.weights, s.v, out=s.attended)
        np.copyto(s.attended_copy, s.attended_transpose)
        np.dot(s.heads_rows, p.gpt_blocks_1_attention_W_o, out=s.heads_rows_product)
        np.add(s.heads_rows_reshape, p.gpt_blocks_1_attention_b_o, out=s.attention)

        # gpt.blocks_1: blocks_1 = characters + attention        (N, T, 128)   gpt.py:40
        np.add(s.characters, s.attention, out=s.blocks_1)

        # gpt.blocks_1.norm_2: norm_2 = norm_2 + beta            (N, T, 128)   gpt.py:40
        np.dot(s.blocks_1_reshape, s.ones, out=s.blocks_1_row_sum)
        np.divide(s.blocks_1_reshape_2, 128.0, out=s.blocks_1_over)
        np.subtract(s.blocks_1, s.blocks_1_over, out=s.norm_2)
        np.square(s.norm_2, out=s.norm_2_square)
        np.dot(s.norm_2_reshape, s.ones, out=s.norm_2_row_sum)
        np.divide(s.norm_2_reshape_2, 128.0, out=s.norm_2_over)
        np.add(s.norm_2_over, 1e-05, out=s.norm_2_plus)
        np.sqrt(s.norm_2_plus, out=s.norm_2_sqrt)
        np.divide(1.0, s.norm_2_sqrt, out=s.norm_2_over_sqrt)
        np.multiply(s.norm_2, s.norm_2_over_sqrt, out=s.norm_2)
        np.multiply(s.norm_2, p.gpt_blocks_1_norm_2_gamma, out=s.norm_2)
        np.add(s.norm_2, p.gpt_blocks_1_norm_2_beta, out=s.norm_2)

        # gpt.blocks_1.feed_forward.up                                         gpt.py:40
        # z1 = norm_2 W + b                                                (N, T, 512)
        # h1 = gelu_tanh(z1)                                               (N, T, 512)
        np.dot(
            s.norm_2_rows,
            p.gpt_blocks_1_feed_forward_up_W,
            out=s.norm_2_rows_product,
        )
        np.add(s.norm_2_rows_reshape, p.gpt_blocks_1_feed_forward_up_b, out=s.z1)
        np.clip(s.z1, -30.0, 10.0, out=s.z1_clip)
        np.square(s.z1_clip, out=s.z1_square)
        np.multiply(0.071354814, s.z1_square, out=s.z1_times_square)
        np.add(1.5957692, s.z1_times_square, out=s.z1_plus)
        np.multiply(s.z1_clip, s.z1_plus, out=s.z1_times_plus)
        np.exp(s.z1_times_plus, out=s.z1_exp)
        np.add(1.0, s.z1_exp, out=s.z1_plus_exp)
        np.divide(s.z1_exp, s.z1_plus_exp, out=s.z1_over_plus_exp)
        np.multiply(s.z1, s.z1_over_plus_exp, out=s.h1)

        # gpt.blocks_1.feed_forward.down: h2 = h1 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h1_rows, p.gpt_blocks_1_feed_forward_down_W, out=s.h1_rows_product)
        np.add(s.h1_rows_reshape, p.gpt_blocks_1_feed_forward_down_b, out=s.h2)

        # gpt.blocks_1: blocks_1 = blocks_1 + h2                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.h2, out=s.blocks_1)

        # gpt.blocks_2.norm_1                                                  gpt.py:40
        # blocks_1_mean = mean(blocks_1, axis 2)                             (N, T, 1)
        # blocks_1_var = mean(square(blocks_1 - blocks_1_mean), axis 2)      (N, T, 1)
        # blocks_1_inv_std = 1 / sqrt(blocks_1_var + 1e-05)                  (N, T, 1)
        # blocks_1_hat = (blocks_1 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_1_norm = blocks_1_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_1_reshape_3, s.ones, out=s.blocks_1_row_sum_2)
        np.divide(s.blocks_1_reshape_4, 128.0, out=s.blocks_1_mean)
        np.subtract(s.blocks_1, s.blocks_1_mean, out=s.blocks_1_hat)
        np.square(s.blocks_1_hat, out=s.blocks_1_hat_square)
        np.dot(s.blocks_1_hat_reshape, s.ones, out=s.blocks_1_hat_row_sum)
        np.divide(s.blocks_1_hat_reshape_2, 128.0, out=s.blocks_1_var)
        np.add(s.blocks_1_var, 1e-05, out=s.blocks_1_inv_std)
        np.sqrt(s.blocks_1_inv_std, out=s.blocks_1_inv_std)
        np.divide(1.0, s.blocks_1_inv_std, out=s.blocks_1_inv_std)
        np.multiply(s.blocks_1_hat, s.blocks_1_inv_std, out=s.blocks_1_hat)
        np.multiply(s.blocks_1_hat, p.gpt_blocks_2_norm_1_gamma, out=s.blocks_1_norm)
        np.add(s.blocks_1_norm, p.gpt_blocks_2_norm_1_beta, out=s.blocks_1_norm)

        # gpt.blocks_2.attention                                               gpt.py:40
        # qkv_2 = blocks_1_norm W_qkv + b_qkv                              (N, T, 384)
        # scores_2 = q_concat_2 * 0.176777 k_transpose_2                  (N, 4, T, T)
        # weights_2 = softmax(scores + iota_3_where)                      (N, 4, T, T)
        # attended_2 = weights_2 v_2                                     (N, 4, T, 32)
        # attention_2 = heads W_o + b_o                                    (N, T, 128)
        np.dot(
            s.blocks_1_norm_rows,
            p.gpt_blocks_2_attention_W_qkv,
            out=s.blocks_1_norm_rows_product,
        )
        np.add(
            s.blocks_1_norm_rows_reshape,
            p.gpt_blocks_2_attention_b_qkv,
            out=s.qkv_2,
        )
        np.multiply(s.q_slice_3, s.iota_cos, out=s.q_times_6)
        np.multiply(s.q_slice_4, s.iota_sin, out=s.q_times_7)
        np.subtract(s.q_times_6, s.q_times_7, out=s.q_minus_times_7)
        np.multiply(s.q_slice_4, s.iota_cos, out=s.q_times_8)
        np.multiply(s.q_slice_3, s.iota_sin, out=s.q_times_9)
        np.add(s.q_times_8, s.q_times_9, out=s.q_plus_times_9)
        np.concatenate((s.q_minus_times_7, s.q_plus_times_9), axis=3, out=s.q_concat_2)
        np.multiply(s.q_concat_2, 0.17677669, out=s.q_times_10)
        np.multiply(s.k_slice_3, s.iota_cos, out=s.k_times_5)
        np.multiply(s.k_slice_4, s.iota_sin, out=s.k_times_6)
        np.subtract(s.k_times_5, s.k_times_6, out=s.k_minus_times_6)
        np.multiply(s.k_slice_4, s.iota_cos, out=s.k_times_7)
        np.multiply(s.k_slice_3, s.iota_sin, out=s.k_times_8)
        np.add(s.k_times_7, s.k_times_8, out=s.k_plus_times_8)
        np.concatenate((s.k_minus_times_6, s.k_plus_times_8), axis=3, out=s.k_concat_2)
        np.matmul(s.q_times_10, s.k_transpose_2, out=s.scores_2)
        np.add(s.scores_2, s.iota_3_where, out=s.weights_2)
        s.weights_2.max(axis=3, keepdims=True, out=s.weights_max_2)
        np.subtract(s.weights_2, s.weights_max_2, out=s.weights_2)
        np.exp(s.weights_2, out=s.weights_2)
        s.weights_2.sum(axis=3, keepdims=True, out=s.weights_sum_2)
        np.divide(s.weights_2, s.weights_sum_2, out=s.weights_2)
        np.matmul(s.weights_2, s.v_2, out=s.attended_2)
        np.copyto(s.attended_copy_2, s.attended_transpose_2)
        np.dot(s.heads_rows_2, p.gpt_blocks_2_attention_W_o, out=s.heads_rows_product_2)
        np.add(s.heads_rows_reshape_2, p.gpt_blocks_2_attention_b_o, out=s.attention_2)

        # gpt.blocks_2: blocks_2 = blocks_1 + attention_2        (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.attention_2, out=s.blocks_2)

        # gpt.blocks_2.norm_2                                                  gpt.py:40
        # norm_2_2 = ((blocks_1 + attention) - mean) / sqrt(var            (N, T, 128)
        #     + 1e-05) * gamma + beta
        np.dot(s.blocks_2_reshape, s.ones, out=s.blocks_2_row_sum)
        np.divide(s.blocks_2_reshape_2, 128.0, out=s.blocks_2_over)
        np.subtract(s.blocks_2, s.blocks_2_over, out=s.norm_2_2)
        np.square(s.norm_2_2, out=s.norm_2_square_2)
        np.dot(s.norm_2_reshape_3, s.ones, out=s.norm_2_row_sum_2)
        np.divide(s.norm_2_reshape_4, 128.0, out=s.norm_2_over_2)
        np.add(s.norm_2_over_2, 1e-05, out=s.norm_2_plus_2)
        np.sqrt(s.norm_2_plus_2, out=s.norm_2_sqrt_2)
        np.divide(1.0, s.norm_2_sqrt_2, out=s.norm_2_over_sqrt_2)
        np.multiply(s.norm_2_2, s.norm_2_over_sqrt_2, out=s.norm_2_2)
        np.multiply(s.norm_2_2, p.gpt_blocks_2_norm_2_gamma, out=s.norm_2_2)
        np.add(s.norm_2_2, p.gpt_blocks_2_norm_2_beta, out=s.norm_2_2)

        # gpt.blocks_2.feed_forward.up                                         gpt.py:40
        # z3 = norm_2 W + b                                                (N, T, 512)
        # h3 = gelu_tanh(z3)                                               (N, T, 512)
        np.dot(
            s.norm_2_rows_2,
            p.gpt_blocks_2_feed_forward_up_W,
            out=s.norm_2_rows_product_2,
        )
        np.add(s.norm_2_rows_reshape_2, p.gpt_blocks_2_feed_forward_up_b, out=s.z3)
        np.clip(s.z3, -30.0, 10.0, out=s.z3_clip)
        np.square(s.z3_clip, out=s.z3_square)
        np.multiply(0.071354814, s.z3_square, out=s.z3_times_square)
        np.add(1.5957692, s.z3_times_square, out=s.z3_plus)
        np.multiply(s.z3_clip, s.z3_plus, out=s.z3_times_plus)
        np.exp(s.z3_times_plus, out=s.z3_exp)
        np.add(1.0, s.z3_exp, out=s.z3_plus_exp)
        np.divide(s.z3_exp, s.z3_plus_exp, out=s.z3_over_plus_exp)
        np.multiply(s.z3, s.z3_over_plus_exp, out=s.h3)

        # gpt.blocks_2.feed_forward.down: h4 = h3 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h3_rows, p.gpt_blocks_2_feed_forward_down_W, out=s.h3_rows_product)
        np.add(s.h3_rows_reshape, p.gpt_blocks_2_feed_forward_down_b, out=s.h4)

        # gpt.blocks_2: blocks_2 = blocks_2 + h4                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.h4, out=s.blocks_2)

        # gpt.blocks_3.norm_1                                                  gpt.py:40
        # blocks_2_mean = mean(blocks_2, axis 2)                             (N, T, 1)
        # blocks_2_var = mean(square(blocks_2 - blocks_2_mean), axis 2)      (N, T, 1)
        # blocks_2_inv_std = 1 / sqrt(blocks_2_var + 1e-05)                  (N, T, 1)
        # blocks_2_hat = (blocks_2 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_2_norm = blocks_2_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_2_reshape_3, s.ones, out=s.blocks_2_row_sum_2)
        np.divide(s.blocks_2_reshape_4, 128.0, out=s.blocks_2_mean)
        np.subtract(s.blocks_2, s.blocks_2_mean, out=s.blocks_2_hat)
        np.square(s.blocks_2_hat, out=s.blocks_2_hat_square)
        np.dot(s.blocks_2_hat_reshape, s.ones, out=s.blocks_2_hat_row_sum)
        np.divide(s.blocks_2_hat_reshape_2, 128.0, out=s.blocks_2_var)
        np.add(s.blocks_2_var, 1e-05, out=s.blocks_2_inv_std)
        np.sqrt(s.blocks_2_inv_std, out=s.blocks_2_inv_std)
        np.divide(1.0, s.blocks_2_inv_std, out=s.blocks_2_inv_std)
        np.multiply(s.blocks_2_hat, s.blocks_2_inv_std, out=s.blocks_2_hat)
        np.multiply(s.blocks_2_hat, p.gpt_blocks_3_norm_1_gamma, out=s.blocks_2_norm)
        np.add(s.blocks_2_norm, p.gpt_blocks_3_norm_1_beta, out=s.blocks_2_norm)

        # gpt.blocks_3.attention                                               gpt.py:40
        # qkv_3 = blocks_2_norm W_qkv + b_qkv                              (N, T, 384)
        # scores_3 = q_concat_3 * 0.176777 k_transpose_3                  (N, 4, T, T)
        # weights_3 = softmax(scores + iota_3_where)                      (N, 4, T, T)
        # attended_3 = weights_3 v_3                                     (N, 4, T, 32)
        # attention_3 = heads W_o + b_o                                    (N, T, 128)
        np.dot(
            s.blocks_2_norm_rows,
            p.gpt_blocks_3_attention_W_qkv,
            out=s.blocks_2_norm_rows_product,
        )
        np.add(
            s.blocks_2_norm_rows_reshape,
            p.gpt_blocks_3_attention_b_qkv,
            out=s.qkv_3,
        )
        np.multiply(s.q_slice_5, s.iota_cos, out=s.q_times_11)
        np.multiply(s.q_slice_6, s.iota_sin, out=s.q_times_12)
        np.subtract(s.q_times_11, s.q_times_12, out=s.q_minus_times_12)
        np.multiply(s.q_slice_6, s.iota_cos, out=s.q_times_13)
        np.multiply(s.q_slice_5, s.iota_sin, out=s.q_times_14)
        np.add(s.q_times_13, s.q_times_14, out=s.q_plus_times_14)
        np.concatenate(
            (s.q_minus_times_12, s.q_plus_times_14),
            axis=3,
            out=s.q_concat_3,
        )
        np.multiply(s.q_concat_3, 0.17677669, out=s.q_times_15)
        np.multiply(s.k_slice_5, s.iota_cos, out=s.k_times_9)
        np.multiply(s.k_slice_6, s.iota_sin, out=s.k_times_10)
        np.subtract(s.k_times_9, s.k_times_10, out=s.k_minus_times_10)
        np.multiply(s.k_slice_6, s.iota_cos, out=s.k_times_11)
        np.multiply(s.k_slice_5, s.iota_sin, out=s.k_times_12)
        np.add(s.k_times_11, s.k_times_12, out=s.k_plus_times_12)
        np.concatenate(
            (s.k_minus_times_10, s.k_plus_times_12),
            axis=3,
            out=s.k_concat_3,
        )
        np.matmul(s.q_times_15, s.k_transpose_3, out=s.scores_3)
        np.add(s.scores_3, s.iota_3_where, out=s.weights_3)
        s.weights_3.max(axis=3, keepdims=True, out=s.weights_max_3)
        np.subtract(s.weights_3, s.weights_max_3, out=s.weights_3)
        np.exp(s.weights_3, out=s.weights_3)
        s.weights_3.sum(axis=3, keepdims=True, out=s.weights_sum_3)
        np.divide(s.weights_3, s.weights_sum_3, out=s.weights_3)
        np.matmul(s.weights_3, s.v_3, out=s.attended_3)
        np.copyto(s.attended_copy_3, s.attended_transpose_3)
        np.dot(s.heads_rows_3, p.gpt_blocks_3_attention_W_o, out=s.heads_rows_product_3)
        np.add(s.heads_rows_reshape_3, p.gpt_blocks_3_attention_b_o, out=s.attention_3)

        # gpt.blocks_3: blocks_3 = blocks_2 + attention_3        (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.attention_3, out=s.blocks_3)

        # gpt.blocks_3.norm_2                                                  gpt.py:40
        # norm_2_3 = ((blocks_2 + attention) - mean) / sqrt(var            (N, T, 128)
        #     + 1e-05) * gamma + beta
        np.dot(s.blocks_3_reshape, s.ones, out=s.blocks_3_row_sum)
        np.divide(s.blocks_3_reshape_2, 128.0, out=s.blocks_3_over)
        np.subtract(s.blocks_3, s.blocks_3_over, out=s.norm_2_3)
        np.square(s.norm_2_3, out=s.norm_2_square_3)
        np.dot(s.norm_2_reshape_5, s.ones, out=s.norm_2_row_sum_3)
        np.divide(s.norm_2_reshape_6, 128.0, out=s.norm_2_over_3)
        np.add(s.norm_2_over_3, 1e-05, out=s.norm_2_plus_3)
        np.sqrt(s.norm_2_plus_3, out=s.norm_2_sqrt_3)
        np.divide(1.0, s.norm_2_sqrt_3, out=s.norm_2_over_sqrt_3)
        np.multiply(s.norm_2_3, s.norm_2_over_sqrt_3, out=s.norm_2_3)
        np.multiply(s.norm_2_3, p.gpt_blocks_3_norm_2_gamma, out=s.norm_2_3)
        np.add(s.norm_2_3, p.gpt_blocks_3_norm_2_beta, out=s.norm_2_3)

        # gpt.blocks_3.feed_forward.up                                         gpt.py:40
        # z5 = norm_2 W + b                                                (N, T, 512)
        # h5 = gelu_tanh(z5)                                               (N, T, 512)
        np.dot(
            s.norm_2_rows_3,
            p.gpt_blocks_3_feed_forward_up_W,
            out=s.norm_2_rows_product_3,
        )
        np.add(s.norm_2_rows_reshape_3, p.gpt_blocks_3_feed_forward_up_b, out=s.z5)
        np.clip(s.z5, -30.0, 10.0, out=s.z5_clip)
        np.square(s.z5_clip, out=s.z5_square)
        np.multiply(0.071354814, s.z5_square, out=s.z5_times_square)
        np.add(1.5957692, s.z5_times_square, out=s.z5_plus)
        np.multiply(s.z5_clip, s.z5_plus, out=s.z5_times_plus)
        np.exp(s.z5_times_plus, out=s.z5_exp)
        np.add(1.0, s.z5_exp, out=s.z5_plus_exp)
        np.divide(s.z5_exp, s.z5_plus_exp, out=s.z5_over_plus_exp)
        np.multiply(s.z5, s.z5_over_plus_exp, out=s.h5)

        # gpt.blocks_3.feed_forward.down: h6 = h5 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h5_rows, p.gpt_blocks_3_feed_forward_down_W, out=s.h5_rows_product)
        np.add(s.h5_rows_reshape, p.gpt_blocks_3_feed_forward_down_b, out=s.h6)

        # gpt.blocks_3: blocks_3 = blocks_3 + h6                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.h6, out=s.blocks_3)

        # gpt.blocks_4.norm_1                                                  gpt.py:40
        # blocks_3_mean = mean(blocks_3, axis 2)                             (N, T, 1)
        # blocks_3_var = mean(square(blocks_3 - blocks_3_mean), axis 2)      (N, T, 1)
        # blocks_3_inv_std = 1 / sqrt(blocks_3_var + 1e-05)                  (N, T, 1)
        # blocks_3_hat = (blocks_3 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_3_norm = blocks_3_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_3_reshape_3, s.ones, out=s.blocks_3_row_sum_2)
        np.divide(s.blocks_3_reshape_4, 128.0, out=s.blocks_3_mean)
        np.subtract(s.blocks_3, s.blocks_3_mean, out=s.blocks_3_hat)
        np.square(s.blocks_3_hat, out=s.blocks_3_hat_square)
        np.dot(s.blocks_3_hat_reshape, s.ones, out=s.blocks_3_hat_row_sum)
        np.divide(s.blocks_3_hat_reshape_2, 128.0, out=s.blocks_3_var)
        np.add(s.blocks_3_var, 1e-05, out=s.blocks_3_inv_std)
        np.sqrt(s.blocks_3_inv_std, out=s.blocks_3_inv_std)
        np.divide(1.0, s.blocks_3_inv_std, out=s.blocks_3_inv_std)
        np.multiply(s.blocks_3_hat, s.blocks_3_inv_std, out=s.blocks_3_hat)
        np.multiply(s.blocks_3_hat, p.gpt_blocks_4_norm_1_gamma, out=s.blocks_3_norm)
        np.add(s.blocks_3_norm, p.gpt_blocks_4_norm_1_beta, out=s.blocks_3_norm)

        # gpt.blocks_4.attention                                               gpt.py:40
        # qkv_4 = blocks_3_norm W_qkv + b_qkv                              (N, T, 384)
        # scores_4 = q_concat_4 * 0.176777 k_transpose_4                  (N, 4, T, T)
        # weights_4 = softmax(scores + iota_3_where)                      (N, 4, T, T)
        # attended_4 = weights_4 v_4                                     (N, 4, T, 32)
        # attention_4 = heads W_o + b_o                                    (N, T, 128)
        np.dot(
            s.blocks_3_norm_rows,
            p.gpt_blocks_4_attention_W_qkv,
            out=s.blocks_3_norm_rows_product,
        )
        np.add(
            s.blocks_3_norm_rows_reshape,
            p.gpt_blocks_4_attention_b_qkv,
            out=s.qkv_4,
        )
        np.multiply(s.q_slice_7, s.iota_cos, out=s.q_times_16)
        np.multiply(s.q_slice_8, s.iota_sin, out=s.q_times_17)
        np.subtract(s.q_times_16, s.q_times_17, out=s.q_minus_times_17)
        np.multiply(s.q_slice_8, s.iota_cos, out=s.q_times_18)
        np.multiply(s.q_slice_7, s.iota_sin, out=s.q_times_19)
        np.add(s.q_times_18, s.q_times_19, out=s.q_plus_times_19)
        np.concatenate(
            (s.q_minus_times_17, s.q_plus_times_19),
            axis=3,
            out=s.q_concat_4,
        )
        np.multiply(s.q_concat_4, 0.17677669, out=s.q_times_20)
        np.multiply(s.k_slice_7, s.iota_cos, out=s.k_times_13)
        np.multiply(s.k_slice_8, s.iota_sin, out=s.k_times_14)
        np.subtract(s.k_times_13, s.k_times_14, out=s.k_minus_times_14)
        np.multiply(s.k_slice_8, s.iota_cos, out=s.k_times_15)
        np.multiply(s.k_slice_7, s.iota_sin, out=s.k_times_16)
        np.add(s.k_times_15, s.k_times_16, out=s.k_plus_times_16)
        np.concatenate(
            (s.k_minus_times_14, s.k_plus_times_16),
            axis=3,
            out=s.k_concat_4,
        )
        np.matmul(s.q_times_20, s.k_transpose_4, out=s.scores_4)
        np.add(s.scores_4, s.iota_3_where, out=s.weights_4)
        s.weights_4.max(axis=3, keepdims=True, out=s.weights_max_4)
        np.subtract(s.weights_4, s.weights_max_4, out=s.weights_4)
        np.exp(s.weights_4, out=s.weights_4)
        s.weights_4.sum(axis=3, keepdims=True, out=s.weights_sum_4)
        np.divide(s.weights_4, s.weights_sum_4, out=s.weights_4)
        np.matmul(s.weights_4, s.v_4, out=s.attended_4)
        np.copyto(s.attended_copy_4, s.attended_transpose_4)
        np.dot(s.heads_rows_4, p.gpt_blocks_4_attention_W_o, out=s.heads_rows_product_4)
        np.add(s.heads_rows_reshape_4, p.gpt_blocks_4_attention_b_o, out=s.attention_4)

        # gpt.blocks_4: blocks_4 = blocks_3 + attention_4        (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.attention_4, out=s.blocks_4)

        # gpt.blocks_4.norm_2                                                  gpt.py:40
        # norm_2_4 = ((blocks_3 + attention) - mean) / sqrt(var            (N, T, 128)
        #     + 1e-05) * gamma + beta
        np.dot(s.blocks_4_reshape, s.ones, out=s.blocks_4_row_sum)
        np.divide(s.blocks_4_reshape_2, 128.0, out=s.blocks_4_over)
        np.subtract(s.blocks_4, s.blocks_4_over, out=s.norm_2_4)
        np.square(s.norm_2_4, out=s.norm_2_square_4)
        np.dot(s.norm_2_reshape_7, s.ones, out=s.norm_2_row_sum_4)
        np.divide(s.norm_2_reshape_8, 128.0, out=s.norm_2_over_4)
        np.add(s.norm_2_over_4, 1e-05, out=s.norm_2_plus_4)
        np.sqrt(s.norm_2_plus_4, out=s.norm_2_sqrt_4)
        np.divide(1.0, s.norm_2_sqrt_4, out=s.norm_2_over_sqrt_4)
        np.multiply(s.norm_2_4, s.norm_2_over_sqrt_4, out=s.norm_2_4)
        np.multiply(s.norm_2_4, p.gpt_blocks_4_norm_2_gamma, out=s.norm_2_4)
        np.add(s.norm_2_4, p.gpt_blocks_4_norm_2_beta, out=s.norm_2_4)

        # gpt.blocks_4.feed_forward.up                                         gpt.py:40
        # z7 = norm_2 W + b                                                (N, T, 512)
        # h7 = gelu_tanh(z7)                                               (N, T, 512)
        np.dot(
            s.norm_2_rows_4,
            p.gpt_blocks_4_feed_forward_up_W,
            out=s.norm_2_rows_product_4,
        )
        np.add(s.norm_2_rows_reshape_4, p.gpt_blocks_4_feed_forward_up_b, out=s.z7)
        np.clip(s.z7, -30.0, 10.0, out=s.z7_clip)
        np.square(s.z7_clip, out=s.z7_square)
        np.multiply(0.071354814, s.z7_square, out=s.z7_times_square)
        np.add(1.5957692, s.z7_times_square, out=s.z7_plus)
        np.multiply(s.z7_clip, s.z7_plus, out=s.z7_times_plus)
        np.exp(s.z7_times_plus, out=s.z7_exp)
        np.add(1.0, s.z7_exp, out=s.z7_plus_exp)
        np.divide(s.z7_exp, s.z7_plus_exp, out=s.z7_over_plus_exp)
        np.multiply(s.z7, s.z7_over_plus_exp, out=s.h7)

        # gpt.blocks_4.feed_forward.down: h8 = h7 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h7_rows, p.gpt_blocks_4_feed_forward_down_W, out=s.h7_rows_product)
        np.add(s.h7_rows_reshape, p.gpt_blocks_4_feed_forward_down_b, out=s.h8)

        # gpt.blocks_4: blocks_4 = blocks_4 + h8                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_4, s.h8, out=s.blocks_4)

        # gpt.norm                                                             gpt.py:51
        # blocks_4_mean = mean(blocks_4, axis 2)                             (N, T, 1)
        # blocks_4_var = mean(square(blocks_4 - blocks_4_mean), axis 2)      (N, T, 1)
        # blocks_4_inv_std = 1 / sqrt(blocks_4_var + 1e-05)                  (N, T, 1)
        # blocks_4_hat = (blocks_4 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_4_norm = blocks_4_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_4_reshape_3, s.ones, out=s.blocks_4_row_sum_2)
        np.divide(s.blocks_4_reshape_4, 128.0, out=s.blocks_4_mean)
        np.subtract(s.blocks_4, s.blocks_4_mean, out=s.blocks_4_hat)
        np.square(s.blocks_4_hat, out=s.blocks_4_hat_square)
        np.dot(s.blocks_4_hat_reshape, s.ones, out=s.blocks_4_hat_row_sum)
        np.divide(s.blocks_4_hat_reshape_2, 128.0, out=s.blocks_4_var)
        np.add(s.blocks_4_var, 1e-05, out=s.blocks_4_inv_std)
        np.sqrt(s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.divide(1.0, s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.multiply(s.blocks_4_hat, s.blocks_4_inv_std, out=s.blocks_4_hat)
        np.multiply(s.blocks_4_hat, p.gpt_norm_gamma, out=s.blocks_4_norm)
        np.add(s.blocks_4_norm, p.gpt_norm_beta, out=s.blocks_4_norm)

        # gpt.scores                                                           gpt.py:52
        # blocks_4_norm_rows_product = blocks_4_norm_rows W               (N * T, 100)
        np.dot(s.blocks_4_norm_rows, p.gpt_scores_W, out=s.blocks_4_norm_rows_product)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])     ()   gpt.py:67
        s.logits.max(axis=2, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        np.dot(s.logits_reshape, s.ones_2, out=s.logits_row_sum)
        np.log(s.logits_reshape_2, out=s.logits_log)
        y_reshape = y.reshape(s.n * s.t)
        np.add(y_reshape, s.row_starts_2, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape_3, s.logits_reshape_4, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, s.n * s.t, out=s.loss)

        return s.loss[()]

    def _evaluate_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._evaluate[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_evaluate(x, y)
        _check_range("x", x, 100)
        _check_range("y", y, 100)
        return s

    def _plan_evaluate(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        units = -(-(n * t) // 16) * 16  # aligned
        units_2 = -(-(n * t * t) // 16) * 16  # aligned
        memory = self._memory(6656 * units + 16 * units_2 + 8)
        s.characters = _window(memory, 0, np.float32, (n, t, 128))
        s.characters_reshape = s.characters.reshape(n * t, 128)
        s.ones = np.ones((128,), dtype=np.float32)
        s.characters_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.characters_reshape_2 = s.characters_row_sum.reshape(n, t, 1)
        s.characters_mean = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.characters_hat = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.characters_hat_square = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.characters_hat_reshape = s.characters_hat_square.reshape(n * t, 128)
        s.characters_hat_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.characters_hat_reshape_2 = s.characters_hat_row_sum.reshape(n, t, 1)
        s.characters_var = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.characters_inv_std = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.characters_norm = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.characters_norm_rows = s.characters_norm.reshape(n * t, 128)
        s.characters_norm_rows_product = _window(
            memory,
            2048 * units,
            np.float32,
            (n * t, 384),
        )
        s.characters_norm_rows_reshape = s.characters_norm_rows_product.reshape(
            n,
            t,
            384,
        )
        s.qkv = _window(memory, 512 * units, np.float32, (n, t, 384))
        s.qkv_reshape = s.qkv.reshape(n, t, 12, 32)
        s.qkv_slice = s.qkv_reshape[:, :, :4]
        s.q = s.qkv_slice.transpose(0, 2, 1, 3)
        s.q_slice = s.q[:, :, :, :16]
        s.iota = np.arange(t, dtype=np.int64)
        s.iota_cast = s.iota.astype(np.float32)
        s.iota_reshape = s.iota_cast.reshape(t, 1)
        s.iota_2 = np.arange(16, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.5756463
        s.row_starts_exp = np.exp(s.row_starts)
        s.iota_times = s.iota_reshape * s.row_starts_exp
        s.iota_cos = np.cos(s.iota_times)
        s.q_times = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_slice_2 = s.q[:, :, :, 16:]
        s.iota_sin = np.sin(s.iota_times)
        s.q_times_2 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_2 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_times_3 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.q_times_4 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_4 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.q_concat = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.q_times_5 = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_2 = s.qkv_reshape[:, :, 4:8]
        s.k = s.qkv_slice_2.transpose(0, 2, 1, 3)
        s.k_slice = s.k[:, :, :, :16]
        s.k_times = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_slice_2 = s.k[:, :, :, 16:]
        s.k_times_2 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_2 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_times_3 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_times_4 = _window(memory, 3072 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_4 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_concat = _window(memory, 3072 * units, np.float32, (n, 4, t, 32))
        s.k_transpose = s.k_concat.transpose(0, 1, 3, 2)
        s.scores = _window(memory, 6656 * units, np.float32, (n, 4, t, t))
        s.iota_3 = np.broadcast_to(np.arange(t, dtype=np.int64).reshape((t, 1)), (t, 1))
        s.iota_4 = np.broadcast_to(np.arange(t, dtype=np.int64), (1, t))
        s.iota_3_mask = s.iota_3 >= s.iota_4
        s.iota_3_where = np.where(s.iota_3_mask, np.float32(0.0), np.float32(-np.inf))
        s.weights = _window(memory, 6656 * units, np.float32, (n, 4, t, t))
        s.weights_max = _window(memory, 2048 * units, np.float32, (n, 4, t, 1))
        s.weights_sum = _window(memory, 2048 * units, np.float32, (n, 4, t, 1))
        s.qkv_slice_3 = s.qkv_reshape[:, :, 8:]
        s.v = s.qkv_slice_3.transpose(0, 2, 1, 3)
        s.attended = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose = s.attended.transpose(0, 2, 1, 3)
        s.attended_copy = _window(memory, 512 * units, np.float32, (n, t, 4, 32))
        s.heads_rows = s.attended_copy.reshape(n * t, 128)
        s.heads_rows_product = _window(memory, 1024 * units, np.float32, (n * t, 128))
        s.heads_rows_reshape = s.heads_rows_product.reshape(n, t, 128)
        s.attention = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_1 = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_1_reshape = s.blocks_1.reshape(n * t, 128)
        s.blocks_1_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_1_reshape_2 = s.blocks_1_row_sum.reshape(n, t, 1)
        s.blocks_1_over = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.norm_2 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.norm_2_square = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.norm_2_reshape = s.norm_2_square.reshape(n * t, 128)
        s.norm_2_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.norm_2_reshape_2 = s.norm_2_row_sum.reshape(n, t, 1)
        s.norm_2_over = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_plus = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_sqrt = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_over_sqrt = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_rows = s.norm_2.reshape(n * t, 128)
        s.norm_2_rows_product = _window(memory, 2560 * units, np.float32, (n * t, 512))
        s.norm_2_rows_reshape = s.norm_2_rows_product.reshape(n, t, 512)
        s.z1 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.z1_clip = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z1_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z1_times_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z1_plus = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z1_times_plus = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z1_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z1_plus_exp = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z1_over_plus_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.h1 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.h1_rows = s.h1.reshape(n * t, 512)
        s.h1_rows_product = _window(memory, 2560 * units, np.float32, (n * t, 128))
        s.h1_rows_reshape = s.h1_rows_product.reshape(n, t, 128)
        s.h2 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_1_reshape_3 = s.blocks_1.reshape(n * t, 128)
        s.blocks_1_row_sum_2 = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_1_reshape_4 = s.blocks_1_row_sum_2.reshape(n, t, 1)
        s.blocks_1_mean = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.blocks_1_hat = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_1_hat_square = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.blocks_1_hat_reshape = s.blocks_1_hat_square.reshape(n * t, 128)
        s.blocks_1_hat_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.blocks_1_hat_reshape_2 = s.blocks_1_hat_row_sum.reshape(n, t, 1)
        s.blocks_1_var = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_1_inv_std = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_1_norm = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_1_norm_rows = s.blocks_1_norm.reshape(n * t, 128)
        s.blocks_1_norm_rows_product = _window(
            memory,
            2048 * units,
            np.float32,
            (n * t, 384),
        )
        s.blocks_1_norm_rows_reshape = s.blocks_1_norm_rows_product.reshape(n, t, 384)
        s.qkv_2 = _window(memory, 512 * units, np.float32, (n, t, 384))
        s.qkv_reshape_2 = s.qkv_2.reshape(n, t, 12, 32)
        s.qkv_slice_4 = s.qkv_reshape_2[:, :, :4]
        s.q_2 = s.qkv_slice_4.transpose(0, 2, 1, 3)
        s.q_slice_3 = s.q_2[:, :, :, :16]
        s.q_times_6 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_slice_4 = s.q_2[:, :, :, 16:]
        s.q_times_7 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_7 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_times_8 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.q_times_9 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_9 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.q_concat_2 = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.q_times_10 = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_5 = s.qkv_reshape_2[:, :, 4:8]
        s.k_2 = s.qkv_slice_5.transpose(0, 2, 1, 3)
        s.k_slice_3 = s.k_2[:, :, :, :16]
        s.k_times_5 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_slice_4 = s.k_2[:, :, :, 16:]
        s.k_times_6 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_6 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_times_7 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_times_8 = _window(memory, 3072 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_8 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_concat_2 = _window(memory, 3072 * units, np.float32, (n, 4, t, 32))
        s.k_transpose_2 = s.k_concat_2.transpose(0, 1, 3, 2)
        s.scores_2 = _window(memory, 6656 * units, np.float32, (n, 4, t, t))
        s.weights_2 = _window(memory, 6656 * units, np.float32, (n, 4, t, t))
        s.weights_max_2 = _window(memory, 2048 * units, np.float32, (n, 4, t, 1))
        s.weights_sum_2 = _window(memory, 2048 * units, np.float32, (n, 4, t, 1))
        s.qkv_slice_6 = s.qkv_reshape_2[:, :, 8:]
        s.v_2 = s.qkv_slice_6.transpose(0, 2, 1, 3)
        s.attended_2 = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose_2 = s.attended_2.transpose(0, 2, 1, 3)
        s.attended_copy_2 = _window(memory, 512 * units, np.float32, (n, t, 4, 32))
        s.heads_rows_2 = s.attended_copy_2.reshape(n * t, 128)
        s.heads_rows_product_2 = _window(memory, 1024 * units, np.float32, (n * t, 128))
        s.heads_rows_reshape_2 = s.heads_rows_product_2.reshape(n, t, 128)
        s.attention_2 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_2 = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_2_reshape = s.blocks_2.reshape(n * t, 128)
        s.blocks_2_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_2_reshape_2 = s.blocks_2_row_sum.reshape(n, t, 1)
        s.blocks_2_over = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.norm_2_2 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.norm_2_square_2 = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.norm_2_reshape_3 = s.norm_2_square_2.reshape(n * t, 128)
        s.norm_2_row_sum_2 = _window(memory, 1024 * units, np.float32, (n * t,))
        s.norm_2_reshape_4 = s.norm_2_row_sum_2.reshape(n, t, 1)
        s.norm_2_over_2 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_plus_2 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_sqrt_2 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_over_sqrt_2 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_rows_2 = s.norm_2_2.reshape(n * t, 128)
        s.norm_2_rows_product_2 = _window(
            memory,
            2560 * units,
            np.float32,
            (n * t, 512),
        )
        s.norm_2_rows_reshape_2 = s.norm_2_rows_product_2.reshape(n, t, 512)
        s.z3 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.z3_clip = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z3_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z3_times_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z3_plus = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z3_times_plus = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z3_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z3_plus_exp = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z3_over_plus_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.h3 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.h3_rows = s.h3.reshape(n * t, 512)
        s.h3_rows_product = _window(memory, 2560 * units, np.float32, (n * t, 128))
        s.h3_rows_reshape = s.h3_rows_product.reshape(n, t, 128)
        s.h4 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_2_reshape_3 = s.blocks_2.reshape(n * t, 128)
        s.blocks_2_row_sum_2 = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_2_reshape_4 = s.blocks_2_row_sum_2.reshape(n, t, 1)
        s.blocks_2_mean = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.blocks_2_hat = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_2_hat_square = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.blocks_2_hat_reshape = s.blocks_2_hat_square.reshape(n * t, 128)
        s.blocks_2_hat_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.blocks_2_hat_reshape_2 = s.blocks_2_hat_row_sum.reshape(n, t, 1)
        s.blocks_2_var = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_2_inv_std = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_2_norm = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_2_norm_rows = s.blocks_2_norm.reshape(n * t, 128)
        s.blocks_2_norm_rows_product = _window(
            memory,
            2048 * units,
            np.float32,
            (n * t, 384),
        )
        s.blocks_2_norm_rows_reshape = s.blocks_2_norm_rows_product.reshape(n, t, 384)
        s.qkv_3 = _window(memory, 512 * units, np.float32, (n, t, 384))
        s.qkv_reshape_3 = s.qkv_3.reshape(n, t, 12, 32)
        s.qkv_slice_7 = s.qkv_reshape_3[:, :, :4]
        s.q_3 = s.qkv_slice_7.transpose(0, 2, 1, 3)
        s.q_slice_5 = s.q_3[:, :, :, :16]
        s.q_times_11 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_slice_6 = s.q_3[:, :, :, 16:]
        s.q_times_12 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_12 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_times_13 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.q_times_14 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_14 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.q_concat_3 = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.q_times_15 = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_8 = s.qkv_reshape_3[:, :, 4:8]
        s.k_3 = s.qkv_slice_8.transpose(0, 2, 1, 3)
        s.k_slice_5 = s.k_3[:, :, :, :16]
        s.k_times_9 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_slice_6 = s.k_3[:, :, :, 16:]
        s.k_times_10 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_10 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_times_11 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_times_12 = _window(memory, 3072 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_12 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_concat_3 = _window(memory, 3072 * units, np.float32, (n, 4, t, 32))
        s.k_transpose_3 = s.k_concat_3.transpose(0, 1, 3, 2)
        s.scores_3 = _window(memory, 6656 * units, np.float32, (n, 4, t, t))
        s.weights_3 = _window(memory, 6656 * units, np.float32, (n, 4, t, t))
        s.weights_max_3 = _window(memory, 2048 * units, np.float32, (n, 4, t, 1))
        s.weights_sum_3 = _window(memory, 2048 * units, np.float32, (n, 4, t, 1))
        s.qkv_slice_9 = s.qkv_reshape_3[:, :, 8:]
        s.v_3 = s.qkv_slice_9.transpose(0, 2, 1, 3)
        s.attended_3 = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose_3 = s.attended_3.transpose(0, 2, 1, 3)
        s.attended_copy_3 = _window(memory, 512 * units, np.float32, (n, t, 4, 32))
        s.heads_rows_3 = s.attended_copy_3.reshape(n * t, 128)
        s.heads_rows_product_3 = _window(memory, 1024 * units, np.float32, (n * t, 128))
        s.heads_rows_reshape_3 = s.heads_rows_product_3.reshape(n, t, 128)
        s.attention_3 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_3 = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_3_reshape = s.blocks_3.reshape(n * t, 128)
        s.blocks_3_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_3_reshape_2 = s.blocks_3_row_sum.reshape(n, t, 1)
        s.blocks_3_over = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.norm_2_3 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.norm_2_square_3 = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.norm_2_reshape_5 = s.norm_2_square_3.reshape(n * t, 128)
        s.norm_2_row_sum_3 = _window(memory, 1024 * units, np.float32, (n * t,))
        s.norm_2_reshape_6 = s.norm_2_row_sum_3.reshape(n, t, 1)
        s.norm_2_over_3 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_plus_3 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_sqrt_3 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_over_sqrt_3 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_rows_3 = s.norm_2_3.reshape(n * t, 128)
        s.norm_2_rows_product_3 = _window(
            memory,
            2560 * units,
            np.float32,
            (n * t, 512),
        )
        s.norm_2_rows_reshape_3 = s.norm_2_rows_product_3.reshape(n, t, 512)
        s.z5 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.z5_clip = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z5_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z5_times_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z5_plus = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z5_times_plus = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z5_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z5_plus_exp = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z5_over_plus_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.h5 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.h5_rows = s.h5.reshape(n * t, 512)
        s.h5_rows_product = _window(memory, 2560 * units, np.float32, (n * t, 128))
        s.h5_rows_reshape = s.h5_rows_product.reshape(n, t, 128)
        s.h6 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_3_reshape_3 = s.blocks_3.reshape(n * t, 128)
        s.blocks_3_row_sum_2 = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_3_reshape_4 = s.blocks_3_row_sum_2.reshape(n, t, 1)
        s.blocks_3_mean = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.blocks_3_hat = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_3_hat_square = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.blocks_3_hat_reshape = s.blocks_3_hat_square.reshape(n * t, 128)
        s.blocks_3_hat_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.blocks_3_hat_reshape_2 = s.blocks_3_hat_row_sum.reshape(n, t, 1)
        s.blocks_3_var = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_3_inv_std = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_3_norm = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_3_norm_rows = s.blocks_3_norm.reshape(n * t, 128)
        s.blocks_3_norm_rows_product = _window(
            memory,
            2048 * units,
            np.float32,
            (n * t, 384),
        )
        s.blocks_3_norm_rows_reshape = s.blocks_3_norm_rows_product.reshape(n, t, 384)
        s.qkv_4 = _window(memory, 512 * units, np.float32, (n, t, 384))
        s.qkv_reshape_4 = s.qkv_4.reshape(n, t, 12, 32)
        s.qkv_slice_10 = s.qkv_reshape_4[:, :, :4]
        s.q_4 = s.qkv_slice_10.transpose(0, 2, 1, 3)
        s.q_slice_7 = s.q_4[:, :, :, :16]
        s.q_times_16 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_slice_8 = s.q_4[:, :, :, 16:]
        s.q_times_17 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_17 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_times_18 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.q_times_19 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_19 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.q_concat_4 = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.q_times_20 = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_11 = s.qkv_reshape_4[:, :, 4:8]
        s.k_4 = s.qkv_slice_11.transpose(0, 2, 1, 3)
        s.k_slice_7 = s.k_4[:, :, :, :16]
        s.k_times_13 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_slice_8 = s.k_4[:, :, :, 16:]
        s.k_times_14 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_14 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_times_15 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_times_16 = _window(memory, 3072 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_16 = _window(memory, 2816 * units, np.float32, (n, 4, t, 16))
        s.k_concat_4 = _window(memory, 3072 * units, np.float32, (n, 4, t, 32))
        s.k_transpose_4 = s.k_concat_4.transpose(0, 1, 3, 2)
        s.scores_4 = _window(memory, 6656 * units, np.float32, (n, 4, t, t))
        s.weights_4 = _window(memory, 6656 * units, np.float32, (n, 4, t, t))
        s.weights_max_4 = _window(memory, 2048 * units, np.float32, (n, 4, t, 1))
        s.weights_sum_4 = _window(memory, 2048 * units, np.float32, (n, 4, t, 1))
        s.qkv_slice_12 = s.qkv_reshape_4[:, :, 8:]
        s.v_4 = s.qkv_slice_12.transpose(0, 2, 1, 3)
        s.attended_4 = _window(memory, 2048 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose_4 = s.attended_4.transpose(0, 2, 1, 3)
        s.attended_copy_4 = _window(memory, 512 * units, np.float32, (n, t, 4, 32))
        s.heads_rows_4 = s.attended_copy_4.reshape(n * t, 128)
        s.heads_rows_product_4 = _window(memory, 1024 * units, np.float32, (n * t, 128))
        s.heads_rows_reshape_4 = s.heads_rows_product_4.reshape(n, t, 128)
        s.attention_4 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_4 = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_4_reshape = s.blocks_4.reshape(n * t, 128)
        s.blocks_4_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_4_reshape_2 = s.blocks_4_row_sum.reshape(n, t, 1)
        s.blocks_4_over = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.norm_2_4 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.norm_2_square_4 = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.norm_2_reshape_7 = s.norm_2_square_4.reshape(n * t, 128)
        s.norm_2_row_sum_4 = _window(memory, 1024 * units, np.float32, (n * t,))
        s.norm_2_reshape_8 = s.norm_2_row_sum_4.reshape(n, t, 1)
        s.norm_2_over_4 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_plus_4 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_sqrt_4 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_over_sqrt_4 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_rows_4 = s.norm_2_4.reshape(n * t, 128)
        s.norm_2_rows_product_4 = _window(
            memory,
            2560 * units,
            np.float32,
            (n * t, 512),
        )
        s.norm_2_rows_reshape_4 = s.norm_2_rows_product_4.reshape(n, t, 512)
        s.z7 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.z7_clip = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z7_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z7_times_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z7_plus = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z7_times_plus = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z7_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z7_plus_exp = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z7_over_plus_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.h7 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.h7_rows = s.h7.reshape(n * t, 512)
        s.h7_rows_product = _window(memory, 2560 * units, np.float32, (n * t, 128))
        s.h7_rows_reshape = s.h7_rows_product.reshape(n, t, 128)
        s.h8 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_4_reshape_3 = s.blocks_4.reshape(n * t, 128)
        s.blocks_4_row_sum_2 = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_4_reshape_4 = s.blocks_4_row_sum_2.reshape(n, t, 1)
        s.blocks_4_mean = _window(memory, 516 * units, np.float32, (n, t, 1))
        s.blocks_4_hat = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_4_hat_square = _window(memory, 516 * units, np.float32, (n, t, 128))
        s.blocks_4_hat_reshape = s.blocks_4_hat_square.reshape(n * t, 128)
        s.blocks_4_hat_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_4_hat_reshape_2 = s.blocks_4_hat_row_sum.reshape(n, t, 1)
        s.blocks_4_var = _window(memory, 516 * units, np.float32, (n, t, 1))
        s.blocks_4_inv_std = _window(memory, 516 * units, np.float32, (n, t, 1))
        s.blocks_4_norm = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.blocks_4_norm_rows_product = _window(
            memory,
            512 * units,
            np.float32,
            (n * t, 100),
        )
        s.logits = s.blocks_4_norm_rows_product.reshape(n, t, 100)
        s.logits_max = _window(memory, 400 * units, np.float32, (n, t, 1))
        s.logits_minus_max = _window(memory, 0, np.float32, (n, t, 100))
        s.logits_exp = _window(memory, 400 * units, np.float32, (n, t, 100))
        s.logits_reshape = s.logits_exp.reshape(n * t, 100)
        s.ones_2 = np.ones((100,), dtype=np.float32)
        s.logits_row_sum = _window(memory, 800 * units, np.float32, (n * t,))
        s.logits_reshape_2 = s.logits_row_sum.reshape(n, t, 1)
        s.logits_log = _window(memory, 400 * units, np.float32, (n, t, 1))
        s.logits_reshape_3 = s.logits_log.reshape(n, t)
        s.iota_5 = np.arange(n * t, dtype=np.int64)
        s.row_starts_2 = s.iota_5 * 100
        s.y_position = _window(memory, 408 * units, np.int64, (n * t,))
        s.logits_take = _window(memory, 404 * units, np.float32, (n * t,))
        s.logits_reshape_4 = s.logits_take.reshape(n, t)
        s.logits_minus = _window(memory, 0, np.float32, (n, t))
        s.loss = _window(memory, 6656 * units + 16 * units_2, np.float32, ())
        self._evaluate[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def step(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The logits of what follows, and the cache with these positions in it.

        x: int64 (N, T)
        start: int64 ()
        keys_1: float32 (N, 4, 128, 32)
        values_1: float32 (N, 4, 128, 32)
        keys_2: float32 (N, 4, 128, 32)
        values_2: float32 (N, 4, 128, 32)
        keys_3: float32 (N, 4, 128, 32)
        values_3: float32 (N, 4, 128, 32)
        keys_4: float32 (N, 4, 128, 32)
        values_4: float32 (N, 4, 128, 32)
        """
        s = self._step_slots(
            x,
            start,
            keys_1,
            values_1,
            keys_2,
            values_2,
            keys_3,
            values_3,
            keys_4,
            values_4,
        )
        out = self._step_body(
            s,
            x,
            start,
            keys_1,
            values_1,
            keys_2,
            values_2,
            keys_3,
            values_3,
            keys_4,
            values_4,
        )
        return {
            "logits": out[0].copy(),
            "keys_1": out[1].copy(),
            "values_1": out[2].copy(),
            "keys_2": out[3].copy(),
            "values_2": out[4].copy(),
            "keys_3": out[5].copy(),
            "values_3": out[6].copy(),
            "keys_4": out[7].copy(),
            "values_4": out[8].copy(),
        }

    def _step_body(
        self,
        s,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The computation of step."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        np.take(p.gpt_characters_W, x, axis=0, out=s.characters, mode="clip")

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # characters_mean = mean(characters, axis 2)                         (N, T, 1)
        # characters_var = mean(square(characters                            (N, T, 1)
        #     - characters_mean), axis 2)
        # characters_inv_std = 1 / sqrt(characters_var + 1e-05)              (N, T, 1)
        # characters_hat = (characters - mean) / sqrt(var + 1e-05)         (N, T, 128)
        # characters_norm = characters_hat * gamma + beta                  (N, T, 128)
        np.dot(s.characters_reshape, s.ones, out=s.characters_row_sum)
        np.divide(s.characters_reshape_2, 128.0, out=s.characters_mean)
        np.subtract(s.characters, s.characters_mean, out=s.characters_hat)
        np.square(s.characters_hat, out=s.characters_hat_square)
        np.dot(s.characters_hat_reshape, s.ones, out=s.characters_hat_row_sum)
        np.divide(s.characters_hat_reshape_2, 128.0, out=s.characters_var)
        np.add(s.characters_var, 1e-05, out=s.characters_inv_std)
        np.sqrt(s.characters_inv_std, out=s.characters_inv_std)
        np.divide(1.0, s.characters_inv_std, out=s.characters_inv_std)
        np.multiply(s.characters_hat, s.characters_inv_std, out=s.characters_hat)
        np.multiply(
            s.characters_hat,
            p.gpt_blocks_1_norm_1_gamma,
            out=s.characters_norm,
        )
        np.add(s.characters_norm, p.gpt_blocks_1_norm_1_beta, out=s.characters_norm)

        # gpt.blocks_1.attention                                               gpt.py:40
        # qkv = characters_norm W_qkv + b_qkv                              (N, T, 384)
        # scores = q_concat * 0.176777 keys_1_transpose                 (N, 4, T, 128)
        # weights = softmax(scores + gpt_blocks_1_attention_where)      (N, 4, T, 128)
        # attended = weights values_1_2                                  (N, 4, T, 32)
        # attention = heads W_o + b_o                                      (N, T, 128)
        np.dot(
            s.characters_norm_rows,
            p.gpt_blocks_1_attention_W_qkv,
            out=s.characters_norm_rows_product,
        )
        np.add(
            s.characters_norm_rows_reshape,
            p.gpt_blocks_1_attention_b_qkv,
            out=s.qkv,
        )
        np.add(s.iota, start, out=s.gpt_blocks_1_attention_plus)
        np.copyto(
            s.gpt_blocks_1_attention_cast,
            s.gpt_blocks_1_attention_plus,
            casting="unsafe",
        )
        np.multiply(
            s.gpt_blocks_1_attention_reshape,
            s.row_starts_exp,
            out=s.gpt_blocks_1_attention_times,
        )
        np.cos(s.gpt_blocks_1_attention_times, out=s.gpt_blocks_1_attention_cos)
        np.multiply(s.q_slice, s.gpt_blocks_1_attention_cos, out=s.q_times)
        np.sin(s.gpt_blocks_1_attention_times, out=s.gpt_blocks_1_attention_sin)
        np.multiply(s.q_slice_2, s.gpt_blocks_1_attention_sin, out=s.q_times_2)
        np.subtract(s.q_times, s.q_times_2, out=s.q_minus_times_2)
        np.multiply(s.q_slice_2, s.gpt_blocks_1_attention_cos, out=s.q_times_3)
        np.multiply(s.q_slice, s.gpt_blocks_1_attention_sin, out=s.q_times_4)
        np.add(s.q_times_3, s.q_times_4, out=s.q_plus_times_4)
        np.concatenate((s.q_minus_times_2, s.q_plus_times_4), axis=3, out=s.q_concat)
        np.multiply(s.q_concat, 0.17677669, out=s.q_times_5)
        np.multiply(start, 1, out=s.blocks_1_attention_position)
        np.greater_equal(
            s.iota_3,
            s.blocks_1_attention_position,
            out=s.gpt_blocks_1_attention_mask,
        )
        np.add(s.blocks_1_attention_position, s.t, out=s.gpt_blocks_1_attention_plus_2)
        np.less(
            s.iota_3,
            s.gpt_blocks_1_attention_plus_2,
            out=s.gpt_blocks_1_attention_mask_2,
        )
        np.logical_and(
            s.gpt_blocks_1_attention_mask,
            s.gpt_blocks_1_attention_mask_2,
            out=s.blocks_1_attention_logical_and,
        )
        np.multiply(s.k_slice, s.gpt_blocks_1_attention_cos, out=s.k_times)
        np.multiply(s.k_slice_2, s.gpt_blocks_1_attention_sin, out=s.k_times_2)
        np.subtract(s.k_times, s.k_times_2, out=s.k_minus_times_2)
        np.multiply(s.k_slice_2, s.gpt_blocks_1_attention_cos, out=s.k_times_3)
        np.multiply(s.k_slice, s.gpt_blocks_1_attention_sin, out=s.k_times_4)
        np.add(s.k_times_3, s.k_times_4, out=s.k_plus_times_4)
        np.concatenate((s.k_minus_times_2, s.k_plus_times_4), axis=3, out=s.k_concat)
        np.subtract(
            s.iota_3,
            s.blocks_1_attention_position,
            out=s.gpt_blocks_1_attention_minus,
        )
        np.maximum(
            s.gpt_blocks_1_attention_minus,
            0,
            out=s.gpt_blocks_1_attention_maximum,
        )
        np.minimum(
            s.gpt_blocks_1_attention_maximum,
            s.t - 1,
            out=s.gpt_blocks_1_attention_minimum,
        )
        np.take(
            s.k_concat,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.k_take,
            mode="clip",
        )
        np.copyto(s.keys_1_2, keys_1)
        np.copyto(s.keys_1_2, s.k_take, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.q_times_5, s.keys_1_transpose, out=s.scores)
        np.add(
            s.blocks_1_attention_position,
            s.iota,
            out=s.gpt_blocks_1_attention_plus_3,
        )
        np.greater_equal(
            s.blocks_1_attention_reshape_3,
            s.iota_3,
            out=s.gpt_blocks_1_attention_mask_3,
        )
        np.copyto(s.gpt_blocks_1_attention_where, np.float32(-1.7014117e38))
        np.copyto(
            s.gpt_blocks_1_attention_where,
            np.float32(0.0),
            where=s.gpt_blocks_1_attention_mask_3,
        )
        np.add(s.scores, s.gpt_blocks_1_attention_where, out=s.weights)
        s.weights.max(axis=3, keepdims=True, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        np.dot(s.weights_reshape, s.ones, out=s.weights_row_sum)
        np.divide(s.weights, s.weights_reshape_2, out=s.weights)
        np.copyto(s.v_copy, s.v)
        np.take(
            s.v_copy,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.v_take,
            mode="clip",
        )
        np.copyto(s.values_1_2, values_1)
        np.copyto(s.values_1_2, s.v_take, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.weights, s.values_1_2, out=s.attended)
        s.gpt_blocks_1_attention_mask_3.any(
            axis=1,
            keepdims=True,
            out=s.gpt_blocks_1_attention_any,
        )
        np.multiply(s.attended, s.gpt_blocks_1_attention_any, out=s.attended_masked)
        np.copyto(s.attended_copy, s.attended_transpose)
        np.dot(s.heads_rows, p.gpt_blocks_1_attention_W_o, out=s.heads_rows_product)
        np.add(s.heads_rows_reshape, p.gpt_blocks_1_attention_b_o, out=s.attention)

        # gpt.blocks_1: blocks_1 = characters + attention        (N, T, 128)   gpt.py:40
        np.add(s.characters, s.attention, out=s.blocks_1)

        # gpt.blocks_1.norm_2: norm_2 = norm_2 + beta            (N, T, 128)   gpt.py:40
        np.dot(s.blocks_1_reshape, s.ones, out=s.blocks_1_row_sum)
        np.divide(s.blocks_1_reshape_2, 128.0, out=s.blocks_1_over)
        np.subtract(s.blocks_1, s.blocks_1_over, out=s.norm_2)
        np.square(s.norm_2, out=s.norm_2_square)
        np.dot(s.norm_2_reshape, s.ones, out=s.norm_2_row_sum)
        np.divide(s.norm_2_reshape_2, 128.0, out=s.norm_2_over)
        np.add(s.norm_2_over, 1e-05, out=s.norm_2_plus)
        np.sqrt(s.norm_2_plus, out=s.norm_2_sqrt)
        np.divide(1.0, s.norm_2_sqrt, out=s.norm_2_over_sqrt)
        np.multiply(s.norm_2, s.norm_2_over_sqrt, out=s.norm_2)
        np.multiply(s.norm_2, p.gpt_blocks_1_norm_2_gamma, out=s.norm_2)
        np.add(s.norm_2, p.gpt_blocks_1_norm_2_beta, out=s.norm_2)

        # gpt.blocks_1.feed_forward.up                                         gpt.py:40
        # z1 = norm_2 W + b                                                (N, T, 512)
        # h1 = gelu_tanh(z1)                                               (N, T, 512)
        np.dot(
            s.norm_2_rows,
            p.gpt_blocks_1_feed_forward_up_W,
            out=s.norm_2_rows_product,
        )
        np.add(s.norm_2_rows_reshape, p.gpt_blocks_1_feed_forward_up_b, out=s.z1)
        np.clip(s.z1, -30.0, 10.0, out=s.z1_clip)
        np.square(s.z1_clip, out=s.z1_square)
        np.multiply(0.071354814, s.z1_square, out=s.z1_times_square)
        np.add(1.5957692, s.z1_times_square, out=s.z1_plus)
        np.multiply(s.z1_clip, s.z1_plus, out=s.z1_times_plus)
        np.exp(s.z1_times_plus, out=s.z1_exp)
        np.add(1.0, s.z1_exp, out=s.z1_plus_exp)
        np.divide(s.z1_exp, s.z1_plus_exp, out=s.z1_over_plus_exp)
        np.multiply(s.z1, s.z1_over_plus_exp, out=s.h1)

        # gpt.blocks_1.feed_forward.down: h2 = h1 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h1_rows, p.gpt_blocks_1_feed_forward_down_W, out=s.h1_rows_product)
        np.add(s.h1_rows_reshape, p.gpt_blocks_1_feed_forward_down_b, out=s.h2)

        # gpt.blocks_1: blocks_1 = blocks_1 + h2                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.h2, out=s.blocks_1)

        # gpt.blocks_2.norm_1                                                  gpt.py:40
        # blocks_1_mean = mean(blocks_1, axis 2)                             (N, T, 1)
        # blocks_1_var = mean(square(blocks_1 - blocks_1_mean), axis 2)      (N, T, 1)
        # blocks_1_inv_std = 1 / sqrt(blocks_1_var + 1e-05)                  (N, T, 1)
        # blocks_1_hat = (blocks_1 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_1_norm = blocks_1_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_1_reshape_3, s.ones, out=s.blocks_1_row_sum_2)
        np.divide(s.blocks_1_reshape_4, 128.0, out=s.blocks_1_mean)
        np.subtract(s.blocks_1, s.blocks_1_mean, out=s.blocks_1_hat)
        np.square(s.blocks_1_hat, out=s.blocks_1_hat_square)
        np.dot(s.blocks_1_hat_reshape, s.ones, out=s.blocks_1_hat_row_sum)
        np.divide(s.blocks_1_hat_reshape_2, 128.0, out=s.blocks_1_var)
        np.add(s.blocks_1_var, 1e-05, out=s.blocks_1_inv_std)
        np.sqrt(s.blocks_1_inv_std, out=s.blocks_1_inv_std)
        np.divide(1.0, s.blocks_1_inv_std, out=s.blocks_1_inv_std)
        np.multiply(s.blocks_1_hat, s.blocks_1_inv_std, out=s.blocks_1_hat)
        np.multiply(s.blocks_1_hat, p.gpt_blocks_2_norm_1_gamma, out=s.blocks_1_norm)
        np.add(s.blocks_1_norm, p.gpt_blocks_2_norm_1_beta, out=s.blocks_1_norm)

        # gpt.blocks_2.attention                                               gpt.py:40
        # qkv_2 = blocks_1_norm W_qkv + b_qkv                              (N, T, 384)
        # scores_2 = q_concat_2 * 0.176777 keys_2_transpose             (N, 4, T, 128)
        # weights_2 = softmax(scores + gpt_blocks_1_attention_where)    (N, 4, T, 128)
        # attended_2 = weights_2 values_2_2                              (N, 4, T, 32)
        # attention_2 = heads W_o + b_o                                    (N, T, 128)
        np.dot(
            s.blocks_1_norm_rows,
            p.gpt_blocks_2_attention_W_qkv,
            out=s.blocks_1_norm_rows_product,
        )
        np.add(
            s.blocks_1_norm_rows_reshape,
            p.gpt_blocks_2_attention_b_qkv,
            out=s.qkv_2,
        )
        np.multiply(s.q_slice_3, s.gpt_blocks_1_attention_cos, out=s.q_times_6)
        np.multiply(s.q_slice_4, s.gpt_blocks_1_attention_sin, out=s.q_times_7)
        np.subtract(s.q_times_6, s.q_times_7, out=s.q_minus_times_7)
        np.multiply(s.q_slice_4, s.gpt_blocks_1_attention_cos, out=s.q_times_8)
        np.multiply(s.q_slice_3, s.gpt_blocks_1_attention_sin, out=s.q_times_9)
        np.add(s.q_times_8, s.q_times_9, out=s.q_plus_times_9)
        np.concatenate((s.q_minus_times_7, s.q_plus_times_9), axis=3, out=s.q_concat_2)
        np.multiply(s.q_concat_2, 0.17677669, out=s.q_times_10)
        np.multiply(s.k_slice_3, s.gpt_blocks_1_attention_cos, out=s.k_times_5)
        np.multiply(s.k_slice_4, s.gpt_blocks_1_attention_sin, out=s.k_times_6)
        np.subtract(s.k_times_5, s.k_times_6, out=s.k_minus_times_6)
        np.multiply(s.k_slice_4, s.gpt_blocks_1_attention_cos, out=s.k_times_7)
        np.multiply(s.k_slice_3, s.gpt_blocks_1_attention_sin, out=s.k_times_8)
        np.add(s.k_times_7, s.k_times_8, out=s.k_plus_times_8)
        np.concatenate((s.k_minus_times_6, s.k_plus_times_8), axis=3, out=s.k_concat_2)
        np.take(
            s.k_concat_2,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.k_take_2,
            mode="clip",
        )
        np.copyto(s.keys_2_2, keys_2)
        np.copyto(s.keys_2_2, s.k_take_2, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.q_times_10, s.keys_2_transpose, out=s.scores_2)
        np.add(s.scores_2, s.gpt_blocks_1_attention_where, out=s.weights_2)
        s.weights_2.max(axis=3, keepdims=True, out=s.weights_max_2)
        np.subtract(s.weights_2, s.weights_max_2, out=s.weights_2)
        np.exp(s.weights_2, out=s.weights_2)
        np.dot(s.weights_reshape_3, s.ones, out=s.weights_row_sum_2)
        np.divide(s.weights_2, s.weights_reshape_4, out=s.weights_2)
        np.copyto(s.v_copy_2, s.v_2)
        np.take(
            s.v_copy_2,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.v_take_2,
            mode="clip",
        )
        np.copyto(s.values_2_2, values_2)
        np.copyto(s.values_2_2, s.v_take_2, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.weights_2, s.values_2_2, out=s.attended_2)
        np.multiply(s.attended_2, s.gpt_blocks_1_attention_any, out=s.attended_masked_2)
        np.copyto(s.attended_copy_2, s.attended_transpose_2)
        np.dot(s.heads_rows_2, p.gpt_blocks_2_attention_W_o, out=s.heads_rows_product_2)
        np.add(s.heads_rows_reshape_2, p.gpt_blocks_2_attention_b_o, out=s.attention_2)

        # gpt.blocks_2: blocks_2 = blocks_1 + attention_2        (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.attention_2, out=s.blocks_2)

        # gpt.blocks_2.norm_2                                                  gpt.py:40
        # norm_2_2 = ((blocks_1 + attention) - mean) / sqrt(var            (N, T, 128)
        #     + 1e-05) * gamma + beta
        np.dot(s.blocks_2_reshape, s.ones, out=s.blocks_2_row_sum)
        np.divide(s.blocks_2_reshape_2, 128.0, out=s.blocks_2_over)
        np.subtract(s.blocks_2, s.blocks_2_over, out=s.norm_2_2)
        np.square(s.norm_2_2, out=s.norm_2_square_2)
        np.dot(s.norm_2_reshape_3, s.ones, out=s.norm_2_row_sum_2)
        np.divide(s.norm_2_reshape_4, 128.0, out=s.norm_2_over_2)
        np.add(s.norm_2_over_2, 1e-05, out=s.norm_2_plus_2)
        np.sqrt(s.norm_2_plus_2, out=s.norm_2_sqrt_2)
        np.divide(1.0, s.norm_2_sqrt_2, out=s.norm_2_over_sqrt_2)
        np.multiply(s.norm_2_2, s.norm_2_over_sqrt_2, out=s.norm_2_2)
        np.multiply(s.norm_2_2, p.gpt_blocks_2_norm_2_gamma, out=s.norm_2_2)
        np.add(s.norm_2_2, p.gpt_blocks_2_norm_2_beta, out=s.norm_2_2)

        # gpt.blocks_2.feed_forward.up                                         gpt.py:40
        # z3 = norm_2 W + b                                                (N, T, 512)
        # h3 = gelu_tanh(z3)                                               (N, T, 512)
        np.dot(
            s.norm_2_rows_2,
            p.gpt_blocks_2_feed_forward_up_W,
            out=s.norm_2_rows_product_2,
        )
        np.add(s.norm_2_rows_reshape_2, p.gpt_blocks_2_feed_forward_up_b, out=s.z3)
        np.clip(s.z3, -30.0, 10.0, out=s.z3_clip)
        np.square(s.z3_clip, out=s.z3_square)
        np.multiply(0.071354814, s.z3_square, out=s.z3_times_square)
        np.add(1.5957692, s.z3_times_square, out=s.z3_plus)
        np.multiply(s.z3_clip, s.z3_plus, out=s.z3_times_plus)
        np.exp(s.z3_times_plus, out=s.z3_exp)
        np.add(1.0, s.z3_exp, out=s.z3_plus_exp)
        np.divide(s.z3_exp, s.z3_plus_exp, out=s.z3_over_plus_exp)
        np.multiply(s.z3, s.z3_over_plus_exp, out=s.h3)

        # gpt.blocks_2.feed_forward.down: h4 = h3 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h3_rows, p.gpt_blocks_2_feed_forward_down_W, out=s.h3_rows_product)
        np.add(s.h3_rows_reshape, p.gpt_blocks_2_feed_forward_down_b, out=s.h4)

        # gpt.blocks_2: blocks_2 = blocks_2 + h4                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.h4, out=s.blocks_2)

        # gpt.blocks_3.norm_1                                                  gpt.py:40
        # blocks_2_mean = mean(blocks_2, axis 2)                             (N, T, 1)
        # blocks_2_var = mean(square(blocks_2 - blocks_2_mean), axis 2)      (N, T, 1)
        # blocks_2_inv_std = 1 / sqrt(blocks_2_var + 1e-05)                  (N, T, 1)
        # blocks_2_hat = (blocks_2 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_2_norm = blocks_2_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_2_reshape_3, s.ones, out=s.blocks_2_row_sum_2)
        np.divide(s.blocks_2_reshape_4, 128.0, out=s.blocks_2_mean)
        np.subtract(s.blocks_2, s.blocks_2_mean, out=s.blocks_2_hat)
        np.square(s.blocks_2_hat, out=s.blocks_2_hat_square)
        np.dot(s.blocks_2_hat_reshape, s.ones, out=s.blocks_2_hat_row_sum)
        np.divide(s.blocks_2_hat_reshape_2, 128.0, out=s.blocks_2_var)
        np.add(s.blocks_2_var, 1e-05, out=s.blocks_2_inv_std)
        np.sqrt(s.blocks_2_inv_std, out=s.blocks_2_inv_std)
        np.divide(1.0, s.blocks_2_inv_std, out=s.blocks_2_inv_std)
        np.multiply(s.blocks_2_hat, s.blocks_2_inv_std, out=s.blocks_2_hat)
        np.multiply(s.blocks_2_hat, p.gpt_blocks_3_norm_1_gamma, out=s.blocks_2_norm)
        np.add(s.blocks_2_norm, p.gpt_blocks_3_norm_1_beta, out=s.blocks_2_norm)

        # gpt.blocks_3.attention                                               gpt.py:40
        # qkv_3 = blocks_2_norm W_qkv + b_qkv                              (N, T, 384)
        # scores_3 = q_concat_3 * 0.176777 keys_3_transpose             (N, 4, T, 128)
        # weights_3 = softmax(scores + gpt_blocks_1_attention_where)    (N, 4, T, 128)
        # attended_3 = weights_3 values_3_2                              (N, 4, T, 32)
        # attention_3 = heads W_o + b_o                                    (N, T, 128)
        np.dot(
            s.blocks_2_norm_rows,
            p.gpt_blocks_3_attention_W_qkv,
            out=s.blocks_2_norm_rows_product,
        )
        np.add(
            s.blocks_2_norm_rows_reshape,
            p.gpt_blocks_3_attention_b_qkv,
            out=s.qkv_3,
        )
        np.multiply(s.q_slice_5, s.gpt_blocks_1_attention_cos, out=s.q_times_11)
        np.multiply(s.q_slice_6, s.gpt_blocks_1_attention_sin, out=s.q_times_12)
        np.subtract(s.q_times_11, s.q_times_12, out=s.q_minus_times_12)
        np.multiply(s.q_slice_6, s.gpt_blocks_1_attention_cos, out=s.q_times_13)
        np.multiply(s.q_slice_5, s.gpt_blocks_1_attention_sin, out=s.q_times_14)
        np.add(s.q_times_13, s.q_times_14, out=s.q_plus_times_14)
        np.concatenate(
            (s.q_minus_times_12, s.q_plus_times_14),
            axis=3,
            out=s.q_concat_3,
        )
        np.multiply(s.q_concat_3, 0.17677669, out=s.q_times_15)
        np.multiply(s.k_slice_5, s.gpt_blocks_1_attention_cos, out=s.k_times_9)
        np.multiply(s.k_slice_6, s.gpt_blocks_1_attention_sin, out=s.k_times_10)
        np.subtract(s.k_times_9, s.k_times_10, out=s.k_minus_times_10)
        np.multiply(s.k_slice_6, s.gpt_blocks_1_attention_cos, out=s.k_times_11)
        np.multiply(s.k_slice_5, s.gpt_blocks_1_attention_sin, out=s.k_times_12)
        np.add(s.k_times_11, s.k_times_12, out=s.k_plus_times_12)
        np.concatenate(
            (s.k_minus_times_10, s.k_plus_times_12),
            axis=3,
            out=s.k_concat_3,
        )
        np.take(
            s.k_concat_3,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.k_take_3,
            mode="clip",
        )
        np.copyto(s.keys_3_2, keys_3)
        np.copyto(s.keys_3_2, s.k_take_3, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.q_times_15, s.keys_3_transpose, out=s.scores_3)
        np.add(s.scores_3, s.gpt_blocks_1_attention_where, out=s.weights_3)
        s.weights_3.max(axis=3, keepdims=True, out=s.weights_max_3)
        np.subtract(s.weights_3, s.weights_max_3, out=s.weights_3)
        np.exp(s.weights_3, out=s.weights_3)
        np.dot(s.weights_reshape_5, s.ones, out=s.weights_row_sum_3)
        np.divide(s.weights_3, s.weights_reshape_6, out=s.weights_3)
        np.copyto(s.v_copy_3, s.v_3)
        np.take(
            s.v_copy_3,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.v_take_3,
            mode="clip",
        )
        np.copyto(s.values_3_2, values_3)
        np.copyto(s.values_3_2, s.v_take_3, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.weights_3, s.values_3_2, out=s.attended_3)
        np.multiply(s.attended_3, s.gpt_blocks_1_attention_any, out=s.attended_masked_3)
        np.copyto(s.attended_copy_3, s.attended_transpose_3)
        np.dot(s.heads_rows_3, p.gpt_blocks_3_attention_W_o, out=s.heads_rows_product_3)
        np.add(s.heads_rows_reshape_3, p.gpt_blocks_3_attention_b_o, out=s.attention_3)

        # gpt.blocks_3: blocks_3 = blocks_2 + attention_3        (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.attention_3, out=s.blocks_3)

        # gpt.blocks_3.norm_2                                                  gpt.py:40
        # norm_2_3 = ((blocks_2 + attention) - mean) / sqrt(var            (N, T, 128)
        #     + 1e-05) * gamma + beta
        np.dot(s.blocks_3_reshape, s.ones, out=s.blocks_3_row_sum)
        np.divide(s.blocks_3_reshape_2, 128.0, out=s.blocks_3_over)
        np.subtract(s.blocks_3, s.blocks_3_over, out=s.norm_2_3)
        np.square(s.norm_2_3, out=s.norm_2_square_3)
        np.dot(s.norm_2_reshape_5, s.ones, out=s.norm_2_row_sum_3)
        np.divide(s.norm_2_reshape_6, 128.0, out=s.norm_2_over_3)
        np.add(s.norm_2_over_3, 1e-05, out=s.norm_2_plus_3)
        np.sqrt(s.norm_2_plus_3, out=s.norm_2_sqrt_3)
        np.divide(1.0, s.norm_2_sqrt_3, out=s.norm_2_over_sqrt_3)
        np.multiply(s.norm_2_3, s.norm_2_over_sqrt_3, out=s.norm_2_3)
        np.multiply(s.norm_2_3, p.gpt_blocks_3_norm_2_gamma, out=s.norm_2_3)
        np.add(s.norm_2_3, p.gpt_blocks_3_norm_2_beta, out=s.norm_2_3)

        # gpt.blocks_3.feed_forward.up                                         gpt.py:40
        # z5 = norm_2 W + b                                                (N, T, 512)
        # h5 = gelu_tanh(z5)                                               (N, T, 512)
        np.dot(
            s.norm_2_rows_3,
            p.gpt_blocks_3_feed_forward_up_W,
            out=s.norm_2_rows_product_3,
        )
        np.add(s.norm_2_rows_reshape_3, p.gpt_blocks_3_feed_forward_up_b, out=s.z5)
        np.clip(s.z5, -30.0, 10.0, out=s.z5_clip)
        np.square(s.z5_clip, out=s.z5_square)
        np.multiply(0.071354814, s.z5_square, out=s.z5_times_square)
        np.add(1.5957692, s.z5_times_square, out=s.z5_plus)
        np.multiply(s.z5_clip, s.z5_plus, out=s.z5_times_plus)
        np.exp(s.z5_times_plus, out=s.z5_exp)
        np.add(1.0, s.z5_exp, out=s.z5_plus_exp)
        np.divide(s.z5_exp, s.z5_plus_exp, out=s.z5_over_plus_exp)
        np.multiply(s.z5, s.z5_over_plus_exp, out=s.h5)

        # gpt.blocks_3.feed_forward.down: h6 = h5 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h5_rows, p.gpt_blocks_3_feed_forward_down_W, out=s.h5_rows_product)
        np.add(s.h5_rows_reshape, p.gpt_blocks_3_feed_forward_down_b, out=s.h6)

        # gpt.blocks_3: blocks_3 = blocks_3 + h6                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.h6, out=s.blocks_3)

        # gpt.blocks_4.norm_1                                                  gpt.py:40
        # blocks_3_mean = mean(blocks_3, axis 2)                             (N, T, 1)
        # blocks_3_var = mean(square(blocks_3 - blocks_3_mean), axis 2)      (N, T, 1)
        # blocks_3_inv_std = 1 / sqrt(blocks_3_var + 1e-05)                  (N, T, 1)
        # blocks_3_hat = (blocks_3 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_3_norm = blocks_3_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_3_reshape_3, s.ones, out=s.blocks_3_row_sum_2)
        np.divide(s.blocks_3_reshape_4, 128.0, out=s.blocks_3_mean)
        np.subtract(s.blocks_3, s.blocks_3_mean, out=s.blocks_3_hat)
        np.square(s.blocks_3_hat, out=s.blocks_3_hat_square)
        np.dot(s.blocks_3_hat_reshape, s.ones, out=s.blocks_3_hat_row_sum)
        np.divide(s.blocks_3_hat_reshape_2, 128.0, out=s.blocks_3_var)
        np.add(s.blocks_3_var, 1e-05, out=s.blocks_3_inv_std)
        np.sqrt(s.blocks_3_inv_std, out=s.blocks_3_inv_std)
        np.divide(1.0, s.blocks_3_inv_std, out=s.blocks_3_inv_std)
        np.multiply(s.blocks_3_hat, s.blocks_3_inv_std, out=s.blocks_3_hat)
        np.multiply(s.blocks_3_hat, p.gpt_blocks_4_norm_1_gamma, out=s.blocks_3_norm)
        np.add(s.blocks_3_norm, p.gpt_blocks_4_norm_1_beta, out=s.blocks_3_norm)

        # gpt.blocks_4.attention                                               gpt.py:40
        # qkv_4 = blocks_3_norm W_qkv + b_qkv                              (N, T, 384)
        # scores_4 = q_concat_4 * 0.176777 keys_4_transpose             (N, 4, T, 128)
        # weights_4 = softmax(scores + gpt_blocks_1_attention_where)    (N, 4, T, 128)
        # attended_4 = weights_4 values_4_2                              (N, 4, T, 32)
        # attention_4 = heads W_o + b_o                                    (N, T, 128)
        np.dot(
            s.blocks_3_norm_rows,
            p.gpt_blocks_4_attention_W_qkv,
            out=s.blocks_3_norm_rows_product,
        )
        np.add(
            s.blocks_3_norm_rows_reshape,
            p.gpt_blocks_4_attention_b_qkv,
            out=s.qkv_4,
        )
        np.multiply(s.q_slice_7, s.gpt_blocks_1_attention_cos, out=s.q_times_16)
        np.multiply(s.q_slice_8, s.gpt_blocks_1_attention_sin, out=s.q_times_17)
        np.subtract(s.q_times_16, s.q_times_17, out=s.q_minus_times_17)
        np.multiply(s.q_slice_8, s.gpt_blocks_1_attention_cos, out=s.q_times_18)
        np.multiply(s.q_slice_7, s.gpt_blocks_1_attention_sin, out=s.q_times_19)
        np.add(s.q_times_18, s.q_times_19, out=s.q_plus_times_19)
        np.concatenate(
            (s.q_minus_times_17, s.q_plus_times_19),
            axis=3,
            out=s.q_concat_4,
        )
        np.multiply(s.q_concat_4, 0.17677669, out=s.q_times_20)
        np.multiply(s.k_slice_7, s.gpt_blocks_1_attention_cos, out=s.k_times_13)
        np.multiply(s.k_slice_8, s.gpt_blocks_1_attention_sin, out=s.k_times_14)
        np.subtract(s.k_times_13, s.k_times_14, out=s.k_minus_times_14)
        np.multiply(s.k_slice_8, s.gpt_blocks_1_attention_cos, out=s.k_times_15)
        np.multiply(s.k_slice_7, s.gpt_blocks_1_attention_sin, out=s.k_times_16)
        np.add(s.k_times_15, s.k_times_16, out=s.k_plus_times_16)
        np.concatenate(
            (s.k_minus_times_14, s.k_plus_times_16),
            axis=3,
            out=s.k_concat_4,
        )
        np.take(
            s.k_concat_4,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.k_take_4,
            mode="clip",
        )
        np.copyto(s.keys_4_2, keys_4)
        np.copyto(s.keys_4_2, s.k_take_4, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.q_times_20, s.keys_4_transpose, out=s.scores_4)
        np.add(s.scores_4, s.gpt_blocks_1_attention_where, out=s.weights_4)
        s.weights_4.max(axis=3, keepdims=True, out=s.weights_max_4)
        np.subtract(s.weights_4, s.weights_max_4, out=s.weights_4)
        np.exp(s.weights_4, out=s.weights_4)
        np.dot(s.weights_reshape_7, s.ones, out=s.weights_row_sum_4)
        np.divide(s.weights_4, s.weights_reshape_8, out=s.weights_4)
        np.copyto(s.v_copy_4, s.v_4)
        np.take(
            s.v_copy_4,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.v_take_4,
            mode="clip",
        )
        np.copyto(s.values_4_2, values_4)
        np.copyto(s.values_4_2, s.v_take_4, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.weights_4, s.values_4_2, out=s.attended_4)
        np.multiply(s.attended_4, s.gpt_blocks_1_attention_any, out=s.attended_masked_4)
        np.copyto(s.attended_copy_4, s.attended_transpose_4)
        np.dot(s.heads_rows_4, p.gpt_blocks_4_attention_W_o, out=s.heads_rows_product_4)
        np.add(s.heads_rows_reshape_4, p.gpt_blocks_4_attention_b_o, out=s.attention_4)

        # gpt.blocks_4: blocks_4 = blocks_3 + attention_4        (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.attention_4, out=s.blocks_4)

        # gpt.blocks_4.norm_2                                                  gpt.py:40
        # norm_2_4 = ((blocks_3 + attention) - mean) / sqrt(var            (N, T, 128)
        #     + 1e-05) * gamma + beta
        np.dot(s.blocks_4_reshape, s.ones, out=s.blocks_4_row_sum)
        np.divide(s.blocks_4_reshape_2, 128.0, out=s.blocks_4_over)
        np.subtract(s.blocks_4, s.blocks_4_over, out=s.norm_2_4)
        np.square(s.norm_2_4, out=s.norm_2_square_4)
        np.dot(s.norm_2_reshape_7, s.ones, out=s.norm_2_row_sum_4)
        np.divide(s.norm_2_reshape_8, 128.0, out=s.norm_2_over_4)
        np.add(s.norm_2_over_4, 1e-05, out=s.norm_2_plus_4)
        np.sqrt(s.norm_2_plus_4, out=s.norm_2_sqrt_4)
        np.divide(1.0, s.norm_2_sqrt_4, out=s.norm_2_over_sqrt_4)
        np.multiply(s.norm_2_4, s.norm_2_over_sqrt_4, out=s.norm_2_4)
        np.multiply(s.norm_2_4, p.gpt_blocks_4_norm_2_gamma, out=s.norm_2_4)
        np.add(s.norm_2_4, p.gpt_blocks_4_norm_2_beta, out=s.norm_2_4)

        # gpt.blocks_4.feed_forward.up                                         gpt.py:40
        # z7 = norm_2 W + b                                                (N, T, 512)
        # h7 = gelu_tanh(z7)                                               (N, T, 512)
        np.dot(
            s.norm_2_rows_4,
            p.gpt_blocks_4_feed_forward_up_W,
            out=s.norm_2_rows_product_4,
        )
        np.add(s.norm_2_rows_reshape_4, p.gpt_blocks_4_feed_forward_up_b, out=s.z7)
        np.clip(s.z7, -30.0, 10.0, out=s.z7_clip)
        np.square(s.z7_clip, out=s.z7_square)
        np.multiply(0.071354814, s.z7_square, out=s.z7_times_square)
        np.add(1.5957692, s.z7_times_square, out=s.z7_plus)
        np.multiply(s.z7_clip, s.z7_plus, out=s.z7_times_plus)
        np.exp(s.z7_times_plus, out=s.z7_exp)
        np.add(1.0, s.z7_exp, out=s.z7_plus_exp)
        np.divide(s.z7_exp, s.z7_plus_exp, out=s.z7_over_plus_exp)
        np.multiply(s.z7, s.z7_over_plus_exp, out=s.h7)

        # gpt.blocks_4.feed_forward.down: h8 = h7 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h7_rows, p.gpt_blocks_4_feed_forward_down_W, out=s.h7_rows_product)
        np.add(s.h7_rows_reshape, p.gpt_blocks_4_feed_forward_down_b, out=s.h8)

        # gpt.blocks_4: blocks_4 = blocks_4 + h8                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_4, s.h8, out=s.blocks_4)

        # gpt.norm                                                             gpt.py:51
        # blocks_4_mean = mean(blocks_4, axis 2)                             (N, T, 1)
        # blocks_4_var = mean(square(blocks_4 - blocks_4_mean), axis 2)      (N, T, 1)
        # blocks_4_inv_std = 1 / sqrt(blocks_4_var + 1e-05)                  (N, T, 1)
        # blocks_4_hat = (blocks_4 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_4_norm = blocks_4_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_4_reshape_3, s.ones, out=s.blocks_4_row_sum_2)
        np.divide(s.blocks_4_reshape_4, 128.0, out=s.blocks_4_mean)
        np.subtract(s.blocks_4, s.blocks_4_mean, out=s.blocks_4_hat)
        np.square(s.blocks_4_hat, out=s.blocks_4_hat_square)
        np.dot(s.blocks_4_hat_reshape, s.ones, out=s.blocks_4_hat_row_sum)
        np.divide(s.blocks_4_hat_reshape_2, 128.0, out=s.blocks_4_var)
        np.add(s.blocks_4_var, 1e-05, out=s.blocks_4_inv_std)
        np.sqrt(s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.divide(1.0, s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.multiply(s.blocks_4_hat, s.blocks_4_inv_std, out=s.blocks_4_hat)
        np.multiply(s.blocks_4_hat, p.gpt_norm_gamma, out=s.blocks_4_norm)
        np.add(s.blocks_4_norm, p.gpt_norm_beta, out=s.blocks_4_norm)

        # gpt.scores                                                           gpt.py:52
        # blocks_4_norm_rows_product = blocks_4_norm_rows W               (N * T, 100)
        np.dot(s.blocks_4_norm_rows, p.gpt_scores_W, out=s.blocks_4_norm_rows_product)

        return (
            s.logits,
            s.keys_1_2,
            s.values_1_2,
            s.keys_2_2,
            s.values_2_2,
            s.keys_3_2,
            s.values_3_2,
            s.keys_4_2,
            s.values_4_2,
        )

    def _step_slots(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                x.dtype,
                x.shape,
                start.dtype,
                start.shape,
                keys_1.dtype,
                keys_1.shape,
                values_1.dtype,
                values_1.shape,
                keys_2.dtype,
                keys_2.shape,
                values_2.dtype,
                values_2.shape,
                keys_3.dtype,
                keys_3.shape,
                values_3.dtype,
                values_3.shape,
                keys_4.dtype,
                keys_4.shape,
                values_4.dtype,
                values_4.shape,
            )
            s = self._step[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_step(
                x,
                start,
                keys_1,
                values_1,
                keys_2,
                values_2,
                keys_3,
                values_3,
                keys_4,
                values_4,
            )
        _check_range("x", x, 100)
        _check_range("start", start, -s.t + 129)
        return s

    def _plan_step(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("start", start, np.int64, (), sizes)
        _check("keys_1", keys_1, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_1", values_1, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_2", keys_2, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_2", values_2, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_3", keys_3, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_3", values_3, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_4", keys_4, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_4", values_4, np.float32, ("N", 4, 128, 32), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        units = -(-(n * t) // 16) * 16  # aligned
        units_2 = -(-t // 16) * 16  # aligned
        units_3 = -(-n // 16) * 16  # aligned
        end = 6656 * units + 772 * units_2 + 589824 * units_3 + 1168
        memory = self._memory(end)
        end_2 = 6656 * units + 772 * units_2 + 589824 * units_3 + 1152
        s.characters = _window(memory, 0, np.float32, (n, t, 128))
        s.characters_reshape = s.characters.reshape(n * t, 128)
        s.ones = np.ones((128,), dtype=np.float32)
        s.characters_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.characters_reshape_2 = s.characters_row_sum.reshape(n, t, 1)
        s.characters_mean = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.characters_hat = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.characters_hat_square = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.characters_hat_reshape = s.characters_hat_square.reshape(n * t, 128)
        s.characters_hat_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.characters_hat_reshape_2 = s.characters_hat_row_sum.reshape(n, t, 1)
        s.characters_var = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.characters_inv_std = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.characters_norm = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.characters_norm_rows = s.characters_norm.reshape(n * t, 128)
        s.characters_norm_rows_product = _window(
            memory,
            2048 * units,
            np.float32,
            (n * t, 384),
        )
        s.characters_norm_rows_reshape = s.characters_norm_rows_product.reshape(
            n,
            t,
            384,
        )
        s.qkv = _window(memory, 512 * units, np.float32, (n, t, 384))
        s.qkv_reshape = s.qkv.reshape(n, t, 12, 32)
        s.qkv_slice = s.qkv_reshape[:, :, :4]
        s.q = s.qkv_slice.transpose(0, 2, 1, 3)
        s.q_slice = s.q[:, :, :, :16]
        s.iota = np.arange(t, dtype=np.int64)
        s.gpt_blocks_1_attention_plus = _window(memory, 6656 * units, np.int64, (t,))
        s.gpt_blocks_1_attention_cast = _window(
            memory,
            6656 * units + 64 * units_2,
            np.float32,
            (t,),
        )
        s.gpt_blocks_1_attention_reshape = s.gpt_blocks_1_attention_cast.reshape(t, 1)
        s.iota_2 = np.arange(16, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.5756463
        s.row_starts_exp = np.exp(s.row_starts)
        s.gpt_blocks_1_attention_times = _window(
            memory,
            6656 * units,
            np.float32,
            (t, 16),
        )
        s.gpt_blocks_1_attention_cos = _window(
            memory,
            6656 * units + 192 * units_2,
            np.float32,
            (t, 16),
        )
        s.q_times = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_slice_2 = s.q[:, :, :, 16:]
        s.gpt_blocks_1_attention_sin = _window(
            memory,
            6656 * units,
            np.float32,
            (t, 16),
        )
        s.q_times_2 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_2 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_times_3 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_times_4 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_4 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_concat = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.q_times_5 = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.iota_3 = np.arange(128, dtype=np.int64)
        s.blocks_1_attention_position = _window(memory, end_2, np.int64, ())
        s.gpt_blocks_1_attention_mask = _window(
            memory,
            6656 * units + 772 * units_2 + 589824 * units_3,
            np.bool_,
            (128,),
        )
        s.gpt_blocks_1_attention_plus_2 = _window(memory, end_2 + 8, np.int64, ())
        s.gpt_blocks_1_attention_mask_2 = _window(
            memory,
            6656 * units + 772 * units_2 + 589824 * units_3 + 128,
            np.bool_,
            (128,),
        )
        s.blocks_1_attention_logical_and = _window(
            memory,
            6656 * units + 772 * units_2 + 589824 * units_3,
            np.bool_,
            (128,),
        )
        s.blocks_1_attention_reshape_2 = s.blocks_1_attention_logical_and.reshape(
            128,
            1,
        )
        s.qkv_slice_2 = s.qkv_reshape[:, :, 4:8]
        s.k = s.qkv_slice_2.transpose(0, 2, 1, 3)
        s.k_slice = s.k[:, :, :, :16]
        s.k_times = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.k_slice_2 = s.k[:, :, :, 16:]
        s.k_times_2 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_2 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.k_times_3 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_times_4 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_4 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_concat = _window(memory, 2560 * units, np.float32, (n, 4, t, 32))
        s.gpt_blocks_1_attention_minus = _window(
            memory,
            6656 * units + 772 * units_2 + 589824 * units_3 + 128,
            np.int64,
            (128,),
        )
        s.gpt_blocks_1_attention_maximum = _window(
            memory,
            6656 * units + 772 * units_2 + 589824 * units_3 + 128,
            np.int64,
            (128,),
        )
        s.gpt_blocks_1_attention_minimum = _window(
            memory,
            6656 * units + 772 * units_2 + 589824 * units_3 + 128,
            np.int64,
            (128,),
        )
        s.k_take = _window(
            memory,
            6656 * units + 772 * units_2 + 65536 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.keys_1_2 = _window(
            memory,
            6656 * units + 772 * units_2,
            np.float32,
            (n, 4, 128, 32),
        )
        s.keys_1_transpose = s.keys_1_2.transpose(0, 1, 3, 2)
        s.scores = _window(memory, 2048 * units, np.float32, (n, 4, t, 128))
        s.gpt_blocks_1_attention_plus_3 = _window(
            memory,
            6656 * units + 256 * units_2,
            np.int64,
            (t,),
        )
        s.blocks_1_attention_reshape_3 = s.gpt_blocks_1_attention_plus_3.reshape(t, 1)
        s.gpt_blocks_1_attention_mask_3 = _window(
            memory,
            6656 * units + 64 * units_2,
            np.bool_,
            (t, 128),
        )
        s.gpt_blocks_1_attention_where = _window(
            memory,
            6656 * units + 256 * units_2,
            np.float32,
            (t, 128),
        )
        s.weights = _window(memory, 2048 * units, np.float32, (n, 4, t, 128))
        s.weights_max = _window(memory, 4096 * units, np.float32, (n, 4, t, 1))
        s.weights_reshape = s.weights.reshape(4 * n * t, 128)
        s.weights_row_sum = _window(memory, 4096 * units, np.float32, (4 * n * t,))
        s.weights_reshape_2 = s.weights_row_sum.reshape(n, 4, t, 1)
        s.qkv_slice_3 = s.qkv_reshape[:, :, 8:]
        s.v = s.qkv_slice_3.transpose(0, 2, 1, 3)
        s.v_copy = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.v_take = _window(
            memory,
            6656 * units + 772 * units_2 + 131072 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.values_1_2 = _window(
            memory,
            6656 * units + 772 * units_2 + 65536 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.attended = _window(memory, 512 * units, np.float32, (n, 4, t, 32))
        s.gpt_blocks_1_attention_any = _window(
            memory,
            6656 * units + 768 * units_2,
            np.bool_,
            (t, 1),
        )
        s.attended_masked = _window(memory, 512 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose = s.attended_masked.transpose(0, 2, 1, 3)
        s.attended_copy = _window(memory, 1024 * units, np.float32, (n, t, 4, 32))
        s.heads_rows = s.attended_copy.reshape(n * t, 128)
        s.heads_rows_product = _window(memory, 512 * units, np.float32, (n * t, 128))
        s.heads_rows_reshape = s.heads_rows_product.reshape(n, t, 128)
        s.attention = _window(memory, 1024 * units, np.float32, (n, t, 128))
        s.blocks_1 = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_1_reshape = s.blocks_1.reshape(n * t, 128)
        s.blocks_1_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_1_reshape_2 = s.blocks_1_row_sum.reshape(n, t, 1)
        s.blocks_1_over = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.norm_2 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.norm_2_square = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.norm_2_reshape = s.norm_2_square.reshape(n * t, 128)
        s.norm_2_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.norm_2_reshape_2 = s.norm_2_row_sum.reshape(n, t, 1)
        s.norm_2_over = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_plus = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_sqrt = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_over_sqrt = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_rows = s.norm_2.reshape(n * t, 128)
        s.norm_2_rows_product = _window(memory, 2560 * units, np.float32, (n * t, 512))
        s.norm_2_rows_reshape = s.norm_2_rows_product.reshape(n, t, 512)
        s.z1 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.z1_clip = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z1_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z1_times_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z1_plus = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z1_times_plus = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z1_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z1_plus_exp = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z1_over_plus_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.h1 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.h1_rows = s.h1.reshape(n * t, 512)
        s.h1_rows_product = _window(memory, 2560 * units, np.float32, (n * t, 128))
        s.h1_rows_reshape = s.h1_rows_product.reshape(n, t, 128)
        s.h2 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_1_reshape_3 = s.blocks_1.reshape(n * t, 128)
        s.blocks_1_row_sum_2 = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_1_reshape_4 = s.blocks_1_row_sum_2.reshape(n, t, 1)
        s.blocks_1_mean = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.blocks_1_hat = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_1_hat_square = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.blocks_1_hat_reshape = s.blocks_1_hat_square.reshape(n * t, 128)
        s.blocks_1_hat_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.blocks_1_hat_reshape_2 = s.blocks_1_hat_row_sum.reshape(n, t, 1)
        s.blocks_1_var = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_1_inv_std = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_1_norm = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_1_norm_rows = s.blocks_1_norm.reshape(n * t, 128)
        s.blocks_1_norm_rows_product = _window(
            memory,
            2048 * units,
            np.float32,
            (n * t, 384),
        )
        s.blocks_1_norm_rows_reshape = s.blocks_1_norm_rows_product.reshape(n, t, 384)
        s.qkv_2 = _window(memory, 512 * units, np.float32, (n, t, 384))
        s.qkv_reshape_2 = s.qkv_2.reshape(n, t, 12, 32)
        s.qkv_slice_4 = s.qkv_reshape_2[:, :, :4]
        s.q_2 = s.qkv_slice_4.transpose(0, 2, 1, 3)
        s.q_slice_3 = s.q_2[:, :, :, :16]
        s.q_times_6 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_slice_4 = s.q_2[:, :, :, 16:]
        s.q_times_7 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_7 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_times_8 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_times_9 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_9 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_concat_2 = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.q_times_10 = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_5 = s.qkv_reshape_2[:, :, 4:8]
        s.k_2 = s.qkv_slice_5.transpose(0, 2, 1, 3)
        s.k_slice_3 = s.k_2[:, :, :, :16]
        s.k_times_5 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.k_slice_4 = s.k_2[:, :, :, 16:]
        s.k_times_6 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_6 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.k_times_7 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_times_8 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_8 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_concat_2 = _window(memory, 2560 * units, np.float32, (n, 4, t, 32))
        s.k_take_2 = _window(
            memory,
            6656 * units + 772 * units_2 + 196608 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.keys_2_2 = _window(
            memory,
            6656 * units + 772 * units_2 + 131072 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.keys_2_transpose = s.keys_2_2.transpose(0, 1, 3, 2)
        s.scores_2 = _window(memory, 2048 * units, np.float32, (n, 4, t, 128))
        s.weights_2 = _window(memory, 2048 * units, np.float32, (n, 4, t, 128))
        s.weights_max_2 = _window(memory, 4096 * units, np.float32, (n, 4, t, 1))
        s.weights_reshape_3 = s.weights_2.reshape(4 * n * t, 128)
        s.weights_row_sum_2 = _window(memory, 4096 * units, np.float32, (4 * n * t,))
        s.weights_reshape_4 = s.weights_row_sum_2.reshape(n, 4, t, 1)
        s.qkv_slice_6 = s.qkv_reshape_2[:, :, 8:]
        s.v_2 = s.qkv_slice_6.transpose(0, 2, 1, 3)
        s.v_copy_2 = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.v_take_2 = _window(
            memory,
            6656 * units + 772 * units_2 + 262144 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.values_2_2 = _window(
            memory,
            6656 * units + 772 * units_2 + 196608 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.attended_2 = _window(memory, 512 * units, np.float32, (n, 4, t, 32))
        s.attended_masked_2 = _window(memory, 512 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose_2 = s.attended_masked_2.transpose(0, 2, 1, 3)
        s.attended_copy_2 = _window(memory, 1024 * units, np.float32, (n, t, 4, 32))
        s.heads_rows_2 = s.attended_copy_2.reshape(n * t, 128)
        s.heads_rows_product_2 = _window(memory, 512 * units, np.float32, (n * t, 128))
        s.heads_rows_reshape_2 = s.heads_rows_product_2.reshape(n, t, 128)
        s.attention_2 = _window(memory, 1024 * units, np.float32, (n, t, 128))
        s.blocks_2 = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_2_reshape = s.blocks_2.reshape(n * t, 128)
        s.blocks_2_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_2_reshape_2 = s.blocks_2_row_sum.reshape(n, t, 1)
        s.blocks_2_over = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.norm_2_2 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.norm_2_square_2 = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.norm_2_reshape_3 = s.norm_2_square_2.reshape(n * t, 128)
        s.norm_2_row_sum_2 = _window(memory, 1024 * units, np.float32, (n * t,))
        s.norm_2_reshape_4 = s.norm_2_row_sum_2.reshape(n, t, 1)
        s.norm_2_over_2 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_plus_2 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_sqrt_2 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_over_sqrt_2 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_rows_2 = s.norm_2_2.reshape(n * t, 128)
        s.norm_2_rows_product_2 = _window(
            memory,
            2560 * units,
            np.float32,
            (n * t, 512),
        )
        s.norm_2_rows_reshape_2 = s.norm_2_rows_product_2.reshape(n, t, 512)
        s.z3 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.z3_clip = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z3_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z3_times_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z3_plus = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z3_times_plus = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z3_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z3_plus_exp = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z3_over_plus_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.h3 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.h3_rows = s.h3.reshape(n * t, 512)
        s.h3_rows_product = _window(memory, 2560 * units, np.float32, (n * t, 128))
        s.h3_rows_reshape = s.h3_rows_product.reshape(n, t, 128)
        s.h4 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_2_reshape_3 = s.blocks_2.reshape(n * t, 128)
        s.blocks_2_row_sum_2 = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_2_reshape_4 = s.blocks_2_row_sum_2.reshape(n, t, 1)
        s.blocks_2_mean = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.blocks_2_hat = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_2_hat_square = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.blocks_2_hat_reshape = s.blocks_2_hat_square.reshape(n * t, 128)
        s.blocks_2_hat_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.blocks_2_hat_reshape_2 = s.blocks_2_hat_row_sum.reshape(n, t, 1)
        s.blocks_2_var = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_2_inv_std = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_2_norm = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_2_norm_rows = s.blocks_2_norm.reshape(n * t, 128)
        s.blocks_2_norm_rows_product = _window(
            memory,
            2048 * units,
            np.float32,
            (n * t, 384),
        )
        s.blocks_2_norm_rows_reshape = s.blocks_2_norm_rows_product.reshape(n, t, 384)
        s.qkv_3 = _window(memory, 512 * units, np.float32, (n, t, 384))
        s.qkv_reshape_3 = s.qkv_3.reshape(n, t, 12, 32)
        s.qkv_slice_7 = s.qkv_reshape_3[:, :, :4]
        s.q_3 = s.qkv_slice_7.transpose(0, 2, 1, 3)
        s.q_slice_5 = s.q_3[:, :, :, :16]
        s.q_times_11 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_slice_6 = s.q_3[:, :, :, 16:]
        s.q_times_12 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_12 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_times_13 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_times_14 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_14 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_concat_3 = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.q_times_15 = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_8 = s.qkv_reshape_3[:, :, 4:8]
        s.k_3 = s.qkv_slice_8.transpose(0, 2, 1, 3)
        s.k_slice_5 = s.k_3[:, :, :, :16]
        s.k_times_9 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.k_slice_6 = s.k_3[:, :, :, 16:]
        s.k_times_10 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_10 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.k_times_11 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_times_12 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_12 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_concat_3 = _window(memory, 2560 * units, np.float32, (n, 4, t, 32))
        s.k_take_3 = _window(
            memory,
            6656 * units + 772 * units_2 + 327680 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.keys_3_2 = _window(
            memory,
            6656 * units + 772 * units_2 + 262144 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.keys_3_transpose = s.keys_3_2.transpose(0, 1, 3, 2)
        s.scores_3 = _window(memory, 2048 * units, np.float32, (n, 4, t, 128))
        s.weights_3 = _window(memory, 2048 * units, np.float32, (n, 4, t, 128))
        s.weights_max_3 = _window(memory, 4096 * units, np.float32, (n, 4, t, 1))
        s.weights_reshape_5 = s.weights_3.reshape(4 * n * t, 128)
        s.weights_row_sum_3 = _window(memory, 4096 * units, np.float32, (4 * n * t,))
        s.weights_reshape_6 = s.weights_row_sum_3.reshape(n, 4, t, 1)
        s.qkv_slice_9 = s.qkv_reshape_3[:, :, 8:]
        s.v_3 = s.qkv_slice_9.transpose(0, 2, 1, 3)
        s.v_copy_3 = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.v_take_3 = _window(
            memory,
            6656 * units + 772 * units_2 + 393216 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.values_3_2 = _window(
            memory,
            6656 * units + 772 * units_2 + 327680 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.attended_3 = _window(memory, 512 * units, np.float32, (n, 4, t, 32))
        s.attended_masked_3 = _window(memory, 512 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose_3 = s.attended_masked_3.transpose(0, 2, 1, 3)
        s.attended_copy_3 = _window(memory, 1024 * units, np.float32, (n, t, 4, 32))
        s.heads_rows_3 = s.attended_copy_3.reshape(n * t, 128)
        s.heads_rows_product_3 = _window(memory, 512 * units, np.float32, (n * t, 128))
        s.heads_rows_reshape_3 = s.heads_rows_product_3.reshape(n, t, 128)
        s.attention_3 = _window(memory, 1024 * units, np.float32, (n, t, 128))
        s.blocks_3 = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_3_reshape = s.blocks_3.reshape(n * t, 128)
        s.blocks_3_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_3_reshape_2 = s.blocks_3_row_sum.reshape(n, t, 1)
        s.blocks_3_over = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.norm_2_3 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.norm_2_square_3 = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.norm_2_reshape_5 = s.norm_2_square_3.reshape(n * t, 128)
        s.norm_2_row_sum_3 = _window(memory, 1024 * units, np.float32, (n * t,))
        s.norm_2_reshape_6 = s.norm_2_row_sum_3.reshape(n, t, 1)
        s.norm_2_over_3 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_plus_3 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_sqrt_3 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_over_sqrt_3 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_rows_3 = s.norm_2_3.reshape(n * t, 128)
        s.norm_2_rows_product_3 = _window(
            memory,
            2560 * units,
            np.float32,
            (n * t, 512),
        )
        s.norm_2_rows_reshape_3 = s.norm_2_rows_product_3.reshape(n, t, 512)
        s.z5 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.z5_clip = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z5_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z5_times_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z5_plus = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z5_times_plus = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z5_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z5_plus_exp = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z5_over_plus_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.h5 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.h5_rows = s.h5.reshape(n * t, 512)
        s.h5_rows_product = _window(memory, 2560 * units, np.float32, (n * t, 128))
        s.h5_rows_reshape = s.h5_rows_product.reshape(n, t, 128)
        s.h6 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_3_reshape_3 = s.blocks_3.reshape(n * t, 128)
        s.blocks_3_row_sum_2 = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_3_reshape_4 = s.blocks_3_row_sum_2.reshape(n, t, 1)
        s.blocks_3_mean = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.blocks_3_hat = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_3_hat_square = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.blocks_3_hat_reshape = s.blocks_3_hat_square.reshape(n * t, 128)
        s.blocks_3_hat_row_sum = _window(memory, 1024 * units, np.float32, (n * t,))
        s.blocks_3_hat_reshape_2 = s.blocks_3_hat_row_sum.reshape(n, t, 1)
        s.blocks_3_var = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_3_inv_std = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.blocks_3_norm = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_3_norm_rows = s.blocks_3_norm.reshape(n * t, 128)
        s.blocks_3_norm_rows_product = _window(
            memory,
            2048 * units,
            np.float32,
            (n * t, 384),
        )
        s.blocks_3_norm_rows_reshape = s.blocks_3_norm_rows_product.reshape(n, t, 384)
        s.qkv_4 = _window(memory, 512 * units, np.float32, (n, t, 384))
        s.qkv_reshape_4 = s.qkv_4.reshape(n, t, 12, 32)
        s.qkv_slice_10 = s.qkv_reshape_4[:, :, :4]
        s.q_4 = s.qkv_slice_10.transpose(0, 2, 1, 3)
        s.q_slice_7 = s.q_4[:, :, :, :16]
        s.q_times_16 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_slice_8 = s.q_4[:, :, :, 16:]
        s.q_times_17 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_minus_times_17 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.q_times_18 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_times_19 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.q_plus_times_19 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.q_concat_4 = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.q_times_20 = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.qkv_slice_11 = s.qkv_reshape_4[:, :, 4:8]
        s.k_4 = s.qkv_slice_11.transpose(0, 2, 1, 3)
        s.k_slice_7 = s.k_4[:, :, :, :16]
        s.k_times_13 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.k_slice_8 = s.k_4[:, :, :, 16:]
        s.k_times_14 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_minus_times_14 = _window(memory, 2048 * units, np.float32, (n, 4, t, 16))
        s.k_times_15 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_times_16 = _window(memory, 2560 * units, np.float32, (n, 4, t, 16))
        s.k_plus_times_16 = _window(memory, 2304 * units, np.float32, (n, 4, t, 16))
        s.k_concat_4 = _window(memory, 2560 * units, np.float32, (n, 4, t, 32))
        s.k_take_4 = _window(
            memory,
            6656 * units + 772 * units_2 + 458752 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.keys_4_2 = _window(
            memory,
            6656 * units + 772 * units_2 + 393216 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.keys_4_transpose = s.keys_4_2.transpose(0, 1, 3, 2)
        s.scores_4 = _window(memory, 2048 * units, np.float32, (n, 4, t, 128))
        s.weights_4 = _window(memory, 2048 * units, np.float32, (n, 4, t, 128))
        s.weights_max_4 = _window(memory, 4096 * units, np.float32, (n, 4, t, 1))
        s.weights_reshape_7 = s.weights_4.reshape(4 * n * t, 128)
        s.weights_row_sum_4 = _window(memory, 4096 * units, np.float32, (4 * n * t,))
        s.weights_reshape_8 = s.weights_row_sum_4.reshape(n, 4, t, 1)
        s.qkv_slice_12 = s.qkv_reshape_4[:, :, 8:]
        s.v_4 = s.qkv_slice_12.transpose(0, 2, 1, 3)
        s.v_copy_4 = _window(memory, 4096 * units, np.float32, (n, 4, t, 32))
        s.v_take_4 = _window(
            memory,
            6656 * units + 772 * units_2 + 458752 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.values_4_2 = _window(
            memory,
            6656 * units + 772 * units_2 + 524288 * units_3,
            np.float32,
            (n, 4, 128, 32),
        )
        s.attended_4 = _window(memory, 512 * units, np.float32, (n, 4, t, 32))
        s.attended_masked_4 = _window(memory, 512 * units, np.float32, (n, 4, t, 32))
        s.attended_transpose_4 = s.attended_masked_4.transpose(0, 2, 1, 3)
        s.attended_copy_4 = _window(memory, 1024 * units, np.float32, (n, t, 4, 32))
        s.heads_rows_4 = s.attended_copy_4.reshape(n * t, 128)
        s.heads_rows_product_4 = _window(memory, 512 * units, np.float32, (n * t, 128))
        s.heads_rows_reshape_4 = s.heads_rows_product_4.reshape(n, t, 128)
        s.attention_4 = _window(memory, 1024 * units, np.float32, (n, t, 128))
        s.blocks_4 = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_4_reshape = s.blocks_4.reshape(n * t, 128)
        s.blocks_4_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_4_reshape_2 = s.blocks_4_row_sum.reshape(n, t, 1)
        s.blocks_4_over = _window(memory, 1024 * units, np.float32, (n, t, 1))
        s.norm_2_4 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.norm_2_square_4 = _window(memory, 1028 * units, np.float32, (n, t, 128))
        s.norm_2_reshape_7 = s.norm_2_square_4.reshape(n * t, 128)
        s.norm_2_row_sum_4 = _window(memory, 1024 * units, np.float32, (n * t,))
        s.norm_2_reshape_8 = s.norm_2_row_sum_4.reshape(n, t, 1)
        s.norm_2_over_4 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_plus_4 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_sqrt_4 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_over_sqrt_4 = _window(memory, 1028 * units, np.float32, (n, t, 1))
        s.norm_2_rows_4 = s.norm_2_4.reshape(n * t, 128)
        s.norm_2_rows_product_4 = _window(
            memory,
            2560 * units,
            np.float32,
            (n * t, 512),
        )
        s.norm_2_rows_reshape_4 = s.norm_2_rows_product_4.reshape(n, t, 512)
        s.z7 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.z7_clip = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z7_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z7_times_square = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z7_plus = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z7_times_plus = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z7_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.z7_plus_exp = _window(memory, 4608 * units, np.float32, (n, t, 512))
        s.z7_over_plus_exp = _window(memory, 2560 * units, np.float32, (n, t, 512))
        s.h7 = _window(memory, 512 * units, np.float32, (n, t, 512))
        s.h7_rows = s.h7.reshape(n * t, 512)
        s.h7_rows_product = _window(memory, 2560 * units, np.float32, (n * t, 128))
        s.h7_rows_reshape = s.h7_rows_product.reshape(n, t, 128)
        s.h8 = _window(memory, 512 * units, np.float32, (n, t, 128))
        s.blocks_4_reshape_3 = s.blocks_4.reshape(n * t, 128)
        s.blocks_4_row_sum_2 = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_4_reshape_4 = s.blocks_4_row_sum_2.reshape(n, t, 1)
        s.blocks_4_mean = _window(memory, 516 * units, np.float32, (n, t, 1))
        s.blocks_4_hat = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_4_hat_square = _window(memory, 516 * units, np.float32, (n, t, 128))
        s.blocks_4_hat_reshape = s.blocks_4_hat_square.reshape(n * t, 128)
        s.blocks_4_hat_row_sum = _window(memory, 512 * units, np.float32, (n * t,))
        s.blocks_4_hat_reshape_2 = s.blocks_4_hat_row_sum.reshape(n, t, 1)
        s.blocks_4_var = _window(memory, 516 * units, np.float32, (n, t, 1))
        s.blocks_4_inv_std = _window(memory, 516 * units, np.float32, (n, t, 1))
        s.blocks_4_norm = _window(memory, 0, np.float32, (n, t, 128))
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.blocks_4_norm_rows_product = _window(
            memory,
            512 * units,
            np.float32,
            (n * t, 100),
        )
        s.blocks_4_norm_rows_reshape = s.blocks_4_norm_rows_product.reshape(n, t, 100)
        s.logits = s.blocks_4_norm_rows_reshape[:, -1]
        key = (
            x.dtype,
            x.shape,
            start.dtype,
            start.shape,
            keys_1.dtype,
            keys_1.shape,
            values_1.dtype,
            values_1.shape,
            keys_2.dtype,
            keys_2.shape,
            values_2.dtype,
            values_2.shape,
            keys_3.dtype,
            keys_3.shape,
            values_3.dtype,
            values_3.shape,
            keys_4.dtype,
            keys_4.shape,
            values_4.dtype,
            values_4.shape,
        )
        self._step[key] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
            self._train.clear()
            self._evaluate.clear()
            self._step.clear()
        if len(self._train) >= 16:  # forget old shapes
            self._train.clear()
        if len(self._evaluate) >= 16:  # forget old shapes
            self._evaluate.clear()
        if len(self._step) >= 16:  # forget old shapes
            self._step.clear()
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
