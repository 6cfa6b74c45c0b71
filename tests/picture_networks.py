"""ONNX files as kgan exports them for networks that take pictures, made without training."""

import json

import exported_graphs
import numpy as np
import onnx
from onnx import TensorProto, helper

import kgan


def metadata(height=None, width=None, channels=3, output_channels=None, scale=1, multiple=1, **others):
    """What such a file carries."""
    facts = {
        "kgan_version": kgan.__version__,
        "kgan_kind": "translation",
        "kgan_runner": "apply.py",
        "kgan_input_shape": [height, width, channels],
        "kgan_sample_shape": [
            None if height is None else height * scale,
            None if width is None else width * scale,
            output_channels or channels,
        ],
        "kgan_scale": scale,
        "kgan_multiple": multiple,
        "kgan_input_range": [-1.0, 1.0],
        "kgan_value_range": [-1.0, 1.0],
        "kgan_dropout_at_test_time": False,
    } | others
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in facts.items()}


def write(path, nodes, constants=(), **facts):
    """A file of these nodes, from `image` to `generated`, both NHWC."""
    facts = metadata(**facts)
    ends = []
    for name, key in (("image", "kgan_input_shape"), ("generated", "kgan_sample_shape")):
        height, width, channels = json.loads(facts[key])
        names = ("height", "width") if name == "image" or facts["kgan_scale"] == "1" else ("high", "wide")
        axes = ["batch", height or names[0], width or names[1], channels]
        ends.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, axes))
    tensors = [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in constants]
    return exported_graphs.save(path, nodes, ends, tensors, facts)


def identity(path, **facts):
    """Gives back what it takes."""
    return write(path, [helper.make_node("Identity", ["image"], ["generated"])], **facts)


def negative(path, **facts):
    """Black for white: -x."""
    return write(path, [helper.make_node("Neg", ["image"], ["generated"])], **facts)


def blur(path, radius=1, channels=3, **facts):
    """The mean of a square of `2 * radius + 1` pixels, with zeros beyond the edges, as Keras pads."""
    size = 2 * radius + 1
    kernel = np.full((channels, 1, size, size), 1.0 / size**2, np.float32)
    nodes = [
        helper.make_node("Transpose", ["image"], ["a"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["a", "kernel"], ["b"], pads=[radius] * 4, group=channels),
        helper.make_node("Transpose", ["b"], ["generated"], perm=[0, 2, 3, 1]),
    ]
    return write(path, nodes, [("kernel", kernel)], channels=channels, **facts)


def doubled(path, channels=3, **facts):
    """Each pixel as a square of four."""
    nodes = [
        helper.make_node("Resize", ["image", "", "scales"], ["generated"], mode="nearest", nearest_mode="floor",
                         coordinate_transformation_mode="asymmetric"),
    ]  # fmt: skip
    scales = np.float32([1, 2, 2, 1])
    return write(path, nodes, [("scales", scales)], channels=channels, scale=2, **facts)


def grey_to_colour(path, **facts):
    """Red, green and blue as x, -x and 0.5 x."""
    factors = np.float32([1.0, -1.0, 0.5])
    nodes = [helper.make_node("Mul", ["image", "factors"], ["generated"])]
    return write(path, nodes, [("factors", factors)], channels=1, output_channels=3, **facts)
