"""The kind of `kgan.Translation`: what it says of a model where the rooms ask."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from pair_games import pairs, translator

import kgan
from kgan.data import DataError, Splits
from kgan.models import kind

KIND = kind.named("translation")


def splits_of(inputs, truths, held_out=5):
    def batches(part):
        return tf.data.Dataset.from_tensor_slices(part).batch(5)

    return Splits(
        batches((inputs[held_out:], truths[held_out:])),
        batches((inputs[:held_out], truths[:held_out])) if held_out else None,
        truths.shape[1:],
        count=len(inputs) - held_out,
        input_shape=inputs.shape[1:],
        held_out=held_out,
    )


def test_a_translator_is_of_this_kind():
    assert kind.of(translator()) is KIND
    assert KIND.model is kgan.Translation


def test_pairs_that_are_no_images_are_refused_with_the_way_out(tmp_path):
    waves = np.zeros((30, 9, 1), np.float32)
    np.savez(tmp_path / "waves.npz", inputs=waves, targets=waves)
    with pytest.raises(DataError, match=r"inputs of shape \(9, 1\)\. Build your own networks with kgan\.Translation"):
        KIND.load(str(tmp_path / "waves.npz"), 5, {}, seed=0, strict=False)


def test_other_data_than_a_model_was_trained_on_are_refused():
    inputs, truths = pairs(20)
    KIND.check_same_data(translator(), splits_of(inputs, truths))
    other = splits_of(inputs, np.repeat(truths, 3, axis=-1))
    with pytest.raises(ValueError, match=r"targets of shape \(16, 16, 1\)\. Received: .*shape \(16, 16, 3\)"):
        KIND.check_same_data(translator(), other)


def test_metrics_are_of_pairs_and_told_before_training():
    splits = splits_of(*pairs(20))
    assert [metric.name for metric in KIND.metrics("pixels", splits, 5)] == ["psnr", "ssim", "l1"]
    assert [metric.name for metric in KIND.metrics(None, splits, 5)] == ["psnr", "ssim", "l1"]
    assert KIND.metrics("pixels", splits, 0) == []
    said = KIND.about_metrics("auto", "pixels", splits, 5)
    assert said[0] == "PSNR, dB; SSIM; Mean absolute error on 5 held-out pairs after each epoch."
    assert "pip install 'kgan[efficientnet]'" in said[1]
    assert KIND.about_metrics("auto", "pixels", splits, 0) == ["No metrics of outputs: the data has no held-out pairs."]


def test_images_smaller_than_its_window_have_no_ssim():
    inputs, truths = pairs(20)
    splits = splits_of(inputs[:, :8, :8], truths[:, :8, :8])
    assert [metric.name for metric in KIND.metrics(None, splits, 5)] == ["psnr", "l1"]
    assert "No SSIM: images have sides below the 11 pixels of its window." in KIND.about_metrics(None, None, splits, 5)


def test_height_and_width_are_free_in_what_is_exported_where_the_network_allows():
    exported = KIND.exported(translator())
    (image,) = exported.inputs
    assert (image.name, image.shape, image.dtype) == ("image", (None, None, 1), "float32")
    assert (exported.output.name, exported.output.shape) == ("generated", (None, None, 1))
    facts = {name: text for name, text in exported.metadata.items() if name not in ("kgan_version", "kgan_runner")}
    assert {name: json.loads(text) for name, text in facts.items()} == {
        "kgan_kind": "translation",
        "kgan_input_shape": [None, None, 1],
        "kgan_sample_shape": [None, None, 1],
        "kgan_scale": 1,
        "kgan_multiple": 4,
        "kgan_input_range": [-1.0, 1.0],
        "kgan_value_range": [-1.0, 1.0],
        "kgan_dropout_at_test_time": False,
    }
    assert exported.metadata["kgan_runner"] == exported.runner == "apply.py"
    assert exported.card["dropout_at_test_time"] is False
    assert [exported.example(batch)["image"].shape for batch in exported.batches] == [(1, 16, 16, 1), (3, 24, 16, 1)]


def test_what_is_exported_computes_in_inference_mode_at_any_size():
    model = translator()
    exported = KIND.exported(model)
    for batch in exported.batches:
        example = tf.constant(exported.example(batch)["image"])
        first, second = (exported.call(model.generator, example) for _ in range(2))
        assert first.shape == example.shape
        np.testing.assert_array_equal(first, second)  # dropout is off
    example = exported.example(1)["image"]
    expected = model.translate(example)
    np.testing.assert_allclose(exported.call(model.generator, tf.constant(example)), expected, atol=1e-6)


def test_a_network_of_one_size_is_exported_for_that_size():
    inputs = keras.Input((16, 16, 1))
    flat = keras.layers.Dense(256)(keras.layers.Flatten()(inputs))
    generator = keras.Model(inputs, keras.layers.Reshape((16, 16, 1))(flat))
    exported = KIND.exported(kgan.Translation(generator, translator().discriminator, seed=0))
    assert exported.inputs[0].shape == exported.output.shape == (16, 16, 1)
    assert exported.metadata["kgan_multiple"] == "1"
    assert exported.example(3)["image"].shape == (3, 16, 16, 1)


def test_a_bundle_is_applied_to_a_picture_of_another_size(tmp_path):
    from kgan.export.portable.applier import Applier

    model = translator()
    folder = kgan.export.save(model, tmp_path / "bundle")
    assert {path.name for path in folder.iterdir()} >= {"generator.onnx", "card.json", "apply.py"}
    picture = pairs(1)[0][0].repeat(2, axis=0).repeat(3, axis=1)  # 32 x 48
    larger = model.generator.__class__.from_config(_of_size(model.generator.get_config(), 32, 48))
    larger.set_weights(model.generator.get_weights())
    expected = larger(picture[None].astype(np.float32) / 127.5 - 1.0, training=False)[0]
    received = Applier(folder).apply(picture.astype(np.float32) / 127.5 - 1.0)
    np.testing.assert_allclose(received, expected, atol=1e-4)


def _of_size(config, height, width):
    """The config of a functional model with its input layer of another size."""
    for layer in config["layers"]:
        if layer["class_name"] == "InputLayer":
            layer["config"]["batch_shape"] = (None, height, width, 1)
    return config
