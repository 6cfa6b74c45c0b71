"""The pairs of the guide on image to image: outlines of emoji to emoji, no variant of a training picture held out.

    npm pack emoji-datasource-google && tar xzf emoji-datasource-google-*.tgz package/img/google/64
    python benchmarks/emoji_pairs.py package/img/google/64 pairs

Writes `pairs/train/{a,b}` and `pairs/val/{a,b}`. Many emoji come in five skin tones and two genders with nearly the
same outline, so a picture is held out by its name without these: a tenth of such names, by their hash.
"""

import argparse
import hashlib
import re
import sys
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
import make_pairs

TONES = re.compile(r"1f3f[b-f]")
SIGNS = {"200d", "fe0f", "2640", "2642"}  # joiner, variation selector, female, male
PEOPLE = {"1f468", "1f469", "1f9d1", "1f466", "1f467", "1f474", "1f475", "1f9d3"}


def base(name: str) -> str:
    """The name, code points joined by hyphens, without skin tones and gender."""
    kept = [point for point in name.split("-") if not TONES.fullmatch(point) and point not in SIGNS]
    return "-".join("person" if point in PEOPLE else point for point in kept)


def part(name: str) -> str:
    """`"train"`, or `"val"` for a tenth of the base names."""
    return "val" if int(hashlib.sha256(base(name).encode()).hexdigest(), 16) % 10 == 0 else "train"


def main() -> None:
    """Writes the pairs, says how many."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the emoji, named by their code points")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    count = {"train": 0, "val": 0}
    for file in sorted(arguments.folder.glob("*.png")):
        with Image.open(file) as image:
            target = make_pairs.over_white(image)
        for side, picture in (("a", make_pairs.edges(target)), ("b", target)):
            path = arguments.out / part(file.stem) / side / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.save(path)
        count[part(file.stem)] += 1
    print(f"{count['train']:,} pairs to train on, {count['val']:,} held out, in {arguments.out}")


if __name__ == "__main__":
    main()
