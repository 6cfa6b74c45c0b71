"""`fit` and `evaluate` of a model of two domains, and its metrics; what they are given is looked at first."""

import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan.data import faults, first_batch, given, unpaired_batches, values
from kgan.data import order as orders
from kgan.data.domains import load_domains
from kgan.data.sources import arrays
from kgan.data.splits import Splits
from kgan.metrics import ClassAccuracy, FeatureMetric
from kgan.models import fitting

__all__ = ["DOMAINS", "FitsDomains"]

DOMAINS = ("source", "target")
_BATCH = 64
_FORM = "batches ((source, labels), target), as kgan.data.load_domains gives them"


class FitsDomains:
    """`fit`, `evaluate` and metrics of a model of two domains; mixed in before `kgan.AdversarialModel`.

    It reads the model's `sample_shape`, `num_classes` and `value_range`.
    """

    # Of the model, where this is mixed in.
    sample_shape: tuple[int | None, ...]
    num_classes: int
    value_range: "values.ValueRange | None"
    seed: int
    sample_metrics: list[Any]
    classify: Any
    _assert_compile_called: Any

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
        """Trains on two domains; the other arguments are those of `kgan.GAN.fit`.

        An epoch goes through the larger domain once, and through the other as often as it takes.

        Args:
            x: `(images, labels)` of the source, arrays; what `kgan.data.load_domains` returns, whose validation data is
                then used too; or a source of batches `((source, labels), target)`.
            y: Samples of the target, for arrays.
            batch_size: Samples of each domain in a batch, for arrays; 64 by default.
            epochs: Passes over the data, the earlier ones counted.
            verbose: `"auto"`, 0, 1 or 2.
            callbacks: Keras callbacks.
            validation_split: For arrays, share of each domain in [0, 1) kept for validation.
            validation_data: `((images, labels), target)` of arrays, or a source of batches; `(target, labels)` in the
                place of `target` measures the target, too.
            initial_epoch: Epochs that the model has seen already.
            initial_batch: Batches of the initial epoch that it has seen already.
            **kwargs: The other arguments of `keras.Model.fit`, but for weights of samples or classes.

        Returns:
            The `keras.callbacks.History`.

        Raises:
            ValueError: if `compile` was not called, the data does not fit the networks or the value range, or a source
                of batches is to be split.
            DataError: if what `kgan.data.load_domains` streams cannot be read, or arrays are no two domains.
        """
        self._assert_compile_called("fit")
        fitting.refuse_weights(kwargs)
        kwargs.pop("shuffle", None)  # a domain has no order to keep
        kwargs.pop("validation_batch_size", None)
        data = self._prepared(x, y, batch_size or _BATCH, validation_split, validation_data)
        with fitting.running(self, data, initial_batch) as in_order:
            return super().fit(
                **data.arguments([in_order, *fitting.listed(callbacks)], True),
                epochs=epochs,
                verbose=verbose,
                initial_epoch=initial_epoch,
                **kwargs,
            )

    def _prepared(self, x: Any, y: Any, batch_size: int, share: float, validation_data: Any) -> fitting.Prepared:
        if isinstance(x, Splits):
            _refuse_split(share)
            x, validation_data = x.train, x.validation if validation_data is None else validation_data
        elif _is_labelled(x) and y is not None:
            self._check_arrays(x, y)
            split = share if validation_data is None else 0.0
            pair = tuple(map(given.as_array, x))
            splits = load_domains((pair, given.as_array(y)), batch_size, validation_split=split, seed=self.seed % 2**31)
            x, validation_data = splits.train, splits.validation if validation_data is None else validation_data
        else:
            _refuse_split(share)
        train = self._checked_source(x)
        held_out = None if validation_data is None else self._as_batches(validation_data, batch_size)
        return fitting.Prepared(train, None, None, held_out, fitting.FitData(train, held_out))

    def look_at(self, x: Any, y: Any = None) -> tuple[Any, Any]:
        """What `evaluate` is given, as batches that are known to fit."""
        return self._as_batches(x if y is None else (x, y), _BATCH), None

    def _as_batches(self, data: Any, batch_size: int) -> Any:
        """Batches of two domains in a fixed order: of arrays, or a source of them as it is."""
        if isinstance(data, tuple | list) and len(data) == 2 and _is_labelled(data[0]):
            (source, labels), target = data
            known = _is_labelled(target)
            self._check_arrays((source, labels), target[0] if known else target)
            if known:
                self._check_labels("target", np.asarray(target[1]), len(target[0]))
            pairs = (source, labels), target if known else (target, None)
            sides = [
                arrays.batches(given.as_array(one), None if told is None else np.asarray(told), batch_size=batch_size)
                for one, told in pairs
            ]
            return unpaired_batches.held_out((sides[0], sides[1]), batch_size, min(len(one) for one, _ in pairs))
        return self._checked_source(data)

    # --- checks ---

    def _check_arrays(self, source: Any, target: Any) -> None:
        """Refuses arrays that the networks do not take."""
        samples, labels = source
        self._check_samples("source", given.as_array(samples))
        self._check_labels("source", given.as_array(labels), len(samples))
        self._check_samples("target", given.as_array(target))

    def _check_samples(self, what: str, samples: np.ndarray) -> None:
        try:
            if not len(samples.shape) or not len(samples):
                raise ValueError(f"Expected samples. Received: none, shape {samples.shape}.")
            extremes = values.extremes_of(samples)
            values.check_spec(samples.shape, samples.dtype, (None, *self.sample_shape), self.value_range, extremes)
            values.check_values(samples, self.value_range)
        except ValueError as error:
            raise ValueError(f"{_named(error)} This is about the {what}.") from error

    def _check_labels(self, what: str, labels: np.ndarray, count: int) -> None:
        fits = labels.ndim == 1 and labels.dtype.kind in "iu" and len(labels) == count
        if not fits or not len(labels) or labels.min() < 0 or labels.max() >= self.num_classes:
            span = f", from {labels.min()} to {labels.max()}" if labels.size and labels.dtype.kind in "iu" else ""
            raise ValueError(
                f"Expected labels of the {what} of shape ({count},) as integers from 0 to {self.num_classes - 1}, the "
                f"classes that the classifier tells. Received: shape {labels.shape}, type {labels.dtype}{span}."
            )

    def _checked_source(self, source: Any) -> Any:
        """Looks at what batches are like, and gives the source back, with nothing lost."""
        if isinstance(source, tf.data.Dataset):
            self._check_batch(source.element_spec, only_spec=True)
            if orders.of(source) is not None:
                return source  # kgan's own: looked at when it was loaded
        elif isinstance(source, tuple | list) or given.is_array(source) or source is None:
            raise ValueError(f"Expected ((images, labels), target_images), or {_FORM}. Received: {_spelled(source)}.")
        batch, source = first_batch.of(source)
        self._check_batch(batch)
        return source

    def _check_batch(self, batch: Any, only_spec: bool = False) -> None:
        parts = batch if isinstance(batch, tuple | list) and len(batch) == 2 else (None, None)
        if not isinstance(parts[0], tuple | list) or len(parts[0]) != 2:
            raise ValueError(f"Expected {_FORM}. Received: {_spelled(batch)}.")
        (source, labels), target = parts
        target = target[0] if isinstance(target, tuple | list) else target
        for what, samples in zip(DOMAINS, (source, target), strict=True):
            if not only_spec:
                self._check_samples(what, samples)
                continue
            try:
                values.check_spec(samples.shape, samples.dtype, (None, *self.sample_shape), self.value_range)
            except ValueError as error:
                raise ValueError(f"{_named(error)} This is about the {what}.") from error
        if not only_spec:
            self._check_labels("source", labels, len(source))

    # --- figures ---

    def check_metrics(self, metrics: "list[FeatureMetric]") -> list[ClassAccuracy]:
        """The metrics once for each domain, `source_class_accuracy` and `target_class_accuracy`.

        Raises:
            ValueError: if one compares something else than classes.
        """
        found = []
        for metric in metrics:
            if not isinstance(metric, ClassAccuracy):
                raise ValueError(
                    f"Expected metrics of classes, 'class_accuracy'. Received: {metric.name!r}, which compares samples."
                )
            if metric.name.startswith(tuple(f"{domain}_" for domain in DOMAINS)):
                found.append(metric)  # of a model that is loaded
                continue
            found += [ClassAccuracy(name=f"{domain}_{metric.name}") for domain in DOMAINS]
        return found

    def measured(self, source: Any, labels: Any, steps: int | None, averaged: bool) -> dict[str, float]:
        """The figures of `compile(metrics=["class_accuracy"])`; NaN of a domain without labels."""
        for metric in self.sample_metrics:
            metric.reset_state()
        for (samples, truths), target in _batches_of(source, steps):
            seen = {"source": (samples, truths), "target": target if isinstance(target, tuple | list) else None}
            for metric in self.sample_metrics:
                pair = seen[metric.name.partition("_")[0]]
                if pair is not None:
                    metric.update_state(pair[1], self.classify(pair[0], averaged=averaged))
        found = {metric.name: float(metric.result()) for metric in self.sample_metrics}
        return {name: value if math.isfinite(value) else math.nan for name, value in found.items()}


def _is_labelled(value: Any) -> bool:
    """Whether it is a pair of arrays, samples and labels."""
    return isinstance(value, tuple | list) and len(value) == 2 and all(map(given.is_array, value))


def _refuse_split(share: float) -> None:
    if share:
        raise ValueError(
            f"Expected arrays to split with validation_split={share}. Received: a source of batches. Pass "
            f"validation_data=..., or hold samples out with kgan.data.load_domains(..., validation_split={share})."
        )


def _named(error: Exception) -> str:
    return str(error).replace("as the discriminator takes them", "as the network of features takes them")


def _spelled(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)} parts, which are no two domains"
    return "nothing" if value is None else f"a {type(value).__name__}, one domain"


def _batches_of(source: Any, steps: int | None) -> Iterator[Any]:
    if isinstance(source, keras.utils.PyDataset):
        yield from (source[number] for number in range(steps or source.num_batches))
        return
    dataset = source if steps is None else source.take(steps)
    yield from dataset.as_numpy_iterator()
