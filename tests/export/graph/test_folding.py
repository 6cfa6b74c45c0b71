"""What depends on constants alone is computed when the file is written."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from kgan.export.graph.folding import fold_constants
from kgan.export.graph.graph import Graph

KERNEL = np.random.RandomState(0).randn(3, 4).astype(np.float32)


def a_graph(*nodes, **constants):
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 4])]
    result = [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)]
    model = helper.make_model(
        helper.make_graph(list(nodes), "g", given, result), opset_imports=[helper.make_opsetid("", 18)]
    )
    graph = Graph(model, {})
    for name, value in constants.items():
        graph.keep(name, value)
    return graph


def test_a_weight_that_is_scaled_and_turned_is_a_constant():
    graph = a_graph(
        helper.make_node("Mul", ["kernel", "two"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["x", "turned"], ["out"]),
        kernel=KERNEL,
        two=np.float32(2.0),
    )
    assert fold_constants(graph)
    assert [node.op_type for node in graph.nodes] == ["MatMul"]
    assert list(graph.constants) == ["turned"]
    np.testing.assert_array_equal(graph.constants["turned"], 2 * KERNEL.T)
    assert not fold_constants(graph)


def test_a_transposed_weight_takes_no_memory():
    graph = a_graph(
        helper.make_node("Transpose", ["kernel"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["x", "turned"], ["out"]),
        kernel=KERNEL,
    )
    fold_constants(graph)
    assert np.shares_memory(graph.constants["turned"], KERNEL)


def test_a_single_number_stays_without_axes():
    node = helper.make_node("Less", ["one", "two"], ["less"])
    last = helper.make_node("Where", ["less", "x", "one"], ["out"])
    graph = a_graph(node, last, one=np.array(1.0, np.float32), two=np.array(2.0, np.float32))
    fold_constants(graph)
    assert graph.constants["less"].shape == ()
    assert graph.constants["less"]


def test_a_node_of_several_outputs_is_folded():
    graph = a_graph(
        helper.make_node("Split", ["kernel"], ["left", "right"], axis=1, num_outputs=2),
        helper.make_node("Concat", ["right", "left"], ["out"], axis=1),
        kernel=KERNEL,
    )
    fold_constants(graph)
    np.testing.assert_array_equal(graph.constants["right"], KERNEL[:, 2:])
    assert [node.op_type for node in graph.nodes] == ["Concat"]  # an output of the graph is computed


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Expand", ["kernel", "size"], ["large"]),
        helper.make_node("RandomNormalLike", ["kernel"], ["large"]),
        helper.make_node("Add", ["kernel", "x"], ["large"]),
    ],
    ids=["a weight repeated a thousand times", "noise", "what takes an input"],
)
def test_what_would_grow_or_is_drawn_or_takes_an_input_is_left(node):
    graph = a_graph(
        node, helper.make_node("Relu", ["large"], ["out"]), kernel=KERNEL, size=np.array([10_000, 3, 4], np.int64)
    )
    assert not fold_constants(graph)
    assert onnx.helper.printable_node(graph.nodes[0]) == onnx.helper.printable_node(node)
