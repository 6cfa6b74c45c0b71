"""The encoder and the decoder of face swapping: a code of what holds for both identities, drawn by either.

Reference:
    Perov et al., 2020, DeepFaceLab: Integrated, flexible and extensible face-swapping framework. arXiv:2005.05535
"""

from typing import Literal

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.face_outputs import face_and_mask
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.normalizations import check_normalization, normalized

__all__ = ["face_autoencoder"]

_GRID = 4  # the shorter side of the smallest grid, at least
_MOST = 8  # how many times as many filters as the first convolution a deep one has at most


def face_autoencoder(
    sample_shape: tuple[int, int, int],
    width: int = 32,
    code_size: int = 128,
    *,
    masks: bool = False,
    normalization: Literal["batch", "instance"] | None = "instance",
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """An encoder and the decoder of one identity, from faces to faces.

    The encoder halves the face by convolutions 4x4 with stride 2, each followed by LeakyReLU(0.2), down to a grid of 4
    to 7 positions on the shorter side, and a dense layer makes the code of it; filters double at each, from `width` up
    to `8 * width`. The decoder is the reverse, with doublings in front of convolutions 3x3. The encoder's convolutions
    but the first are normalised, the decoder's are not. What is drawn ends in tanh, its mask in a sigmoid.

    The model's layers `"encoder"` and `"decoder"` are models themselves, as `kgan.FaceSwap` takes them.

    Args:
        sample_shape: `(height, width, channels)` of faces; sides can be halved until the shorter one has 4 to 7
            pixels.
        width: Filters of the first convolution.
        code_size: Numbers in a code.
        masks: Whether the decoder draws a mask as its last channel, taught by `kgan.objectives.MaskOfChange`.
        normalization: Of the encoder: `"batch"`, `"instance"` or `None`.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from faces `(batch, height, width, channels)` to what is drawn, `(batch, height, width, channels)`, or
        one channel more with a mask.

    Raises:
        ValueError: if the sides cannot be halved so, if `width` or `code_size` is less than 1, or if `normalization` is
            not one of the above.

    Examples:
        >>> model = kgan.architectures.face_autoencoder((32, 32, 3), width=4)
        >>> model.get_layer("encoder").output_shape, model.output_shape
        ((None, 128), (None, 32, 32, 3))
    """
    check_sizes("width", width)
    check_sizes("code_size", code_size)
    check_normalization(normalization)
    halvings = _halvings(sample_shape)
    filters = [min(width * 2**level, _MOST * width) for level in range(halvings)]
    weights = InitialWeights(seed)
    encoder = _encoder(sample_shape, filters, code_size, normalization, weights)
    decoder = _decoder(sample_shape, filters, code_size, masks, weights)
    faces = keras.Input(sample_shape, name="faces")
    return keras.Model(faces, decoder(encoder(faces)), name=name)


def _encoder(
    shape: tuple, filters: list[int], code_size: int, normalization: str | None, weights: InitialWeights
) -> keras.Model:
    x = faces = keras.Input(shape, name="faces")
    for level, count in enumerate(filters):
        norm = normalization if level else None
        settings = {"padding": "same", "use_bias": norm is None, "kernel_initializer": weights.he_normal()}
        x = kgan_layers.Conv2D(count, 4, strides=2, name=f"halving_{level}", **settings)(x)  # (b, h / 2, w / 2, count)
        x = normalized(x, norm, f"halving_{level}_norm")
        x = kgan_layers.LeakyReLU(negative_slope=0.2, name=f"halving_{level}_relu")(x)
    x = layers.Flatten(name="flat")(x)
    return keras.Model(
        faces, layers.Dense(code_size, kernel_initializer=weights.he_normal(), name="code")(x), name="encoder"
    )


def _decoder(shape: tuple, filters: list[int], code_size: int, masks: bool, weights: InitialWeights) -> keras.Model:
    grid = tuple(side // 2 ** len(filters) for side in shape[:2])
    codes = keras.Input((code_size,), name="codes")
    x = layers.Dense(grid[0] * grid[1] * filters[-1], kernel_initializer=weights.he_normal(), name="grid")(codes)
    x = layers.Reshape((*grid, filters[-1]), name="grid_of_codes")(x)
    x = kgan_layers.LeakyReLU(negative_slope=0.2, name="grid_relu")(x)
    for level in reversed(range(len(filters))):
        count = filters[max(level - 1, 0)]
        x = kgan_layers.UpsampleConv2D(count, 3, kernel_initializer=weights.he_normal(), name=f"doubling_{level}")(x)
        x = kgan_layers.LeakyReLU(negative_slope=0.2, name=f"doubling_{level}_relu")(x)  # (b, 2h, 2w, count)
    return keras.Model(codes, face_and_mask(x, shape[2], masks, weights), name="decoder")


def _halvings(shape: tuple) -> int:
    """How often faces are halved."""
    whole = len(shape) == 3 and all(isinstance(one, int) and one >= 1 for one in shape)
    shorter = min(shape[:2]) if whole else 0
    halvings = (shorter // _GRID).bit_length() - 1 if shorter >= _GRID else 0
    if not halvings or any(side % 2**halvings for side in shape[:2]):
        raise ValueError(
            f"Expected sample_shape as (height, width, channels) of faces whose sides can be halved until the "
            f"shorter one has {_GRID} to {2 * _GRID - 1} pixels. Received: sample_shape={tuple(shape)}. Pass "
            f"image_size=64, say."
        )
    return halvings
