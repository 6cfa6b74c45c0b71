"""Published network families: plain functions that return `keras.Model`."""

from kgan.architectures.dcgan import dcgan_discriminator, dcgan_generator

__all__ = ["dcgan_discriminator", "dcgan_generator"]
