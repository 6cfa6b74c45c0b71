"""How much of the samples a smaller artefact loses, and from what loss on it is refused."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kgan.export.parity import Runner, VerificationError
from kgan.metrics import Moments, frechet_distance

__all__ = ["FEATURES", "LEAST_PSNR", "MOST_FRECHET", "SAMPLES", "Fidelity", "Reference"]

SAMPLES = 256  # of each of the two sets
LEAST_PSNR = 30.0  # decibels
MOST_FRECHET = 1.5  # times the distance of two sets of float32
FEATURES = "pixels, averaged to 8 x 8"
_SIDE = 8
_LEAST_SAMPLES = 32  # of a set, below which a Frechet distance says nothing
_BATCH = 32
_NO_DIFFERENCE = 200.0  # decibels


@dataclass(frozen=True)
class Reference:
    """What Keras gives in float32 for two sets of inputs; artefacts are held against it.

    Attributes:
        inputs: Of the second set, by name.
        samples: What Keras makes of them.
        others: What Keras makes of the first set, which were drawn from another seed.
        value_range: `(low, high)` of samples; `None` for any.
    """

    inputs: Mapping[str, np.ndarray]
    samples: np.ndarray
    others: np.ndarray
    value_range: tuple[float, float] | None

    @classmethod
    def of(
        cls,
        keras: Runner,
        first: Mapping[str, np.ndarray],
        second: Mapping[str, np.ndarray],
        value_range: tuple[float, float] | None,
    ) -> "Reference":
        """Draws both sets.

        Args:
            keras: Runs the generator.
            first: Inputs by name.
            second: The same, of another seed.
            value_range: Of samples.
        """
        return cls(second, _drawn(keras, second), _drawn(keras, first), value_range)

    def compare(self, artefact: Runner) -> "Fidelity":
        """Holds an artefact, which gives samples as Keras does, against it."""
        received = _drawn(artefact, self.inputs).astype(np.float64)
        if not np.isfinite(received).all():
            return Fidelity(math.nan, math.nan, math.nan, math.nan, None, None, len(received))
        off = received - self.samples
        peak = self._peak
        error = math.sqrt(np.mean(off**2))
        psnr = _NO_DIFFERENCE if error == 0.0 else min(_NO_DIFFERENCE, 20.0 * math.log10(peak / error))
        scale = 1.0 if self.value_range is not None else max(1.0, float(np.abs(self.samples).max()))
        largest, mean = float(np.abs(off).max()) / scale, float(np.abs(off).mean())
        if min(len(self.others), len(received)) < _LEAST_SAMPLES:
            return Fidelity(largest, mean, error / scale, psnr, None, None, len(received))
        others, floor = _moments(self.others), _moments(self.samples)
        distances = frechet_distance(others, _moments(received)), frechet_distance(others, floor)
        return Fidelity(largest, mean, error / scale, psnr, *distances, len(received))

    @property
    def _peak(self) -> float:
        """What a peak signal-to-noise ratio is relative to."""
        low, high = self.value_range or (float(self.samples.min()), float(self.samples.max()))
        return high - low or 1.0


@dataclass(frozen=True)
class Fidelity:
    """What an artefact loses.

    Attributes:
        largest: Absolute difference from Keras of any number of any sample; relative to the largest number above 1
            where samples have no value range.
        mean: Of the absolute differences.
        root_mean_square: Of the differences, relative as `largest` is.
        psnr: Peak signal-to-noise ratio to Keras in decibels, at most 200.
        frechet: Frechet distance of its samples to float32 ones of another seed; `None` for too few samples.
        floor: The same of float32 samples in their place.
        samples: How many of each.
    """

    largest: float
    mean: float
    root_mean_square: float
    psnr: float
    frechet: float | None
    floor: float | None
    samples: int

    def card(self) -> dict[str, Any]:
        """The same for `card.json`."""
        distance = {}
        if self.frechet is not None:
            distance["frechet"] = {"distance": self.frechet, "floor": self.floor, "features": FEATURES}
        return {"mean_difference": self.mean, "psnr": self.psnr, **distance, "samples_compared": self.samples}

    def check(self, name: str, force: bool) -> None:
        """Refuses an artefact that loses too much.

        Args:
            name: What errors call the artefact.
            force: Whether to let it pass.

        Raises:
            VerificationError: if the PSNR is below `LEAST_PSNR`, or the Frechet distance above `MOST_FRECHET` times
                float32's own, and it is not forced; or if samples are not finite.
        """
        if math.isnan(self.psnr):
            raise VerificationError(
                f"Expected {name} to give finite samples. Received: NaN or infinity. Leave its format out."
            )
        far = self.frechet is not None and not self.frechet <= MOST_FRECHET * self.floor + 1e-9
        if force or (self.psnr >= LEAST_PSNR and not far):
            return
        distance = "" if self.frechet is None else f", and a Frechet distance of {self.frechet:.3g}"
        allowed = "" if self.frechet is None else f", and a Frechet distance of {MOST_FRECHET * self.floor:.3g} at most"
        raise VerificationError(
            f"Expected {name} with a PSNR to Keras of {LEAST_PSNR:g} dB or more{allowed}, {MOST_FRECHET:g} times that "
            f"of two sets of float32. Received: {self.psnr:.1f} dB{distance}. It loses too much: leave its format out, "
            f"or pass force=True."
        )


def _drawn(runner: Runner, inputs: Mapping[str, np.ndarray]) -> np.ndarray:
    count = len(next(iter(inputs.values())))
    batches = (slice(start, start + _BATCH) for start in range(0, count, _BATCH))
    return np.concatenate([runner({name: value[batch] for name, value in inputs.items()}) for batch in batches])


def _moments(samples: np.ndarray) -> Moments:
    moments = Moments()
    moments.update(_features(samples.astype(np.float64)))
    return moments


def _features(samples: np.ndarray) -> np.ndarray:
    """Every axis but the batch and the channels averaged to 8 lengths at most; a vector keeps its numbers."""
    for axis in range(1, max(samples.ndim - 1, 2)):
        parts = np.array_split(samples, min(_SIDE if samples.ndim > 2 else 192, samples.shape[axis]), axis)
        samples = np.stack([part.mean(axis) for part in parts], axis)
    return samples.reshape(len(samples), -1)
