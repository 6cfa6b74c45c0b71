"""The Frechet distance between two Gaussians, from moments that are gathered batch by batch."""

import keras
import numpy as np

from kgan.metrics.base import FeatureMetric
from kgan.metrics.comparison import Comparison
from kgan.metrics.moments import Moments

__all__ = ["FrechetDistance", "frechet_distance"]


def frechet_distance(first: Moments, second: Moments) -> float:
    """`|m_1 - m_2|^2 + tr(C_1 + C_2 - 2 (C_1 C_2)^(1/2))`, in float64.

    `C_1 C_2` has the eigenvalues of the symmetric `C_1^(1/2) C_2 C_1^(1/2)`, which are real and, but for rounding, not
    negative.

    Args:
        first: Mean and covariance of at least two samples.
        second: The same, of as many features.

    Raises:
        ValueError: if there are fewer than two samples on a side.
    """
    values, vectors = np.linalg.eigh(first.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))  # C_1^(1/2) = root root^T but for a rotation
    crossed = np.linalg.eigvalsh(root.T @ second.covariance @ root)
    difference = first.mean - second.mean
    traces = np.trace(first.covariance) + np.trace(second.covariance)
    distance = difference @ difference + traces - 2.0 * np.sqrt(np.maximum(crossed, 0.0)).sum()
    return max(float(distance), 0.0)  # rounding may leave less


@keras.saving.register_keras_serializable("kgan")
class FrechetDistance(FeatureMetric):
    """Frechet distance between the features of real and generated samples, each taken for a Gaussian.

    `|m_r - m_g|^2 + tr(C_r + C_g - 2 (C_r C_g)^(1/2))`; 0 where means and covariances agree, lower is better. Memory is
    O(d^2), whatever the number of samples. It is biased upwards by few samples, by an amount that depends on the
    generator, so that only figures at equal numbers of samples can be compared: they stand in the logs beside it.
    Only on the original Inception's features is it the FID of the literature.

    Args:
        features: What is measured on, see `kgan.metrics.FeatureMetric`.
        num_samples: How many samples to generate; `None` for as many as there are reals.
        seed: Of the samples' latents.
        name: Of the figure in the logs.

    Examples:
        >>> random = np.random.default_rng(0)
        >>> real, generated = (random.uniform(-1.0, 1.0, (64, 4)) for _ in range(2))
        >>> metric = kgan.metrics.FrechetDistance("pixels")  # compile(metrics=[metric])
        >>> metric.update_state(real=real, generated=generated)
        >>> metric.result() < 0.2  # both are drawn from the same distribution
        True

    Reference:
        Heusel et al., 2017, GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium.
        arXiv:1706.08500
    """

    title = "Frechet distance"
    better = "min"
    needs = frozenset({"moments"})

    @property
    def label(self) -> str:
        return "FID" if self.extractor.is_original_inception else super().label

    def compare(self, comparison: Comparison) -> float:
        return frechet_distance(comparison.real.moments, comparison.generated.moments)
