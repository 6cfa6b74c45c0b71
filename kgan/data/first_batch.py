"""The first batch of a source, looked at without being lost."""

import contextlib
import itertools
from collections.abc import Generator, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan.data.splits import extract, paired

__all__ = ["of"]


def of(source: Any) -> tuple[Any, Any]:
    """The first batch, and the source as it was.

    Args:
        source: Batches: a `tf.data.Dataset`, one that a strategy distributes, a `keras.utils.PyDataset`, a
            PyTorch `DataLoader` or another collection of batches, a generator or another iterator.

    Returns:
        `(batch, source)`. The batch is a structure of NumPy arrays. An iterator, which can be read only once, comes
        back as a generator that begins with the batch; each of its batches is a tuple, as Keras wants it.

    Raises:
        ValueError: if the source is empty, or no batches can be read from it.
    """
    if isinstance(source, tf.data.Dataset):
        return _as_numpy(_first(source.take(1))), source
    if isinstance(source, keras.utils.PyDataset):
        return _as_numpy(source[0]), source
    if isinstance(source, Iterator):
        batch = _first(source)
        return _as_numpy(batch), _replayed(batch, source)
    if not hasattr(source, "__iter__"):
        raise ValueError(
            f"Expected samples as an array, or a source of batches: a tf.data.Dataset, a keras.utils.PyDataset, a "
            f"PyTorch DataLoader or a generator. Received: {source!r} of type {type(source).__name__}."
        )
    with _draws_restored(source):
        batch = _first(source)
    if not isinstance(batch, tuple | list | dict) and hasattr(source, "batch_sampler"):
        raise ValueError(
            "Expected a DataLoader of tuples, (samples,) or (samples, labels). Received: one of bare tensors, which "
            "Keras takes apart. Pass DataLoader(TensorDataset(x), ...)."
        )
    return _as_numpy(batch), source


def _first(source: Any) -> Any:
    for batch in source:
        return batch
    raise ValueError(
        f"Expected {'a dataset' if isinstance(source, tf.data.Dataset) else 'data'} with at least one batch. "
        f"Received: an empty {'dataset' if isinstance(source, tf.data.Dataset) else type(source).__name__}."
    )


def _replayed(first: Any, rest: Iterator) -> Generator:
    for batch in itertools.chain([first], rest):
        samples, beside = extract(batch)
        yield (samples,) if beside is None else paired(samples, beside)


@contextlib.contextmanager
def _draws_restored(source: Any) -> Iterator[None]:
    """Within it, a DataLoader may be begun: what it draws from PyTorch's generators is drawn again afterwards."""
    if not hasattr(source, "batch_sampler"):
        yield
        return
    import torch  # the user's own: a DataLoader is theirs

    generators = [torch.default_generator]
    generators += [one for one in (source.generator, getattr(source.sampler, "generator", None)) if one is not None]
    states = [one.get_state() for one in generators]
    try:
        yield
    finally:
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)


def _as_numpy(batch: Any) -> Any:
    """The same structure of arrays; what several replicas share is one array."""
    if isinstance(batch, dict):
        return {key: _as_numpy(one) for key, one in batch.items()}
    if isinstance(batch, tuple | list):
        return tuple(_as_numpy(one) for one in batch)
    if isinstance(batch, tf.distribute.DistributedValues):
        return np.concatenate([np.asarray(one) for one in batch.values])
    if hasattr(batch, "detach"):
        batch = batch.detach().cpu()
    return None if batch is None else np.asarray(batch)
