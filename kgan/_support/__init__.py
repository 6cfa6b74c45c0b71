"""Machinery that knows nothing of GANs: configuration, lookup, limits, files."""
