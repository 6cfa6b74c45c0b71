"""The encoder and the decoder of face swapping whose code is a grid: small parts of a face stay where they are.

Reference:
    Perov et al., 2020, DeepFaceLab: Integrated, flexible and extensible face-swapping framework. arXiv:2005.05535
    Zhu et al., 2017, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks. arXiv:1703.10593
"""

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan._support.checks import whole
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.face_outputs import face_and_mask
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["face_grid_autoencoder"]

_LEAST = 8  # pixels of a side, for a grid of 2 x 2


def face_grid_autoencoder(
    sample_shape: tuple[int, int, int],
    width: int = 32,
    code_size: int = 16,
    blocks: int = 2,
    *,
    masks: bool = False,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """An encoder and the decoder of one identity, from faces to faces, by way of a grid at a quarter of the size.

    The encoder halves the face twice by convolutions 4x4 with stride 2, `width` and `2 * width` filters, and has a
    residual block and a convolution 1x1 to the code. The decoder begins with a convolution 3x3 and `blocks` residual
    blocks, in which the head takes another form, and doubles the grid twice. LeakyReLU(0.2) follows each convolution
    but the last of a block, the code's and the output's. Nothing is normalised: the light of a face would be lost.

    `face_autoencoder` makes one vector of a face, and has to learn each place of a mouth; a grid says of each place
    what is there, and learns small features in a fraction of the time.

    The model's layers `"encoder"` and `"decoder"` are models themselves, as `kgan.FaceSwap` takes them.

    Args:
        sample_shape: `(height, width, channels)` of faces; sides multiples of 4, of at least 8 pixels.
        width: Filters of the first convolution.
        code_size: Numbers at each position of the grid.
        blocks: Residual blocks of the decoder, 0 or more. Each lets it look two positions of the grid further.
        masks: Whether the decoder draws a mask as its last channel, taught by `kgan.objectives.MaskOfChange`.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from faces `(batch, height, width, channels)` to what is drawn, `(batch, height, width, channels)`, or
        one channel more with a mask.

    Raises:
        ValueError: if a side is no multiple of 4 or less than 8, if `width` or `code_size` is less than 1, or if
            `blocks` is negative.

    Examples:
        >>> model = kgan.architectures.face_grid_autoencoder((32, 32, 3), width=4)
        >>> model.get_layer("encoder").output_shape, model.output_shape
        ((None, 8, 8, 16), (None, 32, 32, 3))
    """
    check_sizes("width", width)
    check_sizes("code_size", code_size)
    whole("blocks", blocks, 0)
    _check_shape(sample_shape)
    weights = InitialWeights(seed)
    encoder = _encoder(sample_shape, width, code_size, weights)
    decoder = _decoder(sample_shape, encoder.output_shape[1:], width, blocks, masks, weights)
    faces = keras.Input(sample_shape, name="faces")
    return keras.Model(faces, decoder(encoder(faces)), name=name)


def _encoder(shape: tuple, width: int, code_size: int, weights: InitialWeights) -> keras.Model:
    x = faces = keras.Input(shape, name="faces")
    for level in range(2):
        x = _convolved(x, width * 2**level, 4, f"halving_{level}", weights, strides=2)  # (b, h / 2, w / 2, count)
    x = _block(x, "block_0", weights)
    code = kgan_layers.Conv2D(code_size, 1, kernel_initializer=weights.he_normal(), name="code")(x)
    return keras.Model(faces, code, name="encoder")


def _decoder(shape: tuple, grid: tuple, width: int, blocks: int, masks: bool, weights: InitialWeights) -> keras.Model:
    codes = keras.Input(grid, name="codes")
    x = _convolved(codes, 2 * width, 3, "codes_read", weights)
    for block in range(blocks):
        x = _block(x, f"block_{block}", weights)
    for level in (1, 0):
        x = kgan_layers.UpsampleConv2D(width, 3, kernel_initializer=weights.he_normal(), name=f"doubling_{level}")(x)
        x = kgan_layers.LeakyReLU(negative_slope=0.2, name=f"doubling_{level}_relu")(x)  # (b, 2h, 2w, width)
    return keras.Model(codes, face_and_mask(x, shape[2], masks, weights), name="decoder")


def _convolved(x, filters: int, size: int, name: str, weights: InitialWeights, strides: int = 1):
    settings = {"padding": "same", "kernel_initializer": weights.he_normal(), "name": name}
    x = kgan_layers.Conv2D(filters, size, strides=strides, **settings)(x)
    return kgan_layers.LeakyReLU(negative_slope=0.2, name=f"{name}_relu")(x)


def _block(x, name: str, weights: InitialWeights):
    """A residual block of two convolutions 3x3, the second of which starts at nothing, so that the block is quiet."""
    filters = x.shape[-1]
    y = _convolved(x, filters, 3, f"{name}_first", weights)
    y = kgan_layers.Conv2D(filters, 3, padding="same", kernel_initializer="zeros", name=f"{name}_second")(y)
    return layers.Add(name=f"{name}_sum")([x, y])


def _check_shape(shape: tuple) -> None:
    if len(shape) != 3 or not all(isinstance(one, int) and one >= 1 for one in shape):
        raise ValueError(
            f"Expected sample_shape as (height, width, channels) of faces. Received: sample_shape={tuple(shape)}."
        )
    if any(side % 4 or side < _LEAST for side in shape[:2]):
        raise ValueError(
            f"Expected sample_shape of sides that can be halved twice, multiples of 4 of at least {_LEAST} pixels. "
            f"Received: sample_shape={tuple(shape)}. Pass image_size=64, say."
        )
