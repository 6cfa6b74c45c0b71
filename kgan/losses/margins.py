"""Losses on the margin between logits: Wasserstein and hinge."""

import keras
import tensorflow as tf
from keras import ops

from kgan.losses.base import AdversarialLoss, _OfDifferences

__all__ = ["Hinge", "Wasserstein"]


@keras.saving.register_keras_serializable("kgan")
class Wasserstein(_OfDifferences):
    """The critic's estimate of the earth mover's distance, as far as a penalty keeps the critic 1-Lipschitz.

    The discriminator minimises `E[D(G(z))] - E[D(x)]`, the generator `-E[D(G(z))]`. Use it with `penalties.WGANGP`.

    Reference:
        Arjovsky et al., 2017, Wasserstein GAN. arXiv:1701.07875
    """

    def discriminator_loss(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
        return ops.mean(generated_logits) - ops.mean(real_logits)

    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        return -ops.mean(generated_logits)


@keras.saving.register_keras_serializable("kgan")
class Hinge(AdversarialLoss):
    """The discriminator stops caring once a sample is right by a margin of 1.

    It minimises `E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]`, the generator `-E[D(G(z))]`.

    Reference:
        Lim and Ye, 2017, Geometric GAN. arXiv:1705.02894; Miyato et al., 2018, arXiv:1802.05957
    """

    def discriminator_loss(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
        return ops.mean(ops.relu(1.0 - real_logits)) + ops.mean(ops.relu(1.0 + generated_logits))

    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        return -ops.mean(generated_logits)
