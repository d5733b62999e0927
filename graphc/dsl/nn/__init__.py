"""Layers: each is a :class:`Module`.

The nodes that a layer makes carry the line on which it was constructed, not the one on which the
network was called.
"""

from graphc.dsl.activations import ACTIVATIONS
from graphc.dsl.module import Module
from graphc.dsl.nn.connections import Residual, Sequential
from graphc.dsl.nn.core import Activation, Dense, Flatten
from graphc.dsl.nn.learnt import Maxout, PReLU
from graphc.dsl.nn.regularization import Dropout

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "Dense",
    "Dropout",
    "Flatten",
    "Maxout",
    "Module",
    "PReLU",
    "Residual",
    "Sequential",
]
