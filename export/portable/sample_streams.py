"""Samples written as they are drawn, any number of them: an array in a file, pictures in an archive or a folder."""

import io
import math
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import numpy as np

from .bundle_file import BundleError, written_whole
from .draw import Draw
from .sample_files import picture_of, refuse_existing, write_one
from .stored_zip import StoredZip

__all__ = ["check_room", "write_each", "write_npz", "write_stream", "write_zip"]

SMALLEST_PICTURE = 67  # bytes: no .png is smaller
FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # in archives, so that the same samples are the same bytes
ROWS = 4096  # of labels that are written at once


def check_room(out: Path, draw: Draw, as_files: bool) -> None:
    """Refuses more samples than the disk has room for.

    Args:
        out: The file, or the folder.
        draw: What is to be drawn, a `Draw`.
        as_files: Whether each sample becomes a file, which is a picture if it can.

    Raises:
        BundleError: if they do not fit, as far as one can tell.
    """
    each = SMALLEST_PICTURE if as_files and draw.pictures else 4 * math.prod(draw.sample_shape)
    there = next(folder for folder in (out, *out.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(there).free
    if draw.count * each > free:
        raise BundleError(
            f"Expected count of samples that the disk has room for, {free:,} bytes at {there}: at most "
            f"{free // each:,} of these. Received: count={draw.count:,}. Draw fewer, or write to another disk."
        )


def write_stream(batches: Iterable[np.ndarray], out: Path, draw: Draw) -> None:
    """Writes samples into one file as they come, whole or not at all.

    Args:
        batches: float32 arrays `(n, ...)`.
        out: `.npy`, the array of all; `.npz`, the same as `samples`, with `labels` where there are some; `.zip`, a file
            of each, under the names that `write_each` gives.
        draw: What is drawn, a `Draw`.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(out) as partial, partial.open("wb") as file:
        {".npy": _write_npy, ".npz": write_npz, ".zip": write_zip}[out.suffix.lower()](batches, file, draw)


def _write_npy(batches: Iterable[np.ndarray], file: IO[bytes], draw: Draw) -> None:
    _write_array(batches, file, (draw.count, *draw.sample_shape), "<f4")


def write_npz(batches: Iterable[np.ndarray], file: IO[bytes], draw: Draw) -> None:
    """Writes samples as `samples`, and their classes (count,) or tags (count, num_tags) as `labels`.

    Args:
        batches: float32 arrays `(n, ...)`.
        file: Binary, open for writing.
        draw: What is drawn.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        with archive.open(zipfile.ZipInfo("samples.npy", FIRST_DATE), "w", force_zip64=True) as entry:
            _write_npy(batches, entry, draw)
        labels = draw.labels
        if labels is not None:
            chunks = (labels(start, min(start + ROWS, draw.count)) for start in range(0, draw.count, ROWS))
            first = labels(0, 1)
            with archive.open(zipfile.ZipInfo("labels.npy", FIRST_DATE), "w", force_zip64=True) as entry:
                _write_array(chunks, entry, (draw.count, *first.shape[1:]), first.dtype.newbyteorder("<").str)


def write_zip(batches: Iterable[np.ndarray], file: IO[bytes], draw: Draw, listing: IO[bytes] | None = None) -> None:
    """Writes an archive with a file of each sample, under the names that `write_each` gives.

    Args:
        batches: float32 arrays `(n, ...)`.
        file: Binary, open for writing.
        draw: What is drawn.
        listing: Where the list of the files is kept until the end; `None` for a file that the system deletes.
    """
    with StoredZip(file, listing) as archive:
        for name, sample in _named(batches, draw):
            archive.add(name, _encoded(sample, draw))


def _write_array(chunks: Iterable[np.ndarray], file: IO[bytes], shape: Sequence[int], kind: str) -> None:
    """What `np.save` writes of all chunks together."""
    np.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": shape})
    for chunk in chunks:
        file.write(np.ascontiguousarray(chunk, kind).tobytes())


def _named(batches: Iterable[np.ndarray], draw: Draw) -> Iterator[tuple[str, np.ndarray]]:
    """Each sample under the name of its file."""
    number = 0
    for batch in batches:
        for sample in batch:
            yield draw.file_name(number), sample
            number += 1


def _encoded(sample: np.ndarray, draw: Draw) -> bytes:
    """The bytes of a sample's file."""
    content = io.BytesIO()
    if draw.pictures:
        picture_of(sample, draw.value_range).save(content, "PNG")
    else:
        np.save(content, sample)
    return content.getvalue()


def write_each(batches: Iterable[np.ndarray], folder: Path, draw: Draw, overwrite: bool = False) -> Iterator[Path]:
    """Writes a file of each sample as they come, a picture where it is one; yields their paths.

    Raises:
        BundleError: if one of the files exists, unless `overwrite`, before anything is drawn.
    """
    if not overwrite:
        refuse_existing(folder / draw.file_name(number) for number in range(draw.count) if folder.exists())
    folder.mkdir(parents=True, exist_ok=True)
    for name, sample in _named(batches, draw):
        write_one(picture_of(sample, draw.value_range) if draw.pictures else sample, folder / name)
        yield folder / name
