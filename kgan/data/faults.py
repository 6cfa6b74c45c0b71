"""Records that cannot be read: named, counted, and left out of a stream that goes on."""

import contextlib
import re
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from kgan.data import calls
from kgan.data.splits import DataError

__all__ = ["named", "without"]

_CHUNK = 64  # records that cross from Python into the pipeline at once
_IN_A_ROW = 100  # faults, after which it is the source that cannot be read, not a record of it
_OF_THE_MACHINE = (tf.errors.ResourceExhaustedError, tf.errors.CancelledError, tf.errors.AbortedError)


@contextlib.contextmanager
def named() -> Iterator[None]:
    """A `DataError` that was raised within a pipeline, and wrapped by TensorFlow, as what it is.

    Raises:
        DataError: if one was raised within.
    """
    try:
        yield
    except tf.errors.OpError as error:
        found = re.search(r"DataError: (.*)", str(error))
        if found is None:
            raise
        raise DataError(found.group(1)) from error


def without(dataset: tf.data.Dataset, skipped: dict[str, str], strict: bool, part: str = "") -> tf.data.Dataset:
    """The stream without the records whose reading raises an error.

    Where the dataset knows how many records it has, the one before takes the place of one that cannot be read, or the
    one after at the beginning.

    Args:
        dataset: Single samples, or pairs with labels, of known shapes.
        skipped: Where each fault is noted: `"record 17"`, counted from 0, and what was wrong.
        strict: Whether a fault is an error.
        part: What the records belong to, for their names.

    Returns:
        The same elements. Iterating raises a `DataError`, wrapped by TensorFlow: with `strict`, for the first fault;
        else for a hundred in a row.
    """
    known = int(dataset.cardinality())
    total = known if known >= 0 else None
    options = tf.data.Options()
    options.threading.private_threadpool_size = 2  # its reader waits in a thread of the other pool
    dataset = dataset.with_options(options)

    def read() -> Iterator:
        return _stacks(dataset, total, skipped, strict, part)

    specs = tf.nest.map_structure(lambda spec: tf.TensorSpec((None, *spec.shape), spec.dtype), dataset.element_spec)
    stream = tf.data.Dataset.from_generator(read, output_signature=specs).unbatch()
    return stream if total is None else stream.apply(tf.data.experimental.assert_cardinality(total))


def _stacks(dataset, total, skipped, strict, part) -> Iterator:
    """Stacks of records: as they come up to the first fault, then of records read one by one, many times slower."""
    number, last = 0, None
    stacks = dataset.batch(_CHUNK).as_numpy_iterator()
    while True:
        try:
            with calls.under_way():
                stack = next(stacks)
        except StopIteration:
            return
        except _OF_THE_MACHINE:
            raise
        except tf.errors.OpError:
            break  # it comes again, and is told, when the records of this stack are read one by one
        yield stack
        number += len(tf.nest.flatten(stack)[0])
        last = tf.nest.map_structure(lambda values: values[-1], stack)
    for chunk in _chunks(_readable(dataset.skip(number), number, last, total, skipped, strict, part)):
        yield tf.nest.map_structure(lambda *values: np.stack(values), *chunk)


def _readable(dataset, number, last, total, skipped, strict, part) -> Iterator:
    """The records from this number on, `last` being the one before, without those that raise."""
    records = dataset.as_numpy_iterator()
    waiting, in_a_row = 0, 0
    while number != total:
        try:
            with calls.under_way():
                record = next(records)
        except StopIteration:
            return
        except _OF_THE_MACHINE:
            raise
        except tf.errors.OpError as error:
            name, reason = f"{part}record {number}", _reason(error)
            if strict:
                raise DataError(
                    f"Expected readable records (strict). Received: {name}: {reason}. Mend the data, or load without "
                    f"strict to skip it."
                ) from error
            skipped[name] = reason
            number, in_a_row = number + 1, in_a_row + 1
            if in_a_row == _IN_A_ROW:
                raise DataError(
                    f"Expected readable records. Received: {_IN_A_ROW} faults in a row, the last {name}: {reason}."
                ) from error
            if total is None:
                continue
            if last is None:
                waiting += 1
            else:
                yield last
        else:
            number, in_a_row, last = number + 1, 0, record
            for _ in range(1 + waiting):
                yield record
            waiting = 0


def _reason(error: tf.errors.OpError) -> str:
    """The first line of it, without the nodes of graphs that nobody knows by name."""
    return re.sub(r"\{\{\w+ .*?\}\} ?", "", error.message.splitlines()[0])


def _chunks(records: Iterator) -> Iterator[list]:
    chunk = []
    for record in records:
        chunk.append(record)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
