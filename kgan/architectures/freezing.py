"""FreezeD: lower layers of a discriminator stay as they were trained before."""

import keras

from kgan._support.checks import whole

__all__ = ["freeze_lower_layers"]


def freeze_lower_layers(discriminator: keras.Model, count: int) -> list[str]:
    """Freezes the first layers of a discriminator, those next to the image (FreezeD).

    For a discriminator that begins with the weights of one trained on other pictures: what its lower layers see, edges
    and textures, is there already, and few pictures are better spent on the upper ones. Call it before `compile`.

    A layer counts where it has a kernel: convolutions, dense layers, blocks of them. What follows without one, as
    BatchNormalization, is frozen with the layer before it, and then normalises by its moving statistics. Embeddings of
    labels go on learning.

    Args:
        discriminator: Functional or `keras.Sequential`, whose order of layers is known.
        count: How many layers with kernels, at least 1, and fewer than there are.

    Returns:
        The names of the layers that are frozen.

    Raises:
        TypeError: if the order of layers is not known.
        ValueError: if `count` is less than 1, or would leave no layer with a kernel to train.

    Examples:
        >>> discriminator = kgan.architectures.dcgan_discriminator((32, 32, 3), width=8)
        >>> kgan.architectures.freeze_lower_layers(discriminator, 2)
        ['downsample_0', 'relu_0', 'downsample_1', 'relu_1']

    Reference:
        Mo et al., 2020, Freeze the Discriminator: a Simple Baseline for Fine-Tuning GANs. arXiv:2002.10964
    """
    count = whole("count", count, 1)
    if not hasattr(discriminator, "outputs"):
        raise TypeError(
            f"Expected a functional or sequential discriminator, whose order of layers is known. Received: "
            f"{discriminator.name!r}, a {type(discriminator).__name__}. Set trainable = False of its lower layers."
        )
    with_kernel = [layer for layer in discriminator.layers if _has_kernel(layer)]
    if count >= len(with_kernel):
        raise ValueError(
            f"Expected fewer frozen layers than the {len(with_kernel)} with kernels that {discriminator.name!r} has, "
            f"{', '.join(layer.name for layer in with_kernel)}, or nothing would learn. Received: {count}. Freeze at "
            f"most {len(with_kernel) - 1}."
        )
    end = discriminator.layers.index(with_kernel[count])
    frozen = [
        layer
        for layer in discriminator.layers[:end]
        if not isinstance(layer, keras.layers.InputLayer | keras.layers.Embedding)
    ]
    for layer in frozen:
        layer.trainable = False
    return [layer.name for layer in frozen]


def _has_kernel(layer: keras.layers.Layer) -> bool:
    """Whether a layer, or one within it, multiplies what comes in by a kernel."""
    inside = getattr(layer, "_flatten_layers", lambda: [layer])()
    return any(isinstance(getattr(one, "kernel", None), keras.Variable) for one in inside)
