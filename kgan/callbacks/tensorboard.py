"""Logs for TensorBoard, in groups, whose memory does not grow with the run."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

__all__ = ["TensorBoard"]


class TensorBoard(keras.callbacks.TensorBoard):
    """Keras's callback of that name, with the same arguments, for GANs and long runs.

    Figures of epochs stand in groups: `players/generator_loss`, `metrics/frechet_distance`, `monitor/separation`;
    grids that other callbacks draw stand in `samples/`. Their step is the number of the epoch, from 1, as that of grids
    is. Figures of batches stand in `batches/`, by the number of the batch.

    TensorFlow keeps every number of Python that it ever made a tensor of, 0.6 kB each, and Keras makes tensors of all
    figures of all batches, whether a writer takes them or not. Here they come to it as arrays, which are not kept.
    """

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        super().on_train_batch_end(batch, _as_arrays(logs))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        super().on_epoch_end(np.int64(epoch), _as_arrays(logs))

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        super().on_test_end(_as_arrays(logs))

    @property
    def summary(self) -> "_Grouped":
        """What Keras writes with, in the place of `tf.summary`."""
        return _Grouped([metric.name for metric in getattr(self.model, "sample_metrics", ())])


class _Grouped:
    """`tf.summary` with tags in groups, and epochs counted from 1.

    Args:
        metrics: Names of the metrics of samples.
    """

    def __init__(self, metrics: list[str]):
        self._metrics = metrics

    def scalar(self, name: str, data: Any, step: Any = None) -> None:
        kind, _, rest = name.partition("_")
        if kind == "epoch":
            tf.summary.scalar(self._tag(rest), data, step=step + 1)
        else:
            tf.summary.scalar(f"batches/{rest}" if kind == "batch" else name, data, step=step)

    def histogram(self, name: str, data: Any, step: Any = None) -> None:
        tf.summary.histogram(name, data, step=step + 1)

    def image(self, name: str, data: Any, step: Any = None) -> None:
        tf.summary.image(name, data, step=step + 1)

    def _tag(self, name: str) -> str:
        if name.startswith("monitor_"):
            return f"monitor/{name.removeprefix('monitor_')}"
        return f"{'metrics' if name in self._metrics or name.endswith('_samples') else 'players'}/{name}"

    def __getattr__(self, name: str) -> Any:
        return getattr(tf.summary, name)


def _as_arrays(logs: "dict | None") -> "dict | None":
    return logs and {name: np.asarray(value) if np.isscalar(value) else value for name, value in logs.items()}
