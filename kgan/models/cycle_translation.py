"""Cycle translation: two collections without pairs, and a translator each way."""

from typing import Any

import keras
import tensorflow as tf

from kgan import schedules
from kgan._game import network_checks
from kgan._game.batch import Batch, Pair
from kgan._step import purposes
from kgan._support.checks import whole
from kgan.data import values
from kgan.models.cycle_generator import CycleGenerator
from kgan.models.of_collections import OfCollections
from kgan.models.sample_pool import SamplePool

__all__ = ["CycleTranslation"]

_POOLS = 0  # the first purpose of draws of its own


@keras.saving.register_keras_serializable("kgan")
class CycleTranslation(OfCollections):
    """Two translators, from collection a to collection b and back, and a discriminator for each collection.

    No sample of one side needs a partner on the other. `compile` takes the objectives that hold the two translators
    together: `kgan.objectives.CycleConsistency`, which it cannot do without, and `kgan.objectives.Identity`.

    `fit` takes two arrays, of any two lengths, what `kgan.data.load_unpaired` gives, or a `tf.data.Dataset` of batches
    `(a, b)`. Images come as uint8, or as floats in [-1, 1]. In the logs, and in `discriminators`, `"a"` and `"b"` are
    the collections: `b_generator_loss` is that of the translator to b.

    Args:
        to_b: A built Keras model from samples of a, `(batch, ...)`, to samples of b; G in the paper.
        to_a: The same from b to a; F in the paper.
        discriminator_a: A built Keras model from samples of a to logits `(batch, ..., 1)`, without a sigmoid.
        discriminator_b: The same for b.
        identity: Whether each translator is run on its own side too, which `kgan.objectives.Identity` needs; both
            sides have samples of one shape then.
        pool_size: Samples of each translator that are kept, and of which its discriminator sees one in place of every
            second new one; 0 for none. Sizes of samples must be known for it.
        value_range: `(low, high)` of both collections, `None` for any. `"auto"` is (-1, 1) for images (rank 4 with the
            batch) and `None` for the rest.
        ema_half_life: Half-life, in images, of the average of the translators' weights that `translate`, `evaluate` and
            exports use; a number or a `kgan.schedules.Schedule`. `None` uses the weights in training.
        seed: Of every random draw in training; `None` takes a fresh one, kept as `seed`; after
            `keras.utils.set_random_seed` it is drawn from that.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the networks do not fit each other, two of them share weights, or an argument is out of range.

    Examples:
        >>> def translator():
        ...     return kgan.architectures.resnet_translator((16, 16, 1), width=2, blocks=1)
        >>> def discriminator():
        ...     return kgan.architectures.patchgan_discriminator((16, 16, 1), width=4, layers=1)
        >>> model = kgan.CycleTranslation(translator(), translator(), discriminator(), discriminator())
        >>> model.compile(loss="least_squares", objectives=["cycle_consistency", "identity"])
        >>> zebras, horses = np.zeros((6, 16, 16, 1), "uint8"), np.zeros((4, 16, 16, 1), "uint8")
        >>> history = model.fit(zebras, horses, batch_size=2, verbose=0)
        >>> model.translate(zebras, direction="a2b").shape
        (6, 16, 16, 1)

    Reference:
        Zhu et al., 2017, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks.
        arXiv:1703.10593
    """

    def __init__(
        self,
        to_b: keras.Model,
        to_a: keras.Model,
        discriminator_a: keras.Model,
        discriminator_b: keras.Model,
        *,
        identity: bool = True,
        pool_size: int = 50,
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "cycle_translation",
    ):
        shapes = network_checks.check_cycle(to_b, to_a, discriminator_a, discriminator_b, identity)
        super().__init__(
            CycleGenerator(to_b, to_a, identity, name="translators"),
            {"a": discriminator_a, "b": discriminator_b},
            ema_half_life=ema_half_life,
            seed=seed,
            name=name,
        )
        self.input_shape_of_sample, self.sample_shape = shapes.a[1:], shapes.b[1:]
        self.identity = bool(identity)
        if value_range == "auto":
            value_range = values.IMAGE_RANGE if len(self.sample_shape) == 3 else None
        self.value_range = values.parse_range(value_range)
        self._set_contract(shapes.a, shapes.b)
        self.pool_size = whole("pool_size", pool_size, 0)
        self._pools = self._new_pools()

    def _new_pools(self) -> dict[str, SamplePool]:
        shapes = {"a": self.input_shape_of_sample, "b": self.sample_shape}
        if self.pool_size and any(None in shape for shape in shapes.values()):
            raise ValueError(
                f"Expected networks for samples of one size, of which pool_size={self.pool_size} are kept. Received: "
                f"{shapes['a']} and {shapes['b']}. Build the networks for the size of the crops that they are trained "
                f"on, or pass pool_size=0."
            )
        return {
            side: SamplePool(self, f"pool_{side}", self.pool_size, shape)
            for side, shape in shapes.items()
            if self.pool_size
        }

    def networks_of(self, generator: keras.Model) -> tuple[keras.Model, ...]:
        """The translator to b and the one back."""
        return generator.to_b, generator.to_a

    @property
    def to_b(self) -> keras.Model:
        """The translator from a to b, in training."""
        return self.generator.to_b

    @property
    def to_a(self) -> keras.Model:
        """The translator from b to a, in training."""
        return self.generator.to_a

    def batch_of(self, a: tf.Tensor, b: tf.Tensor) -> Batch:
        """The batch of samples of both sides, `(batch, ...)` float32 in the value range."""
        return Batch(generator_inputs=[a, b], real={"a": a, "b": b})

    def discriminator_pairs(self, pairs: dict[str, Pair], batch: Batch) -> dict[str, Pair]:
        """The pairs, in which the pool has put earlier samples in the place of some."""
        for place, (side, pool) in enumerate(self._pools.items()):
            stream = 2 * purposes.own(_POOLS + place)
            seed = tf.stack([tf.constant(self.seed + stream * 2**32, tf.int64), self.steps.value])  # of all replicas
            pair = pairs[side]
            pairs = {**pairs, side: pair._replace(generated=pool.exchanged(pair.generated, seed))}
        return pairs

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        serialize = keras.saving.serialize_keras_object
        for derived in ("generator", "discriminator", "compares", "reals"):
            del config[derived]
        return {
            **config,
            "to_b": serialize(self.to_b),
            "to_a": serialize(self.to_a),
            **{f"discriminator_{side}": serialize(one) for side, one in self.discriminators.items()},
            "identity": self.identity,
            "pool_size": self.pool_size,
            "value_range": self.value_range,
        }
