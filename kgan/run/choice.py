"""Which of a run's weights are exported and evaluated: those of its best epoch, or the last."""

from dataclasses import dataclass

from kgan._support.checkpoint_files import Checkpoint, Checkpoints
from kgan.run import best as best_files

__all__ = ["BEST", "LAST", "Choice", "check", "choose"]

BEST, LAST = "best", "last"


@dataclass(frozen=True)
class Choice:
    """A checkpoint, and why it was chosen.

    Attributes:
        checkpoint: It.
        name: `"best"`, `"last"`, or its step, `"140"`.
        metric: By what it is the best; `None` for another one.
        value: Of that metric.
        because: Why, a clause without a full stop.
    """

    checkpoint: Checkpoint
    name: str
    metric: str | None
    value: float | None
    because: str

    @property
    def epoch(self) -> int:
        """The epoch that it was written in or after, from 1; 0 before the first step."""
        place = self.checkpoint.place
        return place.epoch + (place.batch > 0)

    def __str__(self) -> str:
        return f"the weights of epoch {self.epoch} (step {self.checkpoint.step:,}), {self.because}"

    def to_dict(self) -> dict:
        """The same in plain values, for `config.json` and `card.json`."""
        found = {"checkpoint": self.name, "epoch": self.epoch, "step": self.checkpoint.step}
        return found | {"metric": self.metric, "value": self.value, "because": self.because}


def check(asked: str | None) -> None:
    """Refuses what is no choice.

    Raises:
        ValueError: if `asked` is neither `"best"`, `"last"`, a step nor `None`.
    """
    if asked is not None and asked not in (BEST, LAST) and not (asked.isascii() and asked.isdigit()):
        raise ValueError(f"Expected best, last or the number of a step that has a checkpoint. Received: {asked!r}.")


def choose(checkpoints: Checkpoints, asked: str | None) -> Choice | None:
    """The checkpoint that was asked for; `None` where none was ever written.

    Args:
        checkpoints: Of the run.
        asked: `"best"`, `"last"`, a step, or `None`: the best where its metric is worth being trusted, else the last.

    Raises:
        CheckpointError: if there is no such checkpoint, or it is damaged.
        ValueError: if `asked` is no choice, or the best was asked for and no epoch is known to be.
    """
    check(asked)
    newest = checkpoints.newest()
    if newest is None:
        return None
    if asked is not None and asked not in (BEST, LAST):
        return Choice(checkpoints.at(int(asked)), asked, None, None, "as asked for")
    kept = None if asked == LAST else best_files.read(checkpoints)
    if kept is None:
        if asked == BEST:
            raise ValueError(
                f"Expected a best epoch in {checkpoints.folder}. Received: a run without metrics on held-out data to "
                f"tell it by, or one of before kgan kept it. Take the last."
            )
        because = "as asked for" if asked == LAST else "because no metric on held-out data tells the best"
        return Choice(newest, LAST, None, None, f"the last, {because}")
    best, checkpoint = kept
    if asked is None and not best.trusted:
        because = (
            f"the last, because {best.because}; the best by {best.metric} ({best.value:.4g}) was epoch {best.epoch}"
        )
        return Choice(newest, LAST, None, None, because)
    told = f" {best.because}" if best.trusted else f", as asked for, although {best.because}"
    because = f"the best by {best.metric} ({best.value:.4g}){told}"
    return Choice(checkpoint, BEST, best.metric, best.value, because)
