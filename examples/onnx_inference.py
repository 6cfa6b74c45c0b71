"""An exported generator in plain onnxruntime: NumPy and onnxruntime, nothing of kgan, Keras or TensorFlow.

    python examples/onnx_inference.py digits-generator/generator.onnx

`sampler.py`, which lies in every bundle, does this and more; here is all there is to it.
"""

import json
import sys

import numpy as np
import onnxruntime


def main(path: str) -> np.ndarray:
    """Draws sixteen samples, of each class in turn, and prints the first as text, under the name of its class."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    facts = session.get_modelmeta().custom_metadata_map
    latents = np.random.default_rng(0).standard_normal((16, int(facts["kgan_latent_dim"])), dtype=np.float32)
    inputs = {"latents": latents}
    num_classes = json.loads(facts["kgan_num_classes"])
    if num_classes is not None:
        inputs["labels"] = np.arange(16) % num_classes
        names = json.loads(facts.get("kgan_class_names", "null"))  # not in the first exports
        if names is not None:
            print(names[0])
    (images,) = session.run(["images"], inputs)  # (16, height, width, channels) in [-1, 1]
    for row in images[0].mean(axis=-1):
        print("".join(" .:-=+*#%@"[int(value)] for value in (row + 1) / 2 * 9))
    return images


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python onnx_inference.py GENERATOR.onnx")
    main(sys.argv[1])
