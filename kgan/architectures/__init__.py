"""Published network families: plain functions that return `keras.Model`."""

from kgan.architectures.dcgan import dcgan_discriminator, dcgan_generator
from kgan.architectures.patchgan import patchgan_discriminator
from kgan.architectures.registry import ARCHITECTURES, get
from kgan.architectures.unet import unet_generator

__all__ = [
    "ARCHITECTURES",
    "dcgan_discriminator",
    "dcgan_generator",
    "get",
    "patchgan_discriminator",
    "unet_generator",
]
