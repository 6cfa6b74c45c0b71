"""What a network drew, laid over the picture that it was given, as far as its mask says."""

from typing import Any

import keras
from keras import layers

__all__ = ["MaskedBlend"]


@keras.saving.register_keras_serializable("kgan")
class MaskedBlend(layers.Layer):
    """Lays what was drawn over a picture: `mask * drawn + (1 - mask) * picture`.

    The last channel of what was drawn is the mask, from 0 to 1; where it has no more channels than the picture, it is
    taken as it is.

    Args:
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `[pictures, drawn]`, `(batch, height, width, c)` and `(batch, height, width, c + 1)` or `(..., c)` -> `(batch,
        height, width, c)`.

    Raises:
        ValueError: when it is built, if the two have other sizes, or `drawn` neither `c` nor `c + 1` channels.

    Examples:
        >>> picture, drawn = np.zeros((1, 2, 2, 1)), np.ones((1, 2, 2, 1))
        >>> half = np.concatenate([drawn, np.full((1, 2, 2, 1), 0.5)], axis=-1)
        >>> float(kgan.layers.MaskedBlend()([picture, half])[0, 0, 0, 0])
        0.5
    """

    mixes_batch = False

    def build(self, input_shape: Any) -> None:
        picture, drawn = input_shape
        if tuple(picture[1:3]) != tuple(drawn[1:3]) or drawn[-1] not in (picture[-1], picture[-1] + 1):
            raise ValueError(
                f"Expected what was drawn to be as high and wide as the picture, with its channels and perhaps a mask. "
                f"Received: {tuple(drawn[1:])} for pictures of shape {tuple(picture[1:])}."
            )
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        picture, drawn = inputs
        if drawn.shape[-1] == picture.shape[-1]:
            return drawn
        mask = drawn[..., -1:]
        return mask * drawn[..., :-1] + (1.0 - mask) * picture

    def compute_output_shape(self, input_shape: Any) -> Any:
        return tuple(input_shape[0])
