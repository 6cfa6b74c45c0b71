"""Each kind of model in each format, at each batch and on each provider of onnxruntime: the worst differences, printed.

`pytest -m slow -s tests/export/test_parity_matrix.py` prints the table.
"""

import importlib.util
import json

import keras
import numpy as np
import onnxruntime
import pytest

import kgan
from games import small_dcgan
from kgan.export import formats, parity, runtimes
from kgan.export.portable.verification import in_form
from kgan.export.signature import Signature

NEEDED = {"litert": "ai_edge_litert", "openvino": "openvino"}
SEEDED = keras.initializers.HeNormal


def vectors():
    generator = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(128, "relu", kernel_initializer=SEEDED(0)), keras.layers.Dense(16)]
    )
    return kgan.GAN(generator, keras.Sequential([keras.Input((16,)), keras.layers.Dense(1)]), value_range=None)


def pictures_from_pictures():
    networks = [
        keras.Sequential(
            [
                keras.Input((8, 8, 3)),
                keras.layers.Conv2D(32, 3, padding="same", activation="relu", kernel_initializer=SEEDED(1)),
                keras.layers.Conv2D(channels, 3, padding="same", activation=activation, kernel_initializer=SEEDED(2)),
            ]
        )
        for channels, activation in ((3, "tanh"), (1, None))
    ]
    return kgan.Translation(*networks)


def dcgan(**options):
    generator = kgan.architectures.dcgan_generator((16, 16, 3), 16, 16, seed=0, **options)
    for weight in generator.trainable_variables:
        weight.assign(weight * (5.0 if len(weight.shape) > 1 else 1.0))  # samples span the range, as trained ones do
    return kgan.GAN(
        generator,
        kgan.architectures.dcgan_discriminator((16, 16, 3), 4, seed=1, **options),
        **options,
    )


KINDS = {
    "dcgan": dcgan,
    "classes": lambda: dcgan(num_classes=3),
    "vectors": vectors,
    "pictures": pictures_from_pictures,
}


def on(provider, path, signature):
    """Runs an ONNX file on one provider."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=[provider])
    if session.get_providers()[0] != provider:
        pytest.skip(f"onnxruntime offers {provider} and cannot start it here")
    return lambda inputs: session.run([signature.output], dict(inputs))[0]


def runners(name, path, signature):
    """By provider, what runs an artefact."""
    if name == "saved_model":
        return {"TensorFlow": parity.saved_model_runner(path, signature)}
    if name == "litert":
        return {"LiteRT": runtimes.litert_runner(path, signature)}
    if name == "openvino":
        return {"OpenVINO": runtimes.openvino_runner(path / "generator.xml", signature)}
    there = [one for one in onnxruntime.get_available_providers() if not one.startswith("Azure")]
    return {one.removesuffix("ExecutionProvider"): on(one, path, signature) for one in there}


def matrix(kind, model, names, folder):
    """Rows of kind, format, provider, batch, difference and what is allowed, held against it."""
    signature = Signature.of(model)
    calibration = None
    if signature.exported.draw is None:
        shape = [size or 8 for size in signature.exported.inputs[0].shape]
        calibration = np.random.RandomState(0).uniform(-1.0, 1.0, (64, *shape)).astype(np.float32)
    bundle = kgan.export.save(model, folder, formats=names, calibration=calibration)
    card = json.loads((bundle / "card.json").read_text())
    keras_runner = parity.keras_runner(signature.function(model.inference_generator), signature)
    for name, entry in card["artefacts"].items():
        for provider, run in runners(name, bundle / entry["file"], signature).items():
            for batch in (1, 2, 7):  # others than those that the export compared, but for 1
                inputs = signature.example(batch)
                expected = in_form(keras_runner(inputs), entry, card)
                found = parity.difference(expected, run(inputs), signature.value_range)
                yield kind, name, provider, batch, found, entry["tolerance"]


def held(rows):
    """Prints the table and holds each row against what is allowed."""
    rows = list(rows)
    for kind, name, provider, batch, found, allowed in rows:
        print(f"{kind:9} {name:18} {provider:10} batch {batch}: {found:.1e} (allowed {allowed:g})")  # noqa: T201
    worst = max(rows, key=lambda row: row[4] / row[5])
    print(f"worst beside what is allowed: {worst[:4]}, {worst[4]:.1e} of {worst[5]:g}")  # noqa: T201
    assert [row for row in rows if not row[4] < row[5]] == []
    return rows


def test_a_small_generator_gives_kerass_samples_in_onnx_at_every_batch(tmp_path):
    rows = held(matrix("small", small_dcgan(), ("onnx", "onnx_float16"), tmp_path / "bundle"))
    assert {row[1] for row in rows} == {"onnx", "onnx_float16"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_kerass_samples_in_every_format_on_every_provider(tmp_path, kind):
    whole = [name for name, one in formats.FORMATS.items() if one.part is None]  # parts are tested in test_parts.py
    names = [one for one in whole if one not in NEEDED or importlib.util.find_spec(NEEDED[one])]
    rows = held(matrix(kind, KINDS[kind](), tuple(names), tmp_path / "bundle"))
    assert {row[1] for row in rows} == set(names)
