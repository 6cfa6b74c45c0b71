"""Log-mel spectrograms as kgan's vocoders are given them, with NumPy alone; `kgan.spectrograms` has the same.

A wave is reflected by `(fft - hop) / 2` samples at each end and cut into frames of `fft` samples, `hop` apart, under a
Hann window; magnitudes go through triangles of one area on Slaney's mel scale, and the logarithm is taken of what is at
least 1e-5.
"""

import numpy as np

__all__ = ["mel_spectrogram"]

MEL_FLOOR = 1e-5
MEL_CORNER = 1000.0  # Hz: the mel scale is linear below, and logarithmic above
MEL_SLOPE = 3.0 / 200.0
MEL_STEP = np.log(6.4) / 27.0


def mel_spectrogram(wave: np.ndarray, form: dict) -> np.ndarray:
    """The log-mel spectrogram of a wave, of which what is left after the last whole frame counts for nothing.

    Args:
        wave: `(samples,)` floats in [-1, 1], at least `fft` of them.
        form: `sample_rate`, `fft`, `hop`, `window`, `mels`, `low` and `high`, as the metadata have them.

    Returns:
        `(frames, mels)` float32, a frame for each `hop` samples.
    """
    fft, hop = form["fft"], form["hop"]
    length = form["window"] or fft
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    before = (fft - length) // 2
    window = np.pad(window, (before, fft - length - before)).astype(np.float32)
    beside = (fft - hop) // 2
    padded = np.pad(wave[: len(wave) // hop * hop].astype(np.float32), beside, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, fft)[::hop]
    magnitudes = np.abs(np.fft.rfft(frames * window))
    bands = magnitudes @ mel_triangles(form).T
    return np.log(np.maximum(bands, MEL_FLOOR)).astype(np.float32)


def mel_triangles(form: dict) -> np.ndarray:
    """The triangles, `(mels, fft / 2 + 1)`."""
    rate, fft = form["sample_rate"], form["fft"]
    top = rate / 2.0 if form["high"] is None else form["high"]
    low, high = (mel_of(hertz) for hertz in (form["low"], top))
    mels = np.linspace(low, high, form["mels"] + 2)
    corner = MEL_CORNER * MEL_SLOPE
    corners = np.where(mels < corner, mels / MEL_SLOPE, MEL_CORNER * np.exp(MEL_STEP * (mels - corner)))
    ramps = corners[:, None] - np.arange(fft // 2 + 1)[None] * rate / fft
    widths = np.diff(corners)
    rising, falling = -ramps[:-2] / widths[:-1, None], ramps[2:] / widths[1:, None]
    return np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (corners[2:] - corners[:-2]))[:, None]


def mel_of(hertz: float) -> float:
    """A frequency on the mel scale."""
    if hertz < MEL_CORNER:
        return hertz * MEL_SLOPE
    return float(MEL_CORNER * MEL_SLOPE + np.log(hertz / MEL_CORNER) / MEL_STEP)
