"""The least-squares loss."""

import keras
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

    def discriminator_loss(self, real_logits, generated_logits):
        return (ops.mean(ops.square(real_logits - 1.0)) + ops.mean(ops.square(generated_logits))) / 2

    def generator_loss(self, generated_logits, real_logits=None):
        return ops.mean(ops.square(generated_logits - 1.0)) / 2

    def threshold(self, real_logits, generated_logits):
        return 0.5
