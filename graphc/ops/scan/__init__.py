"""Loops: a body graph applied once a step (``gx.scan``)."""

from graphc.ops.scan.op import SCAN

__all__ = ["SCAN"]
