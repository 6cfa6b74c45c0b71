"""One way of running a generator, in a process of its own: it draws batches as often as it is told.

    python draw_images.py WAY FOLDER

NumPy and the standard library, and what the way itself imports. FOLDER is one that `inference.py` prepares: the
generator in each format, latents, and what Keras makes of them, which every way must come to before it is timed.
"""

import contextlib
import itertools
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

TOLERANCE = 1e-3  # of an image in [-1, 1]


def kgan_sampler(folder):
    """kgan's sampler, which draws its latents itself, from a seed; to be compared it takes those of all."""
    from kgan_cli import light

    sampler = light.part("portable.sampler").Sampler(folder / "generator.onnx")
    seeds = itertools.count()
    return lambda z: sampler.sample(len(z), next(seeds)), lambda z: np.concatenate(list(sampler.of_latents(z)))


def raw_onnxruntime(folder):
    """onnxruntime as it is opened by two lines."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / "generator.onnx"), providers=["CPUExecutionProvider"])
    return lambda z: session.run(None, {"latents": z})[0]


def raw_onnxruntime_of_a_thread(folder):
    """The same with one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "generator.onnx"), options, providers=["CPUExecutionProvider"])
    return lambda z: session.run(None, {"latents": z})[0]


def _keras(folder):
    from keras.models import load_model

    import kgan  # noqa: F401  its layers are in the file

    return load_model(folder / "generator.keras", compile=False)


def keras_predict(folder):
    """`model.predict`."""
    generator = _keras(folder)
    return lambda z: generator.predict(z, batch_size=len(z), verbose=0)


def tf_function(folder):
    """The model, called in a `tf.function`."""
    import tensorflow as tf

    generator = _keras(folder)
    function = tf.function(lambda z: generator(z, training=False), reduce_retracing=True)
    return lambda z: function(tf.constant(z)).numpy()


def saved_model(folder):
    """The SavedModel's signature."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder / "saved_model"))
    serve = loaded.signatures["serving_default"]
    return lambda z: serve(latents=tf.constant(z))["images"].numpy(), None, loaded


def litert(folder):
    """LiteRT's interpreter, with a thread on each core."""
    from ai_edge_litert.interpreter import Interpreter

    interpreters = {}

    def draw(z):
        if len(z) not in interpreters:
            made = Interpreter(str(folder / "generator.tflite"), num_threads=os.cpu_count())
            made.resize_tensor_input(made.get_input_details()[0]["index"], list(z.shape))
            made.allocate_tensors()
            interpreters[len(z)] = made
        made = interpreters[len(z)]
        made.set_tensor(made.get_input_details()[0]["index"], z)
        made.invoke()
        return made.get_tensor(made.get_output_details()[0]["index"])

    return draw


def openvino(folder):
    """OpenVINO, compiled from the ONNX file for latency."""
    import openvino as ov

    compiled = ov.Core().compile_model(str(folder / "generator.onnx"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda z: compiled(z)[0]


def _torch(folder):
    """The same layers in PyTorch, with the same weights; images leave as (batch, height, width, channels)."""
    import torch
    from torch import nn

    with np.load(folder / "layers.npz", allow_pickle=False) as archive:
        arrays = dict(archive)
    stack = []
    for place, layer in enumerate(json.loads((folder / "layers.json").read_text())):
        kind, weights = layer["kind"], [torch.from_numpy(arrays[f"{place}.{n}"]) for n in range(layer["weights"])]
        if kind == "Dense":
            stack.append(nn.Linear(*weights[0].shape, bias=False))
            weights = [weights[0].T]
        elif kind == "Reshape":
            stack.append(nn.Unflatten(1, layer["target_shape"]))
            stack.append(_Permuted((0, 3, 1, 2)))
        elif kind == "BatchNormalization":
            stack.append(nn.BatchNorm2d(len(weights[0]), eps=layer["epsilon"]))
            stack[-1].running_mean.data, stack[-1].running_var.data = weights[2:]
            weights = weights[:2]
        elif kind == "ReLU":
            stack.append(nn.ReLU())
        else:
            after, before = weights[0].shape[2:]
            stack.append(nn.ConvTranspose2d(before, after, 4, 2, 1, bias=len(weights) == 2))
            weights[0] = weights[0].permute(3, 2, 0, 1).contiguous()
        for parameter, weight in zip(stack[-1].parameters(), weights, strict=True):
            parameter.data = weight.contiguous()
    stack += [nn.Tanh(), _Permuted((0, 2, 3, 1))]
    return nn.Sequential(*stack).eval().to(memory_format=torch.channels_last)


def _Permuted(axes):  # noqa: N802  a module, as those beside it
    from torch import nn

    class Permuted(nn.Module):
        def forward(self, x):
            return x.permute(*axes)

    return Permuted()


def pytorch_eager(folder):
    """PyTorch, in inference mode."""
    import torch

    network = _torch(folder)

    def draw(z):
        with torch.inference_mode():
            return network(torch.from_numpy(z)).numpy()

    return draw


def pytorch_compile(folder):
    """PyTorch with `torch.compile`, for the batch at hand."""
    import torch

    network = torch.compile(_torch(folder), dynamic=False)

    def draw(z):
        with torch.inference_mode():
            return network(torch.from_numpy(z)).numpy()

    return draw


WAYS = {
    one.__name__: one
    for one in (
        kgan_sampler,
        raw_onnxruntime,
        raw_onnxruntime_of_a_thread,
        keras_predict,
        tf_function,
        saved_model,
        litert,
        openvino,
        pytorch_eager,
        pytorch_compile,
    )
}


def main(way, folder):
    """Compares with Keras, then answers each line `BATCH SECONDS` by how long how many batches took."""
    answers, folder = sys.stdout, Path(folder)
    with np.load(folder / "expected.npz", allow_pickle=False) as archive:
        z, expected = archive["latents"], archive["images"]
    with contextlib.redirect_stdout(sys.stderr):  # whatever a library prints is no answer
        built = WAYS[way](folder)
        draw, same, *_kept = built if isinstance(built, tuple) else (built, None)
        for rows in (1, len(z)):
            found = (same or draw)(z[:rows])
            if np.abs(found - expected[:rows]).max() > TOLERANCE:
                sys.exit(f"{way}: other images than Keras's, by {np.abs(found - expected[:rows]).max()}.")
        print(json.dumps({"ready": True}), file=answers, flush=True)
        for line in sys.stdin:
            batch, seconds = json.loads(line)
            print(json.dumps(_turn(draw, z[:batch], seconds)), file=answers, flush=True)


def _turn(draw, z, seconds):
    """Batches until so many seconds are over: their number, the time that they took, and processor time."""
    drawn, started, processor = 0, time.perf_counter(), time.process_time()
    while (passed := time.perf_counter() - started) < seconds:
        draw(z)
        drawn += 1
    return {"batches": drawn, "seconds": passed, "processor": time.process_time() - processor}


if __name__ == "__main__":
    main(*sys.argv[1:])
