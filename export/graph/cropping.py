"""What is cut off a transposed convolution is not computed: `pads` of the convolution say so."""

import onnx

from kgan.export.graph.graph import Graph, attribute, set_attribute
from kgan.export.graph.sizes import difference, lengths, sizes_of

__all__ = ["crop_by_padding"]


def crop_by_padding(graph: Graph) -> bool:
    """Makes padding of a `Slice` behind a `ConvTranspose`, whatever the lengths of its axes.

    tf2onnx computes the whole, where height and width are free, and works out what to cut when the graph is run.

    Returns:
        Whether there was any.
    """
    found = False
    for node in list(graph.nodes):
        if node.op_type == "Slice":
            found |= _crop(graph, node)
    return found


def _crop(graph: Graph, node: onnx.NodeProto) -> bool:
    convolution = graph.producer(node.input[0])
    if convolution is None or convolution.op_type != "ConvTranspose" or not graph.used_once(node.input[0]):
        return False
    shape, bounds = lengths(graph, node.input[0]), [sizes_of(graph, one) for one in node.input[1:]]
    if shape is None or len(bounds) < 3 or None in bounds or (len(bounds) > 3 and set(bounds[3]) != {1}):
        return False
    rank = len(shape) - 2
    pads = list(attribute(convolution, "pads", [0] * 2 * rank))
    for start, end, axis in zip(*bounds[:3], strict=True):
        if not isinstance(start, int) or not isinstance(axis, int) or start < 0 or axis % len(shape) < 2:
            return False
        rest = -end if isinstance(end, int) and end < 0 else difference(shape[axis], end)
        if not isinstance(rest, int) or rest < 0:
            return False
        pads[axis % len(shape) - 2] += start
        pads[rank + axis % len(shape) - 2] += rest
    if not graph.bypass(node, convolution.output[0]):
        return False
    set_attribute(convolution, "pads", pads)
    graph.changed()
    return True
