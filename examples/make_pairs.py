"""Makes pairs to train a translation on out of a folder of pictures: a/ has what a filter leaves, b/ the pictures.

    python examples/make_pairs.py photos/ pairs/                     # outlines to pictures
    python examples/make_pairs.py photos/ pairs/ --filter grey       # grey to colour
    python examples/make_pairs.py photos/ pairs/ --size 128

Filters, each of a picture laid over white:

    edges   black where the luminance (ITU-R 601) has a gradient above the threshold, white elsewhere. The gradient is
            Sobel's, of 3 x 3 pixels, scaled so that a step from black to white has the length 1; edges are thinned to
            where it is greatest along its own direction.
    grey    the luminance.
    blur    a Gaussian blur of 2 pixels.

Pillow and NumPy alone.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


def over_white(image: Image.Image) -> Image.Image:
    """The picture upright in RGB, what is transparent over white."""
    image = ImageOps.exif_transpose(image).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def sobel(luminance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient downwards and to the right of an array `(height, width)`; a step of 1 has the length 1."""
    padded = np.pad(luminance, 1, mode="edge")
    across = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]  # smoothed along rows
    along = padded[:-2] + 2 * padded[1:-1] + padded[2:]  # and along columns
    return (across[2:] - across[:-2]) / 4, (along[:, 2:] - along[:, :-2]) / 4


def edges(image: Image.Image, threshold: float = 0.15) -> Image.Image:
    """Black edges on white, as the head of this file says.

    Args:
        image: RGB.
        threshold: Of the gradient's length, in (0, 1): lower values draw more.
    """
    down, right = sobel(np.asarray(image.convert("L"), np.float32) / 255)
    length = np.hypot(down, right)
    # The neighbours ahead and behind in the gradient's direction, to an eighth of a turn.
    eighth = np.round(np.arctan2(down, right) / (np.pi / 4)).astype(int)
    step_down, step_right = np.round(np.sin(eighth * np.pi / 4)), np.round(np.cos(eighth * np.pi / 4))
    rows, columns = np.indices(length.shape)
    rows, columns = rows + 1, columns + 1
    padded = np.pad(length, 1)
    steps = step_down.astype(int), step_right.astype(int)
    ahead, behind = (padded[rows + way * steps[0], columns + way * steps[1]] for way in (1, -1))
    drawn = (length > threshold) & (length > ahead) & (length >= behind)  # of two as great, one
    return Image.fromarray(np.where(drawn, 0, 255).astype(np.uint8))


FILTERS = {
    "edges": edges,
    "grey": lambda image: image.convert("L"),
    "blur": lambda image: image.filter(ImageFilter.GaussianBlur(2)),
}


def main(folder: str, out: str, kind: str = "edges", size: int | None = None, threshold: float = 0.15) -> int:
    """Writes `out/a/NAME.png` and `out/b/NAME.png` for each picture below the folder; returns how many pairs."""
    source, pairs = Path(folder), Path(out)
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in ENDINGS)
    if not files:
        raise SystemExit(f"Expected pictures ({', '.join(ENDINGS)}) in {folder}. Received: none.")
    for file in files:
        with Image.open(file) as image:
            target = over_white(image)
        if size is not None:
            target = ImageOps.fit(target, (size, size), Image.Resampling.LANCZOS)
        made = edges(target, threshold) if kind == "edges" else FILTERS[kind](target)
        for side, picture in (("a", made), ("b", target)):
            path = pairs / side / file.relative_to(source).with_suffix(".png")
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.save(path)
    print(f"{len(files):,} pairs in {out}: a is {kind}, b the pictures.")
    return len(files)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", help="pictures, in any sub-folders")
    parser.add_argument("out", help="where a/ and b/ are written")
    parser.add_argument("--filter", dest="kind", choices=FILTERS, default="edges")
    parser.add_argument("--size", type=int, help="pixels of a square to scale and cut the pictures to")
    parser.add_argument("--threshold", type=float, default=0.15, help="of edges, in (0, 1); lower draws more")
    sys.exit(main(**vars(parser.parse_args())) == 0)
