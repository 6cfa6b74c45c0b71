"""`fit` and `evaluate` of a model of molecules: SMILES, written in tokens by the vocabulary of the model."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan.data import faults
from kgan.data.molecules.loading import batches
from kgan.data.molecules.reading import read
from kgan.data.molecules.vocabulary import SmilesVocabulary
from kgan.data.sources import arrays
from kgan.data.splits import DataError, Splits
from kgan.models import fitting

__all__ = ["FitsMolecules"]

_BATCH = 128


class FitsMolecules:
    """`fit` of a `kgan.Molecules`; mixed in before `kgan.AdversarialModel`.

    It reads the model's `vocabulary` and `seed`.
    """

    @faults.named()
    def fit(
        self,
        x: Any = None,
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
        """Trains on molecules; the other arguments are those of `kgan.GAN.fit`.

        Args:
            x: What `kgan.data.load_molecules` returned (its validation data is then used too), or a list of SMILES, or
                a file of them, in the tokens of the model.
            batch_size: For SMILES; 128 by default.
            epochs: Passes over the data, the earlier ones counted.
            verbose: `"auto"`, 0, 1 or 2.
            callbacks: Keras callbacks.
            validation_split: For SMILES, share of them in [0, 1) that is held out.
            validation_data: SMILES, or batches; not beside `validation_split`.
            initial_epoch: Epochs that the model has seen already.
            initial_batch: Batches of the initial epoch that it has seen already.
            **kwargs: The other arguments of `keras.Model.fit`, but for weights of samples or classes.

        Returns:
            The `keras.callbacks.History`.

        Raises:
            ValueError: if `compile` was not called, or the molecules are not of the vocabulary of the model.
        """
        self._assert_compile_called("fit")
        fitting.refuse_weights(kwargs)
        if not isinstance(x, Splits | tf.data.Dataset):
            x = self._splits(x, batch_size or _BATCH, validation_split)
        train, held_out = x if isinstance(x, Splits) else (x, None)
        if isinstance(x, Splits):
            self.check_vocabulary(x.vocabulary)
        validation_data = held_out if validation_data is None else self.look_at(validation_data)[0]
        data = fitting.Prepared(train, None, None, validation_data, fitting.FitData(train, validation_data))
        with fitting.running(self, data, initial_batch) as in_order:
            return super().fit(
                **data.arguments([in_order, *fitting.listed(callbacks)], False),
                epochs=epochs,
                verbose=verbose,
                initial_epoch=initial_epoch,
                **kwargs,
            )

    def _splits(self, source: Any, batch_size: int, validation_split: float) -> Splits:
        codes = self.vocabulary.encode(read(source, strict=True).smiles)
        parts = arrays.split(len(codes), validation_split, self.seed % 2**31)
        return batches(self.vocabulary, codes, min(batch_size, len(parts[0])), self.seed % 2**31, parts)

    def look_at(self, x: Any, y: Any = None) -> tuple[Any, Any]:
        """What `evaluate` is given: batches as they are, SMILES as batches."""
        if isinstance(x, Splits):
            x = x.train if x.validation is None else x.validation
        if isinstance(x, tf.data.Dataset):
            return x, None
        codes = self.vocabulary.encode(read(x, strict=True).smiles)
        indices = np.arange(len(codes))
        return batches(self.vocabulary, codes, min(_BATCH, len(codes)), 0, (indices, indices)).validation, None

    def check_vocabulary(self, vocabulary: "SmilesVocabulary | None") -> None:
        """Refuses data in other tokens than the model's.

        Raises:
            DataError: if they differ.
        """
        if vocabulary == self.vocabulary:
            return
        said = "data without a vocabulary"
        if vocabulary is not None:
            more = sorted(set(vocabulary.symbols) - set(self.vocabulary.symbols))
            said = f"one with {', '.join(map(repr, more))}" if more else "one with other pieces"
        raise DataError(
            f"Expected molecules in the {self.vocabulary.size - 1:,} tokens that the model was made for. Received: "
            f"{said}. Pass a list of SMILES, which is written in the model's tokens, or train another model."
        )
