"""Adversarial losses: what each player minimises, from the discriminator's logits, with real = 1."""

import math
from abc import ABC, abstractmethod

import keras
from keras import ops

from kgan import lookup


class AdversarialLoss(ABC):
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

    def get_config(self) -> dict:
        """Every constructor argument, as plain Python values."""
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "AdversarialLoss":
        """The loss that `get_config` describes."""
        return cls(**config)


class _BinaryCrossEntropy(AdversarialLoss):
    """The discriminator of Goodfellow et al., 2014, which the minimax and the non-saturating game share.

    With `D = sigmoid(logit)`, it minimises `-E[log D(x)] - E[log(1 - D(G(z)))]`: the *sum* of the cross-entropy on
    reals and the one on generated, `2 log 2` when it cannot tell them apart.
    """

    def discriminator_loss(self, real_logits, generated_logits):
        return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(generated_logits))


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

    Reference:
        Goodfellow et al., 2014, Generative Adversarial Networks, section 3. arXiv:1406.2661
    """

    def generator_loss(self, generated_logits, real_logits=None):
        return ops.mean(ops.softplus(-generated_logits))


@keras.saving.register_keras_serializable("kgan")
class RelativisticPairing(AdversarialLoss):
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

    def threshold(self, real_logits, generated_logits):
        return (ops.mean(real_logits) + ops.mean(generated_logits)) / 2


LOSSES = lookup.by_name([Minimax, NonSaturating, RelativisticPairing])


def get(identifier: "str | AdversarialLoss") -> AdversarialLoss:
    """Returns the loss: by name (`"non_saturating"`), or as it is when it is an `AdversarialLoss` already.

    Raises:
        ValueError: No loss has that name.
        TypeError: `identifier` is neither a name nor an `AdversarialLoss`.
    """
    if isinstance(identifier, AdversarialLoss):
        return identifier
    if isinstance(identifier, str):
        return lookup.find("loss", identifier, LOSSES)()
    raise TypeError(
        f"Expected loss to be a name or a kgan.losses.AdversarialLoss. Received: loss={identifier!r} "
        f"of type {type(identifier).__name__}. A keras.losses.Loss sees one tensor; a game needs both players' logits."
    )


def js_divergence_lower_bound(discriminator_loss: float) -> float:
    """The Jensen-Shannon divergence that a binary cross-entropy discriminator has proved, in nats.

    `JSD(p_data || p_g) >= log 2 - discriminator_loss / 2`, tight at `D* = p_data / (p_data + p_g)`, because
    `V(G, D) <= V(G, D*) = -log 4 + 2 JSD` and `discriminator_loss = -V` (Goodfellow et al., 2014, theorem 1).

    Args:
        discriminator_loss: `-V`, the sum of the cross-entropies on reals and generated that `minimax` and
            `non_saturating` report.
    """
    return math.log(2.0) - discriminator_loss / 2.0
