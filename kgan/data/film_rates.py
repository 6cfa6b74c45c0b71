"""Films brought to one number of frames a second, by leaving frames out."""

from collections.abc import Mapping, Sequence

import numpy as np

from kgan.data.sources.film_files import Look
from kgan.data.splits import DataError

__all__ = ["check_rate", "chosen"]

_ALIKE = 0.02  # of the larger of two rates: GIF counts in hundredths of a second


def check_rate(rate: float | None) -> None:
    """Refuses a rate that is none.

    Raises:
        DataError: if it is no positive number.
    """
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, int | float) or not 0.0 < rate < 1e4):
        raise DataError(f"Expected rate in frames a second, above 0, or None. Received: rate={rate!r}.")


def chosen(looks: Mapping[str, Look], rate: float | None) -> list[np.ndarray]:
    """The numbers of the frames that are taken of each film.

    Args:
        looks: What films are like, by their names.
        rate: Frames a second to bring them to; `None` takes all frames.

    Raises:
        DataError: if films have several rates and `rate` is `None`, or if a film has fewer frames a second than `rate`,
            or does not say how many.
    """
    rates = {name: look.rate for name, look in looks.items()}
    if rate is None:
        _check_alike({name: own for name, own in rates.items() if own is not None})
        return [np.arange(look.frames) for look in looks.values()]
    slow = [name for name, own in rates.items() if own is None or own < rate * (1.0 - _ALIKE)]
    if slow:
        own = rates[slow[0]]
        what = "which does not say how many it has" if own is None else f"which has {own:g}"
        more = f", and {len(slow) - 1} more" if len(slow) > 1 else ""
        raise DataError(
            f"Expected films of at least rate={rate:g} frames a second. Received: {slow[0]}, {what}{more}. Pass a "
            f"smaller rate, or None for films as they are."
        )
    return [_taken(look.frames, float(look.rate or rate), rate) for look in looks.values()]


def _taken(frames: int, own: float, rate: float) -> np.ndarray:
    step = max(own / rate, 1.0)
    count = max(int(frames / step + 1e-6), 1)  # rates come from sums of durations, and are a little off
    return np.minimum(np.rint(np.arange(count) * step).astype(int), frames - 1)


def _check_alike(rates: Mapping[str, float]) -> None:
    by_rate: Sequence[str] = sorted(rates, key=lambda name: rates[name])
    if not by_rate or rates[by_rate[0]] >= rates[by_rate[-1]] * (1.0 - _ALIKE):
        return
    slow, fast = by_rate[0], by_rate[-1]
    raise DataError(
        f"Expected films of one number of frames a second. Received: {slow} with {rates[slow]:g} and {fast} with "
        f"{rates[fast]:g}. Pass rate={rates[slow]:g}, which leaves out frames of the faster ones."
    )
