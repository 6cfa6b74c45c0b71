"""Writing a small ONNX graph as kgan exports one, made without training."""

import json

import onnx
from onnx import helper


def metadata(facts):
    """Entries as kgan writes them: behind `kgan_`, and JSON where they are no text."""
    return {f"kgan_{name}": value if isinstance(value, str) else json.dumps(value) for name, value in facts.items()}


def save(path, nodes, ends, constants, texts):
    """A graph from its first end to its second.

    Args:
        path: Where it goes.
        nodes: Of the graph.
        ends: The input and the output.
        constants: Tensors.
        texts: The metadata.
    """
    graph = helper.make_graph(list(nodes), "network", ends[:1], ends[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, texts)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
