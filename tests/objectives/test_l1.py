"""L1 against NumPy and a gradient by hand, on one output and on one of several."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import kgan
from kgan import objectives

RANDOM = np.random.RandomState(0)
SEEN, TRUTH = (RANDOM.randn(6, 2).astype(np.float32) for _ in range(2))


@keras.saving.register_keras_serializable("kgan_tests")
class FromVectors(kgan.AdversarialModel):
    """Learns from pairs (seen, truth)."""

    def batch(self, data, training):
        seen, truth, _ = keras.utils.unpack_x_y_sample_weight(data)
        return kgan.Batch(generator_inputs=seen, real=truth)


def discriminator():
    """Flat, so that the objective alone moves the generator."""
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.set_weights([np.zeros((2, 1)), np.zeros(1)])
    return model


def linear():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, use_bias=False)])
    model.set_weights([np.float32([[0.7, 0.1], [-0.2, 0.5]])])
    return model


def compiled(model, objective, jit=False):
    model.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0), objectives=[objective], jit_compile=jit)
    return model


@pytest.mark.parametrize("jit", [False, True])
def test_the_generator_goes_down_the_slope_of_the_mean_absolute_difference(jit):
    model = compiled(FromVectors(linear(), discriminator(), seed=0), objectives.L1(10.0), jit)
    weights = model.generator.get_weights()[0].astype(np.float64)
    difference = SEEN @ weights - TRUTH
    logs = model.train_on_batch(SEEN, TRUTH, return_dict=True)
    assert logs["generator_l1_loss"] == pytest.approx(10.0 * np.abs(difference).mean(), rel=1e-5)
    slope = 10.0 * SEEN.T @ np.sign(difference) / difference.size
    np.testing.assert_allclose(model.generator.get_weights()[0], weights - 0.1 * slope, atol=1e-5)


def test_its_weight_is_the_paper_s_unless_told_otherwise():
    assert objectives.L1().weight == 100.0
    assert objectives.get("l1").get_config() == {
        "weight": 100.0,
        "output": None,
        "discriminator": None,
        "name": None,
    }


@keras.saving.register_keras_serializable("kgan_tests")
class ToTwo(kgan.AdversarialModel):
    """Two outputs, each compared by a discriminator of its own with reals of its own."""

    def batch(self, data, training):
        seen, truth, _ = keras.utils.unpack_x_y_sample_weight(data)
        return kgan.Batch(generator_inputs=seen, real={"near": truth, "far": 5.0 + truth})


def to_two():
    inputs = keras.Input((2,))
    outputs = {"near": layers.Dense(2)(inputs), "far": layers.Dense(2)(inputs)}
    return ToTwo(keras.Model(inputs, outputs), {"near": discriminator(), "far": discriminator()}, seed=0)


@pytest.mark.parametrize(("output", "reals"), [("near", "near"), ("far", "far"), ("near", "far")])
def test_one_output_of_several_is_compared_with_the_reals_of_one_discriminator(output, reals):
    model = compiled(to_two(), objectives.L1(3.0, output=output, discriminator=reals))
    made = model.generator(SEEN)[output].numpy()
    logs = model.train_on_batch(SEEN, TRUTH, return_dict=True)
    truth = TRUTH + (5.0 if reals == "far" else 0.0)
    assert logs[f"generator_l1_{output}_loss"] == pytest.approx(3.0 * np.abs(made - truth).mean(), rel=1e-5)


def test_each_of_several_outputs_may_have_its_own():
    model = to_two()
    model.compile(objectives=[objectives.L1(1.0, output=one, discriminator=one) for one in ("near", "far")])
    logs = model.train_on_batch(SEEN, TRUTH, return_dict=True)
    assert {"generator_l1_near_loss", "generator_l1_far_loss"} < set(logs)


def test_it_is_reported_in_evaluation_and_saved(tmp_path):
    model = compiled(FromVectors(linear(), discriminator(), seed=0), objectives.L1(2.0))
    data = tf.data.Dataset.from_tensors((SEEN, TRUTH))
    before = model.evaluate(data, verbose=0, return_dict=True)
    expected = 2.0 * np.abs(model.generator(SEEN) - TRUTH).mean()
    assert before["generator_l1_loss"] == pytest.approx(expected, rel=1e-5)
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    assert copy.evaluate(data, verbose=0, return_dict=True) == pytest.approx(before, rel=1e-5)


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        ({"output": "neer"}, "Received: output='neer'. Did you mean 'near'"),
        ({"output": "near", "discriminator": "fur"}, "Received: discriminator='fur'. Did you mean 'far'"),
        ({}, "Expected output, because the generator has several: 'near', 'far'"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest_match(objective, message):
    with pytest.raises(ValueError, match=message):
        compiled(to_two(), objectives.L1(**objective))


def test_samples_of_another_shape_than_the_reals_are_refused():
    inputs = keras.Input((2,))
    generator = keras.Model(inputs, {"samples": layers.Dense(2)(inputs), "mask": layers.Dense(3)(inputs)})
    model = FromVectors(generator, {"only": discriminator()}, compares={"only": "samples"}, seed=0)
    with pytest.raises(ValueError, match=r"that they are compared with, \(2,\). Received: \(3,\)"):
        compiled(model, objectives.L1(output="mask"))


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="Expected weight >= 0"):
        objectives.L1(-1.0)
