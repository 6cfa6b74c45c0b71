"""ONNX files as kgan exports them for vocoders, made without training."""

import exported_graphs
import numpy as np
import onnx
import wave_runs
from onnx import TensorProto, helper

import kgan


def vocoder(path, **others):
    """A wave in which each frame is as loud as its first band: `exp(mel[:, 0])`, as often as a hop has samples.

    Args:
        path: Where it goes.
        others: Further entries of the metadata, without `kgan_`.
    """
    first = np.zeros((wave_runs.MELS, wave_runs.HOP), np.float32)
    first[0] = 1.0
    tensors = [("first", first), ("shape", np.int64([0, -1, 1])), ("most", np.float32(1.0))]
    constants = [onnx.numpy_helper.from_array(value, name) for name, value in tensors]
    nodes = [
        helper.make_node("MatMul", ["mel", "first"], ["a"]),
        helper.make_node("Reshape", ["a", "shape"], ["b"]),
        helper.make_node("Exp", ["b"], ["c"]),
        helper.make_node("Min", ["c", "most"], ["generated"]),
    ]
    ends = [
        helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["batch", "frames", wave_runs.MELS]),
        helper.make_tensor_value_info("generated", TensorProto.FLOAT, ["batch", "samples", 1]),
    ]
    form = {**wave_runs.FORM, "window": None, "low": 0.0, "high": None}
    facts = {
        "version": kgan.__version__,
        "runner": "vocode.py",
        "kind": "vocoder",
        "spectrogram": form,
        "value_range": [-1.0, 1.0],
    } | others
    return exported_graphs.save(path, nodes, ends, constants, exported_graphs.metadata(facts))
