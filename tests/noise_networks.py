"""ONNX files as kgan exports them for generators of noise, made without training."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper


def write(
    path,
    shape=(8, 8, 3),
    latent_dim=4,
    num_classes=None,
    num_tags=None,
    class_names=None,
    of_batch=False,
    further=None,
    **others,
):
    """A dense layer and tanh; a class or tags add a row each to it.

    Args:
        path: Where it goes.
        shape: Of a sample.
        latent_dim: Of the latents.
        num_classes: `None` for a generator without classes.
        num_tags: `None` for one without tags.
        class_names: Of either.
        of_batch: Whether the mean of the batch is taken from each sample, so that neighbours change it.
        further: Further outputs by name: samples less the mean of their batch where its value is true, else negative.
        others: Further entries of the metadata, without `kgan_`.
    """
    random = np.random.RandomState(0)
    size, kinds = int(np.prod(shape)), num_classes or num_tags
    tensors = {"weights": random.normal(size=(latent_dim, size)), "rows": random.normal(size=(kinds or 1, size))}
    tensors = [onnx.numpy_helper.from_array(value.astype(np.float32), name) for name, value in tensors.items()]
    tensors.append(onnx.numpy_helper.from_array(np.int64([-1, *shape]), "shape"))
    tensors.append(onnx.numpy_helper.from_array(np.int64([0]), "axes"))
    inputs = [helper.make_tensor_value_info("latents", TensorProto.FLOAT, ["batch", latent_dim])]
    nodes, last = [helper.make_node("MatMul", ["latents", "weights"], ["a"])], "a"
    if kinds is not None:
        kind, rest = (TensorProto.INT64, []) if num_classes else (TensorProto.FLOAT, [num_tags])
        inputs.append(helper.make_tensor_value_info("labels", kind, ["batch", *rest]))
        chosen = ("Gather", ["rows", "labels"]) if num_classes else ("MatMul", ["labels", "rows"])
        nodes += [helper.make_node(*chosen, ["b"]), helper.make_node("Add", [last, "b"], ["c"])]
        last = "c"
    if of_batch:
        nodes += [
            helper.make_node("ReduceMean", [last, "axes"], ["mean"], keepdims=1),
            helper.make_node("Sub", [last, "mean"], ["d"]),
        ]
        last = "d"
    nodes += [helper.make_node("Tanh", [last], ["e"]), helper.make_node("Reshape", ["e", "shape"], ["images"])]
    outputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", *shape])]
    for name, is_of_batch in (further or {}).items():
        nodes.append(helper.make_node("ReduceMean", ["images", "axes"], [f"{name}_mean"], keepdims=1))
        nodes.append(
            helper.make_node(*(("Sub", ["images", f"{name}_mean"]) if is_of_batch else ("Neg", ["images"])), [name])
        )
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape]))
    if further:
        others["further_outputs"] = {name: {"shape": list(shape), "value_range": None} for name in further}
    graph = helper.make_graph(nodes, "generator", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    facts = {
        "kgan_latent_distribution": "normal",
        "kgan_latent_dim": latent_dim,
        "kgan_sample_shape": list(shape),
        "kgan_value_range": [-1.0, 1.0],
        "kgan_num_classes": num_classes,
        "kgan_num_tags": num_tags,
        "kgan_class_names": class_names,
    } | {f"kgan_{name}": value for name, value in others.items()}
    facts |= {f"kgan_{name}": value for name, value in others.items()}
    helper.set_model_props(
        model, {key: value if isinstance(value, str) else json.dumps(value) for key, value in facts.items()}
    )
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
