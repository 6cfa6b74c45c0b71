"""Pictures of a place, made alike: surveyed by their headers before training, and decoded while they are read."""

import threading
import warnings
from collections.abc import Iterable

import numpy as np
from PIL import Image

from kgan.data import colours, depth, resizing
from kgan.data.sources import formats, picture_file, places
from kgan.data.sources.picture_file import Pixels
from kgan.data.sources.survey import Survey, Target, Wish
from kgan.data.splits import DataError

__all__ = ["PictureReader", "brought"]

_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601, as Pillow has it
_KNOWN_BY = 2**16  # bytes
_WHITES = {"8 bits": 255.0, "16 bits": 65535.0, "32 bits": 2.0**32 - 1, "float": 1.0}


class PictureReader:
    """Reads pictures by their names; damaged ones are noted.

    Args:
        place: Where they lie.
        strict: Whether a damaged file is an error.

    Attributes:
        skipped: What is wrong with each damaged file, by its name.
    """

    def __init__(self, place: places.Place, strict: bool):
        self.place = place
        self.strict = strict
        self.skipped: dict[str, str] = {}
        self._lock = threading.Lock()
        self._warned = False

    def survey(self, names: Iterable[str]) -> tuple[Survey, dict[str, picture_file.Look]]:
        """What the headers say, together and by name; damaged files are noted, and left out."""
        survey, looks = Survey(), {}
        for name in names:
            try:
                look = picture_file.look(self.place.source(name), name)
            except picture_file.DAMAGE as error:
                self.note(name, error)
                continue
            survey.add(name, look)
            looks[name] = look
        return survey, looks

    def refuse_damaged(self, names: Iterable[str]) -> None:
        """Reads every file once.

        Raises:
            DataError: if one cannot be read.
        """
        for name in names:
            try:
                picture_file.pixels(self.place.source(name), name)
            except picture_file.DAMAGE as error:
                raise DataError(
                    f"Expected every file to be a readable image (strict). Received: {self.place.path / name}: "
                    f"{error}. Remove the file, or load without strict to skip it."
                ) from error

    def first_bytes(self, name: str) -> bytes:
        """Up to 64 KiB of a file, to know it again; none of one that cannot be read, which is noted where it is met."""
        try:
            return places.beginning(self.place.source(name), _KNOWN_BY)
        except picture_file.DAMAGE:
            return b""

    def target(self, survey: Survey, wish: Wish) -> Target:
        """What the surveyed pictures are made to be; errors are those of `Survey.target`."""
        return survey.target(wish, self._kept)

    def _kept(self, name: str, planes: int) -> "Pixels | None":
        try:
            return picture_file.pixels(self.place.source(name), name, planes)
        except picture_file.DAMAGE as error:
            self.note(name, error)
            return None

    def note(self, name: str, error: Exception) -> None:
        """Lists a damaged or vanished file; what the machine could not do is no damage, and is raised.

        Raises:
            DataError: if memory or the machine failed, or for any damage with `strict`.
        """
        self.skipped[name] = picture_file.reason_of(name, error, self.strict)

    def read(self, name: str, target: Target) -> np.ndarray | None:
        """The picture upright with the target's channels, at its own size; `None` when it is damaged.

        Returns:
            `(height, width, channels)`, uint8, or float32 from 0, black, to 1.
        """
        try:
            return self._decoded(name, target)
        except DataError:
            raise
        except picture_file.DAMAGE as error:
            self.note(name, error)
            return None

    def _decoded(self, name: str, target: Target) -> np.ndarray:
        source = self.place.source(name)
        if formats.extension(name) not in formats.NUMPY | formats.DICOM:
            try:
                with picture_file.opened(source) as image:
                    if picture_file.of_bytes(image, target.channels, target.planes):
                        return resizing.to_array(image, target.channels, background=target.background)
            except Image.UnidentifiedImageError:
                pass  # `pixels` knows other readers
        pixels = picture_file.pixels(source, name, target.planes)
        levels = target.levels.get(pixels.depth) or self._unexpected(name, pixels)
        if not target.all_seen:
            self._warn_beyond(name, pixels, levels)
        return _with_channels(pixels, levels, target)

    def _unexpected(self, name: str, pixels: Pixels) -> depth.Levels:
        if pixels.depth == "8 bits":
            return depth.Levels(*depth.BYTES)
        raise ValueError(f"{pixels.depth}, which it had not when the data was loaded")

    def _warn_beyond(self, name: str, pixels: Pixels, levels: depth.Levels) -> None:
        low, high = sorted(levels[:2])
        if self._warned or (pixels.values.min() >= low and pixels.values.max() <= high):
            return
        with self._lock:
            told, self._warned = self._warned, True
        if not told:
            warnings.warn(
                f"Values of {name} lie beyond {levels}, which the pictures that were looked at hold, and are cut "
                f"there. Pass levels=[black, white].",
                stacklevel=2,
            )


def brought(pixels: np.ndarray, target: Target) -> np.ndarray:
    """What `PictureReader.read` gives, at the target's size and depth: uint8, or float32 in [-1, 1]."""
    if pixels.dtype == np.uint8:
        pixels = pixels if target.size is None else resizing.resized(pixels, target.size, target.crop)
        return depth.from_bytes(pixels) if target.full else pixels
    premultiplied = target.alpha and target.size is not None
    if premultiplied:  # or what is hidden would shine through at the edges
        pixels = np.concatenate([pixels[..., :-1] * pixels[..., -1:], pixels[..., -1:]], axis=-1)
    unit = np.clip(resizing.fitted(pixels, target.size, target.crop), 0.0, 1.0)
    if premultiplied:
        alpha = unit[..., -1:]
        colour = np.divide(unit[..., :-1], alpha, out=np.zeros_like(unit[..., :-1]), where=alpha > 0)
        unit = np.concatenate([np.clip(colour, 0.0, 1.0), alpha], axis=-1)
    return 2.0 * unit - 1.0 if target.full else np.rint(255.0 * unit).astype(np.uint8)


def _with_channels(pixels: Pixels, levels: depth.Levels, target: Target) -> np.ndarray:
    """float32 in [0, 1] of the target's channels.

    Raises:
        ValueError: if they cannot be made of what the picture has.
    """
    wanted = target.channels
    colour, alpha = depth.to_unit(pixels.values, levels), None
    if pixels.alpha:
        white = depth.Levels(0.0, _WHITES[pixels.depth])
        colour, alpha = colour[..., :-1], depth.to_unit(pixels.values[..., -1:], white)
    have = colour.shape[-1]
    if have == wanted and (alpha is None or wanted not in (1, 3)):
        return colour
    if have not in (1, 3) or wanted > 4:
        raise ValueError(f"{have} channels, and not {wanted}")
    colour = np.repeat(colour, 3, axis=-1) if have == 1 and (wanted in (3, 4) or alpha is not None) else colour
    if wanted in (2, 4):
        alpha = np.ones_like(colour[..., :1]) if alpha is None else alpha
    elif alpha is not None:
        background = np.array(colours.parse_background(target.background), np.float32) / 255.0
        colour, alpha = colour * alpha + background * (1.0 - alpha), None
    if wanted in (1, 2) and colour.shape[-1] == 3:
        colour = (colour @ _GREY)[..., None]
    return colour if alpha is None else np.concatenate([colour, alpha], axis=-1)
