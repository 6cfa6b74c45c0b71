"""GAN: noise in, samples out, trained against real data."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kgan import augmentation as augmentations
from kgan import latents as latent_distributions
from kgan import schedules
from kgan._game import network_checks, networks
from kgan._game.batch import Round
from kgan._support import limits
from kgan._support.checks import whole
from kgan.data import batch_checks, faults, values
from kgan.data.sources import arrays
from kgan.data.splits import Splits, extract
from kgan.metrics.measuring import measure, try_out
from kgan.metrics.reference import Reference
from kgan.models import monitor_modes, resume_order
from kgan.models.adversarial import LATENTS, AdversarialModel

_GENERATION_BATCH = 64
_LATENT_COPIES = 3  # a draw is float64 before it is float32, in numbers of float32


class FitData(NamedTuple):
    """What a fit in progress trains and is validated on, for callbacks that look at it.

    Attributes:
        train: The training data: a pair of arrays (labels may be `None`), or what Keras is given. A dataset that
            shuffles anew at each reading goes on in another order after one that Keras did not ask for.
        held_out: The validation data in the same way; `None` without.
    """

    train: Any
    held_out: Any


@keras.saving.register_keras_serializable("kgan")
class GAN(AdversarialModel):
    """A generative adversarial network: a generator learns to make what a discriminator cannot tell from real data.

    `min_G max_D  E_x[log D(x)] + E_z[log(1 - D(G(z)))]`, or another loss of `kgan.losses`. It is a `keras.Model`:
    `compile`, `fit`, `evaluate`, `predict` (latents in, samples out), `save` and Keras's callbacks work on it.

    Built and compiled in the scope of a `kgan.distribution.strategy`, it trains on several replicas, which share each
    batch of the data: the batch size is that of all together.

    Images reach `fit` as uint8, or as floats in [-1, 1]. Labels, where the data has them, are used when a network takes
    a second input or the discriminator has an output `"classes"`, and ignored otherwise. They are one class for each
    sample, integers `(batch,)`; where a network's second input is `(batch, num_tags)`, they are several tags, 0 or 1.

    Args:
        generator: A built Keras model from latents `(batch, latent_dim)`, or from `[latents, labels]`, to samples of
            any shape: images, vectors, sequences. The latent size is read off it.
        discriminator: A built Keras model from samples, or from `[samples, labels]`, to logits `(batch, 1)`, without
            a sigmoid; or to a dictionary of outputs with `"logits"` among them, for `kgan.objectives` that read others.
        latents: Where z comes from: `"normal"`, `"uniform"`, `"truncated_normal"` or a `kgan.latents.Latents`.
        num_classes: How many classes the labels have; required when a network takes labels that are no tags.
        value_range: `(low, high)` of the samples, `None` for any. `"auto"` is (-1, 1) for images (rank 4 with the
            batch) and `None` for the rest.
        ema_half_life: Half-life, in images, of the average of the generator's weights that `generate`, `predict`,
            `evaluate` and exports use unless told otherwise; a number, or a `kgan.schedules.Schedule`. `None` uses the
            weights in training.
        seed: Where every random draw of training starts from; `None` takes a fresh one, kept as `gan.seed`.
        name: Name of the model.

    Raises:
        TypeError: A network is not a Keras model.
        ValueError: The networks cannot play together, or an argument is out of range.

    Reference:
        Goodfellow et al., 2014, Generative Adversarial Networks. arXiv:1406.2661
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        latents: "str | latent_distributions.Latents" = "normal",
        num_classes: int | None = None,
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "gan",
    ):
        network_checks.check(generator, discriminator, num_classes)
        super().__init__(generator, discriminator, ema_half_life=ema_half_life, seed=seed, name=name)
        generator_inputs = networks.input_shapes(generator, "generator")
        discriminator_inputs = networks.input_shapes(discriminator, "discriminator")
        self.latent_dim = generator_inputs[0][1]
        self.sample_shape = networks.output_shape(generator, generator_inputs)[1:]
        self.generator_takes_labels = len(generator_inputs) == 2
        self.discriminator_takes_labels = len(discriminator_inputs) == 2
        self.latents = latent_distributions.get(latents)
        self.latents.check_dim(self.latent_dim)
        self.num_tags = networks.num_tags(generator_inputs, discriminator_inputs)
        self.num_classes = None if num_classes is None or self.num_tags is not None else int(num_classes)
        if value_range == "auto":
            value_range = values.IMAGE_RANGE if len(self.sample_shape) == 3 else None
        self.value_range = values.parse_range(value_range)
        tells_classes = "classes" in networks.output_shapes(discriminator, discriminator_inputs)
        takes_labels = self.generator_takes_labels or self.discriminator_takes_labels or tells_classes
        self._contract = batch_checks.Contract(
            discriminator_inputs[0],
            self.value_range,
            self.num_classes if takes_labels else None,
            self.num_tags if takes_labels else None,
        )
        self.fit_data: FitData | None = None
        self._reference: Reference | None = None
        self._generate = {}  # by whether it is the average: a generator, and its traced function

    def check_augmentation(self, augmentation):
        if augmentation is not None and augmentation.images_only:
            augmentations.check_images(self.sample_shape, self.value_range)

    def check_metrics(self, metrics):
        return metrics

    def measured(self, source, labels, steps, averaged):
        return measure(self, self.sample_metrics, self._reference_of(source, labels, steps), averaged)

    def _reference_of(self, source, labels, steps) -> Reference:
        """The reals to measure against; what was measured on them before is kept."""
        earlier = self._reference
        repeated = isinstance(source, tf.data.Dataset | keras.utils.PyDataset)  # an array may have changed in place
        if earlier is None or not repeated or earlier.source is not source or earlier.steps != steps:
            self._reference = Reference(source, labels, value_range=self.value_range, steps=steps)
            if earlier is not None:
                self._reference.adopt(earlier)
        return self._reference

    def play(self, data, training):
        real, labels = extract(data)
        batch_checks.check_specs(real, labels, self._contract)
        z = self.latents.sample((tf.shape(real)[0], self.latent_dim), self.random_seed(LATENTS, training))
        return self.round_of(real, labels, z)

    def round_of(self, real, labels, latents) -> Round:
        """The round of given reals, labels (where a network takes them) and latents."""
        real = values.to_float(tf.convert_to_tensor(real), self.value_range)
        if not self._contract.takes_labels:
            return Round(generator_inputs=latents, real=real, latents=latents)
        labels = tf.cast(labels, tf.int32 if self.num_tags is None else tf.float32)
        return Round(
            generator_inputs=[latents, labels] if self.generator_takes_labels else latents,
            real=real,
            conditions=(labels,) if self.discriminator_takes_labels else (),
            latents=latents,
            labels=labels,
        )

    @faults.named()
    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_split=0.0,
        validation_data=None,
        shuffle=True,
        *,
        initial_epoch=0,
        initial_batch=0,
        **kwargs,
    ):
        """Trains, as `keras.Model.fit` does.

        Arrays are streamed in shuffled batches without the short last one, so that one compiled step serves the whole
        fit; `validation_split` takes their last rows, as in Keras.

        Args:
            x: An array of samples, a `tf.data.Dataset` of batches, what `kgan.data.load` returns (its validation data
                is then used too), or anything else that Keras takes.
            y: Labels for an array, `(n,)` integers or `(n, num_tags)` of 0 and 1; ignored when no network takes labels.
            batch_size: For arrays; 32 by default.
            epochs: As in Keras.
            verbose: As in Keras.
            callbacks: As in Keras.
            validation_split: For an array, share in [0, 1) kept for validation.
            validation_data: An array, `(samples, labels)`, or a dataset of batches.
            shuffle: For arrays.
            initial_epoch: As in Keras.
            initial_batch: Batches of the initial epoch that a model saved in its midst has seen already: training goes
                on with the next, and with the epoch's figures as they were. For arrays and what `kgan.data.load`
                returns, whose order depends on nothing but a seed and `steps`.
            **kwargs: The other arguments of `keras.Model.fit`, but for weights of samples or classes, which this game
                does not have.

        Returns:
            The `keras.callbacks.History`.

        Raises:
            ValueError: `compile` was not called, the data do not fit the networks or the value range, XLA cannot
                compile a layer, or replicas cannot share a batch alike.
            ClusterError: Another worker of a `multi_worker` strategy is gone.
            DataError: What `kgan.data.load` streams cannot be read, or, with `strict`, a sample of it.
        """
        self._assert_compile_called("fit")
        monitor_modes.settle_modes(callbacks, self.sample_metrics)
        for argument in ("sample_weight", "class_weight"):
            if kwargs.get(argument) is not None:
                raise ValueError(f"Expected no {argument}: a GAN weighs all samples alike. Received: one.")
        if not 0.0 <= validation_split < 1.0:
            raise ValueError(f"Expected validation_split in [0, 1). Received: validation_split={validation_split}.")
        if isinstance(x, Splits):
            x, validation_data = x.train, x.validation if validation_data is None else validation_data
        if isinstance(x, np.ndarray) or tf.is_tensor(x):
            batch_size = batch_size or 32
            x, y = self._checked_arrays(x, y)
            kept = len(x) - int(len(x) * validation_split)
            if kept < len(x) and validation_data is None:
                validation_data = (x[kept:], None if y is None else y[kept:])
                x, y = x[:kept], None if y is None else y[:kept]
            order = self.seed % 2**31 if shuffle else None
            looked_at = (x, y)
            x, y = arrays.batches(x, y, batch_size=batch_size, shuffle_seed=order, drop_remainder=True), None
        else:
            looked_at = x
            batch_checks.check_source(x, self._contract)
        if isinstance(validation_data, np.ndarray):
            validation_data = (validation_data, None)
        looked_at_held_out = validation_data
        if isinstance(validation_data, tuple | list):
            looked_at_held_out = self._checked_arrays(*validation_data)
            validation_data = arrays.batches(
                *looked_at_held_out,
                batch_size=kwargs.pop("validation_batch_size", None) or batch_size or 32,
            )
        elif validation_data is not None:
            batch_checks.check_source(validation_data, self._contract)
        if self.sample_metrics and validation_data is not None:
            steps = kwargs.get("validation_steps")
            try_out(self.sample_metrics, self._reference_of(validation_data, None, steps))
        self.fit_data = FitData(looked_at, looked_at_held_out)
        try:
            with resume_order.kept_in_order(self, x, initial_batch) as in_order:
                return super().fit(
                    x,
                    y,
                    batch_size=None if isinstance(x, tf.data.Dataset) else batch_size,
                    epochs=epochs,
                    verbose=verbose,
                    callbacks=[in_order, *_listed(callbacks)],
                    validation_data=validation_data,
                    shuffle=shuffle and not isinstance(x, tf.data.Dataset),  # a dataset's order is its own business
                    initial_epoch=initial_epoch,
                    **kwargs,
                )
        except tf.errors.InvalidArgumentError as error:
            if "unsupported operations" not in str(error).lower():
                raise
            raise ValueError(
                "Expected layers that XLA can compile. Received: one that it cannot, named above. "
                "Pass compile(jit_compile=False)."
            ) from error
        finally:
            self.fit_data = None

    def _checked_arrays(self, x, y=None, *rest) -> tuple[np.ndarray, np.ndarray | None]:
        if rest:
            raise ValueError("Expected (samples, labels). Received: a third entry; a GAN weighs all samples alike.")
        x = np.asarray(x)
        if not self._contract.takes_labels:
            y = None
        elif y is not None:
            y = np.asarray(y)
            y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y  # as keras.datasets.cifar10 gives them
        batch_checks.check_arrays(x, y, self._contract)
        return x, y

    def export(self, *args, **kwargs):
        """Use `kgan.export.save(gan, folder)`, which writes SavedModel and ONNX and proves both equal to Keras.

        Raises:
            ValueError: Always: Keras's own export would leave out names, metadata and the proof.
        """
        raise ValueError("Expected kgan.export.save(gan, folder) to export a GAN. Received: gan.export(...).")

    def generate(
        self,
        n: int,
        seed: int | None = None,
        labels=None,
        *,
        truncation_psi: float = 1.0,
        averaged: bool = True,
    ) -> np.ndarray:
        """Draws samples from the generator.

        Args:
            n: How many, at least 1, and no more than 16 GiB hold twice (`kgan.limits`).
            seed: 0 to 2**32 - 1. The same seed gives the same samples here, in the exported ONNX and in the SavedModel,
                and the first samples do not depend on `n`. `None` takes a fresh one.
            labels: For a generator that takes labels: one class, or `n` of them; or one row of tags `(num_tags,)`, or
                `n` of them. `None` goes through the classes, or each tag alone, in order: 0, 1, 2, ..., 0, 1, ...
            truncation_psi: Latents are drawn towards their mean by this factor: below 1, samples are more typical and
                less diverse; at 0 all are the same. In [0, 2].
            averaged: Draw from the averaged generator, where there is one; `False` draws from the one in training.

        Returns:
            float32 `(n, ...)` in the value range.

        Raises:
            ValueError: An argument is out of range.
        """
        n = whole("n", n, 1)
        limits.check_bytes(
            "n",
            n,
            n * (_LATENT_COPIES * self.latent_dim * 4 + 2 * self._sample_bytes),  # the batches, and all of them joined
            "Draw them in several calls with a seed each, or as gan.generate_in_batches gives them; "
            "examples/ray_sample.py draws any number to disk.",
        )
        batches = self.generate_in_batches(n, seed, labels, truncation_psi=truncation_psi, averaged=averaged)
        return np.concatenate(list(batches)).astype(np.float32, copy=False)

    @property
    def _sample_bytes(self) -> int:
        return limits.array_bytes([size or 1 for size in self.sample_shape])

    def generate_in_batches(
        self,
        n: int,
        seed: int | None = None,
        labels=None,
        *,
        truncation_psi: float = 1.0,
        averaged: bool = True,
    ) -> Iterator[np.ndarray]:
        """The same samples as `generate`, a batch at a time, for more than memory holds; latents are drawn at once.

        Args:
            n: How many, at least 1; 16 GiB must hold their latents.
            seed: As in `generate`.
            labels: As in `generate`.
            truncation_psi: As in `generate`.
            averaged: As in `generate`.

        Returns:
            An iterator of float `(at most 64, ...)`.

        Raises:
            ValueError: An argument is out of range.
        """
        n = whole("n", n, 1)
        limits.check_bytes(
            "n",
            n,
            n * (_LATENT_COPIES * self.latent_dim + (self.num_tags or 1)) * 4 + _GENERATION_BATCH * self._sample_bytes,
            "Draw them in several calls with a seed each; examples/ray_sample.py does so.",
        )
        if not 0.0 <= truncation_psi <= 2.0:
            raise ValueError(f"Expected truncation_psi in [0, 2]. Received: truncation_psi={truncation_psi}.")
        z = self.latents.draw(n, self.latent_dim, seed)
        inputs = [z if truncation_psi == 1.0 else self.latents.truncated(z, truncation_psi)]
        if self.generator_takes_labels:
            inputs.append(self._classes(n, labels) if self.num_tags is None else self._tags(n, labels))
        elif labels is not None:
            raise ValueError(f"Expected labels=None, because the generator takes none. Received: labels={labels!r}.")
        generate = self._generating(averaged)
        return (
            generate(*(tf.constant(one[start : start + _GENERATION_BATCH]) for one in inputs)).numpy()
            for start in range(0, n, _GENERATION_BATCH)
        )

    def _generating(self, averaged: bool):
        generator = self.inference_generator if averaged else self.generator
        if averaged not in self._generate or self._generate[averaged][0] is not generator:
            traced = tf.function(
                lambda *inputs: generator(list(inputs) if len(inputs) > 1 else inputs[0], training=False),
                reduce_retracing=True,
            )
            self._generate[averaged] = (generator, traced)
        return self._generate[averaged][1]

    def _classes(self, n: int, labels) -> np.ndarray:
        if labels is None:
            return (np.arange(n) % self.num_classes).astype(np.int32)
        labels = np.asarray(labels)
        if labels.ndim > 1 or labels.dtype.kind not in "iu" or (labels.ndim == 1 and len(labels) != n):
            raise ValueError(
                f"Expected labels to be one class or {n} of them, as integers. "
                f"Received: shape {labels.shape}, type {labels.dtype}."
            )
        if labels.min() < 0 or labels.max() >= self.num_classes:
            raise ValueError(
                f"Expected labels between 0 and {self.num_classes - 1}. "
                f"Received: values from {labels.min()} to {labels.max()}."
            )
        return np.broadcast_to(labels, (n,)).astype(np.int32)

    def _tags(self, n: int, labels) -> np.ndarray:
        if labels is None:
            return np.eye(self.num_tags, dtype=np.float32)[np.arange(n) % self.num_tags]
        labels = np.asarray(labels)
        if labels.shape not in ((self.num_tags,), (n, self.num_tags)) or not np.isin(labels, (0, 1)).all():
            raise ValueError(
                f"Expected labels as tags of 0 and 1, {self.num_tags} of them or {n} rows of them. "
                f"Received: shape {labels.shape}, {labels.ravel()[:4]} ..."
            )
        return np.broadcast_to(labels, (n, self.num_tags)).astype(np.float32)

    def get_config(self):
        return {
            **super().get_config(),
            "latents": keras.saving.serialize_keras_object(self.latents),
            "num_classes": self.num_classes,
            "value_range": self.value_range,
        }


def _listed(callbacks) -> list[keras.callbacks.Callback]:
    if callbacks is None or isinstance(callbacks, keras.callbacks.Callback):
        callbacks = getattr(callbacks, "callbacks", [] if callbacks is None else [callbacks])  # a CallbackList is one
    return list(callbacks)
