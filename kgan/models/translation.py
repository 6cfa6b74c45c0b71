"""Translation: an input in, an output out, trained on pairs."""

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import augmentation as augmentations
from kgan import metrics, schedules
from kgan._game import network_checks, sides, squashing
from kgan._game.batch import DISCRIMINATOR, Batch
from kgan.data import faults, values
from kgan.data.pair_checks import PairContract
from kgan.data.sources import pair_arrays
from kgan.metrics.pairs import PairMetric
from kgan.models import fitting
from kgan.models.adversarial import AdversarialModel
from kgan.models.looking import LooksAtPairs
from kgan.models.translating import Translating

__all__ = ["Translation"]


@keras.saving.register_keras_serializable("kgan")
class Translation(Translating, LooksAtPairs, AdversarialModel):
    """A generator that maps an input to an output, and a discriminator that compares the output with the true one.

    The discriminator sees each sample beside the input it belongs to, as in pix2pix, or alone. An objective that
    compares output and truth directly, as `kgan.objectives.L1`, goes into `compile(objectives=[...])`. Samples may have
    any rank: images, films, waves.

    `fit` takes pairs `(input, target)`: two arrays, a `tf.data.Dataset` of pairs, or what `kgan.data.load_pairs` gives.
    Images come as uint8, or as floats in [-1, 1].

    Args:
        generator: A built Keras model from inputs `(batch, ...)` to outputs `(batch, ...)`.
        discriminator: A built Keras model from `[samples, inputs]`, or from samples alone, to logits `(batch, ..., 1)`,
            one for each patch, without a sigmoid; or several of them by name.
        value_range: `(low, high)` of inputs and outputs, `None` for any. `"auto"` is (-1, 1) for images (rank 4 with
            the batch) and `None` for the rest.
        ema_half_life: Half-life, in images, of the average of the generator's weights that `translate`, `predict`,
            `evaluate` and exports use; a number or a `kgan.schedules.Schedule`. `None` uses the weights in training.
        seed: Of every random draw in training; `None` takes a fresh one, kept as `seed`; after
            `keras.utils.set_random_seed` it is drawn from that.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the networks do not fit each other, or an argument is out of range.

    Examples:
        >>> model = kgan.Translation(
        ...     kgan.architectures.unet_generator((16, 16, 1), width=4),
        ...     kgan.architectures.patchgan_discriminator((16, 16, 1), (16, 16, 1), width=4, layers=1),
        ... )
        >>> model.compile(objectives=[kgan.objectives.L1(100.0)])
        >>> inputs = targets = np.zeros((4, 16, 16, 1), "uint8")
        >>> history = model.fit(inputs, targets, batch_size=2, verbose=0)
        >>> model.translate(inputs).shape
        (4, 16, 16, 1)

    Reference:
        Isola et al., 2017, Image-to-Image Translation with Conditional Adversarial Networks. arXiv:1611.07004
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: "keras.Model | Mapping[str, keras.Model]",
        *,
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "translation",
    ):
        several = isinstance(discriminator, Mapping)
        given = sides.check_discriminators(discriminator) if several else {DISCRIMINATOR: discriminator}
        seen = network_checks.check_translation(generator, given)
        super().__init__(generator, discriminator, ema_half_life=ema_half_life, seed=seed, name=name)
        shapes = next(iter(seen.values()))
        self.input_shape_of_sample, self.sample_shape = shapes.input[1:], shapes.output[1:]
        self._taking_input = frozenset(name for name, one in seen.items() if one.conditional)
        if value_range == "auto":
            value_range = values.IMAGE_RANGE if len(self.sample_shape) == 3 else None
        self.value_range = values.parse_range(value_range)
        self._contract = PairContract(shapes.input, shapes.output, self.value_range)
        self.fit_data: fitting.FitData | None = None
        self._hides_its_end = any(squashing.may_hide(one) for one in given.values())
        self._translating: dict[bool, Any] = {}  # by whether it is the average: a generator, and its traced function

    @property
    def discriminator_takes_input(self) -> bool:
        """Whether a discriminator sees the input beside the sample."""
        return bool(self._taking_input)

    def as_seen(self, samples: tf.Tensor) -> tf.Tensor:
        """What of samples `(batch, ...)` is compared where figures and pictures say how alike they are: all of it."""
        return samples

    @property
    def seen_range(self) -> tuple[float, float]:
        """The range of what `as_seen` gives."""
        return self.value_range or values.IMAGE_RANGE

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """The outputs for inputs, floats in the value range, or uint8 pictures as they are."""
        if tf.is_tensor(inputs) or isinstance(inputs, np.ndarray):  # symbolic ones are what Keras makes of them
            inputs = values.to_float(tf.convert_to_tensor(inputs), self.value_range)
        return super().call(inputs, training)

    def check_augmentation(self, augmentation: "augmentations.Augmentation | None") -> None:
        if augmentation is not None and self.discriminator_takes_input:
            raise ValueError(
                f"Expected augmentation=None, because an augmentation would move the samples and leave the inputs "
                f"beside them. Received: {augmentation.name!r}. Augment both alike while loading: "
                f"kgan.data.load_pairs(..., flip=True), or a random crop."
            )
        if augmentation is not None and augmentation.images_only:
            augmentations.check_images(self.sample_shape, self.value_range)

    def check_metrics(self, metrics: "list[metrics.FeatureMetric]") -> "list[metrics.FeatureMetric]":
        for metric in metrics:
            if not isinstance(metric, PairMetric) or metric.of_classes:
                raise ValueError(
                    f"Expected metrics of pairs, as kgan.metrics.PSNR(). Received: {metric.name!r}, which compares "
                    f"{'classes' if isinstance(metric, PairMetric) else 'sets of samples'}."
                )
            if metric.value_range != (self.value_range or metric.value_range):
                raise ValueError(
                    f"Expected metrics with the value range of the model, {self.value_range}. Received: "
                    f"{metric.name!r} with {metric.value_range}. Pass value_range={self.value_range} to the metric."
                )
        return metrics

    def batch(self, data: Any, training: bool) -> Batch:
        if not isinstance(data, tuple | list) or len(data) < 2:
            raise ValueError(
                "Expected batches of pairs (input, target). Received: inputs only. Pass the true outputs too, "
                "evaluate(inputs, targets), say."
            )
        inputs, targets = data[0], data[1]
        inputs, targets = (values.to_float(tf.convert_to_tensor(one), self.value_range) for one in (inputs, targets))
        return self.batch_of(inputs, targets)

    def batch_of(self, inputs: tf.Tensor, targets: tf.Tensor) -> Batch:
        """The batch of inputs and their true outputs, both float32 in the value range."""
        conditions = {name: (inputs,) if name in self._taking_input else () for name in self.discriminators}
        if self.discriminator is not None:
            conditions = conditions[DISCRIMINATOR]
        return Batch(generator_inputs=inputs, real=targets, conditions=conditions)

    @faults.named()
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        *,
        initial_epoch: int = 0,
        initial_batch: int = 0,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains on pairs; the other arguments are those of `kgan.GAN.fit`.

        Args:
            x: Inputs as an array, a pair of arrays `(inputs, targets)`, what `kgan.data.load_pairs` returns (its
                validation data is then used too), or a source of batches `(input, target)`: a `tf.data.Dataset`, a
                `keras.utils.PyDataset`, a PyTorch `DataLoader` or a generator.
            y: True outputs, for an array of inputs.
            batch_size: For arrays; 32 by default.
            epochs: Passes over the data, the earlier ones counted.
            verbose: `"auto"`, 0, 1 or 2.
            callbacks: Keras callbacks.
            validation_split: For arrays, share in [0, 1) kept for validation; not used beside `validation_data`.
            validation_data: A pair of arrays, or a source of batches.
            shuffle: For arrays.
            initial_epoch: Epochs that the model has seen already.
            initial_batch: Batches of the initial epoch that it has seen already.
            **kwargs: The other arguments of `keras.Model.fit`, but for weights of samples or classes.

        Returns:
            The `keras.callbacks.History`.

        Raises:
            ValueError: if `compile` was not called, the data does not fit the networks or the value range, or a source
                of batches is to be split.
            DataError: if what `kgan.data.load_pairs` streams cannot be read.
        """
        self._assert_compile_called("fit")
        fitting.refuse_weights(kwargs)
        prepare = fitting.Preparation(self._checked_arrays, self._checked_source, self.seed, pair_arrays.batches)
        validation_batch_size = kwargs.pop("validation_batch_size", None)
        data = prepare(x, y, batch_size, validation_split, validation_data, validation_batch_size, shuffle)
        with fitting.running(self, data, initial_batch) as in_order:
            return super().fit(
                **data.arguments([in_order, *fitting.listed(callbacks)], shuffle),
                epochs=epochs,
                verbose=verbose,
                initial_epoch=initial_epoch,
                **kwargs,
            )

    def measured(self, source: Any, labels: Any, steps: int | None, averaged: bool) -> dict[str, float]:
        """The figures of `compile(metrics=[...])` on pairs, read a batch at a time."""
        for metric in self.sample_metrics:
            metric.reset_state()
        for inputs, targets in _pairs_of(source, labels, steps):
            outputs = self.translate(inputs, averaged=averaged)
            for metric in self.sample_metrics:
                metric.update_state(self._as_float(targets), outputs)
        return {metric.name: float(metric.result()) for metric in self.sample_metrics}

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        own = {name: value for name, value in config.items() if name not in ("compares", "reals")}
        return {**own, "value_range": self.value_range}


def _pairs_of(source, targets, steps) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of pairs, from arrays, a dataset or a Keras sequence."""
    if targets is not None:
        size = 32
        for start in range(0, len(source), size):
            yield np.asarray(source[start : start + size]), np.asarray(targets[start : start + size])
        return
    if isinstance(source, keras.utils.PyDataset):
        yield from (tuple(map(np.asarray, source[number][:2])) for number in range(steps or source.num_batches))
        return
    dataset = source if steps is None else source.take(steps)
    yield from (element[:2] for element in dataset.as_numpy_iterator())
