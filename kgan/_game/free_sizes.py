"""An image network with its height and width set free, for images of another size than it was trained on."""

from typing import NamedTuple

import keras

__all__ = ["FreeSize", "free_size"]

_LARGEST = 1024  # a multiple beyond this would extend a photo to twice its size and more


class FreeSize(NamedTuple):
    """A network of free height and width.

    Attributes:
        network: It, with weights of its own that are equal to those that were given, or with the same weights.
        multiple: A power of two, in pixels; heights and widths of inputs are multiples of it.
        scale: How many times as high and wide as the input the output is.
    """

    network: keras.Model
    multiple: int
    scale: int


def free_size(generator: keras.Model, *, shared: bool = False) -> FreeSize | None:
    """The network with height and width free.

    Args:
        generator: A functional model from images `(batch, height, width, channels)` to images.
        shared: Whether the network is made of the generator's own layers, and so has its very weights.

    Returns:
        The network, and what its sizes are; `None` where it allows no other size: a layer has weights for each
        position, the model is a subclass, whose layers cannot be reached, or the output is not a whole number of times
        as large.
    """
    if not hasattr(generator, "inputs") or len(generator.inputs) != 1 or len(generator.inputs[0].shape) != 4:
        return None
    channels = generator.inputs[0].shape[3]
    inputs = keras.Input((None, None, channels))
    if not isinstance(generator, keras.Sequential):  # which takes the tensor as it is
        inputs = keras.tree.pack_sequence_as(generator.input, [inputs])
    try:
        network = keras.models.clone_model(
            generator, input_tensors=inputs, clone_function=(lambda layer: layer) if shared else None
        )
    except (ValueError, TypeError):  # Keras's way to say that a layer needs to know the size
        return None
    if [weight.shape for weight in network.weights] != [weight.shape for weight in generator.weights]:
        return None
    if not shared:
        network.set_weights(generator.get_weights())
    multiple = 1
    while multiple <= _LARGEST:
        scale = _scale(network, multiple, channels)
        if scale is not None:
            return FreeSize(network, multiple, scale)
        multiple *= 2
    return None


def _scale(network: keras.Model, multiple: int, channels: int) -> int | None:
    """How many times as large the output is, for inputs of this multiple; `None` where they do not fit."""
    scales = set()
    for height, width in ((multiple, 3 * multiple), (5 * multiple, 2 * multiple)):
        try:
            shape = network.compute_output_spec(keras.KerasTensor((1, height, width, channels))).shape
        except (ValueError, TypeError):  # two ways through the network whose sizes differ where they meet
            return None
        if len(shape) != 4 or not shape[1] or not shape[2] or shape[1] % height or shape[2] % width:
            return None
        scales |= {shape[1] // height, shape[2] // width}
    return scales.pop() if len(scales) == 1 else None
