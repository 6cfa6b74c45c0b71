"""Photographs that come with packages, as the benchmark of super-resolution takes them: some to learn, others held out.

    apt-get install mate-backgrounds plasma-workspace-wallpapers    # Debian's, to learn from
    pip install scikit-image scikit-learn                           # whose photographs are held out
    python benchmarks/photographs.py photos

Writes `photos/train`, tiles of Debian's photographs at half their size, so that nothing of JPEG is left to learn, and
without those in which there is little to see; and `photos/val`, photographs of scikit-image and scikit-learn whole.
`--scenes FILE.npz` learns from Debian's what natural photographs are like, as `kgan.metrics.naturalness` has it.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from kgan.metrics import NaturalScenes

MATE, PLASMA = Path("backgrounds/mate/nature"), Path("wallpapers")  # within /usr/share
SHOT = (  # those of plasma's that are photographs
    ["BytheWater", "ColdRipple", "ColorfulCups", "EveningGlow", "FallenLeaf", "Grey", "Kite", "OneStandsOut", "Path"]
)
TILE = 128  # pixels
SEEN = 2.5  # levels that neighbouring pixels differ by, on average, in a tile that is worth it
HELD_OUT = ["astronaut", "chelsea", "coffee", "motorcycle_left", "rocket"]  # of skimage.data, which come with it


def learned(share: Path) -> Iterator[Path]:
    """Files of the photographs to learn from."""
    found = [*sorted((share / MATE).glob("*.jpg"))]
    for name in SHOT:
        found += sorted((share / PLASMA / name / "contents/images").glob("2560x1600.jpg"))
    if len(found) < len(SHOT) + 1:
        sys.exit(
            f"Expected photographs in {share / MATE} and {share / PLASMA}. Install both packages, or name --share."
        )
    yield from found


def tiles(photograph: np.ndarray) -> Iterator[np.ndarray]:
    """Tiles of a photograph, `(height, width, 3)` uint8, in which there is something to see."""
    height, width = photograph.shape[:2]
    for top in range(0, height - TILE + 1, TILE):
        for left in range(0, width - TILE + 1, TILE):
            tile = photograph[top : top + TILE, left : left + TILE]
            if np.abs(np.diff(tile.mean(axis=-1), axis=1)).mean() >= SEEN:
                yield tile


def held_out() -> Iterator[tuple[str, np.ndarray]]:
    """Names and pixels of the photographs held out."""
    import skimage.data
    import sklearn.datasets

    for name in HELD_OUT:
        found = skimage.data.stereo_motorcycle()[0] if name == "motorcycle_left" else getattr(skimage.data, name)()
        yield name, found
    samples = sklearn.datasets.load_sample_images()
    yield from zip((Path(one).stem for one in samples.filenames), samples.images, strict=True)


def main() -> None:
    """Writes both folders, says how many."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=Path, default=Path("/usr/share"), help="where the packages' files lie")
    parser.add_argument("--scenes", type=Path, help="a file for what natural photographs are like")
    arguments = parser.parse_args()
    for part in ("train", "val"):
        (arguments.out / part).mkdir(parents=True, exist_ok=True)
    count, photographs = 0, []
    for file in learned(arguments.share):
        with Image.open(file) as opened:
            halved = np.asarray(opened.convert("RGB").reduce(2))
        photographs.append(halved)
        name = file.stem if MATE.name in file.parts else file.parts[-4]
        for number, tile in enumerate(tiles(halved)):
            Image.fromarray(tile).save(arguments.out / "train" / f"{name}-{number:03d}.png")
            count += 1
    for name, photograph in held_out():
        Image.fromarray(photograph).save(arguments.out / "val" / f"{name}.png")
    if arguments.scenes:
        scenes = NaturalScenes.fit(photographs)
        np.savez(arguments.scenes, mean=scenes.mean.astype(np.float32), covariance=scenes.covariance.astype(np.float32))
    print(f"{count:,} tiles to learn from and {len(HELD_OUT) + 2} photographs held out, in {arguments.out}")


if __name__ == "__main__":
    main()
