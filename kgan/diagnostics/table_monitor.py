"""The Keras callback that looks at a generator of rows after each epoch and says how training goes."""

import os
from collections.abc import Callable

from kgan.diagnostics import table_verdicts
from kgan.diagnostics.looks_at_some import LooksAtSome
from kgan.diagnostics.table_signs import TableObserver, TableSigns
from kgan.diagnostics.verdict import Verdict

__all__ = ["TableMonitor"]


class TableMonitor(LooksAtSome):
    """Says after each epoch how a generator of rows does, and if not well, what to try.

    It looks at the same rows each time, held-out ones where there are enough, and adds figures to the logs as
    `monitor_column_shapes` and the like (callbacks after it in the list see them). A verdict changes only when two
    looks in a row say the same: `"improving"`, `"as close as it gets"`, `"too early to say"`, `"discriminator wins"`,
    `"discriminator is dead"`, `"diverged"`.

    Args:
        every: Epochs between two looks.
        num_samples: Rows to look at; fewer where there are fewer.
        path: A JSON file that is written at each look; `None` for none.
        verbose: 0 says nothing, 1 a line when the verdict changes, 2 a line at each look.
        seed: Of the choice of rows.
        say: Called with the line.
        advice_for: Who reads the advice: `"python"` is told arguments of `compile`, `"command line"` settings of
            `kgan train`.

    Attributes:
        epochs: The epochs, from 1, after which it looked.
        history: `kgan.diagnostics.TableSigns` of each look.
        verdicts: `kgan.diagnostics.Verdict` of each look.

    Raises:
        ValueError: if `every` is less than 1, `num_samples` less than 1, `seed` negative or `advice_for` neither of
            the two; when training begins, if the model is no `kgan.Tabular`.
    """

    signs = TableSigns
    fewest = 1

    def __init__(
        self,
        every: int = 1,
        num_samples: int = 2_000,
        path: "str | os.PathLike | None" = None,
        verbose: int = 1,
        seed: int = 0,
        say: Callable[[str], None] = print,
        advice_for: str = "python",
    ):
        super().__init__(every, num_samples, path, verbose, seed, say, advice_for)

    def begin(self) -> bool:
        data = getattr(self.model, "fit_data", None)
        if data is None or not hasattr(self.model, "table"):
            raise ValueError(
                f"Expected a kgan.Tabular in its fit for TableMonitor. Received: {type(self.model).__name__}."
            )
        if not self.model.table.condition_dim:  # numbers of one mode each, of which these figures say nothing
            return False
        shown = self.held_out_or_training(data, self.model.pac, "rows")
        if shown is None:
            return False
        self._observer = TableObserver(self.model, shown)
        return True

    def judge(self) -> Verdict:
        return table_verdicts.judge(self.history, self.advice)
