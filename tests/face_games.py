"""Small games of two identities that the tests share."""

import keras
from PIL import Image

import kgan
from kgan import run
from kgan.data import two_places

SIZE = 16


def networks(masks=True, seed=0, width=4):
    """An encoder, two decoders and two discriminators of faces of 16 x 16 pixels."""
    shape = (SIZE, SIZE, 3)
    coders = [
        kgan.architectures.face_autoencoder(shape, width=width, code_size=8, masks=masks, seed=seed + place)
        for place in range(2)
    ]
    judges = [
        kgan.architectures.patchgan_discriminator(
            shape, width=2, layers=1, normalization=None, seed=seed + 5 + place, name=f"discriminator_{side}"
        )
        for place, side in enumerate("ab")
    ]
    encoder, *decoders = coders[0].get_layer("encoder"), *(one.get_layer("decoder") for one in coders)
    return [encoder, *decoders, *judges]


def compiled(rate=1e-3, **arguments):
    """A model, compiled with what holds swaps to their faces."""
    model = kgan.FaceSwap(*networks(), **{"seed": 0, **arguments})
    model.compile(
        keras.optimizers.Adam(rate),
        keras.optimizers.Adam(rate),
        loss="least_squares",
        objectives=["face_reconstruction", "cycle_consistency", "mask_of_change"],
        jit_compile=False,
    )
    return model


def faces(count=8, seed=0):
    """Drawn faces of two people, uint8."""
    return tuple(
        kgan.data.drawn_faces(who, count, image_size=SIZE, seed=seed + place).images
        for place, who in enumerate(("ada", "ben"))
    )


def write_faces(folder, counts=(27, 25)):
    """Faces of `ada` and `ben` as files; both folders."""
    folders = []
    for place, (who, count) in enumerate(zip(("ada", "ben"), counts, strict=True)):
        (folder / who).mkdir(parents=True)
        for number, pixels in enumerate(kgan.data.drawn_faces(who, count, image_size=SIZE, seed=place).images):
            Image.fromarray(pixels).save(folder / who / f"{number:02d}.png")
        folders.append(folder / who)
    return folders


def plan(folders, epochs=2, **settings):
    """The recipe with networks that train in a blink."""
    small = {"generator.width": 4, "generator.code_size": 8, "discriminator.width": 2, "discriminator.layers": 1}
    small |= {"batch_size": 4, "data.validation_split": 0.4, "data.image_size": SIZE, "jit_compile": False}
    source = two_places.joined(list(map(str, folders)))
    return run.Plan.make(source, "face-swap", {**small, "features": "pixels", **settings}, epochs=epochs, seed=3)
