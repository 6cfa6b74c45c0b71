"""Transposes meet and vanish: one before a node goes behind it where another undoes it, or the other way round."""

from collections.abc import Sequence

import numpy as np
import onnx

from kgan.export.graph.graph import Graph, attribute, set_attribute

__all__ = ["count_transposes", "move_transposes"]

_EACH = frozenset(  # what computes each number by itself, from its first input
    (
        *("Abs", "Cast", "Ceil", "Clip", "Cos", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish"),
        *("LeakyRelu", "Log", "Mish", "Neg", "Not", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid", "Sign", "Sin"),
        *("Softplus", "Softsign", "Sqrt", "Tanh", "ThresholdedRelu"),
    )
)
_TOGETHER = frozenset(
    ("Add", "Div", "Equal", "Greater", "Less", "Max", "Mean", "Min", "Mul", "PRelu", "Pow", "Sub", "Sum", "Where")
)
_REDUCE = frozenset(("ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare"))
_OTHERS = frozenset(("Concat", "LogSoftmax", "Pad", "Resize", "Slice", "Softmax", "Tile"))
_MOVABLE = _EACH | _TOGETHER | _REDUCE | _OTHERS


def move_transposes(graph: Graph) -> bool:
    """Moves transposes past nodes that do the same in another order of axes.

    Channels that go last go down, towards the outputs; channels that go first go up; where they meet, both vanish. What
    moves axes of length 1 alone becomes a `Reshape`. More transposes may be left than there were: the caller counts.

    Returns:
        Whether any was moved.
    """
    found = False
    for node in list(graph.nodes):
        if node.op_type == "Transpose":
            found |= _reshape_instead(graph, node) or _up(graph, node)
        elif node.op_type in _MOVABLE:
            found |= _down(graph, node)
    return found


def count_transposes(graph: Graph) -> int:
    """How many a graph has."""
    return sum(node.op_type == "Transpose" for node in graph.nodes)


def _inverse(order: Sequence[int]) -> list[int]:
    return [int(one) for one in np.argsort(order)]


def _goes_first(order: Sequence[int]) -> bool:
    """Whether the last axis becomes the second, as in front of a convolution."""
    return len(order) > 2 and list(order) == [0, len(order) - 1, *range(1, len(order) - 1)]


def _reshape_instead(graph: Graph, node: onnx.NodeProto) -> bool:
    target = _moved_ones(graph, node.input[0], attribute(node, "perm", ()))
    if target is None:
        return False
    graph.turn_into(node, "Reshape", [node.input[0], graph.hold(np.array(target, np.int64))])
    return True


def _moved_ones(graph: Graph, name: str, order: Sequence[int]) -> list[int] | None:
    """The shape to give a tensor, where a transpose moves axes of length 1 alone; `None` where it moves others."""
    shape = graph.shapes().get(name)
    if shape is None or len(shape) != len(order):
        return None
    longer = [axis for axis in order if shape[axis] != 1]
    free = [axis for axis in longer if not isinstance(shape[axis], int)]
    if longer != sorted(longer) or len(free) > 1:
        return None
    return [-1 if axis in free else int(shape[axis]) for axis in order]


def _down(graph: Graph, node: onnx.NodeProto) -> bool:
    """Of inputs that are transposed alike, the node transposes what it gives instead."""
    if len(node.output) != 1:
        return False
    before = {place: graph.producer(node.input[place]) for place in _data(node)}
    turned = {place: one for place, one in before.items() if one is not None and _has_order(one)}
    orders = {place: list(attribute(one, "perm")) for place, one in turned.items()}
    if not orders:
        return False
    order = next(iter(orders.values()))
    if _goes_first(order):
        return False
    sources = {place: before[place].input[0] for place, one in orders.items() if one == order}
    if not _reorder(graph, node, sources, _inverse(order)):
        return False
    output = node.output[0]
    node.output[0] = f"{output}_before"
    behind = onnx.helper.make_node("Transpose", [node.output[0]], [output], name=f"{output}_turned", perm=order)
    graph.nodes.insert(next(place for place, one in enumerate(graph.nodes) if one is node) + 1, behind)
    graph.changed()
    return True


def _has_order(node: onnx.NodeProto) -> bool:
    """Whether it is a transpose that says its order; one without an attribute, as of matrices, reverses the axes."""
    return node.op_type == "Transpose" and attribute(node, "perm") is not None


def _up(graph: Graph, turned: onnx.NodeProto) -> bool:
    """What brings channels to the front is done before a node, on what it takes, instead of behind it."""
    order = list(attribute(turned, "perm", ()))
    node = graph.producer(turned.input[0])
    if not _goes_first(order) or node is None or node.op_type not in _MOVABLE or not graph.used_once(turned.input[0]):
        return False
    main = [
        place
        for place in _data(node)
        if node.input[place] not in graph.constants and _moved_ones(graph, node.input[place], order) is None
    ]
    if len(main) != 1 or len(node.output) != 1 or graph.shapes().get(node.input[main[0]]) is None:
        return False
    if len(graph.shapes()[node.input[main[0]]]) != len(order):
        return False
    source = node.input[main[0]]
    if not _reorder(graph, node, {main[0]: source}, order):
        return False
    node.input[main[0]] = graph.insert(node, "Transpose", [source], perm=order)
    graph.changed()
    return graph.bypass(turned, node.output[0])


def _data(node: onnx.NodeProto) -> list[int]:
    """The places of the inputs whose axes are those of the output."""
    if node.op_type in _TOGETHER or node.op_type == "Concat":
        return list(range(len(node.input)))
    return [0]


def _reorder(graph: Graph, node: onnx.NodeProto, sources: dict[int, str], order: list[int]) -> bool:
    """Lets a node work on axes in another order, where it can.

    Args:
        graph: The graph.
        node: The node.
        sources: Inputs that are in that order already, by place.
        order: Which of the node's axes each new axis is.

    Returns:
        Whether it could; otherwise nothing has changed.
    """
    others = [place for place in _data(node) if place not in sources]
    if any(not _fits(graph, node.input[place], order) for place in others):
        return False
    if not _reorder_axes(graph, node, order):
        return False
    for place, name in sources.items():
        node.input[place] = name
    for place in others:
        node.input[place] = _turned(graph, node, node.input[place], order)
    graph.changed()
    return True


def _fits(graph: Graph, name: str, order: list[int]) -> bool:
    """Whether a further input can have its axes in another order for nothing."""
    if name in graph.constants:
        return graph.constants[name].ndim <= len(order)
    return graph.shapes().get(name) == () or _moved_ones(graph, name, order) is not None


def _turned(graph: Graph, node: onnx.NodeProto, name: str, order: list[int]) -> str:
    if name in graph.constants:
        value = graph.constants[name]
        if value.size == 1 and value.ndim == 0:
            return name
        full = value.reshape((1,) * (len(order) - value.ndim) + value.shape)
        return graph.hold(np.transpose(full, order), name)
    if graph.shapes()[name] == ():
        return name
    return graph.insert(node, "Transpose", [name], perm=order)  # of axes of length 1: a Reshape before long


def _reorder_axes(graph: Graph, node: onnx.NodeProto, order: list[int]) -> bool:
    """Changes what a node says of axes; returns whether that could be done, and else changes nothing."""
    kind, rank = node.op_type, len(order)
    if kind in _EACH or kind in _TOGETHER:
        return True
    if kind in ("Concat", "Softmax", "LogSoftmax"):
        set_attribute(node, "axis", order.index(attribute(node, "axis", -1) % rank))
        return True
    if kind in _REDUCE:
        return attribute(node, "keepdims", 1) == 1 and _reorder_reduced(graph, node, order)
    if kind == "Slice":
        axes = graph.constants.get(node.input[3]) if len(node.input) > 3 else None
        if axes is not None:
            node.input[3] = graph.hold(np.array([order.index(axis % rank) for axis in axes.tolist()], np.int64))
        return axes is not None
    place = 2 if kind == "Resize" else 1
    value = graph.constants.get(node.input[place]) if len(node.input) > place else None
    if value is None or len(node.input) > 3 or attribute(node, "axes") is not None:
        return False
    if kind == "Pad":
        value = np.concatenate([value[:rank][order], value[rank:][order]]) if value.size == 2 * rank else None
    else:
        value = value[order] if value.size == rank else None
    if value is not None:
        node.input[place] = graph.hold(value)
    return value is not None


def _reorder_reduced(graph: Graph, node: onnx.NodeProto, order: list[int]) -> bool:
    if len(node.input) > 1 and node.input[1]:
        axes = graph.constants.get(node.input[1])
        if axes is not None:
            node.input[1] = graph.hold(np.array([order.index(axis % len(order)) for axis in axes.tolist()], np.int64))
        return axes is not None
    axes = attribute(node, "axes")
    if axes is not None:
        set_attribute(node, "axes", [order.index(axis % len(order)) for axis in axes])
    return True
