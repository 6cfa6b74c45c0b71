"""Latents as `kgan.latents` draws them, in NumPy alone.

Free of kgan: its text goes into the program that is copied into a bundle.
"""

import numpy as np

from .bundle_file import BundleError, is_number, is_size, short

__all__ = ["LARGEST_SEED", "check_latents", "chosen_seed", "draw_latents"]

LARGEST_SEED = 2**32 - 1
MOST_SEEDS = 100_000  # of those that nobody asks for


def check_latents(distribution, latent_dim, arguments):
    """Refuses arguments that the distribution does not have, and latents that they cannot fill."""
    expected = {"truncated_normal": {"threshold"}, "coded": {"noise", "categorical", "continuous"}}
    if not isinstance(arguments, dict):
        raise ValueError(f"latent_arguments={short(arguments)}")
    if distribution not in ("normal", "uniform", *expected):
        return  # one of the user's own, for which `draw_latents` says what to do
    fits = set(arguments) == expected.get(distribution, set())
    if fits and distribution == "truncated_normal":  # kgan's own bounds; far outside, drawing would take for ever
        fits = is_number(arguments["threshold"]) and 0.01 <= arguments["threshold"] <= 5.0
    elif fits and distribution == "coded":
        sizes = arguments["categorical"]
        fits = isinstance(sizes, list) and all(is_size(size, least=2) for size in sizes)
        fits = fits and is_size(arguments["noise"], least=0) and is_size(arguments["continuous"], least=0)
        fits = fits and arguments["noise"] + sum(sizes) + arguments["continuous"] == latent_dim
    if not fits:
        raise ValueError(f"latent_distribution={distribution}, latent_arguments={short(arguments)}")


def chosen_seed():
    """A seed that nobody asked for, short enough to be typed again."""
    return int(np.random.SeedSequence().generate_state(1)[0]) % MOST_SEEDS


def draw_latents(distribution, count, latent_dim, seed, arguments=None):
    """z as `kgan.latents` draws it: RandomState's streams are frozen, so a seed means the same with every NumPy."""
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        raise BundleError(f"Expected seed between 0 and {LARGEST_SEED}. Received: seed={seed}.")
    random = np.random.RandomState(seed)
    if distribution == "normal":
        flat = random.standard_normal(count * latent_dim)
    elif distribution == "uniform":
        flat = random.uniform(-1.0, 1.0, count * latent_dim)
    elif distribution == "truncated_normal":
        kept, missing = [], count * latent_dim
        while missing > 0:
            normal = random.standard_normal(4096)
            kept.append(normal[np.abs(normal) <= arguments["threshold"]])
            missing -= len(kept[-1])
        flat = np.concatenate(kept)[: count * latent_dim]
    elif distribution == "coded":
        flat = _coded(count, random, **arguments)
    else:
        raise BundleError(
            f"Expected latents from one of: normal, uniform, truncated_normal, coded. "
            f"Received: {distribution!r}, which this sampler does not "
            f"know. Pass latents of your own to the ONNX file."
        )
    return flat.astype(np.float32).reshape(count, latent_dim)


def _coded(count, random, noise, categorical, continuous):
    seeds = random.randint(0, 2**32, 2 + len(categorical), dtype=np.uint32)
    streams = [np.random.RandomState(seed) for seed in seeds]
    parts = [streams[0].standard_normal((count, noise))]
    parts += [
        np.eye(n)[(stream.uniform(size=count) * n).astype(int)]
        for n, stream in zip(categorical, streams[2:], strict=True)
    ]
    return np.concatenate([*parts, streams[1].uniform(-1.0, 1.0, (count, continuous))], axis=1)
