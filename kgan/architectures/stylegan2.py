"""StyleGAN2: a mapping from z to w, a synthesis that w styles at every place, and a residual discriminator.

Reference:
    Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN. arXiv:1912.04958
"""

import math

import keras
from keras import layers

from kgan import layers as kgan_layers
from kgan._support import limits
from kgan._support.checks import whole
from kgan.architectures.conditioning import check_one_kind, labels_input, one_hot
from kgan.architectures.initial_weights import InitialWeights
from kgan.architectures.sizes import doubled_grid

__all__ = ["stylegan2_discriminator", "stylegan2_generator", "stylegan2_mapping", "stylegan2_synthesis"]

_MULTIPLIER = 0.01  # of the mapping's learning rate
_MAPPING_LAYERS = 8
_RECTIFIED = math.sqrt(2.0)  # the gain of a layer before a rectifier


def stylegan2_generator(
    shape: tuple[int, int, int],
    latent_dim: int = 512,
    width: int = 64,
    *,
    max_width: int = 512,
    style_dim: int | None = None,
    mapping_layers: int = _MAPPING_LAYERS,
    style_mixing: float = 0.9,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """A generator: `stylegan2_mapping`, styles for each place, noise, and `stylegan2_synthesis`.

    Its layers are `mapping`, a model from latents to w; `styles`, a `kgan.layers.Styles`, which mixes styles in
    training, and keeps the mean of w; `noise`, a `kgan.layers.DrawnNoise`; and `synthesis`, a model from styles and
    noise to images. `kgan.architectures.StyleParts.of(generator)` takes them apart.

    With `width=64` and `max_width=512` at 256 pixels it is the paper's, with 24,767,458 parameters; with `width=32` at
    1,024 pixels its configuration F, with 30,370,060.

    Args:
        shape: `(height, width, channels)` of the images: each side 8 to 1,024 pixels, 4 to 7 doubled some times (16,
            28, 32, 48, 64, 96 x 64, ...); any number of channels.
        latent_dim: Size of z.
        width: Channels beside the image; they double towards the small grid, up to `max_width`.
        max_width: Most channels of a convolution.
        style_dim: Size of w; `latent_dim` by default, as in the paper.
        mapping_layers: Dense layers from z to w.
        style_mixing: Probability in training that places from a random one on have the style of another z, N(0, 1), in
            [0, 1].
        num_classes: Takes labels as a second input when given.
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1.
        seed: Of the initial weights, of the noise and of style mixing.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)`, or `[latents, labels]` with labels `(batch,)` int32 or tags
        `(batch, num_tags)` float32, to images `(batch, height, width, channels)`, without an activation.

    Examples:
        >>> generator = kgan.architectures.stylegan2_generator((32, 32, 3), latent_dim=64, width=16, max_width=64)
        >>> generator.output_shape, [layer.name for layer in generator.layers]
        ((None, 32, 32, 3), ['latents', 'mixing_latents', 'mapping', 'styles', 'noise', 'synthesis'])

    Raises:
        ValueError: if a size cannot be made (the message has the nearest two), a number is less than 1, `style_mixing`
            is not in [0, 1], or both `num_classes` and `num_tags` are given.
    """
    doubled_grid(shape)
    check_one_kind(num_classes, num_tags)
    style_dim = latent_dim if style_dim is None else style_dim
    weights = InitialWeights(seed)
    mapping = stylegan2_mapping(
        latent_dim,
        style_dim,
        num_classes=num_classes,
        num_tags=num_tags,
        mapping_layers=mapping_layers,
        seed=weights.next_seed(),
    )
    synthesis = stylegan2_synthesis(
        shape, style_dim, width, max_width=max_width, seed=None if seed is None else seed + 1_000
    )
    latents = keras.Input((latent_dim,), name="latents")
    labels = labels_input(num_classes, num_tags)
    inputs = latents if labels is None else [latents, labels]
    w = [mapping(inputs)]
    if style_mixing:
        others = kgan_layers.MixingLatents(seed=weights.next_seed(), name="mixing_latents")(latents)
        w.append(mapping(others if labels is None else [others, labels]))
    places, noise = synthesis.inputs
    styles = kgan_layers.Styles(places.shape[1], style_mixing, seed=weights.next_seed(), name="styles")(
        w if style_mixing else w[0]
    )  # (b, places, style_dim)
    drawn = kgan_layers.DrawnNoise(noise.shape[1], seed=weights.next_seed(), name="noise")(latents)
    return keras.Model(inputs, synthesis([styles, drawn]), name=name)


def stylegan2_mapping(
    latent_dim: int = 512,
    style_dim: int = 512,
    *,
    mapping_layers: int = _MAPPING_LAYERS,
    num_classes: int | None = None,
    num_tags: int | None = None,
    seed: int | None = None,
    name: str = "mapping",
) -> keras.Model:
    """The mapping of StyleGAN2: z, scaled to a mean square of 1, through dense layers to w.

    Labels go through a dense layer of `latent_dim`, are scaled in the same way, and join z.

    Args:
        latent_dim: Size of z.
        style_dim: Size of w.
        mapping_layers: Dense layers, each with a learning rate of 0.01 times the others'.
        num_classes: Takes labels as a second input when given.
        num_tags: Takes tags as a second input when given.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from latents `(batch, latent_dim)`, or `[latents, labels]`, to w `(batch, style_dim)`.

    Raises:
        ValueError: if a number is less than 1, or both `num_classes` and `num_tags` are given.
    """
    _check_sizes(latent_dim=latent_dim, style_dim=style_dim, mapping_layers=mapping_layers)
    check_one_kind(num_classes, num_tags)
    weights = InitialWeights(seed)
    latents = keras.Input((latent_dim,), name="latents")
    labels = labels_input(num_classes, num_tags)
    x = kgan_layers.PixelNorm(name="latents_norm")(latents)
    if labels is not None:
        embedded = _embedded(labels, num_classes, latent_dim, weights)
        x = layers.Concatenate(name="condition")([x, embedded])  # (b, 2 * latent_dim)
    w = _mapped(x, style_dim, mapping_layers, weights)
    return keras.Model(latents if labels is None else [latents, labels], w, name=name)


def stylegan2_synthesis(
    shape: tuple[int, int, int],
    style_dim: int = 512,
    width: int = 64,
    *,
    max_width: int = 512,
    seed: int | None = None,
    name: str = "synthesis",
) -> keras.Model:
    """The synthesis of StyleGAN2, with skips: colours of each size are added to those of the size before, doubled.

    It starts from a learned grid. Each size has two convolutions, the smallest one, and each of them adds a map of
    noise. There is a style for each convolution, and one for the last colours: 14 at 256 pixels.

    Args:
        shape: `(height, width, channels)` of the images, as for `stylegan2_generator`.
        style_dim: Size of w.
        width: Channels beside the image.
        max_width: Most channels of a convolution.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from `[styles, noise]` to images `(batch, height, width, channels)`: styles
        `(batch, places, style_dim)`, noise `(batch or 1, numbers)`, the maps from the smallest on, one after another.

    Examples:
        >>> synthesis = kgan.architectures.stylegan2_synthesis((16, 16, 1), style_dim=8, width=4)
        >>> [(tensor.name, tensor.shape) for tensor in synthesis.inputs]
        [('styles', (None, 6, 8)), ('noise', (None, 656))]

    Raises:
        ValueError: if a size cannot be made (the message has the nearest two), or a number is less than 1.
    """
    grid, doublings = doubled_grid(shape)
    _check_sizes(style_dim=style_dim)
    weights = InitialWeights(seed)
    widths = _widths(width, max_width, doublings)
    grids = [tuple(side * 2 ** ((place + 1) // 2) for side in grid) for place in range(2 * doublings + 1)]

    styles = keras.Input((2 * doublings + 2, style_dim), name="styles")
    noise = keras.Input((sum(math.prod(one) for one in grids),), name="noise")
    w = kgan_layers.SplitStyles(name="split_styles")(styles)
    maps = kgan_layers.SplitNoise(grids, name="split_noise")(noise)

    def styled(x, place, filters, **settings):
        return kgan_layers.StyledConv2D(filters, seed=weights.next_seed(), **settings)(
            [x, w[place], maps[place]] if settings.get("rectify", True) else [x, w[place]]
        )

    def colours(x, place, name):
        return styled(x, place, shape[2], kernel_size=1, demodulate=False, rectify=False, name=name)

    x = kgan_layers.LearnedGrid((*grid, widths[0]), seed=weights.next_seed(), name="grid")(styles)
    x = styled(x, 0, widths[0], name="convolution_0")
    images = colours(x, 1, "colours_0")
    for stage, filters in enumerate(widths[1:], start=1):
        x = styled(x, 2 * stage - 1, filters, upsample=True, name=f"upsample_{stage}")  # (b, 2h, 2w, filters)
        x = styled(x, 2 * stage, filters, name=f"convolution_{stage}")
        images = kgan_layers.BlurredUpsample2D(name=f"doubled_{stage}")(images)
        images = layers.Add(name=f"images_{stage}")([images, colours(x, 2 * stage + 1, f"colours_{stage}")])
    return keras.Model([styles, noise], images, name=name)


def stylegan2_discriminator(
    shape: tuple[int, int, int],
    width: int = 64,
    *,
    max_width: int = 512,
    group_size: int | None = 4,
    num_classes: int | None = None,
    num_tags: int | None = None,
    mapping_layers: int = _MAPPING_LAYERS,
    seed: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """The discriminator of StyleGAN2: residual blocks that halve the image, and a minibatch standard deviation.

    Gradient penalties go through that statistic, as in the authors' program. Labels are judged by projection, after a
    mapping of their own (Miyato and Koyama, 2018, arXiv:1802.05637; Karras et al., 2020, arXiv:2006.06676).

    With `width=64` and `max_width=512` at 256 pixels it is the paper's, with 24,001,089 parameters; with `width=32` at
    1,024 pixels its configuration F, with 29,012,513.

    Args:
        shape: `(height, width, channels)` of the images, as for `stylegan2_generator`.
        width: Channels beside the image; they double towards the small grid, up to `max_width`.
        max_width: Most channels of a convolution.
        group_size: Samples in a group of the minibatch standard deviation; `None` makes the batch one group.
        num_classes: Takes labels as a second input when given.
        num_tags: Takes tags as a second input when given, `(batch, num_tags)` of 0 and 1.
        mapping_layers: Dense layers that labels go through.
        seed: Of the initial weights.
        name: Name of the model.

    Returns:
        A model from images, or `[images, labels]` with labels `(batch,)` int32 or tags `(batch, num_tags)` float32, to
        logits `(batch, 1)`.

    Examples:
        >>> discriminator = kgan.architectures.stylegan2_discriminator((32, 32, 3), width=16, max_width=64)
        >>> discriminator.output_shape, discriminator.count_params()
        ((None, 1), 218449)

    Raises:
        ValueError: if a size cannot be taken (the message has the nearest two), a number is less than 1, `group_size`
            is less than 2, or both `num_classes` and `num_tags` are given.
    """
    _, doublings = doubled_grid(shape)
    _check_sizes(mapping_layers=mapping_layers)
    check_one_kind(num_classes, num_tags)
    weights = InitialWeights(seed)
    widths = _widths(width, max_width, doublings)[::-1]

    images = keras.Input(shape, name="images")
    labels = labels_input(num_classes, num_tags)
    x = _convolution(images, widths[0], 1, weights, name="colours")
    for stage, filters in enumerate(widths[1:]):
        skip = kgan_layers.Blur2D(padding=1, strides=2, name=f"skip_halved_{stage}")(x)
        skip = kgan_layers.Equalized(
            layers.Conv2D(filters, 1, use_bias=False), math.sqrt(0.5), weights.next_seed(), name=f"skip_{stage}"
        )(skip)  # (b, h / 2, w / 2, filters)
        x = _convolution(x, x.shape[-1], 3, weights, name=f"convolution_{stage}", padding="same")
        x = kgan_layers.Blur2D(padding=2, name=f"blur_{stage}")(x)
        # A gain of 1, the sqrt(2) of the rectifier times the sqrt(1/2) of the sum.
        x = _convolution(x, filters, 3, weights, name=f"halved_{stage}", gain=1.0, strides=2)
        x = layers.Add(name=f"block_{stage}")([skip, x])
    x = kgan_layers.MinibatchStandardDeviation(group_size, name="deviation")(x)
    x = _convolution(x, widths[-1], 3, weights, name="convolution_last", padding="same")
    x = _dense(layers.Flatten(name="flat")(x), widths[-1], weights, name="features")
    if labels is None:
        return keras.Model(images, _linear(x, 1, weights, name="logits"), name=name)
    features = _linear(x, widths[-1], weights, name="to_project", gain=1.0 / math.sqrt(widths[-1]))
    of_labels = _embedded(labels, num_classes, widths[-1], weights)
    of_labels = _mapped(of_labels, widths[-1], mapping_layers, weights)
    logits = layers.Dot(axes=1, name="logits")([features, of_labels])  # (b, 1)
    return keras.Model([images, labels], logits, name=name)


def _convolution(x, filters, size, weights, name, gain=_RECTIFIED, **settings):
    layer = layers.Conv2D(filters, size, **settings)
    x = kgan_layers.Equalized(layer, gain, weights.next_seed(), scales_bias=True, name=name)(x)
    return kgan_layers.LeakyReLU(negative_slope=0.2, name=f"{name}_relu")(x)


def _dense(x, units, weights, name, multiplier=1.0):
    layer = layers.Dense(units)
    x = kgan_layers.Equalized(layer, seed=weights.next_seed(), multiplier=multiplier, scales_bias=True, name=name)(x)
    return kgan_layers.LeakyReLU(negative_slope=0.2, name=f"{name}_relu")(x)


def _linear(x, units, weights, name, gain=1.0):
    return kgan_layers.Equalized(layers.Dense(units), gain, weights.next_seed(), scales_bias=True, name=name)(x)


def _mapped(x, units, count, weights):
    for number in range(count):
        x = _dense(x, units, weights, name=f"dense_{number}", multiplier=_MULTIPLIER)
    return x


def _embedded(labels, num_classes, units, weights):
    """Labels as features `(batch, units)` with a mean square of 1."""
    rows = one_hot(labels, num_classes)
    return kgan_layers.PixelNorm(name="labels_norm")(_linear(rows, units, weights, name="embedding"))


def _widths(width: int, max_width: int, doublings: int) -> list[int]:
    """Channels of each size, from the small grid to the image."""
    whole("width", width, 1)
    whole("max_width", max_width, 1)
    widest = min(width * 2**doublings, max_width)
    limits.check_bytes(
        "width", width, 4 * limits.array_bytes((3, 3, widest, widest)), "Choose a smaller width or max_width, as 512."
    )
    return [min(width * 2**stage, max_width) for stage in reversed(range(doublings + 1))]


def _check_sizes(**sizes: int) -> None:
    """Refuses a network that is none, or whose dense layers would take more memory than they should."""
    for name, size in sizes.items():
        whole(name, size, 1)
        if name in ("latent_dim", "style_dim"):  # in training, four times: Adam's two moments and an average
            limits.check_bytes(name, size, 4 * limits.array_bytes((size, size)), "Choose a smaller one, as 512.")
