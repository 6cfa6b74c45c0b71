"""The network as the browser takes it: one file, whose optional inputs are needed or gone."""

from pathlib import Path

import onnx
from google.protobuf.message import DecodeError, EncodeError

from ..portable.bundle_file import BundleError, short

__all__ = ["in_one_file", "opened"]

TAKEN = ("truncation_psi", "style_offset")
_MOST_BYTES = 2**31 - 1  # of a protocol buffer


def opened(path: Path) -> onnx.ModelProto:
    """The graph of an ONNX file, with weights that lie in a file beside it.

    Raises:
        BundleError: if it is no graph, or a file of its weights is missing.
    """
    try:
        return onnx.load(path)
    except (DecodeError, OSError, ValueError, onnx.checker.ValidationError) as error:
        raise BundleError(
            f"Expected a generator.onnx that kgan exported. Received: {path}, which onnx cannot open: {short(error)}"
        ) from error


def in_one_file(model: onnx.ModelProto) -> bytes:
    """The graph with its weights, as onnxruntime-web takes it, which knows no optional inputs.

    `truncation_psi` and `style_offset` become inputs like the others; noise is what it is where it is not given.

    Args:
        model: The graph; it is changed.

    Raises:
        BundleError: if it is larger than 2 GiB, which no browser opens.
    """
    graph = model.graph
    optional = {one.name for one in graph.initializer} & {one.name for one in graph.input}
    _keep(graph.initializer, lambda one: one.name not in TAKEN or one.name not in optional)
    _keep(graph.input, lambda one: one.name in TAKEN or one.name not in optional)
    try:
        content = model.SerializeToString()
    except (EncodeError, ValueError) as error:
        raise _too_large(error) from error
    if len(content) > _MOST_BYTES:
        raise _too_large(f"{len(content):,} bytes")
    return content


def _keep(entries, wanted) -> None:
    kept = [one for one in entries if wanted(one)]
    del entries[:]
    entries.extend(kept)


def _too_large(what: object) -> BundleError:
    return BundleError(
        f"Expected a network of less than 2 GiB, as a browser opens. Received: {short(what)}. Train a smaller one."
    )
