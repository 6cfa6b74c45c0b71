"""ONNX files, written weight by weight: no message holds the weights, and beyond 2 GB they lie in a file beside."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import onnx

from kgan.export.graph.graph import Graph

__all__ = ["DATA", "LARGEST", "write"]

LARGEST = 2**31 - 1  # bytes of a protobuf message
DATA = ".data"  # what the name of the file beside has more
_PAGE = 4096  # where a weight in the file beside begins, so that it can be mapped into memory
_IN_THE_GRAPH = 1024  # bytes of a constant that stays in the graph whatever its size
_GRAPH, _INITIALIZER, _RAW = 7, 5, 9  # the fields' numbers in onnx.proto


def write(graph: Graph, path: Path, name: str, largest: int | None = None) -> list[Path]:
    """Writes a graph and its constants.

    Args:
        graph: The graph.
        path: The file.
        name: What the file will be called, after which that beside it is called: the graph names it.
        largest: Bytes of a file above which weights lie in a file of their own; 2 GB by default.

    Returns:
        The files: one, or two.
    """
    model = graph.skeleton()
    body = onnx.GraphProto()
    body.CopyFrom(model.graph)
    model.ClearField("graph")
    around, inner = _bytes(model), _bytes(body)
    held = dict(graph.constants)
    size = sum(_entry(len(_header(one, value)), value.nbytes) for one, value in held.items())
    if len(around) + len(inner) + size + 64 <= (LARGEST if largest is None else largest):
        with path.open("wb") as file:
            _write_model(file, around, inner, [(_header(one, value), value) for one, value in held.items()])
        return [path]
    beside = path.with_name(f"{path.name}{DATA}")
    entries = list(_write_beside(beside, f"{name}{DATA}", held))
    with path.open("wb") as file:
        _write_model(file, around, inner, entries)
    return [path, beside]


def _write_model(file: BinaryIO, around: bytes, inner: bytes, entries: list[tuple[bytes, np.ndarray | None]]) -> None:
    """The model's fields, and then its graph: the graph's own fields and its initializers, one after the other."""
    sizes = [len(header) if value is None else _content(len(header), value.nbytes) for header, value in entries]
    whole = len(inner) + sum(1 + len(_varint(size)) + size for size in sizes)
    file.write(around + _tag(_GRAPH) + _varint(whole) + inner)
    for (header, value), size in zip(entries, sizes, strict=True):
        file.write(_tag(_INITIALIZER) + _varint(size) + header)
        if value is not None:
            file.write(_tag(_RAW) + _varint(value.nbytes))
            _write_array(file, value)


def _write_beside(path: Path, name: str, held: dict[str, np.ndarray]) -> Iterator[tuple[bytes, np.ndarray | None]]:
    """Writes large constants into a file of their own; yields what the graph says of each constant."""
    with path.open("wb") as file:
        for one, value in held.items():
            if value.nbytes <= _IN_THE_GRAPH:
                yield _header(one, value), value
                continue
            file.write(b"\0" * (-file.tell() % _PAGE))
            tensor = _tensor(one, value)
            tensor.data_location = onnx.TensorProto.EXTERNAL
            for key, said in {"location": name, "offset": file.tell(), "length": value.nbytes}.items():
                tensor.external_data.add(key=key, value=str(said))
            _write_array(file, value)
            yield _bytes(tensor), None


def _write_array(file: BinaryIO, value: np.ndarray) -> None:
    little = value.astype(value.dtype.newbyteorder("<"), copy=False)
    file.write(np.ascontiguousarray(little).reshape(-1).view(np.uint8).data)


def _tensor(name: str, value: np.ndarray) -> onnx.TensorProto:
    """All of a tensor but its numbers."""
    return onnx.TensorProto(name=name, dims=value.shape, data_type=onnx.helper.np_dtype_to_tensor_dtype(value.dtype))


def _header(name: str, value: np.ndarray) -> bytes:
    return _bytes(_tensor(name, value))


def _content(header: int, nbytes: int) -> int:
    """Bytes of a tensor's message: its header and its numbers."""
    return header + 1 + len(_varint(nbytes)) + nbytes


def _entry(header: int, nbytes: int) -> int:
    """Bytes that a tensor takes in its graph."""
    size = _content(header, nbytes)
    return 1 + len(_varint(size)) + size


def _bytes(message: "onnx.ModelProto | onnx.GraphProto | onnx.TensorProto") -> bytes:
    return message.SerializeToString(deterministic=True)


def _tag(field: int) -> bytes:
    return bytes([field << 3 | 2])  # 2: what follows is as long as it says


def _varint(number: int) -> bytes:
    """A number in protobuf's groups of 7 bits, the lowest first."""
    groups = []
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])
