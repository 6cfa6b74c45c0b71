"""Which layer of a generator gives another output than in Keras, where the ONNX file as a whole does.

The generator is written once more with the output of every call of a layer as an output of the file, and each is
compared with Keras's. The first that differs, in the order of the calls, is told.
"""

import dataclasses
import functools
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import onnxruntime
import tensorflow as tf

from kgan.export import onnx, parity
from kgan.export.signature import Signature
from kgan.models.kind import Tensor

__all__ = ["Differing", "first", "told"]


class Differing(NamedTuple):
    """A layer whose output differs.

    Attributes:
        layer: The innermost, of layers within layers.
        difference: Of the output, as `parity.difference` counts it of numbers of any range.
    """

    layer: keras.layers.Layer
    difference: float


def first(
    generator: keras.Model, signature: Signature, opset: int, half: bool, atol: float, batch: int
) -> Differing | None:
    """The first layer whose output in ONNX is further from Keras's than the tolerance.

    Args:
        generator: In the precision that it is exported in.
        signature: What it takes and gives.
        opset: ONNX operator set.
        half: Whether the file computes in float16.
        atol: The tolerance, where the numbers of the batch are below 1, and in proportion where they are not.
        batch: How many samples are compared.

    Returns:
        The layer; `None` where none differs so much on its own, or the outputs of its layers are out of reach, as in a
        generator whose noise became an input.

    Raises:
        ExportError: if the outputs of the layers cannot be written beside each other.
    """
    layers = generator._flatten_layers()
    calls = _calls(generator, signature, layers)
    if not calls:
        return None
    told = _told(signature, calls, layers)
    function = told.function(generator)
    inputs = told.example(batch)
    with tempfile.TemporaryDirectory() as folder, tf.device("CPU:0"):
        path = Path(folder) / "layers.onnx"
        onnx.write(function, told, path, opset, layers, half=half)
        received = _run(path, list(calls), inputs)
        expected = function.get_concrete_function()(**{name: tf.constant(value) for name, value in inputs.items()})
    for name, call in calls.items():
        difference = parity.difference(expected[name].numpy(), received[name], None)
        if not difference <= atol:
            return Differing(call.layer, difference)
    return None


def told(
    error: parity.DifferenceError, generator: keras.Model, signature: Signature, opset: int, half: bool, atol: float
) -> parity.DifferenceError:
    """The error with the layer that differs first, where there is one; arguments are those of `first`."""
    try:
        found = first(generator, signature, opset, half, atol, error.batch)
    except parity.ExportError as reason:
        where = f"Which of its layers differs first cannot be told: {reason}"
    else:
        if found is None:
            return error
        where = (
            f"The first layer whose output differs is {found.layer.name!r} ({type(found.layer).__name__}), by "
            f"{found.difference:.1e}."
        )
    return parity.DifferenceError(f"{error.found} {where}", error.advice, error.batch)


class _Call(NamedTuple):
    """The output of one call of a layer."""

    layer: keras.layers.Layer
    output: tf.Tensor


def _calls(generator: keras.Model, signature: Signature, layers: Collection[keras.layers.Layer]) -> dict[str, _Call]:
    """What a graph of the generator has of its layers, by names of outputs."""
    found: list[_Call] = []

    def call(*inputs: tf.Tensor) -> None:
        with _recorded(layers) as calls:
            signature.exported.call(generator, *inputs)
        found.extend(_outputs(calls))

    tf.function(call, autograph=False).get_concrete_function(*signature.tensor_specs())
    return {f"layer_{number}": one for number, one in enumerate(found)}


def _told(signature: Signature, calls: Mapping[str, _Call], layers: Collection[keras.layers.Layer]) -> Signature:
    """The signature of the generator that gives these outputs of its layers, in float32."""
    tensors = [
        Tensor(name, tuple(call.output.shape[1:]), axes=tuple(f"{name}_{axis}" for axis in range(1, 9)))
        for name, call in calls.items()
    ]
    inner = signature.exported.call

    def call(generator: keras.Model, *inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        with _recorded(layers) as recorded:
            inner(generator, *inputs)
        return {name: one.output for name, one in zip(calls, _outputs(recorded), strict=True)}

    return Signature(
        dataclasses.replace(signature.exported, call=call, output=tensors[0], further=tuple(tensors[1:]), optional=())
    )


@contextmanager
def _recorded(layers: Collection[keras.layers.Layer]) -> Iterator[list[_Call]]:
    """The outputs of the layers that are called within the block, in the order in which they are done."""
    calls: list[_Call] = []
    before = {layer: vars(layer).get("call") for layer in layers}
    for layer in layers:
        vars(layer)["call"] = _recording(layer, layer.call, calls)
    try:
        yield calls
    finally:
        for layer, own in before.items():
            if own is None:
                del vars(layer)["call"]
            else:
                vars(layer)["call"] = own


def _recording(layer: keras.layers.Layer, call: Callable[..., Any], calls: list[_Call]) -> Callable[..., Any]:
    """`layer.call` that notes what it gives."""

    @functools.wraps(call)
    def recording(*inputs: Any, **options: Any) -> Any:
        outputs = call(*inputs, **options)
        calls.extend(_Call(layer, one) for one in tf.nest.flatten(outputs) if isinstance(one, tf.Tensor))
        return outputs

    return recording


def _outputs(calls: list[_Call]) -> list[_Call]:
    """Of some outputs those that the graph can give: one of each, of a batch of numbers, none from within a loop."""
    graph = tf.compat.v1.get_default_graph()
    there = [one for one in calls if getattr(one.output, "graph", None) is graph]
    numbers = [one for one in there if one.output.dtype.is_floating or one.output.dtype.is_integer]
    batches = [one for one in numbers if one.output.shape.rank and one.output.shape[0] is None]
    found: dict[int, _Call] = {}
    for one in batches:
        found.setdefault(id(one.output), one)
    return list(found.values())


def _run(path: Path, outputs: list[str], inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the file gives.

    Raises:
        ExportError: if onnxruntime cannot run it.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return dict(zip(outputs, session.run(outputs, dict(inputs)), strict=True))
    except Exception as error:  # of a class of its own for each status
        raise parity.ExportError(f"Expected an ONNX file that onnxruntime can run. Received: {error}") from error
