"""Spectrograms of generated and true waves after each epoch, and the generated waves to listen to."""

import os
import wave
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import pictures
from kgan._support.checks import whole
from kgan.diagnostics import subjects

__all__ = ["SpectrogramGrid", "spectrogram_pictures"]

_ENLARGED = 2  # pixels of a band and of a frame


class SpectrogramGrid(keras.callbacks.Callback):
    """Draws the log-mel spectrograms of outputs and truths of the same pairs after each epoch.

    The pairs are held-out ones, or training pairs where none are held out. Writes `epoch-0001.png`, ...; a pair in each
    row, low frequencies below, and the outputs one after another as `epoch-0001.wav`.

    Args:
        folder: Where they go; made when missing.
        rows: Pairs to draw; fewer where there are fewer.
        seed: Of the choice of pairs.
        log_dir: A TensorBoard folder that shows the pictures too, as `samples/spectrograms`; `None` for none.

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if `rows` is less than 1 or `seed` negative; when training begins, if the model is no
            `kgan.Vocoder`.
    """

    def __init__(
        self,
        folder: "str | os.PathLike",
        rows: int = 6,
        seed: int = 0,
        log_dir: "str | os.PathLike | None" = None,
    ):
        super().__init__()
        self.folder = Path(folder)
        self.rows = whole("rows", rows, 1)
        self.seed = whole("seed", seed, 0)
        self.log_dir = log_dir
        self._mels: np.ndarray = np.zeros((0,))
        self._truths: np.ndarray | None = None
        self._writer = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        data = getattr(self.model, "fit_data", None)
        if data is None or not hasattr(self.model, "spectrogram"):
            raise ValueError(
                f"Expected a kgan.Vocoder in its fit for SpectrogramGrid. Received: {type(self.model).__name__}."
            )
        held_out = data.held_out is not None
        source = data.held_out if held_out else data.train
        pairs = subjects.some(source, self.rows, self.seed, throughout=held_out, least=1)
        self._mels, self._truths = pairs.samples, pairs.labels
        if self.log_dir is not None:
            self._writer = tf.summary.create_file_writer(str(self.log_dir))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        waves = np.nan_to_num(self.model.translate(self._mels))
        mels = {"output": self.model.mel(waves), "truth": self.model.mel(self._truths)}
        shown = {name: spectrogram_pictures(self.model, one) for name, one in mels.items()}
        picture = pictures.beside(shown, self.model.seen_range)
        pictures.save(picture, self.folder / f"epoch-{epoch + 1:04d}.png")
        _write(self.folder / f"epoch-{epoch + 1:04d}.wav", waves.ravel(), self.model.spectrogram.sample_rate)
        if self._writer is not None:
            with self._writer.as_default():
                tf.summary.image("samples/spectrograms", np.asarray(picture)[None], step=epoch + 1)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._writer is not None:
            self._writer.close()


def spectrogram_pictures(model: Any, mels: np.ndarray) -> np.ndarray:
    """Log-mel spectrograms as pictures in the model's `seen_range`, low frequencies below.

    Args:
        model: A `kgan.Vocoder`.
        mels: `(n, frames, mels)`.

    Returns:
        `(n, height, width, 1)` float32, two pixels for each band and frame.
    """
    mels = np.clip(mels, *model.seen_range).transpose(0, 2, 1)[:, ::-1, :, None]
    return mels.repeat(_ENLARGED, axis=1).repeat(_ENLARGED, axis=2)


def _write(path: Path, samples: np.ndarray, sample_rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.rint(np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes())
