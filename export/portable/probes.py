"""`probes.npz`: a few inputs of a bundle and what Keras made of them, so that anyone can hold the bundle against Keras.

The arrays of the archive are named `inputs/NUMBER/NAME` and `outputs/NUMBER/NAME`, and lie in it unpacked.
"""

import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from .checks import BundleError, short

__all__ = ["LARGEST_PROBES", "PROBES", "Probe", "read_probes", "write_probes"]

PROBES = "probes.npz"
LARGEST_PROBES = 64 * 2**20  # bytes; kgan writes some 4 MiB
MOST_PROBES = 100
KINDS_OF_NUMBERS = ("<f4", "<i8", "<i4", "|u1", "<f2")
Probe = tuple[Mapping[str, np.ndarray], Mapping[str, np.ndarray]]  # inputs and outputs by name


def write_probes(path: Path, probes: Sequence[Probe]) -> None:
    """Writes inputs and what came of them; the same ones are the same bytes.

    Args:
        path: The file.
        probes: For each, inputs by name and outputs by name.
    """
    arrays = {
        f"{part}/{number}/{name}": np.asarray(value)
        for number, probe in enumerate(probes)
        for part, values in zip(("inputs", "outputs"), probe, strict=True)
        for name, value in values.items()
    }
    np.savez(path, allow_pickle=False, **arrays)


def read_probes(path: Path) -> list[Probe]:
    """Inputs by name and outputs by name, of each probe.

    Sizes are known from the headers before anything is read, and nothing is unpacked or unpickled.

    Raises:
        BundleError: if the file is not as `write_probes` writes it, or holds a number that is not finite.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_PROBES:
            raise ValueError(f"{size:,} bytes, where {LARGEST_PROBES:,} are the most")
        found: dict[int, tuple[dict[str, np.ndarray], dict[str, np.ndarray]]] = {}
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())  # entries may share their bytes
            if unpacked > LARGEST_PROBES:
                raise ValueError(f"arrays of {unpacked:,} bytes, where {LARGEST_PROBES:,} are the most")
            for entry in archive.infolist():
                number, part, name = _place(entry.filename)
                values = found.setdefault(number, ({}, {}))[part]
                if name in values:
                    raise ValueError(f"{short(entry.filename)} twice")
                values[name] = _array(archive, entry)
        if sorted(found) != list(range(len(found))) or not 1 <= len(found) <= MOST_PROBES:
            raise ValueError(f"probes {short(sorted(found))}")
        return [found[number] for number in range(len(found))]
    except Exception as error:  # a damaged archive raises whatever its bytes happen to spell
        raise BundleError(
            f"Expected {path} as kgan.export.save writes it. Received: {type(error).__name__}: {short(error)}. "
            f"Export the generator again."
        ) from error


def _place(entry: str) -> tuple[int, int, str]:
    """The number, the part (0 for inputs) and the name that an entry of the archive stands for."""
    part, number, name = entry.removesuffix(".npy").split("/", 2)
    return int(number), ("inputs", "outputs").index(part), name


def _array(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> np.ndarray:
    if entry.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{short(entry.filename)}, which is compressed")
    content = archive.read(entry)  # no more than the archive itself has, which checks its sum
    file = io.BytesIO(content)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError(f"{short(entry.filename)} of another format")
    shape, in_columns, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.str not in KINDS_OF_NUMBERS or in_columns or any(size < 0 for size in shape) or len(shape) > 9:
        raise ValueError(f"{short(entry.filename)} of type {dtype.str} and shape {shape}")
    numbers = content[file.tell() :]
    if math.prod(shape) * dtype.itemsize != len(numbers):
        raise ValueError(f"{len(numbers):,} bytes of {short(entry.filename)}, where its shape is {shape}")
    if not numbers:  # whatever a network computes, it differs from nothing by 0
        raise ValueError(f"no numbers in {short(entry.filename)}")
    array = np.frombuffer(numbers, dtype).reshape(shape)
    if not np.isfinite(array).all():
        raise ValueError(f"NaN or infinity in {short(entry.filename)}")
    return array
