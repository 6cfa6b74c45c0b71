"""Pixels repeated along one axis after the other, which Keras writes as three reshapes each, are one `Resize`."""

from collections.abc import Sequence

import numpy as np
import onnx

from kgan.export.graph.graph import Graph, attribute
from kgan.export.graph.sizes import Size, sizes_of

__all__ = ["resize_by_one_node"]

_NEAREST = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}


def resize_by_one_node(graph: Graph) -> bool:
    """Replaces `Unsqueeze`, `Tile` and `Reshape` by `Resize`, and joins two of these.

    Returns:
        Whether there were any.
    """
    found = False
    for node in list(graph.nodes):
        if node.op_type == "Reshape":
            found |= _replace(graph, node)
        elif node.op_type == "Expand":
            found |= _tile_instead(graph, node)
        elif node.op_type == "Resize":
            found |= _join(graph, node)
    return found


def _replace(graph: Graph, node: onnx.NodeProto) -> bool:
    """`Reshape([Transpose](Tile(u)))`: u is x with further axes of length 1, each behind one that it multiplies."""
    tile = turned = graph.producer(node.input[0])
    if turned is not None and turned.op_type == "Transpose" and attribute(turned, "perm") is not None:
        tile = graph.producer(turned.input[0])
    repeats = graph.constants.get(tile.input[1]) if tile is not None and tile.op_type == "Tile" else None
    added = graph.producer(tile.input[0]) if repeats is not None else None
    if added is None or added.op_type not in ("Unsqueeze", "Reshape"):
        return False
    wide, shape = graph.shapes().get(tile.input[0]), graph.shapes().get(added.input[0])
    times = [int(one) for one in repeats]
    new = [axis for axis, one in enumerate(times) if one != 1]
    if wide is None or shape is None or any(wide[axis] != 1 for axis in new):
        return False
    if not _same([size for axis, size in enumerate(wide) if axis not in new], shape):
        return False
    order = list(range(len(times))) if turned is tile else list(attribute(turned, "perm"))
    factors = _factors(order, new, times)
    old = [axis for axis in range(len(times)) if axis not in new]
    rest = [old.index(axis) for axis in order if axis not in new]  # the order of the axes that x has
    if factors is None:
        return False
    sizes = [shape[axis] for axis in rest]
    target = sizes_of(graph, node.input[1])
    wanted = [
        size * one if isinstance(size, int) else None if one > 1 else size
        for size, one in zip(sizes, factors, strict=True)
    ]
    if target is None or not _same(target, wanted):
        return False
    return _turn(graph, node, added.input[0], rest, sizes, factors)


def _turn(graph: Graph, node: onnx.NodeProto, x: str, order: list[int], sizes: list[Size], factors: list[int]) -> bool:
    """Makes of a node what repeats each number of x so many times along each axis."""
    repeated = [size for size, one in zip(sizes, factors, strict=True) if one > 1]
    if any(size == 1 for size in repeated) != all(size == 1 for size in repeated):
        return False
    if repeated[0] != 1 and len(factors) < 3:
        return False
    if order != sorted(order):
        x = graph.insert(node, "Transpose", [x], perm=order)
    if repeated[0] == 1:
        graph.turn_into(node, "Tile", [x, graph.hold(np.array(factors, np.int64))])
    else:
        graph.turn_into(node, "Resize", [x, "", graph.hold(np.array(factors, np.float32))], **_NEAREST)
    return True


def _factors(order: list[int], new: list[int], times: list[int]) -> list[int] | None:
    """How often numbers are repeated along each old axis; `None` where a new axis does not follow an old one."""
    factors: list[int] = []
    for place, axis in enumerate(order):
        if axis not in new:
            factors.append(1)
        elif place == 0 or order[place - 1] in new:
            return None
        else:
            factors[-1] = times[axis]
    return factors if new else None


def _same(sizes: Sequence[Size], others: Sequence[Size]) -> bool:
    """Whether two shapes of as many numbers are one, though one axis may not be known."""
    if len(sizes) != len(others):
        return False
    unknown = [
        (one, other) for one, other in zip(sizes, others, strict=True) if one != other or one is None or one == -1
    ]
    return not unknown or (len(unknown) == 1 and not all(isinstance(one, int) and one > 0 for one in unknown[0]))


def _tile_instead(graph: Graph, node: onnx.NodeProto) -> bool:
    """An `Expand` of axes of length 1 to known lengths is a `Tile` by constants."""
    shape, target = graph.shapes().get(node.input[0]), sizes_of(graph, node.input[1])
    if shape is None or target is None or len(shape) != len(target) or node.input[0] in graph.constants:
        return False
    times = []
    for size, wanted in zip(shape, target, strict=True):
        if size is not None and (wanted in (size, 1)):
            times.append(1)
        elif size == 1 and isinstance(wanted, int):
            times.append(wanted)
        else:
            return False
    graph.turn_into(node, "Tile", [node.input[0], graph.hold(np.array(times, np.int64))])
    return True


def _join(graph: Graph, node: onnx.NodeProto) -> bool:
    before = graph.producer(node.input[0])
    if before is None or before.op_type != "Resize" or not graph.used_once(node.input[0]):
        return False
    scales = [graph.constants.get(one.input[2]) if len(one.input) == 3 else None for one in (before, node)]
    wanted = {name: value.encode() for name, value in _NEAREST.items()}
    if any(one is None for one in scales) or not all(
        wanted == {name: attribute(one, name) for name in wanted} and len(one.attribute) == len(wanted)
        for one in (before, node)
    ):
        return False
    node.input[0], node.input[2] = before.input[0], graph.hold(scales[0] * scales[1])
    graph.changed()
    return True
