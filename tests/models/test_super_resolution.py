"""`kgan.SuperResolution`: a small picture in, a large one out."""

import keras
import numpy as np
import pytest
from PIL import Image
from upscaling_games import compiled, data, enlarger, pictures

import kgan
from kgan.export.portable import apply
from kgan.export.portable.applier import Applier


@pytest.mark.parametrize("scale", [2, 4])
def test_it_knows_its_scale_and_enlarges_pictures_of_any_size(scale):
    model = enlarger(scale=scale)
    assert model.scale == scale
    free = kgan.SuperResolution(
        kgan.architectures.compact_generator((None, None, 3), scale=scale, width=4, convolutions=1),
        kgan.architectures.unet_discriminator((None, None, 3), width=2),
    )
    assert free.scale == scale
    assert free.translate(pictures(1, 10)).shape == (1, 10 * scale, 10 * scale, 3)


def test_bicubic_is_pillows():
    small = pictures(2, 8)
    expected = [np.asarray(Image.fromarray(one).resize((16, 16), Image.Resampling.BICUBIC)) for one in small]
    np.testing.assert_allclose(enlarger().enlarged(small).astype(int), expected, atol=2)


def test_training_brings_it_nearer_to_the_truth_than_repeated_pixels():
    model, splits = compiled(rate=5e-3), data(count=40)
    (small, large), *_ = splits.validation
    error = np.abs(model.translate(np.asarray(small)) - (np.asarray(large) / 127.5 - 1.0)).mean()
    model.fit(splits.train, epochs=8, verbose=0, callbacks=[kgan.callbacks.Pretraining(10_000)])
    after = np.abs(model.translate(np.asarray(small)) - (np.asarray(large) / 127.5 - 1.0)).mean()
    assert after < 0.8 * error


def test_it_is_saved_and_loaded_whole(tmp_path):
    model = compiled(ema_half_life=100.0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(again, kgan.SuperResolution)
    small = pictures(2, 8)
    np.testing.assert_array_equal(again.translate(small), model.translate(small))


def test_its_bundle_gives_what_keras_gives_at_another_size_and_keeps_grey(tmp_path):
    model = compiled()
    kgan.export.save(model, tmp_path / "bundle", formats=("onnx",))
    applier = Applier(tmp_path / "bundle")
    assert (applier.scale, applier.keeps_form) == (2, True)
    image = pictures(1, 13)[0] / np.float32(127.5) - np.float32(1.0)
    free = keras.Model(*_free(model))
    np.testing.assert_allclose(applier.apply(image), free(image[None])[0], atol=1e-4)
    assert apply.apply_to_picture(applier, Image.fromarray(pictures(1, 13)[0, ..., 0])).mode == "L"


def _free(model):
    inputs = keras.Input((None, None, 3))
    network = keras.models.clone_model(model.generator, input_tensors=inputs)
    network.set_weights(model.generator.get_weights())
    return network.inputs[0], network.outputs[0]


def test_networks_that_do_not_fit_are_refused():
    same = kgan.architectures.unet_generator((16, 16, 3), depth=1, width=2)
    judge = kgan.architectures.patchgan_discriminator((16, 16, 3), (16, 16, 3), 2, 1)
    with pytest.raises(ValueError, match="large pictures alone"):
        kgan.SuperResolution(same, judge)
    inputs = keras.Input((16, 16, 3))
    half = keras.Model(inputs, keras.layers.AveragePooling2D(2)(inputs))
    with pytest.raises(ValueError, match="whole number of times"):
        kgan.SuperResolution(half, kgan.architectures.patchgan_discriminator((8, 8, 3), None, 2, 1))
