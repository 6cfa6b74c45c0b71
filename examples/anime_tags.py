"""Characters to order: a generator that takes several tags at once, as for the anime characters of Jin et al., 2017.

    python examples/anime_tags.py faces/ --tags hat+beard smile hat+smile    # faces/metadata.csv has the tags
    python examples/anime_tags.py emoji/ --write-tags                        # makes one, of subfolders and colours

`metadata.csv` has a column `file_name`, a path below the folder, and one column of 0 and 1 for each tag. Where there is
none, `--write-tags` writes one: each subfolder becomes a tag, and so does each of six colours that fills a good part of
a picture, so that most pictures have two tags or more.

The networks and settings are those of the recipe `anime`, an SRResNet with DRAGAN's penalty and a discriminator that
tells the tags, made small enough for two cores: 4 residual blocks of 32 channels. The picture has a row for each set
of tags, all drawn from the same latents.
"""

import argparse
import colorsys
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import kgan

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
HUES = {"red": 0.0, "yellow": 50.0, "green": 120.0, "blue": 215.0, "purple": 290.0}  # degrees
SHARE = 0.2  # of what is not white, that a colour fills where it is a tag
SMALL = {"generator.width": 32, "generator.blocks": 4, "discriminator.width": 16}


def colours_of(path: Path) -> set[str]:
    """The colours that fill a good part of a picture: of its strong hues each its own, `dark` of the others."""
    with Image.open(path) as image:
        small = image.convert("RGBA").resize((16, 16), Image.Resampling.BOX)
    pixels = [pixel[:3] for pixel in np.asarray(small).reshape(-1, 4) if pixel[3] > 127]
    counts: dict[str, int] = {}
    for pixel in pixels:
        hue, saturation, value = colorsys.rgb_to_hsv(*(int(one) / 255 for one in pixel))
        if saturation > 0.35 and value > 0.35:
            name = min(HUES, key=lambda one: abs((360 * hue - HUES[one] + 180) % 360 - 180))
        elif value < 0.35:
            name = "dark"
        else:
            continue
        counts[name] = counts.get(name, 0) + 1
    return {name for name, count in counts.items() if count > SHARE * len(pixels)}


def write_tags(folder: Path) -> list[str]:
    """Writes `metadata.csv` into a folder of pictures, and returns the names of its tags.

    Raises:
        ValueError: if the folder has a `metadata.csv`, or no pictures.
    """
    table = folder / "metadata.csv"
    if table.exists():
        raise ValueError(f"Expected a folder without metadata.csv. Received: {table}. Leave --write-tags out.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    if not paths:
        raise ValueError(f"Expected pictures in {folder}. Received: none. Name another folder.")
    found = {path: {*path.relative_to(folder).parts[:-1], *colours_of(path)} for path in paths}
    names = sorted(set.union(*found.values()))
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["file_name", *names])
        for path, tags in found.items():
            rows.writerow([path.relative_to(folder).as_posix(), *(int(name in tags) for name in names)])
    return names


def main(
    folder: str,
    tags: Sequence[str] = (),
    epochs: int = 30,
    image_size: int = 32,
    batch_size: int = 64,
    out: str = "anime",
) -> kgan.GAN:
    """Trains, draws `anime.png`, a row for each set of tags, and exports.

    Raises:
        ValueError: if the pictures have no tags, or none of such a name.
    """
    recipe = kgan.recipes.get("anime").changed(SMALL)
    data = kgan.data.load(folder, batch_size, image_size=image_size, validation_split=0.1, seed=0)
    if data.tag_names is None:
        raise ValueError(
            f"Expected several columns of 0 and 1 in {folder}/metadata.csv. Received: none. Write it, or pass "
            f"--write-tags."
        )
    print(f"{len(data.tag_names)} tags: {', '.join(data.tag_names)}.")
    wanted = [one.split("+") for one in tags] or [[name] for name in data.tag_names[:3]]
    unknown = [name for names in wanted for name in names if name not in data.tag_names]
    if unknown:
        raise ValueError(f"Expected tags of the pictures. Received: {', '.join(unknown)}.")
    gan = recipe.build(data, seed=0)
    gan.fit(data.train, epochs=epochs)
    rows = [gan.generate(8, seed=0, labels=names) for names in wanted]
    kgan.pictures.grid(np.concatenate(rows), columns=8).save(f"{out}.png")
    print(f"{out}.png, from the top: {'; '.join('+'.join(names) for names in wanted)}.")
    kgan.export.save(gan, out)
    return gan


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", help="pictures, with metadata.csv among them")
    parser.add_argument("--tags", nargs="+", default=(), help="sets of tags, + between those of one set")
    parser.add_argument("--write-tags", action="store_true", help="write metadata.csv, of subfolders and colours")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--image-size", type=int, default=32)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--out", default="anime", help="the bundle; the picture lies beside it")
    arguments = vars(parser.parse_args())
    try:
        if arguments.pop("write_tags"):
            write_tags(Path(arguments["folder"]))
        main(**arguments)
    except ValueError as error:
        sys.exit(str(error))
