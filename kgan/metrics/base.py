"""What the metrics of samples share: a Keras metric on the features of real and generated samples."""

import math
from typing import Any

import keras
import numpy as np

from kgan._support import lookup
from kgan._support.checks import whole
from kgan.data.values import IMAGE_RANGE, check_values
from kgan.metrics import extractors
from kgan.metrics.comparison import Comparison, Seen
from kgan.metrics.through_features import ThroughFeatures

__all__ = ["FeatureMetric"]


class FeatureMetric(ThroughFeatures, keras.metrics.Metric):
    """A figure on the features of real and generated samples.

    In `compile(metrics=[...])` it is worked out by `evaluate`, and so by `fit` on its validation data: the reals are
    measured once, and as many samples are generated, from the same latents each time and with the labels of the reals.
    Alone, `update_state` takes samples of both kinds and `result` gives the figure.

    Args:
        features: `"inception"`, `"inception:PATH"` with a file of the original FID weights, `"digits"`,
            `"efficientnet-lite0"`, `"pixels"` for the samples' own values; a built Keras model from samples to
            `(n, d)`, or to a dictionary of `"features"` and `"logits"`; a callable of TensorFlow that does the same;
            or a `kgan.metrics.Extractor`. Images are shown to it in [-1, 1], rounded to the 8 bits they are saved with.
        num_samples: How many samples to generate; `None` for as many as there are reals.
        seed: Of the samples' latents.
        name: Of the figure in the logs; the class's by default.

    Raises:
        ValueError: if there are no such features, or `num_samples` is less than 1.
    """

    better: str
    needs: frozenset[str]
    sees_reals = True
    _comparison: Comparison

    def __init__(
        self, features: Any = "inception", *, num_samples: int | None = None, seed: int = 0, name: str | None = None
    ):
        super().__init__(name=name or lookup.snake_case(type(self).__name__))
        self.features = extractors.checked(features)
        self.num_samples = None if num_samples is None else whole("num_samples", num_samples, 1)
        self.seed = whole("seed", seed, 0)
        self.reset_state()

    @property
    def least_samples(self) -> int:
        """How many reals it takes at least."""
        return 2

    def compare(self, comparison: Comparison) -> float:
        """The figure."""
        raise NotImplementedError(f"Expected {type(self).__name__} to override `compare`.")  # Keras metrics are no ABCs

    def update_state(self, real: Any = None, generated: Any = None) -> None:
        """Takes in samples, `(n, ...)`; images as uint8, or as floats in [-1, 1]. Either kind may be left out.

        Raises:
            ValueError: if samples are not finite, or images lie outside [-1, 1].
        """
        for samples, seen in ((real, self._comparison.real), (generated, self._comparison.generated)):
            if samples is not None and seen.needs:
                shown = np.asarray(samples)
                check_values(shown, IMAGE_RANGE if shown.ndim == 4 else None)
                seen.update(self.extractor(extractors.presentable(shown)))
        # What it had worked out for others is old.
        self._comparison = Comparison(self._comparison.real, self._comparison.generated)

    def result(self) -> float:
        """The figure on all that was taken in; NaN before."""
        if self._comparison.generated.count == 0 or (self.sees_reals and self._comparison.real.count == 0):
            return math.nan
        return self.compare(self._comparison)

    def reset_state(self) -> None:
        self._comparison = Comparison(Seen(self.needs if self.sees_reals else frozenset()), Seen(self.needs))

    def get_config(self) -> dict:
        """Every constructor argument."""
        return {**super().get_config(), "num_samples": self.num_samples, "seed": self.seed, "name": self.name}
