"""The Keras callback that looks at a model of pairs after each epoch and says how training goes."""

import os
from collections.abc import Callable

from kgan.diagnostics import pair_verdicts
from kgan.diagnostics.looks_at_some import LooksAtSome
from kgan.diagnostics.pair_signs import PairObserver, PairSigns
from kgan.diagnostics.verdict import Verdict

__all__ = ["TranslationMonitor"]


class TranslationMonitor(LooksAtSome):
    """Says after each epoch whether a translator of pairs improves, and if not, what is wrong and what to try.

    It looks at the same pairs each time, training and held-out, and adds figures to the logs as `monitor_separation`
    and the like (callbacks after it in the list see them). A verdict changes only when two looks in a row say the same,
    so that the noise of one epoch changes none: `"improving"`, `"as close as it gets"`, `"too early to say"`,
    `"discriminator wins"`, `"discriminator is dead"`, `"output ignores the input"`, `"knows its pairs by heart"`,
    `"overfitting the reals"`, `"diverged"`.

    Args:
        every: Epochs between two looks.
        num_samples: Pairs of each kind to look at; fewer where there are fewer. Of fewer than 2 held-out pairs it looks
            at none, and of fewer than 2 training pairs it gives no verdict; a line says so.
        path: A JSON file that is written at each look; `None` for none.
        verbose: 0 says nothing, 1 a line when the verdict changes, 2 a line at each look.
        seed: Of the choice of pairs.
        say: Called with the line.
        advice_for: Who reads the advice: `"python"` is told arguments of `compile`, `"command line"` settings of
            `kgan train`.

    Attributes:
        epochs: The epochs, from 1, after which it looked.
        history: `kgan.diagnostics.PairSigns` of each look.
        verdicts: `kgan.diagnostics.Verdict` of each look.

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if `every` is less than 1, `num_samples` less than 2, `seed` negative or `advice_for` neither of
            the two; when training begins, if the model is no `kgan.Translation`.
    """

    signs = PairSigns

    def __init__(
        self,
        every: int = 1,
        num_samples: int = 64,
        path: "str | os.PathLike | None" = None,
        verbose: int = 1,
        seed: int = 0,
        say: Callable[[str], None] = print,
        advice_for: str = "python",
    ):
        super().__init__(every, num_samples, path, verbose, seed, say, advice_for)

    def begin(self) -> bool:
        data = getattr(self.model, "fit_data", None)
        if data is None or not hasattr(self.model, "translate"):
            raise ValueError(
                f"Expected a kgan.Translation in its fit for TranslationMonitor. Received: {type(self.model).__name__}."
            )
        train = self.some(data.train, False, self.fewest, "training pairs")
        if train is None:
            return False
        held_out = None
        if data.held_out is not None:
            held_out = self.some(data.held_out, True, self.fewest, "held-out pairs")
        self._observer = PairObserver(self.model, train, held_out)
        return True

    def judge(self) -> Verdict:
        return pair_verdicts.judge(self.history, self.advice)
