"""The residual blocks of WGAN-GP, SNGAN, SAGAN and BigGAN: two 3x3 convolutions beside a shortcut, and resampling.

Shortcuts convolve at the smaller of their two sizes: a 1x1 convolution and nearest-neighbour upsampling, or average
pooling, give the same in either order, and this one costs a quarter.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan.architectures.conditioning import embedding
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["MOMENTUM", "Normalize", "Residual", "attention_place", "halvings", "narrowed"]

Tensor = Any  # a keras.KerasTensor
Normalize = Callable[[Tensor, str], Tensor]

MOMENTUM = 0.9  # of batch normalisation in the programs of SNGAN's and BigGAN's authors
_EPSILON = 2e-5
_INITIAL = ("glorot", "he", "orthogonal")


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
        self, x: Tensor, filters: int, size: int, name: str, within: bool = False, **settings: Any
    ) -> Tensor:
        """A convolution that keeps height and width."""
        made = kgan_layers.Conv2D(
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
        x = layers.UpSampling2D(2, name=f"{name}_doubled")(x)  # (b, 2h, 2w, n)
        x = self.convolution(x, filters, 3, f"{name}_convolution_0", within=True)
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
