"""Scales and offsets of channels, as a BatchNormalization has them, go into the weights before them."""

import numpy as np
import onnx

from kgan.export.graph.graph import Graph, attribute

__all__ = ["fold_scales"]

_CHANNELS = {"Conv": 0, "ConvTranspose": 1}  # the axis of a kernel that makes the output's channels


def fold_scales(graph: Graph) -> bool:
    """Multiplies kernels, and adds to their biases, what is done to each output channel of a linear node afterwards.

    `(k * x + b) s + t = (k s) * x + (b s + t)`; after a MatMul that is followed by a `Reshape`, too. Two scales, or two
    offsets, in a row become one.

    Returns:
        Whether there was any.
    """
    found = False
    for node in list(graph.nodes):
        if node.op_type in ("Mul", "Add", "Sub"):
            found |= _into_weights(graph, node) or _into_one_before(graph, node)
    return found


def _into_weights(graph: Graph, node: onnx.NodeProto) -> bool:
    source, value, sign = _operands(graph, node)
    if source is None or value is None or not graph.used_once(source):
        return False
    linear = graph.producer(source)
    if linear is None:
        return False
    if linear.op_type in _CHANNELS:
        return _into_convolution(graph, node, linear, value * sign)
    if linear.op_type == "Add" and node.op_type == "Mul":
        return _past_offset(graph, node, linear, value)
    if linear.op_type == "MatMul" and node.op_type == "Mul" and linear.input[1] in graph.constants:
        return _into_matmul(graph, node, linear, value)
    if linear.op_type == "Reshape" and node.op_type in ("Mul", "Add"):
        return _past_reshape(graph, node, linear, value)
    return False


def _operands(graph: Graph, node: onnx.NodeProto) -> tuple[str | None, np.ndarray | None, float]:
    """What a node changes, the constant that it changes it by, and -1.0 where that is subtracted."""
    left, right = node.input
    if right in graph.constants:
        value = graph.constants[right]
        return left, value if value.dtype.kind == "f" else None, -1.0 if node.op_type == "Sub" else 1.0
    if left in graph.constants and node.op_type != "Sub" and graph.constants[left].dtype.kind == "f":
        return right, graph.constants[left], 1.0
    return None, None, 1.0


def _into_convolution(graph: Graph, node: onnx.NodeProto, linear: onnx.NodeProto, value: np.ndarray) -> bool:
    kernel = graph.constants.get(linear.input[1])
    bias = graph.constants.get(linear.input[2]) if len(linear.input) > 2 and linear.input[2] else np.zeros(1)
    groups = attribute(linear, "group", 1)
    if kernel is None or bias is None or (linear.op_type == "ConvTranspose" and groups > 1):
        return False
    axis, channels = _CHANNELS[linear.op_type], kernel.shape[_CHANNELS[linear.op_type]]
    each = _for_each(value, channels, kernel.ndim)
    if each is None:
        return False
    bias = np.broadcast_to(bias, (channels,)).astype(np.float64)
    if node.op_type == "Mul":
        scale = each.reshape([-1 if place == axis else 1 for place in range(kernel.ndim)])
        linear.input[1] = graph.hold((kernel * scale.astype(kernel.dtype)), linear.input[1])
        bias = bias * each
    else:
        bias = bias + each
    del linear.input[2:]
    if bias.any():
        linear.input.append(graph.hold(bias.astype(kernel.dtype)))
    graph.changed()
    return graph.bypass(node, linear.output[0])


def _for_each(value: np.ndarray, channels: int, rank: int) -> np.ndarray | None:
    """A constant that is added to, or multiplies, images of channels first, as one number a channel."""
    shape = (1,) * (rank - value.ndim) + value.shape
    if len(shape) != rank or shape[1] not in (1, channels) or value.size != shape[1]:
        return None
    return np.broadcast_to(value.reshape(-1), (channels,)).astype(np.float64)


def _into_matmul(graph: Graph, node: onnx.NodeProto, linear: onnx.NodeProto, value: np.ndarray) -> bool:
    kernel = graph.constants[linear.input[1]]
    if kernel.ndim != 2 or value.size not in (1, kernel.shape[1]) or value.size != (value.shape or (1,))[-1]:
        return False
    if value.ndim > 2:
        return False
    linear.input[1] = graph.hold(kernel * value.reshape(-1).astype(kernel.dtype), linear.input[1])
    graph.changed()
    return graph.bypass(node, linear.output[0])


def _past_offset(graph: Graph, node: onnx.NodeProto, offset: onnx.NodeProto, value: np.ndarray) -> bool:
    """`(x + t) s = x s + t s`, where the scale can go further, into the weights before x."""
    source, added, _ = _operands(graph, offset)
    linear = graph.producer(source) if source is not None else None
    if added is None or linear is None or linear.op_type not in ("MatMul", "Mul", "Reshape", *_CHANNELS):
        return False
    if linear.op_type == "Mul" and _operands(graph, linear)[1] is None:
        return False
    if not graph.used_once(source) or max(added.ndim, value.ndim) > len(graph.shapes().get(source, ())):
        return False
    scaled = graph.insert(offset, "Mul", [source, graph.hold(value)])
    graph.turn_into(offset, "Add", [scaled, graph.hold((added * value).astype(added.dtype))])
    return graph.bypass(node, offset.output[0])


def _past_reshape(graph: Graph, node: onnx.NodeProto, reshape: onnx.NodeProto, value: np.ndarray) -> bool:
    """The same before a `Reshape` of each sample of `(batch, numbers)`, made by a MatMul, into a grid."""
    shape, grid = graph.shapes().get(reshape.input[0]), graph.shapes().get(reshape.output[0])
    if shape is None or grid is None or len(shape) != 2 or not graph.used_once(reshape.input[0]):
        return False
    sizes = grid[1:]
    if not all(isinstance(one, int) for one in (*sizes, shape[1])) or int(np.prod(sizes)) != shape[1]:
        return False
    linear = graph.producer(reshape.input[0])
    if linear is None or linear.op_type not in ("MatMul", "Add", "Mul"):
        return False
    if linear.op_type != "MatMul" and _operands(graph, linear)[1] is None:
        return False
    if value.ndim > len(grid) or (value.ndim == len(grid) and value.shape[0] != 1):
        return False
    flat = np.broadcast_to(value.reshape(value.shape[-len(sizes) :]), sizes).reshape(-1)
    moved = graph.insert(reshape, node.op_type, [reshape.input[0], graph.hold(np.ascontiguousarray(flat))])
    reshape.input[0] = moved
    graph.changed()
    return graph.bypass(node, reshape.output[0])


def _into_one_before(graph: Graph, node: onnx.NodeProto) -> bool:
    """`(x s) t = x (s t)` and `(x + s) + t = x + (s + t)`, of constants."""
    source, value, sign = _operands(graph, node)
    before = graph.producer(source) if source is not None else None
    if value is None or before is None or not graph.used_once(source):
        return False
    inner, first, first_sign = (
        _operands(graph, before) if before.op_type in ("Mul", "Add", "Sub") else (None, None, 1.0)
    )
    if first is None or (before.op_type == "Mul") != (node.op_type == "Mul"):
        return False
    rank = len(graph.shapes().get(inner, ()))
    joined = first * value if node.op_type == "Mul" else first * first_sign + value * sign
    if joined.ndim > rank or joined.nbytes > 2 * max(first.nbytes, value.nbytes):
        return False
    graph.turn_into(node, "Mul" if node.op_type == "Mul" else "Add", [inner, graph.hold(joined.astype(first.dtype))])
    return True
