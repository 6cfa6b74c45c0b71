"""Video prediction: the last frames in, the next ones out."""

from collections.abc import Mapping

import keras
import numpy as np

from kgan import schedules
from kgan._support import limits
from kgan._support.checks import whole
from kgan.data import values
from kgan.models.translation import Translation

__all__ = ["VideoPrediction"]


@keras.saving.register_keras_serializable("kgan")
class VideoPrediction(Translation):
    """A generator that makes the frames which follow, and discriminators that compare them with the true ones.

    One discriminator that sees each frame alone keeps frames sharp, one that sees all frames in the order of time,
    those that were given before them, keeps them moving as real ones do. Beside them stand `kgan.objectives.L1` and
    `kgan.objectives.GradientDifference`.

    `fit` takes pairs `(frames, next frames)`: what `kgan.data.load_films` gives, two arrays, or a `tf.data.Dataset` of
    pairs, `(batch, frames, height, width, channels)` each.

    Args:
        generator: A built Keras model from films to the frames that follow, of the same height, width and channels.
        discriminator: A built Keras model from `[next frames, frames]`, or from next frames alone, to logits
            `(batch, ..., 1)`, without a sigmoid; or several of them by name.
        value_range: `(low, high)` of frames; `"auto"` is (-1, 1).
        ema_half_life: Half-life, in films, of the average of the generator's weights.
        seed: Of every random draw in training.
        name: Name of the model.

    Attributes:
        input_frames: How many frames it is given.
        output_frames: How many it makes at once.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the networks do not fit each other, or take no films.

    Examples:
        >>> shape = (3, 16, 16, 1)
        >>> model = kgan.VideoPrediction(
        ...     kgan.architectures.next_frames_generator(shape, output_frames=2, width=4),
        ...     {
        ...         "film": kgan.architectures.film_discriminator((2, 16, 16, 1), shape, width=4, layers=1),
        ...         "picture": kgan.architectures.frame_discriminator((2, 16, 16, 1), width=4, layers=1),
        ...     },
        ... )
        >>> model.compile(objectives=[kgan.objectives.L1(20.0), kgan.objectives.GradientDifference(20.0)])
        >>> films = np.zeros((4, 3, 16, 16, 1), "uint8")
        >>> history = model.fit(films, films[:, :2], batch_size=2, verbose=0)
        >>> model.continued(films, frames=7).shape
        (4, 7, 16, 16, 1)

    Reference:
        Mathieu et al., 2015, Deep Multi-Scale Video Prediction beyond Mean Square Error. arXiv:1511.05440
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: "keras.Model | Mapping[str, keras.Model]",
        *,
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "video_prediction",
    ):
        value_range = values.IMAGE_RANGE if value_range == "auto" else value_range
        super().__init__(
            generator, discriminator, value_range=value_range, ema_half_life=ema_half_life, seed=seed, name=name
        )
        given, made = self.input_shape_of_sample, self.sample_shape
        if len(given) != 4 or len(made) != 4 or given[1:] != made[1:] or None in (given[0], made[0]):
            raise ValueError(
                f"Expected a generator from films (frames, height, width, channels) to frames of the same height, "
                f"width and channels. Received: {tuple(given)} in, {tuple(made)} out. Take "
                f"kgan.architectures.next_frames_generator, say."
            )
        self.input_frames, self.output_frames = int(given[0]), int(made[0])

    def continued(self, films: np.ndarray, frames: int, *, averaged: bool = True) -> np.ndarray:
        """The frames that follow films, as many as are asked for.

        The network is given the last frames of each film; beyond what it makes at once, it is given its own.

        Args:
            films: `(n, frames, height, width, channels)`, at least `input_frames` frames each, uint8, or floats in the
                value range.
            frames: How many follow, 1 or more.
            averaged: Whether the averaged generator makes them, where there is one.

        Returns:
            float32 `(n, frames, height, width, channels)` in the value range.

        Raises:
            ValueError: if `frames` is less than 1, films have fewer frames than the network is given, they do not fit
                it or the value range, or memory would not hold what is asked for.
        """
        films = np.asarray(films)
        whole("frames", frames, 1)
        if films.ndim != 5 or films.shape[1] < self.input_frames:
            raise ValueError(
                f"Expected films (n, frames, height, width, channels) of at least {self.input_frames} frames. "
                f"Received: shape {films.shape}. Pass longer films."
            )
        held = limits.array_bytes((len(films), 2 * frames, *films.shape[2:]))
        limits.check_bytes("frames", frames, held, "Ask for fewer frames, or pass fewer films.")
        seen, made = films[:, -self.input_frames :], []
        for _ in range(-(-frames // self.output_frames)):
            made.append(self.translate(seen, averaged=averaged))
            seen = np.concatenate([self._as_float(seen), made[-1]], axis=1)[:, -self.input_frames :]
            seen = np.clip(seen, *self.value_range) if self.value_range else seen
        return np.concatenate(made, axis=1)[:, :frames]
