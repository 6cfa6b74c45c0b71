"""What all metrics of pairs share, and the mean absolute error."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kgan import metrics
from kgan.metrics import resolve

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.uniform(-1, 1, (7, 16, 12, 3)).astype(np.float32)
OUTPUT = np.clip(TRUTH + RANDOM.normal(0, 0.2, TRUTH.shape), -1, 1).astype(np.float32)
MADE = {
    "psnr": metrics.PSNR,
    "ssim": metrics.SSIM,
    "mean_absolute_error": metrics.MeanAbsoluteError,
    "pair_feature_distance": lambda **arguments: metrics.PairFeatureDistance("pixels", **arguments),
}


def figure(metric, truth=TRUTH, output=OUTPUT, cuts=()):
    metric.reset_state()
    for pair in zip(np.split(truth, cuts), np.split(output, cuts), strict=True):
        metric.update_state(*pair)
    return float(metric.result())


def test_every_metric_of_pairs_is_tested_here():
    of_waves = {"mel_error", "spectral_distance"}  # tests/metrics/pairs/test_waves.py
    assert set(metrics.PAIR_METRICS) == set(MADE) | of_waves


@pytest.mark.parametrize("name", sorted(MADE))
def test_it_is_the_mean_over_pairs_whatever_their_batches(name):
    metric = MADE[name]()
    alone = [figure(metric, TRUTH[i : i + 1], OUTPUT[i : i + 1]) for i in range(len(TRUTH))]
    assert len(set(alone)) == len(alone)
    assert figure(metric) == pytest.approx(np.mean(alone), rel=1e-5)
    assert figure(metric, cuts=(1, 5)) == pytest.approx(np.mean(alone), rel=1e-5)


@pytest.mark.parametrize("name", sorted(MADE))
def test_more_noise_makes_it_worse(name):
    metric = MADE[name]()
    noise = RANDOM.normal(0, 1, TRUTH.shape)
    near, far = (figure(metric, output=np.clip(TRUTH + scale * noise, -1, 1)) for scale in (0.05, 0.3))
    assert near > far if metric.better == "max" else near < far


@pytest.mark.parametrize("name", sorted(MADE))
def test_whole_bytes_and_floats_are_seen_alike(name):
    truth, output = (np.rint((images + 1) * 127.5).astype(np.uint8) for images in (TRUTH, OUTPUT))
    as_floats = [images / np.float32(127.5) - np.float32(1) for images in (truth, output)]
    assert figure(MADE[name](), truth, output) == pytest.approx(figure(MADE[name](), *as_floats), rel=1e-4)
    assert figure(MADE[name](), truth, as_floats[1]) == pytest.approx(figure(MADE[name](), *as_floats), rel=1e-4)


@pytest.mark.parametrize("name", ["psnr", "ssim", "pair_feature_distance"])
def test_another_value_range_has_the_same_figure_for_the_same_images(name):
    other = figure(MADE[name](value_range=(0, 1)), (TRUTH + 1) / 2, (OUTPUT + 1) / 2)
    assert other == pytest.approx(figure(MADE[name]()), rel=1e-4)


@pytest.mark.parametrize("name", sorted(MADE))
@pytest.mark.parametrize("jit", [False, True])
def test_it_runs_in_a_graph_of_any_size(name, jit):
    metric = MADE[name]()
    sizes = (None, None, None, 3)
    signature = [tf.TensorSpec(sizes if not jit else (None, *TRUTH.shape[1:]), tf.float32)] * 2
    update = tf.function(metric.update_state, signature, jit_compile=jit)
    update(TRUTH[:4], OUTPUT[:4])
    update(TRUTH[4:], OUTPUT[4:])
    assert float(metric.result()) == pytest.approx(figure(MADE[name]()), rel=1e-5)


@pytest.mark.parametrize("name", sorted(MADE))
def test_it_is_unknown_before_the_first_pair_and_after_a_reset(name):
    metric = MADE[name]()
    assert np.isnan(metric.result())
    metric.update_state(TRUTH, OUTPUT)
    assert np.isfinite(metric.result())
    metric.reset_state()
    assert np.isnan(metric.result())


@pytest.mark.parametrize("name", sorted(MADE))
def test_what_it_keeps_does_not_grow_with_the_pairs(name):
    metric = MADE[name]()
    figure(metric)
    assert [tuple(variable.shape) for variable in metric.variables] == [(), ()]


@pytest.mark.parametrize("name", sorted(MADE))
def test_every_argument_is_in_the_config_and_comes_back(name):
    metric = MADE[name](value_range=(0, 1), name="mine")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()
    assert (again.value_range, again.name) == ((0.0, 1.0), "mine")


@pytest.mark.parametrize("name", sorted(MADE))
def test_it_is_found_by_its_name(name):
    (metric,) = resolve.get_all(name)
    assert type(metric) is metrics.PAIR_METRICS[name]
    assert resolve.get(metric) is metric
    with pytest.raises(ValueError, match="Did you mean 'psnr'"):
        resolve.get("psrn")


def test_names_in_the_logs_are_the_field_s():
    names = {MADE[name]().name for name in MADE}
    assert names == {"psnr", "ssim", "l1", "feature_distance"}


def test_the_mean_absolute_error_is_what_l1_minimises():
    metric = metrics.MeanAbsoluteError()
    assert figure(metric) == pytest.approx(np.mean(np.abs(TRUTH.astype(np.float64) - OUTPUT)), rel=1e-6)
    assert metric.better == "min"
    waves = RANDOM.uniform(-1, 1, (2, 5, 30, 1)).astype(np.float32)
    assert figure(metric, waves[0], waves[1]) == pytest.approx(np.abs(waves[0] - waves[1]).mean(), rel=1e-6)


@pytest.mark.parametrize("name", sorted(MADE))
def test_pairs_of_different_shapes_are_refused(name):
    with pytest.raises(ValueError, match=r"the same shape. Received: truth of shape \(7, 16, 12, 3\), output of shape"):
        MADE[name]().update_state(TRUTH, OUTPUT[..., :1])


def test_truths_out_of_range_and_not_numbers_are_refused():
    with pytest.raises(ValueError, match=r"Expected truth in value_range, \[-1, 1\]. Received: values from 0 to 255"):
        metrics.PSNR().update_state(np.linspace(0, 255, 192).reshape(1, 8, 8, 3), np.zeros((1, 8, 8, 3)))
    with pytest.raises(ValueError, match="Received: values from nan to nan"):
        metrics.PSNR().update_state(np.full((1, 8, 8, 3), np.nan), np.zeros((1, 8, 8, 3)))


@pytest.mark.parametrize("value_range", [(1, -1), None, "wide"])
def test_ranges_that_are_none_are_refused(value_range):
    with pytest.raises(ValueError, match=r"Expected value_range as \(low, high\)"):
        metrics.SSIM(value_range=value_range)


def test_a_metric_without_a_figure_says_what_to_override():
    class Nothing(metrics.PairMetric):
        pass

    with pytest.raises(NotImplementedError, match="Expected Nothing to override `of_each`"):
        Nothing().update_state(TRUTH, OUTPUT)
