"""Graphs to ordered steps with memory: order, live ranges, in-place reuse, the arena.

``Graph -> Schedule -> Plan``: each is a type of its own, so a stage out of order is a type error.
"""
