"""What StyleGAN2's generator does with styles and noise between its mapping and its synthesis."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole

__all__ = ["DrawnNoise", "LearnedGrid", "MixingLatents", "SplitNoise", "SplitStyles", "Styles"]


@keras.saving.register_keras_serializable("kgan")
class Styles(keras.layers.Layer):
    """One style for each place of the synthesis, from one w: mixed with another's in training, the same at inference.

    In training, with probability `mixing`, places from a random one on take the second w (style mixing), and the mean
    of w moves: `mean <- decay * mean + (1 - decay) * mean_i w_i`. `truncated` draws styles towards that mean.

    Args:
        places: How many styles the synthesis takes, 2 or more.
        mixing: Probability of mixing, in [0, 1]; the paper has 0.9. One draw serves the batch, as in its program.
        decay: Of the mean, in [0, 1). Defaults to `0.995`.
        seed: Of the draws; `None` for others at each run.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `w` or `[w, second_w]`, each `(batch, style_dim)` -> `(batch, places, style_dim)`.

    Raises:
        ValueError: if `places` is less than 2, `mixing` is not in [0, 1], or `decay` is not in [0, 1).

    Reference:
        Karras et al., 2019, A Style-Based Generator Architecture, section 3.1 and appendix B. arXiv:1812.04948
    """

    mixes_batch = False

    def __init__(self, places: int, mixing: float = 0.9, decay: float = 0.995, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.places = whole("places", places, 2)
        if not 0.0 <= mixing <= 1.0:
            raise ValueError(f"Expected mixing in [0, 1]. Received: mixing={mixing}.")
        if not 0.0 <= decay < 1.0:
            raise ValueError(f"Expected decay in [0, 1). Received: decay={decay}.")
        self.mixing = float(mixing)
        self.decay = float(decay)
        self.seed = seed
        self._draws = keras.random.SeedGenerator(seed)

    def build(self, input_shape: Any) -> None:
        of_one = input_shape[0] if isinstance(input_shape[0], list | tuple) else input_shape
        self.mean = self.add_weight(name="mean", shape=(of_one[-1],), initializer="zeros", trainable=False)

    def call(self, inputs: "tf.Tensor | Sequence[tf.Tensor]", training: bool = False) -> tf.Tensor:
        w, *others = inputs if isinstance(inputs, list | tuple) else [inputs]
        if training:
            of_batch = ops.mean(ops.cast(ops.stop_gradient(w), self.mean.dtype), axis=0)
            self.mean.assign(self.decay * self.mean + (1.0 - self.decay) * of_batch)
        if not (training and others):
            return self._everywhere(w)
        draws = keras.random.uniform((2,), dtype="float32", seed=self._draws)
        from_place = 1.0 + ops.floor(draws[0] * (self.places - 1))
        first = ops.where(draws[1] < self.mixing, from_place, float(self.places))
        keeps = ops.arange(self.places, dtype="float32") < first
        return ops.where(keeps[None, :, None], ops.expand_dims(w, 1), ops.expand_dims(others[0], 1))

    def truncated(self, w: tf.Tensor, psi: "tf.Tensor | float") -> tf.Tensor:
        """Styles drawn towards the mean of w, the same at each place: `mean + psi (w - mean)`.

        Args:
            w: `(batch, style_dim)`.
            psi: 1 for w itself, 0 for the mean.

        Returns:
            `(batch, places, style_dim)`.
        """
        mean = ops.cast(self.mean, w.dtype)
        return self._everywhere(mean + ops.cast(psi, w.dtype) * (w - mean))

    def _everywhere(self, w):
        return ops.repeat(w[:, None], self.places, axis=1)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        of_one = input_shape[0] if isinstance(input_shape[0], list | tuple) else input_shape
        return (of_one[0], self.places, of_one[-1])

    def get_config(self) -> dict[str, Any]:
        own = {"places": self.places, "mixing": self.mixing, "decay": self.decay, "seed": self.seed}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable("kgan")
class MixingLatents(keras.layers.Layer):
    """Latents of the same shape, N(0, 1), for the second w of style mixing; at inference the latents themselves.

    Args:
        seed: Of the draws; `None` for others at each run.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, latent_dim)`, kept.
    """

    mixes_batch = False

    def __init__(self, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.seed = seed
        self._draws = keras.random.SeedGenerator(seed)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return inputs
        return ops.cast(keras.random.normal(ops.shape(inputs), dtype="float32", seed=self._draws), inputs.dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return tuple(input_shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable("kgan")
class DrawnNoise(keras.layers.Layer):
    """Noise for the synthesis, N(0, 1): drawn anew for each sample in training, the same for all at inference.

    What all samples share is a weight that no optimizer moves, drawn when the layer is built, so that a generator gives
    the same samples for the same latents, in Keras and in artefacts.

    Args:
        size: Numbers for one sample.
        seed: Of the draws; `None` for others at each run.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, ...)`, of which the batch alone is read -> `(batch, size)`; at inference `(1, size)`.

    Raises:
        ValueError: if `size` is less than 1.

    Reference:
        Karras et al., 2019, A Style-Based Generator Architecture, section 2. arXiv:1812.04948
    """

    mixes_batch = False

    def __init__(self, size: int, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.size = whole("size", size, 1)
        self.seed = seed
        self._draws = keras.random.SeedGenerator(seed)

    def build(self, input_shape: tuple) -> None:
        initializer = keras.initializers.RandomNormal(stddev=1.0, seed=self.seed)
        self.fixed = self.add_weight(name="fixed", shape=(1, self.size), initializer=initializer, trainable=False)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        if not training:
            return ops.convert_to_tensor(self.fixed)
        shape = (ops.shape(inputs)[0], self.size)
        return ops.cast(keras.random.normal(shape, dtype="float32", seed=self._draws), self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], self.size)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "seed": self.seed}


@keras.saving.register_keras_serializable("kgan")
class SplitStyles(keras.layers.Layer):
    """The styles of the places, each by itself.

    Shapes:
        `(batch, places, style_dim)` -> a list of `(batch, style_dim)`.
    """

    mixes_batch = False

    def call(self, inputs: tf.Tensor) -> list[tf.Tensor]:
        return [inputs[:, place] for place in range(inputs.shape[1])]

    def compute_output_shape(self, input_shape: tuple) -> list[tuple]:
        return [(input_shape[0], input_shape[2])] * input_shape[1]


@keras.saving.register_keras_serializable("kgan")
class SplitNoise(keras.layers.Layer):
    """Maps of noise out of one row of numbers.

    Args:
        grids: `(height, width)` of each map, in the order in which they lie in the row.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, sum of height * width)` -> a list of `(batch, height, width, 1)`.
    """

    mixes_batch = False

    def __init__(self, grids: Sequence[Sequence[int]], **kwargs: Any):
        super().__init__(**kwargs)
        self.grids = [tuple(int(side) for side in grid) for grid in grids]

    def call(self, inputs: tf.Tensor) -> list[tf.Tensor]:
        maps, start = [], 0
        for grid in self.grids:
            maps.append(ops.reshape(inputs[:, start : start + math.prod(grid)], (-1, *grid, 1)))
            start += math.prod(grid)
        return maps

    def compute_output_shape(self, input_shape: tuple) -> list[tuple]:
        return [(input_shape[0], *grid, 1) for grid in self.grids]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "grids": [list(grid) for grid in self.grids]}


@keras.saving.register_keras_serializable("kgan")
class LearnedGrid(keras.layers.Layer):
    """A learned image, the same for every sample, that a synthesis starts from; drawn from N(0, 1).

    Args:
        shape: `(height, width, channels)`.
        seed: Of the initial image.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, ...)`, of which the batch alone is read -> `(batch, height, width, channels)`.
    """

    mixes_batch = False

    def __init__(self, shape: Sequence[int], seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.shape = tuple(int(size) for size in shape)
        self.seed = seed

    def build(self, input_shape: tuple) -> None:
        initializer = keras.initializers.RandomNormal(stddev=1.0, seed=self.seed)
        self.grid = self.add_weight(name="grid", shape=self.shape, initializer=initializer)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        return ops.broadcast_to(ops.convert_to_tensor(self.grid)[None], (ops.shape(inputs)[0], *self.shape))

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        return (input_shape[0], *self.shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "shape": list(self.shape), "seed": self.seed}
