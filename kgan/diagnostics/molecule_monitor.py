"""The Keras callback that looks at a generator of molecules after each epoch and says how training goes."""

import os
from collections.abc import Callable

from kgan.diagnostics import molecule_verdicts
from kgan.diagnostics.looks_at_some import LooksAtSome
from kgan.diagnostics.molecule_signs import MoleculeObserver, MoleculeSigns
from kgan.diagnostics.verdict import Verdict

__all__ = ["MoleculeMonitor"]


class MoleculeMonitor(LooksAtSome):
    """Says after each epoch how a generator of molecules does, and if not well, what to try.

    It looks at the same molecules each time, held-out ones where there are any, draws as many of its own with the same
    noise, and adds figures to the logs as `monitor_validity` and the like (callbacks after it in the list see them). A
    verdict changes only when two looks in a row say the same: `"improving"`, `"as close as it gets"`, `"too early to
    say"`, `"writes few molecules"`, `"discriminator is dead"`, `"diverged"`.

    Args:
        every: Epochs between two looks.
        num_samples: Molecules to look at; fewer where there are fewer.
        path: A JSON file that is written at each look; `None` for none.
        verbose: 0 says nothing, 1 a line when the verdict changes, 2 a line at each look.
        seed: Of the choice of molecules.
        say: Called with the line.
        advice_for: Who reads the advice: `"python"` is told arguments of `compile`, `"command line"` settings of
            `kgan train`.

    Attributes:
        epochs: The epochs, from 1, after which it looked.
        history: `kgan.diagnostics.MoleculeSigns` of each look.
        verdicts: `kgan.diagnostics.Verdict` of each look.

    Raises:
        ValueError: if `every` is less than 1, `num_samples` less than 2, `seed` negative or `advice_for` neither of
            the two; when training begins, if the model is no `kgan.Molecules`.
    """

    signs = MoleculeSigns

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
        if data is None or not hasattr(self.model, "vocabulary"):
            raise ValueError(
                f"Expected a kgan.Molecules in its fit for MoleculeMonitor. Received: {type(self.model).__name__}."
            )
        shown = self.held_out_or_training(data, self.fewest, "molecules")
        if shown is None:
            return False
        self._observer = MoleculeObserver(self.model, shown, self.seed)
        return True

    def judge(self) -> Verdict:
        return molecule_verdicts.judge(self.history, self.advice)
