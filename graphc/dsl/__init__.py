"""What users write: parameters and states, initialisers, layers, losses, optimisers, schedules.

Everything here builds ordinary nodes from :mod:`graphc.ops`; nothing here is compiled specially.
"""
