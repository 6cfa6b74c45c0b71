"""Two people who do not live, drawn: the face of one with the expression and the surroundings of the other.

    python examples/swap_faces.py                   # trains, draws swaps, exports, and swaps one file from the bundle
    python examples/swap_faces.py --draw faces/     # writes faces/ada and faces/ben alone, for kgan train

One encoder reads faces of both, and each has a decoder of its own (Perov et al., 2020, arXiv:2005.05535). Everything
that it draws is marked as generated. docs/guides/face-swapping.md says what it is for, and what it must not do.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
from PIL import Image

import kgan
from kgan.export.portable.swap import swap_in_files

PEOPLE = ("ada", "ben")


def draw(folder: Path, count: int = 500, size: int = 48) -> None:
    """Writes faces of both, a folder each."""
    for seed, who in enumerate(PEOPLE):
        (folder / who).mkdir(parents=True, exist_ok=True)
        for number, pixels in enumerate(kgan.data.drawn_faces(who, count, size, seed).images):
            Image.fromarray(pixels).save(folder / who / f"{number:04d}.png")
    print(f"{count} faces each in {folder / PEOPLE[0]} and {folder / PEOPLE[1]}")


def model(size: int) -> kgan.FaceSwap:
    """A small encoder, and a decoder and a discriminator for each of the two."""
    shape = (size, size, 3)
    coders = [kgan.architectures.face_grid_autoencoder(shape, width=16, masks=True, seed=seed) for seed in (0, 1)]
    judges = [
        kgan.architectures.patchgan_discriminator(shape, width=16, layers=2, normalization="instance", seed=seed)
        for seed in (2, 3)
    ]
    found = kgan.FaceSwap(
        coders[0].get_layer("encoder"), *(coder.get_layer("decoder") for coder in coders), *judges, seed=0
    )
    found.compile(
        keras.optimizers.Adam(1e-3),
        keras.optimizers.Adam(2e-4, beta_1=0.5),
        loss="least_squares",
        objectives=[
            kgan.objectives.FaceReconstruction(10.0, detail=20.0),
            kgan.objectives.CycleConsistency(5.0, detail=20.0),
            "mask_of_change",
        ],
    )
    return found


def main(epochs: int = 40, count: int = 500, size: int = 48, out: str = "swapped") -> Path:
    """Trains, draws a grid, exports, and swaps a file with the bundle; returns the folder of all of it."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    faces = [kgan.data.drawn_faces(who, count, size, seed).images for seed, who in enumerate(PEOPLE)]
    swapper = model(size)
    swapper.fit(*faces, batch_size=4, epochs=epochs, verbose=2)

    others = [kgan.data.drawn_faces(who, 8, size, seed + 100).images for seed, who in enumerate(PEOPLE)]
    columns = {}
    for place, way in enumerate(("a2b", "b2a")):
        columns |= {PEOPLE[place]: others[place], f"as {PEOPLE[1 - place]}": swapper.translate(others[place], way)}
    kgan.pictures.save(kgan.pictures.beside(columns), folder / "swaps.png", swapper.texts)

    bundle = kgan.export.save(swapper, folder / "bundle", formats=("onnx",))
    wall = np.full((2 * size, 3 * size, 3), 200, np.uint8)  # a larger picture, with a face in it
    wall[size // 2 : size // 2 + size, size : 2 * size] = others[0][0]
    Image.fromarray(wall).save(folder / "photo.png")
    swap_in_files(
        bundle, folder / "photo.png", folder / "photo-swapped.png", (size, size // 2, size, size), overwrite=True
    )
    print(
        f"Faces and swaps in {folder / 'swaps.png'}, one file swapped by the bundle in {folder / 'photo-swapped.png'}"
    )
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draw", help="write faces into this folder, and nothing else")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--count", type=int, default=500, help="faces of each")
    parser.add_argument("--size", type=int, default=48, help="pixels of a side")
    parser.add_argument("--out", default="swapped")
    given = vars(parser.parse_args())
    target = given.pop("draw")
    if target is None:
        main(**given)
    else:
        draw(Path(target), given["count"], given["size"])
