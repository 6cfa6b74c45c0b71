"""The inputs that artefacts in 8 bits are calibrated on, and that smaller artefacts are measured on."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from kgan.export.fidelity import SAMPLES
from kgan.export.signature import Signature

__all__ = ["Sets", "parsed", "sets"]

_LEAST = 2
_SEEDS = (0, 1, 2)


class Sets(NamedTuple):
    """Inputs by name, three times.

    Attributes:
        calibration: What ranges are taken from.
        first: Of float32 samples that others are compared with.
        second: Of the samples that are compared.
        source: Where they come from, for `card.json`.
    """

    calibration: Mapping[str, np.ndarray]
    first: Mapping[str, np.ndarray]
    second: Mapping[str, np.ndarray]
    source: str

    def each(self, change: Callable[[Mapping[str, np.ndarray]], Mapping[str, np.ndarray]]) -> "Sets":
        """The same with the inputs changed by a function."""
        return Sets(change(self.calibration), change(self.first), change(self.second), self.source)


def parsed(calibration: Any, signature: Signature) -> Mapping[str, np.ndarray] | None:
    """What `calibration` holds, by the names of the inputs.

    Args:
        calibration: Arrays by name, one array where the generator has one input, or `None`.
        signature: What it takes.

    Raises:
        ValueError: if these are other inputs, of other shapes or other numbers of rows, or not finite.
    """
    if calibration is None:
        return None
    tensors = {one.name: one for one in signature.exported.inputs}
    if not isinstance(calibration, Mapping):
        calibration = dict.fromkeys(list(tensors)[:1], calibration)
    if set(calibration) != set(tensors):
        raise ValueError(
            f"Expected calibration with {', '.join(tensors)}. Received: {', '.join(map(str, calibration))}. Pass a "
            f"dictionary of arrays by these names."
        )
    found = {name: np.asarray(calibration[name]).astype(one.dtype, copy=False) for name, one in tensors.items()}
    for name, tensor in tensors.items():
        shape = found[name].shape
        fits = len(shape) == len(tensor.shape) + 1 and all(
            due in (None, size) for due, size in zip(tensor.shape, shape[1:], strict=True)
        )
        if not fits or shape[0] < _LEAST or not np.isfinite(found[name]).all():
            raise ValueError(
                f"Expected calibration of finite {name}, {_LEAST} or more, of shape {tuple(tensor.named_shape())}. "
                f"Received: shape {shape}. Pass inputs as the generator takes them."
            )
    if len({len(value) for value in found.values()}) > 1:
        raise ValueError(
            f"Expected calibration with as many rows for each input. Received: "
            f"{ {name: len(value) for name, value in found.items()} }."
        )
    return {name: value[: 3 * SAMPLES] for name, value in found.items()}


def sets(signature: Signature, calibration: Mapping[str, np.ndarray] | None) -> Sets | None:
    """Inputs to calibrate and to measure on; `None` where users bring their own and none are given.

    Args:
        signature: What the generator takes.
        calibration: What `parsed` gave. Where inputs are not drawn, its first half is the first set, its second half
            the other.
    """
    count = 0 if calibration is None else len(next(iter(calibration.values())))
    source = f"{count} inputs that were passed" if count else f"{SAMPLES} draws of seed {_SEEDS[0]}"
    drawn = [signature.drawn(SAMPLES, seed) for seed in _SEEDS]
    if drawn[0] is not None:
        return Sets(calibration or drawn[0], *drawn[1:], source)
    if calibration is None:
        return None
    halves = (slice(0, count // 2), slice(count // 2, None))
    return Sets(calibration, *({name: value[half] for name, value in calibration.items()} for half in halves), source)
