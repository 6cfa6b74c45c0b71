"""Names and an order that follow from what a graph computes alone, so that one model gives one file, to the byte."""

from collections import Counter
from collections.abc import Iterable, Sequence

import onnx

from kgan.export.graph.graph import Graph, bodies, taken

__all__ = ["merge_equals", "put_in_order"]

_FEW = 2**16  # bytes of a constant that is compared with others


def merge_equals(graph: Graph) -> bool:
    """Computes once what several nodes compute alike, and holds once what several constants hold.

    Returns:
        Whether there were such nodes.
    """
    first: dict[tuple, str] = {}
    same: dict[str, str] = {}
    for name, value in graph.constants.items():
        if value.nbytes <= _FEW and name not in graph.origins:
            other = first.setdefault((value.dtype.str, value.shape, value.tobytes()), name)
            if other != name and name not in graph.outputs:
                same[name] = other
    graph.rename(same)
    seen: dict[bytes, onnx.NodeProto] = {}
    found = False
    for node in list(graph.nodes):
        if len(node.output) > 1 or node.op_type.startswith(("Random", "Multinomial", "Bernoulli")):
            continue
        like = onnx.NodeProto(op_type=node.op_type, domain=node.domain, input=node.input)
        like.attribute.extend(sorted(node.attribute, key=lambda one: one.name))
        other = seen.setdefault(like.SerializeToString(deterministic=True), node)
        if other is not node and node.output[0] not in graph.outputs:
            found |= graph.bypass(node, other.output[0])
    return found


def put_in_order(graph: Graph) -> None:
    """Sorts nodes by what they need, beginning at the outputs, and names them by operator and number.

    tf2onnx goes through sets as it rewrites and numbers what it makes over the whole life of the process, so that two
    conversions of one network differ in both. A weight has the name that it has in Keras.
    """
    graph.nodes = _sorted(graph.nodes, graph.outputs)
    graph.changed()
    _rename_all(graph)


def _sorted(nodes: Sequence[onnx.NodeProto], outputs: Iterable[str]) -> list[onnx.NodeProto]:
    """The nodes that outputs need, each after those that it needs."""
    producers = {name: node for node in nodes for name in node.output if name}
    done: dict[int, onnx.NodeProto] = {}
    waiting = [producers[name] for name in outputs if name in producers][::-1]
    while waiting:
        node = waiting[-1]
        needed = [] if id(node) in done else [producers[name] for name in taken(node) if name in producers]
        missing = [one for one in needed if id(one) not in done]
        waiting.extend(reversed(missing))
        if not missing:
            done[id(waiting.pop())] = node
    return list(done.values())


def _rename_all(graph: Graph) -> None:
    numbers: Counter = Counter()
    names = {name: name for name in (*graph.inputs, *graph.outputs)}
    for node in graph.nodes:
        _make_plain(node)
        node.name = f"{node.op_type}_{numbers[node.op_type]}"
        numbers[node.op_type] += 1
        for name in taken(node):
            if name in graph.constants and name not in names:
                origin = graph.origins.get(name)
                number = numbers[origin or "constant"]
                names[name] = f"constant_{number}" if origin is None else f"{origin}_{number}" if number else origin
                numbers[origin or "constant"] += 1
        for place, output in enumerate(node.output):
            if output and output not in names:
                names[output] = f"{node.name}_output_{place}"
        for place, body in enumerate(bodies(node)):
            _rename_within(body, f"{node.name}_body_{place}", names)
    graph.rename(names)
    graph.origins = {names[old]: origin for old, origin in graph.origins.items() if old in names}
    graph.constants = {name: graph.constants[old] for old, name in names.items() if old in graph.constants}


def _make_plain(node: onnx.NodeProto) -> None:
    """Leaves out what says nothing, and sorts attributes."""
    node.ClearField("doc_string")
    if not node.domain:
        node.ClearField("domain")
    node.attribute.sort(key=lambda one: one.name)


def _rename_within(body: onnx.GraphProto, prefix: str, names: dict[str, str]) -> None:
    """Names what lies in a graph within a node; `names` has then what its nodes take."""
    body.name = prefix
    nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in body.node]
    _put_copies_last(body.output, nodes)
    nodes = _sorted(nodes, [one.name for one in body.output])
    uses = list(dict.fromkeys(name for node in nodes for name in taken(node)))
    held = {one.name: onnx.TensorProto.FromString(one.SerializeToString()) for one in body.initializer}
    kept = [held[name] for name in dict.fromkeys((*uses, *(one.name for one in body.output))) if name in held]
    del body.node[:], body.initializer[:], body.value_info[:]
    for number, one in enumerate((*body.input, *kept)):
        names[one.name] = f"{prefix}_given_{number}"
        one.name = names[one.name]
    for value in body.output:  # whose shapes tf2onnx knows now and then, and which follow from the nodes
        value.type.tensor_type.ClearField("shape")
    for value in body.input:
        for dimension in value.type.tensor_type.shape.dim:
            dimension.Clear()
    for number, node in enumerate(nodes):
        _make_plain(node)
        node.name = f"{prefix}_{number}"
        for place, output in enumerate(node.output):
            if output:
                names[output] = f"{node.name}_output_{place}"
                node.output[place] = names[output]
        for place, inner in enumerate(bodies(node)):
            _rename_within(inner, f"{node.name}_body_{place}", names)
    body.node.extend(nodes)
    body.initializer.extend(kept)


def _put_copies_last(outputs: Sequence[onnx.ValueInfoProto], nodes: Sequence[onnx.NodeProto]) -> None:
    """Of two outputs that are one tensor and its copy, the copy comes second."""
    for node in nodes:
        places = {one.name: place for place, one in enumerate(outputs)}
        if node.op_type != "Identity" or node.input[0] not in places or node.output[0] not in places:
            continue
        copied, copy = places[node.input[0]], places[node.output[0]]
        if copy < copied:
            outputs[copy].name, outputs[copied].name = node.input[0], node.output[0]
