"""Which layer an operation of a graph belongs to."""

from collections.abc import Iterable

import keras


def layer_of(operation: str, layers: Iterable[keras.layers.Layer]) -> str | None:
    """The name of the innermost of some layers in the name of an operation, `None` where none is in it.

    TensorFlow numbers the calls of a layer: `generator_1/dense_2/MatMul` is an operation of `dense` in `generator`.
    """
    names = {layer.name for layer in layers}
    for part in reversed(operation.split("/")):
        for one in (part, part.rpartition("_")[0]):
            if one in names:
                return one
    return None
