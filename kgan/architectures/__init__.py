"""Published network families: plain functions that return `keras.Model`."""

from kgan.architectures.dcgan import dcgan_discriminator, dcgan_generator
from kgan.architectures.patchgan import patchgan_discriminator
from kgan.architectures.pggan import pggan_discriminator, pggan_generator
from kgan.architectures.registry import ARCHITECTURES, get
from kgan.architectures.unet import unet_generator

__all__ = [
    "ARCHITECTURES",
    "dcgan_discriminator",
    "dcgan_generator",
    "get",
    "patchgan_discriminator",
    "pggan_discriminator",
    "pggan_generator",
    "unet_generator",
]
