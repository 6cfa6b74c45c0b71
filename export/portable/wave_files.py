"""Waves from and to WAV files, with the standard library; FLAC and others where soundfile is installed."""

import wave
from pathlib import Path
from typing import IO, Any

import numpy as np

from .bundle_file import MOST_BYTES, BundleError, short, written_whole

__all__ = ["SOUND_FILES", "check_sound", "plain_wave", "read_sound", "write_sound", "write_wave"]

SOUND_FILES = (".wav", ".flac", ".ogg")
SOUND_BYTES: "dict[int, np.dtype[Any]]" = {1: np.dtype("u1"), 2: np.dtype("<i2"), 4: np.dtype("<i4")}
MOST_SAMPLES = MOST_BYTES // 2**6  # 9 hours at 8 kHz: the network's layers take some 64 bytes a sample


def read_sound(path: Path) -> "tuple[np.ndarray, int]":
    """The samples `(samples,)` float32 in [-1, 1] of a sound file of one channel, and its sample rate.

    Raises:
        BundleError: if it cannot be read, has several channels or is too long.
    """
    try:
        samples, rate = plain_wave(str(path)) if path.suffix.lower() == ".wav" else (None, 0)
    except (OSError, EOFError, wave.Error, ValueError):  # of another coding than whole numbers
        samples, rate = None, 0
    if samples is None:
        samples, rate = other_sound(path)
    check_sound(samples, path)
    return samples, rate


def check_sound(samples: np.ndarray, name: Any) -> None:
    """Refuses samples of several channels, too many of them, or what is no number.

    Raises:
        BundleError: if they are such.
    """
    if samples.ndim != 1:
        raise BundleError(
            f"Expected sound of one channel. Received: {name}, which has {samples.shape[1]}. Mix them down: "
            f"sox in.wav -c 1 out.wav."
        )
    if not 1 <= len(samples) <= MOST_SAMPLES:
        raise BundleError(f"Expected 1 to {MOST_SAMPLES:,} samples. Received: {name} of {len(samples):,}.")
    if not np.isfinite(samples).all():
        raise BundleError(f"Expected finite samples. Received: NaN or infinity in {name}.")


def plain_wave(file: "str | IO[bytes]") -> "tuple[np.ndarray, int]":
    """A WAV file of whole numbers, by its path or opened; of several channels `(samples, channels)`."""
    with wave.open(file, "rb") as opened:
        channels, width, rate, count = opened.getparams()[:4]
        if count * channels > MOST_SAMPLES or width not in SOUND_BYTES:
            raise ValueError(f"{count:,} samples of {8 * width} bits")
        values = np.frombuffer(opened.readframes(count), SOUND_BYTES[width])
    zero, peak = (128.0, 128.0) if width == 1 else (0.0, 2.0 ** (8 * width - 1))
    samples = ((values.astype(np.float64) - zero) / peak).astype(np.float32)
    return (samples if channels == 1 else samples.reshape(-1, channels)), rate


def other_sound(path: Path) -> "tuple[np.ndarray, int]":
    """Any file that soundfile reads.

    Raises:
        BundleError: if it is not installed, or cannot read the file.
    """
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise BundleError(
            f"Expected a WAV file of whole numbers. Received: {path}, for which soundfile is needed: {short(error)}. "
            f"Run pip install soundfile, or convert it: sox {path.name} -b 16 out.wav."
        ) from error
    try:
        return soundfile.read(str(path), dtype="float32")
    except (RuntimeError, OSError) as error:
        raise BundleError(f"Expected a sound file. Received: {path}: {short(error)}.") from error


def write_sound(path: Path, samples: np.ndarray, rate: int) -> None:
    """Writes samples `(samples,)` in [-1, 1] as WAV of 16 bits, whole or not at all."""
    with written_whole(path) as partial, partial.open("wb") as file:
        write_wave(file, samples, rate)


def write_wave(file: "IO[bytes]", samples: np.ndarray, rate: int) -> None:
    """Writes samples `(samples,)` in [-1, 1] to an opened file, as WAV of 16 bits."""
    with wave.open(file, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(rate)
        opened.writeframes(np.rint(np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes())
