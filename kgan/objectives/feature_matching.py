"""Feature matching."""

import keras
import tensorflow as tf
from keras import ops

from kgan import distribution
from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["FeatureMatching"]


@keras.saving.register_keras_serializable("kgan")
class FeatureMatching(Objective):
    """The generator matches the mean of the discriminator's features on reals.

    It minimises `||E_x f(x) - E_z f(G(z))||^2`, the squared L2 norm over all features of a layer f, the means over the
    batch.

    Args:
        layer: Name of a layer of the discriminator, or of one of its outputs.
        weight: Non-negative float, or a schedule. Defaults to `1.0`.
        name: In the logs, as `generator_<name>_loss`, where two of a kind are to be told apart. Defaults to
            `"feature_matching"`.

    Raises:
        ValueError: if `weight` is negative, `name` is no identifier, or, in `compile`, the
            discriminator has no such layer.

    Reference:
        Salimans et al., 2016, Improved Techniques for Training GANs, section 3.1. arXiv:1606.03498
    """

    sees_reals = True
    reads_packs = True  # of means over the batch, or over its packs

    def __init__(self, layer: str = "features", weight: "float | Schedule" = 1.0, name: str | None = None):
        self.layer = layer
        self.weight = number_or_schedule("weight", weight)
        self._call_it(name)

    @property
    def outputs(self) -> tuple[str, ...]:
        return (self.layer,)

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        real = distribution.batch_mean(step.real_outputs[self.layer], axis=0)
        generated = distribution.batch_mean(step.generated_outputs[self.layer], axis=0)
        return ops.sum(ops.square(ops.stop_gradient(real) - generated))
