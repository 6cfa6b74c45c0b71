"""ONNX files as kgan exports them for networks that continue films, made without training."""

import exported_graphs
import numpy as np
import onnx
from onnx import TensorProto, helper

import kgan

GIVEN, AHEAD, HEIGHT, WIDTH = 3, 2, 8, 12


def brighter(path, channels=1, step=0.25, **others):
    """The last two frames, brighter by a step: what follows is known by hand.

    Args:
        path: Where it goes.
        channels: 1 or 3.
        step: In the network's range, -1 to 1.
        others: Further entries of the metadata, without `kgan_`.
    """
    given, following = ([count, HEIGHT, WIDTH, channels] for count in (GIVEN, AHEAD))
    tensors = [("starts", np.int64([-AHEAD])), ("ends", np.int64([GIVEN])), ("axes", np.int64([1]))]
    nodes = [
        helper.make_node("Slice", ["frames", "starts", "ends", "axes"], ["last"]),
        helper.make_node("Add", ["last", "step"], ["generated"]),
    ]
    constants = [onnx.numpy_helper.from_array(value, name) for name, value in (*tensors, ("step", np.float32(step)))]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])
        for name, shape in (("frames", given), ("generated", following))
    ]
    facts = {
        "version": kgan.__version__,
        "runner": "film.py",
        "kind": "video_prediction",
        "input_shape": given,
        "sample_shape": following,
        "input_range": [-1.0, 1.0],
        "value_range": [-1.0, 1.0],
    } | others
    return exported_graphs.save(path, nodes, ends, constants, exported_graphs.metadata(facts))


def film(frames=4, channels=1, seed=0):
    """uint8 `(frames, height, width, channels)`: each frame of one grey that grows, and a corner that moves."""
    made = np.zeros((frames, HEIGHT, WIDTH, channels), np.uint8)
    for number, frame in enumerate(made):
        frame[:] = 20 * number + seed
        frame[number % HEIGHT, number % WIDTH] = 100
    return made
