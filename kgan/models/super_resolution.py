"""Super-resolution: a small picture in, a large one out."""

import keras
import numpy as np

from kgan import schedules
from kgan._game.free_sizes import free_size
from kgan.data import degradations
from kgan.data.values import IMAGE_RANGE
from kgan.models.translation import Translation

__all__ = ["SuperResolution"]


@keras.saving.register_keras_serializable("kgan")
class SuperResolution(Translation):
    """A generator that makes pictures a whole number of times as high and wide, and a discriminator of large pictures.

    The discriminator sees large pictures alone. Networks are trained on L1 first, `kgan.callbacks.Pretraining`, and
    then on the game beside L1 and a perceptual loss, `kgan.objectives.FeatureDistance`. With L1 alone pictures are
    nearest to the truth, and blurred; with the game they look like photographs, and their detail is made up.

    `fit` takes pairs `(small, large)`: what `kgan.data.load_upscaling` gives, two arrays, or a `tf.data.Dataset` of
    pairs.

    Args:
        generator: A built Keras model from pictures `(batch, height, width, channels)` to larger ones.
        discriminator: A built Keras model from large pictures to logits `(batch, ..., 1)`, without a sigmoid.
        value_range: As `kgan.Translation` takes it, and the rest too.
        ema_half_life: Half-life, in images, of the average of the generator's weights.
        seed: Of every random draw in training.
        name: Name of the model.

    Attributes:
        scale: How many times as high and wide as the input the output is.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the networks do not fit each other, the output is not a whole number of times as high and wide as
            the input, or the discriminator takes the small pictures too.

    Examples:
        >>> model = kgan.SuperResolution(
        ...     kgan.architectures.compact_generator((8, 8, 3), scale=4, width=4, convolutions=1),
        ...     kgan.architectures.patchgan_discriminator((32, 32, 3), width=4, layers=1),
        ... )
        >>> model.scale
        4
        >>> model.compile(loss="relativistic_average", objectives=[kgan.objectives.L1(2.0)])
        >>> splits = kgan.data.load_upscaling(np.zeros((4, 32, 32, 3), "uint8"), batch_size=2, patch=32)
        >>> history = model.fit(splits.train, verbose=0, callbacks=[kgan.callbacks.Pretraining(images=2)])

    Reference:
        Ledig et al., 2017, arXiv:1609.04802; Wang et al., 2018, arXiv:1809.00219; Wang et al., 2021, arXiv:2107.10833
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "super_resolution",
    ):
        self._of_any_size: tuple[keras.Model, keras.Model | None] | None = None  # a generator, and its network
        super().__init__(
            generator, discriminator, value_range=value_range, ema_half_life=ema_half_life, seed=seed, name=name
        )
        self.scale = _scale_of(generator, self.input_shape_of_sample, self.sample_shape)
        if self.discriminator_takes_input:
            raise ValueError(
                "Expected a discriminator of large pictures alone. Received: one that takes the small ones too. Build "
                "it without a condition, or take kgan.Translation."
            )

    @property
    def takes_any_size(self) -> bool:
        """Whether `enlarge` takes pictures of any height and width."""
        return self._network_of_any_size() is not None

    def enlarge(self, picture: np.ndarray) -> np.ndarray:
        """One picture of any height and width enlarged by the generator, or by its average, in one piece.

        Memory grows with the picture; `apply.py` of an exported bundle takes large ones in tiles.

        Args:
            picture: `(height, width, channels)`, uint8, or floats in the value range.

        Returns:
            float32 `(scale * height, scale * width, channels)` in the value range.

        Raises:
            ValueError: if the picture is no `(height, width, channels)` of the generator's channels, or the generator
                takes one size alone.

        Examples:
            >>> model = kgan.SuperResolution(
            ...     kgan.architectures.compact_generator((8, 8, 3), scale=2, width=4, convolutions=1),
            ...     kgan.architectures.patchgan_discriminator((16, 16, 3), width=4, layers=1),
            ... )
            >>> model.enlarge(np.zeros((5, 7, 3), "uint8")).shape
            (10, 14, 3)
        """
        network = self._network_of_any_size()
        channels = self.input_shape_of_sample[-1]
        if picture.ndim != 3 or picture.shape[-1] != channels:
            raise ValueError(
                f"Expected a picture (height, width, {channels}). Received: shape {picture.shape}. Pass one at a time."
            )
        if network is None:
            raise ValueError(
                f"Expected a generator that takes any size. Received: one of {tuple(self.input_shape_of_sample)} "
                f"alone. Call translate, or build the generator of convolutions."
            )
        return np.asarray(network(self._as_float(picture[None]), training=False), np.float32)[0]

    def _network_of_any_size(self) -> "keras.Model | None":
        generator = self.inference_generator
        if self._of_any_size is None or self._of_any_size[0] is not generator:
            free = free_size(generator, shared=True)
            fits = free is not None and free.multiple == 1
            self._of_any_size = (generator, free.network if fits else None)
        return self._of_any_size[1]

    def enlarged(self, inputs: np.ndarray) -> np.ndarray:
        """Small pictures enlarged by bicubic interpolation: what any network has to surpass.

        Args:
            inputs: `(n, height, width, channels)`, uint8, or floats in the value range.
        """
        low, high = (0.0, 255.0) if inputs.dtype == np.uint8 else self.value_range or IMAGE_RANGE
        enlarged = np.stack([degradations.enlarged(one.astype(np.float32), self.scale) for one in inputs])
        enlarged = np.clip(enlarged, low, high)
        return np.rint(enlarged).astype(np.uint8) if inputs.dtype == np.uint8 else enlarged


def _scale_of(generator: keras.Model, inputs: tuple, outputs: tuple) -> int:
    free = free_size(generator, shared=True) if None in (*inputs, *outputs) else None
    scales = {free.scale} if free is not None else set()
    if len(inputs) == len(outputs) == 3 and None not in (*inputs[:2], *outputs[:2]):
        scales = {one / other for one, other in zip(outputs[:2], inputs[:2], strict=True)}
    if len(scales) != 1 or min(scales) != int(min(scales)) or min(scales) < 1:
        raise ValueError(
            f"Expected a generator whose pictures are a whole number of times as high and wide as its input. "
            f"Received: inputs of shape {tuple(inputs)}, outputs of shape {tuple(outputs)}. Take "
            f"kgan.architectures.rrdb_generator, say."
        )
    return int(scales.pop())
