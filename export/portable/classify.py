"""Tells the classes of pictures with a network that kgan exported, with NumPy, Pillow and onnxruntime alone.

    python classify.py in.png                          # says its class
    python classify.py photos/ --out classes.csv       # a folder with its sub-folders: a line for each picture

As a module:

    from classify import Classifier
    classifier = Classifier("generator.onnx")
    probabilities = classifier.classify(images)  # (n, height, width, channels), uint8 or floats -> (n, classes)

A picture may have any size and colours: it is brought to those that the network was trained on, as in training. A file
that exists already is never overwritten unless `--overwrite` is given.

The metadata that it reads from the ONNX file, each a text in JSON:

    kgan_input_shape    [height, width, channels] that the network takes
    kgan_input_range    [low, high] of the input: what black and white are
    kgan_classes        a name for each class, in their order
    kgan_crop           whether pictures of other proportions are cut about their centre, or stretched
"""

import argparse
import csv
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from .bundle_file import (
    LARGEST_NAMES,
    BundleError,
    check_program,
    is_number,
    is_size,
    parsed,
    short,
    without_metadata,
    written_whole,
)
from .picture_files import PICTURES, open_picture
from .sessions import PROVIDERS, open_export

__all__ = ["Classifier", "Told", "classify_files"]

PROGRAM = "classify.py"  # this file, as a card names it
BATCH = 64
MODES = {1: "L", 3: "RGB"}


class Told(NamedTuple):
    """What the network tells of a picture.

    Attributes:
        file: The picture.
        name: Of the class that is the likeliest.
        probability: That the network gives it.
    """

    file: Path
    name: str
    probability: float


class Classifier:
    """An exported network that tells the classes of pictures.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it, whose `card.json` then says whether it is whole.
        threads: How many onnxruntime computes with; `None` for as many as are fastest.
        provider: What computes, as for `Sampler`.

    Attributes:
        class_names: Names of the classes, in their order.
        input_shape: `[height, width, channels]` that the network takes.

    Raises:
        BundleError: if there is no such file, or it is no kgan export that tells classes.
    """

    def __init__(self, path: str | os.PathLike, threads: int | None = None, provider: str | None = None) -> None:
        file, self._engine, metadata = open_export(path, threads, provider)
        check_program(path, metadata, PROGRAM, "tells classes")
        try:
            self.class_names: list[str] = parsed(metadata, "kgan_classes", most=LARGEST_NAMES)
            self.input_shape: list[int] = parsed(metadata, "kgan_input_shape")
            self.input_range: list[float] = parsed(metadata, "kgan_input_range")
            self._crop = parsed(metadata, "kgan_crop", "true")
            self._check_facts()
            self._check_graph()
        except (KeyError, ValueError) as error:
            raise without_metadata(file, error) from error

    def _check_facts(self) -> None:
        """Refuses metadata of another type or out of range: a file may come from anyone."""
        names, shape, bounds = self.class_names, self.input_shape, self.input_range
        if not isinstance(names, list) or len(names) < 2 or not all(isinstance(one, str) for one in names):
            raise ValueError(f"classes={short(names)}")
        if not isinstance(shape, list) or len(shape) != 3 or not all(map(is_size, shape)) or shape[2] not in MODES:
            raise ValueError(f"input_shape={short(shape)}")
        if not isinstance(bounds, list) or len(bounds) != 2 or not all(map(is_number, bounds)):
            raise ValueError(f"input_range={short(bounds)}")
        if bounds[0] >= bounds[1] or not isinstance(self._crop, bool):
            raise ValueError(f"input_range={short(bounds)}, crop={short(self._crop)}")

    def _check_graph(self) -> None:
        """Refuses metadata that the network itself contradicts."""
        inputs, outputs = self._engine.session.get_inputs(), self._engine.session.get_outputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)" or list(inputs[0].shape[1:]) != self.input_shape:
            raise ValueError(f"inputs other than one of floats {self.input_shape}")
        if list(outputs[0].shape[1:]) != [len(self.class_names)]:
            raise ValueError(f"other than {len(self.class_names)} probabilities")
        self._names = inputs[0].name, outputs[0].name

    def classify(self, images: np.ndarray) -> np.ndarray:
        """Probabilities of classes.

        Args:
            images: `(n, height, width, channels)` of the size that the network takes, uint8, or floats in its range.

        Returns:
            float32 `(n, classes)`.

        Raises:
            BundleError: if the images are of another shape or type.
        """
        images = np.asarray(images)
        if images.ndim != 4 or list(images.shape[1:]) != self.input_shape or images.dtype.kind not in "uf":
            raise BundleError(
                f"Expected images of shape (n, {', '.join(map(str, self.input_shape))}), uint8 or floats. Received: "
                f"{images.dtype} of shape {images.shape}."
            )
        low, high = self.input_range
        if images.dtype.kind == "u":
            if images.dtype != np.uint8:
                raise BundleError(f"Expected whole numbers as uint8. Received: {images.dtype}. Scale them to floats.")
            images = images.astype(np.float32) * np.float32((high - low) / 255.0) + np.float32(low)
        images, (given, told) = images.astype(np.float32), self._names
        if not len(images):
            return np.zeros((0, len(self.class_names)), np.float32)
        return np.concatenate(
            [
                self._engine.run([told], {given: part}, len(part))[0]
                for part in (images[start : start + BATCH] for start in range(0, len(images), BATCH))
            ]
        )

    def prepared(self, picture: Image.Image) -> np.ndarray:
        """The pixels of a picture as the network takes them, uint8 `(height, width, channels)`."""
        height, width, channels = self.input_shape
        if picture.mode.startswith("I"):  # 16 bits a pixel, which Pillow would clip rather than scale
            picture = Image.fromarray((np.asarray(picture).astype(np.uint32) >> 8).astype(np.uint8))
        if "A" in picture.mode or "transparency" in picture.info:
            picture = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        picture = picture.convert(MODES[channels])
        if picture.size != (width, height):
            how = Image.Resampling.LANCZOS
            fit = ImageOps.fit(picture, (width, height), how) if self._crop else picture.resize((width, height), how)
            picture = fit
        return np.asarray(picture).reshape(height, width, channels)


def classify_files(
    model: str | os.PathLike,
    source: str | os.PathLike,
    out: str | os.PathLike | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    provider: str | None = None,
) -> list[Told]:
    """Tells the class of a picture, or of every picture of a folder and its sub-folders.

    Args:
        model: `generator.onnx`, or the bundle folder that holds it.
        source: A picture, or a folder of pictures. Hidden files and files of other kinds are passed over.
        out: A `.csv` file with the columns file, class and probability; `None` for none.
        overwrite: Whether a file that exists already is replaced.
        threads: How many onnxruntime computes with, as `Classifier` takes it.
        provider: What computes, as `Classifier` takes it.

    Returns:
        What is told of each, in order of names.

    Raises:
        BundleError: if the model is no export that tells classes, there is no picture, `out` is no `.csv` file or
            exists already, or a picture cannot be read. In a folder, the others are written before bad ones are named.
    """
    classifier, source = Classifier(model, threads, provider), Path(source)
    files = _pictures(source)
    target = None if out is None else _target(Path(out), overwrite)
    told, wrong = [], {}
    for start in range(0, len(files), BATCH):
        readable = []
        for file in files[start : start + BATCH]:
            try:
                readable.append((file, classifier.prepared(open_picture(file))))
            except BundleError as error:
                wrong[file] = error
        if readable:
            told += _told(classifier, readable)
    if target is not None and told:
        _write(target, told, source)
    if wrong:
        names = ", ".join(str(one.name) for one in list(wrong)[:20]) + (", ..." if len(wrong) > 20 else "")
        written = "" if target is None or not told else f" The remaining {len(told)} are in {target}."
        raise BundleError(
            f"Expected pictures in {source}. Received: {len(wrong)} that cannot be read: {names}. The first: "
            f"{next(iter(wrong.values()))}{written}"
        )
    return told


def _told(classifier: Classifier, readable: Sequence[tuple[Path, np.ndarray]]) -> list[Told]:
    probabilities = classifier.classify(np.stack([pixels for _, pixels in readable]))
    return [
        Told(file, classifier.class_names[int(row.argmax())], float(row.max()))
        for (file, _), row in zip(readable, probabilities, strict=True)
    ]


def _pictures(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise BundleError(f"Expected a picture, or a folder of them. Received: {source}, which does not exist.")
    found = [one for one in sorted(source.rglob("*")) if one.suffix.lower() in PICTURES and one.is_file()]
    found = [one for one in found if not one.name.startswith(".")]
    if not found:
        raise BundleError(f"Expected pictures ({', '.join(PICTURES)}) in {source}. Received: none.")
    return found


def _target(out: Path, overwrite: bool) -> Path:
    if out.suffix.lower() != ".csv":
        raise BundleError(f"Expected out to end in .csv: the classes, a line for each picture. Received: {out}.")
    if out.exists() and not overwrite:
        raise BundleError(
            f"Expected no file to be overwritten. Received: {out}, which exists. Pass --overwrite, or choose another "
            f"--out."
        )
    return out


def _write(out: Path, told: Sequence[Told], source: Path) -> None:
    """Writes the lines, whole or not at all; files by their place in the folder."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "class", "probability"])
        for one in told:
            name = one.file.relative_to(source) if source.is_dir() else one.file
            writer.writerow([name.as_posix(), one.name, f"{one.probability:.6f}"])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Tell the classes of pictures with a network that kgan exported.")
    parser.add_argument("source", metavar="IN", help="a picture, or a folder of pictures")
    parser.add_argument("--out", help="a .csv file for the classes; without it they are said")
    parser.add_argument("--model", default=Path(__file__).parent, help="the bundle, or its ONNX file")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that exists already")
    parser.add_argument("--provider", help=f"what computes: {', '.join(PROVIDERS)}, if onnxruntime offers it")
    parser.add_argument("--threads", type=int, help="how many compute (default: as many as are fastest)")
    given: Any = parser.parse_args(arguments)
    try:
        told = classify_files(given.model, given.source, given.out, given.overwrite, given.threads, given.provider)
    except (BundleError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command line speaks
        return 2
    if given.out is None:
        for one in told:
            print(f"{one.file}: {one.name}, {one.probability:.1%}")  # noqa: T201
    else:
        print(f"{len(told)} picture{'' if len(told) == 1 else 's'} in {given.out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
