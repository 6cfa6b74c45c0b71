"""An encoder and two decoders as one generator: faces as they are, swapped, and swapped back."""

from typing import Any

import keras
import tensorflow as tf

from kgan._game import networks
from kgan.layers import MaskedBlend

__all__ = ["SwapGenerator"]


@keras.saving.register_keras_serializable("kgan")
class SwapGenerator(keras.Model):
    """What the generator side of a `kgan.FaceSwap` is: the encoder E, and the decoders D_a and D_b.

    Args:
        encoder: A built Keras model from faces to codes.
        decoder_a: A built Keras model from codes to faces of a, with a mask as the last channel or without.
        decoder_b: The same of b.
        **kwargs: Of `keras.Model`.

    Shapes:
        `[a, b]`, `(batch, height, width, channels)` each -> a dictionary: `"b"` is a face of a with the identity of b,
        D_b(E(a)), and `"a"` the reverse; `"a_kept"` is D_a(E(a)), and `"b_kept"` D_b(E(b)); `"a_again"` is the swap of
        `"b"` back to a, `"b_again"` that of `"a"`. All are as drawn, without masks: a closed mask would be a perfect
        cycle, and teach the decoder nothing. `"a_mask"` and `"b_mask"`, `(batch, height, width, 1)`, are the masks of
        `"a"` and `"b"`, where decoders draw any. `to_a` and `to_b`, which are exported, lay swaps over faces with them.
    """

    def __init__(self, encoder: keras.Model, decoder_a: keras.Model, decoder_b: keras.Model, **kwargs: Any):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.decoder_a = decoder_a
        self.decoder_b = decoder_b
        self.blend = MaskedBlend(name="blend")
        shape = networks.input_shapes(encoder, "encoder")[0]
        self.to_a, self.to_b = (
            self._swapper(shape[1:], decoder, name) for decoder, name in ((decoder_a, "to_a"), (decoder_b, "to_b"))
        )
        self(networks.symbolic([shape, shape]))  # which builds it

    def _swapper(self, shape: tuple, decoder: keras.Model, name: str) -> keras.Model:
        """The network that is exported, from a face to the other identity."""
        face = keras.Input(shape, name="faces")
        return keras.Model(face, self.blend([face, decoder(self.encoder(face))]), name=name)

    def call(self, inputs: Any, training: bool | None = None) -> dict[str, tf.Tensor]:
        a, b = inputs
        channels = a.shape[-1]
        code_a, code_b = self.encoder(a, training=training), self.encoder(b, training=training)
        drawn_a, drawn_b = self.decoder_a(code_b, training=training), self.decoder_b(code_a, training=training)
        made_a, made_b = drawn_a[..., :channels], drawn_b[..., :channels]
        code_of_a, code_of_b = self.encoder(made_a, training=training), self.encoder(made_b, training=training)
        masks = {"a_mask": drawn_a[..., channels:], "b_mask": drawn_b[..., channels:]}
        return {
            "b": made_b,
            "a": made_a,
            "a_kept": self.decoder_a(code_a, training=training)[..., :channels],
            "b_kept": self.decoder_b(code_b, training=training)[..., :channels],
            "a_again": self.decoder_a(code_of_b, training=training)[..., :channels],
            "b_again": self.decoder_b(code_of_a, training=training)[..., :channels],
            **{name: mask for name, mask in masks.items() if mask.shape[-1]},
        }

    def get_config(self) -> dict[str, Any]:
        own = {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in _PARTS}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict | None = None) -> "SwapGenerator":
        """The generator that `get_config` describes, with fresh weights."""
        revive = keras.saving.deserialize_keras_object
        return cls(**{**config, **{name: revive(config[name], custom_objects=custom_objects) for name in _PARTS}})


_PARTS = ("encoder", "decoder_a", "decoder_b")
