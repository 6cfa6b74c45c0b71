"""Distances of waves from their truths, against NumPy."""

import keras
import numpy as np
import pytest

from kgan.metrics import MelError, SpectralDistance

FORM = {"sample_rate": 8000, "fft": 64, "hop": 16, "mels": 8}


def waves(seed, samples=4800):
    return np.random.RandomState(seed).uniform(-0.5, 0.5, (2, samples, 1)).astype(np.float32)


def measured(metric, truth, output):
    metric.update_state(truth, output)
    return float(metric.result())


def spectra(one, fft, hop, window):
    """Magnitudes in float64 of a wave that is reflected so that there is a frame for each hop."""
    before = (fft - window) // 2
    hann = np.pad(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window), (before, fft - window - before))
    padded = np.pad(one.astype(np.float64), (fft - hop) // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, fft)[::hop]
    return np.abs(np.fft.rfft(frames * hann))


def test_the_spectral_distance_is_convergence_and_logarithms_at_three_resolutions():
    truth, output = waves(0), waves(1)
    expected = []
    for real, made in zip(truth[..., 0], output[..., 0], strict=True):
        for form in ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240)):
            ours, theirs = spectra(real, *form), spectra(made, *form)
            logs = [np.log(np.maximum(one, 3.162e-4)) for one in (ours, theirs)]
            apart = np.linalg.norm(ours - theirs) / np.linalg.norm(ours)
            expected.append(apart + np.abs(logs[0] - logs[1]).mean())
    assert measured(SpectralDistance(), truth, output) == pytest.approx(np.mean(expected), rel=1e-4)
    assert measured(SpectralDistance(), truth, truth) == 0.0


def test_a_wave_of_half_the_loudness_is_log_two_of_mel_away():
    truth = waves(0, 640)
    assert measured(MelError(**FORM), truth, truth / 2) == pytest.approx(np.log(2.0), rel=1e-4)  # none is at the floor


def test_waves_that_do_not_fill_the_longest_frame_are_refused():
    with pytest.raises(ValueError, match=r"Expected waves of more than 2,048 samples .* Received: 2,048\."):
        SpectralDistance().update_state(waves(0, 2048), waves(1, 2048))
    assert np.isfinite(measured(SpectralDistance(), waves(0, 2049), waves(1, 2049)))


@pytest.mark.parametrize("metric", [MelError(**FORM, high=3000.0, name="mel"), SpectralDistance(name="spectra")])
def test_they_come_back_from_their_configs(metric):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert again.get_config() == metric.get_config()
