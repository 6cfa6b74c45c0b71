"""Networks for films: a generator of the next frames, and discriminators of films and of single frames.

Frames stand side by side as channels, so that convolutions of pictures see several at once, as in the paper; its
pyramid of scales is a U-Net here.

Reference:
    Mathieu et al., 2015, Deep Multi-Scale Video Prediction beyond Mean Square Error. arXiv:1511.05440
"""

from typing import Literal

import keras
from keras import layers as keras_layers

from kgan import layers as kgan_layers
from kgan._support.checks import whole
from kgan.architectures.patchgan import patchgan_discriminator
from kgan.architectures.unet import unet_generator

__all__ = ["film_discriminator", "frame_discriminator", "next_frames_generator"]

FilmShape = tuple[int, int, int, int]


def next_frames_generator(
    input_shape: FilmShape,
    output_frames: int = 1,
    width: int = 64,
    depth: int | None = None,
    *,
    step: int | None = None,
    normalization: Literal["batch", "instance"] | None = "instance",
    activation: str | None = "tanh",
    upsampling: Literal["transposed", "nearest"] = "nearest",
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A U-Net that makes the frames which follow, from the last ones.

    The U-Net of `unet_generator`, without dropout, sees all input frames as channels and makes `step` frames at once.
    Where more are to follow, it sees its own frames in their place and goes on: the same weights, `output_frames /
    step` times.

    Args:
        input_shape: `(frames, height, width, channels)` of what is given.
        output_frames: Frames that follow.
        width: Filters of the first convolution; see `unet_generator`.
        depth: How often the height and width are halved; `None` for as often as they are even, at most 4 times.
        step: Frames that are made at once, a divisor of `output_frames`; `None` for all.
        normalization: `"batch"`, `"instance"` or `None`.
        activation: Of the output.
        upsampling: `"transposed"`, or `"nearest"` with a convolution behind.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from `(batch, frames, height, width, channels)` to `(batch, output_frames, height, width, channels)`.

    Raises:
        ValueError: if `input_shape` is no shape of films, sides cannot be halved, or a number is out of range.

    Examples:
        >>> kgan.architectures.next_frames_generator((4, 32, 32, 1), output_frames=2, width=4).output_shape
        (None, 2, 32, 32, 1)
    """
    frames, height, width_of_frames, channels = _film_shape("input_shape", input_shape)
    step = whole("step", whole("output_frames", output_frames, 1) if step is None else step, 1)
    if output_frames % step:
        raise ValueError(
            f"Expected step as a divisor of output_frames={output_frames}. Received: step={step}. Pass None for all "
            f"frames at once."
        )
    core = unet_generator(
        (height, width_of_frames, frames * channels),
        step * channels,
        width,
        _depth(height, width_of_frames) if depth is None else depth,
        normalization=normalization,
        dropout=0.0,
        activation=activation,
        upsampling=upsampling,
        seed=seed,
        name="unet",
    )
    seen = inputs = keras.Input(input_shape, name="frames")
    made = []
    for number in range(output_frames // step):
        x = kgan_layers.FramesToChannels(name=f"to_channels_{number}")(seen)  # (b, h, w, frames * c)
        x = kgan_layers.ChannelsToFrames(step, name=f"to_frames_{number}")(core(x))  # (b, step, h, w, c)
        made.append(x)
        if len(made) < output_frames // step:
            x = keras_layers.Concatenate(axis=1, name=f"seen_{number}")([seen, x])
            seen = kgan_layers.LastFrames(frames, name=f"last_{number}")(x)  # (b, frames, h, w, c)
    x = made[0] if len(made) == 1 else keras_layers.Concatenate(axis=1, name="film")(made)
    return keras.Model(inputs, x, name=name)


def film_discriminator(
    sample_shape: FilmShape,
    condition_shape: FilmShape | None = None,
    width: int = 64,
    layers: int = 3,
    *,
    normalization: Literal["batch", "instance"] | None = "instance",
    seed: int | None = None,
    name: str = "film_discriminator",
) -> keras.Model:
    """A PatchGAN that sees all frames of a film at once: whether they move as real ones do.

    Args:
        sample_shape: `(frames, height, width, channels)` of the frames that follow.
        condition_shape: The same of those that were given, which it sees before them; `None` without.
        width: Filters of the first convolution; see `patchgan_discriminator`.
        layers: Convolutions with stride 2.
        normalization: `"batch"`, `"instance"` or `None`.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from films, or `[films, given films]`, to logits `(batch, h, w, 1)`, one for each patch.

    Raises:
        ValueError: if shapes are none of films or differ in height or width, or as `patchgan_discriminator`.

    Examples:
        >>> network = kgan.architectures.film_discriminator((2, 32, 32, 1), (4, 32, 32, 1), width=4, layers=2)
        >>> network.output_shape
        (None, 6, 6, 1)
    """
    frames, *size, channels = _film_shape("sample_shape", sample_shape)
    x = inputs = keras.Input(sample_shape, name="samples")
    if condition_shape is not None:
        given, *given_size, given_channels = _film_shape("condition_shape", condition_shape)
        if (given_size, given_channels) != (size, channels):
            raise ValueError(
                f"Expected frames of one shape. Received: sample_shape={tuple(sample_shape)}, "
                f"condition_shape={tuple(condition_shape)}. Resize one of them."
            )
        frames += given
        condition = keras.Input(condition_shape, name="conditions")
        inputs = [x, condition]
        x = keras_layers.Concatenate(axis=1, name="film")([condition, x])  # in the order of time
    patches = patchgan_discriminator(
        (*size, frames * channels), None, width, layers, normalization=normalization, seed=seed, name="patches"
    )
    x = kgan_layers.FramesToChannels(name="to_channels")(x)  # (b, h, w, frames * c)
    return keras.Model(inputs, patches(x), name=name)


def frame_discriminator(
    sample_shape: FilmShape,
    width: int = 64,
    layers: int = 3,
    *,
    normalization: Literal["batch", "instance"] | None = "instance",
    seed: int | None = None,
    name: str = "frame_discriminator",
) -> keras.Model:
    """A PatchGAN that sees each frame of a film alone: whether it looks as real ones do.

    Args:
        sample_shape: `(frames, height, width, channels)` of films.
        width: Filters of the first convolution; see `patchgan_discriminator`.
        layers: Convolutions with stride 2.
        normalization: `"batch"`, `"instance"` or `None`.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from films to logits `(batch, frames, h, w, 1)`, one for each patch of each frame.

    Raises:
        ValueError: if `sample_shape` is no shape of films, or as `patchgan_discriminator`.

    Examples:
        >>> kgan.architectures.frame_discriminator((2, 32, 32, 1), width=4, layers=2).output_shape
        (None, 2, 6, 6, 1)
    """
    frames, *picture = _film_shape("sample_shape", sample_shape)
    patches = patchgan_discriminator(
        tuple(picture), None, width, layers, normalization=normalization, seed=seed, name="patches"
    )
    inputs = keras.Input(sample_shape, name="samples")
    x = kgan_layers.FramesToBatch(name="to_batch")(inputs)  # (b * frames, h, w, c)
    x = kgan_layers.BatchToFrames(frames, name="to_frames")(patches(x))  # (b, frames, h', w', 1)
    return keras.Model(inputs, x, name=name)


def _film_shape(argument: str, shape: tuple) -> FilmShape:
    if len(shape) != 4 or any(not isinstance(side, int) or side < 1 for side in shape):
        raise ValueError(
            f"Expected {argument} as (frames, height, width, channels). Received: {argument}={tuple(shape)}."
        )
    return tuple(shape)


def _depth(height: int, width: int) -> int | None:
    """4, or less where sides are not even so often; `None` leaves the refusal of odd sides to the U-Net."""
    return max((one for one in range(1, 5) if not (height % 2**one or width % 2**one)), default=None)
