"""Generators that draw noise of their own that `drawn_noise` can make no input of: no artefact draws alike."""

from collections.abc import Collection, Mapping

import keras
import numpy as np
import tensorflow as tf

from kgan._game.layer_names import layer_of
from kgan.export.parity import ExportError, Runner, difference
from kgan.export.signature import Signature

__all__ = ["DRAWS", "check", "refusal"]

DRAWS = (
    "Random",
    "StatelessRandom",
    "TruncatedNormal",
    "StatelessTruncatedNormal",
    "ParameterizedTruncatedNormal",
    "Multinomial",
    "StatelessMultinomial",
    "StatefulStandardNormal",
    "StatefulTruncatedNormal",
    "StatefulUniform",
)  # how TensorFlow's operations that draw begin


def check(
    function: tf.types.experimental.GenericFunction,
    keras_runner: Runner,
    signature: Signature,
    layers: Collection[keras.layers.Layer],
    atol: float,
) -> None:
    """Refuses a generator that gives other samples for the same inputs: it is run twice.

    Args:
        function: The generator, as it is exported.
        keras_runner: Runs it.
        signature: What it takes and gives.
        layers: Those of the generator, which the error names.
        atol: The difference from which samples are others.

    Raises:
        ExportError: if it draws noise.
    """
    inputs = signature.example(signature.exported.batches[0])
    if any(_differ(keras_runner, inputs, name, bounds, atol) for name, bounds in signature.ranges.items()):
        operations = function.get_concrete_function(*signature.tensor_specs()).graph.get_operations()
        drawing = [layer_of(one.name, layers) for one in operations if one.type.startswith(DRAWS)]
        raise ExportError(refusal(next(filter(None, drawing), None)))


def _differ(
    keras_runner: Runner,
    inputs: Mapping[str, np.ndarray],
    output: str,
    value_range: tuple[float, float] | None,
    atol: float,
) -> bool:
    """Whether an output is another one when the generator is run again."""
    first, second = keras_runner(inputs, output), keras_runner(inputs, output)
    return bool(np.isfinite(first).all()) and difference(first, second, value_range) > atol


def refusal(layer: str | None) -> str:
    """The error of a generator whose layer draws."""
    return (
        f"Expected a generator that gives the same samples for the same latents. Received: one that draws noise of its "
        f"own{f', in the layer {layer!r}' if layer else ''}, which Keras and ONNX cannot draw alike. Draw it by "
        f"keras.random.normal, uniform or truncated_normal, of a size that is known but for the batch and outside of "
        f"loops, and it becomes an input; or draw it in training only (call(self, x, training=False)), or take it out "
        f"of the latents."
    )
