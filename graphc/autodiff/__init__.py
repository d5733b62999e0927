"""Differentiation of graphs: reverse mode over nodes, and what is built on it.

`grad` walks the graph backwards once and asks each op for its `vjp`; the cotangents are ordinary
nodes, so derivatives of derivatives need nothing further.
"""

from graphc.autodiff.products import hvp, jacobian, jvp
from graphc.autodiff.reverse import grad

__all__ = ["grad", "hvp", "jacobian", "jvp"]
