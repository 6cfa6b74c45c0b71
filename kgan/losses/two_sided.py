"""A loss for games in which the generator's side makes what counts as real, too."""

from collections.abc import Mapping

import keras
import tensorflow as tf
from keras import ops

from kgan.losses.base import AdversarialLoss
from kgan.losses.registry import get

__all__ = ["TwoSided"]


@keras.saving.register_keras_serializable("kgan")
class TwoSided(AdversarialLoss):
    """Another loss, in which the generator's side is also to make the reals look generated, as BiGAN's encoder does.

    The discriminator minimises what it always does. The generator's side minimises `L_G(l_g) + L_G(2 t - l_r)`: beside
    its usual loss on the logits of generated pairs, the same on those of real pairs mirrored at the threshold t above
    which the discriminator takes a pair for real. Of the non-saturating loss that is `-log D(G(z), z) -
    log(1 - D(x, E(x)))`.

    Args:
        loss: What `kgan.losses.get` takes. One whose generator reads reals anyway, as the relativistic ones, has both
            sides already, and is refused.

    Raises:
        ValueError: if no loss has that name, or the generator's part of it reads reals.

    Examples:
        >>> loss = kgan.losses.TwoSided("wasserstein")(real_logits=[[2.0]], generated_logits=[[-1.0]])
        >>> float(loss.discriminator), float(loss.generator)  # mirrored at 0.5, their midpoint: -1
        (-3.0, 2.0)

    Reference:
        Donahue et al., 2017, Adversarial Feature Learning. arXiv:1605.09782
    """

    generator_sees_reals = True
    of_single_samples = False

    def __init__(self, loss: "str | Mapping | AdversarialLoss" = "non_saturating"):
        self.loss = get(loss)
        if self.loss.generator_sees_reals:
            raise ValueError(
                f"Expected a loss whose generator reads generated logits alone, as 'non_saturating'. Received: "
                f"loss={self.loss.name!r}, which reads reals and so has both sides already. Pass it as it is."
            )

    def discriminator_loss(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
        return self.loss.discriminator_loss(real_logits, generated_logits)

    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        middle = ops.stop_gradient(ops.convert_to_tensor(self.threshold(real_logits, generated_logits), "float32"))
        return self.loss.generator_loss(generated_logits) + self.loss.generator_loss(2.0 * middle - real_logits)

    def threshold(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor | float:
        return self.loss.threshold(real_logits, generated_logits)
