"""Orthogonal regularisation of a network's kernels."""

import math
from collections.abc import Iterator
from typing import Literal

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.layers import StyledConv2D
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["OrthogonalRegularization"]

_SIDES = ("generator", "discriminator")
_TRANSPOSED = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)
_DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)


@keras.saving.register_keras_serializable("kgan")
class OrthogonalRegularization(Objective):
    """Keeps the filters of each kernel apart from each other, so that a generator takes truncated latents well.

    It minimises `sum_W ||W' W * (1 - I)||^2`, the squared inner products between filters: W is a kernel as a matrix
    `(inputs * kernel size, outputs)`, also of transposed, depthwise and styled convolutions, whose kernels have another
    order of axes; the product with `1 - I` leaves its diagonal out, the filters' own squared lengths.

    All trainable weights of two axes or more are kernels, but embeddings: those of `keras.layers.Embedding`, and of a
    layer whose only input is the network's input `"labels"`, as a dense layer that adds up a row for each tag.

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
        return _correlations(step.networks["generator"])

    def discriminator_loss(self, step: StepOutputs) -> tf.Tensor:
        return ops.sum([_correlations(network) for name, network in step.networks.items() if name != "generator"])


def _correlations(network: keras.Model) -> tf.Tensor:
    total = ops.zeros(())
    for matrix in _matrices(network):
        rows, columns = matrix.shape
        # W W' has the norm of W' W, and BigGAN's first kernel, (20, 24576), has 400 products for 604 million.
        products = (
            ops.matmul(matrix, ops.transpose(matrix)) if rows < columns else ops.matmul(ops.transpose(matrix), matrix)
        )
        lengths = ops.sum(ops.square(matrix), axis=0)  # squared; the diagonal of W' W
        total = total + ops.sum(ops.square(products)) - ops.sum(ops.square(lengths))
    return total


def _matrices(network: keras.Model) -> Iterator[tf.Tensor]:
    """The network's kernels as float32 matrices `(inputs * kernel size, outputs)`, a column for each filter."""
    embeddings: set[int] = set()
    transposed: set[int] = set()
    depthwise: set[int] = set()
    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.Embedding) or _reads_labels_alone(layer):
            embeddings.update(id(weight) for weight in layer.weights)
        elif isinstance(layer, _TRANSPOSED) or (isinstance(layer, StyledConv2D) and layer.upsample):
            transposed.add(id(layer.kernel))
        elif isinstance(layer, _DEPTHWISE):
            depthwise.add(id(layer.kernel))
    for weight in network.trainable_variables:
        if len(weight.shape) < 2 or id(weight) in embeddings:
            continue
        kernel = ops.cast(ops.convert_to_tensor(weight), "float32")
        if id(weight) in transposed:  # (..., outputs, inputs)
            kernel = ops.swapaxes(kernel, -1, -2)
        filters = math.prod(kernel.shape[-2:]) if id(weight) in depthwise else kernel.shape[-1]
        yield ops.reshape(kernel, (-1, filters))


def _reads_labels_alone(layer: keras.layers.Layer) -> bool:
    """Whether it is a layer, and no network, that makes something of labels and of nothing else."""
    read = None if isinstance(layer, keras.Model) else getattr(layer, "input", None)
    return isinstance(read, keras.KerasTensor) and read.name == "labels"
