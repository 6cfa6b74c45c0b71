"""Mode seeking."""

import keras
import tensorflow as tf
from keras import ops

from kgan import distribution
from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective, latents_of
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["ModeSeeking"]


@keras.saving.register_keras_serializable("kgan")
class ModeSeeking(Objective):
    """The generator keeps samples apart whose latents are apart, against mode collapse.

    It minimises `1 / (d(G(z), G(z')) / d(z, z') + 1e-5)`, d the mean absolute difference over the batch, z' the batch's
    latents turned by one place, with the same labels. The paper maximises the ratio; its authors' program minimises
    this, which stays bounded below.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1.0`.
        name: In the logs, as `generator_<name>_loss`, where two of a kind are to be told apart. Defaults to
            `"mode_seeking"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier.

    Reference:
        Mao et al., 2019, Mode Seeking Generative Adversarial Networks for Diverse Image Synthesis. arXiv:1903.05628
    """

    def __init__(self, weight: "float | Schedule" = 1.0, name: str | None = None):
        self.weight = number_or_schedule("weight", weight)
        self._call_it(name)

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        z, inputs = latents_of(step), step.batch.generator_inputs
        turned = ops.roll(z, 1, axis=0)
        others = step.samples_of(step.generate([turned, *inputs[1:]] if isinstance(inputs, list) else turned))
        apart = distribution.batch_mean(ops.abs(step.generated - others))
        apart /= distribution.batch_mean(ops.abs(z - turned))
        return 1.0 / (apart + 1e-5)
