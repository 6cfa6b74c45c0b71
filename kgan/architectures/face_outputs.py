"""The last layer of a decoder of faces."""

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["face_and_mask"]


def face_and_mask(x: keras.KerasTensor, channels: int, masks: bool, weights: InitialWeights) -> keras.KerasTensor:
    """A face in [-1, 1], and behind its channels a mask in [0, 1] where one is asked for.

    Args:
        x: `(batch, height, width, filters)`.
        channels: Of a face.
        masks: Whether it has a mask.
        weights: Draws the initial ones.

    Returns:
        `(batch, height, width, channels)`, or a channel more.
    """
    drawn = kgan_layers.Conv2D(
        channels, 3, padding="same", activation="tanh", kernel_initializer=weights(), name="drawn"
    )(x)
    if not masks:
        return drawn
    mask = kgan_layers.Conv2D(1, 3, padding="same", activation="sigmoid", kernel_initializer=weights(), name="mask")(x)
    return layers.Concatenate(name="drawn_and_mask")([drawn, mask])
