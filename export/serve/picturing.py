"""Answers to `POST /apply`: what the network makes of a picture."""

import io
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from ..portable.applier import Applier
from ..portable.apply import apply_to_picture
from ..portable.bundle_file import BundleError, short
from ..portable.sessions import MANY
from . import descriptions, forms
from .admission import Hold
from .answers import Answer, encoded
from .kinds import Asked, Kind, Trial, Tried
from .limits import LARGEST_BODY, Limits, pixels_of
from .refusals import Refused, refused

__all__ = ["KINDS", "Pictures", "apply", "opened"]

KINDS = {  # by their media type, the formats of Pillow; no other is tried on bytes from strangers
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/gif": "GIF",
    "image/tiff": "TIFF",
}
FREE_SIDE = 64  # pixels of the picture that a network of any size is tried with


class Pictures(Kind):
    """A network that is applied to pictures, as `kinds.Kind` says."""

    takes = "pictures"
    path = "/apply"
    verb = "Apply"
    types = tuple(KINDS)
    largest = LARGEST_BODY

    def __init__(self, runner: Applier, limits: Limits):
        self._applier, self._limits = runner, limits
        self.answers = ["image/png"]

    @staticmethod
    def open(path: Path, threads: int | None, provider: str | None) -> Applier:
        """The network."""
        return Applier(path, threads, provider)

    @staticmethod
    def trial(runner: Applier, tried: Tried) -> Trial:
        """A picture of noise; where sizes are free, no number of threads is measured on it."""
        height, width = (one or max(runner.multiple, FREE_SIDE) for one in runner.input_shape[:2])
        low, high = runner.input_range
        noise = np.random.RandomState(0).uniform(low, high, (height, width, runner.channels))
        runner.apply(noise.astype(np.float32))
        feeds = tried.feeds
        rows = {name: np.concatenate([one, one[:, ::-1], one[:, :, ::-1]]) for name, one in feeds.items()}
        if None in runner.input_shape:
            return Trial(None, None, rows)
        return Trial(feeds, {name: np.repeat(one, MANY, axis=0) for name, one in feeds.items()}, rows)

    def facts(self) -> dict[str, Any]:
        """What `/bundle` says of it."""
        return {
            "input_shape": list(self._applier.input_shape),
            "sample_shape": list(self._applier.sample_shape),
            "scale": self._applier.scale,
        }

    def described(self) -> dict[str, Any]:
        """What the OpenAPI says of `POST /apply`."""
        return descriptions.work(
            self,
            summary="Apply the network to a picture",
            description="The body is the file of the picture. It is turned as its EXIF data says; transparency is "
            "kept.",
            answer="The picture that the network makes.",
        )

    def fields(self, operation: Mapping[str, Any]) -> str:
        """The form that tries it."""
        return forms.of_file(operation, "Picture")

    def answer(self, asked: Asked, hold: Hold, gone: threading.Event) -> Answer:
        """The picture that the network makes."""
        picture, pixels = opened(asked.body, self._applier, self._limits)
        hold.take(pixels)
        return apply(picture, self._applier)


def opened(body: bytes, applier: Applier, limits: Limits) -> tuple[Image.Image, int]:
    """A picture whose size was looked at, and whose pixels were not decoded yet; and how many pixels it comes to.

    Raises:
        Refused: if it is no picture, or has more than one frame or more pixels than one request may have.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is the tighter one
            picture = Image.open(io.BytesIO(body), formats=list(KINDS.values()))
            several = getattr(picture, "is_animated", False)  # never n_frames: it goes through all frames of a TIFF
    except Image.DecompressionBombError as error:
        raise Refused(413, f"Expected at most {limits.pixels:,} pixels. Received: {short(error)}") from error
    except Exception as error:  # damaged bytes raise whatever they happen to spell
        raise _no_picture(error) from error
    if several and picture.format != "MPO":  # a JPEG of a telephone, whose further frames are previews and the like
        raise Refused(422, f"Expected one picture. Received: several frames of {picture.format}. Send one of them.")
    height, width = picture.height, picture.width
    pixels = pixels_of((height, width, applier.channels))
    pixels += pixels_of((height * applier.scale, width * applier.scale, applier.output_channels))
    if pixels > limits.pixels:
        made = f", made {applier.scale} times as large" if applier.scale > 1 else ""
        raise Refused(
            413,
            f"Expected at most {limits.pixels:,} pixels in a picture and what is made of it together. "
            f"Received: {picture.width:,} x {picture.height:,}{made}: {pixels:,}. Send a smaller picture.",
        )
    return picture, pixels


def apply(picture: Image.Image, applier: Applier) -> Answer:
    """Applies the network to a picture, which is turned as its EXIF data says.

    Raises:
        Refused: if it is damaged, or none that the network takes.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, about odd files: whoever sent them does not see the log
            turned = ImageOps.exif_transpose(picture)
            turned.load()
    except Exception as error:
        raise _no_picture(error) from error
    try:
        return Answer(encoded(apply_to_picture(applier, turned)), "image/png", "applied.png")
    except BundleError as error:
        raise refused(error) from error


def _no_picture(error: Exception) -> Refused:
    kinds = ", ".join(KINDS.values())
    return Refused(422, f"Expected a picture: {kinds}. Received: {type(error).__name__}: {short(error)}.")
