"""Convolution, pooling and resizing over one spatial axis or several; channels come last."""
