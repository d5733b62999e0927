"""The NumPy target: plans to source, in the plain and the planned style."""
