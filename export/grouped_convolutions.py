"""Convolutions in groups: in volumes, and of as many groups as the batch has samples, as StyleGAN2's is written."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import tf2onnx
from onnx import TensorProto
from tf2onnx.handler import tf_op
from tf2onnx.onnx_opset import nn

__all__ = ["HANDLERS"]


@tf_op("Conv2D")
class _Convolution:
    """tf2onnx's converter of Conv2D, replaced: padding is merged into convolutions by the one that is registered."""

    @classmethod
    def version_1(cls, context, node, **_):
        _handle(context, node, nn.ConvOp.version_1)

    @classmethod
    def version_11(cls, context, node, **_):
        _handle(context, node, nn.ConvOp.version_11)

    @classmethod
    def version_13(cls, context, node, **_):
        _handle(context, node, nn.ConvOp.version_13)


def _handle(context, node, other: Callable) -> None:
    """Writes a convolution whose number of groups is known at run time alone; others as tf2onnx does.

    ONNX's Conv has its groups in an attribute. Here the groups are scanned: each is a Conv of its own part of the
    images with its own kernel, `(n, h, w, g * c), (k, l, c, g * f) -> (n, h', w', g * f)`.
    """
    images, kernel = (context.get_shape(one) for one in node.input[:2])
    padding = node.get_attr("padding").s.decode()
    channels_last = node.get_attr("data_format") is None or node.get_attr("data_format").s == b"NHWC"
    grouped = images is not None and kernel is not None and images[-1] == -1 and -1 not in kernel[:3]
    if not (channels_last and grouped and padding in ("SAME", "VALID")):
        other(context, node)
        return
    dtype, output, name = context.get_dtype(node.output[0]), node.output[0], node.name
    shape = context.get_shape(output)

    def made(operator: str, *inputs: str, of: int = dtype, **attributes) -> str:
        return context.make_node(operator, list(inputs), attr=attributes, dtypes=[of]).output[0]

    def numbers(*values: int) -> str:
        return context.make_const(tf2onnx.utils.make_name("sizes"), np.array(values, np.int64)).output[0]

    whole = TensorProto.INT64
    channels = made("Gather", made("Shape", node.input[0], of=whole), numbers(3), of=whole, axis=0)
    groups = made("Div", channels, numbers(kernel[2]), of=whole)
    parts = made("Reshape", node.input[0], numbers(0, 0, 0, -1, kernel[2]))
    parts = made("Transpose", parts, perm=[3, 0, 4, 1, 2])  # (g, n, c, h, w)
    kernels = made(
        "Reshape", node.input[1], made("Concat", numbers(*kernel[:3]), groups, numbers(-1), of=whole, axis=0)
    )
    kernels = made("Transpose", kernels, perm=[3, 4, 2, 0, 1])  # (g, f, c, k, l)
    body = _one_group(context, dtype, _attributes(node, kernel[:2], padding))
    scanned = context.make_node(
        "Scan", [parts, kernels], attr={"num_scan_inputs": 2}, branches={"body": body}, dtypes=[dtype]
    )
    joined = made("Transpose", scanned.output[0], perm=[1, 3, 4, 0, 2])  # (n, h', w', g, f)
    joined = made("Reshape", joined, numbers(0, 0, 0, -1))
    context.remove_node(node.name)
    context.make_node("Identity", [joined], outputs=[output], name=name, shapes=[shape], dtypes=[dtype])


def _attributes(node, kernel_shape: list[int], padding: str) -> dict:
    return {
        "kernel_shape": list(kernel_shape),
        "strides": list(node.get_attr("strides").ints)[1:3],
        "dilations": list(node.get_attr("dilations").ints)[1:3] if node.get_attr("dilations") else [1, 1],
        "auto_pad": "SAME_UPPER" if padding == "SAME" else "VALID",
    }


def _one_group(context, dtype: int, attributes: dict):
    """The graph that is run for each group: a Conv of images and a kernel."""
    body = context.create_new_graph_with_same_config()
    images, kernel, result = (tf2onnx.utils.make_name(one) for one in ("group_images", "group_kernel", "group_result"))
    body.add_graph_input(images, dtype, [-1, -1, -1, -1])
    body.add_graph_input(kernel, dtype, [-1, -1, *attributes["kernel_shape"]])
    body.parent_graph = context
    body.make_node("Conv", [images, kernel], attr=attributes, outputs=[result], dtypes=[dtype], shapes=[[-1] * 4])
    body.add_graph_output(result, dtype, [-1, -1, -1, -1])
    return body


def _handle_volumes(context, node, name, arguments) -> None:
    """Writes a convolution in three dimensions as tf2onnx does, with its groups, of which tf2onnx sees none."""
    images, kernel = (context.get_shape(one) for one in node.input[:2])
    nn.ConvOp.version_13(context, node)
    if images is not None and kernel is not None and images[-1] > kernel[-2] > 0:
        node.set_attr("group", images[-1] // kernel[-2])


HANDLERS: Mapping[str, tuple[Callable, list]] = MappingProxyType({"Conv3D": (_handle_volumes, [])})
