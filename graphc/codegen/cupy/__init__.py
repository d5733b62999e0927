"""The second target: modules that run on a GPU, in CuPy.

What is around the statements (methods, names, headers, bindings) is that of
:mod:`graphc.codegen.numpy`; here is what differs: kernels, and the statements that launch them.
"""
