"""Vocoding: a mel spectrogram in, a wave out."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import schedules
from kgan.models.translation import Translation
from kgan.spectrograms import Spectrogram

__all__ = ["Vocoder"]

_LOUDEST = 2.0  # of a log-mel spectrogram, where it is shown


@keras.saving.register_keras_serializable("kgan")
class Vocoder(Translation):
    """A generator that makes waves of mel spectrograms, and discriminators that compare them with true ones.

    Several discriminators look at the wave in several ways, `kgan.architectures.hifigan_period_discriminator` and
    `hifigan_scale_discriminator`. `compile` takes `kgan.objectives.MelDistance`, without which nothing holds the wave
    to its spectrogram, and `kgan.objectives.DeepFeatureMatching`.

    `fit` takes pairs `(mel, wave)`: what `kgan.data.load_speech` gives, two arrays, or a `tf.data.Dataset` of pairs.

    Args:
        generator: A built Keras model from log-mel spectrograms `(batch, frames, mels)` to waves `(batch, samples, 1)`
            in [-1, 1], `hop` samples for each frame.
        discriminator: A built Keras model from waves to logits `(batch, ..., 1)`, without a sigmoid; or several of them
            by name.
        spectrogram: What the spectrograms are, or its settings.
        ema_half_life: Half-life, in segments, of the average of the generator's weights; `None` for none.
        seed: Of every random draw in training.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the networks do not fit each other or the spectrogram, or a discriminator takes spectrograms too.

    Examples:
        >>> spectrogram = kgan.spectrograms.Spectrogram(sample_rate=8000, fft=64, hop=16, mels=8)
        >>> model = kgan.Vocoder(
        ...     kgan.architectures.hifigan_generator((8, 8), variant="v3", width=8, rates=(4, 4)),
        ...     {"period_2": kgan.architectures.hifigan_period_discriminator((128, 1), period=2, width=2)},
        ...     spectrogram=spectrogram,
        ... )
        >>> waves = np.random.RandomState(0).uniform(-1, 1, (4, 128)).astype("float32")
        >>> model.compile(loss="least_squares", objectives=["deep_feature_matching"])
        >>> history = model.fit(model.mel(waves), waves[..., None], batch_size=2, verbose=0)
        >>> model.translate(model.mel(waves)).shape
        (4, 128, 1)

    Reference:
        Kong et al., 2020, HiFi-GAN. arXiv:2010.05646
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: "keras.Model | Mapping[str, keras.Model]",
        *,
        spectrogram: "Spectrogram | Mapping[str, Any]",
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "vocoder",
    ):
        super().__init__(generator, discriminator, value_range=None, ema_half_life=ema_half_life, seed=seed, name=name)
        self.spectrogram = spectrogram if isinstance(spectrogram, Spectrogram) else Spectrogram(**spectrogram)
        frames, mels = (*self.input_shape_of_sample, None, None)[:2]
        fits = len(self.input_shape_of_sample) == len(self.sample_shape) == 2 and self.sample_shape[1] == 1
        hop = self.spectrogram.hop
        lengths = None in (frames, self.sample_shape[0]) or self.sample_shape[0] == frames * hop
        if not fits or mels != self.spectrogram.mels or not lengths:
            raise ValueError(
                f"Expected a generator from (frames, {self.spectrogram.mels}) to (frames * {hop}, 1), as its "
                f"spectrogram says. Received: {tuple(self.input_shape_of_sample)} to {tuple(self.sample_shape)}."
            )
        if self.discriminator_takes_input:
            raise ValueError("Expected discriminators of waves alone. Received: one that takes spectrograms too.")

    def mel(self, waves: np.ndarray) -> np.ndarray:
        """The log-mel spectrograms of waves.

        Args:
            waves: `(n, samples)` or `(n, samples, 1)` floats in [-1, 1].

        Returns:
            `(n, samples / hop, mels)` float32.
        """
        waves = np.asarray(waves, np.float32)
        return self.spectrogram.of(tf.constant(waves[..., 0] if waves.ndim == 3 else waves)).numpy()

    def as_seen(self, samples: tf.Tensor) -> tf.Tensor:
        """Log-mel spectrograms in the place of waves, whose samples differ however alike they sound."""
        return self.spectrogram.of(tf.squeeze(samples, -1))

    @property
    def seen_range(self) -> tuple[float, float]:
        """From silence to the loudest of what `as_seen` gives."""
        return self.spectrogram.floor(), _LOUDEST

    def get_config(self) -> dict[str, Any]:
        config = {name: value for name, value in super().get_config().items() if name != "value_range"}
        return {**config, "spectrogram": self.spectrogram.settings()}
