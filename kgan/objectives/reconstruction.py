"""The reconstruction that FastGAN's discriminator learns beside."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["Reconstruction"]


@keras.saving.register_keras_serializable("kgan")
class Reconstruction(Objective):
    """The discriminator's features suffice to draw the reals again, so that it cannot look at a few details alone.

    The discriminator minimises the mean over reals of its output `"reconstruction"`, `(batch, 1)`: what its decoders
    get wrong, as `kgan.architectures.fastgan_discriminator` has it. Generated samples are not drawn again.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1.0`.
        name: In the logs, as `discriminator_<name>_loss`. Defaults to `"reconstruction"`.

    Raises:
        ValueError: if `weight` is negative, `name` is no identifier, or, in `compile`, the discriminator has no output
            `"reconstruction"`.

    Examples:
        >>> kgan.objectives.Reconstruction(weight=0.5).outputs
        ('reconstruction',)

    Reference:
        Liu et al., 2021, Towards Faster and Stabilized GAN Training for High-fidelity Few-shot Image Synthesis,
        section 3.2. arXiv:2101.04775
    """

    def __init__(self, weight: "float | Schedule" = 1.0, name: str | None = None):
        self.weight = number_or_schedule("weight", weight)
        self._call_it(name)

    @property
    def outputs(self) -> tuple[str, ...]:
        return ("reconstruction",)

    def discriminator_loss(self, step: StepOutputs) -> tf.Tensor:
        return ops.mean(step.real_outputs["reconstruction"])
