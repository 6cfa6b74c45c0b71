"""The Keras callback that looks at two translators after each epoch and says how training goes."""

import os
from collections.abc import Callable
from typing import Any, ClassVar

from kgan.data.pairs import DIRECTIONS
from kgan.diagnostics import cycle_verdicts, subjects
from kgan.diagnostics.cycle_signs import CycleObserver, CycleSigns
from kgan.diagnostics.looks_at_some import LooksAtSome
from kgan.diagnostics.verdict import Verdict

__all__ = ["CycleMonitor"]


class CycleMonitor(LooksAtSome):
    """Says after each epoch how two translators between two collections do, and if not well, what to try.

    It looks at the same samples each time, held-out ones where there are enough, and adds figures to the logs as
    `monitor_cycle_error` and the like (callbacks after it in the list see them). A verdict changes only when two looks
    in a row say the same: `"improving"`, `"comes back as well as it gets"`, `"too early to say"`, `"nothing is
    translated"`, `"output ignores the input"`, `"discriminator wins"`, `"discriminator is dead"`, `"diverged"`. Whether
    a translation is the right one it cannot say: there are no pairs.

    Args:
        every: Epochs between two looks.
        num_samples: Samples of each collection to look at; fewer where there are fewer.
        path: A JSON file that is written at each look; `None` for none.
        verbose: 0 says nothing, 1 a line when the verdict changes, 2 a line at each look.
        seed: Of the choice of samples.
        say: Called with the line.
        advice_for: Who reads the advice: `"python"` is told arguments of `compile`, `"command line"` settings of
            `kgan train`.

    Attributes:
        epochs: The epochs, from 1, after which it looked.
        history: `kgan.diagnostics.CycleSigns` of each look.
        verdicts: `kgan.diagnostics.Verdict` of each look.

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if `every` is less than 1, `num_samples` less than 2, `seed` negative or `advice_for` neither of
            the two; when training begins, if the model is no `kgan.CycleTranslation`.
    """

    signs: ClassVar[type] = CycleSigns
    _observed_by: ClassVar[type[CycleObserver]] = CycleObserver
    _of: ClassVar[str] = "a kgan.CycleTranslation"
    _asked: ClassVar[tuple[str, ...]] = DIRECTIONS

    def __init__(
        self,
        every: int = 1,
        num_samples: int = 32,
        path: "str | os.PathLike | None" = None,
        verbose: int = 1,
        seed: int = 0,
        say: Callable[[str], None] = print,
        advice_for: str = "python",
    ):
        super().__init__(every, num_samples, path, verbose, seed, say, advice_for)

    def begin(self) -> bool:
        data = getattr(self.model, "fit_data", None)
        if data is None or getattr(self.model, "directions", None) != self._asked:
            raise ValueError(
                f"Expected {self._of} in its fit for {type(self).__name__}. Received: {type(self.model).__name__}."
            )
        shown = self.held_out_or_training(data, self.fewest, "samples of each collection")
        if shown is None:
            return False
        self._observer = self._observed_by(self.model, shown)
        return True

    def some(self, source: Any, throughout: bool, least: int, what: str) -> Any:
        return super().some(subjects.as_many_of_each(source), throughout, least, what)

    def judge(self) -> Verdict:
        return cycle_verdicts.judge(self.history, self.advice)
