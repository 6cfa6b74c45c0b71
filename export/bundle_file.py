"""What every program in a bundle does first: it believes nothing that a file says unchecked.

NumPy-free, and free of kgan: its text goes into each program that is copied into a bundle.
"""

import contextlib
import hashlib
import json
import os
import re
from pathlib import Path, PurePosixPath

__all__ = [
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

CARD = "card.json"
MOST_BYTES = 16 * 2**30  # that a call holds at once: what a workstation has; as in kgan._support.limits
MOST_PIXELS = 89_478_485  # of a picture: Pillow takes larger ones for attacks, and warns whoever opens them
LARGEST_TEXT = 100_000  # characters of one entry of the metadata
LARGEST_NAMES = 2**26  # characters of the names of classes, of which a data set may have a million
LARGEST_CARD = 64 * 2**20
LARGEST_SIZE = 2**31 - 1  # of an axis, a number of classes, ...: what ONNX's shapes are indexed with


@contextlib.contextmanager
def written_whole(out):
    """A path to write to; what stands there takes the place of `out` in the end, and goes after an error."""
    partial = out.with_name(f".{out.stem[:64]}-{os.getpid()}{out.suffix.lower()}")
    try:
        yield partial
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)


class BundleError(ValueError):
    """The file is no kgan export, or what was asked of it cannot be done."""


def without_metadata(path, error):
    """The error to raise where metadata is missing, of another type, or contradicts the network."""
    return BundleError(
        f"Expected a generator.onnx that kgan exported. Received: {path}, an ONNX file without kgan's metadata "
        f"({error}). Export it with kgan.export.save."
    )


def check_against_card(folder, name):
    """Refuses a file of a bundle that is not, byte for byte, the one that `card.json` there describes.

    That tells damage, not forgery: who changes the file can change the card. Without a card nothing is checked.
    """
    digest = read_card(folder).get(name)
    file = Path(folder) / name
    if digest is None or not file.is_file():
        return
    with file.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() != digest:
            raise BundleError(
                f"Expected {file} as it was when {CARD} was written. Received: other content. Export the generator "
                f"again, or, if you changed the file yourself, name it in place of its folder."
            )


def read_card(folder):
    """The files of a bundle with their SHA-256, as `card.json` lists them; none where there is no card."""
    card = Path(folder) / CARD
    if not card.is_file():
        return {}
    try:
        if card.stat().st_size > LARGEST_CARD:
            raise ValueError(f"more than {LARGEST_CARD:,} bytes")
        digests = json.loads(card.read_text(encoding="utf-8"))["sha256"]
        for name, digest in digests.items():
            path = PurePosixPath(name.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name:
                raise ValueError(f"a file outside the bundle, {short(name)}")
            if not isinstance(digest, str) or not re.fullmatch("[0-9a-f]{64}", digest):
                raise ValueError(f"no SHA-256 of {short(name)}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
        raise BundleError(
            f"Expected {card} as kgan.export.save writes it. Received: {type(error).__name__}: {short(error)}. Export "
            f"the generator again, or name the .onnx file in place of its folder."
        ) from error
    return digests


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


def short(value):
    """A value in an error, which may come from a file and be of any length."""
    text = " ".join(str(value).split())
    return text if len(text) <= 200 else f"{text[:180]}..."


def is_size(value, least=1):
    """Whether a value is a whole number that an axis can be long."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST_SIZE


def is_number(value):
    """Whether a value is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e30  # no NaN either
