"""Penalties that hold the discriminator's slope at 1."""

from abc import abstractmethod

import keras
import tensorflow as tf
from keras import ops

from kgan import distribution, schedules
from kgan._game.discriminator_pass import DiscriminatorPass
from kgan.penalties.base import Penalty, squared_norm

__all__ = ["DRAGAN", "WGANGP"]


def _per_sample(game: DiscriminatorPass) -> tuple:
    """A shape of one number for each sample, that broadcasts over its axes."""
    return (ops.shape(game.real)[0], *(1 for _ in game.real.shape[1:]))


class _UnitSlope(Penalty):
    """`weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at points that the subclass chooses."""

    def __init__(self, weight: "float | schedules.Schedule" = 10.0):
        self.weight = schedules.number_or_schedule("weight", weight)

    @abstractmethod
    def points(self, game: DiscriminatorPass) -> tf.Tensor:
        """Where the slope is held to 1."""

    def __call__(self, game: DiscriminatorPass) -> tf.Tensor:
        squared = squared_norm(game.gradient_at(self.points(game)))
        # The square root has no slope at 0, where a fresh discriminator may well be.
        weight = schedules.at(self.weight, game.images_seen)
        return weight * ops.mean(ops.square(ops.sqrt(squared + 1e-10) - 1.0))


@keras.saving.register_keras_serializable("kgan")
class WGANGP(_UnitSlope):
    """Slope 1 on straight lines between reals and generated samples.

    Adds `weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at `x_i = a_i x + (1 - a_i) G(z)`, `a_i` *uniform* in [0, 1],
    one for each sample.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `10.0`.

    Raises:
        ValueError: if `weight` is negative.

    Reference:
        Gulrajani et al., 2017, Improved Training of Wasserstein GANs. arXiv:1704.00028
    """

    def points(self, game: DiscriminatorPass) -> tf.Tensor:
        alpha = game.uniform(_per_sample(game))
        return alpha * game.real + (1.0 - alpha) * game.generated


@keras.saving.register_keras_serializable("kgan")
class DRAGAN(_UnitSlope):
    """Slope 1 in a neighbourhood of the reals.

    Adds `weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at `x_i = x + a_i * 0.5 * std(x) * u`: `a_i` uniform in [0, 1],
    one for each sample, `u` uniform in [0, 1] for each number of it, `std` over the whole batch of reals.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `10.0`.

    Raises:
        ValueError: if `weight` is negative.

    Reference:
        Kodali et al., 2017, On Convergence and Stability of GANs. arXiv:1705.07215
    """

    def points(self, game: DiscriminatorPass) -> tf.Tensor:
        centred = game.real - distribution.batch_mean(game.real)
        deviation = ops.sqrt(distribution.batch_mean(ops.square(centred)))
        noise = 0.5 * deviation * game.uniform(ops.shape(game.real))
        return game.real + game.uniform(_per_sample(game)) * noise
