"""What can be read off two translators between two collections at one moment of their training."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._game.discriminator_pass import one_logit_each, run_discriminator
from kgan.diagnostics import separability
from kgan.diagnostics.subjects import Reals

__all__ = ["CycleObserver", "CycleSigns", "ratio", "spread"]

_BATCH = 16  # samples of each side that are looked at at once


@dataclass(frozen=True)
class CycleSigns:
    """Figures of one moment, of the translators that exports have, in inference mode, on held-out samples where there
    are any.

    Attributes:
        cycle_error: Mean absolute difference of samples and what comes back of them, both sides, in the value range's
            units.
        a2b_change: Mean absolute difference of samples of a and their translations: 0 where nothing is translated. NaN
            where sides have other shapes.
        b2a_change: The same from b to a.
        a2b_response: How much translations vary from sample to sample, over how much samples of b do: 0 where the input
            is ignored.
        b2a_response: The same from b to a.
        a_separation: Probability that a sample of a gets a higher logit than a translation to a: 0.5 where the
            discriminator cannot tell them, 1 where it tells them all.
        b_separation: The same of b.
        logit_spread: Standard deviation of all logits, the smaller one of the two discriminators.
        discriminator_change: How far the discriminators' weights moved since the last look, over their norm; NaN at the
            first.
        generator_change: The same of the translators'.
    """

    cycle_error: float
    a2b_change: float
    b2a_change: float
    a2b_response: float
    b2a_response: float
    a_separation: float
    b_separation: float
    logit_spread: float
    discriminator_change: float
    generator_change: float


class CycleObserver:
    """Reads the signs of a model, always on the same samples.

    Args:
        model: A compiled `kgan.CycleTranslation`.
        shown: Samples of a as `samples`, and as many of b as `labels`.
    """

    def __init__(self, model: Any, shown: Reals):
        self.model = model
        self.shown = shown
        self._look = tf.function(self._looked, reduce_retracing=True)
        self._earlier: dict[str, np.ndarray] = {}

    def observe(self) -> Any:
        """The signs now."""
        seen = self.seen()
        logits = {side: (seen[f"{side}_real"], seen[f"{side}_generated"]) for side in ("a", "b")}
        alike = seen["a"].shape == seen["b"].shape
        return CycleSigns(
            cycle_error=float(np.mean([seen["a_error"].mean(), seen["b_error"].mean()])),
            a2b_change=float(np.abs(seen["to_b"] - seen["a"]).mean()) if alike else math.nan,
            b2a_change=float(np.abs(seen["to_a"] - seen["b"]).mean()) if alike else math.nan,
            a2b_response=ratio(spread(seen["to_b"]), spread(seen["b"])),
            b2a_response=ratio(spread(seen["to_a"]), spread(seen["a"])),
            a_separation=separability.auc(*logits["a"]),
            b_separation=separability.auc(*logits["b"]),
            logit_spread=min(float(np.concatenate(both).std()) for both in logits.values()),
            discriminator_change=self._change("discriminator", self.model._discriminator_variables),
            generator_change=self._change("generator", self.model.generator.trainable_variables),
        )

    def seen(self) -> dict[str, np.ndarray]:
        """What is computed of all samples, by name, a row for each."""
        starts = range(0, len(self.shown.samples), _BATCH)
        parts = [self._look(*self.shown.rows(slice(start, start + _BATCH)).tensors()) for start in starts]
        return {key: np.concatenate([part[key].numpy() for part in parts]) for key in parts[0]}

    def _change(self, player: str, weights: list) -> float:
        now, earlier = np.concatenate([weight.numpy().ravel() for weight in weights]), self._earlier.get(player)
        self._earlier[player] = now
        if earlier is None or self.model.frozen_player == player:
            return math.nan
        return ratio(float(np.linalg.norm(now - earlier)), float(np.linalg.norm(earlier)))

    def _looked(self, a: tf.Tensor, b: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = self.model.batch((a, b), training=False)
        a, b = batch.generator_inputs
        made = self.model.inference_generator([a, b], training=False)
        found = {"a": a, "b": b, "to_a": made["a"], "to_b": made["b"]}
        for side, samples in (("a", a), ("b", b)):
            axes = list(range(1, samples.shape.rank))
            found[f"{side}_error"] = tf.reduce_mean(tf.abs(made[f"{side}_again"] - samples), axis=axes)
            for kind, seen in (("real", samples), ("generated", made[side])):
                outputs = run_discriminator(self.model.discriminators[side], seen, (), training=False)
                found[f"{side}_{kind}"] = one_logit_each(outputs["logits"])
        return {name: tf.cast(value, tf.float32) for name, value in found.items()}


def spread(images: np.ndarray) -> float:
    """How much images `(n, ...)` vary at a place: the standard deviation over images, root mean square over places."""
    return float(np.sqrt(np.var(images, axis=0, dtype=np.float64).mean()))


def ratio(part: float, whole: float) -> float:
    """The part over the whole; NaN where that is 0."""
    return part / whole if whole > 0.0 else math.nan
