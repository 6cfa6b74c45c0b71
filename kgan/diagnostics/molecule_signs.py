"""What can be read off a generator of molecules at one moment of its training."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._game.discriminator_pass import one_logit_each, run_discriminator
from kgan.diagnostics import separability
from kgan.diagnostics.subjects import Reals
from kgan.metrics.molecules import uniqueness, validity

__all__ = ["MoleculeObserver", "MoleculeSigns"]

_BATCH = 256


@dataclass(frozen=True)
class MoleculeSigns:
    """Figures of one moment, of the generator that exports have, in inference mode.

    Attributes:
        validity: Share of drawn molecules that rdkit parses.
        uniqueness: Share of different ones among these; NaN where there are none.
        likelihood: Nats that a held-out molecule takes, the mean: the objective of the same name.
        separation: Probability that a real molecule gets a higher logit than a drawn one.
        logit_spread: Standard deviation of all logits.
        discriminator_change: How far the discriminator's weights moved since the last look, over their norm; NaN at the
            first.
        generator_change: The same of the generator's.
    """

    validity: float
    uniqueness: float
    likelihood: float
    separation: float
    logit_spread: float
    discriminator_change: float
    generator_change: float


class MoleculeObserver:
    """Reads the signs of a model, always on the same molecules and with the same noise.

    Args:
        model: A compiled `kgan.Molecules`.
        shown: Codes of real molecules as `samples`.
        seed: Of the molecules that are drawn.
    """

    def __init__(self, model: Any, shown: Reals, seed: int = 0):
        self.model, self.shown, self.seed = model, shown, seed
        self._look = tf.function(self._looked, reduce_retracing=True)
        self._earlier: dict[str, np.ndarray] = {}

    def observe(self) -> MoleculeSigns:
        """The signs now."""
        codes = self.shown.samples
        parts = [self._look(tf.constant(codes[start : start + _BATCH])) for start in range(0, len(codes), _BATCH)]
        real, generated, nats = (np.concatenate([part[place].numpy() for part in parts]) for place in range(3))
        drawn = self.model.sample(len(codes), seed=self.seed) if np.isfinite(real).all() else [""]
        return MoleculeSigns(
            validity=validity(drawn),
            uniqueness=uniqueness(drawn),
            likelihood=float(np.mean(nats)),
            separation=separability.auc(real, generated),
            logit_spread=float(np.concatenate([real, generated]).std()),
            discriminator_change=self._change("discriminator", self.model._discriminator_variables),
            generator_change=self._change("generator", self.model.generator.trainable_variables),
        )

    def _change(self, player: str, weights: list) -> float:
        now, earlier = np.concatenate([weight.numpy().ravel() for weight in weights]), self._earlier.get(player)
        self._earlier[player] = now
        norm = 0.0 if earlier is None else float(np.linalg.norm(earlier))
        if earlier is None or not norm or self.model.frozen_player == player:
            return math.nan
        return float(np.linalg.norm(now - earlier)) / norm

    def _looked(self, codes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Logits of the real and of as many drawn ones, and the nats of the real ones."""
        batch = self.model.batch(codes, training=False)
        outputs = self.model.inference_generator(batch.generator_inputs, training=False)
        (pair,) = self.model.pairs(batch, outputs).values()
        (discriminator,) = self.model.discriminators.values()
        real, generated = (
            tf.cast(one_logit_each(run_discriminator(discriminator, seen, (), training=False)["logits"]), tf.float32)
            for seen in (pair.real, pair.generated)
        )
        return real, generated, -tf.reduce_sum(outputs["log_probabilities"], axis=1)
