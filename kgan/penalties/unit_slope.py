"""Penalties that pull the discriminator's slope towards 1."""

from abc import abstractmethod

import keras
import tensorflow as tf
from keras import ops

from kgan import distribution, schedules
from kgan._game.discriminator_pass import DiscriminatorPass
from kgan.penalties.base import Penalty, squared_norm

__all__ = ["DRAGAN", "WGANGP"]


def _per_sample(seen: DiscriminatorPass) -> tuple:
    """A shape of one number for each sample, that broadcasts over its axes."""
    return (ops.shape(seen.real)[0], *(1 for _ in seen.real.shape[1:]))


class _UnitSlope(Penalty):
    """`weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at points that the subclass chooses."""

    def __init__(self, weight: "float | schedules.Schedule" = 10.0, name: str | None = None):
        self.weight = schedules.number_or_schedule("weight", weight)
        self._call_it(name)

    @abstractmethod
    def points(self, seen: DiscriminatorPass) -> tf.Tensor:
        """Where the slope is pulled towards 1."""

    def __call__(self, seen: DiscriminatorPass) -> tf.Tensor:
        squared = squared_norm(seen.gradient_at(self.points(seen)))
        # The square root has no slope at 0, where a fresh discriminator may well be.
        weight = schedules.at(self.weight, seen.images_seen)
        return weight * ops.mean(ops.square(ops.sqrt(squared + 1e-10) - 1.0))


@keras.saving.register_keras_serializable("kgan")
class WGANGP(_UnitSlope):
    """Slope 1 on straight lines between reals and generated samples.

    Adds `weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at `x_i = a_i x + (1 - a_i) G(z)`, `a_i` *uniform* in [0, 1],
    one for each sample.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `10.0`.
        name: The entry in the logs, where two of a kind are to be told apart. Defaults to `"wgangp_penalty"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier.

    Examples:
        >>> kgan.penalties.WGANGP().get_config()  # compile(loss="wasserstein", penalties=["wgangp"])
        {'weight': 10.0, 'name': None}

    Reference:
        Gulrajani et al., 2017, Improved Training of Wasserstein GANs. arXiv:1704.00028
    """

    def points(self, seen: DiscriminatorPass) -> tf.Tensor:
        alpha = seen.uniform(_per_sample(seen))
        return alpha * seen.real + (1.0 - alpha) * seen.generated


@keras.saving.register_keras_serializable("kgan")
class DRAGAN(_UnitSlope):
    """Slope 1 in a neighbourhood of the reals.

    Adds `weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at `x_i = x + a_i * 0.5 * std(x) * u`: `a_i` uniform in [0, 1],
    one for each sample, `u` uniform in [0, 1] for each number of it, `std` over the whole batch of reals.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `10.0`.
        name: The entry in the logs, where two of a kind are to be told apart. Defaults to `"dragan_penalty"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier.

    Reference:
        Kodali et al., 2017, On Convergence and Stability of GANs. arXiv:1705.07215
    """

    def points(self, seen: DiscriminatorPass) -> tf.Tensor:
        centred = seen.real - distribution.batch_mean(seen.real)
        deviation = ops.sqrt(distribution.batch_mean(ops.square(centred)))
        noise = 0.5 * deviation * seen.uniform(ops.shape(seen.real))
        return seen.real + seen.uniform(_per_sample(seen)) * noise
