"""The look at what a model is given, by `fit`, `evaluate` and single batches, before it sees anything of it."""

from abc import abstractmethod
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._game import packing, squashing
from kgan._game.batch import Batch
from kgan.data import batch_checks, given, pair_checks, unpaired_checks, values

__all__ = ["Looking", "LooksAtCollections", "LooksAtPairs", "LooksAtSamples"]

_FEW = 4  # samples whose logits are looked at


class Looking:
    """`train_on_batch` and `test_on_batch` with a look at their first batch; mixed in before `kgan.AdversarialModel`.

    It reads the model's `_contract`, what its networks take, and `_hides_its_end`, whether the discriminator's graph
    ends in a layer of someone's own.
    """

    @abstractmethod
    def _in_one_form(self, x: Any, y: Any) -> tuple[Any, Any]:
        """An array and what belongs to its rows in the form that a step is traced for, with no look at their values."""

    @abstractmethod
    def _checked_arrays(self, x: Any, y: Any = None, *rest: Any) -> tuple[np.ndarray, "np.ndarray | None"]:
        """Two arrays as NumPy's, known to fit."""

    @abstractmethod
    def _checked_source(self, source: Any) -> Any:
        """A source of batches, whose first is known to fit."""

    @abstractmethod
    def _batch_of_few(self, x: np.ndarray, y: "np.ndarray | None") -> Batch:
        """The batch that a few samples make."""

    _batches_looked_at: "frozenset[str]" = frozenset()  # by which method

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One training step, as `keras.Model.train_on_batch`; the first batch is looked at.

        Raises:
            ValueError: if the first batch does not fit the networks or the value range, or `x` is a list.
        """
        x, y = self._look("train_on_batch", x, y)
        return super().train_on_batch(x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """One evaluation step, as `keras.Model.test_on_batch`; the first batch is looked at.

        Raises:
            ValueError: if the first batch does not fit the networks or the value range, or `x` is a list.
        """
        x, y = self._look("test_on_batch", x, y)
        return super().test_on_batch(x, y, sample_weight, return_dict)

    def _judge(self, x: np.ndarray, y: "np.ndarray | None") -> None:
        """Warns once of discriminators that hide a sigmoid, where its graph does not show what it ends in."""
        if self._hides_its_end:
            self._hides_its_end = False
            batch = self._batch_of_few(x[:_FEW], None if y is None else y[:_FEW])
            real = packing.packed(batch.real, self.pac)
            for name, one in self.discriminators.items():
                squashing.warn_if_hidden(one, [real, *batch.conditions_of(name)])

    def _look(self, method: str, x: Any, y: Any) -> tuple[Any, Any]:
        x, y = given.unpacked(x, y)
        if not given.is_array(x):
            return x, y
        if method in self._batches_looked_at:
            return self._in_one_form(x, y)
        x, y = self._checked_arrays(x, y)
        self._batches_looked_at |= {method}
        return x, y

    def look_at(self, x: Any, y: Any = None) -> tuple[Any, Any]:
        """What `evaluate` is given, looked at: arrays as a whole, the first batch of a source.

        Args:
            x: Samples, or a source of batches.
            y: What belongs to samples.

        Returns:
            `(x, y)`, with nothing lost of a source.

        Raises:
            ValueError: if shapes, types or values do not fit the networks or the value range.
        """
        x, y = given.unpacked(x, y)
        return self._checked_arrays(x, y) if given.is_array(x) else (self._checked_source(x), y)


class LooksAtSamples(Looking):
    """The look at samples, and at labels where a network takes them."""

    def _uses(self, y: Any) -> bool:
        return y is not None and self._contract.takes_labels

    def _in_one_form(self, x: Any, y: Any) -> tuple[Any, Any]:
        if not self._uses(y):
            return _left_on_device(x), None
        y = _left_on_device(y)
        # `(n, 1)` is how keras.datasets.cifar10 gives labels; a single tag has that shape too, and keeps it.
        is_column = self._contract.num_tags is None and len(y.shape) == 2 and y.shape[1] == 1
        return _left_on_device(x), y[:, 0] if is_column else y

    def _checked_arrays(self, x: Any, y: Any = None, *rest: Any) -> tuple[np.ndarray, "np.ndarray | None"]:
        if rest:
            raise ValueError("Expected (samples, labels). Received: a third entry; a GAN weighs all samples alike.")
        x, y = self._in_one_form(given.as_array(x), given.as_array(y) if self._uses(y) else None)
        batch_checks.check_arrays(x, y, self._contract)
        self._judge(x, y)
        return x, y

    def _checked_source(self, source: Any) -> Any:
        return batch_checks.check_source(source, self._contract, self._judge if self._hides_its_end else None)

    def _batch_of_few(self, x: np.ndarray, y: "np.ndarray | None") -> Batch:
        return self.batch_of(x, y, tf.zeros((len(x), self.latent_dim)))


class LooksAtPairs(Looking):
    """The look at pairs of inputs and targets."""

    def _in_one_form(self, x: Any, y: Any) -> tuple[Any, Any]:
        return _left_on_device(x), None if y is None else _left_on_device(y)

    def _checked_arrays(self, x: Any, y: Any = None, *rest: Any) -> tuple[np.ndarray, "np.ndarray | None"]:
        if rest:
            raise ValueError("Expected (inputs, targets). Received: a third entry; all pairs weigh alike.")
        x, y = pair_checks.check_pairs(x, y, self._contract)
        self._judge(x, y)
        return x, y

    def _checked_source(self, source: Any) -> Any:
        return pair_checks.check_pair_source(source, self._contract, self._judge if self._hides_its_end else None)

    def _batch_of_few(self, x: np.ndarray, y: "np.ndarray | None") -> Batch:
        pair = (values.to_float(tf.convert_to_tensor(one), self.value_range) for one in (x, y))
        return self.batch_of(*pair)


class LooksAtCollections(Looking):
    """The look at samples of two collections, which are no pairs."""

    _hides_its_end = False

    def _in_one_form(self, x: Any, y: Any) -> tuple[Any, Any]:
        return _left_on_device(x), None if y is None else _left_on_device(y)

    def _checked_arrays(self, x: Any, y: Any = None, *rest: Any) -> tuple[np.ndarray, "np.ndarray | None"]:
        if rest:
            raise ValueError("Expected (a, b). Received: a third entry; all samples weigh alike.")
        return unpaired_checks.check_collections(x, y, self._contract)

    def _checked_source(self, source: Any) -> Any:
        return unpaired_checks.check_source(source, self._contract)

    def look_at(self, x: Any, y: Any = None) -> tuple[Any, Any]:
        """As that of other models; of two arrays, as many samples as the shorter one has."""
        x, y = super().look_at(x, y)
        return (x, y) if y is None else (x[: len(y)], y[: len(x)])

    def _batch_of_few(self, x: np.ndarray, y: "np.ndarray | None") -> Batch:
        sides = (values.to_float(tf.convert_to_tensor(one), self.value_range) for one in (x, y))
        return self.batch_of(*sides)


def _left_on_device(value: Any) -> "np.ndarray | tf.Tensor":
    """An array of any kind, or a list of numbers, as NumPy's; a tensor as it is, for it may lie on a GPU."""
    return value if isinstance(value, tf.Tensor) else given.as_array(value)
