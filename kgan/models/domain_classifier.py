"""Features and a classifier on samples of two domains as one generator side."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from kgan._game import networks

__all__ = ["DomainClassifier"]


@keras.saving.register_keras_serializable("kgan")
class DomainClassifier(keras.Model):
    """What the generator side of a `kgan.DomainAdaptation` is: features of both domains, and classes of the source.

    Args:
        features: A built Keras model from samples to features.
        classifier: A built Keras model from features to logits of classes.
        shared: Whether samples of the source go through `features`, too; else through a copy, which no gradient
            reaches.
        **kwargs: Of `keras.Model`.

    Attributes:
        source_features: The copy; `None` where `features` are shared.
        learns_classes: Where `features` are not shared: whether these and the classifier learn the classes of the
            source, as before the game, or stay as they are to it.

    Shapes:
        `[source, target]`, `(batch, ...)` each -> a dictionary: `"source"` and `"target"` are features `(batch, n)`,
        `"classes"` are logits of the source `(batch, classes)`.
    """

    def __init__(self, features: keras.Model, classifier: keras.Model, shared: bool = True, **kwargs: Any):
        super().__init__(**kwargs)
        self.features = features
        self.classifier = classifier
        self.shared = bool(shared)
        self.source_features = None if self.shared else networks.copy_of(features)
        if self.source_features is not None:
            self.source_features.trainable = False
        self.learns_classes = False
        shape = networks.input_shapes(features, "features")[0]
        self(networks.symbolic([shape, shape]))  # which builds it

    def call(self, inputs: Any, training: bool | None = None) -> dict[str, tf.Tensor]:
        source, target = inputs
        of_target = self.features(target, training=training)
        if self.shared or self.learns_classes:
            of_source = self.features(source, training=training)
            return {"source": of_source, "target": of_target, "classes": self.classifier(of_source, training=training)}
        of_source = ops.stop_gradient(self.source_features(source, training=False))
        logits = self.classifier(of_source, training=False)
        # A gradient of 0, where none at all would be a fault to Keras.
        return {"source": of_source, "target": of_target, "classes": ops.stop_gradient(logits) + 0.0 * logits}

    def take_over(self) -> None:
        """Makes the copy equal to `features`, where there is one."""
        if self.source_features is not None:
            self.source_features.set_weights(self.features.get_weights())

    def adapted(self) -> keras.Model:
        """The network from samples to logits of classes, on the same weights."""
        shape = networks.input_shapes(self.features, "features")[0]
        inputs = keras.Input(shape[1:], name="image" if len(shape) == 4 else "samples")
        return keras.Model(inputs, self.classifier(self.features(inputs)), name="adapted_classifier")

    def get_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object
        own = {"features": serialize(self.features), "classifier": serialize(self.classifier), "shared": self.shared}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> "DomainClassifier":
        """The generator side that `get_config` describes, with fresh weights."""
        revive = keras.saving.deserialize_keras_object
        parts = {name: revive(config[name], custom_objects=custom_objects) for name in ("features", "classifier")}
        return cls(**{**config, **parts})
