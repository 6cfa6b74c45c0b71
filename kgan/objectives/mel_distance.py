"""The distance of log-mel spectrograms."""

from collections.abc import Sequence

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan._support.checks import positive
from kgan.objectives.compared import Compared, compared, output_shape_of
from kgan.schedules import Schedule
from kgan.spectrograms import Spectrogram

__all__ = ["MelDistance"]


@keras.saving.register_keras_serializable("kgan")
class MelDistance(Compared):
    """Generated waves sound as the true ones at each moment: `mean |mel(y) - mel(G(x))|`, of log-mel spectrograms.

    For models that learn waves from pairs, as `kgan.Vocoder`. The bands may reach higher than those that the generator
    is given: HiFi-GAN compares up to half the sample rate. With several `scales` it is the mean of their distances, so
    that a wave has to be right in short frames, which tell when, and in long ones, which tell how high.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `45.0`, as in the paper.
        sample_rate: Samples in a second, Hz.
        fft: Samples of a frame, even.
        hop: Samples from one frame to the next.
        window: Samples of the Hann window; `None` for all of a frame.
        mels: Bands.
        low: Lowest frequency, Hz.
        high: Highest frequency, Hz; `None` for half the sample rate.
        scales: Positive numbers; for each, `fft`, `hop`, `window` and `mels` are multiplied by it.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"mel_distance"`.

    Raises:
        ValueError: if `weight` is negative, `name` is no identifier, `scales` is no list of numbers above 0, or a size
            is out of its range or no whole one; in `compile`, if samples are no waves `(samples, 1)`, or shorter ones
            than the longest frames take.

    Examples:
        >>> kgan.objectives.MelDistance(sample_rate=8000, fft=512, hop=128, mels=40).weight
        45.0

    Reference:
        Kong et al., 2020, HiFi-GAN, section 2.4. arXiv:2010.05646; Kumar et al., 2023, High-Fidelity Audio Compression
        with Improved RVQGAN, section 3.5, for several scales. arXiv:2306.06546
    """

    from_data = ("sample_rate", "fft", "hop", "window", "mels", "low")

    def __init__(
        self,
        weight: "float | Schedule" = 45.0,
        sample_rate: int = 22_050,
        fft: int = 1024,
        hop: int = 256,
        window: int | None = None,
        mels: int = 80,
        low: float = 0.0,
        high: float | None = None,
        scales: Sequence[float] = (1.0,),
        name: str | None = None,
    ):
        super().__init__(weight, None, None, name)
        self.sample_rate, self.fft, self.hop, self.window = sample_rate, fft, hop, window
        self.mels, self.low, self.high = mels, low, high
        if not isinstance(scales, Sequence) or not scales:
            raise ValueError(f"Expected scales as a number or more in a list. Received: scales={scales!r}. Pass [1.0].")
        self.scales = [positive(f"scales[{place}]", scale) for place, scale in enumerate(scales)]
        self._spectrograms = [self._spectrogram(scale) for scale in self.scales]

    def _spectrogram(self, scale: float) -> Spectrogram:
        def scaled(name: str) -> int:
            size = getattr(self, name) * scale
            if size != int(size):
                raise ValueError(
                    f"Expected scales that give whole sizes. Received: scales={self.scales}, of which {scale:g} gives "
                    f"{name}={size:g}. Pass a scale that {name}={getattr(self, name)} can be multiplied by."
                )
            return int(size)

        window = None if self.window is None else scaled("window")
        return Spectrogram(
            self.sample_rate, scaled("fft"), scaled("hop"), window, scaled("mels"), low=self.low, high=self.high
        )

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        super().check(model, outputs)
        shape = output_shape_of(model, None)
        if len(shape) != 3 or shape[-1] != 1:
            raise ValueError(f"Expected waves (samples, 1) for {self.name!r}. Received: samples of shape {shape[1:]}.")
        beside = max((one.fft - one.hop) // 2 for one in self._spectrograms)  # samples, which waves are reflected by
        if shape[1] is not None and shape[1] <= beside:
            raise ValueError(
                f"Expected waves of more than {beside:,} samples for scales={self.scales}. Received: {shape[1]:,}. "
                f"Pass longer segments, or smaller scales."
            )

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        generated, real = compared(step, self.output, self.discriminator)
        waves = [ops.squeeze(one, -1) for one in (generated, real)]
        apart = [ops.mean(ops.abs(one.of(waves[0]) - one.of(waves[1]))) for one in self._spectrograms]
        return ops.sum(apart) / len(apart)
