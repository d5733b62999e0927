"""The ops: one class each, with types, gradient, emission, reference and samples together.

`REGISTRY` maps names to ops; the functions that apply them (``add``, ``matmul``, ...) sit beside
the classes and are what the DSL re-exports.
"""
