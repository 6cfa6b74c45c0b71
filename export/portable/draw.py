"""What is to be drawn from an export: samples of a seed, or of latents from a file."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .bundle_file import BundleError, short
from .exported_generator import BATCH, Sampler, whole
from .latent_draws import chosen_seed
from .sample_files import MODES, each_name

__all__ = ["COUNT", "Draw", "read_latents"]

COUNT = 64  # samples, where nobody says how many
LARGEST_HEADER = 10_000  # characters of a file of latents


class Draw:
    """Samples that were asked for.

    Args:
        sampler: A `Sampler`.
        count: How many; `None` for 64, or one for each row of latents.
        seed: 0 to 2**32 - 1; `None` chooses one.
        labels: Text, as `parse_labels` takes it, or what it gives, over and over.
        truncation_psi: Latents, or styles, are drawn towards their mean by this factor, in [0, 2].
        latents: A file of latents, `.npy`, in place of a seed; `None` for none.

    Attributes:
        source: What the samples come from, `"seed 5"`.
        columns: Of a grid; `None` where it is to choose.
        names: What stands above the columns; `None` for nothing.
        labels: A function from a first and a last number to the labels of the samples between; `None` for none.

    Raises:
        BundleError: if the labels, the seed or the latents are not what the export takes.
    """

    def __init__(
        self,
        sampler: Sampler,
        count: int | None = None,
        seed: int | None = None,
        labels: Any = None,
        truncation_psi: float = 1.0,
        latents: str | os.PathLike | None = None,
    ) -> None:
        self._sampler, self._psi = sampler, truncation_psi
        self._z: np.ndarray | None = None
        self.sample_shape, self.value_range = sampler.sample_shape, sampler.value_range or (-1.0, 1.0)
        if latents is None:
            self.seed = chosen_seed() if seed is None else seed
            self.source, self._stem = f"seed {self.seed}", f"seed{self.seed}"
        else:
            for name, given in (("count", count), ("seed", seed)):
                if given is not None:
                    raise BundleError(f"Expected latents without {name}, which they decide. Received: {name}={given}.")
            self._z = read_latents(latents, sampler.latent_dim)
            self.source, self._stem = str(latents), Path(latents).stem
        self.count = len(self._z) if self._z is not None else COUNT if count is None else count
        whole(self.count)
        self._chosen, self.columns, self.names = sampler.asked_for(labels, self.count)
        self.labels = sampler.labels.rows(self.count, self._chosen)
        self._title = sampler.labels.titles(self._chosen, self.count)

    @property
    def pictures(self) -> bool:
        """Whether a sample is a picture."""
        return len(self.sample_shape) == 3 and self.sample_shape[-1] in MODES

    def file_name(self, number: int) -> str:
        """The file of one sample: `seed0-07-Flags.png`."""
        return each_name(self._stem, number, self.count - 1, self._title(number), ".png" if self.pictures else ".npy")

    def batches(self) -> Iterator[np.ndarray]:
        """The samples, a batch at a time."""
        z = self._z
        if z is None:
            return self._sampler.batches(self.count, self.seed, self._chosen, self._psi)
        self._sampler.truncated(z[:1], self._psi)  # refuses it before the first batch

        def rows(start: int, stop: int) -> np.ndarray:
            return self._sampler.truncated(np.array(z[start:stop], np.float32), self._psi)

        return self._sampler.drawn(rows, self.count, self._chosen, self._psi)

    def check_memory(self) -> None:
        """Refuses more samples than memory should hold at once."""
        self._sampler.check_count(self.count)

    def samples(self) -> np.ndarray:
        """All of them at once, float32 `(count, ...)`."""
        return np.concatenate(list(self.batches()))


def read_latents(path: str | os.PathLike, latent_dim: int) -> np.ndarray:
    """Latents `(count, latent_dim)` from a `.npy` file, of which memory holds what is used.

    Raises:
        BundleError: if it is no such file, or holds other numbers.
    """
    try:
        z = np.lib.format.open_memmap(path, mode="r", max_header_size=LARGEST_HEADER)
    except (OSError, ValueError, EOFError, SyntaxError, TypeError) as error:
        raise BundleError(
            f"Expected latents as a .npy file, as numpy.save writes it. Received: {path}: {short(error)}."
        ) from error
    if z.dtype.kind != "f" or z.ndim != 2 or z.shape[1] != latent_dim or not len(z):
        raise BundleError(
            f"Expected latents of float32 and shape (count, {latent_dim}). Received: {path} of {z.dtype} and shape "
            f"{z.shape}."
        )
    for start in range(0, len(z), BATCH * BATCH):
        if not np.isfinite(z[start : start + BATCH * BATCH]).all():
            raise BundleError(f"Expected latents that are finite. Received: {path} with others from row {start} on.")
    return z
