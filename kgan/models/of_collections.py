"""Two collections without pairs: what `fit` takes of them, whatever translates between them."""

from abc import abstractmethod
from typing import Any

import keras
import tensorflow as tf

from kgan import augmentation as augmentations
from kgan._game.batch import Batch
from kgan.data import faults, given, unpaired_batches, values
from kgan.models import fitting
from kgan.models.adversarial import AdversarialModel
from kgan.models.looking import LooksAtCollections
from kgan.models.translating_collections import TranslatingCollections

__all__ = ["OfCollections"]


class OfCollections(TranslatingCollections, LooksAtCollections, AdversarialModel):
    """A model that learns from samples of two collections, a and b, of which none needs a partner.

    A subclass sets `input_shape_of_sample` (of a), `sample_shape` (of b) and `value_range`, calls `_set_contract`, and
    says in `batch_of` what a batch of both is.
    """

    input_shape_of_sample: tuple[int | None, ...]
    sample_shape: tuple[int | None, ...]
    value_range: "values.ValueRange | None"
    fit_data: "fitting.FitData | None" = None

    def check_augmentation(self, augmentation: "augmentations.Augmentation | None") -> None:
        if augmentation is not None and augmentation.images_only:
            for shape in (self.input_shape_of_sample, self.sample_shape):
                augmentations.check_images(shape, self.value_range)

    def batch(self, data: Any, training: bool) -> Batch:
        if not isinstance(data, tuple | list) or len(data) < 2:
            raise ValueError(
                "Expected batches (a, b) of two collections. Received: one collection. Pass the other one too, "
                "evaluate(a, b), say."
            )
        a, b = (values.to_float(tf.convert_to_tensor(one), self.value_range) for one in data[:2])
        return self.batch_of(a, b)

    @abstractmethod
    def batch_of(self, a: tf.Tensor, b: tf.Tensor) -> Batch:
        """The batch of samples of both sides, `(batch, ...)` float32 in the value range."""

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
        *,
        initial_epoch: int = 0,
        initial_batch: int = 0,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains on two collections; the other arguments are those of `kgan.GAN.fit`.

        An epoch goes through the larger collection once, and through the other as often as it takes.

        Args:
            x: Samples of a as an array, what `kgan.data.load_unpaired` returns (its validation data is then used too),
                or a source of batches `(a, b)`: a `tf.data.Dataset`, a `keras.utils.PyDataset` or a generator.
            y: Samples of b, for an array of a.
            batch_size: For arrays; 1 by default, as in the paper.
            epochs: Passes over the data, the earlier ones counted.
            verbose: `"auto"`, 0, 1 or 2.
            callbacks: Keras callbacks.
            validation_split: For arrays, share of each in [0, 1) kept for validation; not used beside
                `validation_data`.
            validation_data: Two arrays `(a, b)`, or a source of batches.
            initial_epoch: Epochs that the model has seen already.
            initial_batch: Batches of the initial epoch that it has seen already.
            **kwargs: The other arguments of `keras.Model.fit`, but for weights of samples or classes.

        Returns:
            The `keras.callbacks.History`.

        Raises:
            ValueError: if `compile` was not called, the data does not fit the networks or the value range, or a source
                of batches is to be split.
            DataError: if what `kgan.data.load_unpaired` streams cannot be read.
        """
        self._assert_compile_called("fit")
        fitting.refuse_weights(kwargs)
        kwargs.pop("shuffle", None)  # a collection has no order to keep
        if validation_split and validation_data is None and given.is_array(x) and y is not None:
            x, y, validation_data = self._split(x, y, validation_split)
            validation_split = 0.0
        prepare = fitting.Preparation(self._checked_arrays, self._checked_source, self.seed, unpaired_batches.of_arrays)
        validation_batch_size = kwargs.pop("validation_batch_size", None)
        data = prepare(x, y, batch_size or 1, validation_split, validation_data, validation_batch_size, True)
        with fitting.running(self, data, initial_batch) as in_order:
            return super().fit(
                **data.arguments([in_order, *fitting.listed(callbacks)], True),
                epochs=epochs,
                verbose=verbose,
                initial_epoch=initial_epoch,
                **kwargs,
            )
