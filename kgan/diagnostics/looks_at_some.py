"""What monitors share that look at the same few samples each time."""

import os
from collections.abc import Callable
from typing import Any, ClassVar

from kgan._support.checks import whole
from kgan.diagnostics import subjects
from kgan.diagnostics.looks import LookingCallback

__all__ = ["LooksAtSome"]


class LooksAtSome(LookingCallback):
    """A monitor that an observer gives its signs, from samples that stay the same.

    A subclass sets `signs`, and `fewest` where two samples are not needed; its `begin` sets `self._observer`.

    Args:
        every: Epochs between two looks.
        num_samples: Samples to look at; fewer where there are fewer.
        path: A JSON file that is written at each look; `None` for none.
        verbose: As of `LookingCallback`.
        seed: Of the choice of samples.
        say: As of `LookingCallback`.
        advice_for: As of `LookingCallback`.

    Raises:
        ValueError: if `num_samples` is less than `fewest`, `seed` negative, or another argument out of range.
    """

    fewest: ClassVar[int] = 2  # with one there is nothing that outputs could vary by
    _observer: Any

    def __init__(
        self,
        every: int,
        num_samples: int,
        path: "str | os.PathLike | None",
        verbose: int,
        seed: int,
        say: Callable[[str], None],
        advice_for: str,
    ):
        super().__init__(every, path, verbose, say, advice_for)
        self.num_samples = whole("num_samples", num_samples, self.fewest)
        self.seed = whole("seed", seed, 0)

    def some(self, source: Any, throughout: bool, least: int, what: str) -> Any:
        """Samples of a source to look at; `None`, and a line, where there are fewer than `least`."""
        return subjects.some_or_none(source, self.num_samples, self.seed, throughout, least, what, self.say)

    def held_out_or_training(self, data: Any, least: int, what: str) -> Any:
        """Samples that are held out, or where those are too few, training samples; `None` where both are."""
        held_out = None if data.held_out is None else self.some(data.held_out, True, least, f"held-out {what}")
        return held_out if held_out is not None else self.some(data.train, False, least, f"training {what}")

    def look(self) -> Any:
        return self._observer.observe()

    def record(self) -> dict:
        return {"num_samples": self.num_samples, **super().record()}
