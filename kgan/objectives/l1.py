"""The mean absolute difference to the truth."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.compared import Compared, compared
from kgan.schedules import Schedule

__all__ = ["L1"]


@keras.saving.register_keras_serializable("kgan")
class L1(Compared):
    """The generator's outputs come near their truths: `mean |y - G(x)|`, over batch, pixels and channels.

    For models that learn from pairs, where each real is what the generator should have made. It blurs less than the
    squared error, and leaves fine structure to the discriminator.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `100.0`, as there, for images in
            [-1, 1].
        output: Name of the generator's output, where it has several.
        discriminator: Name of the discriminator whose reals are the truths, where several have reals of their own.
        name: In the logs, as `generator_<name>_loss`, where two of a kind are to be told apart. Defaults to `"l1"`, or
            `"l1_<output>"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier; in `compile`, if the generator has no such
            output, the model has no such discriminator, or samples do not have the shape of the reals.

    Examples:
        >>> kgan.objectives.L1(weight=50.0).weight  # compile(objectives=[...]) of a kgan.Translation
        50.0

    Reference:
        Isola et al., 2017, Image-to-Image Translation with Conditional Adversarial Networks. arXiv:1611.07004
    """

    def __init__(
        self,
        weight: "float | Schedule" = 100.0,
        output: str | None = None,
        discriminator: str | None = None,
        name: str | None = None,
    ):
        super().__init__(weight, output, discriminator, name)

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        generated, real = compared(step, self.output, self.discriminator)
        return ops.mean(ops.abs(generated - real))
