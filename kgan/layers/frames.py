"""Frames of films as channels of a picture, or as pictures of their own, and back."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole

__all__ = ["BatchToFrames", "ChannelsToFrames", "FramesToBatch", "FramesToChannels", "LastFrames"]


class _OfFilms(keras.layers.Layer):
    """A layer that lays values out anew, and mixes no sample with another."""

    mixes_batch = False

    def _check_rank(self, shape: tuple, rank: int, what: str) -> None:
        if len(shape) != rank:
            raise ValueError(f"Expected {what}. Received: shape {tuple(shape)}. Add or remove an axis before.")


@keras.saving.register_keras_serializable("kgan")
class FramesToChannels(_OfFilms):
    """The frames of a film as channels of one picture: convolutions then see all frames at once.

    Channel `frame * channels + c` is channel `c` of that frame.

    Shapes:
        `(batch, frames, height, width, channels)` -> `(batch, height, width, frames * channels)`.

    Raises:
        ValueError: when it is called, if it is given no films.

    Examples:
        >>> film = np.arange(4.0).reshape(1, 2, 1, 1, 2)
        >>> kgan.layers.FramesToChannels()(film)[0, 0, 0].numpy().tolist()
        [0.0, 1.0, 2.0, 3.0]
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        self._check_rank(inputs.shape, 5, "films (batch, frames, height, width, channels)")
        frames = ops.transpose(inputs, (0, 2, 3, 1, 4))
        shape = ops.shape(frames)
        return ops.reshape(frames, (-1, *shape[1:3], inputs.shape[1] * inputs.shape[4]))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        self._check_rank(input_shape, 5, "films (batch, frames, height, width, channels)")
        batch, frames, height, width, channels = input_shape
        return (batch, height, width, frames * channels)


@keras.saving.register_keras_serializable("kgan")
class ChannelsToFrames(_OfFilms):
    """The channels of a picture as frames of a film: the way back from `FramesToChannels`.

    Args:
        frames: How many, of which the number of channels is a multiple.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, height, width, frames * channels)` -> `(batch, frames, height, width, channels)`.

    Raises:
        ValueError: if `frames` is less than 1; when it is called, if channels are no multiple of it.

    Examples:
        >>> picture = np.arange(4.0).reshape(1, 1, 1, 4)
        >>> kgan.layers.ChannelsToFrames(2)(picture)[0, :, 0, 0].numpy().tolist()
        [[0.0, 1.0], [2.0, 3.0]]
    """

    def __init__(self, frames: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.frames = whole("frames", frames, 1)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        channels = self.compute_output_shape(inputs.shape)[-1]
        shape = ops.shape(inputs)
        apart = ops.reshape(inputs, (-1, *shape[1:3], self.frames, channels))
        return ops.transpose(apart, (0, 3, 1, 2, 4))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        self._check_rank(input_shape, 4, "pictures (batch, height, width, frames * channels)")
        batch, height, width, channels = input_shape
        if channels % self.frames:
            raise ValueError(
                f"Expected channels as a multiple of frames={self.frames}. Received: {channels}. Give the convolution "
                f"before it frames * channels filters."
            )
        return (batch, self.frames, height, width, channels // self.frames)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "frames": self.frames}


@keras.saving.register_keras_serializable("kgan")
class FramesToBatch(_OfFilms):
    """Each frame of a film as a picture of its own: layers for pictures then see one frame at a time.

    Shapes:
        `(batch, frames, height, width, channels)` -> `(batch * frames, height, width, channels)`.

    Raises:
        ValueError: when it is called, if it is given no films.

    Examples:
        >>> kgan.layers.FramesToBatch()(np.zeros((2, 3, 8, 8, 1))).shape
        TensorShape([6, 8, 8, 1])
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        self._check_rank(inputs.shape, 5, "films (batch, frames, height, width, channels)")
        return ops.reshape(inputs, (-1, *ops.shape(inputs)[2:]))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        self._check_rank(input_shape, 5, "films (batch, frames, height, width, channels)")
        batch, frames, *rest = input_shape
        return (None if batch is None else batch * frames, *rest)


@keras.saving.register_keras_serializable("kgan")
class BatchToFrames(_OfFilms):
    """What was made of each frame, put together by films: the way back from `FramesToBatch`.

    Args:
        frames: Of each film.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch * frames, ...)` -> `(batch, frames, ...)`.

    Raises:
        ValueError: if `frames` is less than 1.

    Examples:
        >>> kgan.layers.BatchToFrames(3)(np.zeros((6, 4, 4, 1))).shape
        TensorShape([2, 3, 4, 4, 1])
    """

    def __init__(self, frames: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.frames = whole("frames", frames, 1)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return ops.reshape(inputs, (-1, self.frames, *ops.shape(inputs)[1:]))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        batch, *rest = input_shape
        return (None if batch is None else batch // self.frames, self.frames, *rest)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "frames": self.frames}


@keras.saving.register_keras_serializable("kgan")
class LastFrames(_OfFilms):
    """The last frames of films.

    Args:
        frames: How many.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, more frames, height, width, channels)` -> `(batch, frames, height, width, channels)`.

    Raises:
        ValueError: if `frames` is less than 1; when it is called, if films have fewer.

    Examples:
        >>> film = np.arange(3.0).reshape(1, 3, 1, 1, 1)
        >>> kgan.layers.LastFrames(2)(film)[0, :, 0, 0, 0].numpy().tolist()
        [1.0, 2.0]
    """

    def __init__(self, frames: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.frames = whole("frames", frames, 1)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        self.compute_output_shape(inputs.shape)
        return inputs[:, -self.frames :]

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        self._check_rank(input_shape, 5, "films (batch, frames, height, width, channels)")
        if input_shape[1] < self.frames:
            raise ValueError(
                f"Expected films of at least frames={self.frames} frames. Received: {input_shape[1]}. Pass fewer."
            )
        return (input_shape[0], self.frames, *input_shape[2:])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "frames": self.frames}
