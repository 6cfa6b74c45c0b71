"""Arrays from NumPy's files, which may come from anyone: nothing in them is run, and none is larger than it says."""

import contextlib
import math
import os
import zipfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from kgan._support import limits

_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class NumpyFileError(ValueError):
    """The file is damaged, holds objects, or would take more memory than it should."""


def mapped(path: "str | os.PathLike") -> np.ndarray:
    """The array of a `.npy` file, read where and when it is looked at.

    Raises:
        NumpyFileError: if the file holds no such array.
    """
    with _damage_by_name():
        with Path(path).open("rb") as file:
            shape, dtype = _header(file)
            promised, there = limits.array_bytes(shape, dtype.itemsize), os.fstat(file.fileno()).st_size - file.tell()
        if promised > there:
            raise NumpyFileError(f"{there} bytes of numbers where its header has {promised}")
        if promised == 0:  # which cannot be mapped
            return np.zeros(shape, dtype)
        return np.load(path, mmap_mode="r", allow_pickle=False)


def unpacked(
    path: "str | os.PathLike", choose: Callable[[list[str]], Collection[str]] = lambda names: names
) -> dict[str, np.ndarray]:
    """Arrays of a `.npz` file.

    Sizes are known from the headers before anything is read, so that neither a forged shape nor a few bytes that unpack
    to very many take the memory.

    Args:
        path: The file.
        choose: Given the names of all arrays, returns those that are wanted.

    Raises:
        NumpyFileError: if the file is damaged, or larger unpacked than memory should hold.
    """
    with _damage_by_name(), zipfile.ZipFile(path) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    wanted = choose(list(members))  # whose errors are its own
    with _damage_by_name(), zipfile.ZipFile(path) as archive:
        asked = sum(members[name].file_size for name in wanted)
        if asked > limits.MOST_BYTES:
            raise NumpyFileError(f"arrays of {limits.gibibytes(asked)}; save them as .npy, which is not unpacked")
        for name in wanted:
            _check_member(archive, members[name])
        return {name: _read_member(archive, members[name]) for name in wanted}


def described(file: BinaryIO, size: int) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of the array in an open `.npy` file, which stands at the numbers afterwards.

    Args:
        file: The file, at its beginning.
        size: Its bytes.

    Raises:
        NumpyFileError: if the file holds no array without objects, or fewer numbers than its header promises.
    """
    with _damage_by_name():
        shape, dtype = _header(file)
        promised, there = limits.array_bytes(shape, dtype.itemsize), size - file.tell()
        if promised > there:
            raise NumpyFileError(f"{there} bytes of numbers where its header has {promised}")
    return shape, dtype


def read(file: BinaryIO, size: int) -> np.ndarray:
    """The array in an open `.npy` file; arguments and errors are those of `described`."""
    described(file, size)
    file.seek(0)
    with _damage_by_name():
        return np.lib.format.read_array(file, allow_pickle=False)


@contextlib.contextmanager
def _damage_by_name() -> Iterator[None]:
    """Whatever a damaged file raises, which is what its bytes happen to spell, as one error."""
    try:
        yield
    except NumpyFileError:
        raise
    except Exception as error:
        raise NumpyFileError(f"{type(error).__name__}: {error}") from error


def _check_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    with archive.open(info) as file:
        shape, dtype = _header(file)
        promised, there = limits.array_bytes(shape, dtype.itemsize), info.file_size - file.tell()
    if promised > there:
        raise NumpyFileError(f"{there} bytes of numbers in {info.filename!r} where its header has {promised}")


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(info) as file:
        return np.lib.format.read_array(file, allow_pickle=False)


def _header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type; the file stands at the numbers afterwards."""
    version = np.lib.format.read_magic(file)
    if version not in _READERS:
        raise NumpyFileError(f"a file of NumPy's format {version}")
    shape, _, dtype = _READERS[version](file)
    if dtype.hasobject:
        raise NumpyFileError("objects")
    if any(size < 0 for size in shape) or math.prod(shape) < 0:
        raise NumpyFileError(f"an array of shape {shape}")
    return shape, dtype
