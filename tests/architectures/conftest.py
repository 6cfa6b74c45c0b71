"""How the tests of architectures look at them as ONNX files."""

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from families import graph_of


@pytest.fixture
def assert_exports():
    """Converts the model, finds ONNX's own operators alone, and compares it with Keras at two batch sizes."""

    def check(model: keras.Model, size=(None, None), atol=1e-4):
        graph = graph_of(model)
        onnx.checker.check_model(graph, full_check=True)
        standard = {schema.name for schema in onnx.defs.get_all_schemas()}
        assert {node.op_type for node in graph.graph.node if node.domain == ""} <= standard
        assert {node.domain for node in graph.graph.node} <= {""}
        session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
        for batch in (1, 3):
            random = np.random.RandomState(batch)
            sizes = [[a or b for a, b in zip(one.shape[1:3], size, strict=True)] for one in model.inputs]
            inputs = [
                random.uniform(-1, 1, (batch, *sides, one.shape[3])).astype(np.float32)
                for one, sides in zip(model.inputs, sizes, strict=True)
            ]
            expected = model(inputs if len(inputs) > 1 else inputs[0], training=False).numpy()
            (outputs,) = session.run(None, {f"input_{i}": one for i, one in enumerate(inputs)})
            assert outputs.shape == expected.shape
            assert expected.std() > 1e-3  # else nothing is compared
            np.testing.assert_allclose(outputs, expected, atol=atol)

    return check


@pytest.fixture
def randomised():
    """Weights of a trained network's size, and moving statistics that are not those of the start."""

    def change(model: keras.Model, seed: int = 0) -> keras.Model:
        random = np.random.RandomState(seed)
        for weight in model.weights:
            shape = tuple(weight.shape)
            if "variance" in weight.name:
                weight.assign(random.uniform(0.5, 2.0, shape))
            elif len(shape) == 4:
                weight.assign(random.normal(0.0, 0.15, shape))
            elif len(shape) == 1:
                weight.assign(random.normal(1.0 if weight.name == "gamma" else 0.0, 0.2, shape))
        return model

    return change
