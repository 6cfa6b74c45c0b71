"""Contrastive translation: two collections without pairs, and one translator."""

from typing import Any

import keras
import tensorflow as tf

from kgan import schedules
from kgan._game import network_checks
from kgan._game.batch import DISCRIMINATOR, Batch
from kgan.data import values
from kgan.models.of_collections import OfCollections

__all__ = ["ContrastiveTranslation"]


@keras.saving.register_keras_serializable("kgan")
class ContrastiveTranslation(OfCollections):
    """A translator from collection a to collection b, and a discriminator of b: one direction, and no way back (CUT).

    No sample of one side needs a partner on the other. `compile` takes the objective that holds outputs to their
    inputs, `kgan.objectives.PatchNCE`: without it nothing does. It has half of the networks of a
    `kgan.CycleTranslation`; on small pictures a step costs as much, because patches and heads weigh more there.

    `fit` takes two arrays, of any two lengths, what `kgan.data.load_unpaired` gives, or a `tf.data.Dataset` of batches
    `(a, b)`. Images come as uint8, or as floats in [-1, 1].

    Args:
        generator: A built functional Keras model from samples of a, `(batch, ...)`, to samples of b.
        discriminator: A built Keras model from samples of b to logits `(batch, ..., 1)`, without a sigmoid.
        value_range: `(low, high)` of both collections, `None` for any. `"auto"` is (-1, 1) for images (rank 4 with the
            batch) and `None` for the rest.
        ema_half_life: Half-life, in images, of the average of the translator's weights that `translate`, `evaluate` and
            exports use; a number or a `kgan.schedules.Schedule`. `None` uses the weights in training.
        seed: Of every random draw in training; `None` takes a fresh one, kept as `seed`; after
            `keras.utils.set_random_seed` it is drawn from that.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the networks do not fit each other, the discriminator takes more than samples, or an argument is
            out of range.

    Examples:
        >>> model = kgan.ContrastiveTranslation(
        ...     kgan.architectures.resnet_translator((16, 16, 1), width=2, blocks=1),
        ...     kgan.architectures.patchgan_discriminator((16, 16, 1), width=4, layers=1),
        ... )
        >>> model.compile(loss="least_squares", objectives=[kgan.objectives.PatchNCE(0.5)])
        >>> zebras, horses = np.zeros((6, 16, 16, 1), "uint8"), np.zeros((4, 16, 16, 1), "uint8")
        >>> history = model.fit(zebras, horses, batch_size=2, verbose=0)
        >>> model.translate(zebras).shape
        (6, 16, 16, 1)

    Reference:
        Park et al., 2020, Contrastive Learning for Unpaired Image-to-Image Translation. arXiv:2007.15651
    """

    directions = ("a2b",)

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "contrastive_translation",
    ):
        shapes = network_checks.check_translation(generator, {DISCRIMINATOR: discriminator})[DISCRIMINATOR]
        if shapes.conditional:
            raise ValueError(
                "Expected a discriminator of samples of b alone, because no sample of a belongs to one. Received: one "
                "of two inputs. Build it without a condition, or take kgan.Translation where there are pairs."
            )
        super().__init__(generator, discriminator, ema_half_life=ema_half_life, seed=seed, name=name)
        self.input_shape_of_sample, self.sample_shape = shapes.input[1:], shapes.output[1:]
        if value_range == "auto":
            value_range = values.IMAGE_RANGE if len(self.sample_shape) == 3 else None
        self.value_range = values.parse_range(value_range)
        self._set_contract(shapes.input, shapes.output)

    def batch_of(self, a: tf.Tensor, b: tf.Tensor) -> Batch:
        """The batch of samples of both sides, `(batch, ...)` float32 in the value range."""
        return Batch(generator_inputs=a, real=b)

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """What samples of a become, floats in the value range, or uint8 pictures as they are."""
        if tf.is_tensor(inputs) or hasattr(inputs, "__array__"):  # symbolic ones are what Keras makes of them
            inputs = values.to_float(tf.convert_to_tensor(inputs), self.value_range)
        return super().call(inputs, training)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "value_range": self.value_range}
