"""The callbacks that a run trains with, and what is to be done with them when training ends."""

from typing import Any

import keras

from kgan import callbacks, distribution
from kgan._support.checkpoint_files import Place
from kgan.models.kind import Kind, Say, Standard
from kgan.recipes import Recipe
from kgan.run.best import KeepBest
from kgan.run.checkpoint_policy import CheckpointPolicy
from kgan.run.epoch_log import EpochLog
from kgan.run.estimates import FirstSteps
from kgan.run.folder import Run

__all__ = ["FitCallbacks"]


class FitCallbacks:
    """What draws, looks, writes down, saves and stops while a run trains.

    Args:
        kind: Of the model: it says what is drawn, and who looks at the players.
        run: The run folder.
        features: What the monitor measures distances through; `None` for none chosen.
        place: Where training begins.
        policy: How often to save.
        verbose: As in `keras.Model.fit`.
        say: Called with a line of progress now and then.
        standard: By what the best epoch is told; `None` where nothing tells it.
        disk: Bytes that checkpoints will take.

    Attributes:
        interrupt: Ends training at Ctrl-C.
        checkpoint: Saves, and knows where training stands.
        monitor: Looks at the players.
    """

    def __init__(
        self,
        kind: Kind,
        run: Run,
        features: str | None,
        place: Place,
        policy: CheckpointPolicy,
        verbose: "int | str",
        say: Say,
        standard: Standard | None = None,
        disk: int = 0,
    ):
        # Before the monitor, whose figures would make a paragraph of each line of progress.
        self._progress = callbacks.Progress(bar=False if verbose == 2 else None, initial_batch=place.batch)
        self._shows = bool(verbose)
        self._run, self._say = run, say
        resumed = f"kgan resume {run.folder} goes on later"
        first = f"Stopping after this step; figures, pictures and the checkpoint follow, and {resumed}."
        self.interrupt = callbacks.StopOnInterrupt(
            self.say,
            (f"{first} Ctrl-C again stops at once.", f"Stopping at once; {resumed}, from the last checkpoint."),
        )
        self.checkpoint = callbacks.ResumableCheckpoint(run.checkpoints.folder, policy.every, place)
        self.monitor = kind.monitor(features, run.diagnosis, lambda line: self.say(line.strip()))
        if run.diagnosis.is_file():
            self.monitor.recall(run.record(), place.epoch)
        self._best = [] if standard is None else [KeepBest(run.checkpoints, standard, *_last_logged(run, place))]
        self._estimate = FirstSteps(self.say, disk, place.batch)
        self._terminate = callbacks.StopOnTerminate()
        self._log = EpochLog(run.log)
        self._drawing = kind.drawing(run)
        self._of_recipe: list[keras.callbacks.Callback] = []

    def of_recipe(self, recipe: Recipe) -> None:
        """Takes in the callbacks that a recipe trains with."""
        self._of_recipe = recipe.fit_callbacks(say=self.say)

    def say(self, line: str) -> None:
        """Says a line, above the bar where there is one."""
        self._progress.say(line, self._say)

    def listed(self) -> list[keras.callbacks.Callback]:
        """All of them, in the order in which they must come."""
        return [
            self.interrupt,
            *self._of_recipe,  # before all that looks at the networks, or saves them
            *self._drawing,
            *([self._progress] if self._shows else []),
            self.monitor,  # before those that write down what it adds to the logs
            self._log,
            callbacks.TensorBoard(self._run.tensorboard, write_graph=False),
            callbacks.FiniteGuard(),
            self._estimate,
            self.checkpoint,
            *self._best,
            self._terminate,
        ]

    def save_when_terminated(self, strategy: Any, signal_name: str) -> None:
        """Writes a last checkpoint after SIGTERM or SIGHUP, where no other worker would have to write one too."""
        self._terminate.restore()
        if strategy is None or distribution.num_workers(strategy) == 1:
            self.checkpoint.save()
        self.say(f"Stopped by {signal_name}. kgan resume {self._run.folder} goes on from the last checkpoint.")

    def close(self) -> None:
        """Gives signals back to whom they belonged, and closes the log, which an exception would leave open."""
        self._progress.close()
        self.interrupt.restore()
        self._terminate.restore()
        self._log.on_train_end()


def _last_logged(run: Run, place: Place) -> tuple[int, dict[str, float]]:
    """The number of whole epochs before the place, and the log's figures of the last of them, where it has them."""
    figures = run.figures()
    if place.batch or not figures or figures["epoch"][-1] != place.epoch:
        return place.epoch, {}
    return place.epoch, {name: float(values[-1]) for name, values in figures.items()}
