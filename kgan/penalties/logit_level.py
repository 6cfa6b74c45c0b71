"""Penalties on the level of the logits."""

import types

import keras
import tensorflow as tf
from keras import ops

from kgan import schedules
from kgan._game.discriminator_pass import DiscriminatorPass
from kgan._support.checks import whole
from kgan.penalties.base import Penalty

__all__ = ["Drift", "LeCam"]


@keras.saving.register_keras_serializable("kgan")
class Drift(Penalty):
    """Keeps the level of the logits, which a loss of differences leaves free, from wandering off.

    Adds `weight * mean_i D(x_i)^2` on reals.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1e-3`, as in the paper.
        name: The entry in the logs, where two of a kind are to be told apart. Defaults to `"drift_penalty"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, appendix A.1. arXiv:1710.10196
    """

    differentiates = False

    def __init__(self, weight: "float | schedules.Schedule" = 1e-3, name: str | None = None):
        self.weight = schedules.number_or_schedule("weight", weight)
        self._call_it(name)

    def __call__(self, seen: DiscriminatorPass) -> tf.Tensor:
        return schedules.at(self.weight, seen.images_seen) * ops.mean(ops.square(seen.real_logits))


@keras.saving.register_keras_serializable("kgan")
class LeCam(Penalty):
    """Pulls the logits of each side to where the other side's have been, for training on few data.

    Adds `weight * (mean_i max(0, D(x_i) - a_G)^2 + mean_i max(0, a_R - D(G(z_i)))^2)`, where `a_R` and `a_G` are
    exponential moving averages of the mean logits on reals and on generated samples. Until `start` discriminator steps
    have been averaged the penalty is 0.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `0.3`.
        decay: Of the averages, in [0, 1). Defaults to `0.99`.
        start: Steps to wait. Defaults to `1000`.
        name: The entry in the logs, where two of a kind are to be told apart. Defaults to `"le_cam_penalty"`.

    Raises:
        ValueError: if `weight` or `start` is negative, `decay` is not in [0, 1), or `name` is no identifier.

    Reference:
        Tseng et al., 2021, Regularizing Generative Adversarial Networks under Limited Data, equation 3 (the form with
        rectifiers is its authors' program's). arXiv:2104.03310
    """

    differentiates = False
    remembers = types.MappingProxyType({"real_logit": 0.0, "generated_logit": 0.0, "steps": 0.0})

    def __init__(
        self,
        weight: "float | schedules.Schedule" = 0.3,
        decay: float = 0.99,
        start: int = 1000,
        name: str | None = None,
    ):
        if not 0.0 <= decay < 1.0:
            raise ValueError(f"Expected decay in [0, 1). Received: decay={decay}.")
        self.weight = schedules.number_or_schedule("weight", weight)
        self.decay = float(decay)
        self.start = whole("start", start, 0)
        self._call_it(name)

    def __call__(self, seen: DiscriminatorPass) -> tf.Tensor:
        memory = seen.memory[self.name]
        means = {"real_logit": ops.mean(seen.real_logits), "generated_logit": ops.mean(seen.generated_logits)}
        # A step that a loss scale skips, because something overflowed, is not remembered either.
        counts = ops.isfinite(means["real_logit"] + means["generated_logit"])
        decay = ops.where(memory["steps"] > 0, self.decay, 0.0)  # the first logits are their own average
        for side, mean in means.items():
            moved = decay * memory[side] + (1.0 - decay) * ops.stop_gradient(mean)
            memory[side].assign(ops.where(counts, moved, memory[side]))
        memory["steps"].assign(memory["steps"] + ops.cast(counts, "float32"))
        reals = ops.mean(ops.square(ops.relu(seen.real_logits - memory["generated_logit"])))
        generated = ops.mean(ops.square(ops.relu(memory["real_logit"] - seen.generated_logits)))
        weight = schedules.at(self.weight, seen.images_seen)
        return ops.where(memory["steps"] > self.start, weight * (reals + generated), 0.0)
