"""Face swapping: one encoder, and a decoder and a discriminator for each of two identities."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import schedules
from kgan._game import network_checks
from kgan._game.batch import Batch
from kgan._support import marks
from kgan.data import values
from kgan.models.of_collections import OfCollections
from kgan.models.swap_generator import SwapGenerator
from kgan.version import __version__

__all__ = ["FaceSwap"]


@keras.saving.register_keras_serializable("kgan")
class FaceSwap(OfCollections):
    """Two identities, a and b: the face of one with the expression, the pose and the surroundings of the other.

    One encoder reads faces of both, and each identity has a decoder of its own, so that what the encoder says of a face
    holds for both: a face of a, read by the encoder and drawn by the decoder of b, is b as a looked just then. A
    decoder may draw a mask as its last channel, from 0 to 1: what it leaves out stays as it was. Discriminators compare
    swaps to their identity, as drawn and without masks, with real faces of it. `compile` takes the objectives that hold
    swaps to their faces, which it cannot do without: `kgan.objectives.FaceReconstruction`,
    `kgan.objectives.CycleConsistency`, and `kgan.objectives.MaskOfChange` where there are masks.

    `fit` takes two arrays of faces, of any two lengths, what `kgan.data.load_unpaired` gives, or a `tf.data.Dataset` of
    batches `(a, b)`. Faces come as uint8, or as floats in the value range. In the logs, and in `discriminators`, `"a"`
    and `"b"` are the identities: `b_generator_loss` is that of swaps to b.

    Whatever is shown carries a mark: `translate`, the pictures of a run and exports write GENERATED, or AI where that
    is too wide, into the lower left of each swap. It is for people who agreed to it, and for drawn faces.

    Args:
        encoder: A built Keras model from faces, `(batch, height, width, channels)`, to codes.
        decoder_a: A built Keras model from codes to faces of a, with `channels` channels, or one more for a mask.
        decoder_b: The same for b.
        discriminator_a: A built Keras model from faces to logits `(batch, ..., 1)`, without a sigmoid.
        discriminator_b: The same for b.
        value_range: `(low, high)` of faces.
        ema_half_life: Half-life, in images, of the average of the weights that `translate`, `evaluate` and exports use;
            a number or a `kgan.schedules.Schedule`. `None` uses the weights in training.
        seed: Of every random draw in training; `None` takes a fresh one, kept as `seed`; after
            `keras.utils.set_random_seed` it is drawn from that.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the networks do not fit each other, two of them are one, `value_range` is no range, or faces have
            no room for a mark.

    Examples:
        >>> coder = kgan.architectures.face_grid_autoencoder
        >>> first, second = (coder((16, 16, 3), width=4, seed=seed) for seed in (0, 1))
        >>> model = kgan.FaceSwap(
        ...     first.get_layer("encoder"),
        ...     first.get_layer("decoder"),
        ...     second.get_layer("decoder"),
        ...     kgan.architectures.patchgan_discriminator((16, 16, 3), width=4, layers=1),
        ...     kgan.architectures.patchgan_discriminator((16, 16, 3), width=4, layers=1),
        ... )
        >>> model.compile(objectives=["face_reconstruction", "cycle_consistency"])
        >>> ada, ben = (kgan.data.drawn_faces(who, 4, image_size=16).images for who in ("ada", "ben"))
        >>> history = model.fit(ada, ben, batch_size=2, verbose=0)
        >>> model.translate(ada, direction="a2b").shape
        (4, 16, 16, 3)

    Reference:
        Korshunova et al., 2016, Fast Face-swap Using Convolutional Neural Networks. arXiv:1611.09577
        Perov et al., 2020, DeepFaceLab: Integrated, flexible and extensible face-swapping framework, section 3.
        arXiv:2005.05535
    """

    texts = marks.texts(__version__)

    def __init__(
        self,
        encoder: keras.Model,
        decoder_a: keras.Model,
        decoder_b: keras.Model,
        discriminator_a: keras.Model,
        discriminator_b: keras.Model,
        *,
        value_range: tuple[float, float] = values.IMAGE_RANGE,
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "face_swap",
    ):
        shape = network_checks.check_swap(encoder, decoder_a, decoder_b, discriminator_a, discriminator_b)
        marks.mark_for(*shape[1:3])
        super().__init__(
            SwapGenerator(encoder, decoder_a, decoder_b, name="swapper"),
            {"a": discriminator_a, "b": discriminator_b},
            ema_half_life=ema_half_life,
            seed=seed,
            name=name,
        )
        self.input_shape_of_sample = self.sample_shape = shape[1:]
        self.value_range = values.parse_range(value_range)
        if self.value_range is None:
            raise ValueError("Expected value_range as (low, high) of faces. Received: value_range=None.")
        self._set_contract(shape, shape)

    def networks_of(self, generator: keras.Model) -> tuple[keras.Model, ...]:
        """The network from faces of a to b, and the one back; neither draws a mark."""
        return generator.to_b, generator.to_a

    def shown(self, made: np.ndarray) -> np.ndarray:
        """Swaps with the mark that says what they are."""
        return marks.marked(made, self.value_range)

    def batch_of(self, a: tf.Tensor, b: tf.Tensor) -> Batch:
        """The batch of faces of both, `(batch, ...)` float32 in the value range."""
        return Batch(generator_inputs=[a, b], real={"a": a, "b": b})

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        serialize = keras.saving.serialize_keras_object
        for derived in ("generator", "discriminator", "compares", "reals"):
            del config[derived]
        networks = {name: getattr(self.generator, name) for name in ("encoder", "decoder_a", "decoder_b")}
        networks |= {f"discriminator_{side}": one for side, one in self.discriminators.items()}
        return {
            **config,
            **{name: serialize(one) for name, one in networks.items()},
            "value_range": self.value_range,
        }
