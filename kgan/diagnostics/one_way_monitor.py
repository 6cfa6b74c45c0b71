"""The Keras callback that looks at one translator after each epoch and says how training goes."""

from typing import ClassVar

from kgan.data.pairs import DIRECTIONS
from kgan.diagnostics import one_way_verdicts
from kgan.diagnostics.cycle_monitor import CycleMonitor
from kgan.diagnostics.one_way_signs import OneWayObserver, OneWaySigns
from kgan.diagnostics.verdict import Verdict

__all__ = ["OneWayMonitor"]


class OneWayMonitor(CycleMonitor):
    """Says after each epoch how a translator from one collection to another does, and if not well, what to try.

    It is for a `kgan.ContrastiveTranslation`, and looks at the same samples each time, held-out ones where there are
    enough. It adds figures to the logs as `monitor_separation` and the like (callbacks after it in the list see them).
    A verdict changes only when two looks in a row say the same: `"nothing stands out"`, `"too early to say"`, `"nothing
    is translated"`, `"output ignores the input"`, `"discriminator wins"`, `"discriminator is dead"`, `"diverged"`.
    Whether a translation is the right one it cannot say: there are no pairs. Arguments are those of
    `kgan.callbacks.CycleMonitor`.

    Attributes:
        epochs: The epochs, from 1, after which it looked.
        history: `kgan.diagnostics.OneWaySigns` of each look.
        verdicts: `kgan.diagnostics.Verdict` of each look.

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if an argument is out of range; when training begins, if the model is no
            `kgan.ContrastiveTranslation`.
    """

    signs = OneWaySigns
    _observed_by: ClassVar[type[OneWayObserver]] = OneWayObserver
    _of: ClassVar[str] = "a kgan.ContrastiveTranslation"
    _asked = DIRECTIONS[:1]

    def judge(self) -> Verdict:
        return one_way_verdicts.judge(self.history, self.advice)
