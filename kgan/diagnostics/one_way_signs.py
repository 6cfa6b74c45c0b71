"""What can be read off one translator between two collections at one moment of its training."""

import math
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from kgan._game.discriminator_pass import one_logit_each, run_discriminator
from kgan.diagnostics import separability
from kgan.diagnostics.cycle_signs import CycleObserver, ratio, spread

__all__ = ["OneWayObserver", "OneWaySigns"]


@dataclass(frozen=True)
class OneWaySigns:
    """Figures of one moment, of the translator that exports have, in inference mode, on held-out samples where there
    are any.

    Attributes:
        change: Mean absolute difference of samples of a and their translations, in the value range's units: 0 where
            nothing is translated. NaN where sides have other shapes.
        response: How much translations vary from sample to sample, over how much samples of b do: 0 where the input is
            ignored.
        separation: Probability that a sample of b gets a higher logit than a translation: 0.5 where the discriminator
            cannot tell them, 1 where it tells them all.
        logit_spread: Standard deviation of all logits.
        discriminator_change: How far the discriminator's weights moved since the last look, over their norm; NaN at the
            first.
        generator_change: The same of the translator's.
    """

    change: float
    response: float
    separation: float
    logit_spread: float
    discriminator_change: float
    generator_change: float


class OneWayObserver(CycleObserver):
    """Reads the signs of a model, always on the same samples.

    Args:
        model: A compiled `kgan.ContrastiveTranslation`.
        shown: Samples of a as `samples`, and as many of b as `labels`.
    """

    def observe(self) -> OneWaySigns:
        """The signs now."""
        seen = self.seen()
        alike = seen["a"].shape == seen["made"].shape
        return OneWaySigns(
            change=float(np.abs(seen["made"] - seen["a"]).mean()) if alike else math.nan,
            response=ratio(spread(seen["made"]), spread(seen["b"])),
            separation=separability.auc(seen["real"], seen["generated"]),
            logit_spread=float(np.concatenate([seen["real"], seen["generated"]]).std()),
            discriminator_change=self._change("discriminator", self.model._discriminator_variables),
            generator_change=self._change("generator", self.model.generator.trainable_variables),
        )

    def _looked(self, a: tf.Tensor, b: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = self.model.batch((a, b), training=False)
        a, b = batch.generator_inputs, batch.real
        found = {"a": a, "b": b, "made": self.model.inference_generator(a, training=False)}
        for kind, samples in (("real", b), ("generated", found["made"])):
            outputs = run_discriminator(self.model.discriminator, samples, (), training=False)
            found[kind] = one_logit_each(outputs["logits"])
        return {name: tf.cast(value, tf.float32) for name, value in found.items()}
