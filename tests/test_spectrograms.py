"""Mel spectrograms: as librosa has them, and back."""

import numpy as np
import pytest
import tensorflow as tf
import wave_runs

from kgan.export.portable.mel_spectrograms import mel_spectrogram
from kgan.spectrograms import Spectrogram

FORMS = [
    {},
    {"sample_rate": 8000, "fft": 512, "hop": 128, "mels": 40},
    {"window": 800, "high": 8000.0, "low": 50.0, "hop": 200},
]


def noise(samples, seed=0):
    """Noise that grows from silence."""
    return (np.random.RandomState(seed).uniform(-1, 1, samples) * np.linspace(0, 1, samples) ** 4).astype(np.float32)


@pytest.mark.slow  # importing librosa takes longer than all the others; the test of the bundle's own stands beside it
@pytest.mark.parametrize("form", FORMS)
def test_it_is_librosa_s(form):
    librosa = pytest.importorskip("librosa", reason="librosa is not installed: pip install 'kgan[test]'")
    one = Spectrogram(**form)
    wave = noise(20 * one.hop)
    told = {"sr": one.sample_rate, "n_fft": one.fft, "hop_length": one.hop, "win_length": one.window or one.fft}
    told |= {"n_mels": one.mels, "fmin": one.low, "fmax": one.high, "center": False, "power": 1.0}
    padded = np.pad(wave, (one.fft - one.hop) // 2, mode="reflect")
    expected = np.log(np.maximum(librosa.feature.melspectrogram(y=padded, **told), 1e-5)).T
    np.testing.assert_allclose(one.of(wave[None])[0], expected, atol=1e-4)


@pytest.mark.parametrize("form", FORMS)
def test_the_bundle_s_own_is_the_same(form):
    one = Spectrogram(**form)
    wave = noise(20 * one.hop)
    np.testing.assert_allclose(mel_spectrogram(wave, one.settings()), one.of(wave[None])[0], atol=1e-4)


def test_a_tone_is_in_the_band_of_its_pitch():
    one = Spectrogram(sample_rate=8000, fft=512, hop=128, mels=40)
    tone = np.sin(2 * np.pi * 1000.0 * np.arange(4096) / 8000).astype(np.float32)
    loudest = int(np.argmax(one.of(tone[None])[0, 10]))
    assert loudest == int(np.argmax(one.filters()[:, 1000 * 512 // 8000]))


def test_silence_is_the_floor_and_has_a_gradient():
    one = Spectrogram(sample_rate=8000, fft=64, hop=16, mels=8)
    silence = tf.zeros((1, 128))
    with tf.GradientTape() as tape:
        tape.watch(silence)
        mels = one.of(silence)
        loss = tf.reduce_sum(mels)
    np.testing.assert_allclose(mels, one.floor(), rtol=1e-6)
    assert np.isfinite(tape.gradient(loss, silence)).all()


def test_griffin_and_lim_come_back_to_the_spectrogram_of_tones():
    one = Spectrogram(sample_rate=8000, fft=256, hop=64, mels=64)
    wave = wave_runs.waves(1, 4096)[0]
    mels = one.of(wave[None]).numpy()
    random = np.random.RandomState(0).uniform(-0.3, 0.3, (1, 4096)).astype(np.float32)
    again = one.griffin_lim(mels)
    assert again.shape == (1, 4096)
    assert np.abs(one.of(again) - mels).mean() < 0.25 * np.abs(one.of(random) - mels).mean()
    np.testing.assert_array_equal(again, one.griffin_lim(mels))


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"hop": 255}, "Expected hop as an even number"),
        ({"hop": 1024}, "Expected hop < fft=1024"),
        ({"window": 2000}, "Expected window from 2 to fft=1024"),
        ({"high": 20000.0}, "half the sample rate"),
        ({"low": 9000.0, "high": 8000.0}, "Expected 0 <= low < high"),
        ({"mels": 600}, "Pass fewer mels, or a larger fft"),
    ],
)
def test_what_makes_no_spectrogram_is_refused(form, words):
    with pytest.raises(ValueError, match=words):
        Spectrogram(**form)
