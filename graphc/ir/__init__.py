"""The intermediate representation: types, interned nodes, graphs, their verifier and printer.

Everything above works on these; nothing here knows an op, a pass or a target.
"""
