"""Sizes that a graph works out when it runs, and that are known before: what `Shape` and what follows it gives."""

from typing import NamedTuple

import numpy as np
import onnx

from kgan.export.graph.graph import Graph, attribute

__all__ = ["Line", "Size", "Sizes", "difference", "fix_sizes", "lengths", "multiplied", "sizes_of"]

_MOST = 64  # numbers of a tensor that holds a shape


class Line(NamedTuple):
    """A length that follows from that of a free axis: so many times as long, and so much more."""

    name: str | None
    times: int
    plus: int


Size = int | str | Line | None
Sizes = tuple[Size, ...]


def fix_sizes(graph: Graph) -> bool:
    """Holds sizes that are known, and gives `Reshape` targets of which at most one is free.

    Returns:
        Whether there were such sizes.
    """
    found = False
    for node in list(graph.nodes):
        if node.op_type == "Reshape" and node.input[1] not in graph.constants:
            sizes = sizes_of(graph, node.input[1])
            if sizes is None or attribute(node, "allowzero", 0) or 0 in sizes:
                continue
            free = [size for size in sizes if not isinstance(size, int)]
            if len(free) < 2 and -1 not in sizes:
                fixed = [size if isinstance(size, int) else -1 for size in sizes]
                node.input[1] = graph.hold(np.array(fixed, np.int64))
                graph.changed()
                found = True
        elif node.op_type in _SIZES and not (set(node.output) & set(graph.outputs)):
            found |= _hold(graph, node)
    return found


def _hold(graph: Graph, node: onnx.NodeProto) -> bool:
    """Makes constants of a node's outputs, where they are known."""
    held = {}
    for name in node.output:
        sizes = sizes_of(graph, name)
        if sizes is not None and name not in graph.constants and all(isinstance(one, int) for one in sizes):
            held[name] = np.array(sizes, graph.dtypes()[name]).reshape(np.shape(_scalar(graph, name, sizes)))
    for name, value in held.items():
        for user in graph.users(name):
            new = graph.hold(value)
            user.input[:] = [new if one == name else one for one in user.input]
        graph.changed()
    return bool(held)


def _scalar(graph: Graph, name: str, sizes: Sizes) -> Size | Sizes:
    return sizes[0] if graph.shapes().get(name) == () else sizes


def sizes_of(graph: Graph, name: str) -> Sizes | None:
    """What a tensor of sizes holds: numbers, names of free axes, `None` for what is not known; `None` if it is none."""
    if name in graph.constants:
        value = graph.constants[name]
        if value.dtype.kind != "i" or value.ndim > 1 or value.size > _MOST:
            return None
        return tuple(int(one) for one in value.reshape(-1))
    node = graph.producer(name)
    if node is None or node.op_type not in _SIZES:
        return None
    return _SIZES[node.op_type](graph, node, name)


def _shape(graph: Graph, node: onnx.NodeProto, name: str) -> Sizes | None:
    return None if node.attribute else lengths(graph, node.input[0])


def _same(graph: Graph, node: onnx.NodeProto, name: str) -> Sizes | None:
    return sizes_of(graph, node.input[0])


def _cast(graph: Graph, node: onnx.NodeProto, name: str) -> Sizes | None:
    whole = attribute(node, "to") in (onnx.TensorProto.INT32, onnx.TensorProto.INT64)
    return sizes_of(graph, node.input[0]) if whole else None


def _slice(graph: Graph, node: onnx.NodeProto, name: str) -> Sizes | None:
    sizes = sizes_of(graph, node.input[0])
    bounds = [sizes_of(graph, one) for one in node.input[1:]]
    if sizes is None or any(one is None or len(one) != 1 or not isinstance(one[0], int) for one in bounds):
        return None
    start, end, step = bounds[0][0], bounds[1][0], bounds[3][0] if len(bounds) > 3 else 1
    return sizes[start:end:step] if step > 0 else None


def _gather(graph: Graph, node: onnx.NodeProto, name: str) -> Sizes | None:
    sizes, places = (sizes_of(graph, one) for one in node.input)
    if sizes is None or places is None or attribute(node, "axis", 0):
        return None
    if not all(isinstance(place, int) and -len(sizes) <= place < len(sizes) for place in places):
        return None
    return tuple(sizes[place] for place in places)


def _concat(graph: Graph, node: onnx.NodeProto, name: str) -> Sizes | None:
    parts = [sizes_of(graph, one) for one in node.input]
    return None if None in parts else sum(parts, ())


def _split(graph: Graph, node: onnx.NodeProto, name: str) -> Sizes | None:
    sizes = sizes_of(graph, node.input[0])
    if sizes is None or len(node.input) > 1 or len(sizes) != len(node.output):
        return None
    place = list(node.output).index(name)
    return sizes[place : place + 1]


def _arithmetic(graph: Graph, node: onnx.NodeProto, name: str) -> Sizes | None:
    """Of one number and another."""
    given = [sizes_of(graph, one) for one in node.input]
    if any(one is None or len(one) != 1 for one in given):
        return None
    return (_computed(node.op_type, *(one[0] for one in given)),)


def _computed(operator: str, left: Size, right: Size | None = None) -> Size:
    if operator == "Neg":
        return -left if isinstance(left, int) else None
    if isinstance(left, int) and isinstance(right, int):
        if operator == "Div":
            return int(left / right) if right else None  # as ONNX, towards 0
        return {"Mul": left * right, "Add": left + right, "Sub": left - right, "Max": max(left, right)}[operator]
    first, second = _line(left), _line(right)
    if first is None or second is None or operator in ("Div", "Max"):
        return None
    if operator == "Mul":
        first, number = (second, left) if isinstance(left, int) else (first, right)
        return _size(Line(first.name, first.times * number, first.plus * number)) if isinstance(number, int) else None
    sign = -1 if operator == "Sub" else 1
    if first.name is not None and second.name not in (None, first.name):
        return None
    return _size(Line(first.name or second.name, first.times + sign * second.times, first.plus + sign * second.plus))


def difference(left: Size, right: Size) -> Size:
    """How much longer one length is than another, a number where both follow from one axis alike."""
    return _computed("Sub", left, right)


def multiplied(size: Size, times: int) -> Size:
    """A length, so many times."""
    return _computed("Mul", size, times)


def _line(size: Size) -> Line | None:
    if isinstance(size, int):
        return Line(None, 0, size)
    return Line(size, 1, 0) if isinstance(size, str) else size


def _size(line: Line) -> Size:
    return line.plus if line.times == 0 else line.name if line[1:] == (1, 0) else line


def lengths(graph: Graph, name: str) -> Sizes | None:
    """The shape of a tensor; of a transposed convolution, how its free axes follow from those of what it takes."""
    shape, node = graph.shapes().get(name), graph.producer(name)
    if shape is None or node is None or node.op_type != "ConvTranspose":
        return shape
    if attribute(node, "auto_pad", b"NOTSET") != b"NOTSET":
        return shape
    given, kernel = graph.shapes().get(node.input[0]), graph.shapes().get(node.input[1])
    if given is None or kernel is None or attribute(node, "output_shape") is not None:
        return shape
    rank = len(shape) - 2
    strides, dilations = (attribute(node, one, [1] * rank) for one in ("strides", "dilations"))
    pads, more = attribute(node, "pads", [0] * 2 * rank), attribute(node, "output_padding", [0] * rank)
    found = list(shape[:2])
    for axis in range(rank):
        extent = (kernel[2 + axis] - 1) * dilations[axis] + 1 + more[axis] - pads[axis] - pads[rank + axis]
        longer = _computed("Mul", given[2 + axis], strides[axis])
        found.append(_computed("Add", longer, extent - strides[axis]))
    return tuple(found)


_SIZES = {
    "Shape": _shape,
    "Cast": _cast,
    "Squeeze": _same,
    "Unsqueeze": _same,
    "Slice": _slice,
    "Gather": _gather,
    "Concat": _concat,
    "Split": _split,
    **dict.fromkeys(("Add", "Div", "Max", "Mul", "Neg", "Sub"), _arithmetic),
}
