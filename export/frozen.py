"""A traced function as one graph of TensorFlow's, from which an ONNX file is made."""

from collections.abc import Mapping
from typing import NamedTuple

import tensorflow as tf
from tensorflow.core.framework.graph_pb2 import GraphDef
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
from tf2onnx import tf_loader

__all__ = ["Frozen", "of"]


class Frozen(NamedTuple):
    """A graph with its weights in it.

    Attributes:
        definition: The graph.
        inputs: Names of the tensors that it takes.
        outputs: Names of the tensors that it gives.
        names: What these are called by whoever calls the function, by their names in the graph.
    """

    definition: GraphDef
    inputs: list[str]
    outputs: list[str]
    names: dict[str, str]


def of(function: tf.types.experimental.ConcreteFunction) -> Frozen:
    """The graph of a function, with the functions in it written out, those too that XLA is to compile.

    Keras has XLA compile convolutions in groups, which leaves a call of a function in the graph that no converter
    follows.
    """
    fixed = convert_variables_to_constants_v2(function, lower_control_flow=False, aggressive_inlining=True)
    definition = fixed.graph.as_graph_def(add_shapes=True)
    _fix_known_lengths(fixed.graph, definition)
    _count_from_the_end(fixed.graph, definition)
    for nodes in (definition.node, *(one.node_def for one in definition.library.function)):
        for node in nodes:
            node.attr.pop("_XlaMustCompile", None)
    for one in definition.library.function:
        one.attr.pop("_XlaMustCompile", None)
        one.attr.pop("_noinline", None)
    inputs = [one.name for one in function.inputs if one.dtype != tf.resource]
    outputs = [one.name for one in function.outputs]
    given = [one.name for one in tf.nest.flatten(function.structured_input_signature) if isinstance(one, tf.TensorSpec)]
    names = dict(zip(inputs, given, strict=False))  # those that follow are tensors that layers hold
    if isinstance(function.structured_outputs, Mapping):  # a tensor alone keeps its name in the graph
        names |= {one.name: name for name, one in function.structured_outputs.items()}
    with tf.Graph().as_default(), tf.device("CPU:0"):
        tf.import_graph_def(definition, name="")
        definition = tf_loader.tf_optimize(inputs, outputs, definition)
    return Frozen(definition, inputs, outputs, names)


def _fix_known_lengths(graph: tf.Graph, definition: GraphDef) -> None:
    """Writes lengths that are taken from a shape as numbers where they are known, though the batch is not.

    The scale of a resized image is made of them, say, which its operation in ONNX must know.
    """
    nodes = {node.name: node for node in definition.node}
    for operation in graph.get_operations():
        taken = _taken(operation)
        if taken is None or operation.name not in nodes:
            continue
        dtype = operation.outputs[0].dtype
        constant = tf.make_tensor_proto(taken, dtype)
        node = nodes[operation.name]
        name = node.name
        node.Clear()
        node.name, node.op = name, "Const"
        node.attr["dtype"].type = dtype.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(constant)


def _taken(operation: tf.Operation) -> "list[int] | int | None":
    """The lengths that an operation takes from a shape, `None` where it is none of these or they are not known."""
    if operation.type != "StridedSlice" or operation.inputs[0].op.type != "Shape":
        return None
    shape = operation.inputs[0].op.inputs[0].shape
    bounds = [tf.get_static_value(one) for one in operation.inputs[1:4]]
    masks = {
        name: operation.get_attr(f"{name}_mask") for name in ("begin", "end", "shrink_axis", "ellipsis", "new_axis")
    }
    if shape.rank is None or any(one is None for one in bounds) or masks["ellipsis"] or masks["new_axis"]:
        return None
    begin, end, stride = (int(one[0]) for one in bounds)
    if masks["shrink_axis"]:
        return shape[begin]
    lengths = shape.as_list()[None if masks["begin"] else begin : None if masks["end"] else end : stride]
    return None if None in lengths else lengths


def _count_from_the_end(graph: tf.Graph, definition: GraphDef) -> None:
    """Looks up by indices as they are where Keras has added the length to negative ones: ONNX's Gather does the same.

    An embedding of labels would have ten nodes more.
    """
    nodes = {node.name: node for node in definition.node}
    for operation in graph.get_operations():
        if operation.type != "SelectV2" or operation.inputs[0].op.type != "Less":
            continue
        indices, lower = operation.inputs[2], operation.inputs[0].op
        added = operation.inputs[1].op
        wraps = added.type in ("AddV2", "Add") and indices.name in [one.name for one in added.inputs]
        zero = tf.get_static_value(lower.inputs[1])
        if not wraps or lower.inputs[0].name != indices.name or zero is None or zero.size != 1 or zero.item() != 0:
            continue
        for reader in operation.outputs[0].consumers():
            if reader.type == "GatherV2" and reader.inputs[1] is operation.outputs[0] and reader.name in nodes:
                nodes[reader.name].input[1] = indices.name
