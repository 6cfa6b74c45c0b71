"""Published network families: plain functions that return `keras.Model`."""

from kgan.architectures.dcgan import dcgan_discriminator, dcgan_generator
from kgan.architectures.registry import ARCHITECTURES, get

__all__ = ["ARCHITECTURES", "dcgan_discriminator", "dcgan_generator", "get"]
