"""ONNX files in 8 bits, by onnxruntime's quantiser and, for what that leaves in float32, by weights alone."""

import contextlib
import logging
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
from onnxruntime import quantization

from kgan.export.parity import ExportError
from kgan.version import __version__

__all__ = ["quantize"]

_COMPUTED = ("Conv", "Gemm", "MatMul")  # which onnxruntime computes in 8 bits; others would only be rounded
_BATCH = 16
_LEAST_NUMBERS = 1024  # of a weight that is worth it
_LEAST_A_SCALE = 8  # numbers that share a scale
_LARGEST = 127


def quantize(source: Path, path: Path, calibration: Mapping[str, np.ndarray] | None) -> None:
    """Writes an ONNX file with weights of 8 bits, a scale for each channel.

    Convolutions and products of matrices compute in 8 bits. Their inputs are rounded by ranges that `calibration`
    shows (static), or by those of each run (dynamic). The last of them gives float32, so that samples have more than
    256 values. What onnxruntime computes in float32 alone, as transposed convolutions, holds 8 bits and is as exact
    as they are. Weights span 7 bits: sums then fit the 16 bits of CPUs without VNNI, and all give the same numbers.

    Args:
        source: The file in float32.
        path: The file to write.
        calibration: Inputs by name, as they will come; `None` for dynamic ranges.

    Raises:
        ExportError: if onnxruntime cannot quantise the graph.
    """
    graph = onnx.load(source).graph  # with external data
    last = [node.name for node in graph.node if node.op_type in _COMPUTED][-1:]
    options = {
        "op_types_to_quantize": list(_COMPUTED),
        "nodes_to_exclude": last,
        "per_channel": True,
        "reduce_range": True,
        "weight_type": quantization.QuantType.QInt8,
    }
    with tempfile.TemporaryDirectory() as folder, _quiet():
        made = Path(folder) / "quantised.onnx"
        try:
            if calibration is None:
                quantization.quantize_dynamic(source, made, **options)
            else:
                quantization.quantize_static(source, made, _Inputs(calibration), **options)
            model = onnx.load(made)
        except Exception as error:  # of whatever class the quantiser's code falls over with
            raise ExportError(
                f"Expected a graph that onnxruntime can quantise. Received: {type(error).__name__}: {error}. Leave the "
                f"format out, or take onnx_float16."
            ) from error
    _hold_weights(model)
    kept = [one for one in model.metadata_props if not one.key.startswith("onnx.")]
    del model.metadata_props[:]
    model.metadata_props.extend(kept)
    model.producer_name, model.producer_version = "kgan", __version__
    path.write_bytes(model.SerializeToString(deterministic=True))


class _Inputs(quantization.CalibrationDataReader):
    """Gives the inputs batch by batch."""

    def __init__(self, inputs: Mapping[str, np.ndarray]):
        count = len(next(iter(inputs.values())))
        starts = range(0, count, _BATCH)
        self._batches = ({name: value[start : start + _BATCH] for name, value in inputs.items()} for start in starts)

    def get_next(self) -> Mapping[str, np.ndarray] | None:
        return next(self._batches, None)


def _hold_weights(model: onnx.ModelProto) -> None:
    """Lets a graph hold the weights that are float32 still in 8 bits, and make float32 of them as it runs."""
    graph = model.graph
    given = {one.name for one in graph.input}
    nodes = []
    for tensor in list(graph.initializer):
        value = onnx.numpy_helper.to_array(tensor)
        if tensor.name in given or value.dtype != np.float32 or value.ndim < 2 or value.size < _LEAST_NUMBERS:
            continue
        axis, scales, rounded = _rounded(value)
        held, scale = f"{tensor.name}_int8", f"{tensor.name}_scale"
        graph.initializer.remove(tensor)
        graph.initializer.extend(
            [onnx.numpy_helper.from_array(rounded, held), onnx.numpy_helper.from_array(scales, scale)]
        )
        nodes.append(onnx.helper.make_node("DequantizeLinear", [held, scale], [tensor.name], held, axis=axis))
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*nodes, *rest])


def _rounded(value: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
    """A weight in 8 bits: the axis that has a scale each, the scales, and whole numbers; of all axes the most exact."""
    best = None
    axes = [axis for axis, length in enumerate(value.shape) if value.size // length >= _LEAST_A_SCALE]
    for axis in axes:
        others = tuple(one for one in range(value.ndim) if one != axis)
        largest = np.abs(value).max(others)
        scales = np.where(largest > 0, largest / _LARGEST, 1.0).astype(np.float32)
        spread = scales.reshape([-1 if one == axis else 1 for one in range(value.ndim)])
        rounded = np.clip(np.rint(value / spread), -_LARGEST, _LARGEST).astype(np.int8)
        error = float(np.sum((rounded * spread - value) ** 2, dtype=np.float64))
        if best is None or error < best[0]:
            best = error, axis, scales, rounded
    return best[1:]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the quantiser tells the root logger of steps that kgan has done already."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
