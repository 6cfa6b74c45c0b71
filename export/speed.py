"""Whether one artefact is faster than another, by running them in turns."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kgan.export.parity import Runner

__all__ = ["FASTER", "compared"]

FASTER = 1.05  # times as fast at every batch size, and an artefact is called faster
_LEAST_ROUNDS, _MOST_ROUNDS = 5, 15
_SECONDS = 1.5  # of a batch size, once there are enough rounds


def compared(
    artefact: Runner,
    usual: Runner,
    inputs: Callable[[int], Mapping[str, np.ndarray]],
    batches: Sequence[int],
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Any]:
    """Times an artefact and the usual one in turns, on this machine.

    Args:
        artefact: Runs the one in question.
        usual: Runs what it is compared with.
        inputs: From a batch size to inputs by name.
        batches: Sizes.
        clock: Gives seconds.

    Returns:
        For `card.json`: `speed`, by batch size how many times as fast as the usual one it is by the median of the
        rounds, and `faster`, whether it is so at every size.
    """
    found = {str(batch): _ratio(artefact, usual, inputs(batch), clock) for batch in batches}
    return {"speed": found, "faster": min(found.values()) >= FASTER}


def _ratio(artefact: Runner, usual: Runner, inputs: Mapping[str, np.ndarray], clock: Callable[[], float]) -> float:
    for runner in (artefact, usual):  # the first run allocates
        runner(inputs)
    ratios: list[float] = []
    begin = clock()
    while len(ratios) < _LEAST_ROUNDS or (len(ratios) < _MOST_ROUNDS and clock() - begin < _SECONDS):
        here, there = _seconds(artefact, inputs, clock), _seconds(usual, inputs, clock)
        ratios.append(there / here)
    return float(f"{statistics.median(ratios):.3g}")


def _seconds(runner: Runner, inputs: Mapping[str, np.ndarray], clock: Callable[[], float]) -> float:
    begin = clock()
    runner(inputs)
    return max(clock() - begin, 1e-9)
