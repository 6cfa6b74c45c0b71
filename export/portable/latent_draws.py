"""Latents as `kgan.latents` draws them, in NumPy alone."""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from .bundle_file import BundleError, is_number, is_size, short

__all__ = ["LARGEST_SEED", "check_latents", "chosen_seed", "draw_latents", "latent_rows"]

LARGEST_SEED = 2**32 - 1
MOST_SEEDS = 100_000  # of those that nobody asks for
NextRows = Callable[[int], np.ndarray]  # from a number to as many rows as come next
_THREAD = threading.local()


def check_latents(distribution: str, latent_dim: int, arguments: Any) -> None:
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


def chosen_seed() -> int:
    """A seed that nobody asked for, short enough to be typed again."""
    return int(np.random.SeedSequence().generate_state(1)[0]) % MOST_SEEDS


def draw_latents(
    distribution: str, count: int, latent_dim: int, seed: int | None, arguments: Mapping[str, Any] | None = None
) -> np.ndarray:
    """z as `kgan.latents` draws it: RandomState's streams are frozen, so a seed means the same with every NumPy."""
    return latent_rows(distribution, latent_dim, seed, arguments, _of_thread())(count)


def latent_rows(
    distribution: str,
    latent_dim: int,
    seed: int | None,
    arguments: Mapping[str, Any] | None = None,
    random: np.random.RandomState | None = None,
) -> NextRows:
    """The same rows some at a time: a function from a number to as many that come next, float32 `(number, latent_dim)`.

    Args:
        distribution: Its name, `"normal"`.
        latent_dim: Numbers in a row.
        seed: 0 to 2**32 - 1; `None` takes a fresh one.
        arguments: Of the distribution.
        random: A `RandomState` to seed and draw from; `None` for one of their own.
    """
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        raise BundleError(f"Expected seed between 0 and {LARGEST_SEED}. Received: seed={seed}.")
    random, arguments = np.random.RandomState() if random is None else random, arguments or {}
    random.seed(seed)
    if distribution == "coded":
        return _coded(random, **arguments)
    numbers: Callable[..., Any]
    if distribution == "normal":
        numbers = random.standard_normal
    elif distribution == "uniform":
        numbers = partial(random.uniform, -1.0, 1.0)
    elif distribution == "truncated_normal":
        numbers = _truncated(random, **arguments)
    else:
        raise BundleError(
            f"Expected latents from one of: normal, uniform, truncated_normal, coded. "
            f"Received: {distribution!r}, which this sampler does not "
            f"know. Draw them yourself: latents='z.npy', or Sampler.of_latents(z)."
        )
    return lambda count: np.asarray(numbers(count * latent_dim), np.float32).reshape(count, latent_dim)


def _of_thread() -> np.random.RandomState:
    """A `RandomState` to seed, of which a thread has one: making one takes longer than a small network does."""
    if not hasattr(_THREAD, "random"):
        _THREAD.random = np.random.RandomState()
    return _THREAD.random


def _truncated(random: np.random.RandomState, threshold: float) -> NextRows:
    """Normal numbers without those further from 0, a block drawn at a time."""
    left = np.empty(0)

    def numbers(count):
        nonlocal left
        kept, missing = [left], count - len(left)
        while missing > 0:
            normal = random.standard_normal(4096)
            kept.append(normal[np.abs(normal) <= threshold])
            missing -= len(kept[-1])
        drawn = np.concatenate(kept)
        left = drawn[count:]
        return drawn[:count]

    return numbers


def _coded(random: np.random.RandomState, noise: int, categorical: Sequence[int], continuous: int) -> NextRows:
    seeds = random.randint(0, 2**32, 2 + len(categorical), dtype=np.uint32)
    streams = [np.random.RandomState(seed) for seed in seeds]

    def rows(count):
        parts = [streams[0].standard_normal((count, noise))]
        for n, stream in zip(categorical, streams[2:], strict=True):
            parts.append(np.zeros((count, n)))
            parts[-1][np.arange(count), (stream.uniform(size=count) * n).astype(int)] = 1
        parts.append(streams[1].uniform(-1.0, 1.0, (count, continuous)))
        return np.concatenate(parts, axis=1).astype(np.float32)

    return rows
