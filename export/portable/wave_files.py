"""Waves from and to WAV files, with the standard library; FLAC and others where soundfile is installed."""

import os
import struct
import wave
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from .bundle_file import MOST_BYTES, BundleError, short, written_whole

__all__ = [
    "SOUND_FILES",
    "WaveForm",
    "check_sound",
    "read_sound",
    "wave_form",
    "wave_samples",
    "write_sound",
    "write_wave",
]

SOUND_FILES = (".wav", ".flac", ".ogg")
SOUND_BYTES: "dict[int, np.dtype[Any]]" = {1: np.dtype("u1"), 2: np.dtype("<i2"), 4: np.dtype("<i4")}
MOST_SAMPLES = MOST_BYTES // 2**6  # 9 hours at 8 kHz: the network's layers take some 64 bytes a sample

MOST_CHUNKS = 1000  # of a WAV file before its samples
WHOLE, EXTENSIBLE = 1, 0xFFFE  # how a WAV file says what its samples are


class WaveForm(NamedTuple):
    """What the header of a WAV file says of its samples.

    Attributes:
        channels: How many there are.
        width: Bytes of a sample.
        rate: Samples of a channel in a second.
        length: Samples of a channel, as many as there are bytes for.
        start: Where they begin, bytes from the beginning of the file.
    """

    channels: int
    width: int
    rate: int
    length: int
    start: int


def read_sound(path: Path) -> "tuple[np.ndarray, int]":
    """The samples `(samples,)` float32 in [-1, 1] of a sound file of one channel, and its sample rate.

    Raises:
        BundleError: if it cannot be read, has several channels or is too long.
    """
    samples, rate = plain_wave(path) if path.suffix.lower() == ".wav" else other_sound(path)
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


def plain_wave(path: Path) -> "tuple[np.ndarray, int]":
    """The samples of a WAV file, and its sample rate; soundfile reads what has no whole numbers."""
    try:
        with path.open("rb") as file:
            form = wave_form(file)
            return wave_samples(file, form), form.rate
    except (OSError, ValueError):
        return other_sound(path)


def wave_form(file: "IO[bytes]") -> WaveForm:
    """The header of an opened WAV file of whole numbers.

    A program that writes to a pipe cannot say how much it will write: the samples then go to the end of the file.

    Raises:
        ValueError: if it is none, its samples are no whole numbers of 8, 16 or 32 bits, or more than 1,000 chunks come
            before them.
    """
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise ValueError("a file that does not start as a WAV file does")
    said = None
    for _ in range(MOST_CHUNKS):
        chunk = file.read(8)
        if len(chunk) < 8:
            raise ValueError("a WAV file without samples")
        name, size = struct.unpack("<4sI", chunk)
        start = file.tell()
        if name == b"data":
            break
        if name == b"fmt ":
            said = file.read(min(size, 40))
        file.seek(start + size + size % 2)
    else:
        raise ValueError(f"more than {MOST_CHUNKS:,} chunks before the samples")
    channels, width, rate = coding(said)
    return WaveForm(channels, width, rate, min(size, end - start) // (channels * width), start)


def coding(said: "bytes | None") -> "tuple[int, int, int]":
    """The channels, bytes of a sample and sample rate that the chunk `fmt ` says.

    Raises:
        ValueError: if samples are no whole numbers of 8, 16 or 32 bits.
    """
    if said is None or len(said) < 16:
        raise ValueError("samples before what says their form")
    code, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", said)
    if code == EXTENSIBLE and len(said) >= 26:
        (code,) = struct.unpack_from("<H", said, 24)
    width = (bits + 7) // 8
    if code != WHOLE:
        raise ValueError(f"samples of coding {code}")
    if width not in SOUND_BYTES:
        raise ValueError(f"samples of {bits} bits")
    if not channels:
        raise ValueError("samples of no channel")
    return channels, width, rate


def wave_samples(file: "IO[bytes]", form: WaveForm) -> np.ndarray:
    """The samples float32 in [-1, 1] of an opened WAV file; of several channels `(samples, channels)`.

    Raises:
        ValueError: if there are too many.
    """
    channels, width, _, length, start = form
    if length * channels > MOST_SAMPLES:
        raise ValueError(f"{length:,} samples")
    file.seek(start)
    values = np.frombuffer(file.read(length * channels * width), SOUND_BYTES[width])
    zero, peak = (128.0, 128.0) if width == 1 else (0.0, 2.0 ** (8 * width - 1))
    samples = ((values.astype(np.float64) - zero) / peak).astype(np.float32)
    return samples if channels == 1 else samples.reshape(-1, channels)


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
