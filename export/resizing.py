"""Resizing that ONNX has no operator for, or has another one for, as products with two matrices."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import tensorflow as tf
import tf2onnx
from onnx import TensorProto
from tf2onnx.onnx_opset import nn

__all__ = ["HANDLERS"]


def _matrix(resize: Callable, before: int, after: int, axis: int) -> np.ndarray:
    """The weights of one axis, `(after, before)`: what the operation makes of the rows of the identity."""
    rows = np.eye(before, dtype=np.float32)  # a channel for each
    images = rows[None, :, None, :] if axis == 0 else rows[None, None, :, :]
    size = (after, 1) if axis == 0 else (1, after)
    with tf.Graph().as_default() as graph, tf.device("CPU:0"):  # tf2onnx works within a graph: nothing is eager
        resized = resize(tf.constant(images), size, axis)
        with tf.compat.v1.Session(graph=graph) as session:
            return session.run(resized).reshape(after, before)


def _handler(resizer: Callable, otherwise: Callable | None) -> Callable:
    """Writes an operation that resizes each axis for itself as products; where sizes are free, `otherwise`.

    Args:
        resizer: From a node to `(images, size, axis) -> images`, or `None` where an argument of it is not a constant.
        otherwise: tf2onnx's own handler, for heights and widths that are free; `None` to refuse them.
    """

    def handle(context, node, name, arguments):
        shape = context.get_shape(node.input[0])
        resize = resizer(node)
        if resize is None or shape is None or -1 in shape[1:3] or not node.inputs[1].is_const():
            if otherwise is not None:
                otherwise(context, node)
            return
        before, after = shape[1:3], [int(one) for one in node.inputs[1].get_tensor_value()]
        images, output = node.input[0], node.output[0]
        output_shape = context.get_shape(output)

        def made(operator: str, *inputs: str, **attributes) -> str:
            return context.make_node(operator, list(inputs), attr=attributes, dtypes=[TensorProto.FLOAT]).output[0]

        def constant(value: np.ndarray) -> str:
            return context.make_const(tf2onnx.utils.make_name(f"{name}_weights"), value).output[0]

        if context.get_dtype(images) != TensorProto.FLOAT:
            images = made("Cast", images, to=TensorProto.FLOAT)
        if after[0] != before[0] or not _is_identity(resize, before[0], 0):
            rows = made("Reshape", images, constant(np.array([0, before[0], -1], np.int64)))  # (b, h, w * c)
            rows = made("MatMul", constant(_matrix(resize, before[0], after[0], 0)), rows)
            images = made("Reshape", rows, constant(np.array([0, after[0], before[1], -1], np.int64)))
        images = made("MatMul", constant(_matrix(resize, before[1], after[1], 1)), images)  # (b, h, w, c)
        context.remove_node(node.name)
        context.make_node(
            "Identity", [images], outputs=[output], name=name, shapes=[output_shape], dtypes=[TensorProto.FLOAT]
        )

    return handle


def _is_identity(resize: Callable, size: int, axis: int) -> bool:
    return bool(np.array_equal(_matrix(resize, size, size, axis), np.eye(size, dtype=np.float32)))


def _flag(node, name: str) -> bool:
    attribute = node.get_attr(name)
    return attribute is not None and bool(attribute.i)


def _bicubic(node) -> Callable:
    flags = {name: _flag(node, name) for name in ("align_corners", "half_pixel_centers")}
    return lambda images, size, axis: tf.raw_ops.ResizeBicubic(images=images, size=size, **flags)


def _area(node) -> Callable:
    align = _flag(node, "align_corners")
    return lambda images, size, axis: tf.raw_ops.ResizeArea(images=images, size=size, align_corners=align)


def _scaled(node) -> Callable | None:
    """`tf.image.resize` with `antialias`, and Lanczos's, Gaussian and Mitchell's kernels."""
    if not all(one.is_const() for one in node.inputs[2:4]):
        return None
    scale, translation = (np.array(one.get_tensor_value(), np.float32) for one in node.inputs[2:4])
    kernel = node.get_attr("kernel_type")
    options = {
        "kernel_type": "lanczos3" if kernel is None else kernel.s.decode(),
        "antialias": node.get_attr("antialias") is None or _flag(node, "antialias"),
    }

    def resize(images: tf.Tensor, size: tuple[int, int], axis: int) -> tf.Tensor:
        own = np.arange(2) == axis
        return tf.raw_ops.ScaleAndTranslate(
            images=images,
            size=size,
            scale=np.where(own, scale, 1.0).astype(np.float32),
            translation=np.where(own, translation, 0.0).astype(np.float32),
            **options,
        )

    return resize


def _as_tf2onnx_does(context, node) -> None:
    nn.Resize.version_11(context, node)


HANDLERS: Mapping[str, tuple[Callable, list]] = MappingProxyType(
    {
        "ResizeArea": (_handler(_area, None), []),
        "ResizeBicubic": (_handler(_bicubic, _as_tf2onnx_does), []),
        "ScaleAndTranslate": (_handler(_scaled, None), []),
    }
)
