"""HiFi-GAN: a vocoder, from mel spectrograms to waves, and its discriminators of periods and scales.

Weights are plain: the authors' weight normalisation computes the same networks, and is left out.

Reference:
    Kong et al., 2020, HiFi-GAN: Generative Adversarial Networks for Efficient and High Fidelity Speech Synthesis.
    arXiv:2010.05646
"""

import math
from typing import Literal, NamedTuple

import keras
from keras import layers as keras_layers

from kgan import layers as kgan_layers
from kgan._support.checks import whole
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["hifigan_generator", "hifigan_period_discriminator", "hifigan_scale_discriminator"]

_SLOPE, _LAST_SLOPE = 0.1, 0.01
_STDDEV = 0.01


class _Variant(NamedTuple):
    """One of the paper's generators: width, factors of upsampling, and its residual blocks' kernels and dilations."""

    width: int
    rates: tuple[int, ...]
    kernels: tuple[int, ...]
    dilations: tuple[tuple[int, ...], ...]
    twice: bool  # whether a second convolution follows each dilated one


_FULL = ((8, 8, 2, 2), (3, 7, 11), ((1, 3, 5),) * 3, True)
_VARIANTS = {
    "v1": _Variant(512, *_FULL),
    "v2": _Variant(128, *_FULL),
    "v3": _Variant(256, (8, 8, 4), (3, 5, 7), ((1, 2), (2, 6), (3, 12)), False),
}


def hifigan_generator(
    input_shape: tuple[int | None, int],
    output_channels: int = 1,
    variant: Literal["v1", "v2", "v3"] = "v1",
    width: int | None = None,
    rates: "tuple[int, ...] | None" = None,
    *,
    hop: int | None = None,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator from frames of a spectrogram to samples of a wave.

    A convolution of 7 frames, then for each rate LeakyReLU(0.1), a transposed convolution with half as many filters
    that makes the sequence that many times as long, and the mean of three residual blocks of dilated convolutions; at
    the end a convolution of 7 samples and tanh. With 80 bands, V1 has 13,926,017 trainable parameters, V2 925,985, V3
    1,462,273.

    Args:
        input_shape: `(frames, mels)`; `None` for any number of frames.
        output_channels: Of the wave, 1.
        variant: The paper's V1 (best), V2 (small) or V3 (fast).
        width: Filters of the first convolution; `None` for the variant's, 512, 128 or 256.
        rates: How many times longer each stage makes the sequence; their product is the hop of the spectrogram. `None`
            for the variant's, `(8, 8, 2, 2)` or, of V3, `(8, 8, 4)`, for a hop of 256.
        hop: Samples for each frame, as the data have them, which `rates` must come to; `None` to look at no data.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from `(batch, frames, mels)` to `(batch, frames * hop, output_channels)` in [-1, 1].

    Raises:
        ValueError: if the variant is none of the three, `rates` do not come to `hop`, a number is less than 1, or the
            width cannot be halved at each stage.

    Examples:
        >>> generator = kgan.architectures.hifigan_generator((None, 80), variant="v3")
        >>> generator.count_params()
        1462273
    """
    if variant not in _VARIANTS:
        raise ValueError(f"Expected variant as {', '.join(map(repr, _VARIANTS))}. Received: variant={variant!r}.")
    form = _VARIANTS[variant]
    width = whole("width", form.width if width is None else width, 1)
    rates = form.rates if rates is None else tuple(rates)
    for rate in rates:
        whole("rates", rate, 1)
    if hop is not None and math.prod(rates) != hop:
        raise ValueError(
            f"Expected rates whose product is the hop of the spectrogram, {hop}. Received: rates={list(rates)}, whose "
            f"product is {math.prod(rates)}. Pass rates={list(_rates_for(hop))}, or another hop."
        )
    if width % 2 ** len(rates):
        raise ValueError(
            f"Expected width as a multiple of {2 ** len(rates)}, which is halved at each of {len(rates)} stages. "
            f"Received: width={width}."
        )
    weights = InitialWeights(seed)
    inputs = keras.Input(input_shape, name="mel")
    x = _Convolution(weights, None)(inputs, width, 7, name="first")  # (b, frames, width)
    convolved = _Convolution(weights, _STDDEV)
    for stage, rate in enumerate(rates):
        filters = width // 2 ** (stage + 1)
        x = kgan_layers.LeakyReLU(negative_slope=_SLOPE, name=f"relu_{stage}")(x)
        settings = {"kernel_initializer": weights(_STDDEV), "padding": "same", "name": f"upsample_{stage}"}
        x = keras_layers.Conv1DTranspose(filters, 2 * rate, strides=rate, **settings)(x)
        blocks = [
            _residual(x, filters, kernel, dilations, form.twice, convolved, f"block_{stage}_{number}")
            for number, (kernel, dilations) in enumerate(zip(form.kernels, form.dilations, strict=True))
        ]
        x = keras_layers.Average(name=f"mean_{stage}")(blocks)
    x = kgan_layers.LeakyReLU(negative_slope=_LAST_SLOPE, name="relu_last")(x)
    x = convolved(x, output_channels, 7, name="last")
    return keras.Model(inputs, keras_layers.Activation("tanh", name="tanh", dtype="float32")(x), name=name)


def _rates_for(hop: int) -> list[int]:
    """Factors of at most 8 that come to the hop, where there are such; the largest first."""
    rates: list[int] = []
    left = hop
    for factor in (8, 7, 5, 4, 3, 2):
        while left % factor == 0 and left > 1:
            rates, left = [*rates, factor], left // factor
    return [*rates, left] if left > 1 else rates


class _Convolution:
    """Convolutions along time that keep the length, each with initial weights of its own."""

    def __init__(self, weights: InitialWeights, stddev: float | None):
        self._weights = weights
        self._stddev = stddev

    def __call__(self, x, filters: int, kernel: int, dilation: int = 1, *, name: str):
        initial = (
            keras.initializers.GlorotUniform(seed=self._weights.next_seed())
            if self._stddev is None
            else self._weights(self._stddev)
        )
        settings = {"padding": "same", "kernel_initializer": initial, "name": name}
        return keras_layers.Conv1D(filters, kernel, dilation_rate=dilation, **settings)(x)


def _residual(x, filters: int, kernel: int, dilations: tuple[int, ...], twice: bool, convolved: _Convolution, name):
    for number, dilation in enumerate(dilations):
        y = kgan_layers.LeakyReLU(negative_slope=_SLOPE, name=f"{name}_relu_{number}")(x)
        y = convolved(y, filters, kernel, dilation, name=f"{name}_dilated_{number}")
        if twice:
            y = kgan_layers.LeakyReLU(negative_slope=_SLOPE, name=f"{name}_second_relu_{number}")(y)
            y = convolved(y, filters, kernel, name=f"{name}_second_{number}")
        x = keras_layers.Add(name=f"{name}_add_{number}")([x, y])
    return x


def hifigan_period_discriminator(
    sample_shape: tuple[int, int],
    period: int = 2,
    width: int = 32,
    *,
    normalization: Literal["spectral"] | None = None,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator that looks at every `period`-th sample of a wave.

    The wave is folded into columns of `period` samples; four convolutions of 5 by 1 with stride 3 have `width`, 4, 16
    and 32 times `width` filters, a fifth one the same, a last one of 3 by 1 gives the logits. The paper has one for
    each of the periods 2, 3, 5, 7 and 11, of 8,218,433 parameters each with a width of 32.

    Args:
        sample_shape: `(samples, 1)`.
        period: Samples from one that it looks at to the next.
        width: Filters of the first convolution.
        normalization: `"spectral"`, or `None`.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from waves `(batch, samples, 1)` to logits `(batch, steps, period, 1)`.

    Raises:
        ValueError: if a number is less than 1, `normalization` is not one of the above, or waves are shorter than a
            period or of a free length.
    """
    _check(sample_shape, width, normalization)
    period = whole("period", period, 1)
    if sample_shape[0] <= period:
        raise ValueError(f"Expected waves of more than period={period} samples. Received: {sample_shape[0]}.")
    inputs = keras.Input(sample_shape, name="samples")
    x = kgan_layers.Fold1D(period, name="columns")(inputs)  # (b, steps, period, 1)
    convolved = _Stack(seed, normalization)
    for number, factor in enumerate((1, 4, 16, 32, 32)):
        x = convolved(x, factor * width, (5, 1), (3 if number < 4 else 1, 1))
    return keras.Model(inputs, convolved.logits(x, (3, 1)), name=name)


def hifigan_scale_discriminator(
    sample_shape: tuple[int, int],
    halvings: int = 0,
    width: int = 128,
    *,
    normalization: Literal["spectral"] | None = None,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """A discriminator that looks at a wave as it is, or at means over its samples.

    The mean over 4 samples with stride 2 is taken `halvings` times. Seven convolutions along time follow, five of them
    with groups, and one of 3 to the logits. The paper has one for each of the scales 1, 2 and 4, so with 0, 1 and 2
    halvings, the first one with spectral normalisation, of 9,870,209 parameters each with a width of 128.

    Args:
        sample_shape: `(samples, 1)`.
        halvings: How often the wave is halved before it is looked at.
        width: Filters of the first two convolutions, a multiple of 16.
        normalization: `"spectral"`, or `None`.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from waves `(batch, samples, 1)` to logits `(batch, steps, 1, 1)`.

    Raises:
        ValueError: if `halvings` is negative, `width` no multiple of 16, `normalization` is not one of the above,
            or waves are of a free length.
    """
    _check(sample_shape, width, normalization)
    if width % 16:
        raise ValueError(
            f"Expected width as a multiple of 16, the groups of its convolutions. Received: width={width}."
        )
    x = inputs = keras.Input(sample_shape, name="samples")
    for halving in range(whole("halvings", halvings, 0)):
        x = keras_layers.ZeroPadding1D(2, name=f"halving_{halving}_padding")(x)
        x = keras_layers.AveragePooling1D(4, 2, padding="valid", name=f"halving_{halving}")(x)
    x = keras_layers.Reshape((x.shape[1], 1, x.shape[2]), name="rows")(x)  # (b, samples, 1, 1)
    convolved = _Stack(seed, normalization)
    x = convolved(x, width, (15, 1), (1, 1))
    for factor, stride, groups in ((1, 2, 4), (2, 2, 16), (4, 4, 16), (8, 4, 16), (8, 1, 16)):
        x = convolved(x, factor * width, (41, 1), (stride, 1), groups)
    x = convolved(x, 8 * width, (5, 1), (1, 1))
    return keras.Model(inputs, convolved.logits(x, (3, 1)), name=name)


class _Stack:
    """Convolutions of a discriminator, each but the last followed by LeakyReLU(0.1)."""

    def __init__(self, seed: int | None, normalization: str | None):
        self._weights = InitialWeights(seed)
        self._spectral = normalization == "spectral"
        self._count = 0

    def __call__(self, x, filters: int, kernel: tuple[int, int], strides: tuple[int, int], groups: int = 1):
        x = self._convolved(x, filters, kernel, f"convolution_{self._count}", strides=strides, groups=groups)
        x = kgan_layers.LeakyReLU(negative_slope=_SLOPE, name=f"relu_{self._count}")(x)
        self._count += 1
        return x

    def logits(self, x, kernel: tuple[int, int]):
        return self._convolved(x, 1, kernel, "logits")

    def _convolved(self, x, filters: int, kernel: tuple[int, int], name: str, **settings):
        initial = keras.initializers.GlorotUniform(seed=self._weights.next_seed())
        settings |= {"padding": "same", "kernel_initializer": initial}
        layer = kgan_layers.Conv2D(filters, kernel, name=f"{name}_kernel" if self._spectral else name, **settings)
        if self._spectral:
            layer = kgan_layers.SpectralNormalization(layer, seed=self._weights.next_seed(), name=name)
        return layer(x)


def _check(sample_shape: tuple[int, int], width: int, normalization: str | None) -> None:
    if len(sample_shape) != 2 or None in sample_shape:
        raise ValueError(
            f"Expected sample_shape as (samples, channels), both known. Received: sample_shape={tuple(sample_shape)}."
        )
    whole("width", width, 1)
    if normalization not in ("spectral", None):
        raise ValueError(f"Expected normalization as 'spectral' or None. Received: normalization={normalization!r}.")
