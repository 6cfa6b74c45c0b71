"""Adversarial losses: what each player minimises, from the discriminator's logits, with real = 1."""

from abc import abstractmethod
from typing import NamedTuple

import tensorflow as tf

from kgan import distribution
from kgan._support.configurable import Configurable

__all__ = ["AdversarialLoss", "PlayerLosses"]


class PlayerLosses(NamedTuple):
    """What each player minimises on a batch.

    Attributes:
        discriminator: float32 scalar.
        generator: float32 scalar.
    """

    discriminator: tf.Tensor
    generator: tf.Tensor


class AdversarialLoss(Configurable):
    """What the two networks minimise.

    Subclass it to bring a loss of your own. Both methods take logits of shape `(batch, ...)`, the same shape for reals
    and generated, and return a float32 scalar: the mean over the batch of what the player minimises.

    Attributes:
        generator_sees_reals: Whether `generator_loss` reads `real_logits`. Where it does not, the discriminator is
            spared a pass over the reals in the generator's update, and `real_logits` is `None`.
        of_single_samples: Whether `generator_loss` is the mean of what each sample loses alone, or beside its own real,
            so that `compile(top_k=...)` may leave samples out.
    """

    generator_sees_reals = False
    of_single_samples = True

    @abstractmethod
    def discriminator_loss(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
        """What the discriminator minimises."""

    @abstractmethod
    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        """What the generator minimises."""

    def __call__(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> PlayerLosses:
        """Both losses of a batch.

        A Keras loss is called with what is true and what is predicted, and returns one number. A game has two: call
        `loss(real_logits, generated_logits)` and take `.discriminator` and `.generator`.

        Args:
            real_logits: `D(x)`, `(batch, ...)`: a tensor, an array or lists of numbers.
            generated_logits: `D(G(z))` of the same shape.

        Examples:
            >>> losses = kgan.losses.Wasserstein()(real_logits=[[2.0]], generated_logits=[[-1.0]])
            >>> float(losses.discriminator), float(losses.generator)
            (-3.0, 1.0)

        Raises:
            ValueError: if the shapes differ.
        """
        real, generated = (tf.convert_to_tensor(one, tf.float32) for one in (real_logits, generated_logits))
        if not real.shape.is_compatible_with(generated.shape):
            raise ValueError(
                f"Expected real_logits and generated_logits of one shape. Received: {tuple(real.shape)} and "
                f"{tuple(generated.shape)}. Call loss(D(x), D(G(z))), both through the same discriminator."
            )
        return PlayerLosses(self.discriminator_loss(real, generated), self.generator_loss(generated, real))

    def threshold(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor | float:
        """The logit above which the discriminator takes a sample for real: the accuracies are counted by it.

        0 where logits are log-odds. Losses that only ever see differences of logits leave their level free and count
        by the midpoint of the two means.
        """
        return 0.0


class _OfDifferences(AdversarialLoss):
    """A loss that only ever sees differences of logits, so that their level is free."""

    def threshold(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor | float:
        return (distribution.batch_mean(real_logits) + distribution.batch_mean(generated_logits)) / 2
