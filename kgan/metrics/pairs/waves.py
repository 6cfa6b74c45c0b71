"""How far a wave sounds from its truth: the distance of mel spectrograms, and of spectra at several resolutions."""

import keras
import tensorflow as tf

from kgan.data.values import IMAGE_RANGE
from kgan.metrics.pairs.base import PairMetric, over_pair
from kgan.spectrograms import Spectrogram

__all__ = ["MelError", "SpectralDistance"]

_RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))  # fft, hop, window
_FLOOR = 3.162e-4  # of magnitudes, the root of 1e-7


@keras.saving.register_keras_serializable("kgan")
class MelError(PairMetric):
    """Mean absolute difference of log-mel spectrograms: over frames and bands, then over pairs. Lower is better.

    Args:
        sample_rate: Samples in a second, Hz, as `kgan.spectrograms.Spectrogram` takes it, and the next six.
        fft: Samples of a frame.
        hop: Samples from one frame to the next.
        window: Samples of the window; `None` for all of a frame.
        mels: Bands.
        low: Lowest frequency, Hz.
        high: Highest frequency, Hz; `None` for half the sample rate.
        value_range: `(low, high)` of waves.
        name: Of the figure in the logs.

    Raises:
        ValueError: if a number of the spectrogram is out of its range.

    Examples:
        >>> metric = kgan.metrics.MelError(sample_rate=8000, fft=256, hop=64, mels=20)
        >>> wave = np.sin(np.arange(640, dtype="float32"))[None, :, None]
        >>> metric.update_state(wave, wave)
        >>> float(metric.result())
        0.0
    """

    title = "Mel distance"
    better = "min"

    def __init__(
        self,
        sample_rate: int = 22_050,
        fft: int = 1024,
        hop: int = 256,
        window: int | None = None,
        mels: int = 80,
        low: float = 0.0,
        high: float | None = None,
        value_range: tuple[float, float] = IMAGE_RANGE,
        name: str | None = "mel_error",
    ):
        super().__init__(value_range, name)
        self._spectrogram = Spectrogram(sample_rate, fft, hop, window, mels, low, high)

    def of_each(self, truth: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        truth, output = (self._spectrogram.of(tf.squeeze(one, -1)) for one in (truth, output))
        return over_pair(tf.abs(truth - output))

    def get_config(self) -> dict:
        return {**super().get_config(), **self._spectrogram.settings()}


@keras.saving.register_keras_serializable("kgan")
class SpectralDistance(PairMetric):
    """The distance of spectra at three resolutions: `mean_r ||S - S'|| / ||S|| + mean |log S - log S'|`.

    S and S' are the magnitudes of the short-time Fourier transforms of truth and output; the first term is the spectral
    convergence. Frames have 512, 1024 and 2048 samples, so waves have more than 2048. Lower is better; it does not say
    which of two waves sounds better, and phases count for nothing.

    Args:
        value_range: `(low, high)` of waves.
        name: Of the figure in the logs.

    Raises:
        ValueError: if `value_range` is not a pair of numbers, the lower first; when waves are compared, if they have
            2048 samples or fewer.

    Examples:
        >>> metric = kgan.metrics.SpectralDistance()
        >>> wave = np.sin(np.arange(4800, dtype="float32"))[None, :, None]
        >>> metric.update_state(wave, 0.5 * wave)
        >>> round(float(metric.result()), 1)  # 0.5 of the magnitude, and log 2 where it is above the floor
        0.8

    Reference:
        Yamamoto et al., 2020, Parallel WaveGAN, section 2.2. arXiv:1910.11480
    """

    title = "Spectral distance"
    better = "min"
    longest_frame = max(fft for fft, _, _ in _RESOLUTIONS)  # samples, which waves have to exceed

    def __init__(self, value_range: tuple[float, float] = IMAGE_RANGE, name: str | None = "spectral_distance"):
        super().__init__(value_range, name)

    def of_each(self, truth: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
        if truth.shape[1] is not None and truth.shape[1] <= self.longest_frame:
            raise ValueError(
                f"Expected waves of more than {self.longest_frame:,} samples for the spectral distance. Received: "
                f"{truth.shape[1]:,}. Compare longer ones, or leave this metric out."
            )
        found = []
        for fft, hop, window in _RESOLUTIONS:
            form = Spectrogram(fft=fft, hop=hop, window=window, mels=1)
            real, made = (form.magnitudes(tf.squeeze(one, -1)) for one in (truth, output))
            apart = tf.norm(real - made, axis=(1, 2)) / tf.maximum(tf.norm(real, axis=(1, 2)), 1e-8)
            logs = [tf.math.log(tf.maximum(one, _FLOOR)) for one in (real, made)]
            found.append(apart + over_pair(tf.abs(logs[0] - logs[1])))
        return tf.add_n(found) / len(found)
