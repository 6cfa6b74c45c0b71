"""A network that kgan exported and that takes pictures, run on arrays with NumPy and onnxruntime alone.

    from apply import Applier
    image = Applier("generator.onnx").apply(image)  # (height, width, channels): uint8 -> uint8, float -> float32

An image may have any size. Where the network takes any size, the image is extended by reflection to the multiple of
pixels that the network needs, and cut back. Where the network takes one size only, or the image is larger than a tile,
it is cut into tiles that overlap, and the results are blended. The text of this file goes into the `apply.py` of a
bundle, which does the same to picture files.

The metadata that it reads from the ONNX file, each a text in JSON:

    kgan_input_shape    [height, width, channels] that the network takes, null for a height and width of any size
    kgan_sample_shape   the same of what it gives
    kgan_scale          how many times as high and wide as its input the output is
    kgan_multiple       what free heights and widths must be a multiple of
    kgan_input_range    [low, high] of the input: what black and white are
    kgan_value_range    [low, high] of the output
    kgan_keeps_form     whether it gives the same picture, larger or better: true keeps grey, 16 bits; false if missing
    kgan_layout         "nchw" where it takes and gives channels first; "nhwc" if missing
    kgan_pixels         "uint8" where it takes and gives 0 to 255, in place of these ranges; "float32" if missing

For readers there are also `kgan_kind`, `kgan_version`, `kgan_runner` (`apply.py`) and `kgan_dropout_at_test_time`
(`false`: the network computes the same each time).
"""

import itertools
import math
import os
from collections.abc import Sequence

import numpy as np

from .bundle_file import (
    MOST_BYTES,
    MOST_PIXELS,
    BundleError,
    check_program,
    is_number,
    is_size,
    parsed,
    short,
    without_metadata,
)
from .output_form import InputForm, OutputForm
from .sessions import open_export

__all__ = ["BATCH", "COLOURS", "TILE", "Applier", "ApplyError", "to_bytes"]

TILE, BATCH = 512, 4
COLOURS = {1: "grey", 3: "RGB", 4: "RGBA"}
TYPES = {"float32": "tensor(float)", "uint8": "tensor(uint8)"}  # as onnxruntime calls them
ApplyError = BundleError


class Applier:
    """An exported network that takes pictures.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it, whose `card.json` then says whether it is whole.
        threads: How many onnxruntime computes with; `None` for as many as are fastest.
        provider: What computes, as `Sampler` takes it.

    Raises:
        ApplyError: if there is no such file, if it is not a kgan export that takes pictures, or if it is not the one
            that the card describes.
    """

    def __init__(self, path: str | os.PathLike, threads: int | None = None, provider: str | None = None) -> None:
        file, self.engine, metadata = open_export(path, threads, provider)
        self.session = self.engine.session
        if "kgan_latent_dim" in metadata:
            raise ApplyError(
                f"Expected a bundle that takes pictures. Received: {path}, which takes latents. "
                f"Type kgan sample {path} --count 64 --out grid.png."
            )
        if metadata.get("kgan_runner") == "classify.py":
            raise ApplyError(
                f"Expected a bundle that gives pictures. Received: {path}, which tells classes. "
                f"Type kgan apply {path} photos/ --out classes.csv."
            )
        if metadata.get("kgan_runner") == "film.py":
            raise ApplyError(
                f"Expected a bundle that takes pictures. Received: {path}, which continues films. "
                f"Type kgan apply {path} film.gif --frames 10 --out longer.gif."
            )
        check_program(path, metadata, "apply.py", "takes pictures")
        try:
            self.input_shape = parsed(metadata, "kgan_input_shape")
            self.sample_shape = parsed(metadata, "kgan_sample_shape")
            self.scale = parsed(metadata, "kgan_scale")
            self.multiple = parsed(metadata, "kgan_multiple")
            self.input_range = parsed(metadata, "kgan_input_range")
            self.value_range = parsed(metadata, "kgan_value_range")
            self.keeps_form = parsed(metadata, "kgan_keeps_form", "false")
            self._check_facts()
            forms = (parsed(metadata, "kgan_layout", '"nhwc"'), parsed(metadata, "kgan_pixels", '"float32"'))
            self._takes = InputForm(self.input_shape, self.input_range, *forms)
            self._gives = OutputForm(self.sample_shape, self.value_range, *forms)
            self._check_graph()
        except (KeyError, ValueError) as error:
            raise without_metadata(file, error) from error
        self.channels, self.output_channels = self.input_shape[2], self.sample_shape[2]

    def _check_facts(self) -> None:
        """Refuses metadata of another type or out of range: a file may come from anyone."""
        if not isinstance(self.keeps_form, bool):
            raise ValueError(f"keeps_form={short(self.keeps_form)}")
        for name in ("scale", "multiple"):
            if not is_size(getattr(self, name)) or getattr(self, name) > 2**16:
                raise ValueError(f"{name}={short(getattr(self, name))}")
        for name in ("input_shape", "sample_shape"):
            shape = getattr(self, name)
            fits = isinstance(shape, list) and len(shape) == 3 and all(one is None or is_size(one) for one in shape)
            if not fits or shape[2] not in COLOURS or (shape[0] is None) != (shape[1] is None):
                raise ValueError(f"{name}={short(shape)}")
        if self.sample_shape[:2] != [None if one is None else one * self.scale for one in self.input_shape[:2]]:
            raise ValueError(f"sample_shape={self.sample_shape} for input_shape={self.input_shape}")
        for name in ("input_range", "value_range"):
            bounds = getattr(self, name)
            pair = isinstance(bounds, list) and len(bounds) == 2 and all(map(is_number, bounds))
            if not pair or bounds[0] >= bounds[1]:
                raise ValueError(f"{name}={short(bounds)}")

    def _check_graph(self) -> None:
        """Refuses metadata that the network itself contradicts, so that no size rests on the metadata alone."""
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        due = TYPES[self._takes.dtype.name]
        if len(inputs) != 1 or len(outputs) != 1 or inputs[0].type != due:
            raise ValueError(f"{len(inputs)} inputs and {len(outputs)} outputs, where one picture of {due} was due")
        for value, form in ((inputs[0], self._takes), (outputs[0], self._gives)):
            found = [None if isinstance(one, str) else one for one in value.shape[1:]]
            if len(value.shape) != 4 or found != list(form.shape):
                raise ValueError(f"{value.name} of shape {short(value.shape)}, where {list(form.shape)} was due")
        self.input, self.output = inputs[0].name, outputs[0].name

    def apply(self, image: np.ndarray, tile: int = TILE, overlap: int | None = None, batch: int = BATCH) -> np.ndarray:
        """Applies the network to one image.

        Args:
            image: `(height, width)` or `(height, width, channels)`, uint8, or floats in `input_range`. A grey image is
                repeated for a network that takes RGB; RGB gets an opaque alpha for one that takes RGBA.
            tile: Largest height and width, in pixels, that go through a network of free size at once.
            overlap: Least number of pixels that neighbouring tiles share, less than their size; `None` for a quarter of
                it. A quarter of these at each end count for nothing, so that what a network makes of the edge of a
                tile is not seen; over the rest, one tile fades into the next.
            batch: Tiles that go through the network at once.

        Returns:
            `(height * scale, width * scale, output channels)`: uint8 for uint8, else float32 in `value_range`.

        Raises:
            ApplyError: if the image has other channels than the network takes, or is too small or too large, or if
                `tile`, `overlap` or `batch` is out of range.
        """
        image = np.asarray(image)
        if image.ndim not in (2, 3) or 0 in image.shape or image.dtype.kind not in "uf":
            raise ApplyError(
                f"Expected an image of shape (height, width, channels), uint8 or floats. "
                f"Received: {image.dtype} of shape {image.shape}."
            )
        as_bytes = image.dtype.kind == "u"
        if as_bytes and image.dtype != np.uint8:
            raise ApplyError(f"Expected whole numbers as uint8. Received: {image.dtype}. Scale them to floats.")
        image = self._with_channels(image if image.ndim == 3 else image[..., None])
        self._check_size(*image.shape[:2])
        low, high = self.input_range
        if as_bytes:
            image = image.astype(np.float32) * np.float32((high - low) / 255.0) + np.float32(low)
        drawn = self._in_tiles(image.astype(np.float32), tile, overlap, batch)
        low, high = self.value_range
        return to_bytes((drawn - low) / (high - low)) if as_bytes else drawn

    def _with_channels(self, image: np.ndarray) -> np.ndarray:
        found = image.shape[2]
        if found == self.channels:
            return image
        if found == 1 and self.channels in (3, 4):
            image, found = np.repeat(image, 3, axis=2), 3
        if found == 3 and self.channels == 4:
            opaque = 255 if image.dtype == np.uint8 else self.input_range[1]
            return np.concatenate([image, np.full_like(image[..., :1], opaque)], axis=2)
        if found == self.channels:
            return image
        if found == 3 and self.channels == 1 and (image == image[..., :1]).all():
            return image[..., :1]  # grey, saved as RGB
        channels = f"{self.channels} channel{'' if self.channels == 1 else 's'}"
        raise ApplyError(
            f"Expected {COLOURS[self.channels]} pictures, {channels}, as the network takes them. "
            f"Received: {found} channels{' in colour' if found == 3 else ''}. Convert them first."
        )

    def _check_size(self, height: int, width: int) -> None:
        """Refuses what reflection cannot extend to the least that the network takes, or memory should not hold."""
        least = [one or self.multiple for one in self.input_shape[:2]]
        if any(size < one // 2 + 1 for size, one in zip((height, width), least, strict=True)):
            raise ApplyError(
                f"Expected a picture of at least {least[1] // 2 + 1} x {least[0] // 2 + 1} pixels, half of what the "
                f"network looks at. Received: {width} x {height}. Enlarge it first."
            )
        # Float32: the image twice; the result, what is drawn of it, their weights, and the same as bytes.
        pixels = math.prod(-(-size // one) * one for size, one in zip((height, width), least, strict=True))
        asked = 4 * pixels * (2 * self.channels + self.scale**2 * (3 * self.output_channels + 1))
        if asked > MOST_BYTES or height * width * self.scale**2 > MOST_PIXELS:
            raise ApplyError(
                f"Expected a picture for which {MOST_BYTES / 2**30:g} GiB of memory suffice, with at most "
                f"{MOST_PIXELS:,} pixels in the end. Received: {width:,} x {height:,} pixels, made {self.scale} times "
                f"as large. Cut it into pieces first."
            )

    def _in_tiles(self, image: np.ndarray, tile: int, overlap: int | None, batch: int) -> np.ndarray:
        """The network over tiles of one size, blended; the whole image is one tile where it is small enough."""
        _check_tiling(tile, overlap, batch)
        size = image.shape[:2]
        if self.input_shape[0] is None:
            image = _extended(image, [math.ceil(one / self.multiple) * self.multiple for one in size])
            most = max(tile // self.multiple, 1) * self.multiple
            tiles = [min(one, most) for one in image.shape[:2]]
        else:
            tiles = self.input_shape[:2]
            image = _extended(image, [max(one, two) for one, two in zip(size, tiles, strict=True)])
        places = list(
            itertools.product(
                _spans(image.shape[0], tiles[0], overlap, self.multiple),
                _spans(image.shape[1], tiles[1], overlap, self.multiple),
            )
        )
        scale = self.scale
        total = np.zeros((image.shape[0] * scale, image.shape[1] * scale, self.output_channels), np.float32)
        weights = np.zeros((*total.shape[:2], 1), np.float32)
        for start in range(0, len(places), batch):
            group = places[start : start + batch]
            cut = [image[y : y + tiles[0], x : x + tiles[1]] for (y, _), (x, _) in group]
            for ((y, down), (x, across)), drawn in zip(group, self._run(np.stack(cut)), strict=True):
                window = np.outer(down.repeat(scale), across.repeat(scale))[..., None]
                where = (
                    slice(y * scale, (y + tiles[0]) * scale),
                    slice(x * scale, (x + tiles[1]) * scale),
                )
                total[where] += drawn * window
                weights[where] += window
        return (total / weights)[: size[0] * scale, : size[1] * scale]

    def _run(self, tiles: np.ndarray) -> np.ndarray:
        try:
            given = self.engine.run([self.output], {self.input: self._takes.formed(tiles)}, len(tiles))[0]
        except Exception as error:
            raise ApplyError(f"Expected a network that onnxruntime can run. Received: {short(error)}") from error
        count, height, width, _ = tiles.shape
        expected = (count, height * self.scale, width * self.scale, self.output_channels)
        fits = given.ndim == 4 and given.dtype == self._gives.dtype
        drawn = self._gives.restored(given) if fits else given
        if not fits or drawn.shape != expected:
            raise ApplyError(
                f"Expected {self._gives.dtype} of shape {expected}, channels last, from the network, as the file says. "
                f"Received: {drawn.dtype} of shape {drawn.shape}. Export the generator anew."
            )
        if not np.isfinite(drawn).all():
            raise ApplyError("Expected finite values from the network. Received: NaN or infinity for this picture.")
        return drawn


def to_bytes(fractions: np.ndarray) -> np.ndarray:
    """Fractions of white, 0 to 1, as bytes."""
    return np.clip(np.rint(fractions * 255.0), 0, 255).astype(np.uint8)


def _check_tiling(tile: int, overlap: int | None, batch: int) -> None:
    for name, value, least in (("tile", tile, 1), ("overlap", overlap or 0, 0), ("batch", batch, 1)):
        if not is_size(value, least):
            raise ApplyError(f"Expected {name} >= {least}, a whole number. Received: {name}={short(value)}.")


def _extended(image: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """The image with as much of its reflection below and to the right as makes it so high and wide."""
    below, right = (one - two for one, two in zip(size, image.shape[:2], strict=True))
    return np.pad(image, ((0, below), (0, right), (0, 0)), mode="reflect") if below or right else image


def _spans(size: int, tile: int, overlap: int | None, multiple: int) -> list[tuple[int, np.ndarray]]:
    """Where tiles begin along an axis, and how much each of their pixels counts.

    They begin at multiples of what the network needs, if they can: it then computes the same as on the whole picture,
    except near the edges of a tile.
    """
    if size == tile:
        return [(0, np.ones(tile, np.float32))]
    overlap = tile // 4 if overlap is None else overlap
    if overlap >= tile:
        raise ApplyError(f"Expected overlap below the {tile} pixels of a tile. Received: overlap={overlap}.")
    step = tile - overlap
    if step >= multiple:
        step -= step % multiple
    margin = overlap // 4
    rise = np.clip((np.arange(tile) + 0.5 - margin) / max(overlap - 2 * margin, 1), 0.0, 1.0).astype(np.float32)
    full = np.ones(tile, np.float32)
    last = size - tile
    return [
        (start, (full if start == 0 else rise) * (full if start == last else rise[::-1]))
        for start in (*range(0, last, step), last)
    ]
