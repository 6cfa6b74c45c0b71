"""Small ONNX graphs in text, for tests of passes: what a graph computes before and after a pass is compared."""

import numpy as np
import onnx
import onnxruntime

from kgan.export.graph import file
from kgan.export.graph.graph import Graph


def graph_of(text: str, **constants: np.ndarray) -> Graph:
    """The graph of `onnx.parser`'s text, with further constants by name.

    Outputs are declared without a shape.
    """
    model = onnx.parser.parse_model(f'<ir_version: 8, opset_import: ["" : 18]> {text}')
    graph = Graph(model, {})
    for name, value in constants.items():
        graph.keep(name, np.asarray(value))
    return graph


def outputs(graph: Graph, folder, **inputs: np.ndarray) -> list[np.ndarray]:
    """What onnxruntime computes, without passes of its own."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    (path,) = file.write(graph, folder / "graph.onnx", "graph.onnx")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def operators(graph: Graph) -> list[str]:
    """Names of the operators, in order."""
    return [node.op_type for node in graph.nodes]


def after(change, graph: Graph, folder, atol: float = 1e-5, **inputs: np.ndarray) -> list[str]:
    """Lets passes change a graph, holds its outputs against those before, and returns its operators."""
    before = outputs(graph, folder, **inputs)
    changes = change if isinstance(change, list | tuple) else [change]
    while any([one(graph) for one in changes]):
        graph.remove_unused()
    for one, other in zip(outputs(graph, folder, **inputs), before, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=atol)
    return operators(graph)
