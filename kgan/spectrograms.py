"""Mel spectrograms of waves, as vocoders are given them, and back again by Griffin and Lim's method."""

import functools
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._support.checks import whole

__all__ = ["Spectrogram"]

_FLOOR = 1e-5  # of magnitudes before the logarithm, as in HiFi-GAN
_HIGHEST_LINEAR = 1000.0  # Hz; Slaney's mel scale is linear below and logarithmic above
_MELS_PER_HERTZ = 3.0 / 200.0
_LOG_STEP = math.log(6.4) / 27.0
_MOMENTUM = 0.99  # of the fast Griffin-Lim method
_PEAK = 1.0  # of waves


@dataclass(frozen=True)
class Spectrogram:
    """A log-mel spectrogram: `log(max(M |STFT(x)|, 1e-5))`, M being Slaney's triangles of one area.

    Waves are reflected by `(fft - hop) / 2` samples at each end and cut into frames of `fft` samples, `hop` apart,
    under a Hann window, so that a wave of `n * hop` samples has n frames. It is what `librosa.feature.melspectrogram`
    gives with `power=1`, `center=False` and the same padding, and what HiFi-GAN is trained on.

    Args:
        sample_rate: Samples in a second, Hz.
        fft: Samples of a frame, even.
        hop: Samples from one frame to the next, even, less than `fft`.
        window: Samples of the Hann window, at most `fft`; `None` for all of them.
        mels: Bands.
        low: Lowest frequency of the bands, Hz.
        high: Highest frequency of the bands, Hz; `None` for half the sample rate.

    Raises:
        ValueError: if a number is out of its range, or the bands are narrower than the frames can tell.

    Examples:
        >>> spectrogram = kgan.spectrograms.Spectrogram(sample_rate=8000, fft=256, hop=64, mels=20)
        >>> spectrogram.of(np.zeros((2, 640), np.float32)).shape
        TensorShape([2, 10, 20])

    Reference:
        Kong et al., 2020, HiFi-GAN. arXiv:2010.05646; Slaney, 1998, Auditory Toolbox
    """

    sample_rate: int = 22_050
    fft: int = 1024
    hop: int = 256
    window: int | None = None
    mels: int = 80
    low: float = 0.0
    high: float | None = None

    def __post_init__(self) -> None:
        for name, least in (("sample_rate", 1), ("fft", 4), ("hop", 2), ("mels", 1)):
            whole(name, getattr(self, name), least)
        for name in ("fft", "hop"):
            if getattr(self, name) % 2:
                raise ValueError(f"Expected {name} as an even number. Received: {name}={getattr(self, name)}.")
        if self.hop >= self.fft:
            raise ValueError(f"Expected hop < fft={self.fft}. Received: hop={self.hop}.")
        if self.window is not None and not 2 <= self.window <= self.fft:
            raise ValueError(f"Expected window from 2 to fft={self.fft}. Received: window={self.window}.")
        top = self.sample_rate / 2.0 if self.high is None else self.high
        if not 0.0 <= self.low < top <= self.sample_rate / 2.0:
            raise ValueError(
                f"Expected 0 <= low < high <= {self.sample_rate / 2:g} Hz, half the sample rate. Received: "
                f"low={self.low:g}, high={top:g}."
            )
        if (self.filters().max(axis=1) == 0.0).any():
            raise ValueError(
                f"Expected bands that frames of fft={self.fft} samples can tell apart. Received: mels={self.mels} from "
                f"{self.low:g} to {top:g} Hz. Pass fewer mels, or a larger fft."
            )

    def settings(self) -> dict[str, Any]:
        """Every argument by its name."""
        return asdict(self)

    def of(self, waves: tf.Tensor) -> tf.Tensor:
        """The log-mel spectrogram.

        Args:
            waves: `(batch, samples)` float32 in [-1, 1].

        Returns:
            `(batch, samples / hop, mels)` float32.
        """
        bands = tf.matmul(self.magnitudes(waves), tf.constant(self.filters().T))
        return tf.math.log(tf.maximum(bands, _FLOOR))

    def magnitudes(self, waves: tf.Tensor) -> tf.Tensor:
        """`|STFT(x)|`.

        Args:
            waves: `(batch, samples)` float32.

        Returns:
            `(batch, samples / hop, fft / 2 + 1)` float32.
        """
        beside = self.fft - self.hop
        padded = tf.pad(tf.cast(waves, tf.float32), [[0, 0], [beside // 2, beside // 2]], mode="REFLECT")
        frames = tf.signal.frame(padded, self.fft, self.hop) * tf.constant(self.hann())
        return tf.abs(tf.signal.rfft(frames))

    def hann(self) -> np.ndarray:
        """The window in the middle of a frame, `(fft,)` float32."""
        length = self.window or self.fft
        window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
        before = (self.fft - length) // 2
        return np.pad(window, (before, self.fft - length - before)).astype(np.float32)

    def filters(self) -> np.ndarray:
        """The triangles M, `(mels, fft / 2 + 1)` float32."""
        return _filters(self.sample_rate, self.fft, self.mels, self.low, self.high)

    def floor(self) -> float:
        """The least value of a log-mel spectrogram: silence."""
        return math.log(_FLOOR)

    def griffin_lim(self, mels: np.ndarray, iterations: int = 32, seed: int = 0) -> np.ndarray:
        """Waves whose spectrograms are near the given ones, without a network: what a vocoder has to surpass.

        Magnitudes are the least squares solution for the bands, negative ones taken for 0; phases start at random and
        are improved by the fast Griffin-Lim method.

        Args:
            mels: `(n, frames, mels)`.
            iterations: How often phases are improved.
            seed: Of the first phases.

        Returns:
            `(n, frames * hop)` float32 in [-1, 1].

        Reference:
            Perraudin et al., 2013, A fast Griffin-Lim algorithm
        """
        inverse = np.linalg.pinv(self.filters())
        wanted = np.maximum(np.exp(np.asarray(mels, np.float64)) @ inverse.T, 0.0)
        angles = np.random.RandomState(seed).uniform(-np.pi, np.pi, wanted.shape)
        phases, before = np.exp(1j * angles), np.zeros(wanted.shape, complex)
        for _ in range(iterations):
            again = self._analysed(self._joined(wanted * phases))
            ahead = again + _MOMENTUM * (again - before) / (1.0 + _MOMENTUM)
            phases, before = ahead / np.maximum(np.abs(ahead), 1e-16), again
        beside = (self.fft - self.hop) // 2
        waves = self._joined(wanted * phases)[:, beside : beside + mels.shape[1] * self.hop]
        return np.clip(waves, -_PEAK, _PEAK).astype(np.float32)

    def _analysed(self, waves: np.ndarray) -> np.ndarray:
        """The spectrum of waves that are reflected already."""
        frames = np.lib.stride_tricks.sliding_window_view(waves, self.fft, axis=1)[:, :: self.hop]
        return np.fft.rfft(frames * self.hann())

    def _joined(self, spectra: np.ndarray) -> np.ndarray:
        """Waves of frames that overlap, each sample over the sum of the squared windows above it."""
        window = self.hann().astype(np.float64)
        frames = np.fft.irfft(spectra, self.fft) * window
        count = frames.shape[1]
        waves = np.zeros((len(frames), self.fft + (count - 1) * self.hop))
        weights = np.zeros(waves.shape[1])
        for number in range(count):
            place = slice(number * self.hop, number * self.hop + self.fft)
            waves[:, place] += frames[:, number]
            weights[place] += window**2
        return waves / np.maximum(weights, 1e-8)


@functools.cache
def _filters(sample_rate: int, fft: int, mels: int, low: float, high: float | None) -> np.ndarray:
    """Triangles over frequencies whose corners lie evenly on the mel scale, each of area 1 (Slaney)."""
    top = sample_rate / 2.0 if high is None else high
    corners = _hertz(np.linspace(_mel(low), _mel(top), mels + 2))
    frequencies = np.arange(fft // 2 + 1) * sample_rate / fft
    widths = np.diff(corners)
    ramps = corners[:, None] - frequencies[None]
    rising, falling = -ramps[:-2] / widths[:-1, None], ramps[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    found = (triangles * (2.0 / (corners[2:] - corners[:-2]))[:, None]).astype(np.float32)
    found.setflags(write=False)
    return found


def _mel(hertz: float) -> float:
    if hertz < _HIGHEST_LINEAR:
        return hertz * _MELS_PER_HERTZ
    return _HIGHEST_LINEAR * _MELS_PER_HERTZ + math.log(hertz / _HIGHEST_LINEAR) / _LOG_STEP


def _hertz(mels: np.ndarray) -> np.ndarray:
    corner = _HIGHEST_LINEAR * _MELS_PER_HERTZ
    above = _HIGHEST_LINEAR * np.exp(_LOG_STEP * (mels - corner))
    return np.where(mels < corner, mels / _MELS_PER_HERTZ, above)
