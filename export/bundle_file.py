"""What every program in a bundle does first: it believes nothing that a file says unchecked.

NumPy-free, and free of kgan: its text goes into each program that is copied into a bundle.
"""

import contextlib
import json
import os

from .card_file import CARD, LARGEST_CARD, check_against_card, read_card
from .checks import BundleError, is_number, is_size, short

__all__ = [
    "CARD",
    "LARGEST_CARD",
    "LARGEST_NAMES",
    "MOST_BYTES",
    "MOST_PIXELS",
    "BundleError",
    "check_against_card",
    "is_number",
    "is_size",
    "parsed",
    "read_card",
    "short",
    "without_metadata",
    "written_whole",
]

MOST_BYTES = 16 * 2**30  # that a call holds at once: what a workstation has; as in kgan._support.limits
MOST_PIXELS = 89_478_485  # of a picture: Pillow takes larger ones for attacks, and warns whoever opens them
LARGEST_TEXT = 100_000  # characters of one entry of the metadata
LARGEST_NAMES = 2**26  # characters of the names of classes, of which a data set may have a million


@contextlib.contextmanager
def written_whole(out):
    """A path to write to; what stands there takes the place of `out` in the end, and goes after an error."""
    partial = out.with_name(f".{out.stem[:64]}-{os.getpid()}{out.suffix.lower()}")
    try:
        yield partial
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)


def without_metadata(path, error):
    """The error to raise where metadata is missing, of another type, or contradicts the network."""
    return BundleError(
        f"Expected a generator.onnx that kgan exported. Received: {path}, an ONNX file without kgan's metadata "
        f"({error}). Export it with kgan.export.save."
    )


def parsed(metadata, key, default=None, most=LARGEST_TEXT):
    """An entry of the metadata, which is JSON, of so many characters at most.

    Raises:
        KeyError: if there is no such entry, and no default.
        ValueError: if it is too long, or no JSON.
    """
    text = metadata[key] if default is None else metadata.get(key, default)
    if len(text) > most:
        raise ValueError(f"{key} of {len(text):,} characters")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{key}={short(text)}") from None
