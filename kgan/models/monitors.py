"""Whether what callbacks are told to monitor is a figure of the game, asked before the first step.

Keras itself warns at the end of an epoch and trains on: nothing is saved, and nothing stops.
"""

import string
from collections.abc import Iterator
from typing import Any

import keras

from kgan._step import logs
from kgan._support import lookup

__all__ = ["check_monitors", "each_callback"]

_MONITORING = (keras.callbacks.EarlyStopping, keras.callbacks.ModelCheckpoint, keras.callbacks.ReduceLROnPlateau)
_DRIVING = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)


def each_callback(callbacks: Any) -> list[keras.callbacks.Callback]:
    """Callbacks as `fit` is given them, in order: one, a list or a `CallbackList`."""
    return keras.tree.flatten(getattr(callbacks, "callbacks", callbacks) or [])


def check_monitors(model: keras.Model, callbacks: Any, is_validated: bool) -> list[keras.callbacks.Callback]:
    """Refuses callbacks that look at a figure which nothing logs.

    Args:
        model: The compiled model.
        callbacks: As `fit` is given them.
        is_validated: Whether there is validation data.

    Returns:
        What to call after them: where a callback of the user's own may log such a figure, whether it does is known
        after the first epoch only.

    Raises:
        ValueError: if a callback of Keras monitors a figure that there is not, or saves under its name; if it is
            `TerminateOnNaN`, which would never fire.
    """
    trained = [one.name for one in model.metrics]
    evaluated = [f"val_{name}" for name in logs.evaluated(model._plan)]
    evaluated += [f"val_{metric.name}" for metric in model.sample_metrics]
    figures = Figures(trained, evaluated if is_validated else [], [] if is_validated else evaluated)
    late = []
    for callback in each_callback(callbacks):
        _refuse_terminate_on_nan(callback)
        for name, monitoring in _monitored(callback):
            if figures.lack(name, monitoring) and figures.may_have_more:
                late.append((name, monitoring))
            elif figures.lack(name, monitoring):
                raise figures.error(name, monitoring)
        figures.take_in(callback)
    return [_AfterTheFirstEpoch(late, figures)] if late else []


class Figures:
    """What a game logs, and what callbacks add to it.

    Args:
        trained: Names of the figures of training.
        evaluated: Names of those of the validation data.
        unmeasured: Names that there would be with validation data.
    """

    def __init__(self, trained: list[str], evaluated: list[str], unmeasured: list[str]):
        self._trained, self._evaluated, self._unmeasured = trained, evaluated, unmeasured
        self._added: list[str] = []
        self._prefixes: tuple[str, ...] = ()
        self.may_have_more = False

    def take_in(self, callback: keras.callbacks.Callback) -> None:
        """Counts what a callback adds to the logs, for those that come after it."""
        player = f"{callback.player}_" if hasattr(callback, "callback") and hasattr(callback, "player") else ""
        if isinstance(getattr(callback, "callback", callback), _DRIVING):
            self._added.append(f"{player}learning_rate")
        package = type(callback).__module__.partition(".")[0]
        if type(callback).__module__.startswith("kgan.diagnostics"):
            self._prefixes = ("monitor_",)
        elif package not in ("keras", "kgan") or isinstance(callback, keras.callbacks.LambdaCallback):
            self.may_have_more = True

    def lack(self, name: str, monitoring: keras.callbacks.Callback) -> bool:
        """Whether a callback would look for the figure in vain."""
        if getattr(monitoring, "save_freq", "epoch") != "epoch":
            return name not in self._trained  # what a batch has
        known = name in (*self._trained, *self._evaluated, *self._added)
        return not known and not name.startswith(self._prefixes or "\0")

    def error(self, name: str, monitoring: keras.callbacks.Callback) -> ValueError:
        """What to raise about it."""
        received = f"{type(monitoring).__name__} with {name!r}"
        if name in self._evaluated:  # but not in the middle of an epoch
            return ValueError(
                f"Expected save_freq='epoch' to save by a figure of the validation data, which is worked out at the "
                f"end of an epoch. Received: {received} and save_freq={monitoring.save_freq}."
            )
        known = [*self._trained, *self._evaluated, *self._added]
        if name in self._unmeasured:
            instead = "Pass validation_data=... to fit, or monitor a figure of training."
        elif name.removeprefix("val_") in ("loss", "acc", "accuracy"):
            instead = f"A game of two has no one {name.removeprefix('val_')}: pass monitor=..."
        else:
            instead = lookup.nearest(name, known).strip() or "Pass monitor=..."
        return ValueError(
            f"Expected monitor to be a figure of this game: {', '.join(known)}. Received: {received}, which nothing "
            f"logs. {instead}"
        )


def _monitored(callback) -> Iterator[tuple[str, keras.callbacks.Callback]]:
    """The names of figures that a callback of Keras looks for, with the callback itself."""
    monitoring = getattr(callback, "callback", callback)  # within a `DriveOptimizer`
    if not isinstance(monitoring, _MONITORING):
        return
    if getattr(monitoring, "save_best_only", True):  # else a checkpoint does not look at it
        yield monitoring.monitor, monitoring
    fields = [field for _, field, _, _ in string.Formatter().parse(getattr(monitoring, "filepath", "")) if field]
    for name in fields:
        if name not in ("epoch", "batch"):
            yield name, monitoring


def _refuse_terminate_on_nan(callback) -> None:
    if type(callback) is keras.callbacks.TerminateOnNaN:
        raise ValueError(
            "Expected kgan.callbacks.FiniteGuard() to stop at a loss or weight that is not finite. Received: "
            "TerminateOnNaN, which looks at 'loss': a game of two has no one loss, and it would never fire."
        )


class _AfterTheFirstEpoch(keras.callbacks.Callback):
    """Stops with an error where no callback of the user's own has logged what others monitor."""

    def __init__(self, late: list[tuple[str, keras.callbacks.Callback]], figures: Figures):
        super().__init__()
        self._late, self._figures = late, figures

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        for name, monitoring in self._late:
            if name not in (logs or {}):
                raise self._figures.error(name, monitoring)
        self._late = []
