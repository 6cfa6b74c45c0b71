"""Figures of whole held-out pictures, where a model was trained on parts of pictures."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kgan.data import values
from kgan.data.whole_pairs import WholePairs
from kgan.evaluation.results import HELD_OUT, Figure, finite
from kgan.metrics import PairMetric, naturalness

__all__ = ["figures"]

MOST, SIDE = 20, 1024  # pictures, and pixels of their sides
_NATURAL = (96, 192)  # pixels of the shorter and the longer side that NIQE needs


def figures(
    model: Any, whole: WholePairs, metrics: Callable[[], Sequence[PairMetric]], say: Callable[[str], None]
) -> tuple[list[Figure], list[str]]:
    """Measures whole pictures as the model enlarges them, beside what interpolation makes of the same.

    Args:
        model: A `kgan.SuperResolution`.
        whole: The held-out pairs; the first 20 are taken, and at most 1,024 pixels of each side.
        metrics: Makes the metrics of pairs anew.
        say: Called with a line of progress.

    Returns:
        The figures, and notes on them; nothing where no picture is held out, or the generator takes one size alone.
    """
    if not len(whole.numbers) or not model.takes_any_size:
        return [], []
    say("Measuring whole held-out pictures ...")
    made, floors = metrics(), metrics()
    natural: dict[str, list[float]] = {"made": [], "floor": [], "truth": []}
    count = 0
    for small, large in whole.pairs(MOST, SIDE):
        output, enlarged = model.enlarge(small), model.enlarged(small[None])[0]
        count += 1
        for measured, picture in ((made, output), (floors, enlarged)):
            for metric in measured:
                metric.update_state(large[None], picture[None])
        if min(large.shape[:2]) >= _NATURAL[0] and max(large.shape[:2]) >= _NATURAL[1]:
            for name, picture in (("made", output), ("floor", enlarged), ("truth", large)):
                natural[name].append(naturalness(_as_saved(picture, model.value_range)))
    found = [
        _figure(f"whole_{one.name}", f"{one.label}, whole pictures", one.better, one.result(), floor.result(), count)
        for one, floor in zip(made, floors, strict=True)
    ]
    if not natural["made"]:
        return found, []
    means = {name: statistics.mean(each) for name, each in natural.items()}
    found.append(_figure("niqe", "NIQE, whole pictures", "min", means["made"], means["floor"], len(natural["made"])))
    return found, [f"The truths' own NIQE is {means['truth']:.2f}: pictures below it are no better for that."]


def _figure(name: str, label: str, better: str, value: Any, floor: Any, count: int) -> Figure:
    return Figure(name, label, better, HELD_OUT, finite(float(value)), finite(float(floor)), count, count, count)


def _as_saved(picture: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    return picture if picture.dtype == np.uint8 else values.to_uint8(np.nan_to_num(picture), value_range)
