"""What metrics look at samples through: a network that turns each into a vector of features."""

import hashlib
import json
from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kgan.data import values as samples

__all__ = ["Extractor", "ExtractorError", "Features", "presentable"]

_BATCH = 100


class Features(NamedTuple):
    """What an extractor sees in some samples.

    Attributes:
        features: `(n, d)` float32.
        logits: Of the extractor's classes, `(n, classes)` float32; `None` where it does not classify.
    """

    features: np.ndarray
    logits: np.ndarray | None


class ExtractorError(ValueError):
    """Features cannot be had; the message says what was expected, what came and what to do."""


@keras.saving.register_keras_serializable("kgan")
class Extractor:
    """A network that metrics look at samples through.

    Args:
        name: What figures on its features are named after, as "Frechet distance (digits)".
        network: From samples `(n, ...)`, float32, images in [-1, 1], to features `(n, d)`; or to a dictionary with
            `"features"` and, where it classifies, `"logits"` `(n, classes)`. A Keras model is called in inference mode.
        fingerprint: Tells one set of weights from another, so that what was measured on reals can be kept on disk. A
            Keras model's own weights say so; of another network, `None` keeps it in memory only.
        graph: Whether the network is traced as a `tf.function`; a callable of NumPy needs `False`.
        is_original_inception: Whether a Frechet distance on it may be called FID.
    """

    def __init__(
        self,
        name: str,
        network: Callable,
        *,
        fingerprint: str | None = None,
        graph: bool = True,
        is_original_inception: bool = False,
    ):
        self.name = name
        self.network = network
        self.graph = graph
        self.is_original_inception = is_original_inception
        self._fingerprint = fingerprint
        self._traced: dict[tuple[int, ...], Callable] = {}  # by the shape of a sample

    @property
    def fingerprint(self) -> str | None:
        """Of the weights as they are now."""
        if self._fingerprint is not None or not isinstance(self.network, keras.Model):
            return self._fingerprint
        config = json.dumps(self.network.get_config(), sort_keys=True, default=repr)  # tuples are lists once saved
        for number, layer in enumerate(self.network._flatten_layers()):  # Keras counts names on: dense, dense_1, ...
            config = config.replace(json.dumps(layer.name), f"layer {number}")
        digest = hashlib.sha256(config.encode())
        for weight in self.network.get_weights():
            digest.update(np.ascontiguousarray(weight).tobytes())
        return digest.hexdigest()

    def __call__(self, shown: np.ndarray) -> Features:
        """The features of samples, `(n, ...)` float32, images in [-1, 1], n at least 1.

        Raises:
            ExtractorError: if the network does not give one finite vector for each sample.
        """
        outputs = [self._call(shown[start : start + _BATCH]) for start in range(0, len(shown), _BATCH)]
        keys = [key for key in Features._fields if key in outputs[0]]
        if "features" not in keys:
            raise ExtractorError(
                f"Expected the extractor {self.name!r} to give features, or a dictionary of 'features' and 'logits'. "
                f"Received: a dictionary of {', '.join(map(repr, outputs[0]))}."
            )
        joined = {key: np.concatenate([np.asarray(one[key], np.float32) for one in outputs]) for key in keys}
        for key, values in joined.items():
            misshapen = values.ndim != 2 or len(values) != len(shown)
            if misshapen or not np.isfinite(values).all():
                raise ExtractorError(
                    f"Expected the extractor {self.name!r} to give finite {key} of shape (n, d). Received: "
                    f"{f'shape {values.shape} for {len(shown)} samples' if misshapen else 'NaN or infinity'}. "
                    f"Pool maps to vectors, as GlobalAveragePooling2D does."
                )
        return Features(joined["features"], joined.get("logits"))

    def _call(self, shown):
        if not self.graph:
            return self._named(shown)
        shape = shown.shape[1:]
        if shape not in self._traced:
            signature = [tf.TensorSpec((None, *shape), tf.float32)]
            self._traced[shape] = tf.function(self._named, signature, autograph=False)  # it would wrap named errors
        return self._traced[shape](shown)

    def _named(self, shown):
        model = isinstance(self.network, keras.Model)
        outputs = self.network(shown, training=False) if model else self.network(shown)
        return outputs if isinstance(outputs, dict) else {"features": outputs}

    def differentiable(self, shown: tf.Tensor) -> tf.Tensor:
        """The features `(n, d)` of samples, in TensorFlow: in any graph, with a gradient by the samples.

        Args:
            shown: `(n, ...)` float32, images in [-1, 1].

        Raises:
            ExtractorError: if the network is a callable of NumPy (`graph=False`), or gives no features.
        """
        if not self.graph:
            raise ExtractorError(
                f"Expected an extractor of TensorFlow. Received: {self.name!r}, which a graph cannot call. "
                f"Pass a Keras model, or kgan.metrics.Extractor(name, network) with a network of TensorFlow."
            )
        outputs = self._named(shown)
        if "features" not in outputs:
            raise ExtractorError(
                f"Expected the extractor {self.name!r} to give features, or a dictionary of 'features' and 'logits'. "
                f"Received: a dictionary of {', '.join(map(repr, outputs))}."
            )
        return outputs["features"]

    def get_config(self) -> dict:
        """Every constructor argument."""
        return {
            "name": self.name,
            "network": keras.saving.serialize_keras_object(self.network),
            "fingerprint": self._fingerprint,
            "graph": self.graph,
            "is_original_inception": self.is_original_inception,
        }

    @classmethod
    def from_config(cls, config: dict) -> "Extractor":
        """The extractor that `get_config` describes; a Keras model's weights are fresh until they are loaded."""
        return cls(**{**config, "network": keras.saving.deserialize_keras_object(config["network"])})


def presentable(shown: np.ndarray, value_range: "samples.ValueRange | None" = samples.IMAGE_RANGE) -> np.ndarray:
    """Samples as extractors take them: images in [-1, 1], rounded to 8 bits, as they are saved; others as they are.

    Args:
        shown: `(n, ...)`; images, of rank 4, as uint8 or as floats in the value range.
        value_range: Of images as floats; `None` leaves them alone.

    Returns:
        float32, of the same shape.
    """
    if shown.ndim != 4 or value_range is None:
        return shown.astype(np.float32, copy=False)
    if shown.dtype != np.uint8:
        shown = samples.to_uint8(shown, value_range)
    return shown.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
