"""What metrics that look through a network share: the extractor, and how it is saved."""

from typing import Self

import keras
import tensorflow as tf

from kgan.metrics import extractors

__all__ = ["ThroughFeatures"]


class ThroughFeatures:
    """Looks at samples through an extractor, to be mixed in before `keras.metrics.Metric`.

    Attributes:
        features: The name of an extractor that comes with kgan, or an extractor.
        title: The figure's name for a reader.
    """

    features: "str | extractors.Extractor"
    title: str

    @property
    def extractor(self) -> extractors.Extractor:
        """What it looks through; a named one is loaded at the first use."""
        with tf.init_scope():  # weights are made once, and not in the graph that asks first
            return extractors.get(self.features)

    @property
    def network(self) -> "keras.Model | None":
        """The user's own model, which Keras saves with the model."""
        own = getattr(self.features, "network", None)
        return own if isinstance(own, keras.Model) else None

    @property
    def label(self) -> str:
        """The figure's name for a reader, with the features that it is on."""
        return f"{self.title} ({self.extractor.name})"

    def __dir__(self) -> list[str]:
        # Keras asks for every attribute that is listed when it saves or loads; these would load a named extractor.
        return [name for name in super().__dir__() if name not in ("extractor", "label")]

    def get_config(self) -> dict:
        """`features`: the name, or the extractor as Keras writes it."""
        features = self.features
        if not isinstance(features, str):
            features = keras.saving.serialize_keras_object(features)
            features["shared_object_id"] = id(self.features)  # a network that metrics share is loaded as one
        return {"features": features}

    @classmethod
    def from_config(cls, config: dict) -> Self:
        """The metric that `get_config` describes."""
        features = config["features"]
        if isinstance(features, dict):
            features = keras.saving.deserialize_keras_object(features)
        return cls(**{**config, "features": features})
