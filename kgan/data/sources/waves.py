"""Waves read by their number: of files in a folder, or arrays."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from kgan._support import limits
from kgan.data import fingerprint
from kgan.data.fingerprint import Fingerprint
from kgan.data.found import Found, about_damaged
from kgan.data.splits import DataError

__all__ = ["SUFFIXES", "ArraysOfWaves", "FolderOfWaves", "Waves", "soundfile"]

SUFFIXES = (".wav", ".flac", ".ogg")
_TRAINING, _HELD_OUT = "train", ("val", "valid", "validation", "test")
_NAMED = 3  # files in an error
_FIRST = 4096  # bytes of a file that it is known again by


def soundfile() -> Any:
    """The package that reads sound.

    Raises:
        DataError: if it is not installed.
    """
    try:
        import soundfile as package
    except (ImportError, OSError) as error:  # OSError where its library is missing
        raise DataError(
            f"Expected the package soundfile to read sound. Received: {error}. Run pip install 'kgan[audio]'."
        ) from error
    return package


class Waves(Protocol):
    """What `kgan.data.load_speech` reads waves from.

    Attributes:
        count: How many waves there are.
        train: How many of them, the first ones, are to be trained on, where the source says so; else `None`.
        sample_rate: Of all of them, Hz.
        seconds: Of all of them together.
        skipped: What is wrong with each file that is left out, by its name.
    """

    count: int
    train: int | None
    sample_rate: int
    seconds: float
    skipped: dict[str, str]

    def samples(self, number: int) -> int:
        """How long the wave of that number is."""

    def read(self, number: int, start: int, samples: int) -> np.ndarray:
        """`(samples,)` float32 of the wave of that number, fewer where it ends before."""

    def found(self, held_out: int) -> Found:
        """What was found."""

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        """By what the data are known again."""


class FolderOfWaves:
    """The sound files of a folder and its sub-folders; `val/` or `test/` beside `train/` is held out.

    Args:
        path: The folder.
        sample_rate: That all files must have, Hz; `None` for that of the first.
        strict: Whether a damaged file is an error.

    Raises:
        DataError: if there is no sound file, none can be read, or files have several channels or another sample rate.
    """

    def __init__(self, path: Path, sample_rate: int | None, strict: bool):
        self._path, self._package = path, soundfile()
        names = sorted(one for one in path.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file())
        names = [one for one in names if not one.name.startswith(".")]
        if not names:
            raise DataError(f"Expected sound files ({', '.join(SUFFIXES)}) in {path}. Received: none.")
        self.skipped: dict[str, str] = {}
        looks = {one: self._look(one) for one in self._in_order(names)}
        if self.skipped and strict:
            name, wrong = next(iter(self.skipped.items()))
            raise DataError(f"Expected readable sound files. Received: {name}: {wrong}. Mend it, or pass strict=False.")
        self._looks = {one: look for one, look in looks.items() if look is not None}
        self._names = list(self._looks)
        if not self._names:
            raise DataError(f"Expected readable sound files in {path}. Received: only damaged files: {self.skipped}.")
        parts = [one.relative_to(path).parts[0] for one in self._names]
        apart = _TRAINING in parts and any(part in _HELD_OUT for part in parts)
        self.train = parts.count(_TRAINING) if apart else None
        self.count = len(self._names)
        self.sample_rate = self._looks[self._names[0]].samplerate if sample_rate is None else sample_rate
        self._check_alike()
        self.seconds = sum(look.frames for look in self._looks.values()) / self.sample_rate

    def _in_order(self, names: Sequence[Path]) -> list[Path]:
        """Those that are trained on first, where sub-folders say which; others beside them are left out."""
        parts = {one: one.relative_to(self._path).parts[0] for one in names}
        if _TRAINING not in parts.values() or not any(part in _HELD_OUT for part in parts.values()):
            return list(names)
        trained = [one for one in names if parts[one] == _TRAINING]
        return [*trained, *(one for one in names if parts[one] in _HELD_OUT)]

    def _look(self, path: Path) -> Any:
        try:
            look = self._package.info(str(path))
        except (RuntimeError, OSError) as error:
            self.skipped[str(path.relative_to(self._path))] = limits.shortened(str(error))
            return None
        if look.frames < 1:
            self.skipped[str(path.relative_to(self._path))] = "no samples"
            return None
        return look

    def _check_alike(self) -> None:
        several = [one for one, look in self._looks.items() if look.channels != 1]
        if several:
            first = self._looks[several[0]]
            raise DataError(
                f"Expected sound of one channel. Received: {len(several)} files of {self.count} with several: "
                f"{self._listed(several)}; the first has {first.channels}. Mix them down: sox in.wav -c 1 out.wav."
            )
        others = [one for one, look in self._looks.items() if look.samplerate != self.sample_rate]
        if others:
            first = self._looks[others[0]]
            raise DataError(
                f"Expected sound of {self.sample_rate:,} samples in a second. Received: {len(others)} files of "
                f"{self.count} with another rate: {self._listed(others)}; the first has {first.samplerate:,}. Convert "
                f"them: sox in.wav -r {self.sample_rate} out.wav; or, if all have it, pass "
                f"sample_rate={first.samplerate}."
            )

    def _listed(self, names: Sequence[Path]) -> str:
        return ", ".join(str(one.relative_to(self._path)) for one in names[:_NAMED])

    def samples(self, number: int) -> int:
        """How long the wave of that number is."""
        return self._looks[self._names[number]].frames

    def read(self, number: int, start: int, samples: int) -> np.ndarray:
        """`(samples,)` float32 of the wave of that number, fewer where it ends before.

        Raises:
            DataError: if the file cannot be read any more, or has values that are not finite.
        """
        path = self._names[number]
        try:
            wave, _ = self._package.read(str(path), samples, start, dtype="float32")
        except (RuntimeError, OSError) as error:
            raise DataError(f"Expected a readable sound file. Received: {path}: {limits.shortened(error)}.") from error
        return _checked(wave, str(path))

    def found(self, held_out: int) -> Found:
        """What was found."""
        formats: dict[str, int] = {}
        for look in self._looks.values():
            formats[look.format] = formats.get(look.format, 0) + 1
        notes = [*about_damaged(self.skipped, "files"), _length(self.seconds, self.sample_rate)]
        return Found("sound files", self.count, held_out, formats=formats, notes=notes)

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        """By what the data are known again."""
        names = [str(one.relative_to(self._path)) for one in self._names]
        sizes = [one.stat().st_size for one in self._names]
        return fingerprint.of_files(sizes, names, None, held_out, read=self._first_bytes)

    def _first_bytes(self, name: str) -> bytes:
        with open(self._path / name, "rb") as file:
            return file.read(_FIRST)


class ArraysOfWaves:
    """Waves that are arrays already.

    Args:
        waves: `(n, samples)`, or a sequence of waves `(samples,)`, floats in [-1, 1].
        sample_rate: Hz.

    Raises:
        DataError: if they are no such arrays.
    """

    train: int | None = None

    def __init__(self, waves: Any, sample_rate: int):
        self._waves = [np.asarray(one) for one in waves]
        for one in self._waves:
            if one.ndim != 1 or not one.size or one.dtype.kind != "f":
                raise DataError(
                    f"Expected waves (samples,) of one channel as floats in [-1, 1]. Received: {one.dtype} of shape "
                    f"{one.shape}. Take the mean over channels, and divide whole numbers by their largest."
                )
            _checked(one, "an array")
        if not self._waves:
            raise DataError("Expected waves. Received: none.")
        self.count, self.sample_rate = len(self._waves), sample_rate
        self.seconds = sum(map(len, self._waves)) / sample_rate
        self.skipped: dict[str, str] = {}

    def samples(self, number: int) -> int:
        """How long the wave of that number is."""
        return len(self._waves[number])

    def read(self, number: int, start: int, samples: int) -> np.ndarray:
        """`(samples,)` float32 of the wave of that number, fewer where it ends before."""
        return self._waves[number][start : start + samples].astype(np.float32)

    def found(self, held_out: int) -> Found:
        """What was found."""
        return Found("waves", self.count, held_out, notes=[_length(self.seconds, self.sample_rate)])

    def fingerprint(self, held_out: np.ndarray) -> Fingerprint:
        """By what the data are known again."""
        longest = max(map(len, self._waves))
        even = np.stack([np.pad(one, (0, longest - len(one))) for one in self._waves])
        return fingerprint.of_arrays([even], None, len(held_out))


def _checked(wave: np.ndarray, where: str) -> np.ndarray:
    """The wave, whose values are finite and in range.

    Raises:
        DataError: if they are not.
    """
    if not np.isfinite(wave).all():
        raise DataError(f"Expected finite samples. Received: NaN or infinity in {where}. Mend it, or leave it out.")
    if np.abs(wave).max(initial=0.0) > 1.0 + 1e-3:
        raise DataError(
            f"Expected samples in [-1, 1]. Received: {np.abs(wave).max():g} in {where}. Divide it by its peak."
        )
    return wave


def _length(seconds: float, sample_rate: int) -> str:
    minutes = f"{seconds / 60:,.1f} minutes" if seconds >= 60 else f"{seconds:.1f} seconds"
    return f"{minutes} of sound at {sample_rate:,} samples in a second."
