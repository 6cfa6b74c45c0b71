"""Penalties on the discriminator, added to its loss in its own update.

Each is written for one batch seen through a `DiscriminatorPass`: what a paper calls `grad D(x)` is
`game.real_gradient`.
"""

from abc import ABC, abstractmethod

import keras
from keras import ops

from kgan import lookup
from kgan.discrimination import DiscriminatorPass


class Penalty(ABC):
    """A term added to the discriminator's loss.

    Subclass it to bring a penalty of your own: read what you need off the `DiscriminatorPass` and return a float32
    scalar.

    Attributes:
        needs: Which input gradients the penalty reads, `"real"` and `"generated"`; the pass tapes only these.
        differentiates: Whether the penalty differentiates logits by samples, which a discriminator that mixes the batch
            does not allow.
    """

    needs: frozenset[str] = frozenset()
    differentiates = True

    @property
    def name(self) -> str:
        """The class name in snake case: the entry in the logs is `r1_penalty` and so on."""
        return f"{lookup.snake_case(type(self).__name__)}_penalty"

    @abstractmethod
    def __call__(self, game: DiscriminatorPass):
        """The value of the penalty on this batch."""

    def get_config(self) -> dict:
        """Every constructor argument, as plain Python values."""
        return {}

    @classmethod
    def from_config(cls, config: dict) -> "Penalty":
        """The penalty that `get_config` describes."""
        return cls(**config)


def _squared_norm(gradient):
    """The squared L2 norm over all axes but the batch, `(batch,)` float32."""
    gradient = ops.cast(gradient, "float32")
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))


def _per_sample(game: DiscriminatorPass) -> tuple:
    """A shape of one number for each sample, that broadcasts over its axes."""
    return (ops.shape(game.real)[0], *(1 for _ in game.real.shape[1:]))


def _not_negative(**arguments: float) -> None:
    for argument, value in arguments.items():
        if value < 0:
            raise ValueError(f"Expected {argument} >= 0. Received: {argument}={value}.")


class _ZeroCentred(Penalty):
    def __init__(self, gamma: float = 1.0):
        _not_negative(gamma=gamma)
        self.gamma = float(gamma)

    def get_config(self):
        return {"gamma": self.gamma}


@keras.saving.register_keras_serializable("kgan")
class R1(_ZeroCentred):
    """Zero-centred gradient penalty on real samples.

    Adds `gamma / 2 * mean_i ||d D(x_i) / d x_i||^2` to the discriminator's loss: the squared L2 norm over all
    non-batch axes. Logits are summed before they are differentiated, so the value does not depend on batch size.

    Args:
        gamma: Non-negative float. The 1/2 is applied here. Defaults to `1.0`.

    Raises:
        ValueError: `gamma` is negative.

    Reference:
        Mescheder et al., 2018, Which Training Methods for GANs do actually Converge? arXiv:1801.04406
    """

    needs = frozenset({"real"})

    def __call__(self, game):
        return self.gamma / 2 * ops.mean(_squared_norm(game.real_gradient))


@keras.saving.register_keras_serializable("kgan")
class R2(_ZeroCentred):
    """Zero-centred gradient penalty on generated samples.

    Adds `gamma / 2 * mean_i ||d D(G(z_i)) / d G(z_i)||^2` to the discriminator's loss; the rest is as in `R1`.

    Args:
        gamma: Non-negative float. The 1/2 is applied here. Defaults to `1.0`.

    Raises:
        ValueError: `gamma` is negative.

    Reference:
        Mescheder et al., 2018, Which Training Methods for GANs do actually Converge? arXiv:1801.04406
    """

    needs = frozenset({"generated"})

    def __call__(self, game):
        return self.gamma / 2 * ops.mean(_squared_norm(game.generated_gradient))


class _UnitSlope(Penalty):
    """`weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at points that the subclass chooses."""

    def __init__(self, weight: float = 10.0):
        _not_negative(weight=weight)
        self.weight = float(weight)

    @abstractmethod
    def points(self, game: DiscriminatorPass):
        """Where the slope is held to 1."""

    def __call__(self, game):
        squared = _squared_norm(game.gradient_at(self.points(game)))
        # The square root has no slope at 0, where a fresh discriminator may well be.
        return self.weight * ops.mean(ops.square(ops.sqrt(squared + 1e-10) - 1.0))

    def get_config(self):
        return {"weight": self.weight}


@keras.saving.register_keras_serializable("kgan")
class WGANGP(_UnitSlope):
    """Slope 1 on straight lines between reals and generated samples.

    Adds `weight * mean_i (||d D(x_i) / d x_i|| - 1)^2` at `x_i = a_i x + (1 - a_i) G(z)`, `a_i` *uniform* in [0, 1],
    one for each sample.

    Args:
        weight: Non-negative float, lambda in the paper. Defaults to `10.0`.

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
        weight: Non-negative float, lambda in the paper. Defaults to `10.0`.

    Raises:
        ValueError: `weight` is negative.

    Reference:
        Kodali et al., 2017, On Convergence and Stability of GANs. arXiv:1705.07215
    """

    def points(self, game):
        noise = 0.5 * ops.std(game.real) * game.uniform(ops.shape(game.real))
        return game.real + game.uniform(_per_sample(game)) * noise


@keras.saving.register_keras_serializable("kgan")
class Drift(Penalty):
    """Keeps the level of the logits, which a loss of differences leaves free, from wandering off.

    Adds `weight * mean_i D(x_i)^2` on reals.

    Args:
        weight: Non-negative float. Defaults to `1e-3`, as in the paper.

    Raises:
        ValueError: `weight` is negative.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs, appendix A.1. arXiv:1710.10196
    """

    differentiates = False

    def __init__(self, weight: float = 1e-3):
        _not_negative(weight=weight)
        self.weight = float(weight)

    def __call__(self, game):
        return self.weight * ops.mean(ops.square(game.real_logits))

    def get_config(self):
        return {"weight": self.weight}


PENALTIES = lookup.by_name([R1, R2, WGANGP, DRAGAN, Drift])


def get(identifier: "str | Penalty") -> Penalty:
    """Returns the penalty: by name (`"r1"`, at its default strength), or as it is when it is a `Penalty` already.

    Raises:
        ValueError: No penalty has that name.
        TypeError: `identifier` is neither a name nor a `Penalty`.
    """
    return lookup.resolve("penalties", identifier, PENALTIES, Penalty)
