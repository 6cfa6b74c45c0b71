"""How sharp outputs are: the energy of their gradients."""

import keras
import tensorflow as tf

from kgan.data.values import IMAGE_RANGE
from kgan.metrics.pairs.base import PairMetric

__all__ = ["GradientEnergy"]

_LEAST = 1e-8  # of an energy: a flat output of a flat truth is as sharp as it


@keras.saving.register_keras_serializable("kgan")
class GradientEnergy(PairMetric):
    """Sharpness of output over that of truth: the sums of squared differences of neighbouring pixels, as a ratio.

    `sum (G(x)_i - G(x)_{i-1})^2 / sum (y_i - y_{i-1})^2`, over both directions and all channels; the mean over pairs.
    Below 1 outputs are more blurred than truths, above 1 they have edges or noise that truths do not have. It says
    nothing of where edges are: read it beside a figure that compares pixels.

    Args:
        value_range: `(low, high)` of the images as floats; uint8 images are taken from [0, 255] to it.
        name: Of the figure in the logs.

    Raises:
        ValueError: if `value_range` is not a pair of numbers, the lower first.

    Examples:
        >>> metric = kgan.metrics.GradientEnergy()
        >>> truth = np.random.RandomState(0).uniform(-1.0, 1.0, (1, 8, 8, 1))
        >>> metric.update_state(truth, 0.5 * truth)
        >>> round(float(metric.result()), 4)
        0.25
    """

    title = "Gradient energy over truth's"
    better = "floor"

    def __init__(self, value_range: tuple[float, float] = IMAGE_RANGE, name: str | None = "gradient_energy"):
        super().__init__(value_range, name)

    def of_each(self, truth: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        return (_energy(output) + _LEAST) / (_energy(truth) + _LEAST)


def _energy(images: tf.Tensor) -> tf.Tensor:
    """Of each image `(batch, height, width, channels)`, `(batch,)`."""
    down = tf.reduce_sum(tf.square(images[:, 1:] - images[:, :-1]), axis=[1, 2, 3])
    across = tf.reduce_sum(tf.square(images[:, :, 1:] - images[:, :, :-1]), axis=[1, 2, 3])
    return down + across
