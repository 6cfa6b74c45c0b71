"""A function whose large weights are inputs, so that what rewrites its graph does not carry them along."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

__all__ = ["LARGE", "Apart", "Weight", "apart"]

LARGE = 2**14  # numbers of a weight that is kept out: 64 KiB


class Weight(NamedTuple):
    """What a variable holds.

    Attributes:
        path: Its name in Keras, `"generator/dense/kernel"`.
        value: A view of TensorFlow's memory.
    """

    path: str
    value: np.ndarray


class Apart(NamedTuple):
    """A function and the weights that it takes.

    Attributes:
        function: Takes the inputs, and then the weights.
        specs: What it takes, `tf.TensorSpec` in order.
        weights: By the names of their inputs.
    """

    function: Callable
    specs: list[tf.TensorSpec]
    weights: Mapping[str, Weight]


def apart(
    function: Callable, specs: Sequence[tf.TensorSpec], variables: Collection[keras.Variable], large: int | None = None
) -> Apart:
    """The function with its large weights as further inputs.

    Freezing a graph, Grappler and tf2onnx's optimizers copy every constant some fifty times over: 0.25 GB of weights
    took 12 GB. Vectors and small kernels stay where they are, so that tf2onnx folds them as ever.

    Args:
        function: A `tf.function` of tensors, which reads Keras's variables.
        specs: Its inputs.
        variables: The weights of the generator.
        large: How many numbers a weight has at least to be kept out; `LARGE` by default.
    """
    taken = list({id(one): one for one in variables if _is_large(one, LARGE if large is None else large)}.values())
    names = [f"weight_{number}" for number in range(len(taken))]

    def with_weights(*tensors):
        inputs, weights = tensors[: len(specs)], tensors[len(specs) :]
        with keras.StatelessScope(state_mapping=list(zip(taken, weights, strict=True))):
            return function.python_function(*inputs)

    every = [*specs, *(tf.TensorSpec(one.shape, tf.float32, name) for one, name in zip(taken, names, strict=True))]
    held = {name: Weight(one.path, _view(one)) for name, one in zip(names, taken, strict=True)}
    return Apart(tf.function(with_weights, input_signature=every, autograph=False), every, held)


def _is_large(variable: keras.Variable, large: int) -> bool:
    return len(variable.shape) > 1 and variable.value.dtype == tf.float32 and np.prod(variable.shape) >= large


def _view(variable: keras.Variable) -> np.ndarray:
    """What a variable holds, where TensorFlow has it: no copy is made on the CPU."""
    with tf.device("CPU:0"):
        return np.asarray(memoryview(tf.convert_to_tensor(variable.value)))
