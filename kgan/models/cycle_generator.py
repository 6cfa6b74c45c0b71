"""Two translators between two collections as one generator: there, back, and what is on its side already."""

from typing import Any

import keras
import tensorflow as tf

from kgan._game import networks

__all__ = ["CycleGenerator"]


@keras.saving.register_keras_serializable("kgan")
class CycleGenerator(keras.Model):
    """What the generator side of a `kgan.CycleTranslation` is: both translators, G from a to b and F from b to a.

    Args:
        to_b: A built Keras model, G.
        to_a: A built Keras model, F.
        identity: Whether each translator is run on its own side too.
        **kwargs: Of `keras.Model`.

    Shapes:
        `[a, b]`, `(batch, ...)` each -> a dictionary: `"b"` is G(a), `"a"` is F(b), `"a_again"` is F(G(a)), `"b_again"`
        is G(F(b)); with `identity` `"a_kept"` is F(a), `"b_kept"` is G(b).
    """

    def __init__(self, to_b: keras.Model, to_a: keras.Model, identity: bool = True, **kwargs: Any):
        super().__init__(**kwargs)
        self.to_b = to_b
        self.to_a = to_a
        self.identity = bool(identity)
        shapes = [networks.input_shapes(one, name)[0] for one, name in ((to_b, "to_b"), (to_a, "to_a"))]
        self(networks.symbolic(shapes))  # which builds it

    def call(self, inputs: Any, training: bool | None = None) -> dict[str, tf.Tensor]:
        a, b = inputs
        made_b, made_a = self.to_b(a, training=training), self.to_a(b, training=training)
        outputs = {
            "b": made_b,
            "a": made_a,
            "a_again": self.to_a(made_b, training=training),
            "b_again": self.to_b(made_a, training=training),
        }
        if self.identity:
            outputs |= {"a_kept": self.to_a(a, training=training), "b_kept": self.to_b(b, training=training)}
        return outputs

    def get_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object
        own = {"to_b": serialize(self.to_b), "to_a": serialize(self.to_a), "identity": self.identity}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> "CycleGenerator":
        """The generator that `get_config` describes, with fresh weights."""
        revive = keras.saving.deserialize_keras_object
        translators = {name: revive(config[name], custom_objects=custom_objects) for name in ("to_b", "to_a")}
        return cls(**{**config, **translators})
