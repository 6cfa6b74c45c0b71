"""Noise and truncation of a StyleGAN2, in Keras, in ONNX and in a SavedModel."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf

import kgan
from kgan.architectures import StyleParts, stylegan2_discriminator, stylegan2_generator
from kgan.export.portable.sampler import Sampler

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them


@pytest.fixture(scope="module")
def gan():
    """A conditional one whose noise is strong, and whose mean of w is not 0, as after training."""
    generator = stylegan2_generator((8, 12, 3), 6, width=3, max_width=5, mapping_layers=2, num_classes=3, seed=0)
    for weight in generator.trainable_variables:
        if weight.name == "noise_strength":
            weight.assign(0.5)
    StyleParts.of(generator).styles.mean.assign(np.linspace(-0.5, 0.5, 6))
    discriminator = stylegan2_discriminator((8, 12, 3), 3, max_width=5, mapping_layers=2, num_classes=3, seed=1)
    return kgan.GAN(generator, discriminator, num_classes=3, seed=0)


@pytest.fixture(scope="module")
def bundle(gan, tmp_path_factory):
    return kgan.export.save(gan, tmp_path_factory.mktemp("styles") / "bundle")


def given(gan, batch=4):
    random = np.random.RandomState(5)
    noise = random.standard_normal((batch, StyleParts.of(gan.generator).noise_size)).astype(np.float32)
    return {
        "latents": random.standard_normal((batch, 6)).astype(np.float32),
        "labels": np.arange(batch, dtype=np.int64) % 3,
        "noise": noise,
        "truncation_psi": np.linspace(0.2, 1.0, batch).astype(np.float32),
        "style_offset": random.standard_normal((batch, 6)).astype(np.float32),
    }


def by_keras(gan, latents, labels, noise=None, truncation_psi=None, style_offset=None):
    psi = 1.0 if truncation_psi is None else tf.constant(truncation_psi)[:, None]
    inputs = [tf.constant(latents), tf.constant(labels, tf.int32)]
    return StyleParts.of(gan.generator).images(inputs, psi, noise, style_offset).numpy()


@pytest.mark.parametrize(
    "names", [(), ("noise",), ("truncation_psi",), ("style_offset",), ("noise", "truncation_psi", "style_offset")]
)
def test_the_onnx_file_takes_noise_and_truncation_and_does_without(gan, bundle, names):
    session = onnxruntime.InferenceSession(str(bundle / "generator.onnx"), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["latents", "labels"]
    assert {one.name for one in session.get_overridable_initializers()} == {"noise", "truncation_psi", "style_offset"}
    inputs = {name: value for name, value in given(gan).items() if name in ("latents", "labels", *names)}
    images = session.run(None, inputs)[0]
    np.testing.assert_allclose(images, by_keras(gan, **inputs), atol=1e-4)
    if names:
        plain = session.run(None, {name: inputs[name] for name in ("latents", "labels")})[0]
        assert np.abs(images - plain).max() > 0.01


def test_one_row_of_noise_and_one_truncation_serve_a_whole_batch(gan, bundle):
    session = onnxruntime.InferenceSession(str(bundle / "generator.onnx"), providers=["CPUExecutionProvider"])
    inputs = given(gan)
    inputs |= {"noise": inputs["noise"][:1], "truncation_psi": np.float32([0.5])}
    np.testing.assert_allclose(session.run(None, inputs)[0], by_keras(gan, **inputs), atol=1e-4)


def test_the_file_holds_ordinary_operators_and_no_convolution_in_groups(bundle):
    graph = onnx.load(bundle / "generator.onnx").graph
    standard = {schema.name for schema in onnx.defs.get_all_schemas()}
    assert {node.op_type for node in graph.node} <= standard
    groups = [one.i for node in graph.node for one in node.attribute if one.name == "group"]
    assert set(groups) <= {1}
    assert not any(node.op_type.startswith("Random") for node in graph.node)


def test_the_saved_model_has_a_signature_that_takes_them(gan, bundle):
    loaded = tf.saved_model.load(str(bundle / "saved_model"))
    inputs = given(gan)
    found = loaded.signatures["explicit"](**{name: tf.constant(value) for name, value in inputs.items()})
    np.testing.assert_allclose(found["images"], by_keras(gan, **inputs), atol=1e-4)
    plain = loaded.signatures["serving_default"](latents=inputs["latents"], labels=tf.constant(inputs["labels"]))
    np.testing.assert_allclose(plain["images"], by_keras(gan, inputs["latents"], inputs["labels"]), atol=1e-4)


def test_the_card_names_them(bundle):
    card = json.loads((bundle / "card.json").read_text())
    assert card["inputs"].keys() == {"latents", "labels"}
    assert card["optional_inputs"].keys() == {"noise", "truncation_psi", "style_offset"}


@pytest.mark.parametrize("psi", [1.0, 0.5, 0.0])
def test_generate_and_the_sampler_truncate_w_alike(gan, bundle, psi):
    """Scaling z would change nothing: the mapping scales it back."""
    images = gan.generate(4, seed=3, truncation_psi=psi)
    z, labels = gan.latents.draw(4, 6, 3), np.int32([0, 1, 2, 0])
    expected = by_keras(gan, z, labels, truncation_psi=np.full(4, psi, np.float32))
    np.testing.assert_allclose(images, expected, atol=1e-5)
    np.testing.assert_allclose(Sampler(bundle).sample(4, seed=3, truncation_psi=psi), images, atol=1e-4)
    if psi == 0.0:
        np.testing.assert_allclose(images, np.repeat(images[:1], 4, axis=0), atol=1e-5)


def test_opening_and_proving_a_bundle_says_nothing_of_what_need_not_be_given(gan, tmp_path, capfd):
    bundle = kgan.export.save(gan, tmp_path / "bundle")
    assert "Initializer" not in capfd.readouterr().err
    Sampler(bundle)
    assert capfd.readouterr().err == ""


def test_the_file_has_directions_in_w_by_which_the_offset_moves_samples_as_keras_does(gan, bundle):
    session = onnxruntime.InferenceSession(str(bundle / "generator.onnx"), providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    found = kgan.latent_tools.sefa(gan, 5)
    held = json.loads(metadata["kgan_style_directions"])
    assert (list(held), json.loads(metadata["kgan_directions"]), found.space) == (list(found.names), None, "w")
    np.testing.assert_allclose(list(held.values()), found.vectors, atol=1e-6)
    z, labels = gan.latents.draw(3, 6, 8), np.int64([0, 1, 2])
    space = kgan.latent_tools.space_of(gan)
    expected = space.samples(found.moved(space.draw(3, 8, [0, 1, 2]), direction_1=2.0), [0, 1, 2])
    offset = 2.0 * np.float32([held["direction_1"]])
    images = session.run(None, {"latents": z, "labels": labels, "style_offset": offset})[0]
    np.testing.assert_allclose(images, expected, atol=1e-4)
