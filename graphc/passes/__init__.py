"""Graph to graph: each pass takes a valid graph and leaves a valid graph that computes the same.

The order is one explicit list, :data:`graphc.passes.pipeline.PIPELINE`.
"""
