"""Networks for films: a generator of the next frames, and discriminators of films and of single frames.

Frames stand side by side as channels, so that convolutions of pictures see several at once, as in the paper; its
pyramid of scales is a U-Net here.

Reference:
    Mathieu et al., 2015, Deep Multi-Scale Video Prediction beyond Mean Square Error. arXiv:1511.05440
    Finn et al., 2016, Unsupervised Learning for Physical Interaction through Video Prediction. arXiv:1605.07157
"""

from typing import Literal

import keras
from keras import layers as keras_layers
from keras import ops

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
    reach: int | None = None,
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

    With `reach` it moves what it has seen, as Finn et al. (2016): each frame is the one before, of which each pixel is
    a mean over neighbours by weights that the U-Net gives it, `AdaptiveSeparableConv2D`; where a mask of its says so,
    it is what the U-Net draws anew. Sharp things stay sharp, and moving them is learned sooner than drawing them.

    Args:
        input_shape: `(frames, height, width, channels)` of what is given.
        output_frames: Frames that follow.
        width: Filters of the first convolution; see `unet_generator`.
        depth: How often the height and width are halved; `None` for as often as they are even, at most 4 times.
        step: Frames that are made at once, a divisor of `output_frames`; `None` for all, or one with `reach`.
        reach: Pixels that things may move from a frame to the next; `None` to draw all of each frame.
        normalization: `"batch"`, `"instance"` or `None`.
        activation: Of the output.
        upsampling: `"transposed"`, or `"nearest"` with a convolution behind.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from `(batch, frames, height, width, channels)` to `(batch, output_frames, height, width, channels)`.

    Raises:
        ValueError: if `input_shape` is no shape of films, sides cannot be halved, a number is out of range, or `step`
            is more than 1 with `reach`.

    Examples:
        >>> kgan.architectures.next_frames_generator((4, 32, 32, 1), output_frames=2, width=4).output_shape
        (None, 2, 32, 32, 1)
    """
    frames, height, width_of_frames, channels = _film_shape("input_shape", input_shape)
    whole("output_frames", output_frames, 1)
    if reach is not None and step not in (None, 1):
        raise ValueError(
            f"Expected step=1 with reach={reach}, because each frame is moved from the one before. Received: "
            f"step={step}. Pass step=None, or reach=None."
        )
    step = whole("step", step or (output_frames if reach is None else 1), 1)
    if output_frames % step:
        raise ValueError(
            f"Expected step as a divisor of output_frames={output_frames}. Received: step={step}. Pass None for all "
            f"frames at once."
        )
    drawn = step * channels
    core = unet_generator(
        (height, width_of_frames, frames * channels),
        drawn if reach is None else drawn + 1 + 2 * (2 * whole("reach", reach, 1) + 1),
        width,
        _depth(height, width_of_frames) if depth is None else depth,
        normalization=normalization,
        dropout=0.0,
        activation=activation if reach is None else None,
        upsampling=upsampling,
        seed=seed,
        name="unet",
    )
    moved = None if reach is None else kgan_layers.AdaptiveSeparableConv2D(reach, name="moved")
    seen = inputs = keras.Input(input_shape, name="frames")
    made = []
    for number in range(output_frames // step):
        x = core(kgan_layers.FramesToChannels(name=f"to_channels_{number}")(seen))  # (b, h, w, channels of the U-Net)
        if moved is not None:
            x, mask, logits = ops.split(x, [drawn, drawn + 1], axis=-1)
            x = x if activation is None else keras_layers.Activation(activation, name=f"drawn_{number}")(x)
            last = kgan_layers.LastFrames(1, name=f"last_one_{number}")(seen)
            last = moved([kgan_layers.FramesToChannels(name=f"last_picture_{number}")(last), logits])
            x = last + ops.sigmoid(mask) * (x - last)  # (b, h, w, c)
        x = kgan_layers.ChannelsToFrames(step, name=f"to_frames_{number}")(x)  # (b, step, h, w, c)
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
