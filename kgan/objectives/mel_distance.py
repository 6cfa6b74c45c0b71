"""The distance of log-mel spectrograms."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.compared import Compared, compared, output_shape_of
from kgan.schedules import Schedule
from kgan.spectrograms import Spectrogram

__all__ = ["MelDistance"]


@keras.saving.register_keras_serializable("kgan")
class MelDistance(Compared):
    """Generated waves sound as the true ones at each moment: `mean |mel(y) - mel(G(x))|`, of log-mel spectrograms.

    For models that learn waves from pairs, as `kgan.Vocoder`. The bands may reach higher than those that the generator
    is given: HiFi-GAN compares up to half the sample rate.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `45.0`, as in the paper.
        sample_rate: Samples in a second, Hz.
        fft: Samples of a frame, even.
        hop: Samples from one frame to the next.
        window: Samples of the Hann window; `None` for all of a frame.
        mels: Bands.
        low: Lowest frequency, Hz.
        high: Highest frequency, Hz; `None` for half the sample rate.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"mel_distance"`.

    Raises:
        ValueError: if `weight` is negative, `name` is no identifier, or a number of the spectrogram is out of its
            range; in `compile`, if samples are no waves `(samples, 1)`.

    Examples:
        >>> kgan.objectives.MelDistance(sample_rate=8000, fft=512, hop=128, mels=40).weight
        45.0

    Reference:
        Kong et al., 2020, HiFi-GAN, section 2.4. arXiv:2010.05646
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
        name: str | None = None,
    ):
        super().__init__(weight, None, None, name)
        self.sample_rate, self.fft, self.hop, self.window = sample_rate, fft, hop, window
        self.mels, self.low, self.high = mels, low, high
        self._spectrogram = Spectrogram(sample_rate, fft, hop, window, mels, low, high)

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        super().check(model, outputs)
        shape = output_shape_of(model, None)
        if len(shape) != 3 or shape[-1] != 1:
            raise ValueError(f"Expected waves (samples, 1) for {self.name!r}. Received: samples of shape {shape[1:]}.")

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        generated, real = compared(step, self.output, self.discriminator)
        mels = [self._spectrogram.of(ops.squeeze(one, -1)) for one in (generated, real)]
        return ops.mean(ops.abs(mels[0] - mels[1]))
