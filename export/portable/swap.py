"""Swaps faces with a network that kgan exported, with NumPy, Pillow and onnxruntime alone.

    python swap.py face.png --out swapped.png                                # the face is the picture
    python swap.py photo.png --out swapped.png --box 120,40,96,96            # it is there: left, top, width, height
    python swap.py faces/ --out swapped/                                     # a folder with its sub-folders

As a module:

    from swap import Swapper
    picture = Swapper("generator.onnx").swap(picture)  # (height, width, channels), uint8

The network was trained on faces of one size, upright and in the middle: the face, or its box, is scaled to that size.
What the network changes is scaled back and laid over the picture, faded out at the edges of the box, so that
surroundings keep their pixels. Every picture says what it is: a word at the lower left of the face, which the network
itself draws, and words in the file, for which it ends in .png, .jpg or .webp. Nothing takes either out.

It is for faces that were drawn, and for people who agreed. In a bundle, this file imports nothing of kgan.

The metadata that it reads from the ONNX file besides those of `apply.py`, a text in JSON:

    kgan_marks    {"top", "left": of the word; "rows": its pixels, # for white and . for black; "texts": what a PNG file
                  says of itself, by keyword; "xmp": the same as XMP}
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .bundle_file import BundleError, is_number, is_size, parsed, read_card, short, without_metadata
from .marked_files import MARKED, write_marked
from .picture_files import open_picture, pairs_of
from .sessions import PROVIDERS, open_export

__all__ = ["SwapError", "Swapper", "swap_in_files", "swaps_faces"]

RUNNER = "swap.py"
FADED = 0.12  # share of a side of the box over which what is new fades in
MOST_LETTERS = 100_000  # of texts in the metadata
SwapError = BundleError
Box = Sequence[int]


class Swapper:
    """An exported network that swaps faces.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it, whose `card.json` then says whether it is whole.
        threads: How many onnxruntime computes with; `None` for as many as are fastest.
        provider: What computes, as `Sampler` takes it.

    Raises:
        SwapError: if there is no such file, if it is not a kgan export that swaps faces, or if it is not the one that
            the card describes.
    """

    def __init__(self, path: "str | os.PathLike", threads: int | None = None, provider: str | None = None) -> None:
        file, self.engine, metadata = open_export(path, threads, provider)
        if metadata.get("kgan_runner") != RUNNER:
            raise SwapError(
                f"Expected a bundle that swaps faces. Received: {path}, which "
                f"{short(metadata.get('kgan_runner', 'another program'))} runs. Type kgan apply or kgan sample."
            )
        try:
            self.shape = parsed(metadata, "kgan_input_shape")
            self.input_range = parsed(metadata, "kgan_input_range")
            self.value_range = parsed(metadata, "kgan_value_range")
            self.marks = parsed(metadata, "kgan_marks")
            self._check_facts(parsed(metadata, "kgan_sample_shape"))
            self._check_form(parsed(metadata, "kgan_layout", '"nhwc"'), parsed(metadata, "kgan_pixels", '"float32"'))
            self.ink = self._ink()
        except (KeyError, ValueError, TypeError) as error:
            raise without_metadata(file, error) from error

    def _check_facts(self, sample_shape: Any) -> None:
        """Refuses metadata of another type or out of range: a file may come from anyone."""
        shape = self.shape
        fits = isinstance(shape, list) and len(shape) == 3 and all(map(is_size, shape)) and shape[2] in (1, 3)
        if not fits or sample_shape != shape:
            raise ValueError(f"input_shape={short(shape)}, sample_shape={short(sample_shape)}")
        for name in ("input_range", "value_range"):
            bounds = getattr(self, name)
            pair = isinstance(bounds, list) and len(bounds) == 2 and all(map(is_number, bounds))
            if not pair or bounds[0] >= bounds[1]:
                raise ValueError(f"{name}={short(bounds)}")
        texts = self.marks["texts"]
        if not isinstance(texts, dict):
            raise ValueError(f"marks with texts={short(texts)}")
        said = [*texts.values(), self.marks["xmp"]]
        if not all(isinstance(one, str) and 0 < len(one) < MOST_LETTERS for one in (*texts, *said)):
            raise ValueError(f"marks with texts={short(texts)}")
        if "Disclaimer" not in texts or not all(0 < len(one) < 80 and one.isascii() for one in texts):
            raise ValueError(f"marks with texts={short(list(texts))}")

    def _check_form(self, layout: str, pixels: str) -> None:
        """How the file takes and gives pictures."""
        if layout not in ("nhwc", "nchw") or pixels not in ("float32", "uint8"):
            raise ValueError(f"layout={short(layout)}, pixels={short(pixels)}")
        self.first, self.bytes = layout == "nchw", pixels == "uint8"
        values = (*self.engine.session.get_inputs(), *self.engine.session.get_outputs())
        due = [self.shape[2], *self.shape[:2]] if self.first else self.shape
        kinds = {"tensor(uint8)" if self.bytes else "tensor(float)"}
        if len(values) != 2 or {one.type for one in values} != kinds or any(one.shape[1:] != due for one in values):
            raise ValueError(f"inputs and outputs {[short(one.shape) for one in values]}, where {due} was due")
        self.input, self.output = (one.name for one in values)

    def _ink(self) -> np.ndarray:
        """The pixels of the word, bool `(height, width)`, true where it is white."""
        rows = self.marks["rows"]
        if not rows or not all(isinstance(one, str) and 0 < len(one) == len(rows[0]) for one in rows):
            raise ValueError(f"marks with rows={short(rows)}")
        found = np.array([[one == "#" for one in row] for row in rows], bool)
        top, left = self.marks["top"], self.marks["left"]
        ends = top + found.shape[0], left + found.shape[1]
        if not (is_size(top, 0) and is_size(left, 0) and ends[0] <= self.shape[0] and ends[1] <= self.shape[1]):
            raise ValueError(f"marks at {short(top)}, {short(left)}")
        if not found.any() or found.all():
            raise ValueError("marks without a word")
        return found

    def swap(self, picture: np.ndarray, box: "Box | None" = None) -> np.ndarray:
        """A picture with the face in the box swapped, and marked.

        Args:
            picture: uint8 `(height, width)` or `(height, width, 1 or 3)`.
            box: Left, top, width and height of the face in pixels; `None` for the largest box in the middle that has
                the proportions that the network was trained on.

        Returns:
            uint8 `(height, width, channels)`, as many channels as the picture or the network has, whichever are more.

        Raises:
            SwapError: if the picture is no such array, is in colour and the network takes grey, or the box is not
                within it, has other proportions, or is smaller than half of what the network takes.
        """
        picture = np.asarray(picture)
        picture = picture[..., None] if picture.ndim == 2 else picture
        if picture.ndim != 3 or picture.dtype != np.uint8 or picture.shape[2] not in (1, 3) or not picture.size:
            raise SwapError(
                f"Expected a picture (height, width, 1 or 3), uint8. Received: {picture.dtype} of shape "
                f"{picture.shape}."
            )
        if picture.shape[2] == 1 and self.shape[2] == 3:
            picture = np.repeat(picture, 3, axis=2)
        if picture.shape[2] != self.shape[2]:
            raise SwapError("Expected a grey picture, as the network takes them. Received: one in colour. Convert it.")
        left, top, width, height = self._box(picture, box)
        within = (slice(top, top + height), slice(left, left + width))
        face = picture[within]
        given = _scaled(face, self.shape[1::-1])
        change = self._run(given) - given
        top_of_mark, left_of_mark = self.marks["top"], self.marks["left"]
        down, across = self.ink.shape
        rows = slice(max(top_of_mark - 1, 0), top_of_mark + down + 1)
        columns = slice(max(left_of_mark - 1, 0), left_of_mark + across + 1)
        change[rows, columns] = 0.0  # the word is drawn anew, in the pixels of the picture
        made = face + _scaled(change, (width, height)) * _window(height, width)
        found = np.array(picture)
        found[within] = np.clip(np.rint(made), 0, 255).astype(np.uint8)
        self._draw_mark(found, (left, top, width, height))
        return found

    def _draw_mark(self, picture: np.ndarray, box: Box) -> None:
        left, top, width, height = box
        scales = width / self.shape[1], height / self.shape[0]
        ends = [self.marks["left"], self.marks["top"]]
        ends += [ends[0] + self.ink.shape[1], ends[1] + self.ink.shape[0]]
        x0, y0, x1, y1 = (round(one * scale) for one, scale in zip(ends, scales * 2, strict=True))
        rows = (np.arange(y1 - y0) * self.ink.shape[0]) // max(y1 - y0, 1)
        columns = (np.arange(x1 - x0) * self.ink.shape[1]) // max(x1 - x0, 1)
        drawn = self.ink[rows][:, columns]
        picture[top + y0 : top + y1, left + x0 : left + x1] = np.where(drawn, 255, 0)[..., None]

    def _box(self, picture: np.ndarray, box: "Box | None") -> tuple[int, int, int, int]:
        height, width = picture.shape[:2]
        tall, wide = self.shape[:2]
        if box is None:
            scale = min(width / wide, height / tall)
            size = int(wide * scale), int(tall * scale)
            box = ((width - size[0]) // 2, (height - size[1]) // 2, *size)
        given = ",".join(map(str, box))
        if len(box) != 4 or not all(is_size(int(one), 0) for one in box):
            raise SwapError(f"Expected box as left, top, width and height in pixels. Received: box={given}.")
        left, top, across, down = map(int, box)
        if left + across > width or top + down > height:
            raise SwapError(
                f"Expected box within the picture, {width} x {height} pixels. Received: box={given}. It is left, top, "
                f"width, height."
            )
        if across < wide / 2 or down < tall / 2:
            raise SwapError(
                f"Expected a face of at least {(wide + 1) // 2} x {(tall + 1) // 2} pixels, half of what the network "
                f"looks at. Received: {across} x {down}. Enlarge the picture first."
            )
        if not 0.8 < (across / down) / (wide / tall) < 1.25:
            raise SwapError(
                f"Expected box with the proportions of the faces trained on, {wide} x {tall}. Received: {across} x "
                f"{down}, which would be distorted."
            )
        return left, top, across, down

    def _run(self, face: np.ndarray) -> np.ndarray:
        """What the network makes of a face, both `(height, width, channels)` from 0 to 255."""
        low, high = self.input_range
        given = np.rint(face).astype(np.uint8) if self.bytes else (face / 255.0 * (high - low) + low).astype(np.float32)
        given = np.moveaxis(given, -1, 0) if self.first else given
        try:
            drawn = self.engine.run([self.output], {self.input: np.ascontiguousarray(given[None])}, 1)[0][0]
        except Exception as error:
            raise SwapError(f"Expected a network that onnxruntime can run. Received: {short(error)}") from error
        drawn = np.moveaxis(drawn, 0, -1) if self.first else drawn
        low, high = self.value_range
        made = drawn.astype(np.float32) if self.bytes else (drawn - low) / (high - low) * 255.0
        if list(made.shape) != self.shape or not np.isfinite(made).all():
            raise SwapError(
                f"Expected finite values of shape {self.shape} from the network. Received: shape {list(made.shape)}, "
                f"or NaN or infinity. Export the generator anew."
            )
        return made


def _scaled(pixels: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """Pixels `(height, width, channels)` as float32 of `(width, height)`."""
    planes = [Image.fromarray(pixels[..., one].astype(np.float32)) for one in range(pixels.shape[2])]
    way = Image.Resampling.BICUBIC if size[0] > pixels.shape[1] else Image.Resampling.BOX
    same = tuple(size) == pixels.shape[1::-1]
    return np.stack([np.asarray(one if same else one.resize((size[0], size[1]), way)) for one in planes], axis=-1)


def _window(height: int, width: int) -> np.ndarray:
    """How much of what is new counts, `(height, width, 1)`: nothing at the very edge, all a share of the side in."""
    sides = [np.minimum(np.arange(size), np.arange(size)[::-1]) / max(1.0, FADED * size) for size in (height, width)]
    return np.clip(np.minimum(*np.meshgrid(*sides, indexing="ij")), 0.0, 1.0)[..., None].astype(np.float32)


def swaps_faces(bundle: Path) -> bool:
    """Whether a bundle, or an ONNX file, swaps faces."""
    card = (read_card(bundle) or {}) if bundle.is_dir() else {}
    if "runner" in card:
        return card["runner"] == RUNNER
    return open_export(bundle)[2].get("kgan_runner") == RUNNER


def swap_in_files(
    model: "str | os.PathLike",
    source: "str | os.PathLike",
    out: "str | os.PathLike",
    box: "Box | None" = None,
    overwrite: bool = False,
    threads: int | None = None,
    provider: str | None = None,
) -> list[Path]:
    """Swaps the face in a picture, or in every picture of a folder and its sub-folders.

    Args:
        model: `generator.onnx`, or the bundle folder that holds it.
        source: A picture, or a folder of pictures. Hidden files and files of other kinds are passed over.
        out: Where the picture goes, ending in .png, .jpg or .webp, which hold words; for a folder a folder.
        box: Where the face is, as `Swapper.swap` takes it; of all pictures alike.
        overwrite: Whether pictures that exist already are replaced.
        threads: How many onnxruntime computes with, as `Swapper` takes it.
        provider: What computes, as `Swapper` takes it.

    Returns:
        The pictures that were written.

    Raises:
        SwapError: if the model is no export that swaps faces, if there is no picture, if a name ends in what holds no
            words, if a picture exists already and `overwrite` is false, or if one cannot be read or has no room for the
            box.
    """
    swapper = Swapper(model, threads, provider)
    found = pairs_of(Path(source), Path(out))
    for _, target in found:
        if target.suffix.lower() not in MARKED:
            raise SwapError(
                f"Expected out to end in {', '.join(MARKED)}, which hold the words that a swapped face is marked with. "
                f"Received: {target}."
            )
    taken = [target for _, target in found if target.exists()]
    if taken and not overwrite:
        raise SwapError(
            f"Expected no picture to be overwritten. Received: {taken[0]}, which exists. Pass --overwrite, or choose "
            f"another --out."
        )
    for picture, target in found:
        try:
            swapped = swapper.swap(_pixels(open_picture(picture)), box)
        except SwapError as error:
            raise SwapError(f"{error} This is about {picture}.") from error
        write_marked(swapped, target, swapper.marks)
    return [target for _, target in found]


def _pixels(picture: Image.Image) -> np.ndarray:
    """uint8 `(height, width, 1 or 3)`; what is transparent lies over white, as in training."""
    if picture.mode in ("1", "L"):
        return np.asarray(picture.convert("L"))[..., None]
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        raise SwapError(f"Expected a picture of 8 bits a channel. Received: one of mode {picture.mode}. Convert it.")
    clear = picture.convert("RGBA")
    white = Image.new("RGBA", clear.size, (255, 255, 255, 255))
    white.alpha_composite(clear)
    return np.asarray(white.convert("RGB"))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Swap faces with a network that kgan exported.")
    parser.add_argument("source", metavar="IN", help="a picture, or a folder of pictures")
    parser.add_argument("--out", required=True, help="where the picture goes; for a folder, a folder")
    parser.add_argument("--box", help="where the face is: left,top,width,height in pixels (default: the middle)")
    parser.add_argument("--model", default=Path(__file__).parent, help="the bundle, or its ONNX file")
    parser.add_argument("--overwrite", action="store_true", help="replace pictures that exist already")
    parser.add_argument("--provider", help=f"what computes: {', '.join(PROVIDERS)}, if onnxruntime offers it")
    parser.add_argument("--threads", type=int, help="how many compute (default: as many as are fastest)")
    given = parser.parse_args(arguments)
    try:
        how = (parsed_box(given.box), given.overwrite, given.threads, given.provider)
        written = swap_in_files(given.model, given.source, given.out, *how)
    except (SwapError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command line speaks
        return 2
    print(f"{len(written)} picture{'' if len(written) == 1 else 's'} in {given.out}")  # noqa: T201
    return 0


def parsed_box(text: str | None) -> "list[int] | None":
    """A box as the command line has it, `"120,40,96,96"`.

    Raises:
        SwapError: if it is none.
    """
    if text is None:
        return None
    parts = text.replace(" ", "").split(",")
    if len(parts) != 4 or not all(one.isdecimal() and one.isascii() and len(one) < 7 for one in parts):
        raise SwapError(f"Expected box as left,top,width,height in pixels, 120,40,96,96. Received: box={short(text)}.")
    return [int(one) for one in parts]


if __name__ == "__main__":
    sys.exit(main())
