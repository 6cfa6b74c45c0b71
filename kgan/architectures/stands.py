"""A convolution, and what stands behind it, as the SRResNet and FastGAN have them."""

from typing import Any

from kgan import layers as kgan_layers
from kgan.architectures.initial_weights import InitialWeights

__all__ = ["convolution", "leaky", "normalised"]

Tensor = Any  # a keras.KerasTensor


def convolution(x: Tensor, filters: int, size: int, weights: InitialWeights, name: str, **settings: Any) -> Tensor:
    """A convolution with padding, whose weights are drawn from N(0, 0.02) unless `settings` say otherwise."""
    settings = {"padding": "same", "kernel_initializer": None, "name": name, **settings}
    settings["kernel_initializer"] = settings["kernel_initializer"] or weights()
    return kgan_layers.Conv2D(filters, size, **settings)(x)


def normalised(x: Tensor, name: str) -> Tensor:
    """Batch normalisation of momentum 0.9, the layer `<name>_norm`."""
    return kgan_layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)


def leaky(x: Tensor, name: str, slope: float = 0.2) -> Tensor:
    """A leaky rectifier, the layer `<name>_relu`."""
    return kgan_layers.LeakyReLU(negative_slope=slope, name=f"{name}_relu")(x)
