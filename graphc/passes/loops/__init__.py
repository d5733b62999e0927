"""What makes loops fast: work that need not be done in every step is done before or after them.

Each pass takes a graph with `scan` nodes in it to another; none changes what is computed, but for
the order in which sums are rounded.
"""
