"""The residual blocks of WGAN-GP, SNGAN, SAGAN and BigGAN: two 3x3 convolutions beside a shortcut, and resampling.

Shortcuts convolve at the smaller of their two sizes: a 1x1 convolution and nearest-neighbour upsampling, or average
pooling, give the same in either order, and this one costs a quarter. Beside the main path's 3x3 convolutions they are
one layer with them, which takes 16 products in place of 36.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan.architectures.conditioning import check_one_kind, embedding, labels_input, projected
from kgan.architectures.dcgan import check_sizes
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.sizes import check_shape, cropped, first_grid

__all__ = [
    "MOMENTUM",
    "Normalize",
    "Residual",
    "attention_place",
    "halvings",
    "narrowed",
    "residual_discriminator",
    "residual_generator",
]

Tensor = Any  # a keras.KerasTensor
Normalize = Callable[[Tensor, str], Tensor]

MOMENTUM = 0.9  # of batch normalisation in the programs of SNGAN's and BigGAN's authors
_EPSILON = 2e-5
_INITIAL = ("glorot", "he", "orthogonal")
_SMALLEST, _LARGEST = 8, 1_024  # pixels of a side


class Residual:
    """Makes the layers of one residual network, each under the name and with the seed that is its own.

    Args:
        seed: Of the initial weights.
        initial: What kernels are drawn from: `"glorot"` with a gain of sqrt(2) within blocks, `"he"` within blocks and
            Glorot's elsewhere, or `"orthogonal"`.
        spectral: Whether every kernel is spectrally normalised.
    """

    def __init__(self, seed: int | None, initial: Literal["glorot", "he", "orthogonal"], spectral: bool):
        if initial not in _INITIAL:
            raise ValueError(f"Expected initial as one of {', '.join(_INITIAL)}. Received: initial={initial!r}.")
        self.weights = InitialWeights(seed)
        self._initial = initial
        self._spectral = spectral

    def initializer(self, within: bool = False) -> keras.initializers.Initializer:
        """Of a kernel; `within` for the 3x3 convolutions of a block."""
        if self._initial == "orthogonal":
            return self.weights.orthogonal()
        if self._initial == "he" and within:
            return self.weights.he()
        return self.weights.glorot(2**0.5 if within else 1.0)

    def wrapped(self, layer: keras.layers.Layer, name: str) -> keras.layers.Layer:
        """The layer, spectrally normalised where all are."""
        if self._spectral:
            return kgan_layers.SpectralNormalization(layer, seed=self.weights.next_seed(), name=name)
        layer.name = name
        return layer

    def convolution(
        self,
        x: Tensor,
        filters: int,
        size: int,
        name: str,
        within: bool = False,
        layer: type[kgan_layers.Conv2D] = kgan_layers.Conv2D,
        **settings: Any,
    ) -> Tensor:
        """A convolution that keeps height and width, or doubles or halves them where its layer does."""
        made = layer(
            filters,
            size,
            padding="same",
            kernel_initializer=self.initializer(within),
            name="convolution",
            **settings,
        )
        return self.wrapped(made, name)(x)

    def dense(self, x: Tensor, units: int, name: str, use_bias: bool = True) -> Tensor:
        """A dense layer."""
        made = layers.Dense(units, use_bias=use_bias, kernel_initializer=self.initializer(), name="dense")
        return self.wrapped(made, name)(x)

    def embedded(self, labels: Tensor, num_classes: int | None, size: int, name: str = "embedding") -> Tensor:
        """Labels as vectors `(batch, size)`."""
        return self.wrapped(embedding(num_classes, size, self.initializer(), "rows"), name)(labels)

    def attention(self, x: Tensor, name: str = "attention") -> Tensor:
        """Self-attention, spectrally normalised where all are."""
        seed = self.weights.next_seed()
        for _ in range(7):  # the layer draws eight times, from seeds that follow
            self.weights.next_seed()
        return kgan_layers.SelfAttention(seed, self._spectral, name=name)(x)

    def up(self, x: Tensor, filters: int, normalize: Normalize, name: str) -> Tensor:
        """A generator's block: normalisation, ReLU, doubling, convolution, normalisation, ReLU, convolution.

        Shapes:
            `(batch, height, width, n)` -> `(batch, 2 height, 2 width, filters)`.
        """
        short = self.convolution(x, filters, 1, f"{name}_shortcut")
        short = layers.UpSampling2D(2, name=f"{name}_shortcut_doubled")(short)  # (b, 2h, 2w, filters)
        x = layers.ReLU(name=f"{name}_relu_0")(normalize(x, f"{name}_norm_0"))
        x = self.convolution(x, filters, 3, f"{name}_convolution_0", True, kgan_layers.UpsampleConv2D)
        x = layers.ReLU(name=f"{name}_relu_1")(normalize(x, f"{name}_norm_1"))
        x = self.convolution(x, filters, 3, f"{name}_convolution_1", within=True)
        return layers.Add(name=name)([x, short])

    def down(self, x: Tensor, filters: int, name: str, halve: bool = True, first: bool = False) -> Tensor:
        """A discriminator's block: ReLU, convolution, ReLU, convolution, average pooling.

        The first block of a network has no ReLU at its input, which is the image. The shortcut is a convolution where
        sizes or channels differ.

        Shapes:
            `(batch, height, width, n)` -> `(batch, height / 2, width / 2, filters)`, odd sides rounded up.
        """
        short = x
        if halve:
            short = layers.AveragePooling2D(2, padding="same", name=f"{name}_shortcut_halved")(short)
        if halve or x.shape[-1] != filters:
            short = self.convolution(short, filters, 1, f"{name}_shortcut")
        if not first:
            x = layers.ReLU(name=f"{name}_relu_0")(x)
        x = self.convolution(x, filters, 3, f"{name}_convolution_0", within=True)
        x = layers.ReLU(name=f"{name}_relu_1")(x)
        if halve and not any(side % 2 for side in x.shape[1:3]):
            x = self.convolution(x, filters, 3, f"{name}_convolution_1", True, kgan_layers.ConvAveragePool2D)
            return layers.Add(name=name)([x, short])
        x = self.convolution(x, filters, 3, f"{name}_convolution_1", within=True)
        if halve:
            x = layers.AveragePooling2D(2, padding="same", name=f"{name}_halved")(x)
        return layers.Add(name=name)([x, short])

    def features(self, x: Tensor, summed: bool) -> Tensor:
        """ReLU, and the mean or the sum over all positions: `(batch, channels)`."""
        positions = x.shape[1] * x.shape[2]
        x = layers.ReLU(name="last_relu")(x)
        x = layers.GlobalAveragePooling2D(name="mean" if summed else "features")(x)
        return layers.Rescaling(float(positions), name="features")(x) if summed else x

    @staticmethod
    def batch_norm(x: Tensor, name: str) -> Tensor:
        """Batch normalisation with a scale and a shift for each channel."""
        return kgan_layers.BatchNormalization(momentum=MOMENTUM, epsilon=_EPSILON, name=name)(x)

    def norm_by_labels(self, labels: Tensor, num_classes: int | None) -> Normalize:
        """Batch normalisation with a scale and a shift for each channel and label; plain where there are no labels."""
        if labels is None:
            return self.batch_norm

        def normalize(x, name):
            given = [
                embedding(num_classes, x.shape[-1], "zeros", f"{name}_{what}")(labels) for what in ("scale", "shift")
            ]
            return _conditional(x, given, name)

        return normalize

    def norm_by(self, condition: Tensor) -> Normalize:
        """Batch normalisation whose scale and shift are linear in the condition, `(batch, n)`."""

        def normalize(x, name):
            given = [
                self.dense(condition, x.shape[-1], f"{name}_{what}", use_bias=False) for what in ("scale", "shift")
            ]
            return _conditional(x, given, name)

        return normalize


def _conditional(x, given, name):
    layer = kgan_layers.ConditionalBatchNormalization(momentum=MOMENTUM, epsilon=_EPSILON, name=name)
    return layer([x, *given])


def halvings(shape: Sequence[int]) -> int:
    """How often the discriminator of an image halves it: until a side has 8 positions or fewer, and once at least."""
    side, count = min(shape[:2]), 0
    while side > 8 or count == 0:
        side, count = -(-side // 2), count + 1
    return count


def narrowed(width: int, stages: int) -> list[int]:
    """Filters of a generator's blocks: `width` in the first three, as published for 32 pixels, then half at each.

    A discriminator has them in reverse order, of `halvings(shape) + 1` stages.
    """
    return [max(width >> max(stage - 2, 0), 1) for stage in range(stages)]


def attention_place(sides: Sequence[int], most: int) -> int:
    """Where self-attention stands: the index of the largest grid whose shorter side has at most `most` positions.

    Args:
        sides: The shorter side of each grid that there is to choose from.
        most: Positions.

    Returns:
        The index in `sides`, that of the smallest where all are larger.
    """
    fitting = [side for side in sides if side <= most] or [min(sides)]
    return list(sides).index(max(fitting))


def residual_generator(
    make: Residual,
    shape: tuple[int, int, int],
    latent_dim: int,
    width: int,
    *,
    num_classes: int | None,
    num_tags: int | None,
    attention: int | None = None,
    name: str,
) -> keras.Model:
    """The generator of WGAN-GP, SNGAN and SAGAN: a dense layer, blocks that double, and a last convolution.

    Args:
        make: Makes its layers.
        shape: `(height, width, channels)` of the images, each side 8 to 1,024 pixels.
        latent_dim: Size of z.
        width: Filters of the first three blocks.
        num_classes: Normalises by labels when given.
        num_tags: Normalises by tags when given.
        attention: Self-attention stands at the largest grid below the image whose shorter side has at most so many
            positions; `None` for none.
        name: Name of the model.

    Returns:
        A model from latents, or `[latents, labels]`, to images in (-1, 1).

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, a number is less than 1, or both `num_classes` and
            `num_tags` are given.
    """
    check_shape(shape, _SMALLEST, _LARGEST)
    check_sizes("width", width, latent_dim)
    check_one_kind(num_classes, num_tags)
    grid, doublings = first_grid(shape)
    sides = [min(grid) * 2**stage for stage in range(doublings)]
    attended = None if attention is None else attention_place(sides, attention)

    latents = keras.Input((latent_dim,), name="latents")
    labels = labels_input(num_classes, num_tags)
    normalize = make.norm_by_labels(labels, num_classes)
    x = make.dense(latents, math.prod(grid) * width, "dense")
    x = layers.Reshape((*grid, width), name="grid")(x)  # (b, h, w, width)
    for stage, filters in enumerate(narrowed(width, doublings)):
        if stage == attended:
            x = make.attention(x)
        x = make.up(x, filters, normalize, f"block_{stage}")  # (b, 2h, 2w, filters)
    x = layers.ReLU(name="last_relu")(make.batch_norm(x, "last_norm"))
    x = make.convolution(x, shape[2], 3, "images", activation="tanh")
    return keras.Model(latents if labels is None else [latents, labels], cropped(x, shape), name=name)


def residual_discriminator(
    make: Residual,
    shape: tuple[int, int, int],
    width: int,
    *,
    num_classes: int | None,
    num_tags: int | None,
    conditioning: Literal["auxiliary", "projection"] = "projection",
    summed: bool = True,
    attention: int | None = None,
    name: str,
) -> keras.Model:
    """The discriminator of WGAN-GP, SNGAN and SAGAN: blocks that halve, two that do not, and a logit of all positions.

    Args:
        make: Makes its layers.
        shape: `(height, width, channels)` of the images, each side 8 to 1,024 pixels.
        width: Filters of the last blocks.
        num_classes: Is conditional on labels when given.
        num_tags: Is conditional on tags when given.
        conditioning: `"projection"` or `"auxiliary"`, a second output `"classes"`.
        summed: Whether features are summed over all positions; else their mean is taken.
        attention: As in `residual_generator`.
        name: Name of the model.

    Returns:
        A model from images, or `[images, labels]`, to logits `(batch, 1)`; from images to
        `{"logits": ..., "classes": (batch, n)}` with `"auxiliary"`.

    Raises:
        ValueError: if a side is below 8 or above 1,024 pixels, `width` is less than 1, or both `num_classes` and
            `num_tags` are given.
    """
    check_shape(shape, _SMALLEST, _LARGEST)
    check_sizes("width", width)
    check_one_kind(num_classes, num_tags)
    count = halvings(shape)
    sides = [math.ceil(min(shape[:2]) / 2 ** (stage + 1)) for stage in range(count)]
    attended = None if attention is None else attention_place(sides, attention)

    x = images = keras.Input(shape, name="images")
    labels = labels_input(num_classes, num_tags)
    for stage, filters in enumerate(reversed(narrowed(width, count + 1)[1:])):
        x = make.down(x, filters, f"block_{stage}", first=stage == 0)  # (b, h / 2, w / 2, filters)
        if stage == attended:
            x = make.attention(x)
    for which in ("a", "b"):
        x = make.down(x, width, f"last_block_{which}", halve=False)
    features = make.features(x, summed)  # (b, width)
    logits = make.dense(features, 1, "logits")  # (b, 1)
    if labels is None:
        return keras.Model(images, logits, name=name)
    if conditioning == "auxiliary":
        units = sum(given for given in (num_classes, num_tags) if given is not None)  # one is given
        return keras.Model(images, {"logits": logits, "classes": make.dense(features, units, "classes")}, name=name)
    logits = projected(logits, features, make.embedded(labels, num_classes, width))
    return keras.Model([images, labels], logits, name=name)
