"""What depends on constants alone is computed once, before the file is written, one node at a time."""

import numpy as np
import onnx
import onnxruntime

from kgan.export.graph.graph import Graph, attribute

__all__ = ["fold_constants"]

_DRAWING = ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli")
_GROWTH = 2**16  # bytes that a constant may have more than what it is made of: noise is not, and zeros, repeated


def fold_constants(graph: Graph) -> bool:
    """Replaces each node that takes constants alone by what it gives; returns whether there was one.

    A transposed weight is a view of the weight, and takes no memory. onnxruntime computes the rest, so that numbers are
    those that it would get when the file is run.

    Raises:
        ValueError: if onnxruntime cannot compute it.
    """
    found = False
    for node in list(graph.nodes):
        if not _is_constant(graph, node):
            continue
        values = _computed(graph, node)
        if sum(one.nbytes for one in values) > _GROWTH + sum(graph.constants[one].nbytes for one in node.input if one):
            continue
        for name, value in zip(node.output, values, strict=True):
            if name:
                graph.keep(name, value, node.input)
        graph.nodes = [one for one in graph.nodes if one is not node]
        found = True
    if found:
        graph.changed()
        graph.remove_unused()
    return found


def _is_constant(graph: Graph, node: onnx.NodeProto) -> bool:
    has_bodies = any(one.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for one in node.attribute)
    return (
        all(name in graph.constants for name in node.input if name)
        and node.op_type not in _DRAWING
        and not has_bodies
        and not set(node.output) & set(graph.outputs)
    )


def _computed(graph: Graph, node: onnx.NodeProto) -> list[np.ndarray]:
    given = {name: graph.constants[name] for name in node.input if name}
    if node.op_type == "Transpose":
        return [np.transpose(given[node.input[0]], attribute(node, "perm"))]
    inputs = [
        onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
        for name, value in given.items()
    ]
    outputs = [onnx.ValueInfoProto(name=name) for name in node.output if name]
    model = onnx.helper.make_model(
        onnx.helper.make_graph([node], "folded", inputs, outputs),
        opset_imports=[onnx.helper.make_opsetid("", graph.opset)],
        ir_version=8,
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    feeds = {name: np.asarray(value, order="C") for name, value in given.items()}
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        results = iter(session.run(None, feeds))
    except Exception as error:  # of a class of its own for each status
        raise ValueError(f"onnxruntime cannot compute {node.op_type}: {error}") from error
    return [next(results) if name else np.zeros(0) for name in node.output]
