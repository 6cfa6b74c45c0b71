"""PatchGAN: its published numbers, the patch that each logit sees, and that penalties and exports work with it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgan
from kgan.architectures import patchgan_discriminator

RANDOM = np.random.RandomState(0)


def count(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize(
    ("channels", "normalization", "parameters"), [((3, 3), "batch", 2_768_705), ((3, None), "instance", 2_764_737)]
)
def test_it_has_the_published_number_of_parameters(channels, normalization, parameters):
    """A bias where no normalisation follows; with instance normalisation its shift stands in for the authors' bias."""
    sample, condition = channels
    model = patchgan_discriminator(
        (256, 256, sample), None if condition is None else (256, 256, condition), normalization=normalization
    )
    assert count(model) == parameters
    assert model.output_shape == (None, 30, 30, 1)  # as the authors' program
    assert [layer.filters for layer in model.layers if hasattr(layer, "filters")] == [64, 128, 256, 512, 1]
    assert [layer.name for layer in model.layers if layer.name.startswith("norm_")] == ["norm_1", "norm_2", "norm_3"]


@pytest.mark.parametrize(("layers", "side"), [(1, 16), (2, 34), (3, 70), (4, 142)])
def test_a_logit_sees_a_patch(layers, side):
    """The pixels that move one logit, by its gradient; the next logit sees the same patch 2 ** layers further on."""
    size = 2 * side
    model = patchgan_discriminator((size, size, 1), width=2, layers=layers, normalization=None, seed=0)
    x = tf.constant(RANDOM.uniform(-1, 1, (1, size, size, 1)), tf.float32)
    middle = model.output_shape[1] // 2
    seen = []
    for place in (middle, middle + 1):
        with tf.GradientTape() as tape:
            tape.watch(x)
            logit = model(x)[0, place, middle, 0]
        gradient = np.abs(tape.gradient(logit, x)[0, :, :, 0].numpy())
        rows, columns = (np.flatnonzero(gradient.max(axis=axis)) for axis in (1, 0))
        assert len(rows) == len(columns) == side
        assert rows[-1] - rows[0] == columns[-1] - columns[0] == side - 1
        seen.append(rows[0])
    assert seen[1] - seen[0] == 2**layers


def test_logits_depend_on_sample_and_condition():
    model = patchgan_discriminator((32, 40, 3), (32, 40, 1), width=4, normalization=None, seed=0)
    x, y = RANDOM.randn(2, 32, 40, 3).astype(np.float32), RANDOM.randn(2, 32, 40, 1).astype(np.float32)
    assert model.output_shape == (None, 2, 3, 1)
    logits = model([x, y]).numpy()
    assert np.all(logits[0] != model([x, y[::-1]]).numpy()[0])
    assert np.all(logits[0] != model([x[::-1], y]).numpy()[0])


def test_free_sides_take_any_image():
    model = patchgan_discriminator((None, None, 3), (None, None, 1), width=2)
    assert model.output_shape == (None, None, None, 1)
    for height, width in ((24, 24), (33, 50)):
        logits = model([np.zeros((1, height, width, channels), np.float32) for channels in (3, 1)])
        assert logits.shape == (1, -(-height // 8) - 2, -(-width // 8) - 2, 1)


def test_weights_repeat_with_the_seed():
    one, two, other = (patchgan_discriminator((32, 32, 3), width=16, seed=seed) for seed in (1, 1, 2))
    kernel = one.get_layer("convolution_2").get_weights()[0]
    assert kernel.std() == pytest.approx(0.02, rel=0.03)
    for first, second in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.allclose(kernel, other.get_layer("convolution_2").get_weights()[0])


@keras.saving.register_keras_serializable("kgan_tests")
class FromImages(kgan.AdversarialModel):
    def batch(self, data, training):
        seen, whole, _ = keras.utils.unpack_x_y_sample_weight(data)
        return kgan.Batch(generator_inputs=seen, real=whole, conditions=(seen,))


def translation(normalization):
    generator = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 3, padding="same", activation="tanh")])
    discriminator = patchgan_discriminator((8, 8, 3), (8, 8, 1), 4, layers=1, normalization=normalization, seed=1)
    return FromImages(generator, discriminator, seed=0)


@pytest.mark.parametrize(("normalization", "jit"), [("instance", True), (None, False)])
def test_a_gradient_penalty_may_be_applied_where_samples_do_not_see_each_other(normalization, jit):
    gan = translation(normalization)
    gan.compile(penalties=[kgan.penalties.R1(1.0)], jit_compile=jit)
    x, y = RANDOM.uniform(-1, 1, (4, 8, 8, 1)), RANDOM.uniform(-1, 1, (4, 8, 8, 3))
    before = [one.copy() for one in gan.discriminator.get_weights()]
    logs = gan.train_on_batch(x.astype(np.float32), y.astype(np.float32), return_dict=True)
    assert logs["r1_penalty"] > 0.0
    assert all(np.isfinite(value) for value in logs.values())
    assert all(np.any(a != b) for a, b in zip(before, gan.discriminator.get_weights(), strict=True))


def test_a_gradient_penalty_refuses_batch_normalisation():
    with pytest.raises(ValueError, match="norm_1"):
        translation("batch").compile(penalties=["r1"])


@pytest.mark.parametrize("normalization", ["batch", "instance", None])
@pytest.mark.parametrize("side", [33, None])
def test_it_exports_to_onnx(normalization, side, randomised, assert_exports):
    model = patchgan_discriminator((side, side, 3), (side, side, 1), 4, normalization=normalization)
    assert_exports(randomised(model), (33, 40))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sample_shape": (16, 32, 3)}, "sides of at least 17 pixels for layers=3.*Pass fewer layers"),
        ({"condition_shape": (32, 16, 1)}, "the same height and width. Received: sample_shape=.*condition_shape="),
        ({"sample_shape": (32, 32)}, r"Expected sample_shape as \(height, width, channels\)"),
        ({"condition_shape": (32, 32, 0)}, r"Expected condition_shape as \(height, width, channels\)"),
        ({"layers": 0}, "Expected layers >= 1. Received: layers=0"),
        ({"width": 0}, "Expected width >= 1. Received: width=0"),
        (
            {"normalization": "layer"},
            "Expected normalization as 'batch', 'instance' or None. Received: normalization='layer'",
        ),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        patchgan_discriminator(**{"sample_shape": (32, 32, 3), **arguments})
