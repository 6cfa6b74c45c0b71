"""Penalties on the discriminator, added to its loss in its own update.

Each is written for one batch seen through a `DiscriminatorPass`: what a paper calls `grad D(x)` is
`seen.real_gradient`.
"""

import types
from abc import abstractmethod
from collections.abc import Mapping

import tensorflow as tf
from keras import ops

from kgan._game.discriminator_pass import DiscriminatorPass
from kgan._support.configurable import Configurable

__all__ = ["Penalty", "squared_norm"]


class Penalty(Configurable):
    """A term added to the discriminator's loss.

    Subclass it to bring a penalty of your own: read what you need off the `DiscriminatorPass` and return a float32
    scalar.

    Attributes:
        needs: Which input gradients the penalty reads, `"real"` and `"generated"`; the pass tapes only these.
        differentiates: Whether the penalty differentiates logits by samples, which a discriminator that mixes the batch
            does not allow.
        outputs: Names of the discriminator's outputs, or of layers in it, that the penalty reads besides `"logits"`.
        every: Steps between two applications; the penalty is `every` times as strong then.
        remembers: Numbers that the penalty keeps from step to step, and what they start from. It finds their variables
            in `seen.memory[self.name]`; they are saved with the model.
    """

    needs: frozenset[str] = frozenset()
    differentiates = True
    outputs: tuple[str, ...] = ()
    every = 1
    remembers: Mapping[str, float] = types.MappingProxyType({})

    @property
    def _default_name(self) -> str:
        """The class name in snake case: the entry in the logs is `r1_penalty` and so on."""
        return f"{super()._default_name}_penalty"

    @abstractmethod
    def __call__(self, seen: DiscriminatorPass) -> tf.Tensor:
        """The value of the penalty on this batch."""


def squared_norm(gradient: tf.Tensor) -> tf.Tensor:
    """The squared L2 norm over all axes but the batch, `(batch,)` float32."""
    gradient = ops.cast(gradient, "float32")
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))
