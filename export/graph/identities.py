"""Nodes that change nothing, and pairs that are one."""

import numpy as np
import onnx

from kgan.export.graph.graph import Graph, attribute

__all__ = ["remove_identities"]

_TO_THE_END = 10**9  # an end beyond every axis; TensorFlow and tf2onnx write several such


def remove_identities(graph: Graph) -> bool:
    """Removes what gives what it takes, and joins a `Reshape` or `Transpose` with one before it.

    Returns:
        Whether there was any.
    """
    found = False
    for node in list(graph.nodes):
        if node.op_type in _CHANGE_NOTHING and _CHANGE_NOTHING[node.op_type](graph, node):
            found |= graph.bypass(node, node.input[0])
        elif node.op_type in ("Reshape", "Transpose"):
            found |= _join(graph, node)
        elif node.op_type == "Squeeze":
            found |= _undo_unsqueeze(graph, node)
        elif node.op_type == "Slice":
            found |= _one_of_a_tile(graph, node)
    return found


def _slice(graph: Graph, node: onnx.NodeProto) -> bool:
    """Whether a slice is from the first to the last."""
    bounds = [graph.constants.get(name) for name in node.input[1:] if name]
    if any(one is None for one in bounds):
        return False
    starts, ends, steps = bounds[0], bounds[1], bounds[3] if len(bounds) > 3 else np.ones(1)
    return bool((starts == 0).all() and (ends >= _TO_THE_END).all() and (steps == 1).all())


def _tile(graph: Graph, node: onnx.NodeProto) -> bool:
    repeats = graph.constants.get(node.input[1])
    return repeats is not None and bool((repeats == 1).all())


def _pad(graph: Graph, node: onnx.NodeProto) -> bool:
    pads = graph.constants.get(node.input[1])
    return pads is not None and not pads.any()


def _transpose(graph: Graph, node: onnx.NodeProto) -> bool:
    order = attribute(node, "perm", ())
    return bool(order) and list(order) == sorted(order)


def _cast(graph: Graph, node: onnx.NodeProto) -> bool:
    kind = graph.dtypes().get(node.input[0])
    return kind is not None and onnx.helper.np_dtype_to_tensor_dtype(kind) == attribute(node, "to")


def _reshape(graph: Graph, node: onnx.NodeProto) -> bool:
    """Whether a shape is the one that it was; of one free axis, the others say how long it is."""
    target, shape = graph.constants.get(node.input[1]), graph.shapes().get(node.input[0])
    if target is None or shape is None or len(shape) != len(target):
        return False
    differ = [(new, old) for new, old in zip(target.tolist(), shape, strict=True) if new not in (0, old)]
    return not differ or (len(differ) == 1 and differ[0][0] == -1)


def _always(graph: Graph, node: onnx.NodeProto) -> bool:
    return True


_CHANGE_NOTHING = {
    "Identity": _always,
    "Slice": _slice,
    "Tile": _tile,
    "Pad": _pad,
    "Transpose": _transpose,
    "Cast": _cast,
    "Reshape": _reshape,
}


def _join(graph: Graph, node: onnx.NodeProto) -> bool:
    """Two in a row are one."""
    before = graph.producer(node.input[0])
    if before is None or before.op_type not in (node.op_type, "Unsqueeze" if node.op_type == "Reshape" else None):
        return False
    if node.op_type == "Reshape":
        target = graph.constants.get(node.input[1])
        if target is None or (target == 0).any() or attribute(before, "allowzero", 0):
            return False
    else:
        first, then = attribute(before, "perm"), attribute(node, "perm")
        if first is None or then is None:  # of matrices, whose axes are reversed without saying so
            return False
        node.attribute[0].ints[:] = [first[axis] for axis in then]
    node.input[0] = before.input[0]
    graph.changed()
    return True


def _undo_unsqueeze(graph: Graph, node: onnx.NodeProto) -> bool:
    before = graph.producer(node.input[0])
    if before is None or before.op_type != "Unsqueeze" or len(node.input) < 2:
        return False
    axes, added = (graph.constants.get(one.input[1]) for one in (node, before))
    if axes is None or added is None or axes.tolist() != added.tolist():
        return False
    return graph.bypass(node, before.input[0])


def _one_of_a_tile(graph: Graph, node: onnx.NodeProto) -> bool:
    """What is taken out of an axis of one, repeated, is that one: the w of a place in a StyleGAN."""
    before = graph.producer(node.input[0])
    if before is None or before.op_type != "Tile":
        return False
    shape, result = graph.shapes().get(before.input[0]), graph.shapes().get(node.output[0])
    repeats = graph.constants.get(before.input[1])
    bounds = [graph.constants.get(name) for name in node.input[1:] if name]
    if shape is None or result is None or repeats is None or len(bounds) < 3 or any(one is None for one in bounds):
        return False
    sliced = {int(axis) % len(shape) for axis, start in zip(bounds[2], bounds[0], strict=True) if start} | {
        int(axis) % len(shape) for axis, end in zip(bounds[2], bounds[1], strict=True) if end < _TO_THE_END
    }
    tiled = {axis for axis, times in enumerate(repeats.tolist()) if times != 1}
    if not tiled <= sliced or any(shape[axis] != 1 or result[axis] != 1 for axis in sliced):
        return False
    return graph.bypass(node, before.input[0])
