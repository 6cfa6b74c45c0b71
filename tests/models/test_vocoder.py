"""Vocoders: what they are made of, and what they refuse."""

import keras
import numpy as np
import pytest
import wave_runs

import kgan
from kgan import architectures
from kgan.spectrograms import Spectrogram

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them


@pytest.fixture(scope="module")
def splits():
    return wave_runs.speech()


@pytest.fixture(scope="module")
def trained(splits):
    model = wave_runs.recipe().build(splits, seed=1)
    monitor = kgan.callbacks.TranslationMonitor(verbose=0)
    history = model.fit(splits, epochs=3, verbose=0, callbacks=[monitor]).history
    return model, history, monitor


def test_it_comes_nearer_to_the_spectrograms(trained):
    history = trained[1]
    losses = history["generator_mel_distance_loss"]
    assert losses[-1] < losses[0]
    expected = {"period_2_generator_loss", "whole_discriminator_loss", "generator_deep_feature_matching_loss"}
    assert expected < set(history)


def test_the_recipe_takes_the_spectrogram_from_the_data(trained):
    model = trained[0]
    assert model.spectrogram == Spectrogram(**wave_runs.FORM)
    (distance,) = (one for one in model.objectives if one.name == "mel_distance")
    assert (distance.sample_rate, distance.fft, distance.hop, distance.high) == (8000, 64, 16, None)
    assert model.get_compile_config()["loss_weights"] == {"period_2": 1.0, "whole": 0.5}


def test_the_monitor_compares_spectrograms(trained):
    model, _, monitor = trained
    mels, waves = next(iter(wave_runs.speech(1, validation_split=0.0).train.as_numpy_iterator()))
    signs = monitor.history[-1]
    apart = np.abs(model.mel(model.translate(mels)) - model.mel(waves)).mean()
    assert 0.2 * apart < signs.train_error < 5 * apart  # of waves themselves it would be a twentieth


def test_segments_too_short_for_a_scale_are_refused_in_compile(splits):
    with pytest.raises(ValueError, match="Expected waves of more than 384 samples for scales=.*Received: 256"):
        wave_runs.recipe(**{"objectives.mel_distance.scales": [1.0, 16.0]}).build(splits, seed=1)


def test_it_comes_back_from_its_file(trained, tmp_path):
    model = trained[0]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.spectrogram == model.spectrogram
    mels = model.mel(np.stack([one[:256] for one in wave_runs.waves(2)]))
    for weight, expected in zip(again.variables, model.variables, strict=True):
        np.testing.assert_array_equal(weight, expected, err_msg=expected.path)
    # Weights are the same to the bit; what they make of a wave was once in hundreds of times equal to rounding alone.
    np.testing.assert_allclose(again.translate(mels), model.translate(mels), atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"spectrogram": {**wave_runs.FORM, "mels": 10}}, r"Expected a generator from \(frames, 10\)"),
        ({"spectrogram": {**wave_runs.FORM, "hop": 32}}, r"to \(frames \* 32, 1\)"),
    ],
)
def test_networks_that_do_not_fit_the_spectrogram_are_refused(arguments, words):
    generator = architectures.hifigan_generator((16, 8), variant="v3", width=8, rates=(4, 4))
    discriminator = architectures.hifigan_period_discriminator((256, 1), width=1)
    with pytest.raises(ValueError, match=words):
        kgan.Vocoder(generator, discriminator, **arguments)


def test_rates_that_are_not_the_hop_of_the_data_are_refused(splits):
    with pytest.raises(ValueError, match=r"Expected rates whose product is the hop of the spectrogram, 16"):
        wave_runs.recipe(**{"generator.rates": [4, 2]}).build(splits)


def test_features_of_pictures_are_refused(splits):
    with pytest.raises(ValueError, match="Expected features='none' or 'auto' for sound"):
        kgan.run.Plan.make("x", wave_runs.recipe(features="digits"))
