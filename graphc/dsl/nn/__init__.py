"""Layers: each is a :class:`Module`.

The nodes that a layer makes carry the line on which it was constructed, not the one on which the
network was called.
"""

from graphc.dsl.activations import ACTIVATIONS
from graphc.dsl.module import Module
from graphc.dsl.nn.connections import Concat, Residual, Sequential, SkipConcat
from graphc.dsl.nn.core import Activation, Dense, Flatten
from graphc.dsl.nn.normalization import (
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    RMSNorm,
    WeightNorm,
)
from graphc.dsl.nn.regularization import Dropout, GaussianDropout, GaussianNoise

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "BatchNorm",
    "Concat",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GroupNorm",
    "InstanceNorm",
    "LayerNorm",
    "Module",
    "RMSNorm",
    "Residual",
    "Sequential",
    "SkipConcat",
    "WeightNorm",
]
