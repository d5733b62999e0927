"""Layers: each is a :class:`Module`.

The nodes that a layer makes carry the line on which it was constructed, not the one on which the
network was called.
"""

from graphc.dsl.activations import ACTIVATIONS
from graphc.dsl.module import Module
from graphc.dsl.nn.attention import AdditiveAttention, DotAttention, MultiHeadAttention
from graphc.dsl.nn.cache import KeyValueCache, MemoryCache
from graphc.dsl.nn.cells import GRU, LSTM, RNN, SecondOrderRNN
from graphc.dsl.nn.connections import Concat, Residual, Sequential, SkipConcat
from graphc.dsl.nn.convolution import (
    Conv1D,
    Conv2D,
    Conv3D,
    ConvTranspose1D,
    ConvTranspose2D,
    ConvTranspose3D,
    DepthwiseConv2D,
)
from graphc.dsl.nn.core import Activation, Dense, Flatten
from graphc.dsl.nn.data import Normalization
from graphc.dsl.nn.delays import FSMN, MemoryBlock, TimeDelay
from graphc.dsl.nn.embedding import Embedding
from graphc.dsl.nn.learnt import Maxout, PReLU
from graphc.dsl.nn.normalization import (
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    RMSNorm,
    WeightNorm,
)
from graphc.dsl.nn.pooling import (
    AdaptiveAvgPool2D,
    AdaptiveMaxPool2D,
    AvgPool1D,
    AvgPool2D,
    AvgPool3D,
    EdgePad,
    GlobalAvgPool,
    GlobalMaxPool,
    LocalResponseNorm,
    MaxPool1D,
    MaxPool2D,
    MaxPool3D,
    PixelShuffle,
    ReflectPad,
    Upsample,
    ZeroPad,
)
from graphc.dsl.nn.positions import LearnedPositions, SinusoidalPositions
from graphc.dsl.nn.recurrent import Bidirectional
from graphc.dsl.nn.regularization import Dropout, GaussianDropout, GaussianNoise
from graphc.dsl.nn.transformer import (
    FeedForward,
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)

__all__ = [
    "ACTIVATIONS",
    "FSMN",
    "GRU",
    "LSTM",
    "RNN",
    "Activation",
    "AdaptiveAvgPool2D",
    "AdaptiveMaxPool2D",
    "AdditiveAttention",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNorm",
    "Bidirectional",
    "Concat",
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "ConvTranspose1D",
    "ConvTranspose2D",
    "ConvTranspose3D",
    "Dense",
    "DepthwiseConv2D",
    "DotAttention",
    "Dropout",
    "EdgePad",
    "Embedding",
    "FeedForward",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "GroupNorm",
    "InstanceNorm",
    "KeyValueCache",
    "LayerNorm",
    "LearnedPositions",
    "LocalResponseNorm",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "Maxout",
    "MemoryBlock",
    "MemoryCache",
    "Module",
    "MultiHeadAttention",
    "Normalization",
    "PReLU",
    "PixelShuffle",
    "RMSNorm",
    "ReflectPad",
    "Residual",
    "SecondOrderRNN",
    "Sequential",
    "SinusoidalPositions",
    "SkipConcat",
    "TimeDelay",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
    "Upsample",
    "WeightNorm",
    "ZeroPad",
]
