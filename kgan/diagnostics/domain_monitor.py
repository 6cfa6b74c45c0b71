"""The Keras callback that looks at a classifier of two domains after each epoch and says how training goes."""

import os
from collections.abc import Callable
from typing import Any

from kgan.diagnostics import domain_verdicts
from kgan.diagnostics.domain_signs import DomainObserver, DomainSigns, DomainSubjects, some_of_domains
from kgan.diagnostics.looks_at_some import LooksAtSome
from kgan.diagnostics.verdict import Verdict

__all__ = ["DomainMonitor"]


class DomainMonitor(LooksAtSome):
    """Says after each epoch how a classifier of two domains does, and if not well, what to try.

    It looks at the same samples each time, held-out ones where there are enough, and adds figures to the logs as
    `monitor_source_accuracy` and the like (callbacks after it in the list see them). A verdict changes only when two
    looks in a row say the same: `"improving"`, `"nothing stands out"`, `"too early to say"`, `"source is not learned"`,
    `"few classes of the target"`, `"discriminator wins"`, `"discriminator is dead"`, `"diverged"`. Whether classes of
    the target are right it says only where held-out samples have labels.

    Args:
        every: Epochs between two looks.
        num_samples: Samples of each domain to look at; fewer where there are fewer.
        path: A JSON file that is written at each look; `None` for none.
        verbose: 0 says nothing, 1 a line when the verdict changes, 2 a line at each look.
        seed: Of the choice of samples.
        say: Called with the line.
        advice_for: Who reads the advice: `"python"` is told arguments of `compile`, `"command line"` settings of
            `kgan train`.

    Attributes:
        epochs: The epochs, from 1, after which it looked.
        history: `kgan.diagnostics.DomainSigns` of each look.
        verdicts: `kgan.diagnostics.Verdict` of each look.

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if `every` is less than 1, `num_samples` less than 2, `seed` negative or `advice_for` neither of
            the two; when training begins, if the model is no `kgan.DomainAdaptation`.
    """

    signs = DomainSigns

    def __init__(
        self,
        every: int = 1,
        num_samples: int = 500,
        path: "str | os.PathLike | None" = None,
        verbose: int = 1,
        seed: int = 0,
        say: Callable[[str], None] = print,
        advice_for: str = "python",
    ):
        super().__init__(every, num_samples, path, verbose, seed, say, advice_for)

    def begin(self) -> bool:
        data = getattr(self.model, "fit_data", None)
        if data is None or not hasattr(self.model, "classify"):
            raise ValueError(
                f"Expected a kgan.DomainAdaptation in its fit for DomainMonitor. Received: {type(self.model).__name__}."
            )
        shown = self.held_out_or_training(data, self.fewest, "samples of each domain")
        if shown is None:
            return False
        self._observer = DomainObserver(self.model, shown)
        return True

    def some(self, source: Any, throughout: bool, least: int, what: str) -> "DomainSubjects | None":
        found = some_of_domains(source, self.num_samples, self.seed, throughout)
        number = len(found.source)
        if number >= least:
            return found
        instead = "it looks at training data alone" if throughout else "there are no verdicts"
        self.say(f"The monitor needs {least} {what}, and finds {number}: {instead}.")
        return None

    def judge(self) -> Verdict:
        return domain_verdicts.judge(self.history, self.model.num_classes, self.advice)
