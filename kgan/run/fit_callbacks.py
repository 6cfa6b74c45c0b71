"""The callbacks that a run trains with, and what is to be done with them when training ends."""

from typing import Any

import keras

from kgan import callbacks, distribution
from kgan._support.checkpoint_files import Place
from kgan.models.kind import Kind, Say
from kgan.run.checkpoint_policy import CheckpointPolicy
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
    ):
        self.interrupt = callbacks.StopOnInterrupt()
        self.checkpoint = callbacks.ResumableCheckpoint(run.checkpoints.folder, policy.every, place)
        self.monitor = kind.monitor(features, run.diagnosis, lambda line: say(line.strip()))
        if run.diagnosis.is_file():
            self.monitor.recall(run.record(), place.epoch)
        self._run, self._say = run, say
        self._terminate = callbacks.StopOnTerminate()
        self._log = keras.callbacks.CSVLogger(run.log, append=True)
        self._drawing = kind.drawing(run)
        # Before the monitor, whose figures would make a paragraph of each line of progress.
        self._progress = [keras.callbacks.ProgbarLogger()] if verbose else []

    def listed(self) -> list[keras.callbacks.Callback]:
        """All of them, in the order in which they must come."""
        return [
            self.interrupt,
            *self._drawing,
            *self._progress,
            self.monitor,  # before those that write down what it adds to the logs
            self._log,
            callbacks.TensorBoard(self._run.tensorboard, write_graph=False),
            callbacks.FiniteGuard(),
            self.checkpoint,
            self._terminate,
        ]

    def save_when_terminated(self, strategy: Any) -> None:
        """Writes a last checkpoint after SIGTERM, where no other worker would have to write one too."""
        self._terminate.restore()
        if strategy is None or distribution.num_workers(strategy) == 1:
            self.checkpoint.save()
        self._say(f"Stopped by SIGTERM. kgan resume {self._run.folder} goes on from the last checkpoint.")

    def close(self) -> None:
        """Gives signals back to whom they belonged, and closes the log, which an exception would leave open."""
        self.interrupt.restore()
        self._terminate.restore()
        self._log.on_train_end()
