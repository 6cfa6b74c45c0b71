"""Whether a discriminator that cannot tell reals from samples could: a dead one, or a true equilibrium?"""

import random
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan._game import networks, packing
from kgan._game.discriminator_pass import one_logit_each, run_discriminator
from kgan._step import optimizers
from kgan.data.splits import paired
from kgan.diagnostics import separability
from kgan.diagnostics.compared import compared
from kgan.diagnostics.subjects import Reals, Subjects

__all__ = ["Probe"]

_BATCH = 64
_LEARNING_RATE = 1e-3
_FRESH_STEPS = 80
_OWN_STEPS = (30, 40, 50)  # after which it is asked; the least counts, or luck would let off one that jumps about


class Probe:
    """Holds the generator still and lets a discriminator learn against it, then forgets all of it.

    In training the discriminator runs after a generator that moves, so that even a live one may tell little. Against a
    generator that stands still a live one soon tells more. A fresh one of the same kind says whether there is anything
    to tell: at a true equilibrium there is not.

    Args:
        gan: A compiled `kgan.GAN`.
        subjects: The reals; half of the training reals are kept for the question where none are held out.
        seed: Of latents, batches and the fresh weights.

    Attributes:
        asked: How often the model's own discriminator was asked.

    Raises:
        ValueError: if the discriminator cannot be made anew from its config.
    """

    def __init__(self, gan: Any, subjects: Subjects, seed: int = 0):
        self.gan = gan
        self.seed = seed
        train, held_out = subjects.train, subjects.held_out
        if held_out is None:
            half = len(train.samples) // 2
            train, held_out = train.rows(slice(half, None)), train.rows(slice(half))
        self._train, self._held_out = train, held_out
        self._own_step = tf.function(gan.discriminator_step)
        self._fresh_step = tf.function(self._stepped)
        self._fresh = _fresh_copy(gan.discriminator, seed)
        self._optimizer = keras.optimizers.Adam(_LEARNING_RATE, beta_1=0.5)
        self._optimizer.build(self._fresh.trainable_variables)
        self._variables = [*self._fresh.variables, *self._optimizer.variables]
        self._initial = [variable.numpy() for variable in self._variables]
        self.asked = 0

    def own(self) -> float:
        """The least separation of the model's discriminator after 30, 40 and 50 more steps of its own.

        Its penalties, augmentation and optimizer take part, the latter with its learning rate as it is.
        """
        self.asked += 1
        stream = np.random.RandomState(self.seed)
        told = []
        with self.gan.trial_updates():
            for step in range(1, _OWN_STEPS[-1] + 1):
                self._own_step(paired(*self._drawn(stream).tensors()))
                if step in _OWN_STEPS:
                    told.append(self._separation(self.gan.discriminator, stream))
        return min(told)

    def fresh(self) -> float:
        """Separation of a discriminator of the same kind after 80 steps of binary cross-entropy from fresh weights."""
        for variable, value in zip(self._variables, self._initial, strict=True):
            variable.assign(value)
        stream = np.random.RandomState(self.seed)
        for _ in range(_FRESH_STEPS):
            self._fresh_step(*self._round(self._drawn(stream), stream))
        return self._separation(self._fresh, stream)

    def _drawn(self, stream) -> Reals:
        return self._train.rows(stream.randint(len(self._train.samples), size=_BATCH))

    def _round(self, reals: Reals, stream) -> tuple:
        latents = self.gan.latents.draw(len(reals.samples), self.gan.latent_dim, int(stream.randint(2**31)))
        return *reals.tensors(), tf.constant(latents)

    def _separation(self, discriminator: keras.Model, stream) -> float:
        """Probability that a held-out real gets a higher logit than a generated sample."""
        real, labels, latents = self._round(self._held_out, stream)
        logits = self._judged(discriminator, real, labels, latents, training=False)
        return separability.auc(*(one.numpy() for one in logits))

    def _judged(self, discriminator: keras.Model, real, labels, latents, training: bool):
        """Logits of reals and of samples, one each."""
        batch = self.gan.batch_of(real, labels, latents)
        with keras.StatelessScope():
            _, *both = compared(self.gan, batch, training=True)
        for samples in both:
            seen = packing.packed(samples, self.gan.pac)
            yield one_logit_each(run_discriminator(discriminator, seen, batch.conditions, training=training)["logits"])

    def _stepped(self, real, labels, latents) -> None:
        with tf.GradientTape() as tape:
            real_logits, generated_logits = self._judged(self._fresh, real, labels, latents, training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(generated_logits))
        weights = self._fresh.trainable_variables
        optimizers.apply(self._optimizer, tape.gradient(loss, weights), weights)


def _fresh_copy(discriminator: keras.Model, seed: int) -> keras.Model:
    """The same network with other weights, drawn from the seed; the global stream that Keras draws from goes on."""
    state = random.getstate()
    random.seed(seed)
    try:
        return networks.fresh_copy_of(discriminator)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise ValueError(
            f"Expected a discriminator that can be made anew from its config. Received: {discriminator.name!r}, "
            f"{type(error).__name__}: {error}. Register its layers (keras.saving.register_keras_serializable) and "
            f"give them get_config."
        ) from error
    finally:
        random.setstate(state)
