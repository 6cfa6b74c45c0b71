"""Files that a stranger may have forged."""

import contextlib
import dataclasses
import json

import onnx

from kgan import run
from kgan._support import checkpoint_files


def run_folder(folder, **recipe):
    """A run folder that holds nothing but its config.json."""
    folder.mkdir()
    plan = dataclasses.asdict(run.Plan.make("digits"))
    (folder / "config.json").write_text(json.dumps({"plan": {**plan, "recipe": plan["recipe"] | recipe}}))
    return folder


@contextlib.contextmanager
def checkpoint_of(folder):
    """The model file of the run's only checkpoint, to be written within."""
    parent = folder / "checkpoints" / "step-00000001"
    parent.mkdir(parents=True)
    yield parent / "model.keras"
    checkpoint_files.seal(parent, checkpoint_files.Place(), 1)


def tiny_onnx(path, **metadata):
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Add", ["latents", "latents"], ["samples"])],
        "doubled",
        [onnx.helper.make_tensor_value_info("latents", onnx.TensorProto.FLOAT, ["batch", 2])],
        [onnx.helper.make_tensor_value_info("samples", onnx.TensorProto.FLOAT, ["batch", 2])],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    facts = {"latent_distribution": "normal", "latent_dim": "2", "sample_shape": "[2]", "value_range": "null"}
    facts |= {"num_classes": "null"} | metadata
    onnx.helper.set_model_props(model, {f"kgan_{key}": value for key, value in facts.items()})
    onnx.save(model, path)
    return path
