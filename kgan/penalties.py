"""Penalties on the discriminator, added to its loss in its own update.

Each is written for one batch seen through a `DiscriminatorPass`: what a paper calls `grad D(x)` is
`game.real_gradient`.
"""

import types
from abc import abstractmethod
from collections.abc import Mapping

import keras
from keras import ops

from kgan import distribution, lookup, schedules
from kgan.configurable import Configurable, whole
from kgan.discrimination import DiscriminatorPass


class Penalty(Configurable):
    """A term added to the discriminator's loss.

    Subclass it to bring a penalty of your own: read what you need off the `DiscriminatorPass` and return a float32
    scalar.

    Attributes:
        needs: Which input gradients the penalty reads, `"real"` and `"generated"`; the pass tapes only these.
        differentiates: Whether the penalty differentiates logits by samples, which a discriminator that mixes the batch
            does not allow.
        outputs: Names of the discriminator's outputs, or of layers in it, that the penalty reads besides `"logits"`.
        every: At every how many steps the penalty is paid, `every` times as dear then.
        remembers: Numbers that the penalty keeps from step to step, and what they start from. It finds their variables
            in `game.memory[self.name]`; they are saved with the model.
    """

    needs: frozenset[str] = frozenset()
    differentiates = True
    outputs: tuple[str, ...] = ()
    every = 1
    remembers: Mapping[str, float] = types.MappingProxyType({})

    @property
    def name(self) -> str:
        """The class name in snake case: the entry in the logs is `r1_penalty` and so on."""
        return f"{super().name}_penalty"

    @abstractmethod
    def __call__(self, game: DiscriminatorPass):
        """The value of the penalty on this batch."""


def _squared_norm(gradient):
    """The squared L2 norm over all axes but the batch, `(batch,)` float32."""
    gradient = ops.cast(gradient, "float32")
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))


def _per_sample(game: DiscriminatorPass) -> tuple:
    """A shape of one number for each sample, that broadcasts over its axes."""
    return (ops.shape(game.real)[0], *(1 for _ in game.real.shape[1:]))


class _ZeroCentred(Penalty):
    def __init__(self, gamma: "float | schedules.Schedule" = 1.0, every: int = 1):
        self.gamma = schedules.number_or_schedule("gamma", gamma)
        self.every = whole("every", every, 1)

    def _penalty(self, game: DiscriminatorPass, gradient):
        return schedules.at(self.gamma, game.images_seen) / 2 * ops.mean(_squared_norm(gradient))


@keras.saving.register_keras_serializable("kgan")
class R1(_ZeroCentred):
    """Zero-centred gradient penalty on real samples.

    Adds `gamma / 2 * mean_i ||d D(x_i) / d x_i||^2` to the discriminator's loss: the squared L2 norm over all
    non-batch axes. Logits are summed before they are differentiated, so the value does not depend on batch size.

    Args:
        gamma: Non-negative float, or a `kgan.schedules.Schedule`. The 1/2 is applied here. Defaults to `1.0`.
        every: Lazily: the penalty gets an update of its own at every so many steps, times `every`, and Adam's rates are
            corrected for the extra update (`compile` says how). StyleGAN2 takes 16. Defaults to `1`.

    Raises:
        ValueError: `gamma` is negative, or `every` is less than 1.

    Reference:
        Mescheder et al., 2018, Which Training Methods for GANs do actually Converge? arXiv:1801.04406;
        lazily, Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN, appendix B. arXiv:1912.04958
    """

    needs = frozenset({"real"})

    def __call__(self, game):
        return self._penalty(game, game.real_gradient)


@keras.saving.register_keras_serializable("kgan")
class R2(_ZeroCentred):
    """Zero-centred gradient penalty on generated samples.

    Adds `gamma / 2 * mean_i ||d D(G(z_i)) / d G(z_i)||^2` to the discriminator's loss; the rest is as in `R1`.

    Args:
        gamma: Non-negative float, or a `kgan.schedules.Schedule`. The 1/2 is applied here. Defaults to `1.0`.
        every: Lazily: the penalty gets an update of its own at every so many steps, times `every`, and Adam's rates are
            corrected for the extra update (`compile` says how). StyleGAN2 takes 16. Defaults to `1`.

    Raises:
        ValueError: `gamma` is negative, or `every` is less than 1.

    Reference:
        Mescheder et al., 2018, Which Training Methods for GANs do actually Converge? arXiv:1801.04406
    """

    needs = frozenset({"generated"})

    def __call__(self, game):
        return self._penalty(game, game.generated_gradient)


class _UnitSlope(Penalty):
    """`weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at points that the subclass chooses."""

    def __init__(self, weight: "float | schedules.Schedule" = 10.0):
        self.weight = schedules.number_or_schedule("weight", weight)

    @abstractmethod
    def points(self, game: DiscriminatorPass):
        """Where the slope is held to 1."""

    def __call__(self, game):
        squared = _squared_norm(game.gradient_at(self.points(game)))
        # The square root has no slope at 0, where a fresh discriminator may well be.
        weight = schedules.at(self.weight, game.images_seen)
        return weight * ops.mean(ops.square(ops.sqrt(squared + 1e-10) - 1.0))


@keras.saving.register_keras_serializable("kgan")
class WGANGP(_UnitSlope):
    """Slope 1 on straight lines between reals and generated samples.

    Adds `weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at `x_i = a_i x + (1 - a_i) G(z)`, `a_i` *uniform* in [0, 1],
    one for each sample.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `10.0`.

    Raises:
        ValueError: `weight` is negative.

    Reference:
        Gulrajani et al., 2017, Improved Training of Wasserstein GANs. arXiv:1704.00028
    """

    def points(self, game):
        alpha = game.uniform(_per_sample(game))
        return alpha * game.real + (1.0 - alpha) * game.generated


@keras.saving.register_keras_serializable("kgan")
class DRAGAN(_UnitSlope):
    """Slope 1 in a neighbourhood of the reals.

    Adds `weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at `x_i = x + a_i * 0.5 * std(x) * u`: `a_i` uniform in [0, 1],
    one for each sample, `u` uniform in [0, 1] for each number of it, `std` over the whole batch of reals.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `10.0`.

    Raises:
        ValueError: `weight` is negative.

    Reference:
        Kodali et al., 2017, On Convergence and Stability of GANs. arXiv:1705.07215
    """

    def points(self, game):
        centred = game.real - distribution.batch_mean(game.real)
        deviation = ops.sqrt(distribution.batch_mean(ops.square(centred)))
        noise = 0.5 * deviation * game.uniform(ops.shape(game.real))
        return game.real + game.uniform(_per_sample(game)) * noise


@keras.saving.register_keras_serializable("kgan")
class Drift(Penalty):
    """Keeps the level of the logits, which a loss of differences leaves free, from wandering off.

    Adds `weight * mean_i D(x_i)^2` on reals.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1e-3`, as in the paper.

    Raises:
        ValueError: `weight` is negative.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, appendix A.1. arXiv:1710.10196
    """

    differentiates = False

    def __init__(self, weight: "float | schedules.Schedule" = 1e-3):
        self.weight = schedules.number_or_schedule("weight", weight)

    def __call__(self, game):
        return schedules.at(self.weight, game.images_seen) * ops.mean(ops.square(game.real_logits))


@keras.saving.register_keras_serializable("kgan")
class LeCam(Penalty):
    """Holds the logits of each side to where the other side's have been, for training on few data.

    Adds `weight * (mean_i max(0, D(x_i) - a_G)^2 + mean_i max(0, a_R - D(G(z_i)))^2)`, where `a_R` and `a_G` are
    exponential moving averages of the mean logits on reals and on generated samples. Until `start` discriminator steps
    have been averaged the penalty is 0.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `0.3`.
        decay: Of the averages, in [0, 1). Defaults to `0.99`.
        start: Steps to wait. Defaults to `1000`.

    Raises:
        ValueError: An argument is out of range.

    Reference:
        Tseng et al., 2021, Regularizing Generative Adversarial Networks under Limited Data, equation 3 (the form with
        rectifiers is its authors' program's). arXiv:2104.03310
    """

    differentiates = False
    remembers = types.MappingProxyType({"real_logit": 0.0, "generated_logit": 0.0, "steps": 0.0})

    def __init__(self, weight: "float | schedules.Schedule" = 0.3, decay: float = 0.99, start: int = 1000):
        if not 0.0 <= decay < 1.0:
            raise ValueError(f"Expected decay in [0, 1). Received: decay={decay}.")
        self.weight = schedules.number_or_schedule("weight", weight)
        self.decay = float(decay)
        self.start = whole("start", start, 0)

    def __call__(self, game):
        memory = game.memory[self.name]
        means = {"real_logit": ops.mean(game.real_logits), "generated_logit": ops.mean(game.generated_logits)}
        # A step that a loss scale skips, because something overflowed, is not remembered either.
        counts = ops.isfinite(means["real_logit"] + means["generated_logit"])
        decay = ops.where(memory["steps"] > 0, self.decay, 0.0)  # the first logits are their own average
        for side, mean in means.items():
            moved = decay * memory[side] + (1.0 - decay) * ops.stop_gradient(mean)
            memory[side].assign(ops.where(counts, moved, memory[side]))
        memory["steps"].assign(memory["steps"] + ops.cast(counts, "float32"))
        reals = ops.mean(ops.square(ops.relu(game.real_logits - memory["generated_logit"])))
        generated = ops.mean(ops.square(ops.relu(memory["real_logit"] - game.generated_logits)))
        weight = schedules.at(self.weight, game.images_seen)
        return ops.where(memory["steps"] > self.start, weight * (reals + generated), 0.0)


PENALTIES = lookup.by_name([R1, R2, WGANGP, DRAGAN, Drift, LeCam])


def get(identifier: "str | Penalty") -> Penalty:
    """Returns the penalty: by name (`"r1"`, at its default strength), or as it is when it is a `Penalty` already.

    Raises:
        ValueError: No penalty has that name.
        TypeError: `identifier` is neither a name nor a `Penalty`.
    """
    return lookup.resolve("penalties", identifier, PENALTIES, Penalty)
