"""`kgan.data.load_speech`: pairs of a mel spectrogram and its wave, from a folder of sound files."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._support.checks import whole
from kgan.data import calls, loading, pair_batches
from kgan.data.sources import arrays
from kgan.data.sources.waves import SUFFIXES, ArraysOfWaves, FolderOfWaves, Waves
from kgan.data.splits import DataError, Splits
from kgan.spectrograms import Spectrogram

__all__ = ["load_speech"]

_HELD_OUT = -1  # in the place of the epoch


def load_speech(
    source: "str | os.PathLike | Sequence[np.ndarray]",
    batch_size: int = 16,
    *,
    segment: int = 8192,
    sample_rate: int | None = None,
    fft: int = 1024,
    hop: int = 256,
    window: int | None = None,
    mels: int = 80,
    low: float = 0.0,
    high: float | None = 8000.0,
    validation_split: float = 0.1,
    seed: int = 0,
    strict: bool = False,
) -> Splits:
    """Loads sound as pairs `(mel, wave)`: segments of waves, and the log-mel spectrograms that they are to be made of.

    Each wave gives one segment an epoch, from a place that is drawn from nothing but the seed, the epoch and the number
    of the wave: a resumed run hears what an uninterrupted one does. Held-out segments are always the same: from the
    middle. A wave that is shorter is followed by silence.

    Args:
        source: A folder of WAV, FLAC or OGG files of one channel and its sub-folders, in which `val/` or `test/` beside
            `train/` is held out; or waves `(samples,)`, floats in [-1, 1], of which `sample_rate` says the rate.
        batch_size: Pairs in a batch.
        segment: Samples of a segment, a multiple of `hop`.
        sample_rate: Samples in a second, Hz, that the files must have; `None` for what they have.
        fft: Samples of a frame of the spectrogram, as `kgan.spectrograms.Spectrogram` takes it, and the next five.
        hop: Samples from one frame to the next.
        window: Samples of the Hann window; `None` for all of a frame.
        mels: Bands.
        low: Lowest frequency, Hz.
        high: Highest frequency, Hz; half the sample rate where that is lower, or for `None`.
        validation_split: Share of the waves held out where the folder does not say which, or 0 for none.
        seed: Of the choice of held-out waves, the order, and segments.
        strict: Whether a file that cannot be read is an error; otherwise it is left out.

    Returns:
        `Splits`, which unpacks into `(train, validation)`, batches of `(batch, segment / hop, mels)` and `(batch,
        segment, 1)`; `Splits.spectrogram` is what made the former of the latter.

    Examples:
        >>> waves = [np.sin(np.arange(9000) * pitch).astype("float32") for pitch in (0.1, 0.2, 0.3)]
        >>> splits = kgan.data.load_speech(waves, batch_size=2, sample_rate=8000, segment=4096, mels=40)
        >>> mel, wave = next(iter(splits.train))
        >>> mel.shape, wave.shape
        (TensorShape([2, 16, 40]), TensorShape([2, 4096, 1]))

    Raises:
        DataError: if the source does not exist or holds no sound, files have several channels or differ in their sample
            rate, `soundfile` is not installed, or an argument is out of its range.
    """
    loading.check_request(batch_size, None, seed)
    waves = _waves(source, sample_rate, strict)
    nyquist = waves.sample_rate / 2.0
    top = None if high is None or high >= nyquist else high
    try:
        whole("segment", segment, 1)
        spectrogram = Spectrogram(waves.sample_rate, fft, hop, window, mels, low, top)
    except ValueError as error:
        raise DataError(str(error)) from error
    if segment % hop or segment <= fft:
        least = -(-(fft + 1) // hop) * hop
        raise DataError(
            f"Expected segment as a multiple of hop={hop} above fft={fft}. Received: segment={segment}. Pass "
            f"segment={max(segment // hop * hop, least)}, say."
        )
    if waves.train is None:
        train, validation = arrays.split(waves.count, validation_split, seed)
    else:
        train = np.arange(waves.train)
        validation = np.arange(waves.train, waves.count if validation_split else waves.train)
    pair_batches.check_batch_size(batch_size, len(train))
    segments = _Segments(waves, spectrogram, segment, seed)

    def numbered(number: tf.Tensor) -> tuple[tf.Tensor]:
        return (number,)

    return Splits(
        train=pair_batches.training(train, numbered, segments, batch_size, seed),
        validation=pair_batches.held_out(validation, numbered, segments, batch_size),
        sample_shape=(segment, 1),
        count=len(train),
        skipped=waves.skipped,
        input_shape=(segment // hop, mels),
        held_out=len(validation),
        sides=("mel", "wave"),
        found=waves.found(len(validation)),
        fingerprint=waves.fingerprint(validation),
        spectrogram=spectrogram,
    )


def _waves(source: Any, sample_rate: int | None, strict: bool) -> Waves:
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        if not path.is_dir():
            there = "which is a file" if path.exists() else "which does not exist"
            raise DataError(
                f"Expected a folder of sound files ({', '.join(SUFFIXES)}). Received: {str(source)!r}, {there}."
            )
        return FolderOfWaves(path, sample_rate, strict)
    if not isinstance(source, list | tuple | np.ndarray):
        raise DataError(f"Expected a folder of sound files, or waves. Received: a {type(source).__name__}.")
    if sample_rate is None:
        raise DataError("Expected sample_rate beside waves that are arrays, in Hz. Received: sample_rate=None.")
    return ArraysOfWaves(source, sample_rate)


class _Segments:
    """Cuts segments out of waves, and makes their spectrograms."""

    def __init__(self, waves: Waves, spectrogram: Spectrogram, segment: int, seed: int):
        self._waves = waves
        self._spectrogram = spectrogram
        self._segment = segment
        self._seed = seed

    def drawn(self, epoch: tf.Tensor, number: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The pair as training sees it in that epoch; int64 scalars."""
        return self._pair(epoch, number)

    def central(self, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The pair as it is held out."""
        return self._pair(tf.constant(_HELD_OUT, tf.int64), number)

    def _pair(self, epoch: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        wave = tf.numpy_function(calls.from_threads(self.cut), [epoch, number], tf.float32)
        wave = tf.ensure_shape(wave, (self._segment,))
        return self._spectrogram.of(wave[None])[0], wave[:, None]

    def cut(self, epoch: int, number: int) -> np.ndarray:
        """The segment of a wave, `(segment,)` float32; silence where the wave ends before.

        Args:
            epoch: From 0; -1 for a held-out wave.
            number: Of the wave.
        """
        room = max(self._waves.samples(int(number)) - self._segment, 0)
        if epoch == _HELD_OUT:
            start = room // 2
        else:
            state = np.random.SeedSequence([self._seed, int(epoch) + 1, int(number)]).generate_state(4)
            start = int(np.random.RandomState(state).randint(room + 1))
        wave = self._waves.read(int(number), start, self._segment)
        return np.pad(wave, (0, self._segment - len(wave)))
