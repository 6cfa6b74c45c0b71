"""Layers that grow: of their stages they compute those that training has reached."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._support.checks import whole
from kgan.layers.activation import LeakyReLU
from kgan.layers.normalization import PixelNorm
from kgan.layers.weights import Equalized

__all__ = ["Growing", "GrowingFromImages", "GrowingToImages", "grown"]

_NO_WEIGHT = {"trainable": False, "autocast": False, "aggregation": "only_first_replica"}


def grown(*networks: "keras.Model | None") -> "list[Growing]":
    """The layers of networks that grow; none of a network that has a single stage.

    Args:
        *networks: Keras models; `None` is passed over.

    Examples:
        >>> generator = kgan.architectures.pggan_generator((16, 16, 1), latent_dim=4, width=4)
        >>> [(layer.name, layer.stage) for layer in kgan.layers.grown(generator)]
        [('images', 2)]
    """
    layers = (layer for one in networks if one is not None for layer in one._flatten_layers())
    return [layer for layer in layers if isinstance(layer, Growing)]


class Growing(keras.layers.Layer):
    """A layer of several stages, each with twice the height and width of the one before.

    Inputs and outputs have one shape at all stages, so that a network that holds it does too. What later stages would
    compute is not computed, their weights lie ready and are not trainable until `grow` has come to them. The newest
    stage fades in: with `fade` at 0 the layer does what it did a stage before, at 1 the newest stage alone counts.
    A function that was traced before `grow` goes on at the stage that it was traced for.

    Args:
        filters: Of each stage, the smallest grid's first.
        channels: Of the images.
        stage: Which is the newest, from 0; `None` for the last.
        fades: Whether the newest stage is mixed with the one before it, by `fade`.
        seed: Of the initial weights.
        **kwargs: Of `keras.layers.Layer`.

    Attributes:
        fade: Weight of the newest stage in [0, 1], a variable; 1 to begin with.
        fade_begins: After how many images seen it leaves 0, a variable.
        fade_lasts: Images in which it comes to 1, a variable.

    Raises:
        ValueError: if there is no such stage, or the first is to fade in.

    Reference:
        Karras et al., 2018, Progressive Growing of GANs for Improved Quality, Stability, and Variation, section 2.
        arXiv:1710.10196
    """

    mixes_batch = False

    def __init__(
        self,
        filters: Sequence[int],
        channels: int,
        stage: int | None = None,
        fades: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.filters = [int(one) for one in filters]
        self.channels = int(channels)
        self.seed = seed
        self.stage, self.fades = self._checked(self.last if stage is None else stage, fades)
        self.parts: dict[str, keras.layers.Layer] = {}
        self._rectifier = LeakyReLU(negative_slope=0.2, name="rectifier", dtype=self.dtype_policy)

    @property
    def last(self) -> int:
        """The number of the last stage; the first is 0."""
        return len(self.filters) - 1

    def grow(self, stage: int, fade_begins: int = 0, fade_lasts: int = 0) -> None:
        """Computes up to another stage from now on; back to an earlier one too.

        Args:
            stage: Which is the newest, from 0.
            fade_begins: After how many images seen it begins to fade in.
            fade_lasts: Images in which it does; 0 for a stage that is there at once, as the first always is.

        Raises:
            ValueError: if there is no such stage, or a number of images is negative.
        """
        begins, lasts = whole("fade_begins", fade_begins, 0), whole("fade_lasts", fade_lasts, 0)
        self.stage, self.fades = self._checked(stage, lasts > 0 and stage > 0)
        self._set_trainable()
        self._stage.assign(self.stage)
        self.fade_begins.assign(begins)
        self.fade_lasts.assign(lasts)
        self.fade.assign(0.0 if self.fades else 1.0)

    def fade_in(self, images_seen: "tf.Tensor | int") -> None:
        """Brings `fade` to where it is after so many images: `clip((images_seen - fade_begins) / fade_lasts, 0, 1)`.

        Args:
            images_seen: By training, integer scalar.
        """
        if self.fades:
            passed = ops.cast(images_seen, "int64") - ops.convert_to_tensor(self.fade_begins)
            share = ops.cast(passed, "float32") / ops.cast(self.fade_lasts, "float32")
            self.fade.assign(ops.clip(share, 0.0, 1.0))

    def take_stage(self) -> bool:
        """Goes to the stage that weights which were read from elsewhere belong to; gives back whether it is another."""
        before = (self.stage, self.fades)
        stage, lasts = (int(one.numpy()) for one in (self._stage, self.fade_lasts))
        self.stage, self.fades = self._checked(stage, lasts > 0 and stage > 0)
        self._set_trainable()
        return before != (self.stage, self.fades)

    def load_own_variables(self, store: Any) -> None:
        super().load_own_variables(store)
        self.take_stage()

    @property
    def growth(self) -> list[keras.Variable]:
        """The variables that say how far training has come, in `stage` and `fade`; no weights of parts."""
        return [self.fade, self.fade_begins, self.fade_lasts, self._stage]

    @property
    def waiting(self) -> list[keras.Variable]:
        """The weights that the stage does not use, but another does."""
        used = {id(part) for part in self._used()}
        return [weight for part in self.parts.values() if id(part) not in used for weight in part.variables]

    @property
    def trainable(self) -> bool:
        """Whether the weights that the stage uses are trainable."""
        return keras.layers.Layer.trainable.fget(self)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        keras.layers.Layer.trainable.fset(self, value)
        self._set_trainable()

    def at_stage(self, images: tf.Tensor) -> tf.Tensor:
        """Images with no more detail than the networks make at this stage, mixed as theirs are while it fades in.

        Args:
            images: `(batch, height, width, channels)` at full size.

        Returns:
            The same shape; each pixel of the stage is a square of equal ones.
        """
        missing = self.last - self.stage
        seen = smaller(images, missing)
        if self.fades:
            seen = self._mixed(larger(smaller(seen)), seen)
        return larger(seen, missing)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        height, width = self._first_grid(input_shape)
        for stage, count in enumerate(self.filters):
            for name, layer, channels in self._parts_of(stage, count):
                self.parts[name] = layer
                layer.build((None, height * 2**stage, width * 2**stage, channels))
        self.fade = self.add_weight(name="fade", shape=(), dtype="float32", initializer="ones", **_NO_WEIGHT)
        self.fade_begins, self.fade_lasts, self._stage = (
            self.add_weight(name=name, shape=(), dtype="int64", initializer="zeros", **_NO_WEIGHT)
            for name in ("fade_begins", "fade_lasts", "stage")
        )
        self._stage.assign(self.stage)
        self._set_trainable()

    @abstractmethod
    def _first_grid(self, input_shape: tuple[int | None, ...]) -> tuple[int, int]:
        """Height and width of the first stage."""

    @abstractmethod
    def _parts_of(self, stage: int, filters: int) -> "Iterable[tuple[str, keras.layers.Layer, int]]":
        """The layers of a stage: name, layer and the channels that it is given."""

    @abstractmethod
    def _images_of(self, stage: int) -> str:
        """The name of the layer from or to images at a stage."""

    def _used(self) -> list[keras.layers.Layer]:
        """The layers that the stage uses."""
        ends = {self._images_of(self.stage), *([self._images_of(self.stage - 1)] if self.fades else [])}
        names = (f"conv_{stage}_{number}" for stage in range(1, self.stage + 1) for number in (0, 1))
        return [self.parts[name] for name in (*names, *ends)] if self.parts else []

    def _set_trainable(self) -> None:
        used = {id(part) for part in self._used()}
        for part in self.parts.values():
            part.trainable = self.trainable and id(part) in used

    def _mixed(self, old, new):
        fade = ops.cast(self.fade, new.dtype)
        return (1.0 - fade) * old + fade * new

    def _convolution(self, name: str, filters: int, size: int, gain: float = 2.0**0.5) -> Equalized:
        seed = None if self.seed is None else self.seed + len(self.parts)
        convolution = keras.layers.Conv2D(filters, size, padding="same", dtype=self.dtype_policy, name="convolution")
        return Equalized(convolution, gain=gain, seed=seed, name=name, dtype=self.dtype_policy)

    def _checked(self, stage: int, fades: bool) -> tuple[int, bool]:
        if not 0 <= stage <= self.last:
            raise ValueError(f"Expected stage from 0 to {self.last}. Received: stage={stage}.")
        if fades and stage == 0:
            raise ValueError("Expected fades=False at stage 0, which has none before it. Received: fades=True.")
        return int(stage), bool(fades)

    def get_config(self) -> dict[str, Any]:
        config = {"filters": list(self.filters), "channels": self.channels, "stage": self.stage, "fades": self.fades}
        return {**super().get_config(), **config, "seed": self.seed}


@keras.saving.register_keras_serializable("kgan")
class GrowingToImages(Growing):
    """The growing part of a generator: from features on the smallest grid to images.

    A stage doubles height and width, each pixel a square of equal ones, before two 3x3 convolutions with LeakyReLU 0.2
    and `PixelNorm`; a linear 1x1 convolution makes the image. An image of an earlier stage than the last is enlarged to
    full size in the same way. Kernels have an equalised learning rate.

    Args:
        filters: As in `Growing`.
        channels: As in `Growing`.
        stage: As in `Growing`.
        fades: As in `Growing`.
        seed: As in `Growing`.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, h, w, filters[0])` -> `(batch, h 2^n, w 2^n, channels)` with n the number of the last stage.

    Raises:
        ValueError: if there is no such stage, or the first is to fade in.
    """

    def _first_grid(self, input_shape):
        return input_shape[1:3]

    def _images_of(self, stage):
        return f"to_images_{stage}"

    def _parts_of(self, stage, filters):
        for number, channels in enumerate((self.filters[stage - 1], filters) if stage else ()):
            name = f"conv_{stage}_{number}"
            yield name, self._convolution(name, filters, 3), channels
        name = self._images_of(stage)
        yield name, self._convolution(name, self.channels, 1, gain=1.0), filters

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        x = before = inputs
        for stage in range(1, self.stage + 1):
            before, x = x, larger(x)
            for number in (0, 1):
                x = self._norm(self._rectifier(self.parts[f"conv_{stage}_{number}"](x)))  # (b, h 2^stage, w 2^stage, f)
        images = self.parts[self._images_of(self.stage)](x)
        if self.fades:
            images = self._mixed(larger(self.parts[self._images_of(self.stage - 1)](before)), images)
        return larger(images, self.last - self.stage)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self._norm = PixelNorm(name="norm", dtype=self.dtype_policy)
        super().build(input_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, height, width, _ = input_shape
        return (batch, height * 2**self.last, width * 2**self.last, self.channels)


@keras.saving.register_keras_serializable("kgan")
class GrowingFromImages(Growing):
    """The growing part of a discriminator: from images to features on the smallest grid.

    Images are brought to the stage's size by the mean over squares. A 1x1 convolution with LeakyReLU 0.2 makes features
    of them; a stage has two 3x3 convolutions with LeakyReLU 0.2, and halves height and width by the mean. Kernels have
    an equalised learning rate.

    Args:
        filters: As in `Growing`.
        channels: As in `Growing`.
        stage: As in `Growing`.
        fades: As in `Growing`.
        seed: As in `Growing`.
        **kwargs: Of `keras.layers.Layer`.

    Shapes:
        `(batch, h 2^n, w 2^n, channels)` -> `(batch, h, w, filters[0])` with n the number of the last stage.

    Raises:
        ValueError: if there is no such stage, or the first is to fade in.
    """

    def _first_grid(self, input_shape):
        return tuple(side // 2**self.last for side in input_shape[1:3])

    def _images_of(self, stage):
        return f"from_images_{stage}"

    def _parts_of(self, stage, filters):
        name = self._images_of(stage)
        yield name, self._convolution(name, filters, 1), self.channels
        for number, count in enumerate((filters, self.filters[stage - 1]) if stage else ()):
            name = f"conv_{stage}_{number}"
            yield name, self._convolution(name, count, 3), filters

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        images = smaller(inputs, self.last - self.stage)
        x = self._features(images, self.stage)
        for stage in reversed(range(1, self.stage + 1)):
            for number in (0, 1):
                x = self._rectifier(self.parts[f"conv_{stage}_{number}"](x))
            x = smaller(x)  # (b, h 2^(stage - 1), w 2^(stage - 1), f)
            if self.fades and stage == self.stage:
                x = self._mixed(self._features(smaller(images), stage - 1), x)
        return x

    def _features(self, images, stage):
        return self._rectifier(self.parts[self._images_of(stage)](images))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        batch, height, width, _ = input_shape
        return (batch, height // 2**self.last, width // 2**self.last, self.filters[0])


def larger(images: tf.Tensor, times: int = 1) -> tf.Tensor:
    """Images with height and width doubled so many times, each pixel a square of equal ones."""
    _, height, width, channels = images.shape
    factor = 2**times
    if factor == 1:
        return images
    squares = ops.tile(ops.reshape(images, (-1, height, 1, width, 1, channels)), (1, 1, factor, 1, factor, 1))
    return ops.reshape(squares, (-1, height * factor, width * factor, channels))


def smaller(images: tf.Tensor, times: int = 1) -> tf.Tensor:
    """Images with height and width halved so many times, by the mean over squares."""
    factor = 2**times
    return images if factor == 1 else ops.average_pool(images, factor, factor, padding="valid")
