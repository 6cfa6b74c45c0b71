"""A bounded activation that logits end in: seen in the graph of a network, or told from what it says of samples."""

import warnings
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from kgan._game import networks

_SQUASHING = (
    "sigmoid",
    "hard_sigmoid",
    "sparse_sigmoid",
    "tanh",
    "hard_tanh",
    "softmax",
    "sparsemax",
    "softsign",
    "log_sigmoid",
    "log_softmax",
    "relu6",
)
_BOUNDS = {
    **dict.fromkeys(("sigmoid", "hard_sigmoid", "sparse_sigmoid", "softmax", "sparsemax"), (0.0, 1.0)),
    **dict.fromkeys(("tanh", "hard_tanh", "softsign"), (-1.0, 1.0)),
}
_BY_PLAIN_NAME = {name.replace("_", ""): name for name in _SQUASHING}
# Of a bounded tensor these make another: they move values, leave some out, take means, or bend them a little.
_KEEP_BOUNDS = (
    *("Flatten", "Reshape", "Permute", "RepeatVector", "Identity", "Masking", "ActivityRegularization", "Squeeze"),
    *("ExpandDims", "Transpose", "GetItem", "Cast", "Mean", "Max", "Min", "Amax", "Amin", "Relu", "ReLU", "LeakyReLU"),
    *("PReLU", "LeakyRelu", "Concatenate", "Average", "Maximum", "Minimum", "Stack", "Clip"),
    *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout", "Dropout", "GaussianNoise"),
    *(f"{how}{size}D" for how in ("Cropping", "ZeroPadding", "UpSampling") for size in (1, 2, 3)),
    *(f"{where}{how}Pooling{size}D" for where in ("", "Global") for how in ("Average", "Max") for size in (1, 2, 3)),
)
_PASSED_ON = ("linear", "relu", "leaky_relu", "identity")  # functions of an Activation layer that keep bounds
_WEIGHTED = (
    keras.layers.Dense,
    keras.layers.EinsumDense,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
)
_SHIFTS = (100.0, -100.0, 3.0, -3.0)  # of all weights: some logit leaves [-1, 1], unless it cannot
_FEW = 4  # samples are enough


def find(model: keras.Model, output: str = "logits") -> str | None:
    """The name of the bounded activation that an output of the model ends in, or `None`.

    Layers that keep bounds, as Flatten, Reshape, pooling and Dropout, are looked through, nested models looked into.
    """
    tensor = _output(model, output)
    found = None if tensor is None else _bounded(tensor)
    return found if isinstance(found, str) else None


def bounds(model: keras.Model, output: str) -> tuple[float, float] | None:
    """`(low, high)` of an output that ends in an activation with such bounds; `None` where none is seen."""
    return _BOUNDS.get(find(model, output))


def may_hide(model: keras.Model) -> bool:
    """Whether its logits may end in a bounded activation that `find` cannot see: within a layer of someone's own."""
    tensor = _output(model, "logits")
    return tensor is None or not _grows(tensor)


def _grows(tensor) -> bool:
    """Whether it is known that the tensor can be any number: a sum of features with weights, without an activation."""
    layer, node, place = tensor._keras_history
    inner = _outputs(layer)
    if inner is not None:
        return _grows(inner[place])
    if isinstance(layer, keras.layers.Wrapper):
        layer = layer.layer
    if isinstance(layer, _WEIGHTED):
        return type(layer).__module__.startswith(("keras.", "kgan.")) and _activation(layer) == "linear"
    name = type(layer).__name__
    if name not in (*_KEEP_BOUNDS, "Add", "Subtract") or not layer._inbound_nodes:
        return False
    parents = layer._inbound_nodes[node].input_tensors
    return (any if name in ("Add", "Subtract") else all)(_grows(parent) for parent in parents)


def warn_if_hidden(discriminator: keras.Model, inputs: Sequence[Any]) -> None:
    """Warns of a discriminator whose logits stay within [-1, 1], whatever its weights.

    Logits of a fresh network may all be small by chance; with all weights moved far away, they are so only behind a
    bounded activation.

    Args:
        discriminator: The discriminator; nothing of it moves.
        inputs: What it takes, samples first: `(batch, ...)` each, of which a few are looked at.
    """
    few = [one[:_FEW] for one in inputs]
    logits = [_logits(discriminator, few, 0.0)]
    for shift in _SHIFTS if discriminator.trainable_variables else ():
        if np.any(np.abs(logits[-1]) > 1.0):
            return
        moved = _logits(discriminator, few, shift)
        logits += [moved] if np.all(np.isfinite(moved)) else []
    if len(logits) < 3 or np.any(np.abs(logits[-1]) > 1.0) or not np.any(np.concatenate(logits)):
        return
    low, high = (0, 1) if min(one.min() for one in logits) >= 0.0 else (-1, 1)
    like = "sigmoid" if low == 0 else "tanh"
    warnings.warn(
        f"All logits of the discriminator {discriminator.name!r} lie in [{low}, {high}], whatever its weights, as "
        f"after a {like}. Remove that activation: the losses apply the sigmoid themselves, and learn little from "
        f"logits that cannot grow.",
        stacklevel=2,
    )


def _logits(discriminator: keras.Model, inputs: list, shift: float) -> np.ndarray:
    moved = [(one, one.value + keras.ops.cast(shift, one.dtype)) for one in discriminator.trainable_variables]
    with keras.StatelessScope(moved):
        outputs = discriminator(inputs if len(inputs) > 1 else inputs[0], training=False)
    logits = outputs["logits"] if isinstance(outputs, dict) else outputs
    return np.asarray(keras.ops.cast(logits, "float32"))


def _output(model: keras.Model, name: str):
    """The symbolic output of that name; `None` for a subclassed model, which hides it."""
    if not hasattr(model, "outputs"):
        return None
    output = networks.of_graph(model)
    if isinstance(output, dict):
        return output.get(name)
    return output if name == "logits" and isinstance(output, keras.KerasTensor) else None


def _outputs(layer) -> "list | None":
    """The outputs of a nested model whose graph can be seen."""
    return layer.outputs if isinstance(layer, keras.Model) and hasattr(layer, "outputs") else None


_INPUT = object()  # what `_bounded` finds where a nested model hands on what it is given


def _bounded(tensor) -> "str | object | None":
    """The activation that bounds a symbolic tensor, `_INPUT` where that is its model's input's affair, else `None`."""
    layer, node, place = tensor._keras_history
    if isinstance(layer, keras.layers.InputLayer):
        return _INPUT
    inner = _outputs(layer)
    if inner is None:
        name = _activation(layer)
        if name in _SQUASHING:
            return name
        if not _keeps_bounds(layer, name):
            return None
    else:
        found = _bounded(inner[place])
        if found is not _INPUT:
            return found
    each = [_bounded(parent) for parent in layer._inbound_nodes[node].input_tensors]
    return None if None in each else next((one for one in each if one is not _INPUT), _INPUT)


def _keeps_bounds(layer, activation: str | None) -> bool:
    if isinstance(layer, keras.layers.Activation):
        return activation in _PASSED_ON
    return type(layer).__name__ in _KEEP_BOUNDS


def _activation(layer) -> str | None:
    """The name of what a layer or an operation applies last, as far as it is known by name."""
    if isinstance(layer, keras.layers.Wrapper):  # SpectralNormalization(Dense(1, "sigmoid"))
        return _activation(layer.layer)
    function = getattr(layer, "activation", None)
    if function is None and isinstance(layer, keras.layers.Lambda):
        function = layer.function
    if isinstance(function, keras.Layer):
        return _activation(function) or _plain(type(function).__name__)
    if function is not None:
        return _plain(getattr(function, "__name__", ""))
    return _plain(type(layer).__name__)  # keras.ops.sigmoid in a functional graph is of the class Sigmoid


def _plain(name: str) -> str:
    return _BY_PLAIN_NAME.get(name.replace("_", "").lower(), name)
