"""An image network with its height and width set free, for images of another size than it was trained on."""

from typing import NamedTuple

import keras
import tensorflow as tf

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
        shared: Whether the network is made of the generator's own layers, and so has its very weights; it is one for
            export then.

    Returns:
        The network, and what its sizes are; `None` where it allows no other size: a layer has weights for each
        position, the model is a subclass, whose layers cannot be reached, or the output is not a whole number of times
        as large.
    """
    if not hasattr(generator, "inputs") or len(generator.inputs) != 1 or len(generator.inputs[0].shape) != 4:
        return None
    if shared and any(_needs_its_size(layer) for layer in generator._flatten_layers()):
        return None
    channels = generator.inputs[0].shape[3]
    inputs = keras.Input((None, None, channels))
    if not isinstance(generator, keras.Sequential):  # which takes the tensor as it is
        inputs = keras.tree.pack_sequence_as(generator.input, [inputs])
    try:
        network = keras.models.clone_model(
            generator, input_tensors=inputs, clone_function=_of_any_size if shared else None
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


class _Upsampling(keras.layers.UpSampling2D):
    """`keras.layers.UpSampling2D` where the size is known at run time alone.

    Keras's own compares the new size with 0 in Python (`keras/src/ops/image.py`), which no graph allows.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        size = tf.shape(inputs)[1:3] * tf.constant(self.size)
        return tf.cast(tf.image.resize(inputs, size, self.interpolation), inputs.dtype)


def _of_any_size(layer: keras.layers.Layer) -> keras.layers.Layer:
    """The layer itself, but for one without weights that graphs of free sizes do not allow."""
    if type(layer) is not keras.layers.UpSampling2D or layer.interpolation == "nearest":
        return layer
    return layer if layer.data_format == "channels_first" else _Upsampling.from_config(layer.get_config())


def _needs_its_size(layer: keras.layers.Layer) -> bool:
    """Whether a layer that resizes has weights of its kernel in an export, which depend on the size."""
    return isinstance(layer, keras.layers.UpSampling2D) and layer.interpolation.startswith("lanczos")


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
