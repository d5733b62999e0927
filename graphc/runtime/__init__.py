"""Running what was emitted: data, the training loop, callbacks, checkpoints."""
