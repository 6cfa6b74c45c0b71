"""Orthogonal regularisation of a network's kernels."""

from collections.abc import Sequence
from typing import Literal

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["OrthogonalRegularization"]

_SIDES = ("generator", "discriminator")


@keras.saving.register_keras_serializable("kgan")
class OrthogonalRegularization(Objective):
    """Keeps the filters of each kernel apart from each other, so that a generator takes truncated latents well.

    It minimises `sum_W ||W' W * (1 - I)||^2`, the squared Frobenius norm of the cosines between filters without their
    lengths: W is a kernel as a matrix `(inputs * kernel size, outputs)`, and the product with `1 - I` leaves its
    diagonal out, the filters' own norms. All trainable weights of two axes or more are kernels, but embeddings.

    Args:
        weight: Non-negative float, or a schedule; beta in the paper. Defaults to `1e-4`, as there.
        side: Whose kernels: `"generator"`, as in the paper, or `"discriminator"`. Defaults to `"generator"`.
        name: In the logs, as `generator_<name>_loss`, where two of a kind are to be told apart. Defaults to
            `"orthogonal_regularization"`.

    Raises:
        ValueError: if `weight` is negative, `side` is no side, or `name` is no identifier.

    Examples:
        >>> kgan.objectives.OrthogonalRegularization(weight=1e-3).players  # compile(objectives=[...])
        ('generator',)

    Reference:
        Brock et al., 2019, Large Scale GAN Training for High Fidelity Natural Image Synthesis, equation 3.
        arXiv:1809.11096
    """

    def __init__(
        self,
        weight: "float | Schedule" = 1e-4,
        side: Literal["generator", "discriminator"] = "generator",
        name: str | None = None,
    ):
        self.weight = number_or_schedule("weight", weight)
        if side not in _SIDES:
            raise ValueError(f"Expected side as 'generator' or 'discriminator'. Received: side={side!r}.")
        self.side = side
        self._call_it(name)

    @property
    def players(self) -> tuple[str, ...]:
        return (self.side,)

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        return _correlations(step.networks["generator"].trainable_variables)

    def discriminator_loss(self, step: StepOutputs) -> tf.Tensor:
        return ops.sum(
            [
                _correlations(network.trainable_variables)
                for name, network in step.networks.items()
                if name != "generator"
            ]
        )


def _correlations(weights: Sequence[keras.Variable]) -> tf.Tensor:
    total = ops.zeros(())
    for weight in weights:
        if len(weight.shape) < 2 or weight.name == "embeddings":
            continue
        matrix = ops.reshape(ops.cast(ops.convert_to_tensor(weight), "float32"), (-1, weight.shape[-1]))
        products = ops.matmul(ops.transpose(matrix), matrix)  # (outputs, outputs)
        total = total + ops.sum(ops.square(products)) - ops.sum(ops.square(ops.sum(ops.square(matrix), axis=0)))
    return total
