"""Gradient penalties on the discriminator, added to its loss in its own update."""

from abc import ABC, abstractmethod

import keras
from keras import ops

from kgan import lookup
from kgan.discrimination import DiscriminatorPass


class Penalty(ABC):
    """A term added to the discriminator's loss.

    Subclass it to bring a penalty of your own: read what you need off the `DiscriminatorPass` and return a float32
    scalar. `name` is the entry in the logs.

    Attributes:
        needs: Which input gradients the penalty reads, `"real"` and `"generated"`; the pass tapes only these.
    """

    needs: frozenset[str] = frozenset()

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


def _mean_squared_norm(gradient):
    """Mean over the batch of the squared L2 norm over all other axes."""
    gradient = ops.cast(gradient, "float32")
    return ops.mean(ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape)))))


class _ZeroCentred(Penalty):
    def __init__(self, gamma: float = 1.0):
        if gamma < 0:
            raise ValueError(f"Expected gamma >= 0. Received: gamma={gamma}.")
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
        return self.gamma / 2 * _mean_squared_norm(game.real_gradient)


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
        return self.gamma / 2 * _mean_squared_norm(game.generated_gradient)


PENALTIES = lookup.by_name([R1, R2])


def get(identifier: "str | Penalty") -> Penalty:
    """Returns the penalty: by name (`"r1"`, at its default strength), or as it is when it is a `Penalty` already.

    Raises:
        ValueError: No penalty has that name.
        TypeError: `identifier` is neither a name nor a `Penalty`.
    """
    if isinstance(identifier, Penalty):
        return identifier
    if isinstance(identifier, str):
        return lookup.find("penalties", identifier, PENALTIES)()
    raise TypeError(
        f"Expected penalties to hold names or kgan.penalties.Penalty objects. Received: {identifier!r} "
        f"of type {type(identifier).__name__}."
    )
