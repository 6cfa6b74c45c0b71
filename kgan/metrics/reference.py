"""The real samples that generated ones are compared with: measured once, and kept on disk."""

import hashlib
import os
import warnings
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan._support import files, numpy_files
from kgan.data import values
from kgan.data.splits import extract
from kgan.metrics.comparison import Seen
from kgan.metrics.extractors import Extractor, presentable

__all__ = ["Reference", "cache_folder"]

_ROWS = 1024  # of an array at once
_FORMAT = b"kgan reals 2"  # another one, and what older versions kept is measured anew


class Reference:
    """Real samples, read once to know them again, and measured once for each extractor.

    They are known by the sum of their hashes, so that neither their order nor their batches matter.

    Args:
        source: A `tf.data.Dataset` of batches, a `keras.utils.PyDataset`, or an array.
        labels: Of an array.
        value_range: Of images as floats.
        steps: Batches of a dataset to take; `None` for all.

    Attributes:
        count: How many.
        labels: `(count, ...)`, in the order they were read; `None` without.

    Raises:
        TypeError: if the source can be read only once.
        ValueError: if the source is empty.
    """

    def __init__(
        self,
        source: Any,
        labels: Any = None,
        *,
        value_range: "values.ValueRange | None" = None,
        steps: int | None = None,
    ):
        self.source = source if labels is None else (source, labels)
        self.value_range = value_range
        self.steps = steps
        self._seen: dict[tuple[Extractor, str | None, frozenset[str]], Seen] = {}
        self.count, self.labels, total = 0, None, 0
        kept = []
        for shown, batch_labels in self._batches():
            self.count += len(shown)
            total += _hash_sum(shown)
            if batch_labels is not None:
                kept.append(batch_labels)
        if self.count == 0:
            raise ValueError("Expected at least one batch of real samples to measure against. Received: none.")
        if kept:
            self.labels = np.concatenate(kept)
        self.digest = _digest(self.count, total)

    def _batches(self) -> Iterator[tuple[np.ndarray, "np.ndarray | None"]]:
        elements: Iterator
        if isinstance(self.source, tf.data.Dataset):
            elements = islice(self.source.as_numpy_iterator(), self.steps)
        elif isinstance(self.source, keras.utils.PyDataset):
            count = self.source.num_batches if self.steps is None else self.steps
            elements = (self.source[number] for number in range(count))
        elif isinstance(self.source, np.ndarray | tuple) or tf.is_tensor(self.source):
            parts = self.source if isinstance(self.source, tuple) else (self.source,)
            elements = (
                tuple(part[start : start + _ROWS] for part in parts) for start in range(0, len(parts[0]), _ROWS)
            )
        else:
            raise TypeError(
                f"Expected reals that can be read again to measure against: an array, a tf.data.Dataset or a "
                f"keras.utils.PyDataset. Received: {type(self.source).__name__}."
            )
        for element in elements:
            real, labels = extract(element)
            yield presentable(np.asarray(real), self.value_range), None if labels is None else np.asarray(labels)

    def seen(self, extractor: Extractor, needs: frozenset[str]) -> Seen:
        """What the extractor sees in them: from memory, from disk, or measured now and kept.

        Args:
            extractor: What to look through; without a fingerprint nothing is kept on disk.
            needs: See `Seen`.
        """
        needs = needs - {"predictions"}  # nothing asks for those of reals
        key = extractor, extractor.fingerprint, needs
        if key not in self._seen:
            path = self._path(extractor, needs)
            known = None if path is None else _read(path, needs)
            self._seen[key] = known or self._measured(extractor, needs, path)
        return self._seen[key]

    def first(self) -> np.ndarray:
        """The first batch, as extractors take it."""
        return next(self._batches())[0]

    def adopt(self, earlier: "Reference") -> None:
        """Takes over what was measured on another reference, where its samples are the same."""
        if earlier.digest == self.digest:
            self._seen |= earlier._seen

    def _measured(self, extractor: Extractor, needs: frozenset[str], path: Path | None) -> Seen:
        seen, total = Seen(needs), 0
        for shown, _ in self._batches() if needs else ():
            seen.update(extractor(shown))
            total += _hash_sum(shown)
        if path is not None and _digest(seen.count, total) != self.digest:
            warnings.warn(
                "The reals come out otherwise at each reading, so what is measured on them is not kept. Hold out the "
                "same ones in each: no augmentation, and no take() after a shuffle.",
                stacklevel=2,
            )
        elif path is not None:
            try:
                arrays: dict[str, Any] = seen.state()
                with files.replacing(path) as partial:
                    np.savez(partial, **arrays)
            except OSError as error:
                warnings.warn(
                    f"What was measured on the reals cannot be kept in {path.parent} and will be measured again next "
                    f"time: {error}. Set KGAN_CACHE to a folder that can be written to.",
                    stacklevel=2,
                )
        return seen

    def _path(self, extractor: Extractor, needs: frozenset[str]) -> Path | None:
        fingerprint = extractor.fingerprint
        if fingerprint is None or not needs:
            return None
        key = "\n".join((fingerprint, self.digest, *sorted(needs)))
        return cache_folder() / f"reals-{hashlib.sha256(_FORMAT + key.encode()).hexdigest()[:32]}.npz"


def _hash_sum(shown: np.ndarray) -> int:
    return sum(int.from_bytes(hashlib.sha256(one.tobytes()).digest(), "big") for one in np.ascontiguousarray(shown))


def _digest(count: int, hash_sum: int) -> str:
    return f"{count}-{hash_sum % 2**256:064x}"


def cache_folder() -> Path:
    """Where measurements of reals are kept: `KGAN_CACHE`, or `~/.cache/kgan`."""
    return Path(os.environ.get("KGAN_CACHE") or Path.home() / ".cache" / "kgan")


def _read(path: Path, needs: frozenset[str]) -> Seen | None:
    if not path.is_file():
        return None
    try:
        state = numpy_files.unpacked(path)
        _check_state(state, needs)
        return Seen.from_state(needs, state)
    except (ValueError, KeyError) as error:
        warnings.warn(f"Expected {path} as kgan wrote it; the reals are measured again: {error!r}.", stacklevel=2)
        return None


def _check_state(state: dict[str, np.ndarray], needs: frozenset[str]) -> None:
    """Refuses arrays that `Seen.state` cannot have written."""
    expected: dict[str, tuple[int, ...]] = {"count": (), "moments_count": ()}
    width = state["features"].shape[1:2] if "features" in needs else state["moments_mean"].shape[:1]
    if "moments" in needs:
        expected |= {"moments_mean": width, "moments_scatter": width * 2}
    if "features" in needs:
        expected["features"] = (int(state["count"]) if state["count"].shape == () else -1, *width)
    for name, shape in expected.items():
        if state[name].shape != shape or state[name].dtype.kind not in "fiu":
            raise ValueError(f"{name} of shape {state[name].shape}, type {state[name].dtype}, where {shape} was due")
