"""The least-squares loss."""

import keras
import tensorflow as tf
from keras import ops

from kgan.losses.base import AdversarialLoss

__all__ = ["LeastSquares"]


@keras.saving.register_keras_serializable("kgan")
class LeastSquares(AdversarialLoss):
    """Squared distance of the logits to their targets, 1 for real and 0 for generated.

    The discriminator minimises `E[(D(x) - 1)^2] / 2 + E[D(G(z))^2] / 2`, the generator `E[(D(G(z)) - 1)^2] / 2`.

    Reference:
        Mao et al., 2017, Least Squares Generative Adversarial Networks, equation 9. arXiv:1611.04076
    """

    def discriminator_loss(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
        return (ops.mean(ops.square(real_logits - 1.0)) + ops.mean(ops.square(generated_logits))) / 2

    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        return ops.mean(ops.square(generated_logits - 1.0)) / 2

    def threshold(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor | float:
        return 0.5
