"""Losses on the cross-entropy of real and generated, and the divergence that they bound."""

import math

import keras
import tensorflow as tf
from keras import ops

from kgan.losses.base import AdversarialLoss

__all__ = ["GradientReversal", "Minimax", "NonSaturating", "js_divergence_lower_bound"]


class _BinaryCrossEntropy(AdversarialLoss):
    """The discriminator of Goodfellow et al., 2014, which the minimax and the non-saturating game share.

    With `D = sigmoid(logit)`, it minimises `-E[log D(x)] - E[log(1 - D(G(z)))]`: the *sum* of the cross-entropy on
    reals and the one on generated, `2 log 2` when it cannot tell them apart.
    """

    def discriminator_loss(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
        return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(generated_logits))


@keras.saving.register_keras_serializable("kgan")
class Minimax(_BinaryCrossEntropy):
    """The zero-sum game: the generator minimises `E[log(1 - D(G(z)))]`.

    Its gradient with respect to the logit is `-D(G(z))`, which vanishes where the discriminator is sure: it saturates.

    Reference:
        Goodfellow et al., 2014, Generative Adversarial Networks. arXiv:1406.2661
    """

    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        return -ops.mean(ops.softplus(generated_logits))  # log(1 - sigmoid(l)) = -softplus(l)


@keras.saving.register_keras_serializable("kgan")
class NonSaturating(_BinaryCrossEntropy):
    """The generator maximises `E[log D(G(z))]` instead: same fixed point, a gradient where the minimax game has none.

    Args:
        label_smoothing: One-sided: the discriminator's target for reals is `1 - label_smoothing`, that for generated
            stays 0, because smoothing both would pull reals towards where the generator is wrong. In [0, 0.5).

    Raises:
        ValueError: if `label_smoothing` is not in [0, 0.5).

    Examples:
        >>> loss = kgan.losses.NonSaturating()
        >>> undecided = np.zeros((4, 1), "float32")  # D = sigmoid(0) = 1/2
        >>> round(float(loss.discriminator_loss(undecided, undecided)), 4)  # 2 log 2
        1.3863
        >>> round(float(loss.generator_loss(undecided)), 4)  # log 2
        0.6931

    Reference:
        Goodfellow et al., 2014, Generative Adversarial Networks, section 3. arXiv:1406.2661;
        Salimans et al., 2016, Improved Techniques for Training GANs, section 3.4. arXiv:1606.03498
    """

    def __init__(self, label_smoothing: float = 0.0):
        if not 0.0 <= label_smoothing < 0.5:
            raise ValueError(f"Expected label_smoothing in [0, 0.5). Received: label_smoothing={label_smoothing}.")
        self.label_smoothing = float(label_smoothing)

    def discriminator_loss(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
        # -(1 - s) log D - s log(1 - D) = softplus(-l) + s l
        smoothed = self.label_smoothing * ops.mean(real_logits) if self.label_smoothing else 0.0
        return super().discriminator_loss(real_logits, generated_logits) + smoothed

    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        return ops.mean(ops.softplus(-generated_logits))


@keras.saving.register_keras_serializable("kgan")
class GradientReversal(_BinaryCrossEntropy):
    """The generator side maximises what the discriminator minimises, through reals and generated alike.

    `L_G = -strength * L_D`, so that its gradient is the discriminator's, turned round and multiplied: what a gradient
    reversal layer does. It is for games in which reals, too, come from the generator side, as the features of both
    domains in `kgan.DomainAdaptation`; where they come from the data it is as `Minimax`.

    Args:
        strength: What the reversed gradient is multiplied by; lambda in the paper. Positive. Defaults to `1.0`.

    Raises:
        ValueError: if `strength` is not positive.

    Examples:
        >>> loss = kgan.losses.GradientReversal(strength=0.5)
        >>> undecided = np.zeros((4, 1), "float32")
        >>> round(float(loss.generator_loss(undecided, undecided)), 4)  # -0.5 * 2 log 2
        -0.6931

    Reference:
        Ganin et al., 2016, Domain-Adversarial Training of Neural Networks. arXiv:1505.07818
    """

    generator_sees_reals = True
    of_single_samples = False

    def __init__(self, strength: float = 1.0):
        if not strength > 0.0:
            raise ValueError(f"Expected strength > 0. Received: strength={strength}.")
        self.strength = float(strength)

    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        return -self.strength * self.discriminator_loss(real_logits, generated_logits)


def js_divergence_lower_bound(discriminator_loss: float) -> float:
    """The Jensen-Shannon divergence that a binary cross-entropy discriminator has proved, in nats.

    `JSD(p_data || p_g) >= log 2 - discriminator_loss / 2`, tight at `D* = p_data / (p_data + p_g)`, because
    `V(G, D) <= V(G, D*) = -log 4 + 2 JSD` and `discriminator_loss = -V` (Goodfellow et al., 2014, theorem 1).

    Args:
        discriminator_loss: `-V`, the sum of the cross-entropies on reals and generated that `minimax` and
            `non_saturating` report.
    """
    return math.log(2.0) - discriminator_loss / 2.0
