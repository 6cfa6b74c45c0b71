"""What every program in a bundle does first: it believes nothing that a file says unchecked."""

import contextlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

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
    "check_program",
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
def written_whole(out: Path) -> Iterator[Path]:
    """A path to write to; what stands there takes the place of `out` in the end, and goes after an error.

    Each writer has a new file beside `out` of its own, so that two writers of one file leave the whole of one of them.
    """
    partial = _new_file(out)
    try:
        yield partial
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)


def _new_file(out: Path) -> Path:
    """An empty file beside `out`, under a name that was free, which stays short; who may read it, the system says."""
    while True:
        path = out.with_name(f".kgan-{secrets.token_hex(8)}{out.suffix.lower()}")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return path
        except FileExistsError:
            continue
        except OSError as error:
            raise BundleError(f"Expected {out} to be written. Received: {error.strerror}.") from error


def without_metadata(path: Path, error: Exception) -> BundleError:
    """The error to raise where metadata is missing, of another type, or contradicts the network."""
    return BundleError(
        f"Expected a generator.onnx that kgan exported. Received: {path}, an ONNX file without kgan's metadata "
        f"({error}). Export it with kgan.export.save."
    )


def check_program(path: "Path | str | os.PathLike[str]", metadata: Mapping[str, str], program: str, what: str) -> None:
    """Refuses a file that another program of bundles runs, as its metadata say.

    Args:
        path: The file or bundle, for the error.
        metadata: Of the file.
        program: That asks, `"apply.py"`; a file that names none is taken for its own.
        what: It runs, `"takes pictures"`.

    Raises:
        BundleError: if the metadata name another program.
    """
    named = metadata.get("kgan_runner", program)
    if named != program:
        raise BundleError(
            f"Expected a bundle that {what}. Received: {path}, which {short(named)} runs. Run that program of the "
            f"bundle, or kgan apply."
        )


def parsed(metadata: Mapping[str, str], key: str, default: str | None = None, most: int = LARGEST_TEXT) -> Any:
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
