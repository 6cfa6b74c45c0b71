"""Losses that compare each logit with those of the other kind."""

import keras
import tensorflow as tf
from keras import ops

from kgan import distribution
from kgan.losses.base import _OfDifferences

__all__ = ["RelativisticAverage", "RelativisticPairing"]


@keras.saving.register_keras_serializable("kgan")
class RelativisticPairing(_OfDifferences):
    """Each real is paired with one generated sample; only the difference of their logits counts.

    The discriminator minimises `E[softplus(-(D(x) - D(G(z))))]`, the generator `E[softplus(-(D(G(z)) - D(x)))]`.

    Examples:
        >>> loss = kgan.losses.RelativisticPairing()
        >>> real_logits, generated_logits = np.array([[2.0]]), np.array([[0.0]])
        >>> round(float(loss.discriminator_loss(real_logits, generated_logits)), 4)  # log(1 + e^-2)
        0.1269

    Reference:
        Jolicoeur-Martineau, 2018, The relativistic discriminator. arXiv:1807.00734;
        Huang et al., 2024, The GAN is dead; long live the GAN! arXiv:2501.05441
    """

    generator_sees_reals = True

    def discriminator_loss(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
        return ops.mean(ops.softplus(generated_logits - real_logits))

    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        return ops.mean(ops.softplus(real_logits - generated_logits))


@keras.saving.register_keras_serializable("kgan")
class RelativisticAverage(_OfDifferences):
    """Each sample is compared with the average of the other side.

    With `d(x) = D(x) - E[D(G(z))]` and `d(G(z)) = D(G(z)) - E[D(x)]`, the discriminator minimises
    `-E[log sigmoid(d(x))] - E[log(1 - sigmoid(d(G(z))))]`; the generator the same with the sides exchanged.

    Reference:
        Jolicoeur-Martineau, 2018, The relativistic discriminator, RaSGAN. arXiv:1807.00734
    """

    generator_sees_reals = True
    of_single_samples = False

    def discriminator_loss(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
        real = real_logits - distribution.batch_mean(generated_logits)
        generated = generated_logits - distribution.batch_mean(real_logits)
        return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(generated))

    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        return self.discriminator_loss(generated_logits, real_logits)
