"""What has been seen of real and of generated samples, and what several metrics read off the two at once."""

from typing import Any

import numpy as np

from kgan.metrics.extractors import Features
from kgan.metrics.moments import Moments
from kgan.metrics.neighbours import Neighbourhoods, neighbourhoods

__all__ = ["Comparison", "Seen"]


class Seen:
    """What has been seen of one kind of samples, no more of it than is needed.

    Args:
        needs: `"moments"`, O(d^2); `"features"`, all of them, O(n d); `"predictions"`, of the extractor's classes.

    Attributes:
        count: Samples seen.
        moments: Of the features, float64.
    """

    def __init__(self, needs: frozenset[str]):
        self.needs = needs
        self.count = 0
        self.moments = Moments()
        self._kept: list[np.ndarray] = []
        self._joined: np.ndarray | None = None
        self._probability_sum = np.zeros(())
        self._negative_entropy_sum = 0.0

    def update(self, seen: Features) -> None:
        """Takes in a batch.

        Raises:
            ValueError: if predictions are needed and the extractor has none.
        """
        self.count += len(seen.features)
        if "moments" in self.needs:
            self.moments.update(seen.features)
        if "features" in self.needs:
            self._kept.append(seen.features)
            self._joined = None
        if "predictions" in self.needs:
            if seen.logits is None:
                raise ValueError(
                    "Expected an extractor that classifies, for the inception score. Received: features alone. "
                    "Let it return {'features': ..., 'logits': ...}."
                )
            log_p = _log_softmax(np.asarray(seen.logits, np.float64))
            p = np.exp(log_p)
            self._probability_sum = self._probability_sum + p.sum(axis=0)
            self._negative_entropy_sum += float((p * log_p).sum())

    @property
    def features(self) -> np.ndarray:
        """`(n, d)` in the order they came."""
        if self._joined is None:
            self._joined = np.concatenate(self._kept) if self._kept else np.zeros((0, 0), np.float32)
            self._kept = [self._joined]
        return self._joined

    @property
    def mutual_information(self) -> float:
        """`E KL(p(y | x) || p(y))`, in nats, of the extractor's classes."""
        if self.count == 0:
            raise ValueError("Expected at least one generated sample. Received: none.")
        marginal = self._probability_sum / self.count
        return self._negative_entropy_sum / self.count - float((marginal * np.log(np.maximum(marginal, 1e-300))).sum())

    def state(self) -> dict[str, np.ndarray]:
        """What of it can be kept on disk: moments and features."""
        state = {f"moments_{key}": value for key, value in self.moments.state().items()}
        state["count"] = np.asarray(self.count)
        return state | ({"features": self.features} if "features" in self.needs else {})

    @classmethod
    def from_state(cls, needs: frozenset[str], state: Any) -> "Seen":
        """What `state` was taken from."""
        seen = cls(needs)
        seen.moments = Moments.from_state({key: state[f"moments_{key}"] for key in ("count", "mean", "scatter")})
        seen.count = int(state["count"])
        if "features" in needs:
            seen._kept = [state["features"]]
        return seen


class Comparison:
    """Real and generated samples side by side, with what several metrics share worked out once."""

    def __init__(self, real: Seen, generated: Seen):
        self.real = real
        self.generated = generated
        self._neighbourhoods: dict[int, Neighbourhoods] = {}

    def neighbourhoods(self, nearest_k: int) -> Neighbourhoods:
        """Precision, recall, density and coverage."""
        if nearest_k not in self._neighbourhoods:
            self._neighbourhoods[nearest_k] = neighbourhoods(self.real.features, self.generated.features, nearest_k)
        return self._neighbourhoods[nearest_k]


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
