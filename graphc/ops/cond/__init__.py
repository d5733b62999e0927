"""Conditionals: one of two branches is computed (``gx.cond``)."""

from graphc.ops.cond.op import COND

__all__ = ["COND"]
