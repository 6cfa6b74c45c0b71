"""Logs for TensorBoard, whose memory does not grow with the run."""

from typing import Any

import keras
import numpy as np

__all__ = ["TensorBoard"]


class TensorBoard(keras.callbacks.TensorBoard):
    """Keras's callback of that name, with the same arguments and logs, for long runs.

    TensorFlow keeps every number of Python that it ever made a tensor of, 0.6 kB each, and Keras makes tensors of all
    figures of all batches, whether a writer takes them or not. Here they come to it as arrays, which are not kept.
    """

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        super().on_train_batch_end(batch, _as_arrays(logs))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        super().on_epoch_end(np.int64(epoch), _as_arrays(logs))

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        super().on_test_end(_as_arrays(logs))


def _as_arrays(logs: "dict | None") -> "dict | None":
    return logs and {name: np.asarray(value) if np.isscalar(value) else value for name, value in logs.items()}
