"""The call of TensorFlow Serving's REST interface in the guide, against the signature that it hands its JSON to.

TensorFlow Serving itself is a program of C++ that is not on PyPI. What stands here for it is what its documentation
says of the columnar form: each name under `inputs` becomes a tensor of the type that the signature has for it.
"""

import json

import numpy as np
import pytest
import tensorflow as tf

import kgan
from games import small_dcgan


@pytest.mark.slow
def test_the_call_of_the_guide_fits_the_signature(tmp_path):
    gan = small_dcgan(num_classes=10)
    bundle = kgan.export.save(gan, tmp_path / "bundle", formats=("saved_model",))
    serving = tf.saved_model.load(str(bundle / "saved_model")).signatures["serving_default"]
    dim = serving.structured_input_signature[1]["latents"].shape[1]
    latents = np.random.RandomState(0).standard_normal((4, dim)).astype("float32")
    sent = json.dumps({"inputs": {"latents": latents.tolist(), "labels": [0, 1, 2, 3]}})
    kinds = {name: spec.dtype for name, spec in serving.structured_input_signature[1].items()}
    tensors = {name: tf.constant(values, kinds[name]) for name, values in json.loads(sent)["inputs"].items()}
    answered = {name: value.numpy().tolist() for name, value in serving(**tensors).items()}
    assert list(answered) == ["images"]  # one output, so that the answer has it as `outputs` itself
    np.testing.assert_allclose(answered["images"], gan.generate(4, seed=0, labels=[0, 1, 2, 3]), atol=1e-4)
