"""Feature matching of pairs, at all layers of every discriminator."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["DeepFeatureMatching"]

_RECTIFIERS = (keras.layers.Activation, keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.PReLU, keras.layers.ELU)


@keras.saving.register_keras_serializable("kgan")
class DeepFeatureMatching(Objective):
    """The generator's output looks like its truth to every layer of every discriminator.

    It minimises `sum_d sum_l mean |f_dl(y) - f_dl(G(x))|` over the discriminators d and, of each, its rectifiers l and
    its logits. It is for models that learn from pairs, whose k-th output belongs to the k-th real; for others there is
    `kgan.objectives.FeatureMatching`, of means over the batch.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `2.0`, as in HiFi-GAN.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"deep_feature_matching"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier.

    Examples:
        >>> kgan.objectives.DeepFeatureMatching(weight=10.0).weight  # pix2pixHD's
        10.0

    Reference:
        Wang et al., 2018, arXiv:1711.11585, section 3.2; Kong et al., 2020, arXiv:2010.05646, section 2.4
    """

    sees_reals = True

    def __init__(self, weight: "float | Schedule" = 2.0, name: str | None = None):
        self.weight = number_or_schedule("weight", weight)
        self._call_it(name)

    def outputs_of(self, discriminator: keras.Model) -> tuple[str, ...]:
        layers = discriminator.layers if hasattr(discriminator, "outputs") else []
        return tuple(layer.name for layer in layers if isinstance(layer, _RECTIFIERS))

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        terms = [
            ops.mean(ops.abs(ops.stop_gradient(found.real[name]) - generated))
            for found in step.discriminators.values()
            for name, generated in found.generated.items()
        ]
        return tf.add_n(terms)
