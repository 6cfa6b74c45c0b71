"""State dicts that PyTorch saved, read without PyTorch and without running what a file may hold."""

import collections
import io
import math
import os
import pickle
import pickletools
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from kgan.metrics.extractors.base import ExtractorError

__all__ = ["read"]

_ZIP = b"PK\x03\x04"
_LEGACY = 0x1950A86A20F9469CFC6C  # what files of PyTorch before 1.6 begin with, pickled
_NESTING = ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3")
_ENDING = ("SETITEM", "SETITEMS", "BUILD", "REDUCE", "BINPERSID")  # after which another tensor begins
_DEEPEST = 64
_TYPES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}


def read(path: "str | os.PathLike") -> dict[str, np.ndarray]:
    """The arrays of a state dict that `torch.save` wrote, in its zip format or in the one before PyTorch 1.6.

    Args:
        path: The file, `.pth` or `.pt`. It is a pickle, which might call any function of Python; only what a state dict
            is made of is let through, so that no file can run anything.

    Returns:
        Read-only arrays in the file's types, by their names and in its order.

    Raises:
        ExtractorError: if there is no such file, it is cut short, or it holds anything but a state dict.
    """
    path = Path(path)
    if not path.is_file():
        raise ExtractorError(f"Expected a file of weights. Received: {path}, which is none. Check the path.")
    try:
        with path.open("rb") as file:
            return _read_zip(file) if file.read(len(_ZIP)) == _ZIP else _read_legacy(file)
    except _NotAStateDictError as error:
        raise _refusal(path, str(error)) from None
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to spell
        raise _refusal(path, f"a damaged file or one cut short ({type(error).__name__}: {error})") from error


class _NotAStateDictError(Exception):
    """What came instead."""


def _refusal(path: Path, received: str) -> ExtractorError:
    return ExtractorError(
        f"Expected {path} as a state dict of PyTorch, whole. Received: {received}. Download it again, or write it anew "
        f"with torch.save(model.state_dict(), path)."
    )


class _Storage(NamedTuple):
    """A run of numbers that tensors look into."""

    key: str
    dtype: str
    numbers: int


class _Tensor(NamedTuple):
    """How a tensor looks into its storage, whose numbers the file brings later; all counted in elements."""

    storage: _Storage
    offset: int
    shape: tuple
    strides: tuple


class _Unpickler(pickle.Unpickler):
    """Knows what state dicts are made of, and refuses to look anything else up."""

    def find_class(self, module: str, name: str) -> Any:
        if module in ("torch", "torch.storage") and name in _TYPES:
            return _TYPES[name]
        known = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            # Bound methods, because a pickle could set attributes on functions and on classes.
            ("torch._utils", "_rebuild_tensor_v2"): self._tensor,
            ("torch._utils", "_rebuild_parameter"): self._parameter,
        }
        if (module, name) not in known:
            raise _NotAStateDictError(f"a pickle that asks for {module}.{name}, which no state dict needs")
        return known[module, name]

    def persistent_load(self, saved_id: Any) -> Any:
        _, dtype, key, _, count, *view = saved_id
        if any(part is not None for part in view):
            raise _NotAStateDictError("a view of a storage, as PyTorch before 0.4 saved it")
        return _Storage(key, dtype, count)

    def _tensor(self, storage, offset, shape, strides, *_):
        return _Tensor(storage, offset, shape, strides)

    def _parameter(self, tensor, *_):
        return tensor


def _unpickled(file: BinaryIO):
    """The next object of the file, once its opcodes have been looked at.

    A pickle may number what it remembers as it likes, and Python makes room for all numbers up to there: six bytes
    would take 64 GiB. Tuples within tuples, each the last one twice, take for ever to hash or to print.
    """
    start = file.tell()
    remembered = nested = 0
    for opcode, argument, _ in pickletools.genops(file):
        if argument is not None and opcode.name in ("BINPUT", "LONG_BINPUT", "PUT"):
            if argument > remembered:
                raise _NotAStateDictError(f"a pickle that numbers its {remembered + 1}. memory {argument}")
            remembered = max(remembered, argument + 1)
        elif opcode.name == "MEMOIZE":
            remembered += 1
        nested = nested + 1 if opcode.name in _NESTING else 0 if opcode.name in _ENDING else nested
        if nested > _DEEPEST:
            raise _NotAStateDictError("a pickle of tuples within tuples, deeper than any state dict")
    file.seek(start)
    return _Unpickler(file).load()


def _check_sizes(archive: zipfile.ZipFile, file: BinaryIO) -> None:
    """Refuses an archive that would unpack to more than it is: `torch.save` compresses nothing, and nothing twice."""
    size = file.seek(0, os.SEEK_END)
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > size:
        raise _NotAStateDictError(f"an archive of {size:,} bytes that unpacks to {unpacked:,}")


def _read_zip(file: BinaryIO) -> dict[str, np.ndarray]:
    """`NAME/data.pkl` says what there is, `NAME/data/KEY` are the storages."""
    with zipfile.ZipFile(file) as archive:
        _check_sizes(archive, file)
        names = set(archive.namelist())
        roots = [name.removesuffix("data.pkl") for name in names if name.endswith("/data.pkl")]
        if len(roots) != 1:
            raise _NotAStateDictError("a zip archive of another kind")
        root = roots[0]
        tensors = _tensors(_unpickled(io.BytesIO(archive.read(f"{root}data.pkl"))))
        order = "<"
        if f"{root}byteorder" in names and archive.read(f"{root}byteorder") == b"big":
            order = ">"
        storages = {}
        for key, dtype, count in {tensor.storage for tensor in tensors.values()}:
            storages[key] = _numbers(archive.read(f"{root}data/{key}"), order + dtype, count)
    return {name: _array(tensor, storages[tensor.storage.key]) for name, tensor in tensors.items()}


def _read_legacy(file: BinaryIO) -> dict[str, np.ndarray]:
    """Five pickles: a magic number, a version, the machine, the state dict, the storages' keys; then the storages."""
    file.seek(0)
    try:
        magic = _unpickled(file)
    except _NotAStateDictError:
        raise
    except Exception:  # noqa: BLE001 the first bytes of any file at all
        magic = None
    if magic != _LEGACY:
        raise _NotAStateDictError("a file of another kind")
    _, _, state, keys = (_unpickled(file) for _ in range(4))
    tensors = _tensors(state)
    needed = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    storages = {}
    for key in keys:
        _, dtype, count = needed[key]
        written = int.from_bytes(file.read(8), "little")
        if written != count:
            raise ValueError(f"{written} numbers where {count} were announced")
        storages[key] = _numbers(file.read(count * np.dtype(dtype).itemsize), f"<{dtype}", count)
    return {name: _array(tensor, storages[tensor.storage.key]) for name, tensor in tensors.items()}


def _tensors(state) -> dict[str, _Tensor]:
    if not isinstance(state, dict):
        raise _NotAStateDictError(f"an object of type {type(state).__name__}")
    for name, value in state.items():
        if not isinstance(value, _Tensor):
            raise _NotAStateDictError(f"a dictionary whose {name!r} is no tensor but of type {type(value).__name__}")
    return state


def _numbers(content: bytes, dtype: str, count: int) -> np.ndarray:
    numbers = np.frombuffer(content, dtype)
    if len(numbers) != count:
        raise ValueError(f"{len(numbers)} numbers where {count} were announced")
    return numbers


def _array(tensor: _Tensor, numbers: np.ndarray) -> np.ndarray:
    _, offset, shape, strides = tensor
    last = offset + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if min(offset, *shape, *strides, 0) < 0 or (math.prod(shape) and last >= len(numbers)):
        raise ValueError(f"a tensor of shape {shape} that reaches beyond its {len(numbers)} numbers")
    steps = [stride * numbers.itemsize for stride in strides]
    # The check above is what keeps this inside the buffer.
    return np.lib.stride_tricks.as_strided(numbers[offset:], shape, steps, writeable=False)
