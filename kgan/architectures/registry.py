"""Architectures by the name of the function that builds them, as recipes write them."""

from collections.abc import Callable

import keras

from kgan._support import lookup
from kgan.architectures.biggan import biggan_discriminator, biggan_generator
from kgan.architectures.compact import compact_generator
from kgan.architectures.ctgan import ctgan_discriminator, ctgan_generator
from kgan.architectures.dcgan import dcgan_discriminator, dcgan_generator
from kgan.architectures.domains import dense_classifier, domain_discriminator, picture_features
from kgan.architectures.face_grids import face_grid_autoencoder
from kgan.architectures.face_swap import face_autoencoder
from kgan.architectures.fastgan import fastgan_discriminator, fastgan_generator
from kgan.architectures.hifigan import (
    hifigan_generator,
    hifigan_period_discriminator,
    hifigan_scale_discriminator,
)
from kgan.architectures.mlp import mlp_discriminator, mlp_generator
from kgan.architectures.next_frames import film_discriminator, frame_discriminator, next_frames_generator
from kgan.architectures.patchgan import patchgan_discriminator
from kgan.architectures.pggan import pggan_discriminator, pggan_generator
from kgan.architectures.r3gan import r3gan_discriminator, r3gan_generator
from kgan.architectures.resnet_translator import resnet_translator
from kgan.architectures.rrdb import rrdb_generator
from kgan.architectures.sagan import sagan_discriminator, sagan_generator
from kgan.architectures.smiles import smiles_discriminator, smiles_generator
from kgan.architectures.sngan import sngan_discriminator, sngan_generator
from kgan.architectures.spade import spade_discriminator, spade_generator
from kgan.architectures.spectral_unet import unet_discriminator
from kgan.architectures.srgan import srgan_discriminator, srgan_generator
from kgan.architectures.srresnet import srresnet_discriminator, srresnet_generator
from kgan.architectures.stylegan2 import stylegan2_discriminator, stylegan2_generator
from kgan.architectures.unet import unet_generator
from kgan.architectures.wgan_gp_resnet import wgan_gp_resnet_discriminator, wgan_gp_resnet_generator

__all__ = ["ARCHITECTURES", "get"]

ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {
    build.__name__: build
    for build in (
        biggan_discriminator,
        biggan_generator,
        compact_generator,
        ctgan_discriminator,
        ctgan_generator,
        dcgan_discriminator,
        dcgan_generator,
        dense_classifier,
        domain_discriminator,
        face_autoencoder,
        face_grid_autoencoder,
        fastgan_discriminator,
        fastgan_generator,
        film_discriminator,
        frame_discriminator,
        hifigan_generator,
        hifigan_period_discriminator,
        hifigan_scale_discriminator,
        mlp_discriminator,
        mlp_generator,
        next_frames_generator,
        patchgan_discriminator,
        pggan_discriminator,
        pggan_generator,
        picture_features,
        r3gan_discriminator,
        r3gan_generator,
        resnet_translator,
        rrdb_generator,
        sagan_discriminator,
        sagan_generator,
        smiles_discriminator,
        smiles_generator,
        sngan_discriminator,
        sngan_generator,
        spade_discriminator,
        spade_generator,
        srgan_discriminator,
        srgan_generator,
        srresnet_discriminator,
        srresnet_generator,
        stylegan2_discriminator,
        stylegan2_generator,
        unet_discriminator,
        unet_generator,
        wgan_gp_resnet_discriminator,
        wgan_gp_resnet_generator,
    )
}


def get(identifier: "str | Callable[..., keras.Model]") -> Callable[..., keras.Model]:
    """Returns the function that builds a network: by its name (`"dcgan_generator"`), or as it is when it is one.

    Raises:
        ValueError: if no architecture has that name; the message has the nearest match.
        TypeError: if `identifier` is neither a name nor a function.
    """
    if isinstance(identifier, str):
        return lookup.find("architecture", identifier, ARCHITECTURES)
    if not callable(identifier):
        raise TypeError(
            f"Expected architecture as a name or a function that returns a keras.Model. "
            f"Received: {identifier!r} of type {type(identifier).__name__}."
        )
    return identifier
