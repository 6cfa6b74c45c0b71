"""The two examples about modes and saturation count rightly, and show what they promise."""

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from games import first_latents

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def example(monkeypatch):
    """Loads an example by name, to draw without a screen."""
    monkeypatch.setenv("MPLBACKEND", "agg")

    def load(name):
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        return loaded

    return load


# --- ring_of_gaussians: the count ---


def test_the_modes_lie_where_the_docstring_says(example):
    modes = example("ring_of_gaussians").MODES
    np.testing.assert_allclose(np.linalg.norm(modes["ring"], axis=1), np.ones(8))
    assert np.linalg.norm(modes["ring"] - np.roll(modes["ring"], 1, axis=0), axis=1) == pytest.approx(
        2 * np.sin(np.pi / 8)
    )
    assert {tuple(mode) for mode in modes["grid"]} == {(x / 2, y / 2) for x in range(-2, 3) for y in range(-2, 3)}


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_samples_on_the_modes_cover_all_of_them(example, name):
    ring = example("ring_of_gaussians")
    modes = ring.MODES[name]
    assert ring.count(np.repeat(modes, 3, axis=0), modes) == (len(modes), 1.0)


@pytest.mark.parametrize("name", ["ring", "grid"])
def test_the_data_themselves_cover_all_modes_with_the_share_that_a_normal_distribution_has(example, name):
    ring = example("ring_of_gaussians")
    covered, quality = ring.count(ring.draw(ring.MODES[name], 100_000, np.random.default_rng(0)), ring.MODES[name])
    assert covered == len(ring.MODES[name])
    assert quality == pytest.approx(1 - np.exp(-4.5), abs=0.002)  # P(chi^2 of 2 degrees < 3^2)


def test_a_sample_is_good_within_three_standard_deviations_and_no_further(example):
    ring = example("ring_of_gaussians")
    modes = ring.MODES["grid"]
    for deviations, result in ((2.99, (25, 1.0)), (3.01, (0, 0.0))):
        assert ring.count(modes + np.array([deviations * ring.DEVIATION, 0.0]), modes) == result


def test_a_mode_counts_from_a_fifth_of_its_fair_share(example):
    ring = example("ring_of_gaussians")
    modes = ring.MODES["ring"]
    for held, covered in ((20, 2), (19, 1)):  # of 800 samples; a fair share is 100
        samples = np.repeat(modes[:2], [800 - held, held], axis=0)
        assert ring.count(samples, modes) == (covered, 1.0)


def test_bad_samples_count_for_the_fair_share_but_for_no_mode(example):
    ring = example("ring_of_gaussians")
    modes = ring.MODES["ring"]
    samples = np.concatenate([np.repeat(modes, 10, axis=0), np.zeros((720, 2))])  # 80 good: 10 of 100 in each mode
    assert ring.count(samples, modes) == (0, 0.1)


def test_a_diverged_generator_covers_nothing(example):
    ring = example("ring_of_gaussians")
    assert ring.count(np.full((10, 2), np.nan, np.float32), ring.MODES["ring"]) == (0, 0.0)


# --- ring_of_gaussians: the game ---


def test_a_restarted_game_repeats_its_run_and_another_seed_gives_another(example):
    ring = example("ring_of_gaussians")
    gan = ring.build("relativistic_pairing", "R1 + R2", steps=20)

    def weights(seed):
        ring.restart(gan, seed)
        data = ring.draw(ring.MODES["grid"], 20 * ring.BATCH, np.random.default_rng(seed))
        gan.fit(data, batch_size=ring.BATCH, verbose=0)
        return np.concatenate([weight.ravel() for weight in gan.get_weights()])

    first, other, again = (weights(seed) for seed in (1, 2, 1))
    np.testing.assert_allclose(again, first, rtol=1e-3, atol=1e-4)
    assert np.abs(other - first).max() > 0.1


def test_ring_of_gaussians_plays_counts_and_draws(example, tmp_path, capsys):
    ring = example("ring_of_gaussians")
    cell = ("non_saturating", "no penalty")
    results = ring.main(steps=10, seeds=1, out=str(tmp_path / "plot.png"), processes=1, cells=[cell])
    assert list(results) == [cell]
    assert list(results[cell]) == ["ring", "grid"]
    for name, (run,) in results[cell].items():
        assert run.samples.shape == (ring.SAMPLES, 2)
        assert (run.modes, run.quality) == ring.count(run.samples, ring.MODES[name])
    assert "non_saturating" in capsys.readouterr().out
    with Image.open(tmp_path / "plot.png") as plot:
        assert min(plot.size) > 400


def test_the_table_has_the_modes_of_each_seed_and_the_median_of_the_quality(example, capsys):
    ring = example("ring_of_gaussians")

    def runs(*modes):
        return [ring.Result(count, 0.5 + count / 100, np.zeros((1, 2))) for count in modes]

    ring.print_table(
        {
            ("hinge", "no penalty"): {"ring": runs(8, 3, 4), "grid": runs(24, 20, 7)},
            ("hinge", "WGANGP"): {"ring": runs(8, 8, 8), "grid": runs(25, 25, 25)},
        }
    )
    titles, penalties, line = (" ".join(line.split()) for line in capsys.readouterr().out.splitlines())
    assert titles == "ring: modes of 8, high quality grid: modes of 25, high quality"
    assert penalties == "no penalty WGANGP no penalty WGANGP"
    assert line == "hinge 8 3 4 54% 8 8 8 58% 24 20 7 70% 25 25 25 75%"


# --- saturation ---


def test_the_slopes_in_closed_form_are_those_of_the_losses(example):
    saturation = example("saturation")
    logits = tf.constant(np.linspace(-10, 10, 41), tf.float64)
    for name, slope in saturation.slopes(logits.numpy()).items():
        with tf.GradientTape() as tape:
            tape.watch(logits)
            loss = saturation.LOSSES[name].generator_loss(logits)
        np.testing.assert_allclose(tape.gradient(loss, logits) * len(logits), slope, rtol=1e-9)


def test_the_slopes_are_equal_where_the_discriminator_is_undecided_and_part_where_it_is_sure(example):
    undecided, sure = (example("saturation").slopes(np.array(logit)) for logit in (0.0, -20.0))
    assert undecided == {"minimax": -0.5, "non_saturating": -0.5}
    assert sure["minimax"] == pytest.approx(-np.exp(-20), rel=1e-6)
    assert sure["non_saturating"] == pytest.approx(-1.0)


@pytest.mark.slow
def test_the_gradient_of_minimax_dies_away_with_d_of_g_and_that_of_non_saturating_does_not(example, tmp_path):
    rows = example("saturation").main(steps=100, out=str(tmp_path / "plot.png"))
    first, last = rows[0], rows[-1]
    assert (first.step, last.step) == (0, 100)
    assert first.judged_real == pytest.approx(0.5, abs=0.05)
    assert first.norms["minimax"] == pytest.approx(first.norms["non_saturating"], rel=0.1)  # D = 1/2: the same slope
    assert last.judged_real < 0.1
    assert last.norms["minimax"] < last.norms["non_saturating"] / 10
    assert last.norms["non_saturating"] > first.norms["non_saturating"]
    with Image.open(tmp_path / "plot.png") as plot:
        assert min(plot.size) > 400


@pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
def test_what_is_measured_is_the_gradient_that_the_game_applies(example, loss):
    """Gradient descent with rate 1 moves the weights by the gradient itself."""
    saturation = example("saturation")
    shape = [keras.layers.Dense(784), keras.layers.Reshape((28, 28, 1))]
    generator = keras.Sequential([keras.Input((saturation.LATENT_DIM,)), *shape], name="generator")
    gan = saturation.build(generator, seed=0)
    gan.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(0.0), loss=loss, jit_compile=False)
    gradients = saturation.Gradients([0], seed=0)
    gradients.latents = tf.constant(first_latents(gan, batch=8), tf.float32)
    before = generator.get_weights()
    gan.fit(np.zeros((8, 28, 28, 1), np.float32), batch_size=8, verbose=0, callbacks=[gradients])
    moved = sum(np.sum((old - new) ** 2) for old, new in zip(before, generator.get_weights(), strict=True))
    assert gradients.rows[0].norms[loss] == pytest.approx(np.sqrt(moved), rel=1e-3)
