"""What the tests of published families share: real colour pictures, ONNX beside Keras, saving, and short training."""

import os

import keras
import numpy as np
import onnx
import onnxruntime
import skimage
import tensorflow as tf

import kgan
from games import Waves
from kgan.export.onnx import converted

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee")  # as scikit-image brings them


def colour_images(count: int = 256, size: int = 32, seed: int = 0) -> np.ndarray:
    """Cuts of photographs, `(count, size, size, 3)` uint8: real colours and edges, no two alike."""
    random = np.random.RandomState(seed)
    photographs = [getattr(skimage.data, name)()[::2, ::2, :3] for name in PHOTOGRAPHS]
    cuts = []
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        top, left = (random.randint(side - size) for side in photograph.shape[:2])
        cuts.append(photograph[top : top + size, left : left + size])
    return np.stack(cuts)


def trainable(model: keras.Model) -> int:
    """The number of trainable parameters."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def example(model: keras.Model, batch: int = 3, most: int = 2) -> list[np.ndarray]:
    """Inputs of the model from a fixed seed: classes below `most` for integers, N(0, 1) for the rest."""
    random = np.random.RandomState(batch)
    return [
        random.randint(0, most, batch).astype(np.int32)
        if "int" in one.dtype
        else random.standard_normal((batch, *one.shape[1:])).astype(np.float32)
        for one in model.inputs
    ]


def called(model: keras.Model, inputs: list[np.ndarray], training: bool = False) -> np.ndarray:
    """The model's only output."""
    return np.asarray(model(inputs if len(inputs) > 1 else inputs[0], training=training))


def graph_of(model: keras.Model, opset: int = 18) -> onnx.ModelProto:
    """The model as it is exported: inputs `input_0` and so on, one output."""
    specs = [tf.TensorSpec(one.shape, one.dtype, name=f"input_{i}") for i, one in enumerate(model.inputs)]

    @tf.function(input_signature=specs, autograph=False)
    def function(*inputs):
        return {"output": model(list(inputs) if len(inputs) > 1 else inputs[0], training=False)}

    return converted(function, specs, opset, {"output": len(model.outputs[0].shape)})


def assert_exported(model: keras.Model, atol: float = 1e-4, opset: int = 18) -> None:
    """Converts the model, finds ONNX's own operators alone, and compares it with Keras at two batch sizes."""
    graph = graph_of(model, opset)
    onnx.checker.check_model(graph, full_check=True)
    standard = {schema.name for schema in onnx.defs.get_all_schemas()}
    assert {node.op_type for node in graph.graph.node} <= standard
    assert {node.domain for node in graph.graph.node} <= {""}
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    for batch in (1, 3):
        inputs = example(model, batch)
        (outputs,) = session.run(None, {f"input_{i}": one for i, one in enumerate(inputs)})
        expected = called(model, inputs)
        assert outputs.shape == expected.shape
        assert expected.std() > 1e-3  # else nothing is compared
        np.testing.assert_allclose(outputs, expected, atol=atol)


def saved_and_loaded(model: keras.Model, folder: "os.PathLike") -> keras.Model:
    """The model as its `.keras` file gives it back; one made from its config has the same weights by name."""
    path = os.path.join(folder, "model.keras")
    model.save(path)
    again = type(model).from_config(model.get_config())
    paths = [sorted((weight.path, tuple(weight.shape)) for weight in one.weights) for one in (model, again)]
    assert paths[0] == paths[1]
    return keras.models.load_model(path)


def trained(
    generator: keras.Model, discriminator: keras.Model, steps: int, batch: int = 8, seed: int = 0, **compiled
) -> tuple[kgan.GAN, list[dict[str, float]]]:
    """A GAN after some steps on colour pictures, and the logs of each step; latents are alike with and without XLA."""
    shape = generator.output_shape[1:]
    labels = len(generator.inputs) > 1 or len(discriminator.inputs) > 1
    gan = kgan.GAN(generator, discriminator, seed=seed, latents=Waves(), num_classes=3 if labels else None)
    gan.compile(**compiled)
    images = colour_images(steps * batch if steps < 20 else 256, shape[0])[:, : shape[0], : shape[1]]
    logs = []
    for step in range(steps):
        rows = np.arange(step * batch, (step + 1) * batch) % len(images)
        given = (images[rows], rows % 3) if labels else (images[rows],)
        logs.append(gan.train_on_batch(*given, return_dict=True))
    return gan, [{name: float(value) for name, value in one.items()} for one in logs]
