"""What can be read off a model of pairs, input and truth, at one moment of its training."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._game.batch import Batch
from kgan._game.discriminator_pass import one_logit_each, run_discriminator
from kgan.diagnostics import separability
from kgan.diagnostics.subjects import Reals

__all__ = ["PairObserver", "PairSigns"]

_BATCH = 16  # pairs looked at at once; whole images are, so that memory is no more than a small batch of training takes
_ENOUGH = 40  # held-out pairs, or chance alone would look like memorisation


@dataclass(frozen=True)
class PairSigns:
    """Figures of one moment, of the generator that exports have, in inference mode. Without held-out pairs, those on
    them are NaN.

    Attributes:
        train_error: Mean absolute difference of output and truth on training pairs, in the value range's units.
        held_out_error: The same on held-out pairs.
        train_psnr: Peak signal-to-noise ratio on training pairs, in dB, the mean over pairs.
        held_out_psnr: The same on held-out pairs.
        response: How much outputs vary from input to input, over how much truths do: 0 where the input is ignored, 1
            where outputs vary as truths do.
        separation: Probability that a truth, held out where there are any, gets a higher logit beside its input than an
            output beside its own: 0.5 where the discriminator cannot tell them, 1 where it tells them all. Of several
            discriminators, this and the next two are by the mean of their logits.
        memorisation: Probability that a training truth gets a higher logit than a held-out one: 0.5 where the
            discriminator knows the kind, 1 where it knows the training pairs by heart. NaN below 40 held-out pairs.
        logit_spread: Standard deviation of all logits, of truths and outputs: 0 where the discriminator says the same
            of everything.
        discriminator_change: How far its weights moved since the last look, over their norm; NaN at the first, and
            while the discriminator is frozen.
        generator_change: The same of the generator's.
    """

    train_error: float
    held_out_error: float
    train_psnr: float
    held_out_psnr: float
    response: float
    separation: float
    memorisation: float
    logit_spread: float
    discriminator_change: float
    generator_change: float

    @property
    def error(self) -> float:
        """The error on held-out pairs, where there are any, else on training pairs."""
        return self.train_error if math.isnan(self.held_out_error) else self.held_out_error


class PairObserver:
    """Reads the signs of a model, always on the same pairs.

    Args:
        model: A compiled model whose batches are pairs `(input, truth)`, a `kgan.Translation` for one.
        train: Pairs that it is trained on, inputs as `samples` and truths as `labels`.
        held_out: Pairs that it is not, or `None`.
    """

    def __init__(self, model: Any, train: Reals, held_out: Reals | None):
        self.model = model
        self.train = train
        self.held_out = held_out
        self._look = tf.function(self._looked, reduce_retracing=True)
        self._earlier: dict[str, np.ndarray] = {}

    def observe(self) -> PairSigns:
        """The signs now."""
        train = self._seen(self.train)
        held_out = None if self.held_out is None else self._seen(self.held_out)
        shown = train if held_out is None else held_out
        return PairSigns(
            train_error=float(train["errors"].mean()),
            held_out_error=math.nan if held_out is None else float(held_out["errors"].mean()),
            train_psnr=self._psnr(train["squares"]),
            held_out_psnr=math.nan if held_out is None else self._psnr(held_out["squares"]),
            response=_ratio(_spread(shown["outputs"]), _spread(shown["truths"])),
            separation=separability.auc(shown["real_logits"], shown["generated_logits"]),
            memorisation=self._memorisation(train, held_out),
            logit_spread=float(np.concatenate([shown["real_logits"], shown["generated_logits"]]).std()),
            discriminator_change=self._change("discriminator"),
            generator_change=self._change("generator"),
        )

    def _psnr(self, squares: np.ndarray) -> float:
        """`squares` are mean squared errors `(n,)`; an error of half a level of 8 bits is the least that is told."""
        low, high = self.model.seen_range
        least = ((high - low) / 510.0) ** 2
        return float(np.mean(10.0 * np.log10((high - low) ** 2 / np.maximum(squares, least))))

    def _memorisation(self, train: dict, held_out: dict | None) -> float:
        if held_out is None or len(held_out["real_logits"]) < _ENOUGH:
            return math.nan
        return separability.auc(train["real_logits"], held_out["real_logits"])

    def _change(self, player: str) -> float:
        of_player = {"generator": [self.model.generator], "discriminator": self.model.discriminators.values()}[player]
        weights = [weight.numpy().ravel() for one in of_player for weight in one.trainable_variables]
        now, earlier = np.concatenate(weights), self._earlier.get(player)
        self._earlier[player] = now
        if earlier is None or self.model.frozen_player == player:
            return math.nan
        return _ratio(float(np.linalg.norm(now - earlier)), float(np.linalg.norm(earlier)))

    def _seen(self, pairs: Reals) -> dict[str, np.ndarray]:
        """What `_looked` gives for all pairs, a few at a time."""
        parts = [self._look(*pairs.rows(rows).tensors()) for rows in _batches(len(pairs.samples))]
        return {key: np.concatenate([part[key].numpy() for part in parts]) for key in parts[0]}

    def _looked(self, inputs: tf.Tensor, truths: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = self.model.batch((inputs, truths), training=False)
        outputs = tf.cast(self.model.inference_generator(batch.generator_inputs, training=False), tf.float32)
        real_logits, generated_logits = (self._logits(one, batch) for one in (batch.real, outputs))
        outputs, truths = (self.model.as_seen(one) for one in (outputs, batch.real))
        axes = list(range(1, outputs.shape.rank))
        return {
            "outputs": outputs,
            "truths": truths,
            "errors": tf.reduce_mean(tf.abs(outputs - truths), axis=axes),
            "squares": tf.reduce_mean(tf.square(outputs - truths), axis=axes),
            "real_logits": real_logits,
            "generated_logits": generated_logits,
        }

    def _logits(self, samples: tf.Tensor, batch: Batch) -> tf.Tensor:
        """One logit for each sample, the mean over all discriminators."""
        found = [
            one_logit_each(run_discriminator(one, samples, batch.conditions_of(name), training=False)["logits"])
            for name, one in self.model.discriminators.items()
        ]
        return tf.add_n(found) / len(found)


def _batches(count: int) -> Iterator[slice]:
    return (slice(start, start + _BATCH) for start in range(0, count, _BATCH))


def _spread(images: np.ndarray) -> float:
    """How much images `(n, ...)` vary at a place: the standard deviation over images, root mean square over places."""
    return float(np.sqrt(np.var(images, axis=0, dtype=np.float64).mean()))


def _ratio(part: float, whole: float) -> float:
    """NaN where there is no whole: truths that are all alike tell nothing of the response."""
    return part / whole if whole > 0.0 else math.nan
