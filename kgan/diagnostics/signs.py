"""What can be read off the two networks at one moment of training."""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan._game import networks, packing
from kgan._game.discriminator_pass import one_logit_each, run_discriminator
from kgan.diagnostics import collapse, likeness, separability
from kgan.diagnostics.compared import compared
from kgan.diagnostics.subjects import Subjects
from kgan.metrics.extractors import Extractor, presentable

__all__ = ["Observer", "Signs"]

_SATURATED = math.log(999.0)  # a logit further than this from the threshold is a probability within 0.001 of 0 or 1
_BATCH = 100  # looked at at once: memory for more than a step of training takes is not asked for
_ENOUGH = 40  # held-out reals, or chance alone would look like memorisation
_JOINED = ("samples", "train_logits", "generated_logits")


@dataclass(frozen=True)
class Signs:
    """Figures of one moment. Without held-out reals, those on them are NaN.

    Accuracies and slopes are of the discriminator in inference mode, on the generator in training. Distances and ratios
    to held-out reals are of the samples that grids and exports show, of the averaged generator where there is one.

    Attributes:
        real_accuracy: Share of training reals taken for real.
        held_out_accuracy: Share of held-out reals taken for real.
        generated_accuracy: Share of generated samples seen through.
        separation: Probability that a real, held out where there are any, gets a higher logit than a sample:
            0.5 where the discriminator cannot tell them, 1 where it tells them all. The losses' scales do not matter.
        memorisation: Probability that a training real gets a higher logit than a held-out one: 0.5 where the
            discriminator knows the kind, 1 where it knows the training reals by heart. NaN below 40 held-out reals.
        jsd_lower_bound: `log 2 - BCE_D` in nats, the Jensen-Shannon divergence that the discriminator has proved; of
            its logits after the best line through them, fitted on others, because not every loss calibrates them.
        saturated: Share of logits that are probabilities within 0.001 of 0 or 1.
        generator_pull: `n mean |d L_G / d D(G(z))|`, how much of its way out the loss lets through: 1 under
            `wasserstein`, D(G(z)) under `minimax`, 1 - D(G(z)) under `non_saturating`.
        real_slope: `E ||grad D||^2` on training reals.
        generated_slope: `E ||grad D||^2` on generated samples.
        discriminator_change: How far its weights moved since the last look, over their norm; NaN at the first, and
            while `freeze` keeps it from learning.
        generator_change: The same of the generator's.
        discriminator_gradient: Norm of the gradient of the discriminator's adversarial loss by its weights.
        generator_gradient: The same of the generator's.
        diversity: Mean distance between two generated samples over that between two reals, of one class where there are
            labels: 0 where the latents are ignored, 1 where samples vary as reals do.
        support: How many different samples the generator seems to make, by the birthday paradox; infinite where no two
            were alike.
        coverage: Share of reals with a generated sample in their neighbourhood, out to the 5th neighbour.
        movement: How far the samples of the same latents moved since the last look, over the mean distance between two
            reals; NaN at the first.
        distance: How far samples are from the reals, by patches of a Laplacian pyramid, at the level where they are
            furthest: 0 as reals, 1 as far as pictures without content (Karras et al., 2018, section 5).
        fine_distance: The same at the finest level, that of edges and texture.
        coarse_distance: The same at the coarsest level, that of shapes and colours.
        distance_ratio: The distance over that of held-out reals, at the level where that is largest: 1 as reals.
        precision_ratio: Share of samples in the neighbourhood of a training real, out to its 5th neighbour, over the
            same share of held-out reals: 1 as reals.
        coverage_ratio: Share of training reals with a sample in their neighbourhood, over the same share with a
            held-out real there: 1 as reals.
        images_seen: Reals that the model has been trained on so far, counted each time.
    """

    real_accuracy: float
    held_out_accuracy: float
    generated_accuracy: float
    separation: float
    memorisation: float
    jsd_lower_bound: float
    saturated: float
    generator_pull: float
    real_slope: float
    generated_slope: float
    discriminator_change: float
    generator_change: float
    discriminator_gradient: float
    generator_gradient: float
    diversity: float
    support: float
    coverage: float
    movement: float
    distance: float = math.nan
    fine_distance: float = math.nan
    coarse_distance: float = math.nan
    distance_ratio: float = math.nan
    precision_ratio: float = math.nan
    coverage_ratio: float = math.nan
    images_seen: float = math.nan


class Observer:
    """Reads the signs of a model, always on the same reals and latents.

    Args:
        gan: A compiled `kgan.GAN`.
        subjects: The reals and latents.
        extractor: What distances between samples are measured in.
    """

    def __init__(self, gan: Any, subjects: Subjects, extractor: Extractor):
        self.gan = gan
        self.subjects = subjects
        self._extractor = extractor
        self._look = tf.function(self._looked, reduce_retracing=True)
        self._look_at_shown = tf.function(self._shown, reduce_retracing=True)
        self._look_at_held_out = tf.function(self._held_out_logits, reduce_retracing=True)
        self._earlier: np.ndarray | None = None
        self._earlier_weights: dict[str, np.ndarray] = {}
        self._yardsticks = collapse.Yardsticks(self._features(subjects.train.samples), subjects.classes)
        self._yardstick = likeness.Yardstick(subjects, self._presented, self._features)

    def _presented(self, shown: np.ndarray) -> np.ndarray:
        return presentable(shown, self.gan.value_range)

    def _features(self, shown: np.ndarray) -> np.ndarray:
        return self._extractor(self._presented(shown)).features

    def observe(self) -> Signs:
        """The signs now."""
        seen = self._seen()
        train, held_out, generated = seen["train_logits"], self._seen_of_held_out(), seen["generated_logits"]
        threshold = float(np.asarray(self.gan.adversarial_loss.threshold(*map(tf.constant, (train, generated)))))
        reals = held_out if len(held_out) else train
        features = self._features(seen["samples"]) if np.isfinite(seen["samples"]).all() else None
        figures = {
            "real_accuracy": float((train > threshold).mean()),
            "held_out_accuracy": float((held_out > threshold).mean()) if len(held_out) else math.nan,
            "generated_accuracy": float((generated < threshold).mean()),
            "separation": separability.auc(reals, generated),
            "memorisation": separability.auc(train, held_out) if len(held_out) >= _ENOUGH else math.nan,
            "jsd_lower_bound": separability.js_divergence_lower_bound(reals, generated),
            "saturated": float((np.abs(np.concatenate([train, generated]) - threshold) > _SATURATED).mean()),
            "diversity": math.nan,
            "support": math.nan,
            "coverage": math.nan,
            "movement": math.nan,
            "images_seen": float(self.gan.images_seen.numpy()),
        }
        figures |= {
            key: float(seen[key])
            for key in (
                "generator_pull",
                "real_slope",
                "generated_slope",
                "discriminator_gradient",
                "generator_gradient",
            )
        }
        figures |= {f"{player}_change": self._change(player) for player in ("discriminator", "generator")}
        if features is not None:
            figures["diversity"] = self._yardsticks.diversity(features, self.subjects.classes)
            figures["support"] = self._yardsticks.support(features)
            figures["coverage"] = self._yardsticks.coverage(features)
            if self._earlier is not None:
                figures["movement"] = self._yardsticks.movement(self._earlier, features)
        self._earlier = features
        figures |= self._likeness()._asdict()
        return Signs(**figures)

    def _likeness(self) -> likeness.Likeness:
        train, latents = self.subjects.train, self.subjects.latents
        parts = [
            self._look_at_shown(*train.rows(rows).tensors(), tf.constant(latents[rows])).numpy()
            for rows in _batches(len(latents))
        ]
        shown = np.concatenate(parts)
        return self._yardstick.likeness(shown) if np.isfinite(shown).all() else likeness.UNKNOWN

    def _shown(self, real, labels, latents) -> tf.Tensor:
        inputs = self.gan.batch_of(real, labels, latents).generator_inputs
        shown = self.gan.inference_generator(inputs, training=False)
        return tf.cast(networks.samples_of(shown, self.gan.samples_output), tf.float32)

    def _change(self, player: str) -> float:
        weights = np.concatenate([weight.numpy().ravel() for weight in getattr(self.gan, player).trainable_variables])
        earlier = self._earlier_weights.get(player)
        self._earlier_weights[player] = weights
        if earlier is None or self.gan.frozen_player == player:
            return math.nan
        return float(np.linalg.norm(weights - earlier) / np.linalg.norm(earlier))

    def _seen(self) -> dict[str, np.ndarray]:
        """What `_looked` gives for all subjects, a batch at a time: joined, and the means of what is a mean."""
        train, latents = self.subjects.train, self.subjects.latents
        parts, sizes = [], []
        for rows in _batches(len(latents)):
            parts.append(self._look(*train.rows(rows).tensors(), tf.constant(latents[rows])))
            sizes.append(len(latents[rows]))
        seen = {key: np.concatenate([part[key].numpy() for part in parts]) for key in _JOINED}
        for key in ("generator_pull", "real_slope", "generated_slope"):
            seen[key] = np.average([part[key].numpy() for part in parts], weights=sizes)
        for key in ("discriminator_gradient", "generator_gradient"):
            each = [
                np.average([part.numpy() for part in of_all], axis=0, weights=sizes)
                for of_all in zip(*(part[key] for part in parts), strict=True)
            ]
            seen[key] = np.sqrt(sum(np.square(one, dtype=np.float64).sum() for one in each))
        return seen

    def _seen_of_held_out(self) -> np.ndarray:
        held_out = self.subjects.held_out
        if held_out is None:
            return np.zeros((0,), np.float32)
        parts = [held_out.rows(rows) for rows in _batches(len(held_out.samples))]
        return np.concatenate([self._look_at_held_out(*part.tensors()).numpy() for part in parts])

    def _held_out_logits(self, real, labels) -> tf.Tensor:
        latents = tf.zeros((tf.shape(real)[0], self.gan.latent_dim))  # a batch has some; nothing is read of these
        batch = self.gan.batch_of(real, labels, latents)
        with keras.StatelessScope():
            return one_logit_each(self._judged(compared(self.gan, batch, training=True).real, batch))

    def _looked(self, real, labels, latents) -> dict:
        """Both players' outputs and gradients for a batch, nothing moved."""
        gan = self.gan
        train = gan.batch_of(real, labels, latents)
        weights = [weight.value for weight in gan.generator.trainable_variables]
        with keras.StatelessScope(), tf.GradientTape() as tape:
            seen = compared(gan, train, training=True)
            with tf.GradientTape() as slope_tape:
                slope_tape.watch(seen.generated)
                outputs = self._judged(seen.generated, train)
            generated_slope = slope_tape.gradient(outputs, seen.generated)
            with tf.GradientTape() as pull_tape:
                pull_tape.watch(outputs)
                loss = gan.adversarial_loss.generator_loss(outputs, self._judged(seen.real, train))
            pull = pull_tape.gradient(loss, outputs)
        zeros = {"unconnected_gradients": tf.UnconnectedGradients.ZERO}
        generator_gradient = tape.gradient(loss, weights, **zeros)  # an embedding's is sparse
        weights = [weight.value for weight in gan.discriminator.trainable_variables]
        real, generated = tf.stop_gradient(seen.real), tf.stop_gradient(seen.generated)
        with keras.StatelessScope(), tf.GradientTape() as tape, tf.GradientTape() as slope_tape:
            slope_tape.watch(real)
            real_logits = self._judged(real, train)
            fake_logits = self._judged(generated, train)
            loss = gan.adversarial_loss.discriminator_loss(real_logits, fake_logits)
        return {
            "samples": seen.samples,
            "train_logits": one_logit_each(real_logits),
            "generated_logits": one_logit_each(outputs),
            "generator_pull": tf.reduce_sum(tf.abs(pull)),
            "real_slope": _mean_square(slope_tape.gradient(real_logits, real)),
            "generated_slope": _mean_square(generated_slope),
            "discriminator_gradient": [tf.convert_to_tensor(one) for one in tape.gradient(loss, weights, **zeros)],
            "generator_gradient": [tf.convert_to_tensor(one) for one in generator_gradient],
        }

    def _judged(self, samples, batch) -> tf.Tensor:
        seen = packing.packed(samples, self.gan.pac)
        return run_discriminator(self.gan.discriminator, seen, batch.conditions, training=False)["logits"]


def _batches(count: int) -> list[slice]:
    return [slice(start, start + _BATCH) for start in range(0, count, _BATCH)]


def _mean_square(gradient: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.reduce_sum(tf.reshape(tf.square(gradient), (tf.shape(gradient)[0], -1)), axis=1))
