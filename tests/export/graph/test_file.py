"""The ONNX file is written piece by piece: onnx and onnxruntime read it as they read one of onnx's own."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

import kgan
from games import small_dcgan
from kgan.export import card
from kgan.export.graph import file
from kgan.export.graph.graph import Graph

RANDOM = np.random.RandomState(0)
KERNEL = RANDOM.randn(40, 30).astype(np.float32)


def a_graph():
    nodes = [helper.make_node("MatMul", ["x", "kernel"], ["y"]), helper.make_node("Add", ["y", "bias"], ["z"])]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 40])]
    outputs = [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["batch", 30])]
    bias = onnx.numpy_helper.from_array(np.arange(30, dtype=np.float32), "bias")
    body = helper.make_graph(nodes, "body", inputs, outputs, [bias])
    graph = Graph(helper.make_model(body, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), {})
    graph.nodes[0].input[1] = graph.hold(KERNEL.T.copy().T)  # in memory it is the other way round
    graph.changed()
    return graph


@pytest.mark.parametrize(("largest", "files"), [(None, 1), (1000, 2)])
def test_a_written_graph_computes_what_it_says(tmp_path, largest, files):
    written = file.write(a_graph(), tmp_path / "a.onnx", "a.onnx", largest)
    assert [one.name for one in written] == ["a.onnx", "a.onnx.data"][:files]
    assert sorted(tmp_path.iterdir()) == written
    onnx.checker.check_model(tmp_path / "a.onnx", full_check=True)
    session = onnxruntime.InferenceSession(tmp_path / "a.onnx", providers=["CPUExecutionProvider"])
    x = RANDOM.randn(3, 40).astype(np.float32)
    np.testing.assert_allclose(session.run(None, {"x": x})[0], x @ KERNEL + np.arange(30), atol=1e-5)


def test_a_file_is_what_protobuf_itself_would_write(tmp_path):
    (path,) = file.write(a_graph(), tmp_path / "a.onnx", "a.onnx")
    model = onnx.load(path)
    assert model.ByteSize() == path.stat().st_size
    assert onnx.ModelProto.FromString(model.SerializeToString()) == model
    held = {one.name: onnx.numpy_helper.to_array(one) for one in model.graph.initializer}
    assert sorted(value.shape for value in held.values()) == [(30,), (40, 30)]


@pytest.mark.parametrize("dtype", ["float16", "float64", "int64", "int32", "uint8", "bool"])
def test_constants_of_every_type_come_back(tmp_path, dtype):
    graph = a_graph()
    value = RANDOM.uniform(0, 2, (5, 7)).astype(dtype)
    graph.keep("other", value)
    file.write(graph, tmp_path / "a.onnx", "a.onnx")
    held = {one.name: onnx.numpy_helper.to_array(one) for one in onnx.load(tmp_path / "a.onnx").graph.initializer}
    np.testing.assert_array_equal(held["other"], value)
    assert held["other"].dtype == value.dtype


def test_weights_beyond_the_limit_lie_in_a_file_beside_and_move_with_the_artefact(tmp_path, monkeypatch):
    monkeypatch.setattr(file, "LARGEST", 1000)
    monkeypatch.setattr(file, "_IN_THE_GRAPH", 100)
    gan = small_dcgan()
    path = kgan.export.save(gan, tmp_path / "model.onnx")
    bundle = kgan.export.save(gan, tmp_path / "bundle", formats=("onnx",))
    kgan.export.save(gan, bundle, formats=("onnx",))  # over itself
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bundle", "model.onnx", "model.onnx.data"]
    z = RANDOM.randn(3, 4).astype(np.float32)
    for one in (path, bundle / "generator.onnx"):
        session = onnxruntime.InferenceSession(one, providers=["CPUExecutionProvider"])
        np.testing.assert_allclose(session.run(None, {"latents": z})[0], gan(z), atol=1e-4)
    assert (bundle / "generator.onnx.data").stat().st_size > 4 * gan.generator.count_params() / 2
    assert "generator.onnx.data" in card.read(bundle)["sha256"]
