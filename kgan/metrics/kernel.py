"""The kernel distance: squared maximum mean discrepancy under a cubic kernel."""

import keras
import numpy as np

from kgan.metrics.base import FeatureMetric
from kgan.metrics.comparison import Comparison

__all__ = ["KernelDistance", "kernel_distance"]

_ROWS = 2048  # of a kernel matrix at once


def kernel_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """The unbiased estimate of the squared MMD under `k(x, y) = (x . y / d + 1)^3`, in float64.

    `sum_{i != j} k(x_i, x_j) / m(m-1) + sum_{i != j} k(y_i, y_j) / n(n-1) - 2 sum_{ij} k(x_i, y_j) / mn` over all
    pairs: nothing is drawn, and the kernel matrices are never held whole.

    Args:
        real: Features, `(m, d)`.
        generated: Features, `(n, d)`.

    Returns:
        A number around 0 where both come from one distribution; it may be negative.

    Raises:
        ValueError: if there are fewer than two samples on a side.
    """
    for side, features in (("real", real), ("generated", generated)):
        if len(features) < 2:
            raise ValueError(f"Expected at least 2 {side} samples for a kernel distance. Received: {len(features)}.")
    m, n = len(real), len(generated)
    among_real = (_kernel_sum(real, real) - _diagonal_sum(real)) / (m * (m - 1))
    among_generated = (_kernel_sum(generated, generated) - _diagonal_sum(generated)) / (n * (n - 1))
    return among_real + among_generated - 2.0 * _kernel_sum(real, generated) / (m * n)


def _kernel_sum(x: np.ndarray, y: np.ndarray) -> float:
    y = np.asarray(y, np.float64).T
    blocks = (np.asarray(x[start : start + _ROWS], np.float64) for start in range(0, len(x), _ROWS))
    return float(sum(((block @ y / len(y) + 1.0) ** 3).sum() for block in blocks))


def _diagonal_sum(x: np.ndarray) -> float:
    squares = np.square(np.asarray(x, np.float64)).sum(axis=1)
    return float(((squares / x.shape[1] + 1.0) ** 3).sum())


@keras.saving.register_keras_serializable("kgan")
class KernelDistance(FeatureMetric):
    """Kernel distance between the features of real and generated samples; KID, where they are Inception's.

    The squared maximum mean discrepancy under `(x . y / d + 1)^3`, lower is better. Unlike the Frechet distance its
    estimate is unbiased at any number of samples, and may come out below 0. All pairs are used, where the reference
    implementation averages over random subsets; time is O(n^2 d).

    Args:
        features: What is measured on, see `kgan.metrics.FeatureMetric`.
        num_samples: How many samples to generate; `None` for as many as there are reals.
        seed: Of the samples' latents.
        name: Of the figure in the logs.

    Reference:
        Binkowski et al., 2018, Demystifying MMD GANs. arXiv:1801.01401
    """

    title = "Kernel distance"
    better = "min"
    needs = frozenset({"features"})

    @property
    def label(self) -> str:
        return "KID" if self.extractor.is_original_inception else super().label

    def compare(self, comparison: Comparison) -> float:
        return kernel_distance(comparison.real.features, comparison.generated.features)
