"""The difference of image gradients."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.compared import Compared, compared
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["GradientDifference"]


@keras.saving.register_keras_serializable("kgan")
class GradientDifference(Compared):
    """The generator's outputs have edges as steep as their truths', in the same places.

    It minimises, over neighbours along height and along width, `mean | |y_i - y_{i-1}| - |G(x)_i - G(x)_{i-1}| |^alpha`
    : the mean over batch, frames, pixels and channels of each direction, the two added. L1 alone is at its least for
    the median of all that may follow, which is blurred; a blurred edge is not steep.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1.0`, as in the paper.
        alpha: Exponent, at least 1.0. Defaults to `1.0`.
        output: Name of the generator's output, where it has several.
        discriminator: Name of the discriminator whose reals are the truths, where several have reals of their own.
        name: In the logs, as `generator_<name>_loss`, where two of a kind are to be told apart. Defaults to
            `"gradient_difference"`, or `"gradient_difference_<output>"`.

    Raises:
        ValueError: if `weight` is negative, `alpha` less than 1, or `name` no identifier; in `compile`, if the
            generator has no such output, the model has no such discriminator, or samples do not have the shape of the
            reals, or are neither images nor films.

    Examples:
        >>> kgan.objectives.GradientDifference(weight=5.0).weight  # compile(objectives=[...]) of a model of pairs
        5.0

    Reference:
        Mathieu et al., 2015, Deep Multi-Scale Video Prediction beyond Mean Square Error. arXiv:1511.05440
    """

    def __init__(
        self,
        weight: "float | Schedule" = 1.0,
        alpha: float = 1.0,
        output: str | None = None,
        discriminator: str | None = None,
        name: str | None = None,
    ):
        super().__init__(weight, output, discriminator, name)
        self.alpha = number_or_schedule("alpha", alpha)
        if not isinstance(self.alpha, float) or self.alpha < 1.0:
            raise ValueError(f"Expected alpha >= 1, a number. Received: alpha={alpha!r}.")

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        super().check(model, outputs)
        rank = len(model.sample_shape)
        if rank not in (3, 4):
            raise ValueError(
                f"Expected images or films, (..., height, width, channels), for gradient_difference. Received: samples "
                f"of rank {rank} without the batch. Leave it out."
            )

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        generated, real = compared(step, self.output, self.discriminator)
        return sum(
            ops.mean(ops.power(ops.abs(steepness(real) - steepness(generated)), self.alpha))
            for steepness in (_down, _across)
        )


def _down(samples: tf.Tensor) -> tf.Tensor:
    """`|y_i - y_{i-1}|` along the height of `(..., height, width, channels)`."""
    return ops.abs(samples[..., 1:, :, :] - samples[..., :-1, :, :])


def _across(samples: tf.Tensor) -> tf.Tensor:
    """The same along the width."""
    return ops.abs(samples[..., :, 1:, :] - samples[..., :, :-1, :])
