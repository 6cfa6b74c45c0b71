"""Tables: rows of mixed columns, drawn such that conditions hold."""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import architectures, schedules
from kgan import augmentation as augmentations
from kgan import latents as latent_distributions
from kgan._game import networks, packing
from kgan._game.batch import DISCRIMINATOR, Batch
from kgan._step import purposes
from kgan._step.private_update import PrivateRows
from kgan._support.checks import whole
from kgan.data.splits import Splits
from kgan.data.tables.columns import Table
from kgan.models import fitting
from kgan.models.adversarial import AdversarialModel
from kgan.models.fitting_rows import FitsRows
from kgan.models.private_rows import LearnsPrivately
from kgan.models.row_generator import ROWS, as_seen, row_generator, with_parts
from kgan.models.sampling_rows import SamplesRows

__all__ = ["Tabular"]

_NOISE = purposes.own(0)


@keras.saving.register_keras_serializable("kgan")
class Tabular(LearnsPrivately, FitsRows, SamplesRows, AdversarialModel):
    """A generator of rows of a table: numbers, categories, booleans, dates and missing cells.

    A number is written as a mode and a place within it, a cell of another column as one of its values. In training each
    row has a condition, a value or mode of one column or several, drawn so that rare ones come often; the discriminator
    sees rows of the table that hold the condition beside generated ones, some in a pack. `compile` takes the paper's
    settings as `loss="wasserstein"`, `penalties=["wgangp"]` and `objectives=["condition_cross_entropy"]`.

    `fit` takes what `kgan.data.load_table` gives, or a data frame with the same columns. Of a table that was loaded
    with an `epsilon`, the discriminator learns by DP-SGD.

    Args:
        generator: A built Keras model from `[latents, condition]` to rows of numbers in (-1, 1) and scores, as
            `kgan.architectures.ctgan_generator`; from latents alone where `table.condition_dim` is 0.
        discriminator: A built Keras model from `[rows, conditions]`, of `pac` rows joined, to logits `(batch, 1)`.
        table: The columns, `splits.table`, or what its `to_dict` gave.
        latents: Where z comes from: `"normal"`, `"uniform"`, `"truncated_normal"` or a `kgan.latents.Latents`.
        pac: Rows that the discriminator sees at once; 10 in the paper.
        ema_half_life: Half-life, in rows, of the average of the generator's weights that `sample`, `evaluate` and
            exports use; a number or a `kgan.schedules.Schedule`. `None` uses the weights in training.
        clip: The norm that each row's gradient is clipped to, where the table was loaded with an `epsilon`.
        seed: Of every random draw in training; `None` takes a fresh one, kept as `seed`; after
            `keras.utils.set_random_seed` it is drawn from that.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model, or `table` is no table.
        ValueError: if the networks do not fit the table, or an argument is out of range.

    Examples:
        >>> rows = {"size": list(range(40)), "colour": ["red", "blue"] * 20}
        >>> splits = kgan.data.load_table(rows, batch_size=10, validation_split=0.0)
        >>> table = kgan.Tabular.of(splits, width=8, seed=0)
        >>> table.compile(loss="wasserstein", penalties=["wgangp"], objectives=["condition_cross_entropy"])
        >>> history = table.fit(splits, epochs=1, verbose=0)
        >>> table.sample(3, seed=0).shape
        (3, 2)

    Reference:
        Xu et al., 2019, Modeling Tabular data using Conditional GAN. arXiv:1907.00503
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        table: "Table | Mapping[str, Any]",
        *,
        latents: "str | latent_distributions.Latents" = "normal",
        pac: int = 10,
        ema_half_life: "float | schedules.Schedule | None" = None,
        clip: float = 1.0,
        seed: int | None = None,
        name: str | None = "tabular",
    ):
        if not isinstance(table, Table | Mapping):
            raise TypeError(f"Expected table as that of kgan.data.load_table. Received: a {type(table).__name__}.")
        self.table = table if isinstance(table, Table) else Table.from_dict(table)
        pac = whole("pac", pac, 1)
        if isinstance(clip, bool) or not isinstance(clip, int | float) or not 0.0 < clip < float("inf"):
            raise ValueError(f"Expected clip > 0, a norm of gradients. Received: clip={clip!r}.")
        _check(generator, discriminator, self.table, pac)
        super().__init__(
            row_generator(generator, self.table),
            discriminator,
            compares={DISCRIMINATOR: ROWS},
            ema_half_life=ema_half_life,
            seed=seed,
            name=name,
        )
        self._network_name = generator.name
        self.pac, self.clip = pac, float(clip)
        self.latent_dim = networks.input_shapes(generator, "generator")[0][1]
        self.sample_shape = (self.table.row_dim,)
        self.value_range = None
        self.latents = latent_distributions.get(latents)
        self.latents.check_dim(self.latent_dim)
        self.fit_data: fitting.FitData | None = None

    @classmethod
    def of(
        cls,
        data: "Splits | Table",
        *,
        latent_dim: int = 128,
        width: int = 256,
        pac: int = 10,
        seed: int | None = None,
        **arguments: Any,
    ) -> "Tabular":
        """A model with the paper's networks, not compiled yet.

        Args:
            data: What `kgan.data.load_table` returned, or its table.
            latent_dim: Size of z.
            width: Units of each hidden layer of both networks.
            pac: Rows in a pack.
            seed: Of the initial weights, and of training.
            **arguments: The other arguments of the constructor.

        Raises:
            TypeError: if `data` is no table.
            ValueError: if a number is out of range.
        """
        table = data.table if isinstance(data, Splits) else data
        if not isinstance(table, Table):
            raise TypeError(f"Expected what kgan.data.load_table returns. Received: a {type(data).__name__}.")
        shapes = {"sample_shape": (table.spread_dim,), "condition_shape": (table.condition_dim,)}
        packs = {name: (pac * shape[0],) for name, shape in shapes.items()}
        other = None if seed is None else seed + 1000
        return cls(
            architectures.ctgan_generator(**shapes, latent_dim=latent_dim, width=width, seed=seed),
            architectures.ctgan_discriminator(**packs, width=width, seed=other),
            table,
            pac=pac,
            seed=seed,
            **arguments,
        )

    def network(self, averaged: bool = True) -> keras.Model:
        """The network from latents and conditions to rows: the average, where there is one, or the one in training."""
        return self.network_of(self.inference_generator if averaged else self.generator)

    def network_of(self, generator: keras.Model) -> keras.Model:
        """The network within the generator side, or a copy of it."""
        return generator.get_layer(self._network_name)

    def check_augmentation(self, augmentation: "augmentations.Augmentation | None") -> None:
        if augmentation is not None:
            raise ValueError(f"Expected augmentation=None for rows of a table. Received: {augmentation.name!r}.")

    # --- what a batch is ---

    def batch(self, data: Any, training: bool) -> Batch:
        if not isinstance(data, tuple | list) or len(data) < 2:
            raise ValueError(
                "Expected batches (rows, chosen) as kgan.data.load_table gives them. Received: rows alone. Pass a data "
                "frame to fit or evaluate."
            )
        rows, chosen = data[0], data[1]
        if training:
            packing.check_batch(rows.shape[0], self.pac, tf.distribute.get_strategy().num_replicas_in_sync)
        count = tf.shape(rows)[0]
        z = self.latents.sample((count, self.latent_dim), self.random_seed(purposes.LATENTS, training))
        dim = self.table.condition_dim
        if not dim:
            batch = Batch(generator_inputs=[z], real=as_seen(self.table, tf.cast(rows, tf.float32)), latents=z)
            return self._private(batch, *data[2:]) if training and self.privacy is not None else batch
        uniform = tf.random.stateless_uniform((count, dim), self.random_seed(_NOISE, training), minval=1e-20)
        noise = -tf.math.log(-tf.math.log(uniform))
        batch = self.batch_of(tf.cast(rows, tf.float32), chosen, z, noise)
        return self._private(batch, *data[2:]) if training and self.privacy is not None else batch

    def batch_of(self, rows: tf.Tensor, chosen: tf.Tensor, latents: tf.Tensor, noise: tf.Tensor) -> Batch:
        """The batch of given rows, latents and noise.

        Args:
            rows: Encoded rows `(batch, table.row_dim)` float32.
            chosen: Which blocks are the condition, `(batch, blocks)` bool.
            latents: `(batch, latent_dim)`.
            noise: Of Gumbel's distribution, `(batch, table.condition_dim)`.
        """
        first = len(self.table.continuous)
        ones = self._ones(rows[:, first:])
        condition = ones * self._of_units(chosen)
        return Batch(
            generator_inputs=[latents, condition, noise],
            real=as_seen(self.table, tf.concat([rows[:, :first], ones], axis=1)),  # (b, spread_dim)
            conditions=(condition,),
            latents=latents,
            labels=condition,
        )

    def with_parts(self, seen: tf.Tensor) -> tf.Tensor:
        """Rows as the discriminator sees them `(batch, table.spread_dim)`, with the parts that numbers lie in."""
        return with_parts(self.table, seen)

    def _ones(self, codes: tf.Tensor) -> tf.Tensor:
        """Codes `(batch, blocks)` as zeros and a one for each block, `(batch, condition_dim)`."""
        whole_codes = tf.cast(codes, tf.int32)
        return tf.concat(
            [tf.one_hot(whole_codes[:, number], size) for number, (_, size) in enumerate(self.table.blocks)], axis=1
        )

    def _of_units(self, chosen: tf.Tensor) -> tf.Tensor:
        """What is true of blocks, of each unit of them; 0 and 1, `(batch, condition_dim)`."""
        sizes = [size for _, size in self.table.blocks]
        return tf.cast(tf.gather(chosen, np.repeat(np.arange(len(sizes)), sizes), axis=1), tf.float32)

    def _private(
        self, batch: Batch, present: tf.Tensor, asked: tf.Tensor, of_asked: tf.Tensor, noise: tf.Tensor
    ) -> Batch:
        """The batch whose generated rows have conditions that come from no row of the table."""
        if not self.table.condition_dim:
            return batch._replace(own=PrivateRows((), present, noise))
        condition = self._ones(asked) * self._of_units(of_asked)
        latents, _, drawn = batch.generator_inputs
        own = PrivateRows(batch.conditions, present, noise)
        inputs = [latents, condition, drawn]
        return batch._replace(generator_inputs=inputs, conditions=(condition,), labels=condition, own=own)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for derived in ("compares", "reals"):
            config.pop(derived, None)
        return {
            **config,
            "generator": keras.saving.serialize_keras_object(self.network_of(self.generator)),
            "table": self.table.to_dict(),
            "latents": keras.saving.serialize_keras_object(self.latents),
            "pac": self.pac,
            "clip": self.clip,
        }


def _check(generator: Any, discriminator: Any, table: Table, pac: int) -> None:
    """Refuses networks that do not fit the table."""
    dims = [size for size in (table.condition_dim,) if size]
    received = networks.input_shapes(generator, "generator")
    made = networks.output_shape(generator, received)
    fits = len(received) == 1 + len(dims) and len(received[0]) == 2 and received[0][1] is not None
    if not fits or [one[1:] for one in received[1:]] != [(size,) for size in dims] or made[1:] != (table.spread_dim,):
        raise ValueError(
            f"Expected a generator from latents{' and a condition of ' + str(dims[0]) if dims else ''} to rows of "
            f"{table.spread_dim} numbers. Received: {generator.name!r} from {received} to {made}. Build it for "
            f"sample_shape=({table.spread_dim},), condition_shape=({table.condition_dim},)."
        )
    taken = networks.input_shapes(discriminator, "discriminator")
    if [one[1:] for one in taken] != [(pac * size,) for size in (table.spread_dim, *dims)]:
        raise ValueError(
            f"Expected a discriminator of packs of pac={pac} rows: inputs of "
            f"{[pac * size for size in (table.spread_dim, *dims)]} numbers. Received: {discriminator.name!r}, which "
            f"takes {taken}. Build it for pac times the shapes of the generator, or pass another pac."
        )
