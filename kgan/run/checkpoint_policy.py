"""How a run is kept from being lost."""

from dataclasses import dataclass

import tensorflow as tf

from kgan import distribution

__all__ = ["CheckpointPolicy"]


@dataclass(frozen=True)
class CheckpointPolicy:
    """How often a run is saved, and what is done when training diverges.

    Attributes:
        every: Minutes between two checkpoints within an epoch; `None` writes them after epochs only.
        retries: How often training goes on from the last checkpoint, with other draws and half the learning rates,
            after a loss or a weight was not finite.
    """

    every: float | None = None
    retries: int = 0

    def check(self, strategy: "tf.distribute.Strategy | None") -> None:
        """Refuses what several workers cannot do, who must all save at the same step.

        Raises:
            ValueError: if `every` or `retries` is given and the strategy has several workers.
        """
        workers = 1 if strategy is None else distribution.num_workers(strategy)
        if workers > 1 and (self.every is not None or self.retries):
            raise ValueError(
                f"Expected neither every nor retries with {workers} workers, whose clocks differ and who keep no "
                f"checkpoints of their own. Received: every={self.every}, retries={self.retries}. There is a "
                f"checkpoint after each epoch; kgan resume goes on from it."
            )
