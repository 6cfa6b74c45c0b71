"""Paths between latents."""

import numpy as np

from kgan._support import limits, lookup

__all__ = ["interpolate"]


def interpolate(first: np.ndarray, last: np.ndarray, steps: int, method: str = "spherical") -> np.ndarray:
    """Latents on the way from one to another, both ends included, for `gan.predict`.

    Spherical steps turn at an even pace, `sin((1 - t) a) / sin a * first + sin(t a) / sin a * last` with `a` the angle
    between the two, and pass through lengths that a normal's latents have; linear ones, `(1 - t) first + t last`, cut
    across the middle, where it has none. Take them for a uniform.

    Args:
        first: `(latent_dim,)`.
        last: The same shape.
        steps: How many, at least 2.
        method: `"spherical"` or `"linear"`.

    Returns:
        float32 `(steps, latent_dim)`.

    Raises:
        ValueError: if the two shapes differ or are not `(latent_dim,)`, `steps` is less than 2, or `method` is unknown.

    Reference:
        White, 2016, Sampling Generative Networks. arXiv:1609.04468
    """
    first, last = np.asarray(first, np.float64), np.asarray(last, np.float64)
    if first.ndim != 1 or first.shape != last.shape:
        raise ValueError(f"Expected two latents of one shape (latent_dim,). Received: {first.shape} and {last.shape}.")
    if steps < 2:
        raise ValueError(f"Expected steps >= 2. Received: steps={steps}.")
    held = limits.array_bytes((steps, len(first)), itemsize=24)  # twice float64 on the way
    limits.check_bytes("steps", steps, held, "Take fewer.")
    share = np.linspace(0.0, 1.0, steps)[:, None]
    if lookup.find("method", method, {"linear": False, "spherical": True}):
        lengths = np.linalg.norm(first) * np.linalg.norm(last)
        angle = np.arccos(np.clip(first @ last / lengths, -1.0, 1.0)) if lengths else 0.0
        if np.sin(angle) > 1e-6:  # else they point the same way, or opposite ways with no way that is the shortest
            path = (np.sin((1 - share) * angle) * first + np.sin(share * angle) * last) / np.sin(angle)
            return path.astype(np.float32)
    return ((1 - share) * first + share * last).astype(np.float32)
