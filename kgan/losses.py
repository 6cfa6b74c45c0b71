"""Adversarial losses: what each player minimises, from the discriminator's logits, with real = 1."""

import math
from abc import abstractmethod

import keras
from keras import ops

from kgan import distribution, lookup
from kgan.configurable import Configurable


class AdversarialLoss(Configurable):
    """The two objectives of one game.

    Subclass it to bring a loss of your own. Both methods take logits of shape `(batch, ...)`, the same shape for reals
    and generated, and return a float32 scalar: the mean over the batch of what the player minimises.

    Attributes:
        generator_sees_reals: Whether `generator_loss` reads `real_logits`. Where it does not, the discriminator is
            spared a pass over the reals in the generator's update, and `real_logits` is `None`.
    """

    generator_sees_reals = False

    @abstractmethod
    def discriminator_loss(self, real_logits, generated_logits):
        """What the discriminator minimises."""

    @abstractmethod
    def generator_loss(self, generated_logits, real_logits=None):
        """What the generator minimises."""

    def threshold(self, real_logits, generated_logits):
        """The logit above which the discriminator takes a sample for real: the accuracies are counted by it.

        0 where logits are log-odds. Losses that only ever see differences of logits leave their level free and count
        by the midpoint of the two means.
        """
        return 0.0


class _BinaryCrossEntropy(AdversarialLoss):
    """The discriminator of Goodfellow et al., 2014, which the minimax and the non-saturating game share.

    With `D = sigmoid(logit)`, it minimises `-E[log D(x)] - E[log(1 - D(G(z)))]`: the *sum* of the cross-entropy on
    reals and the one on generated, `2 log 2` when it cannot tell them apart.
    """

    def discriminator_loss(self, real_logits, generated_logits):
        return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(generated_logits))


class _OfDifferences(AdversarialLoss):
    """A loss that only ever sees differences of logits, so that their level is free."""

    def threshold(self, real_logits, generated_logits):
        return (distribution.batch_mean(real_logits) + distribution.batch_mean(generated_logits)) / 2


@keras.saving.register_keras_serializable("kgan")
class Minimax(_BinaryCrossEntropy):
    """The zero-sum game: the generator minimises `E[log(1 - D(G(z)))]`.

    Its gradient with respect to the logit is `-D(G(z))`, which vanishes where the discriminator is sure: it saturates.

    Reference:
        Goodfellow et al., 2014, Generative Adversarial Networks. arXiv:1406.2661
    """

    def generator_loss(self, generated_logits, real_logits=None):
        return -ops.mean(ops.softplus(generated_logits))  # log(1 - sigmoid(l)) = -softplus(l)


@keras.saving.register_keras_serializable("kgan")
class NonSaturating(_BinaryCrossEntropy):
    """The generator maximises `E[log D(G(z))]` instead: same fixed point, a gradient where the minimax game has none.

    Args:
        label_smoothing: One-sided: the discriminator's target for reals is `1 - label_smoothing`, that for generated
            stays 0, because smoothing both would pull reals towards where the generator is wrong. In [0, 0.5).

    Raises:
        ValueError: `label_smoothing` is out of range.

    Reference:
        Goodfellow et al., 2014, Generative Adversarial Networks, section 3. arXiv:1406.2661;
        Salimans et al., 2016, Improved Techniques for Training GANs, section 3.4. arXiv:1606.03498
    """

    def __init__(self, label_smoothing: float = 0.0):
        if not 0.0 <= label_smoothing < 0.5:
            raise ValueError(f"Expected label_smoothing in [0, 0.5). Received: label_smoothing={label_smoothing}.")
        self.label_smoothing = float(label_smoothing)

    def discriminator_loss(self, real_logits, generated_logits):
        # -(1 - s) log D - s log(1 - D) = softplus(-l) + s l
        smoothed = self.label_smoothing * ops.mean(real_logits) if self.label_smoothing else 0.0
        return super().discriminator_loss(real_logits, generated_logits) + smoothed

    def generator_loss(self, generated_logits, real_logits=None):
        return ops.mean(ops.softplus(-generated_logits))


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


@keras.saving.register_keras_serializable("kgan")
class Wasserstein(_OfDifferences):
    """The critic's estimate of the earth mover's distance, as far as a penalty keeps the critic 1-Lipschitz.

    The discriminator minimises `E[D(G(z))] - E[D(x)]`, the generator `-E[D(G(z))]`. Use it with `penalties.WGANGP`.

    Reference:
        Arjovsky et al., 2017, Wasserstein GAN. arXiv:1701.07875
    """

    def discriminator_loss(self, real_logits, generated_logits):
        return ops.mean(generated_logits) - ops.mean(real_logits)

    def generator_loss(self, generated_logits, real_logits=None):
        return -ops.mean(generated_logits)


@keras.saving.register_keras_serializable("kgan")
class Hinge(AdversarialLoss):
    """The discriminator stops caring once a sample is right by a margin of 1.

    It minimises `E[max(0, 1 - D(x))] + E[max(0, 1 + D(G(z)))]`, the generator `-E[D(G(z))]`.

    Reference:
        Lim and Ye, 2017, Geometric GAN. arXiv:1705.02894; Miyato et al., 2018, arXiv:1802.05957
    """

    def discriminator_loss(self, real_logits, generated_logits):
        return ops.mean(ops.relu(1.0 - real_logits)) + ops.mean(ops.relu(1.0 + generated_logits))

    def generator_loss(self, generated_logits, real_logits=None):
        return -ops.mean(generated_logits)


@keras.saving.register_keras_serializable("kgan")
class RelativisticPairing(_OfDifferences):
    """Each real is paired with one generated sample; only the difference of their logits counts.

    The discriminator minimises `E[softplus(-(D(x) - D(G(z))))]`, the generator `E[softplus(-(D(G(z)) - D(x)))]`.

    Reference:
        Jolicoeur-Martineau, 2018, The relativistic discriminator. arXiv:1807.00734;
        Huang et al., 2024, The GAN is dead; long live the GAN! arXiv:2501.05441
    """

    generator_sees_reals = True

    def discriminator_loss(self, real_logits, generated_logits):
        return ops.mean(ops.softplus(generated_logits - real_logits))

    def generator_loss(self, generated_logits, real_logits=None):
        return ops.mean(ops.softplus(real_logits - generated_logits))


@keras.saving.register_keras_serializable("kgan")
class RelativisticAverage(_OfDifferences):
    """Each sample is held against the average of the other side.

    With `d(x) = D(x) - E[D(G(z))]` and `d(G(z)) = D(G(z)) - E[D(x)]`, the discriminator minimises
    `-E[log sigmoid(d(x))] - E[log(1 - sigmoid(d(G(z))))]`; the generator the same with the sides exchanged.

    Reference:
        Jolicoeur-Martineau, 2018, The relativistic discriminator, RaSGAN. arXiv:1807.00734
    """

    generator_sees_reals = True

    def discriminator_loss(self, real_logits, generated_logits):
        real = real_logits - distribution.batch_mean(generated_logits)
        generated = generated_logits - distribution.batch_mean(real_logits)
        return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(generated))

    def generator_loss(self, generated_logits, real_logits=None):
        return self.discriminator_loss(generated_logits, real_logits)


LOSSES = lookup.by_name(
    [Minimax, NonSaturating, LeastSquares, Wasserstein, Hinge, RelativisticPairing, RelativisticAverage]
)


def get(identifier: "str | AdversarialLoss") -> AdversarialLoss:
    """Returns the loss: by name (`"non_saturating"`), or as it is when it is an `AdversarialLoss` already.

    Raises:
        ValueError: No loss has that name.
        TypeError: `identifier` is neither a name nor an `AdversarialLoss`.
    """
    hint = " A keras.losses.Loss sees one tensor; a game needs both players' logits."
    return lookup.resolve("loss", identifier, LOSSES, AdversarialLoss, hint)


def js_divergence_lower_bound(discriminator_loss: float) -> float:
    """The Jensen-Shannon divergence that a binary cross-entropy discriminator has proved, in nats.

    `JSD(p_data || p_g) >= log 2 - discriminator_loss / 2`, tight at `D* = p_data / (p_data + p_g)`, because
    `V(G, D) <= V(G, D*) = -log 4 + 2 JSD` and `discriminator_loss = -V` (Goodfellow et al., 2014, theorem 1).

    Args:
        discriminator_loss: `-V`, the sum of the cross-entropies on reals and generated that `minimax` and
            `non_saturating` report.
    """
    return math.log(2.0) - discriminator_loss / 2.0
