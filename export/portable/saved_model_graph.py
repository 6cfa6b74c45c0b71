"""A SavedModel as the network that it holds.

`tf.saved_model.load` makes the objects of a SavedModel anew, and runs what they run when they are made; a graph of
TensorFlow's may read and write files. Here the graph alone is imported, and it is run only where it holds what networks
are made of: operations that compute numbers, control flow, and the reading of its weights. That is a precaution and no
proof, so whoever asks must trust the bundle besides.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["NotRunError", "open_graph"]

SIGNATURES = ("serving_default", "explicit")  # the second takes the optional inputs as well
LARGEST_GRAPH = 2**31  # bytes: no message of protobuf is larger
KEEPING_STATE = {  # of the operations that TensorFlow counts among those with a state, what networks need
    *("VarHandleOp", "ReadVariableOp", "AssignVariableOp", "RestoreV2", "ResourceGather"),
    *("ResourceGatherNd", "StatefulPartitionedCall", "If", "While", "Assert"),
    *("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal"),
}
CALLING = {"PartitionedCall", "StatefulPartitionedCall", "If", "StatelessIf", "While", "StatelessWhile"}
PREFIXES = (
    "PyFunc",
    "EagerPyFunc",
    "Debug",
    "ImmutableConst",
    "XlaCustomCall",
    "BatchFunction",
)  # call Python, or open files that an attribute names


class NotRunError(Exception):
    """The artefact may do more than compute; its files were compared by their hashes."""


def open_graph(folder: Path) -> tuple[frozenset[str], Sequence[str], Callable[[Mapping[str, np.ndarray]], Any]]:
    """Opens the graph of a SavedModel with its weights.

    Args:
        folder: The SavedModel.

    Returns:
        The names of its inputs, optional ones too, those of its outputs, and a function from inputs by name to the
        outputs.

    Raises:
        NotRunError: if a run may reach an operation that is not known to compute numbers alone.
        ValueError: if it is no SavedModel of one graph with a signature.
    """
    import tensorflow as tf
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    content = (folder / "saved_model.pb").read_bytes()
    if len(content) >= LARGEST_GRAPH:
        raise ValueError(f"a graph of {len(content):,} bytes")
    graphs = SavedModel.FromString(content).meta_graphs
    if len(graphs) != 1:
        raise ValueError(f"{len(graphs)} graphs, where one was due")
    meta = graphs[0]
    signatures = [meta.signature_def[name] for name in SIGNATURES if name in meta.signature_def]
    gives = sorted(signatures[0].outputs) if signatures else []
    if not gives or any(sorted(one.outputs) != gives for one in signatures):
        raise ValueError("no signature serving_default")
    fetched = [tensor.name for one in signatures for tensor in one.outputs.values()]
    check_operations(meta.graph_def, [meta.saver_def.restore_op_name, *fetched])
    graph = tf.Graph()
    with graph.as_default(), tf.device("CPU:0"):
        tf.graph_util.import_graph_def(meta.graph_def, name="")
    session = tf.compat.v1.Session(graph=graph, config=tf.compat.v1.ConfigProto(device_count={"GPU": 0}))
    weights = str(folder / "variables" / "variables")
    session.run(meta.saver_def.restore_op_name, {meta.saver_def.filename_tensor_name: weights})

    def run(inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        signature = next(one for one in signatures if set(one.inputs) == set(inputs))
        feeds = {signature.inputs[name].name: value for name, value in inputs.items()}
        return session.run([signature.outputs[name].name for name in gives], feeds)

    return frozenset(name for one in signatures for name in one.inputs), gives, run


def check_operations(graph: Any, ends: Iterable[str]) -> None:
    """Refuses a graph in which what is run may do more than compute.

    Args:
        graph: A `GraphDef`.
        ends: What is run: names of operations, or of tensors.

    Raises:
        NotRunError: if so; the message names the operation.
    """
    nodes = {node.name: node for node in graph.node}
    functions = {one.signature.name: one for one in graph.library.function}
    if graph.library.gradient:
        raise NotRunError("it holds gradients of functions, which networks that are exported do not have")
    for one in graph.library.function:  # TensorFlow exchanges functions for others of the same interface
        if any(name.startswith("api_") for name in one.attr):
            raise NotRunError(f"it holds the function {one.signature.name}, which stands for others")
    waiting, reached = [operation_of(one) for one in ends], set()
    called: list[str] = []
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            called += check_operation(nodes[name], functions)
            waiting += [operation_of(one) for one in nodes[name].input]
    entered: set[str] = set()
    while called:
        name = called.pop()
        if name not in entered:
            entered.add(name)
            for node in functions[name].node_def:
                called += check_operation(node, functions)


def operation_of(tensor: str) -> str:
    """The operation that a tensor comes from, or that an input waits for."""
    return tensor.removeprefix("^").split(":")[0]


def check_operation(node: Any, functions: Mapping[str, Any]) -> list[str]:
    """Refuses an operation that may do more than compute; returns the functions of the graph that it calls."""
    from tensorflow.core.framework.types_pb2 import DT_STRING
    from tensorflow.python.framework import op_def_registry

    if node.op in functions:
        return [node.op]
    known = op_def_registry.get(node.op)
    # Whatever opens a file is told its name in an input: text, of which networks have none.
    text = known is not None and any(one.type == DT_STRING for one in (*known.input_arg, *known.output_arg))
    stays = known is not None and (not known.is_stateful or node.op in KEEPING_STATE)
    if not stays or (text and node.op != "RestoreV2") or node.op.startswith(PREFIXES):
        raise NotRunError(f"it holds TensorFlow's operation {node.op}, which may do more than compute")
    named = [one for value in node.attr.values() for one in (value.func, *value.list.func) if one.name]
    if any(value.placeholder for value in node.attr.values()):
        raise NotRunError(f"it holds TensorFlow's operation {node.op}, of which a part is left open")
    if named and (node.op not in CALLING or any(one.name not in functions or one.attr for one in named)):
        raise NotRunError(f"it holds TensorFlow's operation {node.op} on the function {named[0].name}")
    return [one.name for one in named]
