"""Answers to `POST /generate`: samples as a picture of a grid, a zip of pictures, or their values."""

import io
import threading
from typing import Any

import numpy as np

from ..portable.bundle_file import BundleError
from ..portable.draw import Draw
from ..portable.exported_generator import Sampler
from ..portable.sample_files import grid, layout
from ..portable.sample_streams import write_npz, write_zip
from .answers import Answer, Gone, encoded
from .asking import FORMATS
from .limits import Limits, pixels_of
from .refusals import Refused, refused

__all__ = ["check_size", "draw"]


def check_size(asked: dict[str, Any], sampler: Sampler, limits: Limits) -> int:
    """The pixels of the samples, and of their grid if that is larger.

    Raises:
        Refused: if they are more than one request may ask for.
    """
    count, shape = asked["count"], sampler.sample_shape
    each = pixels_of(shape)
    if asked["format"] == "png":
        _, _, factor = layout(1, *shape[:2])
        each *= factor**2
    if count * each > limits.pixels:
        raise Refused(
            422,
            f"Expected at most {limits.pixels:,} pixels in one answer, {max(1, limits.pixels // each):,} of these "
            f"samples. Received: count={count}. Draw them in several requests with a seed each.",
        )
    return count * each


def draw(asked: dict[str, Any], sampler: Sampler, gone: threading.Event) -> Answer:
    """Draws what was asked for.

    Args:
        asked: The fields of the request, as `asking.asked` gives them.
        sampler: The generator.
        gone: Set when nobody waits for the answer any more.

    Raises:
        Refused: if the labels are none of the generator's.
        Gone: if nobody waits.
    """
    try:
        drawn = Draw(sampler, asked["count"], asked["seed"], asked["labels"], asked["truncation_psi"])
        batches = []
        for batch in drawn.batches():
            if gone.is_set():
                raise Gone
            batches.append(batch)
    except BundleError as error:
        raise refused(error) from error
    make, media_type = _FORMS[asked["format"]]
    name = f"seed{drawn.seed}.{asked['format']}"
    return Answer(make(np.concatenate(batches), drawn), media_type, name, {"Kgan-Seed": str(drawn.seed)})


def _png(samples: np.ndarray, drawn: Draw) -> bytes:
    return encoded(grid(samples, drawn.columns, drawn.value_range, drawn.names))


def _npz(samples: np.ndarray, drawn: Draw) -> bytes:
    content = io.BytesIO()
    write_npz([samples], content, drawn)
    return content.getvalue()


def _zip(samples: np.ndarray, drawn: Draw) -> bytes:
    """A file a sample, named as `kgan sample --each` names them; nothing of it lies on the disk for a while."""
    content = io.BytesIO()
    write_zip([samples], content, drawn, listing=io.BytesIO())
    return content.getvalue()


_FORMS = {name: (make, FORMATS[name][0]) for name, make in (("png", _png), ("npz", _npz), ("zip", _zip))}
