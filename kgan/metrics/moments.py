"""Mean and covariance, gathered batch by batch."""

from typing import Any

import numpy as np

__all__ = ["Moments"]


class Moments:
    """Mean and covariance of feature vectors in float64, in O(d^2) memory.

    Batches are merged by their own means, so that neither their size nor their order matters but for rounding.

    Attributes:
        count: Vectors seen.
        mean: `(d,)`.

    Reference:
        Chan et al., 1979, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = np.zeros(())
        self._scatter = np.zeros(())

    def update(self, features: np.ndarray) -> None:
        """Takes in `(n, d)`."""
        if len(features) == 0:
            return
        features = np.asarray(features, np.float64)
        mean = features.mean(axis=0)
        centred = features - mean
        total = self.count + len(features)
        gap = mean - self.mean
        self._scatter = (
            self._scatter + centred.T @ centred + np.multiply.outer(gap, gap) * (self.count * len(features) / total)
        )
        self.mean = self.mean + gap * (len(features) / total)
        self.count = total

    @property
    def covariance(self) -> np.ndarray:
        """`(d, d)`, divided by `count - 1`.

        Raises:
            ValueError: if fewer than two vectors were seen.
        """
        if self.count < 2:
            raise ValueError(f"Expected at least 2 samples for a covariance. Received: {self.count}.")
        return self._scatter / (self.count - 1)

    def state(self) -> dict[str, np.ndarray]:
        """All of it as arrays."""
        return {"count": np.asarray(self.count), "mean": self.mean, "scatter": self._scatter}

    @classmethod
    def from_state(cls, state: Any) -> "Moments":
        """What `state` was taken from."""
        moments = cls()
        moments.count, moments.mean, moments._scatter = int(state["count"]), state["mean"], state["scatter"]
        return moments
