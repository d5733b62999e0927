"""graphc: a symbolic graph compiler for neural networks that emits readable NumPy.

Declare a network as a static graph, let graphc differentiate and optimise it, and get one source
file with the forward pass, the backward pass and the optimiser.  ``import graphc as gx``.
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from graphc.autodiff import grad, hvp, jacobian, jvp
from graphc.dsl import constraints, init, losses, nn, optim, penalties
from graphc.dsl.attention import attention, attention_weights
from graphc.dsl.nn.positions import rotary, sinusoidal_positions
from graphc.dsl.variables import parameter, state
from graphc.errors import (
    CheckpointError,
    CompileError,
    DataError,
    DifferentiationError,
    ExportError,
    GraphcError,
    GraphError,
    NameClashError,
    RewriteError,
    ShapeError,
    TypeMismatchError,
)
from graphc.export import export
from graphc.ir.dims import Dim, dim
from graphc.ir.evaluate import evaluate
from graphc.ir.graph import Graph
from graphc.ir.node import Tensor
from graphc.ir.origin import scope
from graphc.ir.printer import to_dot, to_text
from graphc.ir.types import default_dtype
from graphc.ops.activations import (
    elu,
    hard_sigmoid,
    hard_swish,
    leaky_relu,
    mish,
    relu6,
    selu,
    silu,
    softsign,
    threshold,
)
from graphc.ops.activations import silu as swish
from graphc.ops.catalogue import (
    abs,
    add,
    clip,
    cos,
    divide,
    equal,
    exp,
    expm1,
    floor,
    floor_divide,
    greater,
    greater_equal,
    less,
    less_equal,
    log,
    log1p,
    log_sigmoid,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    power,
    relu,
    remainder,
    rsqrt,
    sigmoid,
    sign,
    sin,
    softplus,
    sqrt,
    square,
    subtract,
    tanh,
    where,
)
from graphc.ops.catalogue import sigmoid as logistic
from graphc.ops.cond.functions import cond
from graphc.ops.conv.functions import conv, conv_transpose
from graphc.ops.conv.pool_functions import (
    adaptive_avg_pool,
    adaptive_max_pool,
    avg_pool,
    global_avg_pool,
    global_max_pool,
    max_pool,
    sum_pool,
)
from graphc.ops.conv.resize import local_response_norm, pixel_shuffle, upsample
from graphc.ops.einsum import einsum
from graphc.ops.elementwise import cast, elementwise
from graphc.ops.erf import erf, gelu, normal_cdf
from graphc.ops.filled import full, full_like, ones, ones_like, zeros, zeros_like
from graphc.ops.index import gather, one_hot, pick, scatter_add, take
from graphc.ops.leaf import constant, dimension, input, iota
from graphc.ops.linalg import matmul
from graphc.ops.nn import (
    bernoulli,
    custom_gradient,
    dropout,
    log_softmax,
    normal,
    softmax,
    stop_gradient,
    sum_of_squares,
    uniform,
)
from graphc.ops.phases import in_training, updates_of, updating
from graphc.ops.reduce import (
    all,
    any,
    argmax,
    argmin,
    cumsum,
    logsumexp,
    max,
    mean,
    min,
    prod,
    sum,
    var,
)
from graphc.ops.scan.functions import scan
from graphc.ops.scan.until import while_loop
from graphc.ops.shape import (
    broadcast_to,
    concat,
    expand_dims,
    moveaxis,
    repeat,
    reshape,
    split,
    squeeze,
    stack,
    swapaxes,
    tile,
    transpose,
)
from graphc.ops.slicing import flip, pad
from graphc.ops.standardize import standardize
from graphc.version import __version__

if TYPE_CHECKING:
    from graphc import models
    from graphc.compiler import compile_network as compile
    from graphc.functions import Function, Program, function, value
    from graphc.ir.drawing import to_svg
    from graphc.network import Network, Report
    from graphc.runtime import augment, datasets, metrics
    from graphc.runtime.augment import Augment
    from graphc.runtime.callbacks import (
        Callback,
        Checkpoint,
        CSVLogger,
        EarlyStopping,
        LambdaCallback,
        TerminateOnNaN,
    )
    from graphc.runtime.data import batches, train_test_split
    from graphc.runtime.diagnose import TrainingWarning
    from graphc.runtime.fit import fit
    from graphc.runtime.history import History
    from graphc.runtime.monitor import Monitor
    from graphc.runtime.plateau import ReduceOnPlateau
    from graphc.runtime.sampler import Sampler, sampler
    from graphc.runtime.tensorboard import TensorBoard
    from graphc.tools.derivation import Derivation, explain

# What compiles and what trains is imported when it is first used: declaring a network needs none of
# it, and the rest of the package is imported in half the time without.
_LATER = {
    "Augment": "graphc.runtime.augment:Augment",
    "CSVLogger": "graphc.runtime.callbacks:CSVLogger",
    "Callback": "graphc.runtime.callbacks:Callback",
    "Checkpoint": "graphc.runtime.callbacks:Checkpoint",
    "Derivation": "graphc.tools.derivation:Derivation",
    "EarlyStopping": "graphc.runtime.callbacks:EarlyStopping",
    "Function": "graphc.functions:Function",
    "History": "graphc.runtime.history:History",
    "LambdaCallback": "graphc.runtime.callbacks:LambdaCallback",
    "Monitor": "graphc.runtime.monitor:Monitor",
    "Network": "graphc.network:Network",
    "Program": "graphc.functions:Program",
    "ReduceOnPlateau": "graphc.runtime.plateau:ReduceOnPlateau",
    "Report": "graphc.network:Report",
    "Sampler": "graphc.runtime.sampler:Sampler",
    "TensorBoard": "graphc.runtime.tensorboard:TensorBoard",
    "TerminateOnNaN": "graphc.runtime.callbacks:TerminateOnNaN",
    "TrainingWarning": "graphc.runtime.diagnose:TrainingWarning",
    "augment": "graphc.runtime.augment",
    "batches": "graphc.runtime.data:batches",
    "compile": "graphc.compiler:compile_network",
    "datasets": "graphc.runtime.datasets",
    "explain": "graphc.tools.derivation:explain",
    "fit": "graphc.runtime.fit:fit",
    "function": "graphc.functions:function",
    "metrics": "graphc.runtime.metrics",
    "models": "graphc.models",
    "sampler": "graphc.runtime.sampler:sampler",
    "to_svg": "graphc.ir.drawing:to_svg",
    "train_test_split": "graphc.runtime.data:train_test_split",
    "value": "graphc.functions:value",
}


def __getattr__(name: str) -> Any:
    """Import what is used for the first time."""
    if name not in _LATER:
        raise AttributeError(
            f"module 'graphc' has no attribute {name!r}", name=name, obj=sys.modules[__name__]
        )
    module, _, attribute = _LATER[name].partition(":")
    found = import_module(module)
    globals()[name] = getattr(found, attribute) if attribute else found
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


__all__ = [name for name in __dir__() if not name.startswith("_")]
