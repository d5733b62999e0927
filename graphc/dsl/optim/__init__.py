"""Optimisers: parameters and gradients in, what every state becomes out, as ordinary nodes.

Every optimiser is a graph; what it keeps beside a parameter is a state, and all parameters that
are updated alike are computed as flat vectors.
"""

from graphc.dsl import schedules
from graphc.dsl.optim.adam import Adam, AdaMax, AdamW, AMSGrad, NAdam
from graphc.dsl.optim.adaptive import Adadelta, Adagrad, RMSProp
from graphc.dsl.optim.averages import EMA
from graphc.dsl.optim.base import Descent, Optimizer, Updates, slot
from graphc.dsl.optim.clipping import clipped, clipped_by_value
from graphc.dsl.optim.groups import Groups
from graphc.dsl.optim.lbfgs import LBFGS
from graphc.dsl.optim.lion import Lion
from graphc.dsl.optim.scaling import LossScale
from graphc.dsl.optim.sgd import SGD

__all__ = [
    "EMA",
    "LBFGS",
    "SGD",
    "AMSGrad",
    "AdaMax",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Descent",
    "Groups",
    "Lion",
    "LossScale",
    "NAdam",
    "Optimizer",
    "RMSProp",
    "Updates",
    "clipped",
    "clipped_by_value",
    "schedules",
    "slot",
]
