"""The core: a generator side and a discriminator side, and what a subclass says of a batch."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from kgan import distribution, metrics, schedules
from kgan._game import network_checks, packing, sides
from kgan._game.batch import DISCRIMINATOR, Batch, Pair
from kgan._game.draws import Draws
from kgan._kernels import library
from kgan._step import compiled_branches, ema, pretraining, turns
from kgan._step.compilation import Compilation, compiled_alone
from kgan._step.iteration import iteration
from kgan._support import seeds
from kgan.models import fitting
from kgan.models.as_one_model import AsOneModel
from kgan.models.auto_xla import AutoXLA
from kgan.models.compiling import Compiled
from kgan.models.evaluating import Evaluated
from kgan.models.exporting import Exportable
from kgan.models.freezing import Freezable
from kgan.models.growing import Growable
from kgan.models.monitor_modes import settle_modes
from kgan.models.monitors import check_monitors, each_callback
from kgan.models.own_step import OwnStep
from kgan.models.pretraining import Pretrained
from kgan.models.saving import SavedWhole

__all__ = ["AdversarialModel"]


class AdversarialModel(
    SavedWhole,
    AutoXLA,
    Compiled,
    Evaluated,
    Freezable,
    Pretrained,
    Growable,
    Exportable,
    AsOneModel,
    OwnStep,
    keras.Model,
):
    """A generator side and a discriminator side that learn from each other.

    The generator is one Keras model, perhaps made of several, with one output or a dictionary of named outputs. It runs
    once in a step, for both sides. Each discriminator compares one output with its reals. Each side has one optimizer.

    Subclass it for another kind of GAN and override `batch`, which says what one batch of data is; the step, logs,
    saving and resuming stay as they are. `kgan.GAN` and `kgan.Translation` are such subclasses.

    Args:
        generator: A built Keras model.
        discriminator: A built Keras model that returns logits, 1 = real; or several of them by name.
        compares: Which output of the generator each discriminator compares, by the discriminator's name. By default its
            namesake, or the only output.
        reals: The discriminators whose reals are an output of the generator too, with the output's name. The others'
            come from the data, in `Batch.real`.
        ema_half_life: Half-life, in images, of the average of the generator's weights that samples are drawn from, a
            number or a `kgan.schedules.Schedule`. `None` draws from the weights in training.
        seed: Of every random draw in training. `None` takes a fresh one and keeps it as `self.seed`; after
            `keras.utils.set_random_seed` it is drawn from that. Several workers must be given one.
        name: Name of the model.

    Raises:
        ValueError: if `ema_half_life` is not positive; if a discriminator compares an output that the generator does
            not have; if two names share one discriminator; if the generator shares weights with a discriminator; if
            several workers are given no seed.
        TypeError: if Keras cannot make the generator from its config, and `ema_half_life` needs a copy of it.

    Attributes:
        pac: Samples in a pack, as which discriminators see them (PacGAN); a subclass sets it before it is compiled.
    """

    pac = 1

    def __init__(
        self,
        generator: keras.Model,
        discriminator: "keras.Model | Mapping[str, keras.Model]",
        *,
        compares: Mapping[str, str] | None = None,
        reals: Mapping[str, str] | None = None,
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = None,
    ):
        super().__init__(name=name)
        if ema_half_life is not None:
            ema_half_life = schedules.number_or_schedule("ema_half_life", ema_half_life)
            if ema_half_life == 0.0:
                raise ValueError("Expected ema_half_life > 0 images, or None. Received: ema_half_life=0.")
        several = isinstance(discriminator, Mapping)
        self.generator = generator
        self.discriminator = None if several else discriminator
        self._several = sides.check_discriminators(discriminator) if several else None
        self.generator_outputs = sides.output_names(generator)
        self.compares = sides.check_compares(compares, self.discriminators, self.generator_outputs)
        self.reals = sides.check_reals(reals, self.discriminators, self.generator_outputs)
        sides.check_apart(generator, self.discriminators)
        for one in self.discriminators.values():
            network_checks.check_squashing(one)
        self.ema_half_life = ema_half_life
        self.ema_generator = ema.copy_of(generator) if ema_half_life is not None else None
        self._warn_of_what_cannot_be_saved()
        distribution.check_seed(seed)
        self.seed = seeds.fresh(2**31) if seed is None else int(seed)
        self.steps, self.images_seen, self.discriminator_updates = (
            self.add_weight(name=counter, shape=(), dtype="int64", initializer="zeros", trainable=False)
            for counter in ("steps", "images_seen", "discriminator_updates")
        )
        self.built = True
        self._trackers: dict[str, keras.metrics.Metric] = {}
        self.sample_metrics: list[metrics.FeatureMetric] = []

    def __init_subclass__(cls, **named: Any) -> None:
        """Lets a subclass that overrides `play`, the earlier name of `batch`, go on as it did."""
        super().__init_subclass__(**named)
        if "play" in vars(cls) and "batch" not in vars(cls):
            cls.batch = cls.play

    @property
    def discriminators(self) -> dict[str, keras.Model]:
        """All discriminators by name; one that stands alone is `"discriminator"`."""
        return {DISCRIMINATOR: self.discriminator} if self._several is None else dict(self._several)

    @property
    def inference_generator(self) -> keras.Model:
        """The generator that samples are drawn from: the average where there is one, else the one in training."""
        return self.generator if self.ema_generator is None else self.ema_generator

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """The generator's outputs for its inputs: samples for latents, say."""
        return (self.generator if training else self.inference_generator)(inputs, training=training)

    # --- what a batch is ---

    def batch(self, data: Any, training: bool) -> Batch:
        """Turns a batch of data into what the networks see; every subclass overrides it.

        Args:
            data: What the data pipeline yields.
            training: Whether this is a training or an evaluation step.
        """
        return self.play(data, training)

    def play(self, data: Any, training: bool) -> Batch:
        """`batch`, by its earlier name."""
        raise NotImplementedError(  # Keras models are no ABCs
            f"Expected {type(self).__name__} to override `batch(data, training)`, which returns a kgan.Batch."
        )

    def pairs(self, batch: Batch, outputs: Mapping[str, tf.Tensor]) -> dict[str, Pair]:
        """What each discriminator compares, by its name; in packs where `pac` says so.

        Args:
            batch: The batch.
            outputs: The generator's for it, by name.
        """
        by_name = isinstance(batch.real, Mapping)
        found = {
            name: Pair(
                real=outputs[self.reals[name]] if name in self.reals else batch.real[name] if by_name else batch.real,
                generated=outputs[output],
                conditions=batch.conditions_of(name),
            )
            for name, output in self.compares.items()
        }
        return found if self.pac == 1 else packing.pairs(found, self.pac)

    def discriminator_pairs(self, pairs: dict[str, Pair], batch: Batch) -> dict[str, Pair]:
        """What discriminators compare in their own update: the pairs as they are.

        A subclass may replace generated samples by earlier ones that it keeps in variables (`add_weight`), which are
        saved with the model.
        """
        return pairs

    # --- one step ---

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """One iteration, see `kgan._step.iteration`."""
        with library.used(self._library), distribution.own_draws(self):
            if self._compilation is not Compilation.WAYS:
                return distribution.loggable(self._iteration(distribution.shared_alike(data), {}))
            return compiled_branches.compiled_apart(
                turns.questions(self), lambda decided: self._iteration(data, decided)
            )

    def _iteration(self, data, decided: turns.Decisions) -> dict:
        logs = iteration(self, data, decided) if self.pretraining is None else pretraining.iteration(self, data)
        self._check_compilable(logs, self.uses_xla)
        return logs

    @property
    def _discriminator_variables(self) -> list[keras.Variable]:
        """The trainable variables of all discriminators, each once."""
        found = [one for discriminator in self.discriminators.values() for one in discriminator.trainable_variables]
        return list({id(variable): variable for variable in found}.values())

    def _augment(self) -> "Callable[[tf.Tensor, Draws], tf.Tensor] | None":
        if self.augmentation is None:
            return None
        strength = self._plan.augmentation_strength(self.images_seen.value)

        def augment(samples, draws):
            return self.augmentation(samples, draws, strength)

        if self._compilation is Compilation.CONVOLUTIONS and self.augmentation.compiled_apart:
            augment = compiled_alone(augment)
        return augment if self.pac == 1 else packing.each_apart(augment, self.pac)

    def _beta_2_now(self) -> "tf.Tensor | float | None":
        return None if self.beta_2 is None else schedules.at(self.beta_2, self.images_seen.value)

    def random_seed(self, purpose: int, training: bool) -> tf.Tensor:
        """A seed for a stateless draw in the graph.

        When training it is a pure function of `self.seed`, the purpose and the step, so that nothing but the step
        counter needs saving for a resumed run to draw what the uninterrupted one would have. When evaluating, the
        number of the batch takes the place of the step: each evaluation sees the same draws, whenever it is made.

        Args:
            purpose: A constant, 0 or more, that tells one draw of a step from another; a subclass takes its own from
                `kgan._step.purposes.own`.
            training: Whether this is a training or an evaluation step.

        Returns:
            int64 tensor of shape (2,).
        """
        if training:
            stream, number = 2 * purpose, self.steps.value
        else:
            stream, number = 2 * purpose + 1, tf.cast(self._trackers["generator_loss"].count.value, tf.int64)
        # The draw itself scrambles its seed, so streams and steps may lie side by side.
        return tf.stack([tf.constant(self.seed + stream * 2**32, tf.int64), distribution.apart(number)])

    # --- fitting ---

    def fit(self, x: Any = None, *arguments: Any, **named: Any) -> keras.callbacks.History:
        """Trains, as `keras.Model.fit` does; on several replicas, a batch is that of all together.

        Raises:
            ValueError: if replicas cannot share a batch alike; if a callback of Keras monitors a figure that nothing
                logs, or one without a better side and no `mode`; or if a `ModelCheckpoint` would write files that
                cannot be read back.
            TypeError: if a `ModelCheckpoint` is to save a network that Keras cannot make from its config.
            ClusterError: if another worker of a `multi_worker` strategy is gone.
        """
        self._check_trainable()
        for callback in fitting.listed(named.get("callbacks")):
            if getattr(callback, "saves_whole_model", False):
                self.check_can_be_saved()  # before hours of files that cannot be read back
            elif isinstance(callback, keras.callbacks.ModelCheckpoint) and not callback.save_weights_only:
                self.check_can_be_saved(callback.filepath)
        if isinstance(x, tf.data.Dataset):  # whose order is its own; Keras would warn of its own default
            named.setdefault("shuffle", False)
        strategy = self.distribute_strategy
        distribution.check_batch(x, strategy)
        if self.compiled:
            callbacks = named.get("callbacks")
            is_validated = named.get("validation_data") is not None or bool(named.get("validation_split"))
            settle_modes(callbacks, self)
            late = check_monitors(self, callbacks, is_validated)
            named |= {"callbacks": [*each_callback(callbacks), *late]} if late else {}
        if "validation_data" in named:
            named["validation_data"] = distribution.shared(named["validation_data"], strategy)
        with distribution.lost_workers_by_name(strategy), distribution.unequal_batches_by_name(strategy):
            return super().fit(distribution.shared(x, strategy), *arguments, **named)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing, because all is built; under a strategy Keras would read a batch and take its mean over workers,
        which uint8 has none of."""
